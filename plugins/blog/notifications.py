"""What the blog tells people who are not looking."""

from cercle import N_, NotificationKind

POST_PUBLISHED = NotificationKind(
    "blog.post_published", N_("A new post in one of your clubs"), mail="off", page="off", waits=True
)

kinds = (POST_PUBLISHED,)
