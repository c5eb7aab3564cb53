"""How steady a model is: the same pages asked several times, and where the coded fields of an article disagree.

Agreement is given twice: the share of articles in which all samples say the same, and Fleiss' kappa, which takes off
what chance alone would give. A code that differs from one time to the next is one that a person should decide.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import Field

from summariser.api import RunOptions, summarise
from summariser.endpoints.config import Settings
from summariser.evaluation.coded_fields import CODED
from summariser.evaluation.scores import Rate, share
from summariser.schema.page import Frozen
from summariser.schema.record import Record

_Key = tuple[str, str]  # page_id, article_id


class FieldAgreement(Frozen):
    """How well the samples agree in one field."""

    field: str
    unanimous: Rate = Field(description="Share of the articles in which all samples say the same.")
    kappa: float | None = Field(description="Fleiss' kappa; null where all articles have one and the same value.")


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
    by_key: list[dict[_Key, Record]] = [{(one.page_id, one.article_id): one for one in sample} for sample in samples]
    everywhere = [key for key in by_key[0] if all(key in sample for sample in by_key)]
    seen = dict.fromkeys(key for sample in by_key for key in sample)
    groups = [[sample[key] for sample in by_key] for key in everywhere]
    coded = {name: [[read(record) for record in group] for group in groups] for name, read in CODED.items()}
    return Stability(
        samples=len(samples),
        articles=len(groups),
        left_out=tuple("/".join(key) for key in seen if key not in everywhere),
        fields=tuple(
            FieldAgreement(
                field=name,
                unanimous=share(sum(len(set(values)) == 1 for values in units), len(units)),
                kappa=fleiss_kappa(units),
            )
            for name, units in coded.items()
        ),
        disagreements=tuple(
            _disagreement(group[0], name, units[index])
            for index, group in enumerate(groups)
            for name, units in coded.items()
            if len(set(units[index])) > 1
        ),
    )


def fleiss_kappa(units: Sequence[Sequence[str]]) -> float | None:
    """Agreement of as many codes for every unit, beyond chance; None where there is nothing to tell apart.

    Source: Fleiss 1971, Measuring nominal scale agreement among many raters.
    """
    codes = Counter(code for unit in units for code in unit)
    if len(codes) < 2:
        return None
    raters = len(units[0])
    same_pairs = sum(count * (count - 1) for unit in units for count in Counter(unit).values())
    observed = same_pairs / (len(units) * raters * (raters - 1))
    expected = sum((count / codes.total()) ** 2 for count in codes.values())
    return round((observed - expected) / (1 - expected), 4)


def _disagreement(record: Record, field: str, values: Sequence[str]) -> Disagreement:
    return Disagreement(
        page_id=record.page_id,
        article_id=record.article_id,
        headline=record.headline,
        field=field,
        values=dict(Counter(values).most_common()),
    )
