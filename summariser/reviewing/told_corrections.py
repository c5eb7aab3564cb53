"""Which changes between two versions of a record are a person's corrections, so that each is told once.

What follows from a correction is not told: the number that code reads from corrected words, the findings about them,
dates that follow from another date of the issue, the text of moved lines and the numbers of its sentences.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from pydantic import JsonValue

from summariser.comparison.changes import Change, ChangeKind
from summariser.errors import InputError
from summariser.records.corrected import LINES, OF_RECORD, SUPPORT, fact_of, read_path, shift_of, standing
from summariser.schema.case import BeneficiaryGroup, Claim, Fact, Period, fact_words
from summariser.schema.record import Correction, CorrectionReason, Record

_OF_LINES: Final = {"lines", "text", "case.policy_frames", "case.theme_sents", "case.status_sents"}
_DATES: Final = {"edtf", "start", "end"}


class ToldCorrection(NamedTuple):
    """A correction that one version of a record has and the other has not.

    Shape: `path` as in changes (`case.results[2].value_text`); `fact` is the fact around it, as it stands or stood.
    """

    path: str
    old: str | None
    new: str | None
    printed: str | None
    by: str
    fact: Fact | None


def tell_corrections(old: Record, new: Record, changes: Sequence[Change]) -> tuple[list[ToldCorrection], list[Change]]:
    """The corrections that are new, and the changes that neither are nor follow from one.

    Shape: that a person answers for a fact is told where nothing of the fact was changed.
    """
    now, known = standing(new.corrections), list(old.corrections)
    told: list[ToldCorrection] = []
    rest = list(changes)
    for number, entry in enumerate(new.corrections):
        if entry in known or (entry.path.endswith(f".{SUPPORT}") and entry.reason is not CorrectionReason.CONFIRMED):
            continue
        try:
            each, fact = now.get(number, entry), fact_of(entry.path)
        except InputError:  # the record is untrusted: a correction of nothing explains nothing
            continue
        shift = shift_of(entry)
        mine = _taken_out(rest, entry) if shift and shift.step < 0 else _of_place(rest, each)
        rest = [change for change in rest if not any(change is one for one in mine)]
        around = next((change.now or change.was for change in mine if change.now or change.was), None)
        path = each.path if each.path in OF_RECORD else f"case.{each.path}"
        told.append(ToldCorrection(path, say_value(each.model), say_value(each.value), each.printed, each.by, around))
        if fact and shift is None and around is None:
            stands = dict(new.case.facts()).get(fact_of(each.path))
            told[-1] = told[-1]._replace(fact=stands)
    return told, rest


def say_value(value: JsonValue) -> str | None:
    """What a correction keeps, as a person reads it: of a whole fact its words, of a verdict its grade."""
    if value is None or value == []:
        return None
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if not isinstance(value, dict):
        return str(value)
    words = next((value[name] for name in ("text", "name", "to", "group", "support") if value.get(name)), None)
    words = words or "".join(str(value[name]) for name in ("province", "city", "county") if value.get(name))
    number = value.get("value_text")
    return f"{words} ({number})" if number else str(words)


def _of_place(changes: Iterable[Change], correction: Correction) -> list[Change]:
    """The changes of what a correction is about: its fact, its field, what another date of the issue dates anew."""
    if correction.path == LINES:
        return [change for change in changes if _is_of_lines(change)]
    if correction.path in OF_RECORD:
        top = correction.path.partition(".")[0]
        dated = correction.path == "source.issue_date"
        return [change for change in changes if change.path == top or (dated and _is_date(change))]
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
