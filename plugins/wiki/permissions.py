"""What a role may do in the wiki."""

from cercle import N_, permission

VIEW = permission("wiki.view", N_("Read the wiki"), ("owner", "moderator", "member", "guest"), writes=False)
EDIT = permission("wiki.edit", N_("Write and change pages"), ("owner", "moderator", "member"))
ORGANISE = permission("wiki.organise", N_("Rename and move pages"), ("owner", "moderator", "member"))
DELETE = permission(
    "wiki.delete", N_("Put pages into the trash and take them out"), ("owner", "moderator"), author=True
)
