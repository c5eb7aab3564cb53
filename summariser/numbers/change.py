"""What became of a number."""

from __future__ import annotations

from summariser.schema.quantity import Change, Quantity


def read_change(before: Quantity | None, after: Quantity, text: str) -> Change | None:
    """The change."""
    return None
