"""A message that waits tells nothing of what its receiver may not see any more when it leaves: in mails and on devices."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from cercle.testing import Village
from tests.notifications.telling import deliver, mails, time_passes
from tests.notifications.test_push import PushService, _device
from tests.together.secret import Secret, plant
from tests.together.test_canary import Hiding, delete, leave, listen, switch_off, trash


def whole(message: EmailMessage) -> str:
    """All that a mail says: its headers, and its parts as their readers see them."""
    parts = [str(part.get_content()) for part in message.walk() if part.get_content_maintype() == "text"]
    return "\n".join([*map(str, message.values()), *parts])


async def told_by_mail(secret: Secret) -> set[str]:
    """To whom mails tell of it."""
    return {str(message["To"]) for message in await mails(secret.village) if secret.seen_in(whole(message))}


def told_on_devices(secret: Secret, service: PushService) -> set[str]:
    """The addresses of the devices that hear of it."""
    said = zip(service.paths, service.read(), strict=True)
    return {path for path, message in said if secret.seen_in(" ".join(map(str, message.values())))}


@pytest.mark.parametrize("hide,left", [(leave, ["moderator"]), (delete, []), (switch_off, []), (trash, [])])
async def test_what_was_hidden_before_it_left(
    village: Village, service: PushService, hide: Hiding, left: list[str]
) -> None:
    for name in ("moderator", "member"):
        await _device(village, service, village.people[name], path=f"/for/{name}")
    await listen(village, village.club, village.moderator, village.member)
    secret = await plant(village, village.club)
    await hide(secret)
    await deliver(village)  # the comments of an item follow it by an event
    await time_passes()
    await village.app.jobs.run("notifications.send_pushes")
    assert await told_by_mail(secret) == {village.people[name].email for name in left}
    assert told_on_devices(secret, service) == {f"/for/{name}" for name in left}
