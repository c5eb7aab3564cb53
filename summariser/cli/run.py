"""`summariser run PATH...`: pages in, records out; what would be sent and may cost, and what a run came to.

`doctor` says before that whether the endpoint answers, `runs` afterwards what was asked, what it cost and what failed,
and `batches` what is under way in batches.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from summariser.api import PlannedRequest, RunReport, examine, plan_requests, summarise
from summariser.cli import (
    NamedPath,
    WholeNumber,
    complain,
    make_console,
    plain,
    print_json,
    print_table,
    styled,
    tell_of_link,
)
from summariser.cli.options import Place, endpoint_options, reading_options, run_options, settings_from, settings_here
from summariser.cli.split import watch
from summariser.disk.batches import BatchSummary, LedgerBatches
from summariser.disk.files import is_address
from summariser.disk.ledger import Ledger, RequestSummary, RunSummary, SumBy, UsageSum, open_ledger, read_ledger
from summariser.disk.store import Put
from summariser.disk.stored import reads_as
from summariser.endpoints.config import Settings
from summariser.endpoints.limits import Price, add_costs, spell_money
from summariser.errors import InputError
from summariser.parts import PAGES_AT_ONCE, Job, PartReport, find_parts, run_parts
from summariser.pipeline import ArticleOutcome, PageOutcome
from summariser.readers.dispatch import PageBatch
from summariser.reviewing.corrections import list_edits
from summariser.schema.case import Severity
from summariser.schema.codes import Decision
from summariser.schema.exchange import Usage
from summariser.schema.page import SplitMethod
from summariser.schema.record import FailureReason, Record
from summariser.text import counted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option(
    "--out",
    type=Place(file_okay=False, path_type=Path),
    help="Where records go, a folder or an address; default: summaries.",
)
@endpoint_options
@click.option(
    "--prompt",
    "case_prompt",
    help="Prompt of the case study: case_study@VERSION; default: the newest, or the recorded.",
)
@click.option("--verify/--no-verify", default=None, help="Ask a second reader for verdicts on the facts of records.")
@click.option("--verify-model", metavar="NAME", help="Model of the second reader; default: the one that is asked.")
@click.option("--text/--no-text", "keep_text", default=None, help="Keep the sentences of the article in its record.")
@click.option("--replay", is_flag=True, help="Answer every request from the cassettes; no network.")
@click.option("--record", is_flag=True, help="Record every exchange into the cassettes.")
@click.option(
    "--cassettes", default="cassettes", show_default=True, type=NamedPath(path_type=Path), help="Folder of recordings."
)
@click.option("--rules", is_flag=True, help="Cut pages into articles by rules instead of the model.")
@click.option("--fresh", is_flag=True, help="Ask again, even where the ledger has a reply; after a stop, go on.")
@click.option(
    "--overwrite",
    is_flag=True,
    help="Replace records that a person edited (of a page that changed, where the article reads otherwise); a copy is "
    "kept as .bak.",
)
@click.option("--batch", is_flag=True, help="Send the requests of all pages in files, at the provider's batch price.")
@click.option(
    "--batch-again",
    default="batch",
    show_default=True,
    type=click.Choice(["batch", "singly"]),
    help="How to ask again what a batch left without an answer.",
)
@click.option("--batch-size", type=WholeNumber(1), help="Requests in a file; default: what the provider allows.")
@click.option("--dask", default="", metavar="ADDRESS", help="Run on a Dask cluster: its scheduler, or `local`.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and what it may cost; send nothing.")
@click.option("--all", "show_all", is_flag=True, help="With --dry-run: list every request, not the sums of pages.")
@reading_options
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def run(paths: Sequence[str], *, dry_run: bool, show_all: bool, as_json: bool, quiet: bool, **flags: Any) -> int:
    """Turn pages (files, folders, globs, addresses such as s3://...) into one JSON record per article.

    Replies are kept in .summariser/ledger.db: a run that was stopped goes on where it stood, and nothing is paid twice.
    Exit code 1 says that a person should look: a fact the page does not bear out, an article without a record; 3 that
    the budget was used up or the endpoint stayed away, so that the same command goes on later.
    """
    dask, address = flags.pop("dask"), flags.pop("out") if is_address(flags["out"] or "") else ""
    is_elsewhere = bool(dask or address or any(map(is_address, paths)))
    if is_elsewhere and dry_run:
        raise click.UsageError("--dry-run is for files and folders of this machine, without --dask")
    options = run_options(flags)
    settings = settings_from(flags)
    if options.record:
        tell_of_link(options.cassettes)
    if is_elsewhere:
        job = Job(address or str(settings.out.absolute()), settings, options)
        return _run_in_parts(paths, job, dask, as_json=as_json, quiet=quiet)
    if dry_run:
        planned, found = plan_requests(paths, settings=settings, options=options)
        models = dict.fromkeys([settings.model or "", *(item.request.model for item in planned)])
        prices = {model: settings.price_of(settings.base_url, model) for model in models}
        if as_json:
            print_json([_as_json(item, prices[item.request.model]) for item in planned])
        else:
            _show_plan(planned, found, prices, show_all=show_all)
        return 1 if found.faults else 0
    with watch(quiet=quiet or as_json) as progress, telling_of_batches(settings.ledger):
        report = summarise(paths, options=options, settings=settings, progress=progress)
    if as_json:
        print_json(_report_as_json(report))
    elif quiet:
        for line in _failures(report):
            complain(line)
    else:
        show_report(report, make_console())
    return report.exit_code


_PAGES_SHOWN = 20  # nobody reads a row for each of hundreds
_COLUMNS = ["requests", "to send", "in", "out"]
_RECKONED = (
    "Articles are those of an earlier run, of a person or of the rules; the model may cut a page otherwise. Tokens are"
    " reckoned by kinds of characters, fitted to the tokenizers of DeepSeek and Qwen; repairs, thinking and cached"
    " prefixes are not reckoned with."
)


_Prices = Mapping[str, Price | None]  # by model


def _show_plan(planned: Sequence[PlannedRequest], found: PageBatch, prices: _Prices, *, show_all: bool) -> None:
    """Print what would be sent and may be spent: the sums of the largest pages, or each request."""
    console = make_console()
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for item in planned:
        sizes = {"to send": 1, "in": item.usage.prompt_tokens or 0, "out": item.usage.completion_tokens or 0}
        sums[item.request.page_id].update({"requests": 1} | ({} if item.is_known else sizes))
    if show_all:
        header = ["page", "article", "prompt", "in", "out", "known"]
        print_table(
            header, [_row(item) for item in planned], console, right={"in", "out"}, folded={"article", "prompt"}
        )
    else:
        largest = sorted(sums.items(), key=lambda pair: -pair[1]["in"])[:_PAGES_SHOWN]
        lines = [(page, *(f"{of[column]:,}" for column in _COLUMNS)) for page, of in largest]
        print_table(["page", *_COLUMNS], lines, console, right=set(_COLUMNS))
        if len(sums) > len(largest):
            console.print(
                styled(f"{counted(len(sums) - len(largest), 'smaller page')} more; --all lists every request.", "dim")
            )
    for told in (*found.notes, *found.faults):
        console.print(styled(f"{told}", "yellow"))
    all_sums = sum(sums.values(), Counter[str]())
    total = f"{counted(len(found.pages), 'page')}, {counted(all_sums['to send'], 'request')} to send"
    size = f"about {all_sums['in']:,} tokens in and {all_sums['out']:,} out"
    console.print(styled(f"{total}, {size}; nothing was sent.", "bold"))
    console.print(styled(_say_cost(planned, prices), "bold"))
    console.print(styled(_RECKONED, "dim"))


def _say_cost(planned: Sequence[PlannedRequest], prices: _Prices) -> str:
    """What it may cost, by which prices."""
    known = [price for price in prices.values() if price]
    if len(known) < len(prices):
        unknown = ", ".join(model for model, price in prices.items() if price is None)
        return f"The price of {unknown} is not known; give it with --price or [prices] in summariser.toml."
    sums = add_costs((prices[item.request.model], item.usage, False) for item in planned if not item.is_known)
    since = {f"the price of {each.date} ({each.source})" if each.date else "your own price": None for each in known}
    return f"About {spell_money(sums) or f'0 {known[0].currency}'} by {' and '.join(since)}."


def _row(item: PlannedRequest) -> list[str]:
    sizes = f"{item.usage.prompt_tokens:,}", f"{item.usage.completion_tokens:,}"
    return [item.request.page_id, item.request.article_id, item.request.prompt, *sizes, "yes" if item.is_known else ""]


def _as_json(item: PlannedRequest, price: Price | None) -> dict[str, object]:
    return {
        "page_id": item.request.page_id,
        "article_id": item.request.article_id,
        "prompt": item.request.prompt,
        "prompt_tokens_estimated": item.usage.prompt_tokens,
        "completion_tokens_estimated": item.usage.completion_tokens,
        "cost_estimated": str(price.cost(item.usage)) if price else None,
        "currency": price.currency if price else None,
        "known": item.is_known,
    }


def _run_in_parts(paths: Sequence[str], job: Job, dask: str, *, as_json: bool, quiet: bool) -> int:
    """Run pages in parts and show what they came to; the exit code, as of `summariser run`.

    Errors: as `find_parts` and `run_parts`.
    """
    parts, faults = find_parts(paths, pages=1 if dask else PAGES_AT_ONCE)
    total, messages = PartReport(exit_code=1 if faults else 0), [f"Not read: {fault}" for fault in faults]
    said = click.progressbar(length=sum(map(len, parts)), label="pages", file=sys.stderr, hidden=quiet or as_json)
    with said as bar:
        for report in run_parts(parts, job, dask=dask):
            messages += report.messages
            total += report
            bar.update(report.pages)
    if as_json:
        print_json({"out": job.out, **total._asdict(), "messages": messages})
        return total.exit_code
    for message in messages:
        click.secho(plain(message), fg="yellow", err=True)
    if not quiet:
        told = (
            f"{counted(total.pages, 'page')}, {counted(total.records, 'record')} ({total.to_review} to review),"
            f" {total.failures} failed; {counted(total.paid, 'reply', 'replies')} paid,"
            f" {counted(total.tokens_in + total.tokens_out, 'token')}. Records in {job.out}/"
        )
        make_console().print(styled(told, "bold"), soft_wrap=True)
    return total.exit_code


def show_report(report: RunReport, console: Console) -> None:
    """Print a table of all articles, what a person should look at, where the records are, and what to do next."""
    header = ["page", "lines", "headline", "theme", "facts", "repairs", ""]
    rows = [_article_row(article) for page in report.pages for article in page.articles]
    print_table(header, rows, console, right={"facts", "repairs"}, folded={"headline", "theme", ""})
    for line in _failures(report):
        console.print(styled(line, "red"))
    for line in _attention(report):
        console.print(styled(line, "yellow"))
    console.print(styled(_total(report), "bold"))
    for step in _next_steps(report, console.width):
        console.print(styled(step), soft_wrap=True)


def _next_steps(report: RunReport, width: int) -> list[str]:
    """The commands that go on from here, with the folder of the records, and what each is for."""
    if not report.records and not report.failures:
        return []
    out = shlex.quote(report.out.as_posix())
    to_review = sum(record.awaits_review for record in report.records)
    steps = {"show": "each fact with the words of the page"}
    if to_review:
        steps["review"] = f"decide on {counted(to_review, 'record')}, one by one"
    steps["report"] = "a site, records beside their pages"
    longest = len(f"summariser review {out}")
    lines = ["Next:"]
    for verb, what in steps.items():
        command = f"summariser {verb} {out}"
        fits = longest + len(what) + 4 <= width
        lines += [f"  {command:<{longest}}  {what}"] if fits else [f"  {command}", f"      {what}"]
    return lines


def _report_as_json(report: RunReport) -> dict[str, object]:
    """The outcome of a run for a machine."""
    return {
        "out": report.out.as_posix(),
        "pages": [_page_as_json(page) for page in report.pages],
        "unplayed": {page: list(exchanges) for page, exchanges in report.unplayed.items()},
        "unread": [{"path": fault.where, "message": fault.advice} for fault in report.unread],
        "notes": list(report.notes),
        "ties": list(report.ties),
        "stopped": report.stopped,
        "missing": dict(report.missing),
        "not_begun": list(report.not_begun),
        "exit_code": report.exit_code,
    }


def _article_row(outcome: ArticleOutcome) -> list[Text]:
    article = outcome.article
    ranges = (outcome.record or article).lines
    lines = f"{min(first for first, _ in ranges)}-{max(last for _, last in ranges)}"
    head = [styled(article.page_id), styled(lines, "dim"), styled(article.headline or "(no headline)")]
    if outcome.record is None:
        failed = styled(f"FAILED: {outcome.failure_reason}", "red")
        return [*head, styled("-"), styled(""), styled(str(outcome.repairs)), failed]
    record = outcome.record
    facts = len(record.case.facts())
    theme = record.case.primary_theme.zh if record.case.decision is Decision.UNION_CASE else record.case.decision.zh
    state = styled("needs review", "yellow") if record.awaits_review else styled("ok", "green")
    if outcome.unkept:
        state = styled("kept: a person edited it", "cyan")
    return [
        *head,
        styled(theme),
        styled(f"{facts - record.case.unsupported}/{facts}"),
        styled(str(outcome.repairs)),
        state,
    ]


def _failures(report: RunReport) -> list[str]:
    """What the run did not do, one line each: why it stopped, files that were not read."""
    stopped = [f"{report.stopped} {report.left}"] if report.stopped else []
    return stopped + [f"Not read: {fault}" for fault in report.unread]


def _attention(report: RunReport) -> list[str]:
    """What a person should look at, one line each."""
    lines: list[str] = []
    for page in report.pages:
        if page.findings:
            how = "the rules cut" if page.split.method is SplitMethod.RULES_AFTER_MODEL else "an earlier run had cut"
            lines.append(f"{page.page.page_id}: the model's split could not be used; the articles are as {how} them.")
        gone = (
            "no article of the page is this one any more; delete the file, with what people changed in it, or keep it."
        )
        lines += [f"{path}: {gone}" for path in page.stale]
        for article in page.articles:
            name = f"{page.page.page_id}/{article.article.article_id}"
            if article.record is None:
                lines.append(f"{name}: {article.message}")
            elif article.unkept:
                lines.append(f"{name}: {_what_stands(article, article.record, article.unkept)}")
    if any(each.failure_reason is FailureReason.INVALID_REPLY for page in report.pages for each in page.articles):
        lines.append("Of articles without a usable reply: --repairs asks more often, --fresh asks anew.")
    lines += [*report.warnings, *report.ties]
    one, many = "recorded exchange was", "recorded exchanges were"
    unasked = "not asked for; to drop what is not, record again."
    return lines + [f"{page}: {counted(len(left), one, many)} {unasked}" for page, left in report.unplayed.items()]


def _what_stands(outcome: ArticleOutcome, kept: Record, fresh: Record) -> str:
    """What became of a record that a person's work protected, and where this run says something else."""
    told = "kept as a person left it"
    if outcome.put is Put.CARRIED:
        told += ", and carried over to the page as it is now"
    elif kept.text.sha256 and not reads_as(outcome.article, kept.text):
        return f"{told}; its article reads otherwise now. --overwrite makes it anew, and keeps a copy as .bak."
    paths = [change.path for change in list_edits(kept, fresh)]
    if paths:
        return f"{told}; this run says otherwise at {', '.join(paths[:5])}{' and more' if len(paths) > 5 else ''}."
    if outcome.put is Put.CARRIED:
        return f"{told}."
    return f"{told}; this run differs only in what code fills in, or in who answers for it."


def _total(report: RunReport) -> str:
    records = report.records
    cases = sum(record.case.decision is Decision.UNION_CASE for record in records)
    review = sum(record.awaits_review for record in records)
    written = sum(a.put in (Put.WRITTEN, Put.OVERWRITTEN, Put.CARRIED) for page in report.pages for a in page.articles)
    facts = sum(len(record.case.facts()) for record in records)
    unsupported = sum(record.case.unsupported for record in records)
    return (
        f"{counted(len(report.pages), 'page')}, {counted(len(records), 'record')} ({counted(cases, 'union case')}, "
        f"{review} to review), {report.failures} failed; {facts - unsupported} of {counted(facts, 'fact')} borne out "
        f"by the page. {written} written, the rest as they were, in {report.out}/"
    )


def _page_as_json(outcome: PageOutcome) -> dict[str, object]:
    return {
        "page_id": outcome.page.page_id,
        "source": outcome.page.path,
        "split_method": outcome.split.method,
        "noise": outcome.split.noise,
        "stale": list(outcome.stale),
        "articles": [_article_as_json(article) for article in outcome.articles],
    }


def _article_as_json(outcome: ArticleOutcome) -> dict[str, object]:
    record = outcome.record
    unsupported = [f for f in record.findings if f.severity is Severity.UNSUPPORTED] if record else []
    return {
        "article_id": outcome.article.article_id,
        "headline": outcome.article.headline,
        "lines": outcome.article.lines,
        "put": outcome.put.value if outcome.put else None,
        "failure_reason": outcome.failure_reason,
        "message": outcome.message,
        "repairs": outcome.repairs,
        "needs_review": record.awaits_review if record else None,
        "unsupported": [finding.model_dump(mode="json") for finding in unsupported],
    }


@click.command()
@endpoint_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(*, as_json: bool, **flags: object) -> int:
    """Say what is configured, whether the endpoint answers and what it can do.

    Exit code 0: ready; 3: the endpoint does not answer, or not to this key or model.
    """
    settings = settings_from(flags)
    key = f"from {settings.key_source}" if settings.key_source else "none"
    report = examine(settings)
    if as_json:
        print_json({**report.model_dump(mode="json"), "key": key})
    else:
        lines = [f"Provider: {settings.provider}, at {report.base_url}", f"Model: {report.model}", f"Key: {key}"]
        lines += [f"Records go to {settings.out}, exchanges to {settings.ledger}", *report.findings]
        lines.append("Ready." if report.is_usable else "Not ready.")
        click.echo("\n".join(map(plain, lines)))
    return 0 if report.is_usable else 3


# ---- what earlier runs came to


_WHOLE = {  # columns whose cells stay in one piece
    *("run", "pages", "state", "seconds", "article"),
    *("batch", "age", "until", "money"),
}
_COUNTS = ("replies", "repairs", "uncounted", *Usage.model_fields)  # that are added up
_Row = tuple[dict[str, object], dict[str, str]]  # what is told of one thing: to a machine, and to a person by column
_BY = [each.value for each in SumBy if each is not SumBy.RUN]


@click.command()
@click.argument("run_id", required=False, type=int)
@click.option("--by", type=click.Choice(_BY), help="Add up tokens and money by this instead.")
@click.option("--limit", default=20, show_default=True, type=WholeNumber(1, 10_000), help="How many runs to list.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def runs(run_id: int | None, *, by: str | None, limit: int, as_json: bool) -> None:
    """List the latest runs with their tokens and cost, or the requests of run RUN_ID.

    The cost is reckoned with the prices known today: those of summariser.toml, else the table's. Replies of a model
    whose price is not known are said to have none.
    """
    settings = settings_here({})
    with _open_here(settings) as ledger:
        listed = ledger.runs(1 if run_id else limit)
        newest = max((run.run_id for run in listed), default=0)
        if run_id is not None and not 1 <= run_id <= newest:
            said = f"there is no run {run_id}; {f'the newest is {newest}' if newest else 'there is none yet'}"
            raise InputError(said, path=settings.ledger, next_step="summariser runs lists them")
        if run_id is not None and not by:
            told = [(request.model_dump(mode="json"), _request_row(request)) for request in ledger.requests_of(run_id)]
        else:
            numbers = [run_id] if run_id else [run.run_id for run in listed]
            costs = _costs(ledger.usage_by(SumBy(by) if by else SumBy.RUN, numbers), settings)
            told = _tell_sums(costs, str(by)) if by else _tell_runs(listed, costs)
    _show(told, as_json=as_json, nothing="nothing was asked")


def _open_here(settings: Settings, opener: Callable[[Path], Ledger] = read_ledger) -> Ledger:
    """The ledger of the place where we stand. Errors: InputError if there is none yet."""
    if not os.path.lexists(settings.ledger):
        raise InputError("no ledger yet", path=settings.ledger, next_step="It is made by the first `summariser run`")
    return opener(settings.ledger)


def _show(told: Sequence[_Row], *, as_json: bool, nothing: str) -> None:
    """Print what is told, to a machine or to a person; `nothing` is what a person is told of nothing."""
    if as_json:
        print_json([fields for fields, _ in told])
    elif not told:
        click.echo(nothing)
    else:
        header, cells = list(told[0][1]), [list(row.values()) for _, row in told]
        print_table(header, cells, make_console(), folded=set(header) - _WHOLE)


class _Cost(NamedTuple):
    """What was used under one name, and what it costs by currency; `unpriced` replies have no known price."""

    sums: tuple[UsageSum, ...]
    money: dict[str, Decimal]
    unpriced: int

    def add(self, field: str) -> int:
        """The sum of one count."""
        return sum(getattr(each, field) for each in self.sums)

    @property
    def tokens(self) -> str:
        """The tokens in words; what is nought is left out."""
        cached = _of(self.add("cached_tokens"), "cached")
        uncounted = _told(self.add("uncounted"), "reply not counted", "replies not counted")
        return _joined(f"{self.add('prompt_tokens'):,} in", cached, f"{self.add('completion_tokens'):,} out", uncounted)

    @property
    def cost(self) -> str:
        """The money in words."""
        return _joined(spell_money(self.money), _of(self.unpriced, "without a price"))

    @property
    def as_json(self) -> dict[str, object]:
        """The money for a machine."""
        return {"cost": {name: str(each) for name, each in self.money.items()}, "unpriced": self.unpriced}


def _costs(sums: Sequence[UsageSum], settings: Settings) -> dict[str, _Cost]:
    """What was used and what it costs, by name."""
    costs = {}
    for name, group in groupby(sums, key=attrgetter("name")):
        used = tuple(group)
        priced = [(settings.price_of(each.base_url, each.model), each) for each in used]
        money = add_costs((price, each, each.by_batch) for price, each in priced)
        costs[name] = _Cost(used, money, sum(each.replies for price, each in priced if price is None))
    return costs


def _tell_sums(costs: Mapping[str, _Cost], by: str) -> list[_Row]:
    """A row for each name."""
    return [
        (
            {by: name, **{each: cost.add(each) for each in _COUNTS}, **cost.as_json},
            {
                by: name,
                "replies": _joined(f"{cost.add('replies'):,}", _told(cost.add("repairs"), "repair")),
                "tokens": cost.tokens,
                "cost": cost.cost,
            },
        )
        for name, cost in costs.items()
    ]


def _tell_runs(listed: Sequence[RunSummary], costs: Mapping[str, _Cost]) -> list[_Row]:
    """A row for each run, in few columns, so that they fit a narrow terminal; what is nought is left out."""
    told = []
    for run in listed:
        cost = costs.get(str(run.run_id), _Cost((), {}, 0))
        row = {
            "run": str(run.run_id),
            "started (UTC)": run.started_at[:16].replace("T", " "),
            "model": run.model,
            "state": run.state.value,
            "requests": _joined(f"{run.requests}", _told(run.repairs, "repair"), _told(run.errors, "error")),
            "pages": f"{run.pages}",
            "records": _joined(f"{run.records}", _of(run.failures, "failed")),
            "tokens": cost.tokens,
            "cost": cost.cost,
            "seconds": f"{run.seconds:,.0f}",
        }
        told.append((run.model_dump(mode="json") | cost.as_json, row))
    return told


def _told(number: int, one: str, many: str = "") -> str:
    return counted(number, one, many) if number else ""


def _of(number: int, which: str) -> str:
    return counted(number, which, which) if number else ""


def _joined(*parts: str) -> str:
    """What there is of the parts; what is nought is left out."""
    return ", ".join(filter(None, parts))


def _request_row(request: RequestSummary) -> dict[str, str]:
    finish = request.finish_reason or "stop"
    tokens = ((request.prompt_tokens, "in"), (request.completion_tokens, "out"))
    return {
        "page": request.page_id,
        "article": request.article_id if request.article_id != request.page_id else "",
        "prompt": request.prompt + (f", repair {request.attempt}" if request.attempt else ""),
        "state": _joined(request.state, "" if finish == "stop" else finish),
        "tokens": _joined(*(f"{number:,} {way}" for number, way in tokens if number is not None)),
        "error": request.error or "",
    }


@click.command()
@click.option(
    "--forget", type=int, metavar="BATCH", help="Wait no longer for this batch; its requests are asked again."
)
@click.option("--limit", default=20, show_default=True, type=WholeNumber(1, 10_000), help="How many to list.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def batches(*, forget: int | None, limit: int, as_json: bool) -> None:
    """List batches, those under way first; the endpoint is not asked.

    `summariser run ... --batch` goes on with what is under way, on this machine or wherever the ledger is copied to.
    """
    settings = settings_here({})
    with _open_here(settings, read_ledger if forget is None else open_ledger) as ledger:
        book = LedgerBatches(ledger)
        if forget is not None and not book.forget(forget, datetime.now(UTC)):
            raise InputError(
                f"no batch {forget} is under way", path=settings.ledger, next_step="summariser batches lists them"
            )
        told = [(row.model_dump(mode="json"), _batch_row(row, settings, datetime.now(UTC))) for row in book.sums(limit)]
    _show(told, as_json=as_json, nothing="no batch was sent")


@contextmanager
def telling_of_batches(path: Path) -> Iterator[None]:
    """Say on stderr, if the block is interrupted, which batches of the ledger go on without us."""
    try:
        yield
    except KeyboardInterrupt:
        with open_ledger(path) as ledger:
            under_way = [row for row in LedgerBatches(ledger).sums() if not row.ended_at]
        for row in under_way:
            sent = row.remote_id or "about to be sent"
            complain(f"Batch {row.batch_id} ({sent}) with {counted(row.requests, 'request')} goes on.")
        if under_way:
            complain("The same command takes up what it brings; `summariser batches` lists it.")
        raise


def _batch_row(batch: BatchSummary, settings: Settings, now: datetime) -> dict[str, str]:
    """A batch in few columns."""
    age = (datetime.fromisoformat(batch.ended_at) if batch.ended_at else now) - datetime.fromisoformat(batch.made_at)
    until = datetime.fromisoformat(batch.expires_at).astimezone() if batch.expires_at and not batch.ended_at else None
    state = batch.state if batch.ended_at or batch.state in {"intended", "completed"} else f"{batch.state}, under way"
    tokens = f"{batch.prompt_tokens:,} in, {batch.completion_tokens:,} out" if batch.answered else ""
    price = settings.price_of(batch.base_url, batch.model)
    usage = Usage(prompt_tokens=batch.prompt_tokens, completion_tokens=batch.completion_tokens)
    return {
        "batch": str(batch.batch_id),
        "at": f"{batch.base_url}, {batch.model}",
        "id": batch.remote_id or "",
        "state": state,
        "requests": _joined(f"{batch.answered:,} of {batch.requests:,} answered", _of(batch.unanswered, "not")),
        "age": str(timedelta(seconds=round(age.total_seconds()))),
        "until": f"{until:%d %b %H:%M}" if until else "",
        "tokens": tokens,
        "money": spell_money({price.currency: price.cost(usage, batch=True)}) if price and batch.answered else "",
        "says": batch.message,
    }
