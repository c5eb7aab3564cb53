"""What is written down: a record, a failure or the account of a page, put together from what the steps found."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from summariser.checks.grounding import CHECKS_VERSION, CheckedCase
from summariser.disk.record_text import seal
from summariser.pages.article import read_byline, read_dateline
from summariser.prompt import Prompt
from summariser.schema.case import Finding, Severity
from summariser.schema.exchange import Reply, Request
from summariser.schema.page import Article, Page, PageSplit
from summariser.schema.record import (
    FAILURE_SCHEMA,
    PAGE_SCHEMA,
    RECORD_SCHEMA,
    FailedAttempt,
    Failure,
    PageAccount,
    PageArticle,
    Provenance,
    Record,
    Review,
)

# Notices that a person should look into although every fact is borne out.
_REVIEW_RULES = {"mention_inexact", "number_looks_misread", "theme_other", "list_full"}


class Making(NamedTuple):
    """How a case came about: the page and its split, the prompts, the reply that was used."""

    page: Page
    split: PageSplit
    split_prompt: Prompt | None
    prompt: Prompt
    request: Request
    reply: Reply
    repairs: int


def build_record(article: Article, checked: CheckedCase, making: Making) -> Record:
    """The record of an article, sealed with the hash of its content."""
    record = Record(
        schema_path=RECORD_SCHEMA,
        article_id=article.article_id,
        page_id=article.page_id,
        kind=article.kind,
        headline=article.headline,
        kicker=article.kicker,
        bylines=read_byline(article.text),
        dateline=read_dateline(article.text),
        lines=article.lines,
        needs_review=any(deserves_review(finding) for finding in checked.findings),
        case=checked.case,
        findings=checked.findings,
        review=Review(state="open", by=None, note=None),
        provenance=_provenance(making),
    )
    return seal(record)


def build_failure(
    article: Article, request: Request, reason: str, message: str, attempts: tuple[FailedAttempt, ...]
) -> Failure:
    """What is kept of an article for which there is no record."""
    return Failure(
        schema_path=FAILURE_SCHEMA,
        article_id=article.article_id,
        page_id=article.page_id,
        headline=article.headline,
        lines=article.lines,
        reason=reason,
        message=message,
        prompt=request.prompt,
        model=request.model,
        attempts=attempts,
    )


def build_account(
    page: Page, split: PageSplit, split_prompt: Prompt | None, findings: tuple[Finding, ...]
) -> PageAccount:
    """Where every line of a page went."""
    return PageAccount(
        schema_path=PAGE_SCHEMA,
        page_id=page.page_id,
        source=page.path,
        page_sha256=page.sha256,
        split_method=split.method,
        split_prompt=split_prompt.id if split_prompt else None,
        articles=tuple(
            PageArticle(
                article_id=article.article_id,
                kind=article.kind,
                headline=article.headline,
                lines=article.lines,
                headline_lines=article.headline_lines,
                kicker_lines=article.kicker_lines,
                subhead_lines=article.subhead_lines,
            )
            for article in split.articles
        ),
        noise=split.noise,
        findings=findings,
    )


def deserves_review(finding: Finding) -> bool:
    """Whether a finding is one that a person should look into."""
    return finding.severity is Severity.UNSUPPORTED or finding.rule in _REVIEW_RULES


def _provenance(making: Making) -> Provenance:
    return Provenance(
        source=making.page.path,
        page_sha256=making.page.sha256,
        split_method=making.split.method,
        split_prompt=making.split_prompt.id if making.split_prompt else None,
        prompt=making.prompt.id,
        prompt_sha256=making.prompt.sha256,
        reply_schema=making.prompt.schema_path,
        model=making.request.model,
        model_answered=making.reply.model,
        temperature=making.request.temperature,
        request_key=making.reply.request_key,
        reply_sha256=hashlib.sha256(making.reply.text.encode("utf-8", "surrogatepass")).hexdigest(),
        repairs=making.repairs,
        checks=CHECKS_VERSION,
        content_sha256="",
    )
