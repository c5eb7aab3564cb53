"""Review in the browser: the order of doubt, single keys, nothing written over a change, decisions of coders apart."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from browsing import HOSTILE, find_barriers, open_tab, overflow, request, served
from browsing import browser as browser  # noqa: PLC0414 - a fixture
from making import (
    FULL_LINES,
    LINES,
    case_reply,
    failure_of,
    full_reply,
    make_page,
    make_scan,
    make_test_record,
    result_reply,
)
from starlette.applications import Starlette

from summariser.catalogue.database import open_index
from summariser.catalogue.update import MANY, update_index
from summariser.disk.record_text import dump_json
from summariser.disk.store import Store
from summariser.disk.stored import load_record
from summariser.report.views import labels
from summariser.schema.case import Rule
from summariser.schema.record import FailedAttempt, Failure, FailureReason, Record
from summariser.workbench.app import create_app
from summariser.workbench.project_state import ReviewStore, read_known_entries
from summariser.workbench.web import REVIEWER_COOKIE, Project, version_of

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(180)]
OUT = Path("summaries")
ANNA = {REVIEWER_COOKIE: "0:anna"}
CODER = {REVIEWER_COOKIE: "1:anna"}
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
    failure = failure_of(record, reason=FailureReason.INVALID_REPLY, attempts=(attempt,))
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


def act(app: Starlette, record: Record, action: str, *, who: dict[str, str] = ANNA, **form: str) -> Any:
    """The answer to an action on a record as it was shown."""
    given = {"version": version_of(record), "do": action} | form
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
    assert '<b class="zh" lang="zh-Hans">原文没有这些词语：</b>' in asked.text
    assert stored(records[WRONG]).review.state == "open"
    assert act(app, records[WRONG], "accept", sure="yes").status_code == 303
    assert stored(records[WRONG]).review.state == "accepted"


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("zh-CN", "原文没有这些词语：文章里没有“近900名”；请照句子原样抄录。 mention_absent"),
        (
            "en-GB",
            "“近900名” does not stand in the article; copy the words exactly as the sentence prints them. "
            "mention_absent",
        ),
    ],
)
def test_finding_is_read_in_the_language_of_the_interface(
    browser: Any, app: Starlette, records: dict[str, Record], locale: str, expected: str
) -> None:
    """A person sees what a finding says in one language, with the words that it is about."""
    with served(app) as base, open_tab(browser, base, locale=locale) as tab:
        tab.goto(base + address(records[WRONG]))

        assert tab.locator(".finding.unsupported").all_inner_texts() == [expected]


@pytest.mark.parametrize("reason", FailureReason)
def test_failure_says_why_in_the_language_of_the_interface(
    app: Starlette, records: dict[str, Record], reason: FailureReason
) -> None:
    """Why there is no record is said in words, with what was told of it."""
    failure = failure_of(records[WRONG], reason=reason)
    failure = failure.model_copy(update={"message": "no usable reply after asking 3 times"})
    Store(OUT).put_failure(failure)
    Store(OUT).path_of(failure.page_id, failure.article_id).unlink()

    shown = request(app, "GET", address(failure), headers={"Accept-Language": "zh"}).text

    said = shown.split("这篇文章没有记录。 · ")[1]
    known = labels("reason")[reason]
    assert said.startswith(f"<i>{known.zh}：问了 3 次，没有一份回答可用</i><u>{known.en}: {failure.message}</u>")


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


@pytest.mark.parametrize("note", ["look again", ""])
def test_note_leaves_the_decision_to_who_took_it(app: Starlette, records: dict[str, Record], note: str) -> None:
    """Whoever notes something on a decided record has not decided it; on an open one nothing is noted by nobody."""
    bert = {REVIEWER_COOKIE: "0:bert"}
    act(app, records[SOUND], "accept")
    act(app, records[FULL], "note", who=bert, note=note)

    act(app, stored(records[SOUND]), "note", who=bert, note=note)

    decided, waiting = stored(records[SOUND]).review, stored(records[FULL]).review
    assert (decided.state, decided.by, decided.note) == ("accepted", "anna", note or None)
    assert (waiting.state, waiting.by, waiting.note) == ("open", "bert" if note else None, note or None)


@pytest.mark.parametrize(
    ("action", "form"), [("accept", {}), ("reject", {"why": "not_union"}), ("note", {"note": "mine"})]
)
def test_record_changed_meanwhile_is_not_written_over(
    app: Starlette, records: dict[str, Record], action: str, form: dict[str, str]
) -> None:
    """The second of two tabs is shown both versions, and what the first has written stays."""
    act(app, records[SOUND], "note", note="of the first tab")
    before = dump_json(stored(records[SOUND]))

    answer = act(app, records[SOUND], action, **form)

    assert answer.status_code == 409
    assert "of the first tab" in answer.text
    assert dump_json(stored(records[SOUND])) == before


def test_undo_does_not_write_over_a_later_change(app: Starlette, records: dict[str, Record]) -> None:
    """A step is not taken back where somebody else changed the record since."""
    act(app, records[SOUND], "accept")
    act(app, stored(records[SOUND]), "note", who={REVIEWER_COOKIE: "0:bert"}, note="of bert")

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
    told = {each.path: each.rule for each in made.findings if each.path in ("one_line", "headline_en")}
    assert told == {"one_line": "prose_empty", "headline_en": "prose_empty"}
    shown = request(app, "GET", address(failure), cookies=ANNA).text
    assert "lead_count" in shown
    assert shown.count("Nothing is written here; write it in English.") == 2
    again = request(app, "POST", address(failure), data={"do": "by_hand"}, cookies=ANNA)
    assert again.status_code == 400


def test_failed_article_is_left_out_with_a_reason(app: Starlette, records: dict[str, Record]) -> None:
    """What is left out has a record that says so and by whom; the next article is shown."""
    failure = put_failure(FAILED)

    answer = request(app, "POST", address(failure), data={"do": "leave_out", "why": "fragment"}, cookies=ANNA)

    made = load_record(Store(OUT).path_of(FAILED, failure.article_id))
    assert (made.review.state, made.review.by, made.case.decision) == ("rejected", "anna", "fragment")
    assert answer.headers["location"] == address(records[WRONG])


@pytest.mark.parametrize(("action", "who"), [("by_hand", ANNA), ("leave_out", ANNA), ("leave_out", CODER)])
def test_record_made_of_a_failure_is_undone(
    app: Starlette, records: dict[str, Record], action: str, who: dict[str, str]
) -> None:
    """Undo takes the record away and gives the failure back to the byte; the decision before it stands."""
    act(app, records[SOUND], "accept", who=who)
    failure = put_failure(FAILED)
    before = {path: path.read_bytes() for path in Path().rglob("*.json")}

    request(app, "POST", address(failure), data={"do": action, "why": "fragment"}, cookies=who)
    assert {path: path.read_bytes() for path in Path().rglob("*.json")} != before
    answer = request(app, "POST", address(records[SOUND]), data={"do": "undo"}, cookies=who)

    assert answer.headers["location"] == address(failure)
    assert {path: path.read_bytes() for path in Path().rglob("*.json")} == before
    assert "no reply obeyed the rules" in request(app, "GET", address(failure), cookies=who).text


def test_failure_left_out_comes_back_with_a_key(browser: Any, app: Starlette) -> None:
    """The key for undo leads from the next record back to the article without one."""
    failure, record = put_failure(FAILED), put(SOUND)
    with served(app) as base, open_tab(browser, base) as tab:
        tab.context.add_cookies([{"name": REVIEWER_COOKIE, "value": "0:anna", "url": base}])
        tab.goto(base + address(failure))
        ready(tab)
        for pressed in ("3", "2", "u"):
            turn(tab, pressed)
        assert tab.url == base + address(failure)
        assert tab.locator("[data-key='3']").is_visible()

    assert stored(record) == record


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
    who = {REVIEWER_COOKIE: "1:" + quote("安娜")}

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
    assert request(app, "GET", "/review", cookies={REVIEWER_COOKIE: "1:" + quote(name, safe="")}).status_code == 400


@pytest.mark.parametrize("path", ["/review/../x", "/review/%2e%2e/secret", "/review/page-900/nothing", "/review/a/b"])
def test_address_of_no_record_is_not_found(app: Starlette, records: dict[str, Record], path: str) -> None:
    """Nothing but the records of the project is shown."""
    assert request(app, "GET", path, cookies=ANNA).status_code in (400, 404)


@pytest.mark.parametrize("page", ["%2e%2e", "a%00b", "x" * 5000])
@pytest.mark.parametrize("action", ["by_hand", "leave_out", "accept"])
def test_deed_leads_to_no_other_folder(
    app: Starlette, records: dict[str, Record], tmp_path: Path, page: str, action: str
) -> None:
    """A page that can be no folder of records is refused before anything is read there."""
    (tmp_path.parent / f"{tmp_path.name}.page.json").write_text("secret", encoding="utf-8")

    answer = request(app, "POST", f"/review/{page}/a1", data={"do": action, "why": "no_union"}, cookies=ANNA)

    assert answer.status_code in (400, 404)
    assert f"{tmp_path.name}.page.json" not in answer.text


def test_word_that_is_no_deed_is_named(app: Starlette, records: dict[str, Record]) -> None:
    """Whoever posts it reads which word was not understood."""
    answer = request(app, "POST", address(records[SOUND]), data={"do": "nonsense"}, cookies=ANNA)

    assert (answer.status_code, "&#39;nonsense&#39; is nothing that can be done" in answer.text) == (400, True)


@pytest.mark.parametrize("action", ["skip", "undo", "join", "stolen", ""])
def test_only_what_is_typed_is_read(app: Starlette, records: dict[str, Record], action: str) -> None:
    """What code reads while a person types belongs to an action on the record; anything else is refused."""
    answer = request(app, "POST", f"{address(records[SOUND])}/read", data={"do": action}, cookies=ANNA)

    assert answer.status_code == 400


def test_coder_of_the_command_line_reviews_at_once(records: dict[str, Record]) -> None:
    """With `--as NAME` nobody has to say who he is."""
    app = create_app(Project("案例库", coder="bert"))

    act(app, records[FULL], "accept", who={})

    assert stored(records[FULL], Path("reviews/bert")).review.by == "bert"


# ---- in a browser


def key(tab: Any, *keys: str) -> None:
    """Press keys that stay on the page."""
    for each in keys:
        tab.keyboard.press(each)


def turn(tab: Any, pressed: str) -> None:
    """Press a key that leads to another page, and wait until that page listens to keys."""
    tab.evaluate("document.body.dataset.old = 'yes'")
    tab.keyboard.press(pressed)
    ready(tab)


def ready(tab: Any) -> None:
    """Wait until a new page listens to keys."""
    tab.wait_for_selector("body[data-state=ready]:not([data-old])")


def test_records_are_gone_through_with_single_keys(browser: Any, app: Starlette, records: dict[str, Record]) -> None:
    """Begin, skip, accept, answer the question, undo: each is one key, and no pointer is needed."""
    led = []
    with served(app) as base, open_tab(browser, base) as tab:
        tab.context.add_cookies([{"name": REVIEWER_COOKIE, "value": "0:anna", "url": base}])
        tab.goto(f"{base}/review")
        ready(tab)
        turn(tab, "Enter")
        assert tab.locator(".fact[aria-current]").get_attribute("data-path") == "results[0]"
        key(tab, "n")
        assert tab.locator(".fact[aria-current]").get_attribute("data-path") == "results[1]"
        assert tab.locator(".lines .w.lit").count() > 0
        for pressed in ("s", "r", "u", "r", "r", "r", "y"):
            turn(tab, pressed)
            led.append(tab.url.removeprefix(base).partition("?")[0])

    wrong, full, sound = (address(records[name]) for name in (WRONG, FULL, SOUND))
    assert led == [full, sound, full, sound, wrong, wrong, "/review"]
    assert [stored(each).review.state for each in records.values()] == ["accepted"] * 3


def test_titles_are_corrected_with_keys(browser: Any, app: Starlette, records: dict[str, Record]) -> None:
    """The form for titles, source, codes and prose saves these, also in a record that has facts."""
    record = records[SOUND]
    with served(app) as base, open_tab(browser, base) as tab:
        tab.context.add_cookies([{"name": REVIEWER_COOKIE, "value": "0:anna", "url": base}])
        tab.goto(base + address(record))
        ready(tab)
        turn(tab, "h")
        tab.fill("input[name=headline]", "另一题")
        turn(tab, "Enter")
        assert tab.locator(".ask").count() == 0

    assert [each.path for each in stored(record).corrections] == ["headline"]


@pytest.mark.parametrize("look", ["key", "pointer", "words"])
def test_question_stays_with_the_fact_it_is_about(
    browser: Any, app: Starlette, records: dict[str, Record], look: str
) -> None:
    """Another fact may be looked at while a question is open: yes does what was asked, other keys do the other fact."""
    record = records[SOUND]
    with served(app) as base, open_tab(browser, base) as tab:
        tab.context.add_cookies([{"name": REVIEWER_COOKIE, "value": "0:anna", "url": base}])
        tab.goto(f"{base}{address(record)}?fact=actors[0]")
        ready(tab)
        turn(tab, "x")
        assert "role lead" in tab.inner_text("[role=alertdialog]")
        look_at(tab, "people[0]", look)
        turn(tab, "y")
        assert (stored(record).case.actors, stored(record).case.people) == ((), record.case.people)
        look_at(tab, "people[0]", look)
        turn(tab, "x")

    assert stored(record).case.people == ()


def look_at(tab: Any, path: str, how: str) -> None:
    """Look at a fact: with keys, or by a click on it or on its words."""
    fact = tab.locator(f'.fact[data-path="{path}"]')
    if how == "pointer":
        fact.click()
    elif how == "words":
        tab.locator(f'.lines a.w[href$="#{fact.get_attribute("id")}"]').first.click()
    else:
        key(tab, *"j" * 20)
        while fact.get_attribute("aria-current") is None:
            key(tab, "k")
    assert fact.get_attribute("aria-current") == "true"


def test_what_is_typed_stays_with_its_fact(browser: Any, app: Starlette, records: dict[str, Record]) -> None:
    """Another fact may be looked at while a form is open: the form saves the one that it was opened for."""
    record = records[SOUND]
    with served(app) as base, open_tab(browser, base) as tab:
        tab.context.add_cookies([{"name": REVIEWER_COOKIE, "value": "0:anna", "url": base}])
        tab.goto(f"{base}{address(record)}?fact=people[0]")
        ready(tab)
        turn(tab, "c")
        tab.fill('input[name="people[0].title"]', "职工")
        look_at(tab, "results[0]", "pointer")
        tab.focus('input[name="people[0].title"]')
        turn(tab, "Enter")

    assert [each.title for each in stored(record).case.people] == ["职工"]


def test_buttons_leave_a_narrow_window_to_the_record(browser: Any, app: Starlette, records: dict[str, Record]) -> None:
    """On a telephone the buttons stand in one row that scrolls, whatever their number."""
    with served(app) as base, open_tab(browser, base, viewport={"width": 420, "height": 800}) as tab:
        tab.context.add_cookies([{"name": REVIEWER_COOKIE, "value": "0:anna", "url": base}])
        tab.goto(base + address(records[FULL]))
        ready(tab)

        assert tab.locator(".keys").bounding_box()["height"] < 70
        assert tab.evaluate("document.documentElement.scrollWidth") <= 420


def test_key_pressed_twice_is_one_deed(browser: Any, app: Starlette, records: dict[str, Record]) -> None:
    """The second press, while the next page comes, neither decides on what nobody has seen nor is a conflict."""
    with served(app) as base, open_tab(browser, base) as tab:
        tab.context.add_cookies([{"name": REVIEWER_COOKIE, "value": "0:anna", "url": base}])
        tab.goto(base + address(records[FULL]))
        ready(tab)
        tab.evaluate(
            "document.body.dataset.old = 'yes'; for (const _ of [1, 2, 3]) "
            "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'r', bubbles: true, cancelable: true}))"
        )
        ready(tab)
        assert tab.url == base + address(records[WRONG])

    assert [stored(each).review.state for each in records.values()] == ["open", "accepted", "open"]


def test_keys_are_left_to_who_types(browser: Any, app: Starlette, records: dict[str, Record]) -> None:
    """A letter typed into a field is a letter; Escape leads back; the help lists the keys."""
    with served(app) as base, open_tab(browser, base) as tab:
        tab.context.add_cookies([{"name": REVIEWER_COOKIE, "value": "0:anna", "url": base}])
        tab.goto(base + address(records[SOUND]))
        ready(tab)
        turn(tab, "m")
        tab.keyboard.type("resus")
        assert tab.input_value("input[name=note]") == "resus"
        turn(tab, "Enter")
        key(tab, "?")
        assert tab.locator("dialog[open] dt").count() > 10
        key(tab, "Escape")
        assert tab.locator("dialog[open]").count() == 0
        turn(tab, "m")
        turn(tab, "Escape")
        assert tab.locator(".ask").count() == 0

    assert stored(records[SOUND]).review.note == "resus"


def reviewing(tab: Any, base: str, path: str) -> None:
    """Open a page as a reviewer, and wait until it listens to keys."""
    tab.context.add_cookies([{"name": REVIEWER_COOKIE, "value": "0:anna", "url": base}])
    tab.goto(base + path)
    ready(tab)


@pytest.mark.parametrize("asked", ["", "?ask=reject", "?ask=kind", "?ask=correct&fact=results[0]"])
def test_no_key_works_behind_an_open_dialog(
    browser: Any, app: Starlette, records: dict[str, Record], asked: str
) -> None:
    """While the list of keys is open, none of them does anything to what nobody sees; only its own closes it."""
    with served(app) as base, open_tab(browser, base) as tab:
        reviewing(tab, base, address(records[FULL]) + asked)
        shown = tab.url, tab.locator(".fact[aria-current]").get_attribute("id")
        known = set(tab.eval_on_selector_all("[data-key]", "all => all.map((each) => each.dataset.key)")) - {"Escape"}
        assert known >= {*"racxfhpogmsu?"}
        tab.locator("button[data-opens]").click()
        tab.evaluate("document.activeElement.blur()")
        key(tab, *sorted(known), "j", "k", "n", "ArrowDown", "Enter")

        assert tab.locator("dialog[open]").count() == 1
        assert tab.evaluate("document.body.dataset.state") == "ready"
        assert (tab.url, tab.locator(".fact[aria-current]").get_attribute("id")) == shown
        key(tab, "Escape")
        assert tab.locator("dialog[open]").count() == 0
        turn(tab, "s")

    assert [stored(each).review.state for each in records.values()] == ["open"] * 3


def test_pages_of_review_are_accessible_and_fit(browser: Any, app: Starlette, records: dict[str, Record]) -> None:
    """Queue, record, questions and failure have no barrier that axe-core finds, and are no wider than the window."""
    failure = put_failure(FAILED)
    wrong = address(records[WRONG])
    with served(app) as base, open_tab(browser, base) as tab:
        tab.context.add_cookies([{"name": REVIEWER_COOKIE, "value": "0:anna", "url": base}])
        asked = (
            "reject",
            "note",
            "kind",
            "correct",
            "correct&fact=results[0]",
            "add&kind=results&first=3:4:0&last=3:5:0",
        )
        for path in ("/review", wrong, *(f"{wrong}?ask={each}" for each in asked), address(failure)):
            tab.goto(base + path)

            assert find_barriers(tab, within=".ask" if "?ask=" in path else None) == []


def test_hostile_record_is_text(browser: Any, app: Starlette) -> None:
    """Whatever stands in a record and on its page is shown as text and asks nobody."""
    lines = ("工会<img src=http://127.0.0.1:9/x onerror=alert(1)>\u202e", *LINES[1:])
    record = put(SOUND, lines, summary=HOSTILE, headline_en=HOSTILE, results=[result_reply(text=HOSTILE)])
    with served(app) as base, open_tab(browser, base) as tab:
        tab.context.add_cookies([{"name": REVIEWER_COOKIE, "value": "0:anna", "url": base}])
        for path in ("/review", address(record)):
            tab.goto(base + path)

            assert tab.title() != "owned"
            assert "onerror=alert(1)" in tab.inner_text("main")
            assert tab.locator("main img").count() == 0


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_long_words_are_wrapped(browser: Any, app: Starlette, locale: str) -> None:
    """No page is wider than a telephone where a record, a name or a note has hundreds of letters without a space."""
    long, who = "x" * 300, {REVIEWER_COOKIE: "0:" + "y" * 120}
    for name in (SOUND, WRONG):
        record = put(name, (long, *LINES[1:]), summary=long, headline_en=long, results=[result_reply(text=long)])
        act(app, record, "note", who=who, note=long)
        act(app, stored(record), "accept", who=who, sure="yes")
    own, other = (f"{name}/{record.article_id}" for name in (SOUND, WRONG))
    rooms = (f"/review/{own}", f"/review/{own}?ask=practice", f"/record/{own}", f"/compare?case={own}&case={other}")
    with served(app) as base, open_tab(browser, base, locale=locale, viewport={"width": 390, "height": 900}) as tab:
        tab.context.add_cookies([{"name": REVIEWER_COOKIE, "value": "0:anna", "url": base}])
        for room in rooms:
            tab.goto(base + room)

            assert (room, overflow(tab)) == (room, 0)


def test_scan_is_reviewed_on_its_picture(browser: Any, app: Starlette, tmp_path: Path) -> None:
    """Of a scan the picture is shown with the facts framed; a key leads to the lines and back."""
    page = make_scan(tmp_path)
    record, manifest = make_test_record(page, json.dumps(case_reply()))
    store = Store(OUT)
    store.put_page(manifest)
    store.put(record)
    with served(app) as base, open_tab(browser, base) as tab:
        tab.context.add_cookies([{"name": REVIEWER_COOKIE, "value": "0:anna", "url": base}])
        tab.goto(base + address(record))
        assert tab.locator(".picture svg image").is_visible()
        assert tab.locator(".picture .frame.lit").count() > 0
        key(tab, "l")
        assert tab.locator(".lines .ln").first.is_visible()
        assert not tab.locator(".picture svg").is_visible()
        key(tab, "i")
        assert tab.locator(".picture svg").is_visible()


# ---- corrections


def test_fact_that_a_person_answers_for_is_no_doubt_any_more(app: Starlette, records: dict[str, Record]) -> None:
    """An accepted fact is borne out by a person, the record stays in the queue, and the next doubt is shown."""
    answer = act(app, records[WRONG], "fact", fact="results[0]")

    now = stored(records[WRONG])
    assert (now.case.results[0].support_by, now.case.results[0].supported) == ("person", True)
    assert now.review.state == "open"
    assert answer.headers["location"].endswith("fact=results%5B1%5D")


def test_number_is_corrected_and_read_again(app: Starlette, records: dict[str, Record]) -> None:
    """A typed number is read by code, kept as a correction with what the model wrote, and borne out."""
    form = {"fact": "results[0]", "results[0].value_text": "近200名"}

    answer = act(app, records[WRONG], "correct", **form)

    now = stored(records[WRONG])
    assert answer.status_code == 303
    assert (now.case.results[0].quantity.value, now.case.results[0].supported) == (200, True)  # type: ignore[union-attr]
    made = next(each for each in now.corrections if each.path == "results[0].value_text")
    assert (made.model, made.value, made.reason, made.by) == ("近900名", "近200名", "misread", "anna")


def test_correction_that_the_page_does_not_bear_out_is_asked_about(app: Starlette, records: dict[str, Record]) -> None:
    """A value that is not in the page is shown with what is wrong, and written only after a second yes."""
    form = {"fact": "results[0]", "results[0].value_text": "近700名"}

    asked = act(app, records[FULL], "correct", **form)

    assert asked.status_code == 200
    assert "近700名" in asked.text
    assert 'role="alertdialog"' in asked.text
    assert stored(records[FULL]) == records[FULL]
    act(app, records[FULL], "correct", sure="yes", **form)
    assert stored(records[FULL]).case.results[0].value_text == "近700名"


def misprint(**fields: str) -> dict[str, str]:
    """What a form says of fields of results[2] that the page misprints: the right words, then what is printed."""
    form = {"fact": "results[2]"}
    for name, typed in fields.items():
        right, _, printed = typed.partition("/")
        path = f"results[2].{name}"
        form |= {path: right, f"misprint:{path}": "on", f"printed:{path}": printed}
    return form


def printed_in(record: Record) -> dict[str, tuple[str, str | None]]:
    """Reason and printed words of what was corrected in a record on the disk, by field."""
    made = stored(record).corrections
    return {each.path.partition(".")[2]: (each.reason.value, each.printed) for each in made if "sup" not in each.path}


@pytest.mark.parametrize("printed", ["", "1年半"])
def test_each_misprint_keeps_its_own_words(app: Starlette, records: dict[str, Record], printed: str) -> None:
    """Misprints are corrected beside the words that stand there, each its own; what is not ticked is none."""
    form = misprint(value_text=f"2年/{printed}", before_text="4年") | {"results[2].subject": "徒弟"}

    answer = act(app, records[FULL], "correct", **form)

    assert answer.status_code == 303, answer.text
    expected = {"value_text": ("misprint", "1年半"), "before_text": ("misprint", "3年"), "subject": ("misread", None)}
    assert printed_in(records[FULL]) == expected
    assert stored(records[FULL]).case.results[2].supported


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (misprint(value_text="2年/二年"), "“二年” does not stand in the article. The words as the page prints them"),
        (misprint(period_text="上周"), "results[2].period_text: nobody has said what the page prints"),
        (misprint(before_text="/3年"), "results[2].before_text: a misprint has other words than the page prints"),
        (misprint(value_text="1年半") | {"results[2].text": "出师"}, "a misprint has other words than the page prints"),
    ],
)
def test_misprint_that_says_too_little_is_refused(
    app: Starlette, records: dict[str, Record], form: dict[str, str], said: str
) -> None:
    """It is said what is lacking, the form keeps what was typed and ticked, and nothing is written."""
    answer = act(app, records[FULL], "correct", **form)

    ticked = next(name for name in form if name.startswith("misprint:"))
    assert (answer.status_code, said in answer.text) == (422, True)
    assert f'name="{ticked}" checked' in answer.text
    assert stored(records[FULL]) == records[FULL]


def test_misprint_is_corrected_again_and_taken_for_none(app: Starlette, records: dict[str, Record]) -> None:
    """Known printed words count where none are typed; without the tick it is none, which is asked about."""
    act(app, records[FULL], "correct", **misprint(value_text="2年"))
    act(app, stored(records[FULL]), "correct", **misprint(value_text="3年半") | {"results[2].text": "徒弟出师"})

    assert stored(records[FULL]).case.results[2].value_text == "3年半"
    assert printed_in(records[FULL])["value_text"] == ("misprint", "1年半")
    before = stored(records[FULL]).corrections
    assert "nothing was changed" in act(app, stored(records[FULL]), "correct", **misprint(value_text="3年半")).text
    none = {"fact": "results[2]", "results[2].value_text": "3年半"}
    assert "does not stand in the article" in act(app, stored(records[FULL]), "correct", **none).text
    assert stored(records[FULL]).corrections == before
    act(app, stored(records[FULL]), "correct", sure="yes", **none)
    assert printed_in(records[FULL])["value_text"] == ("wrong", None)


def test_misprint_is_ticked_beside_its_field(browser: Any, app: Starlette, records: dict[str, Record]) -> None:
    """The tick shows where the printed words go, of its field alone; next time both are there as they were."""
    at, tick, words = "results[2].value_text", "[name='misprint:{}']", "[name='printed:{}']"
    with served(app) as base, open_tab(browser, base) as tab:
        tab.context.add_cookies([{"name": REVIEWER_COOKIE, "value": "0:anna", "url": base}])
        tab.goto(f"{base}{address(records[FULL])}?fact=results[2]")
        ready(tab)
        turn(tab, "c")
        tab.fill(f"input[name='{at}']", "2年")
        assert tab.locator("[name^='printed:']:visible").count() == 0
        tab.focus(tick.format(at))
        key(tab, "Space", "Tab")
        tab.keyboard.type("1年半")
        assert tab.locator("[name^='printed:']:visible").count() == 1
        assert find_barriers(tab, within=".ask") == []
        turn(tab, "Enter")
        turn(tab, "c")
        assert tab.locator("[name^='misprint:']:checked").count() == 1
        assert (tab.is_checked(tick.format(at)), tab.input_value(words.format(at))) == (True, "1年半")

    assert printed_in(records[FULL]) == {"value_text": ("misprint", "1年半")}


@pytest.mark.parametrize(
    ("path", "typed", "stands"),
    [
        ("headline", "另一题", lambda record: record.headline),
        ("kicker", "引题", lambda record: record.kicker),
        ("kind", "feature", lambda record: record.kind),
        ("source.issue_date", "2026-03-06", lambda record: record.source.issue_date),
        ("primary_theme", "文化阅读体育", lambda record: record.case.primary_theme.zh),
        ("primary_theme", "culture, reading, sports", lambda record: record.case.primary_theme.en),
    ],
)
def test_titles_source_and_codes_are_corrected(
    app: Starlette, records: dict[str, Record], path: str, typed: str, stands: Any
) -> None:
    """What stands once in a record is corrected like a fact; codes by their code or either label."""
    answer = act(app, records[SOUND], "correct", fact="", **{path: typed})

    assert answer.status_code == 303, answer.text
    assert stands(stored(records[SOUND])) == typed
    assert stored(records[SOUND]).corrections[-1].path == path


def test_several_codes_are_chosen_from_one_list(app: Starlette, records: dict[str, Record]) -> None:
    """A list of codes is sent by its own names; the same ones in another order are no change."""
    body = {"version": version_of(records[SOUND]), "do": "correct", "fact": ""}
    chosen = ["", "culture_reading_sports", "labour_safety"]

    request(app, "POST", address(records[SOUND]), data=body | {"secondary_themes": chosen}, cookies=ANNA)

    now = stored(records[SOUND])
    assert [theme.value for theme in now.case.secondary_themes] == chosen[1:]
    again = act(app, now, "correct", fact="", secondary_themes="labour_safety, culture_reading_sports")
    assert again.status_code == 422
    assert "nothing was changed" in again.text


def test_wrong_value_is_said_beside_what_was_typed(app: Starlette, records: dict[str, Record]) -> None:
    """What is no value of its field is refused with what may stand there; the form keeps it, the disk does not."""
    answer = act(app, records[SOUND], "correct", fact="", **{"source.issue_date": "gestern"})

    assert answer.status_code == 422
    assert 'value="gestern"' in answer.text
    assert stored(records[SOUND]) == records[SOUND]


def test_fact_is_removed_and_comes_back_with_undo(app: Starlette, records: dict[str, Record]) -> None:
    """A rejected fact is gone, with a correction that says so; undo gives it back to the byte."""
    act(app, records[WRONG], "remove", fact="results[0]")

    now = stored(records[WRONG])
    assert [each.value_text for each in now.case.results] == ["近200名"]
    assert (now.corrections[-1].reason, now.corrections[-1].value) == ("false", None)
    act(app, now, "undo")
    assert stored(records[WRONG]) == records[WRONG]


def test_words_of_the_page_fill_the_form_of_a_new_fact(app: Starlette, records: dict[str, Record]) -> None:
    """Chosen words stand in the form with the sentence that they are in; words that are no place of it are refused."""
    place = {"ask": "add", "kind": "results", "first": "3:4:0", "last": "3:5:0"}

    text = request(app, "GET", address(records[SOUND]), params=place, cookies=ANNA).text

    assert 'name="results[0].value_text" value="3门"' in text
    assert 'name="results[0].sents" value="3"' in text
    words = request(app, "GET", f"{address(records[SOUND])}/words", params=place, cookies=ANNA)
    assert words.json() == {"words": "3门", "sents": "3"}
    for first in ("9:0:0", "3:400:0", "3:0:1", "x"):
        refused = request(app, "GET", f"{address(records[SOUND])}/words", params=place | {"first": first}, cookies=ANNA)
        assert refused.status_code == 422


def test_form_says_what_code_reads_before_anything_is_kept(app: Starlette, records: dict[str, Record]) -> None:
    """While a number is typed it is read; nothing is written."""
    form = {"do": "correct", "fact": "results[0]", "results[0].value_text": "5000余人次"}

    text = request(app, "POST", f"{address(records[SOUND])}/read", data=form, cookies=ANNA).text

    assert "5,000" in text
    assert stored(records[SOUND]) == records[SOUND]


def test_whole_review_with_the_keyboard_alone(browser: Any, app: Starlette, records: dict[str, Record]) -> None:
    """Accept a fact, correct a number, add a fact by choosing its words, undo, add again, accept, next: no pointer."""
    with served(app) as base, open_tab(browser, base) as tab:
        tab.context.add_cookies([{"name": REVIEWER_COOKIE, "value": "0:anna", "url": base}])
        tab.goto(base + address(records[WRONG]))
        ready(tab)
        turn(tab, "c")
        assert tab.evaluate("document.activeElement.name") == "results[0].value_text"
        key(tab, "Control+a")
        tab.keyboard.type("近200名")
        tab.wait_for_selector(".reading .number b")
        assert tab.inner_text(".reading .number b") == "200 名"
        turn(tab, "Enter")
        assert stored(records[WRONG]).case.results[0].supported
        add_by_words(tab, "300元")
        assert stored(records[WRONG]).case.results[2].quantity.value == 300  # type: ignore[union-attr]
        turn(tab, "u")
        assert len(stored(records[WRONG]).case.results) == 2
        add_by_words(tab, "300元")
        turn(tab, "a")
        turn(tab, "r")
        assert tab.url == base + address(records[FULL])

    now = stored(records[WRONG])
    assert (now.review.state, now.review.by, now.case.unsupported) == ("corrected", "anna", 0)
    assert [(each.value_text, each.support_by) for each in now.case.results][2] == ("300元", "person")


def add_by_words(tab: Any, words: str) -> None:
    """Add a result whose number is chosen on the page: a digit, arrows, and a letter for each code."""
    turn(tab, "f")
    key(tab, "1")
    tab.wait_for_selector("body[data-choosing]")
    for arrow in ("ArrowUp",) * 5 + ("ArrowDown",) * 3:
        tab.keyboard.press(arrow)
    for _ in range(40):
        if tab.inner_text("#choosing").endswith(words[:-1]):
            break
        tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Shift+ArrowRight")
    assert tab.inner_text("#choosing").endswith(words)
    assert tab.evaluate("getSelection().toString()") == words
    turn(tab, "Enter")
    for letter in ("o", "m", "a"):  # output, money, achieved: the fields of codes, one behind the other
        assert tab.evaluate("document.activeElement.tagName") == "SELECT"
        tab.keyboard.press(letter)
        tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.value") == words
    turn(tab, "Enter")


def test_words_chosen_of_a_closed_workbench_are_not_lost_in_silence(
    browser: Any, app: Starlette, records: dict[str, Record]
) -> None:
    """It is said that the workbench does not answer, for the words and for what code reads; the form keeps all."""
    with ExitStack() as server:
        base = server.enter_context(served(app))
        with open_tab(browser, base, allowed="net::ERR_CONNECTION_REFUSED") as tab:
            tab.context.add_cookies([{"name": REVIEWER_COOKIE, "value": "0:anna", "url": base}])
            tab.goto(f"{base}{address(records[WRONG])}?ask=correct&fact=results[0]")
            ready(tab)
            server.close()
            button = tab.locator("[data-into]").first
            field = tab.locator(f"#{button.get_attribute('data-into')}")
            typed = field.input_value()

            button.click()
            tab.wait_for_selector("body[data-choosing]")
            tab.keyboard.press("Enter")

            tab.wait_for_selector("#choosing:has-text('is it closed?')")
            assert tab.evaluate("document.activeElement.dataset.into") is not None
            assert field.input_value() == typed
            field.fill("900名")
            tab.wait_for_selector(".reading:has-text('is it closed?')")


WAYS_OUT = {  # of a choice: by a field, a fact, the help, a button, Save
    "field": lambda tab: tab.locator(".sheet-form input[type=text]").last.click(),
    "key": lambda tab: tab.locator(".sheet-form textarea, .sheet-form select").first.focus(),
    "fact": lambda tab: tab.locator(".fact").last.click(),
    "help": lambda tab: tab.locator("button[data-opens]").click(),
    "save": lambda tab: tab.evaluate("document.querySelector('.sheet-form').addEventListener('submit', (event) => "
    "event.preventDefault()); document.querySelector('.sheet-form').requestSubmit()"),
}  # fmt: skip


def fields_of(tab: Any) -> list[str]:
    """What stands in the fields that words can be chosen for."""
    into = tab.locator("[data-into]")
    ids = [into.nth(place).get_attribute("data-into") for place in range(into.count())]
    return [tab.input_value(f"#{each}") for each in ids]


def test_second_choice_ends_the_first(browser: Any, app: Starlette, records: dict[str, Record]) -> None:
    """Words go into the field whose button was pressed last, and into no other."""
    with served(app) as base, open_tab(browser, base) as tab:
        reviewing(tab, base, f"{address(records[FULL])}?ask=correct&fact=results[0]")
        before = fields_of(tab)
        assert len(before) > 1
        for place in (0, 0, 1):
            tab.locator("[data-into]").nth(place).click()
            tab.wait_for_selector("body[data-choosing]")
        key(tab, "ArrowRight")
        words = tab.inner_text("#choosing").split()[-1]
        with tab.expect_response("**/words?*"):
            key(tab, "Enter")
        tab.wait_for_function("() => document.activeElement.matches('input')")

        assert fields_of(tab) == [before[0], words, *before[2:]]
        assert tab.locator("body[data-choosing]").count() == 0


@pytest.mark.parametrize("way", WAYS_OUT.values(), ids=WAYS_OUT)
def test_choice_is_ended_by_going_elsewhere(browser: Any, app: Starlette, records: dict[str, Record], way: Any) -> None:
    """Whoever leaves the page for a field, a fact, a button or the next page types and presses as if none had begun."""
    with served(app) as base, open_tab(browser, base) as tab:
        reviewing(tab, base, f"{address(records[FULL])}?ask=correct&fact=results[0]")
        before = fields_of(tab)
        tab.locator("[data-into]").first.click()
        tab.wait_for_selector("body[data-choosing]")
        way(tab)

        tab.wait_for_selector("body:not([data-choosing])")
        assert not tab.locator("#choosing").is_visible()
        assert fields_of(tab) == before


def test_marked_words_are_chosen_with_a_pointer(browser: Any, app: Starlette, records: dict[str, Record]) -> None:
    """Words that bear a fact out lead to the fact, but while words are chosen they are words like others."""
    with served(app) as base, open_tab(browser, base) as tab:
        reviewing(tab, base, f"{address(records[FULL])}?ask=correct&fact=results[0]")
        current = tab.locator(".fact[aria-current]").get_attribute("id")
        tab.locator("[data-into]").first.click()
        tab.locator(f'.lines a.w:not([href$="#{current}"])').first.dblclick()

        assert tab.locator("body[data-choosing]").count() == 1
        assert tab.locator(".fact[aria-current]").get_attribute("id") == current
        assert tab.inner_text("#choosing").endswith(tab.evaluate("getSelection().toString()"))
        key(tab, "Escape")
        tab.locator(f'.lines a.w:not([href$="#{current}"])').first.click()
        assert tab.locator(".fact[aria-current]").get_attribute("id") != current


def test_choice_for_a_new_fact_gives_the_question_back(
    browser: Any, app: Starlette, records: dict[str, Record]
) -> None:
    """However the choice is ended, the question for the kind is shown again, and its digits choose."""
    with served(app) as base, open_tab(browser, base) as tab:
        reviewing(tab, base, f"{address(records[FULL])}?ask=kind")
        for way in (lambda: key(tab, "Escape"), tab.locator(".fact").last.click):
            key(tab, "1")
            tab.wait_for_selector("body[data-choosing]")
            assert not tab.locator(".ask").is_visible()
            way()
            assert tab.locator("body[data-choosing]").count() == 0
            assert tab.locator(".ask").is_visible()


def test_picture_comes_back_after_a_choice(browser: Any, app: Starlette, tmp_path: Path) -> None:
    """Words are chosen on the lines; afterwards the sheet shows what its buttons say, however often one began."""
    record, manifest = make_test_record(make_scan(tmp_path), json.dumps(case_reply()))
    Store(OUT).put_page(manifest)
    Store(OUT).put(record)
    with served(app) as base, open_tab(browser, base) as tab:
        reviewing(tab, base, f"{address(record)}?ask=correct&fact=results[0]")
        for place in (0, 1):
            tab.locator("[data-into]").nth(place).click()
            assert tab.locator(".lines .ln").first.is_visible()
        key(tab, "Escape")
        assert tab.locator(".picture svg").is_visible()
        tab.locator("[data-into]").first.click()
        tab.locator("[data-show=lines]").click()
        key(tab, "Escape")
        assert tab.locator(".lines .ln").first.is_visible()


# ---- practices; files that are no records


def test_records_of_one_practice_are_joined_and_parted(app: Starlette, records: dict[str, Record]) -> None:
    """The likeliest record is offered with its reasons; joined, both are of one practice; undo parts both."""
    at = address(records[SOUND])
    text = request(app, "GET", at, params={"ask": "practice"}, cookies=ANNA).text
    other = f"{WRONG}/{records[WRONG].article_id}"
    assert f'value="{other}"' in text

    act(app, records[SOUND], "join", other=other, relation="same_event")

    joined = [stored(records[name]).practice for name in (SOUND, WRONG)]
    assert joined[0] == joined[1]
    assert joined[0] is not None
    assert (joined[0].relation, joined[0].by) == ("same_event", "anna")
    act(app, records[SOUND], "undo")
    assert [stored(records[name]) for name in (SOUND, WRONG)] == [records[name] for name in (SOUND, WRONG)]
    act(app, records[SOUND], "join", other=other, relation="same_event")
    asked = request(create_app(Project("x")), "GET", at, params={"ask": "practice"}, cookies=ANNA).text
    assert f'href="/review/{other}"' in asked
    assert "the same event (a duplicate) · anna" in asked
    assert "No record is near to it" not in asked
    act(app, stored(records[SOUND]), "part")
    assert [stored(records[name]).practice for name in (SOUND, WRONG)] == [None, None]
    act(app, stored(records[SOUND]), "undo")
    assert [stored(records[name]).practice for name in (SOUND, WRONG)] == joined


@pytest.mark.parametrize(
    "form", [{"other": "page-999/x", "relation": "same_event"}, {"other": f"{WRONG}/a09228995"}, {"other": "../x"}]
)
def test_nothing_is_joined_with_what_is_no_record(
    app: Starlette, records: dict[str, Record], form: dict[str, str]
) -> None:
    """A record that is not in the queue, or a missing relation, changes nothing."""
    answer = act(app, records[SOUND], "join", **form)

    assert answer.status_code == 422
    assert stored(records[SOUND]) == records[SOUND]


def test_file_that_is_no_record_is_named_in_the_queue(app: Starlette, records: dict[str, Record]) -> None:
    """A broken file is shown as such and stops nobody; its page says what is wrong with it."""
    path = Store(OUT).path_of(FULL, records[FULL].article_id)
    path.write_text("{", encoding="utf-8")

    assert queued(app) == [WRONG, SOUND, FULL]
    assert "file cannot be read" in request(app, "GET", "/review", cookies=ANNA).text
    broken = request(app, "GET", address(records[FULL]), cookies=ANNA)
    assert broken.status_code == 404
    assert str(path) in broken.text
    assert act(app, records[WRONG], "skip").headers["location"] == address(records[SOUND])


def test_a_record_that_cannot_be_joined_is_told_as_what_it_is(app: Starlette, records: dict[str, Record]) -> None:
    """Of a broken file it is said what is broken in it, not that none was named."""
    other = f"{WRONG}/{records[WRONG].article_id}"
    (OUT / f"{other}.json").write_text("{", encoding="utf-8")

    answer = act(app, records[SOUND], "join", other=other, relation="same_event")

    assert (answer.status_code, "broken JSON" in answer.text) == (400, True)
    assert stored(records[SOUND]) == records[SOUND]


def test_practice_is_joined_and_left_with_keys(browser: Any, app: Starlette, records: dict[str, Record]) -> None:
    """One key shows the candidates, a digit joins the record with one; a key takes it out again."""
    with served(app) as base, open_tab(browser, base) as tab:
        tab.context.add_cookies([{"name": REVIEWER_COOKIE, "value": "0:anna", "url": base}])
        tab.goto(base + address(records[SOUND]))
        ready(tab)
        turn(tab, "p")
        turn(tab, "1")
        assert stored(records[SOUND]).practice is not None
        turn(tab, "p")
        turn(tab, "z")

    assert stored(records[SOUND]).practice is None


def test_corrected_record_waits_until_it_is_accepted(app: Starlette, records: dict[str, Record]) -> None:
    """A correction is no decision: the record stays in the queue, and is `corrected` once it is accepted."""
    act(app, records[WRONG], "correct", fact="results[0]", **{"results[0].value_text": "近200名"})

    assert stored(records[WRONG]).review == records[WRONG].review
    act(app, stored(records[WRONG]), "accept")
    assert stored(records[WRONG]).review.state == "corrected"


def test_only_record_that_is_skipped_leads_to_the_queue(app: Starlette) -> None:
    """Nobody is led in a circle."""
    assert act(app, put(SOUND), "skip").headers["location"] == "/review"


def test_coder_alone_joins_no_practices(app: Starlette, records: dict[str, Record]) -> None:
    """What a coder decides apart changes no record, practices included."""
    form = {"other": f"{WRONG}/{records[WRONG].article_id}", "relation": "same_event"}

    answer = act(app, records[SOUND], "join", who=CODER, **form)

    assert answer.status_code == 422
    assert stored(records[SOUND]) == records[SOUND]


def test_queue_tells_of_a_file_what_the_index_knows(app: Starlette, records: dict[str, Record]) -> None:
    """A file that is as it was when it was indexed is not read again; one that changed is, at once."""
    path = Store(OUT).path_of(WRONG, records[WRONG].article_id)
    for each in OUT.glob("*/*.json"):
        os.utime(each, ns=(10**18, 10**18))
    assert queued(app) == [WRONG, FULL, SOUND]
    unreadable = "{".ljust(path.stat().st_size)

    path.write_text(unreadable, encoding="utf-8")
    os.utime(path, ns=(10**18, 10**18))
    assert queued(app) == [WRONG, FULL, SOUND]
    path.write_text(unreadable, encoding="utf-8")
    assert queued(app) == [FULL, SOUND, WRONG]


def test_queue_of_the_index_is_that_of_the_files(records: dict[str, Record]) -> None:
    """Order, headlines, states and doubts are the same, whether they come from the index or from the files."""
    put_failure(FAILED)
    store = Store(OUT)
    store.put(records[SOUND].model_copy(update={"page_id": "page-904", "headline": None}))
    decided = records[FULL].review.model_copy(update={"state": "accepted"})
    store.put_decision(records[FULL].model_copy(update={"review": decided}), seen=records[FULL])
    for each in OUT.glob("*/*.json"):
        os.utime(each, ns=(10**18, 10**18))
    update_index(Path("index.db"), OUT)
    with open_index(Path("index.db")) as index:
        known = read_known_entries(index)

    assert len(known) == 5
    assert ReviewStore(OUT, Path("reviews")).list_queue(known) == ReviewStore(OUT, Path("reviews")).list_queue({})


def test_what_is_not_indexed_yet_waits_where_it_is_much(tmp_path: Path) -> None:
    """While the index of many files is being made, the queue shows those that are in it, and reads no others."""
    folder = OUT / "page-1"
    folder.mkdir(parents=True)
    for number in range(MANY):
        (folder / f"a{number}.json").write_text("{", encoding="utf-8")
    shelf = ReviewStore(OUT, Path("reviews"))

    assert shelf.list_queue({}, is_growing=True) == []
    assert len(shelf.list_queue({})) == MANY
    (folder / "a0.json").unlink()
    assert len(shelf.list_queue({}, is_growing=True)) == MANY - 1


def test_page_whose_manifest_names_lines_it_has_not_is_shown_without_them(
    app: Starlette, records: dict[str, Record]
) -> None:
    """Where lines of another article or of noise cannot be had, the record is shown, and why its page is not."""
    path = OUT / f"{SOUND}.page.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(manifest | {"noise": [[900, 901]]}), encoding="utf-8")

    answer = request(app, "GET", address(records[SOUND]), cookies=ANNA)

    assert answer.status_code == 200
    assert "The manifest of the page names lines that the page does not have" in answer.text
