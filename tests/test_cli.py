"""The command line as a person meets it: real arguments, real exit codes, a loopback endpoint."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from functools import cache
from pathlib import Path

import click
import pytest
from conftest import ROOT
from faulty_endpoint import Behaviour, FaultyEndpoint, is_canary, running
from making import LINES, case_text, split_reply
from processes import summariser

import summariser.cli as command_line
from summariser import __version__
from summariser.disk.store import Store
from summariser.disk.stored import PageFolder, find, load_record
from summariser.prompt import load_prompt
from summariser.reviewing.amend import amend
from summariser.reviewing.decisions import accept
from summariser.schema.page import Article
from summariser.schema.record import CorrectionReason


def _answer(body: dict) -> str:
    """A split for the page, a case for its article."""
    return split_reply() if "| " in body["messages"][1]["content"] else case_text()


@pytest.fixture
def page() -> Path:
    """A page of one article in the working folder."""
    path = Path("page-900.txt")
    path.write_text("\n".join(LINES), encoding="utf-8")
    return path


@pytest.fixture
def endpoint():
    """An endpoint that answers as a good model would."""
    with running(Behaviour(answer=_answer)) as opened:
        yield opened


def _run(endpoint: FaultyEndpoint, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return summariser("run", *arguments, "--base-url", endpoint.base_url, "--model", "test-model", **environment)


def test_a_note_on_the_settings_is_said_once(endpoint: FaultyEndpoint, page: Path) -> None:
    """Before the run and not again when it begins; it stands in what a machine reads, too."""
    done = _run(endpoint, page, SUMMARISER_MODLE="x")
    as_json = _run(endpoint, page, "--json", SUMMARISER_MODLE="x")

    assert done.stderr.count("SUMMARISER_MODLE is not a setting") == 1
    assert as_json.stderr.count("SUMMARISER_MODLE is not a setting") == 1
    assert "SUMMARISER_MODLE is not a setting" in json.loads(as_json.stdout)["notes"][0]


def test_run_makes_a_record_and_says_where(page: Path, endpoint: FaultyEndpoint) -> None:
    """A page goes in, a record comes out, and the table names it."""
    done = _run(endpoint, page)

    assert done.returncode == 0, done.stderr
    assert len(list(Path("summaries/page-900").glob("*.json"))) == 1
    assert "1 page, 1 record (1 union case, 0 to review), 0 failed" in done.stdout
    assert "[1/1] page-900/" in done.stderr


def test_second_run_sends_nothing(page: Path, endpoint: FaultyEndpoint) -> None:
    """The ledger answers what was asked before."""
    _run(endpoint, page)
    asked = len(endpoint.questions)

    done = _run(endpoint, page)

    assert done.returncode == 0
    assert len(endpoint.questions) == asked == 2


def test_json_is_all_that_stdout_holds(page: Path, endpoint: FaultyEndpoint) -> None:
    """With --json, stdout is one JSON value."""
    done = _run(endpoint, page, "--json")

    assert json.loads(done.stdout)["pages"][0]["articles"][0]["put"] == "written"


def test_quiet_run_prints_nothing(page: Path, endpoint: FaultyEndpoint) -> None:
    """With --quiet there is neither progress nor table."""
    done = _run(endpoint, page, "--quiet")

    assert (done.stdout, done.stderr) == ("", "")


def test_quiet_run_says_why_it_stopped(page: Path, endpoint: FaultyEndpoint) -> None:
    """With --quiet stderr has what was not done and why: the budget, a file that is no page; and nothing else."""
    Path("empty.txt").touch()
    budget = ("--quiet", "--max-tokens", 10, "--budget-tokens", 9000)

    stopped = _run(endpoint, ".", *budget)

    assert (stopped.returncode, stopped.stdout) == (3, ""), stopped.stderr
    first, second = stopped.stderr.splitlines()
    assert first.startswith("Error: the budget of 9,000 tokens is used up")
    assert first.endswith("Not done: 1 article of page-900.")
    assert second.startswith("Error: Not read: empty.txt")


@pytest.mark.parametrize(
    ("setting", "name"), [("case_prompt", "case_study"), ("split_prompt", "split"), ("verify_prompt", "verify")]
)
def test_prompt_of_another_kind_is_refused_before_anything_is_sent(
    page: Path, endpoint: FaultyEndpoint, setting: str, name: str
) -> None:
    """Each setting takes versions of its own prompt."""
    other = "split" if name != "split" else "verify"
    Path("summariser.toml").write_text(f"verify = true\n{setting} = '{other}'\n", encoding="utf-8")

    done = _run(endpoint, page)

    assert (done.returncode, endpoint.requests) == (2, [])
    assert f"is given for {name}" in done.stderr
    assert f"as {name}@1" in done.stderr


def test_unsupported_fact_ends_in_exit_code_1(page: Path) -> None:
    """A record that needs a person's eyes is told by the exit code."""

    def invent(body: dict) -> str:
        return split_reply() if "| " in body["messages"][1]["content"] else case_text(one_line="共有45个班组。")

    with running(Behaviour(answer=invent)) as endpoint:
        done = _run(endpoint, page, "--repairs", 1)

    assert done.returncode == 1
    assert "needs review" in done.stdout
    assert len(endpoint.questions) == 3


def test_dry_run_sends_nothing(page: Path, endpoint: FaultyEndpoint) -> None:
    """The requests and their size are listed; none is sent and nothing is written."""
    done = _run(endpoint, page, "--dry-run")

    assert done.returncode == 0
    assert "2 requests to send" in done.stdout
    assert endpoint.requests == []
    assert [path.name for path in Path.cwd().iterdir()] == ["page-900.txt"]


def test_dry_run_sums_up_by_page(page: Path, endpoint: FaultyEndpoint) -> None:
    """A row stands for a page, of the largest twenty; --all and --json list every request."""
    for number in range(25):
        Path(f"page-{number:03}.txt").write_text(page.read_text(encoding="utf-8") + "多\n" * number, encoding="utf-8")

    summed = _run(endpoint, ".", "--dry-run").stdout
    listed = _run(endpoint, ".", "--dry-run", "--all").stdout
    rows = json.loads(_run(endpoint, ".", "--dry-run", "--json").stdout)

    assert sum(line.startswith("page-") for line in summed.splitlines()) == 20
    assert "6 smaller pages more; --all lists every request." in summed
    assert f"26 pages, {len(rows)} requests to send" in summed
    assert sum(line.startswith("page-") for line in listed.splitlines()) == len(rows) >= 52


def _judge(body: dict) -> str:
    """As `_answer`, and true verdicts for a second reader."""
    claims = re.findall(r"^(\d+)\. ", body["messages"][1]["content"].partition("说法：")[2], re.MULTILINE)
    verdicts = [{"claim": int(number), "support": "sentences", "missing": []} for number in claims]
    return json.dumps({"verdicts": verdicts}) if claims else _answer(body)


def test_dry_run_reckons_a_second_reader_at_its_own_price(page: Path, endpoint: FaultyEndpoint) -> None:
    """Each request is foretold at the price of the model it goes to; a model without a price is named."""
    prices = 'currency = "USD"\ninput = {}\noutput = 0\n'
    toml = f"[prices.test-model]\n{prices.format(0)}[prices.judge]\n{prices.format(1000)}"
    Path("summariser.toml").write_text(toml, encoding="utf-8")

    rows = json.loads(_run(endpoint, page, "--dry-run", "--json", "--verify", "--verify-model", "judge").stdout)
    told = _run(endpoint, page, "--dry-run", "--verify", "--verify-model", "judge").stdout
    unknown = _run(endpoint, page, "--dry-run", "--verify", "--verify-model", "stranger").stdout

    costs = {row["prompt"].partition("@")[0]: float(row["cost_estimated"]) for row in rows}
    assert costs["verify"] > costs["split"] == costs["case_study"] == 0
    assert f"About {costs['verify']:.4f} USD by your own price." in told
    assert "The price of stranger is not known" in unknown


def test_second_reader_is_asked_where_flag_or_file_says_so(page: Path) -> None:
    """`--verify` asks another model, `summariser.toml` may say the same, a flag wins; a dry run counts its requests."""
    with running(Behaviour(answer=_judge)) as opened:
        Path("summariser.toml").write_text("verify = true\nverify_model = 'judge'\nkeep_text = false\n")
        before = _run(opened, page, "--dry-run", "--json", "--rules")
        without = _run(opened, page, "--dry-run", "--json", "--rules", "--no-verify")
        done = _run(opened, page, "--rules")
        after = _run(opened, page, "--dry-run", "--json", "--rules")
        models = [body["model"] for body in opened.questions]

    record = json.loads(next(Path("summaries/page-900").glob("*.json")).read_text(encoding="utf-8"))
    assert done.returncode == 0, done.stderr
    assert models == ["test-model", "judge"]
    assert record["provenance"]["verified_by"]["model"] == "judge"
    assert {sentence["text"] for sentence in record["text"]["sentences"]} == {None}
    planned = [[(row["prompt"], row["known"]) for row in json.loads(out.stdout)] for out in (before, without, after)]
    case, verify = load_prompt("case_study").id, load_prompt("verify").id
    assert planned == [[(case, False), (verify, False)], [(case, False)], [(case, True), (verify, True)]]


def test_text_of_the_page_is_kept_unless_it_is_not_wanted(page: Path, endpoint: FaultyEndpoint) -> None:
    """With --no-text a record points into its page and repeats none of its sentences; their places stay."""
    _run(endpoint, page, "--out", "whole")
    _run(endpoint, page, "--no-text", "--out", "bare")

    texts = [
        json.loads(next(Path(out, "page-900").glob("*.json")).read_text(encoding="utf-8"))["text"]["sentences"]
        for out in ("whole", "bare")
    ]
    assert texts[0][0]["text"] == LINES[0]
    assert [each["text"] for each in texts[1]] == [None] * len(texts[0])
    assert [each["lines"] for each in texts[0]] == [each["lines"] for each in texts[1]]


def test_recorded_verdicts_are_replayed(page: Path) -> None:
    """A recording holds what the second reader said; a replay that asks for it makes the same record."""
    with running(Behaviour(answer=_judge)) as opened:
        recorded = _run(opened, page, "--rules", "--record", "--verify", "--verify-model", "judge", "--out", "first")
    replayed = summariser(
        *("run", page, "--rules", "--replay", "--verify", "--verify-model", "judge", "--out", "second"),
        SUMMARISER_MODEL="test-model",
    )

    assert (recorded.returncode, replayed.returncode) == (0, 0), replayed.stderr
    first, second = (next(Path(out, "page-900").glob("*.json")).read_bytes() for out in ("first", "second"))
    assert first == second
    assert b'"model": "judge"' in first


def test_run_that_does_not_exist_is_said(page: Path, endpoint: FaultyEndpoint) -> None:
    """A number that no run has is an error that names the newest."""
    _run(endpoint, page)

    done = summariser("runs", 99)

    assert done.returncode == 2
    assert "there is no run 99; the newest is 1" in done.stderr
    assert summariser("runs", 1).returncode == 0


def test_run_counts_what_people_decided_and_names_what_they_corrected() -> None:
    """The figures are of the records that stand, and a corrected source is no more what code fills in."""
    for folder in ("cassettes", "seeds", "summaries"):
        shutil.copytree(ROOT / folder, folder, ignore=shutil.ignore_patterns("scans"))
    corrected, *_ = paths = list(find(["summaries/page-004"]))
    for path in paths:
        record, article = load_record(path), PageFolder(path.parent).article(load_record(path))
        assert isinstance(article, Article)
        done = accept(record, by="王梅")
        if path == corrected:
            given = {"reason": CorrectionReason.WRONG, "by": "王梅", "date": "2026-11-29"}
            done = amend(record, article, "source.issue_date", "2025-01-01", **given).record
        Store(Path("summaries")).put_decision(done, seen=record)

    said = " ".join(summariser("run", "seeds/page-004.txt", "--replay").stdout.split())

    assert f" {int(load_record(corrected).awaits_review)} to review)" in said
    assert "kept as a person left it; this run says otherwise at source.issue_date." in said


def test_run_tells_what_became_of_decided_records(page: Path, endpoint: FaultyEndpoint) -> None:
    """A record that went along with its article is told so; of an article that reads otherwise it is told what to do.

    The table has the lines of the record that stands.
    """
    _run(endpoint, page, "--rules")
    (path,) = find(["summaries"])
    record = load_record(path)
    Store(Path("summaries")).put_decision(accept(record, by="王梅"), seen=record)
    page.write_text("\n".join(("", *LINES)), encoding="utf-8")
    carried = " ".join(_run(endpoint, page, "--rules").stdout.split())
    page.write_text("\n".join((*LINES, "何建平说，夜校还要再办三期。")), encoding="utf-8")
    otherwise = " ".join(_run(endpoint, page, "--rules").stdout.split())

    name = f"page-900/{record.article_id}: kept as a person left it"
    assert f"{name}, and carried over to the page as it is now. " in carried
    assert " 2-4 " in carried
    assert f"{name}; its article reads otherwise now. --overwrite makes it anew, and keeps a copy as .bak." in otherwise
    assert " 2-4 " in otherwise
    assert "only in what code fills in" not in carried + otherwise


def test_recorded_run_is_replayed_without_the_endpoint(page: Path, endpoint: FaultyEndpoint) -> None:
    """What --record wrote, --replay plays, with nobody at the other end and nothing but the cassette known."""
    _run(endpoint, page, "--record", "--out", "first")

    done = summariser("run", page, "--replay", "--out", "second")

    assert done.returncode == 0, done.stderr
    first, second = (sorted(Path(out).rglob("*.json")) for out in ("first", "second"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert not Path(".summariser/ledger.db").read_bytes().count(b"127.0.0.1:9")


def test_split_prints_the_contract(page: Path) -> None:
    """`split --rules --json` needs no model and gives every line a place."""
    done = summariser("split", page, "--rules", "--json")

    split = json.loads(done.stdout)
    assert set(split) == {"page_id", "articles", "noise", "method"}
    assert set(split["articles"][0]) == {"article_id", "kind", "headline", "kicker", "lines", "text"}
    assert split["method"] == "rules"


def test_check_and_show_read_what_run_wrote(page: Path, endpoint: FaultyEndpoint) -> None:
    """A fresh record is sound, and can be shown to a person."""
    _run(endpoint, page)
    record = next(Path("summaries/page-900").glob("*.json"))

    checked, shown = summariser("check"), summariser("show", record, record)

    assert checked.returncode == 0, checked.stdout
    assert "1 record checked, all sound" in checked.stdout
    assert shown.stdout.count("needs review: no") == 2
    assert "近200名" in shown.stdout


def test_check_fails_on_an_edit_the_page_does_not_bear_out(page: Path, endpoint: FaultyEndpoint) -> None:
    """`check` is for CI: exit code 1, with path and sentence."""
    _run(endpoint, page)
    record = next(Path("summaries/page-900").glob("*.json"))
    record.write_text(record.read_text(encoding="utf-8").replace('"value": 200', '"value": 300'), encoding="utf-8")

    done = summariser("check", "summaries")

    assert done.returncode == 1
    assert "results[0].quantity" in done.stdout


def test_check_passes_sound_records_and_strictly_those_reviewed() -> None:
    """Sound records that are to be reviewed are told and pass; with --strict they do not."""
    usual, strict = (summariser("check", SEED_RECORDS, *flag, COLUMNS="200") for flag in ((), ("--strict",)))

    assert (usual.returncode, strict.returncode) == (0, 1)
    said = usual.stdout.splitlines()[-1]
    assert re.fullmatch(r"8 records checked, all sound; \d+ to review; \d+ of \d+ facts not .*", said)
    assert strict.stdout == usual.stdout


NO_RECORD = {
    "check": ["check", "bare"],
    "check --json": ["check", "bare", "--json"],
    "show": ["show", "bare"],
    "report": ["report", "bare", "-o", "site"],
    "review": ["review", "bare", "--by", "Wang"],
    "link": ["link", "bare"],
    "upgrade": ["upgrade", "bare"],
    "corrections": ["corrections", "bare"],
    "eval --corrections": ["eval", "bare", "--corrections"],
    "export": ["export", "bare", "--to", "csv", "-o", "tables"],
    "export by month": ["export", "bare", "--to", "parquet", "--partition", "month", "-o", "tables"],
    "publish": ["publish", "base", "bare", *["--title", "a", "--author", "b", "--license", "MIT", "--version", "1"]],
}


@pytest.mark.parametrize("words", NO_RECORD.values(), ids=NO_RECORD)
def test_folder_without_records_is_named_and_nothing_printed(words: list[str]) -> None:
    """A folder that holds no record is wrong use wherever records are wanted: exit 2, the folder named, no verdict."""
    Path("bare").mkdir()

    done = summariser(*words)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: bare: no record is here")
    assert [path.name for path in Path().iterdir()] == ["bare"]


@pytest.mark.parametrize(("verb", "is_paying"), [("run", True), ("compare", True), ("check", False), ("link", False)])
def test_ctrl_c_speaks_of_payments_only_where_a_model_is_asked(
    verb: str, *, is_paying: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever interrupts a check is not told of a ledger that it has nothing to do with; the exit code is a shell's."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["summariser", verb, "records"])
    monkeypatch.setattr(click.Group, "main", interrupt)

    with pytest.raises(SystemExit) as ended:
        command_line.main()

    said = capsys.readouterr().err
    assert ended.value.code == 130
    assert said.startswith("Error: Stopped.")
    assert ("ledger" in said) is is_paying


def test_runs_lists_what_was_asked(page: Path, endpoint: FaultyEndpoint) -> None:
    """The ledger is shown run by run, and request by request."""
    _run(endpoint, page)

    listed = json.loads(summariser("runs", "--json").stdout)
    requests = json.loads(summariser("runs", 1, "--json").stdout)

    assert [(run["requests"], run["records"], run["state"]) for run in listed] == [(2, 1, "done")]
    assert (listed[0]["cost"], listed[0]["unpriced"]) == ({}, 2)
    assert {request["state"] for request in requests} == {"answered"}
    shown = summariser("runs", COLUMNS="200").stdout.splitlines()
    assert [line.split()[:3] for line in shown[:1]] == [["run", "started", "(UTC)"]]
    assert shown[0].split().index("records") == shown[0].split().index("pages") + 1


def test_runs_adds_up_tokens_and_money(page: Path, endpoint: FaultyEndpoint) -> None:
    """What runs used is added up by page, prompt, model or repair, with its cost by the price that is known."""
    _run(endpoint, page)
    Path("summariser.toml").write_text(
        '[prices."test-*"]\ncurrency = "CNY"\ninput = 1000\noutput = 0\n', encoding="utf-8"
    )

    (page_sum,) = json.loads(summariser("runs", "--by", "page", "--json").stdout)
    prompts = summariser("runs", 1, "--by", "prompt", COLUMNS="80").stdout
    (run,) = json.loads(summariser("runs", "--json").stdout)

    assert (page_sum["page"], page_sum["replies"], page_sum["unpriced"]) == ("page-900", 2, 0)
    assert page_sum["cost"] == run["cost"] == {"CNY": str(Decimal(page_sum["prompt_tokens"]) / 1000)}
    assert {line.split()[0] for line in prompts.splitlines()} == {"prompt", "case_study@5", "split@2"}
    assert "CNY" in prompts
    assert max(map(len, prompts.splitlines())) <= 80


def test_doctor_says_in_words_what_the_endpoint_can_do(endpoint: FaultyEndpoint) -> None:
    """The doctor names address, model and structured output, and says that all is ready."""
    done = summariser("doctor", "--base-url", endpoint.base_url, "--model", "test-model")

    assert done.returncode == 0, done.stderr
    assert "Structured output: json_schema" in done.stdout
    assert done.stdout.rstrip().endswith("Ready.")


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (Behaviour(complain=lambda body: None if is_canary(body) else "not to our taste"), "not to our taste"),
        (Behaviour(answer=lambda _body: "Hello."), "answered, but not with JSON"),
        (Behaviour(shares={"truncated": 1.0}), "cut off"),
    ],
    ids=["refused", "prose", "cut off"],
)
def test_doctor_is_ready_only_after_a_question_like_the_real_ones(behaviour: Behaviour, words: str) -> None:
    """An endpoint that answers the probe and nothing else is not ready, and is quoted."""
    with running(behaviour) as endpoint:
        done = summariser("doctor", "--base-url", endpoint.base_url, "--model", "test-model")

    assert done.returncode == 3
    assert words in done.stdout
    assert done.stdout.rstrip().endswith("Not ready.")


@pytest.mark.parametrize(
    "arguments",
    [
        ("prompts", "list"),
        ("prompts", "show", "split"),
        ("prompts", "diff", "split@1", "split@1"),
        ("completion", "zsh"),
    ],
    ids=" ".join,
)
def test_verb_that_needs_nothing_works(arguments: tuple[str, ...]) -> None:
    """Verbs about prompts and completion need neither page nor endpoint."""
    assert summariser(*arguments).returncode == 0


def test_version_is_the_package_version() -> None:
    """`--version` tells the version."""
    assert summariser("--version").stdout.strip() == f"summariser {__version__}"


BAD_INPUT = {
    "no such file": (["run", "nowhere.txt", "--replay"], "nowhere.txt", 2),
    "an empty file": (["run", "empty.txt", "--replay"], "empty", 2),
    "a binary": (["run", "picture.txt", "--replay"], "picture.txt", 2),
    "50 MB": (["run", "huge.txt", "--replay"], "Cut the file into its pages", 2),
    "blank lines only": (["run", "blank.txt", "--replay"], "blank", 2),
    "a folder without pages": (["run", "folder", "--replay"], "folder", 2),
    "no recording": (["run", "page-900.txt", "--replay"], "no recording of page-900.yaml", 2),
    "no way to a recording": (["run", "page-900.txt", "--replay"], "summariser run PAGES --record", 2),
    "replay and record": (["run", "page-900.txt", "--replay", "--record"], "contradict", 2),
    "replay and a plan": (["run", "page-900.txt", "--replay", "--dry-run"], "nothing to plan", 2),
    "unknown provider": (["run", "page-900.txt", "--provider", "opnai"], "openai", 2),
    "no key": (["run", "page-900.txt", "--provider", "deepseek", "--model", "x"], "DEEPSEEK_API_KEY", 2),
    "no model": (["run", "page-900.txt", "--provider", "openai"], "--model", 2),
    "unknown prompt version": (
        ["run", "page-900.txt", "--provider", "desk", "--prompt", "case_study@77"],
        "Versions",
        2,
    ),
    "unknown option": (["run", "page-900.txt", "--sing"], "--sing", 2),
    "a dead endpoint": (
        ["run", "page-900.txt", "--base-url", "http://127.0.0.1:9/v1", "--model", "m"],
        "127.0.0.1:9",
        3,
    ),
    "no records to check": (["check", "folder"], "folder", 2),
    "a record that is none": (["show", "page-900.txt"], "page-900.txt", 2),
}


@pytest.mark.parametrize(("arguments", "said", "code"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_is_named_in_one_message(page: Path, arguments: list[str], said: str, code: int) -> None:
    """Bad input ends in an exit code and a message that names it; never in a traceback."""
    Path("empty.txt").touch()
    Path("picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    Path("blank.txt").write_text("\n \n\t\n", encoding="utf-8")
    Path("folder").mkdir()
    with Path("huge.txt").open("wb") as file:
        file.truncate(50_000_000)

    done = summariser(*arguments)

    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


ENDPOINTS = {
    "a wrong key": (Behaviour(key="right"), "key", 2),
    "HTML": (Behaviour(shares={"html": 1.0}), "a web page came instead of a reply", 3),
}


@pytest.mark.parametrize(("behaviour", "said", "code"), ENDPOINTS.values(), ids=ENDPOINTS)
def test_bad_endpoint_is_named(page: Path, behaviour: Behaviour, said: str, code: int) -> None:
    """An endpoint that refuses the key, or is no endpoint at all, is told in words; the key is never shown."""
    with running(behaviour) as endpoint:
        done = _run(endpoint, page, "--provider", "llamacpp", SUMMARISER_API_KEY="sk-wrong-and-secret")

    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "sk-wrong-and-secret" not in done.stdout + done.stderr


HOSTILE = (
    "\x1b[31m红色标题\x1b[0m [red]粗体[/red] \u202e倒写",
    "本报讯（记者王小禾）“下班就能学。”临河区总工会近日在纺织园办起夜校，焊工何建平头一个报名。",
    "夜校开设3门课程，近200名职工参加，服务5000余人次，每人补贴300元。",
)


def test_control_codes_and_markup_never_reach_the_terminal(endpoint: FaultyEndpoint) -> None:
    """What a page holds is shown as text: no ANSI code is obeyed, no markup is read, no bidi mark turns a line."""
    Path("page-900.txt").write_text("\n".join(HOSTILE), encoding="utf-8")
    _run(endpoint, "page-900.txt")
    record = next(Path("summaries/page-900").glob("*.json"))

    for done in (
        _run(endpoint, "page-900.txt"),
        summariser("show", record),
        summariser("split", "page-900.txt", "--rules"),
    ):
        output = done.stdout + done.stderr
        assert "\x1b" not in output
        assert "\u202e" not in output
        assert "[red]" in output


def test_page_named_to_climb_out_stays_inside(endpoint: FaultyEndpoint) -> None:
    """A file name cannot lead a record out of its folder."""
    Path("..x").mkdir()
    Path("..x/.. .. etc.txt").write_text("\n".join(LINES), encoding="utf-8")

    done = _run(endpoint, "..x/.. .. etc.txt", "--out", "kept/summaries")

    assert done.returncode == 0, done.stderr
    written = [path for path in Path.cwd().rglob("*.json") if ".summariser" not in path.parts]
    assert written
    assert all(path.is_relative_to(Path.cwd() / "kept" / "summaries") for path in written)


def test_crash_has_an_exit_code_of_its_own(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What nobody foresaw exits 70 with a sentence, never 1, which says that the work was done."""
    monkeypatch.setattr(sys, "argv", ["summariser", "show"])

    def crash(**_: object) -> int:
        raise LookupError("a fault")

    monkeypatch.setattr(command_line.cli, "main", crash)

    with pytest.raises(SystemExit) as caught:
        command_line.main()

    assert caught.value.code == 70
    assert "A fault of summariser, not of your files: LookupError('a fault')" in capsys.readouterr().err


SEED_RECORDS = ROOT / "summaries" / "page-002"
_DRAWN = "╭╮╰╯─│✓✗"  # otherwise where they cannot be shown


@cache
def _in_encoding(encoding: str, *arguments: object) -> tuple[int, bytes]:
    """Exit code and bytes of the command line on a terminal of this encoding."""
    shown = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.setattr(sys, "stdout", shown)
        patch.setattr(sys, "argv", ["summariser", *map(str, arguments)])
        command_line.main()
    shown.flush()
    return int(ended.value.code or 0), shown.buffer.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "gbk"])
@pytest.mark.parametrize(
    "words",
    [
        ["show", SEED_RECORDS],
        ["check", SEED_RECORDS],
        ["read", ROOT / "seeds" / "page-002.txt"],
        ["split", ROOT / "seeds" / "page-002.txt", "--rules"],
        ["run", ROOT / "seeds" / "page-002.txt", "--replay", "--cassettes", ROOT / "cassettes"],
        ["run", "--help"],
    ],
    ids=["show", "check", "read", "split", "run", "help"],
)
def test_narrow_terminal_gets_escapes(encoding: str, words: list[object]) -> None:
    """What the encoding of a terminal lacks is shown as an escape; the exit code is that of any other terminal."""
    wide = _in_encoding("utf-8", *words)
    narrow = _in_encoding(encoding, *words)

    assert narrow[0] == wide[0]
    shown = narrow[1].decode("utf-8" if encoding == "ascii" else encoding)  # click takes ASCII for a lack of settings
    lacks = any(not char.encode(encoding, "ignore") for char in wide[1].decode() if char not in _DRAWN)
    assert ("\\u" in shown) == lacks or encoding == "ascii"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "gbk"])
@pytest.mark.parametrize("words", [["show", "--json", SEED_RECORDS], ["check", "--json", SEED_RECORDS]])
def test_json_on_a_narrow_terminal_says_the_same(encoding: str, words: list[object]) -> None:
    """JSON has escapes of its own: whatever the terminal lacks, a program reads the same from it."""
    _, wide = _in_encoding("utf-8", *words)
    _, narrow = _in_encoding(encoding, *words)

    assert list(_values(narrow.decode("utf-8" if encoding == "ascii" else encoding))) == list(_values(wide.decode()))


def _values(text: str) -> Iterator[object]:
    """JSON values that follow each other."""
    decoder, place = json.JSONDecoder(), 0
    while place < len(text.rstrip()):
        value, place = decoder.raw_decode(text, place)
        place += len(text[place:]) - len(text[place:].lstrip())
        yield value


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("report", ["report", SEED_RECORDS]),
        ("tables", ["export", SEED_RECORDS, "--to", "csv", "-o", "tables/of/today"]),
        ("summaries", ["run", "a.txt", "--rules", "--dry-run", "--model", "m"]),
        (".summariser", ["run", "a.txt", "--rules", "--dry-run", "--model", "m"]),
        ("cassettes", ["run", "a.txt", "--rules", "--dry-run", "--model", "m", "--record"]),
    ],
)
def test_link_that_leads_out_of_the_folder_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: str, words: list[object]
) -> None:
    """A person may have put the results elsewhere by a link, or a stranger: it is followed, and said."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("\n".join(LINES), encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / link).symlink_to("elsewhere")

    done = summariser(*map(str, words))

    assert f"Note: {link} is a link: what is written there goes to {tmp_path / 'elsewhere'}" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
@pytest.mark.parametrize(
    "words", [["run", "pages", "--rules", "--dry-run", "--model", "m", "--all"], ["split", "pages", "--rules"]]
)
def test_no_secret_is_sent_through_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    """A page of a strange folder that is a link to a file of mine is told with where it leads, and in no request."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.txt").write_text("\n".join(LINES), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("MY TOKEN", encoding="utf-8")
    (tmp_path / "pages" / "b.txt").symlink_to("../notes.txt")

    monkeypatch.chdir(tmp_path)

    done = summariser(*words)

    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert f"pages/b.txt:alinkleadsfromhereto{tmp_path / 'notes.txt'}" in "".join(said.split())
    assert LINES[0][:8] in said or "1 page, " in said
    assert "TOKEN" not in said


def test_ctrl_c_while_the_program_is_loaded_ends_it_in_words(tmp_path: Path) -> None:
    """Who stops a command in its first tenths of a second reads no traceback."""
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt", encoding="utf-8")
    ways = (["-m", "summariser", "check"], ["-c", "from summariser.__main__ import main; main()"])

    for words in ways:
        env = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
        done = subprocess.run([sys.executable, *words], env=env, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (130, "Error: Stopped. What was written before stands.\n")


@pytest.mark.skipif(os.name == "nt", reason="closed by the shell of POSIX")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_lead_nowhere(tmp_path: Path, closed: str) -> None:
    """Where a service starts it without input or output, a verb does its work, and no file of it takes their place."""
    words = [sys.executable, "-m", "summariser", "export", SEED_RECORDS, "--to", "sqlite", "-o", tmp_path / "a.db"]

    done = subprocess.run(["sh", "-c", f"{shlex.join(map(str, words))} {closed}"], check=False, capture_output=True)

    assert done.returncode == 0
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        assert connection.execute("SELECT count(*) FROM articles").fetchone()[0] > 0


@pytest.mark.parametrize(
    "words",
    [["--help"], ["show", SEED_RECORDS], ["check", SEED_RECORDS], ["prompts", "list"]],
)
def test_reader_that_went_away_ends_the_output(words: list[object]) -> None:
    """`summariser show ... | head` ends without a word, with the code of a closed pipe: not 0, not 1."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "summariser", *map(str, words)],
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert (done.returncode, done.stderr) == (141, "")


def test_notices_are_counted_alike_by_every_verb(page: Path) -> None:
    """What `check` calls a notice is one line of `show`, one finding of the file and one of the table."""
    told = summariser("check", SEED_RECORDS).stdout.splitlines()[-1]
    shown = summariser("show", SEED_RECORDS).stdout
    summariser("export", SEED_RECORDS, "--to", "csv", "-o", "tables")
    rows = csv.DictReader(Path("tables/articles.csv").read_text(encoding="utf-8-sig").splitlines())

    assert told.endswith("; 1 notice.")
    assert shown.count("notice: ") == sum(int(row["notices"]) for row in rows) == 1


def test_page_of_the_same_name_replaces_nothing(endpoint: FaultyEndpoint) -> None:
    """A file of one name out of another folder, in a later run: exit 2, both are named, the records stay."""
    for folder, last in (("monday", ""), ("tuesday", "又")):
        Path(folder).mkdir()
        Path(folder, "01.txt").write_text("\n".join(LINES) + last, encoding="utf-8")
    _run(endpoint, "monday/01.txt")
    before = {path: path.read_bytes() for path in Path("summaries").rglob("*") if path.is_file()}
    asked = len(endpoint.questions)

    done = _run(endpoint, "tuesday/01.txt")

    assert done.returncode == 2
    assert "tuesday/01.txt would replace monday/01.txt" in done.stderr
    assert len(endpoint.questions) == asked
    assert {path: path.read_bytes() for path in Path("summaries").rglob("*") if path.is_file()} == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_full_disk_behind_stdout_is_said() -> None:
    """Output that cannot be written is an error with a sentence, exit 2, and no traceback."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "summariser", "prompts", "show", "split"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert done.returncode == 2
    assert "The system refused" in done.stderr
    assert "Traceback" not in done.stderr


GBK_NAME = b"\xb9\xa4\xbb\xe1.txt".decode(errors="surrogateescape")


def test_bad_pages_of_a_folder_stop_no_good_one(endpoint: FaultyEndpoint) -> None:
    """A name in GBK bytes, one of another page's files, an empty page: refused before anything is asked, exit 1."""
    for name in ("good.txt", "good.page.json.txt", GBK_NAME):
        Path("pages").mkdir(exist_ok=True)
        (Path("pages") / name).write_text("\n".join(LINES), encoding="utf-8")
    (Path("pages") / "empty.txt").touch()
    (Path("pages") / "figures.csv").touch()

    done = _run(endpoint, "pages")
    as_json = _run(endpoint, "pages", "--json")

    assert done.returncode == as_json.returncode == 1, done.stderr
    assert [path.name for path in Path("summaries").iterdir() if path.is_dir()] == ["good"]
    assert all(said in done.stdout for said in ("is empty", "not in UTF-8", "good.page.json.txt"))
    assert "1 .csv" in done.stderr
    assert [len(json.loads(as_json.stdout)[name]) for name in ("pages", "unread", "notes")] == [1, 3, 1]


def test_dry_run_and_split_tell_bad_pages_too(page: Path) -> None:
    """What a run would refuse, a dry run and a split of the folder refuse alike, and go on."""
    Path("empty.txt").touch()
    Path("drawing.svg").touch()

    plan = summariser("run", ".", "--dry-run", "--provider", "desk")
    split = summariser("split", ".", "--rules")

    assert plan.returncode == split.returncode == 1
    assert "1 page, " in plan.stdout
    for name in ("empty.txt", "1 .svg (drawing.svg)"):
        assert name in plan.stdout
        assert name in split.stderr
    assert "page-900: 1 article" in split.stdout


def test_run_says_what_to_do_next(page: Path, endpoint: FaultyEndpoint) -> None:
    """After a run: the commands that look at its records, with their folder, as a shell takes it; they work."""
    done = _run(endpoint, page, "--out", "my records")

    commands = [line.split("  ")[1] for line in done.stdout.partition("Next:")[2].splitlines() if line]

    assert commands == ["summariser show 'my records'", "summariser report 'my records'"]
    assert [summariser(*shlex.split(command)[1:]).returncode for command in commands] == [0, 0]


def test_run_says_how_to_ask_again_about_what_got_no_usable_reply(page: Path) -> None:
    """A later run asks no more about it by itself; what makes it ask is said once."""
    with running(Behaviour(answer=lambda body: split_reply() if "| " in str(body) else "Sorry.")) as endpoint:
        first, second, fresh = (_run(endpoint, page, *more) for more in ((), (), ("--fresh",)))

        assert len(endpoint.questions) == 4 + 0 + 4
    for done in (first, second, fresh):
        assert (done.returncode, done.stdout.count("--fresh asks anew")) == (1, 1)


def test_records_from_elsewhere_are_warned_of_once(endpoint: FaultyEndpoint) -> None:
    """The first run of a folder's pages into others' records says so and names the way out; the next one does not."""
    texts = {name: "\n".join((f"{LINES[0]}{name}", *LINES[1:])) for name in ("seeds/1.txt", "mine/2.txt", "mine/3.txt")}
    for name, text in texts.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")

    said = [_run(endpoint, name).stderr for name in texts]

    assert ["summariser init" in text and "--out" in text and "seeds/1.txt" in text for text in said] == [0, 1, 0]


def test_every_verb_finds_the_records_where_the_settings_put_them(page: Path, endpoint: FaultyEndpoint) -> None:
    """With `out` in summariser.toml, the verbs that read records look there."""
    Path("summariser.toml").write_text('out = "cases"\n', encoding="utf-8")
    assert _run(endpoint, page).returncode == 0
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q"], ["add", "cases"], ["commit", "-qm", "records"]):
        subprocess.run([*git, *words], check=True)

    codes = {
        words: summariser(*words.split()).returncode
        for words in ("check", "show", "report -o site", "export --to csv -o tables", "corrections", "diff")
    }

    assert set(codes.values()) == {0}, codes
    assert not Path("summaries").exists()


def test_page_and_record_may_come_from_the_standard_input(page: Path, endpoint: FaultyEndpoint) -> None:
    """`split -` and `show -` read what another program writes."""
    _run(endpoint, page)
    record = next(Path("summaries/page-900").glob("*.json"))

    split = summariser("split", "-", "--rules", stdin=page.read_bytes())
    shown = summariser("show", "-", stdin=record.read_bytes())
    bad = summariser("show", "-", stdin=b"{")

    assert (split.returncode, shown.returncode, bad.returncode) == (0, 0, 2)
    assert LINES[0] in split.stdout
    assert LINES[0] in shown.stdout
    assert "standard input" in bad.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "is empty"),
        (b"\0\1", "looks binary"),
        (b"\xff\xfea\0b\0", r".*iconv -f UTF-16LE -t UTF-8 \| summariser split -\."),
    ],
)
def test_what_is_wrong_with_the_standard_input_is_told_of_it(page: Path, text: bytes, words: str) -> None:
    """No file that is gone by then is named: alone and beside a file."""
    alone = summariser("split", "-", "--rules", stdin=text)
    beside = summariser("split", page, "-", "--rules", stdin=text)

    assert (alone.returncode, beside.returncode) == (2, 1)
    for done in (alone, beside):
        assert re.search(f"standard input(:1)?: {words}", done.stderr)
        assert "stdin." not in done.stderr


def test_run_without_an_endpoint_offers_the_desk(page: Path) -> None:
    """Whoever has no endpoint and no key is told of the way that needs neither."""
    for done in (summariser("run", page), summariser("run", page, "--provider", "deepseek", "--model", "m")):
        assert done.returncode == 2
        assert "summariser desk" in done.stderr
        assert "--provider desk" in done.stderr


@pytest.mark.parametrize(
    "words", [["check"], ["corrections"], ["runs"], ["run", "page-900.txt", "--dry-run", "--rules"]]
)
def test_variable_that_is_no_setting_is_said_once(page: Path, endpoint: FaultyEndpoint, words: list[str]) -> None:
    """Every verb that has settings names it, with the nearest one that is."""
    _run(endpoint, page)

    told = summariser(*words, SUMMARISER_BASEURL="http://x", SUMMARISER_MODEL="m", SUMMARISER_PROVIDER="ollama").stderr

    assert told.count("SUMMARISER_BASEURL is not a setting; did you mean SUMMARISER_BASE_URL?") == 1
