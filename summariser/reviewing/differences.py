"""What differs between two versions of an article, told so that a reviewer understands it without reading JSON.

What is a person's correction is told once. What follows from a change is not told: the function of another theme, the
number that code reads from corrected words, the findings about a number that changed, dates that follow from another
date of the issue, offsets that shifted because the text before them grew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby
from typing import Final, Literal, NamedTuple

from pydantic import Field, JsonValue, computed_field

from summariser.comparison import (
    Change,
    ChangeKind,
    ValueChange,
    ValueKind,
    compare_parts,
    compare_quantities,
    compare_texts,
)
from summariser.errors import InputError
from summariser.records.corrected import (
    LINES,
    OF_RECORD,
    RECORD_PATHS,
    SUPPORT,
    fact_of,
    is_follower,
    read_path,
    standing,
    step_of,
)
from summariser.schema.case import (
    Actor,
    BeneficiaryGroup,
    Claim,
    Evidence,
    Fact,
    Finding,
    Period,
    Place,
    Result,
    Severity,
    Time,
    fact_path,
    fact_words,
)
from summariser.schema.codes import CodedEnum
from summariser.schema.page import Frozen, LineRange, format_lines
from summariser.schema.record import ArticleText, Correction, Record
from summariser.tables import read_table
from summariser.text import counted

_OF_LINES: Final = {"lines", "text", "case.policy_frames", "case.theme_sents", "case.status_sents"}
_DATES: Final = {"edtf", "start", "end"}


def _describe_corrections(old: Record, new: Record, changes: Sequence[Change]) -> tuple[list[Difference], list[Change]]:
    """The corrections that are new, and the changes that neither are nor follow from one.

    Shape: that a person answers for a fact is told where nothing of the fact was changed.
    """
    now, known = standing(new), list(old.corrections)
    told: list[Difference] = []
    rest = list(changes)
    for number, entry in enumerate(new.corrections):
        if entry in known or is_follower(entry):
            continue
        try:
            each, fact = now.get(number, entry), fact_of(entry.path)
        except InputError:  # the record is untrusted: a correction of nothing explains nothing
            continue
        mine = _taken_out(rest, entry) if step_of(entry) < 0 else _of_place(rest, each)
        rest = [change for change in rest if not any(change is one for one in mine)]
        around = next((change.now or change.was for change in mine if change.now or change.was), None)
        if fact and not step_of(entry) and around is None:
            around = dict(new.case.facts()).get(fact_of(each.path))
        path = each.path if each.path in OF_RECORD else f"case.{each.path}"
        said = _Unplaced(DifferenceKind.CORRECTED, "", format_value(each.model), format_value(each.value))
        told.append(_place(said, path, new, around).model_copy(update={"printed": each.printed, "by": each.by}))
    return told, rest


def format_value(value: JsonValue) -> str | None:
    """A value of a reply, as a person reads it; None for nothing.

    Shape: of a whole fact its words, of a verdict its grade and who gives it.
    """
    if value is None or value == []:
        return None
    if isinstance(value, list):
        return ", ".join(filter(None, map(format_value, value)))
    if not isinstance(value, dict):
        return str(value)
    if SUPPORT in value:
        return f"{value[SUPPORT]} ({value.get('support_by')})"
    words = next((value[name] for name in ("text", "name", "to", "group") if value.get(name)), None)
    words = words or "".join(str(value[name]) for name in ("province", "city", "county") if value.get(name))
    number = value.get("value_text")
    return f"{words} ({number})" if number else str(words)


def _of_place(changes: Iterable[Change], correction: Correction) -> list[Change]:
    """The changes of what a correction is about: its fact, its field, what another date of the issue dates anew."""
    if correction.path == LINES:
        return [change for change in changes if _is_of_lines(change)]
    if correction.path in OF_RECORD:
        own = {correction.path, *(["source.origins"] if correction.path.startswith("source.") else [])}
        dated = correction.path == "source.issue_date"
        return [change for change in changes if change.path in own or (dated and _is_date(change))]
    fact = fact_of(correction.path)
    place = f"case.{fact or correction.path}"
    return [change for change in changes if change.fact_path == place or _follows(change, correction.path)]


def _follows(change: Change, path: str) -> bool:
    """Whether code made something of the corrected place: the function of a theme, the sort of a speaker, groups."""
    name = read_path(path).name
    if name in {"people", "actors"} and isinstance(change.old, Claim) and isinstance(change.new, Claim):
        return change.old.name == change.new.name
    return change.path == {"primary_theme": "case.function", "beneficiaries": "case.beneficiaries"}.get(name)


def _is_of_lines(change: Change) -> bool:
    """Whether nothing but what code makes of the lines differs: the text, where in it something stands."""
    if change.path == "case.beneficiaries":
        return _groups(change.old) == _groups(change.new)
    return change.path in _OF_LINES or change.kind is ChangeKind.EVIDENCE


def _groups(value: object) -> list[object]:
    """The groups of a case, wherever they stand."""
    listed = value if isinstance(value, Sequence) else ()
    return [each.group for each in listed if isinstance(each, BeneficiaryGroup)]


def _is_date(change: Change) -> bool:
    """Whether nothing but dates of the same words differs."""
    if isinstance(change.old, Period) and isinstance(change.new, Period):
        return change.old.text == change.new.text
    return change.field in _DATES


def _taken_out(changes: Sequence[Change], correction: Correction) -> list[Change]:
    """The change that a fact is gone, the one with the words of the correction if there are several."""
    name, words = read_path(correction.path).name, correction.model if isinstance(correction.model, dict) else {}
    gone = [
        change
        for change in changes
        if change.kind is ChangeKind.REMOVED and change.was and change.path.startswith(f"case.{name}[")
    ]
    said = {value for value in words.values() if isinstance(value, str)}
    gone.sort(key=lambda change: not any(value in fact_words(change.was) for value in said) if change.was else True)
    return gone[:1] + [change for change in changes if _follows(change, correction.path)]


class DifferenceKind(StrEnum):
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
    CORRECTED = "corrected"
    REWORDED = "reworded"
    REVIEW_CHANGED = "review_changed"
    FINDING_CHANGED = "finding_changed"
    FAILURE_CHANGED = "failure_changed"
    FAILURE_GONE = "failure_gone"
    NOW_SUPPORTED = "now_supported"
    READABLE_AGAIN = "readable_again"

    @property
    def rank(self) -> int:
        """Its place in the order, 0 for the worst."""
        return _RANKS[self]

    @property
    def label(self) -> str:
        """What a heading says: number changed."""
        return _LABELS[self.value]

    def counted(self, number: int) -> str:
        """So many of it, for the head line: 3 numbers changed."""
        noun, space, rest = self.value.removeprefix("newly_").replace("_", " ").partition(" ")
        return counted(number, f"{noun}{space}{rest}", f"{noun}{'s' if noun in _NOUNS else ''}{space}{rest}")


_RANKS: Final = {kind: rank for rank, kind in enumerate(DifferenceKind)}
_LABELS: Final = {row["code"]: row["en"] for row in read_table("labels") if row["list"] == "change"}
_NOUNS: Final = {"failure", "article", "number", "approximation", "unit", "name", "code", "fact", "review", "finding"}
_HIGH: Final = DifferenceKind.NEWLY_UNSUPPORTED.rank  # up to here: the case base says something else, or less surely
_MIDDLE: Final = DifferenceKind.REWORDED.rank


class Difference(Frozen):
    """One thing that differs.

    Shape: `path` is a JSON path in the new record, or in the old one for what is gone: case.results[2].quantity.value.
    `old` and `new` are words for a reader; the numbers behind them, where there are any, are in `old_value` and
    `new_value`.
    """

    kind: DifferenceKind
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
    printed: str | None = Field(default=None, description="What the page prints, where a person corrected a misprint.")
    by: str | None = Field(default=None, description="The person who changed it; null where a run did.")
    rule: str | None = Field(default=None, exclude=True, description="Of a finding that came or went.")
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

    @property
    def shown(self) -> tuple[str | None, str | None]:
        """Old and new as a reader is shown them: of two long texts only the words that differ."""
        if self.old is None or self.new is None or self.new_value is not None:
            return self.old, self.new
        return differing_words(self.old, self.new)


class _Unplaced(NamedTuple):
    """A difference before it has a place: `path` is below the fact or the field that is compared."""

    kind: DifferenceKind
    path: str
    old: str | None
    new: str | None
    numbers: ValueChange | None = None


class _Shift(NamedTuple):
    """What is known of the two versions of the article."""

    line_shift: int  # by how many lines the whole article moved down its page
    same_text: bool  # false where offsets cannot be compared, because the article was cut otherwise


_OF_VALUES: Final[Mapping[ValueKind, DifferenceKind]] = {
    ValueKind.NUMBER: DifferenceKind.NUMBER_CHANGED,
    ValueKind.APPROXIMATION: DifferenceKind.APPROXIMATION_LOST,
    ValueKind.EXACTNESS: DifferenceKind.CODE_CHANGED,
    ValueKind.UNIT: DifferenceKind.UNIT_CHANGED,
}
_FOLLOWS: Final = {"level_from": "level", "case.function": "case.primary_theme"}  # not told where the other changed too
_ELSEWHERE: Final = {"article_id", "page_id", "needs_review"}
_APART: Final = {ChangeKind.FINDING, ChangeKind.REVIEW, ChangeKind.ORIGIN}
_SHORT: Final = 48  # characters; a longer text is shown where it differs
_CONTEXT: Final = 8  # characters shown on either side of what differs
_MATCHED: Final = 90_000  # pairs of characters; above it only what both ends have in common is left out
_QUIET: Final = {DifferenceKind.EVIDENCE_MOVED, DifferenceKind.FINDING_CHANGED}
_SUPPORT: Final = {DifferenceKind.NEWLY_UNSUPPORTED, DifferenceKind.NOW_SUPPORTED}


def explain(olds: Sequence[Record], news: Sequence[Record]) -> list[Difference]:
    """What differs between two versions of an article; not what became of its provenance and review.

    Shape: of several parts (a split or merged article) the first on each side is the one whose prose is compared, the
    facts are those of all of them.
    """
    changes: Sequence[Change] = compare_parts(olds, news)
    told: list[Difference] = []
    if len(olds) == len(news) == 1:
        told, changes = _describe_corrections(olds[0], news[0], changes)
    records = {record.article_id: record for record in (*olds, *news)}
    setting = _Shift(_line_shift(olds[0], news[0]), same_text=len(olds) == len(news) == 1)
    paths, sources = {change.path for change in changes}, {*RECORD_PATHS}
    content = [
        each
        for each in changes
        if each.kind not in _APART and each.path not in _ELSEWHERE and _FOLLOWS.get(each.path) not in paths
        if each.path != "source.origins" or not sources & paths
        if not _is_same_text(each)
    ]
    # Changes of one fact; one that came where another went is a fact of its own.
    by_fact = groupby(content, key=lambda each: (each.article_id, each.fact_path, each.was is None, each.now is None))
    for (article_id, path, *_), group in by_fact:
        of_one = list(group)
        fact = of_one[0].now or of_one[0].was
        told += [_place(each, path, records[article_id], fact) for each in _describe_changes(of_one, setting)]
    findings = [change for change in changes if change.kind is ChangeKind.FINDING]
    told += list(_describe_findings(findings, told, records))
    if all(each.kind is DifferenceKind.EVIDENCE_MOVED for each in told) and "needs_review" in paths:
        flags = format_code(olds[0].needs_review), format_code(news[0].needs_review)
        told.append(_place(_Unplaced(DifferenceKind.CODE_CHANGED, "", *flags), "needs_review", news[0], None))
    return told


def _is_same_text(change: Change) -> bool:
    """Whether nothing but the lines of the same sentences differs, which the lines of the article tell."""
    old, new = change.old, change.new
    return isinstance(old, ArticleText) and isinstance(new, ArticleText) and old.sha256 == new.sha256


def describe(fact: Fact) -> str:
    """A fact in a few words, for a reader."""
    match fact:
        case Actor():
            return f"{fact.name} ({fact.role.zh})"
        case Result():
            return f"{fact.text}：{fact.value_text}" if fact.value_text else fact.text
        case Place():
            return fact.said
        case Time():
            dates = f"{fact.start or ''} – {fact.end or ''}".strip()
            return f"{fact.text} ({dates})" if fact.start or fact.end else fact.text
        case _:
            return fact_words(fact)


def format_code(value: object) -> str:
    """A code or another small value, as a reader should see it: the code with its Chinese label."""
    if isinstance(value, CodedEnum):
        return f"{value.value} {value.zh}"
    if isinstance(value, ArticleText):
        return "".join(each.text or "" for each in value.sentences) or value.sha256[:8]
    if isinstance(value, BeneficiaryGroup):
        return f"{format_code(value.group)} ({format_code(value.sents)})"
    if isinstance(value, list | tuple):
        return "、".join(map(format_code, value)) or "-"
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in value.items()) or "-"
    return "-" if value is None else str(value)


def differing_words(old: str, new: str) -> tuple[str, str]:
    """Where two texts differ, with some characters around it, what is left out marked by dots; short texts whole."""
    shorter = min(len(old), len(new))
    if max(len(old), len(new)) <= _SHORT:
        return old, new
    start = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    end = next((at for at in range(shorter - start) if old[-1 - at] != new[-1 - at]), shorter - start)
    first, ends = max(start - _CONTEXT, 0), [len(text) - max(end - _CONTEXT, 0) for text in (old, new)]
    spans = [(first, ends[0], first, ends[1])]
    if (ends[0] - first) * (ends[1] - first) <= _MATCHED:
        matcher = SequenceMatcher(None, old[first : ends[0]], new[first : ends[1]], autojunk=False)
        spans = [
            (first + group[0][1], first + group[-1][2], first + group[0][3], first + group[-1][4])
            for group in matcher.get_grouped_opcodes(_CONTEXT)
        ] or spans
    return _excerpt(old, [span[:2] for span in spans]), _excerpt(new, [span[2:] for span in spans])


def _excerpt(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The spans of a text, with dots for what is left out."""
    before, behind = ("…" if spans[0][0] else ""), ("…" if spans[-1][1] < len(text) else "")
    return f"{before}{' … '.join(text[start:end] for start, end in spans)}{behind}"


def _describe_changes(changes: Sequence[Change], setting: _Shift) -> Iterator[_Unplaced]:
    """What a reader is told of the changes of one fact, or of one field that is of none."""
    first = changes[0]
    was, now = first.was, first.now
    if first.kind in {ChangeKind.ADDED, ChangeKind.REMOVED}:
        said = [describe(fact) if fact else None for fact in (was, now)]
        kind = DifferenceKind.FACT_ADDED if now else DifferenceKind.FACT_REMOVED
        if now and not now.supported:
            kind = DifferenceKind.NEWLY_UNSUPPORTED  # that it is new can be seen: it has nothing before
        yield _Unplaced(kind, "", said[0], said[1])
    elif was is None or now is None:
        yield from _describe_field(first, "", setting)
    else:
        told = list(_describe_values(was, now, changes, setting))
        yield from told
        has_number = any(each.kind is DifferenceKind.NUMBER_CHANGED for each in told)
        yield from _describe_evidence(was, now, setting, has_number=has_number)
        if was.supported != now.supported:
            kind = DifferenceKind.NOW_SUPPORTED if now.supported else DifferenceKind.NEWLY_UNSUPPORTED
            yield _Unplaced(kind, "", describe(was), describe(now))


def _describe_values(was: Fact, now: Fact, changes: Sequence[Change], setting: _Shift) -> Iterator[_Unplaced]:
    """Words, names, codes and numbers of two versions of one fact."""
    values = [each for each in changes if each.kind not in {ChangeKind.EVIDENCE, ChangeKind.SUPPORT}]
    fields = {each.field for each in values}
    if isinstance(now, Place | Time) and "text" not in fields:  # fields that belong together
        if len(values) == 1:
            yield _Unplaced(
                DifferenceKind.NAME_CHANGED, values[0].field, format_code(values[0].old), format_code(values[0].new)
            )
        elif values:
            yield _Unplaced(DifferenceKind.NAME_CHANGED, "", describe(was), describe(now))
        return
    if isinstance(was, Result) and isinstance(now, Result):
        numbers = compare_quantities(was.quantity, now.quantity)
        yield from _from_values(numbers, "quantity", DifferenceKind.REWORDED, keep_path=True)
        raws = [each.quantity.raw if each.quantity else None for each in (was, now)]
        if not numbers and raws[0] != raws[1] and "value_text" not in fields:
            yield _Unplaced(DifferenceKind.REWORDED, "quantity.raw", raws[0], raws[1])
        is_told = {"quantity", *(["value_text"] if numbers else [])}
        values = [each for each in values if each.field not in is_told]
    if isinstance(now, Time):
        values = [each for each in values if each.field == "text"]
    for each in values:
        if _FOLLOWS.get(each.field) not in fields:
            yield from _describe_field(each, each.field, setting)


def _describe_field(change: Change, path: str, setting: _Shift) -> Iterator[_Unplaced]:
    """A field by itself: a text by its numbers and words, a code with its label, lines as lines."""
    old, new = change.old, change.new
    kind = {ChangeKind.NAME: DifferenceKind.NAME_CHANGED, ChangeKind.WORDS: DifferenceKind.REWORDED}.get(
        change.kind, DifferenceKind.CODE_CHANGED
    )
    if change.kind is ChangeKind.LINES:
        if setting.same_text:
            said = [
                format_lines(each) if isinstance(each, tuple) else str(each) if each else None for each in (old, new)
            ]
            yield _Unplaced(DifferenceKind.EVIDENCE_MOVED, path, said[0], said[1])
    elif change.path.startswith("source."):  # a date or an address is no number
        said = [None if each is None else format_code(each) for each in (old, new)]
        yield _Unplaced(kind, path, said[0], said[1])
    elif isinstance(old, str | None) and isinstance(new, str | None) and kind is not DifferenceKind.CODE_CHANGED:
        numbers = [each.quantity for each in (change.was, change.now) if isinstance(each, Result) and each.quantity]
        if change.field == "value_text" and numbers:  # the number is what code read; these are words as typed
            yield _Unplaced(kind, path, old, new)
        else:
            yield from _from_values(compare_texts(old, new), path, kind)
    elif not (isinstance(old, tuple) and isinstance(new, tuple) and Counter(old) == Counter(new)):
        yield _Unplaced(kind, path, format_code(old), format_code(new))


def _describe_evidence(was: Fact, now: Fact, setting: _Shift, *, has_number: bool) -> Iterator[_Unplaced]:
    """Whether the words of the page behind a fact are others; offsets that merely shifted are not told."""
    if isinstance(was, Time) or isinstance(now, Time):
        return  # a time has no evidence
    before, after, moved = was.evidence, now.evidence, DifferenceKind.EVIDENCE_MOVED
    if {before.match, after.match} > {"failed"}:
        return  # found or lost, which is said as supported or unsupported
    if before.quote != after.quote:
        if has_number or before.start != after.start:
            yield _Unplaced(moved, "evidence.quote", before.quote, after.quote)
        else:
            yield from _from_values(compare_texts(before.quote, after.quote), "evidence.quote", moved)
    elif [(first + setting.line_shift, last + setting.line_shift) for first, last in before.lines] != list(after.lines):
        yield _Unplaced(moved, "evidence.lines", format_lines(before.lines), format_lines(after.lines))
    elif before.start == after.start and before.sents != after.sents:
        said = [", ".join(map(str, each.sents)) for each in (before, after)]
        yield _Unplaced(moved, "evidence.sents", said[0], said[1])
    if before.match != after.match:
        yield _Unplaced(DifferenceKind.CODE_CHANGED, "evidence.match", before.match, after.match)


def _from_values(
    changes: Iterable[ValueChange], path: str, otherwise: DifferenceKind, *, keep_path: bool = False
) -> Iterator[_Unplaced]:
    """Changes of a text or a number as differences; within a text there are no paths."""
    for each in changes:
        below = f"{path}.{each.path}".rstrip(".") if keep_path else path
        yield _Unplaced(_OF_VALUES.get(each.kind, otherwise), below, each.old, each.new, each)


def _describe_findings(
    changes: Iterable[Change], told: Sequence[Difference], records: Mapping[str, Record]
) -> Iterator[Difference]:
    """Findings that came or went, unless they follow from a difference of the fact they are about."""
    spoken = {(each.article_id, _fact_at(each.path)) for each in told if each.kind not in _QUIET}
    unsupported = {(each.article_id, _fact_at(each.path)) for each in told if each.kind in _SUPPORT}
    for change in changes:
        old, new = change.old, change.new
        finding = new or old
        if not isinstance(finding, Finding) or (old and new):
            continue
        is_worse = new is not None and finding.severity is not Severity.NOTICE
        path = change.path if change.path.startswith(("case.", "$")) else f"case.{change.path}"
        if (change.article_id, _fact_at(path)) not in (unsupported if is_worse else spoken):
            kind = DifferenceKind.NEWLY_UNSUPPORTED if is_worse else DifferenceKind.FINDING_CHANGED
            said = (None, finding.message) if new else (finding.message, None)
            placed = _place(_Unplaced(kind, "", said[0], said[1]), path, records[change.article_id], None)
            yield placed.model_copy(update={"rule": finding.rule})


def _fact_at(path: str) -> str:
    """The fact in which something stands, or else the field."""
    inside = path.removeprefix("case.")
    return fact_path(inside) or inside.partition(".")[0]


def _line_shift(old: Record, new: Record) -> int:
    """By how many lines the whole article moved down its page; 0 if it is not the same lines moved."""
    if len(old.lines) != len(new.lines):
        return 0
    shifts = {now - was for pair in zip(old.lines, new.lines, strict=True) for was, now in zip(*pair, strict=True)}
    return shifts.pop() if len(shifts) == 1 else 0


def _place(told: _Unplaced, path: str, record: Record, fact: Fact | None) -> Difference:
    """The difference with its article, its path and the words of the page behind it."""
    evidence: Evidence | None = getattr(fact, "evidence", None)
    numbers = told.numbers
    return Difference(
        kind=told.kind,
        page_id=record.page_id,
        article_id=record.article_id,
        path=".".join(filter(None, (path, told.path))),
        old=told.old,
        new=told.new,
        old_value=numbers.old_value if numbers else None,
        new_value=numbers.new_value if numbers else None,
        unit=numbers.unit if numbers else None,
        quote=evidence.quote if evidence else None,
        lines=evidence.lines if evidence else record.lines if path == "lines" else (),
    )
