"""The text of what is kept: how a record is spelled as JSON, read back, and known again after a person was at it.

The same record is the same bytes: schema order, one item a line, numbers with the digits they came with. What hides
from a reviewer's eye (bidi controls, zero-width and odd spaces) is written as an escape. What is read is read exactly,
and refused where two readings are possible. A hash of the content, kept in the record, tells whether it was edited.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import warnings
from collections import Counter
from decimal import Decimal, InvalidOperation
from itertools import islice
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar, cast

from pydantic import ValidationError

from summariser.disk.upgrade import RECORD_1, OlderRecordWarning, upgrade_record
from summariser.errors import BrokenRecordError, StoreError
from summariser.schema.exchange import canonical_json, spell_issues
from summariser.schema.record import Record, Stored

MAX_DIGITS: Final = 300  # beyond it, readers that keep numbers as IEEE doubles (most) see infinity
MAX_ISSUES: Final = 100  # a file of another kind breaks thousands of rules; nobody reads them all
MEND: Final = "Mend it by hand or take it back from version control; --overwrite replaces it and keeps a copy (.bak)"

_LINE_LENGTH: Final = 100
_INDENT: Final = "  "
_ENCODE: Final = json.JSONEncoder(allow_nan=False).encode
_MARK: Final = "\ud800"  # half a character, which no text of ours holds
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

S = TypeVar("S", bound=Stored)


class _UnfitError(ValueError):
    """Something that our JSON does not say: a lone surrogate, NaN, a key given twice."""


def dump_json(stored: Stored) -> str:
    """Return the file's text: the same bytes for the same content, for ever.

    Shape: keys in schema order, one item a line, lists of numbers on one line while they fit, a sentence or a span of
    evidence on one line; a newline at the end.
    Errors: StoreError for a lone surrogate, a number that is not finite, or one of more than `MAX_DIGITS` digits.
    """
    tree = stored.model_dump()
    try:
        text = _spell(tree)
    except ValueError:  # a number; which one, `_refuse_unfit` knows
        text = _MARK
    if _SURROGATE.search(text):
        try:
            _refuse_unfit(tree)
        except _UnfitError as error:
            raise StoreError(f"cannot be written: {error}", path=_label(stored)) from error
    return _HIDDEN.sub(lambda match: json.dumps(match[0])[1:-1], text) + "\n"


def parse_json(text: str, kind: type[S], *, path: Path) -> S:
    """Read what `dump_json` wrote, or a person corrected.

    Shape: numbers keep their digits, so that `dump_json(parse_json(text))` is `text` for every text `dump_json` made.
    Errors: BrokenRecordError: broken JSON (line and column), another kind or a newer version, all broken rules at once.
    """
    tree = _parse_tree(text, path)
    if kind is Record and isinstance(tree, dict) and tree.get("$schema") == RECORD_1:
        return cast("S", _parse_older(tree, path))
    _check_schema(tree, kind, path)
    try:
        kind.model_validate_json(text)
        # Again, from exact numbers: the first pass is strict but reads 85.70 as a double; types are known good by now.
        return kind.model_validate(tree, strict=False)
    except ValidationError as error:
        raise BrokenRecordError(_issues(error), path=path, expected=kind.schema_name(), next_step=MEND) from error


def names_older(content: bytes) -> bool:
    """Whether the bytes of a record say that it is of an older version."""
    return RECORD_1.encode() in content[:200]


def _parse_older(tree: dict[str, Any], path: Path) -> Record:
    """A record of version 1 in the present shape; one that was edited is known as edited still."""
    try:
        upgraded, edited = upgrade_record(tree, spell=_decimal)
    except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        raise BrokenRecordError(f"no whole record of {RECORD_1}: {error!r}", path=path, next_step=MEND) from error
    try:
        Record.model_validate_json(_spell(upgraded))
        record = Record.model_validate(upgraded, strict=False)
    except ValidationError as error:
        raise BrokenRecordError(_issues(error), path=path, expected=RECORD_1, next_step=MEND) from error
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


def _spell(value: object, line: str = "\n") -> str:
    """The JSON of what begins in a line with this break and indent; `_refuse_unfit` says what it cannot spell.

    Errors: _UnfitError for a number that JSON has not.
    """
    if isinstance(value, str):
        return encode_basestring(value)
    inside = line + _INDENT
    if isinstance(value, dict):
        items = [f"{encode_basestring(key)}: {_spell(item, inside)}" for key, item in value.items()]
        if _SMALL.intersection(islice(value, 1)) and not _holds_lines(value, items):
            return f"{{{', '.join(items)}}}"
        return f"{{{inside}{f',{inside}'.join(items)}{line}}}" if items else "{}"
    if isinstance(value, list | tuple):
        items = [_spell(item, inside) for item in value]
        flat = f"[{', '.join(items)}]"
        if len(flat) <= _LINE_LENGTH and all(map(_NUMERIC.fullmatch, items)):
            return flat
        return f"[{inside}{f',{inside}'.join(items)}{line}]"
    return _decimal(value) if isinstance(value, Decimal) else _ENCODE(value)


def _holds_lines(value: dict[str, object], items: list[str]) -> bool:
    """Whether an object holds others, or a list that is not on one line."""
    return any("\n" in item for item in items) or any(isinstance(each, dict) and each for each in value.values())


def _refuse_unfit(value: object, place: str = "") -> None:
    """Name what a file of ours cannot hold, by its place.

    Errors: _UnfitError for the first such thing, if there is one.
    """
    if isinstance(value, dict):
        for key, item in value.items():
            _refuse_unfit(key, place)
            _refuse_unfit(item, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _refuse_unfit(item, f"{place}[{index}]")
    elif isinstance(value, Decimal):
        _decimal(value, place)
    elif isinstance(value, float) and not math.isfinite(value):
        raise _UnfitError(f"{place.lstrip('.')} is {value}, which JSON has no number for")
    elif isinstance(value, str) and _SURROGATE.search(value):
        raise _UnfitError(f"{place.lstrip('.')} holds half a character (a lone surrogate)")


def _decimal(value: Decimal, place: str = "") -> str:
    """Return the digits of a decimal, without exponent; minus zero is zero."""
    if not value.is_finite() or max(len(value.as_tuple().digits), abs(value.adjusted())) > MAX_DIGITS:
        raise _UnfitError(f"{place.lstrip('.')} is no number of at most {MAX_DIGITS} digits".lstrip())
    return f"{value.copy_abs() if value.is_zero() else value:f}"


def _label(stored: Stored) -> str:
    """Name something that has no path yet, for messages."""
    return "/".join(str(getattr(stored, name)) for name in ("page_id", "article_id") if hasattr(stored, name))


def _parse_tree(text: str, path: Path) -> object:
    """Read JSON with exact numbers, and stricter than `json`: no NaN, no key given twice."""
    try:
        return json.loads(
            text,
            parse_float=_parse_decimal,
            parse_int=_parse_int,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique_keys,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BrokenRecordError(f"broken JSON at {where}: {error.msg}", path=path, next_step=MEND) from error
    except _UnfitError as error:
        raise BrokenRecordError(f"cannot be read: {error}", path=path, next_step=MEND) from error
    except RecursionError as error:
        raise BrokenRecordError("cannot be read: nested too deeply", path=path, next_step=MEND) from error


def _parse_decimal(text: str) -> Decimal:
    """Read a JSON number with a point or an exponent, exactly."""
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
    raise BrokenRecordError(f"not a {kind.__name__} file: {named}", path=path, expected=wanted, next_step=MEND)


def _issues(error: ValidationError) -> str:
    """List all broken rules with their JSON paths, one a line."""
    issues = spell_issues(error)
    lines = [f"  {issue}" for issue in issues[:MAX_ISSUES]]
    if len(issues) > MAX_ISSUES:
        lines.append(f"  and {len(issues) - MAX_ISSUES} more")
    return "\n".join([f"{len(issues)} field(s) break the schema:", *lines])
