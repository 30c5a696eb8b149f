"""What comments tell people who are not looking."""

from cercle import N_, NotificationKind

MENTIONED = NotificationKind(
    "comments.mentioned", N_("Somebody mentions you in a comment"), even_muted=True, waits=True, direct=True
)
REPLIED = NotificationKind("comments.replied", N_("Somebody replies in a discussion that you take part in"), waits=True)
ON_MY_ITEM = NotificationKind("comments.on_my_item", N_("Somebody comments on something that you wrote"), waits=True)

kinds = (MENTIONED, REPLIED, ON_MY_ITEM)
