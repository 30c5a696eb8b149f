"""Inviting people, and the page behind an invitation."""

from __future__ import annotations

from starlette.responses import Response

from core.accounts.services.authenticators import qr_image
from core.accounts.views.entry import let_in
from core.errors import Conflict, Invalid, NotFound, SignInNeeded
from core.forms import Form, read_form
from core.http import Request, see_other
from core.i18n import gettext
from core.limits import Rule, client_network
from spaces.forms import LinkInvitationInput, MailInvitationInput, NewAccountInput
from spaces.queries.invitations import list_missed
from spaces.queries.plans import is_full
from spaces.queries.roles import labels_in
from spaces.services import (
    Banned,
    ClubFull,
    accept_invitation,
    accept_invitation_as_new,
    find_way,
    invite_by_link,
    invite_by_mail,
    resend_invitation,
    restore_invitation,
    withdraw_invitation,
)
from spaces.services.invitation_mail import landing_url
from spaces.services.invitations import landing_behind
from spaces.services.ways import open_ways
from spaces.views.choices import role_options
from spaces.views.dead_links import dead_link
from spaces.views.people import number_of

TRIES = Rule("spaces.invitation.network", "60 per 10 minutes")
MAIL_VALUES = {"role": "member"}
LINK_VALUES = {"role": "member", "uses": 10, "days": 14}


async def index(request: Request) -> Response:
    """Inviting by mail and by link, and what is under way."""
    return await _page(
        request, Form[MailInvitationInput](dict(MAIL_VALUES)), Form[LinkInvitationInput](dict(LINK_VALUES))
    )


async def create_by_mail(request: Request) -> Response:
    """Invite one person by mail."""
    form = await read_form(request, MailInvitationInput)
    if form.is_valid:
        try:
            made = await invite_by_mail(request.club, **form.data.model_dump(), actor=request.viewer)
            request.flash(gettext("The invitation to %(email)s is on its way.", email=made.email))
            return request.redirect("spaces:invitations")
        except Invalid as error:
            form.refuse(error)
    return await _page(request, form, Form[LinkInvitationInput](dict(LINK_VALUES)), status=422)


async def create_link(request: Request) -> Response:
    """Make a link and show it, this once, also as a picture for the people in the room."""
    form = await read_form(request, LinkInvitationInput)
    if form.is_valid:
        try:
            link = await _made_link(request, form.data)
            return await request.page(
                "spaces/invitations/link.html",
                link=link,
                qr=qr_image(link),
                given=form.data,
                role_label=(await labels_in(request.club))[form.data.role],
            )
        except Invalid as error:
            form.refuse(error)
    return await _page(request, Form[MailInvitationInput](dict(MAIL_VALUES)), form, status=422)


async def _made_link(request: Request, given: LinkInvitationInput) -> str:
    uses = None if given.unlimited else given.uses
    return await invite_by_link(
        request.club, given.role, uses, given.days, given.landing, given.member_days, actor=request.viewer
    )


async def resend(request: Request) -> Response:
    """Send a letter once more, with a new link."""
    try:
        sent = await resend_invitation(request.club, number_of(request, "invitation"), actor=request.viewer)
        request.flash(gettext("The invitation to %(email)s is on its way.", email=sent.email))
    except Conflict as error:
        request.flash(error.message, "error")
    return request.redirect("spaces:invitations")


async def withdraw(request: Request) -> Response:
    """End an invitation."""
    number = number_of(request, "invitation")
    await withdraw_invitation(request.club, number, actor=request.viewer)
    undo = request.path("spaces:invitations.restore", invitation=number)
    request.flash(gettext("The invitation is withdrawn. Its link does not work any more."), undo=undo)
    return request.redirect("spaces:invitations")


async def restore(request: Request) -> Response:
    """Let a withdrawn invitation work again."""
    await restore_invitation(request.club, number_of(request, "invitation"), actor=request.viewer)
    request.flash(gettext("The invitation works again."))
    return request.redirect("spaces:invitations")


async def show(request: Request) -> Response:
    """Who invites to what, with a button. Looking changes nothing, so that mail scanners spend no invitation."""
    try:
        return await _invitation(request, Form[NewAccountInput]())
    except NotFound as error:
        return await dead_link(request, error)


async def accept(request: Request) -> Response:
    """Join as the person who is signed in."""
    if not request.viewer.is_authenticated:
        raise SignInNeeded()
    await _limit(request)
    try:
        club = await accept_invitation(request.path_params["token"], viewer=request.viewer)
    except (Banned, ClubFull) as error:
        request.flash(error.message, "error")
        return request.redirect("spaces:invitation", token=request.path_params["token"])
    except NotFound as error:
        return await dead_link(request, error)
    request.flash(gettext("Welcome to %(club)s.", club=club.name))
    return see_other(landing_url(club, await landing_behind(request.path_params["token"])))


async def create_account(request: Request) -> Response:
    """Make an account and join, in one step."""
    await _limit(request)
    form = await read_form(request, NewAccountInput)
    if not form.is_valid:
        return await _invitation(request, form, 422)
    token, sent = request.path_params["token"], form.data
    try:
        user, club = await accept_invitation_as_new(token, sent.name, sent.email, sent.password)
    except NotFound as error:
        return await dead_link(request, error)
    except (Banned, ClubFull, Invalid) as error:
        form.refuse(error if isinstance(error, Invalid) else Invalid(error.message))
        return await _invitation(request, form, 422)
    request.flash(gettext("Welcome to %(club)s.", club=club.name))
    return await let_in(request, user, see_other(landing_url(club, await landing_behind(token))))


async def _page(
    request: Request,
    mail_form: Form[MailInvitationInput],
    link_form: Form[LinkInvitationInput],
    *,
    status: int = 200,
) -> Response:
    labels = await labels_in(request.club)
    return await request.page(
        "spaces/invitations/index.html",
        status,
        mail_form=mail_form,
        link_form=link_form,
        ways=await open_ways(request.club),
        missed=await list_missed(request.club),
        roles=[(value, label) for value, label, _hint in role_options(request.access.role, labels)],
        labels=labels,
        full=await is_full(request.club),
    )


async def _invitation(request: Request, form: Form[NewAccountInput], status: int = 200) -> Response:
    await _limit(request)
    way = await find_way(request.path_params["token"])
    return await request.page(
        "spaces/invitations/show.html",
        status,
        way=way,
        form=form,
        role_label=(await labels_in(way.club))[way.invitation.role],
        full=await is_full(way.club),
        is_member=request.viewer.role_in(way.club.id) is not None,
        token=request.path_params["token"],
        landing=landing_url(way.club, way.invitation.landing),
    )


async def _limit(request: Request) -> None:
    await request.app.limits.hit(TRIES, client_network(request.scope, request.app.settings.trusted_proxies))
