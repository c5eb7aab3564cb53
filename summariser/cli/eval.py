"""`summariser eval`, `compare`, `corrections`: records against gold, against people, against other runs.

What they find is shown as tables in the terminal, and as Markdown for a pull request. `prompts` shows the released
prompts, and how good they are.
"""

from __future__ import annotations

import difflib
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from math import ceil, floor
from pathlib import Path
from typing import Any, NamedTuple

import click

from summariser.api import RunOptions, summarise
from summariser.cli import NamedPath, WholeNumber, make_console, plain, print_json, print_table, styled
from summariser.cli.options import (
    Command,
    Day,
    endpoint_options,
    records_argument,
    records_here,
    settings_from,
    settings_here,
    where_records_are,
)
from summariser.disk.ledger import read_ledger
from summariser.disk.stored import load_records
from summariser.endpoints.limits import estimate_tokens
from summariser.evaluation.evaluate import (
    Evaluation,
    FigureChange,
    FigureChanges,
    Measured,
    PromptComparison,
    Stability,
    compare_figures,
    compare_prompts,
    draw_samples,
    dump_evaluation,
    dump_measured,
    evaluate,
    measure_stability,
    measured,
    read_baseline,
    read_measured,
)
from summariser.evaluation.figures import ALL, MissKind, Rate, metrics
from summariser.prompt import Prompt, load_prompt, prompt_versions
from summariser.reviewing.corrections import FoundCorrection, Status, find_corrections, honoured
from summariser.schema.page import format_lines
from summariser.text import counted

_GOLD = click.option("--gold", type=NamedPath(path_type=Path), help="Folder with gold files and their pages.")
_MARKDOWN = click.option("--markdown", is_flag=True, help="Print Markdown, for a pull request.")


def _cassettes(text: str) -> Callable[[Command], Command]:
    """The option that names a folder of recordings."""
    kind = NamedPath(path_type=Path)
    return click.option("--cassettes", default="cassettes", show_default=True, type=kind, help=text)


class _EvalOptions(NamedTuple):
    """The options of `summariser eval`, besides those of the endpoint."""

    gold: Path | None
    as_json: bool
    markdown: bool
    baseline: Path | None
    misses: bool
    reason: str
    coders: bool
    corrections: bool
    cassettes: Path
    samples: int | None
    prompt: str | None

    def check(self, paths: Sequence[Path]) -> None:
        """Raise UsageError for options that do not go together."""
        if [self.gold is not None, self.samples is not None, self.corrections, self.coders].count(True) != 1:
            raise click.UsageError("Give one of --gold, --corrections, --coders and --samples.")
        if (self.samples and not paths) or (self.coders and len(paths) < 2):
            raise click.UsageError("--samples wants pages to ask about, --coders a folder of records of each coder.")
        if self.gold is None and (self.markdown or self.baseline or self.misses or self.reason):
            raise click.UsageError("--markdown, --baseline, --misses and --reason go with --gold.")
        if self.as_json and self.markdown:
            raise click.UsageError("--json and --markdown exclude each other.")


@click.command("eval")
@records_argument
@_GOLD
@click.option("--json", "as_json", is_flag=True, help="Print JSON; this is also what a baseline is.")
@_MARKDOWN
@click.option("--baseline", type=NamedPath(path_type=Path), help="Accepted figures; none may fall.")
@click.option("--misses", is_flag=True, help="List everything that is not as gold has it.")
@click.option("--reason", default="", help="With --json: why these figures are accepted as a baseline.")
@click.option("--coders", is_flag=True, help="Instead of gold: how far coders agree, a folder of records each.")
@click.option("--corrections", is_flag=True, help="Instead of gold: replay what people corrected; is it honoured?")
@_cassettes("With --corrections: folder of recordings.")
@click.option("--samples", type=WholeNumber(2), help="Instead of gold: ask so often about PATHS, which are pages.")
@click.option(
    "--prompt",
    help="With --corrections or --samples: case_study@VERSION; default: that of the recording, or the newest.",
)
@endpoint_options
def evaluate_records(paths: Sequence[Path], **flags: Any) -> int:
    """Measure records (folders; default: `out`) against gold, page by page, kind by kind and in all.

    With --corrections: against what people corrected in them. With --samples: the model against itself, asked anew
    about pages. With --coders: records of the same articles by several coders, a folder each (two models, or a
    person and a model), against each other.

    Exit code 0: measured; 1: a figure fell below the baseline, a correction is lost, or samples disagree.
    """
    asked = _EvalOptions(**{name: flags.pop(name) for name in _EvalOptions._fields})
    asked.check(paths)
    if asked.gold is not None:
        return _hold_against_gold(paths, asked.gold, asked)
    if asked.corrections:
        return _list_corrections(paths, asked.cassettes, asked.prompt, replay=True, as_json=asked.as_json)
    if asked.samples is None:
        drawn = [load_records(path) for path in paths]
    else:
        drawn = draw_samples(paths, asked.samples, settings=settings_from({**flags, "case_prompt": asked.prompt}))
    return _show_stability(measure_stability(drawn), as_json=asked.as_json)


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option(
    "--prompt",
    "prompts",
    multiple=True,
    required=True,
    help="The old prompt, then the new: NAME@VERSION, or both: split@2,case_study@3.",
)
@click.option("--replay", is_flag=True, help="Answer every request from the cassettes; no network.")
@click.option(
    "--cassettes",
    multiple=True,
    type=NamedPath(path_type=Path),
    help="Recordings of the old prompt, then of the new, or one folder for both; default: cassettes.",
)
@endpoint_options
@_GOLD
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_MARKDOWN
def compare(paths: Sequence[str], *, gold: Path | None, as_json: bool, markdown: bool, **flags: Any) -> int:
    """Run or replay two versions of a prompt over the same pages; say what got better and worse. Keeps no record.

    Exit code 1: with --gold, a figure fell that may not.
    """
    prompts, cassettes, replay = (flags.pop(name) for name in ("prompts", "cassettes", "replay"))
    if len(prompts) != 2 or len(cassettes) > 2 or (as_json and markdown):
        raise click.UsageError("Give --prompt twice, --cassettes at most twice, and one of --json and --markdown.")
    given = cassettes or (Path("cassettes"),)
    options = [RunOptions(replay=replay, cassettes=folder) for folder in (given[0], given[-1])]
    result = compare_prompts(paths, prompts, options, settings=settings_from(flags), gold=gold)
    if as_json:
        click.echo(result.model_dump_json(indent=2))
    elif markdown:
        click.echo(_comparison_markdown(result))
    else:
        _show_comparison(result)
    return 1 if result.stops else 0


@click.command()
@records_argument
@click.option("--replay", is_flag=True, help="Replay the corrected articles; say which corrections are honoured.")
@_cassettes("Folder of recordings.")
@click.option("--prompt", help="Prompt to replay with: case_study@VERSION; default: that of the recording.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def corrections(paths: Sequence[Path], *, replay: bool, cassettes: Path, prompt: str | None, as_json: bool) -> int:
    """List what people changed in records (files or folders; default: `out`): field, before, after, who and when.

    Exit code 1, with --replay: a correction is lost again.
    """
    return _list_corrections(paths, cassettes, prompt, replay=replay, as_json=as_json)


def _hold_against_gold(paths: Sequence[Path], gold: Path, asked: _EvalOptions) -> int:
    """Measure, print, and compare with the baseline; 1 if a figure fell that may not."""
    baseline = read_baseline(asked.baseline) if asked.baseline else None
    evaluation = evaluate(where_records_are(paths), gold)
    changes = compare_figures(evaluation, baseline, asked.baseline) if baseline and asked.baseline else None
    if asked.as_json:
        click.echo(dump_evaluation(evaluation, reason=asked.reason, with_misses=asked.misses))
    elif asked.markdown:
        click.echo(_evaluation_markdown(evaluation, changes, with_misses=asked.misses))
    else:
        _show_evaluation(evaluation, with_misses=asked.misses)
    if changes:
        _show_changes(changes)
    return 1 if changes and changes.stops else 0


def _list_corrections(
    paths: Sequence[Path], cassettes: Path, prompt: str | None, *, replay: bool, as_json: bool
) -> int:
    """Print what people changed, and what a replay makes of it; 1 if a correction is lost."""
    with read_ledger(settings_here({}).ledger) as opened:
        found = find_corrections(records_here(paths), ledger=opened, processes=os.cpu_count() or 1)
    statuses = _replay(found, cassettes, prompt) if replay and found else [None] * len(found)
    if as_json:
        rows = [one.model_dump(mode="json", exclude={"was", "is_now"}) for one in found]
        rows = [row | ({"status": status.value} if status else {}) for row, status in zip(rows, statuses, strict=True)]
        print_json(rows)
    else:
        _show_corrections(found, statuses)
    return 1 if Status.LOST in statuses else 0


def _replay(found: Sequence[FoundCorrection], cassettes: Path, prompt: str | None) -> Sequence[Status]:
    """Make the corrected articles again from the recordings, in a folder that does not last, and compare."""
    with tempfile.TemporaryDirectory() as folder:
        report = summarise(
            sorted({correction.source for correction in found}),
            options=RunOptions(replay=True, cassettes=cassettes),
            settings=settings_from({"out": Path(folder), "case_prompt": prompt}),
        )
    if report.unread:
        raise report.unread[0]
    fresh = {(record.page_id, record.article_id): record.case for record in report.records}
    return honoured(found, fresh)


_DUST = 1e-6  # 0.29 * 100 is 28.999999999999996
_MARKS = re.compile(r"([\\`*_{}\[\]<>|#~&!])")
_SHORT = {"kind:photo_caption": "caption", "kind:continuation": "contin."}
_STYLES = {
    MissKind.OMISSION: "yellow",
    MissKind.EXTRA: "yellow",
    MissKind.WRONG: "red",
    MissKind.INVENTION: "bold red",
}

_FATES = {Status.HONOURED: "green", Status.LOST: "red", Status.GONE: "yellow"}


def _show_evaluation(evaluation: Evaluation, *, with_misses: bool) -> None:
    """Print the figures in all and by kind, then by page, then the misses."""
    console = make_console()
    for header, rows in _tables(evaluation):
        print_table(header, rows, console, right=set(header[1:]))
        console.print()
    for miss in evaluation.misses if with_misses else ():
        of = f"{miss.page_id} {miss.article or '-'} {miss.article_id or '-'}"
        head = styled(f"{miss.kind.value} ", _STYLES[miss.kind])
        console.print(head, styled(f"{of}: {miss.figure}, {miss.field}"), sep="")
        for name, text in (("gold", miss.gold), ("got", miss.got)):
            if text is not None:
                console.print(styled(f"  {name}: {text}"))
        if miss.lines:
            said = f"  lines {format_lines(miss.lines)}{': ' if miss.source else ''}{miss.source}"
            console.print(styled(said, "dim"))
    console.print(styled(_total(evaluation), "bold"))
    for note in _notes(evaluation):
        console.print(styled(note, "dim"))


def _evaluation_markdown(evaluation: Evaluation, changes: FigureChanges | None, *, with_misses: bool) -> str:
    """The same for a pull request; text of pages and models is escaped."""
    parts = [_total(evaluation)]
    if changes:
        lines = [f"- {_marked(said)}" for said, _ in _said_changes(changes)] or ["- no figure changed"]
        parts.append("\n".join(["Against the baseline:", "", *lines]))
    parts += [_markdown_table(header, rows) for header, rows in _tables(evaluation)]
    if with_misses and evaluation.misses:
        rows = []
        for miss in evaluation.misses:
            what = [f"{miss.page_id} {miss.article or '-'}", miss.figure, miss.kind.value, miss.field]
            rows.append([*what, miss.gold or "", miss.got or "", format_lines(miss.lines), miss.source])
        parts.append(_markdown_table(["article", "figure", "kind", "field", "gold", "got", "lines", "source"], rows))
    return "\n\n".join([*parts, *_notes(evaluation)])


def _show_changes(changes: FigureChanges) -> None:
    """Say on stderr what fell and what rose."""
    console = make_console(stderr=True)
    for said, style in _said_changes(changes):
        console.print(styled(said, style))
    verdict = "Below the baseline." if changes.stops else "Not below the baseline."
    console.print(styled(verdict, "bold red" if changes.stops else "bold green"))


def _show_comparison(result: PromptComparison) -> None:
    """Print figures, fields and examples of two prompts."""
    console = make_console()
    console.print(styled(f"{result.before} to {result.after}", "bold"))
    for said, style in _said_changes(result):
        console.print(styled(said, style))
    for name, differs, *examples in _field_rows(result):
        console.print(styled(f"{name}: {differs}", "" if examples else "dim"))
        for example in examples:
            console.print(styled(f"  {example}"))
    for note in _comparison_notes(result):
        console.print(styled(note, "dim"))


def _comparison_markdown(result: PromptComparison) -> str:
    """The same for a pull request; text of pages and models is escaped."""
    figures = [f"- {_marked(said)}" for said, _ in _said_changes(result)]
    rows = [[name, differs, "; ".join(examples)] for name, differs, *examples in _field_rows(result)]
    table = _markdown_table(["field", "differs", "examples"], rows)
    head = f"## {_marked(f'{result.before} to {result.after}')}"
    return "\n\n".join(filter(None, [head, "\n".join(figures), table, *map(_marked, _comparison_notes(result))]))


def _show_stability(stability: Stability, *, as_json: bool) -> int:
    """Print agreement by field, then what disagrees; 1 if a person should look at it."""
    if as_json:
        click.echo(stability.model_dump_json(indent=2))
        return 1 if stability.to_review else 0
    console = make_console()
    for field in stability.fields:
        alpha = "" if field.alpha is None else f", alpha {field.alpha:.2f}"
        agreed = f"{field.unanimous.numerator}/{field.unanimous.denominator}"
        console.print(styled(f"{field.field}: the same in {agreed}{alpha}"))
    for each in stability.disagreements:
        values = "; ".join(f"{count} {value}" for value, count in each.values.items())
        named = f"{each.page_id}/{each.article_id} {each.headline or ''}"
        console.print(styled(f"{named}: {each.field}: {values}", "yellow"))
    for name in stability.left_out:
        console.print(styled(f"{name}: has no record in some samples", "yellow"))
    coded = f"{counted(stability.articles, 'article')}, coded {stability.samples} times"
    console.print(styled(f"{coded}; {len(stability.to_review)} to review.", "bold"))
    return 1 if stability.to_review else 0


def _show_corrections(found: Sequence[FoundCorrection], statuses: Sequence[Status | None]) -> None:
    """Print what people changed, with what became of it."""
    header = ["article", "field", "printed", "the model wrote", "the person wrote", "why", "who", "when", ""]
    rows = []
    for one, status in zip(found, statuses, strict=True):
        old, new = one.old or "nothing", one.new or "nothing"
        if one.path == "$":
            old, new = "unknown" if one.new is None else "", one.new or "unknown"
        named = f"{one.page_id}/{one.article_id}", styled(one.path, "cyan"), one.printed or ""
        why = one.reason.value if one.reason else "by hand"
        told = styled(status.value, _FATES[status]) if status else ""
        rows.append((*named, old, new, why, one.by or "unknown", (one.when or "")[:10], told))
    console = make_console()
    if found:
        print_table(header, rows, console, folded={*header} - {"when", ""})
    articles = len({(correction.page_id, correction.article_id) for correction in found})
    counts = [f"{statuses.count(status)} {status.value}" for status in Status if status in statuses]
    console.print(
        styled(
            "; ".join([f"{counted(len(found), 'correction')} in {counted(articles, 'record')}", *counts]) + ".", "bold"
        )
    )


def _tables(evaluation: Evaluation) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Header and rows of the tables: in all and by kind; by page."""
    scopes = {scope.name: scope.figures for scope in evaluation.scopes}
    whole = scopes[ALL]
    header, rows = ["figure", "in all", "95 %", "of"], []
    for metric in metrics():
        label, rate = f"{metric.label} ↓" if metric.fewer else metric.label, whole[metric.name]
        rows.append([label, _number(rate), *_interval(rate)])
    for start, above, lines in (("kind:", header, rows), ("page:", ["figure"], [row[:1] for row in rows])):
        named = [name for name in scopes if name.startswith(start)]
        above += [_SHORT.get(name, name.removeprefix(start)) for name in named]
        for metric, line in zip(metrics(), lines, strict=True):
            line += [_number(scopes[name][metric.name]) for name in named]
        yield above, lines


def _number(rate: Rate) -> str:
    """A share in per cent, cut off so that only all is 100; a coefficient as it is."""
    if rate.rate is None:
        return "-"
    return f"{rate.rate:.2f}" if rate.numerator is None else f"{floor(rate.rate * 1000 + _DUST) / 10:.1f}"


def _interval(rate: Rate) -> tuple[str, str]:
    """Ends in whole per cents, rounded outwards, those of a coefficient as they are; and of how many."""
    if rate.low is None or rate.high is None:
        return "", f"{rate.denominator}"
    if rate.numerator is None:
        return f"{rate.low:.2f}–{rate.high:.2f}", f"{rate.denominator}"
    return f"{floor(rate.low * 100 + _DUST)}–{ceil(rate.high * 100 - _DUST)}", f"{rate.denominator}"


def _said_changes(changes: FigureChanges) -> Iterator[tuple[str, str]]:
    """What fell, then what rose, each with a style."""
    for change in changes.fell:
        yield f"fell: {_said_change(change)}", "red" if change.gated else "yellow"
    for change in changes.rose:
        yield f"rose: {_said_change(change)}", "green"


def _said_change(change: FigureChange) -> str:
    said = []
    for rate in (change.before, change.after):
        if rate is None or rate.rate is None:
            said.append("not measured")
        else:
            count = f"{rate.denominator}" if rate.numerator is None else f"{rate.numerator}/{rate.denominator}"
            said.append(f"{_number(rate)} ({count})")
    gate = "" if change.gated else ", not gated"
    return f"{change.label} ({change.scope}{gate}): {said[0]} to {said[1]}"


def _field_rows(result: PromptComparison) -> Iterator[list[str]]:
    """Each field: its name, in how many articles it differs, and examples."""
    for field in result.fields:
        count, of = field.differ.numerator, field.differ.denominator
        examples = (
            f"{each.page_id}/{each.article_id} {each.headline or ''}: {each.before} → {each.after}"
            for each in field.examples
        )
        yield [field.field, f"differs in {count} of {of}" if count else f"same in {of}", *examples]


def _comparison_notes(result: PromptComparison) -> Iterator[str]:
    """Articles that could not be compared."""
    if any(result.failures):
        yield f"Articles without a record: {result.failures[0]} before, {result.failures[1]} after."
    for prompt, names in ((result.before, result.only_before), (result.after, result.only_after)):
        if names:
            yield f"Only {prompt} has a record of {', '.join(names)}."


def _markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows as a Markdown table."""
    cells = [header, ["---"] * len(header), *([_marked(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _marked(text: str) -> str:
    """Text of others for Markdown: on one line, and nothing in it is a mark."""
    return _MARKS.sub(r"\\\1", plain(text))


def _total(evaluation: Evaluation) -> str:
    kinds = ", ".join(f"{sum(miss.kind is kind for miss in evaluation.misses)} {kind.value}" for kind in MissKind)
    return f"{counted(len(evaluation.gold), 'page')}, {counted(len(evaluation.misses), 'miss', 'misses')} ({kinds})."


def _notes(evaluation: Evaluation) -> Iterator[str]:
    """How the figures are to be read."""
    yield f"Shares in per cent with 95 % Wilson intervals; ↓: fewer is better. Checks {evaluation.checks}."
    yield f"Made by {plain('; '.join(evaluation.made_by)) or 'nobody'}."
    if evaluation.left_out:
        yield f"Left out, having no gold or no manifest: {', '.join(evaluation.left_out)}."


_LISTED = 3  # figures of a prompt in the list; the file beside the prompt has all


@click.group()
def prompts() -> None:
    """List, show, compare and measure prompt versions."""


@prompts.command("list")
def list_prompts() -> None:
    """List every version: date, size, what changed, what was measured."""
    from rich.padding import Padding  # heavy; only this verb lays text out

    console = make_console()
    for name, versions in prompt_versions().items():
        for version in versions:
            prompt = load_prompt(f"{name}@{version}")
            schema = prompt.schema_path.removeprefix("schemas/").removesuffix(".json")
            head = f"{prompt.date}, about {estimate_tokens(prompt.system):,} tokens, reply schema {schema}"
            console.print(styled(prompt.id, "bold"), styled(head, "dim"))
            console.print(Padding(plain(prompt.changes), (0, 0, 0, 4), expand=False))
            console.print(Padding(styled(_said(read_measured(prompt.id))), (0, 0, 0, 4), expand=False))


@prompts.command()
@click.argument("prompt")
def show(prompt: str) -> None:
    """Print PROMPT (case_study, or case_study@3) as it is sent."""
    click.echo(_text(load_prompt(prompt)))


@prompts.command()
@click.argument("old")
@click.argument("new")
def diff(old: str, new: str) -> None:
    """Print what changed from OLD to NEW, line by line."""
    before, after = load_prompt(old), load_prompt(new)
    lines = difflib.unified_diff(
        _text(before).splitlines(), _text(after).splitlines(), fromfile=before.id, tofile=after.id, lineterm=""
    )
    for line in lines:
        colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        click.secho(line, fg=colour)


@prompts.command()
@click.argument("prompt")
@records_argument
@click.option("--gold", required=True, type=NamedPath(path_type=Path), help="Folder with gold files and their pages.")
@click.option("--what", required=True, help="What was run, in words, for the readers of the file.")
@click.option("--on", type=Day(), help="Day of the measurement; default: today.")
def measure(prompt: str, paths: Sequence[Path], *, gold: Path, what: str, on: date | None) -> None:
    """Print how good PROMPT is, from the records it made (default: summaries): the file to keep beside it.

    summariser prompts measure case_study@3 --gold seeds --what "the seeds, replayed" > prompts/case_study/3.json
    """
    evaluation = evaluate(paths or (Path("summaries"),), gold)
    day = on or datetime.now().astimezone().date()
    click.echo(dump_measured(measured(load_prompt(prompt).id, evaluation, what=what, on=day)))


def _said(result: Measured | None) -> str:
    """The first figures of a result, in words."""
    if result is None:
        return "not yet"
    labels = {metric.name: metric.label for metric in metrics()}
    listed = list(result.figures.items())[:_LISTED]
    figures = ", ".join(f"{labels.get(name, name)} {rate.numerator}/{rate.denominator}" for name, rate in listed)
    return f"{figures} ({result.models}, {result.measured_on})"


def _text(prompt: Prompt) -> str:
    """The prompt as one text, section by section."""
    return "\n\n".join(f"# {name}\n{getattr(prompt, name)}" for name in ("system", "user", "repair"))
