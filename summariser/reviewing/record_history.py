"""What git remembers of one file: its versions, who made them and when; and who is at the keyboard.

Git is asked for raw blobs, so that no filter, pager or diff driver of a repository stands in between.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from summariser.errors import StoreError
from summariser.reviewing.git import run_git


class Version(NamedTuple):
    """A committed version of a file.

    Units: `when` is the author's date, ISO 8601 with its offset.
    """

    commit: str
    by: str
    when: str
    content: bytes


def read_history(path: Path) -> tuple[Version, ...]:
    """The committed versions of a file, oldest first, over renames; empty where git knows nothing of it.

    Shape: a merge counts as a version where the file differs from the first parent's.
    """
    log = _git(
        path.absolute().parent,
        *("log", "--follow", "--diff-merges=first-parent", "--raw", "-z", "--no-abbrev", "--no-ext-diff"),
        *("--format=%x01%H%x00%an%x00%aI", "--", path.name),
    )
    entries = [entry.split(b"\0") for entry in (log or b"").split(b"\x01")[1:]]
    versions = []
    for commit, by, when, raw, *_ in reversed(entries):
        blob = raw.split()[3].decode()
        content = None if set(blob) == {"0"} else _git(path.absolute().parent, "cat-file", "blob", blob)
        if content is not None:  # deleted, or left out of a partial clone
            versions.append(Version(commit.decode(), by.decode(errors="replace"), when.decode(), content))
    return tuple(versions)


def git_user_name(folder: Path) -> str | None:
    """The name that git would put on a commit made in the folder, or None."""
    name = _git(folder.absolute(), "config", "user.name")
    return (name or b"").decode(errors="replace").strip() or None


def _git(folder: Path, *arguments: str) -> bytes | None:
    """What git answers, or None: no git here, no repository, nothing committed, a blob that is not there."""
    try:
        done = run_git(folder, arguments)
    except StoreError:
        return None
    return done.stdout if done.returncode == 0 else None
