"""The accepted figures: an evaluation as a file, and whether another one falls behind it.

A baseline is what `summariser eval --json` printed, with the reason for which a person accepted it. It is compared in
all and by kind of article; pages are too small to stop anybody. Records replayed from cassettes are the same every
time, so any fall counts, however small.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from summariser.errors import InputError
from summariser.evaluation.evaluate import Evaluation
from summariser.evaluation.figures import METRICS, Metric, Scope
from summariser.evaluation.scores import Rate

_LEAST: Final = 0.00005  # rates are kept to four digits
_MAX_BYTES: Final = 20_000_000
_ON_ONE_LINE: Final = re.compile(r'\{\n\s+("numerator": [^{}]*?)\n\s+\}')


class Baseline(BaseModel):
    """Accepted figures, and why they were accepted; what else the file holds is for people."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    reason: str
    gold: Mapping[str, str]
    scopes: tuple[Scope, ...]


class Change(NamedTuple):
    """A figure that differs; `after` is None where it is not measured any more."""

    scope: str
    metric: Metric
    before: Rate
    after: Rate | None

    @property
    def difference(self) -> float:
        """By how much it rose, in the direction that is better; a figure that is gone fell by all it was."""
        before, after = self.before.rate or 0.0, self.after.rate if self.after else None
        if after is None:
            return -max(before, 1.0)
        return before - after if self.metric.fewer else after - before


class Comparison(NamedTuple):
    """What fell and what rose; a fall of a gated figure stops a merge."""

    fell: tuple[Change, ...]
    rose: tuple[Change, ...]

    @property
    def stops(self) -> bool:
        """True if something fell that may not."""
        return any(change.metric.gated for change in self.fell)


def dump_evaluation(evaluation: Evaluation, *, reason: str = "", with_misses: bool = False) -> str:
    """The evaluation as JSON, one figure a line: what a machine reads, and what a baseline is."""
    content = {"reason": reason} | evaluation.model_dump(mode="json", exclude=None if with_misses else {"misses"})
    text = json.dumps(content, ensure_ascii=False, indent=2)
    return _ON_ONE_LINE.sub(lambda match: "{" + re.sub(r"\s*\n\s*", " ", match[1]) + "}", text)


def read_baseline(path: Path) -> Baseline:
    """The baseline in a file. Errors: InputError if it cannot be read or is none."""
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        what = f"cannot be read ({error.strerror or error})"
        raise InputError(what, path=path, next_step="Write one: summariser eval --json") from error
    return parse_baseline(content, path)


def parse_baseline(content: bytes, path: Path) -> Baseline:
    """The baseline in the bytes of a file. Errors: InputError if it is none."""
    try:
        return Baseline.model_validate_json(content[: _MAX_BYTES + 1])
    except ValidationError as error:
        issues = "; ".join(f"{'.'.join(map(str, each['loc'])) or '$'}: {each['msg']}" for each in error.errors()[:5])
        expected = "What `summariser eval --json` prints"
        raise InputError(f"is no baseline: {issues}", path=path, expected=expected) from error


def compare(evaluation: Evaluation, baseline: Baseline, path: Path) -> Comparison:
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
    changes = [change for change in _changes(evaluation, baseline) if abs(change.difference) > _LEAST]
    return Comparison(
        fell=tuple(change for change in changes if change.difference < 0),
        rose=tuple(change for change in changes if change.difference > 0),
    )


def _changes(evaluation: Evaluation, baseline: Baseline) -> Iterator[Change]:
    """Every figure of the baseline beside the present one, in all and by kind."""
    present = {scope.name: scope.figures for scope in evaluation.scopes}
    known = {metric.name: metric for metric in METRICS}
    for scope in baseline.scopes:
        if scope.name.startswith("page:"):
            continue
        for name, before in scope.figures.items():
            if before.rate is not None:
                metric = known.get(name, Metric(name, name))
                yield Change(scope.name, metric, before, present.get(scope.name, {}).get(name))
