"""The Markdown of a diff, put through a real renderer: what a record says stays text."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from making import make_page, put_record
from markdown_it import MarkdownIt

from summariser.reviewing.diff import compare_sides
from summariser.reviewing.diff_markdown import render_markdown
from summariser.reviewing.revisions import read_sides

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


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
def test_hostile_words_stay_words_when_rendered(words: str) -> None:
    """No tag, link or image of a record's making is in the rendered comment; the words themselves are."""
    old, new = Path("old"), Path("new")
    for side in (old, new):
        put_record(make_page(), side)
    path = next(new.rglob("a*.json"))
    text = path.read_text(encoding="utf-8").replace("Opens Evening", words.replace('"', "'"))
    path.write_text(text, encoding="utf-8")

    sides = read_sides(["old", "new"], folder=Path.cwd())
    texts = {item.path: item.text for item in sides.new}
    html = MarkdownIt("commonmark", {"html": True}).render(
        render_markdown(compare_sides(sides), texts=texts, link_base=BASE)
    )

    tags = _Tags()
    tags.feed(html)
    links = [attributes.get("href") or "" for tag, attributes in tags.found if tag == "a"]
    assert {tag for tag, _ in tags.found} <= PLAIN_TAGS
    assert links
    assert all(link.startswith(BASE) for link in links)
    assert not any(name.startswith("on") for _, attributes in tags.found for name in attributes)
