"""Gold: what a careful reader says stands on a page, as `<page>.gold.json` beside `<page>.txt`.

A gold file is untrusted like any other: what it lacks, misnames or contradicts is said all at once. Keys that nothing
is scored by (notes, programmes, traps) are passed over.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from summariser.disk.stored import MAX_BYTES, read_bytes
from summariser.errors import InputError
from summariser.pages.page import page_id
from summariser.readers.door import read_page
from summariser.readers.files import SUFFIXES
from summariser.schema.codes import Decision, Level, Theme
from summariser.schema.exchange import spell_issues
from summariser.schema.page import ArticleKind, LineRange, Page, line_numbers

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
