"""Files read into pages: a module for each kind of file; `dispatch.read_pages` chooses by the file.

    bytes -> Reading (lines with their boxes, as the file gives them) -> reading order -> Page

A reader only reads: it never orders, joins or mends. Libraries that are heavy are loaded when a file needs them.
"""
