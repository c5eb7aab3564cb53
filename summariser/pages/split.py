"""A page cut into its articles: what a model is shown and asked for, and the check of its answer.

The model answers in line numbers, never in text. Code checks that every line that holds text is used exactly once, in
an article or as noise; what is wrong is said in sentences, all of it at once, so that the model can mend it. The rules
that cut a page without a model are in `split_rules`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from pydantic import Field

from summariser.errors import InvalidReply
from summariser.pages.article import assign_ids, make_article
from summariser.pages.geometry import arrange_page
from summariser.reply import parse_reply
from summariser.schema.case import Finding, Rule
from summariser.schema.page import ArticleKind, Frozen, LineRange, Page, PageSplit, SplitMethod, format_lines, to_ranges

__all__ = ["ReplyArticle", "SplitReply", "numbered_lines", "placed_lines", "read_split"]

MAX_LISTED = 20  # ranges named in one message; a model mends no more at a time, and a person reads no more
MAX_FINDINGS = 40
LARGE = 1.15  # times the letters of the body; boxes of OCR vary by less

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")


class ReplyArticle(Frozen):
    """One article of the page, as line numbers."""

    kind: ArticleKind = Field(
        description="brief: opens with a dateline (本报讯, 本报某地某月某日电). photo_caption: text of a picture, "
        "ends in 摄. continuation: goes on from another page (上接第N版). feature: any other. other: none of these."
    )
    headline_lines: list[int] = Field(description="Line numbers of the main headline (主题); empty if it has none.")
    kicker_lines: list[int] = Field(
        description="Line numbers of the smaller title above or below it (引题, 副题); empty if it has none."
    )
    subhead_lines: list[int] = Field(description="Line numbers of the subheads within the text (小标题).")
    lines: list[list[int]] = Field(
        description="All lines of the article in reading order, as ranges [first, last], both ends included: titles "
        "first, then byline, then text. Lines of headline, kicker and subheads are among them. A line by itself is "
        "[5, 5]. Where columns are interleaved there are many short ranges, and numbers may jump back."
    )


class SplitReply(Frozen):
    """A page cut into articles: every numbered line stands in exactly one article or in noise."""

    articles: list[ReplyArticle] = Field(description="The articles of the page; photo captions are articles too.")
    noise: list[list[int]] = Field(
        description="Ranges [first, last] of lines that belong to no article: column labels, page furniture, OCR "
        "rubbish, a worse second copy of the same lines."
    )


def numbered_lines(page: Page) -> str:
    """Write the page as a model is shown it: `12| text` for every line that holds text."""
    shown = ((number, _CONTROL.sub("", page.lines[number - 1]).strip()) for number in page.text_lines)
    return "\n".join(f"{number}| {text}" for number, text in shown)


def placed_lines(page: Page) -> str:
    """Write a page whose lines have places as a model is shown it: in reading order, with columns and sizes.

    Shape: `12| text` for every line that holds text; `12^2.4|` where its letters are 2.4 times those of the body,
    `12v|` where it runs down. `@3.2` opens column 2 of what geometry takes for article 3; `@3.0` is its titles, `@0` no
    article.
    """
    arranged, shown = arrange_page(page), dict(line.split("|", 1) for line in numbered_lines(page).split("\n"))
    without_place = [number for number in page.text_lines if number not in arranged.size]
    blocks = [(*arranged.furniture, *without_place), *(region.order for region in arranged.regions)]
    written: list[str] = []
    for place, numbers in enumerate(blocks):
        column = None
        for number in numbers:
            if column != (column := arranged.column.get(number, 0)):
                written.append(f"@{place}.{column}" if place else "@0")
            size = arranged.size.get(number, 1.0)
            mark = f"^{size:.1f}" if size >= LARGE else ""
            mark += "v" if number in arranged.vertical else ""
            written.append(f"{number}{mark}|{shown[str(number)]}")
    return "\n".join(written)


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
        yield Rule.NO_ARTICLES.at("articles", "A page with text has at least one article.")
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
            message = f"{list(each[:5])} is no [first, last]; a line alone is [5, 5]."
            yield Rule.RANGE_MALFORMED.at(where, message)
        elif each[0] > each[1]:
            yield Rule.RANGE_BACKWARDS.at(where, f"{each} runs backwards; put the smaller number first.")
        elif each[0] < 1 or each[1] > last_line:
            yield Rule.RANGE_OUTSIDE_PAGE.at(where, f"{each} leaves the page, lines 1 to {last_line}.")


def _check_article(article: ReplyArticle, path: str, own: set[int]) -> Iterator[Finding]:
    """An article without text, or with titles that are not its own."""
    if not own:
        yield Rule.ARTICLE_EMPTY.at(f"{path}.lines", f"{path} holds no line with text; give it lines or drop it.")
        return
    seen: dict[int, str] = {}
    for field in ("headline_lines", "kicker_lines", "subhead_lines"):
        numbers: set[int] = set(getattr(article, field))
        if numbers - own:
            message = (
                f"{_listed(numbers - own)} of {field} not among the lines of {path}; "
                f"add to lines or take out of {field}."
            )
            yield Rule.TITLE_OUTSIDE_ARTICLE.at(f"{path}.{field}", message)
        twice = sorted(number for number in numbers if seen.setdefault(number, field) != field)
        if twice:
            message = f"{_listed(twice)} in {field} and in {seen[twice[0]]} of {path}; a line is one of them."
            yield Rule.TITLE_TWICE.at(f"{path}.{field}", message)


def _check_owners(
    owners: Collection[int], shared: Mapping[tuple[str, str], Sequence[int]], wanted: Iterable[int]
) -> Iterator[Finding]:
    """Lines used twice, and wanted lines not used."""
    unused = [number for number in wanted if number not in owners]
    if unused:
        message = f"{_listed(unused)} in no article and not in noise; put each in exactly one."
        yield Rule.LINE_UNUSED.at("articles", message)
    for (first, second), numbers in shared.items():
        place = f"twice in {first}" if first == second else f"in {first} and {second}"
        message = f"{_listed(set(numbers))} {place}; keep each in one place, once."
        yield Rule.LINE_USED_TWICE.at(_path(second), message)


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
