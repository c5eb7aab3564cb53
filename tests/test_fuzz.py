"""Whatever is read from elsewhere is read, or refused with a sentence; never a traceback."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from fuzzing import TARGETS, make_case, make_cell
from hypothesis import given, settings
from hypothesis import strategies as st

from summariser.errors import SummariserError


@pytest.mark.filterwarnings("ignore::summariser.disk.record_text.OlderRecordWarning")
@pytest.mark.parametrize("target", TARGETS)
@given(number=st.integers(0, 2**32))
@settings(max_examples=12, deadline=None)
def test_damaged_document_is_read_or_refused(target: str, number: int) -> None:
    """Replies, verdicts, pages, records, cassettes, cells of the ledger, settings: nothing but an error of ours."""
    read, examples = TARGETS[target]
    case = (make_case if examples else make_cell)(examples, random.Random(number))

    with suppress(SummariserError):
        read(case)


def test_number_alone_makes_a_case() -> None:
    """What a fault is printed with makes it again, whatever cases were made before."""
    document = b'{"a": {"b": [1]}, "c": [{"d": "e"}]}'

    first, second = ([make_case([document], random.Random(number)) for number in range(2000)] for _ in range(2))

    assert first == second
