"""Draw docs/run.svg and docs/diff.svg: what `run` and `diff` show, as pictures, drawn by the tool's own code.

usage: python scripts/picture.py
"""

from __future__ import annotations

import io
import re
import shutil
import tempfile
from pathlib import Path

from rich.console import Console

from summariser import summarise
from summariser.cli.run import show_report
from summariser.cli.share import show_diff
from summariser.reviewing.diff import diff

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 118
# What a reviewer may meet: a digit changed, a 余 lost, a sentence reworded.
EDITS = (("1438", "1483"), ("50余人", "50人"), ("Gives Medical", "Provides Medical"))


def main() -> None:
    """Replay the seeds and draw the table; edit a copy of their records and draw what changed."""
    console = _console()
    with tempfile.TemporaryDirectory() as out:
        pages = sorted((ROOT / "seeds").glob("*.txt"))
        report = summarise(pages, replay=True, cassettes=ROOT / "cassettes", out=Path(out) / "summaries")
        show_report(report._replace(out=Path("summaries")), console)
    _save(console, "run", "summariser run 'seeds/*.txt' --replay")
    console = _console()
    with tempfile.TemporaryDirectory() as folder:
        old, new = Path(folder) / "main", Path(folder) / "branch"
        for side in (old, new):
            shutil.copytree(ROOT / "summaries" / "page-001", side / "page-001")
        for path in new.rglob("*.json"):
            text = path.read_text(encoding="utf-8")
            for before, after in EDITS:
                text = text.replace(f'"value": {before},', f'"value": {after},').replace(f'"{before}"', f'"{after}"')
                text = text.replace(before, after) if before.startswith("Gives") else text
            path.write_text(text, encoding="utf-8")
        found = diff(["main", "branch"], folder=Path(folder))
        show_diff(found.model_copy(update={"old": "main", "new": "branch"}), console, limit=None)
    _save(console, "diff", "summariser diff main...branch")


def _console() -> Console:
    return Console(record=True, width=WIDTH, file=io.StringIO(), markup=False, emoji=False, highlight=False)


def _save(console: Console, name: str, title: str) -> None:
    """Write the picture; rich reckons one cell a character, and without its widths Chinese gets the two it needs."""
    svg = console.export_svg(title=title)
    (ROOT / "docs" / f"{name}.svg").write_text(re.sub(r' textLength="[^"]*"', "", svg), encoding="utf-8")


if __name__ == "__main__":
    main()
