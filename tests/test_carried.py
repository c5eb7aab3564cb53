"""A record that a person worked on goes along with its article when the page around it changes."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from browsing import request
from fake_client import FakeClient
from making import LINES, case_text, make_parts, make_plan, make_scan

from summariser.disk.ledger import Ledger, open_ledger
from summariser.disk.record_text import dump_json, is_edited, seal
from summariser.disk.store import MovedLinesWarning, Put, Store, change_files
from summariser.disk.stored import PageFolder, load_manifest, load_record
from summariser.pipeline import ArticleOutcome, Progress, Resources, run_pages
from summariser.readers.dispatch import read_page
from summariser.records.make import check_records
from summariser.report.site import write_report
from summariser.reviewing.amend import amend, remove_fact
from summariser.reviewing.corrections import find_corrections
from summariser.reviewing.decisions import NO_CASE, accept
from summariser.reviewing.lines import merge_articles, move_lines, split_at
from summariser.reviewing.rearrange import rearrange
from summariser.schema.page import Article, Page
from summariser.schema.record import CorrectionReason, Practice, Record
from summariser.workbench.app import create_app
from summariser.workbench.project_state import ReviewStore
from summariser.workbench.web import REVIEWER_COOKIE, Project, version_of

OUT, PAGE = Path("summaries"), Path("two.txt")
ADVERT = ("招租",)
OTHER = ("北湾市总工会为快递员送清凉", "本报讯（记者李小麦）北湾市总工会日前为300名快递员送去清凉包。")
WHO = {"by": "王梅", "date": "2026-11-29"}
ODD = ("夜校有职工12名万参加，共投入5千元余。",)  # a number that looks misread
Parts = Sequence[Sequence[str]]


@pytest.fixture
def ledger() -> Ledger:
    """A ledger in memory."""
    with open_ledger(None) as opened:
        yield opened


def run(
    ledger: Ledger, *parts: Sequence[str], reply: str = "", client: FakeClient | None = None, **changes: Any
) -> list[ArticleOutcome]:
    """A run over a page of these parts: each is an article under its first line, or noise where it is one line."""
    lines, articles, noise = list[str](), [], []
    for part in parts:
        lines += part
        first, last = len(lines) - len(part) + 1, len(lines)
        own = {"headline_lines": [first], "lines": [[first, last]]}
        if len(part) == 1:
            noise.append([first, last])
        else:
            articles.append({"kind": "brief", "kicker_lines": [], "subhead_lines": []} | own)
    split = json.dumps({"articles": articles, "noise": noise})
    PAGE.write_text("\n".join(lines), encoding="utf-8")
    client = client or FakeClient(lambda asked: split if asked.purpose == "split" else reply or case_text())
    return run_on(ledger, read_page(PAGE), client=client, repairs=0, **changes)


def run_on(ledger: Ledger, *pages: Page, client: FakeClient | None = None, **changes: Any) -> list[ArticleOutcome]:
    """A run over pages as they are."""
    client = client or FakeClient(lambda _: case_text())
    resources = Resources(client, Store(OUT), ledger, None)
    outcome = asyncio.run(run_pages(pages, resources, make_plan(ledger, **changes), Progress()))
    assert outcome.error is None
    return [article for page in outcome.pages for article in page.articles]


def found(path: Path) -> list[str]:
    """The rules of what a check of a record finds."""
    return [finding.rule for check in check_records([path]) for finding in check.findings]


def path_of(record: Record) -> Path:
    """Where a record stands."""
    return OUT / record.page_id / f"{record.article_id}.json"


def keep(change: Callable[[Record, Article], Record], record: Record) -> Record:
    """A stored record as a person changed it."""
    article = PageFolder(path_of(record).parent).article(record)
    assert isinstance(article, Article)
    changed = change(record, article)
    path_of(record).write_text(dump_json(changed), encoding="utf-8")
    return changed


def corrected(record: Record, article: Article) -> Record:
    """A record with a changed field, a fact that was taken out, and a decision."""
    given = {"reason": CorrectionReason.WRONG, **WHO}
    done = amend(record, article, "one_line", "夜校近200名职工参加。", **given).record
    return accept(remove_fact(done, article, "people[0]", **given).record, by="王梅")


def by_hand(record: Record, _article: Article) -> Record:
    """A record whose summary somebody changed in an editor."""
    case = record.case.model_copy(update={"summary": record.case.summary.replace("职工下班", "大家下班")})
    return record.model_copy(update={"case": case})


def both(record: Record, article: Article) -> Record:
    """A record that was corrected, and changed in an editor."""
    return by_hand(corrected(record, article), article)


WORK = {
    "decided": (lambda record, _: accept(record, by="王梅"), []),
    "corrected": (corrected, ["corrected"]),
    "edited by hand": (by_hand, ["edited"]),
    "corrected and edited by hand": (both, ["edited"]),
}
MOVED = {
    "lines above are gone": (LINES, OTHER),
    "lines came in above": (ADVERT, ("招聘",), LINES, OTHER),
    "the other article changed": (ADVERT, LINES, (*OTHER[:1], OTHER[1].replace("300", "310"))),
    "the other article is gone": (ADVERT, LINES),
}


@pytest.mark.parametrize("now", MOVED.values(), ids=MOVED)
@pytest.mark.parametrize(("work", "told"), WORK.values(), ids=WORK)
def test_record_goes_along_with_an_article_that_reads_the_same(
    ledger: Ledger, work: Callable[[Record, Article], Record], told: list[str], now: Parts
) -> None:
    """The next run gives it the lines of the page as it is, and changes nothing else; the check is content."""
    first = run(ledger, ADVERT, LINES, OTHER)[0].record
    assert first is not None
    was = keep(work, first)
    assert found(path_of(was)) == told

    done = run(ledger, *now)[0]

    stands = load_record(path_of(was))
    assert (done.put, done.record) == (Put.CARRIED, stands)
    assert found(path_of(was)) == told
    assert (stands.review, stands.corrections, stands.practice) == (was.review, was.corrections, was.practice)
    assert said(stands) == said(was)
    assert stands.lines == done.article.lines
    assert is_edited(stands) is is_edited(was)
    before = path_of(was).read_bytes()
    run(ledger, *now)
    assert path_of(was).read_bytes() == before


def said(record: Record) -> dict[str, Any]:
    """What a case says, without the lines of its page."""
    tree = record.model_dump()["case"]

    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: without(each) for key, each in value.items() if key not in ("lines", "boxes")}
        return [without(each) for each in value] if isinstance(value, list | tuple) else value

    return without(tree)


def test_edit_beside_corrections_is_listed_still(ledger: Ledger) -> None:
    """Of a record that was carried over, what was edited by hand is no correction, and is not forgotten."""
    first = run(ledger, ADVERT, LINES)[0].record
    assert first is not None
    was = keep(both, first)

    run(ledger, LINES)

    paths = {each.path for each in find_corrections([path_of(was)], ledger=ledger)}
    assert {"one_line", "people[0]"} < paths


@pytest.mark.parametrize(("work", "told"), WORK.values(), ids=WORK)
def test_another_answer_changes_nothing_of_it(
    ledger: Ledger, work: Callable[[Record, Article], Record], told: list[str]
) -> None:
    """A run whose model says otherwise carries it over as well; what was edited by hand is told still."""
    first = run(ledger, ADVERT, LINES)[0].record
    assert first is not None
    was = keep(work, first)

    done = run(ledger, LINES, reply=case_text(time=None), known_from=None)[0]

    assert (done.put, found(path_of(was))) == (Put.CARRIED, told)
    assert load_record(path_of(was)).case.time is not None
    assert done.unkept is not None
    assert done.unkept.case.time is None


def test_edit_beside_corrections_is_told_after_every_move(ledger: Ledger) -> None:
    """However often the page changes, with other answers: the check tells of it as long as it stands."""
    first = run(ledger, ADVERT, LINES)[0].record
    assert first is not None
    was = keep(both, first)

    for number, now in enumerate(((LINES,), (ADVERT, OTHER, LINES), (ADVERT, ("招聘",), LINES))):
        run(ledger, *now, reply=case_text(time=None, headline_en=f"Answer {number}"), known_from=None)
        assert found(path_of(was)) == ["edited"]


@pytest.mark.parametrize("ends", [(), (9, 28), (34,)], ids=["in one line", "in three", "in two as before"])
def test_line_that_is_wrapped_elsewhere_is_no_edit(ledger: Ledger, ends: tuple[int, ...]) -> None:
    """Where only the old page would tell, nobody is said to have edited a record that was corrected."""
    first = run(ledger, ADVERT, (*LINES[:2], LINES[2][:28], LINES[2][28:]))[0].record
    assert first is not None
    was = keep(corrected, first)
    now = [LINES[2][start:end] for start, end in zip((0, *ends), (*ends, None), strict=True)]

    done = run(ledger, (*LINES[:2], *now), reply=case_text(time=None), known_from=None)[0]

    assert (done.put, found(path_of(was))) == (Put.CARRIED, ["corrected"])


def test_record_that_nobody_touched_is_made_anew(ledger: Ledger) -> None:
    """It is what this run says of the page as it is."""
    run(ledger, ADVERT, LINES)

    done = run(ledger, LINES)[0]

    assert done.put is Put.WRITTEN
    assert done.record is not None
    assert found(path_of(done.record)) == []


def test_number_that_looks_misread_is_told_in_its_line(ledger: Ledger) -> None:
    """A finding that names a line names the one where the number stands now."""
    lines = (*LINES, *ODD)
    first = run(ledger, ADVERT, lines)[0].record
    assert first is not None
    assert any("Line 5" in each.message for each in first.findings), "a page of its kind"
    was = keep(lambda record, _: accept(record, by="王梅"), first)

    run(ledger, lines)

    assert found(path_of(was)) == []
    assert any("Line 4" in each.message for each in load_record(path_of(was)).findings)


@pytest.mark.parametrize("work", [WORK["decided"][0], corrected], ids=["decided", "corrected"])
def test_article_that_reads_otherwise_keeps_its_record(
    ledger: Ledger, work: Callable[[Record, Article], Record]
) -> None:
    """One character of its text is enough: the record stays byte by byte, and the check says so, and what to do."""
    now = (*LINES[:2], LINES[2].replace("300元", "380元"))
    first = run(ledger, ADVERT, LINES)[0].record
    assert first is not None
    was = keep(work, first)
    before = path_of(was).read_bytes()

    done = run(ledger, ADVERT, now)[0]

    assert (done.put, path_of(was).read_bytes()) == (Put.KEPT_EDITED, before)
    (check,) = check_records([path_of(was)])
    changed = [each.message for each in check.findings if each.rule == "page_changed"]
    assert len(changed) == 1
    assert "reads otherwise on its page now" in changed[0]
    assert "--overwrite" in changed[0]
    assert "edited" not in found(path_of(was)), "nobody knows, and nobody is accused"
    assert run(ledger, ADVERT, now, overwrite=True)[0].put is Put.OVERWRITTEN
    assert path_of(was).with_suffix(".json.bak").read_bytes() == before
    assert found(path_of(was)) == []


def test_page_that_was_not_run_since_is_to_be_run(ledger: Ledger) -> None:
    """Before a run nobody knows how the article stands: run it again. Whether the reply can be used is all one."""
    first = run(ledger, ADVERT, LINES)[0].record
    assert first is not None
    was = keep(corrected, first)
    PAGE.write_text("\n".join(LINES), encoding="utf-8")
    rules = found(path_of(was))
    before_run = [each.message for check in check_records([path_of(was)]) for each in check.findings]

    done = run(ledger, LINES, reply="{}", known_from=None)[0]

    assert rules == ["corrected", "page_changed"]
    assert before_run[1].endswith("run it again.")
    assert done.record is None, "the article failed all the same"
    assert path_of(was).with_suffix(".failure.json").exists()
    assert found(path_of(was)) == ["corrected"]
    assert load_record(path_of(was)).lines == done.article.lines


@pytest.mark.parametrize(
    ("work", "now"),
    [(corrected, (*LINES[:2], LINES[2].replace("300元", "380元"))), (lambda record, _: record, LINES)],
    ids=["reads otherwise", "nobody touched it"],
)
def test_unusable_reply_leaves_other_records(
    ledger: Ledger, work: Callable[[Record, Article], Record], now: Sequence[str]
) -> None:
    """Without a reply, a record whose article reads otherwise stays byte by byte, and so does one nobody worked on."""
    first = run(ledger, ADVERT, LINES)[0].record
    assert first is not None
    was = keep(work, first)
    before = path_of(was).read_bytes()

    run(ledger, now, reply="{}", known_from=None)

    assert path_of(was).read_bytes() == before


def test_record_of_an_article_that_is_gone_is_told_as_such(ledger: Ledger) -> None:
    """A new split of a page that changed has it no more, which running again does not mend."""
    first = run(ledger, OTHER, LINES)[1].record
    assert first is not None
    was = keep(corrected, first)

    run(ledger, ADVERT, OTHER)

    assert found(path_of(was)) == ["corrected", "stale"]
    PAGE.write_text("另一个版面。", encoding="utf-8")
    assert found(path_of(was)) == ["corrected", "page_changed"]


THREE = [(headline, *LINES[1:]) for headline in ("甲会办夜校", "乙会送清凉", "丙会修路")]
OTHERWISE = (*THREE[0][:2], THREE[0][2].replace("近200名", "近900名"))


@pytest.mark.parametrize("runs_before", [0, 1, 2])
def test_overwriting_on_a_changed_page_is_of_what_reads_otherwise(ledger: Ledger, runs_before: int) -> None:
    """As advised of one article, it takes neither decision nor corrections off the others; once more takes all."""
    x, y, z = (keep(WORK["decided"][0], each.record) for each in run(ledger, ADVERT, *THREE) if each.record)
    y = keep(corrected, y.model_copy(update={"review": x.review.model_copy(update={"state": "open"})}))
    now = (OTHERWISE, *THREE[1:])
    for _ in range(runs_before):
        run(ledger, *now)

    first, *others = run(ledger, *now, overwrite=True)

    assert first.put is Put.OVERWRITTEN
    assert path_of(x).with_suffix(".json.bak").exists()
    assert {each.put for each in others} <= {Put.CARRIED, Put.KEPT_EDITED, Put.UNCHANGED}
    assert [load_record(path_of(each)).review.state for each in (x, y, z)] == ["open", "corrected", "accepted"]
    assert load_record(path_of(y)).corrections == y.corrections
    assert [found(path_of(each)) for each in (x, y, z)] == [[], ["corrected"], []]

    run(ledger, *now, overwrite=True)

    assert load_record(path_of(y)).corrections == ()


def test_overwriting_on_a_page_that_did_not_change_is_of_all(ledger: Ledger) -> None:
    """A person's work is replaced, with a copy beside it."""
    first = run(ledger, ADVERT, LINES)[0].record
    assert first is not None
    was = keep(corrected, first)

    done = run(ledger, ADVERT, LINES, overwrite=True)[0]

    assert done.put is Put.OVERWRITTEN
    assert path_of(was).with_suffix(".json.bak").exists()


WHOLE = (*LINES, "夜校要办下去。", "又一篇的标题", "又一篇的正文，何建平说。")
X, Y = ("甲会办夜校", *LINES[1:], "何建平说好。"), ("乙会送清凉", *LINES[1:])


def split_an_article(ledger: Ledger) -> Record:
    """The record of an article that a run made of `WHOLE`; a person then split its end off."""
    first = run(ledger, ADVERT, WHOLE)[0].record
    assert first is not None
    folder = PageFolder(OUT / "two")
    change_files(rearrange(folder, split_at(folder, first.article_id, 6, headline=[6]), **WHO).changes)
    return first


def move_a_line(ledger: Ledger) -> tuple[Record, Record]:
    """The records that a run made of `X` and `Y`; a person then moved the last line of the one to the other."""
    first, second = (each.record for each in run(ledger, ADVERT, X, Y))
    assert first is not None
    assert second is not None
    folder = PageFolder(OUT / "two")
    change_files(rearrange(folder, move_lines(folder, [5], second.article_id), **WHO).changes)
    return first, second


@pytest.mark.parametrize(
    ("encoding", "line_end"),
    [("utf-8-sig", "\n"), ("utf-8", "\r\n"), ("gb18030", "\n"), ("utf-8", "\n")],
    ids=["byte order mark", "line ends", "gb18030", "a line end more"],
)
def test_split_of_a_person_is_of_lines_not_of_bytes(ledger: Ledger, encoding: str, line_end: str) -> None:
    """A file that is saved otherwise, with the same lines, keeps it: nobody is asked, and all records go along."""
    split_an_article(ledger)
    told = [check.findings for check in check_records([OUT])]
    moved = load_manifest(OUT / "two.page.json")
    before = PAGE.read_bytes()
    PAGE.write_bytes((line_end.join((*ADVERT, *WHOLE)) + line_end).encode(encoding))
    assert PAGE.read_bytes() != before
    client = FakeClient([])

    done = run_on(ledger, read_page(PAGE), client=client)

    assert client.requests == []
    assert {each.put for each in done} == {Put.CARRIED}
    assert [check.findings for check in check_records([OUT])] == told
    manifest = load_manifest(OUT / "two.page.json")
    assert manifest == moved.model_copy(update={"page_sha256": read_page(PAGE).sha256})
    assert not list(OUT.glob("*.bak"))


def test_split_of_a_person_comes_back_with_its_lines_in_another_encoding(ledger: Ledger) -> None:
    """Lines that came in and went again tell, whatever the bytes; and the records of the split are those of then."""
    first, second = move_a_line(ledger)
    was = [load_record(path_of(each)) for each in (first, second)]
    with pytest.warns(MovedLinesWarning, match="as they were"):
        made = run(ledger, ("招聘",), ADVERT, X, Y, overwrite=True)
    assert [each.put for each in made] == [Put.OVERWRITTEN] * 2
    PAGE.write_bytes("\r\n".join((*ADVERT, *X, *Y)).encode("gb18030"))

    done = run_on(ledger, read_page(PAGE), client=FakeClient([]))

    assert {each.put for each in done} == {Put.CARRIED}
    assert [load_record(path_of(each)).corrections for each in was] == [each.corrections for each in was]
    assert [found(path_of(each)) for each in was] == [["corrected"]] * 2
    assert all(path_of(each).with_suffix(".json.bak2").exists() for each in was), "what was made meanwhile"


def test_article_with_moved_lines_is_asked_about_where_no_record_is_of_it(ledger: Ledger) -> None:
    """A record of another text, without a copy that fits, is no reason to ask nothing."""
    first, _ = move_a_line(ledger)
    path_of(first).write_text(dump_json(first), encoding="utf-8")

    done = run(ledger, ADVERT, X, Y)

    assert [each.put for each in done] == [Put.WRITTEN, Put.UNCHANGED]
    assert found(path_of(first)) == []


def test_later_split_takes_no_kind_off_a_decided_record(ledger: Ledger, tmp_path: Path) -> None:
    """It is told as of an earlier split, and is sound; of a record that nobody decided on it is a difference."""
    first = run(ledger, ADVERT, LINES)[0].record
    assert first is not None
    was = keep(WORK["decided"][0], first)
    path = OUT / "two.page.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"brief"', '"feature"'), encoding="utf-8")

    (check,) = check_records([path_of(was)])

    assert [(each.path, each.rule) for each in check.findings] == [("kind", "split_again")]
    assert check.is_sound
    keep(corrected, first)
    assert found(path_of(was)) == ["corrected", "split_again"]
    path_of(was).write_text(dump_json(first), encoding="utf-8")
    assert found(path_of(was)) == ["differs"]


def test_mended_source_of_a_page_is_to_be_corrected(ledger: Ledger) -> None:
    """A decided record stays of the issue date that it was made with, and the check says what to do about it."""
    Path("sources.csv").write_text("file,newspaper,issue_date,page_no\ntwo.txt,甲报,2025-03-06,1\n", encoding="utf-8")
    first = run(ledger, ADVERT, LINES)[0].record
    assert first is not None
    was = keep(WORK["decided"][0], first)
    Path("sources.csv").write_text("file,newspaper,issue_date,page_no\ntwo.txt,甲报,2024-03-06,1\n", encoding="utf-8")

    run(ledger, LINES)

    (check,) = check_records([path_of(was)])
    assert [(each.path, each.message) for each in check.findings] == [
        (
            "source.issue_date",
            "The record has 2025-03-06, and the page is of 2024-03-06 by now; correct it in Review (h).",
        )
    ]


SAME_HEAD = "图片新闻"
A = (SAME_HEAD, LINES[1] + LINES[2])
B = (SAME_HEAD, "本报讯 何建平办起夜校，近200名职工参加。")
C = (SAME_HEAD, LINES[1].replace("临河", "北湾") + LINES[2].replace("夜校", "球场"))
A_MENDED = (SAME_HEAD, A[1].replace("300元", "380元"))


def noted(record: Record, _article: Article | None) -> Record:
    """A record on which a person has not decided: they left a note, and joined it to another."""
    review = record.review.model_copy(update={"note": "已电话核实", "by": "王梅"})
    practice = Practice(practice_id="p00000001", relation="same_practice", by="王梅")
    return record.model_copy(update={"review": review, "practice": practice})


SHIFTED = {
    "another above": (C, A, B),
    "another between": (A, C, B),
    "the other is gone": (A,),
    "their order turned": (B, A),
    "an alike one above, and it is mended": (C, A_MENDED, B),
}


@pytest.mark.parametrize("now", SHIFTED.values(), ids=SHIFTED)
@pytest.mark.parametrize("work", [WORK["decided"][0], corrected, noted], ids=["decided", "corrected", "noted"])
@pytest.mark.parametrize("before", [(A, B), (B, A)], ids=["first", "second"])
def test_work_stays_with_its_text_among_articles_of_one_headline(
    ledger: Ledger, work: Callable[[Record, Article], Record], now: Parts, before: Parts
) -> None:
    """Whatever comes in above or goes, the record of a text keeps its file, and no other gets what was made of it."""
    first = next(each.record for each in run(ledger, *before) if each.record and "纺织园" in each.article.text)
    was = keep(work, first)

    for _ in range(2):
        done = run(ledger, *now)

        (own,) = [each for each in done if each.article.article_id == was.article_id]
        assert own.article.text.split("\n")[1] in {A[1], A_MENDED[1]}
        stands = load_record(path_of(was))
        assert (stands.review, stands.corrections, stands.practice) == (was.review, was.corrections, was.practice)
        others = [each.record for each in done if each.record and each is not own]
        assert all(each.review.note is None and each.practice is None for each in others)
        assert all(each.review.state == "open" and not each.corrections for each in others)


@pytest.mark.parametrize("now", [(C, A, B), (A, C, B), (A,), (B, A)], ids=list(SHIFTED)[:4])
def test_work_stays_with_its_text_where_records_keep_no_words(ledger: Ledger, now: Parts) -> None:
    """Without words the hash tells the text; an id alone, which is a place on the page, tells nothing here."""
    first = run(ledger, A, B, keeps_words=False)[0].record
    assert first is not None
    was = keep(noted, first)

    done = run(ledger, *now, keeps_words=False)

    (own,) = [each for each in done if each.article.text.endswith(A[1])]
    assert own.article.article_id == was.article_id
    assert load_record(path_of(was)).review == was.review
    assert not [each for each in done if each.record and each.record.review.note and each is not own]


def test_of_two_records_of_one_text_the_one_that_was_worked_on_counts(ledger: Ledger) -> None:
    """An open record under the first id of a headline takes no article from one that a person decided on."""
    first = run(ledger, A)[0].record
    assert first is not None
    was = noted(seal(first.model_copy(update={"article_id": f"{first.article_id}-2"})), None)
    path_of(was).write_text(dump_json(was), encoding="utf-8")

    (done,) = run(ledger, A)

    assert done.article.article_id == was.article_id
    assert load_record(path_of(was)).review == was.review


def test_record_of_another_page_takes_no_article(ledger: Ledger) -> None:
    """What was copied into the folder of a page from another one is none of its records."""
    first = run(ledger, A)[0].record
    assert first is not None
    other = first.model_copy(update={"article_id": "afeedbeef", "page_id": "one"})
    path_of(first).with_name("afeedbeef.json").write_text(dump_json(seal(other)), encoding="utf-8")
    path_of(first).unlink()

    (done,) = run(ledger, A)

    assert (done.article.article_id, done.put) == (first.article_id, Put.WRITTEN)


@pytest.mark.parametrize("work", [WORK["decided"][0], corrected, noted], ids=["decided", "corrected", "noted"])
def test_work_on_an_article_that_is_gone_goes_to_no_other_of_its_headline(
    ledger: Ledger, work: Callable[[Record, Article], Record]
) -> None:
    """What stands in its place is another article, with a record of its own; that of the first stays, and is named."""
    other = (SAME_HEAD, "本报讯（记者王小禾）北湾市总工会日前为300名快递员送去清凉包。")
    first = run(ledger, A)[0].record
    assert first is not None
    was = keep(work, first)
    before = path_of(was).read_bytes()

    done = run(ledger, other)[0]

    assert done.article.article_id == f"{was.article_id}-2"
    assert path_of(was).read_bytes() == before
    assert "stale" in found(path_of(was))


def test_same_text_comes_before_the_headline(ledger: Ledger) -> None:
    """An article with a mended headline keeps its record also where an alike one comes in under the first headline."""
    mended = (LINES[0].replace("课堂开到", "讲堂开到"), *LINES[1:])
    run(ledger, ADVERT, LINES)
    first = run(ledger, ADVERT, mended)[0].record
    assert first is not None
    was = keep(corrected, first)

    other, own = run(ledger, (LINES[0], C[1]), mended)

    assert (own.article.article_id, own.put) == (was.article_id, Put.CARRIED)
    assert other.article.article_id == f"{was.article_id}-2"


HALF = f"{LINES[1]}{OTHER[1]}"  # of the article, and as much of another


@pytest.mark.parametrize(("headline", "stays"), [(LINES[0], True), ("乙会送清凉", False)], ids=["its own", "another"])
def test_half_of_a_text_is_enough_under_its_headline_alone(ledger: Ledger, headline: str, *, stays: bool) -> None:
    """An article that changed much is the one of its headline; under another headline it is another."""
    first = run(ledger, ADVERT, LINES)[0].record
    assert first is not None
    was = keep(corrected, first)

    done = run(ledger, ADVERT, (headline, HALF))[0]

    assert (done.article.article_id == was.article_id) is stays
    assert ("page_changed" if stays else "stale") in found(path_of(was))


def test_mended_beginning_leaves_the_record_an_article_on_two_pages(ledger: Ledger, tmp_path: Path) -> None:
    """The part on its own page tells which article it is, however long the rest is."""
    pages = make_parts(tmp_path)
    first = run_on(ledger, *pages, split_prompt=None)[0].record
    assert first is not None
    rest = first.text.sentences[-1]
    long = rest.model_copy(
        update={"text": "北湾市总工会日前为快递员送去清凉包，骑手说好。" * 20 + str(range(99)), "lines": ()}
    )
    text = first.text.model_copy(update={"sentences": (*first.text.sentences, long)})
    was = accept(first.model_copy(update={"text": text}), by="王梅")
    path_of(was).write_text(dump_json(was), encoding="utf-8")
    path = Path(pages[0].path)
    content = path.read_text(encoding="utf-8")
    begins = (first.text.sentences[0].text or "")[:3]
    assert begins in content
    path.write_text(content.replace(begins, f"这{begins[1:]}"), encoding="utf-8")

    done = run_on(ledger, *(read_page(Path(page.path)) for page in pages), split_prompt=None)[0]

    assert (done.article.article_id, done.put) == (was.article_id, Put.KEPT_EDITED)


def test_record_that_nobody_touched_gives_way(ledger: Ledger) -> None:
    """Another article of its headline takes its file, as nobody would miss it."""
    first = run(ledger, A)[0].record
    assert first is not None

    done = run(ledger, (SAME_HEAD, "本报讯（记者王小禾）北湾市总工会日前为300名快递员送去清凉包。"))[0]

    assert done.article.article_id == first.article_id


@pytest.mark.parametrize("keeps_words", [True, False], ids=["with its words", "without its words"])
def test_mended_headline_leaves_the_record_its_article(ledger: Ledger, *, keeps_words: bool) -> None:
    """Its text tells which article a decided record is of; without words in the record, only its headline does."""
    first = run(ledger, ADVERT, LINES, keeps_words=keeps_words)[0].record
    assert first is not None
    was = keep(corrected, first)
    mended = (LINES[0].replace("课堂开到", "讲堂开到"), *LINES[1:])

    done = run(ledger, ADVERT, mended, keeps_words=keeps_words)[0]

    assert (done.article.article_id == was.article_id) is keeps_words
    assert done.put is (Put.KEPT_EDITED if keeps_words else Put.WRITTEN)
    assert ("page_changed" if keeps_words else "stale") in found(path_of(was))
    changed = (*LINES[:2], LINES[2].replace("300元", "380元"))
    assert run(ledger, changed, keeps_words=keeps_words)[0].put is Put.KEPT_EDITED


def test_merged_article_comes_back_with_its_record(ledger: Ledger) -> None:
    """Where a page that changed is split anew, an article that a person had merged away has its last record again."""
    x, y = ("甲会办夜校", *LINES[1:]), ("乙会送清凉", *LINES[1:])
    first, second = (each.record for each in run(ledger, ADVERT, x, y))
    assert first is not None
    assert second is not None
    was = keep(corrected, second)
    folder = PageFolder(OUT / "two")
    change_files(rearrange(folder, merge_articles(folder, first.article_id, was.article_id), **WHO).changes)
    assert not path_of(was).exists()

    with pytest.warns(MovedLinesWarning):
        done = run(ledger, x, y)[1]

    stands = load_record(path_of(was))
    assert (done.put, stands.review, stands.corrections) == (Put.CARRIED, was.review, was.corrections)
    assert found(path_of(was)) == ["corrected"]

    done = run(ledger, ADVERT, x, y)[0]

    assert done.article.article_id == first.article_id
    assert not path_of(was).exists()
    assert load_record(path_of(was).with_suffix(".gone.json")) == was


def test_boxes_on_a_picture_move_with_the_lines(ledger: Ledger, tmp_path: Path) -> None:
    """Where only the places of a scan's lines are others, evidence has the new ones."""
    page = make_scan(tmp_path)
    first = run_on(ledger, page, split_prompt=None)[0].record
    assert first is not None
    was = keep(corrected, first)

    done = run_on(ledger, lowered(tmp_path / "scan.png"), split_prompt=None)[0]

    stands = load_record(path_of(was))
    assert (done.put, found(path_of(was))) == (Put.CARRIED, ["corrected"])
    boxes = [record.case.results[0].evidence.boxes[0] for record in (was, stands)]
    assert boxes[1][1] == boxes[0][1] + 7


def lowered(picture: Path) -> Page:
    """A scan whose lines are read seven pixels further down."""
    (kept,) = (OUT / "ocr").iterdir()
    tree = json.loads(kept.read_text(encoding="utf-8"))
    for line in tree["lines"]:
        line["box"] = [line["box"][0], line["box"][1] + 7, line["box"][2], line["box"][3] + 7]
    kept.write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")
    return read_page(picture, out=OUT)


def test_boxes_move_in_articles_that_no_run_asks_about(ledger: Ledger, tmp_path: Path) -> None:
    """Nobody is asked about an article whose lines a person moved, and its record goes along all the same."""
    first = run_on(ledger, make_scan(tmp_path), split_prompt=None)[0].record
    assert first is not None
    change_files(
        rearrange(PageFolder(OUT / "scan"), split_at(PageFolder(OUT / "scan"), first.article_id, 3), **WHO).changes
    )
    was = load_record(path_of(first))
    told = [check.findings for check in check_records([OUT])]
    client = FakeClient([])

    done = run_on(ledger, lowered(tmp_path / "scan.png"), client=client, split_prompt=None)

    assert client.requests == []
    assert [each.put for each in done] == [Put.CARRIED, Put.CARRIED]
    assert load_record(path_of(was)) != was
    assert [check.findings for check in check_records([OUT])] == told


@pytest.mark.parametrize("number", [0, 1], ids=["where it begins", "where it goes on"])
def test_article_on_two_pages_goes_along_on_both(ledger: Ledger, tmp_path: Path, number: int) -> None:
    """A page that changed elsewhere takes the record of an article along that begins or ends on it."""
    pages = make_parts(tmp_path)
    first = run_on(ledger, *pages, split_prompt=None)[0].record
    assert first is not None
    was = keep(corrected, first)
    path = Path(pages[number].path)
    path.write_text(path.read_text(encoding="utf-8").replace("bbox 10 ", "bbox 12 "), encoding="utf-8")

    done = run_on(ledger, *(read_page(Path(page.path)) for page in pages), split_prompt=None)[0]

    assert (done.put, found(path_of(was))) == (Put.CARRIED, ["corrected"])


def test_lines_that_a_person_moved_come_back_with_the_page(ledger: Ledger) -> None:
    """A page cut by a person is split anew when it reads otherwise; once it reads as then, all is as it was."""
    first = split_an_article(ledger)
    before = all_bytes()

    with pytest.warns(MovedLinesWarning, match="changed since"):
        done = run(ledger, WHOLE)[0]

    assert done.put is Put.KEPT_EDITED
    assert found(path_of(first)) == ["corrected", "page_changed"]
    assert (OUT / "two.page.json.bak").exists()

    run(ledger, ADVERT, WHOLE)

    assert all_bytes() == before


def test_of_several_copies_of_a_record_the_newest_comes_back(ledger: Ledger) -> None:
    """Where the page reads as when a person split it, each record is as it stood last."""
    first = split_an_article(ledger)
    split = load_record(path_of(first))
    with pytest.warns(MovedLinesWarning):
        run(ledger, WHOLE, overwrite=True)
    copy = path_of(first).with_name(f"{path_of(first).name}.bak")
    assert load_record(copy) == split
    newest = noted(split, None)
    copy.with_name(f"{copy.name}2").write_text(dump_json(newest), encoding="utf-8")
    os.utime(copy, (0, 0))

    run(ledger, ADVERT, WHOLE)

    assert load_record(path_of(first)).review == newest.review


def all_bytes() -> dict[str, bytes]:
    """All files of the records."""
    return {path.as_posix(): path.read_bytes() for path in sorted(OUT.rglob("*")) if path.is_file()}


REVIEWS = Path("reviews")
CHANGED = (*LINES[:2], LINES[2].replace("近200名", "近900名"))


def coded(record: Record, *coders: str) -> Record:
    """The record, of which these coders have accepted copies with a correction of their own."""
    article = PageFolder(path_of(record).parent).article(record)
    assert isinstance(article, Article)
    for number, coder in enumerate(coders):
        who = {"by": coder, "date": "2026-11-29", "reason": CorrectionReason.WRONG}
        copy = accept(amend(record, article, "one_line", f"夜校开设{3 - number}门课程。", **who).record, by=coder)
        path = REVIEWS / coder / record.page_id / path_of(record).name
        path.parent.mkdir(parents=True)
        path.write_text(dump_json(copy), encoding="utf-8")
    return record


def post(record: Record, who: str, below: str = "", **form: str) -> Any:
    """The answer to a form of Review."""
    at = f"/review{below}/{record.page_id}/{record.article_id}"
    return request(create_app(Project("案例库")), "POST", at, data=form, cookies={REVIEWER_COOKIE: who})


def look(record: Record, who: str, below: str = "") -> str:
    """What Review shows of a record."""
    at = f"/review{below}/{record.page_id}/{record.article_id}"
    return str(request(create_app(Project("案例库")), "GET", at, cookies={REVIEWER_COOKIE: who}).text)


def test_copies_of_coders_go_along_where_they_are_loaded(ledger: Ledger) -> None:
    """Only lines above are gone: each coder decides on, and what is settled between both is sound."""
    first = run(ledger, ADVERT, LINES)[0].record
    assert first is not None
    coded(first, "anna", "bert")
    run(ledger, LINES)
    anna = ReviewStore(OUT, REVIEWS, "anna").load((first.page_id, first.article_id))
    assert anna.lines == load_record(path_of(first)).lines != first.lines
    assert (len(anna.corrections), anna.review.by) == (1, "anna")

    answer = post(first, "1:anna", version=version_of(anna), do="accept", sure="yes")
    settled = post(
        first, "0:clara", "/coders", **{"version": version_of(load_record(path_of(first))), "side:one_line": "other"}
    )

    assert (answer.status_code, settled.status_code) == (303, 303)
    assert load_record(path_of(first)).case.one_line == "夜校开设2门课程。"
    assert found(path_of(first))[:1] == ["corrected"]
    assert not {"page_changed", "differs"} & set(found(path_of(first)))


def test_coders_of_an_article_that_reads_otherwise_are_not_settled(ledger: Ledger) -> None:
    """The sound record of the page as it is stays, and whoever comes to settle is told so at once."""
    first = run(ledger, ADVERT, LINES)[0].record
    assert first is not None
    coded(first, "anna", "bert")
    run(ledger, ADVERT, CHANGED)
    before = path_of(first).read_bytes()

    settled = post(
        first, "0:clara", "/coders", **{"version": version_of(load_record(path_of(first))), "side:one_line": "other"}
    )

    assert (settled.status_code, path_of(first).read_bytes()) == (422, before)
    assert "the page changed since the coders decided" in settled.text
    assert "the page changed since the coders decided" in look(first, "0:clara", "/coders")


def test_coders_are_not_settled_over_a_decision_on_another_text(ledger: Ledger) -> None:
    """Where the record itself is of the page as it was, whoever comes to settle is told so, and nothing is written."""
    first = run(ledger, ADVERT, LINES)[0].record
    assert first is not None
    coded(first, "anna", "bert")
    was = keep(WORK["decided"][0], first)
    run(ledger, ADVERT, CHANGED)

    settled = post(first, "0:clara", "/coders", **{"version": version_of(was), "side:one_line": "other"})

    assert (settled.status_code, load_record(path_of(first))) == (422, was)
    assert "reads otherwise on its page now" in settled.text
    assert "reads otherwise on its page now" in look(first, "0:clara", "/coders")


def test_coder_of_an_article_that_reads_otherwise_begins_again(ledger: Ledger) -> None:
    """The copy is shown beside the page as it is, is not accepted, goes with a key and comes back with undo."""
    first = run(ledger, ADVERT, LINES)[0].record
    assert first is not None
    coded(first, "anna")
    run(ledger, ADVERT, CHANGED)
    store, key = ReviewStore(OUT, REVIEWS, "anna"), (first.page_id, first.article_id)
    copy = store.load(key)
    app, cookies, at = create_app(Project("案例库")), {REVIEWER_COOKIE: "1:anna"}, f"/review/{'/'.join(key)}"
    form = {"version": version_of(copy)}

    shown = request(app, "GET", at, cookies=cookies).text
    accepted = request(app, "POST", at, data=form | {"do": "accept", "sure": "yes"}, cookies=cookies)

    assert 'value="anew"' in shown
    assert "--overwrite" not in shown, "no run makes a copy anew"
    bert = request(app, "GET", at, cookies={REVIEWER_COOKIE: "1:bert"}).text
    assert 'value="anew"' not in bert, "who has no copy sees the record of the page as it is"
    assert "<del>" not in bert
    assert (accepted.status_code, store.load(key)) == (422, copy)
    assert request(app, "POST", at, data=form | {"do": "anew"}, cookies=cookies).status_code == 303
    assert store.load(key) == load_record(path_of(first))
    assert request(app, "POST", at, data=form | {"do": "anew"}, cookies=cookies).status_code == 409
    assert request(app, "POST", at, data={"do": "undo"}, cookies=cookies).status_code == 303
    assert store.load(key) == copy


@pytest.mark.parametrize("do", [{"do": "accept"}, {"do": "reject", "why": NO_CASE[0].value}])
def test_record_whose_article_reads_otherwise_is_not_decided_unseen(ledger: Ledger, do: dict[str, str]) -> None:
    """Review shows the page as it is and which sentences changed; the record stays as it is, and a note may come."""
    first = run(ledger, ADVERT, LINES)[0].record
    assert first is not None
    was = keep(WORK["decided"][0], first)
    run(ledger, ADVERT, CHANGED)
    shown, before = look(first, "0:lin"), path_of(first).read_bytes()

    answer = post(first, "0:lin", version=version_of(was), **do)

    assert (answer.status_code, path_of(first).read_bytes()) == (422, before)
    assert "nothing can be decided on this record" in answer.text
    assert "Accept all the same" not in answer.text
    assert re.search(r"<del>[^<]*近200名[^<]*</del> <ins>[^<]*近900名[^<]*</ins>", shown)
    assert shown.count("<del>") == 1, "the other sentences read the same"
    assert 'id="w-' not in shown, "no fact is placed on words that are not there"
    assert 'value="anew"' not in shown, "it is no copy of a coder"
    assert post(first, "0:lin", version=version_of(was), do="note", note="看过").status_code == 303


def test_record_without_its_page_is_decided_as_before(ledger: Ledger) -> None:
    """Where the page is not here, nobody can say that it changed."""
    first = run(ledger, ADVERT, LINES)[0].record
    assert first is not None
    PAGE.unlink()

    assert post(first, "0:lin", version=version_of(first), do="accept").status_code == 303


@pytest.mark.parametrize("work", [WORK["decided"][0], corrected], ids=["decided", "corrected"])
def test_report_marks_a_record_whose_article_reads_otherwise(
    ledger: Ledger, work: Callable[[Record, Article], Record]
) -> None:
    """It waits for review though it was decided, says why, and none of its facts stands on words of the page."""
    second = ("乙会也办夜校", *LINES[1:])
    first = run(ledger, ADVERT, LINES, second)[0].record
    assert first is not None
    keep(work, first)
    before = report()
    run(ledger, ADVERT, CHANGED, second)

    index, page = report()

    assert (before[0].count('data-needs="yes"'), index.count('data-needs="yes"')) == (0, 1)
    assert "page_changed" in page
    assert "page_changed" not in before[1]
    own = page[page.index(f'id="{first.article_id}"') :].partition("</article>")[0]
    assert "#w-" not in own
    assert f'id="w-{first.article_id}' not in page
    assert "needs review" in own
    assert f'id="w-{first.article_id}' in before[1]
    assert 'id="w-' in page, "the facts of the other record stand where they stood"


def report() -> tuple[str, str]:
    """The index of a report, and its page."""
    write_report([OUT], Path("report"))
    return tuple(Path("report", name).read_text(encoding="utf-8") for name in ("index.html", "pages/two.html"))


@pytest.mark.parametrize("now", [CHANGED, LINES], ids=["reads otherwise", "reads the same"])
def test_only_corrections_are_told_of_a_corrected_record(ledger: Ledger, now: Parts) -> None:
    """Where the article it was made of cannot be had any more, nobody is said to have edited it by hand."""
    first = run(ledger, ADVERT, LINES)[0].record
    assert first is not None
    was = keep(corrected, first)

    run(ledger, now)

    assert [each.path for each in find_corrections([OUT])] == [each.path for each in was.corrections]


def test_hand_edit_of_an_article_that_reads_otherwise_is_told(ledger: Ledger) -> None:
    """A record without corrections that is not as the tool wrote it was edited by hand, whatever its page says now."""
    first = run(ledger, ADVERT, LINES)[0].record
    assert first is not None
    keep(by_hand, first)

    run(ledger, CHANGED)

    assert [each.reason for each in find_corrections([OUT])] == [None]
