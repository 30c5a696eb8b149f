"""The searches that people keep."""

from __future__ import annotations

from starlette.responses import Response

from cercle import Request, gettext, read_form
from plugins.search.forms import AlertInput, SavedInput
from plugins.search.models import SavedSearch
from plugins.search.queries.filters import read_filters
from plugins.search.queries.saved import get_search, searches_of
from plugins.search.services import keeping
from plugins.search.views import facets
from plugins.search.views.addresses import address


async def index(request: Request) -> Response:
    """All of them."""
    kept = await searches_of(request.viewer)
    return await request.page("search/saved/index.html", kept=[_row(request, one) for one in kept])


async def create(request: Request) -> Response:
    """Keep the search that a page of results shows."""
    form = await read_form(request, SavedInput)
    if not form.is_valid:
        request.flash(gettext("There must be a word to look for."), "error")
        return request.redirect("search:index")
    given = form.data
    await keeping.keep_search(given.query, given.filters, alert=given.alert, actor=request.viewer)
    request.flash(gettext("Your search is saved. You can be told when there is something new."))
    return request.redirect("search:saved.index")


async def update(request: Request) -> Response:
    """Be told of what is new, or not any more."""
    one = await get_search(request.path_params["saved"], viewer=request.viewer)
    form = await read_form(request, AlertInput)
    if form.is_valid:
        await keeping.set_alert(one, alert=form.data.alert)
        told = gettext("You will be told of what is new.")
        request.flash(told if form.data.alert else gettext("You will no longer be told."))
    return request.redirect("search:saved.index")


async def delete(request: Request) -> Response:
    """Keep a search no longer."""
    one = await get_search(request.path_params["saved"], viewer=request.viewer)
    await keeping.forget_search(one)
    fields = {"query": one.query, **one.filters, **({"alert": "true"} if one.tells else {})}
    request.flash(gettext("The search is deleted."), undo=request.path("search:saved.create"), fields=fields)
    return request.redirect("search:saved.index")


def _row(request: Request, one: SavedSearch) -> dict[str, object]:
    filters = read_filters(one.filters)
    chosen = facets.chips(request, filters, facets.NO_COUNTS)
    return {
        "saved": one,
        "url": address(request, filters, q=one.query),
        "chosen": " · ".join(chip.label for chip in chosen),
    }
