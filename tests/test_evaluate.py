"""Evaluation against gold, tested by mutation: what is spoiled on purpose is caught and named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import ROOT

from summariser.disk.record_text import dump_json
from summariser.disk.stored import load_manifest, load_record, rebuild_split
from summariser.errors import InputError
from summariser.evaluation.evaluate import Evaluation, evaluate
from summariser.evaluation.figures import ALL, Miss, MissKind, metrics
from summariser.evaluation.gold import AlignedPage, GoldMatch, GoldQuantity, align_page, read_gold_page
from summariser.evaluation.scores import score_numbers
from summariser.readers.dispatch import read_page
from summariser.reviewing.amend import amend
from summariser.schema.case import Approximation, Quantity, Result, UnitClass
from summariser.schema.record import CorrectionReason, Record
from summariser.text import fold

PAGE = "page-003"
UNION, ACADEMY, TOOLS, STAFF = "af34b5fc9", "a7b5da103", "ae28d3516", "ac2612f8f"  # two features, a caption, a brief


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the committed records of one page."""
    return _copy(tmp_path / "summaries")


@pytest.fixture
def four(folder: Path) -> Path:
    """The copy without the articles that no mutation is of."""
    return _leave_four(folder)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    """The evaluation of these four before anything happens to them."""
    return _evaluate(_leave_four(_copy(tmp_path_factory.mktemp("untouched"))))


def _copy(out: Path) -> Path:
    shutil.copytree(ROOT / "summaries" / PAGE, out / PAGE)
    shutil.copy(ROOT / "summaries" / f"{PAGE}.page.json", out)
    return out


def _leave_four(folder: Path) -> Path:
    """The folder, without the records and the lines of other articles."""
    path = folder / f"{PAGE}.page.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["articles"] = [each for each in content["articles"] if each["article_id"] in (UNION, ACADEMY, TOOLS, STAFF)]
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    for record in (folder / PAGE).iterdir():
        if record.stem not in (UNION, ACADEMY, TOOLS, STAFF):
            record.unlink()
    return folder


def _evaluate(folder: Path) -> Evaluation:
    return evaluate([folder], ROOT / "seeds")


def _rates(evaluation: Evaluation, scope: str = ALL) -> dict[str, float | None]:
    figures = next(each.figures for each in evaluation.scopes if each.name == scope)
    return {name: rate.rate for name, rate in figures.items()}


def _worse(before: Evaluation, after: Evaluation) -> set[str]:
    """The figures that are worse than before."""
    old, new = _rates(before), _rates(after)
    fewer = {metric.name for metric in metrics() if metric.fewer}
    return {
        name
        for name, rate in new.items()
        if rate is not None and rate != old[name] and (rate > (old[name] or 0)) == (name in fewer)
    }


def _edit(path: Path, change: Callable[[Any], object]) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _edit_record(folder: Path, article_id: str, change: Callable[[Any], object]) -> None:
    _edit(folder / PAGE / f"{article_id}.json", change)


def _edit_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the articles of the manifest, by their id."""
    path = folder / f"{PAGE}.page.json"
    _edit(path, lambda content: change({each["article_id"]: each for each in content["articles"]}))


def _spoil_number(record: Any) -> None:
    """3000余人 becomes 3700余人, wherever the result says it."""
    result = record["case"]["results"][10]
    result["value_text"] = "3700余人"
    result["quantity"].update(raw="3700余人", value=3700, min=3700)


def _spoil_approximation(record: Any) -> None:
    result = record["case"]["results"][10]
    result["value_text"] = "3000人"
    result["quantity"].update(raw="3000人", min=None, approx="exact")


def _spoil_unit(record: Any) -> None:
    result = record["case"]["results"][11]
    result["value_text"] = "5000余人"
    result["quantity"].update(raw="5000余人", unit="人", unit_class="person")


def _spoil_bound(record: Any) -> None:
    record["case"]["results"][10]["quantity"].update(min=None, max=3000, approx="nearly")


def _add_approximation(record: Any) -> None:
    record["case"]["results"][7]["quantity"].update(approx="about")


def _cite_next_door(record: Any) -> None:
    record["case"]["results"][10]["evidence"]["sents"] = [25]


def _move_quote(folder: Path) -> None:
    """The first result of one article rests on the words of another."""
    other = load_record(folder / PAGE / f"{ACADEMY}.json").case.results[0].evidence.quote
    _edit_record(folder, UNION, lambda record: record["case"]["results"][0]["evidence"].update(quote=other))


def _merge(folder: Path) -> None:
    """One article takes the lines of another, which is gone."""

    def merge(content: dict[str, Any]) -> None:
        by_id = {each["article_id"]: each for each in content["articles"]}
        by_id[UNION]["lines"] += by_id[TOOLS]["lines"]
        content["articles"].remove(by_id[TOOLS])

    _edit(folder / f"{PAGE}.page.json", merge)
    (folder / PAGE / f"{TOOLS}.json").unlink()


def _drop_article(folder: Path) -> None:
    """Neither the manifest nor a record knows the article."""

    def drop(content: dict[str, Any]) -> None:
        content["articles"] = [each for each in content["articles"] if each["article_id"] != TOOLS]

    _edit(folder / f"{PAGE}.page.json", drop)
    (folder / PAGE / f"{TOOLS}.json").unlink()


def _drop_record(folder: Path) -> None:
    (folder / PAGE / f"{TOOLS}.json").unlink()


def _invent_article(folder: Path) -> None:
    """A line of an article becomes an article of its own."""

    def cut(content: dict[str, Any]) -> None:
        entry = next(each for each in content["articles"] if each["article_id"] == STAFF)
        entry["lines"] = [[71, 81]]
        lonely = entry | {"article_id": "a00000000", "lines": [[83, 83]], "headline_lines": [], "kicker_lines": []}
        content["articles"].append(lonely | {"subhead_lines": [], "headline": None})

    _edit(folder / f"{PAGE}.page.json", cut)


def _record(change: Callable[[Any], object], article_id: str = UNION) -> Callable[[Path], None]:
    return partial(_edit_record, article_id=article_id, change=change)


def _manifest(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    return partial(_edit_manifest, change=change)


class Mutation(NamedTuple):
    """What is spoiled, the figures that get worse by it, and the miss that names it."""

    spoil: Callable[[Path], None]
    figures: set[str]
    named: str
    kind: MissKind
    article: str | None = "a7"


def _case(**changes: object) -> Callable[[Path], None]:
    return _record(lambda record: record["case"].update(changes))


STRANGER = {"name": "郑博文", "title": None}
MUTATIONS = {
    "swap a digit": Mutation(
        _record(_spoil_number), {"results_found", "numbers_invented", "records_sound"}, "results", MissKind.OMISSION
    ),
    "invent a number": Mutation(
        _record(_spoil_number), {"numbers_invented"}, "results[10].quantity", MissKind.INVENTION
    ),
    "drop 余": Mutation(
        _record(_spoil_approximation),
        {"approximation_kept", "value_bounds", "records_sound"},
        "results[10].quantity.approx",
        MissKind.WRONG,
    ),
    "turn 人次 to 人": Mutation(
        _record(_spoil_unit), {"unit", "records_sound"}, "results[11].quantity.unit", MissKind.WRONG
    ),
    "turn 余 to 近": Mutation(_record(_spoil_bound), {"value_bounds"}, "results[10].quantity", MissKind.WRONG),
    "add 约": Mutation(
        _record(_add_approximation), {"approximation_added"}, "results[7].quantity.approx", MissKind.INVENTION
    ),
    "cite the sentence next door": Mutation(
        _record(_cite_next_door), {"binding", "records_sound"}, "results[10].evidence.sents", MissKind.WRONG
    ),
    "move a quote to another article": Mutation(
        _move_quote,
        {"evidence_located", "evidence_exact", "evidence_failed", "records_sound"},
        "results[0].evidence",
        MissKind.INVENTION,
    ),
    "merge two articles": Mutation(
        _merge, {"articles_exact", "line_pairs_f1", "line_pairs_precision"}, "lines", MissKind.WRONG
    ),
    "drop an article": Mutation(
        _drop_article, {"articles_exact", "line_pairs_f1", "partition", "records"}, "lines", MissKind.OMISSION, "a6"
    ),
    "leave a line nowhere": Mutation(_drop_article, {"partition"}, "line 91", MissKind.OMISSION, None),
    "drop a record": Mutation(_drop_record, {"records", "decision"}, "$", MissKind.OMISSION, "a6"),
    "invent an article": Mutation(
        _invent_article, {"articles_extra", "articles_exact", "line_pairs_f1"}, "lines", MissKind.INVENTION, None
    ),
    "shuffle lines": Mutation(
        _manifest(lambda by_id: by_id[UNION].update(lines=[[93, 95], [109, 123], [99, 107]])),
        {"line_order"},
        "lines",
        MissKind.WRONG,
    ),
    "change the kind": Mutation(
        _manifest(lambda by_id: by_id[UNION].update(kind="brief")), {"kind"}, "kind", MissKind.WRONG
    ),
    "take another headline": Mutation(
        _manifest(lambda by_id: by_id[UNION].update(headline_lines=[99], kicker_lines=[], headline="x")),
        {"headline"},
        "headline",
        MissKind.WRONG,
    ),
    "decide otherwise": Mutation(_case(decision="fragment"), {"decision"}, "decision", MissKind.WRONG),
    "take another theme": Mutation(
        _record(lambda record: record["case"].update(primary_theme="publicity_communication"), ACADEMY),
        {"primary_theme", "primary_theme_alpha"},
        "primary_theme",
        MissKind.WRONG,
        "a8",
    ),
    "forget the place": Mutation(_case(place=None), {"place"}, "place", MissKind.OMISSION),
    "name a finer place": Mutation(
        _record(lambda record: record["case"]["place"].update(code="210702", full_name="辽宁省锦州市古塔区")),
        {"place", "records_sound"},
        "place",
        MissKind.WRONG,
    ),
    "forget people": Mutation(_case(people=[]), {"people_f1", "people_recall"}, "people", MissKind.OMISSION),
    "invent a person": Mutation(
        _record(lambda record: record["case"]["people"].append(record["case"]["people"][0] | STRANGER)),
        {"people_f1", "people_precision", "people_invented"},
        "people[1]",
        MissKind.INVENTION,
    ),
    "take another lead": Mutation(
        _record(lambda record: record["case"]["actors"][0].update(role="partner")),
        {"lead_organisation", "lead_level"},
        "actors",
        MissKind.OMISSION,
    ),
    "change the level of the lead": Mutation(
        _record(lambda record: record["case"]["actors"][0].update(level="national")),
        {"lead_level"},
        "actors.level",
        MissKind.WRONG,
    ),
    "invent an organisation": Mutation(
        _record(lambda record: record["case"]["actors"][1].update(name="临河区总工会")),
        {"organisations_invented", "organisations"},
        "actors[1]",
        MissKind.INVENTION,
    ),
    "write a number into the prose": Mutation(
        _case(one_line="锦州市总工会为47家企业建起行业工会。"), {"numbers_invented"}, "one_line", MissKind.INVENTION
    ),
    "write a number into the English": Mutation(
        _case(summary_en="The federation of Jinzhou has covered 47 firms of the trade with one union."),
        {"numbers_invented"},
        "summary_en",
        MissKind.INVENTION,
    ),
}


@pytest.mark.parametrize("mutation", MUTATIONS.values(), ids=MUTATIONS)
def test_mutation_is_caught_and_named(four: Path, untouched: Evaluation, mutation: Mutation) -> None:
    """Whatever is spoiled makes its figures worse, and a miss says where."""
    mutation.spoil(four)

    after = _evaluate(four)

    assert mutation.figures <= _worse(untouched, after)
    new = {(miss.field, miss.kind, miss.article) for miss in after.misses if miss not in untouched.misses}
    assert (mutation.named, mutation.kind, mutation.article) in new


def test_what_a_misprint_was_corrected_to_is_no_invention(four: Path, untouched: Evaluation) -> None:
    """What a person put in the place of printed words counts as the article's, in numbers, names and sentences."""
    path = four / PAGE / f"{UNION}.json"
    record, manifest = load_record(path), load_manifest(four / f"{PAGE}.page.json")
    page = read_page(ROOT / "seeds" / f"{PAGE}.txt")
    article = next(each for each in rebuild_split(page, manifest).articles if each.article_id == UNION)
    changes = {
        "results[7].value_text": "17场次",
        "people[0].name": "郑波",
        "summary": record.case.summary + "郑波等17场次。",
    }

    for place, value in changes.items():
        reason = CorrectionReason.WRONG if place == "summary" else CorrectionReason.MISPRINT
        record = amend(record, article, place, value, reason=reason, by="王梅", date="2026-11-29").record
    path.write_text(dump_json(record), encoding="utf-8")

    worse = _worse(untouched, _evaluate(four))
    assert not worse & {"numbers_invented", "numbers_foreign", "digits_absent", "people_invented"}


@pytest.fixture(scope="module")
def pages() -> list[AlignedPage]:
    """All seed pages with gold and records side by side."""
    pages = []
    for path in sorted((ROOT / "seeds").glob("*.gold.json")):
        name = path.name.removesuffix(".gold.json")
        manifest = load_manifest(ROOT / "summaries" / f"{name}.page.json")
        files = {each.article_id: ROOT / "summaries" / name / f"{each.article_id}.json" for each in manifest.articles}
        records: dict[str, Record | str] = {key: load_record(file) for key, file in files.items()}
        pages.append(align_page(read_gold_page(path), manifest, records))
    return pages


def _misses(match: GoldMatch) -> list[Miss]:
    return [each for each in score_numbers(match) if isinstance(each, Miss)]


def _names(wanted: GoldQuantity, quantity: Quantity) -> bool:
    """Whether gold names a number, in the same words."""
    words = fold(wanted.text).text, fold(quantity.raw).text
    return wanted.value == quantity.value and (words[0] in words[1] or words[1] in words[0])


def _spoiled(match: GoldMatch, spoil: Callable[[Result], Result | None]) -> Iterator[GoldMatch]:
    """The match once for each result that gold has too, with that result spoiled."""
    assert match.prediction
    assert match.record
    results, told = match.record.case.results, match.gold.quantities
    for index, result in enumerate(results):
        new = spoil(result)
        if new is None or result.quantity is None or not any(_names(each, result.quantity) for each in told):
            continue
        case = match.record.case.model_copy(update={"results": (*results[:index], new, *results[index + 1 :])})
        record = match.record.model_copy(update={"case": case})
        yield match._replace(prediction=match.prediction._replace(record=record))


def _other_number(result: Result) -> Result | None:
    """The last digit that is not 0 becomes the next one."""
    quantity = result.quantity
    if quantity is None or quantity.value is None:
        return None
    step = Decimal(10) ** quantity.value.normalize().as_tuple().exponent  # type: ignore[operator] # finite
    spoiled = quantity.model_copy(update={"value": quantity.value + step})
    return result.model_copy(update={"quantity": spoiled})


def _without_approximation(result: Result) -> Result | None:
    quantity = result.quantity
    if quantity is None or quantity.approx is Approximation.EXACT or quantity.value is None:
        return None
    update = {"approx": Approximation.EXACT, "min": None, "max": None}
    return result.model_copy(update={"quantity": quantity.model_copy(update=update)})


def _people_for_visits(result: Result) -> Result | None:
    quantity = result.quantity
    if quantity is None or quantity.unit_class is not UnitClass.PERSON_TIME:
        return None
    update = {"unit": "人", "unit_class": UnitClass.PERSON}
    return result.model_copy(update={"quantity": quantity.model_copy(update=update)})


SWEEPS = {
    "digits": (_other_number, 150),
    "approximations": (_without_approximation, 60),
    "visits": (_people_for_visits, 8),
}


@pytest.mark.parametrize(("spoil", "least"), SWEEPS.values(), ids=SWEEPS)
def test_every_number_of_the_seeds_is_guarded(
    pages: list[AlignedPage], spoil: Callable[[Result], Result | None], least: int
) -> None:
    """There is no gold number in the committed records that could be spoiled unseen."""
    pairs = [match for aligned in pages for match in aligned.gold_matches]
    spoiled = [(match, new) for match in pairs for new in _spoiled(match, spoil)]

    unseen = [new.subject for match, new in spoiled if all(miss in _misses(match) for miss in _misses(new))]

    assert len(spoiled) >= least
    assert unseen == []


def test_seeds_have_no_invention(seeds_now: Evaluation) -> None:
    """By construction no number, person, organisation or quote of a record is made up."""
    invented = ("numbers_invented", "people_invented", "organisations_invented", "evidence_failed")

    assert {name: _rates(seeds_now)[name] for name in invented} == dict.fromkeys(invented, 0)


def test_scopes_add_up(untouched: Evaluation) -> None:
    """What is counted by kind is what is counted in all."""
    counted = {scope.name: scope.figures["results_found"] for scope in untouched.scopes}

    kinds = [rate for name, rate in counted.items() if name.startswith("kind:")]
    assert sum(rate.denominator for rate in kinds) == counted[ALL].denominator == counted[f"page:{PAGE}"].denominator
    assert len(kinds) == 3


def test_page_may_be_named_alone(four: Path, untouched: Evaluation) -> None:
    """A page's folder, its manifest and a record in it all stand for the page."""
    for path in (four / PAGE, four / f"{PAGE}.page.json", four / PAGE / f"{UNION}.json"):
        assert evaluate([path], ROOT / "seeds").scopes == untouched.scopes


def test_gold_without_records_is_left_out_and_said(untouched: Evaluation) -> None:
    """Pages that have gold but no manifest are named."""
    assert untouched.left_out == ("page-000", "page-001", "page-002", "page-004")


def test_failure_says_why(folder: Path) -> None:
    """An article that failed is a miss with the reason of its failure file."""
    (folder / PAGE / f"{TOOLS}.json").unlink()
    failure = {
        "$schema": "schemas/failure/1.json",
        "article_id": TOOLS,
        "page_id": PAGE,
        "headline": None,
        "lines": [[89, 91]],
        "reason": "truncated",
        "message": "cut off",
        "prompt": "case_study@1",
        "model": "m",
        "attempts": [],
    }
    (folder / PAGE / f"{TOOLS}.failure.json").write_text(json.dumps(failure), encoding="utf-8")

    miss = next(miss for miss in _evaluate(folder).misses if miss.figure == "records")

    assert miss.got == "failed: truncated"


def test_broken_record_is_a_miss(folder: Path) -> None:
    """A record that is no JSON any more stops nothing and is named."""
    (folder / PAGE / f"{TOOLS}.json").write_text("{", encoding="utf-8")

    miss = next(miss for miss in _evaluate(folder).misses if miss.figure == "records")

    assert "line 1" in (miss.got or "")


def test_manifest_of_another_page_is_refused(folder: Path) -> None:
    """Figures about a page that changed would be about nothing."""
    _edit(folder / f"{PAGE}.page.json", lambda content: content.update(page_sha256="0" * 64))

    with pytest.raises(InputError, match="not the page that was split"):
        _evaluate(folder)


@pytest.mark.parametrize("lines", [[[1, 9999]], [[0, 3]], [[9, 3]]], ids=["behind the end", "zero", "backwards"])
def test_manifest_with_lines_off_the_page_is_refused(folder: Path, lines: list[list[int]]) -> None:
    """A manifest is untrusted; its lines must be those of the page."""
    _edit_manifest(folder, lambda by_id: by_id[UNION].update(lines=lines))

    with pytest.raises(InputError, match=PAGE):
        _evaluate(folder)


def test_id_that_leads_elsewhere_is_no_record(folder: Path) -> None:
    """An id in a manifest cannot make us read a file outside its folder."""
    _edit_manifest(folder, lambda by_id: by_id[UNION].update(article_id=f"../{PAGE}/{UNION}"))

    miss = next(miss for miss in _evaluate(folder).misses if miss.figure == "records")

    assert miss.got == "no record"


def test_two_manifests_of_a_page_are_refused(folder: Path) -> None:
    """Records of two runs are evaluated one after the other."""
    shutil.copytree(folder, folder / "again")

    with pytest.raises(InputError, match="second manifest"):
        _evaluate(folder)


@pytest.mark.parametrize("name", ["missing", "."])
def test_nothing_to_evaluate_is_an_error(tmp_path: Path, name: str) -> None:
    """Neither a folder that is not there nor one without manifests gives figures."""
    with pytest.raises(InputError):
        evaluate([tmp_path / name], ROOT / "seeds")
