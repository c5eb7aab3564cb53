"""What became of a number: which way it went and by how much, or nothing where the words leave it open."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summariser.numbers.quantity import find_quantities, read_change
from summariser.schema.case import Change, Direction
from summariser.tables import read_words

# Words with the number before and after, or with the one that tells the change: direction, difference, ratio.
CHANGES = {
    "a rise": ("会员由300人增加到450人", ("rise", "150", "1.5")),
    "a fall": ("投诉从12件降到9件", ("fall", "-3", "0.75")),
    "no change": ("从3家增至3家", ("none", "0", "1")),
    "shares": ("入会率由80%提高到90%", ("rise", "10", "1.125")),
    "without 到": ("从10%降8%", ("fall", "-2", "0.8")),
    "persons under two words": ("由20名增加到30人", ("rise", "10", "1.5")),
    "a unit with 个": ("由5小时缩短到3个小时", ("fall", "-2", "0.6")),
    "reckoned alike": ("由每月200元提高到每月300元", ("rise", "100", "1.5")),
    "from nought": ("由0件增加到3件", ("rise", "3", None)),
    "below nought": ("利润由-20万元升至30万元", ("rise", "500000", None)),
    "from a loss to a gain": ("从亏损200万元到盈利300万元", ("rise", None, None)),
    "from a gain to a loss": ("由盈利30万元转为亏损20万元", ("fall", None, None)),
    "a loss cut": ("亏损由200万元减至50万元", ("fall", "-1500000", "0.25")),
    "grown by less than nothing": ("用电同比增长-3.2%", ("fall", None, "0.968")),
    "more by less than nothing": ("利润增长了-300万元", ("fall", "-3000000", None)),
    "fallen by less than nothing": ("同比下降-3.2%", ("fall", None, None)),
    "to four places": ("从30人降到20人", ("fall", "-10", "0.6667")),
    "two units": ("由5天压缩到8小时", ("fall", None, None)),
    "two things": ("由12件增加到30人", ("rise", None, None)),
    "from about": ("从近30人增至50人", ("rise", None, None)),
    "to more than": ("由30人增加到超50人", ("rise", None, None)),
    "levels, no verb, bounds apart": ("原来不足30人，如今超过50人", ("rise", None, None)),
    "levels, no verb, bounds that meet": ("原来超过30人，如今50人", (None, None, None)),
    "levels, no verb, down": ("原来超过30人，如今不到20人", ("fall", None, None)),
    "per cent up": ("同比增长12%", ("rise", None, "1.12")),
    "per cent down": ("能耗下降8.5%", ("fall", None, "0.915")),
    "per cent up, behind the number": ("能耗由200度增长12%", ("rise", None, "1.12")),
    "per cent down by more than all": ("减少120%", ("fall", None, None)),
    "nearly": ("增长近12%", ("rise", None, None)),
    "percentage points up": ("提高3.5个百分点", ("rise", "3.5", None)),
    "percentage points down": ("下降2个百分点", ("fall", "-2", None)),
    "so many more": ("会员增加150人", ("rise", "150", None)),
    "so many fewer": ("工时减少2天", ("fall", "-2", None)),
    "more than so many more": ("会员增加150余人", ("rise", None, None)),
    "a third less": ("减少三分之一", ("fall", None, "0.6667")),
    "half less": ("耗材减少一半", ("fall", None, "0.5")),
    "twice as much more": ("增长两倍", ("rise", None, "3")),
    "doubled": ("产值翻一番", ("rise", None, "2")),
    "doubled twice": ("产值翻了两番", ("rise", None, "4")),
    "nearly doubled": ("产值翻了近一番", ("rise", None, None)),
    "so many times": ("产值是上年的3倍", ("rise", None, "3")),
    "to so many times what it was": ("订单增至原来的4倍", ("rise", None, "4")),
    "up to so many times last year's": ("订单扩大到去年的4倍", ("rise", None, "4")),
    "to so many times": ("产值增长到3倍", ("rise", None, None)),
    "to a level": ("会员增至500人", ("rise", None, None)),
    "to a share": ("能耗降至5%", ("fall", None, None)),
    "to a level by the month": ("补助提高到每月300元", ("rise", None, None)),
    "a rate that slowed": ("增速回落至3%", None),
    "a level": ("培训300人", None),
    "what rose is another thing": ("收入增长的企业有12家", None),
    "a share": ("入会率达98%", None),
}


def _read(words: str) -> Change | None:
    """The change that the last number of the words tells, with the one before it."""
    *before, after = find_quantities(words)
    return read_change(before[-1] if before else None, after, words)


@pytest.mark.parametrize(("words", "expected"), CHANGES.values(), ids=CHANGES)
def test_change_is_read_or_left_open(words: str, expected: tuple[str | None, str | None, str | None] | None) -> None:
    """Direction, difference and ratio are those of the words; what is not exact or not alike has no difference."""
    change = _read(words)

    if expected is None:
        assert change is None
        return
    way, difference, ratio = expected
    assert change == Change(
        direction=Direction(way) if way else None,
        difference=None if difference is None else Decimal(difference),
        ratio=None if ratio is None else Decimal(ratio),
    )


def test_without_a_number_after_there_is_no_change() -> None:
    """A number before that is followed by none, and words without the number, tell nothing."""
    before, after = find_quantities("由300人增加到450人")

    assert read_change(before, None, "由300人增加到") is None
    assert read_change(None, after, "会员多了") is None


def test_words_that_do_not_hold_the_number_leave_its_level() -> None:
    """Two levels give their change, also where the words beside them are not at hand."""
    before, after = find_quantities("由300人增加到450人")

    assert read_change(before, after, "") == Change(
        direction=Direction.RISE, difference=Decimal(150), ratio=Decimal("1.5")
    )


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 10**6), st.integers(1, 10**6), st.sampled_from(["人", "元", "件", "%", "公里"]))
def test_difference_and_ratio_are_those_of_the_numbers(old: int, new: int, unit: str) -> None:
    """Whatever the numbers: after is before plus the difference, and the way back has the other sign and direction."""
    verb, back = ("增加到", "减少到") if new >= old else ("减少到", "增加到")
    there, again = _read(f"由{old}{unit}{verb}{new}{unit}"), _read(f"由{new}{unit}{back}{old}{unit}")

    assert there and again and there.difference is not None and again.difference is not None
    assert there.difference == -again.difference == Decimal(new - old)
    assert there.ratio == round(Decimal(new) / old, 4)
    assert there.direction and there.direction.other == again.direction


def test_every_word_begins_as_its_table_says() -> None:
    """`heads` name all characters that a verb of change, or a hedge far from its number, may begin with."""
    directions, hedges = read_words("directions"), read_words("hedges")
    words = {
        "heads": " ".join(directions["before"].values()).replace(r"\b", ""),
        "far_heads": " ".join(hedges["far"].values()).replace("@ROUGHLY", "约"),
    }
    for name, heads in (("heads", directions["heads"]), ("far_heads", hedges["far_heads"])):
        plain = (re.sub(r"(?<!^)\(\?:[^()]*\)", "", word) for word in words[name].split())  # without groups further in
        begin = {each[0] for word in plain for each in word.removeprefix("(?:").split(")")[0].split("|")}

        assert {char for char in begin if not re.match(f"[{heads}]", char)} == set()
