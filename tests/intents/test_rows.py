"""Intents, examples and articles as a bot's admin keeps them, on both engines."""

from __future__ import annotations

import pytest

from intents import intent_rows, knowledge_rows
from intents.changes import bot_changed
from intents.errors import AlreadyThere, ChangedMeanwhile, NotThere, NotUsable
from intents.intent_rows import batches, readable, take_batch, training_examples
from intents.knowledge_rows import ArticleImport, articles_state, import_article, read_articles
from intents.sources import ArticleRow, IntentRow
from tests.intents.house import KnowingHouse

ROWS = [IntentRow(f"where is order {n}", "order_status") for n in range(450)] + [
    IntentRow("send an invoice", "invoice", "Here.", "billing", "Your invoice"),
    IntentRow("where is order 3", "order_status", "Soon."),
]


async def taken_in(house: KnowingHouse, rows: list[IntentRow]) -> tuple[int, int]:
    done = await house.store.bulk(take_batch, batches(house.bot_id, rows))
    return sum(one.added for one in done), sum(one.repeated for one in done)


async def test_a_file_of_intents_is_taken_in_once(house: KnowingHouse) -> None:
    """Importing the same file again adds nothing, and says so."""
    assert await taken_in(house, ROWS) == (451, 1)
    assert await taken_in(house, ROWS) == (0, 452)
    found = await house.store.read(training_examples, house.bot_id)
    assert len(found) == 451
    assert {one.intent for one in found} == {"order_status", "invoice"}


async def test_an_intent_keeps_what_its_rows_say(house: KnowingHouse) -> None:
    """Answer, category and title where a row gives them; else a readable title."""
    await taken_in(house, ROWS)
    invoice, order = await house.store.read(intent_rows.list_intents, house.bot_id)
    assert (invoice.name, invoice.title, invoice.answer, invoice.category) == (
        "invoice", "Your invoice", "Here.", "billing",
    )  # fmt: skip
    assert (order.title, order.answer, order.n_examples) == ("Order status", "Soon.", 450)


@pytest.mark.parametrize(
    ("name", "title"), [("card_arrival", "Card arrival"), ("FAQ", "FAQ"), ("a-b", "A b"), ("_", "_")]
)
def test_names_are_made_readable(name: str, title: str) -> None:
    """Visitors read titles, not identifiers."""
    assert readable(name) == title


async def test_an_intent_is_made_edited_and_archived(house: KnowingHouse) -> None:
    """Each change raises its rev, is told, and is written down."""
    store = house.store
    intent = await store.write(intent_rows.create_intent, house.bot_id, "reset", by="agt_1", answer="Hold it.")
    assert (intent.rev, intent.title, intent.answer) == (1, "Reset", "Hold it.")
    edited = await store.write(
        intent_rows.edit_intent, intent.id, {"answer": "", "title": "Start anew"}, by="agt_1", rev=1
    )
    assert (edited.rev, edited.answer, edited.title) == (2, None, "Start anew")
    with pytest.raises(ChangedMeanwhile) as caught:
        await store.write(intent_rows.edit_intent, intent.id, {"title": "x"}, by="agt_2", rev=1)
    assert caught.value.rev == 2
    with pytest.raises(AlreadyThere):
        await store.write(intent_rows.create_intent, house.bot_id, "reset", by="agt_1")
    await store.write(intent_rows.archive_intent, intent.id, by="agt_1")
    with pytest.raises(NotThere):
        await store.read(intent_rows.get_intent, intent.id)
    back = await store.write(intent_rows.create_intent, house.bot_id, "reset", by="agt_1")
    assert back.id == intent.id
    assert await house.changed() == [house.bot_id] * 4
    assert [data["change"] for kind, data in await house.facts() if kind == "knowledge_changed"] == [
        "created", "edited", "archived", "created",
    ]  # fmt: skip


@pytest.mark.parametrize("changes", [{"title": " "}, {"name": "x"}, {"answer": "x" * 20_001}])
async def test_what_cannot_be_kept_is_refused(house: KnowingHouse, changes: dict[str, str | None]) -> None:
    """The field at fault is named, and nothing changes."""
    intent = await house.store.write(intent_rows.create_intent, house.bot_id, "reset", by="agt_1")
    with pytest.raises(NotUsable) as caught:
        await house.store.write(intent_rows.edit_intent, intent.id, changes, by="agt_1")
    assert caught.value.field in changes
    assert (await house.store.read(intent_rows.get_intent, intent.id)).rev == 1


async def test_examples_are_added_and_deleted(house: KnowingHouse) -> None:
    """Repeats are passed over; hostile characters are stored as text."""
    store = house.store
    intent = await store.write(intent_rows.create_intent, house.bot_id, "reset", by="agt_1")
    added = await store.write(
        intent_rows.add_examples, intent.id, ["reset it", " reset it ", "a\x00b\ud800"], by="agt_1"
    )
    assert [one.text for one in added] == ["reset it", "a\ufffdb\ufffd"]
    listed = await store.read(intent_rows.list_examples, intent.id)
    assert {one.text for one in listed} == {"reset it", "a\ufffdb\ufffd"}
    assert {one.source for one in listed} == {"agt_1"}
    await store.write(intent_rows.delete_example, added[0].id, by="agt_1")
    assert len(await store.read(intent_rows.list_examples, intent.id)) == 1
    with pytest.raises(NotThere):
        await store.write(intent_rows.delete_example, added[0].id, by="agt_1")


async def test_lists_are_paged_by_key(house: KnowingHouse) -> None:
    """Every example is seen once over the pages."""
    await taken_in(house, ROWS)
    order = (await house.store.read(intent_rows.list_intents, house.bot_id))[1]
    seen: list[str] = []
    for _ in range(4):
        after = seen[-1] if seen else ""
        page = await house.store.read(intent_rows.list_examples, order.id, after=after, limit=200)
        seen += [one.id for one in page]
    assert len(seen) == len(set(seen)) == 450


async def test_archived_intents_are_not_trained(house: KnowingHouse) -> None:
    """Their examples stay, unused."""
    await taken_in(house, ROWS)
    invoice = (await house.store.read(intent_rows.list_intents, house.bot_id))[0]
    await house.store.write(intent_rows.archive_intent, invoice.id, by="agt_1")
    assert {one.intent for one in await house.store.read(training_examples, house.bot_id)} == {"order_status"}


async def test_a_bot_that_is_not_there(house: KnowingHouse) -> None:
    """Nothing is made for it."""
    with pytest.raises(NotThere):
        await house.store.write(intent_rows.create_intent, "bot_x", "reset", by="agt_1")
    with pytest.raises(NotThere):
        await house.store.write(bot_changed, "bot_x", "agt_1", {})


async def test_articles_are_imported_once_and_renewed(house: KnowingHouse) -> None:
    """A row that asks the same in the same locale takes the old one's place."""
    rows = [
        ArticleRow("When are you open?", "Nine.", phrasings=("opening hours",)),
        ArticleRow("when are you  OPEN?", "Ten."),
        ArticleRow("When are you open?", "Neun.", locale="de"),
    ]
    made = await house.store.bulk(import_article, [ArticleImport(house.base_id, row) for row in rows])
    assert made == ["added", "changed", "added"]
    again = await house.store.bulk(import_article, [ArticleImport(house.base_id, row) for row in rows[1:]])
    assert again == ["unchanged", "unchanged"]
    found = await house.store.read(read_articles, house.base_id)
    assert sorted((one.answer, one.locale, one.phrasings) for one in found) == [
        ("Neun.", "de", ()),
        ("Ten.", None, ()),
    ]


async def test_an_article_is_made_edited_and_archived(house: KnowingHouse) -> None:
    """Each change is told to the bots that use it, and changes the state that indexes are built by."""
    store = house.store
    states = [await store.read(articles_state, house.base_id)]
    row = ArticleRow("Which bulbs fit?", "E27.", "lamps", "en", ("what bulb",))
    article = await store.write(knowledge_rows.create_article, house.base_id, row, by="agt_1")
    assert (article.phrasings, article.rev) == (("what bulb",), 1)
    states.append(await store.read(articles_state, house.base_id))
    renewed = ArticleRow("Which bulbs fit?", "E14.")
    with pytest.raises(ChangedMeanwhile):
        await store.write(knowledge_rows.edit_article, article.id, renewed, by="agt_1", rev=7)
    edited = await store.write(knowledge_rows.edit_article, article.id, renewed, by="agt_1", rev=1)
    assert (edited.answer, edited.category, edited.rev) == ("E14.", None, 2)
    states.append(await store.read(articles_state, house.base_id))
    with pytest.raises(AlreadyThere) as caught:
        await store.write(knowledge_rows.create_article, house.base_id, renewed, by="agt_1")
    assert caught.value.field == "question"
    await store.write(knowledge_rows.archive_article, article.id, by="agt_1")
    states.append(await store.read(articles_state, house.base_id))
    assert len(set(states[1:])) == 3
    assert states[3] == states[0]
    with pytest.raises(NotThere):
        await store.read(knowledge_rows.get_article, article.id)
    await store.write(knowledge_rows.create_article, house.base_id, renewed, by="agt_1")
    assert await house.changed() == [house.bot_id] * 4


async def test_an_article_of_no_knowledge_base(house: KnowingHouse) -> None:
    """Is not made."""
    with pytest.raises(NotThere):
        await house.store.write(knowledge_rows.create_article, "kbs_x", ArticleRow("a", "b"), by="agt_1")
