"""`summariser check [PATH...]`: stored records against their pages, for CI."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from summariser.cli.options import records_argument
from summariser.cli.terminal import make_console, styled
from summariser.disk.store import find
from summariser.errors import InputError
from summariser.records.check import RecordCheck, check_records
from summariser.schema.case import Severity

_STYLES = {Severity.STRUCTURAL: "red", Severity.UNSUPPORTED: "red", Severity.NOTICE: "yellow"}


@click.command()
@records_argument
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(paths: Sequence[Path], *, as_json: bool) -> int:
    """Check records (files or folders; default: summaries) against schema, page, numbers and hash.

    Exit code 0: all sound; 1: a record says what its page does not, or is no record.
    """
    files = list(find(paths or (Path("summaries"),)))
    if not files:
        named = ", ".join(map(str, paths)) or "summaries"
        raise InputError("no record is here", path=named, next_step="Name record files, or folders with records")
    checks = list(check_records(files))
    if as_json:
        click.echo(json.dumps([_as_json(item) for item in checks], ensure_ascii=False, indent=2))
    else:
        _show(checks)
    return 0 if all(item.is_sound for item in checks) else 1


def _show(checks: Sequence[RecordCheck]) -> None:
    console = make_console()
    for item in checks:
        for finding in item.findings:
            console.print(
                styled(f"{item.path}: "),
                styled(finding.severity.value, _STYLES[finding.severity]),
                styled(f" {finding.path}: {finding.message}"),
                sep="",
            )
    unsound = sum(not item.is_sound for item in checks)
    notices = sum(finding.severity is Severity.NOTICE for item in checks for finding in item.findings)
    verdict = f"{unsound} of them unsound" if unsound else "all sound"
    console.print(styled(f"{len(checks)} records checked, {verdict}, {notices} notice(s).", "bold"))


def _as_json(item: RecordCheck) -> dict[str, object]:
    return {
        "path": item.path.as_posix(),
        "sound": item.is_sound,
        "findings": [finding.model_dump(mode="json") for finding in item.findings],
    }
