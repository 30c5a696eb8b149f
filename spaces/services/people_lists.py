"""Lists of people as operators paste or upload them: addresses and names out of lines, mail programs and spreadsheets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from defusedcsv import csv

from core.accounts.queries import normal_email
from core.accounts.services.people import normal_name
from core.collation import fold
from core.errors import Invalid
from core.i18n import gettext
from core.markdown import clean_text

MOST_ROWS = 2000
MOST_BYTES = 1024 * 1024
_EMAIL = frozenset(
    {
        *("email", "e-mail", "mail", "email address", "e-mail address", "courriel"),
        *("adresse e-mail", "adresse email", "adresse mail", "adresse electronique"),
    }
)
_FIRST = frozenset({"prenom", "first name", "firstname", "given name", "vorname"})
_LAST = frozenset({"nom", "nom de famille", "last name", "lastname", "surname", "family name", "nachname"})
_WHOLE = frozenset({"name", "full name", "nom complet", "nom et prenom", "prenom et nom", "prenom nom", "nom prenom"})
_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]]+@[^\s<>,;\"()\[\]]+")
_REVERSED = re.compile(r"([^,]+),([^,<]+)<")  # `Lovelace, Ada <`, as mail programs of offices write it


@dataclass(frozen=True, slots=True)
class Listed:
    """One person of a list.

    Args:
        email: in the form in which accounts know it; as it was found where it is wrong.
        name: "" where none was given.
        problem: a sentence that says why nobody can be invited by it, "" when somebody can.
    """

    email: str
    name: str = ""
    problem: str = ""


def read_list(text: str) -> list[Listed]:
    """People out of a text: one on each line, several with commas or semicolons between them, or rows of a table.

    Args:
        text: lines such as `Ada Lovelace <ada@example.org>`, or cells with tabs, semicolons or commas under a header.

    Raises:
        Invalid: for more than 2,000 people, a text that is too long, or one without anybody.
    """
    if len(text) > MOST_BYTES:
        raise Invalid(gettext("This list is too long: at most 1 MB, please."), field="people")
    lines = [line for line in clean_text(text).split("\n") if line.strip(" \t,;")]
    table = _as_table(lines)
    people = [_checked(*one) for one in (table if table is not None else _as_lines(lines))]
    if not people:
        raise Invalid(gettext("There is nobody in this list."), field="people")
    if len(people) > MOST_ROWS:
        raise Invalid(gettext("At most %(most)s people at once, please.", most=MOST_ROWS), field="people")
    return people


def decoded(data: bytes) -> str:
    """The text of a file as spreadsheets write it: UTF-8 or UTF-16, else Windows-1252.

    Raises:
        Invalid: when it is none of these, such as a spreadsheet's own format.
    """
    if len(data) > MOST_BYTES:
        raise Invalid(gettext("This list is too long: at most 1 MB, please."), field="file")
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = None
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None or "\x00" in text or data.startswith((b"PK", b"\xd0\xcf")):
        raise Invalid(gettext("This file cannot be read. Save the table as CSV and try again."), field="file")
    return text


def as_lines(people: Sequence[Listed]) -> str:
    """A list that `read_list` reads again."""
    return "\n".join(f"{one.name} <{one.email}>" if one.name else one.email for one in people)


def _checked(email: str, name: str) -> Listed:
    try:
        address = normal_email(email)
    except Invalid as error:
        return Listed(email[:254], name[:120], error.message)
    try:
        shown = normal_name(name) if name.strip() else ""
    except Invalid:
        shown = ""
    return Listed(address, re.sub(r"[<>\"]", "", shown))


def _as_lines(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        found = list(_ADDRESS.finditer(line))
        if not found:
            yield line.strip(" \t,;"), ""
        elif len(found) == 1:
            before, after = line[: found[0].start()], line[found[0].end() :]
            yield found[0].group().strip("'"), _name(_REVERSED.sub(r"\2 \1", before) + " " + after)
        else:
            end = 0
            for one in found:
                yield one.group().strip("'"), _name(line[end : one.start()])
                end = one.end()


def _name(text: str) -> str:
    return " ".join(re.sub(r"mailto:|[<>\"(),;\t]+", " ", text).split()).strip("' ")


def _as_table(lines: Sequence[str]) -> list[tuple[str, str]] | None:
    """The people of a table with a header; None where the first line is none."""
    if not lines:
        return None
    mark = max("\t;,", key=lines[0].count)
    try:
        cells = list(csv.reader(lines, delimiter=mark))
    except csv.Error:
        raise Invalid(
            gettext("This file cannot be read. Save the table as CSV and try again."), field="people"
        ) from None
    heads = [fold(cell) for cell in cells[0]]
    at = next((number for number, head in enumerate(heads) if head in _EMAIL), None)
    if at is None:
        return None
    firsts = [number for number, head in enumerate(heads) if head in _FIRST]
    lasts = [number for number, head in enumerate(heads) if head in _LAST]
    wholes = [number for number, head in enumerate(heads) if head in _WHOLE]
    columns = (firsts + lasts) or wholes
    return [(_cell(row, at), " ".join(_cell(row, n) for n in columns).strip()) for row in cells[1:] if any(row)]


def _cell(row: Sequence[str], number: int) -> str:
    return row[number].strip() if number < len(row) else ""
