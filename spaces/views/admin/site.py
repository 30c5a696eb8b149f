"""How the site is set up: what operators choose here, and what the environment fixes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError
from starlette.responses import Response

from core.accounts.views.entry import proven
from core.errors import Invalid
from core.forms import Form, Input, Line, field_errors, read_form
from core.http import Request
from core.i18n import gettext
from core.settings import Settings
from core.site_choices import choose, open_to_choice
from core.sizes import read_size, write_size
from spaces.views.admin.pages import console

Days = Annotated[int, Field(ge=1, le=365)]
Hours = Annotated[int, Field(ge=1, le=24 * 365)]


class SiteInput(Input):
    """What the form sends; a field that the environment fixes is not in it."""

    site_name: Annotated[Line, Field(min_length=1, max_length=60)] | None = None
    sign_up: Literal["open", "request", "invite"] | None = None
    security_contact: Annotated[Line, Field(max_length=300)] | None = None
    club_quota: Annotated[Line, Field(max_length=40)] | None = None
    erase_after_days: Days | None = None
    club_purge_days: Days | None = None
    session_idle_hours: Hours | None = None
    session_absolute_hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A setting as the site was started with it.

    Args:
        name: of the variable.
        said: its value; what is secret in it is left out.
        is_set: whether the environment names it; else it is the default.
    """

    name: str
    said: str
    is_set: bool


@proven
async def edit(request: Request) -> Response:
    """The form, and everything else to read."""
    return await _page(request, Form[SiteInput](_typed(request.app.settings)))


@proven
async def update(request: Request) -> Response:
    """Save what was changed, all or nothing."""
    form = await read_form(request, SiteInput)
    if form.is_valid:
        try:
            changed = await choose(_wanted(request, form), actor=request.viewer)
            request.flash(gettext("Saved. It holds from now on.") if changed else gettext("Nothing was changed."))
            return request.redirect("spaces:admin.settings")
        except Invalid as error:
            form.refuse(error)
        except ValidationError as error:
            form.refuse(Invalid(gettext("Please check what is marked."), errors=field_errors(error)))
    return await _page(request, form, 422)


def _wanted(request: Request, form: Form[SiteInput]) -> dict[str, Any]:
    """What differs from what holds now; None, from an empty field, for the default."""
    sent = {name: getattr(form.data, name) for name in form.values}
    if sent.get("club_quota"):
        sent["club_quota"] = _bytes(sent["club_quota"])
    given, now = request.app.given_settings, request.app.settings
    meant = {name: getattr(given, name) if value is None else value for name, value in sent.items()}
    return {name: sent[name] for name, value in meant.items() if value != getattr(now, name)}


def _bytes(text: str) -> int:
    try:
        return read_size(text)
    except Invalid as error:
        raise Invalid(error.message, field="club_quota") from None


def _typed(settings: Settings) -> dict[str, Any]:
    made = {name: str(getattr(settings, name)) for name in SiteInput.model_fields}
    return {**made, "club_quota": write_size(settings.club_quota)}


async def _page(request: Request, form: Form[SiteInput], status: int = 200) -> Response:
    given = request.app.given_settings
    return await console(
        request,
        "settings.html",
        "admin.settings",
        status,
        form=form,
        open=frozenset(open_to_choice(given)),
        said=_typed(request.app.settings),
        ways=[
            ("open", gettext("Everybody who proves an address")),
            ("request", gettext("On request to the operators")),
            ("invite", gettext("By invitation only")),
        ],
        given=[
            Given(f"CERCLE_{name.upper()}", _said(name, getattr(given, name)), name in given.model_fields_set)
            for name in sorted(Settings.model_fields)
            if name not in SiteInput.model_fields
        ],
    )


def _said(name: str, value: Any) -> str:
    """A value in words. Passwords stay out, and so does all of an address that might hold one."""
    if name == "secret_key":
        return gettext("set")
    if name.endswith("_url") and value:
        parts = urlsplit(str(value))
        place = parts.hostname or ("" if parts.scheme in ("redis", "rediss", "smtp", "smtps") else parts.path)
        return f"{parts.scheme}://{place}"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value or "")
