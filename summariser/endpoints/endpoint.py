"""What an endpoint is and what it can do: its address, its capability, and how a request looks on its wire.

Endpoints that call themselves OpenAI-compatible differ in three things: whether they enforce a JSON Schema, what they
call the limit of the reply, and whether they let one choose the temperature. A `Capability` says which; everything else
is the same for all. Many servers accept a schema and ignore it without a word, so the canary asks for prose while the
schema demands an odd object: only an endpoint that enforces schemas can answer with that object.
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from summariser.schema.exchange import Message, OutputMode, Request
from summariser.schema.page import Frozen

TokenParameter = Literal["max_tokens", "max_completion_tokens", "none"]

# Said where no schema can be enforced. OpenAI and DashScope refuse json_object unless the messages say "JSON".
SCHEMA_SENTENCE = "只输出一个 JSON 对象，不加代码围栏，不加说明，严格符合下面的 JSON Schema："
CANARY_SCHEMA_NAME = "canary"
CANARY_KEY = "canary_q7"
CANARY_VALUES = ("amber-41", "amber-42")
CANARY_QUESTION = "Say hello in one short sentence of plain English. No JSON, please: just the sentence."
CANARY_MAX_TOKENS = 4000  # models that think aloud need room before they answer
_NEXT_MODE = {OutputMode.JSON_SCHEMA: OutputMode.JSON_OBJECT, OutputMode.JSON_OBJECT: OutputMode.TEXT}
_FORMAT_COMPLAINT = re.compile(r"response_format|json_schema|json_object|structured.{0,3}output|guided_json", re.I)
_TOKENS_COMPLAINT = re.compile(r"max_(completion_)?tokens", re.I)
_UNKNOWN_PARAMETER = re.compile(r"max_tokens|unrecogni[sz]ed|unknown|extra|unexpected|not permitted|unsupported", re.I)
_TEMPERATURE_COMPLAINT = re.compile(r"temperature", re.I)


class Endpoint(Frozen):
    """Where requests go, and what is known about that place before the first one."""

    base_url: str = Field(description="Up to and including the version, as in https://api.openai.com/v1.")
    model: str
    api_key: SecretStr | None = None
    key_source: str = Field(default="", description="Where the key came from: never the key itself.")
    proxy: SecretStr | None = Field(default=None, description="Between us and the endpoint; may hold a password.")
    proxy_source: str = Field(default="", description="The variable that names the proxy.")
    known_mode: OutputMode | None = Field(default=None, description="Null where it has to be found out.")
    token_parameter: TokenParameter = "max_tokens"
    timeout_s: float = 600.0
    concurrency: int = 16
    draw: str = Field(default="", description="Sent along, so that a desk asks anew and repeats no earlier reply.")


class RetryPolicy(Frozen):
    """How patient a client is.

    Units: waits in seconds; everything else counts sends of one request.
    """

    attempts: int = 8
    throttles: int = 30  # at 30 % random 429s, nobody meets that many in a row
    empties: int = 2
    truncations: int = 1
    first_connections: int = 3  # while nothing has ever answered
    first_web_pages: int = 2  # likewise: a web page instead of JSON means a wrong address
    base_wait_s: float = 0.5
    max_wait_s: float = 30.0
    longest_asked_wait_s: float = 120.0  # the SDK's cap too: beyond it a person should decide


class Capability(Frozen):
    """What one model at one endpoint can do; `note` says in plain words how that is known."""

    mode: OutputMode
    token_parameter: TokenParameter = "max_tokens"
    send_temperature: bool = True
    note: str = ""


class CapabilityStore(Protocol):
    """Something that remembers capabilities from one run to the next."""

    def get(self, base_url: str, model: str) -> Capability | None:
        """What was found out before, or None."""

    def put(self, base_url: str, model: str, capability: Capability) -> None:
        """Remember it, in place of what was known."""


class MemoryCapabilities:
    """A `CapabilityStore` that forgets when the process ends."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Capability] = {}

    def get(self, base_url: str, model: str) -> Capability | None:
        """What was found out before, or None."""
        return self._known.get((base_url, model))

    def put(self, base_url: str, model: str, capability: Capability) -> None:
        """Remember it, in place of what was known."""
        self._known[base_url, model] = capability


def is_loopback(base_url: str) -> bool:
    """Whether the address is on this machine, so that neither proxies nor listeners stand between."""
    host = urlsplit(base_url).hostname or ""
    return host in {"localhost", "::1"} or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None


def build_body(request: Request, capability: Capability, *, max_tokens: int) -> dict[str, Any]:
    """The JSON body of a request: equal arguments give equal bytes.

    Shape: messages, model, then parameters, always in this order.
    """
    body: dict[str, Any] = {
        "messages": [message.model_dump() for message in _messages_for(request, capability.mode)],
        "model": request.model,
    }
    if capability.send_temperature:
        body["temperature"] = request.temperature
    if capability.token_parameter != "none":
        body[capability.token_parameter] = max_tokens
    if capability.mode is OutputMode.JSON_SCHEMA:
        schema = {"name": request.schema_name, "strict": True, "schema": request.reply_schema}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif capability.mode is OutputMode.JSON_OBJECT:
        body["response_format"] = {"type": "json_object"}
    body["stream"] = False
    return body


def adapt(capability: Capability, complaint: str) -> Capability | None:
    """The capability without what the endpoint complains about, or None if the complaint is about something else."""
    note = f"Adapted after the endpoint said: {complaint}"
    if _FORMAT_COMPLAINT.search(complaint) and capability.mode is not OutputMode.TEXT:
        return step_down(capability).model_copy(update={"note": note})
    if _TOKENS_COMPLAINT.search(complaint) and capability.token_parameter != "none":
        parameter = _other_token_parameter(capability.token_parameter, complaint)
        return capability.model_copy(update={"token_parameter": parameter, "note": note})
    if _TEMPERATURE_COMPLAINT.search(complaint) and capability.send_temperature:
        return capability.model_copy(update={"send_temperature": False, "note": note})
    return None


def step_down(capability: Capability) -> Capability:
    """The same with the next weaker way of asking for JSON."""
    return capability.model_copy(update={"mode": _NEXT_MODE[capability.mode]})


def is_format_complaint(complaint: str) -> bool:
    """Whether an error message is about the way structured output was asked for."""
    return _FORMAT_COMPLAINT.search(complaint) is not None


def is_parameter_complaint(complaint: str) -> bool:
    """Whether an error message is about a parameter that can be left out."""
    return any(pattern.search(complaint) for pattern in (_TOKENS_COMPLAINT, _TEMPERATURE_COMPLAINT))


def canary_request(model: str) -> Request:
    """A question whose text asks for prose and whose schema demands an odd object."""
    return Request(
        purpose="split",
        page_id="canary",
        article_id="canary",
        prompt="canary@1",
        model=model,
        messages=(Message(role="user", content=CANARY_QUESTION),),
        schema_name=CANARY_SCHEMA_NAME,
        reply_schema={
            "type": "object",
            "properties": {CANARY_KEY: {"type": "string", "enum": list(CANARY_VALUES)}},
            "required": [CANARY_KEY],
            "additionalProperties": False,
        },
        temperature=0.0,
        max_tokens=CANARY_MAX_TOKENS,
        attempt=0,
    )


def is_canary_obeyed(text: str, mode: OutputMode) -> bool:
    """Whether the reply to the canary shows that the endpoint offers `mode`; plain text they all do."""
    if mode is OutputMode.TEXT:
        return True
    try:
        value = json.loads(text)
    except ValueError:
        return False
    if mode is OutputMode.JSON_OBJECT:
        return isinstance(value, dict)
    return isinstance(value, dict) and set(value) == {CANARY_KEY} and value[CANARY_KEY] in CANARY_VALUES


def _messages_for(request: Request, mode: OutputMode) -> tuple[Message, ...]:
    """The messages, with the schema as text in the first system message where it cannot be enforced."""
    if mode is OutputMode.JSON_SCHEMA:
        return request.messages
    # Unsorted on purpose: a model fills the fields in the order in which it reads them.
    schema = json.dumps(request.reply_schema, ensure_ascii=False, separators=(",", ":"))
    addition = f"{SCHEMA_SENTENCE}\n{schema}"
    for index, message in enumerate(request.messages):
        if message.role == "system":
            longer = Message(role="system", content=f"{message.content}\n\n{addition}")
            return (*request.messages[:index], longer, *request.messages[index + 1 :])
    return (Message(role="system", content=addition), *request.messages)


def _other_token_parameter(current: TokenParameter, complaint: str) -> TokenParameter:
    """The name the complaint recommends, else none at all."""
    if current == "max_tokens" and "max_completion_tokens" in complaint:
        return "max_completion_tokens"
    if current == "max_completion_tokens" and _UNKNOWN_PARAMETER.search(complaint):
        return "max_tokens"
    return "none"
