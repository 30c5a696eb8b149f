"""The roles that a club makes for itself: each is like a built-in one, as long as nobody decides otherwise in the matrix."""

from __future__ import annotations

from collections.abc import Collection

from slugify import slugify

from core import audit
from core.collation import fold
from core.db import atomic
from core.errors import Conflict, Invalid
from core.i18n import gettext
from core.permissions import OWN_ROLE_BASES, base_of
from spaces.access import ROLE_LABELS
from spaces.models import Club, ClubRole, GrantOverride, GroupRule, Invitation, Membership
from spaces.queries.roles import get_role, list_roles
from spaces.services.actors import Actor, asker, require_reach
from spaces.space import hold_switches
from spaces.switches import refresh

MOST_ROLES = 12
LABEL_LENGTH = 40
_WORD = 16  # letters behind the dot, so that twelve of them fit into `ClubPlugin.readers`


async def make_role(club: Club, base: str, label: str, *, actor: Actor | None) -> ClubRole:
    """Give a club a role of its own. It may do what the built-in one may, until the matrix says otherwise.

    Args:
        club: the club.
        base: `moderator`, `member` or `guest`, not above the actor's own role.
        label: what it is called, at most 40 characters; no other role of the club is called so.
        actor: who makes it; None for the machine.

    Raises:
        Forbidden: when it would stand above the actor's own role.
        Conflict: when the club has twelve already.
        Invalid: naming `base` or `label`.
    """
    if base not in OWN_ROLE_BASES:
        raise Invalid(gettext("There is no such role."), field="base")
    async with atomic():
        await hold_switches(club.id)
        await require_reach(club, base, actor=actor)
        present = await list_roles(club)
        if len(present) >= MOST_ROLES:
            raise Conflict(gettext("A club has at most %(most)s roles of its own.", most=MOST_ROLES))
        shown = _checked_label(label, present)
        name = _free_name(base, shown, {role.name for role in present})
        made = await ClubRole.create(club=club, name=name, label=shown)
        await refresh(club)
        await _record("spaces.role_made", club, shown, actor, after={"name": name, "label": shown})
    return made


async def rename_role(club: Club, name: str, label: str, *, actor: Actor | None) -> ClubRole:
    """Call a role of the club's own otherwise; who has it, and what it may do, stays.

    Raises:
        NotFound: when the club has no such role.
        Forbidden: when it stands above the actor's own.
        Invalid: naming `label`.
    """
    async with atomic():
        await hold_switches(club.id)
        role = await get_role(club, name)
        await require_reach(club, role.name, actor=actor)
        shown = _checked_label(label, [one for one in await list_roles(club) if one.id != role.id])
        before, role.label = role.label, shown
        if before != shown:
            await role.save(update_fields=["label"])
            await _record("spaces.role_renamed", club, shown, actor, before={"label": before}, after={"label": shown})
    return role


async def remove_role(club: Club, name: str, *, actor: Actor | None) -> None:
    """Remove a role of the club's own: its members, invitations and rules for groups get the built-in one that it is like.

    Raises:
        NotFound: when the club has no such role.
        Forbidden: when it stands above the actor's own.
    """
    async with atomic():
        await hold_switches(club.id)
        role = await get_role(club, name)
        await require_reach(club, role.name, actor=actor)
        base = base_of(role.name)
        await role.delete()
        members = await Membership.filter(club_id=club.id, role=role.name).update(role=base)
        invitations = await Invitation.filter(club_id=club.id, role=role.name).update(role=base)
        await Club.filter(id=club.id, inherited_role=role.name).update(inherited_role=base)
        rules = await GroupRule.filter(club_id=club.id, role=role.name).update(role=base)
        cells = await GrantOverride.filter(club_id=club.id, role=role.name)
        await GrantOverride.filter(club_id=club.id, role=role.name).delete()
        await refresh(club)
        await _record(
            "spaces.role_removed",
            club,
            role.label,
            actor,
            before={"name": role.name, "label": role.label, "cells": {one.permission: one.allowed for one in cells}},
            after={"role": base, "members": members, "invitations": invitations, "rules": rules},
        )


def _checked_label(label: str, others: Collection[ClubRole]) -> str:
    shown = " ".join(label.split())
    if not shown:
        raise Invalid(gettext("Please fill this in."), field="label")
    if len(shown) > LABEL_LENGTH:
        raise Invalid(gettext("At most %(max_length)s characters, please.", max_length=LABEL_LENGTH), field="label")
    taken = {fold(text) for word in ROLE_LABELS.values() for text in (word, gettext(word))}
    if fold(shown) in taken | {fold(one.label) for one in others}:
        raise Invalid(gettext("There is a role of this name already."), field="label")
    return shown


def _free_name(base: str, label: str, taken: Collection[str]) -> str:
    """`base.word`, with a number where the word is taken. The numbers suffice: a club has few roles."""
    word = slugify(label, separator="")[:_WORD] or "role"
    candidates = (f"{base}.{word}", *(f"{base}.{word[: _WORD - 2]}{number}" for number in range(2, MOST_ROLES + 2)))
    return next(name for name in candidates if name not in taken)


async def _record(action: str, club: Club, label: str, actor: Actor | None, **change: dict[str, object]) -> None:
    await audit.record(action, actor=asker(actor), subject=label, club_id=club.id, **change)
