"""Everything that changes an account. Each verb is one function; the modules below group them by what they change."""

from core.accounts.queries import normal_email
from core.accounts.services.emails import confirm_email, request_email_change, stop_email_change, undo_email_change
from core.accounts.services.farewell import begin_leaving, erase_now, keep_account
from core.accounts.services.feeds import feed_token, revoke_feeds, viewer_from_feed_token
from core.accounts.services.invites import invite_person, open_invites, resend_invite, withdraw_invite
from core.accounts.services.leaving import erase_person, reasons_to_stay
from core.accounts.services.operators import (
    deactivate,
    demote,
    first_operator_link,
    make_first_operator,
    promote,
    reactivate,
)
from core.accounts.services.passwords import (
    change_password,
    check_password,
    request_reset,
    reset_link,
    reset_password,
    send_reset,
)
from core.accounts.services.people import create_user
from core.accounts.services.profile import change_photo, change_profile, remove_photo
from core.accounts.services.sessions import end_other_sessions, end_session, start_session
from core.accounts.services.signup import (
    accept_sign_up,
    approve_request,
    refuse_request,
    request_account,
    start_sign_up,
)
from core.accounts.services.takeouts import ask_takeout, end_takeout, renew_takeouts
from core.accounts.services.taking import export_person
from core.accounts.services.tokens import create_token, revoke_token, revoke_tokens

__all__ = [
    "accept_sign_up",
    "approve_request",
    "ask_takeout",
    "begin_leaving",
    "change_password",
    "change_photo",
    "change_profile",
    "check_password",
    "confirm_email",
    "create_token",
    "create_user",
    "deactivate",
    "demote",
    "end_other_sessions",
    "end_session",
    "end_takeout",
    "erase_now",
    "erase_person",
    "export_person",
    "feed_token",
    "first_operator_link",
    "invite_person",
    "keep_account",
    "make_first_operator",
    "normal_email",
    "open_invites",
    "promote",
    "reactivate",
    "reasons_to_stay",
    "refuse_request",
    "remove_photo",
    "renew_takeouts",
    "request_account",
    "request_email_change",
    "request_reset",
    "resend_invite",
    "reset_link",
    "reset_password",
    "revoke_feeds",
    "revoke_token",
    "revoke_tokens",
    "send_reset",
    "start_session",
    "start_sign_up",
    "stop_email_change",
    "undo_email_change",
    "viewer_from_feed_token",
    "withdraw_invite",
]
