"""The invitations to the site that wait for an answer: sending one again, and taking one back."""

from __future__ import annotations

from starlette.responses import Response

from core.accounts.services.invites import brought, open_invites, resend_invite, withdraw_invite
from core.accounts.views.entry import in_browser
from core.http import Request
from core.i18n import gettext
from spaces.access import ROLE_LABELS
from spaces.queries.console import names_of_clubs
from spaces.views.admin.pages import before_of, console
from spaces.views.people import number_of

PAGE = 50


async def index(request: Request) -> Response:
    """Who was invited by whom, when and where to; newest first."""
    before, query = before_of(request), open_invites()
    found = await (query.filter(id__lt=before) if before else query).limit(PAGE + 1)
    told = [(one, brought(one)) for one in found[:PAGE]]
    clubs = [_numbers(said["facts"]) for _one, said in told]
    names = await names_of_clubs([number for numbers in clubs for number in numbers])
    shown = [
        (one, said, [names[number] for number in numbers if number in names], _role(said["facts"]))
        for (one, said), numbers in zip(told, clubs, strict=True)
    ]
    older = request.path("spaces:admin.invitations", before=found[PAGE - 1].id) if len(found) > PAGE else None
    return await console(request, "invitations.html", "admin.people", invitations=shown, older=older)


@in_browser
async def update(request: Request) -> Response:
    """Send one again, with a new link."""
    link = await resend_invite(number_of(request, "link"), actor=request.viewer)
    request.flash(gettext("Sent again to %(email)s. The link in the first letter has ended.", email=link.email))
    return request.redirect("spaces:admin.invitations")


@in_browser
async def delete(request: Request) -> Response:
    """Take one back."""
    await withdraw_invite(number_of(request, "link"), actor=request.viewer)
    request.flash(gettext("The invitation is withdrawn."))
    return request.redirect("spaces:admin.invitations")


def _numbers(facts: object) -> list[int]:
    named = facts.get("clubs") if isinstance(facts, dict) else None
    return [number for number in named if isinstance(number, int)] if isinstance(named, list) else []


def _role(facts: object) -> str:
    role = str(facts.get("role", "")) if isinstance(facts, dict) else ""
    return gettext(ROLE_LABELS[role]) if role in ROLE_LABELS else ""
