"""Recognition by OCR, done once: what an engine read of a picture is kept beside the records, in readable JSON.

A file is named by the hash of the file that was read, the page in it and the engine. A person may put the right words
of a line into its `corrected`; `text` stays what the engine read, and the page is made with the corrected words.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from summariser.disk.record_text import dump_json, parse_json
from summariser.disk.whole_file import write_file
from summariser.errors import StoreError
from summariser.readers.picture import make_engine, read_picture
from summariser.readers.reading import Reading, ReadLine
from summariser.schema.record import READING_SCHEMA, KeptLine, KeptReading

if TYPE_CHECKING:
    from PIL.Image import Image

FOLDER = "ocr"
READING_END = ".ocr.json"
DPI = 200  # of pages of a PDF that are pictures
MAX_WORKERS = 4  # pictures read side by side; an engine takes some 500 MB
_MAX_BYTES = 20_000_000  # a broadsheet page has some 0.2 MB


class Shelves(NamedTuple):
    """Folders below which recognition is kept, and others in which it is looked for as well."""

    keep: tuple[Path, ...] = ()
    look: tuple[Path, ...] = ()


class Recogniser:
    """Reads pictures by OCR, each once; what it reads is kept on all its shelves, and nowhere without one.

    Shape: what was kept is used without an engine. Without the name of an engine any reading will do. Pictures of one
    file are read side by side on so many `cores`.
    """

    def __init__(
        self,
        shelves: Shelves,
        engine: str = "",
        *,
        dpi: int = DPI,
        cores: int = 1,
        told: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._folders = [folder / FOLDER for folder in shelves.keep]
        self._all = [*self._folders, *(folder / FOLDER for folder in shelves.look)]
        self._engine, self._cores, self._told = engine, cores, told
        self.dpi = dpi

    def read_all(self, pictures: Mapping[int, Callable[[], Image]], *, path: Path | str, sha256: str) -> list[Reading]:
        """The readings of the pictures in a file, by page number; each is opened only if it must be recognised.

        Errors: as `make_engine` and `open_pictures`; StoreError if what was kept cannot be read any longer.
        """
        workers = max(min(len(pictures), self._cores, MAX_WORKERS), 1)

        def read(number: int) -> Reading:
            return self._read(pictures[number], path, sha256, number, threads=self._cores // workers)

        if workers == 1:  # in this thread, which may have an engine already
            return [read(number) for number in pictures]
        with ThreadPoolExecutor(workers) as pool:
            try:
                return list(pool.map(read, pictures))
            finally:
                pool.shutdown(cancel_futures=True)

    def _read(
        self, picture: Callable[[], Image], path: Path | str, sha256: str, number: int, *, threads: int
    ) -> Reading:
        """The reading of one picture, kept or fresh."""
        start = f"{sha256[:16]}-{number}-{self._engine}"
        end = READING_END if self.dpi == DPI else f"-{self.dpi}dpi{READING_END}"
        found = [place for folder in self._all for place in sorted(folder.glob(f"{start}*{READING_END}"))]
        if self.dpi != DPI:
            found = [place for place in found if place.name.endswith(end)]
        if found:
            best = min(found, key=lambda place: ("dpi." in place.name, self._all.index(place.parent), place))
            reading = _load(best)
            self._keep(best.name, reading, path, sha256)
            return reading
        engine, started = make_engine(self._engine, threads), time.monotonic()
        reading = read_picture(picture(), engine)._replace(number=number)
        self._keep(f"{sha256[:16]}-{number}-{reading.reader.replace(' ', '-')}{end}", reading, path, sha256)
        seconds = f"{time.monotonic() - started:.1f} seconds"
        self._told(f"{path}, page {number}: {len(reading.lines)} lines read by {reading.reader} in {seconds}")
        return reading

    def _keep(self, name: str, reading: Reading, path: Path | str, sha256: str) -> None:
        """Write a reading wherever it is to be kept and is not yet."""
        for folder in self._folders:
            if not (folder / name).exists():
                _write(folder / name, reading, picture=Path(path).as_posix(), sha256=sha256)


def _load(path: Path) -> Reading:
    """What was kept of a page, with the words a person put right."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise StoreError("is larger than any reading", path=path, next_step="Delete it; the page is read again")
        kept = parse_json(path.read_text(encoding="utf-8-sig"), KeptReading, path=path)
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"cannot be read ({error})", path=path, next_step="Mend it, or delete it") from error
    lines = tuple(
        ReadLine(line.text, line.box, line.score, vertical=line.vertical, corrected=line.corrected)
        for line in kept.lines
    )
    return Reading(lines, kept.engine, kept.width, kept.height, rules=kept.rules, number=kept.number)


def _write(path: Path, reading: Reading, *, picture: str, sha256: str) -> None:
    lines = tuple(KeptLine.made_of(line) for line in reading.lines if line.box)
    told = {"picture": picture, "sha256": sha256, "engine": reading.reader}
    kept = KeptReading.made_of(reading, schema_path=READING_SCHEMA, **told, lines=lines)
    write_file(path, dump_json(kept).encode("utf-8"))
