"""How well and how fast quotes are found again: `python benchmarks/locate.py [PAGE ...]` prints JSON.

Per page, drawn with a fixed seed: 20 quotes as they stand; 20 with one to three misread characters; 10 over a line end,
with the break taken out; 10 long ones (60 to 90 characters) with seven misread characters; 10 from other pages; and
inventions, in which a number, a unit or the name of a place was exchanged. Misread characters are look-alikes where the
table below has one, else a rare character, which makes no other word; numbers and what stands beside them, names of
people, places and organisations, negations and words of rise and fall are left alone, because there a changed character
is another fact. The class `anywhere` leaves only numbers alone and takes any character of the page: what is refused
there is the price of that rule.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypedDict

from summariser.matching import cuts_number, locate

SEEDS = Path(__file__).parent.parent / "seeds"
LOOK_ALIKE_TABLE = (
    "治冶 土士 未末 己已 问回 台合 人入 大太 日曰 天夫 县具 广厂 没设 各备 项顶 今令 处外 休体 住佳 待持 "
    "技枝 拔拨 折析 海悔 清请 讯汛 仪议 证征 推维 职织 奖桨 部陪 赔赠 赛寒 宜宣 官宫 客容 从众 偏编 建健 "
    "切功 受爱 场扬 坏环 城诚 局居 平乎 改攻 科料 新斯 间问 板版 级极 线钱 统流 绩积 责贵 连莲 选洗 通诵 "
    "钢铜 锋峰 镇填 险检 "
)
PARTNERS = {pair[side]: pair[1 - side] for pair in LOOK_ALIKE_TABLE.split() for side in (0, 1)}
NUMERALS = "0123456789０１２３４５６７８９〇零一二三四五六七八九十百千万亿两半首%％.．"
ORGANISATIONS = "街道|工会|公司|集团|银行|医院|研究[院所]|学院|大学|学校"
NAME_AHEAD = re.compile(
    rf"(?:\s*\S){{0,7}}?\s*(?:有限公司|分公司|工程学院|职业技术学院|信息工程学院|科技大学|{ORGANISATIONS})"
)
PLACE_AHEAD = re.compile(r"(?:\s*\S){0,3}?\s*[省市区县州盟旗镇乡]")
_ROWS = range(0xD8, 0xF7)  # of the second level of GB 2312
RARE = "".join(bytes([row, cell]).decode("gb2312") for row in _ROWS for cell in range(0xA1, 0xFF)).replace("廿", "")
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏"
    "韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟申欧耿关兰焦俞左柳甘祝"
    "包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦窦楚楼"
)
DIRECTION = "不未没无非免副否禁拒增减升降涨跌余多近超约逾"  # characters that turn what is said
_PLACES = (
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 "
    "云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门"
)
PLACES = tuple(_PLACES.split())
CITIES = ("宁德", "保定", "青岛", "威海", "长沙", "辽源", "韶关", "宁波", "杭州", "石河子", "果洛", "合肥")


class Case(NamedTuple):
    """A quote to look for; `span` is where it was taken from, None if the page does not say it."""

    kind: str
    quote: str
    span: tuple[int, int] | None


class Report(TypedDict):
    """What is printed of one page."""

    characters: int
    outcomes: dict[str, dict[str, int]]
    times_ms: dict[str, float]


class Outcome(NamedTuple):
    """What became of the cases of one kind; `right` counts exact intervals, or refusals of what no page says."""

    cases: int
    right: int
    placed_wrongly: int


Locate = Callable[[str, str], tuple[int, int] | None]


def build_cases(text: str, others: Sequence[str], draw: random.Random) -> list[Case]:
    """The protocol for one page: quotes drawn from it, from other pages, and invented."""
    cases = [Case("exact", *_cut(text, draw, (10, 48))) for _ in range(20)]
    cases += [_misread(text, draw, kind="misread") for _ in range(20)]
    cases += [_wrap(text, draw) for _ in range(10)]
    cases += [_misread(text, draw, kind="long", lengths=(60, 90), edits=7) for _ in range(10)]
    cases += [_misread(text, draw, kind="anywhere") for _ in range(20)]
    cases += _absent(text, others, draw)
    return cases + _invent(text, draw)


def score_cases(cases: Sequence[Case], text: str, locate: Locate) -> dict[str, Outcome]:
    """The outcome of each kind of case, in the order of the protocol."""
    outcomes: dict[str, Outcome] = {}
    for case in cases:
        found = locate(case.quote, text)
        same_words = found is not None and case.span is not None and _words(text, found) == _words(text, case.span)
        right = found is None if case.span is None else same_words
        before = outcomes.get(case.kind, Outcome(0, 0, 0))
        outcomes[case.kind] = Outcome(
            before.cases + 1, before.right + right, before.placed_wrongly + (found is not None and not right)
        )
    return outcomes


def main(arguments: Sequence[str]) -> int:
    """Print the outcome for the pages named, or for the seed pages."""

    def find(quote: str, text: str) -> tuple[int, int] | None:
        match = locate(quote, text)
        return match and (match.start, match.end)

    pages = [Path(argument) for argument in arguments] or sorted(SEEDS.glob("*.txt"))
    sources = pages if len(pages) > 1 else sorted(SEEDS.glob("*.txt"))
    texts = [path.read_text(encoding="utf-8-sig") for path in sources]
    report = {path.name: _measure(path, texts, find) for path in pages}
    print(json.dumps({"pages": report, "total": _add_up(report)}, ensure_ascii=False, indent=1))
    return 0


def _measure(path: Path, texts: Sequence[str], find: Locate) -> Report:
    """The outcomes of one page, and how long they took."""
    text = path.read_text(encoding="utf-8-sig")
    cases = build_cases(text, [other for other in texts if other != text], random.Random(path.name))
    forty = [case for case in cases if case.kind in ("exact", "misread")]
    started = time.perf_counter()
    outcomes = score_cases(cases, text, find)
    elapsed_ms = (time.perf_counter() - started) * 1000
    started = time.perf_counter()
    score_cases(forty, text + "\n", find)  # another text, so that nothing is remembered
    forty_ms = (time.perf_counter() - started) * 1000
    times = {"all": round(elapsed_ms, 1), "forty": round(forty_ms, 1)} | _time_lengths(text, find)
    return {
        "characters": len(text),
        "outcomes": {kind: outcome._asdict() for kind, outcome in outcomes.items()},
        "times_ms": times,
    }


def _words(text: str, span: tuple[int, int]) -> str:
    """What stands in a span, white space and lengths of dashes apart: the same words elsewhere are as right."""
    return re.sub("—+", "—", "".join(text[span[0] : span[1]].split()))


def _cut(text: str, draw: random.Random, lengths: tuple[int, int]) -> tuple[str, tuple[int, int]]:
    """A stretch of the page that begins and ends with a character, neither inside a number, and its span."""
    while True:
        start = draw.randrange(len(text))
        end = start + draw.randint(*lengths)
        if end > len(text) or text[start].isspace() or text[end - 1].isspace() or cuts_number(text, start, end):
            continue
        return text[start:end], (start, end)


def _misread(text: str, draw: random.Random, *, kind: str, lengths: tuple[int, int] = (10, 48), edits: int = 0) -> Case:
    """A quote with misread characters: `edits` of them, or one to three."""
    while True:
        quote, (start, end) = _cut(text, draw, lengths)
        count = edits or draw.randint(1, 3)
        places = [place for place in range(start, end) if _may_change(text, place, names=kind != "anywhere")]
        if len("".join(quote.split())) >= lengths[0] and len(places) >= 4 * count:
            break
    letters = list(quote)
    for place in draw.sample(places, count):
        char = text[place]
        others = [c for c in text if _is_harmless(c) and c != char] if kind == "anywhere" else RARE
        letters[place - start] = PARTNERS.get(char) or draw.choice(others)
    return Case(kind, "".join(letters), (start, end))


def _may_change(text: str, place: int, *, names: bool) -> bool:
    """Whether a misreading here leaves the facts alone: no number, nothing beside one, no name."""
    around = text[max(place - 3, 0) : place + 3]
    if not _is_han(text[place]) or any(char in NUMERALS for char in around):
        return False
    if not names:
        return True
    if any(char in SURNAMES for char in text[max(place - 3, 0) : place + 1]):
        return False
    starts = range(max(place - 1, 0), place + 1)  # the last character of 工会 belongs to the name, too
    if any(NAME_AHEAD.match(text, start) or PLACE_AHEAD.match(text, start) for start in starts):
        return False
    return not any(word in around for word in (*DIRECTION, *PLACES))


def _is_han(char: str) -> bool:
    """Whether a character is a Chinese one, numerals excepted."""
    return "\u4e00" <= char <= "\u9fff" and char not in NUMERALS


def _is_harmless(char: str) -> bool:
    """Whether a character can stand where another belongs without saying no, more, less, or a kind of place."""
    return _is_han(char) and char not in DIRECTION + "省市区县州盟旗镇乡"


def _wrap(text: str, draw: random.Random) -> Case:
    """A quote over the end of a line, as a model copies it: without the break."""
    breaks = [match.start() for match in re.finditer(r"(?<=[\u4e00-\u9fff])\n+(?=[\u4e00-\u9fff])", text)]
    while True:
        place = draw.choice(breaks)
        start, end = place - draw.randint(4, 20), place + draw.randint(6, 24)
        piece = text[max(start, 0) : end]
        is_whole = start >= 0 and piece and not cuts_number(text, start, start + len(piece))
        if is_whole and not piece[0].isspace() and not piece[-1].isspace():
            return Case("wrapped", "".join(piece.split("\n")), (start, start + len(piece)))


def _absent(text: str, others: Sequence[str], draw: random.Random) -> list[Case]:
    """Quotes of other pages."""
    page = "".join(text.split())
    cases: list[Case] = []
    while len(cases) < 10:
        quote, _ = _cut(draw.choice(others), draw, (10, 48))
        if "".join(quote.split()) not in page:
            cases.append(Case("absent", quote, None))
    return cases


def _invent(text: str, draw: random.Random) -> list[Case]:
    """Quotes with another number, another place, another unit or no 余: facts the page does not print."""
    cases: list[Case] = []
    page = "".join(text.split())
    for pattern, change in _INVENTIONS:
        found = [match for match in re.finditer(pattern, text) if match.start() >= 20 and match.end() + 20 <= len(text)]
        for match in draw.sample(found, min(2, len(found))):
            word = change(match.group(), draw)
            for before, behind in ((0, 0), (6, 6), (18, 18)):
                quote = text[match.start() - before : match.start()] + word + text[match.end() : match.end() + behind]
                if "".join(quote.split()) not in page:
                    cases.append(Case("invented", quote.strip(), None))
    return cases


def _change_digit(number: str, draw: random.Random) -> str:
    """The number with one digit exchanged."""
    place = draw.choice([index for index, char in enumerate(number) if char.isdecimal()])
    return number[:place] + draw.choice([d for d in "0123456789" if int(d) != int(number[place])]) + number[place + 1 :]


def _draw_other(names: Sequence[str], name: str, draw: random.Random) -> str:
    """Another name of the list."""
    return draw.choice([other for other in names if other != name])


_INVENTIONS: tuple[tuple[str, Callable[[str, random.Random], str]], ...] = (
    (r"[0-9]{2,}", _change_digit),
    (r"[0-9]{2,}", lambda number, _: number + "0"),
    (r"(?<=[0-9])人次", lambda _, __: "人"),
    (r"(?<=[0-9])[余多]", lambda _, __: ""),
    (r"(?<=[0-9])万", lambda _, __: ""),
    (r"[\u4e00-\u9fff]{2}(?=市总|市(?!场)|县总)", lambda name, draw: _draw_other(CITIES, name, draw)),
    ("|".join(PLACES), lambda name, draw: _draw_other(PLACES, name, draw)),
)


def _time_lengths(text: str, find: Locate) -> dict[str, float]:
    """Milliseconds to find one quote with two wrong characters, by its length."""
    times: dict[str, float] = {}
    for length in (20, 50, 100, 200, 300):
        quote = text[500 : 500 + length]
        quote = quote[: length // 3] + "〓" + quote[length // 3 + 1 : length // 2] + "〓" + quote[length // 2 + 1 :]
        started = time.perf_counter()
        find(quote, text)
        times[f"{length}_characters"] = round((time.perf_counter() - started) * 1000, 2)
    return times


def _add_up(report: Mapping[str, Report]) -> dict[str, str]:
    """Right of all, per kind, over all pages; and how many were placed wrongly."""
    right: Counter[str] = Counter()
    cases: Counter[str] = Counter()
    wrong = 0
    for page in report.values():
        for kind, outcome in page["outcomes"].items():
            right[kind] += outcome["right"]
            cases[kind] += outcome["cases"]
            wrong += outcome["placed_wrongly"]
    return {kind: f"{right[kind]}/{cases[kind]}" for kind in cases} | {"placed_wrongly": str(wrong)}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
