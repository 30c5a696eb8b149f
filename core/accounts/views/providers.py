"""Signing in through another system: leaving for it, coming back, and hearing from it that somebody signed out there."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from core.accounts.forms import ProviderVisitInput
from core.accounts.models import Identity, Provider, User
from core.accounts.queries import get_provider, get_user
from core.accounts.services.discovery import discover, fetch_keys
from core.accounts.services.id_tokens import WrongTokenError, read_logout_token
from core.accounts.services.identities import (
    PENDING,
    connect,
    create_from,
    find_visitor,
    hold_visitor,
    tell_groups,
)
from core.accounts.services.providers import end_sessions_through, method_of
from core.accounts.services.visits import (
    CONNECT,
    PROVE,
    SIGN_IN,
    VISIT,
    VisitError,
    Visitor,
    begin_visit,
    end_visit,
    farewell_address,
)
from core.accounts.viewer import Viewer
from core.accounts.views.devices import refused
from core.accounts.views.entry import Proof, in_browser, is_proven, proceed
from core.accounts.views.steps import drop_step, keep_step, step_of
from core.errors import CercleError, Forbidden
from core.forms import read_form
from core.http import Request, local_path
from core.i18n import gettext as _
from core.limits import Rule, client_network
from core.outgoing import OutgoingError

VISITS = Rule("accounts.provider.network", "100 per 15 minutes")
LOGOUTS = Rule("accounts.provider.logouts", "600 per minute")
_TAKEN_BACK = ("code", "state", "iss", "error")


async def create(request: Request) -> Response:
    """Leave for a provider in order to sign in."""
    form = await read_form(request, ProviderVisitInput)
    return await leave(request, SIGN_IN, local_path(form.input.next if form.input else None))


@in_browser
async def create_proof(request: Request) -> Response:
    """Leave for a provider in order to prove that it is still the same person."""
    form = await read_form(request, ProviderVisitInput)
    wanted = local_path(form.input.next if form.input else None, "/account/")
    return await leave(request, PROVE, wanted, await get_user(request.viewer))


async def leave(request: Request, mode: str, wanted: str, user: User | None = None) -> Response:
    """Answer with the page that leads to a provider.

    A page, not a redirect: browsers apply `form-action` of the policy to where a form's answer leads, and providers lead on
    from there; the policy of this site names nobody else.

    Args:
        mode: what the visit is for.
        wanted: where the person goes afterwards.
        user: whose account it is about.
    """
    provider = await get_provider(str(request.path_params["slug"]))
    await request.app.limits.hit(VISITS, _network(request))
    try:
        address, secret = await begin_visit(provider, mode=mode, wanted=wanted, user=user)
    except OutgoingError:
        return await _failed(request, provider, _("It does not answer at the moment. Please try again later."), 502)
    page = await request.page("accounts/providers/leaving.html", provider=provider, address=address)
    return keep_step(request, page, VISIT, secret)


async def show(request: Request) -> Response:
    """Come back from a provider. The address brings a code, and works once, in the browser that left."""
    provider = await get_provider(str(request.path_params["slug"]))
    await request.app.limits.hit(VISITS, _network(request))
    step = await step_of(request, VISIT)
    if step is None:
        return await _failed(request, provider, _("This took too long, or was begun in another browser."))
    said = {name: value[:4000] for name in _TAKEN_BACK if (value := request.query_params.get(name)) is not None}
    mode, wanted, user = str(step.facts["mode"]), str(step.facts["wanted"]), step.user
    try:
        visitor = await end_visit(provider, step, said)
        answer = await _arrive(request, visitor, mode, wanted, user)
    except (VisitError, CercleError) as error:
        if user is not None:
            await refused(request, user, method_of(provider))
        return await _failed(request, provider, error.message if isinstance(error, CercleError) else _(str(error)))
    return drop_step(request, answer, VISIT)


async def show_signed_out(request: Request) -> Response:
    """Who came in through a provider has signed out here, and may be signed in there still."""
    provider = await get_provider(str(request.path_params["slug"]))
    await request.app.limits.hit(VISITS, _network(request))
    try:
        address = farewell_address(provider, await discover(provider.issuer))
    except OutgoingError:
        address = ""
    return await request.page("accounts/providers/signed_out.html", provider=provider, address=address)


async def delete(request: Request) -> Response:
    """End the sessions of somebody who signed out at a provider, which says so itself (Back-Channel Logout 1.0)."""
    provider = await get_provider(str(request.path_params["slug"]))
    await request.app.limits.hit(LOGOUTS, provider.id)
    form = await request.form(max_files=0, max_fields=20)
    token = form.get("logout_token")
    try:
        keys = await fetch_keys(await discover(provider.issuer))
        subject = read_logout_token(str(token), keys, issuer=provider.issuer, client_id=provider.client_id)
    except (WrongTokenError, OutgoingError):
        return JSONResponse({"error": "invalid_request"}, 400, {"Cache-Control": "no-store"})
    identity = await Identity.get_or_none(provider_id=provider.id, subject=subject)
    if identity is not None:
        await end_sessions_through(provider, [identity.user_id])
    return Response(status_code=200, headers={"Cache-Control": "no-store"})


async def _arrive(request: Request, visitor: Visitor, mode: str, wanted: str, user: User | None) -> Response:
    if mode == SIGN_IN:
        return await _sign_in(request, visitor, wanted)
    if user is None or request.viewer.id != user.id or request.viewer.session_id is None:
        raise Forbidden(_("You were signed out in the meantime. Please sign in and begin again."))
    if mode == CONNECT:
        return await _connect(request, visitor, user)
    if (found := await find_visitor(visitor)) is None or found.id != user.id:
        raise Forbidden(_("The account that you signed in to there does not belong to your account here."))
    return await _enter(request, found, visitor, wanted)


async def _sign_in(request: Request, visitor: Visitor, wanted: str) -> Response:
    user = await find_visitor(visitor) or await create_from(visitor)
    if user is None:
        secret = await hold_visitor(visitor)
        return keep_step(request, request.redirect("accounts:identities.new"), PENDING, secret)
    if not user.may_sign_in:
        await refused(request, user, method_of(visitor.provider))
        raise Forbidden(_("This account is closed. Ask the people who run this site."))
    return await _enter(request, user, visitor, wanted)


async def _connect(request: Request, visitor: Visitor, user: User) -> Response:
    if not is_proven(request.viewer):
        raise Forbidden(_("This took too long, or was begun in another browser."))
    await connect(user, visitor)
    for sentence in await tell_groups(user, visitor):
        request.flash(sentence, "warning")
    request.flash(_("From now on you can sign in with %(provider)s.", provider=visitor.provider.title))
    return request.redirect("accounts:identities")


async def _enter(request: Request, user: User, visitor: Visitor, wanted: str) -> Response:
    for sentence in await tell_groups(user, visitor):
        request.flash(sentence, "warning")
    return await proceed(request, user, Proof(method_of(visitor.provider), visitor.is_strong), wanted)


async def _failed(request: Request, provider: Provider, sentence: str, status: int = 403) -> Response:
    facts: dict[str, Any] = {"provider": provider, "sentence": sentence}
    page = await request.page("accounts/providers/failed.html", status, **facts)
    return drop_step(request, page, VISIT)


async def provider_of(viewer: Viewer) -> str:
    """The slug of the provider through which the viewer's session came, "" when it came otherwise or that is switched off."""
    slug = next((way.partition(":")[2] for way in viewer.methods.split() if way.startswith("provider:")), "")
    return slug if slug and await Provider.exists(slug=slug, is_enabled=True) else ""


def _network(request: Request) -> str:
    return client_network(request.scope, request.app.settings.trusted_proxies)
