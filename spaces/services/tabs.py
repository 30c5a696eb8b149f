"""Naming and ordering the tabs of a club, and choosing where people are led who open it. The only writer of those."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from core import audit, current
from core.db import atomic
from core.errors import Conflict, Invalid
from core.i18n import gettext
from spaces.models import Club
from spaces.services.actors import Actor, asker
from spaces.tabs import LABEL_LENGTH, TabChoice, read_tabs, titles_in, usual_order, write_tabs


def state_of_tabs(club: Club) -> str:
    """A word for how the tabs of a club are; another word after each change."""
    return hashlib.sha256(repr((club.tabs, club.landing, club.visitor_landing)).encode()).hexdigest()[:32]


async def arrange_tabs(
    club: Club, choices: Sequence[TabChoice], *, landing: str, visitor_landing: str, seen: str, actor: Actor | None
) -> None:
    """Change the tabs of a club.

    Args:
        club: the club; answered with its new values.
        choices: every tab in its order; what is no plugin of this site is left out.
        landing: the plugin that members are led to first, or `people`; "" for the club's home.
        visitor_landing: the same for others.
        seen: `state_of_tabs` as the actor saw it.
        actor: who does it.

    Raises:
        Invalid: for two tabs of one name, a name that is too long, or an unknown place; the fields are `landing`,
            `visitor_landing` and `label.<name>`.
        Conflict: when somebody else changed the tabs meanwhile.
    """
    usual = usual_order(current.app())
    known = [one for one in choices if one.name in usual]
    text = write_tabs(known, usual)
    if text:  # a plugin that does not run at the moment finds its name again
        text = write_tabs([*known, *(one for one in read_tabs(club.tabs) if one.name not in usual)], usual)
    wanted = {"tabs": text, "landing": landing, "visitor_landing": visitor_landing}
    _check(known, wanted, usual)
    before = {name: getattr(club, name) for name in wanted}
    if wanted == before:
        return
    if seen != state_of_tabs(club):
        raise _changed_meanwhile()
    async with atomic():
        if not await Club.filter(id=club.id, **before).update(**wanted):
            raise _changed_meanwhile()
        changed = [name for name in wanted if wanted[name] != before[name]]
        await audit.record(
            "spaces.tabs_arranged",
            actor=asker(actor),
            subject=club.slug,
            club_id=club.id,
            before={name: before[name] for name in changed},
            after={name: wanted[name] for name in changed},
        )
    club.update_from_dict(wanted)


def _check(choices: Sequence[TabChoice], wanted: dict[str, str], usual: Sequence[str]) -> None:
    titles = titles_in(current.app(), "")
    names = [(one.label or titles[one.name]).casefold() for one in choices]
    many = Counter([*names, gettext("Home").casefold()])
    errors: dict[str, list[str]] = {}
    for number, one in enumerate(choices):
        if len(one.label) > LABEL_LENGTH:
            errors[f"label.{one.name}"] = [
                gettext("At most %(max_length)s characters, please.", max_length=LABEL_LENGTH)
            ]
        elif one.label and many[names[number]] > 1:
            errors[f"label.{one.name}"] = [gettext("Another tab has this name already.")]
    hidden = {one.name for one in choices if one.is_hidden}
    for field in ("landing", "visitor_landing"):
        if wanted[field] and wanted[field] not in usual:
            errors[field] = [gettext("Please choose one of the listed values.")]
        elif wanted[field] in hidden:
            errors[field] = [gettext("This tab is hidden. Show it, or lead people somewhere else.")]
    if errors:
        raise Invalid(errors=errors)


def _changed_meanwhile() -> Conflict:
    return Conflict(
        gettext("Somebody else changed the tabs meanwhile. Save again to replace what they did with what you see here.")
    )
