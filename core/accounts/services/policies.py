"""Changing the policies of the site, with what must hold so that nobody locks themself out and nothing outlives its leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.accounts.models import User
from core.accounts.services.acting import end_all_acting
from core.accounts.settings import SiteSettings
from core.accounts.viewer import Viewer
from core.db import atomic
from core.errors import Invalid
from core.i18n import gettext as _
from core.plugin_settings import site_settings
from core.plugin_settings.changes import change_site_settings

_REACH = {"nobody": 0, "operators": 1, "everyone": 2}


async def change_policies(wanted: Mapping[str, Any], *, actor: Viewer) -> tuple[str, ...]:
    """Change policies; the log says from what to what.

    Args:
        wanted: new values by field of `SiteSettings`, as texts of a form or as JSON has them; others stay.
        actor: the operator.

    Returns:
        The names of the fields that changed.

    Raises:
        Invalid: naming each field whose value cannot be; also when an operator without a second factor asks others for one.
    """
    now = await site_settings(SiteSettings)
    asked = _REACH.get(str(wanted.get("second_factor", now.second_factor)), 0)
    if asked > _REACH[now.second_factor] and not await can_require_factor(actor):
        raise Invalid(
            _("Set up a second factor for yourself first; else you would lock yourself out."), field="second_factor"
        )
    async with atomic():
        changed = await change_site_settings(SiteSettings, wanted, actor=actor)
        if "impersonation" in changed:
            await end_all_acting()
    return changed


async def can_require_factor(actor: Viewer) -> bool:
    """Whether an operator may ask others for a second factor: who has one themself, as the database knows at this moment."""
    return await User.exists(id=actor.id, has_factor=True)
