"""The mail that tells the owners of a club what was erased there."""

from __future__ import annotations

from core import current, mail
from core.i18n import direction, gettext, language_tag, speaking
from spaces.models import Club, Erasure, Membership
from spaces.queries.erasing import Kept


async def tell_owners(erasure: Erasure, club: Club, kept: Kept) -> None:
    """Put a mail with the report into the queue for each owner, in their language; one for each however often it is called."""
    owners = Membership.filter(club_id=club.id, role="owner", user__is_active=True)
    for membership in await owners.order_by("id").select_related("user"):
        user = membership.user
        with speaking(user.locale, user.timezone):
            await _send(erasure, club, kept, user.email, f"spaces.erased:{erasure.id}:{user.id}")


async def _send(erasure: Erasure, club: Club, kept: Kept, address: str, key: str) -> None:
    app = current.app()
    loaded = app.parts.get(erasure.plugin)
    title = gettext(loaded.part.title) if loaded else erasure.plugin
    context = {
        "locale": language_tag(),
        "direction": direction(),
        "club": club,
        "plugin": title,
        "erasure": erasure,
        "kept": kept,
        "site_name": app.settings.site_name,
    }
    await mail.send(
        address,
        gettext("%(plugin)s is erased in %(club)s", plugin=title, club=club.name),
        app.pages.render("spaces/mails/erased.txt", **context),
        app.pages.render("spaces/mails/erased.html", **context),
        key=key,
    )
