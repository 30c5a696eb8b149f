"""What a person can choose in the settings of a plugin: one field for each field of its model, read from the annotations.

A field knows how it is asked for in a form, what a typed text means, and how a value is said in words.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from core.errors import Invalid, PluginError
from core.forms import Text
from core.i18n import N_, gettext, listing, number
from core.markdown import clean_text

Kind = Literal["yes_no", "whole", "number", "choice", "line", "text", "lines"]
LONGEST = {"line": 1_000, "text": 20_000, "lines": 500}
MOST_LINES = 500
LARGEST = 2**53  # what JSON carries exactly (RFC 8259, 6)
_TEXT = get_args(Text)[1]  # what makes a `Text` of a string
_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0", ""})


@dataclass(frozen=True, slots=True)
class Option:
    """One of several values: what the model holds, and what it is called (source language)."""

    value: str | int
    label: str


@dataclass(frozen=True, slots=True)
class SettingField:
    """One field of a plugin's settings.

    Args:
        name: in the model.
        kind: how it is asked for.
        title, text: label and explanation (source language).
        is_optional: whether it may be left empty, which the model holds as None.
        options: for a choice.
        low, high: bounds of a number, inclusive.
        shortest, longest: characters of a text, or of a line of several.
        most: lines.
    """

    name: str
    kind: Kind
    title: str
    text: str = ""
    is_optional: bool = False
    options: tuple[Option, ...] = ()
    low: float | None = None
    high: float | None = None
    shortest: int = 0
    longest: int = 0
    most: int = MOST_LINES

    @property
    def label(self) -> str:
        """Its name in the reader's language."""
        return gettext(self.title)

    @property
    def is_required(self) -> bool:
        """Whether a form may not leave it empty."""
        return not self.is_optional and (self.kind in ("whole", "number", "choice") or self.shortest > 0)

    def parsed(self, sent: Any) -> Any:
        """What the model is given for what a form, a command or the API sent.

        Raises:
            ValueError: with a sentence (source language) when it cannot mean anything.
        """
        if self.is_optional and (sent is None or (isinstance(sent, str) and not sent.strip())):
            return None
        read: dict[Kind, Callable[[Any], Any]] = {
            "yes_no": _yes_no,
            "whole": _whole,
            "number": _number,
            "choice": self._chosen,
            "line": self._text,
            "text": self._text,
            "lines": self._lines,
        }
        return read[self.kind](sent)

    def typed(self, value: Any) -> str:
        """A value of the model as a form shows it to be changed."""
        plain = value.value if isinstance(value, Enum) else value
        if plain is None:
            return ""
        if isinstance(plain, bool):
            return "true" if plain else "false"
        return "\n".join(map(str, plain)) if self.kind == "lines" else str(plain)

    def said(self, value: Any) -> str:
        """A value of the model in the reader's words."""
        plain = value.value if isinstance(value, Enum) else value
        if plain is None or plain in ("", (), []):
            return gettext("Nothing")
        if self.kind == "yes_no":
            return gettext("Yes") if plain else gettext("No")
        if self.kind == "choice":
            return next((gettext(option.label) for option in self.options if option.value == plain), str(plain))
        if self.kind in ("whole", "number"):
            return number(plain)
        return listing(plain) if self.kind == "lines" else str(plain)

    def _chosen(self, sent: Any) -> str | int:
        for option in self.options:
            if not isinstance(sent, bool) and str(option.value) == str(sent):
                return option.value
        raise ValueError(N_("Please choose one of the listed values."))

    def _text(self, sent: Any) -> str:
        if not isinstance(sent, str):
            raise ValueError(N_("Please enter a text."))
        cleaned = _cleaned(sent)
        text = cleaned if self.kind == "text" else " ".join(cleaned.split())
        if len(text) > self.longest:
            raise ValueError(gettext("At most %(max_length)s characters, please.", max_length=self.longest))
        return text

    def _lines(self, sent: Any) -> list[str]:
        given = sent.splitlines() if isinstance(sent, str) else sent
        if not isinstance(given, list | tuple):
            raise ValueError(N_("Please enter a text."))
        found = dict.fromkeys(line for one in given if (line := self._text(one)))
        if len(found) > self.most:
            raise ValueError(gettext("At most %(max_length)s entries, please.", max_length=self.most))
        return list(found)


@lru_cache(maxsize=1024)
def fields_of(model: type[BaseModel]) -> dict[str, SettingField]:
    """The fields of a model, by name.

    Raises:
        PluginError: for a field that no form can ask for.
    """
    return {name: _field(model, name, info) for name, info in model.model_fields.items()}


def _field(model: type[BaseModel], name: str, info: FieldInfo) -> SettingField:
    place = f"settings.py: {model.__name__}.{name}"
    if info.alias or info.validation_alias:
        raise PluginError(f"{place} has an alias; settings go by their names", plugin=model.__module__)
    annotation, metadata, is_optional = _unwrapped(info.annotation, list(info.metadata))
    title = info.title or name.replace("_", " ").capitalize()
    shared: dict[str, Any] = {"title": title, "text": info.description or "", "is_optional": is_optional}
    if options := _options(annotation, info):
        return SettingField(name, "choice", options=options, **shared)
    kind = _kind(annotation, metadata)
    if kind is None:
        text = f"{place} is of a type that no form asks for: {annotation!r}. {_POSSIBLE}"
        raise PluginError(text, plugin=model.__module__)
    return SettingField(name, kind, **shared, **_bounds(kind, metadata))


_POSSIBLE = "Use bool, int, float, str, Line, Text, Literal, an Enum, or a list or tuple of str, each also with None"


def _unwrapped(annotation: Any, metadata: list[Any]) -> tuple[Any, list[Any], bool]:
    """The type behind `… | None` and `Annotated`, what is said about it, and whether None is among its values."""
    is_optional = False
    if get_origin(annotation) in (Union, types.UnionType):
        others = [one for one in get_args(annotation) if one is not type(None)]
        is_optional = len(others) < len(get_args(annotation))
        annotation = others[0] if len(others) == 1 else annotation
    if get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        metadata = [*metadata, *more]
    return annotation, metadata, is_optional


def _options(annotation: Any, info: FieldInfo) -> tuple[Option, ...]:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        values = [member.value for member in annotation]
    elif get_origin(annotation) is Literal:
        values = list(get_args(annotation))
    else:
        return ()
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    labels: Any = extra.get("labels") or {}
    return tuple(Option(value, str(labels.get(value, value))) for value in values)


def _kind(annotation: Any, metadata: Iterable[Any]) -> Kind | None:
    plain: dict[Any, Kind] = {bool: "yes_no", int: "whole", float: "number"}
    if annotation is str:
        return "text" if any(one == _TEXT for one in metadata) else "line"
    if get_origin(annotation) in (list, tuple):
        inner = _unwrapped(get_args(annotation)[0], [])[0]
        return "lines" if inner is str else None
    return plain.get(annotation) if isinstance(annotation, type) else None


def _bounds(kind: Kind, metadata: Iterable[Any]) -> dict[str, Any]:
    said = {
        word: bound
        for one in metadata
        for word in ("ge", "gt", "le", "lt", "min_length", "max_length")
        if (bound := getattr(one, word, None)) is not None
    }
    if kind in ("whole", "number"):
        step = 1 if kind == "whole" else 0
        low = said.get("ge", said["gt"] + step if "gt" in said else None)
        return {"low": low, "high": said.get("le", said["lt"] - step if "lt" in said else None)}
    if kind == "lines":
        return {"longest": LONGEST["lines"], "most": said.get("max_length", MOST_LINES)}
    longest = LONGEST.get(kind, 0)
    return {"shortest": said.get("min_length", 0), "longest": min(longest, said.get("max_length", longest))}


def _yes_no(sent: Any) -> bool:
    word = sent.strip().casefold() if isinstance(sent, str) else sent
    if isinstance(word, bool):
        return word
    if isinstance(word, str) and word in _YES | _NO:
        return word in _YES
    raise ValueError(N_("Please answer yes or no."))


def _whole(sent: Any) -> int:
    value = _number(sent, N_("Please enter a whole number."))
    if not value.is_integer() or abs(value) > LARGEST:
        raise ValueError(N_("Please enter a whole number."))
    return int(value)


def _number(sent: Any, sentence: str = N_("Please enter a number.")) -> float:
    if isinstance(sent, str) and not sent.strip():
        raise ValueError(N_("Please fill this in."))
    try:
        text = sent.strip().replace("\u202f", "").replace(",", ".") if isinstance(sent, str) else sent
        value = math.nan if isinstance(text, bool) or not isinstance(text, str | int | float) else float(text)
    except (ValueError, OverflowError):
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(sentence)
    return value


def _cleaned(text: str) -> str:
    try:
        return clean_text(text)
    except Invalid as error:
        raise ValueError(error.message) from None
