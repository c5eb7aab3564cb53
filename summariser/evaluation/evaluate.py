"""Records evaluated against gold, and against each other: two prompts, one model asked again, several coders.

`evaluate` gives every figure with its interval, and every miss by name.

    gold, page  ->  manifest, records  ->  AlignedPage  ->  observations  ->  figures and misses
    gold.py         store                  gold.py          scores.py         figures.py

A page is evaluated whole: what its manifest lists and has no record counts as missed. Lines, kind and headline are
those of the manifest; everything else is the record's.

A baseline is what `summariser eval --json` printed, with the reason for which a person accepted it. It is compared in
all and by kind of article; pages are too small to stop anybody. Records replayed from cassettes are the same every
time, so any fall counts, however small.

A prompt's result stands beside it (`prompts/<name>/<version>.json`): what was run, on which gold, by which model, when,
and the few figures a reader of prompts asks for, each with how many of how many. `summariser prompts measure` prints
it; a test holds the newest version's file to what `summariser eval` says of the committed records.

Where the same pages are asked more than once, each run goes into a folder that does not last. With gold, the figures of
the second prompt are held against those of the first, as against a baseline. Without gold nobody knows which of two
values is right, so what differs is counted field by field and shown with examples.

Agreement of coders (samples of one model, two models, a person and a model) is given twice: the share of articles or
facts of which all say the same, and Krippendorff's alpha, which takes off what chance alone would give. Facts are
paired by what they say. A code that differs from one coder to the next is for a person to decide.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from summariser.api import RunOptions, RunReport, summarise
from summariser.comparison import pair_positions
from summariser.disk.stored import FAILURE_END, PAGE_END, RECORD_END, load_manifest, read_bytes, read_stored
from summariser.endpoints.config import Settings
from summariser.errors import InputError, PromptError, StoreError
from summariser.evaluation.figures import (
    ALL,
    Metric,
    Miss,
    Observation,
    Rate,
    Scope,
    krippendorff_alpha,
    metrics,
    nominal_distance,
    share,
    sum_up,
)
from summariser.evaluation.gold import AlignedPage, GoldPage, align_page, read_gold
from summariser.evaluation.scores import (
    score_case,
    score_extras,
    score_inventions,
    score_numbers,
    score_record,
    score_split,
)
from summariser.prompt import load_prompt, prompts_folder
from summariser.records.grounding import CHECKS_VERSION
from summariser.records.make import check_records
from summariser.schema.case import Case, Listed, format_quantity
from summariser.schema.codes import ActorRole
from summariser.schema.exchange import spell_issues
from summariser.schema.page import Frozen
from summariser.schema.record import Failure, PageManifest, Record


class Evaluation(Frozen):
    """How well records agree with gold."""

    checks: str = Field(description="Version of the rules that checked the records again.")
    gold: Mapping[str, str] = Field(description="Hash of the gold of each page that was evaluated.")
    made_by: tuple[str, ...] = Field(description="Prompts and models of the records.")
    left_out: tuple[str, ...] = Field(description="Pages with gold but no manifest, and with a manifest but no gold.")
    scopes: tuple[Scope, ...]
    misses: tuple[Miss, ...]


class _StoredPage(NamedTuple):
    """A manifest, and where its page's records lie."""

    manifest: PageManifest
    folder: Path


def evaluate(records: Iterable[Path | str], gold: Path | str) -> Evaluation:
    """Hold all pages that have both a manifest and gold against it.

    Shape: `records` are folders with records, pages' folders in them, or files in these; each page counts whole.
    Errors: InputError if gold cannot be read or no page has both; StoreError if a manifest cannot be.
    """
    paths = [Path(path) for path in records]
    gold_pages = {each.page.page_id: each for each in read_gold(Path(gold))}
    manifests = _read_manifests(paths)
    both = sorted(gold_pages.keys() & manifests.keys())
    if not both:
        raise InputError(
            "no page has both gold and records",
            path=", ".join(map(str, paths)),
            expected=f"The manifests of {', '.join(sorted(gold_pages)[:5])} (files like {min(gold_pages)}{PAGE_END})",
            next_step="Name the folder that `summariser run` wrote, and the gold of the pages it read",
        )
    pages = [_align(gold_pages[name], manifests[name]) for name in both]
    observations = [each for page in pages for each in _score(page, manifests[page.gold.page.page_id])]
    made = (each.record.provenance for aligned in pages for each in aligned.predictions if each.record)
    made_by = {f"{each.split_prompt or each.split_method}, {each.prompt}, {each.model}" for each in made}
    return Evaluation(
        checks=CHECKS_VERSION,
        gold={name: gold_pages[name].sha256 for name in both},
        made_by=tuple(sorted(made_by)),
        left_out=tuple(sorted(gold_pages.keys() ^ manifests.keys())),
        scopes=sum_up(observations),
        misses=tuple(each for each in observations if isinstance(each, Miss)),
    )


def _read_manifests(paths: Sequence[Path]) -> dict[str, _StoredPage]:
    """The manifests that folders and files stand for, by page."""
    files = {file.resolve(): file for path in paths for file in _manifests_at(path)}
    taken: dict[str, _StoredPage] = {}
    for file in sorted(files.values()):
        manifest = load_manifest(file)
        if manifest.page_id in taken:
            raise InputError(
                f"a second manifest of {manifest.page_id}; the other lies in {taken[manifest.page_id].folder.parent}",
                path=file,
                next_step="Evaluate one folder at a time",
            )
        taken[manifest.page_id] = _StoredPage(manifest, file.parent / manifest.page_id)
    return taken


def _manifests_at(path: Path) -> Iterator[Path]:
    """The manifests below a folder, of a page's folder, or of the page that a file is of."""
    if not path.exists():
        raise InputError("there is no such file or folder", path=path, next_step="Name what `summariser run` wrote")
    if path.name.endswith(PAGE_END):
        yield path
        return
    found = sorted(path.rglob(f"*{PAGE_END}")) if path.is_dir() else []
    folder = path if path.is_dir() else path.parent
    beside = folder.parent / f"{folder.resolve().name}{PAGE_END}"
    yield from found or ([beside] if beside.is_file() else [])


def _align(gold: GoldPage, page: _StoredPage) -> AlignedPage:
    """The page with gold and records side by side."""
    if page.manifest.page_sha256 != gold.page.sha256:
        raise InputError(
            f"is not the page that was split: its hash is {gold.page.sha256[:12]}, the manifest has "
            f"{page.manifest.page_sha256[:12]}",
            path=gold.page.path,
            next_step="Run the page again, or take the gold of the page as it was",
        )
    files = read_stored([page.folder]) if page.folder.is_dir() else ()
    stored = {file.path.relative_to(page.folder).as_posix(): file.content for file in files}
    answers = {each.article_id: _answer(stored, each.article_id) for each in page.manifest.articles}
    return align_page(gold, page.manifest, answers)


def _answer(stored: Mapping[str, Record | Failure | StoreError], article_id: str) -> Record | str:
    """The record of an article among the files of its page's folder, or why there is none."""
    record, failure = stored.get(f"{article_id}{RECORD_END}"), stored.get(f"{article_id}{FAILURE_END}")
    if isinstance(record, Record):
        return record
    if isinstance(failure, Failure):
        return f"failed: {failure.reason}"
    return record.advice if isinstance(record, StoreError) else "no record"


def _score(aligned: AlignedPage, page: _StoredPage) -> Iterator[Observation]:
    """Every observation of a page."""
    yield from score_split(aligned)
    for match in aligned.gold_matches:
        yield from score_case(match)
        yield from score_numbers(match)
    files = [page.folder / f"{each.entry.article_id}{RECORD_END}" for each in aligned.predictions if each.record]
    checks = check_records(files, read=lambda _: aligned.gold.page)
    checked = {check.path.stem: check.findings for check in checks}
    for answer in aligned.prediction_matches:
        yield from score_extras(answer)
        yield from score_inventions(answer)
        yield from score_record(answer, checked.get(answer.prediction.entry.article_id, ()))


_LEAST: Final = 0.00005  # rates are kept to four digits
_ON_ONE_LINE: Final = re.compile(r'\{\n\s+("numerator": [^{}]*?)\n\s+\}')
# What a prompt is answerable for; the first ones stand in `summariser prompts list`.
FIGURES: Final[Mapping[str, str]] = {
    "split": "articles_exact line_pairs_f1 partition line_order noise articles_extra kind headline",
    "case_study": "decision results_found numbers_invented records value_bounds approximation_kept people_f1 "
    "organisations lead_organisation place primary_theme evidence_located facts_unsupported needs_review repaired",
}


class Baseline(BaseModel):
    """Accepted figures, and why they were accepted; what else the file holds is for people."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    reason: str
    gold: Mapping[str, str]
    scopes: tuple[Scope, ...]


class FigureChange(Frozen):
    """A figure that differs between two evaluations; `after` is null where it is not measured any more."""

    figure: str
    label: str
    scope: str
    gated: bool = Field(description="True if a fall of this figure stops a release.")
    before: Rate
    after: Rate | None


class FigureChanges(Frozen):
    """What fell and what rose; a fall of a gated figure stops a merge."""

    fell: tuple[FigureChange, ...] = Field(description="Figures that got worse; empty without gold.")
    rose: tuple[FigureChange, ...] = Field(description="Figures that got better; empty without gold.")

    @property
    def stops(self) -> bool:
        """True if something fell that may not."""
        return any(change.gated for change in self.fell)


class Measured(Frozen):
    """The measured result of one prompt version."""

    prompt: str = Field(description="Name and version, as in case_study@1.")
    what: str = Field(description="What was run, in words.")
    made_by: tuple[str, ...] = Field(description="Prompts and model of the records that were measured.")
    measured_on: date
    checks: str = Field(description="Version of the rules that checked the records.")
    gold: Mapping[str, str] = Field(description="Hash of the gold of each page.")
    figures: Mapping[str, Rate]

    @property
    def models(self) -> str:
        """The models that answered, as one text."""
        return ", ".join(dict.fromkeys(made.split(", ", 2)[-1] for made in self.made_by))


def measured(prompt: str, evaluation: Evaluation, *, what: str, on: date) -> Measured:
    """The result of the prompt `name@version`, from an evaluation of records it made.

    Errors: PromptError if nobody said which figures a prompt of this name is answerable for; InputError if some of the
    records were made by another prompt: their figures are not this prompt's.
    """
    names = FIGURES.get(prompt.partition("@")[0])
    if names is None:
        raise PromptError(f"no figures are named for {prompt}", expected=f"A prompt of {', '.join(FIGURES)}")
    others = [made for made in evaluation.made_by if prompt not in made.split(", ", 2)[:2]]
    if others:
        raise InputError(
            f"these records were not made with {prompt}: {'; '.join(others)}",
            path=", ".join(evaluation.gold),
            next_step="Measure records of one run, made with the prompt whose result it is",
        )
    whole = next(scope.figures for scope in evaluation.scopes if scope.name == ALL)
    figures = {name: whole[name] for name in names.split()}
    return Measured.made_of(evaluation, prompt=prompt, what=what, measured_on=on, figures=figures)


def dump_measured(result: Measured) -> str:
    """The result as JSON, one figure a line."""
    return _dump(result.model_dump(mode="json"))


def read_measured(prompt: str, *, folder: Traversable | Path | None = None) -> Measured | None:
    """The result kept beside the prompt `name@version`; None if it was never measured.

    Errors: PromptError if the file is no result, or that of another prompt.
    """
    name, _, version = prompt.partition("@")
    file = (folder or prompts_folder()).joinpath(name, f"{version}.json")
    if not file.is_file():
        return None
    try:
        result = Measured.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise PromptError(
            f"{name}/{version}.json is no measured result: {'; '.join(spell_issues(error)[:5])}",
            next_step=f"Write it anew: summariser prompts measure {prompt}",
        ) from error
    if result.prompt != prompt:
        raise PromptError(f"{name}/{version}.json is the result of {result.prompt}", expected=f"That of {prompt}")
    return result


def dump_evaluation(evaluation: Evaluation, *, reason: str = "", with_misses: bool = False) -> str:
    """The evaluation as JSON, one figure a line: what a machine reads, and what a baseline is."""
    return _dump({"reason": reason} | evaluation.model_dump(mode="json", exclude=None if with_misses else {"misses"}))


def _dump(content: object) -> str:
    """JSON with each rate on one line."""
    text = json.dumps(content, ensure_ascii=False, indent=2)
    return _ON_ONE_LINE.sub(lambda match: "{" + re.sub(r"\s*\n\s*", " ", match[1]) + "}", text)


def read_baseline(path: Path) -> Baseline:
    """The baseline in a file. Errors: InputError if it is none; StoreError if it cannot be read."""
    return parse_baseline(read_bytes(path), path)


def parse_baseline(content: bytes, path: Path) -> Baseline:
    """The baseline in the bytes of a file. Errors: InputError if it is none."""
    try:
        return Baseline.model_validate_json(content)
    except ValidationError as error:
        what, expected = f"is no baseline: {'; '.join(spell_issues(error)[:5])}", "What `summariser eval --json` prints"
        raise InputError(what, path=path, expected=expected) from error


def compare_figures(evaluation: Evaluation, baseline: Baseline, path: Path) -> FigureChanges:
    """What fell and rose since the baseline.

    Errors: InputError if the baseline was measured on other pages or another gold: its figures say nothing here.
    """
    pages = evaluation.gold.keys() | baseline.gold.keys()
    other = sorted(page for page in pages if evaluation.gold.get(page) != baseline.gold.get(page))
    if other:
        raise InputError(
            f"was measured on other gold than this: {', '.join(other)}",
            path=path,
            next_step="Evaluate the same pages; if their gold was mended, write the baseline anew and say why",
        )
    changes = list(_changes(evaluation, baseline))
    return FigureChanges(
        fell=tuple(change for better, change in changes if better < -_LEAST),
        rose=tuple(change for better, change in changes if better > _LEAST),
    )


def _changes(evaluation: Evaluation, baseline: Baseline) -> Iterator[tuple[float, FigureChange]]:
    """Every figure of the baseline beside the present one, in all and by kind, with by how much it got better.

    Shape: a figure that is gone fell by all it was.
    """
    present = {scope.name: scope.figures for scope in evaluation.scopes}
    known = {metric.name: metric for metric in metrics()}
    measured_before = ((scope.name, *item) for scope in baseline.scopes for item in scope.figures.items())
    for scope, name, before in measured_before:
        if before.rate is None or scope.startswith("page:"):
            continue
        metric, after = known.get(name, Metric(name, name)), present.get(scope, {}).get(name)
        if after is None or after.rate is None:
            better = -max(before.rate, 1.0)
        else:
            better = before.rate - after.rate if metric.fewer else after.rate - before.rate
        of = {"figure": name, "label": metric.label, "scope": scope, "gated": metric.gated}
        yield better, FigureChange.model_validate({**of, "before": before, "after": after})


# ---- without gold: two prompts, several samples or coders


EXAMPLES: Final = 3
_SETTING_OF: Final[Mapping[str, str]] = {"split": "split_prompt", "case_study": "case_prompt"}


def _join(codes: Iterable[str]) -> str:
    """Codes in one order, whatever order the model gave them in; `none` where there are none."""
    return ", ".join(sorted(codes)) or "none"


# Fields that the model codes; every one has few values, so that agreement can be counted.
CODED: Final[Mapping[str, Callable[[Case], str]]] = {
    "decision": lambda case: case.decision.value,
    "primary_theme": lambda case: case.primary_theme.value,
    "secondary_themes": lambda case: _join(theme.value for theme in case.secondary_themes),
    "beneficiaries": lambda case: _join(each.group.value for each in case.beneficiaries),
    "practice_status": lambda case: case.practice_status.value,
    "lead": lambda case: _join(actor.name for actor in case.actors if actor.role is ActorRole.LEAD),
    "result_kinds": lambda case: _join(result.kind.value for result in case.results),
}
# Codes of facts, by the list that they stand in.
FACTS_CODED: Final[Mapping[str, tuple[str, ...]]] = {
    "results": ("chain", "kind", "status"),
    "actions": ("theme",),
    "actors": ("role", "org_type", "level"),
    "people": ("kind",),
    "relations": ("kind",),
}
# And what was read besides.
READ: Final[Mapping[str, Callable[[Case], str]]] = {
    "number_of_results": lambda case: str(len(case.results)),
    "quantities": lambda case: _join(
        f"{format_quantity(each.quantity)} ({each.quantity.approx.value})" for each in case.results if each.quantity
    ),
}


class Example(Frozen):
    """One record in which a field differs."""

    page_id: str
    article_id: str
    headline: str | None
    before: str
    after: str


class FieldDifference(Frozen):
    """In how many of the articles that both prompts made a record of a field differs."""

    field: str
    differ: Rate
    examples: tuple[Example, ...] = Field(description=f"At most {EXAMPLES}, in the order of the pages.")


class PromptComparison(FigureChanges):
    """What the second prompt makes of the articles, beside what the first does."""

    before: str = Field(description="Name and version of the first prompt, or of both.")
    after: str = Field(description="Name and version of the second prompt, or of both.")
    failures: tuple[int, int] = Field(description="Articles without a record, of either prompt.")
    only_before: tuple[str, ...] = Field(description="Articles (page_id/article_id) that only the first has.")
    only_after: tuple[str, ...] = Field(description="Articles that only the second has.")
    fields: tuple[FieldDifference, ...]


class FieldAgreement(Frozen):
    """How well coders agree in one field of an article, or of its facts (`results.chain`)."""

    field: str
    unanimous: Rate = Field(description="Share of the articles, or facts that more than one coder has, told alike.")
    alpha: float | None = Field(description="Krippendorff's alpha; null where all have one and the same value.")


class Disagreement(Frozen):
    """One field of one article in which the samples disagree."""

    page_id: str
    article_id: str
    headline: str | None
    field: str
    values: Mapping[str, int] = Field(description="Each value and how many samples have it, the most frequent first.")


class Stability(Frozen):
    """What several samples of the same articles come to."""

    samples: int
    articles: int = Field(description="Articles that have a record in every sample.")
    left_out: tuple[str, ...] = Field(description="Articles (page_id/article_id) that only some samples have.")
    fields: tuple[FieldAgreement, ...]
    disagreements: tuple[Disagreement, ...]

    @property
    def to_review(self) -> tuple[str, ...]:
        """The articles a person should look at, each once."""
        named = (f"{each.page_id}/{each.article_id}" for each in self.disagreements)
        return tuple(dict.fromkeys((*named, *self.left_out)))


def compare_prompts(
    paths: Sequence[Path | str],
    prompts: Sequence[str],
    options: Sequence[RunOptions],
    *,
    settings: Settings,
    gold: Path | None = None,
) -> PromptComparison:
    """Run two prompts over the same pages, each its own way (replayed or live), and compare what they made.

    Shape: a prompt may be both, released together (`split@2,case_study@3`). No record is kept.
    Errors: PromptError if the prompts do not do the same work; CassetteError if a replayed request was not recorded;
    as `summarise`; InputError if there is gold for none of the pages.
    """
    loaded = [[load_prompt(prompt.strip()) for prompt in each.split(",")] for each in prompts]
    named = [{prompt.name: prompt.id for prompt in each} for each in loaded]
    first, second = (", ".join(each.values()) for each in named)
    if named[0].keys() != named[1].keys():
        expected = "Two versions of one prompt, or two of both"
        raise PromptError(f"{first} and {second} do different work", expected=expected)
    reports, evaluations = [], []
    for each, chosen in zip(named, options, strict=True):
        ids = {_SETTING_OF[name]: prompt for name, prompt in each.items()}
        with _passing_run(paths, chosen, settings, **ids) as (report, folder):
            reports.append(report)
            evaluations += [evaluate([folder], gold)] if gold else []
    changes = FigureChanges(fell=(), rose=())
    if gold:
        accepted = Baseline(reason="", gold=evaluations[0].gold, scopes=evaluations[0].scopes)
        changes = compare_figures(evaluations[1], accepted, Path("the first prompt"))
    old, new = ({f"{each.page_id}/{each.article_id}" for each in report.records} for report in reports)
    return PromptComparison.made_of(
        changes,
        before=first,
        after=second,
        failures=(reports[0].failures, reports[1].failures),
        only_before=tuple(sorted(old - new)),
        only_after=tuple(sorted(new - old)),
        fields=compare_fields(reports[0].records, reports[1].records),
    )


@contextmanager
def _passing_run(
    paths: Sequence[Path | str], options: RunOptions, settings: Settings, **chosen: str
) -> Iterator[tuple[RunReport, Path]]:
    """What a run came to, and the folder of its records, which are gone when the block ends. Errors: as `summarise`."""
    with tempfile.TemporaryDirectory() as folder:
        once = settings.model_copy(update={"out": Path(folder), **chosen})
        yield summarise(paths, options=options, settings=once), Path(folder)


def compare_fields(before: Iterable[Record], after: Iterable[Record]) -> tuple[FieldDifference, ...]:
    """How often each field differs between two records of one article; articles that only one side has are left out."""
    newer = {(record.page_id, record.article_id): record for record in after}
    pairs = [(record, newer[key]) for record in before if (key := (record.page_id, record.article_id)) in newer]
    differences = []
    for name, read in {**CODED, **READ}.items():
        differing = [(old, read(old.case), read(new.case)) for old, new in pairs if read(old.case) != read(new.case)]
        examples = tuple(Example.made_of(record, before=was, after=now) for record, was, now in differing[:EXAMPLES])
        differences.append(FieldDifference(field=name, differ=share(len(differing), len(pairs)), examples=examples))
    return tuple(differences)


def draw_samples(paths: Sequence[Path | str], count: int, *, settings: Settings) -> list[list[Record]]:
    """The records of `count` runs over the same pages; the ledger answers nothing, and no record is kept.

    Shape: pages are cut anew each time too, unless settings or model make that the same.
    Errors: as `summarise`.
    """
    samples = []
    for _ in range(count):
        with _passing_run(paths, RunOptions(fresh=True, sample=True), settings) as (report, _):
            samples.append(report.records)
    return samples


def measure_stability(samples: Sequence[Iterable[Record]]) -> Stability:
    """Agreement of the samples in each coded field, and every disagreement.

    Shape: two samples or more. Errors: ValueError if there are fewer.
    """
    if len(samples) < 2:
        raise ValueError("agreement takes two samples or more")
    by_key = [{(one.page_id, one.article_id): one for one in sample} for sample in samples]
    everywhere = [key for key in by_key[0] if all(key in sample for sample in by_key)]
    seen = dict.fromkeys(key for sample in by_key for key in sample)
    coded = {
        name: [[read(sample[key].case) for sample in by_key] for key in everywhere] for name, read in CODED.items()
    }
    fields = [_agreement(name, units) for name, units in coded.items()]
    fields += _agree_on_facts([[sample[key].case for sample in by_key] for key in everywhere])
    disagreements = (
        Disagreement.made_of(by_key[0][key], field=name, values=dict(Counter(units[at]).most_common()))
        for at, key in enumerate(everywhere)
        for name, units in coded.items()
        if len(set(units[at])) > 1
    )
    return Stability(
        samples=len(samples),
        articles=len(everywhere),
        left_out=tuple("/".join(key) for key in seen if key not in everywhere),
        fields=tuple(fields),
        disagreements=tuple(disagreements),
    )


def _agreement(name: str, units: Sequence[Sequence[str]]) -> FieldAgreement:
    """How far the codes of units agree."""
    alpha = krippendorff_alpha(units, nominal_distance)
    unanimous = share(sum(len(set(values)) == 1 for values in units), len(units))
    return FieldAgreement(field=name, unanimous=unanimous, alpha=None if alpha is None else round(alpha, 4))


def _agree_on_facts(articles: Sequence[Sequence[Case]]) -> Iterator[FieldAgreement]:
    """How far the codes of facts agree; a fact that the first coder has not, or nobody else has, is no unit."""
    for name, fields in FACTS_CODED.items():
        alike: list[list[Listed]] = []
        for first, *others in articles:
            facts = getattr(first, name)
            paired = [(getattr(other, name), pair_positions(facts, getattr(other, name))) for other in others]
            alike += [[fact, *(own[at[i]] for own, at in paired if i in at)] for i, fact in enumerate(facts)]
        for field in fields:
            coded = [[str(getattr(fact, field)) for fact in facts] for facts in alike if len(facts) > 1]
            if coded:
                yield _agreement(f"{name}.{field}", coded)
