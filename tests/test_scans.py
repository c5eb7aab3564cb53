"""The gold of seeds/scans: boxes on their pictures, the words of the text seeds, numbers that stand in the articles."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

SEEDS = ROOT / "seeds"
SCANS = SEEDS / "scans"
GOLD = sorted(SCANS.glob("*.gold.json"))
PICTURES = [path for path in GOLD if path.name.startswith(("scan-", "print-"))]
SEED_PAGE = {"print-001": "page-001", "epaper-003": "page-003", "word-004": "page-004"}
MAX_BYTES = 6_000_000


def _fold(text: str) -> str:
    """The text without blanks."""
    return re.sub(r"\s", "", text)


def _load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gold.json")


def _boxes(gold: Any) -> list[list[int]]:
    """Every box of a gold, of lines, paragraphs and what is no article."""
    paragraphs = [paragraph for article in gold["articles"] for paragraph in article["paragraphs"]]
    lines = [line["box"] for paragraph in paragraphs for line in paragraph["lines"]]
    return [
        *lines,
        *(box for part in paragraphs for box in part["boxes"]),
        *(one for (one,) in gold["not_article_boxes"]),
    ]


def test_every_file_has_gold_and_all_are_small() -> None:
    """Each picture and document of the folder has its gold; together they stay under 6 MB."""
    files = {path for path in SCANS.iterdir() if not path.name.endswith(".gold.json")}
    assert {path.name.removesuffix(path.suffix) for path in files} == {_stem(path) for path in GOLD}
    assert sum(path.stat().st_size for path in SCANS.iterdir()) < MAX_BYTES


@pytest.mark.parametrize("path", PICTURES, ids=_stem)
def test_boxes_lie_inside_the_picture(path: Path) -> None:
    """Every box of the gold has an area and lies on the page."""
    gold = _load(path)
    width, height = gold["image"]["width"], gold["image"]["height"]
    wrong = [box for box in _boxes(gold) if not (0 <= box[0] < box[2] <= width and 0 <= box[1] < box[3] <= height)]
    assert wrong == []


@pytest.mark.parametrize("path", PICTURES, ids=_stem)
def test_lines_make_up_their_paragraphs(path: Path) -> None:
    """The lines of a paragraph, joined, are its text: nothing was lost where columns break."""
    for article in _load(path)["articles"]:
        for paragraph in article["paragraphs"]:
            assert _fold("".join(line["text"] for line in paragraph["lines"])) == _fold(paragraph["text"])


@pytest.mark.parametrize("path", GOLD, ids=_stem)
def test_articles_have_the_words_of_the_text_seed(path: Path) -> None:
    """An article's paragraphs are the lines that the gold of the text seed gives it, in that order."""
    page = SEED_PAGE.get(_stem(path), path.name[:8].replace("scan-", "page-"))
    printed = (SEEDS / f"{page}.txt").read_text(encoding="utf-8").split("\n")
    seed = {case["id"]: case for case in _load(SEEDS / f"{page}.gold.json")["articles"]}
    articles = _load(path)["articles"]
    for article in articles:
        pieces = ["".join(printed[first - 1 : last]) for first, last in seed[article["id"]]["lines"]]
        expected = _fold("".join(piece.lstrip("#") for piece in pieces))
        assert _fold("".join(part["text"] for part in article["paragraphs"])) == expected
    if _stem(path).startswith("scan-"):
        assert {article["id"] for article in articles} == set(seed)


@pytest.mark.parametrize("path", GOLD, ids=_stem)
def test_quantities_and_headlines_stand_in_their_article(path: Path) -> None:
    """Each quantity, headline and byline of the gold stands in the article's words as printed."""
    for article in _load(path)["articles"]:
        words = _fold("".join(part["text"] for part in article["paragraphs"]))
        assert [found["text"] for found in article["quantities"] if found["text"] not in words] == []
        assert _fold(article["headline"]) in words
        assert _fold(article["byline"]) in words


def test_worn_pictures_differ_from_the_clean_one_in_boxes_only() -> None:
    """The bad scan and the photo of a page have the articles of the clean one, elsewhere on the picture."""
    for clean in SCANS.glob("scan-00?.gold.json"):
        articles = _load(clean)["articles"]
        for kind in ("bad", "photo"):
            worn = _load(SCANS / f"{_stem(clean)}.{kind}.gold.json")["articles"]
            assert [(one["id"], one["text"], one["quantities"]) for one in worn] == [
                (one["id"], one["text"], one["quantities"]) for one in articles
            ]
            assert worn[0]["paragraphs"][0]["boxes"] != articles[0]["paragraphs"][0]["boxes"]


def test_sources_name_every_page() -> None:
    """seeds/sources.csv says of each seed and scan what the gold says; no two issues are the same."""
    with (SEEDS / "sources.csv").open(encoding="utf-8", newline="") as file:
        rows = {row.pop("file"): row for row in csv.DictReader(file)}
    assert all((SEEDS / name).exists() for name in rows)
    assert {path.name for path in SEEDS.glob("*.txt")} <= set(rows)
    for path in GOLD:
        source = _load(path)["source"]
        said = [row for name, row in rows.items() if Path(name).name.startswith(f"{_stem(path)}.")]
        named = [row for row in said if row["newspaper"] == source["newspaper"]]
        assert source["newspaper"] is None or named
        assert all(
            (row["issue_date"], row["page_no"]) == (source["issue_date"], str(source["page_no"])) for row in named
        )
