"""Sizes as people type them: `20 GB`, `1.5 TB`, `500 Mo`, `1,5 Go`; in powers of 1024, as `core.i18n.filesize` shows them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from babel import units
from babel.numbers import get_group_symbol

from core.errors import Invalid
from core.i18n import gettext, language

_LETTERS = "kmgtp"
_UNITS = {
    **dict.fromkeys(("b", "o", "byte", "bytes", "octet", "octets"), 1),
    **{
        f"{letter}{rest}": 1024**power
        for power, letter in enumerate(_LETTERS, 1)
        for rest in ("", "b", "o", "ib", "io")
    },
}
_NAMES = (("petabyte", 5), ("terabyte", 4), ("gigabyte", 3), ("megabyte", 2), ("kilobyte", 1), ("byte", 0))
_TYPED = re.compile(r"([0-9]{1,30}(?:[.,'’][0-9]{1,30}){0,10})([^\W\d_]{1,6})")


def read_size(text: str) -> int:
    """How many bytes somebody means.

    Args:
        text: a number and a unit; the number as English or the language at hand writes it.

    Raises:
        Invalid: when there is no number or no unit, with an example of how to write it.
    """
    found = _TYPED.fullmatch("".join(text.split()).lower())
    factor = _UNITS.get(found[2]) if found else None
    if found is None or factor is None:
        raise _unreadable()
    try:
        return int(Decimal(_plain(found[1])) * factor)
    except InvalidOperation:
        raise _unreadable() from None


def write_size(size: int) -> str:
    """The same number of bytes as a person would type it, without rounding: `read_size` answers it again."""
    for name, power in _NAMES:
        value = Decimal(size) / 1024**power
        if power == 0 or (value >= 1 and value == round(value, 2)):
            return units.format_unit(
                value, f"digital-{name}", length="short" if power else "long", format="#,##0.##", locale=language()
            )
    raise AssertionError("bytes fit every number")


def _plain(number: str) -> str:
    """`1.5` from `1,5`, `1024` from `1,024` where the language groups so, `1024.5` from `1,024.5`."""
    marks = [letter for letter in number if not letter.isdigit()]
    if not marks:
        return number
    last = marks[-1]
    whole, _, rest = number.rpartition(last)
    groups = len(set(marks)) == 1 and (len(marks) > 1 or (len(rest) == 3 and last == get_group_symbol(language())))
    return re.sub(r"\D", "", number) if groups else re.sub(r"\D", "", whole) + "." + rest


def _unreadable() -> Invalid:
    return Invalid(gettext("Please write a number and a unit, such as 500 MB or 20 GB."))
