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
    from summariser.places import find_places, level_of, resolve
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

_NAMES = {  # what is public, by the module that it is from
    "api": "asummarise summarise",
    "disk.stored": "load_records",
    "errors": "SummariserError",
    "matching": "Match locate",
    "numbers.quantity": "find_quantities",
    "numbers.time": "TimeSpan read_time",
    "pages.split_rules": "split_by_rules",
    "pipeline": "Progress",
    "places": "find_places level_of resolve",
    "readers.door": "read_page read_pages",
    "records.prose": "check_chinese check_english collect_facts",
    "schema.page": "Article Page PageSplit",
    "schema.quantity": "Quantity",
    "schema.record": "Record",
}
_HOMES = {name: f"summariser.{module}" for module, names in _NAMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'summariser' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The public names."""
    return [*__all__, "__version__"]
