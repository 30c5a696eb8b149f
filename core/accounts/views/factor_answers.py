"""What a person answers when a second factor is asked for: six digits from their app, or a recovery code."""

from __future__ import annotations

import math

from core.accounts.forms import FactorInput
from core.accounts.models import User
from core.accounts.services.authenticators import check_code
from core.accounts.services.recovery_codes import FEW, codes_left, use_code
from core.accounts.services.sign_ins import FACTOR_WRONG
from core.accounts.views.devices import refused
from core.accounts.views.factor_tries import count_code, forget_codes
from core.errors import Invalid, TooMany
from core.http import Request
from core.i18n import gettext as _
from core.i18n import ngettext

APP, RECOVERY = "code", "recovery"


async def take_answer(request: Request, user: User, answer: FactorInput) -> str:
    """Check a code, which is used up when it is right.

    Returns:
        The word for how the person proved it: `code` or `recovery`.

    Raises:
        Invalid: for a wrong or used one, or after too many tries, with what to do.
    """
    from_app = answer.way == APP
    try:
        await count_code(request, user, from_app=from_app)
    except TooMany as error:
        raise Invalid(_wait(error, from_app), field="code") from error
    if not await (check_code(user, answer.code) if from_app else use_code(user, answer.code)):
        await refused(request, user, answer.way, FACTOR_WRONG)
        raise Invalid(_wrong(from_app), field="code")
    await forget_codes(request, user)
    if not from_app:
        await _remind(request, user)
    return answer.way


def _wrong(from_app: bool) -> str:
    if from_app:
        return _("This code is wrong, or was used already. Wait for the next one in your app, and type that.")
    return _("This recovery code is wrong, or was used already. Each one works once.")


def _wait(error: TooMany, from_app: bool) -> str:
    minutes = math.ceil(error.retry_after / 60)
    wait = ngettext(
        "Too many wrong codes. Please wait %(num)s minute.",
        "Too many wrong codes. Please wait %(num)s minutes.",
        minutes,
    )
    return f"{wait} {_('Or use a passkey or a recovery code.')}" if from_app else wait


async def _remind(request: Request, user: User) -> None:
    left = await codes_left(user)
    if left >= FEW:
        request.flash(
            ngettext("You have %(num)s recovery code left.", "You have %(num)s recovery codes left.", left), "info"
        )
        return
    text = ngettext(
        "You have only %(num)s recovery code left. Make new ones under My account, Sign-in.",
        "You have only %(num)s recovery codes left. Make new ones under My account, Sign-in.",
        left,
    )
    request.flash(text, "warning")
