"""What every section of the workbench uses: its project, language, templates, forms, edit conflicts, and who reviews.

The words of the interface are Chinese or English, from `tables/workbench_words.csv`. A form carries the version of the
record it was made from; `check_version` raises `EditConflictError` if the stored record has another one by then.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlencode

from jinja2 import Environment, TemplateNotFound
from markupsafe import Markup, escape
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from summariser.catalogue import database
from summariser.disk.ledger import FOLDER_NAME
from summariser.disk.record_text import dump_json
from summariser.disk.store import FileChange
from summariser.disk.stored import PageFolder
from summariser.endpoints.config import Settings, read_settings
from summariser.errors import StoreError, SummariserError
from summariser.report.views import make_environment, to_chinese, visible_text
from summariser.reviewing.git import git_user_name
from summariser.reviewing.practices import LIKELY, PracticeCandidate, are_joined, compare_practices
from summariser.schema.record import Practice, Record, Stored
from summariser.tables import read_table
from summariser.text import counted
from summariser.workbench.project_state import (
    ArticleKey,
    Progress,
    RecordIndex,
    ReviewStore,
    find_source,
    read_page_statuses,
)

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


REVIEWER_COOKIE: Final = "summariser_reviewer"
ARTICLE: Final = "/{page:str}/{article:str}"  # in the path of a route
_MOST_STEPS: Final = 200  # that can be undone
_LONGEST_NAME: Final = 120
_name_in_git: Final = lru_cache(maxsize=8)(git_user_name)  # of whoever commits in a folder


class Reviewer(NamedTuple):
    """A person by name; the decisions of a coder are stored apart from the records."""

    name: str
    is_coder: bool

    @property
    def cookie(self) -> str:
        """The person as the value of a cookie."""
        return f"{int(self.is_coder)}:{quote(self.name, safe='')}"


class Step(NamedTuple):
    """One thing that a person did at a record, and the files that it changed; where none, the record was skipped."""

    key: ArticleKey
    files: tuple[FileChange, ...] = ()


class ReviewSession:
    """What one person did since the workbench was opened."""

    def __init__(self) -> None:
        self.skipped: dict[ArticleKey, None] = {}
        self.steps: list[Step] = []

    def add(self, step: Step) -> None:
        """Keep a step, so that it can be undone."""
        if not step.files:
            self.skipped[step.key] = None
        self.steps = [*self.steps, step][-_MOST_STEPS:]

    def drop_last(self) -> None:
        """Forget the last step. Errors: IndexError if there is none."""
        step = self.steps.pop()
        if not step.files:
            self.skipped.pop(step.key, None)


def read_reviewer(request: Request) -> Reviewer | None:
    """Who reviews: as chosen in the page, else as `--as` says, else the name in git; None if nobody said."""
    apart, colon, name = request.cookies.get(REVIEWER_COOKIE, "").partition(":")
    if colon and 0 < len(chosen := unquote(name)) <= _LONGEST_NAME:
        return Reviewer(chosen, apart == "1")
    if coder := project_of(request).coder:
        return Reviewer(coder, is_coder=True)
    known = _name_in_git(Path.cwd())
    return Reviewer(known, is_coder=False) if known else None


def store_of(request: Request, reviewer: Reviewer | None) -> ReviewStore:
    """The records as this person sees them. Errors: InputError for a name that cannot be a coder's."""
    project = project_of(request)
    return ReviewStore(
        project.settings().out, project.reviews, reviewer.name if reviewer and reviewer.is_coder else None
    )


class ReviewContext:
    """A request to Review: what its form says, who reviews, and the records as that person sees them.

    Shape: what an address asks is a form as well. `by` is empty where nobody said who reviews.
    Errors: InputError for a name that cannot be a coder's.
    """

    def __init__(self, request: Request, form: Form | None = None) -> None:
        self.request, self.form = request, request.query_params if form is None else form
        self.reviewer = read_reviewer(request)
        self.by = self.reviewer.name if self.reviewer else ""
        self.store = store_of(request, self.reviewer)
        self.session: ReviewSession = request.app.state.sessions.setdefault(self.reviewer, ReviewSession())

    @property
    def key(self) -> ArticleKey:
        """The article that the address names."""
        return self.request.path_params["page"], self.request.path_params["article"]

    @cached_property
    def folder(self) -> PageFolder:
        """The folder of its page."""
        return self.store.folder_of(self.key)

    @property
    def address(self) -> str:
        """Where it is reviewed."""
        return address_of(self.key)

    @property
    def source(self) -> Path | None:
        """The file that its page is read from."""
        return find_source(read_page_statuses(project_of(self.request).pages, self.store.out), self.key[0])

    def load_seen(self) -> Record:
        """The record that the form was made from. Errors: EditConflictError, as `check_version`; StoreError."""
        record = self.store.load(self.key)
        check_version(self.form, record, back=self.address)
        return record


def review_route(path: str, view: Callable[[ReviewContext], Response]) -> Route:
    """The route of a page below `/review`."""
    return Route(f"/review{path}", lambda request: view(ReviewContext(request)))


def review_form(path: str, act: Callable[[ReviewContext], Response]) -> Route:
    """The route that a form below `/review` is sent to."""
    return form_route(f"/review{path}", lambda request, form: act(ReviewContext(request, form)))


def address_of(key: ArticleKey, **query: str) -> str:
    """Where an article is reviewed."""
    return f"/review/{quote(key[0])}/{quote(key[1])}" + (f"?{urlencode(query)}" if query else "")


def index_of(request: Request) -> RecordIndex:
    """The catalogue of the workbench."""
    record_index: RecordIndex = request.app.state.record_index
    return record_index


def refresh_index(request: Request) -> tuple[RecordIndex, Path, Progress | None]:
    """The catalogue, brought up to date as far as a page can wait, the folder that it is of, and how far it is."""
    record_index, out = index_of(request), project_of(request).settings().out
    return record_index, out, record_index.refresh(out)


def likely_practices(request: Request, record: Record, store: ReviewStore, *, most: int) -> list[PracticeCandidate]:
    """Records that may tell of the practice of this one and are not joined with it, the likeliest first.

    Shape: `second` is the other one. They are looked for among so many that by the index share most names, a lead, or
    place and theme with it.
    """
    key, found = (record.page_id, record.article_id), list[PracticeCandidate]()
    for other in index_of(request).read(lambda index, _: database.find_sharing(index, *key, most=most)):
        with suppress(StoreError):  # gone or broken since
            found.append(compare_practices(record, store.load(other)))
    likely = (each for each in found if each.score >= LIKELY and not are_joined(record, each.second))
    return sorted(likely, key=lambda each: -each.score)


class JoinedRecord(NamedTuple):
    """Another record of a practice, and how a person joined both."""

    record: Record
    practice: Practice


def joined_records(request: Request, record: Record, store: ReviewStore) -> list[JoinedRecord]:
    """The records that people joined with this one.

    Shape: two are of one event only if each was joined as such.
    """
    own, found = record.practice, list[JoinedRecord]()
    if own is None:
        return found
    for key in index_of(request).read(lambda index, _: database.find_of_practice(index, own.practice_id)):
        with suppress(StoreError):  # gone or broken since
            other = store.load(key)
            if other.practice and are_joined(record, other) and key != (record.page_id, record.article_id):
                found.append(JoinedRecord(other, other.practice if own.relation == "same_event" else own))
    return found
