"""What an option says of a value that it does not take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from making import LINES, make_page, put_record

from summariser.cli import cli
from summariser.errors import SummariserError

RUN = ["run", "page.txt", "--dry-run", "--provider", "desk"]
PUBLISH = [*("publish", "base", "records", "--title", "T", "--author", "A", "--license", "MIT", "--version", "1")]
NUMBER = "must be a whole number"
NAMED = "is not taken here; name a file or folder"
# An option: other words of the command, and for each value that is none what is said of it.
BAD = {
    "--port": (["desk"], {"x": "is no whole number from 0 to 65535", "65536": "is no whole number"}),
    "--host": (["serve"], {"": "^an empty name is no", "no host": "^no host is no address of this machine"}),
    "--as": (["serve"], {"a/b": "^a/b: cannot be the name of a coder"}),
    "--out": (RUN, {"-": NAMED, "": NAMED, "page.txt": "is a file"}),
    "--output": (["split", "page.txt", "--rules"], {"-": NAMED, "page.txt": "is a file"}),
    "--picture": (["read", "page.txt"], {"-": NAMED, "page.txt": "is a file"}),
    "--dir": (["desk"], {"-": NAMED, "page.txt": "is a file"}),
    "--ledger": (RUN, {"": NAMED, "records": "is a directory", "page.txt": "is no ledger"}),
    "--model": (RUN, {"": "--model is '': it must not be empty"}),
    "--verify-model": (RUN, {"": "--verify-model is '': it must not be empty"}),
    "--base-url": (
        RUN,
        {"": "no http or https address", "host": "no http or https address", "http://h:x/": "no valid"},
    ),
    "--provider": (
        RUN,
        {"": "no provider is called ''", "opnai": r"no provider is called 'opnai' \(did you mean 'openai'"},
    ),
    "--concurrency": (RUN, {"x": NUMBER, "0": "is '0': it must be at least 1", "9999": "it must be at most 1000"}),
    "--max-tokens": (RUN, {"1.5": NUMBER, "-1": "is '-1': it must be at least 1"}),
    "--max-wait": (
        RUN,
        {"x": "^--max-wait is 'x': it must be a number", "-1": "it must be at least 0", "nan": "a number with an end"},
    ),
    "--budget": (RUN, {"$5": "it must be a number", "-3": "it must be at least 0", "inf": "with an end"}),
    "--budget-tokens": (RUN, {"many": NUMBER, "-3": "it must be at least 0"}),
    "--repairs": (RUN, {"x": NUMBER, "21": "it must be at most 20"}),
    "--price": (
        RUN,
        {
            "1 2": "write CURRENCY INPUT CACHED OUTPUT",
            "USD a b c": "input must be a number",
            "USD -1 0 1": "input must be at least 0",
            "dollars 1 0 1": "currency must be three capital letters",
        },
    ),
    "--extra-body": (RUN, {"{": "it must be an object", "[1]": "it must be an object", '{"a": NaN}': "sent as JSON"}),
    "--header": (
        RUN,
        {
            "word": "^--header is wrong: header 1 is none; write NAME: VALUE",
            "": "header 1 is none",
            "a b: c": "header 1",
        },
    ),
    "--prompt": (
        RUN,
        {
            "foo": "no prompt is called 'foo'",
            "case_study@99": "no version '99'",
            "split@2": "prompt split@2 is given for case_study",
        },
    ),
    "--cassettes": (["run", "page.txt", "--replay"], {"nowhere": "nowhere", "": NAMED}),
    "--batch-again": (RUN, {"never": "is not one of 'batch', 'singly'"}),
    "--batch-size": (RUN, {"0": "is no whole number from 1"}),
    "--dask": (["run", "page.txt", "--provider", "desk"], {"nowhere": "nowhere"}),
    "--engine": (["read", "scan.png"], {"foo": "foo"}),
    "--dpi": (RUN, {"x": "is no whole number from 72 to 600", "10": "is no whole number from 72 to 600"}),
    "--issued": (RUN, {"2024/1/1": "is no day; write it as 2026-05-01", "2024-02-30": "is no day"}),
    "--page-no": (RUN, {"0": "is no whole number from 1 to 999"}),
    "--newspaper": (RUN, {}),
    "--since": (["changes"], {"no-tag": "not a git repository"}),
    "--apply": (["changes", "records"], {"nowhere": "nowhere", "": NAMED}),
    "--against": (["report", "records"], {"no-tag": "not a git repository"}),
    "--link-base": (["diff"], {}),
    "--by": (["runs"], {"day": "is not one of"}),
    "--join": (["link", "records"], {"same": "is not one of"}),
    "--gold": (["eval", "records"], {"nowhere": "nowhere", "": NAMED}),
    "--baseline": (["eval", "records", "--gold", "records"], {"nowhere": "nowhere", "": NAMED}),
    "--samples": (["eval", "page.txt"], {"1": "is no whole number from 2"}),
    "--to": (["export", "records", "-o", "x"], {"xls": "is not one of"}),
    "--partition": (["export", "records", "-o", "x", "--to", "parquet"], {"year": "is not 'month'"}),
    "--labels": (["export", "records", "-o", "x", "--to", "xlsx"], {"fr": "is not one of 'en', 'zh'"}),
    "--title": (PUBLISH, {"": "--title", "a\nb": "cannot be printed"}),
    "--author": (PUBLISH, {"<>": "is no author"}),
    "--license": (PUBLISH, {"Foo": "“Foo” is no SPDX name", "CC BY 4.0": "is no SPDX name", "": "--license"}),
    "--version": (PUBLISH, {"": "--version"}),
    "--date": (PUBLISH, {"today": "is no day"}),
    "--limit": (["runs"], {"0": "is no whole number from 1 to 10000"}),
    "--forget": (["batches"], {"x": "is not a valid integer"}),
    "--on": (["prompts", "measure", "case_study", "--gold", "x", "--what", "y"], {"1.5.2026": "is no day"}),
    "--what": (["prompts", "measure", "case_study", "--gold", "x"], {}),
    "--reason": (["eval"], {}),
    "--form": (["textconv", "page.txt"], {"x": "is not a valid integer"}),
}
OF_PYTHON = re.compile(
    r"Input should|Value error|Decimal\(|valid float|integer range|strftime|%Y|Errno|Traceback|None\b"
)


def _options(command: click.Command) -> Iterator[str]:
    """The options of a command, and of those below it, that take a value."""
    context = click.Context(command)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _options(below)
    for option in command.params:
        if isinstance(option, click.Option) and not option.is_flag:
            yield max(option.opts, key=len)


def test_every_option_that_takes_a_value_is_in_the_table() -> None:
    """No option is without its bad values; one that takes any text has none."""
    assert set(_options(cli)) == set(BAD)


@pytest.mark.parametrize(
    ("words", "option", "value", "said"),
    [(words, option, value, said) for option, (words, bad) in BAD.items() for value, said in bad.items()],
    ids=[f"{option} {value!r}" for option, (_, bad) in BAD.items() for value in bad],
)
def test_bad_value_is_named_in_plain_words(words: list[str], option: str, value: str, said: str) -> None:
    """The message says what is wrong in words of the manual, not of the libraries below, and nothing is written."""
    Path("page.txt").write_text("\n".join(LINES), encoding="utf-8")
    Path("page-900.txt").write_text("\n".join(LINES), encoding="utf-8")
    Path("scan.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    put_record(make_page(), Path("records"))
    before = sorted(Path().rglob("*"))

    with pytest.raises((click.ClickException, SummariserError)) as caught:
        cli.main([*words, option, value], prog_name="summariser", standalone_mode=False)

    error = caught.value
    message = error.format_message() if isinstance(error, click.ClickException) else str(error)
    assert re.search(said, message), message
    assert not OF_PYTHON.search(message), message
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize("verb", [["run", "--dry-run", "--provider", "desk"], ["read"], ["split", "--rules"], ["show"]])
def test_empty_path_is_not_the_folder_where_we_stand(verb: list[str]) -> None:
    """A variable of a shell that is not set names nothing; what is here is named with a dot."""
    Path("page.txt").write_text("\n".join(LINES), encoding="utf-8")

    with pytest.raises((click.ClickException, SummariserError)) as caught:
        cli.main([*verb, ""], prog_name="summariser", standalone_mode=False)

    error = caught.value
    message = error.format_message() if isinstance(error, click.ClickException) else str(error)
    assert re.search(f"an empty path names nothing|{NAMED}", message)
