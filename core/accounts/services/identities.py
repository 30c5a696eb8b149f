"""Who somebody is at a provider: (issuer, subject), and nothing else. An address alone never opens an account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from tortoise.exceptions import IntegrityError

from core import audit, current
from core.accounts.models import Identity, Passkey, Provider, User
from core.accounts.queries import known_user
from core.accounts.services.factors import hold_account
from core.accounts.services.notices import tell
from core.accounts.services.people import insert_user, normal_name, renew_stamp
from core.accounts.services.providers import rules_of
from core.accounts.services.steps import begin_step
from core.accounts.services.visits import Visitor
from core.accounts.viewer import viewer_for
from core.collation import sort_name
from core.db import atomic
from core.errors import Conflict, Invalid, NotFound
from core.i18n import N_
from core.i18n import gettext as _

PENDING = "connect"


async def find_visitor(visitor: Visitor) -> User | None:
    """The account of who came back from a provider, with what the provider says about them brought up to date.

    Returns:
        None when they have not been here; the account may be one that lets nobody in.
    """
    identity = await _identity(visitor)
    if identity is None:
        return None
    user: User = identity.user
    if user.is_active:
        await _take_over(user, visitor)
        changes = {"email": visitor.email, "groups": list(visitor.groups), "seen_at": datetime.now(UTC)}
        await Identity.filter(id=identity.id).update(**changes)
    return user


async def create_from(visitor: Visitor) -> User | None:
    """Make an account at somebody's first sign-in, where the rules of the provider allow it.

    Returns:
        None when they do not, or when the address has an account: only its owner can connect the two.
    """
    rules = rules_of(visitor.provider)
    if not visitor.is_proved or not rules.may_create(visitor.email) or await known_user(visitor.email) is not None:
        return None
    try:
        async with atomic():
            owner = visitor.provider.id if rules.owns_accounts else None
            user = await insert_user(email=visitor.email, name=_name(visitor), provider_id=owner)
            await _connect(user, visitor)
    except (Invalid, IntegrityError):  # somebody was quicker: with the address, or with this very identity
        return await find_visitor(visitor)
    return user


async def connect(user: User, visitor: Visitor) -> None:
    """Let somebody sign in to their account through a provider from now on. Connecting twice changes nothing.

    Args:
        user: who has just proved that the account is theirs.
        visitor: who they are there, just proved as well.

    Raises:
        Conflict: when this identity, or the account at this provider, is connected otherwise.
    """
    try:
        async with atomic():
            await hold_account(user)
            held = await _identity(visitor)
            if held is not None and held.user_id == user.id:
                return
            if held is not None:
                raise Conflict(_("Somebody else's account here is connected to that one."))
            if await Identity.exists(provider_id=visitor.provider.id, user_id=user.id):
                raise Conflict(_("Your account is connected to another one there. Disconnect that first."))
            await _connect(user, visitor)
            await tell(
                user,
                "provider_connected",
                N_("A new way to sign in to %(site)s"),
                provider=visitor.provider.title,
                email=visitor.email,
            )
    except IntegrityError:
        raise Conflict(_("Somebody else's account here is connected to that one.")) from None


async def disconnect(user: User, provider: Provider) -> None:
    """Take a way in away; sessions and tokens of the account end.

    Raises:
        NotFound: when they are not connected.
        Conflict: when the provider owns the account, or nothing would be left to sign in with.
    """
    async with atomic():
        await hold_account(user)
        if not await Identity.exists(user_id=user.id, provider_id=provider.id):
            raise NotFound()
        if user.provider_id == provider.id:
            raise Conflict(_("%(provider)s manages this account, so the two stay connected.", provider=provider.title))
        if not await other_ways_in(user, provider):
            raise Conflict(_("This is your only way to sign in. Set a password or add a passkey first."))
        await Identity.filter(user_id=user.id, provider_id=provider.id).delete()
        await renew_stamp(user)
        await audit.record(
            "accounts.identity_disconnected",
            actor=viewer_for(user),
            subject=user.handle,
            before={"provider": provider.slug},
        )
        await tell(
            user, "provider_disconnected", N_("A way to sign in to %(site)s was removed"), provider=provider.title
        )


async def other_ways_in(user: User, provider: Provider) -> bool:
    """Whether somebody could still sign in without this provider, link by mail apart."""
    if user.password_hash or await Passkey.exists(user_id=user.id):
        return True
    others = Identity.filter(user_id=user.id, provider__is_enabled=True).exclude(provider_id=provider.id)
    return await others.exists()


async def hold_visitor(visitor: Visitor) -> str:
    """Keep who came back from a provider until they have signed in to the account they have here.

    Returns:
        The secret of a step for their browser; see `held_visitor`.
    """
    names = ("subject", "email", "name", "is_proved", "is_strong")
    facts: dict[str, object] = {name: getattr(visitor, name) for name in names}
    facts |= {"provider": visitor.provider.id, "groups": list(visitor.groups)}
    return await begin_step(PENDING, facts=facts)


async def held_visitor(facts: Mapping[str, object]) -> Visitor:
    """The visitor of a step again.

    Raises:
        NotFound: when the provider was switched off since.
    """
    provider = await Provider.get_or_none(id=facts["provider"], is_enabled=True)
    if provider is None:
        raise NotFound()
    groups = facts["groups"]
    return Visitor(
        provider,
        str(facts["subject"]),
        str(facts["email"]),
        bool(facts["is_proved"]),
        str(facts["name"]),
        tuple(str(one) for one in groups) if isinstance(groups, list) else (),
        bool(facts["is_strong"]),
    )


async def tell_groups(user: User, visitor: Visitor) -> list[str]:
    """Tell all parts which groups somebody is in at the provider; answers sentences that the person should read.

    Somebody who is leaving gets no new rights.

    Raises:
        Conflict: when a part failed, so that nobody comes in with rights that have ended.
    """
    failed: list[str] = []
    if not user.is_active:
        return []
    answers = await current.app().hooks.collect(
        "person_vouched_for", failed=failed, user=user, provider=visitor.provider, groups=visitor.groups
    )
    if failed:
        raise Conflict(_("Your groups could not be brought up to date. Please try again in a moment."))
    return [text for answer in answers for text in answer.value]


async def _identity(visitor: Visitor) -> Identity | None:
    found = Identity.get_or_none(provider_id=visitor.provider.id, subject=visitor.subject)
    return await found.select_related("user")


async def _connect(user: User, visitor: Visitor) -> None:
    await Identity.create(
        provider_id=visitor.provider.id,
        subject=visitor.subject,
        user_id=user.id,
        email=visitor.email,
        groups=list(visitor.groups),
        seen_at=datetime.now(UTC),
    )
    await audit.record(
        "accounts.identity_connected",
        actor=viewer_for(user),
        subject=user.handle,
        after={"provider": visitor.provider.slug, "email": visitor.email},
    )


async def _take_over(user: User, visitor: Visitor) -> None:
    """Bring name and address of an account in step with the provider that owns it."""
    if user.provider_id != visitor.provider.id:
        return
    locked = rules_of(visitor.provider).locked
    name = _name(visitor) if visitor.name and "name" in locked else user.name
    if name != user.name:
        changes = {"name": name, "sort_name": sort_name(name)}
        await User.filter(id=user.id).update(**changes)
        user.update_from_dict(changes)
    follows = visitor.is_proved and "email" in locked
    if follows and visitor.email != user.email and await known_user(visitor.email) is None:
        await _take_address(user, visitor.email, visitor.provider)


async def _take_address(user: User, email: str, provider: Provider) -> None:
    old = user.email
    try:
        async with atomic():
            await renew_stamp(user, email=email)
            await audit.record(
                "accounts.email_changed",
                actor=None,
                subject=user.handle,
                before={"email": old},
                after={"email": email},
            )
            await tell(
                user,
                "provider_email",
                N_("Your address on %(site)s has changed"),
                to=old,
                email=email,
                provider=provider.title,
            )
    except IntegrityError:  # somebody else has taken it in this moment
        await user.refresh_from_db()


def _name(visitor: Visitor) -> str:
    for text in (visitor.name, visitor.email.partition("@")[0]):
        try:
            return normal_name(text)
        except Invalid:
            continue
    return normal_name(_("New member"))
