"""The verbs, and who has them unless a club decides otherwise."""

from cercle import N_, permission

VIEW = permission("<< name >>.view", N_("Read notes"), ("owner", "moderator", "member", "guest"), writes=False)
WRITE = permission("<< name >>.write", N_("Write notes"), ("owner", "moderator", "member"))
REMOVE = permission("<< name >>.remove", N_("Remove notes and bring them back"), ("owner", "moderator"), author=True)
