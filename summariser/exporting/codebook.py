"""The codebook as SKOS, in JSON-LD: a scheme for each code list, a concept for each code, links to other vocabularies.

The names of schemes and concepts stay the same in all versions. Codes that ended are deprecated and name what took
their place. A code of a vocabulary that gives its codes no names is a concept without a name, known by its notation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from summariser.schema.codes import CODE_LISTS, CODEBOOK, CodedEnum, codes_in_force, codes_that_ended
from summariser.tables import read_table

SKOS_MARK: Final = '{"@context": {"id": "@id", "type": "@type", "skos": '  # how each of our files begins
_NAME: Final = "urn:uuid:5f0c6b1e-6d3a-4d0b-9a53-3b1f7f0a8c42"  # of the codebook, for ever
_SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
_CONTEXT: Final = {
    "id": "@id",
    "type": "@type",
    "skos": _SKOS,
    "owl": "http://www.w3.org/2002/07/owl#",
    "dcterms": "http://purl.org/dc/terms/",
    **{name: f"skos:{name}" for name in ("Concept", "ConceptScheme", "notation")},
    **{
        name: {"@id": f"skos:{name}", "@container": "@language"}
        for name in ("prefLabel", "definition", "scopeNote", "example")
    },
    **{
        name: {"@id": f"skos:{name}", "@type": "@id"}
        for name in ("inScheme", "related", "exactMatch", "closeMatch", "broadMatch")
    },
    "versionInfo": "owl:versionInfo",
    "deprecated": "owl:deprecated",
    "isReplacedBy": {"@id": "dcterms:isReplacedBy", "@type": "@id"},
}
_MATCHES: Final = {"exact": "exactMatch", "close": "closeMatch", "broad": "broadMatch"}
_UNDER: Final = {"Theme": "Function", "Level": "Rank"}

Node = dict[str, Any]


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
    graph = ",\n".join(json.dumps(node, ensure_ascii=False) for codes in CODE_LISTS for node in _nodes(codes))
    return f'{{"@context": {json.dumps(_CONTEXT)},\n"@graph": [\n{graph}\n]}}\n'.encode()


def _nodes(codes: type[CodedEnum]) -> Iterator[Node]:
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
