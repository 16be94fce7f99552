"""The house's own sentences, by key and locale; every one can be worded anew per inbox."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import orjson

DEFAULT_LOCALE = "en"
LOCALES = ("en", "de", "es", "fr", "ar")

_FIELD = re.compile(r"\{(\w+)\}")


@cache
def catalogue(locale: str) -> Mapping[str, str]:
    """The sentences of a locale. locale: one of LOCALES."""
    loaded: dict[str, str] = orjson.loads(files(__name__).joinpath(f"{locale}.json").read_bytes())
    return loaded


def nearest(locale: str | None) -> str:
    """The catalogue for a BCP 47 tag: its language where we have it, English otherwise."""
    language = (locale or "").replace("_", "-").partition("-")[0].lower()
    return language if language in LOCALES else DEFAULT_LOCALE


def say(
    key: str, locale: str | None, params: Mapping[str, str] | None = None, overrides: Mapping[str, str] | None = None
) -> str:
    """The sentence of a key, in the nearest locale, with `{names}` filled from params.

    overrides: an inbox's own words, by `locale.key` or `key`. What params lack stays empty; params are
    text, never a format. Raises KeyError for a key that the English catalogue lacks.
    """
    language = nearest(locale)
    template = None
    if overrides:
        template = overrides.get(f"{language}.{key}") or overrides.get(key)
    if template is None:
        template = catalogue(language).get(key) or catalogue(DEFAULT_LOCALE)[key]
    given = params or {}
    return _FIELD.sub(lambda field: given.get(field[1], ""), template)


def said(key: str, params: Mapping[str, str] | None = None) -> dict[str, object]:
    """What is stored beside a rendered sentence, so that it can be rendered again: key and parameters."""
    return {"said": {"key": key, "params": dict(params or {})}}
