"""The JSON API of the wiki."""

from cercle.testing import Village
from plugins.wiki.models import Page

WIKI = "clubs/atelier/wiki"


async def test_a_page_is_written_read_changed_and_thrown_away(village: Village) -> None:
    api = village.api(village.member)
    made = await api.post(f"{WIKI}/pages", json={"title": "Agenda", "body": "one", "message": "first"})
    assert made.status_code == 201
    assert made.json()["slug"] == "agenda"
    read = await api.get(f"{WIKI}/pages/agenda")
    assert (read.json()["body"], read.json()["version"], read.headers["etag"]) == ("one", 1, made.headers["etag"])
    put = await api.put(
        f"{WIKI}/pages/agenda", json={"title": "Agenda", "body": "two"}, headers={"If-Match": read.headers["etag"]}
    )
    assert (put.status_code, put.json()["version"], put.json()["body"]) == (200, 2, "two")
    revisions = await api.get(f"{WIKI}/pages/agenda/revisions")
    assert [item["number"] for item in revisions.json()["items"]] == [2, 1]
    gone = await api.delete(f"{WIKI}/pages/agenda")
    assert gone.status_code == 204
    assert (await api.get(f"{WIKI}/pages/agenda")).status_code == 404
    assert (await Page.get()).trashed_at is not None


async def test_a_stale_write_gets_412_with_the_current_version(village: Village) -> None:
    api = village.api(village.member)
    made = await api.post(f"{WIKI}/pages", json={"title": "Agenda", "body": "one"})
    await api.put(f"{WIKI}/pages/agenda", json={"body": "two"})
    for answer in (
        await api.put(f"{WIKI}/pages/agenda", json={"body": "x"}, headers={"If-Match": made.headers["etag"]}),
        await api.request("DELETE", f"{WIKI}/pages/agenda", headers={"If-Match": made.headers["etag"]}),
    ):
        assert answer.status_code == 412
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["current"]["body"] == "two"
    assert (await Page.get()).body == "two"


async def test_pages_have_parents_and_move(village: Village) -> None:
    api = village.api(village.member)
    await api.post(f"{WIKI}/pages", json={"title": "Guide"})
    child = await api.post(f"{WIKI}/pages", json={"title": "Set-up", "parent": "guide"})
    assert child.json()["parent"] == "guide"
    kept = await api.put(f"{WIKI}/pages/set-up", json={"body": "text"})
    assert kept.json()["parent"] == "guide"
    moved = await api.put(f"{WIKI}/pages/set-up", json={"parent": None})
    assert moved.json()["parent"] is None
    unknown = await api.post(f"{WIKI}/pages", json={"title": "X", "parent": "nowhere"})
    assert (unknown.status_code, list(unknown.json()["errors"])) == (422, ["parent"])


async def test_a_renamed_page_is_found_by_both_names(village: Village) -> None:
    api = village.api(village.member)
    await api.post(f"{WIKI}/pages", json={"title": "Agenda"})
    renamed = await api.put(f"{WIKI}/pages/agenda", json={"title": "Programme"})
    assert renamed.json()["slug"] == "programme"
    assert (await api.get(f"{WIKI}/pages/agenda")).json()["slug"] == "programme"


async def test_lists_go_on_with_a_cursor(village: Village) -> None:
    api = village.api(village.member)
    for number in range(5):
        await api.post(f"{WIKI}/pages", json={"title": f"Page {number}"})
    seen, after = [], ""
    while after is not None:
        answer = (await api.get(f"{WIKI}/pages?limit=2" + (f"&after={after}" if after else ""))).json()
        seen += [item["slug"] for item in answer["items"]]
        after = answer["next"]
    assert seen == [f"page-{number}" for number in range(5)]
    assert (await api.get(f"{WIKI}/pages?after=nonsense")).status_code == 422
    assert (await api.get(f"{WIKI}/pages?colour=red")).status_code == 422


async def test_unknown_fields_are_named(village: Village) -> None:
    answer = await village.api(village.member).post(f"{WIKI}/pages", json={"title": "A", "colour": "red"})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["colour"])


async def test_who_may_not_is_refused(village: Village) -> None:
    await village.api(village.owner).post(f"{WIKI}/pages", json={"title": "Agenda"})
    guest, outsider = village.api(village.guest), village.api(village.outsider)
    assert (await guest.get(f"{WIKI}/pages/agenda")).status_code == 200
    assert (await guest.put(f"{WIKI}/pages/agenda", json={"body": "x"})).status_code == 403
    assert (await guest.delete(f"{WIKI}/pages/agenda")).status_code == 403
    assert (await village.api(village.member).delete(f"{WIKI}/pages/agenda")).status_code == 403
    for path in ("pages", "pages/agenda", "pages/agenda/revisions"):
        assert (await outsider.get(f"{WIKI}/{path}")).status_code == 404
        assert (await village.api(None).get(f"{WIKI}/{path}")).status_code == 401


async def test_reading_a_page_takes_two_queries(village: Village) -> None:
    api = village.api(village.member)
    await api.post(f"{WIKI}/pages", json={"title": "Agenda"})
    with village.queries() as seen:
        await api.get(f"{WIKI}/pages/agenda")
    assert seen.count == 2
