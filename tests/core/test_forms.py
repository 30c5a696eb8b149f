"""Forms: texts are cleaned, what is wrong comes back beside its field with the text kept."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import Field

from cercle.testing import Village
from core.errors import Invalid
from core.forms import Input, Line, Text, check
from core.i18n import speaking

pytestmark = pytest.mark.sqlite_only


class Note(Input):
    """A model for these tests."""

    title: Annotated[Line, Field(min_length=1, max_length=20)]
    body: Annotated[Text, Field(max_length=100)] = ""
    size: int | None = None
    state: Literal["draft", "published"] = "draft"


@pytest.fixture(autouse=True)
async def _site(village: Village) -> None:
    """Sentences come from the catalogues of a site."""


async def test_a_right_form_gives_typed_values() -> None:
    form = check(Note, {"title": "  A   note ", "body": "one\r\ntwo", "size": "3"})
    assert form.is_valid
    assert form.data == Note(title="A note", body="one\ntwo", size=3)


async def test_what_is_wrong_comes_back_beside_its_field_with_the_text_kept() -> None:
    form = check(Note, {"title": "", "body": "x" * 101, "size": "many", "state": "lost", "extra": "1"})
    assert form.errors == {
        "title": ["Please fill this in."],
        "body": ["At most 100 characters, please."],
        "size": ["Please enter a whole number."],
        "state": ["Please choose one of the listed values."],
        "extra": ["There is no field of this name."],
    }
    assert form.values["body"] == "x" * 101
    with pytest.raises(Invalid):
        _ = form.data


async def test_the_sentences_are_in_the_language_at_hand() -> None:
    with speaking("fr"):
        assert check(Note, {}).errors["title"] != ["Please fill this in."]


async def test_a_field_left_empty_takes_its_default() -> None:
    assert check(Note, {"title": "x", "size": ""}).data.size is None


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b", "\udfff"])
async def test_what_no_database_can_carry_is_refused(text: str) -> None:
    form = check(Note, {"title": text})
    assert not form.is_valid
    assert list(form.errors) == ["title"]


async def test_two_spellings_of_a_letter_are_one() -> None:
    assert check(Note, {"title": "e\u0301"}).data.title == "\u00e9"


async def test_what_a_service_finds_wrong_is_taken_over() -> None:
    form = check(Note, {"title": "x"})
    form.refuse(Invalid("Taken.", field="title"))
    assert (form.is_valid, form.errors) == (False, {"title": ["Taken."]})
