"""Reading and writing pages: who may, what is stored, how many queries it takes."""

import pytest

from cercle import Content
from cercle.testing import Village
from plugins.wiki.models import Page, PageLink, Redirect, Revision
from tests.wiki.steps import BASE, get, mend, post, save, write

SCREENS = (
    "/",
    "/pages",
    "/pages/agenda",
    "/pages/agenda/history",
    "/pages/agenda/revisions/1",
    "/pages/agenda/comparison",
    "/pages/agenda/attachments",
    "/changes",
    "/titles",
)
WRITING_SCREENS = ("/pages/new", "/pages/agenda/edit", "/pages/agenda/name", "/pages/agenda/place", "/trash")
WRITES = (
    "/pages",
    "/pages/agenda",
    "/pages/agenda/name",
    "/pages/agenda/place",
    "/pages/agenda/revisions/1/restoration",
    "/pages/agenda/attachments",
)


async def test_a_member_sees_every_screen(village: Village) -> None:
    await write(village, "Agenda", "Text")
    member = village.client(village.member)
    for path in (*SCREENS, *WRITING_SCREENS):
        assert (await member.get(BASE + path)).status_code == 200, path


async def test_a_guest_reads_but_does_not_write(village: Village) -> None:
    await write(village, "Agenda", "Text")
    guest = village.client(village.guest)
    for path in SCREENS:
        answer = await guest.get(BASE + path)
        assert answer.status_code == 200, path
        assert "/edit" not in answer.text, path
    for path in WRITING_SCREENS:
        assert (await guest.get(BASE + path)).status_code == 403, path
    for path in WRITES:
        assert (await guest.post(BASE + path, data={"title": "x"})).status_code == 403, path
    assert (await guest.post(f"{BASE}/pages/agenda/trash")).status_code == 403
    assert await Page.filter(title="x").count() == 0


async def test_an_outsider_finds_nothing(village: Village) -> None:
    await write(village, "Agenda", "Text")
    outsider, removed = village.client(village.outsider), village.client(village.removed)
    for path in (*SCREENS, *WRITING_SCREENS):
        assert (await outsider.get(BASE + path)).status_code == 404, path
        assert (await removed.get(BASE + path)).status_code == 404, path
    for path in (*WRITES, "/pages/agenda/trash"):
        assert (await outsider.post(BASE + path, data={"title": "x"})).status_code == 404, path


async def test_the_empty_wiki_offers_the_first_page_and_it_becomes_the_home(village: Village) -> None:
    member = village.client(village.member)
    assert "Write the first page" in (await member.get(f"{BASE}/")).text
    assert "Write the first page" not in (await village.client(village.guest).get(f"{BASE}/")).text

    answer = await member.post(f"{BASE}/pages", data={"title": "Bienvenue", "body": "Salut", "home": "true"})

    assert answer.headers["location"] == f"{BASE}/pages/home"
    assert "Salut" in (await member.get(f"{BASE}/")).text
    assert (await member.get(f"{BASE}/pages/bienvenue")).headers["location"] == f"{BASE}/pages/home"
    assert (await Page.get(slug="home")).title == "Bienvenue"


async def test_writing_a_page_stores_it_with_its_first_revision_and_in_the_catalogue(village: Village) -> None:
    await write(village, "Réunion du mois", "## Ordre du jour\n\nParler de **tout**.", message="Premier jet")

    page = await Page.get(slug="reunion-du-mois")
    revision = await Revision.get(page=page)
    content = await Content.get(plugin="wiki", object_id=page.id)
    assert (page.version, page.path, page.author_id) == (1, f"{page.id}/", village.member.id)
    assert (revision.number, revision.body, revision.message) == (1, page.body, "Premier jet")
    assert (content.title, content.state, content.url) == (
        "Réunion du mois",
        "published",
        f"{BASE}/pages/reunion-du-mois",
    )
    assert "Parler de tout." in content.words
    shown = await get(village, "/pages/reunion-du-mois")
    assert '<h2 id="h-ordre-du-jour">Ordre du jour</h2>' in shown


async def test_a_second_page_of_a_name_is_refused_and_its_text_kept(village: Village) -> None:
    await write(village, "Agenda", "one")
    answer = await post(village, "/pages", title="agenda", body="two kept")
    assert answer.status_code == 422
    assert "There is a page “Agenda” already" in answer.text
    assert "two kept" in answer.text
    assert await Page.all().count() == 1


async def test_saving_makes_a_new_version(village: Village) -> None:
    await write(village, "Agenda", "one")
    answer = await save(village, "agenda", "two", version=1, message="Better")
    assert answer.headers["location"] == f"{BASE}/pages/agenda"
    page = await Page.get(slug="agenda")
    assert (page.version, page.body) == (2, "two")
    assert [r.body for r in await Revision.filter(page=page).order_by("number")] == ["one", "two"]


async def test_saving_the_same_text_makes_no_version(village: Village) -> None:
    await write(village, "Agenda", "one")
    await save(village, "agenda", "one", version=1)
    assert await Revision.all().count() == 1


@pytest.mark.parametrize("field", ["title", "body", "message"])
async def test_nothing_that_people_type_runs_in_a_browser(village: Village, field: str) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'>"
    values = {"title": "Plain", "body": "text", "message": "note", field: f"{hostile} {field}"}
    await write(village, values["title"], values["body"], message=values["message"])
    page = await Page.first()
    assert page is not None
    await save(village, page.slug, f"{hostile} again", version=1, title=values["title"], message=values["message"])
    below = (
        f"/pages/{page.slug}",
        f"/pages/{page.slug}/edit",
        f"/pages/{page.slug}/history",
        f"/pages/{page.slug}/comparison",
        f"/pages/{page.slug}/revisions/1",
        "/changes",
        "/pages",
        "/",
    )
    for path in below:
        shown = await get(village, path)
        assert "<script>alert" not in shown, path
        assert "<img src=x" not in shown, path


async def test_a_missing_page_is_shown_as_such_and_offered(village: Village) -> None:
    await write(village, "Agenda", "See [[Next meeting]].")
    shown = await get(village, "/pages/agenda")
    assert f'<a class="missing" href="{BASE}/pages/new?title=Next+meeting"' in shown
    answer = await village.client(village.member).get(f"{BASE}/pages/next-meeting")
    assert answer.status_code == 404
    assert "is not written yet" in answer.text
    assert 'value="Next meeting"' in await get(village, "/pages/new?title=Next+meeting")


async def test_writing_a_missing_page_mends_the_pages_that_link_to_it(village: Village) -> None:
    await write(village, "Agenda", "See [[Next meeting]].")
    await write(village, "Next meeting", "Monday")
    await mend(village)
    agenda = await Page.get(slug="agenda")
    assert f'<a class="wikilink" href="{BASE}/pages/next-meeting">Next meeting</a>' in agenda.body_html
    assert agenda.stale_at is None
    assert "Linked from" in await get(village, "/pages/next-meeting")


async def test_a_page_that_links_to_itself_finds_itself(village: Village) -> None:
    await write(village, "Agenda", "See [[Agenda]].")
    await mend(village)
    assert 'class="wikilink"' in (await Page.get(slug="agenda")).body_html


async def test_renaming_leaves_a_redirect_and_mends_links(village: Village) -> None:
    await write(village, "Agenda", "text")
    await write(village, "Other", "See [[Agenda]].")
    answer = await post(village, "/pages/agenda/name", title="Programme")
    await mend(village)

    assert answer.headers["location"] == f"{BASE}/pages/programme"
    old = await village.client(village.member).get(f"{BASE}/pages/agenda")
    assert (old.status_code, old.headers["location"]) == (303, f"{BASE}/pages/programme")
    other = await Page.get(slug="other")
    assert f'href="{BASE}/pages/programme" title="Programme">Agenda</a>' in other.body_html
    assert "Other" in await get(village, "/pages/programme")
    assert (await Content.get(title="Programme")).url == f"{BASE}/pages/programme"


async def test_renaming_back_takes_the_old_name_again(village: Village) -> None:
    await write(village, "Agenda", "text")
    await post(village, "/pages/agenda/name", title="Programme")
    await post(village, "/pages/programme/name", title="Agenda")
    assert [r.slug for r in await Redirect.all()] == ["programme"]
    assert (await Page.get()).slug == "agenda"


async def test_a_new_page_takes_a_name_that_another_had_before(village: Village) -> None:
    await write(village, "Agenda", "text")
    await post(village, "/pages/agenda/name", title="Programme")
    await write(village, "Agenda", "new")
    assert "new" in await get(village, "/pages/agenda")
    assert await Redirect.all().count() == 0


async def test_a_title_that_another_page_has_is_refused_when_renaming(village: Village) -> None:
    await write(village, "Agenda", "text")
    await write(village, "Other", "text")
    answer = await post(village, "/pages/other/name", title="Agenda!")
    assert answer.status_code == 422
    assert (await Page.get(slug="other")).title == "Other"


async def test_links_are_remembered_and_forgotten(village: Village) -> None:
    await write(village, "Agenda", "[[One]] [[Two|words]] [[one]] `[[Code]]`")
    assert sorted(link.target for link in await PageLink.all()) == ["one", "two"]
    await save(village, "agenda", "[[Two]]", version=1)
    assert [link.target for link in await PageLink.all()] == ["two"]


async def test_completion_finds_titles_without_accents(village: Village) -> None:
    await write(village, "Événements", "text")
    await write(village, "New", "text")
    client = village.client(village.member)
    assert (await client.get(f"{BASE}/titles?q=evene")).json() == [{"label": "Événements", "value": "Événements"}]
    assert (await client.get(f"{BASE}/titles?q=new")).json() == [{"label": "New", "value": "New"}]
    assert (await client.get(f"{BASE}/titles?q=%25")).json() == []


ODD = ("/pages/%00", "/pages/%FF", "/pages/a%2Fb", f"/pages/{'x' * 500}", "/pages/agenda/comparison?old=x")


@pytest.mark.parametrize("path", ODD)
async def test_odd_addresses_are_not_found(village: Village, path: str) -> None:
    await write(village, "Agenda", "text")
    assert (await village.client(village.member).get(BASE + path)).status_code == 404


@pytest.mark.parametrize(
    "path", ["/", "/pages", "/pages/home", "/changes", "/pages/first", "/pages/first/history", "/trash"]
)
async def test_the_number_of_queries_does_not_depend_on_the_number_of_pages(village: Village, path: str) -> None:
    await write(village, "Home", "[[First]]", home=True)
    await write(village, "First", "[[Home]]")
    client = village.client(village.member)
    await client.get(f"{BASE}{path}")
    with village.queries() as few:
        await client.get(f"{BASE}{path}")
    for number in range(12):
        await write(village, f"More {number}", "[[First]] [[Home]]", parent="first" if number % 2 else "")
        await save(village, "first", f"text {number}", version=number + 1)
    with village.queries() as many:
        answer = await client.get(f"{BASE}{path}")
    assert few.count == many.count
    assert few.count <= 3
    assert answer.status_code in (200, 303)


async def test_a_page_takes_three_queries(village: Village) -> None:
    await write(village, "Agenda", "text")
    client = village.client(village.member)
    await client.get(f"{BASE}/pages/agenda")
    with village.queries() as seen:
        await client.get(f"{BASE}/pages/agenda")
    assert seen.count == 3, seen.sql


async def test_turned_off_the_wiki_is_not_there(village: Village) -> None:
    await write(village, "Agenda", "text")
    await village.switch("wiki", "off")
    assert (await village.client(village.member).get(f"{BASE}/pages/agenda")).status_code == 404
    await village.switch("wiki", "read_only")
    assert (await village.client(village.member).get(f"{BASE}/pages/agenda")).status_code == 200
    assert (await post(village, "/pages", title="x")).status_code == 403
