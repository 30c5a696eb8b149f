"""Proposing a passkey: to who came in with a password and has none, until they have said no."""

from __future__ import annotations

from core.accounts.models import LoginSession, Passkey, User
from core.accounts.services.relying_party import takes_passkeys
from core.accounts.viewer import Viewer
from core.models import Setting

PART = "passkey_offer"


async def offers_passkey(viewer: Viewer) -> bool:
    """Whether to propose a passkey to the viewer on the page at hand."""
    if not takes_passkeys() or viewer.operator_id is not None:
        return False
    if await Setting.filter(scope="member", owner_id=viewer.id, part=PART).exists():
        return False
    if await Passkey.filter(user_id=viewer.id).exists():
        return False
    return await LoginSession.filter(id=viewer.session_id, methods__startswith="password").exists()


async def decline_passkeys(user: User) -> None:
    """Remember that the person wants no such proposal; twice is as good as once."""
    declined = Setting(scope="member", owner_id=user.id, part=PART, values={"declined": True})
    await Setting.bulk_create([declined], ignore_conflicts=True)
