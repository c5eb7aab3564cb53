"""A reply against its article: what the model claims becomes a `Case` whose every fact was looked up by code.

Three kinds of finding. Structural: the reply cannot be used (a cited sentence that does not exist); the model is asked
again or the article fails. Unsupported: the page does not bear a fact out; the fact stays, marked. Notice: worth a
look. All of them are collected before anybody is told, because a model mends a reply better when it sees everything at
once.

How far a fact is borne out, code says only as far as it can see: a name by its words, a number or a deed by the
sentences that are cited for it. Whether these sentences carry the claim is for a second reader (`verdicts.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from summariser.errors import InvalidReply
from summariser.numbers.time import read_time
from summariser.places.place import resolve
from summariser.records.actors import check_actor, check_employer, check_person
from summariser.records.corrected import values_at
from summariser.records.evidence import (
    ArticleCheck,
    Checked,
    cited_spans,
    graded,
    shared_phrases,
    with_added,
)
from summariser.records.prose import collect_facts
from summariser.records.reply_rules import broken_citations, check_whole, find_circles
from summariser.records.results import check_results
from summariser.reply import parse_reply
from summariser.schema.case import (
    Action,
    Actor,
    BeneficiaryGroup,
    Case,
    Device,
    Finding,
    Person,
    Place,
    Relation,
    Rule,
    Severity,
    Statement,
    Time,
)
from summariser.schema.case_reply import (
    CaseReply,
    MoreReply,
    ReplyAction,
    ReplyDevice,
    ReplyPlace,
    ReplyRelation,
    ReplyResult,
    ReplyTime,
)
from summariser.schema.codes import (
    POLICY_FRAME_WORDS,
    THEME_FUNCTION,
    Support,
    SupportFrom,
    TimeRole,
)
from summariser.schema.page import Article
from summariser.text import fold

CHECKS_VERSION = "3"  # raised when a rule here, in text.py or in quantity.py changes what a stored reply would become

_RESULT: Final = re.compile(r"results\[(\d+)\]")
AS_SAID: Final = (  # fields that a case has from its reply as they are
    *("decision", "primary_theme", "practice_status"),
    *("one_line", "summary", "headline_en", "summary_en"),
)


class CheckedCase(NamedTuple):
    """A reply, the case that it makes, and everything code found in checking it."""

    reply: CaseReply
    case: Case
    findings: tuple[Finding, ...]

    @property
    def unsupported(self) -> tuple[Finding, ...]:
        """The findings that mark a fact, and that are worth asking again for."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.UNSUPPORTED)


def read_reply(text: str, article: Article, *, issued: str | None = None) -> CheckedCase:
    """Read a model's reply about an article and check every fact of it.

    Shape: `issued` is the ISO date of the issue, by which 今年 and 11月13日 are dated.
    Errors: InvalidReply if the reply cannot be used, with all findings, the unsupported facts included.
    """
    return use_reply(parse_reply(text, CaseReply), article, text=text, issued=issued)


def use_reply(reply: CaseReply, article: Article, *, text: str, issued: str | None = None) -> CheckedCase:
    """Check every fact of a reply; `text` is what it was read from. Errors: as `read_reply`."""
    broken = tuple(broken_citations(reply, article))
    checked = check_case(reply, article, issued=issued)
    if broken:
        raise InvalidReply((*broken, *checked.unsupported), reply_text=text, article_id=article.article_id)
    return checked


def read_further(text: str, known: CaseReply, article: Article, *, issued: str | None = None) -> CheckedCase:
    """Read a reply that goes on with the results of a dense article, and check all of them together.

    Errors: InvalidReply as `read_reply`; only what the new results do wrong is named, as `of_further` does.
    """
    further = parse_reply(text, MoreReply)
    reply = known.model_copy(
        update={"results": [*known.results, *further.results], "more": further.more and bool(further.results)}
    )
    try:
        checked = use_reply(reply, article, text=text, issued=issued)
    except InvalidReply as error:
        issues = of_further(error.issues, len(known.results))
        raise InvalidReply(issues, reply_text=text, article_id=article.article_id) from error
    return checked


def of_further(findings: Iterable[Finding], known: int) -> tuple[Finding, ...]:
    """Findings about the results behind so many known ones, with the places that these have in their own reply."""
    found = ((finding, _RESULT.match(finding.path)) for finding in findings)
    return tuple(
        finding.model_copy(update={"path": f"results[{int(at[1]) - known}]{finding.path[at.end() :]}"})
        for finding, at in found
        if at and int(at[1]) >= known
    )


def merge_repeated(checked: CheckedCase, article: Article, *, issued: str | None = None) -> CheckedCase:
    """The case with each result once; parts of a total that went are parts of the one that stayed."""
    seen: dict[tuple[object, ...], int] = {}
    place: list[int] = []  # of each result, in the shorter list
    kept: list[ReplyResult] = []
    for result, given in zip(checked.case.results, checked.reply.results, strict=True):
        place.append(seen.setdefault(result.identity, len(kept)))
        if place[-1] == len(kept):
            kept.append(given)
    if len(kept) == len(place):
        return checked
    totals = [None if each.part_of is None else place[each.part_of] for each in kept]
    circles = find_circles(totals)
    moved = [
        each.model_copy(update={"part_of": None if i in circles else total})
        for i, (each, total) in enumerate(zip(kept, totals, strict=True))
    ]
    again = check_case(checked.reply.model_copy(update={"results": moved}), article, issued=issued)
    return merge_repeated(again, article, issued=issued)


def check_case(
    reply: CaseReply,
    article: Article,
    *,
    issued: str | None = None,
    printed: Mapping[str, str] = MappingProxyType({}),
) -> CheckedCase:
    """Ground every fact of a reply; pure, and never refuses.

    Shape: findings by fact in the order of the case's fields, then those of prose, codes and the page itself. `printed`
    maps places of the reply that a person corrected to the words that the page prints there.
    """
    check = ArticleCheck(article, collect_facts(article, values_at(reply, printed)), issued, printed)
    place = _check_place(reply.place, check)
    time = _check_time(reply.time, check)
    problem = _check_statement(reply.problem, reply.problem_sents, "problem", check)
    actors = [check_actor(each, f"actors[{i}]", place.fact, check) for i, each in enumerate(reply.actors)]
    employers = [check_employer(each, f"employers[{i}]", check) for i, each in enumerate(reply.employers)]
    people = [check_person(each, f"people[{i}]", check) for i, each in enumerate(reply.people)]
    devices = [_check_device(each, f"devices[{i}]", check) for i, each in enumerate(reply.devices)]
    relations = [_check_relation(each, f"relations[{i}]", check) for i, each in enumerate(reply.relations)]
    actions = [_check_action(each, f"actions[{i}]", check) for i, each in enumerate(reply.actions)]
    speakers: list[Person | Actor] = [*(each.fact for each in people), *(each.fact for each in actors)]
    results = check_results(reply.results, check, speakers)
    lesson = _check_statement(reply.lesson, reply.lesson_sents, "lesson", check)
    case = Case(
        **_said_and_coded(reply, check),
        place=place.fact,
        time=time.fact,
        problem=problem.fact,
        actors=tuple(each.fact for each in actors),
        employers=tuple(each.fact for each in employers),
        people=tuple(each.fact for each in people),
        devices=tuple(each.fact for each in devices),
        relations=tuple(each.fact for each in relations),
        actions=tuple(each.fact for each in actions),
        results=tuple(each.fact for each in results),
        lesson=lesson.fact,
    )
    checked: Iterable[Checked[object]] = (
        *(place, time, problem, *actors, *employers, *people, *devices, *relations, *actions, *results, lesson),
    )
    of_facts = chain.from_iterable(each.findings for each in checked)
    return CheckedCase(reply, case, (*of_facts, *check_whole(reply, check)))


def _said_and_coded(reply: CaseReply, check: ArticleCheck) -> dict[str, Any]:
    """The fields of a case that are no facts: prose and codes of the reply, and what tables make of them."""
    groups = dict.fromkeys(each.group for each in reply.beneficiaries)
    cited = {group: [n for each in reply.beneficiaries if each.group is group for n in each.sents] for group in groups}
    frames = (
        frame
        for frame, words in POLICY_FRAME_WORDS.items()
        if any(fold(word).text in check.facts.folded for word in words)
    )
    return {name: getattr(reply, name) for name in AS_SAID} | {
        "theme_sents": _sorted(reply.theme_sents),
        "secondary_themes": tuple(reply.secondary_themes),
        "function": THEME_FUNCTION[reply.primary_theme],
        "policy_frames": tuple(frames),
        "beneficiaries": tuple(BeneficiaryGroup(group=group, sents=_sorted(sents)) for group, sents in cited.items()),
        "status_sents": _sorted(reply.status_sents),
        "more_results": reply.more,
    }


def _sorted(numbers: Iterable[int]) -> tuple[int, ...]:
    """Numbers of sentences in text order, each once."""
    return tuple(sorted(set(numbers)))


def _check_place(place: ReplyPlace | None, check: ArticleCheck) -> Checked[Place | None]:
    """The place with its division code; each name must stand in the article."""
    if place is None or not any((place.province, place.city, place.county)):
        return Checked(None, ())
    names = {part: getattr(place, part) for part in ("province", "city", "county")}
    named = {part: name for part, name in names.items() if name is not None}
    found = [check.find(name, place.sents, f"place.{part}") for part, name in named.items()]
    findings = [finding for mention in found for finding in mention.findings]
    resolved = resolve(**names)
    if resolved.reason:
        rule = Rule.PLACE_CONTRADICTS if resolved.contradiction else Rule.PLACE_UNRESOLVED
        findings.append(rule.at("place", f"{resolved.reason}."))
    fact = Place(
        **names,
        full_name="".join(filter(None, (resolved.province, resolved.city, resolved.county))) or None,
        code=resolved.code,
        precision=resolved.precision,
        evidence=check.evidence(place.sents, with_added(found[-1], found)),
        support=graded(Support.WORDS, findings),
        support_by=SupportFrom.CODE,
    )
    return Checked(fact, tuple(findings))


def _check_time(time: ReplyTime | None, check: ArticleCheck) -> Checked[Time | None]:
    """The words for the time, with the dates that they and the date of the issue give."""
    if time is None or not time.text.strip():
        return Checked(None, ())
    found = check.find(time.text, time.sents, "time.text")
    span = read_time(time.text, check.issued, announced=time.role is TimeRole.ANNOUNCED)
    fact = Time(
        text=time.text,
        role=time.role,
        edtf=span.edtf,
        start=span.start,
        end=span.end,
        evidence=check.evidence(time.sents, found),
        support=graded(Support.WORDS, found.findings),
        support_by=SupportFrom.CODE,
    )
    return Checked(fact, found.findings)


def _check_device(device: ReplyDevice, path: str, check: ArticleCheck) -> Checked[Device]:
    """A name that the practice has given to something."""
    found = check.find(device.name, device.sents, f"{path}.name")
    fact = Device(
        name=device.name,
        evidence=check.evidence(device.sents, found),
        support=graded(Support.WORDS, found.findings),
        support_by=SupportFrom.CODE,
    )
    return Checked(fact, found.findings)


def _check_relation(relation: ReplyRelation, path: str, check: ArticleCheck) -> Checked[Relation]:
    """A link to something else that the article names."""
    found = check.find(relation.to, relation.sents, f"{path}.to")
    fact = Relation(
        kind=relation.kind,
        to=relation.to,
        evidence=check.evidence(relation.sents, found),
        support=graded(Support.SENTENCES, found.findings),
        support_by=SupportFrom.CODE,
    )
    return Checked(fact, found.findings)


def _check_statement(
    text: str | None, sents: Sequence[int], path: str, check: ArticleCheck
) -> Checked[Statement | None]:
    """The problem or the lesson: prose that rests on cited sentences."""
    if not text:
        return Checked(None, ())
    findings = check.prose(text, path)
    fact = Statement(
        text=text,
        evidence=check.evidence(sents),
        support=graded(Support.SENTENCES, findings),
        support_by=SupportFrom.CODE,
    )
    return Checked(fact, findings)


def _check_action(action: ReplyAction, path: str, check: ArticleCheck) -> Checked[Action]:
    """What was done: it rests on the cited sentences, and its numbers must stand in the article."""
    findings = check.prose(action.text, f"{path}.text")
    phrases = shared_phrases(check.article.text, action.text, cited_spans(check.article, _sorted(action.sents)))
    fact = Action(
        text=action.text,
        theme=action.theme,
        evidence=check.evidence(action.sents, spans=[("text", phrase) for phrase in phrases]),
        support=graded(Support.SENTENCES, findings),
        support_by=SupportFrom.CODE,
    )
    return Checked(fact, findings)
