"""Changing one's own profile: answers, who sees them, and whether one is listed at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cercle import Club, SignInNeeded, Viewer, announce, atomic, fold
from plugins.directory.events import ProfileChanged
from plugins.directory.models import TAGGED, Absence, Answer, Profile, ProfileField, Tag

MAX_TAG = 120


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says in one field.

    Args:
        text: checked for the field's kind; the entries of a list on a line each.
        audience: who sees it.
    """

    text: str
    audience: str


async def save_profile(
    club: Club,
    fields: Sequence[ProfileField],
    said: Mapping[int, Said],
    *,
    actor: Viewer,
    listed: bool | None = None,
    present: bool | None = None,
) -> None:
    """Save what the actor says about themselves. Fields that are not named keep their answers.

    Args:
        club: where they did it.
        fields: those that were asked.
        said: the answers by field id.
        actor: whose profile it is.
        listed: False to be in no directory at all; None to leave it as it is.
        present: False to be missing in the directory of this club; None to leave it as it is.
    """
    user_id = _person(actor)
    async with atomic():
        if listed is not None:
            await _set_listed(user_id, listed)
        if present is not None:
            await _set_present(club, user_id, present)
        before = {answer.field_id: answer for answer in await Answer.filter(user_id=user_id)}
        for one in fields:
            if one.id in said:
                await _save_answer(before.get(one.id), one, user_id, said[one.id])
        await announce(ProfileChanged(club_id=club.id, actor_id=user_id, user_id=user_id))


async def set_listed(listed: bool, *, actor: Viewer) -> None:
    """Be in directories, or in none of them from this moment on. Answers stay for the case that one comes back."""
    async with atomic():
        await _set_listed(_person(actor), listed)


async def _set_listed(user_id: int, listed: bool) -> None:
    await Profile.update_or_create(user_id=user_id, defaults={"is_listed": listed})


async def _set_present(club: Club, user_id: int, present: bool) -> None:
    if present:
        await Absence.filter(club_id=club.id, user_id=user_id).delete()
        return
    await Absence.get_or_create(club_id=club.id, user_id=user_id)


async def _save_answer(answer: Answer | None, field: ProfileField, user_id: int, said: Said) -> None:
    if answer is None:
        answer = Answer(user_id=user_id, field_id=field.id, audience="", text="")
    if (answer.text, answer.audience) == (said.text, said.audience):
        return
    changed = answer.text != said.text or not answer.folded
    answer.text, answer.audience, answer.folded = said.text, said.audience, fold(said.text)
    await answer.save()
    if changed:
        await write_tags(answer, field)


async def write_tags(answer: Answer, field: ProfileField) -> None:
    """Bring the filters of an answer in step with its text."""
    await Tag.filter(answer_id=answer.id).delete()
    if field.kind not in TAGGED:
        return
    entries = answer.entries if field.kind == "list" else [answer.text]
    labels = {fold(entry)[:MAX_TAG]: entry[:MAX_TAG] for entry in reversed(entries) if len(entry) <= MAX_TAG}
    tags = [Tag(answer_id=answer.id, key=key, label=label) for key, label in labels.items() if key]
    if tags:
        await Tag.bulk_create(tags)


def _person(actor: Viewer) -> int:
    if actor.id is None:
        raise SignInNeeded()
    return actor.id
