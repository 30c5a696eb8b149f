"""What a role may do in the directory."""

from cercle import N_, permission

VIEW = permission("directory.view", N_("Look at the directory"), ("owner", "moderator", "member"), writes=False)
EDIT = permission("directory.edit", N_("Keep one's own profile"), ("owner", "moderator", "member"))
MANAGE = permission(
    "directory.manage", N_("See what members show to moderators only"), ("owner", "moderator"), writes=False
)
