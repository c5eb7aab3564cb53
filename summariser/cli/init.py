"""`summariser init FOLDER`: a project folder of one's own: settings, a first page, places for records."""

from __future__ import annotations

from pathlib import Path

import click

from summariser.cli.terminal import plain
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
