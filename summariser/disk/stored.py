"""Reading of what is stored: records, failures and manifests, and the pages and articles they were made of.

Everything read is untrusted: a file may be broken, edited or of something else, a manifest may name lines that its page
does not have. `read_stored` gives such things as values with their error and goes on; the `load_` functions raise it.

`take_parts` gives folders and addresses a part at a time: of an address a page, borrowed for as long as it is used.
"""

from __future__ import annotations

import gc
import json
import os
import re
import stat
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import cached_property, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from summariser.disk.files import Borrowed, ObjectFolder, borrow, borrow_file, disk_error, is_address, local_path
from summariser.disk.record_text import S, is_edited, is_guarded, names_older, parse_json
from summariser.errors import BrokenRecordError, ConfigError, InputError, StoreError
from summariser.pages.article import make_article, text_sha256
from summariser.pages.split import Place, join_parts
from summariser.readers.dispatch import read_page
from summariser.readers.files import split_mark
from summariser.readers.pictures import DPI, READING_END
from summariser.schema.case import Finding, Rule
from summariser.schema.page import Article, LineRange, Page, PageSplit, Tie
from summariser.schema.record import ArticleText, Failure, PageArticle, PageManifest, Record

MAX_TOLD: Final = 10  # names in a warning
MAX_BYTES: Final = 20_000_000  # a record of a whole page is below 0.2 MB; more is no record of ours
RECORD_END: Final = ".json"
FAILURE_END: Final = ".failure.json"
PAGE_END: Final = ".page.json"
GONE_END: Final = ".gone.json"  # the last record of an article that a person merged into another
MANY_PAGES: Final = 200  # below, further processes take longer to begin than to work
_ARTICLE_NAME: Final = re.compile(r"a[0-9a-f]{8}(-[0-9]+)?\.")  # a name that only `pages/article.py` gives
_OURS: Final = frozenset({"page_id", "article_id", "case", "provenance"})  # what no hand takes out of a record at once
_NO_PATH: Final = "Check the path, or make records first: summariser run PAGES"

J = TypeVar("J")
R = TypeVar("R")
PageReader = Callable[[Path], Page]
ListedFile = tuple[Path, StoreError | None]  # with what is wrong if it cannot be listed


class StrayFileWarning(UserWarning):
    """A JSON file of something else lies among the records; it is passed over."""


def load_record(path: Path | str) -> Record:
    """Return the record in the file. Errors: StoreError, see `parse_json`."""
    return parse_bytes(read_bytes(Path(path)), Record, Path(path))


def load_failure(path: Path | str) -> Failure:
    """Return the failure in the file. Errors: StoreError, see `parse_json`."""
    return parse_bytes(read_bytes(Path(path)), Failure, Path(path))


def load_manifest(path: Path | str) -> PageManifest:
    """Return the page manifest in the file. Errors: StoreError, see `parse_json`."""
    return parse_bytes(read_bytes(Path(path)), PageManifest, Path(path))


def load_records(*paths: Path | str) -> list[Record]:
    """Return all records in the files and folders, by path.

    Errors: StoreError for the first unreadable file; InputError for an empty path and an address.
    """
    return [load_record(path) for path in find(paths)]


def is_as_written(path: Path) -> bool:
    """Tell whether a file is a record of the present shape that nobody edited; what cannot be read is not."""
    try:
        content = read_bytes(path)
        return not names_older(content) and not is_edited(parse_bytes(content, Record, path))
    except StoreError:
        return False


def find(paths: Iterable[Path | str]) -> Iterator[Path]:
    """Yield the record files among the files and below the folders, each once, sorted.

    Shape: failures, page manifests, hidden files and hidden folders are left out.
    Errors: StoreError if a path does not exist or a folder cannot be listed.
    """
    for path, problem in list_stored(paths):
        if problem:
            raise problem
        if not is_failure(path):
            yield path


def no_record_here(places: Iterable[Path | str]) -> InputError:
    """The error that says that no record is at any of the places."""
    named = ", ".join(map(str, places))
    return InputError("no record is here", path=named, next_step="Name record files, or folders with records")


def is_failure(path: Path) -> bool:
    """Tell whether a file is that of a failure, by its name."""
    return path.name.lower().endswith(FAILURE_END)


def is_record_name(name: str) -> bool:
    """Tell whether a file beside the records is one, by its name: no failure, no manifest, not hidden."""
    others = (FAILURE_END, PAGE_END, GONE_END, READING_END)
    return name.endswith(RECORD_END) and not name.startswith(".") and not name.lower().endswith(others)


def is_stored_name(name: str) -> bool:
    """Tell whether a file is a record or a failure, by its name; a hidden one is neither."""
    return is_record_name(name) or (is_failure(Path(name)) and not name.startswith("."))


class PageFolder:
    """The folder of one page's records: its manifest, its page and its articles, each read once, when asked for.

    Shape: `manifest` and `page` are what was read, or the error that says why there is none.
    """

    def __init__(self, path: Path, read: PageReader | None = None) -> None:
        self.path = path
        self._read = read

    @cached_property
    def manifest_path(self) -> Path:
        """Where the manifest stands: beside the folder."""
        folder = self.path.resolve()
        return folder.with_name(folder.name + PAGE_END)

    @cached_property
    def manifest(self) -> PageManifest | StoreError:
        """The manifest of the page."""
        try:
            return load_manifest(self.manifest_path)
        except StoreError as error:
            return error

    @cached_property
    def page(self) -> Page | InputError | StoreError | ConfigError:
        """The page, from where its manifest says."""
        if isinstance(self.manifest, StoreError):
            return self.manifest
        dpi = (self.manifest.picture and self.manifest.picture.dpi) or DPI
        read = self._read or partial(read_page, out=self.path.parent, dpi=dpi)
        try:
            page = _read_source(self.manifest.source, self.path, read)
        except (InputError, StoreError, ConfigError) as error:
            return error
        return page.model_copy(update={"page_id": self.manifest.page_id})

    def article(self, record: Record) -> Article | Finding:
        """The article of a record as it stands in its page now, or in both its pages, or why it cannot be had."""
        own = self.part(record.article_id, record.lines, record.provenance.page_sha256)
        rest = self.rest_of(record)
        for found in (own, rest):
            if isinstance(found, Finding):
                is_other = found.rule == Rule.PAGE_CHANGED and self._reads_otherwise(record)
                return Rule.PAGE_CHANGED.say(found.path, article=record.article_id) if is_other else found
        assert isinstance(own, Place)
        return join_parts(own, rest) if isinstance(rest, Place) else own.article

    def _reads_otherwise(self, record: Record) -> bool:
        """Whether a run found other text in the article of a record, and kept what a person had made of it."""
        now = self.article_now(record.article_id)
        if isinstance(now, Finding) or not is_guarded(record):
            return False
        return (now.continuation is None) == (record.continuation is None) and not reads_as(now, record.text)

    def article_now(self, article_id: str) -> Article | Finding:
        """The article as the last run left it on its page, or on both its pages, or why it cannot be had."""
        own, manifest = self.part(article_id), self.manifest
        if isinstance(own, Finding):
            return own
        assert isinstance(manifest, PageManifest)
        onward = next(each.continues_in for each in manifest.articles if each.article_id == article_id)
        if onward is None:
            return own.article
        tie = Tie(page_id=manifest.page_id, article_id=article_id)
        rest = self._beside(onward.page_id).part(onward.article_id, begun=tie)
        return join_parts(own, rest) if isinstance(rest, Place) else rest

    def _beside(self, page_id: str) -> PageFolder:
        """The records of another page."""
        return PageFolder(self.path.resolve().with_name(page_id))

    def rest_of(self, record: Record) -> Place | Finding | None:
        """The part of an article that stands on another page, or why it cannot be had; None if all stands here."""
        onward = record.continuation
        if onward is None:
            return None
        tie = Tie(page_id=record.page_id, article_id=record.article_id)
        rest = self._beside(onward.page_id).part(onward.article_id, onward.lines, onward.page_sha256, begun=tie)
        if isinstance(rest, Place):
            return rest
        message = f"{onward.page_id}, where it goes on: {rest.message} Run both pages together."
        return rest.model_copy(update={"path": "continuation", "message": message})

    def part(
        self,
        article_id: str,
        lines: tuple[LineRange, ...] | None = None,
        sha256: str | None = None,
        *,
        begun: Tie | None = None,
    ) -> Place | Finding:
        """What stands on this page of an article, or why it cannot be had; `begun` is where its first part stands.

        Shape: `lines` and `sha256` are what a record says of article and page; None: as the last run left them.
        """
        page, manifest = self.page, self.manifest
        if not isinstance(page, Page) or isinstance(manifest, StoreError):
            return Rule.PAGE_NOT_CHECKED.say("provenance.source", error=page)
        listed = next((each for each in manifest.articles if each.article_id == article_id), None)
        is_listed = listed is not None and listed.continues_from == begun
        is_split = page.sha256 == manifest.page_sha256
        if page.sha256 != (sha256 or manifest.page_sha256) and (is_listed or not is_split):
            return Rule.PAGE_CHANGED.say("provenance.page_sha256", page=page.path)
        if listed is None or not is_listed:
            return Rule.STALE.say("article_id", article=article_id)
        if lines is not None and listed.lines != lines:
            return Rule.DIFFERS.say("lines")
        try:
            return Place(page, rebuild_article(page, listed))
        except InputError as error:
            return Rule.PAGE_NOT_CHECKED.say("lines", error=error)

    def without_record(self) -> tuple[str, ...]:
        """The articles of the manifest that have neither a record nor a failure here."""
        if isinstance(self.manifest, StoreError):
            return ()
        ids = (each.article_id for each in self.manifest.articles if not self.begun(each))
        ends = (RECORD_END, FAILURE_END)
        return tuple(name for name in ids if not any(_is_file(self.path / f"{name}{end}") for end in ends))

    def begun(self, listed: PageArticle) -> Record | None:
        """The record, kept with another page, of the article that this one is the rest of; None if it has it not."""
        tie = listed.continues_from
        try:
            begun = tie and load_record(self.path.resolve().with_name(tie.page_id) / f"{tie.article_id}{RECORD_END}")
        except StoreError:
            return None
        return begun if begun and begun.continuation and begun.continuation.lines == listed.lines else None


def in_processes(work: Callable[[J], R], jobs: Sequence[J], *, processes: int) -> Generator[R]:
    """What becomes of each job, in order; done by several processes, or by this one if that cannot be."""
    done = 0
    if processes > 1:
        pool = ProcessPoolExecutor(processes, get_context("spawn"), gc.disable)  # records hold no cycles
        try:
            for each in pool.map(work, jobs, chunksize=4):
                yield each
                done += 1
        except BrokenProcessPool:  # one was killed, or none could begin: on from here without them
            pass
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    yield from map(work, jobs[done:])


class StoredFile(NamedTuple):
    """A file of a record or a failure, and the folder of its page, which files of one page share."""

    path: Path
    content: Record | Failure | StoreError
    folder: PageFolder


def read_stored(paths: Iterable[Path | str], *, read: PageReader | None = None) -> Iterator[StoredFile]:
    """Read the records and failures among the files and below the folders one by one, each once, by path.

    Shape: what cannot be read or listed is given with its error as its content. Nothing is kept once the next is read,
    but for the page of the folder that it stands in.
    Errors: StoreError if paths do not exist, all of them named, before anything is read.
    """
    yield from read_listed(list_stored(paths), read=read)


def read_listed(files: Iterable[ListedFile], *, read: PageReader | None = None) -> Iterator[StoredFile]:
    """As `read_stored`, for files that were listed."""
    folder: PageFolder | None = None
    for path, problem in files:
        if folder is None or folder.path != path.parent:
            folder = PageFolder(path.parent, read)
        content: Record | Failure | StoreError
        try:
            content = problem or (load_failure(path) if is_failure(path) else load_record(path))
        except StoreError as error:
            content = error
        yield StoredFile(path, content, folder)


def _read_source(source: str, beside: Path, read: PageReader) -> Page:
    """The page that `source` names, a file of this machine or at an address."""
    if not is_address(source):
        return read(locate_page(source, beside))
    file, mark, number = source.partition("#page=")
    with borrow_file(file) as copy:
        return read(Path(f"{copy}{mark}{number}")).model_copy(update={"path": source})


def locate_page(source: str, beside: Path) -> Path:
    """The page file that `source` names: from here, or from a folder above `beside`; `#page=2` stays behind it."""
    path, number = split_mark(source)
    above = () if path.is_absolute() or _is_file(path) else (parent / path for parent in beside.resolve().parents)
    found = next((candidate for candidate in above if _is_file(candidate)), path)
    return found if number is None else Path(f"{found}#page={number}")


def reads_as(article: Article, text: ArticleText) -> bool:
    """Tell whether an article has the text that a record keeps of it, with its sentences cut as they were."""
    cut = [(each.n, each.start, each.end) for each in text.sentences]
    return text_sha256(article) == text.sha256 and [*map(tuple, article.sentences)] == cut


def rebuild_split(page: Page, manifest: PageManifest) -> PageSplit:
    """The split that a manifest tells of. Errors: as `rebuild_article`."""
    if any(not 1 <= first <= last <= len(page.lines) for first, last in manifest.noise):
        raise InputError("the manifest has noise that the page does not have", path=page.path)
    return PageSplit(
        page_id=page.page_id,
        articles=tuple(rebuild_article(page, listed) for listed in manifest.articles),
        noise=manifest.noise,
        method=manifest.split_method,
    )


def rebuild_article(page: Page, listed: PageArticle) -> Article:
    """The article that a manifest lists, with the text it had when its record was made.

    Errors: InputError if the manifest names lines that the page does not have, or none with text.
    """
    single = (*listed.headline_lines, *listed.kicker_lines, *listed.subhead_lines)
    ranges = (*listed.lines, *((line, line) for line in single))
    named = {number for first, last in listed.lines for number in range(max(first, 1), min(last, len(page.lines)) + 1)}
    fits = all(1 <= first <= last <= len(page.lines) for first, last in ranges)
    if not fits or named.isdisjoint(page.text_lines):
        raise InputError(
            f"the manifest gives article {listed.article_id} lines that the page does not have",
            path=page.path,
            next_step="Run the page again",
        )
    article = make_article(
        page,
        kind=listed.kind,
        lines=listed.lines,
        headline_lines=listed.headline_lines,
        kicker_lines=listed.kicker_lines,
        subhead_lines=listed.subhead_lines,
    )
    return article.model_copy(update={"article_id": listed.article_id})


def read_bytes(path: Path) -> bytes:
    """Read a regular file, cut off behind what is too much for a record. Errors: StoreError."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise StoreError("not a regular file", path=path, next_step="Move it away")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise disk_error(error, path) from error
    except ValueError as error:  # a null byte in the name
        raise StoreError(f"no file can have this name: {error}", path=path, next_step="Check the path") from error
    return content


def parse_bytes(content: bytes, kind: type[S], path: Path) -> S:
    """Read the bytes of a file as a `kind`. Errors: BrokenRecordError, also if they are too many or no UTF-8."""
    if len(content) > MAX_BYTES:
        raise BrokenRecordError(f"larger than {MAX_BYTES // 1_000_000} MB, as no record is", path=path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BrokenRecordError(f"not UTF-8 in line {line}", path=path) from error
    return parse_json(text, kind, path=path)


def list_stored(paths: Iterable[Path | str]) -> Iterator[ListedFile]:
    """The files of records and failures, sorted, each with what is wrong if it cannot be listed."""
    given = [local_path(path) for path in paths]
    missing = [path for path in given if not os.path.lexists(path)]
    if missing:
        named = f"; nor {', '.join(map(str, missing[1:10]))}" if missing[1:] else ""
        raise StoreError(f"no such file or folder{named}", path=missing[0], next_step=_NO_PATH)
    found: dict[Path, StoreError | None] = {}
    strays: set[Path] = set()
    for path in given:
        if path.is_dir():
            below = dict(_walk(path))
            strays |= {file for file, problem in below.items() if not problem and _lies_astray(file)}
            found |= {file: problem for file, problem in below.items() if file not in strays}
        elif is_failure(path) or is_record_name(path.name) or not path.name.lower().endswith(RECORD_END):
            found[path] = None
    tell_strays(sorted(map(Path.as_posix, strays)))
    yield from sorted(found.items(), key=lambda item: item[0].as_posix())


def is_stray(name: str, content: bytes) -> bool:
    """Tell whether a file among records is sound JSON of something else: by its name, and by keys that it has not.

    Shape: a record with a broken syntax, or without its `$schema`, is none; a person has to look at it.
    """
    if _ARTICLE_NAME.match(name) or is_failure(Path(name)) or len(content) > MAX_BYTES:
        return False
    try:
        tree = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return not isinstance(tree, dict) or not (_OURS & tree.keys() or str(tree.get("$schema")).startswith("schemas/"))


def tell_strays(paths: Sequence[str]) -> None:
    """Warn of files that were passed over, at once."""
    if paths:
        more = f" and {len(paths) - MAX_TOLD} more" if len(paths) > MAX_TOLD else ""
        told = f"{', '.join(paths[:MAX_TOLD])}{more}: no record, but JSON of something else; passed over."
        warnings.warn(told, StrayFileWarning, stacklevel=2)


def refuse_among(files: Iterable[Path], out: Path) -> None:
    """Refuse a place to write to that is the folder of these records, lies inside of it or holds it.

    Errors: StoreError. What is written there would be taken for records, or overwrite them.
    """
    target = out.resolve()
    for page in {file.parent for file in files}:
        folder = PageFolder(page)
        home = folder.manifest_path.parent if _is_file(folder.manifest_path) else page.resolve()
        place = "is" if target == home else "lies in" if home in target.parents else ""
        if place := place or ("holds" if target in home.parents and not _is_file(target) else ""):
            what = f"this place {place} the folder of the records, {home}"
            raise StoreError(what, path=out, next_step="Nothing was written; choose a folder of its own, beside it")


def _lies_astray(path: Path) -> bool:
    """Whether a file below a folder of records is something else; one that cannot be read is not."""
    if _ARTICLE_NAME.match(path.name):
        return False
    try:
        return is_stray(path.name, read_bytes(path))
    except StoreError:
        return False


def _walk(folder: Path) -> Iterator[tuple[Path, StoreError | None]]:
    """The files below a folder; folders that cannot be listed and links to folders, with the reason."""
    problems: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=problems.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in folders:
            if Path(parent, name).is_symlink():
                what = "a symbolic link to a folder, which is not followed"
                yield Path(parent, name), StoreError(what, path=Path(parent, name), next_step="Name the folder itself")
        yield from ((Path(parent, name), None) for name in names if is_stored_name(name))
    for error in problems:
        path = Path(error.filename or folder)
        yield path, disk_error(error, path)


def _is_file(path: Path) -> bool:
    """Tell whether a file is there; a name that no file can have is of none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


class StoredPart(NamedTuple):
    """Files and folders of this machine, and how a file of them is called where it is at home."""

    paths: tuple[Path, ...]
    name: Callable[[Path], str]


def take_parts(places: Iterable[Path | str], *, giving_back: bool = False) -> Iterator[StoredPart]:
    """The records at some places; what changed in a part is given back before the next, if `giving_back`.

    Shape: paths of this machine are one part. A page at an address is one, with the pages that it shares an article
    with beside it; pages without a record are passed over.
    Errors: InputError for an address where no run has left a page; StoreError if the store refuses.
    """
    given = list(places)
    local = tuple(Path(place) for place in given if not is_address(place))
    if local:
        yield StoredPart(local, Path.as_posix)
    for address in (str(place) for place in given if is_address(place)):
        folder = ObjectFolder(address)
        manifests = folder.list_pages(PAGE_END)
        if not manifests:
            next_step = "Name the address that a run had as --out"
            raise InputError("no run has left records here", path=address, next_step=next_step)
        for page_id in (name.removesuffix(PAGE_END) for name in manifests):
            with borrow(folder) as borrowed:
                own = _take(borrowed, page_id)
                if own.is_dir():
                    yield StoredPart((own,), partial(_name_at, folder.address, borrowed.path))
                if giving_back:
                    borrowed.give_back()


def _take(borrowed: Borrowed, page_id: str) -> Path:
    """Borrow a page and those that it shares an article with; where its records are."""
    borrowed.take_page(page_id, PAGE_END)
    with suppress(StoreError):  # whoever reads the records says so
        for other in sorted(load_manifest(borrowed.path / f"{page_id}{PAGE_END}").tied_pages):
            borrowed.take_page(other, PAGE_END)
    return borrowed.path / page_id


def _name_at(address: str, folder: Path, path: Path) -> str:
    """The address of a borrowed file."""
    return f"{address}/{path.resolve().relative_to(folder).as_posix()}"
