"""The same pages asked more than once: two versions of a prompt beside each other, or one model against itself.

Each run goes into a folder that does not last. With gold, the figures of the second prompt are held against those of
the first, as against a baseline. Without gold nobody knows which of two values is right, so what differs is counted
field by field and shown with examples.

Agreement of coders (samples of one model, two models, a person and a model) is given twice: the share of articles or
facts of which all say the same, and Krippendorff's alpha, which takes off what chance alone would give. Facts are
paired by what they say. A code that differs from one coder to the next is for a person to decide.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import Field

from summariser.api import RunOptions, RunReport, summarise
from summariser.comparison.changes import pair_positions
from summariser.endpoints.config import Settings
from summariser.errors import PromptError
from summariser.evaluation.evaluate import Baseline, FigureChanges, compare_figures, evaluate
from summariser.evaluation.figures import Rate, krippendorff_alpha, nominal_distance, share
from summariser.prompt import load_prompt
from summariser.schema.case import Case, Listed
from summariser.schema.codes import ActorRole
from summariser.schema.page import Frozen
from summariser.schema.quantity import format_quantity
from summariser.schema.record import Record

EXAMPLES: Final = 3
_SETTING_OF: Final[Mapping[str, str]] = {"split": "split_prompt", "case_study": "case_prompt"}


def _join(codes: Iterable[str]) -> str:
    """Codes in one order, whatever order the model gave them in; `none` where there are none."""
    return ", ".join(sorted(codes)) or "none"


# Fields that the model codes; every one has few values, so that agreement can be counted.
CODED: Final[Mapping[str, Callable[[Case], str]]] = {
    "decision": lambda case: case.decision.value,
    "primary_theme": lambda case: case.primary_theme.value,
    "secondary_themes": lambda case: _join(theme.value for theme in case.secondary_themes),
    "beneficiaries": lambda case: _join(each.group.value for each in case.beneficiaries),
    "practice_status": lambda case: case.practice_status.value,
    "lead": lambda case: _join(actor.name for actor in case.actors if actor.role is ActorRole.LEAD),
    "result_kinds": lambda case: _join(result.kind.value for result in case.results),
}
# Codes of facts, by the list that they stand in.
FACTS_CODED: Final[Mapping[str, tuple[str, ...]]] = {
    "results": ("chain", "kind", "status"),
    "actions": ("theme",),
    "actors": ("role", "org_type", "level"),
    "people": ("kind",),
    "relations": ("kind",),
}
# And what was read besides.
READ: Final[Mapping[str, Callable[[Case], str]]] = {
    "number_of_results": lambda case: str(len(case.results)),
    "quantities": lambda case: _join(
        f"{format_quantity(each.quantity)} ({each.quantity.approx.value})" for each in case.results if each.quantity
    ),
}


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


class PromptComparison(FigureChanges):
    """What the second prompt makes of the articles, beside what the first does."""

    before: str = Field(description="Name and version of the first prompt, or of both.")
    after: str = Field(description="Name and version of the second prompt, or of both.")
    failures: tuple[int, int] = Field(description="Articles without a record, of either prompt.")
    only_before: tuple[str, ...] = Field(description="Articles (page_id/article_id) that only the first has.")
    only_after: tuple[str, ...] = Field(description="Articles that only the second has.")
    fields: tuple[FieldDifference, ...]


class FieldAgreement(Frozen):
    """How well coders agree in one field of an article, or of its facts (`results.chain`)."""

    field: str
    unanimous: Rate = Field(description="Share of the articles, or facts that more than one coder has, told alike.")
    alpha: float | None = Field(description="Krippendorff's alpha; null where all have one and the same value.")


class Disagreement(Frozen):
    """One field of one article in which the samples disagree."""

    page_id: str
    article_id: str
    headline: str | None
    field: str
    values: Mapping[str, int] = Field(description="Each value and how many samples have it, the most frequent first.")


class Stability(Frozen):
    """What several samples of the same articles come to."""

    samples: int
    articles: int = Field(description="Articles that have a record in every sample.")
    left_out: tuple[str, ...] = Field(description="Articles (page_id/article_id) that only some samples have.")
    fields: tuple[FieldAgreement, ...]
    disagreements: tuple[Disagreement, ...]

    @property
    def to_review(self) -> tuple[str, ...]:
        """The articles a person should look at, each once."""
        named = (f"{each.page_id}/{each.article_id}" for each in self.disagreements)
        return tuple(dict.fromkeys((*named, *self.left_out)))


class Variant(NamedTuple):
    """One prompt to compare, or both (`split@2,case_study@3`), and how the run goes about it (replayed or live)."""

    prompt: str
    options: RunOptions


def compare_prompts(
    paths: Sequence[Path | str], before: Variant, after: Variant, *, settings: Settings, gold: Path | None = None
) -> PromptComparison:
    """Run both variants over the same pages and compare what they made; no record is kept.

    Errors: PromptError if the prompts do not do the same work; CassetteError if a replayed request was not recorded;
    as `summarise`; InputError if there is gold for none of the pages.
    """
    prompts = []  # by name: one (`split@1`), or both, released together (`split@2,case_study@3`)
    for variant in (before, after):
        loaded = [load_prompt(prompt.strip()) for prompt in variant.prompt.split(",")]
        prompts.append({prompt.name: prompt.id for prompt in loaded})
    if prompts[0].keys() != prompts[1].keys():
        raise PromptError(
            f"{_said(prompts[0])} and {_said(prompts[1])} do different work",
            expected="Two versions of one prompt, or two of both",
        )
    reports: list[RunReport] = []
    evaluations = []
    for named, variant in zip(prompts, (before, after), strict=True):
        with tempfile.TemporaryDirectory() as folder:
            update = {"out": Path(folder), **{_SETTING_OF[name]: prompt for name, prompt in named.items()}}
            reports.append(summarise(paths, options=variant.options, settings=settings.model_copy(update=update)))
            evaluations += [evaluate([folder], gold)] if gold else []
    changes = FigureChanges(fell=(), rose=())
    if gold:
        accepted = Baseline(reason="", gold=evaluations[0].gold, scopes=evaluations[0].scopes)
        changes = compare_figures(evaluations[1], accepted, Path("the first prompt"))
    first, second = ({f"{each.page_id}/{each.article_id}" for each in report.records} for report in reports)
    return PromptComparison.made_of(
        changes,
        before=_said(prompts[0]),
        after=_said(prompts[1]),
        failures=(reports[0].failures, reports[1].failures),
        only_before=tuple(sorted(first - second)),
        only_after=tuple(sorted(second - first)),
        fields=compare_fields(reports[0].records, reports[1].records),
    )


def compare_fields(before: Iterable[Record], after: Iterable[Record]) -> tuple[FieldDifference, ...]:
    """How often each field differs between two records of one article; articles that only one side has are left out."""
    newer = {(record.page_id, record.article_id): record for record in after}
    pairs = [(record, newer[key]) for record in before if (key := (record.page_id, record.article_id)) in newer]
    differences = []
    for name, read in {**CODED, **READ}.items():
        differing = [(old, read(old.case), read(new.case)) for old, new in pairs if read(old.case) != read(new.case)]
        examples = tuple(Example.made_of(record, before=was, after=now) for record, was, now in differing[:EXAMPLES])
        differences.append(FieldDifference(field=name, differ=share(len(differing), len(pairs)), examples=examples))
    return tuple(differences)


def draw_samples(paths: Sequence[Path | str], count: int, *, settings: Settings) -> list[list[Record]]:
    """The records of `count` runs over the same pages; the ledger answers nothing, and no record is kept.

    Shape: pages are cut anew each time too, unless settings or model make that the same.
    Errors: as `summarise`.
    """
    samples = []
    for _ in range(count):
        with tempfile.TemporaryDirectory() as folder:
            once = settings.model_copy(update={"out": Path(folder)})
            samples.append(summarise(paths, options=RunOptions(fresh=True), settings=once).records)
    return samples


def measure_stability(samples: Sequence[Iterable[Record]]) -> Stability:
    """Agreement of the samples in each coded field, and every disagreement.

    Shape: two samples or more. Errors: ValueError if there are fewer.
    """
    if len(samples) < 2:
        raise ValueError("agreement takes two samples or more")
    by_key = [{(one.page_id, one.article_id): one for one in sample} for sample in samples]
    everywhere = [key for key in by_key[0] if all(key in sample for sample in by_key)]
    seen = dict.fromkeys(key for sample in by_key for key in sample)
    fields, disagreements = [], []
    for name, read in CODED.items():
        units = [[read(sample[key].case) for sample in by_key] for key in everywhere]
        fields.append(_agreement(name, units))
        for at, values in enumerate(units):
            if len(set(values)) > 1:
                counted = dict(Counter(values).most_common())
                told = Disagreement.made_of(by_key[0][everywhere[at]], field=name, values=counted)
                disagreements.append((at, told))
    fields += _agree_on_facts([[sample[key].case for sample in by_key] for key in everywhere])
    return Stability(
        samples=len(samples),
        articles=len(everywhere),
        left_out=tuple("/".join(key) for key in seen if key not in everywhere),
        fields=tuple(fields),
        disagreements=tuple(each for _, each in sorted(disagreements, key=lambda pair: pair[0])),
    )


def _agreement(name: str, units: Sequence[Sequence[str]]) -> FieldAgreement:
    """How far the codes of units agree."""
    alpha = krippendorff_alpha(units, nominal_distance)
    unanimous = share(sum(len(set(values)) == 1 for values in units), len(units))
    return FieldAgreement(field=name, unanimous=unanimous, alpha=None if alpha is None else round(alpha, 4))


def _agree_on_facts(articles: Sequence[Sequence[Case]]) -> Iterator[FieldAgreement]:
    """How far the codes of facts agree; a fact that the first coder has not, or nobody else has, is no unit."""
    for name, fields in FACTS_CODED.items():
        alike: list[list[Listed]] = []
        for first, *others in articles:
            facts = getattr(first, name)
            paired = [(getattr(other, name), pair_positions(facts, getattr(other, name))) for other in others]
            alike += [[fact, *(own[at[i]] for own, at in paired if i in at)] for i, fact in enumerate(facts)]
        for field in fields:
            coded = [[str(getattr(fact, field)) for fact in facts] for facts in alike if len(facts) > 1]
            if coded:
                yield _agreement(f"{name}.{field}", coded)


def _said(prompts: Mapping[str, str]) -> str:
    """The prompts of a variant for a reader."""
    return ", ".join(prompts.values())
