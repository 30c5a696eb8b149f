"""Writing in the rich editor: what members type, paste, drop and choose, and which Markdown is stored for it."""

import asyncio
import base64
import gzip
import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Locator, Route, expect

from tests.browser.markdown import PIECES
from tests.browser.visitors import DESKTOP, PHONE, Door, Visitor

WIKI = "/c/aquitaine/wiki/pages"
DIST = Path(__file__).parents[2] / "core" / "static" / "dist"
MOST_BYTES = 180_000
"""Of the editor's scripts and styles, compressed; 350 kB are promised."""
SMALLEST_TARGET = 44
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


async def test_what_is_typed_becomes_rich_and_is_stored_as_markdown(door: Door) -> None:
    async with door.visit("member", device=DESKTOP) as member:
        await begin(member, "Tout est tapé")
        await type_lines(
            member,
            "## Une partie",
            "Du **gras**, de l’*italique*, du `code`, du ~~barré~~ et [un lien](https://example.org/a).",
            "- un point",
            "un autre",
            "",
            "[ ] une tâche",
            "une autre",
            "",
            "3. trois",
            "quatre",
            "",
            "> Une citation",
            "",
            "---snake_case, 5 * 3 et [[Nos rencontres|le mot]] de @helene-castaing",
            "```python ",
        )
        await member.page.keyboard.type("print(1)")
        await expect(rich(member).get_by_role("heading", name="Une partie", level=2)).to_be_visible()
        await rich(member).get_by_role("checkbox").nth(1).check()
        await expect(rich(member).locator(".wikilink")).to_have_text("le mot")
        await expect(rich(member).locator(".mention")).to_have_text("@helene-castaing")
        await member.look()
        await save(member, "Tout est tapé")
        assert await stored(member, "tout-est-tape") == (
            "## Une partie\n\n"
            "Du **gras**, de l’*italique*, du `code`, du ~~barré~~ et [un lien](https://example.org/a).\n\n"
            "- un point\n- un autre\n\n* [ ] une tâche\n* [x] une autre\n\n3. trois\n4. quatre\n\n> Une citation\n\n---\n\n"
            "snake_case, 5 * 3 et [[Nos rencontres|le mot]] de @helene-castaing\n\n```python\nprint(1)\n```"
        )


async def test_a_text_keeps_its_bytes_but_for_the_block_that_is_changed(door: Door) -> None:
    here = [piece for piece in PIECES if "photo.jpg" not in piece]  # which the page does not have
    text = "Première ligne.\n\n" + "\n\n".join(here) + "\n\n\nDernière."
    async with door.visit("member", device=DESKTOP) as member:
        await begin(member, "Octet pour octet")
        await member.press("Markdown")
        await source(member).fill(text)
        await member.press("Mise en forme")
        await expect(rich(member)).to_contain_text("Dernière.")
        await save(member, "Octet pour octet")
        kept = await stored(member, "octet-pour-octet")
        assert kept == text
        await rich(member).get_by_text("Première ligne.").click()
        await member.page.keyboard.press("End")
        await member.page.keyboard.type(" Et un mot.")
        await member.press("Enregistrer")
        assert await stored(member, "octet-pour-octet") == kept.replace("ligne.", "ligne. Et un mot.", 1)


async def test_the_slash_menu_and_the_buttons_make_blocks(door: Door) -> None:
    async with door.visit("member", device=DESKTOP) as member:
        await begin(member, "Les blocs")
        keyboard = member.page.keyboard
        await choose(member, "/attention", "Encadré\u00a0: attention")
        await keyboard.type("Prenez garde.")
        await keyboard.press("Enter")
        await keyboard.press("Enter")
        await choose(member, "/table", "Tableau")
        await keyboard.type("Nom")
        await keyboard.press("Tab")
        await keyboard.type("Jours")
        await press(member, "Aligner à la fin")
        await press(member, "Ajouter une ligne")
        await keyboard.press("Tab")
        await press(member, "Supprimer la colonne")
        await keyboard.press("Escape")
        await keyboard.press("ControlOrMeta+End")
        await choose(member, "/heading", "Titre")
        await keyboard.type("Après")
        await keyboard.press("Enter")
        await press(member, "Gras")
        await expect(button(member, "Gras")).to_have_attribute("aria-pressed", "true")
        await keyboard.type("fort")
        await save(member, "Les blocs")
        assert await stored(member, "les-blocs") == (
            "> [!WARNING]\n> Prenez garde.\n\n"
            "| Nom | Jours |\n| --- | ---: |\n|  |  |\n|  |  |\n|  |  |\n\n## Après\n\n**fort**"
        )


async def test_the_editor_opens_as_its_writer_chose(door: Door) -> None:
    async with door.visit("member", device=DESKTOP) as member:
        await prefer(member, "En Markdown")
        await member.open(f"{WIKI}/nos-rencontres/edit")
        await expect(source(member)).to_be_visible()
        await prefer(member, "Comme j’ai laissé l’éditeur sur cet appareil")
        await member.open(f"{WIKI}/nos-rencontres/edit")
        await expect(rich(member)).to_be_visible()


async def test_pages_and_people_are_completed(door: Door) -> None:
    async with door.visit("member", device=DESKTOP) as member:
        await begin(member, "Complété")
        await choose(member, "Voir [[renc", "Nos rencontres")
        await choose(member, " avec @hél", "Hélène Castaing")
        await member.press("Markdown")
        await expect(source(member)).to_have_value("Voir [[Nos rencontres]] avec @helene-castaing")
        await source(member).press("ControlOrMeta+End")
        await member.page.keyboard.type(" et @hél")
        await member.page.get_by_role("option", name="Hélène Castaing").wait_for()
        await member.page.keyboard.press("Enter")
        await expect(source(member)).to_have_value(re.compile("avec @helene-castaing et @helene-castaing"))


async def test_a_dropped_picture_has_a_bar_can_fail_and_be_tried_again(door: Door) -> None:
    async with door.visit("member", device=DESKTOP) as member:
        await begin(member, "Avec une image")
        await type_lines(member, "Avant.")
        await save(member, "Avec une image")
        await member.open(f"{WIKI}/avec-une-image/edit")
        await rich(member).focus()
        await member.page.keyboard.press("ControlOrMeta+End")
        await member.page.route("**/attachments", lambda route: route.abort())
        member.expect_refusal(f"{WIKI}/avec-une-image/attachments")
        await drop(rich(member), "vue du pont.png", PIXEL)
        await rich(member).get_by_role("alert").get_by_text("La connexion a été perdue.").wait_for()
        await member.page.unroute("**/attachments")
        sent = asyncio.Event()

        async def hold(route: Route) -> None:
            await sent.wait()
            await route.continue_()

        await member.page.route("**/attachments", hold)
        await member.page.get_by_role("button", name="Réessayer").click()
        await expect(rich(member).get_by_role("progressbar", name="vue du pont.png")).to_be_visible()
        sent.set()
        await rich(member).locator("img[src^='blob:']").wait_for()
        await expect(source(member)).to_have_value("Avant.\n\n![vue du pont.png](vue%20du%20pont.png)")
        await member.press("Enregistrer")
        member.faults = [fault for fault in member.faults if "ERR_FAILED" not in fault]
        await member.open(f"{WIKI}/avec-une-image/edit")
        picture = rich(member).get_by_role("img", name="vue du pont.png")
        await expect(picture).to_have_attribute("src", re.compile("/attachments/"))
        await expect(picture).to_have_js_property("naturalWidth", 1)


async def test_a_picture_dropped_into_a_new_post_is_there_before_it_is_saved_and_after(door: Door) -> None:
    async with door.visit("member", device=DESKTOP) as member:
        await member.open("/c/aquitaine/blog/posts/new")
        await member.fill("Titre", "Avec un pont")
        await drop(rich(member), "vue du pont.png", PIXEL)
        await rich(member).locator("img[src^='blob:']").wait_for()
        address = r"/c/aquitaine/blog/attachments/[\w-]{22}/vue%20du%20pont\.png"
        await expect(source(member)).to_have_value(re.compile(rf"^!\[vue du pont\.png\]\({address}\)$"))
        await member.press("Enregistrer le brouillon")
        picture = member.page.locator("main").get_by_role("img", name="vue du pont.png")
        await expect(picture).to_have_attribute("src", re.compile(address))
        await expect(picture).to_have_js_property("naturalWidth", 1)


async def test_what_other_programs_copy_is_pasted_as_clean_markdown(door: Door) -> None:
    word = (
        "<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·</span>un</p>"
        "<p class=MsoListParagraph style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>o</span>dedans</p>"
        "<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·</span>deux</p>"
    )
    docs = (
        "<b style='font-weight:normal' id='docs-internal-guid-1'><h1 style='color:red'><span>Titre</span></h1>"
        "<p><span style='font-weight:700'>gras</span> <span style='font-style:italic'>penché</span></p></b>"
        "<table><tr><td>a</td><td>b</td></tr></table>"
    )
    web = (
        "<script>document.title='pris'</script><p onclick='x()'>sûr <a href='javascript:alert(1)'>non</a> "
        "<a href='https://example.org/'>oui</a><img src='x' onerror=\"document.title='pris'\"></p>"
        "<iframe src='/'></iframe>"
    )
    async with door.visit("member", device=DESKTOP) as member:
        await begin(member, "Collé")
        await paste(member, html=word + docs + web)
        expected = (
            "- un\n  - dedans\n- deux\n\n## Titre\n\n**gras** *penché*\n\n| a | b |\n| --- | --- |\n\n"
            "sûr non [oui](https://example.org/)"
        )
        await expect(source(member)).to_have_value(re.compile("^" + re.escape(expected)))
        assert "pris" not in await member.page.title()
        await member.fill("Texte", "")
        await paste(member, text="# Un\n\n- [x] fait\n\n1. *premier*")
        await expect(rich(member).get_by_role("checkbox")).to_be_checked()
        await expect(source(member)).to_have_value("# Un\n\n- [x] fait\n\n1. *premier*")


async def test_the_keyboard_reaches_everything_and_gets_out(door: Door) -> None:
    async with door.visit("member", device=DESKTOP) as member:
        await begin(member, "Au clavier")
        keyboard = member.page.keyboard
        await keyboard.type("- a")
        await keyboard.press("Enter")
        await keyboard.press("Tab")
        await keyboard.type("b")
        await expect(rich(member)).to_be_focused()
        await keyboard.press("Shift+Tab")
        await expect(source(member)).to_have_value("- a\n- b")
        await keyboard.press("Escape")
        await keyboard.press("Tab")
        await expect(rich(member)).not_to_be_focused()
        await rich(member).focus()
        await keyboard.press("Escape")
        await keyboard.press("Shift+Tab")
        await expect(member.page.get_by_role("button", name="Style du paragraphe")).to_be_focused()
        await keyboard.press("ArrowRight")
        await expect(button(member, "Gras")).to_be_focused()
        await keyboard.press("End")
        await expect(button(member, "Rétablir")).to_be_focused()
        await keyboard.press("Home")
        await keyboard.press("ArrowRight")
        await keyboard.press("Enter")
        await expect(rich(member)).to_be_focused()
        await keyboard.press("ControlOrMeta+a")
        await keyboard.press("ControlOrMeta+k")
        await member.page.get_by_label("Adresse, ou nom d’une page").fill("www.example.org")
        await keyboard.press("Enter")
        await expect(source(member)).to_have_value(re.compile(r"\[a\]\(https://www\.example\.org\)"))


async def test_the_way_of_writing_is_remembered(door: Door) -> None:
    async with door.visit("member", device=DESKTOP) as member:
        await begin(member, "Retenu")
        await type_lines(member, "riche")
        await member.press("Markdown")
        await expect(rich(member)).to_be_hidden()
        await source(member).fill("**source**")
        await member.page.reload()
        await expect(source(member)).to_be_visible()
        await expect(button(member, "Markdown")).to_have_attribute("aria-pressed", "true")
        await expect(source(member)).to_have_value("**source**")
        await member.press("Mise en forme")
        await expect(rich(member).locator("strong")).to_have_text("source")


async def test_on_a_phone_the_buttons_are_under_the_thumb(door: Door) -> None:
    async with door.visit("member", device=PHONE) as member:
        await begin(member, "Au téléphone")
        await type_lines(member, *(f"Ligne {number}" for number in range(30)))
        bar = await member.page.locator(".editor-bar").bounding_box()
        caret = await rich(member).get_by_text("Ligne 29").bounding_box()
        assert bar
        assert caret
        assert abs(bar["y"] + bar["height"] - PHONE["viewport"]["height"]) <= 1
        assert caret["y"] + caret["height"] <= bar["y"]
        boxes = [await one.bounding_box() for one in await member.page.locator(".editor-bar button:visible").all()]
        assert [box for box in boxes if box and min(box["width"], box["height"]) < SMALLEST_TARGET] == []
        await member.look()


@pytest.mark.parametrize("scripts", [False, True], ids=["without-scripts", "with-a-lost-script"])
async def test_without_the_editor_the_text_box_does_it(door: Door, scripts: bool) -> None:
    async with door.visit("owner", device=DESKTOP, scripts=scripts) as owner:
        if scripts:
            address = f"/static/core/dist/{json.loads((DIST / 'manifest.json').read_text())['pages/editor.js']}"
            owner.expect_refusal(address)
            await owner.page.route(f"**{address}", lambda route: route.fulfill(status=404))
        title = f"Boîte seule {scripts}"
        await owner.page.goto(owner.site.at(f"{WIKI}/new"))
        await owner.page.get_by_label("Titre").fill(title)
        await owner.page.get_by_role("main").get_by_label("Texte").fill("**sans** rien")
        await owner.press("Enregistrer la page")
        assert await owner.heading() == title
        await expect(owner.page.locator("main strong")).to_have_text("sans")


async def test_the_editor_is_small_and_only_where_one_writes(door: Door) -> None:
    manifest: dict[str, str] = json.loads((DIST / "manifest.json").read_text())
    files = {DIST / manifest["pages/editor.js"], DIST / manifest["pages/editor.css"]}
    files |= {
        DIST / "chunks" / name
        for name in re.findall(r"chunk-\w+\.js", (DIST / manifest["pages/editor.js"]).read_text())
    }
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < MOST_BYTES
    async with door.visit("member") as member:
        fetched: list[str] = []
        member.page.on("request", lambda request: fetched.append(request.url))
        for path in ("/", "/c/aquitaine/", "/c/aquitaine/wiki/", f"{WIKI}/nos-rencontres", "/c/aquitaine/files/"):
            await member.open(path)
        assert [url for url in fetched if "pages/editor" in url] == []


async def prefer(author: Visitor, mode: str) -> None:
    """Chooses how pages open for editing."""
    await author.open("/account/preferences")
    await author.page.get_by_role("radio", name=mode).check()
    await author.press("Enregistrer")


async def begin(author: Visitor, title: str) -> None:
    """Opens the form of a new page, with its title, and the caret in the text."""
    await author.open(f"{WIKI}/new")
    await author.fill("Titre", title)
    await rich(author).focus()


async def save(author: Visitor, title: str) -> None:
    """Saves a new page; ends on it."""
    await author.press("Enregistrer la page")
    await expect(author.page.locator("h1").first).to_have_text(title)


async def stored(author: Visitor, slug: str) -> str:
    """The text of a page as the server has it; ends in its form."""
    await author.open(f"{WIKI}/{slug}/edit")
    await rich(author).wait_for()
    text: str = await author.page.locator("textarea[name=body]").evaluate("(box) => box.defaultValue")
    return text


async def type_lines(author: Visitor, *lines: str) -> None:
    """Types lines with Enter between them."""
    for number, line in enumerate(lines):
        if number:
            await author.page.keyboard.press("Enter")
        await author.page.keyboard.type(line)


async def choose(author: Visitor, typed: str, offered: str) -> None:
    """Types something and takes the first suggestion, which is `offered`."""
    await author.page.keyboard.type(typed)
    await author.page.get_by_role("option", name=offered, exact=True, selected=True).wait_for()
    await author.page.keyboard.press("Enter")


async def press(author: Visitor, name: str) -> None:
    """Presses a button of the editor."""
    await button(author, name).click()


def button(author: Visitor, name: str) -> Locator:
    """A button of the editor."""
    return author.page.get_by_role("main").get_by_role("button", name=name, exact=True)


def rich(author: Visitor) -> Locator:
    """The rich text."""
    return author.page.get_by_role("textbox", name="Texte").and_(author.page.locator(".editor-text"))


def source(author: Visitor) -> Locator:
    """The text box."""
    return author.page.locator("textarea[name=body]")


async def paste(author: Visitor, **kinds: str) -> None:
    """Pastes HTML or text, as another program has copied it."""
    types = {f"text/{'plain' if kind == 'text' else kind}": text for kind, text in kinds.items()}
    await rich(author).evaluate(
        """(target, types) => {
            const clipboardData = new DataTransfer();
            for (const [type, text] of Object.entries(types)) clipboardData.setData(type, text);
            target.dispatchEvent(new ClipboardEvent("paste", {bubbles: true, cancelable: true, clipboardData}));
        }""",
        types,
    )


async def drop(target: Locator, name: str, content: bytes) -> None:
    """Drops a picture on a part of the page."""
    await target.evaluate(
        """(target, [name, bytes]) => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([new Uint8Array(bytes)], name, {type: "image/png"}));
            const {right, bottom} = (target.querySelector("p") ?? target).getBoundingClientRect();
            const [clientX, clientY] = [right - 2, bottom - 4];
            target.dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer, clientX, clientY}));
        }""",
        [name, list(content)],
    )
