"""What an article tells and about whom, each fact by words that stand in it: results, organisations, firms, people.

The number of a result is read again by code from the words that carry it, with its change, period and speaker.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

from summariser.numbers.change import read_change
from summariser.numbers.quantity import find_quantities, quantity_at, unread_numerals
from summariser.numbers.time import read_time
from summariser.pages.article import read_byline
from summariser.places import is_union, level_of, seat_of
from summariser.records.evidence import (
    ANYWHERE,
    ArticleCheck,
    Checked,
    Found,
    Wanted,
    cited_spans,
    format_numbers,
    ground,
    phrase_around,
    shared_phrases,
    with_added,
)
from summariser.reply import ReplyActor, ReplyEmployer, ReplyPerson, ReplyResult
from summariser.schema.case import (
    Actor,
    Claim,
    Employer,
    Evidence,
    Finding,
    Period,
    Person,
    Place,
    Result,
    Rule,
    SpanOf,
    shorten,
)
from summariser.schema.codes import (
    LEVEL_RANK,
    OWNERSHIP_WORDS,
    Claimant,
    OrgType,
    Ownership,
    PersonKind,
    ResultStatus,
    Support,
)
from summariser.schema.page import Span
from summariser.schema.quantity import Change, Quantity, UnitClass
from summariser.text import find_all, fold

_FRAMING = frozenset({UnitClass.STRUCTURE, UnitClass.DURATION})  # what parts there are, and how long it took
_TO_COME: Final = (ResultStatus.PLANNED, ResultStatus.TARGET)
_SPEAKERS: Final[dict[OrgType | PersonKind, Claimant]] = {
    **dict.fromkeys((OrgType.EMPLOYER, PersonKind.MANAGER), Claimant.EMPLOYER),
    **dict.fromkeys((OrgType.GOVERNMENT, OrgType.PARTY_YOUTH_ORG, PersonKind.OFFICIAL), Claimant.GOVERNMENT),
    **dict.fromkeys((PersonKind.WORKER, PersonKind.MODEL_WORKER), Claimant.WORKER),
    **dict.fromkeys((OrgType.EXPERT_TEAM, OrgType.SCHOOL, PersonKind.EXPERT), Claimant.EXPERT),
    PersonKind.UNION_CADRE: Claimant.UNION,
}
_FIELDS: Final[
    tuple[tuple[SpanOf, str, bool], ...]
] = (  # what of a result is copied, the field it stands in, and whether it must stand where it is cited
    ("value", "value_text", True),
    ("subject", "subject", False),
    ("before", "before_text", True),
    ("period", "period_text", False),
    ("claimant", "claimant", False),
)


def check_results(
    results: Sequence[ReplyResult], check: ArticleCheck, speakers: Sequence[Person | Actor] = ()
) -> list[Checked[Result]]:
    """Results with their places in the page and their numbers, in the order given.

    Shape: results with the same words take the places of these words one after the other, or those that their subjects
    stand beside. `speakers` are the people and organisations of the case, who may be those that say a result.
    """
    checked: list[Checked[Result]] = []
    taken = defaultdict[str | None, set[Span]](set)  # by the words
    known: dict[tuple[object, ...], int] = {}
    for index, result in enumerate(results):
        path = f"results[{index}]"
        fact, findings = _check_result(result, path, check, taken[result.value_text], speakers)
        if result.part_of is not None and 0 <= result.part_of < index:
            fact = _reckon_as(fact, checked[result.part_of].fact)
        if (again := known.setdefault(fact.identity, index)) != index:
            message = f"This is results[{again}] once more; a fact that is given twice is kept once."
            findings = (*findings, Rule.FACT_REPEATED.at(path, message))
        taken[result.value_text] |= {Span(fact.quantity.start, fact.quantity.end)} if fact.quantity else set()
        checked.append(Checked(fact, findings))
    return checked


def _reckon_as(part: Result, total: Result) -> Result:
    """A part of a total that is reckoned by something, by the same: 每年48万元，其中18万元 is 18万元 a year.

    Shape: where both stand in one sentence and count the same.
    """
    own, whole = part.quantity, total.quantity
    if not (own and whole and whole.per and own.per is None and own.unit_class is whole.unit_class):
        return part
    if not set(part.evidence.sents) & set(total.evidence.sents):
        return part
    return part.model_copy(update={"quantity": own.model_copy(update={"per": whole.per})})


def read_number(words: str | None, found: Found | None, path: str, check: ArticleCheck) -> Checked[Quantity | None]:
    """The quantity that copied words carry in the page, and what is wrong with them; none without words."""
    if words is None or found is None or found.span is None:
        return Checked(None, ())
    if path in check.printed:
        return _corrected(words, found.span, path)
    return _quantity_in(found.span, shorten(words), path, check)


def _check_result(
    result: ReplyResult, path: str, check: ArticleCheck, taken: Collection[Span], speakers: Sequence[Person | Actor]
) -> Checked[Result]:
    """One result: each of its words looked up, its numbers read."""
    wanted = Wanted(result.subject, taken)
    found: dict[SpanOf, Found] = {}
    for of, field, is_strict in _FIELDS:
        if (words := getattr(result, field)) is not None:
            among = wanted if of == "value" else ANYWHERE
            found[of] = check.find(words, result.sents, f"{path}.{field}", among=among, strict=is_strict)
    value = read_number(result.value_text, found.get("value"), f"{path}.value_text", check)
    before = read_number(result.before_text, found.get("before"), f"{path}.before_text", check)
    findings = [
        *(finding for each in found.values() for finding in each.findings),
        *check.prose(result.text, f"{path}.text"),
        *(value.findings or _unsaid_number(result, path)),
        *before.findings,
    ]
    numbers = {
        "quantity": value.fact,
        "before": before.fact,
        "change": _change(value.fact, before.fact, found.get("value"), check),
    }
    period, claimant = _period(result, check), _claim(result.claimant, speakers)
    rest = {"period": period, "claimant": claimant, "evidence": _evidence(result, found, check)}
    return ground(Result, result, Support.SENTENCES, findings, **numbers, **rest)


def _evidence(result: ReplyResult, found: dict[SpanOf, Found], check: ArticleCheck) -> Evidence:
    """Where a result stands: the phrases around its number, or what its text shares with the cited sentences."""
    text, places = check.article.text, {of: each.span for of, each in found.items() if each.span}
    added = tuple(sorted({number for each in found.values() for number in each.added}))
    spans = list(places.items())
    value = found.get("value")
    if value is None or value.span is None:
        whole = Found(None, value.match, added, ()) if value else None
        cited = cited_spans(check.article, sorted(set(result.sents)))
        phrases = [("text", phrase) for phrase in shared_phrases(text, result.text, cited)]
        return check.evidence(result.sents, whole, added=added, spans=[*spans, *(phrases if value is None else ())])
    number = check.article.sentence_at(value.span.start)
    sentence = cited_spans(check.article, [number])[0]
    others = [places[of] for of in ("subject", "before") if of in places]
    quote = phrase_around(text, value.span, others, sentence)
    return check.evidence(result.sents, value._replace(span=quote, added=added), spans=spans)


def _change(value: Quantity | None, before: Quantity | None, found: Found | None, check: ArticleCheck) -> Change | None:
    """What became of a number, from the number before or from the words beside it."""
    if value is None or found is None or found.span is None:
        return None
    text, number = check.article.text, check.article.sentence_at(found.span.start)
    (sentence,) = cited_spans(check.article, [number])
    last = text.rfind(value.raw, sentence.start, value.start)
    start = sentence.start if last < 0 else last + len(value.raw)
    words = text[start : value.start] + value.raw + text[value.end : sentence.end]  # a misprint as it was corrected
    return read_change(before, value, words)


def _period(result: ReplyResult, check: ArticleCheck) -> Period | None:
    """The time of a number, dated where its words and the date of the issue allow it."""
    if not result.period_text:
        return None
    span = read_time(result.period_text, check.issued, announced=result.status in _TO_COME)
    return Period.made_of(span, text=result.period_text)


def _claim(name: str | None, speakers: Sequence[Person | Actor]) -> Claim | None:
    """Who says a result, where the article names somebody."""
    return None if name is None else Claim(name=name, kind=_speaker_kind(name, speakers))


def _speaker_kind(name: str, speakers: Sequence[Person | Actor]) -> Claimant:
    """What sort of speaker a printed name is, by the people and organisations of the case that bear it."""
    for speaker in speakers:
        if speaker.name in name or name in speaker.name:
            if isinstance(speaker, Actor) and is_union(speaker.name):
                return Claimant.UNION
            return _SPEAKERS.get(speaker.org_type if isinstance(speaker, Actor) else speaker.kind, Claimant.OTHER)
    return Claimant.UNION if is_union(name) else Claimant.OTHER


def _unsaid_number(result: ReplyResult, path: str) -> tuple[Finding, ...]:
    """A number that the text has and whose words were not copied."""
    if result.value_text is not None or all(q.unit_class in _FRAMING for q in find_quantities(result.text)):
        return ()
    return (Rule.VALUE_MISSING.at(f"{path}.value_text", "The text has a number; copy its words."),)


def _corrected(words: str, span: Span, path: str) -> Checked[Quantity | None]:
    """The number that a person put in the place of a misprint; it stands where the misprint does."""
    read = find_quantities(words)
    if len(read) != 1:
        message = f"“{words}” must hold one number that code can read."
        return Checked(None, (Rule.NUMBER_UNREADABLE.at(path, message),))
    return Checked(read[0].model_copy(update={"start": span.start, "end": span.end}), ())


def _quantity_in(span: Span, said: str, path: str, check: ArticleCheck) -> Checked[Quantity | None]:
    """The one quantity of a span of the article; `said` is what the model calls it."""
    text = check.article.text
    inside = [each for each in check.facts.quantities if each.start < span.end and each.end > span.start]
    pointed = None if any(quantity.unit for quantity in inside) else quantity_at(text, *span)
    if not inside and not pointed:
        message = f"“{said}” holds no number that code can read; copy the words with the number, or null."
        return Checked(None, (Rule.NUMBER_UNREADABLE.at(path, message),))
    named = ", ".join(
        f"“{text[start:end]}”"
        for start, end in unread_numerals(text, *span)
        if not (pointed and pointed.start <= start and end <= pointed.end)
    )
    if named:
        message = f"Code does not read {named} in or beside “{said}”; a number that is read in part is none."
        return Checked(None, (Rule.NUMBER_UNREAD.at(path, message),))
    if pointed:
        return Checked(pointed, ())
    if len(inside) > 1:  # leave out what only frames the number: structural counts and the length of the period
        inside = [quantity for quantity in inside if quantity.unit_class not in _FRAMING] or inside
    if len(inside) > 1:
        numbers = ", ".join(f"“{quantity.raw}”" for quantity in inside)
        message = f"“{said}” holds {len(inside)} numbers ({numbers}); write one result for each."
        return Checked(None, (Rule.SEVERAL_NUMBERS.at(path, message),))
    return Checked(inside[0], _cut_words(inside[0], span, path, text))


def _cut_words(quantity: Quantity, span: Span, path: str, text: str) -> tuple[Finding, ...]:
    """Words of the number that `value_text` leaves out: its unit, or what makes it approximate.

    What follows a number without a unit is only the noun it counts (百万职工) and may be left out; so may what leaves
    the same quantity (十几堂 of 十几堂课).
    """
    start, end = max(span.start, quantity.start), min(span.end, quantity.end)
    before = text[quantity.start : start].strip()
    behind = text[end : quantity.end].strip() if quantity.unit else ""
    if not before and not behind:
        return ()
    rest = find_quantities(text[start:end])
    same = ("value", "min", "max", "unit_class", "approx")
    if len(rest) == 1 and "/" not in quantity.raw and all(getattr(rest[0], x) == getattr(quantity, x) for x in same):
        return ()
    message = f"The page prints “{quantity.raw}”; copy all of it, “{before or behind}” included."
    return (Rule.VALUE_CUT.at(path, message),)


_EMPLOYER_FIELDS: Final[tuple[tuple[SpanOf, str, bool], ...]] = (  # as in results: the number must stand as cited
    ("industry", "industry", False),
    ("size", "size_text", True),
)
_TITLE_JOINTS: Final = re.compile(r"[、，,;；和及]")
_INNER_SPACE: Final = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")


def check_actor(actor: ReplyActor, path: str, place: Place | None, check: ArticleCheck) -> Checked[Actor]:
    """An organisation: its name must stand in the article; its level and division are read from the name."""
    name = _joined(actor.name)
    found = _find_name(name, actor.sents, f"{path}.name", check)
    where = {part: getattr(place, part, None) for part in ("province", "city", "county")}
    level = level_of(name, **where)
    has_seat = is_union(name) or LEVEL_RANK[level or actor.level] is not None  # a firm has a name, and no seat in it
    seat = seat_of(name, place.code if place else None) if has_seat else None
    return ground(
        Actor,
        actor,
        Support.WORDS,
        found.findings,
        name=name,
        full_name=seat.full_name if seat else None,
        level=level or actor.level,
        rank=LEVEL_RANK[level or actor.level],
        level_from="name" if level else "model",
        code=seat.code if seat else None,
        evidence=check.evidence(actor.sents, found),
    )


def check_employer(employer: ReplyEmployer, path: str, check: ArticleCheck) -> Checked[Employer]:
    """A firm: its name, its business and the words for its size and its ownership must stand in the article."""
    name = _joined(employer.name)
    found = check.find(name, employer.sents, f"{path}.name")
    details: dict[SpanOf, Found] = {
        of: check.find(words, employer.sents, f"{path}.{field}", strict=is_strict)
        for of, field, is_strict in _EMPLOYER_FIELDS
        if (words := getattr(employer, field)) is not None
    }
    if employer.ownership is not None:
        details["ownership"] = _find_ownership(employer.ownership, employer.sents, f"{path}.ownership", check)
    size = read_number(employer.size_text, details.get("size"), f"{path}.size_text", check)
    mentions = (found, *details.values())
    findings = [*(finding for each in mentions for finding in each.findings), *size.findings]
    spans = [(of, each.span) for of, each in details.items() if each.span]
    evidence = check.evidence(employer.sents, with_added(found, details.values()), spans=spans)
    return ground(Employer, employer, Support.WORDS, findings, name=name, size=size.fact, evidence=evidence)


def _find_ownership(ownership: Ownership, sents: Sequence[int], path: str, check: ArticleCheck) -> Found:
    """The words of a cited sentence that say whose a firm is; a name is no reason to guess it."""
    words = OWNERSHIP_WORDS[ownership]
    for sentence in cited_spans(check.article, sents):
        folded = fold(check.article.text[slice(*sentence)])
        for word in words:
            for at in find_all(word, folded.text):
                start, end = folded.to_original(at, at + len(word))
                return Found(Span(sentence.start + start, sentence.start + end), "exact", (), ())
    message = f"Sentence {format_numbers(sents)} prints none of {'、'.join(words)}; cite the one that does, or null."
    return Found(None, "failed", (), (Rule.OWNERSHIP_NOT_PRINTED.at(path, message),))


def check_person(person: ReplyPerson, path: str, check: ArticleCheck) -> Checked[Person]:
    """A person: name and title must stand in the article, and reporters are not people of the article."""
    name = _joined(person.name)
    found = _find_name(name, person.sents, f"{path}.name", check)
    titles = _find_title(person, f"{path}.title", check)
    findings = [*found.findings, *(finding for each in titles for finding in each.findings)]
    if name in read_byline(check.article.text):
        message = f"“{name}” is named in the byline; reporters and photographers are left out."
        findings.append(Rule.PERSON_IS_REPORTER.at(f"{path}.name", message))
    spans: list[tuple[SpanOf, Span]] = [("title", each.span) for each in titles if each.span]
    evidence = check.evidence(person.sents, with_added(found, titles), spans=spans)
    return ground(Person, person, Support.WORDS, findings, name=name, evidence=evidence)


def _find_title(person: ReplyPerson, path: str, check: ArticleCheck) -> list[Found]:
    """A title may be put together from several places of the article; each part must stand in one."""
    if not person.title:
        return []
    whole = check.find(person.title, person.sents, path)
    parts = [part for part in _TITLE_JOINTS.split(person.title) if part.strip()]
    if whole.span or len(parts) < 2:
        return [whole]
    return [check.find(part, person.sents, path) for part in parts]


def _joined(name: str) -> str:
    """A name without what a line break or OCR left in it; the evidence keeps what is printed."""
    return _INNER_SPACE.sub("", name)


def _find_name(name: str, sents: Sequence[int], path: str, check: ArticleCheck) -> Found:
    """A name; a union may be written out where the page shortens it (某市总 for 某市总工会)."""
    found = check.find(name, sents, path)
    if found.span or not name.endswith("总工会"):
        return found
    short = check.find(name.removesuffix("工会"), sents, path)
    return short if short.span else found
