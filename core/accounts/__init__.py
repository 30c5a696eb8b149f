"""Identity: accounts, sign-in, login sessions, tokens, profile."""

from core.parts import ENGINE, Part

part = Part(
    name="accounts",
    title="Accounts",
    summary="Who people are and how they sign in",
    version=ENGINE.version,
    scope="site",
    icon="user",
    policy="required",
)
