"""A diff tells a correction once, with what the model wrote, what the page prints and who it was."""

from __future__ import annotations

from typing import Any

import pytest
from test_amend import MISPRINT, MISREAD, VERDICTS, WHO, WRONG, _make, _misprinted

from summariser.disk.record_text import dump_json
from summariser.reviewing.amend import accept_fact, add_fact, amend, remove_fact
from summariser.reviewing.diff import compare_sides, render_markdown
from summariser.reviewing.differences import Difference, DifferenceKind
from summariser.reviewing.revisions import Sides, StoredItem
from summariser.schema.codes import SupportFrom
from summariser.schema.record import Record


def _told(old: Record, new: Record) -> list[Difference]:
    sides = [
        (StoredItem(f"{each.article_id}.json", each.page_id, each.article_id, each, dump_json(each)),)
        for each in (old, new)
    ]
    found = compare_sides(Sides("old", "new", sides[0], sides[1], 1))
    return [change for article in found.articles for change in article.changes]


def test_misprint_is_one_difference_with_all_three() -> None:
    """Not number, words, evidence and support apart: one correction by a person."""
    record, article = _misprinted()
    done = amend(record, article, "results[0].value_text", "12万名", reason=MISPRINT, **WHO).record

    (change,) = _told(record, done)

    assert (change.kind, change.path) == (DifferenceKind.CORRECTED, "case.results[0].value_text")
    assert (change.old, change.printed, change.new, change.by) == ("12名万", "12名万", "12万名", "王梅")
    assert "12名万" in change.quote


CASES: dict[str, tuple[str, tuple[Any, ...], dict[str, Any]]] = {
    "a code of a fact": ("amend", ("results[0].kind", "other"), {"reason": WRONG}),
    "a name": ("amend", ("people[0].name", "王小禾"), {"reason": MISREAD}),
    "a theme, which has a function": ("amend", ("primary_theme", "other"), {"reason": WRONG}),
    "prose": ("amend", ("one_line", "夜校近200名职工参加。"), {"reason": WRONG}),
    "a group": ("amend", ("beneficiaries[0].group", "women_workers"), {"reason": WRONG}),
    "the date of the issue, which dates the facts": (
        "amend",
        ("source.issue_date", "2026-03-06"),
        {"reason": WRONG},
    ),
    "a title": ("amend", ("headline", "夜校"), {"reason": WRONG}),
    "a fact put in": ("add_fact", ("devices", {"name": "夜校", "sents": [2]}), {}),
    "a fact taken out": ("remove_fact", ("people[0]",), {}),
    "what stands once taken out": ("remove_fact", ("lesson",), {}),
    "a fact answered for": ("accept_fact", ("results[1]",), {}),
}
DO = {each.__name__: each for each in (amend, add_fact, remove_fact, accept_fact)}


@pytest.mark.parametrize(("verb", "given", "named"), CASES.values(), ids=CASES)
def test_each_correction_is_told_once(verb: str, given: tuple[Any, ...], named: dict[str, Any]) -> None:
    """What code makes of a correction is not told beside it, and a run is not blamed."""
    record, article, *_ = _make(verdicts=VERDICTS, beneficiaries=[{"group": "frontline_workers", "sents": [1]}])
    done = DO[verb](record, article, *given, **named, **WHO).record

    told = _told(record, done)

    assert [(change.kind, change.by) for change in told] == [(DifferenceKind.CORRECTED, "王梅")]


def test_fact_answered_for_is_told_by_whom() -> None:
    """What changed is who says that the sentences bear it out."""
    record, article, *_ = _make(verdicts=VERDICTS)
    path = next(path for path, fact in record.case.facts() if fact.support_by is SupportFrom.MODEL and fact.supported)
    done = accept_fact(record, article, path, **WHO).record

    (change,) = _told(record, done)

    assert (change.old, change.new) == ("sentences (model)", "sentences (person)")


def test_removed_total_is_told_with_its_parts_and_nothing_else() -> None:
    """Results behind it move up, which is no change of theirs; the one that was a part of it is told."""
    record, article, *_ = _make()
    done = remove_fact(record, article, "results[0]", **WHO).record

    assert [(change.kind, change.path) for change in _told(record, done)] == [
        (DifferenceKind.CORRECTED, "case.results[0].part_of"),
        (DifferenceKind.CORRECTED, "case.results[0]"),
    ]


def test_change_beside_a_correction_is_told_as_before() -> None:
    """A hand edit of another fact is no part of the correction."""
    record, article, *_ = _make()
    done = amend(record, article, "results[0].kind", "other", reason=WRONG, **WHO).record
    edited = done.model_copy(update={"case": done.case.model_copy(update={"one_line": "临河区总工会办夜校。"})})

    assert {change.path for change in _told(record, edited)} == {"case.results[0].kind", "case.one_line"}
    assert [change.path for change in _told(done, edited)] == ["case.one_line"]


def test_comment_shows_what_the_page_prints() -> None:
    """The Markdown of a pull request has before, now and printed."""
    record, article = _misprinted()
    done = amend(record, article, "results[0].value_text", "12万名", reason=MISPRINT, **WHO).record
    sides = [(StoredItem("a.json", each.page_id, each.article_id, each, dump_json(each)),) for each in (record, done)]

    text = render_markdown(compare_sides(Sides("old", "new", sides[0], sides[1], 1)), texts={}, link_base="")

    assert "printed: `12名万`" in text
