"""Ask: files are taken, a run goes on without its tab, and answers are pasted, checked and handed in."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from browsing import browser as browser  # noqa: PLC0414 - a fixture
from browsing import find_barriers, open_tab, request, served
from conftest import ROOT
from making import LINES, case_text, result_reply
from PIL import Image
from starlette.applications import Starlette
from test_pasting import CASE

from summariser.disk.files import temporary_path
from summariser.disk.ledger import open_ledger
from summariser.errors import InputError
from summariser.readers.dispatch import read_page
from summariser.readers.files import SUFFIXES, find_pages
from summariser.schema.exchange import OutputMode, Reply, Usage
from summariser.tables import read_table
from summariser.workbench.app import create_app
from summariser.workbench.ask import Limits, keep_upload, safe_path
from summariser.workbench.project_state import choose_paths, read_page_statuses
from summariser.workbench.web import Project

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(180)]
GOOD = case_text()
WRONG = GOOD.replace('"近200名"', '"近900名"')


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project of one page with one article, in the current folder."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/page-900.txt").write_text("\n".join(LINES), encoding="utf-8")
    return Project("案例库")


@contextmanager
def opened(project: Project) -> Iterator[Starlette]:
    """A workbench whose run is stopped at the end."""
    app = create_app(project)
    try:
        yield app
    finally:
        app.state.runner.close(10)


def until(condition: Callable[[], object], patience_s: float = 60) -> None:
    """Return as soon as the condition holds."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def start(app: Starlette, **more: str) -> None:
    """Start a run whose answers are pasted, and wait until something is asked."""
    form = {"provider": "desk", "rules": "on", "unfinished": "yes"} | more
    answer = request(app, "POST", "/ask/start", data=form)
    assert answer.status_code == 303, answer.text


def hand_in(app: Starlette, number: str, answer: str, **more: str) -> Any:
    """The response to an answer that is handed in."""
    return request(app, "POST", f"/ask/desk/{number}", data={"answer": answer} | more)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("页 面.txt", "页 面.txt"),
        ("2026/11/01.txt", "2026/11/01.txt"),
        ("../../etc/passwd.txt", "etc/passwd.txt"),
        ("C:\\Users\\x\\a.txt", "C_/Users/x/a.txt"),
        ("/abs/a.txt", "abs/a.txt"),
        (".hidden.txt", "hidden.txt"),
        ("a\u202egnp.txt", "agnp.txt"),
        ("a\x00b\n.txt", "ab.txt"),
        ("CON.txt", "_CON.txt"),
        ("Com¹.txt", "_Com¹.txt"),
        ("lpt³.md", "_lpt³.md"),
        ("a#page=2.txt", "a_page=2.txt"),
        ("*?[x]<y>|.txt", "__[x]_y__.txt"),
        ("e\u0301.txt", "\u00e9.txt"),
        (f"{'长' * 300}.txt", f"{'长' * 80}.txt"),
        ("1/2/3/4/5/6.txt", "3/4/5/6.txt"),
        ("sources.csv", "sources.csv"),
    ],
)
def test_names_of_dropped_files_are_made_safe(name: str, kept: str) -> None:
    """No part of a name leads up, hides, is reserved or shows what it is not; the last folders are kept."""
    assert safe_path(name).as_posix() == kept


@pytest.mark.parametrize("name", ["a.exe", "a", "", "..", "a.txt/", "a.csv"])
def test_files_of_no_kind_are_refused(name: str) -> None:
    """What no reader takes is not kept, and the kinds are named."""
    if name == "a.txt/":
        assert safe_path(name) == Path("a.txt")
        return
    with pytest.raises(InputError, match=r"\.pdf"):
        safe_path(name)


UNREAD = [(ending, row) for row in read_table("unread_kinds") for ending in row["endings"].split()]


@pytest.mark.parametrize(("ending", "row"), UNREAD, ids=[ending for ending, _ in UNREAD])
def test_every_way_in_gives_one_advice(project: Project, ending: str, row: dict[str, str]) -> None:
    """What to do with a file of a kind that is not read, command line, folder and browser say in the same words."""
    path = project.pages / f"a{ending.upper()}"
    path.write_bytes(b"\1\2")
    told = f"a{ending.upper()}: {row['what']}. {row['next_step']}."

    with pytest.raises(InputError) as named:
        read_page(path)
    with pytest.raises(InputError) as dropped:
        safe_path(path.name)
    notes = find_pages([project.pages]).notes
    (project.pages / "page-900.txt").unlink()
    with pytest.raises(InputError) as alone:
        find_pages([project.pages])

    assert (str(named.value), str(dropped.value)) == (f"pages/{told}", told)
    assert notes[1:] == (f"pages/{told}",)
    assert f"pages/{told}" in str(alone.value)
    assert ending not in SUFFIXES


def test_kind_without_advice_is_called_alike(project: Project) -> None:
    """A text under another name is told how to become one, on the command line and in the browser."""
    path = shutil.copy(project.pages / "page-900.txt", project.pages / "a.log")
    said = []
    for refuse in (read_page, lambda path: safe_path(str(path))):
        with pytest.raises(InputError, match=r"let its name end in \.txt") as caught:
            refuse(path)
        said.append(str(caught.value).partition(": ")[2])

    assert said[0] == said[1]
    assert len(find_pages([project.pages]).notes) == 1


def test_gif_is_a_picture_in_every_way_in(tmp_path: Path) -> None:
    """What the command line reads, a folder and the browser take as well."""
    Image.new("RGB", (400, 300), "white").save(tmp_path / "a.gif")

    assert safe_path("a.gif") == Path("a.gif")
    assert [file.path.name for file in find_pages([tmp_path]).files] == ["a.gif"]


@pytest.mark.parametrize("name", ["README.md", "deep/readme.MD", "1.gold.json"])
def test_files_that_stand_beside_pages_are_refused(name: str) -> None:
    """What would be kept and never shown among the pages is said at once."""
    with pytest.raises(InputError, match="only stands beside pages"):
        safe_path(name)


def test_dropped_file_is_kept_once(project: Project) -> None:
    """The same file again is not kept twice, another one of its name gets a number, and a refusal says why."""
    app = create_app(project)

    def put(name: str, content: bytes) -> Any:
        return request(app, "PUT", "/ask/files", params={"name": name}, content=content)

    assert put("新/a.txt", b"1").json() == {"kept": "pages/新/a.txt", "new": True}
    assert put("新/a.txt", b"1").json() == {"kept": "pages/新/a.txt", "new": False}
    assert put("新/a.txt", b"2").json() == {"kept": "pages/新/a-2.txt", "new": True}
    refused = put("a.exe", b"1")
    assert refused.status_code == 422
    assert "a.exe: is of no kind that is read" in refused.json()["error"]
    kept = sorted(path.as_posix() for path in project.pages.rglob("*") if path.is_file())
    assert kept == ["pages/page-900.txt", "pages/新/a-2.txt", "pages/新/a.txt"]


def test_files_without_origin_are_not_taken(project: Project) -> None:
    """Another web page cannot put files here."""
    answer = request(
        create_app(project), "PUT", "/ask/files", params={"name": "a.txt"}, headers={"Origin": "http://evil.example"}
    )

    assert answer.status_code == 403
    assert not Path("pages/a.txt").exists()


def test_link_out_of_the_pages_is_not_followed(project: Project, tmp_path: Path) -> None:
    """A folder that is a link elsewhere takes no files."""
    (tmp_path / "elsewhere").mkdir()
    (project.pages / "out").symlink_to(tmp_path / "elsewhere")

    for name in ("out/a.txt", "out/new/a.txt"):
        answer = request(create_app(project), "PUT", "/ask/files", params={"name": name}, content=b"1")

        assert "leads out of the folder" in answer.json()["error"]
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize(("method", "path"), [("PUT", "/ask/files"), ("POST", "/choose")])
def test_tab_that_is_closed_while_it_sends_leaves_nothing(project: Project, method: str, path: str) -> None:
    """Half a file is not kept, and the server is told of no trouble."""
    before, sent = sorted(project.pages.iterdir()), list[Any]()
    came = iter([{"type": "http.request", "body": b"abc", "more_body": True}, {"type": "http.disconnect"}])
    headers = [(b"host", b"127.0.0.1:8700"), (b"origin", b"http://127.0.0.1:8700")]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"name=cut.txt", "scheme": "http"}

    async def receive() -> dict[str, Any]:
        return next(came)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(create_app(project)({**scope, "headers": headers}, receive, send))

    assert sent[0]["status"] == 400
    assert sorted(project.pages.iterdir()) == before


def test_file_where_the_pages_should_be_is_said(project: Project) -> None:
    """Where no folder can be made, the person is told, and what stands there stays."""
    shutil.rmtree(project.pages)
    project.pages.write_text("mine", encoding="utf-8")

    answer = request(create_app(project), "PUT", "/ask/files", params={"name": "a.txt"}, content=b"1")

    assert (answer.status_code, "a file stands" in answer.json()["error"]) == (422, True)
    assert project.pages.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("limits", "why"),
    [(Limits(file_bytes=5), "too large"), (Limits(files=1), "files"), (Limits(folder_bytes=3), "GB")],
    ids=["size", "number", "size in all"],
)
def test_uploads_are_bounded(project: Project, limits: Limits, why: str) -> None:
    """A file too large, one too many and too much in all are refused, and nothing is left of them."""

    async def content() -> Any:
        for _ in range(3):
            yield b"123"

    with pytest.raises(InputError, match=why):
        asyncio.run(keep_upload(project.pages, "big.txt", content(), limits=limits))

    assert [path.name for path in project.pages.iterdir()] == ["page-900.txt"]


def test_what_a_killed_workbench_left_half_taken_goes_with_the_next_file(project: Project) -> None:
    """A half-taken file of a process that is gone is no page, and does not stay."""
    pages = project.pages.absolute()
    own = temporary_path(pages)
    mark = own.name.removeprefix(".summariser-").split("-")[0]
    gone = own.with_name(f".summariser-{mark}-{2**22 + 1}-7-00000000.tmp")
    for left in (own, gone):
        left.write_bytes(b"half")

    async def content() -> Any:
        yield b"whole"

    path, _ = asyncio.run(keep_upload(pages, "a.txt", content()))

    assert path.read_bytes() == b"whole"
    assert (own.exists(), gone.exists()) == (True, False)


def test_ticked_files_are_called_as_among_all(project: Project) -> None:
    """Files that would have another name without the others are run with all of them."""
    for folder in ("a", "b"):
        (project.pages / folder).mkdir()
        (project.pages / folder / "01.txt").write_text(folder, encoding="utf-8")
    standings = read_page_statuses(project.pages, Path("summaries"))

    assert choose_paths(standings, ["pages/a/01.txt"], project.pages) == (Path("pages"),)
    assert choose_paths(standings, ["pages/page-900.txt"], project.pages) == (Path("pages/page-900.txt"),)
    assert choose_paths(standings, ["/etc/passwd"], project.pages) == (Path("pages"),)


def test_run_survives_its_tab_and_is_stopped_and_gone_on_with(project: Project) -> None:
    """A run waits for its answers whoever looks; stopped and begun again, by another workbench, it goes on."""
    with opened(project) as app:
        start(app)
        until(lambda: Path("desk/001/request.json").is_file())
        assert "Running" in request(app, "GET", "/ask/run").text
        second = request(app, "POST", "/ask/start", data={"provider": "desk"})
        assert (second.status_code, "a run is on already" in second.text) == (400, True)
        assert request(app, "POST", "/ask/stop").status_code == 303
        until(lambda: not app.state.runner.is_going)
        assert "goes on from here" in request(app, "GET", "/ask/run").text

    with opened(project) as app:
        assert "stopped" in request(app, "GET", "/ask/run").text  # as the ledger has it
        assert "unfinished" in request(app, "GET", "/ask/pages").text
        assert hand_in(app, "001", GOOD).headers["location"] == "/ask/desk"
        start(app)
        until(lambda: not app.state.runner.is_going)
        assert app.state.runner.trouble == ""
        assert len(list(Path("summaries/page-900").glob("*.json"))) == 1
        pages = request(app, "GET", "/ask/pages").text
    assert "1 of 1 done" in pages
    assert [path.name for path in Path("desk").iterdir()] == ["001"]


def test_wrong_answer_is_shown_before_it_is_handed_in(project: Project) -> None:
    """An answer with an invented number is told, not taken; taken as it is, it comes back as a short repair."""
    with opened(project) as app:
        start(app)
        until(lambda: "临河区总工会把课堂开到车间" in request(app, "GET", "/ask/desk/waiting").text)

        def check(answer: str) -> str:
            return str(request(app, "POST", "/ask/desk/001/check", data={"answer": answer}).text)

        assert "Nothing is wrong" in check(f"好的：\n```json\n{GOOD}\n```")
        assert "brackets of its JSON are open" in check(GOOD[:-30])
        assert "cannot be used, for" in check('{"actors": []}')
        assert "cannot be used, for" in check("no JSON")
        wrong = check(WRONG)
        assert "results[0]" in wrong
        assert "Wrong: 1, of 6 facts" in wrong

        for answer, more in ((WRONG, {}), (GOOD[:-30], {}), (GOOD[:-30], {"anyway": "yes"})):
            shown = hand_in(app, "001", answer, **more)
            assert shown.status_code == 422
            assert not Path("desk/001/reply.txt").exists()
        hand_in(app, "001", WRONG, anyway="yes")
        until(lambda: Path("desk/002/request.json").is_file())
        repair = request(app, "GET", "/ask/desk/002").text
        assert "results[0]" in repair.partition('id="short"')[2].partition("</textarea>")[0]
        assert "[3] 夜校开设3门课程" in repair
        assert hand_in(app, "002", GOOD).status_code == 303
        until(lambda: not app.state.runner.is_going)
        assert app.state.runner.tally.repairs == 1
    (record,) = Path("summaries/page-900").glob("*.json")
    assert "近900名" not in record.read_text(encoding="utf-8")


def test_further_results_are_checked_too(project: Project) -> None:
    """A dense article is asked on; what comes then is held against the article as well, and named by its own places."""
    rule = {"text": "每人的补贴", "subject": "补贴", "chain": "rule", "kind": "subsidy_standard", "status": "rule"}

    def further(value: str) -> str:
        results = [result_reply(**rule, value_text=value)]
        return json.dumps({"results": results, "more": False}, ensure_ascii=False)

    with opened(project) as app:
        start(app)
        until(lambda: Path("desk/001/request.json").is_file())
        hand_in(app, "001", case_text(more=True), anyway="yes")
        until(lambda: Path("desk/002/request.json").is_file())
        shown = request(app, "GET", "/ask/desk/002").text
        wrong = request(app, "POST", "/ask/desk/002/check", data={"answer": further("每人补贴900元")}).text
        good = request(app, "POST", "/ask/desk/002/check", data={"answer": further("每人补贴300元")}).text
        hand_in(app, "002", further("每人补贴300元"))
        until(lambda: not app.state.runner.is_going)

    assert "further results" in shown
    assert "results[0]" in wrong
    assert "Nothing is wrong: 1 item agrees" in good
    (record,) = Path("summaries/page-900").glob("*.json")
    assert "每人补贴300元" in record.read_text(encoding="utf-8")


def test_answer_of_another_tab_is_shown_beside_ones_own(project: Project) -> None:
    """The first answer stands; who comes second is shown both, and nothing is written over."""
    with opened(project) as app:
        start(app)
        until(lambda: Path("desk/001/request.json").is_file())
        Path("desk/001/reply.json").write_text(GOOD, encoding="utf-8")

        given = request(app, "GET", "/ask/desk/001")
        (Path("desk/001") / "reply.txt").write_text("first", encoding="utf-8")
        second = hand_in(app, "001", WRONG, anyway="yes")

    assert "It has an answer." in given.text
    assert second.status_code == 409
    assert "近900名" in second.text
    assert (Path("desk/001") / "reply.txt").read_text(encoding="utf-8") == "first"


@pytest.mark.parametrize("number", ["999", "%2e%2e", "0001", "%2e%2e%2f001", "001x"])
def test_desk_leads_to_its_requests_only(project: Project, number: str) -> None:
    """A number that is none of a request leads nowhere, whatever it spells."""
    app = create_app(project)

    assert request(app, "GET", f"/ask/desk/{number}").status_code in (404, 303)
    assert hand_in(app, number, GOOD).status_code in (404, 405)


def test_failure_is_told_with_its_reason(project: Project) -> None:
    """A page with an article that got no usable reply is marked, and the reason stands with its headline."""
    with opened(project) as app:
        start(app)
        for number in ("001", "002"):  # a third request would say the same as the second, and has its answer
            until(lambda: Path(f"desk/{number}/request.json").is_file())  # noqa: B023
            hand_in(app, number, '{"actors": []}', anyway="yes")
        until(lambda: not app.state.runner.is_going)
        pages = request(app, "GET", "/ask/pages").text

    assert "no reply obeyed the rules" in pages
    assert "临河区总工会把课堂开到车间" in pages


def test_page_that_is_run_anew_stands_anew(project: Project) -> None:
    """What is remembered of a manifest is forgotten when it is written again, and nothing is known of a broken one."""
    out = Path("summaries")
    shutil.copy(ROOT / "seeds/page-000.txt", project.pages / "page-000.txt")
    shutil.copytree(ROOT / "summaries/page-000", out / "page-000")
    manifest = shutil.copy(ROOT / "summaries/page-000.page.json", out / "page-000.page.json")

    def stands() -> tuple[int, int, bool]:
        one = read_page_statuses(project.pages, out).files[0]
        return one.articles, one.records, one.is_done

    whole = stands()
    next((out / "page-000").glob("*.json")).unlink()
    fewer = stands()
    manifest.write_text("{", encoding="utf-8")

    assert whole == (9, 9, True)
    assert fewer == (9, 8, False)
    assert stands() == (0, 0, False)


def test_settings_are_offered_where_there_are_some(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no model is set, there is nothing to ask as set."""
    pages = [request(create_app(project), "GET", "/ask").text]
    monkeypatch.setenv("SUMMARISER_MODEL", "some-model")
    pages.append(request(create_app(project), "GET", "/ask").text)

    assert ["As set: openai · some-model" in page for page in pages] == [False, True]
    assert ["As set" in page for page in pages] == [False, True]


def test_missing_model_is_said_at_once(project: Project) -> None:
    """A provider without model or key starts nothing and says what to set."""
    answer = request(create_app(project), "POST", "/ask/start", data={"provider": "openai"})

    assert answer.status_code == 400
    assert "no model is set for openai" in answer.text


def test_cost_is_shown_only_at_a_known_price(project: Project) -> None:
    """Where the price of the model is not known there is no money; where the settings give it, tokens times price."""
    usage = Usage(prompt_tokens=1_000_000, completion_tokens=500_000)
    answered = {"model": "m", "mode": OutputMode.JSON_SCHEMA, "finish_reason": "stop", "reasoning": None}
    reply = Reply(request_key=CASE.key, text="{}", usage=usage, seconds=1.0, sends=1, **answered)
    now = datetime.now(UTC)
    with open_ledger(Path(".summariser/ledger.db")) as ledger:
        run_id = ledger.begin_run("run", "m", "http://127.0.0.1:9/v1", now, pages=3)
        ledger.save_reply(CASE, reply, run_id, now)
        ledger.end_run(run_id, now)
    app = create_app(project)

    without = request(app, "GET", "/ask/run").text
    Path("summariser.toml").write_text('[prices]\nm = "CNY 2 1 8"\n', encoding="utf-8")
    shown = request(app, "GET", "/ask/run").text

    assert "1,000,000" in without
    assert "is not known" in without
    assert "6.0000 CNY" in shown
    assert "is not known" not in shown


def _paste(tab: Any, text: str) -> None:
    """Put a text into the box as a person does, from the clipboard."""
    tab.evaluate("text => navigator.clipboard.writeText(text)", text)
    tab.focus("#answer")
    tab.keyboard.press("Control+v")


def test_page_is_asked_and_answered_by_keyboard(browser: Any, project: Project) -> None:
    """From the first key to the record: start, follow the link, copy, paste, see the check, hand in."""
    with opened(project) as app, served(app) as address:
        allowed = ["clipboard-read", "clipboard-write"]
        with open_tab(browser, address, permissions=allowed) as tab:
            tab.goto(f"{address}/ask")
            tab.check("input[name=rules]")
            tab.focus("button[name=unfinished]")
            tab.keyboard.press("Enter")
            tab.locator("a[href='/ask/desk']").focus()
            tab.keyboard.press("Enter")
            tab.locator(".waiting a").focus()
            tab.keyboard.press("Enter")
            tab.locator("[data-copy=whole]").focus()
            tab.wait_for_load_state()  # the button copies once its script is there
            tab.keyboard.press("Enter")
            tab.wait_for_function("() => document.querySelector('.paste [role=status]').textContent === 'Copied'")
            copied = tab.evaluate("navigator.clipboard.readText()")
            _paste(tab, WRONG)
            tab.wait_for_selector("#verdict .finding")
            tab.fill("#answer", "")
            _paste(tab, GOOD)
            tab.wait_for_selector("#verdict .said.good")
            tab.focus("#hand-in")
            tab.keyboard.press("Enter")
            tab.wait_for_selector(".said.good")
            until(lambda: not app.state.runner.is_going)
            tab.goto(f"{address}/ask")

            assert "[3] 夜校开设3门课程" in copied
            assert tab.locator("#pages .mark.good").inner_text() == "done"
    assert len(list(Path("summaries/page-900").glob("*.json"))) == 1


def test_page_follows_a_run_without_being_loaded_again(browser: Any, project: Project) -> None:
    """What is ticked and focused stays while the parts change; the end of the run is shown by itself."""
    with opened(project) as app, served(app) as address, open_tab(browser, address) as tab:
        tab.goto(f"{address}/ask")
        start(app)
        tab.wait_for_selector("#stop-button")
        tab.check("#page-1")
        tab.focus("#page-1")
        until(lambda: Path("desk/001/request.json").is_file())
        hand_in(app, "001", GOOD)

        tab.wait_for_selector(".now.done", timeout=60_000)
        tab.wait_for_selector("#pages .mark.good", timeout=60_000)
        assert tab.evaluate("document.activeElement.id") == "page-1"
        assert tab.is_checked("#page-1")


def test_workbench_that_does_not_answer_is_told(browser: Any, project: Project, tmp_path: Path) -> None:
    """What stays on the page is said not to be followed any more, a dropped file is named; both end by themselves."""
    with opened(project) as app, served(app) as address, open_tab(browser, address, allowed="net::ERR") as tab:
        tab.goto(f"{address}/ask")
        start(app)
        tab.wait_for_selector("#stop-button")
        assert tab.inner_text("#lost") == ""
        tab.context.set_offline(True)
        tab.wait_for_selector("#lost:has-text('is it closed?')")
        (tmp_path / "x.txt").write_text("x", encoding="utf-8")
        tab.set_input_files("input[type=file][multiple]", tmp_path / "x.txt")
        tab.wait_for_selector("#dropped .said.bad")
        tab.wait_for_selector("#drop:not([aria-busy])")

        tab.context.set_offline(False)

        tab.wait_for_selector("#lost:empty", state="attached", timeout=60_000)


def test_files_and_folders_are_dropped(browser: Any, project: Project, tmp_path: Path) -> None:
    """Chosen files go into the folder of the pages, refused ones are named, and the list shows them at once."""
    source = tmp_path / "from"
    source.mkdir()
    shutil.copy(ROOT / "seeds/page-001.txt", source / "新版面.txt")
    (source / "<img src=x onerror=alert(1)>.exe").write_bytes(b"MZ")
    refusal = "responded with a status of 422"
    app = create_app(project)
    with served(app) as address, open_tab(browser, address, allowed=refusal) as tab:
        tab.goto(f"{address}/ask")

        tab.set_input_files("input[type=file][multiple]", sorted(source.iterdir()))

        tab.wait_for_selector("#dropped .said.good")
        assert tab.locator("#dropped .said.bad").count() == 1
        assert "<img src=x" in tab.locator("#dropped .said.bad").inner_text()
        tab.wait_for_selector("#pages input[value='pages/新版面.txt']", state="attached")
        assert tab.locator("#main img").count() == 0
    assert (project.pages / "新版面.txt").is_file()


def test_busy_pages_are_accessible_and_fit(browser: Any, project: Project) -> None:
    """With a run on, a failed page, a hostile name and a wrong answer there is no barrier and nothing overflows."""
    odd = "河东区总工会{{7*7}}\u202e办起夜校"
    (project.pages / "a&<b>ff.txt").write_text("\n".join([odd, *LINES[1:]]), encoding="utf-8")
    with opened(project) as app, served(app) as address:
        start(app)
        until(lambda: Path("desk/002/request.json").is_file())
        with open_tab(browser, address) as tab:
            for path in ("/ask", "/ask/desk", "/ask/desk/001"):
                tab.goto(address + path)
                if path.endswith("001"):
                    tab.fill("#answer", '{"actors": []}')
                    tab.wait_for_selector("#verdict .finding")
                assert find_barriers(tab) == []
            tab.goto(f"{address}/ask/desk")
            assert "{{7*7}}办起夜校" in tab.locator("main").inner_text()
    assert threading.active_count() < 20
