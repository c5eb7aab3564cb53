"""The workbench: who may ask it, what a browser may do with it, in which words it speaks."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from typing import Any

import httpx2
import pytest
from browsing import HERE, HOSTILE, find_barriers, open_tab, request, served
from browsing import browser as browser  # noqa: PLC0414 - a fixture
from making import make_page, put_record
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from summariser.tables import read_table
from summariser.workbench.app import POLICY, SECTIONS, create_app
from summariser.workbench.web import EditConflictError, Project, check_version, translate, version_of

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(180)]
ROOT = Path(__file__).resolve().parent.parent
SOURCES = Path(create_app.__code__.co_filename).parent


@pytest.fixture
def app() -> Starlette:
    """The workbench over an empty folder."""
    return create_app(Project("case base"))


@pytest.mark.parametrize(
    ("base", "headers"),
    [
        ("http://evil.example:8700", {}),
        ("http://127.0.0.1.evil.example:8700", {}),
        (HERE, {"Host": "localhost.:8700"}),
        (HERE, {"Origin": "http://evil.example"}),
        (HERE, {"Origin": "null"}),
        (HERE, {"Origin": "http://127.0.0.1:9999"}),
        (HERE, {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}),
        (HERE, {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}),
    ],
)
def test_strangers_are_turned_away(app: Starlette, base: str, headers: dict[str, str]) -> None:
    """Another host, another origin, another port of this machine and another site's script get nothing."""
    answer = request(app, "GET", "/ask", base=base, headers=headers)

    assert answer.status_code == 403
    assert "Not allowed" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8700"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    ],
)
def test_only_own_pages_write(app: Starlette, headers: dict[str, str]) -> None:
    """What writes has to come from a page of the very same address; a link from elsewhere may only read."""
    refused = request(app, "POST", "/choose", headers=headers, data={"language": "zh"})
    taken = request(app, "POST", "/choose", data={"language": "zh"})

    assert refused.status_code == 403
    assert "set-cookie" not in refused.headers
    assert (taken.status_code, taken.headers["location"]) == (303, "/")


def test_writing_without_origin_is_refused(app: Starlette) -> None:
    """A request that does not say where it comes from changes nothing."""
    answer = request(app, "POST", "/choose", headers={"Origin": ""}, data={"language": "zh"})

    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/ask", "/nowhere", "/static/live.js", "/static/report.css"])
def test_every_answer_has_the_policy(app: Starlette, path: str) -> None:
    """Pages, errors and files carry the policy; nothing in it allows inline code or another host."""
    headers = request(app, "GET", path).headers

    assert headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd"]
)
def test_static_files_lead_nowhere_else(app: Starlette, path: str) -> None:
    """No address leads out of the folder of static files."""
    answer = request(app, "GET", path)

    assert answer.status_code == 404
    assert "create_app" not in answer.text


def test_hostile_address_is_text(app: Starlette) -> None:
    """What an error page repeats of an address is escaped."""
    answer = request(app, "GET", f"/ask/{HOSTILE}")

    assert answer.status_code == 404
    assert "<img" not in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    ("back", "leads"),
    [("/ask?x=1", "/ask?x=1"), ("//evil.example", "/evil.example"), ("\\\\evil.example", "/evil.example"), ("", "/")],
)
def test_choice_leads_back_to_own_pages_only(app: Starlette, back: str, leads: str) -> None:
    """After a choice a person is where he was, never on another host."""
    answer = request(app, "POST", "/choose", data={"scheme": "dark", "back": back})

    assert answer.headers["location"] == leads
    assert "summariser_scheme=dark" in answer.headers["set-cookie"]


def test_token_is_wanted_elsewhere() -> None:
    """On another interface nobody is served without the token; with it the address is cleaned and a cookie given."""
    app = create_app(Project("x"), token="secret", names=("box",))
    base = "http://192.0.2.7:8700"

    assert request(app, "GET", "/ask", base=base).status_code == 403
    assert request(app, "GET", "/ask?token=wrong", base=base).status_code == 403
    assert request(app, "GET", "/ask", base=base, cookies={"summariser_token_8700": "wrong"}).status_code == 403
    assert request(app, "GET", "/ask?token=secret", base="http://evil.example").status_code == 403
    opened = request(app, "GET", "/ask?token=secret&x=1", base=base)
    assert (opened.status_code, opened.headers["location"]) == (303, "/ask?x=1")
    assert re.fullmatch(
        r"summariser_token_8700=secret; HttpOnly; Path=/; SameSite=strict", opened.headers["set-cookie"]
    )
    for host in (base, "http://box:8700", "http://localhost:8700"):
        assert request(app, "GET", "/ask", base=host, cookies={"summariser_token_8700": "secret"}).status_code == 200


@pytest.mark.parametrize(
    ("cookie", "accepted", "lang"),
    [
        ("", "zh-CN,zh;q=0.9", "zh-Hans"),
        ("", "de,en;q=0.8", "en"),
        ("", "", "en"),
        ("zh", "en", "zh-Hans"),
        ("xx", "zh", "zh-Hans"),
    ],
)
def test_language_is_that_of_person_or_browser(app: Starlette, cookie: str, accepted: str, lang: str) -> None:
    """A choice wins over what the browser accepts; what is unknown is English."""
    headers = {"Accept-Language": accepted}

    answer = request(app, "GET", "/ask", headers=headers, cookies={"summariser_language": cookie})

    assert f'<html lang="{lang}"' in answer.text


def test_every_word_is_there_in_both_languages_and_used() -> None:
    """No key is named that the table lacks; it holds none that nobody shows, and each has two texts."""
    rows = read_table("workbench_words")
    texts = [path.read_text(encoding="utf-8") for path in SOURCES.rglob("*") if path.suffix in {".j2", ".py"}]
    used = {key for text in texts for key in re.findall(r'"([a-z_]+\.[a-z_]+)"', text)}
    stems = {stem for text in texts for stem in re.findall(r'"([a-z_]+\.)" [~+]', text)}

    keys = [row["key"] for row in rows]
    assert len(keys) == len(set(keys))
    assert [row["key"] for row in rows if not (row["zh"] and row["en"])] == []
    assert [key for key in keys if key not in used and not any(key.startswith(stem) for stem in stems)] == []
    names = [tuple(set(re.findall(r"\{(\w+)[:}]", row[side])) for side in ("zh", "en")) for row in rows]
    assert [pair for pair in names if pair[0] != pair[1]] == []
    called = {key for text in texts for key in re.findall(r'\b(?:w|say)\([^")]*"([a-z_]+\.[a-z_]+)"', text)}
    assert called - set(keys) == set()


def test_words_are_escaped() -> None:
    """A value put into words is text, with what hides in it shown."""
    assert translate("en", "conflict.what", name="<b>\u202e").startswith("&lt;b&gt;‹U+202E› was changed")


def test_version_of_a_record_tells_every_change(tmp_path: Path) -> None:
    """A form goes on only with the version of what is stored now; a review or an edit since then is a conflict."""
    record = put_record(make_page(), tmp_path)
    form = {"version": version_of(record), "note": "mine"}
    decided = record.model_copy(update={"review": record.review.model_copy(update={"note": "x"})})

    check_version(form, record, back="/")
    with pytest.raises(EditConflictError) as caught:
        check_version(form, decided, back="/")

    assert (caught.value.given, caught.value.back) == ("note: mine", "/")
    assert '"note": "x"' in caught.value.there


def _with_conflict() -> Starlette:
    """A workbench with an address where something was changed meanwhile."""
    app = create_app(Project("case base"))

    async def clash(_request: Request) -> Response:
        raise EditConflictError("a1", there=HOSTILE + "工" * 9000, given="mine", back="/ask")

    app.router.routes.append(Route("/clash", clash))
    return app


def test_conflict_shows_both_sides() -> None:
    """What was changed meanwhile is shown beside what was sent, as text, with the status of a conflict."""
    answer = request(_with_conflict(), "GET", "/clash")

    assert answer.status_code == 409
    assert "mine" in answer.text
    assert "&lt;img" in answer.text
    assert "‹U+202E›" in answer.text
    assert "工" * 9000 in answer.text


def test_pages_are_accessible_and_fit(browser: Any) -> None:
    """Every page has no barrier that axe-core finds, is no wider than its window, and asks nobody else."""
    with served(_with_conflict()) as address, open_tab(browser, address, allowed="40") as tab:
        for path in (*(section.path for section in SECTIONS), "/nowhere", "/clash"):
            tab.goto(address + path)

            assert find_barriers(tab) == [], path


def test_language_and_colours_are_switched_by_keyboard(browser: Any) -> None:
    """The first stop of Tab leads past the navigation; the switches work with Enter, and what was chosen is kept."""
    with served(create_app(Project("案例库"))) as address, open_tab(browser, address) as tab:
        tab.goto(f"{address}/")
        assert tab.url == f"{address}{SECTIONS[0].path}"
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.getAttribute('href')") == "#main"
        light = tab.evaluate("getComputedStyle(document.body).backgroundColor")

        tab.focus("button[name=language]")
        tab.keyboard.press("Enter")
        tab.wait_for_selector("html[lang=zh-Hans]")
        tab.focus("button[value=dark]")
        tab.keyboard.press("Enter")
        tab.wait_for_selector("html[data-scheme=dark]")

        assert tab.evaluate("getComputedStyle(document.body).backgroundColor") != light
        tab.goto(f"{address}{SECTIONS[0].path}")
        assert tab.locator("html[lang=zh-Hans][data-scheme=dark]").count() == 1


@contextmanager
def _serving(*arguments: str, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command `serve` and the address that it says; at the end it is interrupted."""
    command = [sys.executable, "-m", "summariser", "serve", "--no-browser", "--port", "0", *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=folder) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r"http://\S+", line)
        assert found, line
        try:
            yield process, found[0]
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_serve_says_its_address_and_stops_cleanly(tmp_path: Path, how: signal.Signals) -> None:
    """The address that is said can be asked; Ctrl-C, and who tells it to end, end the command with exit code 0."""
    with _serving(folder=tmp_path) as (process, address):
        answer = httpx2.get(f"{address}ask", timeout=60)

        process.send_signal(how)

        assert answer.status_code == 200
        assert process.wait(60) == 0
        assert process.stderr is not None
        assert process.stderr.read() == "The workbench is closed.\n"


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent")
@pytest.mark.parametrize("folder", [".", "cases/"])
def test_serve_takes_a_folder_of_records_for_those_of_its_project(tmp_path: Path, folder: str) -> None:
    """With the project the records are where its settings say; with a folder of records they are there."""
    copytree(ROOT / "summaries", tmp_path / "cases")
    with _serving(folder, folder=tmp_path) as (_, address):
        queue = httpx2.get(f"{address}review", timeout=60).text

        assert ("There are no records yet" in queue) == (folder == ".")
        assert ("42 of 42 articles wait" in queue) == (folder != ".")


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent")
def test_serve_elsewhere_has_a_token_in_its_address(tmp_path: Path) -> None:
    """On another interface the address that is said holds a token, and without it nothing is shown."""
    with _serving("--host", "0.0.0.0", folder=tmp_path) as (_, address):
        bare, _, query = address.replace("0.0.0.0", "127.0.0.1").partition("?")
        refused = httpx2.get(bare, timeout=60)
        opened = httpx2.get(f"{bare}?{query}", follow_redirects=True, timeout=60)

        assert refused.status_code == 403
        assert opened.status_code == 200


def test_busy_port_is_said_with_advice(tmp_path: Path) -> None:
    """A port that somebody holds ends the command with exit code 2 and another port to try."""
    with served(create_app(Project("x"))) as address:
        port = address.rpartition(":")[2]
        command = [sys.executable, "-m", "summariser", "serve", "--no-browser", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    assert done.returncode == 2
    assert f"--port {int(port) + 1}" in done.stderr
