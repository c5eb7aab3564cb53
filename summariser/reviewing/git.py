"""Git, asked through its command line: revisions, versions of files, settings, and the text that `git diff` shows.

Git is asked for raw blobs, so that no filter, pager or diff driver of a repository stands in between; whatever the
configuration of an untrusted repository would run is off.

What `git diff` shows is made of JSON, not of records, so that a file that breaks the schema is shown too; what is no
JSON is shown line by line. Left out is only what shifts without a meaning: offsets, sentence numbers, and all but
eight digits of a hash.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby, islice
from pathlib import Path
from typing import Final, NamedTuple

from summariser.disk.files import disk_error, write_file
from summariser.errors import StoreError

_SYMLINK: Final = "120000"
LOG_ARGUMENTS: Final = (  # the newest commit first, each with its author, date and files
    *("log", "--date-order", "--diff-merges=first-parent", "--raw", "-z", "--no-abbrev", "--no-ext-diff"),
    "--format=%H%x00%an%x00%aI",
)


# A repository is untrusted: whatever its configuration would run (hooks, a file watcher, a signature checker) is off.
# Nor does anybody's configuration change what is read here: encoding, base of paths, first commit.
_SETTINGS: Final = (
    f"core.hooksPath={os.devnull}",
    "core.fsmonitor=false",
    "log.showSignature=false",
    "i18n.logOutputEncoding=UTF-8",
    "diff.relative=false",
    "log.showRoot=true",
)


_OPTIONS: Final = ("--no-pager", "--literal-pathspecs", *(word for row in _SETTINGS for word in ("-c", row)))


# What a hook of another repository set counts from elsewhere.
_HOOK_VARIABLES: Final = {
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
}


_ENVIRONMENT: Final = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
}


class Blob(NamedTuple):
    """A file of a revision; `path` counts from the top of the repository, `size` is None if the clone lacks it."""

    path: str
    oid: str
    size: int | None
    is_link: bool


class Git:
    """One repository, found from a folder in it.

    Errors: StoreError if the folder is in no repository, or git is not installed; also of every method, if git fails.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        root, _, prefix = self.ask("rev-parse", "--show-toplevel", "--show-prefix").partition("\n")
        self.root = Path(root)
        self.prefix = prefix.rstrip("\n")  # of `folder`, from the root: a/b/ or nothing

    def find_commit(self, revision: str) -> str | None:
        """The hash of the commit that a revision names; None if it names none."""
        if not revision or revision.startswith("-") or "\0" in revision:
            return None
        done = self._run(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"])
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def merge_base(self, left: str, right: str) -> str | None:
        """The commit from which two commits went apart; None if they share none."""
        done = self._run(["merge-base", left, right])
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def list_files(self, commit: str, paths: Sequence[str]) -> Iterator[Blob]:
        """The files of a commit that are, or lie below, the paths; paths count from the root."""
        below = paths if all(paths) else ()  # an empty path is the root
        listed = self.ask("ls-tree", "-r", "-l", "-z", "--full-tree", commit, "--", *below)
        for row in filter(None, listed.split("\0")):
            head, _, path = row.partition("\t")
            mode, sort, oid, size = head.split()
            if sort == "blob":
                yield Blob(path, oid, int(size) if size.isdecimal() else None, mode == _SYMLINK)

    def last_touches(self, commit: str) -> dict[str, tuple[str, str]]:
        """Author and date of the last commit behind this one that touched a file, by path from the root."""
        touches = list(parse_log(self.ask(*LOG_ARGUMENTS, "--no-renames", f"{commit}..HEAD")))
        return {each.name: (each.by, each.when) for each in reversed(touches)}

    def read_blobs(self, oids: Iterable[str]) -> dict[str, bytes]:
        """The contents of files, by hash, in one go."""
        wanted = list(dict.fromkeys(oids))
        if not wanted:
            return {}
        output = self._run(["cat-file", "--batch"], stdin="".join(f"{oid}\n" for oid in wanted).encode()).stdout
        contents, position = {}, 0
        for oid in wanted:
            end = output.index(b"\n", position)
            head = output[position:end].split()
            if len(head) != 3:
                raise StoreError(f"git has no object {oid}", path=self.root, next_step="Fetch it: the clone is partial")
            size = int(head[2])
            contents[oid] = output[end + 1 : end + 1 + size]
            position = end + 1 + size + 1
        return contents

    def set_config(self, name: str, value: str | None) -> bool:
        """Set or (None) remove a local setting; False if there was nothing to remove."""
        if value is not None:
            self.ask("config", "--local", name, value)
            return True
        return self._run(["config", "--local", "--unset-all", name]).returncode == 0

    def attribute(self, name: str, path: str) -> str:
        """The value of an attribute for a path, as in diff: summariser."""
        return self.ask("check-attr", name, "--", path).rpartition(": ")[2].strip()

    def put_local_attribute(self, row: str, *, there: bool) -> bool:
        """Add a row to the attributes that only this clone has, or take it out; False if nothing was to be done."""
        path = self.folder / self.ask("rev-parse", "--git-path", "info/attributes").rstrip("\n")
        try:
            rows = path.read_text(encoding="utf-8", errors="surrogateescape").splitlines() if path.exists() else []
        except OSError as error:
            raise disk_error(error, path) from error
        if (row in rows) == there:
            return False
        rows = [*rows, row] if there else [other for other in rows if other != row]
        write_file(path, "".join(f"{other}\n" for other in rows).encode("utf-8", "surrogateescape"))
        return True

    def drop_kept_lines(self, driver: str) -> None:
        """Throw away what git keeps of the text that a diff driver made."""
        self._run(["update-ref", "-d", f"refs/notes/textconv/{driver}"])

    def ask(self, *arguments: str) -> str:
        """What git prints."""
        done = self._run(arguments)
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().removeprefix("fatal: ") or "git failed"
            step = "Go into a git repository, or compare two folders" if "not a git repository" in said else ""
            raise StoreError(said, path=self.folder, next_step=step)
        return done.stdout.decode("utf-8", "surrogateescape")

    def _run(self, arguments: Sequence[str], *, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return run_git(self.folder, arguments, stdin=stdin)


def git_user_name(folder: Path) -> str | None:
    """The name that git would put on a commit made in the folder, or None."""
    return (ask_or_none(folder.absolute(), "config", "user.name") or b"").decode(errors="replace").strip() or None


def ask_or_none(folder: Path, *arguments: str) -> bytes | None:
    """What git answers, or None: no git here, no repository, nothing committed, a blob that is not there."""
    try:
        done = run_git(folder, arguments)
    except StoreError:
        return None
    return done.stdout if done.returncode == 0 else None


def run_git(folder: Path, arguments: Sequence[str], *, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder, in English, without locks; nothing of the repository is run, and nothing is fetched.

    Errors: StoreError if git is not installed, or the folder cannot be entered.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _HOOK_VARIABLES} | _ENVIRONMENT
    command = [_find_git(folder), *_OPTIONS, *arguments]
    try:
        return subprocess.run(command, cwd=folder, input=stdin, capture_output=True, check=False, env=environment)
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        raise StoreError(f"cannot be entered ({error.strerror})", path=folder) from error


def _find_git(folder: Path) -> str:
    """The program, never one of the folder that is looked at: Windows would look there first, a `.` in PATH as well."""
    name = "git.exe" if os.name == "nt" else "git"
    places = (Path(each, name) for each in os.get_exec_path())
    files = (place for place in places if place.is_absolute() and place.is_file())
    if found := next((file for file in files if os.access(file, os.X_OK)), None):
        return str(found)
    raise StoreError("git is not installed", path=folder, next_step="Install git")


class FileTouch(NamedTuple):
    """A file that a commit touched, its name behind and before it; the blob of a deleted file is zeros."""

    commit: str
    by: str
    when: str
    blob: str
    name: str
    old_name: str


def parse_log(log: str) -> Iterator[FileTouch]:
    """The files of the commits of a log that was asked for with `LOG_ARGUMENTS`."""
    commit = by = when = ""
    tokens = iter(log.split("\0"))
    for token in filter(None, (each.lstrip("\n") for each in tokens)):
        if not token.startswith(":"):
            commit, author, when = token, next(tokens), next(tokens)
            by = author.encode("utf-8", "surrogateescape").decode(errors="replace")
            continue
        _, _, _, blob, status = token.split(" ")
        old_name = next(tokens)
        yield FileTouch(commit, by, when, blob, next(tokens) if status[0] in "RC" else old_name, old_name)


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


FORM: Final = 2  # raised when the lines change, so that git throws away what it keeps of the old ones
_SENTENCE: Final = re.compile(r"(?<=[。！？；])|(?<=[.!?]) ")
_SHIFTING: Final = {"start", "end", "sents", "$schema"}
_LONG: Final = 60
_HASH: Final = re.compile("[0-9a-f]{64}")
_LINES: Final = {"lines", "noise"}


def make_readable(text: str) -> str:
    """Return the lines for a stored file, a newline at the end."""
    try:
        tree = json.loads(text, parse_float=str, parse_int=str)
        return "".join(f"{_visible(line)}\n" for line in _lines(tree, ""))
    except (ValueError, RecursionError):
        return "".join(f"{_visible(line)}\n" for line in text.split("\n")).removesuffix("\n" * text.endswith("\n"))


def _lines(value: object, indent: str) -> Iterator[str]:
    """An object's members, or a list's items, each on lines of its own."""
    if isinstance(value, dict):
        is_time = "precision" in value and "text" in value
        for key, item in value.items():
            if key not in _SHIFTING or (is_time and key != "sents"):
                yield from _member(key, item, indent)
    elif isinstance(value, list):
        for item in value:
            yield from _item(item, indent)
    else:
        yield f"{indent}{_say(value)}"


def _member(key: str, value: object, indent: str) -> Iterator[str]:
    """A key and its value: on one line, if the value is short."""
    short = _short(key, value)
    if short is not None:
        yield f"{indent}{key}: {short}"
    elif isinstance(value, str):
        yield f"{indent}{key}:"
        yield from (f"{indent}  {_say(part)}" for part in _SENTENCE.split(value) if part)
    else:
        yield f"{indent}{key}:"
        yield from _lines(value, indent + "  ")


def _item(value: object, indent: str) -> Iterator[str]:
    """An item of a list, marked by a dash."""
    if not isinstance(value, dict | list):
        yield f"{indent}- {_say(value)}"
        return
    lines = list(_lines(value, indent + "  "))
    if lines:
        yield f"{indent}- {lines[0].lstrip()}"
        yield from lines[1:]


def _short(key: str, value: object) -> str | None:
    """The value in a few words; None if it needs lines of its own."""
    if isinstance(value, dict):
        return _evidence(value) if key == "evidence" else _quantity(value)
    if isinstance(value, list):
        return _list(key, value)
    text = _say(value)
    return text if len(text) <= _LONG or key == "quote" else None


def _list(key: str, value: list[object]) -> str | None:
    """A list without structure: page lines, codes, names."""
    if key in _LINES and all(isinstance(pair, list) and len(pair) == 2 for pair in value):
        return _ranges(value)
    if any(isinstance(item, dict | list) for item in value):
        return None
    return ", ".join(map(_say, value)) or "-"


def _evidence(value: dict[str, object]) -> str | None:
    """The words of the page and their lines, and how they were found if not exactly; None if it is no evidence."""
    if not {"quote", "lines", "match"} <= set(value) or not isinstance(value["lines"], list):
        return None
    words = f"“{_say(value['quote'])}”" if value["quote"] is not None else "(sentences)"
    match = "" if value["match"] == "exact" else f", {_say(value['match'])}"
    return f"{words} line {_ranges(value['lines'])}{match}"


def _quantity(value: dict[str, object]) -> str | None:
    """The words of a number and what they mean; None if it is no quantity."""
    if "raw" not in value or "value" not in value:
        return None
    told = [f"{name} {_say(item)}" for name, item in value.items() if item not in (None, []) and name not in _TOLD]
    return f"{_say(value['raw'])} = {_say(value['value'])} {_say(value.get('unit'))} ({', '.join(told)})"


_TOLD: Final = {"raw", "value", "unit", "start", "end"}


def _ranges(value: object) -> str:
    """Page lines: 12-14, 18."""
    pairs = [pair for pair in value if isinstance(pair, list) and len(pair) == 2] if isinstance(value, list) else []
    return ", ".join(f"{_say(a)}-{_say(b)}" if a != b else _say(a) for a, b in pairs) or "-"


def _say(value: object) -> str:
    """A string, number, truth value or null in words."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return _HASH.sub(lambda match: match[0][:8], value)


def _visible(text: str) -> str:
    """The text with what cannot be seen as escapes."""
    return "".join(char if char.isprintable() or char == "\u3000" else json.dumps(char)[1:-1] for char in text)
