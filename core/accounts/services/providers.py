"""Identity providers: which systems sign people in here, and how far each of them is trusted."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field
from slugify import slugify
from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q

from core import audit
from core.accounts.models import Identity, LoginSession, Provider
from core.accounts.services.secrets_box import seal, unseal
from core.db import atomic
from core.errors import Conflict, Invalid
from core.i18n import gettext as _
from core.permissions import Asker

MOST_PROVIDERS = 50
_RESERVED = frozenset({"new"})
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class ProviderRules(BaseModel):
    """What is trusted of a provider.

    Args:
        creates: whose first sign-in makes an account: nobody's, that of people with an address in `domains`, everybody's.
        domains: after the `@`, in lower case.
        emails: whether the addresses that it names count as proved: never, when it says so (`email_verified`), always.
        owns_accounts: whether accounts that are made through it are its own.
        locked: what of its own accounts follows it and is not edited here.
        groups_claim: which claim lists a person's groups, with dots to go into objects; "" for none.
        strong_acr: values of `acr` that stand for two factors.
        strong_amr: values of `amr` one of which stands for two factors.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    creates: Literal["never", "domains", "open"] = "never"
    domains: tuple[str, ...] = Field(default=(), max_length=200)
    emails: Literal["never", "said", "always"] = "said"
    owns_accounts: bool = False
    locked: tuple[Literal["name", "email"], ...] = ("name", "email")
    groups_claim: str = Field(default="", max_length=200)
    strong_acr: tuple[str, ...] = Field(default=(), max_length=50)
    strong_amr: tuple[str, ...] = Field(default=(), max_length=50)

    def may_create(self, email: str) -> bool:
        """Whether the first sign-in of somebody with this proved address makes an account."""
        if self.creates == "domains":
            return email.rpartition("@")[2].lower() in self.domains
        return self.creates == "open"

    def is_strong(self, acr: object, amr: object) -> bool:
        """Whether the provider says that it asked for two factors, in words that are believed."""
        given = amr if isinstance(amr, list) else []
        return acr in self.strong_acr or any(one in self.strong_amr for one in given)


def rules_of(provider: Provider) -> ProviderRules:
    """What is trusted of a provider."""
    return ProviderRules.model_validate(provider.rules)


def secret_of(provider: Provider) -> str | None:
    """Its client secret; None for a client without one, or when `CERCLE_SECRET_KEY` has changed since."""
    return unseal(provider.client_secret) if provider.client_secret else None


def method_of(provider: Provider) -> str:
    """The word for this way in, as login sessions keep it."""
    return f"provider:{provider.slug}"


async def add_provider(
    *,
    title: str,
    issuer: str,
    client_id: str,
    secret: str,
    scopes: str,
    rules: ProviderRules,
    slug: str = "",
    actor: Asker | None,
) -> Provider:
    """Connect a provider; people can sign in with it at once.

    Args:
        title: as people read it on the button.
        issuer: its address, exactly as its tokens name it.
        client_id: who we are there.
        secret: with which we prove it; "" for a client without one.
        scopes: what is asked for, `openid` among it.
        rules: what is trusted of it.
        slug: its word in addresses, made from the title unless given.
        actor: the operator; None from the command line.

    Raises:
        Invalid: by field.
    """
    word = slugify(slug or title, max_length=40)
    if not word or word in _RESERVED:
        raise Invalid(_("Please choose another name."), field="title")
    _check(issuer, scopes, rules)
    if await Provider.all().count() >= MOST_PROVIDERS:
        raise Invalid(_("There are too many providers already."))
    try:
        async with atomic():
            provider = await Provider.create(
                slug=word,
                title=title,
                issuer=issuer,
                client_id=client_id,
                client_secret=seal(secret) if secret else "",
                scopes=scopes,
                rules=rules.model_dump(mode="json"),
            )
            await audit.record("accounts.provider_added", actor=actor, subject=title, after=_facts(provider))
    except IntegrityError:
        raise Invalid(_("A provider with this issuer or name is there already."), field="issuer") from None
    return provider


async def change_provider(
    provider: Provider,
    *,
    title: str,
    client_id: str,
    secret: str,
    scopes: str,
    rules: ProviderRules,
    actor: Asker | None,
) -> None:
    """Change what is known of a provider. Its issuer stays: the identities of people hang on it.

    Args:
        secret: the new one; "" keeps the one it has.

    Raises:
        Invalid: by field.
    """
    _check(provider.issuer, scopes, rules)
    before, had = _facts(provider), provider.client_secret
    provider.title, provider.client_id, provider.scopes = title, client_id, scopes
    provider.rules = rules.model_dump(mode="json")
    if secret:
        provider.client_secret = seal(secret)
    async with atomic():
        await provider.save(update_fields=["title", "client_id", "client_secret", "scopes", "rules"])
        after = {**_facts(provider), "new_secret": provider.client_secret != had}
        await audit.record("accounts.provider_changed", actor=actor, subject=title, before=before, after=after)


async def switch_provider(provider: Provider, *, on: bool, actor: Asker | None) -> None:
    """Let people sign in with a provider, or no more: then the sessions that came through it end."""
    async with atomic():
        if not await Provider.filter(id=provider.id, is_enabled=not on).update(is_enabled=on):
            return
        if not on:
            await end_sessions_through(provider)
        await audit.record(
            "accounts.provider_switched",
            actor=actor,
            subject=provider.title,
            before={"is_enabled": not on},
            after={"is_enabled": on},
        )
    provider.is_enabled = on


async def remove_provider(provider: Provider, *, actor: Asker | None) -> None:
    """Forget a provider and who people are there. Accounts and memberships stay and are managed here from now on.

    Raises:
        Conflict: when it is switched on.
    """
    async with atomic():
        await end_sessions_through(provider)
        count = await Identity.filter(provider_id=provider.id).count()
        if not await Provider.filter(id=provider.id, is_enabled=False).delete():
            raise Conflict(_("Switch it off first."))
        before = {**_facts(provider), "people": count}
        await audit.record("accounts.provider_removed", actor=actor, subject=provider.title, before=before)


async def end_sessions_through(provider: Provider, user_ids: Collection[int] | None = None) -> int:
    """Sign people out where they came in through a provider; answers in how many browsers.

    Args:
        user_ids: whose sessions; None for everybody's.
    """
    word = method_of(provider)
    came = LoginSession.filter(Q(methods=word) | Q(methods__startswith=f"{word} ") | Q(methods__endswith=f" {word}"))
    return await (came if user_ids is None else came.filter(user_id__in=list(user_ids))).delete()


def issuer_complaint(issuer: str) -> str:
    """What is wrong with the address of an issuer, "" when nothing is (OpenID Connect Discovery 1.0, section 3)."""
    try:
        parts = urlsplit(issuer)
        host = parts.hostname or ""
    except ValueError:
        return _("This is not an address.")
    if parts.scheme == "http" and host in _LOOPBACK:
        return ""
    if parts.scheme != "https" or not host or parts.username:
        return _("The address must begin with https://.")
    return _("The address must end before any ? or #.") if parts.query or parts.fragment else ""


def _check(issuer: str, scopes: str, rules: ProviderRules) -> None:
    if complaint := issuer_complaint(issuer):
        raise Invalid(complaint, field="issuer")
    if "openid" not in scopes.split():
        raise Invalid(_("The word openid must be among the scopes."), field="scopes")
    if rules.creates == "domains" and not rules.domains:
        raise Invalid(_("Name at least one domain."), field="domains")
    if rules.creates != "never" and rules.emails == "never":
        raise Invalid(_("New accounts need addresses that are trusted."), field="emails")


def _facts(provider: Provider) -> dict[str, object]:
    names = ("slug", "title", "issuer", "client_id", "scopes", "is_enabled", "rules")
    return {name: getattr(provider, name) for name in names}
