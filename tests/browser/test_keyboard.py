"""The keyboard: letters that go and do, the palette, the list of shortcuts, and the switch that turns letters off."""

from playwright.async_api import Locator, expect

from tests.browser.visitors import DESKTOP, PHONE, Door, Visitor, sign_in

CLUB = "/c/aquitaine/"
USED = "localStorage.getItem('cercle:palette')"


async def test_g_and_a_letter_go_to_the_places_of_the_club(door: Door) -> None:
    async with door.visit("member", device=DESKTOP) as member:
        await member.open(CLUB)
        for letter, path in (
            ("w", f"{CLUB}wiki/"),
            ("b", f"{CLUB}blog/"),
            ("f", f"{CLUB}files/"),
            ("d", f"{CLUB}directory/"),
            ("p", f"{CLUB}people"),
            ("c", CLUB),
            ("m", "/account/"),
            ("c", "/clubs"),
            ("h", "/"),
        ):
            await go(member, letter)
            await member.page.wait_for_url(member.site.at(path))


async def test_letters_rest_while_somebody_writes(door: Door) -> None:
    async with door.visit("member", device=DESKTOP) as member:
        await member.open(f"{CLUB}directory/")
        search = member.page.get_by_role("main").get_by_role("searchbox")
        await search.focus()
        await member.page.keyboard.type("gw?en/")
        await expect(search).to_have_value("gw?en/")
        assert (member.path, await member.page.locator("dialog[open]").count()) == (f"{CLUB}directory/", 0)


async def test_e_edits_and_n_begins_something_new(door: Door) -> None:
    async with door.visit("member", device=DESKTOP) as member:
        await member.open(f"{CLUB}wiki/pages/tarifs-et-devis")
        await member.page.keyboard.press("e")
        await member.page.wait_for_url(f"**{CLUB}wiki/pages/tarifs-et-devis/edit")
        await member.open(f"{CLUB}wiki/pages")
        await member.page.keyboard.press("n")
        await member.page.wait_for_url(f"**{CLUB}wiki/pages/new")
        await member.open(f"{CLUB}people")
        await member.page.keyboard.press("n")
        await member.page.wait_for_url(f"**{CLUB}share")
        await member.sees("Nouvelle page du wiki", "Nouvel article de blog", "Envoyer dans les fichiers")


async def test_the_slash_goes_to_the_search(door: Door) -> None:
    async with door.visit("member", device=DESKTOP) as member:
        await member.open(CLUB)
        await member.page.keyboard.press("/")
        await expect(member.page.get_by_role("searchbox").first).to_be_focused()


async def test_the_question_mark_lists_the_keys_and_they_can_be_turned_off(door: Door) -> None:
    async with door.visit("member", device=DESKTOP) as member:
        page = member.page
        await member.open(CLUB)
        await page.keyboard.press("?")
        help = page.get_by_role("dialog", name="Raccourcis clavier")
        await help.get_by_text("Wiki, dans les clubs qui l’ont").wait_for()
        switch = help.get_by_label("Utiliser les raccourcis d’une seule touche dans ce navigateur")
        await expect(switch).to_be_checked()
        await switch.uncheck()
        await page.keyboard.press("Escape")
        await expect(help).to_have_count(0)
        await page.keyboard.press("?")
        await go(member, "w")
        await page.keyboard.press("Control+k")
        await page.get_by_role("combobox").wait_for()
        assert (member.path, await page.get_by_role("dialog", name="Raccourcis clavier").count()) == (CLUB, 0)
        await page.keyboard.press("Escape")
        await page.locator(".topbar-me summary").click()
        await page.get_by_role("link", name="Raccourcis clavier").click()
        await help.get_by_label("Utiliser les raccourcis d’une seule touche dans ce navigateur").check()
        await page.keyboard.press("Escape")
        await expect(help).to_have_count(0)
        await go(member, "w")
        await page.wait_for_url(f"**{CLUB}wiki/")


async def test_without_scripts_the_shortcuts_are_a_page(door: Door) -> None:
    async with door.visit("member", device=DESKTOP, scripts=False) as member:
        await member.page.goto(member.site.at(CLUB))
        await member.page.locator(".topbar-me summary").click()
        await member.page.get_by_role("link", name="Raccourcis clavier").click()
        assert (member.path, await member.heading()) == ("/shortcuts", "Raccourcis clavier")


async def test_the_palette_leads_through_the_club_by_keyboard(door: Door) -> None:
    async with door.visit("member", device=DESKTOP) as member:
        keyboard = member.page.keyboard
        await member.open(CLUB)
        box = await open_palette(member)
        assert await box.get_attribute("aria-activedescendant") == "palette-0"
        await member.look()
        await keyboard.type("toutes les p")
        assert await marked(member) == "Toutes les pages"
        await keyboard.press("Enter")
        await member.page.wait_for_url(f"**{CLUB}wiki/pages")
        await member.open(CLUB)
        await open_palette(member)
        assert await marked(member) == "Toutes les pages"  # used last
        assert await member.page.evaluate(USED) == f'["{CLUB}wiki/pages"]'
        await keyboard.press("ArrowUp")
        assert await marked(member) == "Passer en sombre"
        await keyboard.press("ArrowDown")
        await keyboard.press("Escape")
        await expect(member.page.locator("dialog[open]")).to_have_count(0)


async def test_the_palette_finds_clubs_pages_and_people_without_their_accents(door: Door) -> None:
    async with door.visit("owner", device=DESKTOP) as owner:
        await owner.open("/clubs")
        await open_palette(owner)
        await owner.page.keyboard.type("equipe")
        assert await marked(owner) == "Équipe Accueil"
        await owner.page.keyboard.press("Enter")
        await owner.page.wait_for_url("**/c/accueil/")
        box = await open_palette(owner)
        await box.fill("repondre a plusieurs")
        await owner.page.get_by_role("option", name="Répondre à plusieurs").first.wait_for()
        await box.fill("nadia belka")
        await owner.page.get_by_role("option", name="Nadia Belkacem").first.click()
        await owner.page.wait_for_url("**/directory/people/**")


async def test_the_palette_switches_the_colours(door: Door) -> None:
    async with door.visit("member", device=DESKTOP) as member:
        await member.open(CLUB)
        for words, scheme in (("passer en sombre", "dark"), ("passer en clair", "light")):
            await open_palette(member)
            await member.page.keyboard.type(words)
            await member.page.keyboard.press("Enter")
            await expect(member.page.locator("html")).to_have_attribute("data-scheme", scheme)


async def test_the_palette_is_in_the_menu_of_a_phone(door: Door) -> None:
    async with door.visit("member", device=PHONE) as member:
        await member.open(CLUB)
        await member.page.locator(".topbar-me summary").click()
        await member.page.get_by_role("button", name="Aller à, faire…").click()
        await member.page.get_by_role("option", name="Nouvelle page").wait_for()
        await member.look()
        await member.page.get_by_role("button", name="Fermer").click()
        await expect(member.page.locator("dialog[open]")).to_have_count(0)


async def test_people_who_are_not_signed_in_have_no_palette(door: Door) -> None:
    async with door.visit(device=DESKTOP) as nobody:
        await nobody.open("/clubs")
        await nobody.page.keyboard.press("Control+k")
        await go(nobody, "h")
        await nobody.page.wait_for_url(nobody.site.at("/"))
        assert await nobody.page.locator("dialog").count() == 0


async def test_signing_out_forgets_what_was_used_lately(door: Door) -> None:
    async with door.visit(device=DESKTOP) as somebody:
        await sign_in(somebody, "member")
        await open_palette(somebody)
        await somebody.page.keyboard.type("aquitaine")
        await somebody.page.keyboard.press("Enter")
        await somebody.page.wait_for_url(f"**{CLUB}")
        assert await somebody.page.evaluate(USED) == f'["{CLUB}"]'
        await somebody.page.locator(".topbar-me summary").click()
        await somebody.press("Se déconnecter")
        assert await somebody.page.evaluate(USED) is None


async def go(visitor: Visitor, letter: str) -> None:
    await visitor.page.keyboard.press("g")
    await visitor.page.keyboard.press(letter)


async def open_palette(visitor: Visitor) -> Locator:
    """Opens the palette; answers the box to type into."""
    await visitor.page.keyboard.press("Control+k")
    await visitor.page.locator(".palette-option").first.wait_for()
    return visitor.page.get_by_role("combobox")


async def marked(visitor: Visitor) -> str:
    """The label of the option that Enter would take."""
    return (await visitor.page.locator("[role=option][aria-selected=true] .palette-label").inner_text()).strip()
