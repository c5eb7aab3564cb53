"""How fast quantities are read: time per page of 7,000 characters, against json.loads of the same text, and growth.

Growth is the time for a text of twice the length, over lengths of 25,000 to 100,000 characters, for texts that repeat
what a careless reader would look at again and again; 2 is linear.

Run: python benchmarks/quantities.py [PAGE ...]
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from summariser import find_quantities

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 20
CHARACTERS = 7_000
HOSTILE = (
    "1-1-1-",
    "1~",
    "1—",
    "A",
    "1,000,",
    "0",
    "1，",
    "1、",
    "十几",
    "三、四",
    "3家政府",
    "3元5角",
    "每人",
    "$1 $",
)
LENGTHS = (25_000, 50_000, 100_000)


def time_ms(call: Callable[[str], object], texts: Sequence[str]) -> float:
    """Median over the texts, in milliseconds; all differ, because what was read last is remembered."""
    walls = []
    for text in texts:
        start = time.perf_counter()
        call(text)
        walls.append(1000 * (time.perf_counter() - start))
    return statistics.median(walls)


def growth(piece: str) -> float:
    """The largest factor by which the time grows when a text of one repeated piece doubles."""
    walls = []
    for length in LENGTHS:
        times = []
        for end in "。；！":  # texts that differ, because what was read last is remembered
            start = time.process_time()
            find_quantities(piece * (length // len(piece)) + end)
            times.append(time.process_time() - start)
        walls.append(min(times))
    return round(max(large / small for small, large in pairwise(walls)), 2)


def main() -> None:
    """Measure and print JSON."""
    pages = [Path(name) for name in sys.argv[1:]] or sorted((ROOT / "seeds").glob("*.txt"))
    results: dict[str, object] = {}
    for page in pages:
        text = page.read_text(encoding="utf-8")
        scale = CHARACTERS / len(text)
        texts = [f"{text}\n{number}" for number in range(ROUNDS)]
        ours = time_ms(find_quantities, texts) * scale
        floor = time_ms(json.loads, [json.dumps(each) for each in texts]) * scale
        results[page.name] = {
            "quantities": len(find_quantities(text)),
            "ms_per_7000_characters": round(ours, 2),
            "ratio_to_json_loads": round(ours / floor),
        }
    results["growth_per_doubling"] = {piece: growth(piece) for piece in HOSTILE}
    print(json.dumps(results, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
