"""A page cut into its articles: what a model is shown and asked for, and the check of its answer.

The model answers in line numbers, never in text. Code checks that every line that holds text is used exactly once, in
an article or as noise; what is wrong is said in sentences, all of it at once, so that the model can mend it. The rules
that cut a page without a model are in `split_rules`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pydantic import Field

from summariser.errors import InvalidReply
from summariser.pages.article import assign_ids, make_article
from summariser.pages.split_rules import split_by_rules
from summariser.reply import parse_reply, structural
from summariser.schema.case import Finding
from summariser.schema.page import ArticleKind, Frozen, LineRange, Page, PageSplit, SplitMethod

__all__ = ["ReplyArticle", "SplitReply", "numbered_lines", "read_split", "split_by_rules"]

MAX_LISTED = 20  # ranges named in one message; a model mends no more at a time, and a person reads no more
MAX_FINDINGS = 40

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


def read_split(reply_text: str, page: Page) -> PageSplit:
    """Read a model's answer and check it against the page.

    Shape: in the answer each line with text stands in exactly one article or in `noise`; blank lines count nowhere.
    Errors: InvalidReply with everything that is wrong.
    """
    reply = parse_reply(reply_text, SplitReply)
    issues = _check(reply, page)
    if issues:
        raise InvalidReply(issues[:MAX_FINDINGS], reply_text=reply_text)
    blank = set(range(1, len(page.lines) + 1)).difference(page.text_lines)
    articles = assign_ids(
        make_article(
            page,
            kind=article.kind,
            lines=_trimmed(article.lines, blank),
            headline_lines=article.headline_lines,
            kicker_lines=article.kicker_lines,
            subhead_lines=article.subhead_lines,
        )
        for article in reply.articles
    )
    return PageSplit(
        page_id=page.page_id, articles=articles, noise=_trimmed(sorted(reply.noise), blank), method=SplitMethod.MODEL
    )


def _check(reply: SplitReply, page: Page) -> list[Finding]:
    """Everything that is wrong with an answer of the right shape."""
    groups = [(f"articles[{index}]", article.lines) for index, article in enumerate(reply.articles)]
    issues = (
        [] if reply.articles else [structural("articles", "no_articles", "A page with text has at least one article.")]
    )
    owners: dict[int, list[str]] = {number: [] for number in page.text_lines}
    for name, ranges in [*groups, ("noise", reply.noise)]:
        path = name if name == "noise" else f"{name}.lines"
        issues += _check_ranges(ranges, path=path, last_line=len(page.lines))
        for number in _numbers(ranges, len(page.lines)):
            if number in owners:
                owners[number].append(name)
    for index, article in enumerate(reply.articles):
        issues += _check_article(article, f"articles[{index}]", page)
    return issues + _check_owners(owners)


def _check_ranges(ranges: Sequence[Sequence[int]], *, path: str, last_line: int) -> list[Finding]:
    """Ranges that are no pair, run backwards, or leave the page."""
    issues = []
    for index, each in enumerate(ranges):
        where = f"{path}[{index}]"
        if len(each) != 2:
            issues.append(
                structural(where, "range_malformed", f"{list(each)} is no [first, last]; a line alone is [5, 5].")
            )
        elif each[0] > each[1]:
            issues.append(
                structural(where, "range_backwards", f"{list(each)} runs backwards; put the smaller number first.")
            )
        elif each[0] < 1 or each[1] > last_line:
            issues.append(
                structural(where, "range_outside_page", f"{list(each)} leaves the page, lines 1 to {last_line}.")
            )
    return issues


def _check_article(article: ReplyArticle, path: str, page: Page) -> list[Finding]:
    """An article without text, or with titles that are not its own."""
    own = set(_numbers(article.lines, len(page.lines))).intersection(page.text_lines)
    if not own:
        return [
            structural(f"{path}.lines", "article_empty", f"{path} holds no line with text; give it lines or drop it.")
        ]
    issues = []
    seen: dict[int, str] = {}
    for field in ("headline_lines", "kicker_lines", "subhead_lines"):
        numbers: list[int] = getattr(article, field)
        strange = sorted(set(numbers) - own)
        if strange:
            message = (
                f"{_listed(strange)} of {field} not among the lines of {path}; add to lines or take out of {field}."
            )
            issues.append(structural(f"{path}.{field}", "title_outside_article", message))
        twice = sorted(number for number in set(numbers) if seen.setdefault(number, field) != field)
        if twice:
            message = f"{_listed(twice)} in {field} and in {seen[twice[0]]} of {path}; a line is one of them."
            issues.append(structural(f"{path}.{field}", "title_twice", message))
    return issues


def _check_owners(owners: dict[int, list[str]]) -> list[Finding]:
    """Lines used twice, and lines not used."""
    shared: dict[tuple[str, ...], list[int]] = {}
    for number, owning in owners.items():
        if len(owning) != 1:
            shared.setdefault(tuple(owning), []).append(number)
    issues: list[Finding] = []
    for names, numbers in shared.items():
        if not names:
            message = f"{_listed(numbers)} in no article and not in noise; put each in exactly one."
            issues.append(structural("articles", "line_unused", message))
            continue
        places = f"twice in {names[0]}" if len(set(names)) == 1 else "in " + " and ".join(dict.fromkeys(names))
        path = names[-1] if names[-1] == "noise" else f"{names[-1]}.lines"
        issues.append(
            structural(path, "line_used_twice", f"{_listed(numbers)} {places}; keep each in one place, once.")
        )
    return issues


def _numbers(ranges: Iterable[Sequence[int]], last_line: int) -> Iterable[int]:
    """The page lines that well-formed ranges name, in order, as often as they name them."""
    for each in ranges:
        if len(each) == 2:
            yield from range(max(each[0], 1), min(each[1], last_line) + 1)


def _trimmed(ranges: Iterable[Sequence[int]], blank: set[int]) -> tuple[LineRange, ...]:
    """The ranges without blank lines at their ends; ranges of blank lines alone are dropped."""
    trimmed = []
    for first, last in ranges:
        used = [number for number in range(first, last + 1) if number not in blank]
        if used:
            trimmed.append(LineRange(used[0], used[-1]))
    return tuple(trimmed)


def _listed(numbers: Sequence[int]) -> str:
    """`Line 5 stands` or `Lines 5, 7-9 stand`, long lists cut."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs[:MAX_LISTED])
    more = f" and {sum(last - first + 1 for first, last in runs[MAX_LISTED:])} more" if len(runs) > MAX_LISTED else ""
    return f"Line {shown} stands" if len(numbers) == 1 else f"Lines {shown}{more} stand"
