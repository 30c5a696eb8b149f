"""What people are told about clubs."""

from core.i18n import N_
from core.notification_kinds import NotificationKind

REQUEST_ANSWERED = NotificationKind(
    "spaces.request_answered", N_("Your request to join a club was answered"), mail="on", members_only=False
)
REQUEST_QUESTION = NotificationKind(
    "spaces.request_question", N_("A club that you ask to join wants to know more"), mail="on", members_only=False
)
JOIN_REQUESTED = NotificationKind(
    "spaces.join_requested",
    N_("Somebody asks to join a club that you run"),
    mail="on",
    even_muted=True,
    moderators=True,
)
REQUEST_REPLIED = NotificationKind(
    "spaces.request_replied",
    N_("Somebody who asks to join has answered your question"),
    mail="on",
    even_muted=True,
    moderators=True,
)
FACTOR_REQUIRED = NotificationKind(
    "spaces.factor_required", N_("A club asks for a second factor"), mail="on", even_muted=True
)
REQUESTS_WAIT = NotificationKind(
    "spaces.requests_wait",
    N_("Requests to join a club that you run wait for an answer"),
    mail="on",
    even_muted=True,
    moderators=True,
)
INVITATION_WANTED = NotificationKind(
    "spaces.invitation_wanted", N_("Somebody asks for a new invitation from you"), mail="on", even_muted=True
)
REPORTED = NotificationKind(
    "spaces.reported",
    N_("Somebody reports something in a club that you moderate"),
    mail="on",
    even_muted=True,
    moderators=True,
)
REPORT_ANSWERED = NotificationKind(
    "spaces.report_answered", N_("What you reported was decided"), mail="on", even_muted=True
)
CASE_DECIDED = NotificationKind(
    "spaces.case_decided", N_("A moderator has decided about something that you wrote"), mail="on", even_muted=True
)
CASE_APPEALED = NotificationKind(
    "spaces.case_appealed",
    N_("Somebody objects to a decision in a club that you moderate"),
    mail="on",
    even_muted=True,
    moderators=True,
)

TRIAL_WAITS = NotificationKind(
    "spaces.trial_waits", N_("Something by a new member waits in a club that you moderate"), mail="on", moderators=True
)
INVITED = NotificationKind(
    "spaces.invited",
    N_("Somebody invites you to a club; the letter with the link comes in any case"),
    mail="off",
    push="on",
    members_only=False,
)

kinds = (
    TRIAL_WAITS,
    *(REPORTED, REPORT_ANSWERED, CASE_DECIDED, CASE_APPEALED),
    *(REQUEST_ANSWERED, REQUEST_QUESTION, JOIN_REQUESTED, REQUEST_REPLIED, FACTOR_REQUIRED),
    *(REQUESTS_WAIT, INVITATION_WANTED, INVITED),
)
