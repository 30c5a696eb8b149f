"""The plugin switches: the only writer of what is effective in a club and who may read it.

Every change of a switch, a policy, a grant or a lock ends here with `refresh`, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core import audit, current
from core.db import atomic
from core.errors import Forbidden, Invalid, NotFound
from core.events import announce
from core.i18n import gettext
from core.parts import LoadedPart
from core.permissions import Asker
from spaces.access import CHOICES, MEMBER_ROLES, OUTSIDE_ROLES, READABLE, Matrix, State, effective_state, held_back
from spaces.decisions import Rules, Ruling, checked_reason, decision_of, keep_ruling, policy_for, rules_of
from spaces.events import PluginSwitched
from spaces.models import Club, ClubPlugin, ClubRole, Erasure, GrantLock, GrantOverride, PluginPolicy
from spaces.queries.erasing import live_by_switch
from spaces.space import hold_switches

if TYPE_CHECKING:
    from core.app import Cercle


async def switch_plugin(club: Club, plugin: str, state: str, *, actor: Asker | None) -> ClubPlugin:
    """Turn a plugin on, off or read-only in a club. Nothing is deleted by turning it off.

    Args:
        club: the club.
        plugin: name of an installed plugin.
        state: `on`, `read_only` or `off`.
        actor: who does it; None for a command on the machine.

    Raises:
        NotFound: when there is no such plugin here.
        Forbidden: when the operator's policy does not leave the choice.
    """
    await switch_plugins(club, {plugin: state}, actor=actor)
    return await ClubPlugin.get(club_id=club.id, plugin=plugin)


async def switch_plugins(club: Club, states: Mapping[str, str], *, actor: Asker | None) -> None:
    """Turn several plugins at once: all of them, or none. Those that need one of them follow, which is told as well.

    Args:
        club: the club.
        states: by the plugin's name; see `switch_plugin`, also for the errors.
        actor: who does it; None for a command on the machine.
    """
    from spaces.services.erasing import refuse_while_erased

    wanted = {name: (_installed(name), state) for name, state in states.items()}
    if not all(state in CHOICES for state in states.values()):
        raise Invalid(gettext("Choose one of on, read_only and off."), field="state")
    async with atomic():
        await hold_switches(club.id)
        before = await _effective(club)
        for loaded, state in wanted.values():
            row = await _row(club, loaded.name)
            _require_choice(await policy_for(club, loaded, row), state, loaded)
            if state != "off":
                await refuse_while_erased(club, loaded.name)
            row.state, row.paused_at, row.paused_because = state, None, ""
            await row.save(update_fields=["state", "paused_at", "paused_because", "changed_at"])
        await refresh(club)
        await _tell_changes(club, before, actor)


async def set_policy(
    plugin: str,
    policy: str | None,
    *,
    kind: str = "",
    club: Club | None = None,
    reason: str = "",
    actor: Asker | None,
) -> None:
    """Decide as operator what clubs may do with a plugin.

    Args:
        plugin: name of an installed plugin.
        policy: one of the four, or None to fall back to the next wider rule.
        kind: the kind of club it holds for; "" for all kinds.
        club: one club, above its kind.
        reason: why, for the owners of the clubs it holds for; at most 300 characters.
        actor: the operator; None for a command on the machine.

    Raises:
        NotFound: when there is no such plugin here.
        Invalid: naming the field that is wrong: `policy`, `kind` or `reason`.
    """
    await set_policies([Ruling(plugin, policy, kind, club)], reason=reason, actor=actor)


async def set_policies(rulings: Sequence[Ruling], *, reason: str = "", actor: Asker | None) -> None:
    """Decide several of them for one reason: all of them hold, or none; see `set_policy`.

    Args:
        rulings: each for a kind of club or for one club; those for single clubs are all for the same.
        reason: why, at most 300 characters.
        actor: the operator; None for a command on the machine.
    """
    for ruling in rulings:
        _installed(ruling.plugin)
    why = checked_reason(reason)
    club = rulings[0].club if rulings else None
    async with atomic():
        await hold_switches(club.id if club else None)
        for ruling in rulings:
            await _record_ruling(ruling, why, await keep_ruling(ruling, why, actor), actor)
        if club is not None:
            await refresh(club)
        elif rulings:
            kinds = {ruling.kind for ruling in rulings}
            await refresh_many(await (Club.all() if "" in kinds else Club.filter(kind__in=sorted(kinds))))


async def pause_plugin(club_id: int, plugin: str, because: str) -> ClubPlugin | None:
    """Pause a plugin in one club after repeated faults; switching it on again resumes it. Those that need it pause too.

    Args:
        club_id: the club.
        plugin: name of the plugin.
        because: what failed, for owners and operators; cut at 500 characters.

    Returns:
        The switch; None when it was paused already, or is not open to anybody.
    """
    async with atomic():
        await hold_switches(club_id)
        open_there = ClubPlugin.filter(club_id=club_id, plugin=plugin, paused_at=None, effective__in=tuple(READABLE))
        if not await open_there.update(paused_at=datetime.now(UTC), paused_because=because[:500]):
            return None
        await _follow(club_id, None)
    return await ClubPlugin.get(club_id=club_id, plugin=plugin).select_related("club")


async def resume_plugin(club_id: int, plugin: str, *, actor: Asker | None) -> None:
    """Let a paused plugin run again in a club, in the state it had; faults from before count no more."""
    async with atomic():
        await hold_switches(club_id)
        paused = ClubPlugin.filter(club_id=club_id, plugin=plugin, paused_at__isnull=False)
        if await paused.update(paused_at=None, paused_because="", changed_at=datetime.now(UTC)):
            await _follow(club_id, actor)


async def refresh(club: Club) -> None:
    """Write what is effective in this club and who may read it."""
    await hold_switches(club.id)
    await _refresh_batch(current.app(), [club])


async def refresh_many(clubs: Collection[Club]) -> None:
    """Write what is effective in these clubs, a thousand at a time. Whoever changed a rule holds all switches since before."""
    app = current.app()
    waiting = list(clubs)
    for start in range(0, len(waiting), 1000):
        await _refresh_batch(app, waiting[start : start + 1000])


async def _refresh_batch(app: Cercle, clubs: list[Club]) -> None:
    ids = [club.id for club in clubs]
    rules = rules_of(await PluginPolicy.all())
    locks = {(lock.role, lock.permission): lock.allowed for lock in await GrantLock.all()}
    overrides: dict[int, dict[tuple[str, str], bool]] = {}
    for cell in await GrantOverride.filter(club_id__in=ids):
        overrides.setdefault(cell.club_id, {})[cell.role, cell.permission] = cell.allowed  # type: ignore[attr-defined]
    own: dict[int, list[str]] = {}
    for role in await ClubRole.filter(club_id__in=ids).order_by("name"):
        own.setdefault(role.club_id, []).append(role.name)
    present = {(row.club_id, row.plugin): row for row in await ClubPlugin.filter(club_id__in=ids)}
    erasures = await live_by_switch(ids)
    switched = [loaded for loaded in app.parts if loaded.part.scope == "club"]  # each behind those it needs
    made: list[ClubPlugin] = []
    changed: list[ClubPlugin] = []
    for club in clubs:
        matrix, states = Matrix(overrides.get(club.id, {}), locks), dict[str, State]()
        for loaded in switched:
            row = present.get((club.id, loaded.name))
            target = row or ClubPlugin(club=club, plugin=loaded.name)
            erasure = erasures.get((club.id, loaded.name))
            erased = erasure is not None and erasure.begun_at is not None
            state = states[loaded.name] = "off" if erased else _state(club, loaded, row, rules, states)
            facts = state, _readers(app, loaded.name, matrix, own.get(club.id, ()))
            if row is None or facts != (row.effective, row.readers):
                target.effective, target.readers = facts
                (changed if row else made).append(target)
    if made:
        await ClubPlugin.bulk_create(made, ignore_conflicts=True)
    if changed:
        await ClubPlugin.bulk_update(changed, fields=["effective", "readers"])
    if erasures:
        await _settle(erasures, changed)


async def _settle(erasures: Mapping[tuple[int, str], Erasure], changed: Iterable[ClubPlugin]) -> None:
    """Withdraw what waits to be erased where a plugin is not off any more."""
    from spaces.services.erasing import withdraw

    for row in changed:
        erasure = erasures.get((row.club_id, row.plugin))
        if erasure is not None and row.effective != "off":
            await withdraw(erasure, None)


def _state(
    club: Club,
    loaded: LoadedPart,
    row: ClubPlugin | None,
    rules: Rules,
    states: Mapping[str, State],
) -> State:
    own = effective_state(
        decision_of(club, loaded, row, rules).policy, row.state if row else None, paused=bool(row and row.paused_at)
    )
    return held_back(own, [states[name] for name in loaded.needs if name in states])


def _readers(app: Cercle, plugin: str, matrix: Matrix, own: Iterable[str]) -> str:
    view = app.permissions.get(f"{plugin}.view")
    if view is None:
        return ""
    roles: Iterable[str] = (*MEMBER_ROLES, *OUTSIDE_ROLES, *own)
    return "".join(f" {role} " for role in roles if matrix.allows(role, view))


async def _effective(club: Club) -> dict[str, str]:
    found = ClubPlugin.filter(club_id=club.id).order_by("id")
    return {str(name): str(state) for name, state in await found.values_list("plugin", "effective")}


async def _row(club: Club, plugin: str) -> ClubPlugin:
    row, _ = await ClubPlugin.get_or_create(club=club, plugin=plugin)
    return row


async def _follow(club_id: int, actor: Asker | None) -> None:
    """Write and tell what follows from a switch that was paused or resumed."""
    club = await Club.get(id=club_id)
    before = await _effective(club)
    await refresh(club)
    await _tell_changes(club, before, actor)


async def _tell_changes(club: Club, before: Mapping[str, str], actor: Asker | None) -> None:
    for name, state in (await _effective(club)).items():
        if state != before.get(name, "off"):
            await _tell(club, name, before.get(name, "off"), state, actor)


async def _record_ruling(ruling: Ruling, reason: str, before: dict[str, object], actor: Asker | None) -> None:
    named = {"plugin": ruling.plugin, "kind": ruling.kind}
    await audit.record(
        "spaces.policy_set",
        actor=actor,
        subject=ruling.plugin,
        club_id=ruling.club.id if ruling.club else None,
        before={**named, **before},
        after={**named, "policy": ruling.policy, "reason": reason},
    )


async def _tell(club: Club, plugin: str, before: str, after: str, actor: Asker | None) -> None:
    await audit.record(
        "spaces.plugin_switched",
        actor=actor,
        subject=plugin,
        club_id=club.id,
        before={"state": before},
        after={"state": after},
    )
    await announce(
        PluginSwitched(club_id=club.id, actor_id=actor.id if actor else None, plugin=plugin, before=before, after=after)
    )


def _installed(plugin: str) -> LoadedPart:
    loaded = current.app().parts.get(plugin)
    if loaded is None or loaded.part.scope != "club":
        raise NotFound(gettext("There is no plugin named %(name)s.", name=plugin[:40]))
    return loaded


def _require_choice(policy: str, state: str, loaded: LoadedPart) -> None:
    title = gettext(loaded.part.title)
    if policy == "unavailable":
        raise Forbidden(gettext("The operator has not made %(plugin)s available to this club.", plugin=title))
    if policy == "required" and state == "off":
        raise Forbidden(gettext("The operator requires %(plugin)s in this club.", plugin=title))
