"""The workbench: one local web application over the same pages, ledger and records as the command line.

A *room* is a part of it with a place in the navigation: Ask, Explore, Review. To add one:

1. `workbench/NAME.py` with `ROOM = Room("/NAME", "nav.NAME", (Route(...), ...))`; a route is a function that takes a
   request and returns `show(request, "NAME.html.j2", ...)`. `project_of(request)` says where things are; that of a
   `form_route` is given what the form sent as well. Both run in a thread, as the disk and a check take long; only an
   `async` function does not, and hands such work to `asyncio.to_thread`.
2. `workbench/templates/NAME.html.j2`, which extends `frame.html.j2` (blocks `title`, `main`, `scripts`). Its words are
   rows of `tables/workbench_words.csv`, shown by `{{ w("key", name=value) }}`; macros of the report can be imported.
3. `workbench/static/NAME.js`, an ES module named in the block `scripts`; `static/NAME.css` in the block `styles`. The
   security policy allows no inline script, style or `style` attribute and no other host. A fragment that changes by
   itself is an element with `data-live="/NAME/part"`, which `live.js` fetches again and again.
4. The room's place in `ROOMS` of `app.py`.

Whoever writes does it through the store. A form carries the `version_of` what it showed, `check_version` refuses to
write over what was changed meanwhile (`room.py`), and the person sees both.
"""
