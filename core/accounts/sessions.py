"""From a cookie, a bearer token or an app password to a viewer, in one query. `spaces` widens it so that it also loads the club.

What a token is limited to, some clubs or some parts, is taken into the viewer here, so that no list has to know of tokens.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core import i18n
from core.accounts.viewer import ClubLink, Viewer
from core.db import dialect, rows
from core.errors import SignInNeeded
from core.http import Request
from core.limits import client_address
from core.permissions import Grant
from core.settings import Settings

SEEN_EVERY = timedelta(minutes=10)
_TOKEN_KINDS = {"token": "api", "app": "app"}  # what must stand in the row, by the kind of the credential
_USER = (
    "u.id AS user_id, u.name AS user_name, u.email, u.handle, u.locale, u.timezone, u.is_operator, u.is_active, "
    "u.stamp, u.photo_hash, u.has_factor, u.leaving_at, u.closed_at"
)
_BOTH = "s.stamp AS session_stamp, s.seen_at, s.expires_at"
_OPERATOR = (
    "(SELECT o.name FROM accounts_user o WHERE o.id = s.operator_id AND o.is_operator AND o.is_active) AS operator_name"
)
_SESSION = (
    f"s.id AS session_id, {_BOTH}, s.proven_at, s.factor_at, s.methods, s.operator_id, {_OPERATOR}, "
    "NULL AS scopes, NULL AS kind, '' AS token_clubs"
)
_TOKEN = (
    f"NULL AS session_id, {_BOTH}, NULL AS proven_at, NULL AS factor_at, '' AS methods, NULL AS operator_id, "
    "NULL AS operator_name, s.scopes, s.kind, s.clubs AS token_clubs"
)


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request brings to prove who sends it.

    Args:
        kind: `session` (cookie), `token` (bearer), `app` (app password by HTTP Basic) or `none`.
        digest: SHA-256 of the secret, in hexadecimal.
        login: the address or handle that came with an app password; it must be its owner's.
    """

    kind: str
    digest: str = ""
    login: str = ""

    @property
    def is_token(self) -> bool:
        """Whether a program sent it, not a browser."""
        return self.kind in _TOKEN_KINDS

    @property
    def columns(self) -> str:
        """The columns of the credential and its user."""
        return f"{_TOKEN if self.is_token else _SESSION}, {_USER}"

    @property
    def table(self) -> str:
        """Where credentials of this kind are."""
        return "accounts_api_token" if self.is_token else "accounts_login_session"


def cookie_name(settings: Settings) -> str:
    """The login cookie; `__Host-` pins it to this host over https (RFC 6265bis)."""
    return "__Host-cercle" if settings.is_secure else "cercle"


def kept_cookie_name(settings: Settings) -> str:
    """Where an operator's own login waits while they act as somebody else; nothing but the way back reads it."""
    return f"{cookie_name(settings)}-own"


def digest(secret: str) -> str:
    """How a secret is stored."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def credential_of(request: Request) -> Credential:
    """Read the cookie or, below `/api/` and `/feeds/`, the `Authorization` header.

    A call with a bearer token never uses the cookie. A browser sends HTTP Basic by itself once a proxy asked for it, so the
    cookie goes before an app password.
    """
    scheme, _, given = _authorization(request).partition(" ")
    if scheme.lower() == "bearer" and request.wants_json:
        return Credential("token", digest(given.strip()))
    secret = request.cookies.get(cookie_name(request.app.settings))
    if secret and len(secret) < 200:
        return Credential("session", digest(secret))
    return _app_password(given.strip()) if scheme.lower() == "basic" else Credential("none")


def plain_app_password(typed: str) -> str:
    """An app password without the gaps that it is shown with."""
    return "".join(letter for letter in typed.lower() if letter not in " -")


def _authorization(request: Request) -> str:
    takes_tokens = request.wants_json or str(request.scope["path"]).startswith("/feeds/")
    return request.headers.get("authorization", "") if takes_tokens else ""


def _app_password(given: str) -> Credential:
    """The credential in the `Authorization` header of HTTP Basic (RFC 7617); one that cannot be read is a wrong one."""
    try:
        login, _, secret = base64.b64decode(given[:2000], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return Credential("app")
    return Credential("app", digest(plain_app_password(secret)), login.strip().lower())


async def load_viewer(request: Request) -> Viewer:
    """The viewer of a request that belongs to no club."""
    credential = credential_of(request)
    if credential.kind == "none":
        return anonymous(request)
    sql = (
        f"SELECT {credential.columns} FROM {credential.table} s JOIN accounts_user u ON u.id = s.user_id "
        f"WHERE s.token_hash = {dialect().param(1)}"
    )
    found = await rows(sql, [credential.digest])
    return await viewer_of(request, credential, found[0] if found else None)


async def viewer_of(
    request: Request,
    credential: Credential,
    row: Mapping[str, Any] | None,
    clubs: tuple[ClubLink, ...] = (),
    grants: Mapping[int, Grant] | None = None,
) -> Viewer:
    """Make the viewer from a loaded row, when the credential is still good.

    Raises:
        SignInNeeded: for a bearer token that is not good, so that a script learns it.
    """
    if row is None or row["user_id"] is None or not _is_good(request, credential, row):
        if credential.is_token:
            raise SignInNeeded(i18n.gettext("This token is unknown, expired or revoked."))
        return anonymous(request)
    locale = row["locale"] or i18n.language()
    i18n.use(locale, row["timezone"])
    await _mark_seen(request, credential, row)
    limited = frozenset(int(number) for number in row["token_clubs"].split(",") if number) or None
    return Viewer(
        id=row["user_id"],
        name=row["user_name"],
        email=row["email"],
        handle=row["handle"],
        is_operator=bool(row["is_operator"]) and limited is None,
        locale=locale,
        timezone=row["timezone"],
        clubs=clubs if limited is None else tuple(club for club in clubs if club.id in limited),
        grants=grants or {},
        session_id=row["session_id"],
        token_scopes=tuple(row["scopes"].split()) if row["scopes"] is not None else None,
        signed_in_at=moment(row["proven_at"]),
        photo_hash=row["photo_hash"],
        has_factor=bool(row["has_factor"]),
        factor_at=moment(row["factor_at"]),
        methods=row["methods"],
        leaving_at=moment(row["leaving_at"]),
        operator_id=row["operator_id"],
        operator_name=row["operator_name"] or "",
        acting_until=moment(row["expires_at"]) if row["operator_id"] else None,
        token_kind=row["kind"],
        token_clubs=limited,
    ).locking()


def anonymous(request: Request, grants: Mapping[int, Grant] | None = None) -> Viewer:
    """Nobody, in the language of the browser."""
    return Viewer(locale=i18n.language(), grants=grants or {})


def moment(value: Any) -> datetime | None:
    """A time from a plain row: SQLite gives text, PostgreSQL a datetime."""
    if value is None or isinstance(value, datetime):
        return value
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _is_good(request: Request, credential: Credential, row: Mapping[str, Any]) -> bool:
    if credential.is_token and row["kind"] != _TOKEN_KINDS[credential.kind]:
        return False
    if credential.kind == "app" and credential.login not in (row["email"], row["handle"]):
        return False
    if row["operator_id"] and (not row["operator_name"] or row["is_operator"]):
        return False  # who acts must still be an operator, and nobody acts as one
    now = datetime.now(UTC)
    expires, seen = moment(row["expires_at"]), moment(row["seen_at"])
    idle = timedelta(hours=request.app.settings.session_idle_hours)
    fresh = row["session_id"] is None or (seen is not None and now - seen < idle)
    current = row["session_stamp"] == row["stamp"] and fresh and (expires is None or now < expires)
    return current and (bool(row["is_active"]) or (row["session_id"] is not None and _is_leaving(row)))


def _is_leaving(row: Mapping[str, Any]) -> bool:
    """As `User.may_sign_in`: who is leaving can still change their mind in a browser; `mind_leaving` shows them nothing else."""
    return row["leaving_at"] is not None and row["closed_at"] is None


async def _mark_seen(request: Request, credential: Credential, row: Mapping[str, Any]) -> None:
    """Remember that the credential is in use, a token from where, at most every ten minutes."""
    now, seen = datetime.now(UTC), moment(row["seen_at"])
    if seen is not None and now - seen < SEEN_EVERY:
        return
    from core.accounts.models import ApiToken, LoginSession, User

    if not credential.is_token:
        await LoginSession.filter(token_hash=credential.digest).update(seen_at=now)
        if row["operator_id"] is None:
            await User.filter(id=row["user_id"]).update(seen_at=now)
        return
    network = client_address(request.scope, request.app.settings.trusted_proxies)[:64]
    await ApiToken.filter(token_hash=credential.digest).update(seen_at=now, network=network)


__all__ = [
    "Credential",
    "anonymous",
    "cookie_name",
    "credential_of",
    "digest",
    "kept_cookie_name",
    "load_viewer",
    "moment",
    "plain_app_password",
    "viewer_of",
]
