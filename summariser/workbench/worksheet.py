"""A record beside its page: the lines and the picture with the article marked, and the facts in the order of doubt."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from summariser.disk.stored import PageFolder, rebuild_split
from summariser.errors import SummariserError
from summariser.report import views
from summariser.reviewing.doubt import Doubt, doubt_facts
from summariser.reviewing.lines import readable
from summariser.schema.case import Finding, Rule
from summariser.schema.page import Article, Page, PageSplit
from summariser.schema.record import Record


class DoubtedFact(NamedTuple):
    """A fact of the record, and how much it is to be doubted."""

    view: views.FactView
    doubt: Doubt


class Worksheet(NamedTuple):
    """What a person sees of one record.

    Shape: `article` is a finding where the page cannot be had, and then nothing can be corrected; `onward` has the
    lines of the page where the article goes on.
    """

    view: views.RecordView
    facts: tuple[DoubtedFact, ...]
    article: Article | Finding
    lines: tuple[views.Line, ...]
    onward: tuple[views.Line, ...]
    picture: views.PictureLayout | None

    @property
    def doubtful(self) -> tuple[DoubtedFact, ...]:
        """The facts that nobody has confirmed word for word."""
        return tuple(each for each in self.facts if each.doubt < Doubt.WORDS)


def make_worksheet(record: Record, folder: PageFolder) -> Worksheet:
    """A record with its page as it is now; without the page where that cannot be had."""
    article, split = folder.article(record), _split_of(folder)
    if split is None and isinstance(article, Article):
        article = Rule.PAGE_NOT_CHECKED.say("lines")
    placed_articles = views.place_articles(split) if split else []
    at = next((at for at, each in enumerate(placed_articles) if each.article.article_id == record.article_id), 0)
    view = views.view_record(record, number=1, tag=f"A{at + 1}", tint=at % 8)
    facts_by_path = {each.path: each for each in view.facts}
    facts = tuple(DoubtedFact(facts_by_path[path], doubt) for path, doubt in doubt_facts(record))
    if isinstance(article, Finding) or split is None or not isinstance(folder.page, Page):
        return Worksheet(view, facts, article, (), (), None)
    if placed_articles[at].article.article_id == record.article_id:
        placed_articles[at] = placed_articles[at]._replace(article=article, facts=view.facts)
    lines, onward = (
        views.layout_lines(folder.page, placed_articles, split.noise),
        _continuation_lines(record, article, view, folder),
    )
    return Worksheet(view, facts, article, lines, onward, views.layout_picture(folder.page, placed_articles))


def failure_lines(article_id: str, folder: PageFolder) -> tuple[views.Line, ...]:
    """The lines of an article that has no record; none where its page cannot be had."""
    split = _split_of(folder)
    if split is None or not isinstance(folder.page, Page):
        return ()
    placed_articles = views.place_articles(split)
    own = {placed.tag for placed in placed_articles if placed.article.article_id == article_id}
    return tuple(line for line in views.layout_lines(folder.page, placed_articles, split.noise) if line.tag in own)


@lru_cache(maxsize=8)  # a person stays with a page for many records
def scaled_picture(folder: Path, page_sha256: str) -> views.ScaledPicture | str | None:
    """A copy of the picture of a page that is of these bytes; the code of why there is none, None for another page."""
    page = PageFolder(folder).page
    return views.scale_picture(page) if isinstance(page, Page) and page.sha256 == page_sha256 and page.layout else None


def _split_of(folder: PageFolder) -> PageSplit | None:
    """The articles of the page as its manifest has them; None if page and manifest do not fit."""
    try:
        manifest, page = readable(folder)
        return rebuild_split(page, manifest)
    except SummariserError:
        return None


def _continuation_lines(
    record: Record, article: Article, view: views.RecordView, folder: PageFolder
) -> tuple[views.Line, ...]:
    """The lines of the page where an article goes on; none if all of it stands on one page."""
    if article.continuation is None or record.continuation is None:
        return ()
    page = PageFolder(folder.path.with_name(record.continuation.page_id)).page
    if not isinstance(page, Page):
        return ()
    placed = views.PlacedArticle(article, view.tag, view.tint, view.facts, home="onward")
    return tuple(line._replace(home="") for line in views.layout_lines(page, [placed], ()) if line.tag)
