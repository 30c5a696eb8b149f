"""Passkeys of a person: making one (WebAuthn Level 3, 7.1), its name, and taking it away."""

from __future__ import annotations

import secrets

import webauthn
from tortoise.exceptions import IntegrityError
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_registration_credential_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from core import audit, current
from core.accounts.models import Identity, Passkey, SignInStep, User
from core.accounts.services.factors import hold_account, keep_factor, note_factor
from core.accounts.services.notices import tell
from core.accounts.services.people import renew_stamp
from core.accounts.services.relying_party import checked, site_id, site_origin, too_late
from core.accounts.services.steps import begin_step, spend_step
from core.accounts.viewer import viewer_for
from core.db import atomic
from core.errors import Conflict, Invalid, NotFound
from core.i18n import N_
from core.i18n import gettext as _

PURPOSE = "new_passkey"
MOST = 30  # passkeys of one person
LONGEST_ID = 1023  # bytes of a credential's id (WebAuthn Level 3, 7.1)
LONGEST_KEY = 4096  # bytes of a public key; RSA of 16,384 bits has half of that


async def begin_passkey(user: User) -> tuple[str, str]:
    """Ask the browser to make a passkey for this person.

    Returns:
        The secret of the step for the browser's cookie, and the options for the browser as JSON.
    """
    options = webauthn.generate_registration_options(
        rp_id=site_id(),
        rp_name=current.app().settings.site_name,
        user_id=base64url_to_bytes(await _handle(user)),
        user_name=user.email,
        user_display_name=user.name,
        exclude_credentials=await descriptors(user),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    secret = await begin_step(PURPOSE, user=user, facts={"challenge": bytes_to_base64url(options.challenge)})
    return secret, webauthn.options_to_json(options)


async def make_passkey(user: User, step: SignInStep | None, answer: str, *, name: str) -> Passkey:
    """Keep the passkey that the browser has made, and end what was handed out for the account before.

    The caller starts a new session for the browser at hand. The user is told by mail.

    Args:
        user: whose it is, as just read.
        step: that the browser has begun; None when it has none that can be used.
        answer: what the browser gave, as JSON.
        name: what to call it; at most 80 characters are kept.

    Raises:
        Invalid: when the answer is not right, or there are too many passkeys.
        Conflict: when the key is registered already, or the account was changed at the same time.
    """
    if step is None or step.user_id != user.id or not await spend_step(step):
        raise too_late()
    given = checked(lambda: parse_registration_credential_json(answer))
    made = checked(lambda: _verify(step, given))
    if len(made.credential_id) > LONGEST_ID or len(made.credential_public_key) > LONGEST_KEY:
        raise Invalid(_("This passkey could not be checked. Please try again."))
    try:
        async with atomic():
            await hold_account(user)
            return await _keep(user, given, made, name[:80])
    except IntegrityError:
        raise Conflict(_("This passkey is registered already.")) from None


async def rename_passkey(user: User, number: int, name: str) -> None:
    """Call one of the user's passkeys otherwise.

    Raises:
        NotFound: when they have no such passkey.
    """
    async with atomic():
        key = await passkey_of(user, number)
        if key.name == name:
            return
        await Passkey.filter(id=key.id).update(name=name)
        await _record(user, "accounts.passkey_renamed", before={"passkey": key.name}, after={"passkey": name})
        subject = N_("A passkey for your account on %(site)s has a new name")
        await tell(user, "passkey_renamed", subject, before=key.name, after=name)


async def remove_passkey(user: User, number: int) -> None:
    """Take a passkey away, and end what was handed out for the account. The caller starts a new session.

    Raises:
        NotFound: when they have no such passkey.
        Conflict: when it is their only way in, the site wants them to have a factor, or the account changed meanwhile.
    """
    async with atomic():
        await hold_account(user)
        key = await passkey_of(user, number)
        await key.delete()
        if not await _has_way_in(user):
            raise Conflict(_("This passkey is your only way in. Set a password or make another passkey first."))
        await note_factor(user)
        await keep_factor(user)
        await renew_stamp(user)
        await _record(user, "accounts.passkey_removed", before={"passkey": key.name})
        await tell(user, "passkey_removed", N_("A passkey for your account on %(site)s was removed"), passkey=key.name)


async def passkey_of(user: User, number: int) -> Passkey:
    """One of the user's passkeys.

    Raises:
        NotFound: when they have no such passkey.
    """
    key = await Passkey.get_or_none(id=number, user_id=user.id)
    if key is None:
        raise NotFound()
    return key


async def descriptors(user: User) -> list[PublicKeyCredentialDescriptor]:
    """The user's passkeys as browsers want to hear of them, so that they find the right one, or make no second one."""
    keys = await Passkey.filter(user_id=user.id).order_by("id").limit(MOST)
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(key.key_id),
            transports=[AuthenticatorTransport(word) for word in key.transports.split()] or None,
        )
        for key in keys
    ]


async def _handle(user: User) -> str:
    """What passkeys know the user by: random, made once, and no name of theirs."""
    if user.passkey_handle is None:
        fresh = secrets.token_urlsafe(32)
        await User.filter(id=user.id, passkey_handle=None).update(passkey_handle=fresh)
        await user.refresh_from_db(fields=["passkey_handle"])
    return user.passkey_handle or ""


def _verify(step: SignInStep, given: RegistrationCredential) -> VerifiedRegistration:
    return webauthn.verify_registration_response(
        credential=given,
        expected_challenge=base64url_to_bytes(str(step.facts["challenge"])),
        expected_rp_id=site_id(),
        expected_origin=site_origin(),
        require_user_verification=True,
    )


async def _keep(user: User, given: RegistrationCredential, made: VerifiedRegistration, name: str) -> Passkey:
    if await Passkey.filter(user_id=user.id).count() >= MOST:
        raise Invalid(_("You have many passkeys already. Please remove one that you do not use first."))
    key = await Passkey.create(
        user_id=user.id,
        key_id=bytes_to_base64url(made.credential_id),
        public_key=bytes_to_base64url(made.credential_public_key),
        uses=made.sign_count,
        name=name,
        model=made.aaguid,
        transports=" ".join(transport.value for transport in dict.fromkeys(given.response.transports or ())),
        is_synced=made.credential_backed_up,
    )
    await note_factor(user)
    await renew_stamp(user)
    await _record(user, "accounts.passkey_added", after={"passkey": name})
    await tell(user, "passkey_added", N_("A new passkey for your account on %(site)s"), passkey=name)
    return key


async def _has_way_in(user: User) -> bool:
    """Whether they can sign in still: with a password, another passkey, or through an identity provider that is on."""
    if user.password_hash is not None or await Passkey.filter(user_id=user.id).exists():
        return True
    return await Identity.filter(user_id=user.id, provider__is_enabled=True).exists()


async def _record(
    user: User, action: str, *, before: dict[str, object] | None = None, after: dict[str, object] | None = None
) -> None:
    await audit.record(action, actor=viewer_for(user), subject=user.handle, before=before, after=after)
