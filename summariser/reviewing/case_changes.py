"""What changed between two versions of one article's record, field by field, each change named.

What follows from a change is no change of its own: the function of another theme, the findings about a number that
changed, offsets that shifted because the text before them grew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple

from summariser.comparison.fact_pairs import Placed, pair_facts
from summariser.reviewing.change import Change, ChangeKind
from summariser.reviewing.fact_changes import Setting, compare_facts, describe, evidence_of, say
from summariser.reviewing.value_changes import ValueChange, compare_texts
from summariser.schema.case import (
    Evidence,
    Fact,
    Finding,
    Severity,
)
from summariser.schema.page import LineRange, format_lines
from summariser.schema.record import Record

_LISTS: Final = ("actors", "people", "actions", "results")
_PROSE: Final = ("one_line", "headline_en", "summary", "summary_en")
_CODES: Final = ("decision", "primary_theme", "practice_status")
_CODE_LISTS: Final = ("secondary_themes", "policy_frames", "beneficiaries")
_FACT_PATH: Final = re.compile(r"(?:case\.)?((?:actors|people|actions|results)\[[0-9]+\]|\w+)")
_QUIET: Final = {ChangeKind.EVIDENCE_MOVED, ChangeKind.FINDING_CHANGED}


class _Versions(NamedTuple):
    """The two versions of an article; after a split or a merger, the likest two, and the parts on each side."""

    old: Record
    new: Record
    olds: Sequence[Record]
    news: Sequence[Record]
    line_shift: int

    @property
    def same_text(self) -> bool:
        """False where offsets cannot be compared, because the article was cut otherwise."""
        return len(self.olds) == len(self.news) == 1


def compare_records(olds: Sequence[Record], news: Sequence[Record]) -> list[Change]:
    """What changed between two versions of an article; not what became of its provenance and review.

    Shape: of several parts (a split or merged article) the first on each side is the one whose prose is compared, the
    facts are those of all of them.
    """
    versions = _Versions(olds[0], news[0], olds, news, _line_shift(olds[0], news[0]))
    paths: dict[tuple[str, str], tuple[str, str]] = {}  # old article and fact path -> new ones
    changes = [*_head_changes(versions), *_code_changes(versions), *_single_changes(versions)]
    for name in _LISTS:
        changes += _list_changes(name, versions, paths)
    changes += _finding_changes(versions, paths, changes)
    if not changes or all(change.kind is ChangeKind.EVIDENCE_MOVED for change in changes):
        changes += _review_flag_changes(versions)
    return _without_shifts(changes, versions)


def _head_changes(versions: _Versions) -> Iterator[Change]:
    """Headline, prose, bylines, and the lines of the article."""
    old, new = versions.old, versions.new
    for name in ("headline", "kicker"):
        found = compare_texts(getattr(old, name), getattr(new, name), otherwise=ChangeKind.REWORDED)
        yield from _located(found, name, new)
    for name in _PROSE:
        found = compare_texts(getattr(old.case, name), getattr(new.case, name), otherwise=ChangeKind.REWORDED)
        yield from _located(found, f"case.{name}", new)
    if sorted(old.bylines) != sorted(new.bylines):
        yield _change(ChangeKind.NAME_CHANGED, new, "bylines", "、".join(old.bylines), "、".join(new.bylines))
    if old.dateline != new.dateline:
        yield _change(ChangeKind.NAME_CHANGED, new, "dateline", say(old.dateline), say(new.dateline))
    if old.lines != new.lines and versions.same_text:
        said = format_lines(old.lines), format_lines(new.lines)
        yield _change(ChangeKind.EVIDENCE_MOVED, new, "lines", *said, lines=new.lines)


def _code_changes(versions: _Versions) -> Iterator[Change]:
    """Codes of the article as a whole; the function only where it does not follow from the theme."""
    old, new = versions.old.case, versions.new.case
    if versions.old.kind is not versions.new.kind:
        yield _code_change(versions.new, "kind", versions.old.kind, versions.new.kind)
    names = _CODES if old.primary_theme is not new.primary_theme else (*_CODES, "function")
    for name in names:
        if getattr(old, name) != getattr(new, name):
            yield _code_change(versions.new, f"case.{name}", getattr(old, name), getattr(new, name))
    for name in _CODE_LISTS:
        before, now = sorted(getattr(old, name)), sorted(getattr(new, name))
        if before != now:
            yield _code_change(versions.new, f"case.{name}", before, now)


def _single_changes(versions: _Versions) -> Iterator[Change]:
    """Place, time, problem and lesson."""
    for name in ("place", "time", "problem", "lesson"):
        old, new = getattr(versions.old.case, name), getattr(versions.new.case, name)
        path = f"case.{name}"
        if old is None or new is None:
            yield from _come_or_gone(old, new, path, versions)
        elif old != new:
            yield from _pair_changes(old, new, path, versions.new, versions)


def _pair_changes(old: Fact, new: Fact, path: str, record: Record, versions: _Versions) -> Iterator[Change]:
    """What differs between two versions of a fact."""
    setting = Setting(versions.line_shift, versions.same_text)
    for value in compare_facts(old, new, setting):
        yield _as_change(value, path, record, evidence_of(new))


def _come_or_gone(old: Fact | None, new: Fact | None, path: str, versions: _Versions) -> Iterator[Change]:
    """A fact that only one version has."""
    if new is not None:
        yield from _added(new, path, versions.new)
    elif old is not None:
        yield _removed(old, path, versions.new)


def _list_changes(name: str, versions: _Versions, paths: dict[tuple[str, str], tuple[str, str]]) -> Iterator[Change]:
    """Changes of one list of facts; `paths` learns which fact is which."""
    paired = pair_facts(list(_placed(name, versions.olds)), list(_placed(name, versions.news)))
    by_id = {record.article_id: record for record in (*versions.olds, *versions.news)}
    for old, new in paired.pairs:
        known_as = versions.new.article_id if old.article_id == versions.old.article_id else old.article_id
        paths[known_as, old.path] = (new.article_id, new.path)
        if old.fact != new.fact:
            yield from _pair_changes(old.fact, new.fact, new.path, by_id[new.article_id], versions)
    for placed in paired.added:
        yield from _added(placed.fact, placed.path, by_id[placed.article_id])
    for placed in paired.removed:
        yield _removed(placed.fact, placed.path, by_id[placed.article_id])


def _placed(name: str, records: Iterable[Record]) -> Iterator[Placed]:
    for record in records:
        for index, fact in enumerate(getattr(record.case, name)):
            yield Placed(record.article_id, f"case.{name}[{index}]", fact)


def _added(fact: Fact, path: str, record: Record) -> Iterator[Change]:
    yield _fact_change(ChangeKind.FACT_ADDED, fact, path, record, None, describe(fact))
    if not fact.supported:
        yield _fact_change(ChangeKind.NEWLY_UNSUPPORTED, fact, path, record, None, describe(fact))


def _removed(fact: Fact, path: str, record: Record) -> Change:
    return _fact_change(ChangeKind.FACT_REMOVED, fact, path, record, describe(fact), None)


def _without_shifts(changes: list[Change], versions: _Versions) -> list[Change]:
    """One change in place of many, where the offsets of several facts shifted and nothing else of their evidence."""
    shifts = [
        change for change in changes if change.kind is ChangeKind.EVIDENCE_MOVED and change.path.endswith(".evidence")
    ]
    if len(shifts) < 2:
        return changes
    summed = _change(ChangeKind.EVIDENCE_MOVED, versions.new, "case", None, f"offsets of {len(shifts)} facts shifted")
    return [*(change for change in changes if change not in shifts), summed]


def _finding_changes(
    versions: _Versions, paths: dict[tuple[str, str], tuple[str, str]], changes: Sequence[Change]
) -> Iterator[Change]:
    """Findings that came or went, unless they follow from a change of the fact they are about."""
    told = {(change.article_id, _fact_path(change.path)) for change in changes if change.kind not in _QUIET}
    unsupported = {
        (change.article_id, _fact_path(change.path))
        for change in changes
        if change.kind in {ChangeKind.NEWLY_UNSUPPORTED, ChangeKind.NOW_SUPPORTED}
    }
    new_ids = {versions.old.article_id: versions.new.article_id}
    before = {
        _finding_key(new_ids.get(article_id, article_id), finding, paths): finding
        for article_id, finding in _findings(versions.olds)
    }
    now = {_finding_key(*pair, {}): pair[1] for pair in _findings(versions.news)}
    by_id = {record.article_id: record for record in (*versions.olds, *versions.news)}
    for key in dict.fromkeys((*before, *now)):
        if (key in before) == (key in now):
            continue
        article_id, fact_path = key[0], key[1]
        finding = now.get(key) or before[key]
        is_worse = key in now and finding.severity is not Severity.NOTICE
        spoken = unsupported if is_worse else told
        if (article_id, fact_path) in spoken:
            continue
        kind = ChangeKind.NEWLY_UNSUPPORTED if is_worse else ChangeKind.FINDING_CHANGED
        said = (None, finding.message) if key in now else (finding.message, None)
        yield _change(kind, by_id[article_id], _full_path(finding.path), *said)


def _findings(records: Iterable[Record]) -> Iterator[tuple[str, Finding]]:
    return chain.from_iterable(((record.article_id, finding) for finding in record.findings) for record in records)


def _finding_key(
    article_id: str, finding: Finding, paths: dict[tuple[str, str], tuple[str, str]]
) -> tuple[str, str, str, str]:
    """What makes two findings the same, wherever in its list the fact stands."""
    where = article_id, _fact_path(finding.path)
    return (*paths.get(where, where), finding.path.partition("]")[2] if "]" in finding.path else "", finding.rule)


def _review_flag_changes(versions: _Versions) -> Iterator[Change]:
    """`needs_review`, where nothing else says why it changed."""
    if versions.old.needs_review != versions.new.needs_review:
        yield _code_change(versions.new, "needs_review", versions.old.needs_review, versions.new.needs_review)


def _fact_path(path: str) -> str:
    """The path of the fact in which something stands, as it is in the record: case.results[2]."""
    match = _FACT_PATH.match(path)
    return f"case.{match[1]}" if match else path


def _full_path(path: str) -> str:
    """The path of a finding, which begins in the case, from the top of the record."""
    return path if path.startswith(("case.", "$")) else f"case.{path}"


def _line_shift(old: Record, new: Record) -> int:
    """By how many lines the whole article moved down its page; 0 if it is not the same lines moved."""
    if len(old.lines) != len(new.lines):
        return 0
    shifts = {
        now - before for pair in zip(old.lines, new.lines, strict=True) for before, now in zip(*pair, strict=True)
    }
    return shifts.pop() if len(shifts) == 1 else 0


def _located(values: Iterable[ValueChange], path: str, record: Record) -> Iterator[Change]:
    """Changes of a text of the record."""
    for value in values:
        yield _as_change(value._replace(path=""), path, record, None)


def _as_change(value: ValueChange, path: str, record: Record, evidence: Evidence | None) -> Change:
    return Change(
        kind=value.kind,
        page_id=record.page_id,
        article_id=record.article_id,
        path=".".join(filter(None, (path, value.path))),
        old=value.old,
        new=value.new,
        old_value=value.old_value,
        new_value=value.new_value,
        unit=value.unit,
        quote=evidence.quote if evidence else None,
        lines=evidence.lines if evidence else (),
    )


def _fact_change(  # noqa: PLR0913, PLR0917 - kind, place, and both sides
    kind: ChangeKind, fact: Fact, path: str, record: Record, old: str | None, new: str | None
) -> Change:
    return _as_change(ValueChange(kind, "", old, new), path, record, evidence_of(fact))


def _change(  # noqa: PLR0913, PLR0917 - kind, place, and both sides
    kind: ChangeKind, record: Record, path: str, old: str | None, new: str | None, lines: tuple[LineRange, ...] = ()
) -> Change:
    change = _as_change(ValueChange(kind, "", old, new), path, record, None)
    return change.model_copy(update={"lines": lines}) if lines else change


def _code_change(record: Record, path: str, old: object, new: object) -> Change:
    return _change(ChangeKind.CODE_CHANGED, record, path, say(old), say(new))
