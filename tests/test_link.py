"""Records that may tell of one practice are named with their reasons, and joined by a person only."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from making import LINES, case_text, make_page, make_test_record, result_reply

from summariser.cli import cli
from summariser.disk.record_text import dump_json, is_edited
from summariser.disk.store import Store, write_records
from summariser.disk.stored import load_record
from summariser.errors import InputError, StoreError
from summariser.report.views import to_chinese
from summariser.reviewing.practices import MOST_SHARING, find_practices, join_records, part_records
from summariser.schema.record import Practice, Record

NAMED = (LINES[0], LINES[1].replace("夜校", "夜校“星光课堂”"), *LINES[2:])
OTHER = ("高台县总工会把体检车开进矿区", "高台县总工会上月开出体检车，免费体检80名矿工。", "矿工们说好。")


def _record(name: str, lines: tuple[str, ...] = LINES, **changes: Any) -> Record:
    """A record of a page of these lines."""
    record, _ = make_test_record(make_page(lines, name=f"{name}.txt"), case_text(**changes))
    return record


def _device(sent: int = 2) -> list[dict[str, Any]]:
    return [{"name": "星光课堂", "sents": [sent]}]


def test_same_name_and_lead_make_a_candidate_with_reasons() -> None:
    """Two records that share a device, a lead and a place are a candidate that says so."""
    found = find_practices([_record("a", NAMED, devices=_device()), _record("b", NAMED, devices=_device())])

    assert len(found) == 1
    assert found[0].score == 1.0
    assert [reason.partition(" ")[0] for reason in found[0].reasons][:1] == ["both"]
    assert "星光课堂" in found[0].reasons[0]


def test_every_reason_is_said_in_chinese() -> None:
    """A name, a lead, a place, figures and words that two records share have each a row in the table of findings."""
    figures = [result_reply(), result_reply(value_text="每人补贴300元", subject="补贴", text="补贴")]
    pair = [_record(name, NAMED, devices=_device(), results=figures) for name in ("a", "b")]
    reasons = find_practices(pair)[0].reasons

    said = [to_chinese("alike", reason) for reason in reasons]
    assert len(reasons) == 5
    assert not [each for each in said if re.search("[a-z]", each)]
    assert said[0] == "都用了“星光课堂”这个名称"


def test_same_figures_make_it_one_event() -> None:
    """Reports with two equal figures may be of one event; without, of one practice."""
    figures = [result_reply(), result_reply(value_text="每人补贴300元", subject="补贴", text="补贴")]
    same = find_practices([_record("a", results=figures), _record("b", results=figures)])
    other = find_practices([_record("a"), _record("b")])

    assert (same[0].relation, other[0].relation) == ("same_event", "same_practice")


def test_strangers_and_cases_without_a_union_are_no_candidates() -> None:
    """Records that share nothing, or are no union cases, are not named."""
    stranger = _record(
        "c",
        OTHER,
        actors=[
            {"name": "高台县总工会", "org_type": "union_federation", "level": "county", "role": "lead", "sents": [1]}
        ],
        people=[],
        place={"province": None, "city": None, "county": "高台县", "sents": [1]},
        time=None,
        results=[],
    )
    assert find_practices([_record("a"), stranger]) == []
    assert find_practices([_record("a", decision="labour_related"), _record("b", decision="labour_related")]) == []


def test_key_that_everybody_has_joins_nobody() -> None:
    """What more records share than `MOST_SHARING` is no name of one practice."""
    one = _record("a")
    many = [one.model_copy(update={"page_id": f"p{k}"}) for k in range(MOST_SHARING + 1)]
    assert find_practices(many) == []


@pytest.fixture
def kept(tmp_path: Path) -> list[Path]:
    """Two records of one practice, and a third, as files."""
    store = Store(tmp_path / "summaries")
    for name in ("a", "b", "c"):
        store.put(_record(name))
    return sorted((tmp_path / "summaries").rglob("*.json"))


def _link(*arguments: object) -> tuple[int | None, str]:
    result = CliRunner().invoke(cli, ["link", *map(str, arguments)])
    return result.exit_code, result.output


def test_person_joins_and_parts_records(kept: list[Path]) -> None:
    """Joined records have one id, a third joins them, and a record can be taken out; nothing of it is an edit."""
    assert _link(kept[0], kept[1], "--join", "same_event", "--by", "王")[0] == 0
    assert _link(kept[1], kept[2], "--join", "continues", "--by", "李")[0] == 0

    practices = [load_record(path).practice for path in kept]
    assert len({each.practice_id for each in practices if each}) == 1
    assert [(each.relation, each.by) for each in practices if each] == [
        ("same_event", "王"),
        ("same_event", "王"),
        ("continues", "李"),
    ]
    assert not any(is_edited(load_record(path)) for path in kept)
    assert json.loads(_link(kept[0].parent.parent, "--json")[1]) == []
    _link(kept[1], "--part", "--by", "王")
    assert [load_record(path).practice is None for path in kept] == [False, True, False]


def test_a_practice_of_one_is_no_practice(kept: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes one of two records out takes out both, and is told; both may be named as well."""
    _link(kept[0], kept[1], "--join", "same_event", "--by", "王")
    monkeypatch.chdir(kept[0].parent)

    one = _link(kept[0].name, "--part", "--by", "王")
    none_left = [load_record(path).practice for path in kept]
    _link(kept[0], kept[1], "--join", "same_event", "--by", "王")
    both = _link(kept[0], kept[1], "--part", "--by", "王")

    assert none_left == [None, None, None]
    assert one == (0, "Parted: 1, with them 1 record left alone in a practice.\n")
    assert both == (0, "Parted: 2.\n")
    assert [load_record(path).practice for path in kept] == [None, None, None]


def test_only_who_is_left_alone_is_parted_too(kept: list[Path]) -> None:
    """A record of another practice stays in it, whose id is the beginning of this one; so does a text that names it."""
    for path, practice_id in zip(kept, ("p12", "p12", "p1"), strict=True):
        practice = Practice(practice_id=practice_id, relation="same_event", by="王")
        write_records({path: load_record(path).model_copy(update={"practice": practice})})

    _link(kept[0], "--part", "--by", "王")

    assert [load_record(path).practice is None for path in kept] == [True, True, False]


def test_nothing_is_parted_if_one_record_is_of_no_practice(kept: list[Path]) -> None:
    """Of several records all are looked at before one is written."""
    _link(kept[0], kept[1], "--join", "same_event", "--by", "王")

    with pytest.raises(InputError, match="belongs to no practice"):
        part_records([kept[0], kept[2]])

    assert load_record(kept[0]).practice is not None


def test_practice_survives_a_new_run(kept: list[Path]) -> None:
    """A record that is made anew stays in its practice."""
    _link(kept[0], kept[1], "--join", "same_practice", "--by", "王")
    store = Store(kept[0].parent.parent)
    store.put(_record("a", one_line="临河区总工会办夜校，近200名职工来上课。"))

    record = load_record(kept[0])
    assert record.practice is not None
    assert "来上课" in record.case.one_line


def test_joined_records_are_not_joined_in_another_way(kept: list[Path]) -> None:
    """What stands is a person's: nothing is written, and it is said how and by whom they were joined."""
    _link(kept[0], kept[1], "--join", "same_event", "--by", "王")
    before = [path.read_bytes() for path in kept]

    with pytest.raises(InputError, match="joined already, as same_event by 王"):
        join_records(kept[0], kept[1], relation="same_practice", by="李")
    with pytest.raises(InputError, match="nobody is named"):
        join_records(kept[0], kept[2], relation="same_practice", by=" ")

    assert [path.read_bytes() for path in kept] == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--join", "same_event"), "who decides"),
        (("--join", "same_event", "--by", " "), "who decides"),
        (("--join", "same_event", "--by", "王"), "two record files"),
    ],
    ids=["nobody", "a blank", "one file"],
)
def test_joining_needs_a_person_and_two_records(kept: list[Path], arguments: tuple[str, ...], says: str) -> None:
    """Without a name, or with one file, nothing is joined."""
    code, output = _link(kept[0], *arguments)

    assert (code, says in output) == (2, True)


def test_folders_are_neither_joined_nor_parted(kept: list[Path]) -> None:
    """A practice is of records; a folder of them is told what to name instead, and no record changes."""
    before = [path.read_bytes() for path in kept]
    folder = kept[0].parent

    joined = [_link(*pair, "--join", "same_event", "--by", "王") for pair in ((folder, folder), (kept[0], folder))]
    parted = _link(folder, "--part", "--by", "王")

    assert all((code, "no folder" in output) == (2, True) for code, output in [*joined, parted])
    assert [path.read_bytes() for path in kept] == before


def test_parting_needs_a_record() -> None:
    """Without a file nothing is parted, and nobody is told that it was."""
    code, output = _link("--part", "--by", "王")

    assert (code, "Name the record files" in output) == (2, True)


def test_records_of_two_practices_are_not_joined(kept: list[Path]) -> None:
    """Two practices are not made one by joining a record of each."""
    for path, practice_id in ((kept[0], "p1"), (kept[1], "p2")):
        record = load_record(path)
        practice = {"practice_id": practice_id, "relation": "same_practice", "by": "王"}
        joined = Record.model_validate_json(json.dumps(json.loads(dump_json(record)) | {"practice": practice}))
        path.write_text(dump_json(joined), encoding="utf-8")
    result = CliRunner().invoke(cli, ["link", str(kept[0]), str(kept[1]), "--join", "continues", "--by", "王"])

    assert "p1, p2" in str(result.exception)


def test_link_to_a_record_elsewhere_joins_nothing(kept: list[Path], tmp_path: Path) -> None:
    """A symbolic link is not replaced, its target stays, and the other record is not joined alone."""
    target = tmp_path / "elsewhere.json"
    kept[1].rename(target)
    kept[1].symlink_to(target)
    before = kept[0].read_bytes(), target.read_bytes()

    with pytest.raises(StoreError, match="a symbolic link"):
        join_records(kept[0], kept[1], relation="same_practice", by="王")

    assert kept[1].is_symlink()
    assert (kept[0].read_bytes(), target.read_bytes()) == before
