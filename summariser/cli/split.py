"""`summariser split PAGE`: how a page is cut into articles."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.padding import Padding

from summariser.api import split_pages
from summariser.cli.options import endpoint_options, settings_from
from summariser.cli.terminal import make_console, styled
from summariser.schema.page import PageSplit, format_lines


@click.command()
@click.argument("page", type=click.Path(path_type=Path))
@click.option("--rules", is_flag=True, help="Split by rules; ask no model.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@endpoint_options
def split(page: Path, *, rules: bool, as_json: bool, **flags: object) -> None:
    """Show how PAGE is cut into articles: lines in reading order, headlines, joined text."""
    done = split_pages([page], settings=settings_from(flags), rules=rules)[0]
    if as_json:
        click.echo(json.dumps(split_as_json(done), ensure_ascii=False, indent=2))
    else:
        _show(done, make_console())


def split_as_json(done: PageSplit) -> dict[str, object]:
    """A split as the JSON of `--json`."""
    return {
        "page_id": done.page_id,
        "articles": [
            {
                "article_id": article.article_id,
                "kind": article.kind.value,
                "headline": article.headline,
                "kicker": article.kicker,
                "lines": article.lines,
                "text": article.text,
            }
            for article in done.articles
        ],
        "noise": done.noise,
        "method": done.method,
    }


def _show(done: PageSplit, console: Console) -> None:
    for article in done.articles:
        console.print(styled(article.headline or "(no headline)", "bold"), styled(f" {article.kind.value}", "cyan"))
        console.print(styled(f"  {article.article_id}  lines {format_lines(article.lines)}", "dim"))
        for paragraph in article.text.splitlines():
            console.print(Padding(styled(paragraph), (0, 0, 0, 2)))
        console.print()
    noise = format_lines(done.noise) or "none"
    console.print(
        styled(f"{done.page_id}: {len(done.articles)} articles by {done.method}; noise: lines {noise}", "dim")
    )
