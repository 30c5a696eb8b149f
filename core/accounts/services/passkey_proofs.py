"""Proving who one is with a passkey (WebAuthn Level 3, 7.2): the challenge, and the check of the answer.

The key must be unlocked by its owner (finger, face, PIN), so that it stands for two factors. Whose it is comes from the key.
"""

from __future__ import annotations

from datetime import UTC, datetime

import webauthn
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_authentication_credential_json
from webauthn.helpers.structs import AuthenticationCredential, UserVerificationRequirement

from core import audit
from core.accounts.models import Passkey, SignInStep, User
from core.accounts.services.notices import tell
from core.accounts.services.passkeys import LONGEST_ID, descriptors
from core.accounts.services.relying_party import checked, site_id, site_origin, too_late
from core.accounts.services.steps import begin_step, spend_step
from core.db import atomic
from core.errors import Invalid
from core.i18n import N_
from core.i18n import gettext as _

PURPOSE = "passkey"


class RefusedPasskey(Invalid):
    """An answer that proves nothing.

    Args:
        message: what its owner should know.
        user: whose passkey it claims to be; None when it claims nobody's.
    """

    def __init__(self, message: str, user: User | None) -> None:
        super().__init__(message)
        self.user = user


async def begin_passkey_proof(user: User | None = None) -> tuple[str, str]:
    """Ask for a passkey.

    Args:
        user: whose passkey it must be; None when the key itself says whose it is.

    Returns:
        The secret of the step for the browser's cookie, and the options for the browser as JSON.
    """
    options = webauthn.generate_authentication_options(
        rp_id=site_id(),
        allow_credentials=await descriptors(user) if user else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    secret = await begin_step(PURPOSE, user=user, facts={"challenge": bytes_to_base64url(options.challenge)})
    return secret, webauthn.options_to_json(options)


async def check_passkey_proof(step: SignInStep | None, answer: str, user: User | None = None) -> User:
    """Hold the browser's answer against the challenge, which is used up by it, right or wrong.

    Args:
        step: that the browser has begun; None when it has none that can be used.
        answer: what the browser gave, as JSON.
        user: who must be the one, when that is known.

    Returns:
        Whose passkey it is.

    Raises:
        RefusedPasskey: when the passkey opens nothing; says why as far as that helps its owner.
        Invalid: when there is no challenge to answer, or what came is no answer.
    """
    if step is None or (user and step.user_id != user.id) or not await spend_step(step):
        raise too_late()
    given = checked(lambda: parse_authentication_credential_json(answer))
    key = await _key_of(given)
    if key is None or not key.user.may_sign_in or not _fits(step, key, given):
        raise _unknown(key)
    try:
        seen = checked(lambda: _verify(step, key, given))
    except Invalid as error:
        raise RefusedPasskey(error.message, key.user) from error
    await _count_use(key, seen)
    return key.user


async def _key_of(given: AuthenticationCredential) -> Passkey | None:
    if len(given.raw_id) > LONGEST_ID:
        return None
    return await Passkey.get_or_none(key_id=bytes_to_base64url(given.raw_id)).select_related("user")


def _fits(step: SignInStep, key: Passkey, given: AuthenticationCredential) -> bool:
    """Whether the key is its who the step is about, or, where that is open, who the answer itself names."""
    if step.user_id is not None and key.user_id != step.user_id:
        return False
    named = given.response.user_handle
    if named is None:
        return step.user_id is not None
    return bytes_to_base64url(named) == key.user.passkey_handle


def _verify(step: SignInStep, key: Passkey, given: AuthenticationCredential) -> VerifiedAuthentication:
    return webauthn.verify_authentication_response(
        credential=given,
        expected_challenge=base64url_to_bytes(str(step.facts["challenge"])),
        expected_rp_id=site_id(),
        expected_origin=site_origin(),
        credential_public_key=base64url_to_bytes(key.public_key),
        credential_current_sign_count=0,  # `_count_use` looks, after the signature: nobody else may raise that alarm
        require_user_verification=True,
    )


async def _count_use(key: Passkey, seen: VerifiedAuthentication) -> None:
    """Note that the key was used. Its counter only grows: one that does not belongs to a copy (WebAuthn Level 3, 6.1.1).

    Raises:
        RefusedPasskey: when the counter is not above the last one, and somewhere it was above zero.
    """
    counts = bool(seen.new_sign_count or key.uses)
    fitting = Passkey.filter(id=key.id, uses__lt=seen.new_sign_count) if counts else Passkey.filter(id=key.id, uses=0)
    noted = {"uses": seen.new_sign_count, "seen_at": datetime.now(UTC), "is_synced": seen.credential_backed_up}
    if await fitting.update(**noted):
        return
    if not await Passkey.filter(id=key.id).exists():
        raise _unknown(key)
    await _tell_of_copy(key, seen.new_sign_count)
    text = _("A copy of this passkey seems to be in use. It is refused: sign in another way, and remove it.")
    raise RefusedPasskey(text, key.user)


async def _tell_of_copy(key: Passkey, uses: int) -> None:
    async with atomic():
        await audit.record(
            "accounts.passkey_refused",
            actor=None,
            subject=key.user.handle,
            before={"passkey": key.name, "uses": key.uses},
            after={"passkey": key.name, "uses": uses},
        )
        subject = N_("A passkey for your account on %(site)s was refused")
        await tell(key.user, "passkey_copied", subject, passkey=key.name)


def _unknown(key: Passkey | None) -> RefusedPasskey:
    return RefusedPasskey(_("This passkey opens no account here. It may have been removed."), key.user if key else None)
