"""Records as linked data, in JSON-LD: each article a schema.org NewsArticle, each fact a Claim about it.

What bears a claim out is a W3C Web Annotation: the words with what stands before and behind them, their offsets in the
text of the article, and their boxes on the picture of the page. PROV-O says which page, prompt and model a claim is
from, and who reviewed it. The context stands in the file, so that reading it asks nothing of anybody.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from summariser.pages.article import boxes_of
from summariser.schema.case import Actor, Evidence, Fact, Person, Place, Result, Time, fact_words
from summariser.schema.page import Article, Span
from summariser.schema.record import PageManifest, Record

AROUND: Final = 32  # characters before and behind words, which tell them from the same words elsewhere
CONTEXT: Final = {
    "schema": "https://schema.org/",
    "oa": "http://www.w3.org/ns/oa#",
    "prov": "http://www.w3.org/ns/prov#",
    "dcterms": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    **{f"schema:{name}": {"@type": "xsd:decimal"} for name in ("value", "minValue", "maxValue")},
    "schema:datePublished": {"@type": "xsd:date"},
    **{f"oa:{name}": {"@type": "xsd:nonNegativeInteger"} for name in ("start", "end")},
}
JSONLD_MARK: Final = f'{{"@context": {json.dumps(CONTEXT)}'  # how each of our files begins
_FRAGMENTS: Final = "http://www.w3.org/TR/media-frags/"
_CODES: Final = ("kind", "status", "org_type", "level", "role", "theme")

Node = dict[str, Any]
Stood = tuple[Record, Article | None, PageManifest | None]  # a record, and its article and page where they are known


def dump_jsonld(records: Iterable[Stood]) -> bytes:
    """The records as one JSON-LD document, a node of its graph a line.

    Shape: without the article the words before and behind a quotation are left out.
    """
    nodes = {  # records of one page have its node in common
        node["@id"]: json.dumps(_filled(node), ensure_ascii=False) for stood in records for node in _nodes(*stood)
    }
    graph = ",\n".join(nodes.values())
    return f'{JSONLD_MARK},\n"@graph": [\n{graph}\n]}}\n'.encode()


def _nodes(record: Record, article: Article | None, manifest: PageManifest | None) -> Iterator[Node]:
    """The article, its page, how its record came about, and an annotation for each fact."""
    case, origin = record.case, record.provenance
    page = _name("page", record.page_id, origin.page_sha256)
    own = _name("article", record.page_id, origin.page_sha256, record.article_id)
    yield {
        "@id": own,
        "@type": "schema:NewsArticle",
        "schema:identifier": f"{record.page_id}/{record.article_id}",
        "schema:inLanguage": "zh",
        "schema:headline": [_zh(record.headline), _en(case.headline_en)],
        "schema:alternativeHeadline": _zh(record.kicker),
        "schema:author": [{"@type": "schema:Person", "schema:name": name} for name in record.bylines],
        "schema:abstract": [_zh(case.summary), _en(case.summary_en)],
        "schema:keywords": [case.primary_theme.value, *case.secondary_themes, *case.policy_frames],
        "schema:isPartOf": {"@id": page},
    }
    yield _page(page, record, manifest)
    yield from _history(own, page, record)
    for path, fact in case.facts():
        fragment = path.replace("[", "-").rstrip("]")
        yield {
            "@id": f"{own}#{fragment}",
            "@type": "oa:Annotation",
            "oa:motivatedBy": {"@id": "oa:identifying"},
            "oa:hasBody": {"@id": f"{own}#claim-{fragment}", **_claim(fact), "schema:appearance": {"@id": own}},
            "oa:hasTarget": list(_targets(own, page, _evidence(fact, article), article)),
            "prov:wasGeneratedBy": {"@id": f"{own}#reading"},
        }


def _page(page: str, record: Record, manifest: PageManifest | None) -> Node:
    """The page, the issue that it is of, and its picture."""
    source = manifest.page_source if manifest else None
    picture = manifest.picture if manifest else None
    paper = {"@type": "schema:Newspaper", "schema:name": source.newspaper} if source and source.newspaper else None
    issue = {"schema:datePublished": source and source.issue_date, "schema:isPartOf": paper}
    image = {"@id": f"{page}#picture", "@type": "schema:ImageObject"}
    return {
        "@id": page,
        "@type": ["schema:CreativeWork", "prov:Entity"],
        "schema:identifier": [record.page_id, f"sha256:{record.provenance.page_sha256}"],
        "schema:name": record.provenance.source,
        "schema:pagination": source and source.page_no and str(source.page_no),
        "schema:url": source and source.url and {"@id": quote(source.url, safe=":/?#[]@!$&'()*+,;=%~-._")},
        "schema:copyrightNotice": source and source.rights,
        "schema:isPartOf": {"@type": "schema:PublicationIssue", **issue} if any(issue.values()) else None,
        "schema:image": picture
        and {**image, "schema:width": round(picture.width), "schema:height": round(picture.height)},
    }


def _history(own: str, page: str, record: Record) -> Iterator[Node]:
    """How the record came about: what was read with which prompt by whom, and who decided on it."""
    origin, review = record.provenance, record.review
    prompt_hash = f"sha256:{origin.prompt_sha256}"
    prompt = {"@type": "prov:Entity", "schema:name": origin.prompt, "schema:identifier": prompt_hash}
    agents = [
        {"@type": "prov:SoftwareAgent", "schema:name": name}
        for name in (origin.model_answered, f"summariser, checks {origin.checks}")
    ]
    yield {
        "@id": f"{own}#reading",
        "@type": "prov:Activity",
        "prov:used": [{"@id": page}, prompt],
        "prov:wasAssociatedWith": agents,
    }
    yield {
        "@id": f"{own}#record",
        "@type": ["schema:Dataset", "prov:Entity"],
        "schema:identifier": f"sha256:{origin.content_sha256}",
        "schema:creativeWorkStatus": review.state,
        "prov:wasGeneratedBy": {"@id": f"{own}#reading"},
        "prov:wasDerivedFrom": {"@id": page},
        "prov:wasAttributedTo": {"@type": "prov:Person", "schema:name": review.by} if review.by else None,
    }


def _claim(fact: Fact) -> Node:
    """What a fact says, with its codes and what it is about."""
    codes = (getattr(fact, name, None) for name in _CODES)
    return {
        "@type": "schema:Claim",
        "schema:text": _zh(fact_words(fact)),
        "schema:keywords": [code.value for code in codes if code is not None],
        "schema:about": _subject(fact),
        "schema:temporalCoverage": f"{fact.start or '..'}/{fact.end or '..'}"
        if isinstance(fact, Time) and (fact.start or fact.end)
        else None,
        "schema:creativeWorkStatus": "supported" if fact.supported else "unsupported",
    }


def _subject(fact: Fact) -> Node | None:
    """What a fact is about, where schema.org has a type for it."""
    if isinstance(fact, Actor):
        return {"@type": "schema:Organization", "schema:name": fact.name}
    if isinstance(fact, Person):
        return {"@type": "schema:Person", "schema:name": fact.name, "schema:jobTitle": fact.title}
    if isinstance(fact, Place):
        division, name = f"GB/T 2260:{fact.code}" if fact.code else None, fact.full_name or fact_words(fact)
        return {"@type": "schema:Place", "schema:name": name, "schema:identifier": division}
    number = fact.quantity if isinstance(fact, Result) else None
    if number is None:
        return None
    return {
        "@type": "schema:QuantitativeValue",
        "schema:value": _decimal(number.value),
        "schema:minValue": _decimal(number.min),
        "schema:maxValue": _decimal(number.max),
        "schema:unitText": number.unit,
    }


def _evidence(fact: Fact, article: Article | None) -> Evidence | None:
    """Where the page says it; of a time, which keeps no evidence, where its words stand first."""
    if not isinstance(fact, Time):
        return fact.evidence
    start = article.text.find(fact.text) if article else -1
    if article is None or start < 0:
        return None
    span = Span(start, start + len(fact.text))
    boxes = boxes_of(article, span)
    return Evidence(sents=(), quote=fact.text, start=span.start, end=span.end, lines=(), match="exact", boxes=boxes)


def _targets(own: str, page: str, evidence: Evidence | None, article: Article | None) -> Iterator[Node]:
    """Where a fact stands: in the text of the article, and on the picture of the page."""
    selectors = list(_selectors(evidence, article)) if evidence else []
    yield {"@type": "oa:SpecificResource", "oa:hasSource": {"@id": own}, "oa:hasSelector": selectors}
    for left, top, right, bottom in evidence.boxes if evidence else ():
        fragment = {
            "@type": "oa:FragmentSelector",
            "dcterms:conformsTo": {"@id": _FRAGMENTS},
            "rdf:value": f"xywh=pixel:{left},{top},{right - left},{bottom - top}",
        }
        yield {
            "@type": "oa:SpecificResource",
            "oa:hasSource": {"@id": f"{page}#picture"},
            "oa:hasSelector": fragment,
        }


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
        yield {
            "@type": "oa:TextQuoteSelector",
            "oa:exact": words,
            "oa:prefix": text[max(start - AROUND, 0) : start] if is_there else None,
            "oa:suffix": text[end : end + AROUND] if is_there else None,
        }
        yield {"@type": "oa:TextPositionSelector", "oa:start": start, "oa:end": end}


def _filled(node: Node) -> Node:
    """The node without what is null or empty."""
    kept = {key: _filled(value) if isinstance(value, dict) else value for key, value in node.items()}
    lists = {
        key: [_filled(item) if isinstance(item, dict) else item for item in value if item is not None]
        for key, value in kept.items()
        if isinstance(value, list)
    }
    return {key: value for key, value in (kept | lists).items() if value not in (None, "", [], {})}


def _name(*parts: str) -> str:
    """A name for ever and everywhere of what these parts tell apart."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, json.dumps(parts))}"


def _zh(text: str | None) -> Node | None:
    return {"@value": text, "@language": "zh"} if text else None


def _en(text: str) -> Node | None:
    return {"@value": text, "@language": "en"} if text else None


def _decimal(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
