"""A device with passkeys, in software: it answers challenges as WebAuthn Level 3 says, and lies where a test wants it to."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

ORIGIN = "http://127.0.0.1:8000"
PRESENT, VERIFIED, SYNCABLE, SYNCED, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


@dataclass(slots=True)
class Device:
    """One authenticator with one key pair.

    Args:
        uses: its signature counter; None for a device that has none, as synced passkeys.
        flags: what it claims: that somebody was there, and unlocked it.
    """

    uses: int | None = 0
    flags: int = PRESENT | VERIFIED
    origin: str = ORIGIN
    rp_id: str = "127.0.0.1"
    handle: bytes | None = None
    key_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: Mapping[str, Any], **lies: Any) -> dict[str, Any]:
        """Answer to the options for a new passkey. `lies` go into what the browser says: `challenge`, `origin`, `type`."""
        self.handle = base64url_to_bytes(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.key_id).to_bytes(2, "big") + self.key_id + encode_cbor(public)
        data = self._data(ATTESTED) + attested
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        said = self._said("webauthn.create", options, lies)
        return self._credential(
            {"clientDataJSON": _text(said), "attestationObject": _text(attestation), "transports": ["internal"]}
        )

    def prove(self, options: Mapping[str, Any], **lies: Any) -> dict[str, Any]:
        """Answer to the options for a proof; counts one use."""
        if self.uses is not None:
            self.uses += 1
        data, said = self._data(0), self._said("webauthn.get", options, lies)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._credential(
            {
                "clientDataJSON": _text(said),
                "authenticatorData": _text(data),
                "signature": _text(signature),
                "userHandle": _text(self.handle) if self.handle is not None else None,
            }
        )

    def _data(self, more: int) -> bytes:
        flags, uses = self.flags | more, self.uses or 0
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + uses.to_bytes(4, "big")

    def _said(self, kind: str, options: Mapping[str, Any], lies: Mapping[str, Any]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False, **lies}
        return json.dumps(said).encode()

    def _credential(self, response: Mapping[str, Any]) -> dict[str, Any]:
        number = _text(self.key_id)
        return {"id": number, "rawId": number, "type": "public-key", "response": response, "clientExtensionResults": {}}


async def enrolled(client: httpx.AsyncClient, device: Device | None = None) -> Device:
    """A device with a passkey of whoever uses this browser."""
    device = device or Device()
    options = (await client.post("/account/passkeys/challenge")).json()
    answer = await client.post("/account/passkeys", data={"answer": json.dumps(device.make(options))})
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/passkeys"), answer.text
    return device


async def challenge(client: httpx.AsyncClient) -> dict[str, Any]:
    """What the site asks a passkey of this browser."""
    options: dict[str, Any] = (await client.post("/sign-in/passkey/challenge")).json()
    return options


async def sign_in_with(client: httpx.AsyncClient, device: Device, **lies: Any) -> httpx.Response:
    """Sign in with a passkey."""
    answer = device.prove(await challenge(client), **lies)
    return await client.post("/sign-in/passkey", data={"answer": json.dumps(answer), "next": "/account/"})


def _text(data: bytes) -> str:
    return bytes_to_base64url(data)
