"""`summariser init`, `desk`, `serve`: a project folder of one's own, and the two servers a person works with.

`desk` is an endpoint whose replies are given by a person, `serve` the workbench in the browser.
"""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path

import click

from summariser.cli.terminal import plain
from summariser.disk.stored import PAGE_END
from summariser.errors import ConfigError

_TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "project"
_FILES = {  # file of the project -> its template
    "summariser.toml": "summariser.toml",
    ".gitignore": "gitignore",
    "pages/first-page.txt": "first-page.txt",
}
_NEXT = """
    cd {folder}
    summariser split pages --rules       how the page is cut, without a model
    summariser doctor                    is an endpoint set up?
    summariser run pages                 records, in {folder}/summaries
    summariser show summaries

Put your own pages into pages/, one page a file, and take first-page.txt out: it is invented."""


@click.command("init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> int:
    """Make FOLDER a project: settings, a first page to try, and places for pages and records.

    What is there already is left as it is.
    """
    made = [name for name, template in _FILES.items() if _write_new(folder / name, _TEMPLATES / template)]
    shown = plain(str(folder))
    if not made:
        click.echo(f"{shown} is a project already; nothing was changed.")
        return 0
    click.echo(f"Made {', '.join(made)} in {shown}. Next:")
    click.echo(_NEXT.format(folder=shown))
    return 0


def _write_new(path: Path, template: Path) -> bool:
    """Write a file that is not there yet; whether it was written.

    Errors: ConfigError if it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(template.read_text(encoding="utf-8"))
    except FileExistsError:
        if not path.is_file() and not path.is_symlink():
            raise ConfigError(f"{path} is in the way", next_step="Choose another folder") from None
        return False
    except OSError as error:
        raise ConfigError(f"{path} cannot be written ({error.strerror})", next_step="Choose another folder") from error
    return True


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


@click.command()
@click.argument("folder", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--port", default=8700, show_default=True, type=click.IntRange(0, 65535), help="Port; 0: any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Interface; any but loopback asks for a token.")
@click.option("--no-browser", is_flag=True, help="Do not open the browser.")
@click.option("--as", "coder", metavar="NAME", help="Review as one of two coders; decisions go to reviews/NAME.")
def serve(folder: Path, *, port: int, host: str, no_browser: bool, coder: str | None) -> None:
    """Open the workbench in the browser: ask a model, paste answers, review, for the project in FOLDER (default: here).

    It works with the pages, settings, ledger and records of the command line, also while that runs. A folder of records
    does too: its project is where it lies. It answers to this machine alone, until Ctrl-C; with --host elsewhere, to
    whoever has the address with its token.
    """
    from summariser.workbench.app import serve as serve_workbench
    from summariser.workbench.room import Project  # heavy: the server, templates

    folder, out = folder.resolve(), None
    if any(folder.glob(f"*{PAGE_END}")):
        folder, out = folder.parent, Path(folder.name)
    os.chdir(folder)  # as if run there: settings, pages, ledger and records are found as by every other command

    def begin(address: str) -> None:
        click.echo(f"The workbench of {plain(folder.name)} is at {address} ; Ctrl-C ends it.", err=True)
        if not no_browser and _has_screen():
            webbrowser.open(address)

    serve_workbench(Project(folder.name, coder=coder, out=out), host=host, port=port, begin=begin)
    click.echo("The workbench is closed.", err=True)


def _has_screen() -> bool:
    """Tell whether a browser would open in a window, not in this terminal."""
    return sys.platform in ("win32", "darwin") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
