"""A person takes what is theirs along, and is erased: what they gave to clubs stays, their name does not."""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cercle import Content, ExportFile, Part, hookimpl
from cercle.testing import Village
from core import mail
from core.accounts.models import ApiToken, LoginSession, OneTimeLink, User
from core.accounts.services import (
    erase_person,
    export_person,
    reactivate,
    reasons_to_stay,
    request_email_change,
)
from core.db import rows
from core.errors import Conflict, NotFound, Unavailable
from core.models import AuditEntry, Blob, Mail, Setting
from core.parts import LoadedPart
from plugins.blog.models import Attachment as BlogFile
from plugins.blog.models import Post
from plugins.directory.models import Answer, Profile, Tag
from plugins.files.models import Version
from plugins.wiki.models import Attachment as WikiFile
from plugins.wiki.models import Page, Revision
from spaces.models import Club, Membership
from tests.accounts.test_profile import picture

NAME, HANDLE, EMAIL = "Zebulon Quuxley", "zebulon", "zebulon@village.example"


@pytest.fixture
async def zebulon(village: Village) -> User:
    """A member who has written and sent something everywhere."""
    person = await village.person(NAME)
    await village.join(person, village.club)
    browser, script = village.client(person), village.api(person)
    sent = [
        await browser.post("/c/atelier/wiki/pages", data={"title": "Kiln", "body": "Fire at **dawn**."}),
        await script.post(
            "clubs/atelier/blog/posts", json={"title": "Open day", "body": "Come!", "state": "published"}
        ),
        await browser.post("/c/atelier/blog/posts", data={"title": "Half a thought", "body": "Perhaps."}),
        await browser.post("/c/atelier/directory/me", data={"listed": "true", "value_skills": "Glazing"}),
        await script.put("clubs/atelier/files/content/kiln.txt", content=b"1200 degrees"),
        await browser.post("/account/photo", files={"photo": ("me.png", picture(), "image/png")}),
    ]
    assert [answer.status_code for answer in sent] == [303, 201, 303, 303, 201, 303]
    return await User.get(id=person.id)


def opened(target: Path) -> dict[str, bytes]:
    """What is in an archive, by path."""
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


async def taken(village: Village, person: User, target: Path) -> dict[str, bytes]:
    """What somebody takes along."""
    found = await export_person(village.app, person, target)
    assert found.is_whole
    return opened(target)


def plugged(village: Village, **hooks: Any) -> None:
    """A plugin beside the others that implements these hooks."""
    module = ModuleType("stranger_hooks")
    for name, function in hooks.items():
        setattr(module, name, hookimpl(function))
    loaded = LoadedPart(Part("stranger", "Stranger", "", "1.0"), "stranger", bundled=False, modules={"hooks": module})
    village.app.hooks.register(loaded)


async def test_a_person_takes_along_what_they_wrote_and_sent(village: Village, zebulon: User, tmp_path: Path) -> None:
    files = await taken(village, zebulon, tmp_path / "z.zip")
    assert files["wiki/pages/atelier/kiln.md"].decode() == "# Kiln\n\nFire at **dawn**.\n"
    assert "<p>Fire at <strong>dawn</strong>.</p>" in files["wiki/pages/atelier/kiln.html"].decode()
    assert '<h1 dir="auto">Open day</h1>' in files["blog/posts/atelier/open-day.html"].decode()
    assert [json.loads(line)["title"] for line in files["wiki/versions.jsonl"].splitlines()] == ["Kiln"]
    assert [post["state"] for post in json.loads(files["blog/posts.json"])] == ["published", "draft"]
    assert files["blog/posts/atelier/half-a-thought.md"].decode() == "# Half a thought\n\nPerhaps.\n"
    assert files["files/atelier/kiln.txt"] == b"1200 degrees"
    assert json.loads(files["files/files.json"])[0]["name"] == "kiln.txt"
    assert "Glazing" in files["directory/profile.json"].decode()
    assert json.loads(files["accounts/account.json"])["email"] == EMAIL
    assert files["accounts/photo.webp"][8:12] == b"WEBP"
    assert [club["club"] for club in json.loads(files["spaces/clubs.json"])["member_of"]] == ["atelier"]
    page = files["index.html"].decode()
    assert [name for name in files if name != "index.html" and f'href="{name}"' not in page] == []
    assert (tmp_path / "z.zip").stat().st_mode & 0o077 == 0


async def test_no_secret_is_in_the_archive(village: Village, zebulon: User, tmp_path: Path) -> None:
    await village.api(zebulon).get("me")
    text = b"".join((await taken(village, zebulon, tmp_path / "z.zip")).values()).decode("utf-8", "replace")
    hashes = [*await ApiToken.all().values_list("token_hash", flat=True), zebulon.stamp]
    hashes += await LoginSession.all().values_list("token_hash", flat=True)
    assert [secret for secret in hashes if str(secret) in text] == []


async def test_others_are_not_in_the_archive(village: Village, zebulon: User, tmp_path: Path) -> None:
    await village.client(village.owner).post("/c/atelier/wiki/pages", data={"title": "Ovens", "body": "Theirs alone."})
    await village.client(village.owner).post("/c/cave/wiki/pages", data={"title": "Cellar", "body": "Hidden."})
    text = b"".join((await taken(village, zebulon, tmp_path / "z.zip")).values())
    assert [word for word in (b"Ovens", b"Theirs alone", b"Cellar", b"cave", b"Oscar") if word in text] == []


async def test_of_a_club_that_they_left_nothing_is_in_the_archive(
    village: Village, zebulon: User, tmp_path: Path
) -> None:
    await village.leave(zebulon, village.club)
    files = await taken(village, zebulon, tmp_path / "z.zip")
    text = b"".join(files.values())
    assert {name.partition("/")[0] for name in files} == {"accounts", "spaces", "directory", "index.html"}
    assert [word for word in (b"atelier", b"Atelier", b"Kiln", b"degrees") if word in text] == []


async def test_what_is_off_in_a_club_stays_frozen(village: Village, zebulon: User, tmp_path: Path) -> None:
    await village.switch("wiki", "off")
    files = await taken(village, zebulon, tmp_path / "z.zip")
    assert [name for name in files if name.startswith("wiki/")] == []
    assert "files/atelier/kiln.txt" in files


async def test_the_archive_speaks_the_language_of_its_owner(village: Village, zebulon: User, tmp_path: Path) -> None:
    await User.filter(id=zebulon.id).update(locale="fr")
    files = await taken(village, await User.get(id=zebulon.id), tmp_path / "z.zip")
    assert "Tout ce que ce site conserve de vous" in files["index.html"].decode()


async def test_a_file_that_exists_is_left_alone(village: Village, tmp_path: Path) -> None:
    target = tmp_path / "z.zip"
    target.write_text("precious")
    with pytest.raises(Conflict, match=r"z\.zip exists already"):
        await export_person(village.app, village.member, target)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir() if path.is_file()] == [("z.zip", "precious")]


async def test_names_of_files_lead_nowhere_but_down(village: Village, tmp_path: Path) -> None:
    async def person_exported(user: User) -> Sequence[ExportFile]:
        names = ("../../etc/passwd", "/srv/x", "a/../../b", "C:\\boot.ini", "same", "SAME", "a<b>.html", "x\n.txt", "")
        return [ExportFile(name, "", "<script>") for name in names]

    plugged(village, person_exported=person_exported)
    files = await taken(village, village.member, tmp_path / "z.zip")
    names = [name for name in files if name.startswith("stranger/")]
    assert len(names) == len({name.casefold() for name in names}) == 9
    assert [name for name in names if ".." in name.split("/") or "\\" in name or "\n" in name] == []
    assert "<script>" not in files["index.html"].decode()


async def test_a_plugin_that_fails_or_answers_nonsense_is_named(village: Village, tmp_path: Path) -> None:
    async def person_exported(user: User) -> Any:
        return ["nonsense"]

    plugged(village, person_exported=person_exported)
    found = await export_person(village.app, village.member, tmp_path / "z.zip")
    assert (found.lacking, found.is_whole) == (("stranger",), False)
    assert "stranger" in opened(tmp_path / "z.zip")["index.html"].decode()


async def test_a_file_whose_bytes_are_gone_is_named_and_the_rest_is_there(village: Village, tmp_path: Path) -> None:
    async def torn() -> AsyncIterator[bytes]:
        yield b"the first half"
        raise Unavailable

    async def person_exported(user: User) -> Sequence[ExportFile]:
        return [ExportFile("torn.bin", torn()), ExportFile("after.txt", "here")]

    plugged(village, person_exported=person_exported)
    found = await export_person(village.app, village.member, tmp_path / "z.zip")
    files = opened(tmp_path / "z.zip")
    assert found.damaged == ("stranger/torn.bin",)
    assert files["stranger/after.txt"] == b"here"
    assert "could not be read to its end" in files["index.html"].decode()


async def test_what_was_given_to_the_club_stays_without_its_author(village: Village, zebulon: User) -> None:
    await erase_person(village.app, zebulon, actor=await village.viewer(village.operator))
    assert await User.get_or_none(id=zebulon.id) is None
    assert (await Page.get(title="Kiln")).author_id is None
    assert (await Revision.get(title="Kiln")).author_id is None
    assert (await Version.first()).author_id is None  # type: ignore[union-attr]
    assert (await Content.get(title="Open day")).author_id is None
    for path in ("wiki/pages/kiln", "blog/", "files/", "directory/"):
        page = await village.client(village.member).get(f"/c/atelier/{path}")
        assert page.status_code == 200
        assert NAME not in page.text


async def test_what_was_theirs_alone_is_gone(village: Village, zebulon: User) -> None:
    browser = village.client(zebulon)
    await Setting.create(scope="member", owner_id=zebulon.id, part="wiki", values={"editor": "source"})
    for path, name in (("wiki/pages/new/attachments", "wait.txt"), ("blog/attachments", "loose.txt")):
        sent = await browser.post(f"/c/atelier/{path}", files={"file": (name, name.encode(), "text/plain")})
        assert sent.status_code < 400, sent.text
    before = (await Club.get(id=village.club.id)).storage_used
    assert [await WikiFile.all().count(), await BlogFile.all().count()] == [1, 1]
    await erase_person(village.app, zebulon, actor=None)
    assert [post.title for post in await Post.all()] == ["Open day"]
    assert [await model.all().count() for model in (Answer, Tag, WikiFile, BlogFile)] == [0, 0, 0, 0]
    assert await Profile.filter(user_id=zebulon.id).count() == 0
    assert await Setting.filter(scope="member", owner_id=zebulon.id).count() == 0
    assert (await Blob.get(hash=zebulon.photo_hash)).references == 0
    assert (await Club.get(id=village.club.id)).storage_used == len(b"1200 degrees") < before
    assert await Content.filter(title="Half a thought").count() == 0


async def test_a_draft_that_others_worked_on_stays(village: Village, zebulon: User) -> None:
    post = await Post.get(title="Half a thought")
    data = {"title": "Half a thought", "body": "Perhaps so.", "version": str(post.version)}
    await village.client(village.moderator).post(f"/c/atelier/blog/posts/{post.slug}", data=data)
    assert (await Post.get(id=post.id)).version == 2
    await erase_person(village.app, zebulon, actor=None)
    assert (await Post.get(id=post.id)).author_id is None


async def test_no_table_knows_the_name_afterwards(village: Village, zebulon: User) -> None:
    browser = village.client(zebulon)
    await browser.get("/account/")
    await request_email_change(zebulon, "zebulon.new@village.example")
    await mail.send(f"{NAME} <{EMAIL}>", "News", f"Dear {NAME}", key="news:1")
    await village.settle()
    await erase_person(village.app, zebulon, actor=await village.viewer(village.operator))
    await village.settle()
    assert await _found_in_tables(village, NAME, EMAIL, HANDLE, "Zebulon") == []
    assert await AuditEntry.filter(action="accounts.person_erased", actor_id=village.operator.id).count() == 1


async def test_all_doors_close_at_once(village: Village, zebulon: User) -> None:
    browser, script = village.client(zebulon), village.api(zebulon)
    assert [(await browser.get("/c/atelier/wiki/")).status_code, (await script.get("me")).status_code] == [200, 200]
    await erase_person(village.app, zebulon, actor=None)
    assert (await browser.get("/c/atelier/wiki/")).headers["location"].startswith("/sign-in")
    assert (await script.get("me")).status_code == 401
    assert [await model.all().count() for model in (LoginSession, ApiToken, OneTimeLink)] == [0, 0, 0]
    assert await Membership.filter(user_id=zebulon.id).count() == 0


async def test_mail_of_others_is_left_alone(village: Village, zebulon: User) -> None:
    """An address that somebody wanted to take on may be somebody else's."""
    await request_email_change(zebulon, village.owner.email)
    await mail.send(village.owner.email, "Yours", "…", key="theirs:1")
    await mail.send(f"x{EMAIL}", "Nearly the same address", "…", key="theirs:2")
    await erase_person(village.app, zebulon, actor=None)
    assert sorted(map(str, await Mail.all().values_list("key", flat=True))) == ["theirs:1", "theirs:2"]


async def test_the_last_operator_stays(village: Village) -> None:
    with pytest.raises(Conflict, match="last operator"):
        await erase_person(village.app, village.operator, actor=None)
    assert (await User.get(id=village.operator.id)).is_active


async def test_the_last_owner_of_a_club_stays_and_is_told_which(village: Village) -> None:
    sessions = village.client(village.owner)
    await sessions.get("/account/")
    with pytest.raises(Conflict) as refused:
        await erase_person(village.app, village.owner, actor=None)
    assert [club for club in ("Atelier", "Cave", "Place") if f"last owner of {club}" in refused.value.message] == [
        *("Atelier", "Cave", "Place")
    ]
    assert len(await reasons_to_stay(village.app, village.owner)) == 3
    assert (await User.get(id=village.owner.id)).is_active
    assert (await sessions.get("/account/")).status_code == 200
    assert await Membership.filter(user_id=village.owner.id).count() == 3


async def test_a_deleted_club_holds_nobody_back(village: Village) -> None:
    await Membership.filter(club_id=village.club.id, user_id=village.moderator.id).update(role="owner")
    await Club.filter(slug__in=["cave", "place"]).update(deleted_at=datetime.now(UTC))
    assert await reasons_to_stay(village.app, village.owner) == []
    await erase_person(village.app, village.owner, actor=None)
    assert await User.get_or_none(id=village.owner.id) is None


async def test_of_two_owners_erased_at_once_one_stays(village: Village) -> None:
    await Membership.filter(club_id=village.hidden.id).delete()
    first, second = await village.person("Anna One"), await village.person("Berta Two")
    for person in (first, second):
        await village.join(person, village.hidden, "owner")
    answers = await asyncio.gather(
        *(erase_person(village.app, person, actor=None) for person in (first, second)), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "NoneType"]
    assert await Membership.filter(club_id=village.hidden.id, role="owner", user__is_active=True).count() == 1


async def test_erasing_twice_at_once_erases_once(village: Village, zebulon: User) -> None:
    same = [await User.get(id=zebulon.id) for _ in range(3)]
    answers = await asyncio.gather(
        *(erase_person(village.app, one, actor=None) for one in same), return_exceptions=True
    )
    assert {type(answer) for answer in answers} <= {type(None), NotFound}
    assert await AuditEntry.filter(action="accounts.person_erased").count() == 1
    assert (await Blob.get(hash=zebulon.photo_hash)).references == 0
    with pytest.raises(NotFound):
        await erase_person(village.app, zebulon, actor=None)


async def test_a_plugin_that_cannot_stops_it_with_the_account_closed_and_it_can_be_run_again(
    village: Village, zebulon: User
) -> None:
    async def person_erased(user: User) -> None:
        raise RuntimeError("the moon is full")

    plugged(village, person_erased=person_erased)
    browser = village.client(zebulon)
    await browser.get("/account/")
    with pytest.raises(Conflict, match=r"stranger could not erase .* the moon is full"):
        await erase_person(village.app, zebulon, actor=None)
    assert (await User.get(id=zebulon.id)).is_active is False
    assert (await browser.get("/account/")).headers["location"].startswith("/sign-in")
    village.app.hooks.unregister("stranger")
    await erase_person(village.app, zebulon, actor=None)
    assert await User.get_or_none(id=zebulon.id) is None


async def test_a_refusal_leaves_the_account_as_it_was(village: Village) -> None:
    await reactivate(village.owner, actor=None)
    stamp = (await User.get(id=village.owner.id)).stamp
    with pytest.raises(Conflict):
        await erase_person(village.app, village.owner, actor=None)
    assert (await User.get(id=village.owner.id)).stamp == stamp
    assert await AuditEntry.filter(action="accounts.erasure_begun").count() == 0


async def _found_in_tables(village: Village, *words: str) -> list[tuple[str, str, str]]:
    """Table, column and word wherever one of these words is still stored."""
    found = []
    for table, columns in await _tables(village):
        for row in await rows(f'SELECT * FROM "{table}"'):
            found += [(table, name, word) for name in columns for word in words if word in str(row[name])]
    return found


async def _tables(village: Village) -> list[tuple[str, list[str]]]:
    from tortoise import Tortoise

    models = [model for _, app in (Tortoise.apps or {}).items() for model in app.values()]
    return [(model._meta.db_table, list(model._meta.fields_db_projection.values())) for model in models]
