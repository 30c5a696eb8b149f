"""Signing in and out."""

from __future__ import annotations

import math

from starlette.responses import Response

from core.accounts.forms import SignInInput, SignOutInput
from core.accounts.queries import open_providers
from core.accounts.services import check_password
from core.accounts.services.sign_in_links import links_allowed
from core.accounts.views.entry import PASSWORD, let_out, proceed
from core.accounts.views.providers import provider_of
from core.accounts.views.tries import count_password, forget_passwords, note_wrong_password
from core.errors import Invalid, TooMany
from core.forms import Form, read_form
from core.http import Request, local_path, see_other
from core.i18n import gettext as _
from core.i18n import ngettext


async def show(request: Request) -> Response:
    """The form, which keeps where the person wanted to go."""
    wanted = local_path(request.query_params.get("next"))
    if request.viewer.is_authenticated:
        return see_other(wanted)
    form = Form[SignInInput]({"next": wanted})
    return await _page(request, form)


async def create(request: Request) -> Response:
    """Check address and password; the answer is the same for unknown addresses and wrong passwords."""
    form = await read_form(request, SignInInput)
    if form.input is None:
        return await _again(request, form, 422)
    try:
        await count_password(request, form.input.email)
    except TooMany as error:
        return await _too_many(request, form, error)
    user = await check_password(form.input.email, form.input.password)
    if user is None:
        await note_wrong_password(request, form.input.email)
        form.refuse(Invalid(_("Address or password is wrong.")))
        return await _again(request, form, 422)
    await forget_passwords(request, form.input.email)
    return await proceed(request, user, PASSWORD, form.input.next)


async def delete(request: Request) -> Response:
    """Sign out. Signed in or not, the cookie goes. `next` is where the person goes on, for another account."""
    form = await read_form(request, SignOutInput)
    wanted = form.input.next if form.input else ""
    if not wanted and (slug := await provider_of(request.viewer)):
        return await let_out(request, request.redirect("accounts:provider.signed_out", slug=slug))
    return await let_out(request, see_other(local_path(wanted)))


async def _again(request: Request, form: Form[SignInInput], status: int) -> Response:
    form.values["next"] = local_path(str(form.values.get("next", "")))
    return await _page(request, form, status)


async def _page(request: Request, form: Form[SignInInput], status: int = 200) -> Response:
    providers, by_link = await open_providers(), await links_allowed()
    return await request.page(
        "accounts/sign_in/show.html", status, form=form, providers=providers, sign_in_links=by_link
    )


async def _too_many(request: Request, form: Form[SignInInput], error: TooMany) -> Response:
    minutes = math.ceil(error.retry_after / 60)
    wait = ngettext(
        "Too many tries. Please wait %(num)s minute.", "Too many tries. Please wait %(num)s minutes.", minutes
    )
    form.refuse(Invalid(wait))
    response = await _again(request, form, 429)
    response.headers["Retry-After"] = str(error.retry_after)
    return response
