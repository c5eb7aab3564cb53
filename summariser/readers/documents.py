"""Articles that people saved as documents: Word files and web pages.

Word: paragraphs and table cells in order. The archive is measured before it is unpacked.

Web: the one article a saved page holds, without its furniture, and the newspaper page that its head names.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from summariser.errors import InputError
from summariser.readers.reading import Reading, ReadLine, make_source, merge, read_address, read_words
from summariser.schema.page import PageSource, SourceOrigin

if TYPE_CHECKING:
    from docx.document import Document
    from lxml.html import HtmlElement

MAX_UNPACKED = 100_000_000  # bytes; of a page with photographs most are pictures, which hardly shrink
_MAX_TEXT = 30_000_000  # bytes of the XML of the text; a page has some hundred thousand
_MAX_MARKS = 1_000_000  # of its XML; each takes some hundred bytes once it is read, and a page has some ten thousand
_MAX_WEB_MARKS = 40_000  # what extracts the article takes the square of some; a page of a newspaper has some thousand
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MAIN = "word/document.xml"
_OTHERS = {
    "xl/": "an Excel file",
    "ppt/": "a PowerPoint file",
    "content.xml": "an OpenDocument file",
    "OEBPS": "an e-book",
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
        lines = list(_lines(document))
    except (KeyError, ValueError, zipfile.BadZipFile, LxmlError) as error:
        raise InputError(f"is a damaged Word file ({error})", path=path, next_step="Save it again in Word") from error
    titles = [place for place, (_, is_title) in enumerate(lines) if is_title]
    single = (titles[0], 1) if len(titles) == 1 and titles[0] < _FIRST_LINES and len(lines) > titles[0] + 1 else None
    return Reading(tuple(ReadLine(text) for text, _ in lines), "Word", is_ordered=True, titles=single)


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
        what = next((name for start, name in _OTHERS.items() if any(each.startswith(start) for each in sizes)), "")
        raise InputError(
            f"is {what or 'an archive'}, and no Word file",
            path=path,
            next_step="Save its text as .docx or .txt" if what else "Unpack it and give what is inside",
        )
    if sum(sizes.values()) > MAX_UNPACKED or text > _MAX_TEXT:
        what = f"would unpack to {sum(sizes.values()):,} bytes"
        raise InputError(what, path=path, expected=f"At most {MAX_UNPACKED:,}, {_MAX_TEXT:,} of them text")
    if marks > _MAX_MARKS:
        raise InputError(
            f"has {marks:,} marks of markup", path=path, expected=f"At most {_MAX_MARKS:,}, one page a file"
        )


def _lines(document: Document) -> Iterator[tuple[str, bool]]:
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
_SENTENCE = re.compile("[。！？；，]")
_ENOUGH = 40  # characters of running text below which a web page holds no article


def decode_html(data: bytes) -> str:
    """The text of a web page, by its byte order mark, what its head declares, or what its bytes can be."""
    declared = _CHARSET.search(data[:4096])
    names = ["utf-8-sig"] if data.startswith(b"\xef\xbb\xbf") else []
    names += ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else []
    if declared:
        name = declared[1].decode("ascii", "replace").lower()
        names.append("gb18030" if name in {"gb2312", "gbk", "gb18030"} else name)
    for name in [*names, "utf-8", "gb18030", "big5"]:
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("utf-8", "replace")


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
    return Reading(tuple(map(ReadLine, lines)), "HTML", is_ordered=True, source=source, titles=titles)


def _paragraphs(text: str, headline: str | None, others: set[str]) -> list[str]:
    """The lines of an extracted article below its headline, without links and what a site puts around it."""
    lines = text.split("\n")
    if headline in lines:
        lines = lines[lines.index(headline) + 1 :]
    kept: list[str] = []
    for line in lines:
        words = " ".join(filter(None, (part.strip() for part in line.split("|"))))
        has_begun = any(map(_SENTENCE.search, kept))
        if has_begun and _END.match(words):
            break
        is_heading = line.startswith("|") and not has_begun  # a table above the text is one of the site's
        if words and not is_heading and words.lstrip("- ") not in others and not _RULE.fullmatch(words):
            kept.append(words)
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
    """The source that head, breadcrumb and address name."""
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
        ]
    )
