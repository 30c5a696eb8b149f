"""The members as a table to take along: what stands in it, for whom, and what a spreadsheet makes of it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.models import AuditEntry
from spaces.models import Membership

EXPORT = "/c/atelier/people/list/export"


async def _table(village: Village, person: User, **sent: str) -> list[dict[str, str]]:
    answer = await village.client(person).post(EXPORT, data=sent)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


async def test_the_table_has_everybody_with_role_and_days(village: Village) -> None:
    at = datetime(2025, 3, 4, 12, tzinfo=UTC)
    place = Membership.filter(club=village.club, user=village.member)
    await place.update(
        joined_at=at, visited_at=at, expires_at=at.replace(year=2099), came_by="request", invited_by_id=village.owner.id
    )

    table = await _table(village, village.moderator)

    assert [row["name"] for row in table] == ["Gilda Guest", "Max Member", "Mona Moderator", "Oscar Owner"]
    assert table[1] == {
        "name": "Max Member",
        "handle": "member",
        "email": "",
        "headline": "",
        "role": "Member",
        "joined": "2025-03-04",
        "last seen": "2025-03-04",
        "came": "Asked to join; let in by Oscar Owner",
        "ends": "2099-03-04",
    }


async def test_the_table_respects_what_people_hide(village: Village) -> None:
    await User.filter(id=village.member.id).update(hidden="headline", headline="Secret headline")
    await User.filter(id=village.guest.id).update(hidden="email", headline="Reads")

    table = {row["handle"]: row for row in await _table(village, village.owner)}

    assert (table["member"]["email"], table["member"]["headline"]) == (village.member.email, "")
    assert (table["guest"]["email"], table["guest"]["headline"]) == ("", "Reads")


async def test_the_table_has_what_the_list_shows(village: Village) -> None:
    assert [row["handle"] for row in await _table(village, village.owner, q="mona")] == ["moderator"]
    assert [row["handle"] for row in await _table(village, village.owner, role="guest")] == ["guest"]
    assert await _table(village, village.owner, since="2199-01-01") == []


async def test_who_took_it_is_in_the_log(village: Village) -> None:
    await _table(village, village.moderator, role="guest", sort="joined")

    entry = await AuditEntry.get(action="spaces.members_exported")
    assert (entry.actor_id, entry.club_id, entry.after) == (
        village.moderator.id,
        village.club.id,
        {"role": "guest", "sort": "joined"},
    )


async def test_no_cell_is_a_formula(village: Village) -> None:
    await User.filter(id=village.member.id).update(name="=HYPERLINK(1)", headline="@SUM(A1)", hidden="")

    answer = await village.client(village.owner).post(EXPORT)

    assert not any(cell.startswith(("=", "@", "+")) for row in csv.reader(io.StringIO(answer.text)) for cell in row)
    assert "HYPERLINK" in answer.text


async def test_more_members_than_a_portion_all_stand_in_it(village: Village) -> None:
    people = [
        User(email=f"p{n}@village.example", handle=f"p{n}", name=f"P {n}", sort_name=f"{n} p", stamp="x")
        for n in range(1100)
    ]
    await User.bulk_create(people, batch_size=500)
    made = await User.filter(handle__startswith="p", stamp="x")
    await Membership.bulk_create([Membership(club=village.club, user=one) for one in made], batch_size=500)

    for sort in ("name", "joined", "seen"):
        table = await _table(village, village.owner, sort=sort)
        assert len({row["handle"] for row in table}) == len(table) == 1104


@pytest.mark.parametrize("person,status", [("member", 403), ("guest", 403), ("outsider", 404), ("removed", 404)])
async def test_only_those_who_manage_members_take_it(village: Village, person: str, status: int) -> None:
    answer = await village.client(getattr(village, person)).post(EXPORT)

    assert answer.status_code == status
    assert not await AuditEntry.exists(action="spaces.members_exported")
