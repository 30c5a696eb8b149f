"""The puzzle against robots on the pages that make the site send mail to strangers."""

from __future__ import annotations

from core.accounts.services.puzzles import Puzzle, check_answer, new_puzzle, spend_answer
from core.accounts.settings import SiteSettings
from core.errors import Invalid, TooMany
from core.forms import submitted
from core.http import Request
from core.i18n import gettext as _
from core.limits import Rule, client_network
from core.plugin_settings import site_settings

WAITED_NETWORK = Rule("accounts.puzzle.waited_network", "3 per hour")
WAITED_EVERYBODY = Rule("accounts.puzzle.waited_everybody", "60 per hour")
EASY_NETWORK = Rule("accounts.puzzle.easy_network", "3 per hour")
TRAP = "_homepage"
"""A field that people do not see; what fills it in is a robot."""


async def puzzle_for(request: Request, use: str) -> Puzzle | None:
    """What the page carries; None where the site wants no puzzles. A form that is shown again keeps its time.

    Args:
        request: the page's.
        use: `sign_up` or `mail`.
    """
    if not (await site_settings(SiteSettings)).challenge:
        return None
    return new_puzzle(use, await _sent(request, "_ticket") if request.method == "POST" else "")


async def pass_puzzle(request: Request, use: str) -> None:
    """Let a submitted form through when its puzzle was solved, or its sender waited long enough.

    Raises:
        Invalid: with what to do.
        TooMany: when too many came from there without solving it.
    """
    if await _sent(request, TRAP):
        raise Invalid(_("This was not sent. Please leave the field for a homepage empty."))
    if not (await site_settings(SiteSettings)).challenge:
        return
    answer = check_answer(use, await _sent(request, "_ticket"), await _sent(request, "_solution"))
    if not answer.is_solved:
        await request.app.limits.hit(WAITED_NETWORK, _network(request))
        await request.app.limits.hit(WAITED_EVERYBODY)
    await spend_answer(answer)


async def pass_easily(request: Request, use: str) -> None:
    """As `pass_puzzle`, but a network's first three forms in an hour need no puzzle.

    Raises:
        Invalid: with what to do.
        TooMany: when too many came from there without solving it.
    """
    try:
        await request.app.limits.hit(EASY_NETWORK, _network(request))
    except TooMany:
        if not await _sent(request, "_ticket") and (await site_settings(SiteSettings)).challenge:
            raise Invalid(_("Several requests came from your network. Please send it once more.")) from None
        await pass_puzzle(request, use)


async def _sent(request: Request, name: str) -> str:
    value = (await submitted(request)).get(name)
    return value if isinstance(value, str) else ""


def _network(request: Request) -> str:
    return client_network(request.scope, request.app.settings.trusted_proxies)
