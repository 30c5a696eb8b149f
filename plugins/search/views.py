"""The page of results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from cercle import Link, Request, SearchField, gettext
from plugins.search.queries import results
from plugins.search.queries.asked import MAX_TEXT, Asked, known_fields, parse, understand

PAGE = 20
PAGES = results.DEEPEST // PAGE
PEOPLE = 6
QUICK = 6


async def index(request: Request) -> Response:
    """One box, what was found, and how much of it there is in each plugin and club."""
    fields = await known_fields()
    asked = parse(request.query_params.get("q", ""), fields)
    filters = {"plugin": request.query_params.get("plugin", "")[:40], "club": request.query_params.get("club", "")[:60]}
    page = _page_number(request)
    found = await results.find(request.viewer, asked, **filters, skip=(page - 1) * PAGE, limit=PAGE)
    counts = await results.count(request.viewer, asked, **filters)
    return await request.page(
        "search/results/index.html",
        asked=asked,
        filters=filters,
        results=[
            (one, results.pieces(one.title, asked, length=250), results.excerpt(one, asked)) for one in found[:PAGE]
        ],
        counts=counts,
        plugin_links=_plugin_links(request, filters, counts),
        club_links=_club_links(request, filters, counts),
        hints=() if asked.fields or asked.refused_fields else _hints(request, fields.values()),
        kinds=_kinds(request),
        everywhere=_address(request, {"plugin": "", "club": ""}),
        newer=_address(request, filters, page - 1) if page > 1 else None,
        older=_address(request, filters, page + 1) if len(found) > PAGE and page < PAGES else None,
    )


async def people(request: Request) -> Response:
    """The people whom plugins know by these words; a piece of the page that is loaded after it."""
    asked = await understand(request.query_params.get("q", ""))
    links = await _people(request, asked) if asked.could_be_a_person else []
    return await request.page("search/results/_people.html", people=links)


async def quick(request: Request) -> Response:
    """The best results and people as JSON, for those who type into the command palette; what is near comes first."""
    asked = await understand(request.query_params.get("q", ""))
    found = await results.find(request.viewer, asked, limit=QUICK)
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


def _kinds(request: Request) -> dict[tuple[str, str], tuple[str, str]]:
    """What things are called, with an icon, by plugin and kind; a kind without a name of its own has that of its plugin."""
    shown: dict[tuple[str, str], tuple[str, str]] = {}
    for loaded in request.app.parts:
        shown[loaded.name, ""] = (gettext(loaded.part.title), loaded.part.icon)
        for kind, label in loaded.part.content.items():
            shown[loaded.name, kind] = (gettext(label), loaded.part.icon)
    return shown


def _hints(request: Request, fields: Iterable[SearchField]) -> list[tuple[str, list[Link]]]:
    """Each field with examples that add themselves to what is typed."""
    typed = request.query_params.get("q", "").strip()
    filters = {name: request.query_params.get(name, "")[:60] for name in ("plugin", "club")}
    made = []
    for one in fields:
        pieces = [f"{one.name}:{value}" if " " not in value else f'{one.name}:"{value}"' for value in one.examples]
        links = [Link(piece, _address(request, filters, q=f"{typed} {piece}".strip())) for piece in pieces]
        made.append((gettext(one.label), links))
    return made


def _plugin_links(request: Request, filters: dict[str, str], counts: results.Counts) -> list[dict[str, object]]:
    titles = {loaded.name: gettext(loaded.part.title) for loaded in request.app.parts}
    return _links(request, filters, "plugin", counts.plugins.items(), titles)


def _club_links(request: Request, filters: dict[str, str], counts: results.Counts) -> list[dict[str, object]]:
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


def _address(request: Request, filters: dict[str, str], page: int = 1, q: str | None = None) -> str:
    """This search, or another one, with these filters. `Request.path` would take `club` for the club at hand."""
    wanted = {"q": (request.query_params.get("q", "") if q is None else q)[:MAX_TEXT], **filters}
    wanted["page"] = str(page) if page > 1 else ""
    values = {name: value.encode("utf-8", "replace").decode() for name, value in wanted.items() if value}
    return f"{request.path('search:index')}?{urlencode(values)}"


def _page_number(request: Request) -> int:
    text = request.query_params.get("page", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 1
    return min(max(number, 1), PAGES)
