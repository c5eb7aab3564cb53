"""`summariser show RECORD...`: records and failures, readably."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from summariser.cli.options import where_records_are
from summariser.cli.terminal import complain, make_console, plain, styled
from summariser.disk.record_text import dump_json, parse_json
from summariser.disk.stored import MAX_BYTES, PageFolder, StoredFile, no_record_here, read_stored
from summariser.errors import StoreError
from summariser.schema.case import Case, Finding, Result, Severity, fact_words
from summariser.schema.codes import CodedEnum
from summariser.schema.page import format_lines
from summariser.schema.record import FAILURE_SCHEMA, Failure, Record

_STDIN = Path("standard input")
_MARKS = {True: ("✓", "+", "green"), False: ("✗", "x", "red")}  # of a fact that the page bears out; in ASCII; colour


@click.command()
@click.argument("records", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the files as they are.")
def show(records: Sequence[Path], *, as_json: bool) -> int:
    """Print RECORDS (files, folders, - for the standard input; default: `out`): what was done, with the page's words.

    Of an article without a record: what was asked, what came back and what was wrong with it.

    Exit code 0: all shown; 1: a file is neither a record nor a failure, the others are shown; 2: none could be.
    """
    console = make_console()
    unreadable = shown = 0
    places = where_records_are(records)
    for file in _files(places):
        shown += 1
        if isinstance(file.content, StoreError):
            unreadable += 1
            complain(str(file.content))
        elif as_json:
            is_file = file.path is not _STDIN
            click.echo(file.path.read_text(encoding="utf-8") if is_file else dump_json(file.content), nl=False)
        else:
            show_content(file.content, console)
    if not shown:
        raise no_record_here(places)
    return 0 if not unreadable else 1 if unreadable < shown else 2


def show_content(content: Record | Failure, console: Console) -> None:
    """Print a record, or a failure as what it is."""
    if isinstance(content, Failure):
        _show_failure(content, console)
    else:
        _show_record(content, console)


def _files(paths: Sequence[Path]) -> Iterator[StoredFile]:
    """What is stored at each path, in the order given; what cannot be read as its error."""
    for path in paths:
        try:
            yield from [_from_stdin()] if str(path) == "-" else read_stored([path])
        except StoreError as error:
            yield StoredFile(path, error, PageFolder(path))


def _from_stdin() -> StoredFile:
    """The record or failure that another program writes. Errors: BrokenRecordError."""
    text = sys.stdin.buffer.read(MAX_BYTES).decode("utf-8-sig", errors="replace")
    is_failure = FAILURE_SCHEMA in text[:200]
    content = parse_json(text, Failure, path=_STDIN) if is_failure else parse_json(text, Record, path=_STDIN)
    return StoredFile(_STDIN, content, PageFolder(Path()))


def _show_record(record: Record, console: Console) -> None:
    case, lines = record.case, format_lines(record.lines)
    origin = f"{record.provenance.source}, lines {lines}; {record.kind.value}; {'、'.join(record.bylines)}"
    title = plain(f"{record.page_id}/{record.article_id}")
    words = ((record.kicker, "dim"), (record.headline or "(no headline)", "bold"), (case.headline_en, "italic"))
    head = Group(*(styled(text or "", style) for text, style in words), styled(origin, "dim"))
    console.print(Panel(head, title=Text(title), title_align="left"))
    console.print(styled(case.summary))
    console.print(styled(case.summary_en, "dim"))
    console.print(_codes(case))
    console.print(_facts(case, in_ascii=not console.encoding.startswith("utf")))
    for finding in record.findings:
        console.print(_finding(finding))
    reviewed = record.review.state if record.review.by is None else f"{record.review.state} by {record.review.by}"
    console.print(styled(f"review: {reviewed}; needs review: {'yes' if record.awaits_review else 'no'}", "dim"))


def _show_failure(failure: Failure, console: Console) -> None:
    head = Group(
        styled(failure.headline or "(no headline)", "bold"),
        styled(f"lines {format_lines(failure.lines)}; {failure.prompt} to {failure.model}", "dim"),
    )
    title = Text(plain(f"{failure.page_id}/{failure.article_id}: no record"))
    console.print(Panel(head, title=title, title_align="left", border_style="red"))
    console.print(styled(f"{failure.reason}: {failure.message}", "red"))
    for number, attempt in enumerate(failure.attempts, 1):
        console.print(styled(f"answer {number} of {len(failure.attempts)}", "bold"))
        for finding in attempt.findings:
            console.print(_finding(finding))
        console.print(styled(attempt.reply_text, "dim"))
    console.print(styled("Run the page again; --repairs asks more often, --fresh asks anew.", "dim"))


def _finding(finding: Finding) -> Text:
    style = "yellow" if finding.severity is Severity.NOTICE else "red"
    return styled(f"{finding.severity.value}: ", style) + styled(f"{finding.path}: {finding.message}")


def _codes(case: Case) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    place = case.place
    rows = {
        "decision": f"{case.decision.zh} {case.decision.value}",
        "themes": "; ".join(f"{theme.zh} {theme.value}" for theme in (case.primary_theme, *case.secondary_themes)),
        "function": case.function.zh if case.function else "",
        "frames": "; ".join(frame.zh for frame in case.policy_frames),
        "for": "; ".join(each.group.zh for each in case.beneficiaries),
        "place": f"{place.full_name or ''} {place.code or ''}" if place else "",
        "status": case.practice_status.zh,
    }
    for name, value in rows.items():
        table.add_row(styled(name, "cyan"), styled(value))
    return table


def _facts(case: Case, *, in_ascii: bool) -> Table:
    """Every fact by the name that findings give it, with its number and the words of the page."""
    table = Table(box=None, pad_edge=False)
    for name in ("", " ", "fact", "number", "the page says", "line"):
        table.add_column(name, no_wrap=name not in {"fact", "the page says"}, overflow="fold")
    for path, fact in case.facts():
        *marks, style = _MARKS[fact.supported]
        codes = ", ".join(_labels(fact))
        number = fact.quantity.raw if isinstance(fact, Result) and fact.quantity else ""
        sents = f"sentence {', '.join(map(str, fact.evidence.sents))}"
        table.add_row(
            Text(marks[in_ascii], style=style),
            styled(path, "cyan"),
            styled(f"{fact_words(fact)} ({codes})" if codes else fact_words(fact)),
            styled(number, "bold"),
            styled(fact.evidence.quote or sents, "dim"),
            styled(format_lines(fact.evidence.lines)),
        )
    return table


def _labels(fact: object) -> Iterator[str]:
    """The Chinese labels of what a fact was coded as."""
    codes = (getattr(fact, name, None) for name in ("role", "level", "chain", "status"))
    return (code.zh for code in codes if isinstance(code, CodedEnum))
