"""Who asked to join a club is told the answer."""

from __future__ import annotations

import pytest

from cercle.testing import Village
from core.models import Mail
from spaces.models import JoinRequest


@pytest.mark.parametrize(
    "answer,subject,sentence",
    [
        ("accept", "You are a member of Atelier now", "Welcome!"),
        ("refuse", "Your request to join Atelier", "ask again"),
    ],
)
async def test_who_asked_is_told_the_answer(village: Village, answer: str, subject: str, sentence: str) -> None:
    await village.client(village.outsider).post("/c/atelier/join", data={"message": "Please"})
    number = (await JoinRequest.get()).id
    path = f"/c/atelier/requests/{number}/{answer}"
    assert (await village.client(village.moderator).post(path)).status_code == 303
    assert (await village.client(village.moderator).post(path)).status_code in (303, 404)
    mail = await Mail.get(recipient=village.outsider.email)
    assert mail.subject == subject
    assert sentence in mail.text
    assert "http://127.0.0.1:8000/c/atelier/" in mail.text
