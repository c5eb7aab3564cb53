"""Batches at an endpoint: `/files` and `/batches` of the OpenAI API, as several providers speak it.

Whatever comes back is a stranger's: names that go into an address are checked, texts are cleaned, lines that answer
nothing are passed over, and of a file no more is read than its requests can have answers.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final, NamedTuple

from summariser.endpoints.client import OpenAIClient, Value
from summariser.endpoints.completion import (
    MAX_REPLY_BYTES,
    Answer,
    Completion,
    Fault,
    Rejection,
    clean,
    error_message,
    find_error,
    judge_error,
    list_dicts,
    read_answer,
)
from summariser.endpoints.endpoint import BatchLimits, Capability, build_body
from summariser.errors import ConfigError, ModelUnavailable
from summariser.schema.exchange import Request, read_json
from summariser.schema.page import Frozen

Verdict = Completion | Fault | Rejection | ConfigError | ModelUnavailable
ENDED: Final = frozenset({"completed", "failed", "expired", "cancelled"})
FILE_TIMEOUT_S: Final = 3600.0  # for 200 MB either way on a slow line
_HASH_NAME: Final = "summariser_sha256"  # in the metadata of a batch: the hash of its file
_PAGE: Final = 100
_MOST_PAGES: Final = 50  # of the list of batches
_ODD_BYTES: Final = 1_000_000  # of lines that answer nothing, on top of what the answers may have
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}")


class RemoteBatch(Frozen):
    """A batch as the endpoint tells of it; null where it does not."""

    id: str
    status: str
    input_file_id: str | None
    output_file_id: str | None
    error_file_id: str | None
    completed: int | None
    failed: int | None
    expires_at: datetime | None
    file_sha256: str | None
    errors: str

    @property
    def has_ended(self) -> bool:
        """Whether the endpoint is done with it."""
        return self.status in ENDED


class BatchFile(NamedTuple):
    """A file that is ready to go out, and the requests in it with their limits of tokens."""

    file: BinaryIO
    sha256: str
    requests: tuple[tuple[Request, int], ...]


@dataclass
class BatchEndpoint:
    """The batches of one endpoint.

    Errors: each method raises ConfigError or ModelUnavailable, as `OpenAIClient.complete`, or Rejection for what the
    endpoint will never take.
    """

    client: OpenAIClient
    limits: BatchLimits

    async def capability(self, model: str) -> Capability:
        """How requests are asked in a batch: as elsewhere, but whole, and without what batches lack."""
        known = await self.client.find_capability(model)
        changes = {"stream": False} | ({"send_temperature": False} if "temperature" in self.limits.lacks else {})
        return known.model_copy(update=changes)

    def pack(self, requests: Iterable[tuple[Request, int]], capability: Capability) -> Iterator[BatchFile]:
        """Files within the limits of the provider, one after the other; equal requests give equal bytes.

        Shape: `requests` with their limits of tokens; a file is closed once the next one is asked for.
        """
        rest, extra_body = iter(requests), self.client.endpoint.extra_body
        pair = next(rest, None)
        while pair is not None:
            with TemporaryFile() as file:
                digest, packed = hashlib.sha256(), list[tuple[Request, int]]()
                while pair is not None and len(packed) < self.limits.requests:
                    body = build_body(pair[0], capability, max_tokens=pair[1], extra_body=extra_body)
                    line = _dump_line(pair[0].key, self.limits.path, body)
                    if packed and file.tell() + len(line) > self.limits.megabytes * 1_000_000:
                        break
                    file.write(line)
                    digest.update(line)
                    packed.append(pair)
                    pair = next(rest, None)
                yield BatchFile(file, digest.hexdigest(), tuple(packed))

    async def upload(self, file: BinaryIO, sha256: str) -> str:
        """Send a file; its name at the endpoint."""

        async def attempt() -> str:
            file.seek(0)
            answer = await self.client.upload(f"summariser-{sha256[:16]}.jsonl", file, timeout_s=FILE_TIMEOUT_S)
            return _name(self._read(answer).get("id")) or _refuse("the endpoint names no file")

        return await self.retry(attempt)

    async def create(self, file_id: str, sha256: str, known: frozenset[str]) -> RemoteBatch:
        """The batch of a file: the one that is there already, else a new one, so that there is one whatever happens.

        Shape: `known` names earlier batches of the same requests, which are not meant.
        """
        body = {
            "input_file_id": file_id,
            "endpoint": self.limits.path,
            "completion_window": self.limits.window,
            "metadata": {_HASH_NAME: sha256},
        }

        async def attempt() -> RemoteBatch:
            there = await self._find(sha256, file_id, known)
            return there or _read_batch(self._read(await self.client.call("/batches", body)), self.clean)

        return await self.retry(attempt)

    async def find(self, sha256: str, file_id: str | None, known: frozenset[str]) -> RemoteBatch | None:
        """The batch of a file with this hash or name, if there is one that is not `known`."""
        return await self.retry(partial(self._find, sha256, file_id, known))

    async def poll(self, remote_id: str) -> RemoteBatch:
        """How a batch stands."""

        async def attempt() -> RemoteBatch:
            return _read_batch(self._read(await self.client.call(f"/batches/{remote_id}")), self.clean)

        return await self.retry(attempt)

    async def read(self, file_id: str, requests: int) -> AsyncIterator[tuple[str, Verdict]]:
        """The lines of a result that can be read: the key of a request, and what came of it.

        Errors: Fault as well: the file may come the next time.
        """
        most = requests * MAX_REPLY_BYTES + _ODD_BYTES
        lines = self.client.read_lines(file_id, longest=MAX_REPLY_BYTES, most=most, timeout_s=FILE_TIMEOUT_S)
        async for line in lines:
            if (pair := self._judge(line)) is not None:
                yield pair

    async def retry(self, attempt: Callable[[], Awaitable[Value]]) -> Value:
        """What an attempt gives, made again within the budgets of the client."""
        tries = self.client.new_tries(lambda _completion: None)

        async def counted() -> Value:
            tries.sends += 1
            try:
                value = await attempt()
            except Fault as fault:
                tries.note(fault)
                raise
            tries.health.note_success()
            return value

        return await self.client.retry(counted, tries, None)

    async def _find(self, sha256: str, file_id: str | None, known: frozenset[str]) -> RemoteBatch | None:
        after = ""
        for _ in range(_MOST_PAGES):
            value = self._read(await self.client.call(f"/batches?limit={_PAGE}{after}"))
            entries = value.get("data")
            batches = [_read_batch(entry, self.clean) for entry in entries] if isinstance(entries, list) else []
            for batch in batches:
                is_of_file = batch.file_sha256 == sha256 or (file_id and batch.input_file_id == file_id)
                if is_of_file and batch.id not in known:
                    return batch
            if not batches or value.get("has_more") is not True or after == f"&after={batches[-1].id}":
                return None
            after = f"&after={batches[-1].id}"
        return None

    def _read(self, answer: Answer | Fault) -> dict[str, Any]:
        """The object in an answer, or whatever else it means as an exception."""
        if isinstance(answer, Fault):
            raise answer
        if answer.status in (404, 405, 501):
            said = f"HTTP {answer.status}: {error_message(answer.content, self.client.endpoint)}"
            what = f"{self.client.endpoint.base_url} has no such file or batch, or none at all ({said})"
            raise ConfigError(what, next_step="Run without --batch; `summariser doctor` says what is known of batches")
        if not 200 <= answer.status < 300:
            raise self._judge_error(answer)
        value = read_json(answer.content)
        if not isinstance(value, dict):
            raise Fault("broken", "the answer is not a JSON object")
        if "id" not in value and "data" not in value and (status := find_error(value)) is not None:
            raise self._judge_error(Answer(status, answer.headers, answer.content))
        return value

    def _judge_error(self, answer: Answer) -> Exception:
        return judge_error(answer, self.client.endpoint, now=datetime.now(UTC))

    def _judge(self, line: bytes) -> tuple[str, Verdict] | None:
        """The key and the meaning of a line; None for a line that is none."""
        value = read_json(line)
        if not isinstance(value, dict) or not isinstance(value.get("custom_id"), str):
            return None
        response, error = value.get("response"), value.get("error")
        response = response if isinstance(response, dict) else {}
        code, body = response.get("status_code"), response.get("body")
        status = code if isinstance(code, int) and 100 <= code < 600 else 200
        if error or not body or not 200 <= status < 300:
            body = body or {"error": error or "no answer"}
            status = status if status >= 400 else find_error({"error": body}) or 500
        content = body if isinstance(body, str) else json.dumps(body)  # a string of JSON: llama-stack's
        answer = Answer(status, {}, content.encode("utf-8", "replace"))
        try:
            return "sha256:" + value["custom_id"], read_answer(answer, self.client.endpoint, now=datetime.now(UTC))
        except (Fault, Rejection, ConfigError, ModelUnavailable) as verdict:
            return "sha256:" + value["custom_id"], verdict

    def clean(self, text: str) -> str:
        """A text of theirs as it may be shown and kept."""
        return clean(text, self.client.endpoint)


def _dump_line(key: str, path: str, body: dict[str, Any]) -> bytes:
    """One request as a line of a file; the key goes without `sha256:`, because some allow 64 letters."""
    line = {"custom_id": key.removeprefix("sha256:"), "method": "POST", "url": path, "body": body}
    return json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _refuse(what: str) -> str:
    raise Fault("broken", what)


def _name(value: object) -> str | None:
    """A name of theirs that may stand in an address, or None."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def _read_batch(value: object, clean_text: Callable[[str], str]) -> RemoteBatch:
    """What the endpoint says of a batch.

    Errors: Fault if it names none.
    """
    parts = value if isinstance(value, dict) else {}
    remote_id = _name(parts.get("id")) or _refuse("the endpoint names no batch")
    counts, metadata, errors = (parts.get(name) for name in ("request_counts", "metadata", "errors"))
    counts = counts if isinstance(counts, dict) else parts
    found = errors.get("data") if isinstance(errors, dict) else errors
    said = "; ".join(f"{error.get('code')}: {error.get('message')}" for error in list_dicts(found)[:3])
    sha256 = metadata.get(_HASH_NAME) if isinstance(metadata, dict) else None
    return RemoteBatch(
        id=remote_id,
        status=clean_text(str(parts.get("status")).lower())[:40],
        input_file_id=_name(parts.get("input_file_id")),
        output_file_id=_name(parts.get("output_file_id")),
        error_file_id=_name(parts.get("error_file_id")),
        completed=_count(counts.get("completed")),
        failed=_count(counts.get("failed")),
        expires_at=_moment(parts.get("expires_at")),
        file_sha256=sha256 if isinstance(sha256, str) else None,
        errors=clean_text(said),
    )


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < 10**9 else None


def _moment(value: object) -> datetime | None:
    """A time in seconds since 1970, as it may stand in a calendar."""
    return datetime.fromtimestamp(value, UTC) if type(value) is int and 0 < value < 2**33 else None
