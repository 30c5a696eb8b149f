"""Changing settings of plugins: one verb for each scope, and fixing values for all clubs as operator.

Only the fields that are named change; what others changed in the same row at the same moment stays, and so do values of fields
that the plugin does not know any more.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from pydantic import ValidationError

from core import audit, current
from core.db import after_commit, atomic
from core.errors import Invalid
from core.forms import field_errors
from core.i18n import gettext
from core.models import Setting
from core.permissions import Asker
from core.plugin_settings import FIXED, Identified, PluginSettings, Scope, fixed_values, settled
from core.plugin_settings.fields import fields_of

logger = logging.getLogger("cercle.settings")

LARGEST_ROW = 64 * 1024  # characters of JSON
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Fix:
    """A value that shall hold in every club, as it was sent, and why."""

    value: Any
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value that the operator fixed for all clubs.

    Args:
        value: as it is stored.
        reason: why, "" when nothing was said.
        by: the name of who did it, "" for a command on the machine.
        at: when.
    """

    value: Any
    reason: str
    by: str
    at: datetime


async def change_site_settings(
    model: type[PluginSettings], wanted: Mapping[str, Any], *, actor: Asker | None
) -> tuple[str, ...]:
    """Change what holds for the whole site.

    Args:
        model: the `SiteSettings` of a plugin.
        wanted: new values by field, as texts of a form or as JSON has them; fields that are not named stay.
        actor: the operator; None for a command on the machine.

    Returns:
        The names of the fields that changed.

    Raises:
        Invalid: naming each field whose value cannot be.
    """
    return await _change(model, "site", 0, wanted, actor, fixed=())


async def change_club_settings(
    club: Identified, model: type[PluginSettings], wanted: Mapping[str, Any], *, actor: Asker | None
) -> tuple[str, ...]:
    """Change what a club chose; see `change_site_settings`. What the operator fixed is refused, beside its field."""
    fixed = await fixes_of(model)
    return await _change(model, "club", int(club.id), wanted, actor, fixed=tuple(fixed))


async def change_member_settings(
    person: Identified, model: type[PluginSettings], wanted: Mapping[str, Any], *, actor: Asker | None
) -> tuple[str, ...]:
    """Change what a person chose for themselves; see `change_site_settings`."""
    return await _change(model, "member", int(person.id), wanted, actor, fixed=())


async def fix_club_settings(
    model: type[PluginSettings], wanted: Mapping[str, Fix | None], *, actor: Asker | None
) -> tuple[str, ...]:
    """Fix settings of clubs to one value for all, or leave them to the clubs again.

    Args:
        model: the `ClubSettings` of a plugin.
        wanted: by field; None leaves it to the clubs, whose own choices are still there.
        actor: the operator.

    Returns:
        The names of the fields that changed.

    Raises:
        Invalid: naming each field whose value cannot be.
    """
    known = {name: fix for name, fix in wanted.items() if fix is not None}
    values = _checked(model, model.model_construct(), {name: fix.value for name, fix in known.items()})
    _known_fields(model, wanted)
    part = current.app().plugin_settings.part_of(model, "club")
    async with atomic():
        row = await _locked(FIXED, 0, part)
        changed = {}
        for name, fix in wanted.items():
            record = None if fix is None else _record(values[name], fix, actor)
            if _substance(row.values.get(name)) != _substance(record):
                changed[name] = record
        if changed:
            before, after = fixed_values(row.values), {**row.values, **changed}
            row.values = {name: value for name, value in after.items() if value is not None}
            now = {
                name: record and {"value": record["value"], "reason": record["reason"]}
                for name, record in changed.items()
            }
            await _save(row, "core.settings_fixed", {name: before.get(name) for name in changed}, now, actor)
    return tuple(changed)


async def fixes_of(model: type[PluginSettings]) -> dict[str, Fixed]:
    """What the operator fixed of a plugin's `ClubSettings`, by field; values that do not fit any more do not count."""
    part = current.app().plugin_settings.part_of(model, "club")
    row = await Setting.get_or_none(scope=FIXED, owner_id=0, part=part)
    stored: dict[str, Any] = row.values if row else {}
    wrong = settled(model, fixed_values(stored))[1]
    return {name: _fixed(stored[name]) for name in model.model_fields if name in stored and name not in wrong}


async def stored_faults(model: type[PluginSettings], scope: Scope, owner: int) -> frozenset[str]:
    """The fields whose stored value does not fit any more, so that the default stands in."""
    part = current.app().plugin_settings.part_of(model, scope)
    row = await Setting.get_or_none(scope=scope, owner_id=owner, part=part)
    return frozenset(settled(model, row.values)[1]) if row else frozenset()


async def _change(
    model: type[PluginSettings],
    scope: Scope,
    owner: int,
    wanted: Mapping[str, Any],
    actor: Asker | None,
    *,
    fixed: tuple[str, ...],
) -> tuple[str, ...]:
    part = current.app().plugin_settings.part_of(model, scope)
    _known_fields(model, wanted)
    if held := [name for name in wanted if name in fixed]:
        raise Invalid(errors={name: [gettext("The operator has fixed this for all clubs.")] for name in held})
    if not wanted:
        return ()
    async with atomic():
        row = await _locked(scope, owner, part)
        now, wrong = settled(model, row.values)
        values = _checked(model, now, wanted)
        before = now.model_dump(mode="json")
        changed = {name: value for name, value in values.items() if name in wrong or value != before[name]}
        if changed:
            row.values = {**row.values, **changed}
            await _save(row, "core.settings_changed", {name: before[name] for name in changed}, changed, actor)
    return tuple(changed)


def _known_fields(model: type[PluginSettings], wanted: Mapping[str, Any]) -> None:
    unknown = [name for name in wanted if name not in model.model_fields]
    if unknown:
        raise Invalid(errors={name[:80]: [gettext("There is no field of this name.")] for name in unknown})


def _checked(model: type[PluginSettings], now: PluginSettings, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The wanted values as JSON has them, when they fit with all that is not changed."""
    fields, parsed, errors = fields_of(model), {}, dict[str, list[str]]()
    for name, value in wanted.items():
        if name not in fields:
            continue
        try:
            parsed[name] = fields[name].parsed(value)
        except ValueError as error:
            errors[name] = [gettext(str(error))]
    if not errors:
        try:
            made = model.model_validate({**now.model_dump(mode="json"), **parsed})
            return {name: value for name, value in made.model_dump(mode="json").items() if name in parsed}
        except ValidationError as error:
            for name, texts in field_errors(error).items():
                errors.setdefault(name.partition(".")[0], []).extend(texts)
        except Exception as error:  # a plugin's own check may raise anything, and other plugins are on the same page
            logger.exception("The settings %s.%s could not be checked", model.__module__, model.__name__)
            raise Invalid(gettext("The plugin failed while it checked these values.")) from error
    raise Invalid(errors=errors)


async def _locked(scope: str, owner: int, part: str) -> Setting:
    """The row, made when it is missing; whoever else wants to change it waits until the transaction ends."""
    key: dict[str, Any] = {"scope": scope, "owner_id": owner, "part": part}
    row = await Setting.filter(**key).select_for_update().first()
    if row is None:
        await Setting.bulk_create([Setting(**key)], ignore_conflicts=True)
        row = await Setting.filter(**key).select_for_update().get()
    return row


async def _save(
    row: Setting, action: str, before: Mapping[str, Any], after: Mapping[str, Any], actor: Asker | None
) -> None:
    if len(json.dumps(row.values)) > LARGEST_ROW:
        raise Invalid(gettext("This is too much to keep. Please shorten it."))
    await row.save(update_fields=["values"])
    club = row.owner_id if row.scope == "club" else None
    await audit.record(
        action, actor=actor, subject=f"{row.part} ({row.scope})", club_id=club, before=before, after=after
    )
    book, scope, owner = current.app().plugin_settings, row.scope, row.owner_id
    after_commit(lambda: book.tell(scope, owner))


def _record(value: Any, fix: Fix, actor: Asker | None) -> dict[str, Any]:
    by = str(getattr(actor, "name", ""))[:120]
    reason = " ".join(fix.reason.split())[:LONGEST_REASON]
    return {"value": value, "reason": reason, "by": by, "at": datetime.now(UTC).isoformat(timespec="seconds")}


def _substance(record: Any) -> Any:
    """What of a fixed value counts as a change: not who fixed it, nor when."""
    return (record.get("value"), record.get("reason", "")) if isinstance(record, Mapping) else None


def _fixed(record: Mapping[str, Any]) -> Fixed:
    at = datetime.fromisoformat(cast(str, record["at"]))
    return Fixed(record["value"], str(record.get("reason", "")), str(record.get("by", "")), at)
