"""Activity for scripts."""

from cercle import SIGNED_IN, Items, api_route
from plugins.activity.permissions import VIEW
from plugins.activity.views import resources as r

site_api = (
    api_route(
        "GET",
        "/activity",
        r.mine,
        "mine.index",
        permission=SIGNED_IN,
        summary="What happened in the caller's clubs, latest first",
        returns=Items[r.ListedHappening],
        query=("limit", "after", "club"),
    ),
)

api = (
    api_route(
        "GET",
        "",
        r.index,
        "happenings.index",
        permission=VIEW,
        summary="What happened in the club, latest first",
        returns=Items[r.ListedHappening],
        query=("limit", "after"),
    ),
)
