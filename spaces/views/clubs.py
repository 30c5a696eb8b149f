"""All clubs that the viewer may know of, and founding one."""

from __future__ import annotations

from starlette.responses import Response

from core.errors import Invalid
from core.forms import Form, read_form
from core.http import Request
from core.i18n import gettext
from spaces.forms import ClubInput
from spaces.queries.clubs import list_clubs, load_site_settings, may_create_clubs, require_may_create
from spaces.services import create_club
from spaces.settings import SiteSettings
from spaces.views.choices import kind_options, visibility_options

PAGE = 48


async def index(request: Request) -> Response:
    """Clubs to visit or join, searchable."""
    text, after = request.query_params.get("q", "")[:200], request.query_params.get("after", "")[:60]
    mine = request.query_params.get("mine") == "1" and request.viewer.is_authenticated
    found = await list_clubs(request.viewer, text=text, only_mine=mine, after=after, limit=PAGE)
    settings = await load_site_settings()
    return await request.page(
        "spaces/clubs/index.html",
        clubs=found[:PAGE],
        older=request.path("spaces:clubs", q=text, mine="1" if mine else "", after=found[PAGE - 1].slug)
        if len(found) > PAGE
        else None,
        text=text,
        mine=mine,
        may_create=may_create_clubs(request.viewer, settings),
        kinds=dict(kind_options(settings)),
    )


async def new(request: Request) -> Response:
    """The form for a new club."""
    settings = await load_site_settings()
    require_may_create(request.viewer, settings)
    values = {"visibility": "listed", "join_policy": "request", "accent": "teal", "kind": settings.kinds[0].name}
    return await _form(request, settings, Form[ClubInput](values), 200)


async def create(request: Request) -> Response:
    """Found a club."""
    settings = await load_site_settings()
    require_may_create(request.viewer, settings)
    form = await read_form(request, ClubInput)
    if form.is_valid:
        try:
            club = await create_club(**form.data.model_dump(), actor=request.viewer)
            request.flash(gettext("Your club is founded. Invite the first people, and choose its plugins."))
            return request.redirect("spaces:club", club=club.slug)
        except Invalid as error:
            form.refuse(error)
    return await _form(request, settings, form, 422)


async def _form(request: Request, settings: SiteSettings, form: Form[ClubInput], status: int) -> Response:
    return await request.page(
        "spaces/clubs/new.html",
        status,
        form=form,
        kinds=kind_options(settings),
        **visibility_options(),
    )
