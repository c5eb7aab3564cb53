"""How well a page was cut: line pairs, whole articles, order, noise, kind and headline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations, pairwise
from math import comb
from typing import Final

from summariser.evaluation.figures import MissKind, Observation
from summariser.evaluation.pairing import Pair, Sheet, Source, Subject, bare
from summariser.pages.article import bare_line
from summariser.schema.page import LineRange, format_lines, line_numbers, to_ranges

_LONGEST_TITLE: Final = 4  # lines a headline is set in at most
_ALIKE: Final = 0.75  # a title with one character in four misread is still that title


def score_split(sheet: Sheet) -> Iterator[Observation]:
    """Everything about where the lines of a page went."""
    yield from _score_places(sheet)
    for pair in sheet.pairs:
        yield from _score_lines(pair, sheet)
        yield from _score_order(pair)
        got = pair.given.entry.kind if pair.given else None
        is_right = got == pair.gold.kind
        yield from pair.subject.judge("kind", "kind", pair.gold.kind.value, got and got.value, is_right=is_right)
        yield from _score_headline(pair)
    for holding in sheet.holdings:
        own = set(holding.given.lines)  # pairs of lines in one article that no gold article holds both of
        strangers = comb(len(own), 2) - sum(comb(len(own & set(each.lines)), 2) for each in sheet.wanted)
        yield holding.subject.counted("line_pairs_f1", 0, strangers, 0)
        yield holding.subject.counted("line_pairs_precision", 0, strangers, 0)
        is_extra = all(pair.given is not holding.given for pair in sheet.pairs)
        nobody, lines = holding.subject._replace(article=None), holding.given.entry.lines
        at, said = Source(lines), format_lines(lines)
        yield from nobody.judge("articles_extra", "lines", None, said, at, is_right=not is_extra)


def _score_places(sheet: Sheet) -> Iterator[Observation]:
    """Each line with text belongs to one article or to noise; noise of the gold stands in no article."""
    page, subject = sheet.gold.page, Subject(sheet.gold.page.page_id, None, None, None, None)
    uses = Counter(
        line_numbers((*(span for each in sheet.manifest.articles for span in each.lines), *sheet.manifest.noise))
    )
    yield subject.counted("partition", sum(uses[number] == 1 for number in page.text_lines), len(page.text_lines))
    taken = {number: each for each in sheet.given for number in each.lines}
    noise = sorted(sheet.gold.noise - sheet.gold.unscored)
    yield subject.counted("noise", sum(number not in taken for number in noise), len(noise))
    wrong = [("partition", number, "once", f"{uses[number]} times") for number in page.text_lines if uses[number] > 1]
    wrong += [("partition", number, "once", "") for number in page.text_lines if not uses[number]]
    wrong += [("noise", number, "noise", taken[number].entry.article_id) for number in noise if number in taken]
    for figure, number, gold, got in wrong:
        source = Source((LineRange(number, number),), page.lines[number - 1].strip())
        yield subject.miss(figure, f"line {number}", gold, got or None, source)


def _score_lines(pair: Pair, sheet: Sheet) -> Iterator[Observation]:
    """Which lines of a gold article stand together, and whether one article holds exactly these."""
    lines = pair.wanted.lines
    possible = comb(len(lines), 2)
    together = sum(comb(len(set(lines) & set(each.lines)), 2) for each in sheet.given)
    yield pair.subject.counted("line_pairs_f1", 2 * together, possible + together, len(lines))
    yield pair.subject.counted("line_pairs_precision", together, together, len(lines))
    yield pair.subject.counted("line_pairs_recall", together, possible, len(lines))
    own = set(pair.given.lines) if pair.given else set()
    missing, foreign = set(lines) - own, own - set(lines)
    yield pair.subject.counted("articles_exact", not (missing or foreign), 1)
    if missing or foreign:
        merged = [each.gold.id for each in sheet.pairs if each is not pair and pair.given and each.given is pair.given]
        parts = [f"lacks {format_lines(to_ranges(missing))}"] if missing else []
        parts += [f"has besides {format_lines(to_ranges(foreign))}"] if foreign else []
        parts += [f"merged with {', '.join(merged)}"] if merged else []
        got, source = "; ".join(parts) if pair.given else None, Source(to_ranges(missing | foreign))
        yield pair.subject.miss("articles_exact", "lines", format_lines(pair.gold.lines), got, source)


def _score_order(pair: Pair) -> Iterator[Observation]:
    """Lines that follow one another in the gold do so in the article."""
    steps = list(pairwise(pair.wanted.lines))
    kept = set(pairwise(pair.given.lines)) if pair.given else set()
    broken = [step for step in steps if step not in kept]
    yield pair.subject.counted("line_order", len(steps) - len(broken), len(steps))
    if broken and pair.given:
        gold, got = ", ".join(f"{first}>{then}" for first, then in broken), ", ".join(map(str, pair.given.lines))
        source = Source(to_ranges(number for step in broken for number in step))
        yield pair.subject.miss("line_order", "lines", gold, got, source)


def _score_headline(pair: Pair) -> Iterator[Observation]:
    """Headline or kicker agree, or both do as one; rightly none counts as right."""
    gold = " / ".join(title for title in (pair.gold.kicker, pair.gold.headline) if title) or None
    article = pair.given.article if pair.given else None
    titles = [title for title in (article.kicker, article.headline) if title] if article else []
    is_right = pair.given is not None and _is_title(titles, pair)
    got, kind = " / ".join(titles) or None, None if pair.given else MissKind.OMISSION
    judged = pair.subject.judge("headline", "headline", gold, got, pair.gold.headline, is_right=is_right, kind=kind)
    yield next(judged)
    if gold or got:
        yield from judged


def _is_title(titles: Sequence[str], pair: Pair) -> bool:
    """Whether one of the titles is the gold's, as the gold spells it or as the page misprints it."""
    wanted = _either(bare(pair.gold.kicker), bare(pair.gold.headline))
    given = _either(*map(bare, titles))
    if wanted & given or not (wanted or given):
        return True
    texts = [bare(bare_line(pair.page.lines[number - 1])[1]) for number in pair.wanted.lines]
    spans = combinations(range(len(texts) + 1), 2)  # what whole lines spell, up to as many as a title is set in
    printed = {"".join(texts[start:end]) for start, end in spans if end - start <= _LONGEST_TITLE}
    return any(
        abs(len(title) - len(other)) <= 2 and SequenceMatcher(None, title, other, autojunk=False).ratio() >= _ALIKE
        for title in given & printed
        for other in wanted
    )


def _either(*titles: str) -> set[str]:
    """The titles, and all of them in one line, in either order."""
    return {*titles, "".join(titles), "".join(reversed(titles))} - {""}
