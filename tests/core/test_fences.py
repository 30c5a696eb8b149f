"""Waiting within a time: in the caller's own task, through every way in which work may end or refuse to."""

from __future__ import annotations

import asyncio
import sys

import pytest

from core.app import Cercle
from core.dispatch import fences
from core.dispatch.answers import complaint_about, kinds_of
from core.dispatch.fences import InTime
from core.hooks import Hooks


async def test_what_answers_at_once_runs_without_a_turn_of_the_loop() -> None:
    turns: list[int] = []
    asyncio.get_running_loop().call_soon(turns.append, 1)

    async def work() -> str:
        return "done"

    assert (await InTime(work(), 1), turns) == ("done", [])


async def test_work_that_waits_answers_and_raises_as_ever() -> None:
    async def work(answer: str) -> str:
        await asyncio.sleep(0)
        if answer == "no":
            raise ValueError(answer)
        return answer

    assert await InTime(work("yes"), 1) == "yes"
    with pytest.raises(ValueError, match="no"):
        await InTime(work("no"), 1)
    assert await InTime(asyncio.get_running_loop().run_in_executor(None, str.upper, "a"), 1) == "A"


async def test_a_time_out_lets_the_work_tidy_up() -> None:
    tidied: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            tidied.append("yes")

    with pytest.raises(TimeoutError, match=r"Took longer than 0\.01 seconds"):
        await InTime(work(), 0.01)
    assert (tidied, _cancelling()) == (["yes"], 0)


async def test_work_that_does_not_listen_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fences, "GRACE", 0.02)
    heard: list[int] = []

    async def work() -> None:
        while len(heard) < 50:
            try:
                await asyncio.sleep(0.001)
            except asyncio.CancelledError:
                heard.append(1)

    with pytest.raises(TimeoutError):
        await InTime(work(), 0.01)
    assert (len(heard), _cancelling()) == (1, 0)


async def test_work_that_swallows_the_sign_and_answers_later_was_too_late() -> None:
    async def work() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
        return "late"

    with pytest.raises(TimeoutError):
        await InTime(work(), 0.01)
    assert _cancelling() == 0


async def test_a_cancelled_caller_is_cancelled() -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("work")

    async def call() -> None:
        try:
            await InTime(work(), 60)
        finally:
            ended.append("caller")

    task = asyncio.get_running_loop().create_task(call())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["work", "caller"]


async def test_time_outs_within_time_outs_keep_apart() -> None:
    async def work() -> str:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()
        except TimeoutError:
            return "inner"
        return "none"

    assert await InTime(work(), 5) == "inner"
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await InTime(asyncio.Event().wait(), 5)
    with pytest.raises(TimeoutError, match="Took longer"):
        async with asyncio.timeout(5):
            await InTime(asyncio.Event().wait(), 0.01)
    assert _cancelling() == 0


def test_every_hook_whose_answers_are_gathered_says_what_they_are(bundled: Cercle) -> None:
    hooks: Hooks = bundled.hooks
    asked_at_the_start = {"register_doors"}
    unsaid = {name for name, mode in hooks.names().items() if mode == "collect" and not hooks._kinds[name]}
    assert unsaid == asked_at_the_start


@pytest.fixture
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Cercle:
    from cercle.testing import village_settings

    folder = tmp_path_factory.mktemp("bundled")
    return Cercle(village_settings(folder, f"sqlite://{folder}/empty.db"))


@pytest.mark.parametrize(
    "annotation, value, complaint",
    [
        (list[str], ["a"], ""),
        (list[str], ("a", 1), "item 2 is an int where a text is due"),
        (str | None, None, ""),
        (bool, "yes", "a str where bool is due"),
        (float, 1, ""),
        (dict[str, int], {}, ""),
        (set[int], {1}, ""),
        (list[int], range(3), "a range where a list of int is due"),
    ],
)
def test_a_value_is_held_against_its_type(annotation: object, value: object, complaint: str) -> None:
    assert complaint_about(value, kinds_of(annotation)) == complaint


def test_long_work_may_answer_much() -> None:
    assert complaint_about(["a"] * 5000, kinds_of(list[str], sys.maxsize)) == ""


def _cancelling() -> int:
    task = asyncio.current_task()
    return task.cancelling() if task else -1
