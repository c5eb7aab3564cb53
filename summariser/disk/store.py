"""The disk door for what is kept: records, failures and page manifests as JSON files that people review and correct.

Three promises:

- *Stable.* The same record is the same bytes (`record_text.py`), and what has not changed is not touched.
- *Whole.* A reader sees the old file or the new one (`whole_file.py`).
- *Nobody's work is lost.* A record that a person edited (its hash tells) or decided on (`review.state` is not open)
  stays as it is. With `overwrite` it is replaced, after its bytes were copied to `<name>.json.bak`.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final, NoReturn

from summariser.disk.record_text import MEND, S, content_sha256, dump_json, is_edited, parse_json, seal
from summariser.disk.whole_file import back_up, disk_error, remove_file, write_file
from summariser.errors import BrokenRecordError, StoreError
from summariser.schema.record import Failure, PageManifest, Record, Review, Stored

MAX_BYTES: Final = 20_000_000  # a record of a whole page is below 0.2 MB; more is no record of ours

_BLANK_REVIEW: Final = Review(state="open", by=None, note=None)
_FAILURE_END: Final = ".failure.json"
_PAGE_END: Final = ".page.json"
_ID: Final = re.compile(r"(?!\.)[\w.-]{1,100}(?<!\.)")  # no separator and no dot at either end: it cannot lead anywhere


class Put(StrEnum):
    """What became of something that was handed to the store."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    KEPT_EDITED = "kept_edited"
    OVERWRITTEN = "overwritten"


def load_record(path: Path | str) -> Record:
    """Return the record in the file. Errors: StoreError, see `parse_json`."""
    return _load(Path(path), Record)


def load_failure(path: Path | str) -> Failure:
    """Return the failure in the file. Errors: StoreError, see `parse_json`."""
    return _load(Path(path), Failure)


def load_manifest(path: Path | str) -> PageManifest:
    """Return the page manifest in the file. Errors: StoreError, see `parse_json`."""
    return _load(Path(path), PageManifest)


def load_records(*paths: Path | str) -> list[Record]:
    """Return all records in the files and folders, by path. Errors: StoreError for the first unreadable file."""
    return [load_record(path) for path in find(paths)]


def find(paths: Iterable[Path | str]) -> Iterator[Path]:
    """Yield the record files among the files and below the folders, each once, sorted.

    Shape: failures, page manifests, hidden files and hidden folders are left out.
    Errors: StoreError if a path does not exist or a folder cannot be listed.
    """
    found: set[Path] = set()
    for path in map(Path, paths):
        if path.is_dir():
            found.update(_walk(path))
        elif not path.exists():
            raise disk_error(FileNotFoundError(errno.ENOENT, ""), path)
        elif not _is_other(path.name):
            found.add(path)
    yield from sorted(found, key=Path.as_posix)


class Store:
    """The records below one folder.

    Shape: `<out>/<page_id>/<article_id>.json`, failures beside them as `<article_id>.failure.json`, page manifests as
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
        sealed = record if record.provenance.content_sha256 else seal(record)
        outcome, kept = _settle(_stored(path, record), sealed, overwrite=overwrite)
        text = dump_json(kept)
        if outcome is Put.OVERWRITTEN:
            back_up(path)
        if outcome in (Put.WRITTEN, Put.OVERWRITTEN):
            write_file(path, text.encode())
        remove_file(self._article_path(record.page_id, record.article_id, _FAILURE_END))
        return outcome

    def put_decision(self, decided: Record, *, seen: Record) -> None:
        """Keep what a person decided on the record that they saw, in its place; the hash stays that of the tool.

        Shape: the file is replaced as it is given, review and edits, without sealing.
        Errors: StoreError if the file no longer holds what was seen, is no record, or the disk refuses.
        """
        path = self._article_path(seen.page_id, seen.article_id, ".json")
        if (decided.page_id, decided.article_id) != (seen.page_id, seen.article_id):
            raise ValueError("a decision is about the record that was seen")
        if load_record(path) != seen:
            what = "was changed since it was shown"
            raise StoreError(what, path=path, next_step="Nothing was written; look at the record again")
        write_file(path, dump_json(decided).encode())

    def put_failure(self, failure: Failure) -> Put:
        """Keep the failure beside the article's record, which stays as it is. Errors: StoreError, as `put`."""
        return _write_if_new(self._article_path(failure.page_id, failure.article_id, _FAILURE_END), failure)

    def put_page(self, manifest: PageManifest) -> Put:
        """Keep the manifest of a page. Errors: StoreError, as `put`."""
        return _write_if_new(self._own(self.out / (_checked_id(manifest.page_id, self.out) + _PAGE_END)), manifest)

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


def _load(path: Path, kind: type[S]) -> S:
    """Read the file as a `kind`."""
    content = _read(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BrokenRecordError(f"not UTF-8 in line {line}", path=path, next_step=MEND) from error
    return parse_json(text, kind, path=path)


def _read(path: Path) -> bytes:
    """Read a regular file of sane size."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise StoreError("not a regular file", path=path, next_step="Move it away")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise disk_error(error, path) from error
    if len(content) > MAX_BYTES:
        raise BrokenRecordError(f"larger than {MAX_BYTES // 1_000_000} MB, as no record is", path=path, next_step=MEND)
    return content


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the record files below the folder."""
    try:
        for parent, folders, names in os.walk(folder, onerror=_raise):
            folders[:] = [name for name in folders if not name.startswith(".")]
            yield from (Path(parent, name) for name in names if name.endswith(".json") and not _is_other(name))
    except OSError as error:
        raise disk_error(error, Path(error.filename or folder)) from error


def _raise(error: OSError) -> NoReturn:
    """Stop `os.walk`, which passes over what it cannot list unless told otherwise."""
    raise error


def _is_other(name: str) -> bool:
    """Tell whether a file beside the records is none, by its name."""
    return name.startswith(".") or name.lower().endswith((_FAILURE_END, _PAGE_END))


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


def _stored(path: Path, record: Record) -> Record | BrokenRecordError | None:
    """Return what stands where the record goes: a record of the same article, why it is none, or nothing."""
    if not os.path.lexists(path):
        return None
    try:
        old = load_record(path)
    except BrokenRecordError as error:
        return error
    if (old.page_id, old.article_id) != (record.page_id, record.article_id):  # also where A and a are one file
        return BrokenRecordError(f"holds another article ({old.page_id}/{old.article_id})", path=path, next_step=MEND)
    return old


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


def _write_if_new(path: Path, stored: Stored) -> Put:
    """Write what no person edits, unless the file says it already."""
    content = dump_json(stored).encode()
    if path.is_file() and _read(path) == content:
        return Put.UNCHANGED
    write_file(path, content)
    return Put.WRITTEN
