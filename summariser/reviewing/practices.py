"""What people decide about practices: which records tell of one, and how they belong together."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, get_args

from summariser.disk.store import write_records
from summariser.disk.stored import load_record
from summariser.errors import InputError
from summariser.schema.record import Practice, PracticeRelation, Record

RELATIONS: Final[tuple[PracticeRelation, ...]] = get_args(PracticeRelation)


def join_records(first: Path, second: Path, *, relation: PracticeRelation, by: str) -> str:
    """Join two records, and with them what each is joined to already, to one practice; its id.

    Shape: the id is that of the practice of the first, else of the second, else made from both records.
    Errors: InputError if both are one record, or each is of a practice of its own; StoreError for what is no record.
    """
    one, other = load_record(first), load_record(second)
    if (one.page_id, one.article_id) == (other.page_id, other.article_id):
        raise InputError("the two files are one record", path=str(first), next_step="Name two records")
    known = {record.practice.practice_id for record in (one, other) if record.practice}
    if len(known) > 1:
        raise InputError(
            f"both belong to a practice: {', '.join(sorted(known))}",
            path=str(first),
            next_step="Take one of them out first: summariser link FILE --part --by NAME",
        )
    practice_id = known.pop() if known else _new_id(one, other)
    practice = Practice(practice_id=practice_id, relation=relation, by=by)
    open_still = [(path, record) for path, record in ((first, one), (second, other)) if record.practice is None]
    write_records({path: record.model_copy(update={"practice": practice}) for path, record in open_still})
    return practice_id


def part_record(path: Path) -> None:
    """Take a record out of its practice. Errors: InputError if it is of none; StoreError for what is no record."""
    record = load_record(path)
    if record.practice is None:
        raise InputError("the record belongs to no practice", path=str(path))
    write_records({path: record.model_copy(update={"practice": None})})


def _new_id(one: Record, other: Record) -> str:
    """An id for a practice that two records tell of, the same whichever is named first."""
    names = sorted(f"{record.page_id}/{record.article_id}" for record in (one, other))
    return "p" + hashlib.sha256("\n".join(names).encode()).hexdigest()[:8]
