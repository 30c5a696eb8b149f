"""Choosing as whom one sees a club, and being oneself again."""

from __future__ import annotations

from pydantic import Field
from starlette.responses import Response

from core import audit
from core.errors import Forbidden
from core.forms import Input, read_form
from core.http import Request, see_other, set_cookie
from core.i18n import gettext
from spaces.access import OUTSIDE_ROLES
from spaces.queries.roles import columns_of, labels_in, own_names
from spaces.seen_as import COOKIE, LASTS, may_see_as, written


class SeenAsInput(Input):
    """As whom a club is to be seen."""

    role: str = Field(max_length=30)


class SeenAsEnd(Input):
    """The club that is seen as oneself again."""

    club: str = Field(default="", max_length=60)


async def edit(request: Request) -> Response:
    """The roles that one may see the club as."""
    names = (*columns_of(await own_names(request.club)), *OUTSIDE_ROLES)
    labels = await labels_in(request.club)
    offered = [(name, labels[name]) for name in names if may_see_as(request.access, name)]
    return await request.page("spaces/club/see_as.html", offered=offered, minutes=int(LASTS.total_seconds() // 60))


async def create(request: Request) -> Response:
    """See the club as another role, for a while."""
    role = (await read_form(request, SeenAsInput)).data.role
    labels = await labels_in(request.club)
    if role not in labels or not may_see_as(request.access, role):
        raise Forbidden(gettext("You cannot see the club as a role above your own."))
    await audit.record("spaces.seen_as", actor=request.viewer, subject=labels[role], club_id=request.club.id)
    response = request.redirect("spaces:club")
    set_cookie(request, response, COOKIE, written(request, role, labels[role]), seconds=int(LASTS.total_seconds()))
    return response


async def delete(request: Request) -> Response:
    """Be oneself again."""
    club = (await read_form(request, SeenAsEnd)).data.club
    response = see_other(request.path("spaces:club", club=club) if club else "/")
    set_cookie(request, response, COOKIE, "", seconds=0)
    return response
