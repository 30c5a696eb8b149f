"""Forms that are made from the settings of plugins: what is shown, and what a submit changes.

A form carries what it showed. Only what differs from that was changed by the person who sent it, so two people who work on
different fields at once do not undo each other.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData

from core.errors import Invalid
from core.i18n import gettext, number
from core.plugin_settings import PluginSettings
from core.plugin_settings.changes import Fixed
from core.plugin_settings.fields import SettingField, fields_of

SHOWN = "_shown"
_MANY = 10_000  # a wider range says nothing to anybody
_FEW = 4  # options that stand beside each other; more are a list to choose from


@dataclass(frozen=True, slots=True)
class FormField:
    """One field as the macro `settings_fields` shows it.

    Args:
        name: of the input.
        label, hint: in the reader's language.
        type: as in the macro `field`.
        options: as there.
        required: whether it may not be left empty.
        attrs: more attributes of the input.
        fixed: the operator's word, when the field can only be read.
        said: the value in words.
    """

    name: str
    label: str
    hint: str
    type: str
    options: tuple[tuple[str, str], ...]
    required: bool
    attrs: Mapping[str, Any]
    fixed: Fixed | None
    said: str


@dataclass(slots=True)
class SettingsForm:
    """The settings of one plugin in a form.

    Args:
        model: the settings.
        prefix: of the names of its inputs.
        fields: in the order of the model.
        values: texts by name of the input.
        errors: sentences by name of the input; "" for all of it.
        unread: inputs that count as changed whatever they hold, because what is stored does not fit any more.
    """

    model: type[PluginSettings]
    prefix: str = ""
    fields: tuple[FormField, ...] = ()
    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()

    @property
    def labels(self) -> dict[str, str]:
        """What the fields are called, by name of the input."""
        return {one.name: one.label for one in self.fields}

    def take(self, sent: FormData) -> dict[str, Any]:
        """Keep what was typed; answers the values that were changed, by field of the model."""
        shown, changed = shown_in(sent), {}
        for one in self.fields:
            text = text_of(sent, one.name)
            if text is None or one.fixed is not None:
                continue
            self.values[one.name] = text
            if text != shown.get(one.name):
                changed[one.name.removeprefix(self.prefix)] = text
        return changed

    def refuse(self, error: Invalid) -> None:
        """Take over what a service found wrong; its errors go by the fields of the model."""
        known = self.model.model_fields
        for name, texts in error.errors.items():
            self.errors.setdefault(self.prefix + name if name in known else "", []).extend(texts)


def form_of(
    model: type[PluginSettings],
    now: PluginSettings,
    *,
    prefix: str = "",
    fixed: Mapping[str, Fixed] | None = None,
    faults: Collection[str] = (),
) -> SettingsForm:
    """The form for settings.

    Args:
        model: the settings.
        now: what holds at the moment.
        prefix: of the names of its inputs, where several forms share a page.
        fixed: what the operator fixed, by field.
        faults: fields whose stored value does not fit any more.
    """
    held = fixed or {}
    known = fields_of(model)
    made = SettingsForm(model, prefix, unread=frozenset(prefix + name for name in faults))
    made.fields = tuple(_shown(one, prefix, getattr(now, name), held.get(name)) for name, one in known.items())
    made.values = {prefix + name: one.typed(getattr(now, name)) for name, one in known.items()}
    for name in faults:
        sentence = gettext("What was chosen before does not fit any more; the default counts until you save.")
        made.errors[prefix + name] = [sentence]
    return made


def shown_by(*forms: SettingsForm, more: Mapping[str, str] | None = None) -> str:
    """What the forms of a page show, for its hidden field `_shown`."""
    texts = {name: text for form in forms for name, text in form.values.items() if name not in form.unread}
    return json.dumps({**texts, **(more or {})})


def shown_in(sent: FormData) -> dict[str, Any]:
    """What a form that was sent had shown; empty when it does not say so."""
    text = sent.get(SHOWN)
    try:
        found = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}


def text_of(sent: FormData, name: str) -> str | None:
    """The last text sent under a name, its lines ended by `\\n`; None when there is none."""
    texts = [text for text in sent.getlist(name) if isinstance(text, str)]
    return texts[-1].replace("\r\n", "\n") if texts else None


def _shown(one: SettingField, prefix: str, value: Any, fixed: Fixed | None) -> FormField:
    return FormField(
        name=prefix + one.name,
        label=one.label,
        hint=_hint(one),
        type=_type(one),
        options=_options(one),
        required=one.is_required,
        attrs=_attrs(one),
        fixed=fixed,
        said=one.said(value),
    )


def _type(one: SettingField) -> str:
    if one.kind == "choice":
        return "radio" if len(one.options) <= _FEW else "select"
    plain = {"yes_no": "checkbox", "whole": "number", "number": "number", "text": "textarea", "lines": "textarea"}
    return plain.get(one.kind, "text")


def _options(one: SettingField) -> tuple[tuple[str, str], ...]:
    empty = (("", gettext("No choice")),) if one.kind == "choice" and one.is_optional else ()
    return empty + tuple((str(option.value), gettext(option.label)) for option in one.options)


def _attrs(one: SettingField) -> dict[str, Any]:
    if one.kind in ("whole", "number"):
        return {"min": one.low, "max": one.high, "step": 1 if one.kind == "whole" else "any"}
    return {"maxlength": one.longest} if one.kind in ("line", "text") else {}


def _hint(one: SettingField) -> str:
    sentences = [gettext(one.text)] if one.text else []
    if one.low is not None and one.high is not None and one.high - one.low < _MANY:
        sentences.append(gettext("From %(low)s to %(high)s.", low=number(one.low), high=number(one.high)))
    if one.kind == "lines":
        sentences.append(gettext("One on each line."))
    return " ".join(sentences)
