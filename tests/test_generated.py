"""What is generated is in step with what it is generated from."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from conftest import ROOT


def test_generated_files_are_in_step() -> None:
    """Schemas, prompt lock and field guide are what `make generate` writes."""
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "generate.py", "--check"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", sorted((ROOT / "schemas").rglob("*.json")), ids=lambda path: path.parent.name)
def test_schema_file_is_a_schema(path) -> None:
    """Each schema has its version in its path and describes an object."""
    schema = json.loads(path.read_text(encoding="utf-8"))

    assert path.stem.isdecimal()
    assert schema["type"] == "object"
