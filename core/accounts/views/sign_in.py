"""Signing in and out, and giving the password again."""

from __future__ import annotations

import math

from starlette.responses import Response

from core.accounts.forms import ProofInput, SignInInput, SignOutInput
from core.accounts.queries import get_user
from core.accounts.services import check_password
from core.accounts.views.entry import PASSWORD, in_browser, let_in, let_out, proceed
from core.accounts.views.tries import count_password, forget_passwords
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
    return await request.page("accounts/sign_in/show.html", form=Form[SignInInput]({"next": wanted}))


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
        form.refuse(Invalid(_("Address or password is wrong.")))
        return await _again(request, form, 422)
    await forget_passwords(request, form.input.email)
    return await proceed(request, user, PASSWORD, form.input.next)


async def delete(request: Request) -> Response:
    """Sign out. Signed in or not, the cookie goes. `next` is where the person goes on, for another account."""
    form = await read_form(request, SignOutInput)
    return await let_out(request, see_other(local_path(form.input.next if form.input else None)))


@in_browser
async def ask_proof(request: Request) -> Response:
    """Ask for the password before something that matters."""
    form = Form[ProofInput]({"next": local_path(request.query_params.get("next"), "/account/")})
    return await request.page("accounts/sign_in/proof.html", form=form)


@in_browser
async def give_proof(request: Request) -> Response:
    """Check the password; a new session begins, in which it counts as given."""
    form = await read_form(request, ProofInput)
    user = await get_user(request.viewer)
    if form.input is None:
        return await request.page("accounts/sign_in/proof.html", 422, form=form)
    await count_password(request, user.email)
    if await check_password(user.email, form.input.password) is None:
        form.refuse(Invalid(_("This is not your password."), field="password"))
        return await request.page("accounts/sign_in/proof.html", 422, form=form)
    await forget_passwords(request, user.email)
    return await let_in(request, user, see_other(local_path(form.input.next, "/account/")))


async def _again(request: Request, form: Form[SignInInput], status: int) -> Response:
    form.values["next"] = local_path(str(form.values.get("next", "")))
    return await request.page("accounts/sign_in/show.html", status, form=form)


async def _too_many(request: Request, form: Form[SignInInput], error: TooMany) -> Response:
    minutes = math.ceil(error.retry_after / 60)
    wait = ngettext(
        "Too many tries. Please wait %(num)s minute.", "Too many tries. Please wait %(num)s minutes.", minutes
    )
    form.refuse(Invalid(wait))
    response = await _again(request, form, 429)
    response.headers["Retry-After"] = str(error.retry_after)
    return response
