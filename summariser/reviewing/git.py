"""Git, asked through its command line: revisions, the files of a revision, local settings.

Git is asked for raw blobs, so that no filter, pager or diff driver of a repository stands in between; whatever the
configuration of an untrusted repository would run is off.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
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
