"""A record as a reviewer reads it: its facts, what is doubtful first, and what changed since an earlier version.

Codes have their labels in Chinese and English, and foreign text is made fit for a web page: escaping HTML is the
template's work (`autoescape`); what is invisible or reorders the line is shown, what is endless is cut.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Final, NamedTuple

from markupsafe import Markup

from summariser import __version__
from summariser.places.place import division, lineage
from summariser.reviewing.differences import Difference, DifferenceKind
from summariser.reviewing.review import KIND_ORDER
from summariser.schema.case import Evidence, Fact, Finding, Place, Result, Severity, Time, fact_kind, fact_path
from summariser.schema.codes import CodedEnum
from summariser.schema.record import Failure, Record
from summariser.tables import read_table


class Label(NamedTuple):
    """A code with its two labels; what has no code, such as a number, is its own label in both."""

    code: str
    zh: str
    en: str


NO_PROVINCE: Final = Label("none", "未载明", "not named")
NO_LEAD: Final = Label("none", "无主办单位", "no lead named")
LONGEST: Final = 4000  # characters of one field; the longest summary is below 1,000

# Cc: control codes; Cf: bidi marks, zero-width characters; Cs: halves of surrogate pairs; Zl, Zp: hidden line ends.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_OF_FAILURES: Final = {
    *(DifferenceKind.FAILURE_APPEARED, DifferenceKind.FAILURE_CHANGED, DifferenceKind.FAILURE_GONE),
}
_VALUE: Final = re.compile(r"\{(\w+)\}")
_CANDIDATE: Final = re.compile(r"[^\x20-\x7e\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")  # a quick look at common text


def label(code: CodedEnum) -> Label:
    """The labels of a code of the lists."""
    return Label(code.value, code.zh, code.en)


def same(text: str) -> Label:
    """One text for both languages."""
    return Label(text, text, text)


@cache
def labels(name: str) -> Mapping[str, Label]:
    """The labels of one list of `labels.csv`, by code."""
    rows = (row for row in read_table("labels") if row["list"] == name)
    return {row["code"]: Label(row["code"], row["zh"], row["en"]) for row in rows}


def province(place: Place | None) -> Label:
    """The province of a place by its code; `NO_PROVINCE` where the code is missing or in no table."""
    found = division(place.code) if place and place.code else None
    if found is None:
        return NO_PROVINCE
    top = lineage(found)[-1]
    return Label(top.code, top.short, labels("province")[top.code[:2]].en)


def bilingual_label(named: Label | CodedEnum) -> Markup:
    """A label in both languages, of which the page shows one."""
    return bilingual(named.zh, named.en)


@lru_cache(maxsize=4096)  # a page has a thousand, of which few are not on each page
def bilingual(zh: str, en: str) -> Markup:
    """A text in both languages, of which the page shows the one it is in as a whole, so that neither names its own."""
    zh, en = (each if isinstance(each, Markup) else shown(each) for each in (zh, en))
    return Markup("<span>{}</span>").format(zh) if zh == en else Markup("<i>{}</i><u>{}</u>").format(zh, en)


def finding_words(finding: Finding) -> Markup:
    """What a finding says in both languages, of which the page shows one; in English alone where no row fits it."""
    chinese = say_chinese(finding.rule, finding.message)
    return Markup.escape(shown(chinese)) if chinese == finding.message else bilingual(chinese, finding.message)


def failure_words(failure: Failure) -> Markup:
    """Why an article has no record, in both languages."""
    return _say_failure(f"{failure.reason}: {failure.message}")


def change_words(change: Difference, text: str) -> Markup:
    """What a change shows as old or new: what a finding says, or a failure, in both languages; all else as it is."""
    if change.kind in _OF_FAILURES:
        return _say_failure(text)
    chinese = say_chinese(change.rule, text) if change.rule else text
    return Markup.escape(shown(text)) if chinese == text else bilingual(chinese, text)


# What the templates of report and workbench call, by the names they use.
TEMPLATE_WORDS: Final = {
    **{"labels": labels, "t": bilingual, "lab": bilingual_label, "version": __version__},
    **{"finding_words": finding_words, "failure_words": failure_words, "change_words": change_words},
}


def _say_failure(text: str) -> Markup:
    """The reason of a failure, a code, by its label, and its message as the table has it."""
    code, _, message = text.partition(": ")
    reason, chinese = labels("reason").get(code, same(code)), say_chinese("failed", message.removesuffix("."))
    return (
        bilingual(f"{reason.zh}：{chinese}", f"{reason.en}: {message}") if message else bilingual(reason.zh, reason.en)
    )


def say_chinese(key: str, text: str, depth: int = 9) -> str:
    """A message of a rule in Chinese, with the same values, by `findings.csv`; the text itself where no row fits it.

    Shape: `depth` bounds how far values within values are put into Chinese.
    """
    for pattern, chinese in _message_patterns().get(key.rstrip("0123456789"), ()) if depth else ():
        if found := pattern.fullmatch(text):
            return chinese.format_map(
                {name: say_chinese(name, said, depth - 1) for name, said in found.groupdict().items()}
            )
    return text


@cache
def _message_patterns() -> Mapping[str, list[tuple[re.Pattern[str], str]]]:
    """The messages of each key, with a group for each value, beside the Chinese; linear in the length of a text."""
    made: dict[str, list[tuple[re.Pattern[str], str]]] = {}
    for row in read_table("findings"):
        first, *rest = _VALUE.split(row["en"])  # words, then a name and the words behind it in turn
        values = [
            f"(?>(?P<{name}>.*?){re.escape(words)})" for name, words in zip(rest[:-2:2], rest[1:-2:2], strict=True)
        ]
        values += [f"(?P<{rest[-2]}>.*){re.escape(rest[-1])}"] if rest else []
        made.setdefault(row["key"], []).append((re.compile(re.escape(first) + "".join(values), re.DOTALL), row["zh"]))
    return made


def shown(text: str, limit: int = LONGEST) -> str:
    """The text as a reader may see it: hidden characters as `‹U+202E›`, the end of an endless one left out and said."""
    if len(text) <= limit:
        return _CANDIDATE.sub(_visible, text)
    return f"{_CANDIDATE.sub(_visible, text[:limit])} … [{len(text) - limit:,} more characters not shown]"


def _visible(match: re.Match[str]) -> str:
    """One character, or its name where a reader would not see it."""
    char = match[0]
    if char in "\t\n":
        return char
    return f"‹U+{ord(char):04X}›" if unicodedata.category(char) in _HIDDEN else char


_ANCHOR: Final = re.compile(r"a[0-9a-f]{8}(?:-\d{1,3})?")
_SEVERITIES: Final = ("high", "middle", "low")


class Changes(NamedTuple):
    """All changes since a version.

    Shape: `since` is what the version is called; `by_record` goes by page id and article id, worst change first, and
    names records that are gone as well.
    """

    since: str
    by_record: Mapping[tuple[str, str], tuple[Difference, ...]]

    @property
    def counts(self) -> list[tuple[Label, int]]:
        """How often each change was made, the most severe first."""
        found = Counter(
            (_SEVERITIES.index(each.severity), each.kind) for some in self.by_record.values() for each in some
        )
        ranked = sorted(found.items(), key=lambda item: (item[0][0], -item[1]))
        return [(labels("change")[kind], count) for (_, kind), count in ranked]

    def by_page(self) -> dict[str, Changes]:
        """The changes of each page, by its id."""
        pages: defaultdict[str, dict[tuple[str, str], tuple[Difference, ...]]] = defaultdict(dict)
        for key, made in self.by_record.items():
            pages[key[0]][key] = made
        return {page_id: Changes(self.since, some) for page_id, some in pages.items()}

    def elsewhere(self, shown: Iterable[tuple[str, str]]) -> list[tuple[str, str, tuple[Difference, ...]]]:
        """Page id, article id and changes of what the site has no record of: removed, failed or unreadable."""
        missing = self.by_record.keys() - set(shown)
        return [(*key, self.by_record[key]) for key in sorted(missing)]


class FactView(NamedTuple):
    """One fact; `path` is what findings call it, `grade` how far the page bears it out: unsupported, fuzzy or sound."""

    fact_id: str
    path: str
    fact: Fact
    evidence: Evidence
    findings: tuple[Finding, ...]
    grade: str

    @property
    def codes(self) -> Iterator[Label]:
        """What the fact was coded as."""
        codes = (getattr(self.fact, name) for name in _coded(type(self.fact)))
        yield from (label(code) for code in codes if code is not None)
        if isinstance(self.fact, Place) and self.fact.full_name:
            yield same(f"{self.fact.full_name} {self.fact.code or ''}".strip())
        if isinstance(self.fact, Time) and self.fact.edtf:
            yield same(self.fact.edtf)
        if self.result:
            yield from map(same, told_of(self.result))

    @property
    def result(self) -> Result | None:
        """The fact, if it is a result."""
        return self.fact if isinstance(self.fact, Result) else None


@cache
def _coded(kind: type[Fact]) -> tuple[str, ...]:
    """The fields of a kind of facts that hold a code."""
    names = ("chain", "kind", "status", "org_type", "level", "role", "theme", "ownership", "support")
    return tuple(name for name in names if name in kind.model_fields)


def told_of(result: Result) -> Iterator[str]:
    """What a result says beside its number: from what it changed, when, of which total, by whom."""
    if result.before:
        yield f"{result.before.raw} → {result.value_text}"
    if result.change and (result.change.difference is not None or result.change.ratio is not None):
        difference, ratio = result.change.difference, result.change.ratio
        yield ", ".join(
            part
            for part in (f"{difference:+f}" if difference is not None else "", f"×{ratio:f}" if ratio else "")
            if part
        )
    if result.period:
        yield f"{result.period.text} {result.period.edtf or ''}".strip()
    if result.part_of is not None:
        yield f"⊂ results[{result.part_of}]"
    if result.claimant:
        yield f"“…” {result.claimant.name}"


class RecordView(NamedTuple):
    """One record; `anchor` is its id in the HTML of its page, `tag` its short name there (A3), `tint` its colour.

    Shape: `findings` are those of no fact; `changes` are those since the version that the site is compared with, worst
    first.
    """

    anchor: str
    tag: str
    tint: int
    record: Record
    facts: tuple[FactView, ...]
    findings: tuple[Finding, ...]
    changes: tuple[Difference, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What changes know it by."""
        return self.record.page_id, self.record.article_id

    @property
    def grades(self) -> Counter[str]:
        """How many facts have each grade."""
        return Counter(fact.grade for fact in self.facts)


def _grade(fact: Fact, findings: Sequence[Finding]) -> str:
    """How far the page bears a fact out."""
    is_doubted = any(each.severity is not Severity.NOTICE for each in findings)
    if not fact.supported or fact.evidence.match == "failed" or is_doubted:
        return "unsupported"
    return "fuzzy" if findings or fact.evidence.match == "fuzzy" else "sound"


def view_record(record: Record, *, number: int, tag: str, tint: int) -> RecordView:
    """The view of a record; `number` tells it apart from the others of its page where its id does not.

    Shape: facts worst first (unsupported, fuzzy, sound), then results, actions, actors, people and the rest.
    """
    anchor = record.article_id if _ANCHOR.fullmatch(record.article_id) else f"r{number}"
    by_path: dict[str, list[Finding]] = {}
    for finding in record.findings:
        by_path.setdefault(fact_path(finding.path), []).append(finding)
    facts = []
    for index, (path, fact) in enumerate(record.case.facts()):
        evidence, own = fact.evidence, by_path.get(path, [])
        facts.append(FactView(f"{anchor}-{index}", path, fact, evidence, tuple(own), _grade(fact, own)))
    ranks = {"unsupported": 0, "fuzzy": 1, "sound": 2}
    facts.sort(key=lambda each: (ranks[each.grade], KIND_ORDER.index(fact_kind(each.path))))
    told = {finding for fact in facts for finding in fact.findings}
    return RecordView(
        anchor, tag, tint, record, tuple(facts), tuple(each for each in record.findings if each not in told)
    )
