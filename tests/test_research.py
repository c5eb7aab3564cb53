"""The queries of docs/research.md answer their questions, and count nothing twice."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from making import FULL_LINES, full_reply, make_page, make_test_record, result_reply

from summariser.exporting.export import make_sheets
from summariser.exporting.table_files import make_sqlite

GUIDE = (ROOT / "docs" / "research.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"^## (\d+)\. ([^\n]+)\n.*?```sql\n(.*?)```", GUIDE, re.MULTILINE | re.DOTALL)
