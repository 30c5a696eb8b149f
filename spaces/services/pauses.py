"""When a plugin is paused in a club, or does not run at all: who is told."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from core import current, mail
from core.accounts.models import User
from core.db import atomic
from core.dispatch.calls import HookFault
from core.i18n import direction, gettext, language_tag, speaking
from core.models import Fault
from core.parts import LoadedPart
from spaces.models import ClubPlugin
from spaces.switches import pause_plugin

if TYPE_CHECKING:
    from core.app import Cercle

logger = logging.getLogger("cercle.pauses")

LONGEST_TRACEBACK = 8000  # characters, its end


async def pause_after_faults(fault: HookFault) -> None:
    """Pause a plugin in a club whose hooks had too many faults there within some minutes, and tell the operators.

    A page that fails, which somebody may bring about on purpose, harms nobody else; it is only written down.
    """
    if fault.club_id is None or " " in fault.hook:
        return
    switch = await ClubPlugin.get_or_none(club_id=fault.club_id, plugin=fault.plugin, paused_at=None)
    if switch is None or await _faults_of(switch) < current.app().settings.hook_faults:
        return
    because = f"{fault.hook}: {fault.reason}"
    try:
        async with atomic():
            if paused := await pause_plugin(fault.club_id, fault.plugin, because):
                await _tell_operators(paused, fault)
    except Exception:
        logger.exception("The operators could not be told that %s is paused", fault.plugin)
        await pause_plugin(fault.club_id, fault.plugin, because)


async def tell_of_failures(app: Cercle) -> None:
    """One mail to each operator and reason about each plugin that does not run while clubs have it on; none in safe mode."""
    failed = [loaded for loaded in app.parts.all() if loaded.name in app.parts.failed_plugins]
    if not failed or app.settings.safe:
        return
    in_use = ClubPlugin.filter(plugin__in=[one.name for one in failed], club__deleted_at=None).exclude(effective="off")
    missed = Counter([row.plugin for row in await in_use.only("id", "plugin")])
    for operator in await User.filter(is_operator=True, is_active=True).order_by("id"):
        with speaking(operator.locale, operator.timezone):
            for loaded in failed:
                if missed[loaded.name]:
                    await _mail_failure(app, operator, loaded, missed[loaded.name])


async def _mail_failure(app: Cercle, operator: User, loaded: LoadedPart, clubs: int) -> None:
    title = gettext(loaded.part.title)
    context = {
        "plugin": title,
        "clubs": clubs,
        "reason": loaded.failure,
        "traceback": loaded.detail[-LONGEST_TRACEBACK:],
        "address": app.settings.base_url + app.urls.path("spaces:admin.plugin", plugin=loaded.name),
        "locale": language_tag(),
        "direction": direction(),
    }
    about = hashlib.sha256(f"{loaded.part.version} {loaded.failure}".encode()).hexdigest()[:24]
    await mail.send(
        operator.email,
        gettext("%(plugin)s does not run", plugin=title),
        app.pages.render("spaces/mails/failed.txt", **context),
        app.pages.render("spaces/mails/failed.html", **context),
        key=f"spaces.failed:{loaded.name}:{about}:{operator.id}",
    )


async def _faults_of(switch: ClubPlugin) -> int:
    """How many count: those of the last minutes, and none from before somebody switched it."""
    window = timedelta(minutes=current.app().settings.hook_fault_minutes)
    since = max(switch.changed_at, datetime.now(UTC) - window)
    found = Fault.filter(plugin=switch.plugin, club_id=switch.club_id, at__gt=since)
    return await found.exclude(hook__contains=" ").count()


async def _tell_operators(paused: ClubPlugin, fault: HookFault) -> None:
    """One mail to each operator and pause, in their language."""
    for operator in await User.filter(is_operator=True, is_active=True).order_by("id"):
        with speaking(operator.locale, operator.timezone):
            await _mail(operator, paused, fault)


async def _mail(operator: User, paused: ClubPlugin, fault: HookFault) -> None:
    app = current.app()
    loaded = app.parts.get(paused.plugin)
    title = gettext(loaded.part.title) if loaded else paused.plugin
    context = {
        "plugin": title,
        "club": paused.club,
        "hook": fault.hook,
        "reason": fault.reason,
        "traceback": fault.traceback[-LONGEST_TRACEBACK:],
        "minutes": app.settings.hook_fault_minutes,
        "faults": app.settings.hook_faults,
        "address": app.settings.base_url + app.urls.path("spaces:admin.plugin", plugin=paused.plugin),
        "locale": language_tag(),
        "direction": direction(),
    }
    await mail.send(
        operator.email,
        gettext("%(plugin)s is paused in %(club)s", plugin=title, club=paused.club.name),
        app.pages.render("spaces/mails/paused.txt", **context),
        app.pages.render("spaces/mails/paused.html", **context),
        key=f"spaces.paused:{paused.id}:{paused.paused_at:%Y%m%d%H%M%S%f}:{operator.id}",
    )
