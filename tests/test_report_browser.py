"""The report in a real browser: opened from the disk, without a network, by mouse and by keyboard."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import HOSTILE, open_tab
from browsing import browser as browser  # noqa: PLC0414 - a fixture
from conftest import ROOT
from making import case_reply, make_page, make_scan, make_test_record, put_record

from summariser.disk.store import Store
from summariser.report.site import gather_words, make_row, write_report
from summariser.report.views import Changes, view_record
from summariser.reviewing.differences import Difference, DifferenceKind


def test_index_holds_articles_up_to_a_bound() -> None:
    """Articles beyond the bound are left out, all of them, so that no search finds a part of what is there."""
    record, _ = make_test_record(make_page(), json.dumps(case_reply()))
    rows = [make_row(view_record(record, number=1, tag="A1", tint=0), "")] * 2
    whole = len("".join(each.text or "" for each in record.text.sentences).encode())

    assert len(gather_words(rows, most=2 * whole)) == 2
    assert gather_words(rows, most=2 * whole - 1) == []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the seeds' records."""
    out = tmp_path_factory.mktemp("site")
    write_report([ROOT / "summaries"], out)
    return out


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """A tab with a memory of its own; at the end nothing may have been complained of and nobody asked for anything."""
    with open_tab(browser, "file:") as opened:
        yield opened


def visible_titles(tab: Any) -> list[str]:
    """Headlines of the rows that are not filtered out."""
    return tab.locator(".row:not([hidden]) .title").all_text_contents()


def lit(tab: Any) -> str:
    """The highlighted words of the page."""
    return "".join(tab.locator(".w.lit").all_inner_texts())


def test_search_finds_headline_one_line_and_names(tab: Any, site: Path) -> None:
    """The search narrows the rows by headline, one-liner and names, and says how many are left."""
    tab.goto((site / "index.html").as_uri())
    everything = len(visible_titles(tab))

    tab.fill("#q", "工会主席添动力")
    by_headline = visible_titles(tab)
    tab.fill("#q", "葛彩迁")
    by_name = visible_titles(tab)
    tab.fill("#q", "ＲＫＥＦ 没有这样的词")

    assert everything == 42
    assert by_headline == ["新疆给兼职工会主席添动力"]
    assert by_name == ["创新场上，一线工人唱主角"]
    assert visible_titles(tab) == []
    assert tab.locator("#none").is_visible()
    assert tab.locator("#tally").inner_text() == "0 / 42"


def test_filters_narrow_and_are_cleared(tab: Any, site: Path) -> None:
    """Each filter keeps the rows it names; they add up, stand in the address, and one button takes them back."""
    tab.goto((site / "index.html").as_uri())

    tab.select_option("select[name=needs]", "yes")
    needing = tab.locator(".row:not([hidden])")
    assert needing.count() == tab.locator(".row.needs").count() == 18
    tab.select_option("select[name=kind]", "photo_caption")
    assert sorted(visible_titles(tab)) == ["一耙旋出千年盐", "全站仪搬上操场", "缺把螺丝刀 来这里借"]
    tab.reload()
    assert sorted(visible_titles(tab)) == ["一耙旋出千年盐", "全站仪搬上操场", "缺把螺丝刀 来这里借"]
    tab.click("#clear")

    tab.wait_for_function("() => document.querySelectorAll('.row:not([hidden])').length === 42")


def test_filter_keeps_what_changed(tab: Any, tmp_path: Path) -> None:
    """In a compared site the filter keeps the changed records, whose page shows the old words struck."""
    record = sorted((ROOT / "summaries/page-000").glob("*.json"))[0]
    made = Difference(
        kind=DifferenceKind.NUMBER_CHANGED,
        page_id="page-000",
        article_id=record.stem,
        path="case.results[0].quantity.value",
        old="3 家",
        new="5 家",
    )
    write_report([ROOT / "summaries"], tmp_path, changes=Changes("HEAD", {("page-000", record.stem): (made,)}))
    tab.goto((tmp_path / "index.html").as_uri())

    tab.select_option("select[name=changed]", "yes")
    titles = visible_titles(tab)
    tab.click(".row:not([hidden]) .title")

    assert len(titles) == 1
    assert tab.locator(".changes del").inner_text() == "3 家"
    assert "line-through" in tab.locator(".changes del").evaluate("each => getComputedStyle(each).textDecoration")


def test_bar_of_a_plot_sets_its_filter(tab: Any, site: Path) -> None:
    """A bar is a button: Enter on it shows its records, as many as it says."""
    tab.goto((site / "index.html").as_uri())
    bar = tab.locator('.bar[data-filter="province"]').first

    bar.focus()
    tab.keyboard.press("Enter")

    assert len(visible_titles(tab)) == int(bar.locator(".count").inner_html())
    assert bar.get_attribute("aria-pressed") == "true"


def test_rows_can_be_sorted(tab: Any, site: Path) -> None:
    """What needs review stands first; the number of results is another order."""
    tab.goto((site / "index.html").as_uri())
    first_needs = "needs" in (tab.locator(".row").first.get_attribute("class") or "")

    tab.select_option("select[name=sort]", "results")
    numbers = [int(number) for number in tab.eval_on_selector_all(".row", "rows => rows.map(r => r.dataset.results)")]

    assert first_needs
    assert numbers == sorted(numbers, reverse=True)


def test_row_leads_to_its_record(tab: Any, site: Path) -> None:
    """A click on a row opens the page at the record."""
    tab.goto((site / "index.html").as_uri())
    headline = visible_titles(tab)[5]

    tab.locator(".row .title").nth(5).click()

    anchor = tab.url.rsplit("#", 1)[1]
    assert headline in tab.locator(f"[id='{anchor}'] h2").inner_text()
    assert tab.locator(f"[id='{anchor}']").is_visible()


def test_click_on_a_fact_shows_its_words(tab: Any, site: Path) -> None:
    """A click on a fact highlights its words and brings them into view; Escape lets go."""
    tab.goto((site / "pages/page-000.html").as_uri())
    fact = tab.locator(".fact", has_text="11,224 人次")

    fact.click()

    assert lit(tab) == "培养的取证技能人员已有11224人次"
    assert tab.locator(".w.own").all_inner_texts() == ["11224人次"]
    tab.wait_for_function("""() => {
        const box = document.querySelector('.w.lit').getBoundingClientRect();
        return box.top > 50 && box.bottom < innerHeight;
    }""")
    tab.mouse.move(640, 4)
    assert lit(tab) != ""
    tab.keyboard.press("Escape")
    assert lit(tab) == ""


def test_hover_joins_both_ways(tab: Any, site: Path) -> None:
    """Hovering words lights their fact, hovering a fact its words."""
    tab.goto((site / "pages/page-000.html").as_uri())

    tab.locator(".w.num").first.hover()
    assert tab.locator(".fact.lit").count() == 1
    tab.locator(".fact").first.hover()
    assert lit(tab) != ""


@pytest.fixture(scope="module")
def pictured(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a page that was read from a scan of 1,000 x 800 pixels."""
    folder = tmp_path_factory.mktemp("pictured")
    put_record(make_scan(folder), folder / "summaries")
    write_report([folder / "summaries"], folder / "site")
    return (folder / "site/pages/scan.html").as_uri()


@pytest.mark.parametrize("width", [1280, 390])
def test_click_on_a_fact_frames_its_words_on_the_picture(tab: Any, pictured: str, width: int) -> None:
    """A click on a fact fills its frame, enlarges the picture and brings the frame into view; nothing overflows."""
    tab.set_viewport_size({"width": width, "height": 844})
    tab.goto(pictured)
    assert tab.locator(".picture image").is_visible()
    assert not tab.locator(".lines").is_visible()

    tab.locator(".fact", has_text="nearly 200").click()

    assert tab.locator(".frame.lit rect").evaluate("rect => [rect.x, rect.y].map(side => side.baseVal.value)") == [
        197,
        80,
    ]
    tab.wait_for_function("""() => {
        const frame = document.querySelector('.frame.lit').getBoundingClientRect();
        const view = document.querySelector('.picture').getBoundingClientRect();
        return frame.left >= view.left && frame.right <= view.right && frame.top >= 0 && frame.bottom <= innerHeight;
    }""")
    assert tab.locator(".picture svg").evaluate("svg => svg.getBoundingClientRect().width") == 1000
    assert tab.evaluate("document.documentElement.scrollWidth") == width


def test_click_on_a_frame_shows_its_fact(tab: Any, pictured: str) -> None:
    """A click on words of the picture lights their fact; the view is switched to the lines and kept so."""
    tab.goto(pictured)

    tab.locator(".frame:not(.soft)").last.click()
    fact = tab.locator(".fact.lit").get_attribute("id")
    tab.click("[data-show=lines]")
    words = tab.locator(".ln .w.lit").all_inner_texts()
    tab.reload()

    assert tab.locator(".frame:not(.soft)").last.get_attribute("href") == f"#{fact}"
    assert words
    assert tab.locator(".lines").is_visible()
    assert not tab.locator(".picture").is_visible()
    assert not tab.locator("#zoom").is_visible()


def test_keyboard_goes_from_fact_to_frame_and_back(tab: Any, pictured: str) -> None:
    """Enter on the line of a fact leads to its frame, Enter there back to the fact; frames are stops of Tab."""
    tab.goto(pictured)
    tab.locator(".picture").focus()
    tab.keyboard.press("Tab")
    assert "frame" in tab.evaluate("document.activeElement.getAttribute('class')")
    tab.locator(".fact", has_text="nearly 200").locator(".go").focus()

    tab.keyboard.press("Enter")
    on_frame = tab.evaluate("document.activeElement.getAttribute('aria-label')")
    tab.keyboard.press("Enter")

    assert on_frame == "参加夜校的职工人数"
    assert tab.evaluate("document.activeElement.className") == "go"


def test_keyboard_goes_from_fact_to_words_and_back(tab: Any, site: Path) -> None:
    """Enter on the line of a fact leads to its words, Enter there back to the fact."""
    tab.goto((site / "pages/page-000.html").as_uri())
    link = tab.locator(".fact .go[href]").nth(2)
    link.focus()

    tab.keyboard.press("Enter")
    on_words = tab.evaluate("document.activeElement.className")
    tab.keyboard.press("Enter")

    assert "lit" in on_words.split()
    assert tab.evaluate("document.activeElement.className") == "go"


def test_tab_begins_with_the_skip_link(tab: Any, site: Path) -> None:
    """The first stop of the keyboard leads past everything to the records."""
    for name, target in (("index.html", "#rows"), ("pages/page-001.html", "#records")):
        tab.goto((site / name).as_uri())

        tab.keyboard.press("Tab")

        assert tab.evaluate("document.activeElement.getAttribute('href')") == target


def walk(tab: Any, key: str, most: int) -> list[str]:
    """What the keyboard comes to: href, id or words of each stop, until it leaves the page or comes round."""
    seen: list[str] = []
    for _ in range(most):
        tab.keyboard.press(key)
        here = "(e => e === document.body ? '' : (e.getAttribute('href') || e.id || e.textContent).trim())"
        stop = tab.evaluate(f"{here}(document.activeElement)")
        if not stop or stop in seen:
            break
        seen.append(stop)
    return seen


@pytest.mark.parametrize(
    ("name", "most"), [("index.html", 30), ("pages/page-000.html", 12), ("pages/page-004.html", 12)]
)
def test_keyboard_has_one_stop_for_the_words_and_one_for_the_facts(tab: Any, site: Path, name: str, most: int) -> None:
    """Tab goes from group to group: header, filters, the page, the records; not through every word and fact."""
    tab.goto((site / name).as_uri())

    stops = walk(tab, "Tab", 100)

    assert len(stops) < most
    assert tab.locator("[tabindex='0']").count() <= most


@pytest.mark.parametrize("group", ["#sheet .w[id]", "#records a[href], #records summary"])
def test_arrows_go_through_a_group_and_every_stop_shows(tab: Any, site: Path, group: str) -> None:
    """Down and right go on, up and left back, Home and End to the ends; each stop has an outline and words."""
    tab.goto((site / "pages/page-000.html").as_uri())
    tab.keyboard.press("Tab")
    all_of_it = tab.locator(group).count()
    tab.evaluate(f"document.querySelector({group!r}).focus()")
    at = f"[...document.querySelectorAll({group!r})].indexOf(document.activeElement)"

    came = []
    for key in ("ArrowDown", "ArrowRight", "ArrowUp", "End", "ArrowDown", "ArrowLeft", "Home", "ArrowUp"):
        tab.keyboard.press(key)
        came.append(tab.evaluate(at))

    last = all_of_it - 1
    assert came == [1, 2, 1, last, last, last - 1, 0, 0]
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert tab.evaluate("document.activeElement.textContent.trim()")


def test_stop_of_the_list_is_never_filtered_out(tab: Any, site: Path) -> None:
    """After a search the keyboard comes to the first record that is left."""
    tab.goto((site / "index.html").as_uri())

    tab.locator("#q").fill("疗养院")

    stop = tab.locator("#rows a.title[tabindex='0']")
    assert stop.count() == 1
    assert stop.is_visible()


def test_dark_and_labels_are_switched_and_kept(tab: Any, site: Path) -> None:
    """The switches change colours and language of the labels, on this page and on the next."""
    tab.goto((site / "index.html").as_uri())
    light = tab.evaluate("getComputedStyle(document.body).backgroundColor")

    tab.click("#scheme")
    tab.click("#labels")
    tab.goto((site / "pages/page-003.html").as_uri())

    tab.wait_for_selector("html[lang=zh-Hans][data-scheme=dark]")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") != light
    assert tab.locator("nav a").first.inner_text() == "案例库"


def open_beside(tab: Any, address: str) -> Any:
    """Another page that shares the memory of the tab.

    Shape: to a page that asks for its memory early a busy Chromium may give one that is empty and stays so.
    """
    tab.evaluate("localStorage.shared = 'yes'")
    for pause_ms in (0, *[500] * 40):
        tab.wait_for_timeout(pause_ms)
        page = tab.context.new_page()
        page.goto(address)
        if page.evaluate("localStorage.shared"):
            return page
        page.close()
    raise AssertionError("no page shares the memory of the tab")


def test_pages_that_are_open_follow_the_switches(tab: Any, site: Path) -> None:
    """What is switched on one page of the report is switched on the others that are open."""
    tab.goto((site / "index.html").as_uri())
    other = open_beside(tab, (site / "pages/page-003.html").as_uri())

    tab.click("#scheme")
    tab.click("#labels")

    other.wait_for_selector("html[lang=zh-Hans][data-scheme=dark]")
    assert other.locator("nav a").first.inner_text() == "案例库"


def test_page_text_is_marked_as_chinese(tab: Any, site: Path) -> None:
    """A screen reader is told which words are Chinese, in either language of the labels."""
    tab.goto((site / "pages/page-000.html").as_uri())

    assert tab.evaluate("document.querySelector('.ln .tx').closest('[lang]').lang") == "zh-Hans"
    assert tab.evaluate("document.querySelector('.headline-en').lang") == "en"
    assert tab.evaluate("document.documentElement.lang") == "en"


def test_print_shows_everything_on_white(tab: Any, site: Path) -> None:
    """On paper the panes do not scroll, colours are light and the switches are gone."""
    tab.goto((site / "pages/page-000.html").as_uri())
    tab.click("#scheme")

    tab.emulate_media(media="print")

    assert not tab.locator(".switches").is_visible()
    assert tab.evaluate("getComputedStyle(document.querySelector('.records')).overflowY") == "visible"
    assert tab.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"


def test_hostile_record_shows_as_text(tab: Any, tmp_path: Path) -> None:
    """Scripts, pictures, `javascript:` and a megabyte in a record are words on the screen and nothing else."""
    folder = tmp_path / "summaries"
    shutil.copytree(ROOT / "summaries" / "page-002", folder / "page-002")
    path = sorted((folder / "page-002").glob("*.json"))[0]
    tree = json.loads(path.read_text(encoding="utf-8"))
    tree |= {"headline": HOSTILE, "kicker": "javascript:alert(1)", "article_id": '"><script>alert(1)</script>'}
    tree["case"] |= {"one_line": HOSTILE, "headline_en": HOSTILE, "summary": "工" * 1_000_000}
    tree["case"]["actors"][0]["name"] = HOSTILE
    path.write_text(json.dumps(tree), encoding="utf-8")
    write_report([folder], tmp_path / "site")

    tab.goto((tmp_path / "site/index.html").as_uri())
    tab.fill("#q", 'document.title="owned"')
    (headline,) = visible_titles(tab)
    tab.locator(".row:not([hidden]) .title").click()

    assert headline.startswith("</script><script>")
    assert headline.endswith("‹U+202E›gnp")
    assert tab.title() == "page-002"
    assert tab.locator("img, iframe, object").count() == 0
    assert tab.locator("a[href^='javascript']").count() == 0
    assert "996,000 more characters not shown" in " ".join(tab.locator(".record .summary").all_inner_texts())


def test_search_finds_words_of_the_article(tab: Any, tmp_path: Path) -> None:
    """Words that stand in the article alone are found, its punctuation too, and markup in it is text."""
    record, manifest = make_test_record(make_page(name="page-1.txt"), json.dumps(case_reply()))
    first, *others = record.text.sentences
    said = first.model_copy(update={"text": f"纺织园的师傅们说：“晚上也有人教。”{HOSTILE}"})
    store = Store(tmp_path / "summaries")
    store.put_page(manifest)
    store.put(record.model_copy(update={"text": record.text.model_copy(update={"sentences": (said, *others)})}))
    put_record(make_page(name="page-2.txt"), tmp_path / "summaries")
    write_report([tmp_path / "summaries"], tmp_path / "site")

    tab.goto((tmp_path / "site/index.html").as_uri())
    tab.fill("#q", "师傅们说：“晚上")
    assert len(visible_titles(tab)) == 1
    tab.fill("#q", 'document.title="owned"')
    assert len(visible_titles(tab)) == 1
    tab.fill("#q", "纺织园")
    assert len(visible_titles(tab)) == 2
    assert "\u202e" not in (tmp_path / "site/index.html").read_text(encoding="utf-8")


def test_index_of_many_records_is_light(tab: Any, tmp_path: Path) -> None:
    """Of a record the index takes fewer than 40 elements and 6 kB, so that a thousand of them open at once."""
    pages = sorted(path for path in (ROOT / "summaries").iterdir() if path.is_dir())
    records = [path for folder in pages for path in sorted(folder.glob("*.json"))]
    for number in range(120):
        source = records[number % len(records)]
        folder = tmp_path / "summaries" / f"p{number // 40:03}"
        folder.mkdir(parents=True, exist_ok=True)
        tree = json.loads(source.read_text(encoding="utf-8")) | {"page_id": folder.name, "article_id": f"a{number:08x}"}
        (folder / f"a{number:08x}.json").write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")
    write_report([tmp_path / "summaries"], tmp_path / "site")

    tab.goto((tmp_path / "site/index.html").as_uri())
    tab.fill("#q", "新疆")
    tab.wait_for_function("() => document.querySelector('#tally b').textContent !== '120'")

    assert 0 < len(visible_titles(tab)) < 120
    assert tab.evaluate("document.querySelectorAll('*').length") < 40 * 120
    assert (tmp_path / "site/index.html").stat().st_size < 6_000 * 120
