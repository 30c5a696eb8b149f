"""What an operator and a club choose about files."""

from __future__ import annotations

import re

from pydantic import Field, field_validator

from cercle import N_, PluginSettings

_ENDING = re.compile(r"\.?[^\s./\\]{1,20}(?:\.[^\s./\\]{1,20})?")


class SiteSettings(PluginSettings):
    """What may come in, for all clubs."""

    largest_upload: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        title=N_("Largest file, in MB"),
        description=N_("Leave it empty for what the server allows (CERCLE_MAX_UPLOAD)."),
    )
    blocked_endings: tuple[str, ...] = Field(
        default=(),
        max_length=100,
        title=N_("Endings that are refused"),
        description=N_(
            "Files with such a name cannot be uploaded to Files, for example .exe. Those that are there stay."
        ),
    )

    @field_validator("blocked_endings")
    @classmethod
    def _endings(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_ENDING.fullmatch(ending) for ending in value):
            raise ValueError(N_("An ending is a dot and a few letters, like .exe."))
        return tuple(dict.fromkeys("." + ending.removeprefix(".").casefold() for ending in value))


class ClubSettings(PluginSettings):
    """What a club chooses."""

    trash_days: int = Field(
        default=0,
        ge=0,
        le=3650,
        title=N_("Days in the trash"),
        description=N_("Older things in the trash are deleted for good, with all their versions. With 0 they stay."),
    )
