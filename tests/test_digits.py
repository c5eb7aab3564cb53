"""Digits of a record are counted by code that shares nothing with the reading of numbers."""

from __future__ import annotations

import ast

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from summariser.evaluation.figures import absent_digits


@pytest.mark.parametrize(
    ("text", "article", "absent"),
    [
        ("3000人", "有3000余人", []),
        ("3,000 workers", "有3000余人", []),
        ("3000人", "有3，000余人", []),
        ("1.2 million yuan", "投入120万元", []),
        ("120万元", "投入1200000元", []),
        ("38000元", "3.8万元", []),
        ("15 firms", "十五家企业", []),
        ("320人", "三百二十人", []),
        ("in 2025", "二〇二五年", []),
        ("12亿元", "12亿元", []),
        ("３家", "3家", []),
        ("4000人", "有3000余人", ["4000"]),
        ("3700余人和5家", "有3000余人，5家", ["3700"]),
        ("1.3 million yuan", "投入120万元", ["1.3 million"]),
        ("16 firms", "十五家企业", ["16"]),
        ("3,000 and 30", "3000", ["30"]),
        ("没有数字", "3000", []),
        ("12处", "整改l2处", []),
        ("130平方米", "活动室13O平方米", []),
        ("12处", "整改2处", ["12"]),
        ("110", "拨打lO号", ["110"]),
    ],
)
def test_digits_are_those_of_the_article(text: str, article: str, absent: list[str]) -> None:
    """A string of digits stands in the article, bare or with its scale, in digits or in Chinese numerals."""
    assert absent_digits(text, article)[0] == absent


@given(st.text("0123456789,.，．万亿十百千 一二〇millioth", max_size=60), st.text("0123456789万亿一十〇", max_size=60))
def test_any_text_is_counted(text: str, article: str) -> None:
    """Whatever stands there, no more is absent than there is, and nothing is absent from the text itself."""
    absent, count = absent_digits(text, article)

    assert len(absent) <= count
    assert absent_digits(text, text)[0] == []


def test_no_code_that_reads_numbers_is_used() -> None:
    """The second count would be none if it shared the reading of numbers: its module knows shapes and tables alone."""
    tree = ast.parse((ROOT / "summariser" / "evaluation" / "figures.py").read_text(encoding="utf-8"))
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}

    ours = {name for name in imported if name.startswith("summariser")}
    assert ours == {"summariser.schema.page", "summariser.tables"}
