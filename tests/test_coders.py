"""Two coders: where they disagree, value by value, and the record that settles it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from browsing import browser as browser  # noqa: PLC0414 - a fixture
from browsing import find_barriers, open_tab, request, served
from making import FULL_LINES, full_reply, make_page, make_test_record, result_reply
from test_review_room import FULL, OUT, ready, stored, turn
from test_review_room import put as put_in_project

from summariser.errors import InputError
from summariser.reviewing.amend import Who, add_fact, amend, remove_fact
from summariser.reviewing.decisions import Disagreement, accept, list_disagreements, settle
from summariser.schema.page import Article
from summariser.schema.record import CorrectionReason, Record
from summariser.workbench.app import create_app
from summariser.workbench.project_state import count_disagreements
from summariser.workbench.web import REVIEWER_COOKIE, Project, version_of

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(180)]
CODERS, CLARA = ("anna", "bert"), Who(by="clara", date="2026-11-20")
MADE = {"by": "bert", "date": "2026-11-19"}


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Record, Article]:
    """A record and its article, in the current folder."""
    from summariser.disk.stored import PageFolder

    record = put_in_project(FULL, FULL_LINES)
    article = PageFolder(OUT / FULL).article(record)
    assert isinstance(article, Article)
    return record, article


def change(record: Record, article: Article, path: str, value: Any) -> Record:
    """The record with one value of Bert's."""
    return amend(record, article, path, value, reason=CorrectionReason.WRONG, **MADE).record


def test_coders_who_agree_have_no_disagreement(pair: tuple[Record, Article]) -> None:
    """The same record, and the same correction by both, are no disagreement."""
    record, article = pair
    changed = change(record, article, "results[0].status", "planned")

    assert list_disagreements(record, record) == ()
    assert list_disagreements(changed, changed) == ()


def test_every_value_that_differs_is_told_once(pair: tuple[Record, Article]) -> None:
    """A code, a title, a fact that one took out, a fact that one put in: each is one disagreement with both values."""
    record, article = pair
    other = change(record, article, "primary_theme", "labour_safety")
    other = change(other, article, "headline", "另一题")
    other = remove_fact(other, article, "results[1]", **MADE).record
    added = result_reply(text="每人的补贴", value_text="300元", subject="补贴", kind="other")
    other = add_fact(other, article, "results", added, **MADE).record

    found = {each.path: each for each in list_disagreements(record, other)}

    assert set(found) == {"headline", "primary_theme", "results[1]", "+results[3]"}
    assert found["primary_theme"] == Disagreement("primary_theme", "skills_training", "labour_safety")
    assert found["results[1]"].other is None
    assert found["+results[3]"].one is None


@pytest.mark.parametrize("side", ["one", "other"])
def test_settled_record_has_the_values_that_were_taken(pair: tuple[Record, Article], side: str) -> None:
    """Taken as a whole, one side or the other comes out, also where facts go, come and lose what stood once."""
    record, article = pair
    other = change(record, article, "results[2].status", "planned")
    other = change(other, article, "problem", "职工过去没有时间学习")
    for path in ("results[3]", "results[1]", "time", "lesson"):
        other = remove_fact(other, article, path, **MADE).record
    other = add_fact(other, article, "beneficiaries", {"group": "all_workers", "sents": [2]}, **MADE).record
    sides = dict.fromkeys((each.path for each in list_disagreements(record, other)), side)

    settled = settle(record, other, article, sides, CODERS, **CLARA)

    assert len(sides) == 7
    assert list_disagreements(settled, record if side == "one" else other) == ()
    assert (settled.review.state, settled.review.by) == ("accepted" if side == "one" else "corrected", "clara")


@pytest.mark.parametrize("side", ["one", "other"])
def test_what_a_coder_put_in_is_taken_or_left(pair: tuple[Record, Article], side: str) -> None:
    """A fact that only one of both has comes into the settled record or stays out of it."""
    record, article = pair
    bare = remove_fact(record, article, "place", **MADE).record
    sides = dict.fromkeys((each.path for each in list_disagreements(bare, record)), side)

    assert (settle(bare, record, article, sides, CODERS, **CLARA).case.place is None) == (side == "one")


def test_settled_value_keeps_both(pair: tuple[Record, Article]) -> None:
    """Who had what stands in the correction and in the note, whichever was taken."""
    record, article = pair
    other = change(record, article, "results[0].status", "planned")

    taken = settle(record, other, article, {"results[0].status": "other"}, CODERS, **CLARA)
    left = settle(record, other, article, {"results[0].status": "one"}, CODERS, **CLARA)

    assert taken.corrections[-1].note == "results[0].status: planned (bert), not achieved (anna)"
    assert taken.corrections[-1].model == "achieved"
    assert "results[0].status: achieved (anna), not planned (bert)" in (left.review.note or "")


def test_open_disagreement_is_no_settled_record(pair: tuple[Record, Article]) -> None:
    """Every disagreement has to be settled; none is by default."""
    record, article = pair
    other = change(record, article, "results[0].status", "planned")

    with pytest.raises(InputError, match=r"not settled yet: results\[0\]\.status"):
        settle(record, other, article, {}, CODERS, **CLARA)


def test_coders_of_different_records_are_not_settled(pair: tuple[Record, Article]) -> None:
    """Copies of a record that was made anew meanwhile are not mixed."""
    record, article = pair
    page = make_page(FULL_LINES, name=f"pages/{FULL}.txt")
    again = make_test_record(page, json.dumps(full_reply(primary_theme="other")))[0]

    with pytest.raises(InputError, match="did not see the same record"):
        settle(record, again, article, {"primary_theme": "one"}, CODERS, **CLARA)


def code(app: Any, record: Record, who: str, **form: str) -> None:
    """What a coder does to a record: a correction, if any, then accepts it."""
    cookies = {REVIEWER_COOKIE: f"1:{who}"}
    at = f"/review/{record.page_id}/{record.article_id}"
    if form:
        given = {"version": version_of(record), "do": "correct", "fact": "", "sure": "yes"} | form
        assert request(app, "POST", at, data=given, cookies=cookies).status_code == 303
        record = stored(record, Path("reviews") / who)
    given = {"version": version_of(record), "do": "accept", "sure": "yes"}
    assert request(app, "POST", at, data=given, cookies=cookies).status_code == 303


def test_two_coders_are_compared_and_settled_in_the_browser(browser: Any, pair: tuple[Record, Article]) -> None:
    """Only disagreements are shown, with alpha by field; arrows choose, Enter settles, both files stay, undo undoes."""
    record, _ = pair
    app = create_app(Project("案例库"))
    code(app, record, "anna")
    code(app, record, "bert", primary_theme="labour_safety")
    assert count_disagreements(Path("reviews")) == {(FULL, record.article_id): 1}
    with served(app) as base, open_tab(browser, base) as tab:
        tab.context.add_cookies([{"name": REVIEWER_COOKIE, "value": "0:clara", "url": base}])
        tab.goto(f"{base}/review/coders")
        ready(tab)
        assert "primary_theme" in tab.inner_text(".figures-of")
        assert tab.locator(".queue li").count() == 1
        assert find_barriers(tab) == []
        tab.focus(".queue a")
        turn(tab, "Enter")
        assert tab.locator("fieldset").count() == 1
        assert find_barriers(tab) == []
        tab.focus(".settle input[type=radio]")
        tab.keyboard.press("ArrowDown")
        turn(tab, "Enter")

    now = stored(record)
    assert (now.case.primary_theme, now.review.state, now.review.by) == ("labour_safety", "corrected", "clara")
    assert stored(record, Path("reviews/anna")).case.primary_theme == "skills_training"
    undone = request(
        app, "POST", f"/review/{FULL}/{record.article_id}", data={"do": "undo"}, cookies={REVIEWER_COOKIE: "0:clara"}
    )
    assert (undone.status_code, stored(record)) == (303, record)


def test_record_changed_meanwhile_is_not_settled_over(pair: tuple[Record, Article]) -> None:
    """What somebody did to the record since it was shown stays, and is shown."""
    record, _ = pair
    app = create_app(Project("案例库"))
    code(app, record, "anna")
    code(app, record, "bert", primary_theme="labour_safety")
    at, clara = f"/review/{record.page_id}/{record.article_id}", {REVIEWER_COOKIE: "0:clara"}
    request(app, "POST", at, data={"version": version_of(record), "do": "note", "note": "x"}, cookies=clara)

    form = {"version": version_of(record), "side:primary_theme": "other"}
    answer = request(app, "POST", at.replace("/review", "/review/coders"), data=form, cookies=clara)

    assert answer.status_code == 409
    assert stored(record).case.primary_theme == "skills_training"


def test_coder_does_not_see_the_other(pair: tuple[Record, Article]) -> None:
    """The queue of a coder tells nothing of what others decided; that of everybody else does."""
    record, _ = pair
    app = create_app(Project("案例库"))
    code(app, record, "anna")
    code(app, record, "bert", primary_theme="labour_safety")

    def seen(cookie: str) -> bool:
        return "coders disagree in 1" in request(app, "GET", "/review", cookies={REVIEWER_COOKIE: cookie}).text

    assert (seen("0:clara"), seen("1:anna")) == (True, False)


def test_accept_is_what_both_did(pair: tuple[Record, Article]) -> None:
    """Two accepted copies of one record are alike in every value."""
    record, _ = pair

    assert list_disagreements(accept(record, by="anna"), accept(record, by="bert")) == ()


def test_part_of_a_total_is_not_taken_from_another_list(pair: tuple[Record, Article]) -> None:
    """A fact that comes from the other record names no total, because places there count other facts."""
    record, article = pair
    added = result_reply(text="每人的补贴", value_text="300元", subject="补贴", kind="other", part_of=0)
    other = add_fact(record, article, "results", added, **MADE).record
    sides = dict.fromkeys((each.path for each in list_disagreements(record, other)), "other")

    assert settle(record, other, article, sides, CODERS, **CLARA).case.results[-1].part_of is None


def test_undecided_copy_is_no_disagreement_yet(pair: tuple[Record, Article]) -> None:
    """Coders are compared where both have decided."""
    record, _ = pair
    app = create_app(Project("案例库"))
    code(app, record, "anna")
    given = {"version": version_of(record), "do": "correct", "fact": "", "primary_theme": "labour_safety"}
    at = f"/review/{record.page_id}/{record.article_id}"
    assert request(app, "POST", at, data=given, cookies={REVIEWER_COOKIE: "1:bert"}).status_code == 303

    assert count_disagreements(Path("reviews")) == {(FULL, record.article_id): 0}
