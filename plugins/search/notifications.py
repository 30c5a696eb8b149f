"""What the search tells people who are not looking."""

from cercle import N_, NotificationKind

FOUND = NotificationKind("search.found", N_("Something new for a search that you keep"), members_only=False, waits=True)

kinds = (FOUND,)
