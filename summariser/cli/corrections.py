"""`summariser corrections [PATH...]`: what people changed, and whether the present prompt agrees."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table

from summariser.api import RunOptions, summarise
from summariser.cli.options import records_argument, settings_from
from summariser.cli.terminal import make_console, styled
from summariser.disk.ledger import open_ledger
from summariser.endpoints.config import read_settings
from summariser.reviewing.corrections import Correction, Status, find_corrections, honoured

_STYLES = {Status.HONOURED: "green", Status.LOST: "red", Status.GONE: "yellow"}


@click.command()
@records_argument
@click.option("--replay", is_flag=True, help="Replay the corrected articles; say which corrections are honoured.")
@click.option(
    "--cassettes", default="cassettes", show_default=True, type=click.Path(path_type=Path), help="Folder of recordings."
)
@click.option("--prompt", help="Prompt to replay with: case_study@VERSION; default: the newest.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def corrections(paths: Sequence[Path], *, replay: bool, cassettes: Path, prompt: str | None, as_json: bool) -> int:
    """List what people changed in records (files or folders; default: summaries): field, before, after, who and when.

    Exit code 1, with --replay: a correction is lost again.
    """
    ledger = read_settings({}).ledger
    with open_ledger(ledger if ledger.is_file() else None) as opened:
        found = find_corrections(paths or (Path("summaries"),), ledger=opened)
    statuses = _replay(found, cassettes, prompt) if replay and found else [None] * len(found)
    if as_json:
        rows = [_as_json(*pair) for pair in zip(found, statuses, strict=True)]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        _show(found, statuses)
    return 1 if Status.LOST in statuses else 0


def _replay(found: Sequence[Correction], cassettes: Path, prompt: str | None) -> Sequence[Status]:
    """Make the corrected articles again from the recordings, in a folder that does not last, and compare."""
    with tempfile.TemporaryDirectory() as folder:
        report = summarise(
            sorted({correction.source for correction in found}),
            options=RunOptions(replay=True, cassettes=cassettes),
            settings=settings_from({"out": Path(folder), "case_prompt": prompt}),
        )
    fresh = {(record.page_id, record.article_id): record.case for record in report.records}
    return [status for _, status in honoured(found, fresh)]


def _show(found: Sequence[Correction], statuses: Sequence[Status | None]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("article", "field", "the model wrote", "the person wrote", "who", "when", ""):
        table.add_column(column, overflow="fold")
    for correction, status in zip(found, statuses, strict=True):
        table.add_row(
            styled(f"{correction.page_id}/{correction.article_id}"),
            styled(correction.path, "cyan"),
            *(styled(text) for text in _values(correction)),
            styled(correction.by or "unknown"),
            styled((correction.when or "")[:10]),
            styled(status.value, _STYLES[status]) if status else "",
        )
    console = make_console()
    if found:
        console.print(table)
    articles = len({(correction.page_id, correction.article_id) for correction in found})
    counts = [f"{statuses.count(status)} {status.value}" for status in Status if status in statuses]
    console.print(styled("; ".join([f"{len(found)} corrections in {articles} records", *counts]) + ".", "bold"))


def _values(correction: Correction) -> tuple[str, str]:
    """Before and after, as words."""
    if correction.path == "$":
        return "unknown" if correction.new is None else "", correction.new or "unknown"
    return correction.old or "nothing", correction.new or "nothing"


def _as_json(correction: Correction, status: Status | None) -> dict[str, object]:
    row = correction.model_dump(mode="json", exclude={"was", "is_now"})
    return row if status is None else {**row, "status": status.value}
