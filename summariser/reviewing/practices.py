"""Which records may tell of one practice: by its own names, its lead, its place and what was done; a person joins them.

Only records that share a name of the practice's own, a lead, or place and theme are held against each other, so that
the work grows with the candidates and not with the square of the records.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Final, NamedTuple, get_args

from summariser.comparison import shared_words
from summariser.disk.store import FileChange, write_records
from summariser.disk.stored import find, load_record, read_bytes
from summariser.errors import InputError
from summariser.organisations import same_organisation
from summariser.schema.codes import ActorRole, Decision
from summariser.schema.record import Practice, PracticeRelation, Record
from summariser.text import fold_text

LIKELY: Final = 0.5  # the least score that is worth a person's look
MOST_SHARING: Final = 200  # records that share a key; what more have in common is no name of one practice
_WEIGHTS: Final = {"devices": 0.5, "lead": 0.25, "place": 0.15, "figures": 0.3, "text": 0.3}
_SAME_FIGURES: Final = 2  # numbers that two reports of one event have in common
_ALIKE: Final = 0.25  # likeness of two summaries from which on it counts


class PracticeCandidate(NamedTuple):
    """Two records that may tell of one practice.

    Shape: `reasons` say in words what they share; `score` is from 0 to 1; `relation` is what code would guess.
    """

    first: Record
    second: Record
    score: float
    reasons: tuple[str, ...]
    relation: PracticeRelation


def find_practices(records: Sequence[Record]) -> list[PracticeCandidate]:
    """Pairs of union cases that may be one practice and that nobody has joined, the likeliest first."""
    cases = [record for record in records if record.case.decision is Decision.UNION_CASE]
    pairs = {pair for sharing in _sharing(cases) for pair in combinations(sharing, 2)}
    found = [compare_practices(cases[i], cases[k]) for i, k in sorted(pairs) if not are_joined(cases[i], cases[k])]
    return sorted((each for each in found if each.score >= LIKELY), key=lambda each: -each.score)


def compare_practices(first: Record, second: Record) -> PracticeCandidate:
    """How much speaks for two records telling of one practice, and what."""
    found: dict[str, tuple[float, str]] = {}  # what they share: how much of its weight counts, and the reason in words
    if devices := sorted(_devices(first) & _devices(second)):
        found["devices"] = 1, f"both call it {'、'.join(devices)}"
    leads = [(one, other) for one in _leads(first) for other in _leads(second) if same_organisation(one, other)]
    if leads:
        found["lead"] = 1, f"{leads[0][0]} leads"
    if (place := _place(first)) and place == _place(second):
        found["place"] = 1, f"both are in {first.case.place.full_name if first.case.place else place}"
    if len(figures := _figures(first) & _figures(second)) >= _SAME_FIGURES:
        found["figures"] = 1, f"{len(figures)} figures are the same"
    likeness = shared_words(first.case.summary, second.case.summary)
    if likeness >= _ALIKE:
        found["text"] = min(2 * likeness, 1), f"their summaries share {likeness:.0%} of their words"
    score = min(sum(_WEIGHTS[name] * share for name, (share, _) in found.items()), 1.0)
    reasons = tuple(words for _, words in found.values())
    return PracticeCandidate(first, second, round(score, 2), reasons, _relation(first, second, found))


def practice_keys(record: Record) -> set[tuple[str, ...]]:
    """What two reports of one practice share at least one of."""
    keys: set[tuple[str, ...]] = {("device", name) for name in _devices(record)}
    for actor in record.case.actors:
        if actor.role is ActorRole.LEAD:
            keys.add(("lead", fold_text(actor.full_name or actor.name).removesuffix("工会")))
    if place := _place(record):
        keys.add(("place", place, record.case.primary_theme.value))
    return keys


def _relation(first: Record, second: Record, found: Collection[str]) -> PracticeRelation:
    """What two reports of one practice may be: of one event, if their figures are; else the later goes on."""
    if "figures" in found:
        return "same_event"
    dates = first.source.issue_date, second.source.issue_date
    return "continues" if None not in dates and dates[0] != dates[1] and "lead" in found else "same_practice"


def _sharing(cases: Sequence[Record]) -> Iterator[list[int]]:
    """Groups of records (by their place) that have a key in common."""
    groups: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, record in enumerate(cases):
        for key in practice_keys(record):
            groups[key].append(index)
    return (group for group in groups.values() if 1 < len(group) <= MOST_SHARING)


def _devices(record: Record) -> set[str]:
    """The practice's own names for things, folded."""
    return {name for device in record.case.devices if len(name := fold_text(device.name)) > 1}


def _leads(record: Record) -> Iterable[str]:
    return (actor.name for actor in record.case.actors if actor.role is ActorRole.LEAD)


def _place(record: Record) -> str | None:
    """The division of a record, if it is a city or a county: a province holds too many practices."""
    place = record.case.place
    return place.code if place and place.precision in {"city", "county"} else None


def _figures(record: Record) -> set[tuple[str, str]]:
    """The numbers of a record that are no small counts, with their units."""
    quantities = (result.quantity for result in record.case.results)
    return {(str(q.value), q.unit_class.value) for q in quantities if q and q.value is not None and q.value >= 10}


def are_joined(first: Record, second: Record) -> bool:
    """Whether a person has joined two records to one practice already."""
    return bool(first.practice and second.practice and first.practice.practice_id == second.practice.practice_id)


RELATIONS: Final[tuple[PracticeRelation, ...]] = get_args(PracticeRelation)


def join_records(first: Path, second: Path, *, relation: PracticeRelation, by: str) -> str:
    """Join two records, and with them what each is joined to already, to one practice; its id.

    Shape: the id is that of the practice of the first, else of the second, else made from both records.
    Errors: InputError if both are one record, joined already, or each of a practice of its own, or nobody is named;
    StoreError for what is no record.
    """
    one, other = load_record(first), load_record(second)
    if (one.page_id, one.article_id) == (other.page_id, other.article_id):
        raise InputError("the two files are one record", path=str(first), next_step="Name two records")
    if not by.strip():
        raise InputError("nobody is named who joins them", path=str(first))
    part = "Take one of them out first: summariser link FILE --part --by NAME"
    if (stands := other.practice) and are_joined(one, other):
        what = f"joined already, as {stands.relation} by {stands.by}"
        raise InputError(what, path=str(second), next_step=part)
    known = {record.practice.practice_id for record in (one, other) if record.practice}
    if len(known) > 1:
        raise InputError(
            f"both belong to a practice: {', '.join(sorted(known))}",
            path=str(first),
            next_step=part,
        )
    practice_id = known.pop() if known else _new_id(one, other)
    practice = Practice(practice_id=practice_id, relation=relation, by=by)
    open_still = [(path, record) for path, record in ((first, one), (second, other)) if record.practice is None]
    write_records({path: record.model_copy(update={"practice": practice}) for path, record in open_still})
    return practice_id


def part_records(paths: Sequence[Path]) -> tuple[FileChange, ...]:
    """Take records out of their practice, and with them one that would be alone in it; the files that changed.

    Errors: InputError if one is of no practice; StoreError for what is no record. Then nothing is written.
    """
    records = {path.absolute(): load_record(path) for path in paths}
    for path, record in tuple(records.items()):
        if record.practice is None:
            raise InputError("the record belongs to no practice", path=str(path))
        home = path.parent.parent if path.parent.name == record.page_id else path.parent
        left = {each: found for each, found in _of_practice(home, record.practice) if each not in records}
        records |= left if len(left) == 1 else {}
    before = {path: read_bytes(path) for path in records}
    write_records({path: record.model_copy(update={"practice": None}) for path, record in records.items()})
    return tuple(FileChange(path, content, read_bytes(path)) for path, content in before.items())


def _of_practice(home: Path, practice: Practice) -> Iterator[tuple[Path, Record]]:
    """The records of a practice below a folder, with their files."""
    for each in find([home]):
        if practice.practice_id.encode() in read_bytes(each):  # of ten thousand few are worth reading
            record = load_record(each)
            if record.practice and record.practice.practice_id == practice.practice_id:
                yield each, record


def _new_id(one: Record, other: Record) -> str:
    """An id for a practice that two records tell of, the same whichever is named first."""
    names = sorted(f"{record.page_id}/{record.article_id}" for record in (one, other))
    return "p" + hashlib.sha256("\n".join(names).encode()).hexdigest()[:8]
