"""A person goes through records: what comes first, what a decision does, how it is taken back."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fake_client import FakeClient
from making import LINES, case_reply, case_text, make_plan, split_reply

from summariser.cli.review import review
from summariser.disk.ledger import open_ledger
from summariser.disk.record_text import dump_json, is_edited
from summariser.disk.store import Put, Store
from summariser.disk.stored import PageFolder, find, load_record
from summariser.errors import InputError, StoreError
from summariser.pipeline import Progress, Resources, run_pages
from summariser.readers.dispatch import read_page
from summariser.records.make import check_records
from summariser.reviewing.decisions import (
    DROP,
    ReviewItem,
    accept,
    add_note,
    correct,
    list_facts,
    queue,
    reject,
    value_at,
)
from summariser.schema.case import Rule
from summariser.schema.codes import Decision
from summariser.schema.page import Article
from summariser.schema.record import Record, Review

RESULT = case_reply()["results"][0]
UNIT_CUT = RESULT | {"value_text": "近200"}  # the page prints 近200名
INEXACT = {"kind": "campaign", "to": "临河区总工会近日在纺织园里办起夜校", "sents": [2]}  # no 里 on the page
BY = "王梅"
DAY = "2026-11-29"


def run_page(*, ledger_path: Path | None = None, **changes: object) -> Put | None:
    """Make the record of page-900 from a reply with these changes, as a run does; what became of it."""
    Path("page-900.txt").write_text("\n".join(LINES), encoding="utf-8")
    with open_ledger(ledger_path) as ledger:
        plan = make_plan(ledger, repairs=0)
        resources = Resources(FakeClient([split_reply(), case_text(**changes)]), Store(Path("summaries")), ledger, None)
        outcomes = asyncio.run(run_pages([read_page("page-900.txt")], resources, plan, Progress())).pages
    return outcomes[0].articles[0].put


def make_item(**changes: object) -> tuple[ReviewItem, Article]:
    """A stored record made from a reply with these changes, and its article."""
    run_page(**changes)
    path = next(find(["summaries"]))
    item = ReviewItem(path, load_record(path))
    article = PageFolder(item.path.parent).article(item.record)
    assert isinstance(article, Article)
    return item, article


def sit(keys: str, *arguments: str) -> Result:
    """Run the verb with these keys and lines typed."""
    done = CliRunner().invoke(
        review, ["--by", BY, *arguments], input=keys, standalone_mode=False, env={"COLUMNS": "150"}
    )
    if done.exception:
        raise done.exception
    return done


def stored() -> Record:
    """The one record on disk."""
    return load_record(next(find(["summaries"])))


# ---- which come first


def _named(record: Record, name: str, **changes: object) -> ReviewItem:
    return ReviewItem(Path(name), record.model_copy(update=changes))


def test_records_that_need_a_person_come_first() -> None:
    """The most doubtful come first: unsupported prose, then damage, then the rest; decided records are left out."""
    record = make_item()[0].record
    decided = Review(state="accepted", by=BY, note=None)
    items = [
        _named(record, "sound"),
        _named(record, "decided", review=decided),
        _named(record, "damaged page", findings=(Rule.LIST_FULL.at("results", "x"),), needs_review=True),
        _named(record, "invented", findings=(Rule.WRONG_LANGUAGE.at("summary", "x"),), needs_review=True),
    ]

    assert [str(item.path) for item in queue(items)] == ["invented", "damaged page", "sound"]
    assert [str(item.path) for item in queue(items, everything=True)][-1] == "decided"


# ---- what a decision does


def test_acceptance_leaves_the_content_alone() -> None:
    """Accepting changes the review and nothing else, and keeps an earlier note."""
    record = add_note(make_item()[0].record, " 与原报核对过 ", by=BY)

    accepted = accept(record, by="李岩")

    assert accepted.review == Review(state="accepted", by="李岩", note="与原报核对过")
    assert not is_edited(accepted)


def test_accepting_an_edited_record_calls_it_corrected() -> None:
    """Who is content with a record after an edit has corrected it."""
    item, article = make_item()
    edited = correct(item.record, article, "headline_en", "A Night School in Linhe", by=BY, date=DAY).record

    assert accept(edited, by=BY).review.state == "corrected"


def test_rejection_names_the_decision_code() -> None:
    """A record that is no case says why, and keeps the hash of what the tool wrote."""
    item, article = make_item()

    rejected = reject(item.record, article, Decision.NOT_UNION, by=BY, date=DAY)

    assert (rejected.case.decision, rejected.review.state) == (Decision.NOT_UNION, "rejected")
    assert is_edited(rejected)


def test_corrected_words_of_a_number_are_read_by_code() -> None:
    """Who types the words gets the quantity, and the finding about them is gone."""
    item, article = make_item(results=[UNIT_CUT])
    assert item.record.needs_review

    done = correct(item.record, article, "results[0].value_text", "近200名", by=BY, date=DAY)

    assert done.objections == ()
    assert done.record.findings == ()
    assert not done.record.needs_review
    assert done.record.case.results[0].supported
    assert done.record.case.results[0].quantity.raw == "近200名"
    assert done.record.review == Review(state="corrected", by=BY, note=None)


def test_correction_keeps_the_hash_of_the_tool() -> None:
    """A correction stays visible as an edit."""
    item, article = make_item(results=[UNIT_CUT])

    done = correct(item.record, article, "results[0].value_text", "近200名", by=BY, date=DAY).record

    assert done.provenance.content_sha256 == item.record.provenance.content_sha256
    assert is_edited(done)


def test_correction_that_the_page_does_not_bear_out_is_objected_to() -> None:
    """An invented number is named at the place where it was typed, and marks its fact."""
    item, article = make_item()

    done = correct(item.record, article, "results[0].value_text", "近300名", by=BY, date=DAY)

    assert [finding.path for finding in done.objections] == ["results[0].value_text"]
    assert not done.record.case.results[0].supported
    assert done.record.needs_review


def test_record_stays_open_while_another_fact_waits() -> None:
    """Correcting one fact decides nothing about another one that the page does not bear out."""
    item, article = make_item(results=[UNIT_CUT], headline_en="999 Schools")

    done = correct(item.record, article, "results[0].value_text", "近200名", by=BY, date=DAY).record

    assert done.review == Review(state="open", by=BY, note=None)


def test_untouched_facts_stay_as_they_were_stored() -> None:
    """A correction elsewhere neither upgrades an inexact quote to an exact one nor forgets the notice about it."""
    item, article = make_item(relations=[INEXACT], results=[UNIT_CUT])
    assert [finding.rule for finding in item.record.findings] == ["mention_inexact", "value_cut"]

    done = correct(item.record, article, "results[0].value_text", "近200名", by=BY, date=DAY).record

    assert done.case.relations == item.record.case.relations
    assert [finding.rule for finding in done.findings] == ["mention_inexact"]


def test_dropped_fact_takes_its_findings_along() -> None:
    """Taking out one fact moves the findings of those behind it, and forgets its own."""
    item, article = make_item(relations=[INEXACT | {"to": "北湾夜校"}, INEXACT])
    assert [finding.path for finding in item.record.findings] == ["relations[0].to", "relations[1].to"]

    done = correct(item.record, article, "relations[0]", DROP, by=BY, date=DAY)

    assert done.objections == ()
    assert done.record.case.relations == item.record.case.relations[1:]
    assert [finding.path for finding in done.record.findings] == ["relations[0].to"]


VALUES = {
    "a code by its Chinese label": ("results[0].kind", "培训人数", lambda case: case.results[0].kind, "people_trained"),
    "a code by itself": ("primary_theme", "other", lambda case: case.primary_theme, "other"),
    "several codes": (
        "secondary_themes",
        "other, 劳动安全卫生",
        lambda c: c.secondary_themes,
        ("other", "labour_safety"),
    ),
    "nothing": ("people[0].title", "-", lambda case: case.people[0].title, None),
    "sentences": ("actors[0].sents", "1 2", lambda case: case.actors[0].evidence.sents, (1, 2)),
    "an English label": ("results[0].kind", "people trained", lambda case: case.results[0].kind, "people_trained"),
    "a date of the issue": ("source.issue_date", "2026-03-06", lambda case: case.place.county, "临河区"),
    "part of a place": ("place.county", "-", lambda case: case.place, None),
}


@pytest.mark.parametrize(("path", "typed", "look", "expected"), VALUES.values(), ids=VALUES)
def test_values_are_typed_as_a_person_would(path: str, typed: str, look, expected: object) -> None:
    """Codes by code or label, lists with any separator, a dash for nothing."""
    item, article = make_item()

    done = correct(item.record, article, path, typed, by=BY, date=DAY)

    assert look(done.record.case) == expected


REFUSED = {
    "an unknown code": ("results[0].kind", "rubbish", "participants 参加人数"),
    "an empty name": ("actors[0].name", " ", "cannot be empty"),
    "a sentence that is none": ("actors[0].sents", "三", "no number of a sentence"),
    "a sentence that does not exist": ("actors[0].sents", "77", "There is no sentence 77"),
    "no sentence at all": ("actors[0].sents", "-", "at least one sentence"),
    "the same value": ("results[0].value_text", "近200名", "stands there already"),
    "what code reads from the name": ("actors[0].level", "national", "correct what it is read from"),
    "a place that does not exist": ("results[0].colour", "red", "there is no field colour"),
    "a fact that does not exist": ("results[7]", DROP, "no such fact"),
}


@pytest.mark.parametrize(("path", "typed", "said"), REFUSED.values(), ids=REFUSED)
def test_value_that_cannot_stand_there_is_refused(path: str, typed: str, said: str) -> None:
    """The refusal says what may stand there instead."""
    item, article = make_item()

    with pytest.raises(InputError, match=said):
        correct(item.record, article, path, typed, by=BY, date=DAY)


def test_every_listed_field_is_a_place_of_the_reply() -> None:
    """What the list of facts offers can be looked up, where the case holds nothing there as well."""
    item, _ = make_item(place=None, time=None)

    shown = {path: value_at(item.record, path) for f in list_facts(item.record.case) for path in f.fields.values()}

    assert shown["results[0].value_text"] == "近200名"
    assert shown["place.county"] == shown["time.text"] == shown["problem_sents"] == "-"
    assert len(shown) == len(set(shown)) == 55


# ---- going on and back


def test_undo_goes_back_through_every_step() -> None:
    """Steps are taken back last first, skipped records included; each is shown again."""
    record = make_item()[0].record
    other = record.model_copy(update={"article_id": "a00000000"})
    (Path("summaries") / "page-900" / "a00000000.json").write_text(dump_json(other), encoding="utf-8")
    before = {path: path.read_bytes() for path in find(["summaries"])}

    done = sit("snnoted\nuuq")

    assert re.findall("([12]) of 2", done.output) == ["1", "2", "2", "2", "1"]
    assert {path: path.read_bytes() for path in find(["summaries"])} == before


# ---- at the terminal


def test_corrected_record_is_sound_and_survives_the_next_run() -> None:
    """A correction typed at the terminal passes the check, and a run that says otherwise leaves it alone."""
    run_page(results=[UNIT_CUT])

    done = sit("c8\nvalue_text\n近200名\nn与原报核对过\nq")

    assert done.return_value == 0
    assert "value_cut" not in stored().model_dump_json()
    assert stored().review == Review(state="corrected", by=BY, note="与原报核对过")
    assert [finding.rule for finding in next(check_records(find(["summaries"]))).findings] == ["corrected"]
    assert run_page(results=[UNIT_CUT]) is Put.KEPT_EDITED
    assert stored().case.results[0].value_text == "近200名"


def test_without_a_terminal_nothing_is_shown() -> None:
    """Where no key can be read (a job, a pipe), that is said at once, before any record."""
    run_page()
    command = [sys.executable, "-m", "summariser", "review", "--by", BY]

    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, start_new_session=True, check=False)

    assert (done.returncode, done.stdout, b"needs a terminal" in done.stderr) == (2, b"", True)


def test_fact_is_called_as_findings_call_it() -> None:
    """A fact can be named by its path as well as by its number."""
    run_page(results=[UNIT_CUT])

    sit("cresults[0]\nvalue_text\n近200名\nq")

    assert stored().case.results[0].value_text == "近200名"


def test_misprint_is_typed_with_what_the_page_prints() -> None:
    """Words that are not on the page are asked about; the fact is then shown with both, and the check accepts it."""
    run_page()

    sit("c8\n数值\n20名\n近200名\nq")
    shown = sit("", "--all").output

    (kept,) = stored().corrections
    assert (kept.path, kept.reason, kept.printed) == ("results[0].value_text", "misprint", "近200名")
    assert stored().case.results[0].quantity.value == 20
    assert "printed:" in shown
    assert [finding.rule for finding in next(check_records(find(["summaries"]))).findings] == ["corrected"]


@pytest.mark.parametrize("label", ["kind", "类别", "Kind"])
def test_fields_are_typed_by_name_or_label(label: str) -> None:
    """A field has its name in the record, a Chinese and an English one."""
    run_page()

    sit(f"c8\n{label}\n培训人数\nq")

    assert stored().case.results[0].kind.value == "people_trained"


def test_prose_in_both_languages_is_shown() -> None:
    """A finding about an English sentence can be held against it."""
    run_page()

    shown = " ".join(sit("q").stdout.split())

    case = stored().case
    assert all(text[:12] in shown for text in (case.summary, case.headline_en, case.summary_en))


def test_fact_is_added_by_its_words_and_sentences() -> None:
    """Kind and fields are typed; code reads the number, and the person is named."""
    run_page()
    fields = ["夜校的补贴标准", "投入", "补贴奖励标准", "已实现", "300元", "每人", "-", "-", "-", "-", "-", "3"]

    sit("f成果\n" + "\n".join(fields) + "\nq")

    added, (kept,) = stored().case.results[-1], stored().corrections
    assert (added.quantity.value, added.quantity.per, added.evidence.sents) == (300, "人", (3,))
    assert added.support_by == "person"
    assert (kept.path, kept.reason, kept.by) == ("results[1]", "missing", BY)


def test_fact_without_sentence_is_refused_at_the_terminal() -> None:
    """The reason is shown, and nothing is written."""
    run_page()
    before = stored()

    done = sit("fdevices\n星光课堂\n\nq")

    assert "at least one sentence" in done.output
    assert stored() == before


def test_fact_that_the_page_bears_out_is_answered_for_and_taken_back() -> None:
    """`o` makes the fact the person's, `b` takes that back: the record is as the tool wrote it, but for the review."""
    run_page(results=[UNIT_CUT])
    before = stored()

    sit("o8\nq")
    answered = stored()
    sit("b0\nq", "--all")

    assert (answered.case.results[0].support, answered.case.results[0].support_by) == ("sentences", "person")
    assert answered.review.state == "corrected"
    assert stored().case == before.case
    assert not is_edited(stored())


def test_second_yes_is_not_taken_back_by_a_later_correction() -> None:
    """Who kept a value against the page decided about it; correcting something else leaves the record corrected."""
    run_page()

    sit("c8\nvalue_text\n近300名\n\nyq")
    sit("c0\nheadline_en\nA Night School in Linhe\nq", "--all")

    assert stored().review.state == "corrected"
    assert not stored().awaits_review


def test_accepting_unsupported_facts_asks_once_and_is_kept() -> None:
    """The number of facts that the page does not bear out is asked about, and stands in the note."""
    run_page(results=[UNIT_CUT])
    assert stored().awaits_review

    refused = sit("an")
    after_no = stored().review.state
    sit("ay")

    assert "does not bear out 1 fact." in refused.output
    assert after_no == "open"
    assert (stored().review.state, stored().review.note) == (
        "accepted",
        "accepted with 1 fact that the page does not bear out",
    )
    assert not stored().awaits_review


def test_objection_is_shown_and_needs_a_second_yes() -> None:
    """What the page does not bear out is written only after y."""
    run_page()
    before = stored()

    refused = sit("c8\nvalue_text\n近300名\n\nnq")
    after_no = stored()
    sit("c8\nvalue_text\n近300名\n\nyq")

    assert "does not stand in the article" in refused.output
    assert after_no == before
    assert stored().case.results[0].value_text == "近300名"


def test_keys_decide_and_undo_reaches_the_disk() -> None:
    """Undo after a note leaves the file as it was, byte for byte; x decides."""
    run_page()
    path = next(find(["summaries"]))
    before = path.read_bytes()

    sit("nzuerst\nuq")
    after_undo = path.read_bytes()
    done = sit("x1\n")

    assert after_undo == before
    assert done.return_value == 0
    assert (stored().review.state, stored().case.decision) == ("rejected", Decision.LABOUR_RELATED)


def test_quitting_leaves_the_rest_for_later() -> None:
    """The end of the input quits; what is open is shown again, what is decided is not."""
    run_page()

    assert sit("s").return_value == 1
    assert sit("").return_value == 1
    assert sit("a").return_value == 0
    assert "1 of 1" not in sit("").output
    assert "1 of 1" in sit("", "--all").output


def test_words_of_facts_are_marked_and_findings_stand_on_top() -> None:
    """The page's sentences, the facts and what is wrong with them are on one screen."""
    run_page(results=[UNIT_CUT])

    output = sit("").output

    assert output.index("unsupported: results[0].value_text") < output.index("夜校开设3门课程")
    assert "近200名 = 200 名 nearly" in output


@pytest.mark.parametrize("key", ["a", "x"])
def test_record_of_a_changed_page_is_not_decided(key: str) -> None:
    """Nobody has seen it beside its page as it is now, and the screen says so."""
    run_page()
    Path("page-900.txt").write_text("别的\n", encoding="utf-8")

    done = sit(f"{key}q")

    assert "changed since the record was written" in done.output
    assert "nothing can be decided on this record" in done.output
    assert stored().review.state == "open"


def test_record_without_its_page_can_be_decided_but_not_corrected() -> None:
    """Without its page a value cannot be checked, and the screen says so."""
    run_page()
    Path("page-900.txt").unlink()

    done = sit("ca")

    assert "nothing can be corrected here" in done.output
    assert stored().review.state == "accepted"


def test_foreign_control_codes_do_not_reach_the_terminal() -> None:
    """What a record says is shown as text."""
    run_page(headline_en="x", one_line="\x1b[2J办夜校[bold]")

    assert "\x1b[2J" not in sit("").output


def test_decision_on_a_file_edited_meanwhile_is_not_written() -> None:
    """An edit made while the record was on the screen is not lost."""
    run_page()
    path = next(find(["summaries"]))
    seen = load_record(path)
    edited = json.loads(path.read_text(encoding="utf-8"))
    edited["case"]["headline_en"] = "Edited meanwhile"
    path.write_text(json.dumps(edited, ensure_ascii=False), encoding="utf-8")
    bytes_before = path.read_bytes()

    with pytest.raises(StoreError, match="was changed since it was shown"):
        Store(Path("summaries")).put_decision(accept(seen, by=BY), seen=seen)

    assert path.read_bytes() == bytes_before


def test_terminal_says_where_lines_are_moved() -> None:
    """The key of the workbench for it leads there, with the record, and changes nothing."""
    run_page()
    before = stored()

    said = " ".join(sit("g").output.split())

    assert f"in the workbench: summariser serve, Review, {before.page_id}/{before.article_id}, key g." in said
    assert stored() == before
