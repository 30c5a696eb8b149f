"""Policies of the operator: with reason, name and day; for kinds and single clubs; at once, all or none."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.errors import Invalid
from core.models import AuditEntry
from spaces.decisions import Decision, Ruling
from spaces.models import Club, ClubPlugin, PluginPolicy
from spaces.queries.switchboard import list_switches
from spaces.switches import set_policies, set_policy, switch_plugin

HOSTILE = '<script>alert("x")</script> & “quotes”'


async def _decision(village: Village, club: Club | None = None) -> Decision:
    return next(one.decision for one in await list_switches(club or village.club) if one.name == "wiki")


async def _effective(club: Club) -> str:
    return (await ClubPlugin.get(club_id=club.id, plugin="wiki")).effective


async def test_the_narrowest_decision_is_told_with_its_reason(village: Village) -> None:
    operator = await village.viewer(village.operator)
    seen = [await _decision(village)]
    steps: tuple[tuple[str, str, Club | None], ...] = (
        ("required", "", None),
        ("unavailable", "team", None),
        ("available", "", village.club),
    )
    for policy, kind, club in steps:
        await set_policy("wiki", policy, kind=kind, club=club, reason=f"because {policy}", actor=operator)
        seen.append(await _decision(village))

    assert [(one.policy, one.source, one.reason, one.by) for one in seen[1:]] == [
        ("required", "site", "because required", village.operator.name),
        ("unavailable", "kind", "because unavailable", village.operator.name),
        ("available", "club", "because available", village.operator.name),
    ]
    assert (seen[0].source, seen[0].by, seen[0].at, seen[0].is_fixed) == ("plugin", "", None, False)
    assert all(one.at and datetime.now(UTC) - one.at < timedelta(minutes=1) for one in seen[1:])
    assert [one.is_fixed for one in seen[1:]] == [True, True, False]


async def test_a_decision_that_is_taken_back_leaves_nothing_of_it_behind(village: Village) -> None:
    await set_policy("wiki", "required", club=village.club, reason="for the audit", actor=None)
    await set_policy("wiki", None, club=village.club, actor=None)

    row = await ClubPlugin.get(club_id=village.club.id, plugin="wiki")
    assert (row.policy, row.policy_reason, row.policy_by, row.policy_at) == (None, "", "", None)
    assert (await _decision(village)).source == "plugin"


async def test_the_audit_log_has_both_sides_of_a_decision(village: Village) -> None:
    await set_policy("wiki", "available", kind="team", reason="  a trial\n year ", actor=None)
    await set_policy("wiki", "required", kind="team", reason="it went well", actor=None)

    newest = await AuditEntry.filter(action="spaces.policy_set").order_by("-id").first()
    assert newest is not None
    named = {"plugin": "wiki", "kind": "team"}
    assert newest.before == {**named, "policy": "available", "reason": "a trial year"}
    assert newest.after == {**named, "policy": "required", "reason": "it went well"}


@pytest.mark.parametrize(
    "policy, kind, reason, field",
    [("required", "", "x" * 301, "reason"), ("required", "choir", "", "kind"), ("perhaps", "", "", "policy")],
)
async def test_a_wrong_decision_is_refused_by_the_name_of_its_field(
    village: Village, policy: str, kind: str, reason: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await set_policy("wiki", policy, kind=kind, reason=reason, actor=None)
    assert list(refused.value.errors) == [field]
    assert await PluginPolicy.all().count() == 0


async def test_of_several_decisions_all_hold_or_none(village: Village) -> None:
    with pytest.raises(Invalid):
        await set_policies([Ruling("wiki", "unavailable"), Ruling("blog", "unavailable", "choir")], actor=None)

    assert await PluginPolicy.all().count() == 0
    assert await _effective(village.club) == "on"


async def test_rules_of_different_width_that_are_set_at_once_end_as_the_narrower_says(village: Village) -> None:
    for _ in range(4):
        await asyncio.gather(
            set_policy("wiki", "unavailable", actor=None),
            set_policy("wiki", "required", kind="team", actor=None),
            set_policy("wiki", "unavailable", club=village.hidden, actor=None),
        )
        assert (await _effective(village.club), await _effective(village.hidden)) == ("on", "off")
        await asyncio.gather(
            set_policy("wiki", None, actor=None),
            set_policy("wiki", None, kind="team", actor=None),
            set_policy("wiki", None, club=village.hidden, actor=None),
        )
        assert (await _effective(village.club), await _effective(village.hidden)) == ("on", "on")


async def test_an_owner_who_turns_off_what_is_made_mandatory_at_that_moment_does_not_win(village: Village) -> None:
    for _ in range(4):
        await asyncio.gather(
            set_policy("wiki", "required", actor=None),
            switch_plugin(village.club, "wiki", "off", actor=None),
            return_exceptions=True,
        )
        assert await _effective(village.club) == "on"
        await set_policy("wiki", None, actor=None)
        await switch_plugin(village.club, "wiki", "on", actor=None)


async def test_the_console_shows_who_decided_and_why(village: Village) -> None:
    browser = village.client(village.operator)

    await browser.post("/admin/plugins", data={"chosen": "team wiki required", "reason": HOSTILE})
    await browser.post("/admin/clubs/atelier/policy", data={"chosen": "blog unavailable", "reason": "not here"})

    kinds, club = await browser.get("/admin/plugins"), await browser.get("/admin/clubs/atelier")
    for page in (kinds, club):
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert" in page.text
        assert village.operator.name in page.text
    assert "not here" in club.text
    assert "not here" not in kinds.text


async def test_what_was_chosen_is_kept_when_the_reason_is_too_long(village: Village) -> None:
    browser = village.client(village.operator)
    cell = {"chosen": "team wiki required", "shown": "team wiki -", "reason": "x" * 301}

    answer = await browser.post("/admin/plugins", data=cell)
    club = await browser.post(
        "/admin/clubs/atelier/policy", data={**cell, "chosen": "wiki required", "shown": "wiki -"}
    )

    assert (answer.status_code, club.status_code) == (422, 422)
    assert '<option value="team wiki required" selected>' in answer.text
    assert 'name="shown" value="team wiki -"' in answer.text
    assert '<option value="wiki required" selected>' in club.text
    assert all("x" * 301 in page.text and "At most 300 characters" in page.text for page in (answer, club))
    assert await PluginPolicy.all().count() == 0


async def test_those_who_configure_a_club_read_the_decision_through_the_api_and_others_do_not(village: Village) -> None:
    await set_policy("wiki", "required", reason="the law", actor=await village.viewer(village.operator))

    found = {}
    for person in (village.owner, village.member):
        items = (await village.client(person).get("/api/v1/clubs/atelier/plugins")).json()["items"]
        found[person.name] = next(item for item in items if item["name"] == "wiki")

    own = found[village.owner.name]
    assert (own["policy"], own["reason"], own["decided_by"]) == ("required", "the law", village.operator.name)
    assert datetime.fromisoformat(own["decided_at"]).date() == datetime.now(UTC).date()
    assert {found[village.member.name][key] for key in ("policy", "reason", "decided_by", "decided_at")} == {None}
