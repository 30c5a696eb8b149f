"""Changing the address: asked for while signed in, confirmed through a link that went to the new one."""

from __future__ import annotations

from starlette.responses import Response

from core.accounts.forms import AddressInput
from core.accounts.queries import get_user
from core.accounts.services import confirm_email, request_email_change
from core.accounts.services.links import EMAIL, dead_link, find_link
from core.accounts.views.entry import in_browser, let_in, proven
from core.accounts.views.tries import count_mail
from core.errors import Invalid
from core.forms import Form, read_form
from core.http import Request
from core.i18n import gettext as _


@proven
async def edit(request: Request) -> Response:
    """The form for a new address."""
    return await request.page("accounts/email/edit.html", form=Form[AddressInput]())


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
    return await request.page("accounts/email/edit.html", 422, form=form)


@in_browser
async def show_confirmation(request: Request) -> Response:
    """The button behind the link; only for whoever asked."""
    link = await find_link(str(request.path_params["token"]), EMAIL)
    if link.user is None or link.user.id != request.viewer.id:
        raise dead_link()
    return await request.page("accounts/email/confirm.html", email=link.email)


@in_browser
async def confirm(request: Request) -> Response:
    """Change the address; this browser stays signed in, with a new session."""
    user = await get_user(request.viewer)
    await confirm_email(user, str(request.path_params["token"]))
    request.flash(_("Your address is %(email)s now.", email=user.email))
    return await let_in(request, user, request.redirect("accounts:profile"))
