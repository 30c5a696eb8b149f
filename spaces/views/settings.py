"""What a club says of itself: name, purpose, colour, cover, who sees it, how people join."""

from __future__ import annotations

from starlette.responses import Response

from core.errors import Invalid, TooLarge
from core.forms import Form, check, read_form
from core.http import Request
from core.i18n import gettext
from core.uploads import Upload, answer_script, by_script, multipart_files
from spaces.forms import ClubSettingsInput
from spaces.queries.plans import plan_of
from spaces.services import set_cover, update_club
from spaces.services.clubs import COVER_UPLOAD
from spaces.views.choices import visibility_options


async def edit(request: Request) -> Response:
    """The form."""
    values = {name: getattr(request.club, name) for name in ClubSettingsInput.model_fields}
    return await _form(request, check(ClubSettingsInput, values), 200)


async def update(request: Request) -> Response:
    """Save it."""
    form = await read_form(request, ClubSettingsInput)
    if form.is_valid:
        try:
            await update_club(request.club, actor=request.viewer, **form.data.model_dump())
            request.flash(gettext("Saved."))
            return request.redirect("spaces:club_settings")
        except Invalid as error:
            form.refuse(error)
    return await _form(request, form, 422)


async def upload_cover(request: Request) -> Response:
    """Take in a cover picture."""
    try:
        await _take_cover(request)
    except (Invalid, TooLarge) as error:
        if by_script(request):
            return answer_script(error)
        raise
    request.flash(gettext("The cover is changed."))
    return answer_script() if by_script(request) else request.redirect("spaces:club_settings")


async def delete_cover(request: Request) -> Response:
    """Take the cover picture away."""
    await set_cover(request.club, None, actor=request.viewer)
    request.flash(gettext("The cover is removed."))
    return request.redirect("spaces:club_settings")


async def _take_cover(request: Request) -> None:
    taken = False
    async for part in multipart_files(request, limit=COVER_UPLOAD, max_files=1):
        if isinstance(part, Upload):
            taken = True
            await set_cover(request.club, part.chunks, actor=request.viewer)
    if not taken:
        raise Invalid(gettext("Please choose a picture."), field="cover")


async def _form(request: Request, form: Form[ClubSettingsInput], status: int) -> Response:
    plan = await plan_of(request.club)
    return await request.page("spaces/settings/edit.html", status, form=form, plan=plan, **visibility_options())
