"""What is written down holds what the steps found, field by field."""

from __future__ import annotations

import hashlib
from pathlib import Path

from making import LINES, case_text, make_page, make_scan

from summariser.disk.record_text import is_edited
from summariser.pages.article import make_article
from summariser.prompt import PromptSettings, case_request, load_prompt
from summariser.records.grounding import CHECKS_VERSION, read_reply
from summariser.records.make import Exchange, Source, make_failure, make_manifest, make_record
from summariser.schema.case import Rule
from summariser.schema.exchange import OutputMode, Reply, Usage
from summariser.schema.page import Article, ArticleKind, LineRange, Page, PageSplit, SplitMethod
from summariser.schema.record import FAILURE_SCHEMA, PAGE_SCHEMA, RECORD_SCHEMA, FailedAttempt, FailureReason

PAGE = make_page(("工会在身边", LINES[0], LINES[1].replace("本报讯", "本报临河3月5日电"), LINES[2], "责编 李明"))
NOISE = (LineRange(5, 5),)
SETTINGS = PromptSettings(model="m", temperature=0.5, max_tokens=100)


def _article(page: Page) -> Article:
    return make_article(page, kind=ArticleKind.FEATURE, lines=[LineRange(1, 4)], headline_lines=(2,), kicker_lines=(1,))


def test_record_holds_article_exchange_and_where_both_come_from() -> None:
    """Every field of a new record is that of its article, its case, its page or its exchange; it is open and sealed."""
    article, prompt = _article(PAGE), load_prompt("case_study")
    split = PageSplit(page_id=PAGE.page_id, articles=(article,), noise=NOISE, method=SplitMethod.MODEL)
    manifest = make_manifest(PAGE, split, load_prompt("split"), ())
    request = case_request(article, prompt, SETTINGS)
    reply = Reply(
        request_key=request.key,
        text="\ud800{}",
        reasoning=None,
        model="m-1",
        finish_reason="stop",
        usage=Usage(),
        mode=OutputMode.JSON_SCHEMA,
        seconds=1.0,
        sends=1,
    )
    checked = read_reply(case_text(people=[], place=None, actions=[], results=[], actors=[]), article)

    record = make_record(manifest, article, checked, Exchange.of(prompt, request, Source.of(reply), repairs=1))

    assert (record.schema_path, record.article_id, record.page_id) == (
        RECORD_SCHEMA,
        article.article_id,
        PAGE.page_id,
    )
    assert (record.kind, record.headline, record.kicker) == ("feature", LINES[0], "工会在身边")
    assert (record.lines, record.bylines) == (article.lines, ("王小禾",))
    assert record.dateline is not None
    assert (record.dateline.place, record.dateline.month, record.dateline.day) == ("临河", 3, 5)
    assert (record.case, record.findings, record.needs_review) == (checked.case, checked.findings, True)
    assert (record.review.state, record.review.by, record.review.note) == ("open", None, None)
    assert record.provenance.model_dump(exclude={"content_sha256"}) == {
        "source": PAGE.path,
        "page_sha256": PAGE.sha256,
        "split_method": "model",
        "split_prompt": load_prompt("split").id,
        "prompt": prompt.id,
        "prompt_sha256": prompt.sha256,
        "reply_schema": prompt.schema_path,
        "model": "m",
        "model_answered": "m-1",
        "temperature": 0.5,
        "request_key": request.key,
        "reply_sha256": hashlib.sha256(b"\xed\xa0\x80{}").hexdigest(),
        "further_keys": (),
        "repairs": 1,
        "verified_by": None,
        "checks": CHECKS_VERSION,
    }
    assert not is_edited(record)


def test_failure_holds_what_was_asked_of_which_article() -> None:
    """A failure names its article with its lines, the reason, and what was asked of whom."""
    article, prompt = _article(PAGE), load_prompt("case_study")
    request = case_request(article, prompt, SETTINGS)
    attempts = (FailedAttempt(request_key=request.key, reply_text="?", findings=(Rule.LENGTH.at("summary", "x"),)),)

    failure = make_failure(article, request, FailureReason.REFUSAL, "No.", attempts)

    assert failure.model_dump() == {
        "$schema": FAILURE_SCHEMA,
        "article_id": article.article_id,
        "page_id": PAGE.page_id,
        "headline": LINES[0],
        "lines": article.lines,
        "reason": "refusal",
        "message": "No.",
        "prompt": prompt.id,
        "model": "m",
        "attempts": tuple(each.model_dump() for each in attempts),
    }


def test_manifest_holds_where_every_line_went(tmp_path: Path) -> None:
    """A manifest names page, split, articles and noise; a scan's has its source and its picture too."""
    finding = Rule.LENGTH.at("$", "x")
    for page, prompt in ((PAGE, load_prompt("split")), (make_scan(tmp_path), None)):
        article = make_article(
            page, kind=ArticleKind.BRIEF, lines=[LineRange(1, 3)], headline_lines=(1,), kicker_lines=()
        )
        method = SplitMethod.MODEL if prompt else SplitMethod.RULES
        split = PageSplit(page_id=page.page_id, articles=(article,), noise=NOISE, method=method)

        manifest = make_manifest(page, split, prompt, (finding,))

        assert (manifest.schema_path, manifest.page_id, manifest.source) == (PAGE_SCHEMA, page.page_id, page.path)
        assert (manifest.page_sha256, manifest.split_method) == (page.sha256, method)
        assert manifest.split_prompt == (prompt.id if prompt else None)
        assert [(each.article_id, each.lines, each.headline) for each in manifest.articles] == [
            (article.article_id, article.lines, article.headline)
        ]
        assert (manifest.noise, manifest.findings) == (NOISE, (finding,))
        assert manifest.page_source == (page.source if page.source.origins else None)
        assert (manifest.picture is None) is (page is PAGE)
        if manifest.picture and page.layout:
            assert (manifest.picture.width, manifest.picture.height, manifest.picture.reader) == (
                1000,
                800,
                page.layout.reader,
            )
