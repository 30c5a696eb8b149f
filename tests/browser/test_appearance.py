"""Each main page on a phone and on a desktop, by day and by night, in both themes: well made, and as it looked before.

The pictures in `docs/images/` are the ones to compare with. CERCLE_KEEP_SCREENSHOTS=1 keeps the new ones, after somebody
has looked at them.
"""

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.async_api import Browser

from tests.browser.pictures import photograph, settle
from tests.browser.site import Site, demo_site
from tests.browser.visitors import DESKTOP, PHONE, Door, Visitor

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
NARROWEST = {"width": 320, "height": 640}
DEVICES = [("phone", PHONE), ("desktop", DESKTOP)]

CLUB = "/c/aquitaine"
PAGE = f"{CLUB}/wiki/pages/nos-rencontres"
OUTSIDE = {"welcome": "/", "sign-in": "/sign-in"}
MAIN = {
    "home": "/",
    "clubs": "/clubs",
    "club": f"{CLUB}/",
    "wiki": f"{CLUB}/wiki/",
    "page": PAGE,
    "edit": f"{PAGE}/edit",
    "diff": f"{PAGE}/comparison?old=1&new=2",
    "blog": f"{CLUB}/blog/",
    "post": "main .blog-list a[href*='/posts/']",
    "files": f"{CLUB}/files/",
    "folder": "main table a[href*='/folders/']",
    "directory": f"{CLUB}/directory/",
    "person": "main a[href*='/directory/people/']",
    "people": f"{CLUB}/people",
    "search": "/search?q=devis",
    "plugins": f"{CLUB}/settings/plugins",
    "account": "/account/",
    "admin": "/admin/",
}
"""Addresses, or where on the page before the way begins."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A demo of its own, in which nobody else leaves traces."""
    with demo_site(tmp_path_factory.mktemp("demo")) as site:
        yield site


@pytest.fixture(scope="module")
def ardoise(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo in the other theme."""
    with demo_site(tmp_path_factory.mktemp("ardoise"), theme="ardoise") as site:
        yield site


@pytest.fixture(scope="module")
async def doors(browser: Browser, site: Site, ardoise: Site) -> dict[str, Door]:
    """The ways into both, each with a page that has something to compare, and with nothing that the owner has not seen."""
    doors = {"default": Door(browser, site), "ardoise": Door(browser, ardoise)}
    for door in doors.values():
        await write_a_second_version(door)
        await see_what_is_new(door)
    return doors


@pytest.mark.parametrize(("name", "device"), DEVICES, ids=["phone", "desktop"])
@pytest.mark.parametrize("theme", ["default", "ardoise"])
async def test_every_main_page_looks_as_it_should(
    doors: dict[str, Door], theme: str, name: str, device: dict[str, Any]
) -> None:
    door, wrong = doors[theme], []
    async with door.visit(device=device) as stranger:
        for title, way in OUTSIDE.items():
            await go(stranger, way)
            wrong += await compare(stranger, f"{theme}/{title}-{name}")
    async with door.visit("owner", device=device) as owner:
        for title, way in MAIN.items():
            await go(owner, way)
            wrong += await compare(owner, f"{theme}/{title}-{name}")
    assert not wrong, "\n".join(wrong)


async def test_no_page_scrolls_sideways_on_the_narrowest_phone(door: Door) -> None:
    async with door.visit("owner", device={**PHONE, "viewport": NARROWEST}) as owner:
        for way in MAIN.values():
            await go(owner, way)


async def test_english_pages_are_well_made_too(door: Door) -> None:
    async with door.visit("owner", locale="en-GB") as owner:
        for way in MAIN.values():
            await go(owner, way)
        assert await owner.page.locator("html").get_attribute("lang") == "en"


async def go(visitor: Visitor, way: str) -> None:
    """Opens an address, or follows the first link that a selector finds, and looks at the page."""
    path = way if way.startswith("/") else await visitor.page.locator(way).first.get_attribute("href")
    assert path is not None
    await visitor.open(path)


async def compare(visitor: Visitor, name: str) -> list[str]:
    """Photographs what is on the screen in both colour schemes; what looks different from before."""
    wrong = []
    for scheme in SCHEMES:
        await visitor.page.emulate_media(color_scheme=scheme)
        wrong.append(settle(f"{name}-{scheme}", await photograph(visitor.page)))
    return [each for each in wrong if each]


async def write_a_second_version(door: Door) -> None:
    """Changes a page of the wiki, as a member who does not use the editor's buttons."""
    async with door.visit("member", device=DESKTOP, scripts=False) as member:
        await member.page.goto(member.site.at(f"{PAGE}/edit"))
        text = member.page.get_by_role("main").locator("textarea[name=body]")
        await text.fill((await text.input_value()).replace("18 h", "18 h 30").replace("avril |", "mai |"))
        await member.fill("Qu’avez-vous changé", "Nouvel horaire")
        await member.press("Enregistrer")


async def see_what_is_new(door: Door) -> None:
    """Visits each club as the owner, so that the order of the tests does not count."""
    async with door.visit("owner", device=DESKTOP, scripts=False) as owner:
        for club in ("accueil", "aquitaine", "formation"):
            await owner.page.goto(owner.site.at(f"/c/{club}/"))
