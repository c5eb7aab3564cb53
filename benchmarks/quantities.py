"""How fast quantities are read, as time per page of 7,000 characters, against json.loads of the same text.

Run: python benchmarks/quantities.py [PAGE ...]
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from summariser import find_quantities

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 20
CHARACTERS = 7_000


def time_ms(call: Callable[[], object]) -> float:
    """Median of some rounds, in milliseconds."""
    walls = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        walls.append(1000 * (time.perf_counter() - start))
    return statistics.median(walls)


def main() -> None:
    """Measure and print JSON."""
    pages = [Path(name) for name in sys.argv[1:]] or sorted((ROOT / "seeds").glob("*.txt"))
    results = {}
    for page in pages:
        text = page.read_text(encoding="utf-8")
        scale = CHARACTERS / len(text)
        ours = time_ms(partial(find_quantities, text)) * scale
        floor = time_ms(partial(json.loads, json.dumps(text))) * scale
        results[page.name] = {
            "quantities": len(find_quantities(text)),
            "ms_per_7000_characters": round(ours, 2),
            "ratio_to_json_loads": round(ours / floor),
        }
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
