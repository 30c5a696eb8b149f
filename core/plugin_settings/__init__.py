"""Settings of plugins, in three scopes: what a plugin declares in its `settings.py`, and reading what people chose.

The values are rows of `core.models.Setting`; `core.plugin_settings.book` reads them. For a club, what the operator
fixed goes before what the club chose, and that before the default of the plugin.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from core import current

Scope = Literal["site", "club", "member"]
NAMES: dict[Scope, str] = {"site": "SiteSettings", "club": "ClubSettings", "member": "MemberSettings"}
FIXED = "fixed"  # the scope of the operator's rows, with the owner 0


class PluginSettings(BaseModel):
    """Base of `SiteSettings`, `ClubSettings` and `MemberSettings` in a plugin's `settings.py`.

    Each field has a default, and a title and a description for its form. What was stored under a name that is gone is ignored.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


S = TypeVar("S", bound=PluginSettings)


class Identified(Protocol):
    """A club or a viewer: whoever has an id."""

    @property
    def id(self) -> Any: ...


async def site_settings(model: type[S]) -> S:
    """What the operator chose for the whole site.

    Args:
        model: the `SiteSettings` of the asking plugin.
    """
    return await current.app().plugin_settings.read(model, "site", 0)


async def club_settings(club: Identified | int, model: type[S]) -> S:
    """What holds in a club: what the operator fixed, else what the club chose, else the default.

    Args:
        club: the club, or its id.
        model: the `ClubSettings` of the asking plugin.
    """
    return await current.app().plugin_settings.read(model, "club", club if isinstance(club, int) else int(club.id))


async def member_settings(person: Identified | int | None, model: type[S]) -> S:
    """What a person chose for themselves; the defaults for somebody who is not signed in.

    Args:
        person: a viewer or user, or the id of one.
        model: the `MemberSettings` of the asking plugin.
    """
    owner = person if person is None or isinstance(person, int) else person.id
    return await current.app().plugin_settings.read(model, "member", owner or 0)


def settled(model: type[S], values: Mapping[str, Any]) -> tuple[S, dict[str, str]]:
    """The settings that stored values make.

    Args:
        model: the settings.
        values: by field; others are ignored.

    Returns:
        The settings, and by field why a stored value does not fit any more; there the default stands in.
    """
    known = {name: values[name] for name in model.model_fields if name in values}
    wrong: dict[str, str] = {}
    while True:
        try:
            return model.model_validate(known), wrong
        except ValidationError as error:
            found = {str(one["loc"][0]): one["msg"] for one in error.errors(include_url=False) if one["loc"]}
            why = str(error)
        except Exception as error:  # noqa: BLE001 - a plugin's own check may raise anything; its settings are read all the same
            found, why = dict[str, str](), f"{type(error).__name__}: {error}"
        if not known:
            return cast(S, model.model_construct()), wrong
        fallen = {name: found[name] for name in known if name in found} or dict.fromkeys(known, why)
        wrong |= fallen
        known = {name: value for name, value in known.items() if name not in fallen}


def fixed_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """The values in a row of the scope `fixed`, by field."""
    return {name: one["value"] for name, one in row.items() if isinstance(one, Mapping) and "value" in one}


def overlaid(model: type[S], own: Mapping[str, Any], fixed: Mapping[str, Any]) -> S:
    """The settings of a club, from its own values and those that the operator fixed; a fixed one that does not fit is none."""
    wrong = settled(model, fixed)[1] if fixed else {}
    return settled(model, {**own, **{name: value for name, value in fixed.items() if name not in wrong}})[0]
