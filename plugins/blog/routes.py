"""The addresses of the blog. Public ones let outsiders read public posts; what they may see is asked in `queries`."""

from cercle import Route
from plugins.blog import permissions as p
from plugins.blog.views import attachments, covers, dates, feeds, posts, publications, revisions, trash

routes = (
    Route("GET", "/", posts.index, "posts.index", public=True),
    Route("GET", "/tags/{tag}", posts.by_tag, "tags.show", public=True),
    Route("GET", "/authors/{handle}", posts.by_author, "authors.show", public=True),
    Route("GET", "/dates", dates.index, "dates.index", public=True),
    Route("GET", "/posts/{slug}/date.ics", dates.show, "dates.show", public=True),
    Route("GET", "/feed.atom", feeds.open_feed, "feeds.open", public=True),
    Route("GET", "/subscribe", feeds.show, "feeds.show", p.VIEW),
    Route("GET", "/drafts", posts.drafts, "drafts.index", p.VIEW),
    Route("GET", "/trash", trash.index, "trash.index", p.VIEW),
    Route("POST", "/preview", posts.preview, "previews.create", p.WRITE, reads=True),
    Route("GET", "/posts/new", posts.new, "posts.new", p.WRITE),
    Route("POST", "/posts", posts.create, "posts.create", p.WRITE),
    Route("GET", "/posts/{slug}", posts.show, "posts.show", public=True),
    Route("GET", "/posts/{slug}/edit", posts.edit, "posts.edit", p.EDIT),
    Route("POST", "/posts/{slug}", posts.update, "posts.update", p.EDIT),
    Route("POST", "/posts/{slug}/delete", posts.delete, "posts.delete", p.DELETE),
    Route("POST", "/posts/{slug}/restoration", trash.restore, "restorations.create", p.DELETE),
    Route("GET", "/posts/{slug}/publication", publications.new, "publication.new", p.PUBLISH),
    Route("POST", "/posts/{slug}/publication", publications.create, "publication.create", p.PUBLISH),
    Route("POST", "/posts/{slug}/publication/delete", publications.delete, "publication.delete", p.EDIT),
    Route("GET", "/posts/{slug}/cover", covers.show, "cover.show", public=True),
    Route("GET", "/posts/{slug}/cover/edit", covers.edit, "cover.edit", p.EDIT),
    Route("POST", "/posts/{slug}/cover", covers.create, "cover.create", p.EDIT, streams=True),
    Route("POST", "/posts/{slug}/cover/text", covers.update, "cover.update", p.EDIT),
    Route("POST", "/posts/{slug}/cover/delete", covers.delete, "cover.delete", p.EDIT),
    Route("GET", "/attachments", attachments.index, "attachments.index", p.WRITE),
    Route("POST", "/attachments", attachments.create, "attachments.create", p.WRITE, streams=True),
    Route("GET", "/attachments/{key}/{file}", attachments.show, "attachments.show", public=True),
    Route("GET", "/posts/{slug}/revisions", revisions.index, "revisions.index", p.EDIT),
    Route("GET", "/posts/{slug}/revisions/{number:int}", revisions.show, "revisions.show", p.EDIT),
    Route("POST", "/posts/{slug}/revisions/{number:int}/restore", revisions.restore, "revisions.restore", p.EDIT),
)

site_routes = (
    Route("GET", "/feeds/c/{club}/blog.atom", feeds.signed_feed, "feeds.signed", public=True),
    Route("GET", "/feeds/{token}/c/{club}/blog.atom", feeds.private_feed, "feeds.private", public=True),
)
