"""Grounding: every fact of a model's reply checked against its article; what is wrong becomes a finding.

Three kinds of finding. Structural: the reply cannot be used (a cited sentence that does not exist); the model is asked
again or the article fails. Unsupported: the page does not bear a fact out; the fact stays, marked. Notice: worth a
look. All of them are collected before anybody is told, because a model mends a reply better when it sees everything at
once.

How far a fact is borne out, code says only as far as it can see: a name by its words, a number or a deed by the
sentences that are cited for it. Whether these sentences carry the claim is asked of a second reader: another model (or
the same one, in a request of its own) that is shown the claims and the article and nothing else. A sentence that it
names as missing is added to the citation. What code has found to be not borne out stays so, whatever the model says; a
person may answer for it all the same.

What is wrong with a reply as a whole is found here too: citations that lead nowhere, prose, and codes that contradict
each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from pydantic import JsonValue

from summariser.errors import InputError, InvalidReply
from summariser.numbers.time import read_time
from summariser.organisations import is_union
from summariser.places import resolve
from summariser.records.corrected import SUPPORT, fact_of, find_told_misprints, misprints_of
from summariser.records.evidence import (
    ArticleCheck,
    Checked,
    check_actor,
    check_employer,
    check_person,
    check_results,
    format_numbers,
    placed,
    shared_phrases,
    with_added,
)
from summariser.records.prose import check_chinese, check_english, collect_facts
from summariser.reply import (
    REPLY_LISTS,
    CaseReply,
    MoreReply,
    ReplyAction,
    ReplyDevice,
    ReplyPlace,
    ReplyRelation,
    ReplyResult,
    ReplyTime,
    VerifyReply,
    parse_reply,
)
from summariser.schema.case import (
    PROSE,
    Action,
    Actor,
    BeneficiaryGroup,
    Case,
    Device,
    Evidence,
    Fact,
    FactClaim,
    Finding,
    Listed,
    Person,
    Place,
    Relation,
    Result,
    Rule,
    Severity,
    Statement,
    Time,
    fact_words,
)
from summariser.schema.codes import (
    POLICY_FRAME_WORDS,
    THEME_FUNCTION,
    ActorRole,
    Decision,
    Support,
    SupportFrom,
    Theme,
    TimeRole,
)
from summariser.schema.exchange import spell_path
from summariser.schema.page import Article
from summariser.schema.record import Correction
from summariser.text import fold_text, plain_text

_LIMITS: Final = {
    **{"actors": 12, "employers": 4, "people": 12, "devices": 6, "relations": 4, "actions": 8},
    "secondary_themes": 2,
}
_UNION_WORDS: Final = re.compile(r"工会|[省市州县区旗]总|全总|兵团总")
# From the beginning of a run of digits only: tried at each digit, a long run would cost the square of its length.
_ODD_NUMBER: Final = re.compile(r"(?<![\d.,])[.,]*(\d[\d.,]*+\s*[名个家户位]\s*[万亿])")


def broken_citations(reply: CaseReply, article: Article) -> Iterator[Finding]:
    """Citations that lead nowhere: sentences that do not exist, facts that cite none, totals that are no result."""
    last = len(article.sentences)
    for path, sents, needed in _citations(reply):
        wrong = [number for number in sents if not 1 <= number <= last]
        if wrong:
            yield Rule.SENTENCE_UNKNOWN.say(path, numbers=format_numbers(wrong[:10]), last=last)
        if needed and not sents:
            yield Rule.SENTENCE_MISSING.say(path)
    yield from _broken_totals([result.part_of for result in reply.results])


def _broken_totals(totals: Sequence[int | None]) -> Iterator[Finding]:
    """Totals that are no other result, and results that are parts of each other."""
    circles = find_circles(totals)
    for index, total in enumerate(totals):
        path = f"results[{index}].part_of"
        if total is not None and (total == index or not 0 <= total < len(totals)):
            yield Rule.TOTAL_UNKNOWN.say(path, number=total, last=len(totals) - 1)
        elif index in circles:
            yield Rule.TOTAL_CIRCULAR.say(path, number=total)


def find_circles(totals: Sequence[int | None]) -> set[int]:
    """The places of results that are parts of themselves, by the place of the total of each."""
    found, seen = set[int](), set[int]()
    for first in range(len(totals)):
        way: dict[int, int] = {}  # places met from here on, in order
        at: int | None = first
        while at is not None and 0 <= at < len(totals) and at not in seen:
            seen.add(at)
            way[at] = len(way)
            at = totals[at]
        if at in way:
            found |= {place for place, step in way.items() if step >= way[at]}
    return found


def _citations(reply: CaseReply) -> Iterator[tuple[str, Sequence[int], bool]]:
    """Every list of sentence numbers, with its path and whether it must name one."""
    for name in REPLY_LISTS:
        for index, fact in enumerate(getattr(reply, name)):
            yield spell_path((name, index, "sents")), fact.sents, True
    if reply.place:
        yield "place.sents", reply.place.sents, any((reply.place.province, reply.place.city, reply.place.county))
    if reply.time:
        yield "time.sents", reply.time.sents, True
    yield "problem_sents", reply.problem_sents, reply.problem is not None
    yield "lesson_sents", reply.lesson_sents, reply.lesson is not None
    yield "theme_sents", reply.theme_sents, reply.decision is Decision.UNION_CASE
    yield "status_sents", reply.status_sents, False


_MOST_CHARACTERS: Final = {
    "one_line": 240,
    "summary": 600,
    "headline_en": 480,
    "summary_en": 2400,
}  # four times as asked


def _check_prose(reply: CaseReply, check: ArticleCheck) -> Iterator[Finding]:
    """The sentences that a person reads first."""
    for path in ("one_line", "summary"):
        yield from check_chinese(getattr(reply, path), path, check.facts)
    for path in ("headline_en", "summary_en"):
        yield from check_english(getattr(reply, path), path, check.facts)
    length = len(re.sub(r"\s", "", reply.summary))
    if not 60 <= length <= 180:
        yield Rule.LENGTH.say("summary", characters=length)
    words = len(reply.summary_en.split())
    if not 30 <= words <= 110:
        yield Rule.LENGTH.say("summary_en", words=words)
    for path, most in _MOST_CHARACTERS.items():
        if (count := len(getattr(reply, path))) > most:
            yield Rule.FAR_TOO_LONG.say(path, count=f"{count:,}")


def _check_codes(reply: CaseReply, article: Article) -> Iterator[Finding]:
    """Codes that contradict each other or the text."""
    if reply.decision is Decision.UNION_CASE:
        leads = sum(actor.role is ActorRole.LEAD for actor in reply.actors)
        if leads != 1:
            yield Rule.LEAD_COUNT.say("actors", count=leads)
        named = _UNION_WORDS.search(plain_text(article.text)) or any(is_union(actor.name) for actor in reply.actors)
        if not named:
            yield Rule.NO_UNION_NAMED.say("decision")
    if reply.primary_theme in reply.secondary_themes or len(set(reply.secondary_themes)) < len(reply.secondary_themes):
        yield Rule.THEME_REPEATED.say("secondary_themes")
    for name, limit in _LIMITS.items():
        if (count := len(getattr(reply, name))) > limit:
            yield Rule.TOO_MANY.say(name, count=count, most=limit)
    if reply.more:
        yield Rule.LIST_FULL.say("results", count=len(reply.results))
    if reply.decision is Decision.UNION_CASE and reply.primary_theme is Theme.OTHER:
        yield Rule.THEME_OTHER.say("primary_theme")


def find_odd_numbers(article: Article) -> Iterator[Finding]:
    """Numbers of the page itself that look misread; reported, never mended."""
    for match in _ODD_NUMBER.finditer(article.text):
        line = article.position(match.start(1)).line
        yield Rule.NUMBER_LOOKS_MISREAD.say("$", line=line, number=match[1])


# Raised when rules here, of the text, of places or of numbers change what a stored reply would become; changes that
# come together share a number. The records of the seeds, and what is measured on them, are made anew with it: `check`
# says of earlier records that they are, and not that they have findings for which their pages give no reason.
CHECKS_VERSION = "4"

_RESULT: Final = re.compile(r"results\[(\d+)\]")
AS_SAID: Final = (  # fields that a case has from its reply as they are
    *("decision", "primary_theme", "practice_status"),
    *PROSE,
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

    def unsupported_behind(self, known: int) -> tuple[Finding, ...]:
        """Those of the results behind so many known ones, with the places that these have in their own reply."""
        return of_further(self.unsupported, known)


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
    if broken:  # that a fact cites nothing is among them
        unborne = (each for each in checked.unsupported if each.rule != Rule.EVIDENCE_CUT)
        raise InvalidReply((*broken, *unborne), reply_text=text, article_id=article.article_id)
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
    misprints = misprints_of(reply, printed)
    check = ArticleCheck(article, collect_facts(article, (each.meant for each in misprints)), issued, printed)
    place = _check_place(reply.place, check)
    time = _check_time(reply.time, check)
    problem = _check_statement(reply.problem, reply.problem_sents, "problem", check)
    actors = [check_actor(each, f"actors[{i}]", place.fact, check) for i, each in enumerate(reply.actors)]
    people = [check_person(each, f"people[{i}]", check) for i, each in enumerate(reply.people)]
    speakers: list[Person | Actor] = [*(each.fact for each in people), *(each.fact for each in actors)]
    lists: dict[str, Sequence[Checked[Listed]]] = {
        "actors": actors,
        "employers": [check_employer(each, f"employers[{i}]", check) for i, each in enumerate(reply.employers)],
        "people": people,
        "devices": [_check_device(each, f"devices[{i}]", check) for i, each in enumerate(reply.devices)],
        "relations": [_check_relation(each, f"relations[{i}]", check) for i, each in enumerate(reply.relations)],
        "actions": [_check_action(each, f"actions[{i}]", check) for i, each in enumerate(reply.actions)],
        "results": check_results(reply.results, check, speakers),
    }
    lesson = _check_statement(reply.lesson, reply.lesson_sents, "lesson", check)
    facts: dict[str, Any] = {name: tuple(each.fact for each in some) for name, some in lists.items()}
    case = Case(
        **_said_and_coded(reply, check),
        place=place.fact,
        time=time.fact,
        problem=problem.fact,
        lesson=lesson.fact,
        **facts,
    )
    checked: Iterable[Checked[object]] = (place, time, problem, *chain.from_iterable(lists.values()), lesson)
    of_facts = chain.from_iterable(each.findings for each in checked)
    told = find_told_misprints(reply, misprints, article)
    of_whole = (*_check_prose(reply, check), *told, *_check_codes(reply, article), *find_odd_numbers(article))
    return _without_sentences(CheckedCase(reply, case, (*of_facts, *of_whole)))


def _without_sentences(checked: CheckedCase) -> CheckedCase:
    """The case in which no sentence bears out a fact that none is cited for, as where its line went elsewhere."""
    cut = {
        path: fact.model_copy(update={"support": Support.NONE})
        for path, fact in checked.case.facts()
        if fact.supported and not fact.evidence.sents
    }
    found = (Rule.EVIDENCE_CUT.say(path) for path in cut)
    return checked._replace(case=checked.case.with_facts(cut), findings=(*checked.findings, *found))


def _said_and_coded(reply: CaseReply, check: ArticleCheck) -> dict[str, Any]:
    """The fields of a case that are no facts: prose and codes of the reply, and what tables make of them."""
    groups = dict.fromkeys(each.group for each in reply.beneficiaries)
    cited = {group: [n for each in reply.beneficiaries if each.group is group for n in each.sents] for group in groups}
    frames = (
        frame
        for frame, words in POLICY_FRAME_WORDS.items()
        if any(fold_text(word) in check.facts.folded for word in words)
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
    resolved, findings = resolve(**names), []
    if resolved.reason:
        rule = Rule.PLACE_CONTRADICTS if resolved.contradiction else Rule.PLACE_UNRESOLVED
        findings.append(rule.say("place", reason=resolved.reason))
    full_name = "".join(filter(None, (resolved.province, resolved.city, resolved.county))) or None
    known: dict[str, Any] = {"full_name": full_name, "code": resolved.code, "precision": resolved.precision}
    evidence = check.evidence(place.sents, with_added(found[-1], found))
    return check.ground(Place, place, Support.WORDS, *found, findings=findings, **known, evidence=evidence)


def _check_time(time: ReplyTime | None, check: ArticleCheck) -> Checked[Time | None]:
    """The words for the time, with the dates that they and the date of the issue give."""
    if time is None or not time.text.strip():
        return Checked(None, ())
    found = check.find(time.text, time.sents, "time.text")
    span = read_time(time.text, check.issued, announced=time.role is TimeRole.ANNOUNCED)
    return check.ground(Time, time, Support.WORDS, found, edtf=span.edtf, start=span.start, end=span.end)


def _check_device(device: ReplyDevice, path: str, check: ArticleCheck) -> Checked[Device]:
    """A name that the practice has given to something."""
    return check.ground(Device, device, Support.WORDS, check.find(device.name, device.sents, f"{path}.name"))


def _check_relation(relation: ReplyRelation, path: str, check: ArticleCheck) -> Checked[Relation]:
    """A link to something else that the article names."""
    return check.ground(Relation, relation, Support.SENTENCES, check.find(relation.to, relation.sents, f"{path}.to"))


def _check_statement(
    text: str | None, sents: Sequence[int], path: str, check: ArticleCheck
) -> Checked[Statement | None]:
    """The problem or the lesson: prose that rests on cited sentences."""
    if not text:
        return Checked(None, ())
    findings, evidence = check.prose(text, path), check.evidence(sents)
    return check.ground(Statement, None, Support.SENTENCES, findings=findings, text=text, evidence=evidence)


def _check_action(action: ReplyAction, path: str, check: ArticleCheck) -> Checked[Action]:
    """What was done: it rests on the cited sentences, and its numbers must stand in the article."""
    findings = check.prose(action.text, f"{path}.text")
    phrases = shared_phrases(check.article.text, action.text, check.article.sentence_spans(_sorted(action.sents)))
    evidence = check.evidence(action.sents, spans=[("text", phrase) for phrase in phrases])
    return check.ground(Action, action, Support.SENTENCES, findings=findings, evidence=evidence)


class FactVerdict(NamedTuple):
    """How far a fact is borne out, by whom, and the sentences that have to be cited as well."""

    support: Support
    by: SupportFrom
    missing: tuple[int, ...] = ()


def claims_of(case: Case) -> tuple[FactClaim, ...]:
    """The facts that say more than a name, each with its codes in words; what code found to be absent is left out."""
    return tuple(
        FactClaim(path, claim, fact.evidence.sents)
        for path, fact in case.facts()
        if fact.supported and (claim := _claim(path, fact))
    )


def _claim(path: str, fact: Fact) -> str:
    """A fact as a Chinese sentence; nothing for one that its name says whole."""
    match fact:
        case Result():
            claim = _result_claim(fact)
        case Action():
            claim = fact.text
        case Statement():
            claim = f"{'做法针对的问题' if path == 'problem' else '文章自己的经验'}：{fact.text}"
        case Time():
            claim = f"时间（{fact.role.zh if fact.role else '？'}）：{fact.text}"
        case Actor():
            claim = f"{fact.name}在这件事里：{fact.role.zh}"
        case Relation():
            claim = f"这一做法与“{fact.to}”的关系：{fact.kind.zh}"
        case _:
            claim = ""
    return claim


def _result_claim(result: Result) -> str:
    """A result with its number, what it counts, when, since when, and who says so."""
    said = {
        "数": result.value_text,
        "按": result.per_text,
        "数的是": result.subject,
        "此前": result.before_text,
        "时间": result.period.text if result.period else None,
        "谁说的": result.claimant.name if result.claimant else None,
        "状态": result.status.zh,
    }
    return "；".join([result.text, *(f"{name}：{words}" for name, words in said.items() if words)])


def read_verdicts(text: str, claims: tuple[FactClaim, ...], article: Article) -> dict[str, FactVerdict]:
    """The verdicts of a reply, by the paths of their facts.

    Errors: InvalidReply naming every claim without a verdict or with two, and every sentence that does not exist.
    """
    reply = parse_reply(text, VerifyReply)
    broken = list(_broken_verdicts(reply, len(claims), len(article.sentences)))
    if broken:
        raise InvalidReply(tuple(broken), reply_text=text, article_id=article.article_id)
    return {
        claims[each.claim - 1].path: FactVerdict(each.support, SupportFrom.MODEL, tuple(sorted(set(each.missing))))
        for each in reply.verdicts
    }


def _broken_verdicts(reply: VerifyReply, claims: int, sentences: int) -> Iterator[Finding]:
    """What is wrong with the numbers of a reply."""
    given = [each.claim for each in reply.verdicts]
    for number in range(1, claims + 1):
        if given.count(number) != 1:
            yield Rule.VERDICT_MISSING.say("verdicts", number=number, count=given.count(number))
    for index, each in enumerate(reply.verdicts):
        if not 1 <= each.claim <= claims:
            yield Rule.VERDICT_MISSING.say(f"verdicts[{index}].claim", number=each.claim, last=claims)
        if wrong := [number for number in each.missing if not 1 <= number <= sentences]:
            numbers = format_numbers(wrong[:10])
            yield Rule.SENTENCE_UNKNOWN.say(f"verdicts[{index}].missing", numbers=numbers, last=sentences)


def spell_verdict(verdict: FactVerdict) -> JsonValue:
    """What is known of a fact, as a correction keeps it."""
    return {"support": verdict.support.value, "support_by": verdict.by.value, "added": list(verdict.missing)}


def first_verdicts(verdicts: Mapping[str, FactVerdict], corrections: Sequence[Correction]) -> dict[str, FactVerdict]:
    """What readers said of the facts before people corrected them; facts and corrections by numbers that they keep.

    Errors: InputError if a correction keeps no such verdict.
    """
    known = dict(verdicts)
    for correction in reversed(corrections):
        fact = fact_of(correction.path)
        if correction.path.endswith(f".{SUPPORT}"):
            known.pop(fact, None)
            if (verdict := read_verdict(correction)).by is SupportFrom.MODEL:
                known[fact] = verdict
        elif fact in known and known[fact].by is SupportFrom.PERSON:
            del known[fact]
    return known


def read_verdict(correction: Correction) -> FactVerdict:
    """What a correction keeps that was said of a fact before a person did. Errors: InputError if it keeps nothing."""
    kept = correction.model if isinstance(correction.model, dict) else {}
    added = kept.get("added")
    missing = tuple(each for each in added if isinstance(each, int)) if isinstance(added, list) else ()
    try:
        return FactVerdict(Support(str(kept.get("support"))), SupportFrom(str(kept.get("support_by"))), missing)
    except ValueError as error:
        raise InputError("keeps no verdict", path=correction.path) from error


def apply_verdicts(checked: CheckedCase, verdicts: Mapping[str, FactVerdict], article: Article) -> CheckedCase:
    """The case with what readers said of its facts; a fact that nothing bears out gets a finding of its own."""
    changed: dict[str, Fact] = {}
    findings = list(checked.findings)
    for path, fact in checked.case.facts():
        verdict = verdicts.get(path)
        if verdict is None or not (fact.supported or verdict.by is SupportFrom.PERSON):
            continue
        judged = changed[path] = _judged(fact, verdict, article)
        if not judged.supported:
            findings.append(Rule.NOT_BORNE_OUT.say(path, words=fact_words(fact)))
    return checked._replace(case=checked.case.with_facts(changed), findings=tuple(findings))


def _judged(fact: Fact, verdict: FactVerdict, article: Article) -> Fact:
    """A fact with its verdict; sentences that were missing carry it together with those that were cited."""
    support = verdict.support
    evidence = fact.evidence
    new = {n for n in verdict.missing if 1 <= n <= len(article.sentences)} - set(evidence.sents)
    if support is not Support.NONE and new:
        evidence = _cite_also(evidence, new, article)
        support = Support.SENTENCES if support is Support.ARTICLE else support
    return fact.model_copy(update={"evidence": evidence, "support": support, "support_by": verdict.by})


def _cite_also(evidence: Evidence, new: set[int], article: Article) -> Evidence:
    """Evidence that cites further sentences; its words stay where they are."""
    added = tuple(sorted({*evidence.added, *new}))
    sents = tuple(sorted({*evidence.sents, *new}))
    return placed(evidence.model_copy(update={"sents": sents, "added": added}), article)
