"""What a club chooses about its blog."""

from __future__ import annotations

from pydantic import Field

from cercle import N_, PluginSettings


class ClubSettings(PluginSettings):
    """What a club chooses."""

    posts_per_page: int = Field(
        default=20,
        ge=5,
        le=50,
        title=N_("Posts on a page"),
        description=N_("Older posts are on the next pages."),
    )
    trash_days: int = Field(
        default=0,
        ge=0,
        le=3650,
        title=N_("Days in the trash"),
        description=N_(
            "Older posts in the trash are deleted for good, with their versions and files. With 0 they stay."
        ),
    )
