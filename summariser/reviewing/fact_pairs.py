"""Facts of two versions of a case, paired by what they say and where in the article it stands.

Position alone decides nothing: a fact put in before all others is one addition, not a change of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

from summariser.matching.text import fold
from summariser.places.organisation import same_organisation
from summariser.schema.case import Action, Actor, Evidence, Person, Result

ListedFact = Actor | Person | Action | Result

ONE_FACT: Final = 1.2  # least likeness of two facts that are one fact; found by trial on corrected and repaired records


def pair_facts(old: Sequence[ListedFact], new: Sequence[ListedFact]) -> dict[int, int]:
    """Which old fact each new one was, by position; the likest pairs first, and none below `ONE_FACT`."""
    scores = sorted(
        ((likeness(was, now) + 0.3 * (i == k), -k, -i) for i, was in enumerate(old) for k, now in enumerate(new)),
        reverse=True,
    )
    pairs: dict[int, int] = {}
    for score, k, i in scores:
        if score >= ONE_FACT and -k not in pairs and -i not in pairs.values():
            pairs[-k] = -i
    return pairs


def likeness(a: ListedFact, b: ListedFact) -> float:
    """How far two facts are one: 10 if they are equal, below 1 if they have little in common."""
    if a == b:
        return 10.0
    if isinstance(a, Actor | Person) and isinstance(b, Actor | Person):
        if same_name(a, b):
            return 4.0
        return 2 * _ratio(a.name, b.name) + 0.5 * overlap(a.evidence, b.evidence) + (_part(a) == _part(b))
    if isinstance(a, Action | Result) and isinstance(b, Action | Result):
        like = 2 * overlap(a.evidence, b.evidence) + 2 * _ratio(a.text, b.text)
        if isinstance(a, Result) and isinstance(b, Result):
            like += 2 * (number_of(a) == number_of(b))
        return like
    return 0.0


def same_name(a: Actor | Person, b: Actor | Person) -> bool:
    """Tell whether two names are one: organisations by their short forms too, people letter by letter."""
    if isinstance(a, Actor):
        return same_organisation(a.name, b.name)
    return fold(a.name).text == fold(b.name).text


def _part(fact: Actor | Person) -> tuple[str | None, str]:
    """What somebody does in an article, whoever it is."""
    return (fact.role, fact.org_type) if isinstance(fact, Actor) else (fact.title, fact.kind)


def overlap(a: Evidence, b: Evidence) -> float:
    """Share of the words that two pieces of evidence have in common, 0 to 1."""
    if a.start is None or a.end is None or b.start is None or b.end is None:
        return _ratio(a.quote or "", b.quote or "")
    common = min(a.end, b.end) - max(a.start, b.start)
    return max(common, 0) / max(a.end - a.start, b.end - b.start, 1)


def _ratio(a: str, b: str) -> float:
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


def number_of(result: Result) -> object:
    """The number of a result, whatever words carry it."""
    quantity = result.quantity
    if quantity is None:
        return result.value_text
    return quantity.value, quantity.min, quantity.max, quantity.unit, quantity.per, quantity.approx


def says_same(a: ListedFact, b: ListedFact) -> bool:
    """Two facts that a reader would call one: the same name, the same number or the same words of the page."""
    if isinstance(a, Actor | Person) and isinstance(b, Actor | Person):
        return same_name(a, b)
    if isinstance(a, Result) and isinstance(b, Result) and (a.value_text or b.value_text):
        return number_of(a) == number_of(b) and overlap(a.evidence, b.evidence) > 0
    return likeness(a, b) >= 2.5
