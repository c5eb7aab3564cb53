"""What every section of the workbench uses: its project, language, templates, forms, and the check for edit conflicts.

The words of the interface are Chinese or English, from `tables/workbench_words.csv`. A form carries the version of the
record it was made from; `check_version` raises `EditConflictError` if the stored record has another one by then.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

from jinja2 import Environment, TemplateNotFound
from markupsafe import Markup, escape
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from summariser.disk.ledger import FOLDER_NAME
from summariser.disk.record_text import dump_json
from summariser.endpoints.config import Settings, read_settings
from summariser.errors import SummariserError
from summariser.report.views import make_environment, to_chinese, visible_text
from summariser.schema.record import Record, Stored
from summariser.tables import read_table
from summariser.text import counted

LANGUAGES: Final = ("zh", "en")
COOKIE: Final = "summariser_language"


@cache
def words(language: str) -> Mapping[str, str]:
    """All words of the interface in one language, by key."""
    return {row["key"]: row[language] for row in read_table("workbench_words")}


def translate(language: str, key: str, **values: object) -> Markup:
    """The words of a key, its `{names}` filled in, counts in the right number; safe in HTML whatever the values are.

    Errors: KeyError if the table has no such key, or a value is missing.
    """
    filled = {
        name: _Count(value)
        if isinstance(value, int)
        else escape(visible_text(value) if isinstance(value, str) else value)
        for name, value in values.items()
    }
    return Markup(escape(words(language)[key]).format_map(filled))


class _Count(int):
    """A number in words of the interface: {number:page|pages} gives 1 page, 2 pages; {number} the number alone."""

    def __format__(self, spec: str) -> str:
        one, bar, many = spec.partition("|")
        return counted(self, one, many) if bar else f"{int(self):,}"


def translate_error(language: str, error: SummariserError | str) -> str:
    """An error, or its stored text (`where: what. what to do.`), in a language; what the table lacks stays English."""
    if language != "zh":
        return str(error)
    if isinstance(error, str):
        return _translate_text(error)
    sentences = [
        to_chinese("error", each).rstrip("。.") for each in (error.what, error.expected, error.next_step) if each
    ]
    return "：".join(filter(None, (error.where, "。".join(sentences) + "。")))


def _translate_text(text: str) -> str:
    """A text in Chinese: its last sentences and what is before them, else whole, else what is behind its place."""
    text = text.removesuffix(".")
    for found in reversed([*re.finditer(r"\. ", text)]):
        head, last = text[: found.start()], text[found.end() :]
        if (said := to_chinese("error", last)) != last:
            return f"{_translate_text(head)}{said}。"
    if (whole := to_chinese("error", text)) != text:
        return f"{whole}。"
    where, colon, rest = text.partition(": ")
    said = _translate_text(rest) if colon else ""
    return f"{where}：{said}" if said.endswith("。") else f"{text}."


def choose_language(cookie: str | None, accepted: str) -> str:
    """The language a person chose, else the first of those that the browser accepts and we have, else English."""
    if cookie in LANGUAGES:
        return cookie
    wanted = (part.strip()[:2].lower() for part in accepted.split(","))
    return next((language for language in wanted if language in LANGUAGES), "en")


SCHEMES: Final = ("light", "dark")
SCHEME_COOKIE: Final = "summariser_scheme"
MAX_FORM_BYTES: Final = 5_000_000  # an answer of a chat; a reply of the desk is no longer
_MAX_FIELDS: Final = 1000
Form = Mapping[str, str]  # the fields of a form, as `read_form` gives them


class Project(NamedTuple):
    """Where things are, seen from the folder in which the workbench was started; `coder` is who `--as` names.

    Shape: records are in `out`, or where the settings say.
    """

    name: str
    pages: Path = Path("pages")
    desk: Path = Path("desk")
    reviews: Path = Path("reviews")
    coder: str | None = None
    out: Path | None = None
    catalogue: Path = Path(FOLDER_NAME) / "index.db"

    def settings(self, **flags: object) -> Settings:
        """The settings as they are now, as for a run of the command line here. Errors: ConfigError."""
        return read_settings({"out": self.out, **flags})


class Section(NamedTuple):
    """A part of the workbench.

    Shape: `word` is the key of its name in the navigation; the first page is at `path`.
    """

    path: str
    word: str
    routes: Sequence[BaseRoute]


def project_of(request: Request) -> Project:
    """The project that the workbench shows."""
    project: Project = request.app.state.project
    return project


def language_of(request: Request) -> str:
    """The language of the interface for this browser."""
    return choose_language(request.cookies.get(COOKIE), request.headers.get("accept-language", ""))


def show(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page or fragment from a template, in the language of the browser.

    Shape: beside `values` a template knows `w` (words by key), `project`, `sections`, `language`, `scheme`, `here` (the
    address asked for), and `told`, which tells an error, or its text. An error among the values is told without it.
    """
    language = language_of(request)

    def word(key: str, **parts: object) -> Markup:
        return translate(language, key, **parts)

    scheme = request.cookies.get(SCHEME_COOKIE)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    known = {
        "w": word,
        "project": project_of(request),
        "sections": request.app.state.sections,
        "language": language,
        "scheme": scheme if scheme in SCHEMES else "",
        "told": lambda error: translate_error(language, error),
        "here": here if request.method == "GET" else request.url.path,
    }
    told = {
        name: translate_error(language, value) for name, value in values.items() if isinstance(value, SummariserError)
    }
    text = environment().get_template(template).render(known | values | told)
    return HTMLResponse(text.encode("utf-8", "backslashreplace"), status_code=status)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, several codes of one field as a person would type them.

    Errors: HTTPException 413 if it is too long, 400 if it is no `application/x-www-form-urlencoded`.
    """
    lists = await read_lists(request)
    return {name: ", ".join(filter(None, values)) if len(values) > 1 else values[0] for name, values in lists.items()}


def form_route(path: str, act: Callable[[Request, dict[str, str]], Response]) -> Route:
    """Where a form is sent: it is read, then `act` works with it in a thread."""

    async def read_and_act(request: Request) -> Response:
        return await asyncio.to_thread(act, request, await read_form(request))

    return Route(path, read_and_act, methods=["POST"])


async def read_lists(request: Request) -> dict[str, list[str]]:
    """The fields of a form with all their values, as `read_form`."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_FORM_BYTES:
            raise HTTPException(413, f"a form has at most {MAX_FORM_BYTES:,} bytes")
    try:
        return parse_qs(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError as error:  # UnicodeDecodeError is one
        raise HTTPException(400, "this is no form in UTF-8") from error


@cache
def environment() -> Environment:
    """Templates of the workbench and of the report."""
    made = make_environment(_template)
    made.filters["whole"] = show_whole
    return made


def show_whole(text: str) -> Markup:
    """A text of any length for a page, with what hides in it shown; where it is to be copied, use `e` instead."""
    return escape(visible_text(text, len(text)))


def _template(name: str) -> str:
    """The text of a template, from here or from the report. Errors: TemplateNotFound."""
    for folder in ("workbench/templates", "templates"):
        file = files("summariser") / folder / name
        if file.is_file():
            return file.read_text(encoding="utf-8")
    raise TemplateNotFound(name)


class EditConflictError(Exception):
    """What a form was made from is no longer what is there; the workbench shows both, and nothing was written.

    Shape: `there` and `given` are texts to show side by side, `name` says of what, `back` is the address to look anew.
    """

    def __init__(self, name: str, *, there: str, given: str, back: str) -> None:
        self.name = name
        self.there = there
        self.given = given
        self.back = back
        super().__init__(name)


def version_of(stored: Stored | str) -> str:
    """The version of a record, failure or manifest: a hash of its whole content, review and edits included."""
    text = stored if isinstance(stored, str) else dump_json(stored)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def check_version(form: Form, stored: Record, *, back: str, given: str = "") -> None:
    """Go on only if the version a form brings is that of the record that is stored now.

    Shape: `given` is what the form says, for a person to read, where that is not all of it.
    Errors: EditConflictError.
    """
    if form.get("version", "") != version_of(stored):
        name = f"{stored.page_id}/{stored.article_id}"
        raise EditConflictError(name, there=dump_json(stored), given=given or form_text(form), back=back)


def form_text(form: Form) -> str:
    """What a form says, for a person to read."""
    return "\n".join(f"{name}: {value}" for name, value in form.items() if name != "version")
