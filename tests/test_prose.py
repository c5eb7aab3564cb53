"""The model's own sentences are held against the article."""

from __future__ import annotations

import pytest
from making import LINES, make_test_article

from summariser.checks.prose import check_chinese, check_english, collect_facts

ARTICLE = make_test_article(
    (
        *LINES,
        "千年古法还在用，每半年办一次，奖金最高可达100万元，报名突破上千人。活动在甘肃省张掖市，属甘州区。2025年11月13日起。"
        "新系统预计每年减省1800小时。工会服务百万职工。每天16:30到晚上7点开门，怀孕满3个月可以先走。",
    )
)
FACTS = collect_facts(ARTICLE)

FAITHFUL_CHINESE = {
    "numbers as printed": "近200名职工参加，服务5000余人次，每人补贴300元。",
    "approximation said otherwise": "将近200名职工参加，服务超5000人次。",
    "a place by its short name": "甘州区与张掖市的职工来了。",
    "a date": "活动自2025年11月13日起。",
    "a name as quoted": "“下班就能学，不耽误干活。”这话说得好。",
    "an estimate kept": "新系统一年可减省1800小时。",
    "a threshold in other words": "怀孕3个月后可以先走。",
    "a round number": "服务100万名职工。",
    "words that only look like numbers": "一线职工一起学，工会一方面出钱。",
}
INVENTED_CHINESE = {
    "a number": ("共有46人参加。", "number_not_in_article"),
    "a count of one's own": ("四项举措并行。", "number_not_in_article"),
    "余 dropped": ("服务5000人次。", "approximation_changed"),
    "近 added": ("每人发了近300元。", "approximation_changed"),
    "an estimate made a fact": ("新系统每年减省1800小时。", "approximation_changed"),
    "visits made people": ("服务5000余人。", "unit_changed"),
    "a place": ("活动在四川省成都市举行。", "place_not_in_article"),
    "a quoted name": ("推出“星火计划”。", "name_not_in_article"),
}
FAITHFUL_ENGLISH = {
    "numbers": "Nearly 200 workers took part; the school served more than 5,000 visits and pays 300 yuan each.",
    "words for numbers": "It offers three courses, held once every half year, by a method a thousand years old.",
    "scaled": "The top prize can reach 1 million yuan.",
    "passed": "Enrolment passed a thousand.",
    "hours of the day": "It is open from 4:30 p.m. to 19:00 every day.",
    "a threshold reached": "After 3 months of pregnancy they may leave early.",
    "an estimate": "The new system is expected to save 1,800 hours a year for its one million workers.",
    "the first": "For the first time, He was the first to enrol.",
    "a date": "It began on November 13, 2025.",
}
INVENTED_ENGLISH = {
    "a number": ("It taught 46 workers.", "number_not_in_article"),
    "an hour": ("It is open until 9 p.m. every day.", "number_not_in_article"),
    "a scale": ("It pays 300 million yuan.", "number_not_in_article"),
    "nearly dropped": ("It was attended by 200 workers.", "approximation_changed"),
    "an estimate made a fact": ("The new system saves 1,800 hours a year.", "approximation_changed"),
    "Chinese": ("临河区总工会办夜校。", "wrong_language"),
    "nothing": ("", "wrong_language"),
}


@pytest.mark.parametrize("text", FAITHFUL_CHINESE.values(), ids=FAITHFUL_CHINESE)
def test_faithful_chinese_passes(text: str) -> None:
    """What the article says, in other words, is no finding."""
    assert check_chinese(text, "summary", FACTS) == []


@pytest.mark.parametrize(("text", "rule"), INVENTED_CHINESE.values(), ids=INVENTED_CHINESE)
def test_invented_chinese_is_found(text: str, rule: str) -> None:
    """What the article does not say is found under its own rule."""
    assert rule in {finding.rule for finding in check_chinese(text, "summary", FACTS)}


@pytest.mark.parametrize("text", FAITHFUL_ENGLISH.values(), ids=FAITHFUL_ENGLISH)
def test_faithful_english_passes(text: str) -> None:
    """A translation that keeps numbers and approximations is no finding."""
    assert check_english(text, "summary_en", FACTS) == []


@pytest.mark.parametrize(("text", "rule"), INVENTED_ENGLISH.values(), ids=INVENTED_ENGLISH)
def test_invented_english_is_found(text: str, rule: str) -> None:
    """A number of the translator's own, or one that lost its approximation, is found."""
    assert rule in {finding.rule for finding in check_english(text, "summary_en", FACTS)}
