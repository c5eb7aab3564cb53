"""Uploaded page files: bounded in number and size, under safe names, in the folder of the pages."""

from __future__ import annotations

import filecmp
import os
import re
import unicodedata
from collections.abc import AsyncIterable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from summariser.disk.files import STALE_TEMP_S, disk_error, sweep, temporary_path
from summariser.errors import InputError, StoreError
from summariser.readers.files import SUFFIXES, may_be_page
from summariser.readers.reading import SIDECAR
from summariser.text import counted

_DEEPEST: Final = 4  # folders of a dropped folder that are kept
_LONGEST: Final = 80  # characters of a name
_FORBIDDEN: Final = re.compile(r'[<>:"|?*#%\x00-\x1f]')
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)  # on Windows


class Limits(NamedTuple):
    """How much is taken: of one file, and of all that lies in the folder of the pages."""

    file_bytes: int = 300_000_000  # as much as the readers take
    folder_bytes: int = 20_000_000_000
    files: int = 5_000


LIMITS: Final = Limits()


def safe_path(name: str) -> Path:
    """The relative path under which a dropped file is kept.

    Shape: of the folders in `name` at most the last few; no part is hidden, reserved, or leads up or elsewhere.
    Errors: InputError if the file is of no kind that is read, or called like one that only stands beside pages.
    """
    parts = [_safe_part(part) for part in re.split(r"[/\\]", name) if part not in ("", ".", "..")]
    path = Path(*parts[-_DEEPEST:]) if parts else Path("_")
    if path.suffix.lower() not in SUFFIXES and path.name.lower() != SIDECAR:
        raise InputError(
            "is of no kind that is read", path=name[-120:], expected=f"Files ending in {', '.join(SUFFIXES)}"
        )
    if not may_be_page(path) and path.name.lower() != SIDECAR:
        raise InputError("is called like a file that only stands beside pages", path=name[-120:], next_step="Rename it")
    return path


async def keep_upload(
    pages: Path, name: str, content: AsyncIterable[bytes], *, limits: Limits = LIMITS
) -> tuple[Path, bool]:
    """Keep a dropped file below `pages`; where it stands, and whether it is new.

    Shape: the same file dropped again is not kept twice; another one of the same name gets a number behind its own.
    Errors: InputError if it is of no kind that is read, or too much; StoreError if the disk refuses.
    """
    target = pages / safe_path(name)
    temp = temporary_path(pages)
    try:
        check_room(pages, limits)
        if not target.parent.resolve().is_relative_to(pages.resolve()):
            raise StoreError("a link leads out of the folder of the pages", path=target, next_step="Remove the link")
        target.parent.mkdir(parents=True, exist_ok=True)
        size = 0
        with temp.open("xb") as file:
            async for chunk in content:
                size += len(chunk)
                if size > limits.file_bytes:
                    raise InputError("is too large", path=name[-120:], expected=f"At most {limits.file_bytes:,} bytes")
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        sweep(pages, int(temp.stat().st_mtime // STALE_TEMP_S))
        return _place(temp, target)  # without a pause in between, so that of two tabs neither takes the other's name
    except OSError as error:
        raise disk_error(error, target) from error
    finally:
        with suppress(OSError):  # such as a file where the folder should be
            temp.unlink()


def check_room(pages: Path, limits: Limits) -> None:
    """Refuse a further file where there are too many, or too much. Errors: InputError, OSError."""
    files = size = 0
    for parent, _, names in os.walk(pages):
        files += len(names)
        for name in names:
            with suppress(FileNotFoundError):  # another upload that ended meanwhile
                size += Path(parent, name).lstat().st_size
    if files >= limits.files or size >= limits.folder_bytes:
        raise InputError(
            f"holds {counted(files, 'file')} of {size / 1e9:.1f} GB",
            path=pages,
            expected=f"At most {limits.files:,} files of {limits.folder_bytes / 1e9:.0f} GB are taken from the browser",
            next_step="Copy more into the folder by hand, or begin another project",
        )


def _place(temp: Path, target: Path) -> tuple[Path, bool]:
    """Move a file to its name, or to the next one that is free."""
    place, number = target, 1
    while os.path.lexists(place):
        if place.is_file() and filecmp.cmp(temp, place, shallow=False):
            return place, False
        number += 1
        place = target.with_stem(f"{target.stem}-{number}")
    temp.rename(place)
    return place, True


def _safe_part(part: str) -> str:
    """One name of a path, as every system takes it and a person can read it."""
    shown = "".join(char for char in unicodedata.normalize("NFC", part) if unicodedata.category(char) not in _HIDDEN)
    clean = _FORBIDDEN.sub("_", shown).strip(" .")
    stem, dot, suffix = clean.rpartition(".")
    if dot and stem and len(suffix) <= 8:
        clean = f"{stem[:_LONGEST]}.{suffix}"
    clean = clean[: _LONGEST + 9] or "_"
    return f"_{clean}" if _RESERVED.fullmatch(clean) or clean.startswith(".") else clean
