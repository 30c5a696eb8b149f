"""My passkeys: making, naming and removing them."""

from __future__ import annotations

from starlette.responses import Response

from core.accounts.forms import PasskeyAnswerInput, PasskeyNameInput
from core.accounts.queries import get_user, passkeys_of
from core.accounts.services.devices import device_words
from core.accounts.services.passkey_offers import decline_passkeys
from core.accounts.services.passkeys import PURPOSE, begin_passkey, make_passkey, remove_passkey, rename_passkey
from core.accounts.services.relying_party import site_id, takes_passkeys
from core.accounts.views.entry import in_browser, let_in, proven
from core.accounts.views.passkey_entry import ANSWERS, CHALLENGES, PASSKEY, as_json, count
from core.accounts.views.steps import drop_step, keep_step, step_of
from core.errors import Conflict, Invalid
from core.forms import read_form
from core.http import Request
from core.i18n import gettext as _


@proven
async def index(request: Request) -> Response:
    """My passkeys, and the button for a new one."""
    user = await get_user(request.viewer)
    return await request.page(
        "accounts/passkeys/index.html",
        keys=await passkeys_of(user),
        possible=takes_passkeys(),
        site=site_id(),
        handle=user.passkey_handle,
    )


@proven
async def create_challenge(request: Request) -> Response:
    """Begin a passkey; answers with the options for the browser."""
    await count(request, CHALLENGES)
    secret, options = await begin_passkey(await get_user(request.viewer))
    return keep_step(request, as_json(options), PURPOSE, secret)


@proven
async def create(request: Request) -> Response:
    """Keep the new passkey; this browser stays signed in, with a new session."""
    await count(request, ANSWERS)
    form = await read_form(request, PasskeyAnswerInput)
    user = await get_user(request.viewer)
    name = device_words(request.headers.get("user-agent", ""))
    back = request.redirect("accounts:passkeys")
    try:
        await make_passkey(user, await step_of(request, PURPOSE), form.data.answer, name=name)
    except (Invalid, Conflict) as error:
        request.flash(error.message, "error")
        return back
    request.flash(_("Your passkey is ready: sign in with it next time. You are signed out everywhere else."))
    drop_step(request, back, PURPOSE)
    return await let_in(request, user, back, PASSKEY)


@proven
async def update(request: Request) -> Response:
    """Give a passkey another name."""
    form = await read_form(request, PasskeyNameInput)
    if form.input is None:
        request.flash(_("A name has 1 to 80 characters."), "error")
        return request.redirect("accounts:passkeys")
    await rename_passkey(await get_user(request.viewer), int(request.path_params["id"]), form.input.name)
    request.flash(_("Saved."))
    return request.redirect("accounts:passkeys")


@proven
async def delete(request: Request) -> Response:
    """Remove a passkey; this browser stays signed in, with a new session."""
    user = await get_user(request.viewer)
    back = request.redirect("accounts:passkeys")
    try:
        await remove_passkey(user, int(request.path_params["id"]))
    except Conflict as error:
        request.flash(error.message, "error")
        return back
    request.flash(_("The passkey is removed. You are signed out everywhere else."))
    return await let_in(request, user, back)


@in_browser
async def delete_offer(request: Request) -> Response:
    """Do not propose a passkey again."""
    await decline_passkeys(await get_user(request.viewer))
    return request.redirect("accounts:profile")
