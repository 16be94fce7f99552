"""What the bot knows: intents, examples, articles and their images, model versions, corrections by people."""

from sqlalchemy import Index, Table, UniqueConstraint
from sqlalchemy import text as sql

from conversations.store.tables.columns import count, json, key, metadata, millis, ref, text

intents = Table(
    "intents",
    metadata,
    key(),
    ref("bot_id", "bots.id"),
    text("name"),
    text("title"),
    text("answer", nullable=True),
    text("category", nullable=True),
    count("rev", default=1),
    millis("created_at"),
    millis("updated_at"),
    millis("archived_at", nullable=True),
    UniqueConstraint("bot_id", "name"),
)

examples = Table(
    "examples",
    metadata,
    key(),
    ref("intent_id", "intents.id"),
    text("text"),
    text("text_hash"),
    text("source"),
    millis("created_at"),
    UniqueConstraint("intent_id", "text_hash"),
)

articles = Table(
    "articles",
    metadata,
    key(),
    ref("knowledge_base_id", "knowledge_bases.id"),
    text("question"),
    text("question_hash"),
    text("answer"),
    text("category", nullable=True),
    text("locale", nullable=True),
    json("phrasings", default="[]"),
    count("rev", default=1),
    millis("created_at"),
    millis("updated_at"),
    millis("archived_at", nullable=True),
    Index(
        "uq_articles_question",
        "knowledge_base_id",
        "question_hash",
        unique=True,
        sqlite_where=sql("archived_at IS NULL"),
        postgresql_where=sql("archived_at IS NULL"),
    ),
)

models = Table(
    "models",
    metadata,
    key(),
    ref("bot_id", "bots.id"),
    count("number"),
    text("state"),
    text("folder"),
    text("data_hash"),
    json("settings", default="{}"),
    json("figures", default="{}"),
    text("made_by", nullable=True),
    text("published_by", nullable=True),
    millis("created_at"),
    millis("published_at", nullable=True),
    UniqueConstraint("bot_id", "number"),
)

article_images = Table(
    "article_images",
    metadata,
    key("name"),
    ref("workspace_id", "workspaces.id"),
    text("type"),
    count("size_bytes"),
    count("width"),
    count("height"),
    text("sha256"),
    text("path"),
    text("made_by"),
    millis("created_at"),
    UniqueConstraint("workspace_id", "sha256"),
)

corrections = Table(
    "corrections",
    metadata,
    key(),
    ref("workspace_id", "workspaces.id"),
    ref("bot_id", "bots.id"),
    text("conversation_id"),
    text("message_id"),
    text("intent_id", nullable=True),
    text("article_id", nullable=True),
    json("texts", default="[]"),
    json("example_ids", default="[]"),
    json("phrasings", default="[]"),
    text("note", nullable=True),
    text("made_by"),
    millis("created_at"),
    millis("undone_at", nullable=True),
    Index("ix_corrections_workspace", "workspace_id", "id"),
    Index("ix_corrections_conversation", "conversation_id"),
)
