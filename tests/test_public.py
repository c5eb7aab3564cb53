"""The front of the library: what is public is listed, and works as the README says."""

from __future__ import annotations

import asyncio
import inspect
import pickle
import re
import subprocess
import sys
import traceback
import typing
from collections.abc import Iterator, Sequence
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
from summariser.asking import Again
from summariser.disk.ledger import open_ledger
from summariser.endpoints.config import OPTIONS, Settings, parse_settings
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
from summariser.schema.page import PageSource
from summariser.schema.record import FailureReason


def test_every_public_name_exists() -> None:
    """What `__all__` lists can be imported."""
    assert [name for name in summariser.__all__ if not hasattr(summariser, name)] == []
    assert sorted(summariser.__all__) == summariser.__all__


def test_what_public_functions_take_give_and_raise_is_public() -> None:
    """Every type of ours that a public one names can be imported as it is, and so can errors and warnings.

    Shape: but for the parts of pages and records, which `summariser.schema` has.
    """
    public = {name: getattr(summariser, name) for name in summariser.__all__}
    hints = [hint for each in public.values() if each not in _STORED for hint in _hints(each, public)]
    named = {
        part for hint in hints for part in _parts(hint) if getattr(part, "__module__", "").startswith("summariser")
    }
    told = {each for each in vars(summariser.errors).values() if inspect.isclass(each) and issubclass(each, Exception)}
    told |= {each for each in UserWarning.__subclasses__() if each.__module__.startswith("summariser.disk")}

    assert len(named) > 30
    assert {each.__name__ for each in named | told} - set(summariser.__all__) == set()


_STORED = (summariser.Article, summariser.Page, summariser.PageSplit, summariser.Record)


def _hints(named: Any, public: dict[str, Any]) -> Iterator[object]:
    """The types that a function, the fields of a type or, if it has none, its methods name."""
    fields = typing.get_type_hints(named)
    methods = [each for each in vars(named).values() if inspect.isfunction(each)] if not fields else []
    yield from fields.values()
    for each in methods:
        yield from typing.get_type_hints(each, localns=public | {"Sequence": Sequence}).values()


def _parts(hint: object) -> Iterator[object]:
    """A type and those in its brackets."""
    yield hint
    for each in typing.get_args(hint):
        yield from (part for one in (each if isinstance(each, list) else [each]) for part in _parts(one))


def test_every_flag_of_a_run_is_listed() -> None:
    """Whoever asks for help sees each setting and option by name."""
    words = set(re.findall(r"\w+", summariser.summarise.__doc__ or ""))

    assert {*OPTIONS, *RunOptions.model_fields} - words == set()


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
        ({"max_token": 1}, "unknown settings: 'max_token'.*did you mean 'max_tokens'"),
        ({"modle": "x"}, "unknown settings: 'modle'.*did you mean 'model'"),
        ({"key_source": "x"}, "unknown settings: 'key_source'"),
        ({"settings": Settings(), "out": "b"}, "settings are given, and out as well"),
        ({"replay": True, "record": True}, "^replay, record and batch contradict each other"),
        ({"options": RunOptions(record=True), "batch": True}, "contradict each other"),
        ({"rule": True}, "unknown settings: 'rule'.*did you mean 'rules'"),
        ({"replay": "yes"}, "^replay is 'yes': it must be true or false"),
        ({"dpi": 0}, "^dpi is 0: it must be at least 72"),
        ({"dpi": 601, "batch_size": 0}, "dpi is 601: it must be at most 600; .*batch_size is 0: it must be at least 1"),
        ({"batch_again": "never"}, "^batch_again is 'never': it must be 'batch' or 'singly'"),
        ({"cassettes": ""}, "^cassettes is '': it must be a path"),
        ({"desk": "s3://b/desk"}, "^desk is 's3://b/desk': it must be a path of this machine"),
        ({"source": "人民日报"}, "^source is '人民日报': it must be an object"),
        ({"source": {"paper": "x"}}, "^source is .*: paper is no part of it"),
        ({"source": {"page_no": 0}}, "^source is .*: page_no must be from 1 to 999"),
        ({"source": {"issue_date": "8 March"}}, "^source is .*: issue_date must be a day, written as 2026-05-01"),
        ({"out": "s3://b/out"}, "^out is 's3://b/out': it must be a path of this machine"),
        ({"timeout_s": -1}, "^timeout_s is -1: it must be more than 0"),
        ({"keep_text": "no"}, "^keep_text is 'no': it must be true or false"),
    ],
)
def test_a_slip_in_a_keyword_is_named(settings: dict[str, Any], flags: dict[str, Any], words: str) -> None:
    """What is no setting, no value of one or set twice is an error that names it, never dropped, nor a damaged page."""
    others = {} if "settings" in flags else settings

    with pytest.raises(ConfigError, match=words):
        summariser.summarise("page-900.txt", **others | flags)
    assert not Path("summaries").exists()


@pytest.mark.parametrize("dpi", [0, -5, 1, 71, 601, 2.5, None, "high"])
def test_a_resolution_that_is_none_is_no_fault_of_the_file(dpi: Any, seeds: Path) -> None:
    """The one function of the reader has the bounds of the command line too."""
    with pytest.raises(ConfigError, match=f"^dpi is {dpi!r}: it must be "):
        summariser.read_page(seeds / "scans" / "print-001.pdf", dpi=dpi)


def test_a_value_may_be_the_text_of_it() -> None:
    """What a variable of the environment spells, an option takes as well."""
    options = RunOptions.model_validate({"dpi": "300", "replay": "true", "cassettes": "tapes", "batch_again": "singly"})

    assert options == RunOptions(dpi=300, replay=True, cassettes=Path("tapes"), batch_again=Again.SINGLY)


@pytest.mark.parametrize(
    "source",
    [{"newspaper": "岚州日报", "page_no": 7}, PageSource(newspaper="岚州日报", page_no=7)],
    ids=["dict", "type"],
)
def test_what_a_caller_says_of_the_source_wins(settings: dict[str, Any], source: Any) -> None:
    """It counts as what a person says at the command line, whether or not its origins are written down."""
    (record,) = summariser.summarise("page-900.txt", source=source, **settings).records

    assert (record.source.newspaper, record.source.page_no) == ("岚州日报", 7)
    assert record.source.origins["newspaper"] == record.source.origins["page_no"] == "flag"


@pytest.mark.parametrize("paths", [[], (), iter([])], ids=["list", "tuple", "iterator"])
def test_no_page_at_all_is_an_error(paths: Any) -> None:
    """A list that came out empty is told like a pattern that matches nothing, in a replay too."""
    for flags in ({"replay": True}, {"rules": True, "model": "m", "base_url": "http://127.0.0.1:9/v1"}):
        with pytest.raises(InputError, match="no page is named"):
            summariser.summarise(paths, **flags)


@pytest.mark.parametrize("read", [summariser.read_page, summariser.read_pages, summariser.load_records])
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "^an empty path names nothing"),
        ("s3://b/x.txt", "^s3://b/x.txt: is an address"),
        ("nowhere", "no such file"),
    ],
)
def test_what_names_no_path_is_told_as_it_was_given(read: Any, path: str, words: str) -> None:
    """Neither the folder where we stand nor an address that was misspelt by us; so it is for `summarise`."""
    Path("page.txt").write_text("夜校开课", encoding="utf-8")

    for call in (read, summariser.summarise):
        with pytest.raises((InputError, StoreError), match=words):
            call(path)


class Notes(summariser.Progress):
    """Keeps what is said at the beginning."""

    def begin(self, pages: int, notes: Sequence[str]) -> None:
        """Keep them."""
        self.notes = list(notes)


def test_what_should_be_known_of_the_settings_is_told(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is asked, and in the report: as of a key that is held back from an address of the file."""
    monkeypatch.setenv("SUMMARISER_API_KEY", "k" * 20)
    monkeypatch.setenv("SUMMARISER_MODLE", "x")
    toml = "\n".join(f'{name} = "{value}"' for name, value in settings.items())
    Path("summariser.toml").write_text(toml, encoding="utf-8")
    progress = Notes()

    report = summariser.summarise("page-900.txt", progress=progress)

    assert "SUMMARISER_API_KEY is not sent to 127.0.0.1" in progress.notes[0]
    assert "SUMMARISER_MODLE is not a setting" in progress.notes[1]
    assert report.notes == tuple(progress.notes)


@pytest.mark.parametrize(
    ("given", "base_url", "model"),
    [
        ({"provider": "ollama", "model": "m"}, "http://127.0.0.1:11434/v1", "m"),
        ({"provider": "Kimi", "model": "m", "api_key": "k"}, "https://api.moonshot.cn/v1", "m"),
        ({"provider": "desk"}, "http://127.0.0.1:8765/v1", "desk"),
        ({"base_url": "http://127.0.0.1:9/v1/", "model": "m"}, "http://127.0.0.1:9/v1", "m"),
    ],
)
def test_settings_alone_lead_where_flags_lead(given: dict[str, Any], base_url: str, model: str) -> None:
    """What a provider has by itself need not be said in either."""
    alone, flags = Settings(**given), parse_settings(given, {})

    assert alone.endpoint() == flags.endpoint().model_copy(update={"key_source": ""})
    assert (alone.endpoint().base_url, alone.endpoint().model) == (base_url, model)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"provider": "nope"}, "^provider: no provider is called 'nope'"),
        ({"provider": "custom"}, "has no address of its own"),
        ({"base_url": "127.0.0.1:9"}, "^base_url is no http or https address"),
        ({"concurrency": 0, "out": ""}, "^concurrency is 0: it must be at least 1; out is '': it must be a path"),
        ({"modle": "m"}, "Settings has unknown settings: 'modle' .did you mean 'model'"),
        ({"api_key": 12345678}, "^api_key is wrong: it must be text"),
    ],
)
def test_settings_that_are_none_are_refused_when_they_are_made(given: dict[str, Any], words: str) -> None:
    """Nothing is asked with them, and no key is shown."""
    with pytest.raises(ConfigError, match=words) as caught:
        Settings(**given)

    assert "12345678" not in "".join(traceback.format_exception(caught.value))


def test_replay_by_rules_of_what_a_model_cut_is_refused_before_a_record_is_replaced(settings: dict[str, Any]) -> None:
    """The rules may cut otherwise, and half of the records would be replaced before a recording is missed."""
    report = summariser.summarise("page-900.txt", record=True, cassettes="recorded", **settings)
    before = {path: path.read_bytes() for path in report.out.rglob("*") if path.is_file()}

    with pytest.raises(ConfigError, match="without rules"):
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
