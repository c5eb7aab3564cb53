"""The log of what changed in a published case base since a release, and a copy of the release brought up to it.

A log has a line for each change; the last line of a record holds the record as it stands, and every line the hash of
the record before. A copy that was changed otherwise is refused, and never half changed. A log is untrusted: nothing is
written but records, each in its own place below the folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, JsonValue, ValidationError

from summariser.disk.files import remove_file
from summariser.disk.record_text import dump_json, parse_json
from summariser.disk.store import Store, write_records
from summariser.disk.stored import load_record
from summariser.errors import InputError, StoreError
from summariser.records.corrected import SUPPORT, standing, step_of
from summariser.reviewing.git import Git
from summariser.reviewing.revisions import StoredItem, read_sides
from summariser.schema.exchange import spell_issues
from summariser.schema.page import Frozen
from summariser.schema.record import Correction, Failure, Record
from summariser.text import counted

What = Literal["corrected", "added", "removed", "deleted", "new", "replaced"]
_SHOWN: Final = 20  # records that a refusal names


class LoggedChange(Frozen):
    """One change of a case base.

    Shape: `record` is page_id/article_id. Of a record that came, went or was written anew `path` is null, or `review`
    where nothing but a decision differs. `before` is the hash of the record as the release has it, null where it had
    none; `after` and `content` are the record as it stands, null if it is gone, `content` in the last line of a record.
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
        if entry not in old.corrections:
            each = now.get(number, entry)
            yield _logged(whole, each, step_of(entry)).model_copy(update={"by": each.by, "when": each.date})
    places = {each.path for each in now.values()}
    for number, entry in enumerate(old.corrections):
        each = was.get(number, entry)
        if entry not in new.corrections and each.path not in places and not each.path.endswith(f".{SUPPORT}"):
            yield _logged(whole, each.model_copy(update={"value": each.model, "printed": None}), -step_of(entry))


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
