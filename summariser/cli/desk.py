"""`summariser desk`: an endpoint whose replies are given by a person."""

from __future__ import annotations

from pathlib import Path

import click

from summariser.cli.terminal import plain


@click.command()
@click.option("--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="Port on 127.0.0.1.")
@click.option(
    "--dir",
    "folder",
    default="desk",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the requests lie and the replies are put.",
)
def desk(port: int, folder: Path) -> None:
    """Serve an OpenAI-compatible endpoint on loopback whose replies are given by a person.

    Each request lies in DIR/NNN/request.md, ready to paste into any chat; answer it by writing reply.json (or
    reply.txt) beside it. In another terminal: summariser run PAGES --provider desk
    """
    from summariser.desks.desk import serve  # needs the extra `desk`; says so if it is missing

    serve(folder, port=port, announce=lambda line: click.echo(plain(line), err=True))
