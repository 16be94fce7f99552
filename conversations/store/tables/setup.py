"""What an admin sets up: own words, mail, invitations and other one-time links, faces."""

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, Table, UniqueConstraint

from conversations.store.tables.columns import count, json, key, metadata, millis, ref, text

inbox_words = Table(
    "inbox_words",
    metadata,
    ref("inbox_id", "inboxes.id"),
    text("locale"),
    text("key"),
    text("text"),
    millis("updated_at"),
    PrimaryKeyConstraint("inbox_id", "locale", "key"),
)

mail_settings = Table(
    "mail_settings",
    metadata,
    ref("workspace_id", "workspaces.id"),
    text("host"),
    count("port"),
    text("security"),
    text("username", nullable=True),
    text("password", nullable=True),
    text("sender"),
    millis("updated_at"),
    PrimaryKeyConstraint("workspace_id"),
    CheckConstraint("security IN ('tls', 'starttls', 'none')", name="security"),
)

invitations = Table(
    "invitations",
    metadata,
    key(),
    ref("workspace_id", "workspaces.id"),
    text("email"),
    text("name", nullable=True),
    text("role"),
    count("seats", default=4),
    json("skills", default="[]"),
    json("team_ids", default="[]"),
    text("token_hash"),
    text("invited_by"),
    millis("created_at"),
    millis("expires_at"),
    millis("accepted_at", nullable=True),
    millis("withdrawn_at", nullable=True),
    UniqueConstraint("token_hash"),
    Index("ix_invitations_workspace", "workspace_id", "id"),
)

one_time_links = Table(
    "one_time_links",
    metadata,
    key("token_hash"),
    text("kind"),
    ref("agent_id", "agents.id", nullable=True, index=True),
    millis("created_at"),
    millis("expires_at"),
    millis("used_at", nullable=True),
    CheckConstraint("kind IN ('setup', 'password')", name="kind"),
)

avatars = Table(
    "avatars",
    metadata,
    key("name"),
    ref("agent_id", "agents.id", index=True),
    text("type"),
    count("size_bytes"),
    text("sha256"),
    text("path"),
    millis("created_at"),
)
