"""Forms: one typed model per action. What is wrong comes back beside its field, with the text kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError
from pydantic_core import ErrorDetails
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from core.errors import Invalid
from core.http import Request
from core.i18n import N_, gettext
from core.markdown import clean_text

M = TypeVar("M", bound="Input")


def _clean(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return clean_text(value)
    except Invalid as error:
        raise ValueError(error.message) from None


def _one_line(value: Any) -> Any:
    cleaned = _clean(value)
    return " ".join(cleaned.split()) if isinstance(cleaned, str) else cleaned


Text = Annotated[str, BeforeValidator(_clean)]
"""Text of several lines: NFC, `\\n`, no NUL and no unpaired surrogates."""

Line = Annotated[str, BeforeValidator(_one_line)]
"""Text of one line."""


class Input(BaseModel):
    """Base of every input model, for forms and for the API. Unknown fields are an error."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False, frozen=True)


@dataclass(slots=True)
class Form(Generic[M]):
    """An input model with what a person typed.

    Args:
        values: the texts as typed, for showing again.
        errors: sentences by field; "" holds those for the whole form.
        input: the typed values when everything is right.
    """

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    input: M | None = None

    @property
    def is_valid(self) -> bool:
        """Whether `input` is there."""
        return self.input is not None and not self.errors

    @property
    def data(self) -> M:
        """The typed values.

        Raises:
            Invalid: when something is wrong.
        """
        if self.input is None or self.errors:
            raise Invalid(errors=self.errors)
        return self.input

    def refuse(self, error: Invalid) -> None:
        """Take over what a service found wrong."""
        for name, texts in error.errors.items():
            self.errors.setdefault(name, []).extend(texts)


async def read_form(request: Request, model: type[M], **defaults: Any) -> Form[M]:
    """Read a submitted form into its model.

    Args:
        request: a POST with `application/x-www-form-urlencoded` or `multipart/form-data` fields.
        model: the input model.
        defaults: values for fields that the form does not carry.
    """
    values: dict[str, Any] = dict(defaults)
    sent = await submitted(request)
    for name in sent:
        many = [value for value in sent.getlist(name) if isinstance(value, str)]
        if many and not name.startswith("_"):
            values[name] = many if _takes_list(model, name) else many[-1]
    return check(model, values)


async def submitted(request: Request) -> FormData:
    """The fields of a submitted form as they came; files are refused.

    Raises:
        Invalid: when it is no form.
    """
    try:
        return await request.form(max_files=0, max_fields=500)
    except (MultiPartException, HTTPException) as error:
        raise Invalid(gettext("This form cannot be read. Load the page again and send it once more.")) from error


def check(model: type[M], values: Mapping[str, Any]) -> Form[M]:
    """Validate values against a model."""
    try:
        return Form(dict(values), {}, model.model_validate(_without_blanks(model, values)))
    except ValidationError as error:
        return Form(dict(values), field_errors(error))


def field_errors(error: ValidationError) -> dict[str, list[str]]:
    """Sentences by field, in the language at hand."""
    errors: dict[str, list[str]] = {}
    for detail in error.errors(include_url=False):
        name = ".".join(str(step) for step in detail["loc"])
        errors.setdefault(name, []).append(_sentence(detail))
    return errors


_SENTENCES = {
    "missing": N_("Please fill this in."),
    "extra_forbidden": N_("There is no field of this name."),
    "string_too_short": N_("At least %(min_length)s characters, please."),
    "string_too_long": N_("At most %(max_length)s characters, please."),
    "too_long": N_("At most %(max_length)s entries, please."),
    "int_parsing": N_("Please enter a whole number."),
    "bool_parsing": N_("Please answer yes or no."),
    "datetime_parsing": N_("Please enter a date and a time."),
    "datetime_from_date_parsing": N_("Please enter a date and a time."),
    "date_from_datetime_parsing": N_("Please enter a date."),
    "literal_error": N_("Please choose one of the listed values."),
    "enum": N_("Please choose one of the listed values."),
    "greater_than_equal": N_("At least %(ge)s, please."),
    "less_than_equal": N_("At most %(le)s, please."),
    "greater_than": N_("More than %(gt)s, please."),
    "less_than": N_("Less than %(lt)s, please."),
    "string_pattern_mismatch": N_("This is not in the expected form."),
}


def _sentence(detail: ErrorDetails) -> str:
    kind = str(detail["type"])
    if isinstance(detail["input"], str) and kind in ("too_short", "too_long"):
        kind = f"string_{kind}"  # what pydantic says of a text that was cleaned first
    known = _SENTENCES.get(kind)
    if kind == "string_too_short" and (detail.get("ctx") or {}).get("min_length") == 1:
        known = _SENTENCES["missing"]
    if known:
        return gettext(known) % (detail.get("ctx") or {})
    sentence = detail["msg"].removeprefix("Value error, ")
    return gettext(sentence)


def _takes_list(model: type[Input], name: str) -> bool:
    known = model.model_fields.get(name)
    return known is not None and any(word in str(known.annotation) for word in ("list[", "tuple[", "set["))


def _without_blanks(model: type[Input], values: Mapping[str, Any]) -> dict[str, Any]:
    """A field left empty in a browser is sent as ""; where the model has a default other than text, that one counts."""
    kept = {}
    for name, value in values.items():
        known = model.model_fields.get(name)
        if value == "" and known is not None and not known.is_required() and not isinstance(known.default, str):
            continue
        kept[name] = value
    return kept


__all__ = ["Form", "Input", "Line", "StringConstraints", "Text", "check", "field_errors", "read_form", "submitted"]
