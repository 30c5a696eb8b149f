"""The contract for authors does notice: a plugin that breaks a promise about people or pages fails its test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from cercle import ExportFile, hookimpl
from cercle.testing import Village, Wcag
from core.accounts.models import User
from core.parts import LoadedPart, Part
from plugins.wiki.models import Page
from tests.gate.test_contract import Contract

pytestmark = pytest.mark.sqlite_only


class Wiki(Contract):
    """What the wiki is held to; collected in test_contract.py, called here."""

    plugin = "wiki"
    lists = ("/",)

    def thing(self, number: int) -> tuple[str, dict[str, str]]:
        return "/pages", {"title": f"Page {number}", "body": "Signed: Max Member"}


Wiki.__test__ = False


def replaced(village: Village, **hooks: Callable[..., Any]) -> None:
    """The wiki with these hooks in the place of its own."""
    module = ModuleType("wiki_hooks")
    for name, function in hooks.items():
        setattr(module, name, hookimpl(function))
    village.app.hooks.unregister("wiki")
    wiki = village.app.parts.get("wiki")
    assert wiki is not None
    village.app.hooks.register(LoadedPart(Part("wiki", "Wiki", "", "1"), wiki.package, True, modules={"hooks": module}))


async def test_a_plugin_that_gives_nothing_along_is_noticed(village: Village, tmp_path: Path) -> None:
    replaced(village)
    with pytest.raises(AssertionError, match="implement person_exported"):
        await Wiki().test_a_person_takes_along_what_is_theirs_and_nothing_else(village, tmp_path)


async def test_a_plugin_that_gives_everybody_everything_is_noticed(village: Village, tmp_path: Path) -> None:
    async def person_exported(user: User) -> Sequence[ExportFile]:
        return [ExportFile(f"{page.slug}.md", page.body) for page in await Page.all()]

    replaced(village, person_exported=person_exported)
    with pytest.raises(AssertionError, match="what is not theirs"):
        await Wiki().test_a_person_takes_along_what_is_theirs_and_nothing_else(village, tmp_path)


async def test_a_plugin_that_forgets_its_switch_is_noticed(village: Village, tmp_path: Path) -> None:
    async def person_exported(user: User) -> Sequence[ExportFile]:
        return [ExportFile(f"{page.slug}.md", page.body) for page in await Page.filter(author_id=user.id)]

    replaced(village, person_exported=person_exported)
    with pytest.raises(AssertionError, match="where the plugin is off"):
        await Wiki().test_a_person_takes_along_what_is_theirs_and_nothing_else(village, tmp_path)


async def test_a_plugin_whose_archive_breaks_is_noticed(village: Village, tmp_path: Path) -> None:
    async def person_exported(user: User) -> Sequence[ExportFile]:
        raise RuntimeError("no ink")

    replaced(village, person_exported=person_exported)
    with pytest.raises(AssertionError, match="not in the archive"):
        await Wiki().test_a_person_takes_along_what_is_theirs_and_nothing_else(village, tmp_path)


async def test_a_name_that_is_left_behind_is_noticed(village: Village) -> None:
    with pytest.raises(AssertionError, match=r"wiki_page\.body still holds 'Max Member'"):
        await Wiki().test_an_erased_person_leaves_what_they_gave_and_not_their_name(village)


async def test_a_plugin_that_is_not_there_is_noticed(village: Village) -> None:
    class Nobody(Contract):
        plugin = "nobody"

    Nobody.__test__ = False
    with pytest.raises(AssertionError, match="is its package installed"):
        Nobody.the_plugin_runs.__wrapped__(Nobody(), village)  # type: ignore[attr-defined]


async def test_a_page_that_many_cannot_read_is_noticed(wcag: Wcag) -> None:
    text = '<p style="color:#bbb;background:#fff">Hardly to be read</p>'
    page = f'<!doctype html><html lang="en"><title>A</title><main><h1>A</h1>{text}<img src="/x"></main>'

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=page, headers={"content-type": "text/html"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://127.0.0.1:8000") as client:
        found = await wcag.violations(client, ["/bad"])
    rules = {one.split(": ")[1] for one in found["/bad"]}
    assert rules == {"color-contrast", "image-alt"}
