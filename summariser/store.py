"""The disk door for what is kept: records, failures and page accounts as JSON files that people review and correct.

Three promises:

- *Stable.* The same record is the same bytes: schema order, one item a line, numbers with the digits they came with.
  What hides from a reviewer's eye (bidi controls, zero-width and odd spaces) is written as an escape. What has not
  changed is not touched.
- *Whole.* A file is written beside its place, flushed, and renamed: a reader sees the old file or the new one. If two
  processes write the same record, the last whole file wins.
- *Nobody's work is lost.* A record that a person edited (its hash tells) or decided on (`review.state` is not open)
  stays as it is. With `overwrite` it is replaced, after its bytes were copied to `<name>.json.bak`.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import math
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Final, NoReturn, TypeVar

from pydantic import ValidationError

from summariser.errors import BrokenRecordError, StoreError
from summariser.schema.exchange import canonical_json
from summariser.schema.record import (
    FAILURE_SCHEMA,
    PAGE_SCHEMA,
    RECORD_SCHEMA,
    Failure,
    PageAccount,
    Record,
    Review,
    Stored,
)

MAX_BYTES: Final = 20_000_000  # a record of a whole page is below 0.2 MB; more is no record of ours
MAX_DIGITS: Final = 300  # beyond it, readers that keep numbers as IEEE doubles (most) see infinity
MAX_ISSUES: Final = 100  # a file of another kind breaks thousands of rules; nobody reads them all
STALE_TEMP_S: Final = 3600  # no write takes an hour, so the run that left this file was killed

_LINE_LENGTH: Final = 100
_INDENT: Final = "  "
_MEND: Final = "Mend it by hand or take it back from version control; --overwrite replaces it and keeps a copy (.bak)"
_BLANK_REVIEW: Final = Review(state="open", by=None, note=None)
_SCHEMAS: Final[dict[type[Stored], str]] = {
    Record: RECORD_SCHEMA,
    Failure: FAILURE_SCHEMA,
    PageAccount: PAGE_SCHEMA,
}
_FAILURE_END: Final = ".failure.json"
_PAGE_END: Final = ".page.json"
_TEMP_NAME: Final = re.compile(r"\.summariser-[0-9a-f]{16}\.tmp")
_ID: Final = re.compile(r"(?!\.)[\w.-]{1,100}(?<!\.)")  # no separator and no dot at either end: it cannot lead anywhere
_SCHEMA_NAME: Final = re.compile(r"schemas/([a-z_]+)/([0-9]{1,9})\.json")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# Controls, bidi marks, default-ignorable characters and spaces other than U+0020 and U+3000. A fixed list, because
# `unicodedata` differs between versions of Python, and the bytes of a record must not.
_HIDDEN: Final = re.compile(
    "[\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_DISK_ADVICE: Final = {
    errno.ENOSPC: ("the disk is full", "Free some space and run again; everything written so far is kept"),
    errno.EDQUOT: ("the disk quota is used up", "Free some space and run again; everything written so far is kept"),
    errno.EROFS: ("the disk is read-only", "Choose another folder with --out"),
    errno.EACCES: ("permission denied", "Change the permissions or choose another folder with --out"),
    errno.EPERM: ("permission denied", "Change the permissions or choose another folder with --out"),
    errno.EISDIR: ("a folder stands where a file is needed", "Move the folder away"),
    errno.ENOTDIR: ("a file stands where a folder is needed", "Move the file away or choose another folder with --out"),
    errno.EEXIST: ("a file stands where a folder is needed", "Move the file away or choose another folder with --out"),
    errno.ENAMETOOLONG: ("the name is too long for this disk", "Give the page file a shorter name"),
    errno.ENOENT: ("no such file or folder", "Check the path"),
}

S = TypeVar("S", bound=Stored)


class Put(StrEnum):
    """What became of something that was handed to the store."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    KEPT_EDITED = "kept_edited"
    OVERWRITTEN = "overwritten"


class _UnfitError(ValueError):
    """Something that our JSON does not say: a lone surrogate, NaN, a key given twice."""


# ---- text ----------------------------------------------------------------------------------------------------------


def dump_json(stored: Stored) -> str:
    """Return the file's text: the same bytes for the same content, for ever.

    Shape: keys in schema order, one item a line, lists of numbers on one line while they fit; a newline at the end.
    Errors: StoreError for a lone surrogate, a number that is not finite, or one of more than `MAX_DIGITS` digits.
    """
    try:
        return _layout(stored.model_dump(), "", depth=0) + "\n"
    except _UnfitError as error:
        raise StoreError(f"cannot be written: {error}", path=_label(stored)) from error


def parse_json(text: str, kind: type[S], *, path: Path) -> S:
    """Read what `dump_json` wrote, or a person corrected.

    Shape: numbers keep their digits, so that `dump_json(parse_json(text))` is `text` for every text `dump_json` made.
    Errors: BrokenRecordError: broken JSON (line and column), another kind or a newer version, all broken rules at once.
    """
    tree = _parse_tree(text, path)
    _check_schema(tree, kind, path)
    try:
        kind.model_validate_json(text)
        # Again, from exact numbers: the first pass is strict but reads 85.70 as a double; types are known good by now.
        return kind.model_validate(tree, strict=False)
    except ValidationError as error:
        raise BrokenRecordError(_issues(error), path=path, expected=_SCHEMAS[kind], next_step=_MEND) from error


def _layout(value: object, where: str, *, depth: int) -> str:
    """Return the value as JSON; `depth` is how far its lines are indented, `where` its path, for messages."""
    if isinstance(value, dict):
        rows = [
            f"{_string(key, where)}: {_layout(item, f'{where}.{key}', depth=depth + 1)}" for key, item in value.items()
        ]
        return _block("{}", rows, depth)
    if not isinstance(value, list | tuple):
        return _scalar(value, where)
    rows = [_layout(item, f"{where}[{index}]", depth=depth + 1) for index, item in enumerate(value)]
    line = f"[{', '.join(rows)}]"
    return line if len(line) <= _LINE_LENGTH and _is_numbers(value) else _block("[]", rows, depth)


def _block(brackets: str, rows: list[str], depth: int) -> str:
    """Put the rows between brackets, one a line."""
    if not rows:
        return brackets
    outer, inner = "\n" + _INDENT * depth, "\n" + _INDENT * (depth + 1)
    return f"{brackets[0]}{inner}{f',{inner}'.join(rows)}{outer}{brackets[1]}"


def _is_numbers(value: object) -> bool:
    """Tell whether the value is a number, or a list that holds nothing else."""
    if isinstance(value, list | tuple):
        return all(_is_numbers(item) for item in value)
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _scalar(value: object, where: str) -> str:
    """Return a string, number, truth value or null as JSON."""
    if isinstance(value, str):
        return _string(value, where)
    if isinstance(value, Decimal):
        return _decimal(value, where)
    if isinstance(value, float) and not math.isfinite(value):
        raise _UnfitError(f"{where.lstrip('.')} is {value}, which JSON has no number for")
    return json.dumps(value)


def _string(text: str, where: str) -> str:
    """Return a JSON string in which everything a reader cannot see is escaped."""
    if _SURROGATE.search(text):
        raise _UnfitError(f"{where.lstrip('.')} holds half a character (a lone surrogate)")
    return _HIDDEN.sub(lambda match: json.dumps(match[0])[1:-1], json.dumps(text, ensure_ascii=False))


def _decimal(value: Decimal, where: str) -> str:
    """Return the digits of a decimal, without exponent; minus zero is zero."""
    if not value.is_finite() or max(len(value.as_tuple().digits), abs(value.adjusted())) > MAX_DIGITS:
        raise _UnfitError(f"{where.lstrip('.')} is no number of at most {MAX_DIGITS} digits")
    return f"{value.copy_abs() if value.is_zero() else value:f}"


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
        raise BrokenRecordError(f"broken JSON at {where}: {error.msg}", path=path, next_step=_MEND) from error
    except _UnfitError as error:
        raise BrokenRecordError(f"cannot be read: {error}", path=path, next_step=_MEND) from error
    except RecursionError as error:
        raise BrokenRecordError("cannot be read: nested too deeply", path=path, next_step=_MEND) from error


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
        names = [key for key, _ in pairs]
        twice = next(key for key in names if names.count(key) > 1)
        raise _UnfitError(f"the key {twice!r} stands twice in one object")
    return tree


def _check_schema(tree: object, kind: type[Stored], path: Path) -> None:
    """Refuse what is no `kind` of a version we know."""
    found = tree.get("$schema") if isinstance(tree, dict) else None
    if found == _SCHEMAS[kind]:
        return
    ours, theirs = _SCHEMA_NAME.fullmatch(_SCHEMAS[kind]), _SCHEMA_NAME.fullmatch(str(found))
    if ours and theirs and ours[1] == theirs[1] and int(theirs[2]) > int(ours[2]):
        raise BrokenRecordError(
            f"written by a newer version of summariser ({found})",
            path=path,
            expected=f"This version reads {_SCHEMAS[kind]}",
            next_step="Install the version that wrote it",
        )
    named = f"its $schema is {str(found)[:60]!r}" if found is not None else "it names no $schema"
    raise BrokenRecordError(f"not a {kind.__name__} file: {named}", path=path, expected=_SCHEMAS[kind], next_step=_MEND)


def _issues(error: ValidationError) -> str:
    """List all broken rules with their JSON paths, one a line."""
    issues = error.errors(include_url=False, include_input=False, include_context=False)
    lines = [f"  {_json_path(issue['loc'])}: {issue['msg']}" for issue in issues[:MAX_ISSUES]]
    if len(issues) > MAX_ISSUES:
        lines.append(f"  and {len(issues) - MAX_ISSUES} more")
    return "\n".join([f"{len(issues)} field(s) break the schema:", *lines])


def _json_path(location: tuple[int | str, ...]) -> str:
    """Spell a place as a person writes it: case.results[2].value_text."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")


# ---- hand edits ----------------------------------------------------------------------------------------------------


def content_sha256(record: Record) -> str:
    """Hash what the record says, hexadecimal; `review` and the hash itself are left out, and so is the layout.

    Errors: StoreError for what `dump_json` refuses as well.
    """
    tree = record.model_dump(exclude={"review": True, "provenance": {"content_sha256"}})
    try:
        return hashlib.sha256(canonical_json(_spell_decimals(tree, "")).encode()).hexdigest()
    except (_UnfitError, ValueError) as error:
        raise StoreError(f"has no hash: {error}", path=_label(record)) from error


def seal(record: Record) -> Record:
    """Return the record with the hash of its content, as it is written."""
    provenance = record.provenance.model_copy(update={"content_sha256": content_sha256(record)})
    return record.model_copy(update={"provenance": provenance})


def is_edited(record: Record) -> bool:
    """Tell whether a person changed the content since it was sealed."""
    return record.provenance.content_sha256 != content_sha256(record)


def _spell_decimals(value: object, where: str) -> object:
    """Replace each decimal by the string of its digits: `canonical_json` knows no decimals."""
    if isinstance(value, dict):
        return {key: _spell_decimals(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_spell_decimals(item, f"{where}[{index}]") for index, item in enumerate(value)]
    return _decimal(value, where) if isinstance(value, Decimal) else value


def _settle(old: Record | BrokenRecordError | None, new: Record, *, overwrite: bool) -> tuple[Put, Record]:
    """Decide what becomes of the new record, and which record then stands in the file.

    A person's note goes along to the new record. A decision does not: it was taken on a content that is gone, so the
    new record is open again.
    """
    if old is None:
        return Put.WRITTEN, new
    if isinstance(old, BrokenRecordError):
        if overwrite:
            return Put.OVERWRITTEN, new
        raise old
    if content_sha256(old) == content_sha256(new) and new.review in (_BLANK_REVIEW, old.review):
        return Put.UNCHANGED, old
    guarded = is_edited(old) or old.review.state != "open"
    if guarded and not overwrite:
        return Put.KEPT_EDITED, old
    review = old.review.model_copy(update={"state": "open"}) if new.review == _BLANK_REVIEW else new.review
    return Put.OVERWRITTEN if guarded else Put.WRITTEN, new.model_copy(update={"review": review})


# ---- files ---------------------------------------------------------------------------------------------------------


def load_record(path: Path | str) -> Record:
    """Return the record in the file. Errors: StoreError, see `parse_json`."""
    return _load(Path(path), Record)


def load_failure(path: Path | str) -> Failure:
    """Return the failure in the file. Errors: StoreError, see `parse_json`."""
    return _load(Path(path), Failure)


def load_page_account(path: Path | str) -> PageAccount:
    """Return the page account in the file. Errors: StoreError, see `parse_json`."""
    return _load(Path(path), PageAccount)


def load_records(*paths: Path | str) -> list[Record]:
    """Return all records in the files and folders, by path. Errors: StoreError for the first unreadable file."""
    return [load_record(path) for path in find(paths)]


def read_records(paths: Iterable[Path | str]) -> Iterator[Record | StoreError]:
    """Yield each record in the files and folders, or what is wrong with its file, by path."""
    for path in find(paths):
        try:
            yield load_record(path)
        except StoreError as error:
            yield error


def find(paths: Iterable[Path | str]) -> Iterator[Path]:
    """Yield the record files among the files and below the folders, each once, sorted.

    Shape: failures, page accounts, hidden files and hidden folders are left out.
    Errors: StoreError if a path does not exist or a folder cannot be listed.
    """
    found: set[Path] = set()
    for path in map(Path, paths):
        if path.is_dir():
            found.update(_walk(path))
        elif not path.exists():
            raise _disk_error(FileNotFoundError(errno.ENOENT, ""), path)
        elif not _is_other(path.name):
            found.add(path)
    yield from sorted(found, key=Path.as_posix)


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the record files below the folder."""
    try:
        for parent, folders, names in os.walk(folder, onerror=_raise):
            folders[:] = [name for name in folders if not name.startswith(".")]
            yield from (Path(parent, name) for name in names if name.endswith(".json") and not _is_other(name))
    except OSError as error:
        raise _disk_error(error, Path(error.filename or folder)) from error


def _raise(error: OSError) -> NoReturn:
    """Stop `os.walk`, which passes over what it cannot list unless told otherwise."""
    raise error


def _is_other(name: str) -> bool:
    """Tell whether a file beside the records is none, by its name."""
    return name.startswith(".") or name.lower().endswith((_FAILURE_END, _PAGE_END))


class Store:
    """The records below one folder.

    Shape: `<out>/<page_id>/<article_id>.json`, failures beside them as `<article_id>.failure.json`, page accounts as
    `<out>/<page_id>.page.json`. Nothing is made before the first `put`.
    """

    def __init__(self, out: Path) -> None:
        self.out = out

    def put(self, record: Record, *, overwrite: bool = False) -> Put:
        """Keep the record, sealed, and drop the article's failure file.

        Shape: `written`: new, or the old one was nobody's work. `unchanged`: the file says the same already and was
        not touched. `kept_edited`: a person edited or decided the old one, and it stays. `overwritten`: such a file,
        or a broken one, was copied to `.bak` and replaced, because `overwrite` says so; the person's note stays, the
        state is open again. A record that brings a review of its own is written with it.
        Errors: BrokenRecordError if the stored file is no record and `overwrite` is false; StoreError if an id is no
        file name, or the disk refuses.
        """
        path = self._article_path(record.page_id, record.article_id, ".json")
        outcome, kept = _settle(_stored(path, record), seal(record), overwrite=overwrite)
        text = dump_json(kept)
        if outcome is Put.OVERWRITTEN:
            _back_up(path)
        if outcome in (Put.WRITTEN, Put.OVERWRITTEN):
            _write(path, text.encode())
        _remove(self._article_path(record.page_id, record.article_id, _FAILURE_END))
        return outcome

    def put_failure(self, failure: Failure) -> Put:
        """Keep the failure beside the article's record, which stays as it is. Errors: StoreError, as `put`."""
        return _write_if_new(self._article_path(failure.page_id, failure.article_id, _FAILURE_END), failure)

    def put_page(self, account: PageAccount) -> Put:
        """Keep the account of a page. Errors: StoreError, as `put`."""
        return _write_if_new(self._own(self.out / (_checked_id(account.page_id, self.out) + _PAGE_END)), account)

    def stale(self, page_id: str, article_ids: Iterable[str]) -> tuple[Path, ...]:
        """List the page's record files that belong to none of the articles; for a message, they are never deleted."""
        folder = self.out / _checked_id(page_id, self.out)
        current = {f"{article_id}.json" for article_id in article_ids}
        if not folder.is_dir():
            return ()
        return tuple(path for path in find([folder]) if path.parent == folder and path.name not in current)

    def _article_path(self, page_id: str, article_id: str, end: str) -> Path:
        """Return where a file of the article stands, checked to lie below `out`."""
        folder = self._own(self.out / _checked_id(page_id, self.out))
        path = folder / (_checked_id(article_id, folder) + end)
        if _is_other(f"{article_id}.json"):
            raise StoreError(f"{article_id!r} cannot be the name of a record", path=path, next_step="Choose another id")
        return self._own(path)

    def _own(self, path: Path) -> Path:
        """Return the path, if it is no link: a link below `out` may lead anywhere."""
        if path.is_symlink():
            raise StoreError("a symbolic link, which is never written to", path=path, next_step="Remove the link")
        return path


def _checked_id(name: str, folder: Path) -> str:
    """Return the id, if it makes a file name on every system and cannot lead out of its folder."""
    if _ID.fullmatch(name):
        return name
    raise StoreError(
        f"{name[:120]!r} cannot be the name of a file",
        path=folder,
        expected="1 to 100 letters, digits, points, hyphens and underscores, no point at either end",
        next_step="Rename the page file",
    )


def _label(stored: Stored) -> str:
    """Name something that has no path yet, for messages."""
    return "/".join(str(getattr(stored, name)) for name in ("page_id", "article_id") if hasattr(stored, name))


def _load(path: Path, kind: type[S]) -> S:
    """Read the file as a `kind`."""
    content = _read(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BrokenRecordError(f"not UTF-8 in line {line}", path=path, next_step=_MEND) from error
    return parse_json(text, kind, path=path)


def _read(path: Path) -> bytes:
    """Read a regular file of sane size."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise StoreError("not a regular file", path=path, next_step="Move it away")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _disk_error(error, path) from error
    if len(content) > MAX_BYTES:
        raise BrokenRecordError(f"larger than {MAX_BYTES // 1_000_000} MB, as no record is", path=path, next_step=_MEND)
    return content


def _stored(path: Path, record: Record) -> Record | BrokenRecordError | None:
    """Return what stands where the record goes: a record of the same article, why it is none, or nothing."""
    if not os.path.lexists(path):
        return None
    try:
        old = load_record(path)
    except BrokenRecordError as error:
        return error
    if (old.page_id, old.article_id) != (record.page_id, record.article_id):  # also where A and a are one file
        return BrokenRecordError(f"holds another article ({old.page_id}/{old.article_id})", path=path, next_step=_MEND)
    return old


def _write_if_new(path: Path, stored: Stored) -> Put:
    """Write what no person edits, unless the file says it already."""
    content = dump_json(stored).encode()
    if path.is_file() and _read(path) == content:
        return Put.UNCHANGED
    _write(path, content)
    return Put.WRITTEN


def _back_up(path: Path) -> None:
    """Copy the file to the first free of `.bak`, `.bak2`, `.bak3` ..."""
    number, target = 1, path.with_name(path.name + ".bak")
    while os.path.lexists(target):
        number += 1
        target = path.with_name(f"{path.name}.bak{number}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _disk_error(error, path) from error
    _write(target, content)


def _write(path: Path, content: bytes) -> None:
    """Put the bytes at `path` in one step, on the disk and not only in its cache, or leave everything as it was."""
    temp = path.with_name(f".summariser-{secrets.token_hex(8)}.tmp")
    try:
        _make_folder(path.parent)
        _write_through(temp, content)
        _sweep(path.parent, now=temp.stat().st_mtime)
        temp.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise _disk_error(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            temp.unlink()


def _make_folder(folder: Path) -> None:
    """Make the folder, so that it survives a power cut."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _sync_folder(folder.parent)


def _write_through(path: Path, content: bytes) -> None:
    """Make the file, which must not exist, and flush it to the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Flush the names in the folder; some systems (Windows, some network disks) cannot, and need not."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def _sweep(folder: Path, *, now: float) -> None:
    """Remove what killed runs left in the folder; `now` is the disk's own time."""
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):  # another process may sweep as well
                if _TEMP_NAME.fullmatch(entry.name) and now - entry.stat().st_mtime > STALE_TEMP_S:
                    Path(entry.path).unlink()


def _remove(path: Path) -> None:
    """Remove the file, if it is there."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _disk_error(error, path) from error


def _disk_error(error: OSError, path: Path) -> StoreError:
    """Say in words what the system refused, and what to do."""
    what, next_step = _DISK_ADVICE.get(error.errno or 0, (error.strerror or str(error), "Check the disk and run again"))
    return StoreError(what, path=path, next_step=next_step)
