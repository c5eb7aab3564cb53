"""Small pages, articles and replies, made up for tests."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from summariser.disk.ledger import Ledger
from summariser.disk.record_text import dump_json
from summariser.disk.store import Store
from summariser.pages.article import make_article
from summariser.pages.split import join_splits
from summariser.pipeline import RunPlan
from summariser.prompt import PromptSettings, load_prompt
from summariser.readers.dispatch import read_page
from summariser.readers.files import parse_page
from summariser.records.grounding import FactVerdict, apply_verdicts, read_reply
from summariser.records.make import Exchange, make_manifest, make_record
from summariser.schema.page import Article, ArticleKind, Box, LineRange, Page, PageSplit, SplitMethod
from summariser.schema.record import (
    FAILURE_SCHEMA,
    READING_SCHEMA,
    FailedAttempt,
    Failure,
    FailureReason,
    KeptLine,
    KeptReading,
    PageManifest,
    Record,
    Verification,
)

FULL_LINES = (  # an article that fills every field of a case
    "临河区总工会把课堂开到车间",
    "本报临河3月5日电（记者王小禾）“下班就能学，不耽误干活。”临河区总工会今年3月在纺织园办起夜校“星光课堂”，焊工何建平头一个报名。",
    "夜校开设3门课程，近200名职工参加，其中女职工80名，每人补贴300元。何建平说，夜校要办下去。",
    "东岭纺织公司是民营企业，主营棉纺，有职工1200余人，过去职工没有时间学习。",
    "何建平介绍，徒弟出师的时间从3年缩短到1年半。2025年，夜校服务5000余人次。",
    "夜校借鉴北湾市总工会“和事桌”的做法，是求学圆梦行动的一部分。",
)
NOW = datetime(2026, 11, 20, tzinfo=UTC)
LINES = (
    "临河区总工会把课堂开到车间",
    "本报讯（记者王小禾）“下班就能学，不耽误干活。”临河区总工会近日在纺织园办起夜校，焊工何建平头一个报名。",
    "夜校开设3门课程，近200名职工参加，服务5000余人次，每人补贴300元。何建平说，夜校要办下去。",
)


def make_page(lines: Sequence[str] = LINES, *, name: str = "page-900.txt") -> Page:
    """A page with these lines."""
    return parse_page("\n".join(lines).encode(), path=name)


def make_test_article(lines: Sequence[str] = LINES) -> Article:
    """One article with the first line as its headline."""
    return make_article(
        make_page(lines),
        kind=ArticleKind.BRIEF,
        lines=[LineRange(1, len(lines))],
        headline_lines=(1,),
        kicker_lines=(),
    )


def make_scan(folder: Path, *, size: tuple[int, int] = (1000, 800)) -> Page:
    """The page of `LINES` read from a scan below a folder, whose recognition was kept: no engine is asked."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", size, "white")
    boxes = [Box(10, 40 * number, 990, 40 * number + 30) for number in range(len(LINES))]
    for box in boxes:
        ImageDraw.Draw(picture).rectangle(box, fill="grey")
    path = folder / "scan.png"
    picture.save(path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    kept = KeptReading(
        schema_path=READING_SCHEMA,
        picture="scan.png",
        sha256=sha256,
        number=1,
        engine="rapidocr 0.0",
        width=size[0],
        height=size[1],
        rules=(),
        lines=tuple(
            KeptLine(text=text, box=box, score=0.9, vertical=False) for text, box in zip(LINES, boxes, strict=True)
        ),
    )
    place = folder / "summaries" / "ocr" / f"{sha256[:16]}-1-rapidocr-0.0.ocr.json"
    place.parent.mkdir(parents=True)
    place.write_text(dump_json(kept), encoding="utf-8")
    return read_page(path, out=folder / "summaries")


PARTS = {  # of an article that goes on on another page of its issue
    "20260420_p1": (*LINES[:2], "夜校开设3门课程，", "（下转第3版）"),
    "20260420_p3": ("（上接第1版）", LINES[2].removeprefix("夜校开设3门课程，")),
}


def make_parts(folder: Path) -> tuple[Page, Page]:
    """Two pages of an issue, read from the output of OCR below a folder: an article begins on one, ends on the other.

    Shape: line k of a page stands at 40 * k pixels.
    """
    for name, texts in PARTS.items():
        lines = "".join(
            f'<span class="ocr_line" title="bbox 10 {40 * number} 990 {40 * number + 30}">{text}</span>'
            for number, text in enumerate(texts, 1)
        )
        page = f"""<div class="ocr_page" title='bbox 0 0 1000 800'>{lines}</div>"""
        (folder / f"{name}.html").write_text(f"<html><body>{page}</body></html>", encoding="utf-8")
    first, second = (read_page(folder / f"{name}.html") for name in PARTS)
    return first, second


def put_parts(folder: Path, out: Path) -> Record:
    """The one record of the article of `make_parts`, kept below `out` with the manifests of both pages."""
    pages = make_parts(folder)
    splits = [(page, _whole(page, headline)) for page, headline in zip(pages, ((1,), ()), strict=True)]
    (begun, rest), store = join_splits(splits), Store(out)
    manifests = [make_manifest(page, split, None, ()) for page, split in zip(pages, (begun, rest), strict=True)]
    for manifest in manifests:
        store.put_page(manifest)
    record = _made(manifests[0], begun.articles[0], case_text())
    store.put(record)
    return record


def make_test_record(
    page: Page, reply: str, *, with_words: bool = True, verdicts: Mapping[str, FactVerdict] | None = None
) -> tuple[Record, PageManifest]:
    """The record of a page that is one article, by the text of a reply, and the manifest of the page."""
    split = _whole(page, (1,))
    manifest = make_manifest(page, split, None, ())
    return _made(manifest, split.articles[0], reply, with_words=with_words, verdicts=verdicts), manifest


def put_record(page: Page, out: Path, **changes: Any) -> Record:
    """The record of a page whose lines are those of `LINES`, kept below `out` with its manifest."""
    record, manifest = make_test_record(page, case_text(**changes))
    store = Store(out)
    store.put_page(manifest)
    store.put(record)
    return record


def failure_of(record: Record, *, reason: FailureReason, attempts: tuple[FailedAttempt, ...] = ()) -> Failure:
    """The failure file that would stand where a record stands."""
    return Failure(
        schema_path=FAILURE_SCHEMA,
        article_id=record.article_id,
        page_id=record.page_id,
        headline=record.headline,
        lines=record.lines,
        reason=reason,
        message="no reply obeyed the rules",
        prompt="case_study@5",
        model="m",
        attempts=attempts,
    )


def _whole(page: Page, headline: tuple[int, ...]) -> PageSplit:
    """A page that is one article."""
    kind = ArticleKind.BRIEF if headline else ArticleKind.CONTINUATION
    lines = [LineRange(1, len(page.lines))]
    article = make_article(page, kind=kind, lines=lines, headline_lines=headline, kicker_lines=())
    return PageSplit(page_id=page.page_id, articles=(article,), noise=(), method=SplitMethod.RULES)


def _made(
    manifest: PageManifest,
    article: Article,
    reply: str,
    *,
    with_words: bool = True,
    verdicts: Mapping[str, FactVerdict] | None = None,
) -> Record:
    """The record that a reply makes of an article, and verdicts of its facts."""
    origin = {"prompt": "made_up@1", "prompt_sha256": "", "reply_schema": "", "model": "m", "model_answered": "m"}
    asked = Verification(prompt="verify@1", model="m", model_answered="m", request_key="", reply_sha256="")
    exchange = Exchange(
        **origin, temperature=0.0, request_key="", reply_sha256="", repairs=0, verified_by=asked if verdicts else None
    )
    issued = manifest.page_source.issue_date if manifest.page_source else None
    checked = apply_verdicts(read_reply(reply, article, issued=issued), verdicts or {}, article)
    return make_record(manifest, article, checked, exchange, with_words=with_words)


def split_reply(lines: Sequence[str] = LINES) -> str:
    """A model's split of a page with one article."""
    article = {
        "kind": "brief",
        "headline_lines": [1],
        "kicker_lines": [],
        "subhead_lines": [],
        "lines": [[1, len(lines)]],
    }
    return json.dumps({"articles": [article], "noise": []})


def case_reply(**changes: Any) -> dict[str, Any]:
    """A faultless reply about the article of `LINES`, with some fields changed."""
    reply: dict[str, Any] = {
        "actors": [
            {
                "name": "临河区总工会",
                "org_type": "union_federation",
                "level": "county",
                "role": "lead",
                "sents": [1],
            }
        ],
        "employers": [],
        "people": [{"name": "何建平", "title": "焊工", "kind": "worker", "sents": [2]}],
        "place": {"province": None, "city": None, "county": "临河区", "sents": [1]},
        "time": {"text": "近日", "role": "event", "sents": [2]},
        "devices": [],
        "relations": [],
        "problem": None,
        "problem_sents": [],
        "actions": [
            {
                "text": "区总工会在纺织园办夜校。",
                "theme": "skills_training",
                "sents": [2],
            }
        ],
        "results": [result_reply()],
        "more": False,
        "lesson": None,
        "lesson_sents": [],
        "decision": "union_case",
        "primary_theme": "skills_training",
        "theme_sents": [2],
        "secondary_themes": [],
        "beneficiaries": [{"group": "frontline_workers", "sents": [1]}],
        "practice_status": "running",
        "status_sents": [2],
        "one_line": "临河区总工会办夜校，近200名职工参加。",
        "summary": "临河区总工会近日在纺织园办起夜校，把课堂开到车间旁，职工下班就能学，不耽误干活。夜校开设3门课程，"
        "近200名职工参加，每人补贴300元，焊工何建平头一个报名。",
        "headline_en": "Linhe District Union Opens Evening School",
        "summary_en": "The Linhe District Federation of Trade Unions has opened an evening school in the textile park, "
        "so that workers can learn after their shift. The school offers 3 courses; nearly 200 workers take part, and "
        "each of them receives a subsidy of 300 yuan.",
    }
    return reply | changes


def full_reply(**changes: Any) -> dict[str, Any]:
    """A reply about the article of `FULL_LINES` that leaves no field empty, with some fields changed."""
    given = case_reply()
    partner = given["actors"][0] | {"name": "北湾市总工会", "level": "prefecture", "role": "partner", "sents": [8]}
    told = {"subject": "徒弟出师的时间", "before_text": "3年", "claimant": "何建平", "sents": [6]}
    full: dict[str, Any] = {
        "actors": [*given["actors"], partner],
        "employers": [
            {
                "name": "东岭纺织公司",
                "industry": "棉纺",
                "ownership": "private",
                "size_text": "1200余人",
                "sents": [5],
            }
        ],
        "time": {"text": "今年3月", "role": "event", "sents": [2]},
        "devices": [{"name": "星光课堂", "sents": [2]}, {"name": "和事桌", "sents": [8]}],
        "relations": [
            {"kind": "modelled_on", "to": "北湾市总工会", "sents": [8]},
            {"kind": "campaign", "to": "求学圆梦行动", "sents": [8]},
        ],
        "problem": "职工没有时间学习",
        "problem_sents": [5],
        "actions": [*given["actions"], {"text": "夜校开设课程。", "theme": "other", "sents": [3]}],
        "results": [
            *given["results"],
            result_reply(text="参加夜校的女职工人数", value_text="80名", subject="女职工", part_of=0),
            result_reply(text="徒弟出师所需的时间", kind="time_saved", chain="outcome", value_text="1年半", **told),
            result_reply(
                text="夜校的服务人次",
                kind="service_uses",
                value_text="5000余人次",
                subject="服务",
                period_text="2025年",
                sents=[7],
            ),
        ],
        "lesson": "夜校要办下去",
        "lesson_sents": [4],
        "secondary_themes": ["culture_reading_sports"],
        "beneficiaries": [*given["beneficiaries"], {"group": "women_workers", "sents": [3]}],
    }
    return given | full | changes


def result_reply(**changes: Any) -> dict[str, Any]:
    """A faultless result of the article of `LINES`, with some fields changed."""
    result: dict[str, Any] = {
        "text": "参加夜校的职工人数",
        "chain": "activity",
        "kind": "participants",
        "status": "achieved",
        "value_text": "近200名",
        "subject": "职工",
        "before_text": None,
        "period_text": None,
        "part_of": None,
        "claimant": None,
        "sents": [3],
    }
    return result | changes


def case_text(**changes: Any) -> str:
    """`case_reply` as the text of a reply."""
    return json.dumps(case_reply(**changes), ensure_ascii=False)


def make_plan(ledger: Ledger, *, now: datetime = NOW, **changes: Any) -> RunPlan:
    """A run by the newest prompts with a made-up model, with some of its fields changed."""
    case_prompt = load_prompt("case_study")  # once, as of a run
    return RunPlan(
        run_id=ledger.begin_run("run", "m", "http://127.0.0.1:1/v1", now),
        split_prompt=load_prompt("split"),
        case_prompt=lambda _: case_prompt,
        settings=lambda _: PromptSettings(model="m", temperature=0.0, max_tokens=8000),
        repairs=2,
        pages_at_once=4,
        overwrite=False,
        now=lambda: now,
    )._replace(**changes)


def count_steps(work: Callable[[], object]) -> int:
    """How many lines of Python are run by a piece of work: what it costs, without a clock."""
    steps = 0

    def count(_frame: FrameType, event: str, _argument: object) -> Callable[..., Any]:
        nonlocal steps
        steps += event == "line"
        return count

    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(None)
    return steps
