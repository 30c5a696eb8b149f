"""Signing in with a passkey, and giving it as proof. A script of the page talks to the device; forms bring its answer."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from core.accounts.forms import PasskeyAnswerInput
from core.accounts.queries import get_user
from core.accounts.services.passkey_proofs import PURPOSE, RefusedPasskey, begin_passkey_proof, check_passkey_proof
from core.accounts.services.relying_party import takes_passkeys
from core.accounts.views.devices import refused
from core.accounts.views.entry import Proof, in_browser, proceed
from core.accounts.views.steps import drop_step, keep_step, step_of
from core.errors import Invalid
from core.forms import read_form
from core.http import Request, local_path
from core.i18n import gettext as _
from core.limits import Rule, client_network

PASSKEY = Proof("passkey", is_strong=True)
CHALLENGES = Rule("accounts.passkey.challenges", "300 per 15 minutes")
ANSWERS = Rule("accounts.passkey.answers", "60 per 15 minutes")


async def create_challenge(request: Request) -> Response:
    """Begin a proof; answers with the options for the browser. Who is signed in is asked for a passkey of their own."""
    await count(request, CHALLENGES)
    user = await get_user(request.viewer) if request.viewer.session_id is not None else None
    secret, options = await begin_passkey_proof(user)
    return keep_step(request, as_json(options), PURPOSE, secret)


async def create_sign_in(request: Request) -> Response:
    """Sign in whoever's passkey it is."""
    await count(request, ANSWERS)
    form = await read_form(request, PasskeyAnswerInput)
    try:
        user = await check_passkey_proof(await step_of(request, PURPOSE), form.data.answer)
    except Invalid as error:
        return await _refused(request, error, "accounts:sign_in", local_path(str(form.values.get("next", ""))))
    response = await proceed(request, user, PASSKEY, form.data.next)
    drop_step(request, response, PURPOSE)
    return response


@in_browser
async def create_proof(request: Request) -> Response:
    """Take a passkey as proof before something that matters; a new session begins."""
    await count(request, ANSWERS)
    form = await read_form(request, PasskeyAnswerInput)
    wanted = local_path(str(form.values.get("next", "")), "/account/")
    try:
        user = await get_user(request.viewer)
        proven = await check_passkey_proof(await step_of(request, PURPOSE), form.data.answer, user)
    except Invalid as error:
        return await _refused(request, error, "accounts:proof", wanted)
    response = await proceed(request, proven, PASSKEY, wanted)
    drop_step(request, response, PURPOSE)
    return response


async def show_endpoints(request: Request) -> Response:
    """Where password managers lead people who want a passkey (W3C, A Well-Known URL for Passkey Endpoints)."""
    if not takes_passkeys():
        return JSONResponse({})
    address = request.app.settings.base_url + request.path("accounts:passkeys")
    return JSONResponse({"enroll": address, "manage": address})


async def count(request: Request, rule: Rule) -> None:
    """Count one try from this network.

    Raises:
        TooMany: when there were too many.
    """
    await request.app.limits.hit(rule, client_network(request.scope, request.app.settings.trusted_proxies))


def as_json(options: str) -> Response:
    """Options for the browser, which no cache keeps."""
    return Response(options, media_type="application/json", headers={"Cache-Control": "private, no-store"})


async def _refused(request: Request, error: Invalid, back: str, wanted: str) -> Response:
    if isinstance(error, RefusedPasskey) and error.user is not None:
        await refused(request, error.user, "passkey")
    texts = error.errors.get("") or [_("This passkey could not be checked. Please try again.")]
    return await request.page("accounts/passkeys/refused.html", 422, text=texts[0], back=back, wanted=wanted)
