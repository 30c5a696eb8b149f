"""Table of contents of the API of clubs."""

from __future__ import annotations

from dataclasses import replace

from core.api import Items, api_route
from core.http import Route
from core.permissions import SIGNED_IN
from core.plugin_settings.api import SettingsPatch, SettingsView
from spaces import permissions as p
from spaces.forms import ClubInput, MemberInput, RoleInput, SwitchInput
from spaces.views import api as view
from spaces.views import bans_api, groups_api, plugin_settings_api, roles_api
from spaces.views.club_groups import GroupInput
from spaces.views.roles import NewRoleInput, RoleLabelInput


def _despite_archive(route: Route) -> Route:
    return replace(route, extra={**route.extra, "despite_archive": True})


site_api: tuple[Route, ...] = (
    api_route(
        "GET",
        "/clubs",
        view.index,
        "clubs.index",
        public=True,
        summary="Clubs that you may know of",
        returns=Items[view.ClubView],
        query=("q", "limit", "after"),
    ),
    api_route(
        "POST",
        "/clubs",
        view.create,
        "clubs.create",
        permission=SIGNED_IN,
        summary="Found a club",
        body=ClubInput,
        returns=view.ClubView,
        status=201,
    ),
)
club_api: tuple[Route, ...] = (
    api_route("GET", "", view.show, "clubs.show", public=True, summary="A club", returns=view.OneClubView),
    api_route(
        "PATCH",
        "",
        view.update,
        "clubs.update",
        permission=p.CONFIGURE,
        summary="Change a club",
        body=view.ClubChange,
        returns=view.OneClubView,
    ),
    _despite_archive(
        api_route("DELETE", "", view.delete, "clubs.delete", permission=p.ARCHIVE, summary="Delete a club", status=204)
    ),
    api_route(
        "GET",
        "/members",
        view.members,
        "members.index",
        permission=p.VIEW_MEMBERS,
        summary="Members by name",
        returns=Items[view.MemberView],
        query=("q", "role", "limit", "after"),
    ),
    api_route(
        "POST",
        "/members",
        view.create_member,
        "members.create",
        permission=p.MANAGE_MEMBERS,
        summary="Make somebody a member",
        body=MemberInput,
        returns=view.MemberView,
        status=201,
    ),
    api_route(
        "PATCH",
        "/members/{user}",
        view.update_member,
        "members.update",
        permission=p.MANAGE_MEMBERS,
        summary="Give a member another role",
        body=RoleInput,
        returns=view.MemberView,
    ),
    api_route(
        "DELETE",
        "/members/{user}",
        view.delete_member,
        "members.delete",
        permission=p.VIEW_MEMBERS,
        summary="Remove a member, or leave",
        status=204,
    ),
    api_route(
        "GET",
        "/bans",
        bans_api.index,
        "bans.index",
        permission=p.MANAGE_MEMBERS,
        summary="Who may not come into a club, the last ban first",
        returns=Items[bans_api.BanView],
        query=("limit", "after"),
    ),
    api_route(
        "POST",
        "/bans",
        bans_api.create,
        "bans.create",
        permission=p.MANAGE_MEMBERS,
        summary="Ban a member, or somebody who asks to join",
        body=bans_api.BanBody,
        returns=bans_api.BanView,
        status=201,
    ),
    api_route(
        "DELETE",
        "/bans/{ban}",
        bans_api.delete,
        "bans.delete",
        permission=p.MANAGE_MEMBERS,
        summary="Lift a ban",
        status=204,
    ),
    api_route(
        "GET",
        "/groups",
        groups_api.index,
        "groups.index",
        public=True,
        summary="Groups of a club that you may know of",
        returns=Items[groups_api.GroupView],
    ),
    api_route(
        "POST",
        "/groups",
        groups_api.create,
        "groups.create",
        permission=p.CONFIGURE,
        summary="Found a group",
        body=GroupInput,
        returns=groups_api.GroupView,
        status=201,
    ),
    api_route(
        "GET",
        "/group",
        groups_api.show,
        "group.show",
        permission=p.CONFIGURE,
        summary="Whether a group has the members of the club above",
        returns=groups_api.InheritanceView,
    ),
    api_route(
        "PUT",
        "/group",
        groups_api.update,
        "group.update",
        permission=p.CONFIGURE,
        summary="Let everybody in the club above into a group, or no longer",
        body=groups_api.InheritanceBody,
        returns=groups_api.InheritanceView,
    ),
    api_route(
        "GET",
        "/roles",
        roles_api.index,
        "roles.index",
        permission=p.VIEW_MEMBERS,
        summary="Roles that members can have",
        returns=Items[roles_api.RoleView],
    ),
    api_route(
        "POST",
        "/roles",
        roles_api.create,
        "roles.create",
        permission=p.CONFIGURE,
        summary="Make a role of the club's own",
        body=NewRoleInput,
        returns=roles_api.RoleView,
        status=201,
    ),
    api_route(
        "PATCH",
        "/roles/{role}",
        roles_api.update,
        "roles.update",
        permission=p.CONFIGURE,
        summary="Rename a role of the club's own",
        body=RoleLabelInput,
        returns=roles_api.RoleView,
    ),
    api_route(
        "DELETE",
        "/roles/{role}",
        roles_api.delete,
        "roles.delete",
        permission=p.CONFIGURE,
        summary="Remove a role of the club's own; its members get the built-in one that it is like",
        status=204,
    ),
    api_route(
        "GET",
        "/plugins",
        view.plugins,
        "plugins.index",
        public=True,
        summary="Plugins and their state",
        returns=Items[view.PluginView],
    ),
    api_route(
        "PUT",
        "/plugins/{plugin}",
        view.update_plugin,
        "plugins.update",
        permission=p.CONFIGURE,
        summary="Turn a plugin on, off or read-only",
        body=SwitchInput,
        returns=view.PluginView,
    ),
    api_route(
        "GET",
        "/plugins/{plugin}/settings",
        plugin_settings_api.show,
        "plugins.settings.show",
        permission=p.CONFIGURE,
        summary="What the club chose in a plugin",
        returns=SettingsView,
    ),
    api_route(
        "PATCH",
        "/plugins/{plugin}/settings",
        plugin_settings_api.update,
        "plugins.settings.update",
        permission=p.CONFIGURE,
        summary="Choose something in a plugin for the club",
        body=SettingsPatch,
        returns=SettingsView,
    ),
)
