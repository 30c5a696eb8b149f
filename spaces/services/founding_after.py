"""Founding a club after another one: how that is arranged is taken over, never who is in it or what they wrote."""

from __future__ import annotations

from tortoise.expressions import Q

from core import audit
from core.accounts.viewer import Viewer
from core.db import atomic
from core.errors import NotFound
from core.models import Setting
from core.storage import hold
from spaces.models import Club, ClubPlugin, ClubRole, GrantOverride
from spaces.services.actors import Actor, asker
from spaces.switches import refresh

MOST = 24
"""So many are offered."""
_OFFERED = Q(is_template=True, deleted_at=None) & ~Q(visibility="hidden")
_KEPT = ("tabs", "landing", "visitor_landing", "questions", "trial_items")


async def templates_for(viewer: Viewer) -> list[Club]:
    """The clubs that somebody may found another after: their own, and those that the operator offers to all.

    Args:
        viewer: who founds.
    """
    own = [club.id for club in viewer.clubs if club.role == "owner"]
    offered = await Club.filter(_OFFERED).exclude(id__in=own).order_by("sort_name", "id").limit(MOST)
    mine = await Club.filter(id__in=own, deleted_at=None).order_by("sort_name", "id").limit(MOST)
    return [*offered, *mine][:MOST]


async def get_template(viewer: Viewer, slug: str) -> Club:
    """One of them, by its address.

    Raises:
        NotFound: for any other club, whether it is there or not.
    """
    own = Q(id__in=[club.id for club in viewer.clubs if club.role == "owner"], deleted_at=None)
    found = await Club.get_or_none(_OFFERED | own, slug=slug)
    if found is None:
        raise NotFound()
    return found


async def plugins_on(club: Club) -> frozenset[str]:
    """The plugins that can be read in a club."""
    found = await ClubPlugin.filter(club_id=club.id, effective__in=("on", "read_only")).values_list("plugin", flat=True)
    return frozenset(str(name) for name in found)


async def take_over(club: Club, template: Club, *, actor: Actor) -> None:
    """Arrange a club as another one: roles, rights, tabs, questions, settings of plugins, cover; the pinned note where the
    actor is a member and reads it. In the running transaction of its founding.

    Args:
        club: the new one.
        template: from `get_template`.
        actor: the founder.
    """
    async with atomic():
        taken = {name: getattr(template, name) for name in _KEPT}
        if has_note := isinstance(actor, Viewer) and actor.role_in(template.id) is not None:
            taken |= {
                "note": template.note,
                "note_html": template.note_html,
                "note_at": template.note_at,
                "note_by_id": actor.id,
            }
        if template.cover_hash:
            await hold(template.cover_hash)
            taken["cover_hash"] = template.cover_hash
        await Club.filter(id=club.id).update(**taken)
        club.update_from_dict(taken)
        roles = await _copy_roles(club, template)
        cells = await _copy_rights(club, template)
        parts = await _copy_settings(club, template)
        await refresh(club)
        await audit.record(
            "spaces.club_founded_after",
            actor=asker(actor),
            subject=club.slug,
            club_id=club.id,
            after={"template": template.slug, "roles": roles, "rights": cells, "settings": parts, "note": has_note},
        )


async def offer_to_all(club: Club, offered: bool, *, actor: Actor | None) -> None:
    """Let everybody who founds a club found one after this one, or no longer.

    Args:
        club: the club; a hidden one is offered to nobody as long as it is hidden.
        offered: whether it is offered.
        actor: the operator.
    """
    async with atomic():
        if await Club.filter(id=club.id, is_template=not offered).update(is_template=offered):
            await audit.record(
                "spaces.template_set",
                actor=asker(actor),
                subject=club.slug,
                club_id=club.id,
                before={"template": not offered},
                after={"template": offered},
            )
    club.is_template = offered


async def _copy_roles(club: Club, template: Club) -> list[str]:
    made = [
        ClubRole(club_id=club.id, name=one.name, label=one.label) for one in await ClubRole.filter(club_id=template.id)
    ]
    await ClubRole.bulk_create(made)
    return [one.name for one in made]


async def _copy_rights(club: Club, template: Club) -> list[str]:
    found = await GrantOverride.filter(club_id=template.id).order_by("role", "permission")
    made = [GrantOverride(club_id=club.id, role=o.role, permission=o.permission, allowed=o.allowed) for o in found]
    await GrantOverride.bulk_create(made)
    return [f"{one.role} {one.permission} {'yes' if one.allowed else 'no'}" for one in made]


async def _copy_settings(club: Club, template: Club) -> list[str]:
    found = await Setting.filter(scope="club", owner_id=template.id).order_by("part")
    made = [Setting(scope="club", owner_id=club.id, part=one.part, values=one.values) for one in found]
    await Setting.bulk_create(made)
    return [one.part for one in made]
