"""All clubs: finding one, its policies and its plan, archiving it and bringing it back."""

from __future__ import annotations

from starlette.responses import Response

from core.api import cursor, read_cursor
from core.errors import Invalid
from core.forms import Form, Input, read_form
from core.http import Request
from core.i18n import gettext
from spaces.decisions import Ruling
from spaces.forms import ClubPatch
from spaces.models import Club
from spaces.queries.club_groups import parent_of
from spaces.queries.club_list import FILTERS, SORTS, ClubsSought, list_club_lines
from spaces.queries.clubs import load_site_settings
from spaces.queries.console import get_any_club, owners_of
from spaces.queries.health import health_of
from spaces.queries.merges import merge_of
from spaces.queries.plans import own_plan, plan_of
from spaces.queries.switchboard import list_switches
from spaces.services import NewPlan, archive_club, restore_club, set_club_plan, update_club
from spaces.services.founding_after import offer_to_all
from spaces.switches import set_policies
from spaces.views.admin.pages import console
from spaces.views.admin.plans import ClubPlanInput, plan_values
from spaces.views.admin.plugins import PoliciesInput, picked, policy_labels, policy_of
from spaces.views.choices import kind_options
from spaces.views.plugins import state_labels

PAGE = 50


class OfferedInput(Input):
    """Whether everybody may found a club after this one."""

    offered: bool = False


async def index(request: Request) -> Response:
    """The list."""
    sent = {name: request.query_params.get(name, "")[:100] for name in ("q", "kind", "only", "sort")}
    kinds = kind_options(await load_site_settings())
    sort, only = sent["sort"] if sent["sort"] in SORTS else "name", sent["only"] if sent["only"] in FILTERS else ""
    sought = ClubsSought(sent["q"], sent["kind"] if sent["kind"] in dict(kinds) else "", only, sort)
    quota = request.app.settings.club_quota
    found = await list_club_lines(sought, quota=quota, after=read_cursor(request, 2), limit=PAGE)
    shown = {"q": sought.text, "kind": sought.kind, "only": only, "sort": sort}
    after = cursor(*found[PAGE - 1].place(sort)) if len(found) > PAGE else ""
    return await console(
        request,
        "clubs.html",
        "admin.clubs",
        clubs=[(one, one.is_nearly_full(quota)) for one in found[:PAGE]],
        older=request.path("spaces:admin.clubs", **shown, after=after) if after else None,
        shown=shown,
        is_narrowed=bool(sought.text or sought.kind or only),
        is_ordered=bool(sought.kind or only or sort != "name"),
        kinds=kinds,
        filters=_filters(),
        sorts=_sorts(),
    )


async def show(request: Request) -> Response:
    """One club: owners, kind, plan, and what it may do with each plugin."""
    return await _page(request, await get_any_club(request.path_params["slug"]))


async def update(request: Request) -> Response:
    """Change its kind."""
    club = await get_any_club(request.path_params["slug"])
    form = await read_form(request, ClubPatch)
    await update_club(club, actor=request.viewer, **form.data.model_dump(include={"kind"}, exclude_none=True))
    return _back(request, club.slug, gettext("Saved."))


async def set_club_policy(request: Request) -> Response:
    """Decide what this club alone may do with its plugins."""
    club = await get_any_club(request.path_params["slug"])
    form = await read_form(request, PoliciesInput)
    if form.is_valid:
        try:
            rulings = [Ruling(plugin, policy_of(policy), club=club) for plugin, policy in form.data.changes(2)]
            await set_policies(rulings, reason=form.data.reason, actor=request.viewer)
            return _back(request, club.slug, gettext("Saved. It holds from now on."))
        except Invalid as error:
            form.refuse(error)
    return await _page(request, club, policy_form=form)


async def set_plan(request: Request) -> Response:
    """Decide how much this club alone may store and how many may belong to it."""
    club = await get_any_club(request.path_params["slug"])
    form = await read_form(request, ClubPlanInput)
    if form.is_valid:
        plan = NewPlan(form.data.quota, form.data.members, form.data.reason)
        await set_club_plan(club, plan, actor=request.viewer)
        return _back(request, club.slug, gettext("Saved. It holds from now on."))
    return await _page(request, club, plan_form=form)


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


async def offer(request: Request) -> Response:
    """Let everybody found a club after this one, or no longer."""
    club = await get_any_club(request.path_params["slug"])
    form = await read_form(request, OfferedInput)
    await offer_to_all(club, form.data.offered, actor=request.viewer)
    return _back(request, club.slug, gettext("Saved."))


async def _page(
    request: Request,
    club: Club,
    *,
    plan_form: Form[ClubPlanInput] | None = None,
    policy_form: Form[PoliciesInput] | None = None,
) -> Response:
    return await console(
        request,
        "club.html",
        "admin.clubs",
        422 if plan_form or policy_form else 200,
        one=club,
        health=await health_of(club),
        owners=await owners_of(club),
        above=await parent_of(club),
        merging=await merge_of(club),
        plan=await plan_of(club),
        plan_form=plan_form or Form[ClubPlanInput](plan_values(await own_plan(club))),
        policy_form=policy_form or Form[PoliciesInput](),
        picked=picked(policy_form) if policy_form else {},
        switches=await list_switches(club),
        policies=policy_labels(),
        states=state_labels(),
        kinds=kind_options(await load_site_settings()),
    )


def _back(request: Request, slug: str, said: str) -> Response:
    request.flash(said)
    return request.redirect("spaces:admin.club", slug=slug)


def _filters() -> list[tuple[str, str]]:
    return [
        ("", gettext("All clubs")),
        ("open", gettext("In use")),
        ("hidden", gettext("Hidden")),
        ("archived", gettext("Archived")),
        ("deleted", gettext("Deleted")),
        ("no_owner", gettext("Without an owner")),
        ("quiet", gettext("Nothing new for 90 days")),
        ("full", gettext("Nearly full")),
        ("paused", gettext("With a paused plugin")),
    ]


def _sorts() -> list[tuple[str, str]]:
    return [
        ("name", gettext("By name")),
        ("active", gettext("Last active first")),
        ("members", gettext("Most members first")),
        ("storage", gettext("Most storage first")),
        ("newest", gettext("Newest first")),
    ]
