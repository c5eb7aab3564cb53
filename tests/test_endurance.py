"""What a long run has to survive: an endpoint that fails at every turn, and being killed at any instant."""

from __future__ import annotations

import gc
import itertools
import json
import random
import re
import time
from pathlib import Path

import pytest
from faulty_endpoint import Behaviour, FaultyEndpoint, hash_body, running
from making import case_reply
from processes import start, summariser

from summariser import summarise
from summariser.disk.ledger import RunState, open_ledger
from summariser.endpoints.completion import Answer, Completion
from summariser.endpoints.endpoint import Capability, build_body
from summariser.schema.exchange import OutputMode, Reply

ARTICLES_PER_PAGE = 10
KILLS = 12
LATENCY_S = 0.05


def _write_pages(count: int) -> list[Path]:
    """Pages of ten articles, two lines each."""
    pages = []
    for number in range(count):
        lines = []
        for article in range(ARTICLES_PER_PAGE):
            lines += [
                f"第{number}版第{article}篇标题",
                f"本报讯（记者王小禾）临河区总工会办夜校，近{200 + article}名职工参加。",
            ]
        pages.append(Path(f"page-{number:03}.txt"))
        pages[-1].write_text("\n".join(lines), encoding="utf-8")
    return pages


def _answer(body: dict) -> str:
    """The right reply to either question, made from the question alone."""
    question = body["messages"][1]["content"]
    if "| " in question:
        return json.dumps({"articles": [_split_article(2 * k + 1) for k in range(ARTICLES_PER_PAGE)], "noise": []})
    number = re.search(r"近(\d+)名", question)[1]
    result = case_reply()["results"][0] | {
        "value_text": f"近{number}名",
        "sents": [2],
    }
    line = f"临河区总工会办夜校，近{number}名职工参加。"
    return json.dumps(
        case_reply(
            results=[result],
            people=[],
            time=None,
            actors=[case_reply()["actors"][0] | {"sents": [2]}],
            place=case_reply()["place"] | {"sents": [2]},
            actions=[case_reply()["actions"][0] | {"text": "区总工会办夜校。", "sents": [2]}],
            one_line=line,
            summary=line * 4,
            summary_en=f"The union runs an evening school in which nearly {number} workers take part. " * 4,
        ),
        ensure_ascii=False,
    )


def _split_article(first: int) -> dict:
    return {
        "kind": "brief",
        "headline_lines": [first],
        "kicker_lines": [],
        "subhead_lines": [],
        "lines": [[first, first + 1]],
    }


def test_nothing_is_lost_to_a_faulty_endpoint() -> None:
    """30 % 429, 5 % 500, 5 % dropped and 10 % cut-off replies: 100 articles become 100 records."""
    faults = {"throttle": 0.30, "server_error": 0.05, "drop": 0.05, "cut_json": 0.10}
    pages = _write_pages(10)

    with running(Behaviour(answer=_answer, shares=faults, retry_after="0.05")) as endpoint:
        report = summarise(pages, base_url=endpoint.base_url, model="test-model", concurrency=50)

    assert (len(report.records), report.failures, report.exit_code) == (100, 0, 0)
    assert len(list(Path("summaries").glob("*/*.json"))) == 100
    assert sum(endpoint.counts.values()) > 110  # it did fail


@pytest.mark.parametrize("fault", ["empty", "truncated", "refusal", "content_filter", "bad_request", "no_json"])
def test_no_answer_outlives_its_article(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What articles fail with keeps no answer alive until the collector comes: one may have megabytes."""
    monkeypatch.setenv("SUMMARISER_TRANSPORT_ATTEMPTS", "2")
    turns = itertools.cycle((fault, "ok"))  # some are answered: an endpoint that never does is given up
    behaviour = Behaviour(answer=_answer, choose=lambda _body: next(turns) if fault == "no_json" else fault)
    before = _find_answers()  # of other tests
    gc.disable()
    try:
        with running(behaviour) as endpoint:
            summarise(_write_pages(1), base_url=endpoint.base_url, model="test-model")
        alive = [each for each in _find_answers() if not any(each is other for other in before)]
    finally:
        gc.enable()

    assert len(endpoint.requests) > ARTICLES_PER_PAGE
    assert len(alive) == 0


def test_stopped_run_names_what_is_left() -> None:
    """An account found empty in mid-run: exit 3, the pages that lack something, and what is kept in the ledger."""
    _write_pages(3)
    faults = itertools.chain(["ok"] * 15, itertools.repeat("payment"))
    with running(Behaviour(answer=_answer, choose=lambda _body: next(faults))) as endpoint:
        done = summariser(*_words(endpoint, "out"), "--concurrency", "1")

    made = {path.name: len(list(path.iterdir())) for path in Path("out").iterdir() if path.is_dir()}
    left = {page: ARTICLES_PER_PAGE - made.get(page, 0) for page in ("page-000", "page-001", "page-002")}
    assert done.returncode == 3
    assert "no quota left" in done.stderr
    told = {page: int(number) for number, page in re.findall(r"(\d+) articles? of (page-\d+)", done.stderr)}
    told |= dict.fromkeys(re.findall(r"all of (page-\d+)", done.stderr), ARTICLES_PER_PAGE)
    assert told == {page: number for page, number in left.items() if number}
    with open_ledger(Path(".summariser/ledger.db")) as ledger:
        assert (ledger.runs(1)[0].records, ledger.runs(1)[0].state) == (sum(made.values()), RunState.STOPPED)


def _find_answers() -> list[object]:
    """Everything in memory that an endpoint said."""
    return [each for each in gc.get_objects() if isinstance(each, Answer | Completion | Reply)]


def _words(endpoint: FaultyEndpoint, out: str) -> list[str]:
    where = ["--base-url", endpoint.base_url, "--model", "test-model", "--concurrency", "4"]
    return ["run", "page-*.txt", "--quiet", "--out", out, *where]


def _finished(ledger_path: str) -> set[str]:
    """Hashes of the bodies whose replies are safe in the ledger."""
    if not Path(ledger_path).is_file():
        return set()
    capability = Capability(mode=OutputMode.JSON_SCHEMA)
    with open_ledger(Path(ledger_path)) as ledger:
        keys = [
            item.key for run in ledger.runs(100) for item in ledger.requests_of(run.run_id) if item.state == "answered"
        ]
        requests = [ledger.find_request(key) for key in keys]
    return {hash_body(build_body(request, capability, max_tokens=request.max_tokens)) for request in requests}


@pytest.mark.timeout(300)
def test_kill_at_any_instant_loses_nothing_and_pays_nothing_twice() -> None:
    """Twelve times killed, then run to the end: the records of an undisturbed run, and nothing bought twice."""
    _write_pages(4)
    rng = random.Random(7)
    with running(Behaviour(answer=_answer, latency_s=LATENCY_S)) as endpoint:
        assert summariser(*_words(endpoint, "undisturbed"), SUMMARISER_LEDGER="one.db").returncode == 0
        endpoint.counts.clear()
        for _ in range(KILLS):
            safe = _finished("other.db")
            before = {body: endpoint.counts[body] for body in safe}
            process = start(*_words(endpoint, "disturbed"), SUMMARISER_LEDGER="other.db")
            asked = len(endpoint.requests) + rng.randrange(12)  # a busy machine is killed as late as a quiet one
            while len(endpoint.requests) < asked and process.is_alive():
                time.sleep(0.005)
            time.sleep(rng.uniform(0, LATENCY_S))
            process.kill()
            process.join()
            assert {body: endpoint.counts[body] for body in safe} == before
        assert summariser(*_words(endpoint, "disturbed"), SUMMARISER_LEDGER="other.db").returncode == 0

    def read(out: str) -> dict[str, bytes]:
        return {path.relative_to(out).as_posix(): path.read_bytes() for path in Path(out).rglob("*.json")}

    assert read("disturbed") == read("undisturbed")
    assert len(read("disturbed")) == 4 * ARTICLES_PER_PAGE + 4
    assert not [path for path in Path("disturbed").rglob("*") if path.is_file() and path.suffix != ".json"]
