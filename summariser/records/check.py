"""Stored records made again from their pages and compared: every field that code fills in, and the hash.

A record is untrusted: somebody may have edited it, or its page. The article is cut from the page once more, as the
manifest of the page says; what the model said is taken from the stored case; from both, the record is made as a run
would make it, and what differs is reported. What a person decided (`review`) and worded is theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from summariser.comparison.changes import Change, ChangeKind, compare_records
from summariser.disk.record_text import is_edited
from summariser.disk.stored import FAILURE_END, RECORD_END, PageFolder, PageReader, StoredFile, read_stored
from summariser.errors import PromptError, StoreError
from summariser.prompt import Prompt, load_prompt
from summariser.records.grounding import CHECKS_VERSION, CheckedCase, broken_citations, check_case
from summariser.records.make import Exchange, make_record
from summariser.schema.case import (
    FACT_LISTS,
    REPLY_LISTS,
    Case,
    CaseReply,
    Evidence,
    Finding,
    Listed,
    Place,
    ReplyPlace,
    Rule,
    Severity,
    fact_path,
)
from summariser.schema.page import Article, Frozen, format_lines
from summariser.schema.quantity import Quantity, format_quantity
from summariser.schema.record import Failure, PageManifest, Record

_AS_THEY_ARE: Final = (
    *("decision", "primary_theme", "practice_status"),
    *("one_line", "summary", "headline_en", "summary_en"),
)
# A record that a person's work protects keeps its origin when the page is split again.
_ORIGIN: Final = {"provenance.source", "provenance.split_method", "provenance.split_prompt"}
_OF_ITS_OWN: Final = {"provenance.checks", "provenance.content_sha256"}  # told by findings of their own


class RecordCheck(NamedTuple):
    """One stored file and what differs from its page; `record` is None if there is none to check."""

    path: Path
    record: Record | None
    findings: tuple[Finding, ...]

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
        return self.record is not None or any(finding.rule == Rule.UNREADABLE for finding in self.findings)

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """What the record itself says that is wrong with it, then what differs."""
        return (*(self.record.findings if self.record else ()), *self.findings)

    @property
    def facts(self) -> tuple[int, int]:
        """How many facts the page does not bear out by the record itself, and how many there are."""
        return (self.record.case.unsupported, len(self.record.case.facts())) if self.record else (0, 0)


def check_records(paths: Iterable[Path], *, read: PageReader | None = None) -> Iterator[RecordCheck]:
    """Check the records among the files and below the folders one by one, and name the articles that have none.

    Shape: what cannot be read is a finding, not an error; a page is read once and let go.
    Errors: StoreError if a path does not exist.
    """
    paths = list(paths)
    whole = [path.resolve() for path in paths if path.is_dir()]
    last: Path | None = None
    for file in read_stored(paths, read=read):
        if file.folder.path != last and any(file.folder.path.resolve().is_relative_to(folder) for folder in whole):
            for article_id in file.folder.without_record():
                message = "The article has no record: no run has come to it. Run the page again."
                missing = file.folder.path / f"{article_id}{RECORD_END}"
                yield RecordCheck(missing, None, (Rule.NO_RECORD.at("$", message),))
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
        rule = Rule.FAILED_SINCE if has_record else Rule.NO_RECORD
        what = "When it was last asked, the article failed" if has_record else "The article has no record"
        return RecordCheck(file.path, None, (rule.at("$", f"{what}; {said}"),))
    return RecordCheck(file.path, file.content, tuple(_check_record(file.path, file.content, file.folder)))


def _check_record(path: Path, record: Record, folder: PageFolder) -> Iterator[Finding]:
    """Everything about one readable record."""
    if path.stem != record.article_id or path.resolve().parent.name != record.page_id:
        message = f"The record is of {record.page_id}/{record.article_id}; its file stands elsewhere."
        yield Rule.WRONG_PLACE.at("article_id", message)
    if is_edited(record):
        yield Rule.EDITED.at("$", "The record was edited after it was written; runs keep the edit.")
    if record.provenance.checks != CHECKS_VERSION:
        message = f"Written under check rules {record.provenance.checks}; the present ones are {CHECKS_VERSION}."
        yield Rule.OLDER_CHECKS.at("provenance.checks", message)
    article, manifest = folder.article(record), folder.manifest
    if isinstance(article, Finding):
        yield article
    elif isinstance(manifest, PageManifest):
        yield from broken_citations(as_reply(record.case), article)
        yield from _prompt_differences(record)
        for change in compare_records(record, rebuild_record(record, article, manifest)):
            yield from _told(change, record)


def rebuild_record(record: Record, article: Article, manifest: PageManifest) -> Record:
    """The record as a run would make it now, if the model said again what the stored case has from it."""
    checked = restore_tiers(record, check_case(as_reply(record.case), article))
    asked = {name: getattr(record.provenance, name) for name in Exchange._fields}
    return make_record(manifest, article, checked, Exchange(**asked))


def restore_tiers(record: Record, fresh: CheckedCase, moved: Mapping[str, str] | None = None) -> CheckedCase:
    """The checked case with what a second look cannot see: how exactly the model had copied its words.

    Shape: the record holds the words of the page, which match exactly by now. `moved` maps paths of stored facts to
    their present ones, "" for one that is gone.
    """
    moved = moved or {}
    kept: dict[str, Listed] = {}
    present = dict(fresh.case.facts())
    for path, old in record.case.facts():
        now = moved.get(path, path)
        if not isinstance(old, Listed) or not isinstance(new := present.get(now), Listed):
            continue
        tiers = {old.evidence.match, new.evidence.match}
        evidence = new.evidence.model_copy(update={"match": old.evidence.match})
        if "failed" not in tiers and new.model_copy(update={"evidence": evidence}) == old:
            kept[now] = old
    lists = {
        name: tuple(kept.get(f"{name}[{i}]", fact) for i, fact in enumerate(getattr(fresh.case, name)))
        for name in FACT_LISTS
    }
    findings = list(fresh.findings)
    for finding in record.findings:
        path = fact_path(finding.path)
        now = moved.get(path, path)
        again = finding.model_copy(update={"path": now + finding.path.removeprefix(path)})
        if finding.rule == Rule.MENTION_INEXACT and now in kept and again not in findings:
            findings.append(again)
    return CheckedCase(fresh.case.model_copy(update=lists), tuple(findings))


def _told(change: Change, record: Record) -> Iterator[Finding]:
    """What a difference between the stored record (old) and the one made now (new) is to a reader."""
    path = change.path.removeprefix("case.")
    if change.kind is ChangeKind.FINDING:
        yield from _told_finding(path, change.old, change.new, record)
    elif path in _ORIGIN and (not is_edited(record) or record.review.state != "open"):
        yield Rule.SPLIT_AGAIN.at(path, f"The page was split again since; {_difference(change.old, change.new)}")
    elif change.kind is not ChangeKind.REVIEW and path not in _OF_ITS_OWN:
        yield Rule.DIFFERS.at(path, _difference(change.old, change.new))


def _told_finding(path: str, old: object, new: object, record: Record) -> Iterator[Finding]:
    """A finding that the record leaves out, or that the page gives no reason for."""
    if isinstance(new, Finding) and not (isinstance(old, Finding) and old.severity is new.severity):
        yield new
    elif isinstance(old, Finding) and new is None and record.provenance.checks == CHECKS_VERSION:
        yield Rule.DIFFERS.at(path, f"The record has a finding ({old.rule}) that its page gives no reason for.")


def _prompt_differences(record: Record) -> Iterator[Finding]:
    """What the record says of its prompt, where that is one of the released ones."""
    prompt = _released(record.provenance.prompt)
    fresh = {"prompt_sha256": prompt.sha256, "reply_schema": prompt.schema_path} if prompt else {}
    for name, said in fresh.items():
        stored = getattr(record.provenance, name)
        if stored != said:
            yield Rule.DIFFERS.at(f"provenance.{name}", _difference(stored, said, "the prompt"))


@cache
def _released(prompt: str) -> Prompt | None:
    """A released prompt by its name and version, or None."""
    try:
        return load_prompt(prompt)
    except PromptError:
        return None


def _difference(stored: object, fresh: object, source: str = "the page") -> str:
    return f"The record says {_said(stored)}; {source} says {_said(fresh)}."


def _said(value: object) -> str:
    """A value in a message: the words or numbers that a reader would compare."""
    if value is None:
        return "nothing"
    if isinstance(value, Evidence):
        boxes = "".join(f" [{', '.join(map(str, box))}]" for box in value.boxes)
        return f"“{value.quote or value.sents}” in line {format_lines(value.lines) or '?'}{boxes} ({value.match})"
    if isinstance(value, Quantity):
        return f"“{value.raw}” = {format_quantity(value)} ({value.approx.value})"
    return str(value)


def as_reply(case: Case) -> CaseReply:
    """A stored case as the reply that it would be if the model gave it now."""
    statements = {name: getattr(case, name) for name in ("problem", "lesson")}
    single = {name: getattr(case, name) for name in CaseReply.model_fields if name in _AS_THEY_ARE}
    lists = {name: [_as_given(fact, kind) for fact in getattr(case, name)] for name, kind in REPLY_LISTS.items()}
    texts = {name: each.text if each else None for name, each in statements.items()}
    cited = {f"{name}_sents": list(each.evidence.sents) if each else [] for name, each in statements.items()}
    coded = {name: list(getattr(case, name)) for name in ("secondary_themes", "beneficiaries")}
    place = _as_given(case.place, ReplyPlace) if case.place else None
    return CaseReply.model_validate(
        single | lists | texts | cited | coded | {"place": place, "time_text": case.time.text if case.time else None}
    )


def _as_given(fact: Listed | Place, kind: type[Frozen]) -> Frozen:
    """A stored fact as the model would give it: its own fields, the sentences it cites, the words it copied."""
    copied = {"sents": list(fact.evidence.sents), "quote": fact.evidence.quote or ""}
    return kind(**{name: copied[name] if name in copied else getattr(fact, name) for name in kind.model_fields})
