"""Whose knowledge it is: what a bot knows belongs to the bot's workspace, and exists for nobody else."""

from sqlalchemy import bindparam, select

from conversations.errors import NotFound
from conversations.store import Statement, Tx
from conversations.store.tables import articles, bots, examples, intents, knowledge_bases, models

_BOTS = select(bots.c.id, bots.c.knowledge_base_id).where(
    bots.c.workspace_id == bindparam("workspace_id"), bots.c.archived_at.is_(None)
)
BOT = Statement(_BOTS.where(bots.c.id == bindparam("id")))
OLDEST_BOT = Statement(_BOTS.order_by(bots.c.created_at, bots.c.id).limit(1))
BOT_OF_BASE = Statement(
    select(bots.c.id)
    .where(bots.c.knowledge_base_id == bindparam("knowledge_base_id"), bots.c.archived_at.is_(None))
    .order_by(bots.c.created_at, bots.c.id)
    .limit(1)
)
ARTICLE = Statement(
    select(articles.c.id)
    .join(knowledge_bases, knowledge_bases.c.id == articles.c.knowledge_base_id)
    .where(articles.c.id == bindparam("id"), knowledge_bases.c.workspace_id == bindparam("workspace_id"))
)
INTENT = Statement(
    select(intents.c.id)
    .join(bots, bots.c.id == intents.c.bot_id)
    .where(intents.c.id == bindparam("id"), bots.c.workspace_id == bindparam("workspace_id"))
)
EXAMPLE = Statement(
    select(examples.c.id)
    .join(intents, intents.c.id == examples.c.intent_id)
    .join(bots, bots.c.id == intents.c.bot_id)
    .where(
        examples.c.id == bindparam("id"),
        intents.c.id == bindparam("intent_id"),
        bots.c.workspace_id == bindparam("workspace_id"),
    )
)
MODEL = Statement(
    select(models.c.id)
    .join(bots, bots.c.id == models.c.bot_id)
    .where(models.c.id == bindparam("id"), bots.c.workspace_id == bindparam("workspace_id"))
)


def own_bot(tx: Tx, workspace_id: str, bot_id: str | None) -> tuple[str, str]:
    """A bot and its knowledge base, by their ids: the one named, or the workspace's first. Raises NotFound."""
    if bot_id is None:
        row = tx.one(OLDEST_BOT, {"workspace_id": workspace_id})
    else:
        row = tx.one(BOT, {"workspace_id": workspace_id, "id": bot_id})
    if row is None:
        raise NotFound("There is no such bot.", field="bot_id")
    return row[0], row[1]


def a_bot_of_base(tx: Tx, knowledge_base_id: str) -> str | None:
    """The first bot that uses a knowledge base."""
    row = tx.one(BOT_OF_BASE, {"knowledge_base_id": knowledge_base_id})
    return row[0] if row is not None else None


def own_article(tx: Tx, workspace_id: str, article_id: str) -> str:
    """Raises NotFound."""
    return _own(tx, ARTICLE, workspace_id, article_id, "article")


def own_intent(tx: Tx, workspace_id: str, intent_id: str) -> str:
    """Raises NotFound."""
    return _own(tx, INTENT, workspace_id, intent_id, "intent")


def own_model(tx: Tx, workspace_id: str, model_id: str) -> str:
    """Raises NotFound."""
    return _own(tx, MODEL, workspace_id, model_id, "model")


def own_example(tx: Tx, workspace_id: str, intent_id: str, example_id: str) -> str:
    """Raises NotFound."""
    if tx.one(EXAMPLE, {"workspace_id": workspace_id, "intent_id": intent_id, "id": example_id}) is None:
        raise NotFound("There is no such example.", field="example_id")
    return example_id


def _own(tx: Tx, statement: Statement, workspace_id: str, wanted: str, noun: str) -> str:
    if tx.one(statement, {"workspace_id": workspace_id, "id": wanted}) is None:
        raise NotFound(f"There is no such {noun}.", field=f"{noun}_id")
    return wanted
