"""Every kind of file becomes pages: read by its content, in reading order, with places and source."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
import zlib
from functools import cache
from pathlib import Path

import pytest
import trafilatura
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from summariser import read_page, read_pages, split_by_rules
from summariser.errors import InputError
from summariser.readers.dispatch import ReadOptions, read_all
from summariser.schema.page import Page, PageSource, SourceOrigin, SplitMethod

INPUTS = ROOT / "tests" / "data" / "inputs"
GOLD = json.loads((INPUTS / "scan-1.gold.json").read_text(encoding="utf-8"))
EXACT = {
    "scan-1.alto.xml": 8,
    "scan-1.hocr": 7,
    "scan-1.page.xml": 8,
    "scan-1.paddleocr.json": 8,
    "scan-1.ppstructure.json": 8,
    "scan-1.rapidocr.json": 8,
    "scan-1.docling.json": 7,
    "scan-1.content_list.json": 6,
}
ARTICLE = "某市总工会把夜校开进车间\n本报讯 近日，某市总工会在纺织园办起夜校，近200名职工参加。\n"


@cache
def read_input(name: str) -> Page:
    """The page in one of the files, which several tests look at."""
    return read_page(INPUTS / name)


def letters(text: str) -> set[str]:
    """Runs of four Chinese characters, by which a text is known in spite of some misread ones."""
    only = "".join(char for char in text if "\u3400" <= char <= "\u9fff")
    return {only[place : place + 4] for place in range(len(only) - 3)}


@pytest.mark.parametrize(("name", "exact"), EXACT.items(), ids=EXACT)
def test_ocr_output_is_cut_by_its_boxes(name: str, exact: int) -> None:
    """Of eight gold articles that flow over six columns, so many are found whole, without a line of another."""
    page = read_input(name)

    found = [letters(article.text) for article in split_by_rules(page).articles]

    wanted = [letters(article["text"]) for article in GOLD["articles"]]
    good = sum(any(len(own & each) > 0.93 * max(len(own), len(each) - 30) for each in found) for own in wanted)
    assert good >= exact


@pytest.mark.parametrize("name", EXACT)
def test_source_is_read_from_the_masthead(name: str) -> None:
    """Newspaper, issue date and page number stand in the masthead and folio lines."""
    source = read_input(name).source

    assert source.model_dump(include=set(GOLD["source"])) == GOLD["source"]
    assert set(source.origins.values()) == {SourceOrigin.MASTHEAD}


@pytest.mark.parametrize("name", EXACT)
def test_each_line_has_its_place_on_the_page(name: str) -> None:
    """Places follow the lines into reading order: each box lies on the page and has an area."""
    page = read_input(name)

    assert page.layout
    assert len(page.layout.places) == len(page.lines)
    for place in page.layout.places:
        assert place
        assert 0 <= place.box.left < place.box.right <= page.layout.width + 1
        assert 0 <= place.box.top < place.box.bottom <= page.layout.height + 1


def test_web_page_is_one_article_without_its_furniture() -> None:
    """Kicker, headline and byline come first; links, scripts, counters and the date of a second page are left out."""
    page = read_page(INPUTS / "epaper.html")
    split = split_by_rules(page)
    (article,) = split.articles

    assert split.method is SplitMethod.SINGLE
    assert (article.kicker, article.headline) == ("青屿船厂工会把避暑写进集体合同", "船厂里的“降温公式”")
    assert "本报记者 洛川行" in article.text
    assert not any(word in article.text for word in ("上一篇", "3000人点赞", "阅读", "分享", "未经授权"))
    assert (page.source.newspaper, page.source.issue_date, page.source.page_no) == ("青屿职工报", "2024-08-22", 3)


TEXT = "<p>本报讯 近日，某市总工会在纺织园办起夜校，近200名职工报名参加。</p><p>夜校开设3门课程，每人补贴300元。</p>"
SITES = {
    "headings around the headline": (
        "<title>某市日报-2025年11月14日 第03版：工会新闻</title><table><tr><td><a>第02版：要闻</a></td>"
        "<td><a>下一版</a></td></tr></table><div><h3>某市总工会</h3><h1>夜校进车间</h1><h2>——三门课</h2>"
        f"<h4>本报记者 林小满</h4><div id=ozoom>{TEXT}</div></div><div>版权所有</div>",
        ["某市总工会", "夜校进车间", "——三门课", "本报记者 林小满"],
        ("某市日报", "2025-11-14", 3),
    ),
    "no headings": (
        '<title>夜校进车间_某市工人网</title><meta property="og:url" content="http://q.example/2025-11/14/c_1.htm">'
        f"<div class=t>夜校进车间</div><div>2025-11-14 08:00 来源：某市日报 作者：林小满</div>{TEXT}"
        "<div>责任编辑：王五</div><div><h3>热门</h3><ul>" + "<li><a>另一条新闻的标题</a></li>" * 9 + "</ul></div>",
        ["夜校进车间", "林小满"],
        ("某市日报", "2025-11-14", None),
    ),
    "folio beside the article": (
        "<table><tr><td><a>第01版：要闻</a></td><td><a>第02版：综合</a></td></tr></table><div><span>某市日报</span>"
        f"<span>2025年11月14日 星期五</span><b>第02版：综合</b></div><h1>夜校进车间</h1>{TEXT}<div>2025-10-02</div>",
        ["夜校进车间"],
        ("某市日报", "2025-11-14", 2),
    ),
    "days of other articles": (
        f"<div><b>2025-10-02</b><b>2025-10-09</b><a>第02版：综合</a></div><h1>夜校进车间</h1>{TEXT}",
        ["夜校进车间"],
        (None, None, None),
    ),
    "a notice that names a day and a page": (
        f"<div><b>关于2025年10月2日停水一事，见本报第3版的更正</b></div><h1>夜校进车间</h1>{TEXT}",
        ["夜校进车间"],
        (None, None, None),
    ),
    "class that hides": (
        f"<div class=article-share><h1>夜校进车间</h1>{TEXT}</div>",
        ["夜校进车间"],
        (None, None, None),
    ),
}


@pytest.mark.parametrize(("body", "head", "source"), SITES.values(), ids=SITES)
def test_titles_and_source_of_web_pages(tmp_path: Path, body: str, head: list[str], source: tuple) -> None:
    """Titles, byline, text, in the order of a printed page, without what stands around them."""
    (tmp_path / "a.html").write_text(
        f"<html><head><meta charset=utf-8></head><body>{body}</body></html>", encoding="utf-8"
    )

    page = read_page(tmp_path / "a.html")

    assert page.lines == (*head, *(line.removeprefix("<p>") for line in TEXT.split("</p>") if line))
    assert (page.source.newspaper, page.source.issue_date, page.source.page_no) == source


@pytest.mark.parametrize("encoding", ["gb2312", "gbk", "gb18030", "utf-8", "utf-16"])
def test_web_page_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    """The charset of the head, of a byte order mark or of the bytes is used."""
    text = (INPUTS / "epaper.html").read_text(encoding="utf-8").replace('charset="utf-8"', f'charset="{encoding}"')
    path = tmp_path / "a.html"
    path.write_bytes(text.encode(encoding, "xmlcharrefreplace"))

    assert read_page(path).lines == read_page(INPUTS / "epaper.html").lines


def test_web_page_in_a_text_file_is_read_as_what_it_is(tmp_path: Path) -> None:
    """Content decides, not the name."""
    path = tmp_path / "a.txt"
    path.write_bytes((INPUTS / "epaper.html").read_bytes())

    assert read_page(path).lines[1] == "船厂里的“降温公式”"


def test_markdown_of_an_ocr_program_loses_its_markup_and_no_line(tmp_path: Path) -> None:
    """Formulas become numbers, tables rows; comments and pictures go; the lines stay those of the file."""
    path = tmp_path / "a.md"
    path.write_text(
        "# 工会开课\n\n![](images/1.jpg)\n<!-- 表\n二 -->\n发放 $4 0 . 7$ 万元，占 $1 2 \\%$，约 $\\mathrm{3}$ 人。\n"
        "<table><tr><td>县</td><td>人数</td></tr><tr><td>甲县</td><td>30</td></tr></table>\n收入A$B和C&amp;D。\n",
        encoding="utf-8",
    )

    lines = read_page(path).lines

    assert lines == (
        "# 工会开课",
        "",
        "",
        "",
        "",
        "发放 40.7 万元，占 12%，约 3 人。",
        "县 人数　甲县 30",
        "收入A$B和C&D。",
    )


def docx(*paragraphs: tuple[str, str | None]) -> bytes:
    """A Word file of paragraphs with their styles."""
    from docx import Document

    document = Document()
    for text, style in paragraphs:
        document.add_paragraph(text, style=style)
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def test_word_file_with_one_title_is_one_article(tmp_path: Path) -> None:
    """The title is the headline, what stands above it the kicker."""
    path = tmp_path / "a.docx"
    path.write_bytes(docx(("某市总工会", None), ("夜校开进车间", "Heading 1"), ("近200名职工参加。", None)))

    page = read_page(path)
    (article,) = split_by_rules(page).articles

    assert (article.kicker, article.headline) == ("某市总工会", "夜校开进车间")
    assert article.text.endswith("\n近200名职工参加。")


def test_word_file_with_several_titles_is_a_page(tmp_path: Path) -> None:
    """Who puts several articles into one file gets them cut."""
    path = tmp_path / "a.docx"
    path.write_bytes(docx(("甲", "Heading 1"), ("本报讯 一。", None), ("乙", "Heading 1"), ("本报讯 二。", None)))

    assert read_page(path).single is None


def word(body: str) -> bytes:
    """A Word file with this XML in its body."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx())) as old, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            changed = f'<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>'.encode()
            new.writestr(name, changed if name == "word/document.xml" else old.read(name))
    return content.getvalue()


def cell(text: str, properties: str = "") -> str:
    """A cell of a table in a Word file."""
    return f"<w:tc><w:tcPr>{properties}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>"


def table(*rows: tuple[str, ...]) -> str:
    """A table of a Word file."""
    return "<w:tbl>" + "".join(f"<w:tr>{''.join(row)}</w:tr>" for row in rows) + "</w:tbl>"


WIDE = '<w:gridSpan w:val="2"/>'
GOES_ON = "<w:vMerge/>"
BEGINS = '<w:vMerge w:val="restart"/>'
INDENTED = '<w:trPr><w:gridBefore w:val="1"/></w:trPr>'


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ([(cell("甲县"), cell("30人"))], ["甲县 30人"]),
        ([(cell("县", WIDE), cell("人数")), (cell("甲县"), cell("东"), cell("30"))], ["县 人数", "甲县 东 30"]),
        ([(cell("甲县", BEGINS), cell("30")), (cell("", GOES_ON), cell("40"))], ["甲县 30", "甲县 40"]),
        ([(cell("甲", WIDE), cell("乙", BEGINS)), (cell("丙"), cell("丁"), cell("", GOES_ON))], ["甲 乙", "丙 丁 乙"]),
        ([(INDENTED, cell("甲", BEGINS)), (cell("乙"), cell("", GOES_ON))], ["甲", "乙 甲"]),
        ([(cell("甲", BEGINS), cell("乙")), (cell("", BEGINS), cell("丙"))], ["甲 乙", "丙"]),
        ([(cell("甲", GOES_ON), cell("同", WIDE), cell("同"))], ["甲 同"]),
        ([(cell("甲", '<w:gridSpan w:val="-9"/>'), cell("乙"))], ["甲 乙"]),
    ],
    ids=[
        "plain",
        "wide",
        "goes on",
        "goes on beside wide",
        "begins later",
        "begins anew",
        "goes on from none",
        "absurd",
    ],
)
def test_row_of_a_table_is_a_line(tmp_path: Path, rows: list[tuple[str, ...]], lines: list[str]) -> None:
    """A merged cell stands once in its row, and again in each row that it reaches into."""
    path = tmp_path / "a.docx"
    path.write_bytes(word(table(*rows)))

    assert list(read_page(path).lines) == lines


def test_word_file_costs_no_more_than_it_holds(tmp_path: Path) -> None:
    """Neither a cell of a million columns nor one that goes on for a thousand rows takes time, memory or a stack."""
    rows = [(cell("甲", BEGINS), cell("乙", '<w:gridSpan w:val="900000000"/>'))]
    rows += [(cell("", GOES_ON), cell(str(number))) for number in range(1500)]
    path = tmp_path / "a.docx"
    path.write_bytes(word(table(*rows)))

    lines = read_page(path).lines

    assert (lines[0], lines[-1]) == ("甲 乙", "甲 1499")


def pdf(*pages: list[tuple[int, int, int, str]]) -> bytes:
    """A PDF with text at places: x, y from below, size, Latin text (its fonts hold no Chinese)."""
    objects = ["<</Type/Catalog/Pages 2 0 R>>", "", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for page in pages:
        stream = "".join(f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET\n" for x, y, size, text in page)
        objects.append(f"<</Length {len(stream)}>>\nstream\n{stream}endstream")
        content = len(objects)
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {content} 0 R/Resources<</Font<</F1 3 0 R>>>>>>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>"
    body = "%PDF-1.4\n" + "".join(f"{n} 0 obj\n{text}\nendobj\n" for n, text in enumerate(objects, 1))
    return f"{body}trailer<</Root 1 0 R/Size {len(objects) + 1}>>".encode("latin-1")


COLUMNS = [(50, 700 - 20 * n, 12, f"left line number {n}") for n in range(9)]
COLUMNS += [(350, 700 - 20 * n, 12, f"right line number {n}") for n in range(9)]


def test_text_layer_is_read_column_by_column(tmp_path: Path) -> None:
    """Lines are joined from characters with their places; pages of a PDF are p1, p2; a blank one is named."""
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(sorted(COLUMNS, key=lambda line: -line[1]), [], [(50, 700, 12, "third page, long enough")]))

    pages = read_pages(path)
    batch = read_all([path])

    assert [page.page_id for page in pages] == ["a.p1", "a.p2", "a.p3"]
    assert pages[0].lines == tuple(text for *_, text in COLUMNS)
    assert pages[0].layout
    assert pages[0].layout.places[0].box.left == pytest.approx(50 * 200 / 72, abs=2)
    assert pages[1].lines == ()
    assert read_page(f"{path}#page=3").lines == ("third page, long enough",)
    assert [page.page_id for page in batch.pages] == ["a.p1", "a.p3"]
    assert "#page=2: the page is blank" in batch.notes[0]


def test_a_page_that_is_named_is_read_alone(tmp_path: Path) -> None:
    """`FILE#page=3` stands for that page wherever a file may be named; a number that no page has is a fault."""
    path, text = tmp_path / "a.pdf", tmp_path / "b.txt"
    path.write_bytes(pdf(*([(50, 700, 12, f"page {number}, long enough")] for number in (1, 2, 3))))
    text.write_text(ARTICLE, encoding="utf-8")

    def ids(*paths: object) -> list[str]:
        return [page.page_id for page in read_all(map(str, paths)).pages]

    assert ids(f"{path}#page=3") == ["a.p3"]
    assert ids(f"{path}#page=3", f"{path}#page=1") == ["a.p1", "a.p3"]
    assert ids(f"{path}#page=3", path) == ["a.p1", "a.p2", "a.p3"]
    assert ids(f"{text}#page=1") == ["b"]
    assert [page.page_id for page in read_pages(f"{path}#page=2")] == ["a.p2"]
    batch = read_all([f"{path}#page=4", text])
    assert [page.page_id for page in batch.pages] == ["b"]
    assert "a.pdf#page=4: has 3 pages" in str(batch.faults[0])
    for wrong in (f"{text}#page=2", f"{text}#page=0"):
        with pytest.raises(InputError, match="has 1 page"):
            read_page(wrong)
        with pytest.raises(InputError, match="has 1 page"):
            read_all([wrong])


@pytest.mark.parametrize("kind", ["word", "scan"])
def test_the_source_of_a_short_page_is_read_from_its_first_lines(tmp_path: Path, kind: str) -> None:
    """Where a page has no places, or is too short to hold its masthead apart, its first lines are read as a text's."""
    lines = [
        "南浦工人日报 2026年2月5日 第2版",
        "市总工会设立互助基金",
        "本报讯 2月3日，市总工会设立互助基金。",
        "首期200万元。",
    ]
    path = tmp_path / ("page.docx" if kind == "word" else "page.json")
    boxes = [[[100, top], [900, top], [900, top + 40], [100, top + 40]] for top in range(100, 500, 80)]
    rows = [{"box": box, "txt": line, "score": 0.9} for box, line in zip(boxes, lines, strict=False)]
    path.write_bytes(docx(*((line, None) for line in lines)) if kind == "word" else json.dumps(rows).encode())

    source = read_page(path).source

    assert source
    assert (source.newspaper, source.issue_date, source.page_no) == ("南浦工人日报", "2026-02-05", 2)


def test_flat_characters_of_a_pdf_do_not_cut_their_line() -> None:
    """Lines with 一, of which some fonts tell the ink only, and with ——, which may be one letter, are read whole."""
    (page,) = read_pages(ROOT / "seeds/scans/print-001.pdf")
    gold = json.loads((ROOT / "seeds/scans/print-001.gold.json").read_text(encoding="utf-8"))
    printed = [
        line["text"] for each in gold["articles"] for paragraph in each["paragraphs"] for line in paragraph["lines"]
    ]

    read = {"".join(line.split()) for line in page.lines}

    assert [line for line in printed if "".join(line.split()) not in read] == []


def png(width: int, height: int) -> bytes:
    """A white PNG of one bit a pixel."""
    rows = zlib.compress(b"".join(b"\0" + b"\xff" * ((width + 7) // 8) for _ in range(height)), 9)
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b"")]
    parts = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def archive(**files: bytes) -> bytes:
    """A zip archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return content.getvalue()


def bomb() -> bytes:
    """A PDF whose one stream unpacks to 400 MB."""
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(b" " * 10_000_000) for _ in range(40)) + packer.flush()
    head = b"%PDF-1.4\n1 0 obj\n<</Filter/FlateDecode/Length " + str(len(data)).encode() + b">>\nstream\n"
    return head + data + b"\nendstream\nendobj\ntrailer<</Root 1 0 R>>"


SPAN_WITHOUT_END = f'<w:gridSpan w:val="{"9" * 5000}"/>'
ENTITY = b'<?xml version="1.0"?><!DOCTYPE alto [<!ENTITY a "aaa"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
MHTML = b"""From: <Saved by Blink>
Subject: x
MIME-Version: 1.0
Content-Type: multipart/related;
\ttype="text/html"

<html>"""
MANY = [f"a{number}='<'" for number in range(5_000)]
BAD = {
    "no pages": ("a.pdf", (INPUTS / "zero-pages.pdf").read_bytes, "without a page"),
    "cut pdf": ("a.pdf", lambda: pdf(COLUMNS)[:200], "damaged PDF"),
    "pdf bomb": ("a.pdf", bomb, "would unpack"),
    "svg": ("a.svg", (INPUTS / "script.svg").read_bytes, "SVG drawing"),
    "scripts only": ("a.html", (INPUTS / "scripts-only.html").read_bytes, "holds no article"),
    "links": ("a.html", lambda: b"<html><body><ul>" + b"<li><a>\xe5\xb7\xa5\xe4\xbc\x9a</a>" * 40, "no article"),
    "html of endless breaks": ("a.html", lambda: b"<p>" + "字<br>".encode() * 40_000, "40,001 marks of markup"),
    "html of one element": ("a.html", lambda: f"<p {' '.join(MANY)}>".replace("<'", "'").encode(), "of attributes"),
    "html of quoted marks": ("a.html", f"<p x='>' {' '.join(MANY)}>".encode, "thousands of attributes"),
    "empty html": ("a.html", lambda: b"<html></html>", "no article|without content"),
    "zip": ("a.docx", lambda: archive(a=b"x"), "is an archive. Unpack it"),
    "excel": ("a.docx", lambda: archive(xl__workbook_xml=b"x"), "is an Excel file. Save its text"),
    "zip bomb": ("a.docx", lambda: archive(word__document_xml=b" " * 60_000_000), "would unpack"),
    "word of endless marks": ("a.docx", lambda: word("<w:p/>" * 1_000_001), "marks of markup"),
    "word of a packing unknown": ("a.docx", lambda: word("").replace(b"\x08\x00", b"\x63\x00"), "damaged archive"),
    "word of an endless span": ("a.docx", lambda: word(table((cell("", SPAN_WITHOUT_END),))), "damaged Word"),
    "cut zip": ("a.docx", lambda: archive(word__document_xml=b"<x/>")[:40], "damaged archive"),
    "word without text": ("a.docx", docx, "holds no text"),
    "old word": ("a.doc", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Save it as .docx"),
    "e-book": ("a.txt", lambda: archive(**{"META-INF__container_xml": b"x"}), "is an e-book"),
    "ofd": ("a.ofd", lambda: archive(OFD_xml=b"x"), "is an OFD document. Save it as PDF"),
    "rtf in text": ("a.txt", lambda: rb"{\rtf1\ansi x}", "RTF"),
    "gzip in text": ("a.txt", lambda: b"\x1f\x8b\x08", "gzip archive"),
    "7z in text": ("a.txt", lambda: b"7z\xbc\xaf\x27\x1c", "7z archive"),
    "rar in text": ("a.txt", lambda: b"Rar!\x1a\x07", "RAR archive"),
    "postscript in text": ("a.txt", lambda: b"%!PS-Adobe-3.0", "PostScript"),
    "pdf in text": ("a.txt", lambda: b"%PDF-1.7 text", "damaged PDF"),
    "zip in markdown": ("a.md", lambda: b"PK\x03\x04abc", "damaged archive"),
    "heic": ("a.jpg", lambda: b"\0\0\0\x18ftypheic", "HEIC"),
    "avif": ("a.jpg", lambda: b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", "is an AVIF picture. Save it as PNG"),
    "jpeg 2000": ("a.png", lambda: b"\0\0\0\x0cjP  \r\n\x87\n", "is a JPEG 2000 picture. Save it as PNG"),
    "jpeg 2000 without a box": ("a.tif", lambda: b"\xff\x4f\xff\x51\0", "is a JPEG 2000 picture"),
    "mhtml": ("a.mhtml", lambda: MHTML, "Save the page again as HTML only"),
    "mhtml in a text": ("a.txt", lambda: MHTML, "all its parts in one file"),
    "mhtml called html": ("a.html", lambda: MHTML.replace(b"\n", b"\r\n"), "all its parts in one file"),
    "caj": ("a.CAJ", lambda: b"CAJ\0\1\2\xff", "is a CAJ document of CNKI. Save it as PDF"),
    "text as picture": ("a.png", ARTICLE.encode, "is read as text"),
    "unknown ending": ("a.abc", ARTICLE.encode, r"no kind that is read\..*let its name end in \.txt"),
    "no ending": ("a", ARTICLE.encode, "no kind that is read"),
    "other json": ("a.json", lambda: b'{"name": "x"}', "not the output of an OCR program"),
    "broken json": ("a.json", lambda: b'[{"box": [[1, 2]], "txt"', "broken JSON"),
    "deep json": ("a.json", lambda: b"[" * 100_000, "broken JSON"),
    "half an ocr line": ("a.json", lambda: b'[{"box": [], "txt": "x", "score": 1}]', "looks like the output"),
    "numbers as words": ("a.json", lambda: b'{"rec_texts": ["x"], "rec_boxes": [["a"]], "rec_scores": [1]}', "looks"),
    "no ocr text": ("a.json", lambda: b'{"rec_texts": [], "rec_boxes": [], "rec_scores": []}', "holds no text"),
    "other xml": ("a.xml", lambda: b"<?xml version='1.0'?><rss/>", "unknown kind"),
    "broken alto": ("a.xml", lambda: b"<alto><Page>", "broken XML"),
    "entities": ("a.xml", lambda: ENTITY + b"<alto>&a;</alto>", "entities"),
    "alto in millimetres": ("a.xml", lambda: b"<alto><MeasurementUnit>mm10</MeasurementUnit></alto>", "resolution"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "said"), BAD.values(), ids=BAD)
def test_what_cannot_be_read_says_what_it_is(tmp_path: Path, name: str, content, said: str) -> None:
    """Damaged, foreign and malicious files are refused with one sentence that names the file."""
    path = tmp_path / name
    path.write_bytes(content())

    with pytest.raises(InputError, match=said) as caught:
        read_pages(path)

    assert caught.value.path == path


SQUARE = {
    "breaks": "<p>" + "字<br>" * 2_000 + "</p>",
    "options": "<select>" + "<option>x" * 2_000,
    "paragraphs": "<p>字</p>" * 2_000,
}


@pytest.mark.parametrize("body", SQUARE.values(), ids=SQUARE)
def test_each_line_of_a_web_page_is_looked_at_once(tmp_path: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many lines without a sentence stand above an article, each is held against the pattern of one once."""

    class Counting:
        looks = 0

        def search(self, text: str) -> object:
            self.looks += 1
            return "。" in text

    monkeypatch.setattr("summariser.readers.documents._SENTENCE", counting := Counting())
    (tmp_path / "a.html").write_text(
        f"<html><body>{body}<p>{'夜校开课，职工踊跃报名。' * 9}</p></body></html>", "utf-8"
    )

    read_page(tmp_path / "a.html")

    assert counting.looks < 3 * 2_000


@pytest.mark.parametrize(
    "name", ["undefined", "unicode_escape", "punycode", "idna", "utf-7", "rot13", "hex", "bz2", "-"]
)
def test_encoding_that_no_web_page_has_is_passed_over(tmp_path: Path, name: str) -> None:
    """What Python calls an encoding, and no browser does, neither ends the reading nor changes what is read."""
    text = (INPUTS / "epaper.html").read_text(encoding="utf-8").replace('charset="utf-8"', f'charset="{name}"')
    (tmp_path / "a.html").write_text(text, encoding="utf-8")

    assert read_page(tmp_path / "a.html").lines == read_page(INPUTS / "epaper.html").lines


ALTO = (INPUTS / "scan-1.alto.xml").read_text(encoding="utf-8")
LOOP = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\ntrailer<</Root 1 0 R>>"
)
STRANGE = {
    "endless width": ("a.xml", re.sub('WIDTH="[0-9.]+"', 'WIDTH="INF"', ALTO).encode()),
    "no number": ("a.xml", re.sub('HPOS="[0-9.]+"', 'HPOS="NaN"', ALTO).encode()),
    "far off": ("a.xml", re.sub('VPOS="[0-9.]+"', f'VPOS="{"9" * 400}"', ALTO).encode()),
    "page within itself": ("a.pdf", LOOP),
}


@pytest.mark.parametrize(("name", "content"), STRANGE.values(), ids=STRANGE)
def test_strange_file_is_one_fault_among_good_pages(tmp_path: Path, name: str, content: bytes) -> None:
    """A file that the library for its kind chokes on is told, and the pages beside it are read."""
    (tmp_path / name).write_bytes(content)
    (tmp_path / "good.txt").write_text("夜校开课\n近200名职工参加。\n", encoding="utf-8")

    batch = read_all([tmp_path])

    assert [page.page_id for page in batch.pages] == ["good"]
    assert [fault.path.name for fault in batch.faults if isinstance(fault, InputError)] == [name]


def test_lines_without_extent_are_read_in_their_order(tmp_path: Path) -> None:
    """Boxes of no height tell nothing of columns: the lines stay as the file has them, without places."""
    (tmp_path / "a.xml").write_text(re.sub('HEIGHT="[0-9.]+"', 'HEIGHT="0"', ALTO), encoding="utf-8")

    page = read_page(tmp_path / "a.xml")

    assert page.layout is None
    assert len(page.text_lines) > 20


def test_pages_of_a_report_are_no_pages_of_a_newspaper(tmp_path: Path) -> None:
    """A report that was written among the pages is not read as more of them."""
    (tmp_path / "good.txt").write_text("夜校开课\n近200名职工参加。\n", encoding="utf-8")
    (tmp_path / "index.html").write_text(
        '<head><meta name="generator" content="summariser 1"></head>', encoding="utf-8"
    )
    (tmp_path / "other.html").write_bytes((INPUTS / "epaper.html").read_bytes())

    batch = read_all([tmp_path])

    assert [page.page_id for page in batch.pages] == ["good", "other"]
    assert batch.faults == ()


def test_folder_tells_all_its_faults_and_goes_on(tmp_path: Path) -> None:
    """Each file that cannot be read is named with its reason; the others become pages."""
    (tmp_path / "a.txt").write_text(ARTICLE, encoding="utf-8")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / "c.docx").write_bytes(b"PK\x03\x04")

    batch = read_all([tmp_path])

    assert [page.page_id for page in batch.pages] == ["a"]
    assert [fault.path.name for fault in batch.faults] == ["b.pdf", "c.docx"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ImportError("lxml.html.clean is gone"), "A library is missing"),
        (MemoryError(), "more memory than there is"),
        (AssertionError("odd tree"), "Save it anew"),
        (OSError(5, "Input/output error"), "Save it anew"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_file_whose_reader_fails_is_a_fault_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    """Whatever a library raises at one file is a fault of that file, with what to do; the others become pages."""
    (tmp_path / "a.html").write_text(f"<html><body><p>{ARTICLE}</p></body></html>", encoding="utf-8")
    (tmp_path / "b.txt").write_text(ARTICLE, encoding="utf-8")

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(trafilatura, "bare_extraction", fail)

    batch = read_all([tmp_path])

    assert [page.page_id for page in batch.pages] == ["b"]
    (fault,) = batch.faults
    assert "a.html" in str(fault)
    assert type(error).__name__ in str(fault)
    assert said in str(fault)


def test_nothing_but_faults_is_an_error_with_all_of_them(tmp_path: Path) -> None:
    """Where no page is left there is nothing to go on with."""
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / "c.docx").write_bytes(b"PK\x03\x04")

    with pytest.raises(InputError, match=r"(?s)b\.pdf.*c\.docx"):
        read_all([tmp_path])


def test_what_a_person_says_of_the_source_wins(tmp_path: Path) -> None:
    """Flags go before the sidecar, the sidecar before what is printed; each field says where it was read."""
    (tmp_path / "a.json").write_bytes((INPUTS / "scan-1.rapidocr.json").read_bytes())
    (tmp_path / "sources.csv").write_text(
        "file,issue_date,page_no,rights\na.json,2024-05-17,,公版\n", encoding="utf-8-sig"
    )
    said = PageSource(page_no=7, origins={"page_no": SourceOrigin.FLAG})

    (page,) = read_pages(tmp_path / "a.json", ReadOptions(source=said))

    assert (page.source.newspaper, page.source.issue_date, page.source.page_no) == ("岚州工人报", "2024-05-17", 7)
    assert page.source.rights == "公版"
    assert [page.source.origins[name].value for name in ("newspaper", "issue_date", "page_no")] == [
        "masthead", "sidecar", "flag",
    ]  # fmt: skip


DAMAGED = [path.read_bytes() for path in map(INPUTS.joinpath, ("scan-1.content_list.json", "scan-1.mineru.md"))]
DAMAGED += [(INPUTS / name).read_bytes()[:9000] for name in ("scan-1.alto.xml", "scan-1.hocr", "epaper.html")]
NAMES = ("a.json", "a.md", "a.xml", "a.hocr", "a.html")


@given(st.sampled_from(range(len(NAMES))), st.integers(0, 9000), st.integers(0, 400), st.binary(max_size=4))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_files_are_read_or_refused(tmp_path: Path, which: int, start: int, length: int, put: bytes) -> None:
    """Whatever is cut out of a file or put into it: pages, or an error of ours; nothing else."""
    data = DAMAGED[which]
    path = tmp_path / NAMES[which]
    path.write_bytes(data[:start] + put + data[start + length :])

    try:
        pages = read_pages(path)
    except InputError as error:
        assert error.path == path
    else:
        assert all(len(split_by_rules(page).articles) > 0 for page in pages if page.text_lines)
