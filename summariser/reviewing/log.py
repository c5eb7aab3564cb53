"""The log of a record's corrections: one put in, so that the model's first value stays; see `records/corrected.py`."""

from __future__ import annotations

from pydantic import JsonValue

from summariser.records.corrected import fact_of, is_of_reply, lift, read_path, standing
from summariser.schema.record import Correction

Log = tuple[Correction, ...]


def recorded(log: Log, made: Correction, before: JsonValue) -> Log:
    """The log with a correction of something that stands, where `before` stood.

    Shape: an earlier one of the same place goes, and the model's value is taken from it, but for one whose total is
    gone. Nothing is kept of a value that is the model's again. A field of a fact that a person put in is kept in that
    fact, unless it is a misprint.
    """
    owner = None if isinstance(made.value, dict) else owner_of(log, made.path)
    known = number_of(log, made.path, besides=owner)
    if known is not None:
        log, old = lift(log, known)
        before, owner = old.model, None if owner is None else owner_of(log, made.path)
    if owner is not None and made.printed is None:
        return _kept_in_owner(log, owner, made)
    before = before if owner is None else None
    if made.value == before and made.printed is None:
        return log
    return (*log, made.model_copy(update={"model": before}))


def number_of(log: Log, path: str, *, besides: int | None = None) -> int | None:
    """The number of the correction of something that stands; None if there is none but that one."""
    found = (k for k, each in standing(log).items() if each.path == path and k != besides and not lacks_total(log, k))
    return next(found, None)


def lacks_total(log: Log, number: int) -> bool:
    """Whether the model had made a result part of one that was taken out since, so that its value means nothing now."""
    return log[number].path.endswith(".part_of") and standing(log)[number].model is None is not log[number].model


def numbers_of_fact(log: Log, path: str) -> list[int]:
    """The numbers of the corrections of what a fact says, as it stands."""
    return [k for k, each in standing(log).items() if is_of_reply(each.path) and fact_of(each.path) == path]


def owner_of(log: Log, path: str) -> int | None:
    """The number of the correction that put in the fact to which a place belongs; None for a fact of the model's."""
    fact = fact_of(path)
    if not fact or not is_of_reply(path):
        return None
    return next((k for k, each in standing(log).items() if each.path == fact and isinstance(each.value, dict)), None)


def key_of(path: str) -> str:
    """The field of a fact that a place in the reply is: of a problem its text or its sentences."""
    spot = read_path(path)
    return spot.field or ("sents" if spot.name.endswith("_sents") else "text")


def _kept_in_owner(log: Log, owner: int, made: Correction) -> Log:
    """The log with a field of a fact that a person put in, kept with the fact; its misprints follow it."""
    others = [number for number in numbers_of_fact(log, standing(log)[owner].path) if number != owner]
    kept: list[Correction] = []
    for number in reversed(others):
        log, entry = lift(log, number)
        kept.insert(0, entry)
        owner -= number < owner
    log, fact = lift(log, owner)
    assert isinstance(fact.value, dict)
    changed = {"value": fact.value | {key_of(made.path): made.value}, "by": made.by, "date": made.date}
    return (*log, fact.model_copy(update=changed), *kept)
