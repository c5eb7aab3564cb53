"""A reply against its article: what the model claims becomes a `Case` whose every fact was looked up by code.

Three kinds of finding. Structural: the reply cannot be used (a cited sentence that does not exist); the model is asked
again or the article fails. Unsupported: the page does not bear a fact out; the fact stays, marked. Notice: worth a
look. All of them are collected before anybody is told, because a model mends a reply better when it sees everything at
once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from summariser.errors import InvalidReply
from summariser.numbers.time import read_time
from summariser.pages.article import read_byline
from summariser.places.organisation import is_union, level_of
from summariser.places.place import resolve
from summariser.records.evidence import ArticleCheck, Checked, Grounded, Wanted, is_supported
from summariser.records.prose import check_chinese, check_english
from summariser.records.results import check_results
from summariser.reply import parse_reply
from summariser.schema.case import (
    FACT_LISTS,
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
    Rule,
    Severity,
    Statement,
    Time,
)
from summariser.schema.codes import POLICY_FRAME_WORDS, THEME_FUNCTION, ActorRole, Decision, Theme
from summariser.schema.exchange import spell_path
from summariser.schema.page import Article
from summariser.text import fold

CHECKS_VERSION = "2"  # raised when a rule here, in text.py or in quantity.py changes what a stored reply would become

_LIMITS = {"actors": 12, "people": 12, "actions": 8, "results": 25, "secondary_themes": 2}
_UNION_WORDS = re.compile(r"工会|[省市州县区旗]总|全总|兵团总")
_TITLE_JOINTS = re.compile(r"[、，,;；和及]")
_INNER_SPACE = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
# From the beginning of a run of digits only: tried at each digit, a long run would cost the square of its length.
_ODD_NUMBER = re.compile(r"(?<![\d.,])[.,]*(\d[\d.,]*+\s*[名个家户位]\s*[万亿])")


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
    """Ground every fact of a reply; pure, and never refuses.

    Shape: findings by fact in the order of the case's fields, then those of prose, codes and the page itself.
    """
    check = ArticleCheck.of(article)
    place = _check_place(reply.place, check)
    time = _check_time(reply.time_text, check)
    problem = _check_statement(reply.problem, reply.problem_sents, "problem", check)
    actors = [_check_actor(each, f"actors[{i}]", place.fact, check) for i, each in enumerate(reply.actors)]
    people = [_check_person(each, f"people[{i}]", check) for i, each in enumerate(reply.people)]
    actions = _check_actions(reply.actions, check)
    results = check_results(reply.results, check)
    lesson = _check_statement(reply.lesson, reply.lesson_sents, "lesson", check)
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
            if any(fold(word).text in check.facts.folded for word in words)
        ),
        beneficiaries=tuple(dict.fromkeys(reply.beneficiaries)),
        practice_status=reply.practice_status,
        place=place.fact,
        time=time.fact,
        problem=problem.fact,
        actors=tuple(actor.fact for actor in actors),
        people=tuple(person.fact for person in people),
        actions=tuple(action.fact for action in actions),
        results=tuple(result.fact for result in results),
        lesson=lesson.fact,
    )
    checked: Iterable[Checked[object]] = (place, time, problem, *actors, *people, *actions, *results, lesson)
    of_facts = chain.from_iterable(each.findings for each in checked)
    return CheckedCase(case, (*of_facts, *_check_prose(reply, check), *_check_codes(reply, article), *_odd(article)))


def broken_citations(reply: CaseReply, article: Article) -> Iterator[Finding]:
    """Citations that lead nowhere: sentences that do not exist, facts that cite none."""
    last = len(article.sentences)
    for path, sents, needed in _citations(reply):
        wrong = [number for number in sents if not 1 <= number <= last]
        if wrong:
            numbers = ", ".join(map(str, wrong[:10]))
            yield Rule.SENTENCE_UNKNOWN.at(path, f"There is no sentence {numbers}; the article has 1 to {last}.")
        if needed and not sents:
            yield Rule.SENTENCE_MISSING.at(path, "Cite at least one sentence number here.")


def _citations(reply: CaseReply) -> Iterator[tuple[str, Sequence[int], bool]]:
    """Every list of sentence numbers, with its path and whether it must name one."""
    for name in FACT_LISTS:
        for index, fact in enumerate(getattr(reply, name)):
            yield spell_path((name, index, "sents")), fact.sents, True
    if reply.place:
        yield "place.sents", reply.place.sents, any((reply.place.province, reply.place.city, reply.place.county))
    yield "problem_sents", reply.problem_sents, reply.problem is not None
    yield "lesson_sents", reply.lesson_sents, reply.lesson is not None


def _check_place(place: ReplyPlace | None, check: ArticleCheck) -> Checked[Place | None]:
    """The place with its division code; each name must stand in the cited sentences."""
    if place is None or not any((place.province, place.city, place.county)):
        return Checked(None, ())
    names = {part: getattr(place, part) for part in ("province", "city", "county")}
    named = {part: name for part, name in names.items() if name is not None}
    grounded = [check.ground(name, place.sents, f"place.{part}") for part, name in named.items()]
    findings = [finding for mention in grounded for finding in mention.findings]
    resolved = resolve(**names)
    if resolved.reason:
        rule = Rule.PLACE_CONTRADICTS if resolved.contradiction else Rule.PLACE_UNRESOLVED
        findings.append(rule.at("place", f"{resolved.reason}."))
    fact = Place(
        **names,
        full_name="".join(filter(None, (resolved.province, resolved.city, resolved.county))) or None,
        code=resolved.code,
        precision=resolved.precision,
        evidence=grounded[-1].evidence,
        supported=is_supported(findings),
    )
    return Checked(fact, tuple(findings))


def _check_time(text: str | None, check: ArticleCheck) -> Checked[Time | None]:
    """The words for the time; dates only where the words name a year."""
    if not text:
        return Checked(None, ())
    grounded = check.ground(text, [sentence.number for sentence in check.article.sentences], "time_text")
    span = read_time(text)
    fact = Time(text=text, start=span.start, end=span.end, precision=span.precision.value, supported=grounded.supported)
    return Checked(fact, grounded.findings)


def _check_actor(actor: ReplyActor, path: str, place: Place | None, check: ArticleCheck) -> Checked[Actor]:
    """An organisation: its name must stand in the cited sentences; its level is read from the name where it says it."""
    grounded = _ground_name(actor.name, actor.sents, f"{path}.name", check)
    where = {part: getattr(place, part, None) for part in ("province", "city", "county")}
    name = _INNER_SPACE.sub("", actor.name)  # what a line break or OCR left in it; the evidence keeps what is printed
    level = level_of(name, **where)
    fact = Actor(
        name=name,
        org_type=actor.org_type,
        level=level or actor.level,
        level_from="name" if level else "model",
        role=actor.role,
        evidence=grounded.evidence,
        supported=grounded.supported,
    )
    return Checked(fact, grounded.findings)


def _check_person(person: ReplyPerson, path: str, check: ArticleCheck) -> Checked[Person]:
    """A person: name and title must stand in the cited sentences, and reporters are not people of the article."""
    grounded = _ground_name(person.name, person.sents, f"{path}.name", check)
    findings = [*grounded.findings, *_check_title(person, f"{path}.title", check)]
    name = _INNER_SPACE.sub("", person.name)
    if name in read_byline(check.article.text):
        message = f"“{name}” is named in the byline; reporters and photographers are left out."
        findings.append(Rule.PERSON_IS_REPORTER.at(f"{path}.name", message))
    fact = Person(
        name=name, title=person.title, kind=person.kind, evidence=grounded.evidence, supported=is_supported(findings)
    )
    return Checked(fact, tuple(findings))


def _check_title(person: ReplyPerson, path: str, check: ArticleCheck) -> Iterable[Finding]:
    """A title may be put together from several places of the cited sentences; each part must stand in one."""
    if not person.title:
        return ()
    whole = check.ground(person.title, person.sents, path)
    parts = [part for part in _TITLE_JOINTS.split(person.title) if part.strip()]
    if whole.supported or len(parts) < 2:
        return whole.findings
    return [finding for part in parts for finding in check.ground(part, person.sents, path).findings]


def _ground_name(name: str, sents: Sequence[int], path: str, check: ArticleCheck) -> Grounded:
    """A name; a union may be written out where the page shortens it (某市总 for 某市总工会)."""
    grounded = check.ground(name, sents, path)
    if grounded.supported or not name.endswith("总工会"):
        return grounded
    short = check.ground(name.removesuffix("工会"), sents, path)
    return short if short.supported else grounded


def _check_statement(
    text: str | None, sents: Sequence[int], path: str, check: ArticleCheck
) -> Checked[Statement | None]:
    """The problem or the lesson: prose that rests on cited sentences."""
    if not text:
        return Checked(None, ())
    findings = check.prose(text, path)
    return Checked(Statement(text=text, evidence=check.ground_sentences(sents), supported=not findings), findings)


def _check_actions(actions: Sequence[ReplyAction], check: ArticleCheck) -> list[Checked[Action]]:
    """What was done: the quote must stand in a cited sentence, the numbers in the article."""
    checked: list[Checked[Action]] = []
    after = 0
    for index, action in enumerate(actions):
        path = f"actions[{index}]"
        grounded = check.ground(action.quote, action.sents, f"{path}.quote", among=Wanted(after=after))
        after = grounded.evidence.start or after
        findings = (*grounded.findings, *check.prose(action.text, f"{path}.text"))
        fact = Action(
            text=action.text, theme=action.theme, evidence=grounded.evidence, supported=is_supported(findings)
        )
        checked.append(Checked(fact, findings))
    return checked


def _check_prose(reply: CaseReply, check: ArticleCheck) -> Iterator[Finding]:
    """The sentences that a person reads first."""
    for path in ("one_line", "summary"):
        yield from check_chinese(getattr(reply, path), path, check.facts)
    for path in ("headline_en", "summary_en"):
        yield from check_english(getattr(reply, path), path, check.facts)
    length = len(re.sub(r"\s", "", reply.summary))
    if not 60 <= length <= 180:
        yield Rule.LENGTH.at("summary", f"The summary has {length} characters; 80 to 150 are asked for.")
    words = len(reply.summary_en.split())
    if not 30 <= words <= 110:
        yield Rule.LENGTH.at("summary_en", f"The summary has {words} words; 40 to 90 are asked for.")


def _check_codes(reply: CaseReply, article: Article) -> Iterator[Finding]:
    """Codes that contradict each other or the text."""
    if reply.decision is Decision.UNION_CASE:
        leads = sum(actor.role is ActorRole.LEAD for actor in reply.actors)
        if leads != 1:
            yield Rule.LEAD_COUNT.at("actors", f"A union case has one actor with the role lead; here are {leads}.")
        named = _UNION_WORDS.search(fold(article.text).text) or any(is_union(actor.name) for actor in reply.actors)
        if not named:
            yield Rule.NO_UNION_NAMED.at("decision", "The article names no union; union_case needs one.")
    if reply.primary_theme in reply.secondary_themes or len(set(reply.secondary_themes)) < len(reply.secondary_themes):
        yield Rule.THEME_REPEATED.at("secondary_themes", "Name each theme once.")
    for name, limit in _LIMITS.items():
        if (count := len(getattr(reply, name))) > limit:
            yield Rule.TOO_MANY.at(name, f"{count} entries; at most {limit} are asked for.")
    if len(reply.results) == _LIMITS["results"]:
        message = f"{len(reply.results)} entries, as many as are asked for; the article may have more results."
        yield Rule.LIST_FULL.at("results", message)
    if reply.decision is Decision.UNION_CASE and reply.primary_theme is Theme.OTHER:
        yield Rule.THEME_OTHER.at("primary_theme", "No theme of the list fits; a reviewer has to say what this is.")


def _odd(article: Article) -> Iterator[Finding]:
    """Numbers of the page itself that look misread; reported, never mended."""
    for match in _ODD_NUMBER.finditer(article.text):
        line = article.position(match.start(1)).line
        yield Rule.NUMBER_LOOKS_MISREAD.at("$", f"Line {line} prints “{match[1]}”; a character may be out of place.")
