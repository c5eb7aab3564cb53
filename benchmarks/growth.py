"""How time grows with size: each reader at 1x, 2x, 4x and 8x of its worst texts, in seconds of the processor.

Run: python benchmarks/growth.py [--write]; with --write the table of docs/benchmarks.md is made anew. A doubling that
costs 2 is linear, 4 is the square.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from summariser import find_quantities, level_of
from summariser.disk.record_text import dump_json, parse_json
from summariser.disk.stored import load_record
from summariser.endpoints.cassette import parse_cassette
from summariser.errors import SummariserError
from summariser.pages.split import read_split
from summariser.pages.split_rules import split_by_rules
from summariser.records.grounding import read_reply
from summariser.reviewing.diff import diff
from summariser.schema.record import Record

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from making import LINES, case_reply, case_text, make_page, make_test_article  # noqa: E402 - the path above leads to it

SIZES = (1, 2, 4, 8)
MOST = 2.3  # for a doubling; above it something grows with more than the size
RECORD = next((ROOT / "summaries" / "page-003").glob("*.json"))
_MARK = "<!-- growth -->\n"


def main() -> int:
    """Measure, print, write the table if that is asked for; 1 if a factor is above `MOST`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    rows = ["| milliseconds for | 1x | 2x | 4x | 8x | a doubling costs |", "| --- | ---: | ---: | ---: | ---: | ---: |"]
    worst = 0.0
    for name, make in PIECES.items():
        seconds = [_best(make(times)) for times in SIZES]
        factor = (seconds[3] / seconds[1]) ** 0.5  # the first doubling is too short to be measured well
        worst = max(worst, factor)
        rows.append(f"| {name} | {' | '.join(f'{each * 1000:,.1f}' for each in seconds)} | {factor:.2f} |")
        print(rows[-1], flush=True)
    if write:
        page = ROOT / "docs" / "benchmarks.md"
        before, _, rest = page.read_text(encoding="utf-8").partition(_MARK)
        after = rest.partition("\n<!-- end of growth -->")[2]
        page.write_text(f"{before}{_MARK}\n{chr(10).join(rows)}\n\n<!-- end of growth -->{after}", encoding="utf-8")
    return 1 if worst > MOST else 0


def _best(work: Callable[[], object]) -> float:
    """The least seconds of the processor that a piece of work took; five goes, or as many as fit a second."""
    least, goes, began = float("inf"), 0, time.process_time()
    while goes < 5 or (goes < 15 and time.process_time() - began < 1):
        gc.collect()
        start = time.process_time()
        with suppress(SummariserError):
            work()
        least, goes = min(least, time.process_time() - start), goes + 1
    return least


def _quantities(text: str) -> Callable[[], object]:
    """Another text at each go, because what was read is remembered."""
    number = itertools.count()
    return lambda: find_quantities(f"{text}，{next(number)}")


def _article(text: str) -> Callable[[], object]:
    """A good reply, read against an article of this text."""
    article = make_test_article((*LINES, text))
    return lambda: read_reply(case_text(), article)


def _split(times: int) -> Callable[[], object]:
    page = make_page(LINES * 20)
    article = {
        "kind": "brief",
        "headline_lines": [1],
        "kicker_lines": [],
        "subhead_lines": [],
        "lines": [[1, 60]] * 2000 * times,
    }
    text = json.dumps({"articles": [article], "noise": []})
    return lambda: read_split(text, page)


def _page(lines: tuple[str, ...], times: int) -> Callable[[], object]:
    page = make_page(tuple(f"{line}{number}" for number in range(times) for line in lines))
    return lambda: split_by_rules(page)


def _record(times: int) -> Record:
    """A record with so many times its results."""
    record = load_record(RECORD)
    return record.model_copy(
        update={"case": record.case.model_copy(update={"results": record.case.results * times * 10})}
    )


def _diff(times: int) -> Callable[[], object]:
    folder = Path(tempfile.mkdtemp())
    new = _record(times)
    changed = tuple(fact.model_copy(update={"text": f"{fact.text}。"}) for fact in new.case.results)
    sides = {"old": new, "new": new.model_copy(update={"case": new.case.model_copy(update={"results": changed})})}
    for side, record in sides.items():
        (folder / side).mkdir()
        (folder / side / "a.json").write_text(dump_json(record), encoding="utf-8")
    return lambda: diff(["old", "new"], folder=folder)


def _twice(times: int) -> Callable[[], object]:
    """The last of many keys again: few enough that the cache of the processor holds them, or it is what is measured."""
    keys = ",".join(f'"k{number}":1' for number in range(500 * times))
    text = f'{{"$schema":"schemas/record/1.json",{keys},"k{500 * times - 1}":2}}'
    return lambda: parse_json(text, Record, path=Path("x.json"))


def _cassette(times: int) -> Callable[[], object]:
    head, mark, rest = (ROOT / "cassettes" / "page-003.yaml").read_text(encoding="utf-8").partition("exchanges:\n")
    text = head + mark + rest * times
    return lambda: parse_cassette(text, Path("x.yaml"))


PIECES: dict[str, Callable[[int], Callable[[], object]]] = {
    "quantities of a report": lambda n: _quantities("服务职工近8万人次，发放补贴300元。" * 100 * n),
    "quantities of `1-1-`": lambda n: _quantities("1-1-" * 500 * n),
    "quantities of `1~`": lambda n: _quantities("1~" * 1000 * n),
    "quantities of letters": lambda n: _quantities("A" * 4000 * n),
    "quantities of `1,000,`": lambda n: _quantities("1,000," * 400 * n),
    "quantities of 一百万": lambda n: _quantities("一百万" * 500 * n),
    "a reply about a long article": lambda n: _article("近200名职工参加夜校，每人补贴300元。" * 50 * n),
    "a reply about zeros": lambda n: _article("0" * 2000 * n),
    "a reply about `1,000,`": lambda n: _article("1,000," * 400 * n),
    "a reply of many results": lambda n: (
        lambda: read_reply(case_text(results=case_reply()["results"] * 50 * n), make_test_article())
    ),
    "a split with a range again and again": _split,
    "a page of bylines, by rules": lambda n: _page(("（记者王小禾）",), 200 * n),
    "a page of headlines and text, by rules": lambda n: _page(
        ("某市总工会开课", "本报讯 近日，职工夜校开课，二百人参加。"), 80 * n
    ),
    "level of an organisation": lambda n: lambda: level_of("河西省临河市集团油田分公司采油厂工会"[-12 * n :] * 2),
    "a record": lambda n: partial(parse_json, dump_json(_record(n)), Record, path=Path("x.json")),
    "a record with a key twice": _twice,
    "a diff": _diff,
    "a cassette": _cassette,
}

if __name__ == "__main__":
    sys.exit(main())
