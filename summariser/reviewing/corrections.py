"""What people changed in stored records, and whether a newly made case agrees with them.

A record that was edited no longer fits its hash. The version that fits it is what the tool wrote; git has it, or the
ledger has the reply it was made from. The two are compared by meaning: facts are paired by what they say and where it
stands, and only what the model is responsible for is told, not what code fills in behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from summariser.comparison.fact_pairs import (
    ALIKE,
    Listed,
    likeness,
    pair_positions,
    same_name,
    same_number,
    says_same,
    shared_place,
)
from summariser.disk.ledger import Ledger
from summariser.disk.record_text import is_edited, parse_json
from summariser.disk.stored import PageFolder, find, load_record, locate_page
from summariser.errors import BrokenRecordError, InputError, InvalidReply, StoreError
from summariser.numbers.quantity import find_numerals
from summariser.records.grounding import read_reply
from summariser.reviewing.record_history import Version, read_history
from summariser.schema.case import Actor, Case, Person, Place, Result, Statement
from summariser.schema.page import Article, Frozen
from summariser.schema.quantity import Quantity
from summariser.schema.record import Record
from summariser.text import fold

WORKING_TREE: Final = "working tree"
UNKNOWN: Final = "$"  # path of a correction whose old value nobody has any more

ArticleKey = tuple[str, str]  # page_id, article_id
_Key = tuple[str, str | None, str | None]  # of a change: its path without positions, old, new

_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "actors": ("name", "org_type", "level", "role", "sents"),
    "people": ("name", "title", "kind", "sents"),
    "actions": ("text", "theme", "quote", "sents"),
    "results": ("text", "kind", "status", "value_text", "subject", "quantity", "quote", "sents"),
}
# A field is not told where one of these changed too: it only follows.
_FOLLOWS: Final[Mapping[str, tuple[str, ...]]] = {
    "quantity": ("value_text", "quote", "sents"),
    "sents": ("quote", "name", "title"),
    "place.sents": ("place.province", "place.city", "place.county"),
    "problem_sents": ("problem",),
    "lesson_sents": ("lesson",),
}
_PROSE: Final = {"text", "one_line", "summary", "headline_en", "summary_en", "problem", "lesson"}
_FIGURES: Final = re.compile(r"\d+(?:[.,]\d+)*")


class Correction(Frozen):
    """One thing a person changed in a stored record.

    Shape: `path` as in findings; a fact's own path (`results[2]`) where it was added (`old` is null) or taken out
    (`new` is null); `UNKNOWN` where nobody has what the tool wrote, or only fields that code fills in were touched.
    `was` and `is_now` are the fact around the field.
    """

    page_id: str
    article_id: str
    path: str
    old: str | None
    new: str | None
    by: str | None
    when: str | None
    file: str
    source: str
    was: Listed | None
    is_now: Listed | None


class Status(StrEnum):
    """What a newly made case makes of a correction.

    `honoured`: it agrees with the person. `lost`: it does not. `gone`: nothing there can be compared.
    """

    HONOURED = "honoured"
    LOST = "lost"
    GONE = "gone"


class Change(NamedTuple):
    """A difference between two versions of a record: where, as in findings, and the words on either side."""

    path: str
    old: str | None
    new: str | None
    was: Listed | None = None
    is_now: Listed | None = None

    @property
    def key(self) -> _Key:
        """Known again in another version, where facts may have moved up or down."""
        if self.path == UNKNOWN:
            return UNKNOWN, None, None
        return re.sub(r"\d+", "", self.path), self.old, self.new


def find_corrections(paths: Iterable[Path | str], *, ledger: Ledger | None = None) -> list[Correction]:
    """What people changed in the records among the files and below the folders, record by record.

    Shape: `by` and `when` are author and date of the first commit that has the change; not committed: `WORKING_TREE`
    and null. Without the tool's version in git or the ledger: one entry with the path `UNKNOWN`.
    Errors: StoreError if a record cannot be read.
    """
    found: list[Correction] = []
    for path in find(paths):
        record = load_record(path)
        if is_edited(record):
            found += _corrections_in(path, record, ledger)
    return found


def honoured(corrections: Iterable[Correction], fresh: Mapping[ArticleKey, Case]) -> list[tuple[Correction, Status]]:
    """Which corrections the newly made cases agree with; `fresh` by page_id and article_id.

    Shape: prose is held to the numbers that the correction brought in and took out, and to its words if there are none.
    """
    return [
        (correction, _status(correction, fresh.get((correction.page_id, correction.article_id))))
        for correction in corrections
    ]


def list_changes(old: Record, new: Record) -> Iterator[Change]:
    """What differs between two versions of a record of one article, by meaning.

    Shape: fields of the record, then what stands once in the case, then its facts; see `Change`.
    """
    for name in ("kind", "headline", "kicker", "bylines"):
        before, now = _spelled(getattr(old, name)), _spelled(getattr(new, name))
        if before != now:
            yield Change(f"$.{name}", before, now)
    before_all, now_all = _single_values(old.case), _single_values(new.case)
    for path, before in before_all.items():
        followed = any(before_all[other] != now_all[other] for other in _FOLLOWS.get(path, ()))
        if before != now_all[path] and not followed:
            yield Change(path, before, now_all[path])
    same_rules = old.provenance.checks == new.provenance.checks
    for name in _FIELDS:
        yield from _fact_changes(name, getattr(old.case, name), getattr(new.case, name), same_rules=same_rules)


def _corrections_in(path: Path, record: Record, ledger: Ledger | None) -> Iterator[Correction]:
    """The corrections of one edited record."""
    versions = list(_versions_of_same_writing(path, record))
    original = next((old for _, old in reversed(versions) if not is_edited(old)), None)
    original = original or _from_ledger(path, record, ledger)
    edited = [(version, old) for version, old in versions if is_edited(old)]
    steps = [(version, _keys(original, old)) for version, old in edited]
    changes = list(list_changes(original, record)) if original else [Change(UNKNOWN, None, None)]
    for change in changes or [Change(UNKNOWN, None, "only what code fills in")]:
        first = next((version for version, keys in steps if change.key in keys), None)
        by, when = (first.by, first.when) if first else (WORKING_TREE if versions else record.review.by, None)
        yield Correction(
            page_id=record.page_id,
            article_id=record.article_id,
            by=by,
            when=when,
            file=path.as_posix(),
            source=locate_page(record.provenance.source, path.absolute().parent).as_posix(),
            **change._asdict(),
        )


def _keys(original: Record | None, edited: Record) -> set[_Key]:
    """By what the changes of one version are known again in another; an edit that nobody can name has one as well."""
    changes = list(list_changes(original, edited)) if original else []
    return {change.key for change in changes} | {Change(UNKNOWN, None, None).key}


def _versions_of_same_writing(path: Path, record: Record) -> Iterator[tuple[Version, Record]]:
    """The committed versions that carry the hash of the tool's writing which the record still carries."""
    for version in read_history(path):
        try:
            old = parse_json(version.content.decode("utf-8-sig"), Record, path=path)
        except (BrokenRecordError, UnicodeDecodeError):
            continue
        if old.provenance.content_sha256 == record.provenance.content_sha256:
            yield version, old


def _from_ledger(path: Path, record: Record, ledger: Ledger | None) -> Record | None:
    """The record as it was made from the reply in the ledger, checked by the present rules."""
    reply = ledger.find_reply(record.provenance.request_key) if ledger else None
    if reply is None:
        return None
    try:
        article = PageFolder(path.absolute().parent).article(record)
        if not isinstance(article, Article):
            return None
        case = read_reply(reply.text, article).case
    except (StoreError, InputError, InvalidReply):
        return None
    return record.model_copy(
        update={"case": case, "headline": article.headline, "kicker": article.kicker, "kind": article.kind}
    )


def _single_values(case: Case) -> dict[str, str | None]:
    """What stands once in a case, by path."""
    place: Place | None = case.place
    values: dict[str, object] = {
        "decision": case.decision,
        **{f"place.{part}": getattr(place, part, None) for part in ("province", "city", "county")},
        "place.sents": place.evidence.sents if place else None,
        "time_text": case.time.text if case.time else None,
    }
    for name in ("problem", "lesson"):
        statement: Statement | None = getattr(case, name)
        values[name] = statement.text if statement else None
        values[f"{name}_sents"] = statement.evidence.sents if statement else None
    for name in ("primary_theme", "secondary_themes", "beneficiaries", "practice_status"):
        values[name] = getattr(case, name)
    for name in ("one_line", "summary", "headline_en", "summary_en"):
        values[name] = getattr(case, name)
    return {path: _spelled(value) for path, value in values.items()}


def _fact_changes(name: str, old: Sequence[Listed], new: Sequence[Listed], *, same_rules: bool) -> Iterator[Change]:
    """Facts added, taken out, and changed field by field."""
    pairs = {now: before for before, now in pair_positions(old, new).items()}
    for index, fact in enumerate(new):
        before = pairs.get(index)
        if before is None:
            yield Change(f"{name}[{index}]", None, _summed_up(fact), None, fact)
            continue
        was = old[before]
        changed = [field for field in _FIELDS[name] if _value(was, field) != _value(fact, field)]
        for field in changed:
            follows = any(other in changed for other in _FOLLOWS.get(field, ()))
            follows |= field == "quantity" and not same_rules
            follows |= field == "level" and isinstance(fact, Actor) and fact.level_from == "name"
            if not follows:
                yield Change(f"{name}[{index}].{field}", _value(was, field), _value(fact, field), was, fact)
    for index in sorted(set(range(len(old))) - set(pairs.values())):
        yield Change(f"{name}[{index}]", _summed_up(old[index]), None, old[index], None)


def _value(fact: Listed, field: str) -> str | None:
    """A field of a fact as words."""
    value = getattr(fact.evidence, field) if field in {"sents", "quote"} else getattr(fact, field)
    return _spelled(value)


def _spelled(value: object) -> str | None:
    """A value as a person reads it; null and an empty list are nothing."""
    if value is None or value == ():
        return None
    if isinstance(value, Quantity):
        number = value.value if value.value is not None else f"{value.min or ''}-{value.max or ''}"
        return f"{number} {value.unit} ({value.approx.value})"
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return str(value)


def _summed_up(fact: Listed) -> str:
    """A whole fact in a few words."""
    if isinstance(fact, Actor | Person):
        return fact.name
    number = fact.value_text if isinstance(fact, Result) else None
    return f"{fact.text} ({number})" if number else fact.text


def _status(correction: Correction, case: Case | None) -> Status:
    """What one newly made case makes of one correction."""
    name, bracket, rest = correction.path.partition("[")
    if case is None or correction.path.startswith(UNKNOWN):
        return Status.GONE
    if not bracket:
        return _compare(correction.path, correction, _single_values(case)[correction.path])
    facts: Sequence[Listed] = getattr(case, name)
    field = rest.partition("].")[2]
    if not field:
        return _whole_fact_status(correction, facts)
    known = [fact for fact in (correction.is_now, correction.was) if fact is not None]
    best = max(facts, key=lambda fact: max(likeness(fact, one) for one in known), default=None)
    if best is None or max(likeness(best, one) for one in known) < ALIKE:
        return Status.GONE
    return _field_status(field, correction, best)


def _whole_fact_status(correction: Correction, facts: Sequence[Listed]) -> Status:
    """An added fact has to be there, one that was taken out must not be."""
    fact = correction.is_now or correction.was
    is_there = fact is not None and any(says_same(fact, other) for other in facts)
    return Status.HONOURED if is_there == (correction.is_now is not None) else Status.LOST


def _field_status(field: str, correction: Correction, fact: Listed) -> Status:
    """A field of a fact: names by alias, numbers by value, quotes by place."""
    wanted = correction.is_now
    if _folded(_value(fact, field)) == _folded(correction.old):
        return Status.LOST
    if field == "name" and isinstance(fact, Actor | Person) and isinstance(wanted, Actor | Person):
        return Status.HONOURED if same_name(wanted, fact) else Status.LOST
    if field in {"value_text", "quantity"} and isinstance(fact, Result) and isinstance(wanted, Result):
        return Status.HONOURED if same_number(wanted, fact) else Status.LOST
    if field == "quote" and wanted is not None:
        return Status.HONOURED if shared_place(wanted.evidence, fact.evidence) >= 0.5 else Status.LOST
    return _compare(field, correction, _value(fact, field))


def _compare(field: str, correction: Correction, now: str | None) -> Status:
    """A value against the person's; prose by its numbers."""
    if _folded(now) == _folded(correction.new):
        return Status.HONOURED
    if field not in _PROSE or _folded(now) == _folded(correction.old) or not (now and correction.new):
        return Status.LOST
    old, new, present = _figures(correction.old), _figures(correction.new), _figures(now)
    if old == new:
        return Status.GONE
    if present & (old - new):
        return Status.LOST
    return Status.HONOURED if present >= new - old else Status.GONE


def _folded(text: str | None) -> str:
    return fold(text).text if text else ""


def _figures(text: str | None) -> frozenset[str]:
    """The numerals of a text, Chinese ones included."""
    folded = _folded(text)
    return frozenset(_FIGURES.findall(folded)) | {numeral.raw for numeral in find_numerals(folded)}
