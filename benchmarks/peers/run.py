"""Measure langextract, instructor, rapidfuzz and the bare openai client beside us; write docs/benchmarks-peers.json.

Run: python3.11 benchmarks/peers/run.py

Makes `.venv-peers` at the root of the checkout, installs `requirements.txt` into it, starts itself there, measures for
some minutes, and brings docs/benchmarks.md into step with the results. No key and no network beyond the package index.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
import time
import venv
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
HOME = ROOT / ".venv-peers"
REQUIREMENTS = HERE / "requirements.txt"
PEERS = ("langextract", "instructor", "openai", "rapidfuzz", "regex", "pydantic")


def main() -> int:
    """Measure, in the environment of the peers."""
    if Path(sys.prefix).resolve() != HOME.resolve():
        return _start_in_own_environment()
    sys.path[:0] = [str(HERE), str(ROOT)]
    from clients import measure_losses, measure_speed, quieten
    from peers_page import compute_ratios, write_page
    from quotes import measure_quotes

    quieten()
    started = time.perf_counter()
    results: dict[str, object] = {
        **_describe_run(),
        "quotes": measure_quotes(_say),
        "throughput": measure_speed(_say),
        "losses": measure_losses(_say),
    }
    results["seconds"] = round(time.perf_counter() - started)
    results["ratios"] = compute_ratios(results)
    target = ROOT / "docs" / "benchmarks-peers.json"
    target.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    write_page(ROOT / "docs")
    _say(f"wrote {target.relative_to(ROOT)} and the tables of docs/benchmarks.md")
    return 0


def _start_in_own_environment() -> int:
    """Make the environment if it is not there or not of these requirements; the exit code of the run in it."""
    python = HOME / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = HOME / "requirements.sha256"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text(encoding="ascii") != wanted:
        _say(f"installing into {HOME.name} ...")
        venv.create(HOME, with_pip=True)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
        subprocess.run([*pip, "--requirement", str(REQUIREMENTS)], check=True)
        stamp.write_text(wanted, encoding="ascii")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([str(python), str(HERE / "run.py")], check=False, env=environment).returncode


def _describe_run() -> dict[str, object]:
    """What was measured, on what, when."""
    from importlib.metadata import version

    from summariser import __version__

    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "note": "Other work ran on the machine at the same time: read the ratios, not the seconds.",
        "versions": {"summariser": __version__, **{name: version(name) for name in PEERS}},
    }


def _say(line: str) -> None:
    """Talk goes to stderr."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
