"""Why they can see this: who sees an item or a plugin of the club, and through what."""

from __future__ import annotations

from starlette.responses import Response

from core.errors import NotFound
from core.http import Request
from core.i18n import gettext
from core.permissions import can
from spaces.access import READABLE
from spaces.permissions import VIEW_MEMBERS
from spaces.queries.people import get_member, people_to_name
from spaces.queries.why import PEOPLE, Answer, Thing, answer_for, answers_for, get_item
from spaces.services.grants import load_matrix


async def show(request: Request) -> Response:
    """For each role, and for one member who is named; where nothing is asked about, what can be asked about."""
    if "plugin" not in request.query_params:
        return await request.page("spaces/why/index.html", places=_places(request))
    thing = await _thing(request)
    matrix = await load_matrix(request.club)
    who = request.query_params.get("who", "").strip().lstrip("@")[:40]
    one, error = await _one(request, thing, who) if who else (None, "")
    may_ask = can(request.viewer, VIEW_MEMBERS, request.club)
    return await request.page(
        "spaces/why/show.html",
        thing=thing,
        answers=await answers_for(thing, matrix),
        one=one,
        who=who,
        who_error=error,
        may_ask=may_ask,
        people=await people_to_name(request.club) if may_ask else [],
        fields={
            name: request.query_params[name][:60] for name in ("plugin", "kind", "item") if name in request.query_params
        },
    )


def _places(request: Request) -> list[tuple[str, str]]:
    """The plugins that the viewer may read here, with their names, and the members."""
    allowed = request.access.grant.allowed
    found = [(n, request.plugin_title(n)) for n in request.access.active if f"{n}.view" in allowed]
    people = [(PEOPLE, gettext("Members"))] if VIEW_MEMBERS.name in allowed else []
    return [*sorted(found), *people]


async def _thing(request: Request) -> Thing:
    sent = request.query_params
    plugin, kind, number = sent.get("plugin", "")[:40], sent.get("kind", "")[:40], sent.get("item", "")
    if plugin == PEOPLE and can(request.viewer, VIEW_MEMBERS, request.club):
        return Thing(request.club, PEOPLE, gettext("Members"), None, "on")
    state = request.access.states.get(plugin, "off")
    if state not in READABLE or f"{plugin}.view" not in request.access.grant.allowed:
        raise NotFound()
    if not number:
        return Thing(request.club, plugin, request.plugin_title(plugin), None, state)
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise NotFound()
    item = await get_item(request.club, request.viewer, plugin, kind, int(number))
    return Thing(request.club, plugin, item.title, item, state)


async def _one(request: Request, thing: Thing, who: str) -> tuple[Answer | None, str]:
    """What holds for a member; a sentence where there is no such one, or the viewer may not know who is in the club."""
    if not can(request.viewer, VIEW_MEMBERS, request.club):
        return None, ""
    try:
        member = await get_member(request.club, who.lower())
    except NotFound:
        return None, gettext("Nobody in this club is called @%(handle)s. For others, see the lines below.", handle=who)
    return await answer_for(thing, member, await load_matrix(request.club)), ""
