"""Draw docs/run.svg: what `make run` shows, as a picture, drawn by the tool's own table.

usage: python scripts/picture.py
"""

from __future__ import annotations

import io
import re
import tempfile
from pathlib import Path

from rich.console import Console

from summariser import summarise
from summariser.cli.summary import show_report

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 118


def main() -> None:
    """Replay the seeds and draw the table."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), markup=False, emoji=False, highlight=False)
    with tempfile.TemporaryDirectory() as out:
        report = summarise(ROOT / "seeds", replay=True, cassettes=ROOT / "cassettes", out=Path(out) / "summaries")
        show_report(report._replace(out=Path("summaries")), console)
    svg = console.export_svg(title="summariser run seeds --replay")
    # rich reckons one cell for each character; without its widths a browser gives Chinese the two cells it needs.
    (ROOT / "docs" / "run.svg").write_text(re.sub(r' textLength="[^"]*"', "", svg), encoding="utf-8")


if __name__ == "__main__":
    main()
