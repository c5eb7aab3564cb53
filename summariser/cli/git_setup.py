"""`summariser git-setup`: `git diff` shows records as a person reads them; `textconv` is what git calls for it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

import summariser
from summariser.cli.terminal import plain
from summariser.errors import ConfigError
from summariser.reviewing.git import FORM, Git, make_readable

ATTRIBUTE = "summaries/**/*.json diff=summariser"
_SETTING = "diff.summariser.textconv"
_CACHE = "diff.summariser.cachetextconv"


@click.command("git-setup")
@click.option("--undo", is_flag=True, help="Take it back.")
def git_setup(*, undo: bool) -> int:
    """Make plain `git diff` and `git log -p` readable for the records of this repository.

    Only local settings of the repository are changed, and nothing that is committed.
    """
    git = Git(Path.cwd())
    if undo:
        _take_back(git)
    else:
        _set_up(git)
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
