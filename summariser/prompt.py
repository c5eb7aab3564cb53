"""Versioned prompts and their lock, and the requests made from them.

A prompt is a file `prompts/<name>/<version>.md`: front matter, then sections `# system`, `# user`, `# repair`. Once
released it is never edited; `prompts/lock.json` holds its hash together with that of the reply schema it was written
for, and a prompt that differs from its lock is refused. The system message is the same for every article, so that
endpoints can cache it; what differs comes last. An invalid reply is answered with itself and its issues only: the
history never grows.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Any, Literal

import yaml
from pydantic import BaseModel

from summariser.errors import PromptError
from summariser.pages.geometry import arrange_page
from summariser.reply import CaseReply, MoreReply, SplitReply, VerifyReply
from summariser.schema.case import FactClaim, Finding
from summariser.schema.exchange import Message, ReplySchema, Request, canonical_json
from summariser.schema.page import Article, Frozen, Page
from summariser.text import glossary_for

# A reply is asked for with the schema of its prompt; the name says which schema file that is.
REPLY_TYPES: dict[str, type[BaseModel]] = {
    "schemas/split_reply/1.json": SplitReply,
    "schemas/case_reply/2.json": CaseReply,
    "schemas/case_reply/3.json": CaseReply,
    "schemas/case_more/1.json": MoreReply,
    "schemas/case_more/2.json": MoreReply,
    "schemas/verify_reply/1.json": VerifyReply,
}
# What a case is asked on with; fields that older schemas lack, which are read as null where they are missing.
_MORE_SCHEMAS = {
    "schemas/case_reply/2.json": "schemas/case_more/1.json",
    "schemas/case_reply/3.json": "schemas/case_more/2.json",
}
_LACKS = dict.fromkeys(("schemas/case_reply/2.json", "schemas/case_more/1.json"), frozenset({"per_text"}))
SECTIONS = ("system", "user", "repair")
MORE = "more"  # the section that asks on from where a long list stopped, in prompts that have one
MAX_SENT_BACK = 40_000  # characters of a reply; the longest useful one has some 20,000, and hundreds wait in memory
LARGE = 1.15  # times the letters of the body; boxes of OCR vary by less
NOTHING = "（无）"  # what stands where an article has no headline or no kicker
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")


class Prompt(Frozen):
    """One released prompt."""

    name: str
    version: str
    date: str
    schema_path: str
    changes: str
    system: str
    user: str
    repair: str
    more: str | None
    sha256: str
    placed: bool = False  # written for pages whose lines have places

    @property
    def id(self) -> str:
        """Name and version: `case_study@1`."""
        return f"{self.name}@{self.version}"


class PromptSettings(Frozen):
    """What a request takes from the settings."""

    model: str
    temperature: float
    max_tokens: int


def load_prompt(spec: str, *, placed: bool = False, folder: Path | None = None) -> Prompt:
    """The prompt `name@version`, or the newest version of `name` that may be asked, checked against the lock.

    Shape: `placed` allows versions that are written for pages whose lines have places, and prefers them.
    Errors: PromptError if there is none, it cannot be parsed, it has no lock entry or differs from it.
    """
    root = folder or prompts_folder()
    name, _, version = spec.partition("@")
    versions = prompt_versions(root).get(name)
    if not versions:
        known = ", ".join(sorted(prompt_versions(root))) or "none"
        raise PromptError(f"no prompt is called {name!r}", expected=f"Known prompts: {known}")
    if version and version not in versions:
        raise PromptError(
            f"prompt {name!r} has no version {version!r}", expected=f"Versions of {name}: {', '.join(versions)}"
        )
    where = [f"{name}/{each}.md" for each in ([version] if version else reversed(versions))]
    found = [parse_prompt(root.joinpath(each).read_text(encoding="utf-8"), where=each) for each in where]
    prompt = next((each for each in found if each.placed <= placed), found[0])
    _check_lock(prompt, root)
    return prompt


def recorded_prompt(spec: str, asks: Callable[[str], bool]) -> Prompt:
    """The version with which a page was recorded, or as `load_prompt` if `spec` names one or none was asked.

    Shape: `asks` says of a system message whether the recording has it.
    """
    versions = () if "@" in spec else reversed(prompt_versions()[spec])
    found = (load_prompt(f"{spec}@{version}") for version in versions)
    return next((prompt for prompt in found if asks(prompt.system)), None) or load_prompt(spec)


def parse_prompt(text: str, *, where: str) -> Prompt:
    """Read a prompt file.

    Errors: PromptError naming all front matter keys or sections that are missing.
    """
    match = re.match(r"---\n(.*?)\n---\n(.*)\Z", text, re.DOTALL)
    if not match:
        raise PromptError(f"{where} has no front matter", expected="Expected a block between two lines of ---")
    front = yaml.safe_load(match[1])
    parts = re.split(rf"^# ({'|'.join((*SECTIONS, MORE))})$", match[2], flags=re.MULTILINE)
    sections = {name: body.strip("\n") for name, body in zip(parts[1::2], parts[2::2], strict=True)}
    wanted = ("name", "version", "date", "schema", "changes")
    missing = [key for key in wanted if not isinstance(front, dict) or key not in front]
    missing += [f"# {section}" for section in SECTIONS if section not in sections]
    if missing:
        raise PromptError(f"{where} lacks {', '.join(missing)}")
    schema_path = str(front["schema"])
    if schema_path not in REPLY_TYPES:
        raise PromptError(f"{where} asks for {schema_path}", expected=f"Known schemas: {', '.join(REPLY_TYPES)}")
    return Prompt(
        **{key: str(front[key]) for key in ("name", "version", "date", "changes")},
        **{section: sections[section] for section in SECTIONS},
        schema_path=schema_path,
        more=sections.get(MORE),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        placed=front.get("pages") == "placed",
    )


def prompts_folder() -> Traversable:
    """The released prompts: beside the package in a checkout, inside it in a wheel."""
    packaged = resources.files("summariser").joinpath("prompts")
    return packaged if packaged.is_dir() else Path(__file__).resolve().parent.parent / "prompts"


def prompt_versions(folder: Traversable | None = None) -> dict[str, list[str]]:
    """Versions of each prompt, oldest first."""
    root = folder or prompts_folder()
    found: dict[str, list[str]] = {}
    for entry in root.iterdir():
        if entry.is_dir():
            names = [file.name.removesuffix(".md") for file in entry.iterdir() if file.name.endswith(".md")]
            found[entry.name] = sorted(names, key=lambda each: (int(each), "") if each.isdecimal() else (10**9, each))
    return {name: versions for name, versions in sorted(found.items()) if versions}


def lock_entry(prompt: Prompt) -> dict[str, str]:
    """What the lock says of a prompt: hash of its text, and of the schema its replies follow."""
    paths = (prompt.schema_path, _MORE_SCHEMAS[prompt.schema_path]) if prompt.more else (prompt.schema_path,)
    schema = "".join(canonical_json(reply_schema(path)) for path in paths)
    return {"prompt_sha256": prompt.sha256, "schema_sha256": hashlib.sha256(schema.encode()).hexdigest()}


@cache
def reply_schema(schema_path: str) -> ReplySchema:
    """The JSON Schema a reply must follow, in the subset that strict servers take.

    Shape: every property required, no unknown ones, no titles, no descriptions (the prompt says them in words).
    """
    return ReplySchema(_bare(REPLY_TYPES[schema_path].model_json_schema(), _LACKS.get(schema_path, frozenset())))


def split_request(page: Page, prompt: Prompt, settings: PromptSettings) -> Request:
    """Ask which lines of a page belong together."""
    lines = placed_lines(page) if prompt.placed and page.layout else numbered_lines(page)
    values = {"page_id": page.page_id, "lines": lines}
    return _request(prompt, settings, values, purpose="split", page_id=page.page_id, article_id=page.page_id)


def numbered_lines(page: Page) -> str:
    """Write the page as a model is shown it: `12| text` for every line that holds text."""
    shown = ((number, _CONTROL.sub("", page.lines[number - 1]).strip()) for number in page.text_lines)
    return "\n".join(f"{number}| {text}" for number, text in shown)


def placed_lines(page: Page) -> str:
    """Write a page whose lines have places as a model is shown it: in reading order, with columns and sizes.

    Shape: `12| text` for every line that holds text; `12^2.4|` where its letters are 2.4 times those of the body,
    `12v|` where it runs down. `@3.2` opens column 2 of what geometry takes for article 3; `@3.0` is its titles, `@0` no
    article.
    """
    arranged, shown = arrange_page(page), dict(line.split("|", 1) for line in numbered_lines(page).split("\n"))
    without_place = [number for number in page.text_lines if number not in arranged.size]
    blocks = [(*arranged.furniture, *without_place), *(region.order for region in arranged.regions)]
    written: list[str] = []
    for place, numbers in enumerate(blocks):
        column = None
        for number in numbers:
            if column != (column := arranged.column.get(number, 0)):
                written.append(f"@{place}.{column}" if place else "@0")
            size = arranged.size.get(number, 1.0)
            mark = f"^{size:.1f}" if size >= LARGE else ""
            mark += "v" if number in arranged.vertical else ""
            written.append(f"{number}{mark}|{shown[str(number)]}")
    return "\n".join(written)


def case_request(article: Article, prompt: Prompt, settings: PromptSettings) -> Request:
    """Ask what an article says."""
    values = {
        "kind": article.kind.value,
        "headline": article.headline or NOTHING,
        "kicker": article.kicker or NOTHING,
        "glossary": "；".join(f"{term.chinese} {term.english}" for term in glossary_for(article.text)) or NOTHING,
        "sentences": numbered_sentences(article),
    }
    return _request(
        prompt, settings, values, purpose="case_study", page_id=article.page_id, article_id=article.article_id
    )


def more_request(request: Request, reply: CaseReply, prompt: Prompt) -> Request:
    """Ask for the results that a reply, or several put together, left out.

    Errors: PromptError if the prompt does not ask on.
    """
    if prompt.more is None:
        raise PromptError(f"prompt {prompt.id} has no section # {MORE}")
    lacked = set(_LACKS.get(prompt.schema_path, ()))
    messages = (
        *request.messages[:2],
        Message(role="assistant", content=reply.model_dump_json(exclude={"results": {"__all__": lacked}})),
        Message(role="user", content=_fill(prompt, prompt.more, {"given": str(len(reply.results))})),
    )
    schema = _MORE_SCHEMAS[prompt.schema_path]
    return Request.made_of(
        request, messages=messages, attempt=0, schema_name=schema.split("/")[1], reply_schema=reply_schema(schema)
    )


def verify_request(article: Article, claims: Sequence[FactClaim], prompt: Prompt, settings: PromptSettings) -> Request:
    """Ask a second reader how far the article bears each claim out."""
    listed = "\n".join(
        f"{number}. {_visible(claim.text)} 〔{'、'.join(map(str, claim.sents))}〕"
        for number, claim in enumerate(claims, 1)
    )
    values = {"sentences": numbered_sentences(article), "claims": listed}
    return _request(prompt, settings, values, purpose="verify", page_id=article.page_id, article_id=article.article_id)


def repair_request(request: Request, reply_text: str, issues: tuple[Finding, ...], prompt: Prompt) -> Request:
    """Ask again: the first question, the last reply (the beginning of an endless one) and everything wrong with it."""
    listed = "\n".join(f"{number}. {issue.path}: {issue.message}" for number, issue in enumerate(issues, 1))
    question = request.messages if request.attempt == 0 else request.messages[:-2]
    messages = (
        *question,
        Message(role="assistant", content=cut_reply(reply_text).encode("utf-8", "replace").decode()),  # no half pairs
        Message(role="user", content=_fill(prompt, prompt.repair, {"issues": listed})),
    )
    return request.follow_up(messages)


def cut_reply(text: str) -> str:
    """A reply as it is sent back and kept beside records: an endless one would be paid for again, and fill memory."""
    rest = len(text) - MAX_SENT_BACK
    return text if rest <= 0 else f"{text[:MAX_SENT_BACK]} [{rest:,} more characters]"


def numbered_sentences(article: Article) -> str:
    """The sentences as the model sees them: `[12] ...`, one a line."""
    return "\n".join(
        f"[{sentence.number}] {_visible(article.text[sentence.start : sentence.end])}" for sentence in article.sentences
    )


def _check_lock(prompt: Prompt, root: Traversable) -> None:
    lock_file = root.joinpath("lock.json")
    try:
        lock = json.loads(lock_file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PromptError(
            f"{lock_file} cannot be read: {error}", next_step="Restore it from version control"
        ) from error
    held = lock.get(prompt.id) if isinstance(lock, dict) else None
    if held is None:
        raise PromptError(
            f"prompt {prompt.id} is not in the lock",
            next_step="Release it with `make generate`, in the same commit as its figures",
        )
    changed = [key.removesuffix("_sha256") for key, value in lock_entry(prompt).items() if held.get(key) != value]
    if changed:
        raise PromptError(
            f"the {' and the '.join(changed)} of {prompt.id} changed after the release",
            expected="A released prompt is never edited, because records name it",
            next_step="Restore it from version control, and add the change as the next version",
        )


def _request(  # noqa: PLR0913 - one argument for each thing that differs between requests
    prompt: Prompt,
    settings: PromptSettings,
    values: dict[str, str],
    *,
    purpose: Literal["split", "case_study", "verify"],
    page_id: str,
    article_id: str,
) -> Request:
    messages = (
        Message(role="system", content=prompt.system),
        Message(role="user", content=_fill(prompt, prompt.user, values)),
    )
    return Request.made_of(
        settings,
        purpose=purpose,
        page_id=page_id,
        article_id=article_id,
        prompt=prompt.id,
        messages=messages,
        schema_name=prompt.schema_path.split("/")[1],
        reply_schema=reply_schema(prompt.schema_path),
        attempt=0,
    )


def _fill(prompt: Prompt, template: str, values: dict[str, str]) -> str:
    """Put the values in; all variables that are missing are named at once."""
    missing = sorted(set(Template(template).get_identifiers()) - set(values))
    if missing:
        what = f"prompt {prompt.id} asks for what is not known here: {', '.join(missing)}"
        raise PromptError(what, expected=f"A prompt with no more than {', '.join(sorted(values))}")
    try:
        return Template(template).substitute(values)
    except ValueError as error:
        raise PromptError(
            f"prompt {prompt.id} has a stray $: {error}", next_step="Write $$ for a dollar sign"
        ) from error


def _visible(text: str) -> str:
    """One line without control characters, so that an article can neither forge a sentence number nor a line."""
    return text if text.isprintable() else "".join(char if char.isprintable() else " " for char in text)


def _bare(node: Any, lacks: frozenset[str]) -> Any:
    """The schema without what only people read, and without the fields that it lacks."""
    if isinstance(node, list):
        return [_bare(item, lacks) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if key not in {"title", "description", "default"}}
    if node.get("type") == "object":
        fields = {name: _bare(value, lacks) for name, value in node["properties"].items() if name not in lacks}
        kept |= {"properties": fields, "required": list(fields), "additionalProperties": False}
        return {key: value if key == "properties" else _bare(value, lacks) for key, value in kept.items()}
    return {key: _bare(value, lacks) for key, value in kept.items()}
