"""Batches in the ledger: what was to be sent in which file, what became of it, and which replies it brought.

A batch is noted with all its lines before its file goes out, so that whoever opens the ledger next, on this machine or
another one, knows what may be on its way. Each line that comes back is one transaction: its reply and what it means.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from pydantic import Field

from summariser.disk.ledger import (
    LAST_ASKED,
    Ledger,
    insert,
    insert_reply,
    insert_request,
    is_at_work,
    read_reply_row,
    spell_time,
    unpack,
)
from summariser.endpoints.endpoint import Capability
from summariser.schema.exchange import Reply, Request
from summariser.schema.page import Frozen
from summariser.schema.record import FailureReason


class LineState(StrEnum):
    """What became of one request of a batch; `ledger_3.sql` says what each means."""

    ASKED = "asked"
    ANSWERED = "answered"
    REFUSED = "refused"
    CUT = "cut"
    FAILED = "failed"
    MISSING = "missing"
    UNSENT = "unsent"


SETTLED: Final = frozenset({LineState.ANSWERED, LineState.REFUSED})  # not to be asked again


class OpenBatch(Frozen):
    """A batch of which not everything is in the ledger yet; `lines` has the limit of tokens of each request, by key."""

    batch_id: int
    file_sha256: str
    capability: Capability = Field(description="How its requests were asked.")
    made_at: datetime
    file_id: str | None
    remote_id: str | None
    state: str = Field(description="intended, then what the endpoint says.")
    lines: dict[str, int]


class Line(Frozen):
    """One request of one batch, and what came back."""

    batch_id: int
    key: str
    max_tokens: int
    state: LineState
    reason: FailureReason | None = None
    message: str = ""
    reply: Reply | None = None


class BatchSummary(Frozen):
    """One batch, added up."""

    batch_id: int
    base_url: str
    model: str
    remote_id: str | None = Field(description="Its name at the endpoint; null until it is made there.")
    state: str
    requests: int
    answered: int
    unanswered: int = Field(description="Refused, cut off, failed, missing or never worked on.")
    made_at: str
    expires_at: str | None = Field(description="Until when the endpoint has time, if it says.")
    ended_at: str | None = Field(description="Null while it is under way.")
    prompt_tokens: int
    completion_tokens: int
    message: str


class LedgerBatches:
    """The batches of a ledger.

    Errors: every method raises StoreError if the disk or another process is in the way.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def intend(
        self,
        requests: Sequence[tuple[Request, int]],
        run_id: int,
        now: datetime,
        *,
        file_sha256: str,
        capability: Capability,
    ) -> OpenBatch:
        """Note on the disk, before anything is sent, what a file will hold: requests with their limits of tokens."""
        row = {"run_id": run_id, "file_sha256": file_sha256, "made_at": spell_time(now)}
        with self._ledger.transaction() as execute:
            batch_id = insert(execute, "batches", row | {"capability": capability.model_dump_json()}).lastrowid or 0
            for request, max_tokens in requests:
                insert_request(execute, request, run_id, now)
                line = {"batch_id": batch_id, "key": request.key, "max_tokens": max_tokens}
                insert(execute, "batch_lines", line)
        self._ledger.sync()
        lines = {request.key: max_tokens for request, max_tokens in requests}
        return OpenBatch(
            batch_id=batch_id, file_sha256=file_sha256, capability=capability, made_at=now, file_id=None,
            remote_id=None, state="intended", lines=lines,
        )  # fmt: skip

    def note(self, batch: OpenBatch, **changes: Any) -> OpenBatch:
        """Keep what the endpoint says of a batch: columns of the same name."""
        values = {name: spell_time(value) if isinstance(value, datetime) else value for name, value in changes.items()}
        names = ", ".join(f"{name} = ?" for name in values)
        with self._ledger.transaction() as execute:
            execute(f"UPDATE batches SET {names} WHERE batch_id = ?", (*values.values(), batch.batch_id))
        return batch.model_copy(
            update={name: value for name, value in changes.items() if name in type(batch).model_fields}
        )

    def take_over(self, address: str, run_id: int, now: datetime) -> list[OpenBatch]:
        """The batches that are under way at an address, oldest first.

        Shape: one that another process is about to send is left to it, as long as the process lives; of one whose
        process is gone this run is the owner now.
        """
        query = (
            f"SELECT batches.*, host, pid, born, runs.state AS run_state, {LAST_ASKED}"
            " FROM batches JOIN runs USING (run_id)"
            " WHERE batches.ended_at IS NULL AND base_url = ? ORDER BY batch_id"
        )
        taken = []
        with self._ledger.reading(query, (address,)) as rows:
            for row in rows:
                is_sent = row["remote_id"] is not None
                is_running = row["run_state"] == "running" and is_at_work(row, now)
                is_owned = row["run_id"] != run_id and is_running
                if is_sent or (not is_owned and self._change_owner(row["batch_id"], row["run_id"], run_id)):
                    taken.append(self._open_batch(row))
        return taken

    def keep_line(self, batch: OpenBatch, line: Line, request: Request, run_id: int, now: datetime) -> bool:
        """Keep what came back for one request; False if that was kept before, and nothing changed."""
        with self._ledger.transaction() as execute:
            query = "SELECT 1 FROM batch_lines WHERE batch_id = ? AND key = ? AND state = 'asked'"
            if not execute(query, (batch.batch_id, line.key)).fetchone():
                return False
            is_answer = line.state is LineState.ANSWERED
            reply_id = None
            if line.reply:
                reply_id = insert_reply(execute, request, line.reply, run_id, now, is_answer=is_answer)
            names = "state = ?, reason = ?, message = ?, reply_id = ?"
            execute(
                f"UPDATE batch_lines SET {names} WHERE batch_id = ? AND key = ?",
                (line.state.value, line.reason, line.message, reply_id, batch.batch_id, line.key),
            )
        return True

    def end(self, batch: OpenBatch, state: str, leftover: LineState, now: datetime, *, message: str = "") -> None:
        """Note that nothing more will come of a batch; lines that did not come back are `leftover`, for this reason.

        Shape: the batch says what most of its lines without an answer say.
        """
        with self._ledger.transaction() as execute:
            query = "UPDATE batch_lines SET state = ?, message = ? WHERE batch_id = ? AND state = 'asked'"
            execute(query, (leftover.value, message, batch.batch_id))
            query = (
                "UPDATE batches SET state = ?, ended_at = ?, message = coalesce((SELECT message FROM batch_lines"
                " WHERE batch_lines.batch_id = batches.batch_id AND state != 'answered'"
                " GROUP BY message ORDER BY count(*) DESC, message LIMIT 1), '') WHERE batch_id = ?"
            )
            execute(query, (state, spell_time(now), batch.batch_id))

    def forget(self, batch_id: int, now: datetime) -> bool:
        """Wait no longer for a batch; False if none of this number is under way."""
        with self._ledger.transaction() as execute:
            query = "UPDATE batches SET state = 'forgotten', ended_at = ? WHERE batch_id = ? AND ended_at IS NULL"
            is_there = execute(query, (spell_time(now), batch_id)).rowcount == 1
            if is_there:
                execute("UPDATE batch_lines SET state = 'unsent' WHERE batch_id = ? AND state = 'asked'", (batch_id,))
        return is_there

    def earlier(self, batch: OpenBatch) -> frozenset[str]:
        """The names at the endpoint of other batches of the same file: requests that were asked again as they were."""
        query = "SELECT remote_id FROM batches WHERE file_sha256 = ? AND remote_id IS NOT NULL"
        with self._ledger.reading(query, (batch.file_sha256,)) as rows:
            return frozenset(row["remote_id"] for row in rows)

    def has_come(self, batch: OpenBatch) -> bool:
        """Whether any line of a batch has come back."""
        query = "SELECT 1 FROM batch_lines WHERE batch_id = ? AND state != 'asked' LIMIT 1"
        with self._ledger.reading(query, (batch.batch_id,)) as rows:
            return bool(rows)

    def tries(self, key: str) -> list[Line]:
        """What came of a request in batches since it was last answered or refused, that line included, oldest first.

        Shape: batches that the endpoint never worked on do not count.
        """
        query = (
            "SELECT batch_id, batch_lines.key, batch_lines.max_tokens, batch_lines.state, batch_lines.reason,"
            " batch_lines.message, batch_lines.reply_id, replies.* FROM batch_lines LEFT JOIN replies USING (reply_id)"
            " WHERE batch_lines.key = ? AND batch_lines.state NOT IN ('asked', 'unsent') ORDER BY batch_id"
        )
        with self._ledger.reading(query, (key,)) as rows:
            lines = [_line(row) for row in rows]
        settled = [number for number, line in enumerate(lines[:-1]) if line.state in SETTLED]
        return lines[settled[-1] + 1 :] if settled else lines

    def sums(self, limit: int = 20) -> tuple[BatchSummary, ...]:
        """The latest batches, newest first, those that are under way before all others."""
        query = "SELECT * FROM batch_sums ORDER BY ended_at IS NOT NULL, batch_id DESC LIMIT ?"
        with self._ledger.reading(query, (limit,)) as rows:
            return tuple(BatchSummary(**unpack(row, BatchSummary.model_fields)) for row in rows)

    def sum_up(self, batch: OpenBatch) -> BatchSummary:
        """One batch, added up."""
        with self._ledger.reading("SELECT * FROM batch_sums WHERE batch_id = ?", (batch.batch_id,)) as rows:
            return BatchSummary(**unpack(rows[0], BatchSummary.model_fields))

    def _change_owner(self, batch_id: int, owner: int, run_id: int) -> bool:
        """Take a batch from a run whose process is gone; False if another run was quicker."""
        query = "UPDATE batches SET run_id = ? WHERE batch_id = ? AND run_id = ?"
        with self._ledger.transaction() as execute:
            return execute(query, (run_id, batch_id, owner)).rowcount == 1

    def _open_batch(self, row: sqlite3.Row) -> OpenBatch:
        """Build a batch from its row and its lines."""
        query = "SELECT key, max_tokens FROM batch_lines WHERE batch_id = ?"
        with self._ledger.reading(query, (row["batch_id"],)) as lines:
            limits = {line["key"]: line["max_tokens"] for line in lines}
        plain = unpack(row, ("batch_id", "file_sha256", "file_id", "remote_id", "state"))
        capability = Capability.model_validate_json(row["capability"], strict=False)
        return OpenBatch(**plain, capability=capability, made_at=datetime.fromisoformat(row["made_at"]), lines=limits)


def _line(row: sqlite3.Row) -> Line:
    """Build a line from its row and that of its reply."""
    reason = FailureReason(row["reason"]) if row["reason"] else None
    reply = read_reply_row(row) if row["reply_id"] is not None else None
    plain = unpack(row, ("batch_id", "key", "max_tokens", "message"))
    return Line(**plain, state=LineState(row["state"]), reason=reason, reply=reply)
