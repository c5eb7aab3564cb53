"""`summariser init`, `desk`, `serve`, `git-setup`: a project folder of one's own, and what a person works with there.

`desk` is an endpoint whose replies are given by a person, `serve` the workbench in the browser. After `git-setup`
`git diff` shows records as a person reads them; `textconv` is what git calls for it, file by file, so that nothing
heavy is loaded here.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
import webbrowser
from contextlib import suppress
from pathlib import Path

import click

import summariser
from summariser.cli import WholeNumber, WrittenPath, plain
from summariser.errors import ConfigError
from summariser.reviewing.git import FORM, Git, make_readable

_TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "project"
_FILES = {  # file of the project -> its template
    "summariser.toml": "summariser.toml",
    ".gitignore": "gitignore",
    "pages/first-page.txt": "first-page.txt",
}
_NEXT = """{cd}
    summariser split pages --rules       how the page is cut, without a model
    summariser doctor                    is an endpoint set up?
    summariser run pages                 records, in {summaries}
    summariser show summaries

Put your own pages into pages/, one page a file, and take first-page.txt out: it is invented."""


@click.command("init")
@click.argument("folder", type=WrittenPath(file_okay=False, path_type=Path))
def init(folder: Path) -> int:
    """Make FOLDER a project: settings, a first page to try, and places for pages and records.

    What is there already is left as it is.
    """
    made = [name for name, template in _FILES.items() if _write_new(folder / name, _TEMPLATES / template)]
    shown = plain(str(folder))
    if not made:
        click.echo(f"{shown} is a project already; nothing was changed.")
        return 0
    is_here = folder.resolve() == Path.cwd()
    click.echo(f"Made in {'this folder' if is_here else shown}: {', '.join(made)}. Next:")
    quoted = f'"{shown}"' if " " in shown else shown  # as every shell takes it
    cd, out = ("", "summaries") if is_here else (f"\n    cd {quoted}", f"{shown}/summaries")
    click.echo(_NEXT.format(cd=cd, summaries=out))
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
@click.option("--port", default=8765, show_default=True, type=WholeNumber(0, 65535), help="Port on 127.0.0.1.")
@click.option(
    "--dir",
    "folder",
    default="desk",
    show_default=True,
    type=WrittenPath(file_okay=False, path_type=Path),
    help="Where the requests lie and the replies are put.",
)
def desk(port: int, folder: Path) -> None:
    """Serve an OpenAI-compatible endpoint on loopback whose replies are given by a person.

    Each request lies in DIR/NNN/request.md, ready to paste into any chat; answer it by writing reply.json (or
    reply.txt) beside it. In another terminal: summariser run PAGES --provider desk
    """
    from summariser.endpoints.desk import serve  # needs the extra `desk`; says so if it is missing

    serve(folder, port=port, announce=lambda line: click.echo(plain(line), err=True))


@click.command()
@click.argument("folder", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--port", default=8700, show_default=True, type=WholeNumber(0, 65535), help="Port; 0: any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Interface; any but loopback asks for a token.")
@click.option("--no-browser", is_flag=True, help="Do not open the browser.")
@click.option("--as", "coder", metavar="NAME", help="Review as one of two coders; decisions go to reviews/NAME.")
def serve(folder: Path, *, port: int, host: str, no_browser: bool, coder: str | None) -> None:
    """Open the workbench in the browser: ask a model, paste answers, review, for the project in FOLDER (default: here).

    It works with the pages, settings, ledger and records of the command line, also while that runs. A folder of records
    does too: its project is where it lies. It answers to this machine alone, until Ctrl-C; with --host elsewhere, to
    whoever has the address with its token.
    """
    from summariser.cli.options import settings_here  # heavy, as what follows: records, the server, templates
    from summariser.disk.stored import PAGE_END
    from summariser.workbench.app import serve as serve_workbench
    from summariser.workbench.web import Project

    folder, out = folder.resolve(), None
    if any(folder.glob(f"*{PAGE_END}")):
        folder, out = folder.parent, Path(folder.name)
    os.chdir(folder)  # as if run there: settings, pages, ledger and records are found as by every other command
    with suppress(ConfigError):  # the workbench says what is wrong with them, and is there to mend it
        settings_here({})

    def begin(address: str) -> None:
        click.echo(f"The workbench of {plain(folder.name)} is at {address} ; Ctrl-C ends it.", err=True)
        if not no_browser and _has_screen():
            webbrowser.open(address)

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to end, it does so as with Ctrl-C
    serve_workbench(Project(folder.name, coder=coder, out=out), host=host, port=port, begin=begin)
    click.echo("The workbench is closed.", err=True)


def _has_screen() -> bool:
    """Tell whether a browser would open in a window, not in this terminal."""
    return sys.platform in ("win32", "darwin") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))


ATTRIBUTE = "summaries/**/*.json diff=summariser"
_SETTING = "diff.summariser.textconv"
_CACHE = "diff.summariser.cachetextconv"


@click.command("git-setup")
@click.option("--undo", is_flag=True, help="Take it back.")
def git_setup(*, undo: bool) -> int:
    """Make plain `git diff` and `git log -p` readable for the records of this repository.

    Only local settings of the repository are changed, and nothing that is committed.
    """
    (_take_back if undo else _set_up)(Git(Path.cwd()))
    return 0


@click.command(hidden=True)
@click.option("--form", type=int, default=FORM, expose_value=False, help="Form of the lines; part of what git keeps.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def textconv(file: Path) -> int:
    """Print a stored FILE as lines for `git diff`."""
    text = file.read_bytes().decode("utf-8-sig", errors="backslashreplace")
    sys.stdout.buffer.write(make_readable(text).encode("utf-8", "backslashreplace"))
    return 0


def _interpreter(root: Path) -> str:
    """The running Python as git is to call it: in the top of the work tree, from which it may import nothing.

    Shape: -P leaves the present folder out, -E the folders of PYTHONPATH, which may be relative.
    Errors: ConfigError if this package itself lies in the work tree (but not in an environment there).
    """
    package = Path(summariser.__file__).resolve()
    if package.is_relative_to(root) and not package.is_relative_to(Path(sys.prefix).resolve()):
        raise ConfigError(
            "summariser runs from this work tree: git diff would run the code of whatever branch is checked out",
            next_step="Install it in another environment (pip install . without --editable); run git-setup there",
        )
    return f"{shlex.quote(sys.executable)} -P -E"


def _set_up(git: Git) -> None:
    """Name the command, and see to it that git calls it for records."""
    command = f"{_interpreter(git.root.resolve())} -m summariser textconv --form {FORM}"
    git.set_config(_SETTING, command)
    git.set_config(_CACHE, "true")
    click.echo(f"Set {_SETTING} in this repository to: {plain(command)}")
    if git.attribute("diff", "summaries/page/article.json") == "summariser":
        click.echo("The attributes of this repository name it for summaries/**/*.json already.")
    else:
        git.put_local_attribute(ATTRIBUTE, there=True)
        click.echo(f"Added to .git/info/attributes: {ATTRIBUTE}")
        click.echo("To have it for everybody who runs git-setup, put that line into .gitattributes and commit it.")
    click.echo("git diff and git log -p are readable for records now; git diff --no-textconv shows the JSON.")


def _take_back(git: Git) -> None:
    """Remove what `_set_up` set, and what git kept of it."""
    removed = [name for name in (_SETTING, _CACHE) if git.set_config(name, None)]
    click.echo(f"Removed {', '.join(removed)}." if removed else "There was no setting to remove.")
    if git.put_local_attribute(ATTRIBUTE, there=False):
        click.echo(f"Removed from .git/info/attributes: {ATTRIBUTE}")
    git.drop_kept_lines("summariser")
