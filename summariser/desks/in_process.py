"""The desk without a server: what a run would send goes into its folder, and the answers come from there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import httpx2

from summariser.desks.desk import create_app


def desk_transport(folder: Path) -> httpx2.AsyncBaseTransport:
    """A way to the desk on `folder` that leaves this process as little as the desk itself does."""
    return httpx2.ASGITransport(app=create_app(folder, now=lambda: datetime.now(UTC)))
