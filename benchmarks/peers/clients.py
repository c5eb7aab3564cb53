"""How fast clients are against one slow endpoint, and what they lose against a faulty one.

Ours and the bare openai client are those of `benchmarks/throughput.py`; the endpoint is `tests/faulty_endpoint.py` in a
process of its own. Every client is set up as its documentation shows, with its own default retries, and gets the same
200 articles; instructor reads the replies into our `CaseReply`, langextract into its own kind of reply, which it also
aligns with the article, as our whole road does. The road also asks for the split of every page of ten articles, 20
requests more. What does not come back as a usable result is lost.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypedDict

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "tests")]  # scripts and made-up articles are no packages
from making import case_text  # noqa: E402 - benchmarks are scripts, not a package
from throughput import (  # noqa: E402
    ARTICLE,
    ROAD,
    Load,
    Measurement,
    Runner,
    endpoint_process,
    make_requests,
    measure,
    run_bare_sdk,
    run_client,
    run_road,
    split_answer,
)

from summariser.reply import CaseReply  # noqa: E402

OURS = "summariser, client only"
BARE = "bare openai"
REQUESTS = 200
CONCURRENCY = 50
LATENCY_S = 0.2
FAULTY_LATENCY_S = 0.05
ROUNDS = 3
SDK_RETRIES = 2  # the openai client's own default
FAULTS = {"throttle": 0.30, "server_error": 0.05, "drop": 0.05, "cut_json": 0.10}
RETRY_AFTER_S = "1"
ACTION = "市总工会组织职工代表走访企业"  # stands in ARTICLE


class Speed(TypedDict):
    """One client against the endpoint that answers after a fixed time; efficiency is ideal / best wall time."""

    replies: int
    best_s: float
    all_s: list[float]
    efficiency: float
    cpu_ms_per_request: float


class Losses(TypedDict):
    """One client against the faulty endpoint, round by round; `error` is what it raised as a whole, if it did."""

    lost: list[int]
    seconds: list[float]
    error: str | None


def quieten() -> None:
    """Silence what peers say about every loose alignment and failed attempt, in this process."""
    warnings.filterwarnings("ignore", category=UserWarning, module="langextract")
    logging.disable(logging.CRITICAL)


def measure_speed(say: Callable[[str], None]) -> dict[str, Speed]:
    """Wall time and efficiency of every client, in turn, each time in a new process and after a round to warm up.

    A process of its own, because what one library leaves in memory slows the collector for the next.
    """
    results: dict[str, list[Measurement]] = {name: [] for name in (ROAD, OURS, BARE, "instructor", "langextract")}
    with _endpoints("--latency", str(LATENCY_S)) as urls:
        for turn in range(ROUNDS):
            for name, measurements in results.items():
                say(f"throughput {turn + 1}: {name}")
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                    measurements.append(pool.submit(_measure_alone, name, urls).result())
    return {name: _as_speed(measurements) for name, measurements in results.items()}


def measure_losses(say: Callable[[str], None]) -> dict[str, Losses]:
    """What every client loses of 200 articles, three times; faults differ from round to round."""
    faults = [part for name, share in FAULTS.items() for part in ("--share", f"{name}={share}")]
    arguments = ("--latency", str(FAULTY_LATENCY_S), "--retry-after", RETRY_AFTER_S, *faults)
    losses: dict[str, Losses] = {}
    with tempfile.TemporaryDirectory() as folder:
        named: list[tuple[str, Runner, int]] = [
            (name, runner, 0) for name, runner in _case_runners(Path(folder), retries=SDK_RETRIES).items()
        ]
        named += [("langextract", run_langextract, 1), ("langextract, a job per article", run_langextract_apart, 1)]
        for name, runner, side in named:
            say(f"losses: {name}")
            with _endpoints(*arguments) as urls:  # anew, so that all meet the same faults
                losses[name] = _lose(runner, _load(urls[side], FAULTY_LATENCY_S))
    return losses


async def run_instructor(load: Load) -> int:
    """The instructor client in the mode that sends a schema, with its default of three attempts at a valid reply."""
    import openai

    instructor = import_module("instructor")  # lives in the environment of the peers, unknown to mypy
    semaphore = asyncio.Semaphore(load.concurrency)
    async with openai.AsyncOpenAI(api_key="none", base_url=load.base_url) as sdk:
        client = instructor.from_openai(sdk, mode=instructor.Mode.JSON_SCHEMA)

        async def ask(messages: list[dict[str, str]]) -> bool:
            async with semaphore:
                case = await client.chat.completions.create(
                    model="test-model", messages=messages, response_model=CaseReply, temperature=0.0, max_tokens=8000
                )
                return isinstance(case, CaseReply)

        questions = [
            [message.model_dump(mode="json") for message in request.messages]
            for request in make_requests(load.requests)
        ]
        answers = await asyncio.gather(*map(ask, questions), return_exceptions=True)
    return sum(answer is True for answer in answers)


async def run_langextract(load: Load) -> int:
    """One langextract job for all articles and as many workers as may be in flight."""
    documents = await asyncio.to_thread(_extract, load, list(range(load.requests)), load.requests)
    return sum(bool(document.extractions) for document in documents)


async def run_langextract_apart(load: Load) -> int:
    """A langextract job for each article, so that one that raises takes no other with it."""

    def ask(number: int) -> bool:
        return bool(_extract(load, [number], 1)[0].extractions)

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(load.concurrency) as pool:
        jobs = [loop.run_in_executor(pool, ask, number) for number in range(load.requests)]
        answers = await asyncio.gather(*jobs, return_exceptions=True)
    return sum(answer is True for answer in answers)


def _extract(load: Load, numbers: Sequence[int], batch_length: int) -> list[Any]:
    """What langextract makes of the articles of these numbers; each is one request."""
    langextract, tokenizer = import_module("langextract"), import_module("langextract.core.tokenizer")
    example = langextract.data.ExampleData(
        text="区总工会举办培训班。",
        extractions=[langextract.data.Extraction("action", "举办培训班", attributes={})],
    )
    config = langextract.factory.ModelConfig(
        model_id="test-model",
        provider="OpenAILanguageModel",
        provider_kwargs={"api_key": "none", "base_url": load.base_url, "max_workers": load.concurrency},
    )
    found = langextract.extract(
        [langextract.data.Document(f"[{number}] {ARTICLE}", document_id=str(number)) for number in numbers],
        prompt_description="找出工会的做法。",
        examples=[example],
        config=config,
        max_char_buffer=10_000,  # an article is not to be cut
        batch_length=batch_length,
        max_workers=load.concurrency,
        tokenizer=tokenizer.UnicodeTokenizer(),
        show_progress=False,
    )
    return list(found)


def _case_runners(folder: Path, *, retries: int) -> dict[str, Runner]:
    """The clients that are answered with a case."""
    return {
        ROAD: partial(run_road, folder=folder),
        OURS: run_client,
        BARE: partial(run_bare_sdk, retries=retries),
        "instructor": run_instructor,
    }


def _measure_alone(name: str, urls: tuple[str, str]) -> Measurement:
    """One round of one client."""
    quieten()
    with tempfile.TemporaryDirectory() as folder:
        runners = {**_case_runners(Path(folder), retries=0), "langextract": run_langextract}
        load = _load(urls[name == "langextract"], LATENCY_S)
        return measure({name: runners[name]}, load, rounds=1)[0]


def _lose(runner: Runner, load: Load) -> Losses:
    """Some rounds against the faulty endpoint."""
    losses: Losses = {"lost": [], "seconds": [], "error": None}
    for _ in range(ROUNDS):
        started = time.perf_counter()
        kept, error = _run_once(runner, load)
        losses["lost"].append(load.requests - kept)
        losses["seconds"].append(round(time.perf_counter() - started, 2))
        losses["error"] = error or losses["error"]
    return losses


def _run_once(runner: Runner, load: Load) -> tuple[int, str | None]:
    """How many results a client brings home; a job that raises brings none."""

    async def run() -> int:
        return await runner(load)

    try:
        return asyncio.run(run()), None
    except Exception as error:  # noqa: BLE001 - whatever a foreign client raises is the result here
        return 0, type(error).__name__


@contextmanager
def _endpoints(*arguments: str) -> Iterator[tuple[str, str]]:
    """Two endpoints that differ in what they reply: a case, or an extraction as langextract wants it."""
    extraction = json.dumps({"extractions": [{"action": ACTION, "action_attributes": {}}]}, ensure_ascii=False)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        replies = {"case": case_text(), "split": split_answer(), "extraction": extraction}
        paths = {name: Path(folder) / f"{name}.json" for name in replies}
        for name, path in paths.items():
            path.write_text(replies[name], encoding="utf-8")
        split = ("--split-reply", str(paths["split"]))  # our road asks for the articles of a page first
        ours = stack.enter_context(endpoint_process(*arguments, "--reply", str(paths["case"]), *split))
        yield ours, stack.enter_context(endpoint_process(*arguments, "--reply", str(paths["extraction"])))


def _load(base_url: str, latency_s: float) -> Load:
    """The load everybody gets."""
    return Load(base_url, REQUESTS, CONCURRENCY, latency_s)


def _as_speed(results: Sequence[Measurement]) -> Speed:
    """The best of some rounds: what else runs on a shared machine only ever slows a round down."""
    best = min(results, key=lambda result: result.best_s)
    return {
        "replies": min(result.replies for result in results),
        "best_s": best.best_s,
        "all_s": [result.best_s for result in results],
        "efficiency": best.efficiency,
        "cpu_ms_per_request": min(result.cpu_ms_per_request for result in results),
    }
