"""What an endpoint is and what it can do: its address, its capability, and how a request looks on its wire.

Endpoints that call themselves OpenAI-compatible differ in whether they enforce a JSON Schema, what they call the limit
of the reply and how large it may be, and in what else they mind. A `Capability` says which; everything else is the same
for all. Many servers accept a schema and ignore it without a word, so the canary asks for prose while the
schema demands an odd object: only an endpoint that enforces schemas can answer with that object.

The providers we know stand in `tables/providers.toml`. What is wrong with an address, a proxy or a certificate of the
settings is said before anything is asked.
"""

from __future__ import annotations

import os
import re
import ssl
import urllib.request
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from summariser.errors import ConfigError
from summariser.schema.exchange import SPELL_SENT, Message, OutputMode, ReplySchema, Request, canonical_json, read_json
from summariser.schema.page import Frozen
from summariser.tables import read_words

TokenParameter = Literal["max_tokens", "max_completion_tokens", "none"]

# Said where no schema can be enforced. OpenAI and DashScope refuse json_object unless the messages say "JSON".
SCHEMA_SENTENCE = "只输出一个 JSON 对象，不加代码围栏，不加说明，严格符合下面的 JSON Schema："
CANARY_SCHEMA_NAME = "canary"
CANARY_KEY = "canary_q7"
CANARY_VALUES = ("amber-41", "amber-42")
CANARY_QUESTION = "Say hello in one short sentence of plain English. No JSON, please: just the sentence."
JSON_SENTENCE = "用 JSON 回答（json）。"
CANARY_SYSTEM = "You answer questions."  # because every real question has a system message
AUTHORIZATION = "Authorization"  # the header in which a key is sent
SECRET_HEADER = re.compile(r"auth|key|token|secret|cookie", re.I)  # in the name of one that may be a key
LEAST_SECRET_CHARS = 8  # shorter keys are placeholders, such as "none", and stand in ordinary texts


_NOTHING: Mapping[str, Any] = MappingProxyType({})


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
    max_tokens: int = Field(default=8000, description="The limit of a reply that real questions will send.")
    draw: str = Field(default="", description="Sent along, so that a desk asks anew and repeats no earlier reply.")
    extra_body: dict[str, Any] = Field(default_factory=dict, description="Added to each request; null takes one out.")
    extra_headers: dict[str, str] = Field(default_factory=dict, repr=False, description="Sent with each request.")

    @property
    def address(self) -> str:
        """Under which runs are kept: requests that are the same here get replies that are the same."""
        return f"{self.base_url} {canonical_json(self.extra_body)}" if self.extra_body else self.base_url

    @property
    def named_headers(self) -> dict[str, str]:
        """The headers with the name of the key's own one as the SDK spells it, whose place it takes."""
        return {AUTHORIZATION if is_authorization(name) else name: text for name, text in self.extra_headers.items()}

    def strike(self, text: str) -> str:
        """A text without the key and whatever else is secret about asking here, however it is escaped.

        Shape: of a header that may be a key each word is one (Bearer TOKEN), of a proxy its password.
        """
        secrets = [secret.get_secret_value() for secret in (self.api_key, self.proxy) if secret]
        secrets += [urlsplit(self.proxy.get_secret_value()).password or ""] if self.proxy else []
        pattern = spell_secrets((*secrets, *self.extra_headers.values(), *list_secrets(self.extra_headers)))
        return pattern.sub("[key]", text) if pattern else text


def is_authorization(header: str) -> bool:
    """Whether a header is the one in which a key is sent."""
    return header.lower() == AUTHORIZATION.lower()


def list_secrets(headers: Mapping[str, str]) -> list[str]:
    """Each word of the headers that may be a key, and what stands packed in it as in `Basic dXNlcjpwYXNzd29yZA==`."""
    values = (value for name, value in headers.items() if SECRET_HEADER.search(name))
    words = [word for value in values for word in re.split(r"[\s,;:=]+", value) if word]
    return words + [part for word in words for part in _unpack(word).split(":")]


def _unpack(word: str) -> str:
    """The text that a word of base64 holds; empty if it holds none."""
    try:
        return b64decode(word + "=" * (-len(word) % 4), validate=True).decode()
    except ValueError:
        return ""


@lru_cache(maxsize=8)  # asked with each reply
def spell_secrets(secrets: tuple[str, ...]) -> re.Pattern[str] | None:
    r"""What finds secrets in a text, and as they stand in JSON, JSON within JSON, an address, a web page or base64.

    Shape: `/` may be `\\/`, `\\u002f`, `%2F`, `&#47;` or `&#x2f;`; null if all are too short to be any.
    """
    long = {secret for secret in secrets if len(secret) >= LEAST_SECRET_CHARS}
    packed = {b64encode(secret.encode()).decode().rstrip("=") for secret in long}
    longest_first = sorted(long | packed, key=lambda secret: (-len(secret), secret))
    return re.compile("|".join("".join(map(_spell, secret)) for secret in longest_first)) if long else None


def _spell(char: str) -> str:
    """The pattern of one character in any of its spellings."""
    code, plain = ord(char), re.escape(char)
    before = "" if char.isalnum() else r"\\{0,4}"
    return rf"(?:{before}{plain}|(?i:\\{{1,4}}u{code:04x}|%{code:02x}|&#x0{{0,4}}{code:x};)|&#0{{0,4}}{code};)"


class RetryPolicy(Frozen):
    """How patient a client is.

    Units: waits in seconds; everything else counts sends of one request.
    """

    attempts: int = 8
    throttles: int = 30  # at 30 % random 429s, nobody meets that many in a row
    empties: int = 2
    truncations: int = 1
    base_wait_s: float = 0.5
    max_wait_s: float = 30.0
    longest_wait_s: float = 600.0  # beyond it a person should decide


class Capability(Frozen):
    """What one model at one endpoint can do; `note` says in plain words how that is known."""

    mode: OutputMode
    token_parameter: TokenParameter = "max_tokens"
    send_temperature: bool = True
    system_role: bool = True
    say_json: bool = False
    stream: bool = False
    max_tokens: int | None = Field(default=None, description="The largest limit it takes; null: none is known.")
    least_tokens: int | None = Field(default=None, description="The least limit it takes; null: none is known.")
    extra_body: dict[str, Any] = Field(default_factory=dict, description="What it wants besides; null takes one out.")
    note: str = ""

    def fit(self, max_tokens: int) -> int:
        """The limit that it takes nearest to the one that is wanted."""
        raised = max(max_tokens, self.least_tokens or 0)
        return min(raised, self.max_tokens or raised)


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


def build_body(
    request: Request, capability: Capability, *, max_tokens: int, extra_body: Mapping[str, Any] = _NOTHING
) -> dict[str, Any]:
    """The JSON body of a request: equal arguments give equal bytes.

    Shape: messages, model, then parameters, always in this order; a field of `extra_body` that is null is left out.
    """
    body: dict[str, Any] = {
        "messages": [message.model_dump() for message in _messages_for(request, capability)],
        "model": request.model,
    }
    if capability.send_temperature:
        body["temperature"] = request.temperature
    if capability.token_parameter != "none":
        body[capability.token_parameter] = capability.fit(max_tokens)
    if capability.mode is OutputMode.JSON_SCHEMA:
        schema = {"name": request.schema_name, "strict": True, "schema": request.reply_schema}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif capability.mode is OutputMode.JSON_OBJECT:
        body["response_format"] = {"type": "json_object"}
    body["stream"] = capability.stream
    if capability.stream:
        body["stream_options"] = {"include_usage": True}
    body |= {**capability.extra_body, **extra_body}
    return {name: value for name, value in body.items() if value is not None}


def spell_body(value: object) -> str:
    """The JSON of a body, byte for byte as the SDK spells it; a schema that many requests name is spelled once."""
    if isinstance(value, ReplySchema):
        return value.sent
    if isinstance(value, dict):
        return f"{{{','.join(f'{SPELL_SENT(name)}:{spell_body(each)}' for name, each in value.items())}}}"
    return SPELL_SENT(value)


def canary_request(model: str, max_tokens: int) -> Request:
    """A question whose text asks for prose and whose schema demands an odd object."""
    return Request(
        purpose="split",
        page_id="canary",
        article_id="",
        prompt="canary@1",
        model=model,
        messages=(Message(role="system", content=CANARY_SYSTEM), Message(role="user", content=CANARY_QUESTION)),
        schema_name=CANARY_SCHEMA_NAME,
        reply_schema={
            "type": "object",
            "properties": {CANARY_KEY: {"type": "string", "enum": list(CANARY_VALUES)}},
            "required": [CANARY_KEY],
            "additionalProperties": False,
        },
        temperature=0.0,
        max_tokens=max_tokens,
        attempt=0,
    )


def control_body(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a question that nobody can mind, to be asked with all else as in `body`."""
    messages = [{"role": "user", "content": CANARY_QUESTION}]
    return {**{name: value for name, value in body.items() if name != "response_format"}, "messages": messages}


def is_control(body: Mapping[str, Any]) -> bool:
    """Whether a body asks nothing but the canary's question, with a schema or without."""
    return bool(body["messages"][-1]["content"].endswith(CANARY_QUESTION))


def is_canary_obeyed(text: str, mode: OutputMode) -> bool:
    """Whether the reply to the canary shows that the endpoint offers `mode`; plain text they all do."""
    if mode is OutputMode.TEXT:
        return True
    value = read_json(text)
    if mode is OutputMode.JSON_OBJECT:
        return isinstance(value, dict)
    return isinstance(value, dict) and set(value) == {CANARY_KEY} and value[CANARY_KEY] in CANARY_VALUES


def _messages_for(request: Request, capability: Capability) -> tuple[Message, ...]:
    """The messages, with what cannot be said by a parameter as text in the system message, which comes first."""
    parts = [message.content for message in request.messages if message.role == "system"]
    rest = [message for message in request.messages if message.role != "system"]
    if capability.mode is not OutputMode.JSON_SCHEMA:
        parts.append(f"{SCHEMA_SENTENCE}\n{spell_body(request.reply_schema)}")
    if capability.say_json:
        parts.append(JSON_SENTENCE)
    system = "\n\n".join(filter(None, parts))
    if system and not capability.system_role:
        return Message(role="user", content=f"{system}\n\n{rest[0].content}"), *rest[1:]
    return (Message(role="system", content=system), *rest) if system else tuple(rest)


DEFAULT_TIMEOUT_S = 600.0


class BatchLimits(Frozen):
    """What a provider documents of its batches: requests sent in a file, for less money and a day's patience."""

    requests: int = Field(ge=1, description="The most in one file.")
    megabytes: int = Field(ge=1, description="The largest file, in millions of bytes.")
    window: str = Field(description="The time the provider is given, in its own words.")
    path: str = Field(description="What each line names as its address.")
    lacks: tuple[str, ...] = Field(default=(), description="Parameters that its batches do not take.")
    note: str = Field(default="", description="What a person should know, as sentences.")


class Provider(Frozen):
    """One place that serves models."""

    name: str
    aliases: tuple[str, ...] = ()
    base_url: str
    key_variable: str | None = Field(default=None, description="The variable its own documentation names.")
    needs_key: bool = False
    hosts: tuple[str, ...] = Field(default=(), description="Its own hosts: the only ones its own key is sent to.")
    mode: OutputMode | None = Field(default=None, description="Null: find out.")
    token_parameter: TokenParameter = "max_tokens"
    default_model: str | None = None
    timeout_s: float = DEFAULT_TIMEOUT_S
    batch: BatchLimits | None = Field(default=None, description="Null: none is known, and --batch is refused.")

    @property
    def batch_sentence(self) -> str:
        """What `doctor` says of batches."""
        if self.batch is None:
            return f"Batches: none is known of {self.name}."
        limits = f"{self.batch.requests:,} requests or {self.batch.megabytes} MB a file, within {self.batch.window}"
        lacks = f"; no {', '.join(self.batch.lacks)}" if self.batch.lacks else ""
        return f"Batches (--batch): {limits}{lacks}. {self.batch.note}".strip()


PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        name: Provider.model_validate({"name": name, **row}, strict=False)
        for name, row in read_words("providers").items()
    }
)
CUSTOM = PROVIDERS["custom"]
ALIASES: Mapping[str, str] = MappingProxyType(
    {alias: provider.name for provider in PROVIDERS.values() for alias in provider.aliases}
)


_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")


def check_base_url(url: str, source: str) -> str:
    """The address without a slash at its end.

    Errors: ConfigError if it is no plain http(s) address; the message never shows credentials.
    """
    url = url.strip()
    trouble = _find_trouble(url, ("http", "https"))
    if not trouble:
        parts = urlsplit(url)
        if parts.username is not None or parts.password is not None:
            trouble = "contains a user name or password; a key belongs into SUMMARISER_API_KEY"
        elif parts.query or parts.fragment:
            trouble = "has a query or a fragment; a base URL ends with its path"
    if trouble:
        raise ConfigError(
            f"{source} {trouble}",
            expected="An address such as https://api.example.com/v1 or http://127.0.0.1:8000/v1",
        )
    return url.rstrip("/").removesuffix("/chat/completions")


def choose_proxy(base_url: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """The proxy that the environment names for this address, and the variable; empty texts if there is none.

    Shape: between us and our own machine there is none.
    """
    parts = urlsplit(base_url)
    names = [name for kind in (parts.scheme, "all") for name in (f"{kind}_proxy", f"{kind}_proxy".upper())]
    name = next((name for name in names if environment.get(name)), "")
    exceptions = {"no": environment.get("no_proxy") or environment.get("NO_PROXY") or ""}
    is_exception = urllib.request.proxy_bypass_environment(parts.netloc, exceptions)  # type: ignore[attr-defined]
    if not name or is_exception or is_loopback(base_url):
        return "", ""
    return environment[name] if "://" in environment[name] else f"http://{environment[name]}", name


def check_proxy(url: str, name: str) -> None:
    """Refuse a proxy that is no address, or of a kind that is not supported here; it may hold a password.

    Errors: ConfigError, naming the variable.
    """
    if trouble := _find_trouble(url, _PROXY_SCHEMES):
        next_step = f"Correct {name}, or unset it"
        raise ConfigError(f"{name} {trouble}", expected="An address as in http://127.0.0.1:7890", next_step=next_step)
    if url.startswith("socks") and find_spec("socksio") is None:
        next_step = f"pip install socksio, or unset {name}"
        raise ConfigError(f"{name} names a SOCKS proxy, for which a package is missing", next_step=next_step)


def check_certificates(named: Mapping[str, str]) -> None:
    """Refuse certificates, or a log of keys, which cannot be used, by the variables that name them.

    Errors: ConfigError, naming the variable.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    uses: dict[str, Callable[[str], object]] = {
        "SSL_CERT_FILE": context.load_verify_locations,
        "SSL_CERT_DIR": os.listdir,
        "SSLKEYLOGFILE": partial(setattr, context, "keylog_filename"),
    }
    for name, value in named.items():
        try:
            uses[name](value)
        except OSError as error:  # of the system, or of its TLS
            what = f"{name} names {value!r}, which cannot be used ({error.strerror or error})"
            raise ConfigError(what, next_step=f"Correct {name}, or unset it") from error


def _find_trouble(url: str, schemes: tuple[str, ...]) -> str:
    """What is wrong with an address, in words that do not repeat it; empty if nothing is."""
    if any(character.isspace() or not character.isprintable() for character in url):
        return "contains spaces or control characters"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no valid address"
    return "" if host and parts.scheme in schemes else f"is no {' or '.join(schemes)} address"
