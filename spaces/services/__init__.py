"""Everything that changes clubs. Each verb is one function; the modules below group them by what they change."""

from spaces.services.barred import Banned
from spaces.services.clubs import (
    archive_club,
    create_club,
    restore_club,
    save_site_settings,
    set_cover,
    update_club,
)
from spaces.services.deletion import delete_club
from spaces.services.grants import lock_grant, set_grant, set_grants
from spaces.services.invitations import (
    accept_invitation,
    accept_invitation_as_new,
    find_way,
    invite_by_link,
    invite_by_mail,
    restore_invitation,
    withdraw_invitation,
)
from spaces.services.join_requests import (
    accept_request,
    answer_question,
    ask_more,
    refuse_request,
    request_to_join,
    withdraw_request,
)
from spaces.services.memberships import add_member, change_role, join_club, leave_club, remove_member
from spaces.services.plans import ClubFull, NewPlan, set_club_plan, set_plans
from spaces.services.resending import resend_invitation
from spaces.services.returns import hand_in, slip_for
from spaces.services.visits import note_visit

__all__ = [
    "Banned",
    "ClubFull",
    "NewPlan",
    "accept_invitation",
    "accept_invitation_as_new",
    "accept_request",
    "add_member",
    "answer_question",
    "archive_club",
    "ask_more",
    "change_role",
    "create_club",
    "delete_club",
    "find_way",
    "hand_in",
    "invite_by_link",
    "invite_by_mail",
    "join_club",
    "leave_club",
    "lock_grant",
    "note_visit",
    "refuse_request",
    "remove_member",
    "request_to_join",
    "resend_invitation",
    "restore_club",
    "restore_invitation",
    "save_site_settings",
    "set_club_plan",
    "set_cover",
    "set_grant",
    "set_grants",
    "set_plans",
    "slip_for",
    "update_club",
    "withdraw_invitation",
    "withdraw_request",
]
