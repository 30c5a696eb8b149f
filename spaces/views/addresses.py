"""The word that a club has in its address, and those it had before."""

from __future__ import annotations

from starlette.responses import Response

from core.errors import Conflict, Invalid
from core.forms import Form, read_form
from core.http import Request
from core.i18n import gettext
from spaces.forms import AddressInput
from spaces.services.addresses import addresses_before, change_address, slug_of


async def edit(request: Request) -> Response:
    """The form."""
    return await _page(request, Form[AddressInput]({"slug": request.club.slug}), 200)


async def update(request: Request) -> Response:
    """Change it."""
    form = await read_form(request, AddressInput)
    if form.is_valid:
        before = request.club.slug
        try:
            await change_address(request.club, form.data.slug, actor=request.viewer)
            request.flash(_said(before, request.club.slug))
            return request.redirect("spaces:address")
        except Invalid as error:
            form.refuse(error)
        except Conflict as error:
            form.refuse(Invalid(error.message, field="slug"))
    return await _page(request, form, 422)


def _said(before: str, after: str) -> str:
    if before == after:
        return gettext("Nothing was changed.")
    return gettext("The club has a new address. Links to the old one still work.")


async def _page(request: Request, form: Form[AddressInput], status: int) -> Response:
    suggested = slug_of(request.club.name)
    return await request.page(
        "spaces/settings/address.html",
        status,
        form=form,
        base=f"{request.app.settings.base_url}/c/",
        before=await addresses_before(request.club),
        suggested=suggested if suggested != request.club.slug else None,
    )
