"""What the desk promises to a client, and to the person who answers."""

from __future__ import annotations

import asyncio
import contextlib
import html
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
import uvicorn

from summariser.endpoints.desk import MAX_BODY_BYTES, create_app, serve
from summariser.endpoints.desk_folder import MAX_REPLY_BYTES, DeskFolder, is_unfinished
from summariser.errors import ConfigError, StoreError
from summariser.schema.exchange import DRAW_HEADER

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(30)]

CHAT = "/v1/chat/completions"
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
SCHEMA = {"type": "object", "properties": {"标题": {"type": "string"}}}
Client = httpx2.AsyncClient
Scene = Callable[[Client], Awaitable[Any]]


def make_body(text: str = "请概括这篇报道。", **more: Any) -> dict[str, Any]:
    """Return a small chat request."""
    return {"model": "any-model", "messages": [{"role": "user", "content": text}], **more}


def play(folder: Path, scene: Scene, *, lines: list[str] | None = None) -> Any:
    """Return what the scene returns, played against a fresh desk on the folder."""

    async def run() -> Any:
        announce = lines.append if lines is not None else None
        app = create_app(folder, poll_s=0.01, now=lambda: NOON, announce=announce)
        transport = httpx2.ASGITransport(app=app)
        async with Client(transport=transport, base_url="http://127.0.0.1:8765") as client:
            return await asyncio.wait_for(scene(client), 10)

    return asyncio.run(run())


async def until(condition: Callable[[], bool]) -> None:
    """Return as soon as the condition holds."""
    while not condition():
        await asyncio.sleep(0.005)


async def ask_and_answer(client: Client, body: dict[str, Any], *, path: Path, reply: str | bytes) -> httpx2.Response:
    """Return the response to the body, answered through the file once the request waits."""
    asking = asyncio.create_task(client.post(CHAT, json=body))
    await until((path.parent / "request.json").exists)
    path.write_bytes(reply.encode() if isinstance(reply, str) else reply)
    return await asking


def answer(folder: Path, name: str, reply: str | bytes, body: dict[str, Any] | None = None) -> httpx2.Response:
    """Return the response of a fresh desk to one request answered by this file."""
    path = folder / "001" / name
    response: httpx2.Response = play(
        folder, lambda client: ask_and_answer(client, body or make_body(), path=path, reply=reply)
    )
    return response


def get_content(response: httpx2.Response) -> str:
    """Return the text of the assistant in a completion."""
    content: str = response.json()["choices"][0]["message"]["content"]
    return content


def test_reply_json_becomes_a_chat_completion(tmp_path: Path) -> None:
    """The response has OpenAI's shape, the model asked for, and no usage."""
    response = answer(tmp_path, "reply.json", '{"标题": "送温暖"}')

    message = {"role": "assistant", "content": '{"标题": "送温暖"}', "refusal": None}
    assert response.json() == {
        "id": "desk-001",
        "object": "chat.completion",
        "created": int(NOON.timestamp()),
        "model": "any-model",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": None,
    }


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("reply.txt", "两行\r\n文字\n\n"),
        ("reply.txt", "\u2028\x1b[31m\x00"),
        ("reply.json", '{"标题": "他说"好"}'),
        ("reply.json", "[1, 2]\n"),
        ("reply.json", "\ufeff{}"),
    ],
    ids=["line ends", "odd characters", "broken JSON", "JSON against the schema", "byte order mark"],
)
def test_reply_is_returned_verbatim(tmp_path: Path, name: str, reply: str) -> None:
    """No reply is judged, repaired or trimmed."""
    body = make_body(response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}})

    assert get_content(answer(tmp_path, name, reply, body)) == reply


def test_answered_folder_says_when_and_by_what(tmp_path: Path) -> None:
    """`answered.json` holds the time and the name of the file used."""
    answer(tmp_path, "reply.txt", "好")

    noted = json.loads((tmp_path / "001" / "answered.json").read_text("utf-8"))
    assert noted == {"answered_at": NOON.isoformat(), "file": "reply.txt"}


def test_request_json_keeps_the_body_readable(tmp_path: Path) -> None:
    """The body is kept whole, with Chinese as Chinese."""
    body = make_body(temperature=0.0, seed=7)
    answer(tmp_path, "reply.txt", "好", body)

    text = (tmp_path / "001" / "request.json").read_text("utf-8")
    assert list(json.loads(text).items()) == list(body.items())
    assert "请概括这篇报道。" in text


def test_half_a_surrogate_pair_survives(tmp_path: Path) -> None:
    """Text that UTF-8 cannot hold is kept as an escape, and the request is still answered."""
    raw = rb'{"model": "m\ud800", "messages": [{"role": "user", "content": "a\ud800b"}]}'

    async def scene(client: Client) -> httpx2.Response:
        asking = asyncio.create_task(client.post(CHAT, content=raw))
        await until((tmp_path / "001" / "request.json").exists)
        (tmp_path / "001" / "reply.txt").write_text("ok")
        return await asking

    assert get_content(play(tmp_path, scene)) == "ok"
    assert json.loads((tmp_path / "001" / "request.json").read_text("utf-8")) == json.loads(raw)


def test_request_md_holds_messages_schema_and_instructions(tmp_path: Path) -> None:
    """A person finds the roles as headings, the texts, the schema and the two files to write."""
    messages = [
        {"role": "system", "content": "你是编辑。"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "第一段"}, {"type": "image_url", "image_url": {"url": "u"}}],
        },
        {"role": "assistant", "content": None, "tool_calls": [{"id": "call-9"}]},
    ]
    schema_format = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
    answer(tmp_path, "reply.txt", "好", {"messages": messages, "response_format": schema_format})

    text = (tmp_path / "001" / "request.md").read_text("utf-8")
    wanted = ("## 1. system", "你是编辑。", "## 2. user", "第一段", "image_url", "## 3. assistant", "call-9")
    places = [text.find(part) for part in (*wanted, '"标题"', "`reply.json`", "`reply.txt`")]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize("run", ["", "```", "`````\n", "a ```` b", "```\n## 2. system\n```"])
def test_fence_is_longer_than_any_run_of_backticks_inside(tmp_path: Path, run: str) -> None:
    """A message cannot end the block it is quoted in."""
    answer(tmp_path, "reply.txt", "好", make_body(run))

    text = (tmp_path / "001" / "request.md").read_text("utf-8")
    match = re.search(r"^(`{3,})text\n(.*?)\n\1$", text, re.MULTILINE | re.DOTALL)
    assert match is not None
    assert match[2] == run
    assert match[1] not in run


def test_role_cannot_forge_a_heading(tmp_path: Path) -> None:
    """A role is cut to one short line of letters."""
    body = {"messages": [{"role": "user\n\n# How to answer\n<b>", "content": "x"}]}
    answer(tmp_path, "reply.txt", "好", body)

    headings = re.findall(r"^#+ .*$", (tmp_path / "001" / "request.md").read_text("utf-8"), re.MULTILINE)
    assert headings == ["# Request 001", "## 1. user????How?to?answer??b?", "## How to answer"]


def test_same_request_twice_waits_on_one_folder(tmp_path: Path) -> None:
    """Equal bodies at the same time share a number, whatever the order of their keys."""
    body = make_body()
    lines: list[str] = []

    async def scene(client: Client) -> list[str]:
        other = asyncio.create_task(client.post(CHAT, json=dict(reversed(body.items()))))
        path = tmp_path / "001" / "reply.txt"
        first = await ask_and_answer(client, body, path=path, reply="好")
        return [get_content(first), get_content(await other)]

    assert play(tmp_path, scene, lines=lines) == ["好", "好"]
    assert [path.name for path in tmp_path.iterdir()] == ["001"]
    assert lines.count("001 is answered by reply.txt") == 1


def test_restarted_desk_serves_earlier_answers(tmp_path: Path) -> None:
    """A fresh desk on the folder answers a known body at once."""
    answer(tmp_path, "reply.txt", "好")

    response = play(tmp_path, lambda client: client.post(CHAT, json=make_body()))
    assert (response.json()["id"], get_content(response)) == ("desk-001", "好")


def test_another_draw_of_the_same_body_wants_a_reply_of_its_own(tmp_path: Path) -> None:
    """Who asks for another sample is not given the reply of the first, and each draw keeps its own."""

    async def ask(client: Client, draw: str) -> str:
        return get_content(await client.post(CHAT, json=make_body(), headers={DRAW_HEADER: draw}))

    async def scene(client: Client) -> list[str]:
        asking = [asyncio.create_task(ask(client, draw)) for draw in ("one", "two")]
        for number in ("001", "002"):
            await until((tmp_path / number / "request.json").exists)
            (tmp_path / number / "reply.txt").write_text(f"reply {number}")
        return [await task for task in asking]

    assert sorted(play(tmp_path, scene)) == ["reply 001", "reply 002"]
    again = play(tmp_path, lambda client: ask(client, (tmp_path / "002" / "draw.txt").read_text("ascii")))
    assert again == "reply 002"


def test_reply_written_while_nobody_waits_is_found(tmp_path: Path) -> None:
    """A client that gives up and asks again gets the reply that came in between."""
    play(tmp_path, lambda client: _give_up(client, tmp_path))
    (tmp_path / "001" / "reply.json").write_text("{}")

    assert get_content(play(tmp_path, lambda client: client.post(CHAT, json=make_body()))) == "{}"


def test_request_that_waits_is_told_whenever_somebody_asks(tmp_path: Path) -> None:
    """Asked again, after a restart too, it is announced with its file; once it is answered, nothing is."""
    lines: list[str] = []

    def take() -> DeskFolder:
        folder = DeskFolder(tmp_path, now=lambda: NOON, announce=lines.append)
        folder.take_request(make_body())
        return folder

    take()
    folder = take()
    folder.put_reply("001", "好")
    folder.read_reply("001", folder.mark_replies("001"))
    take()

    path = (tmp_path / "001" / "request.md").as_posix()
    assert [line for line in lines if " waits" in line] == [f"001 waits: {path}", f"001, asked before, waits: {path}"]


def test_desk_that_starts_again_says_what_waits(tmp_path: Path) -> None:
    """Requests without a reply are named, many of them in part; of none nothing is said."""
    lines: list[str] = []
    desk = create_app(tmp_path, now=lambda: NOON, announce=lines.append).state.desk
    desk.tell_waiting()
    assert lines == []
    folder = DeskFolder(tmp_path, now=lambda: NOON, announce=lambda _line: None)
    for number in range(23):
        folder.take_request(make_body(f"{number}"))
    folder.put_reply("002", "好")
    folder.read_reply("002", folder.mark_replies("002"))

    desk.tell_waiting()

    assert lines == [f"Without a reply so far: 001, {', '.join(f'{n:03d}' for n in range(3, 22))} and 2 more"]


def test_deleted_reply_means_answer_again(tmp_path: Path) -> None:
    """A person who throws a given reply away is asked again in the same folder."""
    answer(tmp_path, "reply.json", "{}")
    (tmp_path / "001" / "reply.json").unlink()

    assert get_content(answer(tmp_path, "reply.txt", "better")) == "better"
    assert json.loads((tmp_path / "001" / "answered.json").read_text("utf-8"))["file"] == "reply.txt"


def test_answered_json_cannot_point_outside(tmp_path: Path) -> None:
    """Only the two reply files are ever read, whatever `answered.json` names."""
    answer(tmp_path, "reply.txt", "good")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "001" / "answered.json").write_text('{"file": "../secret.txt"}')

    assert get_content(play(tmp_path, lambda client: client.post(CHAT, json=make_body()))) == "good"


def test_next_number_is_above_every_number_there(tmp_path: Path) -> None:
    """A folder of another desk is never used, and a gap is never filled."""
    for name in ("002", "0007", "notes"):
        (tmp_path / name).mkdir()
    (tmp_path / "003").write_text("a file")

    async def scene(client: Client) -> httpx2.Response:
        return await ask_and_answer(client, make_body(), path=tmp_path / "004" / "reply.txt", reply="好")

    assert play(tmp_path, scene).json()["id"] == "desk-004"


def test_damaged_request_is_passed_over(tmp_path: Path) -> None:
    """A kept request that is no JSON is announced and stops nobody else."""
    (tmp_path / "001").mkdir()
    (tmp_path / "001" / "request.json").write_text("{")
    lines: list[str] = []

    async def scene(client: Client) -> httpx2.Response:
        return await ask_and_answer(client, make_body(), path=tmp_path / "002" / "reply.txt", reply="好")

    assert play(tmp_path, scene, lines=lines).json()["id"] == "desk-002"
    assert lines[0].startswith("001 is passed over")


@pytest.mark.parametrize(
    ("unusable", "why"),
    [(b"\xd6\xd0", "not UTF-8"), (b" " * (MAX_REPLY_BYTES + 1), "larger than")],
    ids=["GBK", "too large"],
)
def test_unusable_reply_is_announced_and_left(tmp_path: Path, unusable: bytes, why: str) -> None:
    """A file that cannot be a reply is named once, kept, and the request waits for a better one."""
    path = tmp_path / "001" / "reply.json"
    lines: list[str] = []

    async def scene(client: Client) -> httpx2.Response:
        asking = asyncio.create_task(ask_and_answer(client, make_body(), path=path, reply=unusable))
        await until(lambda: any("cannot be used" in line for line in lines))
        await asyncio.sleep(0.05)
        assert path.read_bytes() == unusable
        path.write_bytes(b"{}")
        return await asking

    assert get_content(play(tmp_path, scene, lines=lines)) == "{}"
    assert [why in line for line in lines if "cannot be used" in line] == [True]


def test_folder_in_place_of_a_reply_is_announced(tmp_path: Path) -> None:
    """Only a plain file is a reply; the other name still works."""
    lines: list[str] = []

    async def scene(client: Client) -> httpx2.Response:
        asking = asyncio.create_task(client.post(CHAT, json=make_body()))
        await until((tmp_path / "001" / "request.json").exists)
        (tmp_path / "001" / "reply.json").mkdir()
        await until(lambda: any("not a plain file" in line for line in lines))
        (tmp_path / "001" / "reply.txt").write_text("好", "utf-8")
        return await asking

    assert get_content(play(tmp_path, scene, lines=lines)) == "好"


def test_growing_and_empty_files_are_not_taken(tmp_path: Path) -> None:
    """An empty `reply.json` waits for its text, and a file that grows waits for its end."""
    path = tmp_path / "001" / "reply.json"

    async def scene(client: Client) -> httpx2.Response:
        asking = asyncio.create_task(ask_and_answer(client, make_body(), path=path, reply=b""))
        await until(path.exists)
        await asyncio.sleep(0.05)
        with path.open("ab", buffering=0) as file:
            for _ in range(40):
                file.write(b"1")
                await asyncio.sleep(0.001)
        return await asking

    assert get_content(play(tmp_path, scene)) == "1" * 40


WHOLE = '{"actors": [{"name": "总工会", "sents": [1, 2]}], "lesson": "a } b"}'


@pytest.mark.parametrize("name", ["reply.json", "reply.txt"])
@pytest.mark.parametrize("start", ["", "好的：\n```json\n"])
def test_half_written_json_is_never_the_answer(tmp_path: Path, name: str, start: str) -> None:
    """Wherever a writer pauses within the JSON, the desk waits, says so, and takes the answer once it is whole."""
    path, lines, text = tmp_path / "001" / name, list[str](), start + WHOLE
    cuts = list(range(len(start) + 1, len(text), 9))

    async def scene(client: Client) -> httpx2.Response:
        asking = asyncio.create_task(client.post(CHAT, json=make_body()))
        await until((tmp_path / "001" / "request.json").exists)
        for cut in cuts:
            path.write_text(text[:cut], "utf-8")
            await until(lambda: sum("not come to its end" in line for line in lines) > cuts.index(cut))  # noqa: B023
            assert not asking.done()
        path.write_text(text, "utf-8")
        return await asking

    if name == "reply.json" and start:
        text, cuts = WHOLE, [1, 30, len(WHOLE) - 1]
    assert get_content(play(tmp_path, scene, lines=lines)) == text


@pytest.mark.parametrize(
    ("text", "is_json", "expected"),
    [
        ("", True, True),
        ("11", True, False),
        ("prose", True, True),
        ("prose", False, False),
        ("{", False, True),
        ("[12] 一句", False, False),
        ('{"a": "}"', False, True),
        ('{"a": "他说"好"}', False, False),
        ('{"a": [1, 2}', False, True),
        ("```json\n{}\n```", False, False),
    ],
)
def test_end_of_json_is_told(text: str, is_json: bool, expected: bool) -> None:
    """Brackets that are not closed are no end; broken JSON that is closed has one, and prose needs none."""
    assert is_unfinished(text, is_json=is_json) is expected


def test_first_reply_that_is_put_wins(tmp_path: Path) -> None:
    """A reply is put once: a second one is refused and changes nothing, and so is one without an end."""
    play(tmp_path, lambda client: _give_up(client, tmp_path))
    desk = DeskFolder(tmp_path, now=lambda: NOON, announce=lambda _line: None)

    with pytest.raises(ValueError, match="end"):
        desk.put_reply("001", '{"a": 1')
    assert desk.read_given("001") is None
    desk.put_reply("001", '{"a": 1}')
    with pytest.raises(FileExistsError):
        desk.put_reply("001", '{"a": 2}')
    with pytest.raises(FileNotFoundError):
        desk.put_reply("../001", "{}")

    assert desk.read_given("001") == '{"a": 1}'
    assert get_content(play(tmp_path, lambda client: client.post(CHAT, json=make_body()))) == '{"a": 1}'
    assert sorted(path.name for path in (tmp_path / "001").iterdir()) == [
        "answered.json",
        "reply.txt",
        "request.json",
        "request.md",
    ]


async def _give_up(client: Client, folder: Path) -> None:
    """Ask, and go away once the request is kept."""
    asking = asyncio.create_task(client.post(CHAT, json=make_body()))
    await until((folder / "001" / "request.json").exists)
    asking.cancel()


def test_removed_folder_ends_the_wait(tmp_path: Path) -> None:
    """A person who removes a waiting folder withdraws it: the client gets 410."""

    async def scene(client: Client) -> httpx2.Response:
        asking = asyncio.create_task(client.post(CHAT, json=make_body()))
        await until((tmp_path / "001" / "request.json").exists)
        (tmp_path / "001").rename(tmp_path / "gone")
        return await asking

    response = play(tmp_path, scene)
    assert (response.status_code, response.json()["error"]["code"]) == (410, "request_removed")


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b'{"messages": [', 400, "invalid_json"),
        (b"\xff\xfe", 400, "invalid_json"),
        (b'{"messages": [{"role": "user", "content": NaN}]}', 400, "invalid_json"),
        (b'{"messages": [{"n": 1e999}]}', 400, "invalid_json"),
        (b'{"messages": ' + b"[" * 100_000, 400, "invalid_json"),
        (b'{"messages": [{"x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}]}", 400, "invalid_json"),
        (b"[]", 400, "missing_messages"),
        (b"{}", 400, "missing_messages"),
        (b'{"messages": []}', 400, "missing_messages"),
        (b'{"messages": ["hello"]}', 400, "missing_messages"),
        (b" " * (MAX_BODY_BYTES + 1), 413, "request_too_large"),
    ],
    ids=[
        "cut",
        "not UTF-8",
        "NaN",
        "infinite",
        "bottomless",
        "deep",
        "list",
        "none",
        "no message",
        "no object",
        "huge",
    ],
)
def test_unusable_request_gets_an_error_in_openai_shape(tmp_path: Path, raw: bytes, status: int, code: str) -> None:
    """A request nobody could answer is refused and leaves nothing on the disk."""
    response = play(tmp_path / "desk", lambda client: client.post(CHAT, content=raw))

    error = response.json()["error"]
    assert (response.status_code, error["type"], error["param"]) == (status, "invalid_request_error", None)
    assert error["code"] == code
    assert error["message"]
    assert not list((tmp_path / "desk").glob("*"))


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/nothing", 404), ("GET", CHAT, 405)])
def test_unknown_address_gets_an_error_in_openai_shape(tmp_path: Path, method: str, path: str, status: int) -> None:
    """The router's refusals look like all the others."""
    response = play(tmp_path, lambda client: client.request(method, path))

    assert response.status_code == status
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "127.0.0.1:8765"}, 200),
        ({"host": "LOCALHOST"}, 200),
        ({"host": "[::1]:8765"}, 200),
        ({"origin": "http://localhost:3000"}, 200),
        ({"host": "evil.example"}, 403),
        ({"host": "127.0.0.1.evil.example:8765"}, 403),
        ({"host": "localhost@evil.example"}, 403),
        ({"host": ""}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else ":".join(*value.items()),
)
def test_only_loopback_names_are_served(tmp_path: Path, headers: dict[str, str], status: int) -> None:
    """A web page elsewhere cannot reach the desk through the person's browser."""
    response = play(tmp_path, lambda client: client.get("/v1/models", headers=headers))

    assert response.status_code == status


def test_models_lists_the_desk(tmp_path: Path) -> None:
    """There is one model."""
    listed = play(tmp_path, lambda client: client.get("/v1/models")).json()

    assert [model["id"] for model in listed["data"]] == ["desk"]


def test_status_page_counts_and_escapes(tmp_path: Path) -> None:
    """The page shows the numbers by state, and nothing on it can become markup."""
    folder = tmp_path / "<script>&"
    answer(folder, "reply.txt", "好")

    async def scene(client: Client) -> str:
        asking = asyncio.create_task(client.post(CHAT, json=make_body("another")))
        await until((folder / "002" / "request.json").exists)
        text = (await client.get("/")).text
        asking.cancel()
        return text

    text = play(folder, scene)
    assert "Waiting: 1</h2>\n<p>002</p>" in text
    assert "Answered: 1</h2>\n<p>001</p>" in text
    assert html.escape("<script>&") in text
    assert "<script>" not in text


def test_announced_lines_hold_no_control_characters(tmp_path: Path) -> None:
    """What the desk says is one line each and cannot steer a terminal."""
    lines: list[str] = []
    folder = tmp_path / "a\x1b[2J\nb\u202e"

    play(
        folder,
        lambda client: ask_and_answer(client, make_body(), path=folder / "001" / "reply.txt", reply="x"),
        lines=lines,
    )

    assert lines == [f"001 waits: {tmp_path.as_posix()}/a[2Jb/001/request.md", "001 is answered by reply.txt"]


@pytest.mark.parametrize(("method", "path"), [("POST", CHAT), ("GET", "/")])
def test_folder_that_cannot_be_used_is_a_server_error(tmp_path: Path, method: str, path: str) -> None:
    """The client gets 500 in OpenAI's shape, the person the reason."""
    (tmp_path / "desk").write_text("a file in the way")
    lines: list[str] = []

    response = play(tmp_path / "desk", lambda client: client.request(method, path, json=make_body()), lines=lines)

    error = response.json()["error"]
    assert (response.status_code, error["type"], error["code"]) == (500, "server_error", "desk_folder")
    assert len(lines) == 1
    assert "could not be served" in lines[0]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of a file")
def test_disk_full_leaves_no_half_folder(tmp_path: Path) -> None:
    """A request that does not fit on the disk gets 500, and its number is free again."""
    import resource  # exists on POSIX only

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        response = play(tmp_path, lambda client: client.post(CHAT, json=make_body("x" * 20_000)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert response.status_code == 500
    assert list(tmp_path.iterdir()) == []


def test_two_desks_share_a_folder(tmp_path: Path) -> None:
    """A second desk takes the next number for a new request, and the same folder for a known one."""

    async def on_the_first(first: Client) -> list[str]:
        app = create_app(tmp_path, poll_s=0.01, now=lambda: NOON)
        async with Client(transport=httpx2.ASGITransport(app=app), base_url="http://localhost") as second:
            asking = []
            for client, text, number in ((first, "a", "001"), (second, "b", "002"), (second, "a", "001")):
                asking.append(asyncio.create_task(client.post(CHAT, json=make_body(text))))
                await until((tmp_path / number / "request.json").exists)
            for number in ("001", "002"):
                (tmp_path / number / "reply.txt").write_text(number)
            return [get_content(await task) for task in asking]

    assert play(tmp_path, on_the_first) == ["001", "002", "001"]


def test_stream_sends_content_finish_and_end(tmp_path: Path) -> None:
    """A stream is one chunk of content, the finish and the end mark."""
    events = answer(tmp_path, "reply.txt", "一\n\n二\u2028", make_body(stream=True)).text.split("\n\n")

    chunks = [json.loads(event.removeprefix("data: ")) for event in events[:2]]
    assert [chunk["choices"][0]["delta"].get("content") for chunk in chunks] == ["一\n\n二\u2028", None]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None, "stop"]
    assert events[2:] == ["data: [DONE]", ""]


@contextmanager
def run_server(folder: Path, lines: list[str]) -> Iterator[str]:
    """Run a real desk on a free port of this machine, in a thread; give its base URL."""
    app = create_app(folder, poll_s=0.01, now=lambda: NOON, announce=lines.append)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        server.should_exit = True
        thread.join()


def test_openai_client_gets_replies_given_in_reverse_order(tmp_path: Path) -> None:
    """Two requests wait side by side over HTTP, and each gets its own reply."""

    async def ask(client: openai.AsyncOpenAI, text: str) -> str | None:
        completion = await client.chat.completions.create(model="desk", messages=[{"role": "user", "content": text}])
        return completion.choices[0].message.content

    async def scene(url: str) -> list[str | None]:
        async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0, timeout=10) as client:
            asking = []
            for number in ("001", "002"):
                asking.append(asyncio.create_task(ask(client, f"question {number}")))
                await until((tmp_path / number / "request.json").exists)
            for number, task in (("002", asking[1]), ("001", asking[0])):
                (tmp_path / number / "reply.txt").write_text(f"answer {number}")
                await task
            return [task.result() for task in asking]

    with run_server(tmp_path, []) as url:
        assert asyncio.run(scene(url)) == ["answer 001", "answer 002"]


def test_openai_client_reads_the_stream(tmp_path: Path) -> None:
    """The chunks are what the official client expects."""

    async def scene(url: str) -> str:
        async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0, timeout=10) as client:
            asking = asyncio.create_task(
                client.chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}], stream=True)
            )
            await until((tmp_path / "001" / "request.json").exists)
            (tmp_path / "001" / "reply.txt").write_text("一\u2028二", "utf-8")
            return "".join([chunk.choices[0].delta.content or "" async for chunk in await asking])

    with run_server(tmp_path, []) as url:
        assert asyncio.run(scene(url)) == "一\u2028二"


def test_client_that_hangs_up_leaves_its_folder(tmp_path: Path) -> None:
    """A broken connection ends the wait, and the same request asked later gets the reply."""
    lines: list[str] = []
    with run_server(tmp_path, lines) as url, httpx2.Client(timeout=0.3) as client:
        with pytest.raises(httpx2.ReadTimeout):
            client.post(f"{url}/chat/completions", json=make_body())
        asyncio.run(asyncio.wait_for(until(lambda: len(lines) == 2), 10))
        (tmp_path / "001" / "reply.txt").write_text("late")
        response = client.post(f"{url}/chat/completions", json=make_body(), timeout=10)

    assert get_content(response) == "late"
    assert "the client went away" in lines[1]


def test_huge_body_over_http_gets_413(tmp_path: Path) -> None:
    """A client that sends too much can still read why."""
    with run_server(tmp_path, []) as url:
        response = httpx2.post(f"{url}/chat/completions", content=b" " * (2 * MAX_BODY_BYTES), timeout=10)

    assert response.status_code == 413


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.1", "example.org", ""])
def test_serving_beyond_this_machine_is_refused(tmp_path: Path, host: str) -> None:
    """The desk has no password, so it listens on loopback only."""
    with pytest.raises(ConfigError, match="stays on this machine"):
        serve(tmp_path, host=host)


def test_busy_port_says_what_to_do(tmp_path: Path) -> None:
    """A port that somebody holds is an error with the next step."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(ConfigError) as caught:
            serve(tmp_path, port=port)

    assert "another port" in caught.value.next_step


@pytest.mark.parametrize("port", [-1, 65536])
def test_impossible_port_is_refused(tmp_path: Path, port: int) -> None:
    """A number that is no port is named before anything is opened."""
    with pytest.raises(ConfigError, match="is not a port"):
        serve(tmp_path, port=port)


def test_folder_that_cannot_be_made_stops_the_desk(tmp_path: Path) -> None:
    """A desk without a folder does not start."""
    (tmp_path / "desk").write_text("a file in the way")

    with pytest.raises(StoreError) as caught:
        serve(tmp_path / "desk", port=0)
    assert caught.value.path == tmp_path / "desk"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one child")
def test_interrupted_desk_lets_its_clients_go(tmp_path: Path) -> None:
    """Ctrl-C ends the desk in good order: waiting clients get 503, the desk no traceback."""
    code = (
        "import sys, pathlib, summariser.endpoints.desk as desk\n"
        "desk.serve(pathlib.Path(sys.argv[1]), port=0, announce=lambda line: print(line, flush=True))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "desk")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[4]
        timer = threading.Thread(
            target=_interrupt_when_waiting, args=(process, tmp_path / "desk" / "001" / "request.json")
        )
        timer.start()
        response = httpx2.post(f"{url}/chat/completions", json=make_body(), timeout=10)
        timer.join()
        _, complaints = process.communicate(timeout=10)

    assert (response.status_code, response.json()["error"]["code"]) == (503, "desk_closed")
    assert (process.returncode, complaints) == (0, "")


def _interrupt_when_waiting(process: subprocess.Popen[str], path: Path) -> None:
    """Send what Ctrl-C sends, once the request waits."""
    deadline = time.monotonic() + 10
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_is_neither_a_reply_nor_a_request(tmp_path: Path) -> None:
    """What lies elsewhere on the disk is not served, however a folder of the desk points to it."""
    (tmp_path / "secret.json").write_text("{}", encoding="utf-8")
    folder = DeskFolder(tmp_path / "desk", now=lambda: datetime.now(UTC), announce=lambda _line: None)
    number = folder.take_request(make_body())
    (tmp_path / "desk" / number / "reply.json").symlink_to(tmp_path / "secret.json")
    (tmp_path / "desk" / "777").symlink_to(tmp_path / "desk" / number)

    marks = folder.mark_replies(number)

    assert folder.read_reply(number, marks) is None
    assert folder.list_requests() == [number]


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
@pytest.mark.parametrize("name", [".answered.json.part", "answered.json", "reply.txt"])
def test_nothing_is_written_through_a_link(tmp_path: Path, name: str) -> None:
    """Where a link lies ready in the folder of a request, the file that it leads to is not made."""
    folder = DeskFolder(tmp_path / "desk", now=lambda: datetime.now(UTC), announce=lambda _line: None)
    number = folder.take_request(make_body())
    (tmp_path / "desk" / number / name).symlink_to(tmp_path / "elsewhere")

    with contextlib.suppress(FileExistsError):
        folder.put_reply(number, "好")
    folder.read_reply(number, folder.mark_replies(number))

    assert not (tmp_path / "elsewhere").exists()
