"""Records as linked data: a processor of JSON-LD reads all of it, and every fact leads to its words and their place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from making import LINES, make_scan, put_parts, put_record

from summariser.disk.stored import PageFolder, load_manifest, load_records
from summariser.exporting.export import export_files
from summariser.exporting.formats import AROUND, context, dump_jsonld
from summariser.schema.case import Time
from summariser.schema.page import Article, PageSource
from summariser.schema.record import Record

OA, SCHEMA, PROV = (context()[name] for name in ("oa", "schema", "prov"))
VOCABULARIES = tuple(context()[name] for name in ("oa", "schema", "prov", "dcterms", "rdf", "xsd"))


def export(folder: Path, out: Path) -> list[dict[str, Any]]:
    """The graph of the records in a folder, as it stands in the file."""
    export_files([folder], out, to="jsonld", force=True)
    return json.loads(out.read_text(encoding="utf-8"))["@graph"]


@pytest.fixture
def scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Record, list[dict[str, Any]]]:
    """The record of a scan, and the graph of its export."""
    record = put_record(make_scan(tmp_path), tmp_path / "summaries")
    return record, export(tmp_path / "summaries", tmp_path / "out.jsonld")


def annotations(graph: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The annotations of a graph, by the path of their fact."""
    return {node["id"].partition("#")[2]: node for node in graph if node["type"] == "Annotation"}


def test_processor_reads_every_node_without_the_network(tmp_path: Path) -> None:
    """Expanded by a processor that may fetch nothing, no name is left relative and no property is dropped."""
    jsonld = pytest.importorskip("pyld.jsonld", reason="pyld is not installed: pip install pyld")
    graph = export(ROOT / "summaries" / "page-002", tmp_path / "out.jsonld")

    def refuse(address: str, _options: object) -> None:
        raise AssertionError(f"{address} was asked for")

    document = json.loads((tmp_path / "out.jsonld").read_text(encoding="utf-8"))
    expanded = jsonld.expand(document, {"documentLoader": refuse})
    triples = jsonld.to_rdf(document, {"documentLoader": refuse})["@default"]

    assert len(expanded) == len(graph)
    assert [len(node) for node in expanded] == [len(node) for node in graph]
    named = {value["value"] for triple in triples for value in triple.values() if value["type"] == "IRI"}
    assert all(name.startswith(("urn:uuid:", "http://www.w3.org/TR/media-frags/", *VOCABULARIES)) for name in named)
    assert {f"{OA}exact", f"{SCHEMA}text", f"{PROV}used"} <= {triple["predicate"]["value"] for triple in triples}


def terms_of(value: object) -> set[str]:
    """The keys and the types in a document, however deep."""
    if isinstance(value, list):
        return set().union(*map(terms_of, value))
    if not isinstance(value, dict):
        return set()
    types = value.get("type", [])
    return {*value, *([types] if isinstance(types, str) else types)}.union(*map(terms_of, value.values()))


def test_every_term_is_in_the_context(scan: tuple[Record, list[dict[str, Any]]], tmp_path: Path) -> None:
    """Nothing is said in a term that a processor would drop, and the context has no term that nothing uses."""
    record = scan[0].model_copy(update={"review": scan[0].review.model_copy(update={"by": "王梅"})})
    source = PageSource(newspaper="云汀日报", issue_date="2025-11-14", page_no=2, url="https://a.cn/x", rights="报社")
    manifest = load_manifest(tmp_path / "summaries" / "scan.page.json").model_copy(update={"page_source": source})
    told = json.loads(dump_jsonld([(record, None, manifest)]))["@graph"]

    used = terms_of([*export(ROOT / "summaries", tmp_path / "seeds.jsonld"), *scan[1], *told])

    assert used - context().keys() == {"zh", "en", "prov:Person"}
    assert context().keys() - used == {"schema", "oa", "prov", "dcterms", "rdf", "xsd", "identifying"}


def test_every_fact_of_the_seeds_is_an_annotation(tmp_path: Path) -> None:
    """Each fact has an annotation, whose quoted words stand in the article between their prefix and suffix."""
    graph = export(ROOT / "summaries", tmp_path / "out.jsonld")
    records = load_records(ROOT / "summaries")

    quoted = [node for node in graph if node["type"] == "Annotation"]

    assert len(quoted) == sum(len(record.case.facts()) for record in records)
    texts = [
        article.text
        for record in records
        if isinstance(article := PageFolder(ROOT / "summaries" / record.page_id).article(record), Article)
    ]
    everything = "\0".join(texts)
    for node in quoted:
        words, *_ = node["target"][0]["selector"]
        around = words.get("prefix", "") + words["exact"] + words.get("suffix", "")
        assert around in everything, node["id"]
        assert len(around) <= len(words["exact"]) + 2 * AROUND


def test_words_lead_to_their_offsets_and_their_place(scan: tuple[Record, list[dict[str, Any]]]) -> None:
    """A result is found by its words, by its offsets in the article, and on the picture of the page."""
    record, graph = scan
    evidence = record.case.results[0].evidence

    text, picture = annotations(graph)["results-0"]["target"]

    quote, position = text["selector"]
    assert (quote["prefix"] + quote["exact"]).endswith("夜校开设3门课程，近200名职工参加")
    assert quote["suffix"].startswith("，服务5000余人次")
    assert (position["start"], position["end"]) == (evidence.start, evidence.end)
    assert picture["selector"]["value"] == "xywh=pixel:197,80,166,30"
    assert picture["selector"]["conformsTo"] == "http://www.w3.org/TR/media-frags/"


def test_every_fact_of_a_scan_has_its_place(scan: tuple[Record, list[dict[str, Any]]]) -> None:
    """All facts lead to the picture, the time too, whose evidence is looked up again."""
    record, graph = scan

    found = annotations(graph)

    assert len(found) == len(record.case.facts())
    assert any(isinstance(fact, Time) for _, fact in record.case.facts())
    assert all(len(node["target"]) > 1 for node in found.values())
    (page,) = [node for node in graph if "image" in node]
    assert (page["image"]["width"], page["image"]["height"]) == (1000, 800)


def test_claim_says_what_it_is_about(scan: tuple[Record, list[dict[str, Any]]]) -> None:
    """A claim has the words and codes of its fact, and what it is about by its type of schema.org."""
    _, graph = scan

    claims = {path: node["body"] for path, node in annotations(graph).items()}

    assert claims["results-0"]["type"] == "Claim"
    assert claims["results-0"]["keywords"] == ["participants", "achieved"]
    assert claims["results-0"]["about"] == {
        "type": "QuantitativeValue",
        "number": "200",
        "maxValue": "200",
        "unitText": "名",
    }
    assert claims["actors-0"]["about"] == {"type": "Organization", "name": "临河区总工会"}
    assert claims["people-0"]["about"]["jobTitle"] == "焊工"
    assert claims["place"]["about"]["identifier"].startswith("GB/T 2260:")


def test_history_names_page_prompt_model_and_reviewer(tmp_path: Path) -> None:
    """A record was made by a reading of its page with a prompt and a model, and is put down to who reviewed it."""
    record = load_records(ROOT / "summaries" / "page-002")[0]
    review = record.review.model_copy(update={"state": "accepted", "by": "王梅"})

    graph = json.loads(dump_jsonld([(record.model_copy(update={"review": review}), None, None)]))["@graph"]

    (reading,) = [node for node in graph if node["type"] == "Activity"]
    (kept,) = [node for node in graph if node["id"].endswith("#record")]
    assert reading["used"][1]["name"] == record.provenance.prompt
    assert reading["wasAssociatedWith"][0]["name"] == record.provenance.model_answered
    assert kept["wasGeneratedBy"] == reading["id"]
    assert kept["wasAttributedTo"] == {"type": ["Person", "prov:Person"], "name": "王梅"}


def test_words_stand_alone_where_the_page_is_gone(tmp_path: Path) -> None:
    """Without its page a record is exported all the same, quotations without what stands around them."""
    record = put_record(make_scan(tmp_path), tmp_path / "summaries")
    (tmp_path / "scan.png").unlink()

    found = annotations(export(tmp_path / "summaries", tmp_path / "out.jsonld"))

    words, position = found["results-0"]["target"][0]["selector"]
    assert words == {"type": "TextQuoteSelector", "exact": record.case.results[0].evidence.quote}
    assert position["start"] == record.case.results[0].evidence.start
    assert len(LINES) > 0


def test_words_of_the_second_page_are_framed_on_its_picture(tmp_path: Path) -> None:
    """Of an article on two pages a fact is framed on the page where its words stand."""
    record = put_parts(tmp_path, tmp_path / "summaries")
    graph = export(tmp_path / "summaries", tmp_path / "out.jsonld")

    first, second = next(node["isPartOf"] for node in graph if node["type"] == "NewsArticle")
    targets = annotations(graph)["results-0"]["target"]
    assert record.continuation is not None
    assert [target["source"] for target in targets[1:]] == [f"{second}#picture"]
    assert first != second
