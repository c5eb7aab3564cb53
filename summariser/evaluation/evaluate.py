"""Records held against gold: `evaluate` gives every figure with its interval, and every miss by name.

    gold, page  ->  manifest, records  ->  Sheet            ->  observations  ->  figures and misses
    gold.py         store                 pairing.py           score_*.py        figures.py

A page is evaluated whole: what its manifest lists and has no record counts as missed. Lines, kind and headline are
those of the manifest; everything else is the record's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from summariser.disk.stored import FAILURE_END, PAGE_END, RECORD_END, load_manifest, read_stored
from summariser.errors import InputError, StoreError
from summariser.evaluation.figures import Miss, Observation, Scope, sum_up
from summariser.evaluation.gold import GoldPage, read_gold
from summariser.evaluation.pairing import Sheet, lay_out
from summariser.evaluation.score_case import score_case, score_holding, score_record
from summariser.evaluation.score_numbers import score_inventions, score_numbers
from summariser.evaluation.score_split import score_split
from summariser.records.check import check_records
from summariser.records.grounding import CHECKS_VERSION
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


class _Taken(NamedTuple):
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
    sheets = [_read_sheet(gold_pages[name], manifests[name]) for name in both]
    observations = [each for sheet, name in zip(sheets, both, strict=True) for each in _score(sheet, manifests[name])]
    made = [each.record.provenance for sheet in sheets for each in sheet.given if each.record]
    return Evaluation(
        checks=CHECKS_VERSION,
        gold={name: gold_pages[name].sha256 for name in both},
        made_by=tuple(
            sorted({f"{each.split_prompt or each.split_method}, {each.prompt}, {each.model}" for each in made})
        ),
        left_out=tuple(sorted(gold_pages.keys() ^ manifests.keys())),
        scopes=sum_up(observations),
        misses=tuple(each for each in observations if isinstance(each, Miss)),
    )


def _read_manifests(paths: Sequence[Path]) -> dict[str, _Taken]:
    """The manifests that folders and files stand for, by page."""
    files = {file.resolve(): file for path in paths for file in _manifests_at(path)}
    taken: dict[str, _Taken] = {}
    for file in sorted(files.values()):
        manifest = load_manifest(file)
        if manifest.page_id in taken:
            raise InputError(
                f"a second manifest of {manifest.page_id}; the other lies in {taken[manifest.page_id].folder.parent}",
                path=file,
                next_step="Evaluate one folder at a time",
            )
        taken[manifest.page_id] = _Taken(manifest, file.parent / manifest.page_id)
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


def _read_sheet(gold: GoldPage, taken: _Taken) -> Sheet:
    """The page with gold and records side by side."""
    if taken.manifest.page_sha256 != gold.page.sha256:
        raise InputError(
            f"is not the page that was split: its hash is {gold.page.sha256[:12]}, the manifest has "
            f"{taken.manifest.page_sha256[:12]}",
            path=gold.page.path,
            next_step="Run the page again, or take the gold of the page as it was",
        )
    files = read_stored([taken.folder]) if taken.folder.is_dir() else ()
    stored = {file.path.relative_to(taken.folder).as_posix(): file.content for file in files}
    return lay_out(
        gold, taken.manifest, {each.article_id: _answer(stored, each.article_id) for each in taken.manifest.articles}
    )


def _answer(stored: Mapping[str, Record | Failure | StoreError], article_id: str) -> Record | str:
    """The record of an article among the files of its page's folder, or why there is none."""
    record, failure = stored.get(f"{article_id}{RECORD_END}"), stored.get(f"{article_id}{FAILURE_END}")
    if isinstance(record, Record):
        return record
    if isinstance(failure, Failure):
        return f"failed: {failure.reason}"
    return record.advice if isinstance(record, StoreError) else "no record"


def _score(sheet: Sheet, taken: _Taken) -> Iterator[Observation]:
    """Every observation of a page."""
    yield from score_split(sheet)
    for pair in sheet.pairs:
        yield from score_case(pair)
        yield from score_numbers(pair)
    files = [taken.folder / f"{each.entry.article_id}{RECORD_END}" for each in sheet.given if each.record]
    checks = check_records(files, read=lambda _: sheet.gold.page)
    checked = {check.path.stem: check.findings for check in checks}
    for holding in sheet.holdings:
        yield from score_holding(holding)
        yield from score_inventions(holding)
        yield from score_record(holding, checked.get(holding.given.entry.article_id, ()))
