"""The words of a page that a fact rests on are found by code: phrases around a number, phrases that a text shares."""

from __future__ import annotations

import pytest

from summariser.records.evidence import phrase_around, shared_phrases
from summariser.schema.page import Span


def _at(text: str, words: str) -> Span:
    start = text.index(words)
    return Span(start, start + len(words))


LONG = "甲" * 50
AROUND = {
    "its own phrase": ("夜校开设3门课程，近200名职工参加，很好。", "近200名", [], "近200名职工参加"),
    "the phrase of its subject too": (
        "参加的职工很多，近200名，很好。",
        "近200名",
        ["职工"],
        "参加的职工很多，近200名",
    ),
    "what stands between": ("职工说，好，近200名参加。", "近200名", ["职工"], "职工说，好，近200名参加"),
    "a comma inside a number": ("补贴1,200元，很好。", "1,200元", [], "补贴1,200元"),
    "a half of a number with a comma": ("补贴1,200元，很好。", "200元", [], "补贴1,200元"),
    "closing marks of another": ("他说“好。”近200名参加。", "近200名", [], "近200名参加"),
    "brackets inside": ("近200名（含临时工）参加，好。", "近200名", [], "近200名（含临时工）参加"),
    "a subject too far": (f"职工，{LONG}{LONG}，近200名。", "近200名", ["职工"], "近200名"),
    "a phrase too long": (f"{LONG}近200名{LONG}。", "近200名", [], "近200名"),
    "no punctuation": ("近200名参加", "近200名", ["参加"], "近200名参加"),
}


@pytest.mark.parametrize(("text", "value", "others", "quote"), AROUND.values(), ids=AROUND)
def test_quote_of_a_number_is_the_phrases_around_it(text: str, value: str, others: list[str], quote: str) -> None:
    """From border to border of the phrases that hold the number and what belongs to it, as far as that is short."""
    sentence = Span(0, len(text))

    found = phrase_around(text, _at(text, value), [_at(text, other) for other in others], sentence)

    assert text[slice(*found)] == quote


def test_words_of_another_sentence_do_not_stretch_a_quote() -> None:
    """A subject that stands in another sentence is no part of the quote."""
    text = "职工很多。近200名参加，好。"

    found = phrase_around(text, _at(text, "近200名"), [_at(text, "职工")], Span(5, len(text)))

    assert text[slice(*found)] == "近200名参加"


SHARED = {
    "one phrase": ("本报讯，工会办起夜校，大家说好。", "工会办夜校", ["工会办起夜校"]),
    "from the first to the last": ("工会办夜校，天很好，教焊工。", "工会办夜校教焊工", ["工会办夜校，天很好，教焊工"]),
    "none": ("天很好，人很多。", "工会办夜校", []),
    "a short text in a long phrase": (
        "临河区总工会今年三月在城南纺织园的第二车间里为下了班的工人们办起了夜校，好。",
        "总工会在城南纺织园办起夜校",
        ["临河区总工会今年三月在城南纺织园的第二车间里为下了班的工人们办起了夜校"],
    ),
    "marks at its edges": ("他说：“工会办夜校。”", "工会办夜校", ["“工会办夜校"]),
    "a number with a comma": ("很好，发补贴1,200元，好。", "发补贴1,200元", ["发补贴1,200元"]),
    "nothing said": ("工会办夜校。", "办", []),
}


@pytest.mark.parametrize(("text", "said", "phrases"), SHARED.values(), ids=SHARED)
def test_text_rests_on_the_phrases_that_it_shares(text: str, said: str, phrases: list[str]) -> None:
    """A phrase counts that has enough of its words, or enough of the text's, in common with the text."""
    found = shared_phrases(text, said, [Span(0, len(text))])

    assert [text[slice(*span)] for span in found] == phrases


def test_each_sentence_has_its_own_words() -> None:
    """Phrases of two sentences are two spans; a sentence without any has none."""
    text = "工会办夜校。天很好。夜校教焊工。"

    found = shared_phrases(text, "工会办夜校教焊工", [Span(0, 6), Span(6, 10), Span(10, 16)])

    assert [text[slice(*span)] for span in found] == ["工会办夜校", "夜校教焊工"]
