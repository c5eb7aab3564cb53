"""`summariser show`, `check`, `upgrade`, `diff`, `report`, `export`, `publish` and `changes`: stored records.

They are printed, held against their pages, put into the present shape, compared with another version, shown as a site,
and given to others: as tables, as a case base, and as the log of its changes.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from summariser.cli import WrittenPath, advise, complain, make_console, plain, print_json, styled
from summariser.cli.options import Day, local_only, places_argument, records_argument, where_records_are
from summariser.disk.files import disk_refusals
from summariser.disk.record_text import OlderRecordWarning, dump_json, parse_json
from summariser.disk.stored import MAX_BYTES, PageFolder, StoredFile, no_record_here, read_stored, take_parts
from summariser.errors import InputError, StoreError
from summariser.exporting.whole_export import (
    FORMAT,
    FORMATS,
    SKOS,
    CaseBase,
    ExportReport,
    export_by_month,
    export_codebook,
    export_files,
)
from summariser.exporting.whole_export import publish as publish_records
from summariser.records.check import RecordCheck, check_records
from summariser.records.make import NOT_WHOLE, UpgradeOutcome, upgrade_files
from summariser.reviewing.corrections import LoggedChange, apply_changes, dump_log, list_changes
from summariser.reviewing.diff import ArticleDiff, Diff, NewRecord, compare_sides, render_markdown
from summariser.reviewing.differences import Difference, say_value
from summariser.reviewing.revisions import read_sides
from summariser.schema.case import Case, Finding, Result, Severity, fact_words
from summariser.schema.codes import CodedEnum
from summariser.schema.page import format_lines
from summariser.schema.quantity import format_printed
from summariser.schema.record import FAILURE_SCHEMA, Failure, Record
from summariser.text import counted

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
            is_given = file.path is _STDIN
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
    return StoredFile(_STDIN, parse_json(text, kind, path=_STDIN), PageFolder(Path()))


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
        console.print(_finding(finding))
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
            console.print(_finding(finding))
        console.print(styled(attempt.reply_text, "dim"))
    console.print(styled("Run the page again; --repairs asks more often, --fresh asks anew.", "dim"))


def _finding(finding: Finding) -> Text:
    return styled(f"{finding.severity.value}: ", _style(finding)) + styled(f"{finding.path}: {finding.message}")


def _style(finding: Finding) -> str:
    """The colour of a finding: of one that is only noticed, and of one that stands against the record."""
    return "yellow" if finding.severity is Severity.NOTICE else "red"


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
            console.print(
                styled(f"{name}: "),
                styled(finding.severity.value, _style(finding)),
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


_LIMIT = 200  # records; nobody reads more in a terminal, and rich takes its time
_STYLES = {"high": "red", "middle": "yellow", "low": "cyan"}


@click.command()
@click.argument("words", nargs=-1, metavar="[A] [B] [PATHS]...")
@click.option("--markdown", is_flag=True, help="Print Markdown for a pull-request comment.")
@click.option("--link-base", default="", help="With --markdown: address in front of links, as in .../blob/main/.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--all", "show_all", is_flag=True, help=f"Show all records, not only the worst {_LIMIT}.")
def diff(words: Sequence[str], *, markdown: bool, link_base: str, as_json: bool, show_all: bool) -> int:
    """Compare records by meaning: numbers, evidence, codes, words; worst first.

    \b
    summariser diff                     the working tree against HEAD, in summaries/ or `out`
    summariser diff main...HEAD         what this branch changed
    summariser diff v1 v2 summaries/p1  two revisions, one page
    summariser diff old/ new/           two folders, or two record files; no git needed

    Exit code 0: nothing changed; 1: changes worth a look; 2: could not compare.
    """  # noqa: D301 - \b is what click takes for "leave this paragraph as it is"
    if markdown and as_json:
        raise click.UsageError("--markdown and --json contradict each other; give one of them.")
    sides = read_sides(words, folder=Path.cwd(), records=where_records_are(())[0])
    found = compare_sides(sides)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
    elif markdown:
        texts = {item.path: item.text for item in sides.new}
        click.echo(render_markdown(found, texts=texts, link_base=link_base), nl=False)
    else:
        show_diff(found, make_console(), limit=None if show_all else _LIMIT)
    return found.exit_code


def show_diff(found: Diff, console: Console, *, limit: int | None) -> None:
    """Print a comparison: head line, then article by article, worst first."""
    console.print(styled(found.head, "bold"), soft_wrap=True)
    console.print(styled(f"{found.old} → {found.new}; {counted(found.compared, 'record')} on both sides", "dim"))
    for article in found.articles[:limit]:
        console.print(_article_text(article), soft_wrap=True)
    if limit is not None and len(found.articles) > limit:
        console.print(
            styled(f"\n{counted(len(found.articles) - limit, 'more record')} changed; --all shows all.", "bold")
        )
    for row in found.provenance:
        console.print(
            styled(f"provenance: {row.field} {row.old} → {row.new} in {counted(row.records, 'record')}", "dim")
        )


def _article_text(article: ArticleDiff) -> Text:
    """One article: where it is, and a paragraph for each change."""
    headline = styled(f"  {article.headline}" if article.headline else "")
    lines = [Text("\n").append_text(styled(article.path, "bold")).append_text(headline)]
    if article.added:
        lines += _new_lines(article.added)
    for change in article.changes:
        lines += _change_lines(change)
    return Text("\n").join(lines)


def _new_lines(added: NewRecord) -> list[Text]:
    """What a new record says: theme, lead, first figures, flags."""
    told = [f"theme {added.theme}, lead {'、'.join(added.leads) or 'not named'}"]
    told += [f"figure {each.words}, line {format_lines(each.lines)}" for each in added.figures]
    told += [counted(added.further, "more figure")] if added.further else []
    told += [f"flags: {', '.join(added.flags)}"] if added.flags else []
    return [styled(f"  {each}") for each in told]


def _change_lines(change: Difference) -> list[Text]:
    first = Text("  ").append_text(styled(change.kind.label, _STYLES[change.severity]))
    by_how_much = f"  ({change.difference:+,f} {change.unit or ''}".rstrip() + ")" if change.difference else ""
    person = f"  by {change.by}" if change.by else ""
    lines = [first.append_text(styled(f"  {change.path}", "dim")).append_text(styled(by_how_much + person))]
    for sign, style, said in zip("-+", ("red", "green"), change.shown, strict=True):
        if said is not None:
            lines.append(styled(f"    {sign} {said}", style))
    if change.printed is not None:
        lines.append(styled(f"      printed: “{change.printed}”", "dim"))
    if change.quote is not None or change.lines:
        said = f"“{change.quote}”" if change.quote else "the page"
        lines.append(styled(f"      {said}, line {format_lines(change.lines)}", "dim"))
    return lines


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


# ---- records for others


_ENDINGS = {  # by which other programs know a file, the usual one first
    "xlsx": (".xlsx",),
    "jsonl": (".jsonl", ".ndjson"),
    "jsonld": (".jsonld", ".json"),
    SKOS: (".jsonld", ".json"),
    "sqlite": (".sqlite", ".sqlite3", ".db"),
    "duckdb": (".duckdb", ".db"),
}


def _tell_of_ending(out: Path, to: str) -> None:
    """Say so, if a file is called like one of another format: it is written as `--to` says."""
    if to in _ENDINGS and out.suffix and out.suffix.lower() not in _ENDINGS[to]:
        form = "JSON-LD" if to == SKOS else to
        advise(f"{out} holds {form}, which other programs know by the ending {_ENDINGS[to][0]}.")


@click.command()
@places_argument
@click.option("--to", type=click.Choice((*FORMATS, SKOS)), required=True, help="Format; csv and parquet make a folder.")
@click.option("-o", "--out", type=WrittenPath(path_type=Path), required=True, help="File or folder to write.")
@click.option("--partition", type=click.Choice(["month"]), help="parquet: a folder for each month of issue.")
@click.option("--force", is_flag=True, help="Write even where something stands that is no export.")
@click.option("--skip-bad", is_flag=True, help="Leave out what is no record, instead of exporting nothing.")
@click.option("--bom/--no-bom", default=True, help="csv: begin with a byte order mark, as Excel needs; default: yes.")
@click.option("--labels", type=click.Choice(("en", "zh")), default="en", help="xlsx: language of headers; default: en.")
@click.option("--json", "as_json", is_flag=True, help="Print what was exported as JSON.")
def export(
    places: Sequence[Path | str], *, to: str, out: Path, partition: str | None, as_json: bool, **choices: Any
) -> int:
    """Export records (files or folders; default: `out`) as tables: pages, articles, actors, people, actions ...

    Every column is explained in the table `codebook`. xlsx with --labels zh has its sheets, headers and codes in
    Chinese. jsonl holds the records themselves, one a line;
    jsonld links every fact to its words and, where the page has a picture, to their place on it.
    skos holds no records but the code lists: labels, what is in and out, links to other vocabularies.

    Exit code 0: all exported; 1: some were left out, as --skip-bad says; 2: nothing was written.
    """
    _tell_of_ending(out, to)
    if to == SKOS:
        if places:
            raise click.UsageError("--to skos exports the code lists, which are no records; name no paths with it")
        export_codebook(out, force=choices["force"])
        make_console().print(styled(f"The code lists in {out}."), soft_wrap=True)
        return 0
    places = places or where_records_are(())
    if partition:
        if to != FORMAT:
            raise click.UsageError("--partition is for --to parquet")
        exported = export_by_month(places, out, force=choices["force"], skip_bad=choices["skip_bad"])
    else:
        local = local_only(places, "Export them with --to parquet --partition month, or copy them here first")
        exported = export_files(local, out, to=to, **choices)
    _show_export(exported, as_json=as_json)
    return 1 if exported.left_out else 0


def _show_export(exported: ExportReport, *, as_json: bool) -> None:
    """Say what was exported, and what was not."""
    for bad in exported.left_out:
        click.secho(f"Left out: {plain(f'{bad.path}: {bad.reason}')}", fg="yellow", err=True)
    if exported.missing:
        advise(f"{counted(exported.missing, 'article failed and is', 'articles failed and are')} in no table.")
    if as_json:
        left_out = [{"path": bad.path.as_posix(), "reason": bad.reason} for bad in exported.left_out]
        print_json(exported._asdict() | {"out": exported.out.as_posix(), "left_out": left_out})
    else:
        tables = ", ".join(f"{count:,} in {name}" for name, count in exported.rows.items())
        told = f"{counted(exported.records, 'record')} in {exported.out}{f': {tables}' if tables else ''}."
        make_console().print(styled(told), soft_wrap=True)


@click.command()
@click.argument("out", type=WrittenPath(path_type=Path))
@records_argument
@click.option("--title", required=True, help="Title of the case base.")
@click.option("--author", "authors", multiple=True, required=True, help="Family, Given <ORCID>; repeatable.")
@click.option("--license", required=True, help="SPDX name of its licence: CC-BY-4.0.")
@click.option("--version", required=True, help="Version of the case base: 2026.1.")
@click.option("--date", "released", type=Day(), default=None, help="Default: today.")
@click.option("--text/--no-text", "with_words", default=True, help="Whether the sentences of the pages go along.")
@click.option("--force", is_flag=True, help="Write into a folder that holds other things.")
def publish(
    out: Path, paths: Sequence[Path], *, released: date | None, with_words: bool, force: bool, **said: Any
) -> int:
    """Write records (files or folders; default: `out`) as a data package to the folder OUT.

    It holds the tables as CSV, the records as JSON Lines, the code lists as SKOS, `datapackage.json`, which describes
    every column, and `CITATION.cff`. Look at the rights in the pages before you give their sentences away (--no-text).
    """
    base = CaseBase(**said, released=(released or datetime.now().astimezone().date()).isoformat())
    done = publish_records(where_records_are(paths), out, base, with_words=with_words, force=force)
    missing = (
        f"; {counted(done.missing, 'article failed and is', 'articles failed and are')} not in it"
        if done.missing
        else ""
    )
    make_console().print(styled(f"{counted(done.records, 'record')} in {out}{missing}."), soft_wrap=True)
    return 0


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
        click.echo(f"Changed {counted(apply_changes(_read_text(log), out), 'record')} in {out}.")
        return 0
    found = list_changes(since or "", paths, folder=Path.cwd(), records=where_records_are(())[0])
    if as_json:
        click.echo(dump_log(found), nl=False)
    else:
        _show_changes(found)
    return 0


def _read_text(log: Path) -> str:
    """The text of a log. Errors: InputError if it is no UTF-8; StoreError if it cannot be read."""
    try:
        with disk_refusals(log):
            return log.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8, as a log is", path=log) from error


def _show_changes(found: Sequence[LoggedChange]) -> None:
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
    changes, records = counted(len(found), "change"), counted(len({each.record for each in found}), "record")
    console.print(styled(f"{changes} in {records}.", "bold"))
