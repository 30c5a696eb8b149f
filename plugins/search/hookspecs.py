"""What the search asks other plugins."""

from __future__ import annotations

from collections.abc import Sequence

from cercle import Link, Viewer, hookspec


@hookspec("collect")
def people_found(viewer: Viewer, words: Sequence[str]) -> Sequence[Link] | None:
    """People for whom all the words are true, in clubs of the viewer; only by what the viewer may see of them.

    The search knows no people: whoever answers joins memberships and the state of their plugin in the same query.

    Args:
        viewer: who looks; signed in.
        words: as typed, folded by `fold`.
    """
