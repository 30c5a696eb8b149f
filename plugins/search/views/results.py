"""The page of results, people beside them, and quick answers."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from starlette.responses import JSONResponse, Response

from cercle import Link, Request, SearchField, gettext
from plugins.search.queries import results
from plugins.search.queries.asked import Asked, known_fields, parse, understand
from plugins.search.queries.excerpts import excerpt, pieces
from plugins.search.queries.filters import Filters, read_filters
from plugins.search.queries.suggestion import suggestion
from plugins.search.services.indexing import catch_up
from plugins.search.views import facets
from plugins.search.views.addresses import address, typed

PAGE = 20
PAGES = results.DEEPEST // PAGE
PEOPLE = 6
QUICK = 6


async def index(request: Request) -> Response:
    """One box, what was found, and how much of it there is in each plugin and club."""
    fields = known_fields()
    asked = parse(typed(request), fields)
    filters = read_filters(request.query_params)
    page = _page_number(request)
    await catch_up()
    answer = await results.find(
        request.viewer, asked, filters, skip=(page - 1) * PAGE, limit=PAGE, counts=asked.is_something
    )
    found = answer.found
    return await request.page(
        "search/results/index.html",
        asked=asked,
        filters=filters,
        chips=facets.chips(request, filters, answer.counts),
        results=[(one, pieces(one.title, asked, length=250), excerpt(one, asked)) for one in found[:PAGE]],
        counts=answer.counts,
        meant=await _meant(request, asked, filters, answer),
        facets=facets.facets(request, filters, answer.counts),
        hints=() if asked.fields or asked.refused_fields else _hints(request, filters, fields.values()),
        kinds=facets.kinds(request),
        everywhere=address(request, Filters()),
        newer=address(request, filters, page - 1) if page > 1 else None,
        older=address(request, filters, page + 1) if len(found) > PAGE and page < PAGES else None,
    )


async def people(request: Request) -> Response:
    """The people whom plugins know by these words; a piece of the page that is loaded after it."""
    asked = understand(typed(request))
    links = await _people(request, asked) if asked.could_be_a_person else []
    return await request.page("search/results/_people.html", people=links)


async def quick(request: Request) -> Response:
    """The best results and people as JSON, for those who type into the command palette; what is near comes first."""
    asked = understand(typed(request))
    await catch_up()
    found = (await results.find(request.viewer, asked, limit=QUICK)).found
    here = request.query_params.get("club", "")
    icons = {loaded.name: loaded.part.icon for loaded in request.app.parts}
    rows = [
        {"label": one.title, "url": one.url, "icon": icons.get(one.plugin, "file"), "note": one.club_name}
        for one in sorted(found[:QUICK], key=lambda one: one.club != here)
    ]
    people = await _people(request, asked) if asked.could_be_a_person else []
    rows += [{"label": one.label, "url": one.url, "icon": "user", "note": one.note} for one in people[:3]]
    return JSONResponse({"results": rows}, headers={"Cache-Control": "private, no-store", "Vary": "Cookie"})


async def _people(request: Request, asked: Asked) -> list[Link]:
    answers = await request.app.hooks.collect("people_found", viewer=request.viewer, words=asked.wanted)
    return list(chain.from_iterable(answer.value or () for answer in answers))[:PEOPLE]


async def _meant(request: Request, asked: Asked, filters: Filters, answer: results.Results) -> Link | None:
    """The same search in another spelling, where nothing was found."""
    if answer.found or answer.counts.total or not asked.groups:
        return None
    text = await suggestion(request.viewer, typed(request), asked, filters)
    return Link(text, address(request, filters, q=text)) if text else None


def _hints(request: Request, filters: Filters, fields: Iterable[SearchField]) -> list[tuple[str, list[Link]]]:
    """Each field with examples that add themselves to what is typed."""
    text = typed(request).strip()
    made = []
    for one in fields:
        examples = [gettext(value) for value in one.examples]
        terms = [f"{one.name}:{value}" if " " not in value else f'{one.name}:"{value}"' for value in examples]
        links = [Link(term, address(request, filters, q=f"{text} {term}".strip())) for term in terms]
        made.append((gettext(one.label), links))
    return made


def _page_number(request: Request) -> int:
    text = request.query_params.get("page", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 1
    return min(max(number, 1), PAGES)
