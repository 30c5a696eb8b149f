"""Erasing what a plugin keeps in one club is asked for while it is off, and can be taken back until it is due.

Whoever asks, takes back, begins or ends holds the switches of the club, as whoever turns the plugin on does.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core import audit, current
from core.db import atomic
from core.errors import Conflict, Invalid, NotFound
from core.i18n import gettext
from core.parts import LoadedPart
from spaces.models import Club, Erasure
from spaces.queries.erasing import UNDECIDED, WHOLE, in_need_of, is_off, live_erasure
from spaces.services.actors import Actor, actor_id, asker
from spaces.space import hold_switches


async def ask_erasure(
    club: Club, plugin: str, *, name: str, without_export: bool = False, actor: Actor | None
) -> Erasure:
    """Ask for what a plugin keeps in a club to be erased when CERCLE_ERASE_AFTER_DAYS have passed. Asked again, it stays.

    Args:
        club: the club.
        plugin: a running plugin that is off there.
        name: the club's, typed once more.
        without_export: whether it is fine that there is no export.
        actor: an owner or operator; None for a command on the machine.

    Raises:
        NotFound: when no such plugin runs here.
        Conflict: when it is not off, or is being erased.
        Invalid: naming the field that is wrong: `name` or `without_export`.
    """
    running_plugin(plugin)
    if " ".join(name.split()).casefold() != " ".join(club.name.split()).casefold():
        raise Invalid(gettext("Type the name of the club as it is shown."), field="name")
    async with atomic():
        await hold_switches(club.id)
        erasure = await open_erasure(club, plugin, actor=actor)
        if erasure.due_at < UNDECIDED:
            return erasure
        if not erasure.export_hash and not without_export:
            raise Invalid(gettext("Make an export first, or say that you need none."), field="without_export")
        now = datetime.now(UTC)
        erasure.asked_by, erasure.asked_by_id, erasure.asked_at = _name(actor), actor_id(actor), now
        erasure.due_at = now + timedelta(days=current.app().settings.erase_after_days)
        await erasure.save(update_fields=["asked_by", "asked_by_id", "asked_at", "due_at"])
        after = {"due_at": erasure.due_at.isoformat(), "export": bool(erasure.export_hash)}
        await record("asked", erasure, club.id, actor, after=after)
    return erasure


async def withdraw_erasure(club: Club, plugin: str, *, actor: Actor | None) -> None:
    """Take an erasure back before it begins.

    Raises:
        NotFound: when none waits.
        Conflict: when it has begun.
    """
    async with atomic():
        await hold_switches(club.id)
        erasure = await live_erasure(club.id, plugin) if plugin != WHOLE else None
        if erasure is None or erasure.due_at == UNDECIDED:
            raise NotFound(gettext("Nothing waits to be erased here."))
        refuse_begun(erasure)
        await withdraw(erasure, actor)


async def refuse_while_erased(club: Club, plugin: str) -> None:
    """Refuse to turn a plugin on while it is being erased in a club.

    Raises:
        Conflict: with a sentence.
    """
    erasure = await live_erasure(club.id, plugin)
    if erasure is not None:
        refuse_begun(erasure)


async def open_erasure(club: Club, plugin: str, *, actor: Actor | None) -> Erasure:
    """The erasure that waits for a plugin in a club, or a new one for which nobody has asked yet. The switches are held.

    Raises:
        Conflict: when the plugin is not off, or is being erased.
    """
    await refuse_unless_off(club, plugin)
    if erasure := await live_erasure(club.id, plugin):
        refuse_begun(erasure)
        return erasure
    if others := await in_need_of(club, plugin):
        names = ", ".join(others)
        raise Conflict(
            gettext("%(others)s keeps things here that belong to this plugin. Erase those first.", others=names)
        )
    return await Erasure.create(
        club_id=club.id,
        club_name=club.name,
        plugin=plugin,
        asked_by=_name(actor),
        asked_by_id=actor_id(actor),
        due_at=UNDECIDED,
    )


async def refuse_unless_off(club: Club, plugin: str) -> None:
    """Refuse to touch what a plugin keeps in a club where it is not off.

    Raises:
        Conflict: with a sentence.
    """
    if not await is_off(club.id, plugin):
        raise Conflict(gettext("Turn the plugin off first. What it keeps can only be erased while it is off."))


def running_plugin(plugin: str) -> LoadedPart:
    """The plugin of this name.

    Raises:
        NotFound: when none runs here.
    """
    loaded = current.app().parts.get(plugin)
    if loaded is None or loaded.part.scope != "club":
        raise NotFound(gettext("There is no plugin named %(name)s.", name=plugin[:40]))
    return loaded


def refuse_begun(erasure: Erasure) -> None:
    """Refuse what cannot be done any more.

    Raises:
        Conflict: when rows go at this moment.
    """
    if erasure.begun_at is not None:
        loaded = current.app().parts.get(erasure.plugin)
        title = gettext(loaded.part.title) if loaded else erasure.plugin
        raise Conflict(
            gettext(
                "What %(plugin)s keeps in this club is being erased. When that is done, in a few minutes, it can be turned on.",
                plugin=title,
            )
        )


async def withdraw(erasure: Erasure, actor: Actor | None) -> None:
    """Note that an erasure is taken back; None where that follows from a switch. The switches are held."""
    erasure.withdrawn_at, erasure.withdrawn_by = datetime.now(UTC), _name(actor)
    await erasure.save(update_fields=["withdrawn_at", "withdrawn_by"])
    if erasure.due_at < UNDECIDED:
        await record("withdrawn", erasure, erasure.club_id, actor, after={})


async def record(
    what: str, erasure: Erasure, club_id: int | None, actor: Actor | None, *, after: dict[str, object]
) -> None:
    """Write `spaces.erasure_<what>` into the audit log."""
    await audit.record(
        f"spaces.erasure_{what}", actor=asker(actor), subject=erasure.plugin, club_id=club_id, after=after
    )


def _name(actor: Actor | None) -> str:
    return str(getattr(actor, "name", ""))[:120]
