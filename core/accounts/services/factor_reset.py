"""Taking all second factors from somebody who has lost them: by an operator, or on the machine."""

from __future__ import annotations

from core import audit
from core.accounts.models import Authenticator, Passkey, RecoveryCode, User
from core.accounts.services.factors import note_factor
from core.accounts.services.notices import tell
from core.accounts.services.people import renew_stamp
from core.db import atomic
from core.errors import Invalid
from core.i18n import N_
from core.i18n import gettext as _
from core.permissions import Asker

LONGEST_REASON = 300


async def reset_factors(user: User, *, actor: Asker | None, reason: str) -> bool:
    """Remove passkeys, authenticator and recovery codes of a person, who signs in with what is left and sets up new ones.

    Sessions, tokens, app passwords and feeds end. The person is told by mail, with the reason. Their password stays.

    Args:
        user: who lost them.
        actor: the operator; None for a command on the machine.
        reason: how the operator knows that it is them; at most 300 characters.

    Returns:
        False when there was nothing to remove; then nothing is changed.

    Raises:
        Invalid: without a reason.
    """
    why = " ".join(reason.split())
    if not 1 <= len(why) <= LONGEST_REASON:
        raise Invalid(_("Say why, in at most %(most)s characters.", most=LONGEST_REASON), field="reason")
    async with atomic():
        await User.filter(id=user.id).select_for_update().get()  # two at once: the second waits, and finds nothing
        passkeys = await Passkey.filter(user_id=user.id).delete()
        apps = await Authenticator.filter(user_id=user.id).delete()
        codes = await RecoveryCode.filter(user_id=user.id).delete()
        if not passkeys + apps + codes:
            return False
        await note_factor(user)
        await renew_stamp(user)
        before = {"passkeys": passkeys, "authenticator": bool(apps), "recovery_codes": codes}
        after = {"passkeys": 0, "authenticator": False, "recovery_codes": 0, "reason": why}
        await audit.record("accounts.factors_reset", actor=actor, subject=user.handle, before=before, after=after)
        await tell(user, "factors_reset", N_("Your second factors on %(site)s were removed"), reason=why)
    return True
