"""The words of the interface in Chinese and English, from one table, and which of the two a browser is shown."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from markupsafe import Markup, escape

from summariser.report.facts import shown
from summariser.tables import read_table

LANGUAGES: Final = ("zh", "en")
COOKIE: Final = "summariser_language"


@cache
def words(language: str) -> Mapping[str, str]:
    """All words of the interface in one language, by key."""
    return {row["key"]: row[language] for row in read_table("workbench_words")}


def say(language: str, key: str, **values: object) -> Markup:
    """The words of a key, its `{names}` filled in; safe in HTML whatever the values are.

    Errors: KeyError if the table has no such key, or a value is missing.
    """
    filled = {name: escape(shown(value) if isinstance(value, str) else value) for name, value in values.items()}
    return Markup(escape(words(language)[key]).format_map(filled))


def choose_language(cookie: str | None, accepted: str) -> str:
    """The language a person chose, else the first of those that the browser accepts and we have, else English."""
    if cookie in LANGUAGES:
        return cookie
    wanted = (part.strip()[:2].lower() for part in accepted.split(","))
    return next((language for language in wanted if language in LANGUAGES), "en")
