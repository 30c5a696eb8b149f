"""What people type: their profile, whose fields the operator defines, and those fields themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, cast
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, create_model, field_validator

from cercle import N_, Input, Line, Text, fold, gettext
from plugins.directory.models import AUDIENCES, Answer, ProfileField
from plugins.directory.services.profiles import Said

MOST_ENTRIES = 30
LONGEST_ENTRY = 60
LENGTHS = {"text": 120, "long": 4000, "list": 3000, "choice": 120, "phone": 40, "url": 300}
Audience = Literal["club", "site", "moderators", "nobody"]
_PHONE = re.compile(r"\+?[0-9][0-9 ().\-/]{2,38}")
_SEPARATORS = re.compile(r"[,;\n]+")


class ListedInput(Input):
    """Whether somebody is in directories at all."""

    listed: bool = False


class GroupInput(Input):
    """The heading of a group."""

    label: Annotated[Line, Field(min_length=1, max_length=60)]


class MoveInput(Input):
    """Which way something moves."""

    direction: Literal["up", "down"]


class FieldInput(Input):
    """A field; the choices stand on a line each."""

    label: Annotated[Line, Field(min_length=1, max_length=80)]
    kind: Literal["text", "long", "list", "choice", "phone", "url"]
    group: int
    hint: Annotated[Line, Field(max_length=200)] = ""
    choices: Annotated[Text, Field(max_length=10_000)] = ""
    is_facet: bool = False
    is_hidden: bool = False

    @field_validator("choices")
    @classmethod
    def _short_lines(cls, value: str) -> str:
        lines = [" ".join(line.split()) for line in value.split("\n") if line.strip()]
        if len(lines) > 200 or any(len(line) > LENGTHS["choice"] for line in lines):
            raise ValueError(N_("At most 200 choices of 120 characters."))
        return "\n".join(dict.fromkeys(lines))

    @property
    def choice_list(self) -> list[str]:
        """The choices, one by one."""
        return self.choices.split("\n") if self.choices else []


def profile_model(fields: Sequence[ProfileField], present: dict[int, Answer]) -> type[Input]:
    """The input model of a profile with these fields.

    Args:
        fields: those that are asked.
        present: the answers there are, by field id; a choice that the operator took away stays possible for who has it.
    """
    parts: dict[str, Any] = {"listed": (bool, False), "present": (bool, False)}
    for one in fields:
        answer = present.get(one.id)
        parts[value_name(one)] = (_type_of(one, answer.text if answer else ""), "")
        parts[audience_name(one)] = (Audience, "club")
    return cast(type[Input], create_model("ProfileInput", __base__=Input, **parts))


def value_name(field: ProfileField) -> str:
    """The form's name for the answer to a field."""
    return f"value_{field.key}"


def audience_name(field: ProfileField) -> str:
    """The form's name for the audience of a field."""
    return f"audience_{field.key}"


def said_in(fields: Sequence[ProfileField], data: Input) -> dict[int, Said]:
    """What a checked form says, by field id."""
    return {one.id: Said(getattr(data, value_name(one)), getattr(data, audience_name(one))) for one in fields}


def typed(fields: Sequence[ProfileField], present: dict[int, Answer]) -> dict[str, str]:
    """The values of an untouched form."""
    values: dict[str, str] = {}
    for one in fields:
        answer = present.get(one.id)
        text = answer.text if answer else ""
        values[value_name(one)] = text.replace("\n", ", ") if one.kind == "list" else text
        values[audience_name(one)] = answer.audience if answer and answer.audience in AUDIENCES else "club"
    return values


def _type_of(field: ProfileField, now: str) -> Any:
    longest = Field(max_length=LENGTHS[field.kind])
    checks: dict[str, Callable[[str], str]] = {"list": _entries, "phone": _phone, "url": _address}
    if field.kind == "choice":
        checks["choice"] = _one_of([*field.choices, now])
    base = Text if field.kind in ("long", "list") else Line
    check = checks.get(field.kind, str.strip)
    return Annotated[base, longest, AfterValidator(check)]


def _entries(value: str) -> str:
    entries = [" ".join(entry.split()) for entry in _SEPARATORS.split(value)]
    kept: dict[str, str] = {}
    for entry in filter(fold, entries):
        kept.setdefault(fold(entry), entry)
    if len(kept) > MOST_ENTRIES:
        raise ValueError(gettext("At most %(most)s entries, please.", most=MOST_ENTRIES))
    if any(len(entry) > LONGEST_ENTRY for entry in kept.values()):
        raise ValueError(gettext("Each entry has at most %(most)s characters.", most=LONGEST_ENTRY))
    return "\n".join(kept.values())


def _phone(value: str) -> str:
    if value and not _PHONE.fullmatch(value):
        raise ValueError(N_("Please enter a phone number: digits, spaces and a + in front."))
    return value


def _address(value: str) -> str:
    if not value:
        return value
    whole = value if "://" in value else f"https://{value}"
    try:
        parts = urlsplit(whole)
        wrong = parts.scheme not in ("http", "https") or "." not in (parts.hostname or "") or "@" in parts.netloc
    except ValueError:
        wrong = True
    if wrong or not whole.isprintable() or any(sign in whole for sign in " <>\"'\\`"):
        raise ValueError(N_("Please enter a web address such as https://example.org."))
    return whole


def _one_of(known: list[str]) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value and value not in known:
            raise ValueError(N_("Please choose one of the listed values."))
        return value

    return check
