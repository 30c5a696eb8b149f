"""What somebody takes along, and what goes with them, with a membership, and with a plugin."""

from __future__ import annotations

from typing import Any

from tortoise.expressions import Q, Subquery

from cercle import Club, Content, ExportFile, Membership, access_for, current_app, gettext, stands
from plugins.notifications.models import Entry, Follow, PushMessage, Subscription
from plugins.notifications.queries.follows import followed_by
from plugins.notifications.queries.inbox import entries_of

_PAGE = 500


async def files_of_person(user: Any) -> list[ExportFile]:
    """What they were told, as far as they may know of it now; what they follow; the names of their devices."""
    viewer = await access_for(current_app(), Club(id=0, slug="", visibility="hidden"), user_id=user.id, name=user.name)
    entries, before = list[Entry](), None
    while True:
        found, before = await entries_of(viewer, before=before, limit=_PAGE)
        entries += found
        if before is None:
            break
    told = [
        {"at": one.created_at.isoformat(), "text": gettext(one.subject, **one.values), "read": one.read_at is not None}
        for one in entries
    ]
    followed = [{"what": one.label, "club": one.club} for one in await followed_by(viewer)]
    devices = await Subscription.filter(user_id=user.id).order_by("id").values_list("name", flat=True)
    kept = {"told": told, "follows": followed, "devices": list(devices)}
    return [ExportFile("notifications.json", kept)] if told or followed or devices else []


async def forget_person(user_id: int) -> None:
    """Delete what is theirs, and who follows them; again changes nothing."""
    for model in (Entry, PushMessage, Subscription, Follow):
        await model.filter(user_id=user_id).delete()
    await Follow.filter(target=f"author:{user_id}").delete()


async def forget_member(club_id: int, user_id: int) -> None:
    """End what somebody follows in a club that they left; unless they came back before this was told."""
    if not await Membership.filter(stands(), club_id=club_id, user_id=user_id).exists():
        await Follow.filter(club_id=club_id, user_id=user_id).delete()


async def forget_plugin(name: str) -> None:
    """Delete what people were told of a plugin and follow in it, in the running transaction."""
    of_it = Q(target=f"plugin:{name}"), Q(target__startswith=f"item:{name}/"), Q(target__startswith=f"field:{name}/")
    await Follow.filter(Q(*of_it, join_type=Q.OR)).delete()
    items = Q(content_id__in=Subquery(Content.filter(plugin=name).values("id")))
    for model in (Entry, PushMessage):
        await model.filter(items | Q(kind__startswith=f"{name}.")).delete()
