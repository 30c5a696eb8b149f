"""The page behind an operator's invitation: a new account, or the one that somebody has."""

from __future__ import annotations

from starlette.responses import Response

from core.accounts.forms import NothingInput, SignUpInput
from core.accounts.queries import get_user
from core.accounts.services.invites import accept_invite, brought, find_invite, has_account, take_up_invite
from core.accounts.views.entry import in_browser
from core.accounts.views.sign_up import chosen_password, welcome
from core.accounts.views.tries import count_link
from core.errors import Invalid
from core.forms import Form, read_form
from core.http import Request
from core.i18n import gettext as _


async def show(request: Request) -> Response:
    """Who invites, to what, and what to do. Looking spends nothing."""
    return await _page(request, 200, None)


async def create(request: Request) -> Response:
    """Make the account and sign in."""
    secret = str(request.path_params["token"])
    await find_invite(secret)
    form = await read_form(request, SignUpInput)
    if form.input is not None:
        await count_link(request)
        try:
            user = await accept_invite(secret, name=form.input.name, password=chosen_password(form.input))
            return await welcome(request, user, form.input)
        except Invalid as error:
            form.refuse(error)
    return await _page(request, 422, form)


@in_browser
async def take_up(request: Request) -> Response:
    """Use the invitation with the account that is signed in."""
    await read_form(request, NothingInput)
    await count_link(request)
    await take_up_invite(str(request.path_params["token"]), await get_user(request.viewer))
    request.flash(_("Your invitation is accepted."))
    return request.redirect("core:home")


async def _page(request: Request, status: int, form: Form[SignUpInput] | None) -> Response:
    invite = await find_invite(str(request.path_params["token"]))
    said = brought(invite)
    assert invite.maker is not None
    clubs = await request.app.hooks.collect("invitation_shown", facts=said["facts"])
    return await request.page(
        "accounts/sign_up/invitation.html",
        status,
        form=form or Form[SignUpInput]({"name": said["name"]}),
        email=invite.email,
        inviter=invite.maker.name,
        note=said["note"],
        promises=[sentence for answer in clubs for sentence in answer.value],
        is_known=await has_account(invite),
    )
