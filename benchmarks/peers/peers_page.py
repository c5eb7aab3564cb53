"""Keep the tables of docs/benchmarks.md in step with docs/benchmarks.json (ours) and docs/benchmarks-peers.json.

Run: python benchmarks/peers/peers_page.py [--check] [--docs DIR]

A table stands between `<!-- table: NAME -->` and `<!-- end -->`; the prose around it is written by hand. With --check
nothing is written, and exit status 1 says that a table is out of step. Needs nothing but Python.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
US = "summariser"
ROAD = "summariser, the whole road"
BARE = "bare openai"
KINDS = {
    "exact": "as printed",
    "misread": "misread",
    "wrapped": "over a line end",
    "absent": "other page: refused",
    "invented": "invented: refused",
}
BLOCK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

Results = Mapping[str, Any]


def compute_ratios(peers: Results) -> dict[str, dict[str, float]]:
    """What the figures say against each other, so that the machine drops out.

    Units: `quote_time` is the time of all quotes over ours; `efficiency` is that of the bare openai client in the same
    run, as 1; `kept` is the share of articles that came back over all rounds at the faulty endpoint.
    """
    quotes, speed, losses = peers["quotes"], peers["throughput"], peers["losses"]
    ours_s, bare = quotes[US]["seconds"], speed[BARE]["efficiency"]
    return {
        "quote_time": {name: round(score["seconds"] / ours_s, 2) for name, score in quotes.items()},
        "efficiency": {name: round(client["efficiency"] / bare, 2) for name, client in speed.items()},
        "kept": {name: round(_share_kept(client["lost"], speed), 3) for name, client in losses.items()},
    }


def render_page(page: str, peers: Results, ours: Results | None) -> str:
    """The page with its tables made anew.

    Errors: KeyError if it has a table of an unknown name.
    """
    tables = {
        "versions": _table_of_versions(peers),
        "quotes": _table_of_quotes(peers),
        "throughput": _table_of_speed(peers),
        "losses": _table_of_losses(peers),
        "ours": _table_of_ours(ours) if ours else "Not measured yet: `make bench`.\n",
    }
    return BLOCK.sub(lambda block: f"{block[1]}\n{tables[block[2]]}\n{block[3]}", page)


def write_page(docs: Path) -> None:
    """Bring the page of a folder into step with the figures beside it."""
    target = docs / "benchmarks.md"
    target.write_text(_render_folder(docs), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the tables, or say whether they are in step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs")
    options = parser.parse_args(arguments)
    if not options.check:
        write_page(options.docs)
        return 0
    if (options.docs / "benchmarks.md").read_text(encoding="utf-8") == _render_folder(options.docs):
        return 0
    print("docs/benchmarks.md is out of step; run: python benchmarks/peers/peers_page.py", file=sys.stderr)
    return 1


def _render_folder(docs: Path) -> str:
    """The page of a folder as its figures want it."""
    peers = json.loads((docs / "benchmarks-peers.json").read_text(encoding="utf-8"))
    ours = docs / "benchmarks.json"
    figures = json.loads(ours.read_text(encoding="utf-8")) if ours.is_file() else None
    return render_page((docs / "benchmarks.md").read_text(encoding="utf-8"), peers, figures)


def _share_kept(lost: Sequence[int], speed: Results) -> float:
    """The share of articles that came back; as many were sent in each round as for the throughput."""
    sent: int = max(client["replies"] for client in speed.values()) * len(lost)
    return 1 - sum(lost) / sent


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; all columns but the first are figures."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "".join(f"| {' | '.join(map(str, row))} |\n" for row in (head, rule, *rows))


def _table_of_versions(peers: Results) -> str:
    """What was measured on what."""
    versions = ", ".join(f"{name} {version}" for name, version in peers["versions"].items())
    return (
        f"{peers['date']}, Python {peers['python']}, {peers['cores']} cores ({peers['machine']}), "
        f"{peers['seconds']} s in all: {versions}. {peers['note']}\n"
    )


def _table_of_quotes(peers: Results) -> str:
    """Right of all per kind, what went wrong, and the time."""
    ratios = compute_ratios(peers)["quote_time"]
    rows = [
        [
            name,
            *(score["right"][kind] for kind in KINDS),
            score["inexact"],
            score["placed_falsely"],
            score["seconds"],
            _times(ratios[name]),
        ]
        for name, score in peers["quotes"].items()
    ]
    return _table(["right intervals", *KINDS.values(), "inexact", "placed falsely", "seconds", "time / ours"], rows)


def _table_of_speed(peers: Results) -> str:
    """Efficiency of every client, and against the bare one."""
    ratios = compute_ratios(peers)["efficiency"]
    rows = [
        [
            name,
            c["replies"],
            ", ".join(map(str, c["all_s"])),
            f"{c['efficiency']:.2f}",
            f"{ratios[name]:.2f}",
            c["cpu_ms_per_request"],
        ]
        for name, c in peers["throughput"].items()
    ]
    return _table(["client", "replies", "seconds, by round", "efficiency", "/ bare openai", "CPU ms per request"], rows)


def _table_of_losses(peers: Results) -> str:
    """Articles lost in each round."""
    kept = compute_ratios(peers)["kept"]
    rows = [
        [
            name,
            ", ".join(map(str, client["lost"])),
            f"{kept[name]:.1%}".replace("%", " %"),
            ", ".join(map(str, client["seconds"])),
            client["error"] or "",
        ]
        for name, client in peers["losses"].items()
    ]
    return _table(["client", "lost, by round", "kept", "seconds, by round", "the job raised"], rows)


def _table_of_ours(ours: Results) -> str:
    """The figures of `make bench`, most of them as ratios."""
    startup, locate = ours["startup"]["median_ms"], ours["locate"]
    steady = {result["name"]: result for result in ours["throughput"]["steady"]["results"]}
    limited = {result["name"]: result for result in ours["throughput"]["with 30 % of 429"]["results"]}
    quantities = [
        page["ms_per_7000_characters"] for name, page in ours["quantities"].items() if name != "growth_per_doubling"
    ]
    help_ms, import_ms = startup["summariser --help"], startup["import openai"]
    forty = [page["times_ms"]["forty"] for page in locate["pages"].values()]
    found = ", ".join(f"{kind} {share}" for kind, share in locate["total"].items() if kind != "placed_wrongly")
    rows = [
        ["`summariser --help`", f"{help_ms:.0f} ms, {help_ms / import_ms:.2f} of `import openai`"],
        ["five seeds from their recordings", f"{ours['startup']['replay of the five seeds, ms']:.0f} ms"],
        ["quantities of 7,000 characters", f"{min(quantities)} to {max(quantities)} ms"],
        ["forty quotes in a page", f"{min(forty)} to {max(forty)} ms"],
        ["right of all quotes", f"{found}; placed wrongly {locate['total']['placed_wrongly']}"],
        [
            "efficiency of the whole road / bare openai",
            f"{steady[ROAD]['efficiency'] / steady[BARE]['efficiency']:.2f}",
        ],
        [
            "at 30 % of 429: records of 200, ours and bare openai",
            f"{limited[ROAD]['replies']} and {limited[BARE]['replies']}",
        ],
    ]
    return _table(["summariser " + str(ours["summariser"]), "figure"], rows)


def _times(ratio: float) -> str:
    """A ratio as it is spoken."""
    return f"{ratio:.0f} x" if ratio >= 10 else f"{ratio:.1f} x"


if __name__ == "__main__":
    raise SystemExit(main())
