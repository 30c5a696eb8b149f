"""Large numbers are counted by a job, small ones when somebody asks."""

from __future__ import annotations

from cercle.testing import Village
from core.accounts.models import User
from spaces.models import Tally
from spaces.queries.accounts import count_without_factor
from spaces.queries.console import load_overview
from spaces.services.tallies import count_all


async def test_what_is_little_is_counted_now(village: Village) -> None:
    before = await load_overview()
    await count_all()
    assert not await Tally.exists()
    await User.filter(id=village.guest.id).update(is_active=False)
    assert (await load_overview()).people == before.people - 1


async def test_what_is_much_is_as_the_job_counted_it(village: Village) -> None:
    people, (operators, weak) = (await load_overview()).people, await count_without_factor()
    assert (operators, weak) == (1, people)
    await count_all(large=people)
    assert {tally.name for tally in await Tally.all()} == {"people", "people_without_factor"}

    await User.filter(id=village.guest.id).update(is_active=False)
    assert (await load_overview()).people == people
    assert await count_without_factor() == (operators, weak)

    await count_all(large=people)  # one fewer than what counts as much
    assert not await Tally.exists()
    assert (await load_overview()).people == people - 1
