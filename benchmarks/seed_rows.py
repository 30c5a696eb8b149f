"""The rows of a made-up site of any size: each follows from its number alone, so that a killed run goes on where it stopped.

The first ten clubs are the same in every size: as many members and items as clubs have on average, owned by the operator, with
one member who belongs to all ten. The others differ as clubs do: few are large, most are small.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import uuid
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from core.collation import sort_key, sort_name
from spaces.catalogue import searchable

OPERATOR, MEMBER = 1, 2
WITNESSES = 10  # clubs that are alike in every size
QUIET, FULL, ARCHIVED, OWNERLESS = 3, 5, 7, 9  # what is odd with clubs of these numbers, modulo 16,
ODD = 1_000  # up to this one
FILE_BYTES = b"A file of the seed.\n"
FILE_HASH = hashlib.sha256(FILE_BYTES).hexdigest()
PAGE, POST, FILE = "wiki", "blog", "files"
_PLUGIN_OF = (PAGE, PAGE, PAGE, PAGE, PAGE, POST, POST, POST, FILE, FILE)
_KIND_OF = {PAGE: "page", POST: "post", FILE: "file"}
_STRIDE = 7919  # members of a club are this many people apart
_START = datetime(2026, 1, 1, 8, tzinfo=UTC)
_FIRST = (
    "Anne",
    "Bruno",
    "Claire",
    "Denis",
    "Élise",
    "Farid",
    "Gilles",
    "Hélène",
    "Inès",
    "Jean",
    "Karim",
    "Léa",
    "Marc",
)
_LAST = (
    "Abadie",
    "Bernard",
    "Castaing",
    "Dubois",
    "Etchebarne",
    "Faure",
    "Garcia",
    "Hébrard",
    "Irigoyen",
    "Jouve",
    "Kermarrec",
)
_WORDS = (
    *(
        "accord",
        "atelier",
        "bilan",
        "budget",
        "charte",
        "contrat",
        "devis",
        "étude",
        "facture",
        "formation",
        "guide",
        "idée",
    ),
    *("journée", "lettre", "méthode", "note", "offre", "programme", "projet", "rapport", "réunion", "suivi", "visite"),
)
_KINDS, _CAME_BY = ("trade", "region", "team"), ("open", "request", "invitation", "added")

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Sizes:
    """How many of everything.

    Args:
        clubs: at least ten.
        users: people; the first is the operator.
        memberships: over all clubs.
        contents: items over all clubs, each with its page, post or file.
    """

    clubs: int = 10_000
    users: int = 100_000
    memberships: int = 1_000_000
    contents: int = 1_000_000

    @property
    def entries(self) -> int:
        """Rows of the audit log."""
        return self.contents // 5

    @property
    def mails(self) -> int:
        """Mails in the queue, most of them sent."""
        return self.contents // 20

    @property
    def faults(self) -> int:
        """Faults of plugins."""
        return self.contents // 100

    @cached_property
    def member_ends(self) -> list[int]:
        """How many memberships there are up to each club, itself included."""
        return list(itertools.accumulate(_shares(self.clubs, self.memberships, most=self.users - 2)))

    @cached_property
    def content_ends(self) -> list[int]:
        """How many items there are up to each club, itself included."""
        return list(itertools.accumulate(_shares(self.clubs, self.contents, most=self.contents)))

    @cached_property
    def stride(self) -> int:
        """How far the members of a club are apart, so that nobody is twice in one."""
        return next(number for number in itertools.count(_STRIDE) if math.gcd(number, self.users - 2) == 1)


def _shares(clubs: int, total: int, *, most: int) -> list[int]:
    """How many of a total each club has: an average share for the witnesses, for others by their rank."""
    same = min(max(total // clubs, 2), most)
    rest = clubs - WITNESSES
    if rest <= 0:
        return [same] * clubs
    weights = [1 / (rank + 8) ** 1.1 for rank in range(rest)]
    each = (total - same * WITNESSES) / sum(weights)
    shares = [min(max(int(each * weight), 1), most) for weight in weights]
    missing = total - same * WITNESSES - sum(shares)
    for place in itertools.islice(itertools.cycle(range(rest)), max(missing, 0)):
        shares[place] += 1
    return [same] * WITNESSES + shares


def place_of(number: int, ends: Sequence[int]) -> tuple[int, int]:
    """The club of a row, counted from 1, and which of the club's rows it is, counted from 0."""
    club = bisect_right(ends, number - 1)
    return club + 1, number - 1 - (ends[club - 1] if club else 0)


def member_at(sizes: Sizes, club: int, place: int) -> int:
    """The user at a place among the members of a club."""
    if club <= WITNESSES and place < 2:
        return (OPERATOR, MEMBER)[place]
    return (club * 104_729 + place * sizes.stride) % (sizes.users - 2) + 3


def user_row(number: int) -> Row:
    """id, email, handle, name, sort_name, headline, stamp, is_operator, created_at, seen_at"""
    name = f"{_FIRST[number % 13]} {_LAST[number // 13 % 11]} {number}"
    seen = _moment(number * 17) if number % 20 else None
    headline = f"{_word(number)} et {_word(number + 5)}"
    account = (f"person-{number}@seed.example", f"person-{number}", name, sort_name(name), headline)
    return (
        number,
        *account,
        hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest(),
        number == OPERATOR,
        _moment(number),
        seen,
    )


def club_row(number: int, sizes: Sizes) -> Row:
    """id, slug, name, sort_name, kind, visibility, purpose, storage_used, quota, created_at, active_at, archived_at,
    members_counted
    """
    name = f"{_word(number).capitalize()} {_word(number // 23)} {number}"
    visibility = "public" if number % 10 == 1 else "hidden" if number % 10 in (4, 7) else "listed"
    first = sizes.content_ends[number - 2] if number > 1 else 0
    last, members = sizes.content_ends[number - 1], sizes.member_ends
    files = sum(1 for one in range(first + 1, last + 1) if plugin_of(one) == FILE)
    counted = members[number - 1] - (members[number - 2] if number > 1 else 0)
    says = (f"seed-{number}", name, sort_key(name), _KINDS[number % 3], visibility, f"{name}, {_word(number + 3)}")
    used, odd = files * len(FILE_BYTES), _oddity(number)
    made, active = (_START, _START) if odd == QUIET else (_moment(number), _moment(last * 3))
    room, archived = used if odd == FULL else None, active if odd == ARCHIVED else None
    return (number, *says, used, room, made, active, archived, counted)


def _oddity(club: int) -> int | None:
    """What is out of the ordinary with a club, so that the lists of such clubs have a page on every site; a large one has no more
    of them, so that they have to be looked for.
    """
    return club % 16 if WITNESSES < club <= ODD else None


def membership_row(number: int, sizes: Sizes) -> Row:
    """id, club_id, user_id, role, joined_at, visited_at, came_by"""
    club, place = place_of(number, sizes.member_ends)
    first = "member" if _oddity(club) == OWNERLESS else "owner"
    role = first if place == 0 else "moderator" if place % 25 == 2 else "guest" if place % 20 == 3 else "member"
    visited = _moment(number * 7) if place % 5 else None
    came = "founder" if place == 0 else _CAME_BY[number % 4]
    return number, club, member_at(sizes, club, place), role, _moment(number * 3), visited, came


def plugin_of(number: int) -> str:
    """The plugin of an item."""
    return _PLUGIN_OF[number % 10]


def content_row(number: int, sizes: Sizes, switches: dict[str, int]) -> Row:
    """id, club_id, switch_id, plugin, kind, object_id, title, summary, words, url, author_id, created_at, updated_at,
    published_at

    Args:
        number: of the item.
        sizes: of the site.
        switches: which of a club's switches belongs to which plugin, counted from 1.
    """
    club, _ = place_of(number, sizes.content_ends)
    plugin, title, text = plugin_of(number), title_of(number), text_of(number)
    switch = (club - 1) * len(switches) + switches[plugin]
    what = (
        plugin,
        _KIND_OF[plugin],
        number,
        title,
        text[:120],
        searchable(title, text[:120], text, {}),
        _url(number, club),
    )
    made = _moment(number * 3)
    return number, club, switch, *what, author_of(number, club, sizes), made, made, made


def page_row(number: int, sizes: Sizes) -> Row:
    """id, club_id, slug, title, body, body_html, position, path, author_id, editor_id, created_at, updated_at"""
    club, place = place_of(number, sizes.content_ends)
    text, author, made = text_of(number), author_of(number, club, sizes), _moment(number * 3)
    says = (slug_of(number), title_of(number), text, f"<p>{text}</p>")
    return number, club, *says, place, f"{number}/", author, author, made, made


def post_row(number: int, sizes: Sizes) -> Row:
    """id, club_id, slug, title, lead, body, body_html, text, state, author_id, published_at, created_at, updated_at"""
    club, _ = place_of(number, sizes.content_ends)
    text, made = text_of(number), _moment(number * 3)
    says = (slug_of(number), title_of(number), text[:120], text, f"<p>{text}</p>", text, "published")
    return number, club, *says, author_of(number, club, sizes), made, made, made


def file_row(number: int, sizes: Sizes) -> Row:
    """id, club_id, is_file, name, name_key, sort_key, author_id, version, hash, size, content_type, created_at, updated_at"""
    club, _ = place_of(number, sizes.content_ends)
    name, made = f"{slug_of(number)}.txt", _moment(number * 3)
    held = (1, FILE_HASH, len(FILE_BYTES), "text/plain")
    return number, club, True, name, name, sort_key(name), author_of(number, club, sizes), *held, made, made


def version_row(number: int, sizes: Sizes) -> Row:
    """id, club_id, file_id, number, hash, size, content_type, author_id, created_at"""
    club, _ = place_of(number, sizes.content_ends)
    held = (FILE_HASH, len(FILE_BYTES), "text/plain", author_of(number, club, sizes))
    return number, club, number, 1, *held, _moment(number * 3)


def entry_row(number: int, sizes: Sizes) -> Row:
    """id, at, actor_id, actor_name, club_id, action, subject, before, after"""
    club, _ = place_of(number % sizes.contents + 1, sizes.content_ends)
    actor = member_at(sizes, club, 0)
    acts = ("spaces.member_role_changed", "spaces.club_changed", "spaces.plugin_switched", "accounts.signed_in")
    told = (acts[number % 4], f"seed-{club}", json.dumps({"n": number}), json.dumps({"n": number + 1}))
    return number, _moment(number * 11), actor, f"Person {actor}", club, *told


def mail_row(number: int) -> Row:
    """id, key, recipient, subject, text, headers, created_at, due_at, sent_at, attempts, error"""
    made, is_left = _moment(number * 11), number % 500 < 2
    sent, tries, error = (None, 12, "SMTPRecipientsRefused: no such mailbox") if is_left else (made, 1, "")
    letter = (f"seed:{number}", f"person-{number}@seed.example", title_of(number), "", "{}")
    return number, *letter, made, made, sent, tries, error


def event_row(number: int, sizes: Sizes) -> Row:
    """id, name, club_id, payload, created_at, delivered_at"""
    club, _ = place_of(number % sizes.contents + 1, sizes.content_ends)
    made = _moment(number * 11)
    return str(uuid.UUID(int=number)), "spaces.club_changed", club, "{}", made, made if number % 500 else None


def fault_row(number: int, sizes: Sizes) -> Row:
    """id, at, plugin, club_id, hook, traceback"""
    club, _ = place_of(number % sizes.contents + 1, sizes.content_ends)
    return number, _moment(number * 53), plugin_of(number), club, "club_home_panels", f"ValueError: {number}"


def title_of(number: int) -> str:
    """The title of an item."""
    return f"{_word(number).capitalize()} de {_word(number // 7 + 3)} {number}"


def text_of(number: int) -> str:
    """The text of an item: some sixty words."""
    return " ".join(_word(number * 31 + place * (number % 17 + 1)) for place in range(60))


def slug_of(number: int) -> str:
    """The word of an item in its address."""
    return f"seed-{number}"


def author_of(number: int, club: int, sizes: Sizes) -> int:
    """Who made an item: one of the first members of its club."""
    count = sizes.member_ends[club - 1] - (sizes.member_ends[club - 2] if club > 1 else 0)
    return member_at(sizes, club, number % min(count, 20))


def _url(number: int, club: int) -> str:
    rest = {PAGE: f"wiki/pages/{slug_of(number)}", POST: f"blog/posts/{slug_of(number)}", FILE: f"files/items/{number}"}
    return f"/c/seed-{club}/{rest[plugin_of(number)]}"


def _word(number: int) -> str:
    return _WORDS[number * 7919 % len(_WORDS)]


def _moment(number: int) -> datetime:
    """A moment of the year, another one for each number."""
    return _START + timedelta(seconds=number * 2_654_435_761 % 25_000_000, microseconds=number % 999_983 + 1)
