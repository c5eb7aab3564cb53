"""A static site for reviewers' eyes: an index of records with plots, and each newspaper page beside its records.

    record file -> RecordFile -> RecordView (facts.py) ----.
    page file + manifest -> Sheet -> lines (lines.py) ------+-> index.html, pages/*.html (site.py)
    records -> Row, Plot (index.py) -----------------------+
    changes since a version, handed in (changes.py) -------'

What is shown is worked out as frozen views without disk or HTML; templates only lay it out. Records are untrusted:
every string passes `text.shown` on its way into a template, and the template escapes it.
"""

from __future__ import annotations

from summariser.report.changes import Changes, ChangeView
from summariser.report.site import ReportSummary, write_report

__all__ = ["ChangeView", "Changes", "ReportSummary", "write_report"]
