"""`summariser link [PATH...]`: records that may tell of one practice, and joining them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from summariser.cli.options import records_argument, records_here
from summariser.cli.terminal import make_console, styled
from summariser.disk.stored import load_records
from summariser.reviewing.practices import (
    LIKELY,
    RELATIONS,
    PracticeCandidate,
    find_practices,
    join_records,
    part_record,
)
from summariser.schema.record import PracticeRelation


@click.command()
@records_argument
@click.option("--join", "relation", type=click.Choice(RELATIONS), help="Join the two records that are named.")
@click.option("--part", is_flag=True, help="Take the records that are named out of their practice.")
@click.option("--by", metavar="NAME", help="Who decides; needed for --join and --part.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def link(paths: Sequence[Path], *, relation: PracticeRelation | None, part: bool, by: str | None, as_json: bool) -> int:
    """List records (files or folders; default: `out`) that may tell of one practice, with a score and the reasons.

    Nothing is joined without a person: name two record files and say how they belong together (--join).
    """
    if (relation or part) and not by:
        raise click.UsageError("Say who decides: --by NAME.")
    if relation:
        if len(paths) != 2:
            raise click.UsageError("Name the two record files that tell of one practice.")
        practice_id = join_records(paths[0], paths[1], relation=relation, by=by or "")
        click.echo(f"Joined as {practice_id}.")
        return 0
    if part:
        for path in paths:
            part_record(path)
        click.echo(f"Parted: {len(paths)}.")
        return 0
    found = find_practices(load_records(*records_here(paths)))
    if as_json:
        click.echo(json.dumps([_as_json(each) for each in found], ensure_ascii=False, indent=2))
    else:
        _show(found)
    return 0


def _as_json(found: PracticeCandidate) -> dict[str, object]:
    names = [f"{record.page_id}/{record.article_id}" for record in (found.first, found.second)]
    return {"records": names, "score": found.score, "relation": found.relation, "reasons": found.reasons}


def _show(found: Sequence[PracticeCandidate]) -> None:
    """Each pair in three lines."""
    console = make_console()
    for each in found:
        console.print(styled(f"{each.score:.2f} {each.relation.replace('_', ' ')}: {'; '.join(each.reasons)}", "bold"))
        for record in (each.first, each.second):
            console.print(styled(f"     {record.page_id}/{record.article_id}  {record.headline or '(no headline)'}"))
    console.print(
        styled(f"{len(found)} pairs with a score of {LIKELY} or more. Join two: summariser link A B --join RELATION")
    )
