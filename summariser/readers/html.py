"""A saved web page: the one article it holds, without its furniture, and the newspaper page that its head names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from summariser.errors import InputError
from summariser.readers.reading import Reading, ReadLine
from summariser.readers.source import make_source, merge, read_address, read_words
from summariser.schema.page import PageSource, SourceOrigin

if TYPE_CHECKING:
    from lxml.html import HtmlElement

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
_BYLINE = re.compile(r"^(?:作者|记者|文)[:：/]|^来源[:：]|^阅读[:：]?\s*[0-9]|^(?:发布|更新)时间")
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
    try:
        root = lxml_html.document_fromstring(_CONTROL.sub("", re.sub(r"^\s*<\?xml[^>]*\?>", "", text)))
    except (etree.LxmlError, ValueError) as error:
        raise InputError("is a web page without content", path=path, next_step="Save the page again") from error
    source = _source(root, text)
    _drop_furniture(root)
    found = trafilatura.bare_extraction(lxml_html.tostring(root, encoding="unicode"), include_comments=False)
    paragraphs = [line.strip() for line in (found.text or "").split("\n")] if found else []
    headline = _headline(root, found.title if found else None)
    links = {_words(link) for link in root.iter("a")}
    paragraphs = [line for line in paragraphs if line and line != headline and line.lstrip("- ") not in links]
    if sum(len(line) for line in paragraphs if _SENTENCE.search(line)) < _ENOUGH:
        what = "is a web page that holds no article: scripts, links or a frame only"
        raise InputError(what, path=path, next_step="Save the page of the article itself, once it is shown")
    kicker = _kicker(root, paragraphs)
    body = [line for line in paragraphs if line != kicker]
    lines = [ReadLine(line) for line in filter(None, [kicker, headline, *_with_byline(root, body)])]
    titles = (int(kicker is not None), int(headline is not None))
    return Reading(tuple(lines), "HTML", is_ordered=True, source=source, titles=titles)


def _drop_furniture(root: HtmlElement) -> None:
    """Take out what is no part of an article, by its tag or by the name of its class."""
    for element in root.xpath("//script|//style|//noscript|//nav|//footer|//aside|//form|//template|//svg"):
        if element.getparent() is not None:
            element.drop_tree()
    for element in root.xpath("//*[@class or @id or @hidden]"):
        names = f"{element.get('class', '')} {element.get('id', '')}"
        is_hidden = element.get("hidden") is not None or _HIDDEN.search(names)
        if is_hidden and element.getparent() is not None and element.tag not in {"body", "html", "article", "main"}:
            element.drop_tree()


def _headline(root: HtmlElement, title: str | None) -> str | None:
    """The headline: the one `h1` of the page, else the title without the name of the site."""
    headings = [text for element in root.xpath("//h1") if (text := _words(element))]
    if len(headings) == 1:
        return headings[0]
    return re.split(r"\s*[-_|—]\s*", title)[0].strip() or None if title else None


def _kicker(root: HtmlElement, paragraphs: Sequence[str]) -> str | None:
    """The line above the headline, if the article has it among its paragraphs."""
    above = root.xpath("//h1/preceding-sibling::*[1]|//*[@class='yinti']")
    texts = (_words(element) for element in above)
    return next((text for text in texts if text and len(text) < _LONGEST_TITLE and text in paragraphs), None)


def _with_byline(root: HtmlElement, body: Sequence[str]) -> list[str]:
    """The paragraphs, after the one byline; what a site adds to it is left out."""
    bylines = [_byline(text) for text in body[:3] if _BYLINE.match(text)]
    authors = [_byline(_words(element)) for element in root.xpath("//*[contains(@class, 'author')]")]
    rest = [text for place, text in enumerate(body) if place > 2 or not _BYLINE.match(text)]
    byline = next(filter(None, [*authors, *bylines]), "")
    return [byline, *(text for text in rest if text != byline)] if byline else rest


def _byline(text: str) -> str:
    """A byline without its label and what a site adds to it."""
    words = re.split(r"\s+(?=来源|阅读|发布|更新)", text)[0]
    return "" if re.match("来源|阅读|发布|更新", words) else re.sub(r"^(?:作者|文)[:：/]\s*", "", words)


def _words(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def _source(root: HtmlElement, text: str) -> PageSource:
    """The source that head, breadcrumb and address name."""
    meta = {
        str(element.get("name") or element.get("property") or "").lower(): element.get("content", "")
        for element in root.xpath("//meta[@content]")
    }
    days = (found[0] for name in _DATE_NAMES if (found := _DAY.match(meta.get(name, ""))))
    title = root.xpath("string(//title)")
    crumbs = root.xpath("//*[contains(@class,'crumb') or contains(@class,'location') or contains(@class,'banci')]")
    address = _ADDRESS.search(text)
    return merge(
        [
            read_words([meta[name] for name in _PAPER_NAMES if meta.get(name)], SourceOrigin.META),
            make_source(SourceOrigin.META, issue_date=next(days, None)),
            read_words([*map(_words, crumbs), *re.split(r"\s*[-_|—]\s*", title)[1:]], SourceOrigin.META),
            *([read_address(next(filter(None, address.groups())))] if address else []),
        ]
    )
