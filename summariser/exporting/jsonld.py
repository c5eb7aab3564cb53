"""Records and the codebook as linked data, in JSON-LD.

Each article is a schema.org NewsArticle, each fact a Claim about it. What bears a claim out is a W3C Web Annotation:
the words with what stands before and behind them, their offsets in the text of the article, and their boxes on the
picture of the page. PROV-O says which page, prompt and model a claim is from, and who reviewed it. The context stands
in the file, so that reading it asks nothing of anybody.

The codebook is SKOS: a scheme for each code list, a concept for each code, links to other vocabularies. The names of
schemes and concepts stay the same in all versions. Codes that ended are deprecated and name what took their place. A
code of a vocabulary that gives its codes no names is a concept without a name, known by its notation.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Final, Literal, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from summariser.numbers.numerals import ucum_of
from summariser.schema.case import Actor, Evidence, Fact, Person, Place, Result, Time, fact_words
from summariser.schema.codes import CODE_LISTS, CODEBOOK, CodedEnum, codes_in_force, codes_that_ended
from summariser.schema.page import Article, PixelBox
from summariser.schema.record import PageManifest, Record
from summariser.tables import read_table

AROUND: Final = 32  # characters before and behind words, which tell them from the same words elsewhere
JSONLD_MARK: Final = '{"@context": {"id": "@id", "type": "@type", "NewsArticle": '  # how each of our files begins
_FRAGMENTS: Final = "http://www.w3.org/TR/media-frags/"
_CODES: Final = ("kind", "status", "org_type", "level", "role", "theme")

Node = dict[str, Any]
RecordInContext = tuple[
    Record, Article | None, PageManifest | None
]  # a record, and its article and page where they are known


@cache
def context(document: Literal["records", "codes"] = "records") -> dict[str, Any]:
    """What the terms of a document stand for."""
    rows = [tuple(row.values()) for row in read_table("linked_data")]
    how = {reading: {"@container" if reading == "@language" else "@type": reading} for *_, reading in rows}
    own = (terms for of, *terms in rows if of == document)
    return {term: {"@id": iri, **how[reading]} if reading else iri for term, iri, reading in own}


def dump_jsonld(records: Iterable[RecordInContext]) -> bytes:
    """The records as one JSON-LD document, a node of its graph a line.

    Shape: without the article the words before and behind a quotation are left out.
    """
    nodes = {  # records of one page have its node in common
        node["id"]: json.dumps(node, ensure_ascii=False) for stood in records for node in _nodes(*stood)
    }
    graph = ",\n".join(nodes.values())
    return f'{{"@context": {json.dumps(context())},\n"@graph": [\n{graph}\n]}}\n'.encode()


def _nodes(record: Record, article: Article | None, manifest: PageManifest | None) -> Iterator[Node]:
    """The article, its page, how its record came about, and an annotation for each fact."""
    case, sha256 = record.case, record.provenance.page_sha256
    page, onward = _name("page", record.page_id, sha256), record.continuation
    pages = [page, *([_name("page", onward.page_id, onward.page_sha256)] if onward else [])]
    own = _name("article", record.page_id, sha256, record.article_id)
    yield _node(
        "NewsArticle",
        own,
        identifier=f"{record.page_id}/{record.article_id}",
        inLanguage="zh",
        headline={"zh": record.headline, "en": case.headline_en},
        alternativeHeadline=record.kicker,
        author=[_node("Person", name=name) for name in record.bylines],
        abstract={"zh": case.summary, "en": case.summary_en},
        keywords=[case.primary_theme.value, *case.secondary_themes, *case.policy_frames],
        isPartOf=pages if onward else page,
    )
    yield _page(page, record, manifest)
    yield from _history(own, page, record)
    for path, fact in case.facts():
        fragment = path.replace("[", "-").rstrip("]")
        claim = _claim(fact, f"{own}#claim-{fragment}", own)
        targets = list(_targets(own, pages, fact.evidence, article))
        made = {"target": targets, "wasGeneratedBy": f"{own}#reading"}
        yield _node("Annotation", f"{own}#{fragment}", motivation="identifying", body=claim, **made)


def _page(page: str, record: Record, manifest: PageManifest | None) -> Node:
    """The page, the issue that it is of, and its picture."""
    node = _node(["CreativeWork", "Entity"], page, name=record.provenance.source)
    node["identifier"] = [record.page_id, f"sha256:{record.provenance.page_sha256}"]
    if manifest and (source := manifest.page_source):
        paper = _node("Newspaper", name=source.newspaper) if source.newspaper else None
        issue = _node("PublicationIssue", datePublished=source.issue_date, isPartOf=paper)
        number = source.page_no and str(source.page_no)
        node |= _node(node["type"], isPartOf=issue, pagination=number, url=source.url, copyrightNotice=source.rights)
    if manifest and (picture := manifest.picture):
        size = {"width": round(picture.width), "height": round(picture.height)}
        node["image"] = _node("ImageObject", f"{page}#picture", name=picture.image, **size)
    return node


def _history(own: str, page: str, record: Record) -> Iterator[Node]:
    """How the record came about: what was read with which prompt by whom, and who decided on it."""
    origin, review = record.provenance, record.review
    prompt = _node("Entity", name=origin.prompt, identifier=f"sha256:{origin.prompt_sha256}")
    agents = [
        _node("SoftwareAgent", name=name) for name in (origin.model_answered, f"summariser, checks {origin.checks}")
    ]
    yield _node("Activity", f"{own}#reading", used=[page, prompt], wasAssociatedWith=agents)
    yield _node(
        ["Dataset", "Entity"],
        f"{own}#record",
        identifier=f"sha256:{origin.content_sha256}",
        creativeWorkStatus=review.state,
        wasGeneratedBy=f"{own}#reading",
        wasDerivedFrom=page,
        wasAttributedTo=_node(["Person", "prov:Person"], name=review.by) if review.by else None,
    )


def _claim(fact: Fact, named: str, article: str) -> Node:
    """What a fact says, with its codes and what it is about."""
    codes = (getattr(fact, name, None) for name in _CODES)
    dates = (fact.start, fact.end) if isinstance(fact, Time) else ()
    return _node(
        "Claim",
        named,
        text={"zh": fact_words(fact)},
        keywords=[code.value for code in codes if code is not None],
        about=_subject(fact),
        temporalCoverage="/".join(date or ".." for date in dates) if any(dates) else None,
        creativeWorkStatus="supported" if fact.supported else "unsupported",
        appearance=article,
    )


def _subject(fact: Fact) -> Node | None:
    """What a fact is about, where schema.org has a type for it."""
    if isinstance(fact, Actor):
        return _node("Organization", name=fact.name)
    if isinstance(fact, Person):
        return _node("Person", name=fact.name, jobTitle=fact.title)
    if isinstance(fact, Place):
        division = f"GB/T 2260:{fact.code}" if fact.code else None
        return _node("Place", name=fact.full_name or fact_words(fact), identifier=division)
    if isinstance(fact, Result) and (found := fact.quantity):
        numbers = {"number": found.value, "minValue": found.min, "maxValue": found.max}
        spelled = {name: f"{value:f}" for name, value in numbers.items() if value is not None}
        code = ucum_of(found.unit)
        return _node("QuantitativeValue", **spelled, unitText=found.unit, unitCode=code and f"UCUM:{code}")
    return None


def _targets(own: str, pages: Sequence[str], evidence: Evidence, article: Article | None) -> Iterator[Node]:
    """Where a fact stands: in the text of the article, and on the picture of its page, or of both."""
    yield _node("SpecificResource", source=own, selector=list(_selectors(evidence, article)))
    yield from _framed(pages[0], evidence.boxes)
    if evidence.continuation:
        yield from _framed(pages[-1], evidence.continuation.boxes)


def _framed(page: str, boxes: Iterable[PixelBox]) -> Iterator[Node]:
    """Boxes on the picture of a page."""
    for left, top, right, bottom in boxes:
        value = f"xywh=pixel:{left},{top},{right - left},{bottom - top}"
        selector = _node("FragmentSelector", conformsTo=_FRAGMENTS, value=value)
        yield _node("SpecificResource", source=f"{page}#picture", selector=selector)


def _selectors(evidence: Evidence, article: Article | None) -> Iterator[Node]:
    """The quoted words, else the cited sentences, by themselves and by their offsets."""
    text = article.text if article else ""
    spans = [(evidence.start, evidence.end)] if evidence.start is not None and evidence.end is not None else []
    if article and not spans:
        cited = (article.sentences[number - 1] for number in evidence.sents if 1 <= number <= len(article.sentences))
        spans = [(sentence.start, sentence.end) for sentence in cited]
    for start, end in spans:
        words = evidence.quote if evidence.start is not None else text[start:end]
        is_there = text[start:end] == words
        around = {"prefix": text[max(start - AROUND, 0) : start], "suffix": text[end : end + AROUND]}
        yield _node("TextQuoteSelector", exact=words, **(around if is_there else {}))
        yield _node("TextPositionSelector", start=start, end=end)


def _node(kind: str | list[str], named: str | None = None, **properties: object) -> Node:
    """A node without the properties that are null or empty."""
    node = {"id": named, "type": kind, **properties}
    return {name: value for name, value in node.items() if value not in (None, "", [], {})}


def _name(*parts: str) -> str:
    """A name for ever and everywhere of what these parts tell apart."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, json.dumps(parts))}"


SKOS_MARK: Final = '{"@context": {"id": "@id", "type": "@type", "skos": '  # how each of our files begins
_NAME: Final = "urn:uuid:5f0c6b1e-6d3a-4d0b-9a53-3b1f7f0a8c42"  # of the codebook, for ever
_MATCHES: Final = {"exact": "exactMatch", "close": "closeMatch", "broad": "broadMatch"}
_UNDER: Final = {"Theme": "Function", "Level": "Rank"}


class Link(NamedTuple):
    """A code of another vocabulary: how near it is (a property of SKOS), its scheme, its notation, its name if any."""

    match: str
    vocabulary: str
    scheme: str | None
    notation: str
    name: str | None


def links_of(row: dict[str, str]) -> tuple[Link, ...]:
    """The links of a row of `codes.csv`: `broad gbt4754 9511; close isco08 2`."""
    known = {vocabulary["key"]: vocabulary for vocabulary in read_table("vocabularies")}
    links = (link.split() for link in row["link"].split(";") if link)
    return tuple(
        Link(
            _MATCHES[match],
            known[key]["name"],
            known[key]["iri"] or None,
            notation,
            known[key]["concept"] + notation if known[key]["concept"] else None,
        )
        for match, key, notation in links
    )


def dump_skos() -> bytes:
    """The codebook in force as one JSON-LD document, a node of its graph a line.

    Shape: labels, definitions (what is in) and scope notes (what has another code) in `zh` and `en`, examples in `zh`.
    """
    graph = ",\n".join(json.dumps(node, ensure_ascii=False) for codes in CODE_LISTS for node in _code_nodes(codes))
    return f'{{"@context": {json.dumps(context("codes"))},\n"@graph": [\n{graph}\n]}}\n'.encode()


def _code_nodes(codes: type[CodedEnum]) -> Iterator[Node]:
    """The scheme of a list, then its concepts, those that ended last."""
    name = codes.__name__
    about = (codes.__doc__ or "").strip().splitlines()[0]
    yield {
        "id": f"{_NAME}#{name}",
        "type": "ConceptScheme",
        "notation": name,
        "definition": {"en": about},
        "versionInfo": str(CODEBOOK),
    }
    for row in codes_in_force(name):
        yield _concept(row) | _outward(row)
    for row in codes_that_ended(name):
        yield _concept(row) | {"deprecated": True, "isReplacedBy": _concept_name(name, row["became"])}


def _concept(row: dict[str, str]) -> Node:
    """What a code is called, and what is in and out."""
    node = {
        "id": _concept_name(row["list"], row["code"]),
        "type": "Concept",
        "notation": row["code"],
        "inScheme": f"{_NAME}#{row['list']}",
        "prefLabel": {language: row[language] for language in ("zh", "en")},
    }
    texts = {
        "definition": {"zh": row["include_zh"], "en": row["include_en"]},
        "scopeNote": {"zh": row["exclude_zh"], "en": row["exclude_en"]},
        "example": {"zh": row["example"]},
    }
    return node | {term: said for term, said in texts.items() if all(said.values())}


def _outward(row: dict[str, str]) -> Node:
    """What a code is related to in our lists and in others."""
    node: Node = {}
    if row["under"]:
        node["related"] = _concept_name(_UNDER[row["list"]], row["under"])
    for link in links_of(row):
        scheme = {"type": "ConceptScheme", "prefLabel": {"en": link.vocabulary}}
        outer = {"type": "Concept", "notation": link.notation, "inScheme": scheme}
        if link.scheme:
            scheme["id"] = link.scheme
        if link.name:
            outer["id"] = link.name
        node.setdefault(link.match, []).append(outer)
    return node


def _concept_name(codes: str, code: str) -> str:
    """The name of a code in all versions."""
    return f"{_NAME}#{codes}.{code}"
