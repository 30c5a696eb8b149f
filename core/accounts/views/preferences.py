"""What a person chooses for themselves in the plugins of the site, on one page."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.responses import Response

from core.accounts.views.entry import in_browser
from core.db import atomic
from core.errors import Invalid
from core.forms import Form, Input, submitted
from core.http import Request
from core.i18n import gettext as _
from core.parts import LoadedPart
from core.plugin_settings import member_settings
from core.plugin_settings.changes import change_member_settings, stored_faults
from core.plugin_settings.forms import SHOWN, SettingsForm, form_of, shown_by


@dataclass(frozen=True, slots=True)
class Section:
    """The settings of one plugin."""

    loaded: LoadedPart
    form: SettingsForm


@in_browser
async def edit(request: Request) -> Response:
    """The form, a section for each plugin that has something to choose."""
    sections = await _sections(request)
    return await _page(request, sections, shown_by(*(section.form for section in sections)))


@in_browser
async def update(request: Request) -> Response:
    """Save what was changed, all or nothing."""
    sections, sent = await _sections(request), await submitted(request)
    try:
        changed = await _save(request, sections, sent)
    except Invalid:
        return await _page(request, sections, str(sent.get(SHOWN, "")), 422)
    if changed:
        request.flash(_("Saved."))
    else:
        request.flash(_("Nothing was changed."), "info")
    return request.redirect("accounts:preferences")


async def _save(request: Request, sections: list[Section], sent: FormData) -> int:
    count = 0
    async with atomic():
        for form in [section.form for section in sections]:
            form.errors.clear()
            wanted = form.take(sent)
            try:
                count += len(await change_member_settings(request.viewer, form.model, wanted, actor=request.viewer))
            except Invalid as error:
                form.refuse(error)
        if errors := _errors(sections):
            raise Invalid(errors=errors)
    return count


async def _sections(request: Request) -> list[Section]:
    declared, sections = request.app.plugin_settings.declared("member"), []
    for loaded in request.app.parts:
        if model := declared.get(loaded.name):
            now = await member_settings(request.viewer, model)
            faults = await stored_faults(model, "member", request.viewer.id or 0)
            sections.append(Section(loaded, form_of(model, now, prefix=f"{loaded.name}.", faults=faults)))
    return sections


def _errors(sections: list[Section]) -> dict[str, list[str]]:
    return {name: texts for section in sections for name, texts in section.form.errors.items()}


async def _page(request: Request, sections: list[Section], shown: str, status: int = 200) -> Response:
    labels = {name: label for section in sections for name, label in section.form.labels.items()}
    summary = Form[Input](errors=_errors(sections))
    return await request.page(
        "accounts/preferences/edit.html", status, sections=sections, form=summary, labels=labels, shown=shown
    )
