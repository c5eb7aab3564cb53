"""The file format of recordings: YAML, one file a page, written for people to read and parsed as untrusted input.

Bodies are YAML structure, long texts are literal blocks in Chinese, texts that many requests share stand once, under
`shared`. Only method, path, body, status and two or three harmless headers are kept, so there is no key, cookie or host
to remove. Two mappings are ours inside a body: `{$shared: name}` stands for a text or schema of `shared`,
`{$lines: [...]}` for lines that no literal block can hold.

A file is read in two passes, first as events (size, depth, no alias, no tag, no number in base 60), then with a safe
loader that refuses double keys; pydantic checks every field.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import yaml
from pydantic import AfterValidator, Field, JsonValue, ValidationError, model_validator

from summariser.endpoints.endpoint import JSON_SENTENCE, Capability, TokenParameter
from summariser.errors import CassetteError
from summariser.schema.exchange import OutputMode, canonical_json, spell_issues
from summariser.schema.page import Frozen

KEPT_HEADERS = ("content-type", "retry-after")  # allow-list: what is not here is never written
_ROLES = ("system", "developer", "user", "assistant")  # the texts of a chat are shared under the name of their role
RESTORE = "Restore the file from version control, or delete it and record the page again with --record"
_RECORD_FIRST = "Record it with --record, or check that the folder of the cassettes is the right one"
_RESERVED = frozenset({"$shared", "$lines"})
_LIMITS: tuple[TokenParameter, ...] = ("max_tokens", "max_completion_tokens")
_USUAL_FIELDS = {*_LIMITS, "messages", "model", "temperature", "response_format", "stream", "stream_options"}
_MAX_SETTING = 10**9
_NO_LIMIT = 8000  # stands in the request, and is not sent, where an endpoint takes no limit
_FORMAT_VERSION = 1
_MAX_FILE_BYTES = 50 * 1024 * 1024
_MAX_EVENTS = 300_000  # a node of YAML takes a hundred times its text in memory; 60 exchanges have about 10,000
_MAX_DEPTH = 64  # ours go to about 20; a body may use what _MAX_BODY_DEPTH leaves
_MAX_BODY_DEPTH = 50
_MAX_EXPANDED_CHARS = 50_000_000  # all bodies together, once their shared texts are put back
_MIN_SHARED_CHARS = 200  # a shorter text is easier to read where it stands
_MIN_BLOCK_CHARS = 80  # a line longer than this becomes a literal block, free of quoting
# Tabs, control, invisible and bidirectional characters, and the line breaks of YAML that are none in JSON: PyYAML
# changes some of them in a literal block without a word; the rest could make a reviewer see what is not there.
_ODD = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_NOT_IN_BLOCK = re.compile(_ODD.pattern + "|[\ufffe\uffff\U0010ffff]| $| \n", re.ASCII)
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(:[0-9]+)+(\.[0-9_]*)?")  # YAML 1.1 reads these as numbers, in quadratic time


def _check_header(name: str) -> str:
    """Refuse what the allow-list would never have let in."""
    if name not in KEPT_HEADERS:
        raise ValueError("a header that is never recorded")
    return name


class Wire(Frozen):
    """One HTTP message: a body of JSON as structure, any other as text."""

    headers: dict[Annotated[str, AfterValidator(_check_header)], str] = Field(default_factory=dict)
    body: dict[str, JsonValue] | list[JsonValue] | None = None
    text: str | None = None

    @model_validator(mode="after")
    def _check_body(self) -> Self:
        """Refuse two bodies."""
        if self.body is not None and self.text is not None:
            raise ValueError("either a body or a text, not both")
        return self

    @cached_property
    def content(self) -> bytes:
        """The body as it goes over the wire."""
        if self.body is None:
            return (self.text or "").encode()
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()

    @cached_property
    def canonical(self) -> bytes:
        """The body in the one spelling that is compared; what is no JSON is compared as it is."""
        try:
            return canonical_json(json.loads(self.content)).encode()
        except (ValueError, RecursionError):
            return self.content


class WireRequest(Wire):
    """What was asked, without host and key."""

    method: str = Field(pattern=r"^[A-Z]{1,16}$")
    path: str = Field(pattern=r"^/[!-~]*$")

    @property
    def key(self) -> tuple[str, str, bytes]:
        """What makes two requests the same."""
        return self.method, self.path, self.canonical

    @property
    def fields(self) -> Mapping[str, JsonValue]:
        """The members of the body; a body that is no JSON object counts as one member."""
        return self.body if isinstance(self.body, dict) else {"body": self.body or self.text}

    @property
    def messages(self) -> tuple[Mapping[str, JsonValue], ...]:
        """The messages of the chat, none if there is no chat in it."""
        messages = self.fields.get("messages")
        return tuple(m for m in messages if isinstance(m, dict)) if isinstance(messages, list) else ()


class WireResponse(Wire):
    """What was answered."""

    status: int = Field(ge=200, le=299)


class Exchange(Frozen):
    """One request and the response it got."""

    request: WireRequest
    response: WireResponse


class Cassette(Frozen):
    """A whole file, with its shared texts back in the bodies."""

    cassette: Literal[1] = 1
    page_id: str
    answered_by: str = Field(min_length=1, description="Who answered: the desk, or the model as the endpoint named it.")
    recorded_on: date
    model: str = Field(min_length=1, description="The model as asked for; several are joined by +.")
    mode: OutputMode = Field(description="How structured output was asked for.")
    exchanges: tuple[Exchange, ...] = ()

    @property
    def capability(self) -> Capability:
        """What the endpoint could do, as the recorded requests show it."""
        chats = [exchange.request for exchange in self.exchanges if exchange.request.messages]
        fields = dict(chats[0].fields) if chats else {"stream_options": {}}
        extra = {name: value for name, value in fields.items() if name not in _USUAL_FIELDS}
        is_stream = fields.get("stream") is True
        return Capability(
            mode=self.mode,
            token_parameter=next((name for name in _LIMITS if self._numbers(name)), "none"),
            send_temperature=bool(self._numbers("temperature")),
            system_role=not chats or any(message.get("role") == "system" for message in chats[0].messages),
            say_json=bool(chats) and JSON_SENTENCE in canonical_json(fields.get("messages")),
            stream=is_stream,
            extra_body=extra | ({"stream_options": None} if is_stream and "stream_options" not in fields else {}),
            note="as recorded",
        )

    def asks(self, system: str) -> bool:
        """Whether a request was recorded whose messages hold this text."""
        messages = (message for exchange in self.exchanges for message in exchange.request.messages)
        return any(system in str(message.get("content")) for message in messages)

    def model_beside(self, others: Collection[str]) -> str:
        """The model that was asked, or the first of several that is none of these."""
        return next((name for name in self.model.split(" + ") if name not in others), self.model)

    @property
    def temperature(self) -> float:
        """The temperature as asked for."""
        return float(next(iter(self._numbers("temperature")), 0.0))

    @property
    def max_tokens(self) -> int:
        """The limit of the replies; the smallest is the one before any answer was cut off."""
        return int(min((n for name in _LIMITS for n in self._numbers(name)), default=_NO_LIMIT))

    @property
    def base_path(self) -> str:
        """The path of the endpoint, as in /v1."""
        paths = [exchange.request.path for exchange in self.exchanges]
        return paths[0].removesuffix("/chat/completions") if paths else "/v1"

    def _numbers(self, name: str) -> list[float]:
        """The numbers that the recorded requests have under a name; not those that no setting can be."""
        values = (exchange.request.fields.get(name) for exchange in self.exchanges)
        numbers = (value for value in values if isinstance(value, int | float) and not isinstance(value, bool))
        return [value for value in numbers if abs(value) <= _MAX_SETTING]


def parse_body(content: bytes) -> tuple[dict[str, Any] | list[Any] | None, str | None]:
    """A body as structure if YAML can give exactly that back, else as text, else (no body) neither.

    Errors: UnicodeDecodeError if it is not UTF-8.
    """
    text = content.decode()
    try:
        value = json.loads(text, object_pairs_hook=_refuse_double_keys)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()  # finite numbers, whole characters
        is_plain = isinstance(value, dict | list) and _depth(value) <= _MAX_BODY_DEPTH
    except (ValueError, RecursionError):
        return None, text or None
    return (value, None) if is_plain else (None, text)


def list_leaves(value: object, place: str = "") -> Iterator[tuple[str, object]]:
    """Every value in a structure that holds no other, with its place, as in `messages[1].content`."""
    if isinstance(value, dict) and value:
        for name, part in value.items():
            yield from list_leaves(part, f"{place}.{name}" if place else name)
    elif isinstance(value, list) and value:
        for number, part in enumerate(value):
            yield from list_leaves(part, f"{place}[{number}]")
    else:
        yield place, value


def begin_of(text: str) -> str:
    """The beginning of a text, on one line and harmless to a terminal."""
    return escape(text[:40]) + ("…" if len(text) > 40 else "")


def escape(text: str) -> str:
    """A text in which nothing can move a cursor or turn the writing around."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _depth(value: object) -> int:
    """How deep a structure is nested; 0 for a plain value."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if parts is None else 1 + max(map(_depth, parts), default=0)


def _refuse_double_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs as a dict, unless one of them would be lost or looks like a mapping of ours."""
    members = dict(pairs)
    if len(members) < len(pairs) or members.keys() & _RESERVED:
        raise ValueError("a key stands twice or is reserved")
    return members


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Odd characters in double quotes, long texts as literal blocks, the rest as YAML likes it."""
    style = None
    if _ODD.search(text):
        style = '"'
    elif "\n" in text or len(text) > _MIN_BLOCK_CHARS:
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


class _Dumper(yaml.SafeDumper):
    """The dumper in pure Python: libyaml's would escape emoji and rare hanzi."""

    yaml_representers: ClassVar[dict[type[Any], Callable[[Any, Any], yaml.Node]]] = {
        **yaml.SafeDumper.yaml_representers,
        str: _represent_text,
    }

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the signature is PyYAML's
        """Write every value out."""
        return True


def render_cassette(cassette: Cassette) -> str:
    """The text of the file."""
    plain = [_to_plain(exchange) for exchange in cassette.exchanges]
    names = _name_shared(plain)
    head = cassette.model_dump(exclude={"exchanges"}) | {"mode": cassette.mode.value}
    shared = {"shared": _pack(dict(sorted(names.values())), {})} if names else {}
    whole = head | shared | {"exchanges": _pack(plain, names)}
    text = yaml.dump(whole, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=math.inf)
    return _ODD.sub(lambda match: f"\\u{ord(match[0]):04x}", text)  # any that are left stand in double quotes


def _to_plain(exchange: Exchange) -> dict[str, Any]:
    """An exchange as it stands in the file: nothing that is empty."""
    request, response = exchange.request, exchange.response
    heads: dict[str, dict[str, Any]] = {
        "request": {"method": request.method, "path": request.path},
        "response": {"status": response.status},
    }
    for head, message in zip(heads.values(), (request, response), strict=True):
        parts = {"headers": message.headers or None, "body": message.body, "text": message.text}
        head |= {name: part for name, part in parts.items() if part is not None}
    return heads


def _name_shared(exchanges: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, JsonValue]]:
    """What goes to `shared`, by its canonical spelling: every schema, and long texts of more than one exchange."""
    seen: dict[str, tuple[str, JsonValue, set[int]]] = {}
    for number, exchange in enumerate(exchanges):
        for side in ("request", "response"):
            for kind, value in _walk_shareable(exchange[side].get("body")):
                seen.setdefault(canonical_json(value), (kind, value, set()))[2].add(number)
    return {
        spelling: (f"{kind}-{hashlib.sha256(spelling.encode()).hexdigest()[:12]}", value)
        for spelling, (kind, value, numbers) in seen.items()
        if len(numbers) > 1 or kind == "schema"
    }


def _walk_shareable(value: object, kind: str = "text", key: str = "") -> Iterator[tuple[str, JsonValue]]:
    """The long texts and the schemas in a body, each with the first part of its name."""
    if _is_shareable(value, key):
        yield "schema" if isinstance(value, dict) else kind, value  # type: ignore[misc]  # a text or a schema
    elif isinstance(value, list):
        for item in value:
            yield from _walk_shareable(item, kind)
    elif isinstance(value, dict):
        role = value.get("role")
        for name, part in value.items():
            yield from _walk_shareable(part, role if role in _ROLES else kind, name)


def _is_shareable(value: object, key: str) -> bool:
    """Whether a value may stand under `shared`: a long text, or what is the `schema` of something."""
    return key == "schema" if isinstance(value, dict) else isinstance(value, str) and len(value) > _MIN_SHARED_CHARS


def _pack(value: Any, names: Mapping[str, tuple[str, JsonValue]], key: str = "") -> Any:
    """The same structure, shared values replaced by their names, and texts that no block can hold by their lines."""
    if _is_shareable(value, key) and (found := names.get(canonical_json(value))):
        return {"$shared": found[0]}
    if isinstance(value, list):
        return [_pack(item, names) for item in value]
    if isinstance(value, dict):
        return {name: _pack(part, names, name) for name, part in value.items()}
    if isinstance(value, str) and "\n" in value and _NOT_IN_BLOCK.search(value):
        return {"$lines": value.split("\n")}
    return value


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the same class, ten times faster
    """A safe loader for which every key is a text that stands once, and a date is a text."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - how PyYAML wants it
        first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:
        """The mapping, without merge keys and without losing a double key."""
        members: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag != "tag:yaml.org,2002:str":
                raise yaml.constructor.ConstructorError(None, None, "a key is not a text", key_node.start_mark)
            if key_node.value in members:
                raise yaml.constructor.ConstructorError(None, None, "a key stands twice", key_node.start_mark)
            members[key_node.value] = self.construct_object(value_node, deep=deep)
        return members


def read_cassette(path: Path) -> Cassette:
    """A cassette from the disk, checked."""
    return parse_cassette(_read_text(path), path)


def _read_text(path: Path) -> str:
    """The text of a cassette, if it is a file of a size that can be one of ours."""
    if path.exists() and not path.is_file():
        raise CassetteError("this is no file", path=path, next_step=_RECORD_FIRST)
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        what = f"there is no cassette of page {path.stem} that can be read: {error.strerror}"
        raise CassetteError(what, path=path, next_step=_RECORD_FIRST) from error
    if len(content) > _MAX_FILE_BYTES:
        raise CassetteError("the cassette is too large", path=path, expected=f"At most {_MAX_FILE_BYTES:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CassetteError(f"not UTF-8 at byte {error.start}", path=path, next_step=RESTORE) from error


def parse_cassette(text: str, path: Path) -> Cassette:
    """The cassette in a text, with its shared texts back in place."""
    try:
        _check_events(text, path)
        value = yaml.load(text, Loader=_Loader)
        json.dumps(value, allow_nan=False)
    except (yaml.YAMLError, ValueError, TypeError) as error:
        what = f"not a cassette, because it is not the YAML we write: {' '.join(str(error).split())}"
        raise CassetteError(what, path=path, next_step=RESTORE) from error
    _check_version(value, path)
    shared = _unpack(value.pop("shared"), {}, path) if isinstance(value.get("shared"), dict) else {}
    try:
        return Cassette.model_validate_json(json.dumps(_unpack(value, shared, path)))
    except ValidationError as error:
        raise CassetteError(_list_issues(error), path=path, next_step=RESTORE) from error


def _check_events(text: str, path: Path) -> None:
    """Refuse what makes YAML dangerous, before anything is built from it."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        line = event.start_mark.line + 1 if event.start_mark else 1
        if count > _MAX_EVENTS:
            raise _refuse(path, f"the cassette has more than {_MAX_EVENTS:,} parts by line {line}")
        if depth > _MAX_DEPTH:
            raise _refuse(path, f"line {line} is nested more than {_MAX_DEPTH} levels deep")
        if getattr(event, "anchor", None):
            raise _refuse(path, f"line {line} has a YAML anchor or alias (& or *)")
        if getattr(event, "tag", None):
            raise _refuse(path, f"line {line} has a YAML tag (!)")
        if isinstance(event, yaml.ScalarEvent) and event.implicit[0] and _BASE_60.fullmatch(event.value):
            raise _refuse(path, f"line {line} has a number in base 60")


def _refuse(path: Path, what: str) -> CassetteError:
    """The error for a cassette that we have not written like this."""
    return CassetteError(what, path=path, expected="Plain YAML, as recording writes it", next_step=RESTORE)


def _check_version(value: object, path: Path) -> None:
    """Refuse what is no cassette, or one from the future."""
    version = value.get("cassette") if isinstance(value, dict) else None
    if type(version) is not int:
        raise CassetteError("not a cassette of ours", path=path, expected=f"cassette: {_FORMAT_VERSION} at the top")
    if version > _FORMAT_VERSION:
        what = f"the cassette has format {version}, from a newer version of this programme"
        next_step = "Update summariser, or record the page again with --record"
        raise CassetteError(what, path=path, expected=f"Format {_FORMAT_VERSION}", next_step=next_step)


def _list_issues(error: ValidationError) -> str:
    """What is wrong with the fields, at most five of them."""
    issues = spell_issues(error)
    more = f" and {len(issues) - 5} more" if len(issues) > 5 else ""
    return f"not a cassette we could replay: {escape('; '.join(issues[:5]))}{more}"


def _unpack(whole: object, shared: Mapping[str, JsonValue], path: Path) -> Any:
    """The structure with shared texts and broken lines back in place, within a limit on what comes out."""
    sizes = {name: len(canonical_json(value)) for name, value in shared.items()}
    left = _MAX_EXPANDED_CHARS

    def put_back(value: dict[str, Any]) -> Any:
        nonlocal left
        if not value.keys() & _RESERVED:
            return value
        lines, name = value.get("$lines"), value.get("$shared")
        if len(value) == 1 and isinstance(lines, list) and all(isinstance(line, str) for line in lines):
            return "\n".join(lines)
        if len(value) != 1 or not isinstance(name, str) or name not in shared:
            what = f"{begin_of(canonical_json(value))} stands for nothing"
            raise CassetteError(what, path=path, expected="A name in `shared`, or lines", next_step=RESTORE)
        left -= sizes[name]
        if left < 0:
            raise _refuse(path, f"the shared texts unfold to more than {_MAX_EXPANDED_CHARS:,} characters")
        return shared[name]

    return json.loads(json.dumps(whole), object_hook=put_back)
