"""Runs in parts: on addresses, by workers that share what was paid, also when some of them are killed."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from faulty_endpoint import Behaviour, FaultyEndpoint, hash_body, running
from making import LINES, case_text

from summariser.api import RunOptions
from summariser.disk.files import ObjectFolder, SharedReplies, borrow, create_file, open_folder
from summariser.disk.ledger import open_ledger
from summariser.disk.stored import load_record, load_records
from summariser.endpoints.client import OpenAIClient
from summariser.endpoints.config import parse_settings
from summariser.endpoints.endpoint import Capability, Endpoint, build_body
from summariser.errors import ConfigError, InputError, StoreError
from summariser.parts import Job, LeasedClient, PartReport, find_parts, run_parts
from summariser.schema.exchange import OutputMode, Reply, Request, Usage

pytest.importorskip("fsspec")
ROOT = Path(__file__).parents[1]
ARTICLES = 3  # of a page


def _page_text(number: int) -> str:
    """A page of articles that differ from all others in their headlines."""
    articles = [(f"{LINES[0]}（{number}-{k}）", *LINES[1:]) for k in range(ARTICLES)]
    return "\n".join(line for article in articles for line in article)


def _answer(body: dict[str, Any]) -> str:
    """The right split of such a page, or a good reply about an article."""
    if "\n1| " not in body["messages"][-1]["content"]:
        return case_text()
    size = len(LINES)
    starts = [k * size + 1 for k in range(ARTICLES)]
    whole = {"kind": "brief", "kicker_lines": [], "subhead_lines": []}
    articles = [whole | {"headline_lines": [first], "lines": [[first, first + size - 1]]} for first in starts]
    return json.dumps({"articles": articles, "noise": []})


@pytest.fixture
def endpoint() -> Iterator[FaultyEndpoint]:
    """An endpoint that answers pages and articles."""
    with running(Behaviour(answer=_answer)) as served:
        yield served


def _job(endpoint: FaultyEndpoint, out: str | Path, ledger: str = "ledger.db", **options: Any) -> Job:
    flags = {"base_url": endpoint.base_url, "model": "test-model", "ledger": ledger, "concurrency": 4}
    return Job(str(out), parse_settings(flags, {}), RunOptions(**options))


def _run(paths: list[str], job: Job) -> PartReport:
    total = PartReport()
    for report in run_parts(find_parts(paths)[0], job):
        total += report
    return total


def _reply(key: str, text: str = "{}") -> Reply:
    return Reply(
        request_key=key,
        text=text,
        reasoning=None,
        model="m",
        finish_reason="stop",
        mode=OutputMode.JSON_SCHEMA,
        usage=Usage(prompt_tokens=1),
        seconds=0.5,
        sends=1,
    )


def test_pages_and_records_may_be_anywhere(endpoint: FaultyEndpoint, memory: Any, tmp_path: Path) -> None:
    """Records at an address are those of a folder, but for where their page stands."""
    memory.pipe_file("/press/2026-03-05/01.txt", _page_text(1).encode())
    (tmp_path / "2026-03-05").mkdir()
    (tmp_path / "2026-03-05" / "01.txt").write_text(_page_text(1), encoding="utf-8")

    there = _run(["memory://press"], _job(endpoint, "memory://base/out"))
    here = _run(["2026-03-05"], _job(endpoint, tmp_path / "out", "other.db"))

    assert (there.pages, there.records, there.paid) == (1, ARTICLES, 1 + ARTICLES)
    assert there._replace(messages=()) == here._replace(messages=())
    for record in load_records(tmp_path / "out"):
        name = f"{record.page_id}/{record.article_id}.json"
        text = memory.cat_file(f"/base/out/{name}").decode()
        assert '"source": "memory://press/2026-03-05/01.txt"' in text
        assert json.loads(text)["case"] == json.loads((tmp_path / "out" / name).read_text(encoding="utf-8"))["case"]
        assert record.source.issue_date == json.loads(text)["source"]["issue_date"] == "2026-03-05"


@pytest.mark.parametrize("out", ["memory://base/out", "shared"])
def test_what_one_worker_paid_every_worker_finds(endpoint: FaultyEndpoint, memory: Any, out: str) -> None:
    """With another ledger nothing is asked again, and nothing is written again."""
    memory.pipe_file("/press/a.txt", _page_text(1).encode())
    first = _run(["memory://press"], _job(endpoint, out))
    files = {name: open_folder(out).read(name) for name in ("a.page.json",)}

    again = _run(["memory://press"], _job(endpoint, out, "of another worker.db"))

    assert (first.paid, again.paid, again.records) == (1 + ARTICLES, 0, ARTICLES)
    assert len(endpoint.questions) == 1 + ARTICLES
    assert files == {name: open_folder(out).read(name) for name in files}


def test_an_edit_at_an_address_stays(endpoint: FaultyEndpoint, memory: Any, tmp_path: Path) -> None:
    """A run over a record that a person edited leaves it, as on a disk."""
    memory.pipe_file("/press/a.txt", _page_text(1).encode())
    job = _job(endpoint, "memory://base")
    _run(["memory://press"], job)
    name = next(name for name in ObjectFolder("memory://base").find("a"))
    edited = memory.cat_file(f"/base/{name}").decode().replace("职工下班就能学", "职工下班后能学")
    memory.pipe_file(f"/base/{name}", edited.encode())

    report = _run(["memory://press"], job)

    assert memory.cat_file(f"/base/{name}").decode() == edited
    assert report.exit_code == 1


def test_what_changed_meanwhile_is_not_replaced(memory: Any) -> None:
    """What was borrowed and changed by somebody else, also what came into being, stays, and is named."""
    memory.pipe_file("/base/a/x.json", b"1")
    folder = ObjectFolder("memory://base")
    for name, theirs in (("a/x.json", b"3"), ("a/y.json", b"4")):
        with borrow(folder) as borrowed:
            borrowed.take_page("a", ".page.json")
            (borrowed.path / name).write_bytes(b"2")
            memory.pipe_file(f"/base/{name}", theirs)

            with pytest.raises(StoreError, match=r"memory://base/a/..json: was changed"):
                borrowed.give_back()
        assert memory.cat_file(f"/base/{name}") == theirs


def test_what_is_removed_here_is_removed_there(memory: Any) -> None:
    """A failure that a run drops is gone at the address as well."""
    memory.pipe_file("/base/a/x.failure.json", b"1")
    with borrow(ObjectFolder("memory://base")) as borrowed:
        borrowed.take_page("a", ".page.json")
        (borrowed.path / "a" / "x.failure.json").unlink()
        borrowed.give_back()

    assert ObjectFolder("memory://base").find() == []


def test_names_of_a_store_lead_nowhere_else(memory: Any) -> None:
    """A name that leads out of its folder is refused before anything is written."""
    with borrow(ObjectFolder("memory://base")) as borrowed:
        borrowed._folder.read = lambda _: b"x"  # type: ignore[method-assign] # a store that has every name
        with pytest.raises(StoreError, match="leads out"):
            borrowed.take(["a/../../x.json"])
        assert list(borrowed.path.parent.glob("x.json")) == []


@pytest.mark.parametrize("place", ["memory://base", "shared"])
def test_a_reply_is_written_once(memory: Any, place: str) -> None:
    """The first reply stays, is found whole with its odd characters, and only at its endpoint."""
    key = "sha256:" + "ab" * 32
    replies = SharedReplies(open_folder(place), "http://a/v1")

    assert replies.find(key) is None
    replies.save(_reply(key, "一\ud83d"))
    replies.save(_reply(key, "二"))

    assert replies.find(key) == _reply(key, "一\ud83d")
    assert SharedReplies(open_folder(place), "http://b/v1").find(key) is None


@pytest.mark.parametrize("content", [b"", b"[" * 100_000, b"{}", json.dumps({"request_key": "x"}).encode(), b"\xff"])
def test_an_object_that_is_no_reply_is_refused(memory: Any, content: bytes) -> None:
    """What stands in place of a reply is named, and not taken for one."""
    key = "sha256:" + "ab" * 32
    replies = SharedReplies(open_folder("memory://base"), "http://a/v1")
    replies.save(_reply(key))
    (name,) = memory.find("/base")
    memory.pipe_file(name, content)

    with pytest.raises(StoreError, match="no reply to its request"):
        replies.find(key)
    memory.pipe_file(name, json.dumps(_reply("sha256:other").model_dump(mode="json")).encode())
    with pytest.raises(StoreError, match="no reply to its request"):
        replies.find(key)


def test_of_many_that_create_a_file_one_does(tmp_path: Path) -> None:
    """Exactly one is told so, and its bytes stand; nothing is left beside them."""

    async def race() -> list[bool]:
        path = tmp_path / "x.json"
        return await asyncio.gather(*(asyncio.to_thread(create_file, path, str(n).encode() * 9) for n in range(8)))

    told = asyncio.run(race())

    assert sum(told) == 1
    assert (tmp_path / "x.json").read_bytes() == str(told.index(True)).encode() * 9
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


@pytest.mark.parametrize("code", ["EPERM", "EOPNOTSUPP", "ENOSYS", "EINVAL"])
def test_a_file_is_created_where_the_disk_knows_no_second_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """Whatever a disk without hard links says of them (a FAT stick, a bucket mounted as a disk), a file can be put."""

    def refuse(*_: object) -> None:
        raise OSError(getattr(errno, code), os.strerror(getattr(errno, code)))

    monkeypatch.setattr(os, "link", refuse)

    assert [create_file(tmp_path / "x.json", content) for content in (b"one", b"two")] == [True, False]
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x.json", b"one")]


def test_pages_of_an_issue_are_one_part(tmp_path: Path) -> None:
    """What names tell of the day keeps pages together; pages without a day are alone; parts may be filled up."""
    for name in ("2026-03-05/01.txt", "2026-03-05/02.txt", "2026-03-06/01.txt", "a.txt", "b.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")

    alone, _ = find_parts([tmp_path])
    filled, _ = find_parts([tmp_path], pages=3)

    assert [[Path(page.place).name for page in part] for part in alone] == [
        ["01.txt", "02.txt"],
        ["01.txt"],
        ["a.txt"],
        ["b.txt"],
    ]
    assert [len(part) for part in filled] == [3, 2]
    assert len({page.page_id for part in alone for page in part}) == 5


def test_an_address_without_pages_is_refused(memory: Any) -> None:
    """Nothing there, and an address of no known kind, are errors that name it."""
    with pytest.raises(InputError, match="memory://nowhere: no page"):
        find_parts(["memory://nowhere"])
    with pytest.raises(ConfigError, match="odd://x"):
        find_parts(["odd://x"])


def test_a_part_of_files_that_are_no_pages_is_told(endpoint: FaultyEndpoint, memory: Any) -> None:
    """The part has no records, a message and the exit code of what a person should look at."""
    memory.pipe_file("/press/a.txt", b"")

    report = _run(["memory://press"], _job(endpoint, "memory://base"))

    assert (report.pages, report.exit_code) == (0, 1)


@pytest.mark.parametrize("option", ["fresh", "batch", "record"])
def test_what_parts_cannot_share_is_refused(endpoint: FaultyEndpoint, option: str) -> None:
    """An option that needs one process is named before anything is asked."""
    with pytest.raises(ConfigError, match=f"--{option}"):
        run_parts([], _job(endpoint, "out", **{option: True}))


def test_what_workers_cannot_share_is_refused(endpoint: FaultyEndpoint) -> None:
    """Parts in one process share a budget and recordings; workers of a cluster do not."""
    job = _job(endpoint, "out", replay=True)
    limited = job.settings.model_copy(update={"budget_tokens": 5})

    with pytest.raises(ConfigError, match="--replay, --budget is not for runs by --dask"):
        run_parts([], job._replace(settings=limited), dask="local")
    assert list(run_parts([], job._replace(settings=limited))) == []


def test_a_budget_is_that_of_all_parts(endpoint: FaultyEndpoint, tmp_path: Path) -> None:
    """Parts one after the other spend one budget; what it does not reach is told, and the next run goes on there."""
    for name in "abcd":
        (tmp_path / f"{name}.txt").write_text(_page_text(ord(name)), encoding="utf-8")
    whole = _run([str(tmp_path)], _job(endpoint, "whole", "whole.db"))
    job = _job(endpoint, "out")
    limited = {"max_tokens": 2000, "budget_tokens": (whole.tokens_in + whole.tokens_out) // 2 + 10_000}
    job = job._replace(settings=job.settings.model_copy(update=limited))

    reports = list(run_parts(find_parts([tmp_path])[0], job))

    spent = sum(each.tokens_in + each.tokens_out for each in reports)
    assert 10_000 < spent <= limited["budget_tokens"]
    assert [each.exit_code for each in reports][-2:] == [3, 3]
    assert "not begun." in reports[-1].messages[0]
    assert any("the budget of" in message for message in reports[-2].messages)
    again = _run([str(tmp_path)], job)
    assert again.paid and again.records > sum(each.records for each in reports)


def test_recordings_are_played_in_parts(memory: Any) -> None:
    """A replay leaves the records of the recordings at an address, asks nobody and shares no reply."""
    memory.pipe_file("/press/page-000.txt", (ROOT / "seeds" / "page-000.txt").read_bytes())
    memory.pipe_file("/press/other.txt", _page_text(1).encode())
    settings = parse_settings({"model": "m", "base_url": "http://127.0.0.1:9/v1", "ledger": "ledger.db"}, {})
    job = Job("memory://base", settings, RunOptions(replay=True, cassettes=ROOT / "cassettes"))

    other, seed = run_parts(find_parts(["memory://press"])[0], job)

    assert (other.records, other.exit_code) == (0, 1)
    assert "no recording of other.yaml" in other.messages[0]
    assert seed.records == len(json.loads((ROOT / "summaries" / "page-000.page.json").read_bytes())["articles"])
    assert not any(".summariser" in name for name in ObjectFolder("memory://base").find())


@pytest.mark.parametrize(
    ("variables", "toml"),
    [({"SUMMARISER_OUT": "s3://cases"}, ""), ({}, 'out = "s3://cases"')],
    ids=["variable", "file"],
)
def test_an_address_is_no_folder_of_the_settings(variables: dict[str, str], toml: str) -> None:
    """Where only a folder can be meant an address is refused, and no folder `s3:` is made."""
    with pytest.raises(ConfigError, match=r"SUMMARISER_OUT|out in summariser\.toml"):
        parse_settings({"base_url": "http://127.0.0.1:1/v1"}, variables, toml=toml)


def test_all_clients_slow_down_when_one_meets_its_limit() -> None:
    """A request that waits after a 429 keeps its lease: with one lease nobody sends until it is answered."""
    requests = [_request("一"), _request("二")]

    async def work(base_url: str) -> None:
        gate = asyncio.Semaphore(1)
        endpoint = Endpoint(base_url=base_url, model="m", known_mode=OutputMode.TEXT)
        async with OpenAIClient(endpoint) as one, OpenAIClient(endpoint) as other:
            leased = [LeasedClient(client, lambda: gate) for client in (one, other)]
            drops: list[Callable[[Reply], None]] = [lambda _: None, lambda _: None]
            await asyncio.gather(
                *(client.complete(*pair) for client, *pair in zip(leased, requests, drops, strict=True))
            )

    with running(Behaviour(script=("throttle", "throttle"), retry_after="0.2")) as endpoint:
        asyncio.run(work(endpoint.base_url))
        asked = [body["messages"][-1]["content"] for body in endpoint.questions]

    assert asked == ["一", "一", "一", "二"]


def _request(text: str) -> Request:
    return Request(
        purpose="case_study",
        page_id="p",
        article_id="a",
        prompt="case_study@1",
        model="m",
        messages=({"role": "system", "content": "s"}, {"role": "user", "content": text}),
        schema_name="case",
        reply_schema={"type": "object"},
        temperature=0.0,
        max_tokens=100,
        attempt=0,
    )


def test_no_key_goes_over_the_network() -> None:
    """What is sent to workers elsewhere holds neither key nor proxy; headers, which may be a key, are refused."""
    from summariser.parts import _with_secrets, _without_secrets

    given = {"provider": "deepseek"}
    settings = parse_settings(given, {"DEEPSEEK_API_KEY": "sk-very-secret-1", "HTTPS_PROXY": "http://u:pw-secret@p:1"})
    assert settings.api_key is not None

    sent = _without_secrets(Job("out", settings, RunOptions()))

    assert sent.takes_secrets
    assert b"secret-1" not in pickle.dumps(sent) and b"pw-secret" not in pickle.dumps(sent)
    os.environ["DEEPSEEK_API_KEY"] = "sk-of-the-worker"
    try:
        there = _with_secrets(sent.settings)
    finally:
        del os.environ["DEEPSEEK_API_KEY"]
    assert there.api_key is not None and there.api_key.get_secret_value() == "sk-of-the-worker"
    with pytest.raises(ConfigError, match="EXTRA_HEADERS"):
        _without_secrets(sent._replace(settings=settings.model_copy(update={"extra_headers": {"X": "y"}})))


@pytest.mark.timeout(300)
def test_workers_of_this_machine_share_the_ledger_of_the_command() -> None:
    """With `--dask local` what they paid for stands there, a plain run asks none of it again, and the other way."""
    pytest.importorskip("distributed")
    for folder in ("first", "second"):
        Path(folder).mkdir()
        Path(folder, f"{folder}.txt").write_text(_page_text(len(folder)), encoding="utf-8")
    with running(Behaviour(answer=_answer)) as endpoint:
        asked = ("--base-url", endpoint.base_url, "--model", "test-model", "--quiet")
        for number, words in enumerate((["first"], ["first", "second", "--dask", "local"], ["second"])):
            command = [sys.executable, "-m", "summariser", "run", *words, *asked, "--out", f"out-{number}"]
            subprocess.run(command, check=True, timeout=120)

    assert len(endpoint.questions) == 2 * (1 + ARTICLES)
    with open_ledger(Path(".summariser/ledger.db")) as ledger:
        assert sorted(run.replies for run in ledger.runs()) == [0, 0, 1 + ARTICLES, 1 + ARTICLES]  # two by the workers


# --- a cluster, half of whose workers are killed

PAGES, WORKERS, IN_FLIGHT = 12, 2, 8
_QUICK = {  # how long a lease of a dead worker counts
    "DASK_DISTRIBUTED__SCHEDULER__LOCKS__LEASE_TIMEOUT": "3s",
    "DASK_DISTRIBUTED__SCHEDULER__LOCKS__LEASE_VALIDATION_INTERVAL": "500ms",
}


@contextmanager
def _process(*words: object) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-m", *map(str, words)], env=os.environ | _QUICK) as process:
        try:
            yield process
        finally:
            process.kill()


def _wait_until(is_so: Callable[[], object]) -> None:
    end = time.monotonic() + 90
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def _bodies(ledger: Path, keys: set[str]) -> set[str]:
    """The hashes of the bodies by which the endpoint counts these requests."""
    capability = Capability(mode=OutputMode.JSON_SCHEMA)
    with open_ledger(ledger) as opened:
        found = [opened.find_request(key) for key in keys]
    return {hash_body(build_body(each, capability, max_tokens=each.max_tokens)) for each in found if each}


def _asked(ledger: Path) -> set[str]:
    """The keys of all requests that a worker asked."""
    with open_ledger(ledger) as opened:
        return {each.key for run in opened.runs(1000) for each in opened.requests_of(run.run_id)}


@pytest.mark.timeout(300)
def test_killed_worker_costs_what_it_had_in_flight(tmp_path: Path) -> None:
    """One of two workers is killed at half time: all records come; what was in flight is paid twice, no more."""
    pytest.importorskip("distributed")
    (tmp_path / "pages").mkdir()
    for number in range(PAGES):
        (tmp_path / "pages" / f"page-{number:02}.txt").write_text(_page_text(number), encoding="utf-8")
    needed = PAGES * (1 + ARTICLES)
    with running(Behaviour(answer=_answer, latency_s=0.3)) as endpoint, ExitStack() as stack:
        meeting = tmp_path / "scheduler.json"
        start = lambda *words: stack.enter_context(_process(*words))  # noqa: E731
        start("distributed.cli.dask_scheduler", "--port", 0, "--no-dashboard", "--scheduler-file", meeting)
        common = ("--scheduler-file", meeting, "--no-nanny", "--no-dashboard", "--nthreads", 3)
        folders = [tmp_path / f"worker-{number}" for number in range(WORKERS)]
        workers = [
            start("distributed.cli.dask_worker", *common, "--local-directory", folder, "--name", folder.name)
            for folder in folders
        ]
        _wait_until(lambda: meeting.exists() and meeting.read_text().rstrip().endswith("}"))
        address = json.loads(meeting.read_text())["address"]
        here = f"from distributed import Client; Client({address!r}).wait_for_workers({WORKERS})"
        subprocess.run([sys.executable, "-c", here], check=True, timeout=90)
        asked = ("--base-url", endpoint.base_url, "--model", "test-model", "--concurrency", IN_FLIGHT, "--json")
        words = ("summariser", "run", "pages", "--dask", address, "--out", "out", *asked)
        run = subprocess.Popen(
            [sys.executable, "-m", *map(str, words)], env=os.environ | _QUICK, stdout=subprocess.PIPE
        )
        _wait_until(lambda: len(endpoint.questions) >= needed // 2)
        workers[0].send_signal(signal.SIGKILL)
        workers[0].wait()
        kept = {f"sha256:{path.stem}" for path in (tmp_path / "out" / ".summariser").rglob("*.json")}
        ledgers = list(folders[0].rglob("ledger.db"))
        in_flight = set().union(*(_bodies(ledger, _asked(ledger) - kept) for ledger in ledgers))
        answer = run.communicate()[0]
        assert run.returncode == 0, answer
        said = json.loads(answer)

    repeated = {key for key, count in endpoint.counts.items() if count > 1} & {hash_body(b) for b in endpoint.questions}
    objects = list((tmp_path / "out" / ".summariser").rglob("*.json"))
    assert len(load_records(tmp_path / "out")) == said["records"] == PAGES * ARTICLES
    assert said["failures"] == 0
    assert len(objects) == needed
    assert len(ledgers) == 1 and repeated <= in_flight
    assert len(endpoint.questions) - needed == len(repeated) <= IN_FLIGHT
    assert endpoint.most_in_flight <= 2 * IN_FLIGHT  # those of dead workers may still be answered
    assert load_record(next((tmp_path / "out" / "page-00").glob("*.json"))).provenance.source.endswith("page-00.txt")
