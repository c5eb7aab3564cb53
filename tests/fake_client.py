"""A model for tests: replies from a list or a function, and a memory of what was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from summariser.schema.exchange import OutputMode, Reply, Request, Usage

Answer = str | Reply | Exception


class FakeClient:
    """A `ModelClient` that answers from `answers` and keeps every request in `requests`.

    Shape: `answers` are given out one after the other, or computed from the request; a text becomes a whole `Reply`,
    and an exception is raised.
    Errors: AssertionError if more is asked than there are answers.
    """

    def __init__(self, answers: Iterable[Answer] | Callable[[Request], Answer]) -> None:
        self.requests: list[Request] = []
        self._answer = answers if callable(answers) else _one_by_one(answers)

    async def __aenter__(self) -> Self:
        """Nothing to open; so that it fits where an `OpenAIClient` does."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""

    async def complete(self, request: Request, _unusable: Callable[[Reply], None] | None = None) -> Reply:
        """The next answer, as a reply to this request."""
        self.requests.append(request)
        answer = self._answer(request)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Reply) else make_reply(request, answer)


def make_reply(request: Request, text: str) -> Reply:
    """A reply as a healthy endpoint gives it at the first try."""
    return Reply(
        request_key=request.key,
        text=text,
        reasoning=None,
        model=request.model,
        finish_reason="stop",
        mode=OutputMode.JSON_SCHEMA,
        usage=Usage(),
        seconds=0.0,
        sends=1,
    )


def _one_by_one(answers: Iterable[Answer]) -> Callable[[Request], Answer]:
    """A function that gives out the answers in turn."""
    queue = iter(answers)

    def take(request: Request) -> Answer:
        for answer in queue:
            return answer
        raise AssertionError(f"no answer is left for {request.article_id}, attempt {request.attempt}")

    return take
