"""Signing in with a link by mail: asking for one, and the page behind it."""

from __future__ import annotations

from starlette.responses import Response

from core.accounts.forms import NothingInput, SignInLinkInput
from core.accounts.services.sign_in_links import (
    find_sign_in_link,
    links_allowed,
    send_sign_in_link,
    use_sign_in_link,
)
from core.accounts.views.entry import Proof, proceed
from core.accounts.views.puzzles import pass_easily, puzzle_for
from core.accounts.views.tries import count_link, count_mail
from core.errors import Invalid, NotFound
from core.forms import Form, read_form
from core.http import Request, local_path

USE = "mail"


async def new(request: Request) -> Response:
    """Ask for the address that gets the link."""
    if not await links_allowed():
        raise NotFound()
    form = Form[SignInLinkInput]({"next": local_path(request.query_params.get("next"))})
    return await request.page("accounts/sign_in_link/new.html", form=form, puzzle=None)


async def create(request: Request) -> Response:
    """Send a mail; the answer does not tell whether the address has an account."""
    form = await read_form(request, SignInLinkInput)
    if form.input is not None:
        try:
            await pass_easily(request, USE)
            await count_mail(request, form.input.email)
            await send_sign_in_link(form.input.email, local_path(form.input.next))
            return await request.page("accounts/sign_in_link/sent.html", email=form.input.email)
        except Invalid as error:
            form.refuse(error)
    puzzle = await puzzle_for(request, USE)
    return await request.page("accounts/sign_in_link/new.html", 422, form=form, puzzle=puzzle)


async def edit(request: Request) -> Response:
    """Say whose account it opens and ask whether it is meant. Looking spends nothing, so that mail scanners may."""
    _link, user = await find_sign_in_link(str(request.path_params["token"]))
    return await request.page("accounts/sign_in_link/edit.html", address=_masked(user.email))


async def update(request: Request) -> Response:
    """Spend the link and go on; who has a second factor is asked for it."""
    await read_form(request, NothingInput)
    await count_link(request)
    user, wanted = await use_sign_in_link(str(request.path_params["token"]))
    return await proceed(request, user, Proof("link"), wanted)


def _masked(address: str) -> str:
    """Enough of an address to know one's own: `m…@example.org`."""
    name, _at, host = address.rpartition("@")
    return f"{name[:1]}…@{host}"
