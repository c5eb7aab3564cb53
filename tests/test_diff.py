"""Records are compared by meaning: every change has its name, and nothing else is named."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import FULL_LINES, full_reply, make_page, make_test_record

from summariser.comparison import ValueKind, compare_texts
from summariser.disk.record_text import dump_json, seal
from summariser.reviewing.diff import Diff, compare_sides, diff, find_lines, line_of, render_markdown
from summariser.reviewing.differences import Difference, DifferenceKind, differing_words
from summariser.reviewing.revisions import Sides, StoredItem
from summariser.schema.case import Case, Rule
from summariser.schema.page import LineRange, SourceOrigin
from summariser.schema.record import FAILURE_SCHEMA, Failure, FailureReason, Practice, Record, Review

K = DifferenceKind
V = ValueKind
_RESULTS = [each | {"part_of": None} for each in full_reply()["results"]]
_REPLIES = (
    full_reply(results=_RESULTS),
    full_reply(results=_RESULTS, lesson=None, place=None, employers=[]),
    full_reply(results=full_reply()["results"][:1], devices=[]),
    full_reply(results=_RESULTS, one_line="夜校共有45个班组。"),
    full_reply(results=_RESULTS, primary_theme="other", secondary_themes=[]),
    full_reply(results=_RESULTS, people=[], problem=None, problem_sents=[]),
)
RECORDS = [
    make_test_record(make_page(FULL_LINES, name=f"page-{number:03}.txt"), json.dumps(reply))[0]
    for number, reply in enumerate(_REPLIES)
]
WITH_RESULTS = [record for record in RECORDS if len(record.case.results) > 1]
PROSE = ("summary", "one_line", "summary_en")
LISTS = ("actors", "people", "actions", "results")
ONE = RECORDS[0]


def compare(old: Iterable[Record | Failure], new: Iterable[Record | Failure]) -> Diff:
    """Two sets of records that are in memory."""
    sides = [tuple(_item(each) for each in side) for side in (old, new)]
    return compare_sides(Sides("old", "new", sides[0], sides[1], max(map(len, sides))))


def _item(stored: Record | Failure) -> StoredItem:
    end = ".failure.json" if isinstance(stored, Failure) else ".json"
    path = f"summaries/{stored.page_id}/{stored.article_id}{end}"
    return StoredItem(path, stored.page_id, stored.article_id, stored, "{}")


def changes(old: Record, new: Record) -> list[Difference]:
    """All changes between two versions of a record."""
    return [change for article in compare([old], [new]).articles for change in article.changes]


def kinds(old: Record, new: Record) -> list[DifferenceKind]:
    """The kinds of the changes."""
    return [change.kind for change in changes(old, new)]


def edited(record: Record, **case: Any) -> Record:
    """The record with other fields in its case."""
    changed = Case.model_validate({**dict(record.case), **case}, strict=False)
    return record.model_copy(update={"case": changed})


def with_fact(record: Record, where: str, index: int, **fields: Any) -> Record:
    """The record with one fact of a list changed."""
    facts = list(getattr(record.case, where))
    facts[index] = type(facts[index]).model_validate({**dict(facts[index]), **fields}, strict=False)
    return edited(record, **{where: tuple(facts)})


def with_evidence(record: Record, where: str, index: int, **fields: Any) -> Record:
    """The record with other evidence of one fact."""
    evidence = getattr(record.case, where)[index].evidence.model_copy(update=fields)
    return with_fact(record, where, index, evidence=evidence)


def with_quantity(record: Record, index: int, **fields: Any) -> Record:
    """The record with another number in one result."""
    quantity = record.case.results[index].quantity
    assert quantity is not None
    return with_fact(record, "results", index, quantity={**dict(quantity), **fields})


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.page_id)
def test_record_does_not_differ_from_itself(record: Record) -> None:
    """`diff(a, a)` is empty."""
    found = compare([record], [record])

    assert (found.articles, found.provenance, found.exit_code) == ((), (), 0)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(WITH_RESULTS), st.randoms(use_true_random=False))
def test_reordered_facts_are_no_change(record: Record, random: Any) -> None:
    """The order of facts, codes and bylines means nothing."""
    shuffled: dict[str, Any] = {}
    for name in (*LISTS, "secondary_themes", "beneficiaries"):
        facts = list(getattr(record.case, name))
        random.shuffle(facts)
        shuffled[name] = tuple(facts)

    assert changes(record, edited(record, **shuffled)) == []


@settings(deadline=None, max_examples=80)
@given(st.sampled_from(WITH_RESULTS), st.sampled_from(LISTS), st.randoms(use_true_random=False))
def test_dropped_or_added_fact_is_one_change(record: Record, name: str, random: Any) -> None:
    """A fact put in or taken out anywhere is one addition or removal, and says nothing of its neighbours."""
    facts = list(getattr(record.case, name))
    if not facts:
        return
    index = random.randrange(len(facts))
    shorter = edited(record, **{name: tuple(facts[:index] + facts[index + 1 :])})

    assert kinds(record, shorter) == [K.FACT_REMOVED]
    (added,) = changes(seal(shorter), record)
    assert (added.kind, added.path) == (K.FACT_ADDED, f"case.{name}[{index}]")


def test_fact_in_the_place_of_another_is_two_changes() -> None:
    """The last fact of a list that went and the one that came in its place are both told."""
    one, *_, other = ONE.case.results
    old, new = edited(ONE, results=(one,)), edited(ONE, results=(other,))

    told = {(change.kind, change.path) for change in changes(seal(old), new)}

    assert told == {(K.FACT_REMOVED, "case.results[0]"), (K.FACT_ADDED, "case.results[0]")}


@settings(deadline=None, max_examples=80)
@given(st.sampled_from(WITH_RESULTS), st.integers(1, 999), st.randoms(use_true_random=False))
def test_other_number_is_one_change(record: Record, step: int, random: Any) -> None:
    """A number that changed is named with its path, its difference and its unit, wherever it is moved to."""
    numbered = [
        i for i, result in enumerate(record.case.results) if result.quantity and result.quantity.value is not None
    ]
    if not numbered:
        return
    index = random.choice(numbered)
    before = record.case.results[index].quantity
    assert before is not None
    assert before.value is not None
    changed = with_quantity(record, index, value=before.value + step)
    moved = edited(changed, results=changed.case.results[::-1])

    (change,) = changes(record, moved)

    last = len(record.case.results) - 1
    assert (change.kind, change.path) == (K.NUMBER_CHANGED, f"case.results[{last - index}].quantity.value")
    assert (change.difference, change.unit) == (Decimal(step), before.unit)
    assert change.quote == record.case.results[index].evidence.quote


@settings(deadline=None, max_examples=80)
@given(st.sampled_from(RECORDS), st.sampled_from(PROSE), st.randoms(use_true_random=False))
def test_swapped_digit_in_prose_is_a_changed_number(record: Record, name: str, random: Any) -> None:
    """One other digit in a text is a changed number and no rewording."""
    text = getattr(record.case, name)
    spots = [match.start() for match in re.finditer(r"(?<![0-9,.])[0-9](?=[0-9])", text)]
    if not spots:
        return
    spot = random.choice(spots)
    digit = str(int(text[spot]) % 9 + 1)
    swapped = edited(record, **{name: text[:spot] + digit + text[spot + 1 :]})

    assert set(kinds(record, swapped)) == {K.NUMBER_CHANGED}


@settings(deadline=None, max_examples=80)
@given(st.sampled_from(WITH_RESULTS), st.sampled_from(["actions", "results"]), st.randoms(use_true_random=False))
def test_reworded_fact_is_reworded(record: Record, name: str, random: Any) -> None:
    """Other words about the same words of the page are a rewording."""
    facts = getattr(record.case, name)
    if not facts:
        return
    index = random.randrange(len(facts))
    reworded = with_fact(record, name, index, text=f"也就是{facts[index].text}")

    assert kinds(record, reworded) == [K.REWORDED]


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(WITH_RESULTS), st.sampled_from(LISTS), st.randoms(use_true_random=False))
def test_moved_evidence_is_changes(record: Record, name: str, random: Any) -> None:
    """A fact that points at other words of the page has moved evidence, and is still the same fact."""
    facts = getattr(record.case, name)
    if not facts:
        return
    index = random.randrange(len(facts))
    moved = with_evidence(record, name, index, quote="页上别处的话", start=9000, end=9006, lines=(LineRange(900, 900),))

    (change,) = changes(record, moved)

    assert (change.kind, change.path) == (K.EVIDENCE_MOVED, f"case.{name}[{index}].evidence.quote")


def _approximation_lost(record: Record) -> Record:
    return with_fact(with_quantity(record, 0, approx="exact", raw="500字"), "results", 0, value_text="500字")


def _split_unsupported(record: Record) -> Record:
    quoted = with_evidence(record, "actions", 1, match="failed", quote=None, start=None, end=None, lines=())
    return with_fact(quoted, "actions", 1, support="none").model_copy(update={"needs_review": True})


def _of(record: Record, **source: object) -> Record:
    """The record of another page."""
    return record.model_copy(update={"source": record.source.model_copy(update=source)})


NAMED: dict[str, tuple[Callable[[Record], Record], DifferenceKind, str]] = {
    "approximation": (_approximation_lost, K.APPROXIMATION_LOST, "case.results[0].quantity.approx"),
    "unit": (
        lambda r: with_quantity(r, 2, unit="人次", raw="327人次"),
        K.UNIT_CHANGED,
        "case.results[2].quantity.unit",
    ),
    "no number": (lambda r: with_fact(r, "results", 2, quantity=None), K.NUMBER_CHANGED, "case.results[2].quantity"),
    "words of number": (
        lambda r: with_fact(r, "results", 2, value_text="372名"),
        K.REWORDED,
        "case.results[2].value_text",
    ),
    "unsupported": (_split_unsupported, K.NEWLY_UNSUPPORTED, "case.actions[1]"),
    "decision": (lambda r: edited(r, decision="not_union"), K.CODE_CHANGED, "case.decision"),
    "theme": (lambda r: edited(r, primary_theme="other", function=None), K.CODE_CHANGED, "case.primary_theme"),
    "theme of action": (lambda r: with_fact(r, "actions", 0, theme="other"), K.CODE_CHANGED, "case.actions[0].theme"),
    "level": (lambda r: with_fact(r, "actors", 0, level="prefecture"), K.CODE_CHANGED, "case.actors[0].level"),
    "kind": (lambda r: with_fact(r, "results", 0, kind="dimensions"), K.CODE_CHANGED, "case.results[0].kind"),
    "status": (lambda r: with_fact(r, "results", 2, status="planned"), K.CODE_CHANGED, "case.results[2].status"),
    "name": (lambda r: with_fact(r, "people", 0, name="韩那"), K.NAME_CHANGED, "case.people[0].name"),
    "place": (lambda r: edited(r, place=None), K.FACT_REMOVED, "case.place"),
    "year": (
        lambda r: edited(r, time=r.case.time.model_copy(update={"text": "今年4月", "start": "2025", "end": "2025"})),  # type: ignore[union-attr]
        K.NUMBER_CHANGED,
        "case.time.text",
    ),
    "headline": (lambda r: r.model_copy(update={"headline": "另一个标题"}), K.REWORDED, "headline"),
    "newspaper": (lambda r: _of(r, newspaper="云汀晚报"), K.NAME_CHANGED, "source.newspaper"),
    "newspaper that nobody named before": (
        lambda r: _of(r, newspaper="云汀晚报", origins={"newspaper": SourceOrigin.PERSON}),
        K.NAME_CHANGED,
        "source.newspaper",
    ),
    "date of the issue": (lambda r: _of(r, issue_date="2025-02-02"), K.NAME_CHANGED, "source.issue_date"),
    "who named the newspaper": (
        lambda r: _of(r, origins={"newspaper": SourceOrigin.PERSON}),
        K.CODE_CHANGED,
        "source.origins",
    ),
    "reckoned by": (lambda r: with_quantity(r, 2, per="月"), K.UNIT_CHANGED, "case.results[2].quantity.per"),
    "cited sentence": (
        lambda r: with_evidence(r, "results", 2, sents=(1,)),
        K.EVIDENCE_MOVED,
        "case.results[2].evidence.sents",
    ),
    "more themes": (
        lambda r: edited(r, secondary_themes=(*r.case.secondary_themes, "other")),
        K.CODE_CHANGED,
        "case.secondary_themes",
    ),
    "a notice": (
        lambda r: r.model_copy(update={"findings": (Rule.MENTION_INEXACT.at("results[2].quote", "x"),)}),
        K.FINDING_CHANGED,
        "case.results[2].quote",
    ),
    "an objection": (
        lambda r: r.model_copy(update={"findings": (Rule.NUMBER_NOT_IN_ARTICLE.at("results[2].text", "x"),)}),
        K.NEWLY_UNSUPPORTED,
        "case.results[2].text",
    ),
    "review flag": (lambda r: r.model_copy(update={"needs_review": True}), K.CODE_CHANGED, "needs_review"),
}


@pytest.mark.parametrize(("change", "kind", "path"), NAMED.values(), ids=NAMED)
def test_change_has_its_name(change: Callable[[Record], Record], kind: DifferenceKind, path: str) -> None:
    """One change of a record is named once, with its path, and nothing else is."""
    new = Record.model_validate_json(dump_json(change(ONE)))

    found = changes(ONE, new)

    assert [(each.kind, each.path) for each in found] == [(kind, path)]


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ("有327名职工", "有372名职工", [V.NUMBER]),
        ("有近200名职工", "有200名职工", [V.APPROXIMATION]),
        ("走访千余户", "走访千户", [V.APPROXIMATION]),
        ("服务200人", "服务200人次", [V.UNIT]),
        ("三项制度", "四项制度", [V.NUMBER]),
        ("2024年办班", "2025年办班", [V.NUMBER]),
        ("热线12351", "热线12315", [V.NUMBER]),
        ("办班3期", "开课3期", [V.WORDS]),
        ("办班3期", "开课4期", [V.NUMBER, V.WORDS]),
        ("办班3期，服务200人", "办班3期", [V.WORDS]),
        ("about 200 workers", "about 300 workers", [V.NUMBER]),
        (None, "有了", [V.WORDS]),
        ("一样", "一样", []),
        ("办班3期", "办班\0期", [V.WORDS]),
        ("\0期", "3期", [V.WORDS]),
        ("3期" + "长" * 19_998, "4期" + "长" * 19_998, [V.NUMBER]),
        ("3期" + "长" * 19_999, "4期" + "长" * 19_999, [V.WORDS]),
    ],
)
def test_numbers_of_texts_are_compared(old: str | None, new: str, kinds: list[ValueKind]) -> None:
    """What changed in a text is told apart: a number, its unit, its exactness, or only the words."""
    assert [change.kind for change in compare_texts(old, new)] == kinds


@pytest.mark.parametrize("name", ["place", "time"])
def test_single_field_of_a_group_is_one_change(name: str) -> None:
    """Each field of a place and of a time, changed alone, is one change that names the field."""
    record = next(record for record in RECORDS if getattr(record.case, name) is not None)
    fact = getattr(record.case, name)
    for field in set(type(fact).model_fields) - {"evidence", "support", "support_by", "text", "role"}:
        other = {"precision": "none"}.get(field, "2001-01-01")
        changed = edited(record, **{name: {**dict(fact), field: other}})
        assert [(change.kind, change.path) for change in changes(record, changed)] == [
            (K.NAME_CHANGED, f"case.{name}.{field}")
        ]


def test_shifted_article_is_one_change() -> None:
    """A page line put in above an article moves its lines, and not each fact."""
    tree = json.loads(dump_json(ONE))
    _shift_lines(tree, 3)

    found = changes(ONE, Record.model_validate_json(json.dumps(tree)))

    assert [(change.kind, change.path) for change in found] == [(K.EVIDENCE_MOVED, "lines")]


def test_words_of_the_page_that_changed_are_shown() -> None:
    """Another text of the article is told by its words, not by the JSON of its sentences."""
    first = ONE.text.sentences[0].model_copy(update={"text": "临河区总工会把讲堂开到车间"})
    text = ONE.text.model_copy(update={"sha256": "0" * 64, "sentences": (first, *ONE.text.sentences[1:])})

    (found,) = changes(ONE, ONE.model_copy(update={"text": text}))

    assert (found.kind, found.path) == (K.REWORDED, "text")
    assert found.shown[0].startswith("临河区总工会把课堂开到车间")
    assert "sentences" not in found.new


def _shift_lines(tree: Any, by: int) -> None:
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        if key == "lines":
            tree[key] = [[first + by, last + by] for first, last in value]
        elif isinstance(value, dict | list):
            _shift_lines(value, by)


def test_edit_by_hand_is_a_correction() -> None:
    """A record whose hash no longer fits was corrected by a person, and that stands with each change."""
    found = changes(ONE, with_quantity(ONE, 2, value=Decimal(372)))

    assert [(change.kind, change.by) for change in found] == [(K.NUMBER_CHANGED, "edited by hand")]


def test_number_that_no_run_writes_is_a_change() -> None:
    """A number beyond what is ever written is told like any other, and stops no comparison."""
    (found,) = changes(ONE, with_quantity(ONE, 2, value=Decimal("1e999")))

    assert (found.kind, found.by) == (K.NUMBER_CHANGED, "edited by hand")


def test_correction_names_the_person() -> None:
    """Whoever took the decision `corrected` stands with the changes; a run's own changes have nobody."""
    new = seal(edited(ONE, summary="另外的话。"))
    corrected = edited(new, one_line="别的话。").model_copy(
        update={"review": Review(state="corrected", by="li", note=None)}
    )

    assert {change.by for change in changes(ONE, new)} == {None}
    assert {change.by for change in changes(new, corrected) if change.kind is K.REWORDED} == {"li"}


def test_lost_edit_is_overwritten() -> None:
    """A run that wrote over a person's edit is told at the top."""
    by_hand = with_quantity(ONE, 2, value=Decimal(372))

    assert [change.kind for change in changes(by_hand, ONE)] == [K.OVERWRITTEN, K.NUMBER_CHANGED]


def test_lost_decision_is_overwritten() -> None:
    """A decision that went with the content it was taken on is told."""
    decided = ONE.model_copy(update={"review": Review(state="accepted", by="li", note=None)})
    rerun = seal(edited(ONE, summary="另一次运行写的。"))

    assert [change.kind for change in changes(decided, rerun)] == [K.OVERWRITTEN, K.REWORDED, K.REVIEW_CHANGED]


def test_decision_is_changes() -> None:
    """A decision alone is a change of the review, with who took it."""
    decided = ONE.model_copy(update={"review": Review(state="accepted", by="li", note="看过")})

    (change,) = changes(ONE, decided)

    assert (change.kind, change.old, change.new) == (K.REVIEW_CHANGED, "open", "accepted by li: 看过")


def test_practice_is_changes() -> None:
    """That a person joined the record to others, or parted it, is told with who did it."""
    practice = Practice(practice_id="p1", relation="same_event", by="li")
    joined = ONE.model_copy(update={"practice": practice})

    found = [*changes(ONE, joined), *changes(joined, ONE)]

    said = "same_event p1 by li"
    assert [(each.kind, each.path, each.old, each.new) for each in found] == [
        (K.REVIEW_CHANGED, "practice", None, said),
        (K.REVIEW_CHANGED, "practice", said, None),
    ]


def test_what_upgrade_adds_is_no_persons() -> None:
    """An edit that stands on both sides of an upgrade is no change, and what code fills in is nobody's."""
    edit = edited(ONE, one_line="另外的话。")
    older = edit.model_copy(update={"text": ONE.text.model_copy(update={"sha256": "", "sentences": ()})})
    upgraded = edited(_of(edit, issue_date="2025-02-02"), function=None)

    assert {change.by for change in changes(older, upgraded)} == {None}
    assert {change.by for change in changes(edit, upgraded)} == {"edited by hand"}


def test_time_without_an_end_is_open() -> None:
    """What has no end is shown without one."""
    assert ONE.case.time is not None
    old = ONE.case.time.model_copy(update={"start": "2024", "end": None, "edtf": "2024/.."})
    new = old.model_copy(update={"start": None, "end": "2025", "edtf": "../2025"})

    (change,) = changes(edited(ONE, time=old), edited(ONE, time=new))

    assert (change.old, change.new) == (f"{old.text} (2024 –)", f"{old.text} (– 2025)")


def test_provenance_is_summed_up() -> None:
    """Another model or prompt is one line for all records, and nothing a person has to look at."""
    rerun = [seal(_with_prompt(record)) for record in RECORDS]

    found = compare(RECORDS, rerun)

    assert (found.articles, found.exit_code) == ((), 0)
    assert [(row.field, row.new, row.records) for row in found.provenance if row.field == "prompt"] == [
        ("prompt", "case_study@9", len(RECORDS))
    ]


def _with_prompt(record: Record) -> Record:
    return record.model_copy(update={"provenance": record.provenance.model_copy(update={"prompt": "case_study@9"})})


def test_new_headline_is_the_same_article() -> None:
    """An article with another id and the same lines is renamed, and its facts are not all new."""
    renamed = ONE.model_copy(update={"article_id": "a99999999", "headline": "另一个标题"})

    assert kinds(ONE, renamed) == [K.ARTICLE_RENAMED, K.REWORDED]


def _parts(record: Record) -> tuple[Record, Record]:
    """The record cut in two: the second gets the last results and the last lines."""
    head = edited(record, results=record.case.results[:1]).model_copy(update={"lines": (LineRange(1, 3),)})
    none = dict.fromkeys(("actors", "employers", "people", "devices", "relations", "actions"), ())
    once = dict.fromkeys(("place", "time", "problem", "lesson"))
    tail = edited(record, results=record.case.results[1:], **none, **once).model_copy(
        update={"lines": (LineRange(4, 6),), "article_id": "a99999999", "headline": "下半篇"}
    )
    return head, tail


def test_split_article_is_one_change() -> None:
    """Facts that went into the other part of a split article are neither gone nor new."""
    found = compare([ONE], _parts(ONE))

    kinds = [change.kind for article in found.articles for change in article.changes]
    assert kinds == [K.ARTICLE_SPLIT]


def test_merged_articles_are_one_change() -> None:
    """Two articles that became one are told as one merger."""
    found = compare(_parts(ONE), [ONE])

    kinds = [change.kind for article in found.articles for change in article.changes]
    assert [kind for kind in kinds if kind is not K.OVERWRITTEN] == [K.ARTICLE_MERGED]


def test_added_and_removed_articles_are_changes() -> None:
    """An article without a partner came or went."""
    found = compare(RECORDS[:5], RECORDS[1:6])

    assert found.counts == {K.ARTICLE_ADDED: 1, K.ARTICLE_REMOVED: 1}
    assert found.exit_code == 1


def test_new_record_says_what_it_is_about() -> None:
    """Of a new record theme, lead, first figures and flags are told; of one that was there before, none of it."""
    flawed = _split_unsupported(ONE)
    (article,) = compare([], [flawed]).articles
    (other,) = compare([ONE], [flawed]).articles

    added = article.added
    assert added is not None
    assert other.added is None
    assert added.theme == f"{ONE.case.primary_theme.value} {ONE.case.primary_theme.zh}"
    assert added.leads == tuple(actor.name for actor in ONE.case.actors if actor.role.value == "lead")
    figures = [fact for fact in ONE.case.results if fact.quantity]
    assert [figure.lines for figure in added.figures] == [fact.evidence.lines for fact in figures[:3]]
    assert added.further == len(figures) - len(added.figures)
    assert added.flags[:2] == ("needs review", f"1 of {len(ONE.case.facts())} facts not borne out")


def test_unsupported_facts_of_a_new_record_are_in_the_head() -> None:
    """The head line counts what a new record says and its page does not: facts, and findings about anything else."""
    found = (*ONE.findings, *(Rule.NUMBER_NOT_IN_ARTICLE.at(path, "x") for path in ("summary", "actions[1].text")))
    flawed = _split_unsupported(ONE).model_copy(update={"findings": found})

    told = compare([], [flawed])

    assert told.head == "1 article added, 2 unsupported in 1 record"
    assert [change.path for change in told.articles[0].changes] == ["article_id", "case.actions[1]", "case.summary"]


def test_added_unsupported_fact_is_one_change() -> None:
    """A fact that is new and not borne out is told once."""
    flawed = _split_unsupported(ONE)
    old = edited(flawed, actions=(flawed.case.actions[0], *flawed.case.actions[2:])).model_copy(
        update={"needs_review": True}
    )

    (change,) = changes(old, flawed)

    assert (change.kind, change.path, change.old) == (K.NEWLY_UNSUPPORTED, "case.actions[1]", None)


def test_failure_comes_and_goes() -> None:
    """A failure file that appeared is told, and so is one that went."""
    failure = Failure(
        schema_path=FAILURE_SCHEMA,
        article_id="a1",
        page_id="p",
        headline=None,
        lines=(LineRange(1, 2),),
        reason=FailureReason.REFUSAL,
        message="no",
        prompt="case_study@1",
        model="m",
        attempts=(),
    )

    assert compare([], [failure]).counts == {K.FAILURE_APPEARED: 1}
    assert compare([failure], []).counts == {K.FAILURE_GONE: 1}


def test_unreadable_file_is_a_change(tmp_path: Path) -> None:
    """A record broken on one side is named, on either side, and stops nothing."""
    for name, text in (("old", dump_json(ONE)), ("new", "{")):
        file = tmp_path / name / ONE.page_id / f"{ONE.article_id}.json"
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")

    assert diff(["old", "new"], folder=tmp_path).counts == {K.UNREADABLE: 1}
    assert diff(["new", "old"], folder=tmp_path).counts == {K.READABLE_AGAIN: 1}


def test_worst_comes_first() -> None:
    """Articles are sorted by their worst change, and changes within an article too."""
    reworded = edited(RECORDS[0], summary="另外的话。")
    wrong = with_quantity(edited(ONE, one_line="别的话。"), 2, value=Decimal(3))

    found = compare([RECORDS[0], ONE], [reworded, wrong])

    first = found.articles[0]
    assert (first.article_id, first.changes[0].kind) == (ONE.article_id, K.NUMBER_CHANGED)
    assert found.head == "1 number changed, 2 reworded in 2 records, 2 of them corrected by a person"


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("短句一", "短句二", ("短句一", "短句二")),
        (
            "甲" * 60 + "旧" + "乙" * 60,
            "甲" * 60 + "新" + "乙" * 60,
            ("…甲甲甲甲甲甲甲甲旧乙乙乙乙乙乙乙乙…", "…甲甲甲甲甲甲甲甲新乙乙乙乙乙乙乙乙…"),
        ),
        ("旧" + "甲" * 60, "甲" * 60, ("旧甲甲甲甲甲甲甲甲…", "甲甲甲甲甲甲甲甲…")),
        ("甲" * 60, "甲" * 60 + "新", ("…甲甲甲甲甲甲甲甲", "…甲甲甲甲甲甲甲甲新")),
        (
            "旧" + "甲" * 60 + "丙",
            "新" + "甲" * 60 + "丁",
            ("旧甲甲甲甲甲甲甲甲 … 甲甲甲甲甲甲甲甲丙", "新甲甲甲甲甲甲甲甲 … 甲甲甲甲甲甲甲甲丁"),
        ),
        ("旧" * 500, "新" * 500, ("旧" * 500, "新" * 500)),
    ],
    ids=["short", "middle", "begin", "end", "both ends", "all"],
)
def test_reworded_text_shows_the_words_that_differ(old: str, new: str, shown: tuple[str, str]) -> None:
    """Of two long texts a reader sees what differs with some characters around it; JSON has them whole."""
    assert differing_words(old, new) == shown


@given(st.text("甲乙1", max_size=120), st.text("甲乙1", max_size=120))
@settings(max_examples=60, deadline=None)
def test_differing_words_are_words_of_the_texts(old: str, new: str) -> None:
    """What is shown stands in the text, piece by piece, and tells the two texts apart."""
    shown = differing_words(old, new)

    for text, said in zip((old, new), shown, strict=True):
        assert all(part in text for part in re.split(" … |…", said))
    assert old == new or shown[0] != shown[1]


HOSTILE = "<script>x</script> @all ![i](http://e.x/i.png) [l](javascript:1) `` ``` https://e.x #1 \u202e \x1b[31m\n# h"


def test_markdown_makes_nothing_of_a_record_active() -> None:
    """Whatever a record says stands in code: no HTML, mention, image, link, heading or control code."""
    hostile = edited(ONE, summary=HOSTILE, one_line=HOSTILE).model_copy(update={"headline": HOSTILE})

    text = render_markdown(compare([ONE], [hostile]))

    outside = re.sub(r"<code>[^<]*</code>", "", text)
    outside = re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", outside)
    assert not re.search(r"script|@|!\[|javascript|https?:|#1|[\u202e\x1b]", outside)
    assert not re.search("[\u202e\x1b]", text)


def test_markdown_fits_a_comment() -> None:
    """However much changed, the comment stays below its limit and counts what is left out."""
    many = [record.model_copy(update={"page_id": f"p{n}"}) for n in range(40) for record in RECORDS]
    changed = [edited(record, summary="另外的话。" * 100) for record in many]
    found = compare(many, changed)

    text = render_markdown(found)

    shown = text.count("<details>")
    assert len(text) <= 60_000
    assert f"**{len(many) - shown:,} more records with {len(many) - shown:,} changes" in text


def test_markdown_links_to_the_line() -> None:
    """A change links to its line in the file."""
    new = with_quantity(ONE, 2, value=Decimal(372))
    item = _item(new)._replace(text=dump_json(new))

    text = render_markdown(compare([ONE], [new]), texts={item.path: item.text}, link_base="https://e.x/blob/main/")

    address = re.search(r"\(https://e.x/blob/main/(\S+)#L([0-9]+)\)", text)
    assert address is not None
    assert address[1] == item.path
    assert '"value": 372' in item.text.splitlines()[int(address[2]) - 1]


@pytest.mark.parametrize("record", RECORDS[:5], ids=lambda record: record.page_id)
def test_lines_of_paths_are_found(record: Record) -> None:
    """The line of a path is the line where its key stands, or that of what is around it."""
    text = dump_json(record)
    lines = find_lines(text)

    assert '"summary"' in text.splitlines()[lines["case.summary"] - 1]
    assert line_of("case.summary.nothing", lines) == lines["case.summary"]
    last = len(record.case.actions) - 1
    assert record.case.actions[last].text in text.splitlines()[lines[f"case.actions[{last}].text"] - 1]


@pytest.mark.timeout(60)
def test_many_records_are_compared_quickly() -> None:
    """Comparing 300 changed records takes well below three seconds, so that 2,000 take a few."""
    old = [record.model_copy(update={"page_id": f"p{n}"}) for n in range(7) for record in RECORDS]
    new = [edited(record, summary=record.case.summary + "。", actors=record.case.actors[1:]) for record in old]
    sides = Sides("old", "new", tuple(map(_item, old)), tuple(map(_item, new)), len(old))
    started = time.process_time()

    compare_sides(sides)

    assert time.process_time() - started < 3


@pytest.mark.timeout(20)
def test_record_of_thousands_of_facts_is_compared() -> None:
    """A record that nobody wrote in earnest does not hold up the comparison."""
    actions = [ONE.case.actions[0].model_copy(update={"text": f"第{n}项"}) for n in range(3000)]
    others = [action.model_copy(update={"text": action.text + "改"}) for action in actions]
    old, new = edited(ONE, actions=tuple(actions)), edited(ONE, actions=tuple(others), summary="9" * 1_000_000)

    found = compare([old], [new])

    assert found.counts[K.FACT_ADDED] == found.counts[K.FACT_REMOVED] == 3000
