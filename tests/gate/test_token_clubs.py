"""A token of some clubs, or of some parts, finds every other door as closed as somebody who does not belong there."""

import secrets

import httpx
import pytest

from cercle._testing.walk import stops
from cercle.testing import Village
from core.accounts.services import create_token
from core.errors import Invalid
from spaces.models import Club

API = "http://127.0.0.1:8000/api/v1"


def script(village: Village, secret: str) -> httpx.AsyncClient:
    """A program with this token."""
    return village.client(None, authorization=f"Bearer {secret}")


async def plant(village: Village) -> str:
    """A word that stands in a page of each of the owner's clubs."""
    word = f"zwetschge{secrets.token_hex(4)}"
    writer = village.api(village.owner)
    for club in ("atelier", "cave", "place"):
        sent = {"title": f"{word} {club}", "body": word}
        answer = await writer.post(f"clubs/{club}/wiki/pages", json=sent)
        assert answer.status_code == 201, answer.text
    await village.settle()
    return word


async def test_a_limited_token_finds_its_own_club_alone_in_every_list(village: Village) -> None:
    word = await plant(village)
    client = script(village, await create_token(village.owner, name="One", clubs=[village.club.id]))
    mine = (await client.get(f"{API}/me")).json()["clubs"]
    assert [club["slug"] for club in mine] == ["atelier"]
    found = (await client.get(f"{API}/search", params={"q": word})).text
    assert f"{word} atelier" in found
    assert f"{word} cave" not in found
    listed = {club["slug"]: club["role"] for club in (await client.get(f"{API}/clubs")).json()["items"]}
    assert listed == {"atelier": "owner", "place": None}


@pytest.mark.sqlite_only
async def test_every_door_of_another_club_answers_as_to_somebody_who_does_not_belong(village: Village) -> None:
    word = await plant(village)
    limited = script(village, await create_token(village.owner, name="One", clubs=[village.club.id]))
    outsider = script(village, await create_token(village.outsider, name="Two"))
    different = []
    for stop in (stop for stop in stops(village) if stop.is_api and stop.is_in_a_club):
        for slug in ("cave", "place"):
            path = f"{API}{stop.path(club=slug)}"
            got = await limited.request(stop.method, path)
            if got.status_code != (await outsider.request(stop.method, path)).status_code:
                different.append(f"{stop} {slug}: {got.status_code}")
            if slug == "cave" and word in got.text:
                different.append(f"{stop} leaks")
    assert different == []


async def test_a_limited_token_changes_nothing_outside_of_its_clubs(village: Village) -> None:
    client = script(village, await create_token(village.owner, name="One", clubs=[village.club.id]))
    before = await Club.all().count()
    made = await client.post(f"{API}/clubs", json={"name": "Neu", "slug": "neu"})
    assert (made.status_code, await Club.all().count()) == (403, before)
    page = {"title": "Inside", "body": "text"}
    assert (await client.post(f"{API}/clubs/atelier/wiki/pages", json=page)).status_code == 201
    assert (await client.post(f"{API}/clubs/place/wiki/pages", json=page)).status_code in (403, 404)


async def test_an_operators_limited_token_does_not_run_the_site(village: Village) -> None:
    await village.join(village.operator, village.club)
    client = script(village, await create_token(village.operator, name="One", clubs=[village.club.id]))
    whole = script(village, await create_token(village.operator, name="Two"))
    assert (await client.get(f"{API}/me")).json()["is_operator"] is False
    assert (await whole.get(f"{API}/me")).json()["is_operator"] is True


async def test_a_token_of_a_club_that_is_gone_or_left_is_good_for_nothing_else(village: Village) -> None:
    client = script(village, await create_token(village.member, name="One", clubs=[village.club.id]))
    assert (await client.get(f"{API}/clubs/atelier/wiki/pages")).status_code == 200
    await village.leave(village.member, village.club)
    assert (await client.get(f"{API}/clubs/atelier/wiki/pages")).status_code == 404
    await village.join(village.member, village.hidden)
    assert (await client.get(f"{API}/clubs/cave/wiki/pages")).status_code == 404


async def test_a_token_of_one_part_opens_that_part_alone(village: Village) -> None:
    word = await plant(village)
    reader = script(village, await create_token(village.owner, name="Wiki", scopes=("wiki:read",)))
    writer = script(village, await create_token(village.owner, name="Wiki", scopes=("wiki:write",)))
    page = {"title": "Written", "body": "text"}
    assert (await reader.get(f"{API}/clubs/atelier/wiki/pages")).status_code == 200
    assert (await reader.post(f"{API}/clubs/atelier/wiki/pages", json=page)).status_code == 403
    assert (await writer.post(f"{API}/clubs/atelier/wiki/pages", json=page)).status_code == 201
    for path in ("me", "search?q=x", "clubs", "clubs/atelier/members", "clubs/atelier/blog/posts"):
        assert (await reader.get(f"{API}/{path}")).status_code == 403, path
    assert (await reader.get(f"{API}/openapi.json")).status_code == 200
    searcher = script(village, await create_token(village.owner, name="S", scopes=("search:read", "blog:read")))
    assert word not in (await searcher.get(f"{API}/search", params={"q": word})).text.replace(f'"{word}"', "")


@pytest.mark.sqlite_only
async def test_no_door_of_another_part_opens_to_a_token_of_one_part(village: Village) -> None:
    client = script(village, await create_token(village.owner, name="Blog", scopes=("blog:write",)))
    opened = []
    for stop in (stop for stop in stops(village) if stop.is_api and stop.part.name not in ("blog", "core")):
        status = (await client.request(stop.method, f"{API}{stop.path()}")).status_code
        if status not in (403, 404):
            opened.append(f"{stop}: {status}")
    assert opened == []


async def test_a_club_that_is_not_mine_cannot_be_chosen(village: Village) -> None:
    data = {"name": "One", "scopes": "read", "days": "30", "clubs": str(village.hidden.id)}
    answer = await village.client(village.member).post("/account/tokens", data=data)
    assert answer.status_code == 422
    with pytest.raises(Invalid):
        await create_token(village.member, name="Odd", scopes=("nothing:read",))
