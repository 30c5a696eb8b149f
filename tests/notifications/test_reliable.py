"""Nothing is lost and nothing comes twice: a killed process, a dead server, several processes; what goes with a person."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from datetime import timedelta
from pathlib import Path

from cercle.testing import Village
from core.bus import open_bus
from core.live import Live
from core.mail import deliver_due
from core.models import Mail
from core.notification_mail import may_leave
from core.outlets import SmtpOutlet
from plugins.notifications.models import Entry, Follow, Subscription
from tests.notifications.telling import deliver, follow, mention, publish, text_of, time_passes
from tests.services.processes import free_port
from tests.services.smtp import Smtp

SENDER = "Cercle <cercle@cercle.example>"
TELLING = """
import asyncio, os, signal, sys
from core.app import Cercle
from core.db import atomic
from core.notifications import notify
from core.settings import load_settings
from plugins.wiki.notifications import MENTIONED
from spaces.models import Club

async def main():
    async with Cercle(load_settings()).running(jobs=False):
        club = await Club.get(slug="atelier")
        async with atomic():
            await notify(MENTIONED, to=[int(sys.argv[1])], club=club, key="x", subject="Hello", text="Hello.", path="/c/atelier/")
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""
SENDING = """
import asyncio
from functools import partial
from core.app import Cercle
from core.mail import deliver_due
from core.notification_mail import may_leave
from core.settings import load_settings

async def main():
    app = Cercle(load_settings())
    async with app.running(jobs=False):
        await deliver_due(app.outlet, may_leave=partial(may_leave, notifications=app.notifications))

asyncio.run(main())
"""


async def _send(village: Village, url: str) -> int:
    notifications = village.app.notifications
    return await deliver_due(SmtpOutlet(url, SENDER), may_leave=lambda mail: may_leave(mail, notifications))


def _environment(village: Village, **more: str) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("CERCLE_")}
    settings = village.app.settings
    return {
        **ours,
        "CERCLE_DATA_DIR": str(settings.data_dir),
        "CERCLE_DATABASE_URL": settings.database_url,
        "CERCLE_SECRET_KEY": settings.secret_key,
        "CERCLE_BASE_URL": settings.base_url,
        **more,
    }


async def test_a_process_killed_between_commit_and_delivery_loses_nothing(village: Village, smtp: Smtp) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-c",
        TELLING,
        str(village.member.id),
        env=_environment(village, PYTHONPATH=str(Path.cwd())),
    )
    assert await asyncio.wait_for(process.wait(), 60) == -9
    await time_passes()
    assert [await _send(village, smtp.url), await _send(village, smtp.url)] == [1, 0]
    assert [message["Subject"] for message in smtp.messages] == ["Hello"]
    assert await Entry.filter(user=village.member).count() == 1


async def test_a_process_killed_while_it_sends_a_burst_loses_no_line_of_it(village: Village, smtp: Smtp) -> None:
    await mention(village, village.member)
    await mention(village, village.member, key="two")
    await time_passes()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        env = _environment(village, CERCLE_SMTP_URL=url, PYTHONPATH=str(Path.cwd()))
        process = await asyncio.create_subprocess_exec(sys.executable, "-P", "-c", SENDING, env=env)
        silent.setblocking(False)
        connection, _ = await asyncio.wait_for(asyncio.get_running_loop().sock_accept(silent), 60)
        process.kill()
        await process.wait()
        connection.close()
    assert await _send(village, smtp.url) == 0
    await mention(village, village.member, key="three")
    await time_passes()
    assert await _send(village, smtp.url) == 3
    texts = sorted(text_of(message) for message in smtp.messages)
    assert [sum(f"Tools {key}”" in text for text in texts) for key in ("one", "two", "three")] == [1, 1, 1]
    assert len(texts) == 2


async def test_a_burst_waits_for_a_dead_server_and_leaves_once(village: Village, smtp: Smtp) -> None:
    await mention(village, village.member)
    await mention(village, village.member, key="two")
    await time_passes()
    assert await _send(village, f"smtp://127.0.0.1:{free_port()}") == 0
    assert await Mail.filter(sent_at=None).count() == 2
    await time_passes()
    assert [await _send(village, smtp.url), await _send(village, smtp.url)] == [2, 0]
    assert [message["Subject"] for message in smtp.messages] == ["2 new things in Atelier"]


async def test_several_processes_send_a_burst_once(village: Village, smtp: Smtp) -> None:
    for number in range(6):
        await mention(village, village.member, village.guest, key=str(number))
    await time_passes()
    assert sum(await asyncio.gather(*(_send(village, smtp.url) for _ in range(4)))) == 12
    assert sorted(message["To"] for message in smtp.messages) == [village.guest.email, village.member.email]


async def test_an_event_that_is_told_twice_is_one_notification(village: Village) -> None:
    from core.models import OutboxEvent

    await follow(village, village.member, "club:")
    await publish(village, "Hammer")
    await OutboxEvent.all().update(delivered_at=None, claimed_until=None)
    await deliver(village)
    assert (await Entry.filter(user=village.member).count(), await Mail.all().count()) == (1, 1)


async def test_the_bell_rings_in_the_pages_of_other_processes(village: Village, redis_url: str) -> None:
    here, there = open_bus(redis_url), open_bus(redis_url)
    await here.start()
    await there.start()
    try:
        village.app.live = Live(here)
        async with there.subscribe(f"live:me:{village.member.id}") as messages:
            await mention(village, village.member)
            message = await asyncio.wait_for(anext(aiter(messages)), 5)
        assert message.data == {"what": "notifications-inbox-index"}
    finally:
        await here.close()
        await there.close()


async def test_people_take_along_what_they_were_told_and_nothing_of_it_stays(village: Village) -> None:
    await follow(village, village.member, "club:")
    await follow(village, village.guest, f"author:{village.member.id}")
    await publish(village, "Hammer")
    await Subscription.create(
        user=village.member, digest="x", endpoint="https://x", key="k", secret="s", name="Firefox"
    )
    hooks = village.app.hooks
    answers = await hooks.collect("person_exported", only="notifications", user=village.member)
    kept = answers[0].value[0].content
    assert [one["text"] for one in kept["told"]] == ["New in Atelier: Hammer"]
    assert (kept["follows"][0]["what"], kept["devices"]) == ("All that is new", ["Firefox"])
    await village.leave(village.member, village.club)
    answers = await hooks.collect("person_exported", only="notifications", user=village.member)
    assert (answers[0].value[0].content["told"], answers[0].value[0].content["follows"]) == ([], [])
    for _ in range(2):
        assert await hooks.notify("person_erased", only="notifications", user=village.member) == []
    assert (
        await Entry.filter(user=village.member).count(),
        await Follow.filter(target__contains="author").count(),
    ) == (0, 0)
    assert await Subscription.all().count() == 0


async def test_the_demo_has_a_few_and_seeding_again_changes_nothing(village: Village) -> None:
    from plugins.notifications.services.demo import seed

    for title in ("One", "Two"):
        await publish(village, title)
    counts = []
    for _ in range(2):
        await seed(village.club, {"owner": village.owner, "member": village.member})
        counts.append(await Entry.filter(user=village.member).order_by("id").values_list("created_at", flat=True))
    assert (len(counts[0]), counts[0]) == (2, counts[1])
    assert counts[0][0] - counts[0][1] != timedelta(0)  # type: ignore[operator]
