"""The conductor: pages in, records out, nothing lost, nothing paid twice."""

from __future__ import annotations

import asyncio
import json
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_client import FakeClient, make_reply
from making import LINES, case_reply, case_text, make_page, make_parts, make_plan, make_scan, split_reply

from summariser.disk.ledger import Ledger, open_ledger
from summariser.disk.store import Put, Store
from summariser.disk.stored import load_failure, load_manifest, load_record
from summariser.errors import ConfigError, ModelRefused, ModelUnavailable, StoreError
from summariser.pipeline import PageOutcome, Progress, Resources, run_pages
from summariser.readers.dispatch import read_page
from summariser.records.make import check_records
from summariser.reviewing.decisions import accept
from summariser.schema.exchange import Reply, Request, Usage
from summariser.schema.page import Page, Tie
from summariser.schema.record import FailureReason

GOOD = {"split": split_reply(), "case_study": case_text()}


def _answer(request: Request) -> str:
    return GOOD[request.purpose]


def _run(
    client: FakeClient, out: Path, ledger: Ledger, *, pages: tuple[Page, ...] = (make_page(),), **changes: object
) -> list[PageOutcome]:
    plan = make_plan(ledger, **changes)
    outcome = asyncio.run(run_pages(pages, Resources(client, Store(out), ledger, None), plan, Progress()))
    if outcome.error:
        raise outcome.error
    return outcome.pages


@pytest.fixture
def ledger() -> Ledger:
    """A ledger in memory."""
    with open_ledger(None) as opened:
        yield opened


def test_page_becomes_records_and_an_manifest(tmp_path: Path, ledger: Ledger) -> None:
    """One page with one article leaves one record, and a manifest in which every line has its place."""
    outcome = _run(FakeClient(_answer), tmp_path, ledger)[0]

    record = load_record(next(tmp_path.glob("page-900/*.json")))
    manifest = load_manifest(tmp_path / "page-900.page.json")
    assert record == outcome.articles[0].record
    assert record.case.results[0].quantity.value == 200
    assert [article.lines for article in manifest.articles] == [((1, 3),)]


def test_scan_becomes_records_with_the_place_of_each_word(tmp_path: Path, ledger: Ledger) -> None:
    """A run over a scan keeps the boxes of evidence and the picture they stand on, and a check bears both out."""
    out = tmp_path / "summaries"

    _run(FakeClient(_answer), out, ledger, pages=(make_scan(tmp_path),))

    record = load_record(next(out.glob("scan/*.json")))
    picture = load_manifest(out / "scan.page.json").picture
    assert record.case.results[0].evidence.boxes == ((197, 80, 363, 110),)
    assert picture
    assert (picture.width, picture.height) == (1000, 800)
    assert [finding for checked in check_records([out]) for finding in checked.findings] == []


def test_second_run_asks_nothing_and_changes_nothing(tmp_path: Path, ledger: Ledger) -> None:
    """What is in the ledger is never asked again, and an unchanged record is not touched."""
    _run(FakeClient(_answer), tmp_path, ledger)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}

    client = FakeClient([])
    outcome = _run(client, tmp_path, ledger)[0]

    assert client.requests == []
    assert outcome.articles[0].put is Put.UNCHANGED
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")} == before


def test_second_run_counts_what_people_decided(tmp_path: Path, ledger: Ledger) -> None:
    """The record of an outcome is the one that stands: a decision on it is not open again."""
    _run(FakeClient(_answer), tmp_path, ledger)
    file = next(tmp_path.glob("page-900/*.json"))
    Store(tmp_path).put_decision(accept(load_record(file), by="王梅"), seen=load_record(file))

    (article,) = _run(FakeClient([]), tmp_path, ledger)[0].articles

    assert (article.put, article.record, article.unkept) == (Put.UNCHANGED, load_record(file), None)


def test_fresh_run_asks_again(tmp_path: Path, ledger: Ledger) -> None:
    """With `known_from=None` every request is sent, whatever the ledger holds."""
    _run(FakeClient(_answer), tmp_path, ledger)

    client = FakeClient(_answer)
    _run(client, tmp_path, ledger, known_from=None)

    assert [request.purpose for request in client.requests] == ["split", "case_study"]


def test_invalid_reply_is_mended_by_asking_again(tmp_path: Path, ledger: Ledger) -> None:
    """All issues go back with the reply they are about; the mended reply makes the record."""
    bad = case_text(lesson="夜校要办下去。", lesson_sents=[99], one_line="共有45个班组。")
    client = FakeClient([split_reply(), bad, case_text()])

    outcome = _run(client, tmp_path, ledger)[0].articles[0]

    question = client.requests[-1].messages[-1].content
    assert outcome.repairs == 1
    assert not outcome.record.needs_review
    assert "lesson_sents: There is no sentence 99" in question
    assert "45个" in question
    assert client.requests[-1].messages[-2].content == bad


def test_unsupported_fact_is_kept_and_marked_when_repairs_end(tmp_path: Path, ledger: Ledger) -> None:
    """After the last repair the reply with the fewest unsupported facts is kept, for a person to look at."""
    worse = case_text(one_line="共有45个班组。", summary=case_reply()["summary"] + "共有46个班组。")
    better = case_text(one_line="共有45个班组。")
    client = FakeClient([split_reply(), worse, better, worse])

    record = _run(client, tmp_path, ledger)[0].articles[0].record

    assert record.needs_review
    assert [finding.path for finding in record.findings] == ["one_line"]
    assert record.provenance.repairs == 2


def test_reply_that_stays_unusable_becomes_a_failure_file(tmp_path: Path, ledger: Ledger) -> None:
    """The failure file says what was asked, what came back each time, and every issue."""
    client = FakeClient([split_reply(), "no", "still no", "never"])

    outcome = _run(client, tmp_path, ledger)[0].articles[0]

    failure = load_failure(next(tmp_path.glob("page-900/*.failure.json")))
    assert outcome.record is None
    assert [attempt.reply_text for attempt in failure.attempts] == ["no", "still no", "never"]
    assert all(attempt.findings for attempt in failure.attempts)


def test_failure_file_holds_the_beginning_of_endless_replies(tmp_path: Path, ledger: Ledger) -> None:
    """Of a reply without an end the beginning stands in the failure file; the ledger has all of it."""
    endless = '{"a":' * 300_000
    client = FakeClient([split_reply(), endless, endless, endless])

    _run(client, tmp_path, ledger)

    (path,) = tmp_path.glob("page-900/*.failure.json")
    attempts = load_failure(path).attempts
    assert all(each.reply_text == f"{endless[:40_000]} [1,460,000 more characters]" for each in attempts)
    assert ledger.find_reply(attempts[0].request_key).text == endless


class _Counting(FakeClient):
    """A client that counts how many of its endless replies are in memory when it is asked for the next."""

    def __init__(self, answers: Callable[[Request], str]) -> None:
        super().__init__(answers)
        self.alive: weakref.WeakSet[Reply] = weakref.WeakSet()
        self.most = 0

    async def complete(self, request: Request, unusable: Callable[[Reply], None] | None = None) -> Reply:
        """The next answer, after others had their turn."""
        await asyncio.sleep(0)
        self.most = max(self.most, sum(len(each.text) > 40_000 for each in self.alive))
        reply = await super().complete(request, unusable)
        self.alive.add(reply)
        return reply


_FILLED = " " * 200_000


@pytest.mark.parametrize(
    ("answer", "asked"),
    [("x" * 200_000, 3), (_FILLED + case_text(one_line="共有45个班组。"), 3), (_FILLED + case_text(), 1)],
    ids=["unreadable", "with a fact to mend", "good"],
)
def test_endless_replies_do_not_gather_in_memory(tmp_path: Path, ledger: Ledger, answer: str, asked: int) -> None:
    """Of forty endless replies that come at once, none waits in memory for the others to be read or mended."""
    pages = tuple(make_page([f"第{n}班", *LINES[1:]], name=f"page-{n}.txt") for n in range(40))
    client = _Counting(lambda request: split_reply() if request.purpose == "split" else answer)

    _run(client, tmp_path, ledger, pages=pages, pages_at_once=40)

    assert sum(request.purpose == "case_study" for request in client.requests) == 40 * asked
    assert client.most <= 1


class _Cut(FakeClient):
    """A client whose replies about articles are cut off twice, then refused."""

    async def complete(self, request: Request, unusable: Callable[[Reply], None] | None = None) -> Reply:
        """A split, or two halves."""
        reply = await super().complete(request)
        if request.purpose == "split" or unusable is None:
            return reply
        for text in ("half", "two halves"):
            unusable(reply.model_copy(update={"text": text, "finish_reason": "length"}))
        raise ModelRefused("cut off", reason=FailureReason.TRUNCATED, article_id=request.article_id)


def test_replies_that_were_cut_off_stand_in_the_failure_file(tmp_path: Path, ledger: Ledger) -> None:
    """What a model said before it was cut off is kept beside the records and counted in the ledger."""
    _run(_Cut(_answer), tmp_path, ledger)

    failure = load_failure(next(tmp_path.glob("page-900/*.failure.json")))
    assert failure.reason is FailureReason.TRUNCATED
    assert [attempt.reply_text for attempt in failure.attempts] == ["half", "two halves"]
    assert "finish reason length" in failure.attempts[0].findings[0].message
    assert ledger.runs(1)[0].replies == 3


def test_a_refused_repair_does_not_lose_the_reply_before_it(tmp_path: Path, ledger: Ledger) -> None:
    """A valid reply with an unsupported fact stays, if the question how to mend it gets no answer."""
    refusal = ModelRefused("no", reason=FailureReason.CONTENT_FILTER)
    client = FakeClient([split_reply(), case_text(one_line="共有987人。"), refusal])

    record = _run(client, tmp_path, ledger)[0].articles[0].record

    assert record.needs_review
    assert record.case.one_line == "共有987人。"


@pytest.mark.parametrize("is_valid", [True, False])
def test_a_question_that_the_endpoint_cut_is_told(tmp_path: Path, ledger: Ledger, *, is_valid: bool) -> None:
    """Where usage says that far less was read than was sent, the outcome says what to raise, valid reply or not."""

    def answer(request: Request) -> Reply:
        text = _answer(request) if is_valid or request.purpose == "split" else "no"
        usage = Usage(prompt_tokens=700 if request.purpose == "case_study" else None)
        return make_reply(request, text).model_copy(update={"usage": usage})

    outcome = _run(FakeClient(answer), tmp_path, ledger)[0].articles[0]

    assert (outcome.record is not None) is is_valid
    assert "The endpoint read 700 of about" in outcome.message
    assert "num_ctx" in outcome.message


def test_reply_with_half_a_character_fails_alone(tmp_path: Path, ledger: Ledger) -> None:
    """What no file can hold stands escaped in the failure file of its article."""
    client = FakeClient([split_reply(), *['{"one_line": "\ud83d"}'] * 3])

    outcome = _run(client, tmp_path, ledger)[0].articles[0]

    assert outcome.record is None
    assert (
        load_failure(next(tmp_path.glob("page-900/*.failure.json"))).attempts[0].reply_text == '{"one_line": "\\ud83d"}'
    )


def test_refused_article_fails_alone(tmp_path: Path, ledger: Ledger) -> None:
    """A refusal of one article is its failure; the other page goes through."""

    def answer(request: Request) -> str | Exception:
        if request.purpose == "case_study" and request.page_id == "page-900":
            return ModelRefused("no", reason=FailureReason.CONTENT_FILTER, article_id=request.article_id)
        return _answer(request)

    pages = (make_page(), make_page(("另一个标题", *LINES[1:]), name="page-901.txt"))

    first, second = _run(FakeClient(answer), tmp_path, ledger, pages=pages)

    assert first.articles[0].failure_reason == "content_filter"
    assert second.articles[0].record is not None


def test_record_replaces_the_failure_of_an_earlier_run(tmp_path: Path, ledger: Ledger) -> None:
    """When an article succeeds at last, its failure file goes."""
    _run(FakeClient([split_reply(), "no", "no", "no"]), tmp_path, ledger)
    _run(FakeClient(_answer), tmp_path, ledger, known_from=None)

    assert not list(tmp_path.rglob("*.failure.json"))


@pytest.mark.parametrize(
    "replies",
    [("no", "no", "no"), (json.dumps({"articles": [], "noise": []}),) * 3],
    ids=["no JSON", "lines missing"],
)
def test_unusable_split_falls_back_to_the_rules(tmp_path: Path, ledger: Ledger, replies: tuple[str, ...]) -> None:
    """If the model cannot split a page, the rules do, and the manifest of the page says why."""
    client = FakeClient(lambda request: case_text() if request.purpose == "case_study" else replies[request.attempt])

    outcome = _run(client, tmp_path, ledger)[0]

    assert outcome.split.method == "rules_after_model"
    assert load_manifest(tmp_path / "page-900.page.json").findings


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "unusable"])
def test_failed_run_leaves_what_an_earlier_one_made(tmp_path: Path, ledger: Ledger, *, refused: bool) -> None:
    """A split that fails leaves the manifest of the same page as it is, and the records that rest on it stay sound."""

    def fail(request: Request) -> str:
        if refused:
            raise ModelRefused("no", reason=FailureReason.REJECTED, article_id=request.article_id)
        return "no"

    page = tmp_path / "page-900.txt"
    page.write_text("\n".join((*LINES, "另一篇文章", "本报讯 城里下了一场雨。")), encoding="utf-8")
    out = tmp_path / "summaries"
    pages = (read_page(page),)
    good = {"split": split_reply((*LINES, "", "")), "case_study": case_text()}
    _run(FakeClient(lambda request: good[request.purpose]), out, ledger, pages=pages)
    before = {path: path.read_bytes() for path in out.rglob("*.json")}

    (outcome,) = _run(FakeClient(fail), out, ledger, pages=pages, known_from=None)

    assert {path: path.read_bytes() for path in before} == before
    assert outcome.findings
    assert outcome.split.method == "model"
    assert all(article.record is None for article in outcome.articles)
    assert all(check.is_sound for check in check_records([out]))


def test_changed_page_is_not_read_by_its_old_manifest(tmp_path: Path, ledger: Ledger) -> None:
    """Where the page changed, the split of the earlier run says nothing of it, and the rules cut the page."""
    _run(FakeClient(_answer), tmp_path, ledger)
    changed = make_page((*LINES, "又一行。"))

    (outcome,) = _run(FakeClient(lambda _: "no"), tmp_path, ledger, pages=(changed,))

    assert outcome.split.method == "rules_after_model"
    assert load_manifest(tmp_path / "page-900.page.json").page_sha256 == changed.sha256


def test_page_of_another_name_alike_is_refused_before_it_is_asked(tmp_path: Path, ledger: Ledger) -> None:
    """Two pages of one name never meet in a folder; all of them are named at once, and nothing was asked."""
    pages = tuple(make_page(name=f"monday/0{number}.txt") for number in (1, 2, 3))
    others = tuple(
        make_page((*LINES, "续"), name=f"{folder}/0{number}.txt") for folder, number in (("tuesday", 1), ("tuesday", 3))
    )
    _run(FakeClient(_answer), tmp_path, ledger, pages=pages)
    client = FakeClient(_answer)

    with pytest.raises(StoreError, match=r"tuesday/01\.txt would replace monday/01\.txt") as caught:
        _run(client, tmp_path, ledger, pages=others)

    assert "tuesday/03.txt" in str(caught.value)
    assert client.requests == []
    assert load_manifest(tmp_path / "01.page.json").source == "monday/01.txt"


def test_page_whose_name_differs_in_capitals_takes_no_other_ones_place(tmp_path: Path, ledger: Ledger) -> None:
    """Where A and a are one file, a page finds what is kept of another id: it is refused, also with the same text."""
    _run(FakeClient(_answer), tmp_path, ledger, pages=(make_page(name="Page-A.txt"),))
    for kept in tmp_path.glob("Page-A*"):  # as such a disk shows it to who asks for the other name
        kept.rename(kept.with_name(kept.name.replace("Page-A", "page-a")))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.json")}
    client = FakeClient(_answer)

    with pytest.raises(StoreError, match=r"page-a\.txt would replace Page-A\.txt") as caught:
        _run(client, tmp_path, ledger, pages=(make_page(name="page-a.txt"),))

    assert "rename the page files" in str(caught.value)
    assert client.requests == []
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.json")} == before


@pytest.mark.parametrize(
    ("lines", "name"),
    [((*LINES, "续"), "monday/01.txt"), (LINES, "elsewhere/01.txt")],
    ids=["changed", "moved"],
)
def test_page_that_changed_or_moved_is_run_again(
    tmp_path: Path, ledger: Ledger, lines: tuple[str, ...], name: str
) -> None:
    """The same file with other bytes, and the same bytes elsewhere, are the page that was there."""
    _run(FakeClient(_answer), tmp_path, ledger, pages=(make_page(name="monday/01.txt"),))

    _run(
        FakeClient(lambda request: split_reply(lines) if request.purpose == "split" else case_text()),
        tmp_path,
        ledger,
        pages=(make_page(lines, name=name),),
    )

    assert load_manifest(tmp_path / "01.page.json").source == name


def test_rules_ask_for_no_split(tmp_path: Path, ledger: Ledger) -> None:
    """Without a split prompt only the articles are asked about."""
    client = FakeClient(_answer)

    _run(client, tmp_path, ledger, split_prompt=None)

    assert {request.purpose for request in client.requests} == {"case_study"}


@pytest.mark.parametrize(
    "error", [ModelUnavailable("gone"), ConfigError("the key is wrong")], ids=["unavailable", "wrong key"]
)
def test_endpoint_that_stays_away_stops_the_run_with_everything_kept(
    tmp_path: Path, ledger: Ledger, error: Exception
) -> None:
    """After such an error nothing new is asked; what was kept stays, and the next run goes on from there."""
    pages = tuple(make_page(name=f"page-90{number}.txt") for number in range(6))
    client = FakeClient(lambda request: error if request.page_id == "page-902" else _answer(request))

    with pytest.raises(type(error)):
        _run(client, tmp_path, ledger, pages=pages, pages_at_once=1)

    kept = {path.parent.name for path in tmp_path.glob("*/*.json")}
    assert kept == {"page-900", "page-901"}
    assert {request.page_id for request in client.requests} == {"page-900", "page-901", "page-902"}


def test_edited_record_survives_another_answer(tmp_path: Path, ledger: Ledger) -> None:
    """A person's correction stays in the file when the model says something else later."""
    _run(FakeClient(_answer), tmp_path, ledger)
    file = next(tmp_path.glob("page-900/*.json"))
    file.write_text(file.read_text(encoding="utf-8").replace("焊工", "电焊工"), encoding="utf-8")

    other = {"split": split_reply(), "case_study": case_text(time=None)}
    outcome = _run(FakeClient(lambda r: other[r.purpose]), tmp_path, ledger, known_from=None)[0]

    (article,) = outcome.articles
    assert article.put is Put.KEPT_EDITED
    assert article.record == load_record(file)
    assert article.unkept is not None
    assert article.unkept.case.time is None
    assert "电焊工" in file.read_text(encoding="utf-8")


def test_broken_record_file_fails_its_article_and_stays(tmp_path: Path, ledger: Ledger) -> None:
    """A record file that a person broke is never written over; the article says so."""
    _run(FakeClient(_answer), tmp_path, ledger)
    file = next(tmp_path.glob("page-900/*.json"))
    file.write_text("{ half an edit", encoding="utf-8")

    outcome = _run(FakeClient([]), tmp_path, ledger)[0].articles[0]

    assert outcome.failure_reason == "stored_record_broken"
    assert file.read_text(encoding="utf-8") == "{ half an edit"


def test_two_runs_at_once_pay_once(tmp_path: Path) -> None:
    """A request that another living run is asking is waited for, not sent again."""
    path = tmp_path / "ledger.db"
    slow = _SlowClient(_answer)
    with open_ledger(path) as ours, open_ledger(path) as theirs:
        plans = [(slow, tmp_path / "a", ours), (slow, tmp_path / "b", theirs)]
        outcomes = asyncio.run(_run_side_by_side(plans))

    assert [request.purpose for request in slow.requests] == ["split", "case_study"]
    assert all(outcome.articles[0].record for outcome in outcomes)


def test_one_article_on_two_pages_is_paid_once(tmp_path: Path, ledger: Ledger) -> None:
    """A request that this run has on its way already is waited for; both articles get their record."""
    pages = tuple(make_page(name=f"page-90{number}.txt") for number in (1, 2))
    slow = _SlowClient(_answer)

    outcomes = _run(slow, tmp_path, ledger, pages=pages, split_prompt=None)

    assert [request.purpose for request in slow.requests] == ["case_study"]
    assert all(outcome.articles[0].record for outcome in outcomes)


class _SlowClient(FakeClient):
    """Answers after a while, so that the other run meets the claim."""

    async def complete(self, request: Request, unusable: object = None) -> Reply:
        await asyncio.sleep(0.05)
        return await super().complete(request)


async def _run_side_by_side(plans: list[tuple[FakeClient, Path, Ledger]]) -> list[PageOutcome]:
    jobs = [
        run_pages([make_page()], Resources(client, Store(out), ledger, None), make_plan(ledger), Progress())
        for client, out, ledger in plans
    ]
    return [outcome.pages[0] for outcome in await asyncio.gather(*jobs)]


def test_stale_record_is_reported_and_left(tmp_path: Path, ledger: Ledger) -> None:
    """A record whose article the page no longer has is named, never deleted."""
    _run(FakeClient(_answer), tmp_path, ledger)
    changed = make_page(("北湾市总工会送清凉", "本报讯 北湾市总工会日前为快递员送去清凉包。"))

    outcome = _run(FakeClient(_answer), tmp_path, ledger, pages=(changed,))[0]

    assert len(outcome.stale) == 1
    assert Path(outcome.stale[0]).is_file()


def test_article_keeps_its_id_when_its_neighbour_changes(tmp_path: Path, ledger: Ledger) -> None:
    """Lines added to one article do not rename the file of another."""
    other = ("邻篇标题", "本报讯 邻篇正文。")

    def two(first: int) -> Callable[[Request], str]:
        articles = [
            {"kind": "brief", "headline_lines": [1], "kicker_lines": [], "subhead_lines": [], "lines": [[1, first]]},
            {
                "kind": "brief",
                "headline_lines": [first + 1],
                "kicker_lines": [],
                "subhead_lines": [],
                "lines": [[first + 1, first + 3]],
            },
        ]
        answers = {"split": json.dumps({"articles": articles, "noise": []}), "case_study": case_text()}
        return lambda request: answers[request.purpose]

    before = _run(FakeClient(two(2)), tmp_path, ledger, pages=(make_page((*other, *LINES)),))[0]
    after = _run(FakeClient(two(3)), tmp_path, ledger, pages=(make_page((*other, "又一段。", *LINES)),))[0]

    assert before.articles[1].article.article_id == after.articles[1].article.article_id


def test_article_on_two_pages_becomes_one_record(tmp_path: Path, ledger: Ledger) -> None:
    """One record under the page where it begins; both manifests name it, its evidence the page it stands on."""
    out = tmp_path / "out"
    pages = make_parts(tmp_path)

    _run(FakeClient(lambda _: case_text()), out, ledger, pages=pages, split_prompt=None)

    (path,) = [path for path in out.rglob("*.json") if path.parent != out]
    record, begun, rest = load_record(path), *(load_manifest(out / f"{page.page_id}.page.json") for page in pages)
    assert record.page_id == "20260420_p1"
    assert record.continuation is not None
    assert (record.continuation.page_id, record.continuation.lines) == ("20260420_p3", ((1, 2),))
    assert begun.articles[0].continues_in == Tie(page_id="20260420_p3", article_id=rest.articles[0].article_id)
    assert rest.articles[0].continues_from == Tie(page_id="20260420_p1", article_id=record.article_id)
    evidence = record.case.results[0].evidence
    assert (evidence.quote, evidence.lines, evidence.boxes) == ("近200名职工参加", (), ())
    assert evidence.continuation is not None
    assert (evidence.continuation.lines, evidence.continuation.boxes) == (((2, 2),), ((10, 80, 215, 110),))
    assert [finding for checked in check_records([out]) for finding in checked.findings] == []


def test_page_run_apart_from_its_continuation_is_told(tmp_path: Path, ledger: Ledger) -> None:
    """After one of the two pages was run alone a check says what no longer fits; run together, all is well again."""
    out = tmp_path / "out"
    pages = make_parts(tmp_path)
    client = FakeClient(lambda _: case_text())
    _run(client, out, ledger, pages=pages, split_prompt=None)

    assert Store(out).find_parted(pages) == {}
    assert Store(out).find_parted(pages[1:]) == {pages[1].page_id: (pages[0].page_id,)}
    _run(client, out, ledger, pages=pages[1:], split_prompt=None)
    apart = [finding for checked in check_records([out / pages[0].page_id]) for finding in checked.findings]
    _run(client, out, ledger, pages=pages, split_prompt=None)
    together = [finding for checked in check_records([out / pages[0].page_id]) for finding in checked.findings]

    assert [(finding.path, finding.rule) for finding in apart] == [("continuation", "stale")]
    assert "Run both pages together." in apart[0].message
    assert together == []
