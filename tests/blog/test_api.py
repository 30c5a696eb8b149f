"""The blog for scripts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cercle.testing import Village
from core.models import OutboxEvent
from plugins.blog.models import Post
from tests.blog.writing import write

POSTS = "clubs/atelier/blog/posts"


async def test_a_script_writes_reads_changes_and_deletes_a_post(village: Village) -> None:
    api = village.api(village.member)
    made = await api.post(POSTS, json={"title": "News", "body": "Some *words*.", "summary": "S", "tags": ["a", "B"]})
    assert (made.status_code, made.headers["location"]) == (201, "/api/v1/clubs/atelier/blog/posts/news")
    found = (await api.get(f"{POSTS}/news")).json()
    assert found == made.json()
    facts = {name: found[name] for name in ("title", "body", "html", "tags", "state", "audience", "version", "author")}
    assert facts == {
        "title": "News",
        "body": "Some *words*.",
        "html": "<p>Some <em>words</em>.</p>\n",
        "tags": ["a", "B"],
        "state": "draft",
        "audience": "club",
        "version": 1,
        "author": {"handle": "member", "name": "Max Member"},
    }
    changed = await api.put(f"{POSTS}/news", json={"body": "Other words.", "state": "published", "audience": "public"})
    assert (changed.status_code, changed.json()["state"], changed.json()["version"]) == (200, "published", 2)
    assert changed.json()["title"] == "News"
    assert (await api.delete(f"{POSTS}/news")).status_code == 204
    assert (await Post.get()).state == "trashed"
    assert (await api.get(f"{POSTS}/news")).status_code == 404


async def test_sending_back_what_was_read_changes_nothing(village: Village) -> None:
    await write(village, "News", tags="a", state="scheduled", audience="public")
    api = village.api(village.member)
    read = await api.get(f"{POSTS}/news")
    names = ("title", "body", "summary", "tags", "state", "audience", "publish_at")
    answer = await api.put(f"{POSTS}/news", json={name: read.json()[name] for name in names})
    assert (answer.status_code, answer.json()) == (200, read.json())
    assert await OutboxEvent.filter(name__startswith="blog.").count() == 0


async def test_a_write_that_names_an_older_version_is_refused_with_the_present_one(village: Village) -> None:
    await write(village, "News")
    api = village.api(village.member)
    etag = (await api.get(f"{POSTS}/news")).headers["etag"]
    match = {"if-match": etag}
    assert (await api.put(f"{POSTS}/news", json={"body": "One."}, headers=match)).status_code == 200
    for answer in (
        await api.put(f"{POSTS}/news", json={"body": "Two."}, headers=match),
        await api.delete(f"{POSTS}/news", headers=match),
    ):
        assert (answer.status_code, answer.json()["current"]["body"]) == (412, "One.")
    assert (await Post.get()).body == "One."


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"title": "T", "colour": "red"}, "colour"),
        ({"body": "no title"}, "title"),
        ({"title": "T", "state": "trashed"}, "state"),
        ({"title": "T", "state": "scheduled"}, "publish_at"),
        ({"title": "T", "state": "scheduled", "publish_at": "2030-05-01T09:00:00"}, "publish_at"),
        ({"title": "T", "state": "scheduled", "publish_at": "2020-05-01T09:00:00Z"}, "publish_at"),
        ({"title": "T", "state": "scheduled", "publish_at": "9999-12-31T23:59:59-14:00"}, "publish_at"),
        ({"title": "T", "state": "scheduled", "publish_at": "tomorrow"}, "publish_at"),
        ({"title": "T", "publish_at": "2030-05-01T09:00:00Z"}, "publish_at"),
        ({"title": "T", "tags": ["x" * 41]}, "tags"),
        ({"title": "T", "tags": "a"}, "tags"),
        ({"title": "x" * 201}, "title"),
        ({"title": "T", "audience": "everybody"}, "audience"),
    ],
)
async def test_wrong_input_is_refused_by_name(village: Village, sent: dict[str, Any], field: str) -> None:
    answer = await village.api(village.member).post(POSTS, json=sent)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert await Post.all().count() == 0


async def test_a_moment_without_a_time_zone_gets_a_clear_answer(village: Village) -> None:
    sent = {"title": "T", "state": "scheduled", "publish_at": "2030-05-01T09:00:00"}
    answer = await village.api(village.member).post(POSTS, json=sent)
    text = "Give the time zone too, as in 2030-05-01T09:00:00+02:00."
    assert answer.json()["errors"] == {"publish_at": [text]}


async def test_a_script_schedules_and_moves_the_moment(village: Village) -> None:
    api = village.api(village.member)
    first, second = (datetime.now(UTC).replace(microsecond=0) + timedelta(days=days) for days in (1, 2))
    await api.post(POSTS, json={"title": "News", "state": "scheduled", "publish_at": first.isoformat()})
    assert (await Post.get()).publish_at == first
    assert [post["slug"] for post in (await api.get(POSTS)).json()["items"]] == []
    waiting = (await api.get(POSTS, params={"state": "scheduled"})).json()["items"]
    assert [post["slug"] for post in waiting] == ["news"]
    await api.put(f"{POSTS}/news", json={"publish_at": second.isoformat()})
    assert (await Post.get()).publish_at == second
    await api.put(f"{POSTS}/news", json={"state": "draft"})
    assert (await Post.get()).state == "draft"


async def test_a_list_is_read_page_by_page_and_narrowed(village: Village) -> None:
    for number in range(5):
        await write(village, f"Post {number}", ago=number, tags="even" if number % 2 == 0 else "odd")
    api = village.api(village.guest)
    seen: list[str] = []
    more: dict[str, str] = {}
    while True:
        page = (await api.get(POSTS, params={"limit": "2", **more})).json()
        seen += [post["slug"] for post in page["items"]]
        if page["next"] is None:
            break
        more = {"after": page["next"]}
    assert seen == [f"post-{number}" for number in range(5)]
    even = (await api.get(POSTS, params={"tag": "even"})).json()["items"]
    assert [post["slug"] for post in even] == ["post-0", "post-2", "post-4"]
    assert (await api.get(POSTS, params={"author": "owner"})).json()["items"] == []
    for params in ({"limit": "0"}, {"limit": "201"}, {"colour": "red"}, {"after": "x"}, {"state": "lost"}):
        assert (await api.get(POSTS, params=params)).status_code == 422


async def test_scripts_get_the_same_rights_as_people(village: Village) -> None:
    await write(village, "News", author=village.moderator)
    await write(village, "Half done", author=village.moderator, state="draft")
    seen = {}
    for name in ("member", "guest", "outsider", "removed"):
        api = village.api(village.people[name])
        answers = (
            await api.get(POSTS),
            await api.get(f"{POSTS}/news"),
            await api.get(f"{POSTS}/half-done"),
            await api.put(f"{POSTS}/news", json={"title": "X"}),
            await api.delete(f"{POSTS}/news"),
        )
        seen[name] = [answer.status_code for answer in answers]
    assert seen == {
        "member": [200, 200, 404, 403, 403],
        "guest": [200, 200, 404, 403, 403],
        "outsider": [404] * 5,
        "removed": [404] * 5,
    }
    assert (await village.api().get(POSTS)).status_code == 401
    assert (await village.api(village.guest).post(POSTS, json={"title": "X"})).status_code == 403
    reader = village.api(village.member, scopes="read")
    assert (await reader.post(POSTS, json={"title": "X"})).status_code == 403
    assert await Post.filter(title="X").count() == 0


async def test_a_list_of_three_costs_as_many_queries_as_one(village: Village) -> None:
    api = village.api(village.member)
    await write(village, "One", tags="a")
    await api.get(POSTS)
    with village.queries() as first:
        await api.get(POSTS)
    await write(village, "Two", tags="a, b")
    await write(village, "Three", author=village.owner)
    with village.queries() as second:
        await api.get(POSTS)
    assert first.count == second.count == 2
