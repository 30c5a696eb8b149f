"""A deleted club: gone for everybody, brought back by its owners for a while, and then erased to the last row and byte."""

from __future__ import annotations

import asyncio
import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cercle.testing import Village
from core import blobs
from core.accounts.models import LoginSession, User
from core.backup_tables import models
from core.db import execute, rows
from core.errors import Conflict
from core.models import AuditEntry, Blob, Mail, Setting
from spaces.models import Club, ClubAddress, ClubPlan, Content, Erasure, Invitation, JoinRequest, Membership
from spaces.queries.erasing import OWN, WHOLE, Kept
from spaces.services import archive_club, create_club, delete_club, restore_club
from spaces.services import club_mail as telling
from spaces.services import removal as removing
from spaces.services.addresses import change_address
from spaces.services.club_purge import purge_clubs
from spaces.services.deletion import bring_back
from spaces.services.invitations import invite_by_link
from spaces.services.plans import NewPlan, set_club_plan
from tests.spaces.full_club import fill, picture, used, wrong_blobs

DELETE = "/c/atelier/settings/delete"


async def make_due() -> None:
    """Let the waiting be over."""
    past = datetime.now(UTC) - timedelta(minutes=1)
    await Erasure.filter(plugin=WHOLE).update(due_at=past)
    await Club.filter(deleted_at__isnull=False).update(purge_at=past)


async def rows_of(club_id: int) -> dict[str, int]:
    """How many rows there are of a club, by table, in every table that names clubs."""
    found = {}
    for model in models():
        table = model._meta.db_table
        if OWN in model._meta.fields_db_projection.values() and table not in ("core_audit_entry", "spaces_erasure"):
            number = int((await rows(f'SELECT count(*) AS n FROM "{table}" WHERE club_id = {club_id}'))[0]["n"])
            if number:
                found[table] = number
    return found


async def fill_all(village: Village, club: Club, bytes_of: str = "") -> None:
    """Something in every plugin, and in every table of clubs."""
    await fill(village, club, bytes_of=bytes_of)
    browser = village.client(village.owner)
    image = {"cover": ("cover.png", picture("red"), "image/png")}
    assert (await browser.post(f"/c/{club.slug}/settings/cover", files=image)).status_code == 303
    await invite_by_link(club, actor=village.owner)
    await JoinRequest.create(club=club, user=village.outsider)
    await Setting.create(scope="club", owner_id=club.id, part="wiki", values={})
    await set_club_plan(club, NewPlan(None, 50, ""), actor=None)
    await change_address(club, f"{club.slug}-new", actor=village.owner)


async def test_an_owner_deletes_a_club_by_its_name_and_it_waits(village: Village) -> None:
    owner = village.client(village.owner)
    assert "for 30 days" in (await owner.get("/c/atelier/settings/archive")).text
    assert (await owner.post(DELETE, data={"name": "Place"})).status_code == 422

    answer = await owner.post(DELETE, data={"name": " atelier "})

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    club, waiting = await Club.get(slug="atelier"), await Erasure.get(plugin=WHOLE)
    assert (waiting.club_id, waiting.asked_by, waiting.due_at) == (club.id, "Oscar Owner", club.purge_at)
    assert club.purge_at is not None
    assert club.deleted_at is not None
    assert club.purge_at - club.deleted_at == timedelta(days=30)
    assert (await owner.get("/c/atelier/")).status_code == 404
    await village.app.jobs.run("spaces.purge_clubs")
    assert await Club.exists(slug="atelier")
    noted = await AuditEntry.get(action="spaces.club_deleted")
    assert (noted.actor_id, noted.after["purge_at"]) == (village.owner.id, club.purge_at.isoformat())


async def test_who_has_not_proved_who_they_are_is_asked_first(village: Village) -> None:
    owner = village.client(village.owner)
    await owner.get("/")
    await LoginSession.filter(user_id=village.owner.id).update(proven_at=datetime.now(UTC) - timedelta(hours=1))

    for answer in (
        await owner.post(DELETE, data={"name": "Atelier"}),
        await owner.get("/c/atelier/settings/archive/wiki.zip"),
    ):
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/account/proof")
    assert (await owner.delete("/api/v1/clubs/atelier")).status_code == 403
    assert (await Club.get(slug="atelier")).deleted_at is None


@pytest.mark.parametrize(
    "person,status", [("moderator", 403), ("member", 403), ("outsider", 404), ("operator", 404), (None, 303)]
)
async def test_nobody_else_deletes_it_or_takes_a_copy(village: Village, person: str | None, status: int) -> None:
    browser = village.client(village.people[person] if person else None)

    assert (await browser.post(DELETE, data={"name": "Atelier"})).status_code == status
    assert (await browser.get("/c/atelier/settings/archive/wiki.zip")).status_code == status
    assert (await Club.get(slug="atelier")).deleted_at is None


async def test_a_copy_of_everything_can_be_taken_before(village: Village) -> None:
    await fill(village, village.club)
    owner = village.client(village.owner)
    page = (await owner.get("/c/atelier/settings/archive")).text

    for plugin in ("wiki", "blog", "files"):
        assert f"/c/atelier/settings/archive/{plugin}.zip" in page
        answer = await owner.get(f"/c/atelier/settings/archive/{plugin}.zip")
        assert answer.headers["content-disposition"] == f'attachment; filename="atelier-{plugin}.zip"'
        names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
        assert "cercle.json" in names
        assert any(name.startswith("tables/") for name in names)
    for wrong in ("spaces", "nonsense", "search"):
        assert (await owner.get(f"/c/atelier/settings/archive/{wrong}.zip")).status_code == 404


async def test_every_member_is_told_once_in_their_language_and_owners_how_to_bring_it_back(village: Village) -> None:
    await User.filter(id=village.member.id).update(locale="fr")
    await delete_club(village.club, actor=village.owner)
    for _ in range(2):
        await village.app.jobs.run("spaces.tell_of_deletions")

    mails = {mail.recipient: mail for mail in await Mail.all()}
    assert set(mails) == {p.email for p in (village.owner, village.moderator, village.member, village.guest)}
    assert mails[village.member.email].subject == "Atelier est supprimé"
    for email, mail in mails.items():
        assert ("/clubs/deleted" in mail.text) == (email == village.owner.email)
        assert ("/clubs/deleted" in mail.html) == (email == village.owner.email)


async def test_telling_goes_on_where_it_was_killed(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "BATCH", 1)
    await delete_club(village.club, actor=village.owner)
    await telling._tell_some((await Erasure.get()).id)
    assert await Mail.all().count() == 1

    await asyncio.gather(*(village.app.jobs.run("spaces.tell_of_deletions") for _ in range(3)))

    assert await Mail.all().count() == 4
    assert "telling" not in (await Erasure.get()).report


async def test_an_owner_brings_it_back_from_the_page_of_deleted_clubs(village: Village) -> None:
    await fill(village, village.club)
    before = await rows_of(village.club.id)
    owner = village.client(village.owner)
    await owner.post(DELETE, data={"name": "Atelier"})
    restore = f"/clubs/deleted/{village.club.id}/restore"
    assert restore in (await owner.get("/clubs/deleted")).text

    answer = await owner.post(restore)

    assert (answer.status_code, answer.headers["location"]) == (303, "/c/atelier/")
    club = await Club.get(slug="atelier")
    assert (club.deleted_at, club.purge_at) == (None, None)
    assert restore not in (await owner.get("/clubs/deleted")).text
    assert (await owner.post(restore)).status_code == 404
    await make_due()
    await purge_clubs()
    after = await rows_of(village.club.id)
    assert {table: after.get(table) for table in before if not table.startswith("core_")} == {
        table: number for table, number in before.items() if not table.startswith("core_")
    }
    await village.app.jobs.run("spaces.tell_of_deletions")
    assert await Mail.exists(recipient=village.guest.email, subject="Atelier is back")


@pytest.mark.parametrize("person", ["moderator", "member", "outsider", "removed", "operator", None])
async def test_nobody_else_brings_it_back_or_learns_of_it(village: Village, person: str | None) -> None:
    await delete_club(village.club, actor=village.owner)
    browser = village.client(village.people[person] if person else None)

    page = await browser.get("/clubs/deleted")
    answer = await browser.post(f"/clubs/deleted/{village.club.id}/restore")

    assert "Atelier" not in page.text
    assert answer.status_code == (404 if person else 303)
    assert (await Club.get(slug="atelier")).deleted_at is not None


async def test_an_operator_sees_what_waits_and_brings_it_back(village: Village) -> None:
    await delete_club(village.club, actor=village.owner)
    browser = village.client(village.operator)
    page = (await browser.get("/admin/erasures")).text
    assert "The club Atelier with everything in it" in page
    assert "/admin/clubs/atelier/restore" in page
    assert (await browser.post("/admin/clubs/atelier/erasures/spaces/withdraw")).status_code == 404

    assert (await browser.post("/admin/clubs/atelier/restore")).status_code == 303

    assert (await Club.get(slug="atelier")).purge_at is None
    assert (await Erasure.get()).withdrawn_at is not None


async def test_a_club_that_was_archived_comes_back_archived(village: Village) -> None:
    await archive_club(village.club, actor=village.owner)
    await delete_club(village.club, actor=village.owner)

    await bring_back(village.club.id, actor=await village.viewer(village.owner))

    assert (await Club.get(slug="atelier")).is_archived


async def test_when_the_time_is_over_every_row_and_byte_goes_and_nothing_of_other_clubs(village: Village) -> None:
    await fill_all(village, village.club)
    await fill_all(village, village.public)  # the same bytes, so that references must be counted right
    other = await rows_of(village.public.id)
    assert {"wiki_page", "blog_post", "files_entry", "spaces_invitation", "spaces_club_address"} <= set(other)
    await delete_club(village.club, actor=village.owner)
    await make_due()

    await village.app.jobs.run("spaces.purge_clubs")

    assert await rows_of(village.club.id) == {}
    assert not await Club.exists(id=village.club.id)
    after = await rows_of(village.public.id)
    assert {t: n for t, n in after.items() if t[:5] != "core_"} == {t: n for t, n in other.items() if t[:5] != "core_"}
    stored, counted = await used(village.public)
    assert stored == counted
    assert await wrong_blobs() == {}
    assert await Setting.filter(scope="club", owner_id=village.club.id).count() == 0
    assert await ClubPlan.filter(key=f"#{village.club.id}").count() == 0
    done = await Erasure.get(plugin=WHOLE)
    assert (done.club_id, done.done_at is not None) == (None, True)
    assert Kept.of(done.report).tables["wiki_page"] == other["wiki_page"]
    noted = await AuditEntry.get(action="spaces.club_purged")
    assert (noted.club_id, noted.before["members"], noted.after) == (village.club.id, 4, done.report)


async def test_bytes_that_nobody_else_holds_are_released(village: Village) -> None:
    await fill_all(village, village.club, bytes_of="own")
    assert await Blob.filter(references__gt=0).exists()
    await delete_club(village.club, actor=None)
    await make_due()

    await purge_clubs()

    assert await Blob.filter(references__gt=0).count() == 0


async def test_its_owners_are_told_when_it_is_erased_and_its_address_is_free(village: Village) -> None:
    await change_address(village.club, "werkstatt", actor=village.owner)
    await delete_club(village.club, actor=village.owner)
    await make_due()
    await purge_clubs()

    told = await Mail.filter(key__startswith="spaces.club_purged")
    assert [mail.recipient for mail in told] == [village.owner.email]
    assert await ClubAddress.all().count() == 0
    for slug in ("atelier", "werkstatt"):
        assert (await create_club(name="Again", kind="team", slug=slug, actor=village.owner)).slug == slug


@pytest.mark.parametrize("after", [1, 4, 9, 14])
async def test_a_run_that_is_killed_half_way_is_followed_by_the_next(
    village: Village, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    await fill_all(village, village.club)
    await delete_club(village.club, actor=village.owner)
    await make_due()
    let_go, calls = blobs.let_go, 0

    async def dying(hashes: Any) -> None:
        nonlocal calls
        calls += 1
        if calls > after:
            raise asyncio.CancelledError
        await let_go(hashes)

    monkeypatch.setattr(removing, "let_go", dying)
    with pytest.raises(asyncio.CancelledError):
        await purge_clubs()
    monkeypatch.setattr(removing, "let_go", let_go)
    assert await Club.exists(id=village.club.id)
    assert await wrong_blobs() == {}
    with pytest.raises(Conflict):
        await bring_back(village.club.id, actor=await village.viewer(village.owner))
    with pytest.raises(Conflict):
        await restore_club(village.club, actor=None)

    await purge_clubs()

    assert await rows_of(village.club.id) == {}
    assert await wrong_blobs() == {}


async def test_several_processes_erase_one_club_once(village: Village) -> None:
    await fill_all(village, village.club)
    kept = (await rows_of(village.club.id))["wiki_page"]
    await delete_club(village.club, actor=village.owner)
    await make_due()

    await asyncio.gather(*(purge_clubs() for _ in range(4)))

    done = await Erasure.get(plugin=WHOLE)
    assert (Kept.of(done.report).tables["wiki_page"], done.report.get("failed")) == (kept, None)
    assert await AuditEntry.filter(action="spaces.club_purged").count() == 1
    assert await rows_of(village.club.id) == {}
    assert await wrong_blobs() == {}


async def test_bringing_back_and_erasing_at_once_end_in_one_of_the_two(village: Village) -> None:
    for club in (village.club, village.public):
        await Content.filter(club_id=club.id).delete()
        await delete_club(club, actor=village.owner)
        await make_due()
        owner = await village.viewer(village.owner, club)
        ended = await asyncio.gather(purge_clubs(), bring_back(club.id, actor=owner), return_exceptions=True)

        there = await Club.get_or_none(id=club.id)
        erasure = await Erasure.filter(plugin=WHOLE).order_by("-id").first()
        assert erasure is not None
        if there is None:
            assert erasure.done_at is not None
            assert not isinstance(ended[1], Club)
        else:
            assert (there.deleted_at, erasure.begun_at) == (None, None)
            assert await Membership.filter(club_id=club.id, role="owner").exists()


async def test_deleted_twice_at_once_it_waits_once(village: Village) -> None:
    loaded = [await Club.get(id=village.club.id) for _ in range(5)]

    await asyncio.gather(*(delete_club(club, actor=village.owner) for club in loaded))

    assert await Erasure.filter(plugin=WHOLE).count() == 1
    assert await AuditEntry.filter(action="spaces.club_deleted").count() == 1


async def test_a_club_waits_for_a_plugin_that_keeps_something_in_it_and_does_not_run(village: Village) -> None:
    await fill(village, village.club)
    kept = await rows_of(village.club.id)
    await delete_club(village.club, actor=village.owner)
    await make_due()
    loaded = village.app.parts.get("files")
    assert loaded is not None
    loaded.failure = "broken"
    await purge_clubs()
    loaded.failure = None

    waiting = await Erasure.get(plugin=WHOLE)
    assert (waiting.begun_at, "files does not run" in str(waiting.report["failed"])) == (None, True)
    assert (await rows_of(village.club.id))["files_entry"] == kept["files_entry"]
    assert "files does not run" in (await village.client(village.operator).get("/admin/erasures")).text
    await purge_clubs()
    assert await rows_of(village.club.id) == {}
    assert await wrong_blobs() == {}


async def test_nothing_is_erased_before_its_time_or_in_safe_mode(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    await delete_club(village.club, actor=village.owner)
    await purge_clubs()
    assert await Club.exists(id=village.club.id)
    await make_due()
    monkeypatch.setattr(village.app, "settings", village.app.settings.model_copy(update={"safe": True}))
    await purge_clubs()
    assert await Club.exists(id=village.club.id)


async def test_invitations_of_a_deleted_club_lead_nowhere(village: Village) -> None:
    made = await invite_by_link(village.club, actor=village.owner)
    await delete_club(village.club, actor=village.owner)

    assert await Invitation.filter(club_id=village.club.id).count() == 1
    assert made is not None
    assert "Atelier" not in (await village.client(village.outsider).get("/clubs")).text
    assert await execute("UPDATE spaces_club SET storage_used = storage_used WHERE deleted_at IS NOT NULL") == 1
