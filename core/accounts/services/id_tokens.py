"""Checking what a provider has signed: who somebody is, and that they signed out there."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from core.accounts.services.discovery import ALGORITHMS

LEEWAY = 60  # seconds that clocks may differ
MOST_LENGTH = 100_000
LOGOUT_LASTS = 300  # seconds after its making that a logout token counts
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


class WrongTokenError(Exception):
    """A token that is not what it claims to be; the text is for the log."""


def read_id_token(
    token: object, keys: KeySet, *, issuer: str, client_id: str, nonce: str, access_token: str
) -> dict[str, Any]:
    """The claims of an ID token (OpenID Connect Core 1.0, section 3.1.3.7).

    Args:
        token: as the provider sent it.
        keys: the provider's, see `fetch_keys`.
        issuer: who must have made it.
        client_id: who it must be for.
        nonce: that it must carry.
        access_token: that came with it.

    Raises:
        WrongTokenError: with the reason.
    """
    header, claims = _signed(token, keys)
    options = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}}
    params = {"nonce": nonce, "client_id": client_id, "access_token": access_token}
    try:
        CodeIDToken(claims, header, options, params).validate(leeway=LEEWAY)
    except (JoseError, ValueError, TypeError) as error:
        raise WrongTokenError(str(error)) from error
    _check_subject(claims)
    return claims


def read_logout_token(token: str, keys: KeySet, *, issuer: str, client_id: str) -> str:
    """The subject who signed out at the provider (OpenID Connect Back-Channel Logout 1.0, section 2.6).

    Raises:
        WrongTokenError: with the reason.
    """
    _header, claims = _signed(token, keys)
    try:
        JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": client_id},
            iat={"essential": True},
            jti={"essential": True},
        ).validate(claims)
    except (JoseError, ValueError, TypeError) as error:
        raise WrongTokenError(str(error)) from error
    events = claims.get("events")
    if not isinstance(events, dict) or LOGOUT_EVENT not in events or "nonce" in claims:
        raise WrongTokenError("not a logout token")
    if time.time() - float(claims["iat"]) > LOGOUT_LASTS:
        raise WrongTokenError("too old")
    _check_subject(claims)
    return str(claims["sub"])


def _signed(token: object, keys: KeySet) -> tuple[Mapping[str, Any], dict[str, Any]]:
    if not isinstance(token, str) or len(token) > MOST_LENGTH:
        raise WrongTokenError("no token")
    try:
        read = jwt.decode(token, keys, algorithms=list(ALGORITHMS), registry=JWSRegistry(algorithms=list(ALGORITHMS)))
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise WrongTokenError(f"{type(error).__name__}: {error}") from error
    return read.header, dict(read.claims)


def _check_subject(claims: Mapping[str, Any]) -> None:
    """At most 255 ASCII characters, as Core 1.0, section 2, has it; compared exactly."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject or len(subject) > 255 or not subject.isascii() or "\0" in subject:
        raise WrongTokenError("no subject")
