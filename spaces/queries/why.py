"""Who can see something of a club, and through what. The condition of all lists answers; the words stand beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from core import current
from core.accounts.viewer import ANONYMOUS, ClubLink, Viewer
from core.errors import NotFound
from core.i18n import gettext
from core.permissions import Permission, base_of
from spaces.access import OUTSIDE_ROLES, Matrix, allowed
from spaces.catalogue import visible_to
from spaces.gate import access_for
from spaces.models import Club, Content, Membership
from spaces.permissions import VIEW_MEMBERS
from spaces.queries.people import count_roles
from spaces.queries.roles import columns_of, labels_in, own_names

PEOPLE = "people"
"""The list of members, asked about like a plugin."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What is asked about: an item, or all that a plugin shows in the club, or who is in it.

    Args:
        club: where it is.
        plugin: whose it is, or `PEOPLE`.
        title: what it is called.
        item: its row in the catalogue, None for the plugin as a whole.
        state: of the plugin's switch.
    """

    club: Club
    plugin: str
    title: str
    item: Content | None
    state: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What holds for a role.

    Args:
        role: its name.
        label: how it is called.
        count: how many members have it; None outside of the club.
        sees: whether they can see it.
        because: through what, or why not.
    """

    role: str
    label: str
    count: int | None
    sees: bool
    because: str


async def get_item(club: Club, viewer: Viewer, plugin: str, kind: str, number: int) -> Content:
    """An item that the viewer can see.

    Raises:
        NotFound: for any other.
    """
    found = await visible_to(viewer).get_or_none(club_id=club.id, plugin=plugin, kind=kind, object_id=number)
    if found is None:
        raise NotFound()
    return found


async def answers_for(thing: Thing, matrix: Matrix) -> list[Answer]:
    """What holds for each role of the club, those that stand highest first, and for people outside.

    Args:
        thing: what is asked about.
        matrix: the club's.
    """
    roles = (*columns_of(await own_names(thing.club)), *OUTSIDE_ROLES)
    labels, counts = await labels_in(thing.club), await count_roles(thing.club)
    made = []
    for role in roles:
        sees = await is_seen(thing, somebody(thing.club, role), matrix)
        because = reason(thing, role, matrix)
        made.append(Answer(role, labels[role], None if role in OUTSIDE_ROLES else counts.get(role, 0), sees, because))
    return made


async def answer_for(thing: Thing, member: Membership, matrix: Matrix) -> Answer:
    """What holds for one member, once they have given the second factor that the club may want."""
    user = member.user
    viewer = replace(await access_for(current.app(), thing.club, user_id=user.id), has_factor=True)
    if viewer.role_in(thing.club.id) is None:
        viewer = replace(viewer, clubs=(*viewer.clubs, _link(thing.club, member.role)), locked=())
    sees = await is_seen(thing, viewer, matrix)
    is_author = thing.item is not None and thing.item.author_id == user.id
    because = gettext("They wrote it.") if is_author and sees else reason(thing, member.role, matrix)
    return Answer(member.role, user.name, None, sees, because)


async def is_seen(thing: Thing, viewer: Viewer, matrix: Matrix) -> bool:
    """Whether a viewer sees it: an item by the condition that filters every list, a plugin by the rule of the door."""
    if thing.item is not None:
        return await visible_to(viewer).filter(id=thing.item.id).exists()
    role = viewer.role_in(thing.club.id) or ("visitor" if viewer.is_authenticated else "anonymous")
    permission = _permission(thing.plugin)
    states = {thing.plugin: thing.state}
    return permission is not None and bool(allowed((permission,), role, matrix, states, thing.club.visibility))


def somebody(club: Club, role: str) -> Viewer:
    """A person without a name who has this role in the club."""
    if role == "anonymous":
        return ANONYMOUS
    return Viewer(id=0, clubs=() if role in OUTSIDE_ROLES else (_link(club, role),))


def reason(thing: Thing, role: str, matrix: Matrix) -> str:
    """Through what a role sees it, or why not, in plain words.

    Args:
        thing: what is asked about.
        role: a role of the club, or one outside of it.
        matrix: the club's.
    """
    if thing.state not in ("on", "read_only"):
        return gettext("%(plugin)s is off in this club.", plugin=_title(thing.plugin))
    held = _held_back(thing.item) if thing.item else ""
    if held:
        return held
    audience = thing.item.audience if thing.item else "club"
    if role in OUTSIDE_ROLES:
        return _outside(thing, role, audience, matrix)
    if not _may_view(thing.plugin, role, matrix):
        return _decided(thing.plugin, role, matrix)
    if audience == "author":
        return gettext("Only who wrote it can see it.")
    if audience == "moderators" and base_of(role) not in ("owner", "moderator"):
        return gettext("It is for the moderators and owners of the club.")
    return _decided(thing.plugin, role, matrix)


def _held_back(item: Content) -> str:
    if item.hidden_at is not None:
        return gettext("A moderator has hidden it, or it waits for one.")
    if item.state == "trashed":
        return gettext("It is in the trash.")
    if item.state == "draft":
        return gettext("It is a draft, which only its author sees.")
    if item.state == "scheduled" and (item.published_at is None or item.published_at > datetime.now(UTC)):
        return gettext("It is not out yet; until then only its author sees it.")
    return ""


def _outside(thing: Thing, role: str, audience: str, matrix: Matrix) -> str:
    if thing.club.visibility == "hidden":
        return gettext("The club is hidden: who is not in it sees nothing of it.")
    if audience == "public":
        return gettext("It was published for everybody, also outside of the club.")
    if audience == "site" and role == "visitor":
        return gettext("It was published for everybody who is signed in.")
    if audience == "site":
        return gettext("It was published for people who are signed in.")
    if audience != "club" or thing.club.visibility != "public":
        return gettext("What is in the club is for its members.")
    return _decided(thing.plugin, role, matrix)


def _decided(plugin: str, role: str, matrix: Matrix) -> str:
    """Who decided whether a role may read a plugin."""
    permission = _permission(plugin)
    may, source = _may_view(plugin, role, matrix), matrix.reason(role, permission) if permission else "default"
    title = _title(plugin)
    if source == "lock":
        text = gettext("The operator of the site lets this role read %(plugin)s, in every club.", plugin=title)
        other = gettext(
            "The operator of the site lets this role read nothing of %(plugin)s, in any club.", plugin=title
        )
    elif source == "club":
        text = gettext("The club lets this role read %(plugin)s.", plugin=title)
        other = gettext("The club lets this role read nothing of %(plugin)s.", plugin=title)
    else:
        text = gettext("This role may read %(plugin)s; the club has not changed that.", plugin=title)
        other = gettext("This role may not read %(plugin)s; the club has not changed that.", plugin=title)
    return text if may else other


def _may_view(plugin: str, role: str, matrix: Matrix) -> bool:
    permission = _permission(plugin)
    return permission is not None and matrix.allows(role, permission)


def _permission(plugin: str) -> Permission | None:
    return VIEW_MEMBERS if plugin == PEOPLE else current.app().permissions.get(f"{plugin}.view")


def _title(plugin: str) -> str:
    if plugin == PEOPLE:
        return gettext("Members")
    loaded = current.app().parts.get(plugin)
    return gettext(loaded.part.title) if loaded else plugin


def _link(club: Club, role: str) -> ClubLink:
    return ClubLink(club.id, club.slug, club.name, club.accent, role)
