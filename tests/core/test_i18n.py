"""Languages: negotiated, restored, and dates and numbers as they write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cercle.testing import Village
from core.accounts.models import User
from core.i18n import (
    LANGUAGES,
    Catalogues,
    ago,
    direction,
    filesize,
    find_languages,
    gettext,
    language,
    listing,
    long_datetime,
    negotiate,
    ngettext,
    number,
    short_date,
    speaking,
    use,
    zone_exists,
)
from core.models import Mail

AT = datetime(2026, 11, 12, 13, 5, tzinfo=UTC)

pytestmark = pytest.mark.sqlite_only


@pytest.mark.parametrize(
    "header, found",
    [
        ("fr", "fr"),
        ("fr-CA", "fr"),
        ("de, fr;q=0.5, en;q=0.4", "fr"),
        ("en;q=0.1, fr;q=0.9", "fr"),
        ("fr;q=0", "en"),
        ("", "en"),
        ("*", "en"),
        (";;;,,q=", "en"),
    ],
)
def test_the_browser_is_heard(header: str, found: str) -> None:
    assert negotiate(header, "en") == found


@given(st.text(max_size=80))
def test_no_header_is_too_strange(header: str) -> None:
    assert negotiate(header, "fr") in ("en", "fr")


async def test_texts_are_translated_with_their_values(village: Village) -> None:
    with speaking("fr"):
        assert gettext("Please sign in") != "Please sign in"
        assert ngettext("%(num)s byte", "%(num)s bytes", 1200).startswith("1\u202f200")
    assert gettext("") == ""
    assert gettext("No such text %(x)s", x=1) == "No such text 1"


async def test_speaking_another_language_ends_with_its_block(village: Village) -> None:
    use("en")
    with speaking("fr"):
        assert language() == "fr"
    assert language() == "en"
    use("xx")
    assert language() == "en"


async def test_times_are_shown_in_the_zone_of_the_reader(village: Village) -> None:
    with speaking("fr", "Europe/Paris"):
        assert long_datetime(AT) == "12 novembre 2026, 14:05"
    with speaking("en", "America/New_York"):
        assert long_datetime(AT) == "12 November 2026, 08:05"


async def test_numbers_and_sizes_are_written_as_the_language_does(village: Village) -> None:
    with speaking("en"):
        assert (number(1234.5), filesize(1536), filesize(1)) == ("1,234.5", "1.5 kB", "1 byte")
    with speaking("fr"):
        assert (number(1234.5), filesize(1536)) == ("1\u202f234,5", "1,5\u202fko")


async def test_ago_says_how_long(village: Village) -> None:
    with speaking("en"):
        assert ago(datetime.now(UTC) - timedelta(hours=3, minutes=1)) == "3 hours ago"
        assert ago(datetime.now(UTC)) == "1 second ago"


@pytest.mark.parametrize(
    "name, exists",
    [("Europe/Paris", True), ("Mars/Olympus", False), ("../etc/passwd", False), ("", False), ("\x00", False)],
)
def test_only_known_zones_exist(name: str, exists: bool) -> None:
    assert zone_exists(name) is exists


def test_a_catalogue_that_cannot_be_read_leaves_the_others(tmp_path: Path) -> None:
    for part, text in (("good", 'msgid "Yes"\nmsgstr "Oui"\n'), ("bad", "msgid broken\n")):
        folder = tmp_path / part / "fr" / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "messages.po").write_text(text, encoding="utf-8")
    assert Catalogues([tmp_path / "bad", tmp_path / "good"]).get("fr").gettext("Yes") == "Oui"


def test_the_earlier_part_has_the_word(tmp_path: Path) -> None:
    for part, text in (("first", "Un"), ("second", "Deux")):
        folder = tmp_path / part / "fr" / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "messages.po").write_text(f'msgid "Word"\nmsgstr "{text}"\n', encoding="utf-8")
    assert Catalogues([tmp_path / "first", tmp_path / "second"]).get("fr").gettext("Word") == "Un"


async def test_a_visitor_reads_the_language_of_the_browser(village: Village) -> None:
    french = await village.client(None, accept_language="fr-CA, en;q=0.5").get("/sign-in")
    english = await village.client(None, accept_language="de, en;q=0.5").get("/sign-in")

    assert [_spoken(page) for page in (french, english)] == ["fr", "en"]
    assert "Mot de passe" in french.text


async def test_a_visitor_chooses_another_language_that_lasts(village: Village) -> None:
    browser = village.client(
        None, accept_language="en", referer=f"{village.app.settings.base_url}/sign-in?next=%2Fclubs"
    )
    page = await browser.get("/sign-in")

    chosen = await browser.post("/language", data={"language": "fr"})

    assert 'value="fr"' in page.text
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/sign-in?next=%2Fclubs")
    assert [_spoken(page), _spoken(await browser.get("/sign-in"))] == ["en", "fr"]


@pytest.mark.parametrize(
    "where", ["https://elsewhere.example//evil.example/", "https://elsewhere.example/\\\\evil", ""]
)
async def test_choosing_a_language_leads_to_no_other_site(village: Village, where: str) -> None:
    chosen = await village.client(None, referer=where).post("/language", data={"language": "fr"})

    assert chosen.headers["location"] == "/"


async def test_only_languages_that_are_spoken_here_are_chosen(village: Village) -> None:
    browser = village.client(None, accept_language="en")

    refused = await browser.post("/language", data={"language": "xx"})
    browser.cookies.set("language", "../fr")

    assert (refused.status_code, _spoken(await browser.get("/sign-in"))) == (422, "en")


@pytest.mark.parametrize(
    "setting,browser,site", [("fr", "en", "fr"), ("en", "fr", "en"), ("", "fr", "fr"), ("", "de", "en")]
)
async def test_a_member_reads_their_own_language_then_the_browsers(
    village: Village, setting: str, browser: str, site: str
) -> None:
    await User.filter(id=village.member.id).update(locale=setting)

    page = await village.client(village.member, accept_language=browser).get("/c/atelier/")

    assert _spoken(page) == site


async def test_letters_are_in_the_language_of_who_reads_them(village: Village) -> None:
    await User.filter(id=village.outsider.id).update(locale="fr")
    browser = village.client(village.owner, accept_language="en")

    await browser.post("/c/atelier/invitations/mail", data={"email": village.outsider.email, "role": "member"})
    await village.client(None, accept_language="en").post("/reset-password", data={"email": village.outsider.email})

    letters = await Mail.filter(recipient=village.outsider.email).order_by("id")
    assert len(letters) == 2
    assert ["Bonjour" in one.text or "vous invite" in one.text for one in letters] == [True, True]
    assert ['<html lang="fr" dir="ltr">' in one.html for one in letters] == [True, True]


def test_languages_are_found_by_their_catalogues(tmp_path: Path) -> None:
    for code in ("ar", "pt_BR", "fr", "klingon"):
        folder = tmp_path / code / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "messages.po").touch()

    found = find_languages(tmp_path)

    assert dict(found) == {"en": "English", "fr": "Français", "pt_BR": "Português (Brasil)", "ar": "العربية"}
    assert list(found) == ["en", "fr", "pt_BR", "ar"]


@pytest.mark.parametrize("code,way", [("ar", "rtl"), ("he", "rtl"), ("fr", "ltr"), ("en", "ltr")])
def test_the_direction_of_a_language_is_known(monkeypatch: pytest.MonkeyPatch, code: str, way: str) -> None:
    monkeypatch.setitem(LANGUAGES, code, code)
    with speaking(code):
        assert direction() == way


async def test_a_page_runs_the_way_of_its_language_and_texts_their_own_way(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LANGUAGES, "ar", "العربية")
    negotiate.cache_clear()
    member = village.client(village.member, accept_language="ar")
    await User.filter(id=village.member.id).update(locale="")
    await member.post("/c/atelier/wiki/pages", data={"title": "Page", "body": "مرحبا"})

    page = (await member.get("/c/atelier/wiki/pages/page")).text
    negotiate.cache_clear()

    assert '<html lang="ar" dir="rtl"' in page
    assert '<div class="prose" dir="auto"><p>مرحبا' in page


def test_the_first_of_a_month_is_written_as_french_readers_do() -> None:
    first, eleventh = datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 11, 12, tzinfo=UTC)
    with speaking("fr"):
        assert [short_date(first), short_date(eleventh)] == ["1er janv. 2026", "11 janv. 2026"]
        assert long_datetime(first) == "1er janvier 2026, 12:00"
    with speaking("en"):
        assert short_date(first) == "1 Jan 2026"


def test_several_names_are_listed_in_words() -> None:
    with speaking("fr"):
        assert [listing(words) for words in ((), ["A"], ["A", "B"], ["A", "B", "C"])] == [
            "",
            "A",
            "A et B",
            "A, B et C",
        ]
    with speaking("en"):
        assert listing(["A", "B", "C"]) == "A, B and C"


def _spoken(page: httpx.Response) -> str:
    return page.text.split('<html lang="')[1].split('"')[0]
