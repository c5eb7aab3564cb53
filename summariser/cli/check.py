"""`summariser check [PATH...]`: stored records against their pages, for CI."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from summariser.cli.options import records_argument, where_records_are
from summariser.cli.terminal import make_console, styled
from summariser.errors import InputError
from summariser.records.check import RecordCheck, check_records
from summariser.schema.case import Severity

_STYLES = {Severity.STRUCTURAL: "red", Severity.UNSUPPORTED: "red", Severity.NOTICE: "yellow"}


@click.command()
@records_argument
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(paths: Sequence[Path], *, as_json: bool) -> int:
    """Make records (files or folders; default: `out`) again from their pages, and name what differs.

    Exit code 0: all sound, every fact borne out; 1: a record says what its page does not, or an article has none.
    """
    places = where_records_are(paths)
    checks = check_records(places)
    if as_json:
        listed = list(checks)
        click.echo(json.dumps([_as_json(item) for item in listed], ensure_ascii=False, indent=2))
        totals = _count(listed)
    else:
        totals = _count(_shown(checks))
        make_console().print(styled(_verdict(totals), "bold"))
    if not totals["files"]:
        named = ", ".join(map(str, places))
        raise InputError("no record is here", path=named, next_step="Name record files, or folders with records")
    return 1 if totals["unsound"] or totals["missing"] or totals["unsupported"] else 0


def _shown(checks: Iterable[RecordCheck]) -> Iterable[RecordCheck]:
    """The same, each told as it passes."""
    console = make_console()
    for item in checks:
        for finding in item.all_findings:
            console.print(
                styled(f"{item.path}: "),
                styled(finding.severity.value, _STYLES[finding.severity]),
                styled(f" {finding.path}: {finding.message}"),
                sep="",
            )
        yield item


def _count(checks: Iterable[RecordCheck]) -> Counter[str]:
    """What was looked at and what was found, added up."""
    totals: Counter[str] = Counter()
    for item in checks:
        unsupported, facts = item.facts
        totals["files"] += 1
        totals["missing"] += item.lacks_record
        totals["records"] += item.is_record
        totals["unsound"] += item.is_record and not item.is_sound
        totals["unsupported"] += unsupported
        totals["facts"] += facts
        totals["notices"] += sum(finding.severity is Severity.NOTICE for finding in item.all_findings)
    return totals


def _verdict(totals: Counter[str]) -> str:
    """The totals in one sentence."""
    verdict = f"{totals['unsound']} of them unsound" if totals["unsound"] else "all sound"
    parts = [f"{totals['records']} records checked, {verdict}"]
    if totals["unsupported"]:
        parts.append(f"{totals['unsupported']} of {totals['facts']} facts not borne out")
    if totals["missing"]:
        parts.append(f"{totals['missing']} article(s) without a record")
    return ", ".join([*parts, f"{totals['notices']} notice(s)."])


def _as_json(item: RecordCheck) -> dict[str, object]:
    return {
        "path": item.path.as_posix(),
        "sound": item.is_sound,
        "unsupported_facts": item.facts[0],
        "findings": [finding.model_dump(mode="json") for finding in item.all_findings],
    }
