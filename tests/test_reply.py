"""The text of a reply becomes a typed value, or a list of what is wrong with it."""

from __future__ import annotations

import json

import pytest
from making import case_reply, case_text

from summariser.errors import InvalidReply
from summariser.reply import MAX_LISTED, parse_reply, pick_object
from summariser.schema.case import CaseReply

TEXTS = {
    "bare": ('{"a": 1}', {"a": 1}),
    "in a fence": ('Here it is:\n```json\n{"a": 1}\n```\nAnything else?', {"a": 1}),
    "after an echo of braces": ('The article says {x}. {"a": 2}', {"a": 2}),
    "given twice": ('{"a": 1}\n{"a": 2}', {"a": 2}),
    "nested": ('{"a": {"b": 1}}', {"a": {"b": 1}}),
    "with a byte order mark": ('\ufeff{"a": 1}', {"a": 1}),
    "cut off": ('{"a": [{"b": 1}, {"c":', None),
    "a list": ("[1, 2]", None),
    "no JSON": ("I cannot do that.", None),
    "empty": ("", None),
    "NaN": ('{"a": NaN}', None),
}


@pytest.mark.parametrize(("text", "value"), TEXTS.values(), ids=TEXTS)
def test_last_whole_object_is_picked(text: str, value: object) -> None:
    """The last complete top-level object counts; an object cut off is none."""
    assert pick_object(text) == value


@pytest.mark.parametrize(
    "text", ['{"a":' * 50_000, "{" * 1_000_000, '{"a": "' * 200_000], ids=["deep", "open", "quotes"]
)
def test_text_made_to_be_slow_is_given_up(text: str) -> None:
    """A reply of openings that lead nowhere costs little and is no object."""
    assert pick_object(text) is None


def test_huge_reply_is_not_read() -> None:
    """A runaway reply is refused before it is parsed."""
    with pytest.raises(InvalidReply) as caught:
        parse_reply(case_text(one_line="长" * 2_100_000), CaseReply)

    assert [issue.rule for issue in caught.value.issues] == ["no_json"]


def test_faultless_reply_is_typed() -> None:
    """JSON by the schema becomes the reply type."""
    assert parse_reply(case_text(), CaseReply).actors[0].sents == [1]


def test_half_a_surrogate_pair_is_refused() -> None:
    """A character that no file could hold never gets into a case."""
    with pytest.raises(InvalidReply) as caught:
        parse_reply(case_text(one_line="\ud800"), CaseReply)

    assert [issue.rule for issue in caught.value.issues] == ["json_invalid"]


def test_missing_fields_are_all_named() -> None:
    """Each missing field is one issue with its path."""
    reply = case_reply()
    del reply["lesson"], reply["actions"][0]["quote"]

    with pytest.raises(InvalidReply) as caught:
        parse_reply(json.dumps(reply), CaseReply)

    assert {issue.path for issue in caught.value.issues} == {"lesson", "actions[0].quote"}


def test_number_of_issues_sent_back_is_bounded() -> None:
    """A reply of another shape altogether does not fill the next request with its faults."""
    reply = case_reply(results=[{"nothing": 1}] * 50)

    with pytest.raises(InvalidReply) as caught:
        parse_reply(json.dumps(reply), CaseReply)

    assert len(caught.value.issues) == MAX_LISTED + 1
    assert caught.value.issues[-1].rule == "more_issues"


def test_message_tells_what_stands_there() -> None:
    """An issue names the value found, so that it can be mended without guessing."""
    with pytest.raises(InvalidReply) as caught:
        parse_reply(case_text(decision="maybe"), CaseReply)

    assert "'union_case'" in caught.value.issues[0].message
    assert '"maybe"' in caught.value.issues[0].message
