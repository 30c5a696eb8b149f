"""Passwords: which are good enough, and their argon2id hashes, made in a few threads beside the event loop."""

from __future__ import annotations

import asyncio
import re
import secrets
import string
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from core import current
from core.errors import Invalid
from core.i18n import gettext as _

T = TypeVar("T")

SHORTEST = 8  # bytes
LONGEST = 1024  # bytes
_AROUND = string.digits + string.punctuation + string.whitespace
# 64 MiB, three passes: the second recommendation of RFC 9106. The threads bound how many of these are in memory at a time.
_HASHER = PasswordHash((Argon2Hasher(),))
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")


async def hash_password(password: str) -> str:
    """The hash that is stored for a password that `check_strength` let pass."""
    return await _in_thread(_HASHER.hash, _normal(password))


async def verify_password(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Whether this is the password, and a new hash when the stored one was made with other parameters.

    One verification is done in every case, also when there is no stored hash or the password could not be one, so that the
    work tells nobody which it was.

    Args:
        password: as it came in, of any length and content.
        stored: the hash of the account, None when there is no account or it has no password.
    """
    possible = _is_possible(password)
    given = _normal(password) if possible else b"x"
    right, renewed = await _in_thread(_verify, given, stored)
    return right and possible and stored is not None, renewed


def check_strength(password: str, *, about: tuple[str, ...] = (), field: str = "password") -> None:
    """Refuse passwords that are too short, too long or among the first that anybody tries.

    Those are the commonest ones, the words of `about` and those of the site (its name, its host), also with digits and signs
    before or behind.

    Args:
        password: the new password.
        about: what everybody knows of the person: address, name.
        field: of the form.

    Raises:
        Invalid: saying what to do instead.
    """
    if not _is_possible(password, shortest=0):
        raise Invalid(_("At most %(most)s bytes of text, without control characters.", most=LONGEST), field=field)
    if len(_normal(password)) < SHORTEST:
        raise Invalid(
            _("At least %(least)s characters, please. Four random words are easy to keep.", least=SHORTEST), field=field
        )
    if _is_easily_guessed(password, about):
        raise Invalid(_("This password is among the first that others try. Four random words are better."), field=field)


async def new_hash(password: str | None, *, about: tuple[str, ...] = ()) -> str | None:
    """The hash for a new password; None for an account that has none.

    Raises:
        Invalid: as `check_strength`.
    """
    if password is None:
        return None
    check_strength(password, about=about)
    return await hash_password(password)


@lru_cache(maxsize=1)
def common_passwords() -> frozenset[str]:
    """Passwords that attackers try first, in lower case."""
    path = Path(__file__).parent / "common_passwords.txt"
    return frozenset(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))


def _is_easily_guessed(password: str, about: tuple[str, ...]) -> bool:
    plain = _folded(password)
    known = {_folded(word) for text in (*about, *_site_words()) for word in _words(text)} - {""}
    return plain in common_passwords() or not known.isdisjoint((plain, plain.strip(_AROUND))) or len(set(plain)) < 3


def _site_words() -> tuple[str, ...]:
    settings = current.app().settings
    return (settings.site_name, *settings.hosts)


def _words(text: str) -> Iterator[str]:
    """A text, its parts, and the text without what parts it: `Max Member`, `Max`, `Member`, `MaxMember`."""
    parts = re.split(r"[\W_]+", text)
    yield from (text, text.partition("@")[0], "".join(parts), *parts)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _is_possible(password: str, shortest: int = 1) -> bool:
    if not shortest <= len(password) <= LONGEST:
        return False
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in password):
        return False
    return len(_normal(password)) <= LONGEST


def _normal(password: str) -> bytes:
    """NFC, so that the same letters typed on another keyboard are the same password (RFC 8265, 4.2)."""
    return unicodedata.normalize("NFC", password).encode()


def _verify(password: bytes, stored: str | None) -> tuple[bool, str | None]:
    return _HASHER.verify_and_update(password, stored or _nobodys_hash())


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    """Stands in where there is no hash to compare with."""
    return _HASHER.hash(secrets.token_bytes(32))


async def _in_thread(work: Callable[..., T], *arguments: Any) -> T:
    return await asyncio.get_running_loop().run_in_executor(_THREADS, work, *arguments)
