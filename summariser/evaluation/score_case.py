"""How well an article was read: decision, theme, place, people, organisations; and how well its record stands.

Names count as the same if letters and digits agree. A name that the gold corrects may be spelled as the page misprints
it. What the record has besides the gold is an invention only if the article does not say it either. What a record says
of its own evidence is not taken for granted: the words are looked up again where it says they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from summariser.evaluation.figures import MissKind, Observation
from summariser.evaluation.gold import GoldArticle, GoldPerson, GoldRegion
from summariser.evaluation.pairing import Holding, Pair, Source, bare
from summariser.places.organisation import same_organisation
from summariser.places.place import resolve
from summariser.schema.case import Case, Finding, Place, Rule, Severity
from summariser.schema.codes import ActorRole, ResultKind, Support

_LIST: Final = re.compile("[与和及、]")
_SHORTEST_PART: Final = 4  # characters; anything shorter (总工会) is part of too many names
_TIERS: Final = ("exact", "folded", "fuzzy", "failed")
_INVENTED: Final = frozenset(rule.value for rule in Rule if rule.invents)


def score_case(pair: Pair) -> Iterator[Observation]:
    """What gold has, field by field; a missing record has nothing."""
    why = None if pair.record else pair.given.failure if pair.given else "no article shares a line with it"
    is_there = pair.record is not None
    yield from pair.subject.judge("records", "$", "a record", why, is_right=is_there, kind=MissKind.OMISSION)
    yield from _score_codes(pair)
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
        path, name, is_there = f"people[{index}]", person.name, bare(person.name) in text
        yield from subject.judge("people_invented", path, None, name, name, is_right=is_there)
        if bare(name) not in known:
            yield subject.counted("people_f1", 0, 1)
            yield subject.counted("people_precision", 0, 1)
            if is_there:
                yield subject.miss("people_f1", path, None, name, name, kind=MissKind.EXTRA)
    for index, actor in enumerate(record.case.actors):
        path, name, is_there = f"actors[{index}]", actor.name, bare(actor.name) in text
        yield from subject.judge("organisations_invented", path, None, name, name, is_right=is_there)


def score_record(holding: Holding, checked: tuple[Finding, ...]) -> Iterator[Observation]:
    """Everything about one record that needs no gold; `checked` is what the check of stored records says of it."""
    record, subject = holding.given.record, holding.subject
    if record is None:
        return
    yield from _score_evidence(holding, record.case)
    supported = [fact.supported for _, fact in record.case.facts()]
    yield subject.counted("facts_unsupported", supported.count(False), len(supported))
    grades = [fact.support for _, fact in record.case.facts()]
    for grade in (Support.WORDS, Support.SENTENCES, Support.ARTICLE):
        yield subject.counted(f"carried_by_{grade.value}", grades.count(grade), len(grades))
    kinds = [result.kind for result in record.case.results]
    yield subject.counted("results_other", kinds.count(ResultKind("other")), len(kinds))
    broken = [finding for finding in checked if finding.severity is not Severity.NOTICE]
    yield subject.counted("records_sound", not broken, 1)
    own = [finding for finding in record.findings if finding.severity is not Severity.NOTICE]
    for figure, findings in (("facts_unsupported", own), ("records_sound", broken)):
        for finding in findings:
            kind = MissKind.INVENTION if finding.rule in _INVENTED else MissKind.WRONG
            yield subject.miss(
                figure, finding.path, None, finding.message, Source(holding.given.entry.lines), kind=kind
            )
    yield subject.counted("needs_review", record.needs_review, 1)
    yield subject.counted("repaired", record.provenance.repairs > 0, 1)


def is_lead(name: str, gold: str, article: GoldArticle) -> bool:
    """Whether a name means the gold's lead: another form of it, one that holds it, or one of a list (X与Y)."""
    for each in {gold, article.as_printed(gold), *_LIST.split(gold)}:
        a, b = bare(name), bare(each)
        if same_organisation(name, each) or (min(len(a), len(b)) >= _SHORTEST_PART and (a in b or b in a)):
            return True
    return False


def _score_codes(pair: Pair) -> Iterator[Observation]:
    """Codes that are right or not, where gold has them, the lead among them; and themes as two coders gave them."""
    gold, case = pair.gold, pair.record.case if pair.record else None
    leads = [actor for actor in case.actors if actor.role is ActorRole.LEAD] if case else []
    level, printed = leads[0].level if leads else None, gold.as_printed(gold.lead_org or "")
    codes = (
        ("decision", "decision", gold.decision, case.decision if case else None, None),
        ("lead_level", "actors.level", gold.lead_level, level, gold.lead_org),
        ("primary_theme", "primary_theme", gold.primary_theme, case.primary_theme if case else None, None),
    )
    for figure, field, wanted, coded, words in codes:
        if wanted is not None:
            said = coded.value if coded else None
            yield from pair.subject.judge(figure, field, wanted.value, said, words, is_right=wanted == coded)
    if case and gold.primary_theme is not None:
        yield pair.subject.coded("primary_theme_alpha", [gold.primary_theme], [case.primary_theme])
        own = [case.primary_theme, *case.secondary_themes]
        yield pair.subject.coded("theme_set_alpha", [gold.primary_theme, *gold.secondary_themes], own)
    if gold.lead_org is not None:
        is_right = bool(leads) and is_lead(leads[0].name, gold.lead_org, gold)
        got = "、".join(actor.name for actor in leads) or None
        yield from pair.subject.judge("lead_organisation", "actors", gold.lead_org, got, printed, is_right=is_right)


def _score_place(pair: Pair) -> Iterator[Observation]:
    """The division at the level that gold tells; rightly none counts as right."""
    region, place = pair.gold.region, pair.record.case.place if pair.record else None
    gold = "".join(filter(None, (region.province, region.city, region.county))) or None
    got = (place.full_name or "".join(filter(None, (place.province, place.city, place.county)))) if place else None
    kind = None if gold or got else MissKind.OMISSION
    words = place.evidence.quote if place else region.finest
    is_right = pair.record is not None and _same_place(region, place)
    yield from pair.subject.judge("place", "place", gold, got or None, words, is_right=is_right, kind=kind)


def _same_place(region: GoldRegion, place: Place | None) -> bool:
    """Whether both name the same division and, below the table (zones), the same name."""
    if place is None or region.finest is None:
        return region.finest is None and (place is None or not (place.province or place.city or place.county))
    wanted = resolve(region.province, region.city, region.county)
    if wanted.code != place.code:
        return False
    names = bare(region.finest), bare(place.county or place.city or place.province)
    return wanted.reason is None or names[0] in names[1] or names[1] in names[0]


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
            yield pair.subject.miss("people_f1", "people", person.name, None, pair.gold.as_printed(person.name))


def _names(person: GoldPerson, gold: GoldArticle) -> set[str]:
    """How a person's name may be spelled."""
    names = (person.name, *person.aliases)
    return {bare(name) for name in (*names, *map(gold.as_printed, names))}


def _score_organisations(pair: Pair) -> Iterator[Observation]:
    """Each organisation of the gold is in the record, as printed and by another form of its name."""
    actors = pair.record.case.actors if pair.record else ()
    for name in pair.gold.orgs:
        spellings = (name, pair.gold.as_printed(name))
        is_strict = any(bare(spelling) == bare(actor.name) for spelling in spellings for actor in actors)
        is_found = is_strict or any(same_organisation(each, actor.name) for each in spellings for actor in actors)
        yield pair.subject.counted("organisations_strict", is_strict, 1)
        yield from pair.subject.judge("organisations", "actors", name, None, spellings[1], is_right=is_found)


def _score_evidence(holding: Holding, case: Case) -> Iterator[Observation]:
    """Each quoted word stands where the record says it does."""
    text = holding.given.article.text
    for path, fact in case.facts():
        evidence = fact.evidence
        if evidence is None or evidence.quote is None:
            continue
        stands = evidence.start is not None and text[evidence.start : evidence.end] == evidence.quote
        tier = evidence.match if stands else "failed"
        yield holding.subject.counted("evidence_located", tier in {"exact", "folded"}, 1)
        for each in _TIERS:
            yield holding.subject.counted(f"evidence_{each}", tier == each, 1)
        if tier == "failed":
            source = holding.subject.source(evidence.quote)
            kind = MissKind.WRONG if source.text else MissKind.INVENTION
            yield holding.subject.miss("evidence_located", f"{path}.evidence", None, evidence.quote, source, kind=kind)
