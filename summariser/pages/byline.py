"""The set phrases of a newspaper: who wrote, from where, who took the picture, on which page it goes on.

Bylines come as lines of their own (`本报记者 甲 本报通讯员 乙`, `□ 甲`, bare names), inside the opening of a brief
(`本报讯（记者甲 通讯员乙）`, `本报某地电 记者甲报道：`) and behind a caption (`本报通讯员 甲 摄`). OCR drops brackets,
reverses the two halves of a byline and puts spaces into names, so the patterns ask for little.
"""

from __future__ import annotations

import re

from summariser.schema.record import Dateline

# The 120 most frequent surnames of the 2020 count, and the double ones; they tell a bare name from a short phrase.
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪"
    "廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔祝甄窦樊施岳兰蓝柳温葛"
    "季燕卞邢耿霍詹申辛庄华俞路梅盛童翁牛殷安齐章鲁颜倪洪伍尤裴涂管关欧聂牟靳焦左柴谷穆纪舒褚翟阮车解骆鲍"
)
DOUBLE_SURNAMES = ("欧阳", "上官", "司马", "诸葛", "皇甫", "司徒", "夏侯", "慕容", "令狐", "东方", "尉迟", "公孙")

_CJK = r"\u3400-\u9fff"
_OUTLET = r"(?:本报|本刊|本社|新华社|中新社)?"
_ROLE = rf"{_OUTLET}(?:首席|见习|实习|特约)?(?:记者|通讯员|通信员|实习生|摄影报道|摄影)"
_ROLE_RE = re.compile(_ROLE)
_STANDING_ROLE = re.compile(rf"(?:^|(?<=[\s、,，/／])){_ROLE}")
_BOX = r"[□■◇◆○●▢]"
_CREDIT_END = re.compile(r"[\s/／]*(?:文[/／]?图|摄影报道|摄影|摄)\s*[）)]?\s*$")
_PLACE_AND_DATE = (
    rf"(?P<place>(?:(?!记者|通讯员|讯|电)[{_CJK}]){{0,10}}?)\s*"
    r"(?:(?P<month>\d{1,2})\s*月\s*)?(?:(?P<day>\d{1,2})\s*日\s*)?"
)
_DATELINE = re.compile(
    rf"(?:本报|本刊|本社|新华社|中新社|中新网)\s*{_PLACE_AND_DATE}(?P<wire>讯|消息|电)"
    r"(?=[\s】〕\])）(（:：,，]|记者|通讯员|$)"
)
_OPENING = re.compile(r"^[【〔\[(（]?\s*" + _DATELINE.pattern)
_CLOSING = re.compile(r"[(（【]\s*" + _DATELINE.pattern + r"\s*[)）】]\s*$")
_BRACKETED = re.compile(r"^[】\]〕)）]?\s*[(（](?P<names>[^()（）]{2,60})[)）]")
_JUMP = re.compile(r"^[(（【\[]?\s*[上下]\s*[接转]\s*第?\s*\d+\s*版.{0,12}$")
_JUMP_IN = re.compile(r"^[(（【\[]?\s*上\s*接")


def read_byline(text: str) -> tuple[str, ...]:
    """Name the reporters, stringers and photographers that bylines in a text give, each once, in text order.

    Shape: `text` is a line or a whole article; only whole byline paragraphs, openings with a dateline and caption
    credits are read, so that a stringer met in running text is not taken for the author.
    """
    names: dict[str, None] = {}
    for paragraph in text.split("\n"):
        found = _paragraph_names(paragraph.strip())
        names.update(dict.fromkeys(found))
    return tuple(names)


def read_dateline(text: str) -> Dateline | None:
    """Read where and when a report was filed: from the opening of a paragraph, else from a bracket that ends one."""
    for paragraph in text.split("\n"):
        match = _OPENING.match(paragraph.strip()) or _CLOSING.search(paragraph)
        if match:
            month, day = match["month"], match["day"]
            return Dateline(
                place=match["place"] or None, month=int(month) if month else None, day=int(day) if day else None
            )
    return None


def opens_with_dateline(line: str) -> bool:
    """Tell whether a line opens a report: 本报讯, 本报某地某月某日电."""
    return bool(_OPENING.match(line.strip())) and not is_closing_dateline(line)


def is_closing_dateline(line: str) -> bool:
    """Tell whether a line is nothing but the bracketed dateline that ends a report: （本报某地某月某日电）."""
    return bool(_CLOSING.fullmatch(line.strip()))


def is_jump(line: str) -> bool:
    """Tell whether a line is nothing but a jump: （上接第1版）, （下转第2版）."""
    return bool(_JUMP.match(line.strip()))


def is_jump_in(line: str) -> bool:
    """Tell whether a line is a jump from another page: （上接第1版）."""
    return is_jump(line) and bool(_JUMP_IN.match(line.strip()))


def is_byline(line: str) -> bool:
    """Tell whether a line is nothing but a byline: roles and names, a box and names, or two and more bare names."""
    text = line.strip()
    if not 2 <= len(text) <= 60 or is_credit(text):
        return False
    boxed = re.match(_BOX, text)
    rest = re.sub(_BOX, " ", text)
    roles = _STANDING_ROLE.findall(rest)
    names = _names(_ROLE_RE.sub(" ", rest))
    if not names:
        return False
    if roles or boxed:
        return len(names) <= 12
    return len(names) >= 2 and all(_is_likely_name(name) for name in names)


def is_credit(line: str) -> bool:
    """Tell whether a line is nothing but the credit of a picture: 本报通讯员 甲 摄."""
    text = line.strip()
    match = _CREDIT_END.search(text)
    if not match or len(text) > 40:
        return False
    rest = text[: match.start()].lstrip("(（")
    names = _names(_ROLE_RE.sub(" ", rest))
    return bool(names) and (bool(_ROLE_RE.search(rest)) or all(_is_likely_name(name) for name in names))


def ends_with_credit(line: str) -> bool:
    """Tell whether a line ends with the credit of a picture, whatever stands before it."""
    return bool(_credit_names(line.strip()))


def _paragraph_names(paragraph: str) -> list[str]:
    """The names the bylines of one paragraph give."""
    if is_byline(paragraph):
        return _names(_ROLE_RE.sub(" ", re.sub(_BOX, " ", paragraph)))
    opening = _OPENING.match(paragraph)
    names = _opening_names(paragraph[opening.end() :]) if opening else []
    return names + _credit_names(paragraph)


def _opening_names(rest: str) -> list[str]:
    """The names behind a dateline: in a bracket, or bare with their roles."""
    bracket = _BRACKETED.match(rest)
    if bracket and _ROLE_RE.search(bracket["names"]):
        return _names(_ROLE_RE.sub(" ", bracket["names"]))
    names: list[str] = []
    rest = re.sub(r"^[】\]〕)）]?\s*", "", rest)
    while role := _ROLE_RE.match(rest):
        run = re.match(
            rf"\s*((?:[{_CJK}·]{{2,4}}[\s、]+)*?)([{_CJK}·]{{2,4}}?)(?=报道|[\s:：、,，]|$|{_ROLE})", rest[role.end() :]
        )
        if not run:
            break
        names += _names(run.group())
        rest = rest[role.end() + run.end() :].lstrip(" \u3000、,，")
        rest, more = _bare_names(rest)
        names += more
    return names


def _bare_names(rest: str) -> tuple[str, list[str]]:
    """Further names before 报道 or the next role, and what follows them; none where the report itself begins."""
    match = re.match(rf"((?:[{_CJK}·]{{2,4}}[\s、]+)*[{_CJK}·]{{2,4}}?)(?=\s*(?:报道|{_ROLE}))", rest)
    names = _names(match.group()) if match else []
    if match and names and all(_is_likely_name(name) for name in names):
        return rest[match.end() :].lstrip(" \u3000、,，"), names
    return rest, []


def _credit_names(paragraph: str) -> list[str]:
    """The names in the credit that ends a caption: after the last full stop, roles or names alone."""
    match = _CREDIT_END.search(paragraph)
    if not match:
        return []
    tail = re.split(r"[。！？!?；;”\"]", paragraph[: match.start()])[-1].strip().lstrip("(（")
    roles = _ROLE_RE.search(tail)
    names = _names(_ROLE_RE.sub(" ", tail[roles.start() :] if roles else tail))
    if roles or all(_is_likely_name(name) for name in names):
        return names
    return []


def _names(text: str) -> list[str]:
    """The names in what is left when the roles are gone; nothing if anything else stands there."""
    text = text.strip(" \u3000、,，:：/／")
    if not text:
        return []
    tokens = [token for token in re.split(r"[\s、,，/／]+", text) if token]
    names: list[str] = []
    while tokens:
        name = tokens.pop(0)
        if len(name) == 1 and tokens and len(tokens[0]) == 1:  # 甲 乙: a name of two characters, spaced to three
            name += tokens.pop(0)
        if not re.fullmatch(rf"[{_CJK}]{{2,4}}|[{_CJK}]{{1,8}}[·•][{_CJK}·•]{{1,10}}", name):
            return []
        names.append(name)
    return names


def _is_likely_name(name: str) -> bool:
    """Whether a word without a role beside it looks like a person's name."""
    if "·" in name:
        return True
    return name.startswith(DOUBLE_SURNAMES) or (len(name) <= 3 and name[0] in SURNAMES)
