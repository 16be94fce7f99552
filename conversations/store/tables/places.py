"""Whose it is and where it comes in: workspaces, bots, inboxes, contacts, identities, devices."""

from sqlalchemy import Index, Table, UniqueConstraint

from conversations.store.tables.columns import count, json, key, metadata, millis, ref, text

workspaces = Table("workspaces", metadata, key(), text("name"), json("settings", default="{}"), millis("created_at"))

knowledge_bases = Table(
    "knowledge_bases", metadata, key(), ref("workspace_id", "workspaces.id"), text("name"), millis("created_at")
)

bots = Table(
    "bots",
    metadata,
    key(),
    ref("workspace_id", "workspaces.id"),
    ref("knowledge_base_id", "knowledge_bases.id"),
    text("name"),
    json("settings", default="{}"),
    text("live_model_id", nullable=True),
    count("knowledge_rev"),
    millis("created_at"),
    millis("archived_at", nullable=True),
    UniqueConstraint("workspace_id", "name"),
)

inboxes = Table(
    "inboxes",
    metadata,
    key(),
    ref("workspace_id", "workspaces.id"),
    text("name"),
    text("channel"),
    text("public_key"),
    ref("bot_id", "bots.id", nullable=True),
    text("default_team_id", nullable=True),
    json("settings", default="{}"),
    json("secrets", default="{}"),
    millis("created_at"),
    millis("archived_at", nullable=True),
    UniqueConstraint("public_key"),
)

contacts = Table(
    "contacts",
    metadata,
    key(),
    ref("workspace_id", "workspaces.id", index=True),
    text("name", nullable=True),
    text("email", nullable=True),
    text("phone", nullable=True),
    json("attributes", default="{}"),
    json("verified", default="[]"),
    millis("created_at"),
    millis("updated_at"),
    Index("ix_contacts_email", "workspace_id", "email"),
)

identities = Table(
    "identities",
    metadata,
    key(),
    ref("inbox_id", "inboxes.id"),
    text("address"),
    ref("contact_id", "contacts.id", index=True),
    text("merged_into", nullable=True),
    text("team_id", nullable=True),
    json("trail", default="[]"),
    millis("created_at"),
    millis("last_seen_at"),
    UniqueConstraint("inbox_id", "address"),
)

devices = Table(
    "devices",
    metadata,
    text("token_hash"),
    ref("identity_id", "identities.id", index=True),
    ref("inbox_id", "inboxes.id"),
    text("subject", nullable=True),
    millis("created_at"),
    millis("last_used_at"),
    UniqueConstraint("token_hash"),
)
