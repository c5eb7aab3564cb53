"""The client of OpenAI-compatible endpoints: one `Request` in, one `Reply` out, with retries and adaptation.

Transport is retried by tenacity, within the budgets of `limits.py` (`max_retries=0` on the SDK, else they multiply);
a 429 also teaches the shared `ConcurrencyLimit`. A reply cut off by its length is asked for once more with twice the
room. An endpoint that does not take a parameter, or a way of asking for JSON, is adapted to (`completion.adapt`), and
that is remembered once it works. After an error that no other request can escape, nothing more is sent. Where an error
may come of one article's text (a firewall, a crash), a question that nobody can mind is asked before it ends the run:
if that is answered, the article fails alone. What is no fault is raised as it is: nothing here catches `Exception`, so
a missing cassette stays a missing cassette. The SDK's own errors become values before ours are raised, so that no
traceback shows what an endpoint echoed.

`probe` says in plain words what is the matter with an endpoint: the heart of `summariser doctor`.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, Self, TypeVar

from summariser.endpoints.completion import (
    MAX_REPLY_BYTES,
    TOO_MUCH,
    Answer,
    Completion,
    Fault,
    Rejection,
    adapt,
    clean,
    judge_error,
    may_adapt,
    read_answer,
    refuse,
    refuse_completion,
    step_down,
)
from summariser.endpoints.endpoint import (
    AUTHORIZATION,
    Capability,
    CapabilityStore,
    Endpoint,
    MemoryCapabilities,
    RetryPolicy,
    build_body,
    canary_request,
    control_body,
    is_canary_obeyed,
    is_control,
    spell_body,
)
from summariser.endpoints.limits import Budget, ConcurrencyLimit, Health, Spending, Tries, fault_of
from summariser.errors import BudgetReached, ConfigError, ModelRefused, ModelUnavailable
from summariser.schema.exchange import DRAW_HEADER, OutputMode, Reply, Request, read_json
from summariser.schema.page import Frozen
from summariser.schema.record import FailureReason

if TYPE_CHECKING:
    import httpx2
    import openai
    from tenacity import RetryCallState

Value = TypeVar("Value")
Wrap = Callable[["httpx2.AsyncBaseTransport"], "httpx2.AsyncBaseTransport"]  # around the way to the network
CONNECT_TIMEOUT_S = 10.0
MAX_ADAPTATIONS = 12  # two steps down in structured output, a limit that is halved five times, and one of each other
TOLD_WAIT_S = 5.0  # shorter waits are not worth a word
LOST = frozenset({"connection", "timeout", "broken"})  # faults of an answer that may have been paid for


class ModelClient(Protocol):
    """Whoever answers requests: an endpoint, or a fake in a test."""

    async def complete(self, request: Request, unusable: Callable[[Reply], None]) -> Reply:
        """The reply to a request; `unusable` gets every reply on the way that cannot be an answer, as it comes.

        Errors: ModelRefused if there is none to this one; ModelUnavailable, BudgetReached or ConfigError if there is
        none to any.
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
        self.limit = ConcurrencyLimit(endpoint.concurrency, sleep=sleep)
        self.budget = Budget()
        self.on_wait: Callable[[datetime, str], None] = lambda _until, _reason: None
        self.policy = policy or RetryPolicy()
        self._store = capabilities or MemoryCapabilities()
        self._capabilities: dict[str, Capability] = {}
        self._lock = asyncio.Lock()
        self._doubting = asyncio.Lock()
        self._answered_at = -math.inf  # when the last control was, by the clock
        self._health = Health()
        self._rng = random.Random()
        self._told_until = datetime.min.replace(tzinfo=UTC)
        self._sdk = _open_sdk(endpoint, wrap)
        self._headers = _key_headers(endpoint)

    async def __aenter__(self) -> Self:
        """The client; connections are opened as they are needed."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections, before the event loop ends."""
        await self._sdk.close()

    @property
    def has_answered(self) -> bool:
        """Whether the endpoint has answered a question so far."""
        return self._health.successes > 0

    async def complete(self, request: Request, unusable: Callable[[Reply], None] = lambda _reply: None) -> Reply:
        """The reply to a request, after as many sends as the budgets allow.

        Errors: as `ModelClient.complete`.
        """
        try:
            capability = await self.find_capability(request.model)
            conversation = _Conversation(self, request, unusable)
            return conversation.reply(await conversation.ask(capability))
        except (ModelUnavailable, BudgetReached, ConfigError) as error:
            self.limit.stop(error)
            raise

    async def find_capability(self, model: str) -> Capability:
        """What the endpoint can do for a model: known, remembered, or found out now, once for all who wait.

        Errors: ModelUnavailable or ConfigError, as `complete`.
        """
        async with self._lock:
            if model not in self._capabilities:
                known = self._store.get(self.endpoint.address, model)
                if mode := self.endpoint.known_mode:
                    parameter, note = self.endpoint.token_parameter, "Known of the provider, not found out."
                    known = Capability(mode=mode, token_parameter=parameter, note=note)
                self._capabilities[model] = known or await self._find_out(model)
            return self._capabilities[model]

    async def list_models(self) -> tuple[str, ...] | None:
        """The models the endpoint names; None if it has no such list.

        Errors: ModelUnavailable if it cannot be reached; ConfigError if it refuses the key.
        """
        answer = await self.call("/models")
        if isinstance(answer, Fault):
            raise ModelUnavailable(f"{self.endpoint.base_url} does not answer ({answer.message})")
        if answer.status in (401, 403):
            raise judge_error(answer, self.endpoint, now=datetime.now(UTC))
        value = read_json(answer.content) if answer.status == 200 else None
        entries = value.get("data") if isinstance(value, dict) else None
        if not isinstance(entries, list):
            return None
        names = (entry.get("id") for entry in entries if isinstance(entry, dict))
        return tuple(self.endpoint.strike(name) for name in names if isinstance(name, str))

    def latest_capability(self, model: str) -> Capability | None:
        """What is known by now; None while it is still being found out."""
        return self._capabilities.get(model)

    def remember(self, model: str, capability: Capability) -> None:
        """Keep a capability for this run and the next ones."""
        self._capabilities[model] = capability
        self._store.put(self.endpoint.address, model, capability)

    async def send(self, body: dict[str, Any], request: Request, tries: Tries) -> Completion:
        """One completion, usable or not; transport faults are retried within their budgets."""
        return await self.retry(partial(self._attempt, body, tries), tries, (request, body))

    async def retry(
        self, attempt: Callable[[], Awaitable[Value]], tries: Tries, asked: tuple[Request, dict[str, Any]] | None
    ) -> Value:
        """What an attempt gives in the end, made again after each Fault as long as the budgets of `tries` last.

        Shape: `asked` is the request that it asks, with its body.
        Errors: ModelUnavailable; ModelRefused if something was `asked`, and the endpoint answers others.
        """
        import tenacity  # here, because `--help` has no use for it

        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(Fault),
            stop=tries.is_spent,
            wait=tries.wait_s,
            sleep=self.limit.sleep,
            before_sleep=self._tell_wait,
            reraise=True,
        )
        try:
            value: Value = await retrying(attempt)
        except Fault as error:
            fault = error.with_traceback(None)  # what is kept of an error holds no frames: whole answers are in them
        else:
            return value
        if asked is None:
            raise tries.give_up(fault, None)
        request, body = asked
        answers_others = tries.may_blame_request(fault) and (
            tries.have_others_answers or await self._answers_others(body, Spending(body, self.endpoint.max_tokens))
        )
        raise tries.give_up(fault, request, answers_others=answers_others)

    async def _attempt(self, body: dict[str, Any], tries: Tries) -> Completion:
        """One send; raises whatever the answer means."""
        spending = Spending(body, self.endpoint.max_tokens)
        async with self.limit.slot() as epoch, self.budget.sending(spending):
            tries.sends += 1
            start = time.perf_counter()
            answer = await self.call("/chat/completions", body)
            tries.seconds = time.perf_counter() - start
            try:
                completion = self._read(answer, body["model"], tries, spending)
            except Fault as fault:
                tries.note(fault)
                if fault.kind in LOST:
                    spending.is_lost = True
                if fault.kind == "throttled":
                    self.limit.throttled(epoch, tries.wait_after(fault))
                raise
            except Rejection as rejection:
                if rejection.for_all and not await self._answers_others(body, spending):
                    self.limit.stop(rejection.for_all)
                    raise rejection.for_all from None
                self._health.note_success()
                raise
            except (ModelUnavailable, ConfigError) as error:  # before the place is free for the next
                self.limit.stop(error)
                raise
        self._health.note_success()
        self.limit.succeeded()
        return completion

    def _read(self, answer: Answer | Fault, model: str, tries: Tries, spending: Spending) -> Completion:
        """The completion, or whatever else the answer means as an exception; an empty reply is worth another send."""
        if isinstance(answer, Fault):
            raise answer
        completion = read_answer(answer, self.endpoint.model_copy(update={"model": model}), now=datetime.now(UTC))
        spending.settle(completion.usage, f"{completion.reasoning or ''}{completion.text}")
        if completion.trouble is FailureReason.EMPTY:
            tries.unusable(completion)
            raise Fault("empty", f"the reply is empty (finish reason {completion.finish_reason})")
        return completion

    async def _answers_others(self, body: dict[str, Any], spending: Spending) -> bool:
        """Whether the endpoint answers a question that nobody can mind, asked now and as this one was, once for all.

        Shape: what it costs is put down in `spending`; a complaint and a 429 are answers, because it came through.
        """
        since = time.monotonic()
        async with self._doubting:
            if not (self._answered_at > since or self.limit.is_stopped or is_control(body)):
                answer = await self.call("/chat/completions", control_body(body))
                if isinstance(answer, Fault) and answer.kind == "connection":  # the answer may have left it broken
                    answer = await self.call("/chat/completions", control_body(body))
                if self._came_through(answer, body["model"], spending):
                    self._health.note_success()
                    self._answered_at = time.monotonic()
            return self._answered_at > since

    def _came_through(self, answer: Answer | Fault, model: str, spending: Spending) -> bool:
        """Whether an answer shows that requests are answered: that one is told to wait, or to ask otherwise, does."""
        try:
            self._read(answer, model, self.new_tries(lambda _completion: None), spending)
        except (ConfigError, ModelUnavailable):
            return False
        except Rejection as rejection:
            return rejection.for_all is None
        except Fault as fault:
            return fault.kind in ("throttled", "empty")
        return True

    def _tell_wait(self, state: RetryCallState) -> None:
        """Say until when a request waits and why, unless that was said for another one."""
        wait_s = state.next_action.sleep if state.next_action else 0.0
        until = datetime.now(UTC) + timedelta(seconds=wait_s)
        if wait_s >= TOLD_WAIT_S and until > self._told_until + timedelta(seconds=1):
            self._told_until = until
            self.on_wait(until, clean(fault_of(state).message, self.endpoint))

    async def call(self, path: str, body: dict[str, Any] | None = None) -> Answer | Fault:
        """One POST, or a GET if there is no body; the SDK's exceptions come back as values.

        Units: the timeout of the endpoint is for the whole of it, from the connection to the last byte.
        """
        import httpx2

        options: Any = {"headers": self._headers}
        if body is None:
            sent = self._sdk.get(path, cast_to=httpx2.Response, options=options)
        else:
            sent = self._sdk.post(path, cast_to=httpx2.Response, content=spell_body(body).encode(), options=options)
        return await self._answer(sent, self.endpoint.timeout_s)

    async def upload(self, name: str, file: BinaryIO, *, timeout_s: float) -> Answer | Fault:
        """One POST of a file for a batch, read as it goes out."""

        async def send() -> httpx2.Response:
            given = (name, file, "application/jsonl")
            files = self._sdk.files.with_raw_response
            return (await files.create(file=given, purpose="batch", extra_headers=self._headers)).http_response

        return await self._answer(send(), timeout_s)

    async def read_lines(self, file_id: str, *, longest: int, most: int, timeout_s: float) -> AsyncIterator[bytes]:
        """The lines of a file at the endpoint, as they come; a line of more than `longest` bytes is empty.

        Shape: ends after `most` bytes, whatever is still to come.
        Errors: Fault, or whatever else the answer means.
        """
        import openai

        headers = self._headers | {"Accept-Encoding": "identity"}
        stream, end, line, came = self._sdk.files.with_streaming_response, time.monotonic() + timeout_s, bytearray(), 0
        try:
            async with stream.content(file_id, extra_headers=headers) as response:
                if "content-encoding" in response.headers:
                    raise Fault("broken", "the file is packed, though it was not to be")
                async for chunk in response.http_response.aiter_raw():
                    came += len(chunk)
                    if time.monotonic() > end:
                        raise Fault("timeout", f"the file did not come within {timeout_s:g} seconds")
                    first, *others = chunk.split(b"\n")
                    line += first[: longest + 1 - len(line)]
                    for other in others:
                        yield bytes(line) if len(line) <= longest else b""
                        line = bytearray(other[: longest + 1])
                    if came > most:
                        return
        except openai.APIError as error:
            failed = self._read_error(error)
            if isinstance(failed, Answer):
                raise judge_error(failed, self.endpoint, now=datetime.now(UTC)) from None
            raise failed from None
        if line:
            yield bytes(line) if len(line) <= longest else b""

    async def _answer(self, sent: Awaitable[httpx2.Response], timeout_s: float) -> Answer | Fault:
        """What comes of one request to the SDK, within a time for the whole of it; its exceptions as values."""
        import openai  # here, because importing it costs most of a second

        try:
            async with asyncio.timeout(timeout_s):
                response = await sent
        except TimeoutError:
            return Fault("timeout", f"no answer within {timeout_s:g} seconds")
        except openai.APIError as error:
            return self._read_error(error)
        return _bounded(response)

    def _read_error(self, error: openai.APIError) -> Answer | Fault:
        """An exception of the SDK as what it means for transport."""
        import httpx2
        import openai

        if isinstance(error, openai.APIStatusError):
            return _bounded(error.response)
        if isinstance(error, openai.APITimeoutError):
            return Fault("timeout", f"no answer within {self.endpoint.timeout_s:g} seconds")
        cause = error.__cause__
        said = clean(str(cause or error), self.endpoint) or "the connection broke"
        return Fault("unreachable" if isinstance(cause, httpx2.ConnectError) else "connection", said)

    def new_tries(self, unusable: Callable[[Completion], None]) -> Tries:
        """The empty count of one request."""
        return Tries(self.policy, self.endpoint, self._health, self._rng, unusable)

    async def _find_out(self, model: str) -> Capability:
        """Ask the canary down the modes until one is obeyed; plain text always is."""
        request, notes, is_sure = canary_request(model, self.endpoint.max_tokens), list[str](), True
        capability = Capability(mode=OutputMode.JSON_SCHEMA, token_parameter=self.endpoint.token_parameter)
        while capability.mode is not OutputMode.TEXT:
            mode = capability.mode
            conversation = _Conversation(self, request, lambda _reply: None)
            try:
                completion = await conversation.ask(capability)
                capability = conversation.capability
            except ModelRefused as error:
                if error.reason is FailureReason.CONTENT_FILTER:
                    what = f"{self.endpoint.base_url} refuses even a greeting: {error.what}"
                    raise ConfigError(what, next_step="Check the address, and whether you may ask there") from error
                notes.append(f"{mode} got no answer ({error.what})")
                is_sure = False
            else:
                notes += [f"{mode} is rejected"] if capability.mode is not mode else []
                if capability.mode is OutputMode.TEXT:
                    break
                if is_canary_obeyed(completion.text, capability.mode):
                    notes.append(f"{capability.mode} works")
                    break
                notes.append(f"{capability.mode} is accepted and ignored")
            capability = step_down(capability) or capability
        if capability.mode is OutputMode.TEXT:
            notes.append("text is what is left")
        found = capability.model_copy(update={"note": "Found out: " + ", ".join(notes) + "."})
        if is_sure:
            self.remember(model, found)
        return found


class _Conversation:
    """One request sent until there is an answer, adapting to the endpoint and making room for a reply that is cut off.

    Shape: `capability` is the one that worked in the end.
    """

    def __init__(self, client: OpenAIClient, request: Request, unusable: Callable[[Reply], None]) -> None:
        self.capability = self._seen = Capability(mode=OutputMode.TEXT)
        self._client = client
        self._request = request
        self._unusable = unusable
        self._tries = client.new_tries(lambda completion: unusable(self.reply(completion)))

    async def ask(self, capability: Capability) -> Completion:
        """The completion that answers the request, asked first as `capability` says.

        Errors: as `complete`.
        """
        request, lasting, cut = self._request, capability, None
        self.capability = self._seen = capability
        widest = request.max_tokens * 2**self._client.policy.truncations
        max_tokens = request.max_tokens
        for _ in range(MAX_ADAPTATIONS):
            sent = self.capability.fit(max_tokens)
            extra_body = self._client.endpoint.extra_body
            body = build_body(request, self.capability, max_tokens=sent, extra_body=extra_body)
            try:
                completion = await self._client.send(body, request, self._tries)
            except Rejection as error:
                rejection = error.with_traceback(None)
            else:
                if lasting != self._seen and self._client.latest_capability(request.model) is not None:
                    self._client.remember(request.model, lasting)
                if completion.trouble is None:
                    return completion
                self._unusable(self.reply(completion))
                if completion.trouble is not FailureReason.TRUNCATED:
                    raise refuse_completion(completion, request)
                if max(sent, max_tokens) >= widest or sent < max_tokens or self.capability.token_parameter == "none":
                    used = f"{completion.usage.completion_tokens or sent} tokens were not enough"
                    why = f"the endpoint allows no more than {sent} tokens" if sent < max_tokens else used
                    raise refuse_completion(completion, request, why=why)
                max_tokens, cut = max_tokens * 2, completion.model_copy(update={"text": "", "reasoning": None})
                del completion  # an endless one is not held while the next is waited for
                continue
            if cut:  # it took the question before: what it minds is the wider limit
                raise refuse_completion(cut, request, why=f"the endpoint allows no more than {sent // 2} tokens")
            lasting = self._adapt(rejection, sent, lasting)
        raise refuse(rejection, request)

    def _adapt(self, rejection: Rejection, sent: int, lasting: Capability) -> Capability:
        """Take the capability to try next: what another request has learnt meanwhile, or what this complaint says.

        Shape: what of it holds for other questions as well.
        """
        latest = self._client.latest_capability(self._request.model)
        if latest is not None and latest != self._seen:
            self.capability = self._seen = latest
            return latest
        changed = adapt(self.capability, rejection.said, sent) if may_adapt(rejection) else None
        if changed is None:
            raise refuse(rejection, self._request)
        self.capability, is_lasting = changed
        return self.capability if is_lasting else lasting

    def reply(self, completion: Completion) -> Reply:
        """A completion as a reply to the request."""
        tries = self._tries
        return completion.reply_to(self._request, self.capability.mode, seconds=tries.seconds, sends=tries.sends)


def _open_sdk(endpoint: Endpoint, wrap: Wrap | None) -> openai.AsyncOpenAI:
    """The SDK's client with its own retries off, as many connections as we use, and no redirects followed."""
    import httpx2
    import openai

    from summariser.endpoints.transport import BoundedTransport  # here: it imports httpx2

    open_way = partial(
        httpx2.AsyncHTTPTransport,
        proxy=endpoint.proxy.get_secret_value() if endpoint.proxy else None,
        verify=httpx2.create_ssl_context(verify=endpoint.base_url.startswith("https")),  # read once for all
    )
    bounded = BoundedTransport(open_way, limit=MAX_REPLY_BYTES)
    # A redirect turns POST into GET or carries the question to a stranger; who moved should be asked directly.
    http_client = openai.DefaultAsyncHttpxClient(
        transport=wrap(bounded) if wrap else bounded,
        timeout=httpx2.Timeout(endpoint.timeout_s, connect=CONNECT_TIMEOUT_S),
        follow_redirects=False,
        trust_env=False,  # which proxy to use is decided with the settings
    )
    # Left to itself the SDK sends the organisation of OPENAI_ORG_ID to whoever is asked.
    headers: dict[str, Any] = {"OpenAI-Organization": openai.omit, "OpenAI-Project": openai.omit}
    headers |= {"Accept-Encoding": "gzip, deflate", **endpoint.named_headers}
    headers |= {DRAW_HEADER: endpoint.draw} if endpoint.draw else {}
    return openai.AsyncOpenAI(
        api_key=endpoint.api_key.get_secret_value() if endpoint.api_key else "none",
        base_url=endpoint.base_url,
        max_retries=0,
        default_headers=headers,
        http_client=http_client,
    )


def _key_headers(endpoint: Endpoint) -> dict[str, Any]:
    """What a call says of its key: without one there is no header, rather than an empty one, which some refuse."""
    import openai

    return {} if endpoint.api_key or AUTHORIZATION in endpoint.named_headers else {AUTHORIZATION: openai.omit}


def _bounded(response: httpx2.Response) -> Answer:
    """A response as an answer; one that is too long is left here, so that no error keeps it in memory."""
    if len(response.content) > MAX_REPLY_BYTES:
        status = 413 if response.is_success else response.status_code
        said = json.dumps({"message": f"{TOO_MUCH} {MAX_REPLY_BYTES:,} bytes"})
        return Answer(status, response.headers, said.encode())
    return Answer(response.status_code, response.headers, response.content)


class ProbeReport(Frozen):
    """What an endpoint offers; null where that could not be seen.

    Shape: `findings` says it all in sentences, good and bad, in the order in which they were found.
    Units: `latency_s` is the time of the list of models, which is about one way there and back.
    """

    base_url: str
    model: str
    is_usable: bool
    is_reachable: bool
    is_key_accepted: bool | None = None
    models: tuple[str, ...] | None = None
    is_model_listed: bool | None = None
    capability: Capability | None = None
    latency_s: float | None = None
    findings: tuple[str, ...] = ()

    def add(self, finding: str, **changes: object) -> ProbeReport:
        """The report with one more finding."""
        return self.model_copy(update={**changes, "findings": (*self.findings, finding)})


async def probe(client: OpenAIClient) -> ProbeReport:
    """Look at the endpoint of an open client: a list of models and, if its capability is not known, a canary or two.

    Errors: none about the endpoint; they are what the report is for.
    """
    report = await _look_at_models(client)
    if not report.is_reachable or report.is_key_accepted is False:
        return report
    try:
        capability = await client.find_capability(report.model)
    except (ConfigError, ModelUnavailable, ModelRefused) as error:
        return report.add(str(error), is_usable=False)
    room = (
        "sends no limit"
        if capability.token_parameter == "none"
        else f"limits replies with {capability.token_parameter}"
    )
    finding = f"Structured output: {capability.mode}. {capability.note} The client {room}."
    is_key_accepted = True if report.models is not None or client.has_answered else None
    return report.add(finding, is_usable=True, capability=capability, is_key_accepted=is_key_accepted)


async def _look_at_models(client: OpenAIClient) -> ProbeReport:
    """What the list of models says about address, key and model."""
    endpoint = client.endpoint
    report = ProbeReport(base_url=endpoint.base_url, model=endpoint.model, is_usable=False, is_reachable=True)
    start = time.perf_counter()
    try:
        models = await client.list_models()
    except ModelUnavailable as error:
        return report.add(str(error), is_reachable=False)
    except ConfigError as error:
        return report.add(str(error), is_key_accepted=False)
    latency_s = time.perf_counter() - start
    report = report.add(f"{endpoint.base_url} answers within {latency_s:.2f} seconds.", latency_s=latency_s)
    if models is None:
        return report.add("It offers no list of models.")
    is_listed = endpoint.model in models
    shown = ", ".join(clean(name, endpoint, limit=60) for name in models[:8]) + (", …" if len(models) > 8 else "")
    finding = (
        f"It lists {endpoint.model}." if is_listed else f"It does not list {endpoint.model}, but: {shown or 'none'}."
    )
    return report.add(finding, models=models, is_model_listed=is_listed)
