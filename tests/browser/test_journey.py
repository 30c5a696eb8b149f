"""What people do with Cercle, from the sign-in to the conflict of two editors, in the browsers that they have."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import FilePayload, Route, expect

from tests.browser.site import PASSWORD
from tests.browser.visitors import DESKTOP, PHONE, Door, Visitor

WIKI = "/c/aquitaine/wiki"
BLOG = "/c/aquitaine/blog"
FILES = "/c/aquitaine/files"
DIRECTORY = "/c/aquitaine/directory"
PLUGINS = "/c/aquitaine/settings/plugins"


async def test_a_member_signs_in_with_the_keyboard_alone(door: Door) -> None:
    async with door.visit() as somebody:
        keyboard = somebody.page.keyboard
        await somebody.open("/")
        assert await somebody.heading() == "Bienvenue sur Cercle"
        await keyboard.press("Tab")
        await expect(somebody.page.get_by_role("link", name="Aller au contenu")).to_be_focused()
        await somebody.page.get_by_role("link", name="Se connecter").first.focus()
        await keyboard.press("Enter")
        await somebody.page.wait_for_url("**/sign-in**")
        await somebody.look()
        await keyboard.type("member@cercle.example")
        await keyboard.press("Tab")
        somebody.expect_refusal("/sign-in")
        await keyboard.type("not the password")
        await keyboard.press("Enter")
        await somebody.page.get_by_role("alert").wait_for()
        assert await somebody.page.get_by_label("Adresse e-mail").input_value() == "member@cercle.example"
        await somebody.page.get_by_label("Mot de passe").focus()
        await keyboard.type(PASSWORD)
        await keyboard.press("Enter")
        await somebody.page.wait_for_url(somebody.site.at("/"))
        assert await somebody.heading() == "Bonjour Marc"
        await somebody.look()


async def test_a_page_is_edited_and_its_missing_link_leads_to_a_new_page(door: Door) -> None:
    async with door.visit("member") as member:
        await write_page(member, "Agenda du bureau", "Réunion le lundi.")
        await member.press("Modifier", role="link")
        await member.fill("Texte", "Réunion le lundi. Voir [[Ordre du jour]].")
        await member.press("Enregistrer")
        await member.press("Ordre du jour", role="link")
        assert member.path == f"{WIKI}/pages/new"
        assert await member.page.get_by_label("Titre").input_value() == "Ordre du jour"
        await member.fill("Texte", "1. Les comptes")
        await member.press("Enregistrer la page")
        await member.page.wait_for_url(f"**{WIKI}/pages/ordre-du-jour")
        assert await member.heading() == "Ordre du jour"
        await member.look()
        for _ in range(50):  # a job gives the link its new address, soon after the page is there
            await member.open(f"{WIKI}/pages/agenda-du-bureau")
            link = member.page.get_by_role("main").get_by_role("link", name="Ordre du jour").first
            if "/new" not in (await link.get_attribute("href") or ""):
                break
        await member.press("Ordre du jour", role="link")
        assert await member.heading() == "Ordre du jour"


async def test_unsaved_text_survives_a_reload_and_goes_when_it_is_saved(door: Door) -> None:
    async with door.visit("member") as member:
        await member.open(f"{WIKI}/pages/tarifs-et-devis/edit")
        text = member.page.locator("textarea[name=body]")
        longer = await text.input_value() + "\nUn paragraphe pas encore enregistré.\n"
        await member.page.locator(".has-editor").wait_for()
        await member.page.get_by_role("button", name="Markdown", exact=True).click()
        await text.fill(longer)
        await member.sees("Brouillon conservé dans ce navigateur")
        await member.page.reload()
        await member.sees("Votre texte non enregistré est revenu.")
        await expect(text).to_have_value(longer)
        await member.page.get_by_role("button", name="Mise en forme", exact=True).click()
        await expect(member.page.locator(".editor-text")).to_contain_text("Un paragraphe pas encore")
        await member.press("Enregistrer")
        await member.sees("Un paragraphe pas encore enregistré.")
        await member.open(f"{WIKI}/pages/tarifs-et-devis/edit")
        assert await member.page.locator(".kept").count() == 0


async def test_a_post_is_written_and_published(door: Door) -> None:
    async with door.visit("member") as member:
        await publish(member, "Un premier bilan", "L’année a été **bonne**.")
        assert await member.heading() == "Un premier bilan"
        await member.look()
        await member.open(f"{BLOG}/")
        await member.sees("Un premier bilan")


async def test_files_arrive_with_a_bar_each_and_come_back_unchanged(door: Door) -> None:
    async with door.visit("member") as member:
        await member.open(f"{FILES}/")
        await drop(member, {"liste.txt": "une liste", "budget.csv": "poste;euros\nsalle;120"})
        await member.sees("liste.txt", "budget.csv")
        chosen: FilePayload = {"name": "photo.txt", "mimeType": "text/plain", "buffer": b"vu" * 1000}
        async with member.page.expect_navigation():
            await member.page.locator("input[type=file]").set_input_files([chosen])
        await member.press("liste.txt", role="link")
        await member.look()
        async with member.page.expect_download() as arriving:
            await member.page.get_by_role("link", name="Télécharger", exact=True).click()
        download = await arriving.value
        assert (download.suggested_filename, (await download.path()).read_text()) == ("liste.txt", "une liste")


async def test_a_person_is_found_by_skill_and_a_profile_is_changed(door: Door) -> None:
    async with door.visit("member") as member:
        await member.open(f"{DIRECTORY}/")
        await member.page.get_by_placeholder("Nom, compétence, métier…").fill("prise de parole")
        await member.page.keyboard.press("Enter")
        await member.page.wait_for_url("**q=prise**")
        await member.press("Nadia Belkacem", role="link")
        assert await member.heading() == "Nadia Belkacem"
        await member.look()
        await member.open(f"{DIRECTORY}/me")
        await member.fill("Peut aider pour", "Qualiopi, jardinage")
        await member.press("Enregistrer")
    async with door.visit("owner") as owner:
        await owner.open(f"{DIRECTORY}/?skill=jardinage")
        await owner.sees("Marc Etchebarne")


async def test_a_plugin_vanishes_for_everybody_and_comes_back_with_all_it_had(door: Door) -> None:
    async with door.visit("owner", device=DESKTOP) as owner, door.visit("member") as member:
        await member.open("/c/aquitaine/")
        assert "Blog" in await member.tabs()
        await owner.open(PLUGINS)
        await owner.press("Désactiver : Blog", role="link")
        await owner.sees("membres n’ont plus accès à", "articles", "Rien n’est supprimé")
        await owner.look()
        await owner.press("Désactiver")
        member.expect_refusal(f"{BLOG}/")
        await member.press("Blog", role="link")
        assert await member.heading() == "Cette page n’existe pas"
        await member.open("/c/aquitaine/")
        assert "Blog" not in await member.tabs()
        await member.open("/search?q=facture")
        assert await member.page.get_by_role("link", name="Facture électronique").count() == 0
        await owner.open(PLUGINS)
        await owner.press("Activer : Blog")
        await member.open("/search?q=facture")
        assert await member.page.get_by_role("link", name="Facture électronique").count() == 1
        await member.open(f"{BLOG}/")
        await member.sees("Facture électronique")


async def test_an_invitation_by_link_brings_a_new_person_in(door: Door) -> None:
    async with door.visit("owner", device=DESKTOP) as owner, door.visit() as stranger:
        await owner.open("/c/accueil/invitations")
        await owner.press("Créer un lien")
        link = await owner.page.get_by_label("Lien de l’invitation").input_value()
        await stranger.open(link.removeprefix(stranger.site.url))
        assert await stranger.heading() == "Hélène Castaing vous invite dans Équipe Accueil"
        await stranger.fill("Nom", "Zoé Arnal")
        await stranger.fill("Adresse e-mail", "zoe@cercle.example")
        await stranger.fill("Mot de passe", "trois mots bien longs")
        await stranger.press("Créer le compte et entrer")
        assert stranger.path == "/c/accueil/"
        await stranger.look()
        await owner.open("/c/accueil/people")
        await owner.sees("Zoé Arnal")


async def test_history_shows_what_changed_and_brings_an_old_version_back(door: Door) -> None:
    async with door.visit("owner", device=DESKTOP) as owner:
        await write_page(owner, "Histoire", "Au commencement.\n\nLe milieu.")
        await owner.press("Modifier", role="link")
        await owner.fill("Texte", "Au commencement.\n\nLa fin.")
        await owner.fill("Qu’avez-vous changé", "une autre fin")
        await owner.press("Enregistrer")
        await owner.page.locator("main .menu summary").first.click()
        await owner.press("Historique", role="link")
        await owner.look()
        await owner.press("Comparer")
        assert await owner.page.locator(".diff-changed td").all_inner_texts() == ["5", "Le milieu.", "5", "La fin."]
        await owner.look()
        await owner.press("Rétablir la version 1")
        await owner.sees("Le milieu.")
        assert await owner.page.get_by_text("La fin.").count() == 0


async def test_two_editors_are_merged_or_shown_both_texts(door: Door) -> None:
    async with door.visit("owner", device=DESKTOP) as owner, door.visit("member") as member:
        await write_page(owner, "À deux", "première ligne\n\nligne du milieu\n\ndernière ligne")
        await member.open(f"{WIKI}/pages/a-deux/edit")
        await rewrite(owner, "a-deux", "première ligne d’Hélène\n\nligne du milieu\n\ndernière ligne")
        await member.fill("Texte", "première ligne\n\nligne du milieu\n\ndernière ligne de Marc")
        await member.press("Enregistrer")
        await member.sees("entre-temps par Hélène Castaing", "première ligne d’Hélène", "dernière ligne de Marc")

        await member.open(f"{WIKI}/pages/a-deux/edit")
        await rewrite(owner, "a-deux", "Hélène récrit tout.")
        await member.fill("Texte", "Marc récrit tout.")
        member.expect_refusal(member.path.removesuffix("/edit"))
        await member.press("Enregistrer")
        assert await member.heading() == "Deux textes à réunir"
        await member.look()
        await member.sees("Hélène récrit tout.", "Marc récrit tout.")
        await member.fill("Texte", "Hélène et Marc récrivent tout.")
        await member.press("Enregistrer")
        await member.sees("Hélène et Marc récrivent tout.")


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_an_outsider_reads_what_is_public_and_nothing_else(door: Door, device: dict[str, Any]) -> None:
    async with door.visit("outsider", device=device) as outsider:
        await outsider.open("/c/aquitaine/")
        await outsider.press("Transmettre son cabinet", role="link", exact=False)
        await outsider.look()
        assert outsider.path.startswith(f"{BLOG}/posts/transmettre-son-cabinet")
        await outsider.open("/c/formation/")
        for path in (f"{WIKI}/", f"{FILES}/", f"{DIRECTORY}/", "/c/formation/wiki/", "/c/accueil/", "/c/absent/"):
            await outsider.open(path, expect=404)
            assert await outsider.heading() == "Cette page n’existe pas"
        await outsider.open("/admin/", expect=403)


async def test_everything_that_matters_works_without_scripts(door: Door) -> None:
    async with door.visit(device=DESKTOP, scripts=False) as owner:
        await owner.page.goto(owner.site.at("/sign-in?next=/c/formation/wiki/"))
        await owner.fill("Adresse e-mail", "owner@cercle.example")
        await owner.fill("Mot de passe", PASSWORD)
        await owner.press("Se connecter")
        assert owner.path == "/c/formation/wiki/"
        await write_page(owner, "Sans script", "Écrit sans JavaScript.", club="formation")
        await owner.sees("Écrit sans JavaScript.")
        await owner.page.goto(owner.site.at("/c/formation/files/"))
        sent: FilePayload = {"name": "sans-script.txt", "mimeType": "text/plain", "buffer": b"sans script"}
        await owner.page.locator("input[type=file]").set_input_files([sent])
        await owner.press("Envoyer")
        await owner.sees("sans-script.txt")
        await owner.page.goto(owner.site.at("/c/formation/settings/plugins"))
        await owner.press("Activer : Blog")
        await publish(owner, "Publié sans script", "Et c’est tout.", club="formation")
        assert await owner.heading() == "Publié sans script"
        await owner.page.goto(owner.site.at("/c/formation/settings/plugins"))
        await owner.press("Désactiver : Blog", role="link")
        await owner.press("Désactiver")
        assert "Blog" not in await owner.tabs()


async def write_page(author: Visitor, title: str, body: str, club: str = "aquitaine") -> None:
    """Makes a wiki page through its form; ends on the page."""
    await author.page.goto(author.site.at(f"/c/{club}/wiki/pages/new"))
    await author.fill("Titre", title)
    await author.fill("Texte", body)
    await author.press("Enregistrer la page")
    assert await author.heading() == title


async def rewrite(author: Visitor, slug: str, body: str) -> None:
    """Saves a new version of a wiki page."""
    await author.open(f"{WIKI}/pages/{slug}/edit")
    await author.fill("Texte", body)
    await author.press("Enregistrer")
    assert author.path == f"{WIKI}/pages/{slug}"


async def publish(author: Visitor, title: str, body: str, club: str = "aquitaine") -> None:
    """Writes and publishes a post for the club; ends on the post."""
    await author.page.goto(author.site.at(f"/c/{club}/blog/posts/new"))
    await author.fill("Titre", title)
    await author.fill("Texte", body)
    await author.press("Enregistrer et publier…")
    await author.press("Publier")


async def drop(visitor: Visitor, files: dict[str, str]) -> None:
    """Drops files on the page; while the first request is held back there is a bar for each, then the list is new."""
    bars_seen = asyncio.Event()

    async def hold(route: Route) -> None:
        await bars_seen.wait()
        await route.continue_()

    await visitor.page.route("**/api/v1/**", hold)
    async with visitor.page.expect_navigation():
        await visitor.page.evaluate(
            """(files) => {
                const data = new DataTransfer();
                for (const [name, text] of Object.entries(files)) data.items.add(new File([text], name, {type: "text/plain"}));
                const drop = new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: data});
                document.querySelector("[data-upload-zone]").dispatchEvent(drop);
            }""",
            files,
        )
        bars = visitor.page.locator("[data-upload-list] progress")
        assert [await bar.get_attribute("aria-label") for bar in await bars.all()] == list(files)
        bars_seen.set()
    await visitor.page.unroute("**/api/v1/**", hold)
