"""My data: taking it along, and deleting my account, which can be taken back for some days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from starlette.responses import Response

from core.accounts.forms import LeaveInput
from core.accounts.hookspecs import PersonHolding
from core.accounts.models import Takeout, User
from core.accounts.queries import get_user
from core.accounts.services import ask_takeout, begin_leaving, end_takeout, keep_account
from core.accounts.services.leaving import bonds_of
from core.accounts.services.takeouts import MOST_A_DAY
from core.accounts.settings import SiteSettings
from core.accounts.views.entry import in_browser, let_out, proven
from core.downloads import BlobResponse
from core.errors import Conflict, Invalid, NotFound, TooMany
from core.forms import Form, read_form
from core.http import Request, see_other
from core.i18n import gettext as _
from core.i18n import short_date
from core.plugin_settings import site_settings

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Kept:
    """What a person gave to one club.

    Args:
        club: its name, "" for those that they do not read any more.
        holdings: what and how much.
    """

    club: str
    holdings: Sequence[PersonHolding]


@in_browser
async def show(request: Request) -> Response:
    """My archives and the way out; to who is leaving already, the way back."""
    user = await get_user(request.viewer)
    context: dict[str, Any] = {"takeouts": await _takeouts(user), "most": MOST_A_DAY, "person": user}
    if user.leaving_at is None:
        return await request.page("accounts/leave/show.html", **context)
    bonds = await bonds_of(request.app, user) if user.leaving_at < datetime.now(UTC) else []
    return await request.page("accounts/leave/leaving.html", bonds=bonds, **context)


@proven
async def new(request: Request) -> Response:
    """What goes, what stays, what must be settled first, and the last question."""
    return await _ask(request, Form[LeaveInput]({}))


@proven
async def create(request: Request) -> Response:
    """Close the account; everybody who types their address knows what they do."""
    form = await read_form(request, LeaveInput)
    if form.input is None:
        return await _ask(request, form, 422)
    user = await get_user(request.viewer)
    try:
        _check_typed(user, form.input.confirm)
        due = await begin_leaving(user, actor=request.viewer, leaves_works=form.input.works == "stay")
    except (Invalid, Conflict) as error:
        form.refuse(error if isinstance(error, Invalid) else Invalid(error.message))
        return await _ask(request, form, 422)
    if due <= datetime.now(UTC):
        request.flash(_("Your account is closed and is being erased. Farewell!"))
    else:
        text = _("Your account is closed. Until %(day)s you can sign in and keep it.", day=short_date(due))
        request.flash(text)
    return await let_out(request, see_other(request.path("accounts:sign_in")))


@in_browser
async def delete(request: Request) -> Response:
    """Change of mind: the account stays."""
    await keep_account(await get_user(request.viewer), actor=request.viewer)
    request.flash(_("Your account stays. Everything is as it was, except API tokens and private feeds: make new ones."))
    return see_other("/")


@proven
async def create_takeout(request: Request) -> Response:
    """Ask for an archive."""
    try:
        await ask_takeout(await get_user(request.viewer))
        request.flash(_("Your data is being gathered. You get a mail when it is ready."))
    except TooMany as error:
        request.flash(error.message, "error")
    return request.redirect("accounts:leave")


@proven
async def show_takeout(request: Request) -> Response:
    """The bytes of one of my archives."""
    user, number = await get_user(request.viewer), int(request.path_params["id"])
    found = await Takeout.get_or_none(id=number, user_id=user.id, state="ready", expires_at__gt=datetime.now(UTC))
    if found is None:
        raise NotFound()
    return BlobResponse(
        request.app.storage,
        found.file,
        size=found.size,
        filename=f"{request.app.settings.site_name}-{user.handle}-{found.created_at:%Y-%m-%d}.zip",
        content_type="application/zip",
        cache_control="private, no-store",
    )


@in_browser
async def delete_takeout(request: Request) -> Response:
    """Remove one of my archives before its time."""
    if not await end_takeout(await get_user(request.viewer), int(request.path_params["id"])):
        raise NotFound()
    request.flash(_("The archive is removed."))
    return request.redirect("accounts:leave")


async def _ask(request: Request, form: Form[LeaveInput], status: int = 200) -> Response:
    user = await get_user(request.viewer)
    return await request.page(
        "accounts/leave/new.html",
        status,
        form=form,
        person=user,
        kept=await _kept(request, user),
        bonds=await bonds_of(request.app, user),
        days=(await site_settings(SiteSettings)).leaving_days,
    )


async def _kept(request: Request, user: User) -> list[Kept]:
    """What the parts count, by club; clubs that the person does not read any more come last, in one line."""
    answers = await request.app.hooks.collect("person_holdings", user=user)
    counted = sorted((one for answer in answers for one in answer.value if one.count), key=_place)
    return [Kept(club, list(holdings)) for club, holdings in groupby(counted, key=lambda one: one.club)]


def _place(holding: PersonHolding) -> tuple[bool, str]:
    return not holding.club, holding.club.casefold()


def _check_typed(user: User, typed: str) -> None:
    if typed.casefold() not in (user.email.casefold(), user.handle.casefold()):
        raise Invalid(_("This is not your address."), field="confirm")


async def _takeouts(user: User) -> list[Takeout]:
    return await Takeout.filter(user_id=user.id).exclude(state="ended").order_by("-id").limit(SHOWN)
