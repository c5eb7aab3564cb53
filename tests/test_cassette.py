"""Recording and replaying exchanges, with the real client against a small server on loopback."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from openai import APIStatusError, AsyncOpenAI

from summariser.endpoints import cassette as file
from summariser.endpoints.cassette import Exchange, WireRequest, WireResponse, read_cassette
from summariser.endpoints.endpoint import Capability, build_body
from summariser.endpoints.transport import Cassettes, Replay
from summariser.errors import CassetteError
from summariser.schema.exchange import Message, OutputMode, Request

TODAY = date(2026, 11, 20)
LATER = date(2027, 1, 2)
JSON_TYPE = "application/json"
KEY = "sk-loopback-0123456789abcdef"
SYSTEM = "你把报纸版面上的文章整理成案例。\n" + "每一个数字都要有出处。\n" * 20
SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "level": {"enum": ["provincial", "municipal", "county"]}},
    "required": ["title", "level"],
    "additionalProperties": False,
    "description": "一个案例。" * 20,
}
ARTICLES = [f"[1] 第{n}个县总工会开展送温暖活动😀。\n[2] 共走访职工{n}00人次,帮扶{n}户。" for n in range(1, 7)]


class Answer(NamedTuple):
    """One HTTP answer of the endpoint."""

    status: int
    content: bytes
    headers: dict[str, str]


class Endpoint:
    """An endpoint on loopback: what it was asked, and a function that answers."""

    def __init__(self, answer: Callable[[dict[str, Any]], Answer]) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []
        self.url = ""


def complete(body: dict[str, Any], *, content: str | None = None, model: str = "desk") -> dict[str, Any]:
    """A chat completion that depends on nothing but the request."""
    text = json.dumps(body["messages"], ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    reply = content or json.dumps({"title": f"“送温暖”{digest} ", "sentences": [1, 2]}, ensure_ascii=False, indent=1)
    return {
        "id": f"desk-{digest}",
        "object": "chat.completion",
        "created": 1700000000,
        "model": model,
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": reply}}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }


def answer_normally(body: dict[str, Any], **changes: Any) -> Answer:
    """A good answer, with headers nobody should keep."""
    content = json.dumps(complete(body, **changes)).encode()
    headers = {"Content-Type": JSON_TYPE, "Set-Cookie": "session=tasty", "X-Request-Id": "r1"}
    return Answer(200, content, headers)


@contextmanager
def serving(answer: Callable[[dict[str, Any]], Answer] = answer_normally) -> Iterator[Endpoint]:
    """A running endpoint; at the end nobody listens any more."""
    endpoint = Endpoint(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
            endpoint.asked.append(body)
            reply = endpoint.answer(body)
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Content-Length": str(len(reply.content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 64  # with 5, the sixth connection at once waits a second

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    endpoint.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def build_chat(article: str, **changes: Any) -> dict[str, Any]:
    """The arguments of one request, as the client is given them."""
    arguments: dict[str, Any] = {
        "model": "desk",
        "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": article}],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "case_study", "strict": True, "schema": SCHEMA},
        },
        "temperature": 0.0,
        "max_tokens": 4000,
    }
    return arguments | changes


def build_repair(article: str) -> dict[str, Any]:
    """The request that follows an invalid reply."""
    messages = build_chat(article)["messages"]
    more = [{"role": "assistant", "content": "{}"}, {"role": "user", "content": "The title is missing."}]
    return build_chat(article, messages=[*messages, *more])


def client_of(cassettes: Cassettes, url: str) -> AsyncOpenAI:
    """A client with the transport of these cassettes."""
    http_client = httpx2.AsyncClient(transport=cassettes.wrap(httpx2.AsyncHTTPTransport()))
    return AsyncOpenAI(base_url=url, api_key=KEY, max_retries=0, http_client=http_client)


async def ask_all(cassettes: Cassettes, url: str, chats: Sequence[dict[str, Any]]) -> list[str]:
    """The replies to all requests, asked at once."""
    async with client_of(cassettes, url) as client, asyncio.TaskGroup() as group:
        tasks = [group.create_task(client.chat.completions.create(**chat)) for chat in chats]
    return [task.result().choices[0].message.content or "" for task in tasks]


def ask(cassettes: Cassettes, url: str, chats: Sequence[dict[str, Any]], *, page_id: str = "page-000") -> list[str]:
    """The replies to all requests of a page, recorded or replayed."""
    with cassettes.page(page_id):
        return asyncio.run(ask_all(cassettes, url, chats))


def record(folder: Path, chats: Sequence[dict[str, Any]], **changes: Any) -> list[str]:
    """The replies of a fresh endpoint, recorded in a folder."""
    options = {"today": TODAY, "answered_by": None} | changes
    with serving(options.pop("answer", answer_normally)) as endpoint:
        return ask(Cassettes(folder, is_played=False, **options), endpoint.url, chats)


def replaying(folder: Path) -> Cassettes:
    """Cassettes that replay."""
    return Cassettes(folder, is_played=True, today=LATER)


NOWHERE = "http://127.0.0.1:9/v1"
CHATS = [build_chat(article) for article in ARTICLES]


def test_replay_without_server_gives_the_recorded_replies(tmp_path: Path) -> None:
    """What was recorded at once replays at once, in another order and with nobody listening, to the same characters."""
    chats = [*CHATS, build_repair(ARTICLES[0])]
    replies = record(tmp_path, chats)

    assert ask(replaying(tmp_path), NOWHERE, chats[::-1]) == replies[::-1]


def test_cassette_is_readable_and_holds_nothing_but_the_exchange(tmp_path: Path) -> None:
    """Chinese and emoji stand as such, texts in blocks; key, cookie, host and the client's headers are not there."""
    record(tmp_path, CHATS[:2])

    text = (tmp_path / "page-000.yaml").read_text(encoding="utf-8")
    assert "        content: |-\n          [1] 第1个县总工会开展送温暖活动😀。\n" in text
    assert not [word for word in (KEY, "tasty", "127.0.0.1", "localhost", "ser-agent", "stainless") if word in text]
    assert set(yaml.safe_load(text)["exchanges"][0]["response"]["headers"]) == {"content-type"}


def test_text_of_many_requests_and_schema_stand_once(tmp_path: Path) -> None:
    """The prompt all requests share and the schema are written once and named where they are used."""
    record(tmp_path, CHATS)

    text = (tmp_path / "page-000.yaml").read_text(encoding="utf-8")
    value = yaml.safe_load(text)
    kinds = sorted(name.partition("-")[0] for name in value["shared"])
    assert kinds == ["schema", "system"]
    assert text.count("additionalProperties") == 1
    assert value["exchanges"][0]["request"]["body"]["messages"][0]["content"].keys() == {"$shared"}


def test_file_does_not_depend_on_who_was_faster(tmp_path: Path) -> None:
    """The same exchanges in any order of asking give the same bytes."""
    contents = set()
    for seed in range(3):
        chats = [*CHATS, *map(build_repair, ARTICLES)]
        random.Random(seed).shuffle(chats)
        record(tmp_path / str(seed), chats)
        contents.add((tmp_path / str(seed) / "page-000.yaml").read_bytes())

    assert len(contents) == 1


def test_repair_follows_its_original(tmp_path: Path) -> None:
    """A request that continues another one stands right after it."""
    record(tmp_path, [*map(build_repair, ARTICLES), *CHATS])

    value = yaml.safe_load((tmp_path / "page-000.yaml").read_text(encoding="utf-8"))
    counts = [len(exchange["request"]["body"]["messages"]) for exchange in value["exchanges"]]
    assert counts == [2, 4] * len(ARTICLES)


def test_recording_again_pays_nothing_and_changes_nothing(tmp_path: Path) -> None:
    """What the file holds is played while recording; the file and its date stay."""
    replies = record(tmp_path, CHATS)
    before = (tmp_path / "page-000.yaml").read_bytes()

    with serving() as endpoint:
        cassettes = Cassettes(tmp_path, is_played=False, today=LATER, answered_by="else")
        assert ask(cassettes, endpoint.url, CHATS) == replies
    assert endpoint.asked == []
    assert (tmp_path / "page-000.yaml").read_bytes() == before


def test_new_exchange_is_added_and_unasked_one_dropped(tmp_path: Path) -> None:
    """Recording asks only for what is missing; at a clean end, what nobody asked for goes and is counted."""
    record(tmp_path, CHATS[:3])
    with serving() as endpoint:
        cassettes = Cassettes(tmp_path, is_played=False, today=LATER)
        ask(cassettes, endpoint.url, CHATS[1:4])

    info = read_cassette(tmp_path / "page-000.yaml")
    assert len(endpoint.asked) == 1
    assert (cassettes.dropped, len(info.exchanges), info.recorded_on) == (1, 3, LATER)


def test_error_in_the_block_drops_nothing(tmp_path: Path) -> None:
    """A run that broke off says nothing about the recordings it did not reach."""
    record(tmp_path, CHATS)
    cassettes = Cassettes(tmp_path, is_played=False, today=LATER)
    with serving() as endpoint, pytest.raises(ZeroDivisionError), cassettes.page("page-000"):
        asyncio.run(ask_all(cassettes, endpoint.url, CHATS[:1]))
        raise ZeroDivisionError

    assert len(read_cassette(tmp_path / "page-000.yaml").exchanges) == len(CHATS)


def test_block_without_traffic_keeps_the_file(tmp_path: Path) -> None:
    """A run that needed no request at all, say because all replies were kept elsewhere, removes no recording."""
    record(tmp_path, CHATS)
    cassettes = Cassettes(tmp_path, is_played=False, today=LATER)
    with cassettes.page("page-000"):
        pass

    assert (cassettes.dropped, len(read_cassette(tmp_path / "page-000.yaml").exchanges)) == (0, len(CHATS))


def test_page_that_needs_no_request_replays(tmp_path: Path) -> None:
    """An empty recording is written for a page without requests, so that its replay does not miss a file."""
    record(tmp_path, [])

    assert ask(replaying(tmp_path), NOWHERE, []) == []
    assert len(read_cassette(tmp_path / "page-000.yaml").exchanges) == 0


def test_every_exchange_is_on_disk_before_the_client_sees_it(tmp_path: Path) -> None:
    """A kill after any reply loses none: the file is whole and has it."""
    counts = []
    cassettes = Cassettes(tmp_path, is_played=False, today=TODAY)
    with serving() as endpoint, cassettes.page("page-000"):
        for chat in CHATS[:3]:
            asyncio.run(ask_all(cassettes, endpoint.url, [chat]))
            counts.append(len(read_cassette(tmp_path / "page-000.yaml").exchanges))

    assert counts == [1, 2, 3]
    assert [path.name for path in tmp_path.iterdir()] == ["page-000.yaml"]


def test_failed_exchange_is_not_recorded(tmp_path: Path) -> None:
    """A 429 is weather, not an answer."""
    answers = iter([Answer(429, b'{"error": {}}', {"Retry-After": "0"})])
    cassettes = Cassettes(tmp_path, is_played=False, today=TODAY)
    with serving(lambda body: next(answers, None) or answer_normally(body)) as endpoint, cassettes.page("page-000"):
        with pytest.raises(ExceptionGroup) as caught:
            asyncio.run(ask_all(cassettes, endpoint.url, CHATS[:1]))
        asyncio.run(ask_all(cassettes, endpoint.url, CHATS[:1]))

    assert caught.group_contains(APIStatusError)
    assert len(read_cassette(tmp_path / "page-000.yaml").exchanges) == 1


def test_compressed_reply_is_stored_readable(tmp_path: Path) -> None:
    """A reply that came with gzip stands in the file as text, and replays."""

    def answer(body: dict[str, Any]) -> Answer:
        plain = answer_normally(body)
        return Answer(200, gzip.compress(plain.content), plain.headers | {"Content-Encoding": "gzip"})

    replies = record(tmp_path, CHATS[:1], answer=answer)

    assert "“送温暖”" in (tmp_path / "page-000.yaml").read_text(encoding="utf-8")
    assert ask(replaying(tmp_path), NOWHERE, CHATS[:1]) == replies


def test_request_without_a_body_replays(tmp_path: Path) -> None:
    """A list of models, asked for with GET, is an exchange like any other."""

    async def list_models(cassettes: Cassettes, url: str) -> list[str]:
        async with client_of(cassettes, url) as client:
            return [model.id async for model in client.models.list()]

    def answer(_: dict[str, Any]) -> Answer:
        return Answer(
            200, b'{"object": "list", "data": [{"id": "desk", "object": "model"}]}', {"Content-Type": JSON_TYPE}
        )

    cassettes = Cassettes(tmp_path, is_played=False, today=TODAY)
    with serving(answer) as endpoint, cassettes.page("page-000"):
        asyncio.run(list_models(cassettes, endpoint.url))

    cassettes = replaying(tmp_path)
    with cassettes.page("page-000"):
        assert asyncio.run(list_models(cassettes, NOWHERE)) == ["desk"]


def test_same_request_twice_is_played_twice_in_order(tmp_path: Path) -> None:
    """Each recording is played once, so that a third equal request finds none."""
    numbers = iter(range(9))
    with serving(lambda body: answer_normally(body, content=f"reply {next(numbers)}")) as endpoint:
        cassettes = Cassettes(tmp_path, is_played=False, today=TODAY)
        with cassettes.page("page-000"):
            recorded = [asyncio.run(ask_all(cassettes, endpoint.url, CHATS[:1])) for _ in range(2)]

    replayed, cassettes = [], replaying(tmp_path)
    with pytest.raises(ExceptionGroup) as caught, cassettes.page("page-000"):
        for _ in range(3):
            replayed.append(asyncio.run(ask_all(cassettes, NOWHERE, CHATS[:1])))
    assert replayed == recorded == [["reply 0"], ["reply 1"]]
    assert caught.group_contains(CassetteError, match="more often than it was recorded")


def test_unplayed_recordings_are_reported(tmp_path: Path) -> None:
    """Recordings nobody asked for are named after the block, and nothing is raised."""
    record(tmp_path, CHATS[:3])
    cassettes = replaying(tmp_path)
    ask(cassettes, NOWHERE, CHATS[:2])

    (description,) = cassettes.unplayed["page-000"]
    assert "exchange 3" in description
    assert "第3个县总工会" in description


def test_pages_are_recorded_and_replayed_side_by_side(tmp_path: Path) -> None:
    """Pages that are open at once each get their own exchanges, whoever asks first."""
    chats = {"page-000": CHATS[:3], "page-001": CHATS[3:], "page-002": CHATS[1:2]}

    async def ask_page(cassettes: Cassettes, url: str, page_id: str) -> list[str]:
        with cassettes.page(page_id):
            return await ask_all(cassettes, url, chats[page_id])

    async def ask_pages(cassettes: Cassettes, url: str) -> list[list[str]]:
        return await asyncio.gather(*(ask_page(cassettes, url, page_id) for page_id in chats))

    with serving() as endpoint:
        cassettes = Cassettes(tmp_path, is_played=False, today=TODAY)
        replies = asyncio.run(ask_pages(cassettes, endpoint.url))

    cassettes = replaying(tmp_path)
    assert asyncio.run(ask_pages(cassettes, NOWHERE)) == replies
    assert cassettes.unplayed == {}
    counts = [len(read_cassette(tmp_path / f"{page_id}.yaml").exchanges) for page_id in chats]
    assert counts == [3, 3, 1]


def test_other_traffic_of_the_process_is_left_alone(tmp_path: Path) -> None:
    """Another client is not recorded while a page records, and reaches the network while a page replays."""

    async def ask_twice(cassettes: Cassettes, url: str, other: str) -> str:
        with cassettes.page("page-000"):
            await ask_all(cassettes, url, CHATS[:1])
            async with httpx2.AsyncClient(trust_env=False) as client:
                return (await client.post(f"{other}/private", json=CHATS[1])).json()["model"]

    with serving(lambda body: answer_normally(body, model="other")) as endpoint:
        cassettes = Cassettes(tmp_path, is_played=False, today=TODAY)
        assert asyncio.run(ask_twice(cassettes, endpoint.url, endpoint.url)) == "other"
        assert asyncio.run(ask_twice(replaying(tmp_path), NOWHERE, endpoint.url)) == "other"

    assert len(read_cassette(tmp_path / "page-000.yaml").exchanges) == 1
    assert len(endpoint.asked) == 3


def test_what_a_client_asks_outside_of_a_page_is_not_recorded(tmp_path: Path) -> None:
    """The probe of an endpoint goes through; a replay has nothing to ask there and sends nothing."""
    cassettes = Cassettes(tmp_path, is_played=False, today=TODAY)
    with serving() as endpoint:
        assert len(asyncio.run(ask_all(cassettes, endpoint.url, CHATS[:1]))) == 1

        with pytest.raises(ExceptionGroup) as caught:
            asyncio.run(ask_all(replaying(tmp_path), endpoint.url, CHATS[:1]))
    assert caught.group_contains(RuntimeError, match="outside of its pages")
    assert len(endpoint.asked) == 1
    assert list(tmp_path.iterdir()) == []


def test_name_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    """A page id is the name of a file, never a path."""
    with pytest.raises(ValueError, match="cannot be the name"), replaying(tmp_path).page("../page-000"):
        pass


@pytest.mark.parametrize(
    ("answered_by", "expected"), [(None, "desk-2"), ("a person at the desk", "a person at the desk")]
)
def test_head_says_who_answered(tmp_path: Path, answered_by: str | None, expected: str) -> None:
    """The head names who answered: as told, else the model as the endpoint named it."""
    record(tmp_path, CHATS[:1], answered_by=answered_by, answer=lambda body: answer_normally(body, model="desk-2"))

    info = read_cassette(tmp_path / "page-000.yaml")
    assert (info.answered_by, info.model, info.mode) == (expected, "desk", OutputMode.JSON_SCHEMA)


def test_info_says_how_the_endpoint_was_asked(tmp_path: Path) -> None:
    """What a replay has to set the same is read from the recorded requests: limits, temperature, their names."""
    chat = build_chat(ARTICLES[0], temperature=0.5) | {"max_completion_tokens": 900}
    del chat["max_tokens"]
    record(tmp_path, [chat, chat | {"max_completion_tokens": 1800}])

    info = read_cassette(tmp_path / "page-000.yaml")
    assert (info.max_tokens, info.temperature) == (900, 0.5)
    assert (info.capability.token_parameter, info.capability.send_temperature) == ("max_completion_tokens", True)


@pytest.mark.parametrize("value", [10**4000, -(10**400), 1e300], ids=["long", "negative", "float"])
def test_info_takes_no_number_that_no_setting_can_be(tmp_path: Path, value: float) -> None:
    """A recording of a stranger's may hold any number."""
    record(tmp_path, [build_chat(ARTICLES[0]) | {"temperature": value, "max_tokens": value}])

    info = read_cassette(tmp_path / "page-000.yaml")
    assert (info.temperature, info.max_tokens) == (0.0, 8000)


def test_info_of_requests_without_parameters_has_none_to_send(tmp_path: Path) -> None:
    """Where no temperature and no limit was sent, a replay sends none either."""
    chat = {name: value for name, value in CHATS[0].items() if name in {"model", "messages"}}
    record(tmp_path, [chat])

    info = read_cassette(tmp_path / "page-000.yaml")
    nothing = Capability(mode=OutputMode.TEXT, token_parameter="none", send_temperature=False, note="as recorded")
    assert info.capability == nothing


def test_a_replay_asks_as_the_endpoint_had_to_be_asked(tmp_path: Path) -> None:
    """A stream, a system message that went to the user, and fields besides the usual ones are asked for again."""
    asked = Request(
        purpose="split", page_id="p", article_id="p", prompt="split@1", model="m", schema_name="s", temperature=0.0,
        messages=(Message(role="system", content="S"), Message(role="user", content="U")),
        reply_schema={"type": "object"}, max_tokens=900, attempt=0,
    )  # fmt: skip
    capability = Capability(
        mode=OutputMode.JSON_OBJECT,
        system_role=False,
        say_json=True,
        stream=True,
        extra_body={"enable_thinking": False, "stream_options": None},
        note="as recorded",
    )
    body = build_body(asked, capability, max_tokens=900)
    whole = build_cassette([(json.dumps(body).encode(), b"data: [DONE]")])

    assert whole.model_copy(update={"mode": OutputMode.JSON_OBJECT}).capability == capability


def test_head_names_both_who_answered(tmp_path: Path) -> None:
    """Where some answers are older and from somebody else, both are named."""
    record(tmp_path, CHATS[:1], answered_by="desk")
    record(tmp_path, CHATS[:2], answered_by="a-model")

    assert read_cassette(tmp_path / "page-000.yaml").answered_by == "desk + a-model"


def test_mode_is_that_of_the_wire(tmp_path: Path) -> None:
    """An endpoint that was asked in two ways is replayed in the way in which most was asked."""
    chat = build_chat(ARTICLES[0], response_format={"type": "json_object"})
    record(tmp_path, [chat, *CHATS[1:2], chat | {"temperature": 0.5}])

    assert read_cassette(tmp_path / "page-000.yaml").mode is OutputMode.JSON_OBJECT


def test_import_loads_neither_vcr_nor_openai() -> None:
    """Importing the library is cheap; vcrpy comes with the first client or page."""
    code = "import sys, summariser.api; print(sorted({'vcr', 'openai', 'httpx2'} & sys.modules.keys()))"

    root = Path(file.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"


def test_miss_reaches_whoever_asked(tmp_path: Path) -> None:
    """A request without a recording is a CassetteError with the path of the file, whatever stands between."""
    record(tmp_path, CHATS[:3])

    with pytest.raises(ExceptionGroup) as caught:
        ask(replaying(tmp_path), NOWHERE, [CHATS[0], build_chat(ARTICLES[0] + "\n[3] 另有一句。")])
    assert caught.group_contains(CassetteError, match="另有一句")


def test_miss_that_somebody_swallowed_ends_the_page(tmp_path: Path) -> None:
    """A miss taken for a failure of the model on the way does not get lost."""
    record(tmp_path, CHATS[:1])
    cassettes = replaying(tmp_path)

    with (
        pytest.raises(CassetteError, match="nearest is exchange 1"),
        cassettes.page("page-000"),
        pytest.raises(ExceptionGroup),
    ):
        asyncio.run(ask_all(cassettes, NOWHERE, CHATS[1:2]))


def test_error_of_the_block_passes_unchanged(tmp_path: Path) -> None:
    """An error that is no miss leaves the block as it is."""
    record(tmp_path, CHATS[:1])

    with pytest.raises(ZeroDivisionError), replaying(tmp_path).page("page-000"):
        raise ZeroDivisionError


def build_exchange(chat: dict[str, Any], *, path: str = "/v1/chat/completions") -> Exchange:
    """A recorded exchange for a request."""
    request = WireRequest(method="POST", path=path, body=chat)
    return Exchange(request=request, response=WireResponse(status=200, body=complete(chat)))


def explain(asked: WireRequest, recorded: Sequence[Exchange]) -> CassetteError:
    """The error for a request that none of these answers."""
    return Replay(recorded).explain_miss(asked, Path("c.yaml"))


OTHER_SCHEMA = json.loads(json.dumps(SCHEMA).replace("municipal", "city"))
MISSES = {
    "model": (build_chat(ARTICLES[1], model="m-2"), ["model is", '"m-2"', '"desk"']),
    "prompt": (
        build_chat(
            ARTICLES[1],
            messages=[{"role": "system", "content": SYSTEM.replace("数字", "数目", 1)}, CHATS[1]["messages"][1]],
        ),
        ["messages[0].content is", "数目都要有出处", "数字都要有出处"],
    ),
    "article": (
        build_chat(ARTICLES[1].replace("200", "300")),
        ["messages[1].content is", "300人次", "200人次"],
    ),
    "article longer": (
        build_chat(ARTICLES[1] + "\n[3] 完。"),
        ['messages[1].content is "[3] 完。", recorded missing'],
    ),
    "schema": (
        build_chat(
            ARTICLES[1],
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "case_study", "strict": True, "schema": OTHER_SCHEMA},
            },
        ),
        ["response_format.json_schema.schema.properties.level.enum[1] is", '"city"', '"municipal"'],
    ),
    "mode": (
        build_chat(ARTICLES[1], response_format={"type": "json_object"}),
        ['response_format.type is "json_object", recorded "json_schema"'],
    ),
    "parameter": (build_chat(ARTICLES[1], temperature=0.7), ['temperature is "0.7", recorded "0.0"']),
    "repair": (build_repair(ARTICLES[1]), ['messages[2].role is "assistant", recorded missing']),
}


@pytest.mark.parametrize(("chat", "words"), MISSES.values(), ids=MISSES)
def test_miss_says_what_differs_from_the_nearest(chat: dict[str, Any], words: list[str]) -> None:
    """The message names the nearest recording, and the difference in words a reader of prompts knows."""
    asked = WireRequest(method="POST", path="/v1/chat/completions", body=chat)
    error = explain(asked, [build_exchange(chat) for chat in CHATS])

    assert [word for word in ["nearest is exchange 2", *words] if word not in error.what] == []
    assert error.what.count(", recorded ") == 1 or len(chat["messages"]) > 2 or "json_object" in str(chat)
    assert "--record" in error.next_step


def test_miss_by_another_base_url_is_told() -> None:
    """The path counts, and the message leads to the base URL."""
    asked = WireRequest(method="POST", path="/api/v1/chat/completions", body=CHATS[0])

    error = explain(asked, [build_exchange(CHATS[0])])
    assert 'address is "POST /api/v1/chat/completions", recorded "POST /v1/chat/completions"' in error.what


def test_miss_in_an_empty_cassette_says_so() -> None:
    """There is no nearest recording where there is none."""
    asked = WireRequest(method="POST", path="/v1/chat/completions", body=CHATS[0])

    assert "the cassette is empty" in explain(asked, []).what


def test_miss_cannot_move_the_cursor() -> None:
    """Escape sequences and reversed writing of a stranger's cassette reach the terminal as escapes."""
    asked = WireRequest(method="POST", path="/v1/chat/completions", body=build_chat("a"))
    error = explain(asked, [build_exchange(build_chat("\x1b[2J\u202ebad", model="\x1b[31m"))])

    assert str(error).isprintable()


def test_missing_cassette_says_which_and_how_to_record(tmp_path: Path) -> None:
    """No file: the error has the page, the path and the way to record it."""
    with pytest.raises(CassetteError, match="no cassette of page page-007") as caught:
        ask(replaying(tmp_path), NOWHERE, [], page_id="page-007")

    assert caught.value.path == tmp_path / "page-007.yaml"
    assert "--record" in caught.value.next_step


@pytest.mark.parametrize(
    "leak",
    [
        KEY,
        f"\\u{ord(KEY[0]):04x}{KEY[1:]}",
        "gateway-pass-12",
        "sk-abcdefgh12345678",
        "Bearer abcdef123456",
        "eyJhbGciOiJIUzI1NiJ9.e30",
    ],
    ids=["own", "own escaped", "of a header", "sk", "bearer", "jwt"],
)
def test_exchange_with_a_secret_is_not_recorded(tmp_path: Path, leak: str) -> None:
    """A reply with a key in it reaches the client, is not written, and is told at the end by its place alone."""
    cassettes = Cassettes(tmp_path, is_played=False, today=TODAY)
    replies = []

    def answer(body: dict[str, Any]) -> Answer:
        return answer_normally(body, content=f"见 {leak}。" if body["messages"][1]["content"] == ARTICLES[0] else None)

    with serving(answer) as endpoint, pytest.raises(CassetteError) as caught, cassettes.page("page-000"):
        chats = [{**chat, "extra_headers": {"X-Api-Key": "gateway-pass-12"}} for chat in CHATS[:2]]
        replies = asyncio.run(ask_all(cassettes, endpoint.url, chats))

    assert leak in replies[0]
    assert "response.body.choices[0].message.content" in caught.value.what
    assert leak not in str(caught.value)
    assert len(read_cassette(tmp_path / "page-000.yaml").exchanges) == 1
    assert leak not in (tmp_path / "page-000.yaml").read_text(encoding="utf-8")


GOOD = """cassette: 1
page_id: page-000
answered_by: desk
recorded_on: 2026-11-20
model: desk
mode: json_schema
shared:
  system-1: 你好
exchanges:
- request:
    method: POST
    path: /v1/chat/completions
    body: {model: desk, messages: [{role: system, content: {$shared: system-1}}]}
  response:
    status: 200
    body: {model: desk}
"""
HOSTILE = {
    "empty": ("", "not a cassette of ours"),
    "a list": ("- 1\n", "not a cassette of ours"),
    "not yaml": ("a: [1, 2\n", "not the YAML we write"),
    "two documents": (GOOD + "---\n" + GOOD, "not the YAML we write"),
    "newer version": (GOOD.replace("cassette: 1", "cassette: 2"), "newer version"),
    "unknown key": (GOOD + "host: example.org\n", "host: Extra inputs"),
    "missing key": (GOOD.replace("model: desk\nmode", "mode"), "model: Field required"),
    "python tag": (GOOD.replace("你好", '!!python/object/apply:os.system ["true"]'), "has a YAML tag"),
    "binary tag": (GOOD.replace("你好", "!!binary aGk="), "has a YAML tag"),
    "alias": (GOOD.replace("你好", "&a 你好") + "x: *a\n", "anchor or alias"),
    "laughs": ("a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n" + GOOD, "anchor or alias"),
    "deep": (GOOD.replace("你好", "[" * 5000 + "]" * 5000), "nested more than"),
    "many parts": (GOOD.replace("你好", "[" + "a," * 300_000 + "]"), "more than 300,000 parts"),
    "double key": (GOOD.replace("status: 200", "status: 200\n    status: 201"), "a key stands twice"),
    "merge key": (GOOD.replace("status: 200", "<<: {status: 200}"), "a key is not a text"),
    "number as key": (GOOD.replace("{model: desk}", "{1: desk}"), "a key is not a text"),
    "not a number": (GOOD.replace("{model: desk}", "{n: .nan}"), "not the YAML we write"),
    "unknown shared": (GOOD.replace("$shared: system-1", "$shared: system-2"), "stands for nothing"),
    "shared and more": (GOOD.replace("$shared: system-1", "$shared: system-1, x: 1"), "stands for nothing"),
    "shared in shared": (GOOD.replace("你好", "{$shared: system-1}"), "stands for nothing"),
    "lines of numbers": (GOOD.replace("$shared: system-1", "$lines: [1]"), "stands for nothing"),
    "expansion": (
        GOOD.replace("你好", "x" * 100_000).replace("{model: desk}\n", "[" + "{$shared: system-1}," * 600 + "]\n"),
        "unfold to more than",
    ),
    "failure recorded": (GOOD.replace("status: 200", "status: 500"), "exchanges[0].response.status"),
    "status as text": (GOOD.replace("status: 200", "status: '200'"), "exchanges[0].response.status"),
    "base 60": (GOOD.replace("{model: desk}\n", "{n: 1:30:00}\n"), "a number in base 60"),
    "header": (
        GOOD.replace("status: 200", "status: 200\n    headers: {set-cookie: a=b}"),
        "a header that is never recorded",
    ),
    "path with host": (GOOD.replace("/v1/chat", "http://h/v1/chat"), "exchanges[0].request.path"),
    "body and text": (GOOD.replace("status: 200", "status: 200\n    text: a"), "either a body or a text"),
    "mode": (GOOD.replace("mode: json_schema", "mode: telepathy"), "mode: Input should be"),
    "another page": (GOOD.replace("page_id: page-000", "page_id: page-001"), "is of page page-001"),
    "escape in a name": (GOOD + '"\\x1b[2J": 1\n', "\\x1b[2J: Extra inputs"),
}


@pytest.mark.parametrize(("text", "words"), HOSTILE.values(), ids=HOSTILE)
def test_cassette_that_cannot_be_trusted_is_refused(tmp_path: Path, text: str, words: str) -> None:
    """Whatever is wrong with a file is a CassetteError with its path, what is wrong, and what to do."""
    (tmp_path / "page-000.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CassetteError) as caught:
        ask(replaying(tmp_path), NOWHERE, [])

    assert words in caught.value.what
    assert caught.value.path == tmp_path / "page-000.yaml"
    assert caught.value.next_step or caught.value.expected


def test_good_cassette_of_the_table_above_loads(tmp_path: Path) -> None:
    """The file from which the hostile ones are made is accepted, also with Windows line ends and a byte order mark."""
    (tmp_path / "page-000.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())

    assert len(read_cassette(tmp_path / "page-000.yaml").exchanges) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"cassette: \xff", "not UTF-8"), (b"#" * (50 * 1024 * 1024 + 1), "too large")],
    ids=["bytes", "size"],
)
def test_file_that_is_no_text_of_ours_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    """Bytes that are not UTF-8 and files beyond the limit are not even parsed."""
    (tmp_path / "page-000.yaml").write_bytes(content)

    with pytest.raises(CassetteError, match=words):
        read_cassette(tmp_path / "page-000.yaml")


def test_path_that_is_no_file_is_refused(tmp_path: Path) -> None:
    """A folder, or a path through a file, is a CassetteError, not a traceback."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()

    with pytest.raises(CassetteError, match="this is no file"):
        read_cassette(tmp_path / "folder")
    with pytest.raises(CassetteError, match="that can be read: Not a directory"):
        read_cassette(tmp_path / "file" / "page-000.yaml")


def test_cassette_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A folder that is a file stops the recording with a CassetteError."""
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(CassetteError, match="cannot be written"):
        record(tmp_path / "file", [])


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
@pytest.mark.parametrize("name", ["page-000.yaml.part", "page-000.yaml"])
def test_nothing_is_recorded_through_a_link(tmp_path: Path, name: str) -> None:
    """Where a link lies ready beside a cassette or in its place, the file that it leads to is not made."""
    (tmp_path / "cassettes").mkdir()
    (tmp_path / "cassettes" / name).symlink_to(tmp_path / "elsewhere")

    record(tmp_path / "cassettes", [build_chat("a")])

    assert not (tmp_path / "elsewhere").exists()


ODD_TEXT = st.one_of(
    st.text(),
    st.text(alphabet="ab \n\r\t\x00\x7f\x85\u2028\u2029\u202e\u200b\ufeff\uffff中𠮷😀\"'#:-|>&*!%@`{}[],?\\"),
    st.lists(st.text(alphabet=" a\n中#-"), max_size=4).map("\n".join),
    st.text(alphabet=" a\n中\t", min_size=70, max_size=300),
    st.sampled_from(["$shared", "$lines", "yes", "2026-11-20", "=", "<<", "~", "null", "1:30", "0x1f", "- a", "| \n"]),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ODD_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD_TEXT, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(asked=JSON, answered=JSON, times=st.integers(1, 2))
def test_bodies_survive_the_file_exactly(asked: Any, answered: Any, times: int) -> None:
    """Whatever JSON can say comes back from the file as it was, and is written the same again."""
    chat = {"messages": [{"role": "user", "content": asked}], "x": {"schema": {"d": answered}}}
    contents = (json.dumps(chat).encode(), json.dumps(answered).encode())
    whole = build_cassette([contents] * times)

    text = file.render_cassette(whole)
    again = file.parse_cassette(text, Path("c.yaml"))
    for exchange in again.exchanges:
        assert [json.loads(side.content) for side in (exchange.request, exchange.response)] == [chat, answered]
    assert again == whole
    assert file.render_cassette(again) == text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"<html>\xe5\xb7\xa5</html>",
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b'data: {"a": "b "}\n\ndata: [DONE]\n\n',
        b"[" * 60 + b"]" * 60,
        b'{"$shared": "x"}',
    ],
    ids=[
        "none",
        "null",
        "html",
        "double key",
        "nan",
        "infinite",
        "half a character",
        "stream",
        "deep",
        "looks like ours",
    ],
)
def test_body_that_is_no_plain_json_survives_byte_by_byte(content: bytes) -> None:
    """What YAML could not give back as structure is kept as text."""
    whole = build_cassette([(b"{}", content)])

    (exchange,) = file.parse_cassette(file.render_cassette(whole), Path("c.yaml")).exchanges
    assert exchange.response.content == content


def test_invisible_characters_are_visible_in_the_file() -> None:
    """Reversed writing, zero-width characters and control characters stand in the file as escapes."""
    answered = json.dumps({"a": "x\u202ey\u200bz\x1b", "b": "one\ntwo\u2066\nthree "}).encode()
    text = file.render_cassette(build_cassette([(b"{}", answered)]))

    assert all(character.isprintable() or character == "\n" for character in text)
    assert "- three \n" not in text
    assert '\n        - "two\\u2066"\n' in text


def build_cassette(contents: Sequence[tuple[bytes, bytes]]) -> Any:
    """A whole cassette of these bodies."""
    exchanges = []
    for asked, answered in contents:
        (body, text), (reply_body, reply_text) = map(file.parse_body, (asked, answered))
        request = WireRequest(method="POST", path="/v1/chat/completions", body=body, text=text)
        response = WireResponse(status=200, body=reply_body, text=reply_text)
        exchanges.append(Exchange(request=request, response=response))
    head = {"page_id": "page-000", "answered_by": "desk", "recorded_on": TODAY, "model": "desk"}
    return file.Cassette(**head, mode=OutputMode.TEXT, exchanges=tuple(exchanges))
