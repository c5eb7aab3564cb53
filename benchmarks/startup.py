"""How long the command line takes to answer, against a bare Python and a bare import of the openai client.

Run: python benchmarks/startup.py [--rounds 9]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "summariser --help": ["-m", "summariser", "--help"],
    "summariser --version": ["-m", "summariser", "--version"],
    "import openai": ["-c", "import openai"],
}


def measure(command: Sequence[str], *, rounds: int, folder: Path) -> float:
    """Median wall time in milliseconds, after one round to warm the disk."""
    walls = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        subprocess.run([sys.executable, *command], check=False, capture_output=True, cwd=folder, env=os.environ)
        walls.append(1000 * (time.perf_counter() - start))
    return round(statistics.median(walls[1:]), 1)


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        milliseconds = {
            name: measure(command, rounds=rounds, folder=Path(folder)) for name, command in COMMANDS.items()
        }
    replay = ["-m", "summariser", "run", "seeds/*.txt", "--replay", "--quiet"]
    with tempfile.TemporaryDirectory() as out:
        replay_ms = measure([*replay, "--out", out], rounds=min(rounds, 3), folder=ROOT)
    print(json.dumps({"median_ms": milliseconds, "replay of the five seeds, ms": replay_ms}, indent=2))


if __name__ == "__main__":
    main()
