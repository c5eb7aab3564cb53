"""The two sides of a comparison: records in the working tree, in a git revision, in a folder, or in a single file.

Files that are the same on both sides are counted and not read. What cannot be read is no error here: it is an item that
says why.
"""

from __future__ import annotations

import gc
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from summariser.disk.files import disk_error
from summariser.disk.stored import FAILURE_END, MAX_BYTES, is_stored_name, is_stray, parse_bytes, tell_strays
from summariser.errors import BrokenRecordError, InputError, StoreError
from summariser.reviewing.git import Git
from summariser.schema.record import Failure, Record

RECORDS: Final = "summaries"
WORKING_TREE: Final = "working tree"  # what the files are called as they are now
_SHA256_LENGTH: Final = 64  # hexadecimal digits; git's older hash has 40
_LINK: Final = "a symbolic link, which is not followed"
_LARGE: Final = f"larger than {MAX_BYTES // 1_000_000} MB, as no record is"
_STRAY: Final = "JSON of something else"
_LACKING: Final = "not in this clone, which is partial; git fetch --refetch loads it"
_HELP: Final = "A revision (main, HEAD~1, main...HEAD), a folder or a record file"


class StoredItem(NamedTuple):
    """A file of one side of the comparison: a record, a failure, or the reason why it cannot be read."""

    path: str  # with forward slashes, as shown and linked
    page_id: str
    article_id: str
    content: Record | Failure | str
    text: str = ""  # of the file; empty if it cannot be read

    @property
    def is_failure(self) -> bool:
        """True if its name is that of a failure."""
        return self.path.endswith(FAILURE_END)


class Sides(NamedTuple):
    """What is compared: the files that are not the same on both sides, and how many records there are in all."""

    old_name: str
    new_name: str
    old: tuple[StoredItem, ...]
    new: tuple[StoredItem, ...]
    compared: int
    is_pair: bool = False  # two record files were named: they are compared whatever they hold


class _File(NamedTuple):
    """A file of one side: `key` is what it is called on both sides, `oid` is the same for the same bytes."""

    key: str
    shown: str
    oid: str
    disk: Path | None = None  # None: it is a blob of git
    problem: str = ""  # why it is not read


@contextmanager
def collector_paused() -> Iterator[None]:
    """Work without the garbage collector, which looks at each of thousands of records again and again.

    Records hold no cycles, so that there is nothing to collect; reading 2,000 of them takes 1.3 s and not 2.1 s.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@collector_paused()
def read_sides(words: Sequence[str], *, folder: Path, records: Path = Path(RECORDS)) -> Sides:
    """Read what the words of a command line mean: [A] [B] [PATHS], see `summariser diff --help`.

    Shape: `records` is compared where no path is named.

    Errors: InputError for a word that is neither a revision nor a path, or both; StoreError outside a repository.
    """
    places = [word for word in words if _is_there(folder / word)]
    if len(words) == 2 and len(places) == 2 and not _names_revision(words, folder):
        return _compare_folders(folder / words[0], folder / words[1], words)
    git = Git(folder)
    revisions, paths = _sort_words(words, git)
    inside = _inside(paths or _default_paths(records, git, revisions), git)
    old = revisions[0][1] if revisions else _commit("HEAD", git)
    old_name = revisions[0][0] if revisions else "HEAD"
    old_files = list(_revision_files(git, old, inside))
    if len(revisions) == 2:
        new_name, new_files = revisions[1][0], list(_revision_files(git, revisions[1][1], inside))
    else:
        new_name, new_files = WORKING_TREE, list(_tree_files(git, inside, old_files))
    return _make_sides((old_name, old_files), (new_name, new_files), git)


def _names_revision(words: Sequence[str], folder: Path) -> bool:
    """Whether a word that is a path names a revision as well; outside a repository none does."""
    try:
        git = Git(folder)
    except StoreError:
        return False
    return any(git.find_commit(word) for word in words)


def _sort_words(words: Sequence[str], git: Git) -> tuple[list[tuple[str, str]], list[str]]:
    """The revisions (name and commit, at most two) that stand first, and the paths behind them."""
    if words and ".." in words[0] and not _is_there(git.folder / words[0]):
        return _range(words[0], git), [_path(word, git) for word in words[1:]]
    revisions: list[tuple[str, str]] = []
    for position, word in enumerate(words[:2]):
        commit = git.find_commit(word)
        if commit is None:
            return revisions, [_path(other, git) for other in words[position:]]
        if _is_there(git.folder / word):
            raise InputError(
                f"both a revision and a path are called {word}",
                path=git.folder,
                next_step=f"Write ./{word} for the path, or refs/heads/{word} for the branch",
            )
        revisions.append((word, commit))
    return revisions, [_path(word, git) for word in words[2:]]


def _is_there(path: Path) -> bool:
    """Tell whether something is there; a word that no path can be (too long, a null byte) is of nothing."""
    return os.path.exists(path)  # noqa: PTH110 - Path.exists fails for such words


def _range(word: str, git: Git) -> list[tuple[str, str]]:
    """The two ends of a..b; of a...b, where the two went apart, and b."""
    left, dots, right = word.partition("..." if "..." in word else "..")
    old, new = _commit(left or "HEAD", git), _commit(right or "HEAD", git)
    if dots == "..":
        return [(left or "HEAD", old), (right or "HEAD", new)]
    base = git.merge_base(old, new)
    if base is None:
        raise InputError(
            f"{left} and {right} share no commit", path=git.root, next_step="Fetch more history, or use two dots"
        )
    return [(f"{left or 'HEAD'} ({base[:7]})", base), (right or "HEAD", new)]


def _commit(revision: str, git: Git) -> str:
    commit = git.find_commit(revision)
    if commit is None:
        raise InputError(
            f"no commit is called {revision[:100]}",
            path=git.root,
            expected=_HELP,
            next_step="Fetch it, or check the name with git log",
        )
    return commit


def _path(word: str, git: Git) -> str:
    """The word, if it is a path, here or in the last commit. Errors: InputError for another, or a file of no record."""
    if _is_there(git.folder / word):
        if (git.folder / word).is_file() and not is_stored_name(Path(word).name):
            what = f"{word[:100]} is no record, by its name"
            raise InputError(what, path=git.folder, next_step="Name records, or a folder of them")
        return word
    head = git.find_commit("HEAD") if "\0" not in word else None
    if head and any(git.list_files(head, _inside([word], git))):
        return word
    raise InputError(f"{word[:100]} is neither a revision nor a path", path=git.folder, expected=_HELP)


def _default_paths(records: Path, git: Git, revisions: Sequence[tuple[str, str]]) -> list[str]:
    """The folder of records: here, or at the top of the repository."""
    commits = [commit for _, commit in revisions] or [_commit("HEAD", git)]
    for path in (str(records), os.path.join(os.path.relpath(git.root, git.folder), records)):  # noqa: PTH118 - .. must stay
        inside = _inside([path], git)
        if (git.folder / path).exists() or any(any(git.list_files(commit, inside)) for commit in commits):
            return [path]
    raise InputError(
        f"there is no folder {records} here", path=git.folder, next_step="Name the folder with the records"
    )


def _inside(paths: Iterable[str], git: Git) -> list[str]:
    """The paths, counted from the root of the repository."""
    found = []
    for path in paths:
        full = os.path.normpath(git.folder.resolve() / path)  # `resolve` would follow the last link too
        inside = os.path.relpath(full, git.root.resolve())
        if Path(inside).parts[:1] == (os.pardir,):
            raise InputError(f"{path} lies outside the repository", path=git.root, expected=_HELP)
        if own := next((each for each in _below_root(full, git) if os.path.lexists(each / ".git")), None):
            what = f"{path} lies in a repository of its own, a submodule"
            raise InputError(what, path=git.root, next_step=f"Go into it: {own}")
        found.append("" if inside == os.curdir else PurePosixPath(inside).as_posix())
    return found


def _below_root(full: str, git: Git) -> Iterator[Path]:
    """A path and the folders that hold it, up to the root of the repository, which is none of them."""
    root = git.root.resolve()
    return takewhile(lambda each: each != root, (Path(full), *Path(full).parents))


def _revision_files(git: Git, commit: str, paths: Sequence[str]) -> Iterator[_File]:
    """The records and failures of a revision."""
    for blob in git.list_files(commit, paths):
        if is_stored_name(PurePosixPath(blob.path).name):
            why_not = _LINK if blob.is_link else _LACKING if blob.size is None else ""
            why_not = why_not or (_LARGE if (blob.size or 0) > MAX_BYTES else "")
            yield _File(blob.path, blob.path, blob.oid, problem=why_not)


def _tree_files(git: Git, paths: Sequence[str], known: Sequence[_File]) -> Iterator[_File]:
    """The records and failures of the working tree; `known` tells how this repository hashes."""
    is_sha256 = bool(known) and len(known[0].oid) == _SHA256_LENGTH
    for path in paths:
        for file in _walk(git.root / path):
            key = file.relative_to(git.root).as_posix()
            yield _disk_file(file, key, key, is_sha256=is_sha256)


def _compare_folders(old: Path, new: Path, words: Sequence[str]) -> Sides:
    """Two folders, or two record files, without git."""
    is_pair = old.is_file() and new.is_file()
    if not is_pair and (old.is_file() or new.is_file()):
        raise InputError(f"{words[0]} and {words[1]} are a file and a folder", path=old, expected="Two of one sort")
    sides = []
    for place, word in zip((old, new), words, strict=True):
        keys = [] if is_pair else [(file, file.relative_to(place).as_posix()) for file in _walk(place)]
        files = [_disk_file(file, key, f"{word.rstrip('/')}/{key}") for file, key in keys]
        sides.append((word, [_disk_file(place, "", word)] if is_pair else files))
    return _make_sides(sides[0], sides[1], None)._replace(is_pair=is_pair)


def _walk(place: Path) -> Iterator[Path]:
    """The record and failure files below a folder, sorted; hidden ones are left out."""
    if place.is_file() or place.is_symlink():
        yield place
        return
    found = []
    for parent, folders, names in os.walk(place):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(parent, name) for name in names if is_stored_name(name)]
    yield from sorted(found)


def _disk_file(file: Path, key: str, shown: str, *, is_sha256: bool = False) -> _File:
    """A file on the disk; it is called what git would call it."""
    try:
        mode = file.lstat().st_mode
        if stat.S_ISLNK(mode):
            target = _blob_oid(os.fsencode(file.readlink()), is_sha256=is_sha256)
            return _File(key, shown, target, file, _LINK)
        if not stat.S_ISREG(mode):
            return _File(key, shown, "", file, "not a regular file")
        return _File(key, shown, _blob_oid(_read(file), is_sha256=is_sha256), file)
    except OSError as error:
        return _File(key, shown, "", file, disk_error(error, file).advice)


def _blob_oid(content: bytes, *, is_sha256: bool) -> str:
    """What git calls a file with this content."""
    make = hashlib.sha256 if is_sha256 else hashlib.sha1
    return make(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _read(file: Path) -> bytes:
    """The content, cut off behind what is too much for a record."""
    with file.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _make_sides(old: tuple[str, list[_File]], new: tuple[str, list[_File]], git: Git | None) -> Sides:
    """Both sides without what is the same on them."""
    before, now = ({(file.key, file.oid) for file in files} for _, files in (old, new))
    old_files = [file for file in old[1] if (file.key, file.oid) not in now]
    new_files = [file for file in new[1] if (file.key, file.oid) not in before]
    wanted = [file.oid for file in (*old_files, *new_files) if file.disk is None and not file.problem]
    blobs = git.read_blobs(wanted) if git else {}
    records = {file.key for file in (*old[1], *new[1]) if not file.key.endswith(FAILURE_END)}
    sides = [{file.key: _make_item(file, blobs) for file in files} for files in (old_files, new_files)]
    strays = {key: item.path for side in sides for key, item in side.items() if item.content == _STRAY}
    tell_strays(sorted(strays.values()))
    left = [tuple(item for item in side.values() if item.content != _STRAY) for side in sides]
    return Sides(old_name=old[0], new_name=new[0], old=left[0], new=left[1], compared=len(records - strays.keys()))


def _make_item(file: _File, blobs: Mapping[str, bytes]) -> StoredItem:
    """The record or failure in a file, or why it is none."""
    place = PurePosixPath(file.shown)
    article_id = place.name.removesuffix(FAILURE_END).removesuffix(".json")
    unread = StoredItem(file.shown, place.parent.name, article_id, file.problem)
    if file.problem:
        return unread
    try:
        raw = _read(file.disk) if file.disk else blobs[file.oid]
        path = Path(file.shown)
        if file.key and is_stray(path.name, raw):
            return unread._replace(content=_STRAY)
        content = parse_bytes(raw, Failure, path) if unread.is_failure else parse_bytes(raw, Record, path)
    except (BrokenRecordError, OSError) as error:
        told = error if isinstance(error, BrokenRecordError) else disk_error(error, Path(file.shown))
        return unread._replace(content=told.what)
    return StoredItem(file.shown, content.page_id, content.article_id, content, raw.decode("utf-8-sig"))
