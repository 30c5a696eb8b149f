"""Rights that the operator fixes for all clubs."""

from __future__ import annotations

from starlette.responses import Response

from core.forms import read_form
from core.http import Request
from core.i18n import gettext
from spaces.access import RANK
from spaces.forms import LockInput
from spaces.queries.console import locks
from spaces.services import lock_grant
from spaces.services.grants import may_be_granted
from spaces.views.admin.pages import console
from spaces.views.choices import role_labels

MEANING = {"yes": True, "no": False, "clubs": None}


async def index(request: Request) -> Response:
    """Every permission by part, with what is fixed."""
    roles = tuple(reversed(RANK))
    fixed = await locks()
    groups = []
    for loaded in request.app.parts:
        rows = [
            (
                one,
                [
                    (role, fixed.get((role, one.name)), role in one.default_roles, may_be_granted(role, one))
                    for role in roles
                ],
            )
            for one in request.app.permissions.of(loaded.name)
        ]
        if rows:
            groups.append((gettext(loaded.part.title), rows))
    return await console(request, "rights.html", "admin.rights", groups=groups, roles=roles, labels=role_labels())


async def update(request: Request) -> Response:
    """Fix one cell, or give it back to the clubs."""
    sent = (await read_form(request, LockInput)).data
    await lock_grant(sent.permission, sent.role, MEANING[sent.allowed], actor=request.viewer)
    request.flash(gettext("Saved for all clubs. It holds from now on."))
    return request.redirect("spaces:admin.rights")
