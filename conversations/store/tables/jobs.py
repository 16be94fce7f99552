"""What is due: work with leases, deliveries to channels, repeated requests."""

from sqlalchemy import Index, PrimaryKeyConstraint, Table
from sqlalchemy import text as sql

from conversations.store.tables.columns import count, json, metadata, millis, ref, text

work = Table(
    "work",
    metadata,
    text("kind"),
    text("subject"),
    millis("due_at", nullable=True),
    count("token"),
    millis("leased_until", nullable=True),
    count("attempts"),
    text("error", nullable=True),
    json("data", default="{}"),
    PrimaryKeyConstraint("kind", "subject"),
    Index(
        "ix_work_due",
        "kind",
        "due_at",
        sqlite_where=sql("due_at IS NOT NULL"),
        postgresql_where=sql("due_at IS NOT NULL"),
    ),
)

deliveries = Table(
    "deliveries",
    metadata,
    text("message_id"),
    ref("conversation_id", "conversations.id"),
    ref("inbox_id", "inboxes.id"),
    count("made_rev"),
    text("state"),
    count("attempts"),
    millis("due_at", nullable=True),
    count("token"),
    millis("leased_until", nullable=True),
    text("external_id", nullable=True),
    text("error", nullable=True),
    millis("created_at"),
    millis("updated_at"),
    PrimaryKeyConstraint("message_id"),
    Index(
        "ix_deliveries_order",
        "conversation_id",
        "made_rev",
        sqlite_where=sql("due_at IS NOT NULL"),
        postgresql_where=sql("due_at IS NOT NULL"),
    ),
    Index(
        "ix_deliveries_external",
        "inbox_id",
        "external_id",
        sqlite_where=sql("external_id IS NOT NULL"),
        postgresql_where=sql("external_id IS NOT NULL"),
    ),
    Index(
        "ix_deliveries_failed",
        "inbox_id",
        "updated_at",
        sqlite_where=sql("state = 'failed'"),
        postgresql_where=sql("state = 'failed'"),
    ),
    Index(
        "ix_deliveries_due",
        "due_at",
        sqlite_where=sql("due_at IS NOT NULL"),
        postgresql_where=sql("due_at IS NOT NULL"),
    ),
)

replies_kept = Table(
    "replies_kept",
    metadata,
    text("idempotency_key"),
    text("caller"),
    text("request_hash"),
    count("status"),
    json("body"),
    millis("created_at"),
    PrimaryKeyConstraint("caller", "idempotency_key"),
)
