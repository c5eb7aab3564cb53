"""A record as a reviewer sees it: findings on top, the page's sentences at the left, the facts at the right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from rich.console import Console
from rich.table import Table
from rich.text import Text

from summariser.cli.terminal import plain, styled
from summariser.reviewing.review import ReviewFact, ReviewItem, list_facts, value_at
from summariser.schema.case import Case, Finding, Severity
from summariser.schema.page import Article
from summariser.schema.quantity import format_quantity

_MARKED = "underline"
_DOUBTFUL = "underline bold red"
_WIDE_ENOUGH = 90  # columns; below it the facts stand under the sentences


def show_item(item: ReviewItem, article: Article | Finding, counter: str, console: Console) -> None:
    """Print one record with everything a decision needs."""
    record = item.record
    console.rule(
        styled(f"{counter}  {record.page_id}/{record.article_id}  {record.headline or '(no headline)'}", "bold")
    )
    findings = [*record.findings, *([article] if isinstance(article, Finding) else [])]
    for finding in sorted(findings, key=lambda finding: finding.severity is Severity.NOTICE):
        style = "yellow" if finding.severity is Severity.NOTICE else "red"
        console.print(styled(f"{finding.severity.value} ", style), styled(f"{finding.path}: {finding.message}"), sep="")
    facts = list_facts(record.case)
    sentences = _sentences(article, facts) if isinstance(article, Article) else Table.grid()
    side_by_side = console.width >= _WIDE_ENOUGH and isinstance(article, Article)
    layout = Table.grid(expand=True, padding=(0, 2))
    for _ in range(1 + side_by_side):
        layout.add_column(ratio=1)
    if side_by_side:
        layout.add_row(sentences, _facts(record.case, facts))
    else:
        layout.add_row(sentences)
        layout.add_row(_facts(record.case, facts))
    console.print(layout)
    note = f"; {record.review.note}" if record.review.note else ""
    console.print(styled(f"review: {record.review.state}, {record.review.by or 'nobody'}{note}", "dim"))


def show_values(case: Case, fact: ReviewFact, console: Console) -> None:
    """Print the fields of one fact with what stands in them."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, path in fact.fields.items():
        table.add_row(styled(name, "cyan"), styled(value_at(case, path)))
    console.print(table)


def _sentences(article: Article, facts: Sequence[ReviewFact]) -> Table:
    """The article by numbered sentences, the words that a fact rests on underlined."""
    marks = [
        (fact.evidence.start, fact.evidence.end, _MARKED if _is_sure(fact) else _DOUBTFUL)
        for fact in facts
        if fact.evidence and fact.evidence.start is not None and fact.evidence.end is not None
    ]
    table = _columns(2)
    for sentence in article.sentences:
        text = Text()
        for start, end, style in _runs(sentence.start, sentence.end, marks):
            text.append_text(styled(article.text[start:end], style))
        table.add_row(styled(f"{sentence.number}", "dim"), text)
    return table


def _runs(first: int, last: int, marks: Sequence[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """A span cut where a mark begins or ends, each run with its style; doubt outshines."""
    edges = {first, last} | {edge for start, end, _ in marks for edge in (start, end) if first < edge < last}
    cuts = sorted(edges)
    for start, end in pairwise(cuts):
        styles = {style for begins, ends, style in marks if begins <= start and end <= ends}
        yield start, end, _DOUBTFUL if _DOUBTFUL in styles else _MARKED if styles else ""


def _columns(count: int) -> Table:
    """A table without lines that wraps Chinese text, which has no spaces, and cuts nothing off."""
    table = Table.grid(padding=(0, 1))
    for _ in range(count):
        table.add_column(overflow="fold")
    return table


def _is_sure(fact: ReviewFact) -> bool:
    """True if the page bears the fact out, letter by letter."""
    return fact.supported and (fact.evidence is None or fact.evidence.match != "fuzzy")


def _facts(case: Case, facts: Sequence[ReviewFact]) -> Table:
    """The facts by number; those that the page does not bear out are red."""
    table = _columns(3)
    for number, fact in enumerate(facts):
        if not fact.text:
            continue
        style = "" if fact.supported else "red"
        text = styled(fact.text, style)
        quantity = _quantity(case, fact)
        if quantity:
            text.append_text(styled(f"  {quantity}", "bold"))
        sents = f"  {','.join(map(str, fact.evidence.sents))}" if fact.evidence else ""
        text.append_text(styled(sents, "dim"))
        table.add_row(styled(f"{number}", "dim"), styled(fact.kind, "cyan"), text)
    codes = "; ".join(f"{name} {value_at(case, name)}" for name in ("decision", "primary_theme", "secondary_themes"))
    table.add_row("", styled("codes", "cyan"), styled(codes))
    table.add_row("", styled("summary", "cyan"), styled(case.summary))
    return table


def _quantity(case: Case, fact: ReviewFact) -> str:
    """The number of a result as it is printed and as code reads it."""
    if not fact.path.startswith("results["):
        return ""
    result = case.results[int(fact.path[len("results[") : -1])]
    if result.quantity is None:
        return plain(result.value_text or "")
    quantity = result.quantity
    return f"{quantity.raw} = {format_quantity(quantity)} {quantity.approx.value}"
