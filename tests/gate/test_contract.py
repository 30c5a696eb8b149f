"""The contract for authors of plugins, held for the bundled ones.

Their gate walk and canary sweep are in test_walk.py and test_canary.py, for all of them at once.
"""

from __future__ import annotations

import pytest

from cercle.testing import PluginContract, Village

pytestmark = pytest.mark.sqlite_only


class Contract(PluginContract):
    """What is left of the contract."""

    test_every_route_answers_every_person_as_the_gate_promises = None  # type: ignore[assignment]
    test_no_word_of_a_hidden_club_comes_out = None  # type: ignore[assignment]

    async def plant(self, village: Village, number: int) -> None:
        path, data = self.thing(number)
        sent = await village.client(village.member).post(f"/c/atelier/{self.plugin}{path}", data=data)
        assert sent.status_code == 303, sent.text.partition("<main")[2][:3000]

    def thing(self, number: int) -> tuple[str, dict[str, str]]:
        """Where a form is sent to make a thing, and what is in it."""
        raise NotImplementedError


Contract.__test__ = False


class TestWiki(Contract):
    plugin = "wiki"
    lists = ("/", "/changes", "/trash")

    def thing(self, number: int) -> tuple[str, dict[str, str]]:
        return "/pages", {"title": f"Page {number}", "body": "See [[Page 9]]."}


class TestBlog(Contract):
    plugin = "blog"
    lists = ("/", "/drafts")

    def thing(self, number: int) -> tuple[str, dict[str, str]]:
        return "/posts", {"title": f"Post {number}", "body": "News."}


class TestFiles(Contract):
    plugin = "files"
    lists = ("/",)

    def thing(self, number: int) -> tuple[str, dict[str, str]]:
        return "/folders", {"name": f"Folder {number}"}


class TestDirectory(Contract):
    plugin = "directory"
