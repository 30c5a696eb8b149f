"""Comments for programs."""

from __future__ import annotations

import pytest

from cercle.testing import Village
from plugins.comments.models import Comment, Reaction
from tests.comments.talking import page_of, say

LIST = "clubs/atelier/comments/"


async def test_a_program_writes_reads_changes_and_removes_a_comment(village: Village) -> None:
    page = await page_of(village)
    api = village.api(village.member)
    sent = {"plugin": "wiki", "kind": "page", "item": page.id, "body": "*Well* said.", "passage": {"exact": "chisel"}}
    made = await api.post(LIST, json=sent)
    facts = made.json()
    assert (made.status_code, facts["html"], facts["passage"]["exact"]) == (
        201,
        "<p><em>Well</em> said.</p>\n",
        "chisel",
    )
    one = made.headers["location"].removeprefix("/api/v1/")
    reply = await api.post(LIST, json={**sent, "passage": None, "reply_to": facts["id"]})
    assert (reply.json()["thread"], (await api.get(one)).json()["replies"]) == (facts["id"], 1)
    changed = await api.put(one, json={"body": "Better said."}, headers={"If-Match": made.headers["etag"]})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    stale = await api.put(one, json={"body": "Late."}, headers={"If-Match": made.headers["etag"]})
    assert (stale.status_code, stale.json()["current"]["body"]) == (412, "Better said.")
    assert (await api.delete(one, headers={"If-Match": made.headers["etag"]})).status_code == 412
    assert (await api.delete(one)).status_code == 204
    assert (await api.get(one)).status_code == 404
    listed = (await api.get(LIST, params={"plugin": "wiki", "kind": "page", "item": page.id})).json()["items"]
    assert [(row["removed"], row["body"]) for row in listed] == [(True, ""), (False, "*Well* said.")]


async def test_a_list_goes_on_at_its_cursor(village: Village) -> None:
    page = await page_of(village)
    for number in range(3):
        await say(village, page, f"Number {number}")
    api = village.api(village.guest)
    asked: dict[str, str | int] = {"plugin": "wiki", "kind": "page", "item": page.id, "limit": 2}
    first = (await api.get(LIST, params=asked)).json()
    rest = (await api.get(LIST, params={**asked, "after": first["next"]})).json()
    assert [row["body"] for row in first["items"] + rest["items"]] == ["Number 0", "Number 1", "Number 2"]
    assert rest["next"] is None


async def test_a_program_reacts(village: Village) -> None:
    page = await page_of(village)
    comment = await say(village, page)
    api, one = village.api(village.owner), f"clubs/atelier/comments/{comment.id}/reactions"
    await api.put(f"{one}/heart")
    assert (await api.put(f"{one}/heart")).json()["reactions"] == {"heart": 1}
    assert (await api.put(f"{one}/sword")).status_code == 404
    assert (await api.delete(f"{one}/heart")).json()["reactions"] == {}
    assert await Reaction.all().count() == 0


async def test_guests_read_and_do_not_write(village: Village) -> None:
    page = await page_of(village)
    comment = await say(village, page)
    api, one = village.api(village.guest), f"clubs/atelier/comments/{comment.id}"
    body = {"plugin": "wiki", "kind": "page", "item": page.id, "body": "No."}
    assert (await api.get(one)).status_code == 200
    assert (await api.post(LIST, json=body)).status_code == 403
    assert (await api.put(one, json={"body": "No."})).status_code == 403
    assert (await api.delete(one)).status_code == 403
    assert (await api.put(f"{one}/reactions/heart")).status_code == 403
    assert (await Comment.all().count(), (await Comment.get()).version) == (1, 1)


@pytest.mark.parametrize("person", ["outsider", "removed"])
async def test_nobody_outside_knows_of_them(village: Village, person: str) -> None:
    page = await page_of(village)
    comment = await say(village, page)
    api, one = village.api(getattr(village, person)), f"clubs/atelier/comments/{comment.id}"
    body = {"plugin": "wiki", "kind": "page", "item": page.id, "body": "No."}
    assert (await api.get(LIST, params={"plugin": "wiki", "kind": "page", "item": page.id})).status_code == 404
    assert (await api.get(one)).status_code == 404
    assert (await api.post(LIST, json=body)).status_code == 404
    assert (await api.delete(one)).status_code == 404


async def test_what_is_wrong_is_named(village: Village) -> None:
    api = village.api(village.member)
    assert "item" in (await api.get(LIST)).json()["errors"]
    assert (await api.get(LIST, params={"plugin": "wiki", "kind": "page", "item": 77})).status_code == 404
    refused = await api.post(LIST, json={"plugin": "wiki", "kind": "page", "item": 1, "body": " ", "colour": "red"})
    assert (refused.status_code, sorted(refused.json()["errors"])) == (422, ["body", "colour"])
