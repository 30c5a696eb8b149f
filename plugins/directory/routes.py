"""Table of contents of the directory: the people of a club, one's own profile, and the operator's fields."""

from cercle import OPERATE, SIGNED_IN, Route
from plugins.directory import permissions as p
from plugins.directory.views import fields, listing, people, profile

routes = (
    Route("GET", "/", people.index, "people.index", permission=p.VIEW),
    Route("GET", "/me", profile.edit, "profile.edit", permission=p.VIEW),
    Route("POST", "/me", profile.update, "profile.update", permission=p.EDIT),
    Route("POST", "/me/answers", profile.put_back, "answers.update", permission=p.EDIT),
    Route("GET", "/me/preview", profile.preview, "profile.preview", permission=p.VIEW),
    Route("GET", "/people/{handle}.vcf", people.card, "card.show", permission=p.VIEW),
    Route("GET", "/people/{handle}", people.show, "people.show", permission=p.VIEW),
)

site_routes = (
    Route("GET", "/account/directory", listing.edit, "listing.edit", permission=SIGNED_IN),
    Route("POST", "/account/directory", listing.update, "listing.update", permission=SIGNED_IN),
    Route("GET", "/admin/directory", fields.index, "fields.index", permission=OPERATE),
    Route("POST", "/admin/directory/groups", fields.create_group, "groups.create", permission=OPERATE),
    Route("POST", "/admin/directory/groups/{id:int}", fields.update_group, "groups.update", permission=OPERATE),
    Route("POST", "/admin/directory/groups/{id:int}/move", fields.move_group, "groups.move", permission=OPERATE),
    Route("GET", "/admin/directory/new", fields.new, "fields.new", permission=OPERATE),
    Route("POST", "/admin/directory/new", fields.create, "fields.create", permission=OPERATE),
    Route("GET", "/admin/directory/{id:int}", fields.edit, "fields.edit", permission=OPERATE),
    Route("POST", "/admin/directory/{id:int}", fields.update, "fields.update", permission=OPERATE),
    Route("POST", "/admin/directory/{id:int}/move", fields.move, "fields.move", permission=OPERATE),
)
