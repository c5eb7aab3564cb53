"""What every room of the workbench needs: where the project lies, how a page is shown, how a form is read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, quote

from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateNotFound
from markupsafe import Markup, escape
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute

from summariser import __version__
from summariser.disk.ledger import FOLDER_NAME
from summariser.endpoints.config import Settings, read_settings
from summariser.report.facts import bilingual, bilingual_label, labels, shown
from summariser.schema.case import fact_kind, fact_words
from summariser.schema.page import format_lines
from summariser.schema.quantity import format_quantity
from summariser.workbench.words import COOKIE, choose_language, say

SCHEMES: Final = ("light", "dark")
SCHEME_COOKIE: Final = "summariser_scheme"
MAX_FORM_BYTES: Final = 5_000_000  # an answer of a chat; a reply of the desk is no longer
_MAX_FIELDS: Final = 1000


class Project(NamedTuple):
    """Where things are, seen from the folder in which the workbench was started; `coder` is who `--as` names."""

    name: str
    pages: Path = Path("pages")
    desk: Path = Path("desk")
    reviews: Path = Path("reviews")
    coder: str | None = None
    catalogue: Path = Path(FOLDER_NAME) / "index.db"

    def settings(self, **flags: object) -> Settings:
        """The settings as they are now, as for a run of the command line here. Errors: ConfigError."""
        return read_settings(flags)


class Room(NamedTuple):
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

    Shape: beside `values` a template knows `w` (words by key), `project`, `rooms`, `language`, `scheme`, `here` (the
    address asked for).
    """
    language = language_of(request)

    def word(key: str, **parts: object) -> Markup:
        return say(language, key, **parts)

    scheme = request.cookies.get(SCHEME_COOKIE)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    known = {
        "w": word,
        "project": project_of(request),
        "rooms": request.app.state.rooms,
        "language": language,
        "scheme": scheme if scheme in SCHEMES else "",
        "here": here if request.method == "GET" else request.url.path,
    }
    text = environment().get_template(template).render(known | values)
    return HTMLResponse(text.encode("utf-8", "backslashreplace"), status_code=status)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, the last value of each; sent as `application/x-www-form-urlencoded`.

    Errors: HTTPException 413 if it is too long, 400 if it is no such form.
    """
    lists = await read_lists(request)
    return {name: values[-1] for name, values in lists.items()}


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
    """Templates of the workbench and of the report: they escape everything and know no undefined name."""
    made = Environment(
        loader=FunctionLoader(_template), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=_finalize,
    )  # fmt: skip
    made.filters.update(line_names=format_lines, path=quote, quantity=format_quantity)
    made.filters.update(whole=show_whole)
    made.filters.update(fact_kind=fact_kind, fact_words=fact_words)
    made.globals.update(labels=labels, t=bilingual, lab=bilingual_label, version=__version__)
    return made


def show_whole(text: str) -> Markup:
    """A text of any length for a page, with what hides in it shown; where it is to be copied, use `e` instead."""
    return escape(shown(text, len(text)))


def _finalize(value: Any) -> Any:
    """What every expression passes before it is escaped: hidden characters are shown."""
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _template(name: str) -> str:
    """The text of a template, from here or from the report. Errors: TemplateNotFound."""
    for folder in ("workbench/templates", "templates"):
        file = files("summariser") / folder / name
        if file.is_file():
            return file.read_text(encoding="utf-8")
    raise TemplateNotFound(name)
