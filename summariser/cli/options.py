"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from summariser.cli import NamedPath, WholeNumber, advise, styled, tell_of_link
from summariser.disk.files import is_address, local_path
from summariser.disk.stored import find, no_record_here
from summariser.errors import ConfigError
from summariser.readers.pictures import DPI, LEAST_DPI, MOST_DPI
from summariser.readers.reading import MOST_PAGES

if TYPE_CHECKING:
    from rich.text import Text

    from summariser.api import RunOptions
    from summariser.endpoints.config import Settings
    from summariser.schema.case import Finding


STDIN = Path("standard input")  # what errors call it


class Place(NamedPath):
    """A path, or an address as it is given (`s3://...`), which is no path."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The address as text, anything else as a path."""
        return value if is_address(value) else super().convert(value and local_path(value), param, ctx)


class Day(click.ParamType[date]):
    """A day as ISO 8601 writes it."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day. Errors: BadParameter."""
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()
        except ValueError:
            self.fail(f"{value!r} is no day; write it as 2026-05-01.", param, ctx)


Command = TypeVar("Command", bound=Callable[..., Any])


def _together(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """One decorator of several options, in the order in which --help lists them."""
    return lambda command: reduce(lambda made, option: option(made), reversed(options), command)


# Which endpoint and model are asked.
endpoint_options = _together(
    click.option("--model", help="Model to ask; default: SUMMARISER_MODEL."),
    click.option("--base-url", help="Address of the endpoint, up to and including /v1."),
    click.option("--provider", help="openai, deepseek, qwen, moonshot, zhipu, ollama, vllm, llamacpp or desk."),
    click.option("--concurrency", metavar="N", help="Requests in flight at once; default 16."),
    click.option("--max-tokens", metavar="N", help="Longest reply, in tokens; default 8000."),
    click.option("--max-wait", "max_wait_s", metavar="SECONDS", help="Longest wait for an endpoint; default 600."),
    click.option("--budget", metavar="AMOUNT", help="Stop before more is spent, in the currency of the price."),
    click.option("--budget-tokens", metavar="N", help="Stop before more tokens are taken."),
    click.option("--price", metavar="PRICE", help='Of the model, per million tokens: "USD INPUT CACHED OUTPUT".'),
    click.option("--extra-body", help="JSON object added to each request; null takes a field out."),
    click.option("--header", "extra_headers", multiple=True, help="NAME: VALUE, sent along; repeatable."),
    click.option("--ledger", type=NamedPath(dir_okay=False, path_type=Path), help="Where exchanges are kept."),
    click.option("--repairs", metavar="N", help="How often an invalid reply is sent back; default 2."),
)
# How files are read, and what a person knows of all pages.
reading_options = _together(
    click.option("--engine", default="", metavar="NAME", help="OCR engine for pictures; default: rapidocr."),
    click.option(
        "--dpi",
        default=DPI,
        show_default=True,
        type=WholeNumber(LEAST_DPI, MOST_DPI),
        help="Resolution at which pages of a PDF without text are read.",
    ),
    click.option("--newspaper", help="Newspaper of all pages."),
    click.option("--issued", type=Day(), help="Issue date of all pages."),
    click.option("--page-no", type=WholeNumber(1, MOST_PAGES), help="Page number in the issue, of all pages."),
)


def run_options(flags: dict[str, Any]) -> RunOptions:
    """What the flags say of a run and of all its pages; those flags are taken out, settings stay."""
    from summariser.api import RunOptions  # heavy: not needed where records are named

    issued = flags.pop("issued")
    source = {"newspaper": flags.pop("newspaper"), "page_no": flags.pop("page_no")}
    source["issue_date"] = issued and issued.isoformat()
    return RunOptions.model_validate(
        {"source": source} | {name: flags.pop(name) for name in RunOptions.model_fields if name in flags}
    )


def settings_here(flags: Mapping[str, object]) -> Settings:
    """The settings of a verb; what a person should know of them is said on stderr, once."""
    from summariser.endpoints.config import read_settings  # heavy: asyncio, ssl; not needed where records are named

    options = click.get_current_context().command.params
    settings = read_settings(flags, told_as={each.name: each.opts[0] for each in options if each.name})
    advise_once(settings.notes)
    return settings


def advise_once(notes: Iterable[str]) -> None:
    """Say on stderr what a person should know, but for what the verb has said."""
    context = click.get_current_context(silent=True)
    told = context.meta.setdefault(__name__, set[str]()) if context else set[str]()
    for note in notes:
        if note not in told:
            advise(note)
            told.add(note)


def settings_from(flags: Mapping[str, object]) -> Settings:
    """The settings of a verb that writes; also where its places lead is said on stderr."""
    settings = settings_here({name: value for name, value in flags.items() if value != ()})
    for path in (settings.out, settings.ledger):
        tell_of_link(path)
    return settings


# Record files and folders; `where_records_are` says which are meant if none is named.
records_argument = click.argument("paths", nargs=-1, type=NamedPath(path_type=Path))
# The same for a verb that takes addresses as well.
places_argument = click.argument("places", metavar="[PATHS]...", nargs=-1, type=Place(path_type=Path))


def where_records_are(paths: Sequence[Path]) -> Sequence[Path]:
    """The paths given, else the folder into which a run here writes: that of flag, variable or summariser.toml."""
    return paths or (settings_here({}).out,)


def records_here(paths: Sequence[Path]) -> list[Path]:
    """The record files among the paths given and below them, or where a run here writes.

    Errors: InputError if there is none; as `find`.
    """
    places = where_records_are(paths)
    found = list(find(places))
    if not found:
        raise no_record_here(places)
    return found


def local_only(places: Sequence[Path | str], next_step: str) -> list[Path]:
    """The places, which are none but paths of this machine.

    Errors: ConfigError that names the first address.
    """
    for place in filter(is_address, places):
        raise ConfigError("records at an address are not read by this command", where=str(place), next_step=next_step)
    return [Path(place) for place in places]


def finding_text(finding: Finding) -> Text:
    """A finding in one line, `notice: path: message`; a notice is yellow, anything else red."""
    style = "yellow" if finding.severity.value == "notice" else "red"
    return styled(f"{finding.severity.value}: ", style) + styled(f"{finding.path}: {finding.message}")
