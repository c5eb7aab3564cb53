"""What a run says while it works."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from summariser.cli import split as module
from summariser.cli.split import watch


def _tally(pages: int, split: list[int], done: int, *, known: int = 0) -> Any:
    """A run of so many pages, of which some are split into so many articles, so many of them done.

    Shape: all was asked and paid for, but for the first `known` pages and their articles, which the ledger knew.
    """
    with watch(quiet=False) as watcher:
        tally = cast("Any", watcher)
    tally.begin(pages, ())
    tally.started = 0.0

    def reply(page: str, article: str, *, paid: bool) -> None:
        usage = SimpleNamespace(prompt_tokens=10, completion_tokens=None)
        tally.reply_received(
            SimpleNamespace(attempt=0, page_id=page, article_id=article), SimpleNamespace(usage=usage), paid=paid
        )

    for number, articles in enumerate(split):
        page = f"p{number}"
        reply(page, page, paid=number >= known)
        tally.page_split(SimpleNamespace(page_id=page), SimpleNamespace(own_articles=[None] * articles, method="rules"))
        for article in range(min(done, articles)):
            reply(page, f"a{article}", paid=number >= known)
            about = SimpleNamespace(page_id=page, article_id=f"a{article}", headline=None)
            tally.article_done(
                SimpleNamespace(article=about, record=SimpleNamespace(awaits_review=False), repairs=0, put="written")
            )
        done -= min(done, articles)
    return tally


def test_before_a_page_is_known_no_counts_are_shown() -> None:
    """While files are read, and where no model is asked, there is nothing to count."""
    with watch(quiet=False) as watcher:
        tally = cast("Any", watcher)

    assert tally.line == "reading files"
    tally.begin(2, ())
    assert tally.line.startswith("0/2 pages")


@pytest.mark.parametrize(
    ("pages", "split", "done", "left_s"),
    [
        (4, [], 0, None),  # nothing is known yet
        (4, [4], 0, None),
        (1, [4], 4, None),  # nothing is left
        (1, [4], 1, 60.0 * 3 / 2),
        (4, [4], 4, 60.0 * 15 / 5),  # three pages are not split yet: five questions each
        (300, [1, 3], 4, 60.0 * (900 - 6) / 6),
    ],
)
def test_time_left_reckons_with_pages_that_are_not_split(
    pages: int, split: list[int], done: int, left_s: float | None
) -> None:
    """A page counts for its split and as many articles as the others had; no time is told before one can be."""
    assert _tally(pages, split, done).left_s(60.0) == left_s


def test_time_left_is_told_from_what_was_asked() -> None:
    """What the ledger knew took no time, and does not shorten the time that the rest will take."""
    assert _tally(4, [1, 1], 2, known=2).left_s(60.0) is None
    tally = _tally(4, [1, 1, 1], 3, known=2)

    assert tally.left_s(60.0) == 60.0
    assert (tally.tokens_in, tally.tokens_out, tally.paid) == (20, 0, 2)


def test_line_counts_pages_of_all_pages() -> None:
    """The line says of how many pages so many are split."""
    assert _tally(300, [3, 1], 2).line.startswith("2/300 pages, 2/4 articles")


def test_spinner_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal one spinner is drawn again and again, so that its frames follow one another."""
    out, times = io.StringIO(), [0.0]
    console = Console(file=out, force_terminal=True, width=100, get_time=lambda: times[-1])
    monkeypatch.setattr(module, "make_console", lambda **_: console)

    frames = set()
    with watch(quiet=False) as tally:
        tally.begin(2, ())
        for time in (0.1, 0.2, 0.3, 0.4):
            times.append(time)
            out.truncate(0)
            console.print()  # draws what is live below it
            frames |= {char for char in out.getvalue() if "\u2800" <= char <= "\u28ff"}

    assert len(frames) == 4, frames


def test_notes_are_said_before_anything_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """What a person should know beforehand stands on stderr at once, with control codes as text."""
    with watch(quiet=False) as tally:
        tally.begin(1, ["a\x1b[31m note"])
        assert "Note: a\\x1b[31m note" in capsys.readouterr().err
