"""Letting a club go into another one: choosing which, reading what follows, and typing the name; for owners and operators."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from core.accounts.views.entry import proven
from core.errors import Conflict, Invalid, NotFound
from core.forms import Form, Input, Line, read_form
from core.http import Request
from core.i18n import gettext
from spaces.models import Club
from spaces.queries.console import get_any_club
from spaces.queries.merges import load_preview, targets_for
from spaces.services.merging import ask_merge
from spaces.views.admin.pages import console


class MergeInput(Input):
    """A club that goes into another one.

    Args:
        into: the word in the address of the club that stays.
        name: of the club that goes, typed once more.
        owners_stay: whether its owners own the other one too.
    """

    into: Line = ""
    name: Line
    owners_stay: bool = False


async def show(request: Request) -> Response:
    """The viewer's other clubs, or what follows for the one that was chosen."""
    return await _page(request, request.query_params.get("into", ""), Form[MergeInput](), 200)


@proven
async def create(request: Request) -> Response:
    """Let the club go into the other one, when its name was typed."""
    form = await read_form(request, MergeInput)
    into = str(form.values.get("into", ""))
    target = _chosen(await targets_for(request.club, request.viewer), into)
    if await _ask(request, request.club, target, form):
        return request.redirect("spaces:club", club=target.slug)
    return await _page(request, into, form, 422)


async def show_any(request: Request) -> Response:
    """The same for operators, with any two clubs."""
    club = await get_any_club(request.path_params["slug"])
    return await _console_page(request, club, request.query_params.get("into", ""), Form[MergeInput](), 200)


@proven
async def create_any(request: Request) -> Response:
    """Let one club go into another, as an operator."""
    club = await get_any_club(request.path_params["slug"])
    form = await read_form(request, MergeInput)
    into = str(form.values.get("into", ""))
    target = await _named(into)
    if target is not None and await _ask(request, club, target, form):
        return request.redirect("spaces:admin.club", slug=target.slug)
    return await _console_page(request, club, into, form, 422)


async def _ask(request: Request, club: Club, target: Club, form: Form[MergeInput]) -> bool:
    """Whether it has begun; else the form says why not."""
    if not form.is_valid or _plain(form.data.name) != _plain(club.name):
        form.refuse(Invalid(gettext("Type the name of the club as it is shown."), field="name"))
        return False
    try:
        await ask_merge(club, target, owners_stay=form.data.owners_stay, actor=request.viewer)
    except Conflict as error:
        form.refuse(Invalid(error.message))
        return False
    words = {"club": club.name, "other": target.name}
    request.flash(
        gettext("%(club)s goes into %(other)s now. It takes a few minutes, in which both can only be read.", **words)
    )
    return True


def _chosen(offered: Sequence[Club], slug: str) -> Club:
    """The club of that address among those that are offered; nothing is told of others."""
    found = [club for club in offered if club.slug == slug]
    if not slug:
        raise Invalid(gettext("Please choose one of the listed values."), field="into")
    if not found:
        raise NotFound()
    return found[0]


async def _named(slug: str) -> Club | None:
    return await Club.get_or_none(slug=slug[:60], deleted_at=None) if slug else None


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


async def _page(request: Request, into: str, form: Form[MergeInput], status: int) -> Response:
    offered = await targets_for(request.club, request.viewer)
    target = _chosen(offered, into) if into else None
    return await request.page(
        "spaces/merging/show.html",
        status,
        form=form,
        offered=[(club.slug, club.name) for club in offered],
        source=request.club,
        target=target,
        preview=await load_preview(request.club, target) if target else None,
    )


async def _console_page(request: Request, club: Club, into: str, form: Form[MergeInput], status: int) -> Response:
    target = await _named(into)
    if into and (target is None or target.id == club.id):
        form.refuse(Invalid(gettext("There is no other club with this address."), field="into"))
        target = None
    return await console(
        request,
        "merge.html",
        "admin.clubs",
        status,
        form=form,
        source=club,
        into=into[:60],
        target=target,
        preview=await load_preview(club, target) if target else None,
    )
