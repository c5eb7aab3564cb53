"""What is asked of the catalogue, as it stands in the address: words, codes of facets, order, page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlencode

from summariser.catalogue.updating import FACETS

SORTS: Final = ("best", "new", "old")
VIEWS: Final = ("list", "figures")
LONGEST_QUERY: Final = 500  # characters; what is longer is cut
_MOST_CODES: Final = 100
_MOST_PAGES: Final = 1_000_000


class Query(NamedTuple):
    """What is asked.

    Shape: `chosen` has codes by facet, alternatives of each other; `page` counts from 1; `sort` and `view` are among
    `SORTS` and `VIEWS`.
    """

    words: str = ""
    chosen: tuple[tuple[str, str], ...] = ()
    sort: str = "best"
    view: str = "list"
    page: int = 1

    @property
    def codes(self) -> Mapping[str, tuple[str, ...]]:
        """The chosen codes by facet."""
        return {name: tuple(code for facet, code in self.chosen if facet == name) for name in FACETS}

    def has(self, facet: str, code: str) -> bool:
        """Whether a code is chosen."""
        return (facet, code) in self.chosen

    def toggled(self, facet: str, code: str) -> str:
        """The address with a code chosen, or no longer."""
        pair = (facet, code)
        others = tuple(each for each in self.chosen if each != pair)
        return self._replace(chosen=others if pair in self.chosen else (*others, pair), page=1).address()

    def only(self, *pairs: tuple[str, str]) -> str:
        """The address of the list with these codes as the only ones of their facets."""
        facets = {facet for facet, _ in pairs}
        others = tuple(each for each in self.chosen if each[0] not in facets)
        return self._replace(chosen=(*others, *pairs), page=1, view="list").address()

    def cleared(self) -> str:
        """The address without words and codes."""
        return Query(view=self.view).address()

    def showing(self, **changes: object) -> str:
        """The address with another view, order or page."""
        return Query(**(self._asdict() | changes)).address()

    def address(self, path: str = "/search", **more: str) -> str:
        """The address that asks this; what is as by default is left out."""
        fields = [("q", self.words)] if self.words else []
        fields += self.chosen
        plain = Query()
        for name in ("sort", "view", "page"):
            if (value := getattr(self, name)) != getattr(plain, name):
                fields.append((name, str(value)))
        fields += more.items()
        return f"{path}?{urlencode(fields)}" if fields else path


def parse_query(fields: Iterable[tuple[str, str]]) -> Query:
    """The query in the fields of an address; what makes no sense there is left out."""
    found = list(fields)
    last = dict(found)
    page = last.get("page", "")
    chosen = dict.fromkeys((name, value) for name, value in found if name in FACETS and value)
    return Query(
        words=last.get("q", "")[:LONGEST_QUERY].strip(),
        chosen=tuple(chosen)[:_MOST_CODES],
        sort=last["sort"] if last.get("sort") in SORTS else "best",
        view=last["view"] if last.get("view") in VIEWS else "list",
        page=min(max(int(page), 1), _MOST_PAGES) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
    )
