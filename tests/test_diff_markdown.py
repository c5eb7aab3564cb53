"""The Markdown of a diff, put through a real renderer: what a record says stays text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from making import make_page, put_record
from markdown_it import MarkdownIt

from summariser.reviewing.diff import compare_sides, find_lines, line_of, render_markdown
from summariser.reviewing.revisions import read_sides
from summariser.schema.record import Record

BASE = "https://example.org/blob/abc/"
PLAIN_TAGS = {
    "details",
    "summary",
    "p",
    "ul",
    "li",
    "code",
    "a",
    "strong",
    "em",
    "b",
    "br",
    "hr",
    "sub",
    "pre",
    "h2",
    "h3",
}
PLAIN_TAGS |= {"h2", "h3", "h4", "table", "thead", "tbody", "tr", "th", "td", "blockquote"}
HOSTILE = {
    "a script": "<script>alert(1)</script>",
    "an image": "![x](https://evil.example/x.png)",
    "a link": "[click](javascript:alert(1)) <https://evil.example>",
    "the end of a code span": "` <b onclick=x> ``",
    "the end of a fold": "</summary></details><h1>owned</h1>",
    "a heading and a table": "# owned | a | b |",
}


class _Tags(HTMLParser):
    """Collects tags with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def _rendered() -> str:
    """The comment on two folders, with links to lines."""
    sides = read_sides(["old", "new"], folder=Path.cwd())
    return render_markdown(compare_sides(sides), texts={item.path: item.text for item in sides.new}, link_base=BASE)


def test_new_record_has_its_figures_with_links_to_lines() -> None:
    """A comment on a new record shows theme, lead, the first figures, each linked to its line, and flags."""
    Path("old").mkdir()
    put_record(make_page(), Path("new"))
    (path,) = Path("new").rglob("a*.json")
    record = Record.model_validate_json(path.read_text(encoding="utf-8"))
    first = next(fact for fact in record.case.results if fact.quantity)

    shown = _rendered()

    (figure,) = [line for line in shown.splitlines() if line.startswith(f"- figure [`{first.text}")][:1]
    link = re.search(r"#L(\d+)\), page line \d", figure)
    assert link
    index = record.case.results.index(first)
    assert line_of(f"case.results[{index}]", find_lines(path.read_text(encoding="utf-8"))) == int(link[1])
    assert f"- theme `{record.case.primary_theme.value} {record.case.primary_theme.zh}`, lead `" in shown
    assert "- flags: none" in shown or "- flags: `" in shown


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("is_new", [False, True], ids=["changed", "new"])
def test_hostile_words_stay_words_when_rendered(words: str, is_new: bool) -> None:
    """No tag, link or image of a record's making is in the rendered comment; the words themselves are."""
    old, new = Path("old"), Path("new")
    old.mkdir()
    for side in (new,) if is_new else (old, new):
        put_record(make_page(), side)
    path = next(new.rglob("a*.json"))
    text = path.read_text(encoding="utf-8").replace("Opens Evening", words.replace('"', "'"))
    path.write_text(text, encoding="utf-8")

    html = MarkdownIt("commonmark", {"html": True}).render(_rendered())

    tags = _Tags()
    tags.feed(html)
    links = [attributes.get("href") or "" for tag, attributes in tags.found if tag == "a"]
    assert {tag for tag, _ in tags.found} <= PLAIN_TAGS
    assert links
    assert all(link.startswith(BASE) for link in links)
    assert not any(name.startswith("on") for _, attributes in tags.found for name in attributes)
