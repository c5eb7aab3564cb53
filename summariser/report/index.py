"""The index of a report: one row for each record, what the filters offer, and ranked bars as plots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from summariser.report.facts import RecordView
from summariser.report.labels import NO_LEAD, Label, label
from summariser.schema.codes import ActorRole

MOST_BARS: Final = 8  # bars of a plot; what is left is one line
MOST_NAMES: Final = 40  # names of a record that the search knows; the schema has 24 at most

_BAR_HEIGHT: Final = 26  # units of the SVG
_PLOT_WIDTH: Final = 340


class Row(NamedTuple):
    """A record in the index; `href` leads to it in the view of its page."""

    href: str
    page_id: str
    view: RecordView
    level: Label
    lead: str | None
    names: tuple[str, ...]
    is_compared: bool = False  # with an earlier version

    @property
    def values(self) -> dict[str, Label]:
        """What the filters compare, by filter."""
        case = self.view.record.case
        changed = {CHANGED: HAS_CHANGES[bool(self.view.changes)]} if self.is_compared else {}
        return {
            "theme": label(case.primary_theme),
            "province": self.view.place,
            "level": self.level,
            "kind": self.view.kind,
            "decision": label(case.decision),
            "needs": NEEDS[self.view.record.awaits_review],
            "state": self.view.state,
            **changed,
        }


class Choice(NamedTuple):
    """One value of a filter, and how many records have it."""

    label: Label
    total: int


class Filter(NamedTuple):
    """A filter of the index; choices by count, most first."""

    name: str
    label: Label
    choices: tuple[Choice, ...]


class Bar(NamedTuple):
    """One bar; `y` and `length` in units of the SVG."""

    label: Label
    total: int
    y: int
    length: int


class Plot(NamedTuple):
    """Ranked bars; `filter_name` is the filter that a bar sets, `rest` counts what has no bar of its own."""

    plot_id: str
    label: Label
    filter_name: str | None
    bars: tuple[Bar, ...]
    rest_kinds: int
    rest_count: int

    @property
    def height(self) -> int:
        """Height of the SVG."""
        return _BAR_HEIGHT * len(self.bars)


class Tile(NamedTuple):
    """A figure at the head of the index; `tone` says whether it asks for a person."""

    label: Label
    total: int
    tone: str


NEEDS: Final = {
    True: Label("yes", "需要复核", "needs review"),
    False: Label("no", "无需复核", "no need"),
}
HAS_CHANGES: Final = {
    True: Label("yes", "有变化", "changed"),
    False: Label("no", "无变化", "unchanged"),
}
CHANGED: Final = "changed"  # the filter that a site compared with an earlier version has
_FILTERS: Final = {
    "needs": Label("needs", "复核", "Attention"),
    "state": Label("state", "审阅状态", "Review state"),
    "theme": Label("theme", "主要主题", "Primary theme"),
    "province": Label("province", "省份", "Province"),
    "level": Label("level", "主办层级", "Level of the lead"),
    "kind": Label("kind", "体裁", "Kind"),
    "decision": Label("decision", "判定", "Decision"),
}


def make_row(view: RecordView, *, href: str, is_compared: bool = False) -> Row:
    """A record as a row of the index."""
    case = view.record.case
    lead = next((actor for actor in case.actors if actor.role is ActorRole.LEAD), None)
    named = [actor.name for actor in case.actors] + [person.name for person in case.people]
    return Row(
        href=href,
        page_id=view.record.page_id,
        view=view,
        level=label(lead.level) if lead else NO_LEAD,
        lead=lead.name if lead else None,
        names=tuple(dict.fromkeys([*named, *view.record.bylines]))[:MOST_NAMES],
        is_compared=is_compared,
    )


def sort_rows(rows: Iterable[Row]) -> list[Row]:
    """What needs a person first: needs review, then most unsupported, then most fuzzy facts; else as on the pages."""

    def urgency(row: Row) -> tuple[bool, int, int]:
        return (not row.view.record.awaits_review, -row.view.count("unsupported"), -row.view.count("fuzzy"))

    return sorted(rows, key=urgency)


def filter_names(*, is_compared: bool) -> list[str]:
    """What the filters are called in the form and in the attributes of the rows."""
    return [*_FILTERS, CHANGED] if is_compared else [*_FILTERS]


def make_filters(rows: Sequence[Row], *, since: str | None = None) -> list[Filter]:
    """The filters with the values that occur; `since` is the version with which the rows were compared."""
    offered = dict(_FILTERS)
    if since is not None:
        offered[CHANGED] = Label(CHANGED, f"自 {since} 以来", f"Changed since {since}")
    values = [row.values for row in rows]
    return [
        Filter(name, named, tuple(Choice(each, count) for each, count in _ranked(value[name] for value in values)))
        for name, named in offered.items()
    ]


def make_change_tiles(rows: Sequence[Row], *, since: str, elsewhere: int) -> list[Tile]:
    """The figures of a comparison; `elsewhere` counts changes without a record in the site."""
    changed = sum(bool(row.view.changes) for row in rows)
    return [
        Tile(Label("", f"条自 {since} 以来有变化", f"changed since {since}"), changed, "warn" if changed else ""),
        Tile(Label("", "条变化此处无记录", "changed, no record here"), elsewhere, "bad" if elsewhere else ""),
    ]


def make_plots(rows: Sequence[Row]) -> list[Plot]:
    """Ranked bars of themes, provinces, results by kind and review states."""
    results = (label(result.kind) for row in rows for result in row.view.record.case.results)
    return [
        _plot("themes", Label("", "主题", "Primary themes"), (row.values["theme"] for row in rows), "theme"),
        _plot("provinces", Label("", "省份", "Provinces"), (row.values["province"] for row in rows), "province"),
        _plot("results", Label("", "成效类别", "Results by kind"), results, None),
        _plot("states", Label("", "审阅状态", "Review state"), (row.view.state for row in rows), "state"),
    ]


def make_tiles(rows: Sequence[Row], *, pages: int, unrecorded: int, unreadable: int) -> list[Tile]:
    """The figures at the head."""
    need = sum(row.view.record.awaits_review for row in rows)
    unsupported, fuzzy = (sum(row.view.count(grade) for row in rows) for grade in ("unsupported", "fuzzy"))
    decided = sum(row.view.state.code != "open" for row in rows)
    tiles = [
        Tile(Label("", "条记录", "records"), len(rows), ""),
        Tile(Label("", "个版面", "pages"), pages, ""),
        Tile(Label("", "条需要复核", "need review"), need, "bad" if need else ""),
        Tile(Label("", "处原文未证实", "facts unsupported"), unsupported, "bad" if unsupported else ""),
        Tile(Label("", "处近似或存疑", "facts doubtful"), fuzzy, "warn" if fuzzy else ""),
        Tile(Label("", "条已审阅", "reviewed"), decided, ""),
        Tile(Label("", "篇没有记录", "articles without a record"), unrecorded, "bad"),
        Tile(Label("", "个文件无法读取", "files unreadable"), unreadable, "bad"),
    ]
    return [tile for tile in tiles if tile.total or tile.tone != "bad"]  # the last two are told if there are any


def _plot(plot_id: str, named: Label, values: Iterable[Label], filter_name: str | None) -> Plot:
    ranked = _ranked(values)
    most = max((count for _, count in ranked), default=1)
    bars = tuple(
        Bar(each, count, y=number * _BAR_HEIGHT, length=max(round(count / most * _PLOT_WIDTH), 3))
        for number, (each, count) in enumerate(ranked[:MOST_BARS])
    )
    rest = ranked[MOST_BARS:]
    return Plot(plot_id, named, filter_name, bars, len(rest), sum(count for _, count in rest))


def _ranked(values: Iterable[Label]) -> list[tuple[Label, int]]:
    """Labels with their counts, most frequent first, then by code."""
    return sorted(Counter(values).items(), key=lambda item: (-item[1], item[0].code))
