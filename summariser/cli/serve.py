"""`summariser serve [FOLDER]`: the workbench, one page in the browser where the work is done."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path

import click

from summariser.cli.terminal import plain


@click.command()
@click.argument("folder", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--port", default=8700, show_default=True, type=click.IntRange(0, 65535), help="Port; 0: any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Interface; any but loopback asks for a token.")
@click.option("--no-browser", is_flag=True, help="Do not open the browser.")
@click.option("--as", "coder", metavar="NAME", help="Review as one of two coders; decisions go to reviews/NAME.")
def serve(folder: Path, *, port: int, host: str, no_browser: bool, coder: str | None) -> None:
    """Open the workbench in the browser: ask a model, paste answers, review, for the project in FOLDER (default: here).

    It works with the pages, settings, ledger and records of the command line, also while that runs. It answers to this
    machine alone, until Ctrl-C; with --host elsewhere, to whoever has the address with its token.
    """
    from summariser.workbench.room import Project  # heavy: the server, templates
    from summariser.workbench.serving import serve as serve_workbench

    os.chdir(folder)  # as if run there: settings, pages, ledger and records are found as by every other command

    def begin(address: str) -> None:
        click.echo(f"The workbench of {plain(Path.cwd().name)} is at {address} ; Ctrl-C ends it.", err=True)
        if not no_browser and _has_screen():
            webbrowser.open(address)

    serve_workbench(Project(Path.cwd().name, coder=coder), host=host, port=port, begin=begin)
    click.echo("The workbench is closed.", err=True)


def _has_screen() -> bool:
    """Tell whether a browser would open in a window, not in this terminal."""
    return sys.platform in ("win32", "darwin") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
