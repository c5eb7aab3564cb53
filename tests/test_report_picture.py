"""The report shows the picture of a page: a small copy, facts framed where the words stand, nothing from elsewhere."""

from __future__ import annotations

import base64
import io
import json
import random
import re
import sys
from pathlib import Path

import pytest
from making import LINES, make_scan, put_parts, put_record
from test_read_pages import pdf

from summariser.disk.stored import PageFolder
from summariser.errors import InputError
from summariser.pages.article import boxes_of
from summariser.readers.dispatch import read_page, read_pages
from summariser.readers.pictures import open_page_image
from summariser.report.site import write_report
from summariser.report.views import MOST_BYTES, ScaledPicture, scale_picture
from summariser.schema.page import Article, Span

image = pytest.importorskip("PIL.Image", reason="pillow is not installed: pip install '.[scan]'")

HOCR = """<html><body><div class="ocr_page" title='image "{image}"; bbox 0 0 1000 800'>{lines}</div></body></html>"""


def written_page(folder: Path) -> str:
    """The web page of the only newspaper page of a report."""
    write_report([folder / "summaries"], folder / "site")
    (page,) = (folder / "site" / "pages").iterdir()
    return page.read_text(encoding="utf-8")


def make_hocr(folder: Path, picture: str) -> Path:
    """An hOCR file that names a picture."""
    lines = "".join(
        f'<span class="ocr_line" title="bbox 10 {40 * number} 990 {40 * number + 30}">{text}</span>'
        for number, text in enumerate(LINES)
    )
    path = folder / "page.hocr"
    path.write_text(HOCR.format(image=picture, lines=lines), encoding="utf-8")
    return path


def test_facts_are_framed_where_their_words_stand(tmp_path: Path) -> None:
    """A fact has frames at the boxes of its words, an action at those of the phrases it shares with its sentences."""
    page = make_scan(tmp_path)
    record = put_record(page, tmp_path / "summaries")
    article = PageFolder(tmp_path / "summaries" / record.page_id).article(record)
    assert isinstance(article, Article)

    html = written_page(tmp_path)

    assert 'viewBox="0 0 1000 800"' in html
    for path, fact in record.case.facts():
        phrases = [Span(each.start, each.end) for each in fact.evidence.spans if each.of == "text"]
        shared = [box for each in phrases for box in boxes_of(article, each)]
        for left, top, right, bottom in fact.evidence.boxes if fact.evidence.quote else shared:
            frame = f'<rect x="{left}" y="{top}" width="{right - left}" height="{bottom - top}"/></a>'
            assert frame in html, path


def test_hostile_words_stay_words_on_the_picture(tmp_path: Path) -> None:
    """What a record says of a frame is a label and nothing else, and a box that it makes up is not drawn."""
    record = put_record(make_scan(tmp_path), tmp_path / "summaries")
    path = tmp_path / "summaries" / "scan" / f"{record.article_id}.json"
    tree = json.loads(path.read_text(encoding="utf-8"))
    tree["case"]["results"][0]["text"] = '"><script>alert(1)</script><rect x="'
    tree["case"]["results"][0]["evidence"]["boxes"] = [[-5, 10**200, 7, 7]]
    path.write_text(json.dumps(tree), encoding="utf-8")

    html = written_page(tmp_path)

    assert 'aria-label="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;rect x=&#34;"' in html
    assert "<script>alert" not in html
    assert f"{10**200}" not in html


def test_copy_is_a_webp_that_stands_in_the_page(tmp_path: Path) -> None:
    """The picture is in the web page itself; only such pictures are allowed, and nothing else is loaded."""
    put_record(make_scan(tmp_path), tmp_path / "summaries")

    html = written_page(tmp_path)

    (address,) = re.findall(r'<image href="data:image/webp;base64,([^"]+)"', html)
    assert image.open(io.BytesIO(base64.b64decode(address))).size == (1000, 800)
    assert "default-src 'none'; img-src data:;" in html
    assert re.findall(r'(?:src|href)="(?!#|data:|\.\./index\.html)', html) == []


def test_worst_picture_is_made_small_enough(tmp_path: Path) -> None:
    """A picture of noise, which cannot be packed, still gives a copy within the bound."""
    page = make_scan(tmp_path)
    noise = random.Random(1).randbytes(1000 * 800 * 3)
    image.frombytes("RGB", (1000, 800), noise).resize((2000, 1600), image.Resampling.NEAREST).save(
        tmp_path / "scan.png", compress_level=1
    )

    copy = scale_picture(page)

    assert isinstance(copy, ScaledPicture)
    assert len(base64.b64decode(copy.address.partition(",")[2])) <= MOST_BYTES
    assert copy.width / copy.height == pytest.approx(1.25, rel=0.01)


@pytest.mark.parametrize(
    ("lack", "said"),
    [("pillow", "Pillow is not installed"), ("shape", "of another page"), ("damage", "missing, damaged")],
)
def test_report_says_why_there_is_no_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lack: str, said: str
) -> None:
    """Without Pillow, or with a picture that does not fit, the reason and the lines are shown."""
    folder = tmp_path / "scans"
    folder.mkdir()
    make_scan(folder)
    page = read_page(make_hocr(folder, "scan.png"))
    put_record(page, folder / "summaries")
    if lack == "pillow":
        monkeypatch.setitem(sys.modules, "PIL", None)
    elif lack == "shape":
        image.new("RGB", (800, 1000)).save(folder / "scan.png")
    else:
        (folder / "scan.png").write_bytes((folder / "scan.png").read_bytes()[:300])

    html = written_page(folder)

    assert said in html
    assert "<image" not in html
    assert LINES[0][-5:] in html


@pytest.mark.parametrize(
    "named", ["../secret.png", "{above}/secret.png", "..\\secret.png", "link.png", "missing.png", "x" * 5000]
)
def test_picture_that_a_file_names_elsewhere_is_not_shown(tmp_path: Path, named: str) -> None:
    """An OCR file shows pictures of its own folder only: no path and no link leads out of it."""
    folder = tmp_path / "ocr"
    folder.mkdir()
    image.new("RGB", (1000, 800)).save(tmp_path / "secret.png")
    (folder / "link.png").symlink_to(tmp_path / "secret.png")

    with pytest.raises(InputError):
        open_page_image(read_page(make_hocr(folder, named.format(above=tmp_path))))


def test_picture_is_found_beside_a_file_that_was_moved(tmp_path: Path) -> None:
    """A path of another machine in an OCR file leads to the picture of that name beside it."""
    image.new("RGB", (500, 400)).save(tmp_path / "scan.png")

    assert open_page_image(read_page(make_hocr(tmp_path, "D:\\scans\\scan.png"))).size == (500, 400)


def test_page_of_a_pdf_is_drawn_as_it_was_measured(tmp_path: Path) -> None:
    """The picture of a PDF page has the size of its layout, at the resolution with which it was read."""
    path = tmp_path / "print.pdf"
    path.write_bytes(pdf([(20, 700, 12, "Union hall opened on Monday with 12 rooms and 300 guests")]))
    (page,) = read_pages(path)

    assert page.layout
    picture = open_page_image(page)

    assert page.layout.dpi
    assert picture.size == pytest.approx((page.layout.width, page.layout.height), abs=1)


def test_article_on_two_pages_is_shown_on_both(tmp_path: Path) -> None:
    """Words of the second page are marked there and lead to the record; the record leads to them and to their lines."""
    record = put_parts(tmp_path, tmp_path / "summaries")
    write_report([tmp_path / "summaries"], tmp_path / "site")
    first, second = (path.read_text(encoding="utf-8") for path in sorted((tmp_path / "site" / "pages").iterdir()))

    (fact,) = re.findall(r'href="20260420_p3.html#w-(\S+?)"', first.partition("近200名职工")[2])[:1]
    assert f'href="20260420_p3.html#l{record.continuation.lines[0].first}"' in first
    assert f'id="w-{fact}"' in second
    assert f'href="20260420_p1.html#{fact}"' in second
    assert "没有记录" not in second
