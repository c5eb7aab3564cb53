"""Which files are pages, what each page will be called, and what stands in one that is plain text.

Files, folders and quoted globs stand for page files. In a plain text nothing is repaired; its lines are those an editor
shows, so that every number we print later can be looked up by hand. What cannot be a page is refused with a sentence
that says what to do.

Bytes of one encoding are often valid in another, and a text that was once decoded wrongly is valid UTF-8. How many of
the characters are frequent ones of Chinese, simplified or traditional, tells a text from such nonsense, in files of two
lines as well: of a newspaper page more than nine in ten are, of a wrong decoding few.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
import shlex
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from summariser.disk.files import local_path
from summariser.errors import InputError, SummariserError
from summariser.readers.reading import SIDECAR
from summariser.schema.page import Page
from summariser.tables import read_table, read_words
from summariser.text import counted

TEXTS = (".txt", ".md")
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".gif")
DOCUMENTS = (".pdf", ".docx", ".html", ".htm", ".xhtml", ".hocr")
OCR_FILES = (".json", ".xml")  # endings of anything: in a folder they are pages if they look like the output of OCR
SUFFIXES = (*TEXTS, *PICTURES, *DOCUMENTS, *OCR_FILES)
_WANTED = f"Files ending in {', '.join(SUFFIXES)}"
_UNREAD = {ending: row for row in read_table("unread_kinds") for ending in row["endings"].split()}
_COMPANIONS = ("readme.md", SIDECAR)
_COMPANION_END = ".gold.json"
_SAVED_FOLDER = re.compile(r"(.+)[_.]files$|(.+)的文件$")  # what a browser puts beside a page that it saves
_OCR_SIGNS = re.compile(
    rb"\"(?:rec_texts|rec_polys|parsing_res_list|layoutParsingResults|ocrResults|overall_ocr_res|pdf_info|page_idx"
    rb"|DoclingDocument|txt)\"|\"bbox\":\s*\[[^\]]*\][^\"]*\"page_idx|_content\"|<(?:\w+:)?(?:alto|PcGts)\b|ocr_page"
)
_NO_LINK = "Name the file itself, or put a copy of it here"
_MOST_NAMED = 3  # files of a kind that are left out, by name
SITE_MARK = b'<meta name="generator" content="summariser '  # in the head of each page of a report of ours
_SNIFFED = 200_000  # bytes of a file in which it shows what it is
_MANIFEST_END = ".page.json"  # of the file that stands beside the records of a page
_PAGE_MARK = re.compile(r"(.+)#page=([0-9]{1,4})")


class PageFile(NamedTuple):
    """A file to be read; its pages are called `page_id`, of several `page_id.p1`, `page_id.p2`.

    Shape: `numbers` are those of the pages that are wanted; empty: all.
    """

    path: Path
    page_id: str
    numbers: tuple[int, ...] = ()


class FoundFiles(NamedTuple):
    """What paths stand for; `notes` say which files of a folder are left out, `faults` why others cannot be pages."""

    files: tuple[PageFile, ...]
    notes: tuple[str, ...]
    faults: tuple[InputError, ...]


def find_pages(paths: Iterable[Path | str]) -> FoundFiles:
    """The page files that files, folders and quoted globs stand for, sorted, each once.

    Shape: folders are searched to the bottom, hidden files left out without a word; so are README.md, `sources.csv`
    and gold. Of files of one name, those in deeper folders have the folders in their ids. Of a file that is only named
    with `#page=2` behind it, this page is wanted; of one that is named without as well, all are.
    Faults are what does not exist or cannot be listed, links to folders and out of what was named (`_why_unread`),
    pipes and devices, names that no record could bear, and files that would meet in one page.
    Errors: InputError that names all faults, if they leave no file, and if no path is given.
    """
    found: dict[str, Path] = {}
    named_pages: dict[Path, set[int | None]] = defaultdict(set)
    notes: list[str] = []
    faults: list[InputError] = []
    for given in paths:
        try:
            path = local_path(given)
            for file in _expand(path, notes, faults):
                known = found.setdefault(os.path.realpath(file), file)  # Path.resolve fails at a link to itself
                named_pages[known].add(split_mark(path)[1])
        except InputError as error:
            faults.append(error)
        except (OSError, ValueError) as error:  # a folder that may not be entered, a name that no file can have
            faults.append(InputError(f"cannot be looked at ({error})", path=given, next_step="Check the path"))
    files = [file for file in sorted(found.values(), key=lambda file: file.as_posix()) if _has_name(file, faults)]
    named = _named(files, faults)
    if not named:
        raise_all(faults or [InputError("no page is named", path="", next_step="Name files, folders or patterns")])
    return FoundFiles(
        tuple(each._replace(numbers=_wanted(named_pages[each.path])) for each in named), tuple(notes), tuple(faults)
    )


def _wanted(named: set[int | None]) -> tuple[int, ...]:
    """The pages that were named of a file; none if the file itself was."""
    return () if None in named else tuple(sorted(number for number in named if number is not None))


def name_files(paths: Iterable[Path]) -> FoundFiles:
    """Files of another machine, by their paths there, with the ids that `find_pages` would give them.

    Shape: those whose names are none of a page are left out.
    """
    faults: list[InputError] = []
    files = [path for path in sorted(paths) if may_be_page(path) and _has_name(path, faults)]
    return FoundFiles(_named(files, faults), (), tuple(faults))


def raise_all(faults: Sequence[SummariserError]) -> None:
    """Raise the only fault, or one that names all; nothing for none."""
    if len(faults) == 1:
        raise faults[0]
    if faults:
        said = "\n".join(f"  {fault}" for fault in faults)
        raise InputError(f"and {counted(len(faults) - 1, 'more file')} cannot be read\n{said}", path=faults[0].where)


def file_page_id(path: Path) -> str:
    """The name of the pages of a file: without its ending, unless that is all that tells it from others (`.hocr`)."""
    return page_id(f"{path.name}.x" if path.suffix.lower() == ".hocr" else path)


def split_mark(path: Path | str) -> tuple[Path, int | None]:
    """A path and the page that it names behind `#page=`, if it names one and no file is called so."""
    found = _PAGE_MARK.fullmatch(str(path))
    is_marked = found and not os.path.exists(path)  # noqa: PTH110 - says no to a name that no file can have
    return (Path(found[1]), int(found[2])) if found and is_marked else (Path(path), None)


def _expand(path: Path, notes: list[str], faults: list[InputError]) -> Sequence[Path]:
    """The page files one argument stands for, at least one."""
    place, _ = split_mark(path)
    if place.is_dir():
        return _in_folder(place, notes, faults)
    if place.exists() or not glob.has_magic(str(path)):
        return [check_file(place, path)]
    matches = [Path(match) for match in glob.glob(str(path), recursive=True)]  # noqa: PTH207 - Path.glob takes no absolute patterns
    base = Path(*takewhile(lambda part: not glob.has_magic(part), Path(path).parts))
    before = len(faults)
    files = _readable_pages((match for match in matches if not match.is_dir()), base, faults)
    if not files and len(faults) == before:
        next_step = "Put the pattern in quotes"
        raise InputError("no page matches this pattern", path=path, expected=_WANTED, next_step=next_step)
    return files


def _in_folder(folder: Path, notes: list[str], faults: list[InputError]) -> list[Path]:
    """All page files below a folder; what else is there is counted in a note, what cannot be looked at is a fault."""
    if folder.is_symlink():
        notes.append(f"{folder} is a link: what is read there stands in {os.path.realpath(folder)}.")
    files: list[Path] = []
    before = len(faults)
    problems: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=problems.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        linked = [Path(parent, name) for name in folders if Path(parent, name).is_symlink()]
        files += [*linked, *(Path(parent, name) for name in names if not name.startswith("."))]
    for error in problems:
        what = f"cannot be listed ({error.strerror})"
        faults.append(InputError(what, path=error.filename or folder, next_step="Check the permissions"))
    pages = _readable_pages(files, folder, faults)
    left_out: dict[str, list[Path]] = defaultdict(list)
    for file in sorted(set(files) - {*pages, *(fault.path for fault in faults[before:])}):
        if file.name.lower() not in _COMPANIONS and not file.name.lower().endswith(_COMPANION_END):
            left_out[file.suffix.lower() or "without ending"].append(file)
    kinds = ", ".join(f"{len(some)} {kind} ({_first(some)})" for kind, some in sorted(left_out.items()))
    advice = _advise(file for _, some in sorted(left_out.items()) for file in some)
    if not pages and len(faults) == before:
        faults += advice
        what = f"the folder holds no pages{f' ({kinds} left out)' if kinds else ''}"
        raise InputError(what, path=folder, expected=_WANTED)
    if kinds:
        count = sum(map(len, left_out.values()))
        notes.append(
            f"{folder}: {counted(count, 'file is no page and was', 'files are no pages and were')} left out: {kinds}."
        )
        notes += map(str, advice)
    return pages


def _advise(files: Iterable[Path]) -> list[InputError]:
    """What to do with files that are left out: for the first of each kind that can be turned into one that is read."""
    firsts: dict[str, Path] = {}
    for file in files:
        row = _UNREAD.get(file.suffix.lower())
        if row and row["what"] not in firsts and not _is_of_web_page(file):
            firsts[row["what"]] = file
    return [refuse_kind(file.suffix, file) for file in firsts.values()]


def _readable_pages(files: Iterable[Path], base: Path, faults: list[InputError]) -> list[Path]:
    """Those of the files that are pages; what is called like one and may not be read is a fault, and so is a folder."""
    pages: list[Path] = []
    for file in files:
        if why := _why_unread(file, base):
            if file.is_dir() or may_be_page(file):
                faults.append(InputError(why, path=file, next_step=_NO_LINK))
        elif is_page(file):
            pages.append(file)
    return pages


def _why_unread(path: Path, base: Path) -> str:
    """Why what stands at a path below `base` is not read: a link may be a stranger's, and what is read is sent away."""
    if path.is_symlink() and not path.is_file():
        if path.is_dir():
            return "is a link to a folder, which is not followed"
        if not path.exists():
            return "is a link to nothing"
    real, folder = Path(os.path.realpath(path)), os.path.realpath(base)
    if not real.is_relative_to(folder):
        return f"a link leads from here to {real}, out of the folder, and is not followed"
    if path.is_symlink() and any(part.startswith(".") for part in real.relative_to(folder).parts):
        return f"is a link to what is hidden ({real}), and is not followed"
    return "" if path.is_file() else "is a pipe or a device, not a file"


def _first(files: Sequence[Path]) -> str:
    """The names of the first files of many."""
    return ", ".join(file.name for file in files[:_MOST_NAMED]) + (" ..." if len(files) > _MOST_NAMED else "")


def is_page(file: Path) -> bool:
    """Whether a file is taken for a page when nobody named it."""
    if not may_be_page(file) or _is_of_web_page(file):
        return False
    is_web = file.suffix.lower() in (".html", ".htm")
    if file.suffix.lower() not in OCR_FILES and not is_web:
        return True
    try:
        with file.open("rb") as content:
            start = content.read(_SNIFFED)
            return SITE_MARK not in start[:2000] if is_web else bool(_OCR_SIGNS.search(start))
    except OSError:
        return True  # reading it will say why not


def _is_of_web_page(file: Path) -> bool:
    """Whether a browser put a file beside a web page that it saved."""
    saved = (_SAVED_FOLDER.fullmatch(parent.name) and parent.parent for parent in file.parents)
    return any(place and any(place.glob("*.htm*")) for place in saved)


def refuse_kind(ending: str, path: Path | str) -> InputError:
    """Why a file that ends so, or is of the kind that does, is not read, and what to do with it."""
    if row := _UNREAD.get(ending.lower()):
        return InputError(row["what"], path=path, next_step=row["next_step"])
    next_step = "If it is plain text, let its name end in .txt"
    return InputError("is of no kind that is read", path=path, expected=_WANTED, next_step=next_step)


def may_be_page(file: Path) -> bool:
    """Whether a file is taken for a page as far as its name tells."""
    name = file.name.lower()
    is_beside = name in _COMPANIONS or name.endswith(_COMPANION_END) or name.startswith(".")
    return file.suffix.lower() in SUFFIXES and not is_beside


def _has_name(file: Path, faults: list[InputError]) -> bool:
    """Whether records could say where they came from, and what is kept about this page is not that of another one."""
    name = file_page_id(file)
    try:
        str(file).encode("utf-8")
    except UnicodeEncodeError:
        what = "the name is not in UTF-8, so no record could tell it"
    else:
        if not name.casefold().endswith(_MANIFEST_END):
            return True
        what = f"gives the page id {name!r}, which is the name of what is kept about {name[: -len(_MANIFEST_END)]!r}"
    faults.append(InputError(what, path=file, next_step="Rename the file or its folder"))
    return False


def _named(files: Sequence[Path], faults: list[InputError]) -> tuple[PageFile, ...]:
    """Files with ids that differ, those of one name with their folders; case is ignored, as some file systems do.

    Shape: files that nothing tells apart are left out, and are faults. Of files of one name, one that stands above all
    others keeps the bare name, so that a folder of scans below renames no page.
    """
    names = {file: file_page_id(file) for file in files}

    def refuse(sharing: Sequence[Path]) -> None:
        first, *others = sharing
        what = f"gives the page id {names[first]!r}, and so does {', '.join(map(str, others))}"
        faults.append(InputError(what, path=first, next_step="Rename one of them"))
        for file in sharing:
            del names[file]

    for depth in range(1, 1 + max((len(file.resolve().parents) for file in files), default=0)):
        for sharing in _meeting(names):
            places = Counter(file.resolve().parent for file in sharing)
            if side_by_side := [file for file in sharing if places[file.resolve().parent] > 1]:
                refuse(side_by_side)
        meeting = [file for sharing in _meeting(names) for file in _below(sharing)]
        if not meeting:
            break
        for file in meeting:
            folders = file.resolve().parent.parts[1:][-depth:]
            names[file] = page_id("-".join([*folders, file_page_id(file)]) + ".x")
    for sharing in _meeting(names):
        refuse(sharing)
    return tuple(PageFile(file, names[file]) for file in files if file in names)


def _below(sharing: Sequence[Path]) -> list[Path]:
    """The files but for one that stands higher than all others."""
    depths = [len(file.resolve().parents) for file in sharing]
    is_alone = depths.count(min(depths)) == 1
    return [file for file, depth in zip(sharing, depths, strict=True) if depth > min(depths) or not is_alone]


def _meeting(names: dict[Path, str]) -> list[list[Path]]:
    """Groups of files that share their id."""
    owners: dict[str, list[Path]] = defaultdict(list)
    for file, name in names.items():
        owners[name.casefold()].append(file)
    return [sharing for sharing in owners.values() if len(sharing) > 1]


def check_file(file: Path, path: Path | str) -> Path:
    """The file, called as its folder lists it: where A and a are one file, it may have been named otherwise.

    Errors: InputError for what is not a file, and for a link that leads out of its folder: a shell names it as well
    for `*`.
    """
    try:
        is_folder, is_there = file.is_dir(), os.path.lexists(file)
        why = _why_unread(file, file.parent) if is_there else ""
    except (OSError, ValueError) as error:  # a name that no file can have, a folder that may not be entered
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot be looked at ({reason})", path=path, next_step="Check the path") from error
    if is_folder:
        next_step = "Name a file in it, or use a command that takes folders"
        raise InputError("is a folder, not a page", path=path, next_step=next_step)
    if not is_there:
        raise InputError("there is no such file", path=path, next_step="Check the spelling of the path")
    if why:
        raise InputError(why, path=path, next_step=_NO_LINK)
    return _as_listed(file)


def _as_listed(file: Path) -> Path:
    """The file by its name in the list of its folder; where that cannot be had, as it was named."""
    try:
        names = _list_names(file.parent, file.parent.stat().st_mtime_ns)
    except OSError:  # one may open what stands in a folder that may not be listed
        return file
    alike = [name for name in names if _fold(name) == _fold(file.name)] if file.name not in names else []
    return file.with_name(alike[0]) if len(alike) == 1 else file


@lru_cache(maxsize=32)  # a shell names thousands of files of one folder
def _list_names(folder: Path, _changed_ns: int) -> frozenset[str]:
    """The names in a folder as it was last changed."""
    return frozenset(os.listdir(folder))  # noqa: PTH208 - the names alone


def _fold(name: str) -> str:
    """A name as disks compare it that take capitals, and composed characters, for the same."""
    return unicodedata.normalize("NFC", name).casefold()


SAMPLE = 20_000  # bytes or characters that are judged; a page has about as many
READABLE = 0.75  # share of frequent characters from which on a text is Chinese
UNREADABLE = 0.5  # share below which a text may be a wrong decoding
CLEARLY = 0.1  # by how much more of a text must be readable in another encoding
FEW = 6  # by how many more different frequent characters another reading of the bytes must have than this one,
FEWEST = 2  # or how many, if this one has none
ENOUGH = 20  # characters of Chinese from which on a text without readable ones is nonsense
MOST_FOREIGN = 0.1  # share of characters that an encoding may lack which a text was taken for
MOST_LOST = 0.02  # share of characters that say that something could not be decoded

# Encodings by their names in Python, each with its name for iconv: what else a page may be encoded in, what a text may
# have been taken for, what it was.
# Of these a mark begins with another.
_MARKS = {b"\xff\xfe\0\0": "UTF-32LE", b"\0\0\xfe\xff": "UTF-32BE", b"\xff\xfe": "UTF-16LE", b"\xfe\xff": "UTF-16BE"}
_NOT_READ = {"big5": "BIG5", "utf-16-le": "UTF-16LE", "utf-16-be": "UTF-16BE"}
_TAKEN_FOR = {
    "latin-1": "LATIN1",
    "cp1252": "CP1252",
    "gb18030": "GB18030",
    "big5": "BIG5",
    "shift_jis": "SHIFT_JIS",
    "euc_kr": "EUC-KR",
    "cp1251": "CP1251",
    "mac_roman": "MACINTOSH",
}
_FROM_SOURCE = "Take the text from its source again"
_TRUE = {"utf-8": "UTF-8", "gb18030": "GB18030", "big5": "BIG5"}
_CJK = re.compile(r"[\u3400-\u9fff]")
_PRINTED = re.compile(r"[\u3000-\u303f\uff00-\uff5e\uffe0-\uffee\u2010-\u2027\u2460-\u249b·×℃%]")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
_ROW = re.compile(r"(\S)\1+")
_MARKUP = re.compile(r"\s*(?:<!doctype\s+html|<html\b|<\?xml\b|<svg\b|<!--)", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:p|div|span|body|head|script|style|h[1-6]|ul|li|table|td|tr|br|a|img|font)\b[^<>]{0,200}>", re.IGNORECASE
)


def read_text(data: bytes, path: Path | str) -> tuple[str, str]:
    """The text in the bytes of a file and the name of its encoding, utf-8 or gb18030.

    Errors: InputError, with what the bytes look like and how to mend it, for other encodings, for text that was once
    decoded wrongly, and for HTML, XML and JSON. Pictures, archives and documents are known by `readers/dispatch.py`.
    """
    text, encoding = _decode(data, path)
    if not text.isascii():
        _check_wrong_decoding(text, path)
    _check_markup(text, path)
    return text, encoding


def _decode(data: bytes, path: Path | str) -> tuple[str, str]:
    """The text and the name of its encoding; refuses what is neither UTF-8 nor GB18030."""
    if label := next((label for mark, label in _MARKS.items() if data.startswith(mark)), None):
        raise _other_encoding(label, "", path)
    text, encoding, broken = "", "", None
    try:
        text, encoding = data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError as error:
        broken = error
    if broken and not _is_damaged_utf8(data):
        try:
            text, encoding = data.decode("gb18030").removeprefix("\ufeff"), "gb18030"
        except UnicodeDecodeError as error:
            broken = max(broken, error, key=lambda each: each.start)
    if b"\0" in data or encoding != "utf-8":
        likely = {name: _readable(data[:SAMPLE].decode(name, "replace")) for name in _NOT_READ}
        best = max(likely, key=lambda name: likely[name])
        by_chance = b"\0" not in data and _known(data[:SAMPLE].decode(best, "replace")) < _least(text[:SAMPLE])
        if not by_chance and likely[best] >= READABLE and likely[best] > _readable(text[:SAMPLE]) + CLEARLY:
            raise _other_encoding(_NOT_READ[best], " without a byte order mark" if "16" in best else "", path)
    if b"\0" in data:
        place = data.index(0)
        what, expected = f"looks binary: byte {place} is NUL", "Plain text in UTF-8 or GB18030"
        raise InputError(what, path=path, line=_line_of(data, place), expected=expected)
    if not encoding and broken:
        place, expected = broken.start, "Text in one encoding from end to end"
        what, next_step = (
            f"byte {place} (0x{data[place]:02x}) is neither UTF-8 nor GB18030",
            "Save the file again as UTF-8",
        )
        line = _line_of(data, place)
        raise InputError(what, path=path, line=line, expected=expected, next_step=next_step) from broken
    return text, encoding


def _other_encoding(label: str, how: str, path: Path | str) -> InputError:
    """The error for a text in an encoding that is not read."""
    next_step = f"Convert it: iconv -f {label} -t UTF-8 {_shell_words(path, 'utf8')}"
    return InputError(f"looks like {label}{how}", path=path, expected="Text in UTF-8 or GB18030", next_step=next_step)


def _shell_words(path: Path | str, way: str, then: str = "") -> str:
    """A file and the one beside it to write, as a shell takes them, with a command between: a.txt > a.utf8.txt."""
    source = Path(path)
    target = source.with_name(f"{source.stem}.{way}{source.suffix}")
    named = (f"./{each}" if str(each).startswith("-") else str(each) for each in (source, target))
    return f"{then} > ".join(map(shlex.quote, named))


def _is_damaged_utf8(data: bytes) -> bool:
    """Whether bytes that are no UTF-8 nearly are: GB18030 would read them without complaint, as nonsense."""
    text = data.decode("utf-8", "replace")
    return len(_CJK.findall(text)) > 4 * text.count("\ufffd")  # in real GB18030 hardly a character survives this


def _check_wrong_decoding(text: str, path: Path | str) -> None:
    """Refuse a text that was decoded wrongly before it was saved, with the command that undoes it."""
    sample = text[:SAMPLE]
    lost = sample.count("\ufffd") + 3 * sample.count("锟斤拷")
    if lost > MOST_LOST * len("".join(sample.split())) + 1:
        what = "was decoded wrongly once, and characters were lost (they stand as \ufffd or 锟斤拷)"
        raise InputError(what, path=path, next_step=f"{_FROM_SOURCE}, in the right encoding")
    if _readable(sample) >= UNREADABLE:
        return
    for taken, taken_label in _TAKEN_FOR.items():
        if taken == "latin-1" and any(char > "\xff" for char in sample):
            continue
        data = _encoded(sample, taken)
        for true, true_label in _TRUE.items():
            if true != taken and _is_chinese(data, true, least=_least(sample)):
                then = f" | iconv -c -f {true_label} -t UTF-8"
                undo = f"iconv -c -f UTF-8 -t {taken_label} {_shell_words(path, 'mended', then)}"
                what = f"looks like {true_label} text that was read as {taken_label} and saved again"
                raise InputError(what, path=path, next_step=f"{_FROM_SOURCE}, or undo it: {undo}")
    if len(_CJK.findall(sample)) >= ENOUGH:
        what = (
            "holds characters that hardly any Chinese text has: its encoding is another, or it was decoded wrongly once"
        )
        raise InputError(what, path=path, next_step=f"{_FROM_SOURCE} and save it as UTF-8")


def _is_chinese(data: bytes, encoding: str, *, least: int) -> bool:
    """Whether bytes are Chinese in an encoding, and not by chance; what is UTF-8 to the last byte never is."""
    text = data.decode(encoding, "replace")
    is_whole = encoding == "utf-8" and "\ufffd" not in text
    return _readable(text) >= READABLE and (is_whole or _known(text) >= least)


def _check_markup(text: str, path: Path | str) -> None:
    """Refuse HTML, XML and JSON in a file that is called a text."""
    what = ""
    if _MARKUP.match(text) or len(_TAG.findall(text[:SAMPLE])) > max(3, len(text[:SAMPLE].splitlines()) / 4):
        what = "XML" if text.lstrip()[:5].lower() == "<?xml" else "HTML"
    elif text.lstrip()[:1] in {"{", "["}:
        first = text.strip().split("\n", 1)[0]
        for candidate in (text, first):
            try:
                what = what or ("JSON" if isinstance(json.loads(candidate), dict | list) else "")
            except (ValueError, RecursionError):
                continue
    if what:
        next_step = "Save what a reader sees of it as plain text"
        raise InputError(f"looks like {what}", path=path, expected="Plain text", next_step=next_step)


def _encoded(text: str, name: str) -> bytes:
    """The bytes that a text was read from, if it was read as this encoding; none if it was not.

    What the encoding lacks becomes that of Latin-1: readers put it there for bytes that mean nothing to them.
    """
    characters = [char.encode(name, "ignore") or char.encode("latin-1", "ignore") for char in _INVISIBLE.sub("", text)]
    beyond = {char for char in _INVISIBLE.sub("", text) if not char.isascii()}
    foreign = sum(not (char.encode(name, "ignore") or char.encode("latin-1", "ignore")) for char in beyond)
    return b"".join(characters) if foreign <= MOST_FOREIGN * len(beyond) else b""


def _known(text: str) -> int:
    """How many different frequent characters of Chinese a text has."""
    return sum(bool(_CJK.match(char)) for char in _frequent() & set(text))


def _least(text: str) -> int:
    """How many frequent characters another reading needs to be believed; a few make sense by chance."""
    known = _known(text)
    return known + FEW if known else FEWEST


def _readable(text: str) -> float:
    """The share of characters beyond ASCII that are frequent in Chinese newspapers; 0 if there are none.

    Shape: a row of one character (a rule of stars or dots) counts as one.
    """
    counts = Counter(_ROW.sub(r"\1", _INVISIBLE.sub("", text)))
    beyond = {char: count for char, count in counts.items() if not char.isascii()}
    found = sum(count for char, count in beyond.items() if char in _frequent() or _PRINTED.match(char))
    return found / sum(beyond.values()) if any(map(_CJK.match, beyond)) else 0.0


@cache
def _frequent() -> frozenset[str]:
    """The characters of frequent words, simplified and traditional."""
    simplified = set(read_words("two_character_words")["words"])
    script = read_words("script")
    pairs = zip(script["traditional"], script["simplified"], strict=True)
    return frozenset(simplified | {old for old, new in pairs if new in simplified}) - {" ", "\n"}


def _line_of(data: bytes, offset: int) -> int:
    """The line (1-based) in which a byte stands."""
    return len(re.findall(rb"\r\n|\r|\n", data[:offset])) + 1


MAX_LINES = 3_000  # lines with text; the fullest page seen has 340, and the rules look at every pair
MAX_BYTES = 2_000_000  # a printed page holds some 20,000 characters, 60 kB; what is thirty times that is no page
MAX_ID_LENGTH = 80
_MAX_ID_BYTES = 240  # file systems stop at 255, and `.page.json` is to follow; 80 common Chinese characters fit

_LINE_END = re.compile(r"\r\n|\r|\n")  # not str.splitlines, which also cuts at U+2028 and form feeds; editors do not
_UNSAFE = re.compile(r"[^\w.\-]+")


def parse_page(data: bytes, *, path: Path | str) -> Page:
    """The page in the bytes of a file.

    Shape: lines as an editor numbers them: cut at LF, CR LF and CR only; a byte order mark is no part of line 1.
    Errors: InputError for a wrong ending, no text, something binary, an unknown encoding, more than `MAX_BYTES`.
    """
    if (suffix := Path(path).suffix).lower() not in SUFFIXES:
        raise refuse_kind(suffix, path)
    if suffix.lower() not in TEXTS:
        what = f"ends in {suffix!r}, and is read as text"
        expected = f"A text ending in {' or '.join(TEXTS)}"
        next_step = "Rename the file if it is plain text; if it should be a document or a picture, get it again"
        raise InputError(what, path=path, expected=expected, next_step=next_step)
    _check_size(len(data), "bytes", MAX_BYTES, path)
    text, encoding = read_text(data, path)
    if not text.strip():
        what = "the file is empty" if not data else "the file holds only blank lines"
        raise InputError(what, path=path, next_step="Give the text that OCR made of the page")
    lines = _LINE_END.split(text)
    if not lines[-1]:
        lines.pop()
    _check_size(sum(bool(line.strip()) for line in lines), "lines with text", MAX_LINES, path)
    return Page(
        page_id=page_id(path),
        path=Path(path).as_posix(),
        sha256=hashlib.sha256(data).hexdigest(),
        encoding=encoding,
        lines=tuple(lines),
    )


def _check_size(count: int, what: str, most: int, path: Path | str) -> None:
    """Refuse a file too large for a page."""
    if count > most:
        expected, next_step = f"At most {most:,}, one page a file", "Cut the file into its pages"
        raise InputError(f"has {count:,} {what}", path=path, expected=expected, next_step=next_step)


def page_id(path: Path | str) -> str:
    """The name of a page: that of its file without the ending, made safe for paths and addresses.

    Shape: letters of any script, digits, `_`, `.` and `-`; no dot at either end; 1 to 80 characters.
    """
    stem = unicodedata.normalize("NFC", Path(path).stem)  # macOS hands out decomposed names
    kept = _UNSAFE.sub("-", stem)[:MAX_ID_LENGTH].encode()[:_MAX_ID_BYTES].decode(errors="ignore")
    return kept.strip(".") or "page"
