"""An OpenAI-compatible endpoint on loopback that fails on purpose, for tests and benchmarks.

Which fault a request meets depends on the seed, the body and how often that body came, not on the order of arrival; so
a run with fifty requests in flight meets the same faults every time. A `script` overrides the shares for the first
requests. Plain asyncio: as a server it must cost less than the client it measures.

As a process of its own: `python tests/faulty_endpoint.py --latency 0.2` prints its base URL and serves until killed.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from summariser.endpoints.endpoint import CANARY_QUESTION
from summariser.schema.exchange import canonical_json

Obedience = Literal["enforced", "ignored", "rejected"]
Body = dict[str, Any]

PROSE = "Hello there, how nice to meet you."
HTML = "<!DOCTYPE html><html><head><title>Welcome</title></head><body>It works!</body></html>"
BLOCK_PAGE = "<!doctype html><html lang=zh><title>405</title><p>Sorry, your request has been blocked. 您的访问被阻断。"
FILTER_WORDS = "the content was flagged by our content filter"


def answer_plainly(body: Body) -> str:
    """A reply to any request: a JSON object with the first words of the question."""
    return json.dumps({"asked": body["messages"][-1]["content"][:20]}, ensure_ascii=False)


@dataclass(frozen=True)
class Behaviour:
    """What the endpoint does.

    Shape: `shares` maps a fault of `FAULTS` to its share of requests; `script` names what the first requests meet, in
    order of arrival ("ok" for none), and `choose` names the fault of any body. `schema` and `json_object` say what
    becomes of each kind of response_format; `complain` gives the words of a 400, or None.
    Units: `latency_s` in seconds; `retry_after` is the header as it is sent.
    """

    seed: int = 0
    latency_s: float = 0.0
    shares: Mapping[str, float] = field(default_factory=dict)
    script: tuple[str, ...] = ()
    retry_after: str | None = "0.02"
    key: str | None = None
    schema: Obedience = "enforced"
    json_object: Obedience = "enforced"
    rejected_parameters: frozenset[str] = frozenset()
    models: tuple[str, ...] | None = ("test-model",)
    answer: Callable[[Body], str] = answer_plainly
    choose: Callable[[Body], str] | None = None
    spares_canaries: bool = True
    complain: Callable[[Body], str | None] | None = None


@dataclass(frozen=True)
class Sent:
    """What goes out: a status, headers, a body; `drop_after` cuts the connection after so many bytes of it."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    drop_after: int | None = None


class FaultyEndpoint:
    """The endpoint, and what it has seen: `requests` in order of arrival, `counts` by hash of the body."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.requests: list[Body] = []
        self.raw: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.counts: Counter[str] = Counter()
        self.base_url = ""
        self.most_in_flight = 0
        self._in_flight = 0

    @property
    def questions(self) -> list[Body]:
        """The requests without the canaries."""
        return [body for body in self.requests if not is_canary(body)]

    async def serve(self, ready: Callable[[], None], port: int = 0) -> None:
        """Listen until cancelled; `ready` is called once `base_url` is known."""
        server = await asyncio.start_server(self._serve_connection, "127.0.0.1", port, backlog=512)
        self.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        ready()
        async with server:
            await server.serve_forever()

    async def _serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request after the other on a connection that is kept alive."""
        try:
            while await self._serve_request(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except asyncio.CancelledError:  # the test is over; the stream's own callback would report it
            pass
        finally:
            writer.close()

    async def _serve_request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Read one request and answer it; False if the connection is to be cut."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        raw = await reader.readexactly(int(headers.get("content-length", 0)))
        method, path, _ = head[0].split(" ")
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            sent = self._route(method, path, headers, raw)
            if self.behaviour.latency_s:
                await asyncio.sleep(self.behaviour.latency_s)
        finally:
            self._in_flight -= 1
        return await _send(writer, sent)

    def _route(self, method: str, path: str, headers: dict[str, str], raw: bytes) -> Sent:
        """Answer a request of any kind."""
        return self._list_models(headers) if method == "GET" else self._complete(path, headers, raw)

    def _list_models(self, headers: dict[str, str]) -> Sent:
        """The models, if the endpoint offers a list."""
        if self._is_key_wrong(headers):
            return _wrong_key(headers)
        if self.behaviour.models is None:
            return error_sent(404, "Not Found")
        return json_sent(200, {"object": "list", "data": [{"id": name} for name in self.behaviour.models]})

    def _complete(self, path: str, headers: dict[str, str], raw: bytes) -> Sent:
        """Answer a chat completion, or fail at it."""
        if path != "/v1/chat/completions":
            return error_sent(404, "Not Found")
        if self._is_key_wrong(headers):
            return _wrong_key(headers)
        body = json.loads(raw)
        self.raw.append(raw)
        self.headers.append(headers)
        self.requests.append(body)
        key = hash_body(body)
        self.counts[key] += 1
        if self.behaviour.complain and (words := self.behaviour.complain(body)):
            return error_sent(400, words)
        fault = self._choose_fault(body, key)
        if fault != "ok":
            return FAULTS[fault](self.behaviour, body)
        return self._reject(body) or json_sent(200, completion(body, self._answer(body)))

    def _is_key_wrong(self, headers: dict[str, str]) -> bool:
        """Whether a key is demanded and another one came."""
        return self.behaviour.key is not None and headers.get("authorization") != f"Bearer {self.behaviour.key}"

    def _choose_fault(self, body: Body, key: str) -> str:
        """The next of the script, else one by the shares; canaries are spared, so that the counts are the caller's.

        Shape: a control is no such canary: it has no system message, and meets what `choose` or the shares say.
        """
        is_control = len(body["messages"]) == 1
        if is_canary(body) and not is_control and self.behaviour.spares_canaries:
            return "ok"
        if not is_canary(body) and len(self.questions) <= len(self.behaviour.script):
            return self.behaviour.script[len(self.questions) - 1]
        if self.behaviour.choose:
            return self.behaviour.choose(body)
        draw = hashlib.sha256(f"{self.behaviour.seed}/{key}/{self.counts[key]}".encode()).digest()
        point, edge = int.from_bytes(draw[:6], "big") / 2**48, 0.0
        for fault, share in self.behaviour.shares.items():
            edge += share
            if point < edge:
                return fault
        return "ok"

    def _reject(self, body: Body) -> Sent | None:
        """A 400 for what the endpoint does not take."""
        for name in sorted(self.behaviour.rejected_parameters & body.keys()):
            hint = " Use 'max_completion_tokens' instead." if name == "max_tokens" else ""
            return error_sent(400, f"Unsupported parameter: '{name}' is not supported with this model.{hint}")
        kind = body.get("response_format", {}).get("type")
        obedience = {"json_schema": self.behaviour.schema, "json_object": self.behaviour.json_object}.get(kind)
        return error_sent(400, f"response_format type {kind} is unsupported") if obedience == "rejected" else None

    def _answer(self, body: Body) -> str:
        """The text of the reply; canaries are answered as the endpoint's obedience demands."""
        if not is_canary(body):
            return self.behaviour.answer(body)
        form = body.get("response_format", {})
        if form.get("type") == "json_schema" and self.behaviour.schema == "enforced":
            properties = form["json_schema"]["schema"]["properties"]
            return json.dumps({name: value["enum"][0] for name, value in properties.items()})
        return "{}" if form.get("type") == "json_object" and self.behaviour.json_object == "enforced" else PROSE


class _Latest(list[Any]):
    """A list that keeps what came last: as a process of its own nobody looks at what was asked."""

    def append(self, value: Any) -> None:
        """Put it in place of the one before."""
        self[:] = [value]


Served = TypeVar("Served", bound=FaultyEndpoint)


def hash_body(body: Body) -> str:
    """What `counts` counts by."""
    return hashlib.sha256(canonical_json(body).encode()).hexdigest()


def is_canary(body: Body) -> bool:
    """Whether this request only finds out what the endpoint can do."""
    return bool(body["messages"][-1]["content"] == CANARY_QUESTION)


@contextmanager
def running(behaviour: Behaviour | None = None) -> Iterator[FaultyEndpoint]:
    """The endpoint in a thread of its own, ready to answer."""
    with serving(FaultyEndpoint(behaviour or Behaviour())) as endpoint:
        yield endpoint


@contextmanager
def serving(endpoint: Served) -> Iterator[Served]:
    """An endpoint of any kind in a thread of its own."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    task = loop.create_task(endpoint.serve(ready.set))
    thread = threading.Thread(target=_run_until_cancelled, args=(loop, task), daemon=True)
    thread.start()
    if not ready.wait(10):
        raise RuntimeError("the faulty endpoint did not start")
    try:
        yield endpoint
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(10)


def _run_until_cancelled(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    """Run the server, then end its connections too."""
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(task)
    except asyncio.CancelledError:
        rest = asyncio.all_tasks(loop)
        for other in rest:
            other.cancel()
        loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
    finally:
        loop.close()


async def _send(writer: asyncio.StreamWriter, sent: Sent) -> bool:
    """Write a response, or the beginning of one; False if the connection is cut."""
    lines = [f"HTTP/1.1 {sent.status} X", f"Content-Length: {len(sent.body)}"]
    lines += [f"{name}: {value}" for name, value in sent.headers]
    data = "\r\n".join([*lines, "", ""]).encode() + sent.body
    if sent.drop_after is not None:
        writer.write(data[: sent.drop_after])
        await writer.drain()
        return False
    writer.write(data)
    await writer.drain()
    return True


def completion(body: Body, text: str | None, *, finish_reason: str = "stop", **message: Any) -> Body:
    """A chat completion around a text, with about as many tokens as the question has."""
    prompt_tokens = len(json.dumps(body["messages"], ensure_ascii=False)) // 2
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, **message},
                "finish_reason": finish_reason,
            }
        ],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": 7,
            "prompt_tokens_details": {"cached_tokens": 3},
        },
    }


def json_sent(status: int, value: object, *headers: tuple[str, str], drop_after: int | None = None) -> Sent:
    """A JSON response."""
    data = json.dumps(value, ensure_ascii=False).encode()
    return Sent(status, data, (("Content-Type", "application/json"), *headers), drop_after)


def error_sent(status: int, message: str, *headers: tuple[str, str], code: str = "") -> Sent:
    """An error in OpenAI's shape."""
    return json_sent(status, {"error": {"message": message, "type": "error", "code": code}}, *headers)


def _wrong_key(headers: dict[str, str]) -> Sent:
    """A 401 that repeats the key, as careless servers do."""
    key = headers.get("authorization", "").removeprefix("Bearer ")
    return error_sent(401, f"Incorrect API key provided: {key}", code="invalid_api_key")


def _throttle(behaviour: Behaviour, body: Body) -> Sent:
    """A 429 with Retry-After, if there is one."""
    headers = [("Retry-After", behaviour.retry_after)] if behaviour.retry_after is not None else []
    return error_sent(429, "Rate limit reached", *headers, code="rate_limit_exceeded")


def _cut(behaviour: Behaviour, body: Body) -> Sent:
    """Half of the JSON as if it were all of it, as a proxy that gives up does."""
    whole = json_sent(200, completion(body, behaviour.answer(body)))
    return Sent(200, whole.body[: len(whole.body) // 2], whole.headers)


def _reply(text: str | None, **parts: Any) -> Callable[[Behaviour, Body], Sent]:
    """A fault that is a well-formed completion with something odd in it."""
    return lambda behaviour, body: json_sent(200, completion(body, text, **parts))


def _thinking(behaviour: Behaviour, body: Body) -> Sent:
    """A reply after thinking aloud."""
    return json_sent(200, completion(body, f"<think>\nLet me see.\n</think>\n\n{behaviour.answer(body)}"))


def _stream(completion: Body, *, is_whole: bool = True) -> Sent:
    """A completion as events: its text letter by letter, then the finish and the tokens."""
    choice = completion["choices"][0]
    chunks: list[Body] = [{"choices": [{"delta": {"content": letter}}]} for letter in choice["message"]["content"]]
    if is_whole:
        chunks += [{"choices": [{"delta": {}, "finish_reason": choice["finish_reason"]}]}]
        chunks += [{"choices": [], "model": completion["model"], "usage": completion["usage"]}]
    data = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
    return Sent(200, data.encode(), (("Content-Type", "text/event-stream"),))


def _thinking_apart(behaviour: Behaviour, body: Body) -> Sent:
    """A reply with the thinking in a field of its own."""
    return json_sent(200, completion(body, behaviour.answer(body), reasoning_content="Let me see."))


def _truncated(behaviour: Behaviour, body: Body) -> Sent:
    """A reply cut off by its length."""
    text = behaviour.answer(body)
    return json_sent(200, completion(body, text[: len(text) // 2], finish_reason="length"))


FAULTS: Mapping[str, Callable[[Behaviour, Body], Sent]] = {
    "throttle": _throttle,
    "quota": lambda *_: error_sent(429, "You exceeded your current quota", code="insufficient_quota"),
    "server_error": lambda *_: error_sent(500, "The server had an error"),
    "overloaded": lambda *_: error_sent(503, "Overloaded", ("Retry-After", "0.01")),
    "timeout_408": lambda *_: error_sent(408, "Request timeout"),
    "drop": lambda *_: Sent(200, b"", drop_after=0),
    "drop_midway": lambda b, body: json_sent(200, completion(body, b.answer(body)), drop_after=150),
    "cut_json": _cut,
    "no_json": lambda *_: Sent(200, b"", (("Content-Type", "application/json"),)),
    "stream": lambda b, body: _stream(completion(body, b.answer(body))),
    "stream_cut": lambda b, body: _stream(completion(body, b.answer(body)), is_whole=False),
    "in_reasoning": lambda b, body: json_sent(200, completion(body, None, reasoning_content=b.answer(body))),
    "credits_in_200": lambda *_: json_sent(200, {"error": {"message": "Insufficient credits", "code": 402}}),
    "busy_in_200": lambda *_: json_sent(200, {"error_code": 18, "error_msg": "Open api qps request limit reached"}),
    "no_choices": lambda *_: json_sent(200, {"error": {"message": "upstream failed"}}),
    "html": lambda *_: Sent(200, HTML.encode(), (("Content-Type", "text/html"),)),
    "bad_gateway": lambda *_: Sent(502, HTML.encode(), (("Content-Type", "text/html"),)),
    "redirect": lambda *_: Sent(302, b"", (("Location", "https://elsewhere.example/v1"),)),
    "huge": _reply("x" * 5_000_000),
    "empty": _reply(""),
    "null": _reply(None),
    "unclosed_think": _reply("<think>\nLet me see, and see, and see"),
    "truncated": _truncated,
    "think": _thinking,
    "think_apart": _thinking_apart,
    "refusal": _reply(None, refusal="I cannot help with that."),
    "content_filter": _reply("half a", finish_reason="content_filter"),
    "filter_400": lambda *_: error_sent(400, FILTER_WORDS),
    "too_long": lambda *_: error_sent(400, "This model's maximum context length is 4096 tokens."),
    "context_and_limit": lambda *_: error_sent(
        400, "'max_tokens' is too large: 8000. This model's maximum context length is 4096 tokens."
    ),
    "too_long_llama": lambda *_: error_sent(400, "request exceeds the context size", code="exceed_context_size_error"),
    "bad_request": lambda *_: error_sent(400, "messages[0] is not to our taste"),
    "model_missing": lambda *_: error_sent(404, "The model does not exist", code="model_not_found"),
    "forbidden": lambda *_: error_sent(403, "Country not supported"),
    "payment": lambda *_: error_sent(402, "Insufficient Balance"),
    "block_page": lambda *_: Sent(403, BLOCK_PAGE.encode(), (("Content-Type", "text/html"),)),
    "block_page_405": lambda *_: Sent(405, BLOCK_PAGE.encode(), (("Content-Type", "text/html"),)),
    "quoting": lambda *_: error_sent(400, "cannot read the message: 互助卡余额不足的职工可到窗口办理"),
}


def main() -> None:
    """Serve in a process of its own and say where."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--retry-after", default="1")
    parser.add_argument("--reply", type=Path, help="file with the text of every reply")
    parser.add_argument("--split-reply", type=Path, help="file with the text of replies to numbered lines")
    parser.add_argument("--share", action="append", default=[], help="fault=share, as in throttle=0.3")
    arguments = parser.parse_args()
    shares = {name: float(share) for name, _, share in (item.partition("=") for item in arguments.share)}
    behaviour = Behaviour(latency_s=arguments.latency, shares=shares, retry_after=arguments.retry_after)
    if arguments.reply:
        text = arguments.reply.read_text(encoding="utf-8")
        split = arguments.split_reply.read_text(encoding="utf-8") if arguments.split_reply else text
        answers = {True: split, False: text}
        behaviour = replace(behaviour, answer=lambda body: answers["\n1| " in body["messages"][-1]["content"]])
    endpoint = FaultyEndpoint(behaviour)
    endpoint.requests, endpoint.raw, endpoint.headers = _Latest(), _Latest(), _Latest()
    asyncio.run(endpoint.serve(lambda: print(endpoint.base_url, flush=True), arguments.port))  # noqa: T201


if __name__ == "__main__":
    main()
