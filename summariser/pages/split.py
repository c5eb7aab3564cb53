"""Splits of pages: a model's answer validated, and articles that go on on another page or stand twice.

The model answers in line numbers, never in text. Code checks that every line that holds text is used exactly once, in
an article or as noise; what is wrong is said in sentences, all of it at once, so that the model can mend it. The rules
that cut a page without a model are in `split_rules.py`.

Pages that say the same issue, or nothing of it, are looked at together. A jump （下转第3版） is tied to text on that
page that is marked （上接第1版） or lacks a headline: by the page numbers of both, by the words both share, and by the
joint, for most jumps break a sentence. Where all of it agrees both parts become one article, which belongs to the page
where it begins; what is doubtful stays apart and is told.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, islice
from math import sqrt
from typing import NamedTuple

from summariser.errors import InvalidReply
from summariser.numbers.numerals import read_number
from summariser.pages.article import assign_ids, make_article
from summariser.pages.geometry import join_near
from summariser.pages.rows import PageWords
from summariser.reply import ReplyArticle, SplitReply, parse_reply
from summariser.schema.case import Finding, Rule
from summariser.schema.page import (
    Article,
    ArticleKind,
    Continuation,
    LineRange,
    Page,
    PageSplit,
    SplitMethod,
    Tie,
    format_lines,
    line_numbers,
    to_ranges,
)
from summariser.text import counted

MAX_LISTED = 20  # ranges named in one message; a model mends no more at a time, and a person reads no more
MAX_FINDINGS = 40


def read_split(reply_text: str, page: Page) -> PageSplit:
    """Read a model's answer and check it against the page.

    Shape: in the answer each line with text stands in exactly one article or in `noise`; blank lines count nowhere.
    Errors: InvalidReply with everything that is wrong.
    """
    reply = parse_reply(reply_text, SplitReply)
    issues = list(islice(_check(reply, page), MAX_FINDINGS))
    if issues:
        raise InvalidReply(issues, reply_text=reply_text)
    articles = assign_ids(
        make_article(
            page,
            kind=article.kind,
            lines=_trimmed(article.lines, page),
            headline_lines=article.headline_lines,
            kicker_lines=article.kicker_lines,
            subhead_lines=article.subhead_lines,
        )
        for article in reply.articles
    )
    return PageSplit(
        page_id=page.page_id, articles=articles, noise=_trimmed(sorted(reply.noise), page), method=SplitMethod.MODEL
    )


def _check(reply: SplitReply, page: Page) -> Iterator[Finding]:
    """Everything that is wrong with an answer of the right shape."""
    if not reply.articles:
        yield Rule.NO_ARTICLES.say("articles")
    lists = {f"articles[{index}]": article.lines for index, article in enumerate(reply.articles)}
    own: dict[str, set[int]] = {}
    owners: dict[int, str] = {}
    shared: dict[tuple[str, str], list[int]] = {}
    used_twice = 0
    for name, ranges in [*lists.items(), ("noise", reply.noise)]:
        yield from _check_ranges(ranges, path=_path(name), last_line=len(page.lines))
        own[name] = set()
        for number in _text_lines(ranges, page):
            if number in owners:
                shared.setdefault((owners[number], name), []).append(number)
                used_twice += 1
                if used_twice > len(page.text_lines):  # no slip but a flood; what it names first is enough to mend it
                    yield from _check_owners(owners, shared, ())
                    return
            owners.setdefault(number, name)
            own[name].add(number)
    for index, article in enumerate(reply.articles):
        yield from _check_article(article, f"articles[{index}]", own[f"articles[{index}]"])
    yield from _check_owners(owners, shared, page.text_lines)


def _check_ranges(ranges: Sequence[Sequence[int]], *, path: str, last_line: int) -> Iterator[Finding]:
    """Ranges that are no pair, run backwards, or leave the page."""
    for index, each in enumerate(ranges):
        where = f"{path}[{index}]"
        if len(each) != 2:
            yield Rule.RANGE_MALFORMED.say(where, given=list(each[:5]))
        elif each[0] > each[1]:
            yield Rule.RANGE_BACKWARDS.say(where, given=each)
        elif each[0] < 1 or each[1] > last_line:
            yield Rule.RANGE_OUTSIDE_PAGE.say(where, given=each, last=last_line)


def _check_article(article: ReplyArticle, path: str, own: set[int]) -> Iterator[Finding]:
    """An article without text, or with titles that are not its own."""
    if not own:
        yield Rule.ARTICLE_EMPTY.say(f"{path}.lines", article=path)
        return
    seen: dict[int, str] = {}
    for field in ("headline_lines", "kicker_lines", "subhead_lines"):
        numbers: set[int] = set(getattr(article, field))
        if numbers - own:
            stand = _listed(numbers - own)
            yield Rule.TITLE_OUTSIDE_ARTICLE.say(f"{path}.{field}", stand=stand, field=field, again=field, article=path)
        twice = sorted(number for number in numbers if seen.setdefault(number, field) != field)
        if twice:
            other = seen[twice[0]]
            yield Rule.TITLE_TWICE.say(f"{path}.{field}", stand=_listed(twice), field=field, other=other, article=path)


def _check_owners(
    owners: Collection[int], shared: Mapping[tuple[str, str], Sequence[int]], wanted: Iterable[int]
) -> Iterator[Finding]:
    """Lines used twice, and wanted lines not used."""
    unused = [number for number in wanted if number not in owners]
    if unused:
        yield Rule.LINE_UNUSED.say("articles", stand=_listed(unused))
    for (first, second), numbers in shared.items():
        places = {"first": first} if first == second else {"first": first, "second": second}
        yield Rule.LINE_USED_TWICE.say(_path(second), stand=_listed(set(numbers)), **places)


def _path(name: str) -> str:
    """Where the ranges of an article, or of the noise, stand in the answer."""
    return name if name == "noise" else f"{name}.lines"


def _text_lines(ranges: Iterable[Sequence[int]], page: Page) -> Iterator[int]:
    """The lines with text that well-formed ranges name, in order, as often as they name them."""
    for each in ranges:
        if len(each) == 2:
            yield from page.text_lines[bisect_left(page.text_lines, each[0]) : bisect_right(page.text_lines, each[1])]


def _trimmed(ranges: Iterable[Sequence[int]], page: Page) -> tuple[LineRange, ...]:
    """The ranges without blank lines at their ends; ranges of blank lines alone are dropped."""
    used = [list(_text_lines([each], page)) for each in ranges]
    return tuple(LineRange(numbers[0], numbers[-1]) for numbers in used if numbers)


def _listed(numbers: Collection[int]) -> str:
    """`Line 5 stands` or `Lines 5, 7-9 stand`, long lists cut."""
    ranges = to_ranges(numbers)
    rest = len(numbers) - sum(last - first + 1 for first, last in ranges[:MAX_LISTED])
    more = f" and {rest} more" if rest else ""
    shown = format_lines(ranges[:MAX_LISTED])
    return f"Line {shown} stands" if len(numbers) == 1 else f"Lines {shown}{more} stand"


LEAST_SHARE = 0.035  # of the words of both parts, rare ones counting more; 19 of 20 strangers of a page share less
CLEAR_LEAD = 0.015  # by which the best candidate is ahead of the next
_JOINT_WEIGHT = 0.02  # what a joint that surely makes a word adds is about what a name in common does
SHINGLE = 8  # characters; few runs of that length occur in two articles
SAMPLED = 4  # of so many runs one is compared
SAME_SHARE = 0.5  # of the sampled runs of the shorter article that stand in the longer one
MOST_HOLDERS = 20  # articles that share a run and are compared, each with each
NEXT_HOLDERS = (
    3  # of more articles each is compared with so many behind it: copies of one text follow one another there
)
_MOST_TOLD = 10  # further places of a text

_NOTHING = "\x1f"  # a character that prints nothing, which the text of an article leaves out
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
    for page, split in splits:
        for article in split.articles:
            if article.continuation:
                yield f"{Place(page, article).said}: goes on in {article.continuation}. They are one article."
    for link in find_links(splits):
        yield f"{link.first.said}: may go on in {link.second.said}. They are kept apart."
    for first, *others in find_repeats(splits):
        more = f"; and {counted(len(others) - _MOST_TOLD, 'more place')}" if len(others) > _MOST_TOLD else ""
        times = "a second time" if len(others) == 1 else f"{len(others) + 1} times, also"
        yield f"{first.said}: stands {times} in {'; '.join(other.said for other in others[:_MOST_TOLD])}{more}."


def group_pages(pages: Iterable[Page]) -> list[tuple[Page, ...]]:
    """Pages with those whose articles may go on in theirs, as far as their numbers and jumps tell; most are alone."""
    found = [_Jumping(page, _jumps_on(page, "转"), _jumps_on(page, "接")) for page in pages]
    jumping = (each for each in found if each.onward or each.back)
    groups = join_near(jumping, lambda one, other: one.meets(other) or other.meets(one))
    alone = ((each.page,) for each in found if not (each.onward or each.back))
    return [*(tuple(each.page for each in group) for group in groups), *alone]


class _Jumping(NamedTuple):
    """A page with the numbers of the pages that its jumps lead to, and of those they come from."""

    page: Page
    onward: frozenset[int]
    back: frozenset[int]

    def meets(self, other: _Jumping) -> bool:
        """Whether jumps of this page and of another one of the issue name each other."""
        is_told = other.page.source.page_no in self.onward and self.page.source.page_no in other.back
        return is_told and _is_issue(self.page, other.page)


def _jumps_on(page: Page, way: str) -> frozenset[int]:
    """The pages that the jumps of one way on a page name."""
    return frozenset(number for line in page.lines for number in _jumps_in(line, way))


def join_splits(splits: Sequence[tuple[Page, PageSplit]]) -> list[PageSplit]:
    """The splits of some pages, articles that surely go on on another of them made one.

    Shape: an article stands on two pages at most; the rest of it stays in the split of its page, and says of what.
    """
    changed: dict[tuple[str, str], Article] = {}
    for link in sorted(find_links(splits), key=lambda link: link.first.page.source.page_no or 0):
        if link.is_sure and not {_key(link.first), _key(link.second)} & changed.keys():
            first, second = link.first, link.second
            changed[_key(first)] = join_parts(first, second)
            tie = Tie(page_id=first.page.page_id, article_id=first.article.article_id)
            changed[_key(second)] = second.article.model_copy(update={"continues_from": tie})
    return [
        split.model_copy(
            update={"articles": tuple(changed.get(_key(Place(page, each)), each) for each in split.articles)}
        )
        for page, split in splits
    ]


def join_parts(first: Place, second: Place) -> Article:
    """The article that begins in one place and goes on in another, its text without the jumps.

    Shape: a headline that is printed again stands once in the text; another one above the second part is a subhead.
    """
    one, other, shift = first.article, second.article, len(first.page.lines)
    moved = [LineRange(start + shift, end + shift) for start, end in other.lines]
    is_again = other.headline is None or _letters(other.headline) in _letters(f"{one.kicker}{one.headline}")
    titles = [number for number in (*other.kicker_lines, *other.headline_lines) if not is_again]
    made = make_article(
        _one_page(first, second, left_out=other.headline_lines if is_again else ()),
        kind=one.kind,
        lines=(*one.lines, *moved),
        headline_lines=one.headline_lines,
        kicker_lines=one.kicker_lines,
        seam=shift,
        subhead_lines=(*one.subhead_lines, *(number + shift for number in (*titles, *other.subhead_lines))),
    )
    pieces = (
        piece._replace(line=piece.line - shift, onward=True) if piece.line > shift else piece for piece in made.pieces
    )
    onward = Continuation(
        page_id=second.page.page_id,
        article_id=other.article_id,
        source=second.page.path,
        page_sha256=second.page.sha256,
        lines=other.lines,
    )
    kept = {"article_id": one.article_id, "lines": one.lines, "subhead_lines": one.subhead_lines}
    return made.model_copy(update={**kept, "pieces": tuple(pieces), "continuation": onward})


def _one_page(first: Place, second: Place, left_out: Iterable[int]) -> Page:
    """The lines of both pages, one page behind the other; the jumps between the parts print nothing."""
    one, other = list(first.page.lines), list(second.page.lines)
    for number in line_numbers(first.article.lines):
        one[number - 1] = _without_jump(one[number - 1], "转")
    for number in line_numbers(second.article.lines):
        other[number - 1] = _without_jump(other[number - 1], "接")
    for number in left_out:
        other[number - 1] = ""
    layout = first.page.layout or second.page.layout
    if layout:
        places = [
            place
            for page in (first.page, second.page)
            for place in (page.layout.places if page.layout else (None,) * len(page.lines))
        ]
        layout = layout.model_copy(update={"places": tuple(places)})
    return first.page.model_copy(update={"lines": (*one, *other), "layout": layout})


def _without_jump(line: str, way: str) -> str:
    """A line whose jumps are blanks that print nothing, so that all other characters stay in their columns."""
    return _JUMP.sub(lambda match: _NOTHING * len(match[0]) if _way(match) == way else match[0], line)


def find_links(splits: Sequence[tuple[Page, PageSplit]]) -> list[Link]:
    """Jumps with the text they lead to, the best first; an article jumps once, and is jumped to once."""
    places = [Place(page, article) for page, split in splits for article in split.own_articles]
    onward = [(place, number) for place in places if (number := _jump(place.article, "转")) is not None]
    if not onward or len(splits) < 2:
        return []
    words = PageWords(place.article.text for place in places)
    offers: list[tuple[float, bool, Place, Place]] = []
    for first, target in onward:
        for second in places:
            if fit := _page_fit(first, second, target):
                share = _share(words, first.article.text, second.article.text)
                joint = words.joint(_last_line(first.article), _first_line(second.article))
                offers.append((share + _JOINT_WEIGHT * joint + fit, fit == 2 and share >= LEAST_SHARE, first, second))
    return list(_best_links(offers))


def _share(words: PageWords, text: str, other: str) -> float:
    """How many words two texts have in common, whichever of them is longer."""
    return sqrt(words.share(text, other) * words.share(other, text))


def _best_links(offers: Iterable[tuple[float, bool, Place, Place]]) -> Iterator[Link]:
    """The best offer of each article; one that hardly beats the next, or lacks shared words, is not sure."""
    ranked = sorted(offers, key=lambda each: -each[0])
    taken: set[tuple[str, str, str]] = set()
    for score, agrees, first, second in ranked:
        ends = {(*_key(first), "out"), (*_key(second), "in")}
        if ends & taken:
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
    origin = _jump(second.article, "接")
    is_open = origin is not None or second.article.kind is ArticleKind.CONTINUATION or not second.article.headline
    if not is_other or not _is_issue(first.page, second.page) or not is_open or other.page_no not in (None, target):
        return 0
    if origin is not None and one.page_no not in (None, origin):
        return 0
    return 2 if other.page_no == target and origin is not None and one.page_no == origin else 1


def _is_issue(one: Page, other: Page) -> bool:
    """Whether two pages are of one issue, as far as is known."""
    return all(
        None in (said := {getattr(page.source, name) for page in (one, other)}) or len(said) == 1
        for name in ("newspaper", "issue_date")
    )


def find_repeats(splits: Sequence[tuple[Page, PageSplit]]) -> list[list[Place]]:
    """Articles, of one page or several, that are the same text as far as OCR lets one tell: two or more together."""
    places = [Place(page, article) for page, split in splits for article in split.own_articles]
    holders: dict[str, list[int]] = defaultdict(list)
    sizes: list[int] = []
    for index, place in enumerate(places):
        runs = _sampled(place.article.text)
        sizes.append(len(runs))
        for run in runs:
            holders[run].append(index)
    shared = Counter(pair for held in holders.values() for pair in _compared(held))
    owners = list(range(len(places)))  # of each article an earlier one that is the same text, or itself
    for (one, other), count in sorted(shared.items()):
        if count >= max(2, SAME_SHARE * min(sizes[one], sizes[other])):
            first, second = sorted((_first_of(one, owners), _first_of(other, owners)))
            owners[second] = first
    groups: dict[int, list[Place]] = defaultdict(list)
    for index, place in enumerate(places):
        groups[_first_of(index, owners)].append(place)
    return [group for group in groups.values() if len(group) > 1]


def _first_of(index: int, owners: Sequence[int]) -> int:
    """The first of the articles that are the same text as this one."""
    while owners[index] != index:
        index = owners[index]
    return index


def _compared(held: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Which of the articles that share a run are compared."""
    if len(held) <= MOST_HOLDERS:
        return combinations(held, 2)
    return (
        (one, other) for ahead in range(1, NEXT_HOLDERS + 1) for one, other in zip(held, held[ahead:], strict=False)
    )


def _sampled(text: str) -> set[str]:
    """Some of the runs of characters of a text, the same ones wherever it stands."""
    letters = _letters(text)
    runs = {letters[at : at + SHINGLE] for at in range(len(letters) - SHINGLE + 1)}
    return {run for run in runs if sum(map(ord, run)) % SAMPLED == 0}


def _letters(text: str) -> str:
    """The Chinese characters of a text."""
    return "".join(char for char in text if "\u3400" <= char <= "\u9fff")


def _jump(article: Article, way: str) -> int | None:
    """The page that an article jumps to (转) or comes from (接)."""
    return next((number for line in article.text.split("\n") for number in _jumps_in(line, way)), None)


def _jumps_in(line: str, way: str) -> list[int]:
    """The pages that the jumps of one way in a line name."""
    pages = (match["page"] for match in _JUMP.finditer(line) if _way(match) == way)
    return [int(page) if page.isdecimal() else int(read_number(page).value or 0) for page in pages]


def _way(jump: re.Match[str]) -> str:
    """Whether a jump leads on (转) or comes from elsewhere (接)."""
    return jump["way"].rstrip()[-1]


def _last_line(article: Article) -> str:
    lines = [_JUMP.sub("", line) for line in article.text.split("\n")]
    return next((line for line in reversed(lines) if line.strip()), "")


def _first_line(article: Article) -> str:
    titles = {article.headline, article.kicker}
    lines = [_JUMP.sub("", line) for line in article.text.split("\n") if line not in titles]
    return next((line for line in lines if line.strip()), "")


def _key(place: Place) -> tuple[str, str]:
    return place.page.page_id, place.article.article_id
