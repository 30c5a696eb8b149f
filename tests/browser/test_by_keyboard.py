"""Whole journeys with the keys alone: every act can be reached, the focus is always seen, nothing holds it."""

import re
from typing import Any

import pytest
from playwright.async_api import FilePayload, expect

from tests.browser.checks import ask, listed
from tests.browser.site import PASSWORD
from tests.browser.visitors import DESKTOP, PHONE, Door, Visitor

CLUB = "/c/aquitaine"
MANY = 250
"""Presses of Tab after which a page counts as one that holds the focus."""

MAIN = (
    "/", "/clubs", f"{CLUB}/", f"{CLUB}/wiki/", f"{CLUB}/wiki/pages/nos-rencontres", f"{CLUB}/wiki/pages/nos-rencontres/edit",
    f"{CLUB}/blog/", f"{CLUB}/files/", f"{CLUB}/directory/", f"{CLUB}/people", f"{CLUB}/settings/plugins",
    "/search?q=devis", "/account/", "/admin/",
)  # fmt: skip
"""The pages that are gone through key by key."""


class Keys:
    """Somebody who has no mouse.

    Args:
        visitor: the person at the browser.
    """

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.page = visitor, visitor.page
        self.faults: list[str] = []

    async def press(self, key: str) -> None:
        """Presses a key, such as `Enter`."""
        await self.page.keyboard.press(key)

    async def type(self, text: str) -> None:
        """Writes where the focus is."""
        await self.page.keyboard.type(text)

    async def step(self, key: str = "Tab") -> dict[str, Any] | None:
        """Goes on to the next element and looks where the focus is now; None outside the page."""
        await self.press(key)
        focus: dict[str, Any] | None = await ask(self.page, "focus")
        if focus is not None:
            where = f"{self.visitor.path}: {focus['html']}"
            self.faults += [f"the focus is not seen on {where}"] if not focus["ring"] else []
            self.faults += [f"the focus is hidden on {where}"] if focus["hidden"] else []
        return focus

    async def reach(self, name: str) -> None:
        """Goes on until the focus is on what has this name, or one that begins with it.

        Raises AssertionError when no way leads there.
        """
        passed = []
        for _ in range(MANY):
            focus = await self.step()
            passed.append(focus["name"] if focus else "")
            if re.match(rf"{name}\b", passed[-1]):
                return
        raise AssertionError(f"no way leads to {name!r} on {self.visitor.path}; passed {list(dict.fromkeys(passed))}")

    async def follow(self, name: str, path: str) -> None:
        """Goes to the link or button of this name, presses it and waits for the page behind it."""
        await self.reach(name)
        await self.press("Enter")
        await self.page.wait_for_url(self.visitor.site.at(path))


async def test_a_member_works_through_a_day_with_the_keyboard_alone(door: Door) -> None:
    async with door.visit(device=DESKTOP) as member:
        keys = Keys(member)
        await sign_in(keys)
        await keys.follow("Club Aquitaine", f"{CLUB}/")
        await write_a_page(keys)
        await send_a_file(keys)
        await find_a_colleague(keys)
        await open_and_leave_a_dialog(keys)
        await sign_out(keys)
        assert not keys.faults, listed(keys.faults)


async def sign_in(keys: Keys) -> None:
    """From the welcome to one's own home."""
    await keys.page.goto(keys.visitor.site.at("/"))
    await keys.follow("Se connecter", "/sign-in**")
    await keys.reach("Adresse e-mail")
    await keys.type("member@cercle.example")
    await keys.reach("Mot de passe")
    await keys.type(PASSWORD)
    await keys.press("Enter")
    await keys.page.wait_for_url(keys.visitor.site.at("/"))


async def write_a_page(keys: Keys) -> None:
    """Through the club's wiki to a new page, written and saved."""
    await keys.follow("Wiki", f"{CLUB}/wiki/")
    await keys.reach("Plus")
    await keys.press("Enter")
    await keys.follow("Nouvelle page", f"{CLUB}/wiki/pages/new**")
    await keys.reach("Titre")
    await keys.type("Écrite au clavier")
    await keys.reach("Texte")
    await keys.type("Sans souris, du début à la fin.")
    await keys.follow("Enregistrer la page", f"{CLUB}/wiki/pages/ecrite-au-clavier")
    await keys.visitor.sees("Sans souris, du début à la fin.")


async def send_a_file(keys: Keys) -> None:
    """To the files; the window in which files are chosen is the browser's own, which the test answers."""
    await keys.follow("Fichiers", f"{CLUB}/files/")
    await keys.reach("Ajouter des fichiers")
    chosen: FilePayload = {"name": "au-clavier.txt", "mimeType": "text/plain", "buffer": b"sans souris"}
    async with keys.page.expect_navigation():
        async with keys.page.expect_file_chooser() as opening:
            await keys.press("Space")
        await (await opening.value).set_files([chosen])
    await keys.visitor.sees("au-clavier.txt")


async def find_a_colleague(keys: Keys) -> None:
    """Through the directory by a skill."""
    await keys.follow("Annuaire", f"{CLUB}/directory/")
    await keys.reach("Chercher par nom")
    await keys.type("prise de parole")
    await keys.press("Enter")
    await keys.page.wait_for_url("**q=prise**")
    await keys.follow("Nadia Belkacem", f"{CLUB}/directory/people/**")
    assert await keys.visitor.heading() == "Nadia Belkacem"


async def open_and_leave_a_dialog(keys: Keys) -> None:
    """A dialog holds the focus, Escape closes it, and the focus is back on what opened it."""
    await keys.follow("Fichiers", f"{CLUB}/files/")
    await keys.reach("Nouveau dossier")
    await keys.press("Enter")
    dialog = keys.page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    for _ in range(5):
        await keys.step()
        assert not await keys.page.evaluate("document.activeElement.matches(':not(dialog *, dialog, body)')")
    await keys.press("Escape")
    await expect(dialog).to_be_hidden()
    focus = await ask(keys.page, "focus")
    assert focus["name"] == "Nouveau dossier"


async def sign_out(keys: Keys) -> None:
    """The menu opens with Enter, its items with the arrows; Escape closes it and gives the focus back."""
    await keys.reach("Mon menu")
    await keys.press("Enter")
    first = await keys.step("ArrowDown")
    assert first is not None
    assert first["name"] == "Mon compte"
    await keys.press("Escape")
    assert (await ask(keys.page, "focus"))["name"].startswith("Mon menu")
    await keys.press("Enter")
    last = await keys.step("ArrowUp")
    assert last is not None
    assert last["name"] == "Se déconnecter"
    await keys.press("Enter")
    await keys.page.wait_for_url(lambda url: "/files" not in url)
    await keys.page.get_by_role("link", name="Se connecter").first.wait_for()


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_the_focus_is_seen_wherever_it_goes_and_can_always_go_on(door: Door, device: dict[str, Any]) -> None:
    async with door.visit("owner", device=device) as owner:
        keys = Keys(owner)
        for path in MAIN:
            await owner.page.goto(owner.site.at(path))
            for key in ("Tab", "Shift+Tab"):
                await go_through(keys, key)
        assert not keys.faults, listed(keys.faults)


async def go_through(keys: Keys, key: str) -> None:
    """Presses a key until the focus has left the page or been everywhere.

    Raises AssertionError when it comes to stand still, or goes in a small circle.
    """
    seen: list[int] = []
    for _ in range(MANY):
        focus = await keys.step(key)
        if focus is None or focus["where"] in seen:
            break
        seen.append(focus["where"])
    else:
        raise AssertionError(f"{keys.visitor.path} has more than {MANY} places for the focus")
    assert len(seen) > 5, f"{key} gets no further on {keys.visitor.path} than {seen}"
