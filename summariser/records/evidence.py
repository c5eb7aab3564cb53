"""Evidence: the words of results, organisations, firms and people located in the sentences cited.

A name that stands in another sentence than those cited adds this sentence to the evidence; the words of a number must
stand where they are cited, because the same figure may mean something else elsewhere. The number of a result is read
again by code from the words that carry it, with its change, period and speaker.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from operator import add
from types import MappingProxyType
from typing import Any, Final, Generic, Literal, NamedTuple, TypeVar

from summariser.matching import MatchTier, cuts_number, locate
from summariser.numbers.quantity import find_quantities, quantity_at, read_change, unread_numerals
from summariser.numbers.reckoning import RATIOS, is_time, join_pers, read_per
from summariser.numbers.time import read_time
from summariser.organisations import is_union, level_of, seat_of
from summariser.pages.article import boxes_of, read_byline
from summariser.records.prose import ArticleFacts, check_chinese
from summariser.records.sentences import is_to_come
from summariser.reply import ReplyActor, ReplyEmployer, ReplyPerson, ReplyResult
from summariser.schema.case import (
    AND,
    Actor,
    Change,
    Claim,
    Employer,
    Evidence,
    EvidencePart,
    EvidenceSpan,
    Finding,
    GroundedFact,
    Period,
    Person,
    Place,
    Quantity,
    Result,
    Rule,
    Severity,
    SpanOf,
    UnitClass,
    shorten,
)
from summariser.schema.codes import (
    LEVEL_RANK,
    OWNERSHIP_WORDS,
    Claimant,
    OrgType,
    Ownership,
    PersonKind,
    ResultStatus,
    Support,
    SupportFrom,
)
from summariser.schema.page import Article, LineRange, PixelBox, Span
from summariser.text import counted, find_all, fold

MOST_PLACES: Final = 200  # of the same words; a page that repeats them more often is damaged
_WINDOW: Final = 60  # characters in which the subject of words may stand
_FAR: Final = (_WINDOW, 1, _WINDOW)
_CLAUSE: Final = re.compile("[，。；：！？、,;]")
_PHRASE: Final = re.compile("[”’」』）\\s]*((?:[^，。；：！？,;]|(?<=[0-9])[,，](?=[0-9]))+)")
_LONGEST_QUOTE: Final = 60  # characters around a number that are shown as its words
_SHARED: Final = 0.4  # of the pairs of characters of a phrase or of a text, that the text must share to rest on it

Fact_co = TypeVar("Fact_co", covariant=True)
GroundedT = TypeVar("GroundedT", bound=GroundedFact)


class Checked(NamedTuple, Generic[Fact_co]):
    """What became of one fact of a reply, and what is wrong with it."""

    fact: Fact_co
    findings: tuple[Finding, ...]


class OccurrenceFilter(NamedTuple):
    """Which of several places of the same words is meant: beside a subject, not yet taken, behind an offset."""

    subject: str | None = None
    taken: Collection[Span] = ()
    after: int = 0


ANYWHERE: Final = OccurrenceFilter()


class Found(NamedTuple):
    """A mention after the look-up: its place in the article, None if it has none, and what is wrong with it.

    Shape: `added` are the sentences in which it stands and that were not cited.
    """

    span: Span | None
    match: Literal["exact", "folded", "fuzzy", "failed"]
    added: tuple[int, ...]
    findings: tuple[Finding, ...]


class ArticleCheck(NamedTuple):
    """An article and the closed set of what it says: what every fact of a reply is held against.

    Shape: `issued` is the date of the issue, an ISO date; `printed` maps places of the reply that a person corrected
    to the words that the page prints there.
    """

    article: Article
    facts: ArticleFacts
    issued: str | None = None
    printed: Mapping[str, str] = MappingProxyType({})

    def find(
        self, mention: str, sents: Sequence[int], path: str, *, among: OccurrenceFilter = ANYWHERE, strict: bool = False
    ) -> Found:
        """Look for words copied from the article, in the sentences cited for them first.

        Shape: where the words stand more than once, a cited sentence wins, then the place that is wanted. Words that
        stand elsewhere add their sentence to the citation, or are not borne out where the look-up is `strict`, as words
        of a number have it; these are found inside a longer number too.
        """
        article, mention = self.article, self.printed.get(path, mention)
        cited = article.sentence_spans(sents)
        match = locate(mention, article.text, hint=cited, after=among.after)
        if match is None and strict:  # what reads the number says what is cut off
            match = locate(mention, article.text, hint=cited, cut=True)
        if match is None:
            if not mention.strip():
                return Found(None, "failed", (), (Rule.MENTION_EMPTY.say(path),))
            return Found(None, "failed", (), (Rule.MENTION_ABSENT.say(path, words=shorten(mention)),))
        span = choose_place(article.text, Span(match.start, match.end), cited, among)
        first, last = article.sentence_at(span.start), article.sentence_at(span.end - 1)
        missing = tuple(number for number in range(first, last + 1) if number not in sents)
        printed, findings = shorten(article.text[span.start : span.end]), []
        if missing and strict:
            told = {"there": format_numbers(range(first, last + 1)), "wanted": format_numbers(missing)}
            told |= {"cited": format_numbers(sents)} if sents else {}
            findings.append(Rule.MENTION_ELSEWHERE.say(path, words=printed, **told))
        if match.tier is MatchTier.FUZZY:
            edits = counted(match.edits, "character")
            inexact = Rule.MENTION_INEXACT.say(path, words=shorten(mention), characters=edits, printed=printed)
            findings.append(inexact)
        return Found(span, match.tier.value, () if strict else missing, tuple(findings))

    def evidence(
        self,
        sents: Sequence[int],
        found: Found | None = None,
        *,
        spans: Iterable[tuple[SpanOf, Span]] = (),
        added: tuple[int, ...] = (),
    ) -> Evidence:
        """Evidence that names sentences, and words of them where they were found.

        Shape: `spans` are the places of single fields; `added` are sentences that nobody cited, those of `found` too.
        """
        article, added = self.article, found.added if found else added
        marked = tuple(
            EvidenceSpan(of=of, quote=article.text[slice(*span)], start=span.start, end=span.end) for of, span in spans
        )
        cited = tuple(sorted({*sents, *added}))
        words = found.span if found else None
        lines, boxes, continuation = stand_on_page(article, [words] if words else article.sentence_spans(cited))
        return Evidence(
            sents=cited,
            added=added,
            quote=article.text[slice(*words)] if words else None,
            start=words.start if words else None,
            end=words.end if words else None,
            lines=lines,
            match=found.match if found else "sentence_only",
            spans=marked,
            boxes=boxes,
            continuation=continuation,
        )

    def find_fields(
        self,
        said: Any,
        path: str,
        fields: Iterable[tuple[SpanOf, str, bool]],
        wanted: Mapping[SpanOf, OccurrenceFilter] = MappingProxyType({}),
    ) -> dict[SpanOf, Found]:
        """The copied words of a fact, by what they are; `fields` has their fields, and whether the look-up is strict.

        Shape: fields that are null are left out; `wanted` says in which place the words of some are.
        """
        found: dict[SpanOf, Found] = {}
        for of, field, is_strict in fields:
            if (words := getattr(said, field)) is not None:
                among = wanted.get(of, ANYWHERE)
                found[of] = self.find(words, said.sents, f"{path}.{field}", among=among, strict=is_strict)
        return found

    def ground(
        self,
        kind: type[GroundedT],
        said: Any,
        support: Support,
        *mentions: Found,
        findings: Iterable[Finding] = (),
        spans: Iterable[tuple[SpanOf, Span]] = (),
        **fields: Any,
    ) -> Checked[GroundedT]:
        """The fact made of what a reply says and of these fields, borne out as far as `support` if no finding marks it.

        Shape: the findings of the mentions go first. Where no `evidence` is given, the first mention is it.
        """
        found = (*(each for mention in mentions for each in mention.findings), *findings)
        if "evidence" not in fields:
            fields["evidence"] = self.evidence(said.sents, with_added(mentions[0], mentions), spans=spans)
        is_marked = any(finding.severity is Severity.UNSUPPORTED for finding in found)
        grade = Support.NONE if is_marked else support
        return Checked(kind.made_of(said, **fields, support=grade, support_by=SupportFrom.CODE), found)

    def prose(self, text: str, path: str) -> tuple[Finding, ...]:
        """What a Chinese sentence of the model's says that the article does not."""
        return tuple(check_chinese(text, path, self.facts))


def stand_on_page(
    article: Article, spans: Sequence[Span]
) -> tuple[tuple[LineRange, ...], tuple[PixelBox, ...], EvidencePart | None]:
    """The lines and boxes in which spans of an article stand, and the part on the page where the article goes on."""
    lines = dict.fromkeys(line for span in spans for line in article.lines_of(span))
    boxes = dict.fromkeys(box for span in spans for box in boxes_of(article, span))
    onward = spans if article.continuation else ()
    its_lines = dict.fromkeys(line for span in onward for line in article.lines_of(span, onward=True))
    its_boxes = dict.fromkeys(box for span in onward for box in boxes_of(article, span, onward=True))
    part = EvidencePart(lines=tuple(its_lines), boxes=tuple(its_boxes)) if its_lines else None
    return tuple(lines), tuple(boxes), part


def placed(evidence: Evidence, article: Article) -> Evidence:
    """Evidence with the lines and boxes in which its words, or else its sentences, stand in an article now."""
    has_words = evidence.start is not None and evidence.end is not None
    words = [Span(evidence.start or 0, evidence.end or 0)] if has_words else article.sentence_spans(evidence.sents)
    lines, boxes, continuation = stand_on_page(article, words)
    return evidence.model_copy(update={"lines": lines, "boxes": boxes, "continuation": continuation})


def with_added(found: Found, others: Iterable[Found]) -> Found:
    """A mention whose evidence takes in the sentences that others add, itself among them."""
    return found._replace(added=tuple(sorted({number for each in others for number in each.added})))


def spans_of(found: Mapping[SpanOf, Found]) -> list[tuple[SpanOf, Span]]:
    """Where the fields of a fact stand, of those that were found."""
    return [(of, each.span) for of, each in found.items() if each.span]


def format_numbers(numbers: Iterable[int]) -> str:
    """Numbers of sentences for a reader: 3, 4."""
    return ", ".join(map(str, numbers))


def phrase_around(text: str, span: Span, others: Iterable[Span], sentence: Span) -> Span:
    """The words that make sense of a number: from border to border of the phrases that hold it and what belongs to it.

    Shape: within the sentence, at most `_LONGEST_QUOTE` characters; fewer of the others where it would be longer, the
    span itself where its own phrase is.
    """
    inside = [other for other in others if sentence.start <= other.start and other.end <= sentence.end]
    phrases = _phrases(text, sentence)
    for wanted in ([span, *inside], [span]):
        start, end = min(each.start for each in wanted), max(each.end for each in wanted)
        touched = [each for each in phrases if each.start < end and each.end > start]
        whole = Span(min(start, touched[0].start), max(end, touched[-1].end)) if touched else Span(start, end)
        if whole.end - whole.start <= _LONGEST_QUOTE:
            return whole
    return span


def shared_phrases(text: str, said: str, sentences: Iterable[Span]) -> list[Span]:
    """The words of each sentence that a text of the model's rests on, from the first to the last phrase they share."""
    pairs, found = _pairs(said), []
    for sentence in sentences:
        phrases = _phrases(text, sentence)
        shared = [each for each in phrases if _share(text[slice(*each)], pairs) >= _SHARED]
        if shared:
            found.append(Span(shared[0].start, shared[-1].end))
    return found


def _phrases(text: str, sentence: Span) -> list[Span]:
    """What stands between the punctuation marks of a sentence."""
    return [Span(*phrase.span(1)) for phrase in _PHRASE.finditer(text, *sentence)]


def _pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of a text."""
    return frozenset(map(add, text, text[1:]))


def _share(phrase: str, pairs: frozenset[str]) -> float:
    """The share of these pairs of characters, or of a phrase's own if they are fewer, that both have."""
    own = _pairs(phrase)
    return len(own & pairs) / min(len(own), len(pairs)) if own and pairs else 0.0


def choose_place(text: str, found: Span, within: Sequence[Span], wanted: OccurrenceFilter) -> Span:
    """The wanted one of all places where the words of `text[found]` stand in these spans; `found` if none is better.

    Shape: the words that stand nearest to the subject go first, then those that no fact has taken, then `found`.
    """
    words = text[found.start : found.end]
    subject = wanted.subject if wanted.subject and wanted.subject not in words else None
    if not subject and not wanted.taken:
        return found
    ranked = (
        (
            _distance(text, span, subject, sentence) if subject else _FAR,
            any(other.start < span.end and span.start < other.end for other in wanted.taken),
            span != found,
            span,
        )
        for sentence in within
        for start in find_all(words, text, *sentence)
        for span in (Span(start, start + len(words)),)
        if not cuts_number(text, *span)
    )
    best = min(islice(ranked, MOST_PLACES), default=None)
    return best[-1] if best else found


def _distance(text: str, span: Span, subject: str, within: Span) -> tuple[int, int, int]:
    """How far a subject stands from words: clauses between them, whether it stands behind them, characters between."""
    start, end = max(span.start - _WINDOW, within.start), min(span.end + _WINDOW, within.end)
    last, first = text.rfind(subject, start, span.start), text.find(subject, span.end, end)
    gaps = [(text[last + len(subject) : span.start], 0)] if last >= 0 else []
    gaps += [(text[span.end : first], 1)] if first >= 0 else []
    return min(((len(_CLAUSE.findall(gap)), is_behind, len(gap)) for gap, is_behind in gaps), default=_FAR)


_FRAMING = frozenset({UnitClass.STRUCTURE, UnitClass.DURATION})  # what parts there are, and how long it took
_TO_COME: Final = {ResultStatus.PLANNED, ResultStatus.TARGET}
_OPEN: Final = _TO_COME | {ResultStatus.ESTIMATE, ResultStatus.RULE}
_SPEAKERS: Final[dict[OrgType | PersonKind, Claimant]] = {
    **dict.fromkeys((OrgType.EMPLOYER, PersonKind.MANAGER), Claimant.EMPLOYER),
    **dict.fromkeys((OrgType.GOVERNMENT, OrgType.PARTY_YOUTH_ORG, PersonKind.OFFICIAL), Claimant.GOVERNMENT),
    **dict.fromkeys((PersonKind.WORKER, PersonKind.MODEL_WORKER), Claimant.WORKER),
    **dict.fromkeys((OrgType.EXPERT_TEAM, OrgType.SCHOOL, PersonKind.EXPERT), Claimant.EXPERT),
    PersonKind.UNION_CADRE: Claimant.UNION,
}
_FIELDS: Final[
    tuple[tuple[SpanOf, str, bool], ...]
] = (  # what of a result is copied, the field it stands in, and whether it must stand where it is cited
    ("value", "value_text", True),
    ("per", "per_text", False),
    ("subject", "subject", False),
    ("before", "before_text", True),
    ("period", "period_text", False),
    ("claimant", "claimant", False),
)


def check_results(
    results: Sequence[ReplyResult], check: ArticleCheck, speakers: Sequence[Person | Actor]
) -> list[Checked[Result]]:
    """Results with their places in the page and their numbers, in the order given.

    Shape: results with the same words take the places of these words one after the other, or those that their subjects
    stand beside. `speakers` are the people and organisations of the case, who may be those that say a result.
    """
    checked: list[Checked[Result]] = []
    taken = defaultdict[str | None, set[Span]](set)  # by the words
    known: dict[tuple[object, ...], int] = {}
    for index, result in enumerate(results):
        path = f"results[{index}]"
        fact, findings = _check_result(result, path, check, taken[result.value_text], speakers)
        if result.part_of is not None and 0 <= result.part_of < index:
            fact = _reckon_as(fact, checked[result.part_of].fact)
        if (again := known.setdefault(fact.identity, index)) != index:
            findings = (*findings, Rule.FACT_REPEATED.say(path, number=again))
        taken[result.value_text] |= {Span(fact.quantity.start, fact.quantity.end)} if fact.quantity else set()
        checked.append(Checked(fact, findings))
    return checked


def _reckon_as(part: Result, total: Result) -> Result:
    """A part of a total that is reckoned by something, by the same: 每年48万元，其中18万元 is 18万元 a year.

    Shape: where both stand in one sentence and count the same.
    """
    own, whole = part.quantity, total.quantity
    if not (own and whole and whole.per and own.per is None and own.unit_class is whole.unit_class):
        return part
    if not set(part.evidence.sents) & set(total.evidence.sents):
        return part
    return part.model_copy(update={"quantity": own.model_copy(update={"per": whole.per})})


def read_number(
    words: str | None, found: Found | None, path: str, check: ArticleCheck, *, per: Span | None = None
) -> Checked[Quantity | None]:
    """The quantity that copied words carry in the page, and what is wrong with them; none without words.

    Shape: `per` is where the words stand that it is reckoned by; their numbers are not its own.
    """
    if words is None or found is None or found.span is None:
        return Checked(None, ())
    if path in check.printed:
        return _corrected(words, found.span, path)
    return _quantity_in(found.span, shorten(words), path, check, per=per)


def _check_result(
    result: ReplyResult, path: str, check: ArticleCheck, taken: Collection[Span], speakers: Sequence[Person | Actor]
) -> Checked[Result]:
    """One result: each of its words looked up, its numbers read."""
    wanted: dict[SpanOf, OccurrenceFilter] = {"value": OccurrenceFilter(result.subject, taken)}
    wanted["per"] = OccurrenceFilter(result.value_text)
    found = check.find_fields(result, path, _FIELDS, wanted)
    pers, per = read_per(result.per_text or ""), found["per"].span if "per" in found else None
    value = read_number(result.value_text, found.get("value"), f"{path}.value_text", check, per=per)
    before = read_number(result.before_text, found.get("before"), f"{path}.before_text", check, per=per)
    findings = [*check.prose(result.text, f"{path}.text"), *(value.findings or _unsaid_number(result, path))]
    own: dict[str, Any] = {
        "findings": [*findings, *before.findings, *_unread_per(result, pers, path)],
        "quantity": _reckoned(value.fact, pers),
        "before": _reckoned(before.fact, pers),
        "change": _change(value.fact, before.fact, found.get("value"), check),
        "period": _period(result, found.get("period"), check),
        "claimant": None if (name := result.claimant) is None else Claim(name=name, kind=_speaker_kind(name, speakers)),
        "evidence": _evidence(result, found, check),
    }
    return check.ground(Result, result, Support.SENTENCES, *found.values(), **own)


def _reckoned(number: Quantity | None, pers: tuple[str, ...]) -> Quantity | None:
    """A number by what words copied for it say that it is reckoned by; what its own words say (300元/人) goes with it.

    Shape: shares and multiples are of a time at most: 每年增长8%, but 吨钢利润少了61%.
    """
    if number is not None and number.unit_class in RATIOS:
        pers = tuple(per for per in pers if is_time(per))
    if number is None or not pers:
        return number
    own = next((each.per for each in find_quantities(number.raw)), None)
    return number.model_copy(update={"per": AND.join(join_pers(own.split(AND) if own else (), pers))})


def _unread_per(result: ReplyResult, pers: tuple[str, ...], path: str) -> tuple[Finding, ...]:
    """Words for what a number is reckoned by that name no unit."""
    if pers or not result.per_text:
        return ()
    return (Rule.PER_UNREADABLE.say(f"{path}.per_text", words=shorten(result.per_text)),)


def _evidence(result: ReplyResult, found: dict[SpanOf, Found], check: ArticleCheck) -> Evidence:
    """Where a result stands: the phrases around its number, or what its text shares with the cited sentences."""
    text, spans = check.article.text, spans_of(found)
    added = tuple(sorted({number for each in found.values() for number in each.added}))
    value = found.get("value")
    if value is None or value.span is None:
        whole = Found(None, value.match, added, ()) if value else None
        cited = check.article.sentence_spans(sorted(set(result.sents)))
        phrases = [("text", phrase) for phrase in shared_phrases(text, result.text, cited)]
        return check.evidence(result.sents, whole, added=added, spans=[*spans, *(phrases if value is None else ())])
    number = check.article.sentence_at(value.span.start)
    sentence = check.article.sentence_spans([number])[0]
    others = [span for of, span in spans if of in {"subject", "before"}]
    quote = phrase_around(text, value.span, others, sentence)
    return check.evidence(result.sents, value._replace(span=quote, added=added), spans=spans)


def _change(value: Quantity | None, before: Quantity | None, found: Found | None, check: ArticleCheck) -> Change | None:
    """What became of a number, from the number before or from the words beside it."""
    if value is None or found is None or found.span is None:
        return None
    text, number = check.article.text, check.article.sentence_at(found.span.start)
    (sentence,) = check.article.sentence_spans([number])
    last = text.rfind(value.raw, sentence.start, value.start)
    start = sentence.start if last < 0 else last + len(value.raw)
    words = text[start : value.start] + value.raw + text[value.end : sentence.end]  # a misprint as it was corrected
    return read_change(before, value, words)


def _period(result: ReplyResult, found: Found | None, check: ArticleCheck) -> Period | None:
    """The time of a number, dated where its words, those beside them and the date of the issue allow it."""
    if not result.period_text:
        return None
    is_open = result.status in _OPEN  # of what was as well as of what is to come, unless words beside it say which
    announced = bool(is_open and found and found.span and is_to_come(check.article.text, *found.span))
    read = partial(read_time, result.period_text, check.issued)
    span = read(announced=announced or (None if is_open else False))
    if not (span.start or span.end) and result.status in _TO_COME:
        span = read(announced=True)
    return Period.made_of(span, text=result.period_text)


def _speaker_kind(name: str, speakers: Sequence[Person | Actor]) -> Claimant:
    """What sort of speaker a printed name is, by the people and organisations of the case that bear it."""
    for speaker in speakers:
        if speaker.name in name or name in speaker.name:
            if isinstance(speaker, Actor) and is_union(speaker.name):
                return Claimant.UNION
            return _SPEAKERS.get(speaker.org_type if isinstance(speaker, Actor) else speaker.kind, Claimant.OTHER)
    return Claimant.UNION if is_union(name) else Claimant.OTHER


def _unsaid_number(result: ReplyResult, path: str) -> tuple[Finding, ...]:
    """A number that the text has and whose words were not copied."""
    if result.value_text is not None or all(q.unit_class in _FRAMING for q in find_quantities(result.text)):
        return ()
    return (Rule.VALUE_MISSING.say(f"{path}.value_text"),)


def _corrected(words: str, span: Span, path: str) -> Checked[Quantity | None]:
    """The number that a person put in the place of a misprint; it stands where the misprint does."""
    read = find_quantities(words)
    if len(read) != 1:
        return Checked(None, (Rule.NUMBER_UNREADABLE.say(path, correction=words),))
    return Checked(read[0].model_copy(update={"start": span.start, "end": span.end}), ())


def _quantity_in(
    span: Span, said: str, path: str, check: ArticleCheck, *, per: Span | None
) -> Checked[Quantity | None]:
    """The one quantity of a span of the article; `said` is what the model calls it, `per` by which it is reckoned."""
    text = check.article.text
    inside = [each for each in check.facts.quantities if each.start < span.end and each.end > span.start]
    if per:
        inside = [each for each in inside if each.end <= per.start or each.start >= per.end] or inside
    pointed = None if any(quantity.unit for quantity in inside) else quantity_at(text, *span)
    if not inside and not pointed:
        return Checked(None, (Rule.NUMBER_UNREADABLE.say(path, words=said),))
    named = ", ".join(
        f"“{text[start:end]}”"
        for start, end in unread_numerals(text, *span)
        if not (pointed and pointed.start <= start and end <= pointed.end)
    )
    if named:
        return Checked(None, (Rule.NUMBER_UNREAD.say(path, numbers=named, words=said),))
    if pointed:
        return Checked(pointed, ())
    if len(inside) > 1:  # leave out what only frames the number: counts of parts, the length of the period, 每10名
        pers = {per for each in inside if each.per for per in each.per.split(AND)}
        framing = [each for each in inside if each.unit_class in _FRAMING or f"{each.value}{each.unit}" in pers]
        inside = [quantity for quantity in inside if quantity not in framing] or inside
    if len(inside) > 1:
        numbers = ", ".join(f"“{quantity.raw}”" for quantity in inside)
        return Checked(None, (Rule.SEVERAL_NUMBERS.say(path, words=said, count=len(inside), numbers=numbers),))
    return Checked(inside[0], _cut_words(inside[0], span, path, text, per=per))


def _cut_words(quantity: Quantity, span: Span, path: str, text: str, *, per: Span | None) -> tuple[Finding, ...]:
    """Words of the number that `value_text` leaves out: its unit, or what makes it approximate.

    What follows a number without a unit is only the noun it counts (百万职工) and may be left out; so may what leaves
    the same quantity (十几堂 of 十几堂课), 人 of 8个人, and the words that stand at `per`: /份 of 95元/份.
    """
    start, end = max(span.start, quantity.start), min(span.end, quantity.end)
    last = per.start if per and end <= per.start and per.end >= quantity.end else quantity.end
    before = text[quantity.start : start].strip()
    behind = text[end:last].strip() if quantity.unit else ""
    if not before and not behind:
        return ()
    rest = find_quantities(text[start:end])
    same = ("value", "min", "max", "approx", *(() if quantity.unit == f"个{behind}" == "个人" else ("unit_class",)))
    if len(rest) == 1 and "/" not in quantity.raw and all(getattr(rest[0], x) == getattr(quantity, x) for x in same):
        return ()
    return (Rule.VALUE_CUT.say(path, printed=quantity.raw, rest=before or behind),)


_EMPLOYER_FIELDS: Final[tuple[tuple[SpanOf, str, bool], ...]] = (  # as in results: the number must stand as cited
    ("industry", "industry", False),
    ("size", "size_text", True),
)
_TITLE_JOINTS: Final = re.compile(r"[、，,;；和及]")
_INNER_SPACE: Final = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")


def check_actor(actor: ReplyActor, path: str, place: Place | None, check: ArticleCheck) -> Checked[Actor]:
    """An organisation: its name must stand in the article; its level and division are read from the name."""
    name = _joined(actor.name)
    found = _find_name(name, actor.sents, f"{path}.name", check)
    where = {part: getattr(place, part, None) for part in ("province", "city", "county")}
    level = level_of(name, **where)
    has_seat = is_union(name) or LEVEL_RANK[level or actor.level] is not None  # a firm has a name, and no seat in it
    seat = seat_of(name, place.code if place else None) if has_seat else None
    return check.ground(
        Actor,
        actor,
        Support.WORDS,
        found,
        name=name,
        full_name=seat.full_name if seat else None,
        level=level or actor.level,
        rank=LEVEL_RANK[level or actor.level],
        level_from="name" if level else "model",
        code=seat.code if seat else None,
    )


def check_employer(employer: ReplyEmployer, path: str, check: ArticleCheck) -> Checked[Employer]:
    """A firm: its name, its business and the words for its size and its ownership must stand in the article."""
    name = _joined(employer.name)
    found = check.find(name, employer.sents, f"{path}.name")
    details = check.find_fields(employer, path, _EMPLOYER_FIELDS)
    if employer.ownership is not None:
        details["ownership"] = _find_ownership(employer.ownership, employer.sents, f"{path}.ownership", check)
    size = read_number(employer.size_text, details.get("size"), f"{path}.size_text", check)
    own: dict[str, Any] = {"spans": spans_of(details), "findings": size.findings, "name": name, "size": size.fact}
    return check.ground(Employer, employer, Support.WORDS, found, *details.values(), **own)


def _find_ownership(ownership: Ownership, sents: Sequence[int], path: str, check: ArticleCheck) -> Found:
    """The words of a cited sentence that say whose a firm is; a name is no reason to guess it."""
    words = OWNERSHIP_WORDS[ownership]
    for sentence in check.article.sentence_spans(sents):
        folded = fold(check.article.text[slice(*sentence)])
        for word in words:
            for at in find_all(word, folded.text):
                start, end = folded.to_original(at, at + len(word))
                return Found(Span(sentence.start + start, sentence.start + end), "exact", (), ())
    told = Rule.OWNERSHIP_NOT_PRINTED.say(path, numbers=format_numbers(sents), words="、".join(words))
    return Found(None, "failed", (), (told,))


def check_person(person: ReplyPerson, path: str, check: ArticleCheck) -> Checked[Person]:
    """A person: name and title must stand in the article, and reporters are not people of the article."""
    name = _joined(person.name)
    found = _find_name(name, person.sents, f"{path}.name", check)
    titles = _find_title(person, f"{path}.title", check)
    findings = []
    if name in read_byline(check.article.text):
        findings.append(Rule.PERSON_IS_REPORTER.say(f"{path}.name", name=name))
    spans: list[tuple[SpanOf, Span]] = [("title", each.span) for each in titles if each.span]
    mentions = (found, *titles)
    return check.ground(Person, person, Support.WORDS, *mentions, findings=findings, spans=spans, name=name)


def _find_title(person: ReplyPerson, path: str, check: ArticleCheck) -> list[Found]:
    """A title may be put together from several places of the article; each part must stand in one."""
    if not person.title:
        return []
    whole = check.find(person.title, person.sents, path)
    parts = [part for part in _TITLE_JOINTS.split(person.title) if part.strip()]
    if whole.span or len(parts) < 2:
        return [whole]
    return [check.find(part, person.sents, path) for part in parts]


def _joined(name: str) -> str:
    """A name without what a line break or OCR left in it; the evidence keeps what is printed."""
    return _INNER_SPACE.sub("", name)


def _find_name(name: str, sents: Sequence[int], path: str, check: ArticleCheck) -> Found:
    """A name; a union may be written out where the page shortens it (某市总 for 某市总工会)."""
    found = check.find(name, sents, path)
    if found.span or not name.endswith("总工会"):
        return found
    short = check.find(name.removesuffix("工会"), sents, path)
    return short if short.span else found
