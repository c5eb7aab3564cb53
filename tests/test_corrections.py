"""What people changed in stored records, and whether a newly made case agrees with them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import ROOT
from making import case_reply, case_text, make_test_article
from processes import summariser
from test_review import RESULT, UNIT_CUT, run_page, sit

from summariser.cli.eval import corrections
from summariser.disk.ledger import open_ledger
from summariser.disk.record_text import OlderRecordWarning, seal
from summariser.disk.store import Store
from summariser.disk.stored import PageFolder, find, load_record
from summariser.errors import CassetteError, StoreError
from summariser.records.grounding import read_reply
from summariser.records.make import UpgradeOutcome, upgrade_files
from summariser.reviewing.amend import amend, remove_fact
from summariser.reviewing.corrections import (
    UNKNOWN,
    FoundCorrection,
    Status,
    find_corrections,
    honoured,
    list_edits,
)
from summariser.reviewing.git import Git, HistoryWarning, git_user_name, read_histories
from summariser.reviewing.revisions import WORKING_TREE
from summariser.schema.case import Case, Rule
from summariser.schema.page import Article
from summariser.schema.record import CorrectionReason, Record

INVENTED = RESULT | {"text": "发出的奖状", "value_text": "5000余人次"}
WHO = {"by": "王梅", "date": "2026-11-29"}
Change = Callable[[dict], object]


def git(*arguments: str, by: str = "工具") -> None:
    """Run git in the working folder, as somebody."""
    who = ["-c", f"user.name={by}", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


def commit(by: str, when: str = "2026-11-21T08:00:00+08:00") -> None:
    """Commit everything."""
    git("add", "summaries", by=by)
    git("commit", "-q", "-m", "x", f"--date={when}", by=by)


def edit(change: Change) -> None:
    """Edit the one record by hand."""
    path = next(find(["summaries"]))
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content["case"])
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


@pytest.fixture
def committed() -> None:
    """A record as the tool wrote it, committed."""
    run_page(results=[UNIT_CUT, INVENTED])
    git("init", "-q")
    commit("工具")


def told(found: list[FoundCorrection]) -> list[tuple[str, str | None, str | None]]:
    """Path, before and after."""
    return [(one.path, one.old, one.new) for one in found]


# ---- what people changed


@pytest.mark.usefixtures("committed")
def test_untouched_and_accepted_records_have_no_corrections() -> None:
    """A decision without an edit is no correction."""
    sit("a")

    assert find_corrections(["summaries"]) == []


@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize(
    ("old", "new"), [('"state": "open"', '"state": "other"'), ("schemas/record/2", "schemas/record/9")]
)
def test_record_that_cannot_be_read_is_an_error_though_it_fits_its_hash(old: str, new: str) -> None:
    """Records that nobody edited are passed over by their hash alone; a broken one is not."""
    (path,) = Path("summaries").glob("*/a*.json")
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")

    with pytest.raises(StoreError):
        find_corrections(["summaries"])


@pytest.mark.usefixtures("committed")
def test_correction_is_told_without_what_code_fills_in() -> None:
    """A corrected number is one correction; the quantity that code read from it is none."""
    sit("c8\nvalue_text\n近200名\nq")

    found = find_corrections(["summaries"])

    assert told(found) == [("results[0].value_text", "近200", "近200名")]
    assert (found[0].by, found[0].reason) == ("王梅", "misread")
    assert len(found[0].when) == len("2026-11-21")


@pytest.mark.usefixtures("committed")
def test_each_correction_names_who_first_committed_it_and_when() -> None:
    """Author and date are those of the commit that brought the change in, whoever edits the record later."""
    edit(lambda case: case.update(headline_en="A Night School in Linhe"))
    commit("王梅", "2026-11-21T08:00:00+08:00")
    edit(lambda case: case.update(one_line="临河区总工会办夜校。"))
    commit("李岩", "2026-11-22T09:00:00+08:00")
    edit(lambda case: case.update(practice_status="launched"))

    found = {one.path: (one.by, one.when) for one in find_corrections(["summaries"])}

    assert found == {
        "headline_en": ("王梅", "2026-11-21T08:00:00+08:00"),
        "one_line": ("李岩", "2026-11-22T09:00:00+08:00"),
        "practice_status": (WORKING_TREE, None),
    }


@pytest.mark.usefixtures("committed")
def test_history_is_followed_over_a_rename_and_a_reordering() -> None:
    """Facts are known again where they moved, records where their folder was renamed."""
    edit(lambda case: case["results"][0].update(subject="职工们"))
    commit("王梅")
    git("mv", "summaries/page-900", "summaries/page-900b")
    edit(lambda case: case["results"].reverse())
    commit("李岩")

    found = find_corrections(["summaries"])

    assert [(one.path, one.by) for one in found] == [("results[1].subject", "王梅")]


@pytest.mark.usefixtures("committed")
def test_merge_does_not_take_the_credit() -> None:
    """A correction from a branch stays its author's after a merge."""
    git("checkout", "-q", "-b", "fix")
    edit(lambda case: case.update(headline_en="A Night School in Linhe"))
    commit("王梅")
    git("checkout", "-q", "-")
    git("commit", "-q", "--allow-empty", "-m", "x", by="李岩")
    git("merge", "-q", "--no-ff", "-m", "x", "fix", by="李岩")

    assert [one.by for one in find_corrections(["summaries"])] == ["王梅"]


def _insert(case: dict) -> None:
    extra = json.loads(json.dumps(case["results"][1])) | {"text": "每人的补贴", "value_text": "300元"}
    extra["evidence"] |= {"quote": "每人补贴300元", "start": 88, "end": 95}
    case["results"].insert(0, extra)


EDITS: dict[str, tuple[Change, list[tuple[str, str | None, str | None]]]] = {
    "a fact taken out": (
        lambda case: case["results"].pop(0),
        [("results[0]", "参加夜校的职工人数 (近200)", None)],
    ),
    "a fact put in before the others": (_insert, [("results[0]", None, "每人的补贴 (300元)")]),
    "a name": (
        lambda case: case["people"][0].update(name="何建伟"),
        [("people[0].name", "何建平", "何建伟")],
    ),
    "quite another name": (
        lambda case: case["people"][0].update(name="赵丽"),
        [("people[0].name", "何建平", "赵丽")],
    ),
    "a theme of an action": (
        lambda case: case["actions"][0].update(theme="other"),
        [("actions[0].theme", "skills_training", "other")],
    ),
    "a place": (lambda case: case["place"].update(province="内蒙古"), [("place.province", None, "内蒙古")]),
    "a decision": (lambda case: case.update(decision="fragment"), [("decision", "union_case", "fragment")]),
    "a quantity alone": (
        lambda case: case["results"][1]["quantity"].update(value=6000),
        [("results[1].quantity", "5,000 人次 (more_than)", "6,000 人次 (more_than)")],
    ),
    "what a number is reckoned by": (
        lambda case: (
            case["results"][0].update(per_text="每月"),
            case["results"][0]["quantity"].update(per="月"),
        ),
        [("results[0].per_text", None, "每月")],
    ),
    "what only code fills in": (
        lambda case: case.update(function="serve"),
        [(UNKNOWN, None, "only what code fills in")],
    ),
}


@pytest.mark.parametrize(("change", "expected"), EDITS.values(), ids=EDITS)
@pytest.mark.usefixtures("committed")
def test_edit_is_told_by_meaning(change: Change, expected: list[tuple[str, str | None, str | None]]) -> None:
    """An edit is one correction at the place a reader would name."""
    edit(change)

    assert told(find_corrections(["summaries"])) == expected


@pytest.mark.usefixtures("committed")
def test_one_record_has_no_changes_against_itself() -> None:
    """What is equal differs nowhere."""
    record = load_record(next(find(["summaries"])))

    assert list(list_edits(record, record)) == []


def test_without_git_the_reply_in_the_ledger_tells_what_the_model_wrote() -> None:
    """Where no history has the tool's version, it is made again from the reply; who it was, the review says."""
    run_page(results=[UNIT_CUT], ledger_path=Path("ledger.db"))
    edit(lambda case: case["results"][0].update(value_text="近200名"))

    with open_ledger(Path("ledger.db")) as ledger:
        found = find_corrections(["summaries"], ledger=ledger)

    assert told(found) == [("results[0].value_text", "近200", "近200名")]
    assert (found[0].by, found[0].when) == (None, None)


def test_result_that_a_reply_has_twice_is_not_taken_for_one_that_a_person_took_out() -> None:
    """The run keeps such a result once; so does what is made again from the reply in the ledger."""
    run_page(results=[UNIT_CUT, UNIT_CUT, INVENTED], ledger_path=Path("ledger.db"))
    edit(lambda case: case["results"].pop())

    with open_ledger(Path("ledger.db")) as ledger:
        found = find_corrections(["summaries"], ledger=ledger)

    assert [(path, new) for path, _, new in told(found)] == [("results[1]", None)]


def test_without_git_and_ledger_the_old_value_is_unknown() -> None:
    """An edit that nobody can name is still told."""
    run_page()
    edit(lambda case: case.update(headline_en="A Night School in Linhe"))

    assert told(find_corrections(["summaries"])) == [(UNKNOWN, None, None)]


@pytest.mark.usefixtures("committed")
def test_edits_of_the_source_and_of_bylines_are_told() -> None:
    """They are named as a correction names them; a title that was corrected is not told again as edited by hand."""
    record, article = make_item_of_stored()
    done = amend(record, article, "headline", "夜校", reason=CorrectionReason.WRONG, **WHO).record
    source = done.source.model_copy(update={"newspaper": "云汀晚报"})
    edited = done.model_copy(update={"source": source, "bylines": ("某人", "李岩")})
    Store(Path("summaries")).put_decision(edited, seen=record)

    assert told(find_corrections(["summaries"])) == [
        ("headline", record.headline, "夜校"),
        ("bylines", "王小禾", "某人, 李岩"),
        ("source.newspaper", None, "云汀晚报"),
    ]


def test_edits_of_records_of_version_1_are_told() -> None:
    """Git has what the tool wrote, before and after the upgrade, which is nobody's edit; their age is told once."""
    shutil.copytree(ROOT / "tests" / "data" / "record_1", "summaries")
    shutil.copytree(ROOT / "seeds", "seeds", ignore=shutil.ignore_patterns("scans"))
    git("init", "-q")
    commit("工具")
    of_age = summariser("corrections").stderr.count("version 1")
    paths = list(find(["summaries"]))
    for path in paths:
        edited = path.read_text(encoding="utf-8").replace('"summary": "', '"summary": "据悉，', 1)
        path.write_text(edited, encoding="utf-8")
    commit("王梅")

    with pytest.warns(OlderRecordWarning):
        before = find_corrections(["summaries"])
    with pytest.warns(OlderRecordWarning):
        outcomes = {each.outcome for each in upgrade_files([Path("summaries")])}
        after = find_corrections(["summaries"])

    assert {(one.path, one.by) for one in before} == {("summary", "王梅")}
    assert len(before) == len(paths)
    assert of_age == 1
    assert outcomes == {UpgradeOutcome.UPGRADED}
    assert [(one.path, one.by) for one in after] == [("summary", "王梅")] * len(paths)


@pytest.mark.usefixtures("committed")
def test_own_corrections_come_first_and_hand_edits_behind() -> None:
    """What the record says itself has its reason and printed words; what was changed beside it comes from git."""
    record, article = make_item_of_stored()
    done = amend(
        record, article, "results[0].value_text", "20名", reason=CorrectionReason.MISPRINT, printed="近200名", **WHO
    )
    done = remove_fact(done.record, article, "results[1]", **WHO)
    Store(Path("summaries")).put_decision(done.record, seen=record)
    edit(lambda case: case.update(headline_en="A Night School in Linhe"))
    commit("李岩")

    found = find_corrections(["summaries"])

    assert [(one.path, one.reason, one.printed, one.old, one.new, one.by) for one in found] == [
        ("results[0].value_text", "misprint", "近200名", "近200", "20名", "王梅"),
        ("results[1]", "false", None, "发出的奖状 (5000余人次)", None, "王梅"),
        ("headline_en", None, None, "Linhe District Union Opens Evening School", "A Night School in Linhe", "李岩"),
    ]


def _under_older_rules() -> None:
    """Let the one record be one that was checked by older rules, which gave a finding that the present ones do not."""
    record, _ = make_item_of_stored()
    older = {"provenance": record.provenance.model_copy(update={"checks": "1"}), "findings": (Rule.LENGTH.at("$", ""),)}
    Store(Path("summaries")).put_decision(seal(record.model_copy(update=older)), seen=record)


@pytest.mark.parametrize("edits", [[], ["headline_en"]])
def test_correction_under_older_rules_is_no_hand_edit(edits: list[str]) -> None:
    """Only its own rules would show another edit in a record, or git; what nobody can tell is not told."""
    run_page()
    _under_older_rules()
    if edits:
        git("init", "-q")
        commit("工具")
    record, article = make_item_of_stored()
    done = amend(record, article, "primary_theme", "other", reason=CorrectionReason.WRONG, **WHO).record
    Store(Path("summaries")).put_decision(done, seen=record)
    if edits:
        edit(lambda case: case.update(headline_en="A Night School in Linhe"))

    assert [one.path for one in find_corrections(["summaries"])] == ["primary_theme", *edits]


def test_removal_of_an_older_fact_is_held_to_a_new_case() -> None:
    """A fact that was taken out before its newest field was known is found again; of an unknown one nothing is said."""
    run_page(results=[UNIT_CUT, INVENTED])
    record, article = make_item_of_stored()
    done = remove_fact(record, article, "results[1]", **WHO).record
    (kept,) = done.corrections
    older = kept.model_copy(update={"model": {k: v for k, v in kept.model.items() if k != "per_text"}})
    strange = kept.model_copy(update={"model": {"text": "奖状"}})
    key = (record.page_id, record.article_id)
    fates = []
    for each in (older, strange):
        Store(Path("summaries")).put_decision(changed := done.model_copy(update={"corrections": (each,)}), seen=record)
        record, found = changed, find_corrections(["summaries"])
        fates.append(honoured(found[:1], {key: _case(results=[INVENTED])}))

    assert fates == [[Status.LOST], [Status.GONE]]


def test_own_correction_is_held_to_a_new_case() -> None:
    """What a person took out and what a person corrected are looked for in a new case by meaning."""
    run_page(results=[UNIT_CUT, INVENTED])
    record, article = make_item_of_stored()
    done = amend(record, article, "results[0].value_text", "近200名", reason=CorrectionReason.MISREAD, **WHO)
    done = remove_fact(done.record, article, "results[1]", **WHO)
    Store(Path("summaries")).put_decision(done.record, seen=record)
    found = find_corrections(["summaries"])
    key = (found[0].page_id, found[0].article_id)

    fate = [honoured(found, {key: _case(results=each)}) for each in ([RESULT], [INVENTED])]

    assert fate == [[Status.HONOURED, Status.HONOURED], [Status.GONE, Status.LOST]]


def make_item_of_stored() -> tuple[Record, Article]:
    """The one record on disk and its article."""
    path = next(find(["summaries"]))
    article = PageFolder(path.parent).article(load_record(path))
    assert isinstance(article, Article)
    return load_record(path), article


@pytest.mark.usefixtures("committed")
def test_record_without_a_seal_has_no_version_of_the_tool() -> None:
    """Nobody can say which version in git the tool wrote; what stands there is not held against any of them."""
    edit(lambda case: case.update(headline_en="A Night School in Linhe"))
    path = next(find(["summaries"]))
    tree = json.loads(path.read_text(encoding="utf-8"))
    tree["provenance"]["content_sha256"] = ""
    path.write_text(json.dumps(tree), encoding="utf-8")

    assert [one.path for one in find_corrections(["summaries"])] == [UNKNOWN]


def test_edit_committed_with_the_record_names_its_author() -> None:
    """Where git has only the edited record, the one who committed it is known, the old value is not."""
    run_page()
    edit(lambda case: case.update(headline_en="A Night School in Linhe"))
    git("init", "-q")
    commit("王梅")

    found = find_corrections(["summaries"])

    assert [(one.path, one.by) for one in found] == [(UNKNOWN, "王梅")]


def test_later_run_is_not_taken_for_a_person() -> None:
    """What another run wrote over an older committed version is the tool's, and only the edit behind it is told."""
    run_page(headline_en="Old")
    git("init", "-q")
    commit("工具")
    run_page(headline_en="New")
    commit("工具")
    edit(lambda case: case.update(one_line="临河区总工会办夜校。"))

    assert [one.path for one in find_corrections(["summaries"])] == ["one_line"]


@pytest.mark.usefixtures("committed")
def test_name_that_the_page_does_not_print_is_still_one_correction() -> None:
    """A name typed anew at the terminal, kept against the page, is told as that person's name."""
    sit("c6\nname\n赵丽\n\nyq")

    assert told(find_corrections(["summaries"])) == [("people[0].name", "何建平", "赵丽")]


def test_older_version_of_the_tool_is_no_measure() -> None:
    """Where what the last run wrote was never committed, an older run's words are not taken for it."""
    run_page(headline_en="Old")
    git("init", "-q")
    commit("工具")
    run_page(headline_en="New")
    edit(lambda case: case.update(one_line="临河区总工会办夜校。"))

    assert told(find_corrections(["summaries"])) == [(UNKNOWN, None, None)]


@pytest.mark.usefixtures("committed")
def test_history_is_empty_where_git_knows_nothing() -> None:
    """A file that was never committed has no versions."""
    Path("summaries/new.json").write_text("{}", encoding="utf-8")

    (new, unknown), (known, history) = read_histories([Path("summaries/new.json"), next(find(["summaries/page-900"]))])

    assert (new.name, unknown) == ("new.json", ())
    assert (known.parent.name, [version.by for version in history]) == ("page-900", ["工具"])


@pytest.mark.skipif(os.name == "nt", reason="the git that counts is a shell script")
@pytest.mark.usefixtures("committed")
def test_history_is_read_once_for_all_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git is asked as often for the corrections of fifty records as for those of one, and tells the same of each."""
    path = next(find(["summaries"]))
    for number in range(50):
        shutil.copy(path, path.with_name(f"a{number:08}.json"))
    commit("工具")
    text = path.read_text(encoding="utf-8").replace("Opens", "Starts")
    for each in list(find(["summaries"])):
        each.write_text(text, encoding="utf-8")
    commit("王梅")
    counting = tmp_path / "bin" / "git"
    counting.parent.mkdir()
    counting.write_text(f'#!/bin/sh\necho >> "{tmp_path}/asked"\nexec "{shutil.which("git")}" "$@"\n', encoding="utf-8")
    counting.chmod(0o755)
    monkeypatch.setenv("PATH", f"{counting.parent}{os.pathsep}{os.environ['PATH']}")

    one = find_corrections([path])
    asked_for_one = (tmp_path / "asked").stat().st_size
    all_of_them = find_corrections(["summaries"])

    assert (tmp_path / "asked").stat().st_size == 2 * asked_for_one
    assert [(each.path, each.by) for each in all_of_them] == [(one[0].path, "王梅")] * 51


SETTINGS = {
    "of the log": ("i18n.logOutputEncoding", "gbk"),
    "wide": ("i18n.logOutputEncoding", "utf-16"),
    "of commits": ("i18n.commitEncoding", "gbk"),
    "base of paths": ("diff.relative", "true"),
    "first commit": ("log.showRoot", "false"),
    "colours": ("color.ui", "always"),
    "notation": ("core.quotePath", "true"),
}


@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize(("name", "value"), SETTINGS.values(), ids=SETTINGS)
def test_no_setting_of_git_changes_what_is_told(name: str, value: str) -> None:
    """Authors, versions and changes are the same whatever git is told of encodings, paths, colours, first commits."""
    edit(lambda case: case.update(one_line="临河区总工会办夜校。"))
    commit("王小禾")
    log = Git(Path("summaries")).last_touches("HEAD~1")
    told = find_corrections(["summaries"])
    git("config", name, value)

    assert {each.by for each in told} == {"王小禾"}
    assert find_corrections(["summaries"]) == told
    assert Git(Path("summaries")).last_touches("HEAD~1") == log


@pytest.mark.usefixtures("committed")
def test_history_that_git_keeps_back_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a repository that git takes for another user's, a warning says why nobody is named, once."""
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "true")
    edit(lambda case: case.update(one_line="临河区总工会办夜校。"))

    with pytest.warns(HistoryWarning, match="dubious ownership") as told:
        found = find_corrections(["summaries"])

    assert len(told) == 1
    assert {each.by for each in found} == {None}


@pytest.mark.usefixtures("committed")
def test_history_is_found_from_within_a_hook(monkeypatch: pytest.MonkeyPatch) -> None:
    """Git tells hooks where the repository is in words that hold only at its top; they are not taken along."""
    monkeypatch.setenv("GIT_DIR", ".git")

    ((_, history),) = read_histories([next(find(["summaries"]))])
    assert len(history) == 1


def test_name_comes_from_git() -> None:
    """Who reviews is whom git would name."""
    git("init", "-q")
    subprocess.run(["git", "config", "user.name", "王梅"], check=True)

    assert git_user_name(Path()) == "王梅"


# ---- whether a new case agrees


def _case(**changes: object) -> Case:
    return read_reply(case_text(**changes), make_test_article()).case


def _correction(before: dict[str, object]) -> list[FoundCorrection]:
    """The corrections of a record made from one reply and corrected to the faultless one."""
    run_page(**before)
    git("init", "-q")
    commit("工具")
    edit(lambda case: case.update(json.loads(_case().model_dump_json())))
    return find_corrections(["summaries"])


ANOTHER = RESULT | {"text": "每人的补贴", "kind": "subsidy_standard", "value_text": "300元"}
REWORDED = RESULT | {"text": "来夜校上课的人数"}
PERSON = case_reply()["people"][0]
HELD = {
    "the same number in other words": ({"results": [UNIT_CUT]}, {"results": [ANOTHER, REWORDED]}, Status.HONOURED),
    "the number cut again": ({"results": [UNIT_CUT]}, {"results": [UNIT_CUT, ANOTHER]}, Status.LOST),
    "a fact that is not there": ({"results": [UNIT_CUT]}, {"results": [ANOTHER]}, Status.GONE),
    "a code": ({"primary_theme": "other"}, {}, Status.HONOURED),
    "the old code": ({"primary_theme": "other"}, {"primary_theme": "other"}, Status.LOST),
    "a third code": ({"primary_theme": "other"}, {"primary_theme": "digital_services"}, Status.LOST),
    "a fact taken out": ({"results": [RESULT, ANOTHER]}, {"results": [REWORDED]}, Status.HONOURED),
    "a fact taken out and back": ({"results": [RESULT, ANOTHER]}, {"results": [ANOTHER]}, Status.LOST),
    "a fact added": ({"results": []}, {"results": [REWORDED]}, Status.HONOURED),
    "a fact missing again": ({"results": []}, {"results": [ANOTHER]}, Status.LOST),
    "a title": ({"people": [PERSON | {"title": None}]}, {}, Status.HONOURED),
    "prose without the wrong number": (
        {"one_line": "临河区总工会办夜校，5000余人参加。"},
        {"one_line": "近200名职工上了临河区总工会的夜校。"},
        Status.HONOURED,
    ),
    "prose with the wrong number": (
        {"one_line": "临河区总工会办夜校，5000余人参加。"},
        {"one_line": "夜校来了5000余人。"},
        Status.LOST,
    ),
    "prose without any number": (
        {"one_line": "临河区总工会办夜校，5000余人参加。"},
        {"one_line": "临河区总工会办起了夜校。"},
        Status.GONE,
    ),
    "prose that cannot be compared": (
        {"one_line": "临河区总办夜校，近200名职工参加。"},
        {"one_line": "夜校近200名职工参加。"},
        Status.GONE,
    ),
}


@pytest.mark.parametrize(("before", "fresh", "expected"), HELD.values(), ids=HELD)
def test_new_case_is_held_to_the_correction(
    before: dict[str, object], fresh: dict[str, object], expected: Status
) -> None:
    """A correction is honoured, lost or gone by meaning, wherever the fact stands and however it is worded."""
    found = _correction(before)
    key = (found[0].page_id, found[0].article_id)

    assert honoured(found, {key: _case(**fresh)}) == [expected]


def test_article_that_was_not_made_again_is_gone() -> None:
    """Without a new case nothing can be compared."""
    found = _correction({"primary_theme": "other"})

    assert honoured(found, {}) == [Status.GONE]


# ---- at the terminal


def _ask(*arguments: str) -> Result:
    done = CliRunner().invoke(corrections, list(arguments), standalone_mode=False, env={"COLUMNS": "200"})
    if done.exception:
        raise done.exception
    return done


@pytest.mark.usefixtures("committed")
def test_list_for_a_machine_and_for_a_reader() -> None:
    """Both say field, before, after, who and when."""
    edit(lambda case: case.update(headline_en="A Night School in Linhe"))
    commit("王梅")

    row = json.loads(_ask("--json").stdout)[0]
    table = _ask().stdout

    assert (row["path"], row["new"], row["by"]) == ("headline_en", "A Night School in Linhe", "王梅")
    assert all(part in table for part in ("headline_en", "A Night School", "王梅", "2026-11-21", "1 correction in 1"))


def _seed_record(path: str, value: object) -> None:
    """A record of the seeds, committed and then corrected at a code of the case."""
    for folder in ("seeds", "cassettes", "summaries"):
        shutil.copytree(ROOT / folder, folder)
    git("init", "-q")
    commit("工具")
    file = next(path for path in find(["summaries"]) if load_record(path).case.practice_status == "running")
    record = load_record(file)
    edited = record.model_copy(update={"case": record.case.model_copy(update={path: value})})
    Store(Path("summaries")).put_decision(edited, seen=record)


def test_replay_without_a_recording_of_each_page_says_nothing() -> None:
    """Of a page that cannot be played nobody knows what is honoured, so that is an error, as it is of all pages."""
    _seed_record("headline_en", "Something That No Model Said 7 Times")
    file = next(path for path in find(["summaries"]) if path.parent.name == "page-001")
    record = load_record(file)
    edited = record.model_copy(update={"headline": "夜校"})
    Store(Path("summaries")).put_decision(edited, seen=record)
    Path("cassettes/page-001.yaml").unlink()

    with pytest.raises(CassetteError, match="page-001"):
        _ask("--replay")


def test_replay_tells_a_lost_correction_and_leaves_the_records_alone() -> None:
    """A correction that the recorded replies contradict is lost, and the exit code says so."""
    _seed_record("headline_en", "Something That No Model Said 7 Times")
    before = {path: path.read_bytes() for path in find(["summaries"])}

    done = _ask("--replay", "--json")

    assert done.return_value == 1
    assert [row["status"] for row in json.loads(done.stdout)] == ["lost"]
    assert {path: path.read_bytes() for path in find(["summaries"])} == before
