"""Draw docs/run.svg: what `make run` shows, as a picture, drawn by the tool's own table.

usage: python scripts/picture.py
"""

from __future__ import annotations

import io
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
    console.save_svg(str(ROOT / "docs" / "run.svg"), title="summariser run seeds --replay")


if __name__ == "__main__":
    main()
