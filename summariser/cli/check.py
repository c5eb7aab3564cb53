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
from summariser.disk.stored import no_record_here, take_parts
from summariser.records.check import RecordCheck, check_records
from summariser.records.make import NOT_WHOLE, UpgradeOutcome, upgrade_files
from summariser.schema.case import Severity

_STYLES = {Severity.STRUCTURAL: "red", Severity.UNSUPPORTED: "red", Severity.NOTICE: "yellow"}


@click.command()
@places_argument
@click.option("--strict", is_flag=True, help="Exit with 1 also while a record is to be reviewed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(places: Sequence[Path | str], *, strict: bool, as_json: bool) -> int:
    """Make records (files, folders or addresses; default: `out`) again from their pages, and name what differs.

    A record is sound if it is what its page gives, and marks what the page does not bear out; it is to be reviewed then
    until somebody decides on it.

    Exit code 0: all records are sound; 1: one is not, an article has none, or, with --strict, one is to be reviewed;
    2: no record is here.
    """
    places = places or where_records_are(())
    checks = _check(places)
    listed = list(checks) if as_json else []
    totals = _count(listed if as_json else _shown(checks))
    if not totals["files"]:
        raise no_record_here(places)
    if as_json:
        click.echo(json.dumps([_as_json(*pair) for pair in listed], ensure_ascii=False, indent=2))
    else:
        make_console().print(styled(_verdict(totals), "bold"))
    return 1 if totals["unsound"] or totals["missing"] or (strict and totals["to_review"]) else 0


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
        totals["to_review"] += item.awaits_review
        totals["unsupported"] += unsupported
        totals["facts"] += facts
        totals["notices"] += sum(finding.severity is Severity.NOTICE for finding in item.all_findings)
    return totals


def _verdict(totals: Counter[str]) -> str:
    """The totals in one sentence."""
    verdict = f"{totals['unsound']} of them unsound" if totals["unsound"] else "all sound"
    parts = [f"{totals['records']} records checked, {verdict}"]
    if totals["missing"]:
        parts.append(f"{totals['missing']} article(s) without a record")
    if totals["to_review"]:
        parts.append(f"{totals['to_review']} to review")
    if totals["unsupported"]:
        parts.append(f"{totals['unsupported']} of {totals['facts']} facts not borne out")
    return "; ".join([*parts, f"{totals['notices']} notice(s)."])


def _as_json(name: str, item: RecordCheck) -> dict[str, object]:
    return {
        "path": name,
        "sound": item.is_sound,
        "to_review": item.awaits_review,
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
        raise no_record_here(places)
    told = ", ".join(f"{count} {outcome.value.replace('_', ' ')}" for outcome, count in outcomes.items())
    console.print(styled(f"Records: {told}.", "bold"))
    return 1 if outcomes.keys() & NOT_WHOLE else 0
