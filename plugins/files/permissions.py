"""The verbs of files and who has them unless a club decides otherwise."""

from cercle import N_, permission

VIEW = permission("files.view", N_("See and download files"), ("owner", "moderator", "member", "guest"), writes=False)
UPLOAD = permission("files.upload", N_("Upload files and make folders"), ("owner", "moderator", "member"))
ORGANISE = permission(
    "files.organise", N_("Rename, move, replace and trash other people's files"), ("owner", "moderator"), author=True
)
DELETE = permission("files.delete", N_("Delete files from the trash for good"), ("owner", "moderator"))
