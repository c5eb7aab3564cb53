"""The scans of the seeds: recorded exchanges play again on what OCR read when they were made."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT

from summariser import summarise
from summariser.api import RunReport

SCANS = [ROOT / "seeds" / "scans" / f"scan-{number}.webp" for number in ("000", "002", "003", "004")]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> RunReport:
    """A replay of the clean scans, with the recognition that lies beside the cassettes."""
    return summarise(SCANS, replay=True, cassettes=ROOT / "cassettes", out=tmp_path_factory.mktemp("out"))


def test_every_scan_becomes_records_from_its_recording(report: RunReport) -> None:
    """No key, no network, no engine: each of these scans has a recording, all of it is played, no article fails."""
    assert [page.page.page_id for page in report.pages] == [scan.stem for scan in SCANS]
    assert (report.failures, report.unplayed) == (0, {})
    assert all(str(page.split.method) == "model" for page in report.pages)


def test_recognition_is_kept_beside_the_records(report: RunReport) -> None:
    """What OCR read stands in OUT/ocr too, so that a check needs no engine."""
    kept = {path.name for path in (ROOT / "cassettes" / "ocr").iterdir()}

    assert {path.name for path in (Path(report.out) / "ocr").iterdir()} == kept


def test_evidence_has_boxes(report: RunReport) -> None:
    """Every quote of a scan says where it stands on the picture."""
    boxes = [
        result.evidence.boxes for record in report.records for result in record.case.results if result.evidence.quote
    ]

    assert boxes
    assert all(boxes)


def test_engine_reads_what_was_kept(tmp_path: Path) -> None:
    """The engine really runs: a piece of a clean scan gives the words that are kept of it."""
    pytest.importorskip("rapidocr")
    from PIL import Image

    from summariser import read_page

    with Image.open(SCANS[2]) as scan:
        scan.crop((0, 0, 2200, 700)).save(tmp_path / "head.png")

    page = read_page(tmp_path / "head.png")

    assert "青麓职工报" in "".join(page.lines)
    assert sum(len(line) for line in page.lines) > 200
