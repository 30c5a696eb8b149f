"""My tokens as JSON, for the site's own pages: in a browser session alone, since a token must not make others."""

from __future__ import annotations

from datetime import datetime
from functools import wraps

from pydantic import BaseModel
from starlette.responses import Response

from core.accounts.forms import TokenInput
from core.accounts.models import ApiToken
from core.accounts.queries import get_user, tokens_of
from core.accounts.services import revoke_token
from core.accounts.services.tokens import PROGRAMS
from core.accounts.views.entry import View, in_browser, is_proven
from core.accounts.views.tokens import make_token
from core.api import Items, answer, read_body
from core.errors import Forbidden, NotFound
from core.http import Request
from core.i18n import gettext as _


class TokenView(BaseModel):
    """A token or app password without its secret.

    `ending` is its last four characters, `clubs` the ids of the clubs that it is limited to, empty for all.
    """

    id: int
    kind: str
    name: str
    scopes: list[str]
    clubs: list[int]
    ending: str
    created_at: datetime
    seen_at: datetime | None
    network: str
    expires_at: datetime | None


class MadeToken(BaseModel):
    """A new token; `secret` is shown this once."""

    secret: str


def _freshly(view: View) -> View:
    @wraps(view)
    async def guarded(request: Request) -> Response:
        if request.viewer.operator_id is not None or not is_proven(request.viewer):
            raise Forbidden(_("Please prove once more who you are, on the page of your tokens, and try again."))
        return await view(request)

    return in_browser(guarded)


@_freshly
async def index(request: Request) -> Response:
    """My tokens and app passwords, newest first."""
    found = await tokens_of(await get_user(request.viewer), *PROGRAMS)
    return answer(Items[TokenView](items=[_view(one) for one in found]))


@_freshly
async def create(request: Request) -> Response:
    """Make one."""
    sent = await read_body(request, TokenInput)
    return answer(MadeToken(secret=await make_token(request, await get_user(request.viewer), sent)), 201)


@_freshly
async def delete(request: Request) -> Response:
    """Revoke one."""
    if not await revoke_token(await get_user(request.viewer), int(request.path_params["id"])):
        raise NotFound()
    return answer(None)


def _view(token: ApiToken) -> TokenView:
    clubs = [int(number) for number in token.clubs.split(",") if number]
    names = ("id", "kind", "name", "ending", "created_at", "seen_at", "network", "expires_at")
    return TokenView(scopes=token.scopes.split(), clubs=clubs, **{name: getattr(token, name) for name in names})
