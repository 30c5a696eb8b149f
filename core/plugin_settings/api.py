"""Settings of plugins as the API gives and takes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from core.forms import Input
from core.plugin_settings import PluginSettings
from core.plugin_settings.changes import Fixed


class FixedView(BaseModel):
    """The operator's word on a setting: why, who and when."""

    reason: str
    by: str
    at: datetime


class SettingsView(BaseModel):
    """The settings of a plugin: what holds, by field; what the operator fixed for all clubs; the JSON Schema of the values."""

    plugin: str
    values: dict[str, Any]
    fixed: dict[str, FixedView] = {}
    values_schema: dict[str, Any]


class SettingsPatch(Input):
    """New values, by field; those that are not named stay."""

    values: dict[str, Any] = Field(max_length=200)


def settings_view(plugin: str, now: PluginSettings, fixed: Mapping[str, Fixed] | None = None) -> SettingsView:
    """What the API answers.

    Args:
        plugin: its name.
        now: what holds.
        fixed: what the operator fixed, by field.
    """
    held = {name: FixedView(reason=one.reason, by=one.by, at=one.at) for name, one in (fixed or {}).items()}
    schema = type(now).model_json_schema()
    return SettingsView(plugin=plugin, values=now.model_dump(mode="json"), fixed=held, values_schema=schema)
