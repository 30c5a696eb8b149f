"""Who must have a second factor on this site, and that whoever has none can do nothing else meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.accounts.settings import SiteSettings
from core.accounts.viewer import Viewer
from core.errors import FactorNeeded
from core.i18n import gettext
from core.plugin_settings import site_settings

if TYPE_CHECKING:
    from core.http import Route
    from core.parts import LoadedPart

WITHOUT_FACTOR = {"without_factor": True}
"""`extra` of a route that stays open to people who have yet to set up a second factor."""
_OPEN_PARTS = ("accounts", "core")  # their public routes tell nothing of clubs: sign-in, sign-out, manifest, help


async def require_factor(viewer: Viewer, part: LoadedPart, route: Route) -> None:
    """Refuse who owes the site a second factor; asked behind every door.

    An operator who acts as somebody gave their own.

    Raises:
        FactorNeeded: on every route but those that lead to a second factor or out.
    """
    if viewer.id is None or viewer.is_strong or viewer.operator_id is not None or _is_open(part, route):
        return
    if await owes_factor(is_operator=viewer.is_operator):
        raise FactorNeeded(gettext("This site asks you for a second factor. Set one up in your account first."))


async def owes_factor(*, is_operator: bool) -> bool:
    """Whether the policy of the site asks an operator, or somebody else, for a second factor."""
    policy = (await site_settings(SiteSettings)).second_factor
    return policy == "everyone" or (policy == "operators" and is_operator)


def _is_open(part: LoadedPart, route: Route) -> bool:
    return bool(route.extra.get("without_factor")) or (route.public and part.name in _OPEN_PARTS)
