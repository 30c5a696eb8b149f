"""What a role may do with the club itself."""

from core.i18n import N_
from core.permissions import permission

VIEW_MEMBERS = permission(
    "spaces.view_members", N_("See who belongs to the club"), ("owner", "moderator", "member", "guest"), writes=False
)
INVITE = permission("spaces.invite", N_("Invite people"), ("owner", "moderator"))
MANAGE_MEMBERS = permission(
    "spaces.manage_members", N_("Change roles, answer requests and remove people"), ("owner", "moderator")
)
MODERATE = permission(
    "spaces.moderate", N_("Decide about reports and hide what does not belong here"), ("owner", "moderator")
)
PIN_NOTE = permission("spaces.pin_note", N_("Pin a note to the home of the club"), ("owner", "moderator"))
CONFIGURE = permission("spaces.configure", N_("Change the club: name, cover, plugins, permissions"), ("owner",))
ARCHIVE = permission("spaces.archive", N_("Archive the club and bring it back"), ("owner",), writes=False)
