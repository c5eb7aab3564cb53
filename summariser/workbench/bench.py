"""One record beside its page: the lines or the picture with the article marked, and the facts in the order of doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from summariser.disk.stored import PageFolder, rebuild_split
from summariser.errors import InputError, StoreError
from summariser.report.facts import FactView, RecordView, view_record
from summariser.report.lines import Copy, Line, Owner, Picture, copy_picture, lay_out, lay_over
from summariser.reviewing.doubts import Doubt, doubt_facts
from summariser.schema.case import Finding, Rule
from summariser.schema.page import Article, Page, PageSplit, Sentence, Span
from summariser.schema.record import Record


class DoubtedFact(NamedTuple):
    """A fact of the record, and how much it is to be doubted."""

    view: FactView
    doubt: Doubt


class Bench(NamedTuple):
    """What a person sees of one record.

    Shape: `article` is a finding where the page cannot be had, and then nothing can be corrected; `onward` has the
    lines of the page where the article goes on.
    """

    view: RecordView
    facts: tuple[DoubtedFact, ...]
    article: Article | Finding
    lines: tuple[Line, ...]
    onward: tuple[Line, ...]
    picture: Picture | None

    @property
    def doubtful(self) -> tuple[DoubtedFact, ...]:
        """The facts that nobody has confirmed word for word."""
        return tuple(each for each in self.facts if each.doubt < Doubt.WORDS)


def lay_bench(record: Record, folder: PageFolder) -> Bench:
    """A record with its page as it is now; without the page where that cannot be had."""
    article, split = folder.article(record), _split_of(folder)
    if split is None and isinstance(article, Article):
        message = "The manifest of the page names lines that the page does not have; run the page again."
        article = Rule.PAGE_NOT_CHECKED.at("lines", message)
    numbers = {each.article_id: at for at, each in enumerate(split.articles)} if split else {}
    at = numbers.get(record.article_id, 0)
    view = view_record(record, number=1, tag=f"A{at + 1}", tint=at % 8)
    views = {each.path: each for each in view.facts}
    facts = [DoubtedFact(views[path], doubt) for path, doubt in doubt_facts(record)]
    if isinstance(article, Finding) or split is None or not isinstance(folder.page, Page):
        return Bench(view, tuple(facts), article, (), (), None)
    owners = [
        Owner(article, view.tag, view.tint, view.facts)
        if each.article_id == record.article_id
        else Owner(each, f"A{number + 1}", number % 8, ())
        for number, each in enumerate(split.articles)
    ]
    return Bench(
        view,
        tuple(facts),
        article,
        lay_out(folder.page, owners, split.noise),
        _lay_onward(record, article, view, folder),
        lay_over(folder.page, owners),
    )


def lay_failure(article_id: str, folder: PageFolder) -> tuple[Line, ...]:
    """The lines of an article that has no record; none where its page cannot be had."""
    split = _split_of(folder)
    if split is None or not isinstance(folder.page, Page):
        return ()
    owners = [Owner(each, f"A{number + 1}", number % 8, ()) for number, each in enumerate(split.articles)]
    own = {owner.tag for owner in owners if owner.article.article_id == article_id}
    return tuple(line for line in lay_out(folder.page, owners, split.noise) if line.tag in own)


@lru_cache(maxsize=8)  # a person stays with a page for many records
def picture_of(folder: Path, page_sha256: str) -> Copy | str | None:
    """A copy of the picture of a page that is of these bytes; the code of why there is none, None for another page."""
    page = PageFolder(folder).page
    return copy_picture(page) if isinstance(page, Page) and page.sha256 == page_sha256 and page.layout else None


def sentences_in(article: Article, start: int, end: int) -> tuple[int, ...]:
    """The numbers of the sentences that a span of the article touches."""
    return tuple(each.number for each in article.sentences if _overlap(each, start, end))


class PlaceOnPage(NamedTuple):
    """A character of a page; `onward`: of the page where the article goes on. Units: lines from 1, columns from 0."""

    line: int
    column: int
    onward: bool


def read_place(text: str) -> PlaceOnPage:
    """A place as a form names it: `12:5:0`. Errors: InputError for what is none."""
    found = re.fullmatch(r"(\d{1,7}):(\d{1,7}):([01])", text)
    if found is None:
        raise InputError("is no place of a page", path=text[:40], expected="line:column:0, or 1 on the next page")
    return PlaceOnPage(int(found[1]), int(found[2]), found[3] == "1")


def span_between(article: Article, first: PlaceOnPage, last: PlaceOnPage) -> Span:
    """Where the words stand in the article that begin and end at two places of its pages.

    Units: columns from 0; the last character is included.
    Errors: InputError if a place is none of the article, or the end comes before the beginning.
    """
    start, end = (_offset_at(article, place) for place in (first, last))
    if start > end:
        raise InputError("these words end before they begin", path=article.article_id, next_step="Choose them again")
    return Span(start, end + 1)


def _offset_at(article: Article, place: PlaceOnPage) -> int:
    """The offset of a character of the page in the text of the article. Errors: InputError if it is not in it."""
    for piece in article.pieces:
        at = place.column - (piece.column - 1)
        if piece.line == place.line and piece.onward == place.onward and 0 <= at < piece.length:
            return piece.start + at
    what = f"line {place.line} has no words of this article there"
    raise InputError(what, path=article.article_id, next_step="Choose other words")


def _overlap(sentence: Sentence, start: int, end: int) -> bool:
    return sentence.start < end and start < sentence.end


def _split_of(folder: PageFolder) -> PageSplit | None:
    """The articles of the page as its manifest has them; None if page and manifest do not fit."""
    manifest, page = folder.manifest, folder.page
    if isinstance(manifest, StoreError) or not isinstance(page, Page) or manifest.page_sha256 != page.sha256:
        return None
    try:
        return rebuild_split(page, manifest)
    except InputError:
        return None


def _lay_onward(record: Record, article: Article, view: RecordView, folder: PageFolder) -> tuple[Line, ...]:
    """The lines of the page where an article goes on; none if all of it stands on one page."""
    if article.continuation is None or record.continuation is None:
        return ()
    page = PageFolder(folder.path.with_name(record.continuation.page_id)).page
    if not isinstance(page, Page):
        return ()
    owners: Sequence[Owner] = [Owner(article, view.tag, view.tint, view.facts, home="onward")]
    return tuple(line._replace(home="") for line in lay_out(page, owners, ()) if line.tag)
