"""The lines of a page in the browser: what follows is said first, all with the keyboard, all taken back."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from browsing import browser as browser  # noqa: PLC0414 - a fixture
from browsing import find_barriers, open_tab, request, served
from starlette.applications import Starlette

from summariser.disk.stored import find, load_manifest, load_record
from summariser.schema.page import line_numbers
from summariser.schema.record import PageManifest
from summariser.workbench.app import create_app
from summariser.workbench.web import REVIEWER_COOKIE, Project

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(180)]
ROOT = Path(__file__).resolve().parent.parent
OUT = Path("summaries")
ANNA = {REVIEWER_COOKIE: "0:anna"}
PAGE = "page-000"
ONE, OTHER = "a2caa18ab", "aa24b7ffc"  # lines 55-63 and 65-73 of the page
MOVED = "63"


@pytest.fixture
def app() -> Starlette:
    """The workbench over a seed page with its records."""
    shutil.copytree(ROOT / "seeds", "seeds", ignore=shutil.ignore_patterns("scans"))
    OUT.mkdir()
    shutil.copytree(ROOT / "summaries" / PAGE, OUT / PAGE)
    shutil.copy(ROOT / "summaries" / f"{PAGE}.page.json", OUT)
    return create_app(Project("案例库", pages=Path("seeds")))


def manifest() -> PageManifest:
    """The manifest of the page as it is now."""
    return load_manifest(OUT / f"{PAGE}.page.json")


def lines_of(name: str) -> tuple[tuple[int, int], ...]:
    """The lines of an article as they are now."""
    return next(each.lines for each in manifest().articles if each.article_id == name)


def all_bytes() -> dict[str, bytes]:
    """Every file of the records."""
    return {path.as_posix(): path.read_bytes() for path in OUT.rglob("*") if path.is_file()}


def address(name: str = ONE) -> str:
    """Where the lines are shown, for an article."""
    return f"/review/{PAGE}/{name}/lines"


def do(app: Starlette, action: str, *, who: dict[str, str] = ANNA, at: str = ONE, **form: str) -> Any:
    """The answer to an action on the lines as they are shown now."""
    text = request(app, "GET", address(at), cookies=who).text
    version = re.search(r'name="version" value="(\w+)"', text)
    given = {"version": version[1] if version else "", "do": action} | form
    return request(app, "POST", address(at), data=given, cookies=who)


def test_what_follows_is_said_before_anything_is_written(app: Starlette) -> None:
    """The facts that go along are named, and that a model has to be asked; only a second yes moves the line."""
    before = all_bytes()

    asked = do(app, "move", lines=MOVED, to=OTHER)

    assert asked.status_code == 200
    assert "goes with its line to" in asked.text
    assert "until a model is asked again" in asked.text
    assert all_bytes() == before
    done = do(app, "move", lines=MOVED, to=OTHER, sure="yes")
    assert (done.status_code, done.headers["location"]) == (303, address())
    assert (lines_of(ONE), lines_of(OTHER)) == (((55, 61),), ((63, 73),))
    assert manifest().by_person.moves[0].by == "anna"


def test_undo_gives_the_bytes_back(app: Starlette) -> None:
    """One key takes the whole action back: records, the manifest and what was put aside."""
    before = all_bytes()
    do(app, "merge", to=OTHER, sure="yes")
    assert (OUT / PAGE / f"{OTHER}.gone.json").exists()

    answer = request(app, "POST", f"/review/{PAGE}/{ONE}", data={"do": "undo"}, cookies=ANNA)

    assert answer.status_code == 303
    assert all_bytes() == before


def test_undo_does_not_write_over_a_later_change(app: Starlette) -> None:
    """A record that changed since is shown beside what undo would write, and stays."""
    do(app, "move", lines=MOVED, to=OTHER, sure="yes")
    path = OUT / PAGE / f"{OTHER}.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"note": null', '"note": "mine"'), encoding="utf-8")
    before = all_bytes()

    answer = request(app, "POST", f"/review/{PAGE}/{ONE}", data={"do": "undo"}, cookies=ANNA)

    assert answer.status_code == 409
    assert all_bytes() == before


def test_page_changed_meanwhile_is_not_written_over(app: Starlette) -> None:
    """What was chosen on a page that another tab has changed is shown beside it, and written nowhere."""
    text = request(app, "GET", address(), cookies=ANNA).text
    seen = re.search(r'name="version" value="(\w+)"', text)
    do(app, "move", lines=MOVED, to=OTHER, sure="yes")
    before = all_bytes()

    late = {"version": seen[1], "do": "move", "lines": "61", "to": OTHER, "sure": "yes"}
    answer = request(app, "POST", address(), data=late, cookies=ANNA)

    assert answer.status_code == 409
    assert all_bytes() == before


def test_address_of_a_merged_article_leads_to_the_other(app: Starlette) -> None:
    """Review, the lines and the page to be cited of the article that is gone show the one that has its lines."""
    do(app, "merge", to=OTHER, sure="yes")

    for path in (f"/review/{PAGE}/{OTHER}", address(OTHER)):
        answer = request(app, "GET", path, cookies=ANNA)
        assert (answer.status_code, OTHER in answer.headers["location"]) == (303, False)
        assert ONE in answer.headers["location"]
    cited = request(app, "GET", f"/record/{PAGE}/{OTHER}", cookies=ANNA)
    assert cited.status_code == 200
    assert load_record(OUT / PAGE / f"{ONE}.json").headline in cited.text
    assert OTHER not in {path.stem for path in find([OUT])}
    assert f"{OTHER}.gone" not in request(app, "GET", "/review", cookies=ANNA).text


def test_article_is_asked_again_only_if_somebody_wants_it(app: Starlette) -> None:
    """The record says that its text is another one; a key has it asked in the next run; its command is shown."""
    do(app, "move", lines=MOVED, to=OTHER, sure="yes")
    assert "no model was asked about it since" in request(app, "GET", f"/review/{PAGE}/{ONE}", cookies=ANNA).text
    assert (manifest().by_person.held, manifest().by_person.due) == ((ONE, OTHER), ())

    do(app, "ask", of=ONE)

    assert manifest().by_person.due == (ONE,)
    assert "summariser run seeds/page-000.txt" in request(app, "GET", address(), cookies=ANNA).text


def test_range_may_hold_blank_lines(app: Starlette) -> None:
    """Lines are named as the page numbers them, from the first to the last, blank ones between them too."""
    do(app, "move", lines="61-63", to=OTHER, sure="yes")

    assert (lines_of(ONE), lines_of(OTHER)) == (((55, 59),), ((61, 73),))


def test_deed_without_lines_asks_for_them(app: Starlette) -> None:
    """Who wants to move or split and has chosen nothing is told to choose first."""
    assert "Choose lines first" in request(app, "GET", f"{address()}?ask=move&lines=", cookies=ANNA).text


@pytest.mark.parametrize(
    "form",
    [
        {"do": "move", "lines": "9999", "to": OTHER},
        {"do": "move", "lines": "", "to": OTHER},
        {"do": "move", "lines": "1-999999999", "to": OTHER},
        {"do": "move", "lines": MOVED, "to": "../../x"},
        {"do": "move", "lines": MOVED, "to": OTHER, "role": "king"},
        {"do": "move", "lines": MOVED, "to": OTHER, "behind": "1"},
        {"do": "move", "lines": MOVED, "to": OTHER, "behind": ","},
        {"do": "move", "lines": MOVED, "to": OTHER, "behind": "67-65"},
        {"do": "move", "lines": MOVED, "to": OTHER, "behind": "65-67"},
        {"do": "move", "lines": "63-61", "to": OTHER},
        {"do": "split", "lines": "55"},
        {"do": "split", "lines": "111"},
        {"do": "merge", "to": ONE},
        {"do": "restore"},
        {"do": "burn"},
        {"do": "ask", "of": OTHER},
    ],
)
def test_what_cannot_be_is_said_beside_the_page(app: Starlette, form: dict[str, str]) -> None:
    """A line, an article or an action that there is not is refused with its reason, and nothing is written."""
    before = all_bytes()

    answer = do(app, form.pop("do"), sure="yes", **form)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert all_bytes() == before


@pytest.mark.parametrize(("behind", "order"), [("0", (63, 65)), (" 65 ", (65, 63)), ("", (63, 65))])
def test_line_goes_behind_the_one_that_is_named(app: Starlette, behind: str, order: tuple[int, int]) -> None:
    """0 puts it first, a number behind that line, and nothing where its own number has it."""
    do(app, "move", lines=MOVED, to=OTHER, behind=behind, sure="yes")

    lines = list(line_numbers(lines_of(OTHER)))
    assert sorted(order, key=lines.index) == list(order)


def test_what_goes_is_named_with_where_it_goes(app: Starlette) -> None:
    """An article begun by hand that is merged back goes into the other one, and its record is not said to be kept."""
    do(app, "split", lines="59", sure="yes")
    begun = next(each.article_id for each in manifest().articles if each.lines == ((59, 63),))

    text = do(app, "merge", at=begun, to=ONE).text

    assert f"goes into A4 {load_record(OUT / PAGE / f'{ONE}.json').headline}" in text
    assert "is dropped" in text
    assert "is kept aside" not in text


def test_coder_apart_moves_no_lines(app: Starlette) -> None:
    """The split of a page is everybody's: who keeps decisions apart is led back, and nothing is written."""
    before = all_bytes()

    answer = do(app, "move", who={REVIEWER_COOKIE: "1:anna"}, lines=MOVED, to=OTHER, sure="yes")

    assert answer.headers["location"] == "/review"
    assert all_bytes() == before


def test_who_may_not_move_lines_is_offered_nothing(app: Starlette) -> None:
    """A coder apart sees the lines and why none can be moved; whoever decides for all is not told so."""
    do(app, "move", lines=MOVED, to=OTHER, sure="yes")
    who = {REVIEWER_COOKIE: "1:anna"}
    pages = [request(app, "GET", address() + query, cookies=who) for query in ("", "?ask=move&lines=61", "?ask=merge")]

    assert {page.status_code for page in pages} == {200}
    assert all("moves none" in page.text for page in pages)
    assert not [each for page in pages for each in ("m", "d", "v", "z", "u", "q") if f'data-key="{each}"' in page.text]
    assert "An article of their own" not in pages[1].text
    own = request(app, "GET", address(), cookies=ANNA).text
    assert "moves none" not in own
    assert [each for each in ("m", "d", "v", "z", "u", "q") if f'data-key="{each}"' not in own] == []


def test_lines_are_moved_split_merged_and_taken_back_with_keys(browser: Any, app: Starlette) -> None:
    """From the record to the lines, and through all deeds without a pointer; what was done stands on the page."""
    before = all_bytes()
    with served(app) as base, open_tab(browser, base) as tab:
        tab.context.add_cookies([{"name": REVIEWER_COOKIE, "value": ANNA[REVIEWER_COOKIE], "url": base}])
        tab.goto(f"{base}/review/{PAGE}/{ONE}")

        def press(*keys: str) -> None:  # keys that lead to another page
            for key in keys:
                with tab.expect_navigation():
                    tab.keyboard.press(key)
                tab.wait_for_function("() => document.body.dataset.state === 'ready'")

        press("g")
        tab.wait_for_selector("#page .here")
        for _ in range(200):
            if tab.locator("#page .here").get_attribute("id") == f"l{MOVED}":
                break
            tab.keyboard.press("j")
        tab.keyboard.press(" ")
        assert tab.locator("#chosen").input_value() == MOVED
        press("m")
        target = tab.locator(f"button[value={OTHER}]").get_attribute("data-key")
        press(target)
        assert "goes with its line" in tab.locator("[role=alertdialog]").inner_text()
        press("y")
        assert lines_of(OTHER) == ((63, 73),)
        press("u")
        tab.wait_for_url(f"{base}/review/{PAGE}/{ONE}")
        assert all_bytes() == before

        press("g")
        tab.wait_for_selector("#page .here")
        tab.fill("#chosen", "59")
        tab.keyboard.press("Tab")
        press("d")
        tab.keyboard.press("h")
        press("y", "y")
        assert lines_of(ONE) == ((55, 57),)
        press("v")
        second = next(each.article_id for each in manifest().articles if each.lines == ((59, 63),))
        press(tab.locator(f"button[value={second}]").get_attribute("data-key"))
        press("y")
        assert [lines_of(ONE), manifest().by_person] == [((55, 63),), None]


def test_lines_are_accessible_and_fit(browser: Any, app: Starlette) -> None:
    """The page, each question and what follows have no barrier and no overflow, narrow or wide, light or dark."""
    do(app, "move", lines=MOVED, to=OTHER, sure="yes")
    with served(app) as base, open_tab(browser, base) as tab:
        tab.context.add_cookies([{"name": REVIEWER_COOKIE, "value": ANNA[REVIEWER_COOKIE], "url": base}])
        for query in ("", "?ask=move&lines=61", "?ask=split&lines=61", "?ask=merge"):
            tab.goto(base + address() + query)
            assert find_barriers(tab, within=".ask" if query else None) == []
        tab.keyboard.press("1")
        tab.wait_for_selector("[role=alertdialog]")
        assert find_barriers(tab, within="[role=alertdialog]") == []


def test_lines_speak_chinese(app: Starlette) -> None:
    """Every word of the room is there in Chinese."""
    said = request(app, "GET", address(), cookies={**ANNA, "summariser_language": "zh"}).text

    assert "版面上的行" in said
    assert "恢复最初的切分" not in said  # nobody has moved anything
    assert "Move to" not in said
