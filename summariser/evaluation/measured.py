"""The measured result of a released prompt, kept beside it: `prompts/<name>/<version>.json`.

It says what was run, on which gold, by which model, when, and the few figures a reader of prompts asks for, each with
how many of how many. `summariser prompts measure` prints it; a test holds the newest version's file to what `summariser
eval` says of the committed records.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from summariser.errors import InputError, PromptError
from summariser.evaluation.evaluate import Evaluation
from summariser.evaluation.figures import ALL
from summariser.evaluation.scores import Rate
from summariser.prompt import prompts_folder

# What a prompt is answerable for; the first ones stand in `summariser prompts list`.
FIGURES: Final[Mapping[str, tuple[str, ...]]] = {
    "split": (
        "articles_exact",
        "line_pairs_f1",
        "partition",
        "line_order",
        "noise",
        "articles_extra",
        "kind",
        "headline",
    ),
    "case_study": (
        "decision",
        "results_found",
        "numbers_invented",
        "records",
        "value_bounds",
        "approximation_kept",
        "people_f1",
        "organisations",
        "lead_organisation",
        "place",
        "primary_theme",
        "evidence_located",
        "facts_unsupported",
        "needs_review",
        "repaired",
    ),
}


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
        figures={name: whole[name] for name in names},
    )


def dump_measured(result: Measured) -> str:
    """The result as JSON, one figure a line."""
    content = result.model_dump(mode="json")
    figures = ",\n".join(f"    {json.dumps(name)}: {json.dumps(rate)}" for name, rate in content.pop("figures").items())
    head = json.dumps(content, ensure_ascii=False, indent=2).removesuffix("\n}")
    return f'{head},\n  "figures": {{\n{figures}\n  }}\n}}'


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
        issues = "; ".join(f"{'.'.join(map(str, each['loc'])) or '$'}: {each['msg']}" for each in error.errors()[:5])
        raise PromptError(
            f"{name}/{version}.json is no measured result: {issues}",
            next_step=f"Write it anew: summariser prompts measure {prompt}",
        ) from error
    if result.prompt != prompt:
        raise PromptError(f"{name}/{version}.json is the result of {result.prompt}", expected=f"That of {prompt}")
    return result
