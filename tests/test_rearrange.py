"""Lines moved, articles split and merged: every line once, no fact lost in silence, all to be undone."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fake_client import FakeClient
from making import FULL_LINES, case_reply, full_reply, make_parts, make_plan, put_parts, result_reply

from summariser.api import RunOptions, plan_requests
from summariser.disk.ledger import Ledger, open_ledger
from summariser.disk.store import MovedLinesWarning, Put, Store, change_files
from summariser.disk.stored import PageFolder, find, load_failure, load_record
from summariser.endpoints.config import read_settings
from summariser.errors import InputError, StoreError
from summariser.pipeline import PageOutcome, Progress, Resources, run_pages
from summariser.readers.files import parse_page
from summariser.records.make import check_records
from summariser.reviewing.amend import accept_fact, add_fact, amend, undo
from summariser.reviewing.corrections import find_corrections
from summariser.reviewing.decisions import accept
from summariser.reviewing.diff import diff
from summariser.reviewing.lines import (
    NEW,
    Assignment,
    LineRole,
    as_first_split,
    merge_articles,
    move_lines,
    readable,
    split_at,
)
from summariser.reviewing.rearrange import Effect, Rearranged, ask_again, rearrange, successor_of
from summariser.schema.case import fact_words
from summariser.schema.exchange import Request
from summariser.schema.page import line_numbers
from summariser.schema.record import CorrectionReason, PageManifest, Record

ROOT = Path(__file__).resolve().parent.parent
OUT = Path("summaries")
OTHER_LINES = ("北湾市总工会为快递员送清凉", "本报讯（记者李小麦）北湾市总工会日前为300名快递员送去清凉包。")
OWN_WORDS = "东岭纺织公司是民营企业"  # of the first article
PAGE = Path("pages/two.txt")
CUT = 6  # the last line of the first article: “the school follows 北湾市总工会 and its 和事桌”


def other_reply() -> dict[str, Any]:
    """A faultless reply about the article of `OTHER_LINES`."""
    actor = case_reply()["actors"][0] | {"name": "北湾市总工会", "level": "prefecture"}
    result = result_reply(text="收到清凉包的快递员", value_text="300名", subject="快递员", sents=[2])
    return case_reply(
        actors=[actor],
        people=[],
        place={"province": None, "city": "北湾市", "county": None, "sents": [1]},
        time={"text": "日前", "role": "event", "sents": [2]},
        actions=[{"text": "北湾市总工会送清凉包。", "theme": "other", "sents": [2]}],
        results=[result],
        one_line="北湾市总工会为300名快递员送清凉包。",
        summary="北湾市总工会日前为快递员送清凉，给300名快递员送去清凉包。" * 3,
        headline_en="Beiwan Union Brings Couriers Relief from the Heat",
        summary_en="The Beiwan City Federation of Trade Unions has handed cooling packs to 300 couriers. " * 3,
    )


def answer(request: Request) -> str:
    """What a model would say of the page with two articles, and of each article."""
    if request.purpose == "split":
        whole = {"kind": "brief", "kicker_lines": [], "subhead_lines": []}
        articles = [
            whole | {"headline_lines": [1], "lines": [[1, 6]]},
            whole | {"headline_lines": [7], "lines": [[7, 8]]},
        ]
        return json.dumps({"articles": articles, "noise": []})
    is_first = OWN_WORDS in request.messages[1].content
    return json.dumps(full_reply() if is_first else other_reply(), ensure_ascii=False)


def answer_with(request: Request, **changes: Any) -> str:
    """The answer with some fields of the first article changed."""
    is_first = request.purpose != "split" and OWN_WORDS in request.messages[1].content
    return json.dumps(full_reply(**changes), ensure_ascii=False) if is_first else answer(request)


@pytest.fixture
def ledger() -> Ledger:
    """A ledger in memory."""
    with open_ledger(None) as opened:
        yield opened


def run(ledger: Ledger, client: FakeClient, **changes: Any) -> PageOutcome:
    """A run over the page with two articles."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text("\n".join((*FULL_LINES, *OTHER_LINES)), encoding="utf-8")
    page = parse_page(PAGE.read_bytes(), path=PAGE.as_posix())
    plan = make_plan(ledger, **changes)
    return asyncio.run(run_pages((page,), Resources(client, Store(OUT), ledger, None), plan, Progress())).pages[0]


@pytest.fixture
def two(ledger: Ledger) -> tuple[str, str]:
    """The ids of the two articles of a page that a run has left records of."""
    done = run(ledger, FakeClient(answer))
    assert [each.record and each.record.case.unsupported for each in done.articles] == [0, 0]
    one, other = PageFolder(OUT / "two").manifest.articles
    return one.article_id, other.article_id


def folder(page_id: str = "two") -> PageFolder:
    """The records of a page as they are now."""
    return PageFolder(OUT / page_id)


def do(wanted: Assignment, page_id: str = "two") -> Rearranged:
    """Rearrange a page and write it."""
    done = rearrange(folder(page_id), wanted, by="anna", date="2026-05-01")
    change_files(done.changes)
    return done


def stored(name: str) -> Record:
    """The record of an article of the page."""
    return load_record(OUT / "two" / f"{name}.json")


def manifest(page_id: str = "two") -> PageManifest:
    """The manifest of a page as it is now."""
    return readable(folder(page_id))[0]


def all_bytes() -> dict[str, bytes]:
    """Every file of the records."""
    return {path.as_posix(): path.read_bytes() for path in OUT.rglob("*") if path.is_file()}


def findings() -> list[tuple[str, str]]:
    """What the check says, but for what people corrected."""
    return [
        (each.rule, each.path)
        for checked in check_records([OUT])
        for each in checked.findings
        if each.rule != "corrected"
    ]


def words(record: Record) -> list[str]:
    """The facts of a record in words."""
    return [fact_words(fact) for _, fact in record.case.facts()]


# ---- the three deeds


def test_facts_follow_the_line_that_is_moved(two: tuple[str, str]) -> None:
    """What rests on a moved line is a fact of the other article, with its sentence there; all else stays as it is."""
    one, other = two
    before = words(stored(one))

    done = do(move_lines(folder(), [CUT], other))

    moved = [each.words for each in done.told if each.effect is Effect.MOVES]
    assert moved == ["北湾市总工会", "和事桌", "北湾市总工会", "求学圆梦行动"]
    assert sorted([*words(stored(one)), *moved]) == sorted(before)
    assert [stored(other).case.devices[0].evidence.lines, stored(other).lines] == [((CUT, CUT),), ((6, 8),)]
    assert findings() == []


def test_moved_facts_are_corrections_with_a_person(two: tuple[str, str]) -> None:
    """Both records say which lines and facts went or came, who did it and when, and are open for review."""
    one, other = two
    record = stored(one)
    Store(OUT).put_decision(accept(record, by="ben"), seen=record)

    do(move_lines(folder(), [CUT], other))

    told = [(each.path, each.old, each.new, each.by) for each in find_corrections([OUT / "two" / f"{one}.json"])]
    assert ("lines", "1-6", "1-5", "anna") in told
    assert ("devices[1]", "和事桌", None, "anna") in told
    assert {each.reason for each in (*stored(one).corrections, *stored(other).corrections)} == {CorrectionReason.MOVED}
    assert [stored(name).review.state for name in two] == ["open", "open"]
    assert [fact.support_by.value for fact in stored(other).case.devices] == ["code"]


def test_line_that_comes_back_leaves_no_trace(two: tuple[str, str]) -> None:
    """When the lines are as they were, so are the records, their hashes and the manifest, byte by byte."""
    before = all_bytes()
    do(move_lines(folder(), [CUT], two[1]))
    assert all_bytes() != before

    do(as_first_split(folder()))

    assert all_bytes() == before


def test_fact_that_comes_back_cites_all_that_it_cited(ledger: Ledger) -> None:
    """A fact that stands on a line that goes and cites one that stays cites both again when the line is back."""
    devices = [{"name": "星光课堂", "sents": [2]}, {"name": "和事桌", "sents": [3, 8]}]
    run(ledger, FakeClient(lambda request: answer_with(request, devices=devices)))
    one, other = (each.article_id for each in manifest().articles)
    before = all_bytes()

    done = do(move_lines(folder(), [CUT], other))

    assert [len(each.evidence.sents) for each in stored(other).case.devices] == [1]
    assert Effect.UNCITED not in {each.effect for each in done.told}
    do(move_lines(folder(), [CUT], one))
    assert all_bytes() == before


def test_citation_that_does_not_come_back_is_told(ledger: Ledger) -> None:
    """What is said of the whole article and cites a line that goes is told with the numbers of its sentences."""
    run(ledger, FakeClient(lambda request: answer_with(request, theme_sents=[2, 8])))
    one, other = (each.article_id for each in manifest().articles)

    done = do(move_lines(folder(), [CUT], other))

    assert [each[1:] for each in done.told if each.effect is Effect.UNCITED] == [(one, "8", one)]
    assert stored(one).case.theme_sents == (2,)


def test_split_gives_the_second_part_a_record_by_hand(two: tuple[str, str]) -> None:
    """The first part keeps the id; the facts of the second part stand in a record that names no model."""
    do(split_at(folder(), two[0], 4, headline=[4]))

    first, second, _ = manifest().articles
    assert (first.article_id, first.lines, second.lines, second.headline_lines) == (two[0], ((1, 3),), ((4, 6),), (4,))
    record = stored(second.article_id)
    assert (record.provenance.model, record.headline) == ("person", FULL_LINES[3])
    assert {"东岭纺织公司", "和事桌"} <= set(words(record))
    assert not {"东岭纺织公司", "和事桌"} & set(words(stored(two[0])))
    assert findings() == [("sentence_missing", "theme_sents")]  # what a person or a model has to say yet


def test_merged_article_is_kept_and_leads_to_the_other(two: tuple[str, str]) -> None:
    """The first keeps its id and has the facts of both; the other's record is kept as it was, and counted no more."""
    one, other = two
    was = (OUT / "two" / f"{other}.json").read_bytes()

    done = do(merge_articles(folder(), other, one))

    assert [each.article_id for each in manifest().articles] == [one]
    assert successor_of(manifest(), other) == one
    assert (OUT / "two" / f"{other}.gone.json").read_bytes() == was
    assert [path.stem for path in find([OUT])] == [one]
    assert "收到清凉包的快递员" in words(stored(one))
    assert {each.words for each in done.told if each.effect is Effect.STAYS} == {"北湾市", "日前"}


def test_article_begun_by_hand_is_told_as_dropped(two: tuple[str, str]) -> None:
    """Its lines go to the article that they are merged into, and nothing of its record is said to be kept."""
    do(split_at(folder(), two[0], 4, headline=[4]))
    begun = manifest().articles[1].article_id

    done = do(merge_articles(folder(), two[0], begun))

    gone = [each for each in done.told if each.effect in (Effect.GONE, Effect.DROPPED)]
    assert gone == [(Effect.DROPPED, begun, FULL_LINES[3], two[0])]
    assert not list((OUT / "two").glob(f"{begun}*"))
    done = do(merge_articles(folder(), *two))
    assert (Effect.GONE, two[1], OTHER_LINES[0], two[0]) in done.told


def test_merged_article_comes_back_as_it_was(two: tuple[str, str]) -> None:
    """An article that is parted again has its own record, its id and nothing twice."""
    before = all_bytes()
    do(merge_articles(folder(), *two))

    do(as_first_split(folder()))

    assert all_bytes() == before


def test_fact_whose_line_is_noise_is_not_borne_out(two: tuple[str, str]) -> None:
    """A fact whose words stand in no article stays in its record, is said, and is not supported any more."""
    done = do(move_lines(folder(), [CUT], None))

    cut = {each.words for each in done.told if each.effect is Effect.CUT}
    record = stored(two[0])
    assert {"和事桌", "求学圆梦行动"} <= cut
    assert {fact_words(fact) for _, fact in record.case.facts() if not fact.supported} == cut
    assert record.needs_review
    assert manifest().noise == ((CUT, CUT),)


def test_action_without_a_sentence_is_not_borne_out(two: tuple[str, str]) -> None:
    """What rests on cited sentences alone is cut with them, though no word of it could be missed."""
    done = do(move_lines(folder(), [8], None))

    assert "北湾市总工会送清凉包。" in {each.words for each in done.told if each.effect is Effect.CUT}
    assert not stored(two[1]).case.actions[0].supported
    assert "evidence_cut" in {finding.rule for finding in stored(two[1]).findings}


def test_line_comes_from_the_noise(two: tuple[str, str]) -> None:
    """A line that was left out goes to an article, behind the line before it."""
    do(move_lines(folder(), [3], None))

    do(move_lines(folder(), [3], two[0]))

    assert manifest().by_person is None
    assert manifest().articles[0].lines == ((1, 6),)


def test_titles_and_places_are_chosen(two: tuple[str, str]) -> None:
    """A person says what a line is, and behind which line it stands; the id stays though the headline changes."""
    do(move_lines(folder(), [], two[1], roles={7: LineRole.KICKER, 8: LineRole.HEADLINE}))
    do(move_lines(folder(), [6], two[0], behind=1))

    one, other = manifest().articles
    assert (other.article_id, other.kicker_lines, other.headline_lines) == (two[1], (7,), (8,))
    assert one.lines == ((1, 1), (6, 6), (2, 5))
    assert stored(two[1]).headline == OTHER_LINES[1]


def test_headline_of_a_merged_article_is_a_subhead(two: tuple[str, str]) -> None:
    """An article has one headline; where it had none, that of the other is its own and comes first."""
    do(merge_articles(folder(), *two))
    assert (manifest().articles[0].headline_lines, manifest().articles[0].subhead_lines) == ((1,), (7,))

    do(as_first_split(folder()))
    do(move_lines(folder(), [], two[0], roles={1: LineRole.TEXT}))
    do(merge_articles(folder(), *two))

    assert manifest().articles[0].headline_lines == (7,)
    assert manifest().articles[0].lines == ((7, 8), (1, 6))


def test_what_a_person_said_of_a_fact_goes_with_it(two: tuple[str, str]) -> None:
    """A misprint keeps what is printed, and a fact that somebody answers for is answered for, by the same person."""
    record, article = stored(two[0]), folder().article(stored(two[0]))
    given: dict[str, Any] = {"by": "ben", "date": "2026-04-01"}
    changed = amend(
        record, article, "devices[1].name", "和事台", reason=CorrectionReason.MISPRINT, printed="和事桌", **given
    ).record
    changed = accept_fact(changed, article, "relations[1]", **given).record
    Store(OUT).put_decision(changed, seen=record)

    do(move_lines(folder(), [CUT], two[1]))

    now = stored(two[1])
    assert [each.printed for each in now.corrections if each.printed] == ["和事桌"]
    assert (now.case.devices[0].name, now.case.devices[0].supported) == ("和事台", True)
    assert now.case.relations[1].support_by.value == "person"
    assert {each.by for each in now.corrections if each.reason is not CorrectionReason.MOVED} == {"ben"}
    assert findings() == []


def test_parts_stay_parts_of_their_total(two: tuple[str, str]) -> None:
    """A total that moves with its part is its total there; a part that is left alone is a part of nothing."""
    one, other = two
    assert stored(one).case.results[1].part_of == 0

    do(move_lines(folder(), [3], other))

    pairs = {fact.text: fact.part_of for fact in stored(other).case.results}
    total = [fact.text for fact in stored(other).case.results].index("参加夜校的职工人数")
    assert total in pairs.values()
    assert findings() == []


def test_gone_article_leads_to_where_its_lines_are_now(two: tuple[str, str]) -> None:
    """Merged into an article that is merged itself, it leads to that one's; what held moved facts only leaves none."""
    one, other = two
    do(split_at(folder(), one, 4))
    middle = manifest().articles[1].article_id
    do(merge_articles(folder(), middle, other))
    assert successor_of(manifest(), other) == middle

    do(merge_articles(folder(), one, middle))

    assert [successor_of(manifest(), other), successor_of(manifest(), middle)] == [one, None]
    assert sorted(path.name for path in (OUT / "two").iterdir()) == sorted([f"{one}.json", f"{other}.gone.json"])


def test_place_that_is_not_borne_out_makes_no_room(two: tuple[str, str]) -> None:
    """A place that lost its words still stands; one that comes stays in the record that is put aside, and is told."""
    do(move_lines(folder(), [1, 2], None))
    assert not stored(two[0]).case.place.supported

    done = do(merge_articles(folder(), *two))

    assert stored(two[0]).case.place.county == "临河区"
    assert "北湾市" in {each.words for each in done.told if each.effect is Effect.STAYS}


def test_fact_that_loses_a_sentence_is_answered_for_by_nobody(two: tuple[str, str]) -> None:
    """What a person or a second reader said of all cited sentences says nothing of some of them."""
    record, article = stored(two[0]), folder().article(stored(two[0]))
    given: dict[str, Any] = {"by": "ben", "date": "2026-04-01"}
    wide = amend(record, article, "actions[1].sents", [3, 5], reason=CorrectionReason.WRONG, **given).record
    Store(OUT).put_decision(wide, seen=record)
    assert stored(two[0]).case.actions[1].support_by.value == "person"

    do(move_lines(folder(), [4], None))

    assert (stored(two[0]).case.actions[1].support_by.value, stored(two[0]).case.actions[1].supported) == ("code", True)
    assert not {"differs", "edited"} & {rule for rule, _ in findings()}


def test_fact_that_a_person_put_in_cites_where_its_words_stand_now(two: tuple[str, str]) -> None:
    """Its sentence is gone and its words stand in another: that one is cited, in the correction too."""
    record, article = stored(two[0]), folder().article(stored(two[0]))
    given: dict[str, Any] = {"by": "ben", "date": "2026-04-01"}
    at = next(each.n for each in record.text.sentences if each.lines == ((3, 3),))
    Store(OUT).put_decision(
        add_fact(record, article, "devices", {"name": "职工", "sents": [at]}, **given).record, seen=record
    )

    do(move_lines(folder(), [3], None))

    fact, (kept, *_) = stored(two[0]).case.devices[-1], stored(two[0]).corrections
    assert fact.supported
    assert (kept.path, kept.value["sents"]) == ("devices[2]", list(fact.evidence.sents))
    assert not {"differs", "edited"} & {rule for rule, _ in findings()}


def test_correction_of_a_headline_keeps_what_the_lines_say_now(two: tuple[str, str]) -> None:
    """Another line is the headline: the person's words stand, and beside them what is printed there now."""
    record, article = stored(two[1]), folder().article(stored(two[1]))
    given: dict[str, Any] = {"by": "ben", "date": "2026-04-01", "reason": CorrectionReason.WRONG}
    Store(OUT).put_decision(amend(record, article, "headline", "送清凉", **given).record, seen=record)

    do(move_lines(folder(), [], two[1], roles={7: LineRole.TEXT, 8: LineRole.HEADLINE}))

    kept = next(each for each in stored(two[1]).corrections if each.path == "headline")
    assert (kept.model, kept.value, stored(two[1]).headline) == (OTHER_LINES[1], "送清凉", "送清凉")
    assert not {"differs", "edited"} & {rule for rule, _ in findings()}


def test_new_article_takes_no_name_of_another(two: tuple[str, str]) -> None:
    """A file of an article that was there once keeps its name; the new one gets another."""
    do(split_at(folder(), two[0], 4))
    name = manifest().articles[1].article_id
    shutil.copy(OUT / "two" / f"{name}.json", "stale.json")
    do(as_first_split(folder()))
    shutil.copy("stale.json", OUT / "two" / f"{name}.json")

    do(split_at(folder(), two[0], 4))

    assert manifest().articles[1].article_id == f"{name}-2"


def test_only_articles_with_other_lines_are_held(two: tuple[str, str]) -> None:
    """What has its first lines again is asked about as ever; what changes once more waits for a person once more."""
    do(move_lines(folder(), [CUT], two[1]))
    do(move_lines(folder(), [5], None))
    change_files(ask_again(folder(), two[1]))

    do(move_lines(folder(), [CUT], two[0]))

    assert (manifest().by_person.held, manifest().by_person.due) == ((two[0],), ())


def test_dry_run_reckons_with_the_articles_that_a_person_left(two: tuple[str, str]) -> None:
    """No split is planned of a page whose lines a person moved, and no article that waits for a person."""
    settings = read_settings({"base_url": "http://127.0.0.1:9/v1", "model": "test-model"})

    def planned(**options: bool) -> list[tuple[str, str]]:
        requests, _ = plan_requests([PAGE], settings=settings, options=RunOptions(**options))
        return [(each.request.purpose, each.request.article_id) for each in requests]

    before = planned()
    do(move_lines(folder(), [CUT], two[1]))
    held, rules, overwritten = planned(), planned(rules=True), planned(overwrite=True)
    change_files(ask_again(folder(), two[1]))

    articles = [("case_study", name) for name in two]
    assert before == [("split", "two"), *articles]
    assert (held, rules, overwritten) == ([], [], articles)
    assert planned() == articles[1:]


# ---- what is refused


@pytest.mark.parametrize(
    ("lines", "to"), [([], NEW), ([99], NEW), ([6], "a0"), ([7, 8], NEW), ([6], None), ([1, 2, 3, 4, 5, 6, 7, 8], None)]
)
def test_what_cannot_be_is_refused(two: tuple[str, str], lines: Sequence[int], to: str | None) -> None:
    """Lines that are not there, an article that is not there, or a page without an article; nothing is written."""
    if (lines, to) == ([6], None):  # twice the same
        do(move_lines(folder(), lines, to))
    before = all_bytes()

    with pytest.raises(InputError):
        do(move_lines(folder(), lines, to))

    assert all_bytes() == before


def test_article_on_two_pages_keeps_what_stands_on_the_other(tmp_path: Path) -> None:
    """Lines of its first part are moved like others: what rests on the other page stays, its sentences counted anew."""
    make_parts(tmp_path)
    page_id = put_parts(tmp_path, OUT).page_id
    (path,) = (OUT / page_id).glob("*.json")
    before = load_record(path)

    done = do(move_lines(folder(page_id), [2], None), page_id)

    record = load_record(path)
    was, now = (each.case.results[0].evidence for each in (before, record))
    assert (record.lines, record.continuation) == (((1, 1), (3, 4)), before.continuation)
    assert (now.continuation, was.sents, now.sents) == (was.continuation, (3,), (2,))
    assert "区总工会在纺织园办夜校。" in {each.words for each in done.told if each.effect is Effect.CUT}
    assert record.case.results[0].supported
    assert not {"differs", "edited", "stale", "page_not_checked"} & {rule for rule, _ in findings()}


def test_rest_of_an_article_is_not_moved_without_it(tmp_path: Path) -> None:
    """The record stands with the page where the article begins; that is said of the lines on the other page."""
    page_id = make_parts(tmp_path)[1].page_id
    put_parts(tmp_path, OUT)

    with pytest.raises(InputError, match="the rest of an article of 20260420_p1, with which its record is kept"):
        do(move_lines(folder(page_id), [2], NEW), page_id)


def test_article_on_two_pages_is_not_merged_away(tmp_path: Path) -> None:
    """What stands of it on the other page would be left; the other article may be merged into it."""
    make_parts(tmp_path)
    page_id = put_parts(tmp_path, OUT).page_id
    do(split_at(folder(page_id), manifest(page_id).articles[0].article_id, 3), page_id)
    one, other = (each.article_id for each in manifest(page_id).articles)

    with pytest.raises(InputError, match="cannot go into another article whole"):
        do(move_lines(folder(page_id), [1, 2], other), page_id)
    do(merge_articles(folder(page_id), one, other), page_id)

    assert [each.article_id for each in manifest(page_id).articles] == [one]


def test_file_changed_meanwhile_is_not_written_over(two: tuple[str, str]) -> None:
    """If one of the files is no longer what it was, none is written."""
    done = rearrange(folder(), move_lines(folder(), [CUT], two[1]), by="anna", date="2026-05-01")
    record = stored(two[1])
    Store(OUT).put_decision(accept(record, by="ben"), seen=record)
    before = all_bytes()

    with pytest.raises(StoreError, match="changed"):
        change_files(done.changes)

    assert all_bytes() == before


@pytest.mark.parametrize("is_merged", [False, True])
def test_what_is_cut_short_loses_no_fact(two: tuple[str, str], is_merged: bool) -> None:
    """Killed behind any of its files, a deed leaves each fact in some record or kept aside, and the check says so."""
    wanted = merge_articles(folder(), *two) if is_merged else move_lines(folder(), [CUT], two[1])
    done = rearrange(folder(), wanted, by="anna", date="2026-05-01")
    before = Counter(word for name in two for word in words(stored(name)))

    for change in done.changes[:-1]:
        change_files([change])
        kept = [load_record(path) for path in OUT.glob("two/*.json")]
        assert not before - Counter(word for record in kept for word in words(record))
        assert findings()
    change_files(done.changes[-1:])
    assert is_merged or findings() == []


def test_lines_are_not_taken_back_as_a_correction(two: tuple[str, str]) -> None:
    """The entry of the moved lines leads to the page: alone it would leave the text behind."""
    do(move_lines(folder(), [CUT], two[1]))
    record = stored(two[0])
    at = [each.path for each in record.corrections].index("lines")

    with pytest.raises(InputError, match="on their page"):
        undo(record, folder().article(record), at)


# ---- any assignment


@pytest.mark.parametrize("seed", range(5))  # a page each
def test_any_rearrangement_keeps_lines_and_facts(seed: int) -> None:
    """Each line stands once, each fact stands somewhere or is told of, the check agrees, and undo gives the bytes."""
    rng = random.Random(seed)
    shutil.copytree(ROOT / "seeds", "seeds")
    page_id = f"page-00{seed % 5}"
    OUT.mkdir()
    shutil.copytree(ROOT / "summaries" / page_id, OUT / page_id)
    shutil.copy(ROOT / "summaries" / f"{page_id}.page.json", OUT)
    start, undone = all_bytes(), list[Rearranged]()
    text = readable(folder(page_id))[1].text_lines
    for _ in range(3):
        before = Counter(word for path in find([OUT]) for word in words(load_record(path)))
        try:
            done = do(_any(rng, folder(page_id)), page_id)
        except InputError:
            continue
        undone.append(done)
        assert all(change.before != change.after for change in done.changes)

        listed = manifest(page_id)
        stands = [n for each in (*(a.lines for a in listed.articles), listed.noise) for n in line_numbers(each)]
        assert sorted(n for n in stands if n in text) == list(text)
        now = Counter(word for path in find([OUT]) for word in words(load_record(path)))
        told = {each.words for each in done.told if each.effect in (Effect.MOVES, Effect.STAYS, Effect.CUT)}
        assert set(before - now) <= told
        wrong = {"differs", "edited", "stale", "page_not_checked", "total_unknown", "sentence_unknown"}
        assert not wrong & {rule for rule, _ in findings()}
    for done in reversed(undone):
        change_files([change.back for change in reversed(done.changes)])
    assert undone
    assert all_bytes() == start


def _any(rng: random.Random, of: PageFolder) -> Assignment:
    """Some lines moved, an article split, or two merged."""
    listed, page = readable(of)
    ids = [each.article_id for each in listed.articles]
    at = rng.randrange(len(page.text_lines))
    lines = page.text_lines[at : at + rng.randrange(1, 6)]
    deed = rng.randrange(4)
    if deed == 0:
        return merge_articles(of, *rng.sample(ids, 2))
    if deed == 1:
        home = rng.choice(listed.articles)
        return split_at(of, home.article_id, rng.choice([n for n in line_numbers(home.lines) if n in page.text_lines]))
    return move_lines(of, lines, rng.choice([*ids, NEW, None]))


# ---- a run afterwards


def test_run_keeps_what_a_person_split(two: tuple[str, str], ledger: Ledger) -> None:
    """Neither the split nor an article is asked about again, and no file changes."""
    do(move_lines(folder(), [CUT], two[1]))
    before, client = all_bytes(), FakeClient([])

    done = run(ledger, client)

    assert client.requests == []
    assert [each.put for each in done.articles] == [Put.UNCHANGED, Put.UNCHANGED]
    assert all_bytes() == before


def test_run_asks_only_what_a_person_wants_asked(two: tuple[str, str], ledger: Ledger) -> None:
    """One article is asked about with its present text; its record is new, the old one is a .bak."""
    do(move_lines(folder(), [CUT], two[1]))
    change_files(ask_again(folder(), two[1]))
    client = FakeClient(answer)

    run(ledger, client, repairs=0)
    again = FakeClient([])
    run(ledger, again, repairs=0)

    assert [request.purpose for request in client.requests] == ["case_study"]
    assert FULL_LINES[CUT - 1][:8] in client.requests[0].messages[-1].content
    assert again.requests == []
    assert stored(two[1]).corrections == ()
    assert (OUT / "two" / f"{two[1]}.json.bak").exists()
    assert (manifest().by_person.held, manifest().by_person.due) == ((two[0],), ())
    assert findings() == []


def test_taking_the_split_back_costs_nothing(two: tuple[str, str], ledger: Ledger) -> None:
    """What the ledger has of the first split is played, and every file is as it was before anybody moved a line."""
    before = all_bytes()
    do(split_at(folder(), two[0], 4))
    do(move_lines(folder(), [2], None))
    do(as_first_split(folder()))
    client = FakeClient([])

    run(ledger, client)

    assert client.requests == []
    assert all_bytes() == before


def test_run_that_began_before_writes_nothing_over(two: tuple[str, str]) -> None:
    """A record or a manifest of the lines as they were, which a run brings late, does not replace what a person did."""
    late = stored(two[0]), manifest()
    do(move_lines(folder(), [CUT], two[1]))
    before = all_bytes()

    assert Store(OUT).put(late[0], overwrite=True)[0] is Put.KEPT_EDITED
    assert Store(OUT).put_page(late[1]) is Put.KEPT_EDITED
    assert all_bytes() == before


def test_changed_page_keeps_the_moved_lines_aside(two: tuple[str, str]) -> None:
    """A page that was edited is split anew; what a person had moved is copied beside the manifest."""
    late = manifest()
    do(move_lines(folder(), [CUT], two[1]))
    moved = (OUT / "two.page.json").read_bytes()

    with pytest.warns(MovedLinesWarning, match="changed since a person moved some; it was split anew"):
        Store(OUT).put_page(late.model_copy(update={"page_sha256": "0" * 64}))

    assert (OUT / "two.page.json.bak").read_bytes() == moved


def test_failed_article_stays_failed_with_its_lines(ledger: Ledger) -> None:
    """An article without a record is not asked about by moving its lines, and its failure tells the present ones."""

    def answer_one(request: Request) -> str:
        return answer(request) if request.purpose == "split" or OWN_WORDS in request.messages[1].content else "no"

    run(ledger, FakeClient(answer_one))
    one, other = (each.article_id for each in manifest().articles)

    do(move_lines(folder(), [8], one))

    failure = load_failure(OUT / "two" / f"{other}.failure.json")
    assert failure.lines == ((7, 7),)


def test_failure_that_goes_is_told(ledger: Ledger) -> None:
    """Of an article without a record it is said that its failure goes, and never that its summary stays."""

    def answer_one(request: Request) -> str:
        return answer(request) if request.purpose == "split" or OWN_WORDS in request.messages[1].content else "no"

    run(ledger, FakeClient(answer_one))
    one, other = (each.article_id for each in manifest().articles)

    moved = do(move_lines(folder(), [8], one))
    merged = do(merge_articles(folder(), one, other))

    asked = {each.article_id: each.effect for each in moved.told if each.effect in (Effect.ASK, Effect.UNASKED)}
    assert asked == {one: Effect.ASK, other: Effect.UNASKED}
    assert (Effect.FAILED, other, OTHER_LINES[0], one) in merged.told
    assert not list((OUT / "two").glob(f"{other}*"))


def test_diff_tells_a_split_and_moved_lines(two: tuple[str, str]) -> None:
    """Two folders are compared: an article in two, and facts that somebody moved, with the name."""
    shutil.copytree(OUT, "before")
    do(move_lines(folder(), [CUT], two[1]))
    moved = diff(["before", OUT.as_posix()])
    assert {change.by for article in moved.articles for change in article.changes} == {"anna"}

    do(as_first_split(folder()))
    do(split_at(folder(), two[0], 4))
    parted = diff(["before", OUT.as_posix()])

    changes = [change for article in parted.articles for change in article.changes]
    assert "article_split" in {change.kind.value for change in changes}
    assert {change.by for change in changes if change.kind.value != "article_split"} == {"anna"}
