"""Notes, seen through the web and the API, by people of every kind."""

import pytest

from cercle import Content
from cercle.testing import Village
from cercle_<< name >>.models import Note
from cercle_<< name >>.services import remove_note, write_note

NOTE = {"title": "Tools", "body": "Bring your *own* hammer."}


async def written(village: Village, title: str = "Tools") -> Note:
    """A note by the member."""
    actor = await village.viewer(village.member)
    return await write_note(village.club, title=title, body=NOTE["body"], actor=actor)


async def test_what_a_member_writes_everybody_in_the_club_reads(village: Village) -> None:
    sent = await village.client(village.member).post("/c/atelier/<< name >>/new", data=NOTE)
    note = await Note.get(title="Tools")
    assert (sent.status_code, sent.headers["location"]) == (303, f"/c/atelier/<< name >>/{note.id}")
    assert (note.author_id, note.words) == (village.member.id, "Bring your own hammer.")
    page = await village.client(village.guest).get(f"/c/atelier/<< name >>/{note.id}")
    assert "<em>own</em>" in page.text
    assert (await Content.get(plugin="<< name >>", object_id=note.id)).title == "Tools"


async def test_an_empty_text_is_told_beside_its_field(village: Village) -> None:
    sent = await village.client(village.member).post("/c/atelier/<< name >>/new", data={"title": "Tools", "body": ""})
    assert (sent.status_code, await Note.all().count()) == (422, 0)
    assert 'id="field-body-errors"' in sent.text
    assert 'value="Tools"' in sent.text


@pytest.mark.parametrize(
    "who, status",
    [("owner", 200), ("moderator", 200), ("member", 200), ("guest", 200), ("outsider", 404), ("removed", 404)],
)
async def test_only_the_club_reads(village: Village, who: str, status: int) -> None:
    note = await written(village)
    page = await village.client(village.people[who]).get(f"/c/atelier/<< name >>/{note.id}")
    assert page.status_code == status


async def test_a_guest_does_not_write(village: Village) -> None:
    sent = await village.client(village.guest).post("/c/atelier/<< name >>/new", data=NOTE)
    assert (sent.status_code, await Note.all().count()) == (403, 0)


@pytest.mark.parametrize("who, status", [("moderator", 303), ("member", 303), ("owner", 303), ("guest", 403)])
async def test_the_author_and_moderators_remove(village: Village, who: str, status: int) -> None:
    note = await written(village)
    sent = await village.client(village.people[who]).post(f"/c/atelier/<< name >>/{note.id}/removal")
    assert sent.status_code == status
    assert await Note.filter(removed_at__isnull=False).count() == (1 if status == 303 else 0)


async def test_a_removed_note_is_gone_for_others_and_comes_back(village: Village) -> None:
    note = await written(village)
    await remove_note(village.club, note, actor=await village.viewer(village.member))
    path = f"/c/atelier/<< name >>/{note.id}"
    assert (await village.client(village.guest).get(path)).status_code == 404
    assert (await Content.get(plugin="<< name >>", object_id=note.id)).state == "trashed"
    await village.client(village.member).post(f"{path}/return")
    assert (await village.client(village.guest).get(path)).status_code == 200


async def test_a_note_of_another_club_is_absent(village: Village) -> None:
    note = await written(village)
    assert (await village.client(village.owner).get(f"/c/cave/<< name >>/{note.id}")).status_code == 404


async def test_nothing_answers_while_the_plugin_is_off(village: Village) -> None:
    note = await written(village)
    await village.switch("<< name >>", "off")
    assert (await village.client(village.owner).get(f"/c/atelier/<< name >>/{note.id}")).status_code == 404
    await village.switch("<< name >>", "on")
    assert (await village.client(village.owner).get(f"/c/atelier/<< name >>/{note.id}")).status_code == 200


async def test_a_list_of_three_costs_what_a_list_of_one_does(village: Village) -> None:
    client = village.client(village.member)
    await written(village)
    await client.get("/c/atelier/<< name >>/")
    with village.queries() as one:
        await client.get("/c/atelier/<< name >>/")
    for title in ("Nails", "Saws"):
        await written(village, title)
    with village.queries() as three:
        page = await client.get("/c/atelier/<< name >>/")
    assert one.count == three.count <= 3
    assert all(title in page.text for title in ("Tools", "Nails", "Saws"))


async def test_a_page_has_as_many_notes_as_the_club_chose(village: Village) -> None:
    for number in range(6):
        await written(village, f"Note {number}")
    owner = village.client(village.owner)
    sent = await owner.post("/c/atelier/settings/plugins/<< name >>/settings", data={"notes_per_page": "5"})
    page = await village.client(village.guest).get("/c/atelier/<< name >>/")
    assert (sent.status_code, [f"Note {number}" in page.text for number in range(6)]) == (303, [False] + [True] * 5)


async def test_a_program_writes_reads_and_removes(village: Village) -> None:
    api = village.api(village.member)
    made = await api.post("clubs/atelier/<< name >>/notes", json=NOTE)
    assert (made.status_code, made.json()["body"]) == (201, NOTE["body"])
    one = f"clubs/atelier/<< name >>/notes/{made.json()['id']}"
    assert (await api.get(one)).json() == made.json()
    assert (await api.delete(one)).status_code == 204
    assert (await api.get("clubs/atelier/<< name >>/notes")).json() == {"items": [], "next": None}


async def test_pages_of_a_list_join_up(village: Village) -> None:
    for number in range(3):
        await written(village, f"Note {number}")
    api = village.api(village.guest)
    first = (await api.get("clubs/atelier/<< name >>/notes?limit=2")).json()
    last = (await api.get(f"clubs/atelier/<< name >>/notes?limit=2&after={first['next']}")).json()
    assert [item["title"] for item in first["items"] + last["items"]] == ["Note 2", "Note 1", "Note 0"]
    assert last["next"] is None


async def test_a_field_that_does_not_exist_is_named(village: Village) -> None:
    sent = await village.api(village.member).post("clubs/atelier/<< name >>/notes", json={**NOTE, "color": "red"})
    assert (sent.status_code, list(sent.json()["errors"])) == (422, ["color"])
