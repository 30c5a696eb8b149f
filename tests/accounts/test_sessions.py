"""The list of browsers in which somebody is signed in."""

import pytest

from cercle.testing import Village
from core.accounts.models import LoginSession
from core.accounts.services.devices import device_words
from core.accounts.services.operators import sign_out_everybody
from core.models import AuditEntry

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (FIREFOX, "Firefox on Linux"),
        (EDGE, "Edge on Windows"),
        (IPHONE, "Safari on iPhone"),
        ("curl/8.5.0", "curl"),
        ("", "Unknown device"),
        ("<b>", "Unknown device"),
    ],
)
async def test_devices_are_named_in_plain_words(village: Village, said: str, shown: str) -> None:
    assert device_words(said) == shown


async def test_i_see_my_browsers_and_end_one(village: Village) -> None:
    here = village.client(village.member)
    await village.client(None, user_agent=FIREFOX).post(
        "/sign-in", data={"email": village.member.email, "password": village.password}
    )
    other = await LoginSession.get(user=village.member)
    page = (await here.get("/account/sessions")).text
    assert "Firefox on Linux" in page
    assert "this browser" in page
    await here.post(f"/account/sessions/{other.id}/delete")
    assert not await LoginSession.filter(id=other.id).exists()
    assert (await here.get("/account/sessions")).status_code == 200


async def test_i_cannot_end_somebody_elses_session(village: Village) -> None:
    owner, member = village.client(village.owner), village.client(village.member)
    await owner.get("/account/")
    theirs = await LoginSession.get(user=village.owner)
    assert (await member.post(f"/account/sessions/{theirs.id}/delete")).status_code == 404
    assert (await member.post("/account/sessions/99999999/delete")).status_code == 404
    assert (await owner.get("/account/")).status_code == 200


async def test_all_other_browsers_end_at_once(village: Village) -> None:
    here, there, neighbour = (village.client(p) for p in (village.member, village.member, village.owner))
    for client in (here, there, neighbour):
        await client.get("/account/")
    await here.post("/account/sessions/others/delete")
    assert [(await c.get("/account/")).status_code for c in (here, there, neighbour)] == [200, 303, 200]


async def test_the_machine_signs_everybody_out_and_tokens_stay(village: Village) -> None:
    clients = [village.client(person) for person in (village.member, village.owner, village.operator)]
    script = village.api(village.member)
    assert [(await client.get("/account/")).status_code for client in clients] == [200] * 3
    assert await sign_out_everybody(actor=None) == 3
    assert [(await client.get("/account/")).status_code for client in clients] == [303] * 3
    assert (await script.get("me")).status_code == 200
    logged = await AuditEntry.get(action="accounts.all_sessions_ended")
    assert (logged.actor_id, logged.after) == (None, {"sessions": 3})


async def test_signing_out_is_in_the_menu_of_every_page(village: Village) -> None:
    client = village.client(village.member)
    pages = [await client.get(path) for path in ("/", "/account/", "/c/atelier/", "/c/atelier/wiki/", "/nowhere")]
    assert ['action="/sign-out"' in page.text for page in pages] == [True] * len(pages)


async def test_the_list_takes_as_many_queries_for_one_session_as_for_three(village: Village) -> None:
    client = village.client(village.member)
    await client.get("/account/sessions")
    with village.queries() as one:
        await client.get("/account/sessions")
    for _more in range(2):
        await village.client(village.member).get("/account/")
    with village.queries() as three:
        await client.get("/account/sessions")
    assert one.count == three.count == 4
