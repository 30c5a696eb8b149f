"""The second factor at sign-in: nobody has a session before it is given. It works without scripts."""

from __future__ import annotations

from starlette.responses import Response

from core.accounts.forms import FactorInput
from core.accounts.models import SignInStep, User
from core.accounts.queries import has_passkey
from core.accounts.services.authenticators import has_authenticator
from core.accounts.services.steps import count_try, spend_step
from core.accounts.views.entry import Proof, let_in
from core.accounts.views.factor_answers import APP, RECOVERY, take_answer
from core.accounts.views.factor_tries import MOST_TRIES
from core.accounts.views.steps import FACTOR, drop_step, step_of
from core.errors import Invalid
from core.forms import Form, read_form
from core.http import Request, local_path, see_other
from core.i18n import gettext as _


async def show(request: Request) -> Response:
    """Ask for the code; `?way=recovery` asks for one from paper."""
    step = await step_of(request, FACTOR)
    if step is None or step.user is None:
        return await _begin_again(request)
    if step.tries >= MOST_TRIES:
        return await _end(request)
    return await _page(request, step, Form[FactorInput]({"way": request.query_params.get("way", "")}))


async def create(request: Request) -> Response:
    """Check the code; when it is right the person is in, with a new session."""
    form = await read_form(request, FactorInput)
    step = await step_of(request, FACTOR)
    if step is None or step.user is None:
        return await _begin_again(request)
    if form.input is None:
        return await _page(request, step, form, 422)
    if not await count_try(step, MOST_TRIES):
        return await _end(request)
    try:
        way = await take_answer(request, step.user, form.input)
    except Invalid as error:
        if step.tries + 1 >= MOST_TRIES:
            return await _end(request)
        form.refuse(error)
        return await _page(request, step, form, 422)
    if not await spend_step(step):
        return await _begin_again(request)
    return await _let_in(request, step, step.user, way)


async def _let_in(request: Request, step: SignInStep, user: User, way: str) -> Response:
    proof = Proof(f"{step.facts.get('method', '')} {way}".strip(), is_strong=True)
    return await let_in(request, user, see_other(local_path(str(step.facts.get("next", "")))), proof)


async def _end(request: Request) -> Response:
    return await _begin_again(
        request, _("Too many wrong codes. Sign in again, with your password first; your account is as it was.")
    )


async def _begin_again(request: Request, why: str = "") -> Response:
    if request.viewer.is_authenticated and not why:
        return see_other("/")
    text = why or _("This page has expired, or its code was used already. Please sign in again.")
    request.flash(text, "warning")
    return drop_step(request, request.redirect("accounts:sign_in"), FACTOR)


async def _page(request: Request, step: SignInStep, form: Form[FactorInput], status: int = 200) -> Response:
    user = step.user
    has_app = user is not None and await has_authenticator(user)
    way = RECOVERY if form.values.get("way") == RECOVERY or not has_app else APP
    form.values.update({"way": way, "code": ""})
    wanted = local_path(str(step.facts.get("next", "")))
    return await request.page(
        "accounts/sign_in/factor.html",
        status,
        form=form,
        way=way,
        has_app=has_app,
        has_passkey=user is not None and await has_passkey(user),
        user=user,
        wanted=wanted,
    )
