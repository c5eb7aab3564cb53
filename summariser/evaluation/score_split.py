"""How well a page was cut: line pairs, whole articles, order, noise, kind and headline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations, pairwise
from math import comb
from typing import Final

from summariser.evaluation.figures import Miss, MissKind, Observation, Source, Subject
from summariser.evaluation.gold import line_numbers
from summariser.evaluation.pairing import Holding, Pair, Sheet, bare
from summariser.pages.article import bare_line
from summariser.schema.page import LineRange, format_lines, to_ranges

_LONGEST_TITLE: Final = 4  # lines a headline is set in at most
_ALIKE: Final = 0.75  # a title with one character in four misread is still that title


def score_split(sheet: Sheet) -> Iterator[Observation]:
    """Everything about where the lines of a page went."""
    yield from _score_partition(sheet)
    yield from _score_noise(sheet)
    for pair in sheet.pairs:
        yield from _score_lines(pair, sheet)
        yield from _score_order(pair)
        yield from _score_kind(pair)
        yield from _score_headline(pair)
    for holding in sheet.holdings:
        yield from _score_strangers(holding, sheet)
        is_extra = all(pair.given is not holding.given for pair in sheet.pairs)
        yield holding.subject.counted("articles_extra", is_extra, 1)
        if is_extra:
            got = format_lines(holding.given.entry.lines)
            source = Source(holding.given.entry.lines)
            yield holding.subject._replace(article=None).miss("articles_extra", "lines", None, got, source)


def _score_partition(sheet: Sheet) -> Iterator[Observation]:
    """Each line with text belongs to one article or to noise."""
    subject = Subject(sheet.gold.page.page_id, None, None, None)
    ranges = [span for each in sheet.manifest.articles for span in each.lines] + list(sheet.manifest.noise)
    uses = Counter(line_numbers(tuple(ranges)))
    lines = sheet.gold.page.text_lines
    yield subject.counted("partition", sum(uses[number] == 1 for number in lines), len(lines))
    for number in lines:
        if uses[number] != 1:
            source = Source((LineRange(number, number),), sheet.gold.page.lines[number - 1].strip())
            got = f"{uses[number]} times" if uses[number] else None
            yield subject.miss("partition", f"line {number}", "once", got, source)


def _score_noise(sheet: Sheet) -> Iterator[Observation]:
    """Noise of the gold stands in no article."""
    subject = Subject(sheet.gold.page.page_id, None, None, None)
    taken = {number: each for each in sheet.given for number in each.lines}
    for number in sorted(sheet.gold.noise - sheet.gold.unscored):
        yield subject.counted("noise", number not in taken, 1)
        if number in taken:
            source = Source((LineRange(number, number),), sheet.gold.page.lines[number - 1].strip())
            yield subject.miss("noise", f"line {number}", "noise", taken[number].entry.article_id, source)


def _score_lines(pair: Pair, sheet: Sheet) -> Iterator[Observation]:
    """Which lines of a gold article stand together, and whether one article holds exactly these."""
    lines = pair.wanted.lines
    possible = comb(len(lines), 2)
    together = sum(comb(len(set(lines) & set(each.lines)), 2) for each in sheet.given)
    yield pair.subject.counted("line_pairs_f1", 2 * together, possible + together, len(lines))
    yield pair.subject.counted("line_pairs_precision", together, together, len(lines))
    yield pair.subject.counted("line_pairs_recall", together, possible, len(lines))
    is_exact = pair.given is not None and set(pair.given.lines) == set(lines)
    yield pair.subject.counted("articles_exact", is_exact, 1)
    if not is_exact:
        yield _inexact(pair, sheet)


def _score_strangers(holding: Holding, sheet: Sheet) -> Iterator[Observation]:
    """Pairs of lines in one article of the split that no gold article holds both of."""
    own = set(holding.given.lines)
    rightly = sum(comb(len(own & set(each.lines)), 2) for each in sheet.wanted)
    strangers = comb(len(own), 2) - rightly
    yield holding.subject.counted("line_pairs_f1", 0, strangers, 0)
    yield holding.subject.counted("line_pairs_precision", 0, strangers, 0)


def _inexact(pair: Pair, sheet: Sheet) -> Miss:
    """What is wrong with the lines of an article: which are missing, which are others'."""
    own = set(pair.given.lines) if pair.given else set()
    missing, foreign = sorted(set(pair.wanted.lines) - own), sorted(own - set(pair.wanted.lines))
    merged = [each.gold.id for each in sheet.pairs if each is not pair and pair.given and each.given is pair.given]
    parts = [f"lacks {_said(missing)}"] if missing else []
    parts += [f"has besides {_said(foreign)}"] if foreign else []
    parts += [f"merged with {', '.join(merged)}"] if merged else []
    source = Source(to_ranges(missing + foreign))
    got = "; ".join(parts) if pair.given else None
    return pair.subject.miss("articles_exact", "lines", format_lines(pair.gold.lines), got, source)


def _score_order(pair: Pair) -> Iterator[Observation]:
    """Lines that follow one another in the gold do so in the article."""
    steps = list(pairwise(pair.wanted.lines))
    kept = set(pairwise(pair.given.lines)) if pair.given else set()
    broken = [step for step in steps if step not in kept]
    yield pair.subject.counted("line_order", len(steps) - len(broken), len(steps))
    if broken and pair.given:
        gold = ", ".join(f"{first}>{then}" for first, then in broken)
        got = ", ".join(map(str, pair.given.lines))
        source = Source(to_ranges(sorted({number for step in broken for number in step})))
        yield pair.subject.miss("line_order", "lines", gold, got, source)


def _score_kind(pair: Pair) -> Iterator[Observation]:
    got = pair.given.entry.kind if pair.given else None
    yield pair.subject.counted("kind", got == pair.gold.kind, 1)
    if got != pair.gold.kind:
        yield pair.subject.miss("kind", "kind", pair.gold.kind.value, got and got.value, pair.source(None))


def _score_headline(pair: Pair) -> Iterator[Observation]:
    """Headline or kicker agree, or both do as one; rightly none counts as right."""
    gold = " / ".join(title for title in (pair.gold.kicker, pair.gold.headline) if title) or None
    article = pair.given.article if pair.given else None
    titles = [title for title in (article.kicker, article.headline) if title] if article else []
    is_right = pair.given is not None and _is_title(titles, pair)
    yield pair.subject.counted("headline", is_right, 1)
    if not is_right:
        got = " / ".join(titles) or None
        kind = MissKind.OMISSION if pair.given is None else None
        if gold or got:
            yield pair.subject.miss("headline", "headline", gold, got, pair.source(pair.gold.headline), kind=kind)


def _is_title(titles: Sequence[str], pair: Pair) -> bool:
    """Whether one of the titles is the gold's, as the gold spells it or as the page misprints it."""
    wanted = _either(bare(pair.gold.kicker), bare(pair.gold.headline))
    given = _either(*map(bare, titles))
    if wanted & given or not (wanted or given):
        return True
    printed = _printed_titles(pair)
    return any(_alike(title, other) for title in given & printed for other in wanted)


def _either(*titles: str) -> set[str]:
    """The titles, and all of them in one line, in either order."""
    joined = {"".join(titles), "".join(reversed(titles))}
    return ({*titles} | joined) - {""}


def _printed_titles(pair: Pair) -> set[str]:
    """What whole lines of the gold article spell, up to as many as a title is set in."""
    texts = [bare(bare_line(pair.page.lines[number - 1])[1]) for number in pair.wanted.lines]
    return {
        "".join(texts[start:end])
        for start, end in combinations(range(len(texts) + 1), 2)
        if end - start <= _LONGEST_TITLE
    }


def _alike(a: str, b: str) -> bool:
    """Whether two titles differ by no more than misread characters."""
    return abs(len(a) - len(b)) <= 2 and SequenceMatcher(None, a, b, autojunk=False).ratio() >= _ALIKE


def _said(numbers: Sequence[int]) -> str:
    return format_lines(to_ranges(numbers))
