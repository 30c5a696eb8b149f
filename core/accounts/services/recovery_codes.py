"""Recovery codes: ten on paper, each of which stands in for the second factor once.

A code has 120 random bits, so nobody finds it by trying hashes: HMAC-SHA-256 with the site's key is enough, where a password,
which people choose, needs argon2. Who copies the tables alone cannot even check a guess.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata
from datetime import UTC, datetime

from core import audit, current
from core.accounts.models import RecoveryCode, User
from core.accounts.services.notices import tell
from core.accounts.viewer import viewer_for
from core.db import atomic
from core.i18n import N_

MANY = 10
FEW = 3  # fewer than this, and their owner is asked to make new ones
_BYTES = 15
_LETTERS = 24
_LONGEST = 80  # characters that are looked at, with gaps


async def make_codes(user: User) -> list[str]:
    """Ten new codes; those before end. They are shown once and stored as hashes.

    A person who has a factor, or adds one in the same transaction, may have them.
    """
    codes = [base64.b32encode(secrets.token_bytes(_BYTES)).decode() for _number in range(MANY)]
    async with atomic():
        await RecoveryCode.filter(user_id=user.id).delete()
        await RecoveryCode.bulk_create([RecoveryCode(user_id=user.id, code_hash=_hash(user, code)) for code in codes])
        await audit.record("accounts.recovery_codes_made", actor=viewer_for(user), subject=user.handle)
        await tell(user, "recovery_codes_made", N_("New recovery codes for your account on %(site)s"))
    return [shown(code) for code in codes]


async def use_code(user: User, text: str) -> bool:
    """Spend one of the user's codes; False for a wrong or a used one. Of several at the same time one succeeds.

    Its owner is told by mail.

    Args:
        user: whose codes.
        text: as typed, with or without gaps.
    """
    code = typed(text)
    if code is None:
        return False
    async with atomic():
        found = RecoveryCode.filter(user_id=user.id, code_hash=_hash(user, code), used_at=None)
        if not await found.update(used_at=datetime.now(UTC)):
            return False
        left = await codes_left(user)
        await audit.record(
            "accounts.recovery_code_used", actor=viewer_for(user), subject=user.handle, after={"left": left}
        )
        await tell(user, "recovery_code_used", N_("A recovery code of your account on %(site)s was used"), left=left)
    return True


async def codes_left(user: User) -> int:
    """How many codes the user can still use."""
    return await RecoveryCode.filter(user_id=user.id, used_at=None).count()


def shown(code: str) -> str:
    """A code as it is written down: six groups of four, as `ABCD-EFGH-IJKL-MNOP-QRST-UVWX`."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def typed(text: str) -> str | None:
    """The code in what somebody typed, or None. Case, spaces and dashes of any kind make no difference.

    Base32 has no 0, 1 and 8: they are read as the letters that look like them.
    """
    if len(text) > _LONGEST:
        return None
    letters = (letter for letter in text.upper() if not letter.isspace() and unicodedata.category(letter) != "Pd")
    code = "".join(letters).translate(str.maketrans("018", "OIB"))
    return code if len(code) == _LETTERS and code.isascii() and code.isalnum() else None


def _hash(user: User, code: str) -> str:
    key = current.app().settings.secret_key.encode()
    return hmac.new(key, f"cercle recovery code\0{user.id}\0{code}".encode(), hashlib.sha256).hexdigest()
