"""Fuzz everything that is read from elsewhere: no traceback, and no case over a second.

usage: python scripts/fuzz.py [--cases 20000] [--seed N] [TARGET ...]

A good document of each kind is damaged at random, in its text and its structure, and read. A `SummariserError` is an
answer, any other exception is a fault. Faults are printed with the number that makes the same case again, and exit 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from fuzzing import TARGETS, make_case, make_cell

from summariser.disk.record_text import OlderRecordWarning
from summariser.errors import SummariserError

LIMIT_S = 1.0


def main() -> int:
    """Run the targets one after the other and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[[], *TARGETS], metavar="TARGET")
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("ignore", OlderRecordWarning)
    faults = 0
    for name in options.targets or TARGETS:
        faults += _run(name, options.cases, options.seed)
    return 1 if faults else 0


def _run(name: str, cases: int, seed: int) -> int:
    """How many faults a target has."""
    read, examples = TARGETS[name]
    faults = refused = 0
    slowest = 0.0
    for number in range(seed, seed + cases):
        case = (make_case if examples else make_cell)(examples, random.Random(number))
        began = time.process_time()
        try:
            read(case)
        except SummariserError:
            refused += 1
        except Exception:  # noqa: BLE001 - what nobody foresaw is what is looked for
            faults += 1
            print(f"{name} {number}: {traceback.format_exc(limit=-4)}")
        taken = time.process_time() - began
        slowest = max(slowest, taken)
        if taken > LIMIT_S:
            faults += 1
            print(f"{name} {number}: {taken:.1f} s")
    print(
        f"{name}: {cases:,} cases, {refused:,} refused, {faults} faults, slowest {slowest * 1000:,.0f} ms", flush=True
    )
    return faults


if __name__ == "__main__":
    sys.exit(main())
