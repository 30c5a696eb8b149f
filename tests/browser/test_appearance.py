"""Each main page on a phone and on a desktop, in both colour schemes: well made, and photographed into `screenshots/`.

With CERCLE_KEEP_SCREENSHOTS=1 the pictures of the README are made anew, too.
"""

import io
import os
import shutil
from pathlib import Path
from typing import Any, Literal

import pytest
from PIL import Image
from playwright.async_api import Page

from tests.browser.visitors import DESKTOP, PHONE, Door, Visitor

HERE = Path(__file__).parent / "screenshots"
DOCS = Path(__file__).parents[2] / "docs" / "images"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
NARROWEST = {"width": 320, "height": 640}

CLUB = "/c/aquitaine"
PAGE = f"{CLUB}/wiki/pages/nos-rencontres"
OUTSIDE = {"welcome": "/", "sign-in": "/sign-in", "public-club": f"{CLUB}/"}
INSIDE = {
    "home": "/",
    "clubs": "/clubs",
    "club": f"{CLUB}/",
    "wiki": f"{CLUB}/wiki/",
    "page": PAGE,
    "edit": f"{PAGE}/edit",
    "history": f"{PAGE}/history",
    "diff": f"{PAGE}/comparison?old=1&new=2",
    "blog": f"{CLUB}/blog/",
    "post": "main .blog-list a[href*='/posts/']",
    "new-post": f"{CLUB}/blog/posts/new",
    "files": f"{CLUB}/files/",
    "folder": "main table a[href*='/folders/']",
    "file": "main table a[href*='/file/']",
    "directory": f"{CLUB}/directory/",
    "person": "main a[href*='/directory/people/']",
    "profile": f"{CLUB}/directory/me",
    "search": "/search?q=devis",
    "people": f"{CLUB}/people",
    "invitations": f"{CLUB}/invitations",
    "settings": f"{CLUB}/settings",
    "plugins": f"{CLUB}/settings/plugins",
    "permissions": f"{CLUB}/settings/permissions",
    "admin": "/admin/",
    "admin-plugins": "/admin/plugins",
    "account": "/account/",
    "tokens": "/account/tokens",
}
"""Addresses, or where on the page before the way begins."""

README = {
    "club-desktop-light", "plugins-desktop-light", "diff-desktop-light", "directory-desktop-dark",
    "home-phone-light", "club-phone-dark", "page-phone-light", "folder-phone-light",
}  # fmt: skip
"""The pictures that the README shows."""


@pytest.fixture(scope="module", autouse=True)
async def second_version(door: Door) -> None:
    """A page with something to compare; and no pictures of an earlier run."""
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir()
    async with door.visit("member", device=DESKTOP) as member:
        await member.page.goto(member.site.at(f"{PAGE}/edit"))
        text = member.page.get_by_role("main").get_by_label("Texte").first
        await text.fill((await text.input_value()).replace("18 h", "18 h 30").replace("avril |", "mai |"))
        await member.fill("Qu’avez-vous changé", "Nouvel horaire")
        await member.press("Enregistrer")


@pytest.mark.parametrize(("name", "device"), [("phone", PHONE), ("desktop", DESKTOP)], ids=["phone", "desktop"])
async def test_every_main_page_is_well_made(door: Door, name: str, device: dict[str, Any]) -> None:
    async with door.visit(device=device) as stranger:
        for title, way in OUTSIDE.items():
            await go(stranger, way)
            await take_pictures(stranger, f"{title}-{name}")
    async with door.visit("owner", device=device) as owner:
        for title, way in INSIDE.items():
            await go(owner, way)
            await take_pictures(owner, f"{title}-{name}")


async def test_no_page_scrolls_sideways_on_the_narrowest_phone(door: Door) -> None:
    async with door.visit("owner", device={**PHONE, "viewport": NARROWEST}) as owner:
        for way in INSIDE.values():
            await go(owner, way)


async def test_english_pages_are_well_made_too(door: Door) -> None:
    async with door.visit("owner", locale="en-GB") as owner:
        for way in INSIDE.values():
            await go(owner, way)
        assert await owner.page.locator("html").get_attribute("lang") == "en"


async def go(visitor: Visitor, way: str) -> None:
    """Opens an address, or follows the first link that a selector finds, and looks at the page."""
    path = way if way.startswith("/") else await visitor.page.locator(way).first.get_attribute("href")
    assert path is not None
    await visitor.open(path)


async def take_pictures(visitor: Visitor, name: str) -> None:
    """Photographs what is on the screen in both colour schemes."""
    for scheme in SCHEMES:
        await visitor.page.emulate_media(color_scheme=scheme)
        title = f"{name}-{scheme}"
        picture = await photograph(visitor.page)
        (HERE / f"{title}.png").write_bytes(picture)
        if os.environ.get("CERCLE_KEEP_SCREENSHOTS") == "1" and title in README:
            keep(picture, DOCS / f"{title}.webp")


async def photograph(page: Page) -> bytes:
    """The part of the page that the screen shows, once its fonts are there."""
    await page.evaluate("document.fonts.ready.then(() => true)")
    return await page.screenshot(animations="disabled", caret="hide")


def keep(picture: bytes, path: Path) -> None:
    """Stores a PNG as a small WebP."""
    path.parent.mkdir(exist_ok=True)
    Image.open(io.BytesIO(picture)).convert("RGB").save(path, quality=86, method=6)
