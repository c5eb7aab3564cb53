"""Records of one practice: which others may tell of it, and the record joined with one of them or taken out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from summariser.comparison.practices import LIKELY, PracticeCandidate, compare_practices
from summariser.errors import InputError, StoreError
from summariser.reviewing.practices import RELATIONS, join_records, part_record
from summariser.schema.codes import Decision
from summariser.schema.record import Record
from summariser.workbench.shelf import Key, Shelf

_MOST: Final = 9  # candidates that are shown, one for each digit

Changes = tuple[tuple[Record, Record], ...]


def list_candidates(shelf: Shelf, record: Record, sharing: Iterable[Key]) -> list[PracticeCandidate]:
    """The likeliest records of the same practice that are not joined with it yet, the likeliest first.

    Shape: looked for among those that by the index share a name, a lead or place and theme with the record.
    """
    own = record.practice and record.practice.practice_id
    pairs = (compare_practices(record, other) for other in _read_cases(shelf, sharing))
    likely = [
        each
        for each in pairs
        if each.score >= LIKELY and not (own and each.second.practice and each.second.practice.practice_id == own)
    ]
    return sorted(likely, key=lambda each: -each.score)[:_MOST]


def join_practice(shelf: Shelf, record: Record, form: Mapping[str, str], *, by: str) -> Changes:
    """Join a record with the one that a form names, or part it; every record that was changed, before and after.

    Errors: InputError if the form names no record or relation, the records cannot be joined, or a coder asks, whose
    decisions are not those of the records.
    """
    key = (record.page_id, record.article_id)
    if shelf.is_apart:
        raise InputError("practices are joined in the records, not by a coder alone", path="/".join(key))
    if form["do"] == "part":
        part_record(shelf.path_of(key))
        return ((record, shelf.load(key)),)
    relation = next((each for each in RELATIONS if each == form.get("relation")), None)
    page_id, _, article_id = form.get("other", "").partition("/")
    other = (page_id, article_id)
    try:
        before = {each: shelf.load(each) for each in (key, other)}
    except StoreError:
        relation = None
    if relation is None:
        raise InputError("name a record and how both belong together", path=form.get("other", "")[:200])
    join_records(shelf.path_of(key), shelf.path_of(other), relation=relation, by=by)
    return tuple((old, now) for each, old in before.items() if (now := shelf.load(each)) != old)


def _read_cases(shelf: Shelf, keys: Iterable[Key]) -> Iterator[Record]:
    """The union cases among some articles; what cannot be read is left out."""
    for key in keys:
        with suppress(StoreError):
            other = shelf.load(key)
            if other.case.decision is Decision.UNION_CASE:
                yield other
