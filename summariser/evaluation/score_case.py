"""How well an article was read: decision, theme, place, people, organisations; what only gold has, and only the record.

Names count as the same if letters and digits agree. A name that the gold corrects may be spelled as the page misprints
it. What the record has besides the gold is an invention only if the article does not say it either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from summariser.evaluation.figures import MissKind, Observation
from summariser.evaluation.gold import GoldArticle, GoldPerson, GoldRegion
from summariser.evaluation.pairing import Holding, Pair, bare, source_of
from summariser.places.organisation import same_organisation
from summariser.places.place import resolve
from summariser.schema.case import Actor, Place
from summariser.schema.codes import ActorRole
from summariser.schema.record import Record

_LIST: Final = re.compile("[与和及、]")
_SHORTEST_PART: Final = 4  # characters; anything shorter (总工会) is part of too many names


def score_case(pair: Pair) -> Iterator[Observation]:
    """What gold has, field by field; a missing record has nothing."""
    yield pair.subject.counted("records", pair.record is not None, 1)
    if pair.record is None:
        why = pair.given.failure if pair.given else "no article shares a line with it"
        yield pair.subject.miss("records", "$", "a record", why, pair.source(None), kind=MissKind.OMISSION)
    yield from _score_codes(pair)
    yield from _score_themes(pair)
    yield from _score_place(pair)
    yield from _score_people(pair)
    yield from _score_organisations(pair)


def score_holding(holding: Holding) -> Iterator[Observation]:
    """What the record has of people and organisations that gold has not."""
    record, subject = holding.given.record, holding.subject
    if record is None:
        return
    text = bare("".join(each.article.text for each in holding.wanted) or holding.given.article.text)
    known = {name for each in holding.wanted for person in each.gold.people for name in _names(person, each.gold)}
    for index, person in enumerate(record.case.people):
        is_invented = bare(person.name) not in text
        yield subject.counted("people_invented", is_invented, 1)
        if bare(person.name) in known:
            continue
        yield subject.counted("people_f1", 0, 1)
        yield subject.counted("people_precision", 0, 1)
        source = source_of(holding.given.article, person.name)
        kind = MissKind.INVENTION if is_invented else MissKind.EXTRA
        figure = "people_invented" if is_invented else "people_f1"
        yield subject.miss(figure, f"people[{index}]", None, person.name, source, kind=kind)
    for index, actor in enumerate(record.case.actors):
        is_invented = bare(actor.name) not in text
        yield subject.counted("organisations_invented", is_invented, 1)
        if is_invented:
            source = source_of(holding.given.article, actor.name)
            yield subject.miss("organisations_invented", f"actors[{index}]", None, actor.name, source)


def leads(record: Record | None) -> tuple[Actor, ...]:
    """The organisations whose practice it is; by the codes there is one."""
    actors = record.case.actors if record else ()
    return tuple(actor for actor in actors if actor.role is ActorRole.LEAD)


def _score_codes(pair: Pair) -> Iterator[Observation]:
    """Codes that are right or not: the decision and the level of the lead, where gold has one."""
    case = pair.record.case if pair.record else None
    lead = next(iter(leads(pair.record)), None)
    codes = (
        ("decision", "decision", pair.gold.decision, case.decision if case else None, None),
        ("lead_level", "actors.level", pair.gold.lead_level, lead.level if lead else None, pair.gold.lead_org),
    )
    for figure, field, gold, got, words in codes:
        if gold is None:
            continue
        yield pair.subject.counted(figure, gold == got, 1)
        if gold != got:
            yield pair.subject.miss(figure, field, gold.value, got.value if got else None, pair.source(words))


def _score_themes(pair: Pair) -> Iterator[Observation]:
    """The primary theme, and the set of themes, where gold has them."""
    gold = pair.gold
    if gold.primary_theme is None:
        return
    case = pair.record.case if pair.record else None
    got = case.primary_theme if case else None
    yield pair.subject.counted("primary_theme", got == gold.primary_theme, 1)
    if got != gold.primary_theme:
        said = got.value if got else None
        yield pair.subject.miss("primary_theme", "primary_theme", gold.primary_theme.value, said, pair.source(None))
    if case:
        yield pair.subject.coded("primary_theme_alpha", [gold.primary_theme], [case.primary_theme])
        own = [case.primary_theme, *case.secondary_themes]
        yield pair.subject.coded("theme_set_alpha", [gold.primary_theme, *gold.secondary_themes], own)


def _score_place(pair: Pair) -> Iterator[Observation]:
    """The division at the level that gold tells; rightly none counts as right."""
    region = pair.gold.region
    place = pair.record.case.place if pair.record else None
    is_right = pair.record is not None and _same_place(region, place)
    yield pair.subject.counted("place", is_right, 1)
    if not is_right:
        gold = _joined(region.province, region.city, region.county)
        got = place and (place.full_name or _joined(place.province, place.city, place.county))
        kind = None if gold or got else MissKind.OMISSION
        words = place.evidence.quote if place else region.finest
        yield pair.subject.miss("place", "place", gold, got or None, pair.source(words), kind=kind)


def _same_place(region: GoldRegion, place: Place | None) -> bool:
    """Whether both name the same division and, below the table (zones), the same name."""
    if place is None or region.finest is None:
        return region.finest is None and (place is None or not (place.province or place.city or place.county))
    wanted = resolve(region.province, region.city, region.county)
    if wanted.code != place.code:
        return False
    if wanted.reason is None:
        return True
    names = bare(region.finest), bare(place.county or place.city or place.province)
    return names[0] in names[1] or names[1] in names[0]


def _joined(*names: str | None) -> str | None:
    return "".join(name for name in names if name) or None


def _score_people(pair: Pair) -> Iterator[Observation]:
    """Each person of the gold is in the record."""
    own = {bare(person.name) for person in pair.record.case.people} if pair.record else set()
    for person in pair.gold.people:
        is_found = bool(own & _names(person, pair.gold))
        yield pair.subject.counted("people_f1", 2 * is_found, 1 + is_found, 1)
        yield pair.subject.counted("people_recall", is_found, 1)
        if is_found:
            yield pair.subject.counted("people_precision", 1, 1)
        else:
            source = pair.source(pair.gold.as_printed(person.name))
            yield pair.subject.miss("people_f1", "people", person.name, None, source)


def _names(person: GoldPerson, gold: GoldArticle) -> set[str]:
    """How a person's name may be spelled."""
    names = (person.name, *person.aliases)
    return {bare(name) for name in (*names, *map(gold.as_printed, names))}


def _score_organisations(pair: Pair) -> Iterator[Observation]:
    """Each organisation of the gold is in the record, as printed and by another form of its name; and the lead."""
    actors = pair.record.case.actors if pair.record else ()
    for name in pair.gold.orgs:
        spellings = (name, pair.gold.as_printed(name))
        is_strict = any(bare(spelling) == bare(actor.name) for spelling in spellings for actor in actors)
        is_found = is_strict or any(same_organisation(each, actor.name) for each in spellings for actor in actors)
        yield pair.subject.counted("organisations_strict", is_strict, 1)
        yield pair.subject.counted("organisations", is_found, 1)
        if not is_found:
            yield pair.subject.miss("organisations", "actors", name, None, pair.source(spellings[1]))
    yield from _score_lead(pair, leads(pair.record))


def _score_lead(pair: Pair, found: Sequence[Actor]) -> Iterator[Observation]:
    gold = pair.gold.lead_org
    if gold is None:
        return
    is_right = bool(found) and is_lead(found[0].name, gold, pair.gold)
    yield pair.subject.counted("lead_organisation", is_right, 1)
    if not is_right:
        got = "、".join(actor.name for actor in found) or None
        yield pair.subject.miss("lead_organisation", "actors", gold, got, pair.source(pair.gold.as_printed(gold)))


def is_lead(name: str, gold: str, article: GoldArticle) -> bool:
    """Whether a name means the gold's lead: another form of it, one that holds it, or one of a list (X与Y)."""
    spellings = {gold, article.as_printed(gold), *_LIST.split(gold)}
    return any(same_organisation(name, each) or _holds(bare(name), bare(each)) for each in spellings)


def _holds(a: str, b: str) -> bool:
    """Whether one name is a part of the other."""
    return min(len(a), len(b)) >= _SHORTEST_PART and (a in b or b in a)
