"""The committed versions of files, over renames, in one pass over the history of each repository."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby, islice
from pathlib import Path
from typing import Final, NamedTuple

from summariser.errors import StoreError
from summariser.reviewing.git import LOG_ARGUMENTS, FileTouch, Git, ask_or_none, parse_log

# A partial clone would load what it lacks by a command of its configuration: no protocol is allowed (git of any age).
_NO_HISTORY: Final = (  # what is said where there is none
    *("not a git repository", "does not have any commits yet", "git is not installed", "cannot be entered"),
)


_AT_ONCE: Final = 100  # files whose versions are held at once


class HistoryWarning(UserWarning):
    """Git does not give a history that is there, such as that of another user's repository."""


class Version(NamedTuple):
    """A committed version of a file.

    Units: `when` is the author's date, ISO 8601 with its offset.
    """

    commit: str
    by: str
    when: str
    content: bytes


def read_histories(paths: Sequence[Path]) -> Iterator[tuple[Path, tuple[Version, ...]]]:
    """The committed versions of files, each oldest first, over renames; none where git knows nothing of a file.

    Where git does not give the history of a repository, a HistoryWarning says why, and its files have none.

    Shape: in the order of `paths`. A merge counts as a version where the file differs from the first parent's; one that
    was deleted, or that a partial clone lacks, is left out. The history of a repository is read once for all its files.
    """
    found: dict[Path, Git | None] = {}
    by_root: dict[Path, set[str]] = defaultdict(set)
    for path in paths:
        folder = path.absolute().parent
        if folder not in found:
            with _told(folder):
                found[folder] = None
                found[folder] = Git(folder)
        if git := found[folder]:
            by_root[git.root].add(git.prefix + path.name)
    listed = {root: _list_versions(root, names) for root, names in by_root.items()}
    places = [(path, found[path.absolute().parent]) for path in paths]
    for root, group in groupby(places, key=lambda place: place[1] and place[1].root):
        while some := list(islice(group, _AT_ONCE)):
            of_path = {path: listed[git.root][git.prefix + path.name] if git else [] for path, git in some}
            blobs = _read_present(root, [each.blob for own in of_path.values() for each in own]) if root else {}
            for path, own in of_path.items():
                there = (each for each in own if each.blob in blobs)
                yield path, tuple(Version(each.commit, each.by, each.when, blobs[each.blob]) for each in there)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Go on where there is no git or no history, and, with a warning, where git refuses."""
    try:
        yield
    except StoreError as error:
        if not any(words in error.what for words in _NO_HISTORY):
            told = f"{folder}: who changed what and when is not told: {error.what}"
            warnings.warn(told, HistoryWarning, stacklevel=3)


def _list_versions(root: Path, names: Iterable[str]) -> dict[str, list[FileTouch]]:
    """The versions of the files that have these names now, each oldest first, in one pass over the history."""
    log = (ask_or_none(root, *LOG_ARGUMENTS, "-M") or b"").decode("utf-8", "surrogateescape")
    if not log:  # in a partial clone renames cannot be told
        with _told(root):
            log = Git(root).ask(*LOG_ARGUMENTS, "--no-renames")
    found: dict[str, list[FileTouch]] = {name: [] for name in names}
    called = {name: [name] for name in found}  # what a file was called at the commit that is being read
    for _, group in groupby(parse_log(log), key=lambda each: each.commit):
        touched = list(group)
        for each in touched:
            for name in called.get(each.name, ()):
                found[name].append(each)
        renamed = [each for each in touched if each.name != each.old_name and each.name in called]
        for old_name, owners in [(each.old_name, called.pop(each.name)) for each in renamed]:
            called.setdefault(old_name, []).extend(owners)
    return {name: entries[::-1] for name, entries in found.items()}


def _read_present(root: Path, blobs: Sequence[str]) -> dict[str, bytes]:
    """The contents of those blobs that are there; a deleted file has none, and a partial clone may lack some."""
    wanted = {blob for blob in blobs if set(blob) != {"0"}}
    try:
        return Git(root).read_blobs(wanted)
    except (StoreError, ValueError):  # one is lacking, and git told of none behind it
        contents = {blob: ask_or_none(root, "cat-file", "blob", blob) for blob in wanted}
        return {blob: content for blob, content in contents.items() if content is not None}
