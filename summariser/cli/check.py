"""`summariser check` and `upgrade [PATH...]`: stored records against their pages, and in the present shape."""

from __future__ import annotations

import json
import os
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from summariser.cli.options import places_argument, where_records_are
from summariser.cli.terminal import make_console, styled
from summariser.disk.record_text import OlderRecordWarning
from summariser.disk.stored import take_parts
from summariser.errors import InputError
from summariser.records.check import RecordCheck, check_records
from summariser.records.make import NOT_WHOLE, UpgradeOutcome, upgrade_files
from summariser.schema.case import Severity

_STYLES = {Severity.STRUCTURAL: "red", Severity.UNSUPPORTED: "red", Severity.NOTICE: "yellow"}


@click.command()
@places_argument
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(places: Sequence[Path | str], *, as_json: bool) -> int:
    """Make records (files, folders or addresses; default: `out`) again from their pages, and name what differs.

    Exit code 0: all sound, every fact borne out; 1: a record says what its page does not, or an article has none.
    """
    places = places or where_records_are(())
    checks = _check(places)
    if as_json:
        listed = list(checks)
        click.echo(json.dumps([_as_json(*pair) for pair in listed], ensure_ascii=False, indent=2))
        totals = _count(listed)
    else:
        totals = _count(_shown(checks))
        make_console().print(styled(_verdict(totals), "bold"))
    if not totals["files"]:
        named = ", ".join(map(str, places))
        raise InputError("no record is here", path=named, next_step="Name record files, or folders with records")
    return 1 if totals["unsound"] or totals["missing"] or totals["unsupported"] else 0


_Named = tuple[str, RecordCheck]  # a file as it is called where it is at home, and what was found of it


def _check(places: Sequence[Path | str]) -> Iterator[_Named]:
    """What is found of each file; at an address a page at a time."""
    for part in take_parts(places):
        for item in check_records(part.paths, processes=os.cpu_count() or 1):
            yield part.name(item.path), item


def _shown(checks: Iterable[_Named]) -> Iterator[_Named]:
    """The same, each told as it passes."""
    console = make_console()
    for name, item in checks:
        for finding in item.all_findings:
            console.print(
                styled(f"{name}: "),
                styled(finding.severity.value, _STYLES[finding.severity]),
                styled(f" {finding.path}: {finding.message}"),
                sep="",
            )
        yield name, item


def _count(checks: Iterable[_Named]) -> Counter[str]:
    """What was looked at and what was found, added up."""
    totals: Counter[str] = Counter()
    for _, item in checks:
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


def _as_json(name: str, item: RecordCheck) -> dict[str, object]:
    return {
        "path": name,
        "sound": item.is_sound,
        "unsupported_facts": item.facts[0],
        "findings": [finding.model_dump(mode="json") for finding in item.all_findings],
    }


@click.command()
@places_argument
@click.option("--no-text", is_flag=True, help="Keep where sentences stand, but not their words.")
def upgrade(places: Sequence[Path | str], *, no_text: bool) -> int:
    """Write records of older versions (files, folders or addresses; default: `out`) in the present shape.

    No model is asked. Ids, reviews and corrections stay; what an older record did not know is null. Run the pages
    again to have it all. Exit code 1: a file is no whole record, cannot be written, or its page is gone.
    """
    places = places or where_records_are(())
    console, outcomes = make_console(), Counter[UpgradeOutcome]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OlderRecordWarning)
        for part in take_parts(places, giving_back=True):
            for file in upgrade_files(part.paths, with_words=not no_text):
                outcomes[file.outcome] += 1
                if file.message:
                    what = f"{part.name(file.path)}: {file.outcome.value.replace('_', ' ')}: {file.message}"
                    console.print(styled(what, "yellow"))
    if not outcomes:
        named = ", ".join(map(str, places))
        raise InputError("no record is here", path=named, next_step="Name record files, or folders with records")
    told = ", ".join(f"{count} {outcome.value.replace('_', ' ')}" for outcome, count in outcomes.items())
    console.print(styled(f"Records: {told}.", "bold"))
    return 1 if outcomes.keys() & NOT_WHOLE else 0
