"""How words are found: their other forms, their beginnings, phrases, signs, and in which order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cercle import Content
from cercle.testing import Village
from plugins.search.index.terms import stems_of, words_of
from tests.search.publishing import found, publish, shown


@pytest.mark.parametrize(
    "q,text",
    [
        ("consultants", "Une consultante est venue."),
        ("consultante", "Les consultants sont là."),
        ("réunions", "La reunion de mardi"),
        ("reserver", "Réservations des salles"),
        ("meetings", "We are meeting today"),
        ("policies", "The policy of the house"),
        ("CHEVAUX", "le cheval gris"),
    ],
)
async def test_a_word_finds_its_other_forms(village: Village, q: str, text: str) -> None:
    await publish(village.club, 1, "Note", words=text)
    assert await found(village, village.member, q) == ["Note"]


async def test_the_last_word_may_be_a_beginning_and_no_other(village: Village) -> None:
    await publish(village.club, 1, "Comité de pilotage")
    assert await found(village, village.member, "comité pilo") == ["Comité de pilotage"]
    assert await found(village, village.member, "pilo comité") == []
    assert await found(village, village.member, '"pilo"') == [], "in quotes it is a whole word"
    assert await found(village, village.member, "pi") == [], "fewer than three letters are a word of their own"


async def test_small_words_count_only_where_there_are_no_others(village: Village) -> None:
    await publish(village.club, 1, "Réservation salle")
    assert await found(village, village.member, "comment réserver la salle") == ["Réservation salle"]
    await publish(village.club, 2, "Le la les")
    assert await found(village, village.member, "la") == ["Le la les"]


async def test_in_quotes_a_word_is_meant_as_it_is_written(village: Village) -> None:
    await publish(village.club, 1, "Consultants")
    await publish(village.club, 2, "Consultante")
    assert await found(village, village.member, '"consultante"') == ["Consultante"]
    assert await found(village, village.member, 'consult -"consultante"') == ["Consultants"]


async def test_a_refused_word_is_refused_in_all_its_forms(village: Village) -> None:
    await publish(village.club, 1, "Red apples")
    await publish(village.club, 2, "Red apple")
    await publish(village.club, 3, "Red pears")
    assert await found(village, village.member, "red -apples") == ["Red pears"]


async def test_signs_inside_a_word_mean_what_they_say(village: Village) -> None:
    await publish(village.club, 1, "Version 1.2 of it")
    await publish(village.club, 2, "Version 1 and 2 of it")
    assert await found(village, village.member, "version 1.2") == ["Version 1.2 of it"]
    assert await found(village, village.member, "-1.2 version") == ["Version 1 and 2 of it"]


async def test_authors_are_found_by_their_names(village: Village) -> None:
    await publish(village.club, 1, "Minutes", author_id=village.owner.id)
    assert await found(village, village.member, "oscar") == ["Minutes"]
    assert await found(village, village.member, "minutes owner") == ["Minutes"]


async def test_a_tag_is_a_word_too_and_other_fields_are_not(village: Village) -> None:
    await publish(village.club, 1, "Post", fields={"tag": ["Outils"], "type": "pdf"})
    assert await found(village, village.member, "outil") == ["Post"]
    assert await found(village, village.member, "pdf") == []


async def test_a_title_is_worth_more_than_a_tag_and_a_tag_more_than_a_text(village: Village) -> None:
    await publish(village.club, 1, "In the text", words="zanzibar")
    await publish(village.club, 2, "In the tags", fields={"tag": "zanzibar"})
    await publish(village.club, 3, "Zanzibar")
    assert await found(village, village.member, "zanzibar") == ["Zanzibar", "In the tags", "In the text"]


async def test_what_is_new_comes_before_what_is_old(village: Village) -> None:
    for number, year in ((1, 2026), (2, 2015), (3, 2020)):
        await publish(village.club, number, "Report", words=f"zanzibar {number}")
        await Content.filter(object_id=number).update(updated_at=datetime(year, 1, 1, tzinfo=UTC))
    assert await shown(village, village.member, "zanzibar") == [f"/c/atelier/wiki/{number}" for number in (1, 3, 2)]


async def test_what_was_found_is_marked_in_all_its_forms(village: Village) -> None:
    await publish(village.club, 1, "Note", words="Nous cherchons deux Consultantes.")
    page = (await village.client(village.member).get("/search?q=consultant")).text
    assert "deux <mark>Consultantes</mark>." in page


async def test_changing_a_text_changes_what_is_found(village: Village) -> None:
    await publish(village.club, 1, "Note", words="zanzibar")
    assert await found(village, village.member, "zanzibar") == ["Note"]
    await publish(village.club, 1, "Note", words="madagascar")
    assert await found(village, village.member, "zanzibar") == []
    assert await found(village, village.member, "madagascar") == ["Note"]


def test_words_are_cut_and_numbers_have_no_other_forms() -> None:
    assert words_of("l'ecole_d'ete, 2026") == ["l", "ecole", "d", "ete", "2026"]
    assert stems_of("2026") == ()
    assert stems_of("consultants") == ("/consult",)
