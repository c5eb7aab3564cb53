"""Two sets of records compared by meaning: which article is which, what changed; as a comment of a pull request, too.

Articles are paired by page and id, and what is left over by the page lines they share: an article whose headline
changed has another id, a split one has two, merged ones have one. `differences.py` describes what differs within a
pair; here is found what became of a person's work, of the provenance and of failures.

Every word of a record stands in a code span, where GitHub reads no markup, HTML, link, mention or issue number; what is
invisible or turns text is written as an escape. Long folds are cut, and so is the whole; what is left out is counted.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote

from pydantic import Field, computed_field

from summariser.disk.record_text import is_edited
from summariser.records.corrected import LINES
from summariser.reviewing.differences import Difference, DifferenceKind, describe, explain, format_code
from summariser.reviewing.revisions import Sides, StoredItem, read_sides
from summariser.schema.case import Result, Severity, fact_path
from summariser.schema.codes import ActorRole, Decision
from summariser.schema.page import Frozen, LineRange, format_lines
from summariser.schema.record import Failure, Provenance, Record
from summariser.text import counted

FIGURES: Final = 3  # shown of a new record; the others are counted


class Figure(Frozen):
    """A result with a number: where it stands in the record, what it says, and on which page lines."""

    path: str
    words: str
    lines: tuple[LineRange, ...]


class NewRecord(Frozen):
    """What a reviewer is told of a new record.

    Shape: `theme` is the code with its label; `leads` are names as printed; `figures` the first results with a number,
    `further` how many there are beside them; `flags` say why a person should look, and are empty for a sound record.
    """

    theme: str
    leads: tuple[str, ...]
    figures: tuple[Figure, ...]
    further: int
    flags: tuple[str, ...]


def _tell_new_record(record: Record) -> NewRecord:
    """What the record is about, its first figures, and what speaks against it."""
    case = record.case
    figures = [
        Figure(path=f"case.{path}", words=describe(fact), lines=fact.evidence.lines)
        for path, fact in case.facts()
        if isinstance(fact, Result) and fact.quantity
    ]
    return NewRecord(
        theme=format_code(case.primary_theme),
        leads=tuple(actor.name for actor in case.actors if actor.role is ActorRole.LEAD),
        figures=tuple(figures[:FIGURES]),
        further=len(figures[FIGURES:]),
        flags=tuple(_flags(record)),
    )


def _find_unsupported(record: Record) -> Iterator[Difference]:
    """What a new record says and its page does not: its unsupported facts, and findings about anything else."""
    told, kind = set[str | None](), DifferenceKind.NEWLY_UNSUPPORTED
    for path, fact in record.case.facts():
        if not fact.supported:
            told.add(path)
            evidence = fact.evidence
            found = _difference(kind, record, f"case.{path}", (None, describe(fact)))
            yield found.model_copy(update={"quote": evidence.quote, "lines": evidence.lines})
    for finding in record.findings:
        if finding.severity is not Severity.NOTICE and fact_path(finding.path) not in told:
            found = _difference(kind, record, f"case.{finding.path}", (None, finding.message))
            yield found.model_copy(update={"rule": finding.rule})


def _flags(record: Record) -> Iterator[str]:
    """Why a person should look."""
    if record.case.decision is not Decision.UNION_CASE:
        yield f"decision: {format_code(record.case.decision)}"
    if record.awaits_review:
        yield "needs review"
    if record.case.unsupported:
        yield f"{record.case.unsupported} of {counted(len(record.case.facts()), 'fact')} not borne out"
    if notices := sum(finding.severity is Severity.NOTICE for finding in record.findings):
        yield counted(notices, "notice")


SHARED: Final = 0.5  # share of an article's lines that must stand in another for the two to be versions of one
_BY_HAND: Final = "edited by hand"
_PRIVATE: Final = frozenset(("request_key", "reply_sha256", "content_sha256"))  # other in each record


class ArticleDiff(Frozen):
    """All differences of one article, worst first."""

    page_id: str
    article_id: str
    headline: str | None
    path: str = Field(description="File of the new record; of the old one if it is gone.")
    is_gone: bool
    changes: tuple[Difference, ...]
    added: NewRecord | None = Field(default=None, description="What it says, if it is a record that was not there.")


class ProvenanceChange(Frozen):
    """One difference in how records came about, summed over all of them."""

    field: str
    old: str
    new: str
    records: int


class Diff(Frozen):
    """Everything that differs between two sets of records; articles with the worst change first."""

    old: str = Field(description="What was compared: a revision, a folder.")
    new: str
    compared: int = Field(description="Records on either side, the equal ones included.")
    articles: tuple[ArticleDiff, ...]
    provenance: tuple[ProvenanceChange, ...]

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorator above a property
    @property
    def counts(self) -> dict[DifferenceKind, int]:
        """How many differences of each kind, worst first."""
        counted = Counter(change.kind for article in self.articles for change in article.changes)
        return {kind: counted[kind] for kind in DifferenceKind if kind in counted}

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def head(self) -> str:
        """The one line to read: 3 numbers changed, 1 unsupported, 12 reworded in 40 records."""
        if not self.articles:
            return f"No change worth a look in {counted(self.compared, 'record')}"
        named = ", ".join(kind.counted(number) for kind, number in self.counts.items())
        by_people = sum(any(change.by for change in article.changes) for article in self.articles)
        corrected = f", {by_people} of them corrected by a person" if by_people else ""
        return f"{named} in {counted(len(self.articles), 'record')}{corrected}"

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def exit_code(self) -> int:
        """0 if nothing changed but how records came about, 1 if a person should look."""
        return 1 if self.articles else 0


class _Group(NamedTuple):
    """The items of one article on both sides; more than one on a side after a split or a merger."""

    olds: list[StoredItem]
    news: list[StoredItem]


def diff(words: Sequence[str] = (), *, folder: Path | None = None) -> Diff:
    """Compare two revisions, folders or files, as `summariser diff` does.

    Shape: `words` as on the command line; none: the working tree against HEAD. `folder`: where they are read, default
    the current one.
    Errors: InputError for a word that means nothing; StoreError outside a repository.
    """
    return compare_sides(read_sides(words, folder=folder or Path.cwd()))


def compare_sides(sides: Sides) -> Diff:
    """Compare what was read from two places."""
    groups = [_Group([*sides.old], [*sides.new])] if sides.is_pair else list(_group_items(sides.old, sides.new))
    found: list[ArticleDiff] = []
    origins: Counter[tuple[str, str, str]] = Counter()
    for group in groups:
        changes = _group_changes(group)
        if changes:
            found.append(_article_diff(group, changes))
        origins.update(_origins(group))
    found.sort(key=lambda article: ([change.kind.rank for change in article.changes], article.path))
    fields = list(Provenance.model_fields)
    rows = sorted(origins.items(), key=lambda item: fields.index(item[0][0]))
    provenance = [ProvenanceChange(field=field, old=old, new=new, records=n) for (field, old, new), n in rows]
    return Diff(
        old=sides.old_name,
        new=sides.new_name,
        compared=sides.compared,
        articles=tuple(found),
        provenance=tuple(provenance),
    )


def _article_diff(group: _Group, changes: Sequence[Difference]) -> ArticleDiff:
    """The differences of one article, worst first, each with the file in which it can be looked at, if it is there."""
    shown = (group.news or group.olds)[0]
    files = {item.article_id: item.path for item in group.news}
    is_new = not any(isinstance(item.content, Record) for item in group.olds)
    return ArticleDiff(
        page_id=shown.page_id,
        article_id=shown.article_id,
        headline=None if isinstance(shown.content, str) else shown.content.headline,
        path=shown.path,
        is_gone=not group.news,
        changes=tuple(
            change.model_copy(update={"file": files[change.article_id]})
            if change.kind is not DifferenceKind.FACT_REMOVED and change.article_id in files
            else change
            for change in sorted(changes, key=lambda change: change.kind.rank)
        ),
        added=_tell_new_record(shown.content) if is_new and group.news and isinstance(shown.content, Record) else None,
    )


# ---- which article is which


def _group_items(old: Sequence[StoredItem], new: Sequence[StoredItem]) -> Iterator[_Group]:
    """Put together what is one article, page by page."""
    pages: dict[str, tuple[list[StoredItem], list[StoredItem]]] = {}
    for side, items in enumerate((old, new)):
        for item in items:
            pages.setdefault(item.page_id, ([], []))[side].append(item)
    for before, now in pages.values():
        yield from _group_page(before, now)


def _group_page(old: Sequence[StoredItem], new: Sequence[StoredItem]) -> list[_Group]:
    """Pair by id, then what is left over by shared lines."""
    waiting: dict[tuple[str, bool], list[StoredItem]] = {}
    for item in new:
        waiting.setdefault((item.article_id, item.is_failure), []).append(item)
    groups: list[_Group] = []
    for item in old:
        partners = waiting.get((item.article_id, item.is_failure))
        groups.append(_Group([item], [partners.pop(0)] if partners else []))
    left_over = [item for items in waiting.values() for item in items]
    for item in sorted(left_over, key=lambda item: -len(_line_set(item))):  # the largest part's prose is compared
        home = _likest(item, [(group.olds[0], group) for group in groups if group.olds])
        if home:
            home.news.append(item)
        else:
            groups.append(_Group([], [item]))
    for group in [group for group in groups if not group.news]:
        home = _likest(group.olds[0], [(other.news[0], other) for other in groups if other.news])
        if home:
            home.olds.extend(group.olds)
            groups.remove(group)
    return groups


def _likest(item: StoredItem, others: Iterable[tuple[StoredItem, _Group]]) -> _Group | None:
    """The group of the article with which an item shares most of the shorter one's lines; None below `SHARED`."""
    ours, best, found = _line_set(item), SHARED, None
    for other, group in others:
        theirs = _line_set(other)
        shared = len(ours & theirs) / min(len(ours), len(theirs)) if ours and theirs else 0.0
        if shared > best or (shared == best and found is None):
            best, found = shared, group
    return found


def _line_set(item: StoredItem) -> set[int]:
    """The page lines of a record; none of what is no record."""
    lines = item.content.lines if isinstance(item.content, Record) else ()
    return {line for first, last in lines for line in range(first, min(last, first + 10_000) + 1)}


# ---- what changed in one


def _group_changes(group: _Group) -> list[Difference]:
    """Everything that changed about one article, but not how it came about."""
    olds = [item.content for item in group.olds if isinstance(item.content, Record)]
    news = [item.content for item in group.news if isinstance(item.content, Record)]
    changes = list(_file_changes(group))
    if len(olds) == len(group.olds) and len(news) == len(group.news):
        changes += _article_changes(olds, news)
    if olds and news:
        content = explain(olds, news)
        by = None  # a run, unless a person edited the record or corrected it
        is_upgrade = is_edited(olds[0]) and not olds[0].text.sha256 and bool(news[0].text.sha256)  # the edit was there
        if (is_edited(news[0]) and not is_upgrade) or (
            news[0].review.state == "corrected" and olds[0].review.state != "corrected"
        ):
            moved = (each.by for each in news[0].corrections if each.path == LINES and each not in olds[0].corrections)
            by = news[0].review.by or next(moved, _BY_HAND)
        changes += [change.model_copy(update={"by": change.by or by}) for change in content]
        changes += _work_changes(olds[0], news[0], has_changes=bool(content))
    return changes


def _file_changes(group: _Group) -> Iterator[Difference]:
    """Files that cannot be read, and failures."""
    old, new = (side[0] if side else None for side in group)
    shown = new or old
    if shown is None:
        return
    if new and isinstance(new.content, str):
        yield _difference(DifferenceKind.UNREADABLE, new, "$", (None, new.content))
    elif old and isinstance(old.content, str):
        kind = DifferenceKind.READABLE_AGAIN if new else DifferenceKind.ARTICLE_REMOVED
        yield _difference(kind, shown, "$", (old.content, None))
    before, now = (item.content if item and isinstance(item.content, Failure) else None for item in (old, new))
    if before != now:
        kinds = {(False, True): DifferenceKind.FAILURE_APPEARED, (True, False): DifferenceKind.FAILURE_GONE}
        kind = kinds.get((before is not None, now is not None), DifferenceKind.FAILURE_CHANGED)
        said = [f"{each.reason}: {each.message}" if each else None for each in (before, now)]
        yield _difference(kind, shown, "$", said)


def _article_changes(olds: Sequence[Record], news: Sequence[Record]) -> Iterator[Difference]:
    """Articles that came, went, were split, merged or renamed."""
    if not olds and not news:
        return
    kind: DifferenceKind | None = None
    if not olds or not news:
        kind = DifferenceKind.ARTICLE_ADDED if news else DifferenceKind.ARTICLE_REMOVED
    elif len(olds) > 1 or len(news) > 1:
        kind = DifferenceKind.ARTICLE_SPLIT if len(news) > len(olds) else DifferenceKind.ARTICLE_MERGED
    elif olds[0].article_id != news[0].article_id:
        kind = DifferenceKind.ARTICLE_RENAMED
    if kind:
        said = [
            " + ".join(f"{of.article_id} “{of.headline or '-'}” (lines {format_lines(of.lines)})" for of in side)
            or None
            for side in (olds, news)
        ]
        shown = (news or olds)[0]
        yield _difference(kind, shown, "article_id", said).model_copy(update={"lines": shown.lines})
    if kind is DifferenceKind.ARTICLE_ADDED:
        for record in news:
            yield from _find_unsupported(record)


def _work_changes(old: Record, new: Record, *, has_changes: bool) -> Iterator[Difference]:
    """What became of a person's work: a lost correction, a decision, a practice."""
    lost_edit = new.review.state != "corrected" and not is_edited(new) and is_edited(old)
    lost_review = old.review.state != "open" and new.review.state == "open" and has_changes
    by = [_decision(record) for record in (old, new)]
    if lost_edit or lost_review:
        said = [_BY_HAND if lost_edit else by[0], "as a run wrote it"]
        yield _difference(DifferenceKind.OVERWRITTEN, new, "review" if lost_review else "provenance", said)
    if old.review != new.review:
        yield _difference(DifferenceKind.REVIEW_CHANGED, new, "review", by)
    if old.practice != new.practice:
        practices = old.practice, new.practice
        joined = [f"{each.relation} {each.practice_id} by {each.by}" if each else None for each in practices]
        yield _difference(DifferenceKind.REVIEW_CHANGED, new, "practice", joined)


def _decision(record: Record) -> str:
    review = record.review
    who = f"{review.state} by {review.by}" if review.by else review.state
    return f"{who}: {review.note}" if review.note else who


def _origins(group: _Group) -> Iterator[tuple[str, str, str]]:
    """How an article came about otherwise than before: field, old, new."""
    if len(group.olds) != 1 or len(group.news) != 1:
        return
    old, new = group.olds[0].content, group.news[0].content
    if not isinstance(old, Record) or not isinstance(new, Record):
        return
    before, now = old.provenance, new.provenance
    found = {name for name in Provenance.model_fields if getattr(before, name) != getattr(now, name)}
    for name in found - _PRIVATE:
        yield name, _short(getattr(before, name)), _short(getattr(now, name))
    if found and found <= _PRIVATE:
        yield "reply_sha256", "a reply", "another reply, or another seal"


def _short(value: object) -> str:
    text = str(value) if value is not None else "-"
    return text[:12] if len(text) == 64 else text


def _difference(kind: DifferenceKind, of: StoredItem | Record, path: str, said: Sequence[str | None]) -> Difference:
    """A difference of an article as a whole."""
    return Difference(kind=kind, page_id=of.page_id, article_id=of.article_id, path=path, old=said[0], new=said[1])


# ---- as Markdown, for a pull request


MAX_LENGTH: Final = 60_000  # characters; GitHub refuses a comment of more than 65,536
MAX_CHANGES: Final = 30  # in one fold; more is another article
MAX_WORDS: Final = 240  # characters of one side of a change; a summary has 150
_ROOM_FOR_REST: Final = 400  # for the lines that count what was left out
_BACKTICKS: Final = re.compile("`+")
_LINE: Final = re.compile(r'( *)(?:"((?:[^"\\]|\\.)*)": )?(.*)')
_UNPRINTABLE: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def render_markdown(diff: Diff, *, texts: Mapping[str, str] | None = None, link_base: str = "") -> str:
    """Return the comment, at most `MAX_LENGTH` characters (and never less than its head).

    Shape: links are relative to the top of the repository, `link_base` in front of them; they name lines where `texts`
    has the text of the file, by its path.
    """
    head = f"**{diff.head}**\n\n{_code(diff.old)} → {_code(diff.new)}, {counted(diff.compared, 'record')} compared\n"
    tail = "".join(f"\n{line}" for line in _provenance(diff))
    room = MAX_LENGTH - len(head) - len(tail) - _ROOM_FOR_REST
    folds: list[str] = []
    for article in diff.articles:
        fold = _fold(article, texts or {}, link_base)
        if len(fold) > room:
            break
        folds.append(fold)
        room -= len(fold)
    return head + "".join(folds) + _rest(diff, len(folds)) + tail + ("\n" if tail else "")


def _provenance(diff: Diff) -> Iterator[str]:
    """How records came about otherwise; a few lines, since there may be as many as there are pages."""
    for row in diff.provenance[:10]:
        where = counted(row.records, "record")
        yield f"- provenance: {_code(row.field)} {_code(row.old)} → {_code(row.new)} in {where}"
    if len(diff.provenance) > 10:
        yield f"- provenance: {counted(len(diff.provenance) - 10, 'more difference')}"


def _rest(diff: Diff, shown: int) -> str:
    """What had no room."""
    left = diff.articles[shown:]
    if not left:
        return ""
    changes = sum(len(article.changes) for article in left)
    more, told = counted(len(left), "more record"), counted(changes, "change")
    return f"\n**{more} with {told}: no room for more here**; `summariser diff` shows all.\n"


def _fold(article: ArticleDiff, texts: Mapping[str, str], link_base: str) -> str:
    """One article, folded."""
    count = len(article.changes)
    worst = article.changes[0].kind.label
    more = f" and {count - 1} more" if count > 1 else ""
    title = _html_code(f"{article.page_id}/{article.article_id}")
    headline = f" {_html_code(article.headline)}" if article.headline else ""
    shown = article.changes[:MAX_CHANGES]
    lines = {file: find_lines(texts[file]) for file in {change.file for change in shown} if file in texts}
    rows = [
        row
        for change in shown
        for row in _rows(change, _address(change.path, change.file, lines.get(change.file, {}), link_base))
    ]
    if article.added:
        file = article.path
        rows = [*_new_rows(article.added, file, lines.get(file, {}), link_base), *rows]
    if count > MAX_CHANGES:
        rows.append(f"- **{counted(count - MAX_CHANGES, 'more change')}**; `summariser diff` shows them.")
    body = "\n".join(rows)
    return f"\n<details><summary>{title}{headline}: {worst}{more}</summary>\n\n{body}\n\n</details>\n"


def _rows(change: Difference, address: str) -> Iterator[str]:
    """One change: what, where, old and new, and the words of the page."""
    label = _code(change.path)
    link = f"[{label}]({address})" if change.file else label
    by = f" ({change.difference:+,f} {_code(change.unit)})" if change.difference and change.unit else ""
    person = f", by {_code(change.by)}" if change.by else ""
    yield f"- **{change.kind.label}** {link}{by}{person}"
    for word, said in zip(("before", "now"), change.shown, strict=True):
        if said is not None:
            yield f"  - {word}: {_code(said)}"
    if change.printed is not None:
        yield f"  - printed: {_code(change.printed)}"
    if change.quote is not None or change.lines:
        words = f": {_code(change.quote)}" if change.quote else ""
        yield f"  - page line {format_lines(change.lines)}{words}"


def _new_rows(added: NewRecord, file: str, lines: Mapping[str, int], link_base: str) -> Iterator[str]:
    """A new record: theme, lead, first figures and flags, each figure with a link to its line."""
    yield f"- theme {_code(added.theme)}, lead {'、'.join(map(_code, added.leads)) or 'not named'}"
    for figure in added.figures:
        address = _address(figure.path, file, lines, link_base)
        yield f"- figure [{_code(figure.words)}]({address}), page line {format_lines(figure.lines)}"
    if added.further:
        yield f"- {counted(added.further, 'more figure')}"
    yield f"- flags: {', '.join(map(_code, added.flags)) or 'none'}"


def _address(of: str, file: str, lines: Mapping[str, int], link_base: str) -> str:
    """The file and line; everything but letters, digits and `/._-` is percent-encoded, so that it ends no link."""
    path = quote(file.replace("\\", "/"), safe="/", errors="surrogateescape").lstrip("/")
    line = line_of(of, lines)
    return quote(link_base, safe=":/?&=%~") + path + (f"#L{line}" if line else "")


def _code(text: str) -> str:
    """The text as a code span, whatever stands in it, at most `MAX_WORDS` characters of it."""
    visible = _visible(text)
    longest = max(map(len, _BACKTICKS.findall(visible)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if visible.startswith(("`", " ")) or visible.endswith(("`", " ")) or not visible else ""
    return f"{fence}{pad}{visible}{pad}{fence}"


def _html_code(text: str) -> str:
    """The text as HTML code, for the summary of a fold, in which no Markdown is read."""
    return f"<code>{html.escape(_visible(text))}</code>"


def _visible(text: str) -> str:
    """The text on one line, cut, with what is invisible as escapes."""
    cut = text if len(text) <= MAX_WORDS else f"{text[:MAX_WORDS]}… ({len(text):,} characters)"
    return "".join(json.dumps(char)[1:-1] if unicodedata.category(char) in _UNPRINTABLE else char for char in cut)


def find_lines(text: str) -> dict[str, int]:
    """Map each path (case.results[2].text) to its line, from 1; for a member of an object, to the line of its key.

    Shape: `text` is JSON laid out as records are, one item a line and what is inside farther to the right; in any other
    layout paths are missing. Keys with points in them make paths that nobody asks for.
    """
    lines: dict[str, int] = {}
    items: Counter[str] = Counter()  # of each list, so far
    around = [(0, "")]  # indent and path of what the line stands in, innermost last
    for number, line in enumerate(text.split("\n"), 1):
        indent, key, rest = _LINE.match(line).groups()  # type: ignore[union-attr]  # every line matches
        if not indent or rest.startswith(("}", "]")):
            continue
        while around[-1][0] >= len(indent):
            around.pop()
        above = around[-1][1]
        path = f"{above}[{items[above]}]" if key is None else f"{above}.{key}".lstrip(".")
        items[above] += 1
        lines[path] = number
        around.append((len(indent), path))
    return lines


def line_of(path: str, lines: Mapping[str, int]) -> int | None:
    """The line of a path, or of the nearest thing around it; None if there is none."""
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path)
