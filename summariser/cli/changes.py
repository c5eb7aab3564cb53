"""`summariser changes [PATH...]`: the log of a published case base, and a copy brought up to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from summariser.cli.options import where_records_are
from summariser.cli.terminal import make_console, styled
from summariser.disk.whole_file import disk_error
from summariser.errors import InputError
from summariser.reviewing.changes import LoggedChange, apply_changes, dump_log, list_changes
from summariser.reviewing.told_corrections import say_value


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--since", metavar="TAG", help="The release: a tag, or another revision of git.")
@click.option("--apply", "log", type=click.Path(path_type=Path), help="Bring a copy of the release to this log.")
@click.option("--json", "as_json", is_flag=True, help="Print the log itself: JSON Lines, one change a line.")
def changes(paths: Sequence[str], *, since: str | None, log: Path | None, as_json: bool) -> int:
    """Say what was corrected, added, removed and deleted in records (PATHS; default: `out`) since a release.

    With --json, the log is for whoever has a copy of that release: `summariser changes COPY --apply FILE` makes the
    copy equal, or changes nothing and names the records that are not as the release has them.
    """
    if (since is None) == (log is None) or (log and as_json):
        raise click.UsageError("Give --since TAG, or --apply FILE.")
    if log:
        if len(paths) > 1:
            raise click.UsageError("Name one folder of records to be changed.")
        out = where_records_are([Path(path) for path in paths])[0]
        click.echo(f"Changed {apply_changes(_read_text(log), out)} record(s) in {out}.")
        return 0
    found = list_changes(since or "", paths, folder=Path.cwd(), records=where_records_are(())[0])
    if as_json:
        click.echo(dump_log(found), nl=False)
    else:
        _show(found)
    return 0


def _read_text(log: Path) -> str:
    """The text of a log. Errors: InputError if it is no UTF-8; StoreError if it cannot be read."""
    try:
        return log.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8, as a log is", path=log) from error
    except OSError as error:
        raise disk_error(error, log) from error


def _show(found: Sequence[LoggedChange]) -> None:
    """Each change in a line or two."""
    console = make_console()
    for each in found:
        head = f"{each.record}  {each.what}  {each.path or ''}".rstrip()
        console.print(
            styled(head, "bold"), styled(f"  {each.by or 'not committed'} {(each.when or '')[:10]}", "dim"), sep=""
        )
        if each.path and each.path != "review":
            printed = f" (printed: {each.printed})" if each.printed else ""
            said = f"    {say_value(each.model) or '-'} → {say_value(each.value) or '-'}{printed}"
            console.print(styled(said), soft_wrap=True)
    console.print(styled(f"{len(found)} changes in {len({each.record for each in found})} records.", "bold"))
