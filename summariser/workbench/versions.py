"""Versions of what a form was made from, so that nothing is written over what changed meanwhile."""

from __future__ import annotations

import hashlib

from summariser.disk.record_text import dump_json
from summariser.schema.record import Stored


class ChangedMeanwhileError(Exception):
    """What a form was made from is no longer what is there; the workbench shows both, and nothing was written.

    Shape: `there` and `given` are texts to show side by side, `name` says of what, `back` is the address to look anew.
    """

    def __init__(self, name: str, *, there: str, given: str, back: str) -> None:
        self.name = name
        self.there = there
        self.given = given
        self.back = back
        super().__init__(name)


def version_of(stored: Stored | str) -> str:
    """The version of a record, failure or manifest: a hash of its whole content, review and edits included."""
    text = stored if isinstance(stored, str) else dump_json(stored)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def check_version(seen: str, stored: Stored, *, name: str, given: str, back: str) -> None:
    """Go on only if the version a form brings is that of what is stored now. Errors: ChangedMeanwhileError."""
    if seen != version_of(stored):
        raise ChangedMeanwhileError(name, there=dump_json(stored), given=given, back=back)
