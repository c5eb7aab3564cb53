"""Records, failures and page manifests made from what the steps of a run found; older records upgraded.

Stored records of older versions are written in the present shape; no model is asked. What version 1 did not keep and
the page still says is added: the newspaper and its date, the numbered sentences, where the words of times and numbers
stand. What only a model could say (chain, claimant, period, totals) stays null. Ids, reviews and edits are kept; a
record that a person edited counts as edited still.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from summariser.disk.record_text import is_edited, names_older, seal
from summariser.disk.store import write_records
from summariser.disk.stored import read_bytes, read_stored
from summariser.errors import StoreError
from summariser.numbers.time import read_time
from summariser.pages.article import read_byline, read_dateline
from summariser.prompt import Prompt
from summariser.records.evidence import ArticleCheck
from summariser.records.grounding import CHECKS_VERSION, CheckedCase
from summariser.records.prose import collect_facts
from summariser.schema.case import Finding, Result, SpanOf, Time
from summariser.schema.exchange import Reply, Request
from summariser.schema.page import Article, Page, PageSource, PageSplit, Span
from summariser.schema.record import (
    FAILURE_SCHEMA,
    PAGE_SCHEMA,
    RECORD_SCHEMA,
    ArticleSentence,
    ArticleText,
    FailedAttempt,
    Failure,
    FailureReason,
    PageArticle,
    PageManifest,
    PagePicture,
    Provenance,
    Record,
    Review,
    Verification,
)


class Source(NamedTuple):
    """What a record says of the reply that it was made from."""

    request_key: str
    model: str
    sha256: str

    @classmethod
    def of(cls, reply: Reply) -> Source:
        """What to keep of a reply once it is read; its text may be endless."""
        hashed = hashlib.sha256(reply.text.encode("utf-8", "surrogatepass")).hexdigest()
        return cls(reply.request_key, reply.model, hashed)


class Exchange(NamedTuple):
    """What was asked and answered for a record; fields are those of `Provenance`."""

    prompt: str
    prompt_sha256: str
    reply_schema: str
    model: str
    model_answered: str
    temperature: float
    request_key: str
    reply_sha256: str
    repairs: int
    further_keys: tuple[str, ...] = ()
    verified_by: Verification | None = None

    @classmethod
    def of(cls, prompt: Prompt, request: Request, source: Source, *, repairs: int) -> Exchange:
        """The exchange in which a prompt led to the reply that was used, after so many repairs."""
        return cls(
            prompt=prompt.id,
            prompt_sha256=prompt.sha256,
            reply_schema=prompt.schema_path,
            model=request.model,
            model_answered=source.model,
            temperature=request.temperature,
            request_key=source.request_key,
            reply_sha256=source.sha256,
            repairs=repairs,
        )


def make_text(article: Article, *, with_words: bool) -> ArticleText:
    """The sentences of an article as they are numbered for the model; without their words if these are not kept."""
    return ArticleText(
        sha256=hashlib.sha256(article.text.encode("utf-8", "surrogatepass")).hexdigest(),
        sentences=tuple(
            ArticleSentence(
                n=sentence.number,
                start=sentence.start,
                end=sentence.end,
                lines=article.lines_of(Span(sentence.start, sentence.end)),
                text=article.sentence_text(sentence.number) if with_words else None,
            )
            for sentence in article.sentences
        ),
    )


def make_record(
    manifest: PageManifest, article: Article, checked: CheckedCase, exchange: Exchange, *, with_words: bool = True
) -> Record:
    """The record of one article of a page, open for review and sealed with the hash of its content.

    Shape: without `with_words` the record keeps where its sentences stand, but not the sentences.
    """
    return seal(draft_record(manifest, article, checked, exchange, with_words=with_words))


def draft_record(
    manifest: PageManifest, article: Article, checked: CheckedCase, exchange: Exchange, *, with_words: bool
) -> Record:
    """The same before it is sealed, with an empty hash."""
    return Record.made_of(
        article,
        schema_path=RECORD_SCHEMA,
        source=manifest.page_source or PageSource(),
        bylines=read_byline(article.text),
        dateline=read_dateline(article.text),
        needs_review=any(finding.deserves_review for finding in checked.findings),
        case=checked.case,
        findings=checked.findings,
        corrections=(),
        practice=None,
        review=Review(state="open", by=None, note=None),
        text=make_text(article, with_words=with_words),
        provenance=Provenance.made_of(manifest, **exchange._asdict(), checks=CHECKS_VERSION, content_sha256=""),
    )


def make_failure(
    article: Article, request: Request, reason: FailureReason, message: str, attempts: tuple[FailedAttempt, ...]
) -> Failure:
    """What is kept of an article for which there is no record."""
    return Failure.made_of(
        article,
        schema_path=FAILURE_SCHEMA,
        reason=reason,
        message=message,
        prompt=request.prompt,
        model=request.model,
        attempts=attempts,
    )


def make_manifest(
    page: Page, split: PageSplit, split_prompt: Prompt | None, findings: tuple[Finding, ...]
) -> PageManifest:
    """Where every line of a page went."""
    return PageManifest(
        schema_path=PAGE_SCHEMA,
        page_id=page.page_id,
        source=page.path,
        page_sha256=page.sha256,
        split_method=split.method,
        split_prompt=split_prompt.id if split_prompt else None,
        articles=list_articles(split),
        noise=split.noise,
        findings=findings,
        page_source=page.source if page.source.origins else None,
        picture=PagePicture.made_of(page.layout) if page.layout else None,
    )


def list_articles(split: PageSplit) -> tuple[PageArticle, ...]:
    """The articles of a page as its manifest lists them."""
    return tuple(map(PageArticle.made_of, split.articles))


class UpgradeOutcome(StrEnum):
    """What became of a file."""

    UPGRADED = "upgraded"
    WITHOUT_PAGE = "without_page"  # upgraded, but its page cannot be read, or is another one by now
    PRESENT = "present"  # in the present shape already
    REFUSED = "refused"  # cannot be written there; left as it is
    BROKEN = "broken"  # no whole record; left as it is


NOT_WHOLE: Final = frozenset({UpgradeOutcome.WITHOUT_PAGE, UpgradeOutcome.REFUSED, UpgradeOutcome.BROKEN})


class UpgradedFile(NamedTuple):
    """A file of a record, what became of it, and why where it is not whole."""

    path: Path
    outcome: UpgradeOutcome
    message: str = ""


def upgrade_files(paths: Iterable[Path], *, with_words: bool = True) -> Iterator[UpgradedFile]:
    """Write the records of older versions among the files and below the folders anew, one by one.

    Shape: a file is replaced in one step; failures are passed over. Without `with_words` records keep where their
    sentences stand, but not the sentences.
    Errors: StoreError if a path does not exist.
    """
    for file in read_stored(paths):
        if isinstance(file.content, StoreError):
            yield UpgradedFile(file.path, UpgradeOutcome.BROKEN, file.content.advice)
        if not isinstance(file.content, Record):
            continue
        if not names_older(read_bytes(file.path)):
            yield UpgradedFile(file.path, UpgradeOutcome.PRESENT)
            continue
        record, outcome, message = file.content, UpgradeOutcome.UPGRADED, ""
        article, manifest = file.folder.article(record), file.folder.manifest
        if isinstance(article, Article) and isinstance(manifest, PageManifest):
            record = complete_record(record, article, manifest, with_words=with_words)
        else:
            outcome = UpgradeOutcome.WITHOUT_PAGE
            message = str(manifest) if isinstance(article, Article) else article.message
        try:
            write_records({file.path: record})
        except StoreError as error:
            outcome, message = UpgradeOutcome.REFUSED, error.advice
        yield UpgradedFile(file.path, outcome, message)


def complete_record(record: Record, article: Article, manifest: PageManifest, *, with_words: bool = True) -> Record:
    """A record of an older version with what its page says and it did not keep."""
    source = manifest.page_source or PageSource()
    check = ArticleCheck(article, collect_facts(article), source.issue_date)
    case = record.case.model_copy(
        update={
            "time": record.case.time and _complete_time(record.case.time, check),
            "results": tuple(_complete_result(result, check) for result in record.case.results),
        }
    )
    text = make_text(article, with_words=with_words)
    completed = record.model_copy(update={"source": source, "case": case, "text": text})
    return completed if is_edited(record) else seal(completed)


def _complete_time(time: Time, check: ArticleCheck) -> Time:
    """A time with its place in the article, dated by the issue."""
    found = check.find(time.text, [], "time.text")
    span = read_time(time.text, check.issued)
    dates = {"edtf": span.edtf, "start": span.start, "end": span.end}
    return time.model_copy(update={**dates, "evidence": check.evidence([], found)})


def _complete_result(result: Result, check: ArticleCheck) -> Result:
    """A result with the places of its value and its subject."""
    spans: list[tuple[SpanOf, Span]] = []
    if result.quantity:
        spans.append(("value", Span(result.quantity.start, result.quantity.end)))
    if result.subject and (subject := check.find(result.subject, result.evidence.sents, "subject").span):
        spans.append(("subject", subject))
    marked = check.evidence(result.evidence.sents, spans=spans).spans
    return result.model_copy(update={"evidence": result.evidence.model_copy(update={"spans": marked})})
