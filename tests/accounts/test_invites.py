"""Operators' invitations to the site: a letter, a page, an account; and how each of them ends."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cercle.testing import Village
from core.accounts.models import LoginSession, OneTimeLink, User
from core.accounts.services import check_password, demote, invite_person, open_invites, resend_invite, withdraw_invite
from core.accounts.services.invites import brought
from core.errors import Invalid, NotFound
from core.models import AuditEntry
from tests.accounts.letters import letters, link_in_last

NEW = "new@village.example"
WORDS = "four random words here"


async def invited(village: Village, email: str = NEW, name: str = "", note: str = "") -> str:
    """Invite somebody; answers the path of their page."""
    await invite_person(email, name=name, note=note, maker=await village.viewer(village.operator))
    return await link_in_last(email)


async def test_an_invitation_makes_an_account_for_its_address(village: Village) -> None:
    path = await invited(village, name="Nina New", note="Welcome among us")
    client = village.client()
    assert [(await village.client().get(path)).status_code for _scanner in range(3)] == [200, 200, 200]
    page = await client.get(path)
    assert f"{village.operator.name} invites you" in page.text
    assert "Welcome among us" in page.text
    assert 'value="Nina New"' in page.text
    assert (await client.post(path, data={"name": "Nina", "password": "short"})).status_code == 422
    answer = await client.post(path, data={"name": "Nina", "password": WORDS})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await client.get("/account/")).status_code == 200
    user = await check_password(NEW, WORDS)
    assert user is not None
    assert user.name == "Nina"
    assert (await village.client().post(path, data={"name": "Eve", "password": WORDS})).status_code == 404
    actions = await AuditEntry.filter(action__startswith="accounts.").values_list("action", flat=True)
    assert {"accounts.person_invited", "accounts.invitation_accepted"} <= set(actions)


async def test_of_many_who_use_an_invitation_at_the_same_time_one_gets_an_account(village: Village) -> None:
    path = await invited(village)
    data = {"name": "Nina", "password": WORDS}
    answers = await asyncio.gather(*(village.client().post(path, data=data) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [303, 404, 404, 404, 404]
    assert await User.filter(email=NEW).count() == 1


async def test_who_has_an_account_signs_in_and_accepts(village: Village) -> None:
    path = await invited(village, village.outsider.email)
    stranger = village.client()
    page = await stranger.get(path)
    assert "You have an account with" in page.text
    assert 'name="password"' not in page.text
    taken = await stranger.post(path, data={"name": "Eve", "password": WORDS})
    assert taken.status_code == 422
    assert (await stranger.post(f"{path}/acceptance")).headers["location"].startswith("/sign-in")
    assert await LoginSession.all().count() == 0
    client = village.client(village.outsider)
    assert "Accept the invitation" in (await client.get(path)).text
    codes = [(await client.post(f"{path}/acceptance")).status_code for _ in range(2)]
    assert codes == [303, 404]
    assert await User.filter(email=village.outsider.email).count() == 1


async def test_a_token_accepts_no_invitation(village: Village) -> None:
    path = await invited(village)
    token = village.api(village.outsider)
    answer = await token.post(f"http://127.0.0.1:8000{path}/acceptance")
    assert answer.headers["location"].startswith("/sign-in")
    assert await open_invites().count() == 1


async def test_an_open_invitation_is_sent_once(village: Village) -> None:
    maker = await village.viewer(village.operator)
    made = await asyncio.gather(*(invite_person(NEW, maker=maker) for _ in range(5)))
    assert len({one.id for one in made}) == 1
    assert len(await letters(NEW)) == 1


async def test_sending_again_ends_the_older_link(village: Village) -> None:
    older = await invited(village)
    invite = await open_invites().get()
    await resend_invite(invite.id, actor=await village.viewer(village.operator))
    newer = await link_in_last(NEW)
    assert [(await village.client().get(path)).status_code for path in (older, newer)] == [404, 200]
    assert await open_invites().count() == 1


async def test_a_withdrawn_invitation_is_over(village: Village) -> None:
    path, actor = await invited(village), await village.viewer(village.operator)
    invite = await open_invites().get()
    await withdraw_invite(invite.id, actor=actor)
    assert (await village.client().get(path)).status_code == 404
    assert (await village.client().post(path, data={"name": "Eve", "password": WORDS})).status_code == 404
    for act in (withdraw_invite, resend_invite):
        with pytest.raises(NotFound):
            await act(invite.id, actor=actor)
    await invited(village)
    assert len(await letters(NEW)) == 2


async def test_an_invitation_dies_with_time_and_with_its_inviters_right(village: Village) -> None:
    path = await invited(village)
    await OneTimeLink.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert (await village.client().get(path)).status_code == 404
    path = await invited(village)
    await User.filter(id=village.owner.id).update(is_operator=True)
    await demote(village.operator, actor=await village.viewer(village.owner))
    assert (await village.client().get(path)).status_code == 404
    assert (await village.client().post(path, data={"name": "Eve", "password": WORDS})).status_code == 404
    assert await open_invites().count() == 0
    assert not await User.filter(email=NEW).exists()


async def test_the_facts_come_back_as_they_were_given(village: Village) -> None:
    facts = {"clubs": [{"club": 1, "role": "member"}], "é": "\u2028"}
    await invite_person(NEW, note="  Hello ", locale="fr", maker=await village.viewer(village.operator), facts=facts)
    assert brought(await open_invites().get()) == {"name": "", "note": "Hello", "locale": "fr", "facts": facts}
    assert (await letters(NEW))[0].subject == f"{village.operator.name} vous invite sur Cercle"


@pytest.mark.parametrize(
    "given",
    [
        {"email": "nobody"},
        {"email": "a@b.example\nBcc: x@evil.example"},
        {"note": "x" * 1001},
        {"name": "x" * 121},
        {"locale": "xx"},
        {"facts": {"x": "x" * 20_000}},
    ],
)
async def test_an_invitation_that_cannot_be_is_refused_and_nothing_is_sent(
    village: Village, given: dict[str, Any]
) -> None:
    values: dict[str, Any] = {"email": NEW, **given}
    with pytest.raises(Invalid):
        await invite_person(maker=await village.viewer(village.operator), **values)
    assert await OneTimeLink.all().count() == 0


@pytest.mark.parametrize("secret", ["x", "%00", "%ED%A0%80", "A" * 3000, "..%2F.."])
async def test_what_is_no_invitation_is_not_found(village: Village, secret: str) -> None:
    assert (await village.client().get(f"/invitation/{secret}")).status_code == 404
    answer = await village.client().post(f"/invitation/{secret}", data={"name": "Eve", "password": WORDS})
    assert answer.status_code == 404
