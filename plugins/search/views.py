"""The page of results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from cercle import Link, Request, gettext
from plugins.search import queries

PAGE = 20
PAGES = queries.DEEPEST // PAGE
PEOPLE = 6
QUICK = 6


async def index(request: Request) -> Response:
    """One box, what was found, and how much of it there is in each plugin and club."""
    asked = queries.parse(request.query_params.get("q", ""))
    filters = {"plugin": request.query_params.get("plugin", "")[:40], "club": request.query_params.get("club", "")[:60]}
    page = _page_number(request)
    found = await queries.find(request.viewer, asked, **filters, skip=(page - 1) * PAGE, limit=PAGE)
    counts = await queries.count(request.viewer, asked, **filters)
    return await request.page(
        "search/results/index.html",
        asked=asked,
        filters=filters,
        results=[
            (one, queries.pieces(one.title, asked, length=250), queries.excerpt(one, asked)) for one in found[:PAGE]
        ],
        counts=counts,
        plugin_links=_plugin_links(request, filters, counts),
        club_links=_club_links(request, filters, counts),
        kinds={loaded.name: (gettext(loaded.part.title), loaded.part.icon) for loaded in request.app.parts},
        everywhere=_address(request, {"plugin": "", "club": ""}),
        newer=_address(request, filters, page - 1) if page > 1 else None,
        older=_address(request, filters, page + 1) if len(found) > PAGE and page < PAGES else None,
    )


async def people(request: Request) -> Response:
    """The people whom plugins know by these words; a piece of the page that is loaded after it."""
    asked = queries.parse(request.query_params.get("q", ""))
    links = await _people(request, asked) if asked.wanted and not asked.refused else []
    return await request.page("search/results/_people.html", people=links)


async def quick(request: Request) -> Response:
    """The best results and people as JSON, for those who type into the command palette; what is near comes first."""
    asked = queries.parse(request.query_params.get("q", ""))
    found = await queries.find(request.viewer, asked, limit=QUICK)
    here = request.query_params.get("club", "")
    icons = {loaded.name: loaded.part.icon for loaded in request.app.parts}
    rows = [
        {"label": one.title, "url": one.url, "icon": icons.get(one.plugin, "file"), "note": one.club_name}
        for one in sorted(found[:QUICK], key=lambda one: one.club != here)
    ]
    people = await _people(request, asked) if asked.wanted and not asked.refused else []
    rows += [{"label": one.label, "url": one.url, "icon": "user", "note": one.note} for one in people[:3]]
    return JSONResponse({"results": rows}, headers={"Cache-Control": "private, no-store", "Vary": "Cookie"})


async def _people(request: Request, asked: queries.Asked) -> list[Link]:
    answers = await request.app.hooks.collect("people_found", viewer=request.viewer, words=asked.wanted)
    return list(chain.from_iterable(answer.value or () for answer in answers))[:PEOPLE]


def _plugin_links(request: Request, filters: dict[str, str], counts: queries.Counts) -> list[dict[str, object]]:
    titles = {loaded.name: gettext(loaded.part.title) for loaded in request.app.parts}
    return _links(request, filters, "plugin", counts.plugins.items(), titles)


def _club_links(request: Request, filters: dict[str, str], counts: queries.Counts) -> list[dict[str, object]]:
    return _links(request, filters, "club", counts.clubs.items(), counts.names)


def _links(
    request: Request,
    filters: dict[str, str],
    name: str,
    counted: Iterable[tuple[str, int]],
    labels: Mapping[str, str],
) -> list[dict[str, object]]:
    return [
        {
            "label": labels.get(value, value),
            "count": many,
            "active": filters[name] == value,
            "url": _address(request, {**filters, name: "" if filters[name] == value else value}),
        }
        for value, many in counted
    ][:30]


def _address(request: Request, filters: dict[str, str], page: int = 1) -> str:
    """This search with these filters. `Request.path` would take `club` for the club at hand."""
    wanted = {"q": request.query_params.get("q", "")[: queries.MAX_TEXT], **filters}
    wanted["page"] = str(page) if page > 1 else ""
    values = {name: value.encode("utf-8", "replace").decode() for name, value in wanted.items() if value}
    return f"{request.path('search:index')}?{urlencode(values)}"


def _page_number(request: Request) -> int:
    text = request.query_params.get("page", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 1
    return min(max(number, 1), PAGES)
