"""OCR: recognised once, kept beside the records, corrected by people, read without an engine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from threading import Barrier

import numpy
import pytest
from conftest import ROOT
from fake_client import FakeClient
from making import LINES, case_text, make_plan
from PIL import Image, ImageCms, ImageFilter

from summariser.disk.ledger import open_ledger
from summariser.disk.store import Store
from summariser.disk.stored import find, load_record
from summariser.errors import ConfigError, InputError, StoreError
from summariser.pipeline import Progress, Resources, run_pages
from summariser.readers import pictures
from summariser.readers.dispatch import ReadOptions, read_all, read_page, read_pages
from summariser.readers.pictures import open_pictures, restore
from summariser.readers.reading import ReadLine
from summariser.records.make import check_records
from summariser.schema.page import Box

CROP = ROOT / "tests" / "data" / "inputs" / "crop.png"
HEAD, BODY = "夜校开到塔吊下", "本报讯（记者习远樵）近日开课。"


class Typist:
    """An engine that reads the same two lines on every picture, and counts the pictures."""

    name = "typist 1.0"
    seen: list[tuple[int, int]] = []  # noqa: RUF012 - cleared for each test

    def __init__(self, threads: int) -> None:
        self.threads = threads

    def lines(self, picture: Image.Image) -> list[ReadLine]:
        """The lower line first, as a detector may give them."""
        self.seen.append(picture.size)
        return [ReadLine(BODY, Box(10, 120, 300, 140), 0.9), ReadLine(HEAD, Box(10, 20, 390, 90), 0.99)]


@pytest.fixture(autouse=True)
def _typist(monkeypatch: pytest.MonkeyPatch) -> None:
    """The typist is the first engine there is."""
    Typist.seen.clear()
    monkeypatch.setattr(pictures, "ENGINES", {"typist": Typist, **pictures.ENGINES})


def scan(path: Path, size: tuple[int, int] = (400, 600), **saving: object) -> Path:
    """A white picture."""
    Image.new("RGB", size, "white").save(path, **saving)
    return path


def kept(out: Path) -> Path:
    """The one file of what was recognised."""
    (path,) = (out / "ocr").iterdir()
    return path


def test_picture_is_recognised_once(tmp_path: Path) -> None:
    """What was read is kept by the hash of the file, page and engine, and used the next time, wherever the file is."""
    first = read_page(scan(tmp_path / "a.png"), out=tmp_path / "out")
    (tmp_path / "a.png").rename(tmp_path / "b.png")
    again = read_page(tmp_path / "b.png", out=tmp_path / "out")

    assert first.lines == again.lines == (HEAD, BODY)
    assert len(Typist.seen) == 1
    assert kept(tmp_path / "out").name.endswith("-1-typist-1.0.ocr.json")


def test_pages_of_one_file_are_read_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures of one file are recognised at the same time, one thread each, and come in the order of the file."""
    together = Barrier(2, timeout=20)

    class Pair(Typist):
        """An engine that reads a picture only while another one is read."""

        def lines(self, picture: Image.Image) -> list[ReadLine]:
            """As the typist; the width of the picture is its last line."""
            together.wait()
            assert self.threads == 1
            return [*super().lines(picture), ReadLine(f"本版宽{picture.width}", Box(10, 150, 300, 170), 0.9)]

    monkeypatch.setattr(pictures, "ENGINES", {"pair": Pair})
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    frames = [Image.new("RGB", (width, 600), "white") for width in (400, 500)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])

    pages = read_pages(tmp_path / "a.tif")

    assert [(page.number, page.lines[-1]) for page in pages] == [(1, "本版宽400"), (2, "本版宽500")]


def test_blurred_picture_is_read_sharpened(tmp_path: Path) -> None:
    """A blurred scan is read with even light and steeper letters, and kept under a name that says so."""
    sharp = Image.open(CROP).convert("L")
    blurred = sharp.filter(ImageFilter.GaussianBlur(2)).point(lambda tone: 60 + tone // 2)
    blurred.save(tmp_path / "a.png")

    read_page(tmp_path / "a.png", out=tmp_path / "out")

    restored = restore(blurred)
    assert restored is not None
    assert (restored.size, restored.getextrema()[1]) == (sharp.size, 255)
    rises = [numpy.abs(numpy.diff(numpy.asarray(each, float))).max() for each in (blurred, restored)]
    assert rises[1] > 1.5 * rises[0]
    assert kept(tmp_path / "out").name.endswith("-1-typist-1.0-sharpened.ocr.json")
    assert restore(sharp) is None
    assert restore(Image.new("L", (400, 600), 255)) is None


def test_kept_reading_needs_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever checks records needs what was recognised, and no OCR."""
    read_page(scan(tmp_path / "a.png"), out=tmp_path / "out")
    monkeypatch.setattr(pictures, "ENGINES", {})

    assert read_page(tmp_path / "a.png", out=tmp_path / "out").lines == (HEAD, BODY)


def test_person_corrects_a_line_where_it_is_kept(tmp_path: Path) -> None:
    """The corrected words are the page's, the printed ones stay; the line keeps its place and number."""
    before = read_page(scan(tmp_path / "a.png"), out=tmp_path / "out")
    tree = json.loads(kept(tmp_path / "out").read_text(encoding="utf-8"))
    tree["lines"][0]["corrected"] = "本报讯（记者习远樵）近日，夜校开课。"
    kept(tmp_path / "out").write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")

    after = read_page(tmp_path / "a.png", out=tmp_path / "out")

    assert after.lines == (HEAD, "本报讯（记者习远樵）近日，夜校开课。")
    assert after.layout == before.layout
    assert after.sha256 != before.sha256


def test_broken_correction_is_told(tmp_path: Path) -> None:
    """A kept file that a person broke is named; it is neither overwritten nor passed over."""
    read_page(scan(tmp_path / "a.png"), out=tmp_path / "out")
    kept(tmp_path / "out").write_text("{", encoding="utf-8")

    with pytest.raises(StoreError, match=r"ocr\.json: broken JSON"):
        read_page(tmp_path / "a.png", out=tmp_path / "out")


def test_kept_readings_are_no_records(tmp_path: Path) -> None:
    """Verbs that look for records below a folder pass over what OCR read."""
    read_page(scan(tmp_path / "a.png"), out=tmp_path / "out")

    assert list(find([tmp_path / "out"])) == []


def test_other_resolution_is_another_reading(tmp_path: Path) -> None:
    """A page of a PDF that is a picture is read again at another resolution, and each is kept."""
    Image.new("RGB", (400, 600), "white").save(tmp_path / "a.pdf")
    for dpi in (200, 100, 200, 100):
        read_pages(tmp_path / "a.pdf", ReadOptions(out=tmp_path / "out", dpi=dpi))

    assert len(Typist.seen) == 2
    assert len(list((tmp_path / "out" / "ocr").iterdir())) == 2


def test_pages_of_a_tiff_are_pages(tmp_path: Path) -> None:
    """A TIFF of several pictures gives a page for each."""
    frames = [Image.new("RGB", (400, 600 + 10 * n), "white") for n in range(3)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])

    pages = read_pages(tmp_path / "a.tif")

    assert [page.page_id for page in pages] == ["a.p1", "a.p2", "a.p3"]
    assert sorted(Typist.seen) == [(400, 600), (400, 610), (400, 620)]


def test_picture_is_turned_as_its_camera_says(tmp_path: Path) -> None:
    """Boxes are those of the upright picture."""
    exif = Image.Exif()
    exif[0x0112] = 6
    page = read_page(scan(tmp_path / "a.jpg", (600, 400), exif=exif))

    assert page.layout
    assert (page.layout.width, page.layout.height) == (400, 600)


@pytest.mark.parametrize("kind", ["png", "jpg", "tif", "webp", "bmp", "gif"])
def test_picture_is_known_by_its_content(tmp_path: Path, kind: str) -> None:
    """Every kind of picture is read, whatever its name ends in."""
    scan(tmp_path / f"a.{kind}").rename(tmp_path / "a.png")

    assert read_page(tmp_path / "a.png").lines == (HEAD, BODY)


def saved(picture: Image.Image, kind: str = "TIFF", **how: object) -> bytes:
    """A picture as a file."""
    content = BytesIO()
    picture.save(content, kind, **how)
    return content.getvalue()


def in_lab(picture: Image.Image) -> Image.Image:
    """A picture in the colours LAB."""
    profiles = [ImageCms.createProfile(name) for name in ("sRGB", "LAB")]
    return ImageCms.profileToProfile(picture.convert("RGB"), *profiles, outputMode="LAB")


GREY = Image.open(CROP).convert("L")
TONES = numpy.asarray(GREY)
DEEP = Image.fromarray(TONES.astype("u2") * 257)
EXTRA = b"\x52\1\3\0\1\0\0\0"  # the tag of a TIFF that says what a second channel is: 1 multiplied, 2 not
TURNED = Image.Exif()
TURNED[0x0112] = 6
MODES = {
    "I;16": lambda: saved(DEEP, "PNG"),
    "I;16 of a TIFF": lambda: saved(DEEP),
    "I;16 of 12 bits": lambda: saved(Image.fromarray(TONES.astype("u2") * 16)),
    "I;16B": lambda: saved(Image.fromarray((TONES.astype("u2") * 257).astype(">u2"))),
    "I;16 turned": lambda: saved(DEEP.transpose(Image.Transpose.ROTATE_90), exif=TURNED),
    "I;16 of white paper as 0": lambda: saved(Image.fromarray(65535 - TONES.astype("u2") * 257), tiffinfo={262: 0}),
    "I;16 with what shows through": lambda: saved(DEEP, "PNG", transparency=int(TONES[0, 0]) * 257),
    "I": lambda: saved(Image.fromarray(TONES.astype("i4") * 8_000_000)),
    "I below 0": lambda: saved(Image.fromarray(TONES.astype("i4") * 128 - 128 * 255)),
    "F": lambda: saved(Image.fromarray(TONES.astype("f4") / 255)),
    "F of large values": lambda: saved(Image.fromarray(TONES.astype("f4") * 1e20)),
    "1": lambda: saved(GREY.convert("1", dither=Image.Dither.NONE)),
    "L": lambda: saved(GREY),
    "L with what shows through": lambda: saved(GREY, "PNG", transparency=255),
    "LA": lambda: saved(GREY.convert("LA"), "PNG"),
    "La": lambda: saved(GREY.convert("LA")).replace(EXTRA + b"\2", EXTRA + b"\1"),
    "P": lambda: saved(GREY.convert("P"), "PNG"),
    "P with what shows through": lambda: saved(GREY.convert("P"), "PNG", transparency=255),
    "PA": lambda: saved(GREY.convert("P").convert("PA")),
    "RGBA": lambda: saved(GREY.convert("RGBA"), "PNG"),
    "CMYK": lambda: saved(GREY.convert("CMYK")),
    "CMYK of a JPEG": lambda: saved(GREY.convert("CMYK"), "JPEG", quality=95),
    "YCbCr": lambda: saved(GREY.convert("YCbCr")),
    "LAB": lambda: saved(in_lab(GREY)),
}


@pytest.mark.parametrize("content", MODES.values(), ids=MODES)
def test_letters_of_every_kind_of_picture_are_dark_on_light(content: Callable[[], bytes], request) -> None:
    """However a file holds its colours, in how many bits and with what transparency, its page looks the same."""
    mode = request.node.callspec.id.partition(" ")[0]
    assert Image.open(BytesIO(content())).mode == mode

    (opened,) = open_pictures(content(), "a")
    picture = opened()

    assert (picture.mode, picture.size) == ("RGB", GREY.size)
    shown = numpy.asarray(picture.convert("L"))
    assert (shown[TONES < 80].mean(), shown[TONES > 220].mean()) == (
        pytest.approx(45, abs=45),
        pytest.approx(240, abs=20),
    )


@pytest.mark.parametrize("value", [numpy.nan, numpy.inf])
def test_picture_of_no_numbers_is_told(value: float) -> None:
    """Values that no shade of grey has are refused with what to do, and are no damage."""
    values = TONES.astype("f4")
    values[0, 0] = value

    (opened,) = open_pictures(saved(Image.fromarray(values)), "a.tif")
    with pytest.raises(InputError, match=r"no shades of grey.*Save it as PNG or JPEG"):
        opened()


@pytest.mark.parametrize("value", [0, 700, 65535])
def test_blank_picture_of_16_bits_stays_blank(value: int) -> None:
    """A picture of one tone is one tone in 8 bits, too."""
    (opened,) = open_pictures(saved(Image.new("I;16", (400, 600), value)), "a.tif")

    assert [low == high for low, high in opened().getextrema()] == [True] * 3


BAD = {
    "too many pixels": ({"size": (9000, 9000)}, "a.png", "9,000 x 9,000"),
    "too few pixels": ({"size": (1, 1)}, "a.png", "too few"),
}


@pytest.mark.parametrize(("how", "name", "said"), BAD.values(), ids=BAD)
def test_picture_out_of_bounds_is_refused_before_it_is_decoded(tmp_path: Path, how, name: str, said: str) -> None:
    """The size in its head decides; no engine sees it."""
    with pytest.raises(InputError, match=said):
        read_page(scan(tmp_path / name, **how))

    assert Typist.seen == []


@pytest.mark.parametrize(
    ("end", "said"), [("jpg", "cut off"), ("png", "cut off|damaged"), ("tif", "damaged|cut off|no picture")]
)
def test_picture_that_was_cut_off_is_told(tmp_path: Path, end: str, said: str) -> None:
    """Half a picture is not read as a whole one."""
    path = tmp_path / f"a.{end}"
    Image.effect_noise((400, 600), 50).convert("RGB").save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    with pytest.raises(InputError, match=said):
        read_page(path)


def test_unknown_engine_is_told_with_those_there_are(tmp_path: Path) -> None:
    """A misspelt name is no reason to take another engine."""
    with pytest.raises(ConfigError, match="rapidocr"):
        read_pages(scan(tmp_path / "a.png"), ReadOptions(engine="rapid"))


def test_folder_of_scans_goes_on_where_it_was_killed(tmp_path: Path) -> None:
    """Each picture is kept as it is read; what is kept is not read again."""
    for number in range(5):
        scan(tmp_path / f"{number}.png", (400, 600 + number))
    told: list[str] = []
    for name in ("0.png", "3.png"):
        read_page(tmp_path / name, out=tmp_path / "out")

    batch = read_all([tmp_path], ReadOptions(out=tmp_path / "out"), told.append)

    assert [page.page_id for page in batch.pages] == ["0", "1", "2", "3", "4"]
    assert len(Typist.seen) == 5
    assert len(told) == 3


def test_a_fault_of_the_watcher_is_no_fault_of_the_picture(tmp_path: Path) -> None:
    """What a watcher raises comes out as it is; the picture was read and is kept."""

    class Careless(Progress):
        def picture_read(self, what: str) -> None:
            raise KeyError(what)

    scan(tmp_path / "a.png")
    with pytest.raises(KeyError, match=r"a\.png, page 1: 2 lines"):
        read_all([tmp_path], ReadOptions(out=tmp_path / "out"), Careless().picture_read)

    assert len(read_all([tmp_path], ReadOptions(out=tmp_path / "out")).pages) == 1
    assert len(Typist.seen) == 1


def test_picture_without_chinese_is_no_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines see letters in leaves and clouds; a few of them are no text."""

    class Dreamer(Typist):
        def lines(self, picture: Image.Image) -> list[ReadLine]:
            return [ReadLine("MAMAZA", Box(0, 0, 100, 20), 0.6)]

    monkeypatch.setattr(pictures, "ENGINES", {"dreamer": Dreamer})

    with pytest.raises(InputError, match="holds no text"):
        read_page(scan(tmp_path / "a.png"))


def test_rapidocr_reads_a_scan(tmp_path: Path) -> None:
    """The engine of the extra reads a clean scan, offline, with the rules between its columns."""
    pytest.importorskip("rapidocr")

    (page,) = read_pages(CROP, ReadOptions(out=tmp_path, engine="rapidocr"))

    text = "".join(page.lines)
    assert "夜校开到塔吊下" in text
    assert "217人通过夜校考取了技" in text
    assert page.layout
    assert page.layout.reader.startswith("rapidocr ")
    assert page.layout.rules
    DEEP.save(tmp_path / "deep.tif")
    assert read_pages(tmp_path / "deep.tif", ReadOptions(out=tmp_path, engine="rapidocr"))[0].lines == page.lines


def test_record_of_a_scan_is_checked_without_an_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Page 2 of a PDF of scans becomes records; their page is read again from what was kept, from any folder."""

    class Copyist(Typist):
        def lines(self, picture: Image.Image) -> list[ReadLine]:
            super().lines(picture)
            tops = [20, *range(120, 1000, 30)]
            return [
                ReadLine(text, Box(10, top, 390, top + (60 if text == LINES[0] else 20)), 0.9)
                for text, top in zip(filter(None, LINES), tops, strict=False)
            ]

    monkeypatch.setattr(pictures, "ENGINES", {"copyist": Copyist})
    frames = [Image.new("RGB", (400, 600), "white") for _ in range(2)]
    frames[0].save(tmp_path / "scans.pdf", save_all=True, append_images=frames[1:])
    page = read_page("scans.pdf#page=2", out=tmp_path / "summaries")
    with open_ledger(None) as ledger:
        resources = Resources(FakeClient([case_text()]), Store(tmp_path / "summaries"), ledger, None)
        plan = make_plan(ledger, repairs=0, split_prompt=None)
        asyncio.run(run_pages([page], resources, plan, Progress()))
    monkeypatch.setattr(pictures, "ENGINES", {})
    monkeypatch.chdir("/")

    (checked,) = check_records([tmp_path / "summaries"])

    record = load_record(checked.path)
    assert (record.page_id, record.provenance.source) == ("scans.p2", "scans.pdf#page=2")
    assert checked.findings == ()
    assert len(Typist.seen) == 2
