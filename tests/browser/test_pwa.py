"""The site as an app: it installs, says so when there is no connection, keeps nothing private, and takes what is shared."""

from playwright.async_api import expect

from tests.browser.visitors import PHONE, Door, Visitor, sign_in

CLUB = "/c/aquitaine/"
READY = """async () => {
  await navigator.serviceWorker.ready;
  const kept = await caches.match("/offline", { cacheName: "cercle-offline" });
  return navigator.serviceWorker.controller !== null && kept?.headers.get("Content-Language") === "fr";
}"""
KEPT = """async () => {
  const kept = {};
  for (const name of await caches.keys()) {
    kept[name] = (await (await caches.open(name)).keys()).map((request) => new URL(request.url).pathname);
  }
  return kept;
}"""
POST = """() => {
  const held = new DataTransfer();
  held.items.add(new File(["une note"], "compte rendu é.txt", { type: "text/plain" }));
  held.items.add(new File(["a;b"], "budget.csv", { type: "text/csv" }));
  const way = { method: "post", action: "/share", enctype: "multipart/form-data" };
  const form = Object.assign(document.createElement("form"), way);
  const title = Object.assign(document.createElement("input"), { name: "title", value: "Réunion" });
  const files = Object.assign(document.createElement("input"), { type: "file", name: "files", multiple: true });
  files.files = held.files;
  form.append(title, files);
  document.body.append(form);
  form.submit();
}"""


async def test_the_browser_finds_nothing_wrong_with_the_manifest(door: Door) -> None:
    async with door.visit() as somebody:
        await somebody.open("/")
        tools = await somebody.page.context.new_cdp_session(somebody.page)
        found = await tools.send("Page.getAppManifest")
        assert (found["url"], found["errors"]) == (somebody.site.at("/manifest.webmanifest"), [])


async def test_without_a_connection_a_page_says_so_and_opens_again_by_itself(door: Door) -> None:
    async with door.visit("member") as member:
        await with_worker(member)
        await disconnect(member)
        await member.page.goto(member.site.at(f"{CLUB}wiki/"))
        assert await member.heading() == "Pas de connexion"
        await expect(member.page.locator("html")).to_have_attribute("lang", "fr")
        assert await member.page.locator("body").evaluate("body => getComputedStyle(body).fontSize") == "17px"
        await member.page.get_by_role("button", name="Réessayer").click()
        await member.page.get_by_text("Toujours pas de connexion.").wait_for()
        await member.page.context.set_offline(False)
        await expect(member.page.get_by_role("heading", level=1)).not_to_have_text("Pas de connexion")
        assert member.path == f"{CLUB}wiki/"
        member.faults.clear()  # what the browser says of requests without a connection


async def test_unsent_texts_are_named_on_the_page_without_a_connection(door: Door) -> None:
    async with door.visit("member") as member:
        await with_worker(member, f"{CLUB}wiki/pages/new")
        await member.fill("Titre", "Compte rendu de mardi")
        await member.page.wait_for_function(
            "() => Object.keys(localStorage).some((key) => key.startsWith('cercle:keep:'))"
        )
        await disconnect(member)
        await member.page.get_by_text("Pas de connexion. Ce que vous écrivez reste dans ce navigateur.").wait_for()
        await member.page.get_by_role("button", name="Enregistrer la page").click()
        await member.page.get_by_text("Il n’y a pas de connexion. Votre texte reste ici").wait_for()
        assert member.path == f"{CLUB}wiki/pages/new"
        await member.page.goto(member.site.at(CLUB))
        await member.sees("Rien de ce que vous avez écrit n’est perdu", "Compte rendu de mardi")
        await member.page.context.set_offline(False)
        member.faults.clear()


async def test_nothing_of_a_club_is_kept_on_the_device(door: Door) -> None:
    async with door.visit("member") as member:
        await with_worker(member)
        for path in (f"{CLUB}wiki/", f"{CLUB}files/", f"{CLUB}directory/", "/account/"):
            await member.open(path)
        kept = await member.page.evaluate(KEPT)
        assert sorted(name.rpartition("-")[0] for name in kept) == ["cercle", "cercle-static"]
        assert kept["cercle-offline"] == ["/offline"]
        assert {path for paths in kept.values() for path in paths if not path.startswith("/static/")} == {"/offline"}


async def test_files_from_another_app_arrive_in_the_club_and_leave_the_device(door: Door) -> None:
    async with door.visit("member") as member:
        await with_worker(member)
        await share(member)
        await member.press("Club Aquitaine", role="link")
        await member.sees("compte rendu é.txt", "budget.csv", "2 fichiers de votre appareil")
        await member.look()
        async with member.page.expect_navigation(url=f"**{CLUB}files/"):
            await member.page.get_by_role("button", name="Envoyer dans les fichiers").click()
        await member.sees("compte rendu é.txt", "budget.csv")
        assert "cercle-shared" not in await member.page.evaluate(KEPT)


async def test_signing_out_forgets_what_was_shared(door: Door) -> None:
    async with door.visit() as somebody:
        await sign_in(somebody, "member")
        await with_worker(somebody)
        await share(somebody)
        assert "cercle-shared" in await somebody.page.evaluate(KEPT)
        await somebody.page.locator(".topbar-me summary").click()
        await somebody.press("Se déconnecter")
        assert "cercle-shared" not in await somebody.page.evaluate(KEPT)


async def test_a_new_worker_keeps_the_files_of_pages_that_are_open(door: Door) -> None:
    async with door.visit("member") as member:
        await member.page.goto(member.site.at("/clubs"))
        names = ("cercle-static-older", "cercle-static-old")
        await member.page.evaluate(
            "async (names) => { for (const name of names) await caches.open(name); }", list(names)
        )
        await with_worker(member, CLUB)
        kept = set(await member.page.evaluate(KEPT))
        assert (names[0] in kept, names[1] in kept) == (False, True)


async def test_the_bar_under_the_thumb_makes_room_for_the_keyboard(door: Door) -> None:
    async with door.visit("member", device=PHONE) as member:
        await member.open(f"{CLUB}wiki/pages/new")
        bar = member.page.locator(".bottom-bar")
        sizes = await bar.locator("a").evaluate_all(
            "all => all.map((each) => each.getBoundingClientRect().height >= 44)"
        )
        assert sizes == [True] * 5
        await member.page.get_by_role("main").get_by_label("Titre").first.focus()
        await expect(bar).to_be_hidden()
        await member.page.locator("h1").click()
        await expect(bar).to_be_visible()


async def test_a_phone_shows_how_the_site_gets_onto_its_home_screen(door: Door) -> None:
    async with door.visit("member", device=PHONE) as member:
        await member.open(CLUB)
        await member.page.locator(".topbar-me summary").click()
        await member.page.get_by_role("link", name="Ajouter à l’écran d’accueil").click()
        await member.page.wait_for_url("**/install")
        await member.look()
        await member.sees("iPhone et iPad, avec Safari")


async def with_worker(visitor: Visitor, path: str = CLUB) -> None:
    """Opens a page and waits until the service worker is in charge and knows the page's language."""
    await visitor.open(path)
    await visitor.page.wait_for_function(READY)


async def disconnect(visitor: Visitor) -> None:
    await visitor.page.context.set_offline(True)


async def share(visitor: Visitor) -> None:
    """Shares two files as the device does: with a POST of its own."""
    async with visitor.page.expect_navigation(url="**/share?**"):
        await visitor.page.evaluate(POST)
