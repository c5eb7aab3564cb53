"""Organisations, firms and people stand in the page with all that is said of them; devices and relations too."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from making import LINES, case_reply, case_text, make_test_article

from summariser.organisations import seat_of
from summariser.records.grounding import CheckedCase, read_reply
from summariser.records.make import as_reply
from summariser.schema.case import Actor, Employer
from summariser.schema.codes import OWNERSHIP_WORDS, Ownership

FIRM = "东岭纺织公司是民营企业，主营棉纺，有职工1200余人。厂里还有女工300人。"
EMPLOYER: dict[str, Any] = {
    "name": "东岭纺织公司",
    "industry": "棉纺",
    "ownership": "private",
    "size_text": "1200余人",
    "sents": [5],
}


UNSAID = dict.fromkeys(("industry", "ownership", "size_text"))


def _firm(line: str = FIRM, **changes: Any) -> tuple[Employer, CheckedCase]:
    checked = read_reply(case_text(employers=[EMPLOYER | changes]), make_test_article((*LINES, line)))
    return checked.case.employers[0], checked


def test_firm_has_its_size_and_the_words_for_all_that_is_said_of_it() -> None:
    """The number of workers is read from the page; business, ownership and size each have their place."""
    firm, checked = _firm()
    text = make_test_article((*LINES, FIRM)).text

    assert checked.findings == ()
    assert firm.size is not None
    assert (firm.size.min, firm.size.unit, firm.size.approx.value) == (Decimal(1200), "人", "more_than")
    assert text[firm.size.start : firm.size.end] == "1200余人"
    assert {span.of: span.quote for span in firm.evidence.spans} == {
        "industry": "棉纺",
        "size": "1200余人",
        "ownership": "民营",
    }
    assert all(text[span.start : span.end] == span.quote for span in firm.evidence.spans)
    assert (firm.evidence.quote, firm.support) == ("东岭纺织公司", "words")


WRONG = {
    "a business that is not there": ({"industry": "化工"}, ("employers[0].industry", "mention_absent")),
    "a size that is not there": ({"size_text": "1300人"}, ("employers[0].size_text", "mention_absent")),
    "a size of another sentence": ({"size_text": "300人"}, ("employers[0].size_text", "mention_elsewhere")),
    "a size without its hedge": ({"size_text": "1200"}, ("employers[0].size_text", "value_cut")),
    "a size without a number": ({"size_text": "有职工"}, ("employers[0].size_text", "number_unreadable")),
    "an empty business": ({"industry": ""}, ("employers[0].industry", "mention_empty")),
    "an ownership that is not printed": (
        {"ownership": "state_owned"},
        ("employers[0].ownership", "ownership_not_printed"),
    ),
}


@pytest.mark.parametrize(("changes", "told"), WRONG.values(), ids=WRONG)
def test_what_the_page_does_not_print_of_a_firm_is_told(changes: dict[str, Any], told: tuple[str, str]) -> None:
    """Each field is held against the page by itself, and the firm is not borne out."""
    firm, checked = _firm(**changes)

    assert [(each.path, each.rule) for each in checked.unsupported] == [told]
    assert firm.support == "none"


@pytest.mark.parametrize("ownership", Ownership)
def test_every_ownership_is_known_by_words_of_its_own(ownership: Ownership) -> None:
    """Any of the words bears its ownership out, also where OCR put a space in; no other sentence's does."""
    for word in OWNERSHIP_WORDS[ownership]:
        firm, checked = _firm(f"东岭纺织公司是{word[0]} {word[1:]}，好。", **UNSAID | {"ownership": ownership})

        assert checked.findings == (), word
        assert [span.quote.replace(" ", "") for span in firm.evidence.spans] == [word]
    _, elsewhere = _firm(
        f"东岭纺织公司办得好。另一家是{OWNERSHIP_WORDS[ownership][0]}。", **UNSAID | {"ownership": ownership}
    )
    assert [each.rule for each in elsewhere.findings] == ["ownership_not_printed"]
    assert all(word in elsewhere.findings[0].message for word in OWNERSHIP_WORDS[ownership])


@pytest.mark.parametrize("phrase", ["签订集体合同", "开展集体协商", "个体差异很大", "合资格的职工"])
def test_words_that_mean_something_else_are_no_ownership(phrase: str) -> None:
    """集体合同 makes no firm a collective one."""
    for ownership in Ownership:
        _, checked = _firm(f"东岭纺织公司{phrase}。", **UNSAID | {"ownership": ownership})

        assert [each.rule for each in checked.findings] == ["ownership_not_printed"], ownership


def test_firm_of_which_nothing_is_said_needs_no_words() -> None:
    """Null is how a reply leaves out what is not printed."""
    firm, checked = _firm("东岭纺织公司来了。", **UNSAID)

    assert checked.findings == ()
    assert (firm.industry, firm.ownership, firm.size_text, firm.size) == (None, None, None, None)
    assert firm.evidence.spans == ()


def _actor(name: str, county: str | None = "临河区", city: str | None = None) -> Actor:
    line = f"{name}、{city or ''}{county or ''}派人来。"
    given = case_reply()["actors"][0] | {"name": name, "role": "partner", "level": "unknown", "sents": [5]}
    place = {"province": None, "city": city, "county": county, "sents": [5]} if county or city else None
    reply = case_text(actors=[*case_reply()["actors"], given], place=place)
    return read_reply(reply, make_test_article((*LINES, line))).case.actors[1]


SEATS: dict[str, tuple[str, str | None, str | None, tuple[str | None, str | None, str | None]]] = {
    "a county": ("临河区总工会", "临河区", None, ("150802", "内蒙古自治区巴彦淖尔市临河区总工会", "county")),
    "a city": ("保定市总工会", None, None, ("130600", "河北省保定市总工会", "prefecture")),
    "one of several by its place": ("朝阳区总工会", None, "北京市", ("110105", "北京市朝阳区总工会", "county")),
    "one of several without a place": ("朝阳区总工会", None, None, (None, None, "county")),
    "a firm that begins with a city": ("保定东岭纺织公司", None, None, (None, None, None)),
    "a federation in short": ("保定市总", None, None, ("130600", "河北省保定市总工会", "prefecture")),
    "a federation of a place in short": ("河北总工会", None, None, ("130000", "河北省总工会", "provincial")),
    "an industrial union of a place": ("保定市教育工会", None, None, ("130600", "河北省保定市教育工会", None)),
    "a firm's union that begins with a place in short": ("保定东岭纺织公司工会", None, None, ("130600", None, None)),
    "no division": ("星光工匠学院", "临河区", None, (None, None, None)),
}


def test_place_and_no_more_is_written_out_once() -> None:
    """A name that is a division's own ends with it; nothing of it is taken for what follows a shorter name."""
    assert seat_of("保定市") == ("130600", "河北省保定市")
    assert seat_of("保定市莲池区") == ("130606", "河北省保定市莲池区")
    assert seat_of("保定工匠学院") == ("130600", None)
    assert seat_of("东沟片区联合工会") is None, "a dale of that name may lie anywhere"
    assert seat_of("东沟片区联合工会", "650000") is None
    assert seat_of("东沟片区联合工会", "210600") == ("210623", None)
    assert seat_of("德清县总工会") == ("330521", "浙江省湖州市德清县总工会")


@pytest.mark.parametrize(("name", "county", "city", "expected"), SEATS.values(), ids=SEATS)
def test_seat_of_an_organisation_is_read_from_its_name(
    name: str, county: str | None, city: str | None, expected: tuple[str | None, str | None, str | None]
) -> None:
    """Division, full name and rank come from the table; a district that several cities have needs the case's place."""
    actor = _actor(name, county, city)

    assert (actor.code, actor.full_name, actor.rank) == expected
    assert actor.name == name


def test_names_in_other_sentences_are_cited_by_code() -> None:
    """An actor, a person with a title and a place take in the sentences where they stand, without a finding."""
    reply = case_text(
        actors=[case_reply()["actors"][0] | {"sents": [3]}],
        people=[{"name": "何建平", "title": "焊工", "kind": "worker", "sents": [4]}],
        place={"province": None, "city": None, "county": "临河区", "sents": [4]},
    )

    checked = read_reply(reply, make_test_article())
    actor, person, place = checked.case.actors[0], checked.case.people[0], checked.case.place

    assert checked.findings == ()
    assert place is not None
    assert [(each.evidence.sents, each.evidence.added, each.support) for each in (actor, person, place)] == [
        ((2, 3), (2,), "words"),
        ((2, 4), (2,), "words"),
        ((2, 4), (2,), "words"),
    ]
    assert [(span.of, span.quote) for span in person.evidence.spans] == [("title", "焊工")]


def test_devices_and_relations_stand_in_the_page() -> None:
    """A device is borne out by its words, a relation by the sentences that speak of the other one."""
    line = "夜校的“和事桌”借鉴北湾市的做法。"
    devices = [{"name": name, "sents": [5]} for name in ("和事桌", "揭榜墙")]
    relations = [{"kind": "modelled_on", "to": name, "sents": [5]} for name in ("北湾市", "南湾市")]

    checked = read_reply(case_text(devices=devices, relations=relations), make_test_article((*LINES, line)))

    facts = (*checked.case.devices, *checked.case.relations)
    assert [each.support for each in facts] == ["words", "none", "sentences", "none"]
    assert [each.evidence.quote for each in facts] == ["和事桌", None, "北湾市", None]
    assert [(each.path, each.rule) for each in checked.findings] == [
        ("devices[1].name", "mention_absent"),
        ("relations[1].to", "mention_absent"),
    ]


SPACED: dict[str, tuple[str, dict[str, Any]]] = {
    "an actor, space copied": ("actors", {"name": "东岭 纺织公司"}),
    "an actor, space left out": ("actors", {"name": "东岭纺织公司"}),
    "a firm, space copied": ("employers", {"name": "东岭 纺织公司"}),
    "a person, space copied": ("people", {"name": "周 岚"}),
    "a person, space left out": ("people", {"name": "周岚"}),
}


@pytest.mark.parametrize("case", SPACED)
def test_name_with_a_space_in_it_gives_one_fact_however_it_was_copied(case: str) -> None:
    """A space that OCR left in a name is in the evidence alone; the fact, made again from its record, is the same."""
    of, name = SPACED[case]
    rest: dict[str, dict[str, Any]] = {
        "actors": {"org_type": "employer", "level": "enterprise", "role": "lead"},
        "employers": UNSAID,
        "people": {"title": None, "kind": "other"},
    }
    article = make_test_article((*LINES, "东岭 纺织公司的周 岚参加了培训。"))
    checked = read_reply(case_text(**{of: [name | rest[of] | {"sents": [5]}]}), article)
    again = read_reply(as_reply(checked.case).model_dump_json(), article)

    (fact,) = getattr(checked.case, of)
    assert checked.findings == ()
    assert " " not in fact.name
    assert " " in fact.evidence.quote
    assert fact == getattr(again.case, of)[0]
