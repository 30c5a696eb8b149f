"""What the search asks other plugins."""

from __future__ import annotations

from collections.abc import Sequence

from cercle import Link, SearchField, Viewer, hookspec


@hookspec("collect")
def register_search_fields() -> Sequence[SearchField] | None:
    """Fields such as `type:pdf` by which what the plugin publishes can be found; their values go with `publish_content`.

    The page of the search names them with their examples. A name that no plugin registers is an ordinary word.
    """


@hookspec("collect")
def people_found(viewer: Viewer, words: Sequence[str]) -> Sequence[Link] | None:
    """People for whom all the words are true, in clubs of the viewer; only by what the viewer may see of them.

    The search knows no people: whoever answers joins memberships and the state of their plugin in the same query.

    Args:
        viewer: who looks; signed in.
        words: as typed, folded by `fold`.
    """
