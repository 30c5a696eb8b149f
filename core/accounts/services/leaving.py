"""A person leaves the site for good: their account and all that is theirs alone goes, what they gave to clubs stays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tortoise.expressions import Q

from core import audit, storage
from core.accounts.models import OneTimeLink, RetiredHandle, SignUpRequest, Takeout, User
from core.accounts.services import links
from core.accounts.services.operators import close_account
from core.accounts.sessions import digest
from core.db import atomic
from core.errors import Conflict, NotFound
from core.i18n import N_, language, speaking
from core.i18n import gettext as _
from core.mail import TRIES
from core.models import AuditEntry, Mail, Setting
from core.navigation import Link
from core.permissions import Asker

if TYPE_CHECKING:
    from core.app import Cercle

GONE = "account"  # what the log says instead of a name
FAREWELL = "leaving_done"  # the last mail


async def erase_person(
    app: Cercle, user: User, *, actor: Asker | None, farewell: bool = False, only_due: bool = False
) -> None:
    """Erase a person. Killed half-way, it can be called again: from the first step on the account is closed.

    First, in one transaction, the account is closed (sessions, tokens, feeds and links end at once) and clubs let the person go.
    Then each plugin deletes what is theirs alone. Last, in one transaction, the row goes, and with it the name: the database
    makes the author of what was given to clubs empty. Their handle is never given to anybody else.

    Args:
        app: the application.
        user: who goes.
        actor: who does it; None from the command line and from the job.
        farewell: say so in a last mail to their address.
        only_due: leave it when they changed their mind or it is not time yet.

    Raises:
        Conflict: for the last operator, for the last owner of a club, and when a plugin cannot do its part; it says which.
        NotFound: when they are gone already, or stay.
    """
    parts = {one.name: one.is_foundation for one in app.parts}
    told = app.hooks.implementers("person_erased")
    async with atomic():
        await _close(app, user, actor, only_due=only_due)
        await _tell(app, user, [name for name in told if parts.get(name)])
    for name in told:
        if not parts.get(name):
            await _tell(app, user, [name])
    async with atomic():
        await _delete(user, actor, farewell=farewell)


async def reasons_to_stay(app: Cercle, user: User) -> list[str]:
    """What must be settled before this person can be erased, a sentence each; empty when nothing is."""
    return [reason.label for reason in await bonds_of(app, user)]


async def bonds_of(app: Cercle, user: User) -> list[Link]:
    """As `reasons_to_stay`, with the address where each can be settled, "" where there is none."""
    found = await app.hooks.collect("person_bound", user=user)
    reasons = [reason for answer in found for reason in answer.value]
    return [reason if isinstance(reason, Link) else Link(reason, "") for reason in reasons]


async def is_being_erased(user: User) -> bool:
    """Whether the erasure of an account has begun, so that there is no way back."""
    return await RetiredHandle.exists(digest=digest(user.handle))


async def held_account(user: User) -> User:
    """The account as it is now, for this transaction alone: beginning, keeping and erasing follow one another.

    Raises:
        NotFound: when it is gone already.
    """
    operators = Q(is_operator=True, is_active=True)  # in one order, so that no two of them wait for each other
    held = await User.filter(Q(id=user.id) | operators).order_by("id").select_for_update()
    present = next((one for one in held if one.id == user.id), None)
    if present is None:
        raise NotFound(_("This account is gone already."))
    return present


async def _close(app: Cercle, user: User, actor: Asker | None, *, only_due: bool) -> None:
    present, now = await held_account(user), datetime.now(UTC)
    if only_due and (present.leaving_at is None or present.leaving_at > now):
        raise NotFound(_("This account is not about to be deleted."))
    await close_account(user)
    if reasons := await reasons_to_stay(app, user):
        raise Conflict(" ".join(reasons))
    closed = {"closed_at": present.closed_at or now, "leaving_at": min(present.leaving_at or now, now)}
    await User.filter(id=user.id).update(**closed)
    user.update_from_dict({**closed, "leaves_works": present.leaves_works})
    if not await is_being_erased(present):
        await RetiredHandle.create(digest=digest(present.handle))
        await audit.record("accounts.erasure_begun", actor=actor, subject=f"{GONE} {user.id}")


async def _tell(app: Cercle, user: User, names: list[str]) -> None:
    for name in names:
        for fault in await app.hooks.notify("person_erased", only=name, user=user):
            if isinstance(fault.error, Conflict):
                raise fault.error
            reason = f"{type(fault.error).__name__}: {fault.error}"
            raise Conflict(
                _(
                    "%(plugin)s could not erase what it keeps of this person (%(reason)s). Mend it and erase them again.",
                    plugin=name,
                    reason=reason[:300],
                )
            )


async def _delete(user: User, actor: Asker | None, *, farewell: bool) -> None:
    present = await User.filter(id=user.id).select_for_update().first()
    if present is None:
        return
    await _drop_mail(present)
    await Setting.filter(scope="member", owner_id=present.id).delete()
    await _forget_name(present)
    held = [present.photo_hash, *await Takeout.filter(user_id=present.id).values_list("file", flat=True)]
    if await User.filter(id=present.id).delete():
        for hash in sorted(str(one) for one in held if one):
            await storage.release(hash)
        await audit.record("accounts.person_erased", actor=actor, subject=f"{GONE} {present.id}")
        if farewell:
            await _say_farewell(present)


async def _say_farewell(user: User) -> None:
    """The row of this mail goes when it has left: see `forget_farewells`."""
    with speaking(user.locale or language(), user.timezone):
        await links.send_mail(
            FAREWELL,
            N_("Your account on %(site)s is deleted"),
            to=user.email,
            locale=user.locale,
            key=str(user.id),
            name=user.name,
            works=user.leaves_works,
        )


async def forget_farewells() -> None:
    """Delete the last mails to people who are gone once they have left, and those that nobody takes."""
    last = Mail.filter(key__startswith=f"accounts.{FAREWELL}:")
    await last.filter(Q(sent_at__isnull=False) | Q(attempts__gte=TRIES)).delete()


async def _drop_mail(user: User) -> None:
    """Mail to them, waiting and sent, and what they asked to be sent to an address that they wanted to take on."""
    links = await OneTimeLink.filter(user_id=user.id).values_list("id", flat=True)
    asked = [f"accounts.{template}:{number}" for number in links for template in ("email", "email_taken")]
    to_them = Q(recipient__iexact=user.email) | Q(recipient__iendswith=f"<{user.email}>")
    about_them = Q(key__startswith="accounts.", key__contains=f":{user.id}:")  # to an address that they had before, too
    await Mail.filter(to_them | about_them | Q(key__in=asked)).delete()
    await OneTimeLink.filter(Q(email=user.email) | Q(user_id=user.id)).delete()
    await SignUpRequest.filter(email=user.email).delete()


async def _forget_name(user: User) -> None:
    """The log keeps what was done and by which number; a name that somebody else bears too stays with that person's rows."""
    await AuditEntry.filter(actor_id=user.id).update(actor_name="")
    names = [user.handle]
    if not await User.filter(name=user.name).exclude(id=user.id).exists():
        names.append(user.name)
    about = AuditEntry.filter(Q(action__startswith="accounts.") | Q(action__startswith="spaces."), subject__in=names)
    await about.update(subject=f"{GONE} {user.id}", before={}, after={})
