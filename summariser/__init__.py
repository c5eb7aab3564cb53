"""Chinese newspaper pages on trade-union practice, turned into a case base that can be compared, counted and trusted.

The road: page -> articles -> versioned prompt -> language model -> checked reply -> one JSON record per article.
Start reading in `summariser.pipeline`. What is listed in `__all__` is public; all of it is loaded when it is first
used, so that `import summariser` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from summariser.api import asummarise, summarise
    from summariser.disk.stored import load_records
    from summariser.errors import SummariserError
    from summariser.matching import Match, locate
    from summariser.numbers.quantity import find_quantities
    from summariser.numbers.time import TimeSpan, read_time
    from summariser.pages.split_rules import split_by_rules
    from summariser.pipeline import Progress
    from summariser.places.organisation import level_of
    from summariser.places.place import find_places, resolve
    from summariser.readers.door import read_page, read_pages
    from summariser.records.prose import check_chinese, check_english, collect_facts
    from summariser.schema.page import Article, Page, PageSplit
    from summariser.schema.quantity import Quantity
    from summariser.schema.record import Record

__version__ = "0.1.0"

__all__ = [
    "Article",
    "Match",
    "Page",
    "PageSplit",
    "Progress",
    "Quantity",
    "Record",
    "SummariserError",
    "TimeSpan",
    "asummarise",
    "check_chinese",
    "check_english",
    "collect_facts",
    "find_places",
    "find_quantities",
    "level_of",
    "load_records",
    "locate",
    "read_page",
    "read_pages",
    "read_time",
    "resolve",
    "split_by_rules",
    "summarise",
]

_HOMES = {
    "Article": "summariser.schema.page",
    "Match": "summariser.matching",
    "Page": "summariser.schema.page",
    "PageSplit": "summariser.schema.page",
    "Progress": "summariser.pipeline",
    "Quantity": "summariser.schema.quantity",
    "Record": "summariser.schema.record",
    "SummariserError": "summariser.errors",
    "TimeSpan": "summariser.numbers.time",
    "check_chinese": "summariser.records.prose",
    "check_english": "summariser.records.prose",
    "collect_facts": "summariser.records.prose",
    "find_places": "summariser.places.place",
    "asummarise": "summariser.api",
    "find_quantities": "summariser.numbers.quantity",
    "level_of": "summariser.places.organisation",
    "load_records": "summariser.disk.stored",
    "locate": "summariser.matching",
    "read_page": "summariser.readers.door",
    "read_pages": "summariser.readers.door",
    "read_time": "summariser.numbers.time",
    "resolve": "summariser.places.place",
    "split_by_rules": "summariser.pages.split_rules",
    "summarise": "summariser.api",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'summariser' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The public names."""
    return [*__all__, "__version__"]
