"""Records taken along from the browser: the files that `summariser export` makes."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from summariser.exporting.whole_export import export_files

TAKEN_AS: Final = {  # what can be taken, with its ending and media type
    "xlsx": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": ("zip", "application/zip"),
    "jsonl": ("jsonl", "application/jsonl"),
}


def take(paths: Sequence[Path], to: str, language: str) -> Response:
    """The records in these files in one format, as a file to save; CSV, a file for each table, as an archive.

    Shape: a workbook has its labels in the language of the interface.

    Errors: HTTPException 404 for another format or no record; ConfigError if a library is missing; StoreError.
    """
    if to not in TAKEN_AS or not paths:
        raise HTTPException(404, f"there is nothing to take as {to}")
    ending, media_type = TAKEN_AS[to]
    with tempfile.TemporaryDirectory(prefix="summariser-") as folder:
        made = Path(folder) / f"records.{to}"
        export_files(paths, made, to=to, skip_bad=True, labels="zh" if (to, language) == ("xlsx", "zh") else "en")
        content = _pack(made) if made.is_dir() else made.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="records.{ending}"'}
    return Response(content, media_type=media_type, headers=headers)


def _pack(folder: Path) -> bytes:
    """The files of a folder as an archive."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return sink.getvalue()
