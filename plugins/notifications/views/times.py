"""When I am told: digest, quiet hours, pause; and my devices."""

from __future__ import annotations

from starlette.responses import Response

from cercle import (
    N_,
    Form,
    Request,
    Rhythm,
    answer,
    choose_rhythm,
    gettext,
    read_form,
    wishes_of,
)
from plugins.notifications.forms import DeviceInput, TimesInput
from plugins.notifications.models import Subscription
from plugins.notifications.services import devices

WEEKDAYS = (
    *(N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday")),
    *(N_("Friday"), N_("Saturday"), N_("Sunday")),
)


async def edit(request: Request) -> Response:
    """The form, as it was chosen."""
    return await _page(request, Form[TimesInput](values=_values(await _rhythm(request))))


async def update(request: Request) -> Response:
    """Write down what was chosen."""
    form = await read_form(request, TimesInput)
    if not form.is_valid:
        return await _page(request, form, 422)
    await choose_rhythm(request.viewer.id or 0, form.data.rhythm)
    request.flash(gettext("Saved."))
    return request.redirect("notifications:times.edit")


async def add_device(request: Request) -> Response:
    """Let this browser show messages; sent by the script of the page."""
    form = await read_form(request, DeviceInput)
    given = form.data
    name = given.name or gettext("A browser")
    await devices.add_device(request.viewer, endpoint=given.endpoint, key=given.key, secret=given.secret, name=name)
    return answer(None)


async def remove_device(request: Request) -> Response:
    """Tell a device no more."""
    await devices.remove_device(request.viewer, request.path_params["device"])
    request.flash(gettext("This device is not told any more."))
    return request.redirect("notifications:times.edit")


async def _rhythm(request: Request) -> Rhythm:
    found = (await wishes_of([request.viewer.id or 0])).get(request.viewer.id or 0)
    return found.rhythm if found else Rhythm()


def _values(rhythm: Rhythm) -> dict[str, object]:
    stored = {name: value for name, value in rhythm.stored().items() if value is not None}
    return {"quiet_from": 22, "quiet_until": 7, **stored, "quiet": rhythm.quiet_from is not None}


async def _page(request: Request, form: Form[TimesInput], status: int = 200) -> Response:
    return await request.page(
        "notifications/times/edit.html",
        status,
        form=form,
        weekdays=[(str(number), gettext(name)) for number, name in enumerate(WEEKDAYS)],
        hours=[(str(hour), f"{hour:02}:00") for hour in range(24)],
        devices=await Subscription.filter(user_id=request.viewer.id).order_by("id"),
        public_key=(await devices.site_key()).public_key,
    )
