"""The switch page of a plugin: what depends on it, who fixed it, what each change does; and closing a club's year."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape

import httpx
import pytest

from cercle.testing import Village
from core.models import AuditEntry, OutboxEvent
from spaces.models import ClubPlugin, GrantOverride
from spaces.queries.stakes import links_to_plugin
from spaces.services import archive_club, set_grant
from spaces.services.years import close_year, reopen
from spaces.switches import pause_plugin, set_policy, switch_plugins
from tests.undoing import undo_of

PAGES = "/c/atelier/settings/plugins"
WIKI = f"{PAGES}/wiki"
NAMES = {"wiki", "blog", "files", "directory"}

Need = Callable[..., None]


@pytest.fixture
def need(village: Village, monkeypatch: pytest.MonkeyPatch) -> Need:
    """Lets a plugin need others that were loaded before it: `need("wiki", "blog")`."""

    def write(plugin: str, *needed: str) -> None:
        loaded = village.app.parts.get(plugin)
        assert loaded
        monkeypatch.setattr(loaded, "part", replace(loaded.part, requires=needed))

    return write


async def test_the_page_says_what_the_plugin_is_and_who_may_do_what(village: Village) -> None:
    await set_grant(village.club, "guest", "wiki.edit", True, actor=None)
    text = words(await village.client(village.owner).get(WIKI))

    assert "Pages that members write together" in text
    assert "Made by Comes with Cercle" in text
    assert "Version 0.1.0" in text
    assert re.search(r"Write and change pages Owner, Moderator, Member, Guest|Owner, Moderator, Member, Guest", text)
    assert "/c/atelier/settings/permissions" in (await village.client(village.owner).get(WIKI)).text


async def test_turning_off_says_who_loses_access_to_how_much(village: Village) -> None:
    owner = village.client(village.owner)
    for title in ("Outils", "Bois"):
        await owner.post("/c/atelier/wiki/pages", data={"title": title, "body": "Ici."})
    await set_grant(village.club, "guest", "wiki.view", False, actor=None)

    text = words(await owner.get(WIKI))

    assert "3 members lose access to 2 pages until it is on again." in text
    assert "3 members who can change things now can then only read." in text
    assert "people outside" not in text


async def test_an_empty_plugin_frightens_nobody(village: Village) -> None:
    text = words(await village.client(village.owner).get(WIKI))
    assert "It disappears for 4 members; there is nothing in it yet." in text


async def test_people_outside_are_named_where_they_read(village: Village) -> None:
    owner = village.client(village.owner)
    await owner.post("/c/place/wiki/pages", data={"title": "Outils", "body": "Ici."})
    await set_grant(village.public, "anonymous", "wiki.view", True, actor=None)

    assert "So do people outside the club." in words(await owner.get("/c/place/settings/plugins/wiki"))


async def test_links_from_elsewhere_are_counted_in_this_club_alone(village: Village) -> None:
    owner = village.client(village.owner)
    base = village.app.settings.base_url.rstrip("/")
    linking = (
        "[hier](/c/atelier/wiki/pages/outils)",
        f"[aussi]({base}/c/atelier/wiki/)",
        "[ailleurs](/c/cave/wiki/pages/outils) et /c/atelier/wiki/ en mots",
        "[presque](/c/atelier/wiki_alt/) [autre](https://example.org/c/atelier/wiki/)",
    )
    for number, body in enumerate(linking):
        await owner.post("/c/atelier/blog/posts", data={"title": f"Note {number}", "body": body})
    await owner.post("/c/atelier/blog/posts", data={"title": "Jetée", "body": linking[0]})
    await owner.post("/c/atelier/blog/posts/jetee/delete")
    await owner.post("/c/cave/blog/posts", data={"title": "Secret", "body": linking[0]})
    await owner.post("/c/atelier/wiki/pages", data={"title": "Outils", "body": "[soi](/c/atelier/wiki/)"})

    text = words(await owner.get(WIKI))
    found = await links_to_plugin(village.club, "wiki", {"blog", "wiki"})

    assert "2 posts in Blog" in text
    assert {name: [(one.label, one.count) for one in held] for name, held in found.items()} == {
        "blog": [("posts", 2)],
        "wiki": [("page", 1)],
    }
    await village.switch("blog", "off")
    assert "in Blog" not in words(await owner.get(WIKI))


async def test_what_needs_it_is_named_and_goes_with_it(village: Village, need: Need) -> None:
    need("files", "blog")
    need("wiki", "files")
    owner = village.client(village.owner)

    before = words(await owner.get(f"{PAGES}/blog"))
    await owner.post(f"{PAGES}/blog", data={"state": "off"})
    page, listed = words(await owner.get(f"{PAGES}/files")), words(await owner.get(PAGES))

    assert "Turning off Blog also turns off: Wiki and Files." in before
    assert "It needs Blog, which is not on here." in page
    assert "It needs Blog, which is not on here." in listed
    assert "It needs Files, which is not on here." in listed
    told = {
        event.payload["plugin"]: event.payload["after"]
        for event in await OutboxEvent.filter(name="spaces.plugin_switched")
    }
    assert told == {"wiki": "off", "blog": "off", "files": "off"}


async def test_what_the_operator_fixed_is_read_only_with_who_when_and_why(village: Village) -> None:
    operator = await village.viewer(village.operator)
    await set_policy("wiki", "required", kind="team", reason="Every team <keeps> minutes.", actor=operator)
    await set_policy("blog", "unavailable", club=village.club, reason="Moved to the <newsletter>.", actor=operator)
    browser = village.client(village.owner)

    listed, wiki, blog = [await browser.get(path) for path in (PAGES, WIKI, f"{PAGES}/blog")]

    for answer, reason in ((listed, "keeps"), (listed, "newsletter"), (wiki, "keeps"), (blog, "newsletter")):
        assert f"&lt;{reason}&gt;" in answer.text
        assert "Fixed by Odile Operator on" in words(answer)
    assert 'value="off"' not in wiki.text
    assert 'name="state"' not in blog.text
    assert (await browser.post(WIKI, data={"state": "off"})).status_code == 403
    assert (await browser.post(f"{PAGES}/blog", data={"state": "on"})).status_code == 404


async def test_a_default_of_the_plugin_itself_is_nobody_s_word(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = village.app.parts.get("blog")
    assert loaded
    monkeypatch.setattr(loaded, "part", replace(loaded.part, policy="unavailable"))

    text = words(await village.client(village.owner).get(PAGES))

    assert "So it is for all clubs, unless the operator of the site decides otherwise." in text
    assert "Fixed by" not in text


async def test_a_paused_plugin_says_why_and_has_no_way_back_to_the_pause(village: Village) -> None:
    await pause_plugin(village.club.id, "wiki", "club_panels: <boom>")
    owner = village.client(village.owner)

    page = await owner.get(WIKI)
    turned = await owner.post(WIKI, data={"state": "on"})

    assert "club_panels: &lt;boom&gt;" in page.text
    assert turned.status_code == 303
    assert "toast-undo" not in (await owner.get(PAGES)).text
    assert (await ClubPlugin.get(club=village.club, plugin="wiki")).effective == "on"


async def test_a_plugin_whose_count_fails_can_still_be_turned_off(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("no")

    for hook, plugin in (("plugin_holdings", "wiki"), ("links_counted", "blog")):
        [found] = [one for one in village.app.hooks._implementations(hook, None) if one.plugin_name == plugin]
        monkeypatch.setattr(found, "function", lambda *_: broken())

    page = await village.client(village.owner).get(WIKI)

    assert page.status_code == 200
    assert 'value="off"' in page.text


async def test_closing_the_year_makes_everything_read_only_and_the_undo_opens_exactly_that(village: Village) -> None:
    await village.switch("blog", "off")
    await village.switch("files", "read_only")
    owner, member = village.client(village.owner), village.client(village.member)

    closed = await owner.post("/c/atelier/settings/year")
    during = await states(village)
    written = await member.post("/c/atelier/wiki/pages", data={"title": "Non", "body": "Non."})
    read = await member.get("/c/atelier/wiki/")
    undo = await undo_of(owner, closed)
    await undo.press(owner)

    assert during == {"wiki": "read_only", "blog": "off", "files": "read_only", "directory": "read_only"}
    assert (written.status_code, read.status_code) == (403, 200)
    assert await states(village) == {"wiki": "on", "blog": "off", "files": "read_only", "directory": "on"}
    entries = await AuditEntry.filter(action="spaces.plugin_switched", actor_id=village.owner.id).order_by("id")
    assert {(one.subject, one.after["state"]) for one in entries[:2]} == {
        ("wiki", "read_only"),
        ("directory", "read_only"),
    }
    events = await OutboxEvent.filter(name="spaces.plugin_switched", payload__isnull=False)
    assert sum(1 for event in events if event.payload["after"] == "read_only") == 6  # files, before, included


async def test_the_undo_leaves_alone_what_somebody_turned_meanwhile(village: Village) -> None:
    owner = village.client(village.owner)
    undo = await undo_of(owner, await owner.post("/c/atelier/settings/year"))
    await village.switch("wiki", "off")
    await set_policy("blog", "unavailable", club=village.club, actor=None)

    answer = await undo.press(owner)

    assert answer.status_code == 303
    assert await states(village) == {"wiki": "off", "blog": "off", "files": "on", "directory": "on"}


async def test_required_plugins_are_closed_with_the_year_too(village: Village) -> None:
    await set_policy("wiki", "required", actor=None)
    assert "wiki" in await close_year(village.club, actor=None)
    assert (await states(village))["wiki"] == "read_only"


async def test_a_year_that_is_closed_twice_is_closed_once(village: Village) -> None:
    owner, viewer = village.client(village.owner), await village.viewer(village.owner)
    found = await asyncio.gather(*(close_year(village.club, actor=viewer) for _ in range(3)))
    again = await owner.post("/c/atelier/settings/year")

    assert sorted(map(len, found)) == [0, 0, 7]
    assert again.status_code == 303
    assert "Nothing was open any more." in (await owner.get(PAGES)).text
    assert await AuditEntry.filter(action="spaces.plugin_switched").count() == 7


async def test_the_year_is_all_or_nothing(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal half-way takes back what was done before."""
    await set_policy("files", "unavailable", club=village.club, actor=None)
    with pytest.raises(Exception, match="not made Files available"):
        await switch_plugins(village.club, {"wiki": "read_only", "files": "read_only"}, actor=None)
    assert (await states(village))["wiki"] == "on"


@pytest.mark.parametrize("plugins", ["", "nonsense ../x", "wiki", "x" * 3000])
async def test_opening_what_is_not_closed_changes_nothing(village: Village, plugins: str) -> None:
    before = await states(village)
    answer = await village.client(village.owner).post("/c/atelier/settings/year/reopen", data={"plugins": plugins})

    assert answer.status_code == (422 if len(plugins) > 2000 else 303)
    assert await states(village) == before
    assert await reopen(village.club, plugins.split(), actor=None) == []


@pytest.mark.parametrize("person, status", [("moderator", 403), ("member", 403), ("outsider", 404), (None, 303)])
async def test_only_owners_see_and_turn_the_switches(village: Village, person: str | None, status: int) -> None:
    browser = village.client(getattr(village, person) if person else None)
    answers = [
        await browser.get(WIKI),
        await browser.post(WIKI, data={"state": "off"}),
        await browser.post("/c/atelier/settings/year"),
        await browser.post("/c/atelier/settings/year/reopen", data={"plugins": "wiki"}),
    ]

    assert [answer.status_code for answer in answers] == [status] * 4
    assert (await states(village)) == dict.fromkeys(NAMES, "on")


async def test_an_archived_club_has_no_year_to_close(village: Village) -> None:
    await archive_club(village.club, actor=None)
    owner = village.client(village.owner)

    assert "Close the year" not in (await owner.get(PAGES)).text
    assert (await owner.post("/c/atelier/settings/year")).status_code == 403


@pytest.mark.parametrize("plugin", ["nonsense", "spaces", "search", "..%2Fx"])
async def test_there_is_a_page_for_plugins_alone(village: Village, plugin: str) -> None:
    assert (await village.client(village.owner).get(f"{PAGES}/{plugin}")).status_code == 404


async def test_the_page_of_a_plugin_takes_the_same_queries_however_much_is_in_it(village: Village) -> None:
    owner = village.client(village.owner)
    counts = []
    for number in range(2):
        for page in range(3 * number):
            await owner.post(
                "/c/atelier/wiki/pages", data={"title": f"Page {number} {page}", "body": "[x](/c/atelier/blog/)"}
            )
            await GrantOverride.create(club=village.club, role="guest", permission=f"x{page}.view", allowed=True)
        await owner.get(WIKI)
        with village.queries() as seen:
            await owner.get(WIKI)
        counts.append(seen.count)
    assert counts[0] == counts[1]


async def states(village: Village) -> dict[str, str]:
    """What is effective in the club, by plugin."""
    return {row.plugin: row.effective for row in await ClubPlugin.filter(club=village.club) if row.plugin in NAMES}


def words(answer: httpx.Response) -> str:
    """What stands on a page, without its marks."""
    assert answer.status_code == 200, answer.text
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split()).replace(" ,", ",").replace(" .", ".")
