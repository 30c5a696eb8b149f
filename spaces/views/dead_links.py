"""The page behind an invitation that has ended, with a button that asks for a new one. It names nobody and no club."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from core.errors import Invalid, NotFound
from core.forms import Form, Input, Line, read_form
from core.http import Request, see_other
from core.limits import Rule, client_network
from spaces.services.dead_links import ask_for_new
from spaces.services.invitations import find_ended

ASKING = Rule("spaces.invitation_wanted.network", "20 per hour")


class WantedInput(Input):
    """Asking for a new invitation: where the holder of a link can be reached."""

    email: Annotated[Line, Field(max_length=254)] = ""


async def dead_link(
    request: Request, error: NotFound, form: Form[WantedInput] | None = None, status: int = 404
) -> Response:
    """What the holder of an ended invitation reads. Looking changes nothing.

    Args:
        request: of an address below `/invitations/{token}`.
        error: raised again where there never was such an invitation.
        form: what was typed.
        status: of the answer.
    """
    token = request.path_params["token"]
    try:
        found = await find_ended(token)
    except NotFound:
        raise error from None
    return await request.page(
        "spaces/invitations/ended.html",
        status,
        token=token,
        form=form or Form[WantedInput](),
        by_mail=bool(found.email),
        asked="asked" in request.query_params,
    )


async def create(request: Request) -> Response:
    """Ask; the answer is the same whether a mail was written or not."""
    await request.app.limits.hit(ASKING, client_network(request.scope, request.app.settings.trusted_proxies))
    form, token = await read_form(request, WantedInput), request.path_params["token"]
    if form.is_valid:
        try:
            await ask_for_new(token, form.data.email, viewer=request.viewer)
            return see_other(request.path("spaces:invitation", token=token, asked=1))
        except Invalid as error:
            form.refuse(error)
    return await dead_link(request, NotFound(), form, 422)
