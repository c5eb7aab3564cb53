"""An amount read where it stands: what hedges it, its number, its measure word, and what follows.

An amount is hedge + number + measure word + hedge (近 300 条, 1.6万人 左右), or one of a few fixed forms (翻一番).
A number without a measure word is one only if it is scaled or hedged (超3万), for 301皮带 and 2026青年 are names.
The first end of a range and the members of a list borrow the unit of the last.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from summariser.numbers.measure_words import NOUNS, UNIT, UNIT_CLASSES, UNITS
from summariser.numbers.numeral_masks import MASK
from summariser.numbers.numerals import ARABIC, CHINESE, NUMBER, SCALE, Reading, plain, read_number
from summariser.schema.quantity import Approximation, UnitClass

_PREFIX_TABLE: dict[Approximation, str] = {
    Approximation.AT_MOST: (
        "(?:(?:最大|最多|最高)?不(?:能|得|可)?超过?|(?:最高|最多|至多|最大|上限)"
        "(?:可|能|可以|能够)?(?:达到?|拿到?|获得?|得到?|领取?|享受|奖励|补[贴助]|给予|资助|为|是|有|贷)*"
        "|低于|少于|小于|不(?:得|能|可|应)?(?:高|多|大|长|晚)于|封顶(?:线?[为是])?)(?:了|到)?"
    ),
    Approximation.AT_LEAST: (
        "(?:不(?:得|能|可|应)?(?:少|低|小|短)于|不下于?|(?:至少|最少|最低|起码|下限)(?:要|需|应|可)?(?:达到?|有|为|是)?"
        "(?:[^\\W\\d一二两三四五六七八九十百千万亿几数半第每到在从于自至](?=[0-9一二两三四五六七八九十百千万]))?"
        "|(?<![坐挤站装挂围圆不未爆布铺摆写充])满(?=[0-9一二两三四五六七八九十百]{1,4}(?:年|个?月|天|周岁|岁|分(?!钟|之)|个?小时)))"
    ),
    Approximation.NEARLY: (
        "(?:将近|接近|(?<![附最邻临靠就远亲抵新贴相切])(?<!(?<![换运拿带卖领取送])走)近|(?<!达)不[足到满]|未满"
        "|(?<![拿交付说看做掏挤凑写想找叫认提])不出(?=[半一二两三四五六七八九十0-9]{1,3}(?:个|天|年|月|周|小时|分钟)))"
    ),
    Approximation.MORE_THAN: (
        "(?:(?<!每)超(?:过|出)?了?|逾|突破了?|高于|多于|大于|不止)(?:上(?=[百千万亿]))?|(?:(?<![超通经不越])过(?=[百千万亿半])|过了?(?=[一二三四五六七八九]成)"
        "|(?<![会路网线车台身手晚早马桌面纸地街场船海山楼坡墙床村岸际基础历])"
        "上(?=[百千万亿]))"
    ),
    Approximation.ABOUT: (
        "(?:大约|大概|大致|约莫|差不多|(?<![节预签违条公合制特邀契履解毁失赴集简续隐])约)(?:有|为|占|合|需|达|是|要)?"
    ),
}
_SUFFIX_TABLE: dict[Approximation, str] = {
    Approximation.AT_LEAST: "及?以上|之上|(?<=元)起(?![来点步到草诉价])",
    Approximation.NEARLY: "(?:还|都)?不[到足](?=[,，。;!?、”)就便的\n]|$)",
    Approximation.AT_MOST: "及?以[内下]|之内|(?<=[时钟秒天日月年周期里米])内(?![容部外地蒙科])",
    Approximation.ABOUT: "左右|上下",
    Approximation.MORE_THAN: "有余|出头|还多|多(?![次个种名样项场方部位地渠层元家])",
}


def _named(table: dict[Approximation, str]) -> str:
    """A pattern whose group names the approximation."""
    return "|".join(f"(?P<{approximation.value}>{pattern})" for approximation, pattern in table.items())


RECKONED_BY = (
    "年月日天周季人户名位家个次期场班份件吨亩张篇台辆条项本册斤车套支组届轮课节度处箱趟道站点店村只头瓶桌米里单晚遍稿回"
)
OFTEN_UNITS = frozenset(["次", "场", "届", "期", "轮", "回"])
_STRUCTURE_NOUN = re.compile("篇章|维度|板块|模块|环节|阶段|步骤|层面|层级|方向|体系|领域|部分|转变|统一")
_PROPORTIONS = {"百": "%", "千": "‰", "万": "‱"}
_TURNED = {"一": 2, "两": 4, "二": 4, "三": 8, "": 2}  # 翻一番 is twice, 翻两番 four times
_PREFIX = re.compile(_named(_PREFIX_TABLE))
NUMBER_WORDS = re.compile(NUMBER)
_BODY = re.compile(
    rf"(?P<number>{NUMBER})(?P<more>[余多]|来(?=万?(?:{UNIT})))?(?P<scale>(?:{SCALE})+)?(?P<plus>\+)?"
    rf"(?:(?P<swapped>名)万(?=师生|职工|工人|会员|员工|群众|学)|(?P<unit>{UNIT}))?"
)
_SUFFIX = re.compile(_named(_SUFFIX_TABLE))
_SLASH = re.compile(rf"/((?:人·月|人次|平方米|小时|公里|[{RECKONED_BY}]))|每(人|月|年|份|户|天|次|吨|亩|班)")
_FRACTION = re.compile(rf"({CHINESE}|[0-9]+)分之({CHINESE}|{ARABIC})")
_TURN = re.compile("翻(?:了|上)?([一两二三]?)番")
_HALF = re.compile(
    "(?<![上下前后大小一多])半(?P<unit>天|年(?!报)|个多?月|个多?小时|个多?学期|个世纪|小时|吨|亩|公里|斤|米)"
)
_HALF_OF = re.compile("(?<!每)(?P<over>过半|超半数|过半数)|一半|半数|对半")
_RANGE = re.compile("[~至到-]")
_LIST = re.compile("[、和与及](?=[0-9])")
_SCALES_AT_END = re.compile("(?<=[0-9])[十百千万亿]+$")
_BARE_SCALE = re.compile("[百千万亿]+")
_BARE_UNITS = frozenset(
    [
        "名",
        "人",
        "户",
        "家",
        "次",
        "场",
        "个",
        "条",
        "件",
        "项",
        "元",
        "吨",
        "亩",
        "米",
        "公里",
        "份",
        "册",
        "人次",
        "场次",
        "处",
        "种",
        "位",
    ]
)
_ONE_UNITS = frozenset(
    [
        "年",
        "天",
        "小时",
        "分钟",
        "周",
        "星期",
        "周年",
        "倍",
        "成",
        "个月",
        "个小时",
        "个星期",
        "个学期",
        "个季度",
        "个世纪",
        "个年头",
    ]
)
_SECOND_UNITS = frozenset({"成", "倍"})  # before other measure words 二 numbers things (二次, 二期), 两 counts them
# Behind 两, which always counts, these are measure words; 三步 and 五行 are words, 两岸 and 两面 names.
_PAIRED_UNITS = frozenset("床顿碗杯瓶桶箱袋盒盘束朵扇票餐桌页句题副双席包")
_ZERO = re.compile("(?<=[为到至成了是])零(?=[,，。;!”、\n]|$)")
_MID = re.compile("个[多余半来]")
_MORE_MID = re.compile("个[多余来]")
_VAGUE = re.compile("[数几]")
_BIG = re.compile("[百千万亿]")
_PERIOD = re.compile("以?来|内|间|里|年?均|每")
_TENTH = re.compile("[一二三四五六七八九半](?![个名家人次])")
_AND_HALF = re.compile("半(?![年天载个])")
_IDEOGRAPH = re.compile("[\u4e00-\u9fff]")
_BARE_YEAR = re.compile("(?:19|20)[0-9]{2}")
_VERSION = re.compile(r"[0-9]+\.0")
_FIGURE_END = re.compile("[,，。;!?、)]|$")
_FEATS = frozenset({"项", "个", "道", "类", "种", "处", "大", "条"})
_FEW_YEARS = 5  # 近三年 are the last three years, 近二十年 nearly twenty
_FEW_FEATS = 100  # 突破3项技术 has few of them; 突破1000项 counts them
_TAKES_BARE = re.compile("(?:为|达到?|至|到|增[加至]|共|计|总数|扩至|是)$")


class Amount(NamedTuple):
    """A quantity in the folded text, before it is told what it is reckoned by."""

    start: int
    end: int
    reading: Reading
    unit: str
    unit_class: UnitClass
    approx: Approximation
    per: str | None = None
    number: str = ""
    ends: tuple[Amount, ...] = ()


def amounts_at(text: str, start: int) -> list[Amount]:
    """The amounts that begin at `start`: none, one, or the two ends of a change (从10%降, 12%至8%)."""
    if fixed := _fixed_form(text, start):
        return [fixed]
    prefix = _PREFIX.match(text, start)
    body = _BODY.match(text, prefix.end() if prefix else start)
    mask = MASK.match(text, prefix.end()) if prefix else None
    if body is None or (mask and mask.lastgroup in {"date", "ordinal"}):  # 不超过2025年 is no amount, 超百年 is
        return []
    second = _second_end(text, body)
    if second is None:
        amount = _amount(text, body, prefix=prefix, lender=_lender(text, body))
        return [amount] if amount else []
    low = _amount(text, body, prefix=prefix, lender=second)
    high = _amount(text, second, prefix=None, lender=None)
    if low is None or high is None or low.unit_class != high.unit_class:
        return [low] if low else []
    bottom, top = low.reading.value or low.reading.low, high.reading.value or high.reading.high
    falls = bottom is not None and top is not None and bottom > top
    return [low, high] if falls or text[start - 1 : start] in {"从", "由"} else [_range(low, high)]


def amount_with_any_unit(text: str, start: int, end: int) -> Amount | None:
    """The amount that `text[start:end]` is, whatever one character it counts with (96讲); None if it is none."""
    if text[start - 1 : start] == "第":
        return None
    prefix = _PREFIX.match(text, start)
    body = _BODY.match(text, prefix.end() if prefix else start)
    if body is None or body["unit"] or body["number"][0] not in "0123456789" or not _IDEOGRAPH.match(text, body.end()):
        return None
    approx, stop = _hedge(text, prefix, body.end() + 1)
    if body["more"] and approx is Approximation.EXACT:
        approx = Approximation.MORE_THAN
    reading = read_number(body["number"] + (body["scale"] or ""))
    if stop != end or reading.value is None:
        return None
    return Amount(start, stop, reading, text[body.end()], UnitClass.COUNT, approx, None, body["number"])


def _fixed_form(text: str, start: int) -> Amount | None:
    """An amount in a form of its own: 百分之八十, 三分之一, 翻一番, 半天, 一半, 降为零."""
    prefix = _PREFIX.match(text, start)
    at = prefix.end() if prefix else start
    unit, unit_class = "", UnitClass.MULTIPLE
    if (match := _FRACTION.match(text, at)) and read_number(match[1]).value:
        value = read_number(match[2]).value
        unit = _PROPORTIONS.get(match[1], f"/{read_number(match[1]).value}")
        unit_class = UnitClass.PERCENT if match[1] in _PROPORTIONS else UnitClass.MULTIPLE
    elif match := _TURN.match(text, start):
        value, unit = Decimal(_TURNED[match[1]]), "倍"
    elif match := _HALF.match(text, at):
        value, unit = Decimal("0.5"), _MID.sub("个", match["unit"])
        unit_class = UNIT_CLASSES.get(unit, UnitClass.DURATION)
    elif match := _HALF_OF.match(text, start) or _HALF_OF.match(text, at):
        value, unit = Decimal("0.5"), "半"
    elif match := _ZERO.match(text, start):
        value = Decimal(0)
        unit_class = UnitClass.PERCENT if "率" in text[max(start - 10, 0) : start] else UnitClass.COUNT
    else:
        return None
    approx, end = _hedge(text, prefix, match.end())
    if (match.groupdict().get("over") or "多" in match[0]) and approx is Approximation.EXACT:
        approx = Approximation.MORE_THAN
    return Amount(start, end, Reading(value), unit, unit_class, approx, None, match[0]) if value is not None else None


def _second_end(text: str, body: re.Match[str]) -> re.Match[str] | None:
    """The other end of a range that begins with `body`."""
    joint = _RANGE.match(text, body.end())
    if joint is None or MASK.match(text, joint.end()):
        return None
    second = _BODY.match(text, joint.end())
    return second if second and second["unit"] else None


def _lender(text: str, body: re.Match[str]) -> re.Match[str] | None:
    """The member of a list that prints the unit for `body` too: 400元 for the 200 of 200、300和400元."""
    member: re.Match[str] | None = body
    while member and member["unit"] is None and (joint := _LIST.match(text, member.end())):
        member = None if MASK.match(text, joint.end()) else _BODY.match(text, joint.end())
    return member if member is not body else None


def _amount(
    text: str, body: re.Match[str], *, prefix: re.Match[str] | None, lender: re.Match[str] | None
) -> Amount | None:
    """The amount that `body` and what stands around it say; None if it counts nothing."""
    unit, words = _unit_and_number(body, lender)
    start, end, approx = _hedged(text, prefix, body)
    if not (unit and lender) and not _counts(text, body, unit=unit, hedged=approx is not Approximation.EXACT):
        return None
    reading, unit, end = _measured(text, read_number(words), body, unit=unit, end=end)
    if reading.value is None:
        approx = Approximation.ORDER_OF_MAGNITUDE if _VAGUE.search(words) else Approximation.RANGE
    slash = _SLASH.match(text, end) if unit else None
    per = (slash[1] or slash[2]) if slash else None
    unit_class = _unit_class(text, unit, body.end())
    return Amount(start, slash.end() if slash else end, reading, unit, unit_class, approx, per, body["number"])


def _unit_and_number(body: re.Match[str], lender: re.Match[str] | None) -> tuple[str, str]:
    """Measure word and number; what `body` does not print of unit and scale comes from the lender (2 of 2～3万元)."""
    words = body["number"] + (body["scale"] or "")
    unit = body["unit"] or body["swapped"]
    if unit or lender is None:
        return _MID.sub("个", unit or ""), words
    if not _scales(body) and _mantissa(body) < _mantissa(lender):
        words += _scales(lender)
    return _MID.sub("个", lender["unit"] or ""), words


def _hedged(text: str, prefix: re.Match[str] | None, body: re.Match[str]) -> tuple[int, int, Approximation]:
    """Where the amount begins and ends with the words that hedge it, and how exact they leave it."""
    if prefix and _is_no_hedge(text, prefix, body):
        prefix = None
    approx, end = _hedge(text, prefix, body.end())
    more = body["more"] or body["plus"] or _MORE_MID.search(body["unit"] or "")
    if more and approx is Approximation.EXACT:
        approx = Approximation.MORE_THAN
    return (prefix or body).start(), end, approx


def _scales(body: re.Match[str]) -> str:
    """The scale words of a number: 万 of 3万."""
    found = _SCALES_AT_END.search(body["number"])
    return (found[0] if found else "") + (body["scale"] or "")


def _mantissa(body: re.Match[str]) -> Decimal:
    """The number before its scale: 3 of 3万."""
    return read_number(_SCALES_AT_END.sub("", body["number"])).value or Decimal(0)


def _hedge(text: str, prefix: re.Match[str] | None, end: int) -> tuple[Approximation, int]:
    """How exactly the words around a number give it, and where they end; the word in front decides."""
    suffix = _SUFFIX.match(text, end)
    end = suffix.end() if suffix else end
    name = (prefix.lastgroup if prefix else None) or (suffix.lastgroup if suffix else None)
    return (Approximation(name) if name else Approximation.EXACT), end


def _is_no_hedge(text: str, prefix: re.Match[str], body: re.Match[str]) -> bool:
    """Whether the word in front is no hedge: 近3年来 is a period, 突破3项技术 a feat."""
    value = read_number(body["number"]).value
    if prefix[0] == "近":
        few_years = value is not None and value <= _FEW_YEARS and body["unit"] == "年"
        return body["unit"] in {"年", "天", "周", "个月"} and (few_years or bool(_PERIOD.match(text, body.end())))
    return prefix[0].startswith("突破") and body["unit"] in _FEATS and value is not None and value < _FEW_FEATS


def _counts(text: str, body: re.Match[str], *, unit: str, hedged: bool) -> bool:
    """Whether number and unit make a quantity, and no word or name that happens to begin with a numeral."""
    number = body["number"]
    if number[0] in "0123456789":
        if unit in NOUNS:
            return not _BARE_YEAR.fullmatch(number)
        return bool(unit or hedged or _scales(body)) or _is_bare_figure(text, body)
    if number == "一":
        return unit in _ONE_UNITS or (unit in OFTEN_UNITS and not hedged) or bool(body["more"] and unit)
    if _BARE_SCALE.fullmatch(number):
        return hedged if not unit else hedged or unit in _BARE_UNITS or (unit in NOUNS and number != "百")
    if len(number) == 1 and not body["more"]:
        is_counted = unit in UNITS or (number == "两" and unit in _PAIRED_UNITS)
        return (is_counted and (number != "二" or unit in _SECOND_UNITS)) or text.startswith("日内", body.end() - 1)
    return (bool(unit) and (unit not in NOUNS or bool(_BIG.search(number)))) or (not unit and hedged)


def _is_bare_figure(text: str, body: re.Match[str]) -> bool:
    """Whether a figure without a unit is a quantity: what something grew to, at the end of its clause."""
    leads = _TAKES_BARE.search(text, max(body.start() - 3, 0), body.start())
    return bool(leads and _FIGURE_END.match(text, body.end())) and not _VERSION.fullmatch(body["number"])


def _measured(text: str, reading: Reading, body: re.Match[str], *, unit: str, end: int) -> tuple[Reading, str, int]:
    """The reading in its unit: 三成五 is 35 %, 两年半 is 2.5, 12名万师生 (two signs the wrong way round) is 120000."""
    if unit == "成":
        tenth = _TENTH.match(text, body.end())
        extra = (
            Decimal(0) if not tenth else Decimal(5) if tenth[0] == "半" else read_number(tenth[0]).value or Decimal(0)
        )
        end = max(end, tenth.end()) if tenth else end
        after = _SUFFIX.match(text, end)
        return _map(reading, 10, extra), "%", after.end() if after else end
    if body["swapped"]:
        return _map(reading, 10_000, Decimal(0)), body["swapped"], end
    takes_half = unit == "岁" or UNIT_CLASSES.get(unit) is UnitClass.DURATION
    half = _AND_HALF.match(text, body.end()) if takes_half else None
    if half or "半" in (body["unit"] or ""):
        return _map(reading, 1, Decimal("0.5")), unit, max(end, half.end()) if half else end
    return reading, unit, end


def _map(reading: Reading, factor: int, extra: Decimal) -> Reading:
    """The reading times `factor` plus `extra`."""
    return Reading(*(None if number is None else plain(number * factor + extra) for number in reading))


def _unit_class(text: str, unit: str, end: int) -> UnitClass:
    """What the unit counts; 个 before 篇章 or 板块 counts parts of a whole."""
    if unit in {"个", "项"} and _STRUCTURE_NOUN.match(text, end):
        return UnitClass.STRUCTURE
    return UNIT_CLASSES.get(unit, UnitClass.COUNT)


def _range(low: Amount, high: Amount) -> Amount:
    """One amount from two ends; an end that is itself vague (几千元到几百万元) lends its outer bound."""
    reading = Reading(None, low.reading.value or low.reading.low, high.reading.value or high.reading.high)
    return high._replace(start=low.start, reading=reading, approx=Approximation.RANGE, ends=(low, high))
