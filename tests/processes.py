"""The command line for tests: called in this process, which has everything loaded, or in one that can be killed."""

from __future__ import annotations

import io
import multiprocessing
import os
import sys
import warnings
from contextlib import redirect_stderr
from multiprocessing.process import BaseProcess
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from summariser.cli import main

_FORKS = multiprocessing.get_context("forkserver")  # a process of its own, but with what a run needs loaded
_FORKS.set_forkserver_preload(
    ["processes", "httpcore2", "httpx2", "openai", "rich.table", "summariser.asking", "summariser.cli.run", "tenacity"]
)


def summariser(*words: object, stdin: bytes = b"", **environment: str) -> CompletedProcess[str]:
    """What `python -m summariser` does, called here: its exit code and what it wrote."""
    given, out, err = (io.TextIOWrapper(io.BytesIO(text), encoding="utf-8") for text in (stdin, b"", b""))
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("default", UserWarning)
        for name, value in {"COLUMNS": "120", **environment}.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["summariser", *map(str, words)])
        for name, stream in {"stdin": given, "stdout": out, "stderr": err}.items():
            patch.setattr(sys, name, stream)
        with pytest.raises(SystemExit) as ended:
            main()
    return CompletedProcess(words, ended.value.code, *(_written(stream) for stream in (out, err)))


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def start(*words: object, **environment: str) -> BaseProcess:
    """The command line in a process of its own, in the working folder, which can be killed; it says nothing."""
    process = _FORKS.Process(target=_work, args=(Path.cwd(), list(map(str, words)), os.environ | environment))
    process.start()
    return process


def _work(folder: Path, words: list[str], environment: dict[str, str]) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["summariser", *words]
    with Path(os.devnull).open("w", encoding="utf-8") as sys.stdout, redirect_stderr(sys.stdout):
        main()
