"""The numerals of an English sentence, so that they can be held against those of a Chinese article.

`30 million yuan` says 30000000 as 3000万元 does. The pronoun *one* says no number and is left out, with the words that
only look like ordinals (first-line, at first).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

from summariser.numbers.numerals import ARABIC, Numeral, NumeralKind, plain
from summariser.tables import read_words

_TABLE = read_words("english_numbers")
_TENS = {word: 10 * ten for ten, word in enumerate(_TABLE["tens"].split(), 2)}
_SMALL = {word: value for value, word in enumerate(_TABLE["small"].split())} | _TENS
_SCALES = _TABLE["scales"]
_ORDINALS = {word: value for value, word in enumerate(_TABLE["ordinals"].split(), 1)}
_ORDINALS |= {word: 10 * ten for ten, word in enumerate(_TABLE["tens_ordinals"].split(), 3)}
_MONTHS = _TABLE["months"].split()
_MULTIPLIED = {word: Decimal(factor) for word, factor in _TABLE["multiplied"].items()}
_FACTORS = _MULTIPLIED | {word: Decimal(factor) for word, factor in _TABLE["often"].items()}
_DENOMINATORS = _TABLE["denominators"]
_PERCENT, _HALF = Decimal(100), Decimal("0.5")

_WORD = "|".join(sorted([*_SMALL, *_SCALES], key=len, reverse=True))
_SCALE = "|".join(sorted(_SCALES, key=len, reverse=True))
_NUMBER = (
    rf"{ARABIC}(?:[ -]?(?:{_SCALE})\b)*"
    rf"|\b(?:{_WORD})(?:(?:[ -]|(?:(?<=hundred)|(?<=thousand)|(?<=million))\ and\ )(?:{_WORD}))*\b"
)
_ORDINAL = "|".join(_ORDINALS)
_FRACTION = "|".join(_DENOMINATORS)
_PREPOSITION = (
    r"(?:in|of|since|by|until|till|from|to|between|and|before|after|early|late|last|this|mid|every|end of|and)[ -]"
)

# One alternative per form, tried in this order where a figure stands or a word begins.
_NUMERAL = re.compile(
    rf"""
    (?:(?=[0-9])|\b(?=[A-Za-z]))(?:
    (?P<name>(?!(?i:post|mid|pre)-)[A-Za-z]+-?[0-9][0-9A-Za-z]*|[0-9]+(?:[+×:/>][0-9NX]+)+
        |(?<![0-9.])[0-9]+(?=\+[A-Z])|[0-9]+(?:G|D|Q)\b)
    |(?P<nth>[0-9]+(?:st|nd|rd|th)\b|(?i:\bNo\.?\ ?[0-9]+))
    |(?P<decade>(?:19|20)?[0-9]0s|(?<=post-)[0-9]0s|(?<=post-)[0-9]5s?)\b
    |(?P<month>\b(?:{"|".join(_MONTHS)})\b|\b(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b(?=\.|\ [0-9]))
    |(?P<year>(?<![0-9.,])(?:19|20)[0-9]{{2}}(?![0-9]|[.,][0-9]))
    |(?i:
    (?P<share>\b(?P<top>{_NUMBER}|an?)[ -](?P<bottom>{_FRACTION})s?\b
        (?!\ (?:time|year|edition|round|place|prize|party|phase|batch|term|session|day|week|month)))
    |(?P<ratio>\b(?P<some>one|1)\ (?:in|out\ of)\ (?:every\ |each\ )?(?P<many>{_NUMBER})(?!\ (?:19|20)[0-9]{{2}})
        |\b(?P<some_of>{_NUMBER})\ (?:in\ every|out\ of|out\ of\ every)\ (?P<many_of>{_NUMBER}))
    |(?P<round>\b(?P<tens>tens|dozens|scores|hundreds|thousands|millions)(?:\ of\ (?P<of>thousands|millions))?\b)
    |(?P<few>\b(?:several|a\ few)\ (?P<few_of>hundred|thousand|million|dozen)\b(?:\ (?P<few_more>thousand|million)\b)?)
    |(?P<half>(?:(?P<whole>{_NUMBER})[ -]and[ -]a[ -]half\b(?:[ -](?P<half_scale>{_SCALE})\b)?
        |\bhalf\b(?:[ -]an?[ -](?:(?P<half_of>{_SCALE})|(?P<half_percent>per\ ?cent(?:age\ point)?))\b)?))
    |(?P<factor>\b(?:{"|".join(_FACTORS)})\b|\b(?:{_WORD}|[0-9]+)-?fold\b)
    |(?P<ordinal>\b(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)-)?(?:{_ORDINAL})\b
        (?!-(?:line|hand|class|aid|rate)|\ (?:of\ all|and\ foremost|to\ none|aid|responders?|lady)))
    |(?P<number>{_NUMBER})
    ))
    """,
    re.VERBOSE | re.ASCII,
)
_CLOCK = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])")
_HALF_DAY = re.compile(r" ?[ap]\.?m\b", re.IGNORECASE)
_NOON = 12
_REACH = 14  # characters before a numeral that tell what it is
_IS_MONTH_MAY = re.compile(r"\s+[0-9]|,?\s+(?:19|20)[0-9]{2}")
_MONTH_BEFORE = re.compile(_PREPOSITION + "$", re.IGNORECASE)
_AFTER_MONTH = re.compile(r"\b(?:" + "|".join(month[:3] for month in _MONTHS) + r")[a-z]*\.? $")
_BEFORE_MONTH = re.compile(r"(?: of)? (?:" + "|".join(_MONTHS) + ")")
_PART_AFTER = re.compile(r" of\b|s\b|[.,;]|$")
_PART_BEFORE = re.compile(r"\b(?:by|about|over|than|nearly|almost|only|up) $", re.IGNORECASE)
_MINUS = re.compile(r"(?:(?<![0-9A-Za-z)%])[-−–]|\b(?:minus|negative) )[$¥€£]?$", re.IGNORECASE)
_BELOW = re.compile(r"(?: degrees?| ?°C?)(?: Celsius| centigrade)? below (?:zero|freezing)", re.IGNORECASE)
_TIMES_AS = re.compile(
    r"(?: times|(?<=[Tt]wice)) (?:as (?:many|much|high|large|big|long|fast)|what|that of|last|more|higher|larger)\b"
)
_NUMBERED = re.compile(
    r"\b(?:phase|stage|line|route|grade|level|article|chapter|building|room|unit|type)[ -]$", re.IGNORECASE
)
_JOINT = re.compile(r"\s*(?:-|–|—|~|to|or)\s*")
_LAST_SCALES = re.compile(rf"(?:[ -]?(?:{_SCALE}))+$", re.IGNORECASE)

# What a form is used for where it is no quantity.
_KINDS = {"name": NumeralKind.NAME, "nth": NumeralKind.ORDINAL, "ordinal": NumeralKind.ORDINAL} | dict.fromkeys(
    ("decade", "month", "year"), NumeralKind.DATE
)


def is_multiplied(numeral: Numeral, text: str) -> bool:
    """Whether a numeral says how many times as much something is (doubled, twice as many), not how often."""
    words = numeral.raw.lower()
    return words in _MULTIPLIED or words.endswith("fold") or bool(_TIMES_AS.match(text, numeral.end))


def find_english_numerals(text: str) -> list[Numeral]:
    """Every numeral of English `text`, in text order.

    Shape: *one* alone is none; month names give the number of the month; the first end of `2-3 million` may stand for
    2 or for 2000000; `dozens` and `hundreds` stand for any round number they may mean.
    """
    found = [numeral for match in _NUMERAL.finditer(text.replace("％", "%")) for numeral in _read(match, text)]
    return [_with_lent_scale(text, *pair) for pair in zip(found, [*found[1:], None], strict=False)]


def _read(match: re.Match[str], text: str) -> Iterator[Numeral]:
    """The numerals of one match: several for 24/7, none for *one* and the verb *may*."""
    form, start, end = match.lastgroup or "", match.start(), match.end()
    kind, before = _KINDS.get(form, NumeralKind.QUANTITY), text[max(start - _REACH, 0) : start]
    if clock := _CLOCK.fullmatch(match[0]):
        yield _clock_hour(clock[1], start)
        if int(clock[2]):
            yield Numeral(clock[2], frozenset({Decimal(clock[2])}), start + clock.start(2), end, NumeralKind.NAME)
    elif form == "name":
        for digits in re.finditer(ARABIC, match[0]):
            yield Numeral(
                digits[0], frozenset({Decimal(digits[0])}), start + digits.start(), start + digits.end(), kind
            )
    elif form == "number" and match[0].isdigit() and _HALF_DAY.match(text, end):
        yield _clock_hour(match[0], start)
    elif not _is_word_only(form, match, before):
        values = _values(form, match)
        if form == "number" and _NUMBERED.search(before):
            kind = NumeralKind.ORDINAL
        elif (
            form == "number" and match[0].isdigit() and (_AFTER_MONTH.search(before) or _BEFORE_MONTH.match(text, end))
        ):
            kind = NumeralKind.DATE
        if kind is NumeralKind.QUANTITY and (_MINUS.search(before) or _BELOW.match(text, end)):
            values = {-value for value in values}
        yield Numeral(match[0], frozenset(values), start, end, kind)


def _clock_hour(raw: str, start: int) -> Numeral:
    """An hour, which another language may count from noon: 19:00 is 晚上7点."""
    hour = Decimal(raw)
    other = hour + _NOON if hour <= _NOON else hour - _NOON
    return Numeral(raw, frozenset({hour, other}), start, start + len(raw), NumeralKind.DATE)


def _is_word_only(form: str, match: re.Match[str], before: str) -> bool:
    """Whether the words say no number here: one, at first, ten seconds, you may."""
    words = match[0].lower()
    if form == "month" and words in {"may", "march"}:
        return not (_IS_MONTH_MAY.match(match.string, match.end()) or _MONTH_BEFORE.search(before))
    if form == "ordinal":
        return f" {before.lower()}".endswith(" at ") or (words == "second" and before[-2:-1].isdigit())
    return form == "number" and (words in {"one", "k", "mn", "bn"} or (words == "zero" and before.endswith("below ")))


def _values(form: str, match: re.Match[str]) -> set[Decimal]:
    """The numbers that the words of one form may stand for."""
    words = match[0].lower()
    if form in _COUNTED:
        return _COUNTED[form](match)
    if form == "month":
        return {Decimal(next(n for n, month in enumerate(_MONTHS, 1) if month.lower().startswith(words[:3])))}
    if form == "ordinal":
        tens, _, ones = words.rpartition("-")
        return {Decimal(_SMALL.get(tens, 0) + _ORDINALS[ones])}
    if form in {"nth", "decade", "year"}:
        number = Decimal(re.sub("[^0-9]", "", words))
        return {number, number + 1900, number + 2000} if form == "decade" and number < 100 else {number}
    return {_FACTORS[words] if words in _FACTORS else _read_words(words.removesuffix("fold"))}


def _share(match: re.Match[str]) -> set[Decimal]:
    """Two thirds, also as per cent; *a third* may be one more unless of something, three quarters those of a year."""
    bottom = _DENOMINATORS[match["bottom"].lower()]
    is_article = match["top"].lower() in {"a", "an"}
    top = Decimal(1) if is_article else _read_words(match["top"])
    shares = {top / bottom, _PERCENT * top / bottom}
    if bottom == _DENOMINATORS["quarter"]:
        return shares if is_article else shares | {top}
    is_part = _PART_AFTER.match(match.string, match.end()) or _PART_BEFORE.search(match.string[: match.start()][-12:])
    return shares | {Decimal(bottom)} if is_article and not is_part else shares


def _ratio(match: re.Match[str]) -> set[Decimal]:
    """One in five, also as per cent; nothing larger than the whole."""
    some = _read_words(match["some"] or match["some_of"])
    many = _read_words(match["many"] or match["many_of"])
    return {some / many, _PERCENT * some / many} if some < many else {some, many}


def _round(match: re.Match[str]) -> set[Decimal]:
    """Dozens, hundreds, tens of thousands: any multiple they may mean."""
    unit = {"tens": 10, "dozens": 10, "scores": 10}.get(match["tens"].lower()) or _SCALES[match["tens"].lower()[:-1]]
    unit *= _SCALES[match["of"].lower()[:-1]] if match["of"] else 1
    return {Decimal(unit * k) for k in range(1, 100 if unit >= 1000 else 10)}


def _few(match: re.Match[str]) -> set[Decimal]:
    """Several hundred: two to nine of them."""
    unit = 10 if match["few_of"].lower() == "dozen" else _SCALES[match["few_of"].lower()]
    unit *= _SCALES[match["few_more"].lower()] if match["few_more"] else 1
    return {Decimal(unit * k) for k in range(2, 10)}


def _half(match: re.Match[str]) -> set[Decimal]:
    """Half, half a million, two and a half."""
    if match["whole"]:
        return {plain((_read_words(match["whole"]) + _HALF) * _SCALES.get((match["half_scale"] or "").lower(), 1))}
    if match["half_of"]:
        return {plain(_HALF * _SCALES[match["half_of"].lower()])}
    if match["half_percent"]:
        return {_HALF}
    return {_HALF, Decimal(50)}


_COUNTED: dict[str, Callable[[re.Match[str]], set[Decimal]]] = {
    "share": _share,
    "ratio": _ratio,
    "round": _round,
    "few": _few,
    "half": _half,
}


def _read_words(words: str) -> Decimal:
    """The number that words or figures name: twenty-three, 1.8 million, two hundred and five."""
    total = section = Decimal(0)
    for word in re.findall(rf"{ARABIC}|[a-z]+", words.lower()):
        scale = _SCALES.get(word)
        if word[0].isdigit():
            section += Decimal(word.replace(",", ""))
        elif scale is None:
            section += _SMALL.get(word, 0)  # none for *and*
        elif scale < 1000:
            section = (section or Decimal(1)) * scale
        else:
            total, section = total + (section or Decimal(1)) * scale, Decimal(0)
    return plain(total + section)


def _with_lent_scale(text: str, numeral: Numeral, following: Numeral | None) -> Numeral:
    """The first end of `2 to 3 million` with the scale of the second as a second reading."""
    if following is None or not _JOINT.fullmatch(text, numeral.end, following.start):
        return numeral
    scale = _LAST_SCALES.search(following.raw)
    if scale is None or _LAST_SCALES.search(numeral.raw):
        return numeral
    factor = _read_words(scale[0].strip(" -"))
    return numeral._replace(values=numeral.values | {plain(value * factor) for value in numeral.values})
