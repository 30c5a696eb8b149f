from tests.files.conftest import Shelf


async def test_try(shelf: Shelf) -> None:
    v = shelf.village
    f = await shelf.file("A/B/hé llo.txt", b"x" * 100)
    print(f)
    await shelf.file("A/B/page 10.txt")
    await shelf.file("A/B/page 2.txt")
    await shelf.file(
        "pic.png", open("/work/main/docs/x.png", "rb").read() if False else b"abc", content_type="image/png"
    )
    c = v.client(v.member)
    for path in (
        "/",
        "/folders/1",
        "/folders/2?sort=-updated",
        "/folders/new",
        f"/file/{f['id']}",
        f"/entries/{f['id']}/name",
        f"/entries/{f['id']}/place",
        "/trash",
        f"/file/{f['id']}/content",
    ):
        r = await c.get(shelf.base + path)
        print(path, r.status_code, len(r.text))
        if r.status_code != 200:
            print(r.text[-1500:])
    r = await shelf.script(v.member).get(shelf.api, params={"folder": 2})
    print(r.json())
    r = await c.post(shelf.base + f"/entries/{f['id']}/trashing")
    print(r.status_code)
    o = v.client(v.owner)
    r = await o.get(shelf.base + "/trash")
    print(r.status_code)
    r = await o.get(shelf.base + f"/trash/{f['id']}/deletion")
    print(r.status_code)
    r = await o.post(shelf.base + f"/trash/{f['id']}/deletion")
    print(r.status_code, r.text[-500:])
    print(await shelf.counts(), await shelf.used(), await shelf.states())
    r = await o.get("/c/atelier/")
    print(r.status_code)
    from plugins.files.demo import seed

    await seed(v.club, v.people)
    await seed(v.club, v.people)
    print(await shelf.names(), await v.app.hooks.collect("site_checked", app=v.app))
    await v.app.jobs.run("files.make_thumbnail")
    print(await Version.filter().values("thumbnail_hash", "wants_thumbnail"))


from plugins.files.models import Version
