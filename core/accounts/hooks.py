"""What accounts give a person to take with them: who they are here, and where they are signed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core import current
from core.accounts.hookspecs import ExportFile
from core.accounts.models import SignIn, User
from core.accounts.queries import passkeys_of, sessions_of, tokens_of
from core.hooks import hookimpl
from core.i18n import gettext
from core.models import AuditEntry, Setting

PROFILE = (
    *("email", "handle", "name", "headline", "pronouns", "about", "links", "hidden", "locale", "timezone"),
    *("is_operator", "created_at", "seen_at"),
)
TOKEN = ("kind", "name", "scopes", "clubs", "created_at", "seen_at", "network", "expires_at")
MOST_ACTS = 10_000


@hookimpl
async def person_exported(user: User) -> Sequence[ExportFile]:
    """Profile and photo, sessions and tokens without their secrets, settings, and what the log says they did on the site."""
    files = [
        ExportFile("account.json", {name: getattr(user, name) for name in PROFILE}, gettext("Profile")),
        ExportFile("access.json", await _access(user), gettext("Where you are signed in, and API tokens")),
        ExportFile("settings.json", await _settings(user), gettext("Settings")),
        ExportFile("log.json", await _acts(user), gettext("What the log says you did, clubs apart")),
    ]
    if user.photo_hash:
        photo = current.app().storage.read(user.photo_hash)
        files.append(ExportFile("photo.webp", photo, gettext("Photo")))
    return files


@hookimpl
async def person_bound(user: User) -> Sequence[str]:
    """A site keeps an operator."""
    others = User.filter(is_operator=True, is_active=True).exclude(id=user.id)
    if not user.is_operator or await others.exists():
        return ()
    return [gettext("The last operator stays: make somebody else one first.")]


async def _access(user: User) -> dict[str, list[dict[str, Any]]]:
    sessions, tokens = await sessions_of(user), await tokens_of(user)
    return {
        "sessions": [_of(one, "device", "network", "created_at", "seen_at") for one in sessions],
        "tokens": [_of(one, *TOKEN) for one in tokens],
        "passkeys": [_of(one, "name", "created_at", "seen_at", "is_synced") for one in await passkeys_of(user)],
        "sign_ins": [_of(one, "at", "how", "outcome", "device", "network") for one in await _history(user)],
    }


async def _history(user: User) -> list[SignIn]:
    return await SignIn.filter(user_id=user.id).order_by("-id").limit(MOST_ACTS)


async def _settings(user: User) -> dict[str, Any]:
    return {row.part: row.values for row in await Setting.filter(scope="member", owner_id=user.id).order_by("part")}


async def _acts(user: User) -> list[dict[str, Any]]:
    found = await AuditEntry.filter(actor_id=user.id, club_id=None).order_by("-id").limit(MOST_ACTS)
    return [_of(one, "at", "action", "subject") for one in found]


def _of(row: object, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
