"""The ledger: no reply is lost, none is paid for twice, and a file that is no ledger is left alone."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT
from faulty_endpoint import Behaviour, running
from making import LINES, make_page, put_record
from processes import summariser

from summariser.catalogue.update import update_index
from summariser.cli import cli
from summariser.disk.ledger import CLAIM_AGE, Claim, Ledger, RunState, SumBy, open_ledger, read_ledger
from summariser.endpoints.endpoint import Capability
from summariser.errors import StoreError
from summariser.schema.exchange import Message, OutputMode, Reply, Request, Usage
from summariser.workbench.project_state import RecordIndex

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SYSTEM = "你是编目员。" * 500
SCHEMA = {"type": "object", "properties": {"乙": {"type": "string"}, "甲": {"type": "null"}}}
ODD = "零\0宽\u2028半\ud83d个\udc00\U0001f600'\"\\"


def make_request(article_id: str = "a1", *, attempt: int = 0, text: str = "") -> Request:
    """Return a request about an article."""
    return Request(
        purpose="case_study",
        page_id="page-1",
        article_id=article_id,
        prompt="case_study@1",
        model="m",
        messages=(
            Message(role="system", content=SYSTEM),
            Message(role="user", content=f"[1] {article_id} {attempt} {text}"),
        ),
        schema_name="case_reply",
        reply_schema=SCHEMA,
        temperature=0.2,
        max_tokens=4000,
        attempt=attempt,
    )


def make_reply(request: Request, *, text: str = "{}", usage: Usage | None = None) -> Reply:
    """Return a reply to the request."""
    return Reply(
        request_key=request.key,
        text=text,
        reasoning=None,
        model="m-1",
        finish_reason="stop",
        mode=OutputMode.JSON_SCHEMA,
        usage=usage or Usage(prompt_tokens=100, completion_tokens=20, cached_tokens=60),
        seconds=1.5,
        sends=1,
    )


def begin(ledger: Ledger) -> int:
    """Begin a run of this process."""
    return ledger.begin_run("run", "m", "http://x/v1", NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the ledger of a project stands."""
    return tmp_path / "project" / ".summariser" / "ledger.db"


# ---- replies --------------------------------------------------------------------------------------------------------


def test_a_saved_reply_is_found_by_the_key_after_reopening(path: Path) -> None:
    """What was saved is there for the next run, whole."""
    request = make_request()
    with open_ledger(path) as ledger:
        assert ledger.find_reply(request.key) is None
        ledger.save_reply(request, make_reply(request), begin(ledger), NOW)

    with open_ledger(path) as ledger:
        assert ledger.find_reply(request.key) == make_reply(request)


def test_the_latest_of_several_replies_is_found() -> None:
    """A later reply to the same request stands before the earlier one."""
    request = make_request()
    with open_ledger(None) as ledger:
        for text in ("old", "new"):
            ledger.save_reply(request, make_reply(request, text=text), begin(ledger), NOW)

        assert ledger.find_reply(request.key) == make_reply(request, text="new")


@pytest.mark.parametrize("text", ["", "\0", "a\0b", ODD, "\udcff", "x" * 200_000], ids=lambda text: ascii(text)[:20])
def test_any_text_of_a_reply_comes_back_as_it_was(path: Path, text: str) -> None:
    """NUL, lone surrogates and long texts survive, in every field that a model or a server writes."""
    request = make_request()
    changes = {"text": text, "reasoning": text, "model": text, "finish_reason": text, "usage": Usage()}
    reply = make_reply(request).model_copy(update=changes)
    with open_ledger(path) as ledger:
        run_id = begin(ledger)
        ledger.save_reply(request, reply, run_id, NOW)
        ledger.save_error(request, "k", text, run_id, NOW)

        assert ledger.find_reply(request.key) == reply
        assert ledger.requests_of(run_id)[0].finish_reason == text
        assert ledger.requests_of(run_id)[0].error == text


def test_a_reply_to_another_request_is_a_mistake_of_the_caller() -> None:
    """A reply is never filed under a key that it does not answer."""
    with open_ledger(None) as ledger, pytest.raises(ValueError, match="no reply to"):
        ledger.save_reply(make_request("a1"), make_reply(make_request("a2")), begin(ledger), NOW)


def test_a_request_comes_back_as_it_was_asked() -> None:
    """Messages, schema (its order included) and parameters can be read again; the key proves it."""
    request = make_request(text="a\0b")
    with open_ledger(None) as ledger:
        ledger.claim(request, begin(ledger), NOW)

        found = ledger.find_request(request.key)

    assert found == request
    assert found.key == request.key
    assert list(found.reply_schema["properties"]) == ["乙", "甲"]


def test_what_requests_share_is_stored_once(path: Path) -> None:
    """A hundred requests with the same long text and schema take one copy of them."""
    with open_ledger(path) as ledger:
        run_id = begin(ledger)
        for number in range(100):
            ledger.claim(make_request(f"a{number}"), run_id, NOW)

    assert path.stat().st_size < 20 * len(SYSTEM.encode())
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM texts").fetchone() == (102,)
    connection.close()


# ---- claims ---------------------------------------------------------------------------------------------------------


def test_of_two_runs_at_once_one_asks(path: Path) -> None:
    """What one run is asking, another one leaves to it; what it has answered, the other finds."""
    request = make_request()
    with open_ledger(path) as one, open_ledger(path) as two:
        first, second = begin(one), begin(two)

        assert one.claim(request, first, NOW) is Claim.MINE
        assert two.claim(request, second, NOW) is Claim.TAKEN
        assert two.claim(make_request("a2"), second, NOW) is Claim.MINE
        one.save_reply(request, make_reply(request), first, NOW)
        assert two.claim(request, second, NOW) is Claim.ANSWERED
        assert two.find_reply(request.key) == make_reply(request)


def test_a_run_may_claim_again_what_it_claims() -> None:
    """Only another run is in the way."""
    with open_ledger(None) as ledger:
        run_id = begin(ledger)

        assert [ledger.claim(make_request(), run_id, NOW) for _ in range(2)] == [Claim.MINE, Claim.MINE]
        assert len(ledger.requests_of(run_id)) == 1


def test_a_claim_holds_as_long_as_its_process_lives() -> None:
    """A request may take days at a desk, and a clock may be wrong: neither makes it paid twice."""
    request = make_request()
    with open_ledger(None) as ledger:
        first, second = begin(ledger), begin(ledger)
        ledger.claim(request, first, NOW)

        assert ledger.claim(request, second, NOW + 100 * CLAIM_AGE) is Claim.TAKEN


def test_where_a_process_cannot_be_seen_its_claim_holds_while_it_is_renewed(path: Path) -> None:
    """Of another machine, a claim is free after ten minutes without a word, a renewed one ten after that."""
    request = make_request()
    with open_ledger(path) as ledger:
        first, second = begin(ledger), begin(ledger)
        ledger.claim(request, first, NOW)
        change(path, f"UPDATE runs SET host = 'elsewhere' WHERE run_id = {first}")
        ledger.renew_claims(first, NOW + CLAIM_AGE / 2)

        assert ledger.claim(request, second, NOW + CLAIM_AGE * 1.4) is Claim.TAKEN
        assert ledger.claim(request, second, NOW + CLAIM_AGE * 1.5) is Claim.MINE


@pytest.mark.parametrize("way", ["error", "end"])
def test_a_claim_that_is_let_go_can_be_taken_over(way: str) -> None:
    """An error and the end of the run free the request for others."""
    request = make_request()
    with open_ledger(None) as ledger:
        first, second = begin(ledger), begin(ledger)
        ledger.claim(request, first, NOW)
        assert ledger.claim(request, second, NOW + CLAIM_AGE - timedelta(seconds=1)) is Claim.TAKEN

        if way == "error":
            ledger.save_error(request, "ModelRefused", "empty", first, NOW)
        elif way == "end":
            ledger.end_run(first, NOW, state=RunState.STOPPED)
        assert ledger.claim(request, second, NOW) is Claim.MINE


def test_a_claim_of_a_time_to_come_is_void(path: Path) -> None:
    """A ledger that a stranger made, or a clock that was wrong, keeps nobody waiting for ever."""
    with open_ledger(path) as ledger:
        first = begin(ledger)
        ledger.claim(make_request(), first, NOW + timedelta(days=9999))
        change(path, f"UPDATE runs SET host = 'elsewhere' WHERE run_id = {first}")

        assert ledger.claim(make_request(), begin(ledger), NOW) is Claim.MINE


@pytest.mark.skipif(not shutil.which("unshare"), reason="makes containers on Linux")
def test_containers_do_not_take_over_from_each_other(path: Path) -> None:
    """Two processes of two containers on one machine see each other as little as two machines do: one of them asks."""
    apart = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if subprocess.run([*apart, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no container may be made here")
    open_ledger(path).close()

    with start(CLAIMER, path, before=apart) as one, start(CLAIMER, path, before=apart) as two:
        said = [process.stdout.readline() for process in (one, two) if process.stdout]
        for process in (one, two):
            process.kill()

    assert sorted(said) == ["mine\n", "taken\n"]


CLAIMER = """
import sys, time
sys.path[:0] = sys.argv[2:]
from pathlib import Path
from test_ledger import NOW, begin, make_request, open_ledger
ledger = open_ledger(Path(sys.argv[1]))
print(ledger.claim(make_request(), begin(ledger), NOW), flush=True)
time.sleep(60)
"""


def change(path: Path, statement: str) -> None:
    """Change a ledger by hand."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)


def start(script: str, path: Path, *, before: Sequence[str] = ()) -> subprocess.Popen[str]:
    """Start a script that uses the ledger at `path`."""
    here = Path(__file__).parent
    command = [*before, sys.executable, "-c", script, str(path), str(here), str(here.parent)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_the_claim_of_a_killed_process_counts_no_more(path: Path) -> None:
    """A claim lives as long as its process, and the run that was killed is shown as killed."""
    with open_ledger(path) as ledger, start(CLAIMER, path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "mine\n"
        run_id = begin(ledger)
        assert ledger.claim(make_request(), run_id, NOW) is Claim.TAKEN

        process.kill()
        process.wait()

        assert ledger.claim(make_request(), run_id, NOW) is Claim.MINE
        assert [run.state for run in ledger.runs()] == [RunState.RUNNING, RunState.KILLED]


@pytest.mark.parametrize(
    "values",
    ["pid = 4194305", "pid = 4194305, born = ''", "born = '17'"],
    ids=["pid", "pid, no birth known", "reused"],
)
def test_a_claim_of_a_process_that_is_not_there_is_void(path: Path, values: str) -> None:
    """A number that no process has, and a number that another process has now, both mean: gone."""
    with open_ledger(path) as ledger:
        first = begin(ledger)
        ledger.claim(make_request(), first, NOW)
        change(path, f"UPDATE runs SET {values} WHERE run_id = {first}")

        assert ledger.claim(make_request(), begin(ledger), NOW) is Claim.MINE


# ---- runs and capabilities ------------------------------------------------------------------------------------------


def test_a_run_is_added_up() -> None:
    """Tokens, seconds, repairs and errors of a run are the sums over its requests; a token count not told is none."""
    with open_ledger(None) as ledger:
        run_id = ledger.begin_run("run", "m", "http://x/v1", NOW, pages=3)
        for attempt, usage in ((0, None), (1, None), (2, Usage())):
            request = make_request(attempt=attempt)
            ledger.claim(request, run_id, NOW)
            ledger.save_reply(request, make_reply(request, usage=usage), run_id, NOW)
        ledger.save_error(make_request("a2"), "ModelRefused", "empty", run_id, NOW)
        ledger.end_run(run_id, NOW + timedelta(minutes=1), records=4, failures=1)
        empty = begin(ledger)

        newest, run = ledger.runs()

    assert (newest.run_id, newest.state, newest.requests, newest.prompt_tokens) == (empty, RunState.RUNNING, 0, 0)
    assert (run.state, run.pages, run.records, run.failures) == (RunState.DONE, 3, 4, 1)
    assert (run.requests, run.repairs, run.replies, run.errors) == (4, 2, 3, 1)
    assert (run.prompt_tokens, run.completion_tokens, run.cached_tokens, run.seconds) == (200, 40, 120, 4.5)
    assert (run.started_at, run.ended_at) == ("2026-03-01T08:00:00.000000+00:00", "2026-03-01T08:01:00.000000+00:00")


def test_runs_are_limited_to_the_latest() -> None:
    """The list of runs shows the newest first, and no more than asked for."""
    with open_ledger(None) as ledger:
        numbers = [begin(ledger) for _ in range(3)]

        assert [run.run_id for run in ledger.runs(2)] == numbers[:0:-1]


def test_replies_are_added_up_by_page_prompt_model_and_repair() -> None:
    """What replies used is added up by what is asked for; tokens not counted are told, and other runs left out."""
    with open_ledger(None) as ledger:
        run_id, other = begin(ledger), begin(ledger)
        for attempt, usage in ((0, None), (1, None), (2, Usage())):
            request = make_request(attempt=attempt)
            ledger.save_reply(request, make_reply(request, usage=usage), run_id, NOW, is_answer=attempt > 0)
            ledger.claim(request, run_id, NOW)
        ledger.claim(make_request("a2"), other, NOW)
        ledger.save_reply(make_request("a2"), make_reply(make_request("a2")), other, NOW)

        (page,) = ledger.usage_by(SumBy.PAGE, [run_id])
        repairs = ledger.usage_by(SumBy.REPAIR, [run_id])
        of_runs = ledger.usage_by(SumBy.RUN, [run_id, other])

    assert (page.name, page.model, page.replies, page.repairs, page.uncounted) == ("page-1", "m", 3, 2, 1)
    assert (page.prompt_tokens, page.completion_tokens, page.cached_tokens) == (200, 40, 120)
    assert [(each.name, each.replies) for each in repairs] == [("0", 1), ("1", 1), ("2", 1)]
    assert [(each.name, each.replies) for each in of_runs] == [(str(run_id), 3), (str(other), 1)]


def test_what_a_run_did_is_read_in_steps_that_grow_with_its_requests(path: Path) -> None:
    """Runs, their requests and their sums take SQLite so many steps for each of 9,000 requests, not their square."""
    with open_ledger(path) as ledger:
        run_id = begin(ledger)
        request, reply = make_request(), make_reply(make_request())
        ledger.claim(request, run_id, NOW)
        ledger.save_reply(request, reply, run_id, NOW)
    with sqlite3.connect(path) as connection:
        for table, column in (("requests", "key"), ("replies", "request_key")):
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            others = ", ".join(each for each in columns[1:] if each != column)
            connection.execute(
                f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8999)"
                f" INSERT INTO {table} ({column}, {others}) SELECT 'k' || i, {others} FROM n, {table}"
            )
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    thousands: list[None] = []
    connection.set_progress_handler(lambda: thousands.append(None), 1000)
    with Ledger(connection, path) as ledger:
        assert ledger.runs()[0].requests == len(ledger.requests_of(run_id)) == 9000
        assert ledger.usage_by(SumBy.PAGE, [run_id])[0].replies == 9000

    assert len(thousands) <= 300 * 9


def test_a_run_goes_on_with_those_of_its_kind_that_were_stopped() -> None:
    """The runs right before it count, stopped or killed, up to one that was done; others between them do not matter."""
    with open_ledger(None) as ledger:

        def begin_fresh(*, model: str = "m", state: RunState | None = None) -> int:
            run_id = ledger.begin_run("run --fresh", model, "http://x/v1", NOW)
            if state:
                ledger.end_run(run_id, NOW, state=state)
            return run_id

        def first_stopped(run_id: int) -> int | None:
            return ledger.first_stopped("run --fresh", "m", "http://x/v1", before=run_id)

        begin_fresh(state=RunState.STOPPED)
        done = begin_fresh(state=RunState.DONE)
        assert first_stopped(done) == 1
        alone = begin_fresh(state=RunState.STOPPED)
        assert first_stopped(alone) is None
        ledger.end_run(begin(ledger), NOW)
        begin_fresh(model="other", state=RunState.DONE)
        killed = begin_fresh()
        with ledger.transaction() as execute:
            execute("UPDATE runs SET born = 'long ago' WHERE run_id = ?", (killed,))
        at_work = begin_fresh()
        assert first_stopped(at_work) == alone
        assert first_stopped(begin_fresh()) is None


def test_the_requests_of_a_run_tell_what_became_of_each() -> None:
    """Requests stand in the order in which they were asked, each with its state."""
    with open_ledger(None) as ledger:
        run_id = begin(ledger)
        for article_id in ("a", "b", "c"):
            ledger.claim(make_request(article_id), run_id, NOW)
        ledger.save_reply(make_request("a"), make_reply(make_request("a")), run_id, NOW)
        ledger.save_error(make_request("b"), "ModelRefused", "empty", run_id, NOW)

        requests = ledger.requests_of(run_id)
        ledger.end_run(run_id, NOW)

        assert [(each.article_id, each.state) for each in requests] == [
            ("a", "answered"),
            ("b", "failed"),
            ("c", "asking"),
        ]
        assert (requests[0].finish_reason, requests[0].completion_tokens) == ("stop", 20)
        assert (requests[1].error_kind, requests[1].error, requests[1].seconds) == ("ModelRefused", "empty", None)
        assert ledger.requests_of(run_id)[2].state == "dropped"
        assert ledger.requests_of(99) == ()


def test_times_are_kept_in_utc_and_need_a_zone() -> None:
    """Beijing time is turned into UTC; a time without a zone is a mistake of the caller."""
    with open_ledger(None) as ledger:
        ledger.begin_run("run", "m", "u", datetime(2026, 3, 1, 8, tzinfo=timezone(timedelta(hours=8))))

        assert ledger.runs()[0].started_at == "2026-03-01T00:00:00.000000+00:00"
        with pytest.raises(ValueError, match="without a time zone"):
            ledger.begin_run("run", "m", "u", NOW.replace(tzinfo=None))


def test_what_an_endpoint_can_do_is_remembered(path: Path) -> None:
    """The latest finding for an address and a model stands, also after reopening; others know nothing of it."""
    found = Capability(
        mode=OutputMode.JSON_OBJECT, token_parameter="max_completion_tokens", send_temperature=False, note=ODD
    )
    with open_ledger(path) as ledger:
        assert ledger.capabilities.get("u", "m") is None
        ledger.capabilities.put("u", "m", Capability(mode=OutputMode.TEXT))
        ledger.capabilities.put("u", "m", found)

    with open_ledger(path) as ledger:
        assert ledger.capabilities.get("u", "m") == found
        assert ledger.capabilities.get("u", "n") is None


# ---- the file -------------------------------------------------------------------------------------------------------


def test_the_folder_is_made_and_hidden_from_git(path: Path) -> None:
    """Our own folder carries a .gitignore, which a person may change."""
    open_ledger(path).close()
    assert (path.parent / ".gitignore").read_text() == "*\n"

    (path.parent / ".gitignore").write_text("mine")
    open_ledger(path).close()
    assert (path.parent / ".gitignore").read_text() == "mine"


def test_a_folder_that_is_not_ours_gets_no_gitignore(tmp_path: Path) -> None:
    """A ledger put beside a project's files must not hide them from git."""
    open_ledger(tmp_path / "new" / "ledger.db").close()

    assert not (tmp_path / "new" / ".gitignore").exists()


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_no_gitignore_is_written_through_a_link(path: Path, tmp_path: Path) -> None:
    """A link that lies ready in our folder leads nowhere: what it names is not made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    (path.parent / ".gitignore").symlink_to(tmp_path / "elsewhere")

    open_ledger(path).close()

    assert not (tmp_path / "elsewhere").exists()


def make_foreign(path: Path) -> None:
    """Make a database of another program."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE runs (x)")
    connection.close()


def make_newer(path: Path) -> None:
    """Make a ledger of a version to come."""
    open_ledger(path).close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def make_damaged(path: Path) -> None:
    """Make a ledger whose tables are overwritten with rubbish."""
    open_ledger(path).close()
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xaa" * (len(content) - 100))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.write_text("a diary" * 1000), "not an SQLite database"),
        (make_foreign, "a database of another program"),
        (make_damaged, "is damaged"),
        (make_newer, "written by a newer version"),
        (Path.mkdir, "a folder stands where the database is kept"),
    ],
    ids=["text", "foreign", "damaged", "newer", "folder"],
)
def test_a_file_that_is_no_ledger_is_told_and_left_alone(tmp_path: Path, make, says: str) -> None:
    """The message says what to do; not a byte of the file changes."""
    path = tmp_path / "ledger.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None

    with pytest.raises(StoreError, match=says) as caught:
        open_ledger(path, timeout_s=0.1)

    assert caught.value.path == path
    assert "ledger" in caught.value.next_step or "file aside" in caught.value.next_step
    assert (path.read_bytes() if path.is_file() else None) == before


@pytest.mark.parametrize(
    "values",
    [
        "UPDATE runs SET pid = 1099511627776",
        "UPDATE runs SET pid = 'abc'",
        "UPDATE runs SET pid = -1",
        "UPDATE runs SET pid = 0",
        "UPDATE requests SET asked_at = 'yesterday'",
        "UPDATE replies SET mode = 'telepathy'",
        "UPDATE replies SET sends = 'many'",
        "UPDATE requests SET messages = '[['",
        'UPDATE requests SET messages = \'[["user", "none"]]\'',
        "UPDATE requests SET temperature = 1e999",
        "UPDATE texts SET text = '1e999'",
        "UPDATE texts SET text = '{\"a\": NaN}'",
        "UPDATE texts SET text = '[1]'",
        "UPDATE runs SET state = 'dancing'",
        "UPDATE capabilities SET details = '{'",
        "UPDATE capabilities SET details = '{}'",
        f"UPDATE capabilities SET details = '{'[' * 200_000}'",
    ],
)
def test_a_row_that_is_none_of_ours_is_told(path: Path, values: str) -> None:
    """A ledger that somebody edited gives an error with advice, never a traceback."""
    request = make_request()
    with open_ledger(path) as ledger:
        ledger.save_reply(request, make_reply(request), begin(ledger), NOW)
        ledger.capabilities.put("u", "m", Capability(mode=OutputMode.TEXT))
        ledger.claim(make_request("a2"), begin(ledger), NOW)
    change(path, values)

    with open_ledger(path) as ledger, pytest.raises(StoreError, match="holds a row that is none of ours"):
        ledger.claim(make_request("a2"), begin(ledger), NOW)
        ledger.find_reply(request.key)
        ledger.find_request(request.key)
        ledger.runs()
        ledger.capabilities.get("u", "m")


@pytest.mark.parametrize(
    "made",
    [
        "TRIGGER t AFTER INSERT ON replies BEGIN DELETE FROM replies; END",
        "TRIGGER t BEFORE INSERT ON replies BEGIN SELECT raise(abort, 'no'); END",
        "UNIQUE INDEX i ON replies (mode)",
    ],
)
def test_what_a_ledger_would_do_by_itself_is_refused(path: Path, made: str) -> None:
    """A trigger could drop each reply that is paid for: such a ledger is not used, and its replies stay in it."""
    with open_ledger(path) as ledger:
        ledger.save_reply(make_request(), make_reply(make_request()), begin(ledger), NOW)
    change(path, f"CREATE {made}")

    with pytest.raises(StoreError, match="none of ours") as caught:
        open_ledger(path)

    assert "DROP" in caught.value.next_step
    change(path, "DROP TRIGGER IF EXISTS t")
    change(path, "DROP INDEX IF EXISTS i")
    with open_ledger(path) as ledger:
        assert ledger.find_reply(make_request().key)


def make_older(path: Path) -> None:
    """Take from a ledger what its first version had not."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in (
            "DROP VIEW batch_sums",
            "DROP TABLE batch_lines",
            "DROP TABLE batches",
            "ALTER TABLE replies DROP COLUMN is_answer",
            "ALTER TABLE capabilities DROP COLUMN details",
            "PRAGMA user_version = 1",
        ):
            connection.execute(statement)


def test_a_ledger_of_the_first_version_is_read_on(path: Path) -> None:
    """Its replies stay; what endpoints can do is found out again."""
    request = make_request()
    with open_ledger(path) as ledger:
        ledger.save_reply(request, make_reply(request), begin(ledger), NOW)
        ledger.capabilities.put("u", "m", Capability(mode=OutputMode.TEXT))
    make_older(path)

    with open_ledger(path) as ledger:
        assert ledger.find_reply(request.key) == make_reply(request)
        assert ledger.capabilities.get("u", "m") is None


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    """Where no folder can be made, the message names it."""
    (tmp_path / "x").write_text("")

    with pytest.raises(StoreError, match="x: a file stands where a folder is needed"):
        open_ledger(tmp_path / "x" / "ledger.db")


def test_a_ledger_locked_too_long_is_told_and_works_again_afterwards(path: Path) -> None:
    """Another process that does not let go is an error after the time given, and nothing is half done."""
    with open_ledger(path, timeout_s=0.05) as ledger:
        blocker = sqlite3.connect(path, isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreError, match="locked by another process"):
            begin(ledger)
        blocker.execute("ROLLBACK")
        blocker.close()

        assert [run.run_id for run in ledger.runs()] == []
        assert begin(ledger) == 1


def test_what_belongs_to_no_run_is_refused() -> None:
    """Somebody took the run out of the file: the reply is not saved in part, and the ledger goes on working."""
    request = make_request()
    with open_ledger(None) as ledger:
        with pytest.raises(StoreError, match="does not fit"):
            ledger.save_reply(request, make_reply(request), 99, NOW)

        assert ledger.find_request(request.key) is None
        assert ledger.claim(request, begin(ledger), NOW) is Claim.MINE


def test_readers_and_a_writer_do_not_wait_for_each_other(path: Path) -> None:
    """The ledger is kept with write-ahead logging: it can be looked at while a run writes."""
    request = make_request()
    with open_ledger(path, timeout_s=0) as one, open_ledger(path, timeout_s=0) as two:
        run_id = begin(one)
        with one.transaction():
            assert [run.run_id for run in two.runs()] == [run_id]
        one.save_reply(request, make_reply(request), run_id, NOW)

        assert two.find_reply(request.key) == make_reply(request)
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def read_pragma(ledger: Ledger, pragma: str) -> int:
    """What SQLite answers to a pragma."""
    with ledger.reading(f"PRAGMA {pragma}", ()) as rows:
        return int(rows[0][0])


def test_a_disk_that_is_full_keeps_what_was_saved(path: Path) -> None:
    """The reply that does not fit is refused with a message; those before it stay, and later ones are saved again."""
    small, big = make_request("a1"), make_request("a2")
    with open_ledger(path) as ledger:
        run_id = begin(ledger)
        ledger.save_reply(small, make_reply(small), run_id, NOW)
        pages = read_pragma(ledger, "page_count")
        read_pragma(ledger, f"max_page_count = {pages + 2}")

        with pytest.raises(StoreError, match="disk is full"):
            ledger.save_reply(big, make_reply(big, text="长" * 100_000), run_id, NOW)

        assert ledger.find_reply(small.key) == make_reply(small)
        assert ledger.find_request(big.key) is None
        read_pragma(ledger, "max_page_count = 100000")
        ledger.save_reply(big, make_reply(big), run_id, NOW)


# ---- many processes -------------------------------------------------------------------------------------------------

SAVER = """
import os, sys
names, file, count, *sys.path[:0] = sys.argv[1:]
from pathlib import Path
from test_ledger import NOW, Claim, begin, make_reply, make_request, open_ledger
sys.stdin.readline()
names = names.split(",")
own = next((at for at in range(1, len(names)) if os.fork() == 0), 0)
with open_ledger(Path(file)) as ledger:
    run_id = begin(ledger)
    for number in range(int(count)):
        request = make_request(f"{names[own]}-{number}")
        if ledger.claim(request, run_id, NOW) is Claim.MINE:
            ledger.save_reply(request, make_reply(request, text="文" * 3000), run_id, NOW)
            os.write(1, request.key.encode() + b"\\n")  # at once, so that no two keys run into each other
if own == 0:
    sys.exit(any([os.wait()[1] for _ in names[1:]]))
"""


def start_saver(names: str, path: Path, count: int) -> subprocess.Popen[str]:
    """Start a process for each name, loaded once, that saves replies and prints the key of each as soon as it is."""
    here = Path(__file__).parent
    command = [sys.executable, "-c", SAVER, names, str(path), str(count), str(here), str(here.parent)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write("\n")  # they begin when all is loaded and this is read
    process.stdin.flush()
    return process


def test_a_run_killed_at_any_instant_loses_no_reply_that_was_saved(path: Path) -> None:
    """After each kill the ledger opens, is sound, and holds every reply that was reported as saved."""
    saved: list[str] = []
    for round_number in range(4):
        with start_saver(f"run{round_number}", path, 100_000) as process:
            assert process.stdout is not None
            saved.append(process.stdout.readline().strip())
            time.sleep(0.03 + 0.05 * round_number)
            os.kill(process.pid, signal.SIGKILL)
            saved.extend(process.stdout.read().split("\n")[:-1])

        with open_ledger(path) as ledger:
            assert all(ledger.find_reply(key) is not None for key in saved)
            assert ledger.runs(1)[0].state is RunState.KILLED

    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert len(saved) > 8


@pytest.mark.parametrize(
    ("names", "expected"), [("甲,乙,丙", 150), ("甲,甲,甲", 50)], ids=["other requests", "the same requests"]
)
def test_processes_at_once_lose_nothing_and_ask_nothing_twice(path: Path, names: str, expected: int) -> None:
    """Three processes make and fill one ledger at once: every reply is kept, every request is asked by one of them."""
    with start_saver(names, path, 50) as process:
        keys = process.communicate()[0].split()

    assert process.returncode == 0
    assert len(keys) == len(set(keys)) == expected
    with open_ledger(path) as ledger:
        assert all(ledger.find_reply(key) is not None for key in keys)
        assert sum(run.replies for run in ledger.runs()) == expected


def _put(kind: str, path: Path) -> None:
    """Something that is no ledger."""
    path.parent.mkdir()
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(path.parent / "nothing")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "foreign":
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE theirs (a)")
    else:
        path.write_bytes(b"SQLite format 3\0 and no more" if kind == "cut off" else b"\x00junk" * 1000)


ODD_FILES = {
    "folder": "a folder stands where the database is kept. Move it away or name another place with --ledger",
    "link": "a link to nothing stands where",
    "pipe": "a device or a pipe stands where",
    "foreign": "is no ledger (a database of another program). Move the file aside",
    "cut off": "is no ledger (not an SQLite database). Move the file aside",
    "junk": "is no ledger (not an SQLite database). Move the file aside",
}
READERS = {
    "runs": ["runs"],
    "batches": ["batches"],
    "corrections": ["corrections", "summaries"],
    "run": ["run", "page.txt"],
    "dry run": ["run", "page.txt", "--dry-run"],
    "doctor": ["doctor"],
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
@pytest.mark.parametrize("kind", ODD_FILES)
@pytest.mark.parametrize("verb", READERS)
def test_what_is_no_ledger_is_named_by_every_verb(
    verb: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every verb that opens a ledger says what stands there, where, and what to do; nothing of it changes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUMMARISER_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("SUMMARISER_MODEL", "m")
    put_record(make_page(), tmp_path / "summaries")
    Path("page.txt").write_text("\n".join(LINES), encoding="utf-8")
    path = Path(".summariser") / "ledger.db"
    _put(kind, path)
    before = path.lstat()

    result = CliRunner().invoke(cli, READERS[verb], standalone_mode=False)

    assert isinstance(result.exception, StoreError)
    assert f"{path}: {ODD_FILES[kind]}" in str(result.exception)
    assert path.lstat()[:7] == before[:7]


# ---- a ledger that may only be read ---------------------------------------------------------------------------------

RIGHTS = {"file": (0o444, 0o755), "folder": (0o666, 0o555), "both": (0o444, 0o555)}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that others may read, with a page and a record; the test stands in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        monkeypatch.chdir(folder)
        put_record(make_page(), folder / "summaries")
        (folder / "page.txt").write_text("\n".join(LINES), encoding="utf-8")
        yield folder
        for each in folder.rglob("*"):
            each.chmod(0o755)


@contextmanager
def as_reader(place: Path, rights: str) -> Iterator[None]:
    """Without the right to write a ledger, its folder or both: as nobody, where root may do everything."""
    for_files, for_folder = RIGHTS[rights]
    for file in place.parent.iterdir():
        file.chmod(for_files)
    place.parent.chmod(for_folder)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def fill(path: Path) -> Request:
    """A ledger with a run and its reply."""
    request = make_request()
    with open_ledger(path) as ledger:
        ledger.save_reply(request, make_reply(request), begin(ledger), NOW)
    return request


needs_users = pytest.mark.skipif(
    not hasattr(os, "seteuid")
    or (os.geteuid() == 0 and not all(folder.stat().st_mode & 0o005 == 0o005 for folder in (ROOT, *ROOT.parents))),
    reason="no rights of users here, or nobody but root may read this checkout",
)


@needs_users
@pytest.mark.parametrize("rights", RIGHTS)
@pytest.mark.parametrize("verb", ["runs", "batches", "corrections", "dry run"])
def test_verbs_that_only_look_into_a_ledger_need_no_right_to_write_it(verb: str, rights: str, given: Path) -> None:
    """They say what they say of any ledger, and leave nothing beside it."""
    environment = {"SUMMARISER_BASE_URL": "http://127.0.0.1:9/v1", "SUMMARISER_MODEL": "m"}
    place = given / ".summariser" / "ledger.db"
    fill(place)
    expected = summariser(*READERS[verb], **environment)
    before = sorted(place.parent.iterdir())

    with as_reader(place, rights):
        found = summariser(*READERS[verb], **environment)

    assert (found.returncode, found.stdout, found.stderr) == (0, expected.stdout, expected.stderr)
    assert sorted(place.parent.iterdir()) == before


@needs_users
@pytest.mark.parametrize("rights", RIGHTS)
def test_a_run_needs_the_right_to_write_its_ledger(rights: str, given: Path) -> None:
    """Before anybody is asked it says which file cannot be written."""
    place = given / ".summariser" / "ledger.db"
    fill(place)

    with as_reader(place, rights), pytest.raises(StoreError, match=r"ledger\.db: cannot be written\. Change"):
        open_ledger(place)


@needs_users
def test_doctor_says_that_a_run_would_be_refused_where_the_ledger_may_only_be_read(given: Path) -> None:
    """It looks at the endpoint all the same, and only does not remember what it found."""
    place = given / ".summariser" / "ledger.db"
    with running(Behaviour()) as endpoint:
        words = ["doctor", "--base-url", endpoint.base_url, "--model", "test-model"]
        before = summariser(*words)
        with as_reader(place, "both"):
            found = summariser(*words)

    told = f"{Path('.summariser/ledger.db')} may only be read here: a run is refused."
    assert told not in before.stdout
    assert told in found.stdout, found.stderr


@needs_users
def test_a_ledger_that_may_only_be_read_is_read_while_a_run_writes(given: Path) -> None:
    """What was saved a moment ago, and stands in the log alone, is seen."""
    place = given / ".summariser" / "ledger.db"
    with open_ledger(place) as writer:
        begin(writer)
        with as_reader(place, "both"), read_ledger(place) as reader:
            assert len(reader.runs()) == 1


@needs_users
def test_a_log_that_cannot_be_read_without_writing_is_told(given: Path) -> None:
    """A copy made while a run wrote has a log and nothing to read it with: half of it is not shown for all."""
    place = given / ".summariser" / "ledger.db"
    with open_ledger(place) as writer:
        begin(writer)
        copy = given / "copy" / "ledger.db"
        copy.parent.mkdir()
        for end in ("", "-wal"):
            shutil.copy(f"{place}{end}", f"{copy}{end}")

    with as_reader(copy, "both"), pytest.raises(StoreError, match="cannot be opened"):
        read_ledger(copy)


@needs_users
def test_an_older_ledger_that_may_only_be_read_stays_as_it_is(given: Path) -> None:
    """It is brought to our version in memory."""
    place = given / ".summariser" / "ledger.db"
    fill(place)
    make_older(place)
    before = place.read_bytes()

    with as_reader(place, "both"), read_ledger(place) as ledger:
        assert len(ledger.runs()) == 1
    assert place.read_bytes() == before


@needs_users
@pytest.mark.parametrize("is_there", [False, True], ids=["no index yet", "an index"])
def test_the_workbench_indexes_records_where_nothing_may_be_written(
    is_there: bool, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left beside the ledger, nor elsewhere once the workbench is closed."""
    place = given / ".summariser" / "index.db"
    fill(place.with_name("ledger.db"))
    if is_there:
        update_index(place, given / "none")
    before = {file: file.read_bytes() for file in place.parent.iterdir()}
    elsewhere = given / "elsewhere"
    elsewhere.mkdir()
    elsewhere.chmod(0o777)
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))

    with as_reader(place, "both"):
        index = RecordIndex(place)
        while index.refresh(given / "summaries"):
            pass
        known = index.read_known_entries()
        index.close(1.0)

    assert len(known) == 1
    assert {file: file.read_bytes() for file in place.parent.iterdir()} == before
    assert list(elsewhere.iterdir()) == []


def test_a_ledger_that_is_not_there_is_empty_to_who_looks(path: Path) -> None:
    """Looking makes none."""
    with read_ledger(path) as ledger:
        assert ledger.runs() == ()
    assert not path.parent.exists()
