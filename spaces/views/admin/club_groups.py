"""Where a club stands, as an operator decides it: below another one, or by itself."""

from __future__ import annotations

from typing import Annotated

from starlette.responses import Response

from core.errors import Conflict, Invalid
from core.forms import Input, Line, StringConstraints, read_form
from core.http import Request
from core.i18n import gettext
from spaces.models import Club
from spaces.queries.console import get_any_club
from spaces.services.club_groups import move_under, take_out


class ParentInput(Input):
    """The club above, by the word in its address; "" for none."""

    parent: Annotated[Line, StringConstraints(max_length=60, to_lower=True)] = ""


async def update(request: Request) -> Response:
    """Make a club a group of another one, or a club of its own. Who was in it through the club above loses access then."""
    club = await get_any_club(request.path_params["slug"])
    wanted = (await read_form(request, ParentInput)).data.parent
    try:
        await _place(request, club, wanted)
        request.flash(gettext("Saved."))
    except (Conflict, Invalid) as error:
        request.flash(error.message, "error")
    return request.redirect("spaces:admin.club", slug=club.slug)


async def _place(request: Request, club: Club, wanted: str) -> None:
    above = await Club.get_or_none(slug=wanted, deleted_at=None) if wanted else None
    if wanted and above is None:
        raise Invalid(gettext("There is no club with this address."))
    if club.parent_id == (above.id if above else None):
        return
    if above is None:
        await take_out(club, actor=request.viewer)
    else:
        await move_under(club, above, actor=request.viewer)
