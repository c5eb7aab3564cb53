"""Records as JSON text: the same bytes every time, read strictly, hashed; older versions read as present ones.

The same record is the same bytes: schema order, one item a line, numbers with the digits they came with. What hides
from a reviewer's eye (bidi controls, zero-width and odd spaces) is written as an escape. What is read is read exactly,
and refused where two readings are possible. A hash of the content, kept in the record, tells whether it was edited.

Records of older versions are read in the present shape: nothing is asked, nothing is lost, what was not known is null.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from functools import partial
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar, cast

from pydantic import ValidationError

from summariser.errors import BrokenRecordError, StoreError
from summariser.organisations import seat_of
from summariser.schema.codes import LEVEL_RANK, RENAMED_CODES, Level
from summariser.schema.exchange import canonical_json, spell_issues, spell_path
from summariser.schema.page import PageSource
from summariser.schema.record import Record, Stored
from summariser.text import counted

Tree = dict[str, Any]  # an object of JSON
_Place = tuple[Any, ...]  # of a value: the place of what it stands in, and its key or number there; none at the top
RECORD_1: Final = "schemas/record/1.json"
_NO_EVIDENCE: Final[Tree] = {"sents": [], "quote": None, "start": None, "end": None, "lines": []}
_BY_WORDS: Final = ("place", "time", "actors", "people")  # facts that the words found bear out by themselves
_NUMBERS: Final = ("value", "min", "max")


class OlderRecordWarning(UserWarning):
    """A record of an older version was read; it is shown in the present shape, and the file is as it was."""


def _upgrade_record(tree: Tree, *, spell: Callable[[Decimal], str]) -> tuple[Tree, bool]:
    """The JSON of a record of version 1 as that of version 2, and whether a person edited it since it was written.

    Shape: `source`, sentences, chains and everything else that version 1 does not know is null or empty.
    Errors: KeyError, TypeError, AttributeError, ValueError or ArithmeticError for what is no record of version 1.
    """
    is_edited = _hash(tree, spell) != tree["provenance"]["content_sha256"]
    case, place = tree["case"], tree["case"]["place"]
    near = place["code"] if place else None
    lists = {name: [_upgrade_fact(fact, name) for fact in case[name]] for name in ("actors", "people", "actions")}
    for actor in lists["actors"]:
        seat = seat_of(actor["name"], near)
        actor |= {
            "full_name": seat.full_name if seat else None,
            "rank": LEVEL_RANK[Level(actor["level"])],
            "code": seat.code if seat else None,
        }
    lists["results"] = [_upgrade_result(result) for result in case["results"]]
    single = {name: case[name] and _upgrade_fact(case[name], name) for name in ("place", "problem", "lesson")}
    further: Tree = {name: [] for name in ("employers", "devices", "relations", "theme_sents", "status_sents")}
    upgraded = {
        **tree,
        "$schema": "schemas/record/2.json",
        "source": PageSource().model_dump(),
        "case": case
        | lists
        | single
        | further
        | {
            "time": case["time"] and _upgrade_time(case["time"]),
            "beneficiaries": [{"group": group, "sents": []} for group in case["beneficiaries"]],
            "more_results": any(finding["rule"] == "list_full" for finding in tree["findings"]),
        },
        "corrections": [],
        "practice": None,
        "text": {"sha256": "", "sentences": []},
        "provenance": tree["provenance"] | {"further_keys": [], "verified_by": None},
    }
    return upgraded, is_edited


def _upgrade_fact(fact: Tree, name: str) -> Tree:
    """A fact whose `supported` becomes a grade."""
    rest = {key: value for key, value in fact.items() if key != "supported"}
    grade = "words" if name in _BY_WORDS else "sentences"
    return rest | {"support": grade if fact["supported"] else "none", "support_by": "code"}


def _upgrade_time(time: Tree) -> Tree:
    """A time, which had no evidence and no role; its dates as EDTF."""
    start, end, precision = time["start"], time["end"], time["precision"]
    edtf = None
    if precision != "none" and (start or end):
        edtf = start if start == end else f"{start or '..'}/{end or '..'}"
    kept = {"text": time["text"], "role": None, "edtf": edtf, "start": start, "end": end}
    evidence = _NO_EVIDENCE | {"match": "sentence_only"}
    return _upgrade_fact(kept | {"evidence": evidence, "supported": time["supported"]}, "time")


def _upgrade_result(result: Tree) -> Tree:
    """A result without chain, change, period, total and speaker; its kind by its present name."""
    unknown = ("chain", "before_text", "before", "change", "period", "part_of", "claimant")
    quantity = result["quantity"]
    if quantity:
        quantity = quantity | {"per": quantity["per"].split("·") if quantity["per"] else []}
    kind = RENAMED_CODES.get(("ResultKind", result["kind"]), result["kind"])
    changed = dict.fromkeys(unknown) | {"kind": kind, "quantity": quantity}
    return _upgrade_fact(result | changed, "results")


def _hash(tree: Tree, spell: Callable[[Decimal], str]) -> str:
    """The hash of the content as version 1 reckoned it: decimals as texts, the temperature as a number."""
    results = [
        each | {"quantity": each["quantity"] and each["quantity"] | _decimals(each["quantity"])}
        for each in tree["case"]["results"]
    ]
    provenance = {key: value for key, value in tree["provenance"].items() if key != "content_sha256"}
    content = {key: value for key, value in tree.items() if key != "review"} | {
        "case": tree["case"] | {"results": results},
        "provenance": provenance | {"temperature": float(provenance["temperature"])},
    }
    return hashlib.sha256(canonical_json(content, decimals=spell).encode("utf-8", "surrogatepass")).hexdigest()


def _decimals(quantity: Tree) -> Tree:
    """The numbers of a quantity, as decimals."""
    return {name: None if quantity[name] is None else Decimal(quantity[name]) for name in _NUMBERS}


MAX_DIGITS: Final = 300  # beyond it, readers that keep numbers as IEEE doubles (most) see infinity
MAX_ISSUES: Final = 100  # a file of another kind breaks thousands of rules; nobody reads them all

_LINE_LENGTH: Final = 100
_INDENT: Final = "  "
_ENCODE: Final[Callable[[object], str]] = json.JSONEncoder().encode
_WORDS: Final[dict[type, Callable[[object], str]]] = {int: str, type(None): lambda _: "null"}  # most of what is no text
_NUMERIC: Final = re.compile(r"-?\d[-\d.eE+]*|\[[-\d.eE+, ]*\]")  # a number, or a list of numbers on one line
# First keys of a span of evidence, a sentence, a group, a line of a recognition: each is one item of a long list.
_SMALL: Final = frozenset({"of", "n", "group"})
_SCHEMA_NAME: Final = re.compile(r"schemas/([a-z_]+)/([0-9]{1,9})\.json")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# Controls, bidi marks, default-ignorable characters and spaces other than U+0020 and U+3000. A fixed list, because
# `unicodedata` differs between versions of Python, and the bytes of a record must not.
_HIDDEN: Final = re.compile(
    "[\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
# None of them: what most records are made of, which is told four times as fast.
_SHOWN: Final = re.compile("[\n -~\xae-\xff\u2010-\u2027\u3000-\u3163\u3165-\u9fff\uff00-\uff9f]*")

S = TypeVar("S", bound=Stored)


class _UnfitError(ValueError):
    """Something that our JSON does not say: a lone surrogate, NaN, a key given twice."""


def dump_json(stored: Stored) -> str:
    """Return the file's text: the same bytes for the same content, for ever.

    Shape: keys in schema order, one item a line, lists of numbers on one line while they fit, a sentence or a span of
    evidence on one line; a newline at the end.
    Errors: StoreError for a lone surrogate, a number that is not finite, or one of more than `MAX_DIGITS` digits.
    """
    try:
        text = _spell(stored.model_dump())
        text.encode()
    except ValueError as error:
        raise StoreError(f"cannot be written: {error}", path=_label(stored)) from error
    shown = text if _SHOWN.fullmatch(text) else _HIDDEN.sub(lambda match: json.dumps(match[0])[1:-1], text)
    return shown + "\n"


def parse_json(text: str, kind: type[S], *, path: Path) -> S:
    """Read what `dump_json` wrote, or a person corrected.

    Shape: numbers keep their digits, so that `dump_json(parse_json(text))` is `text` for every text `dump_json` made.
    Errors: BrokenRecordError: broken JSON (line and column), another kind or a newer version, all broken rules at once.
    """
    rounded: list[str] = []
    tree = _parse_tree(text, path, rounded)
    if kind is Record and isinstance(tree, dict) and tree.get("$schema") == RECORD_1:
        return cast("S", _parse_older(tree, path))
    _check_schema(tree, kind, path)
    try:
        stored = kind.model_validate_json(text)
        if kind is Record and rounded == [str(cast("Tree", tree)["provenance"]["temperature"])]:
            return stored  # a temperature is a double
        # Again, from exact numbers: the first pass is strict but reads 85.70 as a double; types are known good by now.
        return kind.model_validate(tree, strict=False) if rounded else stored
    except ValidationError as error:
        raise BrokenRecordError(_issues(error), path=path, expected=kind.schema_name()) from error


def names_older(content: bytes) -> bool:
    """Whether the bytes of a record say that it is of an older version."""
    return RECORD_1.encode() in content[:200]


def _parse_older(tree: dict[str, Any], path: Path) -> Record:
    """A record of version 1 in the present shape; one that was edited is known as edited still."""
    try:
        upgraded, edited = _upgrade_record(tree, spell=_decimal)
        text = _spell(upgraded)
    except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        raise BrokenRecordError(f"no whole record of {RECORD_1}: {error!r}", path=path) from error
    try:
        Record.model_validate_json(text)
        record = Record.model_validate(upgraded, strict=False)
    except ValidationError as error:
        raise BrokenRecordError(_issues(error), path=path, expected=RECORD_1) from error
    advice = "Records of version 1 are read as of version 2; `summariser upgrade` writes them so."
    warnings.warn(advice, OlderRecordWarning, stacklevel=2)
    return record if edited else seal(record)


def content_sha256(record: Record) -> str:
    """Hash what the record says, hexadecimal; `review`, `practice` and the hash are left out, and so is the layout.

    Errors: StoreError for what `dump_json` refuses as well.
    """
    tree = record.model_dump(exclude={"review": True, "practice": True, "provenance": {"content_sha256"}})
    try:
        return hashlib.sha256(canonical_json(tree, decimals=_decimal).encode()).hexdigest()
    except ValueError as error:
        dump_json(record)  # refuses the same, and knows the place
        raise StoreError(f"has no hash: {error}", path=_label(record)) from error


def seal(record: Record) -> Record:
    """Return the record with the hash of its content, as it is written."""
    provenance = record.provenance.model_copy(update={"content_sha256": content_sha256(record)})
    return record.model_copy(update={"provenance": provenance})


def is_edited(record: Record) -> bool:
    """Tell whether a person changed the content since it was sealed; so is what we could not have written."""
    try:
        return record.provenance.content_sha256 != content_sha256(record)
    except StoreError:
        return True


def is_guarded(record: Record) -> bool:
    """Tell whether a person edited a record or decided on it, so that runs keep it."""
    return is_edited(record) or record.review.state != "open"


def _spell(value: object, line: str = "\n", place: _Place = ()) -> str:
    """The JSON of what stands in a place of a file and begins in a line with this break and indent.

    Errors: _UnfitError for the first number or character that JSON has not, with its place.
    """
    if word := _WORDS.get(type(value)):
        return word(value)
    if isinstance(value, str):
        if _SURROGATE.search(value):
            raise _UnfitError(f"{_spell_place(place)} holds half a character (a lone surrogate)")
        return encode_basestring(value)
    if isinstance(value, dict):
        return _spell_object(value, line, place)
    if isinstance(value, (list, tuple)):
        return _spell_list(value, line, place)
    if isinstance(value, float) and not math.isfinite(value):
        raise _UnfitError(f"{_spell_place(place)} is {value}, which JSON has no number for")
    return _decimal(value, place) if isinstance(value, Decimal) else _ENCODE(value)


def _spell_object(value: dict[str, object], line: str, place: _Place) -> str:
    inside = line + _INDENT
    items = [f"{encode_basestring(key)}: {_spell(item, inside, (place, key))}" for key, item in value.items()]
    if next(iter(value), None) in _SMALL and not _holds_lines(value, items):
        return f"{{{', '.join(items)}}}"
    return f"{{{inside}{f',{inside}'.join(items)}{line}}}" if items else "{}"


def _spell_list(value: Sequence[object], line: str, place: _Place) -> str:
    inside = line + _INDENT
    items = [_spell(item, inside, (place, index)) for index, item in enumerate(value)]
    flat = f"[{', '.join(items)}]"
    if len(flat) <= _LINE_LENGTH and all(map(_NUMERIC.fullmatch, items)):
        return flat
    return f"[{inside}{f',{inside}'.join(items)}{line}]"


def _spell_place(place: _Place) -> str:
    """The path of a place, as a person writes it."""
    location: list[str | int] = []
    while place:
        place, step = place
        location.append(step)
    return spell_path(tuple(reversed(location)))


def _holds_lines(value: dict[str, object], items: list[str]) -> bool:
    """Whether an object holds others, or a list that is not on one line."""
    return any("\n" in item for item in items) or any(isinstance(each, dict) and each for each in value.values())


def _decimal(value: Decimal, place: _Place = ()) -> str:
    """Return the digits of a decimal, without exponent; minus zero is zero."""
    if not value.is_finite() or max(len(value.as_tuple().digits), abs(value.adjusted())) > MAX_DIGITS:
        raise _UnfitError(f"{_spell_place(place)} is no number of at most {MAX_DIGITS} digits".lstrip())
    return f"{value.copy_abs() if value.is_zero() else value:f}"


def _label(stored: Stored) -> str:
    """Name something that has no path yet, for messages."""
    return "/".join(str(getattr(stored, name)) for name in ("page_id", "article_id") if hasattr(stored, name))


def _parse_tree(text: str, path: Path, rounded: list[str]) -> object:
    """Read JSON with exact numbers, and stricter than `json`: no NaN, no key given twice.

    Shape: `rounded` gets the numbers that would lose digits as doubles that are spelled again.
    """
    try:
        return json.loads(
            text,
            parse_float=partial(_parse_decimal, rounded),
            parse_int=_parse_int,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique_keys,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BrokenRecordError(f"broken JSON at {where}: {error.msg}", path=path) from error
    except _UnfitError as error:
        raise BrokenRecordError(f"cannot be read: {error}", path=path) from error
    except RecursionError as error:
        raise BrokenRecordError("cannot be read: nested too deeply", path=path) from error


def _parse_decimal(rounded: list[str], text: str) -> Decimal:
    """Read a JSON number with a point or an exponent, exactly; name it if it is not spelled as a double is."""
    if text.endswith(".0") or repr(float(text)) != text:
        rounded.append(text)
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise _UnfitError(f"the number {text[:20]} is out of range") from error
    if len(text) > 2 * MAX_DIGITS or abs(value.adjusted()) > 2 * MAX_DIGITS or math.isinf(float(text)):
        raise _UnfitError(f"the number {text[:20]} is out of range")
    return value


def _parse_int(text: str) -> int:
    """Read a JSON number without a point."""
    if len(text) > MAX_DIGITS + 1:
        raise _UnfitError(f"the number {text[:20]}... has more than {MAX_DIGITS} digits")
    return int(text)


def _refuse_constant(text: str) -> NoReturn:
    """Refuse NaN and Infinity: they are no JSON, though Python reads them."""
    raise _UnfitError(f"{text} is no JSON number")


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return the object, if no key stands twice: which of the two was meant, nobody knows."""
    tree = dict(pairs)
    if len(tree) < len(pairs):
        times = Counter(key for key, _ in pairs)
        twice = next(key for key in times if times[key] > 1)
        raise _UnfitError(f"the key {twice!r} stands twice in one object")
    return tree


def _check_schema(tree: object, kind: type[Stored], path: Path) -> None:
    """Refuse what is no `kind` of a version we know."""
    found = tree.get("$schema") if isinstance(tree, dict) else None
    wanted = kind.schema_name()
    if found == wanted:
        return
    ours, theirs = _SCHEMA_NAME.fullmatch(wanted), _SCHEMA_NAME.fullmatch(str(found))
    if ours and theirs and ours[1] == theirs[1] and int(theirs[2]) > int(ours[2]):
        raise BrokenRecordError(
            f"written by a newer version of summariser ({found})",
            path=path,
            expected=f"This version reads {wanted}",
            next_step="Install the version that wrote it",
        )
    named = f"its $schema is {str(found)[:60]!r}" if found is not None else "it names no $schema"
    raise BrokenRecordError(
        f"not a {kind.__name__} file: {named}", path=path, expected=f"Its $schema would be {wanted}"
    )


def _issues(error: ValidationError) -> str:
    """List all broken rules with their JSON paths, one a line."""
    issues = spell_issues(error)
    lines = [f"  {issue}" for issue in issues[:MAX_ISSUES]]
    if len(issues) > MAX_ISSUES:
        lines.append(f"  and {len(issues) - MAX_ISSUES} more")
    return "\n".join([f"{counted(len(issues), 'field breaks', 'fields break')} the schema:", *lines])
