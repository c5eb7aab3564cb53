"""What a second reader says of a case: whether the words, the cited sentences or only the article bear each fact out.

Code finds words; whether they carry the claim is asked of another model (or the same one, in a request of its own) that
is shown the claims and the article and nothing else. A sentence that it names as missing is added to the citation. What
code has found to be not borne out stays so, whatever the model says; a person may answer for it all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pydantic import JsonValue

from summariser.errors import InputError, InvalidReply
from summariser.records.corrected import SUPPORT, fact_of
from summariser.records.evidence import cited_spans, format_numbers, stand_on_page
from summariser.records.grounding import CheckedCase
from summariser.reply import VerifyReply, parse_reply
from summariser.schema.case import (
    Action,
    Actor,
    Case,
    Evidence,
    Fact,
    FactClaim,
    Finding,
    Relation,
    Result,
    Rule,
    Statement,
    Time,
    fact_words,
)
from summariser.schema.codes import Support, SupportFrom
from summariser.schema.page import Article
from summariser.schema.record import Correction


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
            message = f"Claim {number} has {given.count(number)} verdicts; give each claim one."
            yield Rule.VERDICT_MISSING.at("verdicts", message)
    for index, each in enumerate(reply.verdicts):
        if not 1 <= each.claim <= claims:
            message = f"There is no claim {each.claim}; there are 1 to {claims}."
            yield Rule.VERDICT_MISSING.at(f"verdicts[{index}].claim", message)
        if wrong := [number for number in each.missing if not 1 <= number <= sentences]:
            message = f"There is no sentence {format_numbers(wrong[:10])}; the article has 1 to {sentences}."
            yield Rule.SENTENCE_UNKNOWN.at(f"verdicts[{index}].missing", message)


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
            message = f"Nothing in the article bears out “{fact_words(fact)}”, a second reader says."
            findings.append(Rule.NOT_BORNE_OUT.at(path, message))
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
    changes: dict[str, object] = {"sents": sents, "added": added}
    if evidence.start is None:
        lines, boxes, continuation = stand_on_page(article, cited_spans(article, sents))
        changes |= {"lines": lines, "boxes": boxes, "continuation": continuation}
    return evidence.model_copy(update=changes)
