"""Files of any kind read into pages (`read_page`, `read_pages`, `read_all`), each by the reader for its kind.

    bytes -> readings, one a page -> reading order -> pages with their places and their source

Which kind a file is, its content says and not its name. A plain text keeps its lines as an editor numbers them. Of any
other file the lines are those that were read: masthead and folio lines first, then article by article.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import Field, field_validator

from summariser.disk.files import local_path
from summariser.endpoints import Options
from summariser.errors import InputError, StoreError, SummariserError
from summariser.pages.geometry import arrange
from summariser.pages.placed import PlacedLine, find_cuts
from summariser.readers.files import (
    MAX_LINES,
    PICTURES,
    FoundFiles,
    PageFile,
    check_file,
    file_page_id,
    find_pages,
    parse_page,
    raise_all,
    refuse_kind,
    split_mark,
)
from summariser.readers.ocr_files import clean_markdown, has_markup
from summariser.readers.pictures import DPI, LEAST_DPI, MAX_WORKERS, MOST_DPI, Recogniser, is_picture, open_pictures
from summariser.readers.reading import (
    MOST_PAGES,
    SIDECAR,
    Reading,
    ReadLine,
    cut_lines,
    folio_lines,
    letter_height,
    make_source,
    merge,
    read_path,
    read_sidecar,
    read_words,
)
from summariser.schema.page import LinePlace, Page, PageLayout, PageSource, SingleArticle, SourceOrigin
from summariser.text import counted

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_MARKUP = 50_000_000  # bytes of JSON, XML and HTML; the OCR of a broadsheet page has some 1 MB
_SNIFFED = 65_536
_FARTHEST = 10_000_000  # pixels from the corner of a page; a broadsheet at 300 dpi has some 8,000
_MAX_NUMBER = 10_000  # of a page in its file
_ROOT = re.compile(  # the first element, behind declarations and comments
    r"(?:\s|<\?[^>]*>|<!--.*?-->|<!doctype[^>\[]*(?:\[.*?\]\s*)?>)*<(?:[\w.-]+:)?([a-z][\w.-]*)[\s/>]",
    re.DOTALL | re.IGNORECASE,
)
_HTML = frozenset(
    ("html", "head", "body", "div", "p", "span", "article", "section", "table", "h1", "h2", "meta", "main")
)
_CJK = re.compile(r"[\u3400-\u9fff]")
_FEW_LETTERS = 8  # Chinese characters; engines see some in the leaves of a landscape
_REFUSED = {  # how files begin that are of the kinds of these endings
    b"\xd0\xcf\x11\xe0": ".doc",
    b"{\\rtf": ".rtf",
    b"Rar!": ".rar",
    b"7z\xbc\xaf": ".7z",
    b"\x1f\x8b": ".gz",
    b"AT&TFORM": ".djvu",
    b"%!PS": ".ps",
    b"\0\0\0\x0cjP  ": ".jp2",
    b"\xff\x4f\xff\x51": ".jp2",
}
_MHTML = re.compile(rb"(?:[\w-]+:.*\n(?:[ \t].*\n)*)*?content-type:\s*multipart/related", re.IGNORECASE)
_NEXT_STEPS = {  # by what the library for a kind of file raises
    ImportError: "A library is missing: install summariser again, with what it needs",
    MemoryError: "It needs more memory than there is: give its pages one by one",
    Exception: "Save it anew or as another kind of file; if other programs open it, please report this",
}
_BROKEN = (ValueError, OverflowError, KeyError, TypeError, IndexError, AttributeError, RecursionError)


def read_data(data: bytes, path: Path, recogniser: Recogniser) -> list[Reading] | None:
    """What the bytes of a file hold, a reading for each page; None for plain text.

    Errors: InputError for what is damaged, beyond all bounds or of no kind that is read; as `Recogniser.read`.
    """
    sha256 = hashlib.sha256(data).hexdigest()

    def recognise(pictures: Mapping[int, Callable[[], Image]]) -> list[Reading]:
        readings = recogniser.read_all(pictures, path=path, sha256=sha256)
        return [each if _has_letters(each) else each._replace(lines=()) for each in readings]

    if data[:1024].lstrip().startswith(b"%PDF-"):
        from summariser.readers.documents import read_pdf

        return read_pdf(data, path, dpi=recogniser.dpi, recognise=recognise)
    if is_picture(data):
        pictures = dict(enumerate(open_pictures(data, path), 1))
        return [reading._replace(image=path.as_posix()) for reading in recognise(pictures)]
    if data.startswith(b"PK\x03\x04"):
        from summariser.readers.documents import read_docx

        return [read_docx(data, path)]
    if ending := next((ending for magic, ending in _REFUSED.items() if data.startswith(magic)), ""):
        raise refuse_kind(ending, path)
    if data[4:8] == b"ftyp":
        raise refuse_kind(".avif" if b"avif" in data[8:64] else ".heic", path)
    if _MHTML.match(data[:_SNIFFED]):
        raise refuse_kind(".mhtml", path)
    return _read_marked_up(data, path)


def _has_letters(reading: Reading) -> bool:
    """Whether so many letters were read that they are no accident."""
    return sum(len(_CJK.findall(line.text)) for line in reading.lines) >= _FEW_LETTERS


def _read_marked_up(data: bytes, path: Path) -> list[Reading] | None:
    """The readings in JSON, XML or HTML; None for anything else."""
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    start = data[:_SNIFFED].decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    root = _ROOT.match(start)
    kind = root[1].lower() if root else ""
    if path.suffix.lower() == ".md" and kind not in {"html", "alto", "pcgts"}:
        return None
    if (kind or start[:1] in {"{", "["}) and len(data) > MAX_MARKUP:
        raise InputError(f"has {len(data):,} bytes", path=path, expected=f"At most {MAX_MARKUP:,}, one page a file")
    if start[:1] in {"{", "["}:
        return _read_json(data, path)
    if kind in {"alto", "pcgts"}:
        return _read_xml(data, path, kind)
    if kind in _HTML:
        from summariser.readers.documents import read_html
        from summariser.readers.ocr_files import read_hocr

        readings = read_hocr(data) if b"ocr_page" in data else []
        return readings or [read_html(data, path)]
    if kind == "svg":
        raise refuse_kind(".svg", path)
    if start.startswith("<?xml") or (kind and path.suffix.lower() == ".xml"):
        raise InputError(f"is XML of an unknown kind (<{kind or '?'}>)", path=path, expected="ALTO, PAGE XML or hOCR")
    return None


def _read_json(data: bytes, path: Path) -> list[Reading] | None:
    from summariser.readers.ocr_files import FORMATS

    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        if path.suffix.lower() != ".json":
            return None  # a text that begins with a bracket
        raise InputError(f"is broken JSON ({error})", path=path, next_step="Get the file again") from error
    try:
        form = next((form for form in FORMATS if form.is_it(value)), None)
        if form is not None:
            readings = form.read(value)
            if all(type(each.number) is int and 0 < each.number < _MAX_NUMBER for each in readings):
                return readings
            raise ValueError(f"pages are called {', '.join(str(each.number) for each in readings)[:100]}")
    except _BROKEN as error:
        what = f"looks like the output of an OCR program, but {type(error).__name__}: {error}"
        raise InputError(what, path=path, next_step="Write it again with the program, or give the picture") from error
    known = ", ".join(each.name for each in FORMATS)
    raise InputError("is JSON, and not the output of an OCR program that is known", path=path, expected=known)


def _read_xml(data: bytes, path: Path, kind: str) -> list[Reading]:
    """ALTO or PAGE. No entity is expanded, nothing is fetched."""
    from lxml import etree

    from summariser.readers.ocr_files import read_alto, read_page_xml

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
        dtd = root.getroottree().docinfo.internalDTD
        if dtd is not None and any(True for _ in dtd.iterentities()):
            what = "declares entities, which are never expanded"
            raise InputError(what, path=path, next_step="Write the text itself in their place")
        return read_alto(root) if kind == "alto" else read_page_xml(root)
    except etree.LxmlError as error:
        raise InputError(f"is broken XML ({error})", path=path, next_step="Get the file again") from error


MAX_BYTES = 300_000_000  # of a file; a volume of scans as one PDF has less


class PageOptions(Options):
    """What a person says of all files and their pages.

    Shape: `engine` "": the first there is. `source` may be a mapping of what is known; where `origins` do not say it,
    a person said it.
    Units: `dpi` of the pages of a PDF that are pictures, dots per inch.
    Errors: as `Options`.
    """

    engine: str = ""
    dpi: int = Field(default=DPI, ge=LEAST_DPI, le=MOST_DPI)
    source: PageSource = Field(default=PageSource(), strict=False)

    @field_validator("source")
    @classmethod
    def _check_source(cls, source: PageSource) -> PageSource:
        """Refuse a day or a page number that is none, and say where each fact comes from."""
        if source.page_no is not None and not 1 <= source.page_no <= MOST_PAGES:
            raise ValueError(f"page_no must be from 1 to {MOST_PAGES}")
        try:
            day = source.issue_date and date.fromisoformat(source.issue_date).isoformat()
        except ValueError as error:
            raise ValueError("issue_date must be a day, written as 2026-05-01") from error
        said = make_source(SourceOrigin.FLAG, **source.model_dump(exclude={"origins"}) | {"issue_date": day})
        return said.model_copy(update={"origins": said.origins | source.origins})


class ReadOptions(PageOptions):
    """How files are read.

    Shape: recognition by OCR is kept below `out`, beside the records, and not at all without it; below `recordings` it
    is looked for, and kept if it `is_recorded`. Pictures whose page id is not `wanted` stay closed: to recognise them
    takes its time.
    Errors: as `Options`.
    """

    out: Path | None = None
    wanted: Callable[[str], bool] = lambda _: True
    recordings: Path | None = None
    is_recorded: bool = False


class PageBatch(NamedTuple):
    """The pages that could be read, why others could not, what a person should know, and files that were not opened."""

    pages: tuple[Page, ...]
    faults: tuple[SummariserError, ...]
    notes: tuple[str, ...]
    unwanted: tuple[PageFile, ...] = ()


def read_page(path: Path | str, *, out: Path | None = None, dpi: int = DPI) -> Page:
    """The page in a file; `FILE#page=2` is page 2 of several.

    Shape: what OCR recognises is kept below `out`, if it is given, and used from there.
    Errors: as `read_pages`; InputError if the file has several pages and none is named, or not this one.
    """
    pages = read_pages(path, ReadOptions(out=out, dpi=dpi))
    if len(pages) > 1:
        how = f"Name one as in {Path(path).name}#page=1, or use read_pages"
        raise InputError(f"has {len(pages)} pages", path=path, next_step=how)
    return pages[0]


def read_pages(path: Path | str, options: ReadOptions | None = None) -> tuple[Page, ...]:
    """The pages in a file: text, picture, PDF, web page, Word file, or what an OCR program wrote.

    Shape: one for most files, and of `FILE#page=2`; a blank page of several has no lines.
    Errors: InputError for what is no page, too large, damaged, without text or without the page that is named, and for
    an address; ConfigError if no OCR engine is there.
    """
    named, number = split_mark(local_path(path))
    file = check_file(named, path)
    numbers = () if number is None else (number,)
    return _read_file(PageFile(file, file_page_id(file), numbers), options or ReadOptions(), cores=os.cpu_count() or 1)


def read_all(
    paths: Iterable[Path | str],
    options: ReadOptions | None = None,
    told: Callable[[str], None] = lambda _: None,
) -> PageBatch:
    """The pages of files, folders and globs; files with pictures are read side by side.

    Shape: pages in the order of the files; `told` is called with a sentence for each picture that was recognised. A
    file that cannot be read, whatever its reader raises, is a fault, and the others are read all the same. Blank pages
    are left out, with a note.
    Errors: as `find_pages`; if no page at all could be read, an error with every reason; ConfigError.
    """
    return read_found(find_pages(paths), options or ReadOptions(), told)


def read_found(found: FoundFiles, options: ReadOptions, told: Callable[[str], None] = lambda _: None) -> PageBatch:
    """The pages of files that were found; as `read_all`."""
    drawn = [file for file in found.files if file.path.suffix.lower() in (*PICTURES, ".pdf")]
    unwanted = tuple(file for file in drawn if not options.wanted(file.page_id))
    files = [file for file in found.files if file not in unwanted]
    cores = os.cpu_count() or 1
    workers = max(min(len(drawn) - len(unwanted), cores, MAX_WORKERS), 1)

    def read(file: PageFile) -> tuple[Page, ...] | SummariserError:
        try:
            return _read_file(file, options, cores=cores // workers, told=told)
        except (InputError, StoreError) as error:
            return error

    with ThreadPoolExecutor(workers) as pool:
        results = list(pool.map(read, files))
    pages, clashes = _each_once(page for result in results if isinstance(result, tuple) for page in result)
    faults = [*found.faults, *(result for result in results if isinstance(result, SummariserError)), *clashes]
    notes = (*found.notes, *(f"{page.path}: the page is blank." for page in pages if not page.text_lines))
    pages = [page for page in pages if page.text_lines]
    if not pages:
        raise_all(faults)
    return PageBatch(tuple(pages), tuple(faults), notes, unwanted)


def _each_once(pages: Iterable[Page]) -> tuple[list[Page], list[InputError]]:
    """The pages without those whose id another file gives already (page 2 of a.pdf is a.p2, as is a.p2.txt)."""
    owners: dict[str, str] = {}
    kept: list[Page] = []
    clashes: list[InputError] = []
    for page in pages:
        if (other := owners.setdefault(page.page_id.casefold(), page.path)) == page.path:
            kept.append(page)
        else:
            what = f"gives the page id {page.page_id!r}, and so does {other}"
            clashes.append(InputError(what, path=page.path, next_step="Rename one of them"))
    return kept, clashes


def _read_file(
    file: PageFile, options: ReadOptions, *, cores: int = 1, told: Callable[[str], None] = lambda _: None
) -> tuple[Page, ...]:
    """The pages of one file."""
    path = file.path
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(f"has {size:,} bytes", path=path, expected=f"At most {MAX_BYTES:,}")
        data = path.read_bytes()
        sidecar = path.with_name(SIDECAR)
        beside = read_sidecar(sidecar.read_bytes(), path=sidecar) if sidecar.is_file() else {}
    except OSError as error:
        what = f"cannot be read ({error.strerror or error})"
        raise InputError(what, path=path, next_step="Check the permissions of the file") from error
    kept = tuple(folder for folder in (options.out, options.recordings if options.is_recorded else None) if folder)
    looked = (*kept, options.recordings) if options.recordings else kept
    callers: list[Exception] = []

    def tell(what: str) -> None:
        try:
            told(what)
        except Exception as error:
            callers.append(error)
            raise

    recogniser = Recogniser(kept, looked, options.engine, dpi=options.dpi, cores=cores, told=tell)
    if not data.strip():
        raise InputError("is empty", path=path, next_step="Get the file again")
    try:
        return _numbered(_pages_in(data, file, recogniser, options, beside), file)
    except SummariserError:
        raise
    except Exception as error:  # of the library for its kind; one file must not stop the others
        if error in callers:
            raise
        what = f"is damaged, or of a make that is not read ({type(error).__name__}: {str(error)[:200]})"
        next_step = next((step for kind, step in _NEXT_STEPS.items() if isinstance(error, kind)), "")
        raise InputError(what, path=path, next_step=next_step) from error


def _numbered(pages: tuple[Page, ...], file: PageFile) -> tuple[Page, ...]:
    """The pages of a file that are wanted. Errors: InputError for a number that no page has."""
    for number in file.numbers:
        if not 1 <= number <= len(pages):
            how = f"Name one as in {file.path.name}#page=1, or the file alone for all"
            raise InputError(f"has {counted(len(pages), 'page')}", path=f"{file.path}#page={number}", next_step=how)
    return tuple(pages[number - 1] for number in file.numbers) or pages


def _pages_in(
    data: bytes, file: PageFile, recogniser: Recogniser, options: ReadOptions, beside: dict[str, PageSource]
) -> tuple[Page, ...]:
    """The pages in the bytes of a file."""
    path = file.path
    readings = read_data(data, path, recogniser)
    if readings is None:
        page = _text_page(data, path).model_copy(update={"page_id": file.page_id})
        named = [
            options.source,
            *_listed(beside, path.name, None),
            read_words(folio_lines(page.lines)),
            read_path(path),
        ]
        return (page.model_copy(update={"source": merge(named)}),)
    has_several = len(readings) > 1 or data.startswith(b"%PDF")
    pages = []
    for reading in readings:
        page, folio = _make_page(reading, file, has_several=has_several)
        words = read_words(folio or folio_lines(page.lines))  # a short page holds its masthead beside its articles
        named = [*_listed(beside, path.name, reading.number), reading.source, words, read_path(path)]
        pages.append(page.model_copy(update={"source": merge([options.source, *named])}))
    if not any(page.text_lines for page in pages):
        raise InputError("holds no text", path=path, next_step="Look at the file: no letters were found in it")
    return tuple(pages)


def _listed(beside: dict[str, PageSource], name: str, number: int | None) -> Iterable[PageSource]:
    """What the sidecar says of a page: by the name of its file, or of the file and the page."""
    return (beside[key] for key in (f"{name}#page={number}", name) if key in beside)


def _text_page(data: bytes, path: Path) -> Page:
    """The page in a plain text, or in the Markdown of an OCR program."""
    try:
        text = data.decode("utf-8-sig") if path.suffix.lower() == ".md" else ""
    except UnicodeDecodeError:
        text = ""
    if not has_markup(text):
        return parse_page(data, path=path)
    page = parse_page(clean_markdown(text).encode(), path=path)
    return page.model_copy(update={"sha256": hashlib.sha256(data).hexdigest()})


def _make_page(reading: Reading, file: PageFile, *, has_several: bool) -> tuple[Page, list[str]]:
    """A page in reading order, and the words of its masthead and folio lines."""
    lines = [line for block in reading.lines for line in cut_lines(block)]
    if len(lines) > MAX_LINES:
        what = f"page {reading.number} has {len(lines):,} lines with text"
        raise InputError(what, path=file.path, expected=f"At most {MAX_LINES:,}")
    _check_places(reading, lines, file.path)
    is_placed = all(line.box for line in lines) and any(letter_height(line) > 0 for line in lines)
    folio: list[str] = []
    if is_placed:
        lines = _parted(lines)
        order = arrange([_placed(*pair) for pair in enumerate(lines)], rules=reading.rules, pictures=reading.pictures)
        folio = [lines[index].text for index in order.furniture]
        lines = [lines[index] for index in order.order]
    texts = [line.text if line.corrected is None else line.corrected for line in lines]
    places = tuple(
        LinePlace(line.box, letter_height(line), line.score, line.vertical) if line.box else None for line in lines
    )
    page = Page(
        page_id=f"{file.page_id}.p{reading.number}" if has_several else file.page_id,
        path=f"{file.path.as_posix()}#page={reading.number}" if has_several else file.path.as_posix(),
        sha256=hashlib.sha256("\n".join(texts).encode()).hexdigest(),
        encoding=None,
        number=reading.number,
        lines=tuple(texts),
        layout=PageLayout.made_of(reading, places=places) if is_placed else None,
        single=_single(reading.titles) if reading.titles else None,
    )
    return page, folio


def _check_places(reading: Reading, lines: Sequence[ReadLine], path: Path) -> None:
    """Refuse places that no page has: of a line that stands nowhere, nobody knows what it belongs to."""
    boxes = [line.box for line in lines if line.box]
    sides = [side for box in (*boxes, *reading.rules, *reading.pictures) for side in box]
    if not all(abs(side) <= _FARTHEST for side in (*sides, reading.width, reading.height)):  # nor is NaN
        what = f"page {reading.number} has places that no page has: infinite, far off, or no numbers"
        raise InputError(what, path=path, expected=f"Pixels, at most {_FARTHEST:,}", next_step="Write it again")


def _parted(lines: Sequence[ReadLine]) -> list[ReadLine]:
    """The lines, those in two that run across a gutter."""
    cuts = find_cuts([_placed(*pair) for pair in enumerate(lines)])
    parted: list[ReadLine] = []
    for number, line in enumerate(lines):
        if (cut := cuts.get(number)) and line.box and line.corrected is None:
            first, second = line.text[: cut.length].rstrip(), line.text[cut.length :].lstrip()
            parted += [
                line._replace(text=first, box=line.box._replace(right=cut.start)),
                line._replace(text=second, box=line.box._replace(left=cut.end)),
            ]
        else:
            parted.append(line)
    return parted


def _placed(index: int, line: ReadLine) -> PlacedLine:
    assert line.box
    return PlacedLine(index, line.text, line.box, letter_height(line), line.vertical)


def _single(titles: tuple[int, int]) -> SingleArticle:
    kicker, headline = titles
    return SingleArticle(tuple(range(kicker + 1, kicker + headline + 1)), tuple(range(1, kicker + 1)))
