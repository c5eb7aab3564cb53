"""A reply against its article: what the model claims becomes a `Case` whose every fact was looked up by code.

Three kinds of finding. Structural: the reply cannot be used (a cited sentence that does not exist); the model is asked
again or the article fails. Unsupported: the page does not bear a fact out; the fact stays, marked. Notice: worth a
look. All of them are collected before anybody is told, because a model mends a reply better when it sees everything at
once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from summariser.checks.evidence import Grounded, ground_mention, ground_sentences, notice, shorten, unsupported
from summariser.checks.prose import ArticleFacts, check_chinese, check_english, collect_facts
from summariser.errors import InvalidReply
from summariser.matching.text import fold, locate
from summariser.numbers.quantity import find_quantities, quantity_at
from summariser.numbers.time import read_time
from summariser.pages.article import read_byline
from summariser.places.organisation import is_union, level_of
from summariser.places.place import resolve
from summariser.reply import parse_reply, structural
from summariser.schema.case import (
    Action,
    Actor,
    Case,
    CaseReply,
    Finding,
    Person,
    Place,
    ReplyAction,
    ReplyActor,
    ReplyPerson,
    ReplyPlace,
    ReplyResult,
    Result,
    Severity,
    Statement,
    Time,
)
from summariser.schema.codes import POLICY_FRAME_WORDS, THEME_FUNCTION, ActorRole, Decision, Theme
from summariser.schema.page import Article, Span
from summariser.schema.quantity import Quantity, UnitClass

CHECKS_VERSION = "2"  # raised when a rule here, in text.py or in quantity.py changes what a stored reply would become

_LIMITS = {"actors": 12, "people": 12, "actions": 8, "results": 25, "secondary_themes": 2}
_UNION_WORDS = re.compile(r"工会|[省市州县区旗]总|全总|兵团总")
_TITLE_JOINTS = re.compile(r"[、，,;；和及]")
_INNER_SPACE = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_ODD_NUMBER = re.compile(r"\d[\d.,]*\s*[名个家户位]\s*[万亿]")
_FRAMING = frozenset({UnitClass.STRUCTURE, UnitClass.DURATION})  # what parts there are, and how long it took


class CheckedCase(NamedTuple):
    """A case and everything code found in checking it."""

    case: Case
    findings: tuple[Finding, ...]

    @property
    def unsupported(self) -> tuple[Finding, ...]:
        """The findings that mark a fact, and that are worth asking again for."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.UNSUPPORTED)


def read_reply(text: str, article: Article) -> CheckedCase:
    """Read a model's reply about an article and check every fact of it.

    Errors: InvalidReply if the reply cannot be used, with all findings, the unsupported facts included.
    """
    reply = parse_reply(text, CaseReply)
    broken = tuple(broken_citations(reply, article))
    checked = check_case(reply, article)
    if broken:
        raise InvalidReply((*broken, *checked.unsupported), reply_text=text, article_id=article.article_id)
    return checked


def check_case(reply: CaseReply, article: Article) -> CheckedCase:
    """Ground every fact of a reply; pure, and never refuses."""
    facts = collect_facts(article)
    found: list[Finding] = []
    place = _check_place(reply.place, article, found)
    case = Case(
        decision=reply.decision,
        one_line=reply.one_line,
        headline_en=reply.headline_en,
        summary=reply.summary,
        summary_en=reply.summary_en,
        primary_theme=reply.primary_theme,
        secondary_themes=tuple(reply.secondary_themes),
        function=THEME_FUNCTION[reply.primary_theme],
        policy_frames=tuple(
            frame
            for frame, words in POLICY_FRAME_WORDS.items()
            if any(fold(word).text in facts.folded for word in words)
        ),
        beneficiaries=tuple(dict.fromkeys(reply.beneficiaries)),
        practice_status=reply.practice_status,
        place=place,
        time=_check_time(reply.time_text, article, found),
        problem=_check_statement(reply.problem, reply.problem_sents, "problem", (article, facts), found),
        actors=tuple(
            _check_actor(actor, f"actors[{i}]", (article, place), found) for i, actor in enumerate(reply.actors)
        ),
        people=tuple(_check_person(person, f"people[{i}]", article, found) for i, person in enumerate(reply.people)),
        actions=_check_actions(reply, article, facts, found),
        results=_check_results(reply.results, article, facts, found),
        lesson=_check_statement(reply.lesson, reply.lesson_sents, "lesson", (article, facts), found),
    )
    found += _check_prose(reply, facts)
    found += _check_codes(reply, article)
    found += _check_page(article)
    return CheckedCase(case, tuple(found))


def broken_citations(reply: CaseReply, article: Article) -> Iterator[Finding]:
    """Citations that lead nowhere: sentences that do not exist, facts that cite none."""
    last = len(article.sentences)
    for path, sents, needed in _citations(reply):
        wrong = [number for number in sents if not 1 <= number <= last]
        if wrong:
            numbers = ", ".join(map(str, wrong[:10]))
            yield structural(path, "sentence_unknown", f"There is no sentence {numbers}; the article has 1 to {last}.")
        if needed and not sents:
            yield structural(path, "sentence_missing", "Cite at least one sentence number here.")


def _citations(reply: CaseReply) -> Iterator[tuple[str, Sequence[int], bool]]:
    """Every list of sentence numbers, with its path and whether it may be empty."""
    lists: dict[str, Sequence[ReplyActor | ReplyPerson | ReplyAction | ReplyResult]] = {
        "actors": reply.actors,
        "people": reply.people,
        "actions": reply.actions,
        "results": reply.results,
    }
    for name, facts in lists.items():
        for index, fact in enumerate(facts):
            yield f"{name}[{index}].sents", fact.sents, True
    if reply.place:
        named = any((reply.place.province, reply.place.city, reply.place.county))
        yield "place.sents", reply.place.sents, named
    yield "problem_sents", reply.problem_sents, reply.problem is not None
    yield "lesson_sents", reply.lesson_sents, reply.lesson is not None


def _check_place(place: ReplyPlace | None, article: Article, found: list[Finding]) -> Place | None:
    """The place with its division code; each name must stand in the cited sentences."""
    if place is None or not any((place.province, place.city, place.county)):
        return None
    grounded: list[Grounded] = []
    for part in ("province", "city", "county"):
        name = getattr(place, part)
        if name is not None:
            grounded.append(ground_mention(article, name, place.sents, f"place.{part}"))
            found.extend(grounded[-1].findings)
    resolved = resolve(place.province, place.city, place.county)
    if resolved.reason:
        found.append(notice("place", "place_unresolved", f"{resolved.reason}."))
    return Place(
        province=place.province,
        city=place.city,
        county=place.county,
        full_name="".join(filter(None, (resolved.province, resolved.city, resolved.county))) or None,
        code=resolved.code,
        precision=resolved.precision,
        evidence=grounded[-1].evidence,
        supported=all(mention.supported for mention in grounded),
    )


def _check_time(text: str | None, article: Article, found: list[Finding]) -> Time | None:
    """The words for the time; dates only where the words name a year."""
    if not text:
        return None
    sents = [sentence.number for sentence in article.sentences]
    grounded = ground_mention(article, text, sents, "time_text")
    found.extend(grounded.findings)
    start, end, precision, _ = read_time(text)
    return Time(text=text, start=start, end=end, precision=precision.value, supported=grounded.supported)


def _check_actor(actor: ReplyActor, path: str, context: tuple[Article, Place | None], found: list[Finding]) -> Actor:
    """An organisation: its name must stand in the cited sentences; its level is read from the name where it says it."""
    article, place = context
    grounded = _ground_name(article, actor.name, actor.sents, f"{path}.name")
    found.extend(grounded.findings)
    where = (place.province, place.city, place.county) if place else (None, None, None)
    name = _close_up(actor.name)
    level = level_of(name, province=where[0], city=where[1], county=where[2])
    return Actor(
        name=name,
        org_type=actor.org_type,
        level=level or actor.level,
        level_from="name" if level else "model",
        role=actor.role,
        evidence=grounded.evidence,
        supported=grounded.supported,
    )


def _check_person(person: ReplyPerson, path: str, article: Article, found: list[Finding]) -> Person:
    """A person: name and title must stand in the cited sentences, and reporters are not people of the article."""
    grounded = _ground_name(article, person.name, person.sents, f"{path}.name")
    findings = [*grounded.findings, *_check_title(person, path, article)]
    name = _close_up(person.name)
    if name in read_byline(article.text):
        message = f"“{name}” is named in the byline; reporters and photographers are left out."
        findings.append(unsupported(f"{path}.name", "person_is_reporter", message))
    found.extend(findings)
    return Person(
        name=name,
        title=person.title,
        kind=person.kind,
        evidence=grounded.evidence,
        supported=not any(finding.severity is Severity.UNSUPPORTED for finding in findings),
    )


def _close_up(name: str) -> str:
    """A name without the white space that a line break or OCR left in it; its evidence keeps what is printed."""
    return _INNER_SPACE.sub("", name)


def _check_title(person: ReplyPerson, path: str, article: Article) -> list[Finding]:
    """A title may be put together from several places of the cited sentences; each part must stand in one."""
    if not person.title:
        return []
    whole = ground_mention(article, person.title, person.sents, f"{path}.title")
    if whole.supported:
        return list(whole.findings)
    parts = [part for part in _TITLE_JOINTS.split(person.title) if part.strip()]
    findings = [f for part in parts for f in ground_mention(article, part, person.sents, f"{path}.title").findings]
    return findings if len(parts) > 1 else list(whole.findings)


def _ground_name(article: Article, name: str, sents: Sequence[int], path: str) -> Grounded:
    """A name; a union may be written out where the page shortens it (某市总 for 某市总工会)."""
    grounded = ground_mention(article, name, sents, path)
    if grounded.supported or not name.endswith("总工会"):
        return grounded
    short = ground_mention(article, name.removesuffix("工会"), sents, path)
    return short if short.supported else grounded


def _check_statement(
    text: str | None, sents: Sequence[int], path: str, context: tuple[Article, ArticleFacts], found: list[Finding]
) -> Statement | None:
    """The problem or the lesson: prose that rests on cited sentences."""
    if not text:
        return None
    article, facts = context
    findings = check_chinese(text, path, facts)
    found.extend(findings)
    return Statement(text=text, evidence=ground_sentences(article, sents), supported=not findings)


def _check_actions(reply: CaseReply, article: Article, facts: ArticleFacts, found: list[Finding]) -> tuple[Action, ...]:
    """What was done: the quote must stand in a cited sentence, the numbers in the article."""
    actions: list[Action] = []
    after = 0
    for index, action in enumerate(reply.actions):
        path = f"actions[{index}]"
        grounded = ground_mention(article, action.quote, action.sents, f"{path}.quote", after=after)
        prose = check_chinese(action.text, f"{path}.text", facts)
        found.extend([*grounded.findings, *prose])
        after = grounded.evidence.start or after
        actions.append(
            Action(
                text=action.text,
                theme=action.theme,
                evidence=grounded.evidence,
                supported=grounded.supported and not prose,
            )
        )
    return tuple(actions)


def _check_results(
    results: Sequence[ReplyResult], article: Article, facts: ArticleFacts, found: list[Finding]
) -> tuple[Result, ...]:
    """Results: quote, words of the number, and the number read again from these words."""
    checked: list[Result] = []
    after = 0
    for index, result in enumerate(results):
        path = f"results[{index}]"
        grounded = ground_mention(article, result.quote, result.sents, f"{path}.quote", after=after)
        findings = [*grounded.findings, *check_chinese(result.text, f"{path}.text", facts)]
        quantity = None
        if result.value_text is not None:
            quantity, number_findings = _read_number(result, grounded, path, article, facts)
            findings += number_findings
        elif any(quantity.unit_class not in _FRAMING for quantity in find_quantities(result.text)):
            findings.append(
                unsupported(f"{path}.value_text", "value_missing", "The text has a number; copy its words.")
            )
        found.extend(findings)
        after = grounded.evidence.start or after
        checked.append(
            Result(
                text=result.text,
                kind=result.kind,
                status=result.status,
                value_text=result.value_text,
                subject=result.subject,
                quantity=quantity,
                evidence=grounded.evidence,
                supported=not any(finding.severity is Severity.UNSUPPORTED for finding in findings),
            )
        )
    return tuple(checked)


def _read_number(
    result: ReplyResult, grounded: Grounded, path: str, article: Article, facts: ArticleFacts
) -> tuple[Quantity | None, list[Finding]]:
    """The quantity that the words of `value_text` carry in the page, and what is wrong with them."""
    value_text = result.value_text or ""
    path = f"{path}.value_text"
    span = _value_span(value_text, grounded, article)
    if span is None:
        value = ground_mention(article, value_text, result.sents, path)
        if (value.findings and not value.supported) or value.evidence.start is None or value.evidence.end is None:
            return None, list(value.findings)
        span = Span(value.evidence.start, value.evidence.end)
    inside = [quantity for quantity in facts.quantities if quantity.start < span.end and quantity.end > span.start]
    if not any(quantity.unit for quantity in inside) and (pointed := quantity_at(article.text, *span)):
        return pointed, []
    if not inside:
        message = (
            f"“{shorten(value_text)}” holds no number that code can read; copy the words with the number, or null."
        )
        return None, [unsupported(path, "number_unreadable", message)]
    if len(inside) > 1:
        inside = _main_quantities(inside)
    if len(inside) > 1:
        numbers = ", ".join(f"“{quantity.raw}”" for quantity in inside)
        message = f"“{shorten(value_text)}” holds {len(inside)} numbers ({numbers}); write one result for each."
        return None, [unsupported(path, "several_numbers", message)]
    return inside[0], _cut_words(inside[0], span, path, article)


def _value_span(value_text: str, grounded: Grounded, article: Article) -> Span | None:
    """Where `value_text` stands inside the quote, if it does."""
    start, end = grounded.evidence.start, grounded.evidence.end
    if start is None or end is None:
        return None
    match = locate(value_text, article.text[start:end])
    return Span(start + match.start, start + match.end) if match else None


def _main_quantities(quantities: list[Quantity]) -> list[Quantity]:
    """Leave out what only frames the number: structural counts and the length of the period."""
    return [quantity for quantity in quantities if quantity.unit_class not in _FRAMING] or quantities


def _cut_words(quantity: Quantity, span: Span, path: str, article: Article) -> list[Finding]:
    """Words of the number that `value_text` leaves out: its unit, or what makes it approximate.

    What follows a number without a unit is only the noun it counts (百万职工) and may be left out; so may what leaves
    the same quantity (十几堂 of 十几堂课).
    """
    start, end = max(span.start, quantity.start), min(span.end, quantity.end)
    before = article.text[quantity.start : start].strip()
    behind = article.text[end : quantity.end].strip() if quantity.unit else ""
    if not before and not behind:
        return []
    rest = find_quantities(article.text[start:end])
    if len(rest) == 1 and "/" not in quantity.raw and _says_the_same(rest[0], quantity):
        return []
    message = f"The page prints “{quantity.raw}”; copy all of it, “{before or behind}” included."
    return [unsupported(path, "value_cut", message)]


def _says_the_same(one: Quantity, other: Quantity) -> bool:
    """Whether two quantities are equal in number, kind of unit and approximation."""
    return (one.value, one.min, one.max, one.unit_class, one.approx) == (
        other.value,
        other.min,
        other.max,
        other.unit_class,
        other.approx,
    )


def _check_prose(reply: CaseReply, facts: ArticleFacts) -> list[Finding]:
    """The sentences that a person reads first."""
    findings: list[Finding] = []
    for path in ("one_line", "summary"):
        findings += check_chinese(getattr(reply, path), path, facts)
    for path in ("headline_en", "summary_en"):
        findings += check_english(getattr(reply, path), path, facts)
    length = len(re.sub(r"\s", "", reply.summary))
    if not 60 <= length <= 180:
        findings.append(notice("summary", "length", f"The summary has {length} characters; 80 to 150 are asked for."))
    words = len(reply.summary_en.split())
    if not 30 <= words <= 110:
        findings.append(notice("summary_en", "length", f"The summary has {words} words; 40 to 90 are asked for."))
    return findings


def _check_codes(reply: CaseReply, article: Article) -> Iterator[Finding]:
    """Codes that contradict each other or the text."""
    if reply.decision is Decision.UNION_CASE:
        leads = [actor.name for actor in reply.actors if actor.role is ActorRole.LEAD]
        if len(leads) != 1:
            message = f"A union case has one actor with the role lead; here are {len(leads)}."
            yield unsupported("actors", "lead_count", message)
        named = _UNION_WORDS.search(fold(article.text).text) or any(is_union(actor.name) for actor in reply.actors)
        if not named:
            yield unsupported("decision", "no_union_named", "The article names no union; union_case needs one.")
    if reply.primary_theme in reply.secondary_themes or len(set(reply.secondary_themes)) < len(reply.secondary_themes):
        yield unsupported("secondary_themes", "theme_repeated", "Name each theme once.")
    for name, limit in _LIMITS.items():
        if len(getattr(reply, name)) > limit:
            message = f"{len(getattr(reply, name))} entries; at most {limit} are asked for."
            yield notice(name, "too_many", message)
    if len(reply.results) == _LIMITS["results"]:
        message = f"{len(reply.results)} entries, as many as are asked for; the article may have more results."
        yield notice("results", "list_full", message)
    if reply.decision is Decision.UNION_CASE and reply.primary_theme is Theme.OTHER:
        yield notice("primary_theme", "theme_other", "No theme of the list fits; a reviewer has to say what this is.")


def _check_page(article: Article) -> Iterator[Finding]:
    """Numbers of the page itself that look misread; reported, never mended."""
    for match in _ODD_NUMBER.finditer(article.text):
        line = article.position(match.start()).line
        yield notice("$", "number_looks_misread", f"Line {line} prints “{match[0]}”; a character may be out of place.")
