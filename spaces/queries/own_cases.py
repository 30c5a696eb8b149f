"""What somebody may read of a decision about them, whether they still belong to the club or not."""

from __future__ import annotations

from core.accounts.viewer import Viewer
from core.errors import NotFound
from spaces.models import Case
from spaces.queries.cases import TOLD


async def get_own_case(id: int, viewer: Viewer) -> Case:
    """A decision about the viewer or what they wrote, with its club.

    Raises:
        NotFound: for everybody else, for what is not decided, and where the club is gone.
    """
    mine = Case.filter(id=id, person_id=viewer.id or 0, club__deleted_at=None).select_related("club")
    found = await mine.first()
    if found is None or not (found.state in TOLD or (found.is_trial and found.state == "kept")):
        raise NotFound()
    return found


def may_object(case: Case) -> bool:
    """Whether whom a case is about can object to its decision: to one about an item, once."""
    return bool(case.plugin) and case.state == "hidden" and case.appealed_at is None
