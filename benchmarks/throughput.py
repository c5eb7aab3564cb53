"""How close the client comes to the endpoint's own pace: efficiency = ideal / measured wall time.

The endpoint answers every request after a fixed time, in a process of its own. Three things are measured: the client,
the whole road (requests built, replies in the ledger, every fact checked, records written and flushed to disk), and the
bare openai client. Ideal is the time of a client that costs nothing: requests / concurrency * latency. The bare openai
client is measured in the same run, in turn with ours, because absolute times on a shared machine say little; it sends
the very questions that the road asks about its articles. Every round opens its connections anew, as a run does, and the
best round counts: the others say what else the machine did. Garbage is collected between rounds, so that nobody pays
for what another left. A second load has 30 % of 429s, where what counts is that nothing is lost; a third has no
latency, so that its CPU is that of a client at full speed.

Run: python benchmarks/throughput.py [--requests 200] [--concurrency 50] [--latency 0.2] [--rounds 3]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

from summariser.disk.ledger import open_ledger
from summariser.disk.store import Store
from summariser.endpoints.client import OpenAIClient
from summariser.endpoints.endpoint import Capability, Endpoint, build_body
from summariser.pages.split import read_split
from summariser.pipeline import Progress, Resources, run_pages
from summariser.prompt import PromptSettings, case_request, load_prompt
from summariser.schema.exchange import OutputMode, Request
from summariser.schema.page import Page

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from making import LINES, case_text, make_page, make_plan  # noqa: E402 - made-up articles live with the tests

PER_PAGE = 10
ROAD = "summariser, the whole road"
ARTICLE = "市总工会组织职工代表走访企业，听取意见，帮助解决实际困难。" * 40  # of peers that have no prompt of ours


@dataclass(frozen=True)
class Load:
    """What is asked of a client."""

    base_url: str
    requests: int
    concurrency: int
    latency_s: float

    @property
    def ideal_s(self) -> float:
        """The wall time of a client that costs nothing."""
        return math.ceil(self.requests / self.concurrency) * self.latency_s


@dataclass(frozen=True)
class Measurement:
    """The best and the median of some rounds."""

    name: str
    replies: int
    best_s: float
    median_s: float
    efficiency: float
    cpu_ms_per_request: float


Runner = Callable[[Load], Awaitable[int]]  # sends the load and says how many replies came


@cache
def make_requests(count: int) -> tuple[Request, ...]:
    """The questions about articles that the whole road asks; made once, because only to send them is measured."""
    prompt, settings = load_prompt("case_study"), _settings("")
    splits = (read_split(split_answer(), page) for page in make_pages(count))
    return tuple(case_request(article, prompt, settings) for split in splits for article in split.own_articles)


async def run_client(load: Load) -> int:
    """Our client: gate, budgets, reading of replies and all."""
    endpoint = Endpoint(
        base_url=load.base_url,
        model="test-model",
        known_mode=OutputMode.JSON_SCHEMA,
        concurrency=load.concurrency,
    )
    async with OpenAIClient(endpoint) as client:
        replies = await asyncio.gather(*map(client.complete, make_requests(load.requests)))
    return sum(bool(reply.text) for reply in replies)


async def run_bare_sdk(load: Load, *, retries: int = 0) -> int:
    """The openai client with a semaphore and nothing else, as most scripts have it; what fails is lost."""
    import openai

    semaphore = asyncio.Semaphore(load.concurrency)
    capability = Capability(mode=OutputMode.JSON_SCHEMA)

    async with openai.AsyncOpenAI(api_key="none", base_url=load.base_url, max_retries=retries) as client:

        async def ask(request: Request) -> bool:
            async with semaphore:
                body = build_body(request, capability, max_tokens=request.max_tokens)
                completion = await client.chat.completions.create(**body)
                return bool(completion.choices[0].message.content)

        answers = await asyncio.gather(*map(ask, make_requests(load.requests)), return_exceptions=True)
        return sum(answer is True for answer in answers)


async def run_road(load: Load, *, folder: Path) -> int:
    """The whole road from pages to records on disk: split, ask, check, keep. Ten articles a page."""
    endpoint = Endpoint(
        base_url=load.base_url,
        model="test-model",
        known_mode=OutputMode.JSON_SCHEMA,
        concurrency=load.concurrency,
    )
    place = Path(tempfile.mkdtemp(dir=folder))
    with open_ledger(place / "ledger.db") as ledger:
        async with OpenAIClient(endpoint) as client:
            plan = make_plan(ledger, now=datetime.now(UTC), repairs=0, pages_at_once=load.requests, settings=_settings)
            resources = Resources(client, Store(place / "summaries"), ledger, None)
            outcome = await run_pages(make_pages(load.requests), resources, plan, Progress())
    records = [article.record for page in outcome.pages for article in page.articles]
    return sum(record is not None and not record.needs_review for record in records)


def _settings(_page_id: str) -> PromptSettings:
    return PromptSettings(model="test-model", temperature=0.0, max_tokens=8000)


def make_pages(count: int) -> list[Page]:
    """Pages of ten articles, all different in their headlines, all answered by the same reply."""
    pages = []
    for number in range(0, count, PER_PAGE):
        lines = [line for k in range(PER_PAGE) for line in (f"{LINES[0]}（{number + k}）", *LINES[1:])]
        pages.append(make_page(lines, name=f"page-{number:04}.txt"))
    return pages


def split_answer() -> str:
    """The right split of such a page."""
    step = len(LINES)
    articles = [
        {
            "kind": "brief",
            "headline_lines": [k * step + 1],
            "kicker_lines": [],
            "subhead_lines": [],
            "lines": [[k * step + 1, (k + 1) * step]],
        }
        for k in range(PER_PAGE)
    ]
    return json.dumps({"articles": articles, "noise": []})


def measure(runners: dict[str, Runner], load: Load, *, rounds: int) -> list[Measurement]:
    """Run every runner once to warm up, then `rounds` times in turn."""
    walls: dict[str, list[float]] = {name: [] for name in runners}
    cpus: dict[str, list[float]] = {name: [] for name in runners}
    counts: dict[str, int] = {}
    for turn in range(rounds + 1):
        for name, runner in runners.items():
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            counts[name] = asyncio.run(_run(runner, load))
            if turn:
                walls[name].append(time.perf_counter() - wall)
                cpus[name].append(time.process_time() - cpu)
    return [
        Measurement(
            name=name,
            replies=counts[name],
            best_s=round(min(walls[name]), 3),
            median_s=round(statistics.median(walls[name]), 3),
            efficiency=round(_ideal_s(name, load) / min(walls[name]), 3),
            cpu_ms_per_request=round(1000 * min(cpus[name]) / load.requests, 2),
        )
        for name in runners
    ]


def _ideal_s(name: str, load: Load) -> float:
    """The wall time of a client that costs nothing; the road waits for the splits first, all of them side by side."""
    return load.ideal_s + (load.latency_s if name == ROAD else 0.0)


@contextmanager
def endpoint_process(*arguments: str) -> Iterator[str]:
    """The faulty endpoint in a process of its own; gives its base URL."""
    command = [sys.executable, str(ROOT / "tests" / "faulty_endpoint.py"), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise RuntimeError("the endpoint did not start")
            yield line.strip()
        finally:
            process.terminate()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--concurrency", type=int, default=50)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    steady = _compare(options, run_bare_sdk, latency_s=options.latency)
    limited = _compare(options, partial(run_bare_sdk, retries=2), latency_s=options.latency, throttled=0.3)
    busy = _compare(options, run_bare_sdk, latency_s=0.0)
    print(json.dumps({"steady": steady, "with 30 % of 429": limited, "without latency": busy}, indent=2))


def _compare(
    options: argparse.Namespace, bare: Runner, *, latency_s: float, throttled: float = 0.0
) -> dict[str, object]:
    """Both clients against one endpoint."""
    arguments = ["--latency", str(latency_s), "--share", f"throttle={throttled}"]
    with tempfile.TemporaryDirectory() as folder:
        reply = Path(folder) / "reply.json"
        reply.write_text(case_text(), encoding="utf-8")
        split = Path(folder) / "split.json"
        split.write_text(split_answer(), encoding="utf-8")
        with endpoint_process(*arguments, "--reply", str(reply), "--split-reply", str(split)) as base_url:
            load = Load(base_url, options.requests, options.concurrency, latency_s)
            runners: dict[str, Runner] = {
                ROAD: partial(run_road, folder=Path(folder)),
                "summariser, client only": run_client,
                "bare openai": bare,
            }
            results = measure(runners, load, rounds=options.rounds)
    road, _, sdk = results
    return {
        "requests": load.requests,
        "concurrency": load.concurrency,
        "ideal_s": load.ideal_s,
        "CPU of an article / of a bare request": round(road.cpu_ms_per_request / sdk.cpu_ms_per_request, 2),
        "results": [asdict(result) for result in results],
    }


async def _run(runner: Runner, load: Load) -> int:
    """A coroutine around the runner, as asyncio.run wants it."""
    return await runner(load)


if __name__ == "__main__":
    main()
