"""What follows for the records of a page when a person gives its lines to other articles.

A fact follows the words it rests on. One whose words stand in another article now is taken out of its record and put
into that one's, both as corrections with the reason `moved`; the others stay and cite the sentences by their present
numbers; one whose words stand in no article any more stays and is not borne out. Code fills its fields in anew. What
the model alone can say (summaries, theme) stays as it was, and is asked again only if a person says so.

An article without a line is gone: its record is kept beside the others, and the manifest says which one has its lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple, Unpack, cast

from pydantic import JsonValue

from summariser.disk.record_text import content_sha256, dump_json, is_edited
from summariser.disk.store import FileChange
from summariser.disk.stored import (
    FAILURE_END,
    GONE_END,
    RECORD_END,
    PageFolder,
    load_failure,
    load_record,
    read_bytes,
    rebuild_article,
)
from summariser.errors import InputError
from summariser.pages.split import Place, join_parts
from summariser.records.corrected import LINES, SINGLE_FACTS, STATEMENTS, fact_of, read_path
from summariser.records.make import record_as_written
from summariser.reply import REPLY_LISTS
from summariser.reviewing.amend import Draft, Who, make_correction, whole_fact
from summariser.reviewing.decisions import BY_HAND, empty_record
from summariser.reviewing.lines import Assignment, check_whole, readable
from summariser.schema.case import Fact, Finding, fact_words
from summariser.schema.codes import SupportFrom
from summariser.schema.exchange import spell_path
from summariser.schema.page import Article, LineRange, Page, Span, format_lines, line_numbers, to_ranges
from summariser.schema.record import (
    Correction,
    CorrectionReason,
    GoneArticle,
    LineMove,
    PageArticle,
    PageManifest,
    Record,
    SplitByPerson,
)

Facts = dict[str, Any]
_Renumber = Callable[[Iterable[int]], list[int]]
_Spot = tuple[bool, int, int]  # of a letter: whether on the page where its article goes on, line and column

_OF_PLACE: Final = {"sents", "part_of"}  # fields of a fact that say where it stands
_DECIDED: Final = ("accepted", "corrected")


class Effect(StrEnum):
    """What a rearrangement does to an article or a fact."""

    MOVES = "moves"  # the fact goes to another article with its words
    STAYS = "stays"  # its words are another article's, but that one has such a fact already
    CUT = "cut"  # its words stand in no article any more
    UNCITED = "uncited"  # sentences that the article cites are no longer its own, which no line that comes back tells
    GONE = "gone"  # the article has no line any more
    DROPPED = "dropped"  # nor has it, and its record was made of facts that others have now
    FAILED = "failed"  # nor has it, and it has a failure in place of a record
    BEGUN = "begun"  # the article has a record without a model's reply
    ASK = "ask"  # the text is another one than the model was asked about
    UNASKED = "unasked"  # that, and it has no record yet


class Consequence(NamedTuple):
    """One thing that a person should know; `words` are those of the fact, `to` is the article that it concerns.

    Shape: of what is uncited, `words` are the numbers that the sentences had.
    """

    effect: Effect
    article_id: str
    words: str = ""
    to: str = ""


class Rearranged(NamedTuple):
    """The files that a rearrangement changes, in the order in which they are written, and what it does."""

    changes: tuple[FileChange, ...]
    told: tuple[Consequence, ...]


def rearrange(folder: PageFolder, wanted: Assignment, **who: Unpack[Who]) -> Rearranged:
    """What it takes to give the lines of a page to its articles as wanted; nothing is written.

    Errors: InputError if a line stands nowhere or twice, nothing changes, the rest of an article of another page would
    change, or a record is not of the present page; StoreError if a file cannot be read.
    """
    manifest, page = readable(folder)
    check_whole(wanted, page)
    old = {each.article_id: each for each in manifest.articles}
    new = {each.article_id: each for each in wanted.articles}
    back = {each.article.article_id: each.article for each in (manifest.by_person.gone if manifest.by_person else ())}
    changed = _changed(manifest, wanted)
    if not changed and wanted.noise == manifest.noise:
        raise InputError("that is how the lines stand", path=page.path)
    parts = [_Part(folder, page, old.get(name), new.get(name), back.get(name)) for name in changed]
    kept = {part.name for part in parts if part.record and not (part.new or _is_made_of_others(part.record))}
    moves = _moves(manifest, wanted, page, who)
    now = _with_wanted(manifest, wanted, page, moves, kept)
    return _Rearranging(folder, page, now, parts, who).rearranged()


def ask_again(folder: PageFolder, article_id: str) -> tuple[FileChange, ...]:
    """What it takes that the next run asks about an article with the lines that it has now.

    Errors: InputError if nobody moved lines of it, or it is to be asked about already.
    """
    manifest, _ = readable(folder)
    moved = manifest.by_person
    if moved is None or article_id not in moved.held or article_id in moved.due:
        raise InputError("is asked about by every run, or will be by the next", path=article_id)
    now = manifest.model_copy(update={"by_person": moved.model_copy(update={"due": (*moved.due, article_id)})})
    path = folder.manifest_path
    return (FileChange(path, read_bytes(path), dump_json(now).encode()),)


def successor_of(manifest: PageManifest, article_id: str) -> str | None:
    """The article that has the lines of one that is gone; None if none has, or it is not gone."""
    gone = manifest.by_person.gone if manifest.by_person else ()
    return next((each.into for each in gone if each.article.article_id == article_id), None)


def _changed(manifest: PageManifest, wanted: Assignment) -> list[str]:
    """The articles that do not stand as they are wanted, those that go or come among them."""
    old, new = ({each.article_id: each for each in side.articles} for side in (manifest, wanted))
    return [name for name in {**old, **new} if old.get(name) != new.get(name)]


def _with_wanted(
    manifest: PageManifest,
    wanted: Assignment,
    page: Page,
    moves: Iterable[LineMove],
    kept: Collection[str],
) -> PageManifest:
    """The manifest with the lines where they are wanted, and beside them what was there before anybody moved one.

    Shape: of the articles that are gone it names those of the first split, and the others that are `kept`.
    """
    first = manifest.by_person or SplitByPerson(
        articles=manifest.articles, noise=manifest.noise, moves=(), gone=(), held=(), due=()
    )
    owner, changed = _owners(wanted.articles), _changed(manifest, wanted)
    names = {each.article_id for each in wanted.articles}
    leaving = {each.article_id: each for each in manifest.articles if each.article_id not in names}
    successors = {name: _successor(each.lines, owner) for name, each in leaving.items()}
    gone = [
        each.model_copy(update={"into": successors.get(each.into or "", each.into)})
        for each in first.gone
        if each.article.article_id not in names
    ]
    stays = [name for name, each in leaving.items() if name in kept or each in first.articles]
    gone += [GoneArticle(article=leaving[name], into=successors[name]) for name in stays]
    asked = set(first.articles)
    other = {each.article_id for each in wanted.articles if each.article_id in changed and each not in asked}
    held = [name for name in (*first.held, *sorted(other - set(first.held))) if name in names]
    by_person = first.model_copy(
        update={
            "moves": (*first.moves, *moves),
            "gone": tuple(gone),
            "held": tuple(name for name in held if name not in changed or name in other),
            "due": tuple(name for name in first.due if name in names and name not in changed),
            "lines_sha256": page.lines_sha256,
        }
    )
    is_back = (wanted.articles, wanted.noise) == (first.articles, first.noise) and not gone
    return manifest.model_copy(
        update={"articles": wanted.articles, "noise": wanted.noise, "by_person": None if is_back else by_person}
    )


def _owners(articles: Iterable[PageArticle]) -> dict[int, str]:
    """The article that has each line."""
    return {number: each.article_id for each in articles for number in line_numbers(each.lines)}


def _successor(lines: Iterable[LineRange], owner: Mapping[int, str]) -> str | None:
    """The article that has most lines of one that is gone; None if all are noise."""
    successors = Counter(owner[number] for number in line_numbers(lines) if number in owner)
    return next((name for name, _ in successors.most_common(1)), None)


def _moves(manifest: PageManifest, wanted: Assignment, page: Page, who: Who) -> Iterator[LineMove]:
    """Which lines go where: those of another article, and of an article that changes in itself all."""
    text = set(page.text_lines)
    was = {n: each.article_id for each in manifest.articles for n in line_numbers(each.lines) if n in text}
    known = {each.article_id: each for each in manifest.articles}
    for each in wanted.articles:
        own = [number for number in line_numbers(each.lines) if number in text]
        coming = [number for number in own if was.get(number) != each.article_id]
        is_other = known.get(each.article_id) != each and set(own) == {n for n in was if was[n] == each.article_id}
        if coming or is_other:
            yield LineMove(lines=to_ranges(coming or own), to=each.article_id, by=who["by"], date=who["date"])
    if left := [number for number in line_numbers(wanted.noise) if number in was]:
        yield LineMove(lines=to_ranges(left), to=None, by=who["by"], date=who["date"])


def _check_parts(was: PageArticle | None, now: PageArticle | None) -> None:
    """Errors: InputError if an article that stands on two pages would change beside its record, or be no more."""
    for each in (was, now):
        if each and each.continues_from:
            what = f"is the rest of an article of {each.continues_from.page_id}, with which its record is kept"
            raise InputError(what, path=each.article_id, next_step="Move other lines, or correct that record")
    if was and was.continues_in and now is None:
        what = f"goes on in {was.continues_in.page_id} and cannot go into another article whole"
        raise InputError(what, path=was.article_id, next_step="Merge the other one into it, or leave it a line")


class _CharacterIndex:
    """Where the letters of a page stand in the articles that change: in which, and in which sentence of it."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self._places = {
            place: (article.article_id, article.sentence_at(at))
            for article in articles
            for at, place in _letters(article, Span(0, len(article.text)))
        }

    def home(self, article: Article, spans: Iterable[Span]) -> str | None:
        """The article that has most letters of these spans of another, that one itself if as many; None if none."""
        found = [self._places.get(place) for span in spans for _, place in _letters(article, span)]
        counts = Counter(there[0] for there in found if there)
        return max(counts, key=lambda name: (counts[name], name == article.article_id), default=None)

    def numbers(self, name: str, old: Article) -> _Renumber:
        """What turns numbers of sentences of an article into those that have their words in the article `name`."""

        def renumber(sents: Iterable[int]) -> list[int]:
            spans = old.sentence_spans(list(sents))
            found = (self._places.get(place) for span in spans for _, place in _letters(old, span))
            return sorted({there[1] for there in found if there and there[0] == name})

        return renumber


def _letters(article: Article, span: Span) -> Iterator[tuple[int, _Spot]]:
    """The letters and digits of a span, each with its offset and its place."""
    for piece in article.pieces:
        for at in range(max(span.start, piece.start), min(span.end, piece.start + piece.length)):
            if article.text[at].isalnum():
                yield at, (piece.onward, piece.line, piece.column + at - piece.start)


def _is_made_of_others(record: Record) -> bool:
    """Whether a record has nothing but facts of other articles, as one that was begun for lines that were parted."""
    is_by_hand = record.provenance.prompt == BY_HAND and record.review.state == "open" and not record.review.note
    return is_by_hand and all(each.reason is CorrectionReason.MOVED for each in record.corrections)


class _Arrival(NamedTuple):
    """A fact that comes to an article from another, with sentences of its new home.

    Shape: `misprints` are corrections of its fields that keep what is printed; `answered` is the last correction, of
    the person who answers for it.
    """

    source: str
    path: str
    fact: Facts
    misprints: tuple[Correction, ...]
    answered: Correction | None

    @property
    def total(self) -> tuple[str, str] | None:
        """The result that it is a part of, by its article and its path there."""
        part_of = self.fact.get("part_of")
        return None if part_of is None else (self.source, spell_path(("results", part_of)))

    @property
    def printed(self) -> Facts:
        """The fact with the words that the page prints."""
        return self.fact | {each.path.rpartition(".")[2]: each.printed for each in self.misprints}


class _Part:
    """An article that changes: as it was and will be, its record as a draft, its facts, and where each of them goes.

    Shape: facts by the numbers that they keep in the draft. Where a fact goes is None if its words stand nowhere. One
    that was merged away and comes back has the record that it had.
    Errors: InputError if the record is of other lines or of an older form, or another page that it stands on cannot be
    had; as `_check_parts`.
    """

    def __init__(
        self, folder: PageFolder, page: Page, was: PageArticle | None, now: PageArticle | None, back: PageArticle | None
    ) -> None:
        _check_parts(was, now)
        listed, self.name = was or back, next(each.article_id for each in (now, was) if each)
        paths = [folder.path / f"{self.name}{end}" for end in (RECORD_END, GONE_END)[: 1 + (now is not None)]]
        stored = next((path for path in paths if listed and path.exists()), None)
        record = self.record = load_record(stored) if stored else None
        rest = folder.rest_of(record) if record else None
        if isinstance(rest, Finding):
            raise InputError(rest.message, path=self.name)
        own = [Place(page, rebuild_article(page, each)) if each else None for each in (listed, now)]
        self.old, self.new = (each and (join_parts(each, rest) if rest else each.article) for each in own)
        self.draft: Draft | None = None
        self.facts: dict[str, Fact] = {}
        self.homes: dict[str, str | None] = {}
        self.arrivals: list[_Arrival] = []
        if record and self.old:
            if record.lines != self.old.lines or record.is_older:
                form = "of an older form" if record.is_older else "of other lines than the manifest of its page names"
                what = f"has a record {form}, whose facts cannot be told by its lines"
                raise InputError(what, path=self.name, next_step="Run the page again with --overwrite, then move lines")
            self.draft = Draft(record, self.new or self.old)
            self.facts = {self.draft.facts.number(path): fact for path, fact in record.case.facts()}

    def find_homes(self, where: _CharacterIndex) -> None:
        """Find in which article each fact and each group of the record has its words now."""
        if not (self.draft and self.old):
            return
        for path, fact in self.facts.items():
            evidence, words = fact.evidence, list[Span]()
            if evidence.start is not None and evidence.end is not None:
                words = [Span(evidence.start, evidence.end)]
            words = words or [Span(each.start, each.end) for each in evidence.spans if each.of == "text"]
            sents = [number for number in evidence.sents if number not in evidence.added]
            self.homes[path] = where.home(self.old, words) or where.home(self.old, self.old.sentence_spans(sents))
        for number, group in self.draft.tree["beneficiaries"].items():
            path = spell_path(("beneficiaries", number))
            self.homes[path] = where.home(self.old, self.old.sentence_spans(group["sents"]))

    def leaving(self) -> list[tuple[str, str]]:
        """What goes to other articles, with these."""
        return [(path, to) for path, to in self.homes.items() if to not in (None, self.name)]

    def arrival(self, path: str, renumber: _Renumber) -> _Arrival:
        """A fact of the record as it comes to its new article."""
        assert self.draft
        fact, known = cast("Facts", whole_fact(self.draft.tree, path)), self.facts.get(path)
        sents = {*fact["sents"], *(known.evidence.sents if known else ())}  # words may stand where nobody cited them
        log = [each for each in self.draft.log if fact_of(each.path) == path]
        is_answered = known and known.supported and known.support_by is SupportFrom.PERSON
        misprints = tuple(each for each in log if each.printed is not None)
        return _Arrival(
            self.name, path, fact | {"sents": renumber(sents)}, misprints, log[-1] if is_answered and log else None
        )

    def is_as_written(self) -> bool:
        """Whether the record was changed by nothing but corrections since it was written."""
        if not (self.record and self.old and is_edited(self.record)):
            return True
        try:
            return not is_edited(record_as_written(self.record, self.old))
        except InputError:
            return False


class _Rearranging:
    """A page whose lines go elsewhere: its articles that change, and what a person should know of it."""

    def __init__(self, folder: PageFolder, page: Page, manifest: PageManifest, parts: list[_Part], who: Who) -> None:
        self.folder, self.page, self.manifest, self.parts, self.who = folder, page, manifest, parts, who
        self.where = _CharacterIndex(part.new for part in parts if part.new)
        for part in parts:
            if part.draft:
                part.draft.manifest = manifest
        self.kept = {each.article.article_id for each in (manifest.by_person.gone if manifest.by_person else ())}
        self.told: list[Consequence] = []

    def rearranged(self) -> Rearranged:
        """The records of the articles that change, with the facts where their words are."""
        names = {part.name: part for part in self.parts}
        for part in self.parts:
            part.find_homes(self.where)
        self._keep_apart()
        for part in self.parts:
            self._tell_leaving(part)
            for path, to in part.leaving():
                assert part.old
                names[to].arrivals.append(part.arrival(path, self.where.numbers(to, part.old)))
        made: dict[str, Record] = {}
        for part in self.parts:
            if part.new and (part.record or part.arrivals or not part.old):
                made[part.name] = self._made(part, part.new)
        held = self.manifest.by_person.held if self.manifest.by_person else ()
        asked = (part for part in self.parts if part.new and part.name in held)
        for part in asked:
            effect = Effect.ASK if part.name in made else Effect.UNASKED
            self.told.append(Consequence(effect, part.name, (part.new and part.new.headline) or ""))
        return Rearranged(tuple(self._list_changes(made)), tuple(self.told))

    def _keep_apart(self) -> None:
        """Let stay what an article can have once only (a place, a time) where its new one has another already."""
        drafts = {part.name: part.draft for part in self.parts if part.draft}
        for path in (*SINGLE_FACTS, *STATEMENTS):
            stay = [part.name for part in self.parts if part.homes.get(path, "") in (part.name, None)]
            taken = {name: whole_fact(drafts[name].tree, path) for name in stay}
            for part in self.parts:
                to = part.homes.get(path)
                if to is None or to == part.name:
                    continue
                fact = whole_fact(drafts[part.name].tree, path)
                if not _same(taken.setdefault(to, fact), fact):
                    part.homes[path] = None
                    self.told.append(Consequence(Effect.STAYS, part.name, fact_words(part.facts[path]), to))

    def _tell_leaving(self, part: _Part) -> None:
        """Tell what becomes of the facts that go, and of all facts of an article that is gone."""
        for path, fact in part.facts.items():
            to = part.homes[path]
            if to not in (None, part.name):
                self.told.append(Consequence(Effect.MOVES, part.name, fact_words(fact), to or ""))
            elif to is None and not part.new and fact.supported:
                self.told.append(Consequence(Effect.CUT, part.name, fact_words(fact)))
        if part.old and not part.new:
            successor = _successor(part.old.lines, _owners(self.manifest.articles)) or ""
            with_record = Effect.GONE if part.name in self.kept else Effect.DROPPED
            if part.record or self._place(part, FAILURE_END).exists():
                effect = with_record if part.record else Effect.FAILED
                self.told.append(Consequence(effect, part.name, part.old.headline or "", successor))

    def _place(self, part: _Part, end: str) -> Path:
        """Where a file of an article stands."""
        return self.folder.path / f"{part.name}{end}"

    def _made(self, part: _Part, article: Article) -> Record:
        """The record of an article as its lines are now, sealed with the hash of what code makes of it, and open again.

        Shape: what a person had edited by other means stays known as edited.
        """
        draft, before, sha256 = part.draft, part.record, ""
        if draft is None or before is None:
            self.told.append(Consequence(Effect.BEGUN, part.name, article.headline or ""))
            begun = empty_record(self.manifest, self.page, part.name, by=self.who["by"])
            draft = Draft(begun, article, self.manifest)
        else:
            self._let_go(part, draft)
            was, now = format_lines(before.lines), format_lines(article.lines)
            draft.keep(self._moved().model_copy(update={"path": LINES, "value": now}), was)
        self._take_in(draft, part.arrivals)
        made = draft.settle().record
        for path, fact in part.facts.items():
            stands = dict(made.case.facts()).get(draft.facts.place(path) or "")
            if stands and fact.supported > stands.supported:
                self.told.append(Consequence(Effect.CUT, part.name, fact_words(stands)))
        if before:
            state = "open" if before.review.state in _DECIDED else before.review.state
            made = made.model_copy(update={"review": before.review.model_copy(update={"state": state})})
            sha256 = "" if part.is_as_written() else before.provenance.content_sha256
        sha256 = sha256 or content_sha256(record_as_written(made, article))
        return made.model_copy(update={"provenance": made.provenance.model_copy(update={"content_sha256": sha256})})

    def _moved(self, note: str = "") -> Correction:
        """A correction of this rearrangement, of no place yet."""
        return make_correction("", None, CorrectionReason.MOVED, **self.who).model_copy(update={"note": note})

    def _let_go(self, part: _Part, draft: Draft) -> None:
        """Take out what leaves the record; what stays cites the sentences of the present text by their numbers."""
        assert part.old
        renumber = self.where.numbers(part.name, part.old)
        for path, to in reversed(part.leaving()):  # parts, which mostly stand behind their totals, first
            draft.drop(path, self._moved(f"to {to}"))
        for path, fact in part.facts.items():  # what was said of all sentences says nothing of some of them
            if not all(renumber([number]) for number in fact.evidence.sents):
                draft.verdicts.pop(path, None)
        for path, verdict in draft.verdicts.items():
            draft.verdicts[path] = verdict._replace(missing=tuple(renumber(verdict.missing)))
        cited = {number for holder, name in _citing(draft.tree) for number in holder[name]}
        if lost := sorted(number for number in cited if not renumber([number])):
            self.told.append(Consequence(Effect.UNCITED, part.name, ", ".join(map(str, lost)), part.name))
        for holder, name in _citing(draft.tree):
            holder[name] = renumber(holder[name])
        draft.log = _renumbered(draft.log, renumber, draft.article)
        for path, fact in draft.settle().record.case.facts():
            if fact.evidence.added and set(fact.evidence.sents) == set(fact.evidence.added):
                draft.cite(
                    draft.facts.number(path), list(fact.evidence.added)
                )  # its words stand there, and nowhere else

    def _take_in(self, draft: Draft, arrivals: Iterable[_Arrival]) -> None:
        """Put in the facts that come to a record, totals before their parts."""
        at: dict[tuple[str, str], int | None] = {}
        waiting = {(each.source, each.path): each for each in arrivals}
        while waiting:
            key = next((key for key, each in waiting.items() if each.total not in waiting), next(iter(waiting)))
            each = waiting.pop(key)
            at[key] = self._receive(draft, each, at.get(each.total) if each.total else None)

    def _receive(self, draft: Draft, coming: _Arrival, total: int | None) -> int | None:
        """Put in a fact that comes to a record, where it is not there already; its number in its list."""
        name = read_path(coming.path).name
        own = draft.tree[name] if name in REPLY_LISTS else {None: whole_fact(draft.tree, name)}
        if alike := [number for number, each in own.items() if _same(each, coming.fact)]:
            return alike[0]
        fact = coming.printed | ({"part_of": total} if "part_of" in coming.fact else {})
        left = (each for each in reversed(draft.log) if each.reason is CorrectionReason.MOVED and each.value is None)
        back = next((each for each in left if _is_of(each, name) and _same(each.model, fact)), None)
        if back:
            draft.log.remove(back)
            here = cast("Facts", back.model)["sents"]  # it cited them beside those that it takes along
            fact |= {"sents": sorted({*fact["sents"], *here})}
            draft.restore(back.path, fact, back)
        path = back.path if back else draft.add(name, fact, self._moved(f"from {coming.source}"))
        for each in coming.misprints:
            draft.put(f"{path}.{each.path.rpartition('.')[2]}", each.value, each)
        if coming.answered:
            now = dict(draft.settle().record.case.facts()).get(draft.facts.place(path) or "")
            if now and not (now.supported and now.support_by is SupportFrom.PERSON):
                given = {"reason": CorrectionReason.CONFIRMED, "printed": None, "note": None}
                draft.accept(path, now, coming.answered.model_copy(update=given))
        return read_path(path).number

    def _list_changes(self, made: Mapping[str, Record]) -> Iterator[FileChange]:
        """The files that change: what facts came to first, so that none is lost if it is cut short; what goes last."""
        after: dict[Path, bytes | None] = {}

        for name in sorted(made, key=lambda name: not any(part.arrivals for part in self.parts if part.name == name)):
            after[self.folder.path / f"{name}{RECORD_END}"] = dump_json(made[name]).encode()
        gone = [part for part in self.parts if part.record and not part.new]
        kept = [part for part in gone if part.name in self.kept]
        after |= {self._place(part, GONE_END): read_bytes(self._place(part, RECORD_END)) for part in kept}
        after[self.folder.manifest_path] = dump_json(self.manifest).encode()
        for part in self.parts:
            if (failed := self._place(part, FAILURE_END)).exists():
                lines = part.new and {"lines": part.new.lines, "headline": part.new.headline}
                stays = load_failure(failed).model_copy(update=lines) if lines and part.name not in made else None
                after[failed] = dump_json(stays).encode() if stays else None
        after |= {self._place(part, RECORD_END): None for part in gone}
        after |= {
            path: None for part in self.parts if part.name in made and (path := self._place(part, GONE_END)).exists()
        }
        for path, content in after.items():
            before = read_bytes(path) if path.exists() else None
            if before != content:
                yield FileChange(path, before, content)


def _same(one: JsonValue, other: JsonValue) -> bool:
    """Whether two facts say the same, wherever it stands."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return one == other
    return {**one, **dict.fromkeys(_OF_PLACE)} == {**other, **dict.fromkeys(_OF_PLACE)}


def _citing(tree: Facts) -> list[tuple[Facts, str]]:
    """Where the JSON of a reply cites sentences: what has a list of their numbers, and under which name."""
    listed = (fact for name in REPLY_LISTS for fact in tree[name].values())
    facts = (*listed, *(tree[name] for name in SINGLE_FACTS if tree[name]))
    return [(tree, name) for name in tree if name.endswith("_sents")] + [(fact, "sents") for fact in facts]


def _renumbered(log: Iterable[Correction], renumber: _Renumber, article: Article) -> list[Correction]:
    """Corrections with the present numbers of sentences; those of a title keep what the lines say now."""

    def value_now(value: Any, path: str) -> Any:
        if isinstance(value, dict):
            return value | {name: renumber(value[name]) for name in ("sents", "added") if name in value}
        return renumber(value) if path.endswith("sents") and isinstance(value, list) else value

    titles: dict[str, JsonValue] = {"headline": article.headline, "kicker": article.kicker, "kind": article.kind.value}
    changed = [
        each.model_copy(
            update={
                "model": titles[each.path] if each.path in titles else value_now(each.model, each.path),
                "value": value_now(each.value, each.path),
            }
        )
        for each in log
    ]
    return [each for each in changed if each.path not in titles or each.model != each.value]


def _is_of(correction: Correction, name: str) -> bool:
    """Whether a correction is of a whole fact: a result, the place."""
    return fact_of(correction.path) == correction.path and read_path(correction.path).name == name
