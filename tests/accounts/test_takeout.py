"""All of one's data to download: gathered by a job, kept for a week, and only for its owner who has just proved who they are."""

from __future__ import annotations

import asyncio
import io
import json
import os
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cercle.testing import Village
from core import storage
from core.accounts.models import LoginSession, Takeout, User
from core.accounts.services import ask_takeout, end_takeout, renew_takeouts
from core.accounts.services import takeouts as services
from core.accounts.services.takeouts import forget_old_takeouts, make_takeouts
from core.errors import TooMany
from core.models import AuditEntry, Blob, Mail
from tests.accounts.letters import letters

PAGE, ASK = "/account/leave", "/account/takeouts"


async def gathered(village: Village, person: User) -> Takeout:
    """An archive that is ready."""
    await ask_takeout(person)
    await make_takeouts()
    return await Takeout.filter(user_id=person.id).order_by("-id").first()  # type: ignore[return-value]


def on_disk(village: Village) -> list[Path]:
    """What lies in the folder in which archives are put together."""
    folder = village.app.settings.data_dir / "takeouts"
    return list(folder.iterdir()) if folder.exists() else []


async def test_i_ask_and_get_a_mail_and_download_what_is_mine(village: Village) -> None:
    browser = village.client(village.member)
    await browser.post("/c/atelier/wiki/pages", data={"title": "Kiln", "body": "Fire at **dawn**."})
    assert (await browser.post(ASK)).headers["location"] == PAGE
    await make_takeouts()
    mail = (await letters(village.member.email))[-1]
    assert "is ready" in mail.subject
    assert f"http://127.0.0.1:8000{PAGE}" in mail.text
    takeout = await Takeout.get(user_id=village.member.id)
    assert f"{ASK}/{takeout.id}" in (await browser.get(PAGE)).text
    answer = await browser.get(f"{ASK}/{takeout.id}")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-store")
    assert answer.headers["content-disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.read("wiki/pages/atelier/kiln.md").decode() == "# Kiln\n\nFire at **dawn**.\n"
        assert json.loads(archive.read("accounts/account.json"))["email"] == village.member.email
    assert (takeout.state, takeout.size) == ("ready", len(answer.content))
    assert on_disk(village) == []


async def test_a_download_that_broke_off_goes_on(village: Village) -> None:
    takeout = await gathered(village, village.member)
    browser = village.client(village.member)
    whole = (await browser.get(f"{ASK}/{takeout.id}")).content
    rest = await browser.get(f"{ASK}/{takeout.id}", headers={"range": "bytes=100-"})
    assert (rest.status_code, rest.content) == (206, whole[100:])


async def test_nobody_else_gets_it(village: Village) -> None:
    takeout = await gathered(village, village.member)
    for person in (village.owner, village.operator, village.outsider):
        answer = await village.client(person).get(f"{ASK}/{takeout.id}")
        assert (answer.status_code, len(answer.content) < takeout.size or b"PK" not in answer.content[:2]) == (
            404,
            True,
        )
        assert (await village.client(person).post(f"{ASK}/{takeout.id}/delete")).status_code == 404
    assert (await village.client(None).get(f"{ASK}/{takeout.id}")).status_code == 303
    assert (await Takeout.get(id=takeout.id)).state == "ready"


async def test_a_proof_of_yesterday_is_not_enough(village: Village) -> None:
    takeout = await gathered(village, village.member)
    browser = village.client(village.member)
    await browser.get(PAGE)
    await LoginSession.filter(user_id=village.member.id).update(proven_at=datetime.now(UTC) - timedelta(hours=1))
    assert (await browser.get(f"{ASK}/{takeout.id}")).headers["location"].startswith("/account/proof?next=")
    sent = await browser.post(ASK, headers={"referer": f"http://127.0.0.1:8000{PAGE}"})
    assert sent.headers["location"] == "/account/proof?next=%2Faccount%2Fleave"
    assert await Takeout.all().count() == 1


async def test_a_token_gets_nothing(village: Village) -> None:
    takeout = await gathered(village, village.member)
    script = village.api(village.member)
    for path in (PAGE, f"{ASK}/{takeout.id}"):
        answer = await script.get(f"http://127.0.0.1:8000{path}")
        assert answer.status_code in (303, 401, 403, 404)


async def test_one_at_a_time_and_three_a_day(village: Village) -> None:
    first, second = await ask_takeout(village.member), await ask_takeout(village.member)
    assert first.id == second.id
    await make_takeouts()
    for _number in range(2):
        await ask_takeout(village.member)
        await make_takeouts()
    with pytest.raises(TooMany):
        await ask_takeout(village.member)
    page = await village.client(village.member).post(ASK)
    assert page.headers["location"] == PAGE
    assert await Takeout.all().count() == 3
    await Takeout.all().update(created_at=datetime.now(UTC) - timedelta(hours=25))
    assert (await ask_takeout(village.member)).state == "waiting"


async def test_asking_twenty_times_at_once_asks_once(village: Village) -> None:
    asked = await asyncio.gather(*(ask_takeout(village.member) for _number in range(20)))
    assert len({one.id for one in asked}) == 1
    assert await Takeout.all().count() == 1


async def test_two_processes_make_it_once(village: Village) -> None:
    await ask_takeout(village.member)
    await asyncio.gather(make_takeouts(), make_takeouts(), make_takeouts())
    takeout = await Takeout.get(user_id=village.member.id)
    assert (await Blob.get(hash=takeout.file)).references == 1
    assert await Mail.filter(key__startswith="accounts.takeout_ready:").count() == 1


async def test_what_a_killed_process_left_is_begun_anew(village: Village) -> None:
    await ask_takeout(village.member)
    just_now = datetime.now(UTC) - timedelta(minutes=1)
    await Takeout.all().update(started_at=just_now)
    await make_takeouts()
    assert (await Takeout.get()).state == "waiting"
    await Takeout.all().update(started_at=datetime.now(UTC) - timedelta(hours=1))
    await make_takeouts()
    assert (await Takeout.get()).state == "ready"


async def test_who_was_taken_for_dead_and_comes_late_changes_nothing(village: Village) -> None:
    await ask_takeout(village.member)
    late = await services._claimed()
    assert late is not None
    await Takeout.all().update(started_at=datetime.now(UTC) - timedelta(hours=1))
    await make_takeouts()
    before = await Takeout.get()
    await services._make(late)
    after = await Takeout.get()
    assert (after.file, after.ready_at) == (before.file, before.ready_at)
    assert (await Blob.get(hash=after.file)).references == 1
    assert await Mail.filter(key__startswith="accounts.takeout_ready:").count() == 1


async def test_after_a_week_it_is_gone_with_its_bytes(village: Village) -> None:
    takeout = await gathered(village, village.member)
    await Takeout.filter(id=takeout.id).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    browser = village.client(village.member)
    assert (await browser.get(f"{ASK}/{takeout.id}")).status_code == 404
    await forget_old_takeouts()
    assert (await Takeout.get()).state == "ended"
    assert (await Blob.get(hash=takeout.file)).references == 0
    await storage.collect(village.app.storage, older_than=timedelta())
    assert await village.app.storage.size(takeout.file) is None
    await Takeout.all().update(created_at=datetime.now(UTC) - timedelta(days=8))
    await forget_old_takeouts()
    assert await Takeout.all().count() == 0


async def test_what_a_killed_process_left_on_the_disk_goes(village: Village) -> None:
    folder = village.app.settings.data_dir / "takeouts"
    folder.mkdir(exist_ok=True)
    old, new = folder / ".1-abc.zip.half", folder / ".2-abc.zip.half"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    await forget_old_takeouts()
    assert on_disk(village) == [new]


async def test_removing_it_twice_at_once_lets_go_once(village: Village) -> None:
    takeout = await gathered(village, village.member)
    answers = await asyncio.gather(*(end_takeout(village.member, takeout.id) for _number in range(3)))
    assert sorted(answers) == [False, False, True]
    assert (await Blob.get(hash=takeout.file)).references == 0
    assert (await village.client(village.member).get(f"{ASK}/{takeout.id}")).status_code == 404


async def test_parts_that_could_not_answer_are_named_on_the_page(village: Village) -> None:
    await gathered(village, village.member)
    await Takeout.all().update(lacking="Wiki, files/atelier/kiln.txt")
    page = await village.client(village.member).get(PAGE)
    assert "Wiki, files/atelier/kiln.txt" in page.text


async def test_a_making_that_fails_says_so_and_may_be_asked_again(village: Village) -> None:
    in_the_way = village.app.settings.data_dir / "takeouts"
    in_the_way.write_text("no folder")
    await ask_takeout(village.member)
    await make_takeouts()
    assert (await Takeout.get()).state == "failed"
    assert "Something went wrong" in (await village.client(village.member).get(PAGE)).text
    in_the_way.unlink()
    assert (await gathered(village, village.member)).state == "ready"


async def test_it_is_in_the_log_that_it_was_asked_for(village: Village) -> None:
    await ask_takeout(village.member)
    assert await AuditEntry.filter(action="accounts.takeout_asked", actor_id=village.member.id).count() == 1


async def test_one_that_is_made_while_rights_become_less_is_begun_anew(village: Village) -> None:
    await ask_takeout(village.member)
    running = await services._claimed()
    assert running is not None
    await renew_takeouts(village.member.id)
    await services._make(running)
    assert (await Takeout.get()).state == "waiting"
    await make_takeouts()
    assert (await Takeout.get()).state == "ready"
