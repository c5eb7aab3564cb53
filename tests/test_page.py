"""Which files are pages, and what stands in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summariser.errors import InputError
from summariser.readers.files import MAX_BYTES, MAX_LINES, page_id, parse_page

TEXT = "某市总工会开课\n\n本报讯 近日开课。\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (TEXT.encode("gb18030"), "gb18030"),
        (TEXT.replace("\n", "\r\n").encode(), "utf-8"),
        (TEXT.replace("\n", "\r").encode(), "utf-8"),
    ],
    ids=["utf-8", "byte order mark", "gb18030", "crlf", "cr"],
)
def test_every_usual_encoding_and_line_end_gives_the_same_lines(data: bytes, encoding: str) -> None:
    """UTF-8 with or without a mark, GB18030, and all three line ends are read alike."""
    page = parse_page(data, path="某页.txt")

    assert page.lines == ("某市总工会开课", "", "本报讯 近日开课。")
    assert (page.encoding, page.text_lines) == (encoding, (1, 3))


@pytest.mark.parametrize("char", ["\u2028", "\u2029", "\x0b", "\x0c", "\x85", "\x1c"])
def test_lines_are_those_of_an_editor(char: str) -> None:
    """Characters at which Python cuts lines and editors do not leave a line whole."""
    page = parse_page(f"前{char}后\n末".encode(), path="a.txt")

    assert page.lines == (f"前{char}后", "末")


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"", "a.txt", "empty"),
        (" \n\u3000\n\t".encode(), "a.txt", "blank lines"),
        (b"abc\ndef\0ghi", "a.txt", "NUL"),
        ("工会".encode("utf-16"), "a.txt", "UTF-16"),
        (b"text", "a.pdf", "'.pdf'"),
        (b"text", "a", "no kind that is read"),
        (b"x" * (MAX_BYTES + 1), "a.txt", "bytes"),
        (b"x\n" * (MAX_LINES + 1), "a.txt", "Cut the file into its pages"),
    ],
    ids=["empty", "blank", "nul", "utf-16", "suffix", "no suffix", "large", "too many lines"],
)
def test_what_is_no_page_is_refused_by_name(data: bytes, name: str, said: str) -> None:
    """A refusal names the file and says what it looks like."""
    with pytest.raises(InputError, match=said) as caught:
        parse_page(data, path=name)

    assert caught.value.path == Path(name)


CHINESE = "青河市总工会走访困难职工，发放补助款四十万元。\n本报讯（记者林小满）日前，职工领到慰问金。\n"
TRADITIONAL = "青河縣總工會夜校進車間\n"
FOREIGN = {
    "big5": (TRADITIONAL.encode("big5"), "looks like BIG5", "iconv -f BIG5"),
    "utf-16-le without mark": (CHINESE.encode("utf-16-le"), "looks like UTF-16LE without", "iconv -f UTF-16LE"),
    "utf-16-be without mark": ("工会开课".encode("utf-16-be"), "looks like UTF-16BE without", "iconv -f UTF-16BE"),
}
MISREAD = {
    "gbk as latin-1": ("gbk", "latin-1", "GB18030 text that was read as LATIN1"),
    "gbk as cp1251": ("gbk", "cp1251", "GB18030 text that was read as CP1251"),
    "gbk as big5": ("gbk", "big5", "GB18030 text that was read as BIG5"),
    "gbk as euc-kr": ("gbk", "euc_kr", "GB18030 text that was read as EUC-KR"),
    "utf-8 as latin-1": ("utf-8", "latin-1", "UTF-8 text that was read as LATIN1"),
    "utf-8 as cp1252": ("utf-8", "cp1252", "UTF-8 text that was read as CP1252"),
    "utf-8 as gbk": ("utf-8", "gbk", "UTF-8 text that was read as GB18030"),
}
MARKUP = {
    "html": ("<!DOCTYPE html><html><body><h1>工会开课</h1></body></html>", "HTML"),
    "html without a head": ("<p>工会开课</p>\n<p>职工来听</p><div>工</div><br>", "HTML"),
    "xml": ('<?xml version="1.0"?><page>工会</page>', "XML"),
    "json": ('{"title": "工会开课",\n "text": "本报讯"}', "JSON"),
    "json lines": ('{"title": "工会开课"}\n{"title": "工会送岗"}\n', "JSON"),
}


@pytest.mark.parametrize(("data", "what", "command"), FOREIGN.values(), ids=FOREIGN)
def test_other_encodings_are_named_with_the_command(data: bytes, what: str, command: str) -> None:
    """A page in Big5 or in UTF-16 without a mark is refused, with the command that converts it."""
    with pytest.raises(InputError, match=what) as caught:
        parse_page(data, path="a.txt")

    assert command in str(caught.value)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("odd/a.txt", "iconv -f UTF-16LE -t UTF-8 odd/a.txt > odd/a.utf8.txt"),
        ("a$(touch PWNED).txt", "iconv -f UTF-16LE -t UTF-8 'a$(touch PWNED).txt' > 'a$(touch PWNED).utf8.txt'"),
        ("-a.txt", "iconv -f UTF-16LE -t UTF-8 ./-a.txt > ./-a.utf8.txt"),
    ],
)
def test_advised_command_takes_the_file_as_it_is_called(name: str, command: str) -> None:
    """A shell takes the name as one word that says nothing else, and the new file lies beside the old one."""
    with pytest.raises(InputError) as caught:
        parse_page(CHINESE.encode("utf-16"), path=name)

    assert caught.value.next_step == f"Convert it: {command}"


def test_marks_of_four_bytes_and_of_gb18030_are_known() -> None:
    """UTF-32 is called so, and the mark of GB18030 is no character of the page."""
    with pytest.raises(InputError, match="looks like UTF-32LE"):
        parse_page(CHINESE.encode("utf-32"), path="a.txt")

    page = parse_page(("\ufeff" + CHINESE).encode("gb18030"), path="a.txt")
    assert page.lines[0] == CHINESE.splitlines()[0]


@pytest.mark.parametrize(("true", "taken", "what"), MISREAD.values(), ids=MISREAD)
def test_text_once_decoded_wrongly_is_refused(true: str, taken: str, what: str) -> None:
    """Mojibake is valid UTF-8; it is named by what it was and what it was taken for."""
    with pytest.raises(InputError, match=what):
        parse_page(CHINESE.encode(true).decode(taken, "ignore").encode(), path="a.txt")


@pytest.mark.parametrize(
    "text", ["锟斤拷锟斤拷" * 9, "工\ufffd会\ufffd开\ufffd" * 5, "瘝喳餃極隡韏啗挪圈曇撌伐曇‘拇狡銝" * 2]
)
def test_text_with_lost_characters_is_refused(text: str) -> None:
    """What a wrong decoding destroyed cannot be mended, and is no page."""
    with pytest.raises(InputError, match="source again"):
        parse_page(text.encode(), path="a.txt")


@pytest.mark.parametrize(("text", "what"), MARKUP.values(), ids=MARKUP)
def test_markup_in_a_text_file_is_refused(text: str, what: str) -> None:
    """HTML, XML and JSON are named, whatever the file is called."""
    with pytest.raises(InputError, match=f"looks like {what}"):
        parse_page(text.encode(), path="a.txt")


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TRADITIONAL.encode(), "utf-8"),
        (TRADITIONAL.encode("gb18030"), "gb18030"),
        ("工会".encode("gbk"), "gb18030"),
        ("欧阳霁玥 翟翀 龚玙璠 甄燚".encode("gbk"), "gb18030"),
        ("欧阳霁玥 翟翀 龚玙璠 甄燚".encode(), "utf-8"),
        ("a<b，且c>d\n工会<br>开课".encode(), "utf-8"),
        ("[1] 工会开课".encode(), "utf-8"),
        ("有一个\ufffd字看不清，工会开课，职工来听。".encode(), "utf-8"),
        ("Union news – “new” café".encode(), "utf-8"),
    ],
    ids=[
        "traditional",
        "traditional gb",
        "two characters",
        "rare names gb",
        "rare names",
        "less",
        "note",
        "lost",
        "Latin",
    ],
)
def test_rare_text_is_still_a_page(data: bytes, encoding: str) -> None:
    """Short files, traditional characters, rare names and a stray tag are read as they are."""
    assert parse_page(data, path="a.txt").encoding == encoding


SHORT = (
    "工会\n00§…",
    "夜校开课\n" + "◆" * 30,
    "Ω" * 20 + "原煤累计超过",
    "±" * 21 + "\n6296跟教",
    "友\n" + "¶" * 12,
    "的眼睛都放\n1181垚珺玙",
    "薄薄一页纸 № 7 ≠ № 8 ≠",
    "元ららららららら",
    "职工书屋 ②★é",
    "国Ⅴ★¢é’÷™ß※カ…πⅢ测",
)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("text", SHORT)
def test_short_text_with_marks_is_a_page(text: str, encoding: str) -> None:
    """A few characters make sense in some other encoding by chance, and a row of one mark says nothing of any."""
    assert parse_page(text.encode(encoding), path="a.txt").encoding == encoding


@pytest.mark.parametrize(("true", "taken", "what"), MISREAD.values(), ids=MISREAD)
def test_one_line_decoded_wrongly_is_refused(true: str, taken: str, what: str) -> None:
    """A line of twelve characters is enough to tell what it was, whatever digits and rows of stars stand around it."""
    line = "青河市总工会走访困难职工".encode(true).decode(taken, "ignore")

    with pytest.raises(InputError, match=what):
        parse_page(f"2026-11-20\n{'*' * 20}\n{line}\n".encode(), path="a.txt")


def test_undecodable_byte_is_located() -> None:
    """Broken text is refused with the offset and the line of the first bad byte."""
    good = "某市总工会开课，职工来听。\n" * 3
    data = good.encode() + b"\xff\xfe\xff" + good.encode()

    with pytest.raises(InputError, match=f"byte {len(good.encode())} ") as caught:
        parse_page(data, path="a.txt")

    assert caught.value.line == 4


def test_damaged_utf8_is_not_taken_for_gb18030() -> None:
    """A file that is nearly UTF-8 is refused, though its bytes happen to be GB18030 too."""
    data = ("某市总工会开课，职工来听。" * 20).encode()[:-1]

    with pytest.raises(InputError, match="neither UTF-8 nor GB18030"):
        parse_page(data, path="a.txt")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("000-6d95.txt", "000-6d95"),
        ("工人日报 2025年1月.txt", "工人日报-2025年1月"),
        ("..hidden.txt", "hidden"),
        ("a/b:c*d?.md", "b-c-d-"),
        ("...txt", "page"),
        ("e\u0301tude.txt", "\u00e9tude"),
        ("x" * 200 + ".txt", "x" * 80),
    ],
)
def test_page_id_is_the_safe_stem(name: str, wanted: str) -> None:
    """A page is called as its file, made safe for a path."""
    assert page_id(name) == wanted


@given(st.text(min_size=1, max_size=120))
def test_any_name_gives_a_safe_page_id(name: str) -> None:
    """No name gives an id that is empty, long, hidden, or leaves its folder."""
    made = page_id(name.replace("\0", "") or "x")

    assert 1 <= len(made) <= 80
    assert not made.startswith(".")
    assert not set(made) & set('/\\:*?"<>| \n')
