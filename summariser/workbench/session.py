"""Who reviews in a browser, what that person did so far, and the context of each request to Review."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote, unquote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from summariser.disk.store import FileChange
from summariser.disk.stored import PageFolder
from summariser.reviewing.git import git_user_name
from summariser.schema.record import Record
from summariser.workbench.page_status import find_source, read_page_statuses
from summariser.workbench.review_queue import ArticleKey, ReviewStore
from summariser.workbench.web import Form, check_version, form_route, project_of

COOKIE: Final = "summariser_reviewer"
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
    apart, colon, name = request.cookies.get(COOKIE, "").partition(":")
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
