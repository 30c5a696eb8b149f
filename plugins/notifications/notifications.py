"""What people are told of what they follow."""

from cercle import N_, NotificationKind

PUBLISHED = NotificationKind("notifications.published", N_("Something new in what you follow"), waits=True, push="off")
CHANGED = NotificationKind("notifications.changed", N_("A change of something that you follow"), waits=True, push="off")

kinds = (PUBLISHED, CHANGED)
