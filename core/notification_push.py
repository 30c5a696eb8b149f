"""Web push: a message that only one browser can read, signed by the site, through the one outgoing client (RFC 8030, 8291, 8292).

The checks of addresses that hold for every call to another server hold for push services too.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
from dataclasses import dataclass
from time import time
from urllib.parse import urlsplit

import http_ece
import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from core.i18n import N_
from core.outgoing import SECONDS, OutgoingError, _client

KEPT = 86_400
"""Seconds for which a push service keeps a message for a device that is off."""
_SIGNED_FOR = 43_200  # seconds; RFC 8292 allows a day
_POINT, _SECRET = 65, 16  # bytes of a point of P-256 that is not compressed, and of an authentication secret


@dataclass(frozen=True, slots=True)
class PushKeys:
    """The pair of keys by which push services know a site (VAPID).

    Args:
        private: as PEM.
        public: the point of P-256 in base64url, as browsers take it.
    """

    private: str
    public: str


@dataclass(frozen=True, slots=True)
class PushTarget:
    """A browser, as its Push API names itself.

    Args:
        endpoint: the address at its push service.
        key, secret: `p256dh` and `auth`, in base64url.
    """

    endpoint: str
    key: str
    secret: str

    @property
    def is_usable(self) -> bool:
        """Whether messages can be written for it: its key is a point of the curve, its secret has 16 bytes."""
        if len(decoded(self.secret)) != _SECRET or len(decoded(self.key)) != _POINT:
            return False
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(self.key))
        except ValueError:
            return False
        return True


def new_push_keys() -> PushKeys:
    """A pair of keys that nobody has."""
    key = ECKey.generate_key("P-256")
    numbers = key.as_dict(private=False)
    point = b"\x04" + decoded(str(numbers["x"])).rjust(32, b"\0") + decoded(str(numbers["y"])).rjust(32, b"\0")
    return PushKeys(key.as_pem(private=True).decode(), encoded(point))


async def post_push(target: PushTarget, body: bytes, *, keys: PushKeys, contact: str, trusted: str = "") -> int:
    """Encrypt a message for a browser and post it to its push service; follows no redirect and reads no answer.

    Args:
        target: the browser.
        body: the message, at most 3,000 bytes.
        keys: of the site.
        contact: an address of the operator for the push service, `mailto:` or `https:`.
        trusted: an address that the operator entered; its scheme, host and port may lie in a private network.

    Returns:
        The status of the answer; 404 and 410 say that the browser is gone for good.

    Raises:
        OutgoingError: after 5 s, for an address that is not allowed, and when nobody answers.
        ValueError: when the target is not usable.
    """
    headers, sealed = _headers(target.endpoint, keys, contact), _sealed(target, body)
    try:
        async with (
            asyncio.timeout(SECONDS),
            _client(trusted) as client,
            client.stream("POST", target.endpoint, content=sealed, headers=headers) as response,
        ):
            return response.status_code
    except TimeoutError:
        raise OutgoingError(N_("The server did not answer within 5 seconds.")) from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        raise OutgoingError(N_("The server cannot be reached.")) from error


def decoded(text: str) -> bytes:
    """Bytes from base64url as browsers write it; empty for what is none."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def encoded(data: bytes) -> str:
    """Bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _sealed(target: PushTarget, body: bytes) -> bytes:
    return bytes(
        http_ece.encrypt(
            body,
            salt=secrets.token_bytes(16),
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=decoded(target.key),
            auth_secret=decoded(target.secret),
            version="aes128gcm",
        )
    )


def _headers(endpoint: str, keys: PushKeys, contact: str) -> dict[str, str]:
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int(time()) + _SIGNED_FOR, "sub": contact}
    token = jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, ECKey.import_key(keys.private))
    return {
        "Authorization": f"vapid t={token}, k={keys.public}",
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEPT),
        "Urgency": "normal",
    }
