"""A club that goes into another one: everything of it is there afterwards, to the last row and byte, and nobody lost a link."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cercle.testing import Village
from core.accounts.models import ApiToken
from core.errors import CercleError, Conflict, Forbidden, NotFound
from core.models import AuditEntry, Mail, Setting
from plugins.blog.models import Post
from plugins.directory.models import Absence
from plugins.files.models import Entry
from plugins.wiki.models import Page, PageLink
from spaces.models import (
    Ban,
    Club,
    ClubAddress,
    ClubMerge,
    ClubPlugin,
    Content,
    Erasure,
    Invitation,
    JoinRequest,
    Membership,
)
from spaces.queries.merges import count_all, load_preview
from spaces.services import archive_club, create_club, delete_club, merge_run
from spaces.services.addresses import change_address
from spaces.services.invitations import invite_by_link
from spaces.services.merge_run import merge_clubs, next_batch
from spaces.services.merging import ask_merge
from tests.spaces.full_club import fill, used, wrong_blobs


async def second(village: Village, name: str = "Bordeaux") -> Club:
    """Another club of the owner, with all plugins on."""
    made = await create_club(name=name, kind="team", actor=village.owner)
    for plugin in ("wiki", "blog", "files", "directory"):
        await village.switch(plugin, "on", made)
    return await Club.get(id=made.id)


async def both(village: Village) -> tuple[Club, Club]:
    """The club that goes and the one that stays, both full, with the same names in them."""
    source, target = await second(village), village.club
    await fill(village, source, bytes_of="source")
    await fill(village, target, bytes_of="target")
    return source, target


async def one_club(village: Village, source: Club, target: Club, **values: Any) -> ClubMerge:
    """Ask, and let the job do it."""
    merge = await ask_merge(source, target, actor=village.owner, **values)
    await merge_clubs()
    return await ClubMerge.get(id=merge.id)


def together(one: dict[str, Any], other: dict[str, Any], **more: int) -> dict[str, int]:
    """The rows of both by table, and those that a merge makes."""
    names = {*one["tables"], *other["tables"]}
    return {name: one["tables"].get(name, 0) + other["tables"].get(name, 0) + more.get(name, 0) for name in names}


async def check(village: Village, source: Club, target: Club, merge: ClubMerge) -> None:
    """Everything that was in both is in the one that is left, and stored bytes are counted right."""
    said = json.loads(merge.counts)
    before, after = said["before"], await count_all(target)
    assert merge.done_at is not None
    assert not await Club.exists(id=source.id)
    # three pages link to a page that has another name; who is absent from both directories is so once; a folder is new
    made = {"wiki_revision": 3, "wiki_tree": -1, "directory_absence": -1, "files_entry": 1}
    assert after["tables"] == together(before["source"], before["target"], **made)
    assert after["items"] == before["source"]["items"] + before["target"]["items"]
    assert after["size"] == before["source"]["size"] + before["target"]["size"]
    counter, counted = await used(target)
    assert counter >= counted > 0
    assert await wrong_blobs() == {}
    assert said["after"] == after


async def test_everything_of_a_club_is_in_the_other_one_afterwards(village: Village) -> None:
    source, target = await both(village)

    merge = await one_club(village, source, target)

    await check(village, source, target, merge)
    page = village.client(village.owner)
    old = await Page.filter(club_id=target.id, title__contains="(Bordeaux)", trashed_at=None).order_by("id")
    assert [one.title for one in old] == ["Top (Bordeaux)", "Bottom (Bordeaux)"]
    assert old[0].body == "Words, and [[top-bordeaux|Top]]"
    assert {one.target for one in await PageLink.filter(source_id=old[0].id)} == {"top-bordeaux"}
    for former, now in (
        ("wiki/pages/top", "wiki/pages/top-bordeaux"),
        ("wiki/pages/top/history", "wiki/pages/top-bordeaux/history"),
        ("blog/posts/news", "blog/posts/news-bordeaux"),
        ("blog/", "blog/"),
    ):
        answer = await page.get(f"/c/bordeaux/{former}")
        assert (answer.status_code, answer.headers["location"]) == (308, f"/c/atelier/{now}")
        assert (await page.get(f"/c/atelier/{now}")).status_code == 200
    for url in await Content.filter(club_id=target.id, state="published").values_list("url", flat=True):
        assert (await page.get(str(url))).status_code == 200, url
    folder = await Entry.get(club_id=target.id, name="Bordeaux", parent_key=0)
    assert [one.name for one in await Entry.filter(club_id=target.id, parent_id=folder.id)] == ["a"]
    assert [one.slug for one in await Post.filter(club_id=target.id).order_by("slug")] == ["news", "news-bordeaux"]
    assert await Absence.filter(club_id=target.id).count() == 1
    await village.app.jobs.run("wiki.render_stale")
    assert 'href="/c/atelier/wiki/pages/top-bordeaux"' in (await Page.get(id=old[0].id)).body_html


async def test_the_people_of_both_are_in_it_with_the_higher_role_and_the_later_end(village: Village) -> None:
    source, target = await second(village), village.club
    late = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    await village.join(village.outsider, source, "owner")
    await village.join(village.guest, source, "moderator")
    await village.join(village.member, source, "guest")
    newcomer, barred, left, over = [await village.person(name) for name in ("Nina", "Bara", "Lea", "Olga")]
    await village.join(over, source, "moderator")
    await village.join(over, target, "guest")
    await Membership.filter(club=source, user=over).update(expires_at=late - timedelta(days=60))
    for person in (newcomer, barred, left):
        await village.join(person, source)
    await Membership.filter(club=target, user=village.member).update(expires_at=late - timedelta(days=20))
    await Membership.filter(club=source, user=village.member).update(expires_at=late)
    await Membership.filter(club=source, user=left).update(is_inherited=True)
    await Ban.create(club=target, user=barred)
    await Ban.create(club=source, user=village.moderator)

    await one_club(village, source, target)

    roles = dict(await Membership.filter(club=target).values_list("user_id", "role"))
    assert roles == {
        village.owner.id: "owner",
        village.outsider.id: "moderator",
        village.guest.id: "moderator",
        village.member.id: "member",
        newcomer.id: "member",
        over.id: "guest",
    }
    assert (await Membership.get(club=target, user=village.member)).expires_at == late
    assert (await Membership.get(club=target, user=newcomer)).came_by == "merge"
    assert await Ban.filter(club=target).count() == 2
    assert await AuditEntry.filter(action="spaces.role_changed", club_id=target.id).count() == 1


async def test_owners_stay_owners_where_that_was_wished(village: Village) -> None:
    source = await second(village)
    await village.join(village.outsider, source, "owner")

    await one_club(village, source, village.club, owners_stay=True)

    assert (await Membership.get(club=village.club, user=village.outsider)).role == "owner"


async def test_ways_in_end_and_addresses_settings_and_tokens_lead_to_the_other_club(village: Village) -> None:
    source, target = await second(village), village.club
    await change_address(source, "bordeaux-2", actor=village.owner)
    await invite_by_link(source, actor=village.owner)
    await JoinRequest.create(club=source, user=village.outsider)
    await Setting.create(scope="club", owner_id=source.id, part="wiki", values={"trash_days": 9})
    await Setting.create(scope="club", owner_id=source.id, part="blog", values={"a": 1})
    await Setting.create(scope="club", owner_id=target.id, part="blog", values={"a": 2})
    token = await ApiToken.create(token_hash="x", user=village.owner, name="x", stamp="x", clubs=f"{source.id}")

    await one_club(village, source, target)

    assert not await Invitation.filter(club_id=source.id).exists()
    assert await JoinRequest.all().count() == 0
    told = await Mail.get(recipient=village.outsider.email)
    assert "Atelier" in told.text
    assert {one.slug for one in await ClubAddress.filter(club=target)} == {"bordeaux", "bordeaux-2"}
    kept = dict(await Setting.filter(scope="club", owner_id=target.id).values_list("part", "values"))
    assert kept == {"wiki": {"trash_days": 9}, "blog": {"a": 2}}
    assert (await ApiToken.get(id=token.id)).clubs == str(target.id)
    assert (await village.client(village.owner).get("/c/bordeaux/")).headers["location"] == "/c/atelier/"
    owner = await Mail.get(recipient=village.owner.email)
    assert "Bordeaux" in owner.subject
    row = await AuditEntry.get(action="spaces.clubs_merged")
    assert (row.club_id, row.actor_id, row.before["source"]) == (target.id, village.owner.id, "bordeaux-2")


async def test_groups_move_below_the_other_club_and_the_inheritance_goes_on(village: Village) -> None:
    source, target = await second(village), village.club
    await Club.filter(id=village.hidden.id).update(parent_id=source.id, inherits_members=True)

    await one_club(village, source, target)

    assert (await Club.get(id=village.hidden.id)).parent_id == target.id


async def test_a_group_can_go_into_the_club_above_and_the_club_above_into_its_group(village: Village) -> None:
    source, target = await second(village), village.club
    await Club.filter(id=source.id).update(parent_id=target.id)
    third = await second(village, "Caen")
    await Club.filter(id=third.id).update(parent_id=target.id, inherits_members=True)
    await Membership.create(club=third, user=village.member, is_inherited=True)

    await one_club(village, source, target)
    await one_club(village, target, third)

    assert (await Club.get(id=third.id)).parent_id is None
    assert (await Membership.get(club=third, user=village.member)).is_inherited is False
    assert {one.slug for one in await ClubAddress.filter(club=third)} == {"bordeaux", "atelier"}


async def test_an_address_leads_through_two_merges(village: Village) -> None:
    source, target = await both(village)
    await one_club(village, source, target)
    third = await second(village, "Caen")
    made = {"title": "Top Bordeaux", "body": "Mine"}
    assert (await village.api(village.owner).post("clubs/caen/wiki/pages", json=made)).status_code == 201

    await one_club(village, target, third)

    answer = await village.client(village.owner).get("/c/bordeaux/wiki/pages/top")
    assert answer.headers["location"] == "/c/caen/wiki/pages/top-bordeaux-atelier"


async def test_meanwhile_both_can_be_read_only_with_a_sentence_and_no_further_question(village: Village) -> None:
    source, target = await both(village)
    page = village.client(village.owner)
    await page.get("/c/atelier/wiki/pages/top")
    with village.queries() as before:
        await page.get("/c/atelier/wiki/pages/top")
    await ask_merge(source, target, actor=village.owner)

    with village.queries() as asked:
        shown = await page.get("/c/atelier/wiki/pages/top")

    assert (shown.status_code, asked.count) == (200, before.count)
    for slug in ("atelier", "bordeaux"):
        refused = await page.post(f"/c/{slug}/wiki/pages", data={"title": "New", "body": "Words"})
        assert refused.status_code == 403
        assert "become one at this moment" in refused.text
        assert (
            await village.api(village.owner).post(f"clubs/{slug}/wiki/pages", json={"title": "New"})
        ).status_code == 403
        assert (await page.post(f"/c/{slug}/settings/delete", data={"name": slug.title()})).status_code == 403
        assert (await page.post(f"/c/{slug}/leave")).status_code == 403
    with pytest.raises(Conflict):
        await delete_club(source, actor=village.owner)


async def test_what_comes_in_while_it_runs_is_taken_along(village: Village) -> None:
    source, target = await both(village)
    merge = await ask_merge(source, target, actor=village.owner)
    while await next_batch(merge.id) != "over:wiki":
        pass
    now = datetime.now(UTC)
    late = await Page.create(club_id=source.id, slug="top", title="Late", created_at=now, updated_at=now)

    await merge_clubs()

    assert (await Page.get(id=late.id)).club_id == target.id
    assert not await Club.exists(id=source.id)


async def test_it_goes_on_after_each_batch_where_it_was_killed(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge_run, "BATCH", 1)
    source, target = await both(village)
    merge = await ask_merge(source, target, actor=village.owner)
    steps, killed, seen = merge_run._steps, 0, set[str]()

    def failing() -> dict[str, Any]:
        """Each step does its batch and is killed before the commit, the first time."""
        return {name: _killed_once(name, work, seen) for name, work in steps().items()}

    monkeypatch.setattr(merge_run, "_steps", failing)
    while True:
        try:
            if await next_batch(merge.id) is None:
                break
        except RuntimeError:
            killed += 1

    assert killed == len(steps())
    await check(village, source, target, await ClubMerge.get(id=merge.id))


def _killed_once(name: str, work: Any, seen: set[str]) -> Any:
    async def do(merge: ClubMerge) -> bool:
        more = bool(await work(merge))
        if name not in seen:
            seen.add(name)
            raise RuntimeError(name)
        return more

    return do


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from cercle.testing import opened_village, village_settings
from spaces.services import merge_run

async def main():
    step = sys.argv[3]
    merge_run.BATCH = 1
    known = merge_run._steps

    def steps():
        made = known()
        work = made[step]

        async def dying(merge):
            await work(merge)
            os.kill(os.getpid(), signal.SIGKILL)

        return made | {step: dying}

    merge_run._steps = steps
    async with opened_village(village_settings(Path(sys.argv[1]), sys.argv[2])):
        await merge_run.merge_clubs()

asyncio.run(main())
"""


async def test_a_process_that_is_killed_leaves_nothing_half_done(
    village: Village, database_url: str, tmp_path: Path
) -> None:
    source, target = await both(village)
    merge = await ask_merge(source, target, actor=village.owner)
    wanted = {"rows:wiki", "people", "end"}
    for step in [name for name in merge_run._steps() if name in wanted]:
        words = [sys.executable, "-c", KILLED, str(tmp_path / "data"), database_url, step]
        process = await asyncio.create_subprocess_exec(*words, stderr=asyncio.subprocess.PIPE)
        _, said = await process.communicate()
        assert process.returncode == -signal.SIGKILL, said.decode()

    await merge_clubs()

    await check(village, source, target, await ClubMerge.get(id=merge.id))


async def test_two_processes_at_once_do_it_once(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merge_run, "BATCH", 2)
    source, target = await both(village)
    merge = await ask_merge(source, target, actor=village.owner)

    await asyncio.gather(*(merge_clubs() for _ in range(3)))
    await merge_clubs()

    await check(village, source, target, await ClubMerge.get(id=merge.id))
    assert await AuditEntry.filter(action="spaces.clubs_merged").count() == 1


async def test_a_plugin_that_fails_is_asked_again_and_the_reason_is_kept(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = await both(village)
    merge = await ask_merge(source, target, actor=village.owner)
    room = merge_run._ask

    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr(merge_run, "_ask", broken)
    await merge_clubs()
    assert json.loads((await ClubMerge.get(id=merge.id)).counts)["failed"] == "RuntimeError: no room"
    monkeypatch.setattr(merge_run, "_ask", room)

    await merge_clubs()

    await check(village, source, target, await ClubMerge.get(id=merge.id))


async def test_what_is_in_a_plugin_that_is_off_stays_unseen_until_it_is_on(village: Village) -> None:
    source, target = await both(village)
    await village.switch("blog", "off", target)
    preview = await load_preview(source, target)
    assert {one.name: one.is_off for one in preview.passages} == {"wiki": False, "blog": True, "files": False}

    await one_club(village, source, target)

    page = village.client(village.owner)
    assert (await page.get("/c/atelier/blog/posts/news-bordeaux")).status_code == 404
    await village.switch("blog", "on", target)
    assert (await page.get("/c/atelier/blog/posts/news-bordeaux")).status_code == 200
    assert await ClubPlugin.filter(club=target, plugin="blog").count() == 1


async def test_a_quota_can_be_exceeded_by_it(village: Village) -> None:
    source, target = await both(village)
    await Club.filter(id=target.id).update(quota=10)

    merge = await one_club(village, source, target)

    assert merge.done_at is not None
    assert (await Club.get(id=target.id)).storage_used > 10


@pytest.mark.parametrize("why", ["itself", "deleted", "archived", "full", "erased"])
async def test_it_is_refused_with_a_sentence_and_changes_nothing(village: Village, why: str) -> None:
    source, target = await second(village), village.club
    if why == "itself":
        source = target
    elif why == "deleted":
        await delete_club(source, actor=village.owner)
    elif why == "archived":
        await archive_club(target, actor=village.owner)
    elif why == "full":
        await village.join(village.outsider, source)
        await Club.filter(id=target.id).update(member_limit=await Membership.filter(club=target).count())
    else:
        due = datetime.now(UTC) + timedelta(days=1)
        await Erasure.create(club=source, club_name=source.name, plugin="wiki", asked_by="x", due_at=due)

    with pytest.raises((Conflict, NotFound)) as refused:
        await ask_merge(source, target, actor=village.owner)

    assert isinstance(refused.value, CercleError)
    assert await ClubMerge.all().count() == 0


async def test_only_who_owns_both_or_an_operator_asks_for_it(village: Village) -> None:
    source = await second(village)
    await village.join(village.moderator, source, "owner")
    for person in (village.moderator, village.member, village.outsider):
        with pytest.raises(Forbidden):
            await ask_merge(source, village.club, actor=await village.viewer(person))
    assert await ClubMerge.all().count() == 0

    await ask_merge(source, village.club, actor=await village.viewer(village.operator))

    assert await ClubMerge.all().count() == 1


async def test_of_two_that_go_into_each_other_at_once_one_is_refused(village: Village) -> None:
    source, target = await second(village), village.club

    answers = await asyncio.gather(
        ask_merge(source, target, actor=village.owner),
        ask_merge(target, source, actor=village.owner),
        return_exceptions=True,
    )

    assert sorted(isinstance(one, Conflict) for one in answers) == [False, True]
    await merge_clubs()
    assert await Club.filter(id__in=[source.id, target.id]).count() == 1


async def test_an_owner_reads_what_follows_and_types_the_name(village: Village) -> None:
    source, target = await both(village)
    page = village.client(village.owner)
    assert 'value="atelier"' in (await page.get("/c/bordeaux/settings/merge")).text
    shown = await page.get("/c/bordeaux/settings/merge?into=atelier")
    assert "3 people who are not in Bordeaux see what comes from it" in shown.text
    wrong = await page.post("/c/bordeaux/settings/merge", data={"into": "atelier", "name": "Bordo"})
    assert (wrong.status_code, await ClubMerge.all().count()) == (422, 0)

    answer = await page.post("/c/bordeaux/settings/merge", data={"into": "atelier", "name": " bordeaux "})

    assert (answer.status_code, answer.headers["location"]) == (303, "/c/atelier/")
    assert "become one at this moment" in (await village.client(village.member).get("/c/atelier/home")).text
    await village.app.jobs.run("spaces.merge_clubs")
    await check(village, source, target, await ClubMerge.get())
    assert "become one at this moment" not in (await page.get("/c/atelier/home")).text


async def test_nobody_learns_of_a_club_that_is_not_theirs_by_the_page(village: Village) -> None:
    page = village.client(village.owner)
    await Membership.filter(club=village.hidden, user=village.owner).delete()
    for slug in (village.hidden.slug, "nowhere"):
        assert (await page.get(f"/c/atelier/settings/merge?into={slug}")).status_code == 404
        sent = {"into": slug, "name": "Atelier"}
        assert (await page.post("/c/atelier/settings/merge", data=sent)).status_code == 404
    for person, status in ((village.moderator, 403), (village.member, 403), (village.outsider, 404)):
        assert (await village.client(person).get("/c/atelier/settings/merge")).status_code == status
    assert (await village.client(village.owner).get(f"/admin/clubs/{village.hidden.slug}/merge")).status_code == 403


async def test_an_operator_lets_any_club_go_into_another(village: Village) -> None:
    source = await second(village)
    page = village.client(village.operator)
    url = "/admin/clubs/bordeaux/merge"
    assert (await page.get(url)).status_code == 200
    assert "no other club" in (await page.get(f"{url}?into=nowhere")).text
    assert "no other club" in (await page.get(f"{url}?into=bordeaux")).text
    assert "goes into Atelier" in (await page.get(f"{url}?into=atelier")).text

    answer = await page.post(url, data={"into": "atelier", "name": "Bordeaux"})

    assert answer.headers["location"] == "/admin/clubs/atelier"
    await ClubMerge.filter(source=source).update(counts=json.dumps({"failed": "OSError: full"}))
    assert "OSError: full" in (await page.get("/admin/clubs/atelier")).text


async def test_the_target_learns_nothing_of_a_hidden_club_while_it_runs(village: Village) -> None:
    source = await second(village)
    await Club.filter(id=source.id).update(visibility="hidden")
    await ask_merge(source, village.club, actor=village.owner)

    shown = (await village.client(village.member).get("/c/atelier/home")).text

    assert "become one at this moment" in shown
    assert "Bordeaux" not in shown
