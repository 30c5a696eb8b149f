"""Founding a club in a few questions: first its kind, then its name; the rest is as usual for the kind, unless it is changed."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from core.errors import Invalid
from core.forms import Form, read_form
from core.http import Request
from core.i18n import gettext
from spaces.forms import FoundingInput
from spaces.models import Club
from spaces.queries.clubs import load_site_settings, require_may_create
from spaces.services.founding import Offer, found_club, offers_for
from spaces.services.founding_after import get_template, plugins_on, templates_for
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
    if slug := request.query_params.get("after", "")[:60]:
        template = await get_template(request.viewer, slug)
        return await _form(request, settings, _kind_of(template, settings), Form[FoundingInput](), 200, template)
    if kind is None:
        kinds = [(one, await offers_for(one)) for one in settings.kinds]
        return await request.page(
            "spaces/clubs/kinds.html",
            kinds=kinds,
            templates=await templates_for(request.viewer),
            kind_words={one.name: one.shown_label for one in settings.kinds},
            **_words(),
        )
    return await _form(request, settings, kind, Form[FoundingInput](), 200)


async def create(request: Request) -> Response:
    """Found a club."""
    settings = await load_site_settings()
    require_may_create(request.viewer, settings)
    form = await read_form(request, FoundingInput)
    kind = settings.kind(str(form.values.get("kind", "")))
    slug = str(form.values.get("after", ""))[:60]
    template = await get_template(request.viewer, slug) if slug else None
    if form.is_valid:
        try:
            sent = form.data
            club = await found_club(
                sent.model_dump(exclude={"plugins", "offered", "after"}),
                plugins=_chosen(sent, await offers_for(kind) if kind else []),
                questions=kind.questions if kind else (),
                template=template,
                actor=request.viewer,
            )
            request.flash(gettext("Your club is founded. Invite the first people, and choose its plugins."))
            return request.redirect("spaces:club", club=club.slug)
        except Invalid as error:
            form.refuse(error)
    return await _form(request, settings, kind or settings.kinds[0], form, 422, template)


def _chosen(sent: FoundingInput, offers: list[Offer]) -> set[str]:
    """The plugins that are to be on: those that are ticked; what the page did not offer is as usual."""
    usual = {offer.name for offer in offers if offer.is_usual and offer.name not in sent.offered}
    return usual | set(sent.plugins)


def _kind_of(template: Club, settings: SiteSettings) -> Kind:
    return settings.kind(template.kind) or settings.kinds[0]


async def _form(
    request: Request,
    settings: SiteSettings,
    kind: Kind,
    form: Form[FoundingInput],
    status: int,
    template: Club | None = None,
) -> Response:
    offers = await offers_for(kind)
    like = template or Club(visibility=kind.visibility, join_policy=kind.join_policy, accent="teal")
    usual = {name: getattr(like, name) for name in ("visibility", "join_policy", "accent")} | {"kind": kind.name}
    form.values.update({name: value for name, value in usual.items() if name not in form.values})
    ticked = form.values.get("plugins", []) if "offered" in form.values else await _usual_plugins(offers, template)
    return await request.page(
        "spaces/clubs/new.html",
        status,
        form=form,
        kind=kind,
        has_kinds=len(settings.kinds) > 1,
        model=template,
        offers=offers,
        ticked=ticked,
        is_open=not form.errors.keys().isdisjoint(USUAL),
        **visibility_options(),
        **_words(),
    )


async def _usual_plugins(offers: list[Offer], template: Club | None) -> list[str]:
    """The plugins that are ticked at first: those of the club that this one is founded after, or as usual for the kind."""
    on = await plugins_on(template) if template else {offer.name for offer in offers if offer.is_usual}
    return [offer.name for offer in offers if offer.name in on]


def _words() -> dict[str, Any]:
    choices = visibility_options()
    return {
        "visibility_words": {value: label for value, label, _ in choices["visibilities"]},
        "join_words": {value: label for value, label, _ in choices["join_policies"]},
    }
