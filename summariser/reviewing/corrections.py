"""What people changed in stored records, and whether a newly made case agrees with them.

A record that was edited no longer fits its hash. The version that fits it is what the tool wrote; git has it, or the
ledger has the reply it was made from. The two are compared by meaning: facts are paired by what they say and where it
stands, and only what the model is responsible for is told, not what code fills in behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

from summariser.comparison.changes import Change, compare_records
from summariser.comparison.fact_pairs import ALIKE, likeness, same_name, same_number, says_same, shared_place
from summariser.disk.ledger import Ledger
from summariser.disk.record_text import is_edited
from summariser.disk.stored import PageFolder, find, load_record, locate_page, parse_bytes
from summariser.errors import BrokenRecordError, InputError, InvalidReply, StoreError
from summariser.numbers.quantity import find_numerals
from summariser.records.check import as_reply
from summariser.records.grounding import read_reply
from summariser.reviewing.history import Version, read_histories
from summariser.reviewing.typed import look_up
from summariser.schema.case import Actor, Case, Listed, Person, Result, fact_words
from summariser.schema.case_reply import REPLY_LISTS, CaseReply, ReplyPlace
from summariser.schema.page import Article, Frozen
from summariser.schema.quantity import Quantity, format_quantity
from summariser.schema.record import Record
from summariser.text import fold

WORKING_TREE: Final = "working tree"
UNKNOWN: Final = "$"  # path of a correction whose old value nobody has any more

ArticleKey = tuple[str, str]  # page_id, article_id

_ONCE: Final = [name for name in CaseReply.model_fields if name not in {*REPLY_LISTS, "place"}]
_SINGLE: Final = dict.fromkeys(("decision", *(f"place.{part}" for part in ReplyPlace.model_fields), *_ONCE))
# A field is not told where one of these changed too: it only follows.
_FOLLOWS: Final[Mapping[str, tuple[str, ...]]] = {
    "quantity": ("value_text", "quote", "sents"),
    "sents": ("quote", "name", "title"),
    "place.sents": ("place.province", "place.city", "place.county"),
    "problem_sents": ("problem",),
    "lesson_sents": ("lesson",),
}
_HEAD: Final = {"kind", "headline", "kicker", "bylines"}
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


class Edit(NamedTuple):
    """What a person would call one change between two versions of a record; see `Correction`."""

    path: str
    old: str | None
    new: str | None
    was: Listed | None = None
    is_now: Listed | None = None

    @property
    def key(self) -> tuple[str, str | None, str | None]:
        """Known again in another version, where facts may have moved up or down."""
        return (UNKNOWN, None, None) if self.path == UNKNOWN else (re.sub(r"\d+", "", self.path), self.old, self.new)


def find_corrections(paths: Iterable[Path | str], *, ledger: Ledger | None = None) -> list[Correction]:
    """What people changed in the records among the files and below the folders, record by record.

    Shape: `by` and `when` are author and date of the first commit that has the change; not committed: `WORKING_TREE`
    and null. Without the tool's version in git or the ledger: one entry with the path `UNKNOWN`.
    Errors: StoreError if a record cannot be read.
    """
    edited = [path for path in find(paths) if is_edited(load_record(path))]
    return [
        correction
        for path, history in read_histories(edited)
        for correction in _corrections_in(path, load_record(path), history, ledger)
    ]


def honoured(corrections: Iterable[Correction], fresh: Mapping[ArticleKey, Case]) -> list[tuple[Correction, Status]]:
    """Which corrections the newly made cases agree with; `fresh` by page_id and article_id.

    Shape: prose is held to the numbers that the correction brought in and took out, and to its words if there are none.
    """
    return [
        (correction, _status(correction, fresh.get((correction.page_id, correction.article_id))))
        for correction in corrections
    ]


def list_edits(old: Record, new: Record) -> Iterator[Edit]:
    """What differs between two versions of a record of one article, as far as the model is responsible for it.

    Shape: fields of the record, then what stands once in the case, then its facts; see `Edit`.
    """
    changes = compare_records(old, new)
    for change in changes:
        if change.path in _HEAD:
            yield Edit(f"$.{change.path}", _spelled(change.old), _spelled(change.new))
    before, after = _single_values(old.case), _single_values(new.case)
    for path, value in before.items():
        followed = any(before[other] != after[other] for other in _FOLLOWS.get(path, ()))
        if value != after[path] and not followed:
            yield Edit(path, value, after[path])
    same_rules = old.provenance.checks == new.provenance.checks
    of_facts = (change for change in changes if change.was or change.now)
    for path, of_one in groupby(of_facts, key=lambda change: change.fact_path.removeprefix("case.")):
        if "[" in path:
            yield from _edits_of_fact(path, list(of_one), same_rules=same_rules)


def _edits_of_fact(path: str, changes: Sequence[Change], *, same_rules: bool) -> Iterator[Edit]:
    """A fact added, taken out, or changed field by field."""
    was, now = changes[0].was, changes[0].now
    if not isinstance(was, Listed | None) or not isinstance(now, Listed | None):
        return
    if was is None or now is None:
        yield Edit(path, _summed_up(was), _summed_up(now), was, now)
        return
    fields = (*REPLY_LISTS[path.partition("[")[0]].model_fields, "quantity")
    changed = [field for field in fields if _value(was, field) != _value(now, field)]
    for field in changed:
        follows = any(other in changed for other in _FOLLOWS.get(field, ()))
        follows |= field == "quantity" and not same_rules
        follows |= field == "level" and isinstance(now, Actor) and now.level_from == "name"
        if not follows:
            yield Edit(f"{path}.{field}", _value(was, field), _value(now, field), was, now)


def _corrections_in(
    path: Path, record: Record, history: Sequence[Version], ledger: Ledger | None
) -> Iterator[Correction]:
    """The corrections of one edited record."""
    versions = list(_versions_of_same_writing(path, record, history))
    original = next((old for _, old in reversed(versions) if not is_edited(old)), None)
    original = original or _from_ledger(path, record, ledger)
    unknown = Edit(UNKNOWN, None, None)
    steps = [
        (version, {unknown.key, *(edit.key for edit in (list_edits(original, old) if original else ()))})
        for version, old in versions
        if is_edited(old)
    ]
    edits = list(list_edits(original, record)) if original else [unknown]
    for edit in edits or [Edit(UNKNOWN, None, "only what code fills in")]:
        first = next((version for version, keys in steps if edit.key in keys), None)
        by, when = (first.by, first.when) if first else (WORKING_TREE if versions else record.review.by, None)
        yield Correction(
            page_id=record.page_id,
            article_id=record.article_id,
            by=by,
            when=when,
            file=path.as_posix(),
            source=locate_page(record.provenance.source, path.absolute()).as_posix(),
            **edit._asdict(),
        )


def _versions_of_same_writing(
    path: Path, record: Record, history: Sequence[Version]
) -> Iterator[tuple[Version, Record]]:
    """The committed versions that carry the hash of the tool's writing which the record still carries."""
    for version in history:
        try:
            old = parse_bytes(version.content, Record, path)
        except BrokenRecordError:
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
    """What stands once in a case, by its path in the reply."""
    reply = as_reply(case)
    return {path: _spelled(look_up(reply, path)) for path in _SINGLE}


def _value(fact: Listed, field: str) -> str | None:
    """A field of a fact as words."""
    value = getattr(fact.evidence, field) if field in {"sents", "quote"} else getattr(fact, field, None)
    return _spelled(value)


def _spelled(value: object) -> str | None:
    """A value as a person reads it; null and an empty list are nothing."""
    if value in (None, (), []):
        return None
    if isinstance(value, Quantity):
        return f"{format_quantity(value)} ({value.approx.value})"
    if isinstance(value, tuple | list):
        return ", ".join(str(part) for part in value)
    return str(value)


def _summed_up(fact: Listed | None) -> str | None:
    """A whole fact in a few words."""
    if fact is None:
        return None
    number = fact.value_text if isinstance(fact, Result) else None
    return f"{fact_words(fact)} ({number})" if number else fact_words(fact)


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
        fact = correction.is_now or correction.was  # an added one has to be there, one taken out must not be
        is_there = fact is not None and any(says_same(fact, other) for other in facts)
        return Status.HONOURED if is_there == (correction.is_now is not None) else Status.LOST
    known = [fact for fact in (correction.is_now, correction.was) if fact is not None]
    best = max(facts, key=lambda fact: max(likeness(fact, one) for one in known), default=None)
    if best is None or max(likeness(best, one) for one in known) < ALIKE:
        return Status.GONE
    return _field_status(field, correction, best)


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
