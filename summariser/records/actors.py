"""Who an article is about: organisations, firms and people, each by a name that stands in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from summariser.pages.article import read_byline
from summariser.places.organisation import is_union, level_of, seat_of
from summariser.records.evidence import ArticleCheck, Checked, Found, cited_spans, format_numbers, graded, with_added
from summariser.records.results import read_number
from summariser.schema.case import Actor, Employer, Person, Place, Rule, SpanOf
from summariser.schema.case_reply import ReplyActor, ReplyEmployer, ReplyPerson
from summariser.schema.codes import LEVEL_RANK, OWNERSHIP_WORDS, Ownership, Support, SupportFrom
from summariser.schema.page import Span
from summariser.text import find_all, fold

_EMPLOYER_FIELDS: Final[tuple[tuple[SpanOf, str, bool], ...]] = (  # as in results.py: the number must stand as cited
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
    fact = Actor(
        name=name,
        full_name=seat.full_name if seat else None,
        org_type=actor.org_type,
        level=level or actor.level,
        rank=LEVEL_RANK[level or actor.level],
        level_from="name" if level else "model",
        code=seat.code if seat else None,
        role=actor.role,
        evidence=check.evidence(actor.sents, found),
        support=graded(Support.WORDS, found.findings),
        support_by=SupportFrom.CODE,
    )
    return Checked(fact, found.findings)


def check_employer(employer: ReplyEmployer, path: str, check: ArticleCheck) -> Checked[Employer]:
    """A firm: its name, its business and the words for its size and its ownership must stand in the article."""
    name = _joined(employer.name)
    found = check.find(name, employer.sents, f"{path}.name")
    details: dict[SpanOf, Found] = {
        of: check.find(words, employer.sents, f"{path}.{field}", strict=is_strict)
        for of, field, is_strict in _EMPLOYER_FIELDS
        if (words := getattr(employer, field)) is not None
    }
    if employer.ownership is not None:
        details["ownership"] = _find_ownership(employer.ownership, employer.sents, f"{path}.ownership", check)
    size = read_number(employer.size_text, details.get("size"), f"{path}.size_text", check)
    mentions = (found, *details.values())
    findings = [*(finding for each in mentions for finding in each.findings), *size.findings]
    spans = [(of, each.span) for of, each in details.items() if each.span]
    fact = Employer(
        name=name,
        industry=employer.industry,
        ownership=employer.ownership,
        size_text=employer.size_text,
        size=size.fact,
        evidence=check.evidence(employer.sents, with_added(found, details.values()), spans=spans),
        support=graded(Support.WORDS, findings),
        support_by=SupportFrom.CODE,
    )
    return Checked(fact, tuple(findings))


def _find_ownership(ownership: Ownership, sents: Sequence[int], path: str, check: ArticleCheck) -> Found:
    """The words of a cited sentence that say whose a firm is; a name is no reason to guess it."""
    words = OWNERSHIP_WORDS[ownership]
    for sentence in cited_spans(check.article, sents):
        folded = fold(check.article.text[slice(*sentence)])
        for word in words:
            for at in find_all(word, folded.text):
                start, end = folded.to_original(at, at + len(word))
                return Found(Span(sentence.start + start, sentence.start + end), "exact", (), ())
    message = f"Sentence {format_numbers(sents)} prints none of {'、'.join(words)}; cite the one that does, or null."
    return Found(None, "failed", (), (Rule.OWNERSHIP_NOT_PRINTED.at(path, message),))


def check_person(person: ReplyPerson, path: str, check: ArticleCheck) -> Checked[Person]:
    """A person: name and title must stand in the article, and reporters are not people of the article."""
    name = _joined(person.name)
    found = _find_name(name, person.sents, f"{path}.name", check)
    titles = _find_title(person, f"{path}.title", check)
    findings = [*found.findings, *(finding for each in titles for finding in each.findings)]
    if name in read_byline(check.article.text):
        message = f"“{name}” is named in the byline; reporters and photographers are left out."
        findings.append(Rule.PERSON_IS_REPORTER.at(f"{path}.name", message))
    spans: list[tuple[SpanOf, Span]] = [("title", each.span) for each in titles if each.span]
    fact = Person(
        name=name,
        title=person.title,
        kind=person.kind,
        evidence=check.evidence(person.sents, with_added(found, titles), spans=spans),
        support=graded(Support.WORDS, findings),
        support_by=SupportFrom.CODE,
    )
    return Checked(fact, tuple(findings))


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
