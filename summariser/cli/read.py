"""`summariser read PATH...`: what is read of files, as text, as JSON, or drawn on the picture of the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import click

from summariser.cli.options import reading_options, settings_from, source_from
from summariser.cli.progress import watch
from summariser.cli.terminal import complain, plain
from summariser.disk.whole_file import write_file
from summariser.readers.door import ReadOptions, read_all
from summariser.schema.page import Page


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: lines with their boxes, source, layout.")
@click.option(
    "--picture",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Draw boxes and reading order on the page: DIR/PAGE.png.",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where recognition is kept, in OUT/ocr.")
@reading_options
def read(  # noqa: PLR0913 - one argument for each option
    paths: Sequence[str], *, as_json: bool, picture: Path | None, out: Path | None, engine: str, dpi: int, **flags: str
) -> int:
    """Show what is read of files, folders and globs: text, scans, PDF, web pages, Word and OCR files.

    What OCR recognises is kept in OUT/ocr, is not recognised again, and can be corrected there: put what is printed
    into "corrected" of a line.

    Exit code 1: a file could not be read; the others are read all the same.
    """
    if as_json and picture:
        raise click.UsageError("--json and --picture exclude each other.")
    options = ReadOptions(settings_from({"out": out} if out else {}).out, engine, dpi, source_from(flags))
    with watch(quiet=False) as progress:
        batch = read_all(paths, options, progress.picture_read)
    if as_json:
        click.echo(json.dumps([page.model_dump(mode="json") for page in batch.pages], ensure_ascii=False, indent=2))
    elif picture:
        for page in batch.pages:
            _draw(page, picture / f"{page.page_id}.png")
    else:
        for page in batch.pages:
            click.echo(plain(_title(page)), err=True)
            click.echo("\n".join(map(plain, page.lines)))
    for note in batch.notes:
        click.echo(plain(note), err=True)
    for fault in batch.faults:
        complain(str(fault))
    return 1 if batch.faults else 0


def _draw(page: Page, path: Path) -> None:
    from summariser.readers.page_image import draw_page  # heavy: Pillow

    content = BytesIO()
    draw_page(page).save(content, "PNG")
    write_file(path, content.getvalue())
    click.echo(plain(f"{path}: {len(page.text_lines)} lines in reading order."), err=True)


def _title(page: Page) -> str:
    """A page in one line: what it is called, who read it, what it is of, and where that was read."""
    source = page.source
    facts = (f"{getattr(source, name)} ({origin.value})" for name, origin in source.origins.items())
    reader = page.layout.reader if page.layout else "text" if page.encoding else "text of a document"
    return f"{page.page_id}: {len(page.text_lines)} lines, {reader}; {', '.join(facts) or 'source unknown'}"
