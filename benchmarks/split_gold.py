"""How well a split agrees with gold: line pairs, whole articles, order, kind and headline.

usage: python benchmarks/split_gold.py GOLD.json...

Each gold file lies beside its page (`page-000.gold.json` beside `page-000.txt`). Prints what the rules reach.
`score_split` takes any split, a model's too.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, NamedTuple

from summariser.pages.split_rules import split_by_rules
from summariser.readers.dispatch import read_page
from summariser.schema.page import Article, Page, PageSplit

HEADER = ("page", "pairs P", "pairs R", "pairs F1", "articles", "exact", "order", "kind", "headline", "partition")


class Score(NamedTuple):
    """Agreement of one split with gold; shares from 0 to 1, counts as (right, of)."""

    page: str
    precision: float
    recall: float
    f1: float
    articles: tuple[int, int]
    exact: tuple[int, int]
    order: tuple[int, int]
    kind: tuple[int, int]
    headline: tuple[int, int]
    is_partition: bool


def score_split(split: PageSplit, page: Page, gold: dict[str, Any]) -> Score:
    """Compare a split with gold.

    Shape: unscored lines count nowhere; an article of the split answers for the gold article it shares most lines with.
    """
    skipped = set(_lines_of(gold["unscored_lines"])) | set(range(1, len(page.lines) + 1)).difference(page.text_lines)
    wanted = [[number for number in _lines_of(each["lines"]) if number not in skipped] for each in gold["articles"]]
    given = [[number for number in _lines_of(each.lines) if number not in skipped] for each in split.articles]
    gold_pairs, pairs = _pairs(wanted), _pairs(given)
    shared = len(gold_pairs & pairs)
    precision, recall = shared / max(len(pairs), 1), shared / max(len(gold_pairs), 1)
    partners = [_partner(lines, given) for lines in wanted]
    found = [
        (gold_article, split.articles[index]) for gold_article, index in zip(gold["articles"], partners, strict=True)
    ]
    successors = {pair for lines in given for pair in pairwise(lines)}
    steps = [pair for lines in wanted for pair in pairwise(lines)]
    return Score(
        page=split.page_id,
        precision=precision,
        recall=recall,
        f1=2 * precision * recall / max(precision + recall, 1e-9),
        articles=(len(given), len(wanted)),
        exact=(sum(set(lines) in map(set, given) for lines in wanted), len(wanted)),
        order=(sum(step in successors for step in steps), len(steps)),
        kind=(sum(article.kind == each["kind"] for each, article in found), len(wanted)),
        headline=(sum(_same_headline(each, article) for each, article in found), len(wanted)),
        is_partition=_is_partition(split, page),
    )


def main(paths: Sequence[str]) -> None:
    """Print the scores of the rules on each gold file, and their mean F1."""
    scores = []
    for path in map(Path, paths):
        page = read_page(path.with_name(path.name.replace(".gold.json", ".txt")))
        scores.append(score_split(split_by_rules(page), page, json.loads(path.read_text(encoding="utf-8"))))
    print(_table([HEADER, *map(_row, scores)]))
    print(f"mean pairs F1 {sum(each.f1 for each in scores) / len(scores):.3f}")


def _lines_of(ranges: Iterable[Any]) -> Iterable[int]:
    """The lines that ranges, or single numbers, name, in order."""
    for each in ranges:
        first, last = (each, each) if isinstance(each, int) else each
        yield from range(first, last + 1)


def _pairs(groups: Iterable[Sequence[int]]) -> set[tuple[int, int]]:
    """All pairs of lines that stand in the same article."""
    return {pair for lines in groups for pair in combinations(sorted(set(lines)), 2)}


def _partner(lines: Sequence[int], given: Sequence[Sequence[int]]) -> int:
    """The index of the given article that shares most lines."""
    return max(range(len(given)), key=lambda index: len(set(lines) & set(given[index])))


def _same_headline(gold_article: dict[str, Any], article: Article) -> bool:
    """Whether headline or kicker agree, the split's with the gold's; rightly none counts as right."""
    kicker, headline = _bare(gold_article["kicker"]), _bare(gold_article["headline"])
    wanted = {headline, kicker, kicker + headline, headline + kicker} - {""}  # both may stand in one line
    given = {_bare(article.headline), _bare(article.kicker)} - {""}
    return bool(wanted & given) or not (wanted or given)


def _bare(text: str | None) -> str:
    """Letters and digits of a title, evened out."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text or ""))


def _is_partition(split: PageSplit, page: Page) -> bool:
    """Whether each line with text is used exactly once."""
    used = [number for article in split.articles for number in _lines_of(article.lines)] + [*_lines_of(split.noise)]
    text_lines = set(page.text_lines)
    return sorted(number for number in used if number in text_lines) == sorted(text_lines)


def _row(score: Score) -> tuple[str, ...]:
    """A score as the cells of the table."""
    counts = (score.articles, score.exact, score.order, score.kind, score.headline)
    shares = (score.precision, score.recall, score.f1)
    return (
        score.page,
        *(f"{share:.3f}" for share in shares),
        *(f"{right}/{total}" for right, total in counts),
        "yes" if score.is_partition else "NO",
    )


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as aligned columns."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)) for row in rows)


if __name__ == "__main__":
    main(sys.argv[1:])
