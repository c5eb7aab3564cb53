"""A chat request as the desk takes it: what one has to be, and which two are the same."""

from __future__ import annotations

import hashlib
import json
from typing import Any


class RefusedError(Exception):
    """A request that gets no reply; carries what the error object in OpenAI's shape needs."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status = status
        self.code = code
        super().__init__(message)


def parse_body(raw: bytes) -> dict[str, Any]:
    """Return the request in these bytes; the only demand on it is that it has messages. Errors: RefusedError."""
    try:
        body = json.loads(raw.decode("utf-8"))
        hash_body(body)  # refuses NaN and infinities, which no JSON file of ours could hold
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, "invalid_json", f"the body is not JSON: {error}") from error
    messages = body.get("messages") if isinstance(body, dict) else None
    if not isinstance(messages, list) or not messages or not all(isinstance(message, dict) for message in messages):
        raise RefusedError(400, "missing_messages", "the body needs messages: a list with at least one object")
    return body  # type: ignore[no-any-return]  # a dict, or messages would be None


def hash_body(body: object, draw: str = "") -> str:
    """Return the sha256 of the body with sorted keys and no spaces, so that equal requests have equal hashes.

    Shape: the same body asked for another draw, which wants a reply of its own, has another hash.
    """
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii") + draw.encode("ascii")).hexdigest()
