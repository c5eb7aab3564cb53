"""Facts of two versions of a record or a reply, paired by what they are about and by where they stand in the page.

Position in the list means nothing. Equal facts are paired first; then the likest, down to a bound below which two facts
are no versions of each other. Words of the page say more than words of the model: the place of a number or a quote
joins two facts that are worded altogether differently.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from summariser.places.organisation import same_organisation
from summariser.schema.case import Action, Actor, Device, Employer, Evidence, Listed, Person, Relation, Result
from summariser.text import fold

ALIKE: Final = 0.45  # below it, two facts are two facts; see the weights of `likeness`
ONE_FACT: Final = 0.6  # above it, two facts without names and numbers say the same
Named = Actor | Employer | Person | Device | Relation
MAX_COMPARED: Final = 40_000  # pairs; a case has 25 results, and what has 200 others was not written by us


def pair_positions(old: Sequence[Listed], new: Sequence[Listed]) -> dict[int, int]:
    """Which of the old facts each new one was: position in the old list to position in the new."""
    waiting: dict[Listed, deque[int]] = defaultdict(deque)
    for k, now in enumerate(new):
        waiting[now].append(k)
    paired = {i: waiting[was].popleft() for i, was in enumerate(old) if waiting.get(was)}
    partners = set(paired.values())
    gone = [i for i in range(len(old)) if i not in paired]
    came = [k for k in range(len(new)) if k not in partners]
    likest = _likest([old[i] for i in gone], [new[k] for k in came])
    return paired | {gone[i]: came[k] for i, k in likest.items()}


def likeness(old: Listed, new: Listed) -> float:
    """How much two facts of one sort speak for being one: 0 not at all, 1 and more surely."""
    where = shared_place(old.evidence, new.evidence)
    if isinstance(old, Result) and isinstance(new, Result):
        return _result_likeness(old, new, where)
    if isinstance(old, Action) and isinstance(new, Action):
        return 0.5 * shared_words(old.text, new.text) + 0.55 * where + 0.05 * (old.theme is new.theme)
    if isinstance(old, Named) and isinstance(new, Named):
        if same_name(old, new):
            return 1 + 0.1 * where
        return 0.6 * shared_words(name_of(old), name_of(new)) + 0.5 * where + 0.25 * (_part(old) == _part(new))
    return 0.0


def same_name(one: Named, other: Named) -> bool:
    """Tell whether two names are one: organisations by their short forms too, all others letter by letter."""
    ours, theirs = name_of(one), name_of(other)
    return ours == theirs or _same_name(ours, theirs, of_organisations=isinstance(one, Actor | Employer))


def name_of(fact: Named) -> str:
    """The name that a fact is about."""
    return fact.to if isinstance(fact, Relation) else fact.name


def same_number(one: Result, other: Result) -> bool:
    """Tell whether two results give one number, whatever words carry it."""
    return _number(one) == _number(other)


def says_same(one: Listed, other: Listed) -> bool:
    """Two facts that a reader would call one: the same name, the same number or the same words of the page."""
    if isinstance(one, Named) and isinstance(other, Named):
        return same_name(one, other)
    if isinstance(one, Result) and isinstance(other, Result) and (one.value_text or other.value_text):
        return same_number(one, other) and shared_place(one.evidence, other.evidence) > 0
    return likeness(one, other) >= ONE_FACT


def _part(fact: Named) -> tuple[str, str]:
    """What somebody does in an article, whoever it is; who has neither role nor title is told apart by name alone."""
    match fact:
        case Actor():
            return fact.role, fact.org_type
        case Person():
            return fact.title or fact.name, fact.kind
        case Relation():
            return fact.to, fact.kind
    return fact.name, ""


def _number(result: Result) -> object:
    quantity = result.quantity
    if quantity is None:
        return result.value_text
    return quantity.value, quantity.min, quantity.max, quantity.unit, quantity.per, quantity.approx


def _likest(old: Sequence[Listed], new: Sequence[Listed]) -> dict[int, int]:
    """Pairs of positions, the likest first; among equals those that stand nearest to each other."""
    if len(old) * len(new) > MAX_COMPARED:
        return {}
    scored = sorted((-likeness(was, now), abs(i - k), i, k) for i, was in enumerate(old) for k, now in enumerate(new))
    taken: dict[int, int] = {}
    partners: set[int] = set()
    for unlikeness, _, i, k in scored:
        if -unlikeness >= ALIKE and i not in taken and k not in partners:
            taken[i] = k
            partners.add(k)
    return taken


def _result_likeness(old: Result, new: Result, where: float) -> float:
    """Kind, subject, words; and the number: what it is, and where it stands."""
    words, kind = shared_words(old.text, new.text), 0.1 * (old.kind is new.kind)
    if old.quantity is None or new.quantity is None:
        return 0.5 * words + 0.4 * where + kind
    subject = 0.15 * (old.subject is not None and old.subject == new.subject)
    value = 0.2 * (old.quantity.value == new.quantity.value and old.quantity.unit == new.quantity.unit)
    spot = _overlap((old.quantity.start, old.quantity.end), (new.quantity.start, new.quantity.end))
    if not where:
        spot = 0.0  # an offset alone means nothing: the article may have shifted
    return 0.3 * words + kind + subject + value + 0.3 * spot + 0.1 * where


def shared_place(old: Evidence, new: Evidence) -> float:
    """How much of the page's words two facts share, from 0 to 1."""
    if old.quote is not None and old.quote == new.quote:
        return 1.0
    if old.start is not None and old.end is not None and new.start is not None and new.end is not None:
        return _overlap((old.start, old.end), (new.start, new.end))
    return 0.5 if set(old.sents) & set(new.sents) else 0.0


def _overlap(span: tuple[int, int], other: tuple[int, int]) -> float:
    """The share of the shorter span that lies in the other."""
    shorter = min(span[1] - span[0], other[1] - other[0])
    shared = min(span[1], other[1]) - max(span[0], other[0])
    return max(shared, 0) / shorter if shorter > 0 else 0.0


def shared_words(old: str, new: str) -> float:
    """Likeness of two texts by their pairs of characters, from 0 to 1."""
    if old == new:
        return 1.0
    ours, theirs = _bigrams(old), _bigrams(new)
    return 2 * len(ours & theirs) / (len(ours) + len(theirs))


@lru_cache(maxsize=4096)
def _same_name(one: str, other: str, *, of_organisations: bool) -> bool:
    return same_organisation(one, other) if of_organisations else fold(one).text == fold(other).text


@lru_cache(maxsize=4096)
def _bigrams(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(len(text) - 1)) or frozenset({text})
