"""Records on disk: stable bytes, whole files, and nobody's work lost."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import unicodedata
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import make_page

from summariser.disk.record_text import content_sha256, dump_json, is_edited, parse_json, seal
from summariser.disk.store import Put, Store
from summariser.disk.stored import MAX_BYTES, find, load_failure, load_manifest, load_record, load_records
from summariser.errors import BrokenRecordError, StoreError
from summariser.schema.case import (
    Action,
    Approximation,
    BeneficiaryGroup,
    Case,
    Evidence,
    EvidenceSpan,
    Finding,
    Quantity,
    Result,
    Severity,
    UnitClass,
)
from summariser.schema.codes import (
    Beneficiary,
    Chain,
    Decision,
    PracticeStatus,
    ResultKind,
    ResultStatus,
    Support,
    SupportFrom,
    Theme,
)
from summariser.schema.page import MAX_LINE, ArticleKind, LineRange, PageSource, SplitMethod
from summariser.schema.record import (
    FAILURE_SCHEMA,
    PAGE_SCHEMA,
    RECORD_SCHEMA,
    ArticleSentence,
    ArticleText,
    Dateline,
    FailedAttempt,
    Failure,
    FailureReason,
    PageArticle,
    PageManifest,
    Provenance,
    Record,
    Review,
)

EVIDENCE = Evidence(
    sents=(2, 3), quote="新建驿站12个", start=4, end=11, lines=(LineRange(1, 3), LineRange(5, 5)), match="exact"
)
BORNE_OUT = {"support": Support.WORDS, "support_by": SupportFrom.CODE}
OPEN = Review(state="open", by=None, note=None)
ACCEPTED = Review(state="accepted", by="王梅", note="与原报核对过")
NOTED = Review(state="open", by="王梅", note="待查")


def make_quantity(value: Decimal | None) -> Quantity:
    """Return a quantity with this value."""
    return Quantity(
        raw="3.8万元",
        value=value,
        min=None,
        max=None,
        unit="元",
        unit_class=UnitClass.MONEY,
        per=None,
        approx=Approximation.EXACT,
        start=0,
        end=5,
    )


def make_case(summary: str, value: Decimal | None) -> Case:
    """Return a case with one action and one result."""
    action = Action(text="建驿站", theme=Theme.WORKER_SERVICE_FACILITIES, evidence=EVIDENCE, **BORNE_OUT)
    result = Result(
        text="投入",
        chain=Chain.INPUT,
        kind=ResultKind.MONEY_SPENT,
        status=ResultStatus.ACHIEVED,
        value_text="3.8万元",
        subject="投入",
        quantity=make_quantity(value),
        before_text=None,
        before=None,
        change=None,
        period=None,
        part_of=None,
        claimant=None,
        evidence=EVIDENCE.model_copy(update={"sents": ()}),
        **BORNE_OUT,
    )
    return Case(
        decision=Decision.UNION_CASE,
        one_line="工会建驿站",
        headline_en="Union builds stations",
        summary=summary,
        summary_en="A union built stations.",
        primary_theme=Theme.WORKER_SERVICE_FACILITIES,
        theme_sents=(1,),
        secondary_themes=(),
        function=None,
        policy_frames=(),
        beneficiaries=(),
        practice_status=PracticeStatus.RUNNING,
        status_sents=(),
        place=None,
        time=None,
        problem=None,
        actors=(),
        employers=(),
        people=(),
        devices=(),
        relations=(),
        actions=(action,),
        results=(result,),
        more_results=False,
        lesson=None,
    )


def make_record(
    article_id: str = "a1",
    *,
    page_id: str = "page-1",
    summary: str = "工会建了驿站。",
    value: Decimal | None = Decimal(38000),
    review: Review = OPEN,
    temperature: float = 0.0,
    text: ArticleText | None = None,
) -> Record:
    """Return a whole record, not sealed."""
    provenance = Provenance(
        source="pages/page-1.txt",
        page_sha256="0" * 64,
        split_method=SplitMethod.RULES,
        split_prompt=None,
        prompt="case_study@1",
        prompt_sha256="1" * 64,
        reply_schema="schemas/case_reply/1.json",
        model="m",
        model_answered="m-1",
        temperature=temperature,
        request_key="sha256:2",
        reply_sha256="3" * 64,
        further_keys=(),
        repairs=0,
        verified_by=None,
        checks="1",
        content_sha256="",
    )
    return Record(
        schema_path=RECORD_SCHEMA,
        article_id=article_id,
        page_id=page_id,
        source=PageSource(),
        kind=ArticleKind.FEATURE,
        headline="驿站",
        kicker=None,
        bylines=("张三",),
        dateline=Dateline(place=None, month=3, day=1),
        lines=(LineRange(1, 3), LineRange(5, 5)),
        needs_review=False,
        case=make_case(summary, value),
        findings=(Finding(path="case.results[0]", severity=Severity.NOTICE, rule="r", message="看一眼"),),
        corrections=(),
        practice=None,
        review=review,
        text=text or ArticleText(sha256="4" * 64, sentences=()),
        provenance=provenance,
    )


def make_failure(article_id: str = "a1") -> Failure:
    """Return a failure with one attempt."""
    return Failure(
        schema_path=FAILURE_SCHEMA,
        article_id=article_id,
        page_id="page-1",
        headline=None,
        lines=(LineRange(1, 2),),
        reason=FailureReason.INVALID_REPLY,
        message="no JSON",
        prompt="case_study@1",
        model="m",
        attempts=(FailedAttempt(request_key="sha256:2", reply_text="嗯", findings=()),),
    )


def make_manifest() -> PageManifest:
    """Return a manifest of a page with one article."""
    article = PageArticle(
        article_id="a1",
        kind=ArticleKind.BRIEF,
        headline=None,
        headline_lines=(),
        kicker_lines=(),
        subhead_lines=(),
        lines=(LineRange(1, 2),),
    )
    return PageManifest(
        schema_path=PAGE_SCHEMA,
        page_id="page-1",
        source="page-1.txt",
        page_sha256="0" * 64,
        split_method=SplitMethod.RULES,
        split_prompt=None,
        articles=(article,),
        noise=(LineRange(3, 3),),
        findings=(),
    )


def edit(path: Path, old: str, new: str) -> str:
    """Change the file as a person does, and return its text."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path.read_text(encoding="utf-8")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return an empty store."""
    return Store(tmp_path / "out")


# ---- text -----------------------------------------------------------------------------------------------------------


def test_schema_is_the_first_key_and_the_text_ends_with_a_newline() -> None:
    """A file says in its first line what it is."""
    text = dump_json(make_record())

    assert text.startswith('{\n  "$schema": "schemas/record/2.json",\n  "article_id": "a1",\n')
    assert text.endswith("}\n")


def test_lists_of_numbers_stand_on_one_line_and_other_lists_do_not() -> None:
    """Line ranges and sentence numbers take one line each; a list of strings takes a line per item."""
    text = dump_json(make_record())

    assert '\n  "lines": [[1, 3], [5, 5]],\n' in text
    assert '"sents": [2, 3],' in text
    assert '"sents": [],' in text
    assert '"bylines": [\n    "张三"\n  ],' in text


def test_a_long_list_of_ranges_is_broken_after_each_range() -> None:
    """What does not fit on a line stands one item a line, so that a diff shows the range that changed."""
    ranges = tuple(LineRange(number, number) for number in range(1000, 1020))
    text = dump_json(make_record().model_copy(update={"lines": ranges}))

    assert '"lines": [\n    [1000, 1000],\n    [1001, 1001],\n' in text


SPAN = EvidenceSpan(of="value", quote="近{200}名", start=4, end=9)
SENTENCE = ArticleSentence(n=1, start=0, end=9, lines=(LineRange(1, 1), LineRange(3, 4)), text='他说："{",\n "n": 2}')
GROUP = BeneficiaryGroup(group=Beneficiary.ALL_WORKERS, sents=(1, 12))


def _with_small_objects(*sentences: ArticleSentence) -> Record:
    """A record with a span of evidence, a group and sentences."""
    text = ArticleText(sha256="4" * 64, sentences=sentences)
    record = make_record(text=text)
    evidence = EVIDENCE.model_copy(update={"spans": (SPAN, SPAN.model_copy(update={"of": "subject"}))})
    action = record.case.actions[0].model_copy(update={"evidence": evidence})
    case = record.case.model_copy(update={"actions": (action,), "beneficiaries": (GROUP,)})
    return record.model_copy(update={"case": case})


def test_spans_groups_and_sentences_stand_on_one_line_each() -> None:
    """A small object of a long list is one line, so that a diff shows the sentence that changed."""
    lines = [line.strip() for line in dump_json(_with_small_objects(SENTENCE)).splitlines()]

    assert '{"of": "value", "quote": "近{200}名", "start": 4, "end": 9},' in lines
    assert '{"of": "subject", "quote": "近{200}名", "start": 4, "end": 9}' in lines
    assert '{"group": "all_workers", "sents": [1, 12]}' in lines
    said = json.dumps(SENTENCE.text, ensure_ascii=False)
    assert f'{{"n": 1, "start": 0, "end": 9, "lines": [[1, 1], [3, 4]], "text": {said}}}' in lines


def test_sentence_over_many_lines_of_the_page_is_still_written_whole() -> None:
    """A list too long for one line stays a list over several; nothing of it is lost."""
    ranges = tuple(LineRange(number, number) for number in range(1000, 1020))
    record = _with_small_objects(SENTENCE.model_copy(update={"lines": ranges}), SENTENCE)
    text = dump_json(record)

    assert parse_json(text, Record, path=Path("x")) == record
    assert dump_json(parse_json(text, Record, path=Path("x"))) == text


@settings(max_examples=60, deadline=None)
@given(
    words=st.lists(st.none() | st.text(alphabet='{}[]",:\\n of工', max_size=30), max_size=4),
    quote=st.text(alphabet='{}[]",:\\n of工', max_size=30),
)
def test_texts_full_of_braces_and_quotes_come_back(words: list[str | None], quote: str) -> None:
    """Whatever stands in a sentence or a span, the file says it again, and again in the same bytes."""
    sentences = (SENTENCE.model_copy(update={"n": n, "text": text}) for n, text in enumerate(words, 1))
    record = _with_small_objects(*sentences)
    evidence = EVIDENCE.model_copy(update={"spans": (SPAN.model_copy(update={"quote": quote}),)})
    action = record.case.actions[0].model_copy(update={"evidence": evidence, "text": quote})
    record = record.model_copy(update={"case": record.case.model_copy(update={"actions": (action,)})})

    text = dump_json(record)

    assert parse_json(text, Record, path=Path("x")) == record
    assert dump_json(parse_json(text, Record, path=Path("x"))) == text
    assert json.loads(text)["case"]["actions"][0]["evidence"]["spans"][0]["quote"] == quote
    assert sum(line.strip().startswith('{"n": ') for line in text.splitlines()) == len(words)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("85.79"), "85.79"),
        (Decimal("20000"), "20000"),
        (Decimal("2E+4"), "20000"),
        (Decimal("20000.00"), "20000.00"),
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("-0"), "0"),
        (Decimal("12345678901234567890.12345678901234567890"), "12345678901234567890.12345678901234567890"),
        (None, "null"),
    ],
    ids=str,
)
def test_decimals_keep_their_digits(value: Decimal | None, written: str) -> None:
    """A decimal is a JSON number with exactly its digits, and reads back as the same number."""
    text = dump_json(make_record(value=value))

    assert f'"value": {written},' in text
    assert parse_json(text, Record, path=Path("x")).case.results[0].quantity == make_quantity(value)
    assert dump_json(parse_json(text, Record, path=Path("x"))) == text


@pytest.mark.parametrize("temperature", ["0", "0.0", "0.7", "0.70", "1e-1"])
@pytest.mark.parametrize("value", ["0.0", "3.0", "85.70", "0.7", "1e-1", "0.30000000000000000004"])
def test_decimals_keep_their_digits_whatever_the_temperature(value: str, temperature: str) -> None:
    """A temperature, which is a double, hides no number that would lose its digits as one."""
    text = dump_json(make_record(value=Decimal("85.79"))).replace("85.79", value)
    text = re.sub('"temperature": [0-9.]+', f'"temperature": {temperature}', text)

    record = parse_json(text, Record, path=Path("x"))

    quantity = record.case.results[0].quantity
    assert quantity is not None
    assert str(quantity.value) == str(Decimal(value))
    assert record.provenance.temperature == float(temperature)


@pytest.mark.parametrize(
    "character",
    [
        "\u0000", "\u001f", "\u007f", "\u0085", "\u00a0", "\u00ad", "\u061c", "\u200b", "\u200d", "\u200e", "\u202e",
        "\u2028", "\u2029", "\u2066", "\u2800", "\u3164", "\ufe0f", "\ufeff", "\U000e0001", "\U000e0100",
    ],
    ids=ascii,
)  # fmt: skip
def test_what_a_reviewer_cannot_see_is_escaped(character: str) -> None:
    """Invisible, bidi and control characters stand in the file as escapes, and read back as they were."""
    text = dump_json(make_record(summary=f"前{character}后"))

    assert character not in text
    assert f"前{json.dumps(character)[1:-1]}后" in text
    assert parse_json(text, Record, path=Path("x")).case.summary == f"前{character}后"


def test_every_control_and_format_mark_of_general_use_is_escaped() -> None:
    """No control, bidi mark or line separator known to Unicode slips through, visible prefix signs excepted."""
    visible = {0x0600, 0x0601, 0x0602, 0x0603, 0x0604, 0x0605, 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD}
    hidden = [
        chr(code)
        for code in range(0x110000)
        if unicodedata.category(chr(code)) in {"Cc", "Cf", "Zl", "Zp"}
        and code not in visible
        and not 0x13430 <= code <= 0x1343F  # hieroglyph joiners, part of the picture
    ]

    text = dump_json(make_record(summary="".join(hidden)))

    assert [ascii(character) for character in hidden if character in text and character != "\n"] == []


def test_a_character_is_escaped_alone_as_among_others() -> None:
    """What is escaped where others are is escaped as well in a text that holds nothing else of the kind."""
    every = "".join(chr(code) for code in range(0x20, 0x10000) if not 0xD800 <= code <= 0xDFFF)
    among_others = dump_json(make_record(summary=every))
    escaped = [character for character in every if character not in among_others]

    assert len(escaped) > 100
    assert [ascii(each) for each in escaped if each in dump_json(make_record(summary=each))] == []


def test_chinese_and_its_wide_space_stay_readable() -> None:
    """Chinese, its punctuation and the ideographic space are never escaped."""
    assert '"summary": "“产改”　①㎡𠮷😀",' in dump_json(make_record(summary="“产改”　①㎡𠮷😀"))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"headline": "半\ud800"}, "headline holds half a character"),
        ({"provenance": make_record(temperature=float("inf")).provenance}, "provenance.temperature is inf"),
        (
            {"case": make_case("s", Decimal("1E+999"))},
            "case.results[0].quantity.value is no number of at most 300 digits",
        ),
    ],
    ids=["surrogate", "infinity", "huge"],
)
def test_what_json_cannot_say_is_refused_with_its_place(change: dict[str, object], where: str) -> None:
    """A record that no reader could read back is not written, and the message names the field."""
    with pytest.raises(StoreError) as caught:
        dump_json(make_record().model_copy(update=change))

    assert where in caught.value.what
    assert caught.value.path == Path("page-1/a1")


decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**60), max_value=10**60)


@settings(max_examples=150, deadline=None)
@given(
    summary=st.text(max_size=30),
    value=st.none() | decimals,
    temperature=st.floats(allow_nan=False, allow_infinity=False),
    lines=st.lists(st.builds(LineRange, st.integers(0, MAX_LINE), st.integers(0, MAX_LINE)), max_size=12),
    note=st.none() | st.text(max_size=20),
)
def test_a_file_we_wrote_reads_back_to_the_same_bytes(
    summary: str, value: Decimal | None, temperature: float, lines: list[LineRange], note: str | None
) -> None:
    """For every record, reading its file and writing it again gives the same bytes and the same hash."""
    review = Review(state="open", by=None, note=note)
    record = make_record(summary=summary, value=value, temperature=temperature, review=review)
    record = seal(record.model_copy(update={"lines": tuple(lines)}))
    text = dump_json(record)

    again = parse_json(text, Record, path=Path("x"))

    assert again == record
    assert dump_json(again) == text
    assert not is_edited(again)


@pytest.mark.parametrize(
    ("kept", "load"),
    [(make_failure(), load_failure), (make_manifest(), load_manifest), (make_record(), load_record)],
    ids=["failure", "page", "record"],
)
def test_each_kind_of_file_is_read_back_as_it_was(tmp_path: Path, kept, load) -> None:
    """Failures, page manifests and records survive the way to disk and back."""
    path = tmp_path / "x.json"
    path.write_text(dump_json(kept), encoding="utf-8")

    assert load(path) == kept


def test_a_file_saved_by_a_windows_editor_is_read_and_not_taken_for_edited(tmp_path: Path) -> None:
    """A byte order mark and CRLF line ends change nothing that the record says."""
    path = tmp_path / "x.json"
    path.write_bytes(b"\xef\xbb\xbf" + dump_json(seal(make_record())).replace("\n", "\r\n").encode())

    assert not is_edited(load_record(path))


GOOD = dump_json(seal(make_record()))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace('"kicker": null,', '"kicker": null'), "broken JSON at line 18, column 3"),
        ("<<<<<<< HEAD\n" + GOOD, "broken JSON at line 1, column 1"),
        ("", "broken JSON at line 1, column 1"),
        (GOOD.replace("38000", "NaN"), "NaN is no JSON number"),
        (GOOD.replace("38000", "-Infinity"), "-Infinity is no JSON number"),
        (GOOD.replace("38000", "1e999"), "out of range"),
        (GOOD.replace("38000", "1e99999999999999999999999"), "out of range"),
        (GOOD.replace('"temperature": 0.0', '"temperature": 1e400'), "out of range"),
        (GOOD.replace("38000", "9" * 5000), "more than 300 digits"),
        (GOOD.replace('"kicker": null,', '"kicker": null, "kicker": "x",'), "the key 'kicker' stands twice"),
        (GOOD.replace("record/2", "record/3"), "written by a newer version of summariser (schemas/record/3.json)"),
        (GOOD.replace("schemas/record/2", "schemas/failure/1"), "not a Record file: its $schema is"),
        (GOOD.replace('"$schema"', '"schema"'), "not a Record file: it names no $schema"),
        ("[]", "not a Record file"),
        ("[" * 200_000, "nested too deeply"),
        (GOOD.replace("工会建了驿站。", "\\ud800"), "1 field breaks the schema"),
    ],
    ids=[
        "comma", "conflict", "empty", "nan", "infinity", "overflow", "exponent", "float",
        "long", "twice", "newer", "failure",
        "unnamed", "list", "deep", "surrogate",
    ],
)  # fmt: skip
def test_a_file_that_is_no_record_is_refused_with_the_reason(text: str, says: str) -> None:
    """Each way in which a file can be wrong has a message that names the file, the fault and what to do."""
    with pytest.raises(BrokenRecordError) as caught:
        parse_json(text, Record, path=Path("out/x.json"))

    assert says in caught.value.what
    assert caught.value.path == Path("out/x.json")
    assert caught.value.next_step


@pytest.mark.parametrize("name", ["standard input", "page.txt", "notes.md", "x.json.bak", "x"])
def test_what_never_was_a_record_is_told_what_records_are(name: str) -> None:
    """No run would replace a page, a note or what came through a pipe, so nobody is sent to `run --overwrite`."""
    with pytest.raises(BrokenRecordError) as caught:
        parse_json("标题一行", Record, path=Path(name))

    assert "--overwrite" not in str(caught.value)
    assert ".json" in caught.value.next_step


@pytest.mark.parametrize("name", ["a1.json", "a1.failure.json", "page-001.page.json"])
def test_a_file_that_a_run_wrote_is_told_how_it_is_replaced(name: str) -> None:
    """Where a run would write, `run --overwrite` helps."""
    with pytest.raises(BrokenRecordError, match="--overwrite"):
        parse_json("标题一行", Record, path=Path(name))


def test_key_given_twice_is_found_in_one_pass() -> None:
    """The last of 60,000 keys again costs what reading them costs; to count each key among all takes half a minute."""
    keys = ",".join(f'"k{number}":1' for number in range(60_000))
    began = time.process_time()

    with pytest.raises(BrokenRecordError, match="the key 'k59999' stands twice"):
        parse_json(f'{{{keys},"k59999":2}}', Record, path=Path("x"))

    assert time.process_time() - began < 2


def test_all_broken_rules_are_listed_with_their_json_paths() -> None:
    """A person who mends a file sees everything that is wrong with it at once."""
    text = GOOD.replace('"value": 38000', '"value": "many"').replace('"needs_review": false', '"needs_review": 0')
    text = text.replace('"kicker": null', '"kicker": null, "extra": 1')

    with pytest.raises(BrokenRecordError) as caught:
        parse_json(text, Record, path=Path("x"))

    assert caught.value.what.count("\n") == 3
    for place in ("case.results[0].quantity.value: ", "needs_review: ", "extra: "):
        assert place in caught.value.what


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (GOOD.encode("gb18030"), "not UTF-8 in line"),
        (b" " * (MAX_BYTES + 1), "larger than 20 MB"),
    ],
    ids=["gb18030", "huge"],
)
def test_bytes_that_are_no_text_of_ours_are_refused(tmp_path: Path, content: bytes, says: str) -> None:
    """Another encoding and another size are told before anything is parsed."""
    path = tmp_path / "x.json"
    path.write_bytes(content)

    with pytest.raises(BrokenRecordError, match=says):
        load_record(path)


def test_a_folder_or_a_pipe_is_no_record(tmp_path: Path) -> None:
    """What is no regular file is refused at once; a pipe does not make the reader wait."""
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)

    for path in (tmp_path, pipe):
        with pytest.raises(StoreError, match="not a regular file"):
            load_record(path)


# ---- hand edits -----------------------------------------------------------------------------------------------------


def test_the_hash_leaves_out_the_review_and_itself() -> None:
    """Accepting a record does not make it edited, and sealing it twice changes nothing."""
    record = seal(make_record())

    assert content_sha256(record.model_copy(update={"review": ACCEPTED})) == record.provenance.content_sha256
    assert seal(record) == record
    assert not is_edited(record)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"value": 38000', '"value": 3800'),
        ('"needs_review": false', '"needs_review": true'),
        ('"model": "m"', '"model": "n"'),
    ],
    ids=["number", "flag", "provenance"],
)
def test_a_hand_edit_of_any_field_is_noticed(old: str, new: str) -> None:
    """The hash covers all that the record says, provenance included."""
    assert is_edited(parse_json(GOOD.replace(old, new), Record, path=Path("x")))


def test_the_hash_does_not_depend_on_layout() -> None:
    """A file that an editor indented otherwise is not taken for edited."""
    assert not is_edited(parse_json(json.dumps(json.loads(GOOD)), Record, path=Path("x")))


def test_the_hash_is_that_of_the_sorted_json_without_white_space() -> None:
    """Anybody can reckon the hash again: were its recipe to change, every record on disk would look edited."""
    tree = json.loads(dump_json(make_record(value=None)))
    del tree["review"], tree["practice"], tree["provenance"]["content_sha256"]
    text = json.dumps(tree, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    assert content_sha256(make_record(value=None)) == hashlib.sha256(text.encode()).hexdigest()


def test_equal_decimals_with_other_digits_have_another_hash() -> None:
    """The digits are part of what the record says; their exponent is not."""
    hashes = [content_sha256(make_record(value=Decimal(text))) for text in ("20000", "2E+4", "20000.0")]

    assert hashes[0] == hashes[1] != hashes[2]


# ---- put ------------------------------------------------------------------------------------------------------------


def test_a_record_is_written_sealed_at_its_place(store: Store) -> None:
    """The path is made of page and article; the file is the sealed record, with the usual permissions."""
    assert store.put(make_record())[0] is Put.WRITTEN

    path = store.out / "page-1" / "a1.json"
    assert load_record(path) == seal(make_record())
    assert [entry.name for entry in path.parent.iterdir()] == ["a1.json"]
    assert path.stat().st_mode & 0o444 == 0o444


def test_what_has_not_changed_is_not_touched(store: Store) -> None:
    """A second put of the same content leaves the file alone, its time included."""
    store.put(make_record())
    path = store.out / "page-1" / "a1.json"
    os.utime(path, (1, 1))

    assert store.put(make_record())[0] is Put.UNCHANGED
    assert path.stat().st_mtime == 1


STORED = {
    "blank": (OPEN, None),
    "noted": (NOTED, None),
    "accepted": (ACCEPTED, None),
    "corrected": (ACCEPTED.model_copy(update={"state": "corrected"}), None),
    "rejected": (ACCEPTED.model_copy(update={"state": "rejected"}), None),
    "edited": (OPEN, ("驿站", "歇脚点")),
    "edited_noted": (NOTED, ("驿站", "歇脚点")),
}


@pytest.mark.parametrize(
    ("stored", "same", "overwrite", "outcome"),
    [
        ("blank", True, False, Put.UNCHANGED),
        ("noted", True, False, Put.UNCHANGED),
        ("accepted", True, False, Put.UNCHANGED),
        ("accepted", True, True, Put.UNCHANGED),
        ("blank", False, False, Put.WRITTEN),
        ("blank", False, True, Put.WRITTEN),
        ("noted", False, False, Put.WRITTEN),
        ("accepted", False, False, Put.KEPT_EDITED),
        ("corrected", False, False, Put.KEPT_EDITED),
        ("rejected", False, False, Put.KEPT_EDITED),
        ("edited", True, False, Put.KEPT_EDITED),
        ("edited", False, False, Put.KEPT_EDITED),
        ("accepted", False, True, Put.OVERWRITTEN),
        ("corrected", False, True, Put.OVERWRITTEN),
        ("edited", False, True, Put.OVERWRITTEN),
        ("edited_noted", False, True, Put.OVERWRITTEN),
    ],
)
def test_what_a_put_does_depends_on_who_worked_on_the_file(
    store: Store, stored: str, same: bool, overwrite: bool, outcome: Put
) -> None:
    """Work of a person stays unless overwritten on purpose, then in a copy; a note goes along, a decision does not."""
    review, change = STORED[stored]
    path = store.out / "page-1" / "a1.json"
    store.put(make_record(review=review))
    before = edit(path, *change) if change else path.read_text(encoding="utf-8")

    assert store.put(make_record(summary="工会建了驿站。" if same else "新"), overwrite=overwrite)[0] is outcome

    backup = path.with_name("a1.json.bak")
    if outcome in (Put.UNCHANGED, Put.KEPT_EDITED):
        assert path.read_text(encoding="utf-8") == before
    else:
        assert load_record(path).case.summary == "新"
        assert load_record(path).review == review.model_copy(update={"state": "open"})
        assert not is_edited(load_record(path))
    assert backup.exists() == (outcome is Put.OVERWRITTEN)
    if backup.exists():
        assert backup.read_text(encoding="utf-8") == before


def test_only_what_a_person_worked_on_is_carried(store: Store) -> None:
    """What `carry` makes of it stands in the file; it is not asked of a record that is replaced or already there."""
    moved = make_record(review=ACCEPTED, summary="按新的版面")
    store.put(make_record())

    assert store.put(make_record(), carry=lambda _: moved)[0] is Put.UNCHANGED
    assert store.put(make_record(summary="另一句"), carry=lambda _: moved)[0] is Put.WRITTEN
    store.put(make_record(review=ACCEPTED))
    assert store.put(make_record(summary="又一句"), overwrite=True, carry=lambda _: moved)[0] is Put.OVERWRITTEN
    store.put(make_record(review=ACCEPTED, summary="又一句"))
    assert store.put(make_record(), carry=lambda _: None)[0] is Put.KEPT_EDITED
    assert store.put(make_record(), carry=lambda _: moved) == (Put.CARRIED, moved)
    assert load_record(store.path_of("page-1", "a1")) == moved


def test_a_record_that_brings_a_review_is_written_with_it(store: Store) -> None:
    """A decision handed over by a program is kept, unless another one stands in the file."""
    store.put(make_record())

    assert store.put(make_record(review=ACCEPTED))[0] is Put.WRITTEN
    assert store.put(make_record(review=ACCEPTED.model_copy(update={"state": "rejected"})))[0] is Put.KEPT_EDITED
    assert load_record(store.out / "page-1" / "a1.json").review == ACCEPTED


def test_a_content_that_a_person_wrote_and_the_model_then_confirms_is_unchanged(store: Store) -> None:
    """Where the new record says what the edited file says, there is nothing to write."""
    store.put(make_record(summary="旧"))
    before = edit(store.out / "page-1" / "a1.json", "旧", "新")

    assert store.put(make_record(summary="新"))[0] is Put.UNCHANGED
    assert (store.out / "page-1" / "a1.json").read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    "content", [b"{", b"\xff", b"[]", GOOD.replace('"a1"', '"A1"').encode()], ids=["json", "utf8", "list", "other"]
)
def test_a_broken_file_stays_unless_overwritten_and_then_in_a_copy(store: Store, content: bytes) -> None:
    """A hand edit gone wrong is never lost: it stops the put, or is kept as `.bak`, `.bak2` ..."""
    path = store.out / "page-1" / "a1.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)

    with pytest.raises(BrokenRecordError) as caught:
        store.put(make_record())
    assert path.read_bytes() == content
    assert "--overwrite" in caught.value.next_step

    assert store.put(make_record(), overwrite=True)[0] is Put.OVERWRITTEN
    path.write_bytes(b"again")
    assert store.put(make_record(), overwrite=True)[0] is Put.OVERWRITTEN
    assert path.with_name("a1.json.bak").read_bytes() == content
    assert path.with_name("a1.json.bak2").read_bytes() == b"again"
    assert load_record(path) == seal(make_record())


def test_a_record_removes_the_failure_of_its_article_only(store: Store) -> None:
    """A failure is stale as soon as the article has a record."""
    store.put_failure(make_failure("a1"))
    store.put_failure(make_failure("a2"))

    store.put(make_record("a1"))

    assert sorted(path.name for path in (store.out / "page-1").iterdir()) == ["a1.json", "a2.failure.json"]


def test_a_decision_is_written_without_a_new_hash(store: Store) -> None:
    """What a person decided and edited stands in the file as given, and still tells what the tool wrote."""
    store.put(make_record())
    seen = load_record(store.out / "page-1" / "a1.json")
    decided = seen.model_copy(update={"headline": "另一个标题", "review": ACCEPTED})

    store.put_decision(decided, seen=seen)

    kept = load_record(store.out / "page-1" / "a1.json")
    assert kept == decided
    assert is_edited(kept)
    assert store.put(make_record())[0] is Put.KEPT_EDITED


def test_a_decision_on_what_no_longer_stands_there_is_refused(store: Store) -> None:
    """A file that changed or went away since it was seen is left as it is."""
    store.put(make_record())
    path = store.out / "page-1" / "a1.json"
    seen = load_record(path)
    store.put_decision(seen.model_copy(update={"review": NOTED}), seen=load_record(path))
    before = path.read_bytes()

    with pytest.raises(StoreError, match="was changed since it was shown"):
        store.put_decision(seen.model_copy(update={"review": ACCEPTED}), seen=seen)
    assert path.read_bytes() == before
    path.unlink()
    with pytest.raises(StoreError):
        store.put_decision(seen, seen=seen)


def test_a_failure_leaves_the_record_alone(store: Store) -> None:
    """A run that fails today does not take away the record of yesterday."""
    store.put(make_record())

    assert store.put_failure(make_failure()) is Put.WRITTEN
    assert store.put_failure(make_failure()) is Put.UNCHANGED
    assert load_record(store.out / "page-1" / "a1.json") == seal(make_record())
    assert load_failure(store.out / "page-1" / "a1.failure.json") == make_failure()


@pytest.mark.parametrize("source", ["a\0b.txt", "x/" + "a" * 5000 + ".txt", "s3://cases/a.txt"])
def test_pages_from_elsewhere_are_told_of_whatever_they_are_called(store: Store, source: str) -> None:
    """A manifest that names its page by a name no file can have stops nothing."""
    store.put_page(make_manifest().model_copy(update={"source": source}))

    assert store.find_elsewhere([make_page()]) == source


def test_a_page_manifest_stands_beside_the_folder_of_its_page(store: Store) -> None:
    """The manifest of a page is one file below the store, written when it changes."""
    assert store.put_page(make_manifest()) is Put.WRITTEN
    assert store.put_page(make_manifest()) is Put.UNCHANGED
    assert store.put_page(make_manifest().model_copy(update={"source": "other.txt"})) is Put.WRITTEN
    assert load_manifest(store.out / "page-1.page.json").source == "other.txt"


def test_a_failure_of_an_article_that_is_gone_goes_with_it(store: Store) -> None:
    """Split otherwise, a page has no such article any more: its failure would be told for ever. Records stay."""
    listed = make_manifest().articles[0].article_id
    for name in (listed, "gone"):
        store.put_failure(make_failure().model_copy(update={"article_id": name}))
    store.put(make_record("gone2"))

    store.put_page(make_manifest())

    assert {path.name for path in (store.out / "page-1").iterdir()} == {f"{listed}.failure.json", "gone2.json"}


BAD_IDS = [
    "", ".", "..", ".a", "a.", "a/b", "../a", "a\\b", "/etc/x", "a\n", "a b", "a\0", "a:b", "a" * 101, "a\u202eb",
    "a\ud800",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_IDS, ids=ascii)
def test_an_id_that_is_no_file_name_is_refused(store: Store, name: str) -> None:
    """No id leads out of the store."""
    for bad in (make_record(name), make_record(page_id=name)):
        with pytest.raises(StoreError, match="cannot be the name of a file"):
            store.put(bad)
    with pytest.raises(StoreError, match="cannot be the name of a file"):
        store.put_page(make_manifest().model_copy(update={"page_id": name}))

    assert not store.out.exists()


@pytest.mark.parametrize("name", ["a.failure", "a.Failure", "a.page"])
def test_an_article_id_that_gives_the_name_of_another_kind_of_file_is_refused(store: Store, name: str) -> None:
    """The record of one article is never the failure of another, nor hidden from those who look for records."""
    with pytest.raises(StoreError, match="cannot be the name of a record"):
        store.put(make_record(name))


@pytest.mark.parametrize("name", ["a", "工人日报-2024.03.01_4版", "9", "-1-版", "_a", "a..b", "a" * 100], ids=ascii)
def test_an_id_of_letters_of_any_script_is_a_file_name(store: Store, name: str) -> None:
    """Every name that a page can have makes a place for its records."""
    assert store.put(make_record(name, page_id=name))[0] is Put.WRITTEN
    assert store.put_page(make_manifest().model_copy(update={"page_id": name})) is Put.WRITTEN
    assert load_records(store.out) == [seal(make_record(name, page_id=name))]


def test_an_id_too_long_for_the_disk_is_told(store: Store) -> None:
    """A hundred Chinese characters are a valid id but no file name on most disks; the message says so."""
    with pytest.raises(StoreError, match="the name is too long"):
        store.put(make_record("报" * 100))


@pytest.mark.parametrize("link", ["page-1", "page-1/a1.json", "page-1/a1.failure.json", "page-1.page.json"])
def test_a_link_below_the_store_is_never_written_to(store: Store, tmp_path: Path, link: str) -> None:
    """A symbolic link could lead anywhere; the file behind it stays as it is."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir() if link == "page-1" else elsewhere.write_text("mine")
    (store.out / link).parent.mkdir(parents=True)
    (store.out / link).symlink_to(elsewhere)

    with pytest.raises(StoreError, match="symbolic link"):
        for put, kept in ((store.put, make_record()), (store.put_page, make_manifest())):
            put(kept)

    assert (list(elsewhere.iterdir()) == []) if link == "page-1" else (elsewhere.read_text() == "mine")


def test_stale_records_are_those_of_articles_that_are_gone(store: Store) -> None:
    """Records of the page without an article are listed and not deleted; failures are none."""
    for article_id in ("a1", "a2", "a3"):
        store.put(make_record(article_id))
    store.put_failure(make_failure("a4"))

    assert store.stale("page-1", ["a2"]) == (store.out / "page-1/a1.json", store.out / "page-1/a3.json")
    assert store.stale("page-9", []) == ()
    assert (store.out / "page-1/a1.json").exists()


# ---- reading --------------------------------------------------------------------------------------------------------


def test_find_lists_record_files_once_and_sorted(store: Store) -> None:
    """Failures, page manifests, copies and hidden files are no records, wherever the search starts."""
    for article_id in ("b", "a"):
        store.put(make_record(article_id))
    store.put_page(make_manifest())
    store.put_failure(make_failure("c"))
    folder = store.out / "page-1"
    for name in (".x.json", "a.json.bak", "readme.md", ".git/x.json"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("{}")

    expected = [folder / "a.json", folder / "b.json"]
    assert list(find([store.out])) == expected
    assert list(find([str(folder / "b.json"), folder, folder / "c.failure.json"])) == expected


def test_a_path_that_is_not_there_is_told() -> None:
    """A mistyped folder is an error and not an empty list."""
    with pytest.raises(StoreError, match="no such file or folder"):
        load_records("not/here")


# ---- the disk -------------------------------------------------------------------------------------------------------


def files_below(folder: Path) -> dict[str, bytes]:
    """All files with their bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
@pytest.mark.parametrize(
    ("number", "says"),
    [(errno.ENOSPC, "disk is full"), (errno.EROFS, "read-only"), (errno.EIO, "Input/output")],
    ids=["full", "read-only", "broken"],
)
def test_a_disk_that_refuses_leaves_the_old_file_whole(
    store: Store, monkeypatch: pytest.MonkeyPatch, call: str, number: int, says: str
) -> None:
    """Whichever step the disk refuses, the old file stays, no part of the new one is left, and the message helps."""
    store.put(make_record())
    before = files_below(store.out)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        if call == "write":
            patch.setattr(os, "fdopen", refuse)
        else:
            patch.setattr(os, call, refuse)
        with pytest.raises(StoreError, match=says) as caught:
            store.put(make_record(summary="新"))

    assert files_below(store.out) == before
    assert caught.value.next_step


def test_what_has_not_changed_is_put_on_a_read_only_disk(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is to be written, and no failure file to be removed: such a disk refuses to remove what is not there."""
    store.put(make_record())

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "unlink", refuse)
    monkeypatch.setattr(os, "replace", refuse)

    assert store.put(make_record())[0] is Put.UNCHANGED


def test_a_write_that_the_system_cuts_off_leaves_the_old_file_whole(store: Store) -> None:
    """A file that reaches a limit of the system half written is taken away again."""
    store.put(make_record())
    before = files_below(store.out)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(StoreError, match="larger than the disk or a limit allows"):
            store.put(make_record(summary="新"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert files_below(store.out) == before


def test_a_folder_in_the_place_of_a_file_and_the_other_way_round_are_told(store: Store, tmp_path: Path) -> None:
    """What stands in the way is named and left alone."""
    (store.out / "page-1" / "a1.json").mkdir(parents=True)
    (tmp_path / "file").write_text("mine")

    for overwrite in (False, True):
        with pytest.raises(StoreError, match="not a regular file"):
            store.put(make_record(), overwrite=overwrite)
    (store.out / "page-1.page.json").mkdir()
    with pytest.raises(StoreError, match="a folder stands where a file is needed"):
        store.put_page(make_manifest())
    with pytest.raises(StoreError, match="a file stands where a folder is needed"):
        Store(tmp_path / "file").put(make_record())
    assert (tmp_path / "file").read_text() == "mine"


def test_leftovers_of_killed_runs_are_swept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run drops temporary files of processes that are gone, or of other machines and hours old; no others."""
    folder = store.out / "page-1"
    folder.mkdir(parents=True)
    written: list[Path] = []
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda path, _: written.append(path))
        patch.setattr(Path, "unlink", lambda path, **_: None)
        store.put(make_record())  # killed before the file had its name
    (own,) = written
    mark, rest = own.name.removeprefix(".summariser-").split("-", 1)
    gone = own.with_name(f".summariser-{mark}-{2**22 + 1}-7-00000000.tmp")
    afar, old = (own.with_name(f".summariser-{each * 8}-{rest}") for each in "ab")
    other = own.with_name(".other.tmp")
    for path in (gone, afar, old, other):
        path.write_text("half")
    os.utime(old, (1, 1))
    os.utime(other, (1, 1))
    here = Path(__file__).parent

    subprocess.run([sys.executable, "-c", NEXT_RUN, store.out, here, here.parent], check=True)

    assert {path.name for path in folder.iterdir()} == {own.name, afar.name, other.name, "a1.json"}


NEXT_RUN = """
import sys
sys.path[:0] = sys.argv[2:]
from pathlib import Path
from test_store import Store, make_record
Store(Path(sys.argv[1])).put(make_record(summary="of the next run"))
"""
WRITER = """
import sys
sys.path[:0] = sys.argv[3:]
from pathlib import Path
from test_store import Store, make_record
for number in range(0, 40, 3):
    Store(Path(sys.argv[1])).put(make_record(summary=sys.argv[2] * (1 + number * 500)))
"""


def test_two_processes_writing_one_record_never_mix_it() -> None:
    """A reader sees whole records only, while two processes replace the file under it; nothing is left over."""
    here = Path(__file__).parent
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "page-1" / "a1.json"
        command = [sys.executable, "-c", WRITER, name]
        tail = [str(here), str(here.parent)]
        writers = [subprocess.Popen([*command, letter, *tail]) for letter in "甲乙"]
        seen = set()
        while any(writer.poll() is None for writer in writers):
            if path.exists():
                seen.add(frozenset(load_record(path).case.summary))

        assert [writer.returncode for writer in writers] == [0, 0]
        assert seen <= {frozenset("甲"), frozenset("乙")}
        assert [entry.name for entry in path.parent.iterdir()] == ["a1.json"]


def test_first_bad_file_stops_load(store: Store) -> None:
    """The library function raises for the first bad file, with its path."""
    for article_id in ("a", "b", "c"):
        store.put(make_record(article_id))
    (store.out / "page-1" / "b.json").write_text("{")

    with pytest.raises(StoreError) as caught:
        load_records(store.out)

    assert caught.value.path.name == "b.json"
