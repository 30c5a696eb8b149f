"""The site as an app: its manifest is complete, its worker keeps public files alone, its offline page holds nobody's words."""

from __future__ import annotations

import io
import re
from itertools import pairwise

import pytest
from PIL import Image

from cercle.testing import Village
from core.errors import PluginError
from core.loading.manifests import check_manifest
from core.parts import Part


async def test_the_manifest_makes_the_site_installable(village: Village) -> None:
    answer = await village.client().get("/manifest.webmanifest", headers={"Accept-Language": "fr"})
    facts = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/manifest+json")
    assert (facts["id"], facts["start_url"], facts["scope"], facts["display"]) == ("/", "/", "/", "standalone")
    assert (facts["name"], facts["lang"]) == (village.app.settings.site_name, "fr")
    assert {(icon["sizes"], icon["purpose"]) for icon in facts["icons"]} == {
        (size, purpose) for size in ("192x192", "512x512") for purpose in ("any", "maskable")
    }
    assert all(re.fullmatch(r"#[0-9a-f]{6}", facts[name]) for name in ("theme_color", "background_color"))


async def test_every_picture_of_the_manifest_is_there_in_its_size(village: Village) -> None:
    browser = village.client()
    icons = (await browser.get("/manifest.webmanifest")).json()["icons"]
    sizes = {}
    for icon in icons:
        with Image.open(io.BytesIO((await browser.get(icon["src"])).content)) as picture:
            sizes[icon["src"]] = (f"{picture.width}x{picture.height}", picture.format)
    assert sizes == {icon["src"]: (icon["sizes"], "PNG") for icon in icons}


async def test_what_the_manifest_leads_to_answers(village: Village) -> None:
    member = village.client(village.member)
    facts = (await member.get("/manifest.webmanifest")).json()
    leads = [facts["start_url"], facts["share_target"]["action"], *(one["url"] for one in facts["shortcuts"])]
    assert {address: (await member.get(address)).status_code for address in leads} == dict.fromkeys(leads, 200) | {
        "/share": 303 if len((await village.viewer(village.member)).clubs) == 1 else 200
    }


async def test_the_bar_of_the_browser_has_the_colour_of_the_page(village: Village) -> None:
    browser = village.client(None)
    paper = (await browser.get("/manifest.webmanifest")).json()["theme_color"]
    both = re.findall(r'<meta name="theme-color"([^>]*) content="(#\w{6})">', (await browser.get("/")).text)
    browser.cookies.set("scheme", "dark")
    fixed = re.findall(r'<meta name="theme-color"([^>]*) content="(#\w{6})">', (await browser.get("/")).text)
    assert (both[0][1], fixed) == (paper, [("", both[1][1])])


async def test_the_worker_keeps_public_files_alone(village: Village) -> None:
    answer = await village.client().get("/service-worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    listed = re.findall(r'"(/[^"]*)"', answer.text.partition("\n")[0])
    assert {address for address in listed if not address.startswith("/static/")} == {"/offline", "/share"}
    nobody = village.client()
    files = [address for address in listed if address.startswith("/static/")]
    found = [await nobody.get(address) for address in files]
    assert [one.status_code for one in found] == [200] * len(files)
    assert {one.headers["cache-control"] for one in found} == {"public, max-age=31536000, immutable"}


async def test_the_worker_is_the_same_until_what_it_keeps_changes(village: Village) -> None:
    browser = village.client()
    texts = [(await browser.get("/service-worker.js")).text for _ in range(2)]
    village.app.assets["app.css"] = "app-OTHER.css"
    texts.append((await browser.get("/service-worker.js")).text)
    assert [one == other for one, other in pairwise(texts)] == [True, False]


async def test_the_offline_page_holds_nothing_of_anybody(village: Village) -> None:
    member = await village.client(village.member).get("/offline?lang=fr")
    nobody = await village.client().get("/offline?lang=fr")
    assert member.text == nobody.text
    assert village.member.name not in member.text
    assert member.headers["content-language"] == "fr"
    assert "Pas de connexion" in member.text


@pytest.mark.parametrize("asked, spoken", [("fr", "fr"), ("en", "en"), ("xx", "en"), ("<b>", "en")])
async def test_the_offline_page_speaks_the_language_it_is_asked_for(village: Village, asked: str, spoken: str) -> None:
    answer = await village.client().get("/offline", params={"lang": asked})
    assert (answer.status_code, answer.headers["content-language"]) == (200, spoken)
    assert f'<html lang="{spoken}"' in answer.text


async def test_the_letters_of_tools_are_shown_to_members_only(village: Village) -> None:
    member = (await village.client(village.member).get("/shortcuts")).text
    nobody = (await village.client().get("/shortcuts")).text
    assert ("<kbd>w</kbd>" in member, "<kbd>w</kbd>" in nobody) == (True, False)
    assert "<kbd>?</kbd>" in nobody


async def test_no_two_tools_want_the_same_letter(village: Village) -> None:
    letters = [loaded.part.shortcut for loaded in village.app.parts.plugins if loaded.part.shortcut]
    assert sorted(letters) == sorted(set(letters))


@pytest.mark.parametrize("letter", ["h", "ww", "W", "1"])
def test_a_letter_of_the_site_is_refused(letter: str) -> None:
    with pytest.raises(PluginError, match="shortcut"):
        check_manifest(Part("poll", "Polls", "", "1", shortcut=letter), essential=False)


async def test_the_page_that_tells_how_to_install_is_for_everybody(village: Village) -> None:
    assert (await village.client().get("/install")).status_code == 200
