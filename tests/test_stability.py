"""How steady a model is: agreement between several runs over the same pages, and the other ways to evaluate."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from conftest import ROOT
from faulty_endpoint import Behaviour, FaultyEndpoint, running
from making import LINES, case_text, split_reply
from test_corrections import commit, git

from summariser.cli.eval import evaluate_records
from summariser.disk.store import Store
from summariser.disk.stored import find, load_record, load_records
from summariser.errors import PromptError
from summariser.evaluation.evaluate import measure_stability
from summariser.evaluation.figures import krippendorff_alpha, nominal_distance
from summariser.schema.codes import PracticeStatus, ResultStatus
from summariser.schema.exchange import DRAW_HEADER
from summariser.schema.record import Record


@pytest.fixture(scope="module")
def records() -> list[Record]:
    """The committed records of a page."""
    return load_records(ROOT / "summaries" / "page-003")


def _with_status(record: Record, status: PracticeStatus) -> Record:
    return record.model_copy(update={"case": record.case.model_copy(update={"practice_status": status})})


def _eval(*arguments: str | Path) -> Result:
    words = list(map(str, arguments))
    return CliRunner().invoke(evaluate_records, words, standalone_mode=False, env={"COLUMNS": "200"})


# Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, section C: four observers, twelve units, gaps; 0.743.
KRIPPENDORFF = ("111", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", "555", "11", "3")
ALPHAS = {
    "the textbook's table": (list(map(list, KRIPPENDORFF)), 0.7434),
    "all agree": ([["a", "a"], ["b", "b"]], 1.0),
    "never agree": ([["a", "b"], ["b", "a"]], -0.5),
    "one value only": ([["a", "a"], ["a", "a"]], None),
    "one coder only": ([["a"], ["b"]], None),
    "no units": ([], None),
}


@pytest.mark.parametrize(("units", "alpha"), ALPHAS.values(), ids=ALPHAS)
def test_alpha_is_that_of_the_textbook(units: list[list[str]], alpha: float | None) -> None:
    """Agreement is reckoned beyond chance; there is none to reckon where nothing is told apart."""
    reckoned = krippendorff_alpha(units, nominal_distance)
    assert (None if reckoned is None else round(reckoned, 4)) == alpha


def test_same_samples_agree_in_everything(records: list[Record]) -> None:
    """A model that always says the same is steady, and nothing is to be reviewed."""
    told = measure_stability([records, records[::-1], records])

    assert (told.samples, told.articles, told.to_review) == (3, len(records), ())
    assert {field.unanimous.rate for field in told.fields} == {1.0}


def test_disagreement_is_counted_and_named(records: list[Record]) -> None:
    """One sample of three that differs in one field of one article is told with its values, the frequent one first."""
    odd = [_with_status(records[0], PracticeStatus.ANNOUNCED), *records[1:]]

    told = measure_stability([odd, records, records])

    field = next(each for each in told.fields if each.field == "practice_status")
    assert (field.unanimous.numerator, field.unanimous.denominator) == (len(records) - 1, len(records))
    assert [(each.article_id, each.field) for each in told.disagreements] == [
        (records[0].article_id, "practice_status")
    ]
    assert list(told.disagreements[0].values.items()) == [(records[0].case.practice_status.value, 2), ("announced", 1)]
    assert told.to_review == (f"page-003/{records[0].article_id}",)


@pytest.mark.parametrize("short", [0, 1], ids=["the first lacks it", "the second lacks it"])
def test_article_that_some_samples_lack_is_to_review(records: list[Record], short: int) -> None:
    """An article that was cut otherwise, or failed, in one sample is not counted but named."""
    samples = [records, records]
    samples[short] = records[1:]

    told = measure_stability(samples)

    assert told.articles == len(records) - 1
    assert told.left_out == told.to_review == (f"page-003/{records[0].article_id}",)


def test_codes_of_facts_are_compared_fact_by_fact(records: list[Record]) -> None:
    """A fact is paired with its like wherever it stands; one that a coder lacks is no unit."""
    first = records[0]
    results = first.case.results
    odd = results[0].model_copy(update={"status": next(s for s in ResultStatus if s is not results[0].status)})
    case = first.case.model_copy(update={"results": (*reversed(results[2:]), odd)})

    told = measure_stability([[first], [first.model_copy(update={"case": case})]])

    status = next(each for each in told.fields if each.field == "results.status")
    assert (status.unanimous.numerator, status.unanimous.denominator) == (len(results) - 2, len(results) - 1)
    kind = next(each for each in told.fields if each.field == "results.kind")
    assert kind.unanimous.rate == 1.0


def test_records_of_two_coders_are_held_against_each_other(records: list[Record], tmp_path: Path) -> None:
    """`eval --coders` takes a folder for each coder, says how far they agree, and ends in 1 where they do not."""
    odd = [_with_status(records[0], PracticeStatus.ANNOUNCED), *records[1:]]
    for name, some in (("a", records), ("b", records), ("c", odd)):
        for record in some:
            Store(tmp_path / name).put(record)

    same = _eval(str(tmp_path / "a"), str(tmp_path / "b"), "--coders")
    other = _eval(str(tmp_path / "a"), str(tmp_path / "c"), "--coders", "--json")

    assert (same.return_value, other.return_value) == (0, 1)
    fields = {each["field"]: each for each in json.loads(other.stdout)["fields"]}
    assert fields["practice_status"]["alpha"] < 1
    assert fields["results.chain"]["unanimous"]["rate"] == 1.0


def test_one_sample_is_no_agreement(records: list[Record]) -> None:
    """Nothing agrees with itself."""
    with pytest.raises(ValueError, match="two samples"):
        measure_stability([records])


# ---- at the terminal


def _sample(endpoint: FaultyEndpoint, *arguments: str) -> Result:
    """The verb over one page of one article."""
    Path("page-900.txt").write_text("\n".join(LINES), encoding="utf-8")
    return _eval("page-900.txt", "--samples", "3", "--base-url", endpoint.base_url, "--model", "test-model", *arguments)


def _wavering(statuses: list[str]) -> Behaviour:
    """A model that gives the next of these statuses every time it is asked about an article."""
    turn = itertools.cycle(statuses)

    def answer(body: dict) -> str:
        is_split = "| " in body["messages"][1]["content"]
        return split_reply() if is_split else case_text(practice_status=next(turn))

    return Behaviour(answer=answer)


def test_samples_ask_anew_each_time_and_keep_no_record() -> None:
    """The ledger answers none of the samples, and what they say is not stored."""
    with running(_wavering(["running"])) as endpoint:
        done = _sample(endpoint, "--json")

    assert done.return_value == 0
    assert len(endpoint.questions) == 6
    draws = {headers[DRAW_HEADER.lower()] for headers in endpoint.headers}
    assert len(draws) == 3, "a desk, which repeats its replies, can tell the samples apart"
    assert json.loads(done.stdout)["samples"] == 3
    assert not Path("summaries").exists()


def test_samples_that_are_stopped_have_no_reply_in_common() -> None:
    """A sample that ends at its budget is no start for the next one: each asks for a split of its own."""
    with running(_wavering(["running"])) as endpoint:
        _sample(endpoint, "--json", "--max-tokens", "10", "--budget-tokens", "9000")

    assert len(endpoint.questions) == 3
    assert all("articles" in str(asked) for asked in endpoint.questions)


def test_wavering_model_is_told() -> None:
    """The field that changes from one time to the next is named with its article, and a person should look."""
    with running(_wavering(["running", "running", "launched"])) as endpoint:
        done = _sample(endpoint)

    assert done.return_value == 1
    assert "practice_status: 2 running; 1 launched" in done.stdout
    assert "primary_theme: the same in 1/1" in done.stdout
    assert "1 article, coded 3 times; 1 to review." in done.stdout


@pytest.mark.parametrize("mode", [["x.txt", "--samples", "2"], ["--corrections"]], ids=["samples", "corrections"])
def test_prompt_can_be_chosen(mode: list[str]) -> None:
    """Both ways of asking again take a prompt by version, and refuse one that was never released."""
    shutil.copy(ROOT / "seeds" / "page-003.txt", "x.txt")
    for folder in ("seeds", "cassettes", "summaries"):
        shutil.copytree(ROOT / folder, folder)
    record = load_record(next(find(["summaries/page-003"])))
    Store(Path("summaries")).put_decision(_with_status(record, PracticeStatus.ANNOUNCED), seen=record)

    failed = _eval(*mode, "--prompt", "case_study@99", "--base-url", "http://127.0.0.1:9", "--model", "m")

    assert isinstance(failed.exception, PromptError)


CONTRADICTIONS = {
    "nothing to measure against": [],
    "two things at once": ["--gold", ".", "--corrections"],
    "one sample": ["x.txt", "--samples", "1"],
    "samples of nothing": ["--samples", "2"],
    "one coder": ["x", "--coders"],
    "a baseline for corrections": ["--corrections", "--baseline", "b.json"],
}


@pytest.mark.parametrize("arguments", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_unclear_question_is_refused(arguments: list[str]) -> None:
    """What is measured against what is said, once."""
    assert isinstance(_eval(*arguments).exception, click.UsageError)


@pytest.mark.parametrize(
    ("headline", "code", "status"),
    [("Something That No Model Said 7 Times", 1, "lost"), (None, 0, None)],
    ids=["a correction is lost", "nothing was corrected"],
)
def test_corrections_are_tests_of_the_prompt(headline: str | None, code: int, status: str | None) -> None:
    """`eval --corrections` replays what people corrected; a lost correction ends in exit code 1."""
    for folder in ("seeds", "cassettes", "summaries"):
        shutil.copytree(ROOT / folder, folder)
    git("init", "-q")
    commit("工具")
    if headline:
        record = load_record(next(find(["summaries/page-003"])))
        edited = record.model_copy(update={"case": record.case.model_copy(update={"headline_en": headline})})
        Store(Path("summaries")).put_decision(edited, seen=record)

    done = _eval("--corrections", "--json")

    assert done.return_value == code
    assert [row["status"] for row in json.loads(done.stdout)] == [status] * bool(headline)
