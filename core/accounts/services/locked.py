"""What is not edited here, because another system owns the account and sends it at each sign-in."""

from __future__ import annotations

from core.accounts.models import Provider, User
from core.errors import Invalid
from core.i18n import gettext as _


async def owner_of(user: User) -> Provider | None:
    """The provider that owns the account; None for most, and while that provider is switched off."""
    return await Provider.get_or_none(id=user.provider_id, is_enabled=True) if user.provider_id else None


async def owner_of_any(user: User | None) -> Provider | None:
    """As `owner_of`, with the same work for every account and for none, where the time must not tell."""
    return await Provider.get_or_none(id=(user.provider_id if user else None) or 0, is_enabled=True)


async def locked_fields(user: User) -> frozenset[str]:
    """The fields of the profile that the owning provider sends, such as `name` and `email`; none for most people."""
    return locked_by(await owner_of(user))


def locked_by(provider: Provider | None) -> frozenset[str]:
    """The fields that a provider keeps to itself, from its rules."""
    named = provider.rules.get("locked") if provider else None
    return frozenset(map(str, named)) if isinstance(named, list) else frozenset()


async def refuse_locked(user: User, *changed: str) -> None:
    """Refuse a change of fields that come from elsewhere.

    Raises:
        Invalid: by field.
    """
    provider = await owner_of(user)
    if provider is None:
        return
    said = _("This comes from %(system)s and is changed there.", system=provider.title)
    errors = {name: [said] for name in changed if name in locked_by(provider)}
    if errors:
        raise Invalid(errors=errors)
