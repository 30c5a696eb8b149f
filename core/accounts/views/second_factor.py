"""My second factors: the authenticator app and the recovery codes. Passkeys have a page of their own."""

from __future__ import annotations

from starlette.responses import Response

from core.accounts.factor_policy import owes_factor
from core.accounts.forms import AppCodeInput
from core.accounts.models import Authenticator, Passkey, SignInStep, User
from core.accounts.queries import get_user
from core.accounts.services.authenticators import (
    app_address,
    keep_authenticator,
    new_secret,
    qr_image,
    remove_authenticator,
    step_of,
    typed_code,
)
from core.accounts.services.recovery_codes import FEW, codes_left, make_codes
from core.accounts.services.secrets_box import seal, unseal
from core.accounts.services.steps import begin_step, count_try, spend_step
from core.accounts.views.entry import Proof, in_browser, let_in, proven
from core.accounts.views.steps import drop_step, keep_step
from core.accounts.views.steps import step_of as begun_step
from core.db import atomic
from core.errors import Invalid
from core.forms import Form, read_form
from core.http import Request, local_path, see_other
from core.i18n import gettext as _

PURPOSE = "authenticator"
MOST_TRIES = 10  # with one QR code


@in_browser
async def index(request: Request) -> Response:
    """What I have, and why it is a good thing to have."""
    user = await get_user(request.viewer)
    return await request.page(
        "accounts/second_factor/index.html",
        app=await Authenticator.get_or_none(user_id=user.id),
        passkeys=await Passkey.filter(user_id=user.id).count(),
        has_factor=user.has_factor,
        codes=await codes_left(user),
        few=FEW,
        is_owed=await owes_factor(is_operator=user.is_operator),
        wanted=local_path(request.query_params.get("next"), ""),
    )


@proven
async def new(request: Request) -> Response:
    """The QR code for an app. Another look shows the same one until it is confirmed or expires."""
    user, step = await get_user(request.viewer), await begun_step(request, PURPOSE)
    if _secret_of(step, user) is not None and step is not None:
        return await _page(request, user, step, Form[AppCodeInput]())
    return await _begin(request, user, Form[AppCodeInput](), 200)


@proven
async def create(request: Request) -> Response:
    """Take the app as my second factor when it shows the right code; recovery codes are shown then, this once."""
    form = await read_form(request, AppCodeInput)
    user, step = await get_user(request.viewer), await begun_step(request, PURPOSE)
    secret = _secret_of(step, user)
    if step is None or secret is None or not await count_try(step, MOST_TRIES):
        form.refuse(Invalid(_("This QR code has expired. Here is a new one: scan it again."), field="code"))
        return await _begin(request, user, form, 422)
    code = typed_code(form.input.code) if form.input else None
    number = step_of(secret, code) if code else None
    if number is None:
        form.errors.clear()
        form.refuse(Invalid(_("This code is wrong. Type the six digits that the app shows right now."), field="code"))
        return await _page(request, user, step, form, 422)
    return await _keep(request, user, step, secret, number)


@proven
async def delete(request: Request) -> Response:
    """Remove the app."""
    user = await get_user(request.viewer)
    if not await remove_authenticator(user):
        return request.redirect("accounts:second_factor")
    request.flash(_("The app is no longer asked for. You are signed out everywhere else, and your tokens have ended."))
    return await let_in(request, user, request.redirect("accounts:second_factor"), _proof_left(request, user))


@proven
async def create_codes(request: Request) -> Response:
    """Make new recovery codes and show them, this once."""
    user = await get_user(request.viewer)
    if not user.has_factor:
        return request.redirect("accounts:second_factor")
    return await _show_codes(request, await make_codes(user), "")


async def _keep(request: Request, user: User, step: SignInStep, secret: str, number: int) -> Response:
    async with atomic():
        if not await spend_step(step):
            return request.redirect("accounts:second_factor")
        await keep_authenticator(user, secret, number)
        codes = [] if await codes_left(user) else await make_codes(user)
    wanted = local_path(str(step.facts.get("next", "")), "")
    request.flash(_("Your app is set up. You are signed out everywhere else, and your tokens have ended."))
    methods = " ".join([*request.viewer.methods.split()[:1], "code"])
    response = await _show_codes(request, codes, wanted) if codes else see_other(wanted or "/account/second-factor")
    drop_step(request, response, PURPOSE)
    return await let_in(request, user, response, Proof(methods, is_strong=True))


def _proof_left(request: Request, user: User) -> Proof | None:
    """Without any factor left, the session is one of a password again."""
    return None if user.has_factor else Proof(request.viewer.methods.partition(" ")[0])


async def _begin(request: Request, user: User, form: Form[AppCodeInput], status: int) -> Response:
    facts = {"secret": seal(new_secret()), "next": local_path(request.query_params.get("next"), "")}
    cookie = await begin_step(PURPOSE, user=user, facts=facts)
    step = SignInStep(user_id=user.id, facts=facts)
    return keep_step(request, await _page(request, user, step, form, status), PURPOSE, cookie)


async def _page(
    request: Request, user: User, step: SignInStep, form: Form[AppCodeInput], status: int = 200
) -> Response:
    secret = _secret_of(step, user) or ""
    form.values["code"] = ""
    return await request.page(
        "accounts/second_factor/new.html",
        status,
        form=form,
        groups=[secret[start : start + 4] for start in range(0, len(secret), 4)],
        image=qr_image(app_address(user, secret)),
        address=app_address(user, secret),
    )


async def _show_codes(request: Request, codes: list[str], wanted: str) -> Response:
    return await request.page("accounts/second_factor/codes.html", codes=codes, wanted=wanted)


def _secret_of(step: SignInStep | None, user: User) -> str | None:
    """The secret that a step waits to have confirmed; None for somebody else's step."""
    if step is None or step.user_id != user.id:
        return None
    return unseal(str(step.facts.get("secret", "")))
