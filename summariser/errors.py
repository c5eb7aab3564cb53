"""The exceptions this package raises, and the exit code each one means.

    SummariserError                  what, where, what was expected, what to do next
    |- ConfigError            2      a setting is missing, unknown or contradicts another
    |- PromptError            2      unknown version, missing variables, text differs from the lock
    |- FileError              2      .path .line: something that is wrong with a file
    |  |- InputError          2      a page that cannot be read
    |  |- StoreError          2      a record, a ledger or a folder that cannot be read or written
    |  |  |- BrokenRecordError 2     one stored file that is no record any more
    |  |  `- StoreBusyError   2      a ledger that another process holds
    |  `- CassetteError       2      a recording that is missing, unsafe or does not answer the request
    `- ModelError                    .article_id .request_key
       |- ModelUnavailable    3      the endpoint stays away; everything paid for is kept
       |- BudgetReached       3      the next request might not be covered; everything paid for is kept
       |- ModelRefused        1      .reason: refusal, content filter, cut off, empty
       `- InvalidReply        1      .issues .reply_text: what is wrong, all of it at once

Exit codes of the command line: 0 done; 1 done, but a person should look; 2 could not run; 3 try later.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from summariser.schema.case import Finding
    from summariser.schema.record import FailureReason


class SummariserError(Exception):
    """The root of all errors raised on purpose.

    Shape: the message is `where: what`, then `expected`, then `next_step`, as sentences; the parts stay as attributes.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", expected: str = "", next_step: str = "") -> None:
        self.what = what
        self.where = where
        self.expected = expected
        self.next_step = next_step
        super().__init__(f"{where}: {self.advice}" if where else self.advice)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the parts, because the classes below want to be called with others than the message."""
        return _restore, (type(self), self.args, self.__dict__)

    @property
    def advice(self) -> str:
        """The message without the place, for where the place is told anyway."""
        return " ".join(_sentence(part) for part in (self.what, self.expected, self.next_step) if part)


class ConfigError(SummariserError):
    """A setting is missing, unknown, or contradicts another one."""


class FileError(SummariserError):
    """Something that is wrong with a file; `path` says which, `line` where if that is known (1-based)."""

    def __init__(
        self, what: str, *, path: Path | str, line: int | None = None, expected: str = "", next_step: str = ""
    ) -> None:
        self.path = Path(path)
        self.line = line
        where = f"{path}:{line}" if line else f"{path}"
        super().__init__(what, where=where, expected=expected, next_step=next_step)


class InputError(FileError):
    """A page that cannot be read."""


class PromptError(SummariserError):
    """A prompt that does not exist, lacks variables, or no longer has the text that was released."""


class StoreError(FileError):
    """A file or database of ours that cannot be read or written."""


_MEND = "Mend it by hand or take it back from version control; `run --overwrite` replaces it, with a copy (.bak)"
_NAME = "Name the .json files that `summariser run` wrote, or their folder"


class BrokenRecordError(StoreError):
    """A stored file that is no record any more, most likely edited by hand, or never was; it is left as it is."""

    def __init__(self, what: str, *, path: Path | str, expected: str = "", next_step: str = "") -> None:
        mend = _MEND if Path(path).suffix == ".json" else _NAME
        super().__init__(what, path=path, expected=expected, next_step=next_step or mend)


class StoreBusyError(StoreError):
    """A database that another process holds just now; trying again soon may help."""


class CassetteError(FileError):
    """A recording that is missing, unsafe to load, or holds no answer to the request."""


class ModelError(SummariserError):
    """Something between us and the model; never raised itself, only its four branches."""

    exit_code = 1

    def __init__(
        self, what: str, *, article_id: str = "", request_key: str = "", expected: str = "", next_step: str = ""
    ) -> None:
        self.article_id = article_id
        self.request_key = request_key
        super().__init__(what, where=article_id, expected=expected, next_step=next_step)


class ModelUnavailable(ModelError):
    """The endpoint does not answer, or answers only with errors; trying again later may help."""

    exit_code = 3


class BudgetReached(ModelError):
    """What may be spent is spent, or the next request might go beyond; a further run may spend as much again."""

    exit_code = 3


class ModelRefused(ModelError):
    """The endpoint answered, and there is no reply to use; `reason` says why."""

    def __init__(
        self, what: str, *, reason: FailureReason, article_id: str = "", request_key: str = "", next_step: str = ""
    ) -> None:
        self.reason = reason
        super().__init__(what, article_id=article_id, request_key=request_key, next_step=next_step)


class InvalidReply(ModelError):
    """A reply that breaks the rules; `issues` lists everything wrong with it, `reply_text` is what came."""

    def __init__(self, issues: Sequence[Finding], *, reply_text: str, article_id: str = "") -> None:
        self.issues = tuple(issues)
        self.reply_text = reply_text
        first = self.issues[0].message if self.issues else "no issue given"
        super().__init__(
            f"rules that the reply breaks: {len(self.issues)}; the first: {first}",
            article_id=article_id,
            next_step="Read the failure file beside the records, or run again with more --repairs",
        )


def _restore(kind: type[SummariserError], args: tuple[object, ...], parts: dict[str, object]) -> SummariserError:
    """An error as it was before it was pickled."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(parts)
    return error


def _sentence(text: str) -> str:
    """The text with a full stop, if it has no end of its own."""
    return text if text.endswith((".", "!", "?", "。")) else text + "."
