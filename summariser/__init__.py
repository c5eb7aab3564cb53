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
    from summariser.asking import Again
    from summariser.disk.record_text import OlderRecordWarning
    from summariser.disk.store import MovedLinesWarning, Put
    from summariser.disk.stored import StrayFileWarning, load_records
    from summariser.endpoints.config import Settings
    from summariser.endpoints.limits import Price
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
    from summariser.matching import Match, MatchTier, locate
    from summariser.numbers.quantity import find_quantities
    from summariser.numbers.time import TimePrecision, TimeSpan, read_time
    from summariser.organisations import level_of
    from summariser.pages.split_rules import split_by_rules
    from summariser.pipeline import ArticleOutcome, PageOutcome, Progress
    from summariser.places import Division, PlaceMention, Resolved, find_places, resolve
    from summariser.readers.dispatch import ReadOptions, read_page, read_pages
    from summariser.records.prose import ArticleFacts, check_chinese, check_english, collect_facts
    from summariser.records.sentences import Extent
    from summariser.schema.case import Approximation, Direction, Finding, Quantity, Severity, UnitClass
    from summariser.schema.codes import Level
    from summariser.schema.exchange import Message, OutputMode, Reply, Request, Usage
    from summariser.schema.page import Article, Page, PageSource, PageSplit, SourceOrigin
    from summariser.schema.record import FailureReason, Record

__version__ = "0.1.0"

__all__ = [
    "Again",
    "Approximation",
    "Article",
    "ArticleFacts",
    "ArticleOutcome",
    "BrokenRecordError",
    "BudgetReached",
    "CassetteError",
    "ConfigError",
    "Direction",
    "Division",
    "Extent",
    "FailureReason",
    "FileError",
    "Finding",
    "InputError",
    "InvalidReply",
    "Level",
    "Match",
    "MatchTier",
    "Message",
    "ModelError",
    "ModelRefused",
    "ModelUnavailable",
    "MovedLinesWarning",
    "OlderRecordWarning",
    "OutputMode",
    "Page",
    "PageOutcome",
    "PageSource",
    "PageSplit",
    "PlaceMention",
    "Price",
    "Progress",
    "PromptError",
    "Put",
    "Quantity",
    "ReadOptions",
    "Record",
    "Reply",
    "Request",
    "Resolved",
    "RunOptions",
    "RunReport",
    "Settings",
    "Severity",
    "SourceOrigin",
    "StoreBusyError",
    "StoreError",
    "StrayFileWarning",
    "SummariserError",
    "TimePrecision",
    "TimeSpan",
    "UnitClass",
    "Usage",
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
    "asking": "Again",
    "disk.record_text": "OlderRecordWarning",
    "disk.store": "MovedLinesWarning Put",
    "disk.stored": "StrayFileWarning load_records",
    "endpoints.config": "Settings",
    "endpoints.limits": "Price",
    "errors": "BrokenRecordError BudgetReached CassetteError ConfigError FileError InputError InvalidReply"
    " ModelError ModelRefused ModelUnavailable PromptError StoreBusyError StoreError SummariserError",
    "matching": "Match MatchTier locate",
    "numbers.quantity": "find_quantities",
    "numbers.time": "TimePrecision TimeSpan read_time",
    "organisations": "level_of",
    "pages.split_rules": "split_by_rules",
    "pipeline": "ArticleOutcome PageOutcome Progress",
    "places": "Division PlaceMention Resolved find_places resolve",
    "readers.dispatch": "ReadOptions read_page read_pages",
    "records.prose": "ArticleFacts check_chinese check_english collect_facts",
    "records.sentences": "Extent",
    "schema.case": "Approximation Direction Finding Quantity Severity UnitClass",
    "schema.codes": "Level",
    "schema.exchange": "Message OutputMode Reply Request Usage",
    "schema.page": "Article Page PageSource PageSplit SourceOrigin",
    "schema.record": "FailureReason Record",
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
