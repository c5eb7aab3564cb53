"""What a run would send and may cost, as a table or as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

import click

from summariser.api import PlannedRequest
from summariser.cli.terminal import make_console, print_table, styled
from summariser.endpoints.budget import Price, add_costs, spell_money
from summariser.readers.door import Batch

_PAGES_SHOWN = 20  # nobody reads a row for each of hundreds
_COLUMNS = ["requests", "to send", "in", "out"]
_RECKONED = (
    "Articles are those of the rules; the model may cut a page otherwise. Tokens are reckoned by kinds of characters,"
    " fitted to the tokenizers of DeepSeek and Qwen; repairs, thinking and cached prefixes are not reckoned with."
)


def show_plan(
    planned: Sequence[PlannedRequest], found: Batch, price: Price | None, *, as_json: bool, show_all: bool
) -> None:
    """Print what would be sent and may be spent: the sums of the largest pages, or each request."""
    if as_json:
        rows = [_as_json(item, price) for item in planned]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    console = make_console()
    all_sums: Counter[str] = Counter()
    sums: dict[str, Counter[str]] = {}
    for item in planned:
        sums.setdefault(item.request.page_id, Counter()).update(_counted(item))
        all_sums.update(_counted(item))
    if show_all:
        header = ["page", "article", "prompt", "in", "out", "known"]
        print_table(
            header, [_row(item) for item in planned], console, right={"in", "out"}, folded={"article", "prompt"}
        )
    else:
        largest = sorted(sums.items(), key=lambda pair: -pair[1]["in"])[:_PAGES_SHOWN]
        lines = [(page, *(f"{of[column]:,}" for column in _COLUMNS)) for page, of in largest]
        print_table(["page", *_COLUMNS], lines, console, right=set(_COLUMNS))
        if len(sums) > len(largest):
            console.print(styled(f"{len(sums) - len(largest):,} smaller pages more; --all lists every request.", "dim"))
    for told in (*found.notes, *found.faults):
        console.print(styled(f"{told}", "yellow"))
    total = f"{len(found.pages)} pages, {all_sums['to send']:,} requests to send"
    size = f"about {all_sums['in']:,} tokens in and {all_sums['out']:,} out"
    console.print(styled(f"{total}, {size}; nothing was sent.", "bold"))
    console.print(styled(_say_cost(planned, price), "bold"))
    console.print(styled(_RECKONED, "dim"))


def _say_cost(planned: Sequence[PlannedRequest], price: Price | None) -> str:
    """What it may cost, by which price."""
    if price is None:
        return "The price of the model is not known; give it with --price or [prices] in summariser.toml."
    sums = add_costs((price, item.usage, False) for item in planned if not item.is_known)
    since = f"the price of {price.date} ({price.source})" if price.date else "your own price"
    return f"About {spell_money(sums) or f'0 {price.currency}'} by {since}."


def _counted(item: PlannedRequest) -> dict[str, int]:
    """A request and the tokens that it would take, to be added up."""
    read, written = item.usage.prompt_tokens or 0, item.usage.completion_tokens or 0
    return {"requests": 1} | ({} if item.is_known else {"to send": 1, "in": read, "out": written})


def _row(item: PlannedRequest) -> list[str]:
    sizes = f"{item.usage.prompt_tokens:,}", f"{item.usage.completion_tokens:,}"
    return [item.request.page_id, item.request.article_id, item.request.prompt, *sizes, "yes" if item.is_known else ""]


def _as_json(item: PlannedRequest, price: Price | None) -> dict[str, object]:
    return {
        "page_id": item.request.page_id,
        "article_id": item.request.article_id,
        "prompt": item.request.prompt,
        "prompt_tokens_estimated": item.usage.prompt_tokens,
        "completion_tokens_estimated": item.usage.completion_tokens,
        "cost_estimated": str(price.cost(item.usage)) if price else None,
        "currency": price.currency if price else None,
        "known": item.is_known,
    }
