"""What `prose.py` builds its findings with."""

from __future__ import annotations

from summariser.schema.case import Finding, Severity, shorten

__all__ = ["shorten", "unsupported"]


def unsupported(path: str, rule: str, message: str) -> Finding:
    """A finding that marks a fact."""
    return Finding(path=path, severity=Severity.UNSUPPORTED, rule=rule, message=message)
