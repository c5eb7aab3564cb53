"""What changed in the records since an earlier version, as the site shows it; who compares them is not known here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from summariser.report.labels import CHANGE_KINDS, Label


class ChangeView(NamedTuple):
    """One named change.

    Shape: `kind` is a code of `CHANGE_KINDS`; `tone` is bad, warn or empty; `path` is a JSON path in the record; `old`
    and `new` are words for a reader, None where there is nothing; `difference` is new minus old number, or empty.
    """

    kind: str
    tone: str
    path: str
    old: str | None
    new: str | None
    difference: str = ""

    @property
    def label(self) -> Label:
        """The name of the change; a kind without labels is its own name."""
        return CHANGE_KINDS.get(self.kind) or Label(self.kind, self.kind, self.kind.replace("_", " "))


class Changes(NamedTuple):
    """All changes since a version.

    Shape: `since` is what the version is called; `by_record` goes by page id and article id, worst change first, and
    names records that are gone as well.
    """

    since: str
    by_record: Mapping[tuple[str, str], tuple[ChangeView, ...]]

    @property
    def counts(self) -> list[tuple[Label, int]]:
        """How often each change was made, those with the worst tone first."""
        tones = ("bad", "warn", "")
        found = Counter((tones.index(each.tone), each.label) for some in self.by_record.values() for each in some)
        return [(named, count) for (_, named), count in sorted(found.items(), key=lambda item: (item[0][0], -item[1]))]

    def elsewhere(self, shown: Iterable[tuple[str, str]]) -> list[tuple[str, str, tuple[ChangeView, ...]]]:
        """Page id, article id and changes of what the site has no record of: removed, failed or unreadable."""
        missing = self.by_record.keys() - set(shown)
        return [(*key, self.by_record[key]) for key in sorted(missing)]
