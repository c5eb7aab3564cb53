"""Write what is generated: schemas/, prompts/lock.json, and record.md, codebook.md, commands.md in docs/.

A test keeps them in step.

usage: python scripts/generate.py [--check]

With --check nothing is written; exit status 1 names what is out of date. A prompt that is in the lock is never locked
again: a released prompt that changed is an error here as everywhere.
"""

from __future__ import annotations

import json
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel, JsonValue

from summariser.cli import cli
from summariser.exporting.formats import links_of
from summariser.prompt import REPLY_TYPES, lock_entry, parse_prompt, prompt_versions, reply_schema
from summariser.schema import case, codes, record
from summariser.schema import record as reading
from summariser.schema.codes import CODE_LISTS, CODEBOOK, CodedEnum, codes_in_force, codes_that_ended

ROOT = Path(__file__).resolve().parent.parent
STORED: dict[str, type[BaseModel]] = {
    record.RECORD_SCHEMA: record.Record,
    record.FAILURE_SCHEMA: record.Failure,
    record.PAGE_SCHEMA: record.PageManifest,
    reading.READING_SCHEMA: reading.KeptReading,
}
WIDTH = 100  # of help texts, in columns
DOCUMENTED: tuple[type[BaseModel], ...] = (
    record.Record,
    record.Dateline,
    case.Case,
    case.Place,
    case.Time,
    case.BeneficiaryGroup,
    case.Statement,
    case.Actor,
    case.Employer,
    case.Person,
    case.Device,
    case.Relation,
    case.Action,
    case.Result,
    case.Period,
    case.Claim,
    case.Quantity,
    case.Change,
    case.Evidence,
    case.EvidenceSpan,
    case.Finding,
    record.Correction,
    record.Practice,
    record.Review,
    record.ArticleText,
    record.ArticleSentence,
    record.Provenance,
    record.Verification,
    record.Failure,
    record.FailedAttempt,
    record.PageManifest,
    record.PagePicture,
    record.PageArticle,
    reading.KeptReading,
    reading.KeptLine,
)


def generated() -> dict[str, str]:
    """Every generated file: path from the root, and what it should hold."""
    files = {path: _pretty(reply_schema(path)) for path in REPLY_TYPES}
    files |= {path: _pretty(stored_schema(path)) for path in STORED}
    files["prompts/lock.json"] = _pretty(lock())
    files["docs/record.md"] = field_guide()
    files["docs/codebook.md"] = codebook()
    files["docs/commands.md"] = command_guide()
    return files


def stored_schema(path: str) -> dict[str, Any]:
    """The JSON Schema of a stored file."""
    schema = STORED[path].model_json_schema(mode="serialization", by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": path, **schema}


def lock() -> dict[str, dict[str, str]]:
    """The lock: what it holds already, and an entry for every prompt that has none."""
    path = ROOT / "prompts" / "lock.json"
    held: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    for name, versions in prompt_versions(ROOT / "prompts").items():
        for version in versions:
            file = ROOT / "prompts" / name / f"{version}.md"
            prompt = parse_prompt(file.read_text(encoding="utf-8"), where=f"{name}/{version}.md")
            if held.setdefault(prompt.id, lock_entry(prompt)) != lock_entry(prompt):
                sys.exit(f"{prompt.id} is released and changed; restore it and add the change as the next version")
    return dict(sorted(held.items()))


def field_guide() -> str:
    """docs/record.md: every field of a record with its meaning."""
    parts = [
        "# The fields of a record\n",
        "Generated from the schema by `make generate`; do not edit.\n",
        "A record is one JSON file for one article. Facts of `case` carry `evidence` and `supported`.\n"
        "The codes are in [codebook.md](codebook.md).\n",
    ]
    parts += [_type_section(kind) for kind in DOCUMENTED]
    return "\n".join(parts)


def codebook() -> str:
    """docs/codebook.md: every code with its labels, what is in, what has another code, and an example."""
    parts = [
        f"# The codebook, version {CODEBOOK}\n",
        "Generated from `summariser/tables/codes.csv` by `make generate`; do not edit.\n"
        "`summariser export --to skos -o FILE` writes the same as SKOS.\n",
        "*In* is what a code takes in, *not* what has another code; Chinese before English. *Since* is the version\n"
        "that brought the code; examples are our own.\n",
        _coding_order(),
        *(_code_section(each) for each in CODE_LISTS),
    ]
    return "\n".join(parts)


def command_guide() -> str:
    """docs/commands.md: the help of every listed verb, as a terminal of `WIDTH` columns shows it."""
    top = click.Context(cli, info_name="summariser", **cli.context_settings)
    parts = [
        "# The commands\n",
        "Generated from the command line by `make generate`; do not edit. `summariser VERB --help` prints the same.\n",
        _help_text(cli, top),
    ]
    for verb in cli.list_commands(top):
        command = cli.get_command(top, verb)
        if command and not command.hidden:
            parts.append(f"## {verb}\n\n{_help_section(command, verb, top)}")
    return "\n".join(parts)


def _help_section(command: click.Command, verb: str, parent: click.Context) -> str:
    """The help of a verb, and of the verbs below it."""
    context = click.Context(command, info_name=verb, parent=parent, **command.context_settings)
    sections = [_help_text(command, context)]
    if isinstance(command, click.Group):
        sections += [_help_section(inner, name, context) for name, inner in sorted(command.commands.items())]
    return "\n".join(sections)


def _help_text(command: click.Command, context: click.Context) -> str:
    """One help text; the width of the terminal does not matter."""
    context.terminal_width = context.max_content_width = WIDTH
    return f"```text\n{command.get_help(context).rstrip()}\n```\n"


def _type_section(kind: type[BaseModel]) -> str:
    rows = ["| field | type | meaning |", "|---|---|---|"]
    for name, field in kind.model_fields.items():
        shown = _type_name(field.annotation).replace("|", "\\|")
        rows.append(f"| `{field.alias or name}` | {shown} | {(field.description or '').replace('|', chr(92) + '|')} |")
    return f"## {kind.__name__}\n\n{_first_line(kind)}\n\n" + "\n".join(rows) + "\n"


def _code_section(code_list: type[CodedEnum]) -> str:
    rows = ["| code | label | in | not | example | since | links |", "|---|---|---|---|---|---|---|"]
    for row in codes_in_force(code_list.__name__):
        cells = [f"`{row['code']}`", *(_both(row, kind) for kind in ("{}", "include_{}", "exclude_{}"))]
        under = [f"`{row['under']}`"] if row["under"] else []
        links = [f"{link.match} {link.vocabulary} {link.notation}" for link in links_of(row)]
        cells += [row["example"], row["since"], "<br>".join(under + links)]
        rows.append(f"| {' | '.join(cells)} |")
    ended = [
        f"Until version {row['until']} there was `{row['code']}`; it became `{row['became']}`.\n"
        for row in codes_that_ended(code_list.__name__)
    ]
    return "\n".join([f"## {code_list.__name__}\n", f"{_first_line(code_list)}\n", *rows, "", *ended])


def _coding_order() -> str:
    """In which order themes are coded, as the module of the codes says it."""
    text = codes.__doc__ or ""
    return text[text.index("Coding order") :]


def _both(row: dict[str, str], column: str) -> str:
    """A cell with the Chinese and the English of a column."""
    return "<br>".join(text for language in ("zh", "en") if (text := row[column.format(language)]))


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0]


def _type_name(annotation: Any) -> str:
    """A type as the field guide writes it."""
    if annotation is JsonValue:
        return "JSON"
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return " or ".join(f"`{value}`" for value in inner)
    if origin in (typing.Union, types.UnionType):
        return " or ".join("null" if part is type(None) else _type_name(part) for part in inner)
    if origin in (tuple, list):
        return f"list of {_type_name(inner[0])}"
    return str(annotation.__name__)


def _pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _out_of_date() -> Iterator[str]:
    for path, text in generated().items():
        file = ROOT / path
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            yield path


def main() -> None:
    """Write, or check."""
    stale = list(_out_of_date())
    if "--check" in sys.argv[1:]:
        sys.exit(f"out of date: {', '.join(stale)}; run `make generate`" if stale else 0)
    for path, text in generated().items():
        file = ROOT / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    print("\n".join(f"wrote {path}" for path in stale) or "everything is in step")


if __name__ == "__main__":
    main()
