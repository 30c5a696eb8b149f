"""A person leaves the site for good: their account and all that is theirs alone goes, what they gave to clubs stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise.expressions import Q

from core import audit, storage
from core.accounts.models import OneTimeLink, SignUpRequest, User
from core.accounts.services.operators import close_account
from core.db import atomic
from core.errors import Conflict, NotFound
from core.i18n import gettext as _
from core.models import AuditEntry, Mail, Setting
from core.permissions import Asker

if TYPE_CHECKING:
    from core.app import Cercle

GONE = "account"  # what the log says instead of a name


async def erase_person(app: Cercle, user: User, *, actor: Asker | None) -> None:
    """Erase a person. Killed half-way, it can be called again: from the first step on the account is closed.

    First, in one transaction, the account is closed (sessions, tokens, feeds and links end at once) and clubs let the person go.
    Then each plugin deletes what is theirs alone. Last, in one transaction, the row goes, and with it the name: the database
    makes the author of what was given to clubs empty.

    Args:
        app: the application.
        user: who goes.
        actor: who does it; None from the command line.

    Raises:
        Conflict: for the last operator, for the last owner of a club, and when a plugin cannot do its part; it says which.
        NotFound: when they are gone already.
    """
    parts = {one.name: one.is_foundation for one in app.parts}
    told = app.hooks.implementers("person_erased")
    async with atomic():
        await _close(app, user, actor)
        await _tell(app, user, [name for name in told if parts.get(name)])
    for name in told:
        if not parts.get(name):
            await _tell(app, user, [name])
    async with atomic():
        await _delete(user, actor)


async def reasons_to_stay(app: Cercle, user: User) -> list[str]:
    """What must be settled before this person can be erased, a sentence each; empty when nothing is."""
    found = await app.hooks.collect("person_bound", user=user)
    return [reason for answer in found for reason in answer.value]


async def _close(app: Cercle, user: User, actor: Asker | None) -> None:
    if not await User.exists(id=user.id):
        raise NotFound(_("This account is gone already."))
    await close_account(user)
    if reasons := await reasons_to_stay(app, user):
        raise Conflict(" ".join(reasons))
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


async def _delete(user: User, actor: Asker | None) -> None:
    present = await User.get_or_none(id=user.id)
    if present is None:
        return
    await _drop_mail(present)
    await Setting.filter(scope="member", owner_id=present.id).delete()
    await _forget_name(present)
    if await User.filter(id=present.id).delete():
        if present.photo_hash:
            await storage.release(present.photo_hash)
        await audit.record("accounts.person_erased", actor=actor, subject=f"{GONE} {present.id}")


async def _drop_mail(user: User) -> None:
    """Mail to them, waiting and sent, and what they asked to be sent to an address that they wanted to take on."""
    links = await OneTimeLink.filter(user_id=user.id).values_list("id", flat=True)
    asked = [f"accounts.{template}:{number}" for number in links for template in ("email", "email_taken")]
    to_them = Q(recipient__iexact=user.email) | Q(recipient__iendswith=f"<{user.email}>")
    await Mail.filter(to_them | Q(key__in=asked)).delete()
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
