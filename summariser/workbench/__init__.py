"""The workbench: one local web application over the same pages, ledger and records as the command line.

A *section* is a part of it with a place in the navigation: Ask, Explore, Review. To add one:

1. `workbench/NAME.py` with `SECTION = Section("/NAME", "nav.NAME", (Route(...), ...))`. A view is a function that takes
   a request and returns `show(request, "NAME.html.j2", ...)`; that of a `form_route` takes the fields of the form as
   well. `project_of(request)` has the folders. Views run in a thread, because the disk and the checks take long; an
   `async` view hands such work to `asyncio.to_thread`.
2. `workbench/templates/NAME.html.j2`, which extends `frame.html.j2` (blocks `title`, `main`, `scripts`). Its words are
   rows of `tables/workbench_words.csv`, shown by `{{ w("key", name=value) }}`; macros of the report can be imported.
3. `workbench/static/NAME.js`, an ES module named in the block `scripts`; `static/NAME.css` in the block `styles`. The
   security policy allows no inline script, style or `style` attribute and no other host. A fragment that changes by
   itself is an element with `data-live="/NAME/part"`, which `live.js` fetches again and again.
4. Its place in `SECTIONS` of `app.py`.

Everything is written through the store. A form carries the `version_of` the record that it shows; where the record was
changed meanwhile, `check_version` (`web.py`) refuses to write, and the person sees both.
"""
