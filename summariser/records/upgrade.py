"""Stored records of older versions written in the present shape; no model is asked.

What version 1 did not keep and the page still says is added: the newspaper and its date, the numbered sentences, where
the words of times and numbers stand. What only a model could say (chain, claimant, period, totals) stays null. Ids,
reviews and edits are kept; a record that a person edited counts as edited still.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from summariser.disk.record_text import is_edited, names_older, seal
from summariser.disk.store import write_records
from summariser.disk.stored import read_bytes, read_stored
from summariser.errors import StoreError
from summariser.numbers.time import read_time
from summariser.records.evidence import ArticleCheck
from summariser.records.make import make_text
from summariser.records.prose import collect_facts
from summariser.schema.case import Result, SpanOf, Time
from summariser.schema.page import Article, PageSource, Span
from summariser.schema.record import PageManifest, Record


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
            yield UpgradedFile(file.path, UpgradeOutcome.BROKEN, str(file.content))
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
            outcome, message = UpgradeOutcome.REFUSED, str(error)
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
