"""My clubs: their order, which of them are quiet, and what is new in each."""

from __future__ import annotations

from starlette.responses import Response

from core.accounts.viewer import ClubLink
from core.collation import fold
from core.errors import NotFound
from core.forms import read_form
from core.http import Request, see_other
from core.i18n import gettext
from spaces.forms import MuteInput, PlaceInput
from spaces.queries.clubs import home_news
from spaces.services.deletion import deleted_clubs_of
from spaces.services.my_clubs import put_club, set_mute

MANY = 8
"""So many clubs are found at a glance; more can be searched."""
PAGE = 48


async def index(request: Request) -> Response:
    """A page of them, in their order."""
    text, after = request.query_params.get("q", "")[:200], request.query_params.get("after", "")[:60]
    words = fold(text).split()
    found = [club for club in request.viewer.clubs if all(word in fold(club.name) for word in words)]
    live = [club for club in found if not club.is_archived]
    start = next((number for number, club in enumerate(live, start=1) if club.slug == after), 0)
    shown = live[start : start + PAGE]
    is_more = len(live) > start + PAGE
    return await request.page(
        "spaces/clubs/mine.html",
        clubs=shown,
        text=text,
        after=after if start else "",
        older=request.path("spaces:my_clubs", q=text, after=shown[-1].slug) if is_more else None,
        archived=[] if after else [club for club in found if club.is_archived],
        has_deleted=bool(await deleted_clubs_of(request.viewer)),
        unseen=(await home_news(request.viewer)).unseen,
        is_searchable=len(request.viewer.clubs) > MANY,
    )


async def update(request: Request) -> Response:
    """Put one of them elsewhere."""
    form = await read_form(request, PlaceInput)
    club = _mine(request, form.data.club)
    await put_club(club, form.data.place, actor=request.viewer)
    return _back(request, club, is_first=form.data.place == "first")


async def mute(request: Request) -> Response:
    """Let one of them be quiet."""
    club = _mine(request, (await read_form(request, MuteInput)).data.club)
    await set_mute(club, True, actor=request.viewer)
    said = gettext("%(club)s is quiet: no news on your home, and mail only when somebody mentions you.", club=club.name)
    request.flash(said, undo=request.path("spaces:mute.delete"), fields={"club": club.slug})
    return _back(request, club)


async def lift_mute(request: Request) -> Response:
    """Hear of it again."""
    club = _mine(request, (await read_form(request, MuteInput)).data.club)
    await set_mute(club, False, actor=request.viewer)
    request.flash(gettext("You hear of %(club)s again.", club=club.name))
    return _back(request, club)


def _mine(request: Request, slug: str) -> ClubLink:
    """One of the viewer's clubs.

    Raises:
        NotFound: for any other.
    """
    for club in request.viewer.clubs:
        if club.slug == slug:
            return club
    raise NotFound()


def _back(request: Request, club: ClubLink, *, is_first: bool = False) -> Response:
    """To its row of the page that was shown, or of the first."""
    after = "" if is_first else request.query_params.get("after", "")[:60]
    return see_other(f"{request.path('spaces:my_clubs', after=after)}#{club.slug}")
