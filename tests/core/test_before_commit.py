"""Steps at the end of a transaction, inside of it."""

from __future__ import annotations

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.db import after_commit, atomic, before_commit, in_atomic


class Failure(Exception):
    """What goes wrong in these tests."""


async def test_steps_come_in_their_order_at_the_end_of_the_outermost_transaction(village: Village) -> None:
    heard: list[str] = []

    async def step(word: str) -> None:
        heard.append(f"{word} {in_atomic()}")

    async with atomic():
        after_commit(lambda: heard.append("after"))
        async with atomic():
            before_commit(lambda: step("inner"))
        before_commit(lambda: step("outer"))
        heard.append("body")

    assert heard == ["body", "inner True", "outer True", "after"]


async def test_a_step_may_write_and_add_another_step_and_a_call_after_the_commit(village: Village) -> None:
    heard: list[str] = []

    async def last() -> None:
        after_commit(lambda: heard.append("after"))
        heard.append((await User.get(id=village.owner.id)).name)

    async def first() -> None:
        async with atomic():
            await User.filter(id=village.owner.id).update(name="Somebody else")
        before_commit(last)

    async with atomic():
        before_commit(first)

    assert heard == ["Somebody else", "after"]
    assert (await User.get(id=village.owner.id)).name == "Somebody else"


async def test_what_a_step_raises_undoes_everything(village: Village) -> None:
    heard: list[str] = []

    async def fail() -> None:
        raise Failure

    async def change() -> None:
        async with atomic():
            before_commit(fail)
            after_commit(lambda: heard.append("after"))
            await User.filter(id=village.owner.id).update(name="Somebody else")

    with pytest.raises(Failure):
        await change()
    assert (await User.get(id=village.owner.id)).name == village.owner.name
    assert (heard, in_atomic()) == ([], False)


async def test_no_step_runs_when_the_transaction_fails_nor_in_the_next_one(village: Village) -> None:
    heard: list[str] = []

    async def step() -> None:
        heard.append("never")

    async def fail() -> None:
        async with atomic():
            before_commit(step)
            raise Failure

    with pytest.raises(Failure):
        await fail()
    async with atomic():
        pass
    assert heard == []


async def test_outside_of_a_transaction_there_is_no_end_to_wait_for() -> None:
    async def step() -> None: ...

    with pytest.raises(RuntimeError, match="atomic"):
        before_commit(step)
