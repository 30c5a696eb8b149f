"""The plugin switches: the only writer of what is effective in a club and who may read it.

Every change of a switch, a policy, a grant or a lock ends here with `refresh`, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core import audit, current
from core.db import atomic
from core.errors import Forbidden, Invalid, NotFound
from core.events import announce
from core.i18n import gettext
from core.parts import LoadedPart
from core.permissions import Asker
from spaces.access import MEMBER_ROLES, OUTSIDE_ROLES, POLICIES, STATES, Matrix, State, effective_state, held_back
from spaces.events import PluginSwitched
from spaces.models import Club, ClubPlugin, GrantLock, GrantOverride, PluginPolicy

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
    loaded = _installed(plugin)
    if state not in STATES:
        raise Invalid(gettext("Choose one of on, read_only and off."), field="state")
    async with atomic():
        row = await _row(club, plugin)
        policy = await policy_for(club, loaded, row)
        _require_choice(policy, state, loaded)
        before = row.effective
        row.state, row.paused_at, row.paused_because = state, None, ""
        await row.save(update_fields=["state", "paused_at", "paused_because", "changed_at"])
        await refresh(club)
        await row.refresh_from_db()
        if row.effective != before:
            await _tell(club, plugin, before, row.effective, actor)
    return row


async def set_policy(
    plugin: str, policy: str | None, *, kind: str = "", club: Club | None = None, actor: Asker | None
) -> None:
    """Decide as operator what clubs may do with a plugin.

    Args:
        plugin: name of an installed plugin.
        policy: one of the four, or None to fall back to the next wider rule.
        kind: the kind of club it holds for; "" for all kinds.
        club: one club, above its kind.
        actor: the operator.
    """
    _installed(plugin)
    if policy is not None and policy not in POLICIES:
        raise Invalid(gettext("There is no such policy."), field="policy")
    async with atomic():
        if club is not None:
            row = await _row(club, plugin)
            row.policy = policy
            await row.save(update_fields=["policy", "changed_at"])
        else:
            await _set_kind_policy(plugin, kind, policy)
        after: dict[str, object] = {"plugin": plugin, "policy": policy, "kind": kind}
        await audit.record(
            "spaces.policy_set", actor=actor, subject=plugin, club_id=club.id if club else None, after=after
        )
        await refresh_many([club] if club else await Club.filter(**({"kind": kind} if kind else {})))


async def pause_plugin(club_id: int, plugin: str, because: str) -> None:
    """Pause a plugin in one club after repeated faults; switching it on again resumes it."""
    async with atomic():
        touched = await ClubPlugin.filter(club_id=club_id, plugin=plugin, paused_at=None).update(
            paused_at=datetime.now(UTC), paused_because=because[:500]
        )
        club = await Club.get_or_none(id=club_id)
        if touched and club:
            await refresh(club)
            await _tell(club, plugin, "on", "off", None)


async def resume_plugin(club_id: int, plugin: str, *, actor: Asker | None) -> None:
    """Let a paused plugin run again in a club, in the state it had."""
    async with atomic():
        touched = await ClubPlugin.filter(club_id=club_id, plugin=plugin, paused_at__isnull=False).update(
            paused_at=None, paused_because=""
        )
        club = await Club.get_or_none(id=club_id)
        if touched and club:
            await refresh(club)
            row = await ClubPlugin.get(club_id=club_id, plugin=plugin)
            await _tell(club, plugin, "off", row.effective, actor)


async def refresh(club: Club) -> None:
    """Write what is effective in this club and who may read it."""
    await refresh_many([club])


async def refresh_many(clubs: Collection[Club]) -> None:
    """Write what is effective in these clubs, a thousand at a time."""
    app = current.app()
    waiting = list(clubs)
    for start in range(0, len(waiting), 1000):
        await _refresh_batch(app, waiting[start : start + 1000])


async def policy_for(club: Club, loaded: LoadedPart, row: ClubPlugin | None) -> str:
    """The policy that holds for a plugin in a club: its own, its kind's, everybody's, the plugin's."""
    policies = await PluginPolicy.filter(plugin=loaded.name, kind__in=("", club.kind))
    return policy_of(club, loaded, row, {(p.kind, p.plugin): p.policy for p in policies})


def policy_of(club: Club, loaded: LoadedPart, row: ClubPlugin | None, policies: Mapping[tuple[str, str], str]) -> str:
    """The same from loaded rows; `policies` by (kind, plugin)."""
    if row is not None and row.policy:
        return row.policy
    name = loaded.name
    return policies.get((club.kind, name)) or policies.get(("", name)) or loaded.part.policy


async def _refresh_batch(app: Cercle, clubs: list[Club]) -> None:
    ids = [club.id for club in clubs]
    policies = {(p.kind, p.plugin): p.policy for p in await PluginPolicy.all()}
    locks = {(lock.role, lock.permission): lock.allowed for lock in await GrantLock.all()}
    overrides: dict[int, dict[tuple[str, str], bool]] = {}
    for cell in await GrantOverride.filter(club_id__in=ids):
        overrides.setdefault(cell.club_id, {})[cell.role, cell.permission] = cell.allowed  # type: ignore[attr-defined]
    present = {(row.club_id, row.plugin): row for row in await ClubPlugin.filter(club_id__in=ids)}
    switched = [loaded for loaded in app.parts if loaded.part.scope == "club"]  # each behind those it needs
    made: list[ClubPlugin] = []
    changed: list[ClubPlugin] = []
    for club in clubs:
        matrix, states = Matrix(overrides.get(club.id, {}), locks), dict[str, State]()
        for loaded in switched:
            row = present.get((club.id, loaded.name))
            target = row or ClubPlugin(club=club, plugin=loaded.name)
            state = states[loaded.name] = _state(club, loaded, row, policies, states)
            facts = state, _readers(app, loaded.name, matrix)
            if row is None or facts != (row.effective, row.readers):
                target.effective, target.readers = facts
                (changed if row else made).append(target)
    if made:
        await ClubPlugin.bulk_create(made, ignore_conflicts=True)
    if changed:
        await ClubPlugin.bulk_update(changed, fields=["effective", "readers"])


def _state(
    club: Club,
    loaded: LoadedPart,
    row: ClubPlugin | None,
    policies: Mapping[tuple[str, str], str],
    states: Mapping[str, State],
) -> State:
    own = effective_state(
        policy_of(club, loaded, row, policies), row.state if row else None, paused=bool(row and row.paused_at)
    )
    return held_back(own, [states[name] for name in loaded.needs if name in states])


def _readers(app: Cercle, plugin: str, matrix: Matrix) -> str:
    view = app.permissions.get(f"{plugin}.view")
    if view is None:
        return ""
    roles: Iterable[str] = (*MEMBER_ROLES, *OUTSIDE_ROLES)
    return "".join(f" {role} " for role in roles if matrix.allows(role, view))


async def _row(club: Club, plugin: str) -> ClubPlugin:
    row, _ = await ClubPlugin.get_or_create(club=club, plugin=plugin)
    return row


async def _set_kind_policy(plugin: str, kind: str, policy: str | None) -> None:
    if policy is None:
        await PluginPolicy.filter(plugin=plugin, kind=kind).delete()
        return
    await PluginPolicy.update_or_create(plugin=plugin, kind=kind, defaults={"policy": policy})


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
