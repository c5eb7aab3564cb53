"""Scores of a page against gold: how well it was cut, its articles were read, and their numbers were kept.

Of a split: line pairs, whole articles, order, noise, kind and headline. Of an article: decision, theme, place, people,
organisations; and how well its record stands. Of a number: found, value, unit, approximation, sentence; and what is
invented.

Names count as the same if letters and digits agree. A name that the gold corrects may be spelled as the page misprints
it. What the record has besides the gold is an invention only if the article does not say it either. What a record says
of its own evidence is not taken for granted: the words are looked up again where it says they stand.

A result answers for a gold quantity if it has the same number and either counts the same sort of thing or rests on the
sentence in which the gold's words stand: so 人次 turned to 人 is a wrong unit, not a missing number, and the 3 of 3家
does not answer for that of 3年.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from difflib import SequenceMatcher
from itertools import combinations, pairwise
from math import comb
from typing import Final, NamedTuple

from summariser.evaluation.figures import MissKind, Observation, absent_digits
from summariser.evaluation.gold import (
    AlignedPage,
    GoldArticle,
    GoldMatch,
    GoldPerson,
    GoldQuantity,
    GoldRegion,
    PredictionMatch,
    Source,
    Subject,
    bare,
)
from summariser.matching import locate
from summariser.numbers.numerals import find_english_numerals, unit_class_of
from summariser.numbers.quantity import find_numerals
from summariser.organisations import same_organisation
from summariser.pages.article import bare_line
from summariser.places import resolve
from summariser.records.corrected import printed_words, values_at
from summariser.records.make import as_reply
from summariser.records.prose import check_chinese, check_english, collect_facts
from summariser.schema.case import (
    PROSE,
    Action,
    Approximation,
    Case,
    Finding,
    Place,
    Quantity,
    Result,
    Rule,
    Severity,
    Statement,
    UnitClass,
)
from summariser.schema.codes import ActorRole, ResultKind, Support
from summariser.schema.page import Article, LineRange, format_lines, line_numbers, to_ranges
from summariser.schema.record import Record
from summariser.text import fold_text

_LONGEST_TITLE: Final = 4  # lines a headline is set in at most
_ALIKE: Final = 0.75  # a title with one character in four misread is still that title


def score_split(aligned: AlignedPage) -> Iterator[Observation]:
    """Everything about where the lines of a page went."""
    yield from _score_places(aligned)
    for match in aligned.gold_matches:
        yield from _score_lines(match, aligned)
        yield from _score_order(match)
        got = match.prediction.entry.kind if match.prediction else None
        is_right = got == match.gold.kind
        yield from match.subject.judge("kind", "kind", match.gold.kind.value, got and got.value, is_right=is_right)
        yield from _score_headline(match)
    for answer in aligned.prediction_matches:
        own = set(answer.prediction.lines)  # pairs of lines in one article that no gold article holds both of
        strangers = comb(len(own), 2) - sum(comb(len(own & set(each.lines)), 2) for each in aligned.references)
        yield answer.subject.counted("line_pairs_f1", 0, strangers, 0)
        yield answer.subject.counted("line_pairs_precision", 0, strangers, 0)
        is_extra = all(match.prediction is not answer.prediction for match in aligned.gold_matches)
        nobody, lines = answer.subject._replace(article=None), answer.prediction.entry.lines
        at, said = Source(lines), format_lines(lines)
        yield from nobody.judge("articles_extra", "lines", None, said, at, is_right=not is_extra)


def _score_places(aligned: AlignedPage) -> Iterator[Observation]:
    """Each line with text belongs to one article or to noise; noise of the gold stands in no article."""
    page, subject = aligned.gold.page, Subject(aligned.gold.page.page_id, None, None, None, None)
    uses = Counter(
        line_numbers((*(span for each in aligned.manifest.articles for span in each.lines), *aligned.manifest.noise))
    )
    yield subject.counted("partition", sum(uses[number] == 1 for number in page.text_lines), len(page.text_lines))
    taken = {number: each for each in aligned.predictions for number in each.lines}
    noise = sorted(aligned.gold.noise - aligned.gold.unscored)
    yield subject.counted("noise", sum(number not in taken for number in noise), len(noise))
    wrong = [("partition", number, "once", f"{uses[number]} times") for number in page.text_lines if uses[number] > 1]
    wrong += [("partition", number, "once", "") for number in page.text_lines if not uses[number]]
    wrong += [("noise", number, "noise", taken[number].entry.article_id) for number in noise if number in taken]
    for figure, number, gold, got in wrong:
        source = Source((LineRange(number, number),), page.lines[number - 1].strip())
        yield subject.miss(figure, f"line {number}", gold, got or None, source)


def _score_lines(match: GoldMatch, aligned: AlignedPage) -> Iterator[Observation]:
    """Which lines of a gold article stand together, and whether one article holds exactly these."""
    lines = match.reference.lines
    possible = comb(len(lines), 2)
    together = sum(comb(len(set(lines) & set(each.lines)), 2) for each in aligned.predictions)
    yield match.subject.counted("line_pairs_f1", 2 * together, possible + together, len(lines))
    yield match.subject.counted("line_pairs_precision", together, together, len(lines))
    yield match.subject.counted("line_pairs_recall", together, possible, len(lines))
    own = set(match.prediction.lines) if match.prediction else set()
    missing, foreign = set(lines) - own, own - set(lines)
    yield match.subject.counted("articles_exact", not (missing or foreign), 1)
    if missing or foreign:
        others = [each for each in aligned.gold_matches if each is not match]
        merged = [each.gold.id for each in others if match.prediction and each.prediction is match.prediction]
        parts = [f"lacks {format_lines(to_ranges(missing))}"] if missing else []
        parts += [f"has besides {format_lines(to_ranges(foreign))}"] if foreign else []
        parts += [f"merged with {', '.join(merged)}"] if merged else []
        got, source = "; ".join(parts) if match.prediction else None, Source(to_ranges(missing | foreign))
        yield match.subject.miss("articles_exact", "lines", format_lines(match.gold.lines), got, source)


def _score_order(match: GoldMatch) -> Iterator[Observation]:
    """Lines that follow one another in the gold do so in the article."""
    steps = list(pairwise(match.reference.lines))
    kept = set(pairwise(match.prediction.lines)) if match.prediction else set()
    broken = [step for step in steps if step not in kept]
    yield match.subject.counted("line_order", len(steps) - len(broken), len(steps))
    if broken and match.prediction:
        gold, got = ", ".join(f"{first}>{then}" for first, then in broken), ", ".join(map(str, match.prediction.lines))
        source = Source(to_ranges(number for step in broken for number in step))
        yield match.subject.miss("line_order", "lines", gold, got, source)


def _score_headline(match: GoldMatch) -> Iterator[Observation]:
    """Headline or kicker agree, or both do as one; rightly none counts as right."""
    gold = " / ".join(title for title in (match.gold.kicker, match.gold.headline) if title) or None
    article = match.prediction.article if match.prediction else None
    titles = [title for title in (article.kicker, article.headline) if title] if article else []
    is_right = match.prediction is not None and _is_title(titles, match)
    got, kind = " / ".join(titles) or None, None if match.prediction else MissKind.OMISSION
    judged = match.subject.judge("headline", "headline", gold, got, match.gold.headline, is_right=is_right, kind=kind)
    yield next(judged)
    if gold or got:
        yield from judged


def _is_title(titles: Sequence[str], match: GoldMatch) -> bool:
    """Whether one of the titles is the gold's, as the gold spells it or as the page misprints it."""
    wanted = _either(bare(match.gold.kicker), bare(match.gold.headline))
    given = _either(*map(bare, titles))
    if wanted & given or not (wanted or given):
        return True
    texts = [bare(bare_line(match.page.lines[number - 1])[1]) for number in match.reference.lines]
    spans = combinations(range(len(texts) + 1), 2)  # what whole lines spell, up to as many as a title is set in
    printed = {"".join(texts[start:end]) for start, end in spans if end - start <= _LONGEST_TITLE}
    return any(
        abs(len(title) - len(other)) <= 2 and SequenceMatcher(None, title, other, autojunk=False).ratio() >= _ALIKE
        for title in given & printed
        for other in wanted
    )


def _either(*titles: str) -> set[str]:
    """The titles, and all of them in one line, in either order."""
    return {*titles, "".join(titles), "".join(reversed(titles))} - {""}


_LIST: Final = re.compile("[与和及、]")
_SHORTEST_PART: Final = 4  # characters; anything shorter (总工会) is part of too many names
_TIERS: Final = ("exact", "folded", "fuzzy", "failed")
_INVENTED: Final = frozenset(rule.value for rule in Rule if rule.invents)


def score_case(match: GoldMatch) -> Iterator[Observation]:
    """What gold has, field by field; a missing record has nothing."""
    why = None if match.record else match.prediction.failure if match.prediction else "no article shares a line with it"
    is_there = match.record is not None
    yield from match.subject.judge("records", "$", "a record", why, is_right=is_there, kind=MissKind.OMISSION)
    yield from _score_codes(match)
    yield from _score_place(match)
    yield from _score_people(match)
    yield from _score_organisations(match)


def score_extras(answer: PredictionMatch) -> Iterator[Observation]:
    """What the record has of people and organisations that gold has not."""
    record, subject = answer.prediction.record, answer.subject
    if record is None:
        return
    article = "".join(each.article.text for each in answer.references) or answer.prediction.article.text
    text = bare("\n".join((article, *_mended(record))))
    known = {name for each in answer.references for person in each.gold.people for name in _names(person, each.gold)}
    for index, person in enumerate(record.case.people):
        path, name, is_there = f"people[{index}]", person.name, bare(person.name) in text
        yield from subject.judge("people_invented", path, None, name, name, is_right=is_there)
        if bare(name) not in known:
            yield subject.counted("people_f1", 0, 1)
            yield subject.counted("people_precision", 0, 1)
            if is_there:
                yield subject.miss("people_f1", path, None, name, name, kind=MissKind.EXTRA)
    for index, actor in enumerate(record.case.actors):
        path, name, is_there = f"actors[{index}]", actor.name, bare(actor.name) in text
        yield from subject.judge("organisations_invented", path, None, name, name, is_right=is_there)


def score_record(answer: PredictionMatch, checked: tuple[Finding, ...]) -> Iterator[Observation]:
    """Everything about one record that needs no gold; `checked` is what the check of stored records says of it."""
    record, subject = answer.prediction.record, answer.subject
    if record is None:
        return
    yield from _score_evidence(answer, record.case)
    grades = [fact.support for _, fact in record.case.facts()]
    yield subject.counted("facts_unsupported", record.case.unsupported, len(grades))
    for grade in (Support.WORDS, Support.SENTENCES, Support.ARTICLE):
        yield subject.counted(f"carried_by_{grade.value}", grades.count(grade), len(grades))
    kinds = [result.kind for result in record.case.results]
    yield subject.counted("results_other", kinds.count(ResultKind("other")), len(kinds))
    broken = [finding for finding in checked if finding.severity is not Severity.NOTICE]
    yield subject.counted("records_sound", not broken, 1)
    own = [finding for finding in record.findings if finding.severity is not Severity.NOTICE]
    for figure, findings in (("facts_unsupported", own), ("records_sound", broken)):
        for finding in findings:
            kind = MissKind.INVENTION if finding.rule in _INVENTED else MissKind.WRONG
            yield subject.miss(
                figure, finding.path, None, finding.message, Source(answer.prediction.entry.lines), kind=kind
            )
    yield subject.counted("needs_review", record.needs_review, 1)
    yield subject.counted("repaired", record.provenance.repairs > 0, 1)


def is_lead(name: str, gold: str, article: GoldArticle) -> bool:
    """Whether a name means the gold's lead: another form of it, one that holds it, or one of a list (X与Y)."""
    for each in {gold, article.as_printed(gold), *_LIST.split(gold)}:
        a, b = bare(name), bare(each)
        if same_organisation(name, each) or (min(len(a), len(b)) >= _SHORTEST_PART and (a in b or b in a)):
            return True
    return False


def _score_codes(match: GoldMatch) -> Iterator[Observation]:
    """Codes that are right or not, where gold has them, the lead among them; and themes as two coders gave them."""
    gold, case = match.gold, match.record.case if match.record else None
    leads = [actor for actor in case.actors if actor.role is ActorRole.LEAD] if case else []
    level, printed = leads[0].level if leads else None, gold.as_printed(gold.lead_org or "")
    codes = (
        ("decision", "decision", gold.decision, case.decision if case else None, None),
        ("lead_level", "actors.level", gold.lead_level, level, gold.lead_org),
        ("primary_theme", "primary_theme", gold.primary_theme, case.primary_theme if case else None, None),
    )
    for figure, field, wanted, coded, words in codes:
        if wanted is not None:
            said = coded.value if coded else None
            yield from match.subject.judge(figure, field, wanted.value, said, words, is_right=wanted == coded)
    if case and gold.primary_theme is not None:
        yield match.subject.coded("primary_theme_alpha", [gold.primary_theme], [case.primary_theme])
        own = [case.primary_theme, *case.secondary_themes]
        yield match.subject.coded("theme_set_alpha", [gold.primary_theme, *gold.secondary_themes], own)
    if gold.lead_org is not None:
        is_right = bool(leads) and is_lead(leads[0].name, gold.lead_org, gold)
        got = "、".join(actor.name for actor in leads) or None
        yield from match.subject.judge("lead_organisation", "actors", gold.lead_org, got, printed, is_right=is_right)


def _score_place(match: GoldMatch) -> Iterator[Observation]:
    """The division at the level that gold tells; rightly none counts as right."""
    region, place = match.gold.region, match.record.case.place if match.record else None
    gold = "".join(filter(None, (region.province, region.city, region.county))) or None
    got = place.said if place else None
    kind = None if gold or got else MissKind.OMISSION
    words = place.evidence.quote if place else region.finest
    is_right = match.record is not None and _same_place(region, place)
    yield from match.subject.judge("place", "place", gold, got or None, words, is_right=is_right, kind=kind)


def _same_place(region: GoldRegion, place: Place | None) -> bool:
    """Whether both name the same division and, below the table (zones), the same name."""
    if place is None or region.finest is None:
        return region.finest is None and (place is None or not (place.province or place.city or place.county))
    wanted = resolve(region.province, region.city, region.county)
    if wanted.code != place.code:
        return False
    names = bare(region.finest), bare(place.county or place.city or place.province)
    return wanted.reason is None or names[0] in names[1] or names[1] in names[0]


def _score_people(match: GoldMatch) -> Iterator[Observation]:
    """Each person of the gold is in the record."""
    own = {bare(person.name) for person in match.record.case.people} if match.record else set()
    for person in match.gold.people:
        is_found = bool(own & _names(person, match.gold))
        yield match.subject.counted("people_f1", 2 * is_found, 1 + is_found, 1)
        yield match.subject.counted("people_recall", is_found, 1)
        if is_found:
            yield match.subject.counted("people_precision", 1, 1)
        else:
            yield match.subject.miss("people_f1", "people", person.name, None, match.gold.as_printed(person.name))


def _names(person: GoldPerson, gold: GoldArticle) -> set[str]:
    """How a person's name may be spelled."""
    names = (person.name, *person.aliases)
    return {bare(name) for name in (*names, *map(gold.as_printed, names))}


def _score_organisations(match: GoldMatch) -> Iterator[Observation]:
    """Each organisation of the gold is in the record, as printed and by another form of its name."""
    actors = match.record.case.actors if match.record else ()
    for name in match.gold.orgs:
        spellings = (name, match.gold.as_printed(name))
        is_strict = any(bare(spelling) == bare(actor.name) for spelling in spellings for actor in actors)
        is_found = is_strict or any(same_organisation(each, actor.name) for each in spellings for actor in actors)
        yield match.subject.counted("organisations_strict", is_strict, 1)
        yield from match.subject.judge("organisations", "actors", name, None, spellings[1], is_right=is_found)


def _score_evidence(answer: PredictionMatch, case: Case) -> Iterator[Observation]:
    """Each quoted word stands where the record says it does."""
    text = answer.prediction.article.text
    for path, fact in case.facts():
        evidence = fact.evidence
        if evidence is None or evidence.quote is None:
            continue
        stands = evidence.start is not None and text[evidence.start : evidence.end] == evidence.quote
        tier = evidence.match if stands else "failed"
        yield answer.subject.counted("evidence_located", tier in {"exact", "folded"}, 1)
        for each in _TIERS:
            yield answer.subject.counted(f"evidence_{each}", tier == each, 1)
        if tier == "failed":
            source = answer.subject.source(evidence.quote)
            kind = MissKind.WRONG if source.text else MissKind.INVENTION
            yield answer.subject.miss("evidence_located", f"{path}.evidence", None, evidence.quote, source, kind=kind)


# Without a printed measure word a reader chooses one (三大困境: 个, 3金: 枚), so these are one class here.
_COUNT_LIKE: Final = {UnitClass.COUNT, UnitClass.STRUCTURE, UnitClass.ORGANISATION, UnitClass.ACTIVITY_TIME}
_FOREIGN: Final = Rule.NUMBER_NOT_IN_ARTICLE


class _Kept(NamedTuple):
    """A result of the record with its number."""

    place: int
    result: Result
    quantity: Quantity


def score_numbers(match: GoldMatch) -> Iterator[Observation]:
    """Whether each quantity of the gold is in the record, as the article gives it."""
    article, quantities = match.prediction and match.prediction.article, match.gold.quantities
    stands = [_sentences(each, article) if article else frozenset() for each in quantities]
    found = _match(match, stands)
    for at, wanted in enumerate(quantities):
        own = found.get(at)
        yield match.subject.counted("quantities_found", own is not None, 1)
        if wanted.is_result:
            yield match.subject.counted("results_found", own is not None, 1)
        if own is not None:
            yield from _compare(match, wanted, own, stands[at])
        else:
            figure = "results_found" if wanted.is_result else "quantities_found"
            yield match.subject.miss(figure, "results", _said(wanted), None, wanted.text)


def score_inventions(answer: PredictionMatch) -> Iterator[Observation]:
    """Every number of the record is one of its articles; one of other lines is foreign, one of none invented.

    Shape: what the product reads as a number is counted by its own checks; digits are counted once more without them.
    """
    record = answer.prediction.record
    if record is None:
        return
    mended = _mended(record)
    own = collect_facts(answer.prediction.article, mended)
    told = {number for each in answer.references for wanted in each.gold.quantities for number in _numbers(wanted)}
    parts = [collect_facts(each.article, mended) for each in answer.references] or [own]
    values = frozenset(told.union(*(each.values for each in parts)))
    anywhere = values | own.values
    pages = "\n".join([answer.prediction.article.text, *(each.article.text for each in answer.references), *mended])
    for path, text in _texts(record.case):
        is_english = path.endswith("_en")
        check, count = (check_english, find_english_numerals) if is_english else (check_chinese, find_numerals)
        foreign, invented = (
            [each.message for each in check(text, path, own._replace(values=known)) if each.rule == _FOREIGN]
            for known in (values, anywhere)
        )
        yield from _numbers_at(answer, path, len(count(text)), foreign, set(invented))
        absent, count_of = absent_digits(text, pages)
        yield answer.subject.counted("digits_absent", len(absent), count_of)
        yield from (answer.subject.miss("digits_absent", path, None, digits) for digits in absent)
    for at, result in enumerate(record.case.results):
        if result.quantity:
            numbers = _numbers(result.quantity)
            foreign = [f"{number} is no number of the article." for number in numbers if number not in values]
            invented = [f"{number} is no number of the article." for number in numbers if number not in anywhere]
            yield from _numbers_at(answer, f"results[{at}].quantity", len(numbers), foreign, set(invented))


def _mended(record: Record) -> list[str]:
    """What a person put in the place of misprints: the article's, as if the page printed it."""
    printed = printed_words(record)
    return values_at(as_reply(record.case), printed) if printed else []


def _numbers_at(
    answer: PredictionMatch, path: str, count: int, foreign: Sequence[str], invented: Collection[str]
) -> Iterator[Observation]:
    """The numbers of one place of the record, and what is wrong with them."""
    own, others = [each for each in foreign if each in invented], [each for each in foreign if each not in invented]
    told = (("numbers_invented", own, MissKind.INVENTION), ("numbers_foreign", others, MissKind.WRONG))
    for figure, messages, kind in told:
        yield answer.subject.counted(figure, len(messages), count)
        yield from (answer.subject.miss(figure, path, None, message, kind=kind) for message in messages)


def _texts(case: Case) -> Iterator[tuple[str, str]]:
    """What a record says in words of its own or copies with a number, by path."""
    yield from ((name, getattr(case, name)) for name in PROSE)
    for path, fact in case.facts():
        if isinstance(fact, Statement):
            yield path, fact.text
        elif isinstance(fact, Action | Result):
            yield f"{path}.text", fact.text
        if isinstance(fact, Result) and fact.value_text:
            yield f"{path}.value_text", fact.value_text


def _match(match: GoldMatch, stands: Sequence[frozenset[int]]) -> dict[int, _Kept]:
    """Which result answers for which gold quantity, each for one, the best agreement first."""
    results = match.record.case.results if match.record else ()
    kept = [_Kept(at, result, result.quantity) for at, result in enumerate(results) if result.quantity is not None]
    candidates = []
    for at, wanted in enumerate(match.gold.quantities):
        for own in kept:
            cites, same_unit = bool(stands[at] & set(own.result.evidence.sents)), _same_unit(wanted, own.quantity)
            if _same_number(wanted, own.quantity) and (same_unit or cites):
                same_approx = wanted.approx == (own.quantity.approx is not Approximation.EXACT)
                score = same_unit + 2 * cites + _same_bounds(wanted, own.quantity) + same_approx
                candidates.append((-score, at, own.place, own))
    found: dict[int, _Kept] = {}
    used: set[int] = set()
    for _, at, index, own in sorted(candidates, key=lambda each: each[:3]):
        if at not in found and index not in used:
            found[at] = own
            used.add(index)
    return found


def _compare(match: GoldMatch, wanted: GoldQuantity, own: _Kept, stands: frozenset[int]) -> Iterator[Observation]:
    """What of a found quantity is as gold has it; one that gold gives exactly is not made approximate."""
    quantity, sents = own.quantity, own.result.evidence.sents
    is_exact = quantity.approx is Approximation.EXACT
    tests = [("unit", "quantity.unit", _same_unit(wanted, quantity))]
    if _numbers(wanted):
        tests.append(("value_bounds", "quantity", _same_bounds(wanted, quantity)))
    if wanted.approx:
        tests.append(("approximation_kept", "quantity.approx", not is_exact))
    if stands:
        tests.append(("binding", "evidence.sents", bool(stands & set(sents))))
    unit = f"{quantity.unit}/{quantity.per}" if quantity.per else quantity.unit
    got = f"“{quantity.raw}” = {_bounded(quantity)} {unit} ({quantity.approx.value})"
    place, said = f"results[{own.place}]", _said(wanted)
    cited = f"{got}, sentence {', '.join(map(str, sents))}"
    for figure, field, is_right in tests:
        yield from match.subject.judge(figure, f"{place}.{field}", said, cited, wanted.text, is_right=is_right)
    if not wanted.approx and wanted.value is not None and wanted.min is None and wanted.max is None:
        told, kind = (f"{place}.quantity.approx", said, got, wanted.text), MissKind.INVENTION
        yield from match.subject.judge("approximation_added", *told, is_right=is_exact, kind=kind)


def _same_number(wanted: GoldQuantity, quantity: Quantity) -> bool:
    """The same number; where gold names only bounds, these, or the same words (数万: readers bound it otherwise)."""
    if wanted.value is not None:
        return wanted.value == quantity.value
    bounds = (wanted.min, wanted.max)
    if bounds != (None, None) and wanted.min in {None, quantity.min} and wanted.max in {None, quantity.max}:
        return True
    return quantity.value is None and fold_text(quantity.raw) in fold_text(wanted.text)


def _same_bounds(wanted: GoldQuantity, quantity: Quantity) -> bool:
    """Value and bounds agree."""
    return (wanted.value, wanted.min, wanted.max) == (quantity.value, quantity.min, quantity.max)


def _same_unit(wanted: GoldQuantity, quantity: Quantity) -> bool:
    """The same sort of thing is counted, and reckoned by the same where gold says by what (元/月 is 每人每月 too)."""
    whole = unit_class_of(wanted.unit)
    unit, _, per = (wanted.unit, "", "") if whole else wanted.unit.partition("/")
    wanted_class = whole or unit_class_of(unit) or UnitClass.COUNT
    same_class = wanted_class == quantity.unit_class or {wanted_class, quantity.unit_class} <= _COUNT_LIKE
    reckoned = {part.removeprefix("个") for part in [quantity.per or "", *(quantity.per or "").split("·")]}
    return same_class and (not per or per.removeprefix("个") in reckoned)


def _sentences(wanted: GoldQuantity, article: Article) -> frozenset[int]:
    """The sentences in which the words of a gold quantity stand, wherever they do."""
    words = fold_text(wanted.text)
    found = {each.number for each in article.sentences if words in fold_text(article.text[each.start : each.end])}
    match = None if found else locate(wanted.text, article.text)
    return frozenset(found or ({article.sentence_at(match.start)} if match else set()))


def _numbers(quantity: Quantity | GoldQuantity) -> tuple[Decimal, ...]:
    """Value and bounds, where they are named."""
    named = (quantity.value, quantity.min, quantity.max)
    return tuple(dict.fromkeys(number for number in named if number is not None))


def _said(wanted: GoldQuantity) -> str:
    """A gold quantity for a reader."""
    return f"“{wanted.text}” = {_bounded(wanted)} {wanted.unit}{' (approximate)' if wanted.approx else ''}"


def _bounded(quantity: Quantity | GoldQuantity) -> str:
    """The number with its bounds."""
    low, high = quantity.min, quantity.max
    bounds = f"{'' if low is None else low}..{'' if high is None else high}"
    value = "" if quantity.value is None else f"{quantity.value}"
    return f"{value} [{bounds}]".strip() if bounds != ".." else value
