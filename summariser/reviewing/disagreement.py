"""Where two coders of one record disagree, and the record that a third person settles between them.

Each coder has a copy of the record with corrections of their own. Both are compared as replies: facts are paired by
what they say, so that a fact which one coder took out or put in is one disagreement, not many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, Unpack, cast

from pydantic import JsonValue

from summariser.comparison import pair_positions
from summariser.errors import InputError
from summariser.records.check import as_reply
from summariser.records.corrected import RECORD_PATHS, STATEMENTS, fields_of, standing
from summariser.reviewing.amend import Draft, Who, make_correction, whole_fact
from summariser.reviewing.decisions import NOTHING, accept, value_at
from summariser.reviewing.differences import format_value
from summariser.schema.case import FACT_LISTS
from summariser.schema.codes import Decision
from summariser.schema.exchange import spell_path
from summariser.schema.page import Article
from summariser.schema.record import CorrectionReason, Record, Review

# ---- two coders


_LISTS: Final = (*FACT_LISTS, "beneficiaries")


class Disagreement(NamedTuple):
    """One value that two coders have differently.

    Shape: `path` is its place in the record of the first; of a fact that only the second has, its place there with a
    `+` before it. `one` and `other` are what each has, null where a coder has no such fact.
    """

    path: str
    one: JsonValue
    other: JsonValue


def list_disagreements(one: Record, other: Record) -> tuple[Disagreement, ...]:
    """Every value that two coders have differently, in the order of the record."""
    ours, theirs = (_as_tree(record) for record in (one, other))
    found = [Disagreement(path, value_at(one, path), value_at(other, path)) for path in RECORD_PATHS]
    for name, value in ours.items():
        if name not in _LISTS:
            found += _of_single(name, value, theirs[name])
    for name in _LISTS:
        found += _of_facts(name, ours[name], theirs[name], _paired(name, one, other))
    return tuple(each for each in found if each.one != each.other)


def settle(
    one: Record,
    other: Record,
    article: Article,
    sides: Mapping[str, str],
    names: tuple[str, str],
    **who: Unpack[Who],
) -> Record:
    """The record that follows the first of two coders but for the values in which the second was right.

    Shape: `sides` says `one` or `other` for the path of each disagreement. A value of the second is a correction whose
    note names both; which side was taken everywhere stands in the note of the review.
    Errors: InputError if a disagreement is left open, or both were not made from one record.
    """
    if one.provenance.content_sha256 != other.provenance.content_sha256:
        what = "the coders did not see the same record"
        raise InputError(what, path=one.article_id, next_step="Let both look at the record as it is now")
    open_ones = list_disagreements(one, other)
    if missing := [each.path for each in open_ones if sides.get(each.path) not in ("one", "other")]:
        raise InputError(f"not settled yet: {', '.join(missing)}", path=one.article_id)
    draft = Draft(one, article)
    numbers = {each.path: draft.facts.number(each.path) for each in open_ones}
    for each in open_ones:
        if sides[each.path] == "other":
            _take(draft, numbers[each.path], each, other, who | {"note": _tell(each, "other", names)})
    record = draft.settle().record
    told = "; ".join(_tell(each, sides[each.path], names) for each in open_ones)
    note = f"settled between {names[0]} and {names[1]}" + (f": {told}" if told else "")
    review = Review(state="open", by=who["by"], note=note)
    decided = record.model_copy(update={"review": review})
    if record.case.decision is not Decision.UNION_CASE and "rejected" in (one.review.state, other.review.state):
        return decided.model_copy(update={"review": review.model_copy(update={"state": "rejected"})})
    return accept(decided, by=who["by"])


def _take(draft: Draft, path: str, each: Disagreement, other: Record, who: Who) -> None:
    """Change the draft to the value of the second coder; `path` has the number that its fact keeps there."""
    is_new, goes = each.one is None and isinstance(each.other, dict), each.other is None and isinstance(each.one, dict)
    own = next((known for known in standing(other).values() if known.path == each.path), None)
    reason = own.reason if own else CorrectionReason.WRONG
    reason = CorrectionReason.MISSING if is_new else CorrectionReason.FALSE if goes else reason
    made = make_correction(path, None, reason, **who)
    if is_new:
        part = {"part_of": None} if each.path.startswith("+results") else {}  # it counts the facts of the other record
        fact = cast("dict[str, Any]", each.other) | part
        draft.answer(draft.add(each.path.removeprefix("+").partition("[")[0], fact, made), made)
    elif goes:
        draft.drop(path, made)
    else:
        made = made.model_copy(update={"printed": own.printed if own else None})
        draft.put(path, draft.facts.numbered(path, each.other), made)


def _tell(each: Disagreement, side: str, names: tuple[str, str]) -> str:
    """One disagreement in words: what was taken, and what the other had."""
    said = {"one": (names[0], each.one), "other": (names[1], each.other)}
    (taker, taken), (loser, left) = said[side], said["other" if side == "one" else "one"]
    said_taken, said_left = (format_value(value) or NOTHING for value in (taken, left))
    return f"{each.path}: {said_taken} ({taker}), not {said_left} ({loser})"


def _as_tree(record: Record) -> dict[str, Any]:
    """What a reply says, as JSON; a statement with its sentences in one."""
    tree: dict[str, Any] = as_reply(record.case).model_dump(mode="json", exclude={"more"})
    for name in STATEMENTS:
        tree[name] = whole_fact(tree, name)
        del tree[f"{name}_sents"]
    return tree


def _of_single(name: str, ours: Any, theirs: Any) -> Iterator[Disagreement]:
    """The disagreements about what stands once: field by field where both have it."""
    if not (isinstance(ours, dict) and isinstance(theirs, dict)):
        yield Disagreement(name, ours, theirs)
        return
    for field, value in ours.items():
        yield Disagreement(fields_of(name)[field], value, theirs[field])


def _paired(name: str, one: Record, other: Record) -> Mapping[int, int]:
    """Which fact of the second each fact of the first is."""
    ours, theirs = getattr(one.case, name), getattr(other.case, name)
    if name != "beneficiaries":
        return pair_positions(ours, theirs)
    places = {each.group: at for at, each in enumerate(theirs)}
    return {at: places[each.group] for at, each in enumerate(ours) if each.group in places}


def _of_facts(name: str, ours: list[Any], theirs: list[Any], pairs: Mapping[int, int]) -> Iterator[Disagreement]:
    """The disagreements about the facts of one list."""
    for at, fact in enumerate(ours):
        path = spell_path((name, at))
        if at not in pairs:
            yield Disagreement(path, fact, None)
            continue
        for field, value in fact.items():
            theirs_now = theirs[pairs[at]][field]
            if field == "part_of" and theirs_now is not None:
                theirs_now = next((mine for mine, their in pairs.items() if their == theirs_now), None)
            yield Disagreement(f"{path}.{field}", value, theirs_now)
    for at, fact in enumerate(theirs):
        if at not in pairs.values():
            yield Disagreement(f"+{spell_path((name, at))}", None, fact)
