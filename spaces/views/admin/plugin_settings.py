"""What the operator chooses in a plugin for the whole site, and which of its settings are the same in all clubs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.responses import Response

from core.current import app
from core.db import atomic
from core.errors import Invalid, NotFound
from core.forms import submitted
from core.http import Request
from core.i18n import gettext
from core.parts import LoadedPart
from core.plugin_settings import PluginSettings, settled, site_settings
from core.plugin_settings.changes import Fix, Fixed, change_site_settings, fix_club_settings, fixes_of, stored_faults
from core.plugin_settings.forms import SHOWN, FormField, SettingsForm, form_of, shown_by, shown_in, text_of
from spaces.views.admin.pages import console

SITE, VALUE, RULE, REASON = "site.", "value.", "fix.", "reason."


@dataclass(frozen=True, slots=True)
class Rule:
    """One setting of clubs: whether it is fixed, in the names of its inputs, and the operator's word so far."""

    field: FormField
    rule: str
    reason: str
    fixed: Fixed | None


@dataclass(slots=True)
class _Page:
    """The forms of a plugin's page: for the site, and for what is fixed in clubs; None where there is nothing to choose."""

    loaded: LoadedPart
    site: SettingsForm | None = None
    clubs: SettingsForm | None = None
    rules: tuple[Rule, ...] = ()

    @property
    def errors(self) -> dict[str, list[str]]:
        """Of both forms."""
        return {**(self.site.errors if self.site else {}), **(self.clubs.errors if self.clubs else {})}

    @property
    def labels(self) -> dict[str, str]:
        """Of both forms."""
        return {**(self.site.labels if self.site else {}), **(self.clubs.labels if self.clubs else {})}

    def shown(self) -> str:
        """What the page shows, for its hidden field."""
        rules = self.clubs.values if self.clubs else {}
        return shown_by(*([self.site] if self.site else []), more=rules)


async def edit(request: Request) -> Response:
    """The form."""
    page = await _page(request)
    return await _answer(request, page, page.shown())


async def update(request: Request) -> Response:
    """Save what was changed, all or nothing."""
    page, sent = await _page(request), await submitted(request)
    try:
        changed = await _save(page, sent, request)
    except Invalid:
        return await _answer(request, page, str(sent.get(SHOWN, "")), 422)
    if changed:
        request.flash(gettext("Saved. It holds from now on."))
    else:
        request.flash(gettext("Nothing was changed."), "info")
    return request.redirect("spaces:admin.plugin.settings", plugin=page.loaded.name)


async def _save(page: _Page, sent: FormData, request: Request) -> int:
    """Save both forms together; answers how many values changed. What is wrong in either stands beside its fields then."""
    count = 0
    async with atomic():
        if page.site is not None:
            page.site.errors.clear()
            with _refusing(page.site):
                wanted = page.site.take(sent)
                count += len(await change_site_settings(page.site.model, wanted, actor=request.viewer))
        if page.clubs is not None:
            with _refusing(page.clubs):
                count += len(await fix_club_settings(page.clubs.model, _fixes(page, sent), actor=request.viewer))
        if page.errors:
            raise Invalid(errors=page.errors)
    return count


@contextmanager
def _refusing(form: SettingsForm) -> Iterator[None]:
    try:
        yield
    except Invalid as error:
        form.refuse(error)


def _fixes(page: _Page, sent: FormData) -> dict[str, Fix | None]:
    """The rules that differ from those that were shown; what was typed is kept for showing again."""
    shown, wanted, values = shown_in(sent), dict[str, Fix | None](), page.clubs.values if page.clubs else {}
    for rule in page.rules:
        names = (rule.rule, rule.field.name, rule.reason)
        texts = [text_of(sent, name) for name in names]
        if any(text is None for text in texts):
            continue
        is_fixed, value, reason = (str(text) for text in texts)
        values |= dict(zip(names, (is_fixed, value, reason), strict=True))
        was_fixed = shown.get(rule.rule, "true" if rule.fixed else "false") == "true"
        if is_fixed != "true":
            if was_fixed:
                wanted[rule.field.name.removeprefix(VALUE)] = None
        elif any(values[name] != shown.get(name) for name in names):
            wanted[rule.field.name.removeprefix(VALUE)] = Fix(value, reason)
    return wanted


async def _page(request: Request) -> _Page:
    """The forms of a plugin that has settings."""
    loaded, book = app().parts.get(str(request.path_params["plugin"])), app().plugin_settings
    if loaded is None or loaded.is_foundation:  # what the foundation keeps has pages of its own
        raise NotFound()
    page = _Page(loaded)
    if model := book.model(loaded.name, "site"):
        faults = await stored_faults(model, "site", 0)
        page.site = form_of(model, await site_settings(model), prefix=SITE, faults=faults)
    if model := book.model(loaded.name, "club"):
        await _add_rules(page, model)
    if page.site is None and page.clubs is None:
        raise NotFound()
    return page


async def _add_rules(page: _Page, model: type[PluginSettings]) -> None:
    fixed = await fixes_of(model)
    page.clubs = form = form_of(model, settled(model, {n: one.value for n, one in fixed.items()})[0], prefix=VALUE)
    names = [field.name.removeprefix(VALUE) for field in form.fields]
    page.rules = tuple(
        Rule(field, RULE + name, REASON + name, fixed.get(name)) for field, name in zip(form.fields, names, strict=True)
    )
    form.values |= {RULE + name: "true" if name in fixed else "false" for name in names}
    form.values |= {REASON + name: fixed[name].reason if name in fixed else "" for name in names}


async def _answer(request: Request, page: _Page, shown: str, status: int = 200) -> Response:
    return await console(request, "plugin_settings.html", "admin.plugins", status, page=page, shown=shown)
