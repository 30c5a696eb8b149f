"""What Cercle promises of every plugin, as tests that a plugin's author inherits."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from starlette.routing import compile_path

from cercle._testing.canary import canary_sweep
from cercle._testing.markup import faults_in
from cercle._testing.pages import Page
from cercle._testing.personal import is_named, models_of, taken_along, traces_after_erasing
from cercle._testing.village import Village
from cercle._testing.walk import Scenario, stops, surprises
from cercle._testing.wcag import Wcag
from core.db import rows

SCENARIOS = (
    Scenario(),
    Scenario(state="read_only"),
    Scenario(state="off"),
    Scenario(visibility="hidden"),
    Scenario(visibility="public"),
    Scenario(archived=True),
)
MOST_PAGES = 60
MOST_PAGES_IN_A_BROWSER = 12
LEAVE = ("moderator", "member", "guest")


class PluginContract:
    """Inherit from it in your tests and name your plugin: pytest then holds it to the promises of Cercle.

        class TestPoll(PluginContract):
            plugin = "poll"
            lists = ("/",)

            async def plant(self, village, number):
                await village.client(village.member).post("/c/atelier/poll/polls", data={"question": f"Poll {number}"})

    Attributes:
        plugin: its name.
        lists: its pages that list things, as paths below `/c/{club}/{plugin}`; each must ask the database the same number of
            questions for one thing and for three.
    """

    plugin: ClassVar[str] = ""
    lists: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.__test__ = True

    __test__ = False

    @pytest.fixture(autouse=True)
    def the_plugin_runs(self, village: Village) -> None:
        """Nothing can be said of a plugin that is not there."""
        loaded = next((one for one in village.app.parts.all() if one.name == self.plugin), None)
        assert loaded is not None, (
            f"there is no plugin {self.plugin!r} here; is its package installed? pip install -e ."
        )
        assert loaded.failure is None, f"the plugin {self.plugin!r} does not run: {loaded.failure}"

    async def plant(self, village: Village, number: int) -> None:
        """Make one more thing in the club `atelier`; `number` tells it from the others. Override it where there are lists."""
        raise NotImplementedError("override plant(), so that your lists have something to show")

    @pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
    async def test_every_route_answers_every_person_as_the_gate_promises(
        self, village: Village, scenario: Scenario
    ) -> None:
        """Each route × each kind of person × each state of club and switch."""
        assert await surprises(village, scenario, plugin=self.plugin) == []

    async def test_off_is_a_freeze_and_on_brings_everything_back(self, village: Village) -> None:
        """Nothing of the plugin's is deleted by turning it off, nothing can be reached, and all is as before afterwards."""
        if self.lists:
            await self.plant(village, 1)
        member = village.client(village.member)
        kept, shown = await self._counts(village), await self._crawl(village)
        await village.switch(self.plugin, "off")
        assert [(path, (await member.get(path)).status_code) for path in shown] == [(path, 404) for path in shown]
        await village.settle()
        assert await self._counts(village) == kept
        await village.switch(self.plugin, "on")
        assert sorted(await self._crawl(village)) == sorted(shown)

    async def test_no_word_of_a_hidden_club_comes_out(self, village: Village) -> None:
        """The canary sweep: nothing that was written through the plugin reaches anybody outside."""
        sweep = await canary_sweep(village, plugin=self.plugin)
        assert sweep.planted_by(self.plugin) or not self.lists, "no form and no route of the plugin took a word"
        assert [leak for leak in sweep.leaks if f"/{self.plugin}/" in leak.origin] == []

    async def test_a_list_asks_as_many_questions_for_three_as_for_one(self, village: Village) -> None:
        """No query per row."""
        member = village.client(village.member)
        addresses, counts = [f"/c/{village.club.slug}/{self.plugin}{path}" for path in self.lists], []
        for numbers in ((1,), (2, 3)) if self.lists else ():
            for number in numbers:
                await self.plant(village, number)
            counts.append({address: await self._questions(village, member, address) for address in addresses})
        assert all(each == counts[0] for each in counts), f"first with one thing, then with three: {counts}"

    async def test_pages_work_without_scripts_and_have_names_for_everything(self, village: Village) -> None:
        """Forms post to addresses that exist, no script stands in a page, everything that can be used has a name."""
        if self.lists:
            await self.plant(village, 1)
        pages = await self._crawl(village)
        wrong = {path: found for path, html in pages.items() if (found := faults_in(html))}
        assert wrong == {}
        forms = {
            (form.method, form.action)
            for path, html in pages.items()
            for form in Page(path, html).forms
            if form.method != "dialog"
        }
        known = [(stop.method, compile_path(stop.template)[0]) for stop in stops(village)]
        lost = [
            f"{method} {action}" for method, action in sorted(forms)
            if not any(method.upper() == known_method and path.match(action.partition("?")[0]) for known_method, path in known)
        ]  # fmt: skip
        assert not lost, "\n".join(lost)

    async def test_what_a_person_made_outlives_their_membership_and_not_their_name(self, village: Village) -> None:
        """Who leaves the club sees nothing of it any more; what they gave stays with the club."""
        if not self.lists:
            return
        await self.plant(village, 1)
        kept = await self._counts(village)
        member = village.client(village.member)
        await member.get("/healthz")
        await village.leave(village.member, village.club)
        assert (await member.get(f"/c/{village.club.slug}/{self.plugin}/")).status_code == 404
        await village.settle()
        assert await self._counts(village) == kept

    async def test_a_person_takes_along_what_is_theirs_and_nothing_else(self, village: Village, tmp_path: Path) -> None:
        """The archive of a person holds what the plugin keeps of them, and of a club they left, or that froze it, nothing."""
        before = {name: set(await self._taken(village, name, tmp_path)) for name in village.people}
        if self.lists:
            await self.plant(village, 1)
        after = {name: set(await self._taken(village, name, tmp_path)) for name in village.people}
        changed = [name for name in village.people if after[name] != before[name]]
        named = [name for name, person in village.people.items() if await is_named(self.plugin, person)]
        assert set(changed) <= set(named), f"they take along what is not theirs: {set(changed) - set(named)}"
        assert not named or any(after[name] for name in named), f"{named} take nothing along; implement person_exported"
        await village.switch(self.plugin, "off")
        assert {name: set(await self._taken(village, name, tmp_path)) for name in changed} == {
            name: before[name] for name in changed
        }, "of a club where the plugin is off nobody takes anything along"
        await village.switch(self.plugin, "on")
        for name in [name for name in changed if name in LEAVE]:
            await village.leave(village.people[name], village.club)
            assert set(await self._taken(village, name, tmp_path)) == before[name], "they have left the club"

    async def test_an_erased_person_leaves_what_they_gave_and_not_their_name(self, village: Village) -> None:
        """The pages stay, no row names the person, and doing it twice does no harm."""
        if self.lists:
            await self.plant(village, 1)
        reader = village.client(village.owner)
        pages = [f"/c/{village.club.slug}/{self.plugin}{path}" for path in self.lists]
        person = village.member
        assert await traces_after_erasing(village, person, self.plugin) == []
        for path in pages:
            answer = await reader.get(path)
            assert (path, answer.status_code) == (path, 200)
            assert person.name not in answer.text

    async def test_pages_keep_to_wcag_in_a_browser(self, village: Village, wcag: Wcag) -> None:
        """WCAG 2.2 AA by axe-core, by day and by night; skipped where there is no browser."""
        if self.lists:
            await self.plant(village, 1)
        paths = sorted(await self._crawl(village))[:MOST_PAGES_IN_A_BROWSER]
        found = await wcag.violations(village.client(village.member), paths)
        assert not found, "\n".join(f"{path}: {one}" for path, wrong in found.items() for one in wrong)

    async def _taken(self, village: Village, name: str, folder: Path) -> dict[str, bytes]:
        return await taken_along(village, village.people[name], self.plugin, folder)

    async def _questions(self, village: Village, member: httpx.AsyncClient, address: str) -> int:
        """How many queries a page takes that has been read once."""
        await member.get(address)
        with village.queries() as seen:
            await member.get(address)
        return seen.count

    async def _counts(self, village: Village) -> dict[str, int]:
        """How many rows each table of the plugin has."""
        names = [model._meta.db_table for model in models_of(self.plugin)]
        return {name: (await rows(f'SELECT COUNT(*) AS n FROM "{name}"'))[0]["n"] for name in names}

    async def _crawl(self, village: Village) -> dict[str, str]:
        """The source of every page of the plugin that a member comes to by following links."""
        home = f"/c/{village.club.slug}/{self.plugin}/"
        member, waiting, found = village.client(village.member), [home], dict[str, str]()
        seen = set[str]()
        while waiting and len(found) < MOST_PAGES:
            path = waiting.pop(0)
            if path in seen or not path.startswith(home):
                continue
            seen.add(path)
            answer = await member.get(path)
            if answer.status_code == 200 and "html" in answer.headers.get("content-type", ""):
                found[path] = answer.text
                waiting += sorted(Page(path, answer.text).links - seen)
        return found
