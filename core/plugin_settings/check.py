"""What `cercle doctor` says of the settings of plugins: stored values that do not fit any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from core.models import Setting
from core.plugin_settings import FIXED, Scope, fixed_values, settled

if TYPE_CHECKING:
    from core.app import Cercle

_BATCH = 1_000
_MOST = 50


async def misfits(app: Cercle) -> list[str]:
    """A sentence for each stored value that a running plugin does not take any more; at most fifty."""
    found: list[str] = []
    last = 0
    while len(found) < _MOST and (rows := await Setting.filter(id__gt=last).order_by("id").limit(_BATCH)):
        last = rows[-1].id
        found += [sentence for row in rows for sentence in _of(app, row)]
    return found[:_MOST]


def _of(app: Cercle, row: Setting) -> list[str]:
    scope = cast(Scope, "club" if row.scope == FIXED else row.scope)
    model = app.plugin_settings.model(row.part, scope)
    if model is None:
        return []
    values = fixed_values(row.values) if row.scope == FIXED else row.values
    places = {"site": "for the site", "club": f"of the club {row.owner_id}", "member": f"of the user {row.owner_id}"}
    place = places.get(row.scope, "that is fixed for all clubs")
    return [
        f"{row.part}: the setting {name} {place} is {str(values[name])[:60]!r}, which does not fit any more ({why}). "
        "The default counts; save it anew"
        for name, why in settled(model, values)[1].items()
    ]
