"""The blog for scripts."""

from cercle import Items, api_route
from plugins.blog import permissions as p
from plugins.blog.forms import ChangedPost, NewPost
from plugins.blog.views import resources as r

LIST = ("limit", "after", "tag", "author", "state")

api = (
    api_route(
        "GET",
        "/posts",
        r.index,
        "posts.index",
        public=True,
        summary="The posts that the caller may read, newest first",
        returns=Items[r.ListedPost],
        query=LIST,
    ),
    api_route(
        "POST",
        "/posts",
        r.create,
        "posts.create",
        permission=p.WRITE,
        summary="Write a post",
        body=NewPost,
        returns=r.FullPost,
        status=201,
    ),
    api_route("GET", "/posts/{slug}", r.show, "posts.show", public=True, summary="Read a post", returns=r.FullPost),
    api_route(
        "PUT",
        "/posts/{slug}",
        r.update,
        "posts.update",
        permission=p.EDIT,
        summary="Change, publish, schedule or withdraw a post",
        body=ChangedPost,
        returns=r.FullPost,
    ),
    api_route(
        "DELETE",
        "/posts/{slug}",
        r.delete,
        "posts.delete",
        permission=p.DELETE,
        summary="Put a post into the trash",
        status=204,
    ),
)
