"""Who answers, and what waits for them: agents, teams, sessions, presence, queue items, offers."""

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy import text as sql

from conversations.store.tables.columns import count, json, key, metadata, millis, ref, text

agents = Table(
    "agents",
    metadata,
    key(),
    ref("workspace_id", "workspaces.id"),
    text("email"),
    text("name"),
    text("password_hash"),
    text("role"),
    text("avatar_url", nullable=True),
    count("seats", default=4),
    json("skills", default="[]"),
    count("tier", default=1),
    text("status"),
    millis("last_offered_at", nullable=True),
    count("missed_offers"),
    millis("created_at"),
    millis("archived_at", nullable=True),
    UniqueConstraint("email"),
    CheckConstraint("status IN ('online', 'away', 'offline')", name="status"),
)

teams = Table(
    "teams",
    metadata,
    key(),
    ref("workspace_id", "workspaces.id"),
    text("name"),
    json("settings", default="{}"),
    millis("created_at"),
    millis("archived_at", nullable=True),
    UniqueConstraint("workspace_id", "name"),
)

team_members = Table(
    "team_members",
    metadata,
    ref("team_id", "teams.id"),
    ref("agent_id", "agents.id", index=True),
    PrimaryKeyConstraint("team_id", "agent_id"),
)

sessions = Table(
    "sessions",
    metadata,
    text("token_hash"),
    ref("agent_id", "agents.id", index=True),
    text("kind"),
    text("parent", nullable=True),
    millis("created_at"),
    millis("expires_at"),
    millis("revoked_at", nullable=True),
    UniqueConstraint("token_hash"),
)

presence = Table(
    "presence",
    metadata,
    key(),
    ref("agent_id", "agents.id", index=True),
    text("node"),
    millis("leased_until"),
    Index("ix_presence_lease", "leased_until"),
)

queue_items = Table(
    "queue_items",
    metadata,
    key(),
    ref("workspace_id", "workspaces.id"),
    ref("conversation_id", "conversations.id"),
    text("kind"),
    text("team_id", nullable=True),
    count("tier", default=1),
    text("category", nullable=True),
    count("priority"),
    millis("waiting_since"),
    millis("due_at", nullable=True),
    json("required_skills", default="[]"),
    text("state"),
    text("preferred_agent_id", nullable=True),
    text("reason", nullable=True),
    json("tried", default="[]"),
    millis("absence_told_at", nullable=True),
    millis("created_at"),
    millis("closed_at", nullable=True),
    CheckConstraint("state IN ('live', 'taken', 'closed')", name="state"),
    Index(
        "uq_queue_items_live",
        "conversation_id",
        "kind",
        unique=True,
        sqlite_where=sql("state = 'live'"),
        postgresql_where=sql("state = 'live'"),
    ),
    Index("ix_queue_items_conversation", "conversation_id", "created_at"),
    Index(
        "ix_queue_items_taken",
        "workspace_id",
        "closed_at",
        sqlite_where=sql("state = 'taken'"),
        postgresql_where=sql("state = 'taken'"),
    ),
    Index(
        "ix_queue_items_waiting",
        "workspace_id",
        "kind",
        "priority",
        "waiting_since",
        sqlite_where=sql("state = 'live'"),
        postgresql_where=sql("state = 'live'"),
    ),
)

offers = Table(
    "offers",
    metadata,
    key(),
    ref("item_id", "queue_items.id", index=True),
    ref("conversation_id", "conversations.id"),
    ref("agent_id", "agents.id"),
    text("state"),
    text("reason", nullable=True),
    millis("created_at"),
    millis("expires_at"),
    millis("ended_at", nullable=True),
    CheckConstraint("state IN ('offered', 'accepted', 'declined', 'expired', 'withdrawn')", name="state"),
    Index(
        "uq_offers_live",
        "conversation_id",
        unique=True,
        sqlite_where=sql("state = 'offered'"),
        postgresql_where=sql("state = 'offered'"),
    ),
    Index(
        "ix_offers_agent", "agent_id", sqlite_where=sql("state = 'offered'"), postgresql_where=sql("state = 'offered'")
    ),
    Index(
        "ix_offers_clock",
        "expires_at",
        sqlite_where=sql("state = 'offered'"),
        postgresql_where=sql("state = 'offered'"),
    ),
)

canned_replies = Table(
    "canned_replies",
    metadata,
    key(),
    ref("workspace_id", "workspaces.id"),
    ref("team_id", "teams.id", nullable=True),
    text("title"),
    text("text"),
    text("made_by"),
    millis("created_at"),
    millis("updated_at"),
    millis("archived_at", nullable=True),
    Index("ix_canned_replies_workspace", "workspace_id", "id"),
)

saved_views = Table(
    "saved_views",
    metadata,
    key(),
    ref("agent_id", "agents.id"),
    text("name"),
    json("filter", default="{}"),
    millis("created_at"),
    millis("updated_at"),
    UniqueConstraint("agent_id", "name"),
)
