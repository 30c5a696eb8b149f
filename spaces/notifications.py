"""What people are told about clubs."""

from core.i18n import N_
from core.notifications import NotificationKind

REQUEST_ANSWERED = NotificationKind(
    "spaces.request_answered", N_("Your request to join a club was answered"), mail="on", members_only=False
)
FACTOR_REQUIRED = NotificationKind("spaces.factor_required", N_("A club asks for a second factor"), mail="on")

kinds = (REQUEST_ANSWERED, FACTOR_REQUIRED)
