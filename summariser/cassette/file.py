"""The file of a cassette: how it is written to be read by people, and read when it may come from a stranger."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Literal

import yaml
from pydantic import Field, JsonValue, ValidationError

from summariser.cassette.miss import ROLES
from summariser.cassette.wire import RESERVED, Exchange, Wire, escape, shorten
from summariser.errors import CassetteError
from summariser.schema.exchange import OutputMode, canonical_json, spell_path
from summariser.schema.page import Frozen

FORMAT_VERSION = 1
MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_EVENTS = 300_000  # a node of YAML takes a hundred times its text in memory; 60 exchanges have about 10,000
MAX_DEPTH = 64  # ours go to about 20; a body may use what MAX_BODY_DEPTH leaves
MAX_EXPANDED_CHARS = 50_000_000  # all bodies together, once their shared texts are put back
MIN_SHARED_CHARS = 200  # a shorter text is easier to read where it stands
MIN_BLOCK_CHARS = 80  # a line longer than this becomes a literal block, free of quoting
_RECORD_FIRST = "Record it with --record, or check that the folder of the cassettes is the right one"
RESTORE = "Restore the file from version control, or delete it and record the page again with --record"
# Tabs, control, invisible and bidirectional characters, and the line breaks of YAML that are none in JSON: PyYAML
# changes some of them in a literal block without a word; the rest could make a reviewer see what is not there.
_ODD = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_NOT_IN_BLOCK = re.compile(_ODD.pattern + "|[\ufffe\uffff\U0010ffff]| $| \n", re.ASCII)


class Cassette(Frozen):
    """A whole file; `shared` is empty once its texts are back in the bodies."""

    cassette: Literal[1] = 1
    page_id: str
    answered_by: str = Field(min_length=1)
    recorded_on: date
    model: str = Field(min_length=1)
    mode: OutputMode
    shared: dict[str, JsonValue] = Field(default_factory=dict)
    exchanges: tuple[Exchange, ...] = ()


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Odd characters in double quotes, long texts as literal blocks, the rest as YAML likes it."""
    style = None
    if _ODD.search(text):
        style = '"'
    elif "\n" in text or len(text) > MIN_BLOCK_CHARS:
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
    head = cassette.model_dump(exclude={"exchanges", "shared"}) | {"mode": cassette.mode.value}
    shared = {"shared": _break_lines(dict(sorted(names.values())))} if names else {}
    whole = head | shared | {"exchanges": _break_lines(_point(plain, names))}
    text = yaml.dump(whole, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=math.inf)
    return _ODD.sub(lambda match: f"\\u{ord(match[0]):04x}", text)  # any that are left stand in double quotes


def _to_plain(exchange: Exchange) -> dict[str, Any]:
    """An exchange as it stands in the file: nothing that is empty."""
    request, response = exchange.request, exchange.response
    head = {"method": request.method, "path": request.path}
    return {"request": head | _list_parts(request), "response": {"status": response.status} | _list_parts(response)}


def _list_parts(message: Wire) -> dict[str, Any]:
    """Headers and body of a message, as far as there are any."""
    parts = {"headers": message.headers or None, "body": message.body, "text": message.text}
    return {name: part for name, part in parts.items() if part is not None}


def _name_shared(exchanges: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, JsonValue]]:
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


def _walk_shareable(value: object, kind: str = "text") -> Iterator[tuple[str, JsonValue]]:
    """The long texts and the schemas in a body, each with the first part of its name."""
    if isinstance(value, str) and len(value) > MIN_SHARED_CHARS:
        yield kind, value
    elif isinstance(value, list):
        for item in value:
            yield from _walk_shareable(item, kind)
    elif isinstance(value, dict):
        role = value.get("role")
        for name, part in value.items():
            if name == "schema" and isinstance(part, dict):
                yield "schema", part
            else:
                yield from _walk_shareable(part, role if role in (*ROLES, "assistant") else kind)


def _point(value: Any, names: Mapping[str, tuple[str, JsonValue]]) -> Any:
    """The same structure, with what is shared replaced by its name."""
    if isinstance(value, list):
        return [_point(item, names) for item in value]
    if isinstance(value, dict):
        return {name: _point_member(name, part, names) for name, part in value.items()}
    if isinstance(value, str) and len(value) > MIN_SHARED_CHARS and (found := names.get(canonical_json(value))):
        return {"$shared": found[0]}
    return value


def _point_member(name: str, part: Any, names: Mapping[str, tuple[str, JsonValue]]) -> Any:
    """One member of a mapping, as `_point` has it; a schema is shared as a whole."""
    if name == "schema" and isinstance(part, dict):
        return {"$shared": names[canonical_json(part)][0]}
    return _point(part, names)


def _break_lines(value: Any) -> Any:
    """The same structure, with texts of several lines that no literal block can hold as lists of their lines."""
    if isinstance(value, list):
        return [_break_lines(item) for item in value]
    if isinstance(value, dict):
        return {name: _break_lines(part) for name, part in value.items()}
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
    return parse_cassette(read_text(path), path)


def read_text(path: Path) -> str:
    """The text of a cassette, if it is a file of a size that can be one of ours."""
    if path.exists() and not path.is_file():
        raise CassetteError("a cassette is a file, and this is none", path=path, next_step=_RECORD_FIRST)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError as error:
        what = f"there is no cassette of page {path.stem}"
        raise CassetteError(what, path=path, next_step=_RECORD_FIRST) from error
    except OSError as error:
        what = f"the cassette cannot be read: {error.strerror}"
        raise CassetteError(what, path=path, next_step=_RECORD_FIRST) from error
    if len(content) > MAX_FILE_BYTES:
        raise CassetteError("the cassette is too large", path=path, expected=f"At most {MAX_FILE_BYTES:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CassetteError(f"not UTF-8 at byte {error.start}", path=path, next_step=RESTORE) from error


def parse_cassette(text: str, path: Path) -> Cassette:
    """The cassette in a text, with its shared texts back in place."""
    try:
        _check_events(text, path)
        value = yaml.load(text, Loader=_Loader)
        spelled = json.dumps(value, allow_nan=False)
    except (yaml.YAMLError, ValueError, TypeError) as error:
        what = f"not a cassette, because it is not the YAML we write: {' '.join(str(error).split())}"
        raise CassetteError(what, path=path, next_step=RESTORE) from error
    _check_version(value, path)
    try:
        cassette = Cassette.model_validate_json(spelled)
    except ValidationError as error:
        raise CassetteError(_list_issues(error), path=path, next_step=RESTORE) from error
    unpacker = _Unpacker(cassette.shared, path)
    exchanges = tuple(_unpack_exchange(exchange, unpacker) for exchange in cassette.exchanges)
    return cassette.model_copy(update={"shared": {}, "exchanges": exchanges})


def _check_events(text: str, path: Path) -> None:
    """Refuse what makes YAML dangerous, before anything is built from it."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        line = event.start_mark.line + 1 if event.start_mark else 1
        if count > MAX_EVENTS:
            raise _refuse(path, f"the cassette has more than {MAX_EVENTS:,} parts by line {line}")
        if depth > MAX_DEPTH:
            raise _refuse(path, f"line {line} is nested more than {MAX_DEPTH} levels deep")
        if getattr(event, "anchor", None):
            raise _refuse(path, f"line {line} has a YAML anchor or alias (& or *)")
        if getattr(event, "tag", None):
            raise _refuse(path, f"line {line} has a YAML tag (!)")


def _refuse(path: Path, what: str) -> CassetteError:
    """The error for a cassette that we have not written like this."""
    return CassetteError(what, path=path, expected="Plain YAML, as recording writes it", next_step=RESTORE)


def _check_version(value: object, path: Path) -> None:
    """Refuse what is no cassette, or one from the future."""
    version = value.get("cassette") if isinstance(value, dict) else None
    if not isinstance(version, int) or isinstance(version, bool):
        raise CassetteError("not a cassette of ours", path=path, expected=f"cassette: {FORMAT_VERSION} at the top")
    if version > FORMAT_VERSION:
        raise CassetteError(
            f"the cassette has format {version}, from a newer version of this programme",
            path=path,
            expected=f"Format {FORMAT_VERSION}",
            next_step="Update summariser, or record the page again with --record",
        )


def _list_issues(error: ValidationError) -> str:
    """What is wrong with the fields, at most five of them."""
    issues = [f"{spell_path(issue['loc'])}: {issue['msg']}" for issue in error.errors(include_url=False)]
    more = f" and {len(issues) - 5} more" if len(issues) > 5 else ""
    return f"not a cassette we could replay: {escape('; '.join(issues[:5]))}{more}"


class _Unpacker:
    """Puts shared texts and broken lines back, within a limit on what comes out."""

    def __init__(self, shared: Mapping[str, JsonValue], path: Path) -> None:
        self._path = path
        self._left = MAX_EXPANDED_CHARS
        self._shared: dict[str, Any] = {}
        self._shared = {name: self.unpack(value) for name, value in shared.items()}
        self._sizes = {name: len(canonical_json(value)) for name, value in self._shared.items()}

    def unpack(self, value: Any) -> Any:
        """The same structure, as it was on the wire."""
        if isinstance(value, list):
            return [self.unpack(item) for item in value]
        if not isinstance(value, dict):
            return value
        if value.keys() & RESERVED:
            return self._look_up(value)
        return {name: self.unpack(part) for name, part in value.items()}

    def _look_up(self, value: Mapping[str, Any]) -> Any:
        """What one of our mappings stands for."""
        lines, name = value.get("$lines"), value.get("$shared")
        if len(value) == 1 and isinstance(lines, list) and all(isinstance(line, str) for line in lines):
            return "\n".join(lines)
        if len(value) != 1 or not isinstance(name, str) or name not in self._shared:
            what = f"{shorten(canonical_json(value))} stands for nothing"
            raise CassetteError(what, path=self._path, expected="A name in `shared`, or lines", next_step=RESTORE)
        self._left -= self._sizes[name]
        if self._left < 0:
            raise _refuse(self._path, f"the shared texts unfold to more than {MAX_EXPANDED_CHARS:,} characters")
        return self._shared[name]


def _unpack_exchange(exchange: Exchange, unpacker: _Unpacker) -> Exchange:
    """The exchange as it was on the wire."""
    request = exchange.request.model_copy(update={"body": unpacker.unpack(exchange.request.body)})
    response = exchange.response.model_copy(update={"body": unpacker.unpack(exchange.response.body)})
    return Exchange.model_construct(request=request, response=response)
