"""One account: what the operator sees of it, and what they may do with it, each act on a page that asks why."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from core.accounts.models import User
from core.accounts.services.devices import device_words
from core.accounts.services.operators import sign_out
from core.accounts.services.sign_ins import how_words
from core.accounts.settings import SiteSettings
from core.accounts.views.entry import proven
from core.errors import Invalid, NotFound
from core.forms import Form, Input, Line, read_form
from core.http import Request
from core.i18n import gettext
from core.plugin_settings import site_settings
from spaces.queries.accounts import get_account, load_account
from spaces.queries.roles import labels_in_many
from spaces.views.admin.log_words import log_words
from spaces.views.admin.pages import console
from spaces.views.admin.person_acts import ACTS, Act
from spaces.views.people import number_of


class ReasonInput(Input):
    """An act, and why."""

    act: Annotated[Line, Field(max_length=30)]
    reason: Annotated[Line, Field(max_length=300)] = ""


@proven
async def show(request: Request) -> Response:
    """The account: profile, clubs, ways in, sessions, history, log, and what can be done."""
    account = await load_account(number_of(request, "user"))
    words = log_words(request.app)
    may_act = (await site_settings(SiteSettings)).impersonation and account.user.id != request.viewer.id
    return await console(
        request,
        "person.html",
        "admin.people",
        account=account,
        person=account.user,
        sessions=[(one, device_words(one.device)) for one in account.sessions],
        sign_ins=[(one, how_words(one.how), device_words(one.device)) for one in account.sign_ins],
        labels=await labels_in_many({one.club_id for one in account.memberships}),
        log=[(one, words.sentence(one)) for one in account.log],
        acts=[(name, act, gettext(act.title)) for name, act in ACTS.items() if act.fits(account.user)],
        may_act=may_act and account.user.is_active and not account.user.is_operator,
    )


@proven
async def edit(request: Request) -> Response:
    """Say what an act does, and ask why."""
    user = await get_account(number_of(request, "user"))
    return await _ask(request, user, str(request.path_params["act"]), Form[ReasonInput]())


@proven
async def update(request: Request) -> Response:
    """Do it."""
    user = await get_account(number_of(request, "user"))
    form = await read_form(request, ReasonInput)
    name = str(form.values.get("act", ""))
    act = _act(name, user)
    if form.input is not None and act.is_grave and not form.input.reason:
        form.refuse(Invalid(gettext("Please say why. The person reads it."), field="reason"))
    if not form.is_valid:
        return await _ask(request, user, name, form, 422)
    shown = user.name
    await act.do(user, request.viewer, form.data.reason)
    request.flash(gettext(act.said, name=shown))
    if user.id == request.viewer.id or name == "erase":
        return request.redirect("spaces:admin.people")
    return request.redirect("spaces:admin.person", user=user.id)


@proven
async def end_sessions(request: Request) -> Response:
    """Sign somebody out in one browser, or in all."""
    user = await get_account(number_of(request, "user"))
    chosen = request.path_params.get("session")
    number = None if chosen is None else number_of(request, "session")
    if not await sign_out(user, number, actor=request.viewer) and number is not None:
        raise NotFound()
    request.flash(gettext("Signed out there."))
    return request.redirect("spaces:admin.person", user=user.id)


async def _ask(request: Request, user: User, name: str, form: Form[ReasonInput], status: int = 200) -> Response:
    act = _act(name, user)
    return await console(
        request,
        "person_act.html",
        "admin.people",
        status,
        person=user,
        act=act,
        name=name,
        title=gettext(act.title),
        text=gettext(act.text, name=user.name),
        form=form,
    )


def _act(name: str, user: User) -> Act:
    act = ACTS.get(name)
    if act is None or not act.fits(user):
        raise NotFound(gettext("This cannot be done with the account as it is now."))
    return act
