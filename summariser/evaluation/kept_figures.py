"""Evaluations as files: the accepted figures that none may fall below, and the measured result of a released prompt.

A baseline is what `summariser eval --json` printed, with the reason for which a person accepted it. It is compared in
all and by kind of article; pages are too small to stop anybody. Records replayed from cassettes are the same every
time, so any fall counts, however small.

A prompt's result stands beside it (`prompts/<name>/<version>.json`): what was run, on which gold, by which model, when,
and the few figures a reader of prompts asks for, each with how many of how many. `summariser prompts measure` prints
it; a test holds the newest version's file to what `summariser eval` says of the committed records.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from summariser.disk.stored import read_bytes
from summariser.errors import InputError, PromptError
from summariser.evaluation.evaluate import Evaluation
from summariser.evaluation.figures import ALL, Metric, Rate, Scope, metrics
from summariser.prompt import prompts_folder
from summariser.schema.exchange import spell_issues
from summariser.schema.page import Frozen

_LEAST: Final = 0.00005  # rates are kept to four digits
_ON_ONE_LINE: Final = re.compile(r'\{\n\s+("numerator": [^{}]*?)\n\s+\}')
# What a prompt is answerable for; the first ones stand in `summariser prompts list`.
FIGURES: Final[Mapping[str, str]] = {
    "split": "articles_exact line_pairs_f1 partition line_order noise articles_extra kind headline",
    "case_study": "decision results_found numbers_invented records value_bounds approximation_kept people_f1 "
    "organisations lead_organisation place primary_theme evidence_located facts_unsupported needs_review repaired",
}


class Baseline(BaseModel):
    """Accepted figures, and why they were accepted; what else the file holds is for people."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    reason: str
    gold: Mapping[str, str]
    scopes: tuple[Scope, ...]


class FigureChange(Frozen):
    """A figure that differs between two evaluations; `after` is null where it is not measured any more."""

    figure: str
    label: str
    scope: str
    gated: bool = Field(description="True if a fall of this figure stops a release.")
    before: Rate
    after: Rate | None


class FigureChanges(Frozen):
    """What fell and what rose; a fall of a gated figure stops a merge."""

    fell: tuple[FigureChange, ...] = Field(description="Figures that got worse; empty without gold.")
    rose: tuple[FigureChange, ...] = Field(description="Figures that got better; empty without gold.")

    @property
    def stops(self) -> bool:
        """True if something fell that may not."""
        return any(change.gated for change in self.fell)


class Measured(BaseModel):
    """The measured result of one prompt version."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    prompt: str = Field(description="Name and version, as in case_study@1.")
    what: str = Field(description="What was run, in words.")
    made_by: tuple[str, ...] = Field(description="Prompts and model of the records that were measured.")
    measured_on: date
    checks: str = Field(description="Version of the rules that checked the records.")
    gold: Mapping[str, str] = Field(description="Hash of the gold of each page.")
    figures: Mapping[str, Rate]

    @property
    def models(self) -> str:
        """The models that answered, as one text."""
        return ", ".join(dict.fromkeys(made.split(", ", 2)[-1] for made in self.made_by))


def measured(prompt: str, evaluation: Evaluation, *, what: str, on: date) -> Measured:
    """The result of the prompt `name@version`, from an evaluation of records it made.

    Errors: PromptError if nobody said which figures a prompt of this name is answerable for; InputError if some of the
    records were made by another prompt: their figures are not this prompt's.
    """
    names = FIGURES.get(prompt.partition("@")[0])
    if names is None:
        raise PromptError(f"no figures are named for {prompt}", expected=f"A prompt of {', '.join(FIGURES)}")
    others = [made for made in evaluation.made_by if prompt not in made.split(", ", 2)[:2]]
    if others:
        raise InputError(
            f"these records were not made with {prompt}: {'; '.join(others)}",
            path=", ".join(evaluation.gold),
            next_step="Measure records of one run, made with the prompt whose result it is",
        )
    whole = next(scope.figures for scope in evaluation.scopes if scope.name == ALL)
    return Measured(
        prompt=prompt,
        what=what,
        made_by=evaluation.made_by,
        measured_on=on,
        checks=evaluation.checks,
        gold=evaluation.gold,
        figures={name: whole[name] for name in names.split()},
    )


def dump_measured(result: Measured) -> str:
    """The result as JSON, one figure a line."""
    return _dump(result.model_dump(mode="json"))


def read_measured(prompt: str, *, folder: Traversable | Path | None = None) -> Measured | None:
    """The result kept beside the prompt `name@version`; None if it was never measured.

    Errors: PromptError if the file is no result, or that of another prompt.
    """
    name, _, version = prompt.partition("@")
    file = (folder or prompts_folder()).joinpath(name, f"{version}.json")
    if not file.is_file():
        return None
    try:
        result = Measured.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise PromptError(
            f"{name}/{version}.json is no measured result: {'; '.join(spell_issues(error)[:5])}",
            next_step=f"Write it anew: summariser prompts measure {prompt}",
        ) from error
    if result.prompt != prompt:
        raise PromptError(f"{name}/{version}.json is the result of {result.prompt}", expected=f"That of {prompt}")
    return result


def dump_evaluation(evaluation: Evaluation, *, reason: str = "", with_misses: bool = False) -> str:
    """The evaluation as JSON, one figure a line: what a machine reads, and what a baseline is."""
    return _dump({"reason": reason} | evaluation.model_dump(mode="json", exclude=None if with_misses else {"misses"}))


def _dump(content: object) -> str:
    """JSON with each rate on one line."""
    text = json.dumps(content, ensure_ascii=False, indent=2)
    return _ON_ONE_LINE.sub(lambda match: "{" + re.sub(r"\s*\n\s*", " ", match[1]) + "}", text)


def read_baseline(path: Path) -> Baseline:
    """The baseline in a file. Errors: InputError if it is none; StoreError if it cannot be read."""
    return parse_baseline(read_bytes(path), path)


def parse_baseline(content: bytes, path: Path) -> Baseline:
    """The baseline in the bytes of a file. Errors: InputError if it is none."""
    try:
        return Baseline.model_validate_json(content)
    except ValidationError as error:
        expected = "What `summariser eval --json` prints"
        raise InputError(
            f"is no baseline: {'; '.join(spell_issues(error)[:5])}", path=path, expected=expected
        ) from error


def compare_figures(evaluation: Evaluation, baseline: Baseline, path: Path) -> FigureChanges:
    """What fell and rose since the baseline.

    Errors: InputError if the baseline was measured on other pages or another gold: its figures say nothing here.
    """
    pages = evaluation.gold.keys() | baseline.gold.keys()
    other = sorted(page for page in pages if evaluation.gold.get(page) != baseline.gold.get(page))
    if other:
        raise InputError(
            f"was measured on other gold than this: {', '.join(other)}",
            path=path,
            next_step="Evaluate the same pages; if their gold was mended, write the baseline anew and say why",
        )
    changes = list(_changes(evaluation, baseline))
    return FigureChanges(
        fell=tuple(change for better, change in changes if better < -_LEAST),
        rose=tuple(change for better, change in changes if better > _LEAST),
    )


def _changes(evaluation: Evaluation, baseline: Baseline) -> Iterator[tuple[float, FigureChange]]:
    """Every figure of the baseline beside the present one, in all and by kind, with by how much it got better.

    Shape: a figure that is gone fell by all it was.
    """
    present = {scope.name: scope.figures for scope in evaluation.scopes}
    known = {metric.name: metric for metric in metrics()}
    for scope in baseline.scopes:
        for name, before in {} if scope.name.startswith("page:") else scope.figures.items():
            if before.rate is None:
                continue
            metric = known.get(name, Metric(name, name))
            after = present.get(scope.name, {}).get(name)
            rise = after.rate - before.rate if after and after.rate is not None else -max(before.rate, 1.0)
            better = -rise if metric.fewer and after and after.rate is not None else rise
            of = {"figure": name, "label": metric.label, "scope": scope.name, "gated": metric.gated}
            yield better, FigureChange.model_validate({**of, "before": before, "after": after})
