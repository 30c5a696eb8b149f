"""The policies of the site: what is asked of people who sign in, and what operators may do."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from core.accounts.services.policies import change_policies
from core.accounts.settings import SiteSettings
from core.accounts.views.entry import proven
from core.errors import Invalid
from core.forms import submitted
from core.http import Request
from core.i18n import gettext, ngettext
from core.plugin_settings import site_settings
from core.plugin_settings.changes import stored_faults
from core.plugin_settings.forms import SHOWN, SettingsForm, form_of, shown_by
from spaces.queries.accounts import count_without_factor
from spaces.views.admin.pages import console


@dataclass(frozen=True, slots=True)
class Given:
    """What the environment says, and nobody changes here.

    Args:
        label: what it is.
        name: of the variable.
        said: its value in words.
    """

    label: str
    name: str
    said: str


@proven
async def edit(request: Request) -> Response:
    """The form."""
    form = await _form()
    return await _answer(request, form, shown_by(form))


@proven
async def update(request: Request) -> Response:
    """Save what was changed, all or nothing."""
    form, sent = await _form(), await submitted(request)
    form.errors.clear()
    try:
        changed = await change_policies(form.take(sent), actor=request.viewer)
    except Invalid as error:
        form.refuse(error)
        return await _answer(request, form, str(sent.get(SHOWN, "")), 422)
    if changed:
        request.flash(gettext("Saved. It holds from now on."))
    else:
        request.flash(gettext("Nothing was changed."), "info")
    return request.redirect("spaces:admin.policies")


async def _form() -> SettingsForm:
    faults = await stored_faults(SiteSettings, "site", 0)
    return form_of(SiteSettings, await site_settings(SiteSettings), faults=faults)


async def _answer(request: Request, form: SettingsForm, shown: str, status: int = 200) -> Response:
    operators, people = await count_without_factor()
    return await console(
        request,
        "policies.html",
        "admin.policies",
        status,
        form=form,
        shown=shown,
        lacking=(
            ngettext("%(num)s operator has no second factor.", "%(num)s operators have no second factor.", operators),
            ngettext("%(num)s person has none in all.", "%(num)s people have none in all.", people),
        ),
        given=_given(request),
    )


def _given(request: Request) -> list[Given]:
    settings = request.app.settings
    ways = {
        "open": gettext("Everybody who proves an address"),
        "request": gettext("On request to the operators"),
        "invite": gettext("By invitation only"),
    }
    return [
        Given(gettext("Who may get an account"), "CERCLE_SIGN_UP", ways[settings.sign_up]),
        Given(
            gettext("A session ends when it was not used for"),
            "CERCLE_SESSION_IDLE_HOURS",
            _duration(settings.session_idle_hours),
        ),
        Given(
            gettext("A session ends in any case after"),
            "CERCLE_SESSION_ABSOLUTE_HOURS",
            _duration(settings.session_absolute_hours),
        ),
    ]


def _duration(hours: int) -> str:
    if hours % 24:
        return ngettext("%(num)s hour", "%(num)s hours", hours)
    return ngettext("%(num)s day", "%(num)s days", hours // 24)
