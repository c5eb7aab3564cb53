"""Small pages, articles and replies, made up for tests."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import FrameType
from typing import Any

from summariser.disk.ledger import Ledger
from summariser.pages.article import make_article
from summariser.pages.page import parse_page
from summariser.pipeline import RunPlan
from summariser.prompt import PromptSettings, load_prompt
from summariser.schema.page import Article, ArticleKind, LineRange, Page

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
        "people": [{"name": "何建平", "title": "焊工", "kind": "worker", "sents": [2]}],
        "place": {"province": None, "city": None, "county": "临河区", "sents": [1]},
        "time_text": "近日",
        "problem": None,
        "problem_sents": [],
        "actions": [
            {
                "text": "区总工会在纺织园办夜校。",
                "theme": "skills_training",
                "sents": [2],
                "quote": "临河区总工会近日在纺织园办起夜校",
            }
        ],
        "results": [
            {
                "text": "参加夜校的职工人数",
                "kind": "participants",
                "status": "achieved",
                "value_text": "近200名",
                "subject": "职工",
                "sents": [3],
                "quote": "近200名职工参加",
            }
        ],
        "lesson": None,
        "lesson_sents": [],
        "decision": "union_case",
        "primary_theme": "skills_training",
        "secondary_themes": [],
        "beneficiaries": ["frontline_workers"],
        "practice_status": "running",
        "one_line": "临河区总工会办夜校，近200名职工参加。",
        "summary": "临河区总工会近日在纺织园办起夜校，把课堂开到车间旁，职工下班就能学，不耽误干活。夜校开设3门课程，"
        "近200名职工参加，每人补贴300元，焊工何建平头一个报名。",
        "headline_en": "Linhe District Union Opens Evening School",
        "summary_en": "The Linhe District Federation of Trade Unions has opened an evening school in the textile park, "
        "so that workers can learn after their shift. The school offers 3 courses; nearly 200 workers take part, and "
        "each of them receives a subsidy of 300 yuan.",
    }
    return reply | changes


def case_text(**changes: Any) -> str:
    """`case_reply` as the text of a reply."""
    return json.dumps(case_reply(**changes), ensure_ascii=False)


def make_plan(ledger: Ledger, *, now: datetime = NOW, **changes: Any) -> RunPlan:
    """A run by the newest prompts with a made-up model, with some of its fields changed."""
    return RunPlan(
        run_id=ledger.begin_run("run", "m", "http://127.0.0.1:1/v1", now),
        split_prompt=load_prompt("split"),
        case_prompt=load_prompt("case_study"),
        settings=lambda _: PromptSettings(model="m", temperature=0.0, max_tokens=8000),
        repairs=2,
        pages_at_once=4,
        fresh=False,
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
