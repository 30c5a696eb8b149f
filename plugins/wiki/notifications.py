"""What the wiki tells people who are not looking."""

from cercle import N_, NotificationKind

MENTIONED = NotificationKind(
    "wiki.mentioned", N_("Somebody mentions you on a wiki page"), even_muted=True, waits=True, direct=True
)

kinds = (MENTIONED,)
