"""The start form in the widget: only before the first answer where the admin wants that, and with its consent."""

from __future__ import annotations

from typing import Any

from playwright.async_api import expect
from sqlalchemy import select

from conversations.store import Statement
from conversations.store.tables import contacts
from tests.browser.at_widget import ANSWER, QUESTION, at_widget
from tests.browser.conftest import OpenWindow
from tests.browser.desks import BrowserDesk
from tests.browser.sites import Site

_CONTACTS = Statement(select(contacts.c.name, contacts.c.email))
FORM: dict[str, Any] = {
    "required": True,
    "fields": [{"key": "name", "required": True}, {"key": "email", "required": False}],
    "consent": {"text": "You may keep what I write here.", "required": True},
}


async def test_a_form_that_is_required(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """What is missing is said beside its field, which gets the focus; filled in it leads to the chat and is not asked
    again."""
    await desk.settle(start_form=FORM)
    ana = await at_widget(desk, site, open_window, form=True)
    await expect(ana.frame.get_by_role("heading", name="Before we start")).to_be_visible()
    await ana.window.look("widget_form")
    await ana.button("Start chat").click()
    name = ana.frame.get_by_role("textbox", name="Name")
    await expect(name).to_be_focused()
    await expect(name).to_have_accessible_description("Fill this in.")
    await name.fill("Ana")
    await ana.frame.get_by_role("textbox", name="Email address").fill("ana")
    await ana.button("Start chat").click()
    email = ana.frame.get_by_role("textbox", name="Email address")
    await expect(email).to_have_accessible_description("Write a whole address, such as ana@example.com.")
    await ana.window.look("widget_form_wrong")
    await ana.window.is_accessible()
    await email.fill("ana@example.com")
    await ana.frame.get_by_role("checkbox").check()
    await ana.button("Start chat").click()
    await expect(ana.field).to_be_focused()
    await ana.says(QUESTION)
    await ana.hears(ANSWER)
    await ana.chooses("Start a new conversation")
    await expect(ana.field).to_be_visible()
    found = await desk.house.store.read(lambda tx: tx.all(_CONTACTS, {}))
    assert ("Ana", "ana@example.com") in [tuple(row) for row in found]


async def test_a_form_that_is_not(desk: BrowserDesk, site: Site, open_window: OpenWindow) -> None:
    """A form that is not required stands in nobody's way: the chat is there at once, the form can be found."""
    await desk.settle(start_form={**FORM, "required": False})
    ana = await at_widget(desk, site, open_window)
    await ana.says(QUESTION)
    await ana.hears(ANSWER)
    await ana.chooses("Your details")
    await ana.frame.get_by_role("textbox", name="Name").fill("Ana")
    await ana.button("Not now").click()
    await ana.hears(ANSWER)
