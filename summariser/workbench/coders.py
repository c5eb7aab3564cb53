"""Two coders: how far they agree, field by field, and the record that settles what they disagree in."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from summariser.errors import InputError
from summariser.evaluation.evaluate import measure_stability
from summariser.report.views import finding_words
from summariser.reviewing.amend import signed
from summariser.reviewing.disagreement import Disagreement, list_disagreements, settle
from summariser.schema.case import Finding
from summariser.schema.record import Record
from summariser.workbench import web
from summariser.workbench.record_form import STATEMENT_FIELDS
from summariser.workbench.review_queue import ArticleKey, list_coders, load_coded
from summariser.workbench.session import ARTICLE, ReviewContext, review_form, review_route, store_of
from summariser.workbench.worksheet import make_worksheet


class CodedArticle(NamedTuple):
    """One article that both coders have decided, and how often they disagree in it; `state` is that of the record."""

    key: ArticleKey
    headline: str
    differ: int
    state: str


class CoderPair(NamedTuple):
    """Two coders and what they have decided, by article."""

    names: tuple[str, str]
    one: Mapping[ArticleKey, Record]
    other: Mapping[ArticleKey, Record]

    @property
    def query(self) -> str:
        """How an address names them."""
        return urlencode({"one": self.names[0], "other": self.names[1]})


def _show_agreement(context: ReviewContext) -> Response:
    """How far two coders agree, and the articles in which they do not."""
    coders = list_coders(web.project_of(context.request).reviews)
    if len(coders) < 2:
        return web.show(context.request, "coders.html.j2", coders=coders, names=None, stability=None, articles=())
    both, records = _read_both(context), store_of(context.request, None)
    shared = [key for key in both.one if key in both.other]
    pairs = [[side[key] for key in shared] for side in (both.one, both.other)]
    articles = [
        CodedArticle(key, both.one[key].headline or "", len(differ), records.load(key).review.state)
        for key in shared
        if (differ := list_disagreements(both.one[key], both.other[key]))
    ]
    shown: dict[str, Any] = {"names": both.names, "stability": measure_stability(pairs) if shared else None}
    return web.show(context.request, "coders.html.j2", coders=coders, articles=articles, **shown)


def _show_settling(
    context: ReviewContext, sides: Mapping[str, str] = MappingProxyType({}), trouble: InputError | str = ""
) -> Response:
    """What two coders have differently in one article, beside its page; `sides` were chosen already."""
    both = _read_both(context)
    one, other = _pair(both, context.key)
    record = store_of(context.request, None).load(context.key)
    shown: dict[str, Any] = {
        "key": context.key,
        "names": both.names,
        "worksheet": make_worksheet(record, context.folder),
        "sides": sides,
        "trouble": trouble,
        "rows": [_row(each) for each in list_disagreements(one, other)],
        "record": record,
        "version": web.version_of(record),
    }
    return web.show(context.request, "settle.html.j2", status=422 if trouble else 200, **shown)


class DisagreementRow(NamedTuple):
    """One disagreement as a page shows it; `name` is that of its field (a key of the words), empty for a whole fact."""

    path: str
    name: str
    one: str
    other: str


def _row(each: Disagreement) -> DisagreementRow:
    is_whole = each.path.endswith("]") or isinstance(each.one, dict) or isinstance(each.other, dict)
    name = "" if is_whole else each.path.rpartition(".")[2]
    return DisagreementRow(each.path, STATEMENT_FIELDS.get(name, name), _say(each.one), _say(each.other))


def _say(value: object) -> str:
    """A value for a reader: a whole fact by what it says, nothing as a dash."""
    if isinstance(value, dict):
        return "; ".join(_say(part) for part in value.values() if part not in (None, []))
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return "–" if value is None or value == "-" else str(value)


def _settle(context: ReviewContext) -> Response:
    """Keep the record that was settled between both."""
    if context.reviewer is None:
        return RedirectResponse("/review", status_code=303)
    both, key, records = _read_both(context), context.key, store_of(context.request, None)
    record, (one, other) = records.load(key), _pair(both, key)
    sides = {name.removeprefix("side:"): value for name, value in context.form.items() if name.startswith("side:")}
    given = "\n".join(f"{path}: {side}" for path, side in sides.items())
    back = f"/review/coders/{quote(key[0])}/{quote(key[1])}?{both.query}"
    web.check_version(context.form, record, given=given, back=back)
    article = context.folder.article(record)
    if isinstance(article, Finding):
        return _show_settling(context, sides, finding_words(article))
    try:
        settled = settle(one, other, article, sides, both.names, **signed(context.by))
    except InputError as error:
        return _show_settling(context, sides, error)
    records.put(settled, seen=record)
    return RedirectResponse(f"/review/coders?{both.query}", status_code=303)


def _read_both(context: ReviewContext) -> CoderPair:
    """The two coders that the address names, else the first two. Errors: InputError for no coder."""
    reviews, query = web.project_of(context.request).reviews, context.request.query_params
    known = [*list_coders(reviews), "", ""]
    names = (query.get("one") or known[0], query.get("other") or known[1])
    return CoderPair(names, load_coded(reviews, names[0]), load_coded(reviews, names[1]))


def _pair(both: CoderPair, key: ArticleKey) -> tuple[Record, Record]:
    """The records of both coders. Errors: HTTPException 404 if one has not decided the article."""
    if key not in both.one or key not in both.other:
        raise HTTPException(404, "not both coders have decided this article")
    return both.one[key], both.other[key]


ROUTES: Final = (
    review_route("/coders", _show_agreement),
    review_route(f"/coders{ARTICLE}", _show_settling),
    review_form(f"/coders{ARTICLE}", _settle),
)
