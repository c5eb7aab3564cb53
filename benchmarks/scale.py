"""How a run grows: made-up pages of ten articles, a local endpoint that answers at once, one process, parts on disk.

For each size: seconds, seconds of the processor of the product alone (the endpoint is a process of its own), and the
most memory that the process had. The sizes run one after the other, each in a process of its own, by the same code as
`summariser run PAGES --out ADDRESS`: pages from a folder, ledger, replies as objects, records with all checks. On the
way, each 10,000 articles (`--every`) are told of on stderr, with the CPU of these alone: it stays the same in a run
whose time is linear, and so does the memory.

Run: nice python benchmarks/scale.py [--articles 2000 --articles 4000 ...] [--every 10000]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from throughput import PER_PAGE, endpoint_process, split_answer

from summariser.api import RunOptions
from summariser.endpoints.config import parse_settings
from summariser.parts import PAGES_AT_ONCE, Job, PartReport, find_parts, run_parts

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from making import LINES, case_text  # noqa: E402 - made-up articles live with the tests

SIZES = [2000, 4000, 8000]
MILLION = 1_000_000


def measure(articles: int, base_url: str, folder: Path, *, every: int) -> dict[str, float]:
    """Run pages with so many articles, telling of each so many; what it took."""
    pages = folder / "pages"
    pages.mkdir()
    for number in range(articles // PER_PAGE):
        lines = (line for k in range(PER_PAGE) for line in (f"{LINES[0]}（{number}-{k}）", *LINES[1:]))
        (pages / f"page-{number:06}.txt").write_text("\n".join(lines), encoding="utf-8")
    flags = {"base_url": base_url, "model": "test-model", "ledger": folder / "ledger.db", "concurrency": 50}
    job = Job(str(folder / "records"), parse_settings(flags, {}), RunOptions())
    wall, cpu, total = time.perf_counter(), time.process_time(), PartReport()
    memory: list[int] = []
    told, told_cpu = 0, cpu
    for report in run_parts(find_parts([pages], pages=PAGES_AT_ONCE)[0], job):
        total += report
        memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        if total.records - told >= every:
            seconds, now = time.perf_counter() - wall, time.process_time()
            own_ms = 1000 * (now - told_cpu) / (total.records - told)
            said = f"{seconds:.0f} s, CPU {own_ms:.2f} ms an article since {told}, {memory[-1] // 1024} MB at most"
            print(f"{total.records} of {articles} articles: {said}", file=sys.stderr, flush=True)
            told, told_cpu = total.records, now
    if (total.records, total.failures, total.paid) != (articles, 0, articles + articles // PER_PAGE):
        raise RuntimeError(f"{articles} articles came to {total}")
    seconds, cpu_s = time.perf_counter() - wall, time.process_time() - cpu
    return {
        "articles": articles,
        "seconds": round(seconds, 1),
        "cpu_s": round(cpu_s, 1),
        "cpu_ms_per_article": round(1000 * cpu_s / articles, 2),
        "mb_after_first_part": memory[0] // 1024,
        "mb_most": memory[-1] // 1024,
    }


def main() -> None:
    """Measure each size in a process of its own, print the rows, and what a million comes to by the last two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, action="append", help="a size; repeatable")
    parser.add_argument("--every", type=int, default=10_000, help="tell of each so many articles")
    parser.add_argument("--base-url", help="measure one size here, against this endpoint")
    options = parser.parse_args()
    if options.base_url:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measure(options.articles[0], options.base_url, Path(folder), every=options.every)))
        return
    rows = [_measure_apart(articles, every=options.every) for articles in options.articles or SIZES]
    if len(rows) > 1:
        low, high = rows[-2:]
        per_article = (high["cpu_s"] - low["cpu_s"]) / (high["articles"] - low["articles"])
        print(f"a million: {per_article * 1000:.2f} ms x 1,000,000 = {per_article * MILLION / 3600:.1f} h of one core")


def _measure_apart(articles: int, *, every: int) -> dict[str, float]:
    """`measure` in a process of its own, against an endpoint of its own."""
    with tempfile.TemporaryDirectory() as folder:
        reply, split = Path(folder) / "reply.json", Path(folder) / "split.json"
        reply.write_text(case_text(), encoding="utf-8")
        split.write_text(split_answer(), encoding="utf-8")
        with endpoint_process("--reply", str(reply), "--split-reply", str(split)) as base_url:
            command = [sys.executable, __file__, "--articles", str(articles), "--base-url", base_url]
            done = subprocess.run([*command, "--every", str(every)], stdout=subprocess.PIPE, text=True, check=True)
    print(done.stdout.strip(), flush=True)
    row: dict[str, float] = json.loads(done.stdout)
    return row


if __name__ == "__main__":
    main()
