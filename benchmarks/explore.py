"""What Explore costs: a made-up case base is indexed, opened again, searched, and its pages are asked for.

Everything is measured in one process and one run: the first indexing (records a second), the look whether anything
changed, what starting takes once the index is there, a search, the page of a record, the queue of Review and a record
in it over the application itself, and the largest memory of the process. On a machine that does other things as well,
only the figures of one run compare, and select of CPU.

Run: python benchmarks/explore.py [--records 10000] [--rounds 20]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import httpx2

from summariser.disk.record_text import dump_json
from summariser.places import division
from summariser.schema.codes import Beneficiary, PracticeStatus, Theme
from summariser.schema.record import Record
from summariser.tables import read_table
from summariser.workbench.app import create_app
from summariser.workbench.web import Project

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from making import FULL_LINES, full_reply, make_page, make_test_record  # noqa: E402 - made-up articles live with the tests

PER_PAGE = 10
NEWSPAPERS = ("工人日报", "江城日报", "北湾晚报", None)
QUERIES = ("夜校", "工会", "总工会把课堂开到车间", "纺织", "Evening School", "夜")
HERE = "http://127.0.0.1:8700"


def make_base(out: Path, count: int, *, seed: int = 7) -> None:
    """Records below a folder, of all provinces and themes, as the store keeps them."""
    chance = random.Random(seed)
    record, _ = make_test_record(make_page(FULL_LINES), json.dumps(full_reply(), ensure_ascii=False))
    places = [row["code"] for row in read_table("divisions") if row["level"] == "county"]
    for first in range(0, count, PER_PAGE):
        issued = date(2021, 1, 1) + timedelta(days=chance.randrange(1800))
        folder = out / f"{issued:%Y%m%d}_{first // PER_PAGE:04}"
        folder.mkdir(parents=True)
        for number in range(first, min(first + PER_PAGE, count)):
            one = vary_record(record, chance, places).model_copy(
                update={"page_id": folder.name, "article_id": f"a{number}"}
            )
            source = one.source.model_copy(
                update={"issue_date": issued.isoformat(), "newspaper": NEWSPAPERS[first // PER_PAGE % 4]}
            )
            one = one.model_copy(update={"source": source})
            (folder / f"{one.article_id}.json").write_text(dump_json(one), encoding="utf-8")


def vary_record(record: Record, chance: random.Random, places: Sequence[str]) -> Record:
    """The record with another place, theme, group, state and numbers."""
    case = record.case
    code = chance.choice(places)
    known = division(code)
    place = case.place and case.place.model_copy(update={"code": code, "full_name": known.name if known else None})
    results = tuple(
        each.model_copy(
            update={"quantity": each.quantity.model_copy(update={"value": Decimal(chance.randrange(1, 5000))})}
        )
        if each.quantity
        else each
        for each in case.results
    )
    group = case.beneficiaries[0].model_copy(update={"group": chance.choice(list(Beneficiary))})
    name = known.name if known else ""
    changed = {
        "primary_theme": chance.choice(list(Theme)),
        "practice_status": chance.choice(list(PracticeStatus)),
        "place": place,
        "results": results[: chance.randrange(1, 5)],
        "beneficiaries": (group,),
        "one_line": case.one_line.replace("临河区", name),
    }
    headline = (record.headline or "").replace("临河区", name)
    review = record.review.model_copy(update={"state": chance.choice(["open", "open", "accepted"])})
    return record.model_copy(update={"case": case.model_copy(update=changed), "headline": headline, "review": review})


async def measure(folder: Path, count: int, rounds: int) -> dict[str, float]:
    """All figures, of the application over the records in the folder."""
    os.chdir(folder)
    app = create_app(Project("case base"))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url=HERE, timeout=600) as client:
        began, before = time.perf_counter(), cpu_s()
        while "data-live" in (await client.get("/search")).text:
            pass
        indexed_s, cpu = time.perf_counter() - began, cpu_s() - before

        taken: dict[str, float] = {}  # CPU, in the middle

        async def ask_all(name: str, paths: Sequence[str]) -> list[float]:
            times, cpus = [], []
            for number in range(rounds):
                start, before = time.perf_counter(), cpu_s()
                answer = await client.get(paths[number % len(paths)])
                times.append(1000 * (time.perf_counter() - start))
                cpus.append(1000 * (cpu_s() - before))
                answer.raise_for_status()
            taken[f"{name}_cpu_ms"] = round(statistics.median(cpus), 1)
            return times

        searches = await ask_all("search", [f"/search?q={quote(query)}" for query in QUERIES])
        figures = await ask_all("figures", ["/search?view=figures"])
        pages = sorted(path for path in Path("summaries").glob("*/*.json"))[:: max(count // rounds, 1)]
        records = await ask_all("record", [f"/record/{path.parent.name}/{path.stem}" for path in pages])
        queues = await ask_all("queue", ["/review"])
        reviews = await ask_all("review", [f"/review/{path.parent.name}/{path.stem}" for path in pages])
    return {
        "records": count,
        "indexed_per_s": round(count / indexed_s),
        "indexing_cpu_ms_per_record": round(1000 * cpu / count, 2),
        "search_ms": round(statistics.median(searches), 1),
        "slowest_search_ms": round(max(searches), 1),
        "figures_ms": round(statistics.median(figures), 1),
        "record_ms": round(statistics.median(records), 1),
        "slowest_record_ms": round(max(records), 1),
        "first_queue_ms": round(queues[0], 1),
        "queue_ms": round(statistics.median(queues), 1),
        "review_ms": round(statistics.median(reviews), 1),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "index_mb": round(Path(".summariser/index.db").stat().st_size / 1e6),
        **taken,
    }


def cpu_s() -> float:
    """Seconds that this process and select it started and that have ended took of all cores."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def measure_start(folder: Path) -> dict[str, float]:
    """Seconds from the start of a new workbench to its first page, with the index there, and select of CPU."""
    command = [sys.executable, "-m", "summariser", "serve", "--no-browser", "--port", "0"]
    began, before = time.perf_counter(), cpu_s()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=folder, env=environment) as process:
        said = process.stderr.readline() if process.stderr else ""
        address = next(word for word in said.split() if word.startswith("http"))
        httpx2.get(f"{address}search", timeout=60).raise_for_status()
        took = time.perf_counter() - began
        process.terminate()
    return {"start_s": round(took, 2), "start_cpu_s": round(cpu_s() - before, 2)}


def in_folder(work: Callable[[Path], None]) -> None:
    """Do a piece of work in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        work(Path(folder))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args(arguments)

    def work(folder: Path) -> None:
        make_base(folder / "summaries", options.records)
        found = asyncio.run(measure(folder, options.records, options.rounds))
        print(json.dumps(found | measure_start(folder), indent=2))

    in_folder(work)


if __name__ == "__main__":
    main()
