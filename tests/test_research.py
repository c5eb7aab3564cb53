"""The queries of docs/research.md answer their questions, and count nothing twice."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ROOT
from making import FULL_LINES, full_reply, make_page, make_test_record, result_reply

from summariser.exporting.formats import make_sqlite
from summariser.exporting.tables import make_sheets

GUIDE = (ROOT / "docs" / "research.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"^## (\d+)\. ([^\n]+)\n.*?```sql\n(.*?)```", GUIDE, re.MULTILINE | re.DOTALL)
PROVINCIAL = {
    "name": "云岭省总工会",
    "org_type": "union_federation",
    "level": "provincial",
    "role": "lead",
    "sents": [2],
}
TOLD = (
    "云岭省总工会今年培训职工3000人，其中女职工1000人。",
    "云岭省总工会投入培训资金60万元，其中教材费10万元。",
    "省总工会主席赵明说，取证率从40%提高到65%。",
    "每人补贴500元，计划明年再培训9000人。",
)


def _money(words: str, **changes: Any) -> dict[str, Any]:
    return result_reply(
        text="投入", kind="money_spent", chain="input", value_text=words, subject=None, sents=[3], **changes
    )


def _trained(words: str, **changes: Any) -> dict[str, Any]:
    return (
        result_reply(text="培训", kind="people_trained", chain="output", value_text=words, subject=None, sents=[2])
        | changes
    )


@pytest.fixture(scope="module")
def base() -> Iterator[sqlite3.Connection]:
    """A case base of two articles: one that tells of a provincial union with totals and parts, one of everything."""
    results = [
        _trained("3000人"),
        _trained("1000人", part_of=0),
        _money("60万元"),
        _money("10万元", part_of=2),
        result_reply(
            text="取证率",
            kind="coverage_rate",
            chain="outcome",
            value_text="65%",
            subject="取证率",
            before_text="40%",
            claimant="赵明",
            sents=[4],
        ),
        result_reply(
            text="补贴",
            kind="subsidy_standard",
            chain="rule",
            status="rule",
            value_text="每人补贴500元",
            subject=None,
            sents=[5],
        ),
        _trained("9000人", status="planned", sents=[5]),
    ]
    reply = full_reply() | {
        "actors": [PROVINCIAL],
        "employers": [],
        "people": [{"name": "赵明", "title": "省总工会主席", "kind": "union_cadre", "sents": [4]}],
        "place": None,
        "time": {"text": "今年", "role": "period", "sents": [2]},
        "devices": [],
        "relations": [],
        "problem": None,
        "problem_sents": [],
        "lesson": None,
        "lesson_sents": [],
        "actions": [],
        "results": results,
        "beneficiaries": [{"group": "new_employment", "sents": [2]}],
        "theme_sents": [2],
        "status_sents": [2],
    }
    lines = ("云岭省总工会今年培训三千人", *TOLD)
    records = [
        make_test_record(make_page(lines, name="a.txt"), json.dumps(reply, ensure_ascii=False))[0],
        make_test_record(make_page(FULL_LINES, name="b.txt"), json.dumps(full_reply(), ensure_ascii=False))[0],
    ]
    connection = sqlite3.connect(":memory:")
    connection.deserialize(make_sqlite(make_sheets(records)))
    yield connection
    connection.close()


def _answer(base: sqlite3.Connection, number: int) -> list[tuple[Any, ...]]:
    return base.execute(QUERIES[number - 1][2]).fetchall()


def test_there_are_ten_questions() -> None:
    """The guide numbers its questions from 1 to 10, each with a query."""
    assert [int(number) for number, _, _ in QUERIES] == list(range(1, 11))


def test_trained_workers_leave_out_plans_and_parts(base: sqlite3.Connection) -> None:
    """Of 3000 trained, 1000 women among them and 9000 planned, the provincial union trained 3000."""
    assert [row[2:4] for row in _answer(base, 1)] == [(3000.0, "人")]


def test_money_counts_each_yuan_once(base: sqlite3.Connection) -> None:
    """The part is not added to its total."""
    assert [row[3:] for row in _answer(base, 2) if row[0] == "a"] == [(600000.0, 1)]


def test_share_of_cases_with_an_outcome_counts_cases(base: sqlite3.Connection) -> None:
    """A case with one achieved outcome counts once, whatever else it has."""
    cases, with_outcome, share = _answer(base, 3)[0]
    assert (cases, share) == (2, round(with_outcome / 2, 3))
    assert with_outcome >= 1


def test_changes_have_both_ends(base: sqlite3.Connection) -> None:
    """A change stands in one row, with its direction and difference."""
    assert ("取证率", "40%", "65%", "rise", 25.0) in [row[1:6] for row in _answer(base, 4)]


def test_subsidies_are_per_person(base: sqlite3.Connection) -> None:
    """Only what is reckoned by person is a subsidy of a person."""
    assert ("补贴", 500.0, "元", "人") in [row[1:5] for row in _answer(base, 5)]


def test_speakers_are_told_by_kind(base: sqlite3.Connection) -> None:
    """Who says a figure is told for each link of the chain; the newspaper says the rest."""
    answer = _answer(base, 6)
    assert ("outcome", "union", 1) in answer
    assert any(row[1] == "newspaper" for row in answer)


@pytest.mark.parametrize("number", [7, 8, 9, 10])
def test_query_runs(base: sqlite3.Connection, number: int) -> None:
    """The other queries run; the quotient of money and people is of the same article."""
    rows = _answer(base, number)
    if number == 10:
        assert rows[0][1:] == (600000.0, 3000.0, 200.0)
