"""`/api/v1/me`."""

from cercle.testing import Village


async def test_me_tells_a_script_who_it_acts_for(village: Village) -> None:
    answer = await village.api(village.owner, scopes="read").get("me")
    assert answer.json() == {
        "id": village.owner.id,
        "handle": "owner",
        "name": "Oscar Owner",
        "email": "owner@village.example",
        "is_operator": False,
        "locale": "en",
        "timezone": "UTC",
        "clubs": [
            {"slug": "atelier", "name": "Atelier", "role": "owner"},
            {"slug": "cave", "name": "Cave", "role": "owner"},
            {"slug": "place", "name": "Place", "role": "owner"},
        ],
        "scopes": ["read"],
    }


async def test_me_answers_a_browser_too_and_nobody_gets_401(village: Village) -> None:
    assert (await village.client(village.member).get("/api/v1/me")).json()["scopes"] == ["read", "write"]
    answer = await village.client().get("/api/v1/me")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    wrong = village.client(None, authorization="Bearer cercle_wrong")
    assert (await wrong.get("/api/v1/me")).status_code == 401
