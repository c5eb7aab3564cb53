"""Stored records are held against their pages again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_client import FakeClient
from making import (
    FULL_LINES,
    LINES,
    case_reply,
    case_text,
    full_reply,
    make_page,
    make_plan,
    make_test_article,
    make_test_record,
    put_record,
    result_reply,
    split_reply,
)

from summariser.disk.ledger import open_ledger
from summariser.disk.record_text import dump_json
from summariser.disk.store import Store
from summariser.disk.stored import find, load_records
from summariser.pipeline import Progress, Resources, run_pages
from summariser.readers.dispatch import read_page
from summariser.records.grounding import CHECKS_VERSION, read_reply
from summariser.records.make import RecordCheck, as_reply, check_records
from summariser.reply import CaseReply
from summariser.schema.page import Page


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A record on disk, with its page and the manifest of the page."""
    page = tmp_path / "page-900.txt"
    page.write_text("\n".join(LINES), encoding="utf-8")
    with open_ledger(None) as ledger:
        plan = make_plan(ledger, repairs=0)
        client = FakeClient([split_reply(), case_text()])
        resources = Resources(client, Store(tmp_path / "summaries"), ledger, None)
        asyncio.run(run_pages([read_page("page-900.txt")], resources, plan, Progress()))
    return next(find([tmp_path / "summaries"]))


def _edit(record: Path, change: Callable[[dict], object]) -> RecordCheck:
    """Edit a record file as a person would, and check it."""
    content = json.loads(record.read_text(encoding="utf-8"))
    change(content)
    record.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return next(check_records([record]))


def test_untouched_record_is_sound(record: Path) -> None:
    """What the tool wrote passes its own check without a notice; the check names the file and counts its facts."""
    (check,) = check_records([record])

    assert (check.findings, check.is_sound, check.is_record, check.lacks_record) == ((), True, True, False)
    assert check.path == record
    (stored,) = load_records(record)
    assert (check.own, check.facts) == (stored.findings, (0, len(stored.case.facts())))


@pytest.mark.parametrize(("state", "awaits"), [("open", True), ("accepted", False), ("rejected", False)])
def test_record_is_to_be_reviewed_until_somebody_decides(record: Path, state: str, awaits: bool) -> None:
    """A record that needs a review awaits one as long as its review is open."""
    check = _edit(record, lambda content: (content.update(needs_review=True), content["review"].update(state=state)))

    assert check.awaits_review is awaits


def test_differing_source_is_told_field_by_field(record: Path) -> None:
    """A reviewer reads names and dates, not how Python spells them."""
    source = {"newspaper": "临河日报", "issue_date": "2026-03-05", "origins": {"newspaper": "sidecar"}}
    check = _edit(record, lambda r: (r["source"].update(source), r.update(bylines=["某人", "李岩"])))

    said = {finding.path: finding.message for finding in check.findings}
    assert said.keys() == {"$", "bylines", "source.newspaper", "source.issue_date", "source.origins"}
    assert said["bylines"].startswith("The record says 某人、李岩; the page says ")
    assert said["source.issue_date"] == "The record says 2026-03-05; the page says nothing."
    assert said["source.origins"] == "The record says newspaper sidecar; the page says nothing."


def test_record_is_checked_from_another_folder(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is found from the record's own place, wherever the check is started."""
    monkeypatch.chdir(record.parent)

    assert next(check_records([record])).findings == ()


def test_harmless_edit_is_only_noticed(record: Path) -> None:
    """A person may reword; the check says that the record was edited and nothing worse."""
    check = _edit(record, lambda r: r["case"].update(headline_en="A Night School in Linhe"))

    assert check.is_sound
    assert [(finding.path, finding.rule) for finding in check.findings] == [("$", "edited")]


def test_record_of_older_rules_is_told(record: Path) -> None:
    """Rules that changed since are named with both numbers; a finding that only they gave is no difference."""
    finding = {"path": "summary", "severity": "notice", "rule": "length", "message": "The summary has 9 characters."}
    check = _edit(record, lambda r: (r["provenance"].update(checks="0"), r["findings"].append(finding)))

    assert check.is_sound
    assert [(each.path, each.rule) for each in check.findings] == [
        ("provenance.checks", "older_checks"),
        ("$", "edited"),
    ]
    assert all(number in check.findings[0].message for number in ("0", CHECKS_VERSION))


@pytest.mark.parametrize("part", ["article_id", "page_id"])
def test_record_in_another_place_is_told(record: Path, part: str) -> None:
    """A record whose file or folder has another name than its article or page is told so."""
    place = record.parent.with_name("page-901") / record.name if part == "page_id" else record.with_name("a0.json")
    place.parent.mkdir(exist_ok=True)
    record.rename(place)

    (check,) = check_records([place])

    assert ("article_id", "wrong_place") in {(each.path, each.rule) for each in check.findings}


def test_finding_that_the_record_leaves_out_is_told(record: Path) -> None:
    """What is wrong with a fact is told as if for the first time, with its own rule, where the record says nothing."""
    check = _edit(record, lambda r: r["case"].update(one_line="临河区总工会办夜校，450名职工参加。"))

    assert {("one_line", "number_not_in_article"), ("needs_review", "differs")} <= {
        (each.path, each.rule) for each in check.findings
    }


EDITS: dict[str, tuple[Callable[[dict], object], str]] = {
    "a quantity": (lambda r: r["case"]["results"][0]["quantity"].update(value=300), "results[0].quantity"),
    "where a number stands": (
        lambda r: r["case"]["results"][0]["quantity"].update(start=1, end=5),
        "results[0].quantity",
    ),
    "the words of a number": (lambda r: r["case"]["results"][0].update(value_text="近300名"), "results[0].value_text"),
    "an offset": (lambda r: r["case"]["results"][0]["evidence"].update(start=1), "results[0].evidence"),
    "a quote": (lambda r: r["case"]["people"][0]["evidence"].update(quote="不在页面上的话"), "people[0].evidence"),
    "a span": (lambda r: r["case"]["results"][0]["evidence"]["spans"][1].update(start=1), "results[0].evidence"),
    "a cited sentence": (lambda r: r["case"]["results"][0]["evidence"].update(sents=[1]), "results[0].value_text"),
    "a sentence that nobody added": (
        lambda r: r["case"]["actions"][0]["evidence"].update(sents=[2, 3], added=[3]),
        "actions[0].evidence",
    ),
    "a number in the prose": (lambda r: r["case"].update(summary="夜校有45名学员，区总工会办的。"), "summary"),
    "a level": (lambda r: r["case"]["actors"][0].update(level="national"), "actors[0].level"),
    "how words were found": (
        lambda r: r["case"]["actions"][0]["evidence"].update(match="failed"),
        "actions[0].evidence",
    ),
    "the function": (lambda r: r["case"].update(function="serve"), "function"),
    "a division code": (lambda r: r["case"]["place"].update(code="110000"), "place.code"),
    "a level's source": (lambda r: r["case"]["actors"][0].update(level_from="model"), "actors[0].level_from"),
    "a support": (lambda r: r["case"]["results"][0].update(support="none"), "results[0].support"),
    "a verdict that nobody gave": (
        lambda r: r["case"]["results"][0].update(support_by="model", support="words"),
        "results[0].support",
    ),
    "a rank": (lambda r: r["case"]["actors"][0].update(rank="national"), "actors[0].rank"),
    "a chain of parts": (lambda r: r["case"]["results"][0].update(part_of=0), "results[0].part_of"),
    "a sentence of the text": (lambda r: r["text"]["sentences"][0].update(text="区总工会"), "text"),
    "a sentence less": (lambda r: r["text"]["sentences"].pop(), "text"),
    "the hash of the text": (lambda r: r["text"].update(sha256="0" * 64), "text"),
    "the newspaper": (lambda r: r["source"].update(newspaper="临河日报"), "source.newspaper"),
    "that more was left out": (lambda r: r["case"].update(more_results=True), "results"),
    "an unprinted date": (lambda r: r["case"]["time"].update(start="2024"), "time.start"),
    "a frame": (lambda r: r["case"].update(policy_frames=["industrial_workforce_reform"]), "policy_frames"),
    "the headline": (lambda r: r.update(headline="区总工会办夜校"), "headline"),
    "the kicker": (lambda r: r.update(kicker="工会在身边"), "kicker"),
    "the byline": (lambda r: r.update(bylines=[]), "bylines"),
    "the dateline": (lambda r: r.update(dateline={"place": "临河", "month": 5, "day": 1}), "dateline"),
    "the kind": (lambda r: r.update(kind="feature"), "kind"),
    "the need of a review": (lambda r: r.update(needs_review=True), "needs_review"),
    "a finding": (
        lambda r: r["findings"].append(
            {"path": "summary", "severity": "notice", "rule": "length", "message": "The summary has 9 characters."}
        ),
        "summary",
    ),
    "the source": (lambda r: r["provenance"].update(source="page-901.txt"), "provenance.source"),
    "how it was cut": (lambda r: r["provenance"].update(split_method="rules"), "provenance.split_method"),
    "the prompt of the split": (lambda r: r["provenance"].update(split_prompt="split@0"), "provenance.split_prompt"),
    "the text of the prompt": (lambda r: r["provenance"].update(prompt_sha256="0" * 64), "provenance.prompt_sha256"),
    "the schema": (lambda r: r["provenance"].update(reply_schema="x.json"), "provenance.reply_schema"),
    "the lines": (lambda r: r.update(lines=[[1, 2]]), "lines"),
    "the article it is of": (lambda r: r.update(article_id="a00000000"), "article_id"),
    "a sentence that does not exist": (
        lambda r: r["case"]["actions"][0]["evidence"].update(sents=[77]),
        "actions[0].sents",
    ),
}


@pytest.mark.parametrize(("change", "path"), EDITS.values(), ids=EDITS)
def test_edit_that_departs_from_the_page_is_named(record: Path, change: Callable[[dict], object], path: str) -> None:
    """An edit that the page does not bear out makes the record unsound, at the place that was edited."""
    check = _edit(record, change)

    assert not check.is_sound
    assert path in {finding.path for finding in check.findings}


SAID = {
    "the headline": "区总工会办夜校 page 临河区总工会把课堂开到车间",
    "the kicker": "工会在身边 page nothing",
    "a quantity": "“近200名” 300 名 (nearly) page “近200名” 200 名 (nearly)",
    "where a number stands": "(nearly) at 1; page (nearly) at",
    "a sentence of the text": "“区总工会” (sentence 1, line page “临河区总工会把课堂开到车间” (sentence 1,",
    "a sentence less": "sentences; page (sentence",
    "the hash of the text": "0000; page",
    "an offset": "“近200名职工参加” at 1 line 3 page “近200名职工参加” at line 3",
    "how words were found": "sentences 2, (failed page sentences 2, (sentence_only",
    "a span": "value subject 1- page value subject",
    "a sentence that nobody added": "sentences 2, 3, added 3, page sentences 2, (sentence_only",
    "the text of the prompt": "0000 prompt",
    "the schema": "x.json prompt schemas/case_reply/",
    "a finding": "length page",
}


@pytest.mark.parametrize("name", SAID)
def test_difference_tells_what_stands_there_and_what_should(record: Path, name: str) -> None:
    """The message has the value of the record, then where the other comes from, then that value."""
    change, path = EDITS[name]
    check = _edit(record, change)
    message = next(each.message for each in check.findings if (each.path, each.rule) == (path, "differs"))

    for word in SAID[name].split():
        message = message.partition(word)[2] if word in message else pytest.fail(f"{word} is not told")


def test_changed_page_makes_its_records_unsound(record: Path, tmp_path: Path) -> None:
    """When the page file changed, its records have to be made again."""
    page = tmp_path / "page-900.txt"
    page.write_text(page.read_text(encoding="utf-8") + "\n又一行。", encoding="utf-8")

    check = next(check_records([record]))

    assert [finding.rule for finding in check.findings] == ["page_changed"]


def test_missing_page_is_said(record: Path, tmp_path: Path) -> None:
    """A record whose page is gone cannot be called sound."""
    (tmp_path / "page-900.txt").unlink()

    check = next(check_records([record]))

    assert [finding.rule for finding in check.findings] == ["page_not_checked"]


def test_broken_json_is_a_finding_with_line_and_column(record: Path) -> None:
    """A record broken by hand is reported with the place, and the next one is checked."""
    record.write_text('{"a": 1,,}', encoding="utf-8")

    check = next(check_records([record]))

    assert (check.path, check.own) == (record, None)
    assert [(each.path, each.rule) for each in check.findings] == [("$", "unreadable")]
    assert "line 1" in check.findings[0].message


def test_record_that_climbs_out_is_a_finding(record: Path) -> None:
    """A record whose page id is a path is told as misplaced; the check neither fails nor leaves the folder."""
    check = _edit(record, lambda r: r.update(page_id="../x"))

    assert "wrong_place" in {finding.rule for finding in check.findings}


def test_manifest_with_impossible_lines_is_a_finding(record: Path) -> None:
    """Lines beyond the page, in record and manifest alike, are told in words."""
    manifest = record.parent.with_name("page-900.page.json")
    content = json.loads(manifest.read_text(encoding="utf-8"))
    content["articles"][0]["lines"] = [[1, 999]]
    manifest.write_text(json.dumps(content), encoding="utf-8")

    check = _edit(record, lambda r: r.update(lines=[[1, 999]]))

    assert "page_not_checked" in {finding.rule for finding in check.findings}


def test_everything_wrong_with_a_record_is_told_on_one_line(record: Path) -> None:
    """A record that breaks the schema in several places is one finding that names them all."""
    check = _edit(record, lambda r: (r.update(kind="song"), r["case"].update(decision="maybe")))

    assert "\n" not in check.findings[0].message
    assert "kind" in check.findings[0].message
    assert "case.decision" in check.findings[0].message


def test_invented_words_are_told_and_cost_the_fact_its_support(record: Path) -> None:
    """What a person writes into a fact is checked as if the model had said it."""
    check = _edit(record, lambda r: r["case"]["actions"][0].update(text="区总工会在别处办了45所夜校。"))

    told = {(each.path, each.rule) for each in check.findings}
    assert {("actions[0].text", "number_not_in_article"), ("actions[0].support", "differs")} <= told


def test_decided_record_keeps_the_origin_it_was_made_with(record: Path) -> None:
    """When a page is split again, a record that a person's work protects is told to be of the earlier split."""
    check = _edit(
        record,
        lambda r: (
            r["review"].update(state="accepted", by="Li"),
            r["provenance"].update(split_method="rules", split_prompt=None),
        ),
    )

    assert check.is_sound
    assert {each.rule for each in check.findings} == {"edited", "split_again"}
    told = {each.path: each.message for each in check.findings}
    assert "rules; the page says model" in told["provenance.split_method"]


def test_words_that_code_finds_inexact_again_are_told_once(tmp_path: Path) -> None:
    """A title that the page prints otherwise is found so by each check, and the record has one finding for it."""
    page = tmp_path / "page-900.txt"
    page.write_text(
        "\n".join((*LINES[:2], LINES[2].replace("何建平说", "夜校高级焊接指导教师何建平说"))), encoding="utf-8"
    )
    person = case_reply()["people"][0] | {"title": "夜校高级焊接指异教师", "sents": [4]}
    reply = case_text(people=[person])
    with open_ledger(None) as ledger:
        resources = Resources(FakeClient([split_reply(), reply]), Store(tmp_path / "summaries"), ledger, None)
        asyncio.run(run_pages([read_page("page-900.txt")], resources, make_plan(ledger, repairs=0), Progress()))
    (check,) = check_records([tmp_path / "summaries"])

    assert check.own is not None
    assert [(each.path, each.rule) for each in check.own] == [("people[0].title", "mention_inexact")]
    assert check.findings == ()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"place": None, "time": None, "actors": [], "people": [], "actions": [], "results": [], "more": True},
        {"problem": "不耽误干活", "problem_sents": [1, 2], "lesson": "要办下去", "lesson_sents": [4]},
        {"secondary_themes": ["other"], "beneficiaries": [], "decision": "not_union"},
        {"people": [case_reply()["people"][0] | {"name": "赵丽", "sents": [3]}]},
        {"people": [case_reply()["people"][0] | {"sents": [1]}], "devices": [{"name": "夜校", "sents": [1]}]},
        {"results": [result_reply(claimant="何建平", period_text="近日", before_text="3门")]},
    ],
    ids=["whole", "bare", "statements", "codes", "absent words", "sentences that code adds", "words of a result"],
)
def test_stored_case_gives_the_reply_that_it_was_made_of(changes: dict) -> None:
    """What the model said and cited itself can be taken from the case again."""
    reply = case_reply(**changes)

    case = read_reply(json.dumps(reply), make_test_article()).case

    assert as_reply(case) == CaseReply.model_validate_json(json.dumps(reply))


def test_case_with_every_field_gives_its_reply() -> None:
    """Employers, devices, relations, totals, periods and speakers come back as they were given."""
    reply = json.dumps(full_reply())

    case = read_reply(reply, make_test_article(FULL_LINES)).case

    assert as_reply(case) == CaseReply.model_validate_json(reply)


def test_prompt_of_ones_own_is_not_held_to_a_released_one(record: Path) -> None:
    """A prompt that this package does not know cannot differ from its release."""
    check = _edit(record, lambda r: r["provenance"].update(prompt="mine@1", prompt_sha256="0" * 64))

    assert {each.rule for each in check.findings} == {"edited"}


def test_article_without_a_record_is_told(record: Path) -> None:
    """A failure, and an article that no run came to, are told beside the records; a failure beside a record is not."""
    record.with_name("a11111111.failure.json").write_text(FAILURE.format("a11111111"), encoding="utf-8")
    record.with_name(f"{record.stem}.failure.json").write_text(FAILURE.format(record.stem), encoding="utf-8")
    checks = list(check_records([record.parent]))

    assert {check.path.name: [(each.path, each.rule) for each in check.findings] for check in checks} == {
        "a11111111.failure.json": [("$", "no_record")],
        record.name: [],
        f"{record.stem}.failure.json": [("$", "failed_since")],
    }
    told = {each.rule: each.message for check in checks for each in check.findings}
    assert all("invalid_reply: no usable reply" in message for message in told.values())
    assert {rule: "last asked" in message for rule, message in told.items()} == {
        "no_record": False,
        "failed_since": True,
    }

    record.unlink()
    record.with_name(f"{record.stem}.failure.json").unlink()
    record.with_name("a22222222.failure.json").write_text(FAILURE.format("a22222222"), encoding="utf-8")

    checks = [check for check in check_records([record.parent]) if check.lacks_record]

    assert {each.path for check in checks for each in check.findings} == {"$"}
    assert sorted(check.path.name for check in checks) == sorted(
        [record.name, "a11111111.failure.json", "a22222222.failure.json"]
    )
    assert [check.path for check in check_records([record.with_name("a11111111.failure.json")])] == [
        record.with_name("a11111111.failure.json")
    ]


def test_page_is_read_once_for_all_its_records(record: Path) -> None:
    """However many records a page has, it is read once, and not again for one that cannot be read."""
    for number in range(5):
        record.with_name(f"a0000000{number}.json").write_bytes(record.read_bytes())
    record.with_name("a.json").write_text("{", encoding="utf-8")
    read: list[Path] = []

    def count(path: Path) -> Page:
        read.append(path)
        return read_page(path)

    checks = list(check_records([record.parent], read=count))

    assert len(checks) == 7
    assert len(read) == 1


FAILURE = """{{"$schema": "schemas/failure/1.json", "article_id": "{}", "page_id": "page-900", "headline": null,
"lines": [[1, 3]], "reason": "invalid_reply", "message": "no usable reply", "prompt": "case_study@1", "model": "m",
"attempts": []}}"""


def test_manifest_with_an_id_that_no_file_can_have_is_told(record: Path) -> None:
    """An article id longer than any name is an article without a record, not a crash."""
    path = record.parent.parent / "page-900.page.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["articles"].append(manifest["articles"][0] | {"article_id": "工" * 400})
    path.write_text(json.dumps(manifest), encoding="utf-8")

    checks = list(check_records([record.parent]))

    assert [each.lacks_record for each in checks] == [True, False]


def test_processes_find_what_one_finds(tmp_path: Path) -> None:
    """Shared out among processes, the same is found in the same order: sound, edited, broken, missing, unlistable."""
    source, out = tmp_path / "page-900.txt", tmp_path / "many"
    source.write_text("\n".join(LINES), encoding="utf-8")
    for number in range(210):
        put_record(make_page(name=f"p{number:03}.txt").model_copy(update={"path": str(source)}), out)
    first, second, third, fourth = (next((out / f"p00{number}").glob("*.json")) for number in range(4))
    first.write_text("{", encoding="utf-8")
    second.write_text(second.read_text(encoding="utf-8").replace("夜校", "夜间学校"), encoding="utf-8")
    third.rename(third.with_name("a00000000.json"))
    (out / "p000" / "link").symlink_to(tmp_path)

    alone = list(check_records([out]))
    shared = list(check_records([out], processes=2))

    assert shared == alone
    assert len(alone) == 210 + 2  # the article without its record, the link
    assert sum(not check.is_sound for check in alone) >= 4
    assert fourth in {check.path for check in alone if check.is_sound}


def test_result_without_its_chain_is_no_record(tmp_path: Path) -> None:
    """Only a record of version 1 may lack the chain of a result; of another it is said, by every verb alike."""
    record, _ = make_test_record(make_page(), case_text())
    tree = json.loads(dump_json(record))
    tree["case"]["results"][0]["chain"] = None
    (tmp_path / "a.json").write_text(json.dumps(tree), encoding="utf-8")

    (check,) = check_records([tmp_path / "a.json"])

    assert [finding.rule for finding in check.findings] == ["unreadable"]
    assert "a result has no chain" in check.findings[0].message
