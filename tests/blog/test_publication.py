"""Publishing: now, later in the member's time zone, back to a draft; for whom; told once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cercle import Content, Finding, Invalid
from cercle.testing import Village
from core.accounts.models import User
from core.models import OutboxEvent
from plugins.blog.forms import local_moment
from plugins.blog.models import Post
from plugins.blog.services.publication import announce_due
from spaces.models import Club
from tests.blog.writing import let_time_pass, write

BLOG = "/c/atelier/blog/"
PUBLICATION = BLOG + "posts/news/publication"


async def told(name: str = "blog.post_published") -> int:
    """How many events of this name were announced."""
    return await OutboxEvent.filter(name=name).count()


async def test_the_author_publishes_now(village: Village) -> None:
    await write(village, "News", state="draft")
    answer = await village.client(village.member).post(PUBLICATION, data={"audience": "public", "moment": "now"})
    assert (answer.status_code, answer.headers["location"]) == (303, BLOG + "posts/news")
    post = await Post.get()
    assert (post.state, post.audience, post.publish_at) == ("published", "public", None)
    assert post.published_at is not None
    assert post.published_at <= datetime.now(UTC)
    row = await Content.get(plugin="blog")
    assert (row.state, row.audience, row.published_at) == ("published", "public", post.published_at)
    assert await told() == 1


async def test_a_moment_is_read_in_the_time_zone_of_the_member(village: Village) -> None:
    await User.filter(id=village.member.id).update(timezone="America/New_York")
    await write(village, "News", state="draft")
    year = datetime.now(UTC).year + 1
    form = {"audience": "club", "moment": "later", "publish_at": f"{year}-07-01T09:30"}
    client = village.client(village.member)
    assert (await client.post(PUBLICATION, data=form)).status_code == 303
    post = await Post.get()
    assert (post.state, post.publish_at) == ("scheduled", datetime(year, 7, 1, 13, 30, tzinfo=UTC))
    assert post.published_at == post.publish_at
    assert f'value="{year}-07-01T09:30"' in (await client.get(PUBLICATION)).text
    assert await told() == 0


@pytest.mark.parametrize(
    "moment",
    ["", "yesterday", "2001-01-01T00:00", "0001-01-01T00:00", "9999-12-31T23:59", "2030-13-45T00:00", "1e400", "-1"],
)
async def test_a_moment_that_cannot_be_is_refused_and_kept_in_the_form(village: Village, moment: str) -> None:
    await write(village, "News", state="draft")
    form = {"audience": "club", "moment": "later", "publish_at": moment}
    page = await village.client(village.member).post(PUBLICATION, data=form)
    assert page.status_code == 422
    assert 'id="field-publish_at-errors"' in page.text
    assert (await Post.get()).state == "draft"


async def test_a_moment_together_with_now_is_not_guessed_about(village: Village) -> None:
    await write(village, "News", state="draft")
    client = village.client(village.member)
    form = {"audience": "club", "moment": "now", "publish_at": f"{datetime.now(UTC).year + 1}-07-01T09:30"}
    assert (await client.post(PUBLICATION, data=form)).status_code == 422
    assert (await Post.get()).state == "draft"
    await client.post(PUBLICATION, data={**form, "moment": "later"})
    assert (await client.post(PUBLICATION, data=form)).status_code == 303
    assert (await Post.get()).state == "published"


def test_an_hour_that_comes_twice_is_the_first_one() -> None:
    moment = local_moment(datetime(2030, 10, 27, 2, 30), "Europe/Paris")  # noqa: DTZ001 - as a browser sends it
    assert moment == datetime(2030, 10, 27, 0, 30, tzinfo=UTC)


async def test_an_hour_that_is_left_out_is_refused(village: Village) -> None:
    with pytest.raises(Invalid, match="does not exist"):
        local_moment(datetime(2030, 3, 31, 2, 30), "Europe/Paris")  # noqa: DTZ001
    moment = local_moment(datetime(2030, 3, 31, 3, 30), "Europe/Paris")  # noqa: DTZ001
    assert moment == datetime(2030, 3, 31, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Mars/Phobos", "", "../../etc/passwd", "\0", "x" * 300])
def test_a_time_zone_that_does_not_exist_counts_as_utc(zone: str) -> None:
    assert local_moment(datetime(2030, 5, 1, 9), zone) == datetime(2030, 5, 1, 9, tzinfo=UTC)  # noqa: DTZ001


async def test_back_to_a_draft_and_out_again_keeps_the_date_and_tells_once(village: Village) -> None:
    post = await write(village, "News", ago=600)
    client = village.client(village.member)
    await client.post(PUBLICATION + "/delete")
    draft = await Post.get()
    assert (draft.state, (await Content.get(plugin="blog")).state) == ("draft", "draft")
    assert (await village.client(village.guest).get(BLOG + "posts/news")).status_code == 404
    assert await told("blog.post_withdrawn") == 1
    await client.post(PUBLICATION, data={"audience": "club", "moment": "now"})
    again = await Post.get()
    assert (again.state, again.published_at) == ("published", post.published_at)
    assert await told() == 1


async def test_a_scheduled_post_that_is_withdrawn_never_comes_out(village: Village) -> None:
    await write(village, "News", state="scheduled")
    await village.client(village.member).post(PUBLICATION + "/delete")
    post = await Post.get()
    assert (post.state, post.publish_at, post.published_at) == ("draft", None, None)
    assert await announce_due() == 0


async def test_a_scheduled_post_is_told_of_once_when_its_time_has_come(village: Village) -> None:
    post = await write(village, "News", state="scheduled")
    assert (await announce_due(), await told()) == (0, 0)
    await let_time_pass(post)
    assert (await announce_due(), await told()) == (1, 1)
    assert (await announce_due(), await told()) == (0, 1)
    await village.app.jobs.run("blog.announce_due")
    assert await told() == 1
    row = await Content.get(plugin="blog")
    assert ((await Post.get()).state, row.state) == ("published", "published")
    assert row.published_at == (await Post.get()).published_at


async def test_nothing_is_told_where_the_blog_is_off(village: Village) -> None:
    post = await write(village, "News", state="scheduled")
    await let_time_pass(post)
    await village.switch("blog", "off")
    assert (await announce_due(), await told()) == (0, 0)
    await village.switch("blog", "on")
    assert (await announce_due(), await told()) == (1, 1)


async def test_a_hidden_club_speaks_to_its_members_alone(village: Village) -> None:
    await write(village, "News", club=village.hidden, state="draft")
    client = village.client(village.owner)
    path = "/c/cave/blog/posts/news/publication"
    assert 'value="public"' not in (await client.get(path)).text
    for audience in ("public", "site"):
        page = await client.post(path, data={"audience": audience, "moment": "now"})
        assert page.status_code == 422
    assert (await Post.get()).state == "draft"


async def test_the_audience_of_a_post_changes_at_once(village: Village) -> None:
    await write(village, "News", audience="public")
    await village.client(village.member).post(PUBLICATION, data={"audience": "club", "moment": "now"})
    assert (await village.client(village.outsider).get(BLOG + "posts/news")).status_code == 404
    assert (await Content.get(plugin="blog")).audience == "club"
    assert await told() == 1


async def test_an_archived_club_keeps_its_posts_and_takes_no_new_state(village: Village) -> None:
    await write(village, "News")
    await Club.filter(id=village.club.id).update(archived_at=datetime.now(UTC) - timedelta(days=1))
    client = village.client(village.member)
    assert (await client.get(BLOG + "posts/news")).status_code == 200
    assert (await client.post(PUBLICATION + "/delete")).status_code == 403
    assert (await Post.get()).state == "published"


async def test_the_doctor_finds_a_post_that_nobody_was_told_of(village: Village) -> None:
    post = await write(village, "News", state="scheduled")
    assert [one.level for one in await _findings(village)] == ["ok"]
    await Post.filter(id=post.id).update(published_at=datetime.now(UTC) - timedelta(minutes=11))
    [late] = await _findings(village)
    assert (late.level, late.text[:38]) == ("warn", "1 scheduled post is overdue; is the jo")


async def _findings(village: Village) -> list[Finding]:
    answers = await village.app.hooks.collect("site_checked", only="blog", app=village.app)
    return [finding for answer in answers for finding in answer.value]
