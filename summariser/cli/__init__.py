"""The command line: `summariser VERB`. Verbs of one kind share a file; each parses, calls the library, shows, exits.

Verbs are loaded when they are called, so that `summariser --help` loads neither pydantic nor openai. What all of them
show, text from pages and models, is shown as text, never as control codes or markup.
"""

from __future__ import annotations

import io
import json
import os
import sys
import traceback
import unicodedata
import warnings
from collections.abc import Collection, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import get_completion_class

from summariser import __version__
from summariser.errors import SummariserError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

# verb -> (module, name of its command, one line for --help)
_VERBS = {
    "init": ("setup", "init", "Make a project folder of your own, with a first page."),
    "serve": ("setup", "serve", "Open the workbench in the browser."),
    "run": ("run", "run", "Turn pages into records."),
    "read": ("split", "read", "Show what is read of scans, PDF, web pages, OCR files."),
    "split": ("split", "split", "Show how a page is cut into articles."),
    "check": ("records", "check", "Check stored records against their pages."),
    "show": ("records", "show", "Print records readably."),
    "diff": ("share", "diff", "Say what changed between two versions of records."),
    "changes": ("share", "changes", "Log what changed in a published case base; bring a copy up to it."),
    "report": ("records", "report", "Write a site to look at records beside their pages."),
    "review": ("review", "review", "Go through records: accept, correct, reject."),
    "link": ("review", "link", "List records that may tell of one practice, and join them."),
    "upgrade": ("records", "upgrade", "Write records of older versions in the present shape."),
    "corrections": ("eval", "corrections", "List what people changed, and whether a new prompt agrees."),
    "eval": ("eval", "evaluate_records", "Measure records against gold, corrections, or each other."),
    "compare": ("eval", "compare", "Compare two versions of a prompt on the same pages."),
    "export": ("share", "export", "Export records as tables to compute with."),
    "publish": ("share", "publish", "Write a case base for others: tables, description, citation."),
    "runs": ("run", "runs", "Show what was asked, what it cost and what failed."),
    "batches": ("run", "batches", "List the batches that are under way, and what came of others."),
    "prompts": ("eval", "prompts", "List, show, compare and measure prompt versions."),
    "doctor": ("run", "doctor", "Say what is configured and whether the endpoint answers."),
    "desk": ("setup", "desk", "Serve an endpoint whose replies are given by a person."),
    "git-setup": ("setup", "git_setup", "Make git diff readable for records."),
    "textconv": ("setup", "textconv", ""),  # called by git, not listed
    "completion": ("", "completion", "Print the shell completion script."),
}
_PAYING = {"run", "split", "eval", "compare"}  # the verbs that ask a model
_CRASHED = 70  # EX_SOFTWARE; never 1, which says that the work was done
_INTERRUPTED = 130  # what a shell reports for a program ended by Ctrl-C
_CUT_OFF = 141  # what a shell reports for a program whose reader went away, as in `summariser show ... | head`


class _Verbs(click.Group):
    """A group that imports a verb only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The verbs, in the order of the work."""
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the verb."""
        if cmd_name not in _VERBS:
            return None
        module, name, _ = _VERBS[cmd_name]
        command: click.Command = getattr(import_module(f"summariser.cli.{module}".rstrip(".")), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the verbs without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(verb, line) for verb, (_, _, line) in _VERBS.items() if line])


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="summariser", message="%(prog)s %(version)s")
def cli() -> None:
    """Turn OCR pages of Chinese newspapers into checked case studies of trade-union practice.

    \b
    summariser run PAGES...           with a model: --provider, --model, and a key in the environment
    summariser run 'seeds/*.txt' --replay   with recorded exchanges: no key, no network
    summariser desk                   with a chat window and no key

    Exit codes: 0 done; 1 done, but a person should look; 2 could not run; 3 try later; 70 a fault of this program; 130
    stopped with Ctrl-C.
    """  # noqa: D301 - \b is what click takes for "leave this paragraph as it is"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    bash: summariser completion bash >> ~/.bashrc
    """
    make = get_completion_class(shell)
    if make is None:  # the choices above are click's own
        raise click.BadParameter(shell)
    root = ctx.find_root()
    click.echo(make(root.command, {}, "summariser", "_SUMMARISER_COMPLETE").source())


def main() -> None:
    """Run the command line; every error we raise on purpose ends here, as words and an exit code."""
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what a narrow encoding lacks is shown as an escape
            stream.reconfigure(errors="backslashreplace")
    warnings.showwarning = lambda message, *_, **__: advise(str(message))
    try:
        code = cli.main(prog_name="summariser", standalone_mode=False)
        sys.stdout.flush()
    except SummariserError as error:
        complain("\n".join([str(error), *getattr(error, "__notes__", ())]))
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        verb = next((word for word in sys.argv[1:] if word in _VERBS), "")
        left = "What was paid for is in the ledger; the same command goes on from there."
        complain(f"Stopped. {left if verb in _PAYING else 'What was written before stands.'}")
        sys.exit(_INTERRUPTED)
    except (SystemExit, BrokenPipeError):  # click and rich exit, with 1, if nobody reads any more
        _drop_output()
        sys.exit(_CUT_OFF)
    except OSError as error:
        _drop_output()
        complain(f"The system refused: {error}. What was written before stands.")
        sys.exit(2)
    except Exception as error:  # noqa: BLE001 - the last door: what nobody foresaw must not exit 1, "done, look at it"
        traceback.print_exc()
        complain(f"A fault of summariser, not of your files: {error!r}. Please report it with the lines above.")
        sys.exit(_CRASHED)
    sys.exit(code if isinstance(code, int) else 0)


def _open_closed() -> None:
    """Let standard streams that were closed (cron, `>&-`) lead nowhere, or the next file would be one of them."""
    while (free := os.open(os.devnull, os.O_RDWR)) <= 2:
        continue
    os.close(free)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))


def _drop_output() -> None:
    """Let what is left in the buffer go nowhere, or Python complains when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# ---- what verbs show and take


_LONGEST = 20_000  # characters of one text; no reply of a model is as long
_UNFOLDED = 1_000_000  # columns where no terminal is
_LEAST_WIDTH = 12  # columns of a terminal; a text that is broken over lines has no less
# Cc: control codes, ANSI among them; Cf: bidi marks and other invisible characters; Cs: halves of surrogate pairs.
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def plain(text: str) -> str:
    """The text on one line, with what a terminal would obey or hide made visible as escapes."""
    return "".join(_escape(char) if unicodedata.category(char) in _UNPRINTABLE else char for char in text)


def styled(text: str, style: str = "") -> Text:
    """Foreign text for rich: no markup is read in it, and of an endless one the beginning is shown."""
    from rich.text import Text  # heavy; not needed for --help

    from summariser.text import counted  # loads pydantic

    rest = len(text) - _LONGEST
    cut = f" ... [{counted(rest, 'more character')} not shown]" if rest > 0 else ""
    return Text(plain(text[:_LONGEST]) + cut, style=style)


def make_console(*, stderr: bool = False) -> Console:
    """A console that obeys NO_COLOR and COLUMNS, does not guess at emoji or numbers, and reads no markup.

    Shape: what goes to a file or another program is not folded, so that `grep` finds whole lines.
    """
    from rich.console import Console  # heavy; not needed for --help

    console = Console(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=False)
    if not console.is_terminal and not os.environ.get("COLUMNS"):
        console.width = _UNFOLDED
    return console


def print_table(
    header: Sequence[str],
    rows: Sequence[Sequence[str | Text]],
    console: Console,
    *,
    right: Collection[str] = (),
    folded: Collection[str] = (),
) -> None:
    """Print rows below a header; no cell is ever cut.

    Shape: the columns `folded`, and the first, break their text over lines where room is short; what does not fit even
    so is written below, in tables of their own that begin with the first column again. `right`: columns of numbers.
    """
    from rich.cells import cell_len  # heavy; not needed for --help
    from rich.table import Table

    cells = [[cell if not isinstance(cell, str) else styled(cell) for cell in row] for row in [header, *rows]]
    least = []
    for at, name in enumerate(header):
        width = max(cell_len(row[at].plain) for row in cells)
        least.append(min(width, _LEAST_WIDTH, console.width // 2 - 1) if at == 0 or name in folded else width)
    blocks = [[0]]
    for at in range(1, len(header)):
        if len(blocks[-1]) > 1 and sum(least[each] + 1 for each in [*blocks[-1], at]) - 1 > console.width:
            blocks.append([0])
        blocks[-1].append(at)
    for number, block in enumerate(blocks):
        table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
        for at in block:
            is_text = at == 0 or header[at] in folded
            table.add_column(
                styled(header[at]),
                justify="right" if header[at] in right else "left",
                overflow="fold",
                no_wrap=not is_text,
                min_width=least[at],
            )
        for row in cells[1:]:
            table.add_row(*(row[at] for at in block))
        console.print(*([""] if number else []), table, sep="\n")


def print_json(value: object) -> None:
    """Print a value for a machine."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def advise(message: str) -> None:
    """Say on stderr what a person should know, though all goes on."""
    _say("Note: ", "yellow", message)


def complain(message: str) -> None:
    """Say on stderr why the program stops."""
    _say("Error: ", "red", message)


def _say(head: str, colour: str, message: str) -> None:
    click.secho(head, fg=colour, nl=False, err=True)
    click.echo("\n".join(map(plain, message.splitlines())), err=True)


def _escape(char: str) -> str:
    if char == "\t":
        return " "
    return f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\u{ord(char):04x}"


class NamedPath(click.Path):
    """A path that has a name: not empty, and not `-`, which is no standard input or output but where it is allowed."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. Errors: BadParameter."""
        if not str(value) or (str(value) == "-" and not self.allow_dash):
            self.fail(f"{str(value)!r} is not taken here; name a file or folder.", param, ctx)
        return super().convert(value, param, ctx)


class WrittenPath(NamedPath):
    """A path to which something is written; where a link leads it elsewhere, that is said."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. Errors: BadParameter."""
        path = super().convert(value, param, ctx)
        tell_of_link(path)
        return path


def tell_of_link(path: Path) -> None:
    """Say where what is written goes, if a link in the folder where we stand leads it out: it may be a stranger's."""
    places = () if path.is_absolute() else (path, *path.parents)
    if link := next((place for place in places if place.is_symlink()), None):
        advise(f"{link} is a link: what is written there goes to {link.resolve()}.")


class WholeNumber(click.IntRange):
    """A whole number within limits."""

    name = "integer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number. Errors: BadParameter that says the limits."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            limits = f"from {self.min}" if self.max is None else f"from {self.min} to {self.max}"
            self.fail(f"{value!r} is no whole number {limits}.", param, ctx)
