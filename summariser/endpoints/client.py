"""The network door: one `Request` in, one `Reply` out, whatever the endpoint does on the way.

Transport is retried by tenacity, within the budgets of `patience.py` (`max_retries=0` on the SDK, else they multiply);
a 429 also teaches the shared `Gate`. A reply cut off by its length is asked for once more with twice the room. An
endpoint that does not take a parameter, or a way of asking for JSON, is adapted to, and that is remembered. What is no
fault is raised as it is: nothing here catches `Exception`, so a missing cassette stays a missing cassette. The SDK's
own errors become values before ours are raised, so that no traceback shows what an endpoint echoed.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from summariser.endpoints.completion import (
    Answer,
    Completion,
    Fault,
    Rejection,
    clean,
    judge_error,
    may_adapt,
    read_completion,
    refuse,
)
from summariser.endpoints.endpoint import (
    Capability,
    CapabilityStore,
    Endpoint,
    MemoryCapabilities,
    RetryPolicy,
    adapt,
    build_body,
    canary_request,
    is_canary_obeyed,
    step_down,
)
from summariser.endpoints.gate import Gate
from summariser.endpoints.patience import Health, Tally
from summariser.errors import ModelRefused, ModelUnavailable
from summariser.schema.exchange import DRAW_HEADER, OutputMode, Reply, Request

if TYPE_CHECKING:
    import httpx2
    import openai

Wrap = Callable[["httpx2.AsyncBaseTransport"], "httpx2.AsyncBaseTransport"]  # around the way to the network
CONNECT_TIMEOUT_S = 10.0
MAX_ADAPTATIONS = 4  # two steps down in structured output, the name of the limit, the temperature


class ModelClient(Protocol):
    """Whoever answers requests: an endpoint, or a fake in a test."""

    async def complete(self, request: Request) -> Reply:
        """The reply to a request.

        Errors: ModelRefused if there is none to this one; ModelUnavailable or ConfigError if there is none to any.
        """


class OpenAIClient:
    """A client of one OpenAI-compatible endpoint, used as `async with OpenAIClient(endpoint) as client`."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        capabilities: CapabilityStore | None = None,
        policy: RetryPolicy | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        wrap: Wrap | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.gate = Gate(endpoint.concurrency, sleep=sleep)
        self._policy = policy or RetryPolicy()
        self._store = capabilities or MemoryCapabilities()
        self._capabilities: dict[str, Capability] = {}
        self._lock = asyncio.Lock()
        self._health = Health()
        self._sleep = sleep
        self._rng = random.Random()
        self._wrap = wrap
        self._sdk: openai.AsyncOpenAI | None = None

    async def __aenter__(self) -> Self:
        """Open the connections."""
        self._sdk = _open_sdk(self.endpoint, self._wrap)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections, before the event loop ends."""
        sdk, self._sdk = self._sdk, None
        if sdk is not None:
            await sdk.close()

    @property
    def has_answered(self) -> bool:
        """Whether the endpoint has answered a question so far."""
        return self._health.successes > 0

    async def complete(self, request: Request) -> Reply:
        """The reply to a request, after as many sends as the budgets allow.

        Errors: ModelRefused if there is none to this one; ModelUnavailable or ConfigError if there is none to any.
        """
        capability = await self.find_capability(request.model)
        tally = self._new_tally()
        completion, capability = await self._converse(request, capability, tally)
        return Reply(
            request_key=request.key,
            text=completion.text,
            reasoning=completion.reasoning,
            model=completion.model or request.model,
            finish_reason=completion.finish_reason,
            mode=capability.mode,
            usage=completion.usage,
            seconds=tally.seconds,
            sends=tally.sends,
        )

    async def find_capability(self, model: str) -> Capability:
        """What the endpoint can do for a model: known, remembered, or found out now, once for all who wait.

        Errors: ModelUnavailable or ConfigError, as `complete`.
        """
        async with self._lock:
            if model not in self._capabilities:
                known = self._known_capability() or self._store.get(self.endpoint.base_url, model)
                self._capabilities[model] = known or await self._find_out(model)
            return self._capabilities[model]

    async def list_models(self) -> tuple[str, ...] | None:
        """The models the endpoint names; None if it has no such list.

        Errors: ModelUnavailable if it cannot be reached; ConfigError if it refuses the key.
        """
        answer = await self._call("/models")
        trouble = answer if isinstance(answer, Fault) else None
        if isinstance(answer, Answer) and answer.status in (401, 403):
            raise judge_error(answer, self.endpoint, now=datetime.now(UTC))
        if trouble:
            raise ModelUnavailable(f"{self.endpoint.base_url} does not answer ({trouble.message})")
        return _read_models(answer) if isinstance(answer, Answer) else None

    async def _converse(self, request: Request, capability: Capability, tally: Tally) -> tuple[Completion, Capability]:
        """Send until there is a whole completion, adapting to the endpoint and making room for a cut-off reply."""
        max_tokens = request.max_tokens
        for _ in range(MAX_ADAPTATIONS + self._policy.truncations + 1):
            try:
                completion = await self._send(build_body(request, capability, max_tokens=max_tokens), request, tally)
            except Rejection as error:
                rejection = error
            else:
                if completion.finish_reason != "length":
                    return completion, capability
                max_tokens = self._widen(completion, request, capability, max_tokens)
                continue
            if max_tokens > request.max_tokens:  # it took the question before: what it minds is the wider limit
                raise _truncated(request, f"the endpoint allows no more than {request.max_tokens} tokens")
            capability = self._adapt(request, capability, rejection)
        raise refuse(rejection, request)

    def _widen(self, completion: Completion, request: Request, capability: Capability, max_tokens: int) -> int:
        """Twice the room, as often as the policy allows and if the endpoint lets us say so."""
        is_widest = max_tokens >= request.max_tokens * 2**self._policy.truncations
        if is_widest or capability.token_parameter == "none":
            raise _truncated(request, f"{completion.usage.completion_tokens or max_tokens} tokens were not enough")
        return max_tokens * 2

    def _adapt(self, request: Request, capability: Capability, rejection: Rejection) -> Capability:
        """The capability to try next: what another request has learnt meanwhile, or what this complaint says."""
        latest = self._capabilities.get(request.model)
        if latest is not None and latest != capability:
            return latest
        changed = adapt(capability, rejection.message) if may_adapt(rejection) else None
        if changed is None:
            raise refuse(rejection, request)
        if latest is not None:  # not while it is still being found out
            self._remember(request.model, changed)
        return changed

    async def _send(self, body: dict[str, Any], request: Request, tally: Tally) -> Completion:
        """One completion; transport faults are retried within their budgets."""
        import tenacity  # here, because `--help` has no use for it

        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(Fault),
            stop=tally.is_spent,
            wait=tally.wait_s,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            completion: Completion = await retrying(self._attempt, body, request, tally)
        except Fault as error:
            fault = error
        else:
            return completion
        raise tally.give_up(fault, request)

    async def _attempt(self, body: dict[str, Any], request: Request, tally: Tally) -> Completion:
        """One send; raises whatever the answer means."""
        async with self.gate.slot() as epoch:
            tally.sends += 1
            start = time.perf_counter()
            answer = await self._call("/chat/completions", body)
            tally.seconds = time.perf_counter() - start
        try:
            completion = _read(answer, request, self.endpoint)
        except Fault as fault:
            tally.note(fault)
            if fault.kind == "throttled":
                self.gate.throttled(epoch, tally.wait_after(fault))
            raise
        except (Rejection, ModelRefused):
            self._health.note_success()
            raise
        self._health.note_success()
        self.gate.succeeded()
        return completion

    async def _call(self, path: str, body: dict[str, Any] | None = None) -> Answer | Fault:
        """One POST, or a GET if there is no body; the SDK's exceptions come back as values."""
        import httpx2
        import openai  # here, because importing it costs most of a second

        if self._sdk is None:
            raise RuntimeError("use the client inside `async with`")
        # Without a key there is no header, rather than an empty one, which some servers refuse.
        options: Any = {} if self.endpoint.api_key else {"headers": {"Authorization": openai.omit}}
        try:
            if body is None:
                response = await self._sdk.get(path, cast_to=httpx2.Response, options=options)
            else:
                response = await self._sdk.post(path, cast_to=httpx2.Response, body=body, options=options)
        except openai.APIStatusError as error:
            response = error.response
        except openai.APITimeoutError:
            return Fault("timeout", f"no answer within {self.endpoint.timeout_s:g} seconds")
        except openai.APIConnectionError as error:
            cause = error.__cause__
            said = clean(str(cause or error), self.endpoint) or "the connection broke"
            return Fault("unreachable" if isinstance(cause, httpx2.ConnectError) else "connection", said)
        return Answer(response.status_code, response.headers, response.content)

    def _new_tally(self) -> Tally:
        """An empty tally for one request."""
        return Tally(policy=self._policy, endpoint=self.endpoint, health=self._health, rng=self._rng)

    def _known_capability(self) -> Capability | None:
        """What the provider is known for, if anything."""
        mode = self.endpoint.known_mode
        if mode is None:
            return None
        return Capability(
            mode=mode, token_parameter=self.endpoint.token_parameter, note="Known of the provider, not found out."
        )

    async def _find_out(self, model: str) -> Capability:
        """Ask the canary down the modes until one is obeyed; plain text always is."""
        request, notes, is_sure = canary_request(model), list[str](), True
        capability = Capability(mode=OutputMode.JSON_SCHEMA, token_parameter=self.endpoint.token_parameter)
        while capability.mode is not OutputMode.TEXT:
            mode = capability.mode
            try:
                completion, capability = await self._converse(request, capability, self._new_tally())
            except ModelRefused as error:
                notes.append(f"{mode} got no answer ({error.what})")
                capability, is_sure = step_down(capability), False
                continue
            if capability.mode is not mode:
                notes.append(f"{mode} is rejected")
            if is_canary_obeyed(completion.text, capability.mode):
                break
            notes.append(f"{capability.mode} is accepted and ignored")
            capability = step_down(capability)
        found = capability.model_copy(
            update={"note": "Found out: " + ", ".join([*notes, f"{capability.mode} works"]) + "."}
        )
        if is_sure:
            self._remember(model, found)
        return found

    def _remember(self, model: str, capability: Capability) -> None:
        """Keep a capability for this run and the next ones."""
        self._capabilities[model] = capability
        self._store.put(self.endpoint.base_url, model, capability)


def _open_sdk(endpoint: Endpoint, wrap: Wrap | None) -> openai.AsyncOpenAI:
    """The SDK's client with its own retries off, as many connections as we use, and no redirects followed."""
    import httpx2
    import openai

    transport = httpx2.AsyncHTTPTransport(
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=endpoint.concurrency),
        proxy=endpoint.proxy.get_secret_value() if endpoint.proxy else None,
    )
    # A redirect turns POST into GET or carries the question to a stranger; who moved should be asked directly.
    http_client = openai.DefaultAsyncHttpxClient(
        transport=wrap(transport) if wrap else transport,
        timeout=httpx2.Timeout(endpoint.timeout_s, connect=CONNECT_TIMEOUT_S),
        follow_redirects=False,
        trust_env=False,  # which proxy to use is decided with the settings
    )
    # Left to itself the SDK sends the organisation of OPENAI_ORG_ID to whoever is asked.
    headers: dict[str, Any] = {"OpenAI-Organization": openai.omit, "OpenAI-Project": openai.omit}
    if endpoint.draw:
        headers[DRAW_HEADER] = endpoint.draw
    return openai.AsyncOpenAI(
        api_key=endpoint.api_key.get_secret_value() if endpoint.api_key else "none",
        base_url=endpoint.base_url,
        max_retries=0,
        default_headers=headers,
        http_client=http_client,
    )


def _read(answer: Answer | Fault, request: Request, endpoint: Endpoint) -> Completion:
    """The completion, or whatever else the answer means as an exception."""
    if isinstance(answer, Fault):
        raise answer
    if 200 <= answer.status < 300:
        return read_completion(answer.content, request)
    raise judge_error(answer, endpoint.model_copy(update={"model": request.model}), now=datetime.now(UTC))


def _read_models(answer: Answer) -> tuple[str, ...] | None:
    """The ids in a list of models, or None if it is none."""
    try:
        value = json.loads(answer.content) if answer.status == 200 else None
    except ValueError:
        return None
    entries = value.get("data") if isinstance(value, dict) else None
    if not isinstance(entries, list):
        return None
    names = (entry.get("id") for entry in entries if isinstance(entry, dict))
    return tuple(name for name in names if isinstance(name, str))


def _truncated(request: Request, why: str) -> ModelRefused:
    """A reply that stays cut off."""
    return ModelRefused(
        f"the reply is cut off: {why}",
        reason="truncated",
        article_id=request.article_id,
        request_key=request.key,
        next_step="Run again with a higher --max-tokens, or a model that thinks less",
    )
