"""Facts of records held against gold that tells each figure with its change, period, speaker and total.

    python benchmarks/facts_gold.py [RECORDS GOLD]

Without arguments: pages 200 to 222 of the held-out pages, replayed, each with the release of its recording. Gold
(`*.facts.json`) names the words of each figure as the page prints them, its value, `before`, `period`, `claimant`, the
words of its total, status and link of the chain.
A figure counts as found if a result of the article has its words, and its value where it is one number. 每年 and 每月
are what a figure is reckoned by and no period, though gold may say so; they are left out.
"""

from __future__ import annotations

import difflib
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from summariser.api import RunOptions, summarise
from summariser.disk.stored import load_records
from summariser.endpoints.config import Settings
from summariser.evaluation.figures import krippendorff_alpha, nominal_distance
from summariser.schema.case import Result
from summariser.schema.page import PageSource
from summariser.schema.record import Record

HELD_OUT = Path(__file__).parent / "held_out"
PAGES = tuple(f"page-{number}" for number in range(200, 223))
SOURCES = {"page-200": PageSource(newspaper="楚岭工人报", issue_date="2026-10-21", page_no=3)}  # others print it
_ALIKE = {
    **dict.fromkeys(("名", "位", "孩子", "职工", "学员", "人次"), "人"),
    **{"天": "日", "季": "季度", "年度": "年", "夜班": "班", "门": "门课", "节课": "节"},
    **{"十名": "10名", "百名": "100名", "百张床": "百张", "百件": "100件", "百元": "100元"},
}
_RATE = re.compile("每|日均|年均|月均|比|较")  # words of gold that are no period here: a rate, or what is compared with


class FactScore(NamedTuple):
    """How many there are, and how many are right; `alphas` by coded field."""

    found: tuple[int, int]
    before: tuple[int, int]
    period: tuple[int, int]
    claimant: tuple[int, int]
    part_of: tuple[int, int]
    per: tuple[int, int]
    decisions: tuple[int, int]
    alphas: Mapping[str, float | None]


def score(records: Sequence[Record], gold: Sequence[Mapping[str, Any]]) -> FactScore:
    """Hold the records of a page against its gold."""
    counts: dict[str, list[int]] = {
        name: [0, 0] for name in ("found", "before", "period", "claimant", "part_of", "per")
    }
    codes: dict[str, list[tuple[str, str]]] = {"chain": [], "status": []}
    decisions = 0
    for article in gold:
        record = max(records, key=lambda each: _likeness(article["headline"], each))
        decisions += article["decision"] == record.case.decision.value
        counts["found"][1] += len(article["facts"])
        for fact, result in _pair(article["facts"], record.case.results):
            counts["found"][0] += 1
            codes["chain"].append((fact["chain"], str(result.chain)))
            codes["status"].append((fact["status"], result.status.value))
            wanted_per, per = (
                _per_of(fact.get("unit") or ""),
                _per_of(f"/{result.quantity.per or ''}" if result.quantity else ""),
            )
            if wanted_per or per:
                counts["per"][0] += wanted_per == per
                counts["per"][1] += 1
            for name, wanted, got in _told(fact, result, record):
                if wanted or got:
                    counts[name][0] += bool(
                        wanted and got and (_bare(wanted) in _bare(got) or _bare(got) in _bare(wanted))
                    )
                    counts[name][1] += 1
    alphas = {name: krippendorff_alpha(pairs, nominal_distance) for name, pairs in codes.items()}
    pairs = {name: (right, all_of_them) for name, (right, all_of_them) in counts.items()}
    return FactScore(**pairs, decisions=(decisions, len(gold)), alphas=alphas)


def replay_page(page_id: str) -> FactScore:
    """The score of a held-out page, made from its recordings."""
    gold = json.loads((HELD_OUT / f"{page_id}.facts.json").read_text(encoding="utf-8"))["articles"]
    options = RunOptions(replay=True, cassettes=HELD_OUT / "cassettes", source=SOURCES.get(page_id, PageSource()))
    with tempfile.TemporaryDirectory() as folder:
        report = summarise(HELD_OUT / f"{page_id}.txt", options=options, settings=Settings(out=Path(folder)))
        return score(report.records, gold)


def _pair(facts: Sequence[Mapping[str, Any]], results: Sequence[Result]) -> Iterator[tuple[Mapping[str, Any], Result]]:
    """Each fact of gold with the result that gives its figure, if one does."""
    left = dict(enumerate(results))
    for fact in facts:
        words = _bare(fact["words"])
        fits = [i for i, each in left.items() if each.value_text and _holds(words, _bare(each.value_text))]
        exact = [i for i in fits if _same_value(fact.get("value"), left[i])]
        if chosen := sorted(exact or fits, key=lambda i: (not _same_subject(fact, left[i]), i))[:1]:
            yield fact, left.pop(chosen[0])


def _told(fact: Mapping[str, Any], result: Result, record: Record) -> Iterator[tuple[str, str | None, str | None]]:
    """What is told beside a figure: name, gold's words, the record's."""
    period = fact.get("period")
    total = None if result.part_of is None else record.case.results[result.part_of].value_text
    yield "before", fact.get("before"), result.before_text
    yield "period", None if period and _RATE.search(period) else period, result.period.text if result.period else None
    yield "claimant", fact.get("claimant"), result.claimant.name if result.claimant else None
    yield "part_of", fact.get("part_of_words"), total


def _per_of(unit: str) -> set[str]:
    """What a unit is reckoned by: 人 and 月 of 元/人·月, whatever word counts the people and the time."""
    pers = (part.removeprefix("个") for part in re.split("[/·]", unit)[1:])
    return {_ALIKE.get(per, per) for per in pers if per}


def _same_value(value: object, result: Result) -> bool:
    """Whether a result has the number of gold."""
    number = result.quantity.value if result.quantity else None
    return isinstance(value, int | float) and number is not None and abs(number - Decimal(str(value))) < Decimal("1e-6")


def _same_subject(fact: Mapping[str, Any], result: Result) -> bool:
    return _bare(fact.get("subject") or "") in _bare(f"{result.subject or ''}{result.text}")


def _holds(words: str, others: str) -> bool:
    return words in others or others in words


def _likeness(headline: str, record: Record) -> float:
    """How like gold's headline the record's headline or kicker is, or the begin of a brief that has neither."""
    heads = (record.headline, record.kicker, record.text.sentences[0].text)
    return max(difflib.SequenceMatcher(None, _bare(headline), _bare(head or "")).ratio() for head in heads)


def _bare(text: str) -> str:
    return re.sub(r"[\s，,]", "", text)


def main(arguments: Sequence[str]) -> None:
    """Print the score."""
    if arguments:
        gold = json.loads(Path(arguments[1]).read_text(encoding="utf-8"))["articles"]
        scores = {arguments[0]: score(load_records(arguments[0]), gold)}
    else:
        scores = {page_id: replay_page(page_id) for page_id in PAGES}
    for page_id, scored in scores.items():
        print(page_id, *(f"  {name}: {value}" for name, value in scored._asdict().items()), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
