"""`summariser upgrade [PATH...]`: records of older versions in the present shape."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from summariser.cli.options import places_argument, where_records_are
from summariser.cli.terminal import make_console, styled
from summariser.disk.record_text import OlderRecordWarning
from summariser.disk.stored import take_parts
from summariser.errors import InputError
from summariser.records.make import NOT_WHOLE, UpgradeOutcome, upgrade_files


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
