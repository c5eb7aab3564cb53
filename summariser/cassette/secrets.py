"""What looks like a key in a text, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_SECRETS = {
    "an API key": re.compile(r"(?<![A-Za-z0-9])(?:sk-|gsk_|hf_|ghp_|xai-|AIza|AKIA)[A-Za-z0-9_-]{8,}"),
    "a bearer token": re.compile(r"\bBearer\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE),
    "a JSON web token": re.compile(r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{10,}"),
}


def find_secret_places(value: object, keys: Sequence[str], place: str = "") -> Iterator[str]:
    """What in a structure looks like a secret or is one of these keys, and where it stands."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from find_secret_places(part, keys, f"{place}.{name}" if place else name)
            yield from (f"{secret} in a key of {place}" for secret in name_secrets(name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from find_secret_places(part, keys, f"{place}[{number}]")
    elif isinstance(value, str):
        is_key = any(len(key) >= 8 and key in value for key in keys)  # shorter ones are placeholders, such as "desk"
        names = ["the key of the request"] if is_key else name_secrets(value)
        yield from (f"{name} in {place}" for name in names)


def name_secrets(text: str) -> list[str]:
    """The kinds of secrets a text seems to hold."""
    return [name for name, pattern in _SECRETS.items() if pattern.search(text)]
