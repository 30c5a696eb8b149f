"""Whether a club lets its members in with a second factor only."""

from __future__ import annotations

from starlette.responses import Response

from core.accounts.views.entry import proven
from core.errors import Invalid
from core.forms import Form, read_form
from core.http import Request
from core.i18n import gettext
from spaces.forms import FactorsInput
from spaces.queries.people import count_factors
from spaces.services.factors import require_factors


async def edit(request: Request) -> Response:
    """How many members have one, and the switch."""
    return await _page(request, Form[FactorsInput]({"needed": request.club.needs_factor}), 200)


@proven
async def update(request: Request) -> Response:
    """Switch it."""
    form = await read_form(request, FactorsInput)
    if form.is_valid:
        try:
            changed = await require_factors(request.club, form.data.needed, actor=request.viewer)
            request.flash(_said(form.data.needed) if changed else gettext("Nothing was changed."))
            return request.redirect("spaces:factors")
        except Invalid as error:
            form.refuse(error)
    return await _page(request, form, 422)


def _said(needed: bool) -> str:
    if needed:
        return gettext("From now on the club opens with a second factor only. Its members have been told.")
    return gettext("The club opens with a password again.")


async def _page(request: Request, form: Form[FactorsInput], status: int) -> Response:
    have, members = await count_factors(request.club)
    viewer = request.viewer
    return await request.page(
        "spaces/settings/factors.html",
        status,
        form=form,
        have=have,
        members=members,
        is_able=viewer.is_strong and viewer.has_factor,
    )
