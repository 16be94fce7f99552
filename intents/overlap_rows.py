"""What a bot is taught by, as texts to be compared."""

import orjson
from sqlalchemy import bindparam, select

from conversations.store import Statement, Tx
from conversations.store.tables import articles, bots, examples, intents
from intents.overlaps import Entry

ENTRIES_LIMIT = 100_000

EXAMPLES = Statement(
    select(examples.c.id, examples.c.text, intents.c.id, intents.c.name)
    .join(intents, intents.c.id == examples.c.intent_id)
    .where(intents.c.bot_id == bindparam("bot_id"), intents.c.archived_at.is_(None))
    .order_by(examples.c.id)
    .limit(ENTRIES_LIMIT)
)
ARTICLES = Statement(
    select(articles.c.id, articles.c.question, articles.c.phrasings, articles.c.locale)
    .join(bots, bots.c.knowledge_base_id == articles.c.knowledge_base_id)
    .where(bots.c.id == bindparam("bot_id"), articles.c.archived_at.is_(None))
    .order_by(articles.c.id)
    .limit(ENTRIES_LIMIT)
)


def taught_texts(tx: Tx, bot_id: str) -> list[Entry]:
    """Every example of a bot's intents, and every question and phrasing of its articles."""
    found = [
        Entry(example_id, text, intent_id, name)
        for example_id, text, intent_id, name in tx.all(EXAMPLES, {"bot_id": bot_id})
    ]
    for article_id, question, phrasings, _ in tx.all(ARTICLES, {"bot_id": bot_id}):
        found += [
            Entry(None, text, article_id, question, of="article") for text in (question, *orjson.loads(phrasings))
        ]
    return found[:ENTRIES_LIMIT]
