"""The addresses of comments. What somebody may see follows from the item: every view finds it through the viewer."""

from cercle import N_, Route, Slot
from plugins.comments import permissions as p
from plugins.comments.views import comments, items, states

OF = "/of/{plugin}/{kind}/{item:int}"
ONE = "/{comment:int}"

slots = (Slot("below", "comments:items.show", N_("Comments"), "messages-square", "comments.view", 50),)

routes = (
    Route("GET", "/", items.index, "items.index", p.VIEW),
    Route("GET", OF, items.show, "items.show", p.VIEW),
    Route("POST", OF, comments.create, "comments.create", p.WRITE),
    Route("GET", f"{OF}/new", comments.new, "comments.new", p.WRITE),
    Route("GET", f"{OF}/news", items.news, "news.show", p.VIEW),
    Route("GET", f"{OF}/people", items.people, "people.index", p.WRITE),
    Route("POST", f"{OF}/state", items.update, "items.update", p.MODERATE),
    Route("GET", "/threads/{thread:int}", comments.thread, "threads.show", p.VIEW),
    Route("GET", ONE, comments.show, "comments.show", p.VIEW),
    Route("POST", ONE, comments.update, "comments.update", p.WRITE),
    Route("GET", f"{ONE}/edit", comments.edit, "comments.edit", p.WRITE),
    Route("GET", f"{ONE}/revisions", comments.history, "revisions.index", p.VIEW),
    Route("POST", f"{ONE}/removal", comments.remove, "removal.create", p.REMOVE),
    Route("POST", f"{ONE}/removal/delete", comments.restore, "removal.delete", p.REMOVE),
    Route("POST", f"{ONE}/signs", states.put_sign, "signs.create", p.WRITE),
    Route("POST", f"{ONE}/signs/delete", states.take_sign, "signs.delete", p.WRITE),
    Route("POST", f"{ONE}/resolution", states.resolve, "resolution.create", p.WRITE),
    Route("POST", f"{ONE}/resolution/delete", states.reopen, "resolution.delete", p.WRITE),
    Route("POST", f"{ONE}/answer", states.accept, "answer.create", p.WRITE),
    Route("POST", f"{ONE}/answer/delete", states.refuse, "answer.delete", p.WRITE),
    Route("POST", f"{ONE}/lock", states.lock, "lock.create", p.MODERATE),
    Route("POST", f"{ONE}/lock/delete", states.unlock, "lock.delete", p.MODERATE),
)
