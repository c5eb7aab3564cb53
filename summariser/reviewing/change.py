"""One change between two versions of a record, named so that a reviewer understands it without reading JSON."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from enum import StrEnum
from typing import Final, Literal, NamedTuple

from pydantic import Field, computed_field

from summariser.schema.page import Frozen, LineRange
from summariser.schema.record import Failure, Record


class ChangeKind(StrEnum):
    """What happened; the members stand in the order in which a reviewer should see them, worst first."""

    UNREADABLE = "unreadable"
    OVERWRITTEN = "overwritten"
    FAILURE_APPEARED = "failure_appeared"
    ARTICLE_ADDED = "article_added"
    ARTICLE_REMOVED = "article_removed"
    ARTICLE_SPLIT = "article_split"
    ARTICLE_MERGED = "article_merged"
    ARTICLE_RENAMED = "article_renamed"
    NUMBER_CHANGED = "number_changed"
    APPROXIMATION_LOST = "approximation_lost"
    UNIT_CHANGED = "unit_changed"
    NEWLY_UNSUPPORTED = "newly_unsupported"
    EVIDENCE_MOVED = "evidence_moved"
    NAME_CHANGED = "name_changed"
    CODE_CHANGED = "code_changed"
    FACT_ADDED = "fact_added"
    FACT_REMOVED = "fact_removed"
    REWORDED = "reworded"
    CORRECTED = "corrected"
    REVIEW_CHANGED = "review_changed"
    FINDING_CHANGED = "finding_changed"
    FAILURE_CHANGED = "failure_changed"
    FAILURE_GONE = "failure_gone"
    NOW_SUPPORTED = "now_supported"
    READABLE_AGAIN = "readable_again"
    PROVENANCE = "provenance"

    @property
    def rank(self) -> int:
        """Its place in the order, 0 for the worst."""
        return _RANKS[self]

    @property
    def label(self) -> str:
        """What a heading says: number changed."""
        return _LABELS.get(self, self.value.replace("_", " "))

    def counted(self, number: int) -> str:
        """So many of it, for the head line: 3 numbers changed."""
        one, many = _COUNTED.get(self, (self.label, self.label))
        return f"{number} {one if number == 1 else many}"


_RANKS: Final = {kind: rank for rank, kind in enumerate(ChangeKind)}
_LABELS: Final = {
    ChangeKind.CORRECTED: "corrected by a person",
    ChangeKind.OVERWRITTEN: "a person's work overwritten",
    ChangeKind.NAME_CHANGED: "name, place or time changed",
    ChangeKind.REVIEW_CHANGED: "review state changed",
    ChangeKind.NOW_SUPPORTED: "supported now",
}
_COUNTED: Final = {
    ChangeKind.FAILURE_APPEARED: ("failure appeared", "failures appeared"),
    ChangeKind.ARTICLE_ADDED: ("article added", "articles added"),
    ChangeKind.ARTICLE_REMOVED: ("article removed", "articles removed"),
    ChangeKind.ARTICLE_SPLIT: ("article split", "articles split"),
    ChangeKind.ARTICLE_MERGED: ("merged article", "merged articles"),
    ChangeKind.ARTICLE_RENAMED: ("article renamed", "articles renamed"),
    ChangeKind.NUMBER_CHANGED: ("number changed", "numbers changed"),
    ChangeKind.APPROXIMATION_LOST: ("approximation lost", "approximations lost"),
    ChangeKind.UNIT_CHANGED: ("unit changed", "units changed"),
    ChangeKind.NEWLY_UNSUPPORTED: ("unsupported", "unsupported"),
    ChangeKind.NAME_CHANGED: ("name changed", "names changed"),
    ChangeKind.CODE_CHANGED: ("code changed", "codes changed"),
    ChangeKind.FACT_ADDED: ("fact added", "facts added"),
    ChangeKind.FACT_REMOVED: ("fact removed", "facts removed"),
    ChangeKind.OVERWRITTEN: ("overwritten", "overwritten"),
    ChangeKind.REVIEW_CHANGED: ("review changed", "reviews changed"),
    ChangeKind.FINDING_CHANGED: ("finding changed", "findings changed"),
    ChangeKind.FAILURE_CHANGED: ("failure changed", "failures changed"),
    ChangeKind.FAILURE_GONE: ("failure gone", "failures gone"),
}
_HIGH: Final = ChangeKind.NEWLY_UNSUPPORTED.rank  # up to here: the case base says something else, or less surely
_MIDDLE: Final = ChangeKind.CORRECTED.rank


class Change(Frozen):
    """One change.

    Shape: `path` is a JSON path in the new record, or in the old one for what is gone: case.results[2].quantity.value.
    `old` and `new` are words for a reader; the numbers behind them, where there are any, are in `old_value` and
    `new_value`.
    """

    kind: ChangeKind
    page_id: str
    article_id: str
    path: str
    old: str | None = None
    new: str | None = None
    old_value: Decimal | None = None
    new_value: Decimal | None = None
    unit: str | None = Field(default=None, description="Unit of the two numbers.")
    quote: str | None = Field(default=None, description="The words of the page behind the fact.")
    lines: tuple[LineRange, ...] = Field(default=(), description="Page lines of these words.")
    file: str = Field(default="", description="The file in which `path` stands; empty if it is gone.")

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorator above a property
    @property
    def severity(self) -> Literal["high", "middle", "low"]:
        """How much it matters to somebody who uses the case base."""
        if self.kind.rank <= _HIGH:
            return "high"
        return "middle" if self.kind.rank <= _MIDDLE else "low"

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def difference(self) -> Decimal | None:
        """New minus old number."""
        return self.new_value - self.old_value if self.new_value is not None and self.old_value is not None else None


class StoredItem(NamedTuple):
    """A file of one side of the comparison: a record, a failure, or the reason why it cannot be read."""

    path: str  # with forward slashes, as shown and linked
    page_id: str
    article_id: str
    content: Record | Failure | str
    text: str = ""  # of the file; empty if it cannot be read

    @property
    def is_failure(self) -> bool:
        """True if its name is that of a failure."""
        return self.path.endswith(".failure.json")


class ArticleDiff(Frozen):
    """All changes of one article, worst first."""

    page_id: str
    article_id: str
    headline: str | None
    path: str = Field(description="File of the new record; of the old one if it is gone.")
    is_gone: bool
    changes: tuple[Change, ...]


class ProvenanceChange(Frozen):
    """One difference in how records came about, summed over all of them."""

    field: str
    old: str
    new: str
    records: int


class Diff(Frozen):
    """Everything that differs between two sets of records; articles with the worst change first."""

    old: str = Field(description="What was compared: a revision, a folder.")
    new: str
    compared: int = Field(description="Records on either side, the equal ones included.")
    articles: tuple[ArticleDiff, ...]
    provenance: tuple[ProvenanceChange, ...]

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def counts(self) -> dict[ChangeKind, int]:
        """How many changes of each kind, worst first."""
        counted = Counter(change.kind for article in self.articles for change in article.changes)
        return {kind: counted[kind] for kind in ChangeKind if kind in counted}

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def head(self) -> str:
        """The one line to read: 3 numbers changed, 1 unsupported, 12 reworded in 40 records."""
        if not self.articles:
            return f"No change worth a look in {_records(self.compared)}"
        named = ", ".join(kind.counted(number) for kind, number in self.counts.items())
        return f"{named} in {_records(len(self.articles))}"

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def exit_code(self) -> int:
        """0 if nothing changed but how records came about, 1 if a person should look."""
        return 1 if self.articles else 0


def _records(number: int) -> str:
    return f"{number:,} record{'' if number == 1 else 's'}"
