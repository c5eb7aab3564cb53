"""What findings say in Chinese: every message that code can make has a row in the table, with the same values."""

from __future__ import annotations

import ast
import json
import re
import time
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import pytest
from pydantic import BaseModel
from test_asking import make_request

from summariser.endpoints.completion import TOO_MUCH, Completion, Rejection, refuse, refuse_completion
from summariser.errors import InputError, InvalidReply
from summariser.places import resolve
from summariser.reply import CaseReply, MoreReply, SplitReply, VerifyReply, parse_reply
from summariser.report.views import finding_words, to_chinese
from summariser.schema.case import Direction, Finding, Rule, Severity
from summariser.schema.exchange import Usage
from summariser.schema.record import FailureReason
from summariser.tables import read_table
from summariser.workbench.web import translate_error

PACKAGE = Path(__file__).resolve().parent.parent / "summariser"
MARK = re.compile(r"⟦\d+⟧")  # stands in a message for a value
CHINESE = re.compile("[\u3002\u4e00-\u9fff]")
OURS = {
    "JSON",
    "null",
    "results",
    "part_of",
    "true",
    "false",
    "NaN",
    "Infinity",
    "uXXXX",
    "overwrite",
}  # words of our formats and options, which Chinese messages keep
ROWS = [row for row in read_table("findings") if row["key"] in tuple(Rule)]
FORMATS = (CaseReply, MoreReply, VerifyReply, SplitReply)
WRONG: tuple[Any, ...] = (None, -5, 1.5, 10**30, "x", "", True, [], {}, ["x"] * 300, [{}], {"a": 1})
BROKEN = (
    *(
        '{"a": }',
        '{"a" 1}',
        '{"a": 1 "b": 2}',
        '{"a": 1, b}',
        '{"a": "\x01"}',
        '{"a": "\\x"}',
        '{"a": "\\u12"}',
        '{"a": 1,}',
    ),
    *('{"a": NaN}', '{"a": -Infinity}', '{"a": [1,]}', '{"a": "b', '{"a": [1}', f'{{"a": {"1" * 5000}}}'),
)
Function = ast.FunctionDef | ast.AsyncFunctionDef


class _Scope(NamedTuple):
    """Where an expression stands."""

    module: ast.Module
    function: Function


class _Said(NamedTuple):
    """A finding that code says: the rules it may be of, and its values by their names; a name `**` hides some."""

    rules: frozenset[str]
    values: dict[str, list[str]]


@cache
def _said() -> tuple[_Said, ...]:
    """All findings that code says in the words of the table."""
    found = []
    for path in PACKAGE.rglob("*.py"):
        module = ast.parse(path.read_text(encoding="utf-8"))
        for function in (each for each in ast.walk(module) if isinstance(each, Function)):
            scope = _Scope(module, function)
            calls = (each for each in ast.walk(function) if isinstance(each, ast.Call))
            for call in (each for each in calls if isinstance(each.func, ast.Attribute) and each.func.attr == "say"):
                values = {each.arg or "**": _texts(each.value, scope) for each in call.keywords}
                found.append(_Said(frozenset(_rules(call.func.value, scope)), values))
    return tuple(found)


def _rules(rule: ast.expr, scope: _Scope) -> Iterator[str]:
    """The rules that an expression can be."""
    for value in [value for value, _ in _assigned(rule, scope)] if isinstance(rule, ast.Name) else [rule]:
        for node in ast.walk(value):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "Rule":
                yield Rule[node.attr].value


def _names(english: str) -> list[str]:
    """The names of the values in a message of the table."""
    return re.findall(r"\{(\w+)\}", english)


def _filled(english: str) -> str:
    """A message of the table with a mark for each value."""
    return english.format_map({name: f"⟦{crc32(name.encode())}⟧" for name in _names(english)})


def _texts(node: ast.expr, scope: _Scope) -> list[str]:
    """All texts that an expression can be; what code does not spell itself is a mark."""
    texts: list[str] = []
    match node:
        case ast.Constant(value=str(text)):
            texts = [text]
        case ast.JoinedStr(values=parts):
            texts = ["".join(some) for some in product(*(_texts(part, scope) for part in parts))]
        case ast.FormattedValue(value=value):
            texts = _texts(value, scope)
        case ast.IfExp(body=one, orelse=other):
            texts = [*_texts(one, scope), *_texts(other, scope)]
        case ast.BoolOp(values=values):
            texts = [text for each in values for text in _texts(each, scope)]
        case ast.Name():
            texts = [text for value, where in _assigned(node, scope) for text in _texts(value, where)]
        case ast.Call(func=ast.Name(id=name)):
            made = [each for each in ast.walk(scope.module) if isinstance(each, Function) and each.name == name]
            for function in made:
                returns = [each.value for each in ast.walk(function) if isinstance(each, ast.Return) and each.value]
                texts += [text for each in returns for text in _texts(each, _Scope(scope.module, function))]
    return texts or [f"⟦{crc32(ast.unparse(node).encode())}⟧"]


def _assigned(name: ast.Name, scope: _Scope) -> list[tuple[ast.expr, _Scope]]:
    """What a name can stand for: what was assigned last before it, a constant, or what callers give."""
    inside = list(ast.walk(scope.function))
    given = [(value.lineno, value) for each in inside for value in _values(each, name.id) if value.lineno < name.lineno]
    read = [each.lineno for each in inside if isinstance(each, ast.Name) and each.id == name.id]
    used = {line for line in read if line < name.lineno} - {line for line, _ in given}
    if given:
        last = [value for line, value in given if not any(line < each for each in used)]
        return [(value, scope) for value in last or [value for _, value in given]]
    arguments = [each.arg for each in scope.function.args.args]
    if name.id not in arguments:
        return [(value, scope) for each in scope.module.body for value in _values(each, name.id)]
    place, calls = arguments.index(name.id), [each for each in ast.walk(scope.module) if isinstance(each, ast.Call)]
    told = [each.args[place] for each in calls if _is_called(each, scope) and len(each.args) > place]
    return [(each, scope) for each in (*told, *scope.function.args.defaults) if isinstance(each, ast.Constant)]


def _values(node: ast.AST, name: str) -> Iterator[ast.expr]:
    """What a statement assigns to a name, alone or as one of several."""
    match node:
        case ast.Assign(targets=[ast.Name(id=own)], value=value) if own == name:
            yield value
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
            yield from (value for target, value in zip(targets, values, strict=True) if ast.unparse(target) == name)


def _is_called(call: ast.Call, scope: _Scope) -> bool:
    """Whether a call is one of the function."""
    return isinstance(call.func, ast.Name) and call.func.id == scope.function.name


def _foreign_words(chinese: str) -> set[str]:
    """Latin words of a Chinese message that are none of our formats."""
    return set(re.findall("[A-Za-z_]{2,}", MARK.sub("", chinese))) - OURS


def test_every_finding_has_a_message() -> None:
    """Each finding of code is of a rule and has values for which the table has one message."""
    rows = [(row["key"], frozenset(_names(row["en"]))) for row in ROWS]

    unknown = [
        one
        for one in _said()
        if "**" not in one.values and not {(r, frozenset(one.values)) for r in one.rules} <= {*rows}
    ]
    assert len(_said()) > 70
    assert not unknown
    assert len(rows) == len(set(rows))
    assert {*Rule} - {rule for one in _said() for rule in one.rules} == {"unreadable"}


def test_every_message_is_said_in_chinese() -> None:
    """Each message of the table has a Chinese form that holds all its values and no English words."""
    told = [(row["key"], _filled(row["en"])) for row in ROWS]
    said = {(rule, message): to_chinese(rule, message) for rule, message in told}

    assert not [key for key, chinese in said.items() if not CHINESE.search(chinese)]
    assert not [key for key, chinese in said.items() if set(MARK.findall(chinese)) != set(MARK.findall(key[1]))]
    assert not [key for key, chinese in said.items() if _foreign_words(chinese)]


def test_rows_have_the_same_values_on_both_sides() -> None:
    """The Chinese of a row has the values of its English, none twice, and no row stands twice."""
    rows = read_table("findings")
    values = [[sorted(re.findall(r"\{(\w+)\}", row[side])) for side in ("en", "zh")] for row in rows]

    assert not [row for row, (english, chinese) in zip(rows, values, strict=True) if english != chinese]
    assert not [names for names, _ in values if len(names) != len(set(names))]
    assert len({(row["key"], row["en"]) for row in rows}) == len(rows)


def test_words_within_messages_are_said_in_chinese() -> None:
    """What code puts into a message in English, a direction or what would have kept a number, is Chinese too."""
    said = {(name, text) for one in _said() for name, texts in one.values.items() for text in texts}
    words = {(name, text) for name, text in said if name != "**" and _foreign_words(text)}
    words |= {("way", way.value) for way in Direction if way is not Direction.NONE}  # that has no opposite
    words |= {("source", "the page"), ("source", "the prompt")}
    words |= {("extent", "the level reached"), ("extent", "the size of the change")}

    assert {("language", "English"), ("difference", "the unit is another")} <= words
    assert not [text for name, text in words if not CHINESE.search(to_chinese(name, text))]


def test_every_reason_about_a_place_is_said_in_chinese() -> None:
    """Why a place was not found, one reason or several, is Chinese with all names."""
    module = ast.parse((PACKAGE / "places.py").read_text(encoding="utf-8"))
    functions = [each for each in ast.walk(module) if isinstance(each, Function)]
    spelled = [
        (each, function) for function in functions for each in ast.walk(function) if isinstance(each, ast.JoinedStr)
    ]
    reasons = {
        text for each, function in spelled for text in _texts(each, _Scope(module, function)) if _foreign_words(text)
    }
    several = {f"{one}; {other}" for one, other in product(reasons, reasons)}

    said = {reason: to_chinese("place_unresolved", f"{reason}.") for reason in reasons | several}

    assert len(reasons) == 6
    assert not [reason for reason, chinese in said.items() if _foreign_words(chinese)]
    assert not [reason for reason, chinese in said.items() if set(MARK.findall(chinese)) != set(MARK.findall(reason))]
    assert to_chinese("place_unresolved", f"{resolve('湖北省', '沙市市', '高新区').reason}.") == (
        "沙市市 (420400) 已于 1994 年撤销；今为 沙市区 (421002)；高新区是功能区，没有自己的区划代码。"
    )


@pytest.mark.parametrize("reply", BROKEN)
def test_fault_of_json_is_said_in_chinese(reply: str) -> None:
    """What Python says of broken JSON is Chinese as well."""
    with pytest.raises(InvalidReply) as caught:
        parse_reply(reply, CaseReply)

    chinese = [to_chinese(each.rule, each.message) for each in caught.value.issues if each.rule == Rule.JSON_SYNTAX]
    assert chinese
    assert not [each for each in chinese if _foreign_words(re.sub('"(?:[^"\\\\]|\\\\.)*"', "", each))]


@pytest.mark.parametrize("kind", FORMATS)
def test_what_a_format_refuses_is_said_in_chinese(kind: type[BaseModel]) -> None:
    """Wherever a value of a reply is of another kind or missing, the issue is Chinese and shows the value."""
    schema = kind.model_json_schema()
    sound = _example(schema, schema.get("$defs", {}))
    parse_reply(json.dumps(sound), kind)
    replies = [_put(sound, place, value) for place in _places(sound) for value in WRONG]

    issues = [issue for reply in replies for issue in _issues(json.dumps(reply), kind)]

    assert {"missing", "list_type", "model_type"} <= {each.rule for each in issues}
    assert not {(each.rule, each.message) for each in issues if not CHINESE.search(to_chinese(each.rule, each.message))}


def _issues(text: str, kind: type[BaseModel]) -> tuple[Finding, ...]:
    """What is wrong with a reply."""
    try:
        parse_reply(text, kind)
    except InvalidReply as error:
        return tuple(error.issues)
    return ()


def _example(schema: Any, known: Any) -> Any:
    """A value that a JSON schema allows, as full as it can be."""
    schema = schema.get("anyOf", [schema])[0]
    schema = known[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if "enum" in schema:
        return schema["enum"][0]
    match schema["type"]:
        case "object":
            return {name: _example(inner, known) for name, inner in schema["properties"].items()}
        case "array":
            return [_example(schema["items"], known)]
    return {"string": "文", "integer": 1, "boolean": True}[schema["type"]]


def _places(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where something stands in a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*place, key)
        yield from _places(inner, (*place, key))


def _put(value: Any, place: tuple[str | int, ...], new: Any) -> Any:
    """The value with another one in a place of it."""
    if not place:
        return new
    changed = value.copy()
    changed[place[0]] = _put(value[place[0]], place[1:], new)
    return changed


@pytest.mark.parametrize("rule", ["page_not_checked", "page_changed", "stale", "differs"])
def test_trouble_on_the_page_where_an_article_goes_on_is_said_in_chinese(rule: str) -> None:
    """What is wrong with the other page stands within what is told of this one."""
    inner = next(_filled(row["en"]) for row in ROWS if row["key"] == rule)

    chinese = to_chinese(rule, f"p-2, where it goes on: {inner} Run both pages together.")

    assert chinese == f"转到的版面 p-2：{to_chinese(rule, inner)}请把两个版面一起运行。"


SAID = "⟦1⟧"  # by an endpoint or a model
ASKED = make_request().model_copy(update={"model": "⟦2⟧"})
REJECTED = (
    *(Rejection(400, SAID), Rejection(413, SAID), Rejection(413, f"{TOO_MUCH} ⟦3⟧ bytes")),
    Rejection(400, f"content_filter {SAID}"),
)
WHYS = ("⟦3⟧ tokens were not enough", "the endpoint allows no more than ⟦3⟧ tokens")
TOLD = (  # spelled where a request is given up
    "no usable reply after asking ⟦3⟧ times",
    "no usable reply after asking ⟦3⟧ time(s)",  # in older files
    f"the reply is empty (finish reason {SAID}), ⟦4⟧ times.",
    f"the endpoint failed ⟦5⟧ times on this request while it answered others ({SAID}). Run again to ask once more.",
    "⟦3⟧ batches brought no answer (the reply is empty). Run again to ask once more.",
    "⟦3⟧ batches brought no answer (⟦9⟧ tokens were not enough). Run again to ask once more.",
)


def _failures() -> Iterator[str]:
    """What can stand in the failure of an article."""
    yield from TOLD
    yield from (refuse(each, ASKED).advice for each in REJECTED)
    for trouble, why in product(FailureReason, WHYS):
        given = {"text": SAID, "reasoning": None, "model": None, "finish_reason": SAID, "usage": Usage()}
        completion = Completion(**given, trouble=trouble)
        yield refuse_completion(completion, ASKED, why=why).advice
        yield refuse_completion(completion, ASKED, why=why).what  # of a batch, which tells no next step


def test_every_failure_of_the_code_is_looked_at() -> None:
    """An article fails in as many places of the code as are looked at here."""
    texts = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]

    assert sum(len(re.findall(r"return ModelRefused\(", text)) for text in texts) == 6


@pytest.mark.parametrize("is_cut", [False, True])
@pytest.mark.parametrize("message", sorted({*_failures()}))
def test_failure_is_said_in_chinese(message: str, *, is_cut: bool) -> None:
    """Why an article has no record is Chinese with all values; what is told of a question that was cut is as well."""
    cut = " The endpoint read ⟦7⟧ of about ⟦8⟧ tokens; raise its context length (num_ctx for Ollama)."
    message = f"{message.removesuffix('.')}.{cut}" if is_cut else message

    chinese = to_chinese("failed", message.removesuffix("."))

    assert not _foreign_words(to_chinese("question_cut", cut.strip())) - {"num_ctx", "Ollama"}
    assert CHINESE.search(chinese)
    assert sorted(MARK.findall(chinese)) == sorted(MARK.findall(message))
    assert not _foreign_words(chinese) - {"max", "tokens", "num_ctx", "Ollama", "HTTP", "content_filter"}


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("mention_absent", "The article names no “甲”; leave it out."),
        ("from_elsewhere", "Name each theme once."),
        ("theme_repeated", "Name each theme once. Now."),
        ("theme_repeated", ""),
        ("way", "sideways"),
    ],
    ids=["of another rule", "of no rule of ours", "longer", "empty", "another word"],
)
def test_what_no_row_fits_stays_english(rule: str, message: str) -> None:
    """A message that the table does not have is shown as it is, once and not as Chinese."""
    shown = finding_words(Finding(path="$", severity=Severity.NOTICE, rule=rule, message=message))

    assert shown == message


def test_values_are_put_in_as_they_are() -> None:
    """Words of a page that look like markup, places for values or further messages are only words."""
    words = "<b>{name}</b> {0} \\1 rise; today it is ”"
    finding = Rule.MENTION_ABSENT.say("$", words=words)

    shown = finding_words(finding)

    assert to_chinese(finding.rule, finding.message) == f"文章里没有“{words}”；请照句子原样抄录。"
    assert shown.startswith("<i>文章里没有“&lt;b&gt;{name}")
    assert shown.count("&lt;b&gt;{name}&lt;/b&gt; {0} \\1 rise") == 2


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("place_unresolved", "a; " * 100_000 + "."),
        ("several_numbers", "“" * 50_000 + "” holds " * 50_000 + " numbers (" * 50_000),
        ("mention_inexact", "“a” differs by 1 " * 50_000),
    ],
    ids=["many reasons", "many openings", "many starts"],
)
def test_endless_message_costs_no_time(rule: str, message: str) -> None:
    """A message of any length is read in one pass for each row."""
    begun = time.process_time()

    to_chinese(rule, message)

    assert time.process_time() - begun < 1


TOLD_THERE = (
    *("reviewing/amend", "reviewing/lines"),
    *("reviewing/practices", "reviewing/rearrange", "reviewing/decisions"),
)
ERRORS = {"BudgetReached", "ConfigError", "InputError", "ModelRefused", "ModelUnavailable", "StoreError"}
# What a run in the workbench meets: settings, an endpoint, files of pages.
OF_A_RUN = (
    *("endpoints/client", "endpoints/completion", "endpoints/config", "endpoints/endpoint"),
    *("endpoints/limits", "readers/documents", "readers/dispatch", "readers/files", "readers/pictures"),
)


def _sentences_of_errors(path: Path) -> Iterator[str]:
    """What a module says with its errors: what is wrong, what was expected, what to do next."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    for function in (each for each in ast.walk(module) if isinstance(each, Function)):
        calls = (each for each in ast.walk(function) if isinstance(each, ast.Call) and each.args)
        for call in (each for each in calls if ast.unparse(each.func) in ERRORS):
            parts = [each.value for each in call.keywords if each.arg in {"expected", "next_step"}]
            yield from (text for part in (call.args[0], *parts) for text in _texts(part, _Scope(module, function)))


def test_errors_that_the_workbench_tells_are_said_in_chinese() -> None:
    """Whoever reviews in Chinese is told in Chinese what could not be done, and what the disk refuses."""
    modules = [*(PACKAGE / "workbench").glob("*.py"), *(PACKAGE / f"{name}.py" for name in TOLD_THERE)]
    texts = {text for path in (*modules, PACKAGE / "records" / "corrected.py") for text in _sentences_of_errors(path)}
    texts |= {row[side] for row in read_table("refusals") if row["module"] == "errno" for side in ("what", "next_step")}
    said = {text: to_chinese("error", text) for text in texts if MARK.sub("", text)}

    assert len(said) > 90
    assert not [text for text, chinese in said.items() if not CHINESE.search(chinese)]
    assert not [text for text, chinese in said.items() if set(MARK.findall(chinese)) != set(MARK.findall(text))]
    assert not [text for text, chinese in said.items() if _foreign_words(chinese) - {"GB"}]


def test_errors_of_a_run_are_said_in_chinese() -> None:
    """Whoever asks in Chinese is told in Chinese what is wrong with settings, endpoint or file of a page."""
    texts = {text for name in OF_A_RUN for text in _sentences_of_errors(PACKAGE / f"{name}.py")}
    texts |= {row[side] for row in read_table("unread_kinds") for side in ("what", "next_step")}
    said = {text: to_chinese("error", text) for text in texts if re.search("[a-z]{3}", MARK.sub("", text))}
    # Of these each part is said by itself.
    of_parts = re.compile(r"⟦\d+⟧ unknown settings: ⟦\d+⟧|and ⟦\d+⟧ cannot be read\n⟦\d+⟧|has ⟦\d+⟧")

    assert len(said) > 200
    assert not [text for text, told in said.items() if not (CHINESE.search(told) or of_parts.fullmatch(text))]
    assert not [text for text, told in said.items() if set(MARK.findall(told)) != set(MARK.findall(text))]


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        (
            "nobody answers at http://h (no answer within 5 seconds). Check base_url, and that the server is running",
            "http://h 没有应答（5 秒内没有回答）。请检查 base_url，并确认服务在运行。",
        ),
        (
            "https://h refuses the key from --api-key (wrong. Ask for another.). Put the final address into base_url.",
            "https://h 不接受来自 --api-key 的密钥（wrong. Ask for another.）。请把最终的地址写进 base_url。",
        ),
        ("pages/a.txt: the file is empty.", "pages/a.txt：文件是空的。"),
        ("waiting until 08:00:00: no answer within 5 seconds", "等到 08:00:00：5 秒内没有回答。"),
        (
            "pages: 2 files are no pages and were left out: 2 .csv (a.csv, b.csv).",
            "pages：有 2 个文件不是版面，未读：2 .csv (a.csv, b.csv)。",
        ),
        (
            "pages/b.7z: is a 7z archive. Unpack it and give what is inside.",
            "pages/b.7z：是 7z 压缩包。请解压后给出里面的文件。",
        ),
        (
            "summariser.toml has unknown settings: 'modle'. Settings are a, b.",
            "summariser.toml 里有不认识的设置：'modle'。可用的设置：a, b。",
        ),
        ("Nobody foresaw this. Or this.", "Nobody foresaw this. Or this."),
    ],
    ids=["endpoint", "sentences of an endpoint", "file", "wait", "note", "kind", "settings", "unknown"],
)
def test_what_is_kept_of_an_error_as_text_is_told_in_chinese(text: str, chinese: str) -> None:
    """Of a run that is over the ledger has the words alone; they are told as the error would be."""
    assert translate_error("zh", text) == chinese
    assert translate_error("en", text) == text


def test_an_error_is_told_in_the_language_of_the_interface() -> None:
    """Place, fault and what to do, each once; what no row fits stays as it is."""
    error = InputError("cannot be split at line 3", path="page-1", expected="A line of it behind the first: 4-9")

    assert translate_error("zh", error) == "page-1：不能在第 3 行拆分。请选第一行之后的一行：4-9。"
    assert translate_error("en", error) == str(error)
    assert translate_error("zh", InputError("odd", path="x", next_step="Run it again")) == "x：odd。请重新运行。"
