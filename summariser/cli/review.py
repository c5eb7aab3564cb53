"""`summariser review [PATH...]`: a person decides, one record at a time; `link`: which records tell of one practice."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from summariser.cli import make_console, plain, print_json, styled
from summariser.cli.options import finding_text, records_argument, records_here
from summariser.disk.store import FileChange, Store, change_files
from summariser.disk.stored import PageFolder, load_record, load_records
from summariser.errors import ConfigError, InputError, StoreError
from summariser.matching import locate
from summariser.records.corrected import FACT_KINDS, fields_of, printed_words
from summariser.reviewing import decisions, practices
from summariser.reviewing.amend import Amended, accept_fact, is_copied, signed, undo
from summariser.reviewing.differences import format_value
from summariser.reviewing.git import git_user_name
from summariser.schema.case import Finding, Result, Severity, format_quantity
from summariser.schema.page import Article
from summariser.schema.record import PracticeRelation, Record
from summariser.text import counted

_MARKED = "underline"
_DOUBTFUL = "underline bold red"
_WIDE_ENOUGH = 90  # columns; below it the facts stand under the sentences


@click.command()
@records_argument
@click.option("--by", help="Your name, as it is kept with each decision; default: git's user.name.")
@click.option("--all", "everything", is_flag=True, help="Show decided records as well, last.")
def review(paths: Sequence[Path], *, by: str | None, everything: bool) -> int:
    """Go through records (files or folders; default: `out`), those that need a person first.

    Keys: a accept, c correct a value, f add a fact, o answer for a fact, b take a correction back, x no case, n note,
    s skip, u undo, q quit. Each decision is written at once, and a corrected value is checked against the page at once.
    Fields and codes are typed by name or by their Chinese or English label. Exit code 0: all are decided; 1: some are
    left.
    """
    files = records_here(paths)
    name = by or git_user_name(Path.cwd())
    if not name:
        raise ConfigError("nobody knows who you are", next_step="Give --by NAME, or set git's user.name")
    _check_terminal()
    items = decisions.queue((decisions.ReviewItem(path, load_record(path)) for path in files), everything=everything)
    left = _Reviewer(items, name, make_console()).sit()
    return 1 if any(item.record.review.state == "open" for item in left) else 0


def _check_terminal() -> None:
    """Refuse to begin where no key can be read: neither from the standard input nor past it. Errors: ConfigError."""
    if sys.stdin != sys.__stdin__ or os.isatty(0) or sys.platform == "win32":
        return  # whoever put something in its place answers from there; Windows reads keys past it
    try:
        Path(os.ctermid()).open("rb").close()
    except OSError as error:
        raise ConfigError("review needs a terminal", next_step="Start it in one") from error


class _Reviewer:
    """The person's side: shows the present record, reads a key, does what it says, writes it down."""

    def __init__(self, items: Sequence[decisions.ReviewItem], by: str, console: Console) -> None:
        self.items = [*items]
        self.at = 0
        self.steps: list[tuple[int, FileChange | None]] = []  # at which record, and what changed; None: it was skipped
        self.by = by
        self.console = console
        self.message = ""  # what went wrong with the last key, shown below the record

    def sit(self) -> Sequence[decisions.ReviewItem]:
        """Go on until the person quits or nothing is left; the records as they are then."""
        while self.at < len(self.items):
            item = self.items[self.at]
            self.article = PageFolder(item.path.parent).article(item.record)
            _show_item(item, self.article, f"{self.at + 1} of {len(self.items)}", self.console)
            key = self._key()
            if key == _QUIT:
                break
            try:
                _KEYS[key][1](self)
            except (InputError, StoreError) as error:
                self.message = str(error)
        states = Counter(item.record.review.state for item in self.items)
        said = ", ".join(f"{states[state]} {state}" for state in ("accepted", "corrected", "rejected", "open"))
        self._say(f"{counted(len(self.items), 'record')}: {said}.", "bold")
        return self.items

    @property
    def record(self) -> Record:
        """The record that is shown."""
        return self.items[self.at].record

    @property
    def page(self) -> Article:
        """Its article. Errors: InputError if the page cannot be had."""
        if isinstance(self.article, Finding):
            what = "without its page nothing can be checked, so nothing can be corrected here"
            raise InputError(what, path=self.record.article_id)
        return self.article

    def accept(self) -> None:
        """Accept; a second yes if the page does not bear out some facts."""
        decisions.page_seen(self.record, self.article)
        count = self.record.case.unsupported
        if not count or self._is_sure(f"The page does not bear out {counted(count, 'fact')}. Accept all the same?"):
            self._put(decisions.accept(self.record, by=self.by))

    def correct(self) -> None:
        """A fact by number, a field by name, a value, and what the page prints if that is not on it."""
        page, fact = self.page, self._fact()
        path, typed = self._field(fact)
        if not typed:  # they think better of it
            return
        printed = None
        if typed not in (decisions.DROP, decisions.NOTHING) and is_copied(path) and not locate(typed, page.text):
            printed = self._ask("The page does not print this. What does it print, if it is misprinted? (else nothing)")
        self._keep(decisions.correct(self.record, page, path, typed, printed=printed or None, **signed(self.by)))

    def add(self) -> None:
        """A kind of fact, then its fields, the sentences that bear it out among them."""
        page, record = self.page, self.record
        kind = decisions.find_name(
            self._ask(f"kind of fact ({', '.join(map(decisions.label_of, FACT_KINDS))})") or "", FACT_KINDS
        )
        if kind is None:
            raise InputError("there is no such kind of fact", path=record.article_id)
        fields = fields_of(kind).items()
        typed = {path: self._ask(f"{decisions.label_of(name)} (nothing: null)") or "" for name, path in fields}
        done = decisions.add_typed(record, page, kind, typed, **signed(self.by))
        self._keep(decisions.reviewed(record, done, done.record.corrections[-1].path, by=self.by))

    def answer(self) -> None:
        """A fact that the person holds to be borne out, whatever was said before."""
        page, path = self.page, self._fact().path
        self._keep(
            decisions.reviewed(self.record, accept_fact(self.record, page, path, **signed(self.by)), path, by=self.by)
        )

    def take_back(self) -> None:
        """A correction by its number: the model's value stands again."""
        page, record = self.page, self.record
        for number, each in enumerate(record.corrections):
            said = f"{each.path}: {format_value(each.model) or '-'} → {format_value(each.value) or '-'}"
            self._say(f"{number}  {said}  {each.by} {each.date}")
        typed = self._ask("correction (number)") or ""
        number = int(typed) if typed.isdecimal() else -1
        self._keep(decisions.reviewed(record, undo(record, page, number), "", by=self.by))

    def reject(self) -> None:
        """No case, under one of the decisions; that needs no page."""
        page = decisions.page_seen(self.record, self.article)
        codes = {str(number): code for number, code in enumerate(decisions.NO_CASE, 1)}
        for number, code in codes.items():
            self._say(f"{number} {code.value} {code.zh}: {code.definition}")
        if (typed := self._ask("why (number)")) in codes:
            self._put(decisions.reject(self.record, page, codes[typed], **signed(self.by)))

    def note(self) -> None:
        """A note, whatever is decided."""
        text = self._ask("note", default=self.record.review.note or "")
        if text is not None:
            self._put(decisions.add_note(self.record, text, by=self.by), stay=True)

    def lines(self) -> None:
        """Say where lines are moved: whoever does it has to see the page whole, and what follows for other records."""
        where = f"summariser serve, Review, {self.record.page_id}/{self.record.article_id}, key g"
        self.message = f"Lines are moved, and articles split and merged, in the workbench: {where}."

    def skip(self) -> None:
        """The next record."""
        self.steps.append((self.at, None))
        self.at += 1

    def undo(self) -> None:
        """Take the last step back, on disk as well."""
        if not self.steps:
            self.message = "There is nothing to undo."
            return
        at, change = self.steps[-1]
        if change:
            change_files([change.back])
            self.items[at] = decisions.ReviewItem(change.path, load_record(change.path))
        self.at = at
        self.steps.pop()

    def _key(self) -> str:
        """The next key that means something; the end of the input means quit."""
        self._say(self.message, "red")
        self.message = ""
        self._say("  ".join(f"[{key}] {word}" for key, (word, _) in _KEYS.items()) + f"  [{_QUIT}] quit", "bold")
        while (key := self._press()) not in (*_KEYS, _QUIT):
            pass
        return key

    def _press(self) -> str:
        """One key; the end of the input means quit."""
        try:
            key = click.getchar().lower()
        except EOFError:
            return _QUIT
        return _QUIT if key in ("", "\x04") else key

    def _is_sure(self, question: str) -> bool:
        """Whether the person says yes."""
        self._say(f"{question} [y] yes, any other key: no", "bold")
        return self._press() == "y"

    def _keep(self, done: Amended) -> None:
        """Write what was changed; a second yes if the page does not bear it out."""
        for finding in done.objections:
            self._say(f"{finding.path}: {finding.message}", "red")
        if not done.objections or self._is_sure("The page does not bear this out. Keep it all the same?"):
            self._put(done.record, stay=True)

    def _fact(self) -> decisions.ReviewFact:
        """The fact that the person names by its number or its path. Errors: InputError if there is none such."""
        facts = decisions.list_facts(self.record.case)
        named = self._ask(f"fact (number, 0 to {len(facts) - 1}, or its path)")
        for at, fact in enumerate(facts):
            if named and named in (str(at), fact.path):
                return fact
        raise InputError(f"there is no fact {named or ''}", path=self.record.article_id)

    def _field(self, fact: decisions.ReviewFact) -> tuple[str, str | None]:
        """Path and new value, as the person types them. Errors: InputError for no field."""
        for name, path in fact.fields.items():
            self.console.print(
                styled(f"{decisions.label_of(name)}  ", "cyan"), styled(decisions.value_at(self.record, path)), sep=""
            )
        names = [*fact.fields, decisions.DROP] if fact.fact is not None else list(fact.fields)
        typed_name = names[0] if len(names) == 1 else self._ask(f"field ({', '.join(map(decisions.label_of, names))})")
        field = decisions.find_name(typed_name or "", names)
        if field is None:
            raise InputError(f"there is no field {typed_name or ''}", path=fact.path or self.record.article_id)
        if field == decisions.DROP:
            return fact.path, decisions.DROP
        path = fact.fields[field]
        return path, self._ask(
            f"{decisions.label_of(field)} (now: {decisions.value_at(self.record, path)}; - for nothing)"
        )

    def _put(self, record: Record, *, stay: bool = False) -> None:
        """Write first, then go on."""
        item = self.items[self.at]
        change = Store(item.path.absolute().parent.parent).put_decision(record, seen=item.record)
        self.steps.append((self.at, change))
        self.items[self.at] = item._replace(record=record)
        self.at += not stay

    def _ask(self, question: str, *, default: str = "") -> str | None:
        """A line from the person; None if they gave up."""
        try:
            answer: str = click.prompt(question, default=default, show_default=bool(default))
        except click.Abort:
            return None
        return answer.strip()

    def _say(self, text: str, style: str = "") -> None:
        self.console.print(styled(text, style))


_QUIT = "q"
_KEYS: Mapping[str, tuple[str, Callable[[_Reviewer], None]]] = {  # what a key is called, and does
    "a": ("accept", _Reviewer.accept),
    "c": ("correct", _Reviewer.correct),
    "f": ("add fact", _Reviewer.add),
    "o": ("answer for a fact", _Reviewer.answer),
    "b": ("take a correction back", _Reviewer.take_back),
    "x": ("no case", _Reviewer.reject),
    "n": ("note", _Reviewer.note),
    "g": ("lines of the page", _Reviewer.lines),
    "s": ("skip", _Reviewer.skip),
    "u": ("undo", _Reviewer.undo),
}


# ---- the screen: findings on top, the page's sentences at the left, the facts at the right


def _show_item(item: decisions.ReviewItem, article: Article | Finding, counter: str, console: Console) -> None:
    """Print one record with everything a decision needs."""
    record = item.record
    console.rule(
        styled(f"{counter}  {record.page_id}/{record.article_id}  {record.headline or '(no headline)'}", "bold")
    )
    findings = [*record.findings, *([article] if isinstance(article, Finding) else [])]
    for finding in sorted(findings, key=lambda finding: finding.severity is Severity.NOTICE):
        console.print(finding_text(finding))
    facts = decisions.list_facts(record.case)
    sentences = _sentences(article, facts) if isinstance(article, Article) else Table.grid()
    side_by_side = console.width >= _WIDE_ENOUGH and isinstance(article, Article)
    layout = Table.grid(expand=True, padding=(0, 2))
    for _ in range(1 + side_by_side):
        layout.add_column(ratio=1)
    parts = sentences, _facts(record, facts)
    for row in [parts] if side_by_side else [(part,) for part in parts]:
        layout.add_row(*row)
    console.print(layout)
    note = f"; {record.review.note}" if record.review.note else ""
    console.print(styled(f"review: {record.review.state}, {record.review.by or 'nobody'}{note}", "dim"))


def _sentences(article: Article, facts: Sequence[decisions.ReviewFact]) -> Table:
    """The article by numbered sentences, the words that a fact rests on underlined; doubt outshines."""
    table = _columns(2)
    for sentence in article.sentences:
        text = styled(article.text[sentence.start : sentence.end])
        for fact in sorted(facts, key=_is_doubtful):
            if fact.evidence and fact.evidence.start is not None and fact.evidence.end is not None:
                before = (article.text[sentence.start : at] for at in (fact.evidence.start, fact.evidence.end))
                start, end = (len(plain(words)) for words in before)
                text.stylize(_DOUBTFUL if _is_doubtful(fact) else _MARKED, start, end)
        table.add_row(styled(f"{sentence.number}", "dim"), text)
    return table


def _is_doubtful(fact: decisions.ReviewFact) -> bool:
    return not fact.supported or bool(fact.evidence and fact.evidence.match == "fuzzy")


def _columns(count: int) -> Table:
    """A table without lines that wraps Chinese text, which has no spaces, and cuts nothing off."""
    table = Table.grid(padding=(0, 1))
    for _ in range(count):
        table.add_column(overflow="fold")
    return table


def _facts(record: Record, facts: Sequence[decisions.ReviewFact]) -> Table:
    """The facts by number; those that the page does not bear out are red."""
    table, printed = _columns(3), printed_words(record)
    for at, fact in enumerate(facts):
        if not fact.text:
            continue
        text = styled(fact.text, "" if fact.supported else "red")
        if isinstance(fact.fact, Result):  # the number as it is printed, and as code reads it
            read = fact.fact.quantity
            number = f"{read.raw} = {format_quantity(read)} {read.approx.value}" if read else fact.fact.value_text or ""
            text.append_text(styled(f"  {number}".rstrip(), "bold"))
        for place, words in printed.items():
            if place in fact.fields.values():
                text.append_text(styled(f"  printed: {words}", "yellow"))
        if fact.evidence:
            text.append_text(styled(f"  {','.join(map(str, fact.evidence.sents))}", "dim"))
        table.add_row(styled(f"{at}", "dim"), styled(fact.path or "article", "cyan"), text)
    codes = "; ".join(
        f"{name} {decisions.value_at(record, name)}" for name in ("decision", "primary_theme", "secondary_themes")
    )
    table.add_row("", styled("codes", "cyan"), styled(codes))
    for name in ("summary", "headline_en", "summary_en"):
        table.add_row("", styled(name, "cyan"), styled(decisions.value_at(record, name)))
    return table


@click.command()
@records_argument
@click.option("--join", "relation", type=click.Choice(practices.RELATIONS), help="Join the two records that are named.")
@click.option("--part", is_flag=True, help="Take the records named out of their practice; one left alone too.")
@click.option("--by", metavar="NAME", help="Who decides; needed for --join and --part.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def link(paths: Sequence[Path], *, relation: PracticeRelation | None, part: bool, by: str | None, as_json: bool) -> int:
    """List records (files or folders; default: `out`) that may tell of one practice, with a score and the reasons.

    Nothing is joined without a person: name two record files and say how they belong together (--join).
    """
    if (relation or part) and not (by and by.strip()):
        raise click.UsageError("Say who decides: --by NAME.")
    if relation:
        if len(paths) != 2 or any(path.is_dir() for path in paths):
            raise click.UsageError("Name the two record files that tell of one practice, no folder.")
        practice_id = practices.join_records(paths[0], paths[1], relation=relation, by=by or "")
        click.echo(f"Joined as {practice_id}.")
        return 0
    if part:
        if not paths or any(path.is_dir() for path in paths):
            raise click.UsageError("Name the record files that leave their practice, no folder.")
        changed = practices.part_records(paths)
        alone = len(changed) - len({path.absolute() for path in paths})
        told = f", with them {counted(alone, 'record')} left alone in a practice" if alone else ""
        click.echo(f"Parted: {len(changed) - alone}{told}.")
        return 0
    found = practices.find_practices(load_records(*records_here(paths)))
    if as_json:
        print_json([_practice_as_json(each) for each in found])
    else:
        _show_practices(found)
    return 0


def _practice_as_json(found: practices.PracticeCandidate) -> dict[str, object]:
    names = [f"{record.page_id}/{record.article_id}" for record in (found.first, found.second)]
    return {"records": names, "score": found.score, "relation": found.relation, "reasons": found.reasons}


def _show_practices(found: Sequence[practices.PracticeCandidate]) -> None:
    """Each pair in three lines."""
    console = make_console()
    for each in found:
        console.print(styled(f"{each.score:.2f} {each.relation.replace('_', ' ')}: {'; '.join(each.reasons)}", "bold"))
        for record in (each.first, each.second):
            console.print(styled(f"     {record.page_id}/{record.article_id}  {record.headline or '(no headline)'}"))
    how = "Join two: summariser link A B --join RELATION"
    console.print(styled(f"{counted(len(found), 'pair')} with a score of {practices.LIKELY} or more. {how}"))
