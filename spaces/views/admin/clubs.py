"""All clubs: finding one, its policies, archiving it and bringing it back."""

from __future__ import annotations

from starlette.responses import Response

from core.forms import read_form
from core.http import Request
from core.i18n import gettext
from spaces.forms import ChoicesInput, ClubPatch
from spaces.queries.clubs import load_site_settings
from spaces.queries.console import get_any_club, list_all_clubs, owners_of, policies_of
from spaces.queries.switchboard import list_switches
from spaces.services import archive_club, restore_club, update_club
from spaces.switches import set_policy
from spaces.views.admin.pages import console
from spaces.views.admin.plugins import policy_labels, policy_of
from spaces.views.choices import kind_options
from spaces.views.plugins import state_labels

PAGE = 50


async def index(request: Request) -> Response:
    """The list."""
    text, after = request.query_params.get("q", "")[:100], request.query_params.get("after", "")[:60]
    found = await list_all_clubs(text=text, after=after, limit=PAGE)
    older = request.path("spaces:admin.clubs", q=text, after=found[PAGE - 1].slug) if len(found) > PAGE else None
    kinds = dict(kind_options(await load_site_settings()))
    return await console(request, "clubs.html", "admin.clubs", clubs=found[:PAGE], older=older, text=text, kinds=kinds)


async def show(request: Request) -> Response:
    """One club: owners, kind, and what it may do with each plugin."""
    club = await get_any_club(request.path_params["slug"])
    return await console(
        request,
        "club.html",
        "admin.clubs",
        one=club,
        owners=await owners_of(club),
        switches=await list_switches(club),
        own_policies=await policies_of(club),
        policies=policy_labels(),
        states=state_labels(),
        kinds=kind_options(await load_site_settings()),
    )


async def update(request: Request) -> Response:
    """Change its kind."""
    club = await get_any_club(request.path_params["slug"])
    form = await read_form(request, ClubPatch)
    await update_club(club, actor=request.viewer, **form.data.model_dump(include={"kind"}, exclude_none=True))
    return _back(request, club.slug, gettext("Saved."))


async def set_club_policy(request: Request) -> Response:
    """Decide what this club alone may do with its plugins."""
    club = await get_any_club(request.path_params["slug"])
    sent = (await read_form(request, ChoicesInput)).data
    for plugin, policy in sent.changes(2):
        await set_policy(plugin, policy_of(policy), club=club, actor=request.viewer)
    return _back(request, club.slug, gettext("Saved. It holds from now on."))


async def archive(request: Request) -> Response:
    """Archive a club."""
    club = await get_any_club(request.path_params["slug"])
    await archive_club(club, actor=request.viewer)
    return _back(request, club.slug, gettext("The club is archived: it can be read, not changed."))


async def restore(request: Request) -> Response:
    """Bring a club back that is archived or deleted."""
    club = await get_any_club(request.path_params["slug"])
    await restore_club(club, actor=request.viewer)
    return _back(request, club.slug, gettext("The club is back."))


def _back(request: Request, slug: str, said: str) -> Response:
    request.flash(said)
    return request.redirect("spaces:admin.club", slug=slug)
