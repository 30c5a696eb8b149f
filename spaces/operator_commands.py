"""What the operator decides about clubs, for `spaces.commands`: `cercle club plan` and `cercle plugin policy`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from core.app import Cercle
from core.errors import Invalid, NotFound
from core.i18n import filesize, gettext, number
from core.sizes import read_size
from spaces.access import POLICIES
from spaces.models import Club
from spaces.queries.plans import Limit, own_plan, plan_of
from spaces.services import NewPlan, set_club_plan
from spaces.switches import set_policy

NONE = "none"
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; the owners of the club read it.")]


def plan(
    slug: Annotated[str, typer.Argument(help="The club's word in addresses.")],
    quota: Annotated[str | None, typer.Option(help="How much it may store, such as 5GB; none: as its kind.")] = None,
    members: Annotated[str | None, typer.Option(help="How many may belong to it; none: as its kind.")] = None,
    reason: ReasonOption = "",
) -> None:
    """Print what a club may store and how many may belong to it, or decide it for this club alone."""
    from core.cli import run

    run(_plan, slug, quota, members, reason)


def policy(
    name: Annotated[str, typer.Argument(help="The plugin.")],
    policy: Annotated[str, typer.Option(help=f"{', '.join(POLICIES)}; none: the next wider rule holds.")],
    kind: Annotated[str, typer.Option(help="For clubs of this kind; for all clubs unless given.")] = "",
    club: Annotated[str, typer.Option(help="For one club alone: its word in addresses.")] = "",
    reason: ReasonOption = "",
) -> None:
    """Decide what clubs may do with a plugin."""
    from core.cli import run

    run(_policy, name, policy, kind, club, reason)


async def known_club(slug: str) -> Club:
    """A club by its word in addresses.

    Raises:
        NotFound: when there is none, or it is deleted.
    """
    club = await Club.get_or_none(slug=slug, deleted_at=None)
    if club is None:
        raise NotFound(gettext("There is no club with the address %(slug)s.", slug=slug[:60]))
    return club


async def _plan(app: Cercle, slug: str, quota: str | None, members: str | None, reason: str) -> None:
    club = await known_club(slug)
    if quota is not None or members is not None or reason:
        before = await own_plan(club)
        kept = (before.quota, before.member_limit, before.reason) if before else (None, None, "")
        new = NewPlan(
            kept[0] if quota is None else _size(quota),
            kept[1] if members is None else _count(members),
            reason or kept[2],
        )
        await set_club_plan(club, new, actor=None)
    found = await plan_of(club)
    typer.echo(_line("storage", found.storage, filesize))
    typer.echo(_line("members", found.members, number))


async def _policy(app: Cercle, name: str, policy: str, kind: str, slug: str, reason: str) -> None:
    from core.cli import say

    if kind and slug:
        raise Invalid("Say --kind or --club, not both.")
    club = await known_club(slug) if slug else None
    await set_policy(name, None if policy == NONE else policy, kind=kind, club=club, reason=reason, actor=None)
    where = club.name if club else f"clubs of the kind {kind}" if kind else "all clubs"
    said = "follows the next wider rule" if policy == NONE else f"is {policy.replace('_', ' ')}"
    say(f"{name} {said} in {where}")


def _size(text: str) -> int | None:
    return None if text == NONE else read_size(text)


def _count(text: str) -> int | None:
    if text != NONE and not (text.isascii() and text.isdigit()):
        raise Invalid(gettext("Please enter a whole number."), field="members")
    return None if text == NONE else int(text)


def _line(what: str, limit: Limit, words: Callable[[int], str]) -> str:
    most = "no limit" if limit.value is None else f"of {words(limit.value)}"
    return "\t".join((what, words(limit.used), most, limit.source, limit.reason)).rstrip()
