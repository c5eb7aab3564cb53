"""Review in the browser: the order of doubt, single keys, nothing written over a change, decisions of coders apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from browsing import HOSTILE, PAINTS, find_barriers, open_tab, overflow, request, served
from browsing import browser as browser  # noqa: PLC0414 - a fixture
from making import FULL_LINES, LINES, case_reply, full_reply, make_page, make_scan, make_test_record, result_reply
from starlette.applications import Starlette

from summariser.disk.record_text import dump_json
from summariser.disk.store import Store
from summariser.disk.stored import load_record
from summariser.schema.case import Rule
from summariser.schema.record import FAILURE_SCHEMA, FailedAttempt, Failure, FailureReason, Record
from summariser.workbench.app import create_app
from summariser.workbench.room import Project
from summariser.workbench.sitting import COOKIE
from summariser.workbench.versions import version_of

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(180)]
OUT = Path("summaries")
ANNA = {COOKIE: "0:anna"}
SOUND, FULL, WRONG, FAILED = ("page-900", "page-901", "page-902", "page-903")
INVENTED = [result_reply(value_text="近900名"), result_reply()]


def put(name: str, lines: tuple[str, ...] = LINES, **changes: Any) -> Record:
    """A record in the project in the current folder, with its page."""
    path = Path(f"pages/{name}.txt")
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines), encoding="utf-8")
    reply = json.dumps(full_reply(**changes) if lines is FULL_LINES else case_reply(**changes), ensure_ascii=False)
    record, manifest = make_test_record(make_page(lines, name=str(path)), reply)
    store = Store(OUT)
    store.put_page(manifest)
    store.put(record)
    return record


def put_failure(name: str) -> Failure:
    """An article that has no record."""
    record = put(name)
    path = Store(OUT).path_of(record.page_id, record.article_id)
    path.unlink()
    attempt = FailedAttempt(request_key="k", reply_text="{}", findings=(Rule.NO_JSON.at("$", "no JSON"),))
    failure = Failure(
        schema_path=FAILURE_SCHEMA,
        article_id=record.article_id,
        page_id=record.page_id,
        headline=record.headline,
        lines=record.lines,
        reason=FailureReason.INVALID_REPLY,
        message="no reply obeyed the rules",
        prompt="case_study@3",
        model="m",
        attempts=(attempt,),
    )
    Store(OUT).put_failure(failure)
    return failure


@pytest.fixture
def records(tmp_path: Path) -> Iterator[dict[str, Record]]:
    """Three records of a project in the current folder: sound, full, with an invented number."""
    yield {SOUND: put(SOUND), FULL: put(FULL, FULL_LINES), WRONG: put(WRONG, results=INVENTED)}


@pytest.fixture
def app() -> Starlette:
    """The workbench over the current folder."""
    return create_app(Project("案例库"))


def address(record: Record | Failure) -> str:
    """Where an article is reviewed."""
    return f"/review/{record.page_id}/{record.article_id}"


def act(app: Starlette, record: Record, deed: str, *, who: dict[str, str] = ANNA, **form: str) -> Any:
    """The answer to a deed on a record as it was shown."""
    given = {"version": version_of(record), "do": deed} | form
    return request(app, "POST", address(record), data=given, cookies=who)


def stored(record: Record, out: Path = OUT) -> Record:
    """What is on the disk of a record."""
    return load_record(Store(out).path_of(record.page_id, record.article_id))


def queued(app: Starlette, who: dict[str, str] = ANNA) -> list[str]:
    """The pages of the queue, first to last."""
    text = request(app, "GET", "/review", cookies=who).text
    return [line.split('"soft">')[1].split("<")[0] for line in text.splitlines() if '"soft">page' in line]


def test_most_doubtful_articles_come_first(app: Starlette, records: dict[str, Record]) -> None:
    """What has no record comes first, then what the page does not bear out, then the record with more to confirm."""
    put_failure(FAILED)

    assert queued(app) == [FAILED, WRONG, FULL, SOUND]


def test_accepted_record_is_followed_by_the_next(app: Starlette, records: dict[str, Record]) -> None:
    """A decision is on the disk with the name, and the most doubtful of the others is shown."""
    answer = act(app, records[FULL], "accept")

    assert answer.headers["location"] == address(records[WRONG])
    assert (stored(records[FULL]).review.state, stored(records[FULL]).review.by) == ("accepted", "anna")
    assert queued(app) == [WRONG, SOUND, FULL]


def test_unsupported_facts_are_asked_about_first(app: Starlette, records: dict[str, Record]) -> None:
    """One key does not accept what the page does not bear out: how many facts is said, and a second yes is wanted."""
    asked = act(app, records[WRONG], "accept")

    assert asked.status_code == 200
    assert "does not bear out 1 fact" in asked.text
    assert stored(records[WRONG]).review.state == "open"
    assert act(app, records[WRONG], "accept", sure="yes").status_code == 303
    assert stored(records[WRONG]).review.state == "accepted"


def test_skipped_record_comes_last(app: Starlette, records: dict[str, Record]) -> None:
    """What was skipped waits behind all others, and is written nowhere."""
    before = dump_json(stored(records[WRONG]))

    answer = act(app, records[WRONG], "skip")

    assert answer.headers["location"] == address(records[FULL])
    assert queued(app) == [FULL, SOUND, WRONG]
    assert dump_json(stored(records[WRONG])) == before


def test_steps_are_taken_back_over_records(app: Starlette, records: dict[str, Record]) -> None:
    """Undo leads back through several records, each as it was to the byte; then there is nothing to undo."""
    before = [dump_json(stored(records[name])) for name in (FULL, SOUND)]
    act(app, records[FULL], "accept")
    act(app, records[SOUND], "reject", why="not_union")
    act(app, records[WRONG], "skip")

    back = [act(app, records[WRONG], "undo").headers["location"] for _ in range(3)]

    assert back == [address(records[name]) for name in (WRONG, SOUND, FULL)]
    assert [dump_json(stored(records[name])) for name in (FULL, SOUND)] == before
    assert queued(app) == [WRONG, FULL, SOUND]
    assert "nothing to undo" in act(app, records[WRONG], "undo").text


@pytest.mark.parametrize(
    ("deed", "form"), [("accept", {}), ("reject", {"why": "not_union"}), ("note", {"note": "mine"})]
)
def test_record_changed_meanwhile_is_not_written_over(
    app: Starlette, records: dict[str, Record], deed: str, form: dict[str, str]
) -> None:
    """The second of two tabs is shown both versions, and what the first has written stays."""
    act(app, records[SOUND], "note", note="of the first tab")
    before = dump_json(stored(records[SOUND]))

    answer = act(app, records[SOUND], deed, **form)

    assert answer.status_code == 409
    assert "of the first tab" in answer.text
    assert dump_json(stored(records[SOUND])) == before


def test_undo_does_not_write_over_a_later_change(app: Starlette, records: dict[str, Record]) -> None:
    """A step is not taken back where somebody else changed the record since."""
    act(app, records[SOUND], "accept")
    act(app, stored(records[SOUND]), "note", who={COOKIE: "0:bert"}, note="of bert")

    answer = act(app, records[SOUND], "undo")

    assert answer.status_code == 409
    assert stored(records[SOUND]).review.note == "of bert"


def test_rejected_record_says_why(app: Starlette, records: dict[str, Record]) -> None:
    """No case is one of the decisions of the codebook; anything else is said to be none, and nothing is written."""
    refused = act(app, records[SOUND], "reject", why="union_case")

    assert refused.status_code == 422
    assert stored(records[SOUND]).review.state == "open"
    act(app, records[SOUND], "reject", why="not_union")
    assert (stored(records[SOUND]).review.state, stored(records[SOUND]).case.decision) == ("rejected", "not_union")


def test_failed_article_is_filled_in_by_hand(app: Starlette, records: dict[str, Record]) -> None:
    """An empty record takes the place of a failure: nothing is claimed, its maker is named, and it waits for review."""
    failure = put_failure(FAILED)

    answer = request(app, "POST", address(failure), data={"do": "by_hand"}, cookies=ANNA)

    made = load_record(Store(OUT).path_of(FAILED, failure.article_id))
    assert answer.headers["location"] == address(failure)
    assert (made.case.facts(), made.provenance.model, made.provenance.model_answered) == ((), "person", "anna")
    assert made.review.state == "open"
    assert "lead_count" in request(app, "GET", address(failure), cookies=ANNA).text
    again = request(app, "POST", address(failure), data={"do": "by_hand"}, cookies=ANNA)
    assert again.status_code == 400


def test_failed_article_is_left_out_with_a_reason(app: Starlette, records: dict[str, Record]) -> None:
    """What is left out has a record that says so and by whom; the next article is shown."""
    failure = put_failure(FAILED)

    answer = request(app, "POST", address(failure), data={"do": "leave_out", "why": "fragment"}, cookies=ANNA)

    made = load_record(Store(OUT).path_of(FAILED, failure.article_id))
    assert (made.review.state, made.review.by, made.case.decision) == ("rejected", "anna", "fragment")
    assert answer.headers["location"] == address(records[WRONG])


def test_failed_article_can_be_asked_again(app: Starlette) -> None:
    """The page of a failure says what was wrong, and offers a run over the very page."""
    failure = put_failure(FAILED)

    text = request(app, "GET", address(failure), cookies=ANNA).text

    assert "no reply obeyed the rules" in text
    assert 'action="/ask/start"' in text
    assert 'value="pages/page-903.txt"' in text


def test_decisions_of_a_coder_are_kept_apart(app: Starlette, records: dict[str, Record]) -> None:
    """What a coder decides goes to a copy of the record; the record and the queue of others stay as they were."""
    before = dump_json(stored(records[FULL]))
    who = {COOKIE: "1:" + quote("安娜")}

    act(app, records[FULL], "accept", who=who)

    own = stored(records[FULL], Path("reviews/安娜"))
    assert (own.review.state, own.review.by, own.case) == ("accepted", "安娜", records[FULL].case)
    assert dump_json(stored(records[FULL])) == before
    assert queued(app, who) == [WRONG, SOUND, FULL]
    assert queued(app) == [WRONG, FULL, SOUND]


@pytest.mark.parametrize("name", ["..", "a/b", ".hidden", "x" * 41])
def test_name_of_a_coder_leads_nowhere_else(app: Starlette, name: str) -> None:
    """A name that cannot be that of a folder is refused, in the form and in the cookie."""
    refused = request(app, "POST", "/review/who", data={"name": name, "apart": "on"})

    assert refused.status_code == 400
    assert "set-cookie" not in refused.headers
    assert request(app, "GET", "/review", cookies={COOKIE: "1:" + quote(name, safe="")}).status_code == 400


@pytest.mark.parametrize("path", ["/review/../x", "/review/%2e%2e/secret", "/review/page-900/nothing", "/review/a/b"])
def test_address_of_no_record_is_not_found(app: Starlette, records: dict[str, Record], path: str) -> None:
    """Nothing but the records of the project is shown."""
    assert request(app, "GET", path, cookies=ANNA).status_code in (400, 404)


def test_coder_of_the_command_line_reviews_at_once(records: dict[str, Record]) -> None:
    """With `--as NAME` nobody has to say who he is."""
    app = create_app(Project("案例库", coder="bert"))

    act(app, records[FULL], "accept", who={})

    assert stored(records[FULL], Path("reviews/bert")).review.by == "bert"


# ---- in a browser


def key(tab: Any, *keys: str) -> None:
    """Press keys, one after the other, each on the page that the one before led to."""
    for each in keys:
        tab.keyboard.press(each)
        tab.wait_for_load_state()


def test_records_are_gone_through_with_single_keys(browser: Any, app: Starlette, records: dict[str, Record]) -> None:
    """Begin, skip, accept, answer the question, undo: each is one key, and no pointer is needed."""
    with served(app) as base, open_tab(browser, base) as tab:
        tab.context.add_cookies([{"name": COOKIE, "value": "0:anna", "url": base}])
        tab.goto(f"{base}/review")
        key(tab, "Enter")
        tab.wait_for_url(f"**{address(records[WRONG])}")
        assert tab.locator(".fact[aria-current]").get_attribute("data-path") == "results[0]"
        key(tab, "n")
        assert tab.locator(".fact[aria-current]").get_attribute("data-path") == "results[1]"
        assert tab.locator(".lines .w.lit").count() > 0
        key(tab, "s")
        tab.wait_for_url(f"**{address(records[FULL])}")
        key(tab, "r")
        tab.wait_for_url(f"**{address(records[SOUND])}")
        key(tab, "u")
        tab.wait_for_url(f"**{address(records[FULL])}")
        assert stored(records[FULL]).review.state == "open"
        key(tab, "r")
        tab.wait_for_url(f"**{address(records[SOUND])}")
        key(tab, "r")
        tab.wait_for_url(f"**{address(records[WRONG])}")
        key(tab, "r")
        tab.wait_for_selector("[role=alertdialog]")
        key(tab, "y")
        tab.wait_for_url("**/review")

    assert [stored(each).review.state for each in records.values()] == ["accepted"] * 3


def test_keys_are_left_to_who_types(browser: Any, app: Starlette, records: dict[str, Record]) -> None:
    """A letter typed into a field is a letter; Escape leads back; the help lists the keys."""
    with served(app) as base, open_tab(browser, base) as tab:
        tab.context.add_cookies([{"name": COOKIE, "value": "0:anna", "url": base}])
        tab.goto(base + address(records[SOUND]))
        key(tab, "m")
        tab.wait_for_selector("input[name=note]:focus")
        tab.keyboard.type("resus")
        assert tab.input_value("input[name=note]") == "resus"
        key(tab, "Enter")
        tab.wait_for_selector(".note")
        key(tab, "?")
        assert tab.locator("dialog[open] dt").count() > 5
        key(tab, "Escape")
        assert tab.locator("dialog[open]").count() == 0

    assert stored(records[SOUND]).review.note == "resus"


@pytest.mark.parametrize(("width", "scheme"), PAINTS)
def test_pages_of_review_are_accessible_and_fit(
    browser: Any, app: Starlette, records: dict[str, Record], width: int, scheme: str
) -> None:
    """Queue, record, questions and failure have no barrier that axe-core finds, and are no wider than the window."""
    failure = put_failure(FAILED)
    wrong = address(records[WRONG])
    with served(app) as base, open_tab(browser, base, width=width, scheme=scheme) as tab:
        tab.context.add_cookies([{"name": COOKIE, "value": "0:anna", "url": base}])
        for path in ("/review", wrong, f"{wrong}?ask=reject", f"{wrong}?ask=note", address(failure)):
            tab.goto(base + path)

            assert find_barriers(tab) == []
            assert overflow(tab) <= 0


def test_hostile_record_is_text(browser: Any, app: Starlette) -> None:
    """Whatever stands in a record and on its page is shown as text and asks nobody."""
    lines = ("工会<img src=http://127.0.0.1:9/x onerror=alert(1)>\u202e", *LINES[1:])
    record = put(SOUND, lines, summary=HOSTILE, headline_en=HOSTILE, results=[result_reply(text=HOSTILE)])
    with served(app) as base, open_tab(browser, base) as tab:
        tab.context.add_cookies([{"name": COOKIE, "value": "0:anna", "url": base}])
        for path in ("/review", address(record)):
            tab.goto(base + path)

            assert tab.title() != "owned"
            assert "onerror=alert(1)" in tab.inner_text("main")
            assert tab.locator("main img").count() == 0


def test_scan_is_reviewed_on_its_picture(browser: Any, app: Starlette, tmp_path: Path) -> None:
    """Of a scan the picture is shown with the facts framed; a key leads to the lines and back."""
    page = make_scan(tmp_path)
    record, manifest = make_test_record(page, json.dumps(case_reply()))
    store = Store(OUT)
    store.put_page(manifest)
    store.put(record)
    with served(app) as base, open_tab(browser, base) as tab:
        tab.context.add_cookies([{"name": COOKIE, "value": "0:anna", "url": base}])
        tab.goto(base + address(record))
        assert tab.locator(".picture svg image").is_visible()
        assert tab.locator(".picture .frame.lit").count() > 0
        key(tab, "l")
        assert tab.locator(".lines .ln").first.is_visible()
        assert not tab.locator(".picture svg").is_visible()
        key(tab, "i")
        assert tab.locator(".picture svg").is_visible()
