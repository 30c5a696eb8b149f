"""The demo: three clubs of a made-up network of independent consultants, each with other plugins on.

Everything here can be done again without changing anything, so a killed start goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from core.accounts.models import User
from core.accounts.services import create_user
from core.errors import Conflict
from core.models import Setting
from spaces.gate import access_for
from spaces.imports import run_import
from spaces.models import Club, ClubPlugin, ClubRole, Membership
from spaces.services import add_member, change_role, create_club
from spaces.services.roles import make_role
from spaces.switches import switch_plugin

if TYPE_CHECKING:
    from core.app import Cercle

PASSWORD = "cercle-demo"  # noqa: S105 - the demo's sign-ins are printed for everybody
VERSION = 1


@dataclass(frozen=True, slots=True)
class DemoClub:
    """A club of the demo.

    Args:
        roles: the cast by name, with their roles; `owner` is always owner.
        plugins: what is on.
        own_role: the person who has a role of the club's own, like that of members, and what it is called.
    """

    slug: str
    name: str
    kind: str
    visibility: str
    join_policy: str
    accent: str
    purpose: str
    roles: Mapping[str, str]
    plugins: tuple[str, ...]
    own_role: tuple[str, str] | None = None


PEOPLE = {
    "owner": ("owner@cercle.example", "Hélène Castaing", "Conseil en organisation, animatrice du réseau"),
    "member": ("member@cercle.example", "Marc Etchebarne", "Consultant qualité, membre du bureau Aquitaine"),
    "outsider": ("outsider@cercle.example", "Sophie Lanoue", "Consultante achats, curieuse du réseau"),
    "nadia": ("nadia@cercle.example", "Nadia Belkacem", "Formatrice en management et en prise de parole"),
    "yves": ("yves@cercle.example", "Yves Kermarrec", "Expert-comptable, transmission d’entreprise"),
    "claire": ("claire@cercle.example", "Claire Dussutour", "Conseil en systèmes d’information"),
    "paul": ("paul@cercle.example", "Paul Irigoyen", "Consultant en sécurité au travail"),
    "ines": ("ines@cercle.example", "Inès Vauthier", "Communication et relations presse"),
    "bruno": ("bruno@cercle.example", "Bruno Larrieu", "Ingénieur, efficacité énergétique"),
    "odile": ("odile@cercle.example", "Odile Marchetti", "Ressources humaines, bilans de compétences"),
}

CLUBS = (
    DemoClub(
        "aquitaine",
        "Club Aquitaine",
        "region",
        "public",
        "request",
        "rust",
        "Les consultants indépendants de Bordeaux à Bayonne : se rencontrer chaque mois, "
        "partager nos méthodes, répondre ensemble.",
        {
            "member": "member",
            "nadia": "member",
            "yves": "moderator",
            "claire": "member",
            "paul": "member",
            "ines": "guest",
        },
        ("wiki", "blog", "files", "directory", "comments", "activity", "presence"),
        ("claire", "Trésorerie"),
    ),
    DemoClub(
        "formation",
        "Club Formation",
        "trade",
        "listed",
        "request",
        "azure",
        "Formatrices et formateurs du réseau : ateliers tenus par les membres, supports partagés, retours d’expérience.",
        {"member": "member", "nadia": "moderator", "odile": "member", "bruno": "member"},
        ("wiki", "files", "directory", "comments", "activity", "presence"),
    ),
    DemoClub(
        "accueil",
        "Équipe Accueil",
        "team",
        "hidden",
        "invite",
        "plum",
        "Le groupe de travail qui accueille les nouveaux membres et tient cette plateforme.",
        {"claire": "member", "odile": "member"},
        ("wiki", "blog", "comments", "activity", "presence"),
    ),
)


async def make_demo(app: Cercle) -> bool:
    """Make the demo unless it is there; answers whether something was made.

    Raises:
        Conflict: on a site that real people use.
    """
    marker, _ = await Setting.get_or_create(scope="site", owner_id=0, part="demo")
    if marker.values.get("version") == VERSION:
        return False
    if not marker.values and await User.all().exists():
        raise Conflict(
            "People use this site already; the demo is for an empty one (set CERCLE_DATA_DIR to another folder)"
        )
    marker.values = {"version": 0}
    await marker.save(update_fields=["values"])
    cast = {name: await _person(name) for name in PEOPLE}
    for club in CLUBS:
        await _club(app, club, cast)
    marker.values = {"version": VERSION}
    await marker.save(update_fields=["values"])
    return True


def sign_ins() -> str:
    """The demo's sign-ins, for the terminal."""
    rows = [("owner", "operator, owner of all three clubs"), ("member", "member of two clubs"), ("outsider", "no club")]
    lines = [f"  {PEOPLE[name][0]:26} {PASSWORD:14} {what}" for name, what in rows]
    return "Sign in as one of these (demo only):\n" + "\n".join(lines)


async def _person(name: str) -> User:
    email, shown, headline = PEOPLE[name]
    present = await User.get_or_none(email=email)
    if present is not None:
        return present
    password = PASSWORD if name in ("owner", "member", "outsider") else None
    user: User = await create_user(email=email, name=shown, password=password, is_operator=name == "owner")
    user.headline = headline
    await user.save(update_fields=["headline"])
    return user


async def _club(app: Cercle, wanted: DemoClub, cast: Mapping[str, User]) -> None:
    club = await Club.get_or_none(slug=wanted.slug) or await create_club(
        name=wanted.name,
        slug=wanted.slug,
        kind=wanted.kind,
        visibility=wanted.visibility,
        join_policy=wanted.join_policy,
        purpose=wanted.purpose,
        accent=wanted.accent,
        actor=cast["owner"],
    )
    viewer = await access_for(app, club, user_id=cast["owner"].id, name=cast["owner"].name, is_operator=True)
    for name, role in wanted.roles.items():
        if not await Membership.filter(club=club, user=cast[name]).exists():
            await add_member(club, cast[name], role, actor=viewer)
            since = datetime.now(UTC) - timedelta(days=5 + 17 * list(PEOPLE).index(name))
            await Membership.filter(club=club, user=cast[name]).update(joined_at=since)
    if wanted.own_role and not await ClubRole.exists(club=club):
        person, label = wanted.own_role
        made = await make_role(club, "member", label, actor=viewer)
        await change_role(club, cast[person], made.name, actor=viewer)
    active = frozenset(wanted.plugins).union(one.name for one in app.parts.plugins if not one.bundled)
    for plugin in app.parts.plugins:
        if plugin.name in active and not await _is_on(club, plugin.name):
            await switch_plugin(club, plugin.name, "on", actor=viewer)
    if wanted.slug == "accueil":
        await _import_docs(app)
    members = {name: user for name, user in cast.items() if name == "owner" or name in wanted.roles}
    await app.hooks.notify("demo_seeded", plugins=active, club_id=club.id, app=app, club=club, cast=members)


async def _is_on(club: Club, plugin: str) -> bool:
    return await ClubPlugin.filter(club=club, plugin=plugin, effective="on").exists()


async def _import_docs(app: Cercle) -> None:
    """This project's own documentation is the wiki of the team that runs the platform."""
    docs = Path(__file__).parent.parent / "docs"
    if docs.is_dir():
        await run_import(
            app, "wiki", club="accueil", format="markdown", path=docs, actor=None, progress=lambda *_: None
        )
