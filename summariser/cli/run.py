"""`summariser run PATH...`: pages in, records out; what would be sent and may cost, and what a run came to.

`doctor` says before that whether the endpoint answers.
"""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from summariser.api import PlannedRequest, RunOptions, RunReport, examine, plan_requests, summarise
from summariser.cli import WholeNumber, make_console, plain, print_json, print_table, styled, tell_of_link
from summariser.cli.options import Place, endpoint_options, reading_options, settings_from, source_from
from summariser.cli.runs import telling_of_batches
from summariser.cli.split import watch
from summariser.disk.files import is_address
from summariser.disk.store import Put
from summariser.disk.stored import load_record
from summariser.endpoints.budget import Price, add_costs, spell_money
from summariser.endpoints.config import Settings
from summariser.parts import PAGES_AT_ONCE, Job, PartReport, find_parts, run_parts
from summariser.pipeline import ArticleOutcome, PageOutcome
from summariser.readers.door import Batch
from summariser.reviewing.corrections import list_edits
from summariser.schema.case import Severity
from summariser.schema.codes import Decision
from summariser.schema.page import SplitMethod
from summariser.schema.record import FailureReason, Record

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
@click.option("--prompt", help="Prompt of the case study: case_study@VERSION; default: the newest, or the recorded.")
@click.option("--verify/--no-verify", default=None, help="Ask a second reader for verdicts on the facts of records.")
@click.option("--verify-model", metavar="NAME", help="Model of the second reader; default: the one that is asked.")
@click.option("--text/--no-text", "keep_text", default=None, help="Keep the sentences of the article in its record.")
@click.option("--replay", is_flag=True, help="Answer every request from the cassettes; no network.")
@click.option("--record", is_flag=True, help="Record every exchange into the cassettes.")
@click.option(
    "--cassettes", default="cassettes", show_default=True, type=click.Path(path_type=Path), help="Folder of recordings."
)
@click.option("--rules", is_flag=True, help="Cut pages into articles by rules instead of the model.")
@click.option("--fresh", is_flag=True, help="Ask again, even where the ledger has a reply.")
@click.option("--overwrite", is_flag=True, help="Replace records that a person edited; a copy is kept as .bak.")
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
def run(  # noqa: PLR0913 - one argument for each option
    paths: Sequence[str],
    *,
    replay: bool,
    record: bool,
    cassettes: Path,
    rules: bool,
    fresh: bool,
    overwrite: bool,
    dry_run: bool,
    show_all: bool,
    as_json: bool,
    quiet: bool,
    prompt: str | None,
    engine: str,
    dpi: int,
    **flags: Any,
) -> int:
    """Turn pages (files, folders, globs, addresses such as s3://...) into one JSON record per article.

    Replies are kept in .summariser/ledger.db: a run that was stopped goes on where it stood, and nothing is paid twice.
    Exit code 1 says that a person should look: a fact the page does not bear out, an article without a record; 3 that
    the budget was used up or the endpoint stayed away, so that the same command goes on later.
    """
    elsewhere = _take_elsewhere(flags, paths, is_planned=dry_run)
    batch = {name: flags.pop(name) for name in ("batch", "batch_again", "batch_size")}
    options = RunOptions(replay, record, rules, fresh, overwrite, cassettes, engine, dpi, source_from(flags), **batch)
    settings = settings_from({**flags, "case_prompt": prompt})
    if record:
        tell_of_link(cassettes)
    if elsewhere:
        return _run_in_parts(paths, elsewhere, settings, options, as_json=as_json, quiet=quiet)
    if dry_run:
        planned, found = plan_requests(paths, settings=settings, options=options)
        price = settings.price_of(settings.base_url, settings.model or "")
        _show_plan(planned, found, price, as_json=as_json, show_all=show_all)
        return 1 if found.faults else 0
    with watch(quiet=quiet or as_json) as progress, telling_of_batches(settings.ledger):
        report = summarise(paths, options=options, settings=settings, progress=progress)
    if as_json:
        print_json(_report_as_json(report))
    elif not quiet:
        show_report(report, make_console())
    return report.exit_code


_PAGES_SHOWN = 20  # nobody reads a row for each of hundreds
_COLUMNS = ["requests", "to send", "in", "out"]
_RECKONED = (
    "Articles are those of an earlier run, of a person or of the rules; the model may cut a page otherwise. Tokens are"
    " reckoned by kinds of characters, fitted to the tokenizers of DeepSeek and Qwen; repairs, thinking and cached"
    " prefixes are not reckoned with."
)


def _show_plan(
    planned: Sequence[PlannedRequest], found: Batch, price: Price | None, *, as_json: bool, show_all: bool
) -> None:
    """Print what would be sent and may be spent: the sums of the largest pages, or each request."""
    if as_json:
        rows = [_as_json(item, price) for item in planned]
        print_json(rows)
        return
    console = make_console()
    all_sums: Counter[str] = Counter()
    sums: dict[str, Counter[str]] = {}
    for item in planned:
        sums.setdefault(item.request.page_id, Counter()).update(_counted(item))
        all_sums.update(_counted(item))
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
            console.print(styled(f"{len(sums) - len(largest):,} smaller pages more; --all lists every request.", "dim"))
    for told in (*found.notes, *found.faults):
        console.print(styled(f"{told}", "yellow"))
    total = f"{len(found.pages)} pages, {all_sums['to send']:,} requests to send"
    size = f"about {all_sums['in']:,} tokens in and {all_sums['out']:,} out"
    console.print(styled(f"{total}, {size}; nothing was sent.", "bold"))
    console.print(styled(_say_cost(planned, price), "bold"))
    console.print(styled(_RECKONED, "dim"))


def _say_cost(planned: Sequence[PlannedRequest], price: Price | None) -> str:
    """What it may cost, by which price."""
    if price is None:
        return "The price of the model is not known; give it with --price or [prices] in summariser.toml."
    sums = add_costs((price, item.usage, False) for item in planned if not item.is_known)
    since = f"the price of {price.date} ({price.source})" if price.date else "your own price"
    return f"About {spell_money(sums) or f'0 {price.currency}'} by {since}."


def _counted(item: PlannedRequest) -> dict[str, int]:
    """A request and the tokens that it would take, to be added up."""
    read, written = item.usage.prompt_tokens or 0, item.usage.completion_tokens or 0
    return {"requests": 1} | ({} if item.is_known else {"to send": 1, "in": read, "out": written})


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


class _Elsewhere(NamedTuple):
    """Where a run takes place that is not of this process and its disk alone: a cluster, an address of records."""

    dask: str
    out: str


def _take_elsewhere(flags: dict[str, Any], paths: Sequence[str], *, is_planned: bool) -> _Elsewhere | None:
    """What the flags say of it, which is taken out of them; None for a run as any other."""
    dask, out = flags.pop("dask"), flags["out"]
    address = flags.pop("out") if is_address(out or "") else ""
    if not (dask or address or any(map(is_address, paths))):
        return None
    if is_planned:
        raise click.UsageError("--dry-run is for files and folders of this machine, without --dask")
    return _Elsewhere(dask, address)


def _run_in_parts(  # noqa: PLR0913 - one argument for each decision of the person
    paths: Sequence[str], elsewhere: _Elsewhere, settings: Settings, options: RunOptions, *, as_json: bool, quiet: bool
) -> int:
    """Run pages in parts and show what they came to; the exit code, as of `summariser run`.

    Errors: as `find_parts` and `run_parts`.
    """
    dask, job = elsewhere.dask, Job(elsewhere.out or str(settings.out.absolute()), settings, options)
    parts, faults = find_parts(paths, pages=1 if dask else PAGES_AT_ONCE)
    total = PartReport(messages=tuple(f"Not read: {fault}" for fault in faults), exit_code=1 if faults else 0)
    messages = list(total.messages)
    said = click.progressbar(length=sum(map(len, parts)), label="pages", file=sys.stderr, hidden=quiet or as_json)
    with said as bar:
        for report in run_parts(parts, job, dask=dask):
            messages += report.messages
            total += report
            bar.update(report.pages)
    if as_json:
        sums = {name: value for name, value in total._asdict().items() if name != "messages"}
        print_json({"out": job.out, **sums, "messages": messages})
        return total.exit_code
    for message in messages:
        click.secho(plain(message), fg="yellow", err=True)
    if not quiet:
        told = (
            f"{total.pages} pages, {total.records} records ({total.to_review} to review), {total.failures} failed;"
            f" {total.paid} replies paid, {total.tokens_in + total.tokens_out:,} tokens. Records in {job.out}/"
        )
        make_console().print(styled(told, "bold"), soft_wrap=True)
    return total.exit_code


def show_report(report: RunReport, console: Console) -> None:
    """Print a table of all articles, what a person should look at, where the records are, and what to do next."""
    header = ["page", "lines", "headline", "theme", "facts", "repairs", ""]
    rows = [_article_row(article) for page in report.pages for article in page.articles]
    print_table(header, rows, console, right={"facts", "repairs"}, folded={"headline", "theme", ""})
    if report.stopped:
        console.print(styled(f"{report.stopped} {report.left}", "red"))
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
    steps = {
        f"summariser show {out}": "each fact with the words of the page",
        f"summariser review {out}": f"decide on {to_review} record(s), one by one" if to_review else "",
        f"summariser report {out}": "a site, records beside their pages",
    }
    longest = max(map(len, steps))
    lines = []
    for command, what in steps.items():
        if what:
            fits = longest + len(what) + 4 <= width
            lines += [f"  {command:<{longest}}  {what}"] if fits else [f"  {command}", f"      {what}"]
    return ["Next:", *lines]


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
    lines = f"{min(first for first, _ in article.lines)}-{max(last for _, last in article.lines)}"
    head = [styled(article.page_id), styled(lines, "dim"), styled(article.headline or "(no headline)")]
    if outcome.record is None:
        failed = styled(f"FAILED: {outcome.failure_reason}", "red")
        return [*head, styled("-"), styled(""), styled(str(outcome.repairs)), failed]
    record = outcome.record
    good, all_facts = _count_facts(record)
    theme = record.case.primary_theme.zh if record.case.decision is Decision.UNION_CASE else record.case.decision.zh
    state = styled("needs review", "yellow") if record.awaits_review else styled("ok", "green")
    if outcome.put is Put.KEPT_EDITED:
        state = styled("kept: a person edited it", "cyan")
    return [*head, styled(theme), styled(f"{good}/{all_facts}"), styled(str(outcome.repairs)), state]


def _count_facts(record: Record) -> tuple[int, int]:
    """Facts the page bears out, and all facts."""
    supported = [fact.supported for _, fact in record.case.facts()]
    return sum(supported), len(supported)


def _attention(report: RunReport) -> list[str]:
    """What a person should look at, one line each."""
    lines = [*(f"Not read: {fault}" for fault in report.unread)]
    for page in report.pages:
        if page.findings:
            how = "the rules cut" if page.split.method is SplitMethod.RULES_AFTER_MODEL else "an earlier run had cut"
            lines.append(f"{page.page.page_id}: the model's split could not be used; the articles are as {how} them.")
        lines += [
            f"{path}: no article of the page is this one any more; delete the file or keep it." for path in page.stale
        ]
        for article in page.articles:
            name = f"{page.page.page_id}/{article.article.article_id}"
            if article.record is None:
                lines.append(f"{name}: {article.message}")
            elif article.put is Put.KEPT_EDITED:
                lines.append(f"{name}: kept as a person left it; {_disagreement(report.out / name, article.record)}")
    if any(each.failure_reason is FailureReason.INVALID_REPLY for page in report.pages for each in page.articles):
        lines.append("Of articles without a usable reply: --repairs asks more often, --fresh asks anew.")
    lines += [*report.warnings, *report.ties]
    lines += [
        f"{page}: {len(exchanges)} recorded exchange(s) were not asked for; record again to drop them."
        for page, exchanges in report.unplayed.items()
    ]
    return lines


def _disagreement(kept: Path, fresh: Record) -> str:
    """Where this run says something else than the record that a person's work protected."""
    paths = [change.path for change in list_edits(load_record(kept.with_suffix(".json")), fresh)]
    if not paths:
        return "this run differs only in what code fills in."
    return f"this run says otherwise at {', '.join(paths[:5])}{' and more' if len(paths) > 5 else ''}."


def _total(report: RunReport) -> str:
    records = report.records
    cases = sum(record.case.decision is Decision.UNION_CASE for record in records)
    review = sum(record.awaits_review for record in records)
    written = sum(a.put in (Put.WRITTEN, Put.OVERWRITTEN) for page in report.pages for a in page.articles)
    facts = [_count_facts(record) for record in records]
    return (
        f"{len(report.pages)} pages, {len(records)} records ({cases} union cases, {review} to review), "
        f"{report.failures} failed; {sum(good for good, _ in facts)} of {sum(n for _, n in facts)} facts borne out by "
        f"the page. {written} written, the rest as they were, in {report.out}/"
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
        "needs_review": record.needs_review if record else None,
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
