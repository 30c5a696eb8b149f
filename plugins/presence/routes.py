"""The addresses of presence: who is beside me on an item, and my own signs of life. They change nothing that lasts."""

from cercle import N_, Route, Slot
from plugins.presence.permissions import VIEW
from plugins.presence.views import create, delete, show

routes = (
    Route("GET", "/items/{plugin}/{kind}/{item:int}", show, "items.show", VIEW),
    Route("POST", "/items/{plugin}/{kind}/{item:int}", create, "beats.create", VIEW, reads=True),
    Route("POST", "/items/{plugin}/{kind}/{item:int}/absence", delete, "absences.create", VIEW, reads=True),
)

slots = (Slot("beside", "presence:items.show", N_("Who is here"), "users-round", "presence.view", 10),)
