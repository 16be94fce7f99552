"""An admin's first hour: from an empty data folder to a desk that answers on one's own site, without a command line."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.at_desk import AtDesk
from tests.browser.conftest import OpenWindow
from tests.browser.first_start import FirstStart, opened_first_start
from tests.browser.hands import Hands
from tests.browser.sites import Site

CLICKS_MOST = 45
SECONDS_MOST = 120.0
ARTICLES = 20

TOPICS = (
    ("How long does delivery take?", "Orders take two to four working days.", "when does my parcel come"),
    ("How do I send something back?", "Within **30 days**, with the label in the box.", "return a lamp|refund"),
    ("Which bulbs fit the Heron?", "Any with an E27 socket and at most 12 watts.", "bulb for the heron"),
    ("Do you ship abroad?", "To all countries of the European Union.", "delivery to france"),
    ("How long is the warranty?", "Three years on lamps, two on bulbs.", "guarantee"),
)


@pytest.fixture
async def first(tmp_path: Path) -> AsyncIterator[FirstStart]:
    async with opened_first_start(tmp_path) as found:
        yield found


def table(path: Path) -> Path:
    """Twenty articles as a spreadsheet saves them, and one line that cannot be used."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["question", "answer", "category", "locale", "phrasings"])
        for question, answer, phrasings in TOPICS:
            rows.writerow([question, answer, "shop", "en", phrasings])
        for number in range(len(TOPICS) + 1, ARTICLES + 1):
            rows.writerow(
                [f"What is model {number} of the catalogue?", f"A lamp of series {number}.", "shop", "en", ""]
            )
        rows.writerow(["A question that nobody answered", "", "shop", "en", ""])
    return path


async def first_steps(page: Page, hands: Hands) -> None:
    """Go back to the list of steps."""
    await hands.click(page.get_by_role("link", name="Settings"))
    await hands.click(page.get_by_role("link", name="First steps"))


async def becomes_admin(page: Page, hands: Hands) -> None:
    await hands.fill(page.get_by_label("Company"), "Lumen & Söhne")
    await hands.fill(page.get_by_label("Your name"), "Maud Okafor")
    await hands.fill(page.get_by_label("E-mail"), "maud@lumen.example")
    await hands.fill(page.get_by_label("Password", exact=True), "lamps at the harbour")
    await hands.click(page.get_by_role("button", name="Open my desk"))
    await expect(page.get_by_role("heading", name="Welcome, Maud")).to_be_visible()
    hands.part("first admin")


async def chooses_look(page: Page, hands: Hands) -> None:
    await hands.click(page.get_by_role("link", name="Choose the look"))
    await hands.click(page.get_by_role("button", name="Teal"))
    await hands.fill(page.get_by_label("Greeting (optional)"), "Moin. How can we help?")
    await hands.click(page.get_by_role("button", name="Save name and look"))
    await expect(page.get_by_text("Saved.")).to_be_visible()
    hands.part("company and look")


async def changes_words(page: Page, hands: Hands) -> None:
    await hands.click(page.get_by_role("link", name="First steps"))
    await hands.click(page.get_by_role("link", name="Change a sentence"))
    await hands.fill(page.get_by_label("queue.entered", exact=True), "One of our own people takes over now.")
    await hands.click(page.get_by_role("button", name="Save my words"))
    await expect(page.get_by_text("Saved.").last).to_be_visible()
    hands.part("own words")


async def puts_widget_on_site(page: Page, hands: Hands, site: Site) -> None:
    """The snippet as the page shows it is put on a page of another origin, and found there."""
    await hands.click(page.get_by_role("link", name="First steps"))
    await hands.click(page.get_by_role("link", name="Get the snippet"))
    snippet = await page.get_by_label("Line for your pages").input_value()
    await hands.click(page.get_by_role("button", name="Copy the snippet"))
    site.show("/", "<main><h1>Lamps</h1></main>")
    await hands.fill(page.get_by_label("Address of a page"), site.url)
    await hands.click(page.get_by_role("button", name="Check the page"))
    await expect(page.get_by_text("Not found: the snippet is not on this page.")).to_be_visible()
    site.show("/", f"<main><h1>Lamps</h1></main>{snippet}")
    await hands.click(page.get_by_role("button", name="Check the page"))
    await expect(page.get_by_text("Found: the widget is on this page.")).to_be_visible()
    hands.part("snippet and check")


async def imports_articles(page: Page, hands: Hands, path: Path) -> None:
    await hands.click(page.get_by_role("link", name="First steps"))
    await hands.click(page.get_by_role("link", name="Import articles"))
    await hands.choose_file(page.get_by_role("button", name="Choose a file"), path)
    await hands.click(page.get_by_role("button", name="Import the articles"))
    await expect(page.get_by_text(f"{ARTICLES} articles added")).to_be_visible()
    await expect(page.get_by_role("row").filter(has_text="answer")).to_contain_text(str(ARTICLES + 2))
    hands.part("20 articles by CSV")


async def invites(page: Page, hands: Hands) -> str:
    """The link that a colleague gets."""
    await first_steps(page, hands)
    await hands.click(page.get_by_role("link", name="Invite somebody"))
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_label("E-mail")).to_be_focused()
    await hands.fill(dialog.get_by_label("E-mail"), "sam@lumen.example")
    await hands.click(dialog.get_by_role("button", name="Make the invitation"))
    link = await dialog.get_by_label("Link", exact=True).input_value()
    await hands.click(dialog.get_by_role("button", name="Done"))
    await expect(page.get_by_text("sam@lumen.example")).to_be_visible()
    hands.part("invitation")
    return link


async def joins(page: Page) -> None:
    """The colleague comes by the link; theirs is no part of what the admin's way took."""
    await expect(page.get_by_role("heading", name="Join Lumen & Söhne")).to_be_visible()
    await page.get_by_label("Your name").fill("Sam Verlinden")
    await page.get_by_label("Password", exact=True).fill("a harbour full of lamps")
    await page.get_by_role("button", name="Join and open the desk").click()
    await expect(page.get_by_role("region", name="Lists")).to_be_visible()


async def test_from_an_empty_folder_to_the_first_chat(
    first: FirstStart, site: Site, open_window: OpenWindow, tmp_path: Path
) -> None:
    """Link, company, look, words, snippet, check, articles, colleague, first answer, first chat: all in a browser."""
    admin = await open_window(first.link, permissions=["clipboard-read", "clipboard-write"])
    page, hands = admin.page, Hands()
    await becomes_admin(page, hands)
    await chooses_look(page, hands)
    await changes_words(page, hands)
    await puts_widget_on_site(page, hands, site)
    await imports_articles(page, hands, table(tmp_path / "articles.csv"))
    link = await invites(page, hands)
    await joins((await open_window(link)).page)

    visitor = await open_window(site.url)
    frame = await visitor.opens_widget()
    await frame.get_by_role("textbox").first.fill("when does my parcel come")
    await frame.get_by_role("textbox").first.press("Enter")
    await expect(frame.get_by_role("log")).to_contain_text("two to four working days")
    hands.part("first question answered")

    desk = AtDesk(admin)
    await hands.click(page.get_by_role("link", name="Desk", exact=True))
    hands.clicks += 2
    await desk.is_online()
    await frame.get_by_role("button", name="Talk to a person").click()
    await expect(frame.get_by_role("log")).to_contain_text("One of our own people takes over now.")
    await expect(desk.offers.first).to_contain_text("when does my parcel come")
    await hands.click(desk.offers.first.get_by_role("button", name="Accept"))
    await expect(desk.log).to_be_visible()
    hands.fields += 1
    await desk.replies("It left this morning.")
    await expect(frame.get_by_role("log")).to_contain_text("It left this morning.")
    hands.part("first chat taken")

    await first_steps(page, hands)
    await expect(page.get_by_role("heading", name="Your desk is open")).to_be_visible()
    print(f"\n{hands.told()}")
    assert hands.clicks <= CLICKS_MOST, hands.told()
    assert hands.seconds <= SECONDS_MOST, hands.told()


async def test_the_link_makes_one_admin(first: FirstStart, open_window: OpenWindow) -> None:
    """Used once, the link leads to the log-in; what is refused is told at its field, and the link still counts."""
    admin = await open_window(first.link)
    admin.forgive("status of 400")
    page = admin.page
    await page.get_by_label("Company").fill("Lumen")
    await page.get_by_label("Your name").fill("  ")
    await page.get_by_label("E-mail").fill("maud@lumen.example")
    await page.get_by_label("Password", exact=True).fill("long enough for one")
    await page.get_by_role("button", name="Open my desk").click()
    await expect(page.get_by_label("Your name")).to_have_attribute("aria-invalid", "true")
    await admin.is_accessible()
    await page.get_by_label("Your name").fill("Maud")
    await page.get_by_role("button", name="Open my desk").click()
    await expect(page.get_by_role("heading", name="Welcome, Maud")).to_be_visible()
    await admin.is_accessible()
    late = await open_window(first.link)
    await expect(late.page.get_by_role("heading", name="This desk is set up")).to_be_visible()
    await late.page.get_by_role("link", name="Go to the log-in").click()
    await expect(late.page.get_by_role("heading", name="Log in to the desk")).to_be_visible()
