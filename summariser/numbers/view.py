"""A text as one writes it without damage: the view in which numerals and measure words are looked for.

Width, script, compatibility characters and dashes are folded character by character. What OCR, PDF and old typesetting
do to numbers is then undone, one rule at a time (`_rules`): LaTeX, letter-spaced figures, hard wraps, separators of
thousands, decimal points of other shapes, letters for digits. Each character of the view knows where it was read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from functools import cache

from summariser.numbers.numerals import counted_units, measured_units, unit_at
from summariser.tables import fill, read_words
from summariser.text import Folded, simplified

_Undo = Callable[[re.Match[str]], str | None]

_GAP = re.compile(r"[\s\u200b\ufeff\u00ad]+")
_ITEM = re.compile(r"[0-9]{1,2}[.、)](?!\s?[0-9])")
_THOUSANDS = re.compile("[0-9]{3}(?![0-9])")
_FORMAL = str.maketrans("壹贰貳叁參肆伍陆陸柒捌玖拾佰仟圆", "一二二三三四五六六七八九十百千元")
_POSITIONAL = "〇零一二三四五六七八九"
_PLAIN_NUMBER = r"(?:[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?[十百千万亿]*+|[〇零一二两三四五六七八九十百千万亿点]++)"
_NUMBERING = frozenset("期届级档轮批阶楼层组类章段区处大线")  # 二、三期 are the second and the third
_NUMBERED = _NUMBERING | frozenset("班场集课条款项版站")  # 3、4班 may be, 三、四班 is not written so
_LISTED = re.compile("分别|各|依次|分[为成]")


def view_numbers(text: str) -> Folded:
    """The view of a text.

    Shape: white space stays, as one character, where it parts things: between two Latin letters, and where an empty
    line ends a paragraph. A single line feed is a hard wrap and goes.
    """
    folded = text.translate(_folds()) if _any_folded().search(text) else text
    view = Folded(folded, range(len(text)), range(1, len(text) + 1))
    chars = set(view.text)
    for signs, pattern, undo in _rules():
        if any(map(chars.isdisjoint, signs)):
            continue
        before, view = view, _rewrite(view, pattern, undo)
        if view is not before:
            chars = set(view.text)
    return view


def _rewrite(view: Folded, pattern: re.Pattern[str], undo: _Undo) -> Folded:
    """The view with each match of a pattern replaced by what `undo` makes of it (None: left as it is).

    Shape: a replacement covers all of the match; its characters keep their places where they are those of the match.
    """
    pieces: list[str] = []
    firsts: list[int] = []  # the places of the view that each character is read from
    lasts: list[int] = []
    done = 0
    for match in pattern.finditer(view.text):
        new = undo(match)
        if new is None or new == match[0]:
            continue
        kept, begin, end = _kept(new, match), match.start(), match.end()
        pieces += view.text[done:begin], new
        firsts += [*range(done, begin), *([begin, *kept[1:]] if kept else [begin] * len(new))]
        lasts += [*range(done, begin), *([*kept[:-1], end - 1] if kept else [end - 1] * len(new))]
        done = end
    if not pieces:
        return view
    rest = range(done, len(view.text))
    starts, ends = (
        [side[at] for at in (*places, *rest)] for side, places in zip(view[1:], (firsts, lasts), strict=True)
    )
    return Folded("".join(pieces) + view.text[done:], starts, ends)


def _kept(new: str, match: re.Match[str]) -> list[int]:
    """Where the characters of a replacement stand in a match, in order; empty if it has others."""
    kept, at = list[int](), match.start()
    for char in new:
        at = match.string.find(char, at, match.end()) + 1
        if not at:
            return []
        kept.append(at - 1)
    return kept


@cache
def _folds() -> dict[int, str | int]:
    """Characters that another one stands for: compatible forms, the other script, dashes; not the full-width comma."""
    folds: dict[int, str | int] = {
        code: folded
        for low, high in read_words("number_damage")["compatible"]
        for code in range(low, high)
        if len(folded := _nfkc(chr(code))) == 1
    }
    written = simplified()
    folds = written | {code: str(folded).translate(written) for code, folded in folds.items()}  # ⼾ is 戶 is 户
    folds |= {ord(char): "~" for char in "〜∼˜"} | {ord(char): "-" for char in "‐‑‒−－﹣"}
    folds |= {ord(char): "—" for char in "–―─━"} | dict.fromkeys(map(ord, "○◯"), "〇") | {ord("丨"): "|"}
    del folds[ord("，")]
    return folds


@cache
def _any_folded() -> re.Pattern[str]:
    """A character that another one may stand for; most texts have none."""
    return re.compile(f"[{re.escape(''.join(chr(code) for code in _folds() if code < 0x10000))}\U00010000-\U0010ffff]")


def _nfkc(char: str) -> str:
    return unicodedata.normalize("NFKC", char)


def _unlatex(match: re.Match[str]) -> str:
    """$4 0 . 7$ as 40.7."""
    words = match[0].replace("\\times", "×").replace("\\sim", "~").replace("\\cdot", "·").replace("\\circ", "°")
    return re.sub(r"\\(?:mathrm|text|rm)|[\s${}\\]", "", words)


def _close_gap(match: re.Match[str]) -> str:
    """What is left of white space: nothing unless it keeps two things apart."""
    text, (start, end) = match.string, match.span()
    if not 0 < start < end < len(text):
        return ""
    left, right, lines = text[start - 1], text[end], match[0].count("\n")
    if lines > 1:
        return "\n"
    if not (left.isascii() or right.isascii()):
        return ""
    if left in "0123456789.," and right in "0123456789.,":
        goes_on = not _ITEM.match(text, end) if lines else left == "," and _THOUSANDS.match(text, end)
        return "" if goes_on else "\n" if lines else " "
    unit = unit_at(text, end) if left.isdigit() and right.isalpha() else None  # 500 kW, but 1 t may be a list
    if lines and unit and unit.measure.word[1:] and right != "个" and text.startswith(":", unit.end):
        return "\n"  # 部门： behind a line that ends in 1 begins an entry of its own
    is_cell = (left in "/|" and right.isdigit()) or (left.isdigit() and right in "/|")  # of a table, no fraction
    is_latin = left.isascii() and right.isascii() and left.isalnum() and right.isalnum()
    return " " if is_cell or (is_latin and not (unit and len(unit.measure.word) > 1)) else ""


_OTHER_END = re.compile("[~至到—-]{1,2}[0-9OolI]+(?:\\.[0-9]+)?")


def _before_unit(text: str, place: int) -> bool:
    """Whether a scale, a hedge or a measure word stands at a place."""
    return text[place : place + 1] in tuple("百千万亿余多%") or unit_at(text, place) is not None


def _letters(match: re.Match[str]) -> str | None:
    """13O家 as 130家, l3.8 as 13.8; a word of letters (O2O) stays."""
    behind = _OTHER_END.match(match.string, match.end())  # 5OO至800元
    is_word = match[0][0] in "Oo" and match[0][1] != "."
    is_number = not is_word and _before_unit(match.string, behind.end() if behind else match.end())
    return match[0].translate(str.maketrans("OolI", "0011")) if is_number else None


def _power(match: re.Match[str]) -> str:
    """1.2×10^4 as 12000."""
    power = int(_nfkc(match[2] or match[3]))
    return format(Decimal(match[1]).scaleb(power), "f")


def _pair(match: re.Match[str]) -> str | None:
    """三、四十 as 三四十, if the two are neighbours and no item of a list begins with the first."""
    text, pair = match.string, (match[1] + match[2]).replace("两", "二")
    is_item = match[1] == "一" and (match.start() == 0 or text[match.start() - 1] in "\n。;:")
    unit, is_share = unit_at(text, match.end()), text.endswith("分之", 0, match.start())
    is_counted = (unit and unit.measure.word not in _NUMBERING) or text[match.end() : match.end() + 1] in tuple(
        "十百千万"
    )
    is_near = _POSITIONAL.index(pair[1]) - _POSITIONAL.index(pair[0]) == 1 or pair == "三五"
    return match[1] + match[2] if is_near and (is_counted or is_share) and not is_item else None


def _neighbours(match: re.Match[str]) -> str | None:
    """3、4个月 as 3~4个月, if no list is told of and no item of one begins with the first."""
    text, (start, end) = match.string, match.span()
    is_item = match[1] == "1" and (start == 0 or text[start - 1] in "\n。;:")
    unit = unit_at(text, end)
    is_year = unit and unit.measure.word == "年" and len(match[2]) > 1  # 23、24年 are years
    is_counted = text[end : end + 1] in tuple("百千万亿") or (unit and unit.measure.word not in _NUMBERED)
    is_near = int(match[2]) - int(match[1]) == 1 and not _LISTED.search(text, max(start - 10, 0), start)
    return f"{match[1]}~{match[2]}" if is_near and is_counted and not (is_item or is_year) else None


def _positional(match: re.Match[str]) -> str | None:
    """二、〇〇一·三六 as 二〇〇一点三六, where it is counted."""
    is_share = match.string[: match.start()].endswith("分之")
    is_long = len(match[0]) > 3
    if not is_share and not (is_long and _before_unit(match.string, match.end())):
        return None
    return match[0].replace("、", "").replace("·", "点")


def _formal(match: re.Match[str]) -> str | None:
    """伍仟元 as 五千元, where it is counted; 陆 and 伍 alone are names."""
    is_counted = match[0][-1] == "圆" or _before_unit(match.string, match.end())
    return match[0].translate(_FORMAL) if is_counted else None


def _swapped(match: re.Match[str]) -> str | None:
    """12名万师生 as 12万名师生: two characters the wrong way round, where people are counted."""
    noun = unit_at(match.string, match.end())
    return match[1] + match[3] + match[2] if noun and noun.measure.behind == "noun" else None


def _currency(match: re.Match[str]) -> str:
    """¥5000 as 5000元, 港币500元 as 500港元, 美元30万至50万 as 30万至50万美元."""
    unit = read_words("number_damage")["currencies"].get(match[1], match[1])
    number = "".join(filter(None, match.groups()[1:]))
    return number + ("" if match.string.startswith(unit, match.end()) else unit)


def _english_scale(match: re.Match[str]) -> str:
    """5 million as 5000000."""
    scale = next(place for place, word in enumerate(match.groups()[1:], 1) if word)
    return format(Decimal(match[1].replace(",", "")).scaleb(3 * scale), "f").split(".")[0]


_UNDO: dict[str, _Undo] = {
    "english_scale": _english_scale,
    "neighbours": _neighbours,
    "unlatex": _unlatex,
    "close_gap": _close_gap,
    "compatible": lambda match: _nfkc(match[0]),
    "letters": _letters,
    "fraction": lambda match: (match[1] and match[1] + "-") + _nfkc(match[2]).replace("⁄", "/"),
    "power": _power,
    "pair": _pair,
    "positional": _positional,
    "formal": _formal,
    "swapped": _swapped,
    "currency": _currency,
}


@cache
def _rules() -> list[tuple[list[frozenset[str]], re.Pattern[str], _Undo]]:
    """The rules in order: sets of signs (a text that has none of one of them is left as it is), pattern, undoing."""
    parts = {"MEASURED": measured_units(), "COUNTED": counted_units(), "DIGIT": f"[{_POSITIONAL}]"}
    parts["NUMBER"] = _PLAIN_NUMBER
    rules = read_words("number_damage")["rule"]
    return [([*map(frozenset, rule["signs"])], re.compile(fill(rule["pattern"], parts)), _undo(rule)) for rule in rules]


def _undo(rule: dict[str, str]) -> _Undo:
    """What a rule makes of a match."""
    if "drop" in rule:
        dropped = str.maketrans("", "", rule["drop"])
        return lambda match: match[0].translate(dropped)
    return (lambda match: match.expand(rule["into"])) if "into" in rule else _UNDO[rule["undo"]]
