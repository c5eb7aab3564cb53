"""Where a person corrected a misprint, sentences that still say what the page prints are told."""

from __future__ import annotations

import json

import pytest
from making import LINES as BASE
from making import case_reply, case_text, make_page, make_test_record, result_reply

from summariser.disk.stored import rebuild_split
from summariser.records.corrected import Misprint, find_told_misprints
from summariser.records.make import rebuild_record
from summariser.reply import CaseReply
from summariser.reviewing.amend import amend, undo
from summariser.schema.page import Article
from summariser.schema.record import CorrectionReason, PageManifest, Record

LINES = (
    *BASE[:2],
    "夜校培训职工1068人，开设38门课程，每人补贴300元。何建平说，夜校要办下去，已有38人报名。",
)
TRAINED = result_reply(text="培训的职工人数", kind="people_trained", value_text="1068人", subject="职工", sents=[3])
SUMMARY = {
    "one_line": "临河区总工会办夜校，让职工下班就能学。",
    "summary": "临河区总工会在纺织园办起夜校，培训职工1068人，每人补贴300元，让职工下班就能学，不耽误干活，"
    "受到大家的欢迎。何建平头一个报名，夜校要办下去，课堂开到了车间里。",
    "summary_en": "The trade union federation of Linhe District opened an evening school in the textile park, so that "
    "workers can learn after work. The school trained 1,068 workers and pays 300 yuan for each of them; it goes on.",
}
WHO = {"by": "王梅", "date": "2026-11-29"}
COUNT = Misprint("1068人", "1086人")
NAME = Misprint("何建平", "何建萍")


def _make() -> tuple[Record, Article, PageManifest]:
    page = make_page(LINES)
    record, manifest = make_test_record(page, case_text(results=[TRAINED], **SUMMARY))
    return record, rebuild_split(page, manifest).articles[0], manifest


def _told(text: str, misprint: Misprint, path: str = "summary") -> list[str]:
    """Where sentences of a reply with this text say the misprint."""
    _, article, _ = _make()
    plain = dict.fromkeys(("one_line", "summary", "headline_en", "summary_en"), "-")
    given = case_reply(results=[], actions=[], problem=None, lesson=None) | plain | {path: text}
    reply = CaseReply.model_validate_json(json.dumps(given))
    return [each.path for each in find_told_misprints(reply, [misprint], article)]


@pytest.mark.parametrize(
    ("path", "text", "misprint"),
    [
        ("summary", "夜校培训职工1068人。", COUNT),
        ("one_line", "夜校培训1068名职工。", COUNT),
        ("summary_en", "The school trained 1,068 workers.", COUNT),
        ("headline_en", "1,068 trained", COUNT),
        ("problem", "只有1068人学习。", COUNT),
        ("lesson", "何建平说得好。", NAME),
        ("summary", "夜校服务1068人次。", COUNT),
    ],
)
def test_sentence_that_says_the_misprint_is_told(path: str, text: str, misprint: Misprint) -> None:
    """In either language, with another measure word of the same kind, and of a name too."""
    assert _told(text, misprint, path) == [path]


@pytest.mark.parametrize(
    ("path", "text", "misprint"),
    [
        ("summary", "夜校培训职工1086人。", COUNT),
        ("summary", "夜校培训职工1086人，版面误印为1068人。", COUNT),
        ("summary", "夜校补贴1068元。", COUNT),
        ("summary_en", "The school trained 1,086 workers.", COUNT),
        ("summary_en", "It trained 38 workers.", Misprint("38门", "83门")),
        ("summary", "已有38人报名。", Misprint("38门", "83门")),
        ("summary", "补贴300元。", Misprint("每人补贴300元", "每人补贴300元整")),
        ("summary", "何建萍说得好。", NAME),
        ("summary_en", "He Jianping said so.", NAME),
        ("summary", "平说得好。", Misprint("平", "萍")),
    ],
)
def test_sentence_that_may_mean_something_else_is_not(path: str, text: str, misprint: Misprint) -> None:
    """What was meant, both beside each other, another unit, and a number that the article has of something else."""
    assert _told(text, misprint, path) == []


def test_corrected_record_says_what_its_sentences_still_say() -> None:
    """The finding stands in the record as a run makes it too, asks for a look, and goes when the sentence is mended."""
    record, article, manifest = _make()
    assert [each.rule for each in record.findings] == []

    done = amend(record, article, "results[0].value_text", "1086人", reason=CorrectionReason.MISPRINT, **WHO).record

    first, second = done.findings
    assert (first.path, first.rule, second.path, second.rule) == (
        "summary",
        "misprint_told",
        "summary_en",
        "misprint_told",
    )
    assert all(words in first.message for words in ("“1068人”", "“1086人”"))
    assert all(words in second.message for words in ("“1,068”", "“1086人”"))
    assert done.needs_review
    assert rebuild_record(done, article, manifest).findings == done.findings
    assert undo(done, article, 0).record.findings == ()

    for name in ("summary", "summary_en"):
        words = getattr(done.case, name).replace("1068", "1086").replace("1,068", "1,086")
        done = amend(done, article, name, words, reason=CorrectionReason.WRONG, **WHO).record
    assert (done.findings, done.needs_review) == ((), False)
