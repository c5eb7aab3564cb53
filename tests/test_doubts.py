"""Doubt: which facts of a record a person looks at first, and which records."""

from __future__ import annotations

import pytest
from making import FULL_LINES, LINES, case_text, full_reply, make_page, make_test_record, result_reply

from summariser.reviewing.decisions import Doubt, doubt_fact, doubt_facts, doubt_record
from summariser.schema.case import Rule
from summariser.schema.codes import Support, SupportFrom
from summariser.schema.page import LineRange
from summariser.schema.record import Record


def _record(**changes: object) -> Record:
    return make_test_record(make_page(LINES), case_text(**changes))[0]


@pytest.mark.parametrize(
    ("support", "by", "doubt"),
    [
        (Support.NONE, SupportFrom.CODE, Doubt.UNSUPPORTED),
        (Support.ARTICLE, SupportFrom.MODEL, Doubt.ARTICLE),
        (Support.SENTENCES, SupportFrom.CODE, Doubt.BY_CODE),
        (Support.SENTENCES, SupportFrom.MODEL, Doubt.BY_MODEL),
        (Support.WORDS, SupportFrom.CODE, Doubt.WORDS),
        (Support.SENTENCES, SupportFrom.PERSON, Doubt.SETTLED),
        (Support.NONE, SupportFrom.PERSON, Doubt.UNSUPPORTED),
    ],
)
def test_grade_of_support_is_the_doubt(support: Support, by: SupportFrom, doubt: Doubt) -> None:
    """What bears a fact out, and who says so, decides how much it is to be doubted."""
    fact = _record().case.results[0].model_copy(update={"support": support, "support_by": by})

    assert doubt_fact(fact, ()) is doubt


def test_finding_raises_the_doubt_unless_a_person_settled_it() -> None:
    """A finding that asks comes before facts without one, an unsupported one first; a person's word ends both."""
    fact = _record().case.results[0]
    asks, marks = Rule.MENTION_INEXACT.at("results[0]", "x"), Rule.MENTION_ABSENT.at("results[0]", "x")
    settled = fact.model_copy(update={"support_by": SupportFrom.PERSON})

    assert doubt_fact(fact, [Rule.LENGTH.at("results[0]", "x")]) is Doubt.BY_CODE
    assert doubt_fact(fact, [asks]) is Doubt.ASKED
    assert doubt_fact(fact, [asks, marks]) is Doubt.UNSUPPORTED
    assert doubt_fact(settled, [asks, marks]) is Doubt.SETTLED


def test_facts_come_worst_first() -> None:
    """The invented number comes first, then what only sentences are cited for, then names that stand in the page."""
    record = _record(results=[result_reply(), result_reply(value_text="近900名")])

    doubts = doubt_facts(record)

    assert doubts[0] == ("results[1]", Doubt.UNSUPPORTED)
    assert [doubt for _, doubt in doubts] == sorted(doubt for _, doubt in doubts)
    assert {path for path, _ in doubts} == {path for path, _ in record.case.facts()}


def test_record_with_more_doubt_is_larger() -> None:
    """An unsupported fact outweighs everything behind it; repairs, coders and damage are counted."""
    sound = make_test_record(make_page(FULL_LINES), case_text(**full_reply()))[0]
    wrong = _record(results=[result_reply(value_text="近900名")])
    repaired = sound.model_copy(update={"provenance": sound.provenance.model_copy(update={"repairs": 2})})
    damaged = sound.model_copy(update={"findings": (*sound.findings, Rule.NUMBER_LOOKS_MISREAD.at("$", "2O"))})

    assert doubt_record(wrong) > doubt_record(sound)._replace(disagreements=9)
    assert doubt_record(repaired) > doubt_record(sound)
    assert doubt_record(damaged).damage == doubt_record(sound).damage + 1
    assert doubt_record(sound)._replace(disagreements=1) > doubt_record(sound)


def test_words_that_are_not_in_the_cited_sentence_come_first() -> None:
    """Of two deeds that are cited alike, the one whose words stand elsewhere is looked at first."""
    deed = {"theme": "skills_training", "sents": [3]}
    told, foreign = {**deed, "text": "夜校开设3门课程"}, {**deed, "text": "为骑手检查身体"}

    doubts = doubt_facts(_record(actions=[told, foreign]))

    places = [path for path, _ in doubts]
    assert places.index("actions[1]") < places.index("results[0]") < places.index("actions[0]")


def test_line_that_stands_alone_raises_the_doubt() -> None:
    """Of facts that are to be doubted alike, one on a line apart from the rest of its article is looked at first."""
    second = result_reply(text="每人的补贴", value_text="300元", subject="补贴")
    record = _record(results=[result_reply(), second])
    alone = record.case.results[1].evidence.model_copy(update={"lines": (LineRange(9, 9),)})
    results = (record.case.results[0], record.case.results[1].model_copy(update={"evidence": alone}))
    moved = record.model_copy(
        update={
            "lines": (*record.lines, LineRange(9, 9)),
            "case": record.case.model_copy(update={"results": results}),
        }
    )

    assert doubt_facts(moved)[0][0] == "results[1]"
    assert doubt_facts(record)[0][0] != "results[1]"
