"""Requests sent in batches: what comes of them, whatever the endpoint does and whenever the run is killed."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from batch_endpoint import BatchEndpoint, running_batches
from conftest import ROOT
from faulty_endpoint import Behaviour, completion, hash_body
from making import NOW
from processes import start, summariser
from test_asking import make_request
from test_endurance import ARTICLES_PER_PAGE, _answer, _write_pages

from summariser import Progress, summarise
from summariser.api import RunReport
from summariser.disk.batches import LedgerBatches
from summariser.disk.ledger import open_ledger
from summariser.endpoints.cassette import read_cassette
from summariser.endpoints.endpoint import PROVIDERS, Capability
from summariser.endpoints.limits import Price
from summariser.errors import ConfigError, ModelUnavailable
from summariser.schema.exchange import OutputMode


def run_batch(endpoint: BatchEndpoint, pages: object = "page-*.txt", **flags: object) -> RunReport:
    """A run with batches at an endpoint."""
    given = {"base_url": endpoint.base_url, "model": "test-model", "batch": True, **flags}
    return summarise(pages, **given)


def read_out(folder: str | Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in Path(folder).rglob("*.json")}


def test_batches_of_the_seeds_equal_their_replay(seeds: Path) -> None:
    """The five seed pages by batches, answered with what is recorded, give the records of a replay byte for byte."""
    recorded = defaultdict(list)
    for path in sorted((ROOT / "cassettes").glob("page-*.yaml")):
        for exchange in read_cassette(path).exchanges:
            recorded[hash_body(exchange.request.body)].append(exchange.response.body)
    pages = sorted(seeds.glob("*.txt"))
    summarise(pages, replay=True, cassettes=ROOT / "cassettes", out="replayed")

    older = [page for page in pages if page.stem == "page-001"]  # recorded with the release before
    endpoint = BatchEndpoint(Behaviour(models=("desk",)), complete=lambda body: recorded[hash_body(body)][0])
    with running_batches(endpoint):
        wanted = {"model": "desk", "out": "batched", "verify": True}
        reports = [
            run_batch(endpoint, [page for page in pages if page not in older], **wanted),
            run_batch(endpoint, older, case_prompt="case_study@3", **wanted),
        ]

    assert read_out("batched") == read_out("replayed")
    assert [len(report.records) for report in reports] == [33, 9]
    assert set(endpoint.done.values()) == {1}
    lines = [len(endpoint.uploads[batch["input_file_id"]].splitlines()) for batch in endpoint.batches.values()]
    assert (lines[:2], [1, 9] in (lines[at : at + 2] for at in range(len(lines)))) == ([4, 33], True)
    assert endpoint.questions == []


def answering(*outcomes: str, **behaviour: object) -> BatchEndpoint:
    """An endpoint that knows the articles of `_write_pages`; the first batch, of the splits, goes well."""
    return BatchEndpoint(Behaviour(answer=_answer), ["completed", *(outcomes or ("completed",))], **behaviour)


@pytest.mark.parametrize(
    ("outcome", "batches"),
    [
        ("completed", 2), ("strange", 2), ("text_body", 2), ("padded", 2), ("expired_half", 3), ("cancelled_half", 3),
        ("expired_early", 3), ("no_file", 3), ("missing", 3), ("error_lines", 3), ("throttled_lines", 3),
        ("temperature_lines", 3), ("error_in_200", 3), ("first_refused", 3),
    ],
)  # fmt: skip
def test_every_request_is_answered_once_whatever_a_batch_does(outcome: str, batches: int) -> None:
    """What came back is kept, what did not goes into the next batch, and nothing is worked on twice."""
    _write_pages(1)
    with running_batches(answering(outcome, "completed")) as endpoint:
        report = run_batch(endpoint)

    assert (len(report.records), report.failures) == (ARTICLES_PER_PAGE, 0)
    assert set(endpoint.done.values()) == {1}
    assert len(endpoint.done) == ARTICLES_PER_PAGE + 1
    with open_ledger(Path(".summariser/ledger.db")) as ledger:
        assert ledger.runs(1)[0].replies == ARTICLES_PER_PAGE + 1
    assert len(endpoint.batches) == batches
    assert endpoint.questions == []


def test_parameter_that_lines_complain_of_is_left_out_of_the_next_batch() -> None:
    """Lines that are refused for a parameter come again without it."""
    _write_pages(1)
    with running_batches(answering("temperature_lines", "completed")) as endpoint:
        run_batch(endpoint)

    asked = ["temperature" in line["body"] for line in endpoint.lines()[1:]]
    assert asked == [True] * ARTICLES_PER_PAGE + [False] * ARTICLES_PER_PAGE


def test_batch_that_the_endpoint_knows_no_more_can_be_given_up() -> None:
    """A batch that is gone, or another key's, is told with both ways out; nothing is sent again without them."""
    _write_pages(1)
    with running_batches(answering(polls=10_000)) as endpoint:
        _start_and_stop(endpoint, ".summariser/ledger.db", signal.SIGKILL)
        endpoint.batches.clear()
        with pytest.raises(ConfigError, match="batches --forget 1"):
            run_batch(endpoint)

        assert len(endpoint.uploads) == 1


@pytest.mark.parametrize(("outcome", "singly"), [("expired_half", 5), ("missing", 1), ("failed", 10)])
def test_what_a_batch_left_is_asked_singly_if_the_user_says_so(outcome: str, singly: int) -> None:
    """With `singly` the rest goes to /chat/completions, and into no second batch."""
    _write_pages(1)
    with running_batches(answering(outcome)) as endpoint:
        report = run_batch(endpoint, batch_again="singly")

    assert (len(report.records), len(endpoint.questions), len(endpoint.batches)) == (ARTICLES_PER_PAGE, singly, 2)
    assert len(endpoint.done) == 1 + ARTICLES_PER_PAGE - singly


@pytest.mark.parametrize(
    "script",
    [
        ["POST throttle"], ["POST ok", "POST throttle"], ["POST server_error"], ["POST late_500"], ["POST late_drop"],
        ["POST ok", "POST late_500"], ["POST ok", "POST late_drop"], ["POST ok", "POST busy_in_200"],
        ["GET server_error", "GET cut_json", "GET html", "GET drop_midway", "GET throttle"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_batch_is_made_twice_when_an_answer_is_lost(script: list[str]) -> None:
    """After a fault at any call, even one whose effect was there already, each file has one batch."""
    _write_pages(1)
    with running_batches(answering(script=script)) as endpoint:
        report = run_batch(endpoint)

    assert len(report.records) == ARTICLES_PER_PAGE
    assert len(endpoint.batches) == 2
    assert endpoint.script == []


def test_files_keep_to_the_size_that_the_user_gives() -> None:
    """`batch_size` bounds the requests of a file; the files go side by side."""
    _write_pages(1)
    with running_batches(answering(polls=3)) as endpoint:
        report = run_batch(endpoint, batch_size=4)

    assert len(report.records) == ARTICLES_PER_PAGE
    assert [len(file.splitlines()) for file in endpoint.uploads.values()] == [1, 4, 4, 2]


def test_batch_that_is_too_much_at_once_waits_for_another_to_end() -> None:
    """A batch that the endpoint did not work on goes out again when another one has ended."""
    _write_pages(1)
    with running_batches(answering("completed", "failed", "completed", polls=3)) as endpoint:
        report = run_batch(endpoint, batch_size=5)

    assert (len(report.records), len(endpoint.batches)) == (ARTICLES_PER_PAGE, 4)


def test_batch_that_alone_is_too_much_stops_the_run_and_the_next_run_sends_it_anew() -> None:
    """What the endpoint says is told with what to do; nothing of it counts as asked."""
    _write_pages(1)
    with running_batches(answering("failed", "completed")) as endpoint:
        with pytest.raises(ModelUnavailable, match=r"Enqueued token limit.*--batch-size"):
            run_batch(endpoint)
        report = run_batch(endpoint)

    assert len(report.records) == ARTICLES_PER_PAGE
    assert set(endpoint.done.values()) == {1}


def test_budget_holds_for_batches_at_their_price() -> None:
    """What waits in batches counts at the most it may come to, for the part of the price that a batch takes."""
    _write_pages(1)
    price = Price(currency="USD", input=Decimal(0), output=Decimal(1), batch_discount=Decimal("0.5"))
    given = {"price": price, "max_tokens": 2_000_000}
    with running_batches(answering()) as endpoint:
        with pytest.raises(ConfigError, match="too small"):
            run_batch(endpoint, budget=Decimal("0.9"), **given)
        sent = len(endpoint.uploads)
        report = run_batch(endpoint, budget=Decimal(3), **given)

    assert sent == 0
    assert [len(file.splitlines()) for file in endpoint.uploads.values()] == [1, 2, 2, 2, 2, 2]
    assert (len(report.records), report.stopped) == (ARTICLES_PER_PAGE, "")


def test_spent_quota_in_the_lines_stops_the_run() -> None:
    """Lines that fail for want of money end the run as a request would."""
    _write_pages(1)
    with running_batches(answering("quota_lines")) as endpoint, pytest.raises(ModelUnavailable, match="no quota"):
        run_batch(endpoint)

    assert len(endpoint.batches) == 2


def test_model_that_no_line_finds_stops_the_run() -> None:
    """What all lines say holds for everybody."""
    _write_pages(1)
    with running_batches(answering("no_model_lines")) as endpoint, pytest.raises(ConfigError, match="does not know"):
        run_batch(endpoint)

    assert len(endpoint.batches) == 2


def test_article_that_the_filter_rejects_fails_and_is_not_asked_again() -> None:
    """A refusal is an answer: one batch, and failures with their reason."""
    _write_pages(1)
    with running_batches(answering("filter_lines")) as endpoint:
        report = run_batch(endpoint)

    reasons = {article.failure_reason for page in report.pages for article in page.articles}
    assert (reasons, len(endpoint.batches)) == ({"content_filter"}, 2)


def test_request_that_no_batch_answers_fails_in_the_end() -> None:
    """After three batches an article has failed, with what the last one said."""
    _write_pages(1)
    with running_batches(answering("error_lines")) as endpoint:
        report = run_batch(endpoint)

    messages = {article.message for page in report.pages for article in page.articles}
    says = [row["message"] for row in json.loads(summariser("batches", "--json").stdout)]
    assert says == ["HTTP 500: The server had an error"] * 3 + [""]
    assert len(endpoint.batches) == 1 + 3
    assert messages == {"3 batches brought no answer (HTTP 500: The server had an error). Run again to ask once more."}


def test_reply_that_is_cut_off_comes_again_with_twice_the_room() -> None:
    """A reply of too many tokens is asked for in the next batch, with twice the limit, and then is refused."""
    _write_pages(1)
    widest = [800]

    def complete(body: dict) -> dict:
        is_cut = "| " not in body["messages"][1]["content"] and body["max_tokens"] < widest[0]
        return completion(body, _answer(body), finish_reason="length" if is_cut else "stop")

    with running_batches(answering(complete=complete)) as endpoint:
        fitting = run_batch(endpoint, max_tokens=400)
        widest[0] = 1600
        cut = run_batch(endpoint, max_tokens=400, fresh=True, out="other")

    limits = [line["body"]["max_tokens"] for line in endpoint.lines()]
    assert limits == ([400] * 11 + [800] * 10) * 2
    assert len(fitting.records) == ARTICLES_PER_PAGE
    reasons = {article.failure_reason for page in cut.pages for article in page.articles}
    failure = json.loads(next(Path("other").glob("*/*.failure.json")).read_text(encoding="utf-8"))
    assert (reasons, len(failure["attempts"])) == ({"truncated"}, 2)


def test_articles_that_stand_twice_are_asked_once_and_wait_for_each_other() -> None:
    """Two pages with the same articles make one request of each, and nobody waits for ever."""
    first = _write_pages(1)[0]
    Path("page-001.txt").write_text(first.read_text(encoding="utf-8"), encoding="utf-8")
    with running_batches(answering()) as endpoint:
        report = run_batch(endpoint)

    assert len(report.records) == 2 * ARTICLES_PER_PAGE
    assert sum("| " not in line["body"]["messages"][1]["content"] for line in endpoint.lines()) == ARTICLES_PER_PAGE


def _words(endpoint: BatchEndpoint, out: str, ledger: str) -> list[str]:
    """The command line of a run with batches."""
    options = ["--batch", "--out", out, "--ledger", ledger, "--base-url", endpoint.base_url, "--model", "test-model"]
    return ["run", "page-*.txt", *options]


def _start_and_stop(endpoint: BatchEndpoint, ledger: str, signal_number: int) -> str:
    """Run until a batch is told of, then send a signal; what was said after it."""
    command = [sys.executable, "-m", "summariser", *_words(endpoint, "stopped", ledger)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        assert any("batch 1" in line for line in process.stderr)
        process.send_signal(signal_number)
        return process.stderr.read()


CALLS = ["POST files", "GET batches", "POST batches", "GET batches", "GET files"]  # of one round


def test_killed_while_it_asks_anew_a_run_goes_on_with_both_rounds() -> None:
    """With --fresh, killed before the batch of the articles is looked at, neither it nor the splits are asked again."""
    _write_pages(1)
    running: list[BaseProcess] = []

    def kill(_call: str, moment: str) -> None:
        if running and len(endpoint.calls) == 9 and moment == "before":
            running.pop().kill()

    endpoint = answering(watch=kill)
    with running_batches(endpoint):
        running.append(killed := start(*_words(endpoint, "out", "one.db"), "--fresh"))
        killed.join()
        assert summariser(*_words(endpoint, "out", "one.db"), "--fresh").returncode == 0

    assert killed.exitcode == -signal.SIGKILL
    assert (len(endpoint.batches), set(endpoint.done.values())) == (2, {1})


@pytest.mark.timeout(120)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(5, 5 + len(CALLS)))
def test_killed_at_any_call_a_run_goes_on_and_makes_no_batch_twice(number: int, when: str) -> None:
    """Killed before or after a call had its effect: the records of an undisturbed run, and each request done once."""
    _write_pages(1)
    running: list[BaseProcess] = []

    def kill(_call: str, moment: str) -> None:
        if running and len(endpoint.calls) == number + 1 and moment == when:
            running[0].kill()

    endpoint = answering(watch=kill)
    with running_batches(endpoint):
        killed = start(*_words(endpoint, "disturbed", "one.db"))
        running.append(killed)
        killed.join()
        assert killed.exitcode == -signal.SIGKILL
        running.clear()
        killed_at = endpoint.calls[number]
        assert summariser(*_words(endpoint, "disturbed", "one.db")).returncode == 0
        assert set(endpoint.done.values()) == {1}
        assert len(endpoint.batches) == 2
        run_batch(endpoint, out="undisturbed", ledger="other.db")

    assert killed_at == CALLS[number - 5]
    assert read_out("disturbed") == read_out("undisturbed")


def test_what_a_batch_brought_is_told_though_another_run_waits_for_it() -> None:
    """The line of an ended batch has the numbers of the ledger, and why most of what has no answer has none."""
    _write_pages(1)
    told: list[str] = []

    class Watcher(Progress):
        def batch_moved(self, what: str) -> None:
            told.append(what)

    with running_batches(answering("error_lines", "completed", polls=10_000)) as endpoint:
        _start_and_stop(endpoint, ".summariser/ledger.db", signal.SIGINT)
        endpoint.polls = 1
        for batch in endpoint.batches.values():
            batch["_polls"] = 1
        run_batch(endpoint, rules=True, progress=Watcher())  # nobody asks for the split

    ended = [line for line in told if "answered" in line]
    assert ended[0] == "batch 1 (batch_0): completed, 1 of 1 answered"
    assert "0 of" in ended[1]
    assert ended[1].endswith("answered (HTTP 500: The server had an error)")


def test_another_machine_goes_on_with_the_ledger_copied() -> None:
    """A batch whose machine is gone is found by whoever has the ledger; its requests are not sent again."""
    _write_pages(1)
    with running_batches(answering(polls=10_000)) as endpoint:
        said = _start_and_stop(endpoint, "one.db", signal.SIGINT)
        shutil.copy("one.db", "copied.db")
        with sqlite3.connect("copied.db") as connection:
            connection.execute("UPDATE runs SET host = 'elsewhere'")
        endpoint.polls = 1
        for batch in endpoint.batches.values():
            batch["_polls"] = 1
        report = run_batch(endpoint, ledger="copied.db", out="there")

    assert len(report.records) == ARTICLES_PER_PAGE
    assert len(endpoint.batches) == 2
    assert "Error: Batch 1 (batch_0) with 1 request goes on.\n" in said
    assert "The same command" in said


def test_key_is_struck_from_all_that_an_endpoint_says() -> None:
    """An endpoint that repeats the key, in an error, a line or a reply, finds it in no error and no ledger."""
    _write_pages(1)
    key = "right-key-1234567890"

    def complete(body: dict) -> dict:
        return completion(body, _answer(body) if "| " in body["messages"][1]["content"] else f"the key is {key}")

    with running_batches(BatchEndpoint(Behaviour(key=key), complete=complete)) as endpoint:
        with pytest.raises(ConfigError, match="refuses the key") as refused:
            run_batch(endpoint, api_key="wrong-key-1234567890")
        run_batch(endpoint, api_key=key, repairs=0)

    kept = b"".join(path.read_bytes() for path in Path(".summariser").iterdir())
    assert "wrong-key" not in str(refused.value)
    assert key.encode() not in kept


def test_batches_are_listed_with_what_came_of_them() -> None:
    """`summariser batches` shows id, state, counts and tokens; `--forget` gives one up."""
    _write_pages(1)
    with running_batches(answering("missing", "failed")) as endpoint, pytest.raises(ModelUnavailable):
        run_batch(endpoint)
    price = '{ currency = "USD", input = 0, output = 2000000, batch_discount = 0.5 }'
    Path("summariser.toml").write_text(f'prices = {{ "test-model" = {price} }}', encoding="utf-8")

    rows = json.loads(summariser("batches", "--json").stdout)
    shown = [(row["remote_id"], row["state"], row["requests"], row["answered"], row["unanswered"]) for row in rows]
    assert shown == [
        ("batch_2", "failed", 1, 0, 1),
        ("batch_1", "completed", 10, 9, 1),
        ("batch_0", "completed", 1, 1, 0),
    ]
    assert rows[1]["prompt_tokens"] > 0
    shown = " ".join(summariser("batches", COLUMNS="250").stdout.split())
    assert "batch_1 completed 9 of 10 answered, 1 not" in shown
    assert "63 out 63.0000 USD" in shown
    assert "70.0000 USD" in summariser("runs", COLUMNS="250").stdout
    assert summariser("batches", "--forget", 1).returncode == 2


def test_batch_that_is_forgotten_is_asked_again() -> None:
    """What a person gives up is under way no more, and its requests go into a new batch."""
    _write_pages(1)
    with running_batches(answering(polls=10_000)) as endpoint:
        _start_and_stop(endpoint, ".summariser/ledger.db", signal.SIGKILL)
        assert summariser("batches", "--forget", 1).returncode == 0
        endpoint.polls = 1
        report = run_batch(endpoint)

    assert (len(report.records), len(endpoint.batches)) == (ARTICLES_PER_PAGE, 3)


def test_run_without_batches_says_what_is_under_way() -> None:
    """A run that would pay for what a batch holds says so before it asks."""
    _write_pages(1)
    notes: list[str] = []

    class Watcher(Progress):
        def begin(self, pages: int, said: Sequence[str]) -> None:
            notes.extend(said)

    with running_batches(answering()) as endpoint:
        with open_ledger(Path(".summariser/ledger.db")) as ledger:
            run_id = ledger.begin_run("run", "test-model", endpoint.base_url, NOW)
            capability = Capability(mode=OutputMode.TEXT)
            LedgerBatches(ledger).intend(
                [(make_request(), 100)], run_id, NOW, file_sha256="0" * 64, capability=capability
            )
        run_batch(endpoint, batch=False, progress=Watcher())

    assert any("1 batch with 1 request under way" in note for note in notes)


def test_provider_without_batches_is_told() -> None:
    """`--batch` is refused where no batches are known, and beside a replay."""
    Path("page-000.txt").write_text("标题", encoding="utf-8")

    with pytest.raises(ConfigError, match="no batches are known of deepseek"):
        summarise("page-000.txt", provider="deepseek", model="m", api_key="k", batch=True)
    with pytest.raises(ConfigError, match="contradict"):
        summarise("page-000.txt", base_url="http://127.0.0.1:9/v1", model="m", batch=True, record=True)


def test_every_provider_with_batches_has_limits_a_file_can_keep() -> None:
    """The doctor has a sentence for each provider, and Moonshot's says what its batches lack."""
    assert "no temperature" in PROVIDERS["moonshot"].batch_sentence
    assert "Batches (--batch): 10,000 requests or 100 MB a file" in PROVIDERS["zhipu"].batch_sentence
    assert "none is known" in PROVIDERS["deepseek"].batch_sentence


def test_doctor_says_what_is_known_of_batches() -> None:
    """The doctor has the limits of the provider's batches among its findings."""
    with running_batches(answering()) as endpoint:
        said = summariser("doctor", "--base-url", endpoint.base_url, "--model", "test-model").stdout

    assert "Batches (--batch): 10,000 requests or 100 MB a file, within 24h." in said


def test_moonshots_batches_ask_without_temperature() -> None:
    """What a provider's batches lack is not sent."""
    _write_pages(1)
    with running_batches(answering()) as endpoint:
        run_batch(endpoint, provider="moonshot", api_key="k-for-nobody")

    assert not any("temperature" in line["body"] for line in endpoint.lines())
