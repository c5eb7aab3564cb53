"""Two coders: how far they agree, field by field, and what they disagree in, to be settled by a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from summariser.errors import InputError
from summariser.evaluation.evaluate import Stability, measure_stability
from summariser.report.views import finding_words
from summariser.reviewing.review import Disagreement, Settling, list_disagreements, settle
from summariser.schema.case import Finding
from summariser.schema.record import Record
from summariser.workbench.bench import STATEMENT_FIELDS, lay_bench
from summariser.workbench.room import check_version, form_route, project_of, show, version_of
from summariser.workbench.shelf import Key, key_of, list_coders, load_coded, read_reviewer, shelf_of


class Coded(NamedTuple):
    """One article that both coders have decided, and how often they disagree in it; `state` is that of the record."""

    key: Key
    headline: str
    differ: int
    state: str


class Both(NamedTuple):
    """Two coders and what they have decided, by article; `names` are empty where there are fewer than two."""

    names: tuple[str, str]
    one: Mapping[Key, Record]
    other: Mapping[Key, Record]


def _show_agreement(request: Request) -> Response:
    """How far two coders agree, and the articles in which they do not."""
    coders = list_coders(project_of(request).reviews)
    if len(coders) < 2:
        return show(request, "coders.html.j2", coders=coders, names=None, stability=None, articles=())
    both, shelf = _read_both(request), shelf_of(request, None)
    shared = [key for key in both.one if key in both.other]
    stability: Stability | None = None
    if shared:
        stability = measure_stability([[side[key] for key in shared] for side in (both.one, both.other)])
    articles = [
        Coded(key, both.one[key].headline or "", len(differ), shelf.load(key).review.state)
        for key in shared
        if (differ := list_disagreements(both.one[key], both.other[key]))
    ]
    return show(request, "coders.html.j2", coders=coders, names=both.names, stability=stability, articles=articles)


def _show_article(request: Request) -> Response:
    """What two coders have differently in one article, beside its page."""
    return _show(request, {})


def _show(request: Request, sides: Mapping[str, str], trouble: str = "") -> Response:
    both, key, shelf = _read_both(request), key_of(request), shelf_of(request, None)
    one, other = _pair(both, key)
    record = shelf.load(key)
    bench = lay_bench(record, shelf.folder_of(key))
    shown: dict[str, Any] = {"key": key, "names": both.names, "bench": bench, "sides": sides, "trouble": trouble}
    rows = [_row(each) for each in list_disagreements(one, other)]
    status = 422 if trouble else 200
    return show(request, "settle.html.j2", status=status, **shown, rows=rows, record=record, version=version_of(record))


class Row(NamedTuple):
    """One disagreement as a page shows it; `name` is that of its field (a key of the words), empty for a whole fact."""

    path: str
    name: str
    one: str
    other: str


def _row(each: Disagreement) -> Row:
    is_whole = each.path.endswith("]") or isinstance(each.one, dict) or isinstance(each.other, dict)
    name = "" if is_whole else each.path.rpartition(".")[2]
    return Row(each.path, STATEMENT_FIELDS.get(name, name), _say(each.one), _say(each.other))


def _say(value: object) -> str:
    """A value for a reader: a whole fact by what it says, nothing as a dash."""
    if isinstance(value, dict):
        return "; ".join(_say(part) for part in value.values() if part not in (None, []))
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return "–" if value is None or value == "-" else str(value)


def _settle(request: Request, form: Mapping[str, str]) -> Response:
    """Keep the record that was settled between both."""
    both, key, reviewer = _read_both(request), key_of(request), read_reviewer(request)
    if reviewer is None:
        return RedirectResponse("/review", status_code=303)
    query = urlencode({"one": both.names[0], "other": both.names[1]})
    back = f"/review/coders/{quote(key[0])}/{quote(key[1])}?{query}"
    shelf = shelf_of(request, None)
    record, (one, other) = shelf.load(key), _pair(both, key)
    sides = {name.removeprefix("side:"): value for name, value in form.items() if name.startswith("side:")}
    given = "\n".join(f"{path}: {side}" for path, side in sides.items())
    check_version(form.get("version", ""), record, name="/".join(key), given=given, back=back)
    article = shelf.folder_of(key).article(record)
    if isinstance(article, Finding):
        return _show(request, sides, finding_words(article))
    settling = Settling(both.names, reviewer.name, datetime.now(UTC).date().isoformat())
    try:
        settled = settle(one, other, article, sides, settling)
    except InputError as error:
        return _show(request, sides, str(error))
    shelf.put(settled, seen=record)
    return RedirectResponse(f"/review/coders?{query}", status_code=303)


def _read_both(request: Request) -> Both:
    """The two coders that the address names, else the first two. Errors: InputError for no coder."""
    reviews = project_of(request).reviews
    known = [*list_coders(reviews), "", ""]
    names = (request.query_params.get("one") or known[0], request.query_params.get("other") or known[1])
    return Both(names, load_coded(reviews, names[0]), load_coded(reviews, names[1]))


def _pair(both: Both, key: Key) -> tuple[Record, Record]:
    """The records of both coders. Errors: HTTPException 404 if one has not decided the article."""
    if key not in both.one or key not in both.other:
        raise HTTPException(404, "not both coders have decided this article")
    return both.one[key], both.other[key]


ROUTES: Final = (
    Route("/review/coders", _show_agreement),
    Route("/review/coders/{page:str}/{article:str}", _show_article),
    form_route("/review/coders/{page:str}/{article:str}", _settle),
)
