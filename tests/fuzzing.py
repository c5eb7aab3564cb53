"""Damaged documents, and what reads them: the targets of `scripts/fuzz.py` and of tests/test_fuzz.py."""

from __future__ import annotations

import atexit
import io
import json
import random
import tempfile
from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from conftest import ROOT
from fake_client import make_reply
from making import (
    FULL_LINES,
    LINES,
    NOW,
    case_text,
    full_reply,
    make_page,
    make_plan,
    make_test_article,
    make_test_record,
    result_reply,
    split_reply,
)
from rich.console import Console

from summariser.cli.records import show_content
from summariser.disk.ledger import Ledger, open_ledger
from summariser.disk.record_text import dump_json, parse_json
from summariser.disk.stored import PAGE_END
from summariser.endpoints.cassette import parse_cassette
from summariser.endpoints.config import parse_settings
from summariser.errors import StoreError
from summariser.exporting.formats import make_csv, make_sqlite
from summariser.exporting.tables import make_sheets, name_misfits
from summariser.pages.split import read_split
from summariser.pages.split_rules import split_by_rules
from summariser.prompt import case_request
from summariser.readers.files import parse_page
from summariser.records.grounding import (
    apply_verdicts,
    claims_of,
    merge_repeated,
    read_further,
    read_reply,
    read_verdicts,
)
from summariser.records.make import check_records
from summariser.reviewing.diff import diff
from summariser.schema.exchange import Reply
from summariser.schema.record import Record

Read = Callable[[bytes], object]

# What readers of JSON, YAML, TOML, numbers, names and terminals stumble over.
_TOKENS = (
    *("null", "true", "-1", "0", "1e999", "1" * 30, "9" * 400, "2**70", "NaN", '""', "[]", "{}", "[[1,340]]"),
    *("\\ud83d", "\ud83d", "\u202e", "\x1b[31m", "\x00", "\\u0000", "\ufeff", "[/x]", "[link=http://x]a[/link]"),
    *("\n", "\r", "\t", ",", ":", '"', "'", "\\", "- ", "&a ", "*a", "!!python/object:os.system", "60:60:60", "<<: *a"),
    *(
        "第",
        "万",
        "亿",
        "百分之",
        "近",
        "余",
        "1-1-1-",
        "1,000,",
        "（记者",
        "本报讯",
        "。",
        "　",
        "２",
        "三分之二",
        "$",
        "%",
    ),
    *("../../etc/passwd", "a" * 300, "工" * 400, "=1+1", "http://127.0.0.1:9/", "2025年13月40日", "\U00020000"),
)
_VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        -1,
        0,
        2**70,
        1e308,
        10**40,
        "",
        "x" * 5000,
        "近" * 3000,
        [],
        {},
        [[1, 340]],
        [None],
        {"a": {"a": 1}},
    ),
    *("a\x00b", "\x1b[2J", "[/x]", "../x", "100万", "1-" * 2000, "\u202e\u200b"),
)


def make_case(examples: Sequence[bytes], rng: random.Random) -> bytes:
    """One of the documents, damaged in its structure if it is JSON, else or besides in its text."""
    document = rng.choice(examples)
    if document.startswith(b"{") and rng.random() < 0.7:
        value = json.loads(document)
        for _ in range(rng.choice((1, 1, 1, 2, 5))):
            _damage_tree(value, rng)
        document = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
        if rng.random() < 0.8:
            return document
    for _ in range(rng.choice((1, 1, 2, 8))):
        document = _damage_text(document, rng)
    return document


def _damage_tree(value: Any, rng: random.Random) -> None:
    """Change one place of a JSON value: another value, none, twice, deeper, or a text with something in it."""
    places = list(_places(value))
    if not places:
        return
    holder, key = rng.choice(places)
    texts = [(holder, key) for holder, key in places if isinstance(holder[key], str | int | float)]
    kind = rng.choice((0, 1, 2, 3, 4, 5, 5, 5, 5))
    if kind == 5:
        holder, key = rng.choice(texts or places)
    if kind == 0:
        holder[key] = deepcopy(rng.choice(_VALUES))
    elif kind == 1:
        del holder[key]
    elif kind == 2 and isinstance(holder, list):
        holder.insert(key, holder[key])
    elif kind == 3:
        holder[key] = [holder[key]]
    elif kind == 4:
        other_holder, other_key = rng.choice(places)
        holder[key] = json.loads(json.dumps(other_holder[other_key]))
    elif isinstance(holder[key], str):
        at = rng.randrange(len(holder[key]) + 1)
        holder[key] = holder[key][:at] + rng.choice(_TOKENS) * rng.choice((1, 1, 3, 300)) + holder[key][at:]
    elif isinstance(holder[key], int | float):
        holder[key] = rng.choice((holder[key] * -1, holder[key] + 1, holder[key] * 10**9, 0))


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every place of a JSON value, as its holder and the key or index there."""
    found: list[tuple[Any, Any]] = []
    todo = [value]
    while todo:
        holder = todo.pop()
        keys: Any = (
            holder.keys() if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else ()
        )
        for key in list(keys):
            found.append((holder, key))
            todo.append(holder[key])
    return found


def _damage_text(document: bytes, rng: random.Random) -> bytes:
    """Change a span of a text, mostly of whole characters: gone, repeated, moved, flipped, something before it."""
    at = rng.randrange(len(document) + 1)
    while rng.random() < 0.95 and 0 < at < len(document) and document[at] & 0xC0 == 0x80:
        at -= 1
    end = at + rng.choice((1, 3, 30, 300))
    while end < len(document) and document[end] & 0xC0 == 0x80:
        end += 1
    span = document[at:end]
    rest = document[at + len(span) :]
    kind = rng.choice((0, 1, 2, 3, 4, 4, 4))
    if kind == 0:
        return document[:at] + rest
    if kind == 1:
        return document[:at] + span * rng.choice((2, 2, 50)) + rest
    if kind == 2:
        return rest + span + document[:at]
    if kind == 3:
        return document[:at] + bytes(byte ^ rng.randrange(256) for byte in span[:2]) + span[2:] + rest
    token = rng.choice(_TOKENS).encode("utf-8", "surrogatepass")
    return document[:at] + token * rng.choice((1, 1, 20, 1000)) + span + rest


def _text(case: bytes) -> str:
    return case.decode("utf-8", "surrogatepass" if b"\xed" in case and _is_wtf8(case) else "replace")


def _is_wtf8(case: bytes) -> bool:
    try:
        case.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


@cache
def _records() -> tuple[bytes, ...]:
    """A record with every field, without the words of its page too, and records of version 1."""
    page = make_page(FULL_LINES, name="page-003.txt")
    made = (make_test_record(page, json.dumps(full_reply()), with_words=words)[0] for words in (True, False))
    old = sorted((ROOT / "tests" / "data" / "record_1" / "page-003").glob("*.json"))
    return (*(dump_json(record).encode() for record in made), *(path.read_bytes() for path in old))


def _read_verdicts(case: bytes) -> None:
    """Verdicts on a case, and the case that they make."""
    article = make_test_article()
    checked = read_reply(case_text(), article)
    apply_verdicts(checked, read_verdicts(_text(case), claims_of(checked.case), article), article)


def _read_further(case: bytes) -> None:
    """Results behind those of a first reply, merged with them."""
    article = make_test_article()
    known = read_reply(case_text(more=True), article).reply
    merge_repeated(read_further(_text(case), known, article), article)


def _pages() -> list[bytes]:
    """The text seeds, and pieces of sixty lines of each: most faults show in a piece, in a third of the time."""
    pages = [(ROOT / "seeds" / f"page-00{number}.txt").read_bytes() for number in range(5)]
    cut = [page.splitlines(keepends=True) for page in pages]
    return pages + [b"".join(lines[at : at + 60]) for lines in cut for at in range(0, len(lines), 60)]


def _read_page(case: bytes) -> None:
    split_by_rules(parse_page(case, path="page-900.txt"))


def _read_record(case: bytes) -> None:
    """As `check` and `show` read it, beside its manifest and page."""
    path = _put(case, "new")
    list(check_records([path]))
    show_content(parse_json(_text(case), Record, path=path), Console(file=io.StringIO(), width=80))


def _put(case: bytes, side: str) -> Path:
    """The record as a file among its page's; the page is that of the record, or another one."""
    path = _folder(side, "page-001" if b'"page-001"' in case else "page-003") / "a12345678.json"
    path.write_bytes(case)
    return path


@cache
def _folder(side: str, name: str) -> Path:
    """A folder of records beside a page and its manifest, made once: most of the time of a case went into it."""
    folder = _room(side)
    for inside in ("seeds", f"summaries/{name}"):
        (folder / inside).mkdir(parents=True, exist_ok=True)
    (folder / "seeds" / f"{name}.txt").write_bytes((ROOT / "seeds" / f"{name}.txt").read_bytes())
    manifest = (ROOT / "summaries" / f"{name}{PAGE_END}").read_text(encoding="utf-8")
    manifest = manifest.replace('"seeds/', f'"{folder.as_posix()}/seeds/')
    (folder / "summaries" / f"{name}{PAGE_END}").write_text(manifest, encoding="utf-8")
    return folder / "summaries" / name


@cache
def _room(side: str) -> Path:
    """A folder that goes when the process ends."""
    room = tempfile.TemporaryDirectory(prefix="summariser-fuzz-")
    atexit.register(room.cleanup)
    return Path(room.name) / side


def _read_manifest(case: bytes) -> None:
    """A damaged manifest beside good records."""
    folder = _folder("manifest", "page-003")
    if not list(folder.iterdir()):
        (folder / "a12345678.json").write_bytes(next((ROOT / "summaries" / "page-003").glob("*.json")).read_bytes())
    (folder.parent / f"page-003{PAGE_END}").write_bytes(case)
    list(check_records([folder]))


def _read_ledger_row(case: bytes) -> None:
    """A ledger in which one cell holds something else."""
    table, column, value = json.loads(case)
    with open_ledger(None) as ledger:
        plan = make_plan(ledger)
        request = case_request(make_test_article(), plan.case_prompt(""), plan.settings(""))
        ledger.save_reply(request, make_reply(request, case_text()), plan.run_id, NOW)
        with ledger.transaction() as execute:
            execute(f"UPDATE {table} SET {column} = ?", (value,))
        _use(ledger, request.key)


def _use(ledger: Ledger, key: str) -> None:
    """Everything that reads the ledger."""
    for read in (
        lambda: ledger.find_reply(key),
        lambda: ledger.find_request(key),
        ledger.runs,
        lambda: ledger.requests_of(1),
    ):
        try:
            found = read()
            assert found is None or isinstance(found, Reply | tuple) or found.key
        except StoreError:
            continue


def _compare(case: bytes) -> None:
    """The damaged record against the good one of the same place."""
    name = "page-001" if b'"page-001"' in case else "page-003"
    good = next(text for text in _records() if f'"{name}"'.encode() in text)
    old, new = (_put(text, side) for side, text in (("old", good), ("new", case)))
    diff([str(old.parent), str(new.parent)], folder=old.parent).model_dump_json()


def _export(case: bytes) -> None:
    records = [parse_json(_text(case), Record, path=Path("x.json"))]
    if name_misfits(records):  # an export leaves them out, and says so
        return
    sheets = make_sheets(records)
    make_csv(sheets)
    make_sqlite(sheets)


def _read_toml(case: bytes) -> None:
    parse_settings({}, {"SUMMARISER_API_KEY": "key"}, toml=_text(case)).endpoint()


TOML = b"""# settings
model = "qwen-plus"
provider = "vllm"
base_url = "http://127.0.0.1:8000/v1"
out = "cases"
ledger = ".summariser/ledger.db"
temperature = 0.5
max_tokens = 4000
concurrency = 4
repairs = 2
timeout_s = 60.0
max_wait_s = 5
extra_body = {top_k = 20, stop = ["a", "b"]}
extra_headers = {X-Name = "value"}
[request]
max_tokens = 500
[request.vllm]
extra_body = {enable_thinking = false}
"""
_CELLS = [
    *(("runs", name) for name in ("started_at", "ended_at", "command", "model", "base_url", "pages", "records")),
    *(("runs", name) for name in ("state", "host", "pid", "born")),
    *(("requests", name) for name in ("page_id", "purpose", "prompt", "attempt", "messages", "state")),
    *(("requests", name) for name in ("temperature", "max_tokens", "asked_at", "schema_name")),
    *(("replies", name) for name in ("text", "reasoning", "model", "finish_reason", "mode", "prompt_tokens")),
    *(("replies", name) for name in ("completion_tokens", "seconds", "sends", "received_at")),
    *(("texts", name) for name in ("text",)),
]


def make_cell(_: Sequence[bytes], rng: random.Random) -> bytes:
    """A cell of the ledger and what stands in it instead."""
    table, column = rng.choice(_CELLS)
    value = rng.choice((True, -1, 0, 1e308, "", "x" * 5000, "a\x00b", "[/x]", "2025-13-40", "{}", "[1]", '{"a":'))
    if rng.random() < 0.4:
        value = rng.choice(_TOKENS[:-20]) * rng.choice((1, 300))
    return json.dumps([table, column, value]).encode()


@cache
def _read_small_page() -> Any:
    return make_page(LINES * 20)


VERDICTS = json.dumps(
    {"verdicts": [{"claim": n, "support": "article", "missing": [1, 4]} for n in range(1, 5)]}
).encode()
FURTHER = json.dumps({"results": [result_reply(), result_reply(value_text="3门", part_of=0)], "more": True}).encode()
TARGETS: dict[str, tuple[Read, Sequence[bytes]]] = {
    "reply": (lambda case: read_reply(_text(case), make_test_article()), [case_text().encode()]),
    "verdicts": (_read_verdicts, [VERDICTS]),
    "further reply": (_read_further, [FURTHER]),
    "split": (lambda case: read_split(_text(case), _read_small_page()), [split_reply(LINES * 20).encode()]),
    "page": (_read_page, _pages()),
    "record": (_read_record, _records()),
    "manifest": (_read_manifest, [(ROOT / "summaries" / "page-003.page.json").read_bytes()]),
    "cassette": (
        lambda case: parse_cassette(_text(case), Path("x.yaml")),
        [(ROOT / "cassettes" / "page-003.yaml").read_bytes()],
    ),
    "ledger": (_read_ledger_row, ()),
    "diff": (_compare, _records()),
    "export": (_export, _records()),
    "toml": (_read_toml, [TOML]),
}
