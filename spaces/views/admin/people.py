"""All accounts, and the people who ask for one."""

from __future__ import annotations

from typing import Literal

from starlette.responses import Response

from core.accounts.services import (
    approve_request,
    deactivate,
    demote,
    promote,
    reactivate,
    refuse_request,
    request_reset,
)
from core.accounts.views.entry import proven
from core.api import cursor, read_cursor
from core.forms import Input, read_form
from core.http import Request
from core.i18n import gettext
from spaces.queries.console import clubs_of, get_account, list_accounts, list_sign_up_requests
from spaces.views.admin.pages import console
from spaces.views.choices import role_labels
from spaces.views.people import number_of

PAGE = 50


class AccountAct(Input):
    """What to do with an account."""

    act: Literal["promote", "demote", "deactivate", "reactivate", "reset"]


async def index(request: Request) -> Response:
    """The list, with those who wait for an account on top."""
    text = request.query_params.get("q", "")[:100]
    found = await list_accounts(text=text, after=read_cursor(request, 2), limit=PAGE)
    last = found[PAGE - 1] if len(found) > PAGE else None
    after = cursor(last.sort_name, last.id) if last else ""
    return await console(
        request,
        "people.html",
        "admin.people",
        people=found[:PAGE],
        older=request.path("spaces:admin.people", q=text, after=after) if after else None,
        text=text,
        requests=await list_sign_up_requests(),
    )


@proven
async def show(request: Request) -> Response:
    """One account."""
    user = await get_account(number_of(request, "user"))
    return await console(
        request, "person.html", "admin.people", person=user, memberships=await clubs_of(user), labels=role_labels()
    )


@proven
async def update(request: Request) -> Response:
    """Promote, close, open again, or send a link for a new password."""
    user = await get_account(number_of(request, "user"))
    act = (await read_form(request, AccountAct)).data.act
    if act == "promote":
        await promote(user, actor=request.viewer)
    elif act == "demote":
        await demote(user, actor=request.viewer)
    elif act == "deactivate":
        await deactivate(user, actor=request.viewer)
    elif act == "reactivate":
        await reactivate(user, actor=request.viewer)
    else:
        await request_reset(user.email)
    request.flash(_said(act, user.name))
    return request.redirect("spaces:admin.person", user=user.id)


async def approve(request: Request) -> Response:
    """Make the account that was asked for."""
    user = await approve_request(number_of(request, "request"), actor=request.viewer)
    request.flash(gettext("%(name)s has an account now, and a mail with a link.", name=user.name))
    return request.redirect("spaces:admin.people")


async def refuse(request: Request) -> Response:
    """Drop a request for an account."""
    await refuse_request(number_of(request, "request"), actor=request.viewer)
    request.flash(gettext("The request is dropped. Nobody is told."))
    return request.redirect("spaces:admin.people")


def _said(act: str, name: str) -> str:
    return {
        "promote": gettext("%(name)s is an operator now, and has to sign in again.", name=name),
        "demote": gettext("%(name)s is no operator any more.", name=name),
        "deactivate": gettext("The account of %(name)s is closed.", name=name),
        "reactivate": gettext("The account of %(name)s is open again.", name=name),
        "reset": gettext("A link for a new password is on its way to %(name)s.", name=name),
    }[act]
