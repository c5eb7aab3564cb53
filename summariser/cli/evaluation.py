"""An evaluation as tables in the terminal and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from math import ceil, floor

from rich.console import Console
from rich.table import Table

from summariser.cli.terminal import make_console, plain, styled
from summariser.evaluation.baseline import Change, Comparison
from summariser.evaluation.evaluate import Evaluation
from summariser.evaluation.figures import ALL, METRICS, Metric, Miss, MissKind, Scope
from summariser.evaluation.scores import Rate
from summariser.schema.page import format_lines

_DUST = 1e-6  # 0.29 * 100 is 28.999999999999996
_MARKS = re.compile(r"([\\`*_{}\[\]<>|#~&!])")
_SHORT = {"kind:photo_caption": "caption", "kind:continuation": "contin."}
_STYLES = {
    MissKind.OMISSION: "yellow",
    MissKind.EXTRA: "yellow",
    MissKind.WRONG: "red",
    MissKind.INVENTION: "bold red",
}


def show_evaluation(evaluation: Evaluation, *, with_misses: bool) -> None:
    """Print the figures in all and by kind, then by page, then the misses."""
    console = make_console()
    for header, rows in _tables(evaluation):
        table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")  # to fit 80 columns
        for index, name in enumerate(header):
            table.add_column(styled(name), justify="right" if index else "left", no_wrap=True)
        for row in rows:
            table.add_row(*map(styled, row))
        console.print(table)
        console.print()
    if with_misses:
        for miss in evaluation.misses:
            _show_miss(miss, console)
    console.print(styled(_total(evaluation), "bold"))
    for note in _notes(evaluation):
        console.print(styled(note, "dim"))


def show_comparison(comparison: Comparison) -> None:
    """Say on stderr what fell and what rose."""
    console = make_console(stderr=True)
    for change in comparison.fell:
        console.print(styled(f"fell: {_said_change(change)}", "red" if change.metric.gated else "yellow"))
    for change in comparison.rose:
        console.print(styled(f"rose: {_said_change(change)}", "green"))
    verdict = "Below the baseline." if comparison.stops else "Not below the baseline."
    console.print(styled(verdict, "bold red" if comparison.stops else "bold green"))


def as_markdown(evaluation: Evaluation, comparison: Comparison | None, *, with_misses: bool) -> str:
    """The same for a pull request; text of pages and models is escaped."""
    parts = [_total(evaluation)]
    if comparison:
        changes = [("fell", change) for change in comparison.fell] + [("rose", change) for change in comparison.rose]
        lines = [f"- {verb}: {_marked(_said_change(change))}" for verb, change in changes] or ["- no figure changed"]
        parts.append("\n".join(["Against the baseline:", "", *lines]))
    parts += [_markdown_table(header, rows) for header, rows in _tables(evaluation)]
    if with_misses and evaluation.misses:
        header = ("article", "figure", "kind", "field", "gold", "got", "lines", "source")
        parts.append(_markdown_table(header, map(_miss_cells, evaluation.misses)))
    parts += list(_notes(evaluation))
    return "\n\n".join(parts)


def _tables(evaluation: Evaluation) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Header and rows of the tables: in all and by kind; by page."""
    whole = next(scope for scope in evaluation.scopes if scope.name == ALL)
    kinds = [scope for scope in evaluation.scopes if scope.name.startswith("kind:")]
    pages = [scope for scope in evaluation.scopes if scope.name.startswith("page:")]
    header = ["figure", "in all", "95 %", "of", *map(_scope_name, kinds)]
    yield header, [_row(metric, whole, kinds) for metric in METRICS]
    header = ["figure", *map(_scope_name, pages)]
    yield header, [[_label(metric), *(_cell(metric, scope) for scope in pages)] for metric in METRICS]


def _row(metric: Metric, whole: Scope, kinds: Sequence[Scope]) -> list[str]:
    rate = whole.figures[metric.name]
    interval = "" if rate.low is None or rate.high is None else _interval(rate.low, rate.high, rate)
    kind_cells = (_cell(metric, scope) for scope in kinds)
    return [_label(metric), _cell(metric, whole), interval, f"{rate.denominator}", *kind_cells]


def _label(metric: Metric) -> str:
    return f"{metric.label} ↓" if metric.fewer else metric.label


def _scope_name(scope: Scope) -> str:
    return _SHORT.get(scope.name, scope.name.partition(":")[2])


def _cell(metric: Metric, scope: Scope) -> str:
    rate = scope.figures[metric.name]
    return "-" if rate.rate is None else _number(rate.rate, rate)


def _number(value: float, rate: Rate) -> str:
    """A share in per cent, cut off so that only all is 100; a coefficient as it is."""
    return f"{value:.2f}" if rate.numerator is None else f"{floor(value * 1000 + _DUST) / 10:.1f}"


def _interval(low: float, high: float, rate: Rate) -> str:
    """Ends in whole per cents, rounded outwards; those of a coefficient as they are."""
    if rate.numerator is None:
        return f"{low:.2f}–{high:.2f}"
    return f"{floor(low * 100 + _DUST)}–{ceil(high * 100 - _DUST)}"


def _counted(rate: Rate) -> str:
    return f"{rate.denominator}" if rate.numerator is None else f"{rate.numerator}/{rate.denominator}"


def _said_change(change: Change) -> str:
    after = "not measured" if change.after is None or change.after.rate is None else _with_count(change.after)
    gate = "" if change.metric.gated else ", not gated"
    return f"{change.metric.label} ({change.scope}{gate}): {_with_count(change.before)} to {after}"


def _with_count(rate: Rate) -> str:
    return f"{_number(rate.rate or 0.0, rate)} ({_counted(rate)})"


def _show_miss(miss: Miss, console: Console) -> None:
    """Print one miss: what and where, gold and got, the source."""
    of = f"{miss.page_id} {miss.article or '-'} {miss.article_id or '-'}"
    head = styled(f"{miss.kind.value} ", _STYLES[miss.kind])
    console.print(head, styled(f"{of}: {miss.figure}, {miss.field}"), sep="")
    for name, text in (("gold", miss.gold), ("got", miss.got)):
        if text is not None:
            console.print(styled(f"  {name}: {text}"))
    if miss.lines:
        console.print(styled(f"  lines {format_lines(miss.lines)}{': ' if miss.source else ''}{miss.source}", "dim"))


def _miss_cells(miss: Miss) -> list[str]:
    of = f"{miss.page_id} {miss.article or '-'}"
    told = [miss.gold or "", miss.got or "", format_lines(miss.lines), miss.source]
    return [of, miss.figure, miss.kind.value, miss.field, *told]


def _markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header)]
    body = [[_marked(cell) for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [*lines, *body])


def _marked(text: str) -> str:
    """Text of others for Markdown: on one line, and nothing in it is a mark."""
    return _MARKS.sub(r"\\\1", plain(text))


def _total(evaluation: Evaluation) -> str:
    kinds = ", ".join(f"{sum(miss.kind is kind for miss in evaluation.misses)} {kind.value}" for kind in MissKind)
    return f"{len(evaluation.gold)} pages, {len(evaluation.misses)} misses ({kinds})."


def _notes(evaluation: Evaluation) -> Iterator[str]:
    yield f"Shares in per cent with 95 % Wilson intervals; ↓: fewer is better. Checks {evaluation.checks}."
    yield f"Made by {plain('; '.join(evaluation.made_by)) or 'nobody'}."
    if evaluation.left_out:
        yield f"Left out, having no gold or no manifest: {', '.join(evaluation.left_out)}."
