"""What a review costs in keys, and whether seeded errors stand where a reviewer looks.

Errors: 20 records of the seeds get one error each, four of every kind: the digits of a number swapped, its unit
changed, somebody else named who says it, a line of another article moved in with what it says, an invented fact.
Each record is made again by the checks, as a reply with this error would be. An error is found if a check marks its
fact, or if the fact stands among the first ten in the order of doubt; measured twice, because what a second reader
would have said of an error is not known: with no second reader at all, and with one who missed every error.

Keys: a scripted reviewer in a headless Chromium goes through the whole queue with single keys. Of a sound record he
answers for every fact that is not borne out, carried by the whole article only or asked about (`a`), then accepts the
record (`r`); of a record with an error he steps to the fact (`n`, `j`), takes it out (`x`) and then does the same. Keys
are counted, not seconds: what a person needs to read is not measured by a script.

Run: python benchmarks/review.py [--seed 12]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from summariser.disk.record_text import seal
from summariser.disk.store import Store
from summariser.disk.stored import PageFolder, load_manifest, load_records
from summariser.pages.article import make_article
from summariser.records.grounding import apply_verdicts, check_case
from summariser.records.make import as_reply, make_text, stored_verdicts
from summariser.reply import CaseReply, ReplyResult
from summariser.reviewing.decisions import Doubt, doubt_facts
from summariser.schema.codes import Support, SupportFrom
from summariser.schema.page import Article, LineRange, Page
from summariser.schema.record import PageManifest, Record

ROOT = Path(__file__).parents[1]
FIRST = 10
EACH = 4
MOST_KEYS = 200  # of one record; more is a script that goes round in a circle
UNITS = {"名": "家", "人": "家", "家": "名", "个": "名", "项": "家", "元": "万元", "场": "年", "次": "家", "件": "名"}


class Seeded(NamedTuple):
    """A record with one error: what kind, and the path of its fact."""

    kind: str
    path: str
    record: Record


class Source(NamedTuple):
    """A sound record with its article, page and manifest, and all others for borrowing."""

    record: Record
    article: Article
    page: Page
    manifest: PageManifest
    others: Sequence[Record]


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description="Keys and found errors of a review.")
    parser.add_argument("--seed", type=int, default=12)
    options = parser.parse_args()
    print(json.dumps(measure(random.Random(options.seed)), indent=2, ensure_ascii=False))


def measure(chance: random.Random) -> dict[str, object]:
    """Both figures over a copy of the stored seeds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "seeds", folder / "seeds")
        shutil.copytree(ROOT / "summaries", folder / "summaries")
        os.chdir(folder)
        seeded = seed_errors(chance)
        for each in seeded:
            path = Store(Path("summaries")).path_of(each.record.page_id, each.record.article_id)
            path.unlink()
            Store(Path("summaries")).put(each.record)
        return {
            "without_second_reader": judge(seeded, as_first_reader),
            "second_reader_missed_all": judge(seeded, as_missed),
            "keys": count_keys({(each.record.page_id, each.record.article_id): each for each in seeded}),
        }


# ---- errors


def seed_errors(chance: random.Random) -> list[Seeded]:
    """One error in each of 20 records."""
    records = load_records("summaries")
    chance.shuffle(records)
    found: list[Seeded] = []
    for kind, spoil in KINDS.items():
        made = 0
        while made < EACH and records:
            source = read_source(records.pop(), load_records("summaries"))
            if source and (seeded := spoil(source, chance)):
                found.append(Seeded(kind, *seeded))
                made += 1
    return found


def read_source(record: Record, others: Sequence[Record]) -> Source | None:
    """A record with what it was made from; None where it stands on two pages."""
    folder = PageFolder(Path("summaries") / record.page_id)
    article, page, manifest = folder.article(record), folder.page, load_manifest(folder.manifest_path)
    if isinstance(article, Article) and isinstance(page, Page) and not record.continuation:
        return Source(record, article, page, manifest, others)
    return None


def numbered(source: Source) -> list[int]:
    """The results that have a number of two digits at least."""
    results = source.record.case.results
    return [k for k, each in enumerate(results) if each.value_text and sum(map(str.isdigit, each.value_text)) > 1]


def swap_digits(source: Source, chance: random.Random) -> tuple[str, Record] | None:
    """Two digits of a number the other way round."""
    for at in chance.sample(numbered(source), len(numbered(source))):
        text = source.record.case.results[at].value_text or ""
        pairs = [k for k in range(len(text) - 1) if text[k : k + 2].isdigit() and text[k] != text[k + 1]]
        if pairs:
            k = chance.choice(pairs)
            return with_result(source, at, value_text=text[:k] + text[k + 1] + text[k] + text[k + 2 :])
    return None


def change_unit(source: Source, chance: random.Random) -> tuple[str, Record] | None:
    """Another unit behind the same digits."""
    fits = [k for k in numbered(source) if (source.record.case.results[k].value_text or "")[-1] in UNITS]
    if not fits:
        return None
    at = chance.choice(fits)
    text = source.record.case.results[at].value_text or ""
    return with_result(source, at, value_text=text[:-1] + UNITS[text[-1]])


def change_claimant(source: Source, chance: random.Random) -> tuple[str, Record] | None:
    """Somebody of the article who does not say so."""
    case = source.record.case
    names = [*(each.name for each in case.people), *(each.name for each in case.actors)]
    pairs = [
        (at, name)
        for at, each in enumerate(case.results)
        for name in names
        if not (each.claimant and each.claimant.name == name)
    ]
    if not pairs:
        return None
    at, name = chance.choice(pairs)
    return with_result(source, at, claimant=name)


def move_line(source: Source, chance: random.Random) -> tuple[str, Record] | None:
    """The last line of another article of the page stands in this one, and a result of it in the record."""
    for other in source.others:
        if other.page_id != source.record.page_id or other.article_id == source.record.article_id:
            continue
        last = other.lines[-1].last
        fitting = [each for each in other.case.results if any(last in range(a, b + 1) for a, b in each.evidence.lines)]
        if not fitting or other.continuation:
            continue
        listed = next(each for each in source.manifest.articles if each.article_id == source.record.article_id)
        lines = (*listed.lines, LineRange(last, last))
        titles = {name: getattr(listed, f"{name}_lines") for name in ("headline", "kicker", "subhead")}
        moved = make_article(
            source.page, kind=listed.kind, lines=lines, **{f"{name}_lines": value for name, value in titles.items()}
        ).model_copy(update={"article_id": listed.article_id})
        cited = [each.number for each in moved.sentences if last in _lines(moved, each.start, each.end)]
        wanted = chance.choice(fitting)
        if not cited or not (wanted.value_text and wanted.value_text in moved.text):
            continue
        reply = as_reply(source.record.case)
        added = as_reply(other.case).results[other.case.results.index(wanted)]
        added = added.model_copy(update={"sents": cited, "part_of": None, "claimant": None})
        keep_moved(source, other, moved, last)
        path = f"results[{len(reply.results)}]"
        return path, remade(source, moved, reply.model_copy(update={"results": [*reply.results, added]}))
    return None


def invent(source: Source, chance: random.Random) -> tuple[str, Record] | None:
    """A result or an action that another article has, cited from a sentence of this one."""
    reply = as_reply(source.record.case)
    donors = [each for each in source.others if each.page_id != source.record.page_id and each.case.results]
    donor, cited = as_reply(chance.choice(donors).case), [chance.choice(source.article.sentences).number]
    if chance.random() < 0.5 and donor.actions:
        added = chance.choice(donor.actions).model_copy(update={"sents": cited})
        actions = [*reply.actions, added]
        return f"actions[{len(reply.actions)}]", remade(
            source, source.article, reply.model_copy(update={"actions": actions})
        )
    fact = chance.choice(donor.results).model_copy(update={"sents": cited, "part_of": None})
    return f"results[{len(reply.results)}]", remade(
        source, source.article, reply.model_copy(update={"results": [*reply.results, fact]})
    )


KINDS: dict[str, Callable[[Source, random.Random], tuple[str, Record] | None]] = {
    "moved line": move_line,
    "swapped digit": swap_digits,
    "wrong unit": change_unit,
    "wrong claimant": change_claimant,
    "invented fact": invent,
}


def with_result(source: Source, at: int, **changes: str) -> tuple[str, Record]:
    """The record with some fields of one result as a model would have got them wrong."""
    reply = as_reply(source.record.case)
    results: list[ReplyResult] = list(reply.results)
    results[at] = results[at].model_copy(update=changes)
    return f"results[{at}]", remade(source, source.article, reply.model_copy(update={"results": results}))


def remade(source: Source, article: Article, reply: CaseReply) -> Record:
    """The record that the checks make of a reply; verdicts stay with the facts that are as they were."""
    record = source.record
    checked = check_case(reply, article, issued=record.source.issue_date)
    before = as_reply(record.case)
    verdicts = {}
    for path, verdict in stored_verdicts(record).items():
        name, _, index = path.rstrip("]").partition("[")
        ours, theirs = getattr(before, name), getattr(reply, name)
        same = ours[int(index)] == theirs[int(index)] if index else ours == theirs
        if same:
            verdicts[path] = verdict
    checked = apply_verdicts(checked, verdicts, article)
    made = {
        "case": checked.case,
        "findings": checked.findings,
        "lines": article.lines,
        "text": make_text(article, with_words=True),
        "needs_review": any(each.deserves_review for each in checked.findings),
    }
    return seal(record.model_copy(update=made))


def keep_moved(source: Source, other: Record, moved: Article, line: int) -> None:
    """The manifest in which the line stands in the wrong article."""
    lines = {source.record.article_id: moved.lines, other.article_id: _without(other.lines, line)}
    articles = [
        each.model_copy(update={"lines": lines.get(each.article_id, each.lines)}) for each in source.manifest.articles
    ]
    Store(Path("summaries")).put_page(source.manifest.model_copy(update={"articles": tuple(articles)}))


def _without(ranges: Sequence[LineRange], line: int) -> tuple[LineRange, ...]:
    cut = (LineRange(first, last - 1) if last == line else LineRange(first, last) for first, last in ranges)
    return tuple(each for each in cut if each.first <= each.last)


def _lines(article: Article, start: int, end: int) -> set[int]:
    return {piece.line for piece in article.pieces if piece.start < end and start < piece.start + piece.length}


# ---- whether they are found


def as_first_reader(record: Record, _path: str) -> Record:
    """The record as it is before a second reader comes: what code says alone."""
    facts = {path: SupportFrom.CODE for path, fact in record.case.facts() if fact.support_by is SupportFrom.MODEL}
    return _graded(record, {path: (None, by) for path, by in facts.items()})


def as_missed(record: Record, path: str) -> Record:
    """The record whose second reader has confirmed every fact, the wrong one as well, where code lets it stand."""
    fact = dict(record.case.facts())[path]
    return _graded(record, {path: (None, SupportFrom.MODEL)}) if fact.supported else record


def _graded(record: Record, grades: dict[str, tuple[Support | None, SupportFrom]]) -> Record:
    changes: dict[str, Any] = {}
    for path, (_, by) in grades.items():
        name, _, index = path.rstrip("]").partition("[")
        held = changes.get(name, getattr(record.case, name))
        if index:
            facts = list(held)
            facts[int(index)] = facts[int(index)].model_copy(update={"support_by": by})
            changes[name] = tuple(facts)
        else:
            changes[name] = held.model_copy(update={"support_by": by})
    return record.model_copy(update={"case": record.case.model_copy(update=changes)})


def judge(seeded: Sequence[Seeded], view: Callable[[Record, str], Record]) -> dict[str, object]:
    """How many errors a check marks or the order of doubt brings among the first, by kind, and which are lost."""
    marked, first, lost = Counter[str](), Counter[str](), []
    for each in seeded:
        doubts = doubt_facts(view(each.record, each.path))
        rank = next(k for k, (path, _) in enumerate(doubts, 1) if path == each.path)
        is_marked = dict(doubts)[each.path] <= Doubt.ASKED
        marked[each.kind] += is_marked
        first[each.kind] += rank <= FIRST
        if not is_marked and rank > FIRST:
            lost.append(f"{each.kind}: {each.record.page_id}/{each.record.article_id} {each.path}, place {rank}")
    found = len(seeded) - len(lost)
    return {"errors": len(seeded), "found": found, "marked": marked, "among_first": first, "lost": lost}


# ---- keys


def count_keys(seeded: dict[tuple[str, str], Seeded]) -> dict[str, object]:
    """The keys that a scripted reviewer needs for each record of the queue."""
    sys.path.insert(0, str(ROOT / "tests"))
    from browsing import CHROMIUM, served
    from playwright.sync_api import sync_playwright

    from summariser.workbench.app import create_app
    from summariser.workbench.web import Project

    keys: dict[tuple[str, str], int] = {}
    with served(create_app(Project("seeds"))) as base, sync_playwright() as opened:
        browser = opened.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page()
        tab.context.add_cookies([{"name": "summariser_reviewer", "value": "0:script", "url": base}])
        tab.goto(f"{base}/review")
        _press(tab, "Enter")
        while "/review/page" in tab.url:
            page_id, article_id = tab.url.partition("/review/")[2].partition("?")[0].split("/")
            wrong = seeded.get((page_id, article_id))
            keys[page_id, article_id] = review_record(tab, wrong.path if wrong else "")
        browser.close()
    sound = sorted(count for key, count in keys.items() if key not in seeded)
    spoiled = sorted(count for key, count in keys.items() if key in seeded)
    return {
        "records": len(keys),
        "sound": {"records": len(sound), "mean": round(sum(sound) / len(sound), 2), "most": sound[-1]},
        "with_error": {"records": len(spoiled), "mean": round(sum(spoiled) / len(spoiled), 2), "most": spoiled[-1]},
    }


def review_record(tab: Any, wrong: str) -> int:
    """Decide on the record that is shown, and give the keys that it took."""
    count = 0
    if wrong:
        while tab.locator(".fact[aria-current]").get_attribute("data-path") != wrong:
            tab.keyboard.press("j")
            count += 1
            assert count < MOST_KEYS
        count += _press(tab, "x")
        if tab.locator("[role=alertdialog]").count():
            count += _press(tab, "y")
    while tab.locator(f".fact[aria-current]:is({_OPEN})").count():
        count += _press(tab, "a")
        assert count < MOST_KEYS
    count += _press(tab, "r")
    if tab.locator("[role=alertdialog]").count():
        count += _press(tab, "y")
    return count


_OPEN = ", ".join(f'[data-doubt="{each.value}"]' for each in Doubt if each <= Doubt.ASKED)


def _press(tab: Any, key: str) -> int:
    """Press a key that leads on, and wait for the next page; one key."""
    tab.evaluate("document.body.dataset.old = 'yes'")
    tab.keyboard.press(key)
    tab.wait_for_selector("body[data-state=ready]:not([data-old])")
    return 1


if __name__ == "__main__":
    main()
