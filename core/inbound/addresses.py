"""Addresses to which answers go: `reply+<token>@host`, each for one person and one thing, proof of who answers.

A local part has 64 characters at most (RFC 5321, 4.5.3.1.1) and comes back in small letters from many servers, so the token is
base32 of few bytes: which provider, who, in which club, about what, and a signature over these and the person's stamp. With the
stamp it ends.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32decode, b32encode
from binascii import Error as NotBase32
from dataclasses import dataclass

from core.accounts.models import User

LONGEST_ABOUT = 11
LONGEST_LOCAL = 10
_MOST = 64  # characters of a local part
_SIGNATURE = 12  # bytes
_MARK = 2


@dataclass(frozen=True, slots=True)
class Claim:
    """What an address says, before anybody has looked at its signature.

    Args:
        mark: of the provider, from `mark_of`.
        user_id: who may answer there.
        club_id: where; None for the site.
        about: the provider's own word for the thing.
        signature: over all of this and the person's stamp.
    """

    mark: bytes
    user_id: int
    club_id: int | None
    about: str
    signature: bytes = b""

    @property
    def payload(self) -> bytes:
        """What is signed, but for the stamp."""
        return self.mark + _number(self.user_id) + _number(self.club_id or 0) + self.about.encode()


class Addresses:
    """Makes and reads the addresses of a site.

    Args:
        base: what they are made from, such as `reply@example.org`.
        key: the site's secret key.
    """

    def __init__(self, base: str, key: str) -> None:
        self._local, _, self._host = base.lower().rpartition("@")
        self._key = key.encode()

    def make(self, claim: Claim, stamp: str) -> str:
        """The address for a claim.

        Raises:
            ValueError: when its `about` has more than 11 bytes.
        """
        if not 0 < len(claim.about.encode()) <= LONGEST_ABOUT:
            raise ValueError(f"What an answer is about has 1 to {LONGEST_ABOUT} bytes: {claim.about!r}")
        token = b32encode(claim.payload + self._signed(claim, stamp)).decode().rstrip("=").lower()
        local = f"{self._local}+{token}"
        if len(local) > _MOST:
            raise ValueError(f"The address for {claim.about!r} is longer than {_MOST} characters")
        return f"{local}@{self._host}"

    def read(self, address: str) -> Claim | None:
        """What an address claims; None when it was not made here."""
        local, _, host = address.lower().rpartition("@")
        before, _, token = local.partition("+")
        if host != self._host or before != self._local or len(local) > _MOST:
            return None
        try:
            content = b32decode(token.upper() + "=" * (-len(token) % 8))
            return _claimed(content)
        except (NotBase32, ValueError, IndexError):
            return None

    def is_good(self, claim: Claim, person: User) -> bool:
        """Whether the address was made for this person as they are now."""
        return hmac.compare_digest(claim.signature, self._signed(claim, person.stamp))

    def _signed(self, claim: Claim, stamp: str) -> bytes:
        facts = b"cercle reply\0" + claim.payload + b"\0" + stamp.encode()
        return hmac.new(self._key, facts, hashlib.sha256).digest()[:_SIGNATURE]


def mark_of(name: str) -> bytes:
    """Two bytes that stand for the name of a provider."""
    return hashlib.sha256(name.encode()).digest()[:_MARK]


def _claimed(content: bytes) -> Claim:
    payload, signature = content[:-_SIGNATURE], content[-_SIGNATURE:]
    user_id, rest = _read_number(payload[_MARK:])
    club_id, about = _read_number(rest)
    return Claim(payload[:_MARK], user_id, club_id or None, about.decode(), signature)


def _number(value: int) -> bytes:
    """Seven bits in each byte, the smallest first; the highest bit says that more follow."""
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*made, value])


def _read_number(content: bytes) -> tuple[int, bytes]:
    value = 0
    for place in range(5):
        value |= (content[place] & 0x7F) << (7 * place)
        if content[place] < 0x80:
            return value, content[place + 1 :]
    raise ValueError(content)
