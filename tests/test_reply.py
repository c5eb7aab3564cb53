"""The text of a reply becomes a typed value, or a list of what is wrong with it."""

from __future__ import annotations

import json
from functools import reduce
from operator import getitem

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import case_reply, case_text, count_steps

from summariser.errors import InvalidReply
from summariser.reply import MAX_LISTED, CaseReply, escape_surrogates, parse_reply

GOOD, OTHER = case_text(), case_text(decision="not_union", primary_theme="other")
ANSWERS = {
    "bare": GOOD,
    "in a fence": f"Here it is:\n```json\n{GOOD}\n```\nAnything else?",
    "after braces in prose": f'The article says {{x}}, [see] and {{"y"}}. {GOOD}',
    "before a thought": f"{GOOD}\n<think>One might have written {OTHER}</think>",
    "behind a thought": f"<think>{OTHER}</think>{GOOD}",
    "behind a thought without its beginning": f"Perhaps {OTHER}\n</think>\n{GOOD}",
    "before a thought without its end": f"{GOOD}\n<think>Or rather {OTHER}",
    "before an example": f'{GOOD}\nShorter: {{"decision": "union_case"}}',
    "given twice": f"{GOOD}\n{GOOD}",
    "in a list": f"[{GOOD}]",
    "under a key": f'{{"result": {GOOD}}}',
    "in a list under a key": f'{{"answer": [{GOOD}]}}',
    "behind a broken draft": f"{OTHER[:-1]},}}\nCorrected:\n{GOOD}",
    "behind a draft with a quote too many": f"{OTHER.replace('何', chr(34), 1)}\n```json\n{GOOD}\n```",
    "with a byte order mark": f"\ufeff{GOOD}",
}
BROKEN = {
    "comma too many": (GOOD[:-1] + "\n,}", "json_syntax", "line 2, column 2"),
    "cut off": (GOOD[: GOOD.index(": {") + 3] + "\n", "json_syntax", "cut off at line 2"),
    "cut off in a string": (GOOD[:-30] + ' "lesson', "json_syntax", "line 1, column"),
    "NaN": (GOOD[:-1] + ', "x": NaN}', "json_syntax", "NaN"),
    "number of 5,000 digits": (GOOD[:-1] + f', "x": {"1" * 5_000}}}', "json_syntax", "a number of 5,000 digits"),
    "two answers": (f"{OTHER}\n{GOOD}", "several_answers", "2 answers"),
    "two answers in a list": (f"[{GOOD}, {OTHER}]", "several_answers", "2 answers"),
    "a list of numbers": ("[1, 2]", "no_json", "one JSON object"),
    "no JSON": ("I cannot do that.", "no_json", "one JSON object"),
    "empty": ("", "no_json", "one JSON object"),
    "thought alone": (f"<think>{GOOD}", "no_json", "one JSON object"),
    "too long": (GOOD.replace("何", "何" * 610_000, 1), "reply_too_long", "at most 600,000"),
    "too deep": ('{"a": ' * 50 + "1" + "}" * 50, "json_too_deep", "50 deep"),
}
SLOW = {
    "objects without end": '{"a":',
    "lists without end": "[[",
    "quotes": '{"a": "',
    "keys": '{"',
    "small objects": '{"a":1}',
    "braces": "{ ",
    "backslashes": '{"\\',
    "thoughts": "<think>",
    "thoughts that end": '{"a":1}</think>',
    "lists": "[{}]",
}


@pytest.mark.parametrize("text", ANSWERS.values(), ids=ANSWERS)
def test_answer_is_the_object_that_validates(text: str) -> None:
    """The last object outside thoughts that fits the format is the answer, whatever stands around it."""
    assert parse_reply(text, CaseReply).decision == "union_case"


@pytest.mark.parametrize(("text", "rule", "message"), BROKEN.values(), ids=BROKEN)
def test_reply_without_one_answer_is_refused(text: str, rule: str, message: str) -> None:
    """Broken JSON is named with its place; two answers that differ are none."""
    with pytest.raises(InvalidReply) as caught:
        parse_reply(text, CaseReply)

    assert [issue.rule for issue in caught.value.issues] == [rule]
    assert message in caught.value.issues[0].message


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('"lesson": null', '"results": [], "lesson": null', "results"),
        ('"title": "焊工"', '"title": "焊工", "title": null', "people[0].title"),
    ],
    ids=["top", "nested"],
)
def test_key_that_stands_twice_is_an_issue(old: str, new: str, path: str) -> None:
    """JSON with one key twice means two things, at any depth; the path leads to it."""
    assert old in GOOD

    with pytest.raises(InvalidReply) as caught:
        parse_reply(GOOD.replace(old, new), CaseReply)

    assert [(issue.path, issue.rule) for issue in caught.value.issues] == [(path, "key_twice")]


@pytest.mark.parametrize("half", ["\ud83d", "\\ud83d"], ids=["raw", "escaped"])
def test_half_a_character_is_an_issue(half: str) -> None:
    """A character that no file could hold is named by its path and gets into no message."""
    with pytest.raises(InvalidReply) as caught:
        parse_reply(GOOD.replace('"焊工"', f'"焊{half}工"'), CaseReply)

    assert [(issue.path, issue.rule) for issue in caught.value.issues] == [("people[0].title", "half_character")]
    assert escape_surrogates("焊\ud83d工") == "焊\\ud83d工"


@pytest.mark.parametrize("piece", SLOW.values(), ids=SLOW)
def test_work_grows_with_the_text_and_no_faster(piece: str) -> None:
    """Twice a text made to be slow is at most 2.3 times the work."""

    def read(times: int) -> None:
        with pytest.raises(InvalidReply):
            parse_reply(piece * times, CaseReply)

    small, large = (count_steps(lambda times=times: read(times)) for times in (4_000, 8_000))

    assert large < 2.3 * small


@given(st.text(alphabet='{}[]",:\\ae1 \n\ud83d', max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_text_breaks_the_reading(text: str) -> None:
    """Any text either is an answer or is refused with issues that can be stored."""
    with pytest.raises(InvalidReply) as caught:
        parse_reply(text, CaseReply)

    assert "".join(issue.path + issue.message for issue in caught.value.issues).encode("utf-8")


def test_faultless_reply_is_typed() -> None:
    """JSON by the schema becomes the reply type."""
    assert parse_reply(case_text(), CaseReply).actors[0].sents == [1]


def test_missing_fields_are_all_named() -> None:
    """Each missing field is one issue with its path."""
    reply = case_reply()
    del reply["lesson"], reply["actions"][0]["theme"]

    with pytest.raises(InvalidReply) as caught:
        parse_reply(json.dumps(reply), CaseReply)

    assert {issue.path for issue in caught.value.issues} == {"lesson", "actions[0].theme"}


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (("lesson",), "give it, with null if there is nothing to say"),
        (("place", "county"), "give it, with null if there is nothing to say"),
        (("results", 0, "part_of"), "give it, with null if there is nothing to say"),
        (("decision",), "give one of 'union_case', "),
        (("actions", 0, "theme"), "give one of '"),
        (("theme_sents",), "give it as a list"),
        (("actions", 0, "sents"), "give it as a list"),
        (("summary",), "give it."),
        (("more",), "give it."),
    ],
    ids=str,
)
def test_missing_field_is_asked_for_as_the_format_has_it(path: tuple[str | int, ...], said: str) -> None:
    """Null is offered where the format takes it, a list where it wants one, the codes of a code; nothing else."""
    reply = case_reply()
    *parents, last = path
    del reduce(getitem, parents, reply)[last]

    with pytest.raises(InvalidReply) as caught:
        parse_reply(json.dumps(reply), CaseReply)

    (issue,) = caught.value.issues
    assert said in issue.message
    assert ("null" in issue.message) == ("null" in said)


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
