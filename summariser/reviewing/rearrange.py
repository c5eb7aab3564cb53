"""What follows for the records of a page when a person gives its lines to other articles.

A fact follows the words it rests on. One whose words stand in another article now is taken out of its record and put
into that one's, both as corrections with the reason `moved`; the others stay and cite the sentences by their present
numbers; one whose words stand in no article any more stays and is not borne out. Code fills its fields in anew. What
the model alone can say (summaries, theme) stays as it was, and is asked again only if a person says so.

An article without a line is gone: its record is kept beside the others, and the manifest says which one has its lines.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from pydantic import JsonValue

from summariser.disk.record_text import content_sha256, dump_json, is_edited, seal
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
from summariser.records.check import as_reply, make_again, record_as_written, stored_verdicts
from summariser.records.corrected import (
    LINES,
    SINGLE_FACTS,
    STATEMENTS,
    fact_of,
    lift,
    put_value,
    read_path,
    shift_of,
    standing,
)
from summariser.records.evidence import cited_spans
from summariser.reviewing.amend import (
    Draft,
    Log,
    accept_fact,
    amend,
    recorded,
    remove_fact,
    restored,
    settled,
    whole_fact,
)
from summariser.reviewing.lines import Assignment, check_whole, readable
from summariser.reviewing.review import BY_HAND, empty_record
from summariser.schema.case import fact_words
from summariser.schema.case_reply import REPLY_LISTS, CaseReply
from summariser.schema.codes import SupportFrom
from summariser.schema.exchange import spell_path
from summariser.schema.page import Article, Page, Span, format_lines, line_numbers, to_ranges
from summariser.schema.record import (
    Correction,
    CorrectionReason,
    GoneArticle,
    LineMove,
    PageArticle,
    PageManifest,
    Record,
    SplitByPerson,
    Stored,
)

Facts = dict[str, Any]
Renumber = Callable[[Iterable[int]], list[int]]

_OF_PLACE: Final = {"sents", "part_of"}  # fields of a fact that say where it stands
_DECIDED: Final = ("accepted", "corrected")


class Effect(StrEnum):
    """What a rearrangement does to an article or a fact."""

    MOVES = "moves"  # the fact goes to another article with its words
    STAYS = "stays"  # its words are another article's, but that one has such a fact already
    CUT = "cut"  # its words stand in no article any more
    GONE = "gone"  # the article has no line any more
    BEGUN = "begun"  # the article has a record without a model's reply
    ASK = "ask"  # the text is another one than the model was asked about


class Told(NamedTuple):
    """One thing that a person should know; `words` are those of the fact, `to` is the article that it concerns."""

    effect: Effect
    article_id: str
    words: str = ""
    to: str = ""


class Rearranged(NamedTuple):
    """The files that a rearrangement changes, in the order in which they are written, and what it does."""

    changes: tuple[FileChange, ...]
    told: tuple[Told, ...]


def rearrange(folder: PageFolder, wanted: Assignment, *, by: str, date: str) -> Rearranged:
    """What it takes to give the lines of a page to its articles as wanted; nothing is written.

    Errors: InputError if a line stands nowhere or twice, nothing changes, an article stands on two pages, or a record
    is not of the present page; StoreError if a file cannot be read.
    """
    manifest, page = readable(folder)
    check_whole(wanted, page)
    old = {each.article_id: each for each in manifest.articles}
    new = {each.article_id: each for each in wanted.articles}
    back = {each.article.article_id: each.article for each in (manifest.by_person.gone if manifest.by_person else ())}
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    if not changed and wanted.noise == manifest.noise:
        raise InputError("that is how the lines stand", path=page.path)
    for name in changed:
        if any(each and (each.continues_in or each.continues_from) for each in (old.get(name), new.get(name))):
            what = "stands on two pages, and its lines cannot be moved"
            raise InputError(what, path=name, next_step="Move lines of other articles, or correct its record")
    olds = {name: rebuild_article(page, each) for name in changed if (each := old.get(name) or back.get(name))}
    news = {name: rebuild_article(page, new[name]) for name in changed if name in new}
    known = {name: _stored_record(folder, name, is_back=name in news) for name in olds}
    records = {name: record for name, record in known.items() if record}
    left = {name for name, each in records.items() if not (name in news or _is_made_of_others(each))}
    moves = _moves(manifest, wanted, page, by=by, date=date)
    manifest = _with_wanted(manifest, wanted, changed, moves, left)
    return _follow(_Setting(folder, page, manifest, olds, news, by, date), records)


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


def heir_of(manifest: PageManifest, article_id: str) -> str | None:
    """The article that has the lines of one that is gone; None if none has, or it is not gone."""
    gone = manifest.by_person.gone if manifest.by_person else ()
    return next((each.into for each in gone if each.article.article_id == article_id), None)


class _Setting(NamedTuple):
    """What a rearrangement is made of: the page before and after, by the ids of the articles that change."""

    folder: PageFolder
    page: Page
    manifest: PageManifest  # as it will be
    olds: dict[str, Article]
    news: dict[str, Article]
    by: str
    date: str

    def correction(self, path: str, value: JsonValue, note: str) -> Correction:
        """A correction of this rearrangement, whose model's value is not known yet."""
        moved = CorrectionReason.MOVED
        return Correction(
            path=path, reason=moved, printed=None, model=None, value=value, by=self.by, date=self.date, note=note
        )


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


def _with_wanted(
    manifest: PageManifest,
    wanted: Assignment,
    changed: Collection[str],
    moves: Iterable[LineMove],
    kept: Collection[str],
) -> PageManifest:
    """The manifest with the lines where they are wanted, and beside them what was there before anybody moved one.

    Shape: of the articles that are gone it names those of the first split, and the others that are `kept`.
    """
    first = manifest.by_person or SplitByPerson(
        articles=manifest.articles, noise=manifest.noise, moves=(), gone=(), held=(), due=()
    )
    owner = {number: each.article_id for each in wanted.articles for number in line_numbers(each.lines)}
    names = {each.article_id for each in wanted.articles}
    leaving = {each.article_id: each for each in manifest.articles if each.article_id not in names}
    heirs = {name: _heir(each, owner) for name, each in leaving.items()}
    gone = [
        each.model_copy(update={"into": heirs.get(each.into or "", each.into)})
        for each in first.gone
        if each.article.article_id not in names
    ]
    stays = [name for name, each in leaving.items() if name in kept or each in first.articles]
    gone += [GoneArticle(article=leaving[name], into=heirs[name]) for name in stays]
    asked = set(first.articles)
    other = {each.article_id for each in wanted.articles if each.article_id in changed and each not in asked}
    held = [name for name in (*first.held, *sorted(other - set(first.held))) if name in names]
    by_person = first.model_copy(
        update={
            "moves": (*first.moves, *moves),
            "gone": tuple(gone),
            "held": tuple(name for name in held if name not in changed or name in other),
            "due": tuple(name for name in first.due if name in names and name not in changed),
        }
    )
    is_back = (wanted.articles, wanted.noise) == (first.articles, first.noise) and not gone
    return manifest.model_copy(
        update={"articles": wanted.articles, "noise": wanted.noise, "by_person": None if is_back else by_person}
    )


def _heir(listed: PageArticle, owner: Mapping[int, str]) -> str | None:
    """The article that has most lines of one that is gone; None if all are noise."""
    heirs = Counter(owner[number] for number in line_numbers(listed.lines) if number in owner)
    return next((name for name, _ in heirs.most_common(1)), None)


def _moves(manifest: PageManifest, wanted: Assignment, page: Page, *, by: str, date: str) -> Iterator[LineMove]:
    """Which lines go where: those of another article, and of an article that changes in itself all."""
    text = set(page.text_lines)
    was = {n: each.article_id for each in manifest.articles for n in line_numbers(each.lines) if n in text}
    known = {each.article_id: each for each in manifest.articles}
    for each in wanted.articles:
        own = [number for number in line_numbers(each.lines) if number in text]
        coming = [number for number in own if was.get(number) != each.article_id]
        is_other = known.get(each.article_id) != each and set(own) == {n for n in was if was[n] == each.article_id}
        if coming or is_other:
            yield LineMove(lines=to_ranges(coming or own), to=each.article_id, by=by, date=date)
    if left := [number for number in line_numbers(wanted.noise) if number in was]:
        yield LineMove(lines=to_ranges(left), to=None, by=by, date=date)


def _follow(setting: _Setting, records: Mapping[str, Record]) -> Rearranged:
    """The records of the articles that change, with the facts where their words are."""
    where, told = _Where(setting.news), list[Told]()
    homes = {name: _homes(record, setting.olds[name], where) for name, record in records.items()}
    _keep_apart(records, homes, told)
    arrivals: dict[str, list[_Arrival]] = {name: [] for name in setting.news}
    for name, record in records.items():
        told += _tell_leaving(record, homes[name], setting)
        for path, to in homes[name].items():
            if to and to != name:
                arrivals[to].append(_arrival(record, path, where.numbers(to, setting.olds[name])))
    made: dict[str, Record] = {}
    for name, article in setting.news.items():
        if name in records:
            made[name] = _settled_down(records[name], homes[name], setting, where, told)
        elif arrivals[name] or name not in setting.olds:
            made[name] = empty_record(setting.manifest, setting.page, name, by=setting.by)
            told.append(Told(Effect.BEGUN, name, article.headline or ""))
        if name in made:
            made[name] = _sealed(_with_arrivals(made[name], arrivals[name], setting), records.get(name), setting)
    held = setting.manifest.by_person.held if setting.manifest.by_person else ()
    told += [Told(Effect.ASK, name, article.headline or "") for name, article in setting.news.items() if name in held]
    came = [name for name in made if arrivals[name]]
    return Rearranged(tuple(_list_changes(setting, made, came, records)), tuple(told))


class _Where:
    """Where the letters of the page stand in the articles that change: in which, and in which sentence of it."""

    def __init__(self, news: Mapping[str, Article]) -> None:
        self._places: dict[tuple[int, int], tuple[str, int]] = {}
        for name, article in news.items():
            for at, place in _letters(article, Span(0, len(article.text))):
                self._places[place] = (name, article.sentence_at(at))

    def home(self, article: Article, spans: Iterable[Span]) -> str | None:
        """The article that has most letters of these spans of another, that one itself if as many; None if none."""
        found = [self._places.get(place) for span in spans for _, place in _letters(article, span)]
        counts = Counter(there[0] for there in found if there)
        return max(counts, key=lambda name: (counts[name], name == article.article_id), default=None)

    def numbers(self, name: str, old: Article) -> Callable[[Iterable[int]], list[int]]:
        """What turns numbers of sentences of an article into those that have their words in the article `name`."""

        def renumber(sents: Iterable[int]) -> list[int]:
            spans = cited_spans(old, list(sents))
            found = (self._places.get(place) for span in spans for _, place in _letters(old, span))
            return sorted({there[1] for there in found if there and there[0] == name})

        return renumber


def _letters(article: Article, span: Span) -> Iterator[tuple[int, tuple[int, int]]]:
    """The letters and digits of a span, each with its offset and its place on the page: line and column."""
    for piece in article.pieces:
        for at in range(max(span.start, piece.start), min(span.end, piece.start + piece.length)):
            if article.text[at].isalnum():
                yield at, (piece.line, piece.column + at - piece.start)


def _stored_record(folder: PageFolder, name: str, *, is_back: bool) -> Record | None:
    """The record of an article, or the one it had when it was merged away, if it comes back; None if there is none."""
    path = folder.path / f"{name}{RECORD_END}"
    if not path.exists() and is_back:
        path = folder.path / f"{name}{GONE_END}"
    return load_record(path) if path.exists() else None


def _is_made_of_others(record: Record) -> bool:
    """Whether a record has nothing but facts of other articles, as one that was begun for lines that were parted."""
    is_by_hand = record.provenance.prompt == BY_HAND and record.review.state == "open" and not record.review.note
    return is_by_hand and all(each.reason is CorrectionReason.MOVED for each in record.corrections)


def _homes(record: Record, old: Article, where: _Where) -> dict[str, str | None]:
    """In which article each fact and each group of a record has its words now; None if in none.

    Errors: InputError if the record is of other lines, or of a reply of version 1.
    """
    if record.lines != old.lines or record.is_older:
        what = "its record is of other lines, or of an older form"
        raise InputError(what, path=record.article_id, next_step="Run the page again with --overwrite")
    cited = {path: fact.evidence for path, fact in record.case.facts()}
    homes: dict[str, str | None] = {}
    for path, evidence in cited.items():
        words = [Span(evidence.start, evidence.end)] if evidence.start is not None and evidence.end is not None else []
        words = words or [Span(each.start, each.end) for each in evidence.spans if each.of == "text"]
        sents = [number for number in evidence.sents if number not in evidence.added]
        homes[path] = where.home(old, words) or where.home(old, cited_spans(old, sents))
    for index, group in enumerate(record.case.beneficiaries):
        homes[spell_path(("beneficiaries", index))] = where.home(old, cited_spans(old, group.sents))
    return homes


def _keep_apart(records: Mapping[str, Record], homes: Mapping[str, dict[str, str | None]], told: list[Told]) -> None:
    """Let stay what an article can have once only (a place, a time) where its new one has another already."""
    for path in (*SINGLE_FACTS, *STATEMENTS):
        taken = {name: _tree(records[name], path) for name, own in homes.items() if own.get(path, "") in (name, None)}
        for name, own in homes.items():
            to = own.get(path)
            if to is None or to == name:
                continue
            fact = _tree(records[name], path)
            if _same(taken.setdefault(to, fact), fact):
                continue
            own[path] = None
            told.append(Told(Effect.STAYS, name, fact_words(dict(records[name].case.facts())[path]), to))


def _tell_leaving(record: Record, homes: Mapping[str, str | None], setting: _Setting) -> Iterator[Told]:
    """What becomes of the facts that go, and of all facts of an article that is gone."""
    name, facts = record.article_id, dict(record.case.facts())
    for path, to in homes.items():
        if path in facts and to not in (None, name):
            yield Told(Effect.MOVES, name, fact_words(facts[path]), to or "")
        elif path in facts and to is None and name not in setting.news and facts[path].supported:
            yield Told(Effect.CUT, name, fact_words(facts[path]))
    if name not in setting.news:
        yield Told(Effect.GONE, name, record.headline or "", heir_of(setting.manifest, name) or "")


def _tree(record: Record, path: str) -> Facts:
    """A fact as a reply gives it."""
    return cast("Facts", whole_fact(as_reply(record.case).model_dump(mode="json"), path))


def _same(one: JsonValue, other: JsonValue) -> bool:
    """Whether two facts say the same, wherever it stands."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return one == other
    return {k: v for k, v in one.items() if k not in _OF_PLACE} == {
        k: v for k, v in other.items() if k not in _OF_PLACE
    }


def _arrival(record: Record, path: str, renumber: Callable[[Iterable[int]], list[int]]) -> _Arrival:
    """A fact of a record as it comes to its new article."""
    fact = _tree(record, path)
    known = dict(record.case.facts()).get(path)
    evidence = known.evidence if known else None
    sents = {*fact["sents"], *(evidence.sents if evidence else ())}  # the words may stand where nobody cited them
    log = [each for each in standing(record.corrections).values() if _fact_of(each) == path]
    is_answered = known is not None and known.supported and known.support_by is SupportFrom.PERSON
    return _Arrival(
        source=record.article_id,
        path=path,
        fact=fact | {"sents": renumber(sents)},
        misprints=tuple(each for each in log if each.printed is not None),
        answered=log[-1] if is_answered and log else None,
    )


def _fact_of(correction: Correction) -> str:
    """The fact that a correction is of; "" where it is of none, or of nothing that there is."""
    try:
        return fact_of(correction.path)
    except InputError:
        return ""


def _settled_down(
    record: Record, homes: Mapping[str, str | None], setting: _Setting, where: _Where, told: list[Told]
) -> Record:
    """The record without what leaves it, on the present text of its article: sentences by their numbers now."""
    name = record.article_id
    old, new = setting.olds[name], setting.news[name]
    leaving = [path for path, to in homes.items() if to not in (None, name)]
    for path in sorted(leaving, key=_number, reverse=True):
        note = f"to {homes[path]}"
        record = remove_fact(
            record, old, path, by=setting.by, date=setting.date, reason=CorrectionReason.MOVED, note=note
        ).record
    renumber = where.numbers(name, old)
    tree = json.loads(as_reply(record.case).model_dump_json())
    _renumber(tree, renumber)
    kept = record.model_copy(update={"corrections": _renumbered(record.corrections, renumber, new)})
    verdicts = {
        path: verdict._replace(missing=tuple(renumber(verdict.missing)))
        for path, verdict in stored_verdicts(record).items()
        if all(renumber([number]) for number in dict(record.case.facts())[path].evidence.sents)
    }
    made = make_again(kept, _reply_of(tree), verdicts, new, setting.manifest)
    for path, fact in made.case.facts():  # words that stand in other sentences than those that are gone
        if fact.evidence.added and set(fact.evidence.sents) == set(fact.evidence.added):
            put_value(tree, f"{path}_sents" if path in STATEMENTS else f"{path}.sents", list(fact.evidence.added))
    made = make_again(kept, _reply_of(tree), verdicts, new, setting.manifest)
    before, now = dict(record.case.facts()), dict(made.case.facts())
    told += [
        Told(Effect.CUT, name, fact_words(now[path])) for path in now if before[path].supported > now[path].supported
    ]
    return seal(made)


def _reply_of(tree: Facts) -> CaseReply:
    """A reply from its JSON."""
    return CaseReply.model_validate_json(json.dumps(tree))


def _number(path: str) -> tuple[str, int]:
    """The list of a fact and its number in it."""
    spot = read_path(path)
    return spot.name, spot.number or 0


def _renumber(tree: Facts, renumber: Renumber) -> None:
    """Give the sentences that the JSON of a reply cites their present numbers."""
    for name in (each for each in tree if each.endswith("_sents")):
        tree[name] = renumber(tree[name])
    listed = (fact for name in REPLY_LISTS for fact in tree[name])
    for fact in (*listed, *(tree[name] for name in SINGLE_FACTS if tree[name])):
        fact["sents"] = renumber(fact["sents"])


def _renumbered(log: Log, renumber: Renumber, article: Article) -> Log:
    """Corrections with the present numbers of sentences; those of a title keep what the lines say now."""

    def value_now(value: Any, path: str) -> Any:
        if isinstance(value, dict):
            return value | {name: renumber(value[name]) for name in ("sents", "added") if name in value}
        return renumber(value) if path.endswith("sents") and isinstance(value, list) else value

    changed = [
        each.model_copy(update={name: value_now(getattr(each, name), each.path) for name in ("model", "value")})
        for each in log
    ]
    titles: dict[str, JsonValue] = {"headline": article.headline, "kicker": article.kicker, "kind": article.kind.value}
    changed = [
        each.model_copy(update={"model": titles[each.path]}) if each.path in titles else each for each in changed
    ]
    return tuple(each for each in changed if each.path not in titles or each.model != each.value)


def _with_arrivals(record: Record, arrivals: Iterable[_Arrival], setting: _Setting) -> Record:
    """The record with facts that came to it, totals before their parts."""
    at: dict[tuple[str, str], int | None] = {}
    waiting = {(each.source, each.path): each for each in arrivals}
    while waiting:
        key = next((key for key, each in waiting.items() if each.total not in waiting), next(iter(waiting)))
        each = waiting.pop(key)
        record, at[key] = _received(record, each, at.get(each.total) if each.total else None, setting)
    return record


def _received(record: Record, coming: _Arrival, total: int | None, setting: _Setting) -> tuple[Record, int | None]:
    """The record with a fact that came to it, and its place in its list; one that it has already stays as it is."""
    article, name = setting.news[record.article_id], read_path(coming.path).name
    draft = Draft.of(record, article)
    own = draft.tree[name] if name in REPLY_LISTS else [whole_fact(draft.tree, name)]
    known = next((at for at, each in enumerate(own) if _same(each, coming.fact)), None)
    if known is not None:
        return record, known if name in REPLY_LISTS else None
    fact = coming.printed | ({"part_of": total} if "part_of" in coming.fact else {})
    done, path = _home_again(draft, name, fact) or _put_in(draft, name, fact, coming.source, setting)
    for each in coming.misprints:
        field = f"{path}.{each.path.rpartition('.')[2]}"
        done = amend(
            done, article, field, each.value, reason=each.reason, by=each.by, date=each.date, printed=each.printed
        ).record
    fact_now = dict(done.case.facts()).get(path)
    if coming.answered and fact_now and not (fact_now.supported and fact_now.support_by is SupportFrom.PERSON):
        done = accept_fact(done, article, path, by=coming.answered.by, date=coming.answered.date).record
    return done, read_path(path).number


def _home_again(draft: Draft, name: str, fact: Facts) -> tuple[Record, str] | None:
    """The record with a fact that had left it and comes back; None if none such had."""
    for number in reversed(range(len(draft.log))):
        entry = draft.log[number]
        if entry.reason is not CorrectionReason.MOVED or entry.value is not None or _name_of(entry) != name:
            continue
        log, last = lift(draft.log, number)
        last, shift = last.model_copy(update={"model": fact}), shift_of(entry)
        if not _same(entry.model, fact):
            continue
        if shift is None:
            put_value(draft.tree, name, fact)
        draft = draft._replace(log=log)
        back = restored(draft, shift_of(last) or shift, last) if shift else draft
        return settled(back, last, set()).record, last.path
    return None


def _name_of(correction: Correction) -> str:
    """What a correction is of: results, place; "" for what is of no fact."""
    fact = _fact_of(correction)
    return read_path(fact).name if fact else ""


def _put_in(draft: Draft, name: str, fact: Facts, source: str, setting: _Setting) -> tuple[Record, str]:
    """The record with a fact that it never had, and where it stands."""
    note = f"from {source}"
    if name in REPLY_LISTS:
        path = spell_path((name, len(draft.tree[name])))
        draft.tree[name].append(fact)
        made = setting.correction(path, fact, note)
        log = (*draft.log, made)
    else:
        path, made = name, setting.correction(name, fact, note)
        put_value(draft.tree, name, fact)
        log = recorded(draft.log, made, None)
    return settled(draft._replace(log=log), made, set()).record, path


def _sealed(made: Record, before: Record | None, setting: _Setting) -> Record:
    """The record with the hash of what code makes of the model's words and the lines as they are, and open again.

    Shape: what a person had edited by other means stays known as edited.
    """
    name, article = made.article_id, setting.news[made.article_id]
    sha256 = ""
    if before:
        was, now = format_lines(before.lines), format_lines(made.lines)
        log = recorded(made.corrections, setting.correction(LINES, now, ""), was) if was != now else made.corrections
        review = (
            before.review.model_copy(update={"state": "open"}) if before.review.state in _DECIDED else before.review
        )
        made = made.model_copy(update={"corrections": log, "review": review})
        sha256 = "" if _is_as_written(before, setting.olds[name]) else before.provenance.content_sha256
    sha256 = sha256 or content_sha256(record_as_written(made, article))
    return made.model_copy(update={"provenance": made.provenance.model_copy(update={"content_sha256": sha256})})


def _is_as_written(record: Record, article: Article) -> bool:
    """Whether a record was changed by nothing but corrections since it was written."""
    try:
        return not is_edited(record) or not is_edited(record_as_written(record, article))
    except InputError:
        return False


def _list_changes(
    setting: _Setting, made: Mapping[str, Record], came: Collection[str], stored: Mapping[str, Record]
) -> Iterator[FileChange]:
    """The files that change: what facts came to first, so that none is lost if it is cut short; what goes last."""
    folder, names = setting.folder.path, {**setting.olds, **setting.news}
    after: dict[Path, bytes | None] = {}

    def write(path: Path, content: Stored) -> None:
        after[path] = dump_json(content).encode()

    for name in came:
        write(folder / f"{name}{RECORD_END}", made[name])
    gone = [name for name in stored if name not in setting.news]
    known = {
        each.article.article_id for each in (setting.manifest.by_person.gone if setting.manifest.by_person else ())
    }
    kept = [name for name in gone if name in known]
    after |= {folder / f"{name}{GONE_END}": read_bytes(folder / f"{name}{RECORD_END}") for name in kept}
    write(setting.folder.manifest_path, setting.manifest)
    for name in made:
        write(folder / f"{name}{RECORD_END}", made[name])
    for name in names:
        failed, article = folder / f"{name}{FAILURE_END}", setting.news.get(name)
        if failed.exists() and article and name not in made:
            changes = {"lines": article.lines, "headline": article.headline}
            write(failed, load_failure(failed).model_copy(update=changes))
        elif failed.exists():
            after[failed] = None
    after |= dict.fromkeys(folder / f"{name}{RECORD_END}" for name in gone)
    after |= dict.fromkeys(path for name in made if (path := folder / f"{name}{GONE_END}").exists())
    for path, content in after.items():
        before = read_bytes(path) if path.exists() else None
        if before != content:
            yield FileChange(path, before, content)
