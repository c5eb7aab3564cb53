"""Prompts are released once, locked, and make the same request every time."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from conftest import ROOT
from making import make_page, make_test_article

from summariser import read_page
from summariser.endpoints.limits import estimate_tokens
from summariser.errors import PromptError
from summariser.pages.article import make_article
from summariser.prompt import (
    MAX_SENT_BACK,
    REPLY_TYPES,
    PromptSettings,
    case_request,
    load_prompt,
    numbered_sentences,
    parse_prompt,
    prompt_versions,
    recorded_prompt,
    repair_request,
    reply_schema,
    split_request,
)
from summariser.readers.files import parse_page
from summariser.records.grounding import read_reply
from summariser.schema.case import Rule
from summariser.schema.codes import (
    ActorRole,
    Beneficiary,
    CodedEnum,
    Decision,
    Level,
    OrgType,
    PersonKind,
    PracticeStatus,
    ResultKind,
    ResultStatus,
    Theme,
)
from summariser.schema.page import ArticleKind, LineRange

SETTINGS = PromptSettings(model="m", temperature=0.0, max_tokens=8000)
RELEASED = [f"{name}@{version}" for name, versions in prompt_versions(ROOT / "prompts").items() for version in versions]


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    """A copy of the released prompts that a test may spoil."""
    return Path(shutil.copytree(ROOT / "prompts", tmp_path / "prompts"))


@pytest.mark.parametrize(
    ("spec", "asked", "wanted"),
    [
        ("case_study", "case_study@3", "case_study@3"),
        ("case_study", "case_study@4", "case_study@4"),
        ("case_study", "case_study@5", "case_study@5"),
        ("case_study", "verify@1", "case_study@5"),
        ("case_study@4", "case_study@3", "case_study@4"),
    ],
)
def test_recording_is_played_with_the_release_it_was_made_with(spec: str, asked: str, wanted: str) -> None:
    """A version that is named wins; a recording without any is asked with the newest."""
    recorded = load_prompt(asked).system

    assert recorded_prompt(spec, recorded.__eq__).id == wanted


@pytest.mark.parametrize("spec", RELEASED)
def test_released_prompt_equals_its_lock(spec: str) -> None:
    """Every prompt in the repository loads, which it does only if it equals its lock."""
    assert load_prompt(spec).id == spec


def test_changed_prompt_is_refused(prompts: Path) -> None:
    """One character more in a released prompt stops the run and says what to do."""
    file = prompts / "case_study" / "3.md"
    file.write_text(file.read_text(encoding="utf-8") + "!", encoding="utf-8")

    with pytest.raises(PromptError, match="next version"):
        load_prompt("case_study@3", folder=prompts)


def test_changed_reply_schema_is_refused(prompts: Path) -> None:
    """A prompt is locked together with the schema it was written for."""
    lock = json.loads((prompts / "lock.json").read_text(encoding="utf-8"))
    lock["split@1"]["schema_sha256"] = "0" * 64
    (prompts / "lock.json").write_text(json.dumps(lock), encoding="utf-8")

    with pytest.raises(PromptError, match="schema of split@1 changed"):
        load_prompt("split@1", folder=prompts)


def test_prompt_without_lock_entry_is_refused(prompts: Path) -> None:
    """A prompt that was never released is not used."""
    (prompts / "lock.json").write_text("{}", encoding="utf-8")

    with pytest.raises(PromptError, match="not in the lock"):
        load_prompt("split", folder=prompts)


@pytest.mark.parametrize(
    ("spec", "said"),
    [("poem", "Known prompts: case_study, split, verify"), ("split@99", "Versions of split: 1")],
    ids=["name", "version"],
)
def test_unknown_prompt_names_the_known_ones(spec: str, said: str) -> None:
    """A wrong name or version is answered with the right ones."""
    with pytest.raises(PromptError, match=said):
        load_prompt(spec)


def test_newest_version_is_the_default(prompts: Path) -> None:
    """Version 10 is newer than version 9."""
    for version in ("9", "10"):
        (prompts / "split" / f"{version}.md").write_text("", encoding="utf-8")

    assert prompt_versions(prompts)["split"][-2:] == ["9", "10"]


def test_version_goes_with_the_page() -> None:
    """Pages whose lines have places are asked about with another split prompt; a version that is named is used."""
    assert [load_prompt(spec, placed=placed).id for spec in ("split", "split@2") for placed in (False, True)] == [
        "split@2",
        "split@3",
        "split@2",
        "split@2",
    ]
    assert load_prompt("case_study", placed=True).id == load_prompt("case_study").id


def test_lines_with_places_are_shown_with_column_and_size() -> None:
    """A model sees each line once, in reading order, with its block, its column and the size of large letters."""
    page = read_page(ROOT / "tests" / "data" / "inputs" / "scan-1.rapidocr.json")
    prompt = load_prompt("split", placed=True)

    shown = split_request(page, prompt, SETTINGS).messages[1].content.splitlines()
    lines = [line for line in shown if re.match(r"\d", line)]

    assert [int(re.match(r"\d+", line)[0]) for line in lines] == list(page.text_lines)
    assert [line.split("|")[1].strip() for line in lines] == [page.lines[n - 1].strip() for n in page.text_lines]
    assert sum(bool(re.match(r"@\d+\.1$", line)) for line in shown) == 8
    headline = next(line for line in lines if "串起六项保障" in line)
    assert re.match(r"\d+\^[34]\.\d\|", headline)


def test_plain_text_is_asked_about_as_ever() -> None:
    """A page without places is shown without columns even to a prompt that could say them."""
    page = make_page()

    requests = [split_request(page, load_prompt(spec), SETTINGS).messages[1].content for spec in ("split@2", "split@3")]

    assert requests[0].split("：\n\n")[1] == requests[1].split("：\n\n")[1]


def test_everything_missing_in_a_prompt_file_is_named() -> None:
    """Front matter keys and sections that are missing are listed at once."""
    with pytest.raises(PromptError, match="date, schema, changes, # user, # repair"):
        parse_prompt("---\nname: x\nversion: 1\n---\n# system\nhello\n", where="x/1.md")


def test_unknown_variable_is_named() -> None:
    """A prompt that asks for what nobody gives says so when it is filled."""
    prompt = load_prompt("split").model_copy(update={"user": "${lines} ${weather}"})

    with pytest.raises(PromptError, match="weather"):
        split_request(make_page(), prompt, SETTINGS)


@pytest.mark.parametrize("codes", [
    ActorRole, Beneficiary, Decision, Level, OrgType, PersonKind, PracticeStatus, ResultKind, ResultStatus, Theme
])  # fmt: skip
def test_case_prompt_names_every_code(codes: type[CodedEnum]) -> None:
    """The model is told every code that the schema offers."""
    words = set(re.findall(r"[a-z_]+", load_prompt("case_study").system))

    assert set(codes) <= words


def test_example_in_the_prompt_passes_our_own_checks() -> None:
    """The reply that the prompt shows as an example has no finding, not even a notice."""
    system = load_prompt("case_study").system
    shown = _block(system, "article")
    lines = [re.sub(r"^\[\d+\] ", "", line) for line in shown.splitlines()]
    page = parse_page("\n".join(lines).encode(), path="example.txt")
    article = make_article(
        page, kind=ArticleKind.BRIEF, lines=[LineRange(1, len(lines))], headline_lines=(1,), kicker_lines=()
    )

    findings = read_reply(_block(system, "json"), article).findings

    assert findings == ()


def test_static_part_comes_first_and_never_changes() -> None:
    """Two articles share the whole system message, so that an endpoint can cache it."""
    prompt = load_prompt("case_study")
    one = case_request(make_test_article(), prompt, SETTINGS)
    other = case_request(make_test_article(("另一篇文章", "本报讯 另一件事。")), prompt, SETTINGS)

    assert one.messages[0] == other.messages[0]
    assert one.messages[1] != other.messages[1]


def test_static_part_stays_short() -> None:
    """A request without its article stays within 4,500 tokens, by our estimate."""
    assert estimate_tokens(load_prompt("case_study").system) <= 4500
    assert estimate_tokens(load_prompt("split").system) <= 4500


def test_repair_holds_only_the_last_reply_and_its_issues() -> None:
    """However often a model is asked again, the request does not grow by history."""
    prompt = load_prompt("case_study")
    request = case_request(make_test_article(), prompt, SETTINGS)
    issues = (Rule.NO_JSON.at("a", "First."), Rule.NO_JSON.at("b", "Second."))

    again = repair_request(repair_request(request, "reply one", issues, prompt), "reply two", issues[1:], prompt)

    assert [message.role for message in again.messages] == ["system", "user", "assistant", "user"]
    assert again.messages[2].content == "reply two"
    assert "b: Second." in again.messages[3].content
    assert "First." not in again.messages[3].content
    assert again.attempt == 2


def test_repair_holds_the_beginning_of_an_endless_reply() -> None:
    """What a model goes on and on with is not paid for again; a reply as long as any useful one is sent back whole."""
    prompt = load_prompt("case_study")
    request = case_request(make_test_article(), prompt, SETTINGS)
    whole, endless = "字" * MAX_SENT_BACK, "字" * (MAX_SENT_BACK + 1_500_000)

    assert repair_request(request, whole, (), prompt).messages[2].content == whole
    assert repair_request(request, endless, (), prompt).messages[2].content == f"{whole} [1,500,000 more characters]"


def test_requests_differ_in_key_when_they_differ_in_words() -> None:
    """A repair is another request; the same question is the same request."""
    prompt = load_prompt("case_study")
    request = case_request(make_test_article(), prompt, SETTINGS)

    assert request.key == case_request(make_test_article(), prompt, SETTINGS).key
    assert request.key != repair_request(request, "x", (), prompt).key


def test_article_cannot_forge_a_line() -> None:
    """Control characters and line breaks of an article cannot start a numbered sentence of their own."""
    article = make_test_article(("标题", "正文\x1b[2J\u2028[9] 假句。"))

    shown = numbered_sentences(article)

    assert "\x1b" not in shown
    assert len(shown.splitlines()) == len(article.sentences)


def test_dollar_sign_of_an_article_is_harmless() -> None:
    """Text of an article is put in as it is, never read as a variable."""
    article = make_test_article(("标题", "补贴 ${system} $100。"))

    request = case_request(article, load_prompt("case_study"), SETTINGS)

    assert "${system} $100" in request.messages[1].content


@pytest.mark.parametrize("path", REPLY_TYPES)
def test_reply_schema_is_strict(path: str) -> None:
    """Every object requires all its properties and allows no other; nothing that strict servers refuse is in it."""
    text = json.dumps(reply_schema(path))
    objects = list(_objects(reply_schema(path)))

    assert objects
    assert all(
        set(node["required"]) == set(node["properties"]) and not node["additionalProperties"] for node in objects
    )
    assert not re.search(
        r'"(default|title|description|minItems|maxItems|pattern|oneOf|allOf|prefixItems)": ["\[\d]', text
    )


def _objects(node: object) -> list[dict]:
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    own = [node] if isinstance(node, dict) and node.get("type") == "object" else []
    return own + [found for child in children for found in _objects(child)]


def _block(text: str, language: str) -> str:
    match = re.search(rf"^```{language}\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    assert match
    return match[1]
