"""The company's name and look, and what a widget is told of it."""

from __future__ import annotations

from typing import Any

import pytest

from server.founding import founded
from tests.http.desk import Desk, Json


async def settings(desk: Desk, **changed: Any) -> Json:
    """The website's inbox with other settings, which have to be taken."""
    path = f"inboxes/{desk.founded.inbox_id}"
    answer = await desk.call("PATCH", path, desk.admin, json={"settings": changed})
    assert answer.status == 200, answer
    return answer.body["settings"]


async def widget(desk: Desk, locale: str = "en") -> Json:
    return await desk.get(f"widget/{desk.founded.public_key}?locale={locale}")


async def test_a_widget_wears_the_companys_look_and_the_inboxs_over_it(desk: Desk) -> None:
    """Name and accent come from the company, the greeting from the inbox, the rest from the house; at once."""
    plain = await widget(desk)
    assert plain["company"] == "Frontdesk"
    assert plain["look"] == {"accent": "#2f5bea", "side": "end", "logo_url": None, "greeting": None}
    body = {"name": "Corner Shop", "look": {"accent": "#AA3300", "greeting": "Hello from the corner"}}
    changed = await desk.call("PATCH", "workspace", desk.admin, json=body)
    assert changed.body["look"]["accent"] == "#aa3300"
    await settings(desk, look={"greeting": "Ask us", "side": "start"})
    shown = await widget(desk)
    assert shown["company"] == "Corner Shop"
    assert shown["look"] == {"accent": "#aa3300", "side": "start", "logo_url": None, "greeting": "Ask us"}
    await desk.call("PATCH", "workspace", desk.admin, json={"look": {"accent": None}})
    assert (await widget(desk))["look"]["accent"] == "#2f5bea"
    assert (await desk.get("workspace", desk.admin))["name"] == "Corner Shop"


async def test_what_was_founded_outlives_a_change_of_look(desk: Desk) -> None:
    """A workspace's settings hold more than the look: none of it is lost."""
    await desk.call("PATCH", "workspace", desk.admin, json={"name": "Other", "look": {"accent": "#000000"}})

    kept = await desk.served.house.store.read(founded)
    assert kept is not None
    assert kept.inbox_id == desk.founded.inbox_id


async def test_a_start_form_names_its_departments(desk: Desk) -> None:
    """Teams stand in it by name; one that is archived since is left out; a strange one is refused."""
    care, tech = await desk.team("Care"), await desk.team("Tech")
    form = {
        "required": True,
        "fields": [{"key": "email", "required": True}, {"key": "order_number", "label": "Order number"}],
        "departments": [care, tech],
        "consent": {"text": "You may keep this."},
    }
    await settings(desk, start_form=form)
    assert (await desk.call("DELETE", f"teams/{tech}", desk.admin)).status == 204
    shown = (await widget(desk))["start_form"]
    assert shown["departments"] == [{"id": care, "name": "Care"}]
    assert shown["consent"] == {"text": "You may keep this.", "required": True}
    assert [field["key"] for field in shown["fields"]] == ["email", "order_number"]
    path = f"inboxes/{desk.founded.inbox_id}"
    strange = {"settings": {"start_form": {**form, "departments": ["tem_nobody"]}}}
    refused = await desk.call("PATCH", path, desk.admin, json=strange)
    assert (refused.status, refused.field) == (404, "settings.start_form.departments")
    await settings(desk, start_form=None)
    assert (await widget(desk))["start_form"] is None


async def test_help_and_survey_are_on_until_switched_off(desk: Desk) -> None:
    """A switch may be sent as true and false, or as {on}."""
    assert [(await widget(desk))[name]["on"] for name in ("help", "survey")] == [True, True]
    assert (await settings(desk, help=False, survey={"on": False}))["help"] == {"on": False}
    assert [(await widget(desk))[name]["on"] for name in ("help", "survey")] == [False, False]


async def test_a_widget_speaks_the_pages_language_where_the_inbox_offers_it(desk: Desk) -> None:
    """Asked for French, it speaks French; where only German and Spanish are offered, the inbox's own."""
    assert (await widget(desk, "fr-CA"))["locale"] == "fr"
    assert (await widget(desk, "tlh"))["locale"] == "en"
    await settings(desk, locale="de", locales=["es", "de"])
    shown = await widget(desk, "fr")
    assert (shown["locale"], shown["locales"]) == ("de", ["es", "de"])


async def test_any_site_may_ask_and_learns_nothing_else(desk: Desk) -> None:
    """Other origins read it, it is asked for again only when it changed, and it holds no secret of the inbox."""
    path = f"inboxes/{desk.founded.inbox_id}/identity_keys"
    secret = (await desk.post(path, desk.admin, {"kid": "site", "alg": "HS256"}))["key"]
    first = await desk.call("GET", f"widget/{desk.founded.public_key}")
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert secret not in str(first.body)
    assert desk.founded.inbox_id not in str(first.body)
    again = await desk.call(
        "GET", f"widget/{desk.founded.public_key}", headers={"If-None-Match": first.headers["Etag"]}
    )
    assert again.status == 304
    api = await desk.post("inboxes", desk.admin, {"name": "By HTTP", "channel": "api"})
    for key in (api["public_key"], "pk_unknown", "%00", "x" * 79):
        assert (await desk.call("GET", f"widget/{key}")).status == 404


@pytest.mark.parametrize(
    ("chosen", "field"),
    [
        ({"look": {"accent": "red"}}, "settings.look.accent"),
        ({"look": {"accent": "#12345"}}, "settings.look.accent"),
        ({"look": {"accent": "#123456;}"}}, "settings.look.accent"),
        ({"look": {"side": "middle"}}, "settings.look.side"),
        ({"look": {"logo_url": "javascript:alert(1)"}}, "settings.look.logo_url"),
        ({"look": {"logo_url": "https://x.example; script-src *"}}, "settings.look.logo_url"),
        ({"look": {"logo_url": "https://x.example/a b"}}, "settings.look.logo_url"),
        ({"look": {"greeting": "x" * 501}}, "settings.look.greeting"),
        ({"look": "red"}, "settings.look"),
        ({"locales": ["xx"]}, "settings.locales.0"),
        ({"help": "yes"}, "settings.help"),
        ({"start_form": {"fields": [{"key": "a"}] * 2}}, "settings.start_form.fields"),
        ({"start_form": {"fields": [{"key": "<b>"}]}}, "settings.start_form.fields.0.key"),
        ({"start_form": {"fields": [{"key": f"a{n}"} for n in range(11)]}}, "settings.start_form.fields"),
        ({"start_form": {"consent": {"text": ""}}}, "settings.start_form.consent.text"),
    ],
)
async def test_a_look_that_cannot_be_drawn_is_refused(desk: Desk, chosen: Json, field: str) -> None:
    """The field is named, and nothing is changed."""
    path = f"inboxes/{desk.founded.inbox_id}"
    refused = await desk.call("PATCH", path, desk.admin, json={"settings": chosen})
    assert (refused.status, refused.field) == (400, field)
    assert (await desk.get(path, desk.admin))["settings"] == {}
    if "look" in chosen:
        refused = await desk.call("PATCH", "workspace", desk.admin, json=chosen)
        assert (refused.status, refused.field) == (400, field.removeprefix("settings."))


async def test_an_older_change_of_the_company_is_told_so(desk: Desk) -> None:
    """Two admins at once: the second to save under an old ETag is told, not overwritten."""
    shown = await desk.call("GET", "workspace", desk.admin)
    tag = {"If-Match": shown.headers["Etag"]}
    assert (await desk.call("PATCH", "workspace", desk.admin, json={"name": "One"}, headers=tag)).status == 200
    late = await desk.call("PATCH", "workspace", desk.admin, json={"name": "Two"}, headers=tag)
    assert late.status == 412
