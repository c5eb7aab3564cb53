"""What commands cost over many records: the seeds, each page as often as it takes, and each command on them.

Of each command: seconds of the processor (of all its processes), seconds, the largest memory of one process, and what
it wrote. On a machine that does other things as well, read the processor.

Run: python benchmarks/many.py [--records 4200] [check] [report] [corrections] [export]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from summariser.disk.record_text import dump_json, seal
from summariser.disk.stored import load_manifest, load_records

ROOT = Path(__file__).parents[1]
COMMANDS = {
    "check": ("check", "summaries"),
    "report": ("report", "summaries", "-o", "written"),
    "corrections": ("corrections", "summaries"),
    "export": ("export", "summaries", "--to", "xlsx", "-o", "written.xlsx"),
}


def multiply_seeds(folder: Path, records: int) -> int:
    """The seeds in a folder, with pages and manifests, under as many names as make so many records; how many."""
    made = 0
    (folder / "seeds").mkdir()
    manifests = [load_manifest(path) for path in sorted((ROOT / "summaries").glob("*.page.json"))]
    stored = {each.page_id: load_records(ROOT / "summaries" / each.page_id) for each in manifests}
    numbers = count()
    while made < records:
        number = next(numbers)
        for manifest in manifests:
            page_id = f"{manifest.page_id}-{number:04}"
            source, out = f"seeds/{page_id}.txt", folder / "summaries" / page_id
            (folder / source).write_bytes((ROOT / manifest.source).read_bytes())
            out.mkdir(parents=True)
            text = dump_json(manifest.model_copy(update={"page_id": page_id, "source": source}))
            out.with_name(f"{page_id}.page.json").write_text(text, encoding="utf-8")
            for record in stored[manifest.page_id]:
                provenance = record.provenance.model_copy(update={"source": source})
                one = seal(record.model_copy(update={"page_id": page_id, "provenance": provenance}))
                (out / f"{one.article_id}.json").write_text(dump_json(one), encoding="utf-8")
            made += len(stored[manifest.page_id])
    return made


def measure(folder: Path, command: Sequence[str]) -> dict[str, float]:
    """What a command costs in a folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "summariser", *command], cwd=folder, env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
    written = [path for path in folder.glob("written*/**/*") if path.is_file()] + list(folder.glob("written.*"))
    figures = {
        "cpu_s": round(used.ru_utime + used.ru_stime, 1),
        "seconds": round(time.perf_counter() - began, 1),
        "memory_mb": round(used.ru_maxrss / 1024),
    }
    return figures | ({"written_mb": round(sum(path.stat().st_size for path in written) / 1e6, 1)} if written else {})


def main() -> None:
    """Measure and print the result as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commands", nargs="*", choices=[*COMMANDS, []], default=[])
    parser.add_argument("--records", type=int, default=4200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = multiply_seeds(folder, options.records)
        for command in options.commands or COMMANDS:
            found = measure(folder, COMMANDS[command])
            print(json.dumps({"command": command, "records": made, **found}), flush=True)


if __name__ == "__main__":
    main()
