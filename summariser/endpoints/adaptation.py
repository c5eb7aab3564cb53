"""What to try next when an endpoint complains about the way it was asked: one table, from words to a change.

Endpoints say the same in many words, so a row of `tables/adaptations.toml` is a pattern over the complaint. What an
endpoint then accepts is its `Capability`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final

from summariser.endpoints.endpoint import Capability
from summariser.schema.exchange import OutputMode
from summariser.tables import read_words


def said(what: str) -> re.Pattern[str]:
    """What endpoints say of one thing, as a pattern."""
    return re.compile("|".join(read_words("endpoint_words")[what]), re.I)


CONTEXT: Final = said("context")
LEAST_LIMIT: Final = 256  # no reply of ours fits into less
_NEVER = frozenset({401, 402, 403, 408, 409, 413, 425, 429, 502, 503, 504, 529})  # not about the way it was asked
_NEXT_MODE = {OutputMode.JSON_SCHEMA: OutputMode.JSON_OBJECT, OutputMode.JSON_OBJECT: OutputMode.TEXT}


def adapt(capability: Capability, complaint: str, sent_limit: int) -> tuple[Capability, bool] | None:
    """The capability to try next, and whether that is lasting; None if the complaint is about something else.

    Units: `sent_limit` is the limit of tokens that the refused request had.
    """
    for row in _matching(complaint):
        extra = row.get("extra_body", {}) | dict.fromkeys(row.get("without", ()))
        changes = row.get("set", {}) | ({"extra_body": {**extra, **capability.extra_body}} if extra else {})
        changed: Capability | None = capability.model_copy(update=changes)
        if "change" in row:
            changed = _CHANGES[row["change"]](capability, complaint, sent_limit)
        if changed is not None and changed != capability:
            note = f"Adapted after the endpoint said: {complaint}"
            return changed.model_copy(update={"note": note}), row.get("lasting", True)
    return None


def is_complaint(status: int, sentence: str) -> bool:
    """Whether an error is about the way it was asked; a server error only if it speaks of schemas and the like."""
    return status not in _NEVER and any(status < 500 or row.get("any_status") for row in _matching(sentence))


def step_down(capability: Capability, _complaint: str = "", _sent_limit: int = 0) -> Capability | None:
    """The same with the next weaker way of asking for JSON; None if there is none."""
    mode = _NEXT_MODE.get(capability.mode)
    return None if mode is None else capability.model_copy(update={"mode": mode})


def _lower_limit(capability: Capability, complaint: str, sent_limit: int) -> Capability | None:
    """The largest limit that the complaint names below the one that was sent, or half of it."""
    numbers = [int(number) for number in re.findall(r"\d{1,9}", complaint.replace(",", ""))]
    allowed = [] if CONTEXT.search(complaint) else [n for n in numbers if LEAST_LIMIT <= n < sent_limit]
    limit = max(allowed, default=sent_limit // 2)
    return capability.model_copy(update={"max_tokens": limit}) if limit >= LEAST_LIMIT else None


def _rename_limit(capability: Capability, complaint: str, _sent_limit: int) -> Capability | None:
    """The other name of the limit if the complaint recommends it or knows ours not, else no limit at all."""
    if CONTEXT.search(complaint):
        return None
    name = "none"
    if capability.token_parameter == "max_tokens" and "max_completion_tokens" in complaint:
        name = "max_completion_tokens"
    elif capability.token_parameter == "max_completion_tokens" and _UNKNOWN.search(complaint):
        name = "max_tokens"
    return capability.model_copy(update={"token_parameter": name})


_UNKNOWN = re.compile(r"\bmax_tokens|unrecogni[sz]ed|unknown|extra|unexpected|not permitted|unsupported", re.I)
_CHANGES: Final[dict[str, Callable[[Capability, str, int], Capability | None]]] = {
    "step_down": step_down,
    "lower_limit": _lower_limit,
    "rename_limit": _rename_limit,
}


def _matching(complaint: str) -> Iterator[dict[str, Any]]:
    """The rows of the table whose pattern is in a complaint, in order."""
    return (row for pattern, row in _read_rows() if pattern.search(complaint))


@cache
def _read_rows() -> tuple[tuple[re.Pattern[str], dict[str, Any]], ...]:
    """The rows of the table, each with its pattern."""
    return tuple((re.compile(row["says"], re.I), row) for row in read_words("adaptations")["row"])
