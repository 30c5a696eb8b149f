"""A new password: by its owner, who is signed in, or by a link in a mail."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from core.accounts.forms import AddressInput, NewPasswordInput, PasswordChangeInput
from core.accounts.models import User
from core.accounts.queries import get_user
from core.accounts.services import change_password, check_password, request_reset, reset_password
from core.accounts.services.links import RESET, WELCOME, dead_link, find_link
from core.accounts.services.locked import owner_of
from core.accounts.services.passwords import refuse_owned
from core.accounts.views.devices import welcome_browser
from core.accounts.views.entry import let_in, let_out, proven
from core.accounts.views.puzzles import pass_easily, puzzle_for
from core.accounts.views.tries import count_link, count_mail, count_password, forget_passwords, note_wrong_password
from core.errors import Invalid
from core.forms import Form, read_form
from core.http import Request
from core.i18n import gettext as _

MAIL = "mail"


@proven
async def edit(request: Request) -> Response:
    """The form for a new password."""
    return await _page(request, await get_user(request.viewer), Form[PasswordChangeInput]())


@proven
async def update(request: Request) -> Response:
    """Set it, with the one before; this browser stays signed in, with a new session."""
    form = await read_form(request, PasswordChangeInput)
    user = await get_user(request.viewer)
    await refuse_owned(user)
    if form.input is not None:
        await count_link(request)
        try:
            await _check_current(request, user, form.input.current)
            await change_password(user, form.input.password)
            request.flash(
                _("Your password has changed. You are signed out everywhere else, and your API tokens have ended.")
            )
            return await let_in(request, user, request.redirect("accounts:sessions"))
        except Invalid as error:
            form.refuse(error)
    return await _page(request, user, form, 422)


async def new_reset(request: Request) -> Response:
    """Ask for the address that gets the link."""
    return await request.page("accounts/password/new_reset.html", form=Form[AddressInput](), puzzle=None)


async def well_known(request: Request) -> Response:
    """Where password managers find the page for a new password (W3C, a well-known URL for changing passwords)."""
    return RedirectResponse(request.path("accounts:password"), 302)


async def create_reset(request: Request) -> Response:
    """Send a mail; the answer does not tell whether the address has an account."""
    form = await read_form(request, AddressInput)
    if form.input is not None:
        try:
            await pass_easily(request, MAIL)
            await count_mail(request, form.input.email)
            await request_reset(form.input.email)
            return await request.page("accounts/password/sent.html", email=form.input.email)
        except Invalid as error:
            form.refuse(error)
    puzzle = await puzzle_for(request, MAIL)
    return await request.page("accounts/password/new_reset.html", 422, form=form, puzzle=puzzle)


async def edit_reset(request: Request) -> Response:
    """The form behind the link. Looking spends nothing, so that mail scanners may."""
    link = await find_link(str(request.path_params["token"]), RESET, WELCOME)
    if link.user is None:
        raise dead_link()
    return await request.page(
        "accounts/password/edit_reset.html",
        form=Form[NewPasswordInput](),
        person=link.user,
        welcome=link.purpose == WELCOME,
    )


async def update_reset(request: Request) -> Response:
    """Set the password and spend the link; the person then signs in with it."""
    secret = str(request.path_params["token"])
    link = await find_link(secret, RESET, WELCOME)
    form = await read_form(request, NewPasswordInput)
    if form.input is not None:
        await count_link(request)
        try:
            user = await reset_password(secret, form.input.password)
            request.flash(_("Your new password is set. Please sign in with it."))
            response = await let_out(request, request.redirect("accounts:sign_in"))
            await welcome_browser(request, user, response)
            return response
        except Invalid as error:
            form.refuse(error)
    return await request.page(
        "accounts/password/edit_reset.html", 422, form=form, person=link.user, welcome=link.purpose == WELCOME
    )


async def _check_current(request: Request, user: User, current: str) -> None:
    """Who knows an open browser must not be able to set a password; who has none, has none to give.

    Raises:
        Invalid: when it is not their password.
        TooMany: when there were too many tries.
    """
    if user.password_hash is None:
        return
    await count_password(request, user.email)
    if await check_password(user.email, current) is None:
        await note_wrong_password(request, user.email)
        raise Invalid(_("This is not your password."), field="current")
    await forget_passwords(request, user.email)


async def _page(request: Request, user: User, form: Form[PasswordChangeInput], status: int = 200) -> Response:
    form.values.update({"current": "", "password": ""})
    return await request.page(
        "accounts/password/edit.html",
        status,
        form=form,
        owner=await owner_of(user),
        has_password=user.password_hash is not None,
    )
