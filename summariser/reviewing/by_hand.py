"""A record that a person begins where no model made one: empty, and checked like every other."""

from __future__ import annotations

from typing import Final

from summariser.disk.stored import PageFolder, rebuild_article
from summariser.errors import InputError, StoreError
from summariser.records.grounding import check_case
from summariser.records.make import Exchange, make_record
from summariser.schema.case_reply import REPLY_LISTS, CaseReply
from summariser.schema.codes import Decision, PracticeStatus, Theme
from summariser.schema.page import Page
from summariser.schema.record import PageManifest, Record

BY_HAND: Final = "by_hand@1"  # in place of a prompt
_REPLY_SCHEMA: Final = "schemas/case_reply/2.json"


def begin_record(folder: PageFolder, article_id: str, *, by: str) -> Record:
    """A record of an article without any fact, for a person to fill in.

    Errors: InputError if the page has no such article, or goes on on another page; StoreError or InputError if the page
    cannot be had.
    """
    manifest, page = folder.manifest, folder.page
    if isinstance(manifest, StoreError):
        raise manifest
    if not isinstance(page, Page):
        raise page
    return empty_record(manifest, page, article_id, by=by)


def empty_record(manifest: PageManifest, page: Page, article_id: str, *, by: str) -> Record:
    """As `begin_record`, of an article that a manifest lists."""
    listed = next((each for each in manifest.articles if each.article_id == article_id), None)
    if listed is None or listed.continues_from or listed.continues_in or page.sha256 != manifest.page_sha256:
        what = "the page has no such article that stands on it alone"
        raise InputError(what, path=article_id, next_step="Run the page again")
    article = rebuild_article(page, listed)
    issued = manifest.page_source.issue_date if manifest.page_source else None
    return make_record(manifest, article, check_case(_empty_reply(), article, issued=issued), _made_by(by))


def _empty_reply() -> CaseReply:
    """A reply that says nothing."""
    nothing: dict[str, object] = {name: [] for name in REPLY_LISTS}
    nothing |= dict.fromkeys(("place", "time", "problem", "lesson"))
    nothing |= {name: [] for name in ("problem_sents", "lesson_sents", "theme_sents", "status_sents")}
    nothing |= dict.fromkeys(("one_line", "summary", "headline_en", "summary_en"), "")
    codes = {"decision": Decision.UNION_CASE, "primary_theme": Theme.OTHER, "practice_status": PracticeStatus.UNCLEAR}
    return CaseReply.model_validate(nothing | codes | {"secondary_themes": [], "more": False})


def _made_by(name: str) -> Exchange:
    """Who made the record, in place of a model."""
    return Exchange(
        prompt=BY_HAND,
        prompt_sha256="",
        reply_schema=_REPLY_SCHEMA,
        model="person",
        model_answered=name,
        temperature=0.0,
        request_key="",
        reply_sha256="",
        repairs=0,
    )
