"""Posts that invite to something: the form, time zones, the page of dates, the file for calendars, rights, the API, the feed."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.content_lines import content_lines
from plugins.blog.models import Post, Revision
from plugins.blog.queries.dates import LONGEST
from plugins.blog.services import leaving
from plugins.blog.services.occasions import Occasion
from plugins.blog.services.posts import restore_revision
from tests.blog.test_feeds import parsed
from tests.blog.writing import write

pytestmark = pytest.mark.anyio

BLOG = "/c/atelier/blog/"
POSTS = "clubs/atelier/blog/posts"
PARIS = {"title": "Meeting", "body": "Come."}


async def invite(village: Village, title: str, *, days: float = 7, hours: float | None = None, **more: Any) -> Post:
    """A post that invites to something in so many days; with `hours` it says how long that lasts."""
    place = more.pop("place", "")
    post = await write(village, title, **more)
    start = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=days)
    end = start + timedelta(hours=hours) if hours is not None else None
    await Post.filter(id=post.id).update(starts_at=start, ends_at=end, place=place)
    return await Post.get(id=post.id)


async def live_in(person: User, zone: str) -> None:
    await User.filter(id=person.id).update(timezone=zone)


def links(page: httpx.Response) -> list[str]:
    assert page.status_code == 200
    return re.findall(r'<p class="item-title"><a href="[^"]*/posts/([^"]+)"', page.text)


async def test_what_is_typed_is_meant_in_the_writers_time_zone(village: Village) -> None:
    await live_in(village.member, "Europe/Paris")
    client = village.client(village.member)
    sent = {
        **PARIS,
        "starts_at": "2031-03-29T18:00",
        "ends_at": "2031-03-30T18:00",
        "place": " Bayonne,\n4 quai ",
        "known_date": "",
    }
    assert (await client.post(BLOG + "posts", data=sent)).status_code == 303
    post = await Post.get()
    assert post.starts_at == datetime(2031, 3, 29, 17, 0, tzinfo=UTC)  # the clocks go forward on the 30th
    assert post.ends_at == datetime(2031, 3, 30, 16, 0, tzinfo=UTC)
    assert post.place == "Bayonne, 4 quai"
    form = (await client.get(BLOG + "posts/meeting/edit")).text
    assert 'value="2031-03-29T18:00"' in form
    assert 'value="2031-03-30T18:00"' in form
    assert '<details class="panel" open>' in form


async def test_the_fields_are_folded_while_a_post_invites_to_nothing(village: Village) -> None:
    form = await village.client(village.member).get(BLOG + "posts/new")
    assert "It invites to something" in form.text
    assert '<details class="panel" open>' not in form.text


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"starts_at": "2031-03-30T02:30"}, "starts_at"),  # the clocks go forward over it
        ({"starts_at": "2031-03-29T18:00", "ends_at": "2031-03-30T02:30"}, "ends_at"),
        ({"starts_at": "2031-05-01T18:00", "ends_at": "2031-05-01T17:59"}, "ends_at"),
        ({"starts_at": "2031-05-01T18:00", "ends_at": "2031-05-01T18:00"}, "ends_at"),
        ({"starts_at": "2031-05-01T18:00", "ends_at": "2033-05-01T18:00"}, "ends_at"),
        ({"ends_at": "2031-05-01T18:00"}, "starts_at"),
        ({"place": "Bayonne"}, "starts_at"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"starts_at": "9999-12-31T23:59"}, "starts_at"),
        ({"starts_at": "0001-01-01T00:00"}, "starts_at"),
        ({"starts_at": "2031-05-01T18:00", "place": "x" * 201}, "place"),
        ({"starts_at": "2031-05-01T18:00", "known_date": "x" * 65}, "known_date"),
    ],
)
async def test_what_cannot_be_is_refused_beside_its_field(village: Village, sent: dict[str, str], field: str) -> None:
    await live_in(village.member, "Europe/Paris")
    answer = await village.client(village.member).post(BLOG + "posts", data={**PARIS, **sent})
    assert answer.status_code == 422
    assert f'href="#field-{field}"' in answer.text
    assert await Post.all().count() == 0


async def test_a_beginning_in_the_past_is_allowed(village: Village) -> None:
    sent = {**PARIS, "starts_at": "2011-05-01T18:00"}
    assert (await village.client(village.member).post(BLOG + "posts", data=sent)).status_code == 303
    assert (await Post.get()).starts_at == datetime(2011, 5, 1, 18, 0, tzinfo=UTC)


async def test_saving_what_the_form_shows_moves_nothing_even_in_an_hour_that_comes_twice(village: Village) -> None:
    await live_in(village.member, "Europe/Paris")
    second = datetime(2031, 10, 26, 1, 30, tzinfo=UTC)  # the second 02:30 of that night
    post = await write(village, "Meeting", state="draft")
    await Post.filter(id=post.id).update(starts_at=second)
    client = village.client(village.member)
    form = (await client.get(BLOG + "posts/meeting/edit")).text
    assert 'value="2031-10-26T02:30"' in form
    sent = {"title": "Meeting", "body": "Changed.", "version": "1", "starts_at": "2031-10-26T02:30"}
    assert (await client.post(BLOG + "posts/meeting", data={**sent, "known_date": known(form)})).status_code == 303
    post = await Post.get()
    assert (post.body, post.starts_at) == ("Changed.", second)


async def test_a_date_that_somebody_set_meanwhile_stays_when_the_text_is_saved(village: Village) -> None:
    await write(village, "Meeting")
    first, second = village.client(village.member), village.client(village.owner)
    mine = known((await first.get(BLOG + "posts/meeting/edit")).text)
    set_date = {"title": "Meeting", "body": "Some words.", "version": "1", "known_date": mine}
    sent = {**set_date, "starts_at": "2031-05-01T18:00"}
    assert (await second.post(BLOG + "posts/meeting", data=sent)).status_code == 303
    late = {**set_date, "body": "Other words."}
    assert (await first.post(BLOG + "posts/meeting", data=late)).status_code == 303
    post = await Post.get()
    assert (post.body, post.starts_at, post.version) == ("Other words.", datetime(2031, 5, 1, 18, tzinfo=UTC), 3)


async def test_two_who_set_different_dates_are_told(village: Village) -> None:
    await write(village, "Meeting")
    client = village.client(village.owner)
    start = {"title": "Meeting", "body": "Some words.", "version": "1"}
    start["known_date"] = known((await client.get(BLOG + "posts/meeting/edit")).text)
    assert (
        await client.post(BLOG + "posts/meeting", data={**start, "starts_at": "2031-05-01T18:00"})
    ).status_code == 303
    late = await village.client(village.member).post(
        BLOG + "posts/meeting", data={**start, "starts_at": "2031-06-01T18:00"}
    )
    assert late.status_code == 409
    assert "Thursday 1 May 2031, 18:00" in late.text
    assert 'value="2031-06-01T18:00"' in late.text
    assert (await Post.get()).starts_at == datetime(2031, 5, 1, 18, tzinfo=UTC)


async def test_of_two_dates_sent_at_once_one_is_kept_and_the_other_is_told(village: Village) -> None:
    await write(village, "Meeting")
    client = village.client(village.member)
    sent = {"title": "Meeting", "body": "Some words.", "version": "1"}
    sent["known_date"] = known((await client.get(BLOG + "posts/meeting/edit")).text)
    days = [f"2031-05-{day:02}T18:00" for day in (1, 2, 3, 4)]
    answers = await asyncio.gather(
        *(client.post(BLOG + "posts/meeting", data={**sent, "starts_at": day}) for day in days)
    )
    assert sorted(answer.status_code for answer in answers) == [303, 409, 409, 409]
    assert (await Post.get()).version == 2


async def test_earlier_versions_are_restored_with_the_date_as_it_is(village: Village) -> None:
    post = await invite(village, "Meeting", place="Bayonne")
    viewer = await village.viewer(village.member, village.club)
    await village.client(village.member).post(
        BLOG + "posts/meeting",
        data={
            "title": "Meeting",
            "body": "Worse.",
            "version": "1",
            "starts_at": f"{post.starts_at:%Y-%m-%dT%H:%M}",
            "place": "Bayonne",
        },
    )
    changed = await Post.get()
    assert (changed.body, changed.version, changed.starts_at) == ("Worse.", 2, post.starts_at)
    await restore_revision(village.club, changed, await Revision.get(number=1), actor=viewer)
    restored = await Post.get()
    assert (restored.body, restored.starts_at, restored.place) == ("Some words.", post.starts_at, "Bayonne")


async def test_the_date_is_shown_in_the_readers_time_zone_and_language(village: Village) -> None:
    post = await write(village, "Meeting")
    times = {"starts_at": datetime(2031, 5, 1, 16, tzinfo=UTC), "ends_at": datetime(2031, 5, 1, 18, 30, tzinfo=UTC)}
    await Post.filter(id=post.id).update(**times, place="Bayonne <b>")
    await User.filter(id=village.guest.id).update(timezone="Europe/Paris", locale="fr")
    await live_in(village.owner, "America/New_York")
    for person, words in (
        (village.guest, "Jeudi 1er mai 2031, 18:00 – 20:30"),
        (village.owner, "Thursday 1 May 2031, 12:00 – 14:30"),
    ):
        client = village.client(person)
        for path in ("posts/meeting", "", "dates"):
            page = await client.get(BLOG + path)
            assert words in page.text, path
            assert "Bayonne &lt;b&gt;" in page.text, path


async def test_who_is_not_signed_in_reads_in_which_time_zone_a_date_is(village: Village) -> None:
    post = await write(village, "Meeting", audience="public")
    await Post.filter(id=post.id).update(starts_at=datetime(2031, 5, 1, 16, tzinfo=UTC))
    for path in ("posts/meeting", "", "dates"):
        visitor, member = [(await village.client(person).get(BLOG + path)).text for person in (None, village.member)]
        assert "Thursday 1 May 2031, 16:00" in member, path
        assert re.search(r"Thursday 1 May 2031, 16:00(</time></strong> <span class=\"quiet\">| )\(UTC\)", visitor), path


@pytest.mark.parametrize(
    ("place", "is_link"),
    [
        ("https://visio.example.org/a?b=1", True),
        ("http://visio.example.org/", False),
        ("javascript:alert(1)", False),
        ("https:// nowhere", False),
        ("see https://visio.example.org/", False),
        ("https://\\evil.example", False),
    ],
)
async def test_only_a_whole_secure_address_is_a_link(village: Village, place: str, is_link: bool) -> None:
    await invite(village, "Meeting", place=place)
    page = await village.client(village.guest).get(BLOG + "posts/meeting")
    assert ('rel="nofollow ugc noopener"' in page.text) is is_link
    assert 'href="javascript' not in page.text


async def test_what_is_to_come_stands_first_and_what_is_over_below(village: Village) -> None:
    await invite(village, "Far", days=60)
    await invite(village, "Near", days=2)
    await invite(village, "Going on", days=-1, hours=48)
    await invite(village, "Over", days=-3, hours=1)
    await invite(village, "Long over", days=-400)
    await invite(village, "Begun, nobody says until when", days=-0.5)
    await write(village, "No date")
    page = await village.client(village.guest).get(BLOG + "dates")
    assert links(page) == ["going-on", "near", "far", "begun-nobody-says-until-when", "over", "long-over"]
    assert page.text.index("Past dates") > page.text.index("far")


async def test_dates_are_read_page_by_page_each_once(village: Village) -> None:
    for number in range(35):
        await invite(village, f"Coming {number:02}", days=10 + number // 3)
        await invite(village, f"Past {number:02}", days=-10 - number // 3)
    client = village.client(village.member)
    await client.get(BLOG)
    for start, kind in ((BLOG + "dates", "coming"), (BLOG + "dates?past=1", "past")):
        seen: list[str] = []
        path: str | None = start
        while path:
            with village.queries() as asked:
                page = await client.get(path)
            assert asked.count <= 3
            seen += [one for one in links(page) if one.startswith(kind)]
            further = re.search(r'rel="next" href="([^"]+)"', page.text)
            path = BLOG + "dates" + further[1].replace("&amp;", "&") if further else None
        assert sorted(seen) == [f"{kind}-{number:02}" for number in range(35)]


@pytest.mark.parametrize(("after", "status"), [("x", 422), ("A" * 5000, 422), ("%00", 404), ("%ED%A0%80", 422)])
async def test_a_made_up_place_in_the_list_is_refused(village: Village, after: str, status: int) -> None:
    assert (await village.client(village.member).get(f"{BLOG}dates?after={after}")).status_code == status


async def test_nobody_learns_of_a_date_of_a_post_that_is_not_for_them(village: Village) -> None:
    for number, audience in enumerate(("club", "site", "public")):
        await invite(village, f"For {audience}", days=number + 1, audience=audience)
    await invite(village, "Half done", state="draft")
    await invite(village, "Later", state="scheduled")
    seen: dict[str, Any] = {}
    for name, person in {**village.people, "nobody": None}.items():
        client = village.client(person)
        page = await client.get(BLOG + "dates")
        files = [
            (await client.get(f"{BLOG}posts/{slug}/date.ics")).status_code
            for slug in ("for-club", "for-site", "for-public", "half-done", "later")
        ]
        seen[name] = (links(page) if page.status_code == 200 else page.status_code, files)
    inside = ["for-club", "for-site", "for-public"]
    assert seen["guest"] == (inside, [200, 200, 200, 404, 404])
    assert seen["member"] == (inside, [200, 200, 200, 200, 200])
    assert seen["outsider"] == seen["removed"] == (["for-site", "for-public"], [404, 200, 200, 404, 404])
    assert seen["nobody"] == (["for-public"], [303, 303, 200, 303, 303])


async def test_an_outsider_sees_no_dates_where_there_is_nothing_for_them(village: Village) -> None:
    await invite(village, "Secret meeting")
    assert (await village.client(village.outsider).get(BLOG + "dates")).status_code == 404
    assert (await village.client(village.outsider).get(BLOG + "dates?past=1")).status_code == 404


async def test_a_post_in_the_trash_has_no_date_anywhere(village: Village) -> None:
    await invite(village, "Meeting")
    client = village.client(village.member)
    assert (await client.post(BLOG + "posts/meeting/delete")).status_code == 303
    assert links(await client.get(BLOG + "dates")) == []
    assert (await client.get(BLOG + "posts/meeting/date.ics")).status_code == 404
    assert "Meeting" not in (await client.get("/c/atelier/")).text


async def test_the_file_for_calendars_is_as_the_standard_wants_it(village: Village) -> None:
    title = "Déjeuner; à 12 h, chez \\ Marc — " + "é" * 60
    post = await write(village, title, summary="One\u2028two")
    times = {"starts_at": datetime(2031, 5, 1, 16, tzinfo=UTC), "ends_at": datetime(2031, 5, 1, 18, 30, tzinfo=UTC)}
    await Post.filter(id=post.id).update(**times, place="Bayonne, 4 quai")
    answer = await village.client(village.guest).get(f"{BLOG}posts/{post.slug}/date.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{post.slug}.ics"'
    assert answer.headers["cache-control"] == "private, no-store"
    raw = answer.content
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    assert b"\n" not in raw.replace(b"\r\n", b"")
    text = raw.decode().replace("\r\n ", "")
    lines = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    assert lines["DTSTART"] == "20310501T160000Z"
    assert lines["DTEND"] == "20310501T183000Z"
    assert lines["SUMMARY"] == title.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    assert lines["LOCATION"] == "Bayonne\\, 4 quai"
    assert lines["DESCRIPTION"] == "One two"
    assert lines["UID"].startswith(f"blog-post-{post.id}@")
    assert lines["URL"].endswith(f"{BLOG}posts/{post.slug}")


def test_no_letter_is_cut_in_two_by_folding() -> None:
    for length in range(60, 90):
        folded = content_lines(["SUMMARY:" + "x" * length + "🎉é" * 40])
        for line in folded.split(b"\r\n"):
            assert len(line) <= 75
            line.decode()


async def test_a_post_without_a_date_has_no_file(village: Village) -> None:
    await write(village, "News")
    assert (await village.client(village.member).get(BLOG + "posts/news/date.ics")).status_code == 404


async def test_a_script_sets_reads_changes_and_removes_a_date(village: Village) -> None:
    api = village.api(village.member)
    sent = {
        "title": "Meeting",
        "starts_at": "2031-05-01T18:00:30+02:00",
        "ends_at": "2031-05-01T20:00:00+02:00",
        "place": "Bayonne",
    }
    made = (await api.post(POSTS, json=sent)).json()
    assert facts(made) == ("2031-05-01T16:00:00Z", "2031-05-01T18:00:00Z", "Bayonne")
    assert facts((await api.put(f"{POSTS}/meeting", json={"body": "More."})).json()) == facts(made)
    read = (await api.get(f"{POSTS}/meeting")).json()
    back = {name: read[name] for name in ("title", "body", "starts_at", "ends_at", "place")}
    assert (await api.put(f"{POSTS}/meeting", json=back)).json() == read
    moved = (await api.put(f"{POSTS}/meeting", json={"place": "Pau", "ends_at": None})).json()
    assert facts(moved) == ("2031-05-01T16:00:00Z", None, "Pau")
    assert moved["version"] == read["version"] + 1
    gone = (await api.put(f"{POSTS}/meeting", json={"starts_at": None})).json()
    assert facts(gone) == (None, None, "")


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"starts_at": "2031-05-01T18:00:00"}, "starts_at"),
        ({"starts_at": "9999-12-31T23:59:59-14:00"}, "starts_at"),
        ({"starts_at": "1900-01-01T00:00:00Z"}, "starts_at"),
        ({"ends_at": "2031-05-01T18:00:00Z"}, "starts_at"),
        ({"place": "Bayonne"}, "starts_at"),
        ({"starts_at": "2031-05-01T18:00:00Z", "ends_at": "2031-05-01T17:00:00Z"}, "ends_at"),
        ({"starts_at": "2031-05-01T18:00:00Z", "place": "a\x00b"}, "place"),
        ({"starts_at": "2031-05-01T18:00:00Z", "place": 5}, "place"),
    ],
)
async def test_a_script_that_sends_what_cannot_be_is_told(village: Village, sent: dict[str, Any], field: str) -> None:
    answer = await village.api(village.member).post(POSTS, json={"title": "T", **sent})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert await Post.all().count() == 0


async def test_the_feed_tells_when_and_where_in_the_readers_time_zone(village: Village) -> None:
    post = await write(village, "Meeting", audience="public")
    await Post.filter(id=post.id).update(starts_at=datetime(2031, 5, 1, 16, tzinfo=UTC), place="Bayonne & <i>")
    feed = parsed(await village.client().get(BLOG + "feed.atom"))
    atom = "{http://www.w3.org/2005/Atom}"
    [entry] = feed.iter(f"{atom}entry")
    content = entry.findtext(f"{atom}content") or ""
    assert content.startswith("<p><strong>Thursday 1 May 2031, 16:00 (UTC) · Bayonne &amp; &lt;i&gt;</strong></p>\n")
    assert (entry.findtext(f"{atom}summary") or "").startswith("Thursday 1 May 2031, 16:00 (UTC) · Bayonne & <i>")


async def test_people_take_the_dates_of_their_posts_along(village: Village) -> None:
    post = await invite(village, "Meeting", place="Bayonne")
    files = await leaving.files_of_person(village.member.id)
    [told] = cast("list[dict[str, Any]]", next(file for file in files if file.path == "posts.json").content)
    assert (told["starts_at"], told["ends_at"], told["place"]) == (post.starts_at, None, "Bayonne")
    assert json.dumps(told, default=str)


def test_an_occasion_has_the_same_mark_in_every_time_zone() -> None:
    here = datetime.fromisoformat("2031-05-01T18:00:00+02:00")
    assert Occasion(here).mark == Occasion(here.astimezone(UTC)).mark
    assert Occasion(here).mark != Occasion(here, place="Pau").mark != Occasion().mark
    assert timedelta(days=365) < LONGEST


def facts(post: dict[str, Any]) -> tuple[Any, ...]:
    return post["starts_at"], post["ends_at"], post["place"]


def known(form: str) -> str:
    found = re.search(r'name="known_date" value="([^"]*)"', form)
    assert found
    return found[1]
