"""Export: what the wiki writes, its importer reads again."""

import zipfile
from pathlib import Path

import pytest

from cercle.testing import Village
from core.errors import Conflict, Forbidden
from core.importing import Report
from plugins.wiki.models import Page
from spaces.imports import run_export, run_import


async def _export(village: Village, path: Path) -> Report:
    return await run_export(
        village.app, "wiki", club="atelier", format="markdown", path=path, actor=None, progress=lambda *_: None
    )


async def test_a_wiki_comes_back_as_it_was(village: Village, tmp_path: Path) -> None:
    api = village.api(village.owner)
    for title, parent in (("Adresses", None), ("Méthodes", None), ("Répondre à plusieurs", "methodes")):
        body = {"title": title, "body": f"Texte de {title}, voir [[Méthodes]].", "parent": parent}
        assert (await api.post("clubs/atelier/wiki/pages", json=body)).status_code == 201
    await _export(village, tmp_path / "wiki.zip")
    with zipfile.ZipFile(tmp_path / "wiki.zip") as archive:
        assert sorted(archive.namelist()) == [
            "adresses/index.md",
            "methodes/index.md",
            "methodes/repondre-a-plusieurs/index.md",
        ]

    target = {"club": "place", "format": "markdown", "path": tmp_path / "wiki.zip", "actor": "owner@village.example"}
    await run_import(village.app, "wiki", **target, progress=lambda *_: None)  # type: ignore[arg-type]
    copied = await Page.get(club=village.public, slug="repondre-a-plusieurs").prefetch_related("parent")
    assert copied.body.strip() == "Texte de Répondre à plusieurs, voir [[Méthodes]]."
    assert copied.parent is not None
    assert copied.parent.slug == "methodes"


async def test_nothing_is_written_over(village: Village, tmp_path: Path) -> None:
    path = tmp_path / "wiki.zip"
    path.write_text("mine")
    with pytest.raises(Conflict):
        await _export(village, path)
    assert path.read_text() == "mine"


async def test_what_is_off_is_not_exported(village: Village, tmp_path: Path) -> None:
    await village.switch("wiki", "off")
    with pytest.raises(Forbidden):
        await _export(village, tmp_path / "wiki.zip")
    assert not (tmp_path / "wiki.zip").exists()
