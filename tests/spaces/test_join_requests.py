"""Asking to join: the club's own questions, what a moderator wants to know besides, and the answer, with its mails."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from cercle.testing import Village
from core.errors import CercleError, Conflict, Invalid, NotFound
from core.models import AuditEntry, Mail
from spaces.models import Club, JoinRequest, Membership
from spaces.services import accept_request, answer_question, ask_more, request_to_join, withdraw_request
from spaces.services.questions import Question, mark_of, read_answers, read_questions, set_questions

ASKED = (Question("Which trade are you in?", required=True), Question("How did you hear of us?"))


async def _asking(village: Village) -> Club:
    await set_questions(village.club, ASKED, actor=None)
    return await Club.get(id=village.club.id)


def _answers(*texts: str, **more: str) -> dict[str, Any]:
    return {"answer": list(texts), "seen": mark_of(ASKED), **more}


async def _ask(browser: httpx.AsyncClient, *texts: str, **more: str) -> httpx.Response:
    return await browser.post("/c/atelier/join", data=_answers(*texts, **more))


async def test_an_owner_chooses_the_questions(village: Village) -> None:
    browser = village.client(village.owner)
    sent = {"text": ["  Which trade\n are you in? ", "", "How did you hear of us?", "", ""], "required": ["0"]}

    answer = await browser.post("/c/atelier/settings/questions", data=sent)

    assert answer.status_code == 303
    assert read_questions((await Club.get(slug="atelier")).questions) == ASKED
    page = (await browser.get("/c/atelier/settings/questions")).text
    assert 'value="How did you hear of us?"' in page
    entry = await AuditEntry.get(action="spaces.questions_set")
    assert (entry.actor_id, entry.before, len(entry.after["questions"])) == (  # type: ignore[arg-type]
        village.owner.id,
        {"questions": []},
        2,
    )


async def test_questions_that_stay_the_same_are_no_change(village: Village) -> None:
    for _ in range(2):
        await set_questions(village.club, ASKED, actor=village.owner)

    assert await AuditEntry.filter(action="spaces.questions_set").count() == 1


@pytest.mark.parametrize(
    "sent",
    [
        {"text": ["x" * 201]},
        {"text": ["a", "b", "c", "d", "e", "f"]},
        {"text": ["a\x00b"]},
        {"text": ["x" * 100_000]},
        {"text": ["a"], "required": ["7"]},
        {"text": ["a"], "other": "1"},
    ],
)
async def test_questions_of_another_form_are_refused(village: Village, sent: dict[str, Any]) -> None:
    answer = await village.client(village.owner).post("/c/atelier/settings/questions", data=sent)

    assert answer.status_code == 422
    assert (await Club.get(slug="atelier")).questions == ""


@pytest.mark.parametrize("person,status", [("moderator", 403), ("member", 403), ("outsider", 404), ("removed", 404)])
async def test_only_who_configures_the_club_sees_and_changes_its_questions(
    village: Village, person: str, status: int
) -> None:
    browser = village.client(getattr(village, person))

    assert (await browser.get("/c/atelier/settings/questions")).status_code == status
    assert (await browser.post("/c/atelier/settings/questions", data={"text": ["a"]})).status_code == status
    assert (await Club.get(slug="atelier")).questions == ""


@pytest.mark.parametrize("stored", ["{", "7", '[7, {"text": 3}, {}]', '{"text": "a"}', "null"])
def test_what_is_no_list_of_questions_asks_nothing(stored: str) -> None:
    assert read_questions(stored) == ()
    assert read_answers(stored) == ()


async def test_whoever_asks_to_join_answers_and_moderators_read_it(village: Village) -> None:
    await _asking(village)
    outsider = village.client(village.outsider)
    home = await outsider.get("/c/atelier/")
    page = await outsider.get("/c/atelier/join")

    answer = await _ask(outsider, "I train <trainers>.", "", message="Hello!")

    assert 'href="/c/atelier/join"' in home.text
    assert ("Which trade are you in?" in page.text, answer.status_code) == (True, 303)
    waiting = await JoinRequest.get()
    assert [(one.question, one.text) for one in read_answers(waiting.answers)] == [
        ("Which trade are you in?", "I train <trainers>.")
    ]
    queue = (await village.client(village.moderator).get("/c/atelier/requests")).text
    assert "I train &lt;trainers&gt;." in queue
    assert "Hello!" in queue
    own = (await outsider.get("/c/atelier/join")).text
    assert "I train &lt;trainers&gt;." in own


async def test_the_home_follows_when_the_questions_change(village: Village) -> None:
    outsider = village.client(village.outsider)
    assert 'href="/c/atelier/join"' not in (await outsider.get("/c/atelier/")).text

    await _asking(village)

    assert 'href="/c/atelier/join"' in (await outsider.get("/c/atelier/")).text


async def test_a_required_answer_is_asked_for_and_what_was_typed_stays(village: Village) -> None:
    await _asking(village)
    outsider = village.client(village.outsider)

    answer = await _ask(outsider, "  ", "From Nadia", message="Hello!")

    assert answer.status_code == 422
    assert 'href="#field-answer-0"' in answer.text
    assert "From Nadia" in answer.text
    assert "Hello!" in answer.text
    assert await JoinRequest.all().count() == 0


@pytest.mark.parametrize(
    "data",
    [
        _answers("x" * 1001),
        _answers("a\x00b"),
        _answers(*"abcdef"),
        {**_answers("trade"), "seen": "older"},
        {"answer": ["trade"]},
        _answers("trade", message="x" * 1001),
        _answers("trade", role="owner"),
    ],
)
async def test_an_answer_of_another_form_or_to_older_questions_is_refused(
    village: Village, data: dict[str, Any]
) -> None:
    await _asking(village)

    answer = await village.client(village.outsider).post("/c/atelier/join", data=data)

    assert answer.status_code == 422
    assert await JoinRequest.all().count() == 0


async def test_those_who_answer_requests_are_told_by_mail_and_nobody_else(village: Village) -> None:
    await _ask(village.client(village.outsider), "")

    mails = await Mail.all()
    assert {mail.recipient for mail in mails} == {village.owner.email, village.moderator.email}
    assert all("Otto Outsider asks to join Atelier" in mail.subject for mail in mails)
    assert all("/c/atelier/requests" in mail.text for mail in mails)


async def test_a_moderator_asks_for_more_and_reads_the_answer(village: Village) -> None:
    await request_to_join(village.club, "Hello", actor=village.outsider)
    waiting = await JoinRequest.get()
    await Mail.all().delete()
    moderator, outsider = village.client(village.moderator), village.client(village.outsider)

    asked = await moderator.post(
        f"/c/atelier/requests/{waiting.id}/question", data={"question": "Who can speak for you?"}
    )

    assert asked.status_code == 303
    mail = await Mail.get()
    assert (mail.recipient, "/c/atelier/join" in mail.text) == (village.outsider.email, True)
    assert "Who can speak for you?" not in mail.text
    assert "would like to know more" in (await outsider.get("/c/atelier/")).text
    assert "Who can speak for you?" in (await outsider.get("/c/atelier/join")).text
    await Mail.all().delete()
    replied = await outsider.post("/c/atelier/join/reply", data={"reply": "Max Member does."})
    assert replied.status_code == 303
    assert {mail.recipient for mail in await Mail.all()} == {village.owner.email, village.moderator.email}
    assert "Max Member does." in (await moderator.get("/c/atelier/requests")).text
    await moderator.post(f"/c/atelier/requests/{waiting.id}/accept")
    assert await Membership.exists(club=village.club, user=village.outsider)


async def test_a_question_is_asked_once_and_answered_once(village: Village) -> None:
    await request_to_join(village.club, actor=village.outsider)
    number = (await JoinRequest.get()).id
    with pytest.raises(Conflict):
        await answer_question(village.club, "unasked", actor=village.outsider)

    asked = await _all_at_once(
        ask_more(village.club, number, "One?", actor=village.owner),
        ask_more(village.club, number, "Two?", actor=village.moderator),
    )
    answered = await _all_at_once(
        *[answer_question(village.club, text, actor=village.outsider) for text in ("first", "second")]
    )

    assert (asked, answered) == ([Conflict], [Conflict])
    stored = await JoinRequest.get()
    assert (stored.question in ("One?", "Two?"), stored.reply in ("first", "second")) == (True, True)


async def test_a_request_taken_back_while_it_is_accepted_leaves_one_outcome(village: Village) -> None:
    await request_to_join(village.club, actor=village.outsider)
    number = (await JoinRequest.get()).id

    refused = await _all_at_once(
        accept_request(village.club, number, actor=village.owner),
        withdraw_request(village.club, actor=village.outsider),
    )

    assert await JoinRequest.all().count() == 0
    joined = await Membership.exists(club=village.club, user=village.outsider)
    assert (joined, refused) in [(True, []), (False, [NotFound])]


@pytest.mark.parametrize("person,status", [("member", 403), ("guest", 403), ("outsider", 404), ("removed", 404)])
async def test_only_those_who_answer_requests_ask_for_more(village: Village, person: str, status: int) -> None:
    await request_to_join(village.club, actor=village.outsider)
    number = (await JoinRequest.get()).id

    answer = await village.client(getattr(village, person)).post(
        f"/c/atelier/requests/{number}/question", data={"question": "Why?"}
    )

    assert answer.status_code == status
    assert (await JoinRequest.get()).question == ""


async def test_a_request_of_another_club_is_not_reached_through_this_one(village: Village) -> None:
    await request_to_join(village.public, actor=village.outsider)
    number = (await JoinRequest.get()).id

    answer = await village.client(village.moderator).post(
        f"/c/atelier/requests/{number}/question", data={"question": "Why?"}
    )

    assert answer.status_code == 404
    with pytest.raises(NotFound):
        await answer_question(village.club, "mine", actor=village.outsider)
    assert (await JoinRequest.get()).question == ""


@pytest.mark.parametrize("text", ["", "   ", "x" * 1001, "a\x00b"])
async def test_a_question_and_a_reply_without_sense_change_nothing(village: Village, text: str) -> None:
    await request_to_join(village.club, actor=village.outsider)
    number = (await JoinRequest.get()).id
    await village.client(village.owner).post(f"/c/atelier/requests/{number}/question", data={"question": text})
    assert (await JoinRequest.get()).question == ""
    await ask_more(village.club, number, "Why?", actor=village.owner)

    answer = await village.client(village.outsider).post("/c/atelier/join/reply", data={"reply": text})

    assert answer.status_code == 422
    assert (await JoinRequest.get()).reply == ""


async def test_ten_megabytes_are_refused(village: Village) -> None:
    with pytest.raises(Invalid):
        await request_to_join(village.club, "x" * 10_000_000, actor=village.outsider)

    answer = await village.client(village.outsider).post("/c/atelier/join", data={"message": "x" * 3_000_000})

    assert 400 <= answer.status_code < 500
    assert await JoinRequest.all().count() == 0


@pytest.mark.parametrize("act", ["accept", "refuse"])
async def test_a_few_words_stand_in_the_mail_with_the_answer(village: Village, act: str) -> None:
    await request_to_join(village.club, actor=village.outsider)
    number = (await JoinRequest.get()).id
    await Mail.all().delete()

    await village.client(village.owner).post(
        f"/c/atelier/requests/{number}/{act}", data={"words": "50%(club)s & see you <soon>"}
    )

    mail = await Mail.get()
    assert mail.recipient == village.outsider.email
    assert "50%(club)s & see you <soon>" in mail.text
    assert "see you &lt;soon&gt;" in mail.html


async def test_the_queue_names_clubs_in_common_and_only_those_of_the_reader(village: Village) -> None:
    await village.join(village.outsider, village.hidden)
    await request_to_join(village.club, actor=village.outsider)

    owner = (await village.client(village.owner).get("/c/atelier/requests")).text
    moderator = (await village.client(village.moderator).get("/c/atelier/requests")).text

    assert "You meet in Cave" in owner
    assert "Cave" not in moderator


async def test_the_queue_takes_as_many_queries_for_two_as_for_twenty(village: Village) -> None:
    browser = village.client(village.owner)
    seen = []
    for names in (("Ana", "Ben"), tuple(f"N{number}" for number in range(18))):
        for name in names:
            await request_to_join(village.club, actor=await village.person(f"{name} Asks"))
        await browser.get("/c/atelier/requests")
        with village.queries() as queries:
            await browser.get("/c/atelier/requests")
        seen.append(queries.count)

    assert seen[0] == seen[1]


async def test_who_is_not_signed_in_is_asked_to_and_a_member_is_led_in(village: Village) -> None:
    stranger = await village.client().get("/c/atelier/join")
    member = await village.client(village.member).get("/c/atelier/join")
    nobody = await village.client(village.outsider).get("/c/cave/join")

    assert stranger.headers["location"].startswith("/sign-in")
    assert member.headers["location"] == "/c/atelier/"
    assert nobody.status_code == 404


async def _all_at_once(*acts: Any) -> list[type[BaseException]]:
    answers = await asyncio.gather(*acts, return_exceptions=True)
    errors = [answer for answer in answers if isinstance(answer, BaseException)]
    assert all(isinstance(error, CercleError) for error in errors), errors
    return [type(error) for error in errors]


@pytest.mark.parametrize(
    ("act", "sent", "opened"),
    [
        ("accept", {"words": "w" * 1001}, "Decide with a few words"),
        ("refuse", {"words": "w" * 1001}, "Decide with a few words"),
        ("question", {"question": "q" * 1001}, "Ask for more before deciding"),
        ("question", {"question": " "}, "Ask for more before deciding"),
    ],
)
async def test_an_answer_that_is_not_taken_stands_under_its_request_again(
    village: Village, act: str, sent: dict[str, str], opened: str
) -> None:
    await request_to_join(village.club, "I cook.", actor=village.outsider)
    number = (await JoinRequest.get()).id
    answer = await village.client(village.moderator).post(f"/c/atelier/requests/{number}/{act}", data=sent)
    assert (answer.status_code, await JoinRequest.filter(question="").count()) == (422, 1)
    assert f'<details class="request-more" open><summary>{opened}' in answer.text
    assert (answer.text.count('<details class="request-more" open>'), 'aria-invalid="true"' in answer.text) == (1, True)
    assert next(iter(sent.values())).strip() in answer.text


async def test_words_of_a_welcome_are_kept_where_the_club_is_full(village: Village) -> None:
    await request_to_join(village.club, "I cook.", actor=village.outsider)
    number = (await JoinRequest.get()).id
    await Club.filter(id=village.club.id).update(member_limit=1)
    path = f"/c/atelier/requests/{number}/accept"
    answer = await village.client(village.owner).post(path, data={"words": "Come on Tuesday"})
    assert (answer.status_code, "Come on Tuesday</textarea>" in answer.text) == (422, True)
    assert await Membership.filter(club_id=village.club.id, user_id=village.outsider.id).count() == 0
