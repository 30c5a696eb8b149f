"""What operators do to mails, jobs and events that stand still. Each act is a row of the audit log."""

from __future__ import annotations

from datetime import UTC, datetime

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from core import audit, current
from core.db import after_commit, atomic
from core.errors import Conflict, NotFound
from core.i18n import gettext
from core.jobs import Job
from core.mail import LEASE, TRIES
from core.models import Delivery, Mail
from core.permissions import Asker


async def retry_mail(number: int, *, actor: Asker) -> None:
    """Try a mail again, now, that waits or was given up.

    Raises:
        NotFound: when it is gone or was sent.
        Conflict: while it is on its way.
    """
    async with atomic():
        mail = await _unsent(number)
        now = datetime.now(UTC)
        if not await _standing(number, now).update(attempts=0, error="", due_at=now):
            raise Conflict(gettext("This mail is just being sent. Please look again in a moment."))
        await audit.record("spaces.mail_retried", actor=actor, subject=mail.subject, before=_told(mail))
        after_commit(lambda: current.app().jobs.nudge("core.deliver_mail"))


async def retry_failed_mails(*, actor: Asker) -> int:
    """Try all mails again that were given up; answers how many."""
    async with atomic():
        now = datetime.now(UTC)
        count = int(await _standing(None, now).filter(attempts__gte=TRIES).update(attempts=0, error="", due_at=now))
        if count:
            await audit.record("spaces.mails_retried", actor=actor, after={"mails": count})
            after_commit(lambda: current.app().jobs.nudge("core.deliver_mail"))
    return count


async def delete_mail(number: int, *, actor: Asker) -> None:
    """Take a mail out of the queue that was not sent.

    Raises:
        NotFound: when it is gone or was sent.
        Conflict: while it is on its way.
    """
    async with atomic():
        mail = await _unsent(number)
        if not await _standing(number, datetime.now(UTC)).delete():
            raise Conflict(gettext("This mail is just being sent. Please look again in a moment."))
        await audit.record("spaces.mail_deleted", actor=actor, subject=mail.subject, before=_told(mail))


async def run_job(name: str, *, actor: Asker) -> Job:
    """Let a scheduled job run now, beside its own times; answers which.

    Raises:
        NotFound: when there is no such job, or it runs only when it is asked with something to do.
    """
    app = current.app()
    job = next((job for job in app.jobs.registered if job.name == name and job.every is not None), None)
    if job is None:
        raise NotFound()
    async with atomic():
        await audit.record("spaces.job_started", actor=actor, subject=name)
        after_commit(lambda: app.jobs.nudge(name))
    return job


async def retry_deliveries(number: int | None = None, *, actor: Asker) -> int:
    """Tell plugins again, now, of what they failed to take; answers how many deliveries.

    Args:
        number: of one delivery; None for all.
        actor: the operator.

    Raises:
        NotFound: when the one is gone.
    """
    async with atomic():
        chosen = Delivery.all() if number is None else Delivery.filter(id=number)
        count = int(await chosen.update(due_at=datetime.now(UTC)))
        if number is not None and not count:
            raise NotFound()
        if count:
            await audit.record("spaces.deliveries_retried", actor=actor, after={"deliveries": count})
            after_commit(lambda: current.app().jobs.nudge("core.deliver_events"))
    return count


async def drop_delivery(number: int, *, actor: Asker) -> None:
    """Never tell a plugin of an event that it cannot take.

    Raises:
        NotFound: when it is gone, because the plugin took it after all.
    """
    async with atomic():
        found = await Delivery.get_or_none(id=number).select_related("event")
        if found is None or not await Delivery.filter(id=number).delete():
            raise NotFound()
        before = {"event": found.event.name, "attempts": found.attempts, "error": found.error}
        club_id = found.event.club_id
        await audit.record("spaces.delivery_dropped", actor=actor, subject=found.plugin, club_id=club_id, before=before)


async def _unsent(number: int) -> Mail:
    found = await Mail.get_or_none(id=number, sent_at=None)
    if found is None:
        raise NotFound()
    return found


def _standing(number: int | None, now: datetime) -> QuerySet[Mail]:
    """Mails that are not on their way: a process that sends one claims it for a while (`core.mail.LEASE`)."""
    free = Q(Q(due_at__lte=now), Q(due_at__gt=now + LEASE), join_type=Q.OR)
    found = Mail.filter(free, sent_at=None)
    return found if number is None else found.filter(id=number)


def _told(mail: Mail) -> dict[str, object]:
    return {"to": mail.recipient, "attempts": mail.attempts, "error": mail.error}
