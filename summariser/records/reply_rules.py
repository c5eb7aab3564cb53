"""What is wrong with a reply as a whole: citations that lead nowhere, prose, and codes that contradict each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from summariser.places.organisation import is_union
from summariser.records.evidence import ArticleCheck, format_numbers
from summariser.records.prose import check_chinese, check_english
from summariser.schema.case import Finding, Rule
from summariser.schema.case_reply import REPLY_LISTS, CaseReply
from summariser.schema.codes import ActorRole, Decision, Theme
from summariser.schema.exchange import spell_path
from summariser.schema.page import Article
from summariser.text import fold

_LIMITS: Final = {
    **{"actors": 12, "employers": 4, "people": 12, "devices": 6, "relations": 4, "actions": 8},
    "secondary_themes": 2,
}
_UNION_WORDS: Final = re.compile(r"工会|[省市州县区旗]总|全总|兵团总")
# From the beginning of a run of digits only: tried at each digit, a long run would cost the square of its length.
_ODD_NUMBER: Final = re.compile(r"(?<![\d.,])[.,]*(\d[\d.,]*+\s*[名个家户位]\s*[万亿])")


def broken_citations(reply: CaseReply, article: Article) -> Iterator[Finding]:
    """Citations that lead nowhere: sentences that do not exist, facts that cite none, totals that are no result."""
    last = len(article.sentences)
    for path, sents, needed in _citations(reply):
        wrong = [number for number in sents if not 1 <= number <= last]
        if wrong:
            message = f"There is no sentence {format_numbers(wrong[:10])}; the article has 1 to {last}."
            yield Rule.SENTENCE_UNKNOWN.at(path, message)
        if needed and not sents:
            yield Rule.SENTENCE_MISSING.at(path, "Cite at least one sentence number here.")
    yield from _broken_totals([result.part_of for result in reply.results])


def _broken_totals(totals: Sequence[int | None]) -> Iterator[Finding]:
    """Totals that are no other result, and results that are parts of each other."""
    circles = find_circles(totals)
    for index, total in enumerate(totals):
        path = f"results[{index}].part_of"
        if total is not None and (total == index or not 0 <= total < len(totals)):
            message = f"{total} is no other result; results are counted from 0 to {len(totals) - 1}."
            yield Rule.TOTAL_UNKNOWN.at(path, message)
        elif index in circles:
            message = f"By way of results[{total}] this result is a part of itself; only the total has no part_of."
            yield Rule.TOTAL_CIRCULAR.at(path, message)


def find_circles(totals: Sequence[int | None]) -> set[int]:
    """The places of results that are parts of themselves, by the place of the total of each."""
    found, seen = set[int](), set[int]()
    for first in range(len(totals)):
        way: dict[int, int] = {}  # places met from here on, in order
        at: int | None = first
        while at is not None and 0 <= at < len(totals) and at not in seen:
            seen.add(at)
            way[at] = len(way)
            at = totals[at]
        if at in way:
            found |= {place for place, step in way.items() if step >= way[at]}
    return found


def _citations(reply: CaseReply) -> Iterator[tuple[str, Sequence[int], bool]]:
    """Every list of sentence numbers, with its path and whether it must name one."""
    for name in REPLY_LISTS:
        for index, fact in enumerate(getattr(reply, name)):
            yield spell_path((name, index, "sents")), fact.sents, True
    if reply.place:
        yield "place.sents", reply.place.sents, any((reply.place.province, reply.place.city, reply.place.county))
    if reply.time:
        yield "time.sents", reply.time.sents, True
    yield "problem_sents", reply.problem_sents, reply.problem is not None
    yield "lesson_sents", reply.lesson_sents, reply.lesson is not None
    yield "theme_sents", reply.theme_sents, reply.decision is Decision.UNION_CASE
    yield "status_sents", reply.status_sents, False


def check_whole(reply: CaseReply, check: ArticleCheck) -> Iterator[Finding]:
    """What is wrong with the prose and the codes of a reply, and looks misread in its page."""
    yield from _check_prose(reply, check)
    yield from _check_codes(reply, check.article)
    yield from _odd(check.article)


def _check_prose(reply: CaseReply, check: ArticleCheck) -> Iterator[Finding]:
    """The sentences that a person reads first."""
    for path in ("one_line", "summary"):
        yield from check_chinese(getattr(reply, path), path, check.facts)
    for path in ("headline_en", "summary_en"):
        yield from check_english(getattr(reply, path), path, check.facts)
    length = len(re.sub(r"\s", "", reply.summary))
    if not 60 <= length <= 180:
        yield Rule.LENGTH.at("summary", f"The summary has {length} characters; 80 to 150 are asked for.")
    words = len(reply.summary_en.split())
    if not 30 <= words <= 110:
        yield Rule.LENGTH.at("summary_en", f"The summary has {words} words; 40 to 90 are asked for.")


def _check_codes(reply: CaseReply, article: Article) -> Iterator[Finding]:
    """Codes that contradict each other or the text."""
    if reply.decision is Decision.UNION_CASE:
        leads = sum(actor.role is ActorRole.LEAD for actor in reply.actors)
        if leads != 1:
            yield Rule.LEAD_COUNT.at("actors", f"A union case has one actor with the role lead; here are {leads}.")
        named = _UNION_WORDS.search(fold(article.text).text) or any(is_union(actor.name) for actor in reply.actors)
        if not named:
            yield Rule.NO_UNION_NAMED.at("decision", "The article names no union; union_case needs one.")
    if reply.primary_theme in reply.secondary_themes or len(set(reply.secondary_themes)) < len(reply.secondary_themes):
        yield Rule.THEME_REPEATED.at("secondary_themes", "Name each theme once.")
    for name, limit in _LIMITS.items():
        if (count := len(getattr(reply, name))) > limit:
            yield Rule.TOO_MANY.at(name, f"{count} entries; at most {limit} are asked for.")
    if reply.more:
        message = f"The article has more results than the {len(reply.results)} that were given."
        yield Rule.LIST_FULL.at("results", message)
    if reply.decision is Decision.UNION_CASE and reply.primary_theme is Theme.OTHER:
        yield Rule.THEME_OTHER.at("primary_theme", "No theme of the list fits; a reviewer has to say what this is.")


def _odd(article: Article) -> Iterator[Finding]:
    """Numbers of the page itself that look misread; reported, never mended."""
    for match in _ODD_NUMBER.finditer(article.text):
        line = article.position(match.start(1)).line
        yield Rule.NUMBER_LOOKS_MISREAD.at("$", f"Line {line} prints “{match[1]}”; a character may be out of place.")
