"""Checks of the model's own sentences: each number, place, name and address must be the article's.

A number has to be one that the article prints. Where the article gives it only nearly, at least or about, the sentence
says so with a word bound to it: before or behind the number, or in its clause where it is a limit. Chinese sentences
are read as the article is; for English ones the words are tables.

A hedge of an English number counts where it is bound to it: right before it (more than RMB 300), right behind it (300
yuan or more), or before the number it is listed with. Words that set a bound count anywhere before it in its clause
(the highest grant).

What a number is to a change (下降7.5%, 降到7.5%), by what it is reckoned and whether it is planned must not turn into
something else. All of it is made to raise no false alarm: it would rather miss something.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from summariser.numbers.numerals import (
    NUMBER,
    PEOPLE,
    SHARES,
    SIZES,
    Counted,
    Numeral,
    NumeralKind,
    are_apart,
    find_english_numerals,
    read_factors,
    read_number,
    ucum_of,
    unit_class_of,
)
from summariser.numbers.quantity import find_numerals, find_quantities, read_change, read_direction
from summariser.numbers.view import view_numbers
from summariser.places import find_places, place_codes
from summariser.records.sentences import (
    Extent,
    are_planned,
    are_totals,
    find_foreign_people,
    find_foreign_places,
    find_shifts,
    is_told_done,
    is_told_of_each,
    may_reckon_by,
    read_extent,
    signed_places,
    times_beside,
    times_of,
)
from summariser.schema.case import AND, Approximation, Direction, Finding, Quantity, Rule, UnitClass, shorten
from summariser.schema.page import Article
from summariser.tables import Patterns, any_of, read_table, read_words
from summariser.text import find_wrong_words, plain_text, to_half_width, to_simplified

_HEDGE_REACH = 60  # characters before a number in which its hedge stands
_DOUBTS = {"yes": "", "counted": "_counted", "": "_loose"}  # behind the name of a group, by how sure its words are


def _phrases(table: dict[str, list[str]]) -> str:
    """A pattern whose groups are the keys of the table; `*` stands for any ending of a word, `_` for a space."""
    return "|".join(
        f"(?P<{name}>" + "|".join(re.escape(word).replace(r"\*", r"\w*").replace("_", " ") for word in words) + ")"
        for name, words in table.items()
    )


def _hedges(where: str) -> str:
    """The hedges of one place beside a number, in groups by approximation and whether they are sure."""
    table: dict[str, list[str]] = {}
    for row in read_table("english_hedges"):
        if row["where"] == where:
            table.setdefault(row["approximation"] + _DOUBTS[row["sure"]], []).append(row["words"])
    return _phrases(table)


_ENGLISH_UNITS = read_words("english_units")
_UNITS = {name: words.split() for name, words in _ENGLISH_UNITS.items() if isinstance(words, str)}
_MONEY = _ENGLISH_UNITS["money"]
_MONEY_GROUPS = {f"money{at}": words.split() for at, words in enumerate(_MONEY.values())}
_MEASURES = {
    name.replace("_", " "): code for code, names in _ENGLISH_UNITS["measures"].items() for name in names.split()
}
_SAYS = Patterns(
    "prose_words",
    HEDGES_BEFORE=_hedges("before"),
    HEDGES_BEHIND=_hedges("behind"),
    HEDGES_OF_CLAUSE=_hedges("clause"),
    VISITS=_phrases({"person_time": _UNITS.pop("person_time")}),
    UNITS=_phrases(_UNITS | _MONEY_GROUPS),
    MEASURES=any_of(_MEASURES),
)


class _Hedge(NamedTuple):
    """How exactly words give a number.

    Shape: `doubt` is empty, `loose` where they may say something else (top 10), or `counted` where they may only if
    no people, money or shares are counted: over 300 yuan, but over three years, over 300 visits.
    """

    said: frozenset[Approximation] = frozenset({Approximation.EXACT})
    doubt: str = ""

    def is_sure_of(self, unit_class: UnitClass | None) -> bool:
        """Whether a number of these units cannot be exact."""
        return not self.doubt or (self.doubt == "counted" and unit_class not in {None, UnitClass.PERSON_TIME})


def _split_doubt(group: str) -> tuple[str, str]:
    """The approximation and the doubt that the name of a group says."""
    kind, _, doubt = group.rpartition("_")
    return (kind, doubt) if f"_{doubt}" in _DOUBTS.values() else (group, "")


def _read_hedge(text: str, numeral: Numeral, before: tuple[int, _Hedge] | None) -> _Hedge:
    """How exactly the words bound to an English number give it.

    Shape: `before` is where the number before it ends, with its hedge, which may hold for both.
    """
    found = _SAYS.hedge_before.search(text, max(numeral.start - _HEDGE_REACH, 0), numeral.start)
    if found and before and _SAYS.difference.fullmatch(text, before[0], numeral.start):
        return _Hedge()
    found = found or _SAYS.hedge_behind.match(text, numeral.end)
    if found is None or found.lastgroup is None:
        is_joined = (
            before
            and _SAYS.joint.fullmatch(text, before[0], numeral.start)
            and not _SAYS.first_of_change.search(text, max(before[0] - _HEDGE_REACH, 0), before[0])
        )
        return before[1]._replace(doubt=before[1].doubt and "loose") if before and is_joined else _Hedge()
    kind, doubt = _split_doubt(found.lastgroup)
    if found.groupdict().get("not"):
        kind = {"more_than": "at_most", "less_than": "at_least"}.get(kind, kind)
    said = _BELOW if kind == "less_than" else _LIKE[Approximation(kind)]
    return _Hedge(said, "loose" if _SAYS.yardstick_behind.match(text, numeral.end) else doubt)


def _read_limit(text: str, number: Quantity | Numeral) -> set[Approximation]:
    """The bound that the nearest words in the clause before a number set; empty if they set none."""
    clause = _SAYS.clause_end.split(text[max(number.start - _HEDGE_REACH, 0) : number.start])[-1]
    words = _SAYS.chinese_limit if isinstance(number, Quantity) else _SAYS.hedge_clause
    return {Approximation(_split_doubt(str(found.lastgroup))[0]) for found in [*words.finditer(clause)][-1:]}


def _read_unit(text: str, numeral: Numeral) -> tuple[UnitClass | None, str | None]:
    """What an English number counts, by the words beside it: the class, and which money; None where they do not say."""
    if _SAYS.some_of_many.search(numeral.raw):
        return None, None  # six in ten are women
    found = _SAYS.money_before.search(text, max(numeral.start - 5, 0), numeral.start)
    found = found or _SAYS.visits_behind.match(text, numeral.end) or _SAYS.unit_behind.match(text, numeral.end)
    kind = found.lastgroup if found else None
    if kind is None or not kind.startswith("money"):
        return (UnitClass(kind) if kind else None), None
    return UnitClass.MONEY, list(_MONEY)[int(kind.removeprefix("money"))]


_NUMBER = re.compile(f"(?>{NUMBER})(?!分[之点]|下)")  # 3个百分点 and 零下3℃ have one
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Control codes, and what turns or hides letters: no sentence of a newspaper has them.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_NO_SIGNS = re.compile(
    "[\\x00-\\x7f\\u4e00-\\u9fff\\u3000-\\u3020\\uff01-\\uff0f\\uff1a-\\uff5e“”‘’…—·]*"
)  # of most texts
_ADDRESS_SIGNS = re.compile(r"[:@<=\[&]|\.(?=\S)")  # each address and all markup has one

# Approximations that may stand for each other in prose: 余 and 以上 both say "not fewer". 近 sets no limit.
_GROUPS = (
    {Approximation.EXACT},
    {Approximation.MORE_THAN, Approximation.AT_LEAST},
    {Approximation.NEARLY},
    {Approximation.AT_MOST},
    {Approximation.ABOUT},
    {Approximation.RANGE, Approximation.ORDER_OF_MAGNITUDE},
)
_FACTORS = {"2": "twice", "0.5": "half"}
_LIKE = {approx: frozenset(group) for group in _GROUPS for approx in group}
_BELOW = frozenset({Approximation.NEARLY, Approximation.AT_MOST})  # 不足 and fewer than say no more than that
_FEW = 10  # fewer things than these are told without a number too (夫妻俩)
_SEVERAL = 3
_MULTIPLIED = SHARES | {UnitClass.MULTIPLE}
_MEASURED = _MULTIPLIED | {UnitClass.MONEY}
_FOREIGN_MONEY = frozenset({"美元", "欧元", "港元", "日元", "英镑"})
_TENTHS = frozenset({"毛", "毛钱", "角", "角钱"})  # of one 元
_DEGREES = frozenset({"度", "℃", "摄氏度"})
_LONG = 6  # digits of a share that its words cannot have printed: 0.3333333
_FALL_REACH = 30  # characters before a number in which its fall is told
_ESTIMATE_REACH = 60  # characters before a Chinese number that may call it an estimate; thrice that in English


class ArticleFacts(NamedTuple):
    """The closed set that prose is checked against."""

    quantities: tuple[Quantity, ...]
    values: frozenset[Decimal]
    words: frozenset[Decimal]  # numbers that only a translation makes: 千年, 半年
    named: frozenset[Decimal]  # numbers that count nothing: of dates, names, ordinals, parts of a quantity
    fallen: frozenset[Decimal]  # numbers by which something fell, or below nought, without their sign
    frost: frozenset[Decimal]  # degrees below zero, without their sign
    directions: dict[int, Direction]  # which way the quantity that starts there went, where words say so
    extents: dict[int, Extent]  # whether the quantity that starts there is what a change came to, or how much it was
    shifts: tuple[tuple[Quantity, Quantity], ...]  # what is told as before and after
    sentences: dict[int, int]  # the number of the sentence in which the quantity that starts there stands
    factors: frozenset[Decimal]  # how many times as much something became: 翻一番, 增长一倍, 增长100%
    text: str  # with the words in the place of misprints behind it
    folded: str  # in one script
    places: frozenset[str]  # codes of the divisions named
    pieces: frozenset[int]  # where quantities in 个 stand of what is no person: 128个试点
    points: frozenset[int]  # where 个 begins a measure: 3个点, 3个千分点


def collect_facts(article: Article, mended: Iterable[str] = ()) -> ArticleFacts:
    """Everything in an article that prose may name; `mended` are words that a person put in the place of misprints."""
    text = "\n".join((article.text, *mended))  # behind the text, so that all places in it stay
    quantities = tuple(find_quantities(text))
    words = {Decimal(value) for word, value in read_words("prose_words")["numbers"].items() if word in text}
    factors = {Decimal(factor) for factor, says in _FACTORS.items() if getattr(_SAYS, says).search(text)}
    words |= factors
    numerals = find_numerals(text)
    named = {value for one in numerals if one.kind is not NumeralKind.QUANTITY for value in one.values}
    named |= {value for one in quantities for value in _numbers_in(one)}
    values = words | named | {value for numeral in numerals for value in numeral.values}
    values |= {number for one in quantities for number in (one.value, one.min, one.max) if number is not None}
    values |= {one.value / 10 for one in quantities if one.value is not None and one.unit in _TENTHS}
    frost, fallen = set[Decimal](), set[Decimal]()
    for one in quantities:
        if one.value is None:
            continue
        if one.value < 0 and one.unit in _DEGREES:
            frost.add(-one.value)
        elif one.value < 0 or _SAYS.falls.search(text, max(one.start - _FALL_REACH, 0), one.start):
            fallen.add(abs(one.value))
    directions = {one.start: way for one in quantities if (way := read_direction(text, one.start, one.end))}
    shifts = tuple(find_shifts(text, quantities))
    changed = (one for one in quantities if one.start in directions)
    extents = {one.start: extent for one in changed if (extent := read_extent(text, one.start, one.end))}
    extents |= {one.start: Extent.TO for pair in shifts for one in pair}
    factors |= {factor for one in quantities for factor in _factors(one, text)}
    return ArticleFacts(
        quantities=quantities,
        values=frozenset(values),
        words=frozenset(words),
        named=frozenset(named),
        fallen=frozenset(fallen),
        frost=frozenset(frost),
        directions=directions,
        extents=extents,
        shifts=shifts,
        sentences=_sentences(quantities, text),
        factors=frozenset(factors),
        text=text,
        folded=(folded := plain_text(text)),
        places=place_codes(text) | signed_places(folded),
        pieces=frozenset(one.start for one in quantities if one.unit == "个" and not _SAYS.people.match(text, one.end)),
        points=frozenset(one.start for one in quantities if _is_point(one, text)),
    )


def _numbers_in(quantity: Quantity) -> Iterator[Decimal]:
    """The numbers that make up a quantity: 6 and 42 of 6分42秒; 10, 0.1 and 10 % of one person in each ten."""
    if (value := quantity.value) is None:
        return
    numbers = _NUMBER.findall(view_numbers(quantity.raw).text)
    if len(numbers) > 1:
        yield from filter(None, (read_number(each).value for each in numbers))
    whole = _NUMBER.match(quantity.per or "")
    if whole and (quantity.unit == "个" or unit_class_of(whole.string[whole.end() :]) is quantity.unit_class):
        many = read_number(whole[0]).value
        yield from (many, value / many, 100 * value / many) if many else ()


def _sentences(quantities: Iterable[Quantity], text: str) -> dict[int, int]:
    """The number of the sentence in which each quantity stands, by its start."""
    ends = [match.end() for match in _SAYS.sentence_end.finditer(text)]
    return {one.start: bisect_right(ends, one.start) for one in quantities}


def _is_point(quantity: Quantity, text: str) -> bool:
    """Whether 个 begins a longer measure: 3个点."""
    return quantity.unit == "个" and _SAYS.points.match(text, quantity.end) is not None


def check_chinese(text: str, path: str, facts: ArticleFacts) -> list[Finding]:
    """What a Chinese sentence of the model's says that the article does not."""
    if not text.strip():
        return [Rule.PROSE_EMPTY.say(path, language="Chinese")]
    if not _CHINESE.search(text):
        return [Rule.WRONG_LANGUAGE.say(path, language="Chinese")]
    findings, numerals = _foreign_words(text, path, facts), find_numerals(text)
    findings += [
        _foreign_number(one.raw, path)
        for one in numerals
        if not _is_printed(one, text, facts) and not _is_one_as_printed(text, one, facts)
    ]
    findings += [_foreign_number(sign, path) for sign in _unread_signs(text, numerals, facts)]
    quantities = find_quantities(text)
    before = {other.start: one for one, other in find_shifts(text, quantities)}
    for quantity in quantities:
        if quantity.value is None or _is_one_as_printed(text, quantity, facts):
            continue
        if not quantity.is_round and not _is_estimate(quantity):
            said = _say_chinese(text, quantity, quantity.value)
            findings += _changed(said._replace(before=before.get(quantity.start)), path, facts)
    for place in find_places(text):
        if not place.codes & facts.places and plain_text(place.name) not in facts.folded:
            findings.append(Rule.PLACE_NOT_IN_ARTICLE.say(path, name=place.name))
    for name in _SAYS.quoted.findall(text):
        if plain_text(name) not in facts.folded:
            findings.append(Rule.NAME_NOT_IN_ARTICLE.say(path, quoted=shorten(name)))
    return findings


def check_english(text: str, path: str, facts: ArticleFacts) -> list[Finding]:
    """What an English sentence of the model's says that the article does not."""
    if not text.strip():
        return [Rule.PROSE_EMPTY.say(path, language="English")]
    if len(_CHINESE.findall(text)) * 4 > len(text):
        return [Rule.WRONG_LANGUAGE.say(path, language="English")]
    findings = _foreign_words(text, path, facts)
    text = to_half_width(text)
    before: tuple[int, _Hedge] | None = None
    numerals = find_english_numerals(text)
    findings += [_foreign_number(sign, path) for sign in _unread_signs(text, numerals, facts)]
    counting = [one for one in numerals if one.kind is NumeralKind.QUANTITY]
    shifted = {other.start: one for one, other in find_shifts(text, counting)}
    for numeral in numerals:
        if numeral.kind is NumeralKind.ORDINAL and numeral.values == {Decimal(1)}:
            continue  # *first* is said of much that the article does not number
        factors = read_factors(numeral, text)
        if not (factors & facts.factors if factors else _is_printed(numeral, text, facts)):
            findings.append(_foreign_number(numeral.raw, path))
        elif numeral.kind is NumeralKind.QUANTITY and _is_plain(numeral, facts):
            hedge = _read_hedge(text, numeral, before)
            before = numeral.end, hedge
            said = _say_english(text, numeral, hedge)._replace(before=shifted.get(numeral.start))
            findings += _changed(said, path, facts)
            continue
        before = None
    findings += [
        Rule.PLACE_NOT_IN_ARTICLE.say(path, name=name) for name in find_foreign_places(text, facts.folded, facts.places)
    ]
    return findings + [
        Rule.TERM_TRANSLATED_WRONGLY.say(path, words=words, term=term.chinese, right=term.english)
        for term, words in find_wrong_words(text, facts.folded)
    ]


class _Said(NamedTuple):
    """A number of the model's sentence.

    Shape: `unit_class`, `money` and `measure` (as `_measure_of`) are None where the words do not say; `approx` holds
    every approximation that they may stand for; `unit` is empty in English.
    """

    text: str
    number: Quantity | Numeral
    values: frozenset[Decimal]
    approx: frozenset[Approximation]
    unit_class: UnitClass | None
    money: str | None
    measure: str | None
    unit: str = ""
    before: Quantity | Numeral | None = None

    @property
    def is_chinese(self) -> bool:
        """Whether the sentence is Chinese."""
        return isinstance(self.number, Quantity)

    @property
    def is_estimate(self) -> bool:
        """Whether its clause calls it an estimate."""
        start = self.number.start
        if self.is_chinese:
            return bool(_SAYS.chinese_estimate.search(self.text[max(start - _ESTIMATE_REACH, 0) : start]))
        before = self.text[max(start - 3 * _ESTIMATE_REACH, 0) : start]
        behind = _SAYS.english_estimate_behind.match(self.text, self.number.end)
        return bool(_SAYS.english_estimate.search(before) or behind)

    @property
    def counted(self) -> Counted | None:
        """What it counts; None where the words do not say."""
        if isinstance(self.number, Quantity):
            return Counted(self.number.unit_class, "" if _is_point(self.number, self.text) else self.unit)
        if self.unit_class:
            return Counted(self.unit_class)
        is_factor = bool(read_factors(self.number, self.text))
        is_of_things = not is_factor and _SAYS.things_behind.match(self.text, self.number.end)
        return Counted(UnitClass.COUNT, "个") if is_of_things else None

    def is_factor_of(self, facts: ArticleFacts) -> bool:
        """Whether it says how many times as much, as the article does in other words: 增至3倍, tripled of 增长2倍."""
        if isinstance(self.number, Quantity):
            return bool(_factors(self.number, self.text) & facts.factors)
        return bool(read_factors(self.number, self.text) & facts.factors)

    @property
    def direction(self) -> Direction | None:
        """Which way it went; the verb may stand before the number that it came from."""
        start, end = self.number.start, self.number.end
        way = read_direction(self.text, start, end)
        if way or self.before is None:
            return way
        return read_direction(self.text, max(self.text.rfind("from", 0, self.before.start), 0), end)

    @property
    def extent(self) -> Extent | None:
        """Whether it is what a change came to, or how much it was."""
        return Extent.TO if self.before else read_extent(self.text, self.number.start, self.number.end)


def _say_chinese(text: str, quantity: Quantity, value: Decimal) -> _Said:
    """A quantity of a Chinese sentence."""
    approx = _ways_of(quantity) | _read_limit(text, quantity)
    is_while = quantity.unit_class is UnitClass.DURATION and quantity.raw.endswith("内")  # in the three months
    approx |= {Approximation.EXACT} if is_while else set()
    units = quantity.unit_class, _money(quantity), _measure_of(quantity), quantity.unit
    return _Said(text, quantity, frozenset({value}), approx, *units)


def _say_english(text: str, numeral: Numeral, hedge: _Hedge) -> _Said:
    """A number of an English sentence."""
    unit_class, money = _read_unit(text, numeral)
    also = _read_limit(text, numeral) | (set() if hedge.is_sure_of(unit_class) else {Approximation.EXACT})
    found = _SAYS.measure_behind.match(text, numeral.end)
    measure = _MEASURES[found["measure"].lower()] if found else None
    return _Said(text, numeral, numeral.values, hedge.said | also, unit_class, money, measure)


def _ways_of(quantity: Quantity) -> frozenset[Approximation]:
    """What may be said for the approximation of a quantity of Chinese words: 不足 for 少于, 约 for 来."""
    if quantity.approx in _BELOW and _SAYS.below_words.search(quantity.raw):
        return _BELOW
    is_about = quantity.approx is Approximation.MORE_THAN and "来" in quantity.raw
    is_reached = quantity.raw.startswith("满")  # after three months, of 满3个月
    is_more = quantity.approx is Approximation.ABOUT and re.search("[多余]", quantity.raw) is not None  # 约1200多万
    also = {Approximation.ABOUT: is_about, Approximation.EXACT: is_reached, Approximation.MORE_THAN: is_more}
    return _LIKE[quantity.approx] | {approx for approx, holds in also.items() if holds}


def _money(quantity: Quantity) -> str | None:
    """Which money a quantity is, if it is money."""
    if quantity.unit_class is not UnitClass.MONEY:
        return None
    return quantity.unit if quantity.unit in _FOREIGN_MONEY else "元"


def _measure_of(quantity: Quantity) -> str | None:
    """The measure in which a quantity is given: the code of its unit (m2), or the unit if it is a size (亩)."""
    return ucum_of(quantity.unit) or (quantity.unit if quantity.unit_class in SIZES else None)


def _changed(said: _Said, path: str, facts: ArticleFacts) -> list[Finding]:
    """A number of the article whose unit or approximation changed on the way into the prose."""
    known = [one for one in facts.quantities if one.value in said.values and _may_count(said, one, facts)]
    same = [one for one in known if _counts_as(said, one)]
    if not known:
        if findings := _other_measure(said, path, facts):
            return findings
        alike = [one for one in facts.quantities if one.value in said.values and not _is_apart(said, one, facts)]
        same = [] if said.values & facts.named else alike
        if not same:
            return []
    elif not same:
        is_named = said.measure and said.values & facts.named  # 24小时热线 beside 24天
        reason = "人次 counts visits, not people" if known[0].unit_class in PEOPLE else "the unit is another"
        told = {"printed": known[0].raw, "said": said.number.raw, "difference": reason}
        return [] if is_named else [Rule.UNIT_CHANGED.say(path, **told)]
    if findings := _other_way(said, same, path, facts) or _other_circumstance(said, same, path, facts):
        return findings
    estimates = sum(map(_is_estimate, same))
    ranges = (one for one in facts.quantities if one.approx is Approximation.RANGE and _counts_as(said, one))
    ends = {end for one in ranges for end in (one.min, one.max)}  # 35 and 60 of 35至60岁
    is_end = Approximation.EXACT in said.approx and bool(said.values & ends)
    is_kept = is_end or any(one.is_round or _ways_of(one) & said.approx for one in same)
    if is_kept or (estimates and (said.is_estimate or estimates < len(same))):
        return []
    hedges = "近, 余, 超, 约, 以上 as printed" if said.is_chinese else "nearly, more than, about or at least"
    told = {"printed": same[0].raw, "said": said.number.raw, "hedges": hedges}
    return [Rule.APPROXIMATION_CHANGED.say(path, **({"number": same[0].raw} if estimates else told))]


def _counts_as(said: _Said, one: Quantity) -> bool:
    """Whether a number of the article has the unit that the prose gives it: 3% is no 3‰, 2个月 are no two years."""
    is_share, measure = said.unit_class is UnitClass.PERCENT, _measure_of(one)
    is_other = (is_share and one.unit != (said.unit or "%")) or (said.measure and measure not in {None, said.measure})
    return said.unit_class in {None, one.unit_class} and said.money in {None, _money(one)} and not is_other


def _other_way(said: _Said, same: Sequence[Quantity], path: str, facts: ArticleFacts) -> list[Finding]:
    """A number whose change the prose tells otherwise: the ends turned, the other way, or by it for to it."""
    if pair := _turned(said, same, facts):
        return [Rule.DIRECTION_CHANGED.say(path, before=pair[0].raw, after=pair[1].raw)]
    ways = {facts.directions.get(one.start) for one in same}
    way = said.direction if ways != {None} else None
    if way and ways == {way.other}:
        return [Rule.DIRECTION_CHANGED.say(path, number=same[0].raw, way1=way.other, way2=way)]
    extents = {facts.extents.get(one.start) for one in same}
    extent = said.extent if len(extents) == 1 and None not in extents else None
    if extent is None or extents == {extent} or _is_difference(said, facts):
        return []
    what = ("the level reached", "the size of the change")
    is_so, is_not = what if extent is Extent.BY else what[::-1]
    return [Rule.LEVEL_CHANGED.say(path, number=same[0].raw, extent1=is_so, extent2=is_not)]


def _other_circumstance(said: _Said, same: Sequence[Quantity], path: str, facts: ArticleFacts) -> list[Finding]:
    """A number reckoned by another time than the article reckons it by, a sum told of each, a plan told as done."""
    times = times_beside(said.text, said.number)
    is_money = said.unit_class is UnitClass.MONEY
    if times and all(one.per and not times & times_of(one) and (is_money or times_of(one)) for one in same):
        if not may_reckon_by(times, facts.text, same):
            per, told = same[0].per, AND.join(sorted(times))
            return [Rule.UNIT_CHANGED.say(path, number=same[0].raw, reckoning1=per, reckoning2=told)]
    elif are_totals(facts.text, same, times) and (times or is_told_of_each(said.text, said.number)):
        return [Rule.UNIT_CHANGED.say(path, number=same[0].raw)]
    elif is_told_done(said.text, said.number) and are_planned(facts.text, same):
        return [Rule.PLAN_TOLD_AS_DONE.say(path, number=same[0].raw)]
    return []


def _turned(said: _Said, same: Sequence[Quantity], facts: ArticleFacts) -> tuple[Quantity, Quantity] | None:
    """The pair of the article whose ends the prose turns, if no sentence of it has them in the order of the prose."""
    first = _values_of(said.before)
    turned = [(one, other) for one, other in facts.shifts if one in same and other.value in first - {one.value}]
    is_told = turned and any(
        one.value in first and one.start < other.start and facts.sentences[one.start] == facts.sentences[other.start]
        for one in facts.quantities
        for other in same
    )
    return turned[0] if turned and not is_told else None


def _values_of(number: Quantity | Numeral | None) -> frozenset[Decimal]:
    """What a number of the prose may be; nothing if there is none."""
    if number is None:
        return frozenset()
    if isinstance(number, Numeral):
        return number.values
    return frozenset() if number.value is None else frozenset({number.value})


def _is_difference(said: _Said, facts: ArticleFacts) -> bool:
    """Whether two levels of the article lie so far apart: by 300 may be told where it went from none to 300."""
    pairs = ((one.value, other.value) for one, other in facts.shifts)
    return any(one is not None and other is not None and abs(other - one) in said.values for one, other in pairs)


def _other_measure(said: _Said, path: str, facts: ArticleFacts) -> list[Finding]:
    """A number that the article prints only with units of quite another kind: 300名 where it has 300元.

    Shape: of English words those for people are no sure sign of what is counted (40 workers' homes).
    """
    printed = [one for one in facts.quantities if said.values & {one.value, one.min, one.max}]
    if not printed or said.values & facts.named or said.is_factor_of(facts) or _is_told_without(said, printed):
        return []
    if not all(_is_apart(said, one, facts) for one in printed):
        return []
    difference = "the unit is another"
    return [Rule.UNIT_CHANGED.say(path, printed=printed[0].raw, said=said.number.raw, difference=difference)]


def _may_count(said: _Said, one: Quantity, facts: ArticleFacts) -> bool:
    """Whether a number of the article with this value may count what the prose says, were the unit right."""
    if said.unit_class is None:
        return not _is_apart(said, one, facts)
    are_measures = bool(said.measure and _measure_of(one))
    return said.unit_class is one.unit_class or are_measures or {said.unit_class, one.unit_class} in (PEOPLE, SHARES)


def _is_apart(said: _Said, one: Quantity, facts: ArticleFacts) -> bool:
    """Whether a number of the article surely counts something else."""
    own, is_people = said.counted, said.is_chinese and said.unit_class is UnitClass.PERSON
    if own is None or (said.unit_class is None and one.unit_class not in _MEASURED):
        return False
    unit = "" if one.start in facts.points else one.unit
    is_piece = is_people and one.start in facts.pieces
    return is_piece or are_apart(own, Counted(one.unit_class, unit), counted=said.is_chinese)


def _is_told_without(said: _Said, printed: Iterable[Quantity]) -> bool:
    """Whether so few may be told where the article prints no number of them (夫妻俩); not three where it has 3%."""
    if said.unit_class in _MEASURED or max(said.values) >= _FEW:
        return False
    return min(said.values) < _SEVERAL or any(one.unit_class not in _MULTIPLIED for one in printed)


def _is_plain(numeral: Numeral, facts: ArticleFacts) -> bool:
    """Whether an English number can be compared with one of the article: one reading, no *hundreds*, no mere word."""
    is_sure = numeral.values <= facts.values or min(numeral.values) < 1
    return is_sure and len(numeral.values) <= 2 and not numeral.values & facts.words


def _is_printed(numeral: Numeral, text: str, facts: ArticleFacts) -> bool:
    """Whether the article has the number under one of its readings; a fall may stand as a sign or as a word."""
    if numeral.values & facts.values:
        return True
    sizes, near = {abs(value) for value in numeral.values}, max(numeral.start - _FALL_REACH, 0)
    for known, words in ((facts.fallen, _SAYS.falls), (facts.frost, _SAYS.frost)):
        if sizes & known and (sizes != numeral.values or words.search(text, near, numeral.end + _FALL_REACH)):
            return True
    shares = [value for value in numeral.values if len(value.as_tuple().digits) > _LONG]
    return any(abs(share - value) * 1000 <= share for share in shares for value in facts.values)


def _is_one_as_printed(text: str, number: Quantity | Numeral, facts: ArticleFacts) -> bool:
    """Whether 一 and a measure are words of the article (一天编4只 counts no days), or lead to what it reckons so."""
    raw = number.raw
    if raw[0] != "一":
        return False
    unit = raw[1:].removeprefix("个")
    is_per = (
        unit
        and _SAYS.leads_on.match(text, number.end)
        and any(unit in (one.per or "").split(AND) for one in facts.quantities)
    )
    return is_per or re.search(re.escape(plain_text(raw)) + "(?![多余半来])", facts.folded) is not None


def _foreign_number(words: str, path: str) -> Finding:
    """A number that is no number of the article, under none of its readings."""
    return Rule.NUMBER_NOT_IN_ARTICLE.say(path, number=words)


def _unread_signs(text: str, numerals: Iterable[Numeral], facts: ArticleFacts) -> Iterator[str]:
    """The signs of numbers outside the numerals that were read (⑨, Ⅸ, ٩) which the article does not print."""
    if _NO_SIGNS.fullmatch(text):
        return
    signs = {char for char in text if not char.isascii() and unicodedata.category(char)[0] == "N"}
    if signs := signs - {"〇", *facts.text}:
        read = {place for one in numerals for place in range(one.start, one.end)}
        read |= {found.start() for found in _SAYS.raised.finditer(text)}  # m², CO₂
        yield from (char for place, char in enumerate(text) if char in signs and place not in read)


def _foreign_words(text: str, path: str, facts: ArticleFacts) -> list[Finding]:
    """Addresses, markup and people that the article does not print, and characters that nobody sees."""
    foreign = [
        Rule.ADDRESS_NOT_IN_ARTICLE.say(path, address=shorten(words))
        for pattern in ((_SAYS.address, _SAYS.markup) if _ADDRESS_SIGNS.search(text) else ())
        for words in pattern.findall(text)
        if plain_text(words).casefold() not in facts.folded.casefold()
    ]
    unseen = (ascii(each)[1:-1] for each in sorted(set(_UNSEEN.findall(text))))
    foreign += [Rule.ADDRESS_NOT_IN_ARTICLE.say(path, address=each) for each in unseen]
    people = find_foreign_people(to_simplified(text), facts.folded)
    return foreign + [Rule.NAME_NOT_IN_ARTICLE.say(path, name=name) for name in people]


def _factors(quantity: Quantity, text: str) -> set[Decimal]:
    """How many times as much a quantity makes: 翻两番 4, 增长一倍 2, 增至原来的三倍 3, 一倍 1 or 2, 减少50% 0.5."""
    value, unit = quantity.value, quantity.unit
    if value is None or quantity.unit_class not in {UnitClass.MULTIPLE, UnitClass.PERCENT}:
        return set()
    clause = re.split("[，。；,;\n]", text[max(quantity.start - _FALL_REACH, 0) : quantity.start])[-1]
    change = read_change(None, quantity, clause + quantity.raw)
    if change and change.ratio is not None:
        return {change.ratio}
    if quantity.unit_class is UnitClass.PERCENT:
        return {1 + value / 100, 1 - value / 100}
    return {value} if "番" in quantity.raw or unit != "倍" else {value, value + 1}


def _is_estimate(quantity: Quantity) -> bool:
    """A number that its clause makes approximate, not its own words (预计每年减省1800小时)."""
    return quantity.approx is Approximation.ABOUT and not _SAYS.about_words.search(quantity.raw)
