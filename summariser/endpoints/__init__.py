"""How an endpoint is asked; and `Options`, the base of what a person chooses: settings, a run, how files are read."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import Any, Self, get_args, get_origin

from pydantic import ModelWrapValidatorHandler, ValidationError, ValidationInfo, model_validator
from pydantic_core import ErrorDetails

from summariser.errors import ConfigError
from summariser.schema.case import shorten
from summariser.schema.page import Frozen

_MOST_NAMES = 20  # told of at once
_SECRETS = ("api_key", "extra_headers", "proxy")
_EXPECTED = {  # by pydantic's kind of error
    "finite_number": "must be a number with an end",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_pattern_mismatch": "must be three capital letters, as in USD",  # of a currency
    "string_too_short": "must not be empty",
    "value_error": "{error}",
    "enum": "must be {expected}",
    "missing": "is missing",
    "extra_forbidden": "is no part of it",
    "path_type": "must be a path of this machine",  # of no character is none: it would be the folder where we stand
    "string_type": "must be text",
    "callable_type": "must be a function",
    **dict.fromkeys(("bool_type", "bool_parsing"), "must be true or false"),
    **dict.fromkeys(("dict_type", "model_type"), 'must be an object, as in {{"top_k": 20}}'),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "must be a whole number"),
    **dict.fromkeys(
        ("is_instance_of", "float_type", "float_parsing", "decimal_type", "decimal_parsing"), "must be a number"
    ),
}


class Options(Frozen):
    """What a person chooses; a value may be the text of the number, path or JSON that is meant.

    Shape: where the values came from, as a person would name the places, is the context of a validation.
    Errors: ConfigError that names every value that is wrong.
    """

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, values: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        """The options as far as they can be read; pydantic judges."""
        check_names(values, f"{cls.__name__} has", tuple(cls.model_fields))
        try:
            return handler({name: read_value(cls.model_fields[name].annotation, each) for name, each in values.items()})
        except ValidationError as error:
            details = error.errors(include_url=False)
        troubles = (_trouble(item, values, info.context or {}) for item in details)
        raise ConfigError("; ".join(troubles))  # not from pydantic's own, which shows headers and keys


def check_names(given: Iterable[str], where: str, known: Sequence[str]) -> None:
    """Raise a ConfigError if there are names that are no settings, all of them at once."""
    unknown = [name for name in given if name not in known]
    if unknown:
        listed = ", ".join(f"{shorten(name)!r}{nearest(name, known)}" for name in unknown[:_MOST_NAMES])
        allowed = ", ".join(name for name in known if name != "api_key")
        raise ConfigError(f"{where} unknown settings: {listed}", expected=f"Settings are {allowed}")


def nearest(name: str, known: Iterable[str]) -> str:
    """A guess at what was meant, as an insertion; empty if nothing is near."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" (did you mean {matches[0]!r}?)" if matches else ""


def read_value(kind: object, value: object) -> object:
    """A text as the number, path or JSON it spells, lines `NAME: VALUE` as headers."""
    kind = next((part for part in get_args(kind) if NoneType in get_args(kind) and part is not NoneType), kind)
    if kind == dict[str, str] and isinstance(value, list | tuple):
        return {name.strip(): part.strip() for name, _, part in (str(item).partition(":") for item in value)}
    if kind is Path and isinstance(value, str | Path):
        is_path = str(value) and "\0" not in str(value) and "://" not in str(value)
        return Path(value) if is_path else str(value)
    if not isinstance(value, str):
        return value
    readers: dict[object, Callable[[str], object]] = {int: int, float: float, bool: json.loads}
    read = json.loads if get_origin(kind) is dict else readers.get(kind, str.strip)
    try:
        return read(value)
    except (ValueError, RecursionError):
        return value


def _trouble(item: ErrorDetails, values: Mapping[str, object], sources: Mapping[str, str]) -> str:
    """What is wrong with a value, by where it came from."""
    name, *inner = map(str, item["loc"])
    value = values.get(name, item["input"])
    shown = "wrong" if name in _SECRETS else shorten(repr(value), 100)
    return f"{sources.get(name, name)} is {shown}: {_expected(item, ' '.join(inner))}"


def _expected(item: ErrorDetails, inner: str) -> str:
    """What a setting, or a part of it, would have to be."""
    limits = {name: int(limit) if limit == 0 else limit for name, limit in item.get("ctx", {}).items()}
    kind = "path_type" if limits.get("class") == "Path" else item["type"]
    words = _EXPECTED.get(kind, "is not understood").format_map(limits)
    return words if item["type"] == "value_error" else f"{inner or 'it'} {words}"
