"""Founding a club in a few questions: first its kind, then its name; the rest is as usual for the kind, unless it is changed."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from core.errors import Invalid
from core.forms import Form, read_form
from core.http import Request
from core.i18n import gettext
from spaces.forms import FoundingInput
from spaces.queries.clubs import load_site_settings, require_may_create
from spaces.services.founding import Offer, found_club, offers_for
from spaces.settings import Kind, SiteSettings
from spaces.views.choices import visibility_options

USUAL = ("visibility", "join_policy", "plugins", "accent")
"""What the kind answers, out of sight until somebody wants it otherwise."""


async def new(request: Request) -> Response:
    """The kinds of clubs, or, where one is chosen, the form."""
    settings = await load_site_settings()
    require_may_create(request.viewer, settings)
    kind = settings.kind(request.query_params.get("kind", "")) or (
        settings.kinds[0] if len(settings.kinds) == 1 else None
    )
    if kind is None:
        kinds = [(one, await offers_for(one)) for one in settings.kinds]
        return await request.page("spaces/clubs/kinds.html", kinds=kinds, **_words())
    return await _form(request, settings, kind, Form[FoundingInput](), 200)


async def create(request: Request) -> Response:
    """Found a club."""
    settings = await load_site_settings()
    require_may_create(request.viewer, settings)
    form = await read_form(request, FoundingInput)
    kind = settings.kind(str(form.values.get("kind", "")))
    if form.is_valid:
        try:
            sent = form.data
            club = await found_club(
                sent.model_dump(exclude={"plugins", "offered"}),
                plugins=_chosen(sent, await offers_for(kind) if kind else []),
                questions=kind.questions if kind else (),
                actor=request.viewer,
            )
            request.flash(gettext("Your club is founded. Invite the first people, and choose its plugins."))
            return request.redirect("spaces:club", club=club.slug)
        except Invalid as error:
            form.refuse(error)
    return await _form(request, settings, kind or settings.kinds[0], form, 422)


def _chosen(sent: FoundingInput, offers: list[Offer]) -> set[str]:
    """The plugins that are to be on: those that are ticked; what the page did not offer is as usual."""
    usual = {offer.name for offer in offers if offer.is_usual and offer.name not in sent.offered}
    return usual | set(sent.plugins)


async def _form(
    request: Request, settings: SiteSettings, kind: Kind, form: Form[FoundingInput], status: int
) -> Response:
    offers = await offers_for(kind)
    usual = {"kind": kind.name, "visibility": kind.visibility, "join_policy": kind.join_policy, "accent": "teal"}
    form.values.update({name: value for name, value in usual.items() if name not in form.values})
    ticked = form.values.get("plugins", []) if "offered" in form.values else [o.name for o in offers if o.is_usual]
    return await request.page(
        "spaces/clubs/new.html",
        status,
        form=form,
        kind=kind,
        has_kinds=len(settings.kinds) > 1,
        offers=offers,
        ticked=ticked,
        is_open=not form.errors.keys().isdisjoint(USUAL),
        **visibility_options(),
        **_words(),
    )


def _words() -> dict[str, Any]:
    choices = visibility_options()
    return {
        "visibility_words": {value: label for value, label, _ in choices["visibilities"]},
        "join_words": {value: label for value, label, _ in choices["join_policies"]},
    }
