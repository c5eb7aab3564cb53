"""The state of each page file of a project (recorded, failed, not asked), read from the files that runs leave."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from summariser.disk.stored import FAILURE_END, PAGE_END, RECORD_END, load_failure, load_manifest
from summariser.errors import InputError, StoreError, SummariserError
from summariser.readers.files import PageFile, find_pages
from summariser.schema.record import Failure, PageArticle, PageManifest


class MissingRecord(NamedTuple):
    """An article without a record; `failure` says why, or there is none yet."""

    page_id: str
    article: PageArticle
    failure: Failure | None


class PageFileStatus(NamedTuple):
    """One file of pages.

    Shape: `articles` counts those of all its pages that were cut so far; `is_done`: it was cut, and each has a record.
    """

    file: PageFile
    size: int
    articles: int
    records: int
    missing: tuple[MissingRecord, ...]

    @property
    def is_done(self) -> bool:
        """Tell whether nothing is left to ask."""
        return self.articles > 0 and not self.missing

    @property
    def failed(self) -> int:
        """How many articles have failed."""
        return sum(each.failure is not None for each in self.missing)


class PageStatuses(NamedTuple):
    """All files of pages; `notes` say which files are no pages, or cannot be."""

    files: tuple[PageFileStatus, ...]
    notes: tuple[SummariserError | str, ...]

    @property
    def unfinished(self) -> tuple[PageFileStatus, ...]:
        """Those where something is left to ask."""
        return tuple(each for each in self.files if not each.is_done)


def read_page_statuses(pages: Path, out: Path) -> PageStatuses:
    """How each page file below `pages` stands in the records below `out`."""
    try:
        found = find_pages([pages])
    except InputError as error:
        is_empty = not pages.is_dir() or not any(pages.iterdir())
        return PageStatuses((), () if is_empty else (error,))
    manifests = _list_manifests(out)
    return PageStatuses(tuple(_stand(file, manifests, out) for file in found.files), (*found.notes, *found.faults))


def choose_paths(statuses: PageStatuses, names: Sequence[str], pages: Path) -> tuple[Path, ...]:
    """What a run has to be given for the files of these names; all of them if no name is given that is here.

    Shape: the whole folder where the chosen files alone would be called otherwise than among all others.
    """
    chosen = [each.file for each in statuses.files if each.file.path.as_posix() in set(names)]
    if not chosen:
        return (pages,)
    try:
        alone = find_pages([file.path for file in chosen]).files
    except InputError:
        return (pages,)
    return tuple(file.path for file in chosen) if set(alone) == set(chosen) else (pages,)


def find_source(statuses: PageStatuses, page_id: str) -> Path | None:
    """The file that a page is read from: `x.p2` is page 2 of x."""
    for each in statuses.files:
        if each.file.page_id == page_id:
            return each.file.path
        number = re.fullmatch(re.escape(each.file.page_id) + r"\.p([0-9]{1,4})", page_id)
        if number:
            return Path(f"{each.file.path}#page={number[1]}")
    return None


def _list_manifests(out: Path) -> Mapping[str, tuple[PageManifest, ...]]:
    """The manifests below `out` by the page id of the file: those of `x.p1`, `x.p2` under x as well."""
    found: dict[str, tuple[PageManifest, ...]] = {}
    for path in sorted(out.glob(f"*{PAGE_END}")):
        try:
            state = path.stat()
            manifest = _read_manifest(path, state.st_mtime_ns, state.st_size)
        except (StoreError, OSError):  # broken, or gone meanwhile: nothing is known of this page
            continue
        page_id = path.name.removesuffix(PAGE_END)
        file_id = re.sub(r"\.p[0-9]{1,4}\Z", "", page_id)
        for key in {page_id, file_id}:
            found[key] = (*found.get(key, ()), manifest)
    return found


@lru_cache(maxsize=50_000)  # a page of the browser asks again and again, and a manifest hardly ever changes
def _read_manifest(path: Path, _mtime_ns: int, _size: int) -> PageManifest:
    """The manifest in a file as it was written then. Errors: StoreError."""
    return load_manifest(path)


def _stand(file: PageFile, manifests: Mapping[str, tuple[PageManifest, ...]], out: Path) -> PageFileStatus:
    """How one file stands."""
    own = manifests.get(file.page_id, ())
    missing = tuple(each for manifest in own for each in _list_missing(manifest, out))
    articles = sum(not article.continues_from for manifest in own for article in manifest.articles)
    return PageFileStatus(file, file.path.stat().st_size, articles, articles - len(missing), missing)


def _list_missing(manifest: PageManifest, out: Path) -> Iterator[MissingRecord]:
    """The articles of a page that have no record."""
    folder = out / manifest.page_id
    names = {path.name for path in folder.glob(f"*{RECORD_END}")}
    for article in manifest.articles:
        if article.continues_from or f"{article.article_id}{RECORD_END}" in names:
            continue  # the record of what goes on here is kept with the page on which it begins
        failure = None
        if (name := f"{article.article_id}{FAILURE_END}") in names:
            with suppress(StoreError):  # broken: it is asked again like one that was never asked
                failure = load_failure(folder / name)
        yield MissingRecord(manifest.page_id, article, failure)
