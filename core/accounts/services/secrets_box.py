"""Secrets that must be read again, encrypted in the database: who copies the tables alone cannot use them."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core import current


def seal(secret: str) -> str:
    """Encrypt a secret with a key made from `CERCLE_SECRET_KEY` (Fernet: AES-128-CBC with HMAC-SHA-256)."""
    return _box(current.app().settings.secret_key).encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str | None:
    """The secret again; None when it was sealed under another key, as after a change of `CERCLE_SECRET_KEY`."""
    try:
        return _box(current.app().settings.secret_key).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


@lru_cache(maxsize=4)
def _box(secret_key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"cercle accounts secrets").derive(
        secret_key.encode()
    )
    return Fernet(base64.urlsafe_b64encode(derived))
