"""Invitations to the site: an operator's letter with a link that makes an account, or takes up one that is there.

An invitation is a one-time link with facts, and lives only as long as its inviter is an operator.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from core import audit, current
from core.accounts.models import OneTimeLink, User
from core.accounts.queries import known_user, normal_email
from core.accounts.services import links
from core.accounts.services.hashing import new_hash
from core.accounts.services.people import insert_user, normal_name
from core.accounts.sessions import digest
from core.accounts.viewer import viewer_for
from core.db import atomic, dialect, rows
from core.errors import Conflict, Invalid, NotFound
from core.i18n import LANGUAGES, N_, language
from core.i18n import gettext as _
from core.permissions import Asker

MAX_NOTE = 1000  # characters
MAX_FACTS = 20_000  # characters as JSON
_INVITING = 2011  # the number of PostgreSQL's advisory lock


class Inviter(Asker, Protocol):
    """An operator who invites: a viewer."""

    @property
    def name(self) -> str: ...


async def invite_person(
    email: str,
    *,
    name: str = "",
    note: str = "",
    locale: str = "",
    maker: Inviter,
    facts: Mapping[str, object] | None = None,
) -> OneTimeLink:
    """Send somebody a link that makes an account within 14 days. An open invitation to the address stays, and nothing is sent.

    Args:
        email: where to.
        name: as it stands on the page; they may change it.
        note: a few words of the inviter, at most 1,000 characters.
        locale: the language of the letter, "" for that of the inviter.
        maker: the operator who invites.
        facts: what `invitation_accepted` is given, in what JSON can hold, at most 20,000 characters.

    Raises:
        Invalid: for a wrong address, name, note or language, or facts that are too long.
    """
    address = normal_email(email)
    kept = json.dumps(_checked(name, note, locale) | {"facts": dict(facts or {})}, ensure_ascii=False)
    if len(kept) > MAX_FACTS:
        raise Invalid(_("This is too much for one invitation."))
    async with atomic():
        await _alone(address)
        there = await open_invites().get_or_none(email=address)
        if there is not None:
            return there
        number, secret = await links.make_link(links.INVITE, email=address, maker_id=maker.id, facts=kept)
        made = await OneTimeLink.get(id=number)
        await _send(made, secret, maker)
        await audit.record("accounts.person_invited", actor=maker, subject=address, after=dict(facts or {}))
    return made


async def resend_invite(link_id: int, *, actor: Inviter) -> OneTimeLink:
    """Send an invitation again, with a new link for another 14 days; it is the actor's from now on. The old link ends.

    Also for one that has expired, or whose inviter is no operator any more.

    Raises:
        NotFound: when it was used or withdrawn.
    """
    secret, now = secrets.token_urlsafe(32), datetime.now(UTC)
    async with atomic():
        waiting = OneTimeLink.filter(id=link_id, purpose=links.INVITE, used_at=None)
        lasts = now + links.LASTS[links.INVITE]
        if not await waiting.update(token_hash=digest(secret), expires_at=lasts, maker_id=actor.id):
            raise _ended()
        link = await OneTimeLink.get(id=link_id)
        await _send(link, secret, actor)
        await audit.record("accounts.invitation_resent", actor=actor, subject=link.email)
    return link


async def withdraw_invite(link_id: int, *, actor: Asker) -> None:
    """End an invitation before its time.

    Raises:
        NotFound: when it was used or withdrawn already.
    """
    async with atomic():
        waiting = OneTimeLink.filter(id=link_id, purpose=links.INVITE, used_at=None)
        if not await waiting.update(used_at=datetime.now(UTC)):
            raise _ended()
        gone = await OneTimeLink.get(id=link_id)
        await audit.record("accounts.invitation_withdrawn", actor=actor, subject=gone.email)


def open_invites() -> QuerySet[OneTimeLink]:
    """The invitations that work, with their makers, newest first; the caller filters and cuts."""
    alive = Q(purpose=links.INVITE, used_at=None, expires_at__gt=datetime.now(UTC))
    by_operator = Q(maker__is_operator=True, maker__is_active=True)
    return OneTimeLink.filter(alive & by_operator).order_by("-id").select_related("maker")


def brought(link: OneTimeLink) -> dict[str, object]:
    """What an invitation says: `name`, `note`, `locale`, and `facts` as they were given."""
    kept: dict[str, object] = json.loads(link.facts or "{}")
    return {"name": "", "note": "", "locale": "", "facts": {}} | kept


async def find_invite(secret: str) -> OneTimeLink:
    """The invitation behind a link, with its maker. Looking spends nothing.

    Raises:
        NotFound: when it is unknown, used, withdrawn, expired, or its inviter is no operator any more.
    """
    link = await open_invites().get_or_none(token_hash=digest(secret[:200]))
    if link is None:
        raise _ended()
    return link


async def accept_invite(secret: str, *, name: str, password: str | None) -> User:
    """Make the account that an invitation offers; the link has proved the address.

    Args:
        secret: of the link.
        name: as others read it.
        password: None for somebody who signs in with a passkey instead, which they set up right after.

    Raises:
        NotFound: as `find_invite`.
        Invalid: when a value is wrong or the address has an account by now; the link stays good.
        Conflict: when a part could not do its share; nothing has changed.
    """
    link = await find_invite(secret)
    shown = normal_name(name)
    hashed = await new_hash(password, about=(link.email, shown))
    async with atomic():
        link = await _spend(secret)
        user = await insert_user(email=link.email, name=shown, password_hash=hashed, locale=language())
        await _bring(user, link)
    return user


async def take_up_invite(secret: str, user: User) -> None:
    """Use an invitation with an account that is there, whatever its address: who holds the letter may decide.

    Raises:
        NotFound: as `find_invite`.
        Conflict: when a part could not do its share; nothing has changed.
    """
    async with atomic():
        await _bring(user, await _spend(secret))


async def has_account(link: OneTimeLink) -> bool:
    """Whether the address of an invitation has an account, so that its owner is asked to sign in."""
    return await known_user(link.email) is not None


async def _spend(secret: str) -> OneTimeLink:
    link = await find_invite(secret)
    if not await open_invites().filter(id=link.id, token_hash=link.token_hash).exists():
        raise _ended()
    unused = OneTimeLink.filter(id=link.id, used_at=None, token_hash=link.token_hash)
    if not await unused.update(used_at=datetime.now(UTC)):
        raise _ended()
    return link


async def _bring(user: User, link: OneTimeLink) -> None:
    facts = brought(link)["facts"]
    faults = await current.app().hooks.notify("invitation_accepted", user=user, facts=facts, inviter=link.maker)
    if faults:
        raise Conflict(_("Something went wrong here. Please try again; if it stays so, tell who invited you."))
    await audit.record("accounts.invitation_accepted", actor=viewer_for(user), subject=link.email)


def _checked(name: str, note: str, locale: str) -> dict[str, object]:
    if len(note) > MAX_NOTE:
        raise Invalid(_("At most %(max_length)s characters, please.", max_length=MAX_NOTE), field="note")
    if locale not in ("", *LANGUAGES):
        raise Invalid(_("Please choose one of the listed values."), field="locale")
    return {"name": normal_name(name) if name.strip() else "", "note": note.strip(), "locale": locale}


async def _send(link: OneTimeLink, secret: str, maker: Inviter) -> None:
    said = brought(link)
    await links.send_mail(
        "invited",
        N_("%(inviter)s invites you to %(site)s"),
        to=link.email,
        locale=str(said["locale"]),
        key=f"{link.id}:{link.token_hash[:16]}",
        inviter=maker.name,
        name=said["name"],
        note=said["note"],
        url=links.address_of("invitation", token=secret),
        days=links.LASTS[links.INVITE].days,
    )


async def _alone(address: str) -> None:
    """Two who invite the same person wait for each other; SQLite has one writer anyway."""
    if dialect().name == "postgres":
        await rows(f"SELECT pg_advisory_xact_lock({_INVITING}, hashtext($1))", [address])


def _ended() -> NotFound:
    return NotFound(_("This invitation has ended. Ask who invited you for a new one."))
