"""What somebody takes along of the directory, and what goes with them when their account is erased: all of it."""

from __future__ import annotations

from cercle import ExportFile, PersonHolding, atomic, clubs_read_by, gettext, ngettext
from plugins.directory.models import Absence, Answer, Profile


async def files_of_person(user_id: int) -> list[ExportFile]:
    """Their answers with who sees them, whether they are listed, and in which of their clubs they are not."""
    profile = await Profile.get_or_none(user_id=user_id)
    answers = await Answer.filter(user_id=user_id).order_by("id").select_related("field")
    clubs = {club.id: club.slug for club in await clubs_read_by(user_id, "directory")}
    absent = await Absence.filter(user_id=user_id, club_id__in=list(clubs)).values_list("club_id", flat=True)
    if profile is None and not answers and not absent:
        return []
    facts = {
        "listed": profile is None or profile.is_listed,
        "not_listed_in": sorted(clubs[int(str(club))] for club in absent),
        "answers": [
            {"field": one.field.key, "label": one.field.title, "text": one.text, "audience": one.audience}
            for one in answers
        ],
    }
    return [ExportFile("profile.json", facts, gettext("Profile in the directory"))]


async def holdings_of_person(user_id: int) -> list[PersonHolding]:
    """What they say about themselves goes in any case."""
    count = await Answer.filter(user_id=user_id).count()
    label = ngettext("answer in your profile", "answers in your profile", count)
    return [PersonHolding(label, count, count, gettext("All clubs"), goes=True)]


async def forget_person(user_id: int) -> None:
    """Erase all that they said about themselves."""
    async with atomic():
        await Answer.filter(user_id=user_id).delete()  # and the tags of their answers with them
        await Absence.filter(user_id=user_id).delete()
        await Profile.filter(user_id=user_id).delete()
