"""Documents that people saved: Word files, web pages, PDF.

Word: paragraphs and table cells in order. The archive is measured before it is unpacked.

Web: the one article a saved page holds, without its furniture, and the newspaper page that its head names.

PDF: the lines of a text layer with their boxes; a page that is a picture is rendered for OCR.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from io import BytesIO
from itertools import islice, pairwise
from pathlib import Path
from statistics import median
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

from summariser.errors import InputError
from summariser.pages.article import mark_lines
from summariser.readers.files import refuse_kind
from summariser.readers.reading import MAX_PIXELS, Reading, ReadLine, make_source, merge, read_address, read_words
from summariser.schema.page import Box, PageSource, SourceOrigin

if TYPE_CHECKING:
    from docx.document import Document
    from lxml.html import HtmlElement
    from PIL.Image import Image
    from pypdfium2 import PdfDocument, PdfPage

MAX_UNPACKED = 100_000_000  # bytes; of a page with photographs most are pictures, which hardly shrink
_MAX_TEXT = 30_000_000  # bytes of the XML of the text; a page has some hundred thousand
_MAX_MARKS = 1_000_000  # of its XML; each takes some hundred bytes once it is read, and a page has some ten thousand
_MAX_WEB_MARKS = 40_000  # what extracts the article takes the square of some; a page of a newspaper has some thousand
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MAIN = "word/document.xml"
_OTHERS = {  # what begins names in archives of the kinds of these endings
    "xl/": ".xlsx",
    "ppt/": ".pptx",
    "content.xml": ".odt",
    "META-INF/container.xml": ".epub",
    "OFD.xml": ".ofd",
}
_TITLE_STYLES = ("title", "heading 1", "标题 1")
_FIRST_LINES = 3  # where a title stands; kicker and newspaper may stand above


def read_docx(data: bytes, path: Path | str) -> Reading:
    """The paragraphs of a Word file, one line each; a row of a table is one line.

    Shape: a file with one title, near its beginning, holds one article.
    Errors: InputError if it is no Word file, damaged, or would unpack to more than any page.
    """
    import docx  # heavy: loaded for a Word file only
    from lxml.etree import LxmlError

    _check_archive(data, path)
    try:
        document = docx.Document(BytesIO(data))
        lines = list(_paragraph_lines(document))
    except (KeyError, ValueError, zipfile.BadZipFile, LxmlError) as error:
        raise InputError(f"is a damaged Word file ({error})", path=path, next_step="Save it again in Word") from error
    titles = [place for place, (_, is_title) in enumerate(lines) if is_title]
    single = (titles[0], 1) if len(titles) == 1 and titles[0] < _FIRST_LINES and len(lines) > titles[0] + 1 else None
    return Reading(tuple(ReadLine(text) for text, _ in lines), "Word", titles=single)


def _check_archive(data: bytes, path: Path | str) -> None:
    """Refuse what is no Word file, and what unpacks to too much by what the archive says of itself."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            sizes = {item.filename: item.file_size for item in archive.infolist()}
            texts = [name for name in sizes if name.endswith((".xml", ".rels"))]
            text = sum(sizes[name] for name in texts)
            marks = sum(archive.read(name).count(b"<") for name in texts) if text <= _MAX_TEXT else 0
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, OSError, EOFError) as error:
        raise InputError(f"is a damaged archive ({error})", path=path, next_step="Get the file again") from error
    if _MAIN not in sizes:
        kinds = (ending for start, ending in _OTHERS.items() if any(each.startswith(start) for each in sizes))
        raise refuse_kind(next(kinds, ".zip"), path)
    if sum(sizes.values()) > MAX_UNPACKED or text > _MAX_TEXT:
        what = f"would unpack to {sum(sizes.values()):,} bytes"
        raise InputError(what, path=path, expected=f"At most {MAX_UNPACKED:,}, {_MAX_TEXT:,} of them text")
    if marks > _MAX_MARKS:
        raise InputError(
            f"has {marks:,} marks of markup", path=path, expected=f"At most {_MAX_MARKS:,}, one page a file"
        )


def _paragraph_lines(document: Document) -> Iterator[tuple[str, bool]]:
    """The lines with text, each with whether it is a title."""
    from docx.text.paragraph import Paragraph

    for each in document.element.body.iterchildren(f"{_W}p", f"{_W}tbl"):
        if each.tag == f"{_W}tbl":
            yield from ((text, False) for text in _rows(each) if text)
        else:
            item = Paragraph(each, document)
            is_title = item.style is not None and (item.style.name or "").lower() in _TITLE_STYLES
            yield from ((text.strip(), is_title) for text in item.text.split("\n") if text.strip())


def _rows(table: Any) -> Iterator[str]:
    """The rows of a table, each on a line; a cell that goes on from the row above says the same again."""
    above: dict[int, str] = {}
    for row in table.iterchildren(f"{_W}tr"):
        here: dict[int, str] = {}
        column = _number(row, f"{_W}trPr/{_W}gridBefore", 0)
        for cell in row.iterchildren(f"{_W}tc"):
            merged = cell.find(f"{_W}tcPr/{_W}vMerge")
            goes_on = merged is not None and merged.get(f"{_W}val", "continue") == "continue"
            text = "\n".join(each.text for each in cell.iterchildren(f"{_W}p")).strip()
            here[column] = above.get(column, text) if goes_on else text
            column += max(_number(cell, f"{_W}tcPr/{_W}gridSpan", 1), 1)
        yield " ".join(filter(None, dict.fromkeys(here.values())))
        above = here


def _number(element: Any, place: str, default: int) -> int:
    """The number at a place below an element. Errors: ValueError if something else stands there."""
    found = element.find(place)
    return default if found is None else int(found.get(f"{_W}val", default))


_OF_PYTHON = frozenset(
    ("undefined", "unicode-escape", "raw-unicode-escape", "punycode", "idna", "utf-7", "mbcs", "oem", "charmap")
)
# The parser takes the square of the attributes of an element. A quoted value is one piece, whatever stands in it.
_LONG_TAG = re.compile(r"""<[a-zA-Z](?>(?:[^\s/<>"']+|"[^"]*"|'[^']*'|[\s/]+)){4000}""")
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_DATE_NAMES = (
    "publishdate",
    "pubdate",
    "publish_date",
    "article:published_time",
    "date",
    "dc.date",
    "og:published_time",
)
_PAPER_NAMES = ("og:site_name", "newspaper", "source", "mediaid", "citation_journal_title", "application-name")
_DAY = re.compile("[12][0-9]{3}-[01][0-9]-[0-3][0-9]")
_HIDDEN = re.compile(r"hide|hidden|d-none|share|tools?\b|related|recommend|comment|pager|qrcode|erweima", re.IGNORECASE)
_BYLINE = re.compile(
    r"^(?:作者|记者|文)[:：/]|^来源[:：]|^阅读[:：]?\s*[0-9]|^(?:发布|更新)时间|"
    r"^20[0-9]{2}[-年./][0-9]{1,2}[-月./][0-9: 日]+(?:来源|作者|$)|"
    r"^(?:本报|本刊)?(?:实习)?(?:记者|通讯员)[^，。]{2,24}$"
)
_KICKER = re.compile(r"yinti|kicker|pretitle|subtitle_top", re.IGNORECASE)
_END = re.compile(  # of an article, behind which a site goes on
    r"[（(【\[]?(?:责任|本版|网络|本期)?编辑[:：]|(?:热门|相关|推荐|更多|延伸|猜你|大家都)|[上下]一[篇版条]|版权|扫码|.{0,4}分享到"
)
_RULE = re.compile(r"[-— ]+")
_FIRST = 3  # lines of the text among which a byline may stand
_ADDRESS = re.compile(r"""(?:og:url|canonical)["'][^>]*?(?:content|href)=["']([^"']+)|saved from url=\(\d+\)(\S+)""")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")  # no XML holds them
_LONGEST_TITLE = 60  # characters
_MOST_TEXTS = 2_000  # short texts of a web page that are looked at; one of a newspaper has some hundred
_PLACES_OF_FOLIOS = ("div", "span", "td", "p", "b", "strong", "em", "font", "h2", "h3", "h4", "h5", "li", "dt", "dd")
_SENTENCE = re.compile("[。！？；，]")
_ENOUGH = 40  # characters of running text below which a web page holds no article


def decode_html(data: bytes) -> str:
    """The text of a web page, by its byte order mark, what its head declares, or what its bytes can be."""
    declared = _CHARSET.search(data[:4096])
    names = ["utf-8-sig"] if data.startswith(b"\xef\xbb\xbf") else []
    names += ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else []
    if declared:
        name = declared[1].decode("ascii", "replace").lower()
        names += ["gb18030"] if name in {"gb2312", "gbk", "gb18030"} else [name] if _is_of_the_web(name) else []
    for name in [*names, "utf-8", "gb18030", "big5"]:
        try:
            return data.decode(name)
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "replace")


def _is_of_the_web(name: str) -> bool:
    """Whether a name is that of an encoding in which pages are sent: Python knows others, which change what is read."""
    try:
        return codecs.lookup(name).name not in _OF_PYTHON and "".encode(name) is not None
    except (LookupError, UnicodeError):
        return False


def read_html(data: bytes, path: Path | str) -> Reading:
    """The article of a web page: kicker, headline and byline first, then its paragraphs.

    Errors: InputError if it holds no article: scripts only, a list of links.
    """
    import trafilatura  # heavy: loaded for a web page only
    from lxml import etree
    from lxml import html as lxml_html

    text = decode_html(data)
    if (marks := text.count("<")) > _MAX_WEB_MARKS:
        what = f"has {marks:,} marks of markup"
        raise InputError(what, path=path, expected=f"At most {_MAX_WEB_MARKS:,}, the page of one article")
    if _LONG_TAG.search(text):
        raise InputError("has an element of thousands of attributes", path=path, next_step="Save the page again")
    try:
        root = lxml_html.document_fromstring(_CONTROL.sub("", re.sub(r"^\s*<\?xml[^>]*\?>", "", text)))
    except (etree.LxmlError, ValueError) as error:
        raise InputError("is a web page without content", path=path, next_step="Save the page again") from error
    source = _source(root, text)
    _drop_furniture(root)
    found = trafilatura.bare_extraction(lxml_html.tostring(root, encoding="unicode"), include_comments=False)
    kickers, headline, subtitles = _titles(root, found.title if found else None)
    links = {_words(link) for link in root.iter("a")}
    body = _paragraphs((found.text or "") if found else "", headline, {*kickers, *subtitles, *links})
    if sum(len(line) for line in body if _SENTENCE.search(line)) < _ENOUGH:
        what = "is a web page that holds no article: scripts, links or a frame only"
        raise InputError(what, path=path, next_step="Save the page of the article itself, once it is shown")
    said = [_byline(_words(element)) for element in root.xpath("//*[contains(@class, 'author')]")]
    said += [_byline(line) for line in (*subtitles, *body[:_FIRST]) if _BYLINE.match(line)]
    byline = next(filter(None, said), "")
    rest = [line for place, line in enumerate(body) if line != byline and (place >= _FIRST or not _BYLINE.match(line))]
    decks = [line for line in subtitles if line != byline and not _BYLINE.match(line)]
    lines = [*kickers, *filter(None, [headline]), *decks, *filter(None, [byline]), *rest]
    titles = (len(kickers), int(bool(headline)))
    return Reading(tuple(map(ReadLine, lines)), "HTML", source=source, titles=titles)


def _paragraphs(text: str, headline: str | None, others: set[str]) -> list[str]:
    """The lines of an extracted article below its headline, without links and what a site puts around it."""
    lines = text.split("\n")
    if headline in lines:
        lines = lines[lines.index(headline) + 1 :]
    kept: list[str] = []
    has_begun = False
    for line in lines:
        words = " ".join(filter(None, (part.strip() for part in line.split("|"))))
        if has_begun and _END.match(words):
            break
        is_heading = line.startswith("|") and not has_begun  # a table above the text is one of the site's
        if words and not is_heading and words.lstrip("- ") not in others and not _RULE.fullmatch(words):
            kept.append(words)
            has_begun = has_begun or bool(_SENTENCE.search(words))
    return kept


def _titles(root: HtmlElement, title: str | None) -> tuple[list[str], str | None, list[str]]:
    """Kicker, headline and subtitles: the one `h1` of the page with the headings beside it, else the page's title."""
    headings = [element for element in root.xpath("//h1") if _words(element)]
    if len(headings) != 1:
        named = title or root.xpath("string(//title)")
        return [], re.split(r"\s*[-_|—]\s*", named.strip())[0] or None, []
    above = headings[0].xpath("preceding-sibling::*[1][self::h2 or self::h3 or self::h4 or self::h5]")
    above += [each for each in headings[0].xpath("preceding-sibling::*[1]") if _KICKER.search(each.get("class", ""))]
    below = []
    for element in headings[0].itersiblings():
        if element.tag not in {"h2", "h3", "h4", "h5"}:
            break
        below.append(_words(element))
    short = [words for element in above[:1] if (words := _words(element)) and len(words) < _LONGEST_TITLE]
    return short, _words(headings[0]), [words for words in below if words and len(words) < _LONGEST_TITLE]


def _drop_furniture(root: HtmlElement) -> None:
    """Take out what is no part of an article, by its tag or by the name of its class."""
    for element in root.xpath("//script|//style|//noscript|//nav|//footer|//aside|//form|//template|//svg"):
        if element.getparent() is not None:
            element.drop_tree()
    whole = len(root.text_content())
    for element in root.xpath("//*[@class or @id or @hidden]"):
        names = f"{element.get('class', '')} {element.get('id', '')}"
        is_hidden = element.get("hidden") is not None or _HIDDEN.search(names)
        is_part = len(element.text_content()) < whole / 2  # who names the article itself so shows it all the same
        if is_hidden and is_part and element.getparent() is not None:
            element.drop_tree()


def _byline(text: str) -> str:
    """A byline without its label and what a site adds to it; empty if it names nobody."""
    named = re.search(r"(?:作者|文)[:：/]\s*([^:：\s]+(?: [一-鿿·]{2,4})*)(?=\s|$)", text)
    if named:
        return named[1]
    words = re.split(r"\s+(?=来源|阅读|发布|更新)", text)[0]
    return "" if re.match("来源|阅读|发布|更新|[0-9]", words) else words


def _words(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def _source(root: HtmlElement, text: str) -> PageSource:
    """The source that head, breadcrumb, address and the short texts around the article name."""
    meta = {
        str(element.get("name") or element.get("property") or "").lower(): element.get("content", "")
        for element in root.xpath("//meta[@content]")
    }
    days = (found[0] for name in _DATE_NAMES if (found := _DAY.match(meta.get(name, ""))))
    first, *others = re.split(r"\s*[-_|—]\s*", root.xpath("string(//title)").strip())
    named = [first] if read_words([first]).newspaper == first else []  # else it is the headline
    named += re.findall(r"来源[:：]\s*([一-鿿]+报)", text)[:1]
    crumbs = root.xpath("//*[contains(@class,'crumb') or contains(@class,'location') or contains(@class,'banci')]")
    address = _ADDRESS.search(text)
    return merge(
        [
            read_words([meta[name] for name in _PAPER_NAMES if meta.get(name)], SourceOrigin.META),
            make_source(SourceOrigin.META, issue_date=next(days, None)),
            read_words([*map(_words, crumbs), *others, *named], SourceOrigin.META),
            *([read_address(next(filter(None, address.groups())))] if address else []),
            read_words(line.text for line in mark_lines(_short_texts(root)) if line.is_folio or line.kinds == {"name"}),
        ]
    )


def _short_texts(root: HtmlElement) -> Iterator[str]:
    """The texts of elements that hold nothing else, those of links left out: a link leads to another page."""
    ends = (each for each in root.iter(*_PLACES_OF_FOLIOS) if not len(each))
    for element in islice(ends, _MOST_TEXTS):
        if 0 < len(words := _words(element)) < _LONGEST_TITLE:
            yield words


MAX_PAGES = 200
MAX_GLYPHS = 200_000  # of a page; a broadsheet has some 15,000
MAX_PDF_UNPACKED = 1_000_000_000  # bytes of all streams; what unpacks to more is made to exhaust memory
_MAX_STREAM = 300_000_000  # bytes of one stream; a page of a newspaper at 300 dpi in colour has some 120 million
_MAX_OBJECTS = 50_000
_POINTS_PER_INCH = 72
_FEW_GLYPHS = 200  # with fewer, a page that a picture covers is a scan with a folio or a stamp
_COVERING = 0.6  # share of a page
_LOST = 0.2  # share of characters without a meaning (fonts without a table) from which on a text layer is worthless
_STREAM = re.compile(rb"/FlateDecode[^\0]{0,300}?>>\s*stream\r?\n")
_PDFIUM = RLock()  # PDFium may be called by one thread at a time

Recognise = Callable[[Mapping[int, Callable[[], "Image"]]], list[Reading]]


class _Glyph(NamedTuple):
    char: str
    box: Box
    spaced: bool  # a space is printed before it


def read_pdf(data: bytes, path: Path | str, *, dpi: int, recognise: Recognise) -> list[Reading]:
    """The pages of a PDF, those without a text layer through `recognise`, all at once: page numbers with renderings.

    Shape: a page on which nothing stands has no lines.
    Units: boxes in pixels at `dpi`.
    Errors: InputError if the file is encrypted, damaged, without pages or beyond all bounds.
    """
    _check_streams(data, path)
    with _PDFIUM:
        document = _open_pdf(data, path)
        count = len(document)
    try:
        if not count:
            raise InputError("is a PDF without a page", path=path, next_step="Get the file again")
        if count > MAX_PAGES:
            raise InputError(f"has {count} pages", path=path, expected=f"At most {MAX_PAGES}")
        pages = [_read_layer(document, index, path, dpi) for index in range(count)]
        scale = dpi / _POINTS_PER_INCH
        drawn = {index + 1: partial(_render, document, index, scale) for index in range(count) if pages[index] is None}
        recognised = iter(recognise(drawn))
        return [page or next(recognised)._replace(dpi=dpi) for page in pages]
    finally:
        with _PDFIUM:
            document.close()


def render_page(data: bytes, path: Path | str, *, number: int, dpi: int) -> Image:
    """The picture of one page (from 1) of a PDF that was read before."""
    with _PDFIUM:
        document = _open_pdf(data, path)
        picture = _render(document, number - 1, dpi / _POINTS_PER_INCH)
        document.close()
    return picture


def _open_pdf(data: bytes, path: Path | str) -> PdfDocument:
    import pypdfium2  # heavy: loaded for a PDF only

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if b"/Encrypt" in data:
            raise InputError("is encrypted", path=path, next_step="Save it without a password first") from error
        if re.search(rb"/Count\s+0\b", data):
            raise InputError("is a PDF without a page", path=path, next_step="Get the file again") from error
        raise InputError(f"is a damaged PDF ({error})", path=path, next_step="Get the file again") from error


def _check_streams(data: bytes, path: Path | str) -> None:
    """Refuse a file whose packed streams unpack to more than any newspaper does; they are unpacked piece by piece."""
    total = 0
    for found in _STREAM.finditer(data):
        unpack, size, place = zlib.decompressobj(), 0, found.end()
        try:
            while not unpack.eof and place < len(data) and size <= _MAX_STREAM:
                packed = unpack.unconsumed_tail or data[place : place + 65_536]
                place += 0 if unpack.unconsumed_tail else len(packed)
                size += len(unpack.decompress(packed, 1_000_000))
        except zlib.error:
            continue  # damaged, or no stream: PDFium will say
        total += size
        if size > _MAX_STREAM or total > MAX_PDF_UNPACKED:
            raise InputError(
                f"would unpack to more than {min(size, total):,} bytes",
                path=path,
                next_step="Print it to a new PDF, or save its pages as pictures",
            )


def _read_layer(document: PdfDocument, index: int, path: Path | str, dpi: int) -> Reading | None:
    """The text layer of one page; None for a page that is a picture."""
    scale = dpi / _POINTS_PER_INCH
    with _PDFIUM:
        page = document[index]
        width, height = (side * scale for side in page.get_size())
        if width * height > MAX_PIXELS:
            what = f"page {index + 1} has {width:,.0f} x {height:,.0f} pixels at {dpi} dpi"
            raise InputError(what, path=path, expected=f"At most {MAX_PIXELS // 1_000_000} million")
        rules, pictures = _drawn(page, scale, path)
        glyphs = _glyphs(page, scale, path)
        is_blank = not glyphs and not pictures and not rules
        page.close()
    covered = max(((b.right - b.left) * (b.bottom - b.top) for b in pictures), default=0) / (width * height)
    if is_blank or (glyphs and (len(glyphs) >= _FEW_GLYPHS or covered < _COVERING) and not _is_garbled(glyphs)):
        return Reading(
            tuple(_stacked(list(_joined(glyphs)))),
            "PDF text layer",
            width,
            height,
            rules=tuple(rules),
            pictures=tuple(pictures),
            number=index + 1,
            dpi=dpi,
        )
    return None


def _render(document: PdfDocument, index: int, scale: float) -> Image:
    with _PDFIUM:
        page = document[index]
        picture: Image = page.render(scale=scale).to_pil()
        page.close()
    return picture


def _is_garbled(glyphs: Sequence[_Glyph]) -> bool:
    """Whether many characters have no meaning, as where a font does not say which they are."""
    lost = sum(unicodedata.category(glyph.char[0]) in {"Co", "Cn", "Cc"} or glyph.char == "\ufffd" for glyph in glyphs)
    return lost > _LOST * len(glyphs)


def _glyphs(page: PdfPage, scale: float, path: Path | str) -> list[_Glyph]:
    """Every visible character with its box, origin top left."""
    text, height = page.get_textpage(), page.get_height()
    count = text.count_chars()
    if count > MAX_GLYPHS:
        raise InputError(f"has a page of {count:,} characters", path=path, expected=f"At most {MAX_GLYPHS:,}")
    glyphs: list[_Glyph] = []
    spaced = False
    for index in range(count):
        char = text.get_text_range(index, 1)
        if not char.strip():
            spaced = True
            continue
        left, bottom, right, top = text.get_charbox(index, loose=True)
        is_flat = top - bottom < (right - left) / 2  # the ink alone, which is all that some fonts tell of 一
        if is_flat and not char.isascii():
            bottom, top = ((bottom + top + side) / 2 for side in (left - right, right - left))
        box = Box(left * scale, (height - top) * scale, right * scale, (height - bottom) * scale)
        glyphs.append(_Glyph(char, box, spaced))
        spaced = False
    text.close()
    return glyphs


def _joined(glyphs: Sequence[_Glyph]) -> Iterator[ReadLine]:
    """Characters joined into lines: each follows the one before it in the same row, hardly a letter away."""
    line: list[_Glyph] = []
    for glyph in glyphs:
        if line and not _follows(line[-1], glyph):
            yield _joined_line(line)
            line = []
        line.append(glyph)
    if line:
        yield _joined_line(line)


def _follows(one: _Glyph, other: _Glyph) -> bool:
    height = one.box.bottom - one.box.top
    in_row = min(one.box.bottom, other.box.bottom) - max(one.box.top, other.box.top) > 0.5 * height
    is_beside = in_row and -0.5 * height < other.box.left - one.box.right < 1.2 * height
    return is_beside or one.box == other.box  # one letter for two characters: ——


def _joined_line(glyphs: Sequence[_Glyph]) -> ReadLine:
    boxes = [glyph.box for glyph in glyphs]
    pieces = [glyphs[0].char]
    for before, glyph in pairwise(glyphs):
        is_apart = glyph.box.left - before.box.right > 0.5 * (before.box.bottom - before.box.top)
        is_word = glyph.spaced and before.char.isascii() and glyph.char.isascii()
        pieces.append(f" {glyph.char}" if is_apart or is_word else glyph.char)
    return ReadLine("".join(pieces), Box.around(boxes), letter_height=median(b.bottom - b.top for b in boxes))


def _stacked(lines: Sequence[ReadLine]) -> Iterator[ReadLine]:
    """The lines, Chinese characters that stand one below the other joined: they run down the page."""
    run: list[ReadLine] = []
    for line in [*lines, None]:
        is_single = line is not None and len(line.text) == 1 and not line.text.isascii()
        if line is not None and is_single and (not run or _is_below(line, run)):
            run.append(line)
            continue
        if len(run) > 1:
            box = Box.around([each.box for each in run if each.box])
            yield ReadLine("".join(each.text for each in run), box, letter_height=box.right - box.left, vertical=True)
        else:
            yield from run
        run = [line] if line is not None and is_single else []
        if line is not None and not is_single:
            yield line


def _is_below(line: ReadLine, run: Sequence[ReadLine]) -> bool:
    """Whether a character goes on a column of characters; the boxes of punctuation are small and stand aside."""
    boxes = [each.box for each in run if each.box]
    column = Box.around(boxes)
    size = max(column.right - column.left, boxes[0].bottom - boxes[0].top)
    if not line.box:
        return False
    middle = (line.box.left + line.box.right) / 2
    is_in = column.left - size / 4 < middle < column.right + size / 4
    return is_in and -size / 2 < line.box.top - boxes[-1].bottom < size


def _drawn(page: PdfPage, scale: float, path: Path | str) -> tuple[list[Box], list[Box]]:
    """Printed rules (thin paths) and pictures."""
    import pypdfium2.raw as pdfium

    rules, pictures, height = [], [], page.get_height()
    for item in islice(page.get_objects(max_depth=3), _MAX_OBJECTS):
        left, bottom, right, top = item.get_bounds()
        box = Box(left * scale, (height - top) * scale, right * scale, (height - bottom) * scale)
        sides = sorted((right - left, top - bottom))
        if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            wide, high = item.get_px_size()
            if wide * high > 2 * MAX_PIXELS:
                raise InputError(f"holds a picture of {wide:,} x {high:,} pixels", path=path)
            pictures.append(box)
        elif item.type == pdfium.FPDF_PAGEOBJ_PATH and sides[0] < 3 < sides[1]:
            rules.append(box)
    return rules, pictures
