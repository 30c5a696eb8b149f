"""A membership of a group that follows from the club above opens what its role opens, and nothing once its reason is gone."""

import pytest

from cercle.testing import Planter, Village, canary_sweep
from core.permissions import can
from spaces.gate import access_for
from spaces.models import Club
from spaces.queries.readers import readers_among
from spaces.services import add_member, remove_member
from spaces.services.club_groups import move_under, set_inheritance


async def inheriting(village: Village) -> Club:
    """The hidden club as a group with everybody of the first one."""
    await move_under(village.hidden, village.club, actor=None)
    group = await Club.get(id=village.hidden.id)
    await set_inheritance(group, True, "member", actor=None)
    return group


async def test_who_comes_from_above_is_a_member_at_every_door(village: Village) -> None:
    group = await inheriting(village)
    viewer = await access_for(village.app, group, user_id=village.member.id)
    assert can(viewer, "wiki.edit", group)
    assert (await village.client(village.member).get("/c/cave/wiki/")).status_code == 200
    assert (await village.api(village.member).get("clubs/cave")).status_code == 200
    assert village.member.id in await readers_among(group.id, "wiki", None, members_only=True)
    assert village.outsider.id not in await readers_among(group.id, "wiki", None, members_only=True)


@pytest.mark.timeout(600)  # it crawls every door as five kinds of people
async def test_no_word_of_a_hidden_group_reaches_who_was_removed_above(village: Village) -> None:
    async def come_and_go(planter: Planter) -> None:
        await move_under(village.hidden, village.public, actor=None)
        await set_inheritance(await Club.get(id=village.hidden.id), True, "member", actor=None)
        await add_member(village.public, village.member, actor=None)
        assert (await village.client(village.member).get("/c/cave/")).status_code == 200
        await remove_member(village.public, village.member, actor=village.owner)

    sweep = await canary_sweep(village, come_and_go)
    assert sweep.leaks == []
    assert [name for name in village.app.parts.plugin_names if not sweep.planted_by(name)] == []
