"""What operators set while the site runs. Where the environment names a value, that one holds and nobody changes it here.

The choices are a row of `core.models.Setting`; each process keeps them in its settings (`core.followed`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from core import audit, current
from core.db import after_commit, atomic
from core.errors import Forbidden
from core.i18n import gettext
from core.models import Setting
from core.permissions import Asker
from core.settings import MIB, Settings

if TYPE_CHECKING:
    from core.app import Cercle

logger = logging.getLogger("cercle.settings")

TOPIC = "core:settings"
PART = "core.settings"  # of the row; no plugin's name has a dot
MOST_BYTES = 2**50
MOST_HOURS = 24 * 365


def _contact(value: str) -> str:
    if value and not (
        value.startswith(("mailto:", "https://")) and value.isascii() and value.isprintable() and " " not in value
    ):
        raise ValueError("must be an address that starts with mailto: or https://")
    return value


class Choices(BaseModel):
    """What may be chosen, with the bounds of `Settings`; None where the default holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    site_name: str | None = Field(default=None, min_length=1, max_length=60)
    sign_up: Literal["open", "request", "invite"] | None = None
    security_contact: Annotated[str, Field(max_length=300), AfterValidator(_contact)] | None = None
    club_quota: int | None = Field(default=None, ge=MIB, le=MOST_BYTES)
    erase_after_days: int | None = Field(default=None, ge=1, le=365)
    club_purge_days: int | None = Field(default=None, ge=1, le=365)
    session_idle_hours: int | None = Field(default=None, ge=1, le=MOST_HOURS)
    session_absolute_hours: int | None = Field(default=None, ge=1, le=MOST_HOURS)


CHOOSABLE = tuple(Choices.model_fields)


def open_to_choice(given: Settings) -> tuple[str, ...]:
    """The names of what operators may choose here: what the environment leaves open.

    Args:
        given: what the site was started with.
    """
    return tuple(name for name in CHOOSABLE if name not in given.model_fields_set)


async def take_over(app: Cercle, given: Settings) -> Choices:
    """Read what was chosen, and let it hold in this process from now on.

    Args:
        app: the application.
        given: what it was started with.
    """
    chosen = _read(await Setting.get_or_none(scope="site", owner_id=0, part=PART))
    wanted = {name: _or_given(getattr(chosen, name), given, name) for name in open_to_choice(given)}
    changed = {name: value for name, value in wanted.items() if value != getattr(app.settings, name)}
    if changed and chosen != app.choices.value:
        app.settings = app.settings.model_copy(update=changed)
    return chosen


async def choose(wanted: Mapping[str, Any], *, actor: Asker | None) -> tuple[str, ...]:
    """Choose values, all or none; the log says from what to what.

    Args:
        wanted: by name; None lets the default hold again.
        actor: the operator; None for the command line.

    Returns:
        The names of what changed.

    Raises:
        Forbidden: for a name that the environment fixes, or that nobody chooses here.
        ValidationError: when a value cannot be.
    """
    app = current.app()
    if closed := wanted.keys() - set(open_to_choice(app.given_settings)):
        raise Forbidden(gettext("This is fixed by the environment: %(names)s", names=", ".join(sorted(closed))))
    async with atomic():
        row = await _locked()
        before = _read(row)
        after = Choices.model_validate({**before.model_dump(), **wanted})
        changed = tuple(name for name in CHOOSABLE if getattr(before, name) != getattr(after, name))
        if changed:
            row.values = after.model_dump(exclude_none=True)
            await row.save(update_fields=["values"])
            told = [{name: getattr(one, name) for name in changed} for one in (before, after)]
            await audit.record("core.site_settings_chosen", actor=actor, before=told[0], after=told[1])
            after_commit(app.choices.tell)
    return changed


async def _locked() -> Setting:
    key: dict[str, Any] = {"scope": "site", "owner_id": 0, "part": PART}
    await Setting.bulk_create([Setting(**key)], ignore_conflicts=True)
    return await Setting.filter(**key).select_for_update().get()


def _read(row: Setting | None) -> Choices:
    """What a row says; nothing of it when it does not fit any more."""
    try:
        return Choices.model_validate(row.values if row else {})
    except ValidationError as error:
        logger.error("What was chosen for the site cannot be read, and the defaults hold: %s", error)
        return Choices()


def _or_given(value: Any, given: Settings, name: str) -> Any:
    return getattr(given, name) if value is None else value
