"""Languages: negotiated, restored, and dates and numbers as they write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cercle.testing import Village
from core.i18n import (
    Catalogues,
    ago,
    filesize,
    gettext,
    language,
    long_datetime,
    negotiate,
    ngettext,
    number,
    speaking,
    use,
    zone_exists,
)

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
        assert (number(1234.5), filesize(1536), filesize(1)) == ("1,234.5", "1.5 KB", "1 byte")
    with speaking("fr"):
        assert (number(1234.5), filesize(1536)) == ("1\u202f234,5", "1,5 Ko")


async def test_ago_says_how_long(village: Village) -> None:
    with speaking("en"):
        assert ago(datetime.now(UTC) - timedelta(hours=3, minutes=1)) == "3 hours ago"


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
