"""The index of a report: one row for each record, what the filters offer, and what is counted in the plots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from markupsafe import Markup, escape

from summariser.report.facts import RecordView
from summariser.report.labels import NO_LEAD, Label, label, labels, province, shown
from summariser.schema.codes import ActorRole

MOST_NAMES: Final = 40  # names of a record that the search knows; the schema has 24 at most
MOST_WORDS: Final = 20_000_000  # bytes of articles in the index, with which a browser still opens it in a moment
CHANGED: Final = "changed"  # the filter that a site compared with an earlier version has


class Row(NamedTuple):
    """A record in the index; `href` leads to it in the view of its page."""

    view: RecordView
    href: str
    is_compared: bool = False  # with an earlier version

    @property
    def values(self) -> dict[str, Label]:
        """What the filters compare, by filter."""
        record, yes_no = self.view.record, ("no", "yes")
        lead = next((actor for actor in record.case.actors if actor.role is ActorRole.LEAD), None)
        changed = {CHANGED: labels(CHANGED)[yes_no[bool(self.view.changes)]]} if self.is_compared else {}
        return {
            "theme": label(record.case.primary_theme),
            "province": province(record.case.place),
            "level": label(lead.level) if lead else NO_LEAD,
            "kind": labels("article_kind")[record.kind],
            "decision": label(record.case.decision),
            "needs": labels("needs")[yes_no[record.awaits_review]],
            "state": labels("review_state")[record.review.state],
            **changed,
        }

    @property
    def names(self) -> list[str]:
        """The organisations and people that the search knows."""
        case = self.view.record.case
        named = [actor.name for actor in case.actors] + [person.name for person in case.people]
        return list(dict.fromkeys([*named, *self.view.record.bylines]))[:MOST_NAMES]


def gather_words(rows: Iterable[Row], *, most: int = MOST_WORDS) -> list[Markup]:
    """The articles of the rows as HTML, for the search of the index; none if together they are beyond `most` bytes."""
    texts = ["".join(each.text or "" for each in row.view.record.text.sentences) for row in rows]
    whole = [escape(shown(text, len(text))) for text in texts]
    return whole if sum(len(text.encode()) for text in whole) <= most else []


class Filter(NamedTuple):
    """A filter of the index; its values with how many records have each, most first."""

    name: str
    label: Label
    choices: list[tuple[Label, int]]


class Plot(NamedTuple):
    """What is counted, most first; `filter_name` is the filter that a bar sets, if there is one."""

    plot_id: str
    filter_name: str | None
    counts: list[tuple[Label, int]]


def sort_rows(rows: Iterable[Row]) -> list[Row]:
    """What needs a person first: needs review, then most unsupported, then most fuzzy facts; else as on the pages."""

    def urgency(row: Row) -> tuple[bool, int, int]:
        grades = row.view.grades
        return (not row.view.record.awaits_review, -grades["unsupported"], -grades["fuzzy"])

    return sorted(rows, key=urgency)


def filter_names(*, is_compared: bool) -> list[str]:
    """What the filters are called in the form and in the attributes of the rows."""
    return [*labels("filter"), CHANGED] if is_compared else [*labels("filter")]


def make_filters(rows: Sequence[Row], *, since: str | None = None) -> list[Filter]:
    """The filters with the values that occur; `since` is the version with which the rows were compared."""
    offered = dict(labels("filter"))
    if since is not None:
        offered[CHANGED] = Label(CHANGED, f"自 {since} 以来", f"Changed since {since}")
    values = [row.values for row in rows]
    return [Filter(name, named, _ranked(value[name] for value in values)) for name, named in offered.items()]


def make_plots(rows: Sequence[Row]) -> list[Plot]:
    """What the plots count: themes, provinces, results by kind and review states."""
    values = [row.values for row in rows]
    results = (label(result.kind) for row in rows for result in row.view.record.case.results)
    return [
        Plot("themes", "theme", _ranked(value["theme"] for value in values)),
        Plot("provinces", "province", _ranked(value["province"] for value in values)),
        Plot("results", None, _ranked(results)),
        Plot("states", "state", _ranked(value["state"] for value in values)),
    ]


def _ranked(values: Iterable[Label]) -> list[tuple[Label, int]]:
    """Labels with their counts, most frequent first, then by code."""
    return sorted(Counter(values).items(), key=lambda item: (-item[1], item[0].code))
