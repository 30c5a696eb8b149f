"""The engine's own jobs: delivering events and mail, and tidying what is old or not needed any more."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from core.dispatch.faults import forget_old_faults
from core.dispatch.timings import forget_old_timings
from core.i18n import N_
from core.jobs import Job
from core.mail import deliver_due, forget_old
from core.notification_mail import may_leave
from core.storage import collect

if TYPE_CHECKING:
    from core.app import Cercle


def chores(app: Cercle) -> tuple[Job, ...]:
    """The jobs of the engine itself.

    Args:
        app: the application.
    """
    return (
        Job(
            "core.deliver_events",
            partial(_deliver_events, app),
            every=timedelta(minutes=1),
            title=N_("Tell plugins what has happened"),
        ),
        Job(
            "core.deliver_mail",
            partial(_deliver_mail, app),
            every=timedelta(minutes=1),
            title=N_("Send the mails that wait"),
        ),
        Job("core.forget_mail", forget_old, every=timedelta(days=1), title=N_("Forget mails that were sent long ago")),
        Job("core.forget_faults", forget_old_faults, every=timedelta(days=1), title=N_("Forget old faults")),
        Job(
            "core.forget_timings",
            forget_old_timings,
            every=timedelta(days=1),
            title=N_("Forget how long things took, after a while"),
        ),
        Job(
            "core.collect_blobs",
            partial(_collect, app),
            every=timedelta(hours=6),
            title=N_("Delete files that nobody needs any more"),
        ),
    )


async def _deliver_events(app: Cercle) -> None:
    while await app.outbox.deliver_due() >= 200:
        await asyncio.sleep(0)
    await app.outbox.forget()


async def _deliver_mail(app: Cercle) -> None:
    asked = partial(may_leave, notifications=app.notifications)
    while await deliver_due(app.outlet, may_leave=asked) >= 100:
        await asyncio.sleep(0)


async def _collect(app: Cercle) -> None:
    await app.storage.sweep_temporary(timedelta(hours=24))
    await collect(app.storage)
