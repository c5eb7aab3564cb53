"""The figures of an evaluation: what is measured, what was observed, and the sums by page, by kind and in all.

Scorers yield observations; nothing here knows how they were made. Every figure of the table below has a direction, so
that two evaluations can be compared without knowing what it means.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from pydantic import Field

from summariser.evaluation.scores import Rate, agreement, masi_distance, nominal_distance, share
from summariser.schema.page import ArticleKind, Frozen, LineRange

ALL: Final = "all"


class Metric(NamedTuple):
    """One figure: its name for machines and for people, whether less is better, whether a fall stops a merge."""

    name: str
    label: str
    fewer: bool = False
    gated: bool = True


METRICS: Final = (
    Metric("partition", "lines in one place only"),
    Metric("line_pairs_f1", "line pairs F1"),
    Metric("line_pairs_precision", "line pairs precision", gated=False),
    Metric("line_pairs_recall", "line pairs recall", gated=False),
    Metric("articles_exact", "articles exactly right"),
    Metric("line_order", "adjacent lines in order"),
    Metric("noise", "noise lines kept out"),
    Metric("articles_extra", "articles nobody wrote", fewer=True),
    Metric("kind", "kind"),
    Metric("headline", "headline"),
    Metric("records", "articles with a record"),
    Metric("decision", "scope decision"),
    Metric("results_found", "result quantities found"),
    Metric("quantities_found", "quantities found", gated=False),
    Metric("value_bounds", "value and bounds right"),
    Metric("unit", "unit right"),
    Metric("approximation_kept", "approximation kept"),
    Metric("approximation_added", "approximation added", fewer=True),
    Metric("binding", "bound to its sentence"),
    Metric("numbers_invented", "numbers invented", fewer=True),
    Metric("numbers_foreign", "numbers of other articles", fewer=True),
    Metric("people_f1", "people F1"),
    Metric("people_precision", "people precision", gated=False),
    Metric("people_recall", "people recall", gated=False),
    Metric("people_invented", "people invented", fewer=True),
    Metric("organisations_strict", "organisations, strict", gated=False),
    Metric("organisations", "organisations, folded"),
    Metric("organisations_invented", "organisations invented", fewer=True),
    Metric("lead_organisation", "lead organisation"),
    Metric("lead_level", "level of the lead"),
    Metric("place", "place at the printed level"),
    Metric("primary_theme", "primary theme"),
    Metric("primary_theme_alpha", "primary theme, alpha"),
    Metric("theme_set_alpha", "theme set, alpha (MASI)"),
    Metric("evidence_located", "evidence located"),
    Metric("evidence_exact", "evidence, exact", gated=False),
    Metric("evidence_folded", "evidence, folded", gated=False),
    Metric("evidence_fuzzy", "evidence, fuzzy", fewer=True, gated=False),
    Metric("evidence_failed", "evidence, not found", fewer=True),
    Metric("facts_unsupported", "facts unsupported", fewer=True),
    Metric("records_sound", "records sound by check"),
    Metric("needs_review", "records to review", fewer=True),
    Metric("repaired", "records asked for again", fewer=True),
)
_DISTANCES: Final[Mapping[str, Callable[[frozenset[str], frozenset[str]], float]]] = {
    "primary_theme_alpha": nominal_distance,
    "theme_set_alpha": masi_distance,
}


class MissKind(StrEnum):
    """What sort of miss it is.

    `omission`: gold has it, the record has not. `invention`: the record has it, the article has not. `extra`: the
    record has it and so has the article, but not the gold. `wrong`: both have it, and they differ.
    """

    OMISSION = "omission"
    INVENTION = "invention"
    EXTRA = "extra"
    WRONG = "wrong"


class Miss(Frozen):
    """One thing that is not as gold has it."""

    page_id: str
    article: str | None = Field(description="Id of the gold article; null where it belongs to none.")
    article_id: str | None = Field(description="Id of the article of the split that answers for it.")
    figure: str = Field(description="The figure it counts against.")
    field: str = Field(description="Where in the record, or which property of the article.")
    kind: MissKind
    gold: str | None = Field(description="What gold has.")
    got: str | None = Field(description="What the record has.")
    lines: tuple[LineRange, ...] = Field(description="Page lines of the source.")
    source: str = Field(description="The sentence of the page, where there is one.")


class Count(NamedTuple):
    """So many of so many; `trials` where the things counted are not independent (see `scores.share`)."""

    figure: str
    page_id: str
    kind: ArticleKind | None  # None: counts for the page and in all, for no kind
    right: int
    of: int
    trials: int | None = None


class Coded(NamedTuple):
    """One unit that gold and record both coded; single codes are sets of one."""

    figure: str
    page_id: str
    kind: ArticleKind | None
    gold: frozenset[str]
    got: frozenset[str]


Observation = Count | Coded | Miss


class Subject(NamedTuple):
    """What an observation is made of: an article of the gold, of the split, or both."""

    page_id: str
    article: str | None
    article_id: str | None
    kind: ArticleKind | None

    def counted(self, figure: str, right: int, of: int, trials: int | None = None) -> Count:
        """So many of so many."""
        return Count(figure, self.page_id, self.kind, right, of, trials)

    def coded(self, figure: str, gold: Iterable[str], got: Iterable[str]) -> Coded:
        """What both coded."""
        return Coded(figure, self.page_id, self.kind, frozenset(gold), frozenset(got))

    def miss(  # noqa: PLR0913 - one argument for each thing a reader asks of a miss
        self,
        figure: str,
        field: str,
        gold: str | None,
        got: str | None,
        source: Source,
        *,
        kind: MissKind | None = None,
    ) -> Miss:
        """What is not as gold has it; of what kind follows from which of the two is missing, unless it is said."""
        told = MissKind.OMISSION if got is None else MissKind.INVENTION if gold is None else MissKind.WRONG
        return Miss(
            page_id=self.page_id,
            article=self.article,
            article_id=self.article_id,
            figure=figure,
            field=field,
            kind=kind or told,
            gold=gold,
            got=got,
            lines=source.lines,
            source=source.text,
        )


class Source(NamedTuple):
    """Where on the page: the lines, and the sentence if it is one."""

    lines: tuple[LineRange, ...]
    text: str = ""


class Scope(Frozen):
    """The figures of a page, of a kind of article, or of everything."""

    name: str = Field(description="all, kind:brief ..., page:page-000 ...")
    figures: Mapping[str, Rate]


def sum_up(observations: Iterable[Observation]) -> tuple[Scope, ...]:
    """The figures of everything, of each kind, of each page, in this order; each scope has every figure."""
    gathered: defaultdict[str, list[Count | Coded]] = defaultdict(list)
    for each in observations:
        if not isinstance(each, Miss):
            for scope in _scopes(each):
                gathered[scope].append(each)
    kinds = [f"kind:{kind.value}" for kind in ArticleKind]
    names = [ALL, *kinds, *sorted(name for name in gathered if name.startswith("page:"))]
    return tuple(Scope(name=name, figures=_figures(gathered[name])) for name in names if name in gathered)


def _scopes(each: Count | Coded) -> Iterator[str]:
    """The scopes an observation counts in."""
    yield ALL
    yield f"page:{each.page_id}"
    if each.kind is not None:
        yield f"kind:{each.kind.value}"


def _figures(observations: Iterable[Count | Coded]) -> dict[str, Rate]:
    """Every figure, from the observations of one scope."""
    gathered: defaultdict[str, list[Count | Coded]] = defaultdict(list)
    for each in observations:
        gathered[each.figure].append(each)
    return {metric.name: _figure(metric.name, gathered[metric.name]) for metric in METRICS}


def _figure(name: str, observations: Iterable[Count | Coded]) -> Rate:
    """One figure: a coefficient where there is a distance for it, else a share."""
    if name in _DISTANCES:
        pairs = [(each.gold, each.got) for each in observations if isinstance(each, Coded)]
        return agreement(pairs, _DISTANCES[name])
    counts = [each for each in observations if isinstance(each, Count)]
    trials = sum(each.of if each.trials is None else each.trials for each in counts)
    return share(sum(each.right for each in counts), sum(each.of for each in counts), trials=trials)
