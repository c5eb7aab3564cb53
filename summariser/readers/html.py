"""A saved web page: the one article it holds, without its furniture, and the newspaper page that its head names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from summariser.readers.reading import ReadLine, Reading
from summariser.readers.source import make_source, merge, read_address, read_words
from summariser.schema.page import PageSource, SourceOrigin

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_DATE_NAMES = ("publishdate", "pubdate", "publish_date", "article:published_time", "date", "dc.date", "og:published_time")
_PAPER_NAMES = ("og:site_name", "newspaper", "source", "mediaid", "citation_journal_title", "application-name")
_HIDDEN = re.compile(r"hide|hidden|d-none|share|tools?\b|related|recommend|comment|pager|qrcode|erweima", re.IGNORECASE)
_BYLINE = re.compile(r"^(?:作者|记者|文)[:：/]|^来源[:：]|^阅读[:：]?\s*[0-9]|^(?:发布|更新)时间")
_ADDRESS = re.compile(r"""(?:og:url|canonical)["'][^>]*?(?:content|href)=["']([^"']+)|saved from url=\(\d+\)(\S+)""")
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


def read_html(data: bytes) -> Reading | None:
    """The article of a web page: kicker, headline and byline first, then its paragraphs; None if it holds none."""
    import trafilatura  # heavy: loaded for a web page only
    from lxml import html as lxml_html

    text = decode_html(data)
    root = lxml_html.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text) or "<p/>")
    source = _source(root, text)
    for element in root.xpath("//script|//style|//noscript|//nav|//footer|//aside|//form|//template|//svg"):
        element.drop_tree()
    for element in root.xpath("//*[@class or @id or @hidden]"):
        names = f"{element.get('class', '')} {element.get('id', '')}"
        is_hidden = element.get("hidden") is not None or _HIDDEN.search(names)
        if is_hidden and element.getparent() is not None and element.tag not in {"body", "html", "article", "main"}:
            element.drop_tree()
    found = trafilatura.bare_extraction(lxml_html.tostring(root, encoding="unicode"), include_comments=False)
    paragraphs = [line.strip() for line in found.text.split("\n") if line.strip()] if found and found.text else []
    headline = _headline(root, found.title if found else None)
    paragraphs = [line for line in paragraphs if line != headline]
    if sum(map(len, paragraphs)) < _ENOUGH:
        return None
    return Reading(tuple(_lines(root, headline, paragraphs)), "HTML", is_ordered=True, source=source)


def _headline(root: HtmlElement, title: str | None) -> str | None:
    """The headline: the one `h1` of the page, else the title without the name of the site."""
    headings = [text for element in root.xpath("//h1") if (text := _words(element))]
    if len(headings) == 1:
        return headings[0]
    return re.split(r"\s*[-_|—]\s*", title)[0].strip() or None if title else None


def _lines(root: HtmlElement, headline: str | None, paragraphs: list[str]) -> list[ReadLine]:
    """Kicker and headline, byline, paragraphs, in the order of a printed page."""
    kicker = next((text for element in root.xpath("//h1/preceding-sibling::*[1]|//*[@class='yinti']")
                   if (text := _words(element)) and len(text) < 60 and text in paragraphs), None)  # fmt: skip
    body = [text for text in paragraphs if text != kicker]
    bylines = [_byline(text) for text in body[:3] if _BYLINE.match(text)]
    author = next((_byline(_words(element)) for element in root.xpath("//*[contains(@class, 'author')]")), None)
    body = [text for text in body if not _BYLINE.match(text)]
    head = [kicker, headline, next(filter(None, [author, *bylines]), None)]
    return [ReadLine(text) for text in [*filter(None, head), *body]]


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
    paper = next((meta[name] for name in _PAPER_NAMES if meta.get(name)), None)
    day = next((meta[name][:10] for name in _DATE_NAMES if re.match(r"[12][0-9]{3}-[01][0-9]-[0-3][0-9]", meta.get(name, ""))), None)
    titles = re.split(r"\s*[-_|—]\s*", _words(root.xpath("//title")[0])) if root.xpath("//title") else []
    crumbs = [_words(each) for each in root.xpath("//*[contains(@class,'breadcrumb') or contains(@class,'crumb') or contains(@class,'location')]")]
    address = _ADDRESS.search(text)
    from_meta = make_source(SourceOrigin.META, newspaper=paper, issue_date=day)
    from_words = read_words([*crumbs, *titles[1:]], SourceOrigin.META)
    places = [from_meta, from_words, *([read_address(next(filter(None, address.groups())))] if address else [])]
    return merge(places)
