"""Folding, sentences, and where a quote stands."""

from __future__ import annotations

import ast
import importlib.util
import random
import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from summariser.matching import NUMERALS, MatchTier, cuts_number, locate, max_edits, tables
from summariser.tables import read_table
from summariser.text import MAX_ASIDE, counted, fold, fold_text, split_sentences
from summariser.workbench.web import translate

ROOT = Path(__file__).parent.parent
SEEDS = sorted((ROOT / "seeds").glob("*.txt"))

LETTERS = "工会职新产改在有的，。、：“”（）《》…—·AbC0123456789％２万余名%\n　 "
TEXTS = st.text(LETTERS, min_size=1, max_size=60)


def load_benchmark() -> ModuleType:
    """The benchmark script as a module: its protocol is tested here, its clock is not."""
    spec = importlib.util.spec_from_file_location("benchmark_locate", ROOT / "benchmarks" / "locate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("（２０２５年）", "(2025年)"),
        ("增长８５．７％", "增长85.7%"),
        ("１，４３８名", "1,438名"),
        ("10 余\n项", "10余项"),
        ("全　家 成\t长", "全家成长"),
        ('“产改”「产改」『产改』"产改"', '"产改""产改""产改""产改"'),
        ("‘a’", "'a'"),
        ("87％～89％ 1〜2 1∼2", "87%~89%1~21~2"),
        ("创新——实效 a–b─c－d", "创新-实效a-b-c-d"),
        ("互助保障……工会… 等...", "互助保障...工会...等..."),
        ("莱昂·X•Y・Z", "莱昂·X·Y·Z"),
        ("AI技术：QN1803；abc！？", "AI技术:QN1803;abc!?"),
        ("零\u200b宽\ufeff标\u202e记\x00\u00ad", "零宽标记"),
        ("10²，第②期，½", "10²,第②期,½"),
        ("100㎡", "100m2"),
        ("⼯会", "工会"),
        ("職工總工會", "職工總工會"),
        ("。、《》", "。、《》"),
        ("", ""),
    ],
)
def test_fold_makes_print_variants_alike(text: str, folded: str) -> None:
    """Width, white space, quotes, dashes and dots fold; digits, letters and characters stay."""
    assert fold(text).text == folded


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    """A folded text is its own folded view."""
    once = fold(text).text

    assert fold(once).text == once


@given(TEXTS)
def test_folded_places_lead_back_to_what_they_were_read_from(text: str) -> None:
    """Every folded character maps to a piece of the original that folds to it, in order."""
    folded = fold(text)

    for place in range(len(folded.text)):
        start, end = folded.to_original(place, place + 1)
        assert folded.text[place] in fold(text[start:end]).text
    assert list(folded.starts) == sorted(folded.starts)


@given(TEXTS | st.text(".-—…─ \n。2②½", max_size=20) | st.text(max_size=20))
def test_text_is_folded_alike_with_and_without_its_places(text: str) -> None:
    """Runs of dashes and dots, dropped characters and those that become several are the same in both."""
    assert fold_text(text) == fold(text).text


@given(st.integers(0, 9), st.sampled_from("０１２３４５６７８９"))
def test_no_digit_becomes_another(digit: int, wide: str) -> None:
    """A digit keeps its value, whatever its width."""
    assert int(fold(str(digit)).text) == digit
    assert int(fold(wide).text) == int(wide)


def test_empty_folded_interval_has_no_original() -> None:
    """An empty interval or one outside the folded text is a programmer's mistake."""
    folded = fold("工会")

    for start, end in ((1, 1), (-1, 1), (0, 3)):
        with pytest.raises(ValueError, match="no interval"):
            folded.to_original(start, end)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("甲。乙！丙？丁；戊", ["甲。", "乙！", "丙？", "丁；", "戊"]),
        ("甲!乙?丙;丁", ["甲!", "乙?", "丙;", "丁"]),
        ("甲\n\n 乙 \r\n丙", ["甲", "乙", "丙"]),
        ("省略……然后", ["省略……", "然后"]),
        ("真的？！好", ["真的？！", "好"]),
        ("“甲。乙。”张三说。丙", ["“甲。乙。”张三说。", "丙"]),
        ('"甲。乙。"张三说。丙', ['"甲。乙。"张三说。', "丙"]),
        ("张三说：“甲。乙。”丙。", ["张三说：“甲。乙。”", "丙。"]),
        ("甲（乙。丙）丁。戊", ["甲（乙。丙）丁。", "戊"]),
        ("“甲。乙。丙", ["“甲。", "乙。", "丙"]),
        ('甲"乙。"丙"丁', ['甲"乙。"', '丙"丁']),
        ("甲。”乙。", ["甲。”", "乙。"]),
        ("等等……，乙。", ["等等……，乙。"]),
        ("增长8.5%。", ["增长8.5%。"]),
        ("见https://a.cn/?id=1&x=2。乙", ["见https://a.cn/?id=1&x=2。", "乙"]),
        ("见www.a.cn/?a;b!c。乙", ["见www.a.cn/?a;b!c。", "乙"]),
        ("甲http://a.cn/q?乙", ["甲http://a.cn/q?", "乙"]),
        ("甲。https://b.cn/?x=1", ["甲。", "https://b.cn/?x=1"]),
        ("怎么办?3月开课。", ["怎么办?", "3月开课。"]),
        (" \n ", []),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, sentences: list[str]) -> None:
    """Sentences end at end marks and lines, not inside quotations and brackets that close."""
    assert [text[start:end] for _, start, end in split_sentences(text)] == sentences


def test_quotation_that_is_too_long_does_not_hold_sentences_together() -> None:
    """A quotation longer than `MAX_ASIDE` has probably lost its end, so its sentences count."""
    inside = "甲。" * MAX_ASIDE

    assert len(split_sentences(f"“{inside}”")) == MAX_ASIDE


@given(st.text('工会。！?;…“”"（） \n,', max_size=60))
def test_sentences_hold_every_visible_character_once(text: str) -> None:
    """Sentences are numbered from 1, in order, apart, stripped, and leave only white space between them."""
    sentences = split_sentences(text)

    pieces = [text[start:end] for _, start, end in sentences]
    assert [number for number, _, _ in sentences] == list(range(1, len(sentences) + 1))
    assert all(piece and piece == piece.strip() for piece in pieces)
    assert all(one.end <= other.start for one, other in pairwise(sentences))
    assert "".join("".join(pieces).split()) == "".join(text.split())


@settings(deadline=None)
@given(TEXTS, st.data())
def test_substring_is_located_exactly(text: str, data: st.DataObject) -> None:
    """Whatever is copied from a text is found as it stands, at one of its places, unless it cuts a number."""
    start = data.draw(st.integers(0, len(text) - 1))
    quote = text[start : data.draw(st.integers(start + 1, len(text)))]
    assume(not cuts_number(text, start, start + len(quote)))
    match = locate(quote, text)

    if not quote.strip():
        assert match is None
    else:
        assert match is not None
        assert (match.tier, match.edits) == (MatchTier.EXACT, 0)
        assert text[match.start : match.end] == quote


@settings(deadline=None)
@given(st.text("工会职新产改在有的，：“”（）AbC012789％２万名", min_size=2, max_size=60), st.data())
def test_spaces_and_width_do_not_hide_a_quote(text: str, data: st.DataObject) -> None:
    """A quote with other spaces and widths is found folded, and its interval folds to the same text."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assume(not cuts_number(text, start, end))
    wide = text[start:end].translate({0x2C: "，", 0x25: "％", **{0x30 + n: 0xFF10 + n for n in range(10)}})
    match = locate("\n".join(wide) + "\u200b", text)

    assert match is not None
    assert match.tier is MatchTier.FOLDED
    assert fold(text[match.start : match.end]).text == fold(text[start:end]).text


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_quote_with_another_digit_is_refused(path: Path) -> None:
    """However long a quote is, a digit that differs from the page makes it absent."""
    text = path.read_text(encoding="utf-8")
    draw = random.Random(path.name)
    digits = [place for place, char in enumerate(text) if char.isdecimal()]

    for place in draw.sample(digits, 40):
        start, end = max(place - draw.randint(0, 40), 0), place + draw.randint(1, 60)
        other = draw.choice([digit for digit in "0123456789" if digit != fold(text[place]).text])
        quote = text[start:place] + other + text[place + 1 : end]
        assert locate(quote, text) is None or fold(quote).text in fold(text).text


TEXT = (
    "日前，福建省宁德市总工会在蕉城区召开推进会，全年培训职工1224人次，覆盖企业近200家，"
    "其中10 余 项成果并未公开，增长12.5%。"
    "比例在87%～89%之间，每个问题怎样办都有答复。"
)


@pytest.mark.parametrize(
    "quote",
    [
        "福建省北京市总工会在蕉城区召开推进会，全年培训职工1224人次，覆盖企业近200家",
        "福建省宁波市总工会在蕉城区召开推进会，全年培训职工1224人次，覆盖企业近200家",
        "广东省宁德市总工会在蕉城区召开推进会，全年培训职工1224人次，覆盖企业近200家",
        "宁德市总工会在福鼎区召开推进会，全年培训职工",
        "宁德市总公司在蕉城区召开推进会，全年培训职工",
        "召开推进会，全年培训职工9876人次，覆盖企业",
        "召开推进会，全年培训职工12240人次，覆盖企业",
        "召开推进会，全年培训职工124人次，覆盖企业",
        "召开推进会，全年培训职工1224万人次，覆盖企业",
        "召开推进会，全年培训职工1224人，覆盖企业近200家",
        "召开推进会，全年培训职工1224人员，覆盖企业近200家",
        "召开推进会，全年培训职工1224名，覆盖企业近200家",
        "召开推进会，全年培训职工一二二四人次，覆盖企业",
        "全年培训职工1224人次，覆盖企业200家，其中",
        "全年培训职工1224人次，覆盖企业超200家，其中",
        "全年培训职工1224人次，覆盖企业近200户，其中",
        "覆盖企业近200家，其中10项成果并未公开",
        "其中10多项成果并未公开，增长",
        "其中10余项成果并公开，增长12.5%",
        "成果并未公开，增长125%。",
        "成果并未公开，下降12.5%。",
        "成果并未公开，增长12.5。",
        "比例在87%89%之间，每个问题怎样办",
        "在蕉域区召关",
    ],
)
def test_changed_fact_is_refused(quote: str) -> None:
    """A number, unit, 余, name or negation that differs is no misreading, nor is anything in a short quote."""
    assert locate(quote, TEXT) is None


@pytest.mark.parametrize(
    ("quote", "said", "edits"),
    [
        ("召幵推进会，全年培训职工", "召开推进会，全年培训职工", 1),
        ("吕开推进会，全年培训职工", "召开推进会，全年培训职工", 1),
        ("推进会，全年培训职王", "推进会，全年培训职工", 1),
        ("召开推进会议，全年培训职工", "召开推进会，全年培训职工", 1),
        ("召开推会，全年培训职工", "召开推进会，全年培训职工", 1),
        ("福建省宁德市总土会在蕉诚区召开推进会", "福建省宁德市总工会在蕉城区召开推进会", 2),
        ("培训织工1224入次，履盖企业近200家", "培训职工1224人次，覆盖企业近200家", 3),
        ("其中10余项成果并末公开", "其中10 余 项成果并未公开", 1),
    ],
)
def test_misread_quote_is_found_with_its_whole_interval(quote: str, said: str, edits: int) -> None:
    """A few misread characters, at the ends too, do not hide a quote or shorten its interval."""
    match = locate(quote, TEXT)

    assert match is not None
    assert (TEXT[match.start : match.end], match.tier, match.edits) == (said, MatchTier.FUZZY, edits)


TWICE = "甲：工会主席来了。乙：工会主席来了。丙：工会主席来了。"


@pytest.mark.parametrize(
    ("hint", "after", "start"),
    [
        ([], 0, 2),
        ([], 5, 11),
        ([], 12, 20),
        ([], 25, 20),
        ([(9, 18)], 0, 11),
        ([(18, 27)], 3, 20),
        ([(18, 22)], 0, 20),
        ([(0, 9), (18, 27)], 5, 20),
        ([(9, 13), (13, 18)], 0, 11),
    ],
)
def test_hint_then_order_decide_between_places(hint: list[tuple[int, int]], after: int, start: int) -> None:
    """The cited span wins, then the nearest place, then order; the count tells that there was a choice."""
    match = locate("工会主席", TWICE, hint=hint, after=after)

    assert match is not None
    assert (match.start, match.count) == (start, 3)


def test_folded_place_inside_a_hint_goes_before_an_exact_one_outside() -> None:
    """A line break inside the cited sentence does not send the match to another sentence."""
    text = "工会主席来了。工会\n主席走了。"
    match = locate("工会主席", text, hint=[(7, 15)])

    assert match == (7, 12, MatchTier.FOLDED, 0, 2)


def test_whole_number_is_found_and_no_cut_one() -> None:
    """`5人` is the 5人 of the text, and not the end of 25人."""
    match = locate("5人", "共25人，另有5人。")

    assert match is not None
    assert (match.start, match.count) == (7, 1)


def test_misread_quote_follows_its_hint() -> None:
    """Of two places that resemble a misread quote, the cited one is taken, though the other is nearer in letters."""
    text = "职工书屋天天向读者开放。\n职工书屋夭夭向读者开放。"
    quote = "职工书屋夫天向读者开放"

    free, hinted = locate(quote, text), locate(quote, text, hint=[(13, 25)])

    assert free is not None
    assert hinted is not None
    assert (free.start, free.edits, free.count) == (0, 1, 2)
    assert (hinted.start, hinted.edits, hinted.count) == (13, 2, 2)


@pytest.mark.parametrize("quote", ["", " \n", "\u200b", "\ufeff \u200b"])
def test_empty_quote_is_nowhere(quote: str) -> None:
    """A quote without a visible character is not found, not even where the text holds the same."""
    assert locate(quote, "工会 主席") is None


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("ab" * 900 + "xy", "ab" * 50_000),
        ("工会" * 50_000 + "无", "工会" * 50_000),
        ("职工书屋天天向读者开放", "工" * 200_000),
    ],
    ids=["repeating", "long quote", "long text"],
)
def test_sizes_nobody_prints_are_refused_not_endured(quote: str, text: str) -> None:
    """Texts that repeat without end and quotes of any length get an answer."""
    assert locate(quote, text) is None


def test_look_alikes_never_exchange_numerals() -> None:
    """No numeral counts as a look-alike of another, and look-alikes are mutual."""
    alikes = tables().look_alikes
    assert not [char for char in NUMERALS if set(alikes.get(char, ())) & set(NUMERALS)]
    assert all(char in alikes[other] for char, others in alikes.items() for other in others)


@pytest.mark.parametrize(
    ("length", "edits"), [(8, 1), (9, 1), (10, 3), (27, 3), (28, 4), (60, 8), (84, 12), (2000, 12)]
)
def test_longer_quotes_may_be_misread_more_often(length: int, edits: int) -> None:
    """One character in seven may be misread, three from ten characters on, never more than twelve."""
    assert max_edits(length) == edits


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_protocol_of_the_benchmark_holds(path: Path) -> None:
    """Copied, misread and wrapped quotes are found where they stand; foreign and invented ones nowhere.

    Random misreadings may fall side by side or in what looks like a name: two refusals of that kind are no failure.
    """
    benchmark = load_benchmark()
    text = path.read_text(encoding="utf-8")
    others = [other.read_text(encoding="utf-8") for other in SEEDS if other != path]
    cases = [case for case in benchmark.build_cases(text, others, random.Random(path.name)) if case.kind != "anywhere"]

    def find(quote: str, text: str) -> tuple[int, int] | None:
        match = locate(quote, text)
        return match and (match.start, match.end)

    outcomes = benchmark.score_cases(cases, text, find)

    missed = {
        kind: outcome.cases - outcome.right for kind, outcome in outcomes.items() if outcome.right < outcome.cases
    }
    assert sum(outcome.placed_wrongly for outcome in outcomes.values()) == 0
    assert set(missed) <= {"misread", "long"}
    assert sum(missed.values()) <= 2
    assert set(outcomes) == {"exact", "misread", "wrapped", "long", "absent", "invented"}


settings.register_profile("quick", max_examples=60, deadline=None)
settings.load_profile("quick")


# ---- how many -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((0, "page"), "0 pages"),
        ((1, "page"), "1 page"),
        ((2, "page"), "2 pages"),
        ((1200, "reply", "replies"), "1,200 replies"),
        ((1, "reply", "replies"), "1 reply"),
        ((21, "page is", "pages are"), "21 pages are"),
    ],
)
def test_one_thing_is_said_in_the_singular(words: tuple[int, str], said: str) -> None:
    """One is one; nought and all others are many, by the thousand."""
    assert counted(*words) == said


# What stands so only where it is many: a limit that is passed, or several of what should be one.
_MANY = re.compile(
    r" (bytes|pixels|characters|tokens|marks of markup|rows, and Excel|lines with text|(folded|more) characters)\b"
)
_ALWAYS_MANY = {
    "endpoints/endpoint.py": "requests or",  # that a provider takes in a batch
    "endpoints/cassette.py": "parts by line",
    "evaluation/gold.py": "articles",
    "evaluation/scores.py": "times",
    "pages/split.py": "times, also",  # of copies
    "places.py": "divisions",
    "readers/documents.py": "pages",
    "readers/dispatch.py": "pages",
    "workbench/ask.py": "files of",  # that the browser may hand in
    "reviewing/practices.py": "figures are the same",
}
_NUMBER = re.compile(
    r"\b(len|sum)\(|\b(count|left|times|total|records|pages|articles|facts|replies|errors|repairs|failures|requests)\b"
)


def _plurals() -> Iterator[tuple[str, str]]:
    """Each number in a text of the code before a word that ends in s, with the module."""
    package = ROOT / "summariser"
    for path in sorted(package.rglob("*.py")):
        texts = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.JoinedStr)]
        for first, then in (pair for node in texts for pair in pairwise(node.values)):
            if not (isinstance(first, ast.FormattedValue) and isinstance(then, ast.Constant)):
                continue
            is_number = _NUMBER.search(ast.unparse(first.value)) or (
                first.format_spec and "," in ast.unparse(first.format_spec)
            )
            word = re.match(r" (?:(?:more|further|smaller) )?([a-z]{2,}s)\b", str(then.value))
            if is_number and word and word[1] not in {"is", "has", "was", "goes", "stands", "waits"}:
                yield path.relative_to(package).as_posix(), str(then.value)


def test_no_count_is_said_without_the_one_function_for_it() -> None:
    """A text of the code that sets a number before a plural says 1 records; what is always many is listed above."""
    found = {
        (module, words)
        for module, words in _plurals()
        if not _MANY.match(words) and not (module in _ALWAYS_MANY and _ALWAYS_MANY[module] in words)
    }
    texts = [path.read_text() for end in ("py", "j2") for path in (ROOT / "summariser").rglob(f"*.{end}")]

    assert found == set()
    assert [text for text in texts if re.search(r"[a-z]{3}(?<!\bhttp)\((s|es)\)[ ,;.\"]", text)] == []


def test_words_of_the_workbench_say_counts_in_the_right_number() -> None:
    """{number:page|pages} is one page or many; no word of the interface is a plural behind a bare number."""
    english = [row["en"] for row in read_table("workbench_words")]

    assert [words for words in english if re.search(r"\{\w+\} (?!was)[a-z]{2,}s\b|\(s\)", words)] == []
    assert translate("en", "ask.waiting", number=1) == "1 request waits for an answer."
    assert translate("en", "ask.waiting", number=1200) == "1,200 requests wait for an answer."
    assert "1,200" in translate("zh", "ask.waiting", number=1200)
