"""The client against an endpoint on loopback that fails on purpose; waits are short, but real."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import random
import socket
import time
import traceback
import weakref
import zlib
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx2
import pytest
from fake_client import FakeClient
from faulty_endpoint import Behaviour, FaultyEndpoint, is_canary, running
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from summariser.endpoints.client import OpenAIClient, ProbeReport, probe
from summariser.endpoints.completion import (
    Answer,
    Completion,
    Fault,
    Rejection,
    adapt,
    clean,
    judge_error,
    read_answer,
    read_wait,
    refuse,
    refuse_completion,
)
from summariser.endpoints.endpoint import (
    Capability,
    Endpoint,
    MemoryCapabilities,
    RetryPolicy,
    build_body,
    canary_request,
    is_canary_obeyed,
    is_loopback,
    spell_body,
)
from summariser.endpoints.limits import THROTTLES_TO_PAUSE, Budget, ConcurrencyLimit, Health, Limit, Tries
from summariser.endpoints.transport import BoundedTransport
from summariser.errors import ConfigError, ModelRefused, ModelUnavailable, SummariserError
from summariser.schema.exchange import Message, OutputMode, Reply, ReplySchema, Request, Usage
from summariser.schema.record import FailureReason

KEY = "a1b2c3d4.Zq81xYw07"  # of no shape that a pattern would know
QUICK = RetryPolicy(base_wait_s=0.005, max_wait_s=0.02)
SCHEMA = {"type": "object", "properties": {"标题": {"type": "string"}, "asked": {"type": "string"}}}
T = TypeVar("T")
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def make_request(number: int = 0, **changes: Any) -> Request:
    """A question about one article."""
    request = Request(
        purpose="case_study",
        page_id="page",
        article_id=f"page/{number}",
        prompt="case_study@1",
        model="test-model",
        messages=(
            Message(role="system", content="你为工会案例库读报。"),
            Message(role="user", content=f"文章{number}"),
        ),
        schema_name="case",
        reply_schema=SCHEMA,
        temperature=0.0,
        max_tokens=100,
        attempt=0,
    )
    return request.model_copy(update=changes)


def make_endpoint(server: FaultyEndpoint | str, **changes: Any) -> Endpoint:
    """The endpoint of a running server, known to enforce schemas unless the test says otherwise."""
    base_url = server if isinstance(server, str) else server.base_url
    values: dict[str, Any] = {"known_mode": OutputMode.JSON_SCHEMA, "concurrency": 8} | changes
    return Endpoint(base_url=base_url, model="test-model", **values)


def use(endpoint: Endpoint, work: Callable[[OpenAIClient], Awaitable[T]], **options: Any) -> T:
    """What `work` gives back with an open client."""

    async def run() -> T:
        async with OpenAIClient(endpoint, **{"policy": QUICK} | options) as client:
            return await work(client)

    return asyncio.run(run())


def ask(behaviour: Behaviour, count: int = 1, **options: Any) -> tuple[list[Reply], FaultyEndpoint]:
    """The replies to `count` different requests sent at once, and the endpoint that gave them."""
    changes = options.pop("endpoint", {})
    requests = options.pop("requests", [make_request(number) for number in range(count)])
    with running(behaviour) as server:
        endpoint = make_endpoint(server, **changes)
        replies = use(endpoint, lambda client: asyncio.gather(*map(client.complete, requests)), **options)
        return list(replies), server


def fail(behaviour: Behaviour, **options: Any) -> tuple[SummariserError, FaultyEndpoint]:
    """The error one request ends with, and the endpoint that caused it."""
    changes = options.pop("endpoint", {})
    with running(behaviour) as server:
        with pytest.raises(SummariserError) as caught:
            use(make_endpoint(server, **changes), lambda client: client.complete(make_request()), **options)
        return caught.value, server


# Transport: many requests, many faults


def test_every_request_gets_its_own_reply_from_an_endpoint_that_fails_half_the_time() -> None:
    """Eighty requests at 30 % 429, 5 % 500, 5 % drops and 10 % cut-off JSON bring eighty right replies."""
    shares = {"throttle": 0.3, "server_error": 0.05, "drop": 0.05, "cut_json": 0.1}

    replies, server = ask(Behaviour(shares=shares, retry_after="0.01"), 80, endpoint={"concurrency": 50})

    assert [json.loads(reply.text)["asked"] for reply in replies] == [f"文章{number}" for number in range(80)]
    assert len(server.requests) > 110
    assert sum(reply.sends for reply in replies) == len(server.requests)


def test_a_healthy_endpoint_is_asked_once_per_request() -> None:
    """Without faults nothing is sent twice."""
    replies, server = ask(Behaviour(), 20)

    assert set(server.counts.values()) == {1}
    assert {reply.sends for reply in replies} == {1}


def test_no_more_requests_are_under_way_than_allowed() -> None:
    """Concurrency is bounded by the endpoint's setting."""
    _, server = ask(Behaviour(latency_s=0.02), 20, endpoint={"concurrency": 4})

    assert server.most_in_flight == 4


@pytest.mark.parametrize(
    "fault",
    [
        *("throttle", "server_error", "overloaded", "timeout_408", "drop", "drop_midway", "cut_json", "no_json"),
        *("no_choices", "html", "bad_gateway", "empty", "null", "unclosed_think", "stream_cut", "busy_in_200"),
    ],
)
def test_a_passing_fault_is_retried(fault: str) -> None:
    """A request that met one fault of transport gets its reply at the second send."""
    replies, _ = ask(Behaviour(script=(fault,)))

    assert json.loads(replies[0].text) == {"asked": "文章0"}
    assert replies[0].sends == 2


def test_a_timeout_is_retried() -> None:
    """An answer that does not come in time is asked for again, and the error says how long we waited."""
    policy = QUICK.model_copy(update={"attempts": 2})

    error, server = fail(Behaviour(latency_s=0.5), endpoint={"timeout_s": 0.1}, policy=policy)

    assert isinstance(error, ModelUnavailable)
    assert "no answer within 0.1 seconds" in str(error)
    assert len(server.questions) == 2


def test_rate_limits_do_not_use_up_the_budget_for_faults() -> None:
    """Twelve 429s and seven 500s are survived by a client with eight attempts."""
    replies, _ = ask(Behaviour(script=("throttle",) * 12 + ("server_error",) * 7, retry_after="0.001"))

    assert replies[0].sends == 20


@pytest.mark.parametrize(("fault", "sends"), [("server_error", 8), ("cut_json", 8), ("throttle", 31)])
def test_an_endpoint_that_only_fails_is_given_up(fault: str, sends: int) -> None:
    """When a budget is spent and nothing ever succeeded, the endpoint is unavailable."""
    error, server = fail(Behaviour(shares={fault: 1.0}, retry_after="0.001"))

    assert isinstance(error, ModelUnavailable)
    assert error.article_id == "page/0"
    assert len(server.questions) == sends


def test_an_article_that_breaks_the_endpoint_is_refused_not_the_run() -> None:
    """Eight 500s on one request, while others succeed, are that request's own failure."""

    async def work(client: OpenAIClient) -> BaseException | None:
        broken = asyncio.ensure_future(client.complete(make_request(0)))
        while not broken.done():
            await client.complete(make_request(1, messages=(Message(role="user", content="good"),)))
        return (await asyncio.gather(broken, return_exceptions=True))[0]

    def choose(body: dict[str, Any]) -> str:
        return "ok" if body["messages"][-1]["content"] == "good" else "server_error"

    with running(Behaviour(choose=choose)) as server:
        error = use(make_endpoint(server), work)

    assert isinstance(error, ModelRefused)
    assert error.reason == "rejected"
    assert "while it answered others" in str(error)


def test_an_endpoint_that_dies_in_the_middle_of_a_run_is_unavailable() -> None:
    """Requests under way when the endpoint dies blame the endpoint, though it answered others before."""
    seen: list[str] = []

    def choose(body: dict[str, Any]) -> str:
        seen.append(body["messages"][-1]["content"])
        return "ok" if len(seen) <= 5 else "server_error"

    async def work(client: OpenAIClient) -> list[Reply | BaseException]:
        requests = [make_request(number) for number in range(10)]
        return await asyncio.gather(*map(client.complete, requests), return_exceptions=True)

    with running(Behaviour(choose=choose, latency_s=0.01)) as server:
        results = use(make_endpoint(server), work)

    kinds = [type(result) for result in results]
    assert (kinds.count(Reply), kinds.count(ModelUnavailable)) == (5, 5)


# Transport: endpoints that are not there


def test_a_dead_endpoint_is_found_out_within_seconds() -> None:
    """A refused connection is tried three times while nothing has ever answered."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    with pytest.raises(ModelUnavailable, match="nobody answers at") as caught:
        endpoint = make_endpoint(f"http://127.0.0.1:{port}/v1")
        use(endpoint, lambda client: client.complete(make_request()), policy=RetryPolicy(), sleep=sleep)

    assert len(slept) == 2
    assert sum(slept) < 2
    assert caught.value.exit_code == 3


def test_many_requests_find_out_a_dead_endpoint_together() -> None:
    """When everything fails and nothing ever succeeded, failures of all requests count together."""

    async def work(client: OpenAIClient) -> list[Reply | BaseException]:
        requests = [make_request(number) for number in range(30)]
        return await asyncio.gather(*map(client.complete, requests), return_exceptions=True)

    with running(Behaviour(shares={"server_error": 1.0})) as server:
        results = use(make_endpoint(server), work)

    assert {type(result) for result in results} == {ModelUnavailable}
    assert len(server.requests) < 30 * 3


def test_a_web_page_twice_means_a_wrong_address() -> None:
    """HTML with status 200 is reported after two tries, with its first characters and what to do."""
    error, server = fail(Behaviour(shares={"html": 1.0}))

    assert isinstance(error, ModelUnavailable)
    assert "is not an API: a web page came instead of a reply: <!DOCTYPE html>" in str(error)
    assert "base_url" in error.next_step
    assert len(server.questions) == 2


@pytest.mark.parametrize(("header", "words"), [("3600", "60 minutes"), ("610", "10 minutes"), ("90000", "25.0 hours")])
def test_a_wait_above_the_cap_is_reported_instead_of_slept(header: str, words: str) -> None:
    """Retry-After beyond ten minutes stops the run and says how long the endpoint wants us to wait."""
    error, server = fail(Behaviour(shares={"throttle": 1.0}, retry_after=header))

    assert isinstance(error, ModelUnavailable)
    assert f"asks us to wait {words}" in str(error)
    assert len(server.requests) == 1


def test_retry_after_is_obeyed() -> None:
    """The wait an endpoint asks for is waited at least."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    ask(Behaviour(script=("throttle",), retry_after="7"), sleep=sleep)

    assert len(slept) == 1
    assert 7 <= slept[0] < 7.1


@pytest.mark.parametrize("fault", ["empty", "truncated", "throttle", "server_error", "html"])
def test_no_answer_stays_in_memory_while_the_next_is_waited_for(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer may have megabytes, and hundreds of articles may wait to be asked again."""
    seen: list[weakref.ref[Answer] | weakref.ref[Completion]] = []
    alive: list[object] = []

    def read(answer: Answer, endpoint: Endpoint, *, now: datetime) -> Completion:
        seen.append(weakref.ref(answer))
        completion = read_answer(answer, endpoint, now=now)
        seen.append(weakref.ref(completion))
        return completion

    async def look(_seconds: float = 0) -> None:
        alive.extend(type(each()) for each in seen if each())

    class Watching(OpenAIClient):
        async def call(self, path: str, body: dict[str, Any] | None = None) -> Answer | Fault:
            await look()
            return await super().call(path, body)

    monkeypatch.setattr("summariser.endpoints.client.read_answer", read)
    with running(Behaviour(script=(fault,))) as server:

        async def work() -> int:
            async with Watching(make_endpoint(server), policy=QUICK, sleep=look) as client:
                await client.complete(make_request())
            return len(server.requests)

        assert asyncio.run(work()) == 2

    assert alive == []


def test_endless_words_of_an_endpoint_cost_no_time() -> None:
    """Of what an endpoint says a line is shown; the rest is not gone through for it."""
    words = "no \n" * 8_000_000
    completion = Completion(
        text=words, reasoning=None, model=None, finish_reason="stop", usage=Usage(), trouble=FailureReason.REFUSAL
    )
    began = time.process_time()

    told = refuse_completion(completion, make_request()).what
    cleaned = clean(words, Endpoint(base_url="http://127.0.0.1:9/v1", model="m"))

    assert time.process_time() - began < 0.3
    assert told.startswith("the model refuses: no no")
    assert len(cleaned) == 200


# What stops at once


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("quota", ModelUnavailable, "no quota left"),
        ("payment", ModelUnavailable, "no quota left"),
        ("credits_in_200", ModelUnavailable, "Insufficient credits"),
        ("forbidden", ConfigError, "refuses a request without a key"),
        ("model_missing", ConfigError, "does not know the model 'test-model'"),
        ("redirect", ConfigError, "sends us on to https://elsewhere.example/v1"),
    ],
)
def test_what_no_retry_can_mend_is_reported_at_once(fault: str, kind: type[Exception], words: str) -> None:
    """Quota, key, model and address are reported after one question, in words; a harmless one is refused as well."""
    error, server = fail(Behaviour(shares={fault: 1.0}))

    assert type(error) is kind
    assert words in str(error)
    assert len(server.questions) == 1
    assert len(server.requests) <= 2


def test_a_wrong_key_is_a_configuration_error_that_names_its_source() -> None:
    """A 401 says where the key came from."""
    changes = {"api_key": SecretStr(KEY), "key_source": "OPENAI_API_KEY"}

    error, _ = fail(Behaviour(key="another"), endpoint=changes)

    assert type(error) is ConfigError
    assert "refuses the key from OPENAI_API_KEY" in str(error)
    assert error.exit_code == 2


def test_a_wrong_path_is_a_configuration_error_that_names_the_address() -> None:
    """A 404 that is not about a model is about the base URL."""
    with running() as server, pytest.raises(ConfigError, match=r"there is no http://127.0.0.1:\d+/chat/completions"):
        use(make_endpoint(server.base_url.removesuffix("/v1")), lambda client: client.complete(make_request()))


@pytest.mark.parametrize(
    ("fault", "reason", "words"),
    [
        ("bad_request", "rejected", "not to our taste"),
        ("too_long", "too_large", "longer context"),
        ("too_long_llama", "too_large", "longer context"),
        ("filter_400", "content_filter", "filter rejects"),
        ("refusal", "refusal", "I cannot help with that."),
        ("content_filter", "content_filter", "stopped the reply"),
        ("huge", "too_large", "the reply has more than 2,097,152 bytes, as no reply"),
    ],
)
def test_a_request_without_a_reply_is_refused_with_its_reason(fault: str, reason: str, words: str) -> None:
    """What the endpoint says no to is told apart and not sent again."""
    error, server = fail(Behaviour(shares={fault: 1.0}))

    assert isinstance(error, ModelRefused)
    assert (error.reason, error.article_id, error.request_key) == (reason, "page/0", make_request().key)
    assert words in str(error)
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", ["empty", "null", "unclosed_think"])
def test_a_reply_that_stays_empty_is_refused_after_three_sends(fault: str) -> None:
    """Nothing, null and thinking without an answer are all empty."""
    error, server = fail(Behaviour(shares={fault: 1.0}))

    assert isinstance(error, ModelRefused)
    assert error.reason == "empty"
    assert len(server.requests) == 3


# Replies


def test_a_reply_cut_off_by_its_length_is_asked_for_with_twice_the_room() -> None:
    """The limit is doubled once; the reply still belongs to the request as it was made."""
    replies, server = ask(Behaviour(script=("truncated",)))

    assert [body["max_tokens"] for body in server.requests] == [100, 200]
    assert replies[0].request_key == make_request().key
    assert replies[0].sends == 2


def test_without_a_limit_to_widen_a_reply_that_is_cut_off_is_refused_at_once() -> None:
    """Where no limit is sent, asking again would be the same question."""
    capabilities = MemoryCapabilities()

    with running(Behaviour(shares={"truncated": 1.0})) as server:
        capability = Capability(mode=OutputMode.JSON_SCHEMA, token_parameter="none")
        capabilities.put(server.base_url, "test-model", capability)
        with pytest.raises(ModelRefused, match="cut off"):
            use(
                make_endpoint(server, known_mode=None),
                lambda client: client.complete(make_request()),
                capabilities=capabilities,
            )

    assert len(server.requests) == 1


def test_a_question_that_is_too_long_changes_no_capability() -> None:
    """A complaint about the context that names max_tokens is not taken for one about the parameter."""
    error, server = fail(Behaviour(shares={"context_and_limit": 1.0}))

    assert isinstance(error, ModelRefused)
    assert error.reason == "too_large"
    assert len(server.requests) == 1


def test_a_reply_that_stays_cut_off_is_refused() -> None:
    """Twice cut off by length is truncated, for good."""
    error, server = fail(Behaviour(shares={"truncated": 1.0}))

    assert isinstance(error, ModelRefused)
    assert error.reason == "truncated"
    assert len(server.requests) == 2


def test_an_endpoint_that_refuses_the_wider_limit_leaves_a_truncated_reply() -> None:
    """A 400 after the limit was doubled is about the limit, not about the article."""
    error, _ = fail(Behaviour(script=("truncated", "bad_request")))

    assert isinstance(error, ModelRefused)
    assert error.reason == "truncated"
    assert "no more than 100 tokens" in str(error)


@pytest.mark.parametrize("fault", ["think", "think_apart"])
def test_thinking_is_kept_apart_from_the_reply(fault: str) -> None:
    """Thinking, in a tag or in a field of its own, is no part of the text."""
    replies, _ = ask(Behaviour(script=(fault,)))

    assert json.loads(replies[0].text) == {"asked": "文章0"}
    assert replies[0].reasoning == "Let me see."


def test_usage_counts_cached_tokens() -> None:
    """What the endpoint says of tokens arrives in the reply."""
    replies, _ = ask(Behaviour())

    usage = replies[0].usage
    assert (usage.prompt_tokens or 0) > 10
    assert (usage.completion_tokens, usage.cached_tokens) == (7, 3)


def read(content: bytes) -> Completion:
    """The completion in the body of a 200."""
    return read_answer(Answer(200, {}, content), make_endpoint("http://127.0.0.1:1/v1"), now=NOW)


def complete_body(message: dict[str, Any], **changes: Any) -> bytes:
    """The bytes of a chat completion."""
    choice = {"message": message, "finish_reason": "stop"} | changes.pop("choice", {})
    return json.dumps({"choices": [choice]} | changes).encode()


@pytest.mark.parametrize(
    ("message", "text", "reasoning"),
    [
        ({"content": "<think>a</think>{}"}, "{}", "a"),
        ({"content": "the template opened it\n</think>\n{}"}, "{}", "the template opened it"),
        ({"content": '{"a": "</think>"}'}, '{"a": "</think>"}', None),
        ({"content": [{"type": "text", "text": "{"}, {"type": "text", "text": "}"}]}, "{}", None),
        ({"content": "{}", "reasoning": "b"}, "{}", "b"),
        ({"content": "{}", "reasoning_content": "", "reasoning": None}, "{}", None),
    ],
    ids=["tag", "end-tag-only", "tag-inside-json", "parts", "field", "empty-fields"],
)
def test_text_and_reasoning_are_told_apart(message: dict[str, Any], text: str, reasoning: str | None) -> None:
    """Endpoints put thinking into five different places; inside a JSON reply a tag is text."""
    completion = read(complete_body(message))

    assert (completion.text, completion.reasoning) == (text, reasoning)


@pytest.mark.parametrize(
    ("usage", "cached"),
    [
        ({"prompt_cache_hit_tokens": 5}, 5),
        ({"cached_tokens": 6}, 6),
        ({"prompt_tokens_details": None}, None),
        ({"prompt_tokens_details": {"cached_tokens": 0}, "cached_tokens": 9}, 0),
        (None, None),
        ("many", None),
    ],
)
def test_cached_tokens_are_read_under_any_name(usage: object, cached: int | None) -> None:
    """DeepSeek, Moonshot and OpenAI name cached tokens differently; nonsense counts as not said."""
    completion = read(complete_body({"content": "{}"}, usage=usage))

    assert completion.usage.cached_tokens == cached


@pytest.mark.parametrize("text", ["", "<think>and on and on", '{"a'])
def test_a_reply_without_text_that_was_cut_off_is_cut_off_not_empty(text: str) -> None:
    """A model that thinks until its limit needs more room, not the same question again."""
    completion = read(complete_body({"content": text}, choice={"finish_reason": "length"}))

    assert completion.trouble is FailureReason.TRUNCATED


@pytest.mark.parametrize("reason", ["network_error", "insufficient_system_resource", "abort"])
def test_an_interrupted_generation_is_a_fault(reason: str) -> None:
    """Finish reasons that mean the endpoint broke off are retried."""
    with pytest.raises(Fault):
        read(complete_body({"content": "{"}, choice={"finish_reason": reason}))


# The wire


def test_equal_requests_are_equal_bytes_on_the_wire() -> None:
    """Messages, model, parameters, in this order; no streaming, no user, Chinese unescaped."""
    requests = [make_request(), make_request()]

    _, server = ask(Behaviour(), requests=requests)

    assert server.raw[0] == server.raw[1]
    assert list(server.requests[0]) == ["messages", "model", "temperature", "max_tokens", "response_format", "stream"]
    assert server.requests[0]["stream"] is False
    assert "文章0" in server.raw[0].decode()


def test_without_a_key_no_authorization_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and organisations of the SDK's own variables do not reach the endpoint."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")

    _, server = ask(Behaviour())

    assert "authorization" not in server.headers[0]
    assert "openai-organization" not in server.headers[0]


@pytest.mark.parametrize("name", ["Authorization", "authorization"])
@pytest.mark.parametrize("key", [None, SecretStr("sk-another-one-123")])
def test_a_header_of_ones_own_is_sent_in_place_of_the_key(name: str, key: SecretStr | None) -> None:
    """With a key or without one, the header goes out once, as it was given."""
    header = {name: f"Bearer {KEY}"}

    replies, server = ask(Behaviour(key=KEY), endpoint={"extra_headers": header, "api_key": key})

    assert replies[0].sends == 1
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_no_proxy_stands_between_us_and_our_own_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies from the environment are for strangers."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)

    replies, _ = ask(Behaviour())

    assert replies[0].sends == 1


@pytest.mark.parametrize("mode", [OutputMode.JSON_OBJECT, OutputMode.TEXT])
def test_a_schema_that_cannot_be_enforced_is_told_to_the_model(mode: OutputMode) -> None:
    """The schema joins the first system message, in its own order, with the word JSON that some endpoints demand."""
    body = build_body(make_request(), Capability(mode=mode), max_tokens=5)

    system = body["messages"][0]["content"]
    assert system.startswith("你为工会案例库读报。")
    assert "JSON" in system
    assert json.dumps(SCHEMA, ensure_ascii=False, separators=(",", ":")) in system
    assert body["messages"][1:] == [{"role": "user", "content": "文章0"}]
    assert body.get("response_format") == ({"type": "json_object"} if mode is OutputMode.JSON_OBJECT else None)


@pytest.mark.parametrize("schema", [ReplySchema(SCHEMA), SCHEMA], ids=["of a prompt", "any other"])
def test_a_body_is_compact_json_in_its_own_order(schema: dict[str, Any]) -> None:
    """What goes out is spelled as the SDK spells a body, Chinese unescaped, also where the schema is kept spelled."""
    extra_body = {"thinking": {"type": "禁用"}, "stop": ["\n", {"b": 1, "a": None}], "seed": 7}
    request = make_request(reply_schema=schema)
    body = build_body(request, Capability(mode=OutputMode.JSON_SCHEMA), max_tokens=5, extra_body=extra_body)

    assert spell_body(body) == json.dumps(body, ensure_ascii=False, separators=(",", ":"))


# Adapting


COMPLAINTS = {
    # a schema or a grammar, in the words of many
    "The provided JSON schema contains features not supported by xgrammar.": {"mode": OutputMode.JSON_OBJECT},
    "Grammar error: Unsupported JSON feature: $ref in anyOf": {"mode": OutputMode.JSON_OBJECT},
    "Failed to initialize samplers: failed to parse grammar": {"mode": OutputMode.JSON_OBJECT},
    "Unknown name \"additionalProperties\" at 'generation_config': Cannot find field": {"mode": OutputMode.JSON_OBJECT},
    "The constraint that was given has too many states for serving": {"mode": OutputMode.JSON_OBJECT},
    "'guided_json' is no backend here": {"mode": OutputMode.JSON_OBJECT},
    "This model does not support structured outputs": {"mode": OutputMode.JSON_OBJECT},
    # the word json, which speaks of response_format as well
    "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'": {
        "say_json": True
    },
    # thinking, streams, system messages
    "parameter.enable_thinking must be set to false for non-streaming calls": {
        "extra_body": {"enable_thinking": False}
    },
    "This model only support stream mode, please enable it": {"stream": True},
    "Non-streaming requests are not supported for this model": {"stream": True},
    "该模型仅支持流式调用": {"stream": True},
    "System role not supported": {"system_role": False},
    "Developer instruction is not enabled for this model": {"system_role": False},
    "Conversation roles must alternate user/assistant/user/assistant/...": {"system_role": False},
    "Unrecognized request argument supplied: stream_options": {"extra_body": {"stream_options": None}},
    # the limit: a range, a name, the context
    "Invalid max_tokens value, the valid range of max_tokens is [1, 4096]": {"max_tokens": 4096},
    "max_tokens must be less than or equal to 2,048": {"max_tokens": 2048},
    "max_tokens 取值范围是 1 到 1024": {"max_tokens": 1024},
    "max_completion_tokens is too large: 8000. This model supports at most 4096 completion tokens": {
        "max_tokens": 4096
    },
    "'max_tokens' is too large: 8000. This model's maximum context length is 8192 tokens": {"max_tokens": 4000},
    "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.": {
        "token_parameter": "max_completion_tokens"
    },
    # nothing that another way of asking would mend
    "messages[0] is not to our taste": None,
    "The moderation endpoint flagged your input": None,
    "This model's maximum context length is 4096 tokens": None,
    "Invalid image url": None,
}


@pytest.mark.parametrize(("complaint", "changes"), COMPLAINTS.items(), ids=range(len(COMPLAINTS)))
def test_a_complaint_in_any_words_leads_to_the_next_thing_to_try(
    complaint: str, changes: dict[str, Any] | None
) -> None:
    """Endpoints say the same in many words; only what is about the way of asking changes it, and only that."""
    start = Capability(mode=OutputMode.JSON_SCHEMA)

    found = adapt(start, complaint, 8000)

    expected = start.model_copy(update=changes) if changes is not None else None
    assert (found and found[0].model_copy(update={"note": ""})) == expected
    assert isinstance(judge(400, {"error": {"message": complaint}}), Rejection)


def demand_stream(body: dict[str, Any]) -> str | None:
    """Streams only."""
    return None if body["stream"] else "This model only supports stream mode"


def demand_no_thinking(body: dict[str, Any]) -> str | None:
    """Thinking has to be turned off."""
    return "enable_thinking must be false for non-streaming calls" if body.get("enable_thinking", True) else None


def demand_no_system(body: dict[str, Any]) -> str | None:
    """No system message."""
    return "System role not supported" if body["messages"][0]["role"] == "system" else None


def demand_small_limit(body: dict[str, Any]) -> str | None:
    """A limit up to 512, by either name."""
    is_large = (body.get("max_tokens") or 0) > 512
    return "max_tokens must lie in the range [1, 512]" if is_large else None


def demand_small_context(body: dict[str, Any]) -> str | None:
    """A limit that fits beside the question."""
    limit = body.get("max_tokens") or 0
    words = f"'max_tokens' is too large: {limit}. This model's maximum context length is 8192 tokens"
    return words if limit > 900 else None


def demand_no_schema(body: dict[str, Any]) -> str | None:
    """No grammar of any kind."""
    return "could not compile the grammar" if "response_format" in body else None


@pytest.mark.parametrize("known", [None, OutputMode.JSON_SCHEMA], ids=["found out", "known"])
@pytest.mark.parametrize(
    ("complain", "is_lasting"),
    [
        (demand_stream, True),
        (demand_no_thinking, True),
        (demand_no_system, True),
        (demand_small_limit, True),
        (demand_small_context, False),
        (demand_no_schema, True),
    ],
)
def test_what_an_endpoint_demands_is_found_out_once(
    complain: Callable[[dict[str, Any]], str | None], is_lasting: bool, known: OutputMode | None
) -> None:
    """The first question is adapted, the others are asked in the way that worked, and so is the next run."""
    behaviour = Behaviour(
        complain=complain, choose=lambda body: "stream" if body["stream"] and not is_canary(body) else "ok"
    )
    memory = MemoryCapabilities()
    requests = [make_request(number, max_tokens=2000) for number in range(3)]

    async def work(client: OpenAIClient) -> list[Reply]:
        return [await client.complete(request) for request in requests]

    with running(behaviour) as server:
        endpoint = make_endpoint(server, known_mode=known, max_tokens=2000)
        replies = use(endpoint, work, capabilities=memory)
        before = len(server.requests)
        use(endpoint.model_copy(update={"known_mode": None}), work, capabilities=memory)

    assert {json.loads(reply.text)["asked"] for reply in replies} >= {"文章1", "文章2"} or complain is demand_no_system
    assert all(reply.usage.completion_tokens == 7 for reply in replies)
    if is_lasting:
        assert [reply.sends for reply in replies[1:]] == [1, 1]
        assert len(server.requests) - before == 3


def test_a_limit_that_was_lowered_is_told_when_a_reply_is_cut_off() -> None:
    """Where the endpoint allows no more, no more is advised or asked for."""
    behaviour = Behaviour(complain=demand_small_limit, shares={"truncated": 1.0})
    kept: list[Reply] = []

    with running(behaviour) as server, pytest.raises(ModelRefused, match="allows no more than 512 tokens"):
        request = make_request(max_tokens=2000)
        use(make_endpoint(server), lambda client: client.complete(request, kept.append))

    assert [body["max_tokens"] for body in server.requests] == [2000, 512]
    assert len(kept) == 1


def test_fields_and_headers_of_the_settings_are_sent_along() -> None:
    """What is set is added to every request, and null takes a field out; runs are kept apart by it."""
    changes = {"extra_body": {"top_k": 5, "temperature": None}, "extra_headers": {"X-Team": "press"}}

    _, server = ask(Behaviour(), endpoint=changes)

    assert server.requests[0]["top_k"] == 5
    assert "temperature" not in server.requests[0]
    assert server.headers[0]["x-team"] == "press"
    assert make_endpoint(server, **changes).address != make_endpoint(server).address


# What stops everybody, and what only seems to


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("block_page", "content_filter"),
        ("block_page_405", "content_filter"),
        ("forbidden", "content_filter"),
        ("model_missing", "rejected"),
        ("redirect", "rejected"),
        ("quoting", "rejected"),
        ("server_error", "rejected"),
        ("cut_json", "rejected"),
        ("html", "rejected"),
    ],
)
def test_a_text_that_alone_gets_no_answer_fails_alone(fault: str, reason: str) -> None:
    """Though nothing was answered before it, a harmless question shows that key, model and address are right."""
    behaviour = Behaviour(choose=lambda body: fault if body["messages"][-1]["content"] == "文章0" else "ok")

    async def work(client: OpenAIClient) -> list[Reply]:
        with pytest.raises(ModelRefused, match="answer") as caught:
            await client.complete(make_request(0))
        assert caught.value.reason == reason
        return [await client.complete(make_request(1))]

    with running(behaviour) as server:
        replies = use(make_endpoint(server, concurrency=1), work)

    assert json.loads(replies[0].text) == {"asked": "文章1"}
    assert sum(map(is_canary, server.requests)) == 1


def test_a_harmless_question_that_breaks_off_is_asked_once_more() -> None:
    """An odd answer may leave its connection broken, which is no word about the endpoint."""
    controls = iter(["drop", "ok"])
    behaviour = Behaviour(choose=lambda body: next(controls) if is_canary(body) else "block_page")

    error, server = fail(behaviour)

    assert isinstance(error, ModelRefused)
    assert sum(map(is_canary, server.requests)) == 2


def test_many_refused_texts_share_one_harmless_question() -> None:
    """Those that are refused at the same time wait for the same answer; what it cost is spent."""
    behaviour = Behaviour(choose=lambda body: "ok" if is_canary(body) else "forbidden", latency_s=0.1)

    async def work(client: OpenAIClient) -> list[Reply | BaseException]:
        client.budget = Budget(Limit(tokens=100_000))
        results = await asyncio.gather(
            *(client.complete(make_request(number)) for number in range(4)), return_exceptions=True
        )
        assert client.budget._tokens >= 7
        return results

    with running(behaviour) as server:
        results = use(make_endpoint(server, concurrency=4), work)

    assert {type(result) for result in results} == {ModelRefused}
    assert sum(map(is_canary, server.requests)) == 1


@pytest.mark.parametrize("fault", ["block_page", "block_page_405"])
def test_a_firewall_that_lets_nothing_through_stops_the_run_by_its_name(fault: str) -> None:
    """A block page for every question is no word about key or address, and its words are shown."""
    error, _ = fail(Behaviour(shares={fault: 1.0}))

    assert type(error) is ConfigError
    assert "a firewall before" in str(error)
    assert "your request has been blocked" in str(error)


@pytest.mark.parametrize("fault", ["payment", "forbidden", "quota"])
def test_after_what_no_request_can_escape_nothing_more_is_sent(fault: str) -> None:
    """Of fifty requests, only those that were under way already meet the fatal answer."""

    async def work(client: OpenAIClient) -> list[Reply | BaseException]:
        requests = [make_request(number) for number in range(50)]
        return await asyncio.gather(*map(client.complete, requests), return_exceptions=True)

    with running(Behaviour(shares={fault: 1.0}, latency_s=0.02)) as server:
        results = use(make_endpoint(server, concurrency=4), work)

    assert len(server.questions) == 4
    assert len(server.requests) <= 5
    assert not any(isinstance(result, Reply) for result in results)


def test_a_wait_that_is_too_long_wakes_those_who_wait() -> None:
    """Requests that sleep before another try do not sleep on once the run is over."""
    limit, _ = make_limit()

    async def run() -> str:
        limit._sleep = asyncio.sleep
        sleeper = asyncio.ensure_future(limit.sleep(1000.0))
        await asyncio.sleep(0)
        limit.stop(ModelUnavailable("too long"))
        await sleeper
        with pytest.raises(ModelUnavailable) as caught:
            async with limit.slot():
                pass
        return str(caught.value)

    assert "too long" in asyncio.run(run())


def test_a_probe_that_fails_fails_once_for_all_who_wait() -> None:
    """While it is found out what an endpoint can do, its errors are not met again by each request."""

    async def work(client: OpenAIClient) -> list[Reply | BaseException]:
        requests = [make_request(number) for number in range(30)]
        return await asyncio.gather(*map(client.complete, requests), return_exceptions=True)

    with running(Behaviour(shares={"server_error": 1.0}, spares_canaries=False)) as server:
        results = use(make_endpoint(server, known_mode=None), work)

    assert {type(result) for result in results} == {ModelUnavailable}
    assert len(server.requests) == QUICK.attempts


def test_an_endpoint_that_only_throttles_is_given_up_after_the_longest_wait() -> None:
    """The time with nothing but 429s is counted for all requests together, and an answer begins it anew."""
    clock = Clock()
    health = Health(clock=clock)
    endpoint = make_endpoint("http://127.0.0.1:1/v1")
    tries = Tries(RetryPolicy(longest_wait_s=60.0), endpoint, health, random.Random(0), lambda _completion: None)
    fault = Fault("throttled", "too many")

    tries.note(fault)
    clock.now += 61.0
    error = tries.give_up(fault, make_request())
    health.note_success()

    assert "has answered nothing but this for 61 seconds" in str(error)
    assert "--max-wait" in str(error)
    assert health.throttled_s == 0.0


def test_a_wait_is_told_once_with_its_end_and_its_reason() -> None:
    """Waits of many requests for the same moment are one message; short ones are none."""
    told: list[tuple[datetime, str]] = []

    async def sleep(_seconds: float) -> None:
        await asyncio.sleep(0)

    async def work(client: OpenAIClient) -> list[Reply]:
        client.on_wait = lambda until, reason: told.append((until, reason))
        return list(await asyncio.gather(*map(client.complete, [make_request(number) for number in range(4)])))

    with running(Behaviour(script=("throttle",) * 4 + ("server_error",), retry_after="60")) as server:
        use(make_endpoint(server), work, sleep=sleep)

    assert len(told) == 1
    assert 50 < (told[0][0] - datetime.now(UTC)).total_seconds() < 61
    assert "Rate limit reached" in told[0][1]


class Still(httpx2.AsyncBaseTransport):
    """A way to the network that brings what it is given, or nothing for ever."""

    def __init__(self, chunks: Sequence[bytes] | None = None, headers: dict[str, str] | None = None) -> None:
        self.chunks, self.headers, self.taken = chunks, headers, 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """A response whose body comes in the chunks."""
        if self.chunks is None:
            await asyncio.sleep(3600)

        async def stream() -> AsyncIterator[bytes]:
            for chunk in self.chunks or ():
                self.taken += 1
                yield chunk

        return httpx2.Response(200, headers=self.headers, content=stream(), request=request)


def test_a_request_has_one_deadline_for_the_whole_of_it() -> None:
    """An answer that never ends is a time-out, however often a byte of it comes."""
    endpoint = make_endpoint("http://127.0.0.1:1/v1", timeout_s=0.05)
    policy = QUICK.model_copy(update={"attempts": 1})

    with pytest.raises(ModelUnavailable, match=r"no answer within 0\.05 seconds"):
        use(endpoint, lambda client: client.complete(make_request()), policy=policy, wrap=lambda _real: Still())


async def fetch(still: Still, limit: int) -> bytes:
    """What comes through a bounded transport."""
    async with httpx2.AsyncClient(transport=BoundedTransport(lambda: still, limit=limit)) as client:
        return (await client.get("http://127.0.0.1:1/")).content


def test_a_body_is_read_up_to_its_limit_and_no_further() -> None:
    """One byte more than the limit says that it is too large; the rest is never fetched."""
    still = Still([b"x" * 100] * 1000)

    assert asyncio.run(fetch(still, 250)) == b"x" * 251
    assert still.taken == 3


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
def test_a_packed_body_is_unpacked_up_to_its_limit(pack: Callable[[bytes], bytes]) -> None:
    """A body that unfolds to a thousand times its size takes no more room than any other."""
    bomb = pack(b"0" * 10_000_000)
    headers = {"content-encoding": "gzip"}

    assert len(asyncio.run(fetch(Still([bomb], headers), 5000))) == 5001
    assert asyncio.run(fetch(Still([pack(b"whole")[:9], pack(b"whole")[9:]], headers), 5000)) == b"whole"
    with pytest.raises(httpx2.DecodingError, match="no gzip"):
        asyncio.run(fetch(Still([b"plain"], headers), 5000))


def test_a_way_is_opened_for_each_request_under_way_and_used_again() -> None:
    """Requests side by side have a way each, and later ones take these over."""
    opened: list[Still] = []

    def open_way() -> Still:
        opened.append(Still([b"{}"]))
        return opened[-1]

    async def ask() -> None:
        async with httpx2.AsyncClient(transport=BoundedTransport(open_way, limit=100)) as client:
            for _ in range(3):
                await asyncio.gather(*(client.get("http://127.0.0.1:1/") for _ in range(4)))

    asyncio.run(ask())

    assert len(opened) <= 4


# Every reply is kept


@pytest.mark.parametrize(
    ("script", "kept", "reason"),
    [
        (("truncated", "truncated"), ["TRUNCATED", "TRUNCATED"], "truncated"),
        (("truncated",), ["TRUNCATED"], None),
        (("empty", "null"), ["EMPTY", "EMPTY"], None),
        (("refusal",), ["REFUSAL"], "refusal"),
        (("content_filter",), ["CONTENT_FILTER"], "content_filter"),
        (("in_reasoning",), [], None),
        (("stream",), [], None),
    ],
    ids=["cut off", "cut off once", "empty", "refused", "filtered", "elsewhere", "stream"],
)
def test_every_reply_that_is_no_answer_is_handed_over_with_its_tokens(
    script: tuple[str, ...], kept: list[str], reason: str | None
) -> None:
    """What was paid for is never dropped, whatever becomes of the request."""
    unusable: list[Reply] = []

    with running(Behaviour(script=script)) as server:
        try:
            reply = use(make_endpoint(server), lambda client: client.complete(make_request(), unusable.append))
        except ModelRefused as error:
            assert error.reason == reason
        else:
            assert reason is None
            assert json.loads(reply.text) == {"asked": "文章0"}

    assert len(unusable) == len(kept)
    assert all(each.usage.completion_tokens == 7 for each in unusable)


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ({"content": None, "reasoning_content": '{"a": 1}'}, "reasoning_content"),
        ({"content": "", "reasoning": 'so it is {"a": 1}'}, "reasoning"),
        ({"content": None, "tool_calls": [{"function": {"name": "x", "arguments": '{"a": 1}'}}]}, "tool_calls"),
        ({"function_call": {"arguments": '{"a": 1}'}}, "tool_calls"),
        ({"content": "<think>no</think>", "reasoning_content": '{"a": 1}'}, "reasoning_content"),
    ],
)
def test_an_answer_in_another_field_is_seen_and_its_place_is_kept(message: dict[str, Any], place: str) -> None:
    """Where the content is empty, an object elsewhere is the answer; the finish reason says where it lay."""
    completion = read(complete_body(message))

    assert '{"a": 1}' in completion.text
    assert completion.trouble is None
    assert completion.finish_reason == f"stop, in {place}"


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        ({"error": {"message": "Insufficient credits", "code": 402}}, ModelUnavailable, "Insufficient credits"),
        ({"error": {"message": "maximum context length is 4096 tokens", "code": 400}}, Rejection, "context length"),
        ({"choices": None, "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}},
         ModelUnavailable, "insufficient balance"),
        ({"error_code": 17, "error_msg": "Open api daily request limit reached"}, ModelUnavailable, "daily request"),
        ({"error": {"message": "Rate limit exceeded", "code": "429"}}, Fault, "Rate limit"),
        ({"error": "the model is overloaded"}, Fault, "overloaded"),
        ({"error": {"message": "something"}}, Fault, "something"),
        ({"choices": [], "error": None}, Fault, "no choices"),
    ],
)  # fmt: skip
def test_an_error_inside_a_200_is_judged_as_that_error(value: object, kind: type[Exception], words: str) -> None:
    """The code or the words of the body decide; what the endpoint said is shown."""
    with pytest.raises(kind, match=words):
        read(json.dumps(value).encode())
    event = f"data: {json.dumps(value)}\n\n".encode()
    if words != "no choices":
        with pytest.raises(kind, match=words):
            read(event)


@pytest.mark.parametrize(
    "odd",
    [
        {"choices": [{"message": {"content": "{}"}, "finish_reason": ["stop"]}]},
        {"choices": [{"message": {"content": "{}"}, "finish_reason": {"a": 1}}], "model": "m\ud800\x1b[31m"},
        {"choices": [{"message": {"content": "{}"}}], "usage": {"prompt_tokens": 2**70, "completion_tokens": -1}},
        {"choices": [{"message": {"content": "{}", "tool_calls": [1, {"function": 2}], "reasoning": 5}}], "model": [1]},
    ],
)
def test_odd_values_around_a_reply_do_not_lose_it(odd: object) -> None:
    """What an endpoint says beside the text is taken if it can be, and left if not."""
    completion = read(json.dumps(odd).encode())

    assert (completion.text, completion.finish_reason, completion.usage.prompt_tokens) == ("{}", "unknown", None)
    assert completion.model in {None, "m [31m"}


@pytest.mark.parametrize("nested", [b"[" * 15_000, b'{"error":' * 15_000, b'{"a":' * 15_000 + b"1" + b"}" * 15_000])
def test_bodies_nested_beyond_reason_are_faults_of_the_endpoint(nested: bytes) -> None:
    """Depth is no crash, neither of an error nor of a reply."""
    assert isinstance(judge(500, nested), Fault)
    with pytest.raises(Fault):
        read(nested)


SCRAPS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.sampled_from(["{}", "length", "stop", "402"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "choices",
                    "message",
                    "content",
                    "delta",
                    "finish_reason",
                    "usage",
                    "prompt_tokens",
                    "error",
                    "code",
                    "base_resp",
                    "status_code",
                    "refusal",
                    "tool_calls",
                    "function",
                    "arguments",
                    "reasoning",
                    "model",
                    "error_msg",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=14,
)


@settings(max_examples=200, deadline=None)
@given(value=SCRAPS, status=st.sampled_from([200, 400, 404, 429, 500]), is_stream=st.booleans())
def test_whatever_an_endpoint_says_means_something(value: object, status: int, *, is_stream: bool) -> None:
    """Any JSON in any place of an answer, or of an event, is a completion or one of the errors that are told apart."""
    spelled = json.dumps(value)
    for content in (spelled, f'{{"choices": [{spelled}]}}', f'{{"choices": [{{"message": {spelled}}}]}}'):
        body = f"data: {content}\n\n" if is_stream else content
        try:
            completion = read_answer(Answer(status, {}, body.encode()), make_endpoint("http://a/v1"), now=NOW)
        except (Fault, Rejection, ConfigError, ModelUnavailable):
            continue
        assert completion.text.strip() or completion.trouble


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.integers(1, 10**6))
def test_an_adaptation_changes_something_or_is_none(complaint: str, limit: int) -> None:
    """No complaint leads to the same question again, and a limit is only ever lowered."""
    start = Capability(mode=OutputMode.JSON_SCHEMA)
    words = f"{complaint} max_tokens temperature schema context length {limit}"

    tried: Capability | None = start
    for _ in range(40):
        found = adapt(tried, words, limit) if tried else None
        if found is None:
            break
        assert found[0] != tried
        assert (found[0].max_tokens or limit) <= limit
        limit, tried = found[0].max_tokens or limit, found[0]
    else:
        pytest.fail("an endpoint that only complains is asked for ever")


def test_a_key_that_an_endpoint_echoes_is_struck_out_of_what_is_kept() -> None:
    """Text, thinking, model and unusable replies hold no key, not even one that is spelled in escapes."""
    kept: list[Reply] = []
    escaped = "".join(f"\\u{ord(character):04x}" for character in KEY)
    behaviour = Behaviour(answer=lambda _body: json.dumps({"key": KEY}), script=("truncated",))
    changes = {"api_key": SecretStr(KEY), "extra_headers": {"X-Token": "header-secret"}}

    with running(behaviour) as server:
        request = make_request(model=f"m-{KEY}")
        reply = use(make_endpoint(server, **changes), lambda client: client.complete(request, kept.append))
    completion = read_answer(
        Answer(200, {}, f'{{"choices": [{{"message": {{"content": "{escaped} header-secret"}}}}]}}'.encode()),
        make_endpoint("http://127.0.0.1:1/v1", **changes),
        now=NOW,
    )

    assert KEY not in repr([reply.text, reply.model, kept[0].text, completion.text])
    assert completion.text == "[key] [key]"


_KEY = "abcd/efgh+z-1234567890"
_SPELLED = {
    "plain": _KEY,
    "slash": _KEY.replace("/", "\\/"),
    "a letter": _KEY.replace("z", "\\u007A"),
    "twice": _KEY.replace("/", "\\\\\\/").replace("z", "\\\\u007a"),
    "address": _KEY.replace("/", "%2F").replace("+", "%2b"),
    "web page": _KEY.replace("/", "&#47;").replace("+", "&#x2B;"),
    "word": "mysecret123456789",
    "password": "pass-word-17",
    "base64": b64encode(_KEY.encode()).decode().rstrip("="),
    "basic": "open-sesame-9",
}


@pytest.mark.parametrize(("fault", "words"), [("block_page", "a firewall before"), ("filter_400", "even a greeting")])
def test_who_refuses_a_greeting_ends_the_run(fault: str, words: str) -> None:
    """Where nothing at all gets through, the address is wrong, or nobody may ask there: no article is tried."""
    behaviour = Behaviour(shares={fault: 1.0}, spares_canaries=False)

    error, server = fail(behaviour, endpoint={"known_mode": None})

    assert isinstance(error, ConfigError)
    assert words in str(error)
    assert (len(server.requests), server.questions) == (1, [])


@pytest.mark.parametrize(
    ("choice", "trouble", "text"),
    [
        ({"finish_reason": "max_tokens", "message": {"content": "half"}}, "truncated", "half"),
        ({"finish_reason": "MAX_TOKENS", "message": {"content": "half"}}, "truncated", "half"),
        ({"finish_reason": "model_length", "message": {"content": ""}}, "truncated", ""),
        ({"finish_reason": "SAFETY", "message": {"content": ""}}, "content_filter", ""),
        ({"finish_reason": "FinishReason.MAX_TOKENS", "message": {"content": "half"}}, "truncated", "half"),
        ({"finish_reason": "model_context_window_exceeded", "message": {"content": "half"}}, "truncated", "half"),
        ({"finish_reason": "content_filter: SPII", "message": {"content": "half"}}, "content_filter", "half"),
        ({"finish_reason": "guardrail_intervened", "message": {"content": "half"}}, "content_filter", "half"),
        ({"finish_reason": "refusal", "message": {"content": "I would rather not."}}, "refusal", "I would rather not."),
        ({"finish_reason": "end_turn", "message": {"content": "{}"}}, None, "{}"),
        ({"finish_reason": "stop", "message": {"content": "max_tokens"}}, None, "max_tokens"),
        ({"message": {"content": {"text": '{"a": 1}'}}}, None, '{"a": 1}'),
        ({"message": {"content": [{"type": "text", "text": {"value": '{"a": 1}'}}]}}, None, '{"a": 1}'),
        ({"message": {"content": ['{"a":', {"text": " 1}"}]}}, None, '{"a": 1}'),
        ({"message": {"content": {"a": "一"}}}, None, '{"a": "一"}'),
        (
            {"message": {"content": [{"type": "thinking", "thinking": "so"}, {"type": "text", "text": "{}"}]}},
            None,
            "{}",
        ),
        ({"message": {"content": {"type": "text", "text": None}}}, "empty", ""),
        ({"message": {"tool_calls": [{"function": {"arguments": {"a": "一"}}}]}}, None, '{"a": "一"}'),
    ],
)
def test_what_other_houses_call_an_end_is_understood(choice: dict[str, Any], trouble: str | None, text: str) -> None:
    """Cut off and filtered are known by the names of all providers, and an answer in any of the usual shapes."""
    answer = Answer(200, {}, json.dumps({"choices": [choice]}).encode())

    found = read_answer(answer, make_endpoint("http://127.0.0.1:1/v1"), now=NOW)

    assert (found.trouble, found.text) == (trouble, text)


@pytest.mark.parametrize(
    "choices",
    [
        [{"index": 1, "message": {"content": "no"}}, {"index": 0, "message": {"content": "yes"}}],
        [{}, {"index": 0, "message": {"content": "yes"}}],
        [None, {"message": {"content": "yes"}}, {"message": {"content": "no"}}],
    ],
    ids=["backwards", "empty first", "unnumbered"],
)
def test_the_first_choice_is_the_one_of_the_lowest_number(choices: list[object]) -> None:
    """Choices may come in any order, and empty ones before them."""
    assert read(json.dumps({"choices": choices}).encode()).text == "yes"


@pytest.mark.parametrize("finish_reason", ["error", "stop", None])
def test_an_error_of_a_choice_is_told(finish_reason: str | None) -> None:
    """Gateways put the error of the house behind them into the choice."""
    choice = {"error": {"code": 402, "message": "no funds"}, "finish_reason": finish_reason, "message": {"content": ""}}

    with pytest.raises(ModelUnavailable, match="no funds"):
        read(json.dumps({"choices": [choice]}).encode())


def test_an_error_beside_an_empty_reply_is_told() -> None:
    """What the endpoint says of its error counts, though it sends a choice with nothing in it along."""
    body = {"error": {"message": "insufficient balance", "code": 402}, "choices": [{"message": {"content": ""}}]}

    with pytest.raises(ModelUnavailable, match="insufficient balance"):
        read_answer(Answer(200, {}, json.dumps(body).encode()), make_endpoint("http://127.0.0.1:1/v1"), now=NOW)


@pytest.mark.parametrize(
    ("complaint", "most", "least"),
    [
        ("'max_tokens' must be at least 16384", None, 16384),
        ("max_tokens should be greater than 20000", None, 20000),
        ("max_tokens: Input should be greater than or equal to 16,384", None, 16384),
        ("max_tokens 不能小于 12000", None, 12000),
        ("valid range of max_tokens is [16384, 32768]", None, 16384),
        ("max_tokens is too small", None, None),
        ("max_tokens must be at least 1 and at most 4096", 4096, None),
        ("Range of max_tokens should be [1, 8192]", 8192, None),
        ("max_tokens must be greater than or equal to 1 and less than or equal to 2048", 2048, None),
        ("max_tokens cannot be greater than 8192", 8192, None),
        ("max_tokens 不能大于 8192", 8192, None),
    ],
)
def test_a_limit_is_raised_or_lowered_as_the_complaint_says(
    complaint: str, most: int | None, least: int | None
) -> None:
    """An endpoint that wants more room is not asked with less."""
    found = adapt(Capability(mode=OutputMode.TEXT), complaint, 10_000)

    assert found is not None
    assert (found[0].max_tokens, found[0].least_tokens) == (most, least)


def test_a_reply_that_needs_a_wide_limit_is_asked_for_with_it() -> None:
    """What the endpoint takes at least is sent from then on, and is no reason to ask the same once more."""

    def demand_room(body: dict[str, Any]) -> str | None:
        return "max_tokens must be at least 5000" if body["max_tokens"] < 5000 else None

    error, server = fail(Behaviour(complain=demand_room, shares={"truncated": 1.0}))

    assert "cut off" in str(error)
    assert [body["max_tokens"] for body in server.requests] == [100, 5000]


@pytest.mark.parametrize("spelled", _SPELLED.values(), ids=_SPELLED)
def test_a_key_is_struck_out_however_it_is_spelled(spelled: str) -> None:
    """Escapes of JSON, addresses and web pages, a token without its Bearer, the password of a proxy: none stays."""
    endpoint = make_endpoint(
        "http://127.0.0.1:1/v1",
        api_key=SecretStr(_KEY),
        proxy=SecretStr("http://me:pass-word-17@127.0.0.1:8080"),
        extra_headers={
            "Authorization": "Bearer mysecret123456789",
            "Proxy-Authorization": f"Basic {b64encode(b'me:open-sesame-9').decode()}",
            "X-Title": "project newspaper",
        },
    )

    assert endpoint.strike(f'{{"a": "一{spelled}二"}}') == '{"a": "一[key]二"}'
    assert endpoint.strike("a newspaper of the project") == "a newspaper of the project"


def test_a_key_that_a_web_page_shows_is_struck_out_before_it_is_cut() -> None:
    """Of a block page the first words are shown; a key that begins in them leaves no part behind."""
    page = b"<html><title>Unknown client, please ask the help desk about it: " + _KEY.encode()
    endpoint = make_endpoint("http://127.0.0.1:1/v1", api_key=SecretStr(_KEY))

    with pytest.raises(Fault) as caught:
        read_answer(Answer(200, {}, page), endpoint, now=NOW)

    assert clean(caught.value.message, endpoint).endswith("help desk about it: [key]")


# Capabilities


@pytest.mark.parametrize(
    ("schema", "json_object", "mode", "canaries"),
    [
        ("enforced", "enforced", OutputMode.JSON_SCHEMA, 1),
        ("ignored", "enforced", OutputMode.JSON_OBJECT, 2),
        ("rejected", "enforced", OutputMode.JSON_OBJECT, 2),
        ("ignored", "ignored", OutputMode.TEXT, 2),
        ("rejected", "rejected", OutputMode.TEXT, 3),
        ("ignored", "rejected", OutputMode.TEXT, 3),
    ],
)
def test_what_an_endpoint_enforces_is_found_out_once(
    schema: str, json_object: str, mode: OutputMode, canaries: int
) -> None:
    """However many requests wait, the canary is asked once; a schema that is ignored without a word is noticed."""
    behaviour = Behaviour(schema=schema, json_object=json_object, latency_s=0.01)
    memory = MemoryCapabilities()

    replies, server = ask(behaviour, 10, endpoint={"known_mode": None}, capabilities=memory)

    assert {reply.mode for reply in replies} == {mode}
    assert sum(map(is_canary, server.requests)) == canaries
    found = memory.get(server.base_url, "test-model")
    assert found is not None
    assert found.mode is mode
    assert "Found out" in found.note


def test_a_remembered_capability_needs_no_canary() -> None:
    """What another run found out is used."""

    class Remembered(MemoryCapabilities):
        def get(self, base_url: str, model: str) -> Capability:
            return Capability(mode=OutputMode.JSON_OBJECT)

    replies, server = ask(Behaviour(), endpoint={"known_mode": None}, capabilities=Remembered())

    assert replies[0].mode is OutputMode.JSON_OBJECT
    assert not any(map(is_canary, server.requests))


def test_faults_during_the_canary_are_retried_like_any_other() -> None:
    """An endpoint that is down while its capability is found out is unavailable, not without capability."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    memory = MemoryCapabilities()

    with pytest.raises(ModelUnavailable):
        endpoint = make_endpoint(f"http://127.0.0.1:{port}/v1", known_mode=None)
        use(endpoint, lambda client: client.complete(make_request()), capabilities=memory)

    assert memory.get(f"http://127.0.0.1:{port}/v1", "test-model") is None


def test_a_canary_that_gets_no_answer_is_not_remembered() -> None:
    """What could not be found out is asked again in the next run."""
    memory = MemoryCapabilities()
    behaviour = Behaviour(rejected_parameters=frozenset({"messages"}))

    error, server = fail(behaviour, endpoint={"known_mode": None}, capabilities=memory)

    assert isinstance(error, ModelRefused)
    assert memory.get(server.base_url, "test-model") is None


@pytest.mark.parametrize("known", [None, OutputMode.JSON_SCHEMA], ids=["found out", "known"])
def test_parameters_an_endpoint_does_not_take_are_left_out_once_and_for_all(known: OutputMode | None) -> None:
    """After one complaint each, max_tokens gets its other name and the temperature is not sent."""
    behaviour = Behaviour(rejected_parameters=frozenset({"max_tokens", "temperature"}))

    async def work(client: OpenAIClient) -> list[Reply]:
        return [await client.complete(make_request(number)) for number in range(3)]

    with running(behaviour) as server:
        replies = use(make_endpoint(server, known_mode=known), work)

    assert [reply.sends for reply in replies] == ([1, 1, 1] if known is None else [3, 1, 1])
    assert server.requests[-1].get("max_completion_tokens") == 100
    assert server.requests[-1].keys().isdisjoint({"max_tokens", "temperature"})


@pytest.mark.parametrize(
    ("text", "mode", "obeyed"),
    [
        ('{"canary_q7": "amber-41"}', OutputMode.JSON_SCHEMA, True),
        ('{"canary_q7": "hello"}', OutputMode.JSON_SCHEMA, False),
        ('{"greeting": "hello"}', OutputMode.JSON_SCHEMA, False),
        ('{"greeting": "hello"}', OutputMode.JSON_OBJECT, True),
        ("Hello.", OutputMode.JSON_OBJECT, False),
        ("Hello.", OutputMode.TEXT, True),
    ],
)
def test_the_canary_sings_only_for_what_is_enforced(text: str, mode: OutputMode, obeyed: bool) -> None:
    """A schema is enforced only if the odd object came; any object will do for json_object."""
    assert is_canary_obeyed(text, mode) is obeyed


def test_the_canary_does_not_name_in_its_question_what_its_schema_demands() -> None:
    """A model cannot answer the canary from the question alone."""
    request = canary_request("m", 100)

    assert not set(request.reply_schema["properties"]) & set(request.messages[-1].content.split())


# Judging answers, without a wire


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"llm_provider-retry-after": "4"}, 4.0),
        ({"retry-after": "Fri, 20 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Fri, 20 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e400"}, None),
        ({"retry-after": "Fri, 20 Nov 99999 12:00:30 GMT"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_read_in_every_spelling(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, fractions, milliseconds and HTTP dates are understood; nonsense counts as not said."""
    assert read_wait(headers, now=NOW) == seconds


def judge(status: int, body: object, **changes: Any) -> Exception:
    """What an error answer means."""
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return judge_error(Answer(status, {}, content), make_endpoint("http://127.0.0.1:1/v1", **changes), now=NOW)


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (429, "Rate limit reached for requests", Fault),
        (429, "You exceeded your current quota, please check your plan and billing details", ModelUnavailable),
        (429, "余额不足或无可用资源包,请充值。", ModelUnavailable),
        (400, "Arrearage: access denied, your account is in arrears", ModelUnavailable),
        (529, "Overloaded", Fault),
        (409, "conflict", Fault),
        (401, "Incorrect API key provided", ConfigError),
        (403, "Your request was rejected: content policy", Rejection),
        (400, "Model Not Exist", ConfigError),
        (400, "response_format type json_schema is unavailable now", Rejection),
        (500, "1 validation error: response_format.type Input should be 'text' or 'json_object'", Rejection),
        (422, "temperature: Input should be less than or equal to 1", Rejection),
        (400, "For this model the parameter temperature is not supported", Rejection),
        (429, "Rate limit reached for response_format requests", Fault),
        (403, "You have no access to this model", ConfigError),
        (502, "<html>Bad Gateway</html>", Fault),
        (308, "", ConfigError),
    ],
)
def test_an_error_means_what_its_sentence_says(status: int, message: str, kind: type[Exception]) -> None:
    """The same status means different things at different providers; the sentence decides."""
    assert isinstance(judge(status, {"error": {"message": message}}), kind)


@pytest.mark.parametrize(
    ("status", "message", "reason"),
    [
        (400, "This model's maximum context length is 4096 tokens. However, you requested 9000", "too_large"),
        (400, "the request exceeds the available context size", "too_large"),
        (400, "Range of input length should be [1, 30720]", "too_large"),
        (422, "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 6000 `inputs` tokens", "too_large"),
        (413, "Request Entity Too Large", "too_large"),
        (400, "Content Exists Risk", "content_filter"),
        (400, "Input data may contain inappropriate content. DataInspectionFailed", "content_filter"),
        (400, "系统检测到输入或生成内容可能包含不安全或敏感内容", "content_filter"),
        (400, "tools[0] is invalid", "rejected"),
        (400, "the role is case-sensitive", "rejected"),
    ],
)
def test_a_rejection_is_refused_for_its_reason(status: int, message: str, reason: str) -> None:
    """Too long, filtered and simply rejected are told apart in the words of several providers."""
    assert refuse(Rejection(status, message), make_request()).reason == reason


@pytest.mark.parametrize(
    "body",
    [
        {"error": "bad"},
        {"detail": "bad"},
        {"message": "bad"},
        ["bad"],
        b"bad",
        b"\xff\xfe bad",
        {"error": {"message": "bad"}},
    ],
)
def test_errors_of_any_shape_are_readable(body: object) -> None:
    """Whatever the shape of an error body, its sentence is shown."""
    assert "bad" in str(judge(418, body))


def test_a_message_from_an_endpoint_is_one_safe_line() -> None:
    """Escape sequences, line breaks and direction marks do not reach the terminal, nor do long tails."""
    shown = str(judge(418, {"error": {"message": "a\x1b[31mb\nc\u202ed" + "x" * 999}}))

    assert shown.startswith("HTTP 418: a [31mb c d")
    assert len(shown) < 300


def test_a_key_of_somebody_else_is_hidden_too() -> None:
    """What looks like a key in a message of an endpoint is not shown."""
    assert "abcdef" not in str(judge(418, {"error": {"message": "Bearer sk-abcdef123456 is not known"}}))


# Secrets


@pytest.mark.parametrize("script", ["echo", "drop", "server_error"])
def test_a_key_is_in_no_error_no_traceback_and_no_log(script: str, caplog: pytest.LogCaptureFixture) -> None:
    """Even an endpoint that repeats the key cannot make us show it."""
    caplog.set_level(logging.DEBUG)
    behaviour = Behaviour(key="other") if script == "echo" else Behaviour(shares={script: 1.0})
    changes = {"api_key": SecretStr(KEY), "key_source": "SUMMARISER_API_KEY"}

    error, _ = fail(behaviour, endpoint=changes)

    chain = [error, error.__cause__, error.__context__]
    shown = "".join(traceback.format_exception(error)) + repr(chain) + caplog.text
    assert KEY not in shown
    assert error.__cause__ is None
    assert error.__context__ is None


def test_a_key_is_in_no_repr() -> None:
    """Printing an endpoint or a client shows stars at most."""
    endpoint = make_endpoint("http://127.0.0.1:1/v1", api_key=SecretStr(KEY))

    assert KEY not in repr(endpoint) + str(endpoint) + repr(OpenAIClient(endpoint)) + endpoint.model_dump_json()


# What is not ours


def test_a_foreign_exception_passes_through_untouched_and_unretried() -> None:
    """What a recording layer beneath the SDK raises is neither wrapped nor retried."""

    class MissingRecording(Exception):
        """As vcrpy raises when there is no recording to answer from."""

    calls: list[str] = []

    class Recorder(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            calls.append(str(request.url))
            raise MissingRecording

    async def work(client: OpenAIClient) -> Reply:
        assert client._sdk is not None
        client._sdk._client._transport = Recorder()
        client._sdk._client._mounts = {}
        return await client.complete(make_request())

    with pytest.raises(MissingRecording):
        use(make_endpoint("http://127.0.0.1:1/v1"), work)
    assert len(calls) == 1


# The limit of concurrency


class Clock:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """The time now."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.now += seconds
        await asyncio.sleep(0)


def make_limit(most: int = 16) -> tuple[ConcurrencyLimit, Clock]:
    """A limit on a clock of its own."""
    clock = Clock()
    return ConcurrencyLimit(most, clock=clock, sleep=clock.sleep), clock


def test_a_burst_of_rate_limits_halves_the_limit_once() -> None:
    """Requests that were already under way when the limit was met say nothing new."""
    limit, _ = make_limit(16)

    for _ in range(5):
        limit.throttled(0, 1.0)

    assert limit.allowed == 8


def test_the_limit_never_closes_and_never_grows_beyond_what_was_set() -> None:
    """One request is always allowed; success brings back one place at a time, up to the limit."""
    limit, _ = make_limit(4)

    for epoch in range(9):
        limit.throttled(epoch, 1.0)
    lowest = limit.allowed
    grown = []
    for _ in range(5):
        limit.succeeded()
        grown.append(limit.allowed)

    assert (lowest, grown) == (1, [2, 3, 4, 4, 4])


def test_rate_limits_without_a_success_between_them_stop_everybody() -> None:
    """A limit on the key pauses all workers until the longest wait is over."""

    async def run() -> float:
        limit, clock = make_limit()
        for _ in range(THROTTLES_TO_PAUSE):
            limit.throttled(0, 20.0)
        async with limit.slot():
            return clock.now - 1000.0

    assert asyncio.run(run()) == 20.0


def test_a_single_rate_limit_among_successes_stops_nobody_else() -> None:
    """Endpoints that refuse at random keep getting the other requests."""
    limit, _ = make_limit()

    for epoch in range(20):
        limit.throttled(epoch, 20.0)
        limit.succeeded()

    assert limit.pause_s == 0


def test_waiting_requests_enter_in_turn_and_a_cancelled_one_loses_nobody_its_place() -> None:
    """A request that is cancelled while it waits neither takes a place nor keeps others from one."""

    async def run() -> list[int]:
        limit, _ = make_limit(1)
        entered: list[int] = []

        async def work(number: int) -> None:
            async with limit.slot():
                entered.append(number)
                await asyncio.sleep(0.001)

        tasks = [asyncio.ensure_future(work(number)) for number in range(5)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return entered

    assert asyncio.run(run()) == [0, 2, 3, 4]


def test_a_request_cancelled_in_the_moment_of_its_turn_passes_the_turn_on() -> None:
    """A place given to somebody who is gone goes to the next in line."""

    async def run() -> bool:
        limit, _ = make_limit(1)

        async def work() -> None:
            async with limit.slot():
                await asyncio.sleep(0)

        async with limit.slot():
            first, second = asyncio.ensure_future(work()), asyncio.ensure_future(work())
            await asyncio.sleep(0)
        first.cancel()
        done, _ = await asyncio.wait([second], timeout=1)
        return second in done

    assert asyncio.run(run())


# Probe


def run_probe(behaviour: Behaviour, **changes: Any) -> ProbeReport:
    """The report on an endpoint."""
    with running(behaviour) as server:
        return use(make_endpoint(server, **{"known_mode": None} | changes), probe)


def test_probe_of_a_healthy_endpoint_says_what_it_can_do() -> None:
    """Reachable, key accepted, model listed, capability found out."""
    report = run_probe(Behaviour(key=KEY), api_key=SecretStr(KEY))

    assert (report.is_usable, report.is_reachable, report.is_key_accepted) == (True, True, True)
    assert report.is_model_listed is True
    assert report.capability is not None
    assert report.capability.mode is OutputMode.JSON_SCHEMA
    assert report.latency_s is not None


def test_probe_of_an_endpoint_that_ignores_schemas_says_so() -> None:
    """The finding names what was ignored and what is used instead."""
    report = run_probe(Behaviour(schema="ignored"))

    assert "json_schema is accepted and ignored" in report.findings[-1]


@pytest.mark.parametrize(
    ("behaviour", "changes", "words"),
    [
        (Behaviour(key="other"), {"api_key": SecretStr(KEY), "key_source": "KEY_VARIABLE"}, "KEY_VARIABLE"),
        (Behaviour(models=("a", "b")), {}, "It does not list test-model, but: a, b."),
        (Behaviour(models=None), {}, "It offers no list of models."),
    ],
    ids=["key", "model", "no list"],
)
def test_probe_names_what_is_wrong(behaviour: Behaviour, changes: dict[str, Any], words: str) -> None:
    """Every trouble is a finding in plain words, never an exception."""
    assert words in " ".join(run_probe(behaviour, **changes).findings)


def test_probe_of_a_dead_endpoint_says_that_nobody_answers() -> None:
    """A connection that is refused is a finding too."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    report = use(make_endpoint(f"http://127.0.0.1:{port}/v1"), probe)

    assert (report.is_usable, report.is_reachable) == (False, False)


# The fake


def test_the_fake_client_answers_in_turn_and_remembers_the_questions() -> None:
    """Texts become replies, exceptions are raised, and what was asked is kept."""
    refusal = ModelRefused("no", reason=FailureReason.REFUSAL)
    client = FakeClient(["{}", refusal])

    reply = asyncio.run(client.complete(make_request(0)))
    with pytest.raises(ModelRefused) as caught:
        asyncio.run(client.complete(make_request(1)))

    assert (reply.text, reply.request_key) == ("{}", make_request(0).key)
    assert caught.value is refusal
    assert [request.article_id for request in client.requests] == ["page/0", "page/1"]


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://localhost/v1", True),
        ("http://[::1]:80/v1", True),
        ("http://127.0.0.1.example.com/v1", False),
        ("http://localhost.example.com/v1", False),
        ("https://api.openai.com/v1", False),
    ],
)
def test_loopback_is_this_machine_only(base_url: str, expected: bool) -> None:
    """Names that only look like this machine are strangers."""
    assert is_loopback(base_url) is expected
