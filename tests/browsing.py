"""The workbench for tests: asked in the process, served for a real browser, and a headless Chromium that minds."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import Any

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette

from summariser.endpoints.desk import address_of, open_listener

CHROMIUM = next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)
_AXE = importlib.util.find_spec("axe_playwright_python")
HERE = "http://127.0.0.1:8700"
HOSTILE = '</script><script>document.title="owned"</script><img src=http://127.0.0.1:9/x onerror=alert(1)>\u202egnp'
_RUN_AXE = "([within, wanted]) => axe.run(within || document, {resultTypes: ['violations'], ...wanted})"
_CONTRAST = "color-contrast"  # takes as long as all other rules
WIDTHS = (390, 1280)  # of a telephone, and of a desk as in other tests


def request(app: Starlette, method: str, path: str, *, base: str = HERE, **given: Any) -> httpx2.Response:
    """One request to an app in this process, as a browser sends it: what writes says that it comes from here."""
    headers = {"Origin": base} if method not in ("GET", "HEAD") else {}
    headers |= given.pop("headers", {})

    cookies = given.pop("cookies", None)

    async def ask() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=base, cookies=cookies) as client:
            return await client.request(method, path, headers=headers, **given)

    with ThreadPoolExecutor(1) as thread:  # Playwright has a loop in the thread of the tests
        return thread.submit(asyncio.run, ask()).result()


class _Server(uvicorn.Server):
    """A server that ends as soon as nobody is answered any more, without a tenth of a second for each step of it."""

    async def main_loop(self) -> None:
        await self.on_tick(0)
        while not self.should_exit:
            await asyncio.sleep(0.01)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while self.server_state.connections or self.server_state.tasks:
            await asyncio.sleep(0.01)


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """The address of an app that is served on a free port for as long as the block lasts."""
    listener = open_listener("127.0.0.1", 0)
    server = _Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none", server_header=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield address_of(listener)
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium; the test is skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    with playwright.sync_playwright() as opened:
        chromium = opened.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@contextmanager
def open_tab(browser: Any, address: str, **given: Any) -> Iterator[Any]:
    """A tab; at the end nothing may have been complained of, and nobody but `address` asked for anything.

    Shape: a refusal that a test provokes (4xx) is a complaint of the console as well; name it with `allowed`.
    """
    allowed = given.pop("allowed", "")
    known = {"viewport": {"width": WIDTHS[-1], "height": 900}, "color_scheme": "light", "locale": "en-GB"}
    context = browser.new_context(**(known | given))
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    own = (address, "data:", "blob:")
    page.on("request", lambda asked: said.append(asked.url) if not asked.url.startswith(own) else None)
    yield page
    context.close()
    assert [line for line in said if not (allowed and allowed in line)] == []


def find_barriers(tab: Any, *, within: str | None = None) -> list[str]:
    """What is wrong at any width: what axe-core finds (rule and element), and a page that is wider than its window.

    Shape: contrasts are looked at in both schemes at the smaller width, where all is shown, and everything else at both
    widths in the light scheme: no colour of a page depends on the width, and nothing else on the scheme. Of a page that
    was looked at before, `within` selects the part that is new.
    """
    if _AXE is None or _AXE.origin is None:
        pytest.skip("axe-core is not installed: pip install axe-playwright-python")
    tab.evaluate(Path(_AXE.origin).with_name("axe.min.js").read_text(encoding="utf-8"))
    found = []
    for width, scheme, wanted in (
        (WIDTHS[0], "dark", {"runOnly": [_CONTRAST]}),
        (WIDTHS[0], "light", {}),
        (WIDTHS[1], "light", {"rules": {_CONTRAST: {"enabled": False}}}),
    ):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # no colour is on its way to another one
        found += [f"{width}: {overflow(tab)} pixels too wide"] * (overflow(tab) > 0)
        told = tab.evaluate(_RUN_AXE, [within, wanted])
        nodes = [(each["id"], node["html"][:120]) for each in told["violations"] for node in each["nodes"]]
        found += [f"{width}, {scheme}: {rule}: {html}" for rule, html in nodes]
    return found


def overflow(tab: Any) -> int:
    """By how many pixels the page is wider than its window."""
    return int(tab.evaluate("document.documentElement.scrollWidth - innerWidth"))
