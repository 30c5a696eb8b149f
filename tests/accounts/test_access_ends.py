"""Access ends when its reason ends: every credential of a person, on the next request (promise G2)."""

from collections.abc import Awaitable, Callable

import pytest

from cercle.testing import Village
from core.accounts.models import KnownDevice, LoginSession
from core.accounts.services import change_password, create_token, deactivate, erase_person, feed_token
from core.accounts.services.devices import knows_device
from core.accounts.services.feeds import viewer_from_feed_token
from core.accounts.services.links import RESET, find_link, make_link
from core.accounts.services.steps import begin_step, find_step
from core.accounts.viewer import viewer_for
from core.errors import NotFound
from tests.accounts.working import DEVICE, browser, sign_in

End = Callable[[Village], Awaitable[None]]


async def suspended(village: Village) -> None:
    await deactivate(village.member, actor=viewer_for(village.operator))


async def erased(village: Village) -> None:
    await erase_person(village.app, village.member, actor=viewer_for(village.operator))


async def new_password(village: Village) -> None:
    await change_password(village.member, "nine calm lighthouses")


ENDS = pytest.mark.parametrize("end", [suspended, erased, new_password])


@ENDS
async def test_the_session_ends(village: Village, end: End) -> None:
    client = village.client(village.member)
    assert (await client.get("/account/")).status_code == 200
    await end(village)
    assert (await client.get("/account/")).status_code == 303
    assert await LoginSession.all().count() == 0


@ENDS
async def test_the_api_token_ends(village: Village, end: End) -> None:
    script = village.api(village.member)
    assert (await script.get("me")).status_code == 200
    await end(village)
    assert (await script.get("me")).status_code == 401


@ENDS
async def test_the_app_password_ends(village: Village, end: End) -> None:
    secret = await create_token(village.member, name="Reader", kind="app", scopes=("read",))
    client = village.client()
    route = village.app.urls.path("blog:feeds.signed", club="atelier")
    signed = (village.member.email, secret)
    assert (await client.get(route, auth=signed)).status_code == 200
    await end(village)
    assert (await client.get(route, auth=signed)).status_code in (303, 401)


@ENDS
async def test_the_feed_ends(village: Village, end: End) -> None:
    token = feed_token(village.member)
    assert await viewer_from_feed_token(token) is not None
    await end(village)
    assert await viewer_from_feed_token(token) is None


@ENDS
async def test_a_sign_in_that_has_begun_ends(village: Village, end: End) -> None:
    secret = await begin_step("factor", user=village.member)
    assert await find_step(secret, "factor") is not None
    await end(village)
    assert await find_step(secret, "factor") is None


@ENDS
async def test_the_link_in_a_mail_ends(village: Village, end: End) -> None:
    _number, secret = await make_link(RESET, user=village.member)
    await find_link(secret, RESET)
    await end(village)
    with pytest.raises(NotFound):
        await find_link(secret, RESET)


@ENDS
async def test_the_browser_is_known_no_more(village: Village, end: End) -> None:
    email = village.member.email
    async with browser(village) as client:
        await sign_in(village, client, village.member)
        assert await knows_device(email, client.cookies[DEVICE])
        await end(village)
        assert not await knows_device(email, client.cookies[DEVICE])


async def test_an_erased_person_leaves_no_browser_behind(village: Village) -> None:
    async with browser(village) as client:
        await sign_in(village, client, village.member)
    await erased(village)
    assert await KnownDevice.all().count() == 0


async def test_who_left_a_club_reads_nothing_there_with_what_they_still_hold(village: Village) -> None:
    await village.join(village.member, village.hidden)
    client, script = village.client(village.member), village.api(village.member)
    paths = ("/c/cave/", "/c/cave/wiki/", "/c/cave/blog/")
    assert [(await client.get(path)).status_code for path in paths] == [200] * 3
    assert (await script.get("clubs/cave")).status_code == 200
    await village.leave(village.member, village.hidden)
    assert [(await client.get(path)).status_code for path in paths] == [404] * 3
    assert (await script.get("clubs/cave")).status_code == 404


async def test_a_rise_in_privilege_begins_a_new_session(village: Village) -> None:
    async with browser(village) as client:
        await sign_in(village, client, village.member)
        before = client.cookies["cercle"]
        await client.post("/account/proof", data={"password": village.password, "next": "/account/"})
        after = client.cookies["cercle"]
        assert after != before
        async with browser(village) as thief:
            thief.cookies.set("cercle", before)
            assert (await thief.get("/account/")).status_code == 303
        assert (await client.get("/account/")).status_code == 200
