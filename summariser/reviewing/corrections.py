"""What people changed in stored records, whether a new case agrees with it, and the log of changes since a release.

What was corrected by our own means stands in the record, with person and date. A record that was edited by other means
no longer fits its hash, even without its corrections. The version that fits is what the tool wrote: git has it, or the
ledger has the reply it was made from. Both versions are compared by meaning: facts are paired by what they say and
where it stands, and only what the model is responsible for is listed, not what code fills in.

A log has a line for each change; the last line of a record holds the record as it stands, and every line the hash of
the record before. A copy that was changed otherwise is refused, and never half changed. A log is untrusted: nothing is
written but records, each in its own place below the folder.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, cast

from pydantic import Field, JsonValue, ValidationError

from summariser.comparison import ALIKE, Change, compare_records, likeness, same_name, same_number, says_same
from summariser.disk.files import remove_file
from summariser.disk.ledger import Ledger
from summariser.disk.record_text import dump_json, is_edited, parse_json
from summariser.disk.store import Store, write_records
from summariser.disk.stored import PageFolder, find, in_processes, is_as_written, load_record, locate_page, parse_bytes
from summariser.errors import BrokenRecordError, InputError, InvalidReply, StoreError
from summariser.numbers.quantity import find_numerals
from summariser.records.corrected import (
    RECORD_PATHS,
    SINGLE_FACTS,
    SUPPORT,
    fact_of,
    is_follower,
    read_path,
    standing,
    step_of,
    take_value,
)
from summariser.records.grounding import CHECKS_VERSION, merge_repeated, read_further, read_reply
from summariser.records.make import as_reply, record_as_written
from summariser.reply import REPLY_LISTS, CaseReply
from summariser.reviewing.differences import format_value
from summariser.reviewing.git import Git, Version, read_histories
from summariser.reviewing.revisions import WORKING_TREE, StoredItem, read_sides
from summariser.schema.case import (
    FACT_LISTS,
    PROSE,
    Actor,
    Case,
    Finding,
    Listed,
    Person,
    Quantity,
    Result,
    fact_words,
    format_quantity,
)
from summariser.schema.exchange import spell_issues
from summariser.schema.page import Article, Frozen
from summariser.schema.record import Correction, CorrectionReason, Failure, Record
from summariser.text import counted, fold_text

_MANY: Final = 1000  # records; below, further processes take longer to begin than to read
UNKNOWN: Final = "$"  # path of a correction whose old value nobody has any more
ArticleKey = tuple[str, str]  # page_id, article_id
_ONCE: Final = [name for name in CaseReply.model_fields if name not in {*FACT_LISTS, *SINGLE_FACTS, "more"}]
_IN_FACTS: Final = [f"{name}.{part}" for name, kind in SINGLE_FACTS.items() for part in kind.model_fields]
_SINGLE: Final = dict.fromkeys(("decision", *_IN_FACTS, *_ONCE))


# A field is not told where one of these changed too: it only follows.
_FOLLOWS: Final[Mapping[str, tuple[str, ...]]] = {
    "quantity": ("value_text", "per_text", "sents"),
    "sents": ("name", "title"),
    "place.sents": ("place.province", "place.city", "place.county"),
    "time.sents": ("time.text",),
    "time.role": ("time.text",),
    "problem_sents": ("problem",),
    "lesson_sents": ("lesson",),
}


_HEAD: Final = {*RECORD_PATHS, "bylines"}
_PROSE: Final = {"text", *PROSE, "problem", "lesson"}
_FIGURES: Final = re.compile(r"\d+(?:[.,]\d+)*")


class FoundCorrection(Frozen):
    """One thing a person changed in a stored record.

    Shape: `path` as in findings, as the record stands; a fact's own path (`results[2]`) where it was added (`old` is
    null) or taken out (`new` is null); `UNKNOWN` where nobody has what the tool wrote, or only fields that code fills
    in were touched. `reason` and `printed` are null of what was changed by other means. `was` and `is_now` are the fact
    around the field.
    """

    page_id: str
    article_id: str
    path: str
    old: str | None
    new: str | None
    reason: CorrectionReason | None
    printed: str | None
    by: str | None
    when: str | None
    file: str
    source: str
    was: Listed | None
    is_now: Listed | None


class Status(StrEnum):
    """What a newly made case makes of a correction.

    `honoured`: it agrees with the person. `lost`: it does not. `gone`: nothing there can be compared.
    """

    HONOURED = "honoured"
    LOST = "lost"
    GONE = "gone"


class Edit(NamedTuple):
    """What a person would call one change between two versions of a record; see `FoundCorrection`."""

    path: str
    old: str | None
    new: str | None
    was: Listed | None = None
    is_now: Listed | None = None

    @property
    def key(self) -> tuple[str, str | None, str | None]:
        """Known again in another version, where facts may have moved up or down."""
        return (UNKNOWN, None, None) if self.path == UNKNOWN else (re.sub(r"\d+", "", self.path), self.old, self.new)


def find_corrections(
    paths: Iterable[Path | str], *, ledger: Ledger | None = None, processes: int = 1
) -> list[FoundCorrection]:
    """What people changed in the records among the files and below the folders, record by record.

    Shape: `by` and `when` are author and date of the first commit that has the change; not committed: `WORKING_TREE`
    and null. Without the tool's version in git or the ledger: one entry with the path `UNKNOWN`.
    Errors: StoreError if a record cannot be read.
    """
    there = list(find(paths))
    known = in_processes(is_as_written, there, processes=processes if len(there) >= _MANY else 1)
    edited = [path for path, same in zip(there, known, strict=True) if not same and is_edited(load_record(path))]
    return [
        correction
        for path, history in read_histories(edited)
        for correction in _corrections_in(path, load_record(path), history, ledger)
    ]


def honoured(corrections: Iterable[FoundCorrection], fresh: Mapping[ArticleKey, Case]) -> list[Status]:
    """What the newly made cases make of each correction; `fresh` by page_id and article_id.

    Shape: prose is held to the numbers that the correction brought in and took out, and to its words if there are none.
    """
    return [_status(each, fresh.get((each.page_id, each.article_id))) for each in corrections]


def list_edits(old: Record, new: Record) -> Iterator[Edit]:
    """What differs between two versions of a record of one article, as far as the model is responsible for it.

    Shape: fields of the record, then what stands once in the case, then its facts; see `Edit`.
    """
    changes = compare_records(old, new)
    is_whole = bool(old.text.sha256 and new.text.sha256)  # records of version 1 knew no source
    for change in changes:
        if change.path in _HEAD and (is_whole or not change.path.startswith("source.")):
            yield Edit(change.path, _spelled(change.old), _spelled(change.new))
    before, after = _single_values(old.case), _single_values(new.case)
    for path, value in before.items():
        followed = any(before[other] != after[other] for other in _FOLLOWS.get(path, ()))
        if value != after[path] and not followed:
            yield Edit(path, value, after[path])
    same_rules = old.provenance.checks == new.provenance.checks
    of_facts = (change for change in changes if change.was or change.now)
    for path, of_one in groupby(of_facts, key=lambda change: change.fact_path.removeprefix("case.")):
        if "[" in path:
            yield from _edits_of_fact(path, list(of_one), same_rules=same_rules)


def _edits_of_fact(path: str, changes: Sequence[Change], *, same_rules: bool) -> Iterator[Edit]:
    """A fact added, taken out, or changed field by field."""
    was, now = changes[0].was, changes[0].now
    if not isinstance(was, Listed | None) or not isinstance(now, Listed | None):
        return
    if was is None or now is None:
        yield Edit(path, _summed_up(was), _summed_up(now), was, now)
        return
    fields = (*REPLY_LISTS[path.partition("[")[0]].model_fields, "quantity")
    changed = [field for field in fields if _value(was, field) != _value(now, field)]
    for field in changed:
        follows = any(other in changed for other in _FOLLOWS.get(field, ()))
        follows |= field == "quantity" and not same_rules
        follows |= field == "level" and isinstance(now, Actor) and now.level_from == "name"
        if not follows:
            yield Edit(f"{path}.{field}", _value(was, field), _value(now, field), was, now)


def _corrections_in(
    path: Path, record: Record, history: Sequence[Version], ledger: Ledger | None
) -> Iterator[FoundCorrection]:
    """The corrections of one edited record: its own, then what was changed by other means."""
    place: dict[str, Any] = {
        "page_id": record.page_id,
        "article_id": record.article_id,
        "file": path.as_posix(),
        "source": locate_page(record.provenance.source, path.absolute()).as_posix(),
    }
    article = PageFolder(path.absolute().parent).article(record)
    written = _as_written(record, article) if record.corrections else None
    own = [FoundCorrection(**place, **told) for told in _own_corrections(record, written)]
    yield from own
    if written and not is_edited(written):
        return
    known = {each.path for each in own}
    if own and (isinstance(article, Finding) or record.provenance.checks != CHECKS_VERSION):
        # only the article it was made of, under its own rules, would show another edit
        known.add(UNKNOWN)
    for edit, by, when in _edits_by_hand(path, record, history, ledger):
        if edit.path not in known:
            yield FoundCorrection(**place, **edit._asdict(), reason=None, printed=None, by=by, when=when)


def _as_written(record: Record, article: Article | Finding) -> Record | None:
    """The record without its corrections; None if its page is not here, or they are of another record."""
    try:
        return record_as_written(record, article) if isinstance(article, Article) else None
    except InputError:
        return None


def _own_corrections(record: Record, written: Record | None) -> Iterator[dict[str, Any]]:
    """What a record says itself that people changed; that one answers for a fact only where nothing of it changed."""
    now, facts = standing(record), dict(record.case.facts())
    before = {edit.path.partition(".")[0]: edit.was for edit in list_edits(written, record)} if written else {}
    for number, correction in enumerate(record.corrections):
        each = now.get(number, correction)
        if is_follower(each) or (each.path.endswith(f".{SUPPORT}") and number not in now):
            continue
        fact = fact_of(each.path)
        is_now = facts.get(fact) if number in now else None
        yield {
            "path": each.path,
            "old": format_value(each.model),
            "new": format_value(each.value),
            "reason": each.reason,
            "printed": each.printed,
            "by": each.by,
            "when": each.date,
            "was": before.get(fact) if number in now else _taken_out(each, written),
            "is_now": is_now if isinstance(is_now, Listed) else None,
        }


def _taken_out(correction: Correction, written: Record | None) -> Listed | None:
    """The fact that a correction took out, as the tool had it."""
    name = read_path(correction.path).name
    if written is None or name not in FACT_LISTS or not isinstance(correction.model, dict):
        return None
    given = as_reply(written.case).model_dump(mode="json")[name]
    try:  # as the reply is read now: an older correction lacks the fields that are newer
        model = REPLY_LISTS[name].model_validate(correction.model, strict=False).model_dump(mode="json")
    except ValidationError:
        return None
    wanted = model | {"part_of": None}
    found = (k for k, each in enumerate(given) if each | {"part_of": None} == wanted)
    return next((getattr(written.case, name)[k] for k in found), None)


def _edits_by_hand(
    path: Path, record: Record, history: Sequence[Version], ledger: Ledger | None
) -> Iterator[tuple[Edit, str | None, str | None]]:
    """What is not as the tool wrote it, with author and date of the first commit that has it."""
    versions = list(_versions_of_same_writing(path, record, history))
    original = next((old for _, old in reversed(versions) if not is_edited(old)), None)
    original = original or _from_ledger(path, record, ledger)
    unknown = Edit(UNKNOWN, None, None)
    steps = [
        (version, {unknown.key, *(edit.key for edit in (list_edits(original, old) if original else ()))})
        for version, old in versions
        if is_edited(old)
    ]
    edits = list(list_edits(original, record)) if original else [unknown]
    for edit in edits or [Edit(UNKNOWN, None, "only what code fills in")]:
        first = next((version for version, keys in steps if edit.key in keys), None)
        by, when = (first.by, first.when) if first else (WORKING_TREE if versions else record.review.by, None)
        yield edit, by, when


def _versions_of_same_writing(
    path: Path, record: Record, history: Sequence[Version]
) -> Iterator[tuple[Version, Record]]:
    """The committed versions that carry the hash of the tool's writing which the record still carries."""
    seal = record.provenance.content_sha256.encode()
    for version in history:
        try:
            old = parse_bytes(version.content, Record, path)
        except BrokenRecordError:
            continue
        if seal and seal in version.content:  # in the bytes: one of version 1 is sealed anew as it is read
            yield version, old


def _from_ledger(path: Path, record: Record, ledger: Ledger | None) -> Record | None:
    """The record as it was made from its replies, which the ledger has all, checked by the present rules."""
    keys, issued = (record.provenance.request_key, *record.provenance.further_keys), record.source.issue_date
    first, *further = [ledger.find_reply(key) if ledger else None for key in keys]
    try:
        article = PageFolder(path.absolute().parent).article(record)
        if first is None or not isinstance(article, Article):
            return None
        checked = read_reply(first.text, article, issued=issued)
        for reply in further:
            if reply is None:
                return None
            checked = read_further(reply.text, checked.reply, article, issued=issued)
        case = merge_repeated(checked, article, issued=issued).case
    except (StoreError, InputError, InvalidReply):
        return None
    return record.model_copy(
        update={"case": case, "headline": article.headline, "kicker": article.kicker, "kind": article.kind}
    )


def _single_values(case: Case) -> dict[str, str | None]:
    """What stands once in a case, by its path in the reply."""
    apart = dict.fromkeys(FACT_LISTS, ()) | {"time": None}  # those of version 1 are of no reply of today
    tree = as_reply(case.model_copy(update=apart)).model_dump(mode="json")
    if time := case.time:
        cited = [number for number in time.evidence.sents if number not in time.evidence.added]
        tree["time"] = {"text": time.text, "role": time.role and time.role.value, "sents": cited}
    return {path: _spelled(take_value(tree, path)) for path in _SINGLE}


def _value(fact: Listed, field: str) -> str | None:
    """A field of a fact as words."""
    if field == "sents":
        return _spelled(fact.evidence.sents)
    if isinstance(fact, Result) and field in {"period_text", "claimant"}:
        period, claim = fact.period, fact.claimant
        said = {"period_text": period.text if period else None, "claimant": claim.name if claim else None}
        return said[field]
    return _spelled(getattr(fact, field, None))


def _spelled(value: object) -> str | None:
    """A value as a person reads it; null and an empty list are nothing."""
    if isinstance(value, Quantity):
        return f"{format_quantity(value)} ({value.approx.value})"
    return format_value(list(value) if isinstance(value, tuple) else cast("JsonValue", value))


def _summed_up(fact: Listed | None) -> str | None:
    """A whole fact in a few words."""
    if fact is None:
        return None
    number = fact.value_text if isinstance(fact, Result) else None
    return f"{fact_words(fact)} ({number})" if number else fact_words(fact)


def _status(correction: FoundCorrection, case: Case | None) -> Status:
    """What one newly made case makes of one correction."""
    name, bracket, rest = correction.path.partition("[")
    if case is None or correction.path.startswith(UNKNOWN):
        return Status.GONE
    if not bracket:
        values = _single_values(case)
        path = correction.path if correction.path in values else f"{correction.path}.text"  # a time put in or taken out
        return _compare(correction.path, correction, values[path]) if path in values else Status.GONE
    facts: Sequence[Listed] = getattr(case, name) if name in FACT_LISTS else ()
    field = rest.partition("].")[2]
    if not field:
        fact = correction.is_now or correction.was  # an added one has to be there, one taken out must not be
        if fact is None:
            return Status.GONE
        is_there = any(says_same(fact, other) for other in facts)
        return Status.HONOURED if is_there == (correction.is_now is not None) else Status.LOST
    known = [fact for fact in (correction.is_now, correction.was) if fact is not None]
    best = None if not known else max(facts, key=lambda fact: max(likeness(fact, one) for one in known), default=None)
    if best is None or max(likeness(best, one) for one in known) < ALIKE:
        return Status.GONE
    return _field_status(field, correction, best)


def _field_status(field: str, correction: FoundCorrection, fact: Listed) -> Status:
    """A field of a fact: names by alias, numbers by value, quotes by place."""
    wanted = correction.is_now
    if _folded(_value(fact, field)) == _folded(correction.old):
        return Status.LOST
    if field == "name" and isinstance(fact, Actor | Person) and isinstance(wanted, Actor | Person):
        return Status.HONOURED if same_name(wanted, fact) else Status.LOST
    if field in {"value_text", "quantity"} and isinstance(fact, Result) and isinstance(wanted, Result):
        return Status.HONOURED if same_number(wanted, fact) else Status.LOST
    return _compare(field, correction, _value(fact, field))


def _compare(field: str, correction: FoundCorrection, now: str | None) -> Status:
    """A value against the person's; prose by its numbers."""
    if _folded(now) == _folded(correction.new):
        return Status.HONOURED
    if field not in _PROSE or _folded(now) == _folded(correction.old) or not (now and correction.new):
        return Status.LOST
    old, new, present = _figures(correction.old), _figures(correction.new), _figures(now)
    if old == new:
        return Status.GONE
    if present & (old - new):
        return Status.LOST
    return Status.HONOURED if present >= new - old else Status.GONE


def _folded(text: str | None) -> str:
    return fold_text(text) if text else ""


def _figures(text: str | None) -> frozenset[str]:
    """The numerals of a text, Chinese ones included."""
    folded = _folded(text)
    return frozenset(_FIGURES.findall(folded)) | {numeral.raw for numeral in find_numerals(folded)}


What = Literal["corrected", "added", "removed", "deleted", "new", "replaced"]
_SHOWN: Final = 20  # records that a refusal names


class LoggedChange(Frozen):
    """One change of a case base.

    Shape: `record` is page_id/article_id. Of a record that came, went or was written anew `path` is null, or `review`
    where nothing but a decision differs, `practice` where a person joined or parted it. `before` is the hash of the
    record as the release has it, null where it had none; `after` and `content` are the record as it stands, null if it
    is gone, `content` in the last line of a record.
    """

    record: str
    when: str | None = Field(description="Date of the correction, or of the commit; null: not committed.")
    by: str | None
    what: What
    path: str | None = None
    printed: str | None = None
    model: JsonValue = None
    value: JsonValue = None
    before: str | None = None
    after: str | None = None
    content: str | None = None


def list_changes(tag: str, paths: Sequence[str], *, folder: Path, records: Path) -> list[LoggedChange]:
    """What became of the records below the paths since a revision, in the working tree, record by record.

    Shape: `records` is looked at where no path is named. Failures are left out.
    Errors: InputError for a revision that is none, or a record that cannot be read; StoreError outside a repository.
    """
    git = Git(folder)
    commit = git.find_commit(tag)
    if commit is None:
        raise InputError(f"no commit is called {tag[:100]}", path=git.root, next_step="Check the name with git tag")
    sides, head = (read_sides([each, *paths], folder=folder, records=records) for each in (commit, "HEAD"))
    open_still = {item.path for item in (*head.old, *head.new)}
    touched = {path: who for path, who in git.last_touches(commit).items() if path not in open_still}
    olds, news = _by_record(sides.old), _by_record(sides.new)
    found: list[LoggedChange] = []
    for name in sorted({*olds, *news}):
        old, new = olds.get(name), news.get(name)
        shown = new or old
        by, when = touched.get(shown.path, (None, None)) if shown else (None, None)
        whole = LoggedChange(record=name, when=when, by=by, what="replaced")
        found += _changes_of(whole, _record(old), _record(new))
    return found


def apply_changes(log: str, out: Path) -> int:
    """Bring a copy of the release below a folder to what the log says; the number of records that were changed.

    Shape: records that are so already stay. All of them are looked at before the first is written.
    Errors: InputError for a log that is none; StoreError where the copy differs from the release, all records named.
    """
    store, steps, differing = Store(out), [], []
    for name, lines in groupby(read_log(log), key=lambda line: line.record):
        last = list(lines)[-1]
        page_id, _, article_id = name.partition("/")
        path = store.path_of(page_id, article_id)
        stands = _hash(load_record(path)) if path.is_file() else None
        if stands == last.after:
            continue
        if stands != last.before:
            differing.append(name)
        steps.append((path, _content_of(last)))
    if differing:
        named = ", ".join(differing[:_SHOWN]) + (" and more" if len(differing) > _SHOWN else "")
        what = f"{counted(len(differing), 'record is', 'records are')} not as the release has them: {named}"
        raise StoreError(what, path=out, next_step="Nothing was changed; take these back from the release")
    write_records({path: content for path, content in steps if content})
    for path, content in steps:
        if content is None:
            remove_file(path)
    return len(steps)


def read_log(text: str) -> list[LoggedChange]:
    """The lines of a log. Errors: InputError that names the first line that is none."""
    changes = []
    for number, line in enumerate(text.split("\n"), 1):  # U+2028 and the like stand within texts
        try:
            changes += [LoggedChange.model_validate_json(line)] if line.strip() else []
        except ValidationError as error:
            raise InputError("; ".join(spell_issues(error)[:3]), path="log", line=number) from error
    return changes


def dump_log(changes: Iterable[LoggedChange]) -> str:
    """The log as JSON Lines."""
    return "".join(f"{json.dumps(each.model_dump(mode='json'), ensure_ascii=False)}\n" for each in changes)


def _by_record(items: Sequence[StoredItem]) -> dict[str, StoredItem]:
    """The records of one side by name; failures are no part of a case base."""
    return {f"{item.page_id}/{item.article_id}": item for item in items if not item.is_failure}


def _record(item: StoredItem | None) -> Record | None:
    """What a file holds. Errors: InputError if that is no record."""
    if item is None:
        return None
    if isinstance(item.content, str | Failure):
        why = item.content if isinstance(item.content, str) else "holds a failure"
        raise InputError(why, path=item.path, next_step="Mend it: a log is made of whole records")
    return item.content


def _changes_of(whole: LoggedChange, old: Record | None, new: Record | None) -> list[LoggedChange]:
    """The changes of one record, as parts of its `whole` change; the last one has all of it."""
    before, after = (_hash(each) if each else None for each in (old, new))
    told: list[LoggedChange] = []
    if old is None or new is None:
        told = [whole.model_copy(update={"what": "new" if new else "deleted"})]
    elif before != after:
        is_new = old.provenance.content_sha256 != new.provenance.content_sha256  # a run wrote it anew
        told = [*([whole] if is_new else []), *_corrected(whole, old, new)]
        told += _joined(whole, old, new)
        aside = {"review": None, "practice": None}
        is_same = old.model_copy(update=aside) == new.model_copy(update=aside)
        told = told or [whole.model_copy(update={"path": "review" if is_same else None})]
    content = dump_json(new) if new else None
    return [
        each.model_copy(update={"before": before, "after": after, "content": content if each is told[-1] else None})
        for each in told
    ]


def _corrected(whole: LoggedChange, old: Record, new: Record) -> Iterator[LoggedChange]:
    """The corrections that came, and those that were taken back, by whoever committed that: the model's value is back.

    Shape: a fact that was put in and is taken back is `removed`.
    """
    now, was = standing(new), standing(old)
    for number, entry in enumerate(new.corrections):
        if entry not in old.corrections and not is_follower(entry):
            each = now.get(number, entry)
            yield _logged(whole, each, step_of(entry)).model_copy(update={"by": each.by, "when": each.date})
    places = {each.path for each in now.values()}
    for number, entry in enumerate(old.corrections):
        each = was.get(number, entry)
        if entry not in new.corrections and each.path not in places and not each.path.endswith(f".{SUPPORT}"):
            yield _logged(whole, each.model_copy(update={"value": each.model, "printed": None}), -step_of(entry))


def _joined(whole: LoggedChange, old: Record, new: Record) -> Iterator[LoggedChange]:
    """That a person joined the record to a practice, or parted it."""
    if old.practice != new.practice:
        said = {
            name: each and f"{each.relation} {each.practice_id}"
            for name, each in (("model", old.practice), ("value", new.practice))
        }
        by = new.practice.by if new.practice else whole.by
        yield whole.model_copy(update=said | {"path": "practice", "by": by})


def _logged(whole: LoggedChange, each: Correction, step: int) -> LoggedChange:
    """A correction as a line; `step` is 1 where a fact came, -1 where one went."""
    kept = {name: getattr(each, name) for name in ("path", "printed", "model", "value")}
    return whole.model_copy(update=kept | {"what": {1: "added", -1: "removed"}.get(step, "corrected")})


def _hash(record: Record) -> str:
    """The hash of everything that a record holds."""
    return hashlib.sha256(dump_json(record).encode()).hexdigest()


def _content_of(last: LoggedChange) -> Record | None:
    """The record that a log leaves. Errors: InputError if it is of another article, or not what its hash says."""
    if last.after is None:
        return None
    record = parse_json(last.content or "", Record, path=Path(last.record))
    if f"{record.page_id}/{record.article_id}" != last.record or _hash(record) != last.after:
        raise InputError("the log holds another record than it names", path=last.record)
    return record
