"""What is read from an index: the holdings, what is found, what is shown of a record, what may be its practice."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from summariser.catalogue.holdings import Holdings, Number, make_set
from summariser.catalogue.index import SEARCHED, read_standing
from summariser.catalogue.words import Part, has_hit, mark, match_expression
from summariser.reviewing.doubts import RecordDoubt

MOST_PASSAGES: Final = 3  # of one record in the list of what was found
LONGEST_PASSAGE: Final = 160  # characters
_BEFORE: Final = 50  # of them before the first hit
_WEIGHTS: Final = "8.0, 4.0, 2.0, 1.0"  # of a hit in title, summary, facts, words of the page
_ORDER: Final = "ORDER BY issue_date IS NULL, issue_date DESC, page_id, first_line, article_id"


class Passage(NamedTuple):
    """Words of a record in which something was found.

    Shape: `sentence` is the number of the sentence, or None where it is the summary or a fact.
    """

    parts: tuple[Part, ...]
    sentence: int | None


class Hit(NamedTuple):
    """A record in the list of what was found."""

    row: sqlite3.Row
    headline: tuple[Part, ...]
    one_line: tuple[Part, ...]
    passages: tuple[Passage, ...]


class IndexedFile(NamedTuple):
    """What the index keeps of the file of a record or failure, and the stamps that it had then.

    Shape: `state` is that of the review of a record, the reason of a failure, which has no `doubt`.
    """

    page_id: str
    name: str
    mtime_ns: int
    size: int
    headline: str
    state: str
    doubt: RecordDoubt | None


class Unrecorded(NamedTuple):
    """A file that holds no record; `kind` is failure or trouble."""

    page_id: str
    name: str
    kind: str
    headline: str | None
    why: str


def read_holdings(connection: sqlite3.Connection) -> Holdings:
    """Everything that is counted."""
    entries = [row[0] for row in connection.execute(f"SELECT rowid FROM articles {_ORDER}")]
    places = {entry: place for place, entry in enumerate(entries)}
    members: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for entry, facet, code in connection.execute("SELECT entry, facet, code FROM facets"):
        members[facet][code].append(places[entry])
    masks = {facet: {code: make_set(held) for code, held in codes.items()} for facet, codes in members.items()}
    numbers = [
        Number(places[entry], event, kind, unit, value, bool(is_exact))
        for entry, event, kind, unit, value, is_exact in connection.execute(
            "SELECT entry, event, kind, unit, value, is_exact FROM counted JOIN entries USING (entry) ORDER BY entry"
        )
    ]
    return Holdings(entries, masks, numbers)


def read_revision(connection: sqlite3.Connection) -> tuple[int, int]:
    """What changes whenever the index does, also where one that was made anew has changed as often."""
    return read_standing(connection, "born"), read_standing(connection, "revision")


def find_entries(connection: sqlite3.Connection, terms: Sequence[str]) -> list[int]:
    """The entries in which all terms are found, the best first; none without a term.

    Shape: the terms are keys of `split_query`.
    """
    if not terms:
        return []
    query = f"SELECT rowid FROM {SEARCHED} WHERE {SEARCHED} MATCH ? ORDER BY bm25({SEARCHED}, {_WEIGHTS})"
    return [row[0] for row in connection.execute(query, (match_expression(terms),))]


def read_hit(connection: sqlite3.Connection, entry: int, terms: Sequence[str]) -> Hit:
    """What the list shows of a record."""
    row = connection.execute("SELECT * FROM articles WHERE rowid = ?", (entry,)).fetchone()
    headline, one_line = row["headline"] or "", row["one_line"]
    passages = list(_passages(connection, row, terms)) if terms else []
    return Hit(row, mark(headline, terms), mark(one_line, terms), tuple(passages))


def find_article(connection: sqlite3.Connection, page_id: str, article_id: str) -> sqlite3.Row | None:
    """The row of a record, None if there is none."""
    query = "SELECT rowid AS entry, * FROM articles WHERE page_id = ? AND article_id = ?"
    found: sqlite3.Row | None = connection.execute(query, (page_id, article_id)).fetchone()
    return found


def find_sharing(connection: sqlite3.Connection, page_id: str, article_id: str, *, most: int) -> list[tuple[str, str]]:
    """Page and article of those that share most names, leads or places with a record, which may be of its practice."""
    query = """
        SELECT entries.page_id, entries.article_id FROM entries AS self
        JOIN practice_keys AS own ON own.entry = self.entry JOIN practice_keys AS other USING (key)
        JOIN entries ON entries.entry = other.entry
        WHERE self.page_id = ? AND self.article_id = ? AND other.entry <> own.entry
        GROUP BY other.entry ORDER BY count(*) DESC, other.entry DESC LIMIT ?"""
    return [(row[0], row[1]) for row in connection.execute(query, (page_id, article_id, most))]


def read_files(connection: sqlite3.Connection) -> Iterator[IndexedFile]:
    """The files that hold records or failures."""
    rows = connection.execute(
        "SELECT page_id, name, mtime_ns, size, headline, state, doubt FROM files WHERE kind <> 'trouble'"
    )
    for page_id, name, mtime_ns, size, headline, state, doubt in rows:
        counts = RecordDoubt(*json.loads(doubt)) if doubt else None
        yield IndexedFile(page_id, name, mtime_ns, size, headline or "", state, counts)


def read_unrecorded(connection: sqlite3.Connection) -> list[Unrecorded]:
    """Articles that failed and have no record, and files that are no records."""
    query = """
        SELECT page_id, name, kind, headline, trouble FROM files AS lost
        WHERE kind = 'trouble' OR kind = 'failure' AND NOT EXISTS (
            SELECT 1 FROM entries WHERE page_id = lost.page_id AND article_id || '.failure.json' = lost.name)
        ORDER BY page_id, name"""
    return [Unrecorded(*row) for row in connection.execute(query)]


def _passages(connection: sqlite3.Connection, row: sqlite3.Row, terms: Sequence[str]) -> Iterator[Passage]:
    """The first sentences with a term; where there is none, the summary or an English text that has one."""
    place = (row["page_id"], row["article_id"])
    query = "SELECT sentence, text FROM sentences WHERE page_id = ? AND article_id = ? ORDER BY sentence"
    found = 0
    for number, text in connection.execute(query, place):
        if text and has_hit(text, terms):
            found += 1
            yield Passage(_cut(mark(text, terms)), number)
            if found == MOST_PASSAGES:
                return
    if not found:
        texts = (row[name] for name in ("summary", "headline_en", "summary_en", "kicker", "bylines", "place"))
        first = next((text for text in texts if text and has_hit(text, terms)), None)
        if first:
            yield Passage(_cut(mark(first, terms)), None)


def _cut(parts: Sequence[Part]) -> tuple[Part, ...]:
    """A passage of readable length around its first hit."""
    before, *rest = parts if parts and not parts[0].is_hit else (Part("", False), *parts)
    if len(before.text) > _BEFORE:
        before = Part(f"…{before.text[-_BEFORE:]}", False)
    kept, left = [before], LONGEST_PASSAGE - len(before.text)
    for part in rest:
        if left <= 0:
            break
        kept.append(part if len(part.text) <= left else Part(f"{part.text[:left]}…", part.is_hit))
        left -= len(part.text)
    return tuple(part for part in kept if part.text)
