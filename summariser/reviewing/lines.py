"""Where the lines of a page go: a person moves some, splits an article or merges two.

All three make the same thing, the page with another assignment of its lines; what follows for the records is told in
`rearrange.py`. An article keeps its id as long as it has a line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from summariser.disk.stored import FAILURE_END, RECORD_END, PageFolder
from summariser.errors import InputError, StoreError
from summariser.pages.article import make_article
from summariser.schema.page import Article, ArticleKind, LineRange, Page, format_lines, line_numbers, to_ranges
from summariser.schema.record import PageArticle, PageManifest

NEW: Final = "new"  # in place of an article's id: lines go to an article of their own
MOST_ALIKE: Final = 1000  # articles of one page that have the same title


class LineRole(StrEnum):
    """What a line is in its article."""

    HEADLINE = "headline"
    KICKER = "kicker"
    SUBHEAD = "subhead"
    TEXT = "text"


class Assignment(NamedTuple):
    """Where every line of a page is to stand."""

    articles: tuple[PageArticle, ...]
    noise: tuple[LineRange, ...]


def move_lines(
    folder: PageFolder,
    lines: Collection[int],
    to: str | None,
    *,
    roles: Mapping[int, LineRole] = MappingProxyType({}),
    behind: int | None = None,
) -> Assignment:
    """The page with some of its lines in the article `to`, in one of their own (`NEW`), or in the noise (None).

    Shape: blank lines are passed over. Lines stand behind the nearest line before them, a whole article behind the
    other; `behind` puts them behind that line instead, 0 before all. Titles stay titles where the article has none;
    `roles` says what lines are.
    Errors: InputError where no line has text, for an article or a line that is not there.
    """
    manifest, page = readable(folder)
    was = _read_lines(manifest, page)
    wanted = _checked_lines([*lines, *roles], page)
    if to is not None and to not in (NEW, *was.orders):
        raise InputError("the page has no such article", path=to, expected=", ".join([*was.orders, NEW]))
    stays = set(was.orders.get(to or "", ())) if behind is None else set()  # what is there keeps its place
    orders = {name: [n for n in order if n not in wanted or n in stays] for name, order in was.orders.items()}
    emptied = [name for name, order in was.orders.items() if order and not orders[name]]
    noise = sorted(set(was.noise) - wanted | (wanted if to is None else set()))
    now = _Lines(orders, {**was.roles}, noise)
    if to is not None:
        moved = [n for order in (*was.orders.values(), was.noise) for n in order if n in wanted - stays]
        if to == NEW and emptied:
            raise InputError("is an article of its own already", path=emptied[0], expected="Some lines of an article")
        _put(now, moved, to, behind=behind, is_whole=bool(emptied))
        now.roles.update({number: role for number, role in roles.items() if number in wanted})
    return _assigned(now, was, manifest, folder, page)


def _put(now: _Lines, moved: Sequence[int], to: str, *, behind: int | None, is_whole: bool) -> None:
    """Put lines into an article; titles are subheads where it has a headline, and come first where it has none.

    Errors: InputError if it does not have the line they are to follow.
    """
    order = now.orders.setdefault(to, [])
    titles = [number for number in moved if now.roles.get(number) is LineRole.HEADLINE]
    if any(now.roles.get(number) is LineRole.HEADLINE for number in order):
        now.roles.update((number, LineRole.SUBHEAD) for number in moved if number in now.roles)
    elif titles and is_whole and behind is None:
        behind = 0
    if behind is not None and behind not in (0, *order):
        what = f"line {behind} is none of those that stay in the article"
        raise InputError(what, path=to, expected=format_lines(to_ranges(order)))
    if behind is not None or is_whole:
        at = len(order) if behind is None else order.index(behind) + 1 if behind else 0
        order[at:at] = moved
        return
    for number in moved:
        before = max((each for each in order if each < number), default=None)
        order.insert(0 if before is None else order.index(before) + 1, number)


def split_at(folder: PageFolder, article_id: str, line: int, *, headline: Collection[int] = ()) -> Assignment:
    """The page with an article cut before a line: what stands from there on is an article with these headline lines.

    Errors: InputError if the article does not have the line, or begins with it; as `move_lines`.
    """
    manifest, page = readable(folder)
    order = _read_lines(manifest, page).orders.get(article_id, [])
    if line not in order[1:]:
        what = f"cannot be split at line {line}"
        raise InputError(
            what, path=article_id, expected=f"A line of it behind the first: {format_lines(page.ranges_of(order))}"
        )
    return move_lines(folder, order[order.index(line) :], NEW, roles=dict.fromkeys(headline, LineRole.HEADLINE))


def merge_articles(folder: PageFolder, one: str, other: str) -> Assignment:
    """The page with two of its articles made one, under the id of the first. Errors: InputError as `move_lines`."""
    manifest, page = readable(folder)
    orders = {name: order for name, order in _read_lines(manifest, page).orders.items() if name in {one, other}}
    if len(orders) != 2:
        raise InputError("the page has no such two articles", path=page.path, expected="Ids of two of its articles")
    first, second = orders
    return move_lines(folder, orders[second], first)


def as_first_split(folder: PageFolder) -> Assignment:
    """The page as model or rules had split it. Errors: InputError if nobody changed that."""
    manifest, page = readable(folder)
    if manifest.by_person is None:
        raise InputError("nobody has moved a line of this page", path=page.path)
    return Assignment(manifest.by_person.articles, manifest.by_person.noise)


def readable(folder: PageFolder) -> tuple[PageManifest, Page]:
    """The manifest and the page of a folder, if both are there and fit.

    Errors: StoreError, InputError or ConfigError, why not.
    """
    manifest, page = folder.manifest, folder.page
    if isinstance(manifest, StoreError):
        raise manifest
    if not isinstance(page, Page):
        raise page
    if page.sha256 != manifest.page_sha256:
        raise InputError("the page changed since it was split", path=page.path, next_step="Run it again")
    return manifest, page


def check_whole(wanted: Assignment, page: Page) -> None:
    """Errors: InputError unless each line with text stands in one place, and ids are each of one article."""
    ranges = [*(each.lines for each in wanted.articles), wanted.noise]
    text = set(page.text_lines)
    counts = Counter(number for each in ranges for number in line_numbers(each) if number in text)
    wrong = {number for number in text if counts[number] != 1}
    if wrong or not wanted.articles or len({each.article_id for each in wanted.articles}) < len(wanted.articles):
        what = (
            f"line {format_lines(to_ranges(wrong))} would stand in no place or in two"
            if wrong
            else "no article is left"
        )
        raise InputError(what, path=page.path)


class _Lines(NamedTuple):
    """The lines with text of a page: those of each article in reading order, what is a title, the noise."""

    orders: dict[str, list[int]]
    roles: dict[int, LineRole]
    noise: list[int]


def _read_lines(manifest: PageManifest, page: Page) -> _Lines:
    """The lines of a page as its manifest has them."""
    text, roles = set(page.text_lines), dict[int, LineRole]()
    for each in manifest.articles:
        roles |= dict.fromkeys(each.subhead_lines, LineRole.SUBHEAD)
        roles |= dict.fromkeys(each.kicker_lines, LineRole.KICKER)
        roles |= dict.fromkeys(each.headline_lines, LineRole.HEADLINE)
    orders = {each.article_id: [n for n in line_numbers(each.lines) if n in text] for each in manifest.articles}
    return _Lines(orders, roles, [n for n in line_numbers(manifest.noise) if n in text])


def _checked_lines(lines: Collection[int], page: Page) -> set[int]:
    """Those of the lines that have text. Errors: InputError if none has, or the page has not so many lines."""
    wanted, beyond = set(lines) & set(page.text_lines), {n for n in lines if not 1 <= n <= len(page.lines)}
    if beyond or not wanted:
        what = f"the page has no line {format_lines(to_ranges(beyond))}" if beyond else "no line with text is named"
        raise InputError(what, path=page.path, expected=f"Lines from 1 to {len(page.lines)}: 3-5, 9")
    return wanted


def _assigned(now: _Lines, was: _Lines, manifest: PageManifest, folder: PageFolder, page: Page) -> Assignment:
    """Lines as an assignment: articles in their order, a new one behind the one that most of its lines are from."""
    placed: list[PageArticle] = []
    for listed in manifest.articles:
        name, order = listed.article_id, now.orders[listed.article_id]
        roles = [[lines.roles.get(number, LineRole.TEXT) for number in order] for lines in (was, now)]
        if order == was.orders[name] and roles[0] == roles[1]:
            placed.append(listed)
        elif order:
            kept = {each: getattr(listed, each) for each in ("article_id", "continues_in", "continues_from")}
            placed.append(PageArticle.made_of(_make(now, name, listed.kind, page)).model_copy(update=kept))
    if own := now.orders.get(NEW):
        home = max(manifest.articles, key=lambda each: len(set(was.orders[each.article_id]) & set(own)))
        made = _make(now, NEW, home.kind, page)
        name = _free_id(made.article_id, folder, was.orders)
        at = [each.article_id for each in placed].index(home.article_id) + 1
        placed.insert(at, PageArticle.made_of(made.model_copy(update={"article_id": name})))
    return Assignment(tuple(placed), page.ranges_of(now.noise))


def _make(now: _Lines, name: str, kind: ArticleKind, page: Page) -> Article:
    """The article that stands in its lines now."""
    order = now.orders[name]
    titles = {role: tuple(n for n in order if now.roles.get(n) is role) for role in LineRole}
    return make_article(
        page,
        kind=kind,
        lines=page.ranges_of(order),
        headline_lines=titles[LineRole.HEADLINE],
        kicker_lines=titles[LineRole.KICKER],
        subhead_lines=titles[LineRole.SUBHEAD],
    )


def _free_id(name: str, folder: PageFolder, listed: Collection[str]) -> str:
    """An id that no article of the page has and no file is called by; the second of two alike gets `-2`."""
    ids = (name, *(f"{name}-{number}" for number in range(2, MOST_ALIKE)))
    ends = (RECORD_END, FAILURE_END)
    return next(
        each for each in ids if each not in listed and not any((folder.path / f"{each}{end}").exists() for end in ends)
    )
