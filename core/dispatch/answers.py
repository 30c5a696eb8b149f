"""What a hook may answer, from the return type of its specification: so that a wrong answer is a fault of the plugin that
gave it, and not of the page that shows it.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

MOST_ITEMS = 1000
LONGEST_TEXT = 100_000  # characters

Complaint = str
"""What is wrong, as the end of a sentence; "" when nothing is."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A type as it is checked.

    Args:
        name: for the sentence.
        classes: of which a value must be; none for anything.
        inner: looks at what the value is made of.
    """

    name: str
    classes: tuple[type, ...] = ()
    inner: Callable[[Any], Complaint] | None = None


FieldKinds = tuple[tuple[str, tuple[Kind, ...]], ...]
"""The fields of a dataclass by name, with what each may be."""


def kinds_of_answer(specification: Callable[..., Any]) -> tuple[Kind, ...]:
    """What implementations of a hook may answer; nothing where that may be anything.

    Args:
        specification: the function of a `hookspecs.py`; the names in its return type must be there at run time.
    """
    annotation = getattr(specification, "__annotations__", {}).get("return")
    module = sys.modules.get(specification.__module__)
    try:
        hints = get_type_hints(SimpleNamespace(__annotations__={"answer": annotation}), vars(module) if module else {})
    except NameError:
        return ()
    most = sys.maxsize if getattr(specification, "cercle_seconds", None) else MOST_ITEMS  # no page waits for long work
    kinds = kinds_of(hints["answer"], most)
    return kinds if all(kind.classes for kind in kinds) else ()


def complaint_about(value: Any, kinds: Sequence[Kind]) -> Complaint:
    """What is wrong with a value that must be one of these kinds, however deep."""
    for kind in kinds:
        if not kind.classes or isinstance(value, kind.classes):
            return kind.inner(value) if kind.inner else ""
    due = " or ".join(dict.fromkeys(kind.name for kind in kinds if kind.name != "None"))
    return f"{_named(value)} where {due or 'nothing'} is due"


def kinds_of(annotation: Any, most: int = MOST_ITEMS) -> tuple[Kind, ...]:
    """A type as it is checked: one kind for each member of a union.

    Args:
        annotation: the type.
        most: items of a list.
    """
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return tuple(kind for one in inner for kind in kinds_of(one, most))
    if origin is Literal:
        return (Kind(" or ".join(map(repr, inner)), (object,), lambda value: "" if value in inner else "another word"),)
    if annotation is None or annotation is type(None):
        return (Kind("None", (type(None),)),)
    if isinstance(origin, type):
        return (_container(origin, inner, most),)
    if not isinstance(annotation, type) or annotation is object or getattr(annotation, "_is_protocol", False):
        return (Kind("anything"),)
    if annotation is str:
        return (Kind("a text", (str,), _about_text),)
    if annotation is float:
        return (Kind("a number", (float, int)),)
    if is_dataclass(annotation):
        return (Kind(annotation.__name__, (annotation,), _about_fields),)
    return (Kind(annotation.__name__, (annotation,)),)


def _container(origin: type, inner: tuple[Any, ...], most: int) -> Kind:
    if issubclass(origin, Mapping):
        return Kind("a mapping", (Mapping,))
    if origin is Callable or not hasattr(origin, "__len__"):  # type: ignore[comparison-overlap] # typing says it is no type
        return Kind("a function" if "Callable" in str(origin) else origin.__name__, (origin,))
    item = kinds_of(inner[0], most) if inner else (Kind("anything"),)
    named = " or ".join(kind.name for kind in item)
    ordered = issubclass(origin, Sequence)
    classes = (list, tuple) if ordered else (list, tuple, set, frozenset)
    texts, anything = item[0].classes == (str,), not any(kind.classes for kind in item)

    def inner_of(value: Any) -> Complaint:
        if len(value) <= most and (anything or not value or (texts and _are_plain(value))):
            return ""
        return _about_items(value, item, most)

    return Kind(f"a list of {named}", classes, inner_of)


def _about_items(value: Any, item: Sequence[Kind], most: int) -> Complaint:
    if len(value) > most:
        return f"{len(value)} items where at most {most} are shown"
    for number, one in enumerate(value, 1):
        if complaint := complaint_about(one, item):
            return f"item {number} is {complaint}"
    return ""


def _about_text(value: str) -> Complaint:
    if len(value) > LONGEST_TEXT:
        return f"a text of {len(value)} characters where at most {LONGEST_TEXT} are shown"
    if hasattr(value, "__html__"):
        return "HTML where plain text is due"
    try:
        value.isascii() or value.encode()
    except UnicodeEncodeError:
        return "a text with half a character (a lone surrogate)"
    return ""


def _about_fields(value: Any) -> Complaint:
    kind: type = type(value)
    texts, others = _fields_of(kind)
    if texts and not _are_plain(texts(value)):
        others = _kinds_of_fields(kind)  # some field is no usual text; look which, and say what is wrong with it
    for name, kinds in others:
        if complaint := complaint_about(getattr(value, name), kinds):
            return f"{kind.__name__} whose {name} is {complaint}"
    return ""


def _are_plain(values: Collection[Any]) -> bool:
    """Whether these are the texts that almost all texts are: looked at together, since each page shows hundreds."""
    if set(map(type, values)) != {str}:
        return False
    whole = "".join(values)
    return len(whole) <= LONGEST_TEXT and (whole.isascii() or not _about_text(whole))


@lru_cache(maxsize=256)
def _fields_of(kind: type) -> tuple[Callable[[Any], tuple[Any, ...]] | None, FieldKinds]:
    """What reads the fields that are texts, where there are several; and the other fields."""
    found = _kinds_of_fields(kind)
    texts = [name for name, kinds in found if [one.classes for one in kinds] == [(str,)]]
    if len(texts) < 2:
        return None, found
    return attrgetter(*texts), tuple((name, kinds) for name, kinds in found if name not in texts)


@lru_cache(maxsize=256)
def _kinds_of_fields(kind: type) -> FieldKinds:
    try:
        hints = get_type_hints(kind)
    except NameError:  # a plugin's own class may name what is only there for the type checker
        return ()
    found = ((one.name, kinds_of(hints[one.name])) for one in fields(kind))
    return tuple((name, kinds) for name, kinds in found if all(one.classes for one in kinds))


def _named(value: Any) -> str:
    kind = type(value).__name__
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"
