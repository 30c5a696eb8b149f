"""Comments for programs, below /api/v1/clubs/{club}/comments."""

from cercle import Items, api_route
from plugins.comments import permissions as p
from plugins.comments.forms import ChangedComment, NewComment
from plugins.comments.views import resources as r

ONE = "/{comment:int}"

api = (
    api_route(
        "GET",
        "/",
        r.index,
        "comments.index",
        permission=p.VIEW,
        summary="The comments of an item, in the order in which they were written",
        returns=Items[r.CommentOut],
        query=("plugin", "kind", "item", "limit", "after"),
    ),
    api_route(
        "POST",
        "/",
        r.create,
        "comments.create",
        permission=p.WRITE,
        summary="Write a comment or a reply",
        body=NewComment,
        returns=r.CommentOut,
        status=201,
    ),
    api_route("GET", ONE, r.show, "comments.show", permission=p.VIEW, summary="One comment", returns=r.CommentOut),
    api_route(
        "PUT",
        ONE,
        r.update,
        "comments.update",
        permission=p.WRITE,
        summary="Change a comment of one's own",
        body=ChangedComment,
        returns=r.CommentOut,
    ),
    api_route("DELETE", ONE, r.delete, "comments.delete", permission=p.REMOVE, summary="Remove a comment", status=204),
    api_route(
        "PUT",
        f"{ONE}/reactions/{{sign}}",
        r.put_sign,
        "reactions.create",
        permission=p.WRITE,
        summary="React to a comment with a sign",
        returns=r.CommentOut,
    ),
    api_route(
        "DELETE",
        f"{ONE}/reactions/{{sign}}",
        r.take_sign,
        "reactions.delete",
        permission=p.WRITE,
        summary="Take a reaction back",
        returns=r.CommentOut,
    ),
)
