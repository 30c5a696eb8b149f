"""Changing the address: asked for while signed in, confirmed at the new one, stopped or taken back from the old one."""

from __future__ import annotations

from starlette.responses import Response

from core.accounts.forms import AddressInput
from core.accounts.queries import get_user
from core.accounts.services import confirm_email, request_email_change, stop_email_change, undo_email_change
from core.accounts.services.emails import find_way_back
from core.accounts.services.links import EMAIL, EMAIL_STOP, dead_link, find_link
from core.accounts.services.locked import locked_by, owner_of
from core.accounts.views.entry import in_browser, let_in, let_out, proven
from core.accounts.views.tries import count_mail
from core.errors import Invalid
from core.forms import Form, read_form
from core.http import Request
from core.i18n import gettext as _


@proven
async def edit(request: Request) -> Response:
    """The form for a new address, or who decides about it."""
    return await _page(request, Form[AddressInput]())


@proven
async def update(request: Request) -> Response:
    """Send a link to the new address."""
    form = await read_form(request, AddressInput)
    if form.input is not None:
        await count_mail(request, form.input.email)
        try:
            await request_email_change(await get_user(request.viewer), form.input.email)
            request.flash(
                _("We have sent a link to %(email)s. Your address changes when you open it.", email=form.input.email)
            )
            return request.redirect("accounts:profile")
        except Invalid as error:
            form.refuse(error)
    return await _page(request, form, 422)


@in_browser
async def show_confirmation(request: Request) -> Response:
    """The button behind the link; only for whoever asked."""
    link = await find_link(_token(request), EMAIL)
    if link.user is None or link.user.id != request.viewer.id:
        raise dead_link()
    return await request.page("accounts/email/confirm.html", email=link.email)


@in_browser
async def confirm(request: Request) -> Response:
    """Change the address; this browser stays signed in, with a new session."""
    user = await get_user(request.viewer)
    await confirm_email(user, _token(request))
    request.flash(_("Your address is %(email)s now.", email=user.email))
    return await let_in(request, user, request.redirect("accounts:profile"))


async def show_stop(request: Request) -> Response:
    """The button that ends a change which somebody asked for; whoever reads the present address may press it."""
    link = await find_link(_token(request), EMAIL_STOP)
    return await request.page("accounts/email/stop.html", email=link.email)


async def stop(request: Request) -> Response:
    """End the change that was asked for."""
    await stop_email_change(_token(request))
    request.flash(_("The address stays as it is. If you did not ask for another one, set a new password now."))
    return request.redirect("accounts:reset")


async def show_undo(request: Request) -> Response:
    """The button that brings the old address back; whoever reads it may press it."""
    link = await find_way_back(_token(request))
    return await request.page("accounts/email/undo.html", email=link.email)


async def undo(request: Request) -> Response:
    """Bring the old address back, sign out everywhere and send a link for a new password."""
    user = await undo_email_change(_token(request))
    request.flash(
        _(
            "Your address is %(email)s again. We have sent a link there, with which you set a new password.",
            email=user.email,
        )
    )
    return await let_out(request, request.redirect("accounts:sign_in"))


def _token(request: Request) -> str:
    return str(request.path_params["token"])


async def _page(request: Request, form: Form[AddressInput], status: int = 200) -> Response:
    owner = await owner_of(await get_user(request.viewer))
    held_by = owner.title if owner and "email" in locked_by(owner) else ""
    return await request.page("accounts/email/edit.html", status, form=form, held_by=held_by)
