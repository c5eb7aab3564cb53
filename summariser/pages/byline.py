"""The set phrases of a newspaper: who wrote, from where, who took the picture, on which page it goes on.

Bylines come as lines of their own (`本报记者 甲 本报通讯员 乙`, `□ 甲`, bare names), inside the opening of a brief
(`本报讯（记者甲 通讯员乙）`, `本报某地电 记者甲报道：`) and behind a caption (`本报通讯员 甲 摄`). OCR drops brackets,
reverses the two halves of a byline and puts spaces into names, so the patterns ask for little.
"""

from __future__ import annotations

import re
from functools import lru_cache

from summariser.schema.record import Dateline
from summariser.tables import read_words

_WORDS = read_words("newspaper")
_NAMES = read_words("names")
_SURNAMES = frozenset("".join(_NAMES["surnames"].split()) + _NAMES["wordlike"])
_DOUBLE_SURNAMES = tuple(_NAMES["double_surnames"].split())


def _any(words: str) -> str:
    """A pattern for any word of a list, longer ones first."""
    return "(?:" + "|".join(sorted(_WORDS[words].split(), key=len, reverse=True)) + ")"


_CJK = r"\u3400-\u9fff"
# Names of outlets hold ends of names (中国社会科学报), and stand one behind the other. Ends are told from the rest, so
# that a text is read in one way only: a line of nothing but ends would be read in as many ways as it can be cut.
_OUTLET_ENDS = rf"{_any('outlet_ends')}{{1,6}}"
_INNER = rf"(?:(?!{_any('outlet_ends')})[{_CJK}])"
_OUTLET = rf"(?:本[报刊社网台]|[{_CJK}]{_INNER}{{0,8}}{_OUTLET_ENDS})"
_OUTLETS = rf"{_OUTLET}(?:{_INNER}{{1,9}}{_OUTLET_ENDS}|本[刊台]|(?:\s[-—－·/]?\s?|[-—－·/]\s?){_OUTLET}){{0,6}}"
_ROLE = rf"(?:{_OUTLETS}\s?)?{_any('role_marks')}?(?:{_any('roles')})[:：]?"
_ROLE_RE = re.compile(_ROLE)
_STANDING_ROLE = re.compile(rf"(?:^|(?<=[\s、,，/／])){_ROLE}")
_BOX = r"[□■◇◆○●▢]"
_CREDIT_END = re.compile(r"[\s/／]*(?:文[/／]?图|图[/／]文|摄影报道|摄影|摄)\s*[）)]?\s*$")
LONGEST_CREDIT = 40  # characters of one that is a line of its own
MOST_CREDITED = 200  # characters before the end of a caption in which names are looked for
_PLACE_AND_DATE = (
    rf"(?P<place>(?:(?!记者|通讯员|讯|电)[{_CJK}]){{0,10}}?)\s*"
    r"(?:(?P<month>\d{1,2})\s*月\s*)?(?:(?P<day>\d{1,2})\s*日\s*)?"
)
_WIRE_ENDS = r"(?=[\s】〕\])）(（:：,，]|记者|通讯员|$)"
_PAPER = rf"(?:{_any('agencies')}|(?!据)[{_CJK}]{{1,8}}?{_any('paper_ends')})"
_DATELINE = rf"{_PAPER}(?:[-—－]{_PAPER})?\s*{_PLACE_AND_DATE}(?:讯|消息|电){_WIRE_ENDS}"
_OPENING = re.compile(rf"[【〔\[(（]?\s*{_DATELINE}")
_NAMED_OPENING = re.compile(
    rf"[{_CJK}]{{1,11}}(?<!{'|'.join(_WORDS['no_outlets'].split())})讯\s*[(（][^()（）]{{0,20}}{_any('roles')}"
)
_REPORTED = re.compile(rf"[【〔\[(（]?{_ROLE}[{_CJK}·\s、,，]{{2,40}}?报道\s*[:：]")
_CLOSING = re.compile(rf"[(（【]\s*{_DATELINE}\s*[)）】]\s*$")
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
    """Tell whether a line opens a report: 本报讯, 某某日报某地某月某日电, 某某讯（记者甲）, 本报记者甲报道：."""
    text = line.strip()
    opens = _OPENING.match(text) or _NAMED_OPENING.match(text) or _REPORTED.match(text)
    return bool(opens) and not is_closing_dateline(text)


def is_closing_dateline(line: str) -> bool:
    """Tell whether a line is nothing but the bracketed dateline that ends a report: （本报某地某月某日电）."""
    return bool(_CLOSING.fullmatch(line.strip()))


def is_jump(line: str) -> bool:
    """Tell whether a line is nothing but a jump: （上接第1版）, （下转第2版）."""
    return bool(_JUMP.match(line.strip()))


def is_jump_in(line: str) -> bool:
    """Tell whether a line is a jump from another page: （上接第1版）."""
    return is_jump(line) and bool(_JUMP_IN.match(line.strip()))


@lru_cache(maxsize=4096)  # asked of one line by what joins, what cuts and what reads names
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
    return len(names) >= 2 and all(is_likely_name(name) for name in names)


def is_credit(line: str) -> bool:
    """Tell whether a line is nothing but the credit of a picture: 本报通讯员 甲 摄."""
    text = line.strip()
    match = _CREDIT_END.search(text) if len(text) <= LONGEST_CREDIT else None
    if not match:
        return False
    rest = text[: match.start()].lstrip("(（")
    names = _names(_ROLE_RE.sub(" ", rest))
    return bool(names) and (bool(_ROLE_RE.search(rest)) or all(is_likely_name(name) for name in names))


def ends_with_credit(line: str) -> bool:
    """Tell whether a line ends with the credit of a picture, whatever stands before it."""
    return bool(_credit_names(line.strip()))


def _paragraph_names(paragraph: str) -> list[str]:
    """The names the bylines of one paragraph give."""
    if is_byline(paragraph):
        return _names(_ROLE_RE.sub(" ", re.sub(_BOX, " ", paragraph)))
    names: list[str] = []
    if opening := _OPENING.match(paragraph):
        names = _opening_names(paragraph[opening.end() :])
    elif named := _NAMED_OPENING.match(paragraph):
        names = _opening_names(paragraph[named[0].index("讯") + 1 :])
    elif _REPORTED.match(paragraph):
        names = _opening_names(paragraph)
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
    if match and names and all(is_likely_name(name) for name in names):
        return rest[match.end() :].lstrip(" \u3000、,，"), names
    return rest, []


def _credit_names(paragraph: str) -> list[str]:
    """The names in the credit that ends a caption: after the last full stop, roles or names alone."""
    match = _CREDIT_END.search(paragraph, max(0, len(paragraph) - LONGEST_CREDIT))
    if not match:
        return []
    near = paragraph[max(0, match.start() - MOST_CREDITED) : match.start()]
    tail = re.split(r"[。！？!?；;”\"]", near)[-1].strip().lstrip("(（")
    roles = _ROLE_RE.search(tail)
    names = _names(_ROLE_RE.sub(" ", tail[roles.start() :] if roles else tail))
    if roles or all(is_likely_name(name) for name in names):
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


def is_likely_name(name: str) -> bool:
    """Tell whether a word without a role beside it looks like a person's name."""
    if "·" in name:
        return True
    return name.startswith(_DOUBLE_SURNAMES) or (len(name) <= 3 and name[0] in _SURNAMES)
