"""Sharing from other apps, and "New": only clubs and tools that may be written in, and nothing lost on the way."""

from __future__ import annotations

from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from cercle.testing import Village
from spaces.services import archive_club

WORDS = {"title": "Un article", "text": "À lire <b>vite</b>", "url": "https://example.org/a?b=1"}
PHONE = {"Sec-Fetch-Site": "cross-site", "Origin": "null"}


def links(answer: httpx.Response) -> list[str]:
    """The addresses of the choices."""
    pieces = answer.text.split('class="choice-link"')[1:]
    return [unescape(piece.partition('href="')[2].partition('"')[0]) for piece in pieces]


async def test_the_first_step_names_the_clubs_of_the_viewer_alone(village: Village) -> None:
    owner = await village.client(village.owner).get("/share", params=WORDS)
    assert [urlsplit(link).path for link in links(owner)] == ["/c/atelier/share", "/c/cave/share", "/c/place/share"]
    assert parse_qs(urlsplit(links(owner)[0]).query) == {name: [value] for name, value in WORDS.items()}
    for person in (village.outsider, village.removed, village.operator):
        answer = await village.client(person).get("/share", params=WORDS)
        assert links(answer) == []
        assert village.hidden.name not in answer.text


async def test_what_is_shared_fills_the_form_of_what_is_made_of_it(village: Village) -> None:
    member = village.client(village.member)
    choices = links(await member.get("/c/atelier/share", params=WORDS))
    assert [urlsplit(link).path for link in choices] == ["/c/atelier/wiki/pages/new", "/c/atelier/blog/posts/new"]
    for choice in choices:
        page = (await member.get(choice)).text
        assert 'value="Un article"' in page
        assert "À lire &lt;b&gt;vite&lt;/b&gt;\n\nhttps://example.org/a?b=1</textarea>" in page


async def test_files_are_offered_to_places_that_take_files(village: Village) -> None:
    answer = await village.client(village.member).get("/c/atelier/share", params={"files": "2"})
    assert answer.text.count("data-shared>") == 1
    assert 'data-put-url="/api/v1/clubs/atelier/files/folders/0/content/{name}"' in answer.text


@pytest.mark.parametrize("state", ["off", "read_only"])
async def test_a_tool_that_cannot_be_written_in_is_not_offered(village: Village, state: str) -> None:
    await village.switch("wiki", state)
    choices = links(await village.client(village.member).get("/c/atelier/share", params=WORDS))
    assert [urlsplit(link).path for link in choices] == ["/c/atelier/blog/posts/new"]


async def test_in_an_archived_club_nothing_is_offered(village: Village) -> None:
    await archive_club(village.club, actor=await village.viewer(village.owner, village.club))
    answer = await village.client(village.member).get("/c/atelier/share")
    assert (answer.status_code, links(answer)) == (200, [])


async def test_who_may_only_read_is_offered_nothing(village: Village) -> None:
    assert links(await village.client(village.guest).get("/c/atelier/share")) == []


async def test_nobody_shares_into_a_club_that_is_not_theirs(village: Village) -> None:
    found = {}
    for kind in ("outsider", "removed", "operator"):
        person = village.client(village.people[kind])
        answers = [await person.get(f"/c/{slug}/share") for slug in ("atelier", "cave")]
        found[kind] = tuple(answer.status_code for answer in answers)
    assert set(found.values()) == {(404, 404)}
    assert (await village.client().get("/c/cave/share")).status_code == 404


async def test_the_phone_may_post_from_nowhere_and_signs_in_first(village: Village) -> None:
    answer = await village.client(None, **PHONE).post(
        "/share", files={"title": (None, "Titre"), "text": (None, "Mots")}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/share?title=Titre&text=Mots")
    asked = await village.client().get(answer.headers["location"])
    assert urlsplit(asked.headers["location"]).path == "/sign-in"
    assert parse_qs(urlsplit(asked.headers["location"]).query) == {"next": ["/share?title=Titre&text=Mots"]}


async def test_files_that_reach_the_server_are_not_lost_in_silence(village: Village) -> None:
    owner = village.client(village.owner, **PHONE)
    answer = await owner.post("/share", files={"title": (None, "Photo"), "files": ("a.png", b"bytes", "image/png")})
    assert answer.headers["location"] == "/share?title=Photo&lost=1"
    assert "The files did not come along" in (await owner.get(answer.headers["location"])).text


async def test_a_long_text_is_cut_in_words_and_the_address_survives_the_sign_in(village: Village) -> None:
    sent = {"text": (None, "é" * 9000)}
    signed_in = await village.client(village.owner, **PHONE).post("/share", files=sent)
    assert parse_qs(urlsplit(signed_in.headers["location"]).query) == {"text": ["é" * 6000], "cut": ["1"]}
    nobody = (await village.client(None, **PHONE).post("/share", files=sent)).headers["location"]
    following = await village.client().get(nobody)
    assert parse_qs(urlsplit(following.headers["location"]).query)["next"] == [nobody]
    page = await village.client(village.owner).get(nobody)
    assert "Only its beginning is here" in page.text


@pytest.mark.parametrize("files", ["-1", "0", "1000", "many", "²"])
async def test_a_wrong_number_of_files_is_none(village: Village, files: str) -> None:
    answer = await village.client(village.member).get("/c/atelier/share", params={"files": files})
    assert (answer.status_code, "data-shared>" in answer.text) == (200, False)


async def test_a_form_that_is_none_leads_to_the_page_all_the_same(village: Village) -> None:
    client = village.client(village.owner, **PHONE)
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await client.post("/share", content=b"nothing", headers=broken)).status_code == 303
    assert (await client.post("/share", content=b"nothing")).headers["location"] == "/share"


async def test_the_palette_offers_what_the_viewer_may_do(village: Village) -> None:
    owner = (await village.client(village.owner).get("/c/atelier/palette")).json()
    guest = (await village.client(village.guest).get("/c/atelier/palette")).json()
    assert {"New page", "Write a post", "Upload files", "Invite someone"} <= {row["label"] for row in owner["commands"]}
    assert {row["label"] for row in guest["commands"]} == {"All pages", "Recent changes", "Drafts"}
    assert [club["label"] for club in guest["clubs"]] == [village.club.name]
    assert {row["key"] for row in owner["tabs"]} >= {"g w", "g b", "g f", "g d", "g p"}


@pytest.mark.parametrize("state, commands", [("off", set()), ("read_only", {"All pages", "Recent changes"})])
async def test_the_palette_names_no_tool_that_is_off(village: Village, state: str, commands: set[str]) -> None:
    await village.switch("wiki", state)
    facts = (await village.client(village.owner).get("/c/atelier/palette")).json()
    assert {row["label"] for row in facts["commands"] if "/wiki/" in row["url"]} == commands
    assert any("/wiki/" in row["url"] for row in facts["tabs"]) is (state == "read_only")


async def test_the_palette_of_a_club_is_for_its_people(village: Village) -> None:
    for kind in ("outsider", "removed", "operator"):
        person = village.client(village.people[kind])
        answers = [await person.get("/c/atelier/palette"), await person.get("/c/cave/palette")]
        assert [answer.status_code for answer in answers] == [404, 404]
        elsewhere = await person.get("/palette")
        assert elsewhere.json()["clubs"] == []
        assert village.hidden.name not in elsewhere.text
    assert (await village.client().get("/palette")).headers["location"].startswith("/sign-in")


async def test_palette_and_choices_take_one_query_each(village: Village) -> None:
    owner = village.client(village.owner)
    counts = []
    for address in ("/palette", "/c/atelier/palette", "/share", "/c/atelier/share"):
        await owner.get(address)
        with village.queries() as seen:
            await owner.get(address)
        counts.append(seen.count)
    assert counts == [1, 1, 1, 1]


async def test_the_palette_is_kept_by_nobody(village: Village) -> None:
    answer = await village.client(village.member).get("/c/atelier/palette")
    assert answer.headers["cache-control"] == "private, no-store"


async def test_what_is_typed_finds_pages_and_people_that_the_viewer_may_see(village: Village) -> None:
    owner, outsider = village.client(village.owner), village.client(village.outsider)
    form = {"title": "Ordre du jour", "body": "Les comptes"}
    for slug in ("atelier", "cave"):
        assert (await owner.post(f"/c/{slug}/wiki/pages", data=form)).status_code == 303
    found = (await owner.get("/search/quick", params={"q": "ordre", "club": "cave"})).json()["results"]
    assert [(row["label"], row["note"]) for row in found] == [
        ("Ordre du jour", village.hidden.name),
        ("Ordre du jour", village.club.name),
    ]
    for person in (outsider, village.client(village.removed)):
        assert (await person.get("/search/quick", params={"q": "ordre"})).json() == {"results": []}
    assert (await village.client().get("/search/quick", params={"q": "ordre"})).status_code == 303
