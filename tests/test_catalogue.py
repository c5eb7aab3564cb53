"""The catalogue: any words are found, what is counted is counted once, and the index follows the records."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from making import FULL_LINES, full_reply, make_page, make_test_record, put_record, result_reply

from summariser.catalogue.database import (
    BrokenIndexError,
    FacetIndex,
    SummedNumber,
    find_entries,
    find_sharing,
    make_set,
    mark,
    match_expression,
    open_index,
    positions_of,
    read_hit,
    read_unrecorded,
    remove_index,
    search_key,
    spell_tokens,
    split_query,
)
from summariser.catalogue.update import NOT_KNOWN, counted_of, facets_of, update_index
from summariser.disk.record_text import dump_json
from summariser.disk.store import Store
from summariser.disk.stored import load_record
from summariser.errors import StoreError
from summariser.exporting.tables import make_sheets
from summariser.schema.case import Result
from summariser.schema.record import Practice, Record


def _full(name: str = "20250305_1.txt", **changes: Any) -> Record:
    """A record that leaves no field empty."""
    record, _ = make_test_record(
        make_page(FULL_LINES, name=name), json.dumps(full_reply(**changes), ensure_ascii=False)
    )
    return record


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A folder with two records in `summaries`, of different pages."""
    Store(tmp_path / "summaries").put(_full())
    put_record(make_page(name="20240110_2.txt"), tmp_path / "summaries")
    _age(tmp_path / "summaries")
    return tmp_path


def _age(out: Path) -> None:
    """Make files look written long ago, so that their time says whether they changed."""
    for path in out.glob("*/*.json"):
        os.utime(path, (1_700_000_000, 1_700_000_000))


def _found(base: Path, query: str) -> set[str]:
    """The pages of what a query finds, after an update."""
    index = base / ".summariser" / "index.db"
    update_index(index, base / "summaries")
    with open_index(index) as connection:
        entries = find_entries(connection, split_query(query))
        rows = connection.execute("SELECT rowid, page_id FROM articles").fetchall()
    return {row["page_id"] for row in rows if row["rowid"] in entries}


BOTH = {"20250305_1", "20240110_2"}


@pytest.mark.parametrize(
    ("query", "pages"),
    [
        ("夜校", BOTH),
        ("星光课堂", {"20250305_1"}),
        ("临河区总工会把课堂开到车间", BOTH),
        ("棉", {"20250305_1"}),
        ("束", set()),
        ("近200名职工参加", BOTH),
        ("1200余人", {"20250305_1"}),
        ("evening SCHOOL", BOTH),
        ("ｅｖｅｎｉｎｇ", BOTH),
        ("女职工 棉纺", {"20250305_1"}),
        ("女职工 服务5000余人次，每人", set()),
        ("夜校，近200名", BOTH),
        ("課堂", BOTH),
        ("校夜", set()),
        ("求学圆梦", {"20250305_1"}),
        ("王小禾", BOTH),
    ],
)
def test_any_run_of_characters_is_found(base: Path, query: str, pages: set[str]) -> None:
    """Headline, summary, facts and article are searched from one character up; terms have to be there together."""
    assert _found(base, query) == pages


@pytest.mark.parametrize(
    "query",
    [
        '"',
        '""',
        "夜校 OR",
        "NOT 夜校",
        "夜* OR 校",
        "title:夜校",
        "^夜",
        "夜校) OR (1=1",
        "'; DROP TABLE articles; --",
        "NEAR(夜校 课程)",
        "-夜校",
        "\x00",
        "\ud800",
        "%",
        "_",
        "{夜校}",
    ],
)
def test_nothing_in_a_query_is_an_operator(base: Path, query: str) -> None:
    """Quotes, operators of FTS5 and SQL are text: looked for, or left out as punctuation, and they break nothing."""
    found = _found(base, query)

    plain = query.translate({ord(char): " " for char in "\"*:^()';-{}_\x00\ud800"}).split()
    expected = {
        page
        for page in BOTH
        if all(search_key(word) in search_key(_whole_text(base, page)) for word in plain)
        and any(map(search_key, plain))
    }
    assert found in (expected, set())


def _whole_text(base: Path, page: str) -> str:
    """Everything that is searched of a page's record."""
    (path,) = (base / "summaries" / page).glob("*.json")
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("夜校 工会", ("夜校", "工会")),
        ('"evening school" 夜', ("eveningschool", "夜")),
        ("“下班 就能学”", ("下班就能学",)),
        ("3.5万 1,200", ("3.5万", "1200")),
        ("夜校 夜校", ("夜校",)),
        ("，。", ()),
        ('夜"校', ("夜", "校")),
    ],
)
def test_query_is_cut_into_terms(query: str, terms: tuple[str, ...]) -> None:
    """White space parts terms but not within quotes; punctuation is left out, but for the point in a number."""
    assert split_query(query) == terms


def test_decimal_is_no_other_number() -> None:
    """35万 is not found in 3.5万: the point of a number counts."""
    assert "35万" not in search_key("补贴3.5万元")


def test_phrase_does_not_run_into_the_next_text() -> None:
    """The end of one fact and the beginning of the next make no hit; a single character is found at an end as well."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(a, tokenize=\"ascii tokenchars '.%'\")")
    connection.execute("INSERT INTO t VALUES (?)", (spell_tokens(["夜校", "课程"]),))

    def hits(term: str) -> int:
        return len(connection.execute("SELECT 1 FROM t WHERE t MATCH ?", (match_expression([term]),)).fetchall())

    assert [hits(term) for term in ("夜校", "校课", "校", "程", "课程")] == [1, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("近200名职工，参加", "职工参加", ["职工，参加"]),
        ("Evening School for evenings", "evening", ["Evening", "evening"]),
        ("課堂", "课堂", ["課堂"]),
        ("夜校夜校校", "校夜校 夜校", ["夜校", "夜校"]),
        ("<b>夜校</b>", "夜校", ["夜校"]),
    ],
)
def test_hits_are_marked_as_printed(text: str, query: str, marked: list[str]) -> None:
    """What is marked are the characters of the text itself, and all runs together are the text."""
    parts = mark(text, split_query(query))

    assert [part.text for part in parts if part.is_hit] == marked
    assert "".join(part.text for part in parts) == text


def test_index_follows_changes_and_deletion(base: Path) -> None:
    """A record that was changed, deleted or added is found as it is now."""
    out = base / "summaries"
    assert _found(base, "星光课堂") == {"20250305_1"}
    (path,) = (out / "20250305_1").glob("*.json")
    path.write_text(path.read_text(encoding="utf-8").replace("星光课堂", "灯火讲堂"), encoding="utf-8")

    assert (_found(base, "星光课堂"), _found(base, "灯火讲堂")) == (set(), {"20250305_1"})
    shutil.rmtree(out / "20240110_2")
    assert _found(base, "夜校") == {"20250305_1"}
    put_record(make_page(name="20230101_1.txt"), out)
    assert _found(base, "夜校") == {"20250305_1", "20230101_1"}


def test_change_of_the_same_size_within_a_moment_is_seen(base: Path) -> None:
    """What was written just before the look is looked at again, even if neither time nor size would tell."""
    (path,) = (base / "summaries" / "20250305_1").glob("*.json")
    os.utime(path)
    stamp = path.stat()
    assert _found(base, "星光课堂") == {"20250305_1"}
    path.write_text(path.read_text(encoding="utf-8").replace("星光课堂", "灯火讲堂"), encoding="utf-8")
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))

    assert _found(base, "灯火讲堂") == {"20250305_1"}


def test_tables_are_those_of_an_export(base: Path) -> None:
    """Each table of the index has the rows that an export of the same records has, after changes as well."""
    _found(base, "夜校")
    (base / "summaries" / "20250305_1" / "gone.json").write_text("{}", encoding="utf-8")
    _found(base, "夜校")
    records = [load_record(path) for path in sorted((base / "summaries").glob("*/a*.json"))]

    with open_index(base / ".summariser" / "index.db") as connection:
        for sheet in make_sheets(records):
            names = ", ".join(column.name for column in sheet.table.columns)
            rows = {tuple(row) for row in connection.execute(f"SELECT {names} FROM {sheet.table.name}")}
            expected = {tuple(float(cell) if hasattr(cell, "as_tuple") else cell for cell in row) for row in sheet.rows}
            assert rows == expected, sheet.table.name


def _overwrite(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def _scratch(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\x00" * 60_000 + content[60_100:])


def _outdate(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 7")


@pytest.mark.parametrize("damage", [_overwrite, _cut, _scratch, _outdate], ids=lambda each: each.__name__)
def test_broken_or_older_index_is_made_anew(base: Path, damage: Callable[[Path], None]) -> None:
    """A file that is damaged or of another version does not stop anybody: it is made from the records again."""
    _found(base, "夜校")
    index = base / ".summariser" / "index.db"
    with open_index(index) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damage(index)
    try:
        found = _found(base, "夜校")
    except BrokenIndexError:
        remove_index(index)
        found = _found(base, "夜校")

    assert found == BOTH


def test_database_of_another_program_is_left_alone(base: Path) -> None:
    """What is no index of ours is neither removed nor written to."""
    index = base / ".summariser" / "index.db"
    index.parent.mkdir()
    with sqlite3.connect(index) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    before = index.read_bytes()

    with pytest.raises(StoreError, match="another program"):
        _found(base, "夜校")

    assert index.read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
@pytest.mark.parametrize("kind", ["folder", "link to nothing", "device or a pipe"])
def test_what_is_no_file_is_named(base: Path, kind: str) -> None:
    """In place of the index: what stands there, where, and that a new one is made; no option of another file."""
    index = base / ".summariser" / "index.db"
    index.parent.mkdir()
    make = {"folder": index.mkdir, "link to nothing": partial(index.symlink_to, "nothing")}
    make.get(kind, partial(os.mkfifo, index))()

    with pytest.raises(StoreError) as caught:
        _found(base, "夜校")

    assert str(caught.value) == f"{index}: a {kind} stands where the database is kept. {caught.value.next_step}."
    assert caught.value.next_step == "Move it away; it is made anew from the records"


def test_index_that_cannot_be_opened_names_no_option(base: Path) -> None:
    """What SQLite refuses is said without an option of another file."""
    index = base / ".summariser" / "index.db"
    index.parent.mkdir()
    (index.parent / "index.db-journal").mkdir()
    index.write_bytes(b"")

    with pytest.raises(StoreError) as caught:
        _found(base, "夜校")

    assert "--ledger" not in str(caught.value)


def test_what_is_no_record_is_told(base: Path) -> None:
    """Broken records, records in a wrong place and failures are told with the reason, and hide nothing else."""
    out = base / "summaries"
    (path,) = (out / "20250305_1").glob("*.json")
    (out / "20240110_2" / "strayed.json").write_bytes(path.read_bytes())
    (out / "20250305_1" / "broken.json").write_text("{", encoding="utf-8")

    assert _found(base, "夜校") == BOTH
    with open_index(base / ".summariser" / "index.db") as connection:
        lost = {each.name: each.trouble for each in read_unrecorded(connection)}
    assert set(lost) == {"strayed.json", "broken.json"}
    assert "wrong place" in (lost["strayed.json"] or "")


def test_index_is_made_anew_when_most_of_it_is_gone(base: Path) -> None:
    """Texts of records that are gone do not pile up, and what is there is found before and after."""
    (path,) = (base / "summaries" / "20250305_1").glob("*.json")
    text = path.read_text(encoding="utf-8")
    for number in range(8):
        path.write_text(text.replace("星光课堂", f"灯火{number}讲堂"), encoding="utf-8")
        update_index(base / ".summariser" / "index.db", base / "summaries", most_gone=2)
        assert _found(base, f"灯火{number}讲堂") == {"20250305_1"}

    with open_index(base / ".summariser" / "index.db") as connection:
        assert connection.execute("SELECT count(*) FROM articles_search_docsize").fetchone()[0] <= 5


def test_several_processes_make_the_same_index(base: Path) -> None:
    """Pages made ready by other processes give the same rows as select made ready here."""

    def rows(name: str, many: int) -> list[list[tuple[Any, ...]]]:
        update_index(base / name, base / "summaries", many=many)
        with open_index(base / name) as connection:
            tables = ("articles", "results", "facets", "files", "counted")
            return [[tuple(row) for row in connection.execute(f"SELECT * FROM {table}")] for table in tables]

    assert rows("several.db", 1) == rows("one.db", 1000)


def test_update_that_is_stopped_goes_on_later(base: Path) -> None:
    """Who is told may stop the update; the next one does what is left."""
    index = base / ".summariser" / "index.db"

    def stop(_done: int, _all: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        update_index(index, base / "summaries", told=stop)

    assert _found(base, "夜校") == BOTH


def test_passages_show_where_it_stands(base: Path) -> None:
    """A hit brings the sentences with the words, marked, and their numbers."""
    _found(base, "夜校")
    with open_index(base / ".summariser" / "index.db") as connection:
        terms = split_query("棉纺")
        (entry,) = find_entries(connection, terms)
        hit = read_hit(connection, entry, terms)

    assert [passage.sentence for passage in hit.passages] == [5]
    assert [part.text for part in hit.passages[0].parts if part.is_hit] == ["棉纺"]


def test_records_that_share_names_are_found(base: Path) -> None:
    """Two reports with the same lead share it; a record is not its own likeness."""
    _found(base, "夜校")
    with open_index(base / ".summariser" / "index.db") as connection:
        keys = connection.execute("SELECT page_id, article_id FROM entries").fetchall()
        others = [find_sharing(connection, *key, most=5) for key in keys]

    assert sorted([page for page, _ in some] for some in others) == [["20240110_2"], ["20250305_1"]]


def test_facets_say_what_is_not_known() -> None:
    """Every facet has a code for every record; what the record does not name has one of its own."""
    record = _full()
    facets = facets_of(record)
    dated = record.source.model_copy(update={"issue_date": "2025-03-05"})

    assert facets["theme"] == ("skills_training",)
    assert facets["newspaper"] == facets["month"] == (NOT_KNOWN,)
    assert facets["chain"] == ("activity", "outcome")
    assert facets_of(record.model_copy(update={"source": dated}))["month"] == ("2025-03",)


def _result(**changes: Any) -> dict[str, Any]:
    return result_reply(**changes)


def _counts(*results: dict[str, Any]) -> list[tuple[str, str, int]]:
    """Kind, unit and value of what is added up of a record with these results."""
    return [(each.kind, each.unit, int(each.value)) for each in counted_of(_full(results=list(results)))]


WOMEN = {"text": "参加夜校的女职工人数", "value_text": "80名", "subject": "女职工"}


def test_parts_count_once() -> None:
    """A part is left out where its total is added up, and counts where the total does not."""
    assert _counts(_result(), _result(**WOMEN, part_of=0)) == [("participants", "", 200)]
    assert _counts(_result(status="planned"), _result(**WOMEN, part_of=0)) == [("participants", "", 80)]
    assert _counts(_result(), _result(**WOMEN)) == [("participants", "", 200), ("participants", "", 80)]


def test_what_is_given_twice_counts_once() -> None:
    """The same number of the same words, given twice, is added up once."""
    assert _counts(_result(), _result()) == [("participants", "", 200)]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "target"},
        {"kind": "subsidy_standard", "value_text": "每人补贴300元", "subject": "补贴"},
        {"kind": "service_uses", "value_text": "5000余人次", "subject": "服务", "sents": [7]},
        {"kind": "money_spent"},
        {"value_text": "900名"},
        {"value_text": None, "subject": None},
    ],
)
def test_what_is_not_added_up(changes: dict[str, Any]) -> None:
    """Plans, standards, uses, a unit that does not fit its kind, what the page does not bear out, and words alone."""
    assert _counts(_result(**changes)) == []


def test_result_of_the_page_is_added_up_by_its_own_number() -> None:
    """The number added up is that of the record's own result."""
    record = _full()
    (counted,) = (each for each in counted_of(record) if each.kind == "participants")

    (result,) = (fact for path, fact in record.case.facts() if path == counted.path)
    assert isinstance(result, Result)
    assert result.quantity is not None
    assert (counted.value, counted.is_exact) == (result.quantity.value, False)


def test_one_event_counts_once() -> None:
    """The same number in reports that a person joined as one event is added up once; in others it is added."""
    numbers = [
        SummedNumber(0, "p1", "participants", "", 200, True),
        SummedNumber(1, "p1", "participants", "", 200, False),
        SummedNumber(1, "p1", "participants", "", 30, True),
        SummedNumber(2, None, "participants", "", 200, True),
        SummedNumber(3, None, "participants", "", 7, True),
    ]
    (total,) = FacetIndex([10, 11, 12, 13], {}, numbers).total(0b0111)

    assert (total.value, total.numbers, total.records, total.inexact) == (430, 3, 3, 0)


def test_event_is_that_of_a_joined_record(base: Path) -> None:
    """Only records joined as the same event share one."""
    out = base / "summaries"
    for page, relation in (("20250305_1", "same_event"), ("20240110_2", "continues")):
        (path,) = (out / page).glob("*.json")
        practice = Practice.model_validate({"practice_id": "p1", "relation": relation, "by": "li"})
        path.write_text(dump_json(load_record(path).model_copy(update={"practice": practice})), encoding="utf-8")
    _found(base, "夜校")

    with open_index(base / ".summariser" / "index.db") as connection:
        assert dict(connection.execute("SELECT page_id, event FROM entries").fetchall()) == {
            "20250305_1": "p1",
            "20240110_2": None,
        }


def _holdings() -> FacetIndex:
    """Four records: themes a a b b, provinces x y x -, newest first."""
    masks = {"theme": {"a": 0b0011, "b": 0b1100}, "province": {"x": 0b0101, "y": 0b0010, "-": 0b1000}}
    return FacetIndex([40, 30, 20, 10], masks, [])


def test_facets_follow_each_other_and_not_themselves() -> None:
    """What is chosen in one facet narrows the others; its own codes are counted as if nothing were chosen in it."""
    choice = _holdings().choose({"theme": ["a"], "province": ["x", "y"]}, 0b1111)

    assert list(positions_of(choice.records)) == [0, 1]
    assert choice.counts["theme"] == {"a": 2, "b": 1}
    assert choice.counts["province"] == {"x": 1, "y": 1}


def test_chosen_code_stays_in_sight() -> None:
    """A chosen code that leaves nothing is told with 0, one that nobody has leaves nothing."""
    choice = _holdings().choose({"theme": ["b"], "province": ["y"]}, 0b1111)

    assert choice.records == 0
    assert choice.counts["province"] == {"x": 1, "y": 0, "-": 1}
    assert _holdings().choose({"theme": ["zz"]}, 0b1111).records == 0


def test_cross_table_counts_pairs_within_what_is_found() -> None:
    """Each pair of codes is counted among the records found."""
    assert _holdings().cross("theme", "province", 0b0111) == {("a", "x"): 1, ("a", "y"): 1, ("b", "x"): 1}


def test_sets_hold_places() -> None:
    """A set gives back its places, in order."""
    assert list(positions_of(make_set([70, 3, 0, 8]))) == [0, 3, 8, 70]
    assert make_set([]) == 0
