"""The view in which numbers are read: damage undone, everything else as it stands, each character with its place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summariser.numbers.view import view_numbers

UNDONE = {
    "full width": ("３８名", "38名"),
    "the other script": ("40.7萬餘元", "40.7万余元"),
    "formal numerals": ("伍仟元", "五千元"),
    "a hard wrap": ("1,\n000人", "1,000人"),
    "a wrap and spaces": ("共12\n  300人", "共12300人"),
    "a space behind the comma": ("1, 000人", "1,000人"),
    "a space before a unit": ("500 kW", "500kW"),
    "spaces about a point": ("20 . 6%", "20.6%"),
    "a full stop for a point": ("5。6%", "5.6%"),
    "LaTeX": ("$4 0 . 7$万元", "40.7万元"),
    "l and O for digits": ("l388人，13O家，2OO元", "1388人，130家，200元"),
    "l and O beside a point": ("由l3.8元、1O.5元到9.O元、O.5元，l.l万人", "由13.8元、10.5元到9.0元、0.5元，1.1万人"),
    "a power": ("1.2×10^4人", "12000人"),
    "a raised power": ("3×10³元", "3000元"),
    "a pair with a comma": ("三、四十人", "三四十人"),
}
LEFT = {
    "an empty line": ("共12\n\n300人", "共12\n300人"),
    "a version": ("V3.O版2个，O2O平台2个", "V3.O版2个，O2O平台2个"),
    "an item of a list": ("共1\n2.人员", "共1\n2.人员"),
    "two numbers": ("共12 300人", "共12 300人"),
    "a cell of a table": ("3 / 4人", "3 / 4人"),
    "letters and a number": ("A 12人", "A 12人"),
    "a short unit that may be a list": ("1 t", "1 t"),
    "a word of letters": ("O2O项目", "O2O项目"),
    "a room": ("lO1室", "lO1室"),
    "letters before no unit": ("I5处理器", "I5处理器"),
    "an item that begins with a numeral": ("一、二层楼", "一、二层楼"),
}


@pytest.mark.parametrize(("text", "expected"), [*UNDONE.values(), *LEFT.values()], ids=[*UNDONE, *LEFT])
def test_damage_is_undone_and_nothing_else(text: str, expected: str) -> None:
    """What OCR, PDF and typesetting do to numbers is undone; what only looks so stays."""
    assert view_numbers(text).text == expected


@settings(max_examples=200, deadline=None)
@given(st.text("0123456789.,，。、 \n一二三十百千万lOI$×^³人元名家%萬", max_size=20))
def test_each_character_knows_where_it_was_read(text: str) -> None:
    """Places are in order, within the text, and never empty."""
    view = view_numbers(text)

    assert len(view.text) == len(view.starts) == len(view.ends)
    assert list(view.starts) == sorted(view.starts)
    assert all(0 <= start < end <= len(text) for start, end in zip(view.starts, view.ends, strict=True))
