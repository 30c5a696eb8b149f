"""The address for an answer: for one person and one thing, short, and good as long as the person's stamp."""

from __future__ import annotations

import pytest

from cercle.testing import Village, village_settings
from core.accounts.models import User
from core.accounts.services.people import renew_stamp
from core.errors import SettingsError
from core.inbound.addresses import LONGEST_ABOUT, Addresses, Claim, mark_of
from tests.inbound.conftest import NAME, PostOffice

pytestmark = pytest.mark.anyio

KEY = "k" * 48
CLAIM = Claim(mark_of(NAME), 4, 9, "17")


async def test_an_address_leads_back_to_person_club_and_thing(office: PostOffice) -> None:
    member = office.village.member
    found = await office.village.app.inbound.who_answers(office.address(member))
    assert found is not None
    claim, person = found
    assert (person.id, claim.user_id, claim.club_id, claim.about) == (
        member.id,
        member.id,
        office.village.club.id,
        "17",
    )


async def test_letter_case_does_not_matter_and_anything_else_does(office: PostOffice) -> None:
    who_answers, address = office.village.app.inbound.who_answers, office.address(office.village.member)
    token, host = address.split("+")[1].split("@")
    changed = ("a" if token[0] != "a" else "b") + token[1:]
    assert await who_answers(address.upper()) is not None
    for other in (
        f"reply+{changed}@{host}",
        f"reply+{token[:-1]}@{host}",
        f"reply+{token}@example.org",
        f"answer+{token}@{host}",
        f"reply@{host}",
        f"reply+@{host}",
        f"reply+{'a' * 58}@{host}",
        f"reply+é@{host}",
        "reply",
        "",
    ):
        assert await who_answers(other) is None, other


@pytest.mark.parametrize("end", ["stamp", "inactive", "erased"])
async def test_an_address_ends_with_its_reason(office: PostOffice, end: str) -> None:
    member, address = office.village.member, office.address(office.village.member)
    if end == "stamp":
        await renew_stamp(member)
    elif end == "inactive":
        await User.filter(id=member.id).update(is_active=False)
    else:
        await User.filter(id=member.id).delete()
    assert await office.village.app.inbound.who_answers(address) is None


async def test_an_address_of_a_plugin_that_takes_nothing_is_not_good(office: PostOffice) -> None:
    inbound = office.village.app.inbound
    other = inbound.address("other.answer", "17", office.village.member)
    assert await inbound.who_answers(str(other)) is None


@pytest.mark.parametrize("base", ["reply@example.org", "reponse.ab@example.org"])
async def test_the_part_before_the_at_is_short_enough_for_every_server(base: str) -> None:
    largest = Claim(mark_of(NAME), 2**27, 2**27, "9" * LONGEST_ABOUT)
    addresses = Addresses(base, KEY)
    made = addresses.make(largest, "s" * 32)
    assert len(made.rpartition("@")[0]) <= 64
    found = addresses.read(made)
    assert found is not None
    assert (found.user_id, found.club_id, found.about) == (2**27, 2**27, "9" * LONGEST_ABOUT)


async def test_sites_with_another_key_make_other_addresses() -> None:
    person = User(id=4, stamp="s" * 32)
    mine, other = Addresses("reply@example.org", KEY), Addresses("reply@example.org", "o" * 48)
    claim = mine.read(other.make(CLAIM, person.stamp))
    assert claim is not None
    assert (mine.is_good(claim, person), other.is_good(claim, person)) == (False, True)


@pytest.mark.parametrize("about", ["", "9" * (LONGEST_ABOUT + 1), "é" * 6])
async def test_what_it_is_about_is_short(about: str) -> None:
    with pytest.raises(ValueError, match="11 bytes"):
        Addresses("reply@example.org", KEY).make(Claim(mark_of(NAME), 4, None, about), "s")


async def test_everybody_who_is_told_has_an_address_of_their_own(office: PostOffice) -> None:
    inbound, club = office.village.app.inbound, office.village.club
    member, owner = office.village.member, office.village.owner
    found = await inbound.addresses_of(NAME, "17", [owner.id, member.id, 999_999], club_id=club.id)
    assert found == {one.id: office.address(one) for one in (member, owner)}


async def test_without_an_address_the_site_makes_none(village: Village) -> None:
    assert await village.app.inbound.addresses_of(NAME, "17", [village.member.id]) == {}
    assert village.app.inbound.address(NAME, "17", village.member) is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"inbound_address": "reply"}, "must be an address such as"),
        ({"inbound_address": "much-too-long@example.org"}, "at most 10 letters"),
        ({"inbound_address": "re+ply@example.org"}, "must be an address such as"),
        ({"inbound_listen": "127.0.0.1:8025"}, "needs CERCLE_INBOUND_ADDRESS"),
        ({"inbound_address": "reply@example.org", "inbound_listen": "8025"}, "an address and a port"),
        ({"inbound_address": "reply@example.org", "inbound_listen": "127.0.0.1:99999"}, "an address and a port"),
    ],
)
async def test_wrong_settings_are_refused_with_a_sentence(tmp_path: object, values: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        village_settings(tmp_path, "sqlite://x", **values)  # type: ignore[arg-type] # a path


async def test_a_place_is_read(tmp_path: object) -> None:
    given = {"inbound_address": "Reply@Example.org", "inbound_listen": "[::1]:8025"}
    settings = village_settings(tmp_path, "sqlite://x", **given)  # type: ignore[arg-type] # a path
    assert (settings.inbound_address, settings.inbound_place) == ("reply@example.org", ("::1", 8025))
