"""App passwords: HTTP Basic for programs that know nothing else, and never the password of the account."""

import base64
import html
import re

import httpx
import pytest

from cercle.testing import Village
from core.accounts.models import ApiToken, User
from core.accounts.services import change_password, create_token, deactivate
from plugins.blog.models import Post
from tests.accounts.letters import letters

ME = "http://127.0.0.1:8000/api/v1/me"
FEED = "/feeds/c/atelier/blog.atom"


def basic(login: str, secret: str) -> str:
    """The header of HTTP Basic (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{login}:{secret}".encode()).decode()


def program(village: Village, login: str, secret: str) -> httpx.AsyncClient:
    """A program that sends this name and password with every request."""
    return village.client(None, authorization=basic(login, secret))


async def test_an_app_password_is_shown_once_in_groups_of_four_and_opens_the_api(village: Village) -> None:
    client = village.client(village.member)
    page = await client.post(
        "/account/tokens", data={"name": "Calendar", "kind": "app", "scopes": "read", "days": "90"}
    )
    found = re.search(r"<code>((?:[a-z2-9]{4}-){5}[a-z2-9]{4})</code>", page.text)
    assert found is not None
    secret = found[1]
    row = await ApiToken.get(user=village.member)
    assert (row.kind, row.ending) == ("app", secret[-4:])
    assert secret not in (await client.get("/account/tokens")).text
    for login in (village.member.email, village.member.email.upper(), village.member.handle):
        for typed in (secret, secret.replace("-", ""), secret.upper().replace("-", " ")):
            assert (await program(village, login, typed).get(ME)).json()["handle"] == "member"
    row = await ApiToken.get(user=village.member)
    assert (row.seen_at is not None, row.network) == (True, "127.0.0.1")
    mail = (await letters(village.member.email))[-1]
    assert "Calendar" in mail.text
    assert secret not in mail.text


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff\xfe:\x00").decode(),
        basic("member@village.example", ""),
        basic("member@village.example", "\0" * 50),
        basic("member@village.example", "x" * 100_000),
        basic("", "abcd-efgh"),
    ],
)
async def test_what_is_no_app_password_is_refused(village: Village, header: str) -> None:
    await create_token(village.member, name="Calendar", kind="app")
    answer = await village.client(None, authorization=header).get(ME)
    assert answer.status_code == 401


async def test_the_accounts_own_password_never_works_there(village: Village) -> None:
    answer = await program(village, village.member.email, village.password).get(ME)
    assert answer.status_code == 401


async def test_it_works_with_its_owners_name_alone_and_only_as_what_it_is(village: Village) -> None:
    app = await create_token(village.member, name="Calendar", kind="app")
    token = await create_token(village.member, name="Script")
    feed = await create_token(village.member, name="Reader", kind="feed", scopes=("read",))
    assert (await program(village, village.owner.email, app).get(ME)).status_code == 401
    for secret in (token, feed):
        assert (await program(village, village.member.email, secret).get(ME)).status_code == 401
    for secret in (app, app.replace("-", ""), feed):
        assert (await village.client(None, authorization=f"Bearer {secret}").get(ME)).status_code == 401


async def test_it_opens_no_page_and_a_browsers_session_goes_before_it(village: Village) -> None:
    app = await create_token(village.member, name="Calendar", kind="app")
    client = program(village, village.member.email, app)
    assert (await client.get("/account/")).status_code == 303
    browser = village.client(village.owner, authorization=basic("proxy", "of the company"))
    assert (await browser.get(ME)).json()["handle"] == "owner"


@pytest.mark.parametrize("end", ["password", "suspended", "revoked", "stamp"])
async def test_it_ends_with_its_reason(village: Village, end: str) -> None:
    app = await create_token(village.member, name="Calendar", kind="app")
    client = program(village, village.member.email, app)
    assert (await client.get(ME)).status_code == 200
    if end == "password":
        await change_password(village.member, "nine slow tricycles")
    elif end == "suspended":
        await deactivate(village.member, actor=None)
    elif end == "revoked":
        assert (await village.client(village.member).post("/account/tokens/delete")).status_code == 303
    else:
        await User.filter(id=village.member.id).update(stamp="another")
    assert (await client.get(ME)).status_code == 401


async def test_a_feed_reader_follows_a_blog_with_it(village: Village) -> None:
    owner = village.client(village.owner)
    await owner.post("/c/atelier/blog/posts", data={"title": "Zwetschge", "body": "Plum", "publish": "true"})
    app = await create_token(village.member, name="Reader", kind="app", scopes=("blog:read",))
    reader = program(village, village.member.email, app)
    found = await reader.get(FEED)
    assert (found.status_code, found.headers["content-type"]) == (200, "application/atom+xml; charset=utf-8")
    nobody = await village.client().get(FEED)
    assert (nobody.status_code, nobody.headers["www-authenticate"].partition(" ")[0]) == (401, "Basic")
    assert (await reader.get("/feeds/c/cave/blog.atom")).status_code == 404
    await village.leave(village.member, village.club)
    assert (await reader.get(FEED)).status_code == 404
    assert await Post.all().count() <= 1


async def test_a_feed_reader_has_addresses_of_its_own(village: Village) -> None:
    client = village.client(village.member)
    made = await client.post("/account/feeds", data={"name": "Thunderbird"})
    path = html.unescape(made.text).split("<code>http://127.0.0.1:8000", 1)[1].split("<", 1)[0]
    assert (await village.client().get(path)).status_code == 200
    row = await ApiToken.get(kind="feed")
    assert row.seen_at is not None
    page = (await client.get("/account/feeds")).text
    assert "Thunderbird" in page
    assert path not in page
    other = village.client(village.owner)
    assert (await other.post(f"/account/feeds/{row.id}/delete")).status_code == 404
    assert (await client.post(f"/account/feeds/{row.id}/delete")).status_code == 303
    assert (await village.client().get(path)).status_code == 404


@pytest.mark.parametrize("end", ["password", "suspended", "changed"])
async def test_the_address_of_a_feed_ends_with_its_reason(village: Village, end: str) -> None:
    secret = await create_token(village.member, name="Thunderbird", kind="feed", scopes=("read",))
    path = f"/feeds/{secret}/c/atelier/blog.atom"
    assert (await village.client().get(path)).status_code == 200
    if end == "password":
        await change_password(village.member, "nine slow tricycles")
    elif end == "suspended":
        await deactivate(village.member, actor=None)
    else:
        await village.client(village.member).post("/account/feeds/delete")
    assert (await village.client().get(path)).status_code == 404
