"""Tokens: secrets with which a program acts for its user, and app passwords for programs that only know HTTP Basic.

A token holds less than its user, never more: scopes say what it may do and in which parts, clubs where.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from core import audit, current
from core.accounts.models import ApiToken, User
from core.accounts.services import links
from core.accounts.services.notices import tell
from core.accounts.sessions import digest
from core.accounts.viewer import viewer_for
from core.db import atomic
from core.errors import Invalid
from core.i18n import N_
from core.i18n import gettext as _
from core.permissions import Asker

PREFIX = "cercle_"  # lets scanners of published code recognise a leaked one
FEED_PREFIX = "feed-"
SCOPES = ("read", "write")
PROGRAMS = ("api", "app")
"""The kinds of tokens that programs bring; the others stand in the addresses of feeds."""
MOST = 50  # for each user
LONGEST_DAYS = 3660
WARNED_BEFORE = timedelta(days=7)
_APP_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # none that is easily taken for another
_APP_LENGTH = 24  # of 32 letters: 120 bits
_SUBJECTS = {
    "api": N_("A new API token for your account on %(site)s"),
    "app": N_("A new app password for your account on %(site)s"),
    "feed": N_("A new address for your feeds on %(site)s"),
}


async def create_token(
    user: User,
    *,
    name: str,
    scopes: Sequence[str] = SCOPES,
    days: int | None = None,
    clubs: Collection[int] = (),
    kind: str = "api",
) -> str:
    """Make a token and tell its owner by mail; the answer is shown once and stored nowhere.

    Args:
        user: for whom it acts.
        name: what it is for, in the user's words.
        scopes: `read`, and `write` when it may change things; `<part>:read` and `<part>:write` for single parts.
        days: how long it works; None for ever.
        clubs: ids of the clubs that it is limited to; all of the user's when empty.
        kind: `api`, `app` (an app password, shown in groups of four) or `feed`.

    Raises:
        Invalid: for an unknown scope, a wrong number of days, no name, too many clubs, or more than 50 tokens.
    """
    held = _held(scopes)
    limited = ",".join(map(str, sorted(clubs)))
    _check(name, held, days, limited)
    secret, shown = _secret(kind)
    async with atomic():
        await User.filter(id=user.id).select_for_update().first()  # of many at once, none is one too many
        if await ApiToken.filter(user_id=user.id).count() >= MOST:
            raise Invalid(_("You have %(most)s tokens. Please revoke some first.", most=MOST), field="name")
        await ApiToken.create(
            token_hash=digest(secret),
            user_id=user.id,
            kind=kind,
            name=name.strip(),
            scopes=" ".join(held),
            clubs=limited,
            ending=secret[-4:],
            stamp=user.stamp,
            expires_at=datetime.now(UTC) + timedelta(days=days) if days else None,
        )
        after = {"kind": kind, "scopes": held, "clubs": sorted(clubs), "days": days}
        await audit.record("accounts.token_created", actor=viewer_for(user), subject=name, after=after)
        await tell(user, "token_made", _SUBJECTS[kind], token=name.strip(), tokens_url=links.address_of(_PAGES[kind]))
    return shown


async def revoke_token(user: User, token_id: int, *, actor: Asker | None = None) -> bool:
    """End a token at once; False when the user has no such token.

    Args:
        actor: who does it; the user unless given.
    """
    async with atomic():
        token = await ApiToken.get_or_none(id=token_id, user_id=user.id)
        if token is None or not await ApiToken.filter(id=token_id).delete():
            return False
        before = {"kind": token.kind, "scopes": token.scopes.split()}
        await audit.record("accounts.token_revoked", actor=actor or viewer_for(user), subject=token.name, before=before)
    return True


async def revoke_tokens(user: User, *kinds: str) -> int:
    """End all of a user's tokens of these kinds at once; answers how many there were."""
    async with atomic():
        count = await ApiToken.filter(user_id=user.id, kind__in=kinds).delete()
        if count:
            before = {"kinds": list(kinds), "count": count}
            await audit.record("accounts.tokens_revoked", actor=viewer_for(user), subject=user.handle, before=before)
    return count


async def warn_of_ends() -> None:
    """Tell the owners of tokens that end within a week, once for each; one that was made for so short says nothing."""
    now = datetime.now(UTC)
    ending = ApiToken.filter(expires_at__gt=now, expires_at__lt=now + WARNED_BEFORE, user__is_active=True)
    async for token in ending.order_by("id").select_related("user"):
        if token.stamp != token.user.stamp or token.expires_at is None:
            continue
        if token.expires_at - token.created_at > 2 * WARNED_BEFORE:
            await _warn(token, token.expires_at)


async def _warn(token: ApiToken, ends: datetime) -> None:
    async with atomic():
        await links.send_mail(
            "token_ending",
            N_("“%(token)s” stops working soon on %(site)s"),
            to=token.user.email,
            locale=token.user.locale,
            key=str(token.id),
            name=token.user.name,
            token=token.name,
            day=ends,
            tokens_url=links.address_of(_PAGES[token.kind]),
        )


_PAGES = {"api": "tokens", "app": "tokens", "feed": "feeds"}


def _secret(kind: str) -> tuple[str, str]:
    """A new secret, and how it is shown."""
    if kind == "app":
        secret = "".join(secrets.choice(_APP_LETTERS) for _number in range(_APP_LENGTH))
        return secret, "-".join(secret[at : at + 4] for at in range(0, _APP_LENGTH, 4))
    secret = (FEED_PREFIX if kind == "feed" else PREFIX) + secrets.token_urlsafe(32)
    return secret, secret


def _held(scopes: Sequence[str]) -> list[str]:
    """Scopes in order, each once; who may change a part reads it."""
    reads = {scope.replace(":write", ":read") for scope in scopes if scope.endswith(":write")}
    return sorted({*scopes, *reads}, key=lambda scope: (scope not in SCOPES, scope))


def _check(name: str, scopes: Sequence[str], days: int | None, clubs: str) -> None:
    if not 1 <= len(name.strip()) <= 80:
        raise Invalid(_("A token needs a name of at most 80 characters."), field="name")
    parts = {loaded.name for loaded in current.app().parts}
    known = {*SCOPES, *(f"{part}:{verb}" for part in parts for verb in SCOPES)}
    reads = any(scope == "read" or scope.endswith(":read") for scope in scopes)
    if not reads or set(scopes) - known:
        raise Invalid(_("A token may read, or read and write."), field="scopes")
    if len(" ".join(scopes)) > 200:
        raise Invalid(_("These are too many parts for one token. Choose fewer, or all."), field="parts")
    if len(clubs) > 1000:
        raise Invalid(_("These are too many clubs for one token. Choose fewer, or all."), field="clubs")
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise Invalid(_("From 1 to %(most)s days, please.", most=LONGEST_DAYS), field="days")
