"""Where a misread quote stands in a text: edit distance that may never touch a number or a name.

Strategy. Both sides are folded already (`text.py`). With at most k edits, a quote cut into more than k pieces
has some pieces that stand in the text untouched, near one diagonal (text offset minus quote offset). Only diagonals
that collect enough pieces are looked at, each with a banded dynamic programme. In it every edit costs about 1, and an
edit that would change what is said costs infinity, so that the cheapest alignment is also an honest one:

- hard characters (digits, numerals in numbers, %, decimal points) equal each other, or there is no alignment;
- soft characters (units and words such as 余 or 近 beside a number, provinces, negations, words of rise and fall) are
  neither lost nor added, and are exchanged for look-alikes only: 县/具 is a misreading;
- names (characters before 市, 工会, 公司 and the like, and these) are as soft where both sides have one: 宁德市 is not
  北京市.

Edits side by side that are no look-alikes are a rewording, not a misreading; an alignment that needs them is refused.
Two real names may still print alike (台山, 合山), and a bare 宁德 is not known as a name. Such a match is found, and
its `edits` say that a person should look.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

MIN_LENGTH = 8  # below this one misread character makes too many other words
MAX_LENGTH = 2_000  # longer quotes are found exactly or not at all
MAX_EDITS = 12
MAX_HITS = 20_000  # of one piece of a quote; more, and the text is not prose
MAX_WINDOWS = 32
LONG_QUOTE = 50  # from here on, three or four edits in a row may be chance

_FREE, _NAME, _SOFT, _HARD = range(4)
# Hundredths of an edit: the small change only decides ties, in favour of ends that align.
_LOOK_ALIKE, _SUBSTITUTED, _INDEL, _UNLIKELY = 99, 100, 101, 102
_REFUSED = 1_000_000

NUMERALS = "〇零一二三四五六七八九十百千万亿两"
_UNITS = (
    "人名位个家户项件次场期届批支所座条台套间处份篇本册元年月日天周岁吨克斤米里亩顷度倍成级类种轮组张只例笔枚号版时秒"
)
_NUMBER = (
    rf"(?:\d+(?:[.,:]\d+)*[{NUMERALS}]*|[{NUMERALS}]{{2,}}|(?<=第)[{NUMERALS}]|"
    rf"[{NUMERALS}](?=[余多几来]?[{_UNITS}])|[十百千万亿](?=[余多几]))[%‰]*"
)
_BOUNDS = "以上|以下|以内|以后|以前|左右|上下|不等"
_QUANTITY = re.compile(
    r"(?:超过|将近|大约|突破|不到|不足|不少于|不超过|至少|最高|最多|最低|达到|百分之|[近约超逾第数几上达每])?"
    rf"(?P<number>{_NUMBER})"
    r"[余多几来]?(?:人次|小时|分钟|平方米|平方公里|公里|公斤|公顷|课时|学时|个百分点|个月|场次|"
    rf"(?!{_BOUNDS})[^\W\d_])?[余多]?(?:{_BOUNDS})?"
)
_NAME_LENGTH = 3
_NAME_SUFFIX = re.compile(
    r"省|市(?![场民值价面])|区|县|州|(?<![联加同结])盟|旗(?![下帜舰])|镇|乡|街道|总?工会|"
    r"(?:[供发]电)?(?:股份)?(?:有限)?(?:责任)?[分子]?公司|集团|银行|医院|研究[院所]|"
    r"(?:科技|理工|工业|交通|财经|师范|医科|农业|职业|技术|信息|工程)*(?:大学|学院|学校)"
)
_PROTECTED_WORD = re.compile(
    r"北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|"
    r"广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|"
    rf"[{NUMERALS}]|[不未没无非增减升降涨跌]|(?<=[\d%‰])[-~](?=\d)"
)
# Characters that print alike; no group holds two numerals.
_LOOK_ALIKES = (
    "治冶 土士工 未末 己已巳 问回间 向间 台合 人入八 大太犬 干千于 日曰目口 天夫元无 王玉主丰 县具且 广厂 "
    "没设 名各备 项顶 员贝 今令 公分 北比 开井 处外 休体 师帅 幼幻 住佳往 侍待持特 报极 技枝 拔拨 折拆析 "
    "活话洁 海悔 法去 清请情晴 讯汛迅 记纪 训讪川 议仪 论伦 证征 准淮推 维推雄 课棵裸颗 职织积识炽 奖桨浆 "
    "补扑朴 部陪都 赠赔 奎套 赛寒塞 宣宜 官宫 客容 宁字 宇字学 余佘徐 从丛众 仓仑 他地她也 任仕 代伐付 "
    "便使 侯候 侧测 借惜 值植直 偏编 建健 像象 傅博 儿几凡 风凤 刀力 切功劝 加如 助肋 势热执 勤勒 "
    "勾句旬匀 化比 匠匝 卡下 历厉 厅斤 方万 友反发 取最 受爱 叉又 司可 史吏更 吴昊 呈星 味昧 品晶 响晌 "
    "唱喝 四西酉 因困囚团 园圆 国图固 场扬杨 坚竖 坏环 城诚域 培陪 基墓 堂党 壮状 夏复 失矢 头买 奇寄 "
    "好妤 季委李 孟盂 孩该 存在 定走 小少 尤龙 尺尽 局居 届屈 展屏 岗岚 崇祟 川州 巨臣 差羞 布市 帮绑 "
    "常赏 幅福 平乎 年午 庆床 底低 延廷 式武 形彤 徽微 心必 忆亿 快块 思恩 性姓 成戍 我找 户尸卢 手毛 "
    "抓爪 护沪 招昭 支文 改攻 科料 新斯 早旱 昌冒 明朋 晋普 由田甲申曲 月用 木本术不 材村 束东 杭抗 板版 "
    "模摸 步歩 民氏 沙抄 油汕 泊汩 派脉 流琉 深探 港巷 火灾 点占 炼练 烛浊 爪瓜 牛午 犹优 班斑 理埋 瑞端 "
    "电申 男勇 白百自 皮度 盆盒 直真 矿砂 码吗 研砚 确硝 社杜 票栗 禁楚 离禽 秀禿 种钟 租祖 程理 究穷 "
    "空突 立产 站砧 竞竟 童意 管菅 精情 糸系 素累 紧系 级极 纳讷 线钱 组阻 经径 结诘 给绐 统流 绩积债 "
    "综棕 缴激 罗岁 者著 职聆 联朕 育盲 胜性 能熊 脑恼 节芍 苦若 英茂 范苑 获荻 行衍 街衔 衣农 表裘 被波 "
    "觉党 解懈 讲进 许评 诉拆 说悦 读续 调凋 谈淡 负员 责贵 货贷 购构 贯贾 起赵 超越 路跻 车东 轨轧 轮抡 "
    "输渝 过迂 还坏 进迸 连莲 送迭 选洗 通诵 造浩 遂逐 道遒 那哪 邮铀 量童 钢铜 铁铗 银很 锋峰 镇填 门闩 "
    "闲闭 院浣 险检 随隋 雪雷 青肯 音昔 领颂 饭板 马鸟 驶驰 龄令 企全 会合 往注 递进 科秤 干十 八入 "
)

LOOK_ALIKES: Mapping[str, str] = {
    char: "".join(group for group in _LOOK_ALIKES.split() if char in group) for char in "".join(_LOOK_ALIKES.split())
}


class Alignment(NamedTuple):
    """`text[start:end]` is the quote but for `edits` characters; offsets are those of the folded text."""

    start: int
    end: int
    edits: int


class _Char(NamedTuple):
    """A character and its protection."""

    char: str
    mark: int


class _Window(NamedTuple):
    """A band of the text: row i of the programme may use `text[first + i:first + i + width]`."""

    first: int
    width: int


class _Edit(NamedTuple):
    """One difference of an alignment, at `place` of the quote."""

    place: int
    cost: int


_OUTSIDE = _Char("\0", _HARD)


def align(quote: str, text: str) -> tuple[Alignment, ...]:
    """Every place where a folded text holds the folded quote with a few misread characters, in text order.

    Shape: the places do not overlap; empty if the quote is shorter than `MIN_LENGTH` or longer than `MAX_LENGTH`.
    """
    if not MIN_LENGTH <= len(quote) <= MAX_LENGTH:
        return ()
    limit = max_edits(len(quote))
    found = (_align_window(quote, text, window, limit) for window in _find_windows(quote, text, limit))
    chosen: list[Alignment] = []
    for one in sorted((one for one in found if one), key=lambda one: (one.edits, one.start)):
        if all(one.end <= other.start or other.end <= one.start for other in chosen):
            chosen.append(one)
    return tuple(sorted(chosen))


def max_edits(length: int) -> int:
    """How many edits a quote of so many folded characters may need: one in seven, three from ten characters on."""
    if length < 10:
        return 1
    return min(max(3, length // 7), MAX_EDITS)


@lru_cache(maxsize=64)
def protect(text: str) -> bytes:
    """How far each character of a folded text may be misread: 0 freely, 1 if no name, 2 as a look-alike, 3 never."""
    marks = bytearray(len(text))
    for word in _PROTECTED_WORD.finditer(text):
        _raise_marks(marks, word.start(), word.end(), _SOFT)
    for suffix in _NAME_SUFFIX.finditer(text):
        start = suffix.start()
        while start > max(suffix.start() - _NAME_LENGTH, 0) and text[start - 1].isalnum():
            start -= 1
        _raise_marks(marks, start, suffix.end(), _NAME)
    for quantity in _QUANTITY.finditer(text):
        _raise_marks(marks, quantity.start(), quantity.end(), _SOFT)
        _raise_marks(marks, quantity.start("number"), quantity.end("number"), _HARD)
    return bytes(marks)


def _raise_marks(marks: bytearray, start: int, end: int, level: int) -> None:
    """Lift the marks of an interval to at least `level`."""
    for place in range(start, end):
        marks[place] = max(marks[place], level)


def _find_windows(quote: str, text: str, limit: int) -> list[_Window]:
    """The bands of the text in which enough pieces of the quote stand untouched, the best first."""
    size = max(2, len(quote) // (limit + 3))
    offsets = range(0, len(quote) - size + 1, size)
    step = limit + 1  # the diagonals of one alignment differ by at most `limit`, so they touch two neighbouring buckets
    votes: Counter[int] = Counter()
    for offset in offsets:
        hits = _find_hits(quote[offset : offset + size], text)
        if len(hits) > MAX_HITS:
            return []
        votes.update((hit - offset) // step for hit in hits)
    needed = len(offsets) - limit
    sums = {bucket: count + votes.get(bucket + 1, 0) for bucket, count in votes.items()}
    best = sorted((bucket for bucket in sums if sums[bucket] >= needed), key=lambda bucket: (-sums[bucket], bucket))
    return [_Window(bucket * step - limit, 2 * (step + limit)) for bucket in best[:MAX_WINDOWS]]


def _find_hits(piece: str, text: str) -> list[int]:
    """Where a piece stands in the text; at most one more place than `MAX_HITS`."""
    hits: list[int] = []
    start = text.find(piece)
    while start >= 0 and len(hits) <= MAX_HITS:
        hits.append(start)
        start = text.find(piece, start + 1)
    return hits


def _align_window(quote: str, text: str, window: _Window, limit: int) -> Alignment | None:
    """The cheapest honest alignment of the whole quote within a window, if it is cheap enough.

    Shape: `rows[i][c]` is the least cost of `quote[:i]` against any text that ends at `window.first + i + c`.
    """
    length, width = len(quote), window.width
    band = _cut_band(text, window.first, window.first + length + width)
    rows = [[0] * width]
    for place, char in enumerate(_mark(quote)):
        rows.append(_next_row(rows[-1], char, band[place : place + width]))
        if min(rows[-1]) > limit * _UNLIKELY:
            return None
    end = rows[-1].index(min(rows[-1]))
    edits, start = _trace(rows, _mark(quote), band, end)
    beyond = (band[start - 1] if start else _OUTSIDE, band[length + end])
    if len(edits) > limit or _is_rewording(edits, length) or _breaks_edge(edits, length, beyond):
        return None
    return Alignment(window.first + start, window.first + length + end, len(edits))


def _mark(text: str) -> list[_Char]:
    """The characters of a folded text, each with its protection."""
    return [_Char(char, mark) for char, mark in zip(text, protect(text), strict=True)]


def _cut_band(text: str, start: int, end: int) -> list[_Char]:
    """`text[start:end]` with protection; what lies outside the text is filled with characters nothing can equal."""
    inside, behind = max(start, 0), min(end, len(text))
    marks = protect(text)[inside:behind]
    chars = [_Char(char, mark) for char, mark in zip(text[inside:behind], marks, strict=True)]
    return [_OUTSIDE] * (inside - start) + chars + [_OUTSIDE] * (end - behind)


def _next_row(previous: list[int], char: _Char, band: list[_Char]) -> list[int]:
    """The costs after one more character of the quote."""
    row: list[int] = []
    left = _REFUSED
    lost = _indel_cost(char)
    for diagonal, above, other in zip(previous, [*previous[1:], _REFUSED], band, strict=True):
        exchange = 0 if char.char == other.char else _exchange_cost(char, other)
        left = min(diagonal + exchange, above + lost, left + _indel_cost(other))
        row.append(left)
    return row


def _indel_cost(char: _Char) -> int:
    """What it costs that one side lacks this character."""
    return _REFUSED if char.mark else _INDEL


@lru_cache(maxsize=8192)
def _exchange_cost(char: _Char, other: _Char) -> int:
    """What it costs to read one character as another."""
    if _HARD in (char.mark, other.mark):
        return _REFUSED
    if char.char in LOOK_ALIKES.get(other.char, ""):
        return _LOOK_ALIKE
    if _SOFT in (char.mark, other.mark) or char.mark == other.mark == _NAME:
        return _REFUSED
    return _SUBSTITUTED if char.char.isalnum() == other.char.isalnum() else _UNLIKELY


def _trace(rows: list[list[int]], quote: list[_Char], band: list[_Char], column: int) -> tuple[list[_Edit], int]:
    """The edits of the cheapest alignment that ends in a column of the last row, last first, and its first column."""
    edits: list[_Edit] = []
    row = len(rows) - 1
    while row:
        char, other, cost = quote[row - 1], band[row - 1 + column], rows[row][column]
        exchange = 0 if char.char == other.char else _exchange_cost(char, other)
        if cost == rows[row - 1][column] + exchange:
            row -= 1
            if exchange:
                edits.append(_Edit(row, exchange))
        elif column + 1 < len(rows[row]) and cost == rows[row - 1][column + 1] + _indel_cost(char):
            row, column = row - 1, column + 1
            edits.append(_Edit(row, _INDEL))
        else:
            column -= 1
            edits.append(_Edit(row, _INDEL))
    return edits, column


def _breaks_edge(edits: list[_Edit], length: int, beyond: tuple[_Char, _Char]) -> bool:
    """Whether the quote has a character more at an end, where the text goes on with a fact: `12.5。`, `12.5%。`."""
    lost = {edit.place for edit in edits if edit.cost == _INDEL}
    before, behind = (char.mark > _FREE and char != _OUTSIDE for char in beyond)
    return (0 in lost and before) or (length - 1 in lost and behind)


def _is_rewording(edits: list[_Edit], length: int) -> bool:
    """Whether edits stand side by side that no misreading explains: a word exchanged, or a word lost or added."""
    most = 2 if length < LONG_QUOTE else 4
    run = indels = 0
    last = -2
    for place, cost in reversed([edit for edit in edits if edit.cost != _LOOK_ALIKE]):
        if place > last + 1:
            run = indels = 0
        run, indels, last = run + 1, indels + (cost == _INDEL), place
        if run > most or indels > 1:
            return True
    return False
