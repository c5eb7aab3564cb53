"""Chinese newspaper pages on trade-union practice, turned into a case base that can be compared, counted and trusted.

The road: page -> articles -> versioned prompt -> language model -> checked reply -> one JSON record per article.
Start reading in `summariser.pipeline`. What is listed in `__all__` is public; all of it is loaded when it is first
used, so that `import summariser` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from summariser.api import RunOptions, RunReport, asummarise, summarise
    from summariser.disk.stored import load_records
    from summariser.endpoints.config import Settings
    from summariser.errors import (
        BrokenRecordError,
        BudgetReached,
        CassetteError,
        ConfigError,
        FileError,
        InputError,
        InvalidReply,
        ModelError,
        ModelRefused,
        ModelUnavailable,
        PromptError,
        StoreBusyError,
        StoreError,
        SummariserError,
    )
    from summariser.matching import Match, locate
    from summariser.numbers.quantity import find_quantities
    from summariser.numbers.time import TimeSpan, read_time
    from summariser.organisations import level_of
    from summariser.pages.split_rules import split_by_rules
    from summariser.pipeline import Progress
    from summariser.places import PlaceMention, Resolved, find_places, resolve
    from summariser.readers.dispatch import ReadOptions, read_page, read_pages
    from summariser.records.prose import ArticleFacts, check_chinese, check_english, collect_facts
    from summariser.schema.case import Finding, Quantity
    from summariser.schema.codes import Level
    from summariser.schema.page import Article, Page, PageSplit
    from summariser.schema.record import Record

__version__ = "0.1.0"

__all__ = [
    "Article",
    "ArticleFacts",
    "BrokenRecordError",
    "BudgetReached",
    "CassetteError",
    "ConfigError",
    "FileError",
    "Finding",
    "InputError",
    "InvalidReply",
    "Level",
    "Match",
    "ModelError",
    "ModelRefused",
    "ModelUnavailable",
    "Page",
    "PageSplit",
    "PlaceMention",
    "Progress",
    "PromptError",
    "Quantity",
    "ReadOptions",
    "Record",
    "Resolved",
    "RunOptions",
    "RunReport",
    "Settings",
    "StoreBusyError",
    "StoreError",
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
    "api": "RunOptions RunReport asummarise summarise",
    "disk.stored": "load_records",
    "endpoints.config": "Settings",
    "errors": "BrokenRecordError BudgetReached CassetteError ConfigError FileError InputError InvalidReply ModelError"
    " ModelRefused ModelUnavailable PromptError StoreBusyError StoreError SummariserError",
    "matching": "Match locate",
    "numbers.quantity": "find_quantities",
    "numbers.time": "TimeSpan read_time",
    "organisations": "level_of",
    "pages.split_rules": "split_by_rules",
    "pipeline": "Progress",
    "places": "PlaceMention Resolved find_places resolve",
    "readers.dispatch": "ReadOptions read_page read_pages",
    "records.prose": "ArticleFacts check_chinese check_english collect_facts",
    "schema.case": "Finding Quantity",
    "schema.codes": "Level",
    "schema.page": "Article Page PageSplit",
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
