"""Records, failures and manifests made from what a run found; stored ones upgraded, made again and compared.

Stored records of older versions are written in the present shape; no model is asked. What version 1 did not keep and
the page still says is added: the newspaper and its date, the numbered sentences, where the words of times and numbers
stand. What only a model could say (chain, claimant, period, totals) stays null. Ids, reviews and edits are kept; a
record that a person edited counts as edited still.

A record is untrusted: somebody may have edited it, or its page. The article is cut from the page once more, as the
manifest of the page says; what the model said is taken from the stored case; from both, the record is made as a run
would make it, and what differs is reported. What a person decided (`review`) and worded is theirs.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cache, partial
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Final, NamedTuple

from summariser.comparison import Change, ChangeKind, compare_records
from summariser.disk.record_text import OlderRecordWarning, content_sha256, is_edited, names_older, seal
from summariser.disk.store import write_records
from summariser.disk.stored import (
    FAILURE_END,
    MANY_PAGES,
    RECORD_END,
    ListedFile,
    PageFolder,
    PageReader,
    StoredFile,
    in_processes,
    list_stored,
    read_bytes,
    read_listed,
    read_stored,
    reads_as,
)
from summariser.errors import InputError, PromptError, StoreError
from summariser.numbers.time import read_time
from summariser.pages.article import read_byline, read_dateline, text_sha256
from summariser.prompt import Prompt, load_prompt
from summariser.records.corrected import (
    RECORD_PATHS,
    Numbered,
    corrected_record,
    is_follower,
    printed_words,
    with_values,
)
from summariser.records.evidence import ArticleCheck, format_numbers, placed
from summariser.records.grounding import (
    AS_SAID,
    CHECKS_VERSION,
    CheckedCase,
    FactVerdict,
    apply_verdicts,
    broken_citations,
    check_case,
    find_odd_numbers,
    first_verdicts,
)
from summariser.records.prose import collect_facts
from summariser.reply import REPLY_LISTS, CaseReply, ReplyPlace, ReplyTime
from summariser.schema.case import (
    BeneficiaryGroup,
    Case,
    Evidence,
    Fact,
    Finding,
    Quantity,
    Result,
    Rule,
    Severity,
    SpanOf,
    Time,
    format_quantity,
)
from summariser.schema.codes import SupportFrom
from summariser.schema.exchange import Reply, Request
from summariser.schema.page import (
    Article,
    Frozen,
    Page,
    PageSource,
    PageSplit,
    PixelBox,
    Span,
    format_lines,
    line_numbers,
)
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
from summariser.text import counted


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
        sha256=text_sha256(article),
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


def complete_record(record: Record, article: Article, manifest: PageManifest, *, with_words: bool) -> Record:
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


# A record that a person's work protects keeps its origin when the page is split again.
_ORIGIN: Final = {"provenance.source", "provenance.split_method", "provenance.split_prompt"}
_TITLES: Final = {"kind", "headline", "kicker"}  # which a split gives; a person decided on those of the record
_OF_ITS_OWN: Final = {"provenance.checks", "provenance.content_sha256"}  # told by findings of their own


class RecordCheck(NamedTuple):
    """One stored file and what differs from its page.

    Shape: of its record no more than is told, because processes hand it on: `own` are the findings that it holds,
    None if there is none to check; `facts` is how many the page does not bear out by the record, and how many it has;
    `awaits_review` is that of the record.
    """

    path: Path
    own: tuple[Finding, ...] | None
    findings: tuple[Finding, ...]
    facts: tuple[int, int] = (0, 0)
    awaits_review: bool = False

    @property
    def is_sound(self) -> bool:
        """True if nothing differs that is worse than a notice."""
        return all(finding.severity is Severity.NOTICE for finding in self.findings)

    @property
    def lacks_record(self) -> bool:
        """True of an article for which there is no record."""
        return any(finding.rule == Rule.NO_RECORD for finding in self.findings)

    @property
    def is_record(self) -> bool:
        """True of what is a record, or should be one and cannot be read."""
        return self.own is not None or any(finding.rule == Rule.UNREADABLE for finding in self.findings)

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """What the record itself says that is wrong with it, then what differs."""
        return (*(self.own or ()), *self.findings)


def check_records(
    paths: Iterable[Path], *, read: PageReader | None = None, processes: int = 1
) -> Iterator[RecordCheck]:
    """Check the records among the files and below the folders one by one, and name the articles that have none.

    Shape: what cannot be read is a finding, not an error; a page is read once and let go. With several `processes` the
    pages are shared out among them, in the same order; `read` is then none.
    Errors: StoreError if a path does not exist.
    """
    paths = list(paths)
    whole = tuple(path.resolve() for path in paths if path.is_dir())
    if processes < 2:
        yield from _check_files(read_stored(paths, read=read), whole)
        return
    pages = [tuple(files) for _, files in groupby(list_stored(paths), key=lambda each: each[0].parent)]
    if len(pages) < MANY_PAGES:
        yield from check_records(paths)
        return
    for checks in in_processes(partial(_check_page, whole=whole), pages, processes=processes):
        yield from checks


def _check_page(files: Iterable[ListedFile], whole: tuple[Path, ...]) -> list[RecordCheck]:
    """The checks of the files in one folder; that a record is older is a finding, and needs no warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OlderRecordWarning)
        return list(_check_files(read_listed(files), whole))


def _check_files(files: Iterable[StoredFile], whole: tuple[Path, ...]) -> Iterator[RecordCheck]:
    """The checks of files, and what is missing from their folders below those that were named whole."""
    last: Path | None = None
    for file in files:
        if file.folder.path != last and any(file.folder.path.resolve().is_relative_to(folder) for folder in whole):
            for article_id in file.folder.without_record():
                missing = file.folder.path / f"{article_id}{RECORD_END}"
                yield RecordCheck(missing, None, (Rule.NO_RECORD.say("$"),))
        last = file.folder.path
        yield _check_file(file)


def _check_file(file: StoredFile) -> RecordCheck:
    """One file: a record, a failure, or neither."""
    if isinstance(file.content, StoreError):
        message = "; ".join(line.strip() for line in str(file.content).splitlines())
        return RecordCheck(file.path, None, (Rule.UNREADABLE.at("$", message),))
    if isinstance(file.content, Failure):
        said = f"{file.content.reason}: {file.content.message}"
        has_record = file.path.with_name(file.path.name[: -len(FAILURE_END)] + RECORD_END).is_file()
        found = (Rule.FAILED_SINCE if has_record else Rule.NO_RECORD).say("$", failure=said)
        return RecordCheck(file.path, None, (found,))
    record = file.content
    facts = record.case.unsupported, len(record.case.facts())
    findings = tuple(_check_record(file.path, record, file.folder))
    return RecordCheck(file.path, record.findings, findings, facts, record.awaits_review)


def _check_record(path: Path, record: Record, folder: PageFolder) -> Iterator[Finding]:
    """Everything about one readable record."""
    if path.stem != record.article_id or path.resolve().parent.name != record.page_id:
        yield Rule.WRONG_PLACE.say("article_id", article=f"{record.page_id}/{record.article_id}")
    if record.provenance.checks != CHECKS_VERSION:
        yield Rule.OLDER_CHECKS.say("provenance.checks", old=record.provenance.checks, now=CHECKS_VERSION)
    if record.is_older:
        yield Rule.OLDER_RECORD.say("$")
        yield from _edits(record, None)
        return
    article, manifest = folder.article(record), folder.manifest
    if isinstance(article, Finding):
        yield from _edits(record, None)
        yield article
    elif isinstance(manifest, PageManifest):
        reply = as_reply(record.case)
        yield from broken_citations(reply, article)
        yield from _prompt_differences(record)
        try:
            yield from _edits(record, article)
            rebuilt = rebuild_record(record, article, manifest, reply)
        except InputError as error:
            yield Rule.DIFFERS.say("corrections", error=error)
            return
        for change in compare_records(record, rebuilt):
            yield from _told(change, record)


def _edits(record: Record, article: Article | None) -> Iterator[Finding]:
    """What people changed since the record was written: by corrections, or beside them, where its article tells."""
    if not is_edited(record):
        return
    names = ", ".join(dict.fromkeys(each.by for each in record.corrections))
    own = sum(not is_follower(each) for each in record.corrections)
    values = counted(own, "value was", "values were")
    if record.corrections and record.provenance.checks != CHECKS_VERSION:  # only its own rules would show another edit
        yield Rule.CORRECTED.say("$", corrections=values, people=names)
    elif record.corrections and not (article and is_edited(record_as_written(record, article))):
        yield Rule.CORRECTED.say("$", values=values, names=names)
    else:
        yield Rule.EDITED.say("$", **({"values": values, "names": names} if record.corrections else {}))


def rebuild_record(record: Record, article: Article, manifest: PageManifest, reply: CaseReply | None = None) -> Record:
    """The record as a run would make it now, if the readers said again what the stored case has from them.

    Shape: what people decided and corrected is kept: where a correction says something, that is what stands. Not
    sealed; `reply` is what `as_reply` makes of the case, if that is known.
    Errors: InputError if the corrections do not fit the record.
    """
    reply, printed = with_values(reply or as_reply(record.case), record), printed_words(record)
    checked = check_case(reply, article, issued=record.source.issue_date, printed=printed)
    return make_again(record, apply_verdicts(checked, stored_verdicts(record), article), article, manifest)


def make_again(record: Record, checked: CheckedCase, article: Article, manifest: PageManifest) -> Record:
    """The record of an article as the checks left its case, with all that people decided and corrected.

    Shape: not sealed; its hash is empty.
    """
    with_words = all(sentence.text is not None for sentence in record.text.sentences)
    made = draft_record(manifest, article, checked, _exchange(record), with_words=with_words)
    kept = {name: getattr(record, name) for name in ("corrections", "practice", "review")}
    values = [(each.path, each.value) for each in record.corrections if each.path in RECORD_PATHS]
    made = made.model_copy(update=kept)
    return corrected_record(made, values) if record.corrections else made


def record_as_written(record: Record, article: Article) -> Record:
    """The record without its corrections: sealed rightly if it was changed in nothing else since the tool wrote it.

    Errors: InputError if the corrections do not fit the record.
    """
    values = [(each.path, each.model) for each in record.corrections if each.path in RECORD_PATHS]
    plain = corrected_record(record, values)
    now = Numbered.of(as_reply(record.case), record.corrections)
    given = now.as_model_gave()
    checked = check_case(given.reply(), article, issued=plain.source.issue_date)
    stand = {now.number(path): verdict for path, verdict in stored_verdicts(record).items()}
    first = {given.place(path) or "": verdict for path, verdict in first_verdicts(stand, now.log).items()}
    checked = apply_verdicts(checked, first, article)
    return with_case(plain.model_copy(update={"corrections": ()}), checked)


def carry_over(record: Record, article: Article, manifest: PageManifest, fresh: Record | None = None) -> Record | None:
    """The record of an article that reads as it did, with the lines and boxes that it has on its page now.

    Shape: all else stays, also what a person decided and edited. None if the article reads otherwise, or stands where
    it stood. `fresh` is what a run made of it now.
    """
    if not reads_as(article, record.text):
        return None
    stood = record.provenance.page_sha256, record.lines, record.continuation
    stays = stood == (manifest.page_sha256, article.lines, article.continuation)
    found = {path: (fact, placed(fact.evidence, article)) for path, fact in record.case.facts()}
    if stays and all(_boxes(fact.evidence) == _boxes(evidence) for fact, evidence in found.values()):
        return None
    facts = {path: fact.model_copy(update={"evidence": evidence}) for path, (fact, evidence) in found.items()}
    lines = {each.n: article.lines_of(Span(each.start, each.end)) for each in record.text.sentences}
    sentences = tuple(each.model_copy(update={"lines": lines[each.n]}) for each in record.text.sentences)
    odd = iter(find_odd_numbers(article))
    origin = {name: getattr(manifest, name) for name in ("source", "page_sha256", "split_method", "split_prompt")}
    carried = record.model_copy(
        update={
            "lines": article.lines,
            "continuation": article.continuation,
            "case": record.case.with_facts(facts),
            "findings": tuple(
                next(odd, each) if each.rule == Rule.NUMBER_LOOKS_MISREAD else each for each in record.findings
            ),
            "text": record.text.model_copy(update={"sentences": sentences}),
            "provenance": record.provenance.model_copy(update=origin),
        }
    )
    return carried if is_edited(record) and not record.corrections else _sealed_again(record, carried, article, fresh)


def _boxes(evidence: Evidence) -> tuple[PixelBox, ...]:
    """Where evidence stands on the pictures of its pages."""
    return evidence.boxes + (evidence.continuation.boxes if evidence.continuation else ())


def _sealed_again(was: Record, record: Record, article: Article, fresh: Record | None) -> Record:
    """A record that stands elsewhere now than it `was`, sealed as what the tool wrote of it would be.

    Shape: what was edited by other means than corrections stays known as edited: by the seal of what was, and where
    only its old page would tell, if `fresh` has the same reply.
    """
    if not record.corrections:
        return seal(record)
    if record.provenance.checks != CHECKS_VERSION:  # only its own rules would write it
        return record
    try:
        written = seal(record_as_written(record, article))
        stood = _where_it_stood(was, article)
        if stood and is_edited(record_as_written(was, stood)):
            return record
    except InputError:
        return record
    if fresh and (_exchange(fresh), fresh.source) == (_exchange(written), written.source):
        fresh = fresh.model_copy(update={"text": written.text})
        if content_sha256(fresh) != content_sha256(written):
            return record
    return record.model_copy(update={"provenance": written.provenance})


def _where_it_stood(record: Record, article: Article) -> Article | None:
    """The article on the lines that a record of the same text has.

    Shape: None where the record does not tell: on pictures, on two pages, or with lines that are wrapped elsewhere.
    """
    moved = dict(zip(line_numbers(article.lines), line_numbers(record.lines), strict=False))
    pieces = tuple(each._replace(line=moved.get(each.line, each.line)) for each in article.pieces)
    stood = article.model_copy(update={"lines": record.lines, "pieces": pieces})
    is_on_lines = not article.continuation and all(each.place is None for each in pieces)
    has_sentences = all(stood.lines_of(Span(each.start, each.end)) == each.lines for each in record.text.sentences)
    has_facts = all(placed(fact.evidence, stood) == fact.evidence for _, fact in record.case.facts())
    return stood if is_on_lines and has_sentences and has_facts else None


def _exchange(record: Record) -> Exchange:
    """What was asked and answered for a record."""
    return Exchange(**{name: getattr(record.provenance, name) for name in Exchange._fields})


def with_case(record: Record, checked: CheckedCase) -> Record:
    """The record with another case, as the checks left it."""
    return record.model_copy(
        update={
            "case": checked.case,
            "findings": checked.findings,
            "needs_review": any(finding.deserves_review for finding in checked.findings),
        }
    )


def stored_verdicts(record: Record) -> dict[str, FactVerdict]:
    """What people said of the facts of a stored case, and the second reader, if the record names one."""
    readers = {SupportFrom.PERSON, *((SupportFrom.MODEL,) if record.provenance.verified_by else ())}
    return {
        path: FactVerdict(fact.support, fact.support_by, fact.evidence.added)
        for path, fact in record.case.facts()
        if fact.support_by in readers
    }


def _told(change: Change, record: Record) -> Iterator[Finding]:
    """What a difference between the stored record (old) and the one made now (new) is to a reader."""
    path = change.path.removeprefix("case.")
    if change.kind is ChangeKind.FINDING:
        yield from _told_finding(path, change.old, change.new, record)
    elif path.startswith("source.") and _is_decided_as_written(record):
        stored, fresh = _both_said(change.old, change.new)
        yield Rule.DIFFERS.say(path, stored=stored, fresh=fresh)
    elif (path in _TITLES and _is_decided_as_written(record)) or (
        path in _ORIGIN and (not is_edited(record) or record.review.state != "open")
    ):
        yield Rule.SPLIT_AGAIN.say(path, **_difference(change.old, change.new))
    elif change.kind is not ChangeKind.REVIEW and path not in _OF_ITS_OWN:
        yield Rule.DIFFERS.say(path, **_difference(change.old, change.new))


def _is_decided_as_written(record: Record) -> bool:
    """Whether a person decided on a record as a run made it, or corrected it; an edit beside corrections is told."""
    return record.review.state != "open" and (bool(record.corrections) or not is_edited(record))


def _told_finding(path: str, old: object, new: object, record: Record) -> Iterator[Finding]:
    """A finding that the record leaves out, or that the page gives no reason for."""
    if isinstance(new, Finding) and not (isinstance(old, Finding) and old.severity is new.severity):
        yield new
    elif isinstance(old, Finding) and new is None and record.provenance.checks == CHECKS_VERSION:
        yield Rule.DIFFERS.say(path, rule=old.rule)


def _prompt_differences(record: Record) -> Iterator[Finding]:
    """What the record says of its prompt, where that is one of the released ones."""
    prompt = _released(record.provenance.prompt)
    fresh = {"prompt_sha256": prompt.sha256, "reply_schema": prompt.schema_path} if prompt else {}
    for name, said in fresh.items():
        stored = getattr(record.provenance, name)
        if stored != said:
            yield Rule.DIFFERS.say(f"provenance.{name}", **_difference(stored, said, "the prompt"))


@cache
def _released(prompt: str) -> Prompt | None:
    """A released prompt by its name and version, or None."""
    try:
        return load_prompt(prompt)
    except PromptError:
        return None


def _difference(stored: object, fresh: object, source: str = "the page") -> dict[str, str]:
    """What a finding says of two values that differ."""
    said, said_now = _both_said(stored, fresh)
    return {"stored": said, "source": source, "fresh": said_now}


def _both_said(stored: object, fresh: object) -> tuple[str, str]:
    """Two values that differ, in words that differ."""
    if isinstance(stored, ArticleText) and isinstance(fresh, ArticleText):
        return _said_sentences(stored, fresh)
    said, said_now = _said(stored), _said(fresh)
    if said == said_now and isinstance(stored, Quantity) and isinstance(fresh, Quantity):
        return f"{said} at {stored.start}", f"{said_now} at {fresh.start}"
    return said, said_now


def _said_sentences(stored: ArticleText, fresh: ArticleText) -> tuple[str, str]:
    """The first sentence in which two texts differ, as each has it; their hashes if they differ in none."""
    pairs = zip_longest(stored.sentences, fresh.sentences)
    first = next((number for number, (old, new) in enumerate(pairs) if old != new), None)
    return (
        (stored.sha256, fresh.sha256)
        if first is None
        else (_said_sentence(stored, first), _said_sentence(fresh, first))
    )


def _said_sentence(text: ArticleText, number: int) -> str:
    if number >= len(text.sentences):
        return counted(len(text.sentences), "sentence")
    one = text.sentences[number]
    where = f"sentence {one.n}, line {format_lines(one.lines)}, characters {one.start}-{one.end}"
    return f"“{one.text}” ({where})" if one.text else where


def _said(value: object) -> str:
    """A value in a message: the words or numbers that a reader would compare."""
    if value is None:
        return "nothing"
    if isinstance(value, Evidence):
        return _said_evidence(value)
    if isinstance(value, Quantity):
        return f"“{value.raw}” = {format_quantity(value)} ({value.approx.value})"
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in value.items()) or "nothing"
    if isinstance(value, tuple) and all(isinstance(each, str) for each in value):
        return "、".join(value) or "nothing"
    return str(value)


def _said_evidence(evidence: Evidence) -> str:
    """Where the page says something: words, sentences, lines, boxes, and the places of single fields."""
    words = f"“{evidence.quote}” at {evidence.start}, " if evidence.quote is not None else ""
    added = f", added {format_numbers(evidence.added)}" if evidence.added else ""
    boxes = "".join(f" [{', '.join(map(str, box))}]" for box in evidence.boxes)
    spans = "".join(f", {span.of} {span.start}-{span.end}" for span in evidence.spans)
    where = f"sentences {format_numbers(evidence.sents)}{added}, line {format_lines(evidence.lines) or '?'}{boxes}"
    return f"{words}{where} ({evidence.match}{spans})"


def as_reply(case: Case) -> CaseReply:
    """A stored case as the reply that it would be if the model gave it now."""
    own = {name: getattr(case, name) for name in AS_SAID}
    own |= {name: list(getattr(case, name)) for name in ("secondary_themes", "theme_sents", "status_sents")}
    for name in ("problem", "lesson"):
        statement = getattr(case, name)
        own |= {name: statement.text if statement else None, f"{name}_sents": _cited(statement) if statement else []}
    own |= {name: [_as_given(fact, kind) for fact in getattr(case, name)] for name, kind in REPLY_LISTS.items()}
    own |= {"place": _as_given(case.place, ReplyPlace), "time": _as_given(case.time, ReplyTime)}
    return CaseReply.model_validate(own | {"more": case.more_results})


def _as_given(fact: Fact | BeneficiaryGroup | None, kind: type[Frozen]) -> Frozen | None:
    """A stored fact as the model would give it: its own fields, and the sentences that it cited itself."""
    if fact is None:
        return None
    given: dict[str, object] = {"sents": _cited(fact)}
    if isinstance(fact, Result):
        given["period_text"] = fact.period.text if fact.period else None
        given["claimant"] = fact.claimant.name if fact.claimant else None
    return kind.made_of(fact, **given)


def _cited(fact: Fact | BeneficiaryGroup) -> list[int]:
    """The sentences that the model cited for a fact, without those that were added."""
    if isinstance(fact, BeneficiaryGroup):
        return list(fact.sents)
    return [number for number in fact.evidence.sents if number not in fact.evidence.added]
