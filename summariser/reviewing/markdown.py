"""A comparison of records as the comment of a pull request: a head line, then a fold for each article, worst first.

Every word of a record stands in a code span, where GitHub reads no markup, HTML, link, mention or issue number; what is
invisible or turns text is written as an escape. Long folds are cut, and so is the whole; what is left out is counted.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote

from summariser.reviewing.diff import ArticleDiff, Diff, NewRecord
from summariser.reviewing.differences import Difference
from summariser.schema.page import format_lines
from summariser.text import counted

# ---- as Markdown, for a pull request


MAX_LENGTH: Final = 60_000  # characters; GitHub refuses a comment of more than 65,536
MAX_CHANGES: Final = 30  # in one fold; more is another article
MAX_WORDS: Final = 240  # characters of one side of a change; a summary has 150
_ROOM_FOR_REST: Final = 400  # for the lines that count what was left out
_BACKTICKS: Final = re.compile("`+")
_LINE: Final = re.compile(r'( *)(?:"((?:[^"\\]|\\.)*)": )?(.*)')
_UNPRINTABLE: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def render_markdown(
    diff: Diff, *, texts: Mapping[str, str] | None = None, link_base: str = "", max_length: int = MAX_LENGTH
) -> str:
    """Return the comment, at most `max_length` characters (and never less than its head).

    Shape: links are relative to the top of the repository, `link_base` in front of them; they name lines where `texts`
    has the text of the file, by its path.
    """
    head = f"**{diff.head}**\n\n{_code(diff.old)} → {_code(diff.new)}, {counted(diff.compared, 'record')} compared\n"
    tail = "".join(f"\n{line}" for line in _provenance(diff))
    room = max_length - len(head) - len(tail) - _ROOM_FOR_REST
    folds: list[str] = []
    for article in diff.articles:
        fold = _fold(article, texts or {}, link_base)
        if len(fold) > room:
            break
        folds.append(fold)
        room -= len(fold)
    return head + "".join(folds) + _rest(diff, len(folds)) + tail + ("\n" if tail else "")


def _provenance(diff: Diff) -> Iterator[str]:
    """How records came about otherwise; a few lines, since there may be as many as there are pages."""
    for row in diff.provenance[:10]:
        where = counted(row.records, "record")
        yield f"- provenance: {_code(row.field)} {_code(row.old)} → {_code(row.new)} in {where}"
    if len(diff.provenance) > 10:
        yield f"- provenance: {counted(len(diff.provenance) - 10, 'more difference')}"


def _rest(diff: Diff, shown: int) -> str:
    """What had no room."""
    left = diff.articles[shown:]
    if not left:
        return ""
    changes = sum(len(article.changes) for article in left)
    more, told = counted(len(left), "more record"), counted(changes, "change")
    return f"\n**{more} with {told}: no room for more here**; `summariser diff` shows all.\n"


def _fold(article: ArticleDiff, texts: Mapping[str, str], link_base: str) -> str:
    """One article, folded."""
    count = len(article.changes)
    worst = article.changes[0].kind.label
    more = f" and {count - 1} more" if count > 1 else ""
    title = _html_code(f"{article.page_id}/{article.article_id}")
    headline = f" {_html_code(article.headline)}" if article.headline else ""
    shown = article.changes[:MAX_CHANGES]
    lines = {file: find_lines(texts[file]) for file in {change.file for change in shown} if file in texts}
    rows = [
        row
        for change in shown
        for row in _rows(change, _address(change.path, change.file, lines.get(change.file, {}), link_base))
    ]
    if article.added:
        file = article.path
        rows = [*_new_rows(article.added, file, lines.get(file, {}), link_base), *rows]
    if count > MAX_CHANGES:
        rows.append(f"- **{counted(count - MAX_CHANGES, 'more change')}**; `summariser diff` shows them.")
    body = "\n".join(rows)
    return f"\n<details><summary>{title}{headline}: {worst}{more}</summary>\n\n{body}\n\n</details>\n"


def _rows(change: Difference, address: str) -> Iterator[str]:
    """One change: what, where, old and new, and the words of the page."""
    label = _code(change.path)
    link = f"[{label}]({address})" if change.file else label
    by = f" ({change.difference:+,f} {_code(change.unit)})" if change.difference and change.unit else ""
    person = f", by {_code(change.by)}" if change.by else ""
    yield f"- **{change.kind.label}** {link}{by}{person}"
    for word, said in zip(("before", "now"), change.shown, strict=True):
        if said is not None:
            yield f"  - {word}: {_code(said)}"
    if change.printed is not None:
        yield f"  - printed: {_code(change.printed)}"
    if change.quote is not None or change.lines:
        words = f": {_code(change.quote)}" if change.quote else ""
        yield f"  - page line {format_lines(change.lines)}{words}"


def _new_rows(added: NewRecord, file: str, lines: Mapping[str, int], link_base: str) -> Iterator[str]:
    """A new record: theme, lead, first figures and flags, each figure with a link to its line."""
    yield f"- theme {_code(added.theme)}, lead {'、'.join(map(_code, added.leads)) or 'not named'}"
    for figure in added.figures:
        address = _address(figure.path, file, lines, link_base)
        yield f"- figure [{_code(figure.words)}]({address}), page line {format_lines(figure.lines)}"
    if added.further:
        yield f"- {counted(added.further, 'more figure')}"
    yield f"- flags: {', '.join(map(_code, added.flags)) or 'none'}"


def _address(of: str, file: str, lines: Mapping[str, int], link_base: str) -> str:
    """The file and line; everything but letters, digits and `/._-` is percent-encoded, so that it ends no link."""
    path = quote(file.replace("\\", "/"), safe="/", errors="surrogateescape").lstrip("/")
    line = line_of(of, lines)
    return quote(link_base, safe=":/?&=%~") + path + (f"#L{line}" if line else "")


def _code(text: str) -> str:
    """The text as a code span, whatever stands in it, at most `MAX_WORDS` characters of it."""
    visible = _visible(text)
    longest = max(map(len, _BACKTICKS.findall(visible)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if visible.startswith(("`", " ")) or visible.endswith(("`", " ")) or not visible else ""
    return f"{fence}{pad}{visible}{pad}{fence}"


def _html_code(text: str) -> str:
    """The text as HTML code, for the summary of a fold, in which no Markdown is read."""
    return f"<code>{html.escape(_visible(text))}</code>"


def _visible(text: str) -> str:
    """The text on one line, cut, with what is invisible as escapes."""
    cut = text if len(text) <= MAX_WORDS else f"{text[:MAX_WORDS]}… ({len(text):,} characters)"
    return "".join(json.dumps(char)[1:-1] if unicodedata.category(char) in _UNPRINTABLE else char for char in cut)


def find_lines(text: str) -> dict[str, int]:
    """Map each path (case.results[2].text) to its line, from 1; for a member of an object, to the line of its key.

    Shape: `text` is JSON laid out as records are, one item a line and what is inside farther to the right; in any other
    layout paths are missing. Keys with points in them make paths that nobody asks for.
    """
    lines: dict[str, int] = {}
    items: Counter[str] = Counter()  # of each list, so far
    around = [(0, "")]  # indent and path of what the line stands in, innermost last
    for number, line in enumerate(text.split("\n"), 1):
        indent, key, rest = _LINE.match(line).groups()  # type: ignore[union-attr]  # every line matches
        if not indent or rest.startswith(("}", "]")):
            continue
        while around[-1][0] >= len(indent):
            around.pop()
        above = around[-1][1]
        path = f"{above}[{items[above]}]" if key is None else f"{above}.{key}".lstrip(".")
        items[above] += 1
        lines[path] = number
        around.append((len(indent), path))
    return lines


def line_of(path: str, lines: Mapping[str, int]) -> int | None:
    """The line of a path, or of the nearest thing around it; None if there is none."""
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path)
