"""Reads for the operator's console: all clubs, all people, and what the machine has been doing. Only behind `site.operate`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core.accounts.models import SignUpRequest
from core.accounts.sessions import moment
from core.db import dialect, rows
from core.errors import NotFound
from core.mail import TRIES
from core.models import Fault, Mail
from spaces.decisions import Rules, rules_of
from spaces.models import Club, ClubPlugin, GrantLock, Membership, PluginPolicy
from spaces.queries.club_list import FILTERS
from spaces.queries.clubs import escaped, following, named_like
from spaces.queries.standing import standing
from spaces.queries.tallies import tallied


@dataclass(frozen=True, slots=True)
class Overview:
    """The site in numbers."""

    people: int
    clubs: int
    contents: int
    storage: int
    requests: int
    mail_waiting: int
    mail_failed: int
    events_waiting: int
    faults: int
    paused: int
    erasures: int
    orphans: int


@dataclass(frozen=True, slots=True)
class ClubRow:
    """A club in the operator's list."""

    slug: str
    name: str
    kind: str
    visibility: str
    members: int
    storage_used: int
    created_at: datetime
    archived_at: datetime | None
    deleted_at: datetime | None


async def load_overview() -> Overview:
    """Everything in one query; faults are those of the last 24 hours, and large numbers a few minutes old."""
    words = dialect()
    now = datetime.now(UTC)
    found = await rows(
        f"SELECT {tallied('people')} AS people, {tallied('clubs')} AS clubs, "
        f"{tallied('contents')} AS contents, {tallied('storage')} AS storage, "
        "(SELECT COUNT(*) FROM accounts_sign_up_request WHERE proven_at IS NOT NULL) AS requests, "
        f"(SELECT COUNT(*) FROM core_mail WHERE sent_at IS NULL AND attempts < {TRIES}) AS mail_waiting, "
        f"(SELECT COUNT(*) FROM core_mail WHERE sent_at IS NULL AND attempts >= {TRIES}) AS mail_failed, "
        "(SELECT COUNT(*) FROM core_outbox_event WHERE delivered_at IS NULL) AS events_waiting, "
        f"(SELECT COUNT(*) FROM core_fault WHERE at > {words.param(1)}) AS faults, "
        "(SELECT COUNT(*) FROM spaces_club_plugin WHERE paused_at IS NOT NULL) AS paused, "
        "(SELECT COUNT(*) FROM spaces_erasure WHERE done_at IS NULL AND withdrawn_at IS NULL AND due_at < '9998-01-01' "
        "AND plugin <> 'spaces') AS erasures, "
        f"(SELECT COUNT(*) FROM spaces_club c WHERE {FILTERS['no_owner']}) AS orphans",
        [now - timedelta(hours=24)],
    )
    return Overview(**{name: int(value) for name, value in found[0].items()})


async def list_all_clubs(*, text: str = "", after: str = "", limit: int = 50) -> list[ClubRow]:
    """All clubs, hidden and deleted ones too, by name; one more than the limit when there are more."""
    words, values = dialect(), []

    def mark(value: object) -> str:
        values.append(value)
        return words.param(len(values))

    named = named_like(text.strip(), mark)
    found = await rows(
        "SELECT c.slug, c.name, c.kind, c.visibility, c.storage_used, c.created_at, c.archived_at, c.deleted_at, "
        f"(SELECT COUNT(*) FROM spaces_membership m WHERE m.club_id = c.id AND {standing('m')}) AS members FROM spaces_club c "
        f"WHERE ({named} OR c.slug LIKE {mark(f'%{escaped(text.strip().lower())}%')} ESCAPE '!') "
        f"{'AND ' + following(after, mark) if after else ''} ORDER BY c.sort_name, c.slug LIMIT {int(limit) + 1}",
        values,
    )
    return [ClubRow(**_times(row, "created_at", "archived_at", "deleted_at")) for row in found]


async def get_any_club(slug: str) -> Club:
    """A club by its address, deleted ones too.

    Raises:
        NotFound: when there is none.
    """
    club = await Club.get_or_none(slug=slug[:60])
    if club is None:
        raise NotFound()
    return club


async def owners_of(club: Club) -> list[Membership]:
    """Who owns a club."""
    return await Membership.filter(club_id=club.id, role="owner").order_by("id").limit(20).select_related("user")


async def list_sign_up_requests(limit: int = 200) -> list[SignUpRequest]:
    """Who asks for an account and has proved their address, longest waiting first."""
    return await SignUpRequest.filter(proven_at__isnull=False).order_by("id").limit(limit)


async def count_sign_up_requests() -> int:
    """How many people wait for an account."""
    return await SignUpRequest.filter(proven_at__isnull=False).count()


async def list_mail(*, before: int | None = None, limit: int = 50) -> list[Mail]:
    """The mail queue without its texts, newest first; one more than the limit when there are more."""
    query = Mail.all() if before is None else Mail.filter(id__lt=before)
    fields = ("id", "recipient", "subject", "created_at", "due_at", "sent_at", "attempts", "error")
    return await query.order_by("-id").limit(limit + 1).only(*fields)


async def list_faults(*, before: int | None = None, limit: int = 50) -> list[Fault]:
    """What plugins did wrong, newest first; one more than the limit when there are more."""
    query = Fault.all() if before is None else Fault.filter(id__lt=before)
    return await query.order_by("-id").limit(limit + 1)


async def list_paused() -> list[ClubPlugin]:
    """Plugins that were paused in a club after faults; at most 200."""
    # "Later than" is answered from the index of those that are paused, "not empty" is not.
    ever = datetime(1970, 1, 1, tzinfo=UTC)
    return await ClubPlugin.filter(paused_at__gt=ever).order_by("-paused_at").limit(200).select_related("club")


async def policies() -> Rules:
    """The operator's policies for kinds of clubs, by (kind, plugin)."""
    return rules_of(await PluginPolicy.all())


async def locks() -> dict[tuple[str, str], bool]:
    """The cells that are fixed for all clubs, by (role, permission)."""
    return {(lock.role, lock.permission): lock.allowed for lock in await GrantLock.all()}


async def names_of_clubs(ids: Sequence[int | None]) -> dict[int, str]:
    """Names of clubs by id."""
    wanted = sorted({number for number in ids if number is not None})
    found = await Club.filter(id__in=wanted).values_list("id", "name") if wanted else []
    return dict(found)


def _times(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {**row, **{name: moment(row[name]) for name in names}}
