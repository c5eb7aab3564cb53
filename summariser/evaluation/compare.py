"""Two versions of a prompt on the same pages: what got better, what got worse, and which fields differ.

Each prompt is run, or replayed, into a folder that does not last. With gold, the figures of the second are held against
those of the first, as against a baseline. Without gold nobody knows which of two values is right, so what differs is
counted field by field and shown with examples.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import Field

from summariser.api import RunOptions, RunReport, summarise
from summariser.endpoints.config import Settings
from summariser.errors import PromptError
from summariser.evaluation.baseline import Baseline, Change
from summariser.evaluation.baseline import compare as compare_figures
from summariser.evaluation.coded_fields import CODED, READ
from summariser.evaluation.evaluate import Evaluation, evaluate
from summariser.evaluation.scores import Rate, share
from summariser.prompt import load_prompt
from summariser.schema.page import Frozen
from summariser.schema.record import Record

EXAMPLES: Final = 3
_SETTING_OF: Final[Mapping[str, str]] = {"split": "split_prompt", "case_study": "case_prompt"}


class Example(Frozen):
    """One record in which a field differs."""

    page_id: str
    article_id: str
    headline: str | None
    before: str
    after: str


class FieldDifference(Frozen):
    """In how many of the articles that both prompts made a record of a field differs."""

    field: str
    differ: Rate
    examples: tuple[Example, ...] = Field(description=f"At most {EXAMPLES}, in the order of the pages.")


class FigureChange(Frozen):
    """A figure against gold that differs between the prompts; `after` is null where it is not measured any more."""

    figure: str
    label: str
    scope: str
    gated: bool = Field(description="True if a fall of this figure stops a release.")
    before: Rate
    after: Rate | None


class PromptComparison(Frozen):
    """What the second prompt makes of the articles, beside what the first does."""

    before: str = Field(description="Name and version of the first prompt, or of both.")
    after: str = Field(description="Name and version of the second prompt, or of both.")
    failures: tuple[int, int] = Field(description="Articles without a record, of either prompt.")
    only_before: tuple[str, ...] = Field(description="Articles (page_id/article_id) that only the first has.")
    only_after: tuple[str, ...] = Field(description="Articles that only the second has.")
    fields: tuple[FieldDifference, ...]
    fell: tuple[FigureChange, ...] = Field(description="Figures that got worse; empty without gold.")
    rose: tuple[FigureChange, ...] = Field(description="Figures that got better; empty without gold.")

    @property
    def stops(self) -> bool:
        """True if a figure fell that may not."""
        return any(change.gated for change in self.fell)


class Variant(NamedTuple):
    """One prompt to compare, or both (`split@1,case_study@1`), and how the run goes about it (replayed or live)."""

    prompt: str
    options: RunOptions


def compare_prompts(
    paths: Sequence[Path | str], before: Variant, after: Variant, *, settings: Settings, gold: Path | None = None
) -> PromptComparison:
    """Run both variants over the same pages and compare what they made; no record is kept.

    Errors: PromptError if the prompts do not do the same work; CassetteError if a replayed request was not recorded;
    as `summarise`; InputError if there is gold for none of the pages.
    """
    prompts = [_load_prompts(variant.prompt) for variant in (before, after)]
    if prompts[0].keys() != prompts[1].keys():
        raise PromptError(
            f"{_said(prompts[0])} and {_said(prompts[1])} do different work",
            expected="Two versions of one prompt, or two of both",
        )
    with tempfile.TemporaryDirectory() as folder:
        outs = [Path(folder, "before"), Path(folder, "after")]
        reports: list[RunReport] = []
        for named, variant, out in zip(prompts, (before, after), outs, strict=True):
            update = {"out": out, **{_SETTING_OF[name]: prompt for name, prompt in named.items()}}
            reports.append(summarise(paths, options=variant.options, settings=settings.model_copy(update=update)))
        evaluations = [evaluate([out], gold) for out in outs] if gold else []
    fell, rose = _compare_evaluations(*evaluations) if evaluations else ((), ())
    return _put_together((_said(prompts[0]), _said(prompts[1])), (reports[0], reports[1]), fell, rose)


def _load_prompts(ids: str) -> dict[str, str]:
    """The prompts of a variant, by name: one (`split@1`), or both, released together (`split@1,case_study@1`)."""
    loaded = [load_prompt(prompt.strip()) for prompt in ids.split(",")]
    return {prompt.name: prompt.id for prompt in loaded}


def _said(prompts: Mapping[str, str]) -> str:
    """The prompts of a variant for a reader."""
    return ", ".join(prompts.values())


def compare_records(before: Iterable[Record], after: Iterable[Record]) -> tuple[FieldDifference, ...]:
    """How often each field differs between two records of one article; articles that only one side has are left out."""
    newer = {(record.page_id, record.article_id): record for record in after}
    pairs = [(record, newer[key]) for record in before if (key := (record.page_id, record.article_id)) in newer]
    differences = []
    for name, read in {**CODED, **READ}.items():
        differing = [(old, new) for old, new in pairs if read(old) != read(new)]
        examples = tuple(
            Example(
                page_id=old.page_id,
                article_id=old.article_id,
                headline=old.headline,
                before=read(old),
                after=read(new),
            )
            for old, new in differing[:EXAMPLES]
        )
        differences.append(FieldDifference(field=name, differ=share(len(differing), len(pairs)), examples=examples))
    return tuple(differences)


def _compare_evaluations(
    before: Evaluation, after: Evaluation
) -> tuple[tuple[FigureChange, ...], tuple[FigureChange, ...]]:
    """Figures that fell and that rose, in all and by kind."""
    accepted = Baseline(reason="", gold=before.gold, scopes=before.scopes)
    comparison = compare_figures(after, accepted, Path("the first prompt"))
    return tuple(map(_told, comparison.fell)), tuple(map(_told, comparison.rose))


def _told(change: Change) -> FigureChange:
    return FigureChange(
        figure=change.metric.name,
        label=change.metric.label,
        scope=change.scope,
        gated=change.metric.gated,
        before=change.before,
        after=change.after,
    )


def _put_together(
    prompts: tuple[str, str],
    reports: tuple[RunReport, RunReport],
    fell: tuple[FigureChange, ...],
    rose: tuple[FigureChange, ...],
) -> PromptComparison:
    """The comparison, from what both runs came to."""
    first, second = ({f"{each.page_id}/{each.article_id}" for each in report.records} for report in reports)
    return PromptComparison(
        before=prompts[0],
        after=prompts[1],
        failures=(reports[0].failures, reports[1].failures),
        only_before=tuple(sorted(first - second)),
        only_after=tuple(sorted(second - first)),
        fields=compare_records(reports[0].records, reports[1].records),
        fell=fell,
        rose=rose,
    )
