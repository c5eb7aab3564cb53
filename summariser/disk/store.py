"""The store: records, failures and page manifests written as JSON files, which people review and correct.

Three promises:

- *Stable.* The same record is the same bytes (`record_text.py`), and what has not changed is not touched.
- *Whole.* A reader sees the old file or the new one (`files.py`).
- *Nobody's work is lost.* A record that a person edited (its hash tells) or decided on (`review.state` is not open)
  stays as it is; if its article only stands elsewhere on a page that changed, it is carried over there, with all that
  it says. With `overwrite` it is replaced, after its bytes were copied to `<name>.json.bak`.

Which article of a page that changed a record tells of is known by what both read (`name_articles`), not by its id.
"""

from __future__ import annotations

import os
import re
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from summariser.comparison import shared_words
from summariser.disk.files import back_up, remove_file, sync_folder, write_file
from summariser.disk.record_text import content_sha256, dump_json, is_guarded, seal
from summariser.disk.stored import (
    FAILURE_END,
    GONE_END,
    MAX_BYTES,
    PAGE_END,
    RECORD_END,
    find,
    is_record_name,
    load_failure,
    load_manifest,
    load_record,
    locate_page,
    parse_bytes,
    read_bytes,
    reads_as,
    rebuild_split,
)
from summariser.errors import BrokenRecordError, InputError, StoreError
from summariser.pages.article import assign_ids, base_id
from summariser.readers.files import split_mark
from summariser.schema.page import Article, Page, PageSplit
from summariser.schema.record import Failure, PageManifest, Record, Review, Stored
from summariser.text import counted

_BY_PERSON: Final = b'"by_person"'  # in the bytes of a manifest of which a person moved lines
_BLANK_REVIEW: Final = Review(state="open", by=None, note=None)
_SAME_HEADLINE: Final = 0.3  # likeness of texts, from which on they are one article that changed; others have 0.15
_OTHER_HEADLINE: Final = 0.7
_ID: Final = re.compile(r"(?!\.)[\w.-]{1,100}(?<!\.)")  # no separator and no dot at either end: it cannot lead anywhere


class Put(StrEnum):
    """What became of something that was handed to the store."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    KEPT_EDITED = "kept_edited"
    OVERWRITTEN = "overwritten"
    CARRIED = "carried"


class MovedLinesWarning(UserWarning):
    """The lines of a page that a person had moved are others by now."""


class FileChange(NamedTuple):
    """A file as it was and as it is to be; None where there is none."""

    path: Path
    before: bytes | None
    after: bytes | None

    @property
    def back(self) -> FileChange:
        """The change that undoes it."""
        return FileChange(self.path, self.after, self.before)


class Store:
    """The records below one folder.

    Shape: `<out>/<page_id>/<article_id>.json`, failures beside them as `<article_id>.failure.json`, page manifests as
    `<out>/<page_id>.page.json`. Nothing is made before the first `put`.
    """

    def __init__(self, out: Path) -> None:
        self.out = out

    def put(
        self, record: Record, *, overwrite: bool = False, carry: Callable[[Record], Record | None] = lambda _: None
    ) -> tuple[Put, Record]:
        """Keep the record, sealed, and drop the article's failure file; what became of it, and the record that stands.

        Shape: `end_page` follows. `written`: new, or the old one was nobody's work. `unchanged`: the file says the same
        already and was not touched. `kept_edited`: a person edited or decided the old one, or moved its lines
        meanwhile, and it stays. `carried`: it would, and `carry` gave the record that stands in its place.
        `overwritten`: such a file, or a broken one, was copied to `.bak` and replaced, because `overwrite` says so; the
        person's note stays, the state is open again. A record that brings a review of its own is written with it.
        Errors: BrokenRecordError if the stored file is no record and `overwrite` is false; StoreError if an id is no
        file name, or the disk refuses.
        """
        path = self.path_of(record.page_id, record.article_id, RECORD_END)
        if self._is_parted_since(record):
            old = _stored(path, record)
            return Put.KEPT_EDITED, old if isinstance(old, Record) else record
        sealed = record if record.provenance.content_sha256 else seal(record)
        outcome, kept = _settle(_stored(path, record), sealed, overwrite=overwrite)
        if outcome is Put.KEPT_EDITED and (carried := carry(kept)):
            outcome, kept = Put.CARRIED, carried
        if outcome in (Put.WRITTEN, Put.OVERWRITTEN, Put.CARRIED):
            text = dump_json(kept)
            if outcome is Put.OVERWRITTEN:
                back_up(path)
            write_file(path, text.encode(), one_of_many=True)
        remove_file(self._own(path.with_name(record.article_id + FAILURE_END)))
        return outcome, kept

    def put_decision(self, decided: Record, *, seen: Record) -> FileChange:
        """Keep what a person decided on the record that they saw, in its place; the hash stays that of the tool.

        Shape: the file is replaced as it is given, review and edits, without sealing.
        Errors: StoreError if the file no longer holds what was seen, is no record, or the disk refuses.
        """
        path = self.path_of(seen.page_id, seen.article_id, RECORD_END)
        if (decided.page_id, decided.article_id) != (seen.page_id, seen.article_id):
            raise ValueError("a decision is about the record that was seen")
        before = read_bytes(path)
        if parse_bytes(before, Record, path) != seen:
            what = "was changed since it was shown"
            raise StoreError(what, path=path, next_step="Nothing was written; look at the record again")
        write_records({path: decided})
        return FileChange(path, before, read_bytes(path))

    def put_failure(self, failure: Failure) -> Put:
        """Keep the failure beside the article's record, which stays as it is. Errors: StoreError, as `put`."""
        return _write_if_new(self.path_of(failure.page_id, failure.article_id, FAILURE_END), failure)

    def put_page(self, manifest: PageManifest) -> Put:
        """Keep the manifest of a page, and drop failures of articles that it no longer lists.

        Shape: `kept_edited`: a person moved lines of the same page meanwhile, and that stays. Of a page that changed
        since, the manifest with what a person moved is copied to `.bak`.
        Errors: StoreError, as `put` and `check_sources`.
        """
        self._check([(manifest.page_id, manifest.source, manifest.page_sha256)])
        folder, path = self._own(self.out / manifest.page_id), self._manifest_path(manifest.page_id)
        if known := self.find_moved(manifest.page_id):
            if known.page_sha256 == manifest.page_sha256 and known.by_person != manifest.by_person:
                return Put.KEPT_EDITED
            if known.page_sha256 != manifest.page_sha256 and not manifest.by_person:
                back_up(path)
                told = f"Lines of {manifest.source} changed since a person moved some; it was split anew."
                kept = f"What was moved stands in {path}.bak, and is taken up again only by a run that finds its lines"
                warnings.warn(f"{told} {kept} as they were", MovedLinesWarning, stacklevel=2)
        outcome = _write_if_new(path, manifest)
        listed = {f"{article.article_id}{FAILURE_END}" for article in manifest.articles}
        for path in sorted(folder.glob(f"*{FAILURE_END}")):
            if path.name not in listed:
                remove_file(path)
        return outcome

    def restore_moved(self, page: Page) -> None:
        """Put the lines that a person moved back, if the page is again as it was then: its manifest stands in a `.bak`.

        Shape: records of such articles that were made anew since are put back from their `.bak` as well; what is there
        meanwhile is kept as one.
        Errors: StoreError, as `put`.
        """
        path = self._manifest_path(page.page_id)
        known = _known_manifest(path)
        if known is None or _is_of(known, page):
            return
        for copy in _newest_first(self.out.glob(f"{path.name}.bak*")):
            moved = _known_manifest(copy)
            if moved and moved.by_person and _is_of(moved, page):
                with suppress(InputError):  # its lines are not to be had: then its records are not either
                    self._restore_records(moved, rebuild_split(page, moved))
                self._swap(copy, path, keeps=bool(known.by_person))  # last: whoever was killed before does all again
                return

    def _restore_records(self, manifest: PageManifest, split: PageSplit) -> None:
        """Put back the records of a split by a person; those of articles that are gone in it are no records."""
        for article in split.articles:
            path = self.path_of(article.page_id, article.article_id)
            copies = [path, *_newest_first(path.parent.glob(f"{path.name}.bak*"))]
            fits = (each for each in copies if _reads_as_in(each, article))
            if (copy := next(fits, path)) != path:
                self._swap(copy, path)
        for each in manifest.by_person.gone if manifest.by_person else ():
            path = self.path_of(manifest.page_id, each.article.article_id)
            if path.exists() and path.with_name(f"{each.article.article_id}{GONE_END}").exists():
                back_up(path)
                remove_file(path)

    def _swap(self, copy: Path, path: Path, *, keeps: bool = True) -> None:
        """Put a copy back in its place; what stands there is copied before, if it is kept."""
        if keeps and path.exists():
            back_up(path)
        write_file(path, read_bytes(copy))
        remove_file(self._own(copy))

    def find_split(self, page: Page) -> tuple[PageManifest, PageSplit] | None:
        """The manifest and split that an earlier run left of a page of the same bytes; None if there is none.

        Shape: of a split by a person the same lines are enough; the manifest then names the bytes of now.
        """
        manifest = _known_manifest(self._manifest_path(page.page_id))
        if manifest is None or not _is_of(manifest, page):
            return None
        try:
            return manifest.model_copy(update={"page_sha256": page.sha256}), rebuild_split(page, manifest)
        except InputError:
            return None

    def find_kept(self, page_id: str, article_id: str) -> Record | Failure | None:
        """What is kept of an article: its record, else why it has none. Errors: StoreError if that is broken."""
        path, failed = (self.path_of(page_id, article_id, end) for end in (RECORD_END, FAILURE_END))
        if path.exists():
            return load_record(path)
        return load_failure(failed) if failed.exists() else None

    def name_articles(self, split: PageSplit) -> PageSplit:
        """The split of a page, each article under the id of the record that tells of it, so that work stays with text.

        Shape: records and articles are paired by the nearest text, the same before any other, and of these what a
        person worked on; the last record of an article that a person had merged away comes back with its text. What has
        no record gets the next id of its headline that holds nobody's work.
        Errors: StoreError, as `put`.
        """
        folder = self._own(self.out / _checked_id(split.page_id, self.out))
        records, merged = (_load_by_id(folder, end) for end in (RECORD_END, GONE_END))
        gone = {
            name: record
            for name, record in merged.items()
            if name not in records and any(reads_as(article, record.text) for article in split.articles)
        }
        known = _pair(split.articles, {**records, **gone})
        for name in gone.keys() & {*known.values()}:
            write_file(self.path_of(split.page_id, name), read_bytes(folder / f"{name}{GONE_END}"))
        taken = {name for name, record in {**merged, **records}.items() if _is_worked_on(record)}
        shared = Counter(base_id(article.article_id) for article in split.articles)
        files = {path.name.removesuffix(RECORD_END) for path in folder.glob(f"*{RECORD_END}")}
        taken |= {name for name in files - records.keys() if shared[base_id(name)] > 1}  # broken, or of another page
        return split.model_copy(update={"articles": assign_ids(split.articles, known, taken)})

    def find_sound(self, manifest: PageManifest, articles: Iterable[Article]) -> frozenset[str]:
        """The articles of a page that changed whose records, which a person worked on, read as they do all the same.

        Shape: none on a page that is as it was when all such records were written or carried over.
        """
        sound, changed = set[str](), False
        for article in articles:
            with suppress(StoreError):
                record = load_record(self.path_of(article.page_id, article.article_id))
                if is_guarded(record):
                    sound |= {article.article_id} if reads_as(article, record.text) else set()
                    stood = record.provenance.page_sha256, record.continuation
                    changed |= stood != (manifest.page_sha256, article.continuation)
        return frozenset(sound if changed else ())

    def end_page(self, page_id: str, asked: Collection[str]) -> None:
        """Flush what was put of a page; note of articles with moved lines that they were asked as they are now."""
        if (folder := self.out / page_id).is_dir():
            sync_folder(folder)
        if (manifest := self.find_moved(page_id)) and (moved := manifest.by_person):
            left = {name: tuple(each for each in getattr(moved, name) if each not in asked) for name in ("held", "due")}
            now = manifest.model_copy(update={"by_person": moved.model_copy(update=left)})
            _write_if_new(self._manifest_path(page_id), now)

    def find_moved(self, page_id: str) -> PageManifest | None:
        """The manifest of a page of which a person moved lines."""
        path = self._manifest_path(page_id)
        try:
            state = path.stat()
        except OSError:
            return None
        return _read_moved(path, (state.st_ino, state.st_size, state.st_mtime_ns))

    def _is_parted_since(self, record: Record) -> bool:
        """Whether a person gave the article other lines than the record was made of."""
        manifest = self.find_moved(record.page_id)
        if manifest is None or manifest.page_sha256 != record.provenance.page_sha256:
            return False
        own = next((each.lines for each in manifest.articles if each.article_id == record.article_id), None)
        return own != record.lines

    def check_sources(self, pages: Iterable[Page]) -> None:
        """Refuse pages whose place is taken by another page of the same name, such as 01.txt of another day.

        Shape: the same file may have changed, and the same text may have moved; both are the page that was there. A
        page whose id differs in capitals alone is another one, also where the disk takes both names for one.
        Errors: StoreError that names all such pages.
        """
        self._check((page.page_id, page.path, page.sha256) for page in pages)

    def find_elsewhere(self, pages: Sequence[Page]) -> str | None:
        """A page from another folder whose records are here, if none of these pages' folders has any here yet."""
        folders = {Path(page.path).resolve().parent for page in pages}
        elsewhere = None
        if any(not self._manifest_path(page.page_id).exists() for page in pages):
            for path in sorted(self.out.glob(f"*{PAGE_END}")):
                if manifest := _known_manifest(path):
                    with suppress(OSError, ValueError):  # a name that no file can have
                        if locate_page(manifest.source, path).resolve().parent in folders:
                            return None
                    elsewhere = elsewhere or manifest.source
        return elsewhere

    def find_parted(self, pages: Sequence[Page]) -> dict[str, tuple[str, ...]]:
        """Pages that share an article, as an earlier run left it, with others that are not among them: with those."""
        given, parted = {page.page_id for page in pages}, {}
        for page_id in sorted(given):
            manifest = _known_manifest(self._manifest_path(page_id))
            if manifest and (missing := tuple(sorted(manifest.tied_pages - given))):
                parted[page_id] = missing
        return parted

    def _check(self, pages: Iterable[tuple[str, str, str]]) -> None:
        """`check_sources` for page ids, paths and hashes."""
        clashes = []
        for page_id, source, sha256 in pages:
            kept = _known_manifest(path := self._manifest_path(page_id))
            if kept is None:
                continue
            is_known = kept.page_sha256 == sha256 or _is_same_file(kept.source, source, beside=path)
            if kept.page_id != page_id or not is_known:  # another id: where A and a are one file
                clashes.append(f"\n  {source} would replace {kept.source} in {path}")
        if clashes:
            raise StoreError(
                f"{counted(len(clashes), 'page has', 'pages have')} the name of another page, whose records are here:"
                f"{''.join(clashes)}",
                path=self.out,
                next_step="Choose another folder with --out, or rename the page files",
            )

    def _manifest_path(self, page_id: str) -> Path:
        """Return where the manifest of a page stands, checked to lie below `out`."""
        return self._own(self.out / (_checked_id(page_id, self.out) + PAGE_END))

    def stale(self, page_id: str, article_ids: Iterable[str]) -> tuple[Path, ...]:
        """List the page's record files that belong to none of the articles; for a message, they are never deleted."""
        folder = self.out / _checked_id(page_id, self.out)
        current = {f"{article_id}{RECORD_END}" for article_id in article_ids}
        if not folder.is_dir():
            return ()
        return tuple(path for path in find([folder]) if path.parent == folder and path.name not in current)

    def path_of(self, page_id: str, article_id: str, end: str = RECORD_END) -> Path:
        """Where the record of an article stands, or its failure, checked to lie below `out`.

        Errors: StoreError if an id is no file name, or a link stands there.
        """
        folder = self._own(self.out / _checked_id(page_id, self.out))
        path = folder / (_checked_id(article_id, folder) + end)
        if not is_record_name(f"{article_id}{RECORD_END}"):
            raise StoreError(f"{article_id!r} cannot be the name of a record", path=path, next_step="Choose another id")
        return self._own(path)

    def _own(self, path: Path) -> Path:
        """Return the path, if it is no link: a link below `out` may lead anywhere."""
        _refuse_link(path, next_step="Remove the link")
        return path


def write_records(changed: Mapping[Path, Record]) -> None:
    """Put records as they are, unsealed, in the place of those that a person named; all are looked at before.

    Errors: StoreError if a link stands there, which may lead anywhere, one would be more than can be read again, or
    the disk refuses.
    """
    contents = {path: dump_json(record).encode() for path, record in changed.items()}
    for path, content in contents.items():
        _refuse_link(path, next_step="Nothing was written; name the file itself")
        if len(content) > MAX_BYTES:
            what = f"would be larger than {MAX_BYTES // 1_000_000} MB, as no record is"
            raise StoreError(what, path=path, next_step="Nothing was written; shorten what is so long in it")
    for path, content in contents.items():
        write_file(path, content)


def change_files(changes: Sequence[FileChange]) -> None:
    """Change files that belong together, in their order; all are looked at before.

    Errors: StoreError if one is not as it was, a link stands there, or the disk refuses.
    """
    for path, before, _ in changes:
        _refuse_link(path, next_step="Nothing was written; remove the link")
        if (read_bytes(path) if path.exists() else None) != before:
            what = "was changed since it was shown"
            raise StoreError(what, path=path, next_step="Nothing was written; look at the page again")
    for path, _, after in changes:
        if after is None:
            remove_file(path)
        else:
            write_file(path, after)


def _refuse_link(path: Path, *, next_step: str) -> None:
    """Raise StoreError if the path is a link, which may lead anywhere."""
    if path.is_symlink():
        raise StoreError("a symbolic link, which is never written to", path=path, next_step=next_step)


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


def _load_by_id(folder: Path, end: str) -> dict[str, Record]:
    """The records of a page in files with this ending, by their article; what is broken tells of none."""
    found = {}
    for path in sorted(folder.glob(f"*{end}")):
        if end != RECORD_END or is_record_name(path.name):
            with suppress(StoreError):
                record = load_record(path)
                if path.name == f"{record.article_id}{end}" and record.page_id == folder.name:
                    found[record.article_id] = record
    return found


def _pair(articles: Sequence[Article], records: Mapping[str, Record]) -> dict[int, str]:
    """The records that articles have, by the number of the article from 0: each the best that is left."""
    offers = []
    bases = Counter(base_id(each) for each in (*records, *(article.article_id for article in articles)))
    for number, article in enumerate(articles):
        for name, record in records.items():
            is_named, is_same = base_id(name) == base_id(article.article_id), reads_as(article, record.text)
            likeness = _likeness(article, record)
            is_only = name == article.article_id and bases[base_id(name)] == 2  # the one record and the one article
            if is_same or likeness >= (_SAME_HEADLINE if is_named else _OTHER_HEADLINE) or (likeness < 0 and is_only):
                rank = (is_same, is_same and _is_worked_on(record), likeness, is_named, name == article.article_id)
                offers.append((rank, -number, name))
    paired: dict[int, str] = {}
    for _, number, name in sorted(offers, reverse=True):
        if -number not in paired and name not in paired.values():
            paired[-number] = name
    return paired


def _likeness(article: Article, record: Record) -> float:
    """How much an article reads as its record says, from 0 to 1; -1 for a record without words."""
    words = "".join(each.text or "" for each in record.text.sentences if each.lines)  # of this page, not of the next
    return shared_words(words, article.text) if words else -1.0


def _newest_first(copies: Iterable[Path]) -> list[Path]:
    """Copies of a file, the last that was made first; a number may be given again."""
    return sorted(copies, key=lambda copy: (copy.stat().st_mtime_ns, copy.name), reverse=True)


def _is_worked_on(record: Record) -> bool:
    """Whether a person edited a record, decided on it, left a note or joined it to others."""
    return is_guarded(record) or record.review != _BLANK_REVIEW or record.practice is not None


@lru_cache(maxsize=1024)  # asked with each record of a page, whose manifest nobody writes meanwhile
def _read_moved(path: Path, _state: tuple[int, ...]) -> PageManifest | None:
    """The manifest as the file holds it in this state, if a person moved lines."""
    if not path.is_file() or _BY_PERSON not in read_bytes(path):
        return None
    manifest = _known_manifest(path)
    return manifest if manifest and manifest.by_person else None


def _known_manifest(path: Path) -> PageManifest | None:
    """The manifest in a file; of one that is not there or broken nothing is known that could be lost."""
    try:
        return load_manifest(path)
    except StoreError:
        return None


def _is_of(manifest: PageManifest, page: Page) -> bool:
    """Tell whether a manifest is of the page as it is: of its bytes or, where a person split it, of its lines."""
    moved = manifest.by_person
    return manifest.page_sha256 == page.sha256 or bool(moved and moved.lines_sha256 == page.lines_sha256)


def _reads_as_in(path: Path, article: Article) -> bool:
    """Tell whether a file holds a record that an article reads as."""
    try:
        return reads_as(article, load_record(path).text)
    except StoreError:
        return False


def _is_same_file(known: str, source: str, *, beside: Path) -> bool:
    """Tell whether two paths of a page file, one of them from an earlier run, lead to one file."""
    if known == source:
        return True
    (file, number), (other, other_number) = split_mark(locate_page(known, beside)), split_mark(source)
    try:
        return number == other_number and file.samefile(other)
    except (OSError, ValueError):
        return False


def _stored(path: Path, record: Record) -> Record | BrokenRecordError | None:
    """Return what stands where the record goes: a record of the same article, why it is none, or nothing."""
    if not os.path.lexists(path):
        return None
    try:
        old = load_record(path)
    except BrokenRecordError as error:
        return error
    if (old.page_id, old.article_id) != (record.page_id, record.article_id):  # also where A and a are one file
        return BrokenRecordError(f"holds another article ({old.page_id}/{old.article_id})", path=path)
    return old


def _settle(old: Record | BrokenRecordError | None, new: Record, *, overwrite: bool) -> tuple[Put, Record]:
    """Decide what becomes of the new record, and which record then stands in the file.

    A person's note and the practice go along to the new record. A decision does not: it was taken on a content that is
    gone, so the new record is open again.
    """
    if old is None:
        return Put.WRITTEN, new
    if isinstance(old, BrokenRecordError):
        if overwrite:
            return Put.OVERWRITTEN, new
        raise old
    if content_sha256(old) == content_sha256(new) and new.review in (_BLANK_REVIEW, old.review):
        return Put.UNCHANGED, old
    guarded = is_guarded(old)
    if guarded and not overwrite:
        return Put.KEPT_EDITED, old
    review = old.review.model_copy(update={"state": "open"}) if new.review == _BLANK_REVIEW else new.review
    kept = {"review": review, "practice": new.practice or old.practice}
    return Put.OVERWRITTEN if guarded else Put.WRITTEN, new.model_copy(update=kept)


def _write_if_new(path: Path, stored: Stored) -> Put:
    """Write what no person edits, unless the file says it already."""
    content = dump_json(stored).encode()
    if path.is_file() and read_bytes(path) == content:
        return Put.UNCHANGED
    write_file(path, content)
    return Put.WRITTEN
