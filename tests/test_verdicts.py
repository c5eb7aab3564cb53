"""A second reader says of each fact how far the article bears it out; what code found to be wrong stays wrong."""

from __future__ import annotations

import json

import pytest
from making import FULL_LINES, case_reply, case_text, full_reply, make_test_article

from summariser.errors import InvalidReply
from summariser.records.grounding import CheckedCase, FactVerdict, apply_verdicts, claims_of, read_reply, read_verdicts
from summariser.schema.case import Fact
from summariser.schema.codes import Support, SupportFrom

ARTICLE, FULL = make_test_article(), make_test_article(FULL_LINES)
CHECKED = read_reply(case_text(), ARTICLE)
ACTION = "actions[0]"


def _verdict(support: str, *missing: int) -> FactVerdict:
    return FactVerdict(Support(support), SupportFrom.MODEL, missing)


def _judge(path: str, support: str, *missing: int, checked: CheckedCase = CHECKED) -> tuple[Fact, CheckedCase]:
    judged = apply_verdicts(checked, {path: _verdict(support, *missing)}, ARTICLE)
    return dict(judged.case.facts())[path], judged


def _reply(*verdicts: tuple[int, str, list[int]]) -> str:
    return json.dumps(
        {"verdicts": [dict(zip(("claim", "support", "missing"), each, strict=True)) for each in verdicts]}
    )


def test_facts_that_say_more_than_a_name_are_claims() -> None:
    """A claim has the fact's words, its codes in Chinese and its sentences; names alone are no claim."""
    case = read_reply(json.dumps(full_reply()), FULL).case

    claims = {claim.path: claim for claim in claims_of(case)}

    assert list(claims) == [
        *("time", "problem", "lesson", "actors[0]", "actors[1]", "relations[0]", "relations[1]"),
        *("actions[0]", "actions[1]", "results[0]", "results[1]", "results[2]", "results[3]"),
    ]
    assert claims["results[2]"].sents == (6,)
    for said in ("徒弟出师所需的时间", "数：1年半", "此前：3年", "谁说的：何建平", "状态：", "数的是：徒弟出师的时间"):
        assert said in claims["results[2]"].text
    assert "时间：2025年" in claims["results[3]"].text
    assert claims["actors[1]"].text.startswith("北湾市总工会")
    assert "北湾市总工会" in claims["relations[0]"].text


def test_fact_that_code_found_absent_is_no_claim() -> None:
    """Nobody is paid to judge what is known to be wrong."""
    checked = read_reply(case_text(actions=[case_reply()["actions"][0] | {"text": "办了45个班。"}]), ARTICLE)

    assert ACTION not in [claim.path for claim in claims_of(checked.case)]


@pytest.mark.parametrize("support", ["words", "sentences", "article"])
def test_verdict_is_the_support_of_its_fact(support: str) -> None:
    """What the reader says stands in the record with who said it; other facts stay as code left them."""
    fact, judged = _judge(ACTION, support)

    assert (fact.support, fact.support_by, fact.evidence) == (support, "model", CHECKED.case.actions[0].evidence)
    assert judged.case.results == CHECKED.case.results
    assert judged.findings == ()


def test_missing_sentence_is_cited_as_well() -> None:
    """A sentence that the reader misses is added, with its lines, and carries the fact together with the others."""
    fact, _ = _judge(ACTION, "article", 3)

    assert (fact.support, fact.evidence.sents, fact.evidence.added) == ("sentences", (2, 3), (3,))
    assert fact.evidence.lines == ((2, 2), (3, 3))
    assert fact.evidence.spans == CHECKED.case.actions[0].evidence.spans


def test_words_of_a_number_stay_where_they_are_when_a_sentence_is_added() -> None:
    """Further sentences do not move the quote of a fact, nor its lines."""
    fact, _ = _judge("results[0]", "article", 1, 2)

    before = CHECKED.case.results[0].evidence
    assert (fact.evidence.sents, fact.evidence.added) == ((1, 2, 3), (1, 2))
    assert (fact.evidence.quote, fact.evidence.start, fact.evidence.lines) == (before.quote, before.start, before.lines)


@pytest.mark.parametrize("missing", [(2,), (99,), (0,)], ids=["cited already", "behind the last", "before the first"])
def test_missing_sentence_that_adds_nothing_leaves_the_verdict(missing: tuple[int, ...]) -> None:
    """Where no further sentence can be cited, the cited ones do not carry the fact, as the reader said."""
    fact, _ = _judge(ACTION, "article", *missing)

    assert (fact.support, fact.evidence.sents, fact.evidence.added) == ("article", (2,), ())


def test_fact_that_nothing_bears_out_is_told() -> None:
    """A verdict of none marks the fact and asks for a review; its evidence takes nothing in."""
    fact, judged = _judge(ACTION, "none", 3)

    assert (fact.supported, fact.evidence.sents) == (False, (2,))
    assert [(each.path, each.rule, each.deserves_review) for each in judged.findings] == [
        (ACTION, "not_borne_out", True)
    ]
    assert fact.text in judged.findings[0].message


def test_reader_cannot_bear_out_what_code_found_absent() -> None:
    """A fact that the page has not stays unsupported by code, whatever a reader says."""
    checked = read_reply(case_text(actions=[case_reply()["actions"][0] | {"text": "办了45个班。"}]), ARTICLE)

    fact, judged = _judge(ACTION, "words", checked=checked)

    assert (fact.support, fact.support_by) == ("none", "code")
    assert judged == checked


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        ([(1, "words", [])], {("verdicts", "Claim 2 has 0 verdicts")}),
        ([(1, "words", []), (2, "none", []), (1, "none", [])], {("verdicts", "Claim 1 has 2 verdicts")}),
        ([(1, "words", []), (2, "words", []), (3, "words", [])], {("verdicts[2].claim", "There is no claim 3")}),
        ([(1, "words", []), (2, "article", [2, 5])], {("verdicts[1].missing", "There is no sentence 5")}),
    ],
    ids=["missing", "twice", "unknown claim", "unknown sentence"],
)
def test_verdicts_that_do_not_fit_their_claims_are_refused(
    verdicts: list[tuple[int, str, list[int]]], told: set[tuple[str, str]]
) -> None:
    """Each claim gets one verdict; everything else is named, so that it can be asked for again."""
    claims = claims_of(CHECKED.case)[:2]

    with pytest.raises(InvalidReply) as caught:
        read_verdicts(_reply(*verdicts), claims, ARTICLE)

    assert {(each.path, each.message.partition(";")[0]) for each in caught.value.issues} == told
    assert caught.value.article_id == ARTICLE.article_id


def test_verdicts_go_to_the_facts_of_their_claims() -> None:
    """The number of a claim leads to its fact; missing sentences come in order and once."""
    claims = claims_of(CHECKED.case)[:2]

    read = read_verdicts(_reply((2, "article", [3, 1, 3]), (1, "words", [])), claims, ARTICLE)

    assert read == {claims[0].path: _verdict("words"), claims[1].path: _verdict("article", 1, 3)}
