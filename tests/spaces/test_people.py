"""Members, roles, requests and invitations: the right person, an outsider, one without the right, and what is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.accounts.models import LoginSession, User
from core.models import AuditEntry, Mail, OutboxEvent
from spaces.models import Club, Invitation, JoinRequest, Membership
from spaces.services import change_role, invite_by_link, request_to_join, set_grant


@pytest.mark.parametrize("person,status", [("guest", 200), ("member", 200), ("outsider", 404), ("removed", 404)])
async def test_members_see_the_members(village: Village, person: str, status: int) -> None:
    answer = await village.client(getattr(village, person)).get("/c/atelier/people")

    assert answer.status_code == status
    assert ("Mona Moderator" in answer.text) == (status == 200)


async def test_members_are_found_by_name_and_role(village: Village) -> None:
    browser = village.client(village.member)

    by_name = await browser.get("/c/atelier/people", params={"q": "mona"})
    by_role = await browser.get("/c/atelier/people", params={"role": "guest"})
    nobody = await browser.get("/c/atelier/people", params={"q": "%_\\'"})

    assert "Mona Moderator" in by_name.text
    assert "Gilda Guest" not in by_name.text
    assert "Gilda Guest" in by_role.text
    assert "Mona Moderator" not in by_role.text
    assert nobody.status_code == 200


async def test_the_list_of_members_goes_on_by_cursor(village: Village) -> None:
    for number in range(55):
        await village.join(await village.person(f"Nom{number:02} Zz"), village.club)
    browser = village.client(village.member)

    first = await browser.get("/c/atelier/people")
    link = first.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = await browser.get(link)

    shown = [page.text.count('<li class="item person">') for page in (first, second)]
    assert shown == [50, 9]
    assert (await browser.get("/c/atelier/people?after=nonsense")).status_code == 422


async def test_a_moderator_gives_a_member_another_role(village: Village) -> None:
    browser = village.client(village.moderator)
    assert (await browser.get(f"/c/atelier/people/{village.member.handle}/edit")).status_code == 200

    answer = await browser.post(f"/c/atelier/people/{village.member.handle}", data={"role": "guest"})

    assert answer.status_code == 303
    assert await _role(village, village.member) == "guest"
    entry = await AuditEntry.get(action="spaces.role_changed")
    assert (entry.actor_id, entry.before, entry.after["role"]) == (
        village.moderator.id,
        {"role": "member"},
        "guest",
    )


@pytest.mark.parametrize("person,status", [("member", 403), ("guest", 403), ("outsider", 404)])
async def test_others_change_no_roles(village: Village, person: str, status: int) -> None:
    browser = village.client(getattr(village, person))

    assert (await browser.get(f"/c/atelier/people/{village.guest.handle}/edit")).status_code == status
    for path in ("", "/remove"):
        answer = await browser.post(f"/c/atelier/people/{village.guest.handle}{path}", data={"role": "owner"})
        assert answer.status_code == status
    assert await _role(village, village.guest) == "guest"


async def test_nobody_gives_or_touches_a_role_above_their_own(village: Village) -> None:
    browser = village.client(village.moderator)

    promoted = await browser.post(f"/c/atelier/people/{village.member.handle}", data={"role": "owner"})
    own = await browser.post(f"/c/atelier/people/{village.moderator.handle}", data={"role": "owner"})
    demoted = await browser.post(f"/c/atelier/people/{village.owner.handle}", data={"role": "guest"})
    removed = await browser.post(f"/c/atelier/people/{village.owner.handle}/remove")

    assert [one.status_code for one in (promoted, own, demoted, removed)] == [403, 403, 403, 403]
    assert await _role(village, village.owner) == "owner"
    assert await _role(village, village.moderator) == "moderator"


async def test_a_removed_member_is_out_on_the_next_request(village: Village) -> None:
    member = village.client(village.member)
    assert (await member.get("/c/atelier/people")).status_code == 200

    answer = await village.client(village.owner).post(f"/c/atelier/people/{village.member.handle}/remove")

    assert answer.status_code == 303
    assert (await member.get("/c/atelier/people")).status_code == 404
    assert await OutboxEvent.exists(name="spaces.member_left", club_id=village.club.id)


async def test_the_last_owner_neither_leaves_nor_steps_down(village: Village) -> None:
    browser = village.client(village.owner)

    left = await browser.post("/c/atelier/leave")
    stepped_down = await browser.post(f"/c/atelier/people/{village.owner.handle}", data={"role": "member"})

    assert (left.status_code, stepped_down.status_code) == (409, 409)
    assert await _role(village, village.owner) == "owner"


async def test_a_member_of_another_club_is_not_found_through_this_one(village: Village) -> None:
    person = await village.person("Paul Place")
    await village.join(person, village.public)

    answer = await village.client(village.owner).post(f"/c/atelier/people/{person.handle}/remove")

    assert answer.status_code == 404
    assert await Membership.exists(club=village.public, user=person)


async def test_somebody_asks_to_join_and_is_let_in(village: Village) -> None:
    outsider = village.client(village.outsider)

    asked = await outsider.post("/c/atelier/join", data={"message": "I know Max."})
    again = await outsider.post("/c/atelier/join", data={"message": "Please!"})

    assert (asked.status_code, again.status_code) == (303, 303)
    waiting = await JoinRequest.get()
    assert waiting.message == "I know Max."
    page = await village.client(village.moderator).get("/c/atelier/requests")
    assert "I know Max." in page.text
    answer = await village.client(village.moderator).post(f"/c/atelier/requests/{waiting.id}/accept")
    assert answer.status_code == 303
    assert await _role(village, village.outsider) == "member"
    assert await JoinRequest.all().count() == 0
    assert (await outsider.get("/c/atelier/people")).status_code == 200


async def test_a_refused_request_leaves_no_member(village: Village) -> None:
    await request_to_join(village.club, "", actor=village.outsider)
    waiting = await JoinRequest.get()

    answer = await village.client(village.owner).post(f"/c/atelier/requests/{waiting.id}/refuse")

    assert answer.status_code == 303
    assert await JoinRequest.all().count() == 0
    assert not await Membership.exists(club=village.club, user=village.outsider)


async def test_a_request_can_be_taken_back(village: Village) -> None:
    await request_to_join(village.club, "", actor=village.outsider)

    await village.client(village.outsider).post("/c/atelier/join/withdraw")

    assert await JoinRequest.all().count() == 0


async def test_requests_are_answered_by_those_who_may_and_through_their_club(village: Village) -> None:
    await request_to_join(village.club, "", actor=village.outsider)
    waiting = await JoinRequest.get()
    other = await village.person("Olga Other")
    await village.join(other, village.public, "owner")

    for person, club, status in (
        (village.member, "atelier", 403),
        (village.outsider, "atelier", 404),
        (other, "place", 404),
    ):
        answer = await village.client(person).post(f"/c/{club}/requests/{waiting.id}/accept")
        assert answer.status_code == status
    for number in ("0", "99999999999999999999", "abc"):
        answer = await village.client(village.owner).post(f"/c/atelier/requests/{number}/accept")
        assert answer.status_code == 404
    assert not await Membership.exists(club=village.club, user=village.outsider)


async def test_an_open_club_is_joined_at_once_and_a_closed_one_not_at_all(village: Village) -> None:
    await Club.filter(slug="place").update(join_policy="open")
    browser = village.client(village.outsider)

    assert (await browser.post("/c/place/join")).status_code == 303
    assert (await browser.post("/c/place/join")).status_code == 303
    assert await Membership.filter(user=village.outsider).count() == 1
    await Club.filter(slug="atelier").update(join_policy="invite")
    assert (await browser.post("/c/atelier/join")).status_code == 403
    assert (await browser.post("/c/cave/join")).status_code == 404
    assert (await village.client().post("/c/place/join")).headers["location"].startswith("/sign-in")


async def test_an_invitation_by_mail_brings_one_person_in(village: Village) -> None:
    browser = village.client(village.moderator)

    answer = await browser.post(
        "/c/atelier/invitations/mail", data={"email": "New@Example.org", "role": "member", "note": "Come & see!"}
    )

    assert answer.status_code == 303
    mail = await Mail.get()
    assert mail.recipient == "new@example.org"
    assert "Come & see!" in mail.text
    assert "Come &amp; see!" in mail.html
    token = mail.text.split("/invitations/")[1].split()[0]
    assert token not in (await Invitation.get()).token_hash
    page = await village.client().get(f"/invitations/{token}")
    assert page.status_code == 200
    assert (await Invitation.get()).uses_left == 1
    joined = await village.client(village.outsider).post(f"/invitations/{token}")
    assert joined.headers["location"] == "/c/atelier/"
    assert await _role(village, village.outsider) == "member"
    assert (await village.client(village.removed).get(f"/invitations/{token}")).status_code == 404


async def test_somebody_new_makes_an_account_with_the_invitation_and_is_signed_in(village: Village) -> None:
    await village.client(village.owner).post("/c/cave/invitations/mail", data={"email": "new@example.org"})
    token = (await Mail.get()).text.split("/invitations/")[1].split()[0]
    browser = village.client()
    page = await browser.get(f"/invitations/{token}")
    assert "new@example.org" in page.text
    assert "Cave" in page.text

    answer = await browser.post(
        f"/invitations/{token}/account",
        data={"name": "Nina New", "email": "other@example.org", "password": "eleven green doors"},
    )

    assert answer.status_code == 303
    user = await User.get(email="new@example.org")
    assert user.name == "Nina New"
    assert await Membership.filter(user=user, club=village.hidden).exists()
    assert await LoginSession.filter(user=user).count() == 1
    assert (await browser.get("/c/cave/")).status_code == 200


async def test_a_failed_account_spends_no_invitation(village: Village) -> None:
    token = await _link(village, uses=1)
    browser = village.client()

    weak = await browser.post(
        f"/invitations/{token}/account", data={"name": "N", "email": "n@example.org", "password": "password"}
    )
    taken = await browser.post(
        f"/invitations/{token}/account",
        data={"name": "N", "email": village.member.email, "password": "eleven green doors"},
    )

    assert (weak.status_code, taken.status_code) == (422, 422)
    assert (await Invitation.get()).uses_left == 1
    assert await User.all().count() == 7


async def test_a_member_cannot_be_invited_again(village: Village) -> None:
    answer = await village.client(village.owner).post(
        "/c/atelier/invitations/mail", data={"email": village.member.email.upper()}
    )

    assert answer.status_code == 422
    assert 'href="#field-email"' in answer.text
    assert await Invitation.all().count() == 0


async def test_a_second_mail_to_an_address_ends_the_first_invitation(village: Village) -> None:
    browser = village.client(village.owner)
    for _ in range(2):
        await browser.post("/c/atelier/invitations/mail", data={"email": "new@example.org"})
    first, second = await Mail.all().order_by("id")
    tokens = [mail.text.split("/invitations/")[1].split()[0] for mail in (first, second)]

    answers = [(await village.client().get(f"/invitations/{token}")).status_code for token in tokens]

    assert answers == [404, 200]


async def test_a_link_is_shown_once_and_can_be_withdrawn(village: Village) -> None:
    browser = village.client(village.owner)
    made = await browser.post("/c/atelier/invitations/link", data={"role": "guest", "uses": "3", "days": "7"})
    token = made.text.split("/invitations/")[1].split('"')[0]
    while token in ("mail", "link"):
        token = made.text.split('value="http://127.0.0.1:8000/invitations/')[1].split('"')[0]

    assert token not in (await browser.get("/c/atelier/invitations")).text
    assert (await village.client().get(f"/invitations/{token}")).status_code == 200
    invitation = await Invitation.get()
    assert (invitation.role, invitation.uses_left) == ("guest", 3)
    withdrawn = await browser.post(f"/c/atelier/invitations/{invitation.id}/withdraw")
    assert withdrawn.status_code == 303
    assert (await village.client().get(f"/invitations/{token}")).status_code == 404
    assert (await village.client(village.outsider).post(f"/invitations/{token}")).status_code == 404


@pytest.mark.parametrize("person,status", [("member", 403), ("guest", 403), ("outsider", 404)])
async def test_only_those_who_may_invite(village: Village, person: str, status: int) -> None:
    browser = village.client(getattr(village, person))

    assert (await browser.get("/c/atelier/invitations")).status_code == status
    assert (await browser.post("/c/atelier/invitations/link", data={"role": "member"})).status_code == status
    assert (await browser.post("/c/atelier/invitations/mail", data={"email": "a@b.org"})).status_code == status
    assert await Invitation.all().count() == 0


async def test_nobody_invites_to_a_role_above_their_own(village: Village) -> None:
    answer = await village.client(village.moderator).post(
        "/c/atelier/invitations/link", data={"role": "owner", "uses": "1", "days": "1"}
    )

    assert answer.status_code == 403
    assert await Invitation.all().count() == 0


async def test_an_invitation_dies_with_its_inviters_right(village: Village) -> None:
    tokens = [await _link(village, person=village.moderator) for _ in range(3)]
    outsider = village.client(village.outsider)
    assert (await outsider.get(f"/invitations/{tokens[0]}")).status_code == 200

    await change_role(village.club, village.moderator, "guest", actor=None)
    assert (await outsider.post(f"/invitations/{tokens[0]}")).status_code == 404
    await change_role(village.club, village.moderator, "moderator", actor=None)
    await set_grant(village.club, "moderator", "spaces.invite", False, actor=None)
    assert (await outsider.post(f"/invitations/{tokens[1]}")).status_code == 404
    await set_grant(village.club, "moderator", "spaces.invite", None, actor=None)
    await User.filter(id=village.moderator.id).update(is_active=False)
    assert (await outsider.post(f"/invitations/{tokens[2]}")).status_code == 404
    await User.filter(id=village.moderator.id).update(is_active=True)
    await village.leave(village.moderator, village.club)
    assert (await outsider.post(f"/invitations/{tokens[2]}")).status_code == 404
    assert not await Membership.exists(club=village.club, user=village.outsider)


async def test_an_invitation_ends_with_its_time(village: Village) -> None:
    token = await _link(village)
    await Invitation.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))

    assert (await village.client(village.outsider).post(f"/invitations/{token}")).status_code == 404


@pytest.mark.parametrize("token", ["x", "a" * 5000, "%00", "..%2f..", "é"])
async def test_nonsense_is_no_invitation(village: Village, token: str) -> None:
    assert (await village.client().get(f"/invitations/{token}")).status_code == 404


async def test_people_who_share_a_club_are_acquainted(village: Village) -> None:
    hooks = village.app.hooks
    viewer = await village.viewer(village.member)
    stranger = await village.viewer(village.outsider)

    assert await hooks.first("people_acquainted", viewer=viewer, user_id=village.guest.id) is True
    assert await hooks.first("people_acquainted", viewer=stranger, user_id=village.guest.id) is None


async def _role(village: Village, person: User) -> str:
    return (await Membership.get(club=village.club, user=person)).role


async def _link(village: Village, *, uses: int = 5, person: User | None = None) -> str:
    url = await invite_by_link(village.club, "member", uses=uses, days=1, actor=person or village.owner)
    return url.rpartition("/")[2]


async def test_who_follows_an_invitation_to_another_address_is_told_so(village: Village) -> None:
    await village.client(village.owner).post("/c/cave/invitations/mail", data={"email": "new@example.org"})
    token = (await Mail.get()).text.split("/invitations/")[1].split()[0]

    page = (await village.client(village.outsider).get(f"/invitations/{token}")).text

    assert "new@example.org" in page
    assert village.outsider.email in page
    assert f'name="next" value="/invitations/{token}"' in page
