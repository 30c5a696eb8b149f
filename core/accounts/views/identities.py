"""My accounts at other systems: connecting one, from here or on the way in, and disconnecting it."""

from __future__ import annotations

from starlette.responses import Response

from core.accounts.models import SignInStep
from core.accounts.queries import get_provider, get_user, identities_of, known_user, open_providers
from core.accounts.services.identities import PENDING, connect, disconnect, held_visitor, tell_groups
from core.accounts.services.steps import spend_step
from core.accounts.services.visits import CONNECT
from core.accounts.views.entry import let_in, proven
from core.accounts.views.providers import leave
from core.accounts.views.steps import drop_step, step_of
from core.errors import Conflict
from core.http import Request
from core.i18n import gettext as _


@proven
async def index(request: Request) -> Response:
    """The systems through which I sign in, and those through which I could."""
    user = await get_user(request.viewer)
    held = await identities_of(user)
    connected = {identity.provider_id for identity in held}
    others = [provider for provider in await open_providers() if provider.id not in connected]
    return await request.page("accounts/identities/index.html", identities=held, others=others, owner=user.provider_id)


@proven
async def create(request: Request) -> Response:
    """Leave for a provider in order to connect my account there."""
    wanted = request.path("accounts:identities")
    return await leave(request, CONNECT, wanted, await get_user(request.viewer))


@proven
async def delete(request: Request) -> Response:
    """Disconnect; this browser stays signed in, with a new session."""
    provider, user = await get_provider(str(request.path_params["slug"])), await get_user(request.viewer)
    await disconnect(user, provider)
    request.flash(_("%(provider)s is disconnected. You are signed out everywhere else.", provider=provider.title))
    return await let_in(request, user, request.redirect("accounts:identities"))


async def new(request: Request) -> Response:
    """Who came back from a provider and is unknown: the owner of an account connects the two after signing in to it."""
    visitor = await held_visitor((await _held(request)).facts)
    is_known = visitor.is_proved and await known_user(visitor.email) is not None
    return await request.page("accounts/identities/new.html", visitor=visitor, is_known=is_known)


@proven
async def create_held(request: Request) -> Response:
    """Connect who came back from a provider with the account that they have signed in to meanwhile."""
    step = await _held(request)
    visitor, user = await held_visitor(step.facts), await get_user(request.viewer)
    if not await spend_step(step):
        raise _too_late()
    await connect(user, visitor)
    for sentence in await tell_groups(user, visitor):
        request.flash(sentence, "warning")
    request.flash(_("From now on you can sign in with %(provider)s.", provider=visitor.provider.title))
    return drop_step(request, request.redirect("accounts:identities"), PENDING)


async def _held(request: Request) -> SignInStep:
    step = await step_of(request, PENDING)
    if step is None:
        raise _too_late()
    return step


def _too_late() -> Conflict:
    return Conflict(_("This took too long, or was begun in another browser. Please begin again."))
