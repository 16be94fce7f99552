"""Admins at their screens: kept from losing work, told what is wrong where it is wrong, and by keyboard and reader."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest
from playwright.async_api import Dialog, FilePayload, Page, expect

from tests.browser.at_desk import at_desk
from tests.browser.conftest import OpenWindow
from tests.browser.desks import PASSWORD, BrowserDesk, log_in
from tests.browser.windows import Window

DOT = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
"""A picture of one pixel."""

SCREENS = {
    "settings": ("start", "company", "mail", "people", "people/invite", "teams", "account"),
    "inboxes": ("inboxes", *(f"inboxes/{{inbox}}/{part}" for part in ("settings", "words", "install", "security"))),
    "knowledge": ("knowledge", "knowledge/new", "knowledge/import", "intents", "overlaps", "corrections"),
    "bot": ("bot", "models", "unknown", "figures"),
}


async def admin_at(desk: BrowserDesk, open_window: OpenWindow, path: str, name: str = "Maud", **how: Any) -> Window:
    """A window of a new admin, logged in, at a screen."""
    maud = await at_desk(desk, open_window, await log_in(desk, name, role="admin"), **how)
    await maud.page.goto(f"{desk.url}/console/{path}")
    await expect(maud.page.locator(".sheet h1")).to_be_visible()
    return maud.window


async def settled(page: Page) -> None:
    """Nothing of the screen is still being loaded."""
    await expect(page.locator(".sheet h1")).to_be_visible()
    await expect(page.locator(".sheet .loading")).to_have_count(0)
    await expect(page.locator(".sheet .problem")).to_have_count(0)


@pytest.mark.parametrize("section", SCREENS)
@pytest.mark.parametrize("how", [{}, {"phone": True, "dark": True}], ids=["desktop", "phone-dark"])
async def test_every_screen_is_accessible(
    desk: BrowserDesk, open_window: OpenWindow, section: str, how: dict[str, Any]
) -> None:
    """axe finds nothing on any screen, and none is wider than its window."""
    window = await admin_at(desk, open_window, "start", **how)
    for screen in SCREENS[section]:
        path = screen.format(inbox=desk.whole.founded.inbox_id)
        await window.page.goto(f"{desk.url}/console/{path}")
        await settled(window.page)
        await window.is_accessible()
        wide = await window.page.evaluate("() => document.querySelector('.place').scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is {wide} px wider than its window"
        await window.look(f"admin_{screen.replace('/', '_').replace('{inbox}', 'one')}{'_phone' if how else ''}")


async def test_two_admins_at_one_article_lose_nothing(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """Who saves second is told kindly, and chooses between the other's state and their own."""
    maud = await admin_at(desk, open_window, "knowledge")
    maud.forgive("status of 412")
    await maud.page.get_by_role("row").nth(1).press("Enter")
    await expect(maud.page.get_by_label("Answer")).not_to_have_value("")
    ines = await admin_at(desk, open_window, maud.page.url.split("/console/")[1], "Ines")
    await ines.page.get_by_label("Answer").fill("What Ines wrote.")
    await ines.page.get_by_role("button", name="Save changes").click()
    await expect(ines.page.get_by_text("Saved.")).to_be_visible()
    await maud.page.get_by_label("Answer").fill("What Maud wrote.")
    await maud.page.get_by_role("button", name="Save changes").click()
    told = maud.page.get_by_role("alert").filter(has_text="Somebody changed this while you were editing.")
    await expect(told).to_be_visible()
    await expect(maud.page.get_by_label("Answer")).to_have_value("What Maud wrote.")
    await maud.is_accessible()
    await told.get_by_role("button", name="Show theirs, drop mine").click()
    await expect(maud.page.get_by_label("Answer")).to_have_value("What Ines wrote.")
    await maud.page.get_by_label("Answer").fill("What both agreed on.")
    await maud.page.get_by_role("button", name="Save changes").click()
    await expect(maud.page.get_by_text("Saved.")).to_be_visible()
    await expect(maud.page.get_by_role("button", name="Save changes")).to_have_count(0)


async def test_unsaved_work_is_asked_for(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """Leaving with changes asks; staying keeps them; taking them back asks no more."""
    window = await admin_at(desk, open_window, "company")
    page = window.page
    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.message)
        await dialog.dismiss()

    page.on("dialog", stay)
    await page.get_by_label("Company name").fill("Donaudampfschifffahrtselektrizitätenhauptbetriebswerk")
    await page.get_by_role("link", name="People").click()
    await expect(page.get_by_label("Company name")).to_have_value(
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk"
    )
    assert len(asked) == 1
    await page.get_by_role("button", name="Take back").click()
    await page.get_by_role("link", name="People").click()
    await expect(page.get_by_role("heading", name="People")).to_be_visible()
    assert len(asked) == 1


async def test_what_is_wrong_stands_at_its_field(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """A refused value is named at its field, which has the focus; mended, it is saved."""
    path = f"inboxes/{desk.whole.founded.inbox_id}/words"
    window = await admin_at(desk, open_window, path)
    window.forgive("status of 400")
    page = window.page
    sentence = page.get_by_label("bot.goodbye", exact=True)
    await sentence.fill("Bye, {nobody}.")
    await page.get_by_role("button", name="Save my words").click()
    await expect(sentence).to_have_attribute("aria-invalid", "true")
    await expect(sentence).to_be_focused()
    await sentence.fill("Fair winds.")
    await page.get_by_role("button", name="Save my words").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()
    await page.reload()
    await expect(sentence).to_have_value("Fair winds.")


async def test_the_bot_is_asked_and_told_better(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """What it does not know is shown with its reason; an article written there and then answers at once."""
    window = await admin_at(desk, open_window, "bot")
    page = window.page
    await page.get_by_label("What a visitor writes").fill("may I bring my parrot to the showroom")
    await page.keyboard.press("Enter")
    result = page.get_by_role("region", name="What the visitor would see")
    await expect(result).to_contain_text("may I bring my parrot")
    await result.get_by_role("link", name="Write an article").click()
    await expect(page.get_by_label("Question")).to_have_value("may I bring my parrot to the showroom")
    await page.get_by_label("Other ways to ask it").fill("are parrots allowed in the shop")
    await page.keyboard.press("Enter")
    await page.get_by_label("Answer").fill("Yes, **on the shoulder**.")
    preview = page.get_by_role("region", name="As visitors read it")
    await expect(preview.locator("strong")).to_have_text("on the shoulder")
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Image").click()
    await (await chooser.value).set_files(FilePayload(name="Parrot.png", mimeType="image/png", buffer=DOT))
    await expect(preview.get_by_role("img", name="Parrot")).to_have_js_property("naturalWidth", 1)
    await window.is_accessible()
    await page.get_by_role("button", name="Add the article").click()
    await expect(page.get_by_text("answers now")).to_be_visible()
    await page.get_by_role("link", name="Bot", exact=True).click()
    await page.get_by_label("What a visitor writes").fill("are parrots allowed in the shop")
    await page.keyboard.press("Enter")
    await expect(result).to_contain_text("on the shoulder")
    await expect(result).to_contain_text("It is sure of the article.")
    await window.look("admin_bot_answer")


async def test_who_leaves_is_told_what_happens(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """Deactivation says what it does to open chats, ends the session, and can be undone by an admin."""
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam"))
    sam.window.forgive("status of 401", "WebSocket")
    window = await admin_at(desk, open_window, "people")
    page = window.page
    await page.get_by_role("row").filter(has_text="Sam").press("Enter")
    await page.get_by_role("dialog").get_by_role("button", name="Deactivate Sam").click()
    asked = page.get_by_role("dialog", name="Deactivate Sam?")
    await expect(asked).to_contain_text("go back in line and keep their waiting time")
    await window.is_accessible()
    await asked.get_by_role("button", name="Deactivate Sam").click()
    await expect(page.get_by_role("region", name="Deactivated")).to_contain_text("Sam")
    await expect(sam.page.get_by_role("heading", name="Log in to the desk")).to_be_visible()
    await page.get_by_role("button", name="Activate Sam").click()
    await expect(page.get_by_role("dialog", name="Sam")).to_be_visible()


async def test_a_new_password_keeps_who_changed_it_at_work(desk: BrowserDesk, open_window: OpenWindow) -> None:
    """The present password is asked for; with the new one the page goes on, and only the new one logs in."""
    sam = await at_desk(desk, open_window, await log_in(desk, "Sam"))
    sam.window.forgive("status of 400", "status of 401", "WebSocket")
    page = sam.page
    await page.get_by_role("button", name="Sam: account").click()
    await page.get_by_role("menuitem", name="Your name, picture and password").click()
    await page.get_by_label("Present password").fill("not this one")
    await page.get_by_label("New password").fill("the tide comes in at noon")
    await page.get_by_role("button", name="Change the password").click()
    await expect(page.get_by_label("Present password")).to_be_focused()
    await expect(page.get_by_role("alert").filter(has_text="not your present password")).to_be_visible()
    await page.get_by_label("Present password").fill(PASSWORD)
    await page.get_by_role("button", name="Change the password").click()
    await expect(page.get_by_text("The password is changed.")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="Yourself")).to_be_visible()
    await sam.window.is_accessible()
