"""From a cookie or a bearer token to a viewer, in one query. `spaces` widens the query so that it also loads the club."""

from __future__ import annotations

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
from core.permissions import Grant
from core.settings import Settings

SEEN_EVERY = timedelta(minutes=10)
_USER = (
    "u.id AS user_id, u.name AS user_name, u.email, u.handle, u.locale, u.timezone, u.is_operator, u.is_active, "
    "u.stamp, u.photo_hash, u.has_factor, u.leaving_at"
)
_BOTH = "s.stamp AS session_stamp, s.seen_at, s.expires_at"
_SESSION = (
    f"s.id AS session_id, {_BOTH}, s.proven_at, s.factor_at, s.operator_id, NULL AS scopes, NULL AS kind, "
    "'' AS token_clubs"
)
_TOKEN = (
    f"NULL AS session_id, {_BOTH}, NULL AS proven_at, NULL AS factor_at, NULL AS operator_id, s.scopes, s.kind, "
    "s.clubs AS token_clubs"
)


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request brings to prove who sends it.

    Args:
        kind: `session` (cookie), `token` (bearer) or `none`.
        digest: SHA-256 of the secret, in hexadecimal.
    """

    kind: str
    digest: str = ""

    @property
    def columns(self) -> str:
        """The columns of the credential and its user."""
        return f"{_TOKEN if self.kind == 'token' else _SESSION}, {_USER}"

    @property
    def table(self) -> str:
        """Where credentials of this kind are."""
        return "accounts_api_token" if self.kind == "token" else "accounts_login_session"


def cookie_name(settings: Settings) -> str:
    """The login cookie; `__Host-` pins it to this host over https (RFC 6265bis)."""
    return "__Host-cercle" if settings.is_secure else "cercle"


def digest(secret: str) -> str:
    """How a secret is stored."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def credential_of(request: Request) -> Credential:
    """Read the cookie or, below `/api/`, the `Authorization` header. An API call with a token never uses the cookie."""
    header = request.headers.get("authorization", "") if request.wants_json else ""
    if header[:7].lower() == "bearer ":
        return Credential("token", digest(header[7:].strip()))
    secret = request.cookies.get(cookie_name(request.app.settings))
    return Credential("session", digest(secret)) if secret and len(secret) < 200 else Credential("none")


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
    if row is None or row["user_id"] is None or not _is_good(request, row):
        if credential.kind == "token":
            raise SignInNeeded(i18n.gettext("This token is unknown, expired or revoked."))
        return anonymous(request)
    locale = row["locale"] or i18n.language()
    i18n.use(locale, row["timezone"])
    await _mark_seen(credential, row)
    return Viewer(
        id=row["user_id"],
        name=row["user_name"],
        email=row["email"],
        handle=row["handle"],
        is_operator=bool(row["is_operator"]),
        locale=locale,
        timezone=row["timezone"],
        clubs=clubs,
        grants=grants or {},
        session_id=row["session_id"],
        token_scopes=tuple(row["scopes"].split()) if row["scopes"] is not None else None,
        signed_in_at=moment(row["proven_at"]),
        photo_hash=row["photo_hash"],
        has_factor=bool(row["has_factor"]),
        factor_at=moment(row["factor_at"]),
        leaving_at=moment(row["leaving_at"]),
        operator_id=row["operator_id"],
        token_kind=row["kind"],
        token_clubs=frozenset(int(number) for number in row["token_clubs"].split(",") if number) or None,
    )


def anonymous(request: Request, grants: Mapping[int, Grant] | None = None) -> Viewer:
    """Nobody, in the language of the browser."""
    return Viewer(locale=i18n.language(), grants=grants or {})


def moment(value: Any) -> datetime | None:
    """A time from a plain row: SQLite gives text, PostgreSQL a datetime."""
    if value is None or isinstance(value, datetime):
        return value
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _is_good(request: Request, row: Mapping[str, Any]) -> bool:
    now = datetime.now(UTC)
    expires, seen = moment(row["expires_at"]), moment(row["seen_at"])
    idle = timedelta(hours=request.app.settings.session_idle_hours)
    fresh = row["session_id"] is None or (seen is not None and now - seen < idle)
    return (
        bool(row["is_active"]) and row["session_stamp"] == row["stamp"] and fresh and (expires is None or now < expires)
    )


async def _mark_seen(credential: Credential, row: Mapping[str, Any]) -> None:
    """Remember that the credential is in use, at most every ten minutes."""
    now, seen = datetime.now(UTC), moment(row["seen_at"])
    if seen is not None and now - seen < SEEN_EVERY:
        return
    from core.accounts.models import ApiToken, LoginSession

    model = ApiToken if credential.kind == "token" else LoginSession
    await model.filter(token_hash=credential.digest).update(seen_at=now)


__all__ = ["Credential", "anonymous", "cookie_name", "credential_of", "digest", "load_viewer", "moment", "viewer_of"]
