"""My API tokens, and the private address of my feeds."""

from __future__ import annotations

from starlette.responses import Response

from core.accounts.forms import TokenInput
from core.accounts.models import User
from core.accounts.queries import get_user, tokens_of
from core.accounts.services import create_token, revoke_feeds, revoke_token
from core.accounts.views.entry import in_browser, proven
from core.errors import Invalid, NotFound
from core.forms import Form, read_form
from core.http import Request
from core.i18n import gettext as _


@proven
async def index(request: Request) -> Response:
    """My tokens, and the form for another."""
    form = Form[TokenInput]({"scopes": "read", "days": "90"})
    return await _page(request, await get_user(request.viewer), form)


@proven
async def create(request: Request) -> Response:
    """Make a token and show it, this once."""
    form = await read_form(request, TokenInput)
    user = await get_user(request.viewer)
    if form.input is None:
        return await _page(request, user, form, 422)
    days = int(form.input.days) if form.input.days else None
    try:
        made = await create_token(user, name=form.input.name, scopes=form.input.scopes.split(), days=days)
    except Invalid as error:
        form.refuse(error)
        return await _page(request, user, form, 422)
    return await _page(request, user, Form[TokenInput]({"scopes": "read", "days": "90"}), made=made)


@proven
async def delete(request: Request) -> Response:
    """Revoke a token."""
    if not await revoke_token(await get_user(request.viewer), int(request.path_params["id"])):
        raise NotFound()
    request.flash(_("The token is revoked."))
    return request.redirect("accounts:tokens")


@in_browser
async def show_feeds(request: Request) -> Response:
    """What private feeds are, and the button that ends their address."""
    return await request.page("accounts/feeds/show.html")


@in_browser
async def delete_feeds(request: Request) -> Response:
    """End the private address of all my feeds; new ones have another."""
    await revoke_feeds(await get_user(request.viewer))
    request.flash(_("The addresses of your private feeds have changed. Subscribe to them again where you read them."))
    return request.redirect("accounts:feeds")


async def _page(
    request: Request, user: User, form: Form[TokenInput], status: int = 200, made: str | None = None
) -> Response:
    tokens = await tokens_of(user)
    return await request.page("accounts/tokens/index.html", status, form=form, tokens=tokens, made=made)
