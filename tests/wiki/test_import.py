"""The importer: a made-up tree with every case, hostile archives, and a second run that changes nothing."""

import zipfile
from pathlib import Path

import pytest

from cercle import Forbidden, ImportRequest, Report
from cercle.testing import Village
from core.models import Blob
from plugins.wiki.importers import import_markdown, importers
from plugins.wiki.models import Attachment, Page, Revision
from tests.wiki.steps import BASE, get, mend, post, save, write

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
SET_UP = """Before

# Set-up

- [home](../README.md#top)
- [file](<files/my report.pdf>)
- [out](../../etc/passwd)
- [gone](nowhere.md)
- [web](https://example.org)

```
[code](../README.md) [[README]]
```

`[x](index.md)`
"""
USE = """# Use

| a | b |
|---|---|
| [setup](01-set-up.md) | x |

![[logo.png]] ![[The Guide]] [[01-set-up|how]]

[*bold* link](index.md)

[ref]: 01-set-up.md
"""
TREE: dict[str, str | bytes] = {
    "README.md": '# Our handbook\n\nStart with [the guide](guide/) or [[Set-up]].\n\n![logo](img/logo.png "Logo")\n',
    "guide/index.md": "---\ntitle: The Guide\ntags: [a, b]\ndate: 2024-03-01\nauthor: Zoé\n---\n# Other heading\n\nText\n",
    "guide/01-set-up.md": SET_UP,
    "guide/02-use.md": USE,
    "guide/files/my report.pdf": b"%PDF-1.4",
    "img/logo.png": PNG,
    "img/unused.png": PNG,
    "notes/deep/a.md": "# Same title\n",
    "notes/deep/b.md": "# Same title\n",
    "latin.md": "# Caf\xe9\n".encode("cp1252"),
    "broken.md": b"# Zero\n\0",
    "bad-front.md": "---\ntitle: [\n---\n# Bad front\n",
    "bomb.md": "---\na: &a [x, x]\nb: *a\n---\n# Bomb\n",
    "commented.md": "# Commented\n\n<!-- secret\nnote -->\n\nText\n",
    ".git/config": b"x",
    ".hidden.md": "# Hidden\n",
    "untitled_page.md": "Only words.\n",
}


def write_tree(folder: Path, tree: dict[str, str | bytes] = TREE) -> Path:
    """The files on disk."""
    for name, content in tree.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


async def run(village: Village, path: Path) -> Report:
    """The importer runs in the name of the owner."""
    report = Report()
    viewer = await village.viewer(village.owner)
    await import_markdown(ImportRequest(village.club, viewer, path, report, lambda done, total, name: None))
    return report


async def test_a_folder_becomes_a_tree_of_pages(village: Village, tmp_path: Path) -> None:
    report = await run(village, write_tree(tmp_path / "handbook"))
    await mend(village)

    pages = {page.slug: page for page in await Page.all().select_related("parent")}
    above = {slug: page.parent.slug if page.parent else None for slug, page in pages.items()}
    assert above == {
        "home": None,
        "the-guide": None,
        "set-up": "the-guide",
        "use": "the-guide",
        "notes": None,
        "deep": "notes",
        "same-title": "deep",
        "same-title-2": "deep",
        "cafe": None,
        "bad-front": None,
        "bomb": None,
        "commented": None,
        "untitled-page": None,
    }
    assert pages["home"].title == "Our handbook"
    assert pages["the-guide"].title == "The Guide"
    assert pages["the-guide"].body == "# Other heading\n\nText\n"
    assert pages["the-guide"].created_at.date().isoformat() == "2024-03-01"
    assert pages["cafe"].title == "Café"
    assert pages["untitled-page"].title == "Untitled page"
    assert pages["set-up"].body.startswith("Before\n\n\n- ")
    assert "secret" not in pages["commented"].body
    assert sorted(report.created) == sorted(str(page.source).removeprefix("handbook/") for page in pages.values())


async def test_links_and_images_lead_to_pages_and_attachments(village: Village, tmp_path: Path) -> None:
    report = await run(village, write_tree(tmp_path / "handbook"))
    await mend(village)
    pages = {page.slug: page for page in await Page.all()}

    assert "[[the-guide|the guide]] or [[Set-up]]" in pages["home"].body
    assert '![logo](logo.png "Logo")' in pages["home"].body
    setup = pages["set-up"].body
    assert "- [[home#top|home]]\n- [file](my%20report.pdf)\n- [out](../../etc/passwd)\n- [gone](nowhere.md)\n" in setup
    assert "```\n[code](../README.md) [[README]]\n```" in setup
    assert "`[x](index.md)`" in setup
    use = pages["use"].body
    assert "| [[set-up\\|setup]] | x |" in use
    assert "![logo.png](logo.png) [[The Guide]] [[set-up|how]]" in use
    assert f"[*bold* link]({BASE}/pages/the-guide)" in use
    assert f"[ref]: {BASE}/pages/set-up" in use
    assert 'class="missing"' not in pages["home"].body_html + pages["use"].body_html
    files = {(file.page_id, file.name): file for file in await Attachment.all()}
    assert set(files) == {
        (pages["home"].id, "logo.png"),
        (pages["use"].id, "logo.png"),
        (pages["set-up"].id, "my report.pdf"),
    }
    assert (await Blob.get(hash=files[pages["home"].id, "logo.png"].hash)).references == 2
    assert f"/attachments/{files[pages['home'].id, 'logo.png'].key}/logo.png" in pages["home"].body_html
    noted = {name: [text for other, text in report.notes if other == name] for name, _ in report.notes}
    assert any("leads out of" in text for text in noted["guide/01-set-up.md"])
    assert any("leads to nothing" in text for text in noted["guide/01-set-up.md"])
    assert any("tags" in text for text in noted["guide/index.md"])
    assert any("Zoé" in text for text in noted["guide/index.md"])
    assert any("Windows-1252" in text for text in noted["latin.md"])
    assert any("same-title-2" in text for text in noted["notes/deep/b.md"])
    assert any("front matter cannot be read" in text for text in noted["bad-front.md"])
    assert any("front matter cannot be read" in text for text in noted["bomb.md"])


async def test_what_is_left_out_is_named_with_its_reason(village: Village, tmp_path: Path) -> None:
    report = await run(village, write_tree(tmp_path / "handbook"))
    reasons = dict(report.skipped)
    assert set(reasons) == {".git", ".hidden.md", "broken.md", "img/unused.png"}
    assert reasons["img/unused.png"] == "No page refers to it."


async def test_a_second_run_changes_nothing(village: Village, tmp_path: Path) -> None:
    folder = write_tree(tmp_path / "handbook")
    first = await run(village, folder)
    await mend(village)
    before = await Page.all().order_by("id").values("id", "version", "body", "updated_at", "path", "slug")
    report = await run(village, folder)
    assert (report.created, report.updated) == ([], [])
    assert sorted(report.unchanged) == sorted(first.created)
    assert await Page.all().order_by("id").values("id", "version", "body", "updated_at", "path", "slug") == before
    assert await Attachment.all().count() == 3


async def test_a_zip_of_the_same_folder_changes_nothing_either(village: Village, tmp_path: Path) -> None:
    folder = write_tree(tmp_path / "handbook")
    await run(village, folder)
    archive = tmp_path / "download.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for name in TREE:
            made.write(folder / name, f"handbook/{name}")
    report = await run(village, archive)
    assert (report.created, report.updated) == ([], [])


async def test_what_changed_in_the_source_is_merged_with_what_changed_here(village: Village, tmp_path: Path) -> None:
    folder = write_tree(tmp_path / "h", {"a.md": "# A\n\none\n\ntwo\n\nthree\n", "b.md": "# B\n\none\n"})
    await run(village, folder)
    await save(village, "a", "ONE\n\ntwo\n\nthree\n", version=1)
    await save(village, "b", "mine\n", version=1)
    write_tree(folder, {"a.md": "# A\n\none\n\ntwo\n\nTHREE\n", "b.md": "# B\n\ntheirs\n"})
    report = await run(village, folder)
    assert (await Page.get(slug="a")).body == "ONE\n\ntwo\n\nTHREE\n"
    assert (await Page.get(slug="b")).body == "mine\n"
    assert report.updated == ["a.md"]
    assert [name for name, _ in report.skipped] == ["b.md"]
    again = await run(village, folder)
    assert (again.unchanged, again.updated) == (["a.md"], [])


async def test_a_killed_import_goes_on_where_it_stopped(village: Village, tmp_path: Path) -> None:
    folder = write_tree(tmp_path / "handbook")

    class Killed(Exception):
        """The machine stopped."""

    def stop(done: int, total: int, name: str) -> None:
        if done == 5:
            raise Killed

    viewer = await village.viewer(village.owner)
    with pytest.raises(Killed):
        await import_markdown(ImportRequest(village.club, viewer, folder, Report(), stop))
    assert await Page.all().count() == 5
    report = await run(village, folder)
    assert (len(report.unchanged), len(report.created)) == (5, 8)
    assert await Page.all().count() == 13


async def test_pages_of_members_are_never_taken_over(village: Village, tmp_path: Path) -> None:
    await write(village, "Welcome", "by members", home=True)
    await write(village, "A", "by members")
    await run(village, write_tree(tmp_path / "h", {"index.md": "# Start\n", "a.md": "# A\n\n[start](index.md)\n"}))
    assert (await Page.get(slug="home")).body == "by members"
    assert (await Page.get(slug="a")).body == "by members"
    assert (await Page.get(slug="a-2")).body == "[[start|start]]\n" or (
        await Page.get(slug="a-2")
    ).body == "[[Start|start]]\n"


async def test_a_page_in_the_trash_stays_there(village: Village, tmp_path: Path) -> None:
    folder = write_tree(tmp_path / "h", {"a.md": "# A\n", "b.md": "# B\n"})
    await run(village, folder)
    await village.client(village.owner).post(f"{BASE}/pages/a/trash")
    report = await run(village, folder)
    assert report.skipped == [("a.md", "It is in the trash of the wiki.")]
    assert report.unchanged == ["b.md"]


async def test_a_changed_file_replaces_the_attachment(village: Village, tmp_path: Path) -> None:
    folder = write_tree(tmp_path / "h", {"a.md": "# A\n\n![x](x.png)\n", "x.png": PNG})
    await run(village, folder)
    old = await Attachment.get()
    (folder / "x.png").write_bytes(PNG + b"more")
    report = await run(village, folder)
    new = await Attachment.get()
    assert report.updated == ["a.md"]
    assert (new.id, new.size) == (old.id, old.size + 4)
    assert (await Blob.get(hash=old.hash)).references == 0
    assert new.key in (await Page.get()).body_html


async def test_a_hostile_archive_is_refused_by_entry(village: Village, tmp_path: Path) -> None:
    archive = tmp_path / "hostile.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("good.md", "# Good\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))\n")
        made.writestr("../evil.md", "# Evil\n")
        made.writestr("/absolute.md", "# Absolute\n")
        made.writestr("bomb.md", b"# " + b"a" * 50_000_000)
        link = zipfile.ZipInfo("link.md")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
    report = await run(village, archive)
    assert report.created == ["good.md"]
    assert {name for name, _ in report.skipped} == {"../evil.md", "/absolute.md", "bomb.md", "link.md"}
    shown = await get(village, "/pages/good")
    assert "<script>alert" not in shown
    assert 'href="javascript' not in shown


async def test_a_guest_may_not_import(village: Village, tmp_path: Path) -> None:
    folder = write_tree(tmp_path / "h", {"a.md": "# A\n"})
    viewer = await village.viewer(village.guest)
    with pytest.raises(Forbidden):
        await import_markdown(ImportRequest(village.club, viewer, folder, Report(), lambda *_: None))
    assert await Page.all().count() == 0


def test_the_format_is_recognised(tmp_path: Path) -> None:
    folder = write_tree(tmp_path / "h", {"x/a.md": "# A\n"})
    assert importers[0].sniff(folder)
    assert importers[0].sniff(tmp_path / "x.zip")
    assert not importers[0].sniff(tmp_path / "x.csv")
    (tmp_path / "none").mkdir()
    assert not importers[0].sniff(tmp_path / "none")


async def test_the_demo_pages_are_written_once(village: Village) -> None:
    folder = Path("plugins/wiki/demo/aquitaine")
    assert folder.is_dir()
    report = await run(village, folder)
    assert len(report.created) >= 3
    assert report.skipped == []
    assert (await run(village, folder)).created == []
    assert await Revision.all().count() == len(report.created)
    await post(village, "/pages/home/trash")
