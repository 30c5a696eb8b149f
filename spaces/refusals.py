"""What somebody is told whom the gate does not let in, or lets in to read only."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import Response

from core.errors import FactorNeeded, Forbidden, Moved, NotFound, Unavailable
from core.http import Request
from core.i18n import gettext
from core.parts import LoadedPart
from spaces.models import Club
from spaces.queries.cases import find_hidden
from spaces.queries.merges import path_after

if TYPE_CHECKING:
    from spaces.gate import Access


async def moved(request: Request, old: str, access: Access) -> Moved | NotFound:
    """What to raise for an address with a word that the club had before: the same page or resource at its new address.

    Args:
        request: of a page or of the API.
        old: the word in the address.
        access: to the club, at its word of today.
    """
    base = "/api/v1/clubs/" if request.wants_json else "/c/"
    path, query = str(request.scope["path"]), request.scope["query_string"].decode("latin-1")
    if not path.startswith(base + old):
        return NotFound()
    rest = path.removeprefix(base + old)
    if access.is_merged:
        rest = await path_after(access.club, old, rest)
    return Moved(f"{base}{access.club.slug}{quote(rest)}{f'?{query}' if query else ''}")


def frozen_because(club: Club, is_merging: bool) -> str | None:
    """Why nothing can be changed in a club, None where it can.

    Args:
        club: the club.
        is_merging: whether it goes into another one at the moment, or another one into it.
    """
    if is_merging:
        return gettext("This club and another one become one at this moment: it can be read, not changed.")
    return gettext("This club is archived: it can be read, not changed.") if club.is_archived else None


def refuse_locked(access: Access) -> None:
    """Refuse a member who has not given the second factor that the club wants.

    Raises:
        FactorNeeded: saying how to go on.
    """
    if access.is_locked:
        raise FactorNeeded(_needs_factor(access.club), club=access.club.name)


def refuse_frozen(access: Access, state: str | None, part: LoadedPart) -> None:
    """Refuse a change in a club or a plugin that can be read only.

    Raises:
        Forbidden: with the reason.
    """
    if access.grant.frozen_because:
        raise Forbidden(access.grant.frozen_because)
    if state == "read_only":
        title = gettext(part.part.title)
        raise Forbidden(gettext("%(plugin)s can be read here at the moment, not changed.", plugin=title))


async def lead_to_case(request: Request) -> Response | None:
    """Where there is nothing at an address because a moderator has hidden it, or it waits for one: for its author and for
    moderators the way to where that stands, None for everybody else.
    """
    path = str(request.scope["path"])
    case = await find_hidden(request.access.club, {path, quote(path)}, request.viewer)
    if case is None:
        return None
    if case.state != "open":  # the page of what waits says so itself
        request.flash(gettext("A moderator has hidden this."), "info")
    return request.redirect("spaces:cases.show", case=case.id)


def deleted() -> NotFound:
    """The error for a member of a club that was deleted, and is there to be brought back; to others it does not exist."""
    return NotFound(gettext("This club has been deleted. For a while its owners can bring it back."))


def stopped(part: LoadedPart) -> Unavailable:
    """The error for a plugin that was stopped after faults."""
    return Unavailable(
        gettext(
            "%(plugin)s did not work as it should and was stopped, so that it disturbs nothing else. Nothing that is in it is "
            "lost, and the operator of the site has been told.",
            plugin=gettext(part.part.title),
        )
    )


def _needs_factor(club: Club) -> str:
    return gettext("%(club)s lets its members in with a second factor only, which you have not given.", club=club.name)
