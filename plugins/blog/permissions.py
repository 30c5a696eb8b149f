"""What a role may do in the blog."""

from cercle import N_, permission

VIEW = permission("blog.view", N_("Read the blog"), ("owner", "moderator", "member", "guest"), writes=False)
REVIEW = permission("blog.review", N_("Read the drafts of others"), ("owner", "moderator"), writes=False)
WRITE = permission("blog.write", N_("Write posts"), ("owner", "moderator", "member"))
EDIT = permission("blog.edit", N_("Change the posts of others"), ("owner", "moderator"), author=True)
PUBLISH = permission("blog.publish", N_("Publish posts"), ("owner", "moderator", "member"))
DELETE = permission(
    "blog.delete", N_("Put posts into the trash and take them out"), ("owner", "moderator"), author=True
)
