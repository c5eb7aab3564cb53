"""Dense articles are asked on, and a second reader is asked for verdicts: in the run, in the record, in its check."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_client import Answer, FakeClient
from making import LINES, NOW, case_text, make_plan, result_reply

from summariser.disk.ledger import Ledger, open_ledger
from summariser.disk.store import Store
from summariser.disk.stored import find, load_record
from summariser.errors import ModelRefused
from summariser.pipeline import MOST_FURTHER, ArticleOutcome, Progress, Resources, run_pages
from summariser.prompt import load_prompt
from summariser.readers.dispatch import read_page
from summariser.records.make import RecordCheck, check_records
from summariser.reply import MAX_MESSAGE, MAX_REPAIRED
from summariser.reviewing.corrections import UNKNOWN, find_corrections
from summariser.schema.exchange import Request
from summariser.schema.record import FailureReason

DENSE = ("夜校办班31期，听课32人，发书33册，来访34户。",)
VALUES = ("31期", "32人", "33册", "34户")
JUDGE = {"verify_prompt": load_prompt("verify"), "verify_model": "judge"}
TRUE = {"support": "sentences", "missing": []}


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """A ledger in memory."""
    with open_ledger(None) as opened:
        yield opened


def _run(answer: Callable[[Request], Answer], ledger: Ledger, **changes: Any) -> tuple[ArticleOutcome, FakeClient]:
    """What became of a page whose one article is dense, below the working folder."""
    Path("page-900.txt").write_text("\n".join((*LINES, *DENSE)), encoding="utf-8")
    client = FakeClient(answer)
    resources = Resources(client, Store(Path("summaries")), ledger, None)
    plan = make_plan(ledger, split_prompt=None, **changes)
    (page,) = asyncio.run(run_pages([read_page("page-900.txt")], resources, plan, Progress())).pages
    return page.articles[0], client


def _check(change: Callable[[dict[str, Any]], object] | None = None) -> RecordCheck:
    """The check of the record that the run left, perhaps after an edit."""
    path = next(find([Path("summaries")]))
    if change:
        content = json.loads(path.read_text(encoding="utf-8"))
        change(content)
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return next(check_records([path]))


def _result(value: str, **changes: Any) -> dict[str, Any]:
    return result_reply(text="说的数", subject=None, value_text=value, sents=[5], **changes)


def _more(*values: str, more: bool) -> str:
    return json.dumps({"results": [_result(value) for value in values], "more": more})


def _first(value: str = "31期", *, more: bool = True) -> str:
    return case_text(results=[_result(value)], more=more)


def _is_further(request: Request) -> bool:
    return request.schema_name == "case_more"


# ---- asking on


def test_dense_article_is_asked_on_until_it_is_whole(ledger: Ledger) -> None:
    """Two further replies bring the rest; the record names their requests, and a check makes it again."""
    replies = iter([_first(), _more("32人", "33册", more=True), _more("34户", more=False)])
    outcome, client = _run(lambda _: next(replies), ledger)

    record = outcome.record
    assert record is not None
    assert [each.value_text for each in record.case.results] == list(VALUES)
    assert (record.case.more_results, record.findings) == (False, ())
    assert record.provenance.request_key == client.requests[0].key
    assert record.provenance.further_keys == tuple(request.key for request in client.requests[1:])
    assert [_is_further(request) for request in client.requests] == [False, True, True]
    assert "已经写出 3 条" in client.requests[2].messages[-1].content
    assert json.loads(client.requests[2].messages[-2].content)["results"][2]["value_text"] == "33册"
    assert _check().findings == ()


def test_further_reply_that_cannot_be_used_is_mended(ledger: Ledger) -> None:
    """What is wrong with a further reply goes back with it, by the places in that reply."""
    bad = json.dumps({"results": [_result("32人"), _result("33册") | {"sents": [99]}], "more": False})
    replies = iter([_first(), bad, _more("32人", "33册", more=False)])
    outcome, client = _run(lambda _: next(replies), ledger)

    question = client.requests[-1].messages
    assert outcome.record is not None
    assert [each.value_text for each in outcome.record.case.results] == ["31期", "32人", "33册"]
    assert question[-2].content == bad
    assert "results[1].sents: There is no sentence 99" in question[-1].content
    assert outcome.record.provenance.further_keys == (client.requests[-1].key,)


def test_endless_faults_are_not_paid_for_word_by_word(ledger: Ledger) -> None:
    """Of thousands of faults the first go back, and of a number of thousands of digits its beginning."""
    endless = json.dumps({"results": [_result("32人") | {"sents": [10**3000]}] * 150, "more": True})
    replies = iter([_first(), endless, _more("32人", more=False)])
    outcome, client = _run(lambda _: next(replies), ledger)

    question = client.requests[-1].messages[-1].content
    assert outcome.record is not None
    assert [each.value_text for each in outcome.record.case.results] == ["31期", "32人"]
    assert question.count("There is no sentence 1000") == MAX_REPAIRED
    assert "further issues of the same kind" in question
    assert len(question) < MAX_REPAIRED * (MAX_MESSAGE + 100)


def test_what_the_first_reply_did_wrong_is_not_asked_of_the_further_one(ledger: Ledger) -> None:
    """A further reply is not sent back for facts that it does not hold."""
    wrong = case_text(results=[_result("31期")], more=True, one_line="共有45个班组。")
    outcome, client = _run(lambda request: _more("32人", more=False) if _is_further(request) else wrong, ledger)

    assert outcome.record is not None
    assert [_is_further(request) for request in client.requests] == [False, False, False, True]
    assert [each.path for each in outcome.record.findings] == ["one_line"]


def test_article_that_never_ends_is_left_after_a_few_replies(ledger: Ledger) -> None:
    """An article is asked on a bounded number of times; that something is missing stays said."""
    values = iter(VALUES[1:])
    outcome, client = _run(lambda request: _more(next(values), more=True) if _is_further(request) else _first(), ledger)

    assert outcome.record is not None
    assert sum(map(_is_further, client.requests)) == MOST_FURTHER == len(outcome.record.provenance.further_keys)
    assert outcome.record.case.more_results
    assert [each.rule for each in outcome.record.findings] == ["list_full"]
    assert outcome.record.needs_review


def test_results_given_again_are_kept_once(ledger: Ledger) -> None:
    """A model that repeats itself from reply to reply makes no second fact of one."""
    outcome, _ = _run(lambda request: _more("31期", "32人", more=True) if _is_further(request) else _first(), ledger)

    assert outcome.record is not None
    assert [each.value_text for each in outcome.record.case.results] == ["31期", "32人"]
    assert [each.rule for each in outcome.record.findings] == ["list_full"]


@pytest.mark.parametrize("refused", [True, False])
def test_further_reply_that_fails_leaves_what_there_is(ledger: Ledger, *, refused: bool) -> None:
    """Results that were read are kept where the rest cannot be had, and the record says that there is more."""

    def answer(request: Request) -> Answer:
        if not _is_further(request):
            return _first()
        return ModelRefused("no", reason=FailureReason.CONTENT_FILTER) if refused else "no"

    outcome, _ = _run(answer, ledger)

    assert outcome.record is not None
    assert [each.value_text for each in outcome.record.case.results] == ["31期"]
    assert (outcome.record.case.more_results, outcome.record.provenance.further_keys) == (True, ())


def test_prompt_without_words_for_it_does_not_ask_on(ledger: Ledger) -> None:
    """A prompt that has no section for it leaves an article as its first reply has it."""
    prompt = load_prompt("case_study").model_copy(update={"more": None})
    outcome, client = _run(lambda _: _first(), ledger, case_prompt=lambda _: prompt)

    assert len(client.requests) == 1
    assert outcome.record is not None
    assert outcome.record.case.more_results


# ---- the second reader


def _claims(request: Request) -> list[str]:
    """The lines of a question that are claims."""
    lines = request.messages[1].content.partition("说法：")[2].splitlines()
    return [line for line in lines if line.strip()]


def _verdicts(request: Request, **odd: dict[str, Any]) -> str:
    """A verdict for each claim of a question: true, but for those whose line holds a word."""
    given = []
    for number, line in enumerate(_claims(request), 1):
        own = next((verdict for word, verdict in odd.items() if word in line), TRUE)
        given.append({"claim": number} | own)
    return json.dumps({"verdicts": given})


def _judged(**odd: dict[str, Any]) -> Callable[[Request], Answer]:
    return lambda request: _verdicts(request, **odd) if request.purpose == "verify" else _first(more=False)


def test_verdicts_stand_in_the_record_with_who_gave_them(ledger: Ledger) -> None:
    """Another model is asked once for all claims; a check takes its verdicts over."""
    outcome, client = _run(_judged(), ledger, **JUDGE)

    record = outcome.record
    assert record is not None
    asked = client.requests[-1]
    assert ([each.model for each in client.requests], asked.purpose) == (["m", "judge"], "verify")
    assert len(_claims(asked)) == 4
    assert {path: fact.support_by.value for path, fact in record.case.facts()} == {
        "place": "code",
        "time": "model",
        "actors[0]": "model",
        "people[0]": "code",
        "actions[0]": "model",
        "results[0]": "model",
    }
    assert record.provenance.verified_by is not None
    assert (record.provenance.verified_by.prompt, record.provenance.verified_by.model) == ("verify@1", "judge")
    assert record.provenance.verified_by.request_key == asked.key
    assert load_record(next(find([Path("summaries")]))) == record
    assert (_check().findings, outcome.message) == ((), "")


def test_sentence_that_a_reader_misses_is_cited_and_checked(ledger: Ledger) -> None:
    """The sentence is added to the evidence, and stays added in a check."""
    outcome, _ = _run(_judged(说的数={"support": "article", "missing": [2]}), ledger, **JUDGE)

    assert outcome.record is not None
    (result,) = outcome.record.case.results
    assert (result.support, result.evidence.sents, result.evidence.added) == ("sentences", (2, 5), (2,))
    assert _check().findings == ()


def test_fact_that_no_reader_bears_out_asks_for_a_review(ledger: Ledger) -> None:
    """A verdict of none is a finding of its record, and of the check that makes it again."""
    outcome, _ = _run(_judged(说的数={"support": "none", "missing": []}), ledger, **JUDGE)

    assert outcome.record is not None
    assert not outcome.record.case.results[0].supported
    assert outcome.record.needs_review
    assert [(each.path, each.rule) for each in outcome.record.findings] == [("results[0]", "not_borne_out")]
    assert _check().findings == ()


@pytest.mark.parametrize("spoil", ["missing", "twice", "unknown"])
def test_verdicts_that_do_not_fit_are_asked_for_again(ledger: Ledger, spoil: str) -> None:
    """A reader that leaves out a claim, judges one twice or one that is not there is told so and mends it."""

    def answer(request: Request) -> Answer:
        if request.purpose != "verify":
            return _first(more=False)
        verdicts = json.loads(_verdicts(request))["verdicts"]
        if request.attempt == 0:
            odd = {"missing": [], "twice": [verdicts[0]], "unknown": [TRUE | {"claim": 9}]}
            kept = verdicts[1:] if spoil == "missing" else verdicts
            return json.dumps({"verdicts": [*kept, *odd[spoil]]})
        return json.dumps({"verdicts": verdicts})

    outcome, client = _run(answer, ledger, **JUDGE)

    told = {"missing": "Claim 1 has 0 verdicts", "twice": "Claim 1 has 2 verdicts", "unknown": "There is no claim 9"}
    assert told[spoil] in client.requests[-1].messages[-1].content
    assert outcome.record is not None
    assert outcome.record.provenance.verified_by is not None
    assert outcome.record.provenance.verified_by.request_key == client.requests[-1].key


@pytest.mark.parametrize("refused", [True, False])
def test_record_without_verdicts_is_kept_and_said(ledger: Ledger, *, refused: bool) -> None:
    """A reader that refuses, or whose replies cannot be used, costs no record; the run says that there are none."""

    def answer(request: Request) -> Answer:
        if request.purpose != "verify":
            return _first(more=False)
        return ModelRefused("no", reason=FailureReason.CONTENT_FILTER) if refused else "no"

    outcome, _ = _run(answer, ledger, **JUDGE)

    assert outcome.record is not None
    assert outcome.record.provenance.verified_by is None
    assert {fact.support_by for _, fact in outcome.record.case.facts()} == {"code"}
    assert "No second reader gave verdicts" in outcome.message
    assert _check().findings == ()


def test_nobody_is_asked_about_no_claim(ledger: Ledger) -> None:
    """A case without a fact that says more than a name needs no second reader."""
    nothing = {"results": [], "actions": [], "time": None, "actors": [], "decision": "not_union", "more": False}
    outcome, client = _run(lambda _: case_text(**nothing), ledger, **JUDGE)

    assert [request.purpose for request in client.requests] == ["case_study"]
    assert (outcome.message, outcome.record is not None) == ("", True)


EDITS = {
    "a verdict that the record names no reader for": lambda r: r["provenance"].update(verified_by=None),
    "an added sentence that the article has not": lambda r: r["case"]["results"][0]["evidence"].update(
        sents=[2, 5, 99], added=[2, 99]
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_edited_verdict_is_told(ledger: Ledger, name: str) -> None:
    """A record cannot claim a reader that it does not name, nor sentences that the article has not."""
    _run(_judged(说的数={"support": "article", "missing": [2]}), ledger, **JUDGE)

    check = _check(EDITS[name])

    assert not check.is_sound
    assert any(each.path.startswith("results[0]") for each in check.findings)


def test_record_without_words_is_checked_like_any_other(ledger: Ledger) -> None:
    """Where the sentences of the page are not kept, their places and the hash are, and a check keeps it so."""
    outcome, _ = _run(_judged(), ledger, keeps_words=False)

    record = outcome.record
    assert record is not None
    assert {sentence.text for sentence in record.text.sentences} == {None}
    assert [(each.n, each.lines) for each in record.text.sentences] == [
        *((1, ((1, 1),)), (2, ((2, 2),)), (3, ((3, 3),)), (4, ((3, 3),)), (5, ((4, 4),)))
    ]
    assert _check().findings == ()


def test_results_of_further_replies_are_not_taken_for_a_person_s(ledger: Ledger) -> None:
    """What the ledger's replies made together is what the tool wrote; where one of them is gone, nobody knows it."""
    replies = iter([_first(), _more("32人", "33册", more=True), _more("34户", more=False)])
    _, client = _run(lambda _: next(replies), ledger)
    _check(lambda tree: tree["case"]["results"][3].update(value_text="34"))

    found = find_corrections(["summaries"], ledger=ledger)
    with open_ledger(None) as partly:
        for request in client.requests[:2]:
            reply = ledger.find_reply(request.key)
            assert reply is not None
            partly.save_reply(request, reply, partly.begin_run("run", "m", "https://example.org", NOW), NOW)
        unknown = find_corrections(["summaries"], ledger=partly)

    assert [(each.path, each.old, each.new) for each in found] == [("results[3].value_text", "34户", "34")]
    assert [each.path for each in unknown] == [UNKNOWN]
