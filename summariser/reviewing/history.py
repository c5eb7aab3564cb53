"""The committed versions of records: who wrote what when, over renames.

One pass over the history of a repository serves all files that are asked about, however many there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Final, NamedTuple

from summariser.errors import StoreError
from summariser.reviewing.git import Git, ask_or_none

_AT_ONCE: Final = 100  # files whose versions are held at once


class Version(NamedTuple):
    """A committed version of a file.

    Units: `when` is the author's date, ISO 8601 with its offset.
    """

    commit: str
    by: str
    when: str
    content: bytes


class _Entry(NamedTuple):
    """A version as the log tells of it; the blob of a deleted file is zeros."""

    commit: str
    by: str
    when: str
    blob: str


def read_histories(paths: Sequence[Path]) -> Iterator[tuple[Path, tuple[Version, ...]]]:
    """The committed versions of files, each oldest first, over renames; none where git knows nothing of a file.

    Shape: in the order of `paths`. A merge counts as a version where the file differs from the first parent's; one that
    was deleted, or that a partial clone lacks, is left out. The history of a repository is read once for all its files.
    """
    tops: dict[Path, tuple[Path | None, str]] = {}
    places: list[tuple[Path, Path | None, str]] = []
    for path in paths:
        folder = path.absolute().parent
        if folder not in tops:
            tops[folder] = _find_top(folder)
        root, prefix = tops[folder]
        places.append((path, root, prefix + path.name))
    by_root: dict[Path, set[str]] = defaultdict(set)
    for _, root, name in places:
        if root is not None:
            by_root[root].add(name)
    listed = {root: _list_versions(root, names) for root, names in by_root.items()}
    for root, group in groupby(places, key=lambda place: place[1]):
        while some := list(islice(group, _AT_ONCE)):
            versions = [(path, listed[root][name] if root else []) for path, _, name in some]
            blobs = _read_present(root, [each.blob for _, each_of in versions for each in each_of]) if root else {}
            for path, each_of in versions:
                there = (each for each in each_of if each.blob in blobs)
                yield path, tuple(Version(each.commit, each.by, each.when, blobs[each.blob]) for each in there)


def _find_top(folder: Path) -> tuple[Path | None, str]:
    """The root of the repository that a folder is in, and the way from there to the folder: a/b/ or nothing."""
    answer = ask_or_none(folder, "rev-parse", "--show-toplevel", "--show-prefix")
    root, _, prefix = (answer or b"").decode("utf-8", "surrogateescape").partition("\n")
    return (Path(root), prefix.rstrip("\n")) if root else (None, "")


def _list_versions(root: Path, names: Iterable[str]) -> dict[str, list[_Entry]]:
    """The versions of the files that have these names now, each oldest first, in one pass over the history."""
    told = ("log", "--date-order", "-M", "--diff-merges=first-parent", "--raw", "-z", "--no-abbrev", "--no-ext-diff")
    form = "--format=%H%x00%an%x00%aI"
    log = (
        ask_or_none(root, *told, form) or ask_or_none(root, *told, "--no-renames", form) or b""
    )  # a partial clone: no renames
    tokens = iter(log.decode("utf-8", "surrogateescape").split("\0"))
    found: dict[str, list[_Entry]] = {name: [] for name in names}
    called = {name: [name] for name in found}  # what a file was called at the commit that is being read
    renamed: list[tuple[str, str]] = []
    commit = by = when = ""
    for token in filter(None, (each.lstrip("\n") for each in tokens)):
        if not token.startswith(":"):
            moved = [(old, called.pop(new)) for old, new in renamed if new in called]
            for old, owners in moved:
                called.setdefault(old, []).extend(owners)
            commit, by, when, renamed = token, next(tokens), next(tokens), []
            continue
        _, _, _, blob, status = token.split(" ")
        old = next(tokens)
        new = next(tokens) if status[0] in "RC" else old
        for name in called.get(new, ()):
            found[name].append(
                _Entry(commit, by.encode("utf-8", "surrogateescape").decode(errors="replace"), when, blob)
            )
        if new != old:
            renamed.append((old, new))
    return {name: entries[::-1] for name, entries in found.items()}


def _read_present(root: Path, blobs: Sequence[str]) -> dict[str, bytes]:
    """The contents of those blobs that are there; a deleted file has none, and a partial clone may lack some."""
    wanted = {blob for blob in blobs if set(blob) != {"0"}}
    git = Git(root)
    try:
        return git.read_blobs(wanted)
    except (StoreError, ValueError):  # one is lacking, and git told of none behind it
        contents = {blob: ask_or_none(root, "cat-file", "blob", blob) for blob in wanted}
        return {blob: content for blob, content in contents.items() if content is not None}
