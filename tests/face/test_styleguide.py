"""The style guide shows every component with its code, every token and every icon, to whoever is signed in."""

from html import unescape
from pathlib import Path

import pytest

from cercle.testing import Village
from core.styleguide import EXAMPLES, groups, icon_names
from core.themes.contrast import ACCENT_PAIRS, PAIRS
from core.themes.css import ACCENT_ROLES, accents, colour_tokens
from core.token_words import token_names

PAGES = ("/styleguide", "/styleguide/tokens", "/styleguide/icons")
SHEET = Path(__file__).parents[2] / "core" / "static" / "styleguide.css"


async def test_every_component_has_an_example_and_every_example_a_component(village: Village) -> None:
    module = village.app.pages.environment.get_template("ui.html").make_module({})
    macros = {name for name, value in vars(module).items() if callable(value) and not name.startswith("_")}
    assert {path.stem for path in EXAMPLES.glob("*.html")} == macros
    assert {piece.name for pieces in groups().values() for piece in pieces} == macros


async def test_the_guide_is_for_whoever_is_signed_in(village: Village) -> None:
    for person in (village.operator, village.member, village.guest, village.outsider):
        browser = village.client(person)
        assert [(await browser.get(path)).status_code for path in PAGES] == [200, 200, 200]
    stranger = village.client()
    assert {(await stranger.get(path)).headers["location"].partition("?")[0] for path in PAGES} == {"/sign-in"}


async def test_the_code_that_is_shown_is_the_code_that_is_run(village: Village) -> None:
    page = unescape((await village.client(village.member).get("/styleguide")).text)
    for pieces in groups().values():
        for piece in pieces:
            assert f'<article class="piece" id="{piece.name}">' in page
            assert (EXAMPLES / f"{piece.name}.html").read_text().rstrip() in page


async def test_no_two_elements_of_the_guide_share_an_id(village: Village) -> None:
    page = (await village.client(village.member).get("/styleguide")).text
    ids = [part.partition('"')[0] for part in page.split(' id="')[1:]]
    assert sorted(name for name in set(ids) if ids.count(name) > 1) == []


async def test_every_token_is_shown_with_what_it_is(village: Village) -> None:
    page = (await village.client(village.member).get("/styleguide/tokens")).text
    assert [name for name in token_names() if f"--{name}</code>" not in page] == []
    assert [name for name in accents() if f'data-accent="{name}"' not in page] == []


@pytest.mark.parametrize("attribute", ["token", "over", "under"])
def test_every_sample_is_drawn(attribute: str) -> None:
    shown = {
        "token": {*colour_tokens(), *ACCENT_ROLES},
        "over": {pair.over for pair in PAIRS},
        "under": {pair.under for pair in PAIRS},
    }
    sheet = SHEET.read_text()
    assert [name for name in shown[attribute] if f'[data-{attribute}="{name}"]' not in sheet] == []
    assert len(ACCENT_PAIRS) >= 3


async def test_an_icon_is_found_by_a_word(village: Village) -> None:
    browser = village.client(village.member)
    found = await browser.get("/styleguide/icons", params={"icon": " File-Im "})
    nothing = await browser.get("/styleguide/icons", params={"icon": "nosuch"})

    assert "<code>file-image</code>" in found.text or not icon_names()
    assert "<code>users</code>" not in found.text
    assert "empty-state" in nothing.text


async def test_the_guide_asks_the_database_only_who_looks(village: Village) -> None:
    browser = village.client(village.member)
    await browser.get("/styleguide")
    with village.queries() as seen:
        await browser.get("/styleguide/tokens")
    assert seen.count == 1


async def test_the_guide_is_in_french_too(village: Village) -> None:
    village.member.locale = "fr"
    await village.member.save(update_fields=["locale"])
    page = await village.client(village.member).get("/styleguide")
    assert "Guide de style" in page.text
