"""The one comparison: every field of a record, facts paired by what they say, findings by fact and rule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from summariser.comparison.changes import ChangeKind, compare_parts, compare_records
from summariser.disk.record_text import dump_json
from summariser.disk.stored import load_records
from summariser.schema.case import FACT_LISTS
from summariser.schema.record import Record

K = ChangeKind
RECORDS = load_records(ROOT / "summaries")
WHOLE = {"evidence", "quantity", "dateline", "review"}  # compared as one value


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
    "quantity": lambda value: value and {**value, "value": None, "min": None},
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


@pytest.mark.parametrize("record", RECORDS[:6], ids=lambda record: record.article_id)
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
    assert touched > count / 2


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("case.decision", K.CODE),
        ("case.summary", K.WORDS),
        ("case.place.city", K.NAME),
        ("case.time.end", K.NAME),
        ("case.actors[0].role", K.CODE),
        ("case.people[0].title", K.NAME),
        ("case.results[0].quantity", K.NUMBER),
        ("case.results[0].supported", K.SUPPORT),
        ("lines", K.LINES),
        ("review", K.REVIEW),
        ("provenance.model", K.ORIGIN),
    ],
)
def test_change_is_of_its_kind(name: str, kind: ChangeKind) -> None:
    """The kind tells what sort of field differs."""
    values = {"case.decision": "not_union", "case.actors[0].role": "partner"}
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


@given(record=st.sampled_from(RECORDS), random=st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_order_of_facts_means_nothing(record: Record, random: Any) -> None:
    """Shuffled lists of facts, with the paths of their findings, are no change; an equal record is none either."""
    lists = {}
    moved = {}
    for name in FACT_LISTS:
        facts = list(enumerate(getattr(record.case, name)))
        random.shuffle(facts)
        moved.update({f"{name}[{old}]": f"{name}[{new}]" for new, (old, _) in enumerate(facts)})
        lists[name] = tuple(fact for _, fact in facts)
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
            "case": record.case.model_copy(update={name: facts[1:]}),
            "findings": (),
        }
    )
    whole = record.model_copy(update={"findings": ()})

    gone, back = compare_records(whole, shorter), compare_records(shorter, whole)

    assert [(each.kind, each.path, each.old, each.new) for each in gone] == [
        (K.REMOVED, f"case.{name}[0]", facts[0], None)
    ]
    assert [(each.kind, each.path, each.old, each.new) for each in back] == [
        (K.ADDED, f"case.{name}[0]", None, facts[0])
    ]


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


def test_parts_of_a_split_article_are_compared_together() -> None:
    """Facts that went into another part of a split article are neither gone nor new."""
    record = max(RECORDS, key=lambda each: len(each.case.results))
    results = record.case.results
    parts = [
        record.model_copy(update={"case": record.case.model_copy(update=lists), "article_id": article_id})
        for article_id, lists in (
            ("a1", {"results": results[:1]}),
            ("a2", {"results": results[1:], "actors": (), "people": (), "actions": ()}),
        )
    ]
    parts[1] = parts[1].model_copy(update={"findings": ()})

    changes = compare_parts(
        [record.model_copy(update={"findings": ()})], [parts[0].model_copy(update={"findings": ()}), parts[1]]
    )

    assert [change.path for change in changes] == ["article_id"]
