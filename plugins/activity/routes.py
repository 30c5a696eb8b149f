"""The addresses of activity: of a club, of an item, of a person, of all my clubs, and its feeds."""

from cercle import N_, SIGNED_IN, Route, Slot
from plugins.activity.permissions import VIEW
from plugins.activity.views import feeds, pages

routes = (
    Route("GET", "/", pages.index, "happenings.index", VIEW),
    Route("GET", "/subscribe", feeds.show, "feeds.show", VIEW),
    Route("GET", "/items/{plugin}/{kind}/{item:int}", pages.item, "items.show", VIEW),
)

site_routes = (
    Route("GET", "/activity", pages.mine, "mine.index", SIGNED_IN),
    Route("GET", "/people/{handle}/activity", pages.person, "people.show", SIGNED_IN),
    Route("GET", "/feeds/activity.atom", feeds.signed, "feeds.signed", public=True),
    Route("GET", "/feeds/{token}/activity.atom", feeds.private, "feeds.private", public=True),
    Route("GET", "/feeds/c/{club}/activity.atom", feeds.signed, "feeds.signed_club", public=True),
    Route("GET", "/feeds/{token}/c/{club}/activity.atom", feeds.private, "feeds.private_club", public=True),
)

slots = (Slot("menu", "activity:items.show", N_("What happened here"), "history", "activity.view", 60),)
