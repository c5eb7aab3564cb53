"""The codebook: every code said in two languages, and read as SKOS by a processor of JSON-LD."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from summariser.cli import cli
from summariser.errors import StoreError
from summariser.exporting.export import export_codebook
from summariser.exporting.formats import dump_skos, links_of
from summariser.numbers.numerals import ucum_of, unit_class_of
from summariser.schema.case import UnitClass
from summariser.schema.codes import CODE_LISTS, CODEBOOK, LEVEL_RANK, THEME_FUNCTION, codes_that_ended
from summariser.tables import read_table

SKOS = "http://www.w3.org/2004/02/skos/core#"


@pytest.fixture(scope="module")
def graph() -> dict[str, dict[str, Any]]:
    """The nodes of the export by their names."""
    return {node["id"]: node for node in json.loads(dump_skos())["@graph"]}


def test_processor_reads_the_codebook_as_skos() -> None:
    """Each code is a concept in the scheme of its list, with one label a language; nothing is fetched or dropped."""
    jsonld = pytest.importorskip("pyld.jsonld", reason="pyld is not installed: pip install pyld")

    def refuse(address: str, _options: object) -> None:
        raise AssertionError(f"{address} was asked for")

    document = json.loads(dump_skos())
    triples = jsonld.to_rdf(document, {"documentLoader": refuse})["@default"]
    said = [tuple(triple[part]["value"] for part in ("subject", "predicate", "object")) for triple in triples]
    schemes = {subject for subject, predicate, _ in said if predicate == "http://www.w3.org/2002/07/owl#versionInfo"}
    ours = {subject for subject, predicate, scheme in said if predicate == f"{SKOS}inScheme" and scheme in schemes}
    codes = [code for codes in CODE_LISTS for code in codes]
    ended = [row for codes in CODE_LISTS for row in codes_that_ended(codes.__name__)]

    assert len(schemes) == len(CODE_LISTS)
    assert len(ours) == len(codes) + len(ended)
    for language, labels in (("zh", [code.zh for code in codes]), ("en", [code.en for code in codes])):
        found = [
            triple["object"]["value"]
            for triple in triples
            if triple["predicate"]["value"] == f"{SKOS}prefLabel"
            and triple["subject"]["value"] in ours
            and triple["object"].get("language") == language
        ]
        assert sorted(found) == sorted(labels + [row[language] for row in ended])
    terms = {key for node in document["@graph"] for key in node} - {"id", "type"}
    assert terms <= document["@context"].keys()


def test_a_concept_says_what_is_in_what_is_out_and_what_it_serves(graph: dict[str, dict[str, Any]]) -> None:
    """Definition, scope note and example are those of the table; themes and levels are related to those above."""
    by_code = {
        (node["inScheme"].partition("#")[2], node["notation"]): node for node in graph.values() if "inScheme" in node
    }
    academy = by_code["Theme", "craftsman_academy"]

    assert academy["definition"]["en"] == "Founding or running a 工匠学院 as an institution."
    assert academy["scopeNote"] == {"zh": "只办一个班用 skills_training", "en": "A single class: skills_training."}
    assert academy["example"] == {"zh": "工匠学院揭牌招生"}
    under = [*THEME_FUNCTION.items(), *LEVEL_RANK.items()]
    assert [graph[by_code[type(code).__name__, code]["related"]]["notation"] for code, above in under if above] == [
        above for _, above in under if above
    ]
    assert all("related" not in by_code[type(code).__name__, code] for code, above in under if not above)


def test_links_lead_to_other_vocabularies(graph: dict[str, dict[str, Any]]) -> None:
    """A code that has a name elsewhere is named so; one without is known by its notation and the name of its scheme."""
    matches = [
        (term, outer)
        for node in graph.values()
        for term in ("exactMatch", "closeMatch", "broadMatch")
        for outer in node.get(term, ())
    ]

    assert len(matches) == sum(bool(link) for row in read_table("codes") for link in row["link"].split(";"))
    assert ("http://data.europa.eu/esco/isco/C1", "1") in {(outer.get("id"), outer["notation"]) for _, outer in matches}
    [union, *_] = [outer for term, outer in matches if term == "broadMatch"]
    assert (union["notation"], "id" in union) == ("9511", False)
    assert "GB/T 4754-2017" in union["inScheme"]["prefLabel"]["en"]
    used = {link.vocabulary for row in read_table("codes") for link in links_of(row)}
    assert used == {row["name"] for row in read_table("vocabularies")}


def test_every_code_in_force_is_said_in_both_languages() -> None:
    """No code lacks a label, what is in, or an example; what is out has both languages or neither."""
    rows = [row for row in read_table("codes") if not row["until"]]

    assert [
        row["code"] for row in rows if not all(row[c] for c in ("zh", "en", "include_zh", "include_en", "example"))
    ] == []
    assert [row["code"] for row in rows if bool(row["exclude_zh"]) != bool(row["exclude_en"])] == []


def test_the_verb_writes_the_codebook_and_nothing_over_other_files(tmp_path: Path) -> None:
    """`export --to skos` needs no records, replaces its own file only, and refuses paths of records."""
    out = tmp_path / "codes.jsonld"
    done = CliRunner().invoke(cli, ["export", "--to", "skos", "-o", str(out)])
    export_codebook(out)

    assert done.exit_code == 0, done.output
    assert out.read_bytes() == dump_skos()
    assert f'"versionInfo": "{CODEBOOK}"' in out.read_text(encoding="utf-8")
    out.write_text("mine", encoding="utf-8")
    with pytest.raises(StoreError, match="no export"):
        export_codebook(out)
    assert CliRunner().invoke(cli, ["export", str(tmp_path), "--to", "skos", "-o", str(out)]).exit_code == 2


@pytest.mark.parametrize(
    ("unit", "code"),
    [
        ("平方米", "m2"),
        ("公顷", "har"),
        ("千瓦时", "kW.h"),
        ("个月", "mo"),
        ("℃", "Cel"),
        ("亩", None),
        ("人次", None),
        ("元", None),
    ],
)
def test_units_have_their_code_in_ucum_where_there_is_one(unit: str, code: str | None) -> None:
    """A unit of measure has the code that says the same; counting words and units of China alone have none."""
    assert ucum_of(unit) == code


def test_units_of_one_code_count_the_same() -> None:
    """Words that share a UCUM code are of one class, so that their numbers may be compared."""
    classes: dict[str, set[UnitClass | None]] = {}
    for row in read_table("measure_words"):
        if row["ucum"]:
            classes.setdefault(row["ucum"], set()).add(unit_class_of(row["word"]))

    assert {code: found for code, found in classes.items() if len(found) > 1} == {}
    assert len(classes) > 40


@pytest.mark.parametrize(("name", "is_told"), [("codes.ttl", True), ("codes.jsonld", False), ("codes", False)])
def test_ending_of_another_format_is_told(tmp_path: Path, name: str, is_told: bool) -> None:
    """The format is that of --to; who calls the file otherwise is told what it holds."""
    done = CliRunner().invoke(cli, ["export", "--to", "skos", "-o", str(tmp_path / name)], standalone_mode=False)

    assert ("holds JSON-LD" in " ".join(done.stderr.split())) == is_told
    assert (tmp_path / name).is_file()
