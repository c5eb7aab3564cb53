"""Text folded for comparison and cut into sentences; terms of the field with their English.

The table `glossary.csv` holds the terms of the field. A wrong rendering counts only where its term stands in the
article and none of the words stands there with which the phrase may mean something else.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from summariser.schema.page import Sentence
from summariser.tables import read_table, read_words

_FOLDED_AS: dict[str, str] = {
    char: folded for folded, chars in read_words("script")["folded"].items() for char in chars
}
_HALF_WIDTH = {code + 0xFEE0: code for code in range(ord("!"), ord("~") + 1)}
_DROPPED_CATEGORIES = ("Cc", "Cf")
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)
_OTHER = re.compile(r"[^0-9A-Za-z\u4e00-\u9fff]")  # all that does not stay as it is for sure
_RUN_LENGTHS = {"-": 1, ".": 3}  # dashes and dots are set in runs of any length
_RUN = re.compile(r"--+|\.{4,}")

_SENTENCE_ENDS = "。！？；!?;…"
_CLOSERS = "”’）)」』】》〉］]"
_PAIRS = {"“": "”", "‘": "’", "「": "」", "『": "』", "（": "）", "(": ")", '"': '"'}
_CONTINUED_BY = "，、,：:"
_END_OR_OPENING = re.compile(f"[{_SENTENCE_ENDS}{''.join(_PAIRS)}]")
_ADDRESS = re.compile(r"(?:https?://|www\.)[!-~]+")
MAX_ASIDE = 200  # a quotation or bracket longer than this has probably lost its end


class Folded(NamedTuple):
    """The matching view of a text; `text[k]` was read from `original[starts[k]:ends[k]]`."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def to_original(self, start: int, end: int) -> tuple[int, int]:
        """The interval of the original that a folded interval was read from, both with their end excluded.

        Errors: ValueError if the folded interval is empty or reaches outside.
        """
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"[{start}, {end}) is no interval of {len(self.text)} folded characters")
        return self.starts[start], self.ends[end - 1]

    def is_whole(self, start: int, end: int) -> bool:
        """Whether a folded interval cuts no character of the original, as `m` would cut `㎡`."""
        cuts_start = start > 0 and self.starts[start - 1] == self.starts[start]
        return not cuts_start and not (end < len(self.text) and self.starts[end] == self.starts[end - 1])


def counted(number: int, one: str, many: str = "") -> str:
    """So many of something, in the right number: 1 page, 1,200 pages; `many` where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def to_half_width(text: str) -> str:
    """A text with letters, figures and signs of ASCII in the width of ASCII; nothing moves."""
    return text.translate(_HALF_WIDTH)


def fold(text: str) -> Folded:
    """The matching view of a text: width, white space, line breaks, quotes, dashes and dots made alike.

    Shape: letters keep their case; no digit becomes another, so `②` and `²` stay; a run of dashes becomes one dash, a
    run of dots three dots.
    """
    folded: list[str] = []
    starts, ends = array("l"), array("l")
    done = 0
    for offset in (*(other.start() for other in _OTHER.finditer(text)), len(text)):
        if done < offset:
            folded.append(text[done:offset])
            starts.extend(range(done, offset))
            ends.extend(range(done + 1, offset + 1))
        done = offset + 1
        for piece in _fold_character(text[offset:done]):
            longest = _RUN_LENGTHS.get(piece)
            if longest and folded[-longest:] == [piece] * longest:
                ends[-1] = offset + 1
                continue
            folded.append(piece)
            starts.append(offset)
            ends.append(offset + 1)
    return Folded("".join(folded), starts, ends)


def fold_text(text: str) -> str:
    """The text of `fold`, for who does not ask where it was read: in a tenth of the time."""
    return _RUN.sub(lambda run: run[0][: _RUN_LENGTHS[run[0][0]]], text.translate(_FOLDS))


def plain_text(text: str) -> str:
    """The folded text in simplified characters."""
    return to_simplified(fold_text(text))


def split_sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a text, numbered from 1; together they hold every character that is not white space.

    Shape: a sentence ends with its line, or behind 。！？； or …, with the closing marks that follow. Inside quotations
    and brackets nothing ends, unless they stay open or are longer than `MAX_ASIDE`; a quotation introduced by a colon
    ends with its own full stop. An address (https://a.cn/?id=1) is not cut.
    """
    spans = (_strip_span(text, start, end) for start, end in _find_sentence_spans(text))
    return tuple(Sentence(number, *span) for number, span in enumerate((span for span in spans if span), 1))


def find_all(words: str, text: str, start: int = 0, end: int | None = None, *, step: int = 1) -> Iterator[int]:
    """Where words begin in a part of a text, in order; the next place is looked for `step` characters on."""
    at = text.find(words, start, end)
    while at >= 0:
        yield at
        at = text.find(words, at + step, end)


@cache
def simplified() -> dict[int, int]:
    """The simplified form of each traditional character, for `str.translate`."""
    script = read_words("script")
    return str.maketrans(script["traditional"], script["simplified"])


def to_simplified(text: str) -> str:
    """A text in simplified characters; most have no other, and to see that costs a tenth of turning them over."""
    return text.translate(simplified()) if _any_traditional().search(text) else text


@cache
def _any_traditional() -> re.Pattern[str]:
    """A character that has a simplified form."""
    return re.compile(f"[{''.join(map(chr, simplified()))}]")


def in_both_scripts(pattern: str) -> str:
    """A pattern in whose place for each simplified character its traditional ones may stand too: 本报 for 本報."""
    pieces: list[str] = []
    in_class = escaped = False
    for char in pattern:
        if char in "[]" and not escaped:
            in_class = char == "["
        escaped = char == "\\" and not escaped
        both = char + _traditional().get(char, "")
        pieces.append(both if in_class or len(both) == 1 else f"[{both}]")
    return "".join(pieces)


@cache
def _traditional() -> dict[str, str]:
    """The traditional characters for which a simplified one stands."""
    forms: dict[str, str] = {}
    for old, new in simplified().items():
        forms[chr(new)] = forms.get(chr(new), "") + chr(old)
    return forms


@lru_cache(maxsize=65_536)
def _fold_character(char: str) -> str:
    """What one character becomes: nothing, itself, or a few others; nothing for none."""
    if char in _FOLDED_AS:
        return _FOLDED_AS[char]
    if not char or unicodedata.category(char) in _DROPPED_CATEGORIES or ord(char) in _VARIATION_SELECTORS:
        return ""
    plain = unicodedata.normalize("NFKC", char)
    if plain == char:
        return "" if char.isspace() else char
    if (
        not char.isdecimal()
        and any(piece.isdecimal() for piece in plain)
        and unicodedata.numeric(char, None) is not None
    ):
        return char  # `10²` must not become `102`
    return "".join(_FOLDED_AS.get(piece, piece) for piece in plain if not piece.isspace())


class _Folds(dict[int, str]):
    """What each character becomes, for `str.translate`, looked up when it is first met."""

    def __missing__(self, code: int) -> str:
        """What a character becomes that nobody asked for yet."""
        return self.setdefault(code, _fold_character(chr(code)))


_FOLDS = _Folds()


def _find_sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """The raw spans of sentences, white space at their ends included."""
    line_start = 0
    for line in text.splitlines(keepends=True):
        start = 0
        for end in (*_find_ends(line), len(line)):
            yield line_start + start, line_start + end
            start = end
        line_start += len(line)


def _find_ends(line: str) -> Iterator[int]:
    """The offsets behind each sentence that ends inside a line."""
    has_pairs = line.count('"') % 2 == 0
    inside = {offset for address in _ADDRESS.finditer(line) for offset in range(address.start() + 1, address.end())}
    start = offset = 0
    while mark := _END_OR_OPENING.search(line, offset):
        offset = mark.start()
        aside_end = _find_aside_end(line, offset) if line[offset] != '"' or has_pairs else None
        ends_here = line[offset] in _SENTENCE_ENDS
        if aside_end is not None:
            ends_here = line[max(offset - 1, 0)] in "：:" and line[aside_end - 2] in _SENTENCE_ENDS
        offset = aside_end or offset + 1
        if ends_here:
            offset = _skip_closers(line, offset, start)
            if offset not in inside and line[offset : offset + 1] not in _CONTINUED_BY:
                yield offset
                start = offset


def _find_aside_end(line: str, offset: int) -> int | None:
    """The offset behind a quotation or bracket that opens here and closes properly."""
    closer = _PAIRS.get(line[offset])
    if closer is None:
        return None
    aside = line[offset + 1 : offset + 2 + MAX_ASIDE]
    length = aside.find(closer)
    if length < 0 or line[offset] in aside[:length]:
        return None
    return offset + length + 2


def _skip_closers(line: str, offset: int, start: int) -> int:
    """The offset behind the end marks and closing marks that stand here, in a sentence that began at `start`."""
    while offset < len(line):
        closes_quote = line[offset] == '"' and line.count('"', start, offset) % 2 == 1
        if line[offset] not in _SENTENCE_ENDS + _CLOSERS and not closes_quote:
            break
        offset += 1
    return offset


def _strip_span(text: str, start: int, end: int) -> tuple[int, int] | None:
    """A span without the white space at its ends; None if nothing is left."""
    piece = text[start:end]
    if not piece.strip():
        return None
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


class Term(NamedTuple):
    """A word of the field, and what English says for it.

    Shape: `wrong` finds English words that are no rendering of it, unless one of the Chinese words `unless` is there.
    """

    chinese: str
    english: str
    wrong: re.Pattern[str]
    unless: tuple[str, ...]


def glossary_for(text: str) -> tuple[Term, ...]:
    """The terms of the glossary that stand in a Chinese text, in the order of the table."""
    folded = fold_text(text)
    return tuple(term for term in _terms() if term.chinese in folded)


def find_wrong_words(english: str, folded: str) -> list[tuple[Term, str]]:
    """Terms of a Chinese text, which is given folded, with the words of an English one that render them wrongly."""
    return [(term, match[0]) for term in _binding_terms(folded) if (match := term.wrong.search(english))]


@lru_cache(maxsize=16)  # asked for the headline and for the summary of an article
def _binding_terms(folded: str) -> tuple[Term, ...]:
    """The terms of a folded text that English has to render as they are."""
    there = (term for term in _terms() if term.chinese in folded)
    return tuple(term for term in there if not any(word in folded for word in term.unless))


@cache
def _terms() -> tuple[Term, ...]:
    """The table."""
    return tuple(
        Term(row["term"], row["english"], _phrases(row["wrong"]), tuple(row["unless"].split()))
        for row in read_table("glossary")
    )


def _phrases(phrases: str) -> re.Pattern[str]:
    """The phrases of a cell as one pattern: `*` stands for letters, a space or a hyphen for either.

    Shape: their first letters come first of all, because `re` passes over all other characters at once.
    """
    spelled = re.escape(phrases).replace(r"\|", "|").replace(r"\*", r"\w*")
    apart = re.sub(r"\\[ -]", r"[\\s-]+", spelled).split("|")
    heads = "".join(dict.fromkeys(phrase[0] for phrase in apart))
    rest = "|".join(f"(?<={phrase[0]}){phrase[1:]}" for phrase in apart)
    return re.compile(rf"[{heads.lower()}{heads.upper()}](?<!\w.)(?i:{rest})(?!\w)")
