"""Recognition kept beside the records: what OCR read of a picture, in readable JSON, so that it is done once.

A file is named by the hash of the picture and the engine. A person may put the right words of a line into its
`corrected`; `text` stays what the engine read, and the page is made with the corrected words.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from summariser.disk.record_text import dump_json, parse_json
from summariser.disk.whole_file import write_file
from summariser.readers.reading import ReadLine, Reading
from summariser.schema.page import Box, Frozen
from summariser.schema.record import Stored

READING_SCHEMA: Final = "schemas/reading/1.json"
FOLDER: Final = "ocr"


class KeptLine(Frozen):
    """One line as the engine read it, and as a person corrected it."""

    text: str
    corrected: str | None = Field(default=None, description="What the picture prints, where a person put it right.")
    box: Box
    score: float | None
    vertical: bool


class KeptReading(Stored):
    """What an engine read on one picture; boxes in pixels, origin top left."""

    schema_path: Literal["schemas/reading/1.json"] = Field(alias="$schema")
    picture: str = Field(description="Path of the file as given.")
    sha256: str = Field(description="Hash of the file, hexadecimal.")
    number: int = Field(description="Page of the file, from 1.")
    engine: str
    width: float
    height: float
    rules: tuple[Box, ...]
    lines: tuple[KeptLine, ...]


def load_reading(folder: Path, sha256: str, number: int, engine: str) -> Reading | None:
    """What was kept of a page of a file, with the words a person put right; None if nothing was.

    Errors: StoreError if the file was kept and cannot be read any longer.
    """
    path = _path(folder, sha256, number, engine)
    if not path.exists():
        return None
    kept = parse_json(path.read_text(encoding="utf-8"), KeptReading, path=path)
    lines = tuple(
        ReadLine(line.text if line.corrected is None else line.corrected, line.box, line.score, vertical=line.vertical)
        for line in kept.lines
    )
    return Reading(lines, kept.engine, kept.width, kept.height, rules=kept.rules, number=kept.number)


def keep_reading(folder: Path, reading: Reading, *, picture: str, sha256: str) -> Path:
    """Keep what an engine read; where it is kept."""
    kept = KeptReading(
        schema_path=READING_SCHEMA,
        picture=picture,
        sha256=sha256,
        number=reading.number,
        engine=reading.reader,
        width=reading.width,
        height=reading.height,
        rules=reading.rules,
        lines=tuple(
            KeptLine(text=line.text, box=line.box, score=line.score, vertical=line.vertical)
            for line in reading.lines
            if line.box
        ),
    )
    path = _path(folder, sha256, reading.number, reading.reader)
    write_file(path, dump_json(kept).encode("utf-8"))
    return path


def _path(folder: Path, sha256: str, number: int, engine: str) -> Path:
    """Where a reading is kept: by the hash of the file, the page in it, and the engine."""
    return folder / FOLDER / f"{sha256[:16]}-{number}-{engine.replace(' ', '-')}.json"
