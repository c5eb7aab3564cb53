"""The log of a published case base says what changed since a release, and brings a copy of it up to that."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from making import case_text, make_page, make_test_record, put_record, result_reply

from summariser.cli.share import changes
from summariser.disk.record_text import dump_json
from summariser.disk.store import Store
from summariser.disk.stored import PageFolder, find, load_record
from summariser.errors import InputError, StoreError
from summariser.records.grounding import FactVerdict
from summariser.reviewing.amend import accept_fact, add_fact, amend, remove_fact, undo
from summariser.reviewing.corrections import list_changes
from summariser.reviewing.decisions import accept
from summariser.reviewing.practices import join_records
from summariser.schema.codes import Support, SupportFrom
from summariser.schema.page import Article
from summariser.schema.record import CorrectionReason, Record

WHO = {"by": "王梅", "date": "2026-11-29"}
RECORDS = Path("summaries")


def git(*arguments: str, by: str = "工具") -> None:
    """Run git in the working folder, as somebody."""
    who = ["-c", f"user.name={by}", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


def commit(by: str) -> None:
    """Commit everything."""
    git("add", "-A", by=by)
    git("commit", "-q", "-m", "x", "--date=2026-11-30T08:00:00+08:00", by=by)


def put(name: str, **reply: Any) -> None:
    """A page with the lines of the tests, and its record."""
    page = make_page(name=f"{name}.txt")
    Path(page.path).write_text("\n".join(page.lines), encoding="utf-8")
    put_record(page, RECORDS, **reply)


@pytest.fixture
def released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A case base of three records with the tag v1, and a copy of it elsewhere; the folder of the copy."""
    monkeypatch.chdir(tmp_path)
    for name in ("page-1", "page-2", "page-3"):
        put(name, results=[result_reply(), result_reply(value_text="5000余人次", subject="服务")])
    git("init", "-q")
    commit("工具")
    git("tag", "v1")
    shutil.copytree(RECORDS, tmp_path / "copy")
    return tmp_path / "copy"


def change(name: str, *steps: Callable[[Record, Article], Any]) -> None:
    """Change a record on the disk, as a person does."""
    path = next(find([RECORDS / name]))
    record = load_record(path)
    article = PageFolder(path.parent).article(record)
    assert isinstance(article, Article)
    changed = record
    for step in steps:
        changed = step(changed, article).record
    Store(RECORDS).put_decision(changed, seen=record)


def correct(record: Record, article: Article) -> Any:
    """A misprint corrected."""
    reason = CorrectionReason.MISPRINT
    return amend(record, article, "results[0].value_text", "20名", reason=reason, printed="近200名", **WHO)


def ask(*arguments: str) -> Result:
    """Run the verb."""
    done = CliRunner().invoke(changes, list(arguments), standalone_mode=False)
    if done.exception:
        raise done.exception
    return done


def told() -> list[tuple[str, ...]]:
    """What the log says, without hashes and content."""
    listed = list_changes("v1", (), folder=Path.cwd(), records=RECORDS)
    return [(each.record.partition("/")[0], each.what, each.path, each.by, each.when) for each in listed]


@pytest.mark.usefixtures("released")
def test_corrections_have_their_own_date_and_person() -> None:
    """Corrected, added and removed facts are lines of their own, with what was printed, written and put there."""
    change("page-1", correct, lambda r, a: remove_fact(r, a, "results[1]", **WHO))
    change("page-2", lambda r, a: add_fact(r, a, "devices", {"name": "夜校", "sents": [2]}, **WHO))
    commit("李岩")

    rows = [json.loads(line) for line in ask("--since", "v1", "--json").stdout.splitlines()]

    assert [(row["what"], row["path"], row["by"], row["when"]) for row in rows] == [
        ("corrected", "results[0].value_text", "王梅", "2026-11-29"),
        ("removed", "results[1]", "王梅", "2026-11-29"),
        ("added", "devices[0]", "王梅", "2026-11-29"),
    ]
    assert (rows[0]["printed"], rows[0]["model"], rows[0]["value"]) == ("近200名", "近200名", "20名")
    assert (rows[1]["model"]["value_text"], rows[1]["value"]) == ("5000余人次", None)


@pytest.mark.usefixtures("released")
def test_records_that_came_went_or_were_written_anew_are_told() -> None:
    """Each with who committed it; what is not committed has nobody."""
    put("page-4")
    put("page-2", one_line="临河区总工会办夜校。")
    shutil.rmtree(RECORDS / "page-3")
    commit("李岩")
    path = next(find([RECORDS / "page-1"]))
    Store(RECORDS).put_decision(accept(load_record(path), by="王梅"), seen=load_record(path))

    assert told() == [
        ("page-1", "replaced", "review", None, None),
        ("page-2", "replaced", None, "李岩", "2026-11-30T08:00:00+08:00"),
        ("page-3", "deleted", None, "李岩", "2026-11-30T08:00:00+08:00"),
        ("page-4", "new", None, "李岩", "2026-11-30T08:00:00+08:00"),
    ]


@pytest.mark.usefixtures("released")
def test_what_is_kept_beside_a_correction_is_no_change_of_its_own() -> None:
    """What a second reader had said of a corrected fact is kept with it; only a fact that is answered for is told."""
    page = make_page(name="page-1.txt")
    verdicts = dict.fromkeys(("results[0]", "results[1]"), FactVerdict(Support.SENTENCES, SupportFrom.MODEL))
    results = [result_reply(), result_reply(value_text="5000余人次", subject="服务")]
    record, _ = make_test_record(page, case_text(results=results), verdicts=verdicts)
    Store(RECORDS).put(record, overwrite=True)
    commit("工具")
    git("tag", "-f", "v1")
    change("page-1", correct, lambda r, a: accept_fact(r, a, "results[1]", **WHO))

    (path,) = find([RECORDS / "page-1"])
    assert len(load_record(path).corrections) == 3
    assert [path for _, _, path, *_ in told()] == ["results[0].value_text", "results[1].support"]


@pytest.mark.usefixtures("released")
def test_joined_records_are_told_with_who_joined_them() -> None:
    """A practice is no review; the relation stands in the log, and of a corrected record too."""
    change("page-1", correct)
    join_records(*list(find([RECORDS]))[:2], relation="same_event", by="赵丽")

    rows = [json.loads(line) for line in ask("--since", "v1", "--json").stdout.splitlines()]

    assert [(row["path"], row["by"], row["model"]) for row in rows if row["path"] == "practice"] == [
        ("practice", "赵丽", None),
        ("practice", "赵丽", None),
    ]
    assert {row["value"].partition(" ")[0] for row in rows if row["path"] == "practice"} == {"same_event"}
    assert len(rows) == 3


@pytest.mark.usefixtures("released")
def test_correction_that_was_taken_back_is_told() -> None:
    """A release that had a correction, and has it no more, says that the model's value stands again."""
    change("page-1", correct, lambda r, a: remove_fact(r, a, "results[1]", **WHO))
    commit("王梅")
    git("tag", "-f", "v1")
    change("page-1", lambda r, a: undo(r, a, 0), lambda r, a: undo(r, a, 0))
    commit("李岩")

    assert [row[1:4] for row in told()] == [
        ("corrected", "results[0].value_text", "李岩"),
        ("added", "results[1]", "李岩"),
    ]


def _change_all() -> None:
    change("page-1", correct, lambda r, a: remove_fact(r, a, "results[1]", **WHO))
    put("page-2", one_line="临河区总工会办夜校。")
    shutil.rmtree(RECORDS / "page-3")
    put("page-4")


def _log() -> Path:
    path = Path("log.jsonl")
    path.write_text(ask("--since", "v1", "--json").stdout, encoding="utf-8")
    return path


def _contents(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in find([folder])}


def test_copy_becomes_equal_and_stays_so(released: Path) -> None:
    """Applied once, the copy has the same records, byte for byte; applied again, nothing is changed."""
    _change_all()
    log = _log()

    once = ask(str(released), "--apply", str(log)).stdout
    again = ask(str(released), "--apply", str(log)).stdout

    assert _contents(released) == _contents(RECORDS)
    assert ("Changed 4 records" in once, "Changed 0 records" in again) == (True, True)


@pytest.mark.parametrize("name", ["page-1", "page-3", "page-4"])
def test_copy_that_differs_is_refused_whole(released: Path, name: str) -> None:
    """A record that is not as the release has it is named, and not one is written; one that is in the way too."""
    _change_all()
    log = _log()
    if name == "page-4":
        (released / name).mkdir()
        source = next(find([RECORDS / name]))
        text = source.read_text(encoding="utf-8").replace("近200名职工参加。", "职工参加。")
        (released / name / source.name).write_text(text, encoding="utf-8")
    else:
        path = next(find([released / name]))
        Store(released).put_decision(accept(load_record(path), by="某人"), seen=load_record(path))
    before = _contents(released)

    with pytest.raises(StoreError, match=f"1 record.*not as the release has them: {name}/"):
        ask(str(released), "--apply", str(log))

    assert _contents(released) == before


HOSTILE: dict[str, dict[str, Any]] = {
    "a way out of the folder": {"record": "../page-1"},
    "another record than it names": {"record": "page-2/a0"},
    "another content than its hash": {"after": "0" * 64},
    "no content": {"content": None},
    "no change": {"what": "stolen"},
}


@pytest.mark.parametrize("forged", HOSTILE.values(), ids=HOSTILE)
def test_forged_log_writes_nothing(released: Path, forged: dict[str, Any]) -> None:
    """A log from outside can write records of its own name only, and only what it says they are."""
    change("page-1", correct)
    log = _log()
    row = json.loads(log.read_text(encoding="utf-8")) | forged
    if "record" in forged:
        row["before"] = None
    log.write_text(json.dumps(row), encoding="utf-8")
    before = _contents(released)

    with pytest.raises((InputError, StoreError)):
        ask(str(released), "--apply", str(log))

    assert _contents(released) == before


def test_record_that_could_not_be_read_again_is_not_written(released: Path) -> None:
    """A log with a record beyond what is read changes nothing, also of the others that it names."""
    change("page-1", correct)
    first = _log().read_text(encoding="utf-8")
    record = load_record(next(find([RECORDS / "page-2"])))
    text = dump_json(record.model_copy(update={"review": record.review.model_copy(update={"note": "x" * 20_000_000})}))
    row = json.loads(first.splitlines()[-1]) | {"record": f"page-2/{record.article_id}"}
    row["before"] = hashlib.sha256(dump_json(record).encode()).hexdigest()
    row |= {"after": hashlib.sha256(text.encode()).hexdigest(), "content": text}
    Path("log.jsonl").write_text(first + json.dumps(row), encoding="utf-8")
    before = _contents(released)

    with pytest.raises(StoreError, match="larger than 20 MB"):
        ask(str(released), "--apply", "log.jsonl")

    assert _contents(released) == before


def test_log_may_hold_any_text(released: Path) -> None:
    """A mark that some take for the end of a line stays within its text; a mark of UTF-8 at the beginning is none."""
    change(
        "page-1", lambda record, article: remove_fact(record, article, "results[1]", by="王\u2028梅", date="2026-11-29")
    )
    log = _log()
    log.write_text(log.read_text(encoding="utf-8"), encoding="utf-8-sig")

    ask(str(released), "--apply", str(log))

    assert _contents(released) == _contents(RECORDS)


def test_unknown_release_is_said(released: Path) -> None:
    """A tag that does not exist is an error with what to do."""
    with pytest.raises(InputError, match=r"no commit is called v9.*git tag"):
        ask("--since", "v9")


@pytest.mark.usefixtures("released")
def test_reader_is_told_in_words() -> None:
    """Without --json each change is a line or two: what, who, from what to what, and the printed words."""
    change("page-1", correct)

    shown = ask("--since", "v1").stdout

    assert "corrected  results[0].value_text  王梅 2026-11-29" in shown
    assert "近200名 → 20名 (printed: 近200名)" in shown
    assert "1 change in 1 record" in shown
