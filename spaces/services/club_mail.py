"""The mails about a club that is deleted, is back, or is erased for good; each person gets one, in their language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from core import current, mail
from core.db import atomic
from core.i18n import direction, gettext, language_tag, speaking
from core.models import Mail
from spaces.models import Erasure, Membership
from spaces.queries.erasing import WHOLE, Kept
from spaces.queries.standing import stands

BATCH = 100
TOLD_FOR = timedelta(days=2)  # after which nobody is told any more that a club is back


async def tell_of_deletions() -> None:
    """Tell the members of every club that was deleted or brought back, some at a time; after a kill, the rest is told next."""
    waiting = Erasure.filter(plugin=WHOLE, done_at=None, withdrawn_at=None)
    back = Erasure.filter(plugin=WHOLE, withdrawn_at__gt=datetime.now(UTC) - TOLD_FOR)
    for erasure in [*await waiting.order_by("id"), *await back.order_by("id")]:
        while "telling" in erasure.report and await _tell_some(erasure.id):
            pass


async def tell_of_purge(erasure: Erasure, kept: Kept) -> None:
    """Tell the owners of a club that it is erased, in the transaction that does it."""
    owners = Membership.filter(club_id=erasure.club_id, role="owner", user__is_active=True)
    await mail.queue(
        [_letter("purged", erasure, one, kept) for one in await owners.order_by("id").select_related("user")]
    )


async def _tell_some(id: int) -> bool:
    """Tell the next members; whether there may be more."""
    async with atomic():
        await Erasure.filter(id=id, done_at=None).update(done_at=None)  # two that tell wait for each other
        erasure = await Erasure.get(id=id).select_related("club")
        telling: Any = erasure.report.get("telling")
        if telling is None or erasure.club is None:
            return False
        members = Membership.filter(
            stands(), club_id=erasure.club_id, id__gt=int(telling["after"]), user__is_active=True
        )
        found = await members.order_by("id").limit(BATCH).select_related("user")
        await mail.queue([_letter(str(telling["what"]), erasure, one) for one in found])
        report = {key: value for key, value in erasure.report.items() if key != "telling"}
        if len(found) == BATCH:
            report["telling"] = {**telling, "after": found[-1].id}
        await Erasure.filter(id=id).update(report=report)
    return len(found) == BATCH


def _letter(what: str, erasure: Erasure, member: Membership, kept: Kept | None = None) -> Mail:
    app, user = current.app(), member.user
    with speaking(user.locale, user.timezone):
        context = {
            "locale": language_tag(),
            "direction": direction(),
            "what": what,
            "club_name": erasure.club_name,
            "erasure": erasure,
            "is_owner": member.role == "owner",
            "kept": kept or Kept(),
            "address": app.settings.base_url + _path(what, erasure),
            "site_name": app.settings.site_name,
        }
        return mail.letter(
            user.email,
            _subject(what, erasure.club_name),
            app.pages.render("spaces/mails/club.txt", **context),
            app.pages.render("spaces/mails/club.html", **context),
            key=f"spaces.club_{what}:{erasure.id}:{user.id}",
        )


def _path(what: str, erasure: Erasure) -> str:
    urls = current.app().urls
    if what == "restored" and erasure.club is not None:
        return urls.path("spaces:club", club=erasure.club.slug)
    return urls.path("spaces:clubs.deleted")


def _subject(what: str, club: str) -> str:
    if what == "deleted":
        return gettext("%(club)s is deleted", club=club)
    if what == "restored":
        return gettext("%(club)s is back", club=club)
    return gettext("%(club)s is erased for good", club=club)
