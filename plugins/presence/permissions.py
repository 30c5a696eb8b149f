"""What a role may know of presence."""

from cercle import N_, permission

VIEW = permission(
    "presence.view",
    N_("See that others are on the same page"),
    ("owner", "moderator", "member", "guest"),
    writes=False,
)
