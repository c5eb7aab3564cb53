"""The facts of a case and the paths by which findings call them."""

from __future__ import annotations

import re

import pytest
from making import case_text, make_test_article
from pydantic import ValidationError

from summariser.numbers.time import read_time
from summariser.records.grounding import read_reply
from summariser.schema.case import Period, fact_kind, fact_path
from summariser.schema.codes import (
    CODE_LISTS,
    CODEBOOK,
    LEVEL_RANK,
    POLICY_FRAME_WORDS,
    RENAMED_CODES,
    THEME_FUNCTION,
    Chain,
    Decision,
    PolicyFrame,
    ResultKind,
    Theme,
    codes_in_force,
)
from summariser.schema.exchange import spell_path
from summariser.tables import read_table

SAID = ("zh", "en", "include_zh", "exclude_zh", "include_en", "exclude_en", "example")


def test_facts_come_with_their_paths() -> None:
    """Every fact is given once, under the path that findings use, what stands once first."""
    case = read_reply(case_text(problem="职工没有时间学习", problem_sents=[2]), make_test_article()).case

    paths = [path for path, _ in case.facts()]

    assert paths == ["place", "time", "problem", "actors[0]", "people[0]", "actions[0]", "results[0]"]
    assert dict(case.facts())["results[0]"] is case.results[0]


@pytest.mark.parametrize(
    ("path", "fact", "kind"),
    [
        ("results[2].value_text", "results[2]", "result"),
        ("people[0]", "people[0]", "person"),
        ("time_text", "time", "time"),
        ("lesson_sents", "lesson", "lesson"),
        ("summary", "", ""),
        ("actors", "", ""),
        ("$", "", ""),
    ],
)
def test_path_of_a_finding_leads_to_its_fact(path: str, fact: str, kind: str) -> None:
    """A finding inside a fact belongs to it; one about the codes, the prose or a whole list belongs to none."""
    assert fact_path(path) == fact
    assert fact_kind(fact) == kind


@pytest.mark.parametrize(
    ("location", "spelled"),
    [(("case", "results", 2, "kind"), "case.results[2].kind"), ((), ""), ((0, "a"), "[0].a")],
)
def test_place_in_json_is_spelled_as_a_person_writes_it(location: tuple[int | str, ...], spelled: str) -> None:
    """Members are joined by points, positions stand in brackets."""
    assert spell_path(location) == spelled


def test_every_list_of_codes_has_its_class_and_every_named_code_its_row() -> None:
    """The lists of `codes.csv` are the classes of codes.py, and what a class names in its body is in its list."""
    named = {codes.__name__: set(vars(codes).get("__annotations__", ())) for codes in CODE_LISTS}

    assert {row["list"] for row in read_table("codes")} == named.keys()
    assert all(names <= set(codes.__members__) for codes, names in zip(CODE_LISTS, named.values(), strict=True))
    assert {member.zh for codes in CODE_LISTS for member in codes}.isdisjoint({""})
    assert set(THEME_FUNCTION) == set(Theme)
    assert set(POLICY_FRAME_WORDS) == set(PolicyFrame)
    assert {level.value for level, rank in LEVEL_RANK.items() if not rank} == {
        "functional_zone", "industry_local", "enterprise_group", "enterprise", "workplace_group", "public_institution",
        "unknown",
    }  # fmt: skip


def test_version_of_the_codebook_gives_its_own_codes() -> None:
    """A code is given from its first version to its last; one that ended says what took its place in the next."""
    old, new = ({row["code"] for row in codes_in_force("ResultKind", version)} for version in (2, 3))

    assert set(ResultKind) == old if CODEBOOK == 2 else set(ResultKind) == new
    assert {code: RENAMED_CODES["ResultKind", code] for code in old - new} == {
        "floor_area": "dimensions",
        "wage_benefit_change": "wages_benefits",
        "resolution_rate": "problems_solved",
        "satisfaction_rate": "ratings_votes",
    }
    assert set(RENAMED_CODES.values()) <= new
    assert len(new) == 40
    assert {row["code"] for row in codes_in_force("ResultStatus", 3)} - {
        row["code"] for row in codes_in_force("ResultStatus", 2)
    } == {"estimate", "capacity"}
    assert [row["code"] for row in codes_in_force("Chain", 2)] == [code.value for code in Chain]


def test_every_code_of_a_record_s_results_says_what_is_in_and_what_is_out() -> None:
    """A coder finds for each kind, status, role, step and claimant what gets it, in both languages, and an example."""
    lists = ("ResultKind", "ResultStatus", "ActorRole", "Chain", "Claimant")
    rows = [row for name in lists for row in codes_in_force(name, 3)]

    lacking = [row["code"] for row in rows if not all(row[column] for column in SAID)]
    named = {word for row in rows for word in re.findall(r"\b[a-z]+_[a-z_]+\b", row["exclude_en"] + row["exclude_zh"])}

    assert lacking == []
    assert named <= {row["code"] for row in rows}, "an exclusion sends to a code that there is not"


def test_definition_in_chinese_names_other_codes_by_their_labels() -> None:
    """Codes of the same list are quoted labels, whatever stands before them; words of other lists stay as they are."""
    assert Decision.LABOUR_RELATED.definition_zh.endswith(f"工会做了事的用“{Decision.UNION_CASE.zh}”")
    assert Decision.FRAGMENT.definition_zh.startswith("续文或残篇")
    assert "chain 是 context 的数" in ResultKind("other").definition_zh
    assert not [code for code in Theme if re.search("[a-z]_", code.definition_zh)]


def test_what_shares_fields_with_another_thing_is_made_of_it() -> None:
    """A field that is given wins, the others are the source's; one that nobody knows, or nobody gives, is refused."""
    span = read_time("2025年8月")

    assert Period.made_of(span, text="八月") == Period(text="八月", edtf="2025-08", start="2025-08", end="2025-08")
    assert Period.made_of(span, text="八月", end="2025-10").end == "2025-10"
    for fields in ({}, {"text": "八月", "month": 8}):
        with pytest.raises(ValidationError):
            Period.made_of(span, **fields)
