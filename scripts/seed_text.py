"""The articles of a seed page, their paragraphs joined, as the gold of a picture tells them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
Gold = dict[str, Any]
BROKEN_OFF = r"[。！？?）]|[,，、一]$"  # a short line with these is no subhead


def fold(text: str) -> str:
    """The text without blanks and Markdown marks."""
    return re.sub(r"^#+|\s", "", text)


def read_articles(page: str) -> list[Gold]:
    """The articles of a seed page with their paragraphs joined: `paragraphs` holds role and text."""
    gold = json.loads((SEEDS / f"{page}.gold.json").read_text(encoding="utf-8"))
    lines = (SEEDS / f"{page}.txt").read_text(encoding="utf-8").split("\n")
    articles = []
    for case in gold["articles"]:
        pieces = [_piece(lines[first - 1 : last]) for first, last in case["lines"]]
        paragraphs = list(_paragraphs(case, pieces))
        part = {
            role: " ".join(text for kind, text in paragraphs if kind == role)
            for role in ("kicker", "headline", "byline")
        }
        body = "\n".join(text for role, text in paragraphs if role in ("body", "subhead", "caption", "jump_in"))
        whole = fold("".join(text for _, text in paragraphs))
        quantities = [{key: found[key] for key in ("text", "value", "min", "max", "unit")} | {"text": said}
                      for found in case["quantities"] if (said := fold(found["text"])) in whole]  # fmt: skip
        articles.append(
            {"id": case["id"], "kind": case["kind"], **part, "text": body, "quantities": quantities,
             "paragraphs": [{"role": role, "text": text} for role, text in paragraphs]}
        )  # fmt: skip
    return articles


def _piece(lines: list[str]) -> str:
    text = "".join(line.strip() for line in lines).lstrip("# ")
    text = re.sub(r"(?<=[一-鿿，]) (?=[0-9])|(?<=[0-9]) (?=[一-鿿%～])", "", text)
    return fold(text) if text.count(" ") * 3 > len(text) else text


def _paragraphs(case: Gold, pieces: list[str]) -> Iterator[tuple[str, str]]:
    """Role and text of each paragraph; a piece that breaks off goes on in the next one."""
    open_text = ""
    for number, piece in enumerate(pieces):
        if open_text:
            piece = open_text + piece  # noqa: PLW2901
            open_text = ""
        role = _role(case, piece) if number < 5 else None
        if case["kicker"] and case["headline"] and fold(piece).endswith("——" + fold(case["headline"])):
            at = piece.index("——") + 2
            yield from (("kicker", piece[:at]), ("headline", piece[at:]))
        elif role:
            yield role, piece
        elif case["kind"] == "photo_caption":
            if re.search(r"[。摄]$", piece):
                yield ("byline" if len(piece) < 15 else "caption"), piece
            else:
                open_text = piece
        elif piece.startswith("（上接"):
            yield "jump_in", piece
        elif len(piece) <= 28 and not re.search(BROKEN_OFF, piece):
            yield "subhead", piece
        elif re.search(r'[。！？?”"…）]$', piece):
            yield "body", piece
        else:
            open_text = piece


def _role(case: Gold, piece: str) -> str | None:
    for role in ("kicker", "headline", "byline"):
        if case[role] and (SequenceMatcher(None, fold(case[role]), fold(piece)).ratio() > 0.8
                           or sorted(fold(case[role])) == sorted(fold(piece))):  # fmt: skip
            return role
    return "kicker" if piece == "强基层增活力 工会建设在行动" else None
