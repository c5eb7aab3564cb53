"""What is kept on disk: `Record` for an article, `Failure` where none could be made, `PageManifest` for the page.

Field order is part of the format. Nothing in a record changes when nothing changed: no times, no token counts.

A `KeptReading` is what OCR recognised on a picture, kept beside the records and corrected by people.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal, Self, get_args

from pydantic import ConfigDict, Field, JsonValue, model_validator

from summariser.schema.case import Case, Finding
from summariser.schema.page import (
    ArticleKind,
    Box,
    Continuation,
    Frozen,
    LineRange,
    PageSource,
    SplitMethod,
    Tie,
    left_out,
)

RECORD_SCHEMA: Final = "schemas/record/2.json"
FAILURE_SCHEMA: Final = "schemas/failure/1.json"
PAGE_SCHEMA: Final = "schemas/page/1.json"


class Stored(Frozen):
    """Base of the types that are files; `$schema` is the first key."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_by_name=True, serialize_by_alias=True)

    @classmethod
    def schema_name(cls) -> str:
        """What files of this kind name as their `$schema`."""
        return str(get_args(cls.model_fields["schema_path"].annotation)[0])


class Dateline(Frozen):
    """Where and when a report was filed, as its opening says."""

    place: str | None
    month: int | None
    day: int | None


class Verification(Frozen):
    """A request for verdicts, and whose answer was used."""

    prompt: str = Field(description="As in verify@1.")
    model: str = Field(description="Model as asked for.")
    model_answered: str
    request_key: str
    reply_sha256: str


class Provenance(Frozen):
    """How a record came about; enough to make it again."""

    source: str = Field(description="Path of the page file as given.")
    page_sha256: str
    split_method: SplitMethod
    split_prompt: str | None = Field(description="Prompt of the split, as in split@1; null for the rules.")
    prompt: str = Field(description="Prompt of the case study, as in case_study@1.")
    prompt_sha256: str
    reply_schema: str = Field(description="Schema the model was given, as in schemas/case_reply/1.json.")
    model: str = Field(description="Model as asked for.")
    model_answered: str = Field(description="Model as the endpoint named it.")
    temperature: float
    request_key: str = Field(description="Hash of the request whose reply was used.")
    reply_sha256: str
    further_keys: tuple[str, ...] = Field(description="Requests whose replies gave further results of a dense article.")
    repairs: int = Field(description="How often the model was asked again.")
    verified_by: Verification | None = Field(description="Who gave verdicts on the facts; null if nobody was asked.")
    checks: str = Field(description="Version of the rules that checked the reply when the record was written.")
    content_sha256: str = Field(description="Hash of the record as written, review left out; tells a hand edit.")


class ArticleSentence(Frozen):
    """One sentence of an article, numbered as it was for the model.

    Units: `start` and `end` count code points of the article text.
    """

    n: int
    start: int
    end: int
    lines: tuple[LineRange, ...]
    text: str | None = Field(description="Null where records are kept without the words of the page.")


class ArticleText(Frozen):
    """The words that evidence points into."""

    sha256: str = Field(description="Hash of the whole article text.")
    sentences: tuple[ArticleSentence, ...]


class CorrectionReason(StrEnum):
    """Why a person changed what the model had made of a page."""

    MISPRINT = "misprint"  # the page itself is wrong: 12名万 for 12万名
    MISREAD = "misread"  # the page is right, its recognition or the model's copy is not
    WRONG = "wrong"  # a judgement or a wording that the page does not bear out
    MISSING = "missing"  # a fact that the page has and the reply had not
    FALSE = "false"  # a fact that the page does not have
    CONFIRMED = "confirmed"  # nothing is wrong: a person answers for the fact
    MOVED = "moved"  # its lines are another article's, as a person split the page


class Correction(Frozen):
    """What a person changed: the value that stands, beside what the page prints and what the model wrote.

    Shape: `path` is a place in the reply (`results[2].value_text`), a fact's own (`results[7]`, `place`) for one that
    was added or removed, or a field of the record itself (`headline`, `source.issue_date`). `results[2].support` keeps
    what was said of a fact before a person answered for it, `lines` which lines were the article's before a person
    moved some. Paths of later corrections reckon with the earlier ones.
    """

    path: str
    reason: CorrectionReason
    printed: str | None = Field(description="The words of the page that the value stands for, where they differ.")
    model: JsonValue = Field(description="What the model wrote; null for a fact that was added.")
    value: JsonValue = Field(description="What stands now; null for a fact that was removed.")
    by: str
    date: str = Field(description="ISO date.")
    note: str | None


PracticeRelation = Literal["same_event", "same_practice", "continues"]


class Practice(Frozen):
    """One practice that several records tell of, as a person decided."""

    practice_id: str
    relation: PracticeRelation
    by: str


class Review(Frozen):
    """What a person decided; never written over."""

    state: Literal["open", "accepted", "corrected", "rejected"]
    by: str | None
    note: str | None


class Record(Stored):
    """One article, read, checked and kept."""

    schema_path: Literal["schemas/record/2.json"] = Field(alias="$schema")
    article_id: str
    page_id: str
    source: PageSource = Field(description="Newspaper, issue date and page, and where each was read.")
    kind: ArticleKind
    headline: str | None
    kicker: str | None
    bylines: tuple[str, ...] = Field(description="Reporters and stringers named in the byline.")
    dateline: Dateline | None
    lines: tuple[LineRange, ...] = Field(description="Page lines in reading order, 1-based, both ends included.")
    continuation: Continuation | None = left_out(
        "Where the article goes on, if it stands on two pages; left out of all others."
    )
    needs_review: bool = Field(description="True if a fact is unsupported or the page looks damaged here.")
    case: Case
    findings: tuple[Finding, ...]
    corrections: tuple[Correction, ...]
    practice: Practice | None = Field(description="Null as long as nobody joined it to other records.")
    review: Review
    text: ArticleText
    provenance: Provenance

    @model_validator(mode="after")
    def _check_chains(self) -> Self:
        """Every result has its link of the chain, or else the record cannot be held against its page."""
        if not self.is_older and any(result.chain is None for result in self.case.results):
            raise ValueError("a result has no chain, as only those of version 1 have none")
        return self

    @property
    def is_older(self) -> bool:
        """True of a record that was made from a reply of version 1, which had no chain, claimant and period."""
        return self.provenance.reply_schema == "schemas/case_reply/1.json"

    @property
    def awaits_review(self) -> bool:
        """True if a person should look and none has decided yet."""
        return self.needs_review and self.review.state == "open"


class FailedAttempt(Frozen):
    """One reply that could not be used."""

    request_key: str
    reply_text: str
    findings: tuple[Finding, ...]


class FailureReason(StrEnum):
    """Why there is no record of an article."""

    INVALID_REPLY = "invalid_reply"  # replies came, and none obeys the rules
    REFUSAL = "refusal"
    CONTENT_FILTER = "content_filter"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    REJECTED = "rejected"
    STORED_RECORD_BROKEN = "stored_record_broken"  # a person broke the stored file, which is left as it is


class Failure(Stored):
    """An article for which no record could be made: what was asked, what came back, what is wrong with it."""

    schema_path: Literal["schemas/failure/1.json"] = Field(alias="$schema")
    article_id: str
    page_id: str
    headline: str | None
    lines: tuple[LineRange, ...]
    reason: FailureReason
    message: str
    prompt: str
    model: str
    attempts: tuple[FailedAttempt, ...]


class PageManifest(Stored):
    """Every non-blank line of a page: in which article it stands, or that it is noise."""

    schema_path: Literal["schemas/page/1.json"] = Field(alias="$schema")
    page_id: str
    source: str
    page_sha256: str
    split_method: SplitMethod
    split_prompt: str | None
    articles: tuple[PageArticle, ...]
    noise: tuple[LineRange, ...]
    findings: tuple[Finding, ...] = Field(description="What was wrong with the model's split, if the rules stepped in.")
    page_source: PageSource | None = left_out(
        "Newspaper, issue date and page, and where each was read; left out where nothing is known."
    )
    picture: PagePicture | None = left_out(
        "The picture that the boxes of evidence stand on. Left out where the page has none."
    )
    by_person: SplitByPerson | None = left_out(
        "What people changed of the split, and what it was before; left out where nobody did."
    )

    @property
    def tied_pages(self) -> set[str]:
        """The pages that share an article with this one."""
        return {tie.page_id for each in self.articles for tie in (each.continues_in, each.continues_from) if tie}

    @property
    def held(self) -> set[str]:
        """The articles of which a person moved lines, without those that are to be asked about again."""
        return {*self.by_person.held} - {*self.by_person.due} if self.by_person else set()


class PagePicture(Frozen):
    """The picture of a page: what the pixels of boxes are counted on, and how to make it again."""

    image: str | None = Field(description="Path of the picture, with forward slashes; null where the page is of a PDF.")
    width: float = Field(description="In pixels, as the height.")
    height: float
    dpi: int | None = Field(description="Of a page of a PDF: dots per inch at which it is rendered.")
    reader: str = Field(description="What read the lines, with its version: rapidocr 3.10.0, ALTO, PDF text layer.")


class PageArticle(Frozen):
    """One article in the manifest of its page."""

    article_id: str
    kind: ArticleKind
    headline: str | None
    lines: tuple[LineRange, ...]
    headline_lines: tuple[int, ...]
    kicker_lines: tuple[int, ...]
    subhead_lines: tuple[int, ...] = Field(description="Lines of subheads; empty where the rules guess them.")
    continues_in: Tie | None = left_out("The part on another page; the record holds both.")
    continues_from: Tie | None = left_out(
        "The part on another page that this is the rest of; the record is kept there."
    )


class LineMove(Frozen):
    """Lines that a person put into another article, into one of their own, or into the noise."""

    lines: tuple[LineRange, ...]
    to: str | None = Field(description="The article they went to; null for the noise.")
    by: str
    date: str = Field(description="ISO date.")


class GoneArticle(Frozen):
    """An article that a person merged into another; its last record is kept as `<article_id>.gone.json`."""

    article: PageArticle = Field(description="As the manifest listed it last.")
    into: str | None = Field(description="The article that has its lines now; null if they are noise.")


class SplitByPerson(Frozen):
    """How people changed the split of a page: what it was before, who moved what, and what is to be asked.

    Shape: a run keeps such a split. `held` are articles whose text nobody was asked about; a run keeps their records,
    and asks about those in `due`, because a person said so.
    """

    articles: tuple[PageArticle, ...] = Field(description="The articles as model or rules had them.")
    noise: tuple[LineRange, ...] = Field(description="The noise as model or rules had it.")
    moves: tuple[LineMove, ...]
    gone: tuple[GoneArticle, ...]
    held: tuple[str, ...]
    due: tuple[str, ...]
    lines_sha256: str | None = left_out("Hash of the lines that were split, whatever the bytes of the page's file.")


PageManifest.model_rebuild()


READING_SCHEMA: Final = "schemas/reading/1.json"


class KeptLine(Frozen):
    """One line as the engine read it, and as a person corrected it."""

    text: str = Field(description="What the engine read; never edited.")
    corrected: str | None = Field(
        default=None, description="What the picture prints, where a person put it right; empty: no line is there."
    )
    box: Box = Field(description="Pixels of the upright picture, origin top left: left, top, right, bottom.")
    score: float | None
    vertical: bool


class KeptReading(Stored):
    """What an engine read on one picture: a scan, a photograph, a page of a PDF without text."""

    schema_path: Literal["schemas/reading/1.json"] = Field(alias="$schema")
    picture: str = Field(description="Path of the file as given when it was read.")
    sha256: str = Field(description="Hash of the bytes of the file, hexadecimal.")
    number: int = Field(description="Page of the file, from 1.")
    engine: str = Field(description="Name and version: rapidocr 3.10.0.")
    width: float
    height: float
    rules: tuple[Box, ...] = Field(description="Printed rules and frames that were seen.")
    lines: tuple[KeptLine, ...]
