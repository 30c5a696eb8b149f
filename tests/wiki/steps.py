"""What the tests of the wiki do again and again, through HTTP."""

import httpx

from cercle.testing import Village

BASE = "/c/atelier/wiki"


async def write(village: Village, title: str, body: str = "", *, home: bool = False, **fields: str) -> httpx.Response:
    """A member writes a new page."""
    values = {"title": title, "body": body, **fields, **({"home": "true"} if home else {})}
    answer = await post(village, "/pages", **values)
    assert answer.status_code == 303, answer.text
    return answer


async def save(
    village: Village, slug: str, body: str, *, version: int, title: str | None = None, **fields: str
) -> httpx.Response:
    """A member saves a new version, with the title that the page has."""
    if title is None:
        from plugins.wiki.models import Page

        title = (await Page.get(club_id=village.club.id, slug=slug)).title
    return await post(village, f"/pages/{slug}", title=title, body=body, version=str(version), **fields)


async def post(village: Village, path: str, **fields: str) -> httpx.Response:
    """A member submits a form."""
    return await village.client(village.member).post(BASE + path, data=fields)


async def get(village: Village, path: str) -> str:
    """What a member reads."""
    answer = await village.client(village.member).get(BASE + path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.text


async def mend(village: Village) -> None:
    """The job runs that renders pages again whose links lead elsewhere now."""
    await village.app.jobs.run("wiki.render_stale")
