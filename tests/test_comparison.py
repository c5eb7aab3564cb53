"""The one comparison: every field of a record, facts paired by what they say, findings by fact and rule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import FULL_LINES, count_steps, full_reply, make_page, make_test_record

from summariser.comparison import (
    Change,
    ChangeKind,
    ValueChange,
    ValueKind,
    compare_parts,
    compare_quantities,
    compare_records,
    compare_texts,
    likeness,
    pair_positions,
    says_same,
)
from summariser.disk.record_text import dump_json
from summariser.numbers.quantity import find_quantities
from summariser.schema.case import (
    FACT_LISTS,
    Action,
    Actor,
    Approximation,
    Evidence,
    Listed,
    Person,
    Quantity,
    Result,
    Rule,
    UnitClass,
)
from summariser.schema.page import LineRange
from summariser.schema.record import Record

K, V = ChangeKind, ValueKind
FULL = make_page(FULL_LINES)
RECORDS = [
    make_test_record(FULL, json.dumps(reply))[0]
    for reply in (full_reply(), full_reply(one_line="夜校共有45个班组。", lesson=None, place=None, employers=[]))
]
WHOLE = {  # compared as one value
    *("evidence", "quantity", "before", "change", "size", "period", "claimant"),
    *("dateline", "review", "text"),
}


def leaves(tree: dict[str, Any], path: str = "") -> Iterator[tuple[dict[str, Any], str, str]]:
    """Every field of a record that is compared by itself: its owner, its key, its path."""
    for key, value in tree.items():
        if key in {"$schema", "findings"}:
            continue
        here = f"{path}.{key}".lstrip(".")
        if isinstance(value, dict) and key not in WHOLE:
            yield from leaves(value, here)
        elif key in FACT_LISTS:
            for index, fact in enumerate(value):
                yield from leaves(fact, f"{here}[{index}]")
        else:
            yield tree, key, here


OTHERS = {
    **dict.fromkeys(("quantity", "before", "size"), lambda value: value and {**value, "value": None, "min": None}),
    "period": lambda value: value and {**value, "edtf": "1999"},
    "claimant": lambda value: value and {**value, "name": "赵丽"},
    "origins": lambda value: {**value, "newspaper": "person"},
    "text": lambda value: {**value, "sha256": "0"} if isinstance(value, dict) else f"{value}x",
    "evidence": lambda value: {**value, "sents": [*value["sents"], 1]},
    "review": lambda value: {**value, "by": "Li"},
    "dateline": lambda value: value and {**value, "day": 31},
    "lines": lambda value: [*value, [1, 1]],
}


def other(value: Any, key: str) -> Any:
    """Another value of the same type, for fields that take any."""
    if key in OTHERS:
        return OTHERS[key](value)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value}x" if isinstance(value, str) else value


@pytest.mark.parametrize("record", RECORDS, ids=["full", "with a finding"])
def test_each_field_changed_alone_is_one_change(record: Record) -> None:
    """Whatever field of a record is touched, the comparison names it by its path, and nothing else."""
    count = len(list(leaves(json.loads(dump_json(record)))))
    touched = 0
    for number in range(count):
        tree = json.loads(dump_json(record))
        owner, key, path = list(leaves(tree))[number]
        before = owner[key]
        owner[key] = other(before, key)
        try:
            changed = Record.model_validate_json(json.dumps(tree))
        except ValueError:  # a code of a list; those are touched below
            continue
        if changed == record:
            continue
        touched += 1
        assert [change.path for change in compare_records(record, changed)] == [path]
    assert touched > 0.4 * count


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("case.decision", K.CODE),
        ("case.summary", K.WORDS),
        ("case.place.county", K.NAME),
        ("case.time.text", K.NAME),
        ("case.time.role", K.CODE),
        ("case.time.support", K.SUPPORT),
        ("case.actors[0].role", K.CODE),
        ("case.people[0].title", K.NAME),
        ("case.results[0].quantity", K.NUMBER),
        ("case.results[0].support", K.SUPPORT),
        ("case.results[2].before", K.NUMBER),
        ("case.results[2].claimant", K.NAME),
        ("case.results[3].period", K.WORDS),
        ("case.results[1].part_of", K.CODE),
        ("case.employers[0].size", K.NUMBER),
        ("case.employers[0].ownership", K.CODE),
        ("case.devices[0].name", K.NAME),
        ("case.relations[0].to", K.NAME),
        ("lines", K.LINES),
        ("review", K.REVIEW),
        ("provenance.model", K.ORIGIN),
    ],
)
def test_change_is_of_its_kind(name: str, kind: ChangeKind) -> None:
    """The kind tells what sort of field differs."""
    values = {
        "case.decision": "not_union",
        "case.actors[0].role": "partner",
        "case.time.role": "period",
        "case.time.support": "none",
        "case.results[0].support": "none",
        "case.employers[0].ownership": "collective",
    }
    for record in RECORDS:
        tree = json.loads(dump_json(record))
        found = next((leaf for leaf in leaves(tree) if leaf[2] == name), None)
        if found is not None and found[0][found[1]] is not None:
            found[0][found[1]] = values.get(name) or other(found[0][found[1]], found[1])
            (change,) = compare_records(record, Record.model_validate_json(json.dumps(tree)))
            assert (change.path, change.kind) == (name, kind)
            assert change.old != change.new
            return
    pytest.fail(f"no record has {name}")


def _with_total(fact: Any, places: dict[int, int]) -> Any:
    """A fact as a part of where its total stands now."""
    is_part = getattr(fact, "part_of", None) is not None
    return fact.model_copy(update={"part_of": places[fact.part_of]}) if is_part else fact


@given(record=st.sampled_from(RECORDS), random=st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_order_of_facts_means_nothing(record: Record, random: Any) -> None:
    """Shuffled lists of facts, with the paths of their findings, are no change; an equal record is none either."""
    lists = {}
    moved = {}
    for name in FACT_LISTS:
        facts = list(enumerate(getattr(record.case, name)))
        random.shuffle(facts)
        places = {old: new for new, (old, _) in enumerate(facts)}
        moved.update({f"{name}[{old}]": f"{name}[{new}]" for old, new in places.items()})
        lists[name] = tuple(_with_total(fact, places) for _, fact in facts)
    findings = []
    for finding in record.findings:
        fact, dot, field = finding.path.partition(".")
        findings.append(finding.model_copy(update={"path": moved.get(fact, fact) + dot + field}))
    case = record.case.model_copy(update=lists)
    shuffled = record.model_copy(update={"case": case, "findings": tuple(findings)})

    assert compare_records(record, shuffled) == ()


@pytest.mark.parametrize("name", FACT_LISTS)
def test_dropped_fact_is_removed_and_comes_back(name: str) -> None:
    """A fact that one side lacks is one change, whole."""
    record = max(RECORDS, key=lambda each: len(getattr(each.case, name)))
    facts = getattr(record.case, name)
    shorter = record.model_copy(
        update={
            "case": record.case.model_copy(update={name: facts[:-1]}),
            "findings": (),
        }
    )
    whole = record.model_copy(update={"findings": ()})

    gone, back = compare_records(whole, shorter), compare_records(shorter, whole)

    path, article_id, last = f"case.{name}[{len(facts) - 1}]", record.article_id, facts[-1]
    assert gone == (Change(path, K.REMOVED, last, None, article_id, last, None),)
    assert back == (Change(path, K.ADDED, None, last, article_id, None, last),)


def test_total_is_known_by_what_it_is() -> None:
    """A result that is a part of another one than before is changed, however the list is ordered."""
    record = next(each for each in RECORDS if any(result.part_of is not None for result in each.case.results))
    results = list(record.case.results)
    at = next(at for at, each in enumerate(results) if each.part_of is not None)
    results[at] = results[at].model_copy(update={"part_of": len(results) - 1})
    changed = record.model_copy(update={"case": record.case.model_copy(update={"results": tuple(results)})})

    assert [change.path for change in compare_records(record, changed)] == [f"case.results[{at}].part_of"]


def test_finding_is_known_by_fact_and_rule() -> None:
    """A finding that went, came or says something else is one change at its path."""
    record = next(each for each in RECORDS if each.findings)
    first = record.findings[0]
    less = record.model_copy(update={"findings": record.findings[1:]})
    said = first.model_copy(update={"message": "otherwise"})
    otherwise = record.model_copy(update={"findings": (said, *record.findings[1:])})

    assert [each[:4] for each in compare_records(record, less)] == [(first.path, K.FINDING, first, None)]
    assert [each[:4] for each in compare_records(less, record)] == [(first.path, K.FINDING, None, first)]
    assert [each[:4] for each in compare_records(record, otherwise)] == [(first.path, K.FINDING, first, said)]


def test_findings_of_one_rule_at_one_place_are_counted() -> None:
    """Of several findings with one path and rule, each is held against its own."""
    said = [Rule.NUMBER_NOT_IN_ARTICLE.at("summary", message) for message in "abc"]
    three, one = (RECORDS[0].model_copy(update={"findings": tuple(said[:count])}) for count in (3, 1))

    assert [change.old for change in compare_records(three, one)] == said[1:]
    assert [change.new for change in compare_records(one, three)] == said[1:]


def test_findings_stay_with_an_article_of_another_id() -> None:
    """An article that goes by another id keeps its findings, those of facts and those of none."""
    findings = tuple(Rule.NUMBER_NOT_IN_ARTICLE.at(path, "x") for path in ("summary", "place.city"))
    old = RECORDS[0].model_copy(update={"findings": findings})

    changes = compare_records(old, old.model_copy(update={"article_id": "a00000000"}))

    assert [change.path for change in changes] == ["article_id"]


def test_parts_of_a_split_article_are_compared_together() -> None:
    """Facts that went into another part of a split article are neither gone nor new."""
    record = max(RECORDS, key=lambda each: len(each.case.results))
    results = record.case.results
    parts = [
        record.model_copy(update={"case": record.case.model_copy(update=lists), "article_id": article_id})
        for article_id, lists in (
            ("a1", {"results": results[:1]}),
            ("a2", {"results": results[1:], **{name: () for name in FACT_LISTS if name != "results"}}),
        )
    ]
    parts[1] = parts[1].model_copy(update={"findings": ()})

    changes = compare_parts(
        [record.model_copy(update={"findings": ()})], [parts[0].model_copy(update={"findings": ()}), parts[1]]
    )

    assert [change.path for change in changes] == ["article_id"]


# ---- which fact is which


def quantity(**fields: Any) -> Quantity:
    """A number of a result."""
    read = find_quantities("全市有327名职工参加")[0]
    return read.model_copy(update={"start": 10, "end": 14, **fields})


def evidence(**fields: Any) -> Evidence:
    """Words of the page, characters 10 to 20 of sentence 1."""
    return Evidence(
        **{
            "sents": (1,),
            "quote": "甲乙丙丁",
            "start": 10,
            "end": 20,
            "lines": (LineRange(1, 1),),
            "match": "exact",
            **fields,
        }
    )


NOT_GIVEN = ("before_text", "before", "change", "period", "part_of", "claimant")
BORNE_OUT = {"support": "words", "support_by": "code"}


def result(**fields: Any) -> Result:
    """A result with a number."""
    given = {"text": "参加人数", "kind": "participants", "status": "achieved", "value_text": "327名", "subject": "职工"}
    given |= {
        "chain": "activity",
        **dict.fromkeys(NOT_GIVEN),
    }
    return Result.model_validate(
        {**given, "quantity": quantity(), "evidence": evidence(), **BORNE_OUT, **fields},
        strict=False,
    )


def action(**fields: Any) -> Action:
    """Something that was done."""
    given = {"text": "办了夜校", "theme": "skills_training", "evidence": evidence()} | BORNE_OUT
    return Action.model_validate({**given, **fields}, strict=False)


def person(**fields: Any) -> Person:
    """Somebody named."""
    given = {"name": "何建平", "title": "主席", "kind": "union_cadre", "evidence": evidence()} | BORNE_OUT
    return Person.model_validate({**given, **fields}, strict=False)


def actor(**fields: Any) -> Actor:
    """An organisation."""
    given = {"name": "临河区总工会", "org_type": "union_federation", "level": "county", "level_from": "name"}
    given |= {"role": "lead", "rank": "county", "full_name": None, "code": None}
    return Actor.model_validate({**given, "evidence": evidence(), **BORNE_OUT, **fields}, strict=False)


FAR = evidence(quote="别处", start=90, end=95, sents=(9,))
HALF = evidence(quote="半", start=15, end=25)
SENTENCE = evidence(quote=None, start=None, end=None, match="sentence_only")
UNCITED = evidence(sents=(2,), quote=None, start=None, end=None, match="sentence_only")
LIKENESS = {
    "a result itself": (result(), result(), 1.15),
    "another text": (result(), result(text="夜校"), 0.85),
    "another kind": (result(), result(kind="dimensions"), 1.05),
    "another subject": (result(), result(subject="工人"), 1.0),
    "no subject on either side": (result(subject=None), result(subject=None), 1.0),
    "another value at its place": (result(), result(quantity=quantity(value=Decimal(5))), 0.95),
    "another unit at its place": (result(), result(quantity=quantity(unit="人次")), 0.95),
    "another place in the text": (result(), result(quantity=quantity(start=50, end=54)), 0.85),
    "half of the number's place": (result(), result(quantity=quantity(start=12, end=16)), 1.0),
    "an article that shifted": (result(), result(evidence=FAR), 0.75),
    "a result without a number": (result(), result(quantity=None), 1.0),
    "without a number, elsewhere": (result(), result(quantity=None, evidence=FAR), 0.6),
    "an action itself": (action(), action(), 1.1),
    "an action in other words": (action(), action(text="开课三期"), 0.6),
    "an action of another theme": (action(), action(theme="other"), 1.05),
    "an action at a place within its own": (action(), action(evidence=evidence(quote="丙", start=18, end=19)), 1.1),
    "an action at no place": (action(), action(evidence=evidence(quote="", start=15, end=15)), 0.55),
    "an action without a place": (action(evidence=SENTENCE), action(evidence=UNCITED), 0.55),
    "actions that cite one sentence": (action(evidence=SENTENCE), action(evidence=SENTENCE), 0.825),
    "an action of one character": (action(text="甲"), action(text="乙"), 0.6),
    "a result in no words of it, without a number": (result(quantity=None), result(text="夜校", quantity=None), 0.5),
    "an action at half the place": (action(), action(evidence=HALF), 0.825),
    "an action in the same sentence": (action(), action(evidence=SENTENCE), 0.825),
    "a person itself": (person(), person(), 1.1),
    "a person of another name": (person(), person(name="赵丽"), 0.75),
    "a name with one character misread": (person(), person(name="何建干"), 1.05),
    "another person of another post": (person(), person(name="赵丽", title="会计"), 0.5),
    "another person elsewhere": (person(), person(name="赵丽", evidence=FAR), 0.25),
    "an actor of another part": (actor(), actor(role="partner"), 1.1),
    "another actor of the same part": (actor(), actor(name="北湾市妇联"), 0.75),
    "facts of two sorts": (person(), action(), 0.0),
    "a result and an action": (result(), action(), 0.0),
    "a result and an actor": (result(), actor(), 0.0),
}


@pytest.mark.parametrize(("old", "new", "expected"), LIKENESS.values(), ids=LIKENESS)
def test_likeness_weighs_words_place_and_number(old: Listed, new: Listed, expected: float) -> None:
    """What two facts share counts by its weight, in either direction."""
    assert likeness(old, new) == pytest.approx(expected)
    assert likeness(new, old) == pytest.approx(expected)


SAME = {
    "a name spelled wide": (person(name="Ａ何"), person(name="A何"), True),
    "a union by its short name": (actor(), actor(name="临河区总"), True),
    "another name": (person(), person(name="赵丽"), False),
    "somebody of an organisation's name": (person(name="临河区总工会"), person(name="临河区总"), False),
    "facts of two sorts": (result(), person(), False),
    "a number in other words": (result(), result(text="x", value_text="三百二十七名"), True),
    "a number elsewhere": (result(), result(evidence=FAR), False),
    "another number": (result(), result(quantity=quantity(value=Decimal(5))), False),
    "only one has a number": (result(value_text=None, quantity=None), result(), False),
    "results without numbers": (
        result(value_text=None, quantity=None),
        result(value_text=None, quantity=None, kind="dimensions", evidence=HALF),
        True,
    ),
    "results without numbers in other words": (
        result(value_text=None, quantity=None),
        result(value_text=None, quantity=None, text="夜校", evidence=HALF),
        False,
    ),
    "an action in other words": (action(), action(text="开课三期"), True),
    "an action in other words of another theme": (action(), action(text="开课三期", theme="other"), False),
}


@pytest.mark.parametrize(("one", "other", "expected"), SAME.values(), ids=SAME)
def test_facts_that_a_reader_would_call_one(one: Listed, other: Listed, expected: bool) -> None:
    """The same name, the same number at its place, or the same words of the page."""
    assert says_same(one, other) is expected
    assert says_same(other, one) is expected


LI, ZHAO, LIU = person(name="李明"), person(name="赵丽", title="会计", evidence=FAR), person(name="刘洋")
PAIRED: dict[str, tuple[list[Listed], list[Listed], dict[int, int]]] = {
    "equal ones, in another order": ([person(), action(), LI], [LI, person(), action()], {0: 1, 1: 2, 2: 0}),
    "one given twice": ([LI, LI], [LI, ZHAO, LI], {0: 0, 1: 2}),
    "given once more": ([LI], [LI, LI], {0: 0}),
    "unlike ones": ([person()], [ZHAO], {}),
    "one that became another": ([ZHAO, person()], [LI, ZHAO], {0: 1, 1: 0}),
    "the likest of two": ([LI, person(name="何建干")], [person()], {1: 0}),
    "the likest of two new ones": ([person()], [LI, person(name="何建干")], {0: 1}),
    "each one once": ([LI, LIU], [person(), person(name="何建国")], {0: 0, 1: 1}),
    "the equal before the nearer": ([LI], [person(name="李明", kind="worker"), LI], {0: 1}),
    "of equals the nearest": ([ZHAO, LI], [person(), LIU], {1: 1}),
}


@pytest.mark.parametrize(("old", "new", "pairs"), PAIRED.values(), ids=PAIRED)
def test_facts_are_paired_once_each_with_the_likest(
    old: list[Listed], new: list[Listed], pairs: dict[int, int]
) -> None:
    """Equal facts first, then the likest, among equals the nearest; what is alike to nothing stays alone."""
    assert pair_positions(old, new) == pairs


def test_finding_moves_with_its_fact() -> None:
    """A finding about a fact that stands elsewhere in its list now is the same finding."""
    record = max(RECORDS, key=lambda each: len(each.case.results))
    about = [Rule.NUMBER_NOT_IN_ARTICLE.at(f"results[{at}].text", "x") for at in (0, 1)]
    results = record.case.results
    old = record.model_copy(update={"findings": (about[0],)})
    others = (_with_total(each, {0: 1, 1: 0}) for each in (results[1], results[0], *results[2:]))
    swapped = record.case.model_copy(update={"results": tuple(others)})

    moved = record.model_copy(update={"case": swapped, "findings": (about[1],)})
    stayed = record.model_copy(update={"case": swapped, "findings": (about[0],)})

    assert compare_records(old, moved) == ()
    assert [(change.old is None, change.path) for change in compare_records(old, stayed)] == [
        (False, "results[0].text"),
        (True, "results[0].text"),
    ]


# ---- what differs between two numbers


def read(value: str | None, low: str | None = None, high: str | None = None, **fields: Any) -> Quantity:
    """A quantity with a value, or with bounds alone; the words are the same unless they are given."""
    numbers = [number and Decimal(number) for number in (value, low or value, high or value)]
    return quantity(**dict(zip(("value", "min", "max"), numbers, strict=True)), **fields)


NEARLY, ABOUT = ({"approx": approx} for approx in (Approximation.NEARLY, Approximation.ABOUT))
COMPARED: dict[str, tuple[Quantity | None, Quantity | None, list[tuple[Any, ...]]]] = {
    "none on either side": (None, None, []),
    "the same elsewhere": (read("327"), read("327", start=50, end=54), []),
    "the same in other words": (read("327"), read("327", raw="三百二十七名"), []),
    "a number that is new": (None, read("327"), [(V.NUMBER, "", None, "327名", None, Decimal(327), "名")]),
    "a number that is gone": (read("327"), None, [(V.NUMBER, "", "327名", None, Decimal(327), None, "名")]),
    "another number": (
        read("327"),
        read("372", raw="372名"),
        [(V.NUMBER, "value", "327名", "372名", Decimal(327), Decimal(372), "名")],
    ),
    "the same words, read otherwise": (
        read("327"),
        read("372"),
        [(V.NUMBER, "value", "327名 = 327", "327名 = 372", Decimal(327), Decimal(372), "名")],
    ),
    "another number of another unit": (
        read("327"),
        read("372", raw="372人次", unit="人次"),
        [(V.NUMBER, "value", "327名", "372人次", Decimal(327), Decimal(372), "名 → 人次")],
    ),
    "another number without its unit": (
        read("327"),
        read("372", raw="372", unit=""),
        [(V.NUMBER, "value", "327名", "372", Decimal(327), Decimal(372), "名 → -")],
    ),
    "a unit where there was none": (
        read("327", raw="327", unit=""),
        read("372", raw="372名"),
        [(V.NUMBER, "value", "327", "372名", Decimal(327), Decimal(372), "- → 名")],
    ),
    "another lower bound": (
        read(None, "3", "5"),
        read(None, "4", "5"),
        [(V.NUMBER, "min", "327名 = 3", "327名 = 4", None, None, "名")],
    ),
    "no upper bound": (
        read(None, "3", "5"),
        read(None, "3"),
        [(V.NUMBER, "max", "327名 = 5", "327名 = -", None, None, "名")],
    ),
    "other bounds of a number": (
        read("3", "3", "5"),
        read("3", "3", "6"),
        [(V.NUMBER, "max", "327名 = 5", "327名 = 6", Decimal(3), Decimal(3), "名")],
    ),
    "another unit": (read("3", raw="3名"), read("3", raw="3次", unit="次"), [(V.UNIT, "unit", "3名", "3次")]),
    "another unit of the same words": (read("3"), read("3", unit=""), [(V.UNIT, "unit", "名", "-")]),
    "reckoned by something": (read("3"), read("3", per="月"), [(V.UNIT, "per", "-", "月")]),
    "another class of the unit": (
        read("3"),
        read("3", unit_class=UnitClass.PERSON_TIME),
        [(V.UNIT, "unit_class", "person", "person_time")],
    ),
    "another class and another unit": (
        read("3", raw="3名"),
        read("3", raw="3人次", unit="人次", unit_class=UnitClass.PERSON_TIME),
        [(V.UNIT, "unit", "3名", "3人次")],
    ),
    "an approximation lost, with its bounds": (
        read("3", None, "3", raw="近3名", **NEARLY),
        read("3", raw="3名"),
        [(V.APPROXIMATION, "approx", "近3名 (nearly)", "3名 (exact)")],
    ),
    "an approximation put in": (
        read("3", raw="3名"),
        read("3", raw="近3名", **NEARLY),
        [(V.EXACTNESS, "approx", "3名 (exact)", "近3名 (nearly)")],
    ),
    "a word lost of a round number": (
        read("100", raw="近百名", **NEARLY),
        read("100", raw="百名", **ABOUT),
        [(V.APPROXIMATION, "approx", "近百名 (nearly)", "百名 (about)")],
    ),
    "another word of approximation": (
        read("100", raw="近100名", **NEARLY),
        read("100", raw="约100名", **ABOUT),
        [(V.EXACTNESS, "approx", "近100名 (nearly)", "约100名 (about)")],
    ),
    "another unit and a lost approximation": (
        read("3", raw="近3名", **NEARLY),
        read("3", raw="3次", unit="次"),
        [(V.UNIT, "unit", "近3名", "3次"), (V.APPROXIMATION, "approx", "近3名 (nearly)", "3次 (exact)")],
    ),
}


@pytest.mark.parametrize(("old", "new", "expected"), COMPARED.values(), ids=COMPARED)
def test_numbers_differ_in_value_unit_or_exactness(
    old: Quantity | None, new: Quantity | None, expected: list[tuple[Any, ...]]
) -> None:
    """What differs is told whole: the kind, the part, what stood and stands there, and the numbers."""
    assert compare_quantities(old, new) == [ValueChange(*each) for each in expected]


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("有327名职工", "有372名职工", [("327名", "372名")]),
        ("办班3期，共5天", "共6天，办班4期", [("3期", "4期"), ("5天", "6天"), None]),
        ("参加的200人", "参加的300次", [("200人", "300次")]),
        ("先参加200人", "后参加300次了", [("200人", "300次"), None]),
        ("一200人", "二300次", [None]),
        ("近3名先进", "先进3名", [("近3名 (nearly)", "3名 (exact)"), None]),
        ("12 classes for 30 workers", "for 40 workers, 12 classes", [("30", "40"), None]),
        ("open to 20% of them", "of them 30% may come", [("20", "30"), None]),
        ("three classes", "four classes", [("three", "four")]),
        ("电话12351，12351", "电话12315，12351", [("12351", "12315")]),
        ("12351", "电话12315", [None]),
    ],
)
def test_numbers_of_reworded_texts_are_paired(old: str, new: str, changed: list[tuple[str, str] | None]) -> None:
    """Numbers stand for each other by meaning, by the words in front of them, by unit; None is the words."""
    found = compare_texts(old, new)

    assert [None if each.kind is V.WORDS else (each.old, each.new) for each in found] == changed
    assert all((each.path, each.old, each.new) == ("", old, new) for each in found if each.kind is V.WORDS)


@pytest.mark.parametrize("unit", ["服务12人，13号；", "served 12 workers, No. 13; "])
def test_comparing_texts_grows_no_faster_than_their_numbers(unit: str) -> None:
    """Three times the numbers are about three times the work."""
    short, long = (count_steps(lambda size=size: compare_texts(unit * size, f"{unit * size}1")) for size in (60, 180))  # type: ignore[misc]

    assert long < 4 * short
