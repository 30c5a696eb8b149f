"""What people are told about clubs."""

from core.i18n import N_
from core.notifications import NotificationKind

REQUEST_ANSWERED = NotificationKind(
    "spaces.request_answered", N_("Your request to join a club was answered"), mail="on", members_only=False
)
REQUEST_QUESTION = NotificationKind(
    "spaces.request_question", N_("A club that you ask to join wants to know more"), mail="on", members_only=False
)
JOIN_REQUESTED = NotificationKind(
    "spaces.join_requested", N_("Somebody asks to join a club that you run"), mail="on", even_muted=True
)
REQUEST_REPLIED = NotificationKind(
    "spaces.request_replied", N_("Somebody who asks to join has answered your question"), mail="on", even_muted=True
)
FACTOR_REQUIRED = NotificationKind(
    "spaces.factor_required", N_("A club asks for a second factor"), mail="on", even_muted=True
)

kinds = (REQUEST_ANSWERED, REQUEST_QUESTION, JOIN_REQUESTED, REQUEST_REPLIED, FACTOR_REQUIRED)
