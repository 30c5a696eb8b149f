"""Electronic business cards (vCard 4.0, RFC 6350) of what the viewer may see of a person, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from cercle import content_lines, text_value, uri_value
from plugins.directory.queries import Person

MEDIA_TYPE = "text/vcard; charset=utf-8"


def card_of(person: Person, *, url: str, club: str) -> bytes:
    """The card of a person.

    Args:
        person: with the answers that the viewer may see.
        url: absolute address of their page.
        club: its name; the card says where the person was found.
    """
    lines = ["BEGIN:VCARD", "VERSION:4.0", *_properties(person, url, club), "END:VCARD"]
    return content_lines(lines)


def _properties(person: Person, url: str, club: str) -> Iterator[str]:
    first, _, last = person.name.rpartition(" ")
    yield f"FN:{text_value(person.name)}"
    yield f"N:{text_value(last)};{text_value(first)};;;"
    if person.headline:
        yield f"TITLE:{text_value(person.headline)}"
    yield f"ORG:{text_value(club)}"
    yield f"SOURCE:{uri_value(url)}"
    notes = []
    for answer in person.answers:
        if answer.kind == "phone":
            yield f"TEL;VALUE=uri:tel:{''.join(sign for sign in answer.text if sign.isdigit() or sign == '+')}"
        elif answer.kind == "url":
            yield f"URL:{uri_value(answer.text)}"
        elif answer.key == "trade":
            yield f"ROLE:{text_value(answer.text)}"
        elif answer.key == "region":
            yield f"ADR:;;;;{text_value(answer.text)};;"
        else:
            notes.append(f"{answer.label}: {', '.join(answer.entries)}")
    if notes:
        yield f"NOTE:{text_value(chr(10).join(notes))}"
