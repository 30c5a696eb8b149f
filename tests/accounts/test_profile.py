"""Profile, photo and address."""

import io

import pytest
from PIL import Image

from cercle.testing import Village
from core.accounts.models import LoginSession, Provider, User
from core.accounts.services import check_password
from core.models import AuditEntry, Blob
from tests.accounts.letters import letters, link_in_last


def picture(kind: str = "PNG", size: tuple[int, int] = (800, 600)) -> bytes:
    """A picture with metadata that must not survive."""
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret-place"
    Image.new("RGB", size, "teal").save(made, kind, exif=exif)
    return made.getvalue()


PROFILE = {
    "name": "Max  Élan",
    "headline": "Facilitator",
    "about": "I **like** <script>alert(1)</script>",
    "locale": "fr",
    "timezone": "America/Montreal",
}


async def test_the_profile_is_saved_and_speaks_the_chosen_language(village: Village) -> None:
    client = village.client(village.member)
    assert (await client.post("/account/", data=PROFILE)).status_code == 303
    user = await User.get(id=village.member.id)
    assert (user.name, user.sort_name, user.handle) == ("Max Élan", "elan max", "member")
    assert "<strong>like</strong>" in user.about_html
    assert "<script" not in user.about_html
    assert "Mon compte" in (await client.get("/account/")).text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 121),
        ("headline", "x" * 161),
        ("about", "x" * 5001),
        ("locale", "xx"),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../../etc/passwd"),
        ("is_operator", "true"),
        ("email", "other@village.example"),
    ],
)
async def test_a_wrong_field_is_named_and_the_text_is_kept(village: Village, field: str, value: str) -> None:
    answer = await village.client(village.member).post("/account/", data={**PROFILE, field: value})
    assert answer.status_code == 422
    assert "Facilitator" in answer.text or field == "headline"
    user = await User.get(id=village.member.id)
    assert (user.name, user.is_operator) == ("Max Member", False)


async def test_text_that_cannot_be_stored_is_refused(village: Village) -> None:
    answer = await village.client(village.member).post("/account/", data={**PROFILE, "about": "nul\0nul"})
    assert answer.status_code == 422
    assert (await User.get(id=village.member.id)).about == ""


@pytest.mark.parametrize(
    "path", ["/account/", "/account/sessions", "/account/tokens", "/account/feeds", "/photos/member"]
)
async def test_nobody_has_no_account_pages(village: Village, path: str) -> None:
    answer = await village.client().get(path)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_token_opens_no_account_page(village: Village, method: str) -> None:
    script = village.api(village.member)
    await script.get("me")
    for path in ("/account/", "/account/tokens", "/account/password"):
        answer = await script.request(method, f"http://127.0.0.1:8000{path}")
        assert answer.status_code == 303


async def test_a_photo_is_cropped_reencoded_and_counted(village: Village) -> None:
    client = village.client(village.member)
    answer = await client.post("/account/photo", files={"photo": ("me.png", picture(), "image/png")})
    assert answer.headers["location"] == "/account/"
    user = await User.get(id=village.member.id)
    assert user.photo_url is not None
    shown = await client.get(user.photo_url)
    assert shown.headers["content-type"] == "image/webp"
    assert b"secret-place" not in shown.content
    opened = Image.open(io.BytesIO(shown.content))
    assert opened.size == (512, 512)
    assert (await Blob.get(hash=user.photo_hash)).references == 1
    await client.post("/account/photo", files={"photo": ("me.jpg", picture("JPEG", (64, 64)), "image/jpeg")})
    assert (await Blob.get(hash=user.photo_hash)).references == 0
    await client.post("/account/photo/delete")
    assert (await User.get(id=village.member.id)).photo_hash is None
    assert (await client.get("/photos/member")).status_code == 404


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"<svg onload=alert(1)>", b"\x89PNG\r\n\x1a\n" + b"x" * 500])
async def test_what_is_no_picture_leaves_no_photo_and_says_so(village: Village, content: bytes) -> None:
    client = village.client(village.member)
    answer = await client.post("/account/photo", files={"photo": ("me.png", content, "image/png")})
    assert answer.status_code == 303
    assert (await User.get(id=village.member.id)).photo_hash is None
    assert "toast-error" in (await client.get("/account/")).text


async def test_a_photo_that_a_script_sends_is_answered_with_a_word(village: Village) -> None:
    client = village.client(village.member)
    asks = {"accept": "application/json"}
    refused = await client.post("/account/photo", files={"photo": ("me.png", b"none", "image/png")}, headers=asks)
    taken = await client.post("/account/photo", files={"photo": ("me.png", picture(), "image/png")}, headers=asks)
    assert (refused.status_code, refused.headers["content-type"]) == (422, "text/plain; charset=utf-8")
    assert "<" not in refused.text
    assert (taken.status_code, taken.content) == (204, b"")
    user = await User.get(id=village.member.id)
    assert user.photo_url is not None
    assert user.photo_url in (await client.get("/account/")).text
    assert (await client.get(user.photo_url)).headers["cache-control"] == "private, max-age=86400"
    assert (await client.get("/photos/member")).headers["cache-control"] == "private, no-cache"


async def test_a_photo_is_shown_to_people_who_share_a_club_only(village: Village) -> None:
    member = village.client(village.member)
    await member.post("/account/photo", files={"photo": ("me.png", picture(), "image/png")})
    seen = {
        kind: (await village.client(person).get("/photos/member")).status_code
        for kind, person in village.people.items()
    }
    assert seen == {
        "operator": 200,
        "owner": 200,
        "moderator": 200,
        "member": 200,
        "guest": 200,
        "outsider": 404,
        "removed": 404,
    }
    outsider = village.client(village.outsider)
    absent, hidden = await outsider.get("/photos/nobody-of-that-name"), await outsider.get("/photos/member")
    assert absent.text == hidden.text


async def test_the_address_changes_when_the_new_one_is_proved_and_the_old_one_is_told(village: Village) -> None:
    client, other = village.client(village.member), village.client(village.member)
    await client.get("/account/")
    await other.get("/account/")
    await client.post("/account/email", data={"email": "New@Village.example"})
    assert (await User.get(id=village.member.id)).email == "member@village.example"
    path = await link_in_last("new@village.example")
    assert (await village.client(village.owner).get(path)).status_code == 404
    assert (await village.client(village.owner).post(path)).status_code == 404
    assert (await client.get(path)).status_code == 200
    assert (await client.post(path)).status_code == 303
    assert (await User.get(id=village.member.id)).email == "new@village.example"
    assert (await client.get("/account/")).status_code == 200
    assert (await other.get("/account/")).status_code == 303
    assert await LoginSession.filter(user=village.member).count() == 1
    assert "new@village.example" in (await letters("member@village.example"))[-1].text
    assert await check_password("new@village.example", village.password) is not None
    entry = await AuditEntry.get(action="accounts.email_changed")
    assert (entry.before, entry.after) == ({"email": "member@village.example"}, {"email": "new@village.example"})


async def test_asking_for_an_address_that_somebody_has_tells_them_alone(village: Village) -> None:
    client = village.client(village.member)
    taken = await client.post("/account/email", data={"email": village.owner.email})
    free = await client.post("/account/email", data={"email": "free@village.example"})
    assert (taken.status_code, taken.headers["location"]) == (free.status_code, free.headers["location"])
    mail = (await letters(village.owner.email))[0]
    assert "/account/email/" not in mail.text
    assert (await User.get(id=village.member.id)).email == "member@village.example"


WORDS = {
    "headline": "quokkahead",
    "pronouns": "quokkapro",
    "about": "quokkaabout",
    "link_1_url": "https://quokkalink.example/me",
    "link_1_label": "quokkalabel",
    "timezone": "America/Montreal",
}
DOORS = (
    "/c/atelier/",
    "/c/atelier/people",
    "/c/atelier/people/member",
    "/c/atelier/directory/",
    "/c/atelier/directory/people/member",
    "/c/atelier/directory/people/member.vcf",
    "/c/atelier/wiki/pages/plum/history",
    "/search?q=quokkahead",
    "/search/people?q=quokkahead",
    "/",
    "/api/v1/clubs/atelier/members",
    "/api/v1/clubs/atelier/directory/people",
    "/api/v1/clubs/atelier/directory/people/member",
    "/api/v1/clubs/atelier/directory/people?q=quokkahead",
)


async def seen_by(village: Village, person: User) -> str:
    """All that the doors tell somebody."""
    client = village.client(person)
    return "\n".join([(await client.get(path)).text for path in DOORS])


async def test_what_somebody_hides_comes_out_of_no_door(village: Village) -> None:
    client, other = village.client(village.member), await village.person("Nina Neighbour")
    await village.join(other, village.club)
    await client.post("/account/photo", files={"photo": ("me.png", picture(), "image/png")})
    await client.post("/c/atelier/wiki/pages", data={"title": "Plum", "body": "text"})
    everything = ["photo", "headline", "pronouns", "about", "links", "timezone", "email"]
    shown = {**PROFILE, **WORDS, "shown": everything}
    assert (await client.post("/account/", data=shown)).status_code == 303
    told = await seen_by(village, other)
    user = await User.get(id=village.member.id)
    assert user.photo_hash is not None
    secrets = [*WORDS.values(), "member@village.example", user.photo_hash[:12]]
    assert [word for word in secrets if word not in told] == []
    assert 'rel="nofollow me ugc noopener"' in told
    assert (await client.post("/account/", data={**PROFILE, **WORDS})).status_code == 303
    told = await seen_by(village, other)
    address = told.replace("q=quokkahead", "").replace('value="quokkahead"', "")
    leaked = [word for word in secrets if word != "quokkahead" and word in address]
    assert leaked == []
    assert (await village.client(other).get("/photos/member")).status_code == 404
    assert (await client.get("/photos/member")).status_code == 200
    assert "quokkahead" not in (await village.client(village.guest).get("/c/atelier/people/member")).text
    found = await village.api(other).get("clubs/atelier/directory/people?q=quokkahead")
    assert found.json()["items"] == []


async def test_a_profile_is_previewed_as_others_see_it(village: Village) -> None:
    client = village.client(village.member)
    await client.post("/account/", data={**PROFILE, **WORDS, "shown": ["about", "links"]})
    member = (await client.get("/account/preview")).text
    operator = (await client.get("/account/preview?as=operator")).text
    stranger = (await client.get("/account/preview?as=stranger")).text
    page = (await village.client(village.guest).get("/c/atelier/people/member")).text
    for word in ("quokkahead", "quokkapro", "quokkaabout", "quokkalabel"):
        assert (word in member) == (word in page)
        assert word in operator
        assert word not in stranger
    assert "quokkaabout" in member


@pytest.mark.parametrize(
    "url",
    [
        "http://plain.example",
        "javascript:alert(1)",
        "https://",
        "https://nodot",
        "https://me:secret@site.example",
        "https://site.example:99999",
        "https://site.example\\@other.example",
        "https://[::1",
        "data:text/html,x",
        "https://site.example/ x",
    ],
)
async def test_a_link_that_is_none_is_refused(village: Village, url: str) -> None:
    answer = await village.client(village.member).post("/account/", data={**PROFILE, "link_2_url": url})
    assert answer.status_code == 422
    assert (await User.get(id=village.member.id)).links == ""


async def test_what_another_system_owns_is_shown_and_not_changed(village: Village) -> None:
    provider = await Provider.create(
        slug="firm",
        title="The Firm",
        issuer="https://id.firm.example",
        client_id="x",
        rules={"locked": ["name", "photo"]},
    )
    await User.filter(id=village.member.id).update(provider_id=provider.id)
    client = village.client(village.member)
    page = (await client.get("/account/")).text
    assert ("The Firm" in page, "readonly" in page, "Choose a photo" in page) == (True, True, False)
    assert (await client.post("/account/", data={**PROFILE, "name": "Somebody Else"})).status_code == 422
    await client.post("/account/photo", files={"photo": ("me.png", picture(), "image/png")})
    assert (await client.post("/account/", data={**PROFILE, "name": "Max Member"})).status_code == 303
    user = await User.get(id=village.member.id)
    assert (user.name, user.headline, user.photo_hash) == ("Max Member", "Facilitator", None)
    await Provider.all().update(is_enabled=False)
    assert (await client.post("/account/", data=PROFILE)).status_code == 303
