"""The kinds of clubs, and how a new club of each begins: what operators decide."""

from __future__ import annotations

from pydantic import ValidationError
from slugify import slugify

from core.db import atomic
from core.errors import Conflict, Invalid, NotFound
from core.forms import field_errors
from core.i18n import gettext
from spaces.models import Club
from spaces.queries.clubs import load_site_settings
from spaces.services.actors import Actor
from spaces.services.clubs import save_site_settings
from spaces.settings import Kind
from spaces.space import hold_switches

MOST = 20


async def add_kind(values: dict[str, object], *, actor: Actor | None) -> Kind:
    """Add a kind of club; its word in the database is made from its label.

    Args:
        values: of `Kind`, without `name`.
        actor: the operator; None for a command on the machine.

    Raises:
        Invalid: naming the field that is wrong.
    """
    name = slugify(str(values["label"]), separator="_", max_length=20).strip("_")
    made = _checked({**values, "name": name if name[:1].isalpha() else f"k_{name}"[:20].strip("_")})
    async with atomic():
        await hold_switches(None)
        settings = await load_site_settings()
        if settings.has_kind(made.name):
            raise Invalid(gettext("There is a kind of this name already."), field="label")
        if len(settings.kinds) >= MOST:
            raise Invalid(gettext("At most %(max_length)s entries, please.", max_length=MOST), field="label")
        await save_site_settings(settings.model_copy(update={"kinds": (*settings.kinds, made)}), actor=actor)
    return made


async def change_kind(name: str, values: dict[str, object], *, actor: Actor | None) -> Kind:
    """Change how a kind is called and how new clubs of it begin; clubs that are there stay as they are.

    Raises:
        NotFound: when there is no such kind.
        Invalid: naming the field that is wrong.
    """
    made = _checked({**values, "name": name})
    async with atomic():
        await hold_switches(None)
        settings = await load_site_settings()
        if not settings.has_kind(name):
            raise NotFound()
        kinds = tuple(made if kind.name == name else kind for kind in settings.kinds)
        await save_site_settings(settings.model_copy(update={"kinds": kinds}), actor=actor)
    return made


async def remove_kind(name: str, *, actor: Actor | None) -> None:
    """Remove a kind that no club is of.

    Raises:
        NotFound: when there is no such kind.
        Conflict: when a club is of it, or it is the last one.
    """
    async with atomic():
        await hold_switches(None)
        settings = await load_site_settings()
        if not settings.has_kind(name):
            raise NotFound()
        if await Club.exists(kind=name):
            raise Conflict(gettext("There are clubs of this kind. Give them another kind first."))
        kinds = tuple(kind for kind in settings.kinds if kind.name != name)
        if not kinds:
            raise Conflict(gettext("This is the last kind of club."))
        await save_site_settings(settings.model_copy(update={"kinds": kinds}), actor=actor)


def _checked(values: dict[str, object]) -> Kind:
    try:
        return Kind.model_validate(values)
    except ValidationError as error:
        named = {field.partition(".")[0]: texts for field, texts in field_errors(error).items()}
        raise Invalid(errors=named) from None
