"""Chinese and English labels for what the code lists leave out: kinds, states, matches, approximations, provinces."""

from __future__ import annotations

from typing import Final, NamedTuple

from summariser.places.place import division, lineage
from summariser.schema.case import Place
from summariser.schema.codes import CodedEnum
from summariser.schema.page import ArticleKind
from summariser.schema.quantity import Approximation


class Label(NamedTuple):
    """A code with its two labels; what has no code, such as a number, is its own label in both."""

    code: str
    zh: str
    en: str


def label(code: CodedEnum) -> Label:
    """The labels of a code of the lists."""
    return Label(code.value, code.zh, code.en)


def same(text: str) -> Label:
    """One text for both languages."""
    return Label(text, text, text)


ARTICLE_KINDS: Final = {
    ArticleKind.BRIEF: Label("brief", "消息", "brief"),
    ArticleKind.FEATURE: Label("feature", "通讯", "feature"),
    ArticleKind.PHOTO_CAPTION: Label("photo_caption", "图片说明", "photo caption"),
    ArticleKind.CONTINUATION: Label("continuation", "转版", "continuation"),
    ArticleKind.OTHER: Label("other", "其他", "other"),
}
REVIEW_STATES: Final = {
    "open": Label("open", "待审", "open"),
    "accepted": Label("accepted", "已采纳", "accepted"),
    "corrected": Label("corrected", "已更正", "corrected"),
    "rejected": Label("rejected", "已否决", "rejected"),
}
MATCHES: Final = {
    "exact": Label("exact", "原文一致", "exact words"),
    "folded": Label("folded", "字形折叠后一致", "same but for width or spaces"),
    "fuzzy": Label("fuzzy", "近似", "close words"),
    "sentence_only": Label("sentence_only", "仅引句子", "sentence cited"),
    "failed": Label("failed", "原文未见", "not on the page"),
}
APPROXIMATIONS: Final = {
    Approximation.EXACT: Label("exact", "确数", "exact"),
    Approximation.MORE_THAN: Label("more_than", "多于", "more than"),
    Approximation.AT_LEAST: Label("at_least", "不少于", "at least"),
    Approximation.NEARLY: Label("nearly", "接近", "nearly"),
    Approximation.AT_MOST: Label("at_most", "不多于", "at most"),
    Approximation.ABOUT: Label("about", "约", "about"),
    Approximation.RANGE: Label("range", "区间", "range"),
    Approximation.ORDER_OF_MAGNITUDE: Label("order_of_magnitude", "数量级", "order of magnitude"),
}
FACT_KINDS: Final = {
    "result": Label("result", "成效", "Result"),
    "action": Label("action", "做法", "Action"),
    "actor": Label("actor", "单位", "Actor"),
    "person": Label("person", "人物", "Person"),
    "place": Label("place", "地点", "Place"),
    "time": Label("time", "时间", "Time"),
    "problem": Label("problem", "问题", "Problem"),
    "lesson": Label("lesson", "经验", "Lesson"),
}
CHANGE_KINDS: Final = {
    "unreadable": Label("unreadable", "无法读取", "unreadable"),
    "overwritten": Label("overwritten", "人工修改被覆盖", "a person's work overwritten"),
    "failure_appeared": Label("failure_appeared", "出现失败", "failure appeared"),
    "article_added": Label("article_added", "新增文章", "article added"),
    "article_removed": Label("article_removed", "文章已删", "article removed"),
    "article_split": Label("article_split", "文章拆分", "article split"),
    "article_merged": Label("article_merged", "文章合并", "article merged"),
    "article_renamed": Label("article_renamed", "文章改名", "article renamed"),
    "number_changed": Label("number_changed", "数字改变", "number changed"),
    "approximation_lost": Label("approximation_lost", "约数丢失", "approximation lost"),
    "unit_changed": Label("unit_changed", "单位改变", "unit changed"),
    "newly_unsupported": Label("newly_unsupported", "新近未证实", "newly unsupported"),
    "evidence_moved": Label("evidence_moved", "引文移位", "evidence moved"),
    "name_changed": Label("name_changed", "名称、地点或时间改变", "name, place or time changed"),
    "code_changed": Label("code_changed", "编码改变", "code changed"),
    "fact_added": Label("fact_added", "新增事实", "fact added"),
    "fact_removed": Label("fact_removed", "删去事实", "fact removed"),
    "reworded": Label("reworded", "改写", "reworded"),
    "review_changed": Label("review_changed", "审阅状态改变", "review state changed"),
    "finding_changed": Label("finding_changed", "检查结果改变", "finding changed"),
    "failure_changed": Label("failure_changed", "失败原因改变", "failure changed"),
    "failure_gone": Label("failure_gone", "失败消除", "failure gone"),
    "now_supported": Label("now_supported", "现已证实", "supported now"),
    "readable_again": Label("readable_again", "恢复可读", "readable again"),
}
NO_PROVINCE: Final = Label("none", "未载明", "not named")
NO_LEAD: Final = Label("none", "无主办单位", "no lead named")

# Two digits of the division code (GB/T 2260) -> English name.
_PROVINCES_EN: Final = {
    "11": "Beijing", "12": "Tianjin", "13": "Hebei", "14": "Shanxi", "15": "Inner Mongolia", "21": "Liaoning",
    "22": "Jilin", "23": "Heilongjiang", "31": "Shanghai", "32": "Jiangsu", "33": "Zhejiang", "34": "Anhui",
    "35": "Fujian", "36": "Jiangxi", "37": "Shandong", "41": "Henan", "42": "Hubei", "43": "Hunan",
    "44": "Guangdong", "45": "Guangxi", "46": "Hainan", "50": "Chongqing", "51": "Sichuan", "52": "Guizhou",
    "53": "Yunnan", "54": "Tibet", "61": "Shaanxi", "62": "Gansu", "63": "Qinghai", "64": "Ningxia",
    "65": "Xinjiang", "71": "Taiwan", "81": "Hong Kong", "82": "Macao",
}  # fmt: skip


def province(place: Place | None) -> Label:
    """The province of a place by its code; `NO_PROVINCE` where the code is missing or in no table."""
    found = division(place.code) if place and place.code else None
    if found is None:
        return NO_PROVINCE
    top = lineage(found)[-1]
    return Label(top.code, top.short, _PROVINCES_EN[top.code[:2]])
