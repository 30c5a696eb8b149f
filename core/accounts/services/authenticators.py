"""Authenticator apps: six digits that change every 30 seconds (TOTP, RFC 6238). Each code is taken once."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pyotp
import segno
from pyotp.utils import strings_equal

from core import audit, current
from core.accounts.models import Authenticator, User
from core.accounts.services.factors import hold_account, keep_factor, note_factor
from core.accounts.services.notices import tell
from core.accounts.services.people import renew_stamp
from core.accounts.services.secrets_box import seal, unseal
from core.accounts.viewer import viewer_for
from core.db import atomic
from core.i18n import N_

PERIOD = 30  # seconds
DRIFT = 1  # steps that a clock may be off, either way (RFC 6238, 5.2)
DIGITS = 6


def new_secret() -> str:
    """A secret for an app: 160 bits in base32, as RFC 4226 wants at least 128."""
    return pyotp.random_base32()


def app_address(user: User, secret: str) -> str:
    """The `otpauth://` address that an app reads from a QR code."""
    site = current.app().settings.site_name.replace(":", " ")
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=site)


def qr_image(address: str) -> str:
    """A QR code as an address of an image that needs no request: black on white, whatever the colours of the page."""
    return segno.make(address, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff")


def typed_code(text: str) -> str | None:
    """Six digits out of what somebody typed, or None: apps show them with a gap."""
    code = "".join(text.split()) if len(text) <= 40 else ""
    return code if len(code) == DIGITS and code.isascii() and code.isdigit() else None


def step_of(secret: str, code: str, *, after: int = 0) -> int | None:
    """The time step of a code that is right now, or one step earlier or later; None for a wrong one.

    Args:
        secret: in base32.
        code: six digits.
        after: the newest step whose code was taken; codes of that and earlier ones are wrong.
    """
    now, totp = int(time.time()) // PERIOD, pyotp.TOTP(secret, digits=DIGITS, interval=PERIOD)
    right = [step for step in range(now - DRIFT, now + DRIFT + 1) if strings_equal(totp.generate_otp(step), code)]
    return next((step for step in right if step > after), None)


async def check_code(user: User, text: str) -> bool:
    """Whether this is a code of the user's app, which is used up then; of many at the same time one is right.

    Args:
        user: whose app.
        text: as typed.
    """
    code, kept = typed_code(text), await Authenticator.get_or_none(user_id=user.id)
    secret = unseal(kept.secret) if kept else None
    if kept is None or secret is None or code is None:
        return False
    step = step_of(secret, code, after=kept.last_step)
    if step is None:
        return False
    taken = Authenticator.filter(id=kept.id, secret=kept.secret, last_step__lt=step)
    return bool(await taken.update(last_step=step, seen_at=datetime.now(UTC)))


async def keep_authenticator(user: User, secret: str, step: int) -> None:
    """Make an app the user's second factor, in place of the one before; all that was handed out ends, and they are told.

    The caller has seen a right code, and starts a new session for the browser at hand.

    Args:
        user: whose app.
        secret: in base32; it is stored sealed.
        step: of the code that was given, which is used up.

    Raises:
        Conflict: when the account has changed meanwhile.
    """
    async with atomic():
        await hold_account(user)
        replaced = bool(await Authenticator.filter(user_id=user.id).delete())
        await Authenticator.create(user_id=user.id, secret=seal(secret), last_step=step)
        await note_factor(user)
        await renew_stamp(user)
        action = "accounts.authenticator_replaced" if replaced else "accounts.authenticator_added"
        await audit.record(action, actor=viewer_for(user), subject=user.handle, after={"authenticator": True})
        await tell(user, "authenticator_added", N_("A second factor for your account on %(site)s"), replaced=replaced)


async def remove_authenticator(user: User) -> bool:
    """Take the app away; all that was handed out ends, and the owner is told. False when there is none.

    Raises:
        Conflict: when it is the last factor of somebody who must have one, or the account has changed meanwhile.
    """
    async with atomic():
        await hold_account(user)
        if not await Authenticator.filter(user_id=user.id).delete():
            return False
        await note_factor(user)
        await keep_factor(user)
        await renew_stamp(user)
        await audit.record(
            "accounts.authenticator_removed",
            actor=viewer_for(user),
            subject=user.handle,
            before={"authenticator": True},
            after={"authenticator": False},
        )
        await tell(user, "authenticator_removed", N_("A second factor of your account on %(site)s was removed"))
    return True


async def has_authenticator(user: User) -> bool:
    """Whether the user has an app."""
    return await Authenticator.filter(user_id=user.id).exists()
