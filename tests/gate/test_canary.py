"""No word of a hidden club comes out of any door, and the sweep does see what there is to see."""

import pytest

from cercle.testing import Planter, Village, canary_sweep


async def test_nothing_of_a_hidden_club_comes_out_of_any_door(village: Village) -> None:
    sweep = await canary_sweep(village)
    assert sweep.leaks == []
    barren = [name for name in village.app.parts.plugin_names if not sweep.planted_by(name)]
    assert barren == [], "the sweep reads again what it planted in every plugin"


@pytest.mark.sqlite_only
async def test_the_sweep_notices_when_a_club_is_not_hidden_at_all(village: Village) -> None:
    async def open_the_door(planter: Planter) -> None:
        await village.join(village.outsider, village.hidden, "member")

    found = await canary_sweep(village, open_the_door)
    assert {leak.person for leak in found.leaks} == {"outsider"}
