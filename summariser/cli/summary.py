"""What a run came to, as a table or as JSON."""

from __future__ import annotations

import shlex
from pathlib import Path

from rich.console import Console
from rich.text import Text

from summariser.api import RunReport
from summariser.cli.terminal import print_table, styled
from summariser.disk.store import Put
from summariser.disk.stored import load_record
from summariser.pipeline import ArticleOutcome, PageOutcome
from summariser.reviewing.corrections import list_edits
from summariser.schema.case import Severity
from summariser.schema.codes import Decision
from summariser.schema.page import SplitMethod
from summariser.schema.record import Record


def show_report(report: RunReport, console: Console) -> None:
    """Print a table of all articles, what a person should look at, where the records are, and what to do next."""
    header = ["page", "lines", "headline", "theme", "facts", "repairs", ""]
    rows = [_row(article) for page in report.pages for article in page.articles]
    print_table(header, rows, console, right={"facts", "repairs"}, folded={"headline", "theme", ""})
    if report.stopped:
        console.print(styled(_say_stopped(report), "red"))
    for line in _attention(report):
        console.print(styled(line, "yellow"))
    console.print(styled(_total(report), "bold"))
    for step in _next_steps(report, console.width):
        console.print(styled(step), soft_wrap=True)


def _say_stopped(report: RunReport) -> str:
    """Why a run ended early, and what it did not come to."""
    parts = [f"{number} article(s) of {page}" for page, number in report.missing.items()]
    parts += ["pages not begun: " + ", ".join(report.not_begun)] if report.not_begun else []
    return f"{report.stopped} Not asked: {'; '.join(parts)}."


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


def report_as_json(report: RunReport) -> dict[str, object]:
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


def _row(outcome: ArticleOutcome) -> list[Text]:
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
