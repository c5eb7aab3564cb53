"""Explore in the workbench: searched, filtered, counted, compared and taken along, in a real browser as well."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from browsing import HOSTILE, find_barriers, open_tab, request, served
from browsing import browser as browser  # noqa: PLC0414 - a fixture
from making import FULL_LINES, full_reply, make_page, make_test_record, put_record
from starlette.applications import Starlette

from summariser.disk.record_text import dump_json
from summariser.disk.store import Store
from summariser.exporting.export import load_jsonl
from summariser.reviewing.practices import join_records
from summariser.schema.record import Record
from summariser.tables import read_table
from summariser.workbench.app import create_app
from summariser.workbench.explore import Query, draw_months, draw_provinces, parse_query
from summariser.workbench.web import Project

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(180)]
OUT = Path("summaries")


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Starlette:
    """The workbench over two records, of which one leaves no field empty."""
    monkeypatch.chdir(tmp_path)
    record = _full()
    source = record.source.model_copy(update={"newspaper": "江城日报", "issue_date": "2025-03-05"})
    place = record.case.place and record.case.place.model_copy(
        update={"code": "130102", "full_name": "河北省石家庄市长安区"}
    )
    case = record.case.model_copy(update={"place": place})
    Store(OUT).put(record.model_copy(update={"source": source, "case": case}))
    put_record(make_page(name="page-2.txt"), OUT)
    return create_app(Project("case base"))


def _full() -> Record:
    page = make_page(FULL_LINES, name="20250305_1.txt")
    return make_test_record(page, json.dumps(full_reply(), ensure_ascii=False))[0]


def _address(page_id: str = "20250305_1") -> str:
    """The address of the record of a page."""
    (path,) = (OUT / page_id).glob("*.json")
    return f"/record/{page_id}/{path.stem}"


def test_search_answers_as_a_page_with_links(app: Starlette) -> None:
    """A plain GET gives the records that hold the words, which are marked, each with its address."""
    answer = request(app, "GET", f"/search?q={quote('星光')}")

    assert answer.status_code == 200
    assert f'href="{_address()}?q={quote("星光")}"' in answer.text
    assert "<mark>星光</mark>" in answer.text
    assert "page-2" not in answer.text


def test_search_for_nothing_shows_all(app: Starlette) -> None:
    """Without words all records are there; with words that nothing holds, none, and it is said."""
    assert request(app, "GET", "/search").text.count('class="hit"') == 2
    assert "Nothing was found" in request(app, "GET", f"/search?q={quote('没有的词')}").text


def test_page_after_the_last_is_the_last(app: Starlette) -> None:
    """An address of a later page than there are shows the last one; what is not found is not blamed on words."""
    late = request(app, "GET", "/search?page=99").text
    assert late.count('class="hit"') == 2
    assert "Nothing was found" not in late
    chosen = request(app, "GET", "/search?year=2099").text
    assert ("No record has all that is chosen" in chosen, "Words parted" in chosen) == (True, False)
    assert "Words parted" in request(app, "GET", "/search?q=nowhere").text


def test_records_that_a_person_joined_are_named(app: Starlette) -> None:
    """A joined record is shown with relation and person and guessed at no longer; the guess is kept for others."""
    files = [OUT / f"{_address(page).removeprefix('/record/')}.json" for page in ("20250305_1", "page-2")]
    put_record(make_page(name="third.txt"), OUT)
    third = OUT / f"{_address('third').removeprefix('/record/')}.json"
    assert "It may be the same practice" in request(app, "GET", _address("page-2")).text
    practice_id = join_records(*files, relation="same_event", by="anna")
    join_records(files[0], third, relation="continues", by="ben")

    app = create_app(Project("case base"))
    text = request(app, "GET", _address("page-2")).text

    assert "Joined by a person" in text
    assert "may be the same practice" not in text
    assert text.count(practice_id) == 2
    assert ("the same event (a duplicate) · anna" in text, "a later report goes on · ben" in text) == (True, True)
    later = request(app, "GET", _address("third")).text
    assert (later.count("a later report goes on · ben"), later.count("the same event")) == (2, 0)


def test_end_of_indexing_is_said(app: Starlette) -> None:
    """The part of the page that tells how far the index is says when all is there, and leads to it."""
    assert "Everything is indexed" in request(app, "GET", "/search/progress").text
    assert "Everything is indexed" not in request(app, "GET", "/search").text


def test_facets_narrow_what_is_shown(app: Starlette) -> None:
    """A code in the address leaves its records; another facet is counted within them."""
    text = request(app, "GET", "/search?province=130000").text

    assert text.count('class="hit"') == 1
    assert _address() in text
    assert "/search?province=130000&amp;newspaper=%E6%B1%9F%E5%9F%8E%E6%97%A5%E6%8A%A5" in text
    assert "/search?province=130000&amp;newspaper=-" not in text


def test_index_follows_the_records(app: Starlette) -> None:
    """What a run or a person writes is found by the next search that looks."""
    request(app, "GET", "/search")
    app.state.record_index._looked_at -= 10  # as if the last look were a while ago
    put_record(make_page(name="page-3.txt"), OUT)

    assert request(app, "GET", "/search").text.count('class="hit"') == 3


@pytest.mark.parametrize("content", [b"no database" * 500, b""], ids=["garbage", "empty"])
def test_broken_index_is_made_anew(app: Starlette, content: bytes) -> None:
    """A damaged index is no trouble for who searches."""
    request(app, "GET", "/search")
    for path in Path(".summariser").glob("index.db*"):
        path.unlink()
    Path(".summariser/index.db").write_bytes(content)
    app.state.record_index._looked_at -= 10

    assert request(app, "GET", "/search").text.count('class="hit"') == 2


@pytest.mark.parametrize(
    ("forged", "says"),
    [
        ("DROP TABLE entries", None),
        ("DROP TABLE articles_search", None),
        ("UPDATE counters SET value = 'many'", "none of ours"),
        ("DELETE FROM articles", "none of ours"),
    ],
)
def test_index_that_somebody_changed_is_made_anew_or_named(app: Starlette, forged: str, says: str | None) -> None:
    """What is missing is made again from the records; of a row that is none of ours, the file to move away is named."""
    request(app, "GET", "/search")
    with sqlite3.connect(".summariser/index.db") as connection:
        connection.execute(forged)
    app.state.record_index._looked_at -= 10
    app.state.record_index._cache.clear()

    answers = [request(app, "GET", "/search", params={"q": "夜校"}) for _ in range(2)]

    if says:
        assert answers[-1].status_code == 400
        assert says in answers[-1].text
        assert "index.db" in answers[-1].text
    else:
        app.state.record_index._looked_at -= 10
        assert request(app, "GET", "/search").text.count('class="hit"') == 2


def test_address_holds_the_whole_state(app: Starlette) -> None:
    """Words, codes, view, order and page are read from the address and written to it, nothing else."""
    query = Query("夜校", (("theme", "other"), ("theme", "skills_training"), ("month", "2025-03")), "old", "figures", 3)

    assert parse_query([tuple(each.split("=")) for each in _fields(query)]) == query
    assert Query().address() == "/search"
    assert parse_query([("page", "-1"), ("sort", "x"), ("view", "'"), ("zz", "1"), ("page", "９")]) == Query()


def _fields(query: Query) -> list[str]:
    from urllib.parse import unquote

    return [unquote(each) for each in query.address().partition("?")[2].split("&")]


def test_choosing_twice_is_choosing_no_more() -> None:
    """The link of a chosen code takes it out of the address, and begins at the first page."""
    query = Query(chosen=(("theme", "a"),), page=4)

    assert query.toggled("theme", "a") == "/search"
    assert query.toggled("theme", "b") == "/search?theme=a&theme=b"


def test_figures_state_sums_and_rule(app: Starlette) -> None:
    """People are summed once, with the rule beside; the women who are part of them are not added."""
    text = request(app, "GET", "/search?view=figures").text

    assert '<td class="n">400</td><td lang="zh-Hans">人</td><td class="n">2</td><td class="n">2</td>' in text
    assert "A part counts only where its total does not" in text
    assert "/search?theme=skills_training&amp;province=130000" in text


def test_record_page_has_anchors_text_and_references(app: Starlette) -> None:
    """Facts have addresses of their own, sentences too, and the references stand in both styles."""
    text = request(app, "GET", _address()).text

    for path in ("results-0", "results-3", "actors-1", "place", "lesson"):
        assert f'id="{path}"' in text
    assert '<li id="s3" value="3">' in text
    assert "临河区总工会把课堂开到车间[N]. 江城日报, 2025-03-05" in text
    assert "(2025, March 5)" in text
    assert _address("page-2") in text  # may be the same practice


def test_record_page_marks_what_was_searched(app: Starlette) -> None:
    """Where one comes from a search, its words are marked in the article."""
    text = request(app, "GET", f"{_address()}?q={quote('纺织公司')}").text

    assert "<mark>纺织公司</mark>" in text


@pytest.mark.parametrize(
    "path",
    [
        "/record/page-2/nothing",
        "/record/../../etc/passwd",
        "/record/..%2f..%2fetc/passwd",
        "/take/exe",
        "/take/csv?q=zz",
    ],
)
def test_what_is_not_there_is_not_found(app: Starlette, path: str) -> None:
    """Only records that the index knows have a page; no address leads to another file."""
    assert request(app, "GET", path).status_code == 404


def test_two_records_side_by_side(app: Starlette) -> None:
    """Both stand in one table with what they share; with one or none it is said what to do."""
    one, other = (_address(page).removeprefix("/record/") for page in ("20250305_1", "page-2"))
    text = request(app, "GET", f"/compare?case={one}&case={other}").text

    assert text.count("<td>") >= 14
    assert "临河区总工会 leads" in text
    put_record(make_page(name="third.txt"), OUT)
    third, app = _address("third").removeprefix("/record/"), create_app(Project("case base"))
    for picked in ((one,), (one, other, third)):
        named = "&".join(f"case={each}" for each in picked)
        assert "Tick two records" in request(app, "GET", f"/compare?{named}").text


def test_found_records_are_taken_along(app: Starlette) -> None:
    """What is taken is what was found, as an export makes it."""
    lines = request(app, "GET", f"/take/jsonl?q={quote('星光')}")
    archive = zipfile.ZipFile(io.BytesIO(request(app, "GET", "/take/csv").content))
    workbook = request(app, "GET", "/take/xlsx?province=130000")

    Path("taken.jsonl").write_bytes(lines.content)
    assert [record.page_id for record in load_jsonl("taken.jsonl")] == ["20250305_1"]
    rows = list(csv.DictReader(io.StringIO(archive.read("articles.csv").decode("utf-8-sig"))))
    assert [row["page_id"] for row in rows] == ["20250305_1", "page-2"]
    assert workbook.content[:2] == b"PK"
    assert workbook.headers["content-disposition"] == 'attachment; filename="records.xlsx"'


def test_workbook_has_the_language_of_the_interface(app: Starlette) -> None:
    """A browser that reads Chinese takes a workbook with Chinese sheets."""
    load = pytest.importorskip("openpyxl").load_workbook
    books = [
        load(io.BytesIO(request(app, "GET", "/take/xlsx", headers={"accept-language": language}).content))
        for language in ("zh-CN", "en")
    ]

    assert [book.sheetnames[1] for book in books] == ["文章", "articles"]


def test_failures_and_broken_files_are_told(app: Starlette) -> None:
    """What has no record is counted and named above the list."""
    (OUT / "page-2" / "broken.json").write_text("{", encoding="utf-8")

    text = request(app, "GET", "/search").text

    assert "1 file without a record" in text
    assert "page-2/broken.json" in text


def test_hostile_record_is_text(app: Starlette) -> None:
    """Markup in a record, in a query and in a code is shown as it is spelled, on every page."""
    (path,) = (OUT / "page-2").glob("*.json")
    record = Record.model_validate_json(path.read_text(encoding="utf-8"))
    case = record.case.model_copy(update={"one_line": HOSTILE, "headline_en": HOSTILE, "summary": HOSTILE})
    source = record.source.model_copy(update={"newspaper": HOSTILE, "issue_date": "14 November"})
    hostile = record.model_copy(update={"case": case, "headline": HOSTILE, "source": source})
    path.write_text(dump_json(hostile), encoding="utf-8")

    for address in (
        f"/search?q={quote('owned')}&theme={quote(HOSTILE)}",
        "/search",
        "/search?view=figures",
        _address("page-2"),
        f"/compare?case=page-2/{path.stem}&case=20250305_1/{Path(_address()).name}",
    ):
        text = request(app, "GET", address).text
        assert "<script>document" not in text
        assert "<img" not in text
        assert "\u202e" not in text


def test_months_are_drawn_without_a_gap() -> None:
    """Months without a record are there with nothing; the year is crossed, and what is older than the plot is told."""
    line = draw_months({"2024-11": 4, "2025-02": 2, "1990-01": 3, "-": 5})

    assert [bar.code for bar in line.bars][-4:] == ["2024-11", "2024-12", "2025-01", "2025-02"]
    assert [bar.records for bar in line.bars][-4:] == [4, 0, 0, 2]
    assert (line.earlier, line.undated) == (3, 5)
    assert [bar.label for bar in draw_months({"2024-11": 1, "2025-02": 1}).bars] == ["", "", "2025", ""]
    assert [bar.label for bar in draw_months({"2024-05": 1, "2024-06": 1}).bars] == ["2024-05", ""]
    assert draw_months({}).bars == ()
    assert draw_months({"2024-05": 1}).width >= len("2024-05") * 6
    assert (
        draw_months({"2024-12": 1, "2025-01": 1}).width >= draw_months({"2024-05": 1}).bars[0].x + 14 + len("2025") * 6
    )


def test_every_province_has_a_tile_of_its_own() -> None:
    """The map holds the provinces of the table of divisions, no two in one place."""
    provinces = {row["code"] for row in read_table("divisions") if row["level"] == "province"}
    tiles = draw_provinces({"130000": 10, "110000": 1})

    assert {tile.code for tile in tiles} == provinces
    assert len({(tile.x, tile.y) for tile in tiles}) == len(tiles)
    assert {tile.code: tile.shade for tile in tiles if tile.records} == {"130000": 5, "110000": 1}


def test_pages_of_explore_are_accessible_and_fit(app: Starlette, browser: Any) -> None:
    """List, figures, record and comparison have no barrier that axe-core finds, and are no wider than the window."""
    one, other = (_address(page).removeprefix("/record/") for page in ("20250305_1", "page-2"))
    with served(app) as address, open_tab(browser, address) as tab:
        for path in (
            f"/search?q={quote('夜校')}&theme=skills_training",
            "/search?view=figures",
            f"{_address()}#results-1",
            f"/compare?case={one}&case={other}",
        ):
            tab.goto(address + path)
            assert find_barriers(tab) == [], path


def test_search_to_fact_with_the_keyboard_alone(app: Starlette, browser: Any) -> None:
    """Words are typed, a record opened, a sentence of a fact followed, two records ticked and compared: by keys."""
    with served(app) as address, open_tab(browser, address) as tab:
        tab.goto(f"{address}/search")
        tab.focus("input[type=search]")
        tab.keyboard.type("夜校")
        tab.keyboard.press("Enter")
        tab.wait_for_selector("mark")
        tab.focus(".hit .title a")
        tab.keyboard.press("Enter")
        tab.wait_for_selector("#results-0")
        tab.focus("#results-0 .go a")
        tab.keyboard.press("Enter")
        assert tab.url.endswith("#s3")
        assert tab.locator("#s3:target").count() == 1

        tab.goto(f"{address}/search")
        for box in tab.locator(".hit input").all():
            box.focus()
            tab.keyboard.press("Space")
        tab.keyboard.press("Enter")
        tab.wait_for_selector("table.pair")


def test_page_is_shown_again_when_all_is_indexed(app: Starlette, browser: Any) -> None:
    """Nobody looks at a part of the records who has begun nothing; who ticks or types is left alone."""
    whole = """part => {
        part.innerHTML = '<a href="" data-whole></a>';
        part.dispatchEvent(new CustomEvent("swapped", { bubbles: true }));
    }"""
    with served(app) as address, open_tab(browser, address) as tab:
        tab.goto(f"{address}/search")
        tab.fill("input[type=search]", "夜校")
        tab.eval_on_selector("#progress", whole)
        tab.wait_for_timeout(300)
        assert tab.input_value("input[type=search]") == "夜校"

        tab.goto(f"{address}/search")
        with tab.expect_navigation():
            tab.eval_on_selector("#progress", whole)
        assert tab.locator("#progress [data-whole]").count() == 0


def test_reference_is_copied(app: Starlette, browser: Any) -> None:
    """The button puts the reference on the clipboard and says so."""
    with (
        served(app) as address,
        open_tab(browser, address, permissions=["clipboard-read", "clipboard-write"]) as tab,
    ):
        tab.goto(address + _address())
        tab.click("button[data-copy='cite-1']")
        tab.wait_for_function("() => document.querySelector('[data-copied]').textContent !== ''")

        assert "江城日报, 2025-03-05" in tab.evaluate("navigator.clipboard.readText()")


def test_search_works_without_scripts(app: Starlette, browser: Any) -> None:
    """Searching, filtering and turning to a record need no JavaScript."""
    with served(app) as address, open_tab(browser, address, java_script_enabled=False) as tab:
        tab.goto(f"{address}/search?q={quote('夜校')}")
        tab.click(".facets a >> nth=0")
        tab.click(".hit .title a >> nth=0")

        assert "/record/" in tab.url
