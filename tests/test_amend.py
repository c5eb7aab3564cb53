"""A correction keeps what the page prints and what the model wrote, passes the check, and can be taken back."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from making import FULL_LINES, LINES, case_text, full_reply, make_page, make_test_record, result_reply

from summariser.disk.record_text import is_edited, seal
from summariser.disk.store import Store
from summariser.disk.stored import rebuild_split
from summariser.errors import InputError
from summariser.records.corrected import standing
from summariser.records.grounding import FactVerdict
from summariser.records.make import check_records, rebuild_record, record_as_written
from summariser.reviewing.amend import accept_fact, add_fact, amend, remove_fact, undo
from summariser.schema.case import Rule
from summariser.schema.codes import Support, SupportFrom
from summariser.schema.page import Article, Page
from summariser.schema.record import CorrectionReason, PageManifest, Record

WHO = {"by": "王梅", "date": "2026-11-29"}
WRONG, MISREAD, MISPRINT = CorrectionReason.WRONG, CorrectionReason.MISREAD, CorrectionReason.MISPRINT
MISPRINTED = (*FULL_LINES[:2], "夜校培训职工12名万。", *FULL_LINES[3:])
TRAINED = result_reply(text="培训的职工人数", kind="people_trained", value_text="12名万", subject="职工", sents=[3])


def _make(
    lines: tuple[str, ...] = FULL_LINES, verdicts: dict[str, FactVerdict] | None = None, **changes: Any
) -> tuple[Record, Article, PageManifest, Page]:
    page = make_page(lines)
    record, manifest = make_test_record(page, json.dumps(full_reply(**changes)), verdicts=verdicts)
    return record, rebuild_split(page, manifest).articles[0], manifest, page


def _misprinted() -> tuple[Record, Article]:
    """A record of a page that prints 12名万 for 12万名."""
    page = make_page(MISPRINTED)
    results = [TRAINED]
    record, manifest = make_test_record(page, case_text(results=results))
    return record, rebuild_split(page, manifest).articles[0]


# ---- what a correction is


def test_misprint_is_read_from_the_corrected_words_and_rests_on_the_printed_ones() -> None:
    """The number is that of 12万名, the evidence 12名万, and a person answers for it."""
    record, article = _misprinted()
    assert record.case.results[0].quantity.value == 12

    done = amend(record, article, "results[0].value_text", "12万名", reason=MISPRINT, **WHO)

    (result,), (kept,) = done.record.case.results, done.record.corrections
    assert done.objections == ()
    assert (result.value_text, result.quantity.value, result.quantity.unit) == ("12万名", 120_000, "名")
    assert "12名万" in result.evidence.quote
    assert article.text[result.quantity.start : result.quantity.end] == "12名万"
    assert (result.support, result.support_by) == (Support.SENTENCES, SupportFrom.PERSON)
    assert (kept.printed, kept.model, kept.value, kept.by) == ("12名万", "12名万", "12万名", "王梅")


def test_prose_may_say_what_a_misprint_was_corrected_to() -> None:
    """Once 12万名 is what the page means, a text that says so has no foreign number."""
    record, article = _misprinted()
    done = amend(record, article, "results[0].value_text", "12万名", reason=MISPRINT, **WHO).record

    done = amend(done, article, "results[0].text", "培训的12万名职工", reason=WRONG, **WHO)

    assert done.objections == ()


def test_misread_words_must_stand_on_the_page() -> None:
    """What was misread is right on the page; other words are refused, and the way for a misprint is named."""
    record, article, *_ = _make()

    done = amend(record, article, "results[0].value_text", "近200名职工", reason=MISREAD, **WHO)
    with pytest.raises(InputError, match=r"does not stand in the article.*say what it prints"):
        amend(record, article, "results[0].value_text", "近300名", reason=MISREAD, **WHO)

    assert done.record.case.results[0].support_by is SupportFrom.PERSON


def test_person_says_what_a_number_is_reckoned_by() -> None:
    """The words that a person copies count as those of a model do, and may be taken away again."""
    page = make_page((*LINES, "每名学员可学两门，学费3000元。"))
    fee = result_reply(text="学费", kind="prices_fees", value_text="3000元", subject="学费", sents=[5])
    record, manifest = make_test_record(page, case_text(results=[fee]))
    article = rebuild_split(page, manifest).articles[0]
    assert record.case.results[0].quantity.per is None

    done = amend(record, article, "results[0].per_text", "每名学员", reason=MISREAD, **WHO)
    undone = amend(done.record, article, "results[0].per_text", None, reason=WRONG, **WHO)

    assert done.objections == ()
    assert done.record.case.results[0].quantity.per == "名"
    assert undone.record.case.results[0].quantity.per is None


def test_unit_that_code_reads_around_a_number_is_not_taken_away_with_its_words() -> None:
    """The number would stay reckoned by it, and nobody would be told."""
    page = make_page((*LINES, "学费每月3000元。"))
    fee = result_reply(text="学费", kind="prices_fees", value_text="3000元", per_text="每月", subject="学费", sents=[5])
    record, manifest = make_test_record(page, case_text(results=[fee]))
    article = rebuild_split(page, manifest).articles[0]
    assert record.case.results[0].quantity.per == "月"

    with pytest.raises(InputError, match="code fills this in"):
        amend(record, article, "results[0].per_text", None, reason=WRONG, **WHO)


REFUSED = {
    "words that are not printed": ({"reason": MISPRINT, "printed": "12名亿"}, "does not stand in the article"),
    "words that are printed": ({"reason": MISPRINT, "printed": "近300名"}, "other words than the page prints"),
    "printed words without a misprint": ({"reason": WRONG, "printed": "近200名"}, "of a misprint only"),
    "no date": ({"reason": WRONG, "date": "yesterday"}, "is no date"),
    "nobody": ({"reason": WRONG, "by": " "}, "nobody is named"),
}


@pytest.mark.parametrize(("changes", "said"), REFUSED.values(), ids=REFUSED)
def test_correction_that_says_too_little_or_too_much_is_refused(changes: dict[str, Any], said: str) -> None:
    """Printed words stand on the page and are of misprints; a correction has a person and a date."""
    record, article, *_ = _make()

    with pytest.raises(InputError, match=said):
        amend(record, article, "results[0].value_text", "近300名", **WHO | changes)


def test_judgement_cannot_be_misprinted() -> None:
    """Only words copied from the page can."""
    record, article, *_ = _make()

    with pytest.raises(InputError, match="only words copied"):
        amend(record, article, "results[0].kind", "other", reason=MISPRINT, **WHO)


def test_second_correction_of_a_place_keeps_the_first_value_of_the_model() -> None:
    """One correction for each place, from the model's value to what stands now, by who was last."""
    record, article, *_ = _make()
    once = amend(record, article, "primary_theme", "other", reason=WRONG, **WHO).record

    twice = amend(once, article, "primary_theme", "labour_safety", reason=WRONG, by="李岩", date="2026-11-30").record

    (kept,) = twice.corrections
    assert (kept.model, kept.value, kept.by) == ("skills_training", "labour_safety", "李岩")


def test_value_of_the_model_takes_the_correction_away() -> None:
    """Who puts the model's value back leaves the record as the tool wrote it, hash and all."""
    record, article, *_ = _make()
    changed = amend(record, article, "results[0].kind", "other", reason=WRONG, **WHO).record

    back = amend(changed, article, "results[0].kind", "participants", reason=WRONG, **WHO).record

    assert is_edited(changed)
    assert back == record


def test_level_that_follows_a_name_is_kept_too() -> None:
    """A corrected name that says its level takes the model's level away, which is kept beside it."""
    firm = full_reply()["actors"][0] | {"name": "东岭纺织公司", "level": "enterprise", "role": "partner", "sents": [5]}
    record, article, *_ = _make(actors=[full_reply()["actors"][0], firm])

    done = amend(record, article, "actors[1].name", "临河区总工会", reason=MISREAD, **WHO).record

    assert {each.path: (each.model, each.value) for each in done.corrections} == {
        "actors[1].name": ("东岭纺织公司", "临河区总工会"),
        "actors[1].level": ("enterprise", "county"),
    }
    assert record_as_written(done, article) == record


# ---- whole facts


def test_added_fact_is_checked_like_one_of_the_model() -> None:
    """Its number is read by code, its evidence found in the sentences chosen, and a person answers for it."""
    record, article, *_ = _make()
    fields = {"text": "夜校开设的课程数", "chain": "activity", "kind": "other", "status": "achieved"}

    done = add_fact(record, article, "result", fields | {"value_text": "3门", "subject": "课程", "sents": [3]}, **WHO)

    added = done.record.case.results[-1]
    assert done.objections == ()
    assert (added.quantity.raw, added.support_by) == ("3门课程", SupportFrom.PERSON) or added.quantity.raw == "3门"
    assert done.record.corrections[0].path == "results[4]"
    assert done.record.corrections[0].model is None


UNFIT = {
    "an unknown kind": ("miracles", {}, "no such kind of fact"),
    "an unknown field": ("devices", {"colour": "red", "sents": [1]}, "no field colour"),
    "no sentence": ("devices", {"name": "星光课堂"}, "at least one sentence"),
    "no name": ("devices", {"sents": [2]}, "name"),
    "a second time": ("time", {"text": "今年3月", "role": "event", "sents": [2]}, "there is one already"),
}


@pytest.mark.parametrize(("kind", "fields", "said"), UNFIT.values(), ids=UNFIT)
def test_fact_that_is_none_is_refused(kind: str, fields: dict[str, Any], said: str) -> None:
    """The refusal names what is lacking."""
    record, article, *_ = _make()

    with pytest.raises(InputError, match=said):
        add_fact(record, article, kind, fields, **WHO)


def test_field_of_an_added_fact_is_kept_in_it() -> None:
    """A fact that a person put in is one correction, however often it is changed."""
    record, article, *_ = _make()
    fact = {"kind": "campaign", "to": "求学圆梦行动", "sents": [8]}
    added = add_fact(record, article, "relations", fact, **WHO).record

    done = amend(added, article, "relations[2].kind", "modelled_on", reason=WRONG, **WHO).record

    assert [each.value["kind"] for each in done.corrections] == ["modelled_on"]
    assert remove_fact(done, article, "relations[2]", **WHO).record == record


def test_removed_total_leaves_its_parts_without_one() -> None:
    """The parts are told of, the totals of other results move, and taking the removal back restores both."""
    results = [*full_reply()["results"], result_reply(text="夜校的课程", value_text="3门", subject="课程", part_of=3)]
    record, article, *_ = _make(results=results)

    done = remove_fact(record, article, "results[0]", **WHO).record

    assert [each.path for each in done.corrections] == ["results[1].part_of", "results[0]"]
    assert [each.part_of for each in done.case.results] == [None, None, None, 2]
    assert undo(done, article, 1).record == record


def test_part_that_comes_back_without_its_total_keeps_what_the_model_said() -> None:
    """The total was taken out after its part; put back alone, the part is one of nothing, and the tool's record is."""
    record, article, *_ = _make()
    gone = remove_fact(remove_fact(record, article, "results[1]", **WHO).record, article, "results[0]", **WHO).record

    done = undo(gone, article, 0).record

    assert done.case.results[0].part_of is None
    assert record_as_written(done, article) == record
    assert undo(done, article, 1).record == record


def test_added_total_is_one_still_when_it_is_changed() -> None:
    """A result is a part of one that a person put in, whatever is said of that one later."""
    record, article, manifest, _ = _make()
    added = add_fact(record, article, "results", result_reply(value_text="300元", subject=None), **WHO).record
    done = amend(added, article, "results[2].part_of", 4, reason=WRONG, **WHO).record

    done = amend(done, article, "results[4].status", "target", reason=WRONG, **WHO).record

    assert done.case.results[2].part_of == 4
    assert rebuild_record(done, article, manifest).case == done.case


def test_what_follows_from_a_correction_is_not_taken_back_alone() -> None:
    """A level that code reads from a corrected name would be the same again; the name is to be taken back."""
    firm = full_reply()["actors"][0] | {"name": "东岭纺织公司", "level": "enterprise", "role": "partner", "sents": [5]}
    record, article, *_ = _make(actors=[full_reply()["actors"][0], firm])
    done = amend(record, article, "actors[1].name", "临河区总工会", reason=MISREAD, **WHO).record

    with pytest.raises(InputError, match="from what was corrected beside it"):
        undo(done, article, 1)


def test_removed_fact_keeps_what_the_model_wrote_of_it() -> None:
    """Corrections of a fact that is taken out afterwards go; the model's own words are kept."""
    record, article, *_ = _make()
    changed = amend(record, article, "people[0].kind", "expert", reason=WRONG, **WHO).record

    done = remove_fact(changed, article, "people[0]", **WHO).record

    (kept,) = done.corrections
    assert (kept.model["kind"], kept.value, kept.reason) == ("worker", None, CorrectionReason.FALSE)


def test_later_paths_reckon_with_earlier_removals() -> None:
    """The log counts facts as they stood; what stands is found where it is now."""
    record, article, *_ = _make()
    changed = amend(record, article, "results[3].kind", "other", reason=WRONG, **WHO).record
    changed = remove_fact(changed, article, "results[2]", **WHO).record

    done = amend(changed, article, "results[2].status", "target", reason=WRONG, **WHO).record

    assert [each.path for each in done.corrections] == ["results[3].kind", "results[2]", "results[2].status"]
    assert {each.path for each in standing(done).values()} == {"results[2].kind", "results[2].status"}
    assert undo(done, article, 1).record.case.results[3].kind.value == "other"


SINGLE = {
    "place": {"province": None, "city": None, "county": "临河区", "sents": [1]},
    "time": {"text": "今年3月", "role": "event", "sents": [2]},
    "problem": {"text": "职工没有时间学习", "sents": [5]},
    "lesson": {"text": "夜校要办下去", "sents": [4]},
}


@pytest.mark.parametrize("name", SINGLE)
def test_what_stands_once_can_be_taken_out_and_put_in(name: str) -> None:
    """Place, time, problem and lesson are facts like others; put in as the model had them, nothing is left to tell."""
    record, article, *_ = _make()

    gone = remove_fact(record, article, name, **WHO).record
    back = add_fact(gone, article, name, SINGLE[name], **WHO).record

    assert getattr(gone.case, name) is None
    assert [each.path for each in gone.corrections] == [name]
    assert back == record


def test_place_without_names_is_none() -> None:
    """Who takes out the only name of a place takes it out whole, so that nothing of it is lost."""
    record, article, *_ = _make()

    done = amend(record, article, "place.county", None, reason=WRONG, **WHO).record

    assert done.case.place is None
    assert done.corrections[0].model == SINGLE["place"]


# ---- who answers for a fact


VERDICTS = {
    "results[0]": FactVerdict(Support.ARTICLE, SupportFrom.MODEL, (2,)),
    "results[1]": FactVerdict(Support.NONE, SupportFrom.MODEL),
    "actions[0]": FactVerdict(Support.SENTENCES, SupportFrom.MODEL),
}


def test_accepted_fact_is_a_persons_whatever_was_said_before() -> None:
    """A second reader saw nothing that bears it out; a person did, and both are kept."""
    record, article, *_ = _make(verdicts=VERDICTS)
    assert not record.case.results[1].supported

    done = accept_fact(record, article, "results[1]", **WHO).record

    fact, (kept,) = done.case.results[1], done.corrections
    assert (fact.support, fact.support_by) == (Support.SENTENCES, SupportFrom.PERSON)
    assert (kept.path, kept.reason, kept.model["support"]) == ("results[1].support", "confirmed", "none")
    assert undo(done, article, 0).record == record


def test_fact_that_code_marked_can_be_answered_for() -> None:
    """A number that code cannot read is still a person's to accept."""
    results = [result_reply(value_text="近200")]  # the page prints 近200名
    record, article, manifest, _ = _make(results=results)
    assert not record.case.results[0].supported

    done = accept_fact(record, article, "results[0]", **WHO).record

    assert done.case.results[0].supported
    assert rebuild_record(done, article, manifest).case == done.case


def test_corrected_fact_keeps_the_verdict_that_it_had() -> None:
    """The verdict was on another claim; it comes back with the model's value."""
    record, article, *_ = _make(verdicts=VERDICTS)

    done = amend(record, article, "results[0].kind", "other", reason=WRONG, **WHO).record

    assert done.case.results[0].support_by is SupportFrom.PERSON
    assert [each.path for each in done.corrections] == ["results[0].kind", "results[0].support"]
    assert undo(done, article, 0).record == record


# ---- the record itself


OWN = {
    "headline": "临河区总工会把课堂开进车间",
    "kicker": "学在班后",
    "kind": "feature",
    "source.newspaper": "临河工人报",
    "source.issue_date": "2026-03-06",
    "source.page_no": 2,
}


@pytest.mark.parametrize("path", OWN)
def test_fields_of_the_record_are_corrected_like_others(path: str) -> None:
    """Titles, kind and source keep the tool's value beside a person's, pass the check and can be taken back."""
    record, article, manifest, _ = _make()

    done = amend(record, article, path, OWN[path], reason=WRONG, **WHO).record

    assert [each.path for each in done.corrections] == [path]
    assert rebuild_record(done, article, manifest).model_dump(exclude={"provenance"}) == done.model_dump(
        exclude={"provenance"}
    )
    assert undo(done, article, 0).record == record


def test_date_of_the_issue_dates_the_facts() -> None:
    """今年3月 has a year as soon as a person says of which year the newspaper is; who said so stands with it."""
    record, article, *_ = _make()
    assert record.case.time.edtf is None

    done = amend(record, article, "source.issue_date", "2026-03-06", reason=WRONG, **WHO).record

    assert done.case.time.edtf == "2026-03"
    assert done.source.origins == {"issue_date": "person"}


@pytest.mark.parametrize(
    ("path", "value"), [("source.issue_date", "gestern"), ("kind", "poem"), ("source.page_no", "two"), ("headline", "")]
)
def test_field_of_the_record_takes_its_own_values_only(path: str, value: str) -> None:
    """A date is a date, a kind a kind."""
    record, article, *_ = _make()

    with pytest.raises(InputError):
        amend(record, article, path, value, reason=WRONG, **WHO)


# ---- the check


def _stored(record: Record, manifest: PageManifest, page: Page, out: Path) -> Path:
    Path(page.path).write_text("\n".join(page.lines), encoding="utf-8")
    store = Store(out)
    store.put_page(manifest)
    store.put(record)
    return next(out.glob("*/*.json"))


def test_check_accepts_corrections_and_still_sees_a_hand_edit(tmp_path: Path) -> None:
    """Corrections are one notice; a value changed beside them is another; one changed under them is a difference."""
    record, article, manifest, page = _make(verdicts=VERDICTS)
    path = _stored(record, manifest, page, tmp_path)
    done = amend(record, article, "results[3].subject", "夜校", reason=MISREAD, **WHO).record
    done = remove_fact(done, article, "results[0]", **WHO).record
    done = amend(done, article, "headline", "夜校", reason=WRONG, **WHO).record

    def found(**changes: object) -> list[tuple[str, str]]:
        case = done.case.model_copy(update=changes)
        Store(tmp_path).put_decision(done.model_copy(update={"case": case}), seen=seen[0])
        seen[0] = done.model_copy(update={"case": case})
        (checked,) = check_records([path])
        return [(each.rule, each.path) for each in checked.findings]

    seen = [record]
    edited = done.case.results[2].model_copy(update={"subject": "服务"})

    assert found() == [(Rule.CORRECTED, "$")]
    assert len(done.corrections) > 4  # what was said of facts before is kept too
    assert "4 values were corrected" in next(check_records([path])).findings[0].message
    assert found(one_line="临河区总工会办夜校。") == [(Rule.EDITED, "$")]
    assert (Rule.DIFFERS, "results[2].subject") in found(results=(*done.case.results[:2], edited))


def test_corrections_of_a_record_under_older_rules_are_no_edit(tmp_path: Path) -> None:
    """What else was edited cannot be told under other rules, so only the corrections and the age of the rules are.

    With the last one taken back it is what the tool wrote.
    """
    record, article, manifest, page = _make(verdicts=VERDICTS)
    record = seal(record.model_copy(update={"provenance": record.provenance.model_copy(update={"checks": "1"})}))
    path = _stored(record, manifest, page, tmp_path)
    done = amend(record, article, "results[0].kind", "other", reason=WRONG, **WHO).record
    Store(tmp_path).put_decision(done, seen=record)

    (checked,) = check_records([path])

    assert {each.rule for each in checked.findings} == {Rule.CORRECTED, Rule.OLDER_CHECKS}
    assert undo(done, article, 0).record == record


@pytest.mark.parametrize("path", ["results[99].kind", "nothing", "results[0].colour"])
def test_corrections_of_another_record_are_told(path: str, tmp_path: Path) -> None:
    """A record is untrusted: corrections that lead nowhere are a finding, not an exception."""
    record, article, manifest, page = _make()
    changed = amend(record, article, "results[0].kind", "other", reason=WRONG, **WHO).record
    broken = changed.model_copy(update={"corrections": (changed.corrections[0].model_copy(update={"path": path}),)})

    (checked,) = check_records([_stored(broken, manifest, page, tmp_path)])

    assert [(each.rule, each.path) for each in checked.findings] == [(Rule.DIFFERS, "corrections")]


PLACES = (
    "results[0]",
    "results[9]",
    "results[99999999999999999999]",
    "results[-1]",
    "results[0].part_of",
    "results[0].x",
)
PLACES += ("results[0].support", "devices[0]", "place", "problem", "problem_sents", "lines", "headline", "nothing")
VALUES: tuple[Any, ...] = (None, 0, -1, 10**30, True, "x", [], {}, {"part_of": 0}, {"part_of": 10**30}, {"sents": [1]})


@pytest.mark.parametrize("seed", range(4))
def test_corrections_of_any_shape_are_an_error_at_most(seed: int) -> None:
    """A record is untrusted: whatever its corrections are, it is read, checked and refused, never an exception."""
    record, article, manifest, _ = _make()
    dice, kept = random.Random(seed), amend(record, article, "results[0].kind", "other", reason=WRONG, **WHO).record
    for _ in range(60):
        log = tuple(
            kept.corrections[0].model_copy(
                update={"path": dice.choice(PLACES), "model": dice.choice(VALUES), "value": dice.choice(VALUES)}
            )
            for _ in range(dice.randrange(1, 8))
        )
        given = record.model_copy(update={"corrections": log})

        standing(given)
        for step in (
            lambda: rebuild_record(given, article, manifest),  # noqa: B023
            lambda: record_as_written(given, article),  # noqa: B023
            lambda: undo(given, article, 0),  # noqa: B023
            lambda: remove_fact(given, article, "results[0]", **WHO),  # noqa: B023
        ):
            with suppress(InputError):
                step()


# ---- any sequence of corrections


def _step(record: Record, article: Article, dice: random.Random) -> Record:
    """One change that a person might make, of the places that the record has now."""
    facts = [path for path, _ in record.case.facts()]
    number = dice.randrange(max(len(record.case.results), 1))
    kind = dice.choice(["other", "participants", "service_uses", "money"])
    steps = (
        lambda: amend(record, article, f"results[{number}].kind", kind, reason=WRONG, **WHO),
        lambda: amend(record, article, f"results[{number}].part_of", dice.choice([None, 0, 1, 2]), reason=WRONG, **WHO),
        lambda: amend(record, article, f"results[{number}].value_text", "5000名", reason=MISPRINT, **WHO),
        lambda: amend(record, article, "place.city", dice.choice([None, "北湾市"]), reason=WRONG, **WHO),
        lambda: amend(record, article, "problem", dice.choice(["职工没有时间", None]), reason=WRONG, **WHO),
        lambda: amend(record, article, "source.issue_date", dice.choice(["2026-03-06", None]), reason=WRONG, **WHO),
        lambda: add_fact(
            record, article, "results", result_reply(value_text="300元", subject=None, part_of=number), **WHO
        ),
        lambda: add_fact(record, article, "problem", SINGLE["problem"], **WHO),
        lambda: remove_fact(record, article, dice.choice(facts), **WHO),
        lambda: accept_fact(record, article, dice.choice(facts), **WHO),
        lambda: undo(record, article, dice.randrange(len(record.corrections) or 1)),
    )
    try:
        return dice.choice(steps)().record
    except InputError:
        return record


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_corrected_can_be_taken_back(seed: int) -> None:
    """After any sequence the check agrees, the tool's record can be had again, and undoing all of it leaves that."""
    record, article, manifest, _ = _make(verdicts=VERDICTS)
    dice, changed = random.Random(seed), record

    for _ in range(25):
        changed = _step(changed, article, dice)
        assert rebuild_record(changed, article, manifest).case == changed.case
        assert record_as_written(changed, article) == record
    while changed.corrections:
        changed = _undo_last(changed, article)

    assert changed == record


def _undo_last(record: Record, article: Article) -> Record:
    """The record without its last correction that can be taken back by itself."""
    for number in reversed(range(len(record.corrections))):
        try:
            return undo(record, article, number).record
        except InputError:
            continue
    raise AssertionError(record.corrections)
