"""Pages in plain text: from the bytes of a file to the lines that stand in it as OCR left them.

Nothing is repaired here; the lines are those an editor shows, so that every number we print later can be looked up by
hand. What cannot be a page is refused with a sentence that says what to do.

Bytes of one encoding are often valid in another, and a text that was once decoded wrongly is valid UTF-8. How many of
the characters are frequent ones of Chinese, simplified or traditional, tells a text from such nonsense, in files of two
lines as well: of a newspaper page more than nine in ten are, of a wrong decoding few.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

from summariser.errors import InputError
from summariser.schema.page import Page
from summariser.tables import read_words

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
    decoded wrongly, and for HTML, XML and JSON. Pictures, archives and documents are known by `readers/door.py`.
    """
    text, encoding = _decode(data, path)
    if not text.isascii():
        _check_wrong_decoding(text, path)
    _check_markup(text, path)
    return text, encoding


def _decode(data: bytes, path: Path | str) -> tuple[str, str]:
    """The text and the name of its encoding; refuses what is neither UTF-8 nor GB18030."""
    mark = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(data[:2])
    if mark:
        raise _other_encoding(mark, "", path)
    text, encoding, broken = "", "", None
    try:
        text, encoding = data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError as error:
        broken = error
    if broken and not _is_damaged_utf8(data):
        try:
            text, encoding = data.decode("gb18030"), "gb18030"
        except UnicodeDecodeError as error:
            broken = max(broken, error, key=lambda each: each.start)
    if b"\0" in data or encoding != "utf-8":
        likely = {name: _readable(data[:SAMPLE].decode(name, "replace")) for name in _NOT_READ}
        best = max(likely, key=lambda name: likely[name])
        by_chance = b"\0" not in data and _known(data[:SAMPLE].decode(best, "replace")) < _least(text[:SAMPLE])
        if not by_chance and likely[best] >= READABLE and likely[best] > _readable(text[:SAMPLE]) + CLEARLY:
            raise _other_encoding(best, " without a byte order mark" if "16" in best else "", path)
    if b"\0" in data:
        place = data.index(0)
        raise InputError(
            f"looks binary: byte {place} is NUL",
            path=path,
            line=_line_of(data, place),
            expected="Plain text in UTF-8 or GB18030",
        )
    if not encoding and broken:
        raise InputError(
            f"byte {broken.start} (0x{data[broken.start]:02x}) is neither UTF-8 nor GB18030",
            path=path,
            line=_line_of(data, broken.start),
            expected="Text in one encoding from end to end",
            next_step="Save the file again as UTF-8",
        ) from broken
    return text, encoding


def _other_encoding(name: str, how: str, path: Path | str) -> InputError:
    """The error for a text in an encoding that is not read."""
    return InputError(
        f"looks like {_NOT_READ[name]}{how}",
        path=path,
        expected="Text in UTF-8 or GB18030",
        next_step=f"Convert it: iconv -f {_NOT_READ[name]} -t UTF-8 {Path(path).name} > utf8.txt",
    )


def _is_damaged_utf8(data: bytes) -> bool:
    """Whether bytes that are no UTF-8 nearly are: GB18030 would read them without complaint, as nonsense."""
    text = data.decode("utf-8", "replace")
    return len(_CJK.findall(text)) > 4 * text.count("\ufffd")  # in real GB18030 hardly a character survives this


def _check_wrong_decoding(text: str, path: Path | str) -> None:
    """Refuse a text that was decoded wrongly before it was saved, with the command that undoes it."""
    sample = text[:SAMPLE]
    lost = sample.count("\ufffd") + 3 * sample.count("锟斤拷")
    if lost > MOST_LOST * len("".join(sample.split())) + 1:
        raise InputError(
            "was decoded wrongly once, and characters were lost (they stand as \ufffd or 锟斤拷)",
            path=path,
            next_step="Take the text from its source again, in the right encoding",
        )
    if _readable(sample) >= UNREADABLE:
        return
    for taken, taken_label in _TAKEN_FOR.items():
        if taken == "latin-1" and any(char > "\xff" for char in sample):
            continue
        data = _encoded(sample, taken)
        for true, true_label in _TRUE.items():
            if true != taken and _is_chinese(data, true, least=_least(sample)):
                undo = f"iconv -c -f UTF-8 -t {taken_label} {Path(path).name}"
                undo += f" | iconv -c -f {true_label} -t UTF-8 > mended.txt"
                raise InputError(
                    f"looks like {true_label} text that was read as {taken_label} and saved again",
                    path=path,
                    next_step=f"Take the text from its source again, or undo it: {undo}",
                )
    if len(_CJK.findall(sample)) >= ENOUGH:
        raise InputError(
            "holds characters that hardly any Chinese text has: it is in another encoding, or was decoded wrongly once",
            path=path,
            next_step="Take the text from its source again and save it as UTF-8",
        )


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
        raise InputError(
            f"looks like {what}",
            path=path,
            expected="Plain text",
            next_step="Save what a reader sees of it as plain text",
        )


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


SUFFIXES = (".txt", ".md")
DOCUMENTS = (".html", ".htm", ".xml", ".json", ".jsonl", ".rtf", ".doc", ".docx", ".odt")  # no text when renamed
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
    _check_suffix(path)
    if len(data) > MAX_BYTES:
        raise _too_much(f"{len(data):,} bytes", MAX_BYTES, path)
    text, encoding = read_text(data, path)
    if not text.strip():
        what = "the file is empty" if not data else "the file holds only blank lines"
        raise InputError(what, path=path, next_step="Give the text that OCR made of the page")
    lines = _LINE_END.split(text)
    if not lines[-1]:
        lines.pop()
    filled = sum(bool(line.strip()) for line in lines)
    if filled > MAX_LINES:
        raise _too_much(f"{filled:,} lines with text", MAX_LINES, path)
    return Page(
        page_id=page_id(path),
        path=Path(path).as_posix(),
        sha256=hashlib.sha256(data).hexdigest(),
        encoding=encoding,
        lines=tuple(lines),
    )


def page_id(path: Path | str) -> str:
    """The name of a page: that of its file without the ending, made safe for paths and addresses.

    Shape: letters of any script, digits, `_`, `.` and `-`; no dot at either end; 1 to 80 characters.
    """
    stem = unicodedata.normalize("NFC", Path(path).stem)  # macOS hands out decomposed names
    kept = _UNSAFE.sub("-", stem)[:MAX_ID_LENGTH].encode()[:_MAX_ID_BYTES].decode(errors="ignore")
    return kept.strip(".") or "page"


def _check_suffix(path: Path | str) -> None:
    """Refuse a file whose name does not end like a page's."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        next_step = "Rename the file if it is plain text"
        if suffix in DOCUMENTS:
            next_step = "Save what a reader sees of it as plain text"
        raise InputError(
            f"ends in {Path(path).suffix or 'nothing'!r}", path=path, expected=_wanted(), next_step=next_step
        )


def _too_much(what: str, most: int, path: Path | str) -> InputError:
    """The error for a file too large for a page."""
    expected = f"At most {most:,}, one page a file"
    return InputError(f"has {what}", path=path, expected=expected, next_step="Cut the file into its pages")


def _wanted() -> str:
    """What a page's name ends in, as a phrase."""
    return f"A file ending in {' or '.join(SUFFIXES)}"
