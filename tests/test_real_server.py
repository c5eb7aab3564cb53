"""The client against a server that none of us wrote: llama.cpp's own, with random weights.

Needs LLAMA_SERVER (the binary `llama-server`) and LLAMA_MODEL (any small GGUF file); skipped without them. Random
weights write JSON by the schema and no sense, which is what these tests want: the format is the server's, the facts are
nobody's.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from making import LINES
from processes import summariser

BINARY, MODEL = os.environ.get("LLAMA_SERVER"), os.environ.get("LLAMA_MODEL")
pytestmark = pytest.mark.skipif(not (BINARY and MODEL), reason="LLAMA_SERVER and LLAMA_MODEL are not set")


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    """A running llama-server that wants a key."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [BINARY, "-m", MODEL, "--host", "127.0.0.1", "--port", str(port), "-c", "32768", "-np", "2", "-t", "2"]
    process = subprocess.Popen([*command, "--threads-http", "32", "--api-key", "right"], stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}/health")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        process.wait()


def _wait_for(address: str) -> None:
    for _ in range(100):
        try:
            with urllib.request.urlopen(address):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{address} did not come up")


def test_canary_finds_that_the_server_enforces_schemas(base_url: str) -> None:
    """Asked as an unknown endpoint, the server is found to enforce a schema."""
    done = summariser("doctor", "--base-url", base_url, "--model", "tiny", SUMMARISER_API_KEY="right")

    assert done.returncode == 0, done.stdout
    assert "Structured output: json_schema" in done.stdout


def test_wrong_key_is_told(base_url: str) -> None:
    """The server's 401 becomes a sentence and exit code 3 of the doctor."""
    done = summariser("doctor", "--base-url", base_url, "--model", "tiny", SUMMARISER_API_KEY="wrong")

    assert done.returncode == 3
    assert "key" in done.stdout


def test_article_ends_as_a_record_or_a_failure(base_url: str) -> None:
    """Whatever random weights write, nothing is lost: the article has a file, and the ledger knows the request."""
    Path("page-900.txt").write_text("\n".join(LINES), encoding="utf-8")

    done = summariser(
        "run", "page-900.txt", "--rules", "--base-url", base_url, "--model", "tiny", "--max-tokens", 30, "--repairs", 0,
        SUMMARISER_API_KEY="right",
    )  # fmt: skip

    requests = json.loads(summariser("runs", 1, "--json").stdout)
    assert done.returncode == 1, done.stderr
    assert len(list(Path("summaries/page-900").iterdir())) == 1
    assert [request["state"] for request in requests] in (["failed"], ["answered"])
