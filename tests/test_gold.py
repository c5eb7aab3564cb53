"""Gold files are read as untrusted input."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from summariser.errors import InputError
from summariser.evaluation.gold import GoldPage, read_gold
from summariser.schema.page import LineRange

PAGE = "夜校开课\n\n本报讯 近200名职工参加。\n\n要闻\n"


def _gold(**changes: Any) -> dict[str, Any]:
    """Gold of `PAGE`, with some keys of its article changed."""
    article: dict[str, Any] = {"id": "a1", "kind": "brief", "lines": [[1, 1], [3, 3]]}
    return {"page": "p.txt", "articles": [article | changes], "noise_lines": [[5, 5]], "unscored_lines": []}


def _read(folder: Path, content: object) -> GoldPage:
    (folder / "p.txt").write_text(PAGE, encoding="utf-8")
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    (folder / "p.gold.json").write_text(text, encoding="utf-8")
    return read_gold(folder)[0]


def test_gold_of_the_seeds_is_read(seeds: Path) -> None:
    """Five pages hold 42 articles."""
    pages = read_gold(seeds)

    assert [page.page.page_id for page in pages] == [f"page-00{number}" for number in range(5)]
    assert sum(len(page.articles) for page in pages) == 42


def test_what_is_not_coded_is_null(tmp_path: Path) -> None:
    """Everything but id, kind and lines may be left out."""
    (article,) = _read(tmp_path, _gold()).articles

    assert (article.headline, article.decision, article.lead_level, article.quantities) == (None, None, None, ())


def test_single_lines_stand_for_ranges(tmp_path: Path) -> None:
    """A line number alone is a range of one line, wherever lines are named."""
    gold = _read(tmp_path, _gold(lines=[1, [3, 3]]) | {"noise_lines": [5], "unscored_lines": [5]})

    assert gold.articles[0].lines == (LineRange(1, 1), LineRange(3, 3))
    assert gold.noise == gold.unscored == frozenset({5})


def test_numbers_are_exact(tmp_path: Path) -> None:
    """A value of 85.7 is 85.7 and not the double next to it."""
    gold = _read(tmp_path, _gold(quantities=[{"text": "85.7%", "value": 85.7, "unit": "%"}]))

    assert gold.articles[0].quantities[0].value == Decimal("85.7")


def test_keys_nobody_scores_are_passed_over(tmp_path: Path) -> None:
    """Notes, traps and bylines in any form do not make a file unreadable."""
    gold = _read(tmp_path, _gold(byline=["王小禾"], traps={"a": 1}, notes=None) | {"notes": "x"})

    assert len(gold.articles) == 1


def test_misread_names_are_known_as_the_page_prints_them(tmp_path: Path) -> None:
    """A reader who mended a name says what the page has instead."""
    gold = _read(tmp_path, _gold(ocr=[["玮", "讳"]]))

    assert gold.articles[0].as_printed("陈玮立") == "陈讳立"


BROKEN = {
    "no JSON": ("{", "$"),
    "another kind of file": ("[1, 2]", "$"),
    "no articles": ({"articles": []}, "articles: none"),
    "unknown kind": (_gold(kind="poem"), "articles[0].kind"),
    "unknown decision": (_gold(decision="maybe"), "articles[0].decision"),
    "unknown theme": (_gold(primary_theme="poetry"), "articles[0].primary_theme"),
    "NaN": (_gold(quantities=[{"text": "3个", "value": float("nan")}]), "articles[0].quantities[0].value"),
    "a quantity without words": (_gold(quantities=[{"text": "", "value": 3}]), "articles[0].quantities[0].text"),
    "lines off the page": (_gold(lines=[[1, 99]]), "1 to 99 are no lines of a page of 5"),
    "lines backwards": (_gold(lines=[[3, 1]]), "3 to 1"),
    "line zero": (_gold(lines=[0]), "0 to 0"),
    "no lines": (_gold(lines=[]), "articles.a1.lines: none"),
    "a line used twice": (_gold(lines=[[1, 3], [3, 3]]), "line 3 stands in 2 articles"),
    "an id used twice": (
        {"articles": [*_gold()["articles"], *_gold(lines=[4])["articles"]]},
        "2 articles have this id",
    ),
    "noise off the page": (_gold() | {"noise_lines": [7]}, "noise_lines: 7 to 7"),
}


@pytest.mark.parametrize(("content", "message"), BROKEN.values(), ids=BROKEN)
def test_broken_gold_is_named(tmp_path: Path, content: object, message: str) -> None:
    """What is wrong with a gold file is said with its path and place."""
    with pytest.raises(InputError, match=r"p\.gold\.json") as caught:
        _read(tmp_path, content)

    assert message in str(caught.value)


def test_all_problems_are_said_at_once(tmp_path: Path) -> None:
    """Two mistakes are one error that names both."""
    with pytest.raises(InputError) as caught:
        _read(tmp_path, _gold(kind="poem", decision="maybe"))

    assert "kind" in str(caught.value)
    assert "decision" in str(caught.value)


def test_gold_without_its_page_is_refused(tmp_path: Path) -> None:
    """The text of the page must lie beside its gold."""
    (tmp_path / "p.gold.json").write_text(json.dumps(_gold()), encoding="utf-8")

    with pytest.raises(InputError, match=r"p\.txt"):
        read_gold(tmp_path)


@pytest.mark.parametrize("name", ["empty", "missing"])
def test_folder_without_gold_is_refused(tmp_path: Path, name: str) -> None:
    """Neither an empty folder nor none at all is gold."""
    (tmp_path / "empty").mkdir()

    with pytest.raises(InputError, match=name):
        read_gold(tmp_path / name)
