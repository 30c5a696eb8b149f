"""What a club chooses about its wiki, and each of its readers for themselves."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cercle import N_, PluginSettings


class ClubSettings(PluginSettings):
    """What a club chooses."""

    show_outline: bool = Field(
        default=True,
        title=N_("Show the outline of a page"),
        description=N_("Its headings stand beside the page, as links."),
    )
    trash_days: int = Field(
        default=90,
        ge=0,
        le=3650,
        title=N_("Days in the trash"),
        description=N_("Older pages and attachments in the trash are deleted for good. With 0 they stay."),
    )


class MemberSettings(PluginSettings):
    """What each person chooses."""

    editor: Literal["last", "rich", "source"] = Field(
        default="last",
        title=N_("Pages open for editing"),
        description=N_("You can change between the two at any time."),
        json_schema_extra={
            "labels": {
                "last": N_("As I left the editor on this device"),
                "rich": N_("As rich text"),
                "source": N_("As Markdown"),
            }
        },
    )
