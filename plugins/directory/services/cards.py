"""Electronic business cards (vCard 4.0, RFC 6350) of what the viewer may see of a person, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from plugins.directory.queries import Person

MEDIA_TYPE = "text/vcard; charset=utf-8"
_OCTETS = 75


def card_of(person: Person, *, url: str, club: str) -> bytes:
    """The card of a person.

    Args:
        person: with the answers that the viewer may see.
        url: absolute address of their page.
        club: its name; the card says where the person was found.
    """
    lines = ["BEGIN:VCARD", "VERSION:4.0", *_properties(person, url, club), "END:VCARD"]
    return b"".join(_folded(line) for line in lines)


def _properties(person: Person, url: str, club: str) -> Iterator[str]:
    first, _, last = person.name.rpartition(" ")
    yield f"FN:{_escaped(person.name)}"
    yield f"N:{_escaped(last)};{_escaped(first)};;;"
    if person.headline:
        yield f"TITLE:{_escaped(person.headline)}"
    yield f"ORG:{_escaped(club)}"
    yield f"SOURCE:{_uri(url)}"
    notes = []
    for answer in person.answers:
        if answer.kind == "phone":
            yield f"TEL;VALUE=uri:tel:{''.join(sign for sign in answer.text if sign.isdigit() or sign == '+')}"
        elif answer.kind == "url":
            yield f"URL:{_uri(answer.text)}"
        elif answer.key == "trade":
            yield f"ROLE:{_escaped(answer.text)}"
        elif answer.key == "region":
            yield f"ADR:;;;;{_escaped(answer.text)};;"
        else:
            notes.append(f"{answer.label}: {', '.join(answer.entries)}")
    if notes:
        yield f"NOTE:{_escaped(chr(10).join(notes))}"


def _escaped(text: str) -> str:
    """A text value (RFC 6350, 3.4): backslash, comma, semicolon and line ends; other controls are left out."""
    for plain, written in (("\\", "\\\\"), (",", "\\,"), (";", "\\;"), ("\r\n", "\\n"), ("\r", "\\n"), ("\n", "\\n")):
        text = text.replace(plain, written)
    return "".join(
        letter for letter in text if letter == "\t" or (ord(letter) >= 32 and letter not in "\x7f\x85\u2028\u2029")
    )


def _uri(text: str) -> str:
    """An address cannot hold white space or controls, so none ends the line."""
    return "".join(letter for letter in text if letter.isprintable() and not letter.isspace())


def _folded(line: str) -> bytes:
    """A line in pieces of at most 75 octets, none of which cuts a letter in two (RFC 6350, 3.2)."""
    pieces, piece = [], b""
    for letter in line:
        raw = letter.encode()
        if len(piece) + len(raw) > _OCTETS:
            pieces.append(piece)
            piece = b" "
        piece += raw
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
