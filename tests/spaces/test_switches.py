"""Switches: at once, for everybody, nothing deleted; the operator's policy above them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cercle.testing import Village
from core.errors import Forbidden, Invalid, NotFound
from core.models import AuditEntry, OutboxEvent
from spaces.decisions import policy_for
from spaces.models import Club, ClubPlugin, GrantLock, GrantOverride
from spaces.switches import pause_plugin, refresh, set_policy, switch_plugin


async def _switch(village: Village, plugin: str = "wiki") -> ClubPlugin:
    return await ClubPlugin.get(club_id=village.club.id, plugin=plugin)


async def test_a_switch_acts_at_the_next_request_and_back_again(village: Village) -> None:
    member = village.client(village.member)
    seen = []
    for state in ("on", "off", "read_only", "on"):
        await village.switch("wiki", state)
        seen.append((await member.get("/c/atelier/wiki/")).status_code)
    assert seen == [200, 404, 200, 200]


async def test_a_switch_is_written_down_and_announced_once(village: Village) -> None:
    viewer = await village.viewer(village.owner)
    for _ in range(2):
        await switch_plugin(village.club, "wiki", "off", actor=viewer)
    entries = await AuditEntry.filter(action="spaces.plugin_switched")
    assert [(e.actor_id, e.club_id, e.subject, e.before, e.after) for e in entries] == [
        (village.owner.id, village.club.id, "wiki", {"state": "on"}, {"state": "off"})
    ]
    events = await OutboxEvent.filter(name="spaces.plugin_switched")
    assert [event.payload["after"] for event in events] == ["off"]


@pytest.mark.parametrize(
    "plugin, state, error", [("nothing", "on", NotFound), ("spaces", "off", NotFound), ("wiki", "open", Invalid)]
)
async def test_a_wrong_switch_is_refused(village: Village, plugin: str, state: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await village.switch(plugin, state)
    assert (await _switch(village)).effective == "on"


async def test_the_policy_of_the_operator_stands_above_the_switch(village: Village) -> None:
    await set_policy("wiki", "unavailable", actor=None)
    assert (await _switch(village)).effective == "off"
    with pytest.raises(Forbidden):
        await village.switch("wiki", "on")
    await set_policy("wiki", "required", actor=None)
    assert (await _switch(village)).effective == "on"
    with pytest.raises(Forbidden):
        await village.switch("wiki", "off")
    await set_policy("wiki", None, actor=None)
    assert ((await _switch(village)).effective, (await _switch(village)).state) == ("on", "on")


async def test_the_narrower_policy_wins(village: Village) -> None:
    loaded = village.app.parts.get("wiki")
    assert loaded is not None
    found = []
    for policy, kind, club in (("required", "", None), ("unavailable", "team", None), ("available", "", village.club)):
        await set_policy("wiki", policy, kind=kind, club=club, actor=None)
        found.append(await policy_for(village.club, loaded, await _switch(village)))
    assert found == ["required", "unavailable", "available"]
    assert await policy_for(village.hidden, loaded, None) == "unavailable"


async def test_a_paused_plugin_stays_paused_until_somebody_turns_it_on(village: Village) -> None:
    await pause_plugin(village.club.id, "wiki", "it failed")
    paused = await _switch(village)
    assert (paused.effective, paused.state, paused.paused_because) == ("paused", "on", "it failed")
    await village.switch("wiki", "on")
    assert ((await _switch(village)).effective, (await _switch(village)).paused_because) == ("on", "")


async def test_readers_follow_matrix_and_locks(village: Village) -> None:
    await GrantOverride.create(club=village.club, role="guest", permission="wiki.view", allowed=False)
    await GrantLock.create(role="moderator", permission="wiki.view", allowed=False)
    await refresh(village.club)
    assert (await _switch(village)).readers.split() == ["owner", "member"]
    assert (await village.client(village.guest).get("/c/atelier/wiki/")).status_code == 403
    assert (await village.client(village.moderator).get("/c/atelier/wiki/")).status_code == 403


async def test_a_club_that_is_new_has_a_switch_for_every_plugin(village: Village) -> None:
    club = await Club.create(slug="neu", name="Neu", kind="team")
    await refresh(club)
    switches = await ClubPlugin.filter(club=club)
    assert {switch.plugin for switch in switches} == village.app.parts.plugin_names


async def test_another_club_keeps_its_switches(village: Village) -> None:
    await village.switch("wiki", "off")
    assert (await ClubPlugin.get(club_id=village.hidden.id, plugin="wiki")).effective == "on"


async def test_a_plugin_is_off_while_one_that_it_needs_is_off(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = village.app.parts.get("wiki")
    assert loaded
    monkeypatch.setattr(loaded, "part", replace(loaded.part, requires=("blog",)))
    member, seen = village.client(village.member), []
    for state in ("off", "read_only", "on"):
        await village.switch("blog", state)
        seen.append(((await _switch(village)).effective, (await member.get("/c/atelier/wiki/")).status_code))
    assert seen == [("off", 404), ("read_only", 200), ("on", 200)]
