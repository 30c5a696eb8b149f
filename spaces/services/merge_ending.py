"""The end of a merge: what is left of the club that goes, its addresses, and telling the owners. The last part of `merge_run`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from core import audit, current
from core.accounts.models import User
from core.db import after_commit, dialect, execute, rows
from core.i18n import N_
from core.mail import queue
from core.models import Setting
from spaces.models import Case, Club, ClubAddress, ClubMerge, ClubPlan, Content, Erasure, Membership
from spaces.queries.erasing import club_models, count_rows
from spaces.queries.merges import club_plugins, count_all
from spaces.services.actors import asker
from spaces.services.addresses import hold_addresses
from spaces.services.club_purge import release_own
from spaces.services.member_mail import Letter, letter_for

_DONE = Letter(
    N_("%(other)s is a part of %(club)s now"),
    (
        N_("Everything that was in %(other)s is in %(club)s now, with its members. Its old addresses lead there."),
        N_(
            "Pages, posts and files are where the plugins show them; what was in a plugin that is off in %(club)s is seen "
            "once it is turned on there."
        ),
    ),
)


async def end_merge(merge: ClubMerge) -> bool:
    """Let the club go when nothing is left in it; else begin again, which is answered with True."""
    source, target = merge.source, merge.target
    if dialect().name == "postgres":  # whoever still writes rows of the club goes first
        await rows(f"SELECT id FROM spaces_club WHERE id = {dialect().param(1)} FOR UPDATE", [source.id])
    if await _left(source):
        await ClubMerge.filter(id=merge.id).update(step="")
        return True
    await _move_settings(source, target)
    await _move_rest_of_space(source, target)
    await release_own(source.id)
    said: dict[str, Any] = json.loads(merge.counts or "{}")
    said.pop("failed", None)
    said["slugs"] = await _move_addresses(merge)
    await ClubPlan.filter(key=f"#{source.id}").delete()
    await Club.filter(id=source.id).delete()
    await ClubAddress.create(slug=source.slug, club_id=target.id)
    said["after"] = await count_all(target)
    await ClubMerge.filter(id=merge.id).update(step="end", done_at=datetime.now(UTC), counts=json.dumps(said))
    asked = await User.get_or_none(id=merge.asked_by_id) if merge.asked_by_id else None
    await audit.record(
        "spaces.clubs_merged",
        actor=asker(asked),
        subject=target.slug,
        club_id=target.id,
        before={"source": source.slug, "target": target.slug, "counts": said["before"]},
        after={"counts": said["after"], "addresses": len(said.get("addresses", {}))},
    )
    await _tell_owners(merge, said)
    return False


async def _left(source: Club) -> bool:
    """Whether somebody who was at it when the merge began has written something meanwhile."""
    for loaded in club_plugins():
        for model in club_models(loaded.name):
            if await count_rows(model, source.id):
                return True
    for rest in (Content, Membership, Case):
        if await rest.filter(club_id=source.id).exists():
            return True
    return await Club.filter(parent_id=source.id).exists()


async def _move_settings(source: Club, target: Club) -> None:
    """What the club decided about plugins, where the other one decided nothing."""
    decided = await Setting.filter(scope="club", owner_id=target.id).values_list("part", flat=True)
    await Setting.filter(scope="club", owner_id=source.id, part__in=list(map(str, decided))).delete()
    await Setting.filter(scope="club", owner_id=source.id).update(owner_id=target.id)
    after_commit(lambda: current.app().plugin_settings.tell("club", source.id))
    after_commit(lambda: current.app().plugin_settings.tell("club", target.id))


async def _move_rest_of_space(source: Club, target: Club) -> None:
    """The bytes of what has no rows that say how many they are, such as cover pictures of posts."""
    word = dialect().param
    await execute(
        "UPDATE spaces_club SET storage_used = storage_used + "
        f"(SELECT s.storage_used FROM spaces_club s WHERE s.id = {word(1)}) WHERE id = {word(2)}",
        [source.id, target.id],
    )


async def _move_addresses(merge: ClubMerge) -> list[str]:
    """Every word that the club has or had leads to the other one; those that led to it by an earlier merge too. Answers them."""
    await hold_addresses()
    former = [str(slug) for slug in await ClubAddress.filter(club_id=merge.source_id).values_list("slug", flat=True)]
    await ClubAddress.filter(club_id=merge.source_id).update(club_id=merge.target_id)
    await ClubMerge.filter(target_id=merge.source_id).update(target_id=merge.target_id)
    await ClubMerge.filter(source_id=merge.source_id).update(source_id=merge.target_id)
    await Erasure.filter(club_id=merge.source_id).update(club_id=None)
    return [merge.source.slug, *former]


async def _tell_owners(merge: ClubMerge, said: dict[str, Any]) -> None:
    target = merge.target
    path = current.app().urls.path("spaces:club", club=target.slug)
    people = await User.filter(id__in=said.get("owners", []), is_active=True).order_by("id")
    values = {"other": said.get("name", "")}
    await queue(
        [
            letter_for(_DONE, target, one, key=f"spaces.merged:{merge.id}:{one.id}", path=path, values=values)
            for one in people
        ]
    )
