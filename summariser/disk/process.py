"""Which process this is, and whether another one still runs."""

from __future__ import annotations

import os
import platform
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

CAN_SEE_PROCESSES = os.name != "nt"  # there os.kill(pid, 0) ends the process


class Process(NamedTuple):
    """A process, named so that another machine's or a reused number is not mistaken for it.

    Units: `born` is its start time in clock ticks, as text; empty where the system does not tell.
    """

    host: str
    pid: int
    born: str


def this_process() -> Process:
    """Return the process that asks."""
    return _identify(os.getpid())


def is_alive(process: Process) -> bool:
    """Tell whether the process runs on this machine; of other machines nothing is known, so no."""
    if process.host != platform.node():
        return False
    if not CAN_SEE_PROCESSES:
        return True  # there a claim counts until it is old
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it lives, and is somebody else's
    return process.born == _born(process.pid)


@lru_cache(maxsize=1)  # asked with each file that is written; a forked process has another number
def _identify(pid: int) -> Process:
    """Return the running process of a number."""
    return Process(platform.node(), pid, _born(pid))


def _born(pid: int) -> str:
    """Return the start time of a process in clock ticks, so that a reused number is not mistaken; empty if unknown.

    Source: field 22 of /proc/<pid>/stat, proc(5); the second field may hold spaces and parentheses.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return stat.rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
