"""`summariser read`, `split -o` and `run` with files of every kind."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from conftest import ROOT
from faulty_endpoint import Behaviour, running
from making import case_text
from PIL import Image
from processes import summariser

INPUTS = ROOT / "tests" / "data" / "inputs"


def test_read_prints_text_on_stdout_and_the_source_beside_it() -> None:
    """The lines can be piped; what the page is of, and where that was read, goes to stderr."""
    done = summariser("read", INPUTS / "epaper.html")

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:2] == ["青屿船厂工会把避暑写进集体合同", "船厂里的“降温公式”"]
    assert "青屿职工报 (meta), 2024-08-22 (meta), 3 (meta)" in done.stderr


def test_read_prints_json_with_places() -> None:
    """Every line has its box; flags are part of the source."""
    done = summariser("read", INPUTS / "scan-1.rapidocr.json", "--json", "--page-no", 7, "--issued", "2024-05-17")

    (page,) = json.loads(done.stdout)
    assert len(page["layout"]["places"]) == len(page["lines"])
    assert (page["source"]["page_no"], page["source"]["issue_date"]) == (7, "2024-05-17")


def test_read_draws_the_reading_order(tmp_path: Path) -> None:
    """Without a picture of the page its boxes are drawn on white paper."""
    done = summariser("read", INPUTS / "scan-1.rapidocr.json", "--picture", tmp_path / "drawn")

    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "drawn" / "scan-1.rapidocr.png") as drawn:
        assert len(drawn.getcolors(maxcolors=1_000_000)) > 8


def test_read_shows_what_runs_read(tmp_path: Path) -> None:
    """What lies beside the cassettes is used, as by a run: the picture is not recognised anew."""
    shutil.copytree(ROOT / "cassettes" / "ocr", tmp_path / "cassettes" / "ocr")

    done = summariser("read", ROOT / "seeds" / "scans" / "scan-002.webp")

    assert (done.returncode, "lines read by" in done.stderr) == (0, False), done.stderr
    assert len(done.stdout.splitlines()) > 50


def test_split_writes_articles_of_every_file(tmp_path: Path) -> None:
    """A folder gives a file for each page; what cannot be read is named, and the exit code says so."""
    for name in ("epaper.html", "scan-1.hocr", "scan-1.rapidocr.json", "script.svg", "zero-pages.pdf"):
        shutil.copy(INPUTS / name, tmp_path)

    done = summariser("split", tmp_path, "--rules", "--json", "-o", tmp_path / "out")

    assert done.returncode == 1
    assert "zero-pages.pdf: is a PDF without a page" in done.stderr
    assert "1 .svg" in done.stderr
    files = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert files == [f"{name}.articles.json" for name in ("epaper", "scan-1.hocr", "scan-1.rapidocr")]
    made = json.loads((tmp_path / "out" / files[2]).read_text(encoding="utf-8"))
    assert made["source"] == {"newspaper": "岚州工人报", "issue_date": "2024-05-16", "page_no": 2}
    assert all(set(line) == {"text", "box", "page"} for article in made["articles"] for line in article["lines"])
    assert len(made["articles"][0]["lines"][0]["box"]) == 4


def test_run_asks_nobody_to_split_a_web_page(tmp_path: Path) -> None:
    """A file that holds one article costs one request; the manifest says what the page is of."""
    shutil.copy(INPUTS / "epaper.html", tmp_path)
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4")

    with running(Behaviour(answer=lambda _: case_text())) as endpoint:
        done = summariser("run", tmp_path, "--base-url", endpoint.base_url, "--model", "m", "--repairs", 0, "--json")

    report = json.loads(done.stdout)
    manifest = json.loads(Path("summaries/epaper.page.json").read_text(encoding="utf-8"))
    assert done.returncode == 1
    assert [(page["page_id"], page["split_method"], len(page["articles"])) for page in report["pages"]] == [
        ("epaper", "single", 1)
    ]
    assert report["unread"][0]["path"].endswith("b.pdf")
    assert manifest["split_prompt"] is None
    assert (manifest["page_source"]["newspaper"], manifest["page_source"]["page_no"]) == ("青屿职工报", 3)
