"""Names stand where readers look for them, on every database."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.connection import get_connection

from cercle.testing import Village
from core.accounts.models import User
from core.collation import fold, sort_key, sort_name
from core.db import atomic
from core.migrate import SortKeys
from spaces.models import Club
from spaces.services import create_club, update_club


def test_names_are_in_the_order_of_the_alphabet() -> None:
    wanted = ["À propos", "Atelier 2", "atelier 10", "Éliot", "Elise", "L’Étoile", "l'hermitage", "Œdipe", "Øre", "Zoé"]
    mixed = random.Random(3).sample(wanted, len(wanted))  # noqa: S311 - an order, not a secret

    assert sorted(mixed, key=sort_key) == wanted


@pytest.mark.parametrize(
    "one,other",
    [
        ("Élise", "elise"),
        ("Œuvre", "oeuvre"),
        ("L’Étoile", "l'etoile"),
        ("Straße", "STRASSE"),
        ("ﬁn", "fin"),
        ("E\u0301", "é"),
    ],
)
def test_accents_capitals_and_ligatures_do_not_count(one: str, other: str) -> None:
    assert (fold(one), sort_key(one)) == (fold(other), sort_key(other))


def test_people_stand_by_their_last_name() -> None:
    people = ["Élodie Dupré-Martin", "Anne de Bœck", "Jean Dupre", "Zoé Abel"]

    assert sorted(people, key=sort_name) == ["Zoé Abel", "Anne de Bœck", "Jean Dupre", "Élodie Dupré-Martin"]


@given(st.text(max_size=300))
def test_a_key_fits_its_column_and_is_its_own_key(text: str) -> None:
    assert len(sort_key(text)) <= 200
    assert fold(fold(text)) == fold(text)


async def test_members_are_listed_in_order_on_every_database(village: Village) -> None:
    for name in ("Éric Zola", "eva Élan", "Ève Œuvrard", "Bo Ozu", "Al Oe", "Cy D’Arc", "Cy Da Costa"):
        await village.join(await _person(name), village.public)

    page = (await village.client(village.owner).get("/c/place/people")).text

    wanted = ("Cy Da Costa", "Cy D’Arc", "eva Élan", "Al Oe", "Ève Œuvrard", "Bo Ozu", "Éric Zola")
    places = [page.index(name) for name in sorted(wanted, key=sort_name)]
    assert places == sorted(places)


async def test_clubs_are_listed_by_name_page_by_page(village: Village) -> None:
    actor = await village.viewer(village.operator)
    for name in ("Œnologie", "Orléans", "École 10", "École 2", "eau vive"):
        await create_club(name=name, kind="team", actor=actor)
    renamed = await create_club(name="Zzz", kind="team", actor=actor)
    await update_club(renamed, actor=None, name="Ébénistes")

    script, names, after = village.api(village.operator), [], None
    while True:
        page = (await script.get("clubs", params={"limit": 2, **({"after": after} if after else {})})).json()
        names += [club["name"] for club in page["items"]]
        after = page["next"]
        if after is None:
            break

    assert names == sorted(names, key=sort_key)
    assert len(names) == len(set(names)) == await Club.filter(visibility__not="hidden").count()
    assert [name for name in names if name[0] in "eÉŒO"] == [
        "eau vive", "Ébénistes", "École 2", "École 10", "Œnologie", "Orléans",
    ]  # fmt: skip


async def test_clubs_are_found_whatever_the_accents(village: Village) -> None:
    await create_club(name="École d’Élan", kind="team", actor=await village.viewer(village.operator))

    found = await village.client(village.member).get("/clubs", params={"q": "ecole ÉLAN"})
    managed = await village.client(village.operator).get("/admin/clubs", params={"q": "école"})

    assert "École d’Élan" in found.text
    assert "École d’Élan" in managed.text


async def test_keys_are_made_for_names_that_were_there_before(village: Village) -> None:
    await User.all().update(sort_name="")
    async with atomic():
        editor = SimpleNamespace(client=get_connection("default"))
        await SortKeys("accounts_user", "sort_name", "name", sort_name, length=120).database_forward(
            "", None, None, editor
        )

    people = await User.all()
    assert [one.sort_name for one in people] == [sort_name(one.name) for one in people]


async def _person(name: str) -> User:
    number = await User.all().count()
    return await User.create(
        email=f"p{number}@x.example", handle=f"p{number}", name=name, sort_name=sort_name(name), stamp="x", locale="en"
    )
