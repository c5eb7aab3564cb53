"""The front of the library: what is public is listed, and works as the README says."""

from __future__ import annotations

import asyncio
import inspect
import pickle
import re
import subprocess
import sys
import typing
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from faulty_endpoint import Behaviour, running
from making import LINES, case_text, split_reply

import summariser
import summariser.api
from summariser.api import RunOptions
from summariser.disk.ledger import open_ledger
from summariser.endpoints.config import OPTIONS, Settings
from summariser.errors import (
    BrokenRecordError,
    CassetteError,
    ConfigError,
    InputError,
    InvalidReply,
    ModelRefused,
    ModelUnavailable,
    PromptError,
    StoreBusyError,
    StoreError,
    SummariserError,
)
from summariser.schema.case import Rule
from summariser.schema.record import FailureReason


def test_every_public_name_exists() -> None:
    """What `__all__` lists can be imported."""
    assert [name for name in summariser.__all__ if not hasattr(summariser, name)] == []
    assert sorted(summariser.__all__) == summariser.__all__


def test_what_public_functions_take_give_and_raise_is_public() -> None:
    """Every type of ours in their signatures can be imported as they are, and so can every error."""
    functions = [each for name in summariser.__all__ if inspect.isfunction(each := getattr(summariser, name))]
    hints = [hint for each in functions for hint in typing.get_type_hints(each).values()]
    named = {
        part for hint in hints for part in _parts(hint) if getattr(part, "__module__", "").startswith("summariser")
    }
    errors = {
        each
        for each in vars(summariser.errors).values()
        if isinstance(each, type) and each.__module__ == "summariser.errors"
    }

    assert len(named) > 10
    assert {each.__name__ for each in named | errors} - set(summariser.__all__) == set()


def _parts(hint: object) -> Iterator[object]:
    """A type and those in its brackets."""
    yield hint
    for each in typing.get_args(hint):
        yield from _parts(each)


def test_every_flag_of_a_run_is_listed() -> None:
    """Whoever asks for help sees each setting and option by name."""
    words = set(re.findall(r"\w+", summariser.summarise.__doc__ or ""))

    assert {*OPTIONS, *RunOptions._fields} - words == set()


def test_every_public_name_is_documented() -> None:
    """Each public function and type says what it is for."""
    undocumented = [name for name in summariser.__all__ if not getattr(summariser, name).__doc__]

    assert undocumented == []


def test_unknown_name_is_an_attribute_error() -> None:
    """A typo is told like in any module."""
    with pytest.raises(AttributeError, match="sumarise"):
        summariser.sumarise  # noqa: B018


def test_library_reads_splits_and_counts_without_a_model(seeds: Path) -> None:
    """Reading, splitting by rules, quantities and quotes need neither key nor network."""
    page = summariser.read_page(seeds / "page-003.txt")
    article = summariser.split_by_rules(page).articles[0]
    number = summariser.find_quantities("服务职工近8万人次")[0]
    match = summariser.locate(article.text[40:60], article.text)

    assert (number.value, number.max, number.unit, number.approx) == (Decimal(80000), Decimal(80000), "人次", "nearly")
    assert match is not None
    assert (match.start, match.end, match.tier) == (40, 60, "exact")


def test_library_checks_words_without_a_model(seeds: Path) -> None:
    """Times, places, levels and sentences are read by the functions that the checks use, under their public names."""
    article = summariser.split_by_rules(summariser.read_page(seeds / "page-003.txt")).articles[0]
    facts = summariser.collect_facts(article)

    assert summariser.read_time("自2023年6月起") == ("2023-06", None, "month", True, False)
    assert summariser.read_time("3月8日", issued="2025-03-10").edtf == "2025-03-08"
    assert [place.name for place in summariser.find_places("河北省保定市总工会")] == ["河北省", "保定市"]
    assert summariser.resolve("河北省", "保定市", None).code == "130600"
    assert summariser.level_of("保定市总工会", province="河北省", city=None, county=None) == "prefecture"
    assert [finding.path for finding in summariser.check_chinese("共有987人。", "summary", facts)] == ["summary"]
    assert [finding.path for finding in summariser.check_english("It has 987 members.", "one", facts)] == ["one"]


def test_library_replays_and_loads_records(seeds: Path) -> None:
    """`summarise` writes records, and `load_records` reads them back as they were."""
    report = summariser.summarise(seeds / "page-003.txt", replay=True, cassettes=ROOT / "cassettes", out=Path("out"))

    loaded = summariser.load_records("out")
    assert len(loaded) == 8
    assert sorted(loaded, key=lambda record: record.article_id) == sorted(
        report.records, key=lambda record: record.article_id
    )


def answer(body: dict[str, Any]) -> str:
    """The right reply to either question about the page."""
    return split_reply() if "| " in body["messages"][1]["content"] else case_text()


@pytest.fixture
def settings() -> Iterator[dict[str, Any]]:
    """A page, and the settings for an endpoint that answers about it."""
    Path("page-900.txt").write_text("\n".join(LINES), encoding="utf-8")
    with running(Behaviour(answer=answer)) as endpoint:
        yield {"base_url": endpoint.base_url, "model": "test-model"}


def test_a_run_works_where_an_event_loop_runs_already(settings: dict[str, Any]) -> None:
    """In a notebook `summarise` has a thread of its own; `asummarise` can be awaited."""

    async def cell() -> tuple[summariser.api.RunReport, summariser.api.RunReport]:
        waited = await summariser.asummarise("page-900.txt", out="one", **settings)
        return waited, summariser.summarise(Path("page-900.txt"), out="two", fresh=True, **settings)

    assert [len(report.records) for report in asyncio.run(cell())] == [1, 1]


def test_a_run_that_is_cancelled_stops_and_keeps_what_it_had(settings: dict[str, Any]) -> None:
    """Cancelling leaves a run that is stopped, and the next one asks for what is missing only."""

    class Split(summariser.Progress):
        def page_split(self, page: object, split: object) -> None:
            tasks[0].cancel()

    tasks: list[asyncio.Task[object]] = []

    async def cell() -> None:
        tasks.append(asyncio.ensure_future(summariser.asummarise("page-900.txt", progress=Split(), **settings)))
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]

    asyncio.run(cell())
    with open_ledger(Path(".summariser/ledger.db")) as ledger:
        run = ledger.runs(1)[0]
    assert (run.state, run.replies) == ("stopped", 1)
    assert len(summariser.summarise("page-900.txt", **settings).records) == 1


def test_a_run_that_is_stopped_counts_what_it_kept(settings: dict[str, Any]) -> None:
    """An article that is done by then is a record of the run, though its page was not."""

    class Interrupted(summariser.Progress):
        def article_done(self, outcome: object) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        summariser.summarise("page-900.txt", progress=Interrupted(), **settings)

    with open_ledger(Path(".summariser/ledger.db")) as ledger:
        run = ledger.runs(1)[0]
    assert (run.state, run.records, run.failures) == ("stopped", 1, 0)


def test_a_watcher_is_told_of_everything(settings: dict[str, Any]) -> None:
    """`Progress` is what a watcher derives from; each step of a run is told."""
    told: list[str] = []

    class Watcher(summariser.Progress):
        def page_split(self, page: object, split: object) -> None:
            told.append("split")

        def reply_received(self, request: object, reply: object, *, paid: bool) -> None:
            told.append("reply" if paid else "known")

        def article_done(self, outcome: object) -> None:
            told.append("done")

    summariser.summarise("page-900.txt", progress=Watcher(), **settings)

    assert told == ["reply", "split", "reply", "done"]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"max_token": 1}, "there is no setting max_token.*Did you mean max_tokens"),
        ({"modle": "x"}, "there is no setting modle.*Did you mean model"),
        ({"key_source": "x"}, "there is no setting key_source"),
        ({"settings": Settings(), "out": "b"}, "settings are given, and out as well"),
        ({"replay": True, "record": True}, "contradict each other"),
    ],
)
def test_a_slip_in_a_keyword_is_named(settings: dict[str, Any], flags: dict[str, Any], words: str) -> None:
    """What is no setting, or set twice, is an error with a guess, never an option that is dropped."""
    others = {} if "settings" in flags else settings

    with pytest.raises(ConfigError, match=words):
        summariser.summarise("page-900.txt", **others, **flags)


def test_replay_by_rules_of_what_a_model_cut_is_refused_before_a_record_is_replaced(settings: dict[str, Any]) -> None:
    """The rules may cut otherwise, and half of the records would be replaced before a recording is missed."""
    report = summariser.summarise("page-900.txt", record=True, cassettes="recorded", **settings)
    before = {path: path.read_bytes() for path in report.out.rglob("*") if path.is_file()}

    with pytest.raises(ConfigError, match="Leave out --rules"):
        summariser.summarise("page-900.txt", replay=True, rules=True, cassettes="recorded", out=report.out)

    assert {path: path.read_bytes() for path in report.out.rglob("*") if path.is_file()} == before
    by_rules = summariser.summarise("page-900.txt", record=True, rules=True, cassettes="ruled", **settings, fresh=True)
    replayed = summariser.summarise("page-900.txt", replay=True, rules=True, cassettes="ruled", out="again")
    assert [str(record) for record in replayed.records] == [str(record) for record in by_rules.records]


def test_keywords_win_over_options_and_paths_may_be_texts(settings: dict[str, Any]) -> None:
    """A field of `RunOptions` by its name beats the whole of it; a folder may be a text."""
    options = RunOptions(rules=True, record=True)

    summariser.summarise("page-900.txt", options=options, rules=False, cassettes="recorded", **settings)

    replayed = summariser.summarise("page-900.txt", replay=True, cassettes="recorded", out="again")
    assert replayed.pages[0].split.method == "model"


ERRORS = [
    ConfigError("a", expected="b", next_step="c"),
    InputError("a", path="p.txt", line=3, next_step="c"),
    PromptError("a", where="w"),
    StoreError("a", path=Path("p")),
    BrokenRecordError("a", path="p"),
    StoreBusyError("a", path="p"),
    CassetteError("a", path="p", expected="b"),
    ModelUnavailable("a", article_id="x", request_key="k"),
    ModelRefused("a", reason=FailureReason.EMPTY, article_id="x"),
    InvalidReply([Rule.NO_JSON.at("$", "m")], reply_text="t", article_id="x"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_comes_back_from_another_process_as_it_was(error: SummariserError) -> None:
    """Work that is spread over processes gets the same class, message, parts and notes."""
    error.add_note("besides")

    again = pickle.loads(pickle.dumps(error))

    assert type(again) is type(error)
    assert (str(again), again.__dict__) == (str(error), error.__dict__)


def test_what_a_run_comes_to_is_not_spelled() -> None:
    """Python spells what a task came to when it takes its handler of Ctrl-C back: of many records that takes long."""
    spelled: list[object] = []

    class Result:
        def __repr__(self) -> str:
            spelled.append(self)
            return ""

    async def work() -> Result:
        return Result()

    assert isinstance(summariser.api._run(work), Result)
    assert spelled == []


def test_public_api_is_typed() -> None:
    """A caller's file that uses the public names passes mypy --strict."""
    source = Path("caller.py")
    source.write_text(
        "from summariser import check_chinese, collect_facts, find_quantities, load_records, locate\n"
        "from summariser import read_page, read_time, split_by_rules, summarise\n"
        "page = read_page('x.txt')\n"
        "texts: list[str] = [article.text for article in split_by_rules(page).articles]\n"
        "units: list[str] = [quantity.unit for quantity in find_quantities(texts[0])]\n"
        "start_of_time: str | None = read_time('2025年').start\n"
        "facts = collect_facts(split_by_rules(page).articles[0])\n"
        "paths: list[str] = [finding.path for finding in check_chinese('', 'summary', facts)]\n"
        "match = locate('a', 'b')\n"
        "start: int = match.start if match else -1\n"
        "ids: list[str] = [record.article_id for record in load_records('summaries')]\n"
        "code: int = summarise('pages', replay=True).exit_code\n",
        encoding="utf-8",
    )

    names = "openai httpx2 starlette uvicorn pydantic jinja2 anyio rapidocr numpy PIL cv2 distributed tenacity yaml"
    others = f"[mypy-{','.join(f'{name}.*' for name in names.split())}]\nfollow_imports = skip\n"
    Path("mypy.ini").write_text(f"[mypy]\nstrict = true\n{others}", encoding="utf-8")  # theirs take most of the time

    done = subprocess.run([sys.executable, "-m", "mypy", source], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
