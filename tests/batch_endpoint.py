"""An endpoint with `/files` and `/batches` on loopback that goes wrong on purpose.

A batch meets the outcome that `outcomes` names, in order of creation, the last one for all that follow. Lines are
answered by `Behaviour.answer`, as if they had come one by one; no text of a reply is made here.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from faulty_endpoint import FAULTS, Behaviour, Body, FaultyEndpoint, Sent, completion, error_sent, json_sent, serving

Line = dict[str, Any]
Files = tuple[list[bytes] | None, list[bytes] | None]  # output and errors; None: there is no such file


class BatchEndpoint(FaultyEndpoint):
    """The endpoint, and what it has seen.

    Shape: `script` names what the calls to /files and /batches meet, each as `METHOD fault` (`ok`: none), used up from
    the front; `uploads` are the files that came, `batches` the batches by name, `done` how often each custom id was
    worked on.
    """

    def __init__(
        self,
        behaviour: Behaviour | None = None,
        outcomes: Sequence[str] = ("completed",),
        *,
        script: Sequence[str] = (),
        polls: int = 1,
        complete: Callable[[Body], Body] | None = None,
        watch: Callable[[str, str], None] = lambda _call, _when: None,
    ) -> None:
        super().__init__(behaviour or Behaviour())
        self.script = list(script)
        self.uploads: dict[str, bytes] = {}
        self.batches: dict[str, Body] = {}
        self.calls: list[str] = []
        self.done: Counter[str] = Counter()
        self.polls = polls
        self.watch = watch  # told of each call to /files and /batches, "before" and "after" it had its effect
        self._outcomes = list(outcomes)
        self._files: dict[str, bytes] = {}
        self._complete_line = complete or (lambda body: completion(body, self.behaviour.answer(body)))

    def lines(self) -> list[Line]:
        """All lines of the files of batches, in order of creation."""
        files = [self.uploads[batch["input_file_id"]] for batch in self.batches.values()]
        return [json.loads(line) for file in files for line in file.splitlines()]

    def _route(self, method: str, path: str, headers: dict[str, str], raw: bytes) -> Sent:
        """Answer a request of any kind."""
        if not path.startswith(("/v1/files", "/v1/batches")):
            return super()._route(method, path, headers, raw)
        parts = path.removeprefix("/v1/").partition("?")[0].split("/")
        self.calls.append(f"{method} {parts[0]}")
        if self._is_key_wrong(headers):
            return error_sent(401, f"Incorrect API key provided: {headers.get('authorization', '')}")
        fault = self.script.pop(0).split(" ")[1] if self.script and self.script[0].split(" ")[0] == method else ""
        if fault in FAULTS:
            return FAULTS[fault](self.behaviour, {"model": "m", "messages": []})
        self.watch(self.calls[-1], "before")
        sent = self._serve_path(method, parts, headers, raw)
        self.watch(self.calls[-1], "after")
        if fault == "late_500":  # what was asked for was done all the same
            return error_sent(500, "The server had an error while answering")
        return Sent(200, sent.body, sent.headers, drop_after=0) if fault == "late_drop" else sent

    def _serve_path(self, method: str, parts: list[str], headers: dict[str, str], raw: bytes) -> Sent:
        if parts == ["files"]:
            name = f"file-in-{len(self.uploads)}"
            self.uploads[name] = _read_upload(headers["content-type"], raw)
            return json_sent(200, {"id": name, "object": "file", "purpose": "batch"})
        if parts[0] == "files":
            content = self._files.get(parts[1])
            return error_sent(404, "no such file") if content is None else Sent(200, content)
        if method == "POST":
            return self._create(json.loads(raw))
        if len(parts) == 1:
            return json_sent(200, {"object": "list", "data": list(self.batches.values())[::-1], "has_more": False})
        batch = self.batches.get(parts[1])
        if batch is None:
            return error_sent(404, "no such batch")
        self._advance(batch)
        return json_sent(200, {name: value for name, value in batch.items() if not name.startswith("_")})

    def _create(self, asked: Body) -> Sent:
        if asked["input_file_id"] not in self.uploads:
            return error_sent(400, "no such input file")
        name = f"batch_{len(self.batches)}"
        outcome = self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]
        self.batches[name] = {
            "id": name, "object": "batch", "status": "validating", "created_at": 1_796_000_000,
            "expires_at": 1_796_086_400, **asked, "_outcome": outcome, "_polls": self.polls,
        }  # fmt: skip
        return json_sent(200, {key: value for key, value in self.batches[name].items() if not key.startswith("_")})

    def _advance(self, batch: Body) -> None:
        """Let some time pass for a batch that is looked at."""
        batch["_polls"] -= 1
        if batch["_polls"] > 0:
            batch["status"] = "in_progress"
        elif batch["status"] not in {"completed", "failed", "expired", "cancelled"}:
            self._finish(batch)

    def _finish(self, batch: Body) -> None:
        lines = [json.loads(line) for line in self.uploads[batch["input_file_id"]].splitlines()]
        outcome = OUTCOMES[batch["_outcome"]]
        batch["status"] = {"expired": "expired", "cancelled": "cancelled", "failed": "failed"}.get(
            batch["_outcome"].partition("_")[0], "completed"
        )
        if batch["status"] == "failed":
            batch["errors"] = {"data": [{"code": "token_limit_exceeded", "message": "Enqueued token limit reached"}]}
        files = outcome(lines, self._work)
        counts = [len(file) if file else 0 for file in files]
        batch["request_counts"] = {"total": len(lines), "completed": counts[0], "failed": counts[1]}
        for kind, file in zip(("output", "error"), files, strict=True):
            if file is not None:
                name = f"file-{kind}-{batch['id']}"
                self._files[name] = b"".join(line + b"\n" for line in file)
                batch[f"{kind}_file_id"] = name

    def _work(self, line: Line) -> bytes:
        """The result of a line that was worked on."""
        self.done[line["custom_id"]] += 1
        body = self._complete_line(line["body"])
        return dump_result(
            line["custom_id"], response={"status_code": 200, "request_id": "r", "body": body}, error=None
        )


Work = Callable[[Line], bytes]


def dump_result(custom_id: str, **parts: object) -> bytes:
    """A line of a result."""
    return json.dumps({"id": "batch_req_1", "custom_id": custom_id, **parts}, ensure_ascii=False).encode()


def _error_line(line: Line, status: int = 500, message: str = "The server had an error") -> bytes:
    return dump_result(line["custom_id"], response={"status_code": status, "body": {"error": {"message": message}}})


def _work_all(lines: list[Line], work: Work) -> Files:
    return [work(line) for line in lines], None


def _work_half(lines: list[Line], work: Work) -> Files:
    """The first half is done, the rest is in the error file as OpenAI tells it."""
    half = len(lines) // 2
    rest = [dump_result(line["custom_id"], response=None, error={"code": "batch_expired"}) for line in lines[half:]]
    return [work(line) for line in lines[:half]], rest


def _work_strangely(lines: list[Line], work: Work) -> Files:
    """Each line twice and backwards, among lines of nobody, lines that are none and one of three megabytes."""
    results = [work(line) for line in reversed(lines)]
    strange = [b"", b"{nope", b"[1]", b"null", b'{"custom_id": 3}', b"\xff\xfe", b"x" * 3_000_000]
    strange += [dump_result("0" * 64, response={"status_code": 200, "body": {}})]
    return [*strange, *results, *strange, *results], []


def _fail_all(status: int, message: str) -> Callable[[list[Line], Work], Files]:
    return lambda lines, _work: (None, [_error_line(line, status, message) for line in lines])


def _refuse_first(lines: list[Line], work: Work) -> Files:
    """The first line is refused as if there were no such model, all others are answered."""
    return [work(line) for line in lines[1:]], [_error_line(lines[0], 404, "The model does not exist")]


def _error_in_200(lines: list[Line], _work: Work) -> Files:
    body = {"error": {"message": "upstream failed"}}
    return [dump_result(line["custom_id"], response={"status_code": 200, "body": body}) for line in lines], None


def _body_as_text(lines: list[Line], work: Work) -> Files:
    """The body is JSON in a string, and a failed line has no response: so does llama-stack 0.7.3."""
    results = [json.loads(work(line)) for line in lines]
    for result in results:
        result["response"]["body"] = json.dumps(result["response"]["body"])
    return [json.dumps(result).encode() for result in results], []


def _padded(lines: list[Line], work: Work) -> Files:
    """Behind the results a file goes on for 20 MB."""
    return [*(work(line) for line in lines), *([b"x" * 999_999] * 20)], None


OUTCOMES: dict[str, Callable[[list[Line], Work], Files]] = {
    "completed": _work_all,
    "expired_half": _work_half,
    "cancelled_half": _work_half,
    "expired_early": lambda _lines, _work: (None, None),
    "failed": lambda _lines, _work: (None, None),
    "no_file": lambda _lines, _work: (None, None),
    "missing": lambda lines, work: ([work(line) for line in lines[1:]], None),
    "strange": _work_strangely,
    "text_body": _body_as_text,
    "error_lines": _fail_all(500, "The server had an error"),
    "throttled_lines": _fail_all(429, "Rate limit reached"),
    "filter_lines": _fail_all(400, "the content was flagged by our content filter"),
    "temperature_lines": _fail_all(400, "Unsupported parameter: 'temperature' is not supported with this model."),
    "quota_lines": _fail_all(429, "You exceeded your current quota"),
    "error_in_200": _error_in_200,
    "no_model_lines": _fail_all(404, "The model does not exist"),
    "first_refused": _refuse_first,
    "padded": _padded,
}


def _read_upload(content_type: str, raw: bytes) -> bytes:
    """The file in a form of several parts."""
    boundary = content_type.partition("boundary=")[2].strip('"').encode()
    parts = [part.partition(b"\r\n\r\n") for part in raw.split(b"--" + boundary)]
    return next(content.removesuffix(b"\r\n") for head, _, content in parts if b"filename=" in head)


@contextmanager
def running_batches(endpoint: BatchEndpoint) -> Iterator[BatchEndpoint]:
    """The endpoint in a thread of its own, ready to answer."""
    with serving(endpoint):
        yield endpoint
