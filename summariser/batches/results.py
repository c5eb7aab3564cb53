"""What came back for one request of a batch: read once, kept as a line of the ledger, told to whoever waits for it."""

from __future__ import annotations

from typing import Final

from summariser.disk.batches import Line, LineState, OpenBatch
from summariser.endpoints.adaptation import adapt
from summariser.endpoints.batch import BatchDoor, Verdict
from summariser.endpoints.completion import Completion, Fault, Rejection, may_adapt, refuse, refuse_completion
from summariser.endpoints.endpoint import Capability
from summariser.errors import ModelRefused
from summariser.schema.exchange import Reply, Request
from summariser.schema.record import FailureReason

TRIES: Final = 3  # batches in which a request is asked before it has failed


def read_verdict(verdict: Verdict, request: Request, batch: OpenBatch, door: BatchDoor) -> Line:
    """The line of the ledger for what an endpoint made of a request.

    Shape: `failed` and `cut` are worth another try; a rejection is, if the way of asking can be adapted.
    """
    limit = batch.lines[request.key]
    line = Line(batch_id=batch.batch_id, key=request.key, max_tokens=limit, state=LineState.FAILED)
    if isinstance(verdict, Completion):
        widest = request.max_tokens * 2**door.client.policy.truncations
        return _read_completion(line, request, verdict, batch.capability, widest)
    if isinstance(verdict, Rejection):
        if adapt_batch(batch, request, verdict):
            return line.model_copy(update={"message": verdict.message})
        return _refused(line, refuse(verdict, request))
    said = verdict.message if isinstance(verdict, Fault) else verdict.what
    return line.model_copy(update={"message": door.clean(said)})


def adapt_batch(batch: OpenBatch, request: Request, rejection: Rejection) -> Capability | None:
    """How to ask in the next batch after a complaint about the way it was asked; None if it is about something else."""
    changed = adapt(batch.capability, rejection.said, batch.lines[request.key]) if may_adapt(rejection) else None
    return changed[0] if changed else None


def refuse_line(request: Request, line: Line) -> ModelRefused:
    """Why there is no reply to a request."""
    reason = line.reason or FailureReason.REJECTED
    names = {"article_id": request.article_id, "request_key": request.key}
    if line.state is LineState.REFUSED:
        return ModelRefused(line.message, reason=reason, **names)
    what = f"{TRIES} batches brought no answer ({line.message})"
    return ModelRefused(what, reason=reason, next_step="Run again to ask once more", **names)


def _read_completion(line: Line, request: Request, completion: Completion, capability: Capability, widest: int) -> Line:
    """The line of a reply, usable or not; `widest` is the largest limit of tokens that is tried."""
    reply = _make_reply(request, completion, capability)
    if completion.trouble is None:
        return line.model_copy(update={"state": LineState.ANSWERED, "reply": reply})
    if completion.trouble is FailureReason.EMPTY:
        return line.model_copy(update={"message": "the reply is empty", "reply": reply})
    why = f"{line.max_tokens} tokens were not enough"
    if completion.trouble is FailureReason.TRUNCATED and line.max_tokens < widest:
        return line.model_copy(update={"state": LineState.CUT, "message": why, "reply": reply})
    return _refused(line, refuse_completion(completion, request, why=why), reply)


def _refused(line: Line, error: ModelRefused, reply: Reply | None = None) -> Line:
    """A line to which there will be no answer."""
    changes = {"state": LineState.REFUSED, "reason": error.reason, "message": error.what, "reply": reply}
    return line.model_copy(update=changes)


def _make_reply(request: Request, completion: Completion, capability: Capability) -> Reply:
    """A completion as a reply that came without a time on the wire of its own."""
    return Reply(
        request_key=request.key,
        text=completion.text,
        reasoning=completion.reasoning,
        model=completion.model or request.model,
        finish_reason=completion.finish_reason,
        mode=capability.mode,
        usage=completion.usage,
        seconds=0.0,
        sends=1,
    )
