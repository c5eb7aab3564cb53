"""Records at addresses: checked, upgraded and exported a page at a time."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from making import LINES, make_page, put_parts, put_record

from summariser.cli.records import check, upgrade
from summariser.cli.share import export
from summariser.disk.record_text import names_older
from summariser.disk.stored import load_record, take_parts
from summariser.errors import ConfigError, InputError, StoreError
from summariser.exporting.export import NO_MONTH, export_by_month
from summariser.exporting.formats import make_parquet
from summariser.exporting.tables import make_sheets
from summariser.readers.reading import make_source
from summariser.schema.page import SourceOrigin

pytest.importorskip("fsspec")


def _upload(store: Any, folder: Path, address: str) -> None:
    """All files below a folder to an address."""
    for path in folder.rglob("*"):
        if path.is_file():
            store.pipe_file(f"/{address}/{path.relative_to(folder).as_posix()}", path.read_bytes())


def _put(out: Path, name: str, issued: str | None = None) -> None:
    """A record of a page of this name and day, whose file is beside."""
    page = make_page(name=f"{name}.txt")
    Path(f"{name}.txt").write_text("\n".join(LINES), encoding="utf-8")
    put_record(page.model_copy(update={"source": make_source(SourceOrigin.FLAG, issue_date=issued)}), out)


def _run(command: Any, *words: str) -> int:
    return int(command.main(list(words), standalone_mode=False))


def test_records_at_an_address_are_checked_against_their_pages(memory: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A sound record is sound there, its page read from its own address; an edit that departs from it is named."""
    memory.pipe_file("/press/a.txt", "\n".join(LINES).encode())
    page = make_page(name="a.txt").model_copy(update={"path": "memory://press/a.txt"})
    put_record(page, Path("out"))
    _upload(memory, Path("out"), "base")

    sound = _run(check, "memory://base")
    (name,) = memory.find("/base/a")
    stored = json.loads(memory.cat_file(name))
    stored["headline"] = "工会办夜校"
    memory.pipe_file(name, json.dumps(stored, ensure_ascii=False).encode())
    unsound = _run(check, "memory://base")
    said = capsys.readouterr().out.replace("\n", "")

    assert (sound, unsound) == (0, 1)
    assert f"memory:/{name}: " in said


def test_an_article_on_two_pages_is_checked_with_both(memory: Any, tmp_path: Path) -> None:
    """The page on which an article goes on is borrowed as well."""
    put_parts(tmp_path, tmp_path / "out")
    _upload(memory, tmp_path / "out", "base")

    assert _run(check, "memory://base") == 0
    parts = [part.paths[0].name for part in take_parts(["memory://base"])]

    assert parts == ["20260420_p1"]


def test_an_address_without_a_run_is_an_error(memory: Any) -> None:
    """What holds no pages is named, as is a verb that reads no addresses."""
    with pytest.raises(InputError, match="memory://base: no run"):
        _run(check, "memory://base")
    with pytest.raises(ConfigError, match="--partition month"):
        _run(export, "memory://base", "--to", "csv", "-o", "out")


def test_older_records_at_an_address_are_upgraded_there(memory: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Records of version 1 are put back in the present shape; a second time nothing is left to do."""
    shutil.copytree(ROOT / "seeds", "seeds", ignore=shutil.ignore_patterns("scans"))
    _upload(memory, ROOT / "tests" / "data" / "record_1", "base")
    names = [name for name in memory.find("/base") if name.count("/") == 3]
    assert all(names_older(memory.cat_file(name)) for name in names)

    first, second = _run(upgrade, "memory://base"), _run(upgrade, "memory://base")

    assert (first, second) == (0, 0)
    assert not any(names_older(memory.cat_file(name)) for name in names)
    assert capsys.readouterr().out.split() == f"Records: {len(names)} upgraded. Records: {len(names)} present.".split()


def test_months_hold_the_tables_of_their_records(memory: Any, tmp_path: Path) -> None:
    """Each month's tables are those of an export of its records; together they are whole; no date is a null month."""
    parquet = pytest.importorskip("pyarrow.parquet")
    for name, issued in (("a", "2026-03-05"), ("b", "2026-03-31"), ("c", "2026-04-01"), ("d", None)):
        _put(Path("out"), name, issued)
    _upload(memory, Path("out"), "base")

    report = export_by_month(["memory://base"], tmp_path / "tables")
    again = export_by_month([Path("out")], tmp_path / "tables")

    assert again.rows == report.rows
    assert (report.records, report.rows["articles"]) == (4, 4)
    months = sorted(path.name for path in (tmp_path / "tables" / "articles").iterdir())
    assert months == ["month=2026-03", "month=2026-04", f"month={NO_MONTH}"]
    march = [load_record(next(Path("out", name).glob("*.json"))) for name in "ab"]
    for name, content in make_parquet(make_sheets(march)).items():
        table = name.removesuffix(".parquet")
        place = f"{table}/month=2026-03/{name}" if table != "codebook" else name
        assert (tmp_path / "tables" / place).read_bytes() == content
    whole = parquet.read_table(tmp_path / "tables" / "articles")
    assert whole.num_rows == 4
    assert sorted(map(str, whole["month"].to_pylist())) == ["2026-03", "2026-03", "2026-04", "None"]


def test_bad_records_stop_an_export_by_month(tmp_path: Path) -> None:
    """A second record of an article, also of another month, and a broken file are named; nothing is written."""
    pytest.importorskip("pyarrow")
    _put(Path("out"), "a", "2026-03-05")
    _put(Path("other"), "a", "2026-04-05")
    Path("other/a/broken.json").write_text("{", encoding="utf-8")

    with pytest.raises(StoreError, match="2 of 3 records cannot be used") as caught:
        export_by_month([Path("out"), Path("other")], tmp_path / "tables")
    skipped = export_by_month([Path("out"), Path("other")], tmp_path / "tables", skip_bad=True)

    assert "a second record of a/" in str(caught.value)
    assert (skipped.records, len(skipped.left_out)) == (1, 2)


def test_an_export_by_month_replaces_exports_only(tmp_path: Path) -> None:
    """An earlier export of either shape is replaced; a folder of something else is not."""
    pytest.importorskip("pyarrow")
    _put(Path("out"), "a", "2026-03-05")
    words = ("out", "--to", "parquet", "-o", "tables")
    assert _run(export, *words) == 0
    assert _run(export, *words, "--partition", "month") == 0
    assert (Path("tables/articles").is_dir(), Path("tables/articles.parquet").exists()) == (True, False)
    assert _run(export, *words) == 0
    Path("mine").mkdir()
    Path("mine/thesis.txt").write_text("x", encoding="utf-8")

    with pytest.raises(StoreError, match="no export"):
        _run(export, *words[:-1], "mine", "--partition", "month")
    assert (
        json.loads(next(Path("out/a").glob("*.json")).read_text(encoding="utf-8"))["source"]["issue_date"]
        == "2026-03-05"
    )
