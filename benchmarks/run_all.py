"""Run every benchmark and write docs/benchmarks.json: figures and ratios of one run on one machine.

Run: make bench
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

from summariser import __version__

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ("startup", "quantities", "locate", "throughput")


def main() -> None:
    """Run them one after the other, so that none disturbs another."""
    results: dict[str, object] = {
        "summariser": __version__,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
    }
    for name in SCRIPTS:
        print(f"{name} ...", flush=True)
        script = ROOT / "benchmarks" / f"{name}.py"
        done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
        results[name] = json.loads(done.stdout)
    target = ROOT / "docs" / "benchmarks.json"
    target.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {target.relative_to(ROOT)}")
    page = ROOT / "benchmarks" / "peers" / "peers_page.py"
    subprocess.run([sys.executable, page], check=True)


if __name__ == "__main__":
    main()
