"""Who reviews in this browser, and what that person skipped and can undo since the workbench was opened."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote, unquote, urlencode

from starlette.requests import Request

from summariser.disk.store import FileChange
from summariser.reviewing.git import git_user_name
from summariser.schema.record import Record
from summariser.workbench.room import project_of
from summariser.workbench.shelf import Key, Shelf

COOKIE: Final = "summariser_reviewer"
_MOST_STEPS: Final = 200  # that can be undone
_LONGEST_NAME: Final = 120


class Reviewer(NamedTuple):
    """A person by name; `apart`: a coder, whose decisions are kept apart from those of others."""

    name: str
    apart: bool

    @property
    def coder(self) -> str | None:
        """The name under which decisions are kept apart; None if they go to the records."""
        return self.name if self.apart else None

    @property
    def cookie(self) -> str:
        """The person as the value of a cookie."""
        return f"{int(self.apart)}:{quote(self.name, safe='')}"


class Step(NamedTuple):
    """One thing that a person did at a record: each record that it changed, before and after, or files of its page.

    Shape: where neither was changed, the record was skipped.
    """

    key: Key
    changes: tuple[tuple[Record, Record], ...] = ()
    files: tuple[FileChange, ...] = ()

    @property
    def is_skip(self) -> bool:
        """Whether nothing was changed."""
        return not (self.changes or self.files)


class Sitting:
    """What one person did since the workbench was opened."""

    def __init__(self) -> None:
        self.skipped: dict[Key, None] = {}
        self.steps: list[Step] = []

    def add(self, step: Step) -> None:
        """Keep a step, so that it can be undone."""
        if step.is_skip:
            self.skipped[step.key] = None
        self.steps = [*self.steps, step][-_MOST_STEPS:]

    def take_back(self) -> None:
        """Forget the last step. Errors: IndexError if there is none."""
        step = self.steps.pop()
        if step.is_skip:
            self.skipped.pop(step.key, None)


def read_reviewer(request: Request) -> Reviewer | None:
    """Who reviews: as chosen in the page, else as `--as` says, else the name in git; None if nobody said."""
    apart, colon, name = request.cookies.get(COOKIE, "").partition(":")
    if colon and 0 < len(chosen := unquote(name)) <= _LONGEST_NAME:
        return Reviewer(chosen, apart == "1")
    if coder := project_of(request).coder:
        return Reviewer(coder, apart=True)
    known = _name_in_git(Path.cwd())
    return Reviewer(known, apart=False) if known else None


def sitting_of(request: Request, reviewer: Reviewer) -> Sitting:
    """What this person did since the workbench was opened."""
    sittings: dict[Reviewer, Sitting] = request.app.state.sittings
    return sittings.setdefault(reviewer, Sitting())


def shelf_of(request: Request, reviewer: Reviewer | None) -> Shelf:
    """The records as this person sees them. Errors: InputError for a name that cannot be a coder's."""
    project = project_of(request)
    return Shelf(project.settings().out, project.reviews, reviewer.coder if reviewer else None)


def key_of(request: Request) -> Key:
    """The article that the address names."""
    return request.path_params["page"], request.path_params["article"]


def address_of(key: Key, **query: str) -> str:
    """Where an article is reviewed."""
    return f"/review/{quote(key[0])}/{quote(key[1])}" + (f"?{urlencode(query)}" if query else "")


@lru_cache(maxsize=8)
def _name_in_git(folder: Path) -> str | None:
    """The name that git keeps for whoever commits in a folder."""
    return git_user_name(folder)
