"""Being listed in directories at all. A page of the account, so that no club's switch stands between a person and the way out."""

from __future__ import annotations

from starlette.responses import Response

from cercle import Form, Request, gettext, read_form
from plugins.directory.forms import ListedInput
from plugins.directory.models import Profile
from plugins.directory.services.profiles import set_listed


async def edit(request: Request) -> Response:
    """The question."""
    profile = await Profile.get_or_none(user_id=request.viewer.id)
    form = Form[ListedInput]({"listed": "true" if profile is None or profile.is_listed else ""})
    return await request.page("directory/listing/edit.html", form=form)


async def update(request: Request) -> Response:
    """The answer."""
    form = await read_form(request, ListedInput)
    await set_listed(form.data.listed, actor=request.viewer)
    request.flash(gettext("You are listed.") if form.data.listed else gettext("You are not listed in any directory."))
    return request.redirect("directory:listing.edit")
