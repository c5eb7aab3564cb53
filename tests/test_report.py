"""The report shows records beside their pages, and nothing in a record can do more than be shown."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import ROOT

from summariser.cli.records import report
from summariser.disk.stored import MANY_PAGES, find, load_manifest, load_record, load_records
from summariser.errors import InputError, StoreError
from summariser.readers.dispatch import read_page
from summariser.report.site import (
    PageView,
    Row,
    make_filters,
    make_page_view,
    make_plots,
    make_row,
    plan_pages,
    sort_rows,
    write_report,
)
from summariser.report.views import (
    LONGEST,
    NO_PROVINCE,
    Changes,
    change_words,
    labels,
    province,
    view_record,
    visible_text,
)
from summariser.reviewing.differences import Difference, DifferenceKind, explain
from summariser.schema.case import Approximation, Evidence, Quantity, Rule, UnitClass, format_quantity
from summariser.schema.page import format_lines

HOSTILE = '</script><script>alert(1)</script><img src=x onerror=alert(1)>\u202egnp.exe\u202c " onmouseover="alert(1)'

FAILURE = {
    "$schema": "schemas/failure/1.json",
    "article_id": "a0000000a",
    "page_id": "page-002",
    "headline": None,
    "lines": [[1, 2]],
    "reason": "invalid_reply",
    "message": "no usable reply",
    "prompt": "case_study@1",
    "model": "m",
    "attempts": [],
}


@pytest.fixture(scope="session")
def sheets() -> list[PageView]:
    """The seeds' records as sheets."""
    return sheets_of(ROOT / "summaries")


@pytest.fixture(scope="session")
def rows(sheets: list[PageView]) -> list[Row]:
    """The seeds' records as rows of the index."""
    return [make_row(view, "x") for sheet in sheets for view in sheet.views]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The files of the seeds' site, by name."""
    out = tmp_path_factory.mktemp("report")
    write_report([ROOT / "summaries"], out)
    return {path.relative_to(out).as_posix(): path.read_text(encoding="utf-8") for path in out.rglob("*.html")}


def sheets_of(path: Path) -> list[PageView]:
    """The records at a place as sheets."""
    return [make_page_view(plan) for plan in plan_pages([path])[0]]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A copy of one seed page with its records, to be spoilt; the working folder stands above both."""
    for name in ("page-002", "page-002.page.json"):
        copy = shutil.copytree if (ROOT / "summaries" / name).is_dir() else shutil.copy
        (tmp_path / "summaries").mkdir(exist_ok=True)
        copy(ROOT / "summaries" / name, tmp_path / "summaries" / name)
    (tmp_path / "seeds").mkdir()
    shutil.copy(ROOT / "seeds" / "page-002.txt", tmp_path / "seeds" / "page-002.txt")
    return tmp_path / "summaries"


def spoil(base: Path, **changes: Any) -> Path:
    """Change fields of the case of the first record below `base`; `record__NAME` changes the record itself."""
    path = sorted((base / "page-002").glob("*.json"))[0]
    tree = json.loads(path.read_text(encoding="utf-8"))
    for name, value in changes.items():
        target = tree if name.startswith("record__") else tree["case"]
        target[name.removeprefix("record__")] = value
    path.write_text(json.dumps(tree), encoding="utf-8")
    return path


class _Tags(HTMLParser):
    """All tags of a document with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Remember text."""
        self.text += data


def quantity(value: str | None, *, low: str | None = None, high: str | None = None, per: str | None = None) -> Quantity:
    """A quantity of money."""
    return Quantity(
        raw="x",
        value=Decimal(value) if value else None,
        min=Decimal(low) if low else None,
        max=Decimal(high) if high else None,
        unit="元",
        unit_class=UnitClass.MONEY,
        per=per,
        approx=Approximation.EXACT,
        start=0,
        end=1,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("职工 Ａ１、“好”——é", "职工 Ａ１、“好”——é"),
        ("a\u202eb", "a‹U+202E›b"),
        ("零\u200b宽", "零‹U+200B›宽"),
        ("\x1b[2J", "‹U+001B›[2J"),
        ("\ud800", "‹U+D800›"),
        ("a\u2028b\ufeff", "a‹U+2028›b‹U+FEFF›"),
        ("a\tb\nc", "a\tb\nc"),
    ],
    ids=["common", "bidi", "zero width", "escape", "surrogate", "line separator", "white space"],
)
def test_hidden_characters_are_shown(text: str, expected: str) -> None:
    """What a reader would not see stands there by name."""
    assert visible_text(text) == expected


def test_endless_text_is_cut_and_says_so() -> None:
    """Of a text of a megabyte the beginning is shown, and how much is missing."""
    cut = visible_text("工" * 1_000_000)

    assert len(cut) < LONGEST + 60
    assert cut.endswith("[996,000 more characters not shown]")


def test_every_rule_has_a_chinese_name() -> None:
    """The name of a rule stands before what a finding says, for those who read Chinese; no two rules share one."""
    known = labels("rule")

    assert {rule.value for rule in Rule} == set(known)
    assert len({each.zh for each in known.values()}) == len(known)
    assert not [each for each in known.values() if each.zh.isascii()]


def test_finding_has_the_name_of_its_rule(base: Path, tmp_path: Path) -> None:
    """A finding of a fact and one of a record have it; a rule that nobody named has none."""
    path = spoil(base)
    tree = json.loads(path.read_text(encoding="utf-8"))
    rules = ("number_not_in_article", "length", "from_elsewhere")
    for rule, place in zip(rules, ("results[0].text", "summary", "one_line"), strict=True):
        finding = {"path": place, "rule": rule, "message": f"about {rule}", "severity": "notice"}
        tree["findings"].append(finding)
    path.write_text(json.dumps(tree), encoding="utf-8")

    write_report([base], tmp_path / "site")

    html = "".join(each.read_text(encoding="utf-8") for each in (tmp_path / "site").rglob("*.html"))
    assert '<b class="zh" lang="zh-Hans">原文没有这个数字：</b>about number_not_in_article' in html
    assert '<b class="zh" lang="zh-Hans">篇幅不合要求：</b>about length' in html
    assert ">about from_elsewhere" in html


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (quantity("30000000"), "30,000,000 元"),
        (quantity("3.50"), "3.5 元"),
        (quantity("200", per="月"), "200 元/月"),
        (quantity(None, low="10", high="19"), "10–19 元"),
        (quantity(None, low="10"), "10–… 元"),
        (quantity(None), "? 元"),
        (quantity("1E+999999"), "1E+999999 元"),
    ],
    ids=["thousands", "zeros", "per", "range", "open range", "nothing", "beyond measure"],
)
def test_number_is_said_as_code_read_it(given: Quantity, expected: str) -> None:
    """A quantity is told with its unit, its bounds and no useless zeros."""
    assert format_quantity(given) == expected


def test_doubtful_facts_come_first(base: Path) -> None:
    """Unsupported facts stand before doubtful ones, those before sound ones, whatever their place in the record."""
    path = sorted((base / "page-002").glob("*.json"))[0]
    tree = json.loads(path.read_text(encoding="utf-8"))
    tree["case"]["results"][-1]["support"] = "none"
    tree["case"]["results"][-2]["evidence"]["match"] = "fuzzy"
    path.write_text(json.dumps(tree), encoding="utf-8")

    view = view_record(load_record(path), number=1, tag="A1", tint=0)

    assert [fact.grade for fact in view.facts[:3]] == ["unsupported", "fuzzy", "sound"]
    assert len(view.facts) == len(load_record(path).case.facts())


def test_every_province_has_two_labels(sheets: list[PageView]) -> None:
    """A place with a code has the province of its code; a made-up code has none."""
    places = [record.case.place for record in load_records(ROOT / "summaries") if record.case.place]

    labels = {province(place) for place in places if place.code}

    assert {("370000", "山东", "Shandong"), ("650000", "新疆", "Xinjiang")} <= labels
    assert province(places[0].model_copy(update={"code": "../../x"})) == NO_PROVINCE


def test_lines_of_the_page_are_whole(sheets: list[PageView]) -> None:
    """The pieces of a line are the line, as the file has it."""
    for sheet in sheets:
        page = read_page(ROOT / sheet.source)

        assert ["".join(part.text for part in line.segments) for line in sheet.lines] == list(page.lines)


def test_every_line_is_in_an_article_or_noise(sheets: list[PageView]) -> None:
    """No line with text is left without an article's label or the noise mark, and none has both."""
    lines = [line for sheet in sheets for line in sheet.lines if not line.is_blank]

    assert all((line.tag is not None) != line.is_noise for line in lines)
    assert any(line.is_noise for line in lines)


def test_label_stands_where_an_article_begins_or_goes_on(sheets: list[PageView]) -> None:
    """The label of an article is repeated where other lines came between, and blank lines are no such lines."""
    for sheet in sheets:
        tags = [line.tag for line in sheet.lines if not line.is_blank]
        changes = [tag for tag, before in zip(tags, [None, *tags], strict=False) if tag and tag != before]

        assert [line.tag for line in sheet.lines if line.is_first] == changes


def test_words_of_a_fact_are_those_of_its_evidence(sheets: list[PageView]) -> None:
    """What is underlined for a fact is its quote and its numbers, joints between lines left out."""
    checked = 0
    for sheet in sheets:
        for fact in (fact for view in sheet.views for fact in view.facts if fact.evidence.quote):
            parts = [part.text for line in sheet.lines for part in line.segments if fact.fact_id in part.facts]
            ordered = fact.evidence.lines == tuple(sorted(fact.evidence.lines))
            if ordered:
                assert "".join(parts) == re.sub(r"\n", "", _words_and_numbers(fact.evidence))
                checked += 1
    assert checked > 400


def _words_and_numbers(evidence: Evidence) -> str:
    """The quote of a fact, and the words of its numbers that stand outside it, in the order of the article."""
    numbers = [(each.start, each.quote) for each in evidence.spans if each.of in {"value", "before"}]
    told = [(evidence.start or 0, evidence.quote or ""), *numbers]
    characters = {start + at: character for start, words in told for at, character in enumerate(words)}
    return "".join(characters[at] for at in sorted(characters))


def test_number_of_a_result_is_marked_within_its_words(sheets: list[PageView]) -> None:
    """The words that carry the number stand out from the rest of the quote."""
    marked = [
        (said, "".join(p.text for line in sheet.lines for p in line.segments if fact.fact_id in p.numbers))
        for sheet in sheets
        for view in sheet.views
        for fact in view.facts
        if (said := getattr(fact.fact, "value_text", None))
    ]

    assert sum(said == printed for said, printed in marked) > 0.9 * len(marked)


def test_words_that_the_page_does_not_have_there_mark_nothing(base: Path) -> None:
    """An offset that points elsewhere, or nowhere, underlines no words of the page."""
    path = sorted((base / "page-002").glob("*.json"))[0]
    tree = json.loads(path.read_text(encoding="utf-8"))
    for result, place in zip(
        tree["case"]["results"], ({"start": 0, "end": 3}, {"start": -9, "end": 10**9}), strict=False
    ):
        result["evidence"] |= place | {"spans": [each | place for each in result["evidence"].get("spans", [])]}
    path.write_text(json.dumps(tree), encoding="utf-8")

    (sheet,) = sheets_of(path)
    facts = load_record(path).case.facts()
    lost = {f"{path.stem}-{i}" for i, fact in enumerate(facts) if fact[0] in {"results[0]", "results[1]"}}

    assert len(lost) == 2
    assert lost.isdisjoint(fact for line in sheet.lines for part in line.segments for fact in part.facts)


@pytest.mark.parametrize("damage", ["page gone", "page changed", "manifest gone", "beyond page", "other folder"])
def test_record_is_shown_without_its_page(base: Path, damage: str) -> None:
    """Where the page cannot be had as it was, the records are shown all the same, and the reason."""
    page, manifest = base.parent / "seeds/page-002.txt", base / "page-002.page.json"
    if damage == "page gone":
        page.unlink()
    elif damage == "page changed":
        page.write_text("另一个版面。\n" * 400, encoding="utf-8")
    elif damage == "manifest gone":
        manifest.unlink()
    elif damage == "beyond page":
        manifest.write_text(
            re.sub(r'"noise": \[', '"noise": [[9999, 999999999], ', manifest.read_text(encoding="utf-8"))
        )
    else:
        (base / "page-002").rename(base / "elsewhere")

    summary = write_report([base], base.parent / "site")

    html = (base.parent / "site/pages/page-002.html").read_text(encoding="utf-8")
    assert summary.pageless == 1
    assert "The page is not shown." in html
    assert html.count('class="record ') == summary.records == len(list(find([base])))


def test_article_without_record_is_named(base: Path) -> None:
    """An article of the page whose record is missing keeps its place and says that there is none."""
    gone = sorted((base / "page-002").glob("*.json"))[0]
    gone.unlink()

    (sheet,) = sheets_of(base)

    assert [lost.article.article_id for lost in sheet.unrecorded] == [gone.stem]


def test_failed_article_is_told_first_with_lines_and_reason(base: Path) -> None:
    """What failed stands in the index and in its page, with its page lines and what went wrong."""
    gone = next(find([base]))
    record = load_record(gone)
    failure = {**FAILURE, "article_id": gone.stem, "headline": record.headline, "lines": record.lines}
    failure["message"] = f"no usable reply {HOSTILE}"
    gone.with_name(f"{gone.stem}.failure.json").write_text(json.dumps(failure), encoding="utf-8")
    gone.unlink()

    summary = write_report([base], base.parent / "site")

    assert summary.failed == 1
    for name, begins in (("index.html", 'class="rows"'), ("pages/page-002.html", 'class="summary"')):
        html = (base.parent / "site" / name).read_text(encoding="utf-8")
        assert html.index("no usable reply") < html.index(begins)
        assert format_lines(record.lines) in html
        assert HOSTILE not in html


def test_rows_begin_with_what_needs_a_person(rows: list[Row]) -> None:
    """Records that need review come first, then those with doubtful facts."""
    urgency = [(row.awaits_review, row.unsupported, row.fuzzy) for row in sort_rows(rows)]

    assert urgency == sorted(urgency, reverse=True)
    assert urgency[0][0]


def test_filters_and_plots_count_every_record(sheets: list[PageView], rows: list[Row]) -> None:
    """The choices of each filter add up to all records, and so does what a plot counts."""
    assert {sum(total for _, total in each.choices) for each in make_filters(rows)} == {len(rows)}
    themes, provinces, results, states = (sum(total for _, total in plot.counts) for plot in make_plots(rows))
    assert themes == provinces == states == len(rows)
    assert results == sum(len(view.record.case.results) for sheet in sheets for view in sheet.views)


def test_report_is_the_same_bytes_twice(base: Path, tmp_path: Path) -> None:
    """The same records give the same site, byte for byte."""
    for name in ("one", "two"):
        write_report([base], tmp_path / name)

    one, two = ({p.name: p.read_bytes() for p in (tmp_path / name).rglob("*.html")} for name in ("one", "two"))
    assert one == two
    assert set(one) == {"index.html", "page-002.html"}


def test_pages_written_by_processes_are_those_that_one_writes(base: Path, tmp_path: Path) -> None:
    """Shared out among processes, many pages of several folders give the same site and the same summary."""
    for number in range(MANY_PAGES - 1):
        (base / f"page-1{number:03}").mkdir()
    (base / "page-1000" / "zz.json").write_text('{"page_id": "page-1000"}', encoding="utf-8")
    for number in range(MANY_PAGES - 1):
        failure = {**FAILURE, "page_id": f"page-1{number:03}"}
        path = base / f"page-1{number:03}" / "a0000000a.failure.json"
        path.write_text(json.dumps(failure), encoding="utf-8")

    one, two = (write_report([base], tmp_path / f"{number}", processes=number) for number in (1, 2))

    assert one._replace(index_path=two.index_path, unreadable=()) == two._replace(unreadable=())
    assert [str(each) for each in one.unreadable] == [str(each) for each in two.unreadable]
    assert one.failed == MANY_PAGES - 1
    sites = ({path.name: path.read_bytes() for path in (tmp_path / name).rglob("*.html")} for name in "12")
    assert next(sites) == next(sites)


def test_page_of_broken_records_is_shown_without_them(base: Path, tmp_path: Path) -> None:
    """Where no record of a page can be read, the page has its articles all the same, and the index the files."""
    for path in (base / "page-002").glob("*.json"):
        path.write_text('{"page_id": "page-002"}', encoding="utf-8")

    summary = write_report([base], tmp_path / "site")

    html = (tmp_path / "site/pages/page-002.html").read_text(encoding="utf-8")
    manifest = load_manifest(base / "page-002.page.json")
    assert html.count('class="record unrecorded') == len(manifest.articles) == len(summary.unreadable)


def test_policy_names_the_style_and_the_script_by_hash(site: dict[str, str]) -> None:
    """A page allows its own style and its own script, nothing else, and brings no style of an element."""
    for name, html in site.items():
        policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
        blocks = re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", html, re.DOTALL)
        hashes = [base64.b64encode(hashlib.sha256(block.encode()).digest()).decode() for block in blocks]

        assert policy, name
        assert policy[1] == (
            f"default-src 'none'; img-src data:; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
            "base-uri 'none'; form-action 'none'"
        )
        assert "style" not in {attribute for _, attributes in _Tags(html).tags for attribute in attributes}


def test_site_links_only_to_itself(site: dict[str, str]) -> None:
    """No address of the site leads out of it, and every link within a page finds what it names."""
    for name, html in site.items():
        tags = _Tags(html).tags
        ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
        links = [attributes["href"] or "" for tag, attributes in tags if tag == "a" and "href" in attributes]

        assert not [key for _, attributes in tags for key in attributes if key in {"src", "action", "srcset"}], name
        assert all(re.fullmatch(r"#.+|(\.\./index|(pages/)?page-\d{3})\.html(#\w+(-\d+)?)?", link) for link in links)
        assert len(ids) == len(set(ids))
        assert {link[1:] for link in links if link[0] == "#" and link[1:3] != "w-"} <= set(ids)


def test_hostile_record_is_only_text(base: Path, tmp_path: Path) -> None:
    """Markup, scripts, addresses and bidi marks in a record are shown, not obeyed; a megabyte is cut."""
    spoil(
        base,
        record__headline=HOSTILE,
        record__article_id='x" onclick="alert(1)',
        record__bylines=["javascript:alert(1)"],
        record__review={"state": "accepted", "by": HOSTILE, "note": "javascript:alert(1)"},
        one_line=HOSTILE * 20_000,
        summary=HOSTILE,
        headline_en=HOSTILE,
        summary_en="A" * 1_000_000,
    )

    write_report([base], tmp_path / "site")

    for path in (tmp_path / "site").rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        found = _Tags(html)
        assert [tag for tag, _ in found.tags].count("script") == 1
        assert "img" not in {tag for tag, _ in found.tags}
        assert not [key for _, attributes in found.tags for key in attributes if key.startswith("on")]
        assert not [a["href"] for _, a in found.tags if (a.get("href") or "").startswith("javascript")]
        assert "<script>alert(1)</script>" in found.text
        assert "‹U+202E›" in found.text
        assert "\u202e" not in html
        assert len(html) < 600_000


def test_page_id_leads_nowhere_else(base: Path, tmp_path: Path) -> None:
    """A page id made to leave the folder gives a harmless file name."""
    spoil(base, record__page_id="../../../etc/x")

    write_report([base], tmp_path / "site")

    names = sorted(path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*.html"))
    assert [name for name in names if not re.fullmatch(r"pages/page-[0-9a-f]{12}\.html", name)] == [
        "index.html",
        "pages/page-002.html",
    ]
    assert len(names) == 3


def test_broken_record_is_named_and_the_rest_shown(base: Path, tmp_path: Path) -> None:
    """A file that is no record stands in the index with what is wrong; the others are shown."""
    (base / "page-002" / "zz.json").write_text("{", encoding="utf-8")

    summary = write_report([base], tmp_path / "site")

    assert [error.path.name for error in summary.unreadable] == ["zz.json"]
    assert "zz.json" in (tmp_path / "site/index.html").read_text(encoding="utf-8")


def test_no_record_is_an_error(tmp_path: Path) -> None:
    """Without a readable record nothing is written; the error names where there is none, or the file that is none."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "a0000000a.json").write_text("{", encoding="utf-8")

    with pytest.raises(InputError) as empty:
        write_report([tmp_path / "empty"], tmp_path / "site")
    with pytest.raises(StoreError) as torn:
        write_report([tmp_path / "torn"], tmp_path / "site")

    assert (empty.value.path, torn.value.path) == (tmp_path / "empty", tmp_path / "torn" / "a0000000a.json")
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize(("gone", "code"), [(False, 0), (True, 1)], ids=["all shown", "page gone"])
def test_verb_says_where_the_site_is(base: Path, gone: bool, code: int) -> None:
    """The verb prints the index on stdout and returns 1 where a page could not be shown."""
    if gone:
        (base.parent / "seeds/page-002.txt").unlink()

    done = CliRunner().invoke(report, [str(base), "-o", "site"], standalone_mode=False)

    assert done.return_value == code
    assert done.stdout == "site/index.html\n"


def test_manifests_of_the_seeds_fit(sheets: list[PageView]) -> None:
    """Every seed page is shown with all articles of its manifest."""
    for sheet in sheets:
        manifest = load_manifest(ROOT / "summaries" / f"{sheet.plan.page_id}.page.json")

        assert sheet.missing is None
        assert len(sheet.views) + len(sheet.unrecorded) == len(manifest.articles)


def git(*words: str) -> None:
    """Run git in the working folder."""
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "core.autocrlf=false"]
    subprocess.run(["git", *who, *words], check=True, capture_output=True)


@pytest.fixture
def committed(base: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The records of one seed page, committed."""
    monkeypatch.chdir(base.parent)
    git("init", "-q")
    git("add", "summaries")
    git("commit", "-q", "-m", "x")
    return base


def edit_number(base: Path) -> Path:
    """Write another number into the first record that has one."""
    for path in sorted((base / "page-002").glob("*.json")):
        tree = json.loads(path.read_text(encoding="utf-8"))
        counted = [each["quantity"] for each in tree["case"]["results"] if (each["quantity"] or {}).get("value")]
        if counted:
            counted[0]["value"] = "987654"
            path.write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")
            return path
    raise AssertionError("no record has a number")


def block(html: str, article_id: str) -> str:
    """The HTML of one record of a page."""
    return html.split(f'id="{article_id}"', 1)[1].split("</article>", 1)[0]


def test_changes_stand_with_their_record_and_are_only_text(base: Path, tmp_path: Path) -> None:
    """A change has its name, old and new words and path at the record it is of; hostile ones are shown, not obeyed."""
    first, second = (path.stem for path in sorted((base / "page-002").glob("*.json"))[:2])
    numbers = {"old_value": Decimal(1), "new_value": Decimal(6), "unit": HOSTILE}
    made = Difference(
        kind=DifferenceKind.NUMBER_CHANGED,
        page_id="page-002",
        article_id=first,
        path=f"case.{HOSTILE}",
        old=f"old {HOSTILE}",
        new=f"new {HOSTILE}",
        **numbers,
    )
    gone = Difference(
        kind=DifferenceKind.ARTICLE_REMOVED, page_id=HOSTILE, article_id=HOSTILE, path="article_id", old=HOSTILE
    )
    changes = Changes(HOSTILE, {("page-002", first): (made,), (HOSTILE, HOSTILE): (gone,)})

    write_report([base], tmp_path / "site", changes=changes)

    index, page = (
        (tmp_path / "site" / name).read_text(encoding="utf-8") for name in ("index.html", "pages/page-002.html")
    )
    for html in (index, page):
        found = _Tags(html)
        assert [tag for tag, _ in found.tags].count("script") == 1
        assert "img" not in {tag for tag, _ in found.tags}
        assert not [key for _, attributes in found.tags for key in attributes if key.startswith("on")]
        assert "\u202e" not in html
    told = _Tags(block(page, first)).text
    assert "number changed" in told
    assert f"old {visible_text(HOSTILE)}" in told
    assert f"+5 {visible_text(HOSTILE)}" in told
    assert [tag for tag, _ in _Tags(block(page, first)).tags if tag in {"del", "ins"}] == ["del", "ins"]
    assert 'class="changes"' not in block(page, second)
    assert index.count('data-changed="yes"') == 1
    assert f"article removed {visible_text(HOSTILE)}" in " ".join(_Tags(index).text.split())


def test_policy_allows_what_a_comparison_adds(base: Path, tmp_path: Path) -> None:
    """Style and script of a compared site are those that its policy names."""
    write_report([base], tmp_path / "site", changes=Changes("HEAD", {}))

    html = (tmp_path / "site/index.html").read_text(encoding="utf-8")

    for inline in re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", html, re.DOTALL):
        assert base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode() in html
    assert '"decision", "changed"];' in html
    assert "no record changed" in html


def test_without_comparison_nothing_of_it_is_there(site: dict[str, str]) -> None:
    """A site that is compared with nothing has the plain style, the plain filters, and no word of changes."""
    plain_style = re.sub("(?m)^ +", "", (ROOT / "summariser/templates/report.css").read_text("utf-8"))

    for html in site.values():
        assert re.findall(r"<style>(.*?)</style>", html, re.DOTALL) == [plain_style]
        assert 'const names = ["needs", "state", "theme", "province", "level", "kind", "decision"];' in html
        attributes = [pair for _, found in _Tags(html).tags for pair in found.items()]
        assert not {("class", "since"), ("class", "changes"), ("name", "changed")} & set(attributes)
        assert "data-changed" not in {name for name, _ in attributes}


def test_every_kind_of_change_has_two_labels() -> None:
    """The site names changes as the comparison does, and has a Chinese name for each."""
    known = labels("change")

    assert {kind.value: kind.label for kind in DifferenceKind} == {code: each.en for code, each in known.items()}
    assert all(each.zh and not each.zh.isascii() for each in known.values())


def test_verb_shows_what_changed_since_a_commit(committed: Path) -> None:
    """`--against HEAD` marks the record whose number was edited and names the one that was removed."""
    changed = edit_number(committed)
    gone = next(path for path in sorted((committed / "page-002").glob("*.json")) if path != changed)
    gone.unlink()

    done = CliRunner().invoke(report, ["-o", "site", "--against", "HEAD"], standalone_mode=False)

    index, page = (Path("site", name).read_text(encoding="utf-8") for name in ("index.html", "pages/page-002.html"))
    told = _Tags(block(page, changed.stem))
    assert done.return_value == 0
    assert "number changed" in told.text
    assert "987,654" in told.text
    assert ".quantity.value" in told.text
    assert page.count('class="changes"') == index.count('data-changed="yes"') == 1
    assert f"page-002/{gone.stem}" in _Tags(index).text
    assert "article removed" in _Tags(index).text
    assert "Changed since HEAD" in index


def test_findings_and_failures_that_came_or_went_are_said_in_chinese() -> None:
    """What the comparison tells of them has the words of the table, in both languages; all else is as it is."""
    record = load_record(min((ROOT / "summaries/page-002").glob("*.json")))
    long = Rule.LENGTH.at("summary", "The summary has 200 characters; 80 to 150 are asked for.")
    (came,) = explain([record], [record.model_copy(update={"findings": (*record.findings, long)})])
    failure = "empty: the reply is empty (finish reason stop)."
    failed = Difference(kind=DifferenceKind.FAILURE_APPEARED, page_id="p", article_id="a", path="$", new=failure)

    assert came.new == long.message
    assert "rule" not in came.model_dump(mode="json")
    assert change_words(came, long.message) == (f"<i>摘要有 200 字；要求 80 至 150 字。</i><u>{long.message}</u>")
    assert change_words(failed, failure).startswith("<i>回答为空：回答为空（结束原因 stop）</i>")
    assert change_words(failed.model_copy(update={"kind": DifferenceKind.REWORDED}), failure) == failure


@pytest.mark.parametrize("since", ["HEAD..HEAD", "HEAD...HEAD", "summaries", "no-such-branch", "", "--all"])
def test_comparison_needs_one_revision(committed: Path, since: str) -> None:
    """What is no single revision is refused, and nothing is written."""
    with pytest.raises(InputError):
        CliRunner().invoke(report, ["-o", "site", f"--against={since}"], standalone_mode=False, catch_exceptions=False)

    assert not Path("site").exists()


def test_reading_of_a_number_looks_like_no_change(site: dict[str, str]) -> None:
    """The printed words equal the number that is read from them; the arrow stands for a change alone."""
    numbers = re.findall(r'<p class="number">(.*?)</p>', site["pages/page-004.html"])

    read = [re.sub("<[^>]*>", "", each) for each in numbers]
    assert "642单 = 642 单" in read
    assert not [each for each in read if "→" in each]
