"""The facts of a case and the paths by which findings call them."""

from __future__ import annotations

import pytest
from making import case_text, make_test_article

from summariser.records.grounding import read_reply
from summariser.schema.case import fact_kind, fact_path
from summariser.schema.codes import CODE_LISTS, POLICY_FRAME_WORDS, THEME_FUNCTION, PolicyFrame, Theme
from summariser.schema.exchange import spell_path
from summariser.tables import read_table


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
