"""Work beside the requests: messages to devices that are due, and forgetting what is old."""

from datetime import timedelta

from cercle import N_, Job
from plugins.notifications.services.page import forget_old
from plugins.notifications.services.push import send_due


async def send_pushes() -> None:
    """Send what is due."""
    while await send_due() >= 100:
        pass


jobs = (
    Job(
        "notifications.send_pushes",
        send_pushes,
        every=timedelta(minutes=1),
        timeout=300,
        title=N_("Send messages to devices"),
    ),
    Job(
        "notifications.forget_old",
        forget_old,
        every=timedelta(hours=12),
        timeout=600,
        title=N_("Forget old notifications"),
    ),
)
