"""`summariser show RECORD...`: records, readably."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from summariser.cli.terminal import make_console, plain, styled
from summariser.disk.stored import load_record
from summariser.schema.case import Case, Evidence, Severity
from summariser.schema.page import format_lines
from summariser.schema.record import Record

_MARKS = {True: ("✓", "green"), False: ("✗", "red")}


@click.command()
@click.argument("records", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the file as it is.")
def show(records: Sequence[Path], *, as_json: bool) -> None:
    """Print RECORD files: what was done, by whom, with what result, and the words of the page beside each fact."""
    for path in records:
        record = load_record(path)
        if as_json:
            click.echo(path.read_text(encoding="utf-8"), nl=False)
        else:
            _show(record, make_console())


def _show(record: Record, console: Console) -> None:
    case, lines = record.case, format_lines(record.lines)
    head = Group(
        styled(record.kicker or "", "dim"),
        styled(record.headline or "(no headline)", "bold"),
        styled(case.headline_en, "italic"),
        styled(f"{record.provenance.source}, lines {lines}; {record.kind.value}; {'、'.join(record.bylines)}", "dim"),
    )
    console.print(Panel(head, title=plain(f"{record.page_id}/{record.article_id}"), title_align="left"))
    console.print(styled(case.summary))
    console.print(styled(case.summary_en, "dim"))
    console.print(_codes(case))
    console.print(_facts(case))
    for finding in record.findings:
        style = "yellow" if finding.severity is Severity.NOTICE else "red"
        console.print(styled(f"{finding.severity.value}: ", style), styled(f"{finding.path}: {finding.message}"))
    reviewed = record.review.state if record.review.by is None else f"{record.review.state} by {record.review.by}"
    console.print(styled(f"review: {reviewed}; needs review: {'yes' if record.needs_review else 'no'}", "dim"))


def _codes(case: Case) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    themes = [case.primary_theme, *case.secondary_themes]
    place = case.place.full_name or "" if case.place else ""
    rows = {
        "decision": f"{case.decision.zh} {case.decision.value}",
        "themes": "; ".join(f"{theme.zh} {theme.value}" for theme in themes),
        "function": case.function.zh if case.function else "",
        "frames": "; ".join(frame.zh for frame in case.policy_frames),
        "for": "; ".join(beneficiary.zh for beneficiary in case.beneficiaries),
        "place": f"{place} {case.place.code or ''}" if case.place else "",
        "status": case.practice_status.zh,
    }
    for name, value in rows.items():
        table.add_row(styled(name, "cyan"), styled(value))
    return table


def _facts(case: Case) -> Table:
    table = Table("", "", "fact", "number", "the page says", "line", box=None, pad_edge=False)
    for problem in filter(None, (case.problem,)):
        _add(table, "problem", problem.text, "", problem.evidence, problem.supported)
    for actor in case.actors:
        _add(table, "actor", f"{actor.name} ({actor.role.zh}, {actor.level.zh})", "", actor.evidence, actor.supported)
    for person in case.people:
        _add(table, "person", f"{person.name} {person.title or ''}", "", person.evidence, person.supported)
    for action in case.actions:
        _add(table, "action", action.text, "", action.evidence, action.supported)
    for result in case.results:
        number = result.quantity.raw if result.quantity else ""
        _add(table, "result", f"{result.text} ({result.status.zh})", number, result.evidence, result.supported)
    for lesson in filter(None, (case.lesson,)):
        _add(table, "lesson", lesson.text, "", lesson.evidence, lesson.supported)
    return table


def _add(table: Table, kind: str, text: str, number: str, evidence: Evidence, supported: bool) -> None:  # noqa: PLR0913, PLR0917 - one argument for each column
    mark, style = _MARKS[supported]
    where = format_lines(evidence.lines)
    said = evidence.quote or f"sentence {', '.join(map(str, evidence.sents))}"
    table.add_row(
        Text(mark, style=style),
        styled(kind, "cyan"),
        styled(text),
        styled(number, "bold"),
        styled(said, "dim"),
        styled(where),
    )
