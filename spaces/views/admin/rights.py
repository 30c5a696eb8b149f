"""Rights that the operator fixes for all clubs."""

from __future__ import annotations

from starlette.responses import Response

from core.errors import Invalid
from core.forms import read_form
from core.http import Request
from core.i18n import gettext
from spaces.access import RANK
from spaces.forms import ChoicesInput
from spaces.queries.console import locks
from spaces.services import lock_grant
from spaces.services.grants import may_be_granted
from spaces.views.admin.pages import console
from spaces.views.choices import role_labels

MEANING = {"yes": True, "no": False, "clubs": None}


async def index(request: Request) -> Response:
    """Every permission by part, with what is fixed; `fixed` counts them for each part."""
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
            count = sum(cell[1] is not None for _, cells in rows for cell in cells)
            groups.append((gettext(loaded.part.title), loaded.part.icon, rows, count))
    return await console(request, "rights.html", "admin.rights", groups=groups, roles=roles, labels=role_labels())


async def update(request: Request) -> Response:
    """Fix the cells that were changed, or give them back to the clubs."""
    changes = (await read_form(request, ChoicesInput)).data.changes(3)
    if not all(word in MEANING for _, _, word in changes):
        raise Invalid(gettext("Please choose one of the listed values."))
    for role, permission, word in changes:
        await lock_grant(permission, role, MEANING[word], actor=request.viewer)
    request.flash(gettext("Saved for all clubs. It holds from now on."))
    return request.redirect("spaces:admin.rights")
