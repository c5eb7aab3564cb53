"""`summariser show`, `check`, `upgrade` and `report`: stored records.

They are printed, held against their pages, put into the present shape, and shown as a site.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from summariser.cli import NamedPath, WrittenPath, advise, complain, make_console, plain, print_json, styled
from summariser.cli.options import STDIN, finding_text, places_argument, records_argument, where_records_are
from summariser.disk.record_text import OlderRecordWarning, dump_json, parse_json
from summariser.disk.stored import MAX_BYTES, PageFolder, StoredFile, no_record_here, read_stored, take_parts
from summariser.errors import StoreError
from summariser.records.make import NOT_WHOLE, RecordCheck, UpgradeOutcome, check_records, upgrade_files
from summariser.schema.case import Case, Result, Severity, fact_words, format_printed
from summariser.schema.codes import CodedEnum
from summariser.schema.page import format_lines
from summariser.schema.record import FAILURE_SCHEMA, Failure, Record
from summariser.text import counted

_MARKS = {True: ("✓", "+", "green"), False: ("✗", "x", "red")}  # of a fact that the page bears out; in ASCII; colour


@click.command()
@click.argument("records", nargs=-1, type=NamedPath(path_type=Path, allow_dash=True))
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
            is_given = file.path is STDIN
            click.echo(dump_json(file.content) if is_given else file.path.read_text(encoding="utf-8"), nl=False)
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
    kind: type[Record | Failure] = Failure if FAILURE_SCHEMA in text[:200] else Record
    return StoredFile(STDIN, parse_json(text, kind, path=STDIN), PageFolder(Path()))


def _show_record(record: Record, console: Console) -> None:
    case, lines = record.case, format_lines(record.lines)
    origin = f"{record.provenance.source}, lines {lines}; {record.kind.value}"
    origin += f"; {'、'.join(record.bylines)}" if record.bylines else ""
    title = plain(f"{record.page_id}/{record.article_id}")
    words = ((record.kicker, "dim"), (record.headline or "(no headline)", "bold"), (case.headline_en, "italic"))
    head = Group(*(styled(text, style) for text, style in words if text), styled(origin, "dim"))
    console.print(Panel(head, title=Text(title), title_align="left", expand=False))
    console.print(styled(case.summary))
    console.print(styled(case.summary_en, "dim"))
    console.print(_codes(case))
    console.print(_facts(case, in_ascii=not console.encoding.startswith("utf")))
    for finding in record.findings:
        console.print(finding_text(finding))
    reviewed = record.review.state if record.review.by is None else f"{record.review.state} by {record.review.by}"
    console.print(styled(f"review: {reviewed}; needs review: {'yes' if record.awaits_review else 'no'}", "dim"))


def _show_failure(failure: Failure, console: Console) -> None:
    head = Group(
        styled(failure.headline or "(no headline)", "bold"),
        styled(f"lines {format_lines(failure.lines)}; {failure.prompt} to {failure.model}", "dim"),
    )
    title = Text(plain(f"{failure.page_id}/{failure.article_id}: no record"))
    console.print(Panel(head, title=title, title_align="left", border_style="red", expand=False))
    console.print(styled(f"{failure.reason}: {failure.message}", "red"))
    for number, attempt in enumerate(failure.attempts, 1):
        console.print(styled(f"answer {number} of {len(failure.attempts)}", "bold"))
        for finding in attempt.findings:
            console.print(finding_text(finding))
        for line in attempt.reply_text.splitlines():
            console.print(styled(line, "dim"))
    console.print(styled("Run the page again; --repairs asks more often, --fresh asks anew.", "dim"))


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
        if value:
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
        number = format_printed(fact.quantity) if isinstance(fact, Result) and fact.quantity else ""
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
        print_json([_check_as_json(*pair) for pair in listed])
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
            console.print(styled(f"{name}: ") + finding_text(finding))
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
    told = {
        "missing": f"{counted(totals['missing'], 'article')} without a record",
        "to_review": f"{totals['to_review']} to review",
        "unsupported": f"{totals['unsupported']} of {counted(totals['facts'], 'fact')} not borne out",
    }
    parts = [said for name, said in told.items() if totals[name]]
    checked, notices = counted(totals["records"], "record"), counted(totals["notices"], "notice")
    return "; ".join([f"{checked} checked, {verdict}", *parts, f"{notices}."])


def _check_as_json(name: str, item: RecordCheck) -> dict[str, object]:
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


@click.command()
@records_argument
@click.option(
    "-o", "--out", type=WrittenPath(path_type=Path), default=Path("report"), show_default=True, help="Folder to write."
)
@click.option("--against", metavar="REV", help="Show what changed in the records since this git revision.")
def report(paths: Sequence[Path], *, out: Path, against: str | None) -> int:
    """Write a site to look at records (files or folders; default: `out`) beside their pages; open its index.html.

    Exit code 0: written; 1: written, but a file is no record, an article failed, or a page could not be shown.
    """
    from summariser.report.site import find_changes, write_report  # heavy: templates

    places = where_records_are(paths)
    changes = find_changes(against, places) if against is not None else None
    written = write_report(places, out, changes=changes, processes=os.cpu_count() or 1)
    for error in written.unreadable:
        complain(str(error))
    if written.pageless:
        advise(f"{counted(written.pageless, 'page is', 'pages are')} shown without lines; the site says why.")
    if written.failed:
        advise(f"{counted(written.failed, 'failed article')}, first in the site.")
    click.echo(f"{counted(written.records, 'record')} of {counted(written.pages, 'page')}:", err=True)
    click.echo(plain(written.index_path.as_posix()))
    return 1 if written.unreadable or written.pageless or written.failed else 0
