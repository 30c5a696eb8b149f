"""Who else is on a page, as two people at two browsers see it; it is told as soon as it is so, without another page."""

from __future__ import annotations

from playwright.async_api import Locator

from tests.browser.visitors import DESKTOP, Door, Visitor

PAGE = "/c/aquitaine/wiki/pages/nos-rencontres"
OTHER_PAGE, THIRD_PAGE = "/c/aquitaine/wiki/pages/tarifs-et-devis", "/c/aquitaine/wiki/pages/nos-methodes"
FOURTH_PAGE = "/c/aquitaine/files/file/2"
"""Each test has a page of its own: who closes the browser at its end may be there for another minute."""
RULED = """async () => {
  await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller)
    await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
}"""
HELENE, MARC = "Hélène Castaing", "Marc Etchebarne"


def line(visitor: Visitor, text: str) -> Locator:
    """The line of presence that says so and nothing else; "" while nobody else is there."""
    return visitor.page.locator(f'.presence-line:text-is("{text}")' if text else ".presence-line:empty")


async def come(visitor: Visitor, path: str) -> None:
    """Open a page and wait until its service worker runs: what a page sends as it goes is lost while one is being installed."""
    await visitor.open(path)
    await visitor.page.evaluate(RULED)


async def test_two_people_see_each_other_come_edit_and_go(door: Door) -> None:
    async with door.visit("owner", device=DESKTOP) as owner, door.visit("member", device=DESKTOP) as member:
        await come(owner, PAGE)
        await line(owner, "").wait_for(state="attached")
        await member.open(PAGE)
        await line(member, f"{HELENE} est là.").wait_for()
        await line(owner, f"{MARC} est là.").wait_for()
        await come(owner, f"{PAGE}/edit")
        await line(member, f"{HELENE} est en train de modifier.").wait_for()
        await line(owner, f"{MARC} est là.").wait_for()
        await come(owner, "/c/aquitaine/")
        await line(member, "").wait_for(state="attached")


async def test_nothing_moves_when_somebody_comes(door: Door) -> None:
    async with door.visit("owner", device=DESKTOP) as owner, door.visit("member", device=DESKTOP) as member:
        await member.open(OTHER_PAGE)
        below = member.page.locator(".aside .panel").first
        await line(member, "").wait_for(state="attached")
        before = await below.bounding_box()
        await come(owner, OTHER_PAGE)
        await line(member, f"{HELENE} est là.").wait_for()
        assert await below.bounding_box() == before


async def test_a_sign_of_life_that_arrives_after_the_page_was_left_brings_nobody_back(door: Door) -> None:
    async with door.visit("owner", device=DESKTOP) as owner, door.visit("member", device=DESKTOP) as member:
        await member.open(THIRD_PAGE)
        await come(owner, THIRD_PAGE)
        await line(member, f"{HELENE} est là.").wait_for()
        visit = await owner.page.locator(".presence-line").get_attribute("data-presence-visit")
        place = await owner.page.locator(".presence-line").get_attribute("data-presence")
        await come(owner, "/c/aquitaine/")
        await line(member, "").wait_for(state="attached")
        late = await owner.page.request.post(
            owner.site.at(f"/c/aquitaine/presence/items/{place}"),
            form={"doing": "reading", "visit": visit or ""},
            headers={"origin": owner.site.url},
        )
        assert late.status == 200
        await member.open(THIRD_PAGE)
        await line(member, "").wait_for(state="attached")


async def test_without_scripts_a_link_leads_to_who_is_here(door: Door) -> None:
    async with door.visit("owner", device=DESKTOP) as owner, door.visit("member", scripts=False) as member:
        await come(owner, FOURTH_PAGE)
        await line(owner, "").wait_for(state="attached")
        await member.open(FOURTH_PAGE)
        await member.press("Qui est là", role="link")
        await member.sees(f"{HELENE} est là.")
