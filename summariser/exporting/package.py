"""A case base as a Frictionless data package: tables, records, codebook, `datapackage.json` and `CITATION.cff`.

`datapackage.json` has type, unit and meaning of every column and the keys that join the tables; `CITATION.cff` says how
the whole is cited.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from summariser.errors import InputError
from summariser.exporting.export import ExportReport, RecordLoader, count_rows
from summariser.exporting.formats import dump_jsonl, make_csv
from summariser.exporting.jsonld import dump_skos
from summariser.exporting.output import PACKAGE, check_place, fill_folder
from summariser.exporting.tables import Column, Sheet, Table, make_sheets
from summariser.schema.record import Record
from summariser.text import counted

# ---- a case base for others


_LONGEST: Final = 500  # characters of a title, a name, a licence
_SHOWN: Final = 60
_ARTICLE_KEY: Final = ("page_id", "article_id")
_AUTHOR: Final = re.compile(r"(?P<family>[^,<>]+)(?:,\s*(?P<given>[^<>]+?))?\s*(?:<(?P<orcid>[^<>]+)>)?")
_ORCID: Final = re.compile(r"(?:https://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])")


class CaseBase(NamedTuple):
    """What a person says of a case base that is published.

    Shape: `authors` are `Family, Given <ORCID>`, given name and ORCID if there are any; `license` is an SPDX name;
    `released` is an ISO date.
    """

    title: str
    authors: tuple[str, ...]
    license: str
    version: str
    released: str


def publish(
    paths: Iterable[Path], out: Path, base: CaseBase, *, with_words: bool = True, force: bool = False
) -> ExportReport:
    """Write the records in the files and folders as a data package to the folder `out`.

    Shape: `tables/*.csv`, `records.jsonl`, `codebook.jsonld`, `datapackage.json`, `CITATION.cff`; the same records and
    the same words about them make the same bytes. Without `with_words` the sentences of the pages are left out.
    Errors: InputError for an author or a licence that cannot be read; as `export_files`.
    """
    people = [_author(each) for each in base.authors]
    _check_words(base)
    base = base._replace(license=_license(base.license))
    target, loader = out.resolve(), RecordLoader(paths)
    records = [record if with_words else _without_words(record) for _, record in loader.load()]
    loader.check(out, mend="Mend them; a case base is published whole")
    check_place(target, PACKAGE, force=force)
    sheets = make_sheets(records)
    files = {f"tables/{name}": content for name, content in make_csv(sheets, bom=False).items()}
    files["records.jsonl"] = dump_jsonl(records)
    files["codebook.jsonld"] = dump_skos()
    described = json.dumps(_package(base, people, sheets), ensure_ascii=False, indent=2)
    files["datapackage.json"] = f"{described}\n".encode()
    files["CITATION.cff"] = _citation(base, people, records)
    fill_folder(target, PACKAGE, files.items())
    return loader.report(out, PACKAGE, count_rows(sheets))


def _check_words(base: CaseBase) -> None:
    """Refuse what cannot stand on a title page. Errors: InputError."""
    told = {"--title": base.title, "--license": base.license, "--version": base.version, "--date": base.released}
    for flag, words in [*told.items(), *(("--author", each) for each in base.authors)]:
        if not words.strip() or len(words) > _LONGEST or not words.isprintable():
            expected = f"1 to {_LONGEST} characters on one line, none of them a control character"
            raise InputError(f"{words[:_SHOWN]!r} cannot be printed", path=flag, expected=expected)


def _license(said: str) -> str:
    """The licence as SPDX spells it. Errors: InputError for what its list does not have."""
    try:
        return canonicalize_license_expression(said)
    except InvalidLicenseExpression as error:
        raise InputError(
            f"“{said[:_SHOWN]}” is no SPDX name of a licence",
            path="--license",
            expected="A name of https://spdx.org/licenses: CC-BY-4.0, CC0-1.0, ODbL-1.0",
            next_step="One of your own is called LicenseRef-NAME",
        ) from error


def _without_words(record: Record) -> Record:
    """The record without the sentences of its page; what it quotes stays."""
    bare = tuple(sentence.model_copy(update={"text": None}) for sentence in record.text.sentences)
    return record.model_copy(update={"text": record.text.model_copy(update={"sentences": bare})})


def _author(said: str) -> dict[str, str]:
    """An author as CITATION.cff names one. Errors: InputError for what is no name, or no ORCID."""
    match = _AUTHOR.fullmatch(said.strip())
    orcid = _ORCID.fullmatch(match["orcid"].strip()) if match and match["orcid"] else None
    if not match or (match["orcid"] and not orcid):
        raise InputError(
            f"“{said}” is no author",
            path="--author",
            expected="Family, Given <0000-0000-0000-0000>; or a family name alone",
        )
    person = {"family-names": match["family"].strip()}
    if match["given"]:
        person["given-names"] = match["given"].strip()
    return person | ({"orcid": f"https://orcid.org/{orcid[1]}"} if orcid else {})


def _package(base: CaseBase, people: Sequence[Mapping[str, str]], sheets: Sequence[Sheet]) -> dict[str, Any]:
    """The descriptor of the package. Source: specs.frictionlessdata.io, Tabular Data Package 1.0."""
    names = [" ".join(filter(None, (each.get("given-names"), each["family-names"]))) for each in people]
    return {
        "profile": "tabular-data-package",
        "name": re.sub(r"[^a-z0-9._-]+", "-", base.title.lower()).strip("-") or "case-base",
        "title": base.title,
        "version": base.version,
        "created": base.released,
        "licenses": [{"name": base.license}],
        "contributors": [{"title": name, "role": "author"} for name in names],
        "resources": [_resource(sheet.table) for sheet in sheets],
    }


def _resource(table: Table) -> dict[str, Any]:
    """A table with its columns and the tables that its rows belong to."""
    names = [column.name for column in table.columns]
    schema: dict[str, Any] = {
        "fields": [_field(column) for column in table.columns],
        "primaryKey": list(table.key),
        "missingValues": [""],
    }
    if all(name in names for name in _ARTICLE_KEY) and table.name != "articles":
        reference = {"resource": "articles", "fields": list(_ARTICLE_KEY)}
        schema["foreignKeys"] = [{"fields": list(_ARTICLE_KEY), "reference": reference}]
    elif table.name == "articles":
        schema["foreignKeys"] = [{"fields": "page_id", "reference": {"resource": "pages", "fields": "page_id"}}]
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "path": f"tables/{table.name}.csv",
        "description": table.row,
        "encoding": "utf-8",
        "schema": schema,
    }


def _field(column: Column) -> dict[str, Any]:
    """A column with its type, unit and meaning."""
    field: dict[str, Any] = {
        "name": column.name,
        "type": "string" if column.type == "text" else column.type,
        "description": column.meaning,
    }
    if column.unit:
        field["unit"] = column.unit
    if not column.empty:
        field["constraints"] = {"required": True}
    return field


def _citation(base: CaseBase, people: Sequence[Mapping[str, str]], records: Sequence[Record]) -> bytes:
    """CITATION.cff. Source: Citation File Format 1.2.0."""
    papers = sorted({record.source.newspaper for record in records if record.source.newspaper})
    told = counted(len(records), "article") + (f" of {', '.join(papers)}" if papers else "")
    fields = {
        "cff-version": "1.2.0",
        "message": "If you use this case base, please cite it as below.",
        "type": "dataset",
        "title": base.title,
        "abstract": f"Checked case studies of trade-union practice from {told}.",
        "authors": list(people),
        "license": base.license,
        "version": base.version,
        "date-released": base.released,
    }
    return yaml.safe_dump(fields, allow_unicode=True, sort_keys=False).encode()
