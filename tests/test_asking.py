"""Replies from the ledger or from the model: nothing paid twice, nothing lost, whatever happens to the ledger."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

import pytest
from fake_client import FakeClient, make_reply
from making import NOW

from summariser.asking import Asker
from summariser.disk.ledger import CLAIM_AGE, Claim, Ledger, open_ledger
from summariser.errors import ModelRefused, StoreBusyError, StoreError
from summariser.pipeline import Progress
from summariser.schema.exchange import Message, Reply, Request
from summariser.schema.record import FailureReason


def make_request(number: int = 0, **changes: object) -> Request:
    """A question about one article."""
    request = Request(
        purpose="case_study", page_id="p", article_id=f"a{number}", prompt="case_study@1", model="m", schema_name="s",
        messages=(Message(role="user", content=f"文章{number}"),), reply_schema={"type": "object"}, temperature=0.0,
        max_tokens=100, attempt=0,
    )  # fmt: skip
    return request.model_copy(update=changes)


class Watcher(Progress):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.received: list[tuple[str, bool]] = []
        self.waits: list[str] = []

    def reply_received(self, request: Request, reply: Reply, *, paid: bool) -> None:
        """Remember the text."""
        self.received.append((reply.text, paid))

    def waiting(self, until: datetime | None, reason: str) -> None:
        """Remember the reason."""
        self.waits.append(reason)


def ignore(_reply: Reply) -> None:
    """Take no note of an unusable reply."""


class Wasteful(FakeClient):
    """A client that gets something unusable first."""

    async def complete(self, request: Request, unusable: Callable[[Reply], None] | None = None) -> Reply:
        """An unusable reply, then the next answer."""
        assert unusable is not None
        unusable(make_reply(request, "half a").model_copy(update={"finish_reason": "length"}))
        return await super().complete(request)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger is."""
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    """An open ledger that does not wait for others."""
    with open_ledger(path, timeout_s=0.01) as opened:
        yield opened


def make_asker(ledger: Ledger, client: FakeClient, *, base_url: str = "http://a/v1", **changes: object) -> Asker:
    """An asker of a new run."""
    run_id = ledger.begin_run("run", "m", base_url, NOW)
    values: dict[str, object] = {"known_from": 0, "now": lambda: NOW, "watcher": Watcher()} | changes
    return Asker(client, ledger, run_id, base_url, **values)  # type: ignore[arg-type]


def test_replies_of_another_endpoint_are_not_taken(ledger: Ledger) -> None:
    """The same question to another address is another question; to the same one it is answered by the ledger."""
    first, again, other = (FakeClient([text]) for text in ("one", "never", "two"))

    asyncio.run(make_asker(ledger, first).ask(make_request(), ignore))
    known = asyncio.run(make_asker(ledger, again).ask(make_request(), ignore))
    fresh = asyncio.run(make_asker(ledger, other, base_url="http://b/v1").ask(make_request(), ignore))

    assert (known.text, fresh.text) == ("one", "two")
    assert (len(again.requests), len(other.requests)) == (0, 1)


@pytest.mark.parametrize("is_refused", [False, True], ids=["then an answer", "then refused"])
def test_a_power_cut_loses_nothing_that_was_paid_for(
    ledger: Ledger, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_refused: bool
) -> None:
    """While a run goes on, the disk itself is given each reply, unusable ones too, without a wait for the end."""
    cut = tmp_path / "cut"

    def lose_power_after(_: int) -> None:
        aside = Path(mkdtemp(dir=tmp_path))
        for file in (path, path.with_name(f"{path.name}-wal")):
            shutil.copy(file, aside / file.name)
        aside.rename(cut)

    refusal = ModelRefused("cut off", reason=FailureReason.TRUNCATED)
    asker = make_asker(ledger, Wasteful([refusal if is_refused else "{}"]))
    monkeypatch.setattr(os, "fsync", lose_power_after)

    async def ask() -> None:
        async with asker.working():
            with suppress(ModelRefused):
                await asker.ask(make_request(), ignore)
            async with asyncio.timeout(10):
                while not cut.exists():
                    await asyncio.sleep(0.01)
            cut.rename(tmp_path / "left")

    asyncio.run(ask())

    with open_ledger(tmp_path / "left" / path.name) as left:
        assert left.runs(1)[0].replies == (1 if is_refused else 2)
        assert (left.find_reply(make_request().key) is None) == is_refused


def test_replies_that_come_together_reach_the_disk_together(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was saved while the disk was at work waits for one more sync, not for one each; the last is waited for."""
    syncs: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda number: (time.sleep(0.05), syncs.append(number)))
    asker = make_asker(ledger, FakeClient(["{}"] * 20))

    async def ask_all() -> None:
        async with asker.working():
            await asyncio.gather(*(asker.ask(make_request(number), ignore) for number in range(20)))

    asyncio.run(ask_all())
    so_far = len(syncs)
    ledger.sync()

    assert 1 <= so_far <= 4
    assert len(syncs) == so_far
    assert ledger.runs(1)[0].replies == 20


@pytest.mark.parametrize("is_refused", [False, True], ids=["then an answer", "then refused"])
def test_unusable_replies_are_kept_and_counted_and_never_found(ledger: Ledger, *, is_refused: bool) -> None:
    """A reply that was cut off stands in the ledger with its tokens, and does not answer the next run."""
    refusal = ModelRefused("cut off", reason=FailureReason.TRUNCATED)
    asker = make_asker(ledger, Wasteful([refusal if is_refused else "{}"]))
    unusable: list[Reply] = []

    if is_refused:
        with pytest.raises(ModelRefused):
            asyncio.run(asker.ask(make_request(), unusable.append))
    else:
        asyncio.run(asker.ask(make_request(), unusable.append))

    assert [reply.text for reply in unusable] == ["half a"]
    assert ledger.runs(1)[0].replies == (1 if is_refused else 2)
    found = ledger.find_reply(make_request().key)
    assert (found and found.text) == (None if is_refused else "{}")
    assert asker.watcher.received == [("half a", True)] + ([] if is_refused else [("{}", True)])  # type: ignore[attr-defined]


class _Watching(Wasteful):
    """A client that looks, before it asks again, whether the unusable reply is kept and gone from memory."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(["{}"])
        self.ledger = ledger

    async def complete(self, request: Request, unusable: Callable[[Reply], None] | None = None) -> Reply:
        """As its elder, with a look in between."""
        assert unusable is not None
        first = make_reply(request, "half")
        gone = weakref.ref(first)
        unusable(first)
        del first
        assert gone() is None
        assert self.ledger.runs(1)[0].replies == 1
        return await super().complete(request, unusable)


def test_unusable_replies_are_stored_as_they_come(ledger: Ledger) -> None:
    """An endless reply that was cut off does not wait in memory for the next one."""
    asyncio.run(make_asker(ledger, _Watching(ledger)).ask(make_request(), ignore))

    assert ledger.runs(1)[0].replies == 3


def test_unusable_replies_wait_for_a_ledger_that_is_held(path: Path, ledger: Ledger) -> None:
    """What cannot be stored as it comes is stored before the answer."""
    blockers: list[sqlite3.Connection] = []

    class Held(Wasteful):
        async def complete(self, request: Request, unusable: Callable[[Reply], None] | None = None) -> Reply:
            blockers.append(hold(path))
            try:
                return await super().complete(request, unusable)
            finally:
                blockers[0].execute("ROLLBACK")

    asker = make_asker(ledger, Held(["{}"]))
    asyncio.run(asker.ask(make_request(), ignore))

    assert ledger.runs(1)[0].replies == 2
    assert asker.watcher.received == [("half a", True), ("{}", True)]  # type: ignore[attr-defined]


def hold(path: Path) -> sqlite3.Connection:
    """Another process's hold on the ledger."""
    blocker = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    blocker.execute("BEGIN IMMEDIATE")
    return blocker


def test_a_reply_waits_for_a_ledger_that_another_process_holds(path: Path, ledger: Ledger) -> None:
    """What was paid for is kept in memory and stored once the ledger is free; the wait is told."""
    blockers: list[sqlite3.Connection] = []

    def answer(_request: Request) -> str:
        blockers.append(hold(path))
        asyncio.get_running_loop().call_later(0.05, blockers[0].execute, "ROLLBACK")
        return "{}"

    asker = make_asker(ledger, FakeClient(answer))
    asyncio.run(asker.ask(make_request(), ignore))

    assert ledger.find_reply(make_request().key) is not None
    assert "locked by another process" in asker.watcher.waits[0]  # type: ignore[attr-defined]


def test_a_ledger_that_stays_locked_ends_the_run(path: Path, ledger: Ledger) -> None:
    """After the longest wait the error is raised, not before."""
    times = iter([NOW, NOW, *[NOW + timedelta(minutes=n) for n in range(0, 99, 6)]])
    asker = make_asker(ledger, FakeClient(["{}"]), now=lambda: next(times))
    blocker = hold(path)

    with pytest.raises(StoreBusyError):
        asyncio.run(asker.ask(make_request(), ignore))
    blocker.close()


def test_a_ledger_that_is_gone_stops_the_run(path: Path, ledger: Ledger) -> None:
    """A deleted or replaced file is noticed before the next question is sent."""
    client = FakeClient(lambda _: "{}")
    asker = make_asker(ledger, client)
    asyncio.run(asker.ask(make_request(0), ignore))
    path.unlink()

    with pytest.raises(StoreError, match="deleted or replaced"):
        asyncio.run(asker.ask(make_request(1), ignore))
    assert len(client.requests) == 1


def test_claims_are_renewed_while_a_run_asks(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that takes longer than a claim holds is not taken over where processes cannot be seen."""
    monkeypatch.setattr("summariser.asking.CLAIM_AGE", timedelta(seconds=0.06))
    later = NOW + 2 * CLAIM_AGE
    asker = make_asker(ledger, FakeClient([]), now=lambda: later)
    ledger.claim(make_request(), asker.run_id, NOW)
    rival = ledger.begin_run("run", "m", "http://a/v1", NOW)
    with closing(sqlite3.connect(ledger.path, isolation_level=None)) as connection:
        connection.execute("UPDATE runs SET host = 'elsewhere' WHERE run_id = ?", (asker.run_id,))

    async def work() -> Claim:
        async with asker.working():
            await asyncio.sleep(0.05)
        return ledger.claim(make_request(), rival, later)

    assert asyncio.run(work()) is Claim.TAKEN


def test_each_repair_is_another_question_even_if_it_reads_the_same() -> None:
    """A model that repeats itself is asked again; the first question and the first repair keep their keys."""
    keys = [make_request(attempt=attempt).key for attempt in range(5)]

    assert keys[0] == keys[1]
    assert len(set(keys)) == 4
