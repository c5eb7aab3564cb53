"""How fast quantities are read, as time per page of 7,000 characters, against json.loads of the same text.

Run: python benchmarks/quantities.py [PAGE ...]
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from summariser import find_quantities

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 20
CHARACTERS = 7_000


def time_ms(call: Callable[[str], object], texts: Sequence[str]) -> float:
    """Median over the texts, in milliseconds; all differ, because what was read last is remembered."""
    walls = []
    for text in texts:
        start = time.perf_counter()
        call(text)
        walls.append(1000 * (time.perf_counter() - start))
    return statistics.median(walls)


def main() -> None:
    """Measure and print JSON."""
    pages = [Path(name) for name in sys.argv[1:]] or sorted((ROOT / "seeds").glob("*.txt"))
    results = {}
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
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
