"""An operator who acts as somebody: only where it is allowed, seen by everybody concerned, and never with the account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from cercle.testing import Village
from core.accounts.models import LoginSession, SignIn, User
from core.accounts.services import change_password, deactivate, demote, promote
from core.accounts.settings import SiteSettings
from core.audit import record
from core.errors import Forbidden
from core.models import AuditEntry, Mail
from core.plugin_settings.changes import change_site_settings
from spaces.models import Club, Membership
from spaces.services import add_member, change_role, delete_club, leave_club

WHY = {"reason": "You cannot find a file", "minutes": "15"}


async def _allowed(village: Village) -> None:
    await change_site_settings(SiteSettings, {"impersonation": True}, actor=None)


async def _acting(village: Village, person: User) -> httpx.AsyncClient:
    """The operator's browser while it acts as somebody."""
    await _allowed(village)
    browser = village.client(village.operator)
    answer = await browser.post(f"/admin/people/{person.id}/acting", data=WHY)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return browser


async def test_nobody_acts_as_somebody_unless_the_site_allows_it(village: Village) -> None:
    browser, path = village.client(village.operator), f"/admin/people/{village.member.id}/acting"

    assert (await browser.get(path)).status_code == 404
    assert (await browser.post(path, data=WHY)).status_code == 404
    assert await LoginSession.filter(operator_id__isnull=False).count() == 0


async def test_an_operator_sees_what_the_person_sees_under_a_banner(village: Village) -> None:
    browser = await _acting(village, village.member)

    page = await browser.get("/c/atelier/people")

    assert page.status_code == 200
    assert "You act as Max Member until" in page.text
    assert "You act as" not in (await village.client(village.member).get("/c/atelier/people")).text
    assert (await browser.get("/admin/")).status_code == 403


async def test_the_person_is_told_at_once_and_sees_it_in_the_history(village: Village) -> None:
    await _acting(village, village.member)

    mail = await Mail.get(recipient=village.member.email)
    assert ("You cannot find a file" in mail.text, village.operator.name in mail.text) == (True, True)
    assert await SignIn.filter(user_id=village.member.id, how="operator").count() == 1
    entry = await AuditEntry.get(action="accounts.acting_begun")
    assert (entry.actor_id, entry.subject, entry.after["reason"]) == (
        village.operator.id,
        village.member.handle,
        "You cannot find a file",
    )


async def test_what_is_changed_is_logged_as_the_operators_doing(village: Village) -> None:
    browser = await _acting(village, village.moderator)

    answer = await browser.post(f"/c/atelier/people/{village.guest.handle}", data={"role": "member"})

    assert answer.status_code == 303
    assert (await Membership.get(club=village.club, user=village.guest)).role == "member"
    entry = await AuditEntry.get(action="spaces.role_changed")
    assert (entry.actor_id, entry.actor_name, entry.after["acting_for"]) == (
        village.operator.id,
        village.operator.name,
        village.moderator.id,
    )
    general = await AuditEntry.get(action="accounts.acted")
    assert (general.actor_id, general.club_id, general.subject) == (
        village.operator.id,
        village.club.id,
        "POST spaces:person.update",
    )


async def test_no_route_of_the_account_and_of_the_console_is_open_meanwhile(village: Village) -> None:
    browser = await _acting(village, village.owner)
    open_ones = {"acting.delete", "sign_out", "photo"}
    reached = []
    for path, part, route, _door in village.app.router.all():
        closed = part.name == "accounts" and route.name not in open_ones
        if not (closed or path.startswith("/admin")):
            continue
        for parameter in ("token", "secret"):
            path = path.replace(f"{{{parameter}}}", "x")
        address = path.replace("{user:int}", str(village.member.id)).replace("{id:int}", "1")
        method = next(method for method in route.method_list)
        status = (
            await browser.request(method, address.replace("{", "").replace("}", "").replace(":int", "1"))
        ).status_code
        if status not in (403, 404, 405):
            reached.append((method, path, status))
    assert reached == []


async def test_the_account_pages_say_why_they_are_closed(village: Village) -> None:
    browser = await _acting(village, village.member)
    paths = (
        "/account/",
        "/account/password",
        "/account/email",
        "/account/tokens",
        "/account/sessions",
        "/account/leave",
    )

    answers = [await browser.get(path) for path in paths]
    assert [(one.status_code, "closed while you act" in one.text) for one in answers] == [(403, True)] * len(paths)
    assert all("You act as Max Member" in one.text for one in answers)
    before = await User.get(id=village.member.id)
    await browser.post("/account/password", data={"current": village.password, "password": "nine sleepy tractors"})
    assert (await User.get(id=village.member.id)).password_hash == before.password_hash


async def test_who_owns_a_club_is_not_decided_meanwhile(village: Village) -> None:
    browser = await _acting(village, village.owner)
    await Membership.filter(club=village.club, user=village.moderator).update(role="owner")

    raised = await browser.post(f"/c/atelier/people/{village.member.handle}", data={"role": "owner"})
    demoted = await browser.post(f"/c/atelier/people/{village.moderator.handle}", data={"role": "member"})

    assert (raised.status_code, demoted.status_code) == (403, 403)
    owners = Membership.filter(club=village.club, role="owner").order_by("user_id")
    assert [one.user_id for one in await owners] == [village.owner.id, village.moderator.id]


@pytest.mark.parametrize("change", ["add", "role", "leave", "delete"])
async def test_services_refuse_it_too(village: Village, change: str) -> None:
    actor = replace(
        await village.viewer(village.owner), operator_id=village.operator.id, operator_name="Odile Operator"
    )
    club = await Club.get(id=village.club.id)
    doing = {
        "add": lambda: add_member(club, village.outsider, "owner", actor=actor),
        "role": lambda: change_role(club, village.member, "owner", actor=actor),
        "leave": lambda: leave_club(club, actor=actor),
        "delete": lambda: delete_club(club, actor=actor),
    }
    with pytest.raises(Forbidden):
        await doing[change]()


@pytest.mark.parametrize("kind", ["operator", "second", "closed"])
async def test_nobody_acts_as_an_operator_or_with_a_closed_account(village: Village, kind: str) -> None:
    await _allowed(village)
    person = {"operator": village.operator, "second": village.owner, "closed": village.guest}[kind]
    if kind == "second":
        await promote(person, actor=None)
    if kind == "closed":
        await deactivate(person, actor=None)

    answer = await village.client(village.operator).post(f"/admin/people/{person.id}/acting", data=WHY)

    assert answer.status_code == 403
    assert await LoginSession.filter(operator_id__isnull=False).count() == 0


@pytest.mark.parametrize(
    "data", [{"minutes": "15"}, {"reason": " ", "minutes": "15"}, {"reason": "x", "minutes": "600"}]
)
async def test_a_reason_and_one_of_the_times_are_needed(village: Village, data: dict[str, str]) -> None:
    await _allowed(village)
    answer = await village.client(village.operator).post(f"/admin/people/{village.member.id}/acting", data=data)

    assert answer.status_code == 422
    assert await LoginSession.filter(operator_id__isnull=False).count() == 0


async def test_stopping_gives_the_operator_their_own_login_back(village: Village) -> None:
    browser = await _acting(village, village.member)

    answer = await browser.post("/account/acting/delete", data={"next": f"/admin/people/{village.member.id}"})

    assert answer.headers["location"] == f"/admin/people/{village.member.id}"
    page = await browser.get("/admin/")
    assert (page.status_code, "You act as" in page.text) == (200, False)
    assert await LoginSession.filter(operator_id__isnull=False).count() == 0
    assert await AuditEntry.filter(action="accounts.acting_ended", actor_id=village.operator.id).count() == 1


async def test_signing_out_ends_both_logins(village: Village) -> None:
    browser = await _acting(village, village.member)

    await browser.post("/sign-out")

    assert await LoginSession.all().count() == 0
    assert (await browser.get("/admin/")).headers["location"].startswith("/sign-in")


async def _time_is_over(village: Village) -> None:
    await LoginSession.filter(operator_id__isnull=False).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))


async def _policy_is_off(village: Village) -> None:
    await change_site_settings(SiteSettings, {"impersonation": False}, actor=None)


async def _operator_is_demoted(village: Village) -> None:
    await promote(village.owner, actor=None)
    await demote(village.operator, actor=None)


async def _operator_is_suspended(village: Village) -> None:
    await promote(village.owner, actor=None)
    await deactivate(village.operator, actor=None)


async def _flag_is_gone(village: Village) -> None:
    await User.filter(id=village.operator.id).update(is_operator=False)


async def _person_changes_password(village: Village) -> None:
    await change_password(village.member, "nine sleepy tractors")


async def _person_becomes_operator(village: Village) -> None:
    await promote(village.member, actor=None)


@pytest.mark.parametrize(
    "end",
    [
        _time_is_over,
        _policy_is_off,
        _operator_is_demoted,
        _operator_is_suspended,
        _flag_is_gone,
        _person_changes_password,
        _person_becomes_operator,
    ],
)
async def test_it_ends_with_its_reason(village: Village, end: Callable[[Village], Awaitable[None]]) -> None:
    browser = await _acting(village, village.member)
    assert (await browser.get("/c/atelier/people")).status_code == 200

    await end(village)

    answer = await browser.get("/c/atelier/people")
    assert answer.status_code == (403 if end is _policy_is_off else 303)
    assert "Gilda Guest" not in answer.text


async def test_nothing_is_marked_as_seen_by_the_person(village: Village) -> None:
    browser = await _acting(village, village.member)
    await LoginSession.filter(operator_id__isnull=False).update(seen_at=datetime.now(UTC) - timedelta(minutes=30))

    await browser.get("/c/atelier/home")
    await browser.get("/c/atelier/")

    assert (await User.get(id=village.member.id)).seen_at is None
    assert (await Membership.get(club=village.club, user=village.member)).visited_at is None


async def test_whatever_the_door_lets_in_is_logged(village: Village) -> None:
    browser, sent, silent = await _acting(village, village.owner), 0, []
    acted = AuditEntry.filter(action="accounts.acted", actor_id=village.operator.id)
    for path, part, route, door in village.app.router.all():
        address = path.replace("{club}", "atelier")
        if (
            door.prefix != "/c/{club}"
            or not path.startswith("/c/")
            or "{" in address
            or "POST" not in route.method_list
        ):
            continue
        before = await acted.count()
        refused = (await browser.post(address)).status_code in (403, 404)
        sent += not refused
        if not refused and route.writes("POST") and await acted.count() == before:
            silent.append(f"{part.name}:{route.name}")
    assert (silent, sent > 10) == ([], True)


async def test_the_log_names_both_wherever_a_service_writes_to_it(village: Village) -> None:
    actor = replace(
        await village.viewer(village.member), operator_id=village.operator.id, operator_name="Odile Operator"
    )
    await record("spaces.tried", actor=actor, subject="x", after={"a": 1})
    entry = await AuditEntry.get(action="spaces.tried")
    assert (entry.actor_id, entry.actor_name, entry.after) == (
        village.operator.id,
        "Odile Operator",
        {"a": 1, "acting_for": village.member.id},
    )
