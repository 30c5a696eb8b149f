"""Every page is for everyone: axe-core finds nothing on any, and each can be enlarged, spaced out, mirrored and recoloured.

The pages come from the routes (see `walk`), so a page that is added later is held to the same.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, ViewportSize

from cercle.testing import village_settings
from core.app import Cercle
from core.parts import load_parts
from tests.browser.checks import (
    COLOURS,
    EVERYTHING,
    SCHEMES,
    THEMES,
    add_style,
    ask,
    audit,
    dress,
    listed,
    look,
    settle,
)
from tests.browser.site import Site, demo_site, fresh_site
from tests.browser.visitors import DESKTOP, Door, Visitor
from tests.browser.walk import CLUB, EXAMPLES, NO_PAGES, READING, RouteTable, Stop, find_stops, write_first

WIDE, ZOOMED, NARROW = (ViewportSize(width=w, height=h) for w, h in ((1280, 900), (640, 450), (320, 640)))
"""A desktop; the same at 200 %; the same at 400 %, which is also the narrowest phone."""

PAPER = ViewportSize(width=718, height=1015)
"""A4 between its margins, at 96 pixels to the inch."""

TEXT_SPACING = """
* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-block-end: 2em !important; }
"""
"""WCAG 2.2, 1.4.12."""

Check = Callable[[Page], Awaitable[list[str]]]
Walk = Callable[[Check], Awaitable[list[str]]]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> RouteTable:
    """The routes of the site with every bundled part."""
    folder: Path = tmp_path_factory.mktemp("routes")
    settings = village_settings(folder, f"sqlite://{folder}/cercle.db")
    return RouteTable(Cercle(settings, load_parts(third_party=False)))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A demo of its own, because more is in it."""
    with demo_site(tmp_path_factory.mktemp("demo")) as site:
        write_first(site)
        yield site


@pytest.fixture(scope="module")
def stops(site: Site, table: RouteTable, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Stop]]:
    """A page for every route, and what is worth a look beside."""
    with fresh_site(tmp_path_factory.mktemp("fresh"), CERCLE_SIGN_UP="open") as fresh:
        yield find_stops(site, fresh, table)


@pytest.fixture
async def walk(door: Door, stops: list[Stop]) -> AsyncIterator[Walk]:
    """Opens page after page and collects what a check says about each."""
    async with AsyncExitStack() as stack:
        visitors: dict[str | None, Visitor] = {}
        for person in {stop.person for stop in stops}:
            visitors[person] = await stack.enter_async_context(door.visit(person, device=DESKTOP))

        async def every_page(check: Check) -> list[str]:
            faults = []
            for stop in stops:
                page = await arrive(visitors[stop.person], stop)
                faults += [f"{stop}: {fault}" for fault in await check(page)]
            return faults

        yield every_page


def test_every_page_route_is_on_the_walk(stops: list[Stop], table: RouteTable) -> None:
    seen = {stop.name for stop in stops}
    missing = [name for name in table.names if name not in seen and name not in NO_PAGES]
    assert not missing, f"{missing}: give each an address in EXAMPLES of tests/browser/walk.py, or a reason in NO_PAGES"


def test_the_walk_names_no_route_that_is_gone(table: RouteTable) -> None:
    assert {*NO_PAGES, *EXAMPLES} - set(table.names) == set()


@pytest.mark.timeout(600)
async def test_axe_finds_nothing_on_any_page_in_any_theme_and_scheme(walk: Walk) -> None:
    async def in_every_colour(page: Page) -> list[str]:
        await page.emulate_media(color_scheme="light")
        faults = await audit(page, EVERYTHING)
        served = await page.locator("html").get_attribute("data-theme")
        for theme in THEMES:
            await dress(page, theme)
            for scheme in SCHEMES:
                if (theme, scheme) == (served, "light"):
                    continue  # as it was looked at already
                await page.emulate_media(color_scheme=scheme)
                await settle(page)
                faults += [f"{theme}, {scheme}: {fault}" for fault in await audit(page, COLOURS)]
        return faults

    faults = await walk(in_every_colour)
    assert not faults, listed(faults)


async def test_every_page_can_be_enlarged_four_times(walk: Walk) -> None:
    async def enlarged(page: Page) -> list[str]:
        faults = []
        for size in (ZOOMED, NARROW, WIDE):
            await page.set_viewport_size(size)
            faults += [f"{size['width']} wide: {fault}" for fault in await look(page)]
        return faults

    faults = await walk(enlarged)
    assert not faults, listed(faults)


async def test_every_page_bears_spaced_text_and_the_other_direction(walk: Walk) -> None:
    async def changed(page: Page) -> list[str]:
        faults = await mirrored(page)
        await add_style(page, TEXT_SPACING)
        for size in (NARROW, WIDE):
            await page.set_viewport_size(size)
            faults += [f"spaced, {size['width']} wide: {fault}" for fault in await ask(page, "cutOff")]
            faults += [f"spaced, {size['width']} wide: {fault}" for fault in await ask(page, "sideways")]
        return faults

    faults = await walk(changed)
    assert not faults, listed(faults)


async def test_whatever_can_be_pressed_in_a_list_lies_on_top(walk: Walk) -> None:
    async def buried(page: Page) -> list[str]:
        found: list[str] = await ask(page, "buried")
        return found

    faults = await walk(buried)
    assert not faults, listed(faults)


async def test_nothing_moves_for_who_asked_for_calm(walk: Walk) -> None:
    async def moving(page: Page) -> list[str]:
        found: list[str] = await ask(page, "restless")
        return found

    faults = await walk(moving)
    assert not faults, listed(faults)


async def test_a_form_that_is_refused_says_so_to_everybody(door: Door, stops: list[Stop]) -> None:
    faults: list[str] = []
    async with AsyncExitStack() as stack:
        visitors: dict[str | None, Visitor] = {}
        for stop in stops:
            if stop.person not in visitors:
                visitors[stop.person] = await stack.enter_async_context(door.visit(stop.person, device=DESKTOP))
            page = await arrive(visitors[stop.person], stop)
            if await refused(visitors[stop.person]):
                found = [*await audit(page), *await look(page), *await ask(page, "unsaid")]
                faults += [f"{stop}, refused: {fault}" for fault in found]
    assert not faults, listed(faults)


async def test_paper_shows_the_text_alone_and_where_its_links_lead(door: Door, stops: list[Stop]) -> None:
    async with door.visit("member", device=DESKTOP) as member:
        await member.page.goto(member.site.at(READING))
        await member.page.emulate_media(media="print", color_scheme="dark")
        await member.page.set_viewport_size(PAPER)
        shown = await member.page.evaluate("""() => [...document.querySelectorAll("nav, .aside, .topbar, .page-actions, .footer")]
            .filter((one) => one.checkVisibility()).map((one) => one.className)""")
        assert shown == []
        assert await ask(member.page, "cutOff") == []
        assert await ask(member.page, "sideways") == []
        link = member.page.get_by_role("link", name="L’Urssaf")
        after = await link.evaluate("(one) => getComputedStyle(one, '::after').content")
        assert "https://www.urssaf.fr/" in after
        ink = "(one) => [getComputedStyle(one).color, getComputedStyle(document.body).backgroundColor]"
        assert await member.page.locator("h1").evaluate(ink) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
        assert (await member.page.pdf(format="A4")).startswith(b"%PDF")


async def test_with_the_colours_of_the_system_alone_everything_still_has_its_marks(door: Door) -> None:
    async with door.visit("owner", device=DESKTOP) as owner:
        await owner.page.emulate_media(forced_colors="active")
        for path in ("/", f"{CLUB}/", f"{CLUB}/files/", f"{CLUB}/settings/plugins", "/account/", "/sign-in"):
            await owner.page.goto(owner.site.at(path))
            assert await ask(owner.page, "unmarked") == []


async def arrive(visitor: Visitor, stop: Stop) -> Page:
    """Opens a page of the walk."""
    if stop.status >= 400:
        visitor.expect_refusal(urlsplit(stop.url).path)
    response = await visitor.page.goto(stop.url)
    assert response is not None, f"{stop} does not answer"
    assert response.status == stop.status, f"{stop} answered {response.status}"
    return visitor.page


async def refused(visitor: Visitor) -> bool:
    """Sends the first form that asks for something without what it asks for; False where there is none."""
    action = await ask(visitor.page, "emptied")
    if action is None:
        return False
    visitor.expect_refusal(urlsplit(action).path)
    async with visitor.page.expect_navigation() as answer:
        await visitor.page.evaluate("document.querySelector('[data-emptied]').requestSubmit()")
    response = await answer.value
    assert response is not None, f"{action} does not answer"
    assert response.status == 422, f"{action} took an empty form and answered {response.status}"
    return True


async def mirrored(page: Page) -> list[str]:
    """What goes wrong when the page is read from right to left: rail and aside change sides, nothing else."""
    before = await ask(page, "sides")
    await page.evaluate("document.documentElement.dir = 'rtl'")
    after = await ask(page, "sides")
    faults = [f"{name} stays on the {side}" for name, side in before.items() if after.get(name) == side]
    faults += [f"mirrored: {fault}" for fault in await ask(page, "sideways")]
    await page.set_viewport_size(NARROW)
    faults += [f"mirrored, narrow: {fault}" for fault in await ask(page, "sideways")]
    await page.evaluate("document.documentElement.dir = 'ltr'")
    await page.set_viewport_size(WIDE)
    return faults
