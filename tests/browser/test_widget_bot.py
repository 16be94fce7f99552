"""A visitor and the bot, in the widget."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import expect

from conversations.store import Tx
from intents.knowledge_rows import create_article
from intents.sources import ArticleRow
from tests.browser.at_widget import ANSWER, QUESTION, at_widget
from tests.browser.conftest import OpenWindow
from tests.browser.desks import BrowserDesk
from tests.browser.sites import Site

LONG = """Hold the button for ten seconds. The lamp forgets its network, its timers and its colours, and blinks twice \
when it is done. After that it can be added to the app again, as on the day when it was new, by you or by anybody else.

1. Hold the button.
2. Wait for **two** blinks.

[The whole manual](https://lamps.example/manual) has pictures.

[How it looks](https://www.youtube.com/watch?v=abcdefghijk)

<img src=x onerror="document.title='caught'"> is only text."""


KEPT = """async (text) => {
  const database = await new Promise((done) => {
    const asked = indexedDB.open("frontdesk");
    asked.onsuccess = () => done(asked.result);
  });
  for (;;) {
    const all = database.transaction("kept").objectStore("kept").getAll();
    const found = await new Promise((done) => { all.onsuccess = () => done(JSON.stringify(all.result)); });
    if (found.includes(text)) return;
  }
}"""


async def test_a_question_is_answered_and_the_answer_rated(
    desk: BrowserDesk, site: Site, open_window: OpenWindow
) -> None:
    """A visitor asks, sees the bot marked as one, and says that the answer helped; the rating stays over a reload."""
    ana = await at_widget(desk, site, open_window)
    await expect(ana.frame.get_by_role("heading", level=1)).to_be_visible()
    await expect(ana.log.get_by_text("A bot answers first.")).to_be_visible()
    await ana.window.look("widget_empty")
    await ana.says(QUESTION)
    await ana.hears(ANSWER)
    await expect(ana.log.get_by_text("Bot", exact=True)).to_be_visible()
    await expect(ana.log.get_by_text("Sent", exact=True)).to_have_count(1)
    await ana.window.look("widget_answer")
    helpful = ana.button("Yes, it was helpful")
    await helpful.click()
    await expect(helpful).to_have_attribute("aria-pressed", "true")
    await ana.window.is_accessible()
    await ana.window.page.reload()
    frame = await ana.window.opens_widget()
    await expect(frame.get_by_role("button", name="Yes, it was helpful")).to_have_attribute("aria-pressed", "true")


async def test_a_long_answer_opens_in_place(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """An article is shown by its beginning and opens where it stands, with list, link and a card for the video; what
    looks like HTML is text."""

    def write(tx: Tx) -> None:
        row = ArticleRow(
            question="How do I reset my lamp?",
            answer=LONG,
            category=None,
            locale="en",
            phrasings=("factory reset of the lamp", "reset the lamp"),
        )
        create_article(tx, desk.whole.founded.knowledge_base_id, row, by="system")

    await desk.house.store.write(write)
    await desk.house.refresh()
    ana = await at_widget(desk, site, open_window)
    await ana.says("How do I reset my lamp?")
    await ana.hears("Hold the button for ten seconds")
    await expect(ana.log.get_by_role("list")).to_have_count(0)
    more = ana.button("Show more")
    await more.click()
    await expect(ana.button("Show less")).to_have_attribute("aria-expanded", "true")
    await expect(ana.log.get_by_role("listitem")).to_have_text(["Hold the button.", "Wait for two blinks."])
    manual = ana.log.get_by_role("link", name=re.compile("The whole manual"))
    await expect(manual).to_have_attribute("rel", re.compile("noopener"))
    await expect(ana.log.get_by_role("link", name=re.compile("Video at youtube.com"))).to_be_visible()
    await expect(ana.log.get_by_text("<img src=x")).to_be_visible()
    await expect(ana.log.locator("img")).to_have_count(0)
    await ana.window.look("widget_article")
    await ana.window.is_accessible()


async def test_choices_by_keyboard(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """Where the bot asks back its choices are walked with the arrow keys; the one taken stays readable, and answers."""
    ana = await at_widget(desk, site, open_window)
    await ana.says("lamp")
    choices = ana.frame.get_by_role("group", name="Choose one").get_by_role("button")
    await expect(choices.last).to_have_text("None of these")
    await ana.window.look("widget_choices")
    first, second = await choices.nth(0).inner_text(), await choices.nth(1).inner_text()
    await choices.nth(0).focus()
    keys = ana.window.page.keyboard
    await keys.press("ArrowRight")
    await expect(choices.nth(1)).to_be_focused()
    await keys.press("ArrowUp")
    await expect(choices.nth(0)).to_be_focused()
    await keys.press("End")
    await expect(choices.last).to_be_focused()
    await keys.press("Home")
    await keys.press("ArrowDown")
    await keys.press("Enter")
    await expect(ana.field).to_be_focused()
    await expect(choices.nth(1)).to_have_attribute("aria-pressed", "true")
    await expect(choices.filter(has_text=first)).to_be_disabled()
    # as the choice and as what the visitor said
    await ana.hears(second, times=2)
    await expect(ana.button("Yes, it was helpful")).to_be_visible()
    await ana.window.is_accessible()


async def test_own_messages_are_not_announced(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """A screen reader is told what the bot says, with its name, and not what the visitor wrote."""
    ana = await at_widget(desk, site, open_window)
    await expect(ana.log).to_have_attribute("aria-live", "off")
    told = ana.frame.locator("p[aria-live=polite].only-heard")
    await ana.says(QUESTION)
    await expect(told).to_contain_text(f"Bot: {ANSWER}")
    await expect(told).not_to_contain_text(QUESTION)


async def test_the_draft_survives(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """What is written and not sent is there again after a reload; what was sent leaves no draft."""
    ana = await at_widget(desk, site, open_window)
    await ana.field.fill("I would like to")
    async with asyncio.timeout(10):
        await ana.window.page.frames[-1].evaluate(KEPT, "I would like to")
    await ana.window.page.reload()
    frame = await ana.window.opens_widget()
    await expect(frame.locator("textarea")).to_have_value("I would like to")
