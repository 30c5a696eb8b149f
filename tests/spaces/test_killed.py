"""A process that is killed (SIGKILL) in the midst of something: nothing is half done, and the next one does the rest, once."""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cercle.testing import Village
from core.models import AuditEntry, Mail, OutboxEvent
from spaces.models import Case, Content, Membership
from spaces.services.bulk import Change, change_members
from spaces.services.cases import decide_case
from spaces.services.ending import end_memberships
from spaces.services.trial import set_trial

pytestmark = pytest.mark.anyio

FRAME = """
import asyncio, os, signal, sys
from pathlib import Path
from cercle.testing import opened_village, village_settings
from core.accounts.models import User
from spaces.models import Case, Club, Membership

def dying(module, name, at):
    "Let a function of a module do its work and end the process, before the commit, the `at`th time."
    known, count = getattr(module, name), 0
    async def die(*given, **named):
        nonlocal count
        count += 1
        done = await known(*given, **named)
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return done
    setattr(module, name, die)

async def work():
    CODE

async def main():
    async with opened_village(village_settings(Path(sys.argv[1]), sys.argv[2])):
        await work()

asyncio.run(main())
"""
ENDING = """
    from spaces.services import ending
    dying(ending, "queue", 2)
    await ending.end_memberships()
"""
CHANGING = """
    from spaces.services import bulk, memberships
    dying(memberships, "follow_parent", 2)
    club, owner = await Club.get(slug="atelier"), await User.get(handle=sys.argv[3])
    people = [user.id for user in await User.filter(handle__in=sys.argv[4:])]
    await bulk.change_members(club, people, bulk.Change("role", role="moderator"), actor=owner)
"""
RELEASING = """
    from core.accounts.viewer import Viewer
    from spaces.services import cases
    dying(cases, "tell_author", 1)
    club, person = await Club.get(slug="atelier"), await User.get(handle=sys.argv[3])
    viewer = Viewer(id=person.id, name=person.name)
    await cases.decide_case(club, (await Case.get()).id, "keep", actor=viewer)
"""


async def _die(code: str, database_url: str, folder: Path, *words: str) -> None:
    """Run this in a process of its own, which is killed in its midst."""
    text = FRAME.replace("    CODE\n", code.strip("\n") + "\n")
    command = [sys.executable, "-c", text, str(folder / "data"), database_url, *words]
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    assert process.returncode == -signal.SIGKILL, said.decode()


async def test_memberships_that_are_over_all_end_with_one_mail_and_one_row_each(
    village: Village, database_url: str, tmp_path: Path
) -> None:
    people = [village.member, village.guest, village.moderator]
    over = Membership.filter(club_id=village.club.id, user_id__in=[one.id for one in people])
    await over.update(expires_at=datetime.now(UTC) - timedelta(minutes=1))

    await _die(ENDING, database_url, tmp_path)
    left = await over.count()
    told = await Mail.filter(subject__startswith="You are no member").count()
    await end_memberships()

    assert (left, told) == (2, 1), "the second one was undone as a whole"
    assert await over.count() == 0
    letters = Mail.filter(subject__startswith="You are no member")
    assert sorted([one.recipient for one in await letters]) == sorted(one.email for one in people)
    rows = AuditEntry.filter(action="spaces.membership_over")
    assert sorted([one.subject for one in await rows]) == sorted(one.name for one in people)
    assert await OutboxEvent.filter(name="spaces.member_left").count() == 3


async def test_a_change_of_several_members_is_done_for_some_and_goes_on_for_the_others(
    village: Village, database_url: str, tmp_path: Path
) -> None:
    people = [village.member, village.guest, await village.person("Zoe Last")]
    await village.join(people[2], village.club)

    await _die(CHANGING, database_url, tmp_path, village.owner.handle, *[one.handle for one in people])
    changed = Membership.filter(club_id=village.club.id, user_id__in=[one.id for one in people], role="moderator")
    before, rows = await changed.count(), await AuditEntry.filter(action="spaces.role_changed").count()
    outcome = await change_members(
        village.club, [one.id for one in people], Change("role", role="moderator"), actor=village.owner
    )

    assert (before, rows) == (1, 1), "a member has the role with its row in the log, or neither"
    assert (outcome.done, [why for _, why in outcome.refused]) == (2, ["Has this role already."])
    assert await changed.count() == 3
    log = AuditEntry.filter(action="spaces.role_changed")
    assert sorted([one.subject for one in await log]) == sorted(one.name for one in people)


async def test_what_waited_is_let_out_whole_or_waits_on(village: Village, database_url: str, tmp_path: Path) -> None:
    await set_trial(village.club, 1, actor=None)
    sent = {"title": "A first page", "body": "Some words."}
    assert (await village.client(village.member).post("/c/atelier/wiki/pages", data=sent)).status_code == 303
    case = await Case.get()

    await _die(RELEASING, database_url, tmp_path, village.moderator.handle)
    waits, open_case = await Content.get(kind="page"), await Case.get()
    hidden = (await village.client(village.guest).get(case.url)).status_code
    await decide_case(village.club, case.id, "keep", actor=await village.viewer(village.owner))

    assert (waits.is_on_trial, waits.hidden_at is not None, open_case.state, hidden) == (True, True, "open", 404)
    shown, decided = await Content.get(kind="page"), await Case.get()
    assert (shown.is_on_trial, shown.hidden_at, decided.state) == (False, None, "kept")
    assert decided.decided_by_id == village.owner.id
    assert (await village.client(village.guest).get(case.url)).status_code == 200
    assert await AuditEntry.filter(action="spaces.trial_decided").count() == 1
    assert await OutboxEvent.filter(name="wiki.page_published").count() == 1
