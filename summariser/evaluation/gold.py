"""Gold annotations of pages (`<page>.gold.json`), and their alignment with the articles of a split.

A gold file is untrusted like any other: what it lacks, misnames or contradicts is said all at once. Keys that nothing
is scored by (notes, programmes, traps) are passed over.

A gold article is answered for by the article that shares most lines with it. Where two were merged, one article
answers for both; it *belongs* to the gold article of which it holds most. Lines that may stand anywhere count nowhere.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from summariser.disk.stored import MAX_BYTES, read_bytes, rebuild_article
from summariser.errors import InputError
from summariser.evaluation.figures import Coded, Count, Miss, MissKind, Observation, metrics
from summariser.matching import locate
from summariser.pages.article import make_article
from summariser.readers.dispatch import read_page
from summariser.readers.files import SUFFIXES, page_id
from summariser.schema.codes import Decision, Level, Theme
from summariser.schema.exchange import spell_issues
from summariser.schema.page import Article, ArticleKind, LineRange, Page, Span, line_numbers
from summariser.schema.record import PageArticle, PageManifest, Record

GOLD_END: Final = ".gold.json"
MAX_ISSUES: Final = 20  # a file of another kind breaks thousands of rules; nobody reads them all


def _as_ranges(value: Any) -> Any:
    """Lines as ranges; a single number stands for one line."""
    return [[each, each] if isinstance(each, int) else each for each in value] if isinstance(value, list) else value


Lines = Annotated[tuple[LineRange, ...], BeforeValidator(_as_ranges)]


class _Gold(BaseModel):
    """Base of what a gold file holds: immutable, other keys passed over, no NaN."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class GoldRegion(_Gold):
    """Where it is, down to the level that the article tells."""

    province: str | None = None
    city: str | None = None
    county: str | None = None

    @property
    def finest(self) -> str | None:
        """The name at the level that is told."""
        return self.county or self.city or self.province


class GoldPerson(_Gold):
    """A person named in the article."""

    name: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()


class GoldQuantity(_Gold):
    """A number the article prints, with its bounds and what it counts (`元/月`: per month)."""

    text: str = Field(min_length=1)
    value: Decimal | None = None
    min: Decimal | None = None
    max: Decimal | None = None
    unit: str = ""
    approx: bool = False
    about: str = ""
    is_result: bool = False


class GoldArticle(_Gold):
    """One article as the reader reads it; null is what was not coded."""

    id: str
    kind: ArticleKind
    lines: Lines
    headline: str | None = None
    kicker: str | None = None
    region: GoldRegion = GoldRegion()
    lead_org: str | None = None
    lead_level: Level | None = None
    orgs: tuple[str, ...] = ()
    people: tuple[GoldPerson, ...] = ()
    quantities: tuple[GoldQuantity, ...] = ()
    decision: Decision | None = None
    primary_theme: Theme | None = None
    secondary_themes: tuple[Theme, ...] = ()
    ocr: tuple[tuple[str, str], ...] = ()  # what was meant, and what the page prints instead

    def as_printed(self, name: str) -> str:
        """The name with the page's misreadings in it."""
        for meant, printed in self.ocr:
            name = name.replace(meant, printed)
        return name


class _GoldFile(_Gold):
    """The file as it stands."""

    articles: tuple[GoldArticle, ...]
    noise_lines: Lines = ()
    unscored_lines: Lines = ()


class GoldPage(NamedTuple):
    """A page with its gold.

    Shape: `unscored` are lines that may stand in an article or in none; `sha256` is that of the gold file's bytes.
    """

    page: Page
    articles: tuple[GoldArticle, ...]
    noise: frozenset[int]
    unscored: frozenset[int]
    sha256: str


def read_gold(folder: Path) -> tuple[GoldPage, ...]:
    """The gold pages of a folder, by name.

    Errors: InputError if there is none, if a file is no gold, or if the text of its page is not beside it;
    StoreError if it cannot be read.
    """
    if not folder.is_dir():
        raise InputError("there is no such folder", path=folder, next_step="Name the folder with the gold files")
    files = sorted(path for path in folder.glob(f"*{GOLD_END}") if not path.name.startswith("."))
    if not files:
        expected = f"Files like page-000{GOLD_END}, each beside its page-000.txt"
        raise InputError("the folder holds no gold", path=folder, expected=expected)
    return tuple(read_gold_page(path) for path in files)


def read_gold_page(path: Path) -> GoldPage:
    """The gold in one file, with its page. Errors: as `read_gold`."""
    beside = [path.with_name(path.name.removesuffix(GOLD_END) + suffix) for suffix in SUFFIXES]
    return parse_gold(read_bytes(path), path, read_page(next((page for page in beside if page.is_file()), beside[0])))


def parse_gold(content: bytes, path: Path, page: Page) -> GoldPage:
    """The gold in the bytes of a file. Errors: InputError that names everything wrong with it."""
    if len(content) > MAX_BYTES:
        raise InputError(f"larger than {MAX_BYTES // 1_000_000} MB, as no gold is", path=path)
    try:
        file = _GoldFile.model_validate_json(content)
    except ValidationError as error:
        raise _no_gold(spell_issues(error), path) from error
    if issues := list(_contradictions(file, len(page.lines))):
        raise _no_gold(issues, path)
    return GoldPage(
        page=page.model_copy(update={"page_id": page_id(path.name.removesuffix(GOLD_END) + ".txt")}),
        articles=file.articles,
        noise=frozenset(line_numbers(file.noise_lines)),
        unscored=frozenset(line_numbers(file.unscored_lines)),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _no_gold(issues: list[str], path: Path) -> InputError:
    """The error for a file that is no gold."""
    more = [f"and {len(issues) - MAX_ISSUES} more"] if len(issues) > MAX_ISSUES else []
    what = f"is no gold: {'; '.join([*issues[:MAX_ISSUES], *more])}"
    return InputError(what, path=path, expected="The keys and codes of the seeds' gold files")


def _contradictions(file: _GoldFile, length: int) -> Iterator[str]:
    """What the types allow and no page bears out: lines off the page or in two articles, ids given twice."""
    if not file.articles:
        yield "articles: none"
    places = [(f"articles.{each.id}.lines", each.lines) for each in file.articles]
    places += [("noise_lines", file.noise_lines), ("unscored_lines", file.unscored_lines)]
    outside = [(name, span) for name, ranges in places for span in ranges if not 1 <= span.first <= span.last <= length]
    for name, span in outside:
        yield f"{name}: {span.first} to {span.last} are no lines of a page of {length}"
    yield from (f"articles.{each.id}.lines: none" for each in file.articles if not each.lines)
    ids = Counter(each.id for each in file.articles)
    yield from (f"articles.{name}: {count} articles have this id" for name, count in ids.items() if count > 1)
    if not outside:
        uses = Counter(number for each in file.articles for number in line_numbers(each.lines))
        yield from (f"line {number} stands in {count} articles" for number, count in uses.items() if count > 1)


_OF_FAULTS: Final = {metric.name for metric in metrics() if metric.fewer}


class Source(NamedTuple):
    """Where on the page: the lines, and the sentence if it is one."""

    lines: tuple[LineRange, ...]
    text: str = ""


class Subject(NamedTuple):
    """What an observation is made of: an article of the gold, of the split, or both; `text` is where sources stand."""

    page_id: str
    article: str | None
    article_id: str | None
    kind: ArticleKind | None
    text: Article | None

    def counted(self, figure: str, right: int, of: int, trials: int | None = None) -> Count:
        """So many of so many."""
        return Count(figure, self.page_id, self.kind, right, of, trials)

    def coded(self, figure: str, gold: Iterable[str], got: Iterable[str]) -> Coded:
        """What both coded."""
        return Coded(figure, self.page_id, self.kind, frozenset(gold), frozenset(got))

    def source(self, words: str | None) -> Source:
        """The sentence in which the words stand, with its page lines; all lines of the article where they do not."""
        if self.text is None:
            return Source(())
        match = locate(words, self.text.text) if words else None
        if match is None:
            return Source(self.text.lines)
        sentence = self.text.sentences[self.text.sentence_at(match.start) - 1]
        span = Span(sentence.start, max(sentence.end, match.end))
        return Source(self.text.lines_of(span), self.text.text[span.start : span.end].replace("\n", " "))

    def miss(  # noqa: PLR0913 - one argument for each thing a reader asks of a miss
        self,
        figure: str,
        field: str,
        gold: str | None,
        got: str | None,
        at: Source | str | None = None,
        *,
        kind: MissKind | None = None,
    ) -> Miss:
        """What is not as gold has it; of what kind follows from which of the two is missing, unless it is said.

        Shape: `at` is its source, or words of the sentence that is.
        """
        told = MissKind.OMISSION if got is None else MissKind.INVENTION if gold is None else MissKind.WRONG
        source = at if isinstance(at, Source) else self.source(at)
        said = {"figure": figure, "field": field, "kind": kind or told, "gold": gold, "got": got}
        return Miss.made_of(self, **said, lines=source.lines, source=source.text)

    def judge(  # noqa: PLR0913 - as `miss`
        self,
        figure: str,
        field: str,
        gold: str | None,
        got: str | None,
        at: Source | str | None = None,
        *,
        is_right: bool,
        kind: MissKind | None = None,
    ) -> Iterator[Observation]:
        """One thing that is right or not, counted as its figure counts; `miss` tells it if it is not."""
        yield self.counted(figure, is_right != (figure in _OF_FAULTS), 1)
        if not is_right:
            yield self.miss(figure, field, gold, got, at, kind=kind)


class Prediction(NamedTuple):
    """One article of the split: its manifest, its text cut from the page again, its record or why there is none.

    Shape: `lines` are the scored ones, in reading order.
    """

    entry: PageArticle
    article: Article
    lines: tuple[int, ...]
    record: Record | None
    failure: str


class Reference(NamedTuple):
    """One article of the gold and its text; `lines` as in `Prediction`."""

    gold: GoldArticle
    article: Article
    lines: tuple[int, ...]


class GoldMatch(NamedTuple):
    """A gold article and the article that answers for it, None if it shares no line with any."""

    page: Page
    subject: Subject
    reference: Reference
    prediction: Prediction | None

    @property
    def gold(self) -> GoldArticle:
        """What the reader says."""
        return self.reference.gold

    @property
    def record(self) -> Record | None:
        """What was made of it."""
        return self.prediction.record if self.prediction else None


class PredictionMatch(NamedTuple):
    """An article of the split and all gold articles it answers for, the one it belongs to first; none for a stray."""

    subject: Subject
    prediction: Prediction
    references: tuple[Reference, ...]


class AlignedPage(NamedTuple):
    """A page with gold and split side by side."""

    gold: GoldPage
    manifest: PageManifest
    references: tuple[Reference, ...]
    predictions: tuple[Prediction, ...]
    gold_matches: tuple[GoldMatch, ...]
    prediction_matches: tuple[PredictionMatch, ...]


def align_page(gold: GoldPage, manifest: PageManifest, records: Mapping[str, Record | str]) -> AlignedPage:
    """Pair the articles of a page's gold with those of its split.

    Shape: `records` holds, by article id, the record or why there is none.
    Errors: InputError if the manifest names lines that the page does not have.
    """
    scored = frozenset(gold.page.text_lines) - gold.unscored
    references, predictions = [], []
    for each in gold.articles:
        article = make_article(gold.page, kind=each.kind, lines=each.lines, headline_lines=(), kicker_lines=())
        references.append(Reference(each, article, _scored(each.lines, scored)))
    for entry in manifest.articles:
        record = records.get(entry.article_id, "no record")
        made = (None, record) if isinstance(record, str) else (record, "")
        predictions.append(Prediction(entry, rebuild_article(gold.page, entry), _scored(entry.lines, scored), *made))
    partners = [_most_shared(each.lines, predictions) for each in references]
    page_id, gold_matches, prediction_matches = gold.page.page_id, [], []
    for reference, at in zip(references, partners, strict=True):
        own, wanted = None if at is None else predictions[at], reference.gold
        subject = Subject(page_id, wanted.id, own.entry.article_id if own else None, wanted.kind, reference.article)
        gold_matches.append(GoldMatch(gold.page, subject, reference, own))
    for index, prediction in enumerate(predictions):
        owner = _most_shared(prediction.lines, references)
        answered = [at for at, partner in enumerate(partners) if partner == index and at != owner]
        matched = tuple(references[at] for at in ([] if owner is None else [owner]) + answered)
        first, entry = matched[0].gold if matched else None, prediction.entry
        kind, article_id = (first.kind, first.id) if first else (entry.kind, None)
        subject = Subject(page_id, article_id, entry.article_id, kind, prediction.article)
        prediction_matches.append(PredictionMatch(subject, prediction, matched))
    matches = (tuple(gold_matches), tuple(prediction_matches))
    return AlignedPage(gold, manifest, tuple(references), tuple(predictions), *matches)


def bare(text: str | None) -> str:
    """Letters and digits alone, width and case evened out: what is compared of names and titles."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text or "")).casefold()


def _scored(ranges: Sequence[LineRange], scored: frozenset[int]) -> tuple[int, ...]:
    """The scored lines among these, in reading order."""
    return tuple(number for number in line_numbers(ranges) if number in scored)


def _most_shared(lines: Sequence[int], others: Sequence[Prediction] | Sequence[Reference]) -> int | None:
    """Which of the others shares most lines; the first on a tie, None if none shares any."""
    shared = [len(set(lines) & set(other.lines)) for other in others]
    return shared.index(max(shared)) if any(shared) else None
