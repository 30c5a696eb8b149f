"""The operator's console: nobody else comes in, and what it changes is changed."""

from __future__ import annotations

import pytest

from cercle.testing import Village
from core import mail
from core.db import atomic
from core.models import AuditEntry, Fault, Mail
from spaces.models import Club, ClubPlugin, GrantLock, PluginPolicy
from spaces.queries.clubs import load_site_settings
from spaces.services import archive_club, create_club, delete_club
from spaces.switches import pause_plugin

SCREENS = (
    "/admin/",
    "/admin/clubs",
    "/admin/clubs/cave",
    "/admin/plugins",
    "/admin/plans",
    "/admin/people",
    "/admin/people/1",
    "/admin/people/2/suspend",
    "/admin/people/requests",
    "/admin/people/invite",
    "/admin/people/invitations",
    "/admin/policies",
    "/admin/rights",
    "/admin/audit",
    "/admin/machine",
    "/admin/mail",
    "/admin/faults",
)
SUBMITS = (
    "/admin/",
    "/admin/clubs/cave",
    "/admin/clubs/cave/policy",
    "/admin/clubs/cave/plan",
    "/admin/clubs/cave/archive",
    "/admin/clubs/cave/restore",
    "/admin/plugins",
    "/admin/plans",
    "/admin/people",
    "/admin/people/1",
    "/admin/people/1/acting",
    "/admin/people/1/sessions/delete",
    "/admin/people/1/sessions/1/delete",
    "/admin/people/requests",
    "/admin/people/invite",
    "/admin/people/invite/preview",
    "/admin/people/invitations/1/resend",
    "/admin/people/invitations/1/withdraw",
    "/admin/policies",
    "/admin/rights",
    "/admin/mail/1/retry",
    "/admin/resume",
)


async def test_the_console_is_for_operators(village: Village) -> None:
    for person in (village.owner, village.outsider):
        browser = village.client(person)
        assert {(await browser.get(path)).status_code for path in SCREENS} == {403}
        assert {(await browser.post(path)).status_code for path in SUBMITS} == {403}
    nobody = village.client()
    assert {(await nobody.get(path)).headers["location"].split("?")[0] for path in SCREENS} == {"/sign-in"}
    operator = village.client(village.operator)
    assert [(await operator.get(path)).status_code for path in SCREENS] == [200] * len(SCREENS)


async def test_the_console_makes_the_same_queries_for_one_and_for_many(village: Village) -> None:
    paths = ("/admin/clubs", "/admin/people", "/admin/audit", "/admin/mail", "/admin/faults", "/admin/machine")
    browser = village.client(village.operator)
    await browser.get("/admin/")
    await _busy(village, 1)
    few = await _counts(village, browser, paths)
    await _busy(village, 3)

    assert await _counts(village, browser, paths) == few


async def test_clubs_are_found_hidden_ones_too(village: Village) -> None:
    browser = village.client(village.operator)

    everything = await browser.get("/admin/clubs")
    found = await browser.get("/admin/clubs", params={"q": "CAV"})

    assert all(f'href="/admin/clubs/{slug}"' in everything.text for slug in ("atelier", "cave", "place"))
    assert 'href="/admin/clubs/atelier"' not in found.text
    assert (await browser.get("/admin/clubs/nowhere")).status_code == 404


async def test_a_club_is_brought_back_after_deleting_and_archiving(village: Village) -> None:
    await archive_club(village.club, actor=None)
    await delete_club(village.club, actor=None)

    answer = await village.client(village.operator).post("/admin/clubs/atelier/restore")

    assert answer.status_code == 303
    club = await Club.get(slug="atelier")
    assert (club.archived_at, club.deleted_at) == (None, None)
    assert (await village.client(village.member).get("/c/atelier/")).status_code == 200


async def test_policies_hold_at_once_for_a_kind_and_for_one_club(village: Village) -> None:
    browser = village.client(village.operator)
    member = village.client(village.member)

    await browser.post("/admin/plugins", data={"chosen": "team wiki unavailable", "shown": "team wiki -"})
    assert (await member.get("/c/atelier/wiki/")).status_code == 404
    await browser.post("/admin/clubs/atelier/policy", data={"chosen": "wiki required", "shown": "wiki -"})
    assert (await member.get("/c/atelier/wiki/")).status_code == 200
    await browser.post("/admin/clubs/atelier/policy", data={"chosen": "wiki -", "shown": "wiki required"})
    await browser.post("/admin/plugins", data={"chosen": "team wiki -", "shown": "team wiki unavailable"})

    assert await PluginPolicy.all().count() == 0
    assert (await ClubPlugin.get(club=village.club, plugin="wiki")).effective == "on"
    assert await AuditEntry.filter(action="spaces.policy_set", actor_id=village.operator.id).count() == 4


async def test_one_form_saves_the_policies_that_were_changed_and_no_others(village: Village) -> None:
    browser = village.client(village.operator)
    await browser.post("/admin/plugins", data={"chosen": "- blog required", "shown": "- blog -"})

    shown = ["- blog -", "- wiki -", "team wiki -"]  # a page from before somebody else required the blog
    chosen = ["- blog -", "- wiki available", "team wiki required"]
    answer = await browser.post("/admin/plugins", data={"chosen": chosen, "shown": shown})

    assert answer.status_code == 303
    saved = {(row.kind, row.plugin): row.policy for row in await PluginPolicy.all()}
    assert saved == {("", "blog"): "required", ("", "wiki"): "available", ("team", "wiki"): "required"}
    page = await browser.get("/admin/plugins")
    assert '<option value="team wiki required" selected>' in page.text
    assert 'name="shown" value="team wiki required"' in page.text


@pytest.mark.parametrize("cell", ["wiki required", "- wiki perhaps", "- nothing required"])
async def test_a_nonsensical_policy_is_refused(village: Village, cell: str) -> None:
    answer = await village.client(village.operator).post("/admin/plugins", data={"chosen": cell})

    assert answer.status_code in (404, 422)
    assert await PluginPolicy.all().count() == 0


async def test_the_kind_of_a_club_is_changed(village: Village) -> None:
    answer = await village.client(village.operator).post("/admin/clubs/atelier", data={"kind": "trade"})

    assert answer.status_code == 303
    assert (await Club.get(slug="atelier")).kind == "trade"


async def test_a_locked_right_holds_in_every_club_at_once(village: Village) -> None:
    browser = village.client(village.operator)
    moderator = village.client(village.moderator)

    await browser.post("/admin/rights", data={"chosen": "moderator spaces.invite no"})
    assert (await moderator.get("/c/atelier/invitations")).status_code == 403
    await browser.post("/admin/rights", data={"chosen": "moderator spaces.invite clubs"})

    assert (await moderator.get("/c/atelier/invitations")).status_code == 200
    assert await GrantLock.all().count() == 0


@pytest.mark.parametrize(
    "cell",
    [
        "king spaces.invite yes",
        "anonymous spaces.configure yes",
        "member spaces.invite perhaps",
        "member spaces.invite",
    ],
)
async def test_a_nonsensical_lock_is_refused(village: Village, cell: str) -> None:
    assert (await village.client(village.operator).post("/admin/rights", data={"chosen": cell})).status_code == 422
    assert await GrantLock.all().count() == 0


async def test_who_founds_clubs_is_a_setting(village: Village) -> None:
    browser = village.client(village.operator)

    await browser.post("/admin/", data={"members_create_clubs": "true"})
    assert (await load_site_settings()).members_create_clubs is True
    await browser.post("/admin/")

    assert (await load_site_settings()).members_create_clubs is False
    assert await AuditEntry.filter(action="spaces.settings_saved").count() == 2


async def test_the_audit_log_is_filtered_and_paged(village: Village) -> None:
    for number in range(60):
        await AuditEntry.create(action="test.done", subject=f"subject-{number:02}", club_id=village.club.id)
    await AuditEntry.create(action="other.done", subject="something else")
    browser = village.client(village.operator)

    first = await browser.get("/admin/audit", params={"action": "test.", "club": "atelier"})
    link = first.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = await browser.get(link)

    assert "something else" not in first.text
    assert "subject-59" in first.text
    assert "subject-09" not in first.text
    assert "subject-09" in second.text
    assert "subject-00" in second.text


async def test_a_paused_plugin_is_resumed(village: Village) -> None:
    await pause_plugin(village.club.id, "wiki", "club_panels: boom")
    member = village.client(village.member)
    assert (await member.get("/c/atelier/wiki/")).status_code == 503
    browser = village.client(village.operator)
    assert "club_panels: boom" in (await browser.get("/admin/machine")).text

    answer = await browser.post("/admin/resume", data={"club": "atelier", "plugin": "wiki"})

    assert answer.status_code == 303
    assert (await member.get("/c/atelier/wiki/")).status_code == 200


async def test_a_mail_that_was_given_up_is_tried_again(village: Village) -> None:
    await mail.send("a@example.org", "Hello", "text", key="test:1")
    await Mail.all().update(attempts=99, error="refused")
    browser = village.client(village.operator)
    row = await Mail.get()
    assert "refused" in (await browser.get("/admin/mail")).text

    answer = await browser.post(f"/admin/mail/{row.id}/retry")

    assert answer.status_code == 303
    assert (await Mail.get()).attempts < 99


async def _busy(village: Village, times: int) -> None:
    for _ in range(times):
        number = await Mail.all().count()
        await create_club(name=f"Busy {number}", kind="team", actor=village.operator)
        await village.person(f"B{number} Busy")
        await Fault.create(plugin="wiki", club_id=village.club.id, hook="club_panels", traceback="boom")
        async with atomic():
            await mail.send("a@example.org", "Hello", "text", key=f"test:{number}")


async def _counts(village: Village, browser: object, paths: tuple[str, ...]) -> list[int]:
    counts = []
    for path in paths:
        with village.queries() as seen:
            assert (await browser.get(path)).status_code == 200  # type: ignore[attr-defined]
        counts.append(seen.count)
    return counts
