"""What a person pastes into a chat: the whole request, compact, or a repair in short."""

from __future__ import annotations

import json
from typing import Any

import pytest

from summariser.endpoints.desk_folder import render_paste, render_repair, render_request, spell_json, spell_shape
from summariser.pages.split_rules import split_by_rules
from summariser.prompt import PromptSettings, case_request, load_prompt, repair_request, split_request
from summariser.readers.files import parse_page
from summariser.schema.case import Rule
from summariser.schema.exchange import Request

ASKED = PromptSettings(model="m", temperature=0.0, max_tokens=100)
PAGE = parse_page(
    """临河区总工会把课堂开到车间
本报讯（记者王小禾）临河区总工会近日在纺织园办起夜校，焊工何建平头一个报名。
夜校开设3门课程，近200名职工参加。
每人补贴300元。""".encode(),
    path="a.txt",
)


def body_of(request: Request) -> dict[str, Any]:
    """The request as the desk gets it."""
    schema = {"type": "json_schema", "json_schema": {"name": request.schema_name, "schema": request.reply_schema}}
    return {"messages": [message.model_dump() for message in request.messages], "response_format": schema}


CASE = case_request(split_by_rules(PAGE).articles[0], load_prompt("case_study"), ASKED)


def test_paste_is_much_shorter_than_the_request_with_its_schema() -> None:
    """Of an article of a small page the paste has at most 60 % of the characters that messages and schema take."""
    long = "\n\n".join([*(message.content for message in CASE.messages), spell_json(CASE.reply_schema)])

    assert len(render_paste(body_of(CASE))) <= 0.6 * len(long)


@pytest.mark.parametrize("request_", [CASE, split_request(PAGE, load_prompt("split"), ASKED)], ids=["case", "split"])
def test_paste_holds_everything_that_was_asked(request_: Request) -> None:
    """Every message stands in the paste as it is, every key of the answer in its shape, and each code is told."""
    paste = render_paste(body_of(request_))

    assert all(message.content in paste for message in request_.messages)
    shape = paste.partition("## Shape of the reply")[2]
    assert all(f'"{key}": ' in shape for key in request_.reply_schema["properties"])
    definitions = request_.reply_schema["$defs"].values()
    assert all(code in paste for each in definitions for code in each.get("enum", ()))


def test_codes_that_nobody_tells_are_spelled() -> None:
    """A list of codes is called `code` only if the text names one and all of them."""
    enum = {"type": "string", "enum": ["lead", "host"]}
    schema = {"type": "object", "properties": {"role": enum}, "required": ["role"], "additionalProperties": False}

    assert spell_shape(schema, "role: lead or host") == '{"role": code}'
    assert spell_shape(schema, "role: leader or host") == '{"role": "lead"|"host"}'


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": {"type": "string"}}, "required": [], "additionalProperties": False},
        {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
        {"type": "string", "pattern": "x"},
        {"$ref": "#/$defs/A", "$defs": {"A": {"type": "array", "items": {"$ref": "#/$defs/A"}}}},
        {"$ref": "#/$defs/B"},
        {},
    ],
    ids=["key left out", "keys added", "pattern", "refers to itself", "refers to nothing", "empty"],
)
def test_schema_that_says_more_is_shown_whole(schema: dict[str, Any]) -> None:
    """What the spelling cannot say is not left out: the schema itself is shown."""
    body = {
        "messages": [{"content": "x"}],
        "response_format": {"type": "json_schema", "json_schema": {"schema": schema}},
    }

    assert spell_shape(schema, "") is None
    assert json.dumps(schema, separators=(",", ":")) in render_request("001", body)


REPLY = {
    "actors": [{"name": "甲", "sents": [1]}, {"name": "乙", "sents": [4]}],
    "problem": "难",
    "problem_sents": [2],
    "articles": [{"lines": [[3, 4]]}],
    "place": None,
}


@pytest.mark.parametrize(
    ("path", "message", "numbers"),
    [
        ("actors[1].name", "The words differ.", [4]),
        ("actors[1].name", "“乙” stands in sentence 2, but 4 is cited.", [2, 4]),
        ("problem", "No such words.", [2]),
        ("articles[0].lines", "The range is odd.", [3, 4]),
        ("noise", "lines 1-2 are in no article.", [1, 2]),
        ("summary", "Too long.", []),
        ("$", "There is no JSON.", []),
        ("actors[9].name", "Nobody.", []),
        ("noise", "lines 1-999999999 are in no article.", [1, 2, 3, 4]),
    ],
)
def test_repair_shows_the_lines_it_touches(path: str, message: str, numbers: list[int]) -> None:
    """Short of a repair: all issues, the lines that they name or that the fact cites, and nothing else."""
    issue = Rule.LINE_UNUSED.at(path, message)
    repair = repair_request(CASE, json.dumps(REPLY, ensure_ascii=False), (issue,), load_prompt("case_study"))

    short = render_repair(body_of(repair))

    assert short is not None
    assert message in short
    shown = [int(line[1 : line.index("]")]) for line in short.splitlines() if line.startswith("[")]
    assert shown == numbers
    assert len(short) < 0.1 * len(render_paste(body_of(repair)))


def test_reply_without_json_is_repaired_too() -> None:
    """Where the last answer is no JSON the issues alone are told; a first question is no repair."""
    repair = repair_request(CASE, "prose", (Rule.LINE_UNUSED.at("actors[0]", "No JSON."),), load_prompt("case_study"))

    short = render_repair(body_of(repair))

    assert short is not None
    assert short.endswith("No JSON.\n")
    assert render_repair(body_of(CASE)) is None
