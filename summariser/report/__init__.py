"""A static site for reviewers' eyes: an index of records with plots, and each newspaper page beside its records.

    record -> RecordView, with its changes since a version (views.py) -.
    page + manifest -> PageView -> lines (views.py) ----------------------+-> index.html, pages/*.html (site.py)
    views -> Row, Plot (site.py) --------------------------------------'

What is shown is worked out as frozen views without disk or HTML; templates only lay it out. Records are untrusted:
every string passes `views.visible_text` on its way into a template, and the template escapes it.
"""
