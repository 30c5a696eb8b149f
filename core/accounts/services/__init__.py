"""Everything that changes an account. Each verb is one function; the modules below group them by what they change."""

from core.accounts.queries import normal_email
from core.accounts.services.feeds import feed_token, revoke_feeds, viewer_from_feed_token
from core.accounts.services.leaving import erase_person, reasons_to_stay
from core.accounts.services.operators import (
    deactivate,
    demote,
    first_operator_link,
    make_first_operator,
    promote,
    reactivate,
)
from core.accounts.services.passwords import change_password, check_password, request_reset, reset_password
from core.accounts.services.people import (
    change_photo,
    change_profile,
    confirm_email,
    create_user,
    remove_photo,
    request_email_change,
)
from core.accounts.services.sessions import end_other_sessions, end_session, start_session
from core.accounts.services.signup import (
    accept_sign_up,
    approve_request,
    refuse_request,
    request_account,
    start_sign_up,
)
from core.accounts.services.taking import export_person
from core.accounts.services.tokens import create_token, revoke_token

__all__ = [
    "accept_sign_up",
    "approve_request",
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
    "erase_person",
    "export_person",
    "feed_token",
    "first_operator_link",
    "make_first_operator",
    "normal_email",
    "promote",
    "reactivate",
    "reasons_to_stay",
    "refuse_request",
    "remove_photo",
    "request_account",
    "request_email_change",
    "request_reset",
    "reset_password",
    "revoke_feeds",
    "revoke_token",
    "start_session",
    "start_sign_up",
    "viewer_from_feed_token",
]
