"""The public name: what a plugin may import. `__all__` is the definition of "public".

Everything here keeps its meaning within a major version; what is not here may change at any time.
"""

from core import audit
from core.accounts.viewer import Viewer
from core.api import (
    Items,
    answer,
    api_route,
    cursor,
    etag_of,
    known_query,
    list_limit,
    read_body,
    read_cursor,
    require_match,
)
from core.archives import Archive, open_archive
from core.current import app as current_app
from core.db import after_commit, atomic, dialect, execute, rows
from core.errors import (
    CercleError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    SignInNeeded,
    Stale,
    TooLarge,
    TooMany,
    Unavailable,
)
from core.events import Event, announce
from core.forms import Form, Input, Line, Text, check, read_form
from core.hooks import hookimpl, hookspec
from core.http import Request, Route, local_path, see_other
from core.i18n import N_, gettext, ngettext
from core.jobs import Job
from core.limits import Rule
from core.navigation import Link, Panel, Tab
from core.parts import Part
from core.permissions import Permission, can, permission, require, why
from spaces.catalogue import forget_content, publish_content, visible_in, visible_to
from spaces.gate import Access, access_for
from spaces.hookspecs import Holding
from spaces.models import Club, Content, Membership

__all__ = [
    "N_",
    "Access",
    "Archive",
    "CercleError",
    "Club",
    "Conflict",
    "Content",
    "Event",
    "Forbidden",
    "Form",
    "Holding",
    "Input",
    "Invalid",
    "Items",
    "Job",
    "Line",
    "Link",
    "Membership",
    "NotFound",
    "Panel",
    "Part",
    "Permission",
    "Request",
    "Route",
    "Rule",
    "SignInNeeded",
    "Stale",
    "Tab",
    "Text",
    "TooLarge",
    "TooMany",
    "Unavailable",
    "Viewer",
    "access_for",
    "after_commit",
    "announce",
    "answer",
    "api_route",
    "atomic",
    "audit",
    "can",
    "check",
    "current_app",
    "cursor",
    "dialect",
    "etag_of",
    "execute",
    "forget_content",
    "gettext",
    "hookimpl",
    "hookspec",
    "known_query",
    "list_limit",
    "local_path",
    "ngettext",
    "open_archive",
    "permission",
    "publish_content",
    "read_body",
    "read_cursor",
    "read_form",
    "require",
    "require_match",
    "rows",
    "see_other",
    "visible_in",
    "visible_to",
    "why",
]
