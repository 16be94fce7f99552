"""What people need: invitations, links for passwords, search, canned replies and saved views."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SEARCH_WORDS = {
    "sqlite": (
        (
            "CREATE VIRTUAL TABLE search_words USING fts5("
            "words, content='search_entries', content_rowid='id', tokenize='unicode61 remove_diacritics 0')"
        ),
        (
            "CREATE TRIGGER search_entries_added AFTER INSERT ON search_entries BEGIN "
            "INSERT INTO search_words(rowid, words) VALUES (new.id, new.words); END"
        ),
        (
            "CREATE TRIGGER search_entries_removed AFTER DELETE ON search_entries BEGIN "
            "INSERT INTO search_words(search_words, rowid, words) VALUES ('delete', old.id, old.words); END"
        ),
        (
            "CREATE TRIGGER search_entries_changed AFTER UPDATE OF words ON search_entries BEGIN "
            "INSERT INTO search_words(search_words, rowid, words) VALUES ('delete', old.id, old.words); "
            "INSERT INTO search_words(rowid, words) VALUES (new.id, new.words); END"
        ),
    ),
    "postgresql": (
        "CREATE INDEX ix_search_entries_words ON search_entries USING gin (to_tsvector('simple'::regconfig, words))",
        # parts of words are found where the extension may be made without a superuser; else only their beginnings
        (
            "DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; "
            "CREATE INDEX ix_search_entries_parts ON search_entries USING gin (words gin_trgm_ops); "
            "EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_file OR undefined_object "
            "THEN NULL; END $$"
        ),
    ),
}


def upgrade() -> None:
    _knowledge_and_daily_work()
    _setting_up()
    _visitors()


def downgrade() -> None:
    _without_visitors()
    _without_setting_up()
    _without_knowledge_and_daily_work()


def _knowledge_and_daily_work() -> None:
    op.create_index("ix_facts_at", "facts", ["at"])
    op.create_table(
        "readers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("leased_until", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_readers")),
    )
    op.create_table(
        "article_images",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("width", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("height", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_article_images_workspace_id")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_article_images")),
        sa.UniqueConstraint("workspace_id", "sha256", name=op.f("uq_article_images_workspace_id_sha256")),
    )
    op.create_table(
        "corrections",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("bot_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("intent_id", sa.Text(), nullable=True),
        sa.Column("article_id", sa.Text(), nullable=True),
        sa.Column("texts", sa.Text(), server_default="[]", nullable=False),
        sa.Column("example_ids", sa.Text(), server_default="[]", nullable=False),
        sa.Column("phrasings", sa.Text(), server_default="[]", nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_corrections_workspace_id")),
        sa.ForeignKeyConstraint(["bot_id"], ["bots.id"], name=op.f("fk_corrections_bot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index("ix_corrections_workspace", "corrections", ["workspace_id", "id"])
    op.create_index("ix_corrections_conversation", "corrections", ["conversation_id"])
    op.create_table(
        "canned_replies",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_canned_replies_workspace_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_canned_replies_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_replies")),
    )
    op.create_index("ix_canned_replies_workspace", "canned_replies", ["workspace_id", "id"])
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("filter", sa.Text(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_saved_views_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("agent_id", "name", name=op.f("uq_saved_views_agent_id_name")),
    )
    op.create_table(
        "search_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=True),
        sa.Column("contact_id", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_search_entries_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entries")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_search_entries_kind_subject")),
    )
    op.create_index("ix_search_entries_conversation", "search_entries", ["conversation_id"])
    op.create_index("ix_search_entries_contact", "search_entries", ["contact_id"])
    for statement in SEARCH_WORDS[op.get_bind().dialect.name]:
        op.execute(statement)


def _without_knowledge_and_daily_work() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_words")
    for table in ("search_entries", "saved_views", "canned_replies", "corrections", "article_images", "readers"):
        op.drop_table(table)
    op.drop_index("ix_facts_at", table_name="facts")


def _setting_up() -> None:
    op.create_table(
        "inbox_words",
        sa.Column("inbox_id", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inboxes.id"], name=op.f("fk_inbox_words_inbox_id")),
        sa.PrimaryKeyConstraint("inbox_id", "locale", "key", name=op.f("pk_inbox_words")),
    )
    op.create_table(
        "mail_settings",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("security", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("security IN ('tls', 'starttls', 'none')", name=op.f("ck_mail_settings_security")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_mail_settings_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_mail_settings")),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("seats", sa.BigInteger(), server_default="4", nullable=False),
        sa.Column("skills", sa.Text(), server_default="[]", nullable=False),
        sa.Column("team_ids", sa.Text(), server_default="[]", nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_invitations_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_index("ix_invitations_workspace", "invitations", ["workspace_id", "id"])
    op.create_table(
        "one_time_links",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('setup', 'password')", name=op.f("ck_one_time_links_kind")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_one_time_links_agent_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_one_time_links")),
    )
    op.create_index("ix_one_time_links_agent_id", "one_time_links", ["agent_id"])
    op.create_table(
        "avatars",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_avatars_agent_id")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_avatars")),
    )
    op.create_index("ix_avatars_agent_id", "avatars", ["agent_id"])


def _without_setting_up() -> None:
    for table in ("avatars", "one_time_links", "invitations", "mail_settings", "inbox_words"):
        op.drop_table(table)


def _visitors() -> None:
    op.add_column("identities", sa.Column("team_id", sa.Text(), nullable=True))
    op.add_column("identities", sa.Column("trail", sa.Text(), server_default="[]", nullable=False))
    op.add_column("attachments", sa.Column("width", sa.BigInteger(), nullable=True))
    op.add_column("attachments", sa.Column("height", sa.BigInteger(), nullable=True))
    op.add_column("attachments", sa.Column("warning", sa.Text(), nullable=True))


def _without_visitors() -> None:
    for table, column in (
        ("attachments", "warning"),
        ("attachments", "height"),
        ("attachments", "width"),
        ("identities", "trail"),
        ("identities", "team_id"),
    ):
        op.drop_column(table, column)
