"""Records and pages as a reviewer reads them: facts, what is doubtful first, changes, and the page with facts marked.

Codes have their labels in Chinese and English, and foreign text is made fit for a web page: escaping HTML is the
template's work (`autoescape`); what is invisible or reorders the line is shown, what is endless is cut.

A page is shown as numbered lines, and on its picture: which article each line stands in, and which words carry which
fact. Everything here comes from untrusted files: a line range beyond the page or an offset beyond the article marks
nothing. The scaled copy of the picture stands in the web page as a `data:` address: nothing has to be found beside it,
and nothing else may be shown.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from summariser import __version__
from summariser.errors import ConfigError, InputError
from summariser.pages.article import boxes_of
from summariser.places import division, lineage
from summariser.readers.pictures import open_page_image
from summariser.reviewing.decisions import KIND_ORDER
from summariser.reviewing.differences import Difference, DifferenceKind
from summariser.schema.case import (
    Evidence,
    Fact,
    Finding,
    Place,
    Result,
    Rule,
    Severity,
    Time,
    fact_kind,
    fact_path,
    fact_words,
    format_quantity,
)
from summariser.schema.codes import CodedEnum
from summariser.schema.page import Article, LineRange, Page, PageSplit, PixelBox, Span, format_lines, line_numbers
from summariser.schema.record import Failure, Record
from summariser.tables import read_table
from summariser.text import counted

if TYPE_CHECKING:
    from PIL.Image import Image


class Label(NamedTuple):
    """A code with its two labels; what has no code, such as a number, is its own label in both."""

    code: str
    zh: str
    en: str


NO_PROVINCE: Final = Label("none", "未载明", "not named")
NO_LEAD: Final = Label("none", "无主办单位", "no lead named")
LONGEST: Final = 4000  # characters of one field; the longest summary is below 1,000

# Cc: control codes; Cf: bidi marks, zero-width characters; Cs: halves of surrogate pairs; Zl, Zp: hidden line ends.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_OF_FAILURES: Final = {
    *(DifferenceKind.FAILURE_APPEARED, DifferenceKind.FAILURE_CHANGED, DifferenceKind.FAILURE_GONE),
}
_VALUE: Final = re.compile(r"\{(\w+)\}")
_CANDIDATE: Final = re.compile(r"[^\x20-\x7e\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")  # a quick look at common text


def label(code: CodedEnum) -> Label:
    """The labels of a code of the lists."""
    return Label(code.value, code.zh, code.en)


def plain_label(text: str) -> Label:
    """One text for both languages."""
    return Label(text, text, text)


@cache
def labels(name: str) -> Mapping[str, Label]:
    """The labels of one list of `labels.csv`, by code."""
    rows = (row for row in read_table("labels") if row["list"] == name)
    return {row["code"]: Label(row["code"], row["zh"], row["en"]) for row in rows}


def province(place: Place | None) -> Label:
    """The province of a place by its code; `NO_PROVINCE` where the code is missing or in no table."""
    found = division(place.code) if place and place.code else None
    if found is None:
        return NO_PROVINCE
    top = lineage(found)[-1]
    return Label(top.code, top.short, labels("province")[top.code[:2]].en)


def bilingual_label(named: Label | CodedEnum) -> Markup:
    """A label in both languages, of which the page shows one."""
    return bilingual(named.zh, named.en)


@lru_cache(maxsize=4096)  # a page has a thousand, of which few are not on each page
def bilingual(zh: str, en: str) -> Markup:
    """A text in both languages, of which the page shows the one it is in as a whole, so that neither names its own."""
    zh, en = (each if isinstance(each, Markup) else visible_text(each) for each in (zh, en))
    return Markup("<span>{}</span>").format(zh) if zh == en else Markup("<i>{}</i><u>{}</u>").format(zh, en)


def finding_words(finding: Finding) -> Markup:
    """What a finding says in both languages, of which the page shows one; in English alone where no row fits it."""
    return _bilingual_message(finding.rule, finding.message)


def failure_words(failure: Failure) -> Markup:
    """Why an article has no record, in both languages."""
    return _say_failure(f"{failure.reason}: {failure.message}")


def reason_words(reasons: Iterable[str]) -> Markup:
    """What two records share, in both languages."""
    return bilingual("；".join(to_chinese("alike", each) for each in reasons), "; ".join(reasons))


def change_words(change: Difference, text: str) -> Markup:
    """What a change shows as old or new: what a finding says, or a failure, in both languages; all else as it is."""
    if change.kind in _OF_FAILURES:
        return _say_failure(text)
    return _bilingual_message(change.rule or "", text)


def _bilingual_message(rule: str, text: str) -> Markup:
    """A message of a rule in both languages; as it is where no row fits it."""
    chinese = to_chinese(rule, text)
    return Markup.escape(visible_text(text)) if chinese == text else bilingual(chinese, text)


# What the templates of report and workbench call, by the names they use.
TEMPLATE_GLOBALS: Final = {
    **{"labels": labels, "t": bilingual, "lab": bilingual_label, "version": __version__},
    **{"finding_words": finding_words, "failure_words": failure_words, "change_words": change_words},
    "reason_words": reason_words,
    "counted": counted,
}


def make_environment(load: Callable[[str], str], *, keep_trailing_newline: bool = False) -> Environment:
    """Templates that escape everything, know no undefined name, and show what hides in foreign text."""
    environment = Environment(
        loader=FunctionLoader(load), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=keep_trailing_newline,
        finalize=lambda text: visible_text(text) if isinstance(text, str) and not isinstance(text, Markup) else text,
    )  # fmt: skip
    environment.filters.update(line_names=format_lines, path=quote, quantity=format_quantity)
    environment.filters.update(fact_kind=fact_kind, fact_words=fact_words)
    environment.globals.update(TEMPLATE_GLOBALS)
    return environment


def _say_failure(text: str) -> Markup:
    """The reason of a failure, a code, by its label, and its message as the table has it."""
    code, _, message = text.partition(": ")
    reason, chinese = labels("reason").get(code, plain_label(code)), to_chinese("failed", message.removesuffix("."))
    if not message:
        return bilingual_label(reason)
    return bilingual(f"{reason.zh}：{chinese}", f"{reason.en}: {message}")


def to_chinese(key: str, text: str, depth: int = 9) -> str:
    """A message of a rule in Chinese, with the same values, by `findings.csv`; the text itself where no row fits it.

    Shape: `depth` bounds how far values within values are put into Chinese.
    """
    for pattern, chinese in _message_patterns().get(key.rstrip("0123456789"), ()) if depth else ():
        if found := pattern.fullmatch(text):
            return chinese.format_map(
                {name: to_chinese(name, said, depth - 1) for name, said in found.groupdict().items()}
            )
    return text


@cache
def _message_patterns() -> Mapping[str, list[tuple[re.Pattern[str], str]]]:
    """The messages of each key, with a group for each value, beside the Chinese; linear in the length of a text."""
    made: dict[str, list[tuple[re.Pattern[str], str]]] = {}
    for row in read_table("findings"):
        first, *rest = _VALUE.split(row["en"])  # words, then a name and the words behind it in turn
        values = [
            f"(?>(?P<{name}>.*?){re.escape(words)})" for name, words in zip(rest[:-2:2], rest[1:-2:2], strict=True)
        ]
        values += [f"(?P<{rest[-2]}>.*){re.escape(rest[-1])}"] if rest else []
        made.setdefault(row["key"], []).append((re.compile(re.escape(first) + "".join(values), re.DOTALL), row["zh"]))
    return made


def visible_text(text: str, limit: int = LONGEST) -> str:
    """The text as a reader may see it: hidden characters as `‹U+202E›`, the end of an endless one left out and said."""
    if len(text) <= limit:
        return _CANDIDATE.sub(_visible, text)
    return f"{_CANDIDATE.sub(_visible, text[:limit])} … [{counted(len(text) - limit, 'more character')} not shown]"


def _visible(match: re.Match[str]) -> str:
    """One character, or its name where a reader would not see it."""
    char = match[0]
    if char in "\t\n":
        return char
    return f"‹U+{ord(char):04X}›" if unicodedata.category(char) in _HIDDEN else char


# ---- a record with its facts


_ANCHOR: Final = re.compile(r"a[0-9a-f]{8}(?:-\d{1,3})?")
_SEVERITIES: Final = ("high", "middle", "low")


class Changes(NamedTuple):
    """All changes since a version.

    Shape: `since` is what the version is called; `by_record` goes by page id and article id, worst change first, and
    names records that are gone as well.
    """

    since: str
    by_record: Mapping[tuple[str, str], tuple[Difference, ...]]

    @property
    def counts(self) -> list[tuple[Label, int]]:
        """How often each change was made, the most severe first."""
        found = Counter(
            (_SEVERITIES.index(each.severity), each.kind) for some in self.by_record.values() for each in some
        )
        ranked = sorted(found.items(), key=lambda item: (item[0][0], -item[1]))
        return [(labels("change")[kind], count) for (_, kind), count in ranked]

    def by_page(self) -> dict[str, Changes]:
        """The changes of each page, by its id."""
        pages: defaultdict[str, dict[tuple[str, str], tuple[Difference, ...]]] = defaultdict(dict)
        for key, made in self.by_record.items():
            pages[key[0]][key] = made
        return {page_id: Changes(self.since, some) for page_id, some in pages.items()}

    def elsewhere(self, shown: Iterable[tuple[str, str]]) -> list[tuple[str, str, tuple[Difference, ...]]]:
        """Page id, article id and changes of what the site has no record of: removed, failed or unreadable."""
        missing = self.by_record.keys() - set(shown)
        return [(*key, self.by_record[key]) for key in sorted(missing)]


class FactView(NamedTuple):
    """One fact; `path` is what findings call it, `grade` how far the page bears it out: unsupported, fuzzy or sound."""

    fact_id: str
    path: str
    fact: Fact
    evidence: Evidence
    findings: tuple[Finding, ...]
    grade: str

    @property
    def codes(self) -> Iterator[Label]:
        """What the fact was coded as."""
        codes = (getattr(self.fact, name) for name in _coded(type(self.fact)))
        yield from (label(code) for code in codes if code is not None)
        if isinstance(self.fact, Place) and self.fact.full_name:
            yield plain_label(f"{self.fact.full_name} {self.fact.code or ''}".strip())
        if isinstance(self.fact, Time) and self.fact.edtf:
            yield plain_label(self.fact.edtf)
        if self.result:
            yield from map(plain_label, result_details(self.result))

    @property
    def result(self) -> Result | None:
        """The fact, if it is a result."""
        return self.fact if isinstance(self.fact, Result) else None


@cache
def _coded(kind: type[Fact]) -> tuple[str, ...]:
    """The fields of a kind of facts that hold a code."""
    names = ("chain", "kind", "status", "org_type", "level", "role", "theme", "ownership", "support")
    return tuple(name for name in names if name in kind.model_fields)


def result_details(result: Result) -> Iterator[str]:
    """What a result says beside its number: from what it changed, when, of which total, by whom."""
    if result.before:
        yield f"{result.before.raw} → {result.value_text}"
    if result.change:
        difference, ratio = result.change.difference, result.change.ratio
        told = [f"{difference:+f}"] if difference is not None else []
        told += [f"×{ratio:f}"] if ratio else []
        yield from [", ".join(told)] if told else []
    if result.period:
        yield f"{result.period.text} {result.period.edtf or ''}".strip()
    if result.part_of is not None:
        yield f"⊂ results[{result.part_of}]"
    if result.claimant:
        yield f"“…” {result.claimant.name}"


class RecordView(NamedTuple):
    """One record; `anchor` is its id in the HTML of its page, `tag` its short name there (A3), `tint` its colour.

    Shape: `findings` are those of no fact, and that its article reads otherwise on the page now; `changes` are those
    since the version that the site is compared with, worst first.
    """

    anchor: str
    tag: str
    tint: int
    record: Record
    facts: tuple[FactView, ...]
    findings: tuple[Finding, ...]
    changes: tuple[Difference, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What changes know it by."""
        return self.record.page_id, self.record.article_id

    @property
    def reads_otherwise(self) -> bool:
        """Whether the page says something else now than the record was made of."""
        return any(each.rule == Rule.PAGE_CHANGED for each in self.findings)

    @property
    def needs_review(self) -> bool:
        """Whether a person has to look at it, decided or not."""
        return self.record.needs_review or self.reads_otherwise

    @property
    def awaits_review(self) -> bool:
        """Whether it waits for a person; one that was decided on another text does so again."""
        return self.record.awaits_review or self.reads_otherwise

    @property
    def grades(self) -> Counter[str]:
        """How many facts have each grade."""
        return Counter(fact.grade for fact in self.facts)


def _grade(fact: Fact, findings: Sequence[Finding]) -> str:
    """How far the page bears a fact out."""
    is_doubted = any(each.severity is not Severity.NOTICE for each in findings)
    if not fact.supported or fact.evidence.match == "failed" or is_doubted:
        return "unsupported"
    return "fuzzy" if findings or fact.evidence.match == "fuzzy" else "sound"


def view_record(record: Record, *, number: int, tag: str, tint: int) -> RecordView:
    """The view of a record; `number` tells it apart from the others of its page where its id does not.

    Shape: facts worst first (unsupported, fuzzy, sound), then results, actions, actors, people and the rest.
    """
    anchor = record.article_id if _ANCHOR.fullmatch(record.article_id) else f"r{number}"
    by_path: dict[str, list[Finding]] = {}
    for finding in record.findings:
        by_path.setdefault(fact_path(finding.path), []).append(finding)
    facts = []
    for index, (path, fact) in enumerate(record.case.facts()):
        own = tuple(by_path.get(path, ()))
        facts.append(FactView(f"{anchor}-{index}", path, fact, fact.evidence, own, _grade(fact, own)))
    ranks = {"unsupported": 0, "fuzzy": 1, "sound": 2}
    facts.sort(key=lambda each: (ranks[each.grade], KIND_ORDER.index(fact_kind(each.path))))
    told = {finding for fact in facts for finding in fact.findings}
    rest = tuple(each for each in record.findings if each not in told)
    return RecordView(anchor, tag, tint, record, tuple(facts), rest)


# ---- a page with its facts marked


LONGEST_LINE: Final = 6000  # characters; the longest paragraph of a page is below 1,000
MOST_MARKED: Final = 500  # facts of an article; the schema asks for 60 at most
_NUMBERS: Final = ("value", "before")  # spans that hold a number


class Segment(NamedTuple):
    """A run of one line that the same facts rest on.

    Shape: `facts` are ids, quoted words before cited sentences; `opens` are those whose words begin here; `is_soft`: a
    sentence is cited, no words of it; `numbers` are those whose number stands here.
    """

    text: str
    facts: tuple[str, ...]
    opens: tuple[str, ...]
    is_soft: bool
    numbers: tuple[str, ...]


class Line(NamedTuple):
    """One line of the page; `tag` and `tint` are its article's, `is_first` where a run of the article's lines opens.

    Shape: `home` is the file of the page that has the article's record, empty where that is this page.
    """

    number: int
    tag: str | None
    tint: int | None
    is_first: bool
    is_noise: bool
    is_title: bool  # headline, kicker or subhead
    is_blank: bool
    segments: tuple[Segment, ...]
    left_out: int
    home: str = ""


class PlacedArticle(NamedTuple):
    """An article of the page as the site shows it; with a `home` (a file) the rest of one whose record is there."""

    article: Article
    tag: str
    tint: int
    facts: tuple[FactView, ...]
    home: str = ""

    @property
    def lines(self) -> tuple[LineRange, ...]:
        """Its lines on this page."""
        onward = self.article.continuation if self.home else None
        return onward.lines if onward else self.article.lines


def mark_of(at: int) -> tuple[str, int]:
    """The mark (A1, A2 ...) and the colour of an article by its place among those of its page, counted from 0."""
    return f"A{at + 1}", at % 8


def place_articles(split: PageSplit) -> list[PlacedArticle]:
    """The articles of a page in their order, each with its mark (A1, A2 ...) and its colour, and without facts."""
    return [PlacedArticle(each, *mark_of(at), ()) for at, each in enumerate(split.articles)]


class _Mark(NamedTuple):
    """Columns `[start, end)` (0-based) of a line that a fact rests on."""

    start: int
    end: int
    fact_id: str
    is_soft: bool
    is_number: bool


def layout_lines(page: Page, placed_articles: Sequence[PlacedArticle], noise: Iterable[LineRange]) -> tuple[Line, ...]:
    """All lines of a page with their articles and the facts that rest on them."""
    owner_of = {line: placed for placed in reversed(placed_articles) for line in line_numbers(placed.lines)}
    noise_lines = set(line_numbers(noise)) - owner_of.keys()
    marks: defaultdict[int, list[_Mark]] = defaultdict(list)
    for placed in placed_articles:
        for fact in placed.facts[:MOST_MARKED]:
            _mark(marks, placed, fact)
    articles = [placed.article for placed in placed_articles if not placed.home]
    titles = {line for each in articles for line in (*each.headline_lines, *each.kicker_lines, *each.subhead_lines)}
    opened: set[str] = set()
    laid, before = [], None
    for number, text in enumerate(page.lines, 1):
        at = owner_of.get(number)
        laid.append(
            Line(
                number=number,
                tag=at.tag if at else None,
                tint=at.tint if at else None,
                is_first=at is not None and at is not before and bool(text.strip()),
                is_noise=number in noise_lines,
                is_title=number in titles,
                is_blank=not text.strip(),
                segments=tuple(_segments(text[:LONGEST_LINE], marks.get(number, ()), opened)),
                left_out=max(len(text) - LONGEST_LINE, 0),
                home=at.home if at else "",
            )
        )
        before = at if text.strip() else before  # blank lines belong to nobody and part nothing
    return tuple(laid)


def words_of(fact: FactView, article: Article) -> tuple[Span, ...]:
    """Where the article has the words of a fact, or the sentences it cites; empty if the page says something else."""
    first, last = fact.evidence.start, fact.evidence.end
    if first is not None and last is not None:
        is_there = 0 <= first < last <= len(article.text) and article.text[first:last] == fact.evidence.quote
        return (Span(first, last),) if is_there else ()
    shared = [each for each in fact.evidence.spans if each.of == "text"]
    if shared and all(article.text[each.start : each.end] == each.quote for each in shared):
        return tuple(Span(each.start, each.end) for each in shared)
    return article.sentence_spans(sorted(set(fact.evidence.sents)))


def _mark(marks: Mapping[int, list[_Mark]], placed: PlacedArticle, fact: FactView) -> None:
    """Mark the words of a fact in the lines they stand in, and its number among them."""
    article = placed.article
    is_soft = fact.evidence.start is None
    for span in words_of(fact, article):
        for line, start, end in _columns(placed, span):
            marks[line].append(_Mark(start, end, fact.fact_id, is_soft, is_number=False))
    for each in fact.evidence.spans:
        if each.of in _NUMBERS and article.text[each.start : each.end] == each.quote:
            for line, start, end in _columns(placed, Span(each.start, each.end)):
                marks[line].append(_Mark(start, end, fact.fact_id, is_soft=False, is_number=True))


def _columns(placed: PlacedArticle, span: Span) -> Iterable[tuple[int, int, int]]:
    """A span of article text as runs of page lines: line, first column and the column behind the last, from 0."""
    for piece in placed.article.pieces_of(span, onward=bool(placed.home)):
        start, end = max(span.start, piece.start), min(span.end, piece.start + piece.length)
        if start < end:
            column = piece.column - 1 + start - piece.start
            yield piece.line, column, column + end - start


def _segments(text: str, marks: Sequence[_Mark], opened: set[str]) -> Iterable[Segment]:
    """A line cut wherever a mark begins or ends; `opened` gathers the facts whose words have begun."""
    inside = {edge for mark in marks for edge in (mark.start, mark.end) if 0 < edge < len(text)}
    edges = [0, *sorted(inside), len(text)]
    for start, end in pairwise(edges):
        over = [mark for mark in marks if mark.start <= start and mark.end >= end and start < end]
        over.sort(key=lambda mark: (mark.is_soft, mark.end - mark.start))
        facts = tuple(dict.fromkeys(mark.fact_id for mark in over))
        opens = tuple(fact for fact in facts if fact not in opened)
        opened.update(facts)
        is_soft = bool(over) and all(mark.is_soft for mark in over)
        numbers = tuple(mark.fact_id for mark in over if mark.is_number)
        yield Segment(text[start:end], facts, opens, is_soft, numbers)


# ---- and its picture


MOST_BYTES: Final = 480_000  # of a picture; base64 makes 640,000 of it, and ten pages with their words stay below 10 MB
# Longest side in pixels and quality, tried until the picture is small enough; noise itself is at the last.
_SIZES: Final = ((2400, 70), (2400, 50), (2000, 45), (1600, 40), (1200, 35), (800, 30))


class FactBox(NamedTuple):
    """A box on the picture that facts rest on.

    Shape: `facts` are ids; `is_soft`: a sentence is cited, no words of it; `is_first` of the boxes of one of the facts;
    `home` is the file of the page that has the record, empty where that is this page.
    """

    box: PixelBox
    facts: tuple[str, ...]
    words: str
    tint: int
    is_soft: bool
    is_first: bool
    home: str


class LineBox(NamedTuple):
    """A line of an article on the picture; `tag` is the name of the article where it begins, else empty."""

    line: int
    box: PixelBox
    tint: int
    tag: str


class PictureLayout(NamedTuple):
    """What stands where on the picture of a page. Units: pixels of a picture of `width` x `height`."""

    page: Page
    width: int
    height: int
    line_boxes: tuple[LineBox, ...]
    fact_boxes: tuple[FactBox, ...]


class ScaledPicture(NamedTuple):
    """A scaled copy of a picture: its address, and its size in pixels."""

    address: Markup
    width: int
    height: int


def layout_picture(page: Page, placed_articles: Sequence[PlacedArticle]) -> PictureLayout | None:
    """The articles and facts of a page on its picture; None for a page without one."""
    if page.layout is None or not (page.layout.width >= 1 and page.layout.height >= 1):
        return None
    line_boxes = tuple(line_box for placed in placed_articles for line_box in _line_boxes(placed))
    fact_boxes = [each for placed in placed_articles for each in _fact_boxes(placed)]
    # What is drawn last lies on top: words above cited sentences, small boxes above large ones.
    fact_boxes.sort(
        key=lambda each: (not each.is_soft, (each.box.left - each.box.right) * (each.box.bottom - each.box.top))
    )
    return PictureLayout(page, round(page.layout.width), round(page.layout.height), line_boxes, tuple(fact_boxes))


def scale_picture(page: Page) -> ScaledPicture | str:
    """A copy of the picture of a page that is at most `MOST_BYTES` large, or the code of why there is none."""
    try:
        picture = open_page_image(page).convert("RGB")
    except ConfigError:
        return "no_pillow"
    except InputError:
        return "no_picture"
    content, size = _shrink(picture)
    return ScaledPicture(Markup("data:image/webp;base64,") + base64.b64encode(content).decode(), *size)


def _shrink(picture: Image) -> tuple[bytes, tuple[int, int]]:
    """The picture as WebP, and its size."""
    for side, quality in _SIZES:
        picture.thumbnail((side, side))
        sink = BytesIO()
        picture.save(sink, "WEBP", quality=quality, method=4)
        if sink.tell() <= MOST_BYTES:
            break
    return sink.getvalue(), picture.size


def _line_boxes(placed: PlacedArticle) -> Iterator[LineBox]:
    tag = placed.tag
    for piece in placed.article.pieces:
        for box in boxes_of(placed.article, Span(piece.start, piece.start + piece.length), onward=bool(placed.home)):
            yield LineBox(piece.line, box, placed.tint, tag)
            tag = ""


def _fact_boxes(placed: PlacedArticle) -> Iterator[FactBox]:
    """The boxes of an article's facts, each once with all facts that rest on it."""
    found: dict[tuple[PixelBox, bool], dict[str, str]] = {}
    first: dict[str, tuple[PixelBox, bool]] = {}
    for fact in placed.facts[:MOST_MARKED]:
        is_soft = fact.evidence.start is None
        for span in words_of(fact, placed.article):
            for box in boxes_of(placed.article, span, onward=bool(placed.home)):
                found.setdefault((box, is_soft), {})[fact.fact_id] = fact_words(fact.fact)
                first.setdefault(fact.fact_id, (box, is_soft))
    for place, facts in found.items():
        is_first = any(first[fact] == place for fact in facts)
        yield FactBox(place[0], tuple(facts), "; ".join(facts.values()), placed.tint, place[1], is_first, placed.home)
