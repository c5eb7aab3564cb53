"""The front of the library: what is public is listed, and works as the README says."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import ROOT

import summariser


def test_every_public_name_exists() -> None:
    """What `__all__` lists can be imported."""
    assert [name for name in summariser.__all__ if not hasattr(summariser, name)] == []
    assert sorted(summariser.__all__) == summariser.__all__


def test_every_public_name_is_documented() -> None:
    """Each public function and type says what it is for."""
    undocumented = [name for name in summariser.__all__ if not getattr(summariser, name).__doc__]

    assert undocumented == []


def test_unknown_name_is_an_attribute_error() -> None:
    """A typo is told like in any module."""
    with pytest.raises(AttributeError, match="sumarise"):
        summariser.sumarise  # noqa: B018


def test_library_reads_splits_and_counts_without_a_model(seeds: Path) -> None:
    """Reading, splitting by rules, quantities and quotes need neither key nor network."""
    page = summariser.read_page(seeds / "page-003.txt")
    article = summariser.split_by_rules(page).articles[0]
    number = summariser.find_quantities("服务职工近8万人次")[0]
    match = summariser.locate(article.text[40:60], article.text)

    assert (number.value, number.max, number.unit, number.approx) == (Decimal(80000), Decimal(80000), "人次", "nearly")
    assert match is not None
    assert (match.start, match.end, match.tier) == (40, 60, "exact")


def test_library_checks_words_without_a_model(seeds: Path) -> None:
    """Times, places, levels and sentences are read by the functions that the checks use, under their public names."""
    article = summariser.split_by_rules(summariser.read_page(seeds / "page-003.txt")).articles[0]
    facts = summariser.collect_facts(article)

    assert summariser.read_time("自2023年6月起") == ("2023-06", None, "month", True)
    assert summariser.read_time("3月8日", issued="2025-03-10").start == "2025-03-08"
    assert [place.name for place in summariser.find_places("河北省保定市总工会")] == ["河北省", "保定市"]
    assert summariser.resolve("河北省", "保定市", None).code == "130600"
    assert summariser.level_of("保定市总工会", province="河北省", city=None, county=None) == "prefecture"
    assert [finding.path for finding in summariser.check_chinese("共有987人。", "summary", facts)] == ["summary"]
    assert [finding.path for finding in summariser.check_english("It has 987 members.", "one", facts)] == ["one"]


def test_library_replays_and_loads_records(seeds: Path) -> None:
    """`summarise` writes records, and `load_records` reads them back as they were."""
    report = summariser.summarise(seeds / "page-003.txt", replay=True, cassettes=ROOT / "cassettes", out=Path("out"))

    loaded = summariser.load_records("out")
    assert len(loaded) == 8
    assert sorted(loaded, key=lambda record: record.article_id) == sorted(
        report.records, key=lambda record: record.article_id
    )


def test_public_api_is_typed() -> None:
    """A caller's file that uses the public names passes mypy --strict."""
    source = Path("caller.py")
    source.write_text(
        "from summariser import check_chinese, collect_facts, find_quantities, load_records, locate\n"
        "from summariser import read_page, read_time, split_by_rules, summarise\n"
        "page = read_page('x.txt')\n"
        "texts: list[str] = [article.text for article in split_by_rules(page).articles]\n"
        "units: list[str] = [quantity.unit for quantity in find_quantities(texts[0])]\n"
        "start_of_time: str | None = read_time('2025年').start\n"
        "facts = collect_facts(split_by_rules(page).articles[0])\n"
        "paths: list[str] = [finding.path for finding in check_chinese('', 'summary', facts)]\n"
        "match = locate('a', 'b')\n"
        "start: int = match.start if match else -1\n"
        "ids: list[str] = [record.article_id for record in load_records('summaries')]\n"
        "code: int = summarise('pages', replay=True).exit_code\n",
        encoding="utf-8",
    )

    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", source], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout
