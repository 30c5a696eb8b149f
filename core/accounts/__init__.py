"""Identity: accounts, sign-in, login sessions, tokens, profile."""

from core.i18n import N_
from core.parts import ENGINE, Part

part = Part(
    name="accounts",
    title=N_("Accounts"),
    summary=N_("Who people are and how they sign in"),
    version=ENGINE.version,
    scope="site",
    icon="user",
    policy="required",
)
