"""English for the words of the field: what an article asks for, and what a summary must not say."""

from __future__ import annotations

import pytest
from conftest import ROOT
from making import make_test_article

from summariser.disk.stored import PageFolder, load_records
from summariser.records.prose import check_english, collect_facts
from summariser.schema.case import Rule, Severity
from summariser.schema.page import Article
from summariser.tables import read_table
from summariser.text import find_wrong_words, fold, glossary_for


def test_an_article_asks_for_the_terms_that_it_prints() -> None:
    """The terms come in the order of the table, however the page spaces them."""
    terms = glossary_for("镇 总 工 会 走进班组，劳模领办创新工作室。")

    assert [(term.chinese, term.english) for term in terms] == [
        ("总工会", "federation of trade unions"),
        ("创新工作室", "innovation studio"),
        ("劳模", "model worker"),
        ("班组", "work team"),
    ]


@pytest.mark.parametrize(
    ("english", "chinese", "wrong"),
    [
        ("The County General Trade Union opened a station.", "县总工会办驿站", "General Trade Union"),
        ("Labor models taught.", "劳模授课", "Labor models"),
        ("The chain-owner firm pays.", "链主企业出资", "chain-owner"),
        ("The military\ncompany of farmers", "连队职工种棉", "military\ncompany"),
        ("Model workers taught.", "劳模授课", None),
        ("The chain-owner firm pays.", "企业出资", None),  # the article has no such term
        ("Shanghe County opened an academy.", "商河县与上合示范区共建学院", None),  # 商河 is what it may mean
        ("They were squatting.", "蹲点干部", "squatting"),
        ("A third graders' room", "小三级工会", None),  # no phrase inside a longer word
    ],
)
def test_a_wrong_rendering_counts_only_for_a_term_of_the_article(english: str, chinese: str, wrong: str | None) -> None:
    """Whole words, in any case and spacing, unless the article has no such term or a word that excuses them."""
    assert [words for _, words in find_wrong_words(english, fold(chinese).text)] == ([wrong] if wrong else [])


def test_a_summary_with_a_wrong_rendering_has_a_notice() -> None:
    """The finding names the words, the term and what to write, and costs the record nothing."""
    facts = collect_facts(make_test_article())
    assert "总工会" in facts.folded

    [finding] = check_english("The general trade union opened a class.", "summary_en", facts)

    assert (finding.rule, finding.severity) == (Rule.TERM_TRANSLATED_WRONGLY.value, Severity.NOTICE)
    assert all(words in finding.message for words in ("general trade union", "总工会", "federation of trade unions"))


def test_the_glossary_never_asks_for_what_it_forbids() -> None:
    """No required English is a wrong rendering of any term of the table, and no term stands twice."""
    terms = glossary_for("\n".join(row["term"] for row in read_table("glossary")))

    assert len(terms) == len({term.chinese for term in terms}) == len(read_table("glossary")) >= 50
    assert [(term.chinese, find_wrong_words(term.english, fold(term.chinese).text)) for term in terms] == [
        (term.chinese, []) for term in terms
    ]
    assert all(row["wrong"] and all(row["wrong"].split("|")) for row in read_table("glossary"))


def test_stored_seeds_have_no_wrong_rendering() -> None:
    """No term in the English of 42 records is given wrongly, and none that is right is taken for wrong."""
    found = []
    for record in load_records(ROOT / "summaries"):
        article = PageFolder(ROOT / "summaries" / record.page_id).article(record)
        assert isinstance(article, Article)
        english = f"{record.case.headline_en}\n{record.case.summary_en}"
        found += [(record.page_id, words) for _, words in find_wrong_words(english, article.text)]

    assert found == []
