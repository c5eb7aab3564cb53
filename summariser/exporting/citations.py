"""References to an article, made from what its record holds: GB/T 7714 and APA."""

from __future__ import annotations

from datetime import date
from typing import Final

from summariser.schema.record import Record

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def cite_gbt7714(record: Record) -> str:
    """The reference by GB/T 7714-2015, newspaper article: 作者. 题名[N]. 报名, 2025-11-14(2).

    Shape: what is not known is said so in square brackets; more than three reporters are 等.
    """
    source = record.source
    authors = ", ".join(record.bylines[:3]) + (", 等" if len(record.bylines) > 3 else "")
    page = f"({source.page_no})" if source.page_no else ""
    issue = f"{source.newspaper or '[报名不详]'}, {source.issue_date or '[日期不详]'}{page}"
    address = f". {source.url}" if source.url else ""
    return f"{f'{authors}. ' if authors else ''}{record.headline or '[无题]'}[N]. {issue}{address}."


def cite_apa(record: Record) -> str:
    """The reference by APA, seventh edition, with the English headline in brackets; n.d. where no date is known."""
    source = record.source
    authors = ", ".join(record.bylines)
    day = _read_date(source.issue_date)
    when = f"({day.year}, {_MONTHS[day.month - 1]} {day.day})" if day else "(n.d.)"
    title = f"{record.headline or '[No headline]'} [{record.case.headline_en}]"
    where = f"{source.newspaper or '[Newspaper unknown]'}{f', {source.page_no}' if source.page_no else ''}"
    address = f" {source.url}" if source.url else ""
    return f"{authors} {when}. {title}. {where}.{address}" if authors else f"{title}. {when}. {where}.{address}"


def _read_date(issued: str | None) -> date | None:
    """The day of an ISO date; None where a person wrote something else into the record."""
    try:
        return date.fromisoformat(issued) if issued else None
    except ValueError:
        return None
