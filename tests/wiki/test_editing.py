"""Two people at once: their changes are merged where they can be, shown beside each other where they cannot."""

import asyncio

import httpx

from cercle.testing import Village
from plugins.wiki.models import Page, Revision
from tests.wiki.steps import BASE, get, post, save, write

TEXT = "one\n\ntwo\n\nthree\n\nfour\n"


async def moderator_saves(village: Village, body: str, *, version: int = 1, title: str = "Agenda") -> httpx.Response:
    """Somebody else was faster."""
    data = {"title": title, "body": body, "version": str(version), "message": ""}
    return await village.client(village.moderator).post(f"{BASE}/pages/agenda", data=data)


async def test_changes_in_different_places_are_merged_and_it_says_whose(village: Village) -> None:
    await write(village, "Agenda", TEXT)
    await moderator_saves(village, TEXT.replace("one", "ONE"))
    client = village.client(village.member)
    answer = await client.post(
        f"{BASE}/pages/agenda", data={"title": "Agenda", "body": TEXT.replace("four", "FOUR"), "version": "1"}
    )
    shown = await client.get(answer.headers["location"])

    page = await Page.get()
    assert page.body == "ONE\n\ntwo\n\nthree\n\nFOUR\n"
    assert "together with what Mona Moderator changed meanwhile" in shown.text
    last = await Revision.get(page=page, number=3)
    assert (last.base, last.author_id) == (1, village.member.id)


async def test_changes_of_the_same_line_are_shown_beside_each_other_and_nothing_is_lost(village: Village) -> None:
    await write(village, "Agenda", TEXT)
    await moderator_saves(village, TEXT.replace("two", "two theirs"))
    answer = await save(village, "agenda", TEXT.replace("two", "two mine"), version=1, message="my note")

    assert answer.status_code == 409
    assert (await Page.get()).body == TEXT.replace("two", "two theirs")
    for kept in ("two mine", "two theirs", "&lt;&lt;&lt;&lt;&lt;&lt;&lt; your text", "my note", "Mona Moderator"):
        assert kept in answer.text
    assert 'name="version" value="2"' in answer.text


async def test_a_conflict_is_resolved_on_top_of_what_the_other_saved(village: Village) -> None:
    await write(village, "Agenda", TEXT)
    await moderator_saves(village, TEXT.replace("two", "two theirs"))
    marked = "<<<<<<< your text\nmine\n=======\ntheirs\n>>>>>>> saved by Mona Moderator\n"
    refused = await save(village, "agenda", marked, version=2, resolving="true")
    assert refused.status_code == 422
    assert "still marked" in refused.text
    answer = await save(village, "agenda", TEXT.replace("two", "two both"), version=2, resolving="true")
    assert answer.status_code == 303
    assert (await Page.get()).body == TEXT.replace("two", "two both")


async def test_a_new_title_and_a_new_text_are_merged(village: Village) -> None:
    await write(village, "Agenda", TEXT)
    await moderator_saves(village, TEXT, title="Programme")
    await post(village, "/pages/agenda", title="Agenda", body=TEXT + "five\n", version="1")
    page = await Page.get()
    assert (page.title, page.slug, page.body) == ("Programme", "programme", TEXT + "five\n")


async def test_many_who_save_at_once_all_keep_their_lines(village: Village) -> None:
    lines = [f"line {number}" for number in range(20)]
    spaced = "\n\n".join(lines)
    await write(village, "Agenda", spaced)
    clients = [village.client(person) for person in (village.owner, village.moderator, village.member)]
    for client in clients:
        await client.get(f"{BASE}/pages/agenda")

    async def change(number: int) -> int:
        body = spaced.replace(f"line {number}\n", f"line {number} changed\n")
        data = {"title": "Agenda", "body": body, "version": "1"}
        return (await clients[number % 3].post(f"{BASE}/pages/agenda", data=data)).status_code

    assert await asyncio.gather(*(change(number) for number in range(5, 10))) == [303] * 5
    page = await Page.get()
    assert page.version == 6
    assert page.body.count("changed") == 5
    assert await Revision.all().count() == 6


async def test_a_text_whose_page_went_into_the_trash_is_offered_as_a_new_page(village: Village) -> None:
    await write(village, "Agenda", TEXT)
    await village.client(village.owner).post(f"{BASE}/pages/agenda/trash")
    answer = await save(village, "agenda", "my long text", version=1, title="Agenda")
    assert answer.status_code == 409
    assert "my long text" in answer.text
    assert f'action="{BASE}/pages"' in answer.text


async def test_a_form_error_keeps_the_text(village: Village) -> None:
    await write(village, "Agenda", TEXT)
    answer = await post(village, "/pages/agenda", title="", body="kept text", version="1")
    assert answer.status_code == 422
    assert "kept text" in answer.text
    long = await post(village, "/pages/agenda", title="Agenda", body="é" * 140_000, version="1")
    assert long.status_code == 422
    assert "too long" in long.text


async def test_the_form_is_kept_in_the_browser_against_the_version_it_was_written_on(village: Village) -> None:
    await write(village, "Agenda", TEXT)
    shown = await get(village, "/pages/agenda/edit")
    assert 'data-keep="wiki:atelier:agenda" data-keep-base="1"' in shown


async def test_the_history_compares_and_restores(village: Village) -> None:
    await write(village, "Agenda", "old words here\n")
    await save(village, "agenda", "new words here\n", version=1, message="Changed a word")
    assert "Changed a word" in await get(village, "/pages/agenda/history")
    compared = await get(village, "/pages/agenda/comparison?old=1&new=2")
    assert "<del>old</del>" in compared
    assert "<ins>new</ins>" in compared
    assert await get(village, "/pages/agenda/comparison?old=2&new=1") == compared

    answer = await post(village, "/pages/agenda/revisions/1/restoration")

    assert answer.headers["location"] == f"{BASE}/pages/agenda"
    page = await Page.get()
    assert (page.version, page.body) == (3, "old words here\n")
    assert (await Revision.get(number=3)).message == "Restored version 1"


async def test_a_revision_of_another_page_or_club_is_not_found(village: Village) -> None:
    await write(village, "Agenda", "text")
    client = village.client(village.member)
    assert (await client.get(f"{BASE}/pages/agenda/revisions/2")).status_code == 404
    owner = village.client(village.owner)
    assert (await owner.get("/c/cave/wiki/pages/agenda")).status_code == 404


async def test_history_shows_the_same_number_of_queries_for_many_versions(village: Village) -> None:
    await write(village, "Agenda", "0")
    client = village.client(village.member)
    await client.get(f"{BASE}/pages/agenda/history")
    with village.queries() as few:
        await client.get(f"{BASE}/pages/agenda/history")
    for number in range(1, 6):
        await save(village, "agenda", str(number), version=number)
    with village.queries() as many:
        await client.get(f"{BASE}/pages/agenda/history")
    assert (few.count, many.count) == (3, 3)


async def test_what_cannot_be_rendered_is_not_saved(village: Village) -> None:
    await write(village, "Agenda", "text")
    answer = await save(village, "agenda", " ".join(f"[[p{number}]]" for number in range(1001)), version=1)
    assert answer.status_code == 422
    assert "at most 1000 others" in answer.text
    assert (await Page.get()).version == 1
