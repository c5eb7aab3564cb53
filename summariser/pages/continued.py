"""Articles that go on on another page, and articles that stand twice among the pages of a run.

Pages that say the same issue, or nothing of it, are looked at together. A jump （下转第3版） is tied to text on that
page that is marked （上接第1版） or lacks a headline: by the page numbers of both, by the words both share, and by the
joint, for most jumps break a sentence. Nothing is joined here; what is found is told.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from summariser.pages.affinity import PageWords
from summariser.schema.page import Article, ArticleKind, Page, PageSplit, format_lines

LEAST_SHARE = 0.12  # of the words of the second part that stand in the first; chance gives some 0.05
CLEAR_LEAD = 0.05  # by which the best candidate is ahead of the next
SHINGLE = 8  # characters; few runs of that length occur in two articles
SAMPLED = 4  # of so many runs one is compared
SAME_SHARE = 0.5  # of the sampled runs of the shorter article that stand in the longer one
MOST_HOLDERS = 20  # articles that share a run; what stands in more is no sign of anything

_NUMERALS = {char: value for value, char in enumerate("〇一二三四五六七八九十")}
_JUMP = re.compile(
    r"(?:^|[（(【\[])\s*(?P<way>上\s*接|下\s*转|紧\s*接|转|接)\s*(?:本报)?\s*第?\s*(?P<page>\d{1,3}|[一二三四五六七八九十]{1,3})\s*版"
    r".{0,12}?(?:$|[）)】\]])"
)


class Place(NamedTuple):
    """One article and its page."""

    page: Page
    article: Article

    @property
    def said(self) -> str:
        """How a person finds it."""
        title = f"“{self.article.headline}”, " if self.article.headline else ""
        return f"{self.page.page_id}, {title}lines {format_lines(self.article.lines)}"


class Link(NamedTuple):
    """An article and where it goes on; `is_sure` says that page numbers and words agree and nothing else competes."""

    first: Place
    second: Place
    is_sure: bool


def tell_ties(splits: Sequence[tuple[Page, PageSplit]]) -> Iterator[str]:
    """What a person should know of the articles of several pages: those that go on elsewhere, those there twice."""
    for link in find_links(splits):
        verb = "goes on" if link.is_sure else "may go on"
        yield f"{link.first.said}: {verb} in {link.second.said}. They are kept apart."
    for one, other in find_repeats(splits):
        yield f"{one.said}: stands a second time in {other.said}."


def find_links(splits: Sequence[tuple[Page, PageSplit]]) -> list[Link]:
    """Jumps with the text they lead to, the best first; an article jumps once, and is jumped to once."""
    places = [Place(page, article) for page, split in splits for article in split.articles]
    onward = [(place, number) for place in places if (number := _jump(place.article, "转")) is not None]
    if not onward or len(splits) < 2:
        return []
    words = PageWords(line for page, _ in splits for line in page.lines)
    offers: list[tuple[float, bool, Place, Place]] = []
    for first, target in onward:
        for second in places:
            if fit := _page_fit(first, second, target):
                share = words.share(second.article.text, first.article.text)
                joint = words.joint(_last_line(first.article), _first_line(second.article))
                offers.append((share + 0.05 * joint + 0.2 * fit, fit == 2 and share >= LEAST_SHARE, first, second))
    return list(_best_links(offers))


def _best_links(offers: Iterable[tuple[float, bool, Place, Place]]) -> Iterator[Link]:
    """The best offer of each article; one that hardly beats the next, or lacks shared words, is not sure."""
    ranked = sorted(offers, key=lambda each: -each[0])
    taken: set[tuple[str, str, str]] = set()
    for score, agrees, first, second in ranked:
        ends = {(*_key(first), "out"), (*_key(second), "in")}
        if ends & taken or (not agrees and score < LEAST_SHARE):
            continue
        taken |= ends
        rivals = [
            other for other, _, one, two in ranked
            if (_key(one) == _key(first)) != (_key(two) == _key(second)) and other > score - CLEAR_LEAD
        ]  # fmt: skip
        yield Link(first, second, agrees and not rivals)


def _page_fit(first: Place, second: Place, target: int) -> int:
    """Whether one article may go on in another by pages: 0 no, 1 as far as is known, 2 as both say."""
    one, other = first.page.source, second.page.source
    is_other = first.page.page_id != second.page.page_id
    is_issue = all(
        getattr(one, name) in (None, getattr(other, name)) or getattr(other, name) is None
        for name in ("newspaper", "issue_date")
    )
    origin = _jump(second.article, "接")
    is_open = origin is not None or second.article.kind is ArticleKind.CONTINUATION or not second.article.headline
    if not is_other or not is_issue or not is_open or other.page_no not in (None, target):
        return 0
    if origin is not None and one.page_no not in (None, origin):
        return 0
    return 2 if other.page_no == target and origin is not None and one.page_no == origin else 1


def find_repeats(splits: Sequence[tuple[Page, PageSplit]]) -> list[tuple[Place, Place]]:
    """Pairs of articles, of one page or two, that are the same text as far as OCR lets one tell."""
    places = [Place(page, article) for page, split in splits for article in split.articles]
    holders: dict[str, list[int]] = defaultdict(list)
    sizes: list[int] = []
    for index, place in enumerate(places):
        runs = _sampled(place.article.text)
        sizes.append(len(runs))
        for run in runs:
            holders[run].append(index)
    shared = Counter(pair for held in holders.values() if len(held) <= MOST_HOLDERS for pair in combinations(held, 2))
    return [
        (places[one], places[other])
        for (one, other), count in shared.items()
        if count >= max(2, SAME_SHARE * min(sizes[one], sizes[other]))
    ]


def _sampled(text: str) -> set[str]:
    """Some of the runs of characters of a text, the same ones wherever it stands."""
    letters = "".join(char for char in text if "\u3400" <= char <= "\u9fff")
    runs = {letters[at : at + SHINGLE] for at in range(len(letters) - SHINGLE + 1)}
    return {run for run in runs if sum(map(ord, run)) % SAMPLED == 0}


def _jump(article: Article, way: str) -> int | None:
    """The page that an article jumps to (转) or comes from (接)."""
    for line in article.text.split("\n"):
        for match in _JUMP.finditer(line):
            if match["way"].replace(" ", "").endswith(way):
                return _number(match["page"])
    return None


def _number(text: str) -> int:
    """A page number in digits or in Chinese numerals up to 99."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (_NUMERALS.get(tens, 1) * 10 if ten else 0) + _NUMERALS.get(ones, 0)


def _last_line(article: Article) -> str:
    lines = [_JUMP.sub("", line) for line in article.text.split("\n")]
    return next((line for line in reversed(lines) if line.strip()), "")


def _first_line(article: Article) -> str:
    titles = {article.headline, article.kicker}
    lines = [_JUMP.sub("", line) for line in article.text.split("\n") if line not in titles]
    return next((line for line in lines if line.strip()), "")


def _key(place: Place) -> tuple[str, str]:
    return place.page.page_id, place.article.article_id
