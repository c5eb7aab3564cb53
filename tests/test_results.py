"""Results: before and after, period, speaker, totals and their parts, and what is kept of a fact given twice."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from making import LINES, case_text, make_test_article, result_reply

from summariser.errors import InvalidReply
from summariser.records.grounding import CheckedCase, find_circles, merge_repeated, of_further, read_further, read_reply
from summariser.schema.case import Result
from summariser.schema.page import Article

CHANGE = "何建平介绍，徒弟出师的时间从3年缩短到18个月，全市办班300期。"
TOTALS = "报名的500人，其中女职工200人，其中青年职工100人。"


def _read(line: str, *results: dict[str, Any], issued: str | None = None, **changes: Any) -> CheckedCase:
    """A reply with these results about an article with one more line, which is sentence 5 and what follows."""
    given = [result_reply(text="说的数", subject=None, sents=[5]) | each for each in results]
    return read_reply(case_text(results=given, **changes), make_test_article((*LINES, line)), issued=issued)


def _one(line: str, issued: str | None = None, **fields: Any) -> Result:
    (result,) = _read(line, fields, issued=issued).case.results
    return result


def test_number_from_before_a_change_is_read_with_it() -> None:
    """Both numbers of a change are read from the page, each with its place, in one quote."""
    result = _one(CHANGE, value_text="18个月", before_text="3年", subject="出师的时间")

    assert result.quantity is not None
    assert result.before is not None
    assert (result.quantity.value, result.quantity.unit) == (Decimal(18), "个月")
    assert (result.before.value, result.before.unit) == (Decimal(3), "年")
    assert result.evidence.quote == "徒弟出师的时间从3年缩短到18个月"
    assert [(span.of, span.quote) for span in result.evidence.spans] == [
        ("value", "18个月"),
        ("subject", "出师的时间"),
        ("before", "3年"),
    ]
    text = make_test_article((*LINES, CHANGE)).text
    assert all(text[span.start : span.end] == span.quote for span in result.evidence.spans)
    assert result.support == "sentences"


def test_number_that_another_is_reckoned_by_is_not_asked_for_apart() -> None:
    """每10名 says what the other number is for each of; two numbers that stand beside each other are still two."""
    words = "每10名学徒须配1名师傅"
    result = _one(f"章程规定，{words}。", value_text=words, subject="师傅")
    two = _read("来了10名学徒和1名师傅。", {"value_text": "10名学徒和1名师傅", "subject": "师傅"})

    assert result.quantity is not None
    assert (result.quantity.value, result.quantity.unit, result.quantity.per) == (1, "名", "10名")
    assert [finding.rule for finding in two.findings if finding.path.endswith("value_text")] == ["several_numbers"]


RULES = (
    "每名学员每年可学两门，学费3000元，教材费200元/人。每条800元起，最高5000元。现在一小时做28箱，原先19箱。"
    "吨钢利润只有38元，少了61%，成本年均降8%。一炉钢的冶炼，办法是分段吹，时间由16分钟缩到14分钟。"
)
RECKONED = {  # value_text, per_text, before_text -> unit and what it is reckoned by, of both numbers
    "far from its words": ("3000元", "每名学员每年", None, ["元/名·年"]),
    "what it prints itself as well": ("200元/人", "每年", None, ["元/人·年"]),
    "what it prints itself alone": ("200元", "/人", None, ["元/人"]),
    "in a clause that code gives up": ("最高5000元", "每条", None, ["元/条"]),
    "none copied": ("800元起", None, None, ["元/条"]),
    "copied, but by nothing": ("800元起", "起", None, ["元/起"]),
    "before a change too": ("28箱", "一小时", "19箱", ["箱/小时", "箱/小时"]),
    "far before a change": ("14分钟", "一炉钢", "16分钟", ["分钟/炉", "分钟/炉"]),
    "a share, by a thing": ("61%", "吨钢", None, ["%/None"]),
    "a share, by a time": ("8%", "年均", None, ["%/年"]),
}


@pytest.mark.parametrize(("value", "per", "before", "reckoned"), RECKONED.values(), ids=RECKONED)
def test_number_is_reckoned_by_the_words_copied_for_it(
    value: str, per: str | None, before: str | None, reckoned: list[str]
) -> None:
    """The words that a reply copies say what both numbers are reckoned by; without any, code reads the clause."""
    words = {"value_text": value, "per_text": per, "before_text": before}
    checked = _read(RULES, words | {"sents": [5, 6, 7, 8, 9]})
    (result,) = checked.case.results

    assert checked.unsupported == ()
    numbers = [number for number in (result.quantity, result.before) if number]
    assert [f"{number.unit}/{number.per}" for number in numbers] == reckoned
    assert result.per_text == per
    assert [span.quote for span in result.evidence.spans if span.of == "per"] == ([per] if per else [])


def test_number_of_the_words_for_reckoning_is_not_the_result_s() -> None:
    """每干50分钟 says by what the ten minutes are reckoned, and is no second number of the result."""
    checked = _read(
        "办法规定，每干50分钟至少歇10分钟。", {"value_text": "每干50分钟至少歇10分钟", "per_text": "每干50分钟"}
    )
    (result,) = checked.case.results

    assert result.quantity is not None
    assert (result.quantity.value, result.quantity.unit, result.quantity.per) == (10, "分钟", "50分钟")
    assert not [finding for finding in checked.findings if finding.path.startswith("results")]


def test_words_for_reckoning_are_those_beside_the_number() -> None:
    """Of words that stand twice in a sentence the ones nearest to the number are meant."""
    result = _one("职工每月开会，奖金另算，班长每月得300元。", value_text="300元", per_text="每月")

    (span,) = (span for span in result.evidence.spans if span.of == "per")
    value = next(span for span in result.evidence.spans if span.of == "value")
    assert value.start - span.end == len("得")


def test_words_for_reckoning_stand_for_no_more_than_they_say() -> None:
    """A value may leave out what they say, and nothing else that the page prints with the number."""
    checked = _read("午餐收95元/份·月。", {"value_text": "95元", "per_text": "/份"})

    assert [(each.path, each.rule) for each in checked.unsupported] == [("results[0].value_text", "value_cut")]


def test_words_for_reckoning_bring_their_sentence() -> None:
    """What stands in the sentence before is evidence too; what stands nowhere bears nothing out."""
    line = "每名会员都有一份。金额为300元。"
    added = _read(line, {"value_text": "300元", "per_text": "每名会员", "sents": [6]})
    absent = _read(line, {"value_text": "300元", "per_text": "每户", "sents": [6]})

    (result,) = added.case.results
    assert result.quantity is not None
    assert (result.quantity.per, result.evidence.sents, result.evidence.added) == ("名", (5, 6), (5,))
    assert [(each.path, each.rule) for each in absent.unsupported] == [("results[0].per_text", "mention_absent")]


def test_words_for_reckoning_that_name_no_unit_are_told() -> None:
    """Such words leave what code reads, and ask for a look."""
    checked = _read("工会规定，每月补300元，包干使用。", {"value_text": "300元", "per_text": "包干"})
    (result,) = checked.case.results

    assert result.quantity is not None
    assert result.quantity.per == "月"
    told = [(each.path, each.rule) for each in checked.findings if each.path.startswith("results")]
    assert told == [("results[0].per_text", "per_unreadable")]
    assert checked.case.results[0].support == "sentences"


@pytest.mark.parametrize("field", ["value_text", "before_text"])
def test_number_must_stand_where_it_is_cited(field: str) -> None:
    """The same figure elsewhere may mean something else: it is not borne out, and no sentence is added."""
    checked = _read(CHANGE, {"value_text": "300期", "sents": [5]} | {field: "300元", "text": "说的数"})

    assert [(each.path, each.rule) for each in checked.unsupported] == [(f"results[0].{field}", "mention_elsewhere")]
    assert checked.case.results[0].evidence.added == ()
    assert checked.case.results[0].support == "none"


@pytest.mark.parametrize("field", ["subject", "period_text", "claimant"])
def test_name_in_another_sentence_adds_that_sentence(field: str) -> None:
    """What a number counts, when it was and who says so may stand elsewhere; code cites that sentence too."""
    checked = _read("全市办班300期。", {"value_text": "300期", field: "近日"})

    (result,) = checked.case.results
    assert checked.findings == ()
    assert (result.evidence.sents, result.evidence.added) == ((2, 5), (2,))
    assert result.evidence.lines == ((4, 4),)


@pytest.mark.parametrize("field", ["value_text", "subject", "before_text", "period_text", "claimant"])
@pytest.mark.parametrize("words", ["", " "])
def test_nothing_copied_is_told(field: str, words: str) -> None:
    """Empty words are no words; null is how a reply leaves a field out."""
    checked = _read("全市办班300期。", {"value_text": "300期"} | {field: words})

    assert (f"results[0].{field}", "mention_empty") in [(each.path, each.rule) for each in checked.unsupported]


@pytest.mark.parametrize(
    ("words", "issued", "dates"),
    [
        ("2024年", None, ("2024", "2024", "2024")),
        ("今年", "2025-11-13", ("2025", "2025", "2025")),
        ("今年", None, (None, None, None)),
        ("截至10月底", "2025-11-13", ("../2025-10", None, "2025-10")),
    ],
)
def test_period_is_dated_by_its_words_and_the_issue(
    words: str, issued: str | None, dates: tuple[str | None, str | None, str | None]
) -> None:
    """今年 is a year where the issue has a date; where nothing tells the year, nothing is made up."""
    period = _one(f"{words}全市办班300期。", issued, value_text="300期", period_text=words).period

    assert period is not None
    assert (period.text, period.edtf, period.start, period.end) == (words, *dates)


SPEAKERS: dict[str, tuple[str, dict[str, Any], str]] = {
    "a worker": ("何建平", {}, "worker"),
    "a union by its name": ("北湾市总工会", {}, "union"),
    "a union among the actors": ("临河区总工会", {}, "union"),
    "a union cadre": ("何建平", {"people": [{"name": "何建平", "title": None, "kind": "union_cadre"}]}, "union"),
    "a manager": ("何建平", {"people": [{"name": "何建平", "title": None, "kind": "manager"}]}, "employer"),
    "an official": ("何建平", {"people": [{"name": "何建平", "title": None, "kind": "official"}]}, "government"),
    "an expert": ("何建平", {"people": [{"name": "何建平", "title": None, "kind": "expert"}]}, "expert"),
    "somebody with a title": ("焊工何建平", {}, "worker"),
    "a firm": ("纺织园", {"actors": [{"name": "纺织园", "org_type": "employer"}]}, "employer"),
    "an office": ("纺织园", {"actors": [{"name": "纺织园", "org_type": "government"}]}, "government"),
    "a school": ("夜校", {"actors": [{"name": "夜校", "org_type": "school"}]}, "expert"),
    "a newspaper": ("夜校", {"actors": [{"name": "夜校", "org_type": "media"}]}, "other"),
    "nobody of the case": ("学员", {}, "other"),
}


@pytest.mark.parametrize(("name", "changes", "kind"), SPEAKERS.values(), ids=SPEAKERS)
def test_kind_of_a_speaker_is_read_from_the_case(name: str, changes: dict[str, Any], kind: str) -> None:
    """The people and organisations of the case, and the name itself, tell who says a number."""
    rest = {"level": "unknown", "role": "lead", "sents": [1, 2]}
    for actor in changes.get("actors", ()):
        actor.update({**rest, **actor})
    for person in changes.get("people", ()):
        person.update({"sents": [2], **person})

    checked = _read(f"{name}介绍，全市办班300期。", {"value_text": "300期", "claimant": name}, **changes)

    claim = checked.case.results[0].claimant
    assert claim is not None
    assert (claim.name, claim.kind) == (name, kind)


def test_number_that_nobody_claims_is_the_newspaper_s() -> None:
    """Without a speaker there is no claim, no period and no change."""
    result = _one("全市办班300期。", value_text="300期")

    assert (result.claimant, result.period, result.before, result.change, result.part_of) == (None,) * 5


def test_result_without_a_number_rests_on_the_phrases_of_its_text() -> None:
    """What was achieved without a number has no quote, and the words that its text shares with its sentence."""
    result = _one("全市印发办班制度，很好。", text="印发办班制度", value_text=None, kind="policy_adopted")

    assert (result.evidence.quote, result.evidence.match) == (None, "sentence_only")
    assert [(span.of, span.quote) for span in result.evidence.spans] == [("text", "全市印发办班制度")]


# ---- totals and their parts


@pytest.mark.parametrize(
    ("totals", "circular"),
    [
        ([], set()),
        ([None, 0, 1], set()),
        ([1, 0], {0, 1}),
        ([0], {0}),
        ([1, 2, 0, 0], {0, 1, 2}),
        ([None, 2, 3, 2, 0], {2, 3}),
        ([9, -1, None], set()),
        ([1, 0, 3, 2, 0], {0, 1, 2, 3}),
    ],
)
def test_circle_of_totals_is_found(totals: list[int | None], circular: set[int]) -> None:
    """Those that are parts of themselves by any way; not those that only lead into a circle, or nowhere."""
    assert find_circles(totals) == circular


def test_results_that_are_parts_of_each_other_are_refused() -> None:
    """A part of B and B part of A cannot be; both are named, and the part of one of them is not."""
    parts = [{"value_text": f"{n}人", "part_of": part} for n, part in ((500, 1), (200, 0), (100, 1))]

    with pytest.raises(InvalidReply) as caught:
        _read(TOTALS, *parts)

    assert [(each.path, each.rule) for each in caught.value.issues] == [
        ("results[0].part_of", "total_circular"),
        ("results[1].part_of", "total_circular"),
    ]


def _merged(*results: dict[str, Any]) -> CheckedCase:
    article = make_test_article((*LINES, TOTALS))
    return merge_repeated(_read(TOTALS, *results), article)


def test_repeated_result_goes_and_its_parts_stay_with_the_first() -> None:
    """A result is kept once; what was a part of the second one is a part of the first, at its new place."""
    whole, women, young = ({"value_text": f"{number}人"} for number in (500, 200, 100))

    merged = _merged(whole, women | {"part_of": 0}, whole, young | {"part_of": 2}, women)

    assert [(each.value_text, each.part_of) for each in merged.case.results] == [
        ("500人", None),
        ("200人", 0),
        ("100人", 0),
    ]
    assert merged.findings == ()
    assert [each.part_of for each in merged.reply.results] == [None, 0, 0]


def test_part_of_its_own_repetition_is_a_part_of_nothing() -> None:
    """Where merging makes a result a part of itself, by one step or two, it is none."""
    whole, women = ({"value_text": f"{number}人"} for number in (500, 200))

    alone = _merged(whole | {"part_of": 1}, whole)
    both = _merged(whole | {"part_of": 2}, women | {"part_of": 0}, women)

    assert [each.part_of for each in alone.case.results] == [None]
    assert [each.part_of for each in both.case.results] == [None, None]


def test_results_that_differ_are_all_kept() -> None:
    """Two subjects of one number are two results, and the case is the same object."""
    article = make_test_article((*LINES, TOTALS))
    checked = _read(TOTALS, {"value_text": "200人", "subject": "女职工"}, {"value_text": "200人", "subject": "职工"})

    assert merge_repeated(checked, article) is checked


# ---- results of a further reply


def _further(*results: dict[str, Any], more: bool = False) -> str:
    given = [result_reply(text="说的数", subject=None, sents=[5]) | each for each in results]
    return json.dumps({"results": given, "more": more})


@pytest.fixture
def article() -> Article:
    """An article with totals in sentence 5."""
    return make_test_article((*LINES, TOTALS))


def test_further_results_stand_behind_the_first_ones(article: Article) -> None:
    """Places go on counting, totals lead from the new results to the old ones, and all else is the first reply's."""
    known = _read(TOTALS, {"value_text": "500人"}, more=True).reply

    checked = read_further(_further({"value_text": "200人", "part_of": 0}), known, article)

    assert [(each.value_text, each.part_of) for each in checked.case.results] == [("500人", None), ("200人", 0)]
    assert (checked.case.more_results, checked.findings) == (False, ())
    assert checked.reply.model_copy(update={"results": known.results, "more": True}) == known


@pytest.mark.parametrize(("results", "more"), [([], False), ([{"value_text": "200人"}], True)])
def test_reply_that_adds_nothing_is_the_last_one(
    article: Article, results: list[dict[str, Any]], *, more: bool
) -> None:
    """A reply that says there is more and gives nothing is not asked on."""
    known = _read(TOTALS, {"value_text": "500人"}, more=True).reply

    assert read_further(_further(*results, more=True), known, article).case.more_results is more


def test_only_what_further_results_do_wrong_is_named(article: Article) -> None:
    """What the first reply did wrong cannot be mended here; new results go by their places in the new reply."""
    known = _read(TOTALS, {"value_text": "900人"}, more=True).reply

    checked = read_further(_further({"value_text": "200人"}, {"value_text": "800人"}), known, article)
    with pytest.raises(InvalidReply) as caught:
        read_further(_further({"value_text": "200人", "sents": [99]}), known, article)

    assert [each.path for each in of_further(checked.unsupported, 1)] == ["results[1].value_text"]
    assert [each.path for each in caught.value.issues if each.rule == "sentence_unknown"] == ["results[0].sents"]
    assert all(each.path.startswith("results[0]") for each in caught.value.issues)


def test_part_of_a_yearly_total_is_yearly_too() -> None:
    """A part in the sentence of its total is reckoned as that; one elsewhere, or of another unit, is not."""
    checked = _read(
        "区总工会每年投入48万元，其中宣传费18万元、印册子300本。另有培训费5万元。",
        {"value_text": "每年投入48万元"},
        {"value_text": "18万元", "part_of": 0},
        {"value_text": "300本", "part_of": 0},
        {"value_text": "5万元", "part_of": 0, "sents": [6]},
    )

    assert [each.quantity and each.quantity.per for each in checked.case.results] == ["年", "年", None, None]
