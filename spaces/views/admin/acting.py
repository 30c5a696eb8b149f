"""Acting as somebody else, where the site allows it: the page that asks why and for how long."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from starlette.responses import Response

from core.accounts.models import User
from core.accounts.settings import SiteSettings
from core.accounts.views.acting import act_as
from core.accounts.views.entry import proven
from core.errors import Invalid, NotFound
from core.forms import Form, Input, Line, read_form
from core.http import Request
from core.i18n import ngettext
from core.plugin_settings import site_settings
from spaces.queries.accounts import get_account
from spaces.views.admin.pages import console
from spaces.views.people import number_of


class ActingInput(Input):
    """Why, and for how many minutes."""

    reason: Annotated[Line, Field(min_length=1, max_length=300)]
    minutes: Literal["15", "30", "60"] = "30"


@proven
async def new(request: Request) -> Response:
    """Say what it means, and ask why."""
    return await _ask(request, await _person(request), Form[ActingInput]({"minutes": "30"}))


@proven
async def create(request: Request) -> Response:
    """Let the operator in as the person."""
    user, form = await _person(request), await read_form(request, ActingInput)
    if form.input is None:
        return await _ask(request, user, form, 422)
    try:
        return await act_as(request, user, reason=form.input.reason, minutes=int(form.input.minutes))
    except Invalid as error:
        form.refuse(error)
        return await _ask(request, user, form, 422)


async def _person(request: Request) -> User:
    if not (await site_settings(SiteSettings)).impersonation:
        raise NotFound()
    return await get_account(number_of(request, "user"))


async def _ask(request: Request, user: User, form: Form[ActingInput], status: int = 200) -> Response:
    minutes = [(str(n), ngettext("%(num)s minute", "%(num)s minutes", n)) for n in (15, 30, 60)]
    return await console(request, "acting.html", "admin.people", status, person=user, form=form, minutes=minutes)
