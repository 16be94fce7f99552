"""What is found by its words, and how far each reader of the facts has come."""

from sqlalchemy import DDL, Column, Index, Table, UniqueConstraint, event

from conversations.store.tables.columns import Serial, count, key, metadata, millis, ref, text

readers = Table(
    "readers",
    metadata,
    key("name"),
    count("cursor"),
    text("holder", nullable=True),
    millis("leased_until", nullable=True),
    millis("updated_at"),
)

search_entries = Table(
    "search_entries",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    ref("workspace_id", "workspaces.id"),
    text("kind"),
    text("subject"),
    text("conversation_id", nullable=True),
    text("contact_id", nullable=True),
    text("words"),
    millis("at"),
    UniqueConstraint("kind", "subject"),
    Index("ix_search_entries_conversation", "conversation_id"),
    Index("ix_search_entries_contact", "contact_id"),
)

# An index of words is each engine's own affair: SQLAlchemy has no words for a virtual table.
_ON_SQLITE = (
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
)
_ON_POSTGRESQL = (
    "CREATE INDEX ix_search_entries_words ON search_entries USING gin (to_tsvector('simple'::regconfig, words))",
    # parts of words are found where the extension may be made without a superuser; else only their beginnings
    (
        "DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; "
        "CREATE INDEX ix_search_entries_parts ON search_entries USING gin (words gin_trgm_ops); "
        "EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_file OR undefined_object "
        "THEN NULL; END $$"
    ),
)
for _dialect, _statements in (("sqlite", _ON_SQLITE), ("postgresql", _ON_POSTGRESQL)):
    for _statement in _statements:
        _ddl = DDL(_statement).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
        event.listen(search_entries, "after_create", _ddl)
