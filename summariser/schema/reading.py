"""What OCR recognised on a picture, as it is kept beside the records and corrected by people."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from summariser.schema.page import Box, Frozen
from summariser.schema.record import Stored

READING_SCHEMA: Final = "schemas/reading/1.json"


class KeptLine(Frozen):
    """One line as the engine read it, and as a person corrected it."""

    text: str = Field(description="What the engine read; never edited.")
    corrected: str | None = Field(
        default=None, description="What the picture prints, where a person put it right; empty: no line is there."
    )
    box: Box = Field(description="Pixels of the upright picture, origin top left: left, top, right, bottom.")
    score: float | None
    vertical: bool


class KeptReading(Stored):
    """What an engine read on one picture: a scan, a photograph, a page of a PDF without text."""

    schema_path: Literal["schemas/reading/1.json"] = Field(alias="$schema")
    picture: str = Field(description="Path of the file as given when it was read.")
    sha256: str = Field(description="Hash of the bytes of the file, hexadecimal.")
    number: int = Field(description="Page of the file, from 1.")
    engine: str = Field(description="Name and version: rapidocr 3.10.0.")
    width: float
    height: float
    rules: tuple[Box, ...] = Field(description="Printed rules and frames that were seen.")
    lines: tuple[KeptLine, ...]
