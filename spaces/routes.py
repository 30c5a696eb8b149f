"""Table of contents of clubs."""

from __future__ import annotations

from core.accounts.factor_policy import WITHOUT_FACTOR
from core.http import Route
from core.permissions import SIGNED_IN
from spaces import permissions as p
from spaces.views import (
    club,
    clubs,
    erasing,
    factors,
    home,
    invitations,
    palette,
    people,
    permissions,
    plugin_settings,
    plugins,
    settings,
    share,
    tabs,
    years,
)
from spaces.views.admin.routes import admin_routes

DESPITE_ARCHIVE = {"despite_archive": True}

site_routes: tuple[Route, ...] = (
    Route("GET", "/", home.show, "home", public=True),
    Route("POST", "/memberships/return", people.bring_back, "membership.return", SIGNED_IN),
    Route("POST", "/later", home.postpone, "home.postpone", SIGNED_IN),
    Route("GET", "/clubs", clubs.index, "clubs", public=True),
    Route("GET", "/clubs/new", clubs.new, "clubs.new", SIGNED_IN),
    Route("POST", "/clubs/new", clubs.create, "clubs.create", SIGNED_IN),
    Route("GET", "/invitations/{token}", invitations.show, "invitation", public=True),
    Route("POST", "/invitations/{token}", invitations.accept, "invitation.accept", public=True),
    Route("POST", "/invitations/{token}/account", invitations.create_account, "invitation.account", public=True),
    Route("GET", "/palette", palette.index, "palette", SIGNED_IN),
    Route("GET", "/share", share.index, "share", SIGNED_IN),
    Route("POST", "/share", share.receive, "share.create", public=True, streams=True, reads=True),
    *admin_routes,
)
club_routes: tuple[Route, ...] = (
    Route("GET", "/", club.show, "club", public=True),
    Route("GET", "/home", club.home, "club_home", public=True),
    Route("GET", "/cover", club.cover, "cover", public=True),
    Route("POST", "/join", club.join, "join.create", public=True),
    Route("POST", "/join/withdraw", club.take_back, "join.delete", public=True),
    Route("GET", "/leave", club.farewell, "leave", public=True, extra=WITHOUT_FACTOR),
    Route("POST", "/leave", club.leave, "leave.create", public=True, extra={**WITHOUT_FACTOR, **DESPITE_ARCHIVE}),
    Route("GET", "/palette", palette.show, "club_palette", SIGNED_IN),
    Route("GET", "/share", share.show, "club_share", SIGNED_IN),
    Route("GET", "/people", people.index, "people", p.VIEW_MEMBERS),
    Route("GET", "/people/suggestions", people.suggestions, "mentions.index", p.VIEW_MEMBERS),
    Route("GET", "/people/{user}", people.show, "person", p.VIEW_MEMBERS),
    Route("GET", "/people/{user}/edit", people.edit, "person.edit", p.MANAGE_MEMBERS),
    Route("POST", "/people/{user}", people.update, "person.update", p.MANAGE_MEMBERS),
    Route("POST", "/people/{user}/remove", people.delete, "person.delete", p.MANAGE_MEMBERS),
    Route("GET", "/requests", people.requests, "requests", p.MANAGE_MEMBERS),
    Route("POST", "/requests/{request}/accept", people.accept, "requests.accept", p.MANAGE_MEMBERS),
    Route("POST", "/requests/{request}/refuse", people.refuse, "requests.refuse", p.MANAGE_MEMBERS),
    Route("GET", "/invitations", invitations.index, "invitations", p.INVITE),
    Route("POST", "/invitations/mail", invitations.create_by_mail, "invitations.mail", p.INVITE),
    Route("POST", "/invitations/link", invitations.create_link, "invitations.link", p.INVITE),
    Route("POST", "/invitations/{invitation}/withdraw", invitations.withdraw, "invitations.delete", p.INVITE),
    Route("POST", "/invitations/{invitation}/restore", invitations.restore, "invitations.restore", p.INVITE),
    Route("GET", "/settings", settings.edit, "club_settings", p.CONFIGURE),
    Route("POST", "/settings", settings.update, "club_settings.update", p.CONFIGURE),
    Route("POST", "/settings/cover", settings.upload_cover, "cover.update", p.CONFIGURE, streams=True),
    Route("POST", "/settings/cover/remove", settings.delete_cover, "cover.delete", p.CONFIGURE),
    Route("GET", "/settings/plugins", plugins.index, "plugins", p.CONFIGURE),
    Route("GET", "/settings/plugins/{plugin}", plugins.edit, "plugin", p.CONFIGURE),
    Route("POST", "/settings/plugins/{plugin}", plugins.update, "plugin.update", p.CONFIGURE),
    Route("GET", "/settings/plugins/{plugin}/settings", plugin_settings.edit, "plugin.settings", p.CONFIGURE),
    Route("POST", "/settings/plugins/{plugin}/settings", plugin_settings.update, "plugin.settings.update", p.CONFIGURE),
    Route("POST", "/settings/year", years.create, "year.create", p.CONFIGURE),
    Route("POST", "/settings/year/reopen", years.delete, "year.delete", p.CONFIGURE),
    Route("GET", "/settings/tabs", tabs.edit, "tabs", p.CONFIGURE),
    Route("POST", "/settings/tabs", tabs.update, "tabs.update", p.CONFIGURE),
    Route("POST", "/settings/tabs/restore", tabs.restore, "tabs.restore", p.CONFIGURE),
    Route("GET", "/settings/plugins/{plugin}/export", erasing.show_export, "export", p.CONFIGURE),
    Route("POST", "/settings/plugins/{plugin}/export", erasing.create_export, "export.create", p.CONFIGURE),
    Route("POST", "/settings/plugins/{plugin}/erasure", erasing.create, "erasure.create", p.CONFIGURE),
    Route(
        *("POST", "/settings/plugins/{plugin}/erasure/withdraw", erasing.delete),
        *("erasure.delete", SIGNED_IN),
        extra=DESPITE_ARCHIVE,
    ),
    Route("GET", "/settings/permissions", permissions.edit, "permissions", p.CONFIGURE),
    Route("POST", "/settings/permissions", permissions.update, "permissions.update", p.CONFIGURE),
    Route("GET", "/settings/second-factor", factors.edit, "factors", p.CONFIGURE),
    Route("POST", "/settings/second-factor", factors.update, "factors.update", p.CONFIGURE),
    Route("GET", "/settings/archive", settings.show_archive, "archive", p.ARCHIVE),
    Route("POST", "/settings/archive", settings.archive, "archive.create", p.ARCHIVE),
    Route("POST", "/settings/archive/restore", settings.restore, "archive.delete", p.ARCHIVE, extra=DESPITE_ARCHIVE),
    Route("POST", "/settings/delete", settings.delete, "club.delete", p.ARCHIVE, extra=DESPITE_ARCHIVE),
)
