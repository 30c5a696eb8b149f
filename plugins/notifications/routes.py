"""Table of contents of notifications."""

from cercle import N_, SIGNED_IN, Route, Slot
from plugins.notifications.views import follows, inbox, receivers, times

ITEM = "/{plugin}/{kind}/{item:int}"

site_routes = (
    Route("GET", "/notifications", inbox.index, "inbox.index", SIGNED_IN),
    Route("POST", "/notifications/reads", inbox.read_all, "reads.create", SIGNED_IN),
    Route("GET", "/notifications/follows", follows.index, "follows.index", SIGNED_IN),
    Route("POST", "/notifications/follows/{follow:int}/removal", follows.delete, "follows.delete", SIGNED_IN),
    Route("GET", "/notifications/times", times.edit, "times.edit", SIGNED_IN),
    Route("POST", "/notifications/times", times.update, "times.update", SIGNED_IN),
    Route("POST", "/notifications/devices", times.add_device, "devices.create", SIGNED_IN),
    Route("POST", "/notifications/devices/{device:int}/removal", times.remove_device, "devices.delete", SIGNED_IN),
    Route("GET", "/notifications/{entry:int}", inbox.show, "entries.show", SIGNED_IN),
)

club_routes = (
    Route("GET", "/notifications", receivers.edit_silence, "silence.edit", "spaces.configure"),
    Route("POST", "/notifications", receivers.update_silence, "silence.update", "spaces.configure"),
    Route("GET", "/follow", follows.place, "follows.place", SIGNED_IN),
    Route("POST", "/follow", follows.create, "follows.create", SIGNED_IN),
    Route("GET", f"/follow{ITEM}", follows.new, "follows.new", SIGNED_IN),
    Route("GET", f"/receivers{ITEM}", receivers.show, "receivers.show", SIGNED_IN),
)

slots = (
    Slot("bar", "notifications:inbox.index", N_("Notifications"), icon="bell", order=10),
    Slot("menu", "notifications:follows.new", N_("Follow"), icon="bell", order=10),
    Slot("settings", "notifications:silence.edit", N_("Messages"), icon="bell", order=10),
)
