"""Giving a proof again, before something that matters. A new session begins, in which it counts as given just now.

Who has a second factor gives that one, since the password alone must not be enough to take it away.
"""

from __future__ import annotations

from starlette.responses import Response

from core.accounts.forms import FactorInput, ProofInput
from core.accounts.models import User
from core.accounts.queries import get_user, has_passkey, providers_of
from core.accounts.services import check_password
from core.accounts.services.authenticators import has_authenticator
from core.accounts.views.entry import PASSWORD, Proof, in_browser, let_in
from core.accounts.views.factor_answers import APP, RECOVERY, take_answer
from core.accounts.views.tries import count_password, forget_passwords, note_wrong_password
from core.errors import Invalid
from core.forms import Form, read_form
from core.http import Request, local_path, see_other
from core.i18n import gettext as _

HOME = "/account/"


@in_browser
async def show(request: Request) -> Response:
    """Ask for what this person can give: a code, a passkey, the password, another system."""
    query = request.query_params
    form = Form[FactorInput]({"next": local_path(query.get("next"), HOME), "way": query.get("way", "")})
    return await _page(request, await get_user(request.viewer), form)


@in_browser
async def create(request: Request) -> Response:
    """Check the code or the password."""
    user = await get_user(request.viewer)
    return await (_take_code(request, user) if user.has_factor else _take_password(request, user))


async def _take_code(request: Request, user: User) -> Response:
    form = await read_form(request, FactorInput)
    if form.input is None:
        return await _page(request, user, form, 422)
    try:
        way = await take_answer(request, user, form.input)
    except Invalid as error:
        form.refuse(error)
        return await _page(request, user, form, 422)
    first = request.viewer.methods.split()[:1]
    return await _go_on(request, user, Proof(" ".join([*first, way]), is_strong=True), form.input.next)


async def _take_password(request: Request, user: User) -> Response:
    form = await read_form(request, ProofInput)
    if form.input is None:
        return await _page(request, user, form, 422)
    await count_password(request, user.email)
    if await check_password(user.email, form.input.password) is None:
        await note_wrong_password(request, user.email)
        form.refuse(Invalid(_("This is not your password."), field="password"))
        return await _page(request, user, form, 422)
    await forget_passwords(request, user.email)
    return await _go_on(request, user, PASSWORD, form.input.next)


async def _go_on(request: Request, user: User, proof: Proof, wanted: str) -> Response:
    return await let_in(request, user, see_other(local_path(wanted, HOME)), proof)


async def _page(
    request: Request, user: User, form: Form[FactorInput] | Form[ProofInput], status: int = 200
) -> Response:
    has_app = user.has_factor and await has_authenticator(user)
    form.values.update({"next": local_path(str(form.values.get("next", "")), HOME), "code": ""})
    wants_paper = form.values.get("way") == RECOVERY or not has_app
    form.values["way"] = way = RECOVERY if wants_paper else APP
    return await request.page(
        "accounts/sign_in/proof.html",
        status,
        form=form,
        way=way,
        has_app=has_app,
        has_factor=user.has_factor,
        has_passkey=user.has_factor and await has_passkey(user),
        has_password=user.password_hash is not None,
        own_providers=[] if user.has_factor else await providers_of(user),
        wanted=form.values["next"],
    )
