"""What differs between two records of one article: every field, with facts paired by what they say.

This is the one comparison. A check holds a stored record against the one that code makes now, a diff two versions, a
list of corrections what a tool wrote against what a person left: each is a view of these changes, and decides itself
what of them is worth telling.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from summariser.comparison.fact_pairs import pair_positions
from summariser.schema.case import FACT_LISTS, Fact, Finding, Listed, Result, Time, fact_path
from summariser.schema.page import Frozen
from summariser.schema.record import Provenance, Record


class ChangeKind(StrEnum):
    """What sort of thing differs; `ADDED` and `REMOVED` are of whole facts."""

    ADDED = "added"
    REMOVED = "removed"
    NUMBER = "number"
    WORDS = "words"
    NAME = "name"
    CODE = "code"
    EVIDENCE = "evidence"
    SUPPORT = "support"
    FINDING = "finding"
    LINES = "lines"
    REVIEW = "review"
    ORIGIN = "origin"


class Change(NamedTuple):
    """One field, fact or finding that differs.

    Shape: `path` is a JSON path in the new record (`case.results[2].quantity`), or in the old one for what is gone;
    `old` and `new` are what stands there, None for what is not there. `was` and `now` are the fact around the field.
    """

    path: str
    kind: ChangeKind
    old: object
    new: object
    article_id: str
    was: Fact | None = None
    now: Fact | None = None

    @property
    def fact_path(self) -> str:
        """The path of the fact that it is of, `case.results[2]`; the path itself where it is of none."""
        own = fact_path(self.path.removeprefix("case."))
        return f"case.{own}" if own else self.path

    @property
    def field(self) -> str:
        """The name of what differs, below its fact, if it has one: `quantity`."""
        return self.path.rpartition(".")[2]


_KINDS: Final[Mapping[str, ChangeKind]] = {
    **dict.fromkeys(("quantity", "before", "change", "size"), ChangeKind.NUMBER),
    "evidence": ChangeKind.EVIDENCE,
    **dict.fromkeys(("support", "support_by"), ChangeKind.SUPPORT),
    **dict.fromkeys(("lines", "continuation"), ChangeKind.LINES),
    **dict.fromkeys(("review", "corrections", "practice"), ChangeKind.REVIEW),
    **dict.fromkeys(("headline", "kicker", "one_line", "headline_en", "summary", "summary_en"), ChangeKind.WORDS),
    **dict.fromkeys(("text", "value_text", "subject", "before_text", "period"), ChangeKind.WORDS),
    **dict.fromkeys(
        ("bylines", "dateline", "name", "title", "to", "claimant", "industry", "size_text"), ChangeKind.NAME
    ),
    **dict.fromkeys(("province", "city", "county", "full_name"), ChangeKind.NAME),
}  # every other field is a code
_SINGLE: Final = ("place", "time", "problem", "lesson")
_APART: Final = {"case", "findings", "provenance", *_SINGLE, *FACT_LISTS}  # compared by their parts

_Place = tuple[str, str]  # of a fact: its article, its path in the case


class _Around(NamedTuple):
    """What a field stands in: the article and, if it is of a fact, the two versions of it."""

    article_id: str
    was: Fact | None = None
    now: Fact | None = None


def compare_records(old: Record, new: Record) -> tuple[Change, ...]:
    """Everything that differs between two versions of a record; empty if they are equal.

    Shape: fields of the record, of the case, of its facts, then findings, then the fields of the provenance. The order
    of facts means nothing; a finding is known again by its fact and its rule.
    """
    return compare_parts((old,), (new,))


def compare_parts(olds: Sequence[Record], news: Sequence[Record]) -> tuple[Change, ...]:
    """The same where an article was split or merged.

    Shape: of several parts the first on each side is the one whose own fields are compared; facts and findings are
    those of all of them.
    """
    old, new = olds[0], news[0]
    around = _Around(new.article_id)
    changes = [*_fields(old, new, "", around), *_fields(old.case, new.case, "case.", around)]
    paths: dict[_Place, _Place] = {}
    for name in _SINGLE:
        was, now = getattr(old.case, name), getattr(new.case, name)
        changes += _fact_changes(was, now, f"case.{name}", new.article_id)
    for name in FACT_LISTS:
        changes += _list_changes(name, olds, news, paths)
    changes += _finding_changes(olds, news, paths)
    changes += _fields(old.provenance, new.provenance, "provenance.", around)
    return tuple(changes)


def _fields(old: Frozen, new: Frozen, prefix: str, around: _Around) -> Iterator[Change]:
    """The fields in which two objects of one type differ, but for those that are compared by their parts."""
    for name in type(new).model_fields:
        before, after = getattr(old, name), getattr(new, name)
        if name not in _APART and before != after:
            yield Change(prefix + name, _kind(new, name), before, after, *around)


def _kind(owner: Frozen, name: str) -> ChangeKind:
    """What sort of thing a field of an object is; the words and the dates of a time name it."""
    if isinstance(owner, Provenance):
        return ChangeKind.ORIGIN
    if isinstance(owner, Time) and name in {"text", "edtf", "start", "end"}:
        return ChangeKind.NAME
    return _KINDS.get(name, ChangeKind.CODE)


def _fact_changes(old: Fact | None, new: Fact | None, path: str, article_id: str) -> Iterator[Change]:
    """What differs between two versions of a fact, one of which may be missing."""
    if old is not None and new is not None:
        yield from _fields(old, new, f"{path}.", _Around(article_id, old, new))
    elif old is not new:
        kind = ChangeKind.REMOVED if new is None else ChangeKind.ADDED
        yield Change(path, kind, old, new, article_id, old, new)


def _list_changes(
    name: str, olds: Sequence[Record], news: Sequence[Record], paths: dict[_Place, _Place]
) -> Iterator[Change]:
    """Changes of one list of facts, those of the new records in their order; `paths` learns which fact is which."""
    before, after = list(_listed(name, olds)), list(_listed(name, news))
    pairs = pair_positions([fact for _, _, fact in before], [fact for _, _, fact in after])
    partners = {k: i for i, k in pairs.items()}
    for k, (article_id, path, fact) in enumerate(after):
        if k in partners:
            paths[before[partners[k]][:2]] = (article_id, path)
        was = before[partners[k]][2] if k in partners else None
        was = _with_total(was, pairs) if was and len(olds) == len(news) == 1 else was
        yield from _fact_changes(was, fact, f"case.{path}", article_id)
    for i, (article_id, path, fact) in enumerate(before):
        if i not in pairs:
            yield from _fact_changes(fact, None, f"case.{path}", article_id)


def _with_total(fact: Listed, pairs: Mapping[int, int]) -> Listed:
    """An old result as a part of where its total stands in the new list; others as they are."""
    if not isinstance(fact, Result) or fact.part_of is None:
        return fact
    return fact.model_copy(update={"part_of": pairs.get(fact.part_of)})


def _listed(name: str, records: Iterable[Record]) -> Iterator[tuple[str, str, Listed]]:
    """The facts of one list with their article and path."""
    for record in records:
        for index, fact in enumerate(getattr(record.case, name)):
            yield record.article_id, f"{name}[{index}]", fact


def _finding_changes(
    olds: Sequence[Record], news: Sequence[Record], paths: Mapping[_Place, _Place]
) -> Iterator[Change]:
    """Findings that came, went or say something else."""
    renamed = {olds[0].article_id: news[0].article_id}
    before, after = _by_place(olds, paths, renamed), _by_place(news, {}, {})
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key), after.get(key)
        there = now or was
        if there and not (was and now and (was.message, was.severity) == (now.message, now.severity)):
            yield Change(there.path, ChangeKind.FINDING, was, now, key[0])


def _by_place(
    records: Sequence[Record], paths: Mapping[_Place, _Place], renamed: Mapping[str, str]
) -> dict[tuple[str, str, str, str, int], Finding]:
    """Findings by the article and fact they are of, the field and the rule, wherever in its list the fact stands."""
    found: dict[tuple[str, str, str, str, int], Finding] = {}
    seen: Counter[tuple[str, str, str, str]] = Counter()
    for record in records:
        for finding in record.findings:
            own = fact_path(finding.path)
            where = record.article_id, own
            article_id, fact = paths.get(where, (renamed.get(record.article_id, record.article_id), own))
            key = article_id, fact, finding.path.removeprefix(own), finding.rule
            seen[key] += 1
            found[*key, seen[key]] = finding
    return found
