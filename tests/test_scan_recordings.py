"""The pictures of the seeds: recorded exchanges play again on what OCR read when they were made."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from conftest import ROOT

from summariser import split_by_rules, summarise
from summariser.api import RunOptions, RunReport, split_pages
from summariser.endpoints.config import read_settings
from summariser.errors import StoreError
from summariser.pipeline import Progress
from summariser.readers.dispatch import ReadOptions, read_pages

FOLDER = ROOT / "seeds" / "scans"
SCANS = [FOLDER / f"scan-{number}.webp" for number in ("000", "002", "003", "004")]
WORN = [f"{scan.stem}{wear}" for scan in SCANS for wear in ("", ".bad", ".photo")]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> RunReport:
    """A replay of the whole folder, with the recognition that lies beside the cassettes."""
    return summarise(FOLDER, replay=True, cassettes=ROOT / "cassettes", out=tmp_path_factory.mktemp("out"))


def test_every_page_becomes_records_from_its_recording(report: RunReport) -> None:
    """No key, no network, no engine: what has a recording is played whole, what has none is named."""
    assert {page.page.page_id for page in report.pages} == {*WORN, "word-004", "epaper-003"}
    assert (report.failures, report.unplayed) == (0, {})
    assert all(
        f"{name}.yaml" in str(report.unread) for name in ("scan-001", "scan-001.bad", "scan-001.photo", "print-001")
    )
    assert {page.page.page_id for page in report.pages if str(page.split.method) != "model"} == {"epaper-003"}


@pytest.mark.parametrize("scan", SCANS, ids=lambda scan: scan.stem)
def test_a_worn_page_is_cut_and_coded_as_the_clean_one(report: RunReport, scan: Path) -> None:
    """On the bad scan and on the photo each article is found, and what it is comes out the same."""
    decisions = {
        name: sorted(str(record.case.decision) for record in report.records if record.page_id == name)
        for name in (scan.stem, f"{scan.stem}.bad", f"{scan.stem}.photo")
    }

    assert decisions[scan.stem]
    assert len({tuple(each) for each in decisions.values()}) == 1


def test_recognition_is_kept_beside_the_records(report: RunReport) -> None:
    """What OCR read stands in OUT/ocr too, so that a check needs no engine."""
    kept = {path.name for path in (ROOT / "cassettes" / "ocr").iterdir()}

    assert {path.name for path in (Path(report.out) / "ocr").iterdir()} == kept


def test_evidence_has_boxes(report: RunReport) -> None:
    """Every quote of a scan says where it stands on the picture."""
    boxes = [
        result.evidence.boxes
        for record in report.records
        if record.page_id in WORN
        for result in record.case.results
        if result.evidence.quote
    ]

    assert boxes
    assert all(boxes)


def test_engine_reads_what_was_kept(tmp_path: Path) -> None:
    """The engine really runs: a piece of a clean scan gives the words that are kept of it."""
    pytest.importorskip("rapidocr")
    from PIL import Image

    from summariser import read_page

    with Image.open(SCANS[2]) as scan:
        scan.crop((0, 0, 1100, 450)).save(tmp_path / "head.png")

    page = read_page(tmp_path / "head.png")

    assert "青麓职工报" in "".join(page.lines)
    assert sum(len(line) for line in page.lines) > 60


@pytest.mark.parametrize("scan", SCANS, ids=lambda scan: scan.stem)
def test_rules_and_places_alone_tell_every_article_apart(scan: Path) -> None:
    """Without a model each article of the gold is one article, with all its lines and none of another's."""
    page = read_pages(scan, ReadOptions(recordings=ROOT / "cassettes"))[0]
    gold = json.loads(scan.with_suffix(".gold.json").read_text(encoding="utf-8"))
    boxes = [[box for part in article["paragraphs"] for box in part["boxes"]] for article in gold["articles"]]
    assert page.layout is not None

    owners: dict[int, int] = {}
    for number, place in enumerate(page.layout.places, 1):
        assert place is not None
        across, down = (place.box.left + place.box.right) / 2, (place.box.top + place.box.bottom) / 2
        for owner, own in enumerate(boxes):
            if any(left <= across <= right and top <= down <= bottom for left, top, right, bottom in own):
                owners[number] = owner
    ours = [
        {owners[number] for lines in article.lines for number in range(lines.first, lines.last + 1) if number in owners}
        for article in split_by_rules(page).articles
    ]

    assert sorted(map(sorted, filter(None, ours))) == [[owner] for owner in range(len(boxes))]


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_recognition_is_not_kept_through_a_link(tmp_path: Path) -> None:
    """A folder of readings that is a link, as one may lie ready in a strange folder, is refused and stays empty."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "ocr").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(StoreError, match="symbolic link"):
        read_pages(
            ROOT / "seeds" / "scans" / "scan-002.webp", ReadOptions(out=tmp_path / "out", recordings=ROOT / "cassettes")
        )

    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_splitting_opens_no_picture_whose_recognition_is_recorded(tmp_path: Path) -> None:
    """What lies beside the cassettes is used by every verb that reads, not by a replay alone."""
    told: list[str] = []

    class Watching(Progress):
        """Remembers pictures."""

        def picture_read(self, what: str) -> None:
            """Remember what was recognised."""
            told.append(what)

    settings = read_settings({"out": tmp_path})
    options = RunOptions(rules=True, cassettes=ROOT / "cassettes")
    report = split_pages([SCANS[0]], settings=settings, options=options, progress=Watching())

    assert [page.page_id for page, _ in report.pages] == ["scan-000"]
    assert told == []
