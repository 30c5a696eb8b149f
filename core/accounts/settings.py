"""What operators decide about identity: the policies of the site."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.i18n import N_
from core.plugin_settings import PluginSettings


class SiteSettings(PluginSettings):
    """The policies of the site. Who may get an account is `CERCLE_SIGN_UP`."""

    second_factor: Literal["nobody", "operators", "everyone"] = Field(
        default="nobody",
        title=N_("Who needs a second factor"),
        description=N_("A passkey, or a password and a code. Whoever has none is asked to set one up before going on."),
        json_schema_extra={
            "labels": {"nobody": N_("Nobody"), "operators": N_("Operators of the site"), "everyone": N_("Everybody")}
        },
    )
    sign_in_links: bool = Field(
        default=True,
        title=N_("Sign in with a link by mail"),
        description=N_("For people who forgot their password. A second factor is still asked for."),
    )
    challenge: bool = Field(
        default=True,
        title=N_("A small puzzle against robots at sign-up"),
        description=N_("The visitor's device solves it within a second or two. No other site is asked."),
    )
    impersonation: bool = Field(
        default=False,
        title=N_("Operators may act as somebody else"),
        description=N_(
            "With a reason, for at most an hour, with a banner, in the log, and the person is told by mail."
        ),
    )
    leaving_days: int = Field(
        default=14,
        ge=0,
        le=90,
        title=N_("Days before a deleted account is erased"),
        description=N_("Until then its owner can sign in and change their mind."),
    )
